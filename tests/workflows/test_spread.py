"""The numbers beside a difference: bounds, and whose answer is A."""

from __future__ import annotations

from statistics import NormalDist, fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.workflows.testing.spread import quantile, spread
from workbench.workflows.testing.testing import by_lot


@pytest.mark.parametrize(
    ("freedom", "expected"),
    [(1, 12.706205), (2, 4.302653), (3, 3.182446), (4, 2.776445), (9, 2.262157), (19, 2.093024), (200, 1.971896)],
)
def test_the_bounds_are_students(freedom: int, expected: float) -> None:
    assert quantile(freedom) == pytest.approx(expected, abs=1e-6)


def test_with_many_measurements_the_bounds_are_the_normal_ones() -> None:
    assert quantile(100_001) == pytest.approx(NormalDist().inv_cdf(0.975), abs=1e-4)


@pytest.mark.parametrize("measured", [[0.5], [0.0, 1.0], [1.0, 1.0, 1.0]])
def test_too_few_measurements_or_ones_all_alike_have_no_bounds_and_none_has_no_mean(measured: list[float]) -> None:
    found = spread(measured)
    assert found is not None
    assert (found.mean, found.low, found.high, found.n) == (fmean(measured), None, None, len(measured))
    assert spread([]) is None


def test_no_bound_lies_beyond_what_can_be_measured() -> None:
    found = spread([1.0, 1.0, 0.0], within=(-1, 1))
    assert found is not None
    assert found.low is not None
    assert (found.low > -1, found.high) == (True, 1)


@given(st.integers(1, 20))
def test_half_of_the_repeats_have_the_answer_with_the_skill_as_a(repeats: int) -> None:
    found = by_lot(repeats)
    assert len(found) == repeats
    assert sum(found) in {repeats // 2, (repeats + 1) // 2}
