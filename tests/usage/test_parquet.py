"""The facts as Parquet: equal to the store, written only when it has moved, whole whoever writes beside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import facts
import pytest
from facts import DAY, HOUR, NOON, Fact

from workbench.errors import HomeUnusable, InvalidRequest, Refused
from workbench.paths import Home
from workbench.usage import parquet, reports, views
from workbench.usage.query import Questions
from workbench.usage.store import Store
from workbench.usage.which import Which

ZONE = "Europe/Berlin"
SOME = [
    Fact(ts=NOON - HOUR, i=5),
    Fact(ts=NOON, model="haiku", skill="review", c5=1_000, c1=200, cr=30_000, web=2, o=77),
    Fact(ts=NOON + 11 * HOUR + 30 * 60_000, session="s2", project=None, side=1, agent="Explore", agent_id="a1"),
    Fact(ts=NOON + DAY, model="gpt", provider="openai", session="s3", reported=123_456_789_012, reason=4),
    Fact(ts=NOON + DAY, model="mystery", session="s3", skill="review"),
    Fact(live=0, i=10**6),
]


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with Store.open(home) as opened:
        yield opened


@pytest.fixture
def questions(home: Home, store: Store) -> Iterator[Questions]:
    opened = Questions(home, store)
    yield opened
    opened.close()


def moved(store: Store, *statements: str) -> None:
    """What an import does: it changes facts, and counts that it did."""
    with store.writing() as connection:
        for statement in statements:
            connection.execute(statement)
        connection.execute("update meta set value = value + 1 where key = 'version'")


def written(home: Home, zone: str = ZONE) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in parquet.folder_of(home, zone).glob("*.parquet")}


def column(questions: Questions, query: str, **params: Any) -> list[Any]:
    result = questions.ask(query, params, zone=ZONE, exact=True)
    [values] = result.values
    return list(values if isinstance(values, list) else values.tolist())


def test_a_store_without_facts_has_every_view_and_no_rows(questions: Questions):
    for view in views.NAMES:
        result = questions.ask(f"from {view}", zone="UTC")
        assert result.names == [each.name for each in views.columns(view)]
        assert all(len(values) == 0 for values in result.values)


def test_every_column_is_told_of_once_with_its_unit(questions: Questions):
    questions.ask("select 1", zone=ZONE)
    for view in views.NAMES:
        told = questions.ask(
            "select column_name, data_type, column_comment from information_schema.columns where table_name = $view",
            {"view": view},
            zone=ZONE,
        )
        rows = dict(zip(told.values[0].tolist(), zip(told.values[1], told.values[2], strict=True), strict=True))
        for each in views.columns(view):
            kind, comment = rows[each.name]
            assert comment == (f"{each.about} ({each.unit})" if each.unit else each.about)
            assert each.unit != "US$" or kind.startswith("DECIMAL")
            assert each.unit != "tokens" or kind == "BIGINT"


def test_sql_sums_to_what_the_reports_say(store: Store, questions: Questions):
    facts.write(store, SOME)
    store.ensure_zone(ZONE)
    which = Which(timezone=ZONE)
    report = store.read(lambda connection: reports.daily(connection, which))

    result = questions.ask(
        "select day::varchar, sum(samplings), sum(total_tokens), sum(cost) from daily group by 1 order by 1",
        zone=ZONE,
        exact=True,
    )

    days, counts, tokens, costs = result.values
    assert days.tolist() == [row["key"] for row in report["rows"]]
    assert counts.tolist() == [row["samplings"] for row in report["rows"]]
    assert tokens.tolist() == [row["total_tokens"] for row in report["rows"]]
    assert costs == [row["total_cost"] for row in report["rows"]]


def test_skills_and_sessions_are_sums_over_the_same_samplings(store: Store, questions: Questions):
    facts.write(store, SOME)

    assert column(questions, "select skill from skills order by skill nulls last") == ["review", None]
    assert column(questions, "select sum(cost) from skills") == column(questions, "select sum(cost) from samplings")
    assert column(questions, "select skills from sessions where session = 's1'")[0].tolist() == ["review"]
    assert column(questions, "select unpriced from sessions where session = 's3' and provider = 'anthropic'") == [1]


def test_an_unknown_price_is_null_and_a_told_cost_goes_first(store: Store, questions: Questions):
    facts.write(store, SOME)

    assert column(questions, "select cost from samplings where model = 'mystery'") == [None]
    assert column(questions, "select cost from samplings where model = 'gpt'") == [Decimal("0.123456789012")]
    assert column(questions, "select computed_cost from samplings where model = 'gpt'") == [Decimal("0.000225")]


def test_a_day_is_one_of_the_zone_that_was_asked_for(store: Store, questions: Questions):
    facts.write(store, SOME)
    late = "select day::varchar from samplings where session = 's2'"

    assert questions.ask(late, zone="UTC").values[0].tolist() == ["2026-01-15"]
    assert questions.ask(late, zone=ZONE).values[0].tolist() == ["2026-01-16"]


def test_a_cost_beyond_a_million_dollars_is_still_exact(store: Store, questions: Questions):
    facts.write(store, [Fact(), Fact(i=2**40)])

    assert column(questions, "select max(cost) from samplings") == [
        Decimal(2**40 * 5_000_000 + 250_000_000).scaleb(-12)
    ]
    assert any(name.endswith("-wide.parquet") for name in written_in(store))


def written_in(store: Store) -> list[str]:
    return [path.name for path in (store.path.parent / "parts").rglob("*.parquet")]


def test_nothing_is_written_before_somebody_asks(home: Home, store: Store):
    facts.write(store, SOME)
    assert not (home.root / "telemetry" / "parts").exists()


def test_a_second_question_writes_nothing_and_a_moved_store_only_what_changed(
    home: Home, store: Store, questions: Questions, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(parquet, "PART_IDS", 2)
    facts.write(store, [Fact(session=f"s{n}") for n in range(6)])
    assert column(questions, "select count(*) from samplings") == [6]
    first = written(home)

    assert column(questions, "select max(id) from samplings") == [6]
    assert written(home) == first

    moved(store, "update sampling set live = 0 where id = 3")
    assert column(questions, "select list_sort(list(id)) from samplings")[0].tolist() == [1, 2, 4, 5, 6]
    second = written(home)
    assert len(set(first) - set(second)) == len(set(second) - set(first)) == 1
    assert all(second[name] == first[name] for name in set(first) & set(second))


@pytest.mark.parametrize(
    ("change", "query", "answer"),
    [
        ("update price set p_in = 7000000 where model = 'opus'", "select cost from samplings where id = 1", [Decimal("0.000285")]),
        ("update sampling set home = (select home from sampling where id = 4) where id = 1", "select session from samplings where id = 1", ["s3"]),
        ("delete from sampling where id = 1", "select count(*) from samplings", [4]),
        ("update sampling set off = off + 9 where id = 1", "select byte_offset > 8 from samplings where id = 1", [True]),
        ("update sampling set i = 6 where id = 1", "select input_tokens from samplings where id = 1", [6]),
        ("update sampling set i = 4, o = 11 where id = 1", "select output_tokens from samplings where id = 1", [11]),
        ("update sampling set c5 = 0, c1 = 1200 where id = 2", "select cost from samplings where id = 2", [Decimal("0.025885")]),
        ("update sampling set cr = 9 where id = 2", "select cache_read_tokens from samplings where id = 2", [9]),
        ("update sampling set web = 3 where id = 2", "select web_searches from samplings where id = 2", [3]),
        ("update sampling set reason = 5 where id = 4", "select reasoning_tokens from samplings where id = 4", [5]),
        ("update sampling set reported = 0 where id = 1", "select cost from samplings where id = 1", [Decimal(0)]),
    ],
)  # fmt: skip
def test_whatever_moves_in_the_store_is_seen_by_the_next_question(
    store: Store, questions: Questions, change: str, query: str, answer: list[Any]
):
    facts.write(store, SOME)
    column(questions, "select count(*) from samplings")

    moved(store, change)

    assert column(questions, query) == answer


def test_our_own_runs_are_a_view_of_their_own(store: Store, questions: Questions):
    moved(
        store,
        """insert into run values (1, 'r1', 'opus', 's', 'claude', 'p', 'skill', 'step', 'flow', 1768478400000,
        1768478460000, 1, 2, 3, 0, 5, 250000000000, 'reported', 1, 0, 0)""",
    )

    result = questions.ask(
        "select run, cost, replay, covered, ended - started as took from runs", zone=ZONE, exact=True
    )

    assert [list(each)[0] for each in result.values[:4]] == ["r1", Decimal("0.25"), True, False]  # noqa: RUF015


def test_a_reader_whose_part_is_replaced_reads_the_new_one(home: Home, store: Store, questions: Questions):
    facts.write(store, SOME)
    column(questions, "select count(*) from samplings")
    other = Questions(home, store)
    moved(store, "update sampling set live = 0 where id = 1")
    column(other, "select count(*) from samplings")
    other.close()

    assert column(questions, "select count(*) from samplings") == [4]


def test_parts_that_somebody_removed_are_written_again(home: Home, store: Store, questions: Questions):
    facts.write(store, SOME)
    column(questions, "select count(*) from samplings")
    for path in parquet.folder_of(home, ZONE).glob("0*.parquet"):
        path.unlink()

    assert column(questions, "select count(*) from samplings") == [5]


def test_a_manifest_that_is_damaged_is_written_again(home: Home, store: Store, questions: Questions):
    facts.write(store, SOME)
    column(questions, "select count(*) from samplings")
    (parquet.folder_of(home, ZONE) / "manifest.json").write_text("{")

    assert column(questions, "select count(*) from samplings") == [5]


ASK = """
import sys
from pathlib import Path
from workbench.paths import Home
from workbench.usage.query import Questions
from workbench.usage.store import Store
home = Home(Path(sys.argv[1]))
with Store.open(home) as store:
    questions = Questions(home, store)
    for _ in range(5):
        print(questions.ask("select count(*) from samplings", zone="Europe/Berlin").values[0][0])
    questions.close()
"""


def test_several_processes_that_ask_at_once_all_get_the_answer(home: Home, store: Store):
    facts.write(store, SOME)
    command = [sys.executable, "-c", ASK, str(home.root)]

    asked = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [each.communicate(timeout=200)[0].split() for each in asked]

    assert said == [["5"] * 5] * 3
    left = parquet.folder_of(home, ZONE)
    assert not list(left.glob(".*"))
    assert len(list(left.glob("*.parquet"))) == 2


def test_a_folder_that_cannot_be_written_is_a_sentence(home: Home, questions: Questions):
    (home.root / "telemetry" / "parts").write_text("in the way")
    with pytest.raises(HomeUnusable, match="cannot be written"):
        questions.ask("select 1", zone=ZONE)


def test_a_zone_that_is_none_is_a_sentence(questions: Questions):
    for zone in ("Mars/Olympus", "../../etc", "UTC'; drop"):
        with pytest.raises(InvalidRequest, match="is not a time zone"):
            questions.ask("select 1", zone=zone)


def test_a_part_cannot_be_reached_but_by_its_view(home: Home, store: Store, questions: Questions):
    facts.write(store, SOME)
    column(questions, "select 1")
    [part] = parquet.folder_of(home, ZONE).glob("0*.parquet")
    with pytest.raises(Refused):
        questions.ask(f"from '{part}'", zone=ZONE)


def test_the_parts_lie_where_only_their_owner_reads(home: Home, store: Store, questions: Questions):
    questions.ask("select 1", zone=ZONE)
    folder: Path = parquet.folder_of(home, ZONE)
    assert folder.stat().st_mode & 0o077 == 0
