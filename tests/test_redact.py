"""Secrets are found in every form, however the text was cut, and by name and shape where no value is known."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from itertools import pairwise
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.redact import MASK, MIN_LENGTH, TextMask, mask, needles, scrub

KEY = 'sk-ant/01+"ü\\x~ key?'

secrets = st.text(st.characters(exclude_categories=["Cs"]), min_size=MIN_LENGTH, max_size=40).filter(
    lambda text: len(text.strip()) >= MIN_LENGTH
)


def forms(secret: str) -> dict[str, bytes]:
    raw = secret.encode()
    return {
        "raw": raw,
        "json": json.dumps({"k": secret}).encode(),
        "json, not ascii": json.dumps({"k": secret}, ensure_ascii=False).encode(),
        "json in json": json.dumps({"k": json.dumps({"k": secret})}).encode(),
        "url": quote(secret, safe="").encode(),
        "url path": quote(secret).encode(),
        "url query": quote_plus(secret).encode(),
        "url in lower case": b"".join(b"%%%02x" % byte if not chr(byte).isalnum() else bytes([byte]) for byte in raw),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
    }


@pytest.mark.parametrize("form", [form for form in forms(KEY) if form != "url in lower case"])
def test_a_secret_is_masked_in_every_form(form):
    data = b"<" + forms(KEY)[form] + b">"
    masked = mask(data, needles([KEY]))
    assert MASK.encode() in masked
    assert masked.startswith(b"<")
    assert masked.endswith(b">")
    assert b"ant" not in masked
    assert KEY.encode().hex()[:8].encode() not in masked.lower()


def test_a_secret_is_masked_when_its_url_form_is_in_lower_case():
    secret = "pass/word+and=more"
    assert mask(b"?k=pass%2fword%2band%3dmore&x", needles([secret])) == b"?k=[REDACTED]&x"


@pytest.mark.parametrize("encoder", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("before", ["", "u", "us", "user:"])
@pytest.mark.parametrize("after", ["", "@", "@host"])
def test_a_secret_is_masked_inside_base64_at_every_alignment(encoder, before, after):
    secret = "p4ss>>w?rd~~long"
    masked = mask(encoder((before + secret + after).encode()), needles([secret]))
    assert MASK.encode() in masked
    assert len(masked) <= len(MASK) + 4 * (len(before + after) + 4) // 3 + 4


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("-----BEGIN KEY-----\nMIIEvQIBADANBg\nabcdefghijkl\n-----END KEY-----\n", "MIIEvQIBADANBg"),
        ("hunter2hunter2\n", "hunter2hunter2"),
        ("first-part\0second-part", "second-part"),
        ("with a lone \udcff byte", "with a lone \udcff byte"),
    ],
)
def test_values_of_several_lines_and_odd_bytes_are_found_in_their_parts(value, written):
    data = written.encode("utf-8", "surrogateescape")
    assert mask(b"[" + data + b"]", needles([value])) == b"[[REDACTED]]"


def test_short_values_are_left_alone():
    assert needles(["", "secret7", "   \n"]) == ()
    assert all(len(needle) >= MIN_LENGTH for needle in needles(["12345678", "ab\ncd\nefghijkl"]))


def test_needles_come_longest_first_and_always_in_the_same_order():
    found = needles(["one-secret", "another-secret"])
    assert [len(needle) for needle in found] == sorted((len(needle) for needle in found), reverse=True)
    assert found == needles(["another-secret", "one-secret"])


def test_a_secret_that_contains_another_is_masked_whole():
    assert mask(b"x long-secret-value y", needles(["secret-value", "long-secret-value"])) == b"x [REDACTED] y"


@given(secrets, st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=60)
def test_no_needle_survives_the_mask(secret, before, after):
    found = needles([secret])
    masked = mask((before + secret + after).encode("utf-8", "replace"), found)
    rest = masked.split(MASK.encode())
    assert not any(needle in part for part in rest for needle in found)


# -- streams ----------------------------------------------------------------------------------------------------------


def pieces(text: str, cuts: list[int]) -> list[str]:
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    return [text[a:b] for a, b in pairwise(edges)]


@given(secrets, st.text(max_size=30), st.text(max_size=30), st.lists(st.integers(0, 200), max_size=8))
@settings(max_examples=100)
def test_a_stream_shows_the_same_however_it_was_cut(secret, before, after, cuts):
    text = before + secret + after
    found = needles([secret])
    whole = TextMask(found)
    expected = whole.feed(text) + whole.flush()
    stream = TextMask(found)
    shown = "".join(stream.feed(piece) for piece in pieces(text, cuts)) + stream.flush()
    assert shown == expected
    assert MASK in shown


@given(secrets, st.text(max_size=10), st.lists(st.integers(0, 200), max_size=12))
@settings(max_examples=100)
def test_a_stream_released_early_shows_less_than_the_least_of_a_secret(secret, before, cuts):
    stream = TextMask(needles([secret]))
    shown = ""
    for piece in pieces(before + secret, cuts):
        shown += stream.feed(piece) + stream.release()
    shown += stream.flush()
    assert not any(secret in part for part in shown.split(MASK))
    assert MASK in shown


@given(st.text(max_size=200), st.lists(st.integers(0, 200), max_size=8))
@settings(max_examples=50)
def test_text_without_a_secret_passes_as_it_is(text, cuts):
    stream = TextMask(needles(["a-secret-nobody-says"]))
    assert "".join(stream.feed(piece) for piece in pieces(text, cuts)) + stream.flush() == text


def test_a_stream_holds_back_no_more_than_may_begin_a_secret():
    stream = TextMask([b"hunter2hunter2"])
    assert stream.feed("plain text") == "plain text"
    assert stream.idle
    assert stream.feed(" with h") == " with "
    assert stream.holding
    assert stream.feed("ope") == "hope"
    assert not stream.holding


def test_a_stream_lets_short_ends_go_early_and_long_ones_only_at_the_end():
    stream = TextMask([b"hunter2hunter2"])
    assert stream.feed("hunter2") == ""
    assert stream.release() == "hunter2"
    assert stream.feed("h") == ""
    assert stream.release() == ""
    assert stream.feed("unter2!") == "[REDACTED]!"
    assert stream.feed("hunter2h") == ""
    assert stream.flush() == "hunter2h"
    assert stream.idle


def test_a_secret_within_a_longer_one_waits_for_the_longer_one():
    stream = TextMask([b"token-of-the-server", b"of-the-server", b"token-of-the-server-room"])
    assert stream.feed("<token-of-the-server") == "<"
    assert stream.release() == ""
    assert stream.feed("-room>") == "[REDACTED]>"
    assert stream.feed("<token-of-the-server") == "<"
    assert stream.flush() == "[REDACTED]"


def test_a_stream_without_needles_passes_everything():
    stream = TextMask([])
    assert stream.feed("anything") == "anything"
    assert stream.idle


# -- names and shapes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    ["api_key", "apiKey", "ANTHROPIC_API_KEY", "x-api-key", "token", "accessToken", "Authorization", "password", "Set-Cookie",
     "client_secret", "private_key", "aws_secret_access_key"],
)  # fmt: skip
def test_what_a_telling_key_holds_is_hidden(key):
    assert scrub({"a": [{key: "value"}]}) == {"a": [{key: MASK}]}
    assert scrub({key: {"nested": "value"}}) == {key: MASK}


@pytest.mark.parametrize(
    "value",
    [
        {"max_tokens": 5, "tokens": 7, "input_tokens": 9, "token": None, "password": ""},
        {"monkey": "banana", "tokenizer": "bpe", "author": "me", "keyboard": "qwerty", "secretary": "Ann"},
        ["plain", 1, 2.5, True, None],
        "sk-8 is a bus line; eyJ is how JSON begins",
    ],
)
def test_counts_and_ordinary_words_stay(value):
    assert scrub(value) == value


@pytest.mark.parametrize(
    "secret",
    [
        "sk-ant-api03-AbCdEfGhIjKlMnOpQrSt",
        "sk-proj-0123456789abcdef0123",
        "ghp_0123456789abcdefghij0123456789abcdef",
        "github_pat_11ABCDEFG0123456789_abcdef",
        "glpat-0123456789abcdefghij",
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-123456789012-abcdefghijkl",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIEow cut here",
    ],
)
def test_strings_of_a_known_shape_are_hidden_wherever_they_stand(secret):
    assert scrub([f"export KEY={secret}"]) == [f"export KEY={MASK}"]


def test_what_follows_bearer_is_hidden():
    assert scrub("curl -H 'Authorization: Bearer abc.def-123'") == f"curl -H 'Authorization: Bearer {MASK}'"


def test_scrubbing_leaves_its_argument_alone():
    value = {"token": "abc", "list": ["x"]}
    scrub(value)
    assert value == {"token": "abc", "list": ["x"]}


def test_it_loads_nothing_heavy():
    code = "import sys, workbench.redact; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"pydantic", "msgspec", "asyncio", "apsw", "pandas"}.isdisjoint(loaded)
