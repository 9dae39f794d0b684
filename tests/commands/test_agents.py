"""What a screen does with an agent, through the commands alone, with the real sidecar and shim and a recording."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from workbench.app import Workbench
from workbench.errors import InvalidRequest, NotFound, Refused, SidecarMissing, UnknownProvider
from workbench.paths import Home
from workbench.settings import Settings

AT_ONCE = {"speed": 0}
SLOW = {"recording": "flood", "events": 100_000, "rate": 200}

Started = dict[str, Any]


async def start(bench: Workbench, **request: Any) -> Started:
    return await bench.acall("agents.start", {"prompt": "Review it.", "options": AT_ONCE, **request})


async def over(bench: Workbench, started: Started) -> dict[str, Any]:
    return await bench.pool.wait(started["session"], started["run"])


async def asked(bench: Workbench, session: str, kind: str) -> dict[str, Any]:
    """The first question of a kind that the session waits for."""
    async with contextlib.aclosing(bench.pool.follow(session, 0)) as batches:
        async for batch in batches:
            for record in batch.records:
                if record["d"] == "out" and record["f"]["type"] == kind:
                    return record["f"]
    raise AssertionError(f"{kind} never came")


async def test_an_agent_is_started_runs_to_its_end_and_is_counted_once(bench: Workbench) -> None:
    started = await start(bench, permission_timeout_s=0)
    assert (await over(bench, started))["type"] == "end"
    (run,) = (await bench.acall("usage.session_runs", session=started["session"]))["runs"]
    assert (run["run"], run["status"], run["replay"]) == (started["run"], "completed", True)
    assert run["cost"] == "0.045352"


async def test_a_recording_counts_each_time_that_it_is_played(bench: Workbench) -> None:
    started = await start(bench, options={**AT_ONCE, "recording": "hostile"})
    await over(bench, started)
    for recording in ("tour", "hostile"):
        options = {**AT_ONCE, "recording": recording}
        again = await bench.acall(
            "agents.send", session=started["session"], prompt="Go on.", options=options, permission_timeout_s=0
        )
        await over(bench, again)
    runs = (await bench.acall("usage.session_runs", session=started["session"]))["runs"]
    assert sorted(run["cost"] for run in runs) == ["0.03003", "0.03003", "0.045352"]


async def test_what_a_stopped_recording_did_not_come_to_is_not_charged_to_the_next_run(bench: Workbench) -> None:
    started = await start(bench)
    await asked(bench, started["session"], "permissionRequest")
    await bench.acall("agents.stop", session=started["session"])
    assert (await over(bench, started))["type"] == "aborted"
    second = await bench.acall(
        "agents.send", session=started["session"], prompt="Go on.", options=AT_ONCE, permission_timeout_s=0
    )
    await over(bench, second)
    runs = (await bench.acall("usage.session_runs", session=started["session"]))["runs"]
    assert {run["run"]: run["cost"] for run in runs}[second["run"]] == "0.012651"


async def test_the_prompt_is_the_title_of_a_session_without_one(bench: Workbench) -> None:
    started = await start(bench, prompt="Review   the skill\n" + "and say why " * 20)
    title = (await bench.acall("sessions.get", session=started["session"]))["title"]
    assert title.startswith("Review the skill and say why")
    assert len(title) <= 80


async def test_a_key_that_a_person_pastes_into_a_prompt_or_a_title_is_kept_nowhere(
    bench: Workbench, home: Home
) -> None:
    key = "sk-ant-a-key-that-nobody-else-has"
    await bench.acall("settings.save", {"secrets": {"ANTHROPIC_API_KEY": key}})
    started = await start(bench, prompt=f"Use {key}.")
    assert (await bench.acall("sessions.get", session=started["session"]))["title"] == "Use [REDACTED]."
    await bench.acall("sessions.title", session=started["session"], title=f"With {key}")
    await start(bench, title=f"With {key}")
    rows = (await bench.acall("sessions.list"))["sessions"]
    assert [row["title"] for row in rows] == ["With [REDACTED]"] * 2
    holding = [path for path in home.root.rglob("*") if path.is_file() and key.encode() in path.read_bytes()]
    assert holding == [bench.secrets.path]


async def test_a_permission_is_listed_and_the_first_answer_counts(bench: Workbench) -> None:
    started = await start(bench)
    question = await asked(bench, started["session"], "permissionRequest")
    session = await bench.acall("sessions.get", session=started["session"])
    assert [each["id"] for each in session["waiting"]] == [question["permissionId"]]
    assert session["state"] == "busy"
    answer = {"session": started["session"], "permission": question["permissionId"]}
    await bench.acall("agents.respond_permission", {**answer, "behavior": "allow"})
    with pytest.raises((Refused, NotFound)):
        await bench.acall("agents.respond_permission", {**answer, "behavior": "deny"})
    assert (await over(bench, started))["type"] == "end"


async def test_a_question_is_answered_by_its_text(bench: Workbench) -> None:
    first = await start(bench, permission_timeout_s=0)
    await over(bench, first)
    second = await bench.acall("agents.send", session=first["session"], prompt="Fix it.", options=AT_ONCE)
    question = await asked(bench, first["session"], "userInputRequest")
    text = question["questions"][0]["question"]
    label = question["questions"][0]["options"][0]["label"]
    await bench.acall(
        "agents.respond_input", session=first["session"], input=question["userInputId"], content={text: label}
    )
    assert (await over(bench, second))["type"] == "end"


async def test_stopping_ends_the_turn_and_keeps_the_session(bench: Workbench) -> None:
    started = await start(bench, options=SLOW)
    assert (await bench.acall("agents.any_running")) == {"running": True, "sessions": [started["session"]]}
    stopped = await bench.acall("agents.stop", session=started["session"])
    assert stopped["state"] == "live"
    assert (await over(bench, started))["type"] == "aborted"
    assert (await bench.acall("agents.any_running")) == {"running": False, "sessions": []}


async def test_a_second_turn_is_refused_while_one_is_open(bench: Workbench) -> None:
    started = await start(bench, options=SLOW)
    with pytest.raises(Refused) as caught:
        await bench.acall("agents.send", session=started["session"], prompt="And now?")
    assert caught.value.reason == "busy"


async def test_guidance_reaches_the_running_turn(bench: Workbench) -> None:
    started = await start(bench, options=SLOW)
    steered = await bench.acall("agents.steer", session=started["session"], prompt="Shorter, please.")
    assert (steered["accepted"], steered["run"]) == (True, started["run"])


async def test_shutting_down_ends_every_process_and_another_turn_resumes(bench: Workbench) -> None:
    first, second = await start(bench, permission_timeout_s=0), await start(bench, permission_timeout_s=0)
    await asyncio.gather(over(bench, first), over(bench, second))
    closed = await bench.acall("agents.shutdown")
    assert closed["closed"] == sorted([first["session"], second["session"]])
    again = await bench.acall(
        "agents.send", session=first["session"], prompt="Go on.", options=AT_ONCE, permission_timeout_s=0
    )
    assert (await over(bench, again))["type"] == "end"


async def test_cleaning_up_a_skill_ends_its_sessions_alone(bench: Workbench) -> None:
    mine, other = await start(bench, skill="haiku"), await start(bench, skill="sonnet")
    assert (await bench.acall("agents.cleanup_skill", skill="haiku"))["closed"] == [mine["session"]]
    assert (await bench.acall("sessions.get", session=other["session"]))["state"] in {"live", "busy"}


async def test_a_turn_takes_from_the_settings_what_it_does_not_name(bench: Workbench) -> None:
    bench.save_settings(Settings(max_turns=7, permission_minutes=2, thinking=False, model="a-model"))
    started = await start(bench, max_turns=3)
    reply = await bench.acall("sessions.events", session=started["session"])
    params = next(each["f"]["params"] for each in reply["events"] if each["d"] == "in")
    assert (params["maxTurns"], params["permissionTimeoutS"], params["thinking"]) == (3, 120, False)
    assert (params["model"], params["permissionMode"]) == ("a-model", "ask")


async def test_the_chosen_model_is_no_default_for_another_provider(bench: Workbench) -> None:
    bench.save_settings(Settings(provider="claude", model="opus"))
    assert (await bench.acall("sessions.create", provider="replay"))["model"] is None
    assert (await bench.acall("sessions.create"))["model"] == "opus"


async def test_the_providers_say_what_is_installed_and_whether_a_key_is_set(bench: Workbench) -> None:
    rows = {each["name"]: each for each in (await bench.acall("agents.providers"))["providers"]}
    assert rows["replay"] | {"label": ""} == {
        "name": "replay", "label": "", "installed": True, "default": True, "offline": True, "secrets": [],
        "secret_set": False, "remedy": "",
    }  # fmt: skip
    assert rows["claude"]["secret_set"] is False
    await bench.acall("settings.save", {"secrets": {"ANTHROPIC_API_KEY": "sk-ant-a-long-enough-key"}})
    rows = {each["name"]: each for each in (await bench.acall("agents.providers"))["providers"]}
    assert rows["claude"]["secret_set"] is True


async def test_the_models_of_a_provider_are_listed_its_default_first(bench: Workbench) -> None:
    reply = await bench.acall("agents.models", provider="replay")
    assert reply["provider"] == "replay"
    assert reply["models"][0]["id"]


@pytest.mark.parametrize("command", ["agents.start", "sessions.create", "agents.models", "settings.test_key"])
async def test_an_unknown_provider_is_refused_with_the_known_ones(bench: Workbench, command: str) -> None:
    prompt = {"prompt": "Hello"} if command == "agents.start" else {}
    with pytest.raises(UnknownProvider) as caught:
        await bench.acall(command, {"provider": "claud", **prompt})
    assert "claude" in caught.value.remedy
    assert (await bench.acall("sessions.list"))["sessions"] == []


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("agents.send", {"prompt": "Hi"}),
        ("agents.steer", {"prompt": "Hi"}),
        ("agents.stop", {}),
        ("agents.shutdown", {}),
        ("agents.respond_permission", {"permission": "p", "behavior": "allow"}),
        ("sessions.get", {}),
        ("sessions.end", {}),
        ("sessions.events", {}),
        ("sessions.transcript", {}),
        ("sessions.markdown", {}),
        ("sessions.title", {"title": "x"}),
    ],
)
@pytest.mark.parametrize("session", ["no-such-session", "../../etc", ".hidden"])
async def test_a_session_that_is_none_is_not_found(
    bench: Workbench, command: str, more: dict[str, Any], session: str
) -> None:
    with pytest.raises(NotFound) as caught:
        await bench.acall(command, {"session": session, **more})
    assert caught.value.remedy


async def test_an_empty_prompt_is_refused(bench: Workbench) -> None:
    with pytest.raises(InvalidRequest, match="prompt"):
        await start(bench, prompt="")


async def test_a_missing_extra_is_named_with_its_pip_line(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """The child finds a package of that name that cannot be imported, as if the extra were not there."""
    (tmp_path / "claude_agent_sdk").mkdir()
    (tmp_path / "claude_agent_sdk" / "__init__.py").write_text("raise ImportError('not installed')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(SidecarMissing) as caught:
        await start(bench, provider="claude", options={})
    assert "pip install 'jupyter-workbench[claude]'" in caught.value.remedy
