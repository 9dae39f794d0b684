"""Gemini CLI: `tmp/<project>/chats/session-*.json` below its folder.

Idea: a chat is one JSON object that is written anew with every message, so it is read whole whenever it has changed.
A resumed chat repeats its messages under their ids.

Invariant: thoughts are a count of their own and billed as output; cached tokens are part of the input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workbench.usage.sampling import MESSAGE, UNKNOWN_MODEL, Parsed
from workbench.usage.sources.gathered import Gathered
from workbench.usage.sources.lines import Note, Unreadable, loads, silent, text, whole
from workbench.usage.sources.source import Found, Rates, existing, home, walk

if TYPE_CHECKING:
    from workbench.usage.sources.gemini_rows import Message

BILLS: Final = "google"
NO_CHAT: Final = "is no chat: it has no list of messages"
NO_TIME: Final = "has no timestamp"


class Gemini:
    """The reader of Gemini CLI's chats."""

    name = "gemini"

    def roots(self, environment: Mapping[str, str], given: Sequence[Path] | None = None) -> list[Path]:
        """The `tmp` folders: of `given`, of GEMINI_CLI_HOME, or of `~/.gemini`."""
        if given is not None:
            return list(dict.fromkeys(_chats(folder) for folder in given))
        named = environment.get("GEMINI_CLI_HOME")
        return existing([_chats((Path(named).expanduser() if named else home(environment)) / ".gemini")])

    def discover(self, root: Path) -> Iterator[Found]:
        """Every chat."""
        return walk(root, _is_chat)

    def read(self, path: str, offset: int, state: str | None, prices: Rates, note: Note = silent) -> Parsed:
        """All messages of a chat, from its beginning; there is no state."""
        del offset, state, note  # it is small
        gathered = Gathered(prices)
        data = whole(path)
        if isinstance(data, str):
            gathered.skip(0, data)
            return gathered.parsed(0)
        try:
            chat = loads(data)
        except Unreadable as error:
            gathered.skip(0, str(error))
            return gathered.parsed(0)
        messages = chat.get("messages") if isinstance(chat, dict) else None
        if isinstance(messages, list):
            place = Path(path)
            _take_all(gathered, messages, text(chat.get("sessionId")) or place.stem, place.parent.parent.name)
        else:
            gathered.skip(0, NO_CHAT)
        return gathered.parsed(0)


def _take_all(gathered: Gathered, messages: list[Any], session: str, project: str) -> None:
    """The samplings of a chat. Its messages have no lines, so a skip names which of them it was."""
    from workbench.usage.sources import decoding, gemini_rows

    context = gathered.context(
        (
            *(BILLS, session, project, None, None, None, None, None, None),
            *(None, None, None, None, None, None, 0, None),
        )
    )
    for number, value in enumerate(messages):
        try:
            message = gemini_rows.message(value)
        except decoding.REFUSED as error:
            gathered.skip(number, f"message {number}: {decoding.reason(error)}")
            continue
        if message is None or message.tokens is None:
            continue
        if message.timestamp is None or not decoding.taken(message.timestamp):
            why = decoding.FAR_TIME if message.timestamp else NO_TIME
            gathered.skip(number, f"message {number}: {why}")
            continue
        ts = decoding.milliseconds(message.timestamp)
        i, o, cached, thoughts = gemini_rows.counts(message.tokens)
        _take(gathered, message, (message.id or f"{session}#{number}", context, ts), (i, o, cached, thoughts))


def _take(gathered: Gathered, message: Message, where: tuple[str, int, int], counts: tuple[int, int, int, int]) -> None:
    """One sampling."""
    mid, context, ts = where
    i, o, cached, thoughts = counts
    gathered.lines += 1
    rate = gathered.rate(BILLS, message.model or UNKNOWN_MODEL, ts, i + cached)
    gathered.rows.append((mid, None, 0, 0, o, ts, context, rate, MESSAGE, i, o, 0, 0, cached, thoughts, 0, None, 0, ts))


def _chats(folder: Path) -> Path:
    """The chats of a folder of Gemini CLI; a folder without them may be that of the chats itself."""
    inner = folder / "tmp"
    return inner if inner.is_dir() else folder


def _is_chat(name: str) -> bool:
    return name.startswith("session-") and name.endswith(".json")
