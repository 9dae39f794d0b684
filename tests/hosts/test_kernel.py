"""The kernel extension in real kernels: cells, displays, and agents that outlive both."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kernels import SETUP, Kernel
from servers import end_agents, isolated

from workbench.hosts.shown import VIEWS

VIEW = "application/vnd.workbench.view+json"
WIDGET = "application/vnd.jupyter.widget-view+json"

TOUR = "'Review my skill', provider='replay', speed=0, permission='bypass'"
FLOOD = "'Go', provider='replay', options={'recording': 'flood', 'events': %d, 'rate': %d}"


def test_the_cell_of_an_agent_is_free_at_once_and_another_cell_awaits_it(kernel: Kernel) -> None:
    started = kernel.ok("%%agent --provider replay --speed 0 --permission bypass\nReview my skill")
    [shown] = started.of("display_data")
    assert shown["data"][VIEW]["version"] == 1
    assert shown["data"][VIEW]["view"] == "session"
    assert set(shown["data"][VIEW]["params"]) == {"session", "run"}
    assert set(shown["data"]) == {VIEW, "text/markdown", "text/plain"}
    ended = kernel.ok("run = bench.agents.last\nawait run\nprint(run.status, run.cost, bool(run.text))")
    status, cost, said = ended.text.split()
    assert status == "completed"
    assert float(cost) > 0
    assert said == "True"


def test_awaiting_a_run_writes_its_text_into_the_output_that_shows_it(kernel: Kernel) -> None:
    cell = kernel.ok(
        "import asyncio\nrun = bench.agents.start('Review my skill', provider='replay', speed=0)\ndisplay(run)\n"
        "while not run.waiting and not run.done: await asyncio.sleep(0.02)\n"
        "run.approve()\nawait run\nNone"
    )
    [shown], [updated] = cell.of("display_data"), cell.of("update_display_data")
    assert shown["transient"] == updated["transient"]
    assert updated["data"][VIEW] == shown["data"][VIEW]
    assert len(updated["data"]["text/markdown"]) > len(shown["data"]["text/markdown"])
    assert "Replay" in updated["data"]["text/markdown"]
    parent = [each["parent_header"]["msg_id"] for each in cell.messages if each["msg_type"] == "update_display_data"]
    assert parent == [cell.messages[0]["parent_header"]["msg_id"]]


def test_the_page_writes_the_text_of_a_run_that_nobody_awaits(kernel: Kernel) -> None:
    kernel.ok(f"run = bench.agents.start({TOUR})\nrun")
    later = kernel.ok("import time\nwhile not run.done: time.sleep(0.05)")
    assert later.of("update_display_data") == []


def test_a_finished_run_is_shown_with_its_text(kernel: Kernel) -> None:
    kernel.ok(f"run = bench.agents.start({TOUR}).result(60)")
    shown = kernel.ok("run").of("display_data")[0]["data"]
    assert shown["text/markdown"] in kernel.ok("print(bench.sessions.markdown(run.session, run.id))").text
    assert "completed" in shown["text/plain"]
    assert "API-equivalent estimate" in shown["text/plain"]


def test_no_comm_is_opened_where_the_page_has_our_extension(kernel: Kernel) -> None:
    cell = kernel.ok(f"run = bench.agents.start({TOUR})\ndisplay(run, bench.view('sessions'))\nrun.result()")
    assert not [each for each in cell.messages if each["msg_type"].startswith("comm")]


def test_queued_cells_that_wait_run_in_order_and_each_has_its_output(kernel: Kernel) -> None:
    asked = [kernel.submit(f"r = await bench.agents.start({TOUR})\nprint({n}, r.status)") for n in range(3)]
    seen = kernel.until_idle(asked[-1])
    printed: dict[str, str] = {}
    for message in (m for m in seen if m["msg_type"] == "stream"):
        cell = message["parent_header"]["msg_id"]
        printed[cell] = printed.get(cell, "") + message["content"]["text"]  # one line may come in pieces
    assert [*printed.items()] == [(asked[n], f"{n} completed\n") for n in range(3)]


def test_nothing_of_a_run_is_printed_into_the_cells_that_run_meanwhile(kernel: Kernel) -> None:
    cell = kernel.ok(f"import time\nrun = bench.agents.start({TOUR})\nwhile not run.done: time.sleep(0.05)")
    assert {each["msg_type"] for each in cell.messages} == {"status", "execute_input"}


def test_a_run_is_iterated_from_its_first_event_to_its_terminal_one(kernel: Kernel) -> None:
    cell = kernel.ok(
        f"run = bench.agents.start({TOUR})\nkinds = [event['type'] async for event in run]\nprint(kinds[-1], len(kinds))"
    )
    assert cell.text.startswith("end ")


def test_interrupting_a_cell_that_waits_leaves_the_agent_at_work(kernel: Kernel) -> None:
    slow = FLOOD % (100_000, 100)
    kernel.ok(f"run = bench.agents.start({slow})")
    asked = kernel.submit("print('waiting')\nrun.result()")
    kernel.until(lambda m: m["msg_type"] == "stream")
    kernel.manager.interrupt_kernel()
    kernel.until_idle(asked)
    assert kernel.ok("print(run.status, bench.agents.running() == [run.session])").text == "running True\n"
    assert kernel.ok("run.stop()\nprint(run.result(60).status)").text == "aborted\n"


def test_an_interrupted_waiting_magic_says_that_the_agent_goes_on(kernel: Kernel) -> None:
    asked = kernel.submit("%%agent --wait --provider replay\nReview my skill")
    kernel.until(lambda m: m["msg_type"] == "display_data")
    kernel.manager.interrupt_kernel()
    seen = kernel.until_idle(asked)
    assert "The agent goes on" in "".join(m["content"]["text"] for m in seen if m["msg_type"] == "stream")
    kernel.ok("bench.agents.last.stop()")


def test_cancelling_the_cell_leaves_the_agent_running(kernel: Kernel) -> None:
    slow = FLOOD % (100_000, 100)
    cell = kernel.ok(
        f"import asyncio\nrun = bench.agents.start({slow})\n"
        "try:\n    await asyncio.wait_for(run, 0.3)\nexcept TimeoutError:\n    print('left', run.status)"
    )
    assert cell.text == "left running\n"
    assert kernel.ok("run.stop()\nprint(run.result(60).status)").text == "aborted\n"


def test_a_permission_is_answered_from_a_cell(kernel: Kernel) -> None:
    kernel.ok("run = bench.agents.start('Review my skill', provider='replay', speed=0)")
    kernel.ok("import time\nwhile not run.waiting and not run.done: time.sleep(0.02)")
    assert "1 waiting for you" in kernel.ok("run").of("display_data")[0]["data"]["text/plain"]
    cell = kernel.ok(
        "while not run.done:\n"
        "    for asked in run.waiting:\n"
        "        if 'permissionId' in asked:\n"
        "            run.approve(asked['permissionId'])\n"
        "        else:\n"
        "            run.answer({q['question']: 'yes' for q in asked['questions']}, asked['userInputId'])\n"
        "    time.sleep(0.02)\n"
        "print(run.result().status)"
    )
    assert cell.text == "completed\n"


def test_a_run_that_failed_raises_a_sentence_with_a_remedy(kernel: Kernel) -> None:
    cell = kernel.run("run = bench.agents.start('x', provider='replay', recording='/no/such')\nawait run")
    assert cell.status == "error"
    assert cell.error.startswith("NoRecording: ")


def test_an_unknown_provider_is_a_sentence_that_lists_the_known_ones(kernel: Kernel) -> None:
    cell = kernel.run("bench.agents.start('x', provider='abacus')")
    assert "There is no provider named 'abacus'. Use one of: replay" in cell.error


def test_a_session_goes_on_with_another_prompt(kernel: Kernel) -> None:
    first = kernel.ok(f"run = await bench.agents.start({FLOOD % (10, 0)})\nprint(run.session)").text.strip()
    again = f"bench.agents.start('More', session='{first}', options={{'recording': 'flood', 'events': 5}})"
    cell = kernel.ok(f"more = await {again}\nprint(more.session == run.session, more.id != run.id, more.text)")
    assert cell.text == "True True w1 w2 w3 w4 w5 \n"
    assert "provider" in kernel.run(f"bench.agents.start('More', session='{first}', provider='claude')").error


def test_after_a_kernel_restart_a_new_handle_knows_the_run(kernel: Kernel) -> None:
    slow = FLOOD % (400, 200)
    session = kernel.ok(f"run = bench.agents.start({slow})\nprint(run.session)").text.strip()
    kernel.restart()
    kernel.ok(SETUP)
    cell = kernel.ok(f"run = bench.agents.attach('{session}')\nawait run\nprint(run.status, run.text.count('w'))")
    assert cell.text == "completed 400\n"


def test_opening_twice_is_one_workbench_and_after_closing_it_opens_again(kernel: Kernel) -> None:
    assert kernel.ok("print(workbench.open() is bench)").text == "True\n"
    assert kernel.ok("bench.close()\nagain = workbench.open()\nprint(again is bench, again.closed)").text == (
        "False False\n"
    )


def test_usage_comes_as_data_frames_with_exact_money(kernel: Kernel) -> None:
    empty = kernel.ok("print(len(bench.usage.by_model()), 'total_cost' in bench.usage.by_model())")
    assert empty.text == "0 True\n"
    kernel.ok(f"run = await bench.agents.start({TOUR})")
    cell = kernel.ok(
        "runs = bench.usage.recent_runs()\n"
        "print(runs.run[0] == run.id, runs.cost[0] == run.cost, type(runs.cost[0]).__name__, runs.started.dt.tz)\n"
        "print(bench.usage.summary().runs, len(bench.usage.by_step()), bench.usage.by_model().total_cost.sum() == run.cost)"
    )
    assert cell.text == "True True Decimal UTC\n1 1 True\n"


def test_charts_are_drawn_without_a_network_and_say_what_the_cost_is(kernel: Kernel) -> None:
    assert kernel.ok("bench.usage.chart('model')\nbench.usage.chart('run')").of("execute_result")
    kernel.ok(f"await bench.agents.start({TOUR})")
    for by in ("model", "run"):
        [shown] = kernel.ok(f"bench.usage.chart('{by}')").of("execute_result")
        assert set(shown["data"]) == {"application/vnd.vegalite.v5+json", "text/plain"}
        assert "API-equivalent estimate" in json.dumps(shown["data"])


def test_views_are_shown_by_name_and_an_unknown_one_is_a_sentence(kernel: Kernel) -> None:
    [shown] = kernel.ok("%workbench sessions").of("execute_result")
    assert shown["data"][VIEW] == {"version": 1, "view": "sessions", "params": {}}
    assert "The view 'session' needs session." in kernel.run("%workbench session").error
    unknown = kernel.run("bench.view('skils')").error
    assert f"There is no view 'skils'. The views are: {', '.join(VIEWS)}." in unknown


def test_the_magic_without_a_prompt_says_where_to_write_it(kernel: Kernel) -> None:
    assert "write it below the line with %%agent" in kernel.run("%%agent --provider replay\n ").text


def test_unloading_the_extension_takes_the_magics_away(kernel: Kernel) -> None:
    kernel.ok("%unload_ext workbench")
    assert "not found" in kernel.run("%workbench sessions").text


def test_without_our_front_end_a_widget_shows_the_run_and_leaves_at_its_end(lone_kernel: Kernel) -> None:
    slow = FLOOD % (100_000, 200)
    [shown] = lone_kernel.ok(f"run = bench.agents.start({slow})\nrun").of("display_data")
    assert set(shown["data"]) == {VIEW, WIDGET, "text/markdown", "text/plain"}
    lone_kernel.ok("import time\nwhile 'w99' not in run.text: time.sleep(0.02)")
    lone_kernel.submit("run.stop()")
    seen = lone_kernel.until(lambda m: m["msg_type"] == "comm_close")
    [updated] = [m["content"] for m in seen if m["msg_type"] == "update_display_data"]
    assert updated["transient"] == shown["transient"]
    assert WIDGET not in updated["data"]
    assert "w99" in updated["data"]["text/markdown"]


def test_nested_asyncio_is_only_there_when_asked_for(kernel: Kernel) -> None:
    nested = "import asyncio\nasync def one(): return 1\nprint(asyncio.run(one()))"
    assert "cannot be called from a running event loop" in kernel.run(nested).error
    kernel.ok("workbench.enable_nested_asyncio()")
    assert kernel.ok(nested).text == "1\n"


@pytest.mark.slow
def test_a_plain_script_starts_and_waits_for_an_agent(tmp_path: Path) -> None:
    script = f"import workbench\nrun = workbench.open().agents.start({TOUR}).result(60)\nprint(run)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=isolated(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    end_agents(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("<Run replay completed: ")
