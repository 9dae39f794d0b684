"""Hostile skills in the skills folder, number by number: what is refused or only looked at changes nothing anywhere.

"Nothing" is the whole home and the whole skills folder, by content, mode, link target and row.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import pytest
from hostile import BODY, CASES, DESCRIPTION, FOLDER, NUMBERS, Case, Link, lay, skill
from shelf import Shelf, digest
from untouched import REMEMBERED, unchanged

from workbench.errors import InvalidRequest, NotFound, Refused, WorkbenchError
from workbench.skills.tree.files import MAX_BYTES

ASKED = [case for case in CASES if case.number not in (21, 22)]
"""What a reconciliation offers to add; the others hold no skill at their root."""


@pytest.fixture
def stocked(shelf: Shelf) -> Shelf:
    """A library with a skill of one's own; the stores that are made when they are first asked are there."""
    shelf.create("own")
    shelf.call("skills.budget")
    return shelf


def still(shelf: Shelf) -> AbstractContextManager[None]:
    return unchanged(shelf.bench.home.root, shelf.root, but=REMEMBERED)


def cases(*numbers: int) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [case for case in CASES if case.number in numbers], ids=str)


def offered(shelf: Shelf) -> dict[str, list[str]]:
    return {each["skill"]: each["choices"] for each in shelf.call("workspace.reconcile")["findings"]}


def added(shelf: Shelf, case: Case, name: str = FOLDER) -> Path:
    """The hostile folder, taken into the library by a person who says so; not a byte of it is changed by that."""
    folder = lay(shelf.root / name, case.tree)
    before = digest(folder)
    shelf.call("workspace.resolve_discovery", name=name, choice="add")
    assert digest(folder) == before
    return folder


def refused(shelf: Shelf, command: str, **params: Any) -> WorkbenchError:
    """The sentence with which a command is refused; nothing has changed."""
    with still(shelf), pytest.raises(WorkbenchError) as failure:
        shelf.call(command, **params)
    assert str(failure.value)
    assert failure.value.remedy
    return failure.value


def rules(shelf: Shelf, name: str = FOLDER) -> dict[str, Any]:
    """What is wrong with a skill, and the change that would mend each."""
    return {each["rule"]: each["fix"] for each in shelf.call("skills.get", name=name)["diagnostics"]}


def found(shelf: Shelf, name: str = FOLDER) -> set[str]:
    return {each["rule"] for each in shelf.call("skills.scan", name=name)["findings"]}


# -- all of them ------------------------------------------------------------------------------------------------------


def test_there_is_at_least_one_of_every_number() -> None:
    assert list(NUMBERS) == list(range(21, 37))
    assert {case.number for case in CASES} == {*NUMBERS}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_foreign_folder_is_looked_at_and_nothing_changes(stocked: Shelf, case: Case) -> None:
    folder = lay(stocked.root / FOLDER, case.tree)
    with still(stocked):
        assert list(offered(stocked)) == [FOLDER]
        assert stocked.names() == ["own"]
        assert [each["name"] for each in stocked.call("skills.lint")["skills"]] == ["own"]
        for each in stocked.call("files.list", path=str(folder), deep=True)["files"]:
            read_or_refused(stocked, str(folder / each["path"]))
        for command, params in (
            ("skills.get", {}), ("skills.scan", {}), ("skills.trust", {}), ("skills.delete", {}), ("git.history", {}),
            ("skills.rename", {"new_name": "other"}), ("skills.edit", {"edits": [{"key": "license", "value": "MIT"}]}),
            ("skills.fix", {"names": [FOLDER], "apply": True}), ("skills.update_tags", {"names": ["own", FOLDER], "add": ["x"]}),
        ):  # fmt: skip
            with pytest.raises(NotFound):
                stocked.call(command, **({} if "names" in params else {"name": FOLDER}), **params)
        for choices in ({FOLDER: "nonsense"}, {"none": "add"}, {FOLDER: "skip", "own": "remove"}):
            with pytest.raises(InvalidRequest):
                stocked.call("workspace.apply_reconcile", choices=choices)
        with pytest.raises(Refused, match="a folder"):
            stocked.create(FOLDER)


@pytest.mark.parametrize("case", ASKED, ids=str)
def test_a_hostile_skill_in_the_library_is_read_and_nothing_changes_and_it_leaves_as_it_came(
    stocked: Shelf, case: Case
) -> None:
    folder = added(stocked, case)
    with still(stocked):
        shown = stocked.call("skills.get", name=FOLDER)
        assert shown["trust"] == "untrusted"
        assert len(json.dumps(shown)) < 10 * len(stocked.text(FOLDER)) + 40_000
        report = stocked.call("skills.scan", name=FOLDER)
        for command, params in (
            ("skills.list", {}), ("skills.lint", {}), ("skills.refinable", {}), ("skills.budget", {}), ("skills.tags", {}),
            ("skills.fix", {"names": [FOLDER]}), ("skills.check_lock", {"name": FOLDER}), ("git.history", {"name": FOLDER}),
            ("git.diff", {"name": FOLDER}), ("workspace.reconcile", {}), ("workspace.clear", {"preview": True}),
            ("files.list", {"path": str(folder), "deep": True}),
        ):  # fmt: skip
            json.dumps(stocked.call(command, **params)).encode()
        for each in shown["files"]:
            read_or_refused(stocked, str(folder / each["path"]))
        assert stocked.call("skills.scan", name=FOLDER)["findings"] == report["findings"]
    for command, params in (
        ("skills.trust", {"digest": "sha256:other"}), ("skills.rename", {"new_name": "own"}),
        ("skills.waive", {"rule": "none", "digest": "none", "reason": "x"}), ("git.restore", {"version": "none"}),
        ("skills.edit", {"text": "x", "base": "another"}),
    ):  # fmt: skip
        refused(stocked, command, name=FOLDER, **params)
    before = digest(folder)
    stocked.call("skills.delete", name=FOLDER)
    assert stocked.names() == ["own"]
    stocked.call("skills.restore_deleted", name=FOLDER)
    assert digest(folder) == before
    stocked.check()


def read_or_refused(shelf: Shelf, path: str) -> None:
    """Files of up to 5 MiB are read as they are; what is larger, or leads outside, is refused."""
    for command in ("files.read_base64", "files.read"):
        with suppress(WorkbenchError):
            assert shelf.call(command, path=path)["size"] <= MAX_BYTES


def test_the_command_line_lints_and_scans_a_tree_of_them_all_and_changes_nothing(tmp_path: Path) -> None:
    for case in CASES:
        lay(tmp_path / "tree" / str(case.number) / case.what.replace(" ", "-") / FOLDER, case.tree)
    with unchanged(tmp_path):
        for verb in ("lint", "scan"):
            done = subprocess.run(
                [sys.executable, "-m", "workbench", "skills", verb, str(tmp_path / "tree"), "--json"],
                env={"WORKBENCH_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"},
                capture_output=True, text=True, timeout=60,
            )  # fmt: skip
            assert done.returncode in (0, 1), done.stderr
            assert len(json.loads(done.stdout)["skills"]) == len(ASKED) + 2


# -- one by one -------------------------------------------------------------------------------------------------------


@cases(21)
def test_21_what_holds_no_skill_is_refused(stocked: Shelf, case: Case) -> None:
    lay(stocked.root / FOLDER, case.tree)
    assert offered(stocked) == {FOLDER: ["remove", "skip"]}
    assert "There is remove, skip to choose" in str(
        refused(stocked, "workspace.apply_reconcile", choices={FOLDER: "add"}).remedy
    )
    refused(stocked, "workspace.resolve_discovery", name=FOLDER, choice="add")


@cases(22)
def test_22_two_skills_in_one_folder_are_two_and_neither_is_taken(stocked: Shelf, case: Case) -> None:
    lay(stocked.root / FOLDER, case.tree)
    assert offered(stocked) == {FOLDER: ["remove", "skip"]}
    refused(stocked, "workspace.apply_reconcile", choices={FOLDER: "add"})
    with still(stocked):
        left = stocked.call("workspace.apply_reconcile")["left"]
        assert [each["skill"] for each in left] == [FOLDER]


@cases(23, 24)
def test_23_24_without_front_matter_a_skill_is_asked_about_and_can_be_mended(stocked: Shelf, case: Case) -> None:
    lay(stocked.root / FOLDER, case.tree)
    assert offered(stocked) == {FOLDER: ["add", "remove", "skip"]}
    stocked.call("workspace.resolve_discovery", name=FOLDER, choice="add")
    shown = stocked.call("skills.get", name=FOLDER)
    assert not shown["valid"]
    rule = "no-frontmatter" if case.number == 23 else "unclosed"
    assert rules(stocked)[rule] is not None
    [mended] = stocked.call("skills.fix", names=[FOLDER], rule=rule, apply=True)["skills"]
    assert mended["commit"]
    assert rule not in rules(stocked)


@cases(25)
def test_25_an_object_is_text_a_finding_and_is_mended(stocked: Shelf, case: Case) -> None:
    added(stocked, case)
    assert isinstance(stocked.call("skills.get", name=FOLDER)["fields"]["license"], str | list)
    assert "yaml-object" in found(stocked)
    [mended] = stocked.call("skills.fix", names=[FOLDER], rule="yaml-tag", apply=True)["skills"]
    assert mended["commit"]
    assert b"!!python" not in stocked.text(FOLDER)
    assert "yaml-object" not in found(stocked)


@cases(26, 27)
def test_26_27_what_is_nested_or_doubled_beyond_reason_is_this_skill_s_fault_alone(stocked: Shelf, case: Case) -> None:
    added(stocked, case)
    shown = stocked.call("skills.get", name=FOLDER)
    assert not shown["valid"]
    assert {"yaml-alias", "yaml-depth", "not-a-mapping"} & rules(stocked).keys()
    assert shown["description"] == DESCRIPTION
    assert [(row["name"], row["valid"]) for row in stocked.call("skills.list")["skills"]] == [
        (FOLDER, False), ("own", True),
    ]  # fmt: skip


@cases(28)
def test_28_a_name_that_looks_like_a_value_is_text(stocked: Shelf, case: Case) -> None:
    added(stocked, case)
    assert stocked.call("skills.get", name=FOLDER)["fields"]["name"] == case.what
    stocked.call("skills.edit", name=FOLDER, edits=[{"key": "license", "value": case.what}])
    assert stocked.call("skills.get", name=FOLDER)["fields"]["license"] == case.what


@cases(29)
def test_29_a_name_that_cannot_be_is_never_a_path_and_comes_with_one_that_can(stocked: Shelf, case: Case) -> None:
    added(stocked, case)
    before = set(digest(stocked.root.parent, "home", "skills"))
    name = stocked.call("skills.get", name=FOLDER)["fields"]["name"]
    [mended] = stocked.call("skills.fix", names=[FOLDER], apply=True)["skills"]
    assert mended["commit"]
    assert stocked.call("skills.get", name=FOLDER)["fields"]["name"] == FOLDER
    for command, params in (("skills.create", {"name": name}), ("skills.rename", {"name": "own", "new_name": name})):
        failure = refused(stocked, command, **params)
        assert isinstance(failure, InvalidRequest)
        if suggested := failure.facts.get("suggested"):
            assert suggested in str(failure.remedy)
            assert "/" not in suggested
    assert set(digest(stocked.root.parent, "home", "skills")) == before
    stocked.check()


@pytest.mark.parametrize(
    "name", ["Chart Maker", "x" * 200, "CON", "anthropic", "a\nb", "--help", "\u202echarts", "%2e%2e"]
)
def test_29_a_folder_with_such_a_name_can_be_taken_renamed_and_set_aside(stocked: Shelf, name: str) -> None:
    case = Case(29, name, {"SKILL.md": skill(name="charts").encode()})
    added(stocked, case, name)
    assert stocked.call("skills.get", name=name)["fields"]["name"] == "charts"
    stocked.call("skills.rename", name=name, new_name="plots")
    assert stocked.names() == ["own", "plots"]
    stocked.call("skills.delete", name="plots")
    stocked.check()


@cases(30, 31)
def test_30_31_what_the_specification_forbids_is_an_error_with_its_rule(stocked: Shelf, case: Case) -> None:
    added(stocked, case)
    assert not stocked.call("skills.get", name=FOLDER)["valid"]
    rule = {"empty": "description-empty", "20 kB": "description-too-long"}.get(case.what, "name-folder")
    [one] = stocked.call("skills.lint", names=[FOLDER])["skills"]
    assert [(each["level"], each["severity"]) for each in one["diagnostics"] if each["rule"] == rule] == [
        ("spec", "error")
    ]


def test_31_a_description_that_is_too_long_for_a_form_is_refused(stocked: Shelf) -> None:
    refused(stocked, "skills.create", name="new", description="x" * 20_000)


@cases(32)
def test_32_a_mark_and_line_ends_are_mended_and_what_is_no_utf_8_is_not_guessed_at(stocked: Shelf, case: Case) -> None:
    added(stocked, case)
    whole = {"byte order mark": "bom", "CRLF": "line-ends", "UTF-16": "encoding"}
    if case.what in whole:
        [mended] = stocked.call("skills.fix", names=[FOLDER], rule=whole[case.what], apply=True)["skills"]
        assert mended["commit"]
        assert stocked.text(FOLDER) == skill().encode()
    else:
        assert stocked.call("skills.fix", names=[FOLDER])["skills"] == []
        refused(stocked, "skills.edit", name=FOLDER, text=skill())
        refused(stocked, "files.read", path=str(stocked.root / FOLDER / "SKILL.md"))


def test_32_utf_16_is_edited_only_as_utf_8(stocked: Shelf) -> None:
    added(stocked, next(case for case in CASES if case.what == "UTF-16"))
    for params in ({"edits": [{"key": "license", "value": "MIT"}]}, {"body": BODY}, {"text": skill()}):
        refused(stocked, "skills.edit", name=FOLDER, **params)


@cases(33)
def test_33_what_is_hidden_is_shown_and_flagged(stocked: Shelf, case: Case) -> None:
    added(stocked, case)
    report = stocked.call("skills.scan", name=FOLDER)
    finding = next(each for each in report["findings"] if each["rule"].startswith("hidden-"))
    assert finding["excerpt"].isprintable()
    assert report["verdict"] != "clean"
    if case.what == "tags":
        assert "ignore all rules" in finding["excerpt"]


@cases(34, 35)
def test_34_35_what_asks_for_much_is_flagged_and_granted_nothing_till_it_is_trusted(stocked: Shelf, case: Case) -> None:
    folder = added(stocked, case)
    rules = {
        "base64 to a shell": "decode-to-shell",
        "curl to bash": "pipe-to-shell",
        "every command": "tools-every-command",
    }
    rule = rules.get(case.what, "tools-all")
    report = stocked.call("skills.scan", name=FOLDER)
    assert rule in {each["rule"] for each in report["findings"]}
    assert (report["verdict"] == "clean", report["trust"]) == (False, "untrusted")
    stocked.call("skills.trust", name=FOLDER, digest=report["digest"])
    assert stocked.call("skills.get", name=FOLDER)["trust"] == "trusted"
    (folder / "more.sh").write_text("echo more\n")
    assert [row["trust"] for row in stocked.call("skills.list")["skills"]] == ["changed", "own"]


@cases(36)
def test_36_an_odd_file_is_flagged_and_a_large_one_not_opened(stocked: Shelf, case: Case) -> None:
    folder = added(stocked, case)
    wanted = {"a script that may be run": "executable", "a program": "program", "10 MB": "large"}
    assert wanted.get(case.what, "link-escapes") in found(stocked)
    if case.what == "10 MB":
        for command in ("files.read", "files.read_base64"):
            refused(stocked, command, path=str(folder / "data.bin"))
        refused(stocked, "files.copy", path=str(folder / "data.bin"), to=str(folder / "copy.bin"))
    if case.what == "a link that leaves":
        for path in ("notes.md", "up/home/workbench.db"):
            refused(stocked, "files.read", path=str(folder / path))
            refused(stocked, "files.write", path=str(folder / path), text="x")


def test_36_a_name_that_is_installed_is_never_written_over(stocked: Shelf) -> None:
    refused(stocked, "skills.create", name="own", description="Another.")
    stocked.call("skills.delete", name="own")
    stocked.create("own")
    refused(stocked, "skills.restore_deleted", name="own")
    refused(stocked, "skills.rename", name="own", new_name="own/../own")
    refused(stocked, "skills.create", name="OWN", description="Another.")


# -- what lies in the place of SKILL.md -------------------------------------------------------------------------------


@pytest.fixture
def secret(stocked: Shelf, tmp_path: Path) -> Iterator[Path]:
    """A skill outside of the skills folder, that nobody has brought in."""
    place = lay(tmp_path / "secret", {"SKILL.md": skill(description="Top secret words.").encode()})
    before = digest(place)
    yield place
    assert digest(place) == before


def test_a_skill_md_that_leads_outside_is_not_shown(stocked: Shelf, secret: Path) -> None:
    added(stocked, Case(36, "", {"SKILL.md": skill().encode(), "notes.md": b"notes\n"}))
    (stocked.root / FOLDER / "SKILL.md").unlink()
    lay(stocked.root / FOLDER, {"SKILL.md": Link(str(secret / "SKILL.md"))})
    with still(stocked):
        assert "Top secret" not in json.dumps(stocked.call("skills.list"))
        assert "Top secret" not in json.dumps(stocked.call("skills.budget"))
        assert "Top secret" not in json.dumps(stocked.call("skills.scan", name=FOLDER))
    refused(stocked, "skills.get", name=FOLDER)
    refused(stocked, "skills.edit", name=FOLDER, edits=[{"key": "license", "value": "MIT"}])
    assert stocked.call("skills.fix", names=[FOLDER], apply=True)["skills"][0]["failure"]


def test_one_skill_that_cannot_be_read_does_not_keep_the_others_from_being_linted(stocked: Shelf, secret: Path) -> None:
    added(stocked, Case(36, "", {"SKILL.md": skill().encode()}))
    file = stocked.root / FOLDER / "SKILL.md"
    file.unlink()
    file.symlink_to(secret / "SKILL.md")
    assert "own" in {each["name"] for each in stocked.call("skills.lint")["skills"]}
    file.unlink()
    file.write_bytes(skill().encode() + b"x" * MAX_BYTES)
    assert "own" in {each["name"] for each in stocked.call("skills.lint")["skills"]}
