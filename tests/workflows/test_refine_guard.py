"""What a turn of refining may change, and how strays are put back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from refined import SKILL, Bench

from workbench.agents import said
from workbench.errors import HomeUnusable, Refused
from workbench.settings import Settings


async def test_the_agent_may_write_the_skills_folder_and_nothing_else_and_has_no_shell(skill: Bench) -> None:
    told = skill.told((await skill.say("Go on.")).turn.session)
    assert told["writes"] == [str(skill.folder)]
    assert (told["disallowedTools"], "askedTools" in told, told["purpose"]) == (["Bash"], False, "refine")


async def test_a_shell_is_asked_for_each_time_and_only_where_a_setting_allows_it(skill: Bench) -> None:
    with pytest.raises(Refused, match="do not let an agent") as refused:
        await skill.acall("refine.send", skill="matching", message="Go on.", bash=True)
    assert refused.value.reason == "not_allowed"
    skill.bench.save_settings(Settings(skill_shell=True))
    told = skill.told((await skill.say("Go on.", shell=True)).turn.session)
    assert (told["askedTools"], "disallowedTools" in told) == (["Bash"], False)


async def test_an_edit_outside_of_the_skill_is_denied(skill: Bench, tmp_path: Path) -> None:
    result = await skill.say("Go on.", skill.recordings.turn({"../other/SKILL.md": (None, "Mine.\n")}))
    assert result.turn.status == "error"
    assert not (skill.root / "other").exists()
    failure = said.said(skill.bench.home, result.turn.session, result.turn.run).failure
    assert failure is not None
    assert failure["kind"] == "replay_diverged"


async def test_a_named_file_is_all_that_may_be_written(skill: Bench) -> None:
    rules = skill.read("references/rules.md")
    edits = {"references/rules.md": (rules, "# Rules\n\nFour eyes.\n"), "SKILL.md": (SKILL, "Gone.\n")}
    result = await skill.say("Say four eyes in @references/rules.md", skill.recordings.turn(edits))
    assert (result.turn.status, result.turn.changed) == ("error", ["references/rules.md"])
    assert skill.read() == SKILL
    told = skill.told(result.turn.session)
    assert told["writes"] == [str(skill.folder / "references" / "rules.md")]
    assert "Only these files may be changed: references/rules.md." in told["prompt"]


async def test_what_is_changed_all_the_same_is_put_back_and_listed(skill: Bench) -> None:
    rules = skill.read("references/rules.md")
    edits: dict[str, tuple[str | None, str]] = {"references/rules.md": (rules, "# Rules\n\nFour eyes.\n")}
    recording = skill.recordings.turn(edits, asks=True, shell=True)

    def stray() -> None:
        (skill.folder / "SKILL.md").write_text("Gone.\n")
        (skill.folder / "references" / "new.md").write_text("New.\n")

    result = await skill.meanwhile("Say four eyes in @references/rules.md", stray, recording, shell=True)
    assert result.turn.changed == ["references/rules.md"]
    assert list(result.turn.put_back) == ["SKILL.md", "references/new.md"]
    assert skill.read() == SKILL
    assert sorted(path.name for path in (skill.folder / "references").iterdir()) == ["rules.md"]
    told = await skill.acall("refine.settle", skill="matching", run=result.turn.run)
    assert "was not to change SKILL.md, references/new.md: they were put back" in told["notice"]
    aside = Path(told["notice"].rpartition(" ")[2].removesuffix("."))
    assert (aside / "SKILL.md").read_text() == "Gone.\n"
    assert (aside / "references" / "new.md").read_text() == "New.\n"


async def test_what_a_person_has_answered_is_never_the_agents_to_change(skill: Bench) -> None:
    context = skill.folder / "context"
    context.mkdir()
    (context / "decisions.json").write_text("{}")
    for edits in ({"context/decisions.json": ("{}", "[]")}, {"context/new.md": (None, "x")}):
        result = await skill.say("Go on.", skill.recordings.turn(edits))
        assert (result.turn.status, result.turn.changed, result.turn.put_back) == ("error", [], ())
    assert skill.told(result.turn.session)["spares"] == [str(context)]

    def by_its_shell() -> None:
        (context / "decisions.json").write_text("[]")
        (context / "new.md").write_text("x")
        (context / "decisions.saved-2.json").write_text("what the person had saved")

    result = await skill.meanwhile("Go on.", by_its_shell, shell=True)
    assert list(result.turn.put_back) == ["context/decisions.json", "context/new.md"]
    assert sorted(path.name for path in context.iterdir()) == ["decisions.json", "decisions.saved-2.json"]
    assert (context / "decisions.json").read_text() == "{}"


async def test_strays_are_put_back_at_the_end_of_the_turn_though_nobody_asks(skill: Bench) -> None:
    sent = await skill.send("In @rules.md", skill.recordings.turn(asks=True, shell=True), shell=True)
    await skill.asks(sent.session)
    (skill.folder / "SKILL.md").write_text("Gone.\n")
    await skill.bench.pool.stop(sent.session)
    async with asyncio.timeout(60):
        while skill.read() != SKILL:  # noqa: ASYNC110 - the host does it by itself, and tells nobody
            await asyncio.sleep(0.01)


async def test_what_a_shell_left_behind_is_put_back_too(skill: Bench) -> None:
    sent = await skill.send("In @SKILL.md", skill.recordings.turn(asks=True, shell=True), shell=True)
    await skill.asks(sent.session)
    (skill.folder / "references" / "rules.md").unlink()
    (skill.folder / "out").mkdir()
    (skill.folder / "out" / "dump.bin").write_bytes(b"\0\1")
    (skill.folder / "SKILL.md").chmod(0o755)
    await skill.bench.pool.stop(sent.session)
    result = await skill.refining.settle("matching", sent.run)
    assert (result.turn.status, result.turn.changed) == ("aborted", ["SKILL.md"])
    assert list(result.turn.put_back) == ["out/dump.bin", "references/rules.md"]
    assert skill.read("references/rules.md").endswith("Two eyes.\n")
    assert not (skill.folder / "out").exists()


async def test_with_the_working_folder_cleared_a_stray_is_a_change_to_decide_and_nothing_is_stuck(skill: Bench) -> None:
    def clear() -> None:
        (skill.folder / "references" / "rules.md").write_text("Four.\n")
        for kept in (skill.bench.home.root / "workspaces" / "skills" / "matching" / "refine").iterdir():
            kept.unlink()

    result = await skill.meanwhile("In @SKILL.md", clear, shell=True)
    assert (result.turn.put_back, result.turn.changed) == ((), ["references/rules.md"])
    with pytest.raises(HomeUnusable, match="cannot be read"):
        await skill.acall("refine.undo", skill="matching")
    await skill.acall("refine.decide", skill="matching", accept=False)
    assert skill.read("references/rules.md").endswith("Two eyes.\n")


async def test_what_a_person_does_in_another_program_meanwhile_stays_and_no_undo_takes_it_back(skill: Bench) -> None:
    rules = skill.read("references/rules.md")
    (skill.folder / ".gitignore").write_text("*.log\n")

    def by_hand() -> None:
        (skill.folder / "SKILL.md").write_text("By hand.\n")
        (skill.folder / "run.log").write_text("mine\n")

    edits: dict[str, tuple[str | None, str]] = {"references/rules.md": (rules, "# Rules\n")}
    result = await skill.meanwhile("In @rules.md", by_hand, skill.recordings.turn(edits, asks=True))
    assert (result.turn.put_back, result.turn.changed) == ((), ["references/rules.md"])
    assert (await skill.meanwhile("/validate", by_hand)).turn.put_back == ()
    await skill.acall("refine.undo", skill="matching")
    assert (skill.read(), skill.read("references/rules.md")) == ("By hand.\n", rules)
    assert skill.read("run.log") == "mine\n"


async def test_what_git_is_told_to_ignore_is_left_alone_when_a_shell_was_at_work(skill: Bench) -> None:
    (skill.folder / ".gitignore").write_text("*.log\n")
    await skill.acall("refine.decide", skill="matching", accept=True)
    log = skill.folder / "run.log"
    assert (await skill.meanwhile("In @SKILL.md", lambda: log.write_text("mine\n"), shell=True)).turn.put_back == ()
    assert log.read_text() == "mine\n"


async def test_files_that_an_agent_has_git_ignore_are_not_hidden_by_that(skill: Bench) -> None:
    def hide() -> None:
        (skill.folder / ".gitignore").write_text("hidden\n")
        (skill.folder / "hidden").mkdir()
        (skill.folder / "hidden" / "run.py").write_text("import os\n")

    result = await skill.meanwhile("Go on.", hide, shell=True)
    assert result.turn.put_back == (".gitignore",)
    diff = await skill.acall("refine.diff", skill="matching")
    assert [file["path"] for file in diff["files"]] == ["hidden/run.py"]


async def test_a_new_file_of_the_agents_is_shown_though_its_owner_has_git_ignore_such(skill: Bench) -> None:
    (skill.folder / ".gitignore").write_text("*.log\n")
    await skill.acall("refine.decide", skill="matching", accept=True)
    await skill.say("Go on.", skill.recordings.turn({"run.log": (None, "its own\n")}))
    assert [each["path"] for each in (await skill.acall("refine.diff", skill="matching"))["files"]] == ["run.log"]
    assert (await skill.acall("refine.decide", skill="matching", accept=False))["diff"]["files"] == []
    assert not (skill.folder / "run.log").exists()


async def test_what_a_person_saves_while_the_agent_works_is_no_stray(skill: Bench) -> None:
    sent = await skill.send("In @SKILL.md", skill.recordings.turn(asks=True))
    skill.bench.library.edit("matching", lambda _: b"By hand.\n", path="references/rules.md")
    await skill.bench.pool.stop(sent.session)
    assert (await skill.refining.settle("matching", sent.run)).turn.put_back == ()
    assert skill.read("references/rules.md") == "By hand.\n"
