"""Claude Code's status line: one line whatever comes, quickly, and the limits that it tells are kept."""

from __future__ import annotations

import argparse
import fcntl
import io
import json
import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from midday import midday_zone
from shell import environment

from workbench.app import Workbench
from workbench.clock import SystemClock, iso
from workbench.errors import InvalidRequest
from workbench.hosts import cli_statusline
from workbench.hosts.cli_statusline import NOTHING, run
from workbench.paths import Home
from workbench.usage import rollups
from workbench.usage.store import Store

NOW = time.time_ns() // 1_000_000
ZONE = midday_zone(NOW / 1000)
CODE = "import argparse, sys; from workbench.hosts.cli_statusline import run; sys.exit(run(argparse.Namespace()))"

TOLD: dict[str, Any] = {
    "session_id": "9f0d",
    "model": {"id": "claude-opus-4-8", "display_name": "Opus 4.8"},
    "cost": {"total_cost_usd": 1.2345, "total_duration_ms": 45000},
    "context_window": {"used_percentage": 42.4, "context_window_size": 200000},
    "rate_limits": {
        "five_hour": {"used_percentage": 23.5, "resets_at": NOW // 1000 + 2 * 3600 + 870},
        "seven_day": {"used_percentage": 41, "resets_at": NOW // 1000 + 26 * 3600 + 600},
    },
}


@pytest.fixture(autouse=True)
def no_transcripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An agent's folder of our own, for every process of these tests; empty at first."""
    folder = tmp_path / "claude"
    (folder / "projects" / "-p").mkdir(parents=True)
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(folder))
    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "codex"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder / "projects" / "-p"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted is counted before the line is written, however slow the machine is."""
    monkeypatch.setattr(cli_statusline, "PATIENCE_S", 60)


def in_process(text: bytes, home: Home, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, *words, "-c", CODE], input=text, capture_output=True, timeout=60, env=environment(home.root)
    )


class Held(SystemClock):
    """It is always the moment in which these tests were loaded, however busy the machine is."""

    def now_ms(self) -> int:
        return NOW


def line(told: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, **args: Any) -> str:
    """The one line of a document."""
    text = told if isinstance(told, bytes) else json.dumps(told).encode()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: False, buffer=io.BytesIO(text)))
    assert run(argparse.Namespace(**args), Held()) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert out.strip()
    return out.removesuffix("\n")


def spent(
    home: Home, minutes_ago: int, output: int, *, price: int | None = 25_000_000, model: str = "claude-opus-4-8"
) -> None:
    """A sampling in the store, as an import leaves it behind."""
    ts = NOW - minutes_ago * 60_000
    with Store.open(home) as store, store.writing() as connection:
        rates = [price] * 5 + [None if price is None else 0]
        connection.execute("insert or ignore into dim values (1, null, null, null, null)")
        connection.execute(
            "insert or ignore into ctx values (1, 'anthropic', 's', 'p', null, null, null, null, null, null, null,"
            " null, null, null, null, null, 0, null, 1)"
        )
        connection.execute(
            "insert or ignore into price values (null, 'anthropic', ?, 0, '', ?, ?, ?, ?, ?, ?)", (model, *rates)
        )
        connection.execute(
            "insert into sampling (mid, it, side, live, top, ts, ts0, ctx, home, dim, price, kind, i, o, c5, c1, cr,"
            " reason, web, file, off) select ?, 0, 0, 1, ?, ?, ?, 1, 1, 1, id, 'message', 0, ?, 0, 0, 0, 0, 0, 1, 0"
            " from price where model = ?",
            (f"msg_{ts}", output, ts, ts, output, model),
        )
        rollups.sum_everything(connection)


def test_everything_that_is_known_stands_on_one_line(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = line(TOLD, capsys, monkeypatch)
    assert re.fullmatch(
        r"Opus 4\.8 \| session \$1\.23 \| today \$0\.00 \| context 42% \| 5h 24% \(2h 14m left\) \| week 41% \(1d 2h left\)",
        shown,
    )


def test_today_and_the_block_come_from_the_store(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spent(home, 10, 40_000)
    spent(home, 0, 60_000)
    shown = line({"model": "claude-opus-4-8"}, capsys, monkeypatch, timezone=ZONE)
    assert re.fullmatch(r"claude-opus-4-8 \| today \$2\.50 \| block \$2\.50 \(\$15\.00/h, (\dh )?\d+m left\)", shown)


def response(number: int, output: int) -> str:
    """A row of a transcript, of now."""
    usage = {"input_tokens": 0, "output_tokens": output}
    message = {"id": f"msg_01{number}", "model": "claude-opus-4-8", "role": "assistant", "usage": usage}
    return (
        json.dumps(
            {"type": "assistant", "timestamp": iso(NOW), "sessionId": "s", "uuid": str(number), "message": message}
        )
        + "\n"
    )


def test_what_the_transcripts_have_new_is_counted_first(
    home: Home, no_transcripts: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    transcript = no_transcripts / "s.jsonl"
    transcript.write_text(response(1, 40_000))
    assert "| today $1.00 |" in line({}, capsys, monkeypatch, timezone=ZONE)
    transcript.write_text(response(1, 40_000) + response(2, 60_000))
    assert "| today $2.50 |" in line({}, capsys, monkeypatch, timezone=ZONE)


def test_a_person_s_own_prices_count_here_too(
    bench: Workbench,
    home: Home,
    no_transcripts: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench.call("settings.save", {"changes": {"price_overrides": {"claude-opus-4-8": {"input": "1", "output": "100"}}}})
    (no_transcripts / "s.jsonl").write_text(response(1, 40_000))
    assert "| today $4.00 |" in line({}, capsys, monkeypatch, timezone=ZONE)


def test_before_a_first_import_that_another_makes_nothing_is_claimed(
    home: Home, no_transcripts: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (no_transcripts / "s.jsonl").write_text(response(1, 40_000))
    with Store.open(home) as store, store.import_lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        monkeypatch.setattr(cli_statusline, "PATIENCE_S", 0)
        shown = line({}, capsys, monkeypatch)
    assert shown == "Claude Code | today not counted yet (run workbench usage daily)"


def test_while_another_imports_the_last_figures_are_shown(
    home: Home, no_transcripts: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (no_transcripts / "s.jsonl").write_text(response(1, 40_000))
    line({}, capsys, monkeypatch)
    (no_transcripts / "t.jsonl").write_text(response(2, 40_000))
    with Store.open(home) as store, store.import_lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        monkeypatch.setattr(cli_statusline, "PATIENCE_S", 0)
        assert "| today $1.00 (not up to date) |" in line({}, capsys, monkeypatch, timezone=ZONE)


def test_what_takes_too_long_to_count_is_counted_aside(
    home: Home, no_transcripts: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(home.root))
    (no_transcripts / "s.jsonl").write_text(response(1, 40_000))
    line({}, capsys, monkeypatch)
    (no_transcripts / "t.jsonl").write_text(response(2, 60_000))
    monkeypatch.setattr(cli_statusline, "PATIENCE_S", -1)
    shown = line({}, capsys, monkeypatch, timezone=ZONE)
    assert "| today $1.00 (not up to date) |" in shown
    with Store.open(home) as store:
        end = time.monotonic() + 60
        while store.read(lambda c: c.execute("select count(*) from sampling").fetchone()) != (2,):
            assert time.monotonic() < end
            time.sleep(0.05)
    assert "| today $2.50 |" in line({}, capsys, monkeypatch, timezone=ZONE)


def test_what_has_no_price_is_not_called_free(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spent(home, 0, 10, price=None, model="acme-9")
    shown = line({}, capsys, monkeypatch, timezone=ZONE)
    assert shown == "Claude Code | today no price | block no price"


def test_the_limits_are_kept(home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    line(TOLD, capsys, monkeypatch)
    line(TOLD, capsys, monkeypatch)
    with Store.open(home) as store:
        rows = store.read(lambda connection: connection.execute("select window, used from limit_seen").fetchall())
    assert rows == [(300, 23.5), (10080, 41.0)]


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"{", b"[]", b"null", b"12", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000]
)
def test_input_that_is_no_document_gives_one_plain_line(home: Home, text: bytes) -> None:
    done = in_process(text, home)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, NOTHING + "\n", b"")


KEYS = [
    "model", "display_name", "id", "cost", "total_cost_usd", "context_window", "used_percentage", "rate_limits",
    "five_hour", "seven_day", "resets_at",
]  # fmt: skip

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=5))
@settings(max_examples=60)
def test_a_document_of_any_shape_gives_one_line(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, told: dict[str, Any]
) -> None:
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", line(told, capsys, monkeypatch))


def test_a_model_s_name_cannot_paint_the_terminal(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = line({"model": {"display_name": "\x1b[31mred\nline" + "x" * 99}}, capsys, monkeypatch)
    assert "\x1b" not in shown
    assert len(shown.partition(" | ")[0]) <= 40


def test_a_store_that_cannot_be_used_costs_its_figures_alone(home: Home) -> None:
    path = home.root / "telemetry" / "usage.db"
    path.write_bytes(b"not a database at all")
    done = in_process(json.dumps(TOLD).encode(), home)
    assert done.returncode == 0
    assert done.stdout.startswith(b"Opus 4.8 | session $1.23 | context 42% | 5h 24%")
    assert done.stderr.startswith(b"workbench: The usage database")
    assert path.read_bytes() == b"not a database at all"


def test_a_home_that_is_a_file_costs_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = in_process(json.dumps(TOLD).encode(), Home(tmp_path / "file"))
    assert done.returncode == 0
    assert done.stdout.startswith(b"Opus 4.8 | session $1.23 | context 42%")


def test_while_another_writes_the_line_still_comes(home: Home) -> None:
    with Store.open(home) as store:
        store.ensure_zone("UTC")
        with store.writing() as connection:
            connection.execute("insert into meta values ('busy', '1')")
            done = in_process(json.dumps(TOLD).encode(), home)
    assert done.stdout.startswith(b"Opus 4.8 | session $1.23 | today $0.00")


def test_an_invalid_zone_costs_the_figures_of_the_store_and_is_said_aside(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert line({}, capsys, monkeypatch, timezone="Mars/Olympus") == "Claude Code"


def test_a_person_at_a_terminal_is_told_how_to_set_it_up(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    try:
        with os.fdopen(theirs, closefd=True) as terminal:
            monkeypatch.setattr(sys, "stdin", terminal)
            with pytest.raises(InvalidRequest) as caught:
                run(argparse.Namespace())
    finally:
        os.close(ours)
    assert "statusLine" in caught.value.remedy


def test_it_loads_nothing_heavy(home: Home) -> None:
    done = in_process(json.dumps(TOLD).encode(), home, "-X", "importtime")
    names = set(re.findall(r"^import time:\s+\d+ \|\s+\d+ \|\s+(\S+)$", done.stderr.decode(), re.MULTILINE))
    assert "workbench.usage.limits" in names
    assert not {each.partition(".")[0] for each in names} & {
        "pydantic", "click", "duckdb", "msgspec", "genai_prices", "pandas", "asyncio", "IPython",
    }  # fmt: skip
