"""Claude Code's transcripts: every rule of what a row counts for."""

from __future__ import annotations

import json
import marshal
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telling import CASES, PRICES, SONNET, candidates, contexts, lines, models, read, reasons, row, settled, write

from workbench.usage.sources import SOURCES
from workbench.usage.sources.claude import MANY, Claude

CLAUDE = Claude()


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    return tmp_path / "projects" / "-home-u-proj" / "s1.jsonl"


def only(path: Path) -> Any:
    (found,) = candidates(read(CLAUDE, path))
    return found


# --- which row speaks for a response


def test_the_row_with_the_largest_output_speaks_for_a_response_with_all_of_its_counts(transcript: Path) -> None:
    fallback = row(output=20, model="claude-opus-4-5-20251101", usage={"cache_read_input_tokens": 7})
    write(transcript, row(output=1, usage={"cache_read_input_tokens": 9000}), fallback, row(output=5))
    parsed = read(CLAUDE, transcript)
    assert [(each.o, each.cr, each.top) for each in candidates(parsed)] == [(20, 7, 20)]
    assert models(parsed) == ["claude-opus-4-5-20251101"]
    assert parsed.lines == 3


def test_of_two_equal_outputs_the_later_row_speaks_wherever_it_stands(transcript: Path) -> None:
    early, late = row(at="2026-01-15T10:00:01Z"), row(at="2026-01-15T10:00:02Z", usage={"input_tokens": 9})
    for rows in ((early, late), (late, early)):
        write(transcript, *rows)
        assert only(transcript).i == 9


def test_of_two_equal_rows_at_one_time_the_last_speaks(transcript: Path) -> None:
    write(transcript, row(usage={"input_tokens": 1}), row(usage={"input_tokens": 2}))
    assert only(transcript).i == 2


def test_a_response_began_with_its_first_row_and_counts_at_the_time_of_the_one_that_speaks(transcript: Path) -> None:
    write(transcript, row(output=1, at="2026-01-15T23:59:59Z"), row(output=9, at="2026-01-16T00:00:01+00:00"))
    found = only(transcript)
    assert (found.ts - found.ts0, found.ts % 86_400_000) == (2000, 1000)


def test_requests_and_sides_are_told_apart_for_the_store_to_settle(transcript: Path) -> None:
    write(transcript, row(rid="req_1"), row(rid="req_2"), row(rid=None), row(rid="req_1", isSidechain=True))
    found = candidates(read(CLAUDE, transcript))
    assert [(each.rid, each.side) for each in found] == [("req_1", 0), ("req_2", 0), (None, 0), ("req_1", 1)]


def test_without_a_message_id_the_request_names_a_response_and_without_that_the_row(transcript: Path) -> None:
    write(transcript, row(None), row(None, rid=None, uuid="u-9"), row(None, rid=None, uuid=""))
    parsed = read(CLAUDE, transcript)
    assert [each.mid for each in candidates(parsed)] == ["req_1", "u-9"]
    assert reasons(parsed) == ["has neither a message, a request nor a row id"]


# --- what does not count


def test_texts_of_the_client_sums_of_tools_and_other_rows_are_not_counted(transcript: Path) -> None:
    write(
        transcript,
        row(model="<synthetic>"),
        row() | {"type": "user", "toolUseResult": {"usage": {"input_tokens": 5}}},
        {"type": "user", "message": "text", "toolUseResult": {"usage": "none"}},
        {"type": "assistant", "message": {"content": [{"usage": {"input_tokens": 5}}]}},
        {"type": "progress", "data": {"type": "bash_progress", "usage": 3}},
        {"type": "assistant", "message": None, "usage": {}},
    )
    parsed = read(CLAUDE, transcript)
    assert (parsed.rows, parsed.skips, parsed.lines) == ([], [], 0)


def test_a_row_of_zeros_is_a_response(transcript: Path) -> None:
    write(transcript, row(output=0, usage={"input_tokens": 0, "cache_read_input_tokens": None}))
    assert only(transcript)[9:16] == (0, 0, 0, 0, 0, 0, 0)


def test_a_subagents_row_in_a_progress_row_counts_as_its_own_transcript_would_tell_it(transcript: Path) -> None:
    inner = row("msg_agent", 40) | {"message": row("msg_agent", 40)["message"]}
    del inner["sessionId"]
    outer = {
        "type": "progress",
        "sessionId": "s1",
        "cwd": "/p",
        "timestamp": "2026-01-15T10:00:09Z",
        "data": {"type": "agent_progress", "agentId": "a7", "message": inner, "normalizedMessages": [inner]},
    }
    write(transcript, outer)
    parsed = read(CLAUDE, transcript)
    (found,), (where,) = candidates(parsed), contexts(parsed)
    assert (found.mid, found.rid, found.side, found.o) == ("msg_agent", "req_1", 1, 40)
    assert (where.session, where.cwd, where.agent_id, where.sidechain) == ("s1", "/p", "a7", 1)


def test_a_progress_row_with_a_bad_count_is_a_skip(transcript: Path) -> None:
    inner = row(usage={"input_tokens": "5"})
    write(transcript, {"type": "progress", "data": {"type": "agent_progress", "message": inner}})
    assert reasons(read(CLAUDE, transcript)) == ["data.message.message.usage.input_tokens: expected int, got str"]


# --- counts


@pytest.mark.parametrize(
    ("usage", "written"),
    [
        ({"cache_creation_input_tokens": 100}, (100, 0)),
        ({"cache_creation_input_tokens": 100, "cache_creation": None}, (100, 0)),
        ({"cache_creation_input_tokens": 100, "cache_creation": {"ephemeral_1h_input_tokens": 90}}, (10, 90)),
        ({"cache_creation_input_tokens": 5000, "cache_creation": {"ephemeral_5m_input_tokens": 0}}, (5000, 0)),
        ({"cache_creation_input_tokens": 50, "cache_creation": {"ephemeral_1h_input_tokens": 90}}, (0, 50)),
        (
            {"cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2}},
            (1, 2),
        ),
    ],
)
def test_the_flat_total_of_the_written_cache_is_right_where_the_split_disagrees(
    transcript: Path, usage: dict[str, Any], written: tuple[int, int]
) -> None:
    write(transcript, row(usage=usage))
    found = only(transcript)
    assert (found.c5, found.c1) == written


def test_searches_and_thoughts_are_told_with_their_response(transcript: Path) -> None:
    tools = {"web_search_requests": 3, "web_fetch_requests": 9}
    write(transcript, row(usage={"server_tool_use": tools, "output_tokens_details": {"thinking_tokens": 4}}))
    found = only(transcript)
    assert (found.o, found.reason, found.web) == (10, 4, 3)


def test_iterations_that_sum_to_the_response_are_told_apart_and_extras_come_on_top(transcript: Path) -> None:
    parts = [
        {"type": "message", "input_tokens": 1, "output_tokens": 4, "cache_creation_input_tokens": 30},
        {"type": "advisor_message", "model": "claude-opus-4-5-20251101", "input_tokens": 50, "output_tokens": 60},
        {"type": "compaction", "input_tokens": 70, "output_tokens": 80},
        {"type": "message", "input_tokens": 2, "output_tokens": 6, "cache_creation_input_tokens": 20},
    ]
    usage = {
        "cache_creation_input_tokens": 50,
        "cache_creation": {"ephemeral_1h_input_tokens": 40, "ephemeral_5m_input_tokens": 10},
        "iterations": parts,
        "server_tool_use": {"web_search_requests": 1},
    }
    write(transcript, row(usage=usage, costUSD=0.5))
    parsed = read(CLAUDE, transcript)
    found = candidates(parsed)
    assert [(c.it, c.kind, c.i, c.o, c.c5, c.c1) for c in found] == [
        (0, "message", 1, 4, 0, 30),
        (1, "advisor_message", 50, 60, 0, 0),
        (2, "compaction", 70, 80, 0, 0),
        (3, "message", 2, 6, 10, 10),
    ]
    assert models(parsed) == [SONNET, "claude-opus-4-5-20251101", SONNET, SONNET]
    assert [(c.top, c.web, c.reported) for c in found] == [(10, 1, 500_000_000_000), (10, 0, 0), (10, 0, 0), (10, 0, 0)]


def test_iterations_with_splits_of_their_own_keep_them(transcript: Path) -> None:
    parts = [
        {"type": "message", "output_tokens": 4, "cache_creation_input_tokens": 30},
        {
            "type": "message",
            "input_tokens": 3,
            "output_tokens": 6,
            "cache_creation_input_tokens": 20,
            "cache_creation": {"ephemeral_1h_input_tokens": 20},
        },
    ]
    split = {"ephemeral_1h_input_tokens": 20, "ephemeral_5m_input_tokens": 30}
    write(transcript, row(usage={"cache_creation_input_tokens": 50, "cache_creation": split, "iterations": parts}))
    assert [(c.c5, c.c1) for c in candidates(read(CLAUDE, transcript))] == [(30, 0), (0, 20)]


@pytest.mark.parametrize(
    "parts",
    [
        [{"type": "message", "output_tokens": 4}, {"type": "message", "output_tokens": 5}],
        [{"type": "message", "output_tokens": 999}],
        [],
        None,
    ],
)
def test_iterations_that_do_not_sum_to_the_response_do_not_replace_it(transcript: Path, parts: Any) -> None:
    write(transcript, row(usage={"iterations": parts}))
    found = only(transcript)
    assert (found.i, found.o, found.kind) == (3, 10, "message")


def test_each_iteration_has_a_prompt_of_its_own_for_the_long_context_price(transcript: Path) -> None:
    parts = [{"type": "message", "cache_read_input_tokens": 150_000, "output_tokens": 5}] * 2
    whole = {"input_tokens": 0, "cache_read_input_tokens": 300_000}
    write(transcript, row(usage={**whole, "iterations": parts}), row("msg_02", usage=whole))
    parsed = read(CLAUDE, transcript)
    assert [parsed.rates[each.rate][3] for each in candidates(parsed)] == ["", "", "long"]


def test_speed_tier_and_geography_move_the_rate_and_the_day_too(transcript: Path) -> None:
    write(
        transcript,
        row("msg_1", model="claude-opus-4-6", usage={"speed": "fast"}),
        row("msg_2", model="claude-opus-4-6", usage={"inference_geo": "us", "service_tier": "standard"}),
        row("msg_3", model="claude-opus-4-6", usage={"speed": None, "inference_geo": "not_available"}),
    )
    parsed = read(CLAUDE, transcript)
    assert [parsed.rates[each.rate][3] for each in candidates(parsed)] == ["fast", "us", ""]


def test_what_an_old_release_reckoned_itself_is_kept_beside(transcript: Path) -> None:
    write(
        transcript,
        row("msg_1", costUSD=0.815),
        row("msg_2", costUSD=-1),
        row("msg_3", costUSD=1e9),
        row("msg_4", costUSD="free"),
        row("msg_5", costUSD=True),
    )
    assert [each.reported for each in candidates(read(CLAUDE, transcript))] == [815_000_000_000, *[None] * 4]


def test_a_cost_of_nothing_for_tokens_is_none_that_was_told(transcript: Path) -> None:
    write(transcript, row(costUSD=0))
    assert candidates(read(CLAUDE, transcript))[0].reported is None


def test_a_row_without_a_model_counts_and_has_no_price(transcript: Path) -> None:
    write(transcript, row(model=None))
    parsed = read(CLAUDE, transcript)
    assert models(parsed) == ["unknown"]
    assert parsed.rates[0][3:] == ("unknown", None, None, None, None, None, None)


def test_the_long_window_in_a_models_name_does_not_make_another_model(transcript: Path) -> None:
    write(transcript, row(model=SONNET + "[1m]"))
    assert models(read(CLAUDE, transcript)) == [SONNET]


# --- where it was made


def test_the_free_dimensions_of_a_row_are_kept(transcript: Path) -> None:
    write(
        transcript,
        row(
            cwd="/home/u/proj",
            gitBranch="main",
            agentId="7",
            attributionAgent="Explore",
            attributionSkill="pdf-tools:fill",
            attributionPlugin="pdf-tools",
            attributionMcpServer="github",
            attributionMcpTool="search",
            effort="high",
            isSidechain=True,
            usage={"speed": "fast", "service_tier": "priority", "inference_geo": "us"},
            message={"stop_reason": "end_turn"},
        ),
    )
    (where,) = contexts(read(CLAUDE, transcript))
    assert tuple(where) == (
        *("anthropic", "s1", "-home-u-proj", "/home/u/proj", "main", "7", "pdf-tools:fill", "pdf-tools", "Explore"),
        *("github", "search", "high", "fast", "priority", "us", 1, "end_turn"),
    )


@pytest.mark.parametrize(
    ("below", "place"),
    [
        ("projects/-p/s9.jsonl", ("-p", "s9", None, None)),
        ("projects/-p/s9/subagents/agent-a1.jsonl", ("-p", "s9", "a1", "Explore")),
        ("projects/-p/s9/subagents/workflows/w1/agent-a1.jsonl", ("-p", "s9", "a1", "Explore")),
        ("projects/-p/s9/chat.jsonl", ("-p", "s9", None, None)),
        ("elsewhere/-p/s9.jsonl", ("-p", "s9", None, None)),
        ("elsewhere/-p/s9/subagents/agent-a1.jsonl", ("-p", "s9", "a1", "Explore")),
    ],
)
def test_project_session_and_agent_are_told_by_where_a_file_lies(
    tmp_path: Path, below: str, place: tuple[str | None, ...]
) -> None:
    told = row()
    del told["sessionId"]
    path = write(tmp_path / below, told)
    path.with_name(path.stem + ".meta.json").write_text('{"agentType": "Explore"}')
    (where,) = contexts(read(CLAUDE, path))
    assert (where.project, where.session, where.agent_id, where.agent) == place


@pytest.mark.parametrize("note", ["", "[]", '{"agentType": 5}', "\x00"])
def test_a_note_beside_a_subagent_that_says_nothing_is_no_matter(tmp_path: Path, note: str) -> None:
    path = write(tmp_path / "projects/-p/s/subagents/agent-a1.jsonl", row())
    path.with_name("agent-a1.meta.json").write_text(note)
    assert contexts(read(CLAUDE, path))[0].agent is None


def test_a_note_that_is_a_pipe_or_has_no_end_is_not_waited_for(tmp_path: Path) -> None:
    path = write(tmp_path / "projects/-p/s/subagents/agent-a1.jsonl", row())
    note = path.with_name("agent-a1.meta.json")
    os.mkfifo(note)
    assert contexts(read(CLAUDE, path))[0].agent is None
    note.unlink()
    note.symlink_to("/dev/zero")
    assert contexts(read(CLAUDE, path))[0].agent is None


def test_contexts_and_rates_are_told_once_and_everything_passes_between_processes(transcript: Path) -> None:
    write(transcript, *(row(f"msg_{n}", n) for n in range(50)))
    parsed = read(CLAUDE, transcript)
    assert (len(parsed.rows), len(parsed.contexts), len(parsed.rates)) == (50, 1, 1)
    assert marshal.loads(marshal.dumps(tuple(parsed))) == tuple(parsed)


# --- tolerance


def test_nulls_spaces_line_ends_and_a_byte_order_mark_lose_nothing(transcript: Path) -> None:
    told = row(requestId=None, message={"content": [{"input": {"id": None, "model": None}}]})
    spaced = json.dumps(row("msg_02"), indent=None, separators=(" , ", " : "))
    data = b"\xef\xbb\xbf" + lines([told], "\r\n") + spaced.encode() + b"  \r\n\r\n   \n" + lines([row("msg_03")])
    write(transcript, data=data)
    parsed = read(CLAUDE, transcript)
    assert [each.mid for each in candidates(parsed)] == ["msg_01", "msg_02", "msg_03"]
    assert parsed.skips == []
    assert parsed.offset == len(data)


def test_bad_bytes_lone_surrogates_and_nul_lose_nothing(transcript: Path) -> None:
    text = lines([row(cwd="/caf\u00e9", message={"content": "x"})]).replace(b"\\u00e9", b"\xe9")
    write(transcript, data=text + lines([row("msg_02", cwd="\ud800"), row("msg_03", cwd="a\x00b")]))
    parsed = read(CLAUDE, transcript)
    assert [each.cwd for each in contexts(parsed)] == ["/caf\ufffd", "?", "a\x00b"]
    marshal.dumps(tuple(parsed))


@pytest.mark.parametrize("label", ["cwd", "gitBranch", "agentId", "attributionSkill", "effort", "requestId"])
@pytest.mark.parametrize("value", [5, ["x"], {"a": 1}, True, 1e400])
def test_a_label_that_is_no_text_is_left_out_and_the_tokens_count(transcript: Path, label: str, value: object) -> None:
    write(transcript, row(**{label: value}))
    assert only(transcript).o == 10


@pytest.mark.parametrize("value", ["12", -4, 12.5, True, [], {}, 2**40 + 1, 10**30, 1e400, float("nan")])
def test_a_count_that_is_none_loses_its_row_with_a_reason(transcript: Path, value: object) -> None:
    write(transcript, row("msg_bad", usage={"input_tokens": value}), row("msg_02"))
    parsed = read(CLAUDE, transcript)
    assert [each.mid for each in candidates(parsed)] == ["msg_02"]
    ((offset, why),) = parsed.skips
    assert offset == 0
    assert why.startswith("message.usage.input_tokens: ")
    assert parsed.lines == 2


def test_the_largest_count_that_is_one_counts(transcript: Path) -> None:
    write(transcript, row(usage={"input_tokens": 2**40}))
    assert only(transcript).i == 2**40


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{not json "usage":{', "not valid JSON"),
        (b'"usage":{"input_tokens":5}', "not valid JSON"),
        (lines([row(at=None)]).strip(), "has no timestamp"),
        (lines([row(at="yesterday")]).strip(), "timestamp: invalid RFC3339 encoded datetime"),
        (lines([row(isSidechain="yes")]).strip(), "isSidechain: expected bool, got str"),
        (lines([row(message={"usage": [1]})]).strip(), "message.usage: expected object, got array"),
        (b'{"type":"assistant","x":' + b"[" * 100_000 + b'"usage"' + b"]" * 100_000 + b"}", "nested too deep"),
        (lines([row()]).strip().replace(b'"output_tokens": 10', b'"output_tokens": 1e400'), "message.usage.output_tok"),
        (lines([row()]).strip().replace(b": 10", b": 1" + b"0" * 5000), "not valid JSON"),
    ],
)
def test_a_line_that_should_count_and_cannot_is_a_skip_with_its_place_and_reason(
    transcript: Path, line: bytes, why: str
) -> None:
    first = lines([row()])
    write(transcript, data=first + line + b"\n" + lines([row("msg_02")]))
    parsed = read(CLAUDE, transcript)
    assert [each.mid for each in candidates(parsed)] == ["msg_01", "msg_02"]
    ((offset, told),) = parsed.skips
    assert offset == len(first)
    assert told.startswith(why)


def test_a_time_without_a_zone_is_utc(transcript: Path) -> None:
    write(transcript, row(at="2026-01-15T10:00:00"))
    naive = only(transcript).ts
    write(transcript, row(at="2026-01-15T15:45:00+05:45"))
    assert only(transcript).ts == naive


def test_hostile_names_are_text(transcript: Path) -> None:
    write(transcript, row(model="'; drop table sampling; --", sessionId="../../etc"))
    parsed = read(CLAUDE, transcript)
    assert models(parsed) == ["'; drop table sampling; --"]


# --- pieces


def test_a_line_cut_in_the_middle_is_read_when_it_is_whole(transcript: Path) -> None:
    whole = lines([row(), row("msg_02")])
    write(transcript, data=whole[:-30])
    first = read(CLAUDE, transcript)
    assert first.offset == len(lines([row()]))
    assert first.skips == []
    write(transcript, data=whole)
    assert [each.mid for each in candidates(read(CLAUDE, transcript, first.offset))] == ["msg_02"]


def test_a_last_line_that_only_lacks_its_newline_counts_and_is_not_read_again(transcript: Path) -> None:
    whole = lines([row(), row("msg_02")])
    write(transcript, data=whole[:-1])
    first = read(CLAUDE, transcript)
    assert len(first.rows) == 2
    write(transcript, data=whole + lines([row("msg_03")]))
    assert [each.mid for each in candidates(read(CLAUDE, transcript, first.offset))] == ["msg_03"]


def test_cut_at_every_byte_and_completed_a_transcript_tells_the_same(transcript: Path) -> None:
    rows = [row(output=1, at="2026-01-15T10:00:01Z"), row(output=9), row("msg_\u00e9"), row("msg_03", isSidechain=True)]
    data = b"\xef\xbb\xbf" + lines(rows[:2], "\r\n") + b'oops "usage"\n' + lines(rows[2:]).replace(b"\\u00e9", b"\xe9")
    write(transcript, data=data)
    whole = read(CLAUDE, transcript)
    expected = settled([whole])
    assert len(expected) == 3
    for cut in range(len(data) + 1):
        write(transcript, data=data[:cut])
        first = read(CLAUDE, transcript)
        write(transcript, data=data)
        second = read(CLAUDE, transcript, first.offset)
        assert settled([first, second]) == expected, cut
        assert first.skips + second.skips == whole.skips, cut
        assert first.lines + second.lines == whole.lines, cut
        assert second.offset == len(data)


def test_a_response_that_goes_on_behind_very_many_others_is_told_twice_for_the_store_to_settle(
    transcript: Path,
) -> None:
    write(transcript, row(output=1), *(row(f"msg_{n}", n) for n in range(2 * MANY)), row(output=9))
    parsed = read(CLAUDE, transcript)
    assert len(parsed.rows) == 2 * MANY + 2
    assert settled([parsed])["msg_01", "req_1", 0, 0][4] == 9


TOLD = st.builds(
    row,
    mid=st.sampled_from(["msg_01", "msg_02", None]),
    output=st.integers(0, 5),
    rid=st.sampled_from(["req_1", None]),
    at=st.sampled_from(["2026-01-15T10:00:01Z", "2026-01-15T12:00:01+02:00", "2026-01-15T10:00:03.5Z"]),
    isSidechain=st.booleans(),
    gitBranch=st.sampled_from(["main", None]),
)


@given(told=st.lists(TOLD, max_size=8), ends=st.sampled_from(["\n", "\r\n", "\n\n", " \n"]), cut=st.floats(0, 1))
def test_line_ends_and_pieces_change_nothing(transcript: Path, told: list[object], ends: str, cut: float) -> None:
    write(transcript, data=lines(told))
    at = {each.off: n for n, each in enumerate(sorted(candidates(read(CLAUDE, transcript)), key=lambda c: c.off))}
    plain = {key: value[:17] for key, value in settled([read(CLAUDE, transcript)]).items()}
    data = lines(told, ends)
    write(transcript, data=data[: int(len(data) * cut)])
    first = read(CLAUDE, transcript)
    write(transcript, data=data)
    pieces = settled([first, read(CLAUDE, transcript, first.offset)])
    assert {key: value[:17] for key, value in pieces.items()} == plain
    assert len({value[17] for value in pieces.values()}) == len(at)


SPOKEN = [row(output=output, at=f"2026-01-15T10:00:0{second}Z") for output, second in ((1, 1), (3, 5), (3, 4), (2, 9))]


@given(told=st.permutations(SPOKEN))
def test_the_order_of_rows_does_not_change_who_speaks(transcript: Path, told: list[object]) -> None:
    write(transcript, *told)
    found = only(transcript)
    assert (found.o, found.ts % 60_000, found.ts0 % 60_000) == (3, 5000, 1000)


# --- folders


def test_both_default_folders_are_read_where_they_are(tmp_path: Path) -> None:
    for below in (".claude", ".config/claude"):
        (tmp_path / below / "projects").mkdir(parents=True)
    home = {"HOME": str(tmp_path)}
    assert CLAUDE.roots(home) == [tmp_path / ".config/claude/projects", tmp_path / ".claude/projects"]
    assert CLAUDE.roots(home | {"XDG_CONFIG_HOME": str(tmp_path / "no")}) == [tmp_path / ".claude/projects"]
    assert CLAUDE.roots({"HOME": str(tmp_path / "nobody")}) == []


def test_the_environment_names_a_list_and_may_name_the_transcripts_themselves(tmp_path: Path) -> None:
    for below in ("a/projects", "b/projects", "c"):
        (tmp_path / below).mkdir(parents=True)
    named = f"{tmp_path}/a, {tmp_path}/b/projects,, {tmp_path}/gone ,{tmp_path}/a"
    assert CLAUDE.roots({"CLAUDE_CONFIG_DIR": named}) == [tmp_path / "a/projects", tmp_path / "b/projects"]
    assert CLAUDE.roots({"CLAUDE_CONFIG_DIR": named}, [tmp_path / "c"]) == [tmp_path / "c"]


def test_transcripts_are_found_in_every_layout_and_nothing_else(tmp_path: Path) -> None:
    root = tmp_path / "projects"
    for below in ("-p/s.jsonl", "-p/s/subagents/agent-a.jsonl", "-p/s/subagents/w/agent-b.jsonl", "-p/s/old.jsonl"):
        write(root / below, row())
    write(root / "-p/s/notes.txt")
    (root / "-p/x.jsonl").mkdir()
    os.mkfifo(root / "-p/pipe.jsonl")
    found = list(CLAUDE.discover(root))
    assert sorted(Path(each.path).name for each in found) == ["agent-a.jsonl", "agent-b.jsonl", "old.jsonl", "s.jsonl"]
    assert all(not each.why and each.size and each.ino and each.mtime_ns for each in found)


# --- the cases


@pytest.mark.parametrize("case", sorted(each.name for each in CASES.iterdir() if (each / "claude").exists()))
def test_a_tricky_transcript_tells_its_tokens(case: str) -> None:
    """The sums of the winners of each message, sidechains behind their parents: the store's rule at its simplest."""
    expected = json.loads((CASES / case / "expected.json").read_text())["totals"]
    told: dict[str, list[Any]] = {}
    for root in CLAUDE.roots({}, [CASES / case / "claude"]):
        for found in CLAUDE.discover(root):
            for each in candidates(CLAUDE.read(found.path, 0, None, PRICES)):
                told.setdefault(each.mid, []).append((-each.side, each.top, each.ts, found.path, each.off, each))
    winners = [each[5] for group in told.values() for each in group if each[:5] == max(other[:5] for other in group)]
    sums = {
        "input": sum(each.i for each in winners),
        "output": sum(each.o for each in winners),
        "cache_creation": sum(each.c5 + each.c1 for each in winners),
        "cache_read": sum(each.cr for each in winners),
    }
    assert sums == {key: expected[key] for key in sums}


def test_every_source_is_known_by_its_name() -> None:
    assert list(SOURCES) == ["claude", "codex", "opencode", "gemini"]
