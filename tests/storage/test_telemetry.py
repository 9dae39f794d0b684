"""DuckDB over Parquet parts: what may be asked, and everything that may not."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from workbench.errors import InvalidRequest, Refused
from workbench.storage.telemetry import PartMissing, Telemetry, scan, write_part

FACTS = {
    "s": {
        "id": [1, 2, 3],
        "ts": [1_700_000_000_000, 1_700_000_060_000, None],
        "who": ["a", None, "it's"],
        "cost": [10**12, 1, None],
    }
}
SELECT = """select id, epoch_ms(ts) at time zone 'UTC' as ts, who::varchar as who,
    (cost::decimal(25, 0) * 0.000000000001)::decimal(18, 12) as cost from s order by id"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "it's the parts"
    made.mkdir()
    write_part(made / "a.parquet", SELECT, FACTS)
    (tmp_path / "secret.csv").write_text("word\nhunter2\n")
    return made


@pytest.fixture
def telemetry(folder: Path) -> Iterator[Telemetry]:
    opened = Telemetry(folder, timezone="Europe/Berlin")
    opened.define(
        {"facts": f"select * from {scan([folder / 'a.parquet'])}", "ids": "select id from facts"},
        {"facts": {"who": "it's who"}},
    )
    yield opened
    opened.close()


def test_a_query_gives_names_types_and_values(telemetry: Telemetry):
    result = telemetry.query("select id, who, ts, cost from facts where id >= $least order by id", {"least": 1})

    assert result.names == ["id", "who", "ts", "cost"]
    assert result.types == ["BIGINT", "VARCHAR", "TIMESTAMP WITH TIME ZONE", "DECIMAL(18,12)"]
    assert [column.tolist()[0] for column in result.values[:2]] == [1, "a"]
    assert result.values[1].tolist() == ["a", None, "it's"]


def test_exact_decimals_keep_every_place_also_beside_times(telemetry: Telemetry):
    result = telemetry.query("select ts, cost, sum(cost) over () as whole from facts order by id", exact=True)

    assert result.values[1] == [Decimal("1.000000000000"), Decimal("0.000000000001"), None]
    assert result.values[2][0] == Decimal("1.000000000001")


def test_two_columns_of_one_name_are_two_columns(telemetry: Telemetry):
    result = telemetry.query("select id as a, who as a from facts order by id limit 1")

    assert (result.names, [each.tolist() for each in result.values]) == (["a", "a"], [[1], ["a"]])


def test_a_view_may_build_on_another_and_tells_what_its_columns_mean(telemetry: Telemetry):
    assert telemetry.query("select sum(id) from ids").values[0].tolist() == [6]
    assert telemetry.query("show tables").values[0].tolist() == ["facts", "ids"]


def test_times_are_read_in_the_zone(telemetry: Telemetry):
    assert telemetry.query("select strftime(ts, '%H:%M') from facts where id = 1").values[0].tolist() == ["23:13"]


@pytest.mark.parametrize(
    "query",
    [
        "select * from facts",
        "from facts select id",
        "table facts",
        "values (1)",
        "describe facts",
        "summarize facts",
        "show tables",
        "with x as (select 1 as a) select * from x",
        "with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) select * from r",
        "select unnest([1, 2])",
        "from range(3)",
        "pivot facts on who in ('a') using sum(cost)",
        "select f.id from facts f, lateral (select f.id + 1)",
        "select * from main.facts union all from memory.main.facts",
        "from information_schema.columns",
        "select 1;",
        "-- a comment\nselect 1",
    ],
)
def test_a_query_that_reads_is_answered(telemetry: Telemetry, query: str):
    assert telemetry.query(query).names


HOSTILE = [
    "copy facts to '{out}'",
    "copy (select 1) to '{part}'",
    "with a as (copy facts to '{part}') from a",
    "with a as (insert into facts values (1) returning 1) from a",
    "with a as (delete from facts returning id) from a",
    "with a as (update facts set id = 1 returning id) from a",
    "insert into facts values (1)",
    "update facts set id = 2",
    "delete from facts",
    "merge into facts using ids on true when matched then delete",
    "create table t (a int)",
    "create or replace view facts as select 1",
    "create macro f(x) as x",
    "create temp table t as select 1",
    "drop view facts",
    "alter view facts rename to other",
    "attach '{out}'",
    "attach ':memory:' as more",
    "detach memory",
    "use memory",
    "install sqlite",
    "load sqlite",
    "pragma version",
    "pragma database_list",
    "call pragma_version()",
    "set threads = 1",
    "set lock_configuration = false",
    "reset memory_limit",
    "set variable a = 1",
    "begin",
    "checkpoint",
    "vacuum",
    "export database '{out}'",
    "import database '{out}'",
    "prepare q as select 1",
    "explain analyze select 1",
    "select * from read_csv('{secret}')",
    "select * from read_csv_auto('{secret}')",
    "from read_text('{secret}')",
    "from read_blob('{secret}')",
    "from read_json_auto('{secret}')",
    "from sniff_csv('{secret}')",
    "from glob('{folder}/*')",
    "from parquet_scan('{part}')",
    "from read_parquet('{part}')",
    "from parquet_metadata('{part}')",
    "from '{part}'",
    "from '{secret}'",
    "select * from (from read_csv('{secret}'))",
    "select (select count(*) from read_text('{secret}'))",
    "with x as (from read_text('{secret}')) select * from x",
    "from query('select 1')",
    "from query_table('facts')",
    "from json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "from duckdb_settings()",
    "from duckdb_secrets()",
    "from pragma_database_size()",
    "select write_log('x')",
    "from FACTSHEET",
    "from pg_catalog.pg_class",
]


@pytest.mark.parametrize("query", HOSTILE)
def test_whatever_does_not_only_read_the_views_is_refused_and_changes_nothing(
    telemetry: Telemetry, folder: Path, query: str
):
    paths = {"out": folder.parent / "out", "part": folder / "a.parquet", "secret": folder.parent / "secret.csv"}
    quoted = {name: str(path).replace("'", "''") for name, path in {**paths, "folder": folder}.items()}
    before = (folder / "a.parquet").read_bytes()

    with pytest.raises(Refused) as refused:
        telemetry.query(query.format(**quoted))

    assert refused.value.remedy == "Write one SELECT over these views: facts, ids."
    assert refused.value.message.count(".") <= 2
    assert sorted(path.name for path in folder.parent.iterdir()) == [folder.name, "secret.csv"]
    assert [path.name for path in folder.iterdir()] == ["a.parquet"]
    assert (folder / "a.parquet").read_bytes() == before
    assert telemetry.query("select count(*) from facts").values[0].tolist() == [3]


def test_the_engine_itself_is_locked_should_the_check_ever_miss_something(telemetry: Telemetry, folder: Path):
    raw = telemetry._database.cursor()
    for statement in (
        f"from read_text('{folder.parent.parent}/x')",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "install sqlite",
        f"attach '{folder.parent.parent}/x.db'",
    ):
        with pytest.raises(Exception, match=r"disabled|locked"):
            raw.execute(statement)
    raw.close()


def test_a_python_object_of_the_caller_is_no_table(telemetry: Telemetry):
    private = [1, 2, 3]
    with pytest.raises(Refused, match="There is no view 'private'"):
        telemetry.query("from private")
    assert private


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("selec 1", 'Line 1, column 1: syntax error at or near "selec"'),
        ("select id\nfrom facts\nwhere when", "Line 3, column 7: syntax error"),
        ("select nope from facts", 'Line 1, column 8: Referenced column "nope" not found'),
        ("select 'é',\n  nofunction(1)", "Line 2, column 3: Scalar Function with name nofunction does not exist"),
        ("select 'é', nope from facts", 'Line 1, column 13: Referenced column "nope"'),
        ("select cast('x' as int)", "The query cannot be run: Could not convert string 'x'"),
        ("select $missing", "parameter that was not given: missing"),
        ("", "There is no query"),
        ("select 1; select 2", "There are 2 statements"),
        ("select " + "(" * 5000 + "1" + ")" * 5000, "depth"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_place(telemetry: Telemetry, query: str, said: str):
    with pytest.raises(InvalidRequest) as wrong:
        telemetry.query(query)

    assert said in wrong.value.message
    assert "\n" not in wrong.value.message
    assert wrong.value.remedy


def test_a_parameter_that_the_query_does_not_name_is_a_sentence(telemetry: Telemetry):
    with pytest.raises(InvalidRequest, match="does not name each of the parameters"):
        telemetry.query("select 1", {"x": 1})


@pytest.fixture
def interrupts() -> Iterator[None]:
    """An interrupt is an exception here also where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_ends_a_long_query_and_the_next_one_works(telemetry: Telemetry):
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))

    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the interrupt may come as soon as the timer has begun
        timer.start()
        telemetry.query("select count(*) from range(100000000) a, range(1000) b where a.range * b.range % 7 = 3")

    timer.join()
    assert telemetry.query("select 1").values[0].tolist() == [1]


@pytest.mark.usefixtures("interrupts")
@pytest.mark.parametrize("after_s", [0.0, 0.001, 0.01])
def test_an_interrupt_that_comes_before_the_query_has_begun_ends_it_too(telemetry: Telemetry, after_s: float):
    timer = threading.Timer(after_s, os.kill, (os.getpid(), signal.SIGINT))

    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the interrupt may come as soon as the timer has begun
        timer.start()
        telemetry.query("select count(*) from range(100000000) a, range(1000) b where a.range * b.range % 7 = 3")

    timer.join()


@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_while_a_long_text_is_still_being_checked_is_an_interrupt(telemetry: Telemetry):
    listed = "select count(*) from (values " + ",".join(["(1)"] * 100_000) + ")"
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))

    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the interrupt may come as soon as the timer has begun
        timer.start()
        telemetry.query(listed)
        timer.join()  # a timer that stood still for longer than the check must not end anything else


@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_while_a_part_is_written_is_an_interrupt_and_leaves_nothing_behind(folder: Path):
    long = "select count(*) as n from s, range(100000000) a, range(1000) b where a.range * b.range % 7 = 3"
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))

    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the interrupt may come as soon as the timer has begun
        timer.start()
        write_part(folder / "b.parquet", long, FACTS)

    timer.join()
    assert [path.name for path in folder.iterdir()] == ["a.parquet"]


def test_a_query_that_needs_too_much_memory_is_refused_with_a_remedy(folder: Path):
    small = Telemetry(folder, memory_mib=64)
    with pytest.raises(Refused, match="more memory") as refused:
        small.query("select max(r) from (select hash(range) as r from range(100000000) order by 1 limit 50000000)")
    small.close()
    assert "Narrow it" in refused.value.remedy


def test_a_part_that_has_been_replaced_is_told_apart_from_a_mistake(telemetry: Telemetry, folder: Path):
    (folder / "a.parquet").unlink()
    with pytest.raises(PartMissing):
        telemetry.query("select max(cost) from facts")


def test_after_the_end_a_question_is_refused(telemetry: Telemetry):
    telemetry.close()
    with pytest.raises(Refused, match="has been closed"):
        telemetry.query("select 1")


def test_a_part_that_could_not_be_written_leaves_nothing_behind(folder: Path):
    with pytest.raises(Exception, match="nothere"):
        write_part(folder / "b.parquet", "select nothere from s", FACTS)
    assert [path.name for path in folder.iterdir()] == ["a.parquet"]
