"""Refining where something is in the way: a host that was killed, a disk that somebody has rearranged."""

from __future__ import annotations

import shutil

import pytest
from refined import SKILL, Bench, git

from workbench.errors import InvalidRequest, Refused
from workbench.skills import table as skills
from workbench.skills.changes import scratch_of
from workbench.skills.table import Intent
from workbench.workflows.refining import changes as refine_changes
from workbench.workflows.refining import settling
from workbench.workflows.refining.driving import Driving
from workbench.workflows.refining.keep import Keep
from workbench.workflows.refining.message import understood

REPLAY = Driving("replay")


def killed_while_rejecting(skill: Bench) -> Keep:
    """What a process leaves that is killed between its intent and the first file that it lays; the contents it needs."""
    (skill.folder / "SKILL.md").write_text("Gone.\n")
    library = skill.bench.library
    with library.alone() as site:
        keep = Keep.of(site.scratch, "matching")
        laying = refine_changes.rejected(keep, refine_changes.changes(site.repository, "matching"), ())
        intent = Intent("killed", settling.KIND, "matching", str(site.root), laying.facts(), 1)
    library.database.write(lambda connection: skills.intend(connection, intent))
    return keep


async def test_a_rejection_that_was_cut_off_is_finished_by_whoever_starts_a_session_next(skill: Bench) -> None:
    killed_while_rejecting(skill)
    await skill.refining.start("matching", REPLAY)
    assert (await skill.acall("refine.diff", skill="matching"))["files"] == []
    assert skill.read() == SKILL


async def test_a_change_whose_content_is_gone_is_given_up_and_the_skill_can_be_worked_on(skill: Bench) -> None:
    shutil.rmtree(killed_while_rejecting(skill).folder)
    diff = await skill.acall("refine.diff", skill="matching")
    assert [file["path"] for file in diff["files"]] == ["SKILL.md"]
    await skill.acall("refine.decide", skill="matching", accept=False)
    assert skill.read() == SKILL


async def test_a_new_session_drops_what_only_an_earlier_one_could_have_undone(skill: Bench) -> None:
    await skill.edit("the number", "the numbers")
    await skill.acall("refine.close", skill="matching")
    kept = Keep.of(scratch_of(skill.bench.home), "matching").folder
    assert any(kept.iterdir())
    await skill.refining.start("matching", REPLAY)
    assert not any(kept.iterdir())


async def test_a_file_that_became_a_folder_is_rejected(skill: Bench) -> None:
    (skill.folder / "notes").write_text("one\n")
    await skill.acall("refine.decide", skill="matching", accept=True)
    (skill.folder / "notes").unlink()
    (skill.folder / "notes" / "deep").mkdir(parents=True)
    (skill.folder / "notes" / "deep" / "a.md").write_text("x\n")
    assert (await skill.acall("refine.decide", skill="matching", accept=False))["diff"]["files"] == []
    assert skill.read("notes") == "one\n"


async def test_a_folder_that_became_a_file_is_rejected(skill: Bench) -> None:
    shutil.rmtree(skill.folder / "references")
    (skill.folder / "references").write_text("file\n")
    assert (await skill.acall("refine.decide", skill="matching", accept=False))["diff"]["files"] == []
    assert skill.read("references/rules.md").endswith("Two eyes.\n")


async def test_a_place_that_somebody_holds_with_a_folder_of_theirs_stays_and_nothing_is_stuck(skill: Bench) -> None:
    (skill.folder / "notes").write_text("one\n")
    (skill.folder / ".gitignore").write_text("mine\n")
    await skill.acall("refine.decide", skill="matching", accept=True)
    (skill.folder / "notes").unlink()
    (skill.folder / "notes").mkdir()
    (skill.folder / "notes" / "a.md").write_text("x\n")
    (skill.folder / "notes" / "mine").write_text("not for git\n")
    diff = (await skill.acall("refine.decide", skill="matching", accept=False))["diff"]
    assert [(file["path"], file["status"]) for file in diff["files"]] == [("notes", "deleted")]
    assert skill.read("notes/mine") == "not for git\n"
    await skill.acall("refine.decide", skill="matching", accept=True)
    assert git(skill.root, "status", "--porcelain") == ""


# -- decisions --------------------------------------------------------------------------------------------------------


async def test_parts_are_decided_only_with_the_file_that_they_are_parts_of(skill: Bench) -> None:
    (skill.folder / "new.md").write_text("new\n")
    for accept in (True, False):
        with pytest.raises(InvalidRequest, match="of which file"):
            await skill.acall("refine.decide", skill="matching", accept=accept, hunks=["bogus-1"])
    assert skill.read("new.md") == "new\n"


async def test_all_is_decided_as_it_was_seen_or_not_at_all(skill: Bench) -> None:
    (skill.folder / "SKILL.md").write_text("Seen.\n")
    seen = (await skill.acall("refine.diff", skill="matching"))["digest"]
    (skill.folder / "SKILL.md").write_text("Seen.\nNot seen.\n")
    with pytest.raises(Refused, match="changed since you saw it") as refused:
        await skill.acall("refine.decide", skill="matching", accept=False, digest=seen)
    await skill.acall("refine.decide", skill="matching", accept=False, digest=refused.value.facts["digest"])
    assert skill.read() == SKILL


async def test_what_was_rejected_lies_in_the_trash(skill: Bench) -> None:
    (skill.folder / "SKILL.md").write_text("Rejected.\n")
    await skill.acall("refine.decide", skill="matching", accept=False)
    [copy] = settling.trash_below(skill.root, "").glob("*/matching/SKILL.md")
    assert copy.read_text() == "Rejected.\n"


async def test_an_undo_that_can_take_back_nothing_can_be_tried_again(skill: Bench) -> None:
    await skill.edit("the sum", "the total")
    (skill.folder / "SKILL.md").write_text(skill.read().replace("the total", "it all"))
    done = await skill.acall("refine.undo", skill="matching")
    assert (done["restored"], done["kept"]) == ([], ["SKILL.md"])
    (skill.folder / "SKILL.md").write_text(skill.read().replace("it all", "the total"))
    assert (await skill.acall("refine.undo", skill="matching"))["restored"] == ["SKILL.md"]
    assert skill.read() == SKILL


async def test_what_no_line_shows_of_a_change_is_said(skill: Bench) -> None:
    (skill.folder / "SKILL.md").chmod(0o755)
    (skill.folder / "empty.md").write_text("")
    (skill.folder / "logo.png").write_bytes(b"\x89PNG\0")
    (skill.folder / "run.sh").write_text("true\n")
    (skill.folder / "run.sh").chmod(0o755)
    found = (await skill.acall("refine.diff", skill="matching"))["files"]
    program = "It can be run as a program now."
    notes = {"SKILL.md": program, "empty.md": "It is empty.", "logo.png": "It is no text.", "run.sh": program}
    assert {file["path"]: file["note"] for file in found} == notes
    assert "old mode 100644\nnew mode 100755\n" in found[0]["diff"]


@pytest.mark.parametrize(
    ("message", "files"),
    [
        ("mend @references", ("references/rules.md",)),
        ("mend @references/", ("references/rules.md",)),
        ("see @SKILL", ("SKILL.md",)),
        ("fix '@SKILL.md'", ("SKILL.md",)),
        ("see `@rules.md`", ("references/rules.md",)),
        ("use @anthropic-ai/sdk", None),
        ("ask @Anna about it", None),
    ],
)
def test_a_word_after_an_at_sign_limits_the_turn_where_it_names_files(
    message: str, files: tuple[str, ...] | None
) -> None:
    assert understood(message, ["SKILL.md", "references/rules.md"]).files == files
