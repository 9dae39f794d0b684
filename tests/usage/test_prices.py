"""Prices: exact, by day, by how it was served, and never guessed."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InvalidRequest
from workbench.settings import PriceOverride
from workbench.usage import overrides as own
from workbench.usage.prices import Prices, Rate, cost, explain
from workbench.usage.second import TABLE, second_opinion

PRICES = Prices.load()
SONNET = "claude-sonnet-4-5-20250929"


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def usd(rate: Rate, **counts: int) -> Decimal:
    found = cost(rate, *(counts.get(name, 0) for name in ("i", "o", "c5", "c1", "cr", "web")))
    assert found is not None
    return Decimal(found) / 10**12


def sonnet(prompt: int = 0, **served: str | None) -> Rate:
    return PRICES.rate("anthropic", SONNET, day("2026-01-15"), prompt=prompt, **served)


# -- the day and the prompt -------------------------------------------------------------------------------------------


def test_a_million_tokens_of_each_kind_cost_the_list_price() -> None:
    rate, m = sonnet(), 10**6
    assert [usd(rate, **{kind: m}) for kind in ("i", "o", "cr", "c5", "c1")] == [
        3, 15, Decimal("0.3"), Decimal("3.75"), 6,
    ]  # fmt: skip
    assert usd(rate, web=1000) == 10


def test_only_above_the_threshold_is_the_whole_request_long() -> None:
    at, above = sonnet(200_000), sonnet(200_001)
    assert (at.variant, above.variant) == ("", "long")
    assert usd(above, i=1, o=1) == Decimal("0.0000285")


def test_a_price_holds_from_the_day_on_which_it_began() -> None:
    before = PRICES.rate("anthropic", "claude-opus-4-6", day("2026-03-12"), prompt=300_000)
    after = PRICES.rate("anthropic", "claude-opus-4-6", day("2026-03-13"), prompt=300_000)
    assert (before.variant, before.start_day, usd(before, i=10**6)) == ("long", 0, 10)
    assert (after.variant, after.start_day, usd(after, i=10**6)) == ("", day("2026-03-13"), 5)


def test_a_day_before_all_prices_takes_the_first_one() -> None:
    assert PRICES.rate("openai", "o3", -5000) == PRICES.rate("openai", "o3", 0)


# -- how it was served ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "served", "variant", "times"),
    [
        ("claude-opus-4-8", {"speed": "fast"}, "fast", 2),
        ("claude-opus-4-7", {"speed": "fast"}, "fast", 6),
        ("claude-opus-4-6-20260205", {"speed": "fast"}, "fast", 6),
        ("claude-opus-4-7", {"speed": "standard", "tier": "standard", "geo": "not_available"}, "", 1),
        ("claude-opus-4-7", {"speed": None, "tier": "nonsense", "geo": "global"}, "", 1),
        ("claude-opus-4-7", {"tier": "batch"}, "batch", Decimal("0.5")),
        ("claude-opus-4-1", {"tier": "batch"}, "batch", Decimal("0.5")),
        ("claude-opus-4-7", {"geo": "us"}, "us", Decimal("1.1")),
        ("claude-opus-4-7", {"geo": "us", "speed": "fast"}, "fast+us", Decimal("6.6")),
        ("claude-haiku-4-5", {"speed": "fast"}, "", 1),
    ],
)
def test_how_a_request_was_served_multiplies_the_price_of_each_token_but_not_of_a_search(
    model: str, served: dict[str, str | None], variant: str, times: Decimal
) -> None:
    today = day("2026-11-20")
    standard = PRICES.rate("anthropic", model, today)
    rate = PRICES.rate("anthropic", model, today, **served)
    assert rate.variant == variant
    assert list(rate[4:9]) == [each * times for each in standard[4:9] if each is not None]
    assert rate.p_web == standard.p_web


def test_batches_of_anthropic_cost_half_from_their_first_day() -> None:
    days = (day("2024-10-07"), day("2024-10-08"), day("2026-10-13"), day("2026-10-14"))
    rates = [PRICES.rate("anthropic", SONNET, each, prompt=10**6, tier="batch") for each in days]
    assert [usd(each, o=10**6) for each in rates] == [Decimal("22.5"), *[Decimal("11.25")] * 3]


def test_fast_us_and_long_multiply() -> None:
    rate = PRICES.rate("anthropic", "claude-opus-4-6", day("2026-03-01"), prompt=200_001, speed="fast", geo="us")
    assert rate.variant == "fast+us+long"
    assert (usd(rate, i=10**6), usd(rate, o=10**6)) == (66, Decimal("247.5"))


def test_openai_sells_tiers_and_no_us_inference() -> None:
    today = day("2026-11-20")
    assert usd(PRICES.rate("openai", "gpt-5", today, tier="flex"), i=10**6) == Decimal("0.625")
    assert usd(PRICES.rate("openai", "gpt-5", today, tier="priority"), i=10**6) == Decimal("2.5")
    assert PRICES.rate("openai", "gpt-5", today, geo="us").variant == ""


# -- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("anthropic", "claude-sonnet-4-5"),
        ("anthropic", "Claude-Sonnet-4-5"),
        ("anthropic", "claude-sonnet-4-5[1m]"),
        ("anthropic", "claude-sonnet-4-5-20250929[1m]"),
        ("anthropic", "claude-sonnet-4-5@20250929"),
        ("anthropic", "anthropic/claude-sonnet-4-5"),
        ("google-vertex", "claude-sonnet-4-5@20250929"),
        ("google", "publishers/anthropic/models/claude-sonnet-4-5"),
        ("aws", "global.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("amazon-bedrock", "arn:aws:bedrock:us-east-1:123:inference-profile/global.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ],
)  # fmt: skip
def test_the_names_of_one_model_have_one_price_and_keep_their_spelling(provider: str, model: str) -> None:
    rate = PRICES.rate(provider, model, day("2026-01-15"))
    assert rate[4:8] == sonnet()[4:8]
    assert (rate.provider, rate.model) == (provider, model)


def test_bedrock_s_own_names_are_found_with_and_without_region_and_release() -> None:
    for model in ("anthropic.claude-3-haiku-20240307-v1:0", "us.anthropic.claude-3-haiku-20240307-v1:0:200k"):
        assert usd(PRICES.rate("aws", model, day("2026-01-15")), i=10**6) == Decimal("0.25")


@pytest.mark.parametrize("region", ["us", "eu", "apac", "jp", "us-gov"])
def test_a_region_of_bedrock_costs_a_tenth_more_also_where_the_agent_says_anthropic(region: str) -> None:
    rate = PRICES.rate("anthropic", f"{region}.anthropic.claude-sonnet-4-5-20250929-v1:0", day("2026-01-15"))
    assert usd(rate, i=10**6) == Decimal("3.3")


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("anthropic", "claude-sonnet-9-preview"),
        ("anthropic", "acme-coder-9"),
        ("anthropic", "claude-sonnet-4-5-turbo"),
        ("anthropic", "claude-sonnet-4-5-20259999"),
        ("anthropic", "claude"),
        ("anthropic", "<synthetic>"),
        ("anthropic", "unknown"),
        ("anthropic", ""),
        ("anthropic", "'; drop table price; --"),
        ("openai", "gpt-4o-2031-01-01"),
        ("openai", SONNET),
        ("nobody", SONNET),
        ("", ""),
    ],
)
def test_what_no_list_spells_out_has_no_price(provider: str, model: str) -> None:
    rate = PRICES.rate(provider, model, day("2026-01-15"), prompt=10**6, speed="fast", geo="us")
    assert rate == (provider, model, 0, "unknown", None, None, None, None, None, None)
    assert cost(rate, 1, 2, 3, 4, 5, 6) is None
    assert explain(rate, (1, 0, 0, 0, 0, 2)) == [("input", 1, None, None), ("web search", 2, None, None)]


@given(st.text(max_size=40), st.text(max_size=60), st.integers(-(10**6), 10**6), st.text(max_size=8))
def test_no_name_whatever_breaks_the_lookup(provider: str, model: str, when: int, word: str) -> None:
    rate = PRICES.rate(provider, model, when, speed=word, tier=word, geo=word)
    assert rate.model == model


def test_an_id_of_a_provider_beyond_the_snapshot_is_asked_of_genai_prices_when_that_is_installed() -> None:
    rate = PRICES.rate("openrouter", "anthropic/claude-sonnet-4.5", day("2026-01-15"))
    assert usd(rate, i=10**6) == 3


def test_known_and_unknown_models_of_the_snapshot_are_answered_without_importing_genai_prices() -> None:
    code = (
        "import sys; from workbench.usage.prices import Prices; p = Prices.load();"
        f"p.rate('anthropic', '{SONNET}', 20000); p.rate('anthropic', 'acme', 20000);"
        "print([m for m in ('genai_prices', 'pydantic', 'msgspec', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# -- the audit trail --------------------------------------------------------------------------------------------------

COUNTS = st.tuples(*[st.integers(0, 2**40)] * 5, st.integers(0, 1000))


@given(
    COUNTS,
    st.sampled_from([SONNET, "claude-opus-4-6", "gpt-5"]),
    st.sampled_from([None, "fast"]),
    st.sampled_from([None, "us"]),
)
def test_the_factors_of_a_cost_sum_to_it(
    counts: tuple[int, int, int, int, int, int], model: str, speed: str | None, geo: str | None
) -> None:
    provider = "openai" if model == "gpt-5" else "anthropic"
    rate = PRICES.rate(provider, model, day("2026-02-20"), prompt=counts[0], speed=speed, geo=geo)
    factors = explain(rate, counts)
    assert sum(each.amount or 0 for each in factors) == cost(rate, *counts)
    for each in factors:
        per = 1000 if each.name == "web search" else 10**6
        assert each.price is not None
        assert each.tokens * each.price / per * 10**12 == each.amount
    assert [each.tokens for each in factors] == [each for each in counts if each]


# -- a person's own prices --------------------------------------------------------------------------------------------


def test_an_override_comes_before_the_list_and_holds_always() -> None:
    prices = Prices.load({"Claude-Sonnet-4-5-20250929": {"input": "1", "output": "2.5", "web_search": "4"}})
    rate = prices.rate("anthropic", f"{SONNET}[1m]", 3, prompt=10**6, speed="fast", geo="us")
    assert rate[2:] == (0, "", 10**6, 25 * 10**5, 10**6, 10**6, 10**6, 4 * 10**9)
    assert prices.rate("anthropic", "claude-opus-4-7", 3) == PRICES.rate("anthropic", "claude-opus-4-7", 3)


def test_an_override_prices_a_model_that_nobody_lists() -> None:
    prices = Prices.load(
        {
            "acme-9": {
                "input": "0.000001", "output": "9999.999999", "cache_read": "0", "cache_write_5m": "2",
                "cache_write_1h": "3",
            }
        }
    )  # fmt: skip
    assert prices.rate("anthropic", "acme-9", 20000)[4:] == (1, 9999999999, 0, 2 * 10**6, 3 * 10**6, 0)


def test_the_version_moves_with_the_overrides_and_stands_otherwise() -> None:
    one = Prices.load({"a": {"input": "1", "output": "2"}})
    assert Prices.load({"A ": {"output": "2", "input": "1"}}).version == one.version
    assert one.version != PRICES.version != Prices.load({"a": {"input": "1", "output": "3"}}).version
    assert Prices.load().version == PRICES.version


BAD = [
    ([], "must be an object"),
    ({"output": "1"}, "input is missing"),
    ({"input": 3, "output": "1"}, "decimal number in quotes"),
    ({"input": "-3", "output": "1"}, "decimal number"),
    ({"input": "1e400", "output": "1"}, "decimal number"),
    ({"input": "10000", "output": "1"}, "9999.999999"),
    ({"input": "0.0000001", "output": "1"}, "decimal number"),
    ({"input": "１", "output": "1"}, "decimal number"),
    ({"input": "1\n", "output": "1"}, "decimal number"),
    ({"input": "1", "output": "1", "outptu": "1"}, "outptu is none of input, output"),
]


@pytest.mark.parametrize(("prices", "said"), BAD)
def test_an_override_that_is_no_price_is_refused_in_one_sentence(prices: object, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said) as caught:
        Prices.load({"acme-9": prices})
    assert caught.value.message.startswith("The price override acme-9")
    assert caught.value.message.count(".") <= 4
    assert caught.value.facts["problems"][0]["path"].startswith("price_overrides.acme-9")


@pytest.mark.parametrize("prices", [each for each, _ in BAD])
def test_the_settings_refuse_what_the_prices_refuse(prices: object) -> None:
    with pytest.raises(ValueError):
        PriceOverride.model_validate(prices)


def test_the_settings_name_the_same_prices() -> None:
    assert tuple(PriceOverride.model_fields) == own.REQUIRED + own.OPTIONAL


# -- the second opinion -----------------------------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A small table in the form of LiteLLM's."""
    path = tmp_path / TABLE
    entry = {
        "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05, "cache_read_input_token_cost": 3e-07,
        "cache_creation_input_token_cost": 3.75e-06, "cache_creation_input_token_cost_above_1hr": 6e-06,
        "input_cost_per_token_above_200k_tokens": 6e-06, "input_cost_per_token_batches": 1.5e-06,
        "search_context_cost_per_query": {"search_context_size_medium": 0.01},
        "provider_specific_entry": {"us": 1.1, "fast": 2},
    }  # fmt: skip
    path.write_text(json.dumps({"sample_spec": {"x": "text"}, "claude-test-1": entry}))
    return path


def test_the_second_opinion_agrees_where_both_lists_say_the_same(table: Path) -> None:
    counts = (100, 1000, 20, 30, 40, 2)
    assert second_opinion("claude-test-1-20250929[1m]", counts, table=table) == cost(sonnet(190), *counts)


@pytest.mark.parametrize(
    ("counts", "served", "expected"),
    [
        ((10, 0, 0, 0, 0, 0), {}, 30_000_000),
        ((10, 0, 0, 0, 0, 0), {"tier": "batch"}, 15_000_000),
        ((10, 0, 0, 0, 0, 1), {"speed": "fast", "geo": "us"}, 66_000_000 + 10**10),
        ((200_001, 0, 0, 0, 0, 0), {}, 200_001 * 6_000_000),
    ],
)
def test_the_second_opinion_knows_tiers(
    table: Path, counts: tuple[int, int, int, int, int, int], served: dict[str, str], expected: int
) -> None:
    assert second_opinion("claude-test-1", counts, table=table, **served) == expected


def test_no_second_opinion_on_what_the_table_does_not_name(table: Path) -> None:
    assert second_opinion("claude-test-2", (1, 0, 0, 0, 0, 0), table=table) is None
    assert second_opinion("sample_spec", (1, 0, 0, 0, 0, 0), table=table) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe"])
def test_a_table_that_cannot_be_read_has_no_opinion(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / TABLE
    path.write_bytes(content)
    assert second_opinion("claude-test-1", (1, 0, 0, 0, 0, 0), table=path) is None


def test_without_litellm_there_is_no_second_opinion_and_it_is_found_without_importing_it(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = (10, 0, 0, 0, 0, 0)
    package = table.parent / "litellm"
    package.mkdir()
    (package / "__init__.py").write_text("raise AssertionError('imported')")
    table.rename(package / TABLE)
    monkeypatch.setattr(sys, "path", [])
    assert second_opinion("claude-test-1", counts) is None
    monkeypatch.setattr(sys, "path", [str(table.parent)])
    assert second_opinion("claude-test-1", counts) == 30_000_000


def test_another_release_of_genai_prices_is_another_version_and_one_that_cannot_be_read_knows_nothing(
    tmp_path: Path,
) -> None:
    (tmp_path / "genai_prices").mkdir()
    (tmp_path / "genai_prices" / "__init__.py").write_text("")
    (tmp_path / "genai_prices-9.9.9.dist-info").mkdir()
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from workbench.usage.prices import Prices;"
        "p = Prices.load(); print(p.version); print(p.rate('anthropic', 'acme', 1).variant)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("genai-prices 0.2.3 and 9.9.9 ")
    assert done.stdout.endswith("\nunknown\n")
    assert " and " not in PRICES.version
