"""`workbench usage daily` and its like: bring the store up to date, ask it, print the answer.

Like the ledger's reports this goes past the commands, for speed: a report with nothing new to read loads no model, no
decoder and no price list but our own. Invariant: what is printed under --json is one document on stdout; progress,
warnings and what could not be read are on stderr.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from workbench.clock import SystemClock
from workbench.errors import InvalidRequest
from workbench.hosts.cli_text import terminal_width
from workbench.paths import Home
from workbench.usage import configuration, reports
from workbench.usage.importer import Progress, Report, refresh
from workbench.usage.store import Store
from workbench.usage.which import Which, asked, since_last, weekday

PATIENCE_S: Final = 1.0
"""An import that takes longer says how far it is."""

RECENT_DAYS: Final = 3
MAX_ROWS: Final = 1_000_000

Roots = Mapping[str, Sequence[Path]]
Answer = dict[str, Any]


def run(args: argparse.Namespace) -> int:
    """Prints one report."""
    which = asked({name: getattr(args, name, None) for name in Which._fields})
    roots = _roots(args)
    home = Home.from_environment()
    home.make()
    now_ms = SystemClock().now_ms()
    with Store.open(home) as store:
        imported = _import(store, home, roots)
        which = which._replace(folders=_folders(store, roots), since=_since(args, which, now_ms))
        store.ensure_zone(which.timezone)
        found = _answer(store, args, which, imported, now_ms)
        nothing = _nothing(args, store, found, which, roots)
    _print(args, found, nothing)
    return 0


def _answer(store: Store, args: argparse.Namespace, which: Which, imported: Report, now_ms: int) -> Answer:
    """The report that was asked for, as `usage/` gives it."""
    name = args.report
    if name in {"daily", "weekly", "monthly"}:
        more = {"start_of_week": args.start_of_week} if name == "weekly" else {}
        ask = getattr(reports, name)
        found = store.read(lambda connection: ask(connection, which, instances=args.instances, **more))
    elif name == "session":
        found = store.read(lambda connection: _sessions(connection, args, which))
    elif name == "blocks":
        found = store.read(lambda connection: _blocks(connection, args, which, now_ms))
    elif name in {"models", "skills", "projects", "agents"}:
        ask = reports.models if name == "models" else getattr(reports, f"by_{name[:-1]}")
        found = store.read(lambda connection: ask(connection, which))
    else:
        found = _other(store, args, which, imported, now_ms)
    return _ordered(found, args)


def _other(store: Store, args: argparse.Namespace, which: Which, imported: Report, now_ms: int) -> Answer:
    """What is asked for seldom."""
    from workbench.usage import cache, explain, importing, limits

    if args.report == "cache":
        return store.read(lambda connection: cache.cache(connection, which))
    if args.report == "limits":
        return {"limits": store.read(lambda connection: limits.current(connection, now_ms))}
    if args.report == "explain":
        return store.read(lambda connection: explain.explain(connection, args.sampling))
    if args.report == "import":
        return importing.done(imported)
    if not 1 <= args.limit <= MAX_ROWS:
        raise InvalidRequest(f"{args.limit} rows cannot be listed.", remedy=f"Give --limit as 1 to {MAX_ROWS}.")
    return store.read(lambda connection: importing.report(connection, args.limit))


def _sessions(connection: Any, args: argparse.Namespace, which: Which) -> Answer:
    from workbench.usage import sessions

    if args.id is not None:
        return {"samplings": sessions.samplings(connection, args.id, which)}
    found = sessions.sessions(connection, which, last=args.last)
    found["rows"].reverse()
    return found


def _blocks(connection: Any, args: argparse.Namespace, which: Which, now_ms: int) -> Answer:
    from workbench.usage import blocks

    since_ms = None
    if args.active:
        since_ms = now_ms  # none has begun then but the running one
    elif args.recent:
        since_ms = now_ms - RECENT_DAYS * 24 * blocks.HOUR_MS
    return blocks.blocks(connection, which, now_ms=now_ms, since_ms=since_ms, last=args.last)


def _ordered(found: Answer, args: argparse.Namespace) -> Answer:
    """The rows the other way round, where that was asked for."""
    dearest_first = args.report in {"models", "skills", "projects", "agents"}
    if getattr(args, "order", None) == ("asc" if dearest_first else "desc"):
        for key in ("rows", "blocks", "samplings"):
            if key in found:
                found[key] = found[key][::-1]
    return found


# -- where and when ---------------------------------------------------------------------------------------------------


def _roots(args: argparse.Namespace) -> Roots | None:
    """The folders that the line names, and nothing else then. Raises InvalidRequest for one that cannot be listed."""
    named = {"claude": getattr(args, "claude_dir", None), "codex": getattr(args, "codex_dir", None)}
    roots = {source: _listed(text) for source, text in named.items() if text is not None}
    if not roots:
        return None
    for folder in (folder for folders in roots.values() for folder in folders):
        try:
            with os.scandir(folder):
                pass
        except OSError as error:
            raise InvalidRequest(
                f"The folder {folder} cannot be read: {error.strerror or error}.",
                remedy="Name a folder that holds transcripts, as in --claude-dir ~/.claude.",
                path=str(folder),
            ) from error
    return roots


def _listed(text: str) -> list[Path]:
    """The folders of a comma list, each by the name that it has without links: under another it would be another one."""
    folders = [
        Path(os.path.realpath(os.path.expanduser(part.strip())))  # noqa: PTH111 - pathlib raises for `~nobody`, and for links in a ring
        for part in text.split(",")
        if part.strip()
    ]
    if not folders:
        raise InvalidRequest(
            f"No folder is named by {text!r}.", remedy="Name one that holds transcripts, or leave the option out."
        )
    return folders


def _folders(store: Store, roots: Roots | None) -> tuple[str, ...] | None:
    """The folders that a report must keep to: those that were named, where the store knows of others."""
    if roots is None:
        return None
    folders = tuple(str(folder) for folders in roots.values() for folder in folders)
    return folders if store.read(lambda connection: reports.beyond(connection, folders)) else None


def _since(args: argparse.Namespace, which: Which, now_ms: int) -> str | None:
    """The first day: the later one of --since and where the last N periods begin."""
    last = getattr(args, "last", None)
    if last is None or args.report not in {"daily", "weekly", "monthly"}:
        if last is not None and last < 1:
            raise InvalidRequest(f"The last {last} cannot be shown.", remedy="Give --last as 1 or more.")
        return which.since
    start = weekday(getattr(args, "start_of_week", "sunday"))
    since = since_last(args.report, last, now_ms, which.timezone, start)
    return max(since, which.since or since)


# -- the import -------------------------------------------------------------------------------------------------------


def _import(store: Store, home: Home, roots: Roots | None) -> Report:
    """What is new, with progress when it takes a while; what could not be read is said."""
    progress = _Progress()
    try:
        report = refresh(store, configuration.options(home, roots=roots, fork=True), progress=progress)
    finally:
        progress.end()
    for path, why in report.unreadable:
        print(f"workbench: {path} {why}", file=sys.stderr)
    return report


class _Progress:
    """A line on stderr that is written over, or one line where that is not a terminal."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._shown = ""

    def __call__(self, now: Progress) -> None:
        if time.monotonic() - self._begun < PATIENCE_S:
            return
        total = now.total_bytes / 1e6
        if now.state == "waiting":
            text = "Another import is under way; waiting for it."
        elif sys.stderr.isatty():
            share = now.done_bytes * 100 // max(1, now.total_bytes)
            text = f"Reading {total:,.0f} MB of transcripts: {share} %"
        else:
            text = f"Reading {total:,.0f} MB of transcripts."
        if text != self._shown:
            self._shown = text
            print(
                f"\r\x1b[K{text}" if sys.stderr.isatty() else text,
                end="" if sys.stderr.isatty() else "\n",
                file=sys.stderr,
            )
            sys.stderr.flush()

    def end(self) -> None:
        if self._shown and sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr)


# -- the answer -------------------------------------------------------------------------------------------------------


def _print(args: argparse.Namespace, found: Answer, nothing: str | None) -> None:
    if args.json:
        from workbench.hosts import cli_usage_json

        print(cli_usage_json.document(args, found))
        if nothing:
            print(f"workbench: {nothing}", file=sys.stderr)
    elif nothing:
        print(nothing)
    else:
        from workbench.hosts import cli_usage_tables

        print(cli_usage_tables.text(args, found, width=terminal_width(fallback=100)))


def _nothing(args: argparse.Namespace, store: Store, found: Answer, which: Which, roots: Roots | None) -> str | None:
    """Why a report has no rows: nothing in these days, nothing that was meant, or nothing where it was looked for."""
    if found.get("rows", found.get("blocks")) != []:
        return None
    if args.report == "blocks":
        from workbench.usage import blocks, sums

        meant = which
        which = store.read(lambda connection: blocks.of_one(connection, meant, sums.prices(connection)))
    whenever = which._replace(since=None, until=None)
    days = store.read(lambda connection: reports.days(connection, whenever))
    if days:
        return f"{_missed(args, which)} What is known begins on {days[0]} and ends on {days[1]}."
    if any((which.project, which.model, which.provider, which.skill)):
        return "No usage fits these filters."
    looked = [str(place) for place in configuration.places(roots)]
    if not looked:
        return (
            "No usage was found: there is no folder of Claude Code, Codex, OpenCode or Gemini CLI."
            " Name one with --claude-dir or --codex-dir."
        )
    return f"No usage was found. Looked for transcripts in {', '.join(looked)}."


def _missed(args: argparse.Namespace, which: Which) -> str:
    """That nothing falls into the days that were asked for."""
    if getattr(args, "active", False):
        return "No block is running."
    if getattr(args, "recent", False):
        return f"No block began in the last {RECENT_DAYS} days."
    if which.since and which.until:
        return f"No usage falls into the days from {which.since} to {which.until}."
    return f"No usage falls into the days {f'since {which.since}' if which.since else f'up to {which.until}'}."
