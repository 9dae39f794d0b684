"""The list: what each file says now, narrowed, counted, sorted and paged; a lock is no reason to wait."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from shelf import Shelf

from workbench.app import Workbench
from workbench.errors import InvalidRequest
from workbench.paths import Home
from workbench.skills import listing, table
from workbench.storage import files

ROW = {"name", "source", "path", "description", "valid", "trust", "tags", "status", "updated_at"}


@pytest.fixture
def four(shelf: Shelf) -> Shelf:
    for name, tags, purpose in (
        ("alpha", ["x"], "domain"), ("beta", ["x", "y"], "source"), ("gamma", [], "domain"), ("delta", ["y"], "platform"),
    ):  # fmt: skip
        shelf.create(name, tags=tags, purpose=purpose)
    return shelf


def names(shelf: Shelf, **params: object) -> list[str]:
    return [row["name"] for row in shelf.call("skills.list", **params)["skills"]]


def test_a_row_has_what_a_screen_needs(four: Shelf) -> None:
    row = four.call("skills.list")["skills"][0]
    assert set(row) >= ROW
    assert (row["name"], row["description"], row["valid"], row["trust"]) == ("alpha", "Does alpha.", True, "own")
    assert row["path"] == str(four.root / "alpha")


def test_a_list_says_what_the_file_says_now(four: Shelf) -> None:
    file = four.root / "alpha" / "SKILL.md"
    assert names(four, query="alpha") == ["alpha"]
    for text, description, valid in (
        (b"---\nname: alpha\ndescription: Otherwise\n---\n", "Otherwise", True),
        (b"---\nname: Alpha\ndescription: Otherwise\n---\n", "Otherwise", False),
        (b"\xff\xfe\x00", None, False), (b"", None, False), (b"[" * 60_000, None, False),
        (b"---\nname: alpha\ndescription: \xff\n---\n", "\ufffd", False),
    ):  # fmt: skip
        file.write_bytes(text)
        row = four.call("skills.list")["skills"][0]
        assert (row["description"], row["valid"]) == (description, valid)


def test_a_file_replaced_within_the_same_moment_is_seen(four: Shelf) -> None:
    file = four.root / "alpha" / "SKILL.md"
    names(four)
    about = file.stat()
    other = file.with_name("other")
    other.write_bytes(file.read_bytes().replace(b"Does alpha.", b"Does omega."))
    os.utime(other, ns=(about.st_atime_ns, about.st_mtime_ns))
    other.replace(file)
    assert four.call("skills.list")["skills"][0]["description"] == "Does omega."


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"tags": ["x"]}, ["alpha", "beta"]), ({"tags": ["X", "y"]}, ["beta"]), ({"purpose": ["domain"]}, ["alpha", "gamma"]),
        ({"query": "DOES bet"}, ["beta"]), ({"query": "y"}, ["beta", "delta"]), ({"source": ["imported"]}, []),
        ({"status": ["pending"]}, ["alpha", "beta", "delta", "gamma"]), ({"valid": False}, []),
        ({"trust": ["untrusted"]}, []), ({"query": "zeta"}, []),
    ],
)  # fmt: skip
def test_a_list_is_narrowed(four: Shelf, params: dict[str, object], expected: list[str]) -> None:
    assert names(four, **params) == expected


def test_facets_count_what_fits(four: Shelf) -> None:
    facets = four.call("skills.list")["facets"]
    assert facets["tag"] == {"x": 2, "y": 2}
    assert facets["purpose"] == {"domain": 2, "platform": 1, "source": 1}
    assert facets["valid"] == {"yes": 4}
    assert four.call("skills.list", tags=["x"])["facets"]["tag"] == {"x": 2, "y": 1}


def test_a_facet_counts_what_naming_one_more_of_its_kind_would_add(four: Shelf) -> None:
    facets = four.call("skills.list", purpose=["domain"], query="alpha")["facets"]
    assert facets["purpose"] == {"domain": 1}
    facets = four.call("skills.list", purpose=["domain"], source=["imported"])["facets"]
    assert facets["purpose"] == {}
    assert facets["source"] == {"skill-builder": 2}
    assert four.call("skills.list", purpose=["domain"])["facets"]["purpose"] == {
        "domain": 2,
        "platform": 1,
        "source": 1,
    }
    assert four.call("skills.list", valid=False)["facets"]["valid"] == {"yes": 4}


@pytest.mark.parametrize(("sort", "cursor"), [("-updated", '["x","y","z"]'), ("source", '[1,"a"]'), ("name", "[true]")])
def test_a_cursor_of_another_order_is_refused(four: Shelf, sort: str, cursor: str) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        four.call("skills.list", sort=sort, cursor=cursor)


@pytest.mark.parametrize("sort", list(listing.SORTS))
def test_pages_join_up_in_every_order(four: Shelf, sort: str) -> None:
    whole, seen, cursor = names(four, sort=sort), [], None
    while True:
        page = four.call("skills.list", sort=sort, limit=3, cursor=cursor)
        seen += [row["name"] for row in page["skills"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        four.call("skills.update_tags", names=["alpha"], tags=["between"])
    assert seen == whole
    assert sorted(seen) == ["alpha", "beta", "delta", "gamma"]


@pytest.mark.parametrize("cursor", ["", "x", "[]", "[1,2,3]", "{}", "null", '[["a"]]', "[" * 1000, '["a"'])
def test_a_cursor_that_no_list_gave_is_refused(four: Shelf, cursor: str) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        four.call("skills.list", cursor=cursor)


def test_what_can_be_refined_has_more_than_a_heading(shelf: Shelf) -> None:
    shelf.create("written")
    shelf.call("skills.create", name="bare", description="D.")
    shelf.create("gone")
    (shelf.root / "gone" / "SKILL.md").unlink()
    assert [row["name"] for row in shelf.call("skills.refinable")["skills"]] == ["written"]


def test_names_that_are_taken_are_those_of_both_registries(four: Shelf) -> None:
    four.bench.database.write(
        lambda connection: connection.execute(
            "insert into workspace_skills (name, created, updated) values ('research', 0, 0)"
        )
    )
    found = four.call("skills.installed_names")
    assert found["names"] == ["alpha", "beta", "delta", "gamma", "research"]
    assert (found["library"], found["workspace"]) == (["alpha", "beta", "delta", "gamma"], ["research"])


def test_a_suggested_name_is_free_and_can_be_used(four: Shelf) -> None:
    for text in ("I want alpha", "Deploy the Terraform modules of our cloud platform", "???", "ALPHA", "con"):
        found = four.call("skills.suggest", text=text)
        four.create(found["name"], purpose=found["purpose"], tags=found["tags"])
    assert four.call("skills.suggest", text="Deploy with Terraform to the cloud")["purpose"] == "platform"


def test_lint_and_fix_show_a_diff_and_write_only_what_was_shown(shelf: Shelf) -> None:
    for name in ("one", "two"):
        shelf.create(name, text=f"---\nname: {name.title()}\ndescription: Does it.\nversion: 1.0\n---\n\nBody.\n")
    report = shelf.call("skills.lint")
    assert (report["errors"], [each["valid"] for each in report["skills"]]) == (6, [False, False])
    before = shelf.text("one")
    shown = shelf.call("skills.fix", names=["one", "two"], rule="unknown-field")
    assert [each["rules"] for each in shown["skills"]] == [["unknown-field"], ["unknown-field"]]
    assert "-version: 1.0\n" in shown["skills"][0]["diff"]
    assert shelf.text("one") == before
    (shelf.root / "two" / "SKILL.md").write_text("---\nname: two\ndescription: Mine.\nversion: 2\n---\n")
    bases = {each["name"]: each["base"] for each in shown["skills"]}
    done = shelf.call("skills.fix", names=["one", "two"], rule="unknown-field", apply=True, bases=bases)["skills"]
    assert done[0]["commit"]
    assert "changed since" in done[1]["failure"]
    assert b"Mine." in shelf.text("two")
    shelf.call("skills.fix", names=["one", "two"], apply=True)
    assert shelf.call("skills.lint")["errors"] == 0
    shelf.check()


def test_a_skill_of_a_size_that_no_client_takes_is_listed_and_not_opened(shelf: Shelf) -> None:
    shelf.create("one")
    (shelf.root / "one" / "SKILL.md").write_bytes(b"---\nname: one\ndescription: D.\n---\n" + b"x" * (5 * 1024 * 1024))
    row = shelf.call("skills.list")["skills"][0]
    assert (row["present"], row["valid"], row["description"]) == (True, False, None)
    with pytest.raises(InvalidRequest, match="larger than"):
        shelf.call("skills.get", name="one")


def test_a_text_is_linted_before_it_is_saved(shelf: Shelf) -> None:
    found = shelf.call("skills.lint", text="---\nname: X\n---\n", folder="x")["skills"][0]
    assert {each["rule"] for each in found["diagnostics"]} >= {"name-case", "description-missing"}


def test_many_processes_at_once_change_skills_and_lose_nothing(shelf: Shelf, home: Home) -> None:
    shelf.create("shared")
    script = (
        "import sys\nfrom workbench.app import Workbench\nfrom workbench.skills import changes\n"
        "from workbench.storage import files\n"
        "files.BUSY_MS = 100_000\n"  # who has the lock may stand still for longer than a person waits
        "turn = changes.turn\nchanges.turn = lambda lock, _: turn(lock, 100)\n"  # whoever came first may be served last
        "with Workbench.open() as bench:\n"
        "    for number in range(2):\n"
        "        name = f'p{sys.argv[1]}-{number}'\n"
        "        bench.call('skills.create', name=name, description='D.')\n"
        "        bench.call('skills.edit', name='shared', edits=[{'key': ['metadata', name], 'value': 'here'}])\n"
        "        bench.call('skills.rename', name=name, new_name=name + '-x')\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(number)], stderr=subprocess.PIPE) for number in range(4)
    ]
    for each in running:
        assert each.communicate(timeout=200)[1] == b""
        assert each.returncode == 0
    assert len(shelf.names()) == 1 + 4 * 2
    assert len(shelf.log()) == 1 + 4 * 2 * 3
    assert len(shelf.call("skills.get", name="shared")["fields"]["metadata"]) == 4 * 2
    shelf.check()


def test_a_list_of_ten_thousand_reads_each_file_once(shelf: Shelf, tmp_path: Path) -> None:
    shelf.root.mkdir()
    count = 10_000

    def fill(connection: object) -> None:
        for number in range(count):
            table.add(connection, f"skill-{number:05}", "imported", number)  # type: ignore[arg-type]

    for number in range(count):
        folder = shelf.root / f"skill-{number:05}"
        folder.mkdir()
        (folder / "SKILL.md").write_text(f"---\nname: skill-{number:05}\ndescription: Number {number}.\n---\n\nDo.\n")
    shelf.bench.database.write(fill)
    first = shelf.call("skills.list", limit=10)
    assert first["total"] == count
    _, fresh = listing.read(shelf.root, shelf.bench.database.read(table.listed))
    assert fresh == []
    assert shelf.call("skills.list", query="number 9999.")["skills"][0]["name"] == "skill-09999"


def test_a_list_is_shown_though_what_it_found_cannot_be_kept(
    four: Shelf, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = four.root / "alpha" / "SKILL.md"
    file.write_text(file.read_text().replace("Does alpha.", "Does omega."))
    monkeypatch.setattr(files, "BUSY_MS", 1)
    with Workbench.open(home) as other, closing(apsw.Connection(str(home.database))) as writer:
        writer.execute("begin immediate")
        assert other.call("skills.list")["skills"][0]["description"] == "Does omega."


@pytest.mark.parametrize("linked", ["the folder", "the file"])
def test_a_list_says_nothing_of_what_lies_outside_behind_a_link(shelf: Shelf, tmp_path: Path, linked: str) -> None:
    shelf.create("one")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "SKILL.md").write_text("---\nname: one\ndescription: topsecret\n---\n\nTheirs.\n")
    place = shelf.root / "one" if linked == "the folder" else shelf.root / "one" / "SKILL.md"
    place.rename(tmp_path / "moved")
    place.symlink_to(outside if linked == "the folder" else outside / "SKILL.md")
    (row,) = shelf.call("skills.list")["skills"]
    assert (row["present"], row["description"], row["valid"]) == (False, None, False)
    assert "topsecret" not in str(shelf.call("skills.budget"))


def test_a_list_says_what_a_file_says_to_which_a_link_leads_in_the_skills_folder(shelf: Shelf) -> None:
    shelf.create("one")
    (shelf.root / "one" / "SKILL.md").rename(shelf.root / "one" / "text.md")
    (shelf.root / "one" / "SKILL.md").symlink_to("text.md")
    (row,) = shelf.call("skills.list")["skills"]
    assert (row["present"], row["description"]) == (True, "Does one.")
