"""The ground: errors that travel, paths that stay inside, and time that tests can hold."""

from __future__ import annotations

import json
import os
import stat
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import errors
from workbench.clock import SystemClock, iso, uuid7
from workbench.errors import HomeUnusable, NotFound, PathEscapes, Refused, WorkbenchError, error_of, failure_of
from workbench.paths import Home, contained, write_atomic

# -- errors -----------------------------------------------------------------------------------------------------------


def tree(cause: type[WorkbenchError] = WorkbenchError) -> list[type[WorkbenchError]]:
    return [cause, *(found for child in cause.__subclasses__() for found in tree(child))]


def test_each_cause_has_a_kind_of_its_own_and_a_sentence_about_it():
    ours = [cause for cause in tree() if cause.__module__ == errors.__name__]
    kinds = [cause.kind for cause in ours]
    assert len(set(kinds)) == len(kinds)
    assert all(cause.__doc__ for cause in ours)


def test_a_failure_travels_as_four_keys():
    error = Refused("busy", "A run is open.", remedy="Wait.", run="r1")
    assert json.loads(json.dumps(failure_of(error))) == {
        "kind": "refused",
        "message": "A run is open.",
        "remedy": "Wait.",
        "facts": {"reason": "busy", "run": "r1"},
    }
    assert str(error) == "A run is open. Wait."


@pytest.mark.parametrize("facts", [{"message": 1, "remedy": 2, "self": 3, "reason": "busy"}, None, "none", ["a"]])
def test_a_failure_that_travelled_is_an_error_again_whatever_its_facts_are_called(facts):
    error = error_of({"kind": "refused", "message": "A run is open.", "remedy": "Wait.", "facts": facts})
    assert str(error) == "A run is open. Wait."
    assert error.facts == (facts if isinstance(facts, dict) else {})


@pytest.mark.parametrize(("error", "message"), [(ValueError("what"), "ValueError: what"), (KeyError(), "KeyError")])
def test_any_other_exception_is_internal_and_says_what_it_was(error, message):
    failure = failure_of(error)
    assert (failure["kind"], failure["message"]) == ("internal", message)
    assert failure["facts"] == {"type": type(error).__name__}
    assert failure["remedy"]


# -- paths ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "inside").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "root-twin").mkdir()
    return folder


@pytest.mark.parametrize("path", ["", ".", "inside", "inside/new.txt", "inside/../inside", "new/deep/file"])
def test_a_path_inside_is_resolved(root, path):
    assert contained(root, path) == Path(os.path.normpath(root / path))


@pytest.mark.parametrize("path", ["..", "../outside", "inside/../../outside", "/etc/passwd", "../root-twin/x", "a\0b"])
def test_a_path_outside_is_refused(root, path):
    with pytest.raises(PathEscapes) as refused:
        contained(root, path)
    assert refused.value.remedy


def test_links_are_followed_before_they_are_judged(root):
    (root / "out").symlink_to(root.parent / "outside")
    (root / "chain").symlink_to("out")
    (root / "file").symlink_to("/etc/passwd")
    (root / "dangling").symlink_to(root.parent / "outside" / "not-yet")
    (root / "in").symlink_to("inside")
    for path in ("out", "out/x", "chain/x", "file", "dangling", "in/../out/x"):
        with pytest.raises(PathEscapes):
            contained(root, path)
    assert contained(root, "in/x") == root / "inside" / "x"


def test_a_root_that_is_itself_a_link_contains_what_it_points_to(root):
    door = root.parent / "door"
    door.symlink_to(root)
    assert contained(door, "inside") == root / "inside"
    assert contained(door, root / "inside") == root / "inside"
    with pytest.raises(PathEscapes):
        contained(door, root.parent / "outside")


def test_a_link_that_leads_to_itself_does_not_leave(root):
    (root / "loop").symlink_to("loop")
    assert contained(root, "loop").parent == root


@given(st.lists(st.sampled_from(["..", ".", "a", "inside", "b.txt", ""]), max_size=8))
def test_no_row_of_parts_leaves_the_root(parts):
    base = Path("/no/such/root")
    path = "/".join(parts).lstrip("/")
    try:
        found = contained(base, path)
    except PathEscapes:
        return
    assert found == base or base in found.parents


def test_the_home_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "there"))
    assert Home.from_environment().root == tmp_path / "there"
    assert not (tmp_path / "there").exists()
    monkeypatch.delenv("WORKBENCH_HOME")
    assert Home.from_environment().root == Path.home() / ".workbench"


def test_a_home_is_made_for_its_owner_alone(tmp_path):
    home = Home(tmp_path / "home")
    home.make()
    home.make()
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.sessions.stat().st_mode) == 0o700


def test_a_folder_that_others_share_stays_theirs_when_it_becomes_a_home(tmp_path):
    tmp_path.chmod(0o775)
    (tmp_path / "sessions").mkdir(mode=0o755)
    home = Home(tmp_path)
    home.make()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o775
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in tmp_path.iterdir()} == {0o700}


def test_a_home_that_is_a_file_is_one_sentence_with_a_remedy(tmp_path):
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(HomeUnusable) as unusable:
        Home(tmp_path / "home").make()
    assert "WORKBENCH_HOME" in unusable.value.remedy
    assert unusable.value.facts["errno"]


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "../x", "a\0b", "a b", "x.jsonl"])
def test_a_session_id_that_could_be_a_path_is_refused(home, name):
    with pytest.raises(NotFound):
        home.session(name)


def test_a_session_has_its_folder(home):
    name = SystemClock().new_id()
    assert home.session(name) == home.sessions / name


def test_an_atomic_write_replaces_all_or_nothing(tmp_path):
    path = tmp_path / "file"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        write_atomic(tmp_path / "folder", b"three")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]


# -- time -------------------------------------------------------------------------------------------------------------


def test_a_uuid7_carries_its_time_version_and_variant():
    made = uuid.UUID(uuid7(1_790_000_000_000, bytes(range(10))))
    assert made.int >> 80 == 1_790_000_000_000
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert uuid7(0x017F22E279B0, bytes.fromhex("0cc318c4dc0c0c07398f")) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(st.integers(0, 2**48 - 2), st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_ids_sort_by_time_of_birth(now, first, second):
    assert uuid7(now, first) < uuid7(now + 1, second)


def test_new_ids_are_all_different_and_good_session_ids(home):
    clock = SystemClock()
    ids = {clock.new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(home.session(made).name == made for made in ids)


def test_monotonic_time_does_not_go_back():
    clock = SystemClock()
    times = [clock.monotonic() for _ in range(100)]
    assert times == sorted(times)
    assert clock.now_ms() > 1_700_000_000_000


def test_times_leave_the_house_in_one_form():
    assert iso(0) == "1970-01-01T00:00:00.000Z"
    assert iso(1_790_000_000_123) == "2026-09-21T14:13:20.123Z"
