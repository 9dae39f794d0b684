"""The words of `workbench usage` that report on transcripts, as people who know ccusage write them.

Idea: options cost time to make, and a report should not wait for those of fifteen others; so each report is known by
its name, and gets its options only when it is the one that was named.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any, Final

REPORTS: Final = {
    "daily": "tokens and cost by day",
    "weekly": "tokens and cost by week",
    "monthly": "tokens and cost by month",
    "session": "tokens and cost by session",
    "blocks": "five-hour blocks of one provider (else Anthropic), an estimate, with burn rate and projection",
    "models": "tokens and cost by model, the dearest first",
    "skills": "tokens and cost by skill, the dearest first",
    "projects": "tokens and cost by project, the dearest first",
    "agents": "tokens and cost by kind of subagent, the dearest first",
    "limits": "the providers' own limits, as far as they told them",
    "cache": "what caching has saved, and what was written twice",
    "explain": "each factor of one response's cost",
    "import": "read what is new in the transcripts",
    "import-report": "what could not be counted, with file and line",
    "statusline": "Claude Code's status line, from the JSON on stdin",
}

_PERIODS: Final = ("daily", "weekly", "monthly")
_DEAREST: Final = ("models", "skills", "projects", "agents")
_TOLD: Final = (*_PERIODS, "session", "blocks", *_DEAREST)
_READING: Final = (*_TOLD, "limits", "cache", "explain", "import", "import-report")
_ASKING: Final = (*_TOLD, "cache")

OPTIONS: Final[tuple[tuple[tuple[str, ...], tuple[str, ...], dict[str, Any]], ...]] = (
    (("sampling",), ("explain",), {"type": int, "metavar": "ID", "help": "as `session --id` lists them"}),
    (("-j", "--json"), _READING, {"action": "store_true", "help": "print JSON"}),
    (("-s", "--since"), _ASKING, {"metavar": "DAY", "help": "from this day on: 2026-11-01 or 20261101"}),
    (("-u", "--until"), _ASKING, {"metavar": "DAY", "help": "up to this day, included"}),
    (("-z", "--timezone"), (*_ASKING, "statusline"), {"metavar": "ZONE", "help": "by default this machine's"}),
    (("-m", "--mode"), _ASKING, {"metavar": "MODE", "help": "auto (told, else computed), calculate or display"}),
    (("-p", "--project"), _ASKING, {"metavar": "NAME", "help": "a project, or its folder"}),
    (("--model",), _ASKING, {"metavar": "NAME"}),
    (("--provider",), _ASKING, {"metavar": "NAME", "help": "who bills: anthropic, openai, google ..."}),
    (("--skill",), _ASKING, {"metavar": "NAME"}),
    (("-o", "--order"), _TOLD, {"choices": ["asc", "desc"], "help": "by time, or of sums by cost"}),
    (("-b", "--breakdown"), (*_PERIODS, "session", *_DEAREST), {"action": "store_true", "help": "by model, too"}),
    (("-i", "--instances"), _PERIODS, {"action": "store_true", "help": "by project, too"}),
    (("--last",), (*_PERIODS, "session", "blocks"), {"type": int, "metavar": "N", "help": "the last N only"}),
    (("--start-of-week",), ("weekly",), {"default": "sunday", "metavar": "DAY", "help": "by default sunday"}),
    (("--id",), ("session",), {"metavar": "ID", "help": "the responses of this session, one by one"}),
    (("-a", "--active"), ("blocks",), {"action": "store_true", "help": "the running block only"}),
    (("-r", "--recent"), ("blocks",), {"action": "store_true", "help": "those of the last three days"}),
    (("--limit",), ("import-report",), {"type": int, "default": 100, "metavar": "N", "help": "at most so many rows"}),
    (("--claude-dir",), _READING, {"metavar": "DIR", "help": "read these folders only (a comma list)"}),
    (("--codex-dir",), _READING, {"metavar": "DIR", "help": "read these folders only (a comma list)"}),
    (("-O", "--offline"), _READING, {"action": "store_true", "help": "as always: nothing is ever fetched"}),
)
"""What an option is called, which reports have it, and what argparse is told of it."""


def joined(words: Sequence[str]) -> list[str]:
    """The same line, a project's name that begins with a dash joined to its option: argparse takes it for one else."""
    known = {flag for flags, *_ in OPTIONS for flag in flags}
    line: list[str] = []
    for word in words:
        if line and line[-1] in {"-p", "--project"} and word.startswith("-") and word not in known:
            word = f"{line.pop()}={word}"  # noqa: PLW2901 - it is one word from here on
        line.append(word)
    return line


def add(verb: Callable[[str, str, str], argparse.ArgumentParser], chosen: Sequence[str] | None) -> None:
    """Adds the chosen reports, or all of them without their options, with `verb(name, module, what it says)`."""
    for name in REPORTS if chosen is None else [each for each in REPORTS if each in chosen]:
        parser = verb(name, "cli_statusline" if name == "statusline" else "cli_usage_reports", REPORTS[name])
        parser.set_defaults(report=name, json=False)
        for flags, reports, told in OPTIONS if chosen is not None else ():
            if name in reports:
                parser.add_argument(*flags, **told)
