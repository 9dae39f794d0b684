"""The words of `workbench settings`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

Add = Callable[[str, str, str], argparse.ArgumentParser]

_MODULE: Final = "cli_tools"


def add(verb: Add) -> None:
    """Adds each verb; `verb` makes one of its name, its module and its help."""
    get = verb("get", _MODULE, "all settings, or one")
    get.add_argument("name", nargs="?")
    get.set_defaults(what="settings_get")
    change = verb("set", _MODULE, "change settings")
    change.add_argument("changes", nargs="+", metavar="NAME=VALUE", help="a value is JSON, or else text")
    moving = change.add_mutually_exclusive_group()
    moving.add_argument("--move-skills", action="store_true", default=None, help="with skills_path: they move there")
    moving.add_argument("--leave-skills", action="store_false", dest="move_skills", help="they stay where they are")
    change.set_defaults(what="settings_set")
    secret = verb("secret", _MODULE, "keep a key in the home; it is read from stdin, never from the line")
    secret.add_argument("name", metavar="NAME", help="for example ANTHROPIC_API_KEY")
    secret.add_argument("--forget", action="store_true", help="forget it instead")
    secret.set_defaults(what="settings_secret")
