"""What the responses of a run have used, of which nobody told the total: it was killed before."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scribe import Scribe

from workbench.agents.fold import fold
from workbench.agents.run import ENTRIES, FinishedRun, State
from workbench.agents.transcript import decode_block

OPUS = {"inputTokens": 10, "outputTokens": 4, "cacheReadInputTokens": 2, "cacheCreationInputTokens": 1}


def response(scribe: Scribe, message_id: str, usage: dict[str, Any], *, parent: str | None = None) -> int:
    of = {"parent": parent} if parent else {}
    return scribe.event("usage_update", "r", cumulative=False, messageId=message_id, modelUsage={"opus": usage}, **of)


def finished(scribe: Scribe) -> FinishedRun:
    """The run, its session killed."""
    scribe.exit("lost", "r")
    (run,) = runs(State(), scribe.bytes)
    return run


def runs(state: State, block: bytes) -> list[FinishedRun]:
    records, _ = decode_block(block, ENTRIES)
    outputs = [output for record in records for output in fold(state, record)]
    return [output for output in outputs if isinstance(output, FinishedRun)]


@pytest.fixture
def scribe() -> Scribe:
    made = Scribe()
    made.start()
    made.prompt("r")
    return made


def test_the_responses_of_a_run_that_was_killed_are_told_in_the_place_of_a_total(scribe: Scribe) -> None:
    response(scribe, "m1", OPUS)
    response(scribe, "m2", OPUS | {"outputTokens": 9})
    run = finished(scribe)
    assert (run.usage, run.told) == ({}, {})
    assert run.responses == [{"opus": OPUS}, {"opus": OPUS | {"outputTokens": 9}}]


def test_of_a_response_that_is_told_again_the_last_word_counts(scribe: Scribe) -> None:
    response(scribe, "m1", OPUS | {"outputTokens": 1}, parent="task")
    response(scribe, "m2", OPUS)
    response(scribe, "m1", OPUS | {"outputTokens": 7}, parent="task")
    assert finished(scribe).responses == [{"opus": OPUS | {"outputTokens": 7}}, {"opus": OPUS}]


def test_a_total_has_counted_the_responses_before_it_and_none_behind_it(scribe: Scribe) -> None:
    response(scribe, "m1", OPUS)
    scribe.usage("r", inputTokens=20, outputTokens=8)
    response(scribe, "m3", OPUS)
    run = finished(scribe)
    assert run.usage == {"opus": {"inputTokens": 20, "outputTokens": 8}}
    assert run.cumulative
    assert run.responses == [{"opus": OPUS}]
    assert run.told == OPUS


def total_of(scribe: Scribe) -> int:
    """What the run was told to have used, at least, out of a total that is told now."""
    scribe.usage("r", outputTokens=10**6)
    return finished(scribe).told.get("outputTokens", 0)


def test_a_sub_agents_response_that_was_told_when_it_began_may_not_be_in_the_total(scribe: Scribe) -> None:
    scribe.tool("r", "task")
    response(scribe, "m1", {"outputTokens": 1}, parent="task")
    assert total_of(scribe) == 0


def test_a_sub_agents_responses_are_in_the_total_once_what_they_asked_for_was_done(scribe: Scribe) -> None:
    scribe.tool("r", "task")
    for number, state in enumerate(["completed", "failed", "pending"]):
        response(scribe, f"m{number}", {"outputTokens": 10**number}, parent="task")
        scribe.tool("r", f"t{number}", parent="task")
        scribe.event("tool_call_update", "r", toolCallId=f"t{number}", status=state)
    assert total_of(scribe) == 11


def test_all_responses_of_a_sub_agent_that_is_done_are_in_the_total(scribe: Scribe) -> None:
    for task in ("one", "two"):
        scribe.tool("r", task)
        response(scribe, f"of {task}", {"outputTokens": 3}, parent=task)
    scribe.event("tool_call_update", "r", toolCallId="one", status="completed")
    assert total_of(scribe) == 3


def test_a_sub_agents_response_that_was_cut_off_and_asked_for_again_is_taken_once(scribe: Scribe) -> None:
    scribe.tool("r", "task")
    response(scribe, "torn", {"outputTokens": 5}, parent="task")
    response(scribe, "again", {"outputTokens": 7}, parent="task")
    for call in ("t1", "t2"):
        scribe.tool("r", call, parent="task")
        scribe.event("tool_call_update", "r", toolCallId=call, status="completed")
    scribe.event("tool_call_update", "r", toolCallId="task", status="completed")
    assert total_of(scribe) == 7


def test_a_sub_agent_in_the_background_goes_on_behind_its_call(scribe: Scribe) -> None:
    scribe.tool("r", "task")
    scribe.event("tool_call_update", "r", toolCallId="task", status="completed")
    response(scribe, "m1", {"outputTokens": 1}, parent="task")
    assert total_of(scribe) == 0


@pytest.mark.parametrize("odd", [7, [], {}])
def test_a_response_of_a_lane_that_is_none_is_not_known_to_be_over(scribe: Scribe, odd: Any) -> None:
    response(scribe, "m1", {"outputTokens": 1}, parent=odd or {"x": 1})
    assert total_of(scribe) == 0


@pytest.mark.parametrize("nothing", [{}, {"opus": 7}])
def test_a_total_that_tells_of_no_model_counts_no_response(scribe: Scribe, nothing: Any) -> None:
    response(scribe, "m1", OPUS)
    scribe.event("usage_update", "r", cumulative=True, modelUsage=nothing)
    assert finished(scribe).responses == [{"opus": OPUS}]


@pytest.mark.parametrize("odd", [7, None, [], {"opus": 7}])
def test_a_response_whose_numbers_are_none_costs_nothing_else(scribe: Scribe, odd: Any) -> None:
    scribe.event("usage_update", "r", cumulative=False, messageId="m0", modelUsage=odd)
    response(scribe, "m1", {"outputTokens": "many"})
    response(scribe, "m2", OPUS)
    assert finished(scribe).responses[-1] == {"opus": OPUS}


steps = st.lists(
    st.tuples(st.sampled_from(["say", "tool", "response", "again", "total"]), st.integers(0, 99)), max_size=20
)


@given(steps, st.data())
def test_killed_at_any_record_a_run_has_used_what_its_finished_responses_have(
    told: list[tuple[str, int]], data: st.DataObject
) -> None:
    scribe = Scribe()
    scribe.start()
    scribe.prompt("r")
    begun, expected = len(scribe.bytes), [(len(scribe.bytes), 0, 0)]
    whole = open_ = count = last = 0
    for kind, number in told:
        if kind == "say":
            scribe.say("r", "word", messageId=f"m{count}")
        elif kind == "tool":
            scribe.tool("r", f"t{number}")
        elif kind == "total":
            whole += open_ + number
            open_ = 0
            scribe.usage("r", outputTokens=whole)
        elif kind == "again" and open_:
            response(scribe, f"m{count}", {"outputTokens": last})
        else:
            count, last = count + 1, number
            open_ += number
            response(scribe, f"m{count}", {"outputTokens": number})
        expected.append((len(scribe.bytes), whole, open_))
    cut = data.draw(st.integers(begun, len(scribe.bytes)))
    state = State()
    lines = scribe.bytes[:cut].rpartition(b"\n")[0] + b"\n"
    assert runs(state, lines) == []
    after = Scribe()
    after.seq = state.seq
    after.exit("lost", "r")
    (run,) = runs(state, after.bytes)
    _, total, rest = next(each for each in reversed(expected) if each[0] <= len(lines))
    assert run.usage.get("opus", {}).get("outputTokens", 0) == total
    assert sum(each["opus"]["outputTokens"] for each in run.responses) == rest
