"""What Workbench needs from the machine, checked one by one, each with its remedy.

Invariant: a check never raises and makes nothing that was not there (a database of an older version is opened, and so
migrated, as any command would); so the doctor can be asked when nothing else works.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import apsw

from workbench.errors import DatabaseNewer, SidecarMissing, WorkbenchError
from workbench.paths import Home
from workbench.sidecar.provider import PROVIDERS, Listing
from workbench.storage.database import Database

FailureKind = Literal["missing", "too_old", "unusable", "disabled", "low"]

LABEXTENSION: Final = "@jupyter-workbench/lab"
MIN_SQLITE: Final = (3, 51, 3)
MIN_DISK: Final = 256 * 1024 * 1024
_MINIMUM: Final = {"jupyterlab": (4, 6), "jupyter_server": (2, 20)}


@dataclass(frozen=True)
class Check:
    """One finding. `required` is false for what only some work needs."""

    code: str
    ok: bool
    detail: str
    failure_kind: FailureKind | None = None
    remediation: str = ""
    required: bool = True


def checks(home: Home) -> list[Check]:
    """All findings, in the order in which a person would mend them."""
    found = [_python(), _sqlite(), *(_package(name, least) for name, least in _MINIMUM.items())]
    found += [_labextension(), _server_extension(), _program("git"), _program("node")]
    found += [_home(home), _disk(home), _database(home)]
    return found + [_provider(each) for each in PROVIDERS.values() if each.package is not None]


def runtime() -> dict[str, str]:
    """What is running: versions and places, for a report of a fault."""
    named = {
        name: _version(name) or "not installed" for name in ("jupyter-workbench", "jupyterlab", "ipykernel", "duckdb")
    }
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "sqlite": apsw.sqlite_lib_version(),
        **{name.replace("-", "_"): version for name, version in named.items()},
    }


# -- the checks -------------------------------------------------------------------------------------------------------


def _python() -> Check:
    """Always good here: an older Python could not have read this far."""
    return Check("python", ok=True, detail=f"Python {platform.python_version()} at {sys.executable}")


def _sqlite() -> Check:
    version = apsw.sqlite_lib_version()
    if _numbers(version) >= MIN_SQLITE:
        return Check("sqlite", ok=True, detail=f"SQLite {version}")
    return Check("sqlite", False, f"SQLite {version}", "too_old", "Run: pip install --upgrade apsw")


def _package(name: str, least: tuple[int, ...]) -> Check:
    version = _version(name)
    fix = f"Run: pip install --upgrade '{name}>={'.'.join(map(str, least))}'"
    if version is None:
        return Check(name, False, f"{name} is not installed", "missing", fix)
    if _numbers(version) < least:
        return Check(name, False, f"{name} {version}", "too_old", fix)
    return Check(name, ok=True, detail=f"{name} {version}")


def _program(name: str) -> Check:
    """`git` keeps the history of skills; `node` is needed only to build the front end from source."""
    required = name == "git"
    path = shutil.which(name)
    if path is None:
        return Check(name, False, f"{name} is not on PATH", "missing", f"Install {name}.", required)
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        return Check(name, False, f"{path} does not run: {error}", "unusable", f"Reinstall {name}.", required)
    return Check(name, ok=True, detail=f"{name} {said.split()[-1] if said.split() else ''}".strip(), required=required)


def _home(home: Home) -> Check:
    """A nameless file proves that a folder can be written; a home that is not there yet must have room to be made."""
    folder = _nearest(home)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        detail = f"{folder} cannot be written: {error.strerror or error}"
        return Check("home", False, detail, "unusable", "Set WORKBENCH_HOME to a folder that you can write.")
    return Check("home", ok=True, detail=f"{home.root}{'' if folder == home.root else ' (not made yet)'}")


def _disk(home: Home) -> Check:
    try:
        free = shutil.disk_usage(_nearest(home)).free
    except OSError as error:
        return Check("disk", False, f"its space is unknown: {error.strerror or error}", "unusable", "Check the disk.")
    detail = f"{free / 1e9:.1f} GB free"
    if free >= MIN_DISK:
        return Check("disk", ok=True, detail=detail)
    return Check("disk", False, detail, "low", "Free some space, or set WORKBENCH_HOME to another disk.")


def _nearest(home: Home) -> Path:
    """The home, or the folder above it in which it would be made."""
    return next(each for each in (home.root, *home.root.parents) if os.path.lexists(each))


def _database(home: Home) -> Check:
    try:
        if not home.database.exists():
            return Check("database", ok=True, detail="not made yet")
        Database.open(home.database, backups=home.backups).close()
    except DatabaseNewer as error:
        return Check("database", False, error.message, "too_old", error.remedy)
    except WorkbenchError as error:
        return Check("database", False, error.message, "unusable", error.remedy)
    except OSError as error:
        return Check(
            "database", False, f"{home.database}: {error.strerror}", "unusable", "See the finding on the home."
        )
    return Check("database", ok=True, detail=str(home.database))


def find_provider(provider: Listing) -> str:
    """The program that a provider would run; its package's name for one without. Raises SidecarMissing."""
    if provider.package is None:
        return provider.name
    found: str = importlib.import_module(provider.module).find_program()
    return found


def _provider(provider: Listing) -> Check:
    """Whether a provider's package and program are there. Whether its key is good, only it can say."""
    try:
        program = find_provider(provider)
    except SidecarMissing as error:
        return Check(provider.name, False, error.message, "missing", error.remedy, required=False)
    version = _version(provider.package or "") or ""
    return Check(provider.name, ok=True, detail=f"{version} {program}".strip(), required=False)


def _labextension() -> Check:
    fix = "Run: pip install --force-reinstall jupyter-workbench"
    manifest = next(
        (path for path in _jupyter("labextensions") if (path / LABEXTENSION / "package.json").exists()), None
    )
    if manifest is None:
        return Check("labextension", False, f"{LABEXTENSION} is not installed", "missing", fix)
    for folder in _config("labconfig"):
        if LABEXTENSION in _disabled(folder / "page_config.json"):
            fix = f"Run: jupyter labextension enable {LABEXTENSION}"
            return Check("labextension", False, f"{LABEXTENSION} is disabled in {folder}", "disabled", fix)
    return Check("labextension", ok=True, detail=str(manifest / LABEXTENSION))


def _server_extension() -> Check:
    fix = "Run: jupyter server extension enable workbench"
    states = [state for folder in _config("jupyter_server_config.d") for state in _enabled(folder)]
    if not states:
        return Check("server_extension", False, "the server extension is not installed", "missing", fix)
    if not states[0]:
        return Check("server_extension", False, "the server extension is disabled", "disabled", fix)
    return Check("server_extension", ok=True, detail="enabled")


# -- what they ask ----------------------------------------------------------------------------------------------------


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """The leading whole numbers: "3.54.1.0rc1" is (3, 54, 1)."""
    parts: list[int] = []
    for part in version.split("."):
        if not part.isdigit():
            break
        parts.append(int(part))
    return tuple(parts)


def _jupyter(name: str) -> list[Path]:
    from jupyter_core.paths import jupyter_path

    return [Path(path) for path in jupyter_path(name)]


def _config(name: str) -> list[Path]:
    """The folders of one kind of configuration, the one that decides first."""
    from jupyter_core.paths import jupyter_config_path

    return [Path(path) / name for path in jupyter_config_path()]


def _disabled(path: Path) -> set[str]:
    found = _json(path).get("disabledExtensions", {})
    return {name for name, off in found.items() if off} if isinstance(found, dict) else set(found)


def _enabled(folder: Path) -> Iterator[bool]:
    for path in sorted(folder.glob("*.json"), reverse=True):
        listed = _json(path).get("ServerApp", {}).get("jpserver_extensions", {})
        if "workbench" in listed:
            yield bool(listed["workbench"])


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
