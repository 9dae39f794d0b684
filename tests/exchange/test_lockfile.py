"""Lock files of the `skills` installer: what is written is read as the same, and what others wrote names its sources."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InvalidRequest
from workbench.skills.handout.lockfile import Locked, locked, read, write
from workbench.skills.intake.origin import joined
from workbench.skills.sources import address
from workbench.skills.sources.hosts import Bases

TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)
LOCKED = st.builds(
    Locked,
    name=TEXT,
    source=TEXT,
    source_type=st.sampled_from(["github", "gitlab", "git", "local", "well-known", "node_modules"]),
    source_url=st.none() | TEXT,
    ref=st.none() | TEXT,
    skill_path=st.none() | TEXT,
    computed_hash=st.none() | TEXT,
)


@given(st.lists(LOCKED, unique_by=lambda each: each.name))
def test_what_is_written_is_read_as_the_same(every: list[Locked]) -> None:
    assert read(write(every)) == sorted(every, key=lambda each: each.name)
    assert write(reversed(every)) == write(every)


def test_what_a_lock_file_says_of_others_is_kept() -> None:
    theirs = {"source": "o/r", "sourceType": "github", "later": ["unknown"]}
    before = {"version": 1, "skills": {"z": theirs, "a": theirs}, "more": {"of": "theirs"}}
    after = json.loads(write([Locked("m", "./m", "local"), Locked("a", "./a", "local")], json.dumps(before).encode()))
    ours = {name: {"source": f"./{name}", "sourceType": "local"} for name in ("a", "m")}
    assert after == {"version": 1, "skills": {**ours, "z": theirs}, "more": {"of": "theirs"}}
    assert list(after["skills"]) == ["a", "m", "z"]


@pytest.mark.parametrize("before", [b"", b"[]", b'{"version": 3, "skills": {"z": {}}}'])
def test_a_lock_file_that_cannot_be_read_is_made_anew(before: bytes) -> None:
    assert write([Locked("a", "./a", "local")], before) == write([Locked("a", "./a", "local")])


@pytest.mark.parametrize(
    ("origin", "kind", "source", "ref"),
    [
        ("https://github.com/owner/repo#skills/a/SKILL.md", "github", "owner/repo", None),
        ("https://github.com/owner/repo/tree/feature/x#skills/a/SKILL.md", "github", "owner/repo", "feature/x"),
        ("https://gitlab.com/group/repo.git#v1#skills/a/SKILL.md", "gitlab", "group/repo", "v1"),
        ("https://example.org/repo.git#main#skills/a/SKILL.md", "git", "https://example.org/repo.git", "main"),
        ("ssh://git@example.org/repo.git#skills/a/SKILL.md", "git", "ssh://git@example.org/repo.git", None),
        ("https://example.org/a.zip#skills/a/SKILL.md", "archive", "https://example.org/a.zip", None),
        ("https://example.org#skills/a/SKILL.md", "well-known", "https://example.org", None),
        ("/home/ada/skills#skills/a/SKILL.md", "local", "/home/ada/skills", None),
        (None, "local", "../a", None),
    ],
)
def test_an_origin_is_locked_in_the_installers_terms(
    origin: str | None, kind: str, source: str, ref: str | None
) -> None:
    made = locked("a", origin, "../a", "hash", bases=Bases())
    assert (made.source_type, made.source, made.ref) == (kind, source, ref)
    assert made.skill_path == ("skills/a/SKILL.md" if origin else "SKILL.md")
    assert made.reachable
    address.parse(made.address, bases=Bases())  # an import takes it


OURS = Bases(github="https://code.example.org", api="https://code.example.org/api/v3")
TYPED = Bases(github="http://127.0.0.1:9", api="http://127.0.0.1:9")


@pytest.mark.parametrize("bases", [OURS, TYPED])
def test_a_github_of_ones_own_is_locked_as_a_repository_of_git(bases: Bases) -> None:
    origin = f"{bases.github}/owner/repo/tree/feature/x#skills/a/SKILL.md"
    made = locked("a", origin, "../a", "hash", bases=bases)
    url = f"{bases.github}/owner/repo.git"
    assert (made.source_type, made.source, made.source_url, made.ref) == ("git", url, url, "feature/x")
    found = address.parse(made.address, bases=bases)
    assert isinstance(found, address.GitHub)
    assert (found.owner, found.repo, found.ref) == ("owner", "repo", "feature/x")


@pytest.mark.parametrize(
    "origin", ["upload:0123456789abcdef/it.skill#it/SKILL.md", "http://127.0.0.1:9/o/r#a/SKILL.md"]
)
def test_what_nobody_can_fetch_again_is_locked_by_its_folder(origin: str) -> None:
    made = locked("a", origin, "../a", "hash", bases=Bases())
    assert (made.source, made.source_type, made.skill_path) == ("../a", "local", "SKILL.md")


@pytest.mark.parametrize("path", ["skills/c#", "a%20b", "q?x", "my skills/a"])
def test_a_folder_of_any_name_is_found_again(path: str) -> None:
    made = locked(
        "a", joined("https://github.com/owner/repo/tree/v1", f"{path}/SKILL.md"), "../a", "hash", bases=Bases()
    )
    assert made.skill_path == f"{path}/SKILL.md"
    found = address.parse(made.address, bases=Bases())
    assert isinstance(found, address.GitHub)
    assert "/".join(found.tail) == f"v1/{path}"


@pytest.mark.parametrize(
    ("entry", "wanted", "reachable"),
    [
        ({"source": "o/r", "sourceType": "github"}, "https://github.com/o/r", True),
        ({"source": "o/r", "sourceType": "github", "ref": "v1"}, "https://github.com/o/r#v1", True),
        (
            {"source": "o/r", "sourceType": "github", "ref": "v1", "skillPath": "skills/a/SKILL.md"},
            "https://github.com/o/r/tree/v1/skills/a",
            True,
        ),
        (
            {"source": "g/r", "sourceType": "gitlab", "skillPath": "a/SKILL.md"},
            "https://gitlab.com/g/r/-/tree/HEAD/a",
            True,
        ),
        (
            {"source": "x", "sourceUrl": "https://e.org/r.git", "sourceType": "git", "ref": "b"},
            "https://e.org/r.git#b",
            True,
        ),
        ({"source": "./skills", "sourceType": "local", "ref": "b"}, "./skills", True),
        ({"source": "left-pad", "sourceType": "node_modules"}, "left-pad", False),
    ],
)
def test_what_others_have_locked_has_an_address(entry: dict[str, str], wanted: str, reachable: bool) -> None:
    [found] = read(json.dumps({"version": 1, "skills": {"a": {**entry, "later": ["unknown"]}}}).encode())
    assert (found.name, found.address, found.reachable) == ("a", wanted, reachable)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff", b"[]", b"{}", b"[" * 100_000, b'{"version": 3, "skills": {}}', b'{"version": 1, "skills": []}',
        b'{"version": 1, "skills": {"a": 1}}', b'{"version": 1, "skills": {"a": {"source": "x"}}}',
        b'{"version": 1, "skills": {"a": {"source": 1, "sourceType": "git"}}}',
    ],
)  # fmt: skip
def test_what_is_no_lock_file_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(data)
    assert refused.value.remedy
