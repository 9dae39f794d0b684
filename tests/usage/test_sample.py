"""The sample that is shipped: what its maker makes, small, and with every trait that it is there to show."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import make_sample
import pytest

from workbench.paths import Home
from workbench.usage import cache, reports
from workbench.usage.importer import Options, Report, refresh
from workbench.usage.store import Store


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with Store.open(home) as opened:
        yield opened


@pytest.fixture
def imported(store: Store) -> Report:
    return refresh(store, Options(roots={name: [make_sample.SAMPLE / name] for name in ("claude", "codex")}))


def test_the_sample_is_what_its_maker_makes():
    shipped = {
        str(path.relative_to(make_sample.SAMPLE)): path.read_text() for path in make_sample.SAMPLE.rglob("*.jsonl")
    }

    assert shipped == make_sample.files()
    assert sum(len(text) for text in shipped.values()) < 50_000


def test_all_of_it_is_counted_but_the_row_that_is_broken(imported: Report):
    assert (imported.files, imported.read, imported.taken, imported.duplicate, imported.skipped) == (25, 77, 74, 2, 1)


def test_it_has_two_weeks_of_skills_projects_models_and_subagents(store: Store, imported: Report):
    assert imported.unpriced == 2
    weeks = store.read(lambda connection: reports.weekly(connection, start_of_week="monday"))
    assert [row["key"] for row in weeks["rows"]] == ["2026-11-02", "2026-11-09"]
    assert weeks["unpriced"] == [make_sample.NEW]
    assert {row["key"] for row in store.read(reports.by_skill)["rows"]} == {
        "review-pull-request", "release-notes", "haiku-commit", "(none)",
    }  # fmt: skip
    assert len(store.read(reports.by_project)["rows"]) == 3
    assert {row["key"] for row in store.read(reports.by_agent)["rows"]} == {"(none)", "Explore"}


def test_one_skill_pays_for_its_cache_and_one_does_not(store: Store, imported: Report):
    assert imported.taken
    found = store.read(cache.cache)
    saved = {row["key"]: row["saved"] for row in found["by_skill"]}

    assert saved["review-pull-request"] > 3
    assert saved["release-notes"] < Decimal("-0.5")
    assert [row["cause"] for row in found["rebuilds"]] == ["expired"]
