"""A person's own prices: the setting `price_overrides`, `{model: {input, output, ...}}`, as integers.

Idea: prices are written as the price lists write them, as decimal text: USD a million tokens, and for `web_search` USD
a thousand searches. Invariant: one such price is the whole price of its model on every day and however it was served;
what is left out costs what is nearest: a cache as input, a search nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final, TypeAlias

import apsw

from workbench.errors import InvalidRequest, WorkbenchError
from workbench.usage.store import BUSY_MS, busy

Override: TypeAlias = tuple[int, int, int, int, int, int]
"""The prices of a token of input, output, cache read, 5 min and 1 h cache write, and of a search, in 1e-12 USD."""

REQUIRED: Final = ("input", "output")
OPTIONAL: Final = ("cache_read", "cache_write_5m", "cache_write_1h", "web_search")

PRICE: Final = r"^[0-9]{1,4}(\.[0-9]{1,6})?$"
"""Up to 9999.999999: a millionth of a dollar for a million tokens is the 1e-12 USD that we count in."""

_KEYS: Final = ("settings", "settings.last_good")

_PRICE: Final = re.compile(PRICE)


def stored(database: Path, patience_ms: int = BUSY_MS) -> dict[str, Any]:
    """The prices in the settings of a home's `workbench.db`, read without the settings' models: a report has no time
    for those. As with the settings, what does not fit gives way to what last did; without a database there are none.

    Raises Refused for one that cannot be asked now: without a person's prices all would be priced anew.
    """
    try:
        with closing(apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            connection.set_busy_timeout(patience_ms)
            return kept(connection)
    except apsw.BusyError as error:
        raise busy(database, patience_ms) from error
    except apsw.Error:
        return {}


def kept(connection: apsw.Connection) -> dict[str, Any]:
    """The same of a database that is open."""
    rows = dict(connection.execute("select key, value from settings where key in (?, ?)", _KEYS))
    for key in _KEYS:
        with suppress(ValueError, AttributeError, WorkbenchError):
            found = json.loads(rows.get(key, "{}")).get("price_overrides") or {}
            parse(found)
            return dict(found)
    return {}


def parse(overrides: Mapping[str, Any]) -> dict[str, Override]:
    """The prices by model, in lower case. Raises InvalidRequest, with one sentence, for the first that is none."""
    return {model.strip().lower(): _override(model, prices) for model, prices in overrides.items()}


def _override(model: str, prices: Any) -> Override:
    if not isinstance(prices, Mapping):
        raise _unfit(model, 'must be an object such as {"input": "3", "output": "15"}')
    prices = {key: value for key, value in prices.items() if value is not None}
    for key, value in prices.items():
        if key not in REQUIRED + OPTIONAL:
            raise _unfit(f"{model}.{key}", f"is none of {', '.join(REQUIRED + OPTIONAL)}")
        if not isinstance(value, str) or not _PRICE.fullmatch(value):
            raise _unfit(f"{model}.{key}", 'must be a decimal number in quotes, such as "0.30", from 0 to 9999.999999')
    for key in REQUIRED:
        if key not in prices:
            raise _unfit(f"{model}.{key}", "is missing")
    entered = _picos(prices["input"])
    written = _picos(prices["cache_write_5m"]) if "cache_write_5m" in prices else entered
    return (
        entered,
        _picos(prices["output"]),
        _picos(prices["cache_read"]) if "cache_read" in prices else entered,
        written,
        _picos(prices["cache_write_1h"]) if "cache_write_1h" in prices else written,
        _picos(prices.get("web_search", "0")) * 1000,
    )


def _picos(text: str) -> int:
    """USD a million as 1e-12 USD each: the digits of the text, with six behind the point."""
    whole, _, part = text.partition(".")
    return int(whole + part.ljust(6, "0"))


def _unfit(path: str, message: str) -> InvalidRequest:
    return InvalidRequest(
        f"The price override {path} {message}.",
        remedy="Correct the setting price_overrides: USD a million tokens, as text.",
        problems=[{"path": f"price_overrides.{path}", "message": message}],
    )
