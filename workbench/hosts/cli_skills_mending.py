"""`workbench skills lint` and `fix`: what is wrong with skills, and mending it.

Both take paths, too, for skills that are in no library: `lint` opens no home then, which is how a check in CI wants it.
`lint` exits 1 when a skill breaks the specification, and both when a file cannot be read. Invariant: one file that cannot
be read or written keeps no other from being looked at, and what was written is shown.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.app import Workbench
from workbench.errors import WorkbenchError
from workbench.hosts.cli_skills import as_json, call, is_path, tell_findings
from workbench.hosts.cli_text import one_line, safe
from workbench.paths import Home, write_atomic
from workbench.skills.document.diff import diff
from workbench.skills.document.trees import documents
from workbench.skills.document.writing import mended
from workbench.skills.skill import FILE
from workbench.skills.tree.links import landing


def run(args: argparse.Namespace) -> int:
    """The verb that the words name."""
    return _lint(args) if args.what == "lint" else _fix(args)


def _lint(args: argparse.Namespace) -> int:
    linted = [*_linted_paths(args.paths), *_linted_names(args.paths)]
    broken = sum(1 for each in linted if not each["valid"])
    if args.json:
        as_json({"skills": linted, "invalid": broken})
        return 1 if broken else 0
    for each in linted:
        tell_findings(each["path"] or each["name"], each["diagnostics"])
        _tell_failure(each)
    words = "skill" if len(linted) == 1 else "skills"
    print(f"{len(linted)} {words}, {broken} against the specification.", file=sys.stderr)
    return 1 if broken else 0


def _linted_paths(words: list[str]) -> Iterator[dict[str, Any]]:
    for word in filter(is_path, words):
        for path, document in documents(Path(word)):
            row = {"name": path.absolute().parent.name, "path": str(path)}
            if isinstance(document, WorkbenchError):
                yield {**row, "valid": False, "diagnostics": [], "failure": str(document)}
            else:
                yield {**row, "valid": document.is_valid, "diagnostics": document.diagnostics, "failure": None}


def _linted_names(words: list[str]) -> Iterator[dict[str, Any]]:
    names = [word for word in words if not is_path(word)]
    if names or not words:
        for each in call("skills.lint", {"names": names})["skills"]:
            row = {"name": each["name"], "path": None, "valid": each["valid"]}
            yield {**row, "diagnostics": each["diagnostics"], "failure": None}


def _fix(args: argparse.Namespace) -> int:
    names = [word for word in args.paths if not is_path(word)]
    found = list(_fixed_paths(args, names))
    found += _fixed_names(names, args)
    failed = any(each["failure"] for each in found)
    if args.json:
        as_json({"skills": found, "applied": args.yes})
        return 1 if failed else 0
    for each in found:
        print(safe(each["diff"]), end="")
        _tell_failure(each)
    if not any(each["diff"] for each in found):
        print("There is nothing to mend.", file=sys.stderr)
    elif not args.yes:
        print("Nothing was written yet: say --yes to write this.", file=sys.stderr)
    return 1 if failed else 0


def _fixed_paths(args: argparse.Namespace, names: list[str]) -> Iterator[dict[str, Any]]:
    """What becomes of the files at the paths. A skill of the library is left to the library, which keeps the version
    before: its name is added to `names`.
    """
    library = _library() if args.yes else None
    for word in filter(is_path, args.paths):
        for path, document in documents(Path(word)):
            row: dict[str, Any] = {"name": str(path), "rules": [], "diff": "", "commit": None, "failure": None}
            if library is not None and path.name == FILE and path.resolve().parent.parent == library:
                names.append(path.resolve().parent.name)
                continue
            if isinstance(document, WorkbenchError):
                yield {**row, "failure": str(document)}
                continue
            after, rules = mended(document, args.rule, None)
            if not rules:
                continue
            if path != Path(word) and landing(Path(word), path.relative_to(word).as_posix()) is None:
                yield {**row, "failure": f"{path} is a link to outside of {word}, and was left. Name it to mend it."}
                continue
            failure = _written(path, after.to_bytes()) if args.yes else None
            yield {**row, "rules": rules, "diff": diff(document, after, path=str(path)), "failure": failure}


def _fixed_names(names: list[str], args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for name in sorted(set(names)):
        try:
            yield from call("skills.fix", {"names": [name], "rule": args.rule, "apply": args.yes})["skills"]
        except WorkbenchError as error:
            yield {"name": name, "rules": [], "diff": "", "commit": None, "failure": str(error)}


def _written(path: Path, data: bytes) -> str | None:
    """Writes a file as its link leads; why it could not."""
    try:
        write_atomic(path.resolve(), data, mode=path.stat().st_mode & 0o777)
    except OSError as error:
        return f"{path} cannot be written: {error.strerror or error}. See that you may write it."
    return None


def _library() -> Path | None:
    """The folder of the person's own skills, if there is a home."""
    if not Home.from_environment().database.exists():
        return None
    with Workbench.open() as bench:
        return bench.library.root.resolve()


def _tell_failure(row: dict[str, Any]) -> None:
    if row["failure"]:
        print(f"workbench: {one_line(row['failure'], 400)}", file=sys.stderr)
