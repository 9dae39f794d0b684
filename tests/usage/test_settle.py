"""Which of the candidates of a message id count: rule by rule."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workbench.usage.settle import Told, settle

OURS = "msg_01aaaaaaaaaaaaaaaaaaaa"
GATEWAY = "chatcmpl-1"


def told(key: int, **what: Any) -> Told:
    """A candidate of request r1 in session s1; its context has its id's number."""
    plain: dict[str, Any] = {
        "rid": "r1", "side": 0, "top": 5, "ts": 100, "ts0": what.get("ts", 100), "file": 1, "off": key,
        "ctx": key, "session": "s1", "it": 0, "named": 0, "words": tuple,
    }  # fmt: skip
    return Told(id=key, **plain | what)


def test_the_largest_output_wins() -> None:
    assert settle(OURS, [told(1, top=9, ts=100), told(2, top=3, ts=200)]) == {1: 1}


def test_the_later_of_equals_wins() -> None:
    assert settle(OURS, [told(1, ts=100), told(2, ts=200)]) == {2: 2}


def test_all_iterations_of_the_winner_count_and_none_of_the_others() -> None:
    parts = [told(1, off=7), told(2, off=7, ctx=1, it=1), told(3, off=9, top=2), told(4, off=9, top=2, ctx=3, it=1)]
    assert settle(OURS, parts) == {1: 1, 2: 1}


def test_a_row_that_was_told_again_counts_as_it_was_told_last() -> None:
    once = [told(1, off=7), told(2, off=7, ctx=1, it=1)]
    again = [told(3, off=7), told(4, off=7, ctx=3, it=1)]
    assert settle(OURS, [*once, *again]) == {3: 3, 4: 3}
    assert settle(GATEWAY, [*again, *once]) == {3: 3, 4: 3}


def test_a_side_conversation_loses_to_the_main_one_even_when_it_is_larger() -> None:
    assert settle(GATEWAY, [told(1), told(2, side=1, top=50, rid="r2")]) == {1: 1}


def test_a_side_conversation_alone_counts() -> None:
    assert settle(OURS, [told(2, side=1)]) == {2: 2}


def test_an_id_of_the_provider_is_one_response_whatever_the_requests() -> None:
    assert settle(OURS, [told(1, rid="r1"), told(2, rid="r2", top=9)]) == {2: 2}
    bedrock = "msg_bdrk_01aaaaaaaaaaaaaaaaaa"
    assert settle(bedrock, [told(1, rid="r1"), told(2, rid="r2", top=9)]) == {2: 2}


def test_an_id_that_a_gateway_gave_again_is_one_response_a_request() -> None:
    assert settle(GATEWAY, [told(1, rid="r1"), told(2, rid="r2", top=9)]) == {1: 1, 2: 2}


def test_rows_without_a_request_are_one_response() -> None:
    assert settle(GATEWAY, [told(1, rid=None), told(2, rid=None, top=9)]) == {2: 2}


def test_a_row_without_a_request_joins_the_earliest() -> None:
    parts = [told(1, rid="r2", ts=100), told(2, rid="r1", ts=200), told(3, rid=None, top=70, ts=300)]
    assert settle(GATEWAY, parts) == {3: 3, 2: 2}


def test_the_earliest_session_owns_a_response_that_a_later_one_completed() -> None:
    parts = [told(1, session="s9", ts=100, top=2), told(2, session="s1", ts=200, top=80)]
    assert settle(OURS, parts) == {2: 1}


def test_copies_whose_times_tie_belong_to_the_smaller_session() -> None:
    assert settle(OURS, [told(1, session="s2"), told(2, session="s1")]) == {2: 2}


def test_the_row_that_names_a_skill_or_an_agent_tells_where_a_response_was_made() -> None:
    assert settle(OURS, [told(1, named=1), told(2, ts=200, top=9)]) == {2: 1}
    assert settle(OURS, [told(1, named=1), told(2, session="s0", ts=90)]) == {1: 2}


candidates = st.builds(
    lambda rid, side, top, ts, early, file, session: {
        "rid": rid, "side": side, "top": top, "ts": ts, "ts0": ts - early, "file": file, "session": session,
    },
    st.sampled_from([None, "r1", "r2"]), st.integers(0, 1), st.integers(0, 3), st.integers(0, 3), st.integers(0, 2),
    st.integers(1, 3), st.sampled_from([None, "s1", "s2"]),
)  # fmt: skip


@given(st.lists(candidates, min_size=1, max_size=8), st.sampled_from([OURS, GATEWAY]), st.randoms())
def test_the_order_of_candidates_is_no_matter(parts: list[dict[str, Any]], mid: str, choice: Any) -> None:
    rows = [told(key, **part, words=lambda key=key: (key,)) for key, part in enumerate(parts)]
    shuffled = list(rows)
    choice.shuffle(shuffled)
    assert settle(mid, shuffled) == settle(mid, rows)


@given(st.lists(candidates, min_size=1, max_size=8))
def test_one_row_of_each_response_counts(parts: list[dict[str, Any]]) -> None:
    rows = [told(key, **part, words=lambda key=key: (key,)) for key, part in enumerate(parts)]
    assert len(settle(OURS, rows)) == 1
    mains = [row for row in rows if not row.side] or rows
    assert len(settle(GATEWAY, rows)) == max(1, len({row.rid for row in mains} - {None}))
