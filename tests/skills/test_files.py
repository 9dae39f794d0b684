"""The seven file commands: what lies in a skill, never what lies outside, never more than 5 MiB."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from shelf import Shelf, digest

from workbench.errors import HomeUnusable, InvalidRequest, NotFound, PathEscapes, Refused, WorkbenchError
from workbench.skills import table
from workbench.skills.table import Intent
from workbench.skills.tree.files import MAX_BYTES


@pytest.fixture
def skill(shelf: Shelf) -> Path:
    shelf.create("one")
    return shelf.root / "one"


def test_a_file_of_a_skill_is_written_as_a_version_and_read_back(shelf: Shelf, skill: Path) -> None:
    path = str(skill / "references" / "deep" / "notes.md")
    written = shelf.call("files.write", path=path, text="ünï\r\n")
    assert written["commit"] is not None
    assert shelf.log()[0] == "one: references/deep/notes.md written"
    read = shelf.call("files.read", path=path)
    assert (read["text"], read["digest"]) == ("ünï\r\n", written["digest"])
    copied = shelf.call("files.copy", path=path, to=str(skill / "copy.md"))
    assert copied["digest"] == written["digest"]
    listed = shelf.call("files.list", path=str(skill), deep=True)["files"]
    assert [(each["path"], each["kind"]) for each in listed] == [
        ("SKILL.md", "file"), ("copy.md", "file"), ("references", "folder"), ("references/deep", "folder"),
        ("references/deep/notes.md", "file"),
    ]  # fmt: skip
    shelf.check()


def test_bytes_are_kept_as_they_are(shelf: Shelf, skill: Path) -> None:
    data = bytes(range(256))
    text = base64.b64encode(data).decode()
    shelf.call("files.save_raw", path=str(skill / "data.bin"), base64=text)
    assert (skill / "data.bin").read_bytes() == data
    assert shelf.call("files.read_base64", path=str(skill / "data.bin"))["base64"] == text
    with pytest.raises(Refused, match=r"no UTF-8 text"):
        shelf.call("files.read", path=str(skill / "data.bin"))
    with pytest.raises(InvalidRequest, match="not base64"):
        shelf.call("files.save_raw", path=str(skill / "data.bin"), base64="###")


def test_working_files_and_files_beside_the_skills_make_no_version(shelf: Shelf, skill: Path) -> None:
    working = Path(shelf.call("workspace.path", name="one")["path"]) / "context" / "clarifications.json"
    for path in (working, shelf.root / "README.md"):
        assert shelf.call("files.write", path=str(path), text="{}")["commit"] is None
        assert path.read_text() == "{}"
    assert shelf.log() == ["one: created"]
    assert {each.name for each in shelf.root.iterdir()} == {".git", ".trash", "README.md", "one"}


def test_an_attachment_gets_a_place_of_its_own(shelf: Shelf) -> None:
    written = shelf.call("files.write_base64", name="shot.png", base64="AAAA")
    assert Path(written["path"]).read_bytes() == b"\0\0\0"
    assert shelf.call("files.read_base64", path=written["path"])["base64"] == "AAAA"
    for name in (".hidden", "a/b", "a\\b", "..", "x" * 300, "a\nb", "a\0b"):
        with pytest.raises(InvalidRequest):
            shelf.call("files.write_base64", name=name, base64="AAAA")


def test_5_mib_pass_and_a_byte_more_does_not(shelf: Shelf, skill: Path) -> None:
    path = skill / "big.txt"
    shelf.call("files.write", path=str(path), text="x" * MAX_BYTES)
    assert shelf.call("files.read", path=str(path))["size"] == MAX_BYTES
    with pytest.raises(InvalidRequest, match="larger than"):
        shelf.call("files.write", path=str(path), text="x" * (MAX_BYTES + 1))
    assert path.stat().st_size == MAX_BYTES
    with path.open("a") as file:
        file.write("y")
    for command in ("files.read", "files.read_base64"):
        with pytest.raises(InvalidRequest, match="larger than"):
            shelf.call(command, path=str(path))


def test_a_write_onto_what_has_changed_since_is_refused(shelf: Shelf, skill: Path) -> None:
    path = str(skill / "notes.md")
    base = shelf.call("files.write", path=path, text="a")["digest"]
    Path(path).write_text("mine")
    with pytest.raises(Refused, match="changed since"):
        shelf.call("files.write", path=path, text="b", base=base)
    assert Path(path).read_text() == "mine"


# -- containment ------------------------------------------------------------------------------------------------------


@pytest.fixture
def outside(shelf: Shelf, skill: Path, tmp_path: Path) -> Iterator[Path]:
    """A secret outside of the skills folder, with links to it inside; it is the same afterwards."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("top secret\n")
    (skill / "link").symlink_to(secret / "key")
    (skill / "folder").symlink_to(secret)
    (skill / "up").symlink_to("../../secret")
    (skill / "loop").symlink_to("loop")
    yield secret
    assert digest(secret) == {"key": digest(secret)["key"]}
    assert (secret / "key").read_text() == "top secret\n"


BAD = [
    "..%2f..%2fsecret%2fkey", "%252e%252e/secret/key", "../../secret/key", "link", "folder/key", "up/key", "loop",
    "/etc/passwd", "/proc/self/environ", "/dev/zero", "../../home/workbench.db", "../.git/config", "../.git/hooks/x",
    "../.GIT/config", "../.g\u200cit/config", "../one/.git/config", "a\0b", "../../home/secrets.json", "folder/new",
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_nothing_outside_is_read_written_or_listed(shelf: Shelf, skill: Path, outside: Path, bad: str) -> None:
    path = bad if bad.startswith("/") else f"{skill}/{bad}"
    before = digest(shelf.root), digest(shelf.bench.home.root)
    for command, params in (
        ("files.read", {}), ("files.read_base64", {}), ("files.list", {}),
        ("files.copy", {"to": str(skill / "stolen")}),
    ):  # fmt: skip
        with pytest.raises(WorkbenchError) as refused:
            shelf.call(command, path=path, **params)
        assert isinstance(refused.value, NotFound | InvalidRequest | PathEscapes | Refused)
    if "%" not in bad:  # which is a plain file name, and may be one
        for command, params in (("files.write", {"text": "x"}), ("files.save_raw", {"base64": "AAAA"})):
            with pytest.raises((InvalidRequest, PathEscapes, Refused)):
                shelf.call(command, path=path, **params)
    assert (digest(shelf.root), digest(shelf.bench.home.root)) == before


@pytest.mark.parametrize("path", ["one/SKILL.md", "", "~/x", "./x", "file:///etc/passwd"])
def test_a_path_has_to_be_absolute(shelf: Shelf, path: str) -> None:
    with pytest.raises(InvalidRequest):
        shelf.call("files.read", path=path)


def test_what_is_no_file_is_not_waited_for(shelf: Shelf, skill: Path) -> None:
    os.mkfifo(skill / "pipe")
    for command in ("files.read", "files.read_base64"):
        for name in ("pipe", "references"):
            with pytest.raises(Refused, match="no file"):
                shelf.call(command, path=str(skill / name))
    for name in ("pipe", "references"):
        with pytest.raises(Refused, match="no file"):
            shelf.call("files.write", path=str(skill / name), text="x")


def test_a_link_inside_the_skills_folder_is_followed(shelf: Shelf, skill: Path) -> None:
    (skill / "alias.md").symlink_to("SKILL.md")
    assert shelf.call("files.read", path=str(skill / "alias.md"))["text"] == shelf.text("one").decode()
    shelf.call("files.write", path=str(skill / "alias.md"), text="---\nname: one\n---\n")
    assert (skill / "alias.md").is_symlink()
    assert shelf.text("one") == b"---\nname: one\n---\n"


# -- what is no skill's -----------------------------------------------------------------------------------------------


def test_a_write_that_was_killed_leaves_nothing_among_the_skills_or_their_working_files(
    shelf: Shelf, skill: Path
) -> None:
    killed = Intent(shelf.bench.clock.new_id(), "put", "README.md", str(shelf.root), {}, 1)
    shelf.bench.database.write(lambda connection: table.intend(connection, killed))
    (shelf.root / ".trash" / f".{killed.id}").mkdir()
    (shelf.root / ".trash" / f".{killed.id}" / "file").write_text("half")
    left = shelf.bench.home.root / "incoming" / "left"
    left.mkdir(parents=True)
    working = shelf.call("workspace.path", name="one")["path"]
    for path in (shelf.root / "README.md", Path(working) / "notes.md"):
        shelf.call("files.write", path=str(path), text="x")
    assert not left.exists()
    assert {each.name for each in shelf.root.iterdir()} == {".git", ".trash", "README.md", "one"}
    shelf.check()


@pytest.mark.parametrize("name", ["x" * 300, "d/" * 2000 + "x"])
def test_a_name_that_no_file_system_takes_is_said_in_a_sentence(shelf: Shelf, skill: Path, name: str) -> None:
    working = shelf.call("workspace.path", name="one")["path"]
    for folder in (working, str(skill), str(shelf.root)):
        with pytest.raises((HomeUnusable, NotFound, InvalidRequest)):
            shelf.call("files.write", path=f"{folder}/{name}", text="x")
    shelf.check()


def test_a_file_of_a_skill_that_is_gone_is_not_written_into_a_folder_of_its_own(shelf: Shelf, skill: Path) -> None:
    shelf.call("skills.rename", name="one", new_name="two")
    with pytest.raises(NotFound, match="no skill named 'one'"):
        shelf.call("files.write", path=str(skill / "notes.md"), text="x")
    assert not skill.exists()


@pytest.mark.parametrize("name", [".gitattributes", ".gitmodules", ".trash/.gitignore", ".new/x"])
def test_what_git_and_workbench_keep_beside_the_skills_is_not_for_pages(shelf: Shelf, skill: Path, name: str) -> None:
    before = digest(shelf.root)
    with pytest.raises(PathEscapes, match="not for pages"):
        shelf.call("files.write", path=str(shelf.root / name), text="x")
    assert digest(shelf.root) == before


def test_a_folder_that_is_not_there_is_not_listed_and_not_made(shelf: Shelf) -> None:
    with pytest.raises(NotFound):
        shelf.call("files.list", path=str(shelf.root))
    assert not shelf.root.exists()


def test_the_home_is_closed_but_for_working_files_even_where_the_skills_folder_is_around_it(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.__init__(shelf.bench, tmp_path)  # type: ignore[misc]
    shelf.create("one")
    home = shelf.bench.home.root
    (home / "secrets.json").write_text("top secret")
    (shelf.root / "one" / "link").symlink_to(home / "secrets.json")
    before = digest(home, "workbench.db-wal", "workbench.db-shm", "workbench.db")
    for path in (home / "secrets.json", shelf.root / "one" / "link", home / "workbench.db", home):
        for command, more in (
            ("files.read", {}), ("files.read_base64", {}), ("files.list", {}), ("files.write", {"text": "x"}),
            ("files.copy", {"to": str(shelf.root / "one" / "stolen")}),
        ):  # fmt: skip
            with pytest.raises(PathEscapes):
                shelf.call(command, path=str(path), **more)
    assert digest(home, "workbench.db-wal", "workbench.db-shm", "workbench.db") == before
    working = Path(shelf.call("workspace.path", name="one")["path"]) / "notes.md"
    shelf.call("files.write", path=str(working), text="mine")
    assert shelf.call("files.read", path=str(working))["text"] == "mine"
