"""Testing a skill: two agents, one of them with it, and a comparison that never sees it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from refined import SKILL
from trials import PROMPT, Trials, through_commands

from workbench.errors import InvalidRequest, Refused
from workbench.workflows.testing import comparing
from workbench.workflows.testing import folders as testing_folders
from workbench.workflows.testing.driving import request_of
from workbench.workflows.testing.running import Running


def test_prepare_makes_two_folders_with_claude_md_and_test_context_and_only_one_holds_the_skill(trials: Trials) -> None:
    (trials.desk.folder / "context").mkdir()
    (trials.desk.folder / "context" / "intake.json").write_text("{}")
    made = trials.desk.call("skill_test.prepare", skill="matching")
    baseline, with_skill = Path(made["baseline"]), Path(made["with_skill"])
    assert baseline.parent == with_skill.parent == trials.bench.home.root / "workspaces" / "tests" / made["id"]
    assert (baseline.name, with_skill.name) == ("baseline", "with-skill")
    found = {path.relative_to(with_skill).as_posix(): path for path in with_skill.rglob("*") if path.is_file()}
    own = [".claude/skills/matching/SKILL.md", ".claude/skills/matching/references/rules.md"]
    assert sorted(found) == sorted([".claude/skills/test-context/SKILL.md", "CLAUDE.md", *own])
    for path, file in found.items():
        if path not in own:
            assert (baseline / path).read_bytes() == file.read_bytes()
    assert sorted(path.name for path in (baseline / ".claude" / "skills").iterdir()) == ["test-context"]
    assert not any("matching" in path.read_text() for path in baseline.rglob("*") if path.is_file())


def test_cleanup_takes_the_folders_away_and_says_whether_there_were_any(trials: Trials) -> None:
    made = trials.desk.call("skill_test.prepare", skill="matching")
    assert trials.desk.call("skill_test.cleanup", id=made["id"]) == {"removed": True}
    assert not Path(made["baseline"]).parent.exists()
    assert trials.desk.call("skill_test.cleanup", id=made["id"]) == {"removed": False}


@pytest.mark.parametrize("test", ["..", "../sessions", ".hidden", "a/b", "x" * 100])
def test_cleanup_reaches_no_other_folder(trials: Trials, test: str) -> None:
    with pytest.raises(InvalidRequest):
        trials.desk.call("skill_test.cleanup", id=test)
    assert trials.bench.home.sessions.is_dir()


def test_a_skill_of_the_agents_own_for_test_context_takes_the_place_of_ours(trials: Trials, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "SKILL.md").write_text(SKILL.replace("matching", "own"))
    made = testing_folders.prepare(trials.bench.home, "t1", trials.desk.folder, own=own)
    for folder in (made.baseline, made.with_skill):
        assert (made.context(folder) / "SKILL.md").read_text() == SKILL.replace("matching", "own")


def test_testing_is_refused_while_the_scope_guard_is_on(trials: Trials) -> None:
    (trials.desk.folder / "context").mkdir()
    file = trials.desk.folder / "context" / "clarifications.json"
    file.write_text(json.dumps({"metadata": {"scope_recommendation": True, "scope_reason": "Too broad."}}))
    for command, params in (("skill_test.prepare", {}), ("skill_test.run", {"prompt": PROMPT})):
        with pytest.raises(Refused, match="Too broad") as refused:
            trials.bench.call(command, {"skill": "matching", **params})
        assert refused.value.reason == "blocked"


async def test_two_agents_that_may_change_nothing_are_asked_the_same_to_the_letter(trials: Trials) -> None:
    done = await trials.run(vote_first=False)
    (round_,) = done.rounds
    told = {side.arm: trials.told(side.session) for side in round_.sides}
    assert told["baseline"]["prompt"] == told["with"]["prompt"] == request_of(PROMPT)
    for params in told.values():
        assert (params["writes"], params["permissionTimeoutS"], params["purpose"]) == ([], 0, "test")
        assert "AskUserQuestion" in params["disallowedTools"]
    alike = [{key: params[key] for key in params.keys() - {"cwd", "skills", "options"}} for params in told.values()]
    assert alike[0] == alike[1]
    assert [Path(each).name for each in told["baseline"]["skills"]] == ["test-context"]
    assert [Path(each).name for each in told["with"]["skills"]] == ["matching", "test-context"]
    names = {Path(params["cwd"]).name for params in told.values()}
    assert len(names) == 2
    assert all(set(name) <= set("0123456789abcdef") for name in names), "an agent is not told which one it is"


async def test_both_agents_run_in_parallel(trials: Trials) -> None:
    for arm in ("baseline", "with"):
        trials.answer(arm, 1, slow=True)
    test, driving = await asyncio.to_thread(trials.begin)
    running = asyncio.ensure_future(Running(trials.testing, test, driving).run())
    runs = await trials.started(test, 1)
    assert [await asyncio.to_thread(trials.testing.standing, run) for run in runs] == [None, None]
    assert (await trials.look(test)).status == "running"
    for run in runs:
        await trials.bench.pool.stop(*run)
    await running


async def test_the_comparison_is_made_in_the_baseline_folder_and_never_sees_the_skill(trials: Trials) -> None:
    done = await trials.run(vote_first=False)
    row = trials.testing.rounds(done.test.id)[0]
    assert row.judge is not None
    told = trials.told(row.judge[0])
    assert (Path(told["cwd"]).name, told["skills"], told["purpose"]) == (done.test.baseline_folder, [], "judge")
    assert {"Read", "Glob", "Grep", "Bash", "Task", "Skill"} <= set(told["disallowedTools"])
    assert told["outputSchema"] == comparing.schema()
    for word in ("matching", "Compare the number", "with-skill", "baseline"):
        assert word not in told["prompt"].replace("Said baseline it.", "").replace("Said with it.", "")
    assert told["prompt"].index("Said baseline it.") < told["prompt"].index("Said with it.")


async def test_the_answers_change_places_and_what_is_found_is_turned_round_with_them(trials: Trials) -> None:
    done = await trials.run(repeats=2, vote_first=False)
    first, second = done.rounds
    assert [side.arm for side in first.sides] == ["baseline", "with"]
    assert [side.arm for side in second.sides] == ["with", "baseline"]
    assert [each[1] for each in first.judgements] == ["up", "same"]
    assert [each[1] for each in second.judgements] == ["down", "same"]
    assert (done.wins, done.losses, done.ties) == (1, 1, 0)


async def test_a_comparison_says_by_dimension_whether_the_skill_helps_with_two_to_four_recommendations(
    trials: Trials,
) -> None:
    told = await through_commands(trials, await trials.run(vote_first=False))
    (round_,) = told["rounds"]
    assert [(each["dimension"], each["direction"]) for each in round_["judgements"]] == [
        ("Facts", "up"),
        ("Length", "same"),
    ]
    assert round_["recommendations"] == ["Name the year.", "Say who is asked."]
    assert "two to four changes" in comparing.instructions()
    assert told["status"] == "completed"


async def test_all_runs_of_a_test_are_one_usage_session(trials: Trials) -> None:
    done = await trials.run(repeats=2, vote_first=False)
    rows = (await trials.bench.acall("usage.recent_sessions"))["sessions"]
    assert [(row["session"], row["runs"], row["skill"]) for row in rows] == [(done.test.session, 6, "matching")]
    told = await through_commands(trials, done)
    assert (told["session"], told["total_cost"]) == (done.test.session, "0.06")
    purposes = trials.bench.database.read(
        lambda c: c.execute("select purpose, count(*) from agent_runs group by purpose order by purpose").fetchall()
    )
    assert purposes == [("judge", 2), ("test", 4)]


async def test_the_folders_are_gone_when_the_test_is_over(trials: Trials) -> None:
    done = await trials.run()
    assert not testing_folders.folders(trials.bench.home, done.test.id).root.exists()
