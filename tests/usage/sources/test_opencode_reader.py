"""OpenCode's database and its older files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from telling import PRICES, SONNET, candidates, contexts, models, read, reasons, write

from workbench.usage.sources.opencode import OpenCode

OPENCODE = OpenCode()
SCHEMA = "create table message(id text primary key, session_id text, time_created integer, time_updated integer, data)"


def message(output: int = 10, **fields: Any) -> dict[str, Any]:
    """What the database holds of an assistant's message."""
    tokens = {"input": 3, "output": output, "reasoning": 2, "cache": {"read": 5, "write": 7}}
    return {
        "role": "assistant",
        "modelID": SONNET,
        "providerID": "anthropic",
        "agent": "build",
        "cost": 0.25,
        "finish": "stop",
        "path": {"cwd": "/home/u/proj", "root": "/"},
        "time": {"created": 1_768_471_200_000, "completed": 1_768_471_201_000},
        "tokens": tokens,
        **fields,
    }


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[apsw.Connection]:
    """OpenCode's own connection, in write-ahead mode like OpenCode's."""
    connection = apsw.Connection(str(tmp_path / "opencode.db"))
    connection.pragma("journal_mode", "wal")
    connection.execute(SCHEMA)
    yield connection
    connection.close()


def put(owner: apsw.Connection, mid: str, data: object, updated: Any = 1, session: Any = "ses_1") -> None:
    text = data if isinstance(data, str | bytes) else json.dumps(data)
    owner.execute("insert or replace into message values (?, ?, 1, ?, ?)", (mid, session, updated, text))


def test_a_message_of_the_assistant_is_a_sampling_with_the_cost_that_opencode_reckoned(
    owner: apsw.Connection, tmp_path: Path
) -> None:
    put(owner, "msg_a", message())
    put(owner, "msg_b", {"role": "user", "time": {"created": 1}})
    put(owner, "msg_c", message(tokens=None))
    parsed = read(OPENCODE, tmp_path / "opencode.db")
    ((found,), (where,)) = candidates(parsed), contexts(parsed)
    assert (found.i, found.o, found.c5, found.c1, found.cr, found.reason) == (3, 12, 7, 0, 5, 2)
    assert (found.mid, found.ts, found.reported, found.kind) == ("msg_a", 1_768_471_201_000, 250_000_000_000, "message")
    assert (where.provider, where.session, where.project, where.agent, where.stop) == (
        *("anthropic", "ses_1", "/home/u/proj"),
        *("build", "stop"),
    )
    assert (models(parsed), parsed.skips, parsed.lines) == ([SONNET], [], 1)


def test_a_cost_of_nothing_for_tokens_is_none_that_was_told(owner: apsw.Connection, tmp_path: Path) -> None:
    put(owner, "msg_a", message(cost=0))
    assert candidates(read(OPENCODE, tmp_path / "opencode.db"))[0].reported is None


@pytest.mark.parametrize(("total", "output"), [(None, 12), (27, 12), (25, 10)])
def test_the_total_shows_whether_output_held_the_reasoning(
    owner: apsw.Connection, tmp_path: Path, total: int | None, output: int
) -> None:
    put(owner, "msg_a", message(tokens={**message()["tokens"], "total": total}))
    (found,) = candidates(read(OPENCODE, tmp_path / "opencode.db"))
    assert (found.o, found.reason) == (output, 2)


def test_only_what_has_changed_is_told_again(owner: apsw.Connection, tmp_path: Path) -> None:
    path = tmp_path / "opencode.db"
    put(owner, "msg_a", message(), 100)
    put(owner, "msg_b", message(1), 200)
    first = read(OPENCODE, path)
    assert read(OPENCODE, path, first.offset, first.state)[1:4] == (first.state, None, [])
    put(owner, "msg_b", message(9), 200)
    put(owner, "msg_c", message(), 200)
    put(owner, "msg_d", message(), 300)
    second = read(OPENCODE, path, first.offset, first.state)
    assert [(each.mid, each.top) for each in candidates(second)] == [("msg_b", 11), ("msg_c", 12), ("msg_d", 12)]
    assert read(OPENCODE, path, second.offset, second.state).rows == []
    assert len(read(OPENCODE, path, 0, second.state).rows) == 4, "a database that was replaced is read anew"


def test_a_message_in_the_log_alone_is_read_and_shows_in_the_listing(owner: apsw.Connection, tmp_path: Path) -> None:
    owner.wal_autocheckpoint(0)
    before = list(OPENCODE.discover(tmp_path))
    put(owner, "msg_a", message())
    assert list(OPENCODE.discover(tmp_path)) != before
    assert len(read(OPENCODE, tmp_path / "opencode.db").rows) == 1


def test_the_owner_writes_while_we_read_and_is_not_kept_waiting(owner: apsw.Connection, tmp_path: Path) -> None:
    put(owner, "msg_a", message())
    owner.execute("begin immediate")
    put(owner, "msg_b", message(), 2)
    assert [each.mid for each in candidates(read(OPENCODE, tmp_path / "opencode.db"))] == ["msg_a"]
    owner.execute("commit")
    assert len(read(OPENCODE, tmp_path / "opencode.db").rows) == 2


def test_nothing_is_written_beside_a_database_that_is_not_in_use(owner: apsw.Connection, tmp_path: Path) -> None:
    put(owner, "msg_a", message())
    owner.pragma("journal_mode", "delete")
    before = (tmp_path / "opencode.db").read_bytes()
    assert len(read(OPENCODE, tmp_path / "opencode.db").rows) == 1
    assert (tmp_path / "opencode.db").read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["opencode.db"]


def test_reading_a_database_at_rest_does_not_make_it_look_changed(owner: apsw.Connection, tmp_path: Path) -> None:
    put(owner, "msg_a", message())
    owner.close()
    before = list(OPENCODE.discover(tmp_path))
    assert len(read(OPENCODE, tmp_path / "opencode.db").rows) == 1
    assert list(OPENCODE.discover(tmp_path)) == before


def test_a_database_locked_for_good_is_the_callers_matter(owner: apsw.Connection, tmp_path: Path) -> None:
    owner.pragma("journal_mode", "delete")
    owner.execute("begin exclusive")
    with pytest.raises(OSError, match="busy"):
        read(OPENCODE, tmp_path / "opencode.db")
    owner.execute("rollback")


def test_a_database_that_has_gone_is_the_callers_matter(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="unable to open"):
        read(OPENCODE, tmp_path / "opencode.db")


@pytest.mark.parametrize("schema", [None, "create table message(id)", "create table other(id)"])
def test_a_file_that_is_no_database_of_opencode_is_a_skip(tmp_path: Path, schema: str | None) -> None:
    path = tmp_path / "opencode.db"
    if schema is None:
        path.write_bytes(b"not a database" * 100)
    else:
        connection = apsw.Connection(str(path))
        connection.execute(schema)
        connection.close()
    assert reasons(read(OPENCODE, path)) == ["is no database of OpenCode that this release can read"]


def test_bad_messages_are_skips_each_under_its_number_in_the_table(owner: apsw.Connection, tmp_path: Path) -> None:
    bad = [
        "{",
        "[]",
        message(tokens={"input": "3"}),
        message(tokens={"input": 2**40 + 1}),
        message(time=None),
        '{"role":"assistant","x":' + "[" * 100_000,
    ]
    for number, each in enumerate(bad):
        put(owner, f"msg_{number}", each, number)
    put(owner, "msg_6", 5, 6)  # type: ignore[arg-type]
    put(owner, "msg_7", message(), "soon")
    put(owner, "msg_8", message(cost="free", agent=5, cwd="x"), 8)
    parsed = read(OPENCODE, tmp_path / "opencode.db")
    assert [(each.mid, each.reported) for each in candidates(parsed)] == [("msg_8", None)]
    assert sorted(parsed.skips) == [
        (1, "not valid JSON"),
        (2, "is no message"),
        (3, "tokens.input: expected int, got str"),
        (4, "tokens.input: expected int <= 1099511627776"),
        (5, "has no time of creation"),
        (6, "nested too deep"),
        (7, "is no message"),
        (8, "is no message"),
    ]
    assert parsed.rows[0][17] == 9


def test_bytes_and_bad_characters_in_the_database_lose_nothing(owner: apsw.Connection, tmp_path: Path) -> None:
    put(owner, "msg_a", json.dumps(message(agent="caf\u00e9"), ensure_ascii=False).encode("latin-1"), 1)
    (where,) = contexts(read(OPENCODE, tmp_path / "opencode.db"))
    assert where.agent == "caf\ufffd"


# --- older files


def old(tmp_path: Path, mid: str, **fields: Any) -> Path:
    told = message(id=mid, sessionID="ses_1", **fields)
    return write(tmp_path / "storage/message/ses_1" / f"{mid}.json", data=json.dumps(told).encode())


def test_an_older_file_is_one_message_with_the_id_that_it_has_in_the_database(tmp_path: Path) -> None:
    path = old(tmp_path, "msg_a", mode="plan", agent=None)
    parsed = read(OPENCODE, path, 0)
    ((found,), (where,)) = candidates(parsed), contexts(parsed)
    assert (found.mid, found.o, where.session, where.agent) == ("msg_a", 12, "ses_1", "plan")
    assert (parsed.offset, parsed.state) == (0, None)


def test_an_older_file_is_named_by_where_it_lies(tmp_path: Path) -> None:
    path = write(tmp_path / "storage/message/ses_9/msg_x.json", data=json.dumps(message()).encode())
    parsed = read(OPENCODE, path)
    assert (candidates(parsed)[0].mid, contexts(parsed)[0].session) == ("msg_x", "ses_9")


@pytest.mark.parametrize(("data", "why"), [(b"", "not valid JSON"), (b"{", "not valid JSON"), (b"5", "is no message")])
def test_a_broken_older_file_is_a_skip(tmp_path: Path, data: bytes, why: str) -> None:
    assert reasons(read(OPENCODE, write(tmp_path / "m.json", data=data))) == [why]


def test_a_file_too_large_for_a_message_is_a_skip(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    with path.open("wb") as file:
        file.truncate(65 << 20)
    assert reasons(read(OPENCODE, path)) == ["longer than 64 MiB"]


def test_database_and_older_files_are_found_below_the_data_folder(tmp_path: Path) -> None:
    root = tmp_path / ".local/share/opencode"
    write(root / "opencode.db")
    old(root, "msg_a")
    write(root / "storage/part/p.json")
    (found,) = OPENCODE.roots({"HOME": str(tmp_path)})
    assert found == root
    assert [Path(each.path).name for each in OPENCODE.discover(root)] == ["opencode.db", "msg_a.json"]
    assert OPENCODE.roots({"HOME": str(tmp_path), "OPENCODE_DATA_DIR": str(tmp_path)}) == [tmp_path]
    assert OPENCODE.roots({"XDG_DATA_HOME": str(tmp_path / ".local/share")}) == [root]
    assert OPENCODE.roots({}, [tmp_path]) == [tmp_path]
    assert list(OPENCODE.discover(tmp_path / "no")) == []


def test_a_model_sold_by_nobody_we_know_has_no_price(tmp_path: Path) -> None:
    path = old(tmp_path, "msg_a", providerID="lmstudio", modelID="qwen")
    parsed = OPENCODE.read(str(path), 0, None, PRICES)
    assert parsed.rates[0][:5] == ("lmstudio", "qwen", 0, "unknown", None)
