"""Secrets are masked by value, in every form in which a program writes them; by name and by shape where no value is known.

Three doors. `mask` is for whole bytes (a line, a file), `TextMask` for text that arrives in pieces, `scrub` for JSON values
whose secrets nobody told us. Invariant: no needle is ever in what `mask` or an unreleased `TextMask` lets out, however
the text was cut; an early release shows at most `MIN_LENGTH - 1` characters of one.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Container, Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote

MASK: Final = "[REDACTED]"
MIN_LENGTH: Final = 8
"""Shorter values are not masked: they would be found everywhere."""


def needles(values: Iterable[str]) -> tuple[bytes, ...]:
    """Every form of the secret `values` that is worth looking for, the longest first.

    The forms are raw, JSON-escaped (once and twice, ASCII or not), URL-quoted, hexadecimal, and base64 (both alphabets) at
    its three alignments. A value of several lines (a PEM key) is also looked for line by line, and without the white
    space around it.
    """
    wanted = {part for value in values for part in (value, value.strip(), *value.splitlines(), *value.split("\0"))}
    forms = {form for part in wanted if len(part) >= MIN_LENGTH for form in _forms(part)}
    return tuple(sorted((form for form in forms if len(form) >= MIN_LENGTH), key=lambda form: (-len(form), form)))


_SECRET_NAME: Final = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|HEADERS")
_HEADER: Final = re.compile(r"^[\w-]+:[ \t]*((?:(?:bearer|basic|token)[ \t]+)?(.*\S))", re.IGNORECASE | re.MULTILINE)
_LOGIN: Final = re.compile(r"\w://((?:[^/@:\s]*:)?([^/@\s]+))@")


def secrets_in(environ: Mapping[str, str], names: Container[str]) -> list[str]:
    """The values of an environment that must be shown nowhere: those under `names` and under a telling name, of headers
    what each says, and of an address (a proxy's) who logs in there.

    >>> secrets_in({"X_HEADERS": "Auth: Bearer abc", "PROXY": "http://me:p%40ss@host", "LANG": "C"}, ())
    ['Auth: Bearer abc', 'Bearer abc', 'abc', 'me:p%40ss', 'p%40ss', 'me:p@ss', 'p@ss']
    """
    found: list[str] = []
    for name, value in environ.items():
        if name in names or _SECRET_NAME.search(name):
            found.append(value)
        if "HEADERS" in name:
            found += (part for header in _HEADER.findall(value) for part in header)
        for login in _LOGIN.findall(value):
            found += (*login, *(unquote(part) for part in login if "%" in part))
    return found


def _forms(value: str) -> Iterable[bytes]:
    raw = value.encode("utf-8", "surrogateescape")
    yield raw
    text = raw.decode("utf-8", "replace")
    for ascii_only in (True, False):
        once = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield once.encode()
        yield json.dumps(once, ensure_ascii=ascii_only)[1:-1].encode()
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield quoted.encode()
        yield re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), quoted).encode()
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for shift in range(3):
        yield from _base64_core(raw, shift)


def _base64_core(raw: bytes, shift: int) -> Iterable[bytes]:
    """What base64 makes of `raw` when `shift` unknown bytes stand before it: the characters that depend on `raw` alone."""
    first = (0, 2, 3)[shift]
    last = (shift + len(raw)) * 8 // 6
    padded = b"\0" * shift + raw
    yield base64.b64encode(padded)[first:last]
    yield base64.urlsafe_b64encode(padded)[first:last]


def mask(data: bytes, needles: Iterable[bytes]) -> bytes:
    """`data` with every needle replaced; give them as `needles` sorted them, the longest first."""
    for needle in needles:
        if needle in data:
            data = data.replace(needle, MASK.encode())
    return data


class TextMask:
    """Masks one stream of text whose pieces may cut a secret anywhere.

    It holds back only the end of the text that may be the beginning of a needle, so at most `max(len) - 1` characters
    wait. `release` lets a short end go early (a person is waiting for it) and remembers it, so the rest of a secret that
    was begun is still masked; `flush` ends the stream.

    >>> stream = TextMask([b"hunter2hunter2"])
    >>> stream.feed("the key is hunter2hun")
    'the key is '
    >>> stream.feed("ter2, keep it")
    '[REDACTED], keep it'
    """

    def __init__(self, needles: Iterable[bytes]) -> None:
        words = sorted({needle.decode("utf-8", "replace") for needle in needles}, key=lambda word: (-len(word), word))
        self._by_first: dict[str, list[str]] = {}
        for word in words:
            self._by_first.setdefault(word[0], []).append(word)
        self._longest = len(words[0]) if words else 0
        self._whole = re.compile("|".join(map(re.escape, words)) or r"(?!)")
        self._begins = re.compile("[" + "".join(map(re.escape, self._by_first)) + "]" if words else r"(?!)")
        self._shown = ""
        self._held = ""

    @property
    def holding(self) -> bool:
        """Whether text is being held back."""
        return bool(self._held)

    @property
    def idle(self) -> bool:
        """Whether nothing of what came so far matters to what may come."""
        return not self._held and not self._shown

    def feed(self, text: str) -> str:
        """What may be shown now that `text` has arrived."""
        return self._scan(text, ending=False)

    def release(self) -> str:
        """The held text, if it is too short to matter should it prove to be the beginning of a secret."""
        if len(self._shown) + len(self._held) >= MIN_LENGTH:
            return ""
        text, self._held = self._held, ""
        self._shown += text
        return text

    def flush(self) -> str:
        """What was held: the stream has ended."""
        return self._scan("", ending=True)

    def _scan(self, text: str, *, ending: bool) -> str:
        """Masks the needles of which nothing more can come; what may be the beginning of another one is held.

        A needle that lies behind or at such a beginning waits with it: the longer one would hide more.
        """
        window = self._shown + self._held + text
        start, done = 0, len(self._shown)
        parts: list[str] = []
        while True:
            begin = len(window) if ending else self._tail(window, start)
            found = self._whole.search(window, start)
            if found is None or found.start() >= begin:
                break
            parts += (window[done : found.start()], MASK)
            start = done = found.end()
        parts.append(window[done:begin])
        self._shown = window[begin:done]
        self._held = window[max(begin, done) :]
        return "".join(parts)

    def _tail(self, window: str, start: int) -> int:
        """Where the longest end of `window` (from `start` on) begins that is the beginning of a needle and not all of it."""
        for found in self._begins.finditer(window, max(start, len(window) - self._longest + 1)):
            tail = window[found.start() :]
            if any(len(word) > len(tail) and word.startswith(tail) for word in self._by_first[found[0]]):
                return found.start()
        return len(window)


_SECRET_KEYS: Final = re.compile(
    r"(^|_)(api_?keys?|access_?keys?|private_?keys?|secret_?keys?|secrets?|tokens?|passwords?|passwd|passphrase|credentials?"
    r"|authorization|bearer|cookies?|set_cookie|session_?token|client_?secret|signature)$"
)
_SHAPES: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\bsk-[A-Za-z0-9_-]{16,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|(?<=[Bb]earer )[A-Za-z0-9._~+/=-]{8,}",
    re.DOTALL,
)


def scrub(value: Any) -> Any:
    """A JSON value without what looks like a secret: what a telling key holds, and strings of a known shape.

    Numbers stay: `max_tokens` and its like are counts.

    >>> scrub({"apiKey": "abc", "max_tokens": 5, "note": "use ghp_0123456789abcdefghij0"})
    {'apiKey': '[REDACTED]', 'max_tokens': 5, 'note': 'use [REDACTED]'}
    """
    if isinstance(value, str):
        return _SHAPES.sub(MASK, value)
    if isinstance(value, list | tuple):
        return [scrub(item) for item in value]
    if isinstance(value, dict):
        return {key: MASK if _hides(key, item) else scrub(item) for key, item in value.items()}
    return value


def _hides(key: object, item: object) -> bool:
    if not isinstance(key, str) or not isinstance(item, str | list | tuple | dict) or not item:
        return False
    words = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower())
    return bool(_SECRET_KEYS.search(words))
