"""What a skill costs, and which descriptions reach the model."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.skills import parse
from workbench.skills.budget import ERROR, Installed, claude_code, codex, cost, entry_text, simulate, tokens

COUNTED = [  # by two public vocabularies
    ("Extracts text and tables from PDF files. Use when the user mentions PDFs, forms, or document extraction.", 22),
    ("def add(first, second):\n    return first + second\n", 12),
    ("| item | rule | level |\n|---|---|---|\n| name | 1–64 characters | must |\n", 25),
    ("The quick brown fox jumps over the lazy dog.", 10),
    ("", 0),
]


@pytest.mark.parametrize(("text", "counted"), COUNTED)
def test_the_estimate_is_near_what_vocabularies_count(text: str, counted: int) -> None:
    assert abs(tokens(text) - counted) <= max(3, counted * 2 * ERROR)


@given(st.text())
def test_any_text_has_an_estimate_that_does_not_shrink(text: str) -> None:
    assert 0 <= tokens(text) <= tokens(text + " and more words")


def test_a_long_text_is_estimated_from_parts_of_it() -> None:
    line = "A line of words that is repeated, 1 by 1.\n"
    assert tokens(line * 40_000) == pytest.approx(tokens(line * 1000) * 40, rel=0.02)


def test_the_cost_is_told_by_where_it_arises(tmp_path: Path) -> None:
    (tmp_path / "references").mkdir()
    (tmp_path / "references" / "a.md").write_text("word " * 100)
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\0\0")
    (tmp_path / "out").symlink_to("/etc/hosts")
    data = b"---\nname: charts\ndescription: Draws charts when asked.\n---\n" + b"Do it well. " * 50
    (tmp_path / "SKILL.md").write_bytes(data)
    told = cost(parse(data), tmp_path)
    assert told["files"] == {"references/a.md": 100}
    assert told["resources"] == 100
    assert 5 <= told["listing"] <= 15
    assert 150 <= told["body"] <= 250
    assert "estimate" in told["basis"]
    assert told["error"] == ERROR


def skills(count: int, length: int, **more: object) -> list[Installed]:
    return [Installed(f"skill-{n:03}", "d" * length, uses=count - n, **more) for n in range(count)]  # type: ignore[arg-type]


def test_all_is_shown_while_there_is_room() -> None:
    for listing in (claude_code(skills(10, 100)), codex(skills(10, 100))):
        assert {entry.fate for entry in listing.entries} == {"whole"}
        assert listing.needed == listing.used <= listing.limit


def test_claude_code_drops_whole_descriptions_of_the_least_used_and_keeps_every_name() -> None:
    listing = claude_code(skills(50, 300))
    fates = [entry.fate for entry in listing.entries]
    assert fates == sorted(fates, reverse=True)  # whole, then dropped
    assert 20 < fates.count("whole") < 50
    assert all(entry.lost == 300 for entry in listing.entries if entry.fate == "dropped")
    assert listing.used <= listing.limit == 8_000 < listing.needed


def test_claude_codes_budget_grows_with_the_window_and_the_share() -> None:
    assert claude_code([], window=1_000_000).limit == 40_000
    assert claude_code([], share=0.02).limit == 16_000


def test_claude_code_cuts_one_long_entry() -> None:
    [entry] = claude_code([Installed("a", "d" * 1000, "w" * 1000)]).entries
    assert (entry.fate, entry.full, entry.shown, entry.lost) == ("cut", 2000, 1536, 464)


def test_a_skill_that_only_the_user_may_invoke_takes_no_room() -> None:
    document = parse(b"---\nname: a\ndescription: d\ndisable-model-invocation: true\n---\n")
    [entry] = claude_code([Installed.of(document)]).entries
    assert entry.fate == "hidden"


def test_codex_shortens_all_long_descriptions_alike_and_leaves_the_short_ones() -> None:
    short = Installed("a-short", "draws", path="/s/a/SKILL.md")
    listing = codex([short, *skills(100, 400, path="/skills/x/SKILL.md")])
    assert listing.unit == "tokens"
    assert listing.limit == 4_000
    first, *rest = listing.entries
    assert first.fate == "whole"
    assert {entry.fate for entry in rest} == {"cut"}
    assert len({entry.shown for entry in rest}) == 1
    assert listing.limit - 110 <= listing.used <= listing.limit


def test_codex_omits_skills_when_even_the_names_are_too_many() -> None:
    listing = codex(skills(1000, 400, path="/a/long/path/to/the/skills/SKILL.md"), window=None)
    fates = [entry.fate for entry in listing.entries]
    assert listing.limit == 8_000
    assert set(fates) == {"dropped", "omitted"}
    assert fates.index("omitted") == fates.count("dropped")


def test_codex_cuts_a_description_at_1024_whatever_the_room() -> None:
    [entry] = codex([Installed("a", "d" * 2000)]).entries
    assert (entry.fate, entry.full) == ("cut", 2000)
    assert 1020 <= entry.shown <= 1024


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=300), st.integers(0, 5)), max_size=30),
    st.integers(100, 60_000),
)
def test_no_listing_is_longer_than_its_budget_but_for_names(
    given_skills: list[tuple[str, str, int]], window: int
) -> None:
    installed = [Installed(name, said, uses=uses) for name, said, uses in given_skills]
    mine = claude_code(installed, window=window)
    names = sum(len(f"- {skill.name}\n") for skill in installed)
    assert mine.used <= max(mine.limit, names)
    theirs = codex(installed, window=window)
    assert theirs.used <= theirs.limit
    for listing in (mine, theirs):
        assert len(listing.entries) == len(installed)
        assert all(0 <= entry.shown <= entry.full for entry in listing.entries)


def test_the_simulation_names_each_client_that_publishes_a_budget() -> None:
    told = simulate(skills(60, 300), windows={"codex": None})
    assert set(told) == {"claude-code", "codex"}
    assert told["codex"]["unit"] == "characters"
    assert told["claude-code"]["over"] == told["claude-code"]["needed"] - 8_000
    assert told["claude-code"]["entries"][-1] == {
        "name": "skill-059",
        "fate": "dropped",
        "full": 300,
        "shown": 0,
        "lost": 300,
    }


def test_an_entry_is_its_name_and_what_is_said_of_it() -> None:
    assert entry_text(Installed("a", "does b", "when c")) == "- a: does b when c\n"
    assert entry_text(Installed("a")) == "- a\n"


def test_half_a_character_in_a_description_is_counted_too() -> None:
    skill = Installed("a", "x \ud800 \udcff", path="/a/SKILL.md")
    assert codex([skill], window=200_000).entries[0].fate == "whole"
