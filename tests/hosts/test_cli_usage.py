"""`workbench usage daily` and its like: the keys that ccusage's users know, tables that fit, one sentence for bad input."""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import apsw
import pytest
from midday import midday_zone
from shell import reply, sentence, workbench

from workbench.paths import Home

CASES = Path(__file__).parents[1] / "usage" / "cases"
NAMES = sorted(path.name for path in CASES.iterdir())
ROW = {"input_tokens": 1000, "output_tokens": 100, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}
WORDS = ("daily", "weekly", "monthly", "session", "blocks", "models", "skills", "projects", "agents")
BUCKET = {
    "inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens", "totalTokens", "totalCost",
    "modelsUsed", "modelBreakdowns",
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_of_this_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders of agents that a person has are not read."""
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    for name in (
        "CLAUDE_CONFIG_DIR",
        "CODEX_HOME",
        "OPENCODE_DATA_DIR",
        "GEMINI_DATA_DIR",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
    ):
        monkeypatch.delenv(name, raising=False)


def row(
    number: int, *, at: str = "2026-11-20T10:00:00.000Z", model: str = "claude-opus-4-5-20251101", **more: Any
) -> str:
    """One line of a transcript of Claude Code's."""
    message = {"id": f"msg_{number:024}", "model": model, "role": "assistant", "usage": {**ROW, **more}}
    told = {"type": "assistant", "timestamp": at, "sessionId": "s1", "requestId": f"r{number}", "message": message}
    return json.dumps(told) + "\n"


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    """A folder of Claude Code's with one transcript of three responses."""
    folder = tmp_path / "claude" / "projects" / "-home-u-proj"
    folder.mkdir(parents=True)
    (folder / "s1.jsonl").write_text(row(1) + row(2, at="2026-11-20T10:30:00.000Z") + row(3, model="mystery-1"))
    return tmp_path / "claude"


def usage(home: Home, *words: str) -> Any:
    return reply(home.root, "usage", *words, "--json")


# -- right ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_tricky_transcript_is_exact_on_the_command_line(home: Home, name: str) -> None:
    folder = CASES / name
    expected = json.loads((folder / "expected.json").read_text())
    words = ["--claude-dir", str(folder / "claude")] if (folder / "claude").exists() else []
    words += ["--codex-dir", str(folder / "codex")] if (folder / "codex").exists() else []
    found = usage(home, "daily", "--timezone", "UTC", "--mode", "calculate", *words)
    days = {day["date"]: day for day in found["daily"]}
    assert days.keys() == {day for day, sums in expected["by_day"].items() if any_of(sums)} | (
        days.keys() & expected["by_day"].keys()
    )
    for day, sums in expected["by_day"].items():
        if day in days:
            same(days[day], sums)
    same(found["totals"], expected["totals"])


def any_of(sums: dict[str, Any]) -> bool:
    return any(sums[name] for name in ("input", "output", "cache_creation", "cache_read"))


def same(shown: dict[str, Any], sums: dict[str, Any]) -> None:
    names = {
        "input": "inputTokens",
        "output": "outputTokens",
        "cache_creation": "cacheCreationTokens",
        "cache_read": "cacheReadTokens",
    }
    assert {name: shown[theirs] for name, theirs in names.items()} == {name: sums[name] for name in names}
    assert shown["totalCost"] == (None if sums["cost"] is None else pytest.approx(sums["cost"], abs=1e-9))


def test_a_fresh_home_counts_once_and_then_only_what_was_appended(home: Home, claude: Path) -> None:
    shutil.rmtree(home.root)
    words = ["--timezone", "UTC", "--claude-dir", str(claude)]
    assert usage(home, "daily", *words)["totals"]["inputTokens"] == 3000
    assert usage(home, "import", *words[2:])["files"] == 0
    with next(claude.rglob("*.jsonl")).open("a") as file:
        file.write(row(4))
    assert usage(home, "import", *words[2:])["taken"] == 1
    assert usage(home, "daily", *words)["totals"]["inputTokens"] == 4000


def test_folders_that_are_named_are_the_only_ones_that_a_report_is_about(
    home: Home, claude: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "projects" / "-p"
    other.mkdir(parents=True)
    (other / "s2.jsonl").write_text(row(9, output_tokens=7))
    one, two = ["--claude-dir", str(claude)], ["--claude-dir", str(tmp_path / "other")]
    for report in ("daily", "monthly", "models", "projects", "session"):
        assert usage(home, report, *one)["totals"]["outputTokens"] == 300
        assert usage(home, report, *two)["totals"]["outputTokens"] == 7
        assert usage(home, report)["totals"]["outputTokens"] == 307
        assert usage(home, report, "--claude-dir", f"{claude},{tmp_path / 'other'}")["totals"]["outputTokens"] == 307


def test_a_folder_tells_of_what_also_lies_elsewhere_and_is_one_under_all_of_its_names(
    home: Home, tmp_path: Path, claude: Path
) -> None:
    other = tmp_path / "other" / "projects" / "-home-u-proj"
    other.mkdir(parents=True)
    (other / "s1.jsonl").write_text(row(1) + row(2, at="2026-11-20T10:30:00.000Z") + row(4))
    (tmp_path / "linked").symlink_to(claude)
    told = {"claude": 3, "other": 3, "other/../claude": 3, "linked": 3, "other/": 3}
    for folder, samplings in told.items():
        found = usage(home, "daily", "-z", "UTC", "--claude-dir", f"{tmp_path}/{folder}")
        assert (folder, found["totals"]["samplings"]) == (folder, samplings)
    both = f"{tmp_path}/claude, {tmp_path}/other"
    assert usage(home, "daily", "--claude-dir", both)["totals"]["samplings"] == 4


def test_the_folders_that_the_environment_names_are_read(
    home: Home, claude: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", f"{claude}, {claude / 'nothing'}")
    assert usage(home, "daily")["totals"]["inputTokens"] == 3000


def test_a_persons_own_prices_count_on_the_command_line_too(home: Home, claude: Path) -> None:
    changes = {"changes": {"price_overrides": {"mystery-1": {"input": "1", "output": "2"}}}}
    reply(home.root, "call", "settings.save", json.dumps(changes))
    found = usage(home, "models", "--claude-dir", str(claude), "--model", "mystery-1")
    assert (found["totals"]["totalCost"], found["unpricedModels"]) == (0.0012, [])


# -- the shape that ccusage prints ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("report", "keys"), [("daily", {"date"}), ("weekly", {"week"}), ("monthly", {"month"})])
def test_periods_have_ccusages_keys(home: Home, claude: Path, report: str, keys: set[str]) -> None:
    found = usage(home, report, "-z", "UTC", "--claude-dir", str(claude))
    assert {report, "totals", "unpricedModels"} <= found.keys()
    (bucket,) = found[report]
    assert BUCKET | keys <= bucket.keys()
    assert bucket["modelsUsed"] == ["claude-opus-4-5-20251101", "mystery-1"]
    known, unknown = bucket["modelBreakdowns"]
    assert known["modelName"] == "claude-opus-4-5-20251101"
    assert (known["cost"], bucket["totalCost"], found["totals"]["totalCost"]) == (0.015, 0.015, 0.015)
    assert (unknown["cost"], unknown["missingPricing"], found["unpricedModels"]) == (None, True, ["mystery-1"])


def test_sessions_projects_and_blocks_have_ccusages_keys(home: Home, claude: Path) -> None:
    words = ("-z", "UTC", "--claude-dir", str(claude))
    (session,) = usage(home, "session", *words)["sessions"]
    assert session.keys() >= BUCKET
    assert (session["sessionId"], session["projectPath"]) == ("s1", "-home-u-proj")
    assert session["lastActivity"] == "2026-11-20T10:30:00.000Z"
    by_project = usage(home, "daily", "--instances", *words)["projects"]
    assert [day["date"] for day in by_project["-home-u-proj"]] == ["2026-11-20"]
    (block,) = usage(home, "blocks", *words)["blocks"]
    assert block["tokenCounts"] == {
        "inputTokens": 3000, "outputTokens": 300, "cacheCreationInputTokens": 0, "cacheReadInputTokens": 0,
    }  # fmt: skip
    assert (block["startTime"], block["entries"], block["isActive"], block["isGap"]) == (
        "2026-11-20T10:00:00.000Z", 3, False, False,
    )  # fmt: skip
    assert block["burnRate"]["tokensPerMinute"] == 110


def test_days_can_be_chosen_as_ccusages_users_write_them(home: Home, claude: Path) -> None:
    words = ("-z", "UTC", "--claude-dir", str(claude))
    assert usage(home, "daily", "--since", "20261120", "--until", "20261120", *words)["totals"]["samplings"] == 3
    assert usage(home, "daily", "--since", "20261121", *words)["daily"] == []
    assert usage(home, "daily", "--until", "2026-11-19", *words)["totals"]["totalCost"] == 0


def test_the_last_periods_and_the_other_order(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "recent" / "projects" / "-p"
    folder.mkdir(parents=True)
    zone = midday_zone()
    noon = datetime.now(ZoneInfo(zone)).replace(hour=12, minute=0, second=0, microsecond=0)
    (folder / "s.jsonl").write_text("".join(row(n, at=(noon - timedelta(days=n)).isoformat()) for n in range(5)))
    words = ("-z", zone, "--claude-dir", str(tmp_path / "recent"))
    last = [day["date"] for day in usage(home, "daily", "--last", "3", *words)["daily"]]
    assert last == [(noon - timedelta(days=n)).date().isoformat() for n in (2, 1, 0)]
    assert [day["date"] for day in usage(home, "daily", "--last", "3", "--order", "desc", *words)["daily"]] == last[
        ::-1
    ]
    assert len(usage(home, "session", "--last", "1", *words)["sessions"]) == 1


# -- for people -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [80, 120, 200, 40])
@pytest.mark.parametrize("report", [*WORDS, "cache", "limits", "import-report"])
def test_a_table_fits_its_terminal(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: str, columns: int
) -> None:
    folder = tmp_path / "wide" / "projects" / ("-home-somebody-with-a-long-name" * 4)
    folder.mkdir(parents=True)
    models = ["claude-opus-4-5-20251101", "'; drop table sampling; --", "m" * 120, "\x1b[2Jnot a colour"]
    rows = [
        row(n, model=model, output_tokens=10**9, at=f"2026-11-{n + 10}T10:00:00Z") for n, model in enumerate(models)
    ]
    (folder / "s.jsonl").write_text("".join(rows) + '{"type":"assistant","message":{"usage":{"input_tokens":"12"}}}\n')
    monkeypatch.setenv("COLUMNS", str(columns))
    done = workbench(home.root, "usage", report, "--claude-dir", str(tmp_path / "wide"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert max(map(len, done.stdout.splitlines())) <= columns
    assert "\x1b" not in done.stdout


def test_a_breakdown_shows_each_model_below_its_day(home: Home, claude: Path) -> None:
    shown = workbench(home.root, "usage", "daily", "--breakdown", "-z", "UTC", "--claude-dir", str(claude)).stdout
    lines = [line.split()[0] for line in shown.splitlines()[1:5]]
    assert lines == ["2026-11-20", "claude-opus-4-5-20251101", "mystery-1", "Total"]
    assert "No price is known for mystery-1" in shown
    assert "API-equivalent estimates" in shown


def test_a_response_is_explained_from_its_session(home: Home, claude: Path) -> None:
    words = ("--claude-dir", str(claude))
    samplings = usage(home, "session", "--id", "s1", *words)["samplings"]
    assert [(each["model"], each["cost"]) for each in samplings][:2] == [
        ("claude-opus-4-5-20251101", "0.0075"),
        ("mystery-1", None),
    ]
    found = usage(home, "explain", str(samplings[0]["id"]), *words)
    assert {factor["name"]: factor["amount"] for factor in found["factors"]} == {"input": "0.005", "output": "0.0025"}
    assert found["source"]["path"].endswith("s1.jsonl")
    shown = workbench(home.root, "usage", "explain", str(samplings[1]["id"]), *words).stdout
    assert "no price" in shown


def test_what_was_skipped_is_listed_with_file_and_line(home: Home, claude: Path) -> None:
    with next(claude.rglob("*.jsonl")).open("a") as file:
        file.write(row(7).replace("1000", '"12"'))
    found = usage(home, "import-report", "--claude-dir", str(claude))
    assert [(Path(skip["path"]).name, skip["line"]) for skip in found["skips"]] == [("s1.jsonl", 4)]
    assert found["report"]["skipped"] == 1
    assert re.search(r"s1\.jsonl:4$", workbench(home.root, "usage", "import-report").stdout, re.MULTILINE)


def test_what_was_skipped_in_a_database_is_listed_with_its_row(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCODE_DATA_DIR", str(tmp_path))
    with closing(apsw.Connection(str(tmp_path / "opencode.db"))) as database:
        database.execute("create table message(id text primary key, session_id text, time_updated integer, data)")
        database.execute("insert into message(rowid, id, time_updated, data) values (7, 'm', 1, 'no JSON')")
    assert "opencode.db at row 7\n" in workbench(home.root, "usage", "import-report").stdout


# -- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["daily", "--timezone", "Mars/Olympus"], "'Mars/Olympus' is not a time zone."),
        (["daily", "--since", "2026-02-30"], "'2026-02-30' is not a day."),
        (["daily", "--until", "soon"], "'soon' is not a day."),
        (["daily", "--since", "20261122", "--until", "20261121"], "The range ends (2026-11-21) before it begins"),
        (["monthly", "--mode", "guess"], "'guess' is not a way to count costs."),
        (["weekly", "--start-of-week", "someday"], "'someday' is not a day of the week."),
        (["daily", "--last", "0"], "The last 0 periods cannot be shown."),
        (["session", "--last", "-3"], "The last -3 cannot be shown."),
        (["session", "--id", "nobody"], "No transcript tells of a session 'nobody'."),
        (["explain", "12345"], "There is no sampling 12345."),
        (["explain", "9" * 24], f"There is no sampling {'9' * 24}."),
        (["import-report", "--limit", "0"], "0 rows cannot be listed."),
        (["import-report", "--limit", "9" * 20], f"{'9' * 20} rows cannot be listed."),
        (["daily", "--claude-dir", " , "], "No folder is named by ' , '."),
        (["daily", "--claude-dir", "/no/such/folder"], "The folder /no/such/folder cannot be read: No such file"),
    ],
)
def test_bad_words_are_one_sentence(home: Home, words: list[str], says: str) -> None:
    done = workbench(home.root, "usage", *words)
    assert done.returncode == 1
    assert says in sentence(done)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_folder_that_may_not_be_read_is_one_sentence(home: Home, claude: Path) -> None:
    claude.chmod(0)
    try:
        assert "cannot be read: Permission denied" in sentence(
            workbench(home.root, "usage", "daily", "--claude-dir", str(claude))
        )
    finally:
        claude.chmod(0o700)


def test_a_file_is_no_folder_of_transcripts(home: Home, claude: Path) -> None:
    file = next(claude.rglob("*.jsonl"))
    assert "cannot be read: Not a directory" in sentence(
        workbench(home.root, "usage", "daily", "--claude-dir", str(file))
    )


def test_a_folder_without_transcripts_says_where_it_looked(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    done = workbench(home.root, "usage", "daily", "--json", "--claude-dir", str(folder))
    assert done.returncode == 0
    assert json.loads(done.stdout)["daily"] == []
    assert f"No usage was found. Looked for transcripts in {folder}" in done.stderr


def test_a_machine_without_agents_says_so(home: Home) -> None:
    done = workbench(home.root, "usage", "daily")
    assert (done.returncode, done.stderr) == (0, "")
    assert "there is no folder of Claude Code, Codex, OpenCode or Gemini CLI" in done.stdout


def test_a_model_that_is_sql_is_a_name(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "sql" / "projects" / "-p"
    folder.mkdir(parents=True)
    (folder / "s.jsonl").write_text(row(1, model="'; drop table sampling; --"))
    words = ("--claude-dir", str(tmp_path / "sql"), "--model", "'; drop table sampling; --")
    for _ in range(2):
        assert usage(home, "models", *words)["unpricedModels"] == ["'; drop table sampling; --"]


def test_nothing_that_fits_is_told_apart_from_nothing_there(home: Home, claude: Path) -> None:
    done = workbench(home.root, "usage", "daily", "--skill", "nobody", "--claude-dir", str(claude))
    assert done.stdout == "No usage fits these filters.\n"


def test_a_project_may_begin_with_a_dash_and_no_option_is_taken_for_one(home: Home, claude: Path) -> None:
    for name in ("-home-u-proj", "/home/u/proj/"):
        for option in ("-p", "--project"):
            found = usage(home, "daily", option, name, "--claude-dir", str(claude))
            assert (name, found["totals"]["samplings"]) == (name, 3)
    assert workbench(home.root, "usage", "daily", "-p", "--json").returncode == 2


def test_blocks_are_of_the_provider_that_was_used_or_of_one_that_is_named(home: Home, tmp_path: Path) -> None:
    shutil.copytree(CASES / "51-codex-basic" / "codex", tmp_path / "codex")
    words = ("blocks", "--codex-dir", str(tmp_path / "codex"))
    assert len(usage(home, *words)["blocks"]) == len(usage(home, *words, "--provider", "openai")["blocks"]) == 1
    assert workbench(home.root, "usage", *words, "--provider", "anthropic").stdout == "No usage fits these filters.\n"


def test_days_without_usage_say_where_it_ends(home: Home, claude: Path) -> None:
    words = ("--claude-dir", str(claude), "-z", "UTC")
    done = workbench(home.root, "usage", "daily", "--since", "2027-01-01", *words)
    known = usage(home, "daily", *words)["daily"]
    assert done.stdout == (
        "No usage falls into the days since 2027-01-01. What is known begins on"
        f" {known[0]['date']} and ends on {known[-1]['date']}.\n"
    )
    assert workbench(home.root, "usage", "blocks", "--active", *words).stdout.startswith("No block is running. What is")


def test_totals_are_those_of_the_rows_that_are_shown(home: Home, claude: Path) -> None:
    words = ("--claude-dir", str(claude), "--last", "1")
    for report, rows in (("session", "sessions"), ("blocks", "blocks")):
        found = usage(home, report, *words)
        assert [row["totalTokens"] for row in found[rows]] == [found["totals"]["totalTokens"]]
