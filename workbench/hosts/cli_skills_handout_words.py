"""The words of `workbench skills install|uninstall|installs|export`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

Add = Callable[[str, str, str], argparse.ArgumentParser]

CLIENTS: Final = ("claude", "codex", "cursor", "gemini", "copilot", "agents")
_MODULE: Final = "cli_skills_handout"


def add(verb: Add) -> None:
    """Adds each verb; `verb` makes one of its name, its module and its help."""
    install = verb("install", _MODULE, "put skills where clients look for them")
    install.add_argument("names", nargs="+", metavar="NAME")
    _clients(install, "claude, codex, cursor, gemini, copilot or agents; by default claude")
    _project(install, "for one project (by default this folder) instead of everywhere")
    install.add_argument("--link", action="store_true", help="a link to the skill instead of a copy")
    install.add_argument("--replace", action="store_true", help="what is there goes to the trash")
    uninstall = verb("uninstall", _MODULE, "take away what was installed from here")
    uninstall.add_argument("names", nargs="+", metavar="NAME")
    _clients(uninstall, "only for this client")
    _project(uninstall, "only of this project")
    uninstall.add_argument("--user", action="store_true", help="only what is installed for all projects")
    uninstall.add_argument("--force", action="store_true", help="what somebody has changed goes to the trash")
    installs = verb("installs", _MODULE, "what is installed where, and what has drifted")
    installs.add_argument("names", nargs="*", metavar="NAME")
    _project(installs, "look into this project, too")
    export = verb("export", _MODULE, "give skills away: packages, catalogues, a lock file")
    export.add_argument("names", nargs="+", metavar="NAME")
    export.add_argument("--to", required=True, metavar="PATH", help="the file or folder to write")
    export.add_argument(
        "--as", dest="form", choices=["skill", "zip", "claude", "codex", "copilot", "lock"],
        help="a package, a client's catalogue, or a lock file; by default as PATH ends, else a .skill",
    )  # fmt: skip
    export.add_argument("--replace", action="store_true", help="what is there and differs goes to the trash")
    export.add_argument("--check", action="store_true", help="only say what has drifted; exits 1 if anything has")
    for name, each in {"install": install, "uninstall": uninstall, "installs": installs, "export": export}.items():
        each.set_defaults(what=name)


def _clients(parser: argparse.ArgumentParser, words: str) -> None:
    parser.add_argument(
        "--for", dest="clients", action="append", default=[], choices=CLIENTS, metavar="CLIENT", help=words
    )


def _project(parser: argparse.ArgumentParser, words: str) -> None:
    parser.add_argument("--project", nargs="?", const=".", metavar="FOLDER", help=words)
