"""Each expression, by itself: what it sees, what it leaves alone, and that its needles do not contradict it."""

from __future__ import annotations

import pytest
from rule_samples import HARMLESS, SEEN

from workbench.skills.review.rules import addresses, commands, instructions, javascript, places
from workbench.skills.review.rules.rule import Pattern, lowered, matches

PATTERNS: dict[str, list[Pattern]] = {}
for room in (instructions, places, commands, addresses, javascript):
    for each in room.PATTERNS:
        PATTERNS.setdefault(each.rule.id, []).append(each)


def found(rule: str, text: str) -> bool:
    """Whether the rule sees the text the way the scan looks: around its needles."""
    return any(
        next(matches((pattern,), text, lowered(text), pattern.kinds[0]), None) is not None for pattern in PATTERNS[rule]
    )


def test_every_expression_has_samples_of_both_sorts() -> None:
    assert set(SEEN) == set(HARMLESS) == set(PATTERNS)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in SEEN.items() for text in texts])
def test_an_expression_sees_what_it_is_for(rule: str, text: str) -> None:
    assert found(rule, text)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in HARMLESS.items() for text in texts])
def test_an_expression_leaves_what_is_harmless(rule: str, text: str) -> None:
    assert not found(rule, text)


@pytest.mark.parametrize("rule", PATTERNS)
def test_each_needle_is_in_a_sample_that_its_expression_matches(rule: str) -> None:
    for pattern in PATTERNS[rule]:
        matched = [text.lower() for text in SEEN[rule] if pattern.expression.search(text)]
        unused = [needle for needle in pattern.needles if not any(needle in text for text in matched)]
        assert unused == []


@pytest.mark.parametrize("rule", PATTERNS)
def test_what_an_expression_matches_holds_a_needle(rule: str) -> None:
    for pattern in PATTERNS[rule]:
        for text in SEEN[rule] + [other for texts in SEEN.values() for other in texts]:
            if hit := pattern.expression.search(text):
                assert any(needle in lowered(text) for needle in pattern.needles), (text, hit[0])
