"""An origin is one text, from which its two halves come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.skills.intake.origin import joined, split

TEXT = st.text(st.sampled_from("a/#%25 3")) | st.text()


@given(TEXT, TEXT)
def test_a_source_and_a_path_come_back_as_they_were(source: str, path: str) -> None:
    assert split(joined(source, path)) == (source, path)


@pytest.mark.parametrize("path", ["skills/a/SKILL.md", "my skills/ü/SKILL.md"])
def test_a_plain_path_is_written_as_it_is(path: str) -> None:
    assert joined("https://example.org#v1", path) == f"https://example.org#v1#{path}"
