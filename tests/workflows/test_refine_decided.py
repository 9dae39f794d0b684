"""What a person makes of a turn: the diff, accepting, rejecting and undoing."""

from __future__ import annotations

import pytest
from refined import LONG, SKILL, Bench, git

from workbench.errors import Refused


async def hunks(desk: Bench, path: str = "SKILL.md") -> tuple[list[str], str]:
    diff = await desk.acall("refine.diff", skill="matching")
    file = next(file for file in diff["files"] if file["path"] == path)
    return [hunk["id"] for hunk in file["hunks"]], file["digest"]


async def test_the_diff_is_head_against_the_working_tree_with_the_index_below_the_skill(skill: Bench) -> None:
    skill.bench.library.create("other", {"SKILL.md": SKILL.replace("matching", "other").encode()})
    (skill.root / "other" / "SKILL.md").write_text("Changed too.\n")
    (skill.folder / "references" / "staged.md").write_text("one\ntwo\n")
    git(skill.root, "add", "matching/references/staged.md")
    (skill.folder / "references" / "rules.md").unlink()
    (skill.folder / "SKILL.md").write_text(SKILL.replace("Ask when", "Ask if"))
    diff = await skill.acall("refine.diff", skill="matching")
    told = [(file["path"], file["status"], file["added"], file["removed"]) for file in diff["files"]]
    assert told == [
        ("SKILL.md", "modified", 1, 1),
        ("references/rules.md", "deleted", 0, 3),
        ("references/staged.md", "added", 2, 0),
    ]
    assert diff["stat"] == "3 files changed, 3 lines added, 4 lines removed"  # header lines are not counted


async def test_a_diff_is_one_that_git_itself_can_apply(skill: Bench) -> None:
    after = SKILL.replace("Ask when", "Ask if")
    (skill.folder / "SKILL.md").write_text(after)
    diff = (await skill.acall("refine.diff", skill="matching"))["files"][0]["diff"]
    (skill.folder / "SKILL.md").write_text(SKILL)
    (skill.root / "p.patch").write_text(diff)
    git(skill.folder, "apply", "-p1", "../p.patch")
    assert skill.read() == after


async def test_without_a_repository_the_diff_says_so(skill: Bench) -> None:
    (skill.root / ".git").rename(skill.root.parent / "away")
    with pytest.raises(Refused, match="no git repository") as refused:
        await skill.acall("refine.diff", skill="matching")
    assert refused.value.reason == "no_repository"
    assert not (skill.root / ".git").exists()


async def test_a_file_that_is_no_text_is_taken_or_left_whole(skill: Bench) -> None:
    (skill.folder / "logo.png").write_bytes(b"\x89PNG\0\1")
    diff = await skill.acall("refine.diff", skill="matching")
    assert [(file["path"], file["hunks"], file["diff"]) for file in diff["files"]] == [("logo.png", [], "")]
    await skill.acall("refine.decide", skill="matching", path="logo.png", accept=True)
    assert git(skill.root, "status", "--porcelain") == ""


async def test_accepting_makes_a_version_and_rejecting_puts_the_last_one_back(skill: Bench) -> None:
    await skill.edit("the number", "the numbers")
    done = await skill.acall("refine.decide", skill="matching", path="SKILL.md", accept=True)
    assert done["commit"] == git(skill.root, "rev-parse", "HEAD").strip()
    assert done["diff"]["files"] == []
    assert git(skill.root, "log", "-1", "--format=%s").strip() == "matching: SKILL.md refined"
    await skill.edit("the sum", "the sums")
    done = await skill.acall("refine.decide", skill="matching", accept=False)
    assert (done["commit"], done["diff"]["files"]) == (None, [])
    assert ("the numbers" in skill.read(), "the sum." in skill.read()) == (True, True)
    assert git(skill.root, "status", "--porcelain") == ""


async def test_one_hunk_is_accepted_and_another_one_rejected(desk: Bench) -> None:
    desk.make(LONG)
    after = LONG.replace("the number", "the numbers").replace("Rule 15", "Law 15").replace("Rule 29", "Law 29")
    await desk.say("Mend it.", desk.recordings.turn({"SKILL.md": (LONG, after)}))
    ids, digest = await hunks(desk)
    assert len(ids) == 3
    decide = {"skill": "matching", "path": "SKILL.md", "digest": digest}
    done = await desk.acall("refine.decide", **decide, hunks=ids[1:2], accept=True)
    assert desk.read() == after
    assert git(desk.root, "show", "HEAD:matching/SKILL.md") == LONG.replace("Rule 15", "Law 15")
    assert len(done["diff"]["files"][0]["hunks"]) == 2
    ids, digest = await hunks(desk)
    await desk.acall("refine.decide", **decide, hunks=ids[1:], accept=False)
    assert desk.read() == after.replace("Law 29", "Rule 29")
    ids, digest = await hunks(desk)
    assert len(ids) == 1


async def test_a_decision_about_a_file_that_has_changed_since_is_refused(skill: Bench) -> None:
    await skill.edit("the number", "the numbers")
    ids, digest = await hunks(skill)
    (skill.folder / "SKILL.md").write_text(SKILL.replace("the number", "each number"))
    for seen in ({"digest": digest}, {"hunks": ids}):
        with pytest.raises(Refused, match="changed since you saw it") as refused:
            await skill.acall("refine.decide", skill="matching", path="SKILL.md", accept=False, **seen)
        assert refused.value.reason == "changed"
    assert "each number" in skill.read()


async def test_an_added_file_that_is_rejected_is_gone_and_a_deleted_one_is_back(skill: Bench) -> None:
    (skill.folder / "references" / "new.md").write_text("new\n")
    (skill.folder / "references" / "rules.md").unlink()
    await skill.acall("refine.decide", skill="matching", accept=False)
    assert [path.name for path in (skill.folder / "references").iterdir()] == ["rules.md"]


async def test_what_git_is_told_to_ignore_is_neither_shown_nor_touched(skill: Bench) -> None:
    (skill.root / ".gitignore").write_text("*.log\n")
    (skill.folder / "run.log").write_text("mine\n")
    assert (await skill.acall("refine.diff", skill="matching"))["files"] == []
    await skill.acall("refine.decide", skill="matching", accept=False)
    assert skill.read("run.log") == "mine\n"


async def test_while_the_agent_works_nothing_is_decided_or_undone(skill: Bench) -> None:
    await skill.send("Go on.", skill.recordings.turn(asks=True))
    for work in (skill.refining.decide("matching", accept=True), skill.refining.undo("matching")):
        with pytest.raises(Refused, match="is at work"):
            await work


async def test_one_undo_takes_back_one_turn(skill: Bench) -> None:
    first = (await skill.edit("the number", "the numbers")).turn
    second = (await skill.edit("the sum", "the sums")).turn
    assert (await skill.acall("refine.diff", skill="matching"))["undoable"] == second.run
    done = await skill.acall("refine.undo", skill="matching")
    assert (done["run"], done["restored"], done["kept"]) == (second.run, ["SKILL.md"], [])
    assert skill.read() == SKILL.replace("the number", "the numbers")
    assert done["diff"]["undoable"] == first.run
    await skill.acall("refine.undo", skill="matching")
    assert skill.read() == SKILL
    with pytest.raises(Refused, match="no turn to undo"):
        await skill.acall("refine.undo", skill="matching")


async def test_undoing_a_turn_keeps_a_later_edit_of_a_persons(skill: Bench) -> None:
    rules = skill.read("references/rules.md")
    edits = {"SKILL.md": (SKILL, SKILL.replace("the number", "the numbers")), "references/rules.md": (rules, "Four.\n")}
    await skill.say("Mend it.", skill.recordings.turn({**edits, "references/new.md": (None, "New.\n")}))
    (skill.folder / "SKILL.md").write_text(skill.read().replace("Ask when", "Always ask when"))
    (skill.folder / "references" / "rules.md").write_text("Five.\n")
    done = await skill.acall("refine.undo", skill="matching")
    assert (done["restored"], done["kept"]) == (["SKILL.md", "references/new.md"], ["references/rules.md"])
    assert skill.read() == SKILL.replace("Ask when", "Always ask when")
    assert skill.read("references/rules.md") == "Five.\n"
    assert not (skill.folder / "references" / "new.md").exists()


async def test_an_earlier_turn_is_undone_beneath_a_later_one(desk: Bench) -> None:
    desk.make(LONG)
    first = (await desk.edit("the number", "the numbers")).turn
    await desk.edit("Rule 20", "Law 20")
    await desk.acall("refine.undo", skill="matching", run=first.run)
    assert desk.read() == LONG.replace("Rule 20", "Law 20")


async def test_what_was_accepted_can_be_undone_and_is_then_a_change_again(skill: Bench) -> None:
    await skill.edit("the number", "the numbers")
    await skill.acall("refine.decide", skill="matching", accept=True)
    done = await skill.acall("refine.undo", skill="matching")
    assert skill.read() == SKILL
    assert done["diff"]["files"][0]["status"] == "modified"
