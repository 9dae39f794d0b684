"""The words of `workbench github`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

_SAYS: Final = {
    "login": "sign in with a code that you type on GitHub's page",
    "logout": "forget the token that is kept here",
    "user": "who is signed in",
}


def add(verb: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds each, with `verb(name, module, words)`."""
    for name, says in _SAYS.items():
        each = verb(name, "cli_github", says)
        each.set_defaults(what=name)
        if name == "login":
            each.add_argument("--private", action="store_true", help="to read private repositories, too")
