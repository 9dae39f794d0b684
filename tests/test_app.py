"""One class opens everything, wires it, and leaves without a trace."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import apsw
import pytest

from workbench.agents import upkeep
from workbench.app import Workbench
from workbench.errors import DatabaseNewer, HomeUnusable, NotFound, Refused
from workbench.launch import launch
from workbench.paths import Home
from workbench.sidecar.provider import PROVIDERS


def test_opening_makes_the_home_and_starts_nothing(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with Workbench.open(tmp_path / "new"):
        assert (tmp_path / "new" / "workbench.db").exists()
        assert set(threading.enumerate()) <= before  # one that an earlier test has left may end meanwhile


def test_closing_twice_is_harmless_and_leaves_no_thread(home: Home) -> None:
    before = set(threading.enumerate())
    bench = Workbench.open(home)
    bench.call("sessions.create")
    bench.close()
    bench.close()
    assert set(threading.enumerate()) <= before


def test_a_closed_workbench_says_so(home: Home) -> None:
    bench = Workbench.open(home)
    bench.close()
    with pytest.raises(Refused, match="closed"):
        bench.call("settings.get")


def test_the_environment_names_the_home(home: Home) -> None:
    with Workbench.open() as bench:
        assert bench.home == home


async def test_a_command_can_be_called_from_a_loop_that_runs(bench: Workbench) -> None:
    with pytest.raises(NotFound):
        bench.call("sessions.get", session="none")


def test_commands_from_many_threads_at_once_all_answer(bench: Workbench) -> None:
    answers: list[int] = []

    def create() -> None:
        bench.call("sessions.create")
        answers.append(1)

    threads = [threading.Thread(target=create) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(bench.call("sessions.list")["sessions"]) == 12


def test_two_hosts_on_one_home_see_the_same(home: Home) -> None:
    with Workbench.open(home) as first, Workbench.open(home) as second:
        made = first.call("sessions.create")
        assert second.call("sessions.list")["sessions"][0]["id"] == made["id"]
        second.call("settings.save", {"changes": {"max_turns": 4}})
        assert first.settings.max_turns == 4


def test_a_newer_database_can_be_read_and_is_not_written(home: Home) -> None:
    with Workbench.open(home) as bench:
        made = bench.call("sessions.create")
    connection = apsw.Connection(str(home.database))
    connection.execute("pragma user_version = 999")
    connection.close()
    before = home.database.read_bytes()
    with Workbench.open(home) as bench:
        assert bench.call("sessions.list")["sessions"][0]["id"] == made["id"]
        assert "newer" in str(bench.call("settings.get")["read_only"])
        with pytest.raises(DatabaseNewer, match="newer"):
            bench.call("settings.save", {"changes": {"max_turns": 4}})
    assert home.database.read_bytes() == before


def test_a_home_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(HomeUnusable, match="cannot be used"):
        Workbench.open(tmp_path / "home")


def test_what_lies_in_the_sessions_folder_and_is_no_session_is_noted_and_left_alone(home: Home) -> None:
    (home.sessions / "notes.txt").write_text("mine")
    (home.sessions / "folder").mkdir()
    broken = home.sessions / "broken"
    broken.mkdir()
    (broken / "session.json").write_text("{")
    with Workbench.open(home) as bench:
        made = bench.call("sessions.create")
        asyncio.run(bench.settled())
        assert [row["id"] for row in bench.call("sessions.list")["sessions"]] == [made["id"]]
        log = Path(bench.call("settings.log_path")["path"]).read_text()
    for name in ("notes.txt", "folder", "broken"):
        assert name in log
    assert (home.sessions / "notes.txt").read_text() == "mine"
    assert (broken / "session.json").read_text() == "{"


async def test_new_idle_minutes_hold_for_the_next_process_without_a_restart(bench: Workbench) -> None:
    turn = {"prompt": "Go", "provider": "replay", "options": {"speed": 0}, "permission_timeout_s": 0}
    patient = await bench.acall("agents.start", turn)
    await bench.acall("settings.save", {"changes": {"idle_minutes": 0.03}})
    hasty = await bench.acall("agents.start", turn)
    said = [record["f"] async for batch in bench.pool.follow(hasty["session"]) for record in batch.records]
    assert said[-1]["reason"] == "idle"
    assert (await bench.acall("sessions.get", session=patient["session"]))["state"] in {"live", "busy"}


async def test_a_host_that_lives_for_long_prunes_again_and_with_the_days_of_today(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "PRUNE_S", 0.05)
    with Workbench.open(home) as bench:
        started = await bench.acall("agents.start", {"prompt": "Go", "provider": "replay", "options": {"speed": 0}})
        await bench.acall("sessions.end", session=started["session"])
        await bench.write(lambda connection: connection.execute("update sessions set updated = updated - 86400000 * 2"))
        assert not (await bench.acall("sessions.get", session=started["session"]))["pruned"]
        await bench.acall("settings.save", {"changes": {"prune_days": 1}})
        async with asyncio.timeout(60):
            while (home.session(started["session"]) / "transcript.jsonl").exists():  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.02)


# -- what a child may see ---------------------------------------------------------------------------------------------

ENVIRON = {
    "PATH": "/bin", "HOME": "/home/me", "LC_ALL": "C", "https_proxy": "http://127.0.0.1:1", "WORKBENCH_HOME": "/h",
    "WORKBENCH_SESSION": "outer", "AWS_SECRET_ACCESS_KEY": "aws-secret", "GITHUB_TOKEN": "gh-token",
    "ANTHROPIC_BASE_URL": "http://127.0.0.1:2", "ANTHROPIC_CUSTOM_HEADERS": "X-Key: hidden-header", "EDITOR": "vi",
    "LD_PRELOAD": "/evil.so",
}  # fmt: skip


def test_a_child_sees_named_variables_only() -> None:
    env = launch(PROVIDERS["replay"], ENVIRON, {}).env
    assert set(env) == {"PATH", "HOME", "LC_ALL", "https_proxy", "WORKBENCH_HOME"}


def test_a_provider_gets_its_own_variables_and_keys_and_no_other_s() -> None:
    found = launch(PROVIDERS["claude"], ENVIRON, {"ANTHROPIC_API_KEY": "the-key"})
    assert found.env["ANTHROPIC_API_KEY"] == "the-key"
    assert found.env["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:2"
    assert not {"AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "LD_PRELOAD", "WORKBENCH_SESSION"} & set(found.env)


def test_a_key_of_another_provider_is_masked_and_not_handed_on() -> None:
    found = launch(PROVIDERS["replay"], ENVIRON, {"ANTHROPIC_API_KEY": "the-key"})
    assert "ANTHROPIC_API_KEY" not in found.env
    assert found.secrets == ["the-key"]


def test_who_logs_in_at_a_proxy_is_masked_as_it_is_written_and_as_it_is_meant() -> None:
    found = launch(PROVIDERS["replay"], {"HTTPS_PROXY": "http://me:p%40ssword@proxy:3128"}, {})
    assert set(found.secrets) == {"me:p%40ssword", "p%40ssword", "me:p@ssword", "p@ssword"}


def test_keys_and_what_looks_like_one_are_masked_and_never_on_the_command_line() -> None:
    found = launch(PROVIDERS["claude"], ENVIRON, {"ANTHROPIC_API_KEY": "the-key"})
    assert set(found.secrets) == {"X-Key: hidden-header", "hidden-header", "the-key"}
    assert "the-key" not in repr(found)
    assert found.argv == [sys.executable, "-P", "-m", "workbench.sidecar", "--provider", "claude"]


def test_a_folder_of_our_name_where_the_agent_works_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "workbench").mkdir()
    (tmp_path / "workbench" / "__init__.py").write_text("raise SystemExit('somebody else')")
    argv = launch(PROVIDERS["replay"], {}, {}).argv
    done = subprocess.run(argv, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
    assert b'"ready"' in done.stdout
