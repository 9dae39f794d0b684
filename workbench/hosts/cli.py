"""The command `workbench`: one line of a shell becomes one command, its reply becomes text or JSON.

Idea: this file knows the words and nothing else. Each verb lives in a module of its own that is imported when it is
used, so that a usage report loads neither pydantic nor an event loop. Invariants: what a program may want to read is on
stdout, everything else on stderr; a failure is one sentence and its remedy (or one JSON object where JSON was asked
for) and exits 1; words that do not fit exit 2; an interrupted run exits 130.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import importlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from workbench import __version__
from workbench.errors import WorkbenchError, failure_of
from workbench.hosts import cli_github_words, cli_settings_words, cli_skills_words, cli_usage_words, cli_workflow_words
from workbench.hosts.cli_parser import Parser

REPORTS = (
    "summary",
    "recent-runs",
    "recent-sessions",
    "session-runs",
    "step-runs",
    "steps",
    "by-step",
    "by-model",
    "reset",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line; the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if argv is None and words[:1] == ["usage"]:
        # A report is over before there is anything to collect, and its end need not look for it: a tenth of its time.
        gc.disable()
        atexit.register(gc.freeze)
    if words[:1] == ["usage"]:
        words = cli_usage_words.joined(words)
    # Everything behind `lab` is JupyterLab's, options included, which argparse would claim for itself.
    if words[:1] == ["lab"] and words[1:] not in (["-h"], ["--help"]):
        args = argparse.Namespace(module="cli_lab", json=False, words=words[1:])
    else:
        args = _parser(words).parse_args(words)
    try:
        run = importlib.import_module(f"workbench.hosts.{args.module}").run
        status: int = run(args)
        sys.stdout.flush()
    except WorkbenchError as error:
        report(error, as_json=args.json)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the outermost frame: a fault is told like any failure
        _log(error)
        report(error, as_json=args.json)
        return 1
    return status


def report(error: BaseException, *, as_json: bool) -> None:
    """A failure on stderr, for a person or for a program."""
    failure = failure_of(error)
    if as_json:
        print(json.dumps(failure, default=str), file=sys.stderr)
        return
    from workbench.hosts.cli_text import safe  # an agent may have worded it

    print(f"workbench: {safe(failure['message'])}", file=sys.stderr)
    if failure["remedy"]:
        print(f"  {safe(failure['remedy'])}", file=sys.stderr)


def _log(error: Exception) -> None:
    """A fault of ours, with where it happened, in the log of the home."""
    from workbench.logs import LOGGER, LogFile
    from workbench.paths import Home
    from workbench.redact import needles
    from workbench.secrets import SECRETS, Secrets

    home = Home.from_environment()
    log = LogFile(home, "info", lambda: needles(Secrets(home).values(SECRETS).values()))
    LOGGER.error("The command line failed", exc_info=error)
    log.close()


# -- the words --------------------------------------------------------------------------------------------------------


if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[Parser]  # noqa: SLF001 - argparse gives it no public name


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = Parser(
        prog="workbench",
        description="Run coding agents, keep what they said, know what each cost.",
        epilog="The home is $WORKBENCH_HOME, by default ~/.workbench.",
    )
    parser.add_argument("--version", action="version", version=f"workbench {__version__}")
    # With the program's name given, argparse formats no usage to find it out, for which it would import a lot.
    verbs = parser.add_subparsers(required=True, metavar="COMMAND", prog=parser.prog)
    # Only what was named is made, since each option costs time; all of it for help and for a word that is none.
    named = _VERBS.get(words[0]) if words else None
    for add in [named] if named else _VERBS.values():
        add(verbs, words[1:])
    return parser


def _verb(verbs: Verbs, name: str, module: str, words: str, *, json_option: bool = True) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
    parser.set_defaults(module=module)
    if json_option:
        parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _lab(verbs: Verbs, words: Sequence[str]) -> None:
    del words
    lab = _verb(verbs, "lab", "cli_lab", "open JupyterLab; what follows is passed on to it", json_option=False)
    lab.add_argument("words", nargs="*", metavar="ARGS", help="a notebook to open, and JupyterLab's own options")
    lab.set_defaults(json=False)


def _run(verbs: Verbs, words: Sequence[str]) -> None:
    del words
    run = _verb(verbs, "run", "cli_run", "run an agent here and watch it")
    run.add_argument("prompt", metavar="PROMPT", help="what to do; - reads it from stdin")
    run.add_argument("--session", metavar="ID", help="go on in this session")
    run_options(run)


def run_options(run: argparse.ArgumentParser) -> None:
    """What a turn may be told."""
    run.add_argument("--provider", metavar="NAME", help="which agent (replay needs no key)")
    run.add_argument("--model", metavar="NAME")
    run.add_argument("--cwd", metavar="FOLDER", help="where the agent works; by default here")
    run.add_argument("--title", metavar="TEXT")
    run.add_argument("--skill", metavar="FOLDER", help="a skill that the agent may use")
    run.add_argument(
        "--permission", choices=["ask", "plan", "accept_edits", "bypass"], help="what it may do without asking"
    )
    run.add_argument(
        "--wait", type=float, metavar="SECONDS", help="how long a question may wait for an answer from elsewhere"
    )
    run.add_argument("--max-turns", type=int, metavar="N")
    run.add_argument("--max-budget", type=float, metavar="USD")
    run.add_argument("--thinking", action=argparse.BooleanOptionalAction, default=None)
    run.add_argument("--recording", metavar="NAME", help="replay: a shipped recording, or a transcript")
    run.add_argument("--speed", type=float, metavar="X", help="replay: times the recorded pace; 0 is at once")
    run.add_argument("--keep", action="store_true", help="leave the agent's process waiting for another turn")


def _usage(verbs: Verbs, words: Sequence[str]) -> None:
    usage = verbs.add_parser("usage", help="what it has cost", description="What it has cost.")
    reports = usage.add_subparsers(required=True, metavar="REPORT", prog=usage.prog)
    chosen = words[:1] if words and words[0] in {*cli_usage_words.REPORTS, *REPORTS} else None
    cli_usage_words.add(lambda *told: _verb(reports, *told, json_option=False), chosen)
    for name in REPORTS if chosen is None else set(REPORTS) & set(chosen):
        each = _verb(reports, name, "cli_usage", _REPORT_WORDS[name])
        each.set_defaults(report=name)
        if name == "session-runs":
            each.add_argument("session", metavar="ID")
        if name == "step-runs":
            each.add_argument("step", metavar="STEP")
            each.add_argument("--workflow", metavar="NAME")
        if name in {"recent-runs", "recent-sessions"}:
            each.add_argument("--limit", type=int, default=20, metavar="N")
        if name not in {"session-runs", "reset"}:
            each.add_argument("--since", metavar="DATE", help="from this day on, for example 2026-11-01")
        if name != "session-runs":
            each.add_argument("--skill", metavar="NAME", help="of this skill alone")
        if name == "reset":
            each.add_argument("--yes", action="store_true", help="do not ask")


_REPORT_WORDS = {
    "summary": "runs, tokens and cost in all",
    "recent-runs": "the last runs, the newest first",
    "recent-sessions": "the last sessions, the newest first",
    "session-runs": "the runs of one session, the newest first",
    "step-runs": "the runs of a workflow's step, the newest first",
    "steps": "cost by step of a workflow, the dearest first",
    "by-step": "the same as steps",
    "by-model": "cost by model, the dearest first",
    "reset": "begin to count anew; nothing is deleted",
}


def _sessions(verbs: Verbs, words: Sequence[str]) -> None:
    del words
    sessions = verbs.add_parser("sessions", help="what was said", description="What was said.")
    what = sessions.add_subparsers(required=True, metavar="WHAT")
    listing = _verb(what, "list", "cli_sessions", "list sessions, the last updated first")
    listing.add_argument("--limit", type=int, default=20, metavar="N")
    listing.set_defaults(what="list")
    for name, words in (
        ("show", "one session, and what it waits for"),
        ("markdown", "what was said, as Markdown"),
        ("end", "end its process; what was said is kept"),
    ):
        each = _verb(what, name, "cli_sessions", words)
        each.add_argument("session", metavar="ID")
        each.set_defaults(what=name)
    resume = _verb(what, "resume", "cli_run", "another turn of a session")
    resume.add_argument("session", metavar="ID")
    resume.add_argument("prompt", metavar="PROMPT")
    run_options(resume)


def _skills(verbs: Verbs, words: Sequence[str]) -> None:
    del words
    skills = verbs.add_parser("skills", help="your skills", description="Your skills.")
    what = skills.add_subparsers(required=True, metavar="WHAT", prog=skills.prog)
    cli_skills_words.add(lambda *told: _verb(what, *told))


def _workflow(verbs: Verbs, words: Sequence[str]) -> None:
    del words
    workflow = verbs.add_parser(
        "workflow", help="build a skill step by step", description="Build a skill step by step."
    )
    what = workflow.add_subparsers(required=True, metavar="WHAT", prog=workflow.prog)
    cli_workflow_words.add(lambda *told: _verb(what, *told))


def _settings(verbs: Verbs, words: Sequence[str]) -> None:
    del words
    settings = verbs.add_parser("settings", help="what you have chosen", description="What you have chosen.")
    what = settings.add_subparsers(required=True, metavar="WHAT")
    cli_settings_words.add(lambda *told: _verb(what, *told))


def _github(verbs: Verbs, words: Sequence[str]) -> None:
    del words
    github = verbs.add_parser("github", help="your sign-in to GitHub", description="Your sign-in to GitHub.")
    what = github.add_subparsers(required=True, metavar="WHAT", prog=github.prog)
    cli_github_words.add(lambda *told: _verb(what, *told))


def _tools(name: str) -> Callable[[Verbs, Sequence[str]], None]:
    """Adds a verb of one word."""
    says, json_option = {
        "doctor": ("check what this machine offers, each finding with its remedy", True),
        "commands": ("list the commands, with their schemas as JSON", True),
        "call": ("run any command; prints its reply as JSON", False),
    }[name]

    def add(verbs: Verbs, words: Sequence[str]) -> None:
        del words
        parser = _verb(verbs, name, "cli_tools", says, json_option=json_option)
        parser.set_defaults(what=name)
        if name == "commands":
            parser.add_argument("name", nargs="?", help="only this one, with its schemas")
        if name == "call":
            parser.add_argument("name", help="for example sessions.list")
            parser.add_argument(
                "params", nargs="?", default="{}", help="the request as a JSON object; - reads it from stdin"
            )
            parser.set_defaults(json=True)

    return add


_VERBS: Final[dict[str, Callable[[Verbs, Sequence[str]], None]]] = {
    "lab": _lab,
    "run": _run,
    "usage": _usage,
    "sessions": _sessions,
    "skills": _skills,
    "workflow": _workflow,
    "settings": _settings,
    "github": _github,
    "doctor": _tools("doctor"),
    "commands": _tools("commands"),
    "call": _tools("call"),
}
