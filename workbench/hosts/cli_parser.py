"""How a command line is taken apart: argparse, with help as wide as the terminal, and the last word behind options too."""

from __future__ import annotations

import argparse
from typing import Any

from workbench.hosts.cli_text import terminal_width


class Help(argparse.HelpFormatter):
    """Help as wide as the terminal. Told the width, argparse does not import what it would find it out with, and it makes
    a formatter for each option that is added.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=terminal_width(fallback=80) - 2)


class Parser(argparse.ArgumentParser):
    """A parser whose verbs are such parsers, too. A word that may be left out may also come behind options."""

    def __init__(self, **options: Any) -> None:
        self._optional: list[argparse.Action] = []
        super().__init__(formatter_class=Help, **options)

    def add_argument(self, *names: Any, **options: Any) -> argparse.Action:
        action = super().add_argument(*names, **options)
        if action.nargs == "?" and not action.option_strings:
            self._optional.append(action)
        return action

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """For argparse such a word is left out as soon as an option stands where it could be; what is left over is it."""
        found, left = super().parse_known_args(args, namespace)
        for action in self._optional:
            if left and getattr(found, action.dest) == action.default and _fits(action, left[0]):
                setattr(found, action.dest, left.pop(0))
        return found, left


def _fits(action: argparse.Action, word: str) -> bool:
    return not word.startswith("-") and (action.choices is None or word in action.choices)
