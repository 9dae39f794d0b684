"""Codex's rollouts: what moved the total is a sampling."""

from __future__ import annotations

import json
import marshal
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telling import CASES, PRICES, candidates, contexts, lines, models, read, reasons, settled, write

from workbench.usage.sampling import Parsed
from workbench.usage.sources.codex import Codex, common_prefix, event_id, parent_of, replayed

CODEX = Codex()
THREAD = "019b0000-0000-7000-8000-000000000051"
NAME = f"rollout-2026-01-15T10-00-00-{THREAD}.jsonl"


@pytest.fixture
def rollout(tmp_path: Path) -> Path:
    return tmp_path / "sessions/2026/01/15" / NAME


def meta(thread: str = THREAD, **fields: Any) -> dict[str, Any]:
    payload = {"id": thread, "cwd": "/home/u/proj", "source": "cli", "model_provider": "openai", **fields}
    return {"timestamp": "2026-01-15T10:00:00.000Z", "type": "session_meta", "payload": payload}


def turn(model: str = "gpt-5.2-codex", **fields: Any) -> dict[str, Any]:
    payload = {"cwd": "/home/u/proj", "model": model, "effort": "medium", **fields}
    return {"timestamp": "2026-01-15T10:00:01.000Z", "type": "turn_context", "payload": payload}


def usage(i: int, o: int, cached: int = 0, **more: int) -> dict[str, int]:
    return {"input_tokens": i, "cached_input_tokens": cached, "output_tokens": o, **more}


def event(
    total: dict[str, Any] | None, last: dict[str, Any] | None = None, at: str = "2026-01-15T10:01:00Z", **fields: Any
) -> dict[str, Any]:
    given = {"total_token_usage": total, "last_token_usage": last}
    info = {key: value for key, value in given.items() if value is not None}
    payload = {"type": "token_count", "info": info or None, **fields}
    return {"timestamp": at, "type": "event_msg", "payload": payload}


def counts(parsed: Parsed) -> list[tuple[int, ...]]:
    """Input, written, cached, output, reasoning of each sampling."""
    return [(each.i, each.c5, each.cr, each.o, each.reason) for each in candidates(parsed)]


# --- totals


def test_a_sampling_is_what_the_total_moved_by(rollout: Path) -> None:
    total = usage(3000, 500, 900, reasoning_output_tokens=60)
    write(rollout, meta(), turn(), event(usage(1000, 200)), event(total, usage(7, 7)))
    parsed = read(CODEX, rollout)
    assert counts(parsed) == [(1000, 0, 0, 200, 0), (1100, 0, 900, 300, 60)]
    assert [each.mid for each in candidates(parsed)] == [f"{THREAD}#0", f"{THREAD}#1"]
    assert {(each.rid, each.it, each.kind) for each in candidates(parsed)} == {(None, 0, "turn")}
    assert (parsed.thread, parsed.lines, parsed.skips) == (THREAD, 2, [])


def test_a_total_that_is_told_again_is_counted_once(rollout: Path) -> None:
    again = event(usage(1000, 200), usage(1000, 200))
    write(rollout, meta(), turn(), again, again, again)
    parsed = read(CODEX, rollout)
    assert (counts(parsed), parsed.lines) == ([(1000, 0, 0, 200, 0)], 3)


def test_a_total_that_fell_has_begun_anew(rollout: Path) -> None:
    write(rollout, meta(), turn(), event(usage(5000, 500, 4000)), event(usage(700, 70)), event(usage(900, 80)))
    assert counts(read(CODEX, rollout)) == [(1000, 0, 4000, 500, 0), (700, 0, 0, 70, 0), (200, 0, 0, 10, 0)]


def test_a_total_that_is_all_its_last_requests_has_begun_anew(rollout: Path) -> None:
    write(rollout, meta(), turn(), event(usage(1000, 10), usage(1000, 10)), event(usage(5000, 50), usage(5000, 50)))
    assert counts(read(CODEX, rollout)) == [(1000, 0, 0, 10, 0), (5000, 0, 0, 50, 0)]


def test_a_total_that_moved_by_several_requests_is_priced_by_the_length_of_the_last(rollout: Path) -> None:
    short, long = event(usage(600_000, 30), usage(200_000, 10)), event(usage(1_000_000, 40), usage(400_000, 10))
    write(rollout, meta(), turn("gpt-5.4"), short, long)
    parsed = read(CODEX, rollout)
    assert [parsed.rates[each.rate][3] for each in candidates(parsed)] == ["", "long"]


def test_a_requests_own_counts_speak_where_there_is_no_total(rollout: Path) -> None:
    write(rollout, meta(), turn(), event(None, usage(10, 1)), event(None, usage(10, 1)), event(usage(50, 5)))
    assert counts(read(CODEX, rollout)) == [(10, 0, 0, 1, 0), (10, 0, 0, 1, 0), (30, 0, 0, 3, 0)]


def test_cached_and_written_input_are_carved_out_and_never_more_than_there_was(rollout: Path) -> None:
    write(
        rollout,
        meta(),
        turn(),
        event(usage(100, 1, 40, cache_write_input_tokens=30)),
        event(usage(110, 2, 90, cache_write_input_tokens=70)),
        event(usage(120, 3, 10)),
    )
    assert counts(read(CODEX, rollout)) == [(30, 30, 40, 1, 0), (0, 0, 10, 1, 0), (10, 0, 0, 1, 0)]


def test_reasoning_is_part_of_the_output(rollout: Path) -> None:
    write(rollout, meta(), turn(), event(usage(1, 100, reasoning_output_tokens=90)))
    assert counts(read(CODEX, rollout)) == [(1, 0, 0, 100, 90)]


@pytest.mark.parametrize("info", [None, {}, {"model_context_window": 5}])
def test_an_event_without_counts_is_none(rollout: Path, info: Any) -> None:
    told = event(None)
    told["payload"]["info"] = info
    write(rollout, meta(), turn(), told, {"type": "event_msg", "payload": None}, {"type": "response_item", "usage": {}})
    assert read(CODEX, rollout)[3:] == ([], [], [], [], 0, [])


# --- where


def test_each_turn_is_made_with_the_model_of_its_own(rollout: Path) -> None:
    write(rollout, meta(), turn(), event(usage(1, 1)), turn("gpt-5.1-codex", effort="high"), event(usage(2, 2)))
    parsed = read(CODEX, rollout)
    assert models(parsed) == ["gpt-5.2-codex", "gpt-5.1-codex"]
    assert [each.effort for each in contexts(parsed)] == ["medium", "high"]


def test_without_a_model_tokens_count_and_have_no_price(rollout: Path) -> None:
    write(rollout, meta(), event(usage(1000, 200, 100)))
    parsed = read(CODEX, rollout)
    assert (models(parsed), parsed.rates[0][3:5]) == (["unknown"], ("unknown", None))


def test_thread_folder_branch_and_provider_are_the_rollouts_own(rollout: Path) -> None:
    write(rollout, meta(git={"branch": "main"}, model_provider="azure"), turn(cwd="/other"), event(usage(1, 1)))
    (where,) = contexts(read(CODEX, rollout))
    assert where == ("azure", THREAD, "/other", "/other", "main", *(None,) * 6, "medium", None, None, None, 0, None)


@pytest.mark.parametrize(
    ("source", "agent", "parent"),
    [
        ("cli", None, None),
        ({"subagent": "review"}, "review", None),
        ({"subagent": {"thread_spawn": {"parent_thread_id": "p", "depth": 1}}}, "thread_spawn", "p"),
        ({"subagent": {"thread_spawn": {"parent_thread_id": "p", "agent_role": "explorer"}}}, "explorer", "p"),
        ({"subagent": {"other": "x"}}, "other", None),
        ({"subagent": {}}, None, None),
        ({"subagent": 5}, None, None),
        (5, None, None),
    ],
)
def test_a_subagent_is_told_by_its_kind_and_parent(
    rollout: Path, source: Any, agent: str | None, parent: str | None
) -> None:
    write(rollout, meta(source=source), turn(), event(usage(1, 1)))
    parsed = read(CODEX, rollout)
    (where,) = contexts(parsed)
    assert (where.agent, where.sidechain, where.agent_id) == (agent, int(bool(agent)), THREAD if agent else None)
    assert parent_of(parsed.state) == parent


def test_a_rollout_without_a_beginning_is_named_by_its_file(rollout: Path, tmp_path: Path) -> None:
    assert read(CODEX, write(rollout, event(usage(1, 1)))).thread == THREAD
    assert read(CODEX, write(tmp_path / "saved.jsonl", event(usage(1, 1)))).thread == "saved"


# --- forks


def test_the_first_events_of_a_fork_are_its_parents_whatever_their_times(tmp_path: Path) -> None:
    shared = [(1000, 200), (3000, 500)]
    parent = write(tmp_path / "p.jsonl", meta("parent"), turn(), *(event(usage(*t)) for t in [*shared, (9000, 900)]))
    late = [event(usage(*t), at="2026-01-16T09:00:00Z") for t in [*shared, (3500, 580)]]
    child = write(tmp_path / "c.jsonl", meta("child", forked_from_id="parent"), meta("parent"), turn(), *late)
    ours, theirs = read(CODEX, child), read(CODEX, parent)
    assert (ours.thread, parent_of(ours.state)) == ("child", "parent")
    assert replayed(ours.state, theirs.state) == 2
    assert counts(ours)[2:] == [(500, 0, 0, 80, 0)]
    assert candidates(ours)[2].mid == event_id("child", 2)


def test_a_child_that_copied_nothing_has_all_of_its_events(tmp_path: Path) -> None:
    parent = read(CODEX, write(tmp_path / "p.jsonl", meta("parent"), event(usage(1000, 200))))
    spawned = {"subagent": {"thread_spawn": {"parent_thread_id": "parent"}}}
    child = read(CODEX, write(tmp_path / "c.jsonl", meta("child", source=spawned), event(usage(90, 9))))
    assert replayed(child.state, parent.state) == 0
    assert replayed(child.state, None) == replayed(None, parent.state) == 0
    assert parent_of(None) is None


def test_a_common_prefix_ends_at_the_first_difference() -> None:
    assert [common_prefix([1, 2, 3], other) for other in ([1, 2, 3, 4], [1, 9, 3], [], [2])] == [3, 1, 0, 0]


def test_a_copy_in_the_archive_tells_of_the_same_samplings(tmp_path: Path) -> None:
    rows = (meta(), turn(), event(usage(1, 1)), event(usage(2, 2)))
    first, second = write(tmp_path / "sessions" / NAME, *rows), write(tmp_path / "archived_sessions" / NAME, *rows)
    found = [found.path for root in CODEX.roots({"CODEX_HOME": str(tmp_path)}) for found in CODEX.discover(root)]
    assert found == [str(first), str(second)]
    assert settled([read(CODEX, first)]) == settled([read(CODEX, second)])


# --- streams of `codex exec --json`


def stream(thread: str, *turns: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "thread.started", "thread_id": thread}, *({"type": "turn.completed", "usage": t} for t in turns)]


def test_a_saved_stream_counts_over_its_thread_at_the_time_of_its_file(tmp_path: Path) -> None:
    path = write(tmp_path / "out.jsonl", *stream(THREAD, usage(200, 10, 50)), *stream(THREAD, usage(600, 30, 150)))
    os.utime(path, ns=(0, 1_768_500_000_000_000_000))
    parsed = read(CODEX, path)
    assert counts(parsed) == [(150, 0, 50, 10, 0), (300, 0, 100, 20, 0)]
    assert {(each.ts, each.mid[:5]) for each in candidates(parsed)} == {(1_768_500_000_000, "exec:")}
    assert contexts(parsed)[0].session == THREAD


def test_a_saved_stream_tells_again_what_its_rollout_tells(tmp_path: Path) -> None:
    saved = read(CODEX, write(tmp_path / "out.jsonl", *stream(THREAD, usage(600, 30))))
    rollout = read(CODEX, write(tmp_path / NAME, meta(), event(usage(200, 10)), event(usage(600, 30))))
    assert parent_of(saved.state) == rollout.thread
    assert replayed(saved.state, rollout.state) == len(saved.rows) == 1


def test_another_thread_in_a_saved_stream_counts_from_its_own_beginning(tmp_path: Path) -> None:
    path = write(tmp_path / "out.jsonl", *stream("a", usage(200, 10)), *stream("b", usage(300, 20)))
    assert counts(read(CODEX, path)) == [(200, 0, 0, 10, 0), (300, 0, 0, 20, 0)]


def test_other_spellings_of_the_counts_are_known(tmp_path: Path) -> None:
    told = {"prompt_tokens": 100, "completion_tokens": 7, "cached_tokens": 60, "reasoning_tokens": 3}
    path = write(tmp_path / "out.jsonl", *stream("a"), {"type": "turn.completed", "usage": told, "model": "gpt-5"})
    parsed = read(CODEX, path)
    assert (counts(parsed), models(parsed)) == ([(40, 0, 60, 7, 3)], ["gpt-5"])


# --- limits


def test_the_newest_word_on_each_window_is_kept(rollout: Path) -> None:
    def limits(primary: Any, secondary: Any = None, **fields: Any) -> dict[str, Any]:
        return {"rate_limits": {"primary": primary, "secondary": secondary, **fields}}

    short = {"used_percent": 12.0, "window_minutes": 300, "resets_at": 1768500000}
    long = {"used_percent": 3, "window_minutes": 10080, "resets_in_seconds": 60}
    write(
        rollout,
        meta(),
        event(usage(1, 1), at="2026-01-15T10:00:00Z", **limits(short, long, plan_type="pro")),
        event(None, at="2026-01-15T10:00:30Z", **limits({**short, "used_percent": 99})),
        event(None, at="2026-01-15T10:01:00Z", **limits({**short, "used_percent": 13}, {"window_minutes": None})),
    )
    at = 1_768_471_200_000
    assert read(CODEX, rollout).limits == [
        (at, "openai", 10080, 3.0, at + 60_000, "pro"),
        (at + 60_000, "openai", 300, 13.0, 1_768_500_000_000, None),
    ]


@pytest.mark.parametrize(
    "window",
    [
        {"used_percent": 1e400, "window_minutes": 300},
        {"used_percent": 1, "window_minutes": -5},
        {"used_percent": 1, "window_minutes": 10**30},
        {"used_percent": None, "window_minutes": 300},
        {"used_percent": -5, "window_minutes": 300},
        {"used_percent": 10_001, "window_minutes": 300},
        None,
    ],
)
def test_a_limit_that_is_none_is_left_out_and_the_tokens_count(rollout: Path, window: Any) -> None:
    write(rollout, meta(), event(usage(1, 1), rate_limits={"primary": window}))
    parsed = read(CODEX, rollout)
    assert (len(parsed.rows), parsed.limits) == (1, [])


def test_a_time_of_reset_that_is_none_is_left_out(rollout: Path) -> None:
    window = {"used_percent": 1, "window_minutes": 300, "resets_at": 10**15}
    write(rollout, meta(), event(usage(1, 1), rate_limits={"primary": window}))
    assert read(CODEX, rollout).limits[0][4] is None


# --- tolerance and pieces


@pytest.mark.parametrize("value", ["12", -4, 1.5, True, [], 2**40 + 1, 10**30, 1e400])
def test_a_bad_count_loses_its_event_and_not_its_tokens(rollout: Path, value: Any) -> None:
    """The next total holds them."""
    write(rollout, meta(), turn(), event(usage(value, 1)), event(usage(30, 3)))
    parsed = read(CODEX, rollout)
    assert counts(parsed) == [(30, 0, 0, 3, 0)]
    assert reasons(parsed)[0].startswith("payload.info.total_token_usage.input_tokens: ")
    assert parsed.lines == 2


def test_an_event_without_a_time_is_a_skip_and_its_tokens_come_with_the_next(rollout: Path) -> None:
    timeless = event(usage(10, 1))
    del timeless["timestamp"]
    write(rollout, meta(), timeless, event(usage(30, 3)))
    parsed = read(CODEX, rollout)
    assert (counts(parsed), reasons(parsed)) == ([(30, 0, 0, 3, 0)], ["has no timestamp"])


def test_dirt_is_stepped_over(rollout: Path) -> None:
    bad = b'{"type":"event_msg","payload":{"type":"token_count","total_token_usage":{ oops\n'
    deep = b'{"usage":' + b"[" * 100_000 + b"\n"
    strange = lines([{"type": "response_item", "payload": {"cwd": 5, "usage": {}}}])
    other = lines([event(usage(10, 1)) | {"payload": {**event(usage(10, 1))["payload"], "model": 5, "effort": []}}])
    git = lines([{**meta(), "payload": {**meta()["payload"], "cwd": "/caf\u00e9"}}]).replace(b"\\u00e9", b"\xe9")
    write(rollout, data=b"\xef\xbb\xbf" + git + bad + deep + strange + other)
    parsed = read(CODEX, rollout)
    assert reasons(parsed) == ["not valid JSON", "nested too deep"]
    assert contexts(parsed)[0].cwd == "/caf\ufffd"
    assert marshal.loads(marshal.dumps(tuple(parsed))) == tuple(parsed)


def test_a_row_of_another_kind_with_strange_counts_is_no_skip(rollout: Path) -> None:
    write(rollout, meta(), {"type": "event_msg", "payload": {"type": "other", "info": "x", "usage": 1}})
    assert reasons(read(CODEX, rollout)) == []


STEPS = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 3), st.integers(0, 3)).map(lambda t: event(usage(t[0] * 100, t[1] * 10))),
        st.sampled_from([turn("gpt-5"), turn("gpt-5.2-codex"), meta("other"), {"type": "event_msg"}, "usage"]),
    ),
    max_size=8,
)


@given(steps=STEPS, end=st.sampled_from(["\n", "\r\n", " \n\n"]), cuts=st.lists(st.floats(0, 1), max_size=3))
def test_a_rollout_read_in_pieces_tells_the_same(rollout: Path, steps: list[Any], end: str, cuts: list[float]) -> None:
    data = lines([meta(forked_from_id="p"), *steps], end)
    write(rollout, data=data)
    whole = read(CODEX, rollout)
    pieces, offset, state = [], 0, None
    for cut in [*sorted(cuts), 1]:
        write(rollout, data=data[: int(len(data) * cut)])
        pieces.append(read(CODEX, rollout, offset, state))
        offset, state = pieces[-1].offset, pieces[-1].state
    assert settled(pieces) == settled([whole])
    assert (state, offset) == (whole.state, whole.offset)
    assert sum(each.lines for each in pieces) == whole.lines


def test_cut_at_every_byte_and_completed_a_rollout_tells_the_same(rollout: Path) -> None:
    data = b"\xef\xbb\xbf" + lines([meta(), turn(), event(usage(10, 1)), event(usage(5, 1))], "\r\n")
    write(rollout, data=data)
    whole = read(CODEX, rollout)
    for cut in range(len(data)):
        write(rollout, data=data[:cut])
        first = read(CODEX, rollout)
        write(rollout, data=data)
        second = read(CODEX, rollout, first.offset, first.state)
        assert settled([first, second]) == settled([whole]), cut
        assert second.state == whole.state, cut


# --- folders and cases


def test_rollouts_lie_in_sessions_and_in_the_archive(tmp_path: Path) -> None:
    for below in (".codex/sessions", "other/archived_sessions", "plain"):
        (tmp_path / below).mkdir(parents=True)
    home = {"HOME": str(tmp_path)}
    assert CODEX.roots(home) == [tmp_path / ".codex/sessions"]
    assert CODEX.roots(home | {"CODEX_HOME": str(tmp_path / "other")}) == [tmp_path / "other/archived_sessions"]
    assert CODEX.roots(home, [tmp_path / "plain"]) == [tmp_path / "plain"]


@pytest.mark.parametrize("case", sorted(each.name for each in CASES.iterdir() if (each / "codex").exists()))
def test_a_tricky_rollout_tells_its_tokens(case: str) -> None:
    expected = json.loads((CASES / case / "expected.json").read_text())["totals"]
    roots = CODEX.roots({}, [CASES / case / "codex"])
    parsed = [CODEX.read(found.path, 0, None, PRICES) for root in roots for found in CODEX.discover(root)]
    states = {each.thread: each.state for each in parsed}
    new = [
        sampling
        for each in parsed
        for sampling in candidates(each)[replayed(each.state, states.get(parent_of(each.state))) :]
    ]
    sums = {
        "input": sum(each.i for each in new),
        "output": sum(each.o for each in new),
        "cache_creation": sum(each.c5 for each in new),
        "cache_read": sum(each.cr for each in new),
    }
    assert sums == {key: expected[key] for key in sums}
