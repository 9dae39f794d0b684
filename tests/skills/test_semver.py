"""Which version is the newer one."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from workbench.skills.market.semver import is_newer

ORDER = (
    "0.0.1", "0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
    "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0-0", "2.0.0",
)  # fmt: skip


@pytest.mark.parametrize(("older", "newer"), list(pairwise(ORDER)))
def test_each_is_newer_than_the_one_before(older: str, newer: str) -> None:
    assert is_newer(newer, older) is True
    assert is_newer(older, newer) is False


def test_equal_versions_and_what_only_tells_of_a_build_are_not_newer() -> None:
    assert is_newer("1.0.0", "1.0.0") is False
    assert is_newer("1.0.0+2", "1.0.0+1") is False


def test_every_pair_has_one_order() -> None:
    for (first, a), (second, b) in product(enumerate(ORDER), repeat=2):
        assert is_newer(a, b) is (first > second)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "1",
        "1.0",
        "v1.0.0",
        "1.0.0.0",
        "01.0.0",
        "1.0.0-",
        "1.0.0-01",
        "1.0.0\n",
        "1.0.0-é",
        "١.0.0",
        "9" * 5000,
    ],
)
def test_what_is_no_version_has_no_order(text: str | None) -> None:
    assert is_newer(text, "1.0.0") is None
    assert is_newer("1.0.0", text) is None
