"""The widget over a real kernel's comm: what its page asks for, and what the kernel answers."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import pytest
from kernels import Cell, Kernel

from workbench.hosts.widgets import CHARTS, CODE, MAX_SUBSCRIPTIONS

WIDGET = "application/vnd.jupyter.widget-view+json"
FLOOD = "'Go', provider='replay', options={'recording': 'flood', 'events': %d, 'rate': %d}"


def comm_of(cell: Cell) -> str:
    """The comm of the widget that a cell has shown."""
    [shown] = cell.of("display_data")
    return str(shown["data"][WIDGET]["model_id"])


def show(kernel: Kernel, events: int, rate: int) -> tuple[str, str]:
    """Starts a run and shows it; its comm and its session."""
    cell = kernel.ok(f"run = bench.agents.start({FLOOD % (events, rate)})\ndisplay(run)\nprint(run.session)")
    return comm_of(cell), cell.text.strip()


def heard(kernel: Kernel, comm: str, **keys: Any) -> dict[str, Any]:
    """The next custom message on a comm that has these values."""

    def matches(message: dict[str, Any]) -> bool:
        content = message["content"]
        if message["msg_type"] != "comm_msg" or content["comm_id"] != comm:
            return False
        said = content["data"].get("content") or {}
        return all(said.get(key) == value for key, value in keys.items())

    said: dict[str, Any] = kernel.until(matches)[-1]["content"]["data"]["content"]
    return said


def test_a_widget_is_small_and_the_page_asks_for_the_code_by_its_hash(lone_kernel: Kernel) -> None:
    cell = lone_kernel.ok("display(bench.view('sessions'))")
    opened = [each for each in cell.of("comm_open") if "_esm" in each["data"]["state"]]
    [state] = [each["data"]["state"] for each in opened]
    assert len(str(state)) < 4000
    assert state["view"] == {"version": 1, "view": "sessions", "params": {}}
    assert hashlib.sha256(CODE.read_bytes()).hexdigest()[:16] in state["_esm"]
    comm = comm_of(cell)
    lone_kernel.tell(comm, {"code": True})
    assert heard(lone_kernel, comm)["code"] == CODE.read_text()


def test_what_draws_charts_is_sent_only_when_a_page_asks_for_it(lone_kernel: Kernel) -> None:
    comm = comm_of(lone_kernel.ok("display(bench.view('usage'))"))
    lone_kernel.tell(comm, {"code": "charts"})
    assert heard(lone_kernel, comm)["charts"] == CHARTS.read_text()
    assert CHARTS.stat().st_size > CODE.stat().st_size


def test_a_page_without_the_code_is_told_how_to_get_it(lone_kernel: Kernel) -> None:
    cell = lone_kernel.ok(
        "from pathlib import Path\nimport workbench.hosts.widgets as widgets\nwidgets.CODE = Path('/no/widget.js')\n"
        "display(bench.view('sessions'))"
    )
    comm = comm_of(cell)
    lone_kernel.tell(comm, {"code": True})
    reply = heard(lone_kernel, comm)
    assert reply["code"] is None
    assert "make setup" in reply["failure"]["remedy"]


def test_a_call_over_the_comm_gets_its_reply_or_its_failure(lone_kernel: Kernel) -> None:
    comm = comm_of(lone_kernel.ok("display(bench.view('sessions'))"))
    lone_kernel.tell(comm, {"id": "page1.1", "call": "settings.data_path", "params": {}})
    assert heard(lone_kernel, comm, id="page1.1")["result"]["path"].endswith("/home")
    lone_kernel.tell(comm, {"id": "page1.2", "call": "settings.nothing", "params": {}})
    assert heard(lone_kernel, comm, id="page1.2")["failure"]["kind"] == "unknown_command"


@pytest.mark.slow
def test_a_session_streams_over_the_comm_each_word_once(lone_kernel: Kernel) -> None:
    comm = comm_of(lone_kernel.ok("display(bench.view('sessions'))"))
    session = lone_kernel.ok(f"print(bench.agents.start({FLOOD % (10_000, 2000)}).session)").text.strip()
    text, last, count, begun = "", 0, 0, time.monotonic()
    lone_kernel.tell(comm, {"sub": "p.1", "subscribe": f"session:{session}", "since": 0})
    while True:
        batch = heard(lone_kernel, comm, sub="p.1")
        assert batch["since"] == last
        last, count = batch["seq"], count + 1
        frames = [record["f"] for record in batch["events"]]
        text += "".join(f["content"]["text"] for f in frames if f.get("type") == "agent_message_chunk")
        if any(frame.get("type") == "end" for frame in frames):
            break
    assert text.split() == [f"w{n}" for n in range(1, 10_001)]
    # Jupyter drops comm messages over 1,000 a second, silently.
    assert count < 100 * (time.monotonic() - begun)


def test_an_unknown_session_fails_once_and_garbage_is_ignored(lone_kernel: Kernel) -> None:
    comm = comm_of(lone_kernel.ok("display(bench.view('sessions'))"))
    for garbage in ({}, {"sub": 1}, {"sub": "a", "subscribe": "sessions", "x": 1}, {"unsubscribe": "nobody"}):
        lone_kernel.tell(comm, garbage)
    lone_kernel.tell(comm, {"sub": "p.1", "subscribe": "session:nobody", "since": 0})
    assert heard(lone_kernel, comm, sub="p.1")["failure"]["kind"] == "not_found"
    assert lone_kernel.ok("1").text == "1"


def test_what_is_left_is_no_longer_sent(lone_kernel: Kernel) -> None:
    comm = comm_of(lone_kernel.ok("display(bench.view('sessions'))"))
    lone_kernel.tell(comm, {"sub": "p.1", "subscribe": "sessions", "since": 0})
    heard(lone_kernel, comm, sub="p.1")
    lone_kernel.tell(comm, {"unsubscribe": "p.1"})
    lone_kernel.tell(comm, {"id": "p.2", "call": "settings.data_path", "params": {}})
    heard(lone_kernel, comm, id="p.2")
    held = lone_kernel.ok(
        f"from ipywidgets.widgets.widget import _instances\nprint(_instances['{comm}']._subscriptions)"
    )
    assert held.text == "{}\n"


def test_pages_that_left_without_a_word_make_room_for_new_ones(lone_kernel: Kernel) -> None:
    comm = comm_of(lone_kernel.ok("display(bench.view('sessions'))"))
    for number in range(MAX_SUBSCRIPTIONS + 1):
        lone_kernel.tell(comm, {"sub": f"p.{number}", "subscribe": "sessions", "since": 0})
    dropped = heard(lone_kernel, comm, sub="p.0", live=False)
    assert dropped["failure"]["kind"] == "refused"


def test_a_widget_of_a_closed_bench_says_so_and_so_does_one_that_was_waiting(lone_kernel: Kernel) -> None:
    comm = comm_of(lone_kernel.ok("display(bench.view('sessions'))"))
    lone_kernel.tell(comm, {"sub": "p.1", "subscribe": "sessions", "since": 0})
    heard(lone_kernel, comm, sub="p.1")
    lone_kernel.submit("bench.close()")
    assert heard(lone_kernel, comm, sub="p.1", live=False)["failure"]["facts"]["reason"] == "closed"
    lone_kernel.tell(comm, {"id": "p.2", "call": "settings.data_path", "params": {}})
    assert heard(lone_kernel, comm, id="p.2")["failure"]["kind"] == "refused"
    lone_kernel.tell(comm, {"sub": "p.3", "subscribe": "sessions", "since": 0})
    assert heard(lone_kernel, comm, sub="p.3")["failure"]["kind"] == "refused"


@pytest.mark.slow
def test_stop_over_the_comm_reaches_the_agent_while_a_cell_is_busy(lone_kernel: Kernel) -> None:
    comm, session = show(lone_kernel, 100_000, 100)
    # The cell's shell has sent on this comm, so ipykernel alone would route the click behind the busy cell.
    shell = lone_kernel.subshell()
    asked = lone_kernel.submit(
        "import time\nprint('busy')\nend = time.monotonic() + 60\n"
        "while not run.done and time.monotonic() < end: time.sleep(0.05)\nprint(run.status)"
    )
    lone_kernel.until(lambda m: m["msg_type"] == "stream")
    lone_kernel.tell(comm, {"id": "p.1", "call": "agents.stop", "params": {"session": session}}, subshell=shell)
    seen = lone_kernel.until_idle(asked)
    printed = "".join(m["content"]["text"] for m in seen if m["msg_type"] == "stream")
    assert printed.split() == ["aborted"]  # the end of the first line may have come by itself


def test_closing_the_widget_at_the_end_of_its_run_ends_its_subscriptions(lone_kernel: Kernel) -> None:
    comm, session = show(lone_kernel, 100_000, 200)
    lone_kernel.tell(comm, {"sub": "p.1", "subscribe": f"session:{session}", "since": 0})
    heard(lone_kernel, comm, sub="p.1")
    lone_kernel.submit("run.stop()")
    seen = lone_kernel.until(lambda m: m["msg_type"] == "comm_close")
    assert seen[-1]["content"]["comm_id"] == comm
    assert (
        "error" not in lone_kernel.ok("print(bench.core.home.logs.joinpath('workbench.log').read_text())").text.lower()
    )
