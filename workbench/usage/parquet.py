"""The facts as Parquet, for SQL: parts of final rows, written when SQL is asked for and the store has moved.

Idea: ids are cut into parts of 100,000. A part's name holds a mark of all that its rows say, so a part that has not
changed is already there, a changed one is a new file, and two processes that write the same part write the same thing. A
manifest names the parts of one version of the store, and is replaced in one step.

Invariant: what a manifest names is whole and of one snapshot of the store. A part that no manifest names any more is
removed; who reads it at that moment asks again.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import apsw

from workbench.errors import HomeUnusable
from workbench.paths import Home, write_atomic
from workbench.storage.telemetry import Columns, scan, write_part
from workbench.usage import views
from workbench.usage.store import Store, get

PART_IDS: Final = 100_000
WIDE: Final = 10**18
"""1e-12 US dollars: from here on a cost needs the wide decimal."""

_LAYOUT: Final = 1
"""Another number makes every part anew: for when a column changes."""
_NARROW: Final = ".parquet"
_WIDE: Final = "-wide.parquet"
_STALE_S: Final = 3_600

_FACTS: Final = """id, mid, rid, ts, home, dim, price, kind, i, o, c5, c1, cr, reason, web, reported, run, file,
    off"""
_TABLES: Final = {
    "h": (
        "ctx",
        "id, session, cwd, branch, plugin, agent_id, mcp_server, mcp_tool, effort, speed, tier, geo, sidechain, stop",
    ),
    "d": ("dim", "id, project, skill, agent, step"),
    "p": ("price", "id, provider, model, variant, p_in, p_out, p_cr, p_c5, p_c1, p_web"),
    "f": ("file", "id, source, path"),
    "r": ("run", "id, run"),
}
_RUNS: Final = """run, model, session, provider, provider_session, skill, step, workflow, started, ended, i, o, c5, c1, cr,
    cost, cost_basis, replay, covered, hidden"""

_MARKS: Final = """
    select id / ?, count(*), sum(said % 2147483647), sum((id % 99991 + 1) * (said % 1000003)) from (
        select id, home * 1000003 + dim * 8191 + price * 131071 + coalesce(run, -1) * 524287 + off * 7 + ts
            + i * 11 + o * 1009 + c5 * 10007 + c1 * 20011 + cr * 40009 + web * 80021 + reason * 160001
            + coalesce(reported % 2147483629, -1) * 257 as said
        from sampling where live
    ) group by 1 order by 1"""
"""What may change of a row that keeps its id, each with a factor of its own."""


@dataclass(frozen=True)
class Manifest:
    """Which files hold a version of the store."""

    layout: int
    store: int
    """The inode of the store: another file under its name begins to count anew."""
    version: int
    narrow: list[str]
    wide: list[str]
    runs: str

    def files(self) -> set[str]:
        return {*self.narrow, *self.wide, self.runs}

    def definitions(self, folder: Path) -> dict[str, str]:
        """The views over these files."""
        parts = [
            f"select * from {scan([folder / name for name in names])}"  # noqa: S608 - our own file names
            for names in (self.narrow, self.wide)
            if names
        ]
        return views.definitions(" union all ".join(parts), f"select * from {scan([folder / self.runs])}")  # noqa: S608


def folder_of(home: Home, zone: str) -> Path:
    """Where the parts lie whose days are a time zone's."""
    return home.root / "telemetry" / "parts" / zone.replace("/", ".")


def export(store: Store, folder: Path, zone: str) -> Manifest:
    """Brings the parts to what the store says, and names them. Safe beside any number of others that do the same."""
    manifest = _current(store, folder)
    if manifest is not None:
        return manifest
    with _alone(folder):
        return _current(store, folder) or store.read(lambda connection: _export(connection, folder, zone))


def _current(store: Store, folder: Path) -> Manifest | None:
    """What the manifest names, if it is of the store as it is now and all of it is there."""
    try:
        manifest = Manifest(**json.loads((folder / "manifest.json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    if manifest.layout != _LAYOUT or not manifest.files() <= {entry.name for entry in os.scandir(folder)}:
        return None
    same = (manifest.store, manifest.version) == (store.path.stat().st_ino, store.version())
    return manifest if same else None


def _export(connection: apsw.Connection, folder: Path, zone: str) -> Manifest:
    writer = _Writer(connection, folder, zone)
    marks: list[Any] = connection.execute(_MARKS, (PART_IDS,)).fetchall()
    parts = [writer.part(number, said) for number, *said in marks or [(0, 0)]]
    manifest = Manifest(
        layout=_LAYOUT,
        store=Path(connection.filename).stat().st_ino,
        version=int(get(connection, "version", "0")),
        narrow=[name for name in parts if not name.endswith(_WIDE)],
        wide=[name for name in parts if name.endswith(_WIDE)],
        runs=writer.runs(),
    )
    write_atomic(folder / "manifest.json", json.dumps(asdict(manifest)).encode())
    _sweep(folder, manifest)
    return manifest


class _Writer:
    """Writes the files of one snapshot of the store, but those that are there already."""

    def __init__(self, connection: apsw.Connection, folder: Path, zone: str) -> None:
        self._connection, self._folder, self._zone = connection, folder, zone
        self._tables = {name: _columns(connection, table, listed) for name, (table, listed) in _TABLES.items()}
        self._common = (_LAYOUT, zone, list(zip(*self._tables["p"].values(), strict=True)))

    def part(self, number: int, said: Sequence[Any]) -> str:
        """The file of a part, by what its rows say."""
        name = f"{number:08d}-{_mark(self._common, said)}"
        for file in (name + _NARROW, name + _WIDE):
            if (self._folder / file).exists():
                return file
        rows = self._connection.execute(
            f"select {_FACTS} from sampling where id >= ? and id < ? and live",  # noqa: S608 - our own columns
            (number * PART_IDS, (number + 1) * PART_IDS),
        ).fetchall()
        facts = _by_column(_FACTS, rows)
        wide = _bound(facts, self._tables["p"]) >= WIDE
        file = name + (_WIDE if wide else _NARROW)
        query = views.select(views.samplings(self._zone), views.FACTS, wide=wide)
        write_part(self._folder / file, query, {"s": facts, **self._tables})
        return file

    def runs(self) -> str:
        """The file of our own runs."""
        runs = _columns(self._connection, "run", _RUNS)
        file = f"runs-{_mark(_LAYOUT, list(zip(*runs.values(), strict=True)))}{_NARROW}"
        if not (self._folder / file).exists():
            query = views.select(views.RUNS, "r order by r.started, r.run", wide=True)
            write_part(self._folder / file, query, {"r": runs})
        return file


def _bound(facts: Columns, prices: Columns) -> int:
    """What the dearest row costs at most, if each of its counts were the largest and each price the dearest."""
    tokens = sum(max(facts[name], default=0) for name in ("i", "o", "c5", "c1", "cr"))
    rate = max((p or 0 for name in ("p_in", "p_out", "p_cr", "p_c5", "p_c1") for p in prices[name]), default=0)
    searches = max(facts["web"], default=0) * max((p or 0 for p in prices["p_web"]), default=0)
    return max(tokens * rate + searches, max((each or 0 for each in facts["reported"]), default=0))


def _columns(connection: apsw.Connection, table: str, listed: str) -> dict[str, Sequence[Any]]:
    return _by_column(listed, connection.execute(f"select {listed} from {table} order by id").fetchall())  # noqa: S608 - our own names


def _by_column(listed: str, rows: Sequence[Any]) -> dict[str, Sequence[Any]]:
    names = [name.strip() for name in listed.split(",")]
    return dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))


def _mark(*said: Any) -> str:
    return blake2b(repr(said).encode(), digest_size=10).hexdigest()


def _sweep(folder: Path, manifest: Manifest) -> None:
    """Removes what no manifest names: replaced parts, and what a writer that died left behind."""
    for entry in os.scandir(folder):
        if entry.name.endswith(".tmp"):
            gone = time.time() - entry.stat().st_mtime > _STALE_S
        else:
            gone = entry.name.endswith(".parquet") and entry.name not in manifest.files()
        if gone:
            Path(entry.path).unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One writer a folder; the system frees the lock when its holder dies."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
    except OSError as error:
        raise HomeUnusable(
            f"The telemetry folder {folder} cannot be written: {error.strerror or error}.",
            remedy="Free some space, or see to it that you can write there.",
            path=str(folder),
            errno=error.errno,
        ) from error
