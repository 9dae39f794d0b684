"""OpenCode: `opencode.db` in its data folder, and the `storage/message/**.json` that older releases wrote.

Idea: a message of the assistant is a sampling, with the cost that OpenCode reckoned. The database is read on one
snapshot, from the time of change that the last reading reached; a message that has grown is told again, and the larger
one wins. A message that was moved from a file to the database kept its id.

Invariant: the owner is never kept waiting: the database is opened read-only and one query is all that is asked of it.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from workbench.usage.sampling import MESSAGE, UNKNOWN_MODEL, Parsed
from workbench.usage.sources.gathered import Gathered
from workbench.usage.sources.lines import TOO_DEEP, Note, Unreadable, picos, silent, whole
from workbench.usage.sources.source import Found, Rates, existing, found, home, walk

if TYPE_CHECKING:
    from workbench.usage.sources.opencode_rows import Message, Tokens

SEEN: Final = 1
"""The offset of a database that has been read: it goes on by its state. The offset of a row is its number in the table."""

DATABASE: Final = "opencode.db"
NO_TIME: Final = "has no time of creation"
NOT_OURS: Final = "is no database of OpenCode that this release can read"
PATIENCE_MS: Final = 200


class OpenCode:
    """The reader of OpenCode's messages."""

    name = "opencode"

    def roots(self, environment: Mapping[str, str], given: Sequence[Path] | None = None) -> list[Path]:
        """The data folders: `given`, OPENCODE_DATA_DIR, or the default."""
        if given is not None:
            return list(dict.fromkeys(given))
        named = environment.get("OPENCODE_DATA_DIR")
        data = Path(environment.get("XDG_DATA_HOME") or home(environment) / ".local" / "share")
        return existing([Path(named).expanduser() if named else data / "opencode"])

    def discover(self, root: Path) -> Iterator[Found]:
        """The database with what its log has not yet given to it, and each older message."""
        log = next(found(root / f"{DATABASE}-wal"), None)
        for database in found(root / DATABASE):
            if log is None or log.why or database.why or not log.size:  # a reader leaves an empty one behind
                yield database
            else:
                size, changed = database.size + log.size, max(database.mtime_ns, log.mtime_ns)
                yield database._replace(size=size, mtime_ns=changed)
        messages = root / "storage" / "message"
        if messages.is_dir():
            yield from walk(messages, _is_message)

    def read(self, path: str, offset: int, state: str | None, prices: Rates, note: Note = silent) -> Parsed:
        """All messages that have changed since. The state holds the latest time of change."""
        del note  # it asks for what is new at once
        reading = _Reading(prices)
        if path.endswith(".db"):
            known = json.loads(state) if state and offset else {}
            return reading.gathered.parsed(SEEN, json.dumps(reading.database(path, known)))
        data = whole(path)
        if isinstance(data, str):
            reading.gathered.skip(0, data)
        else:
            reading.message(data, 0, (Path(path).stem, Path(path).parent.name))
        return reading.gathered.parsed(0)


class _Reading:
    """One reading of one file."""

    def __init__(self, prices: Rates) -> None:
        from workbench.usage.sources import decoding, opencode_rows

        self.rows = opencode_rows
        self.decoding = decoding
        self.gathered = Gathered(prices)

    def database(self, path: str, state: dict[str, Any]) -> dict[str, Any]:
        """The messages that changed since: `{"changed": ms, "seen": {id: checksum of those changed then}}`, made anew."""
        since: int = state.get("changed", 0)
        seen: dict[str, int] = state.get("seen", {})
        for number, mid, session, data, updated in self._asked(path, since):
            line = data.encode("utf-8", "replace") if isinstance(data, str) else data
            if not isinstance(line, bytes) or not isinstance(mid, str) or not isinstance(updated, int):
                self.gathered.skip(number, "is no message")
                continue
            check = crc32(line)
            if updated == since and seen.get(mid) == check:
                continue
            since, seen = updated, (seen if updated == since else {}) | {mid: check}
            self.message(line, number, (mid, session if isinstance(session, str) else None))
        return {"changed": since, "seen": seen}

    def _asked(self, path: str, since: int) -> list[tuple[Any, ...]]:
        """Raises OSError where the database cannot be read now."""
        import apsw

        try:
            return _changed(path, since)
        except (apsw.BusyError, apsw.LockedError) as error:
            raise OSError(errno.EAGAIN, "OpenCode is busy with its database", path) from error
        except (apsw.CantOpenError, apsw.PermissionsError, apsw.IOError) as error:
            raise OSError(errno.EACCES, str(error), path) from error
        except apsw.Error:
            self.gathered.skip(0, NOT_OURS)
            return []

    def message(self, data: bytes, number: int, place: tuple[str, str | None]) -> None:
        """One message, if it is the assistant's and has counts; `place` names it and its session where it does not."""
        message = self._decoded(data, number)
        if message is None or message.role != self.rows.ASSISTANT or message.tokens is None:
            return
        moment = message.time.completed or message.time.created if message.time else None
        if moment is None:
            self.gathered.skip(number, NO_TIME)
            return
        self._take(message, message.tokens, number, (message.id or place[0], message.sessionID or place[1], moment))

    def _take(self, message: Message, tokens: Tokens, number: int, where: tuple[str, str | None, int]) -> None:
        """One sampling."""
        mid, session, ts = where
        gathered = self.gathered
        gathered.lines += 1
        i, o, written, read, reason = self.rows.counts(tokens)
        provider = message.providerID or UNKNOWN_MODEL
        cwd = message.path.cwd if message.path else None
        agent = message.agent or message.mode
        context = gathered.context(
            (
                *(provider, session, cwd, cwd, None, None, None, None, agent, None, None),
                *(message.variant, None, None, None, 0, message.finish),
            )
        )
        rate = gathered.rate(provider, message.modelID or UNKNOWN_MODEL, ts, i + written + read)
        reported = picos(message.cost) or None  # it writes 0 where it knows no price
        gathered.rows.append(
            (mid, None, 0, 0, o, ts, context, rate, MESSAGE, i, o, written, 0, read, reason, 0, reported, number, ts)
        )

    def _decoded(self, data: bytes, number: int) -> Message | None:
        """A message, None (and perhaps a skip) where it is none."""
        try:
            try:
                return self.rows.MESSAGE.decode(data)
            except self.decoding.REFUSED:
                return self.rows.repaired(data)
        except Unreadable as error:
            self.gathered.skip(number, str(error))
        except RecursionError:
            self.gathered.skip(number, TOO_DEEP)
        except self.decoding.REFUSED as error:
            self.gathered.skip(number, self.decoding.reason(error))
        return None


def _changed(path: str, since: int) -> list[tuple[Any, ...]]:
    """Number, id, session, JSON and time of change of the messages that are new, on one snapshot."""
    from urllib.parse import quote

    import apsw

    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    connection = apsw.Connection(f"file:{quote(os.path.abspath(path))}?mode=ro", flags)  # noqa: PTH100 - a URI takes no Path
    try:
        connection.set_busy_timeout(PATIENCE_MS)
        query = """select rowid, id, session_id, data, time_updated from message
            where time_updated >= ? order by time_updated, id"""
        return connection.execute(query, (since,)).fetchall()
    finally:
        connection.close()


def _is_message(name: str) -> bool:
    return name.endswith(".json")
