"""Gemini CLI's chats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from telling import candidates, contexts, models, read, reasons, write

from workbench.usage.sources.gemini import Gemini

GEMINI = Gemini()


def message(mid: str | None = "m1", **fields: Any) -> dict[str, Any]:
    tokens = {"input": 100, "output": 10, "cached": 60, "thoughts": 5, "tool": 0, "total": 115}
    told = {
        "type": "gemini",
        "id": mid,
        "timestamp": "2026-01-15T10:00:00.000Z",
        "model": "gemini-2.5-pro",
        "content": "ok",
        "tokens": tokens,
        **fields,
    }
    return {key: value for key, value in told.items() if value is not None}


def chat(path: Path, *messages: Any, **fields: Any) -> Path:
    told = {"sessionId": "s1", "projectHash": "abc", "messages": list(messages), **fields}
    return write(path, data=json.dumps(told).encode())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tmp" / "abc" / "chats" / "session-2026-01-15T10-00-s1.json"


def test_thoughts_come_on_top_of_the_output_and_cached_tokens_out_of_the_input(path: Path) -> None:
    chat(path, {"type": "user", "tokens": None}, message())
    parsed = read(GEMINI, path)
    ((found,), (where,)) = candidates(parsed), contexts(parsed)
    assert (found.i, found.o, found.cr, found.reason, found.c5, found.reported) == (40, 15, 60, 5, 0, None)
    assert (found.mid, found.ts) == ("m1", 1_768_471_200_000)
    assert (where.provider, where.session, where.project) == ("google", "s1", "abc")
    assert (models(parsed), parsed.lines, parsed.offset, parsed.skips) == (["gemini-2.5-pro"], 1, 0, [])


@pytest.mark.parametrize(("total", "i"), [(135, 60), (None, 60), (0, 60), (115, 40)])
def test_prompts_of_tools_are_input_unless_the_total_shows_them_in_it(path: Path, total: int | None, i: int) -> None:
    chat(path, message(tokens={**message()["tokens"], "tool": 20, "total": total}))
    assert candidates(read(GEMINI, path))[0].i == i


def test_more_cached_than_there_was_is_what_there_was(path: Path) -> None:
    chat(path, message(tokens={"input": 10, "cached": 90, "output": None}))
    found = candidates(read(GEMINI, path))[0]
    assert (found.i, found.cr, found.o) == (0, 10, 0)


def test_a_long_prompt_has_the_long_price(path: Path) -> None:
    chat(path, message(), message("m2", tokens={"input": 200_001, "cached": 200_000, "output": 1}))
    parsed = read(GEMINI, path)
    assert [parsed.rates[each.rate][3] for each in candidates(parsed)] == ["", "long"]


def test_a_message_without_an_id_is_named_by_its_chat_and_place(path: Path) -> None:
    chat(path, message(), message(None, model=None))
    parsed = read(GEMINI, path)
    assert ([each.mid for each in candidates(parsed)], models(parsed)[1]) == (["m1", "s1#1"], "unknown")


def test_bad_messages_are_skips_under_their_place(path: Path) -> None:
    chat(
        path,
        message(tokens={"input": "5"}),
        message(tokens={"output": 2**40 + 1}),
        message(timestamp="then"),
        message(timestamp=None),
        message(tokens=None),
        5,
        message("m6", timestamp="2026-01-15T10:00:00"),
        message(7),  # type: ignore[arg-type]
    )
    parsed = read(GEMINI, path)
    assert parsed.skips == [
        (0, "message 0: tokens.input: expected int, got str"),
        (1, "message 1: tokens.output: expected int <= 1099511627776"),
        (2, "message 2: timestamp: invalid RFC3339 encoded datetime"),
        (3, "message 3: has no timestamp"),
    ]
    assert [each.mid for each in candidates(parsed)] == ["m6", "s1#7"]
    assert parsed.lines == 6


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not valid JSON"),
        (b'{"messages": [', "not valid JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b"[]", "is no chat: it has no list of messages"),
        (b'{"messages": 5}', "is no chat: it has no list of messages"),
    ],
)
def test_a_chat_that_cannot_be_read_is_a_skip(path: Path, data: bytes, why: str) -> None:
    assert reasons(read(GEMINI, write(path, data=data))) == [why]


def test_a_chat_too_large_is_a_skip(path: Path) -> None:
    write(path)
    with path.open("r+b") as file:
        file.truncate(65 << 20)
    assert reasons(read(GEMINI, path)) == ["longer than 64 MiB"]


def test_a_byte_order_mark_and_bad_bytes_lose_nothing(path: Path) -> None:
    data = json.dumps({"sessionId": "caf\u00e9", "messages": [message()]}, ensure_ascii=False).encode("latin-1")
    assert contexts(read(GEMINI, write(path, data=b"\xef\xbb\xbf" + data)))[0].session == "caf\ufffd"


def test_a_chat_read_again_tells_the_same_under_the_same_ids(path: Path) -> None:
    chat(path, message())
    first = read(GEMINI, path)
    chat(path, message(), message("m2"))
    again = read(GEMINI, path, first.offset, first.state)
    assert [each.mid for each in candidates(again)] == ["m1", "m2"]
    assert again.rows[0] == first.rows[0]


def test_chats_are_found_below_the_folder_of_gemini(tmp_path: Path) -> None:
    root = tmp_path / ".gemini" / "tmp"
    chat(root / "abc/chats/session-1.json")
    write(root / "abc/logs.json")
    assert GEMINI.roots({"HOME": str(tmp_path)}) == GEMINI.roots({"GEMINI_CLI_HOME": str(tmp_path)}) == [root]
    assert GEMINI.roots({}, [tmp_path / ".gemini", root]) == [root]
    assert [Path(each.path).name for each in GEMINI.discover(root)] == ["session-1.json"]
