"""The tricky transcripts, end to end: exact in tokens and cost, by model, day, session and project."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from transcripts import CASES, imported

from workbench.paths import Home
from workbench.usage.store import Store

NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())
KEYS = {
    "by_model": "p.model",
    "by_day": "date(s.ts / 1000, 'unixepoch')",
    "by_session": "h.session",
    "by_project": "h.project",
}


def grouped(home: Home, key: str) -> dict[str | None, dict[str, Any]]:
    with Store.open(home) as store:
        rows: list[Any] = store.read(
            lambda connection: connection.execute(
                f"""
                select {key}, sum(s.i), sum(s.o), sum(s.c5 + s.c1), sum(s.cr), sum(p.p_in is null),
                    sum(s.i * p.p_in + s.o * p.p_out + s.c5 * p.p_c5 + s.c1 * p.p_c1 + s.cr * p.p_cr + s.web * p.p_web)
                from sampling s join price p on p.id = s.price join ctx h on h.id = s.home
                where s.live group by 1"""
            ).fetchall()
        )
    names = ("input", "output", "cache_creation", "cache_read", "unpriced", "cost")
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}


def agrees(found: dict[str, Any] | None, expected: dict[str, Any]) -> bool:
    """Tokens to the unit and cost to the ninth decimal; an expected cost of None is one that is not known."""
    found = found or dict.fromkeys(("input", "output", "cache_creation", "cache_read", "unpriced", "cost"), 0)
    if any(found[name] != expected[name] for name in ("input", "output", "cache_creation", "cache_read")):
        return False
    if expected["cost"] is None:
        return found["cost"] is None and found["unpriced"] > 0
    return round(Decimal(found["cost"] or 0) / 10**12, 9) == round(Decimal(repr(expected["cost"])), 9) and bool(
        found["unpriced"]
    ) == bool(expected["unpriced_rows"])


def test_there_are_27_cases() -> None:
    assert len(NAMES) == 27


@pytest.mark.parametrize("name", NAMES)
def test_case_is_exact_in_tokens_and_cost(name: str, home: Home) -> None:
    folder = CASES / name
    expected = json.loads((folder / "expected.json").read_text())
    imported(home, folder / "claude", folder / "codex")

    total = grouped(home, "1").get(1)
    assert agrees(total, expected["totals"]), (total, expected["totals"])
    for group, key in KEYS.items():
        wanted = expected.get(group) or {}
        found = grouped(home, key)
        if group == "by_project" and expected["agent"] == "codex":
            continue  # the cases name no project of Codex's
        assert {key for key, value in found.items() if any(value[name] for name in ("input", "output"))} <= set(wanted)
        for value, row in wanted.items():
            assert agrees(found.get(value), row), (group, value, found.get(value), row)


@pytest.mark.parametrize("name", NAMES)
def test_case_imported_again_changes_nothing(name: str, home: Home) -> None:
    folder: Path = CASES / name
    imported(home, folder / "claude", folder / "codex")
    report = imported(home, folder / "claude", folder / "codex")
    assert (report.files, report.read, report.taken) == (0, 0, 0)
