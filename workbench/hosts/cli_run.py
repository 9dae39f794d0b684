"""`workbench run`: a turn in this terminal. The agent is a session like any other: other hosts may watch and answer it.

Ctrl-C stops the turn and keeps what was said; a second one leaves at once, and the agent goes on without this terminal.
The exit status is that of the turn: 0 ended, 130 stopped, 1 failed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Any, Final

from workbench.app import Workbench
from workbench.errors import InvalidRequest, NotFound, WorkbenchError
from workbench.hosts.cli_stream import JsonLines, Person, Printer, turn_events
from workbench.protocol.wire import TERMINAL

STATUS: Final = {"end": 0, "aborted": 130, "error": 1}

Event = dict[str, Any]


def run(args: argparse.Namespace) -> int:
    """Starts or goes on with a session, shows its turn to the end, and tells how it ended."""
    with Workbench.open() as bench:
        return asyncio.run(_Run(bench, args).play())


class _Run:
    """One turn as this terminal sees it."""

    def __init__(self, bench: Workbench, args: argparse.Namespace) -> None:
        self._bench = bench
        self._args = args
        self._show = JsonLines(sys.stdout) if args.json else Printer(sys.stdout, sys.stderr)
        self._person = Person() if _somebody_is_here(args) else None
        self._session = ""
        self._run = ""
        self._questions: dict[str, asyncio.Task[None]] = {}
        self._chores: set[asyncio.Task[None]] = set()
        self._interrupted = False
        self._keep: bool = args.keep
        self._waits = True

    async def play(self) -> int:
        loop = asyncio.get_running_loop()
        me = asyncio.current_task()
        assert me is not None  # noqa: S101 - said for the type checker: a coroutine that runs is in a task
        loop.add_signal_handler(signal.SIGINT, self._interrupt, me)
        try:
            return await self._play()
        except asyncio.CancelledError:
            return STATUS["aborted"]
        finally:
            loop.remove_signal_handler(signal.SIGINT)
            for task in (*self._questions.values(), *self._chores):
                task.cancel()

    async def _play(self) -> int:
        since = await self._begin()
        status = STATUS["error"]
        turn = turn_events(self._bench.pool, self._session, self._run, since)
        async with contextlib.aclosing(turn) as events:
            async for event in events:
                self._show.event(event)
                self._answer(event)
                if event["type"] in TERMINAL:
                    status = STATUS[event["type"]]
                    break
        if not self._keep:
            await self._bench.pool.close(self._session)
        rows = (await self._bench.acall("usage.session_runs", {"session": self._session}))["runs"]
        self._show.footer(self._session, [row for row in rows if row["run"] == self._run])
        return status

    async def _begin(self) -> int:
        """Sends the prompt; the number of the record above which this turn's begin."""
        args = self._args
        request = _request(args)
        self._waits = request.get("permission_timeout_s") != 0
        if args.session:
            session = await self._bench.acall("sessions.get", session=args.session)
            since = session["seq"]
            self._keep |= session["state"] in {"live", "busy"}  # its process is somebody else's
            started = await self._bench.acall("agents.send", {**request, "session": args.session})
        else:
            since = 0
            started = await self._bench.acall("agents.start", request)
        self._session, self._run = started["session"], started["run"]
        self._show.begin(self._session, self._run)
        return int(since)

    # -- what the person and the agent say to each other

    def _answer(self, event: Event) -> None:
        match event["type"]:
            case "permissionRequest" | "userInputRequest" if self._person is not None:
                work = self._permission if event["type"] == "permissionRequest" else self._input
                self._questions[_question(event)] = asyncio.create_task(work(self._person, event))
            case "permissionRequest" | "userInputRequest" if self._waits:
                self._show.note(
                    "The agent waits for an answer. Give it in JupyterLab (workbench lab), or stop it with Ctrl-C."
                )
            case "permissionResolved" | "userInputResolved":
                task = self._questions.pop(_question(event), None)
                if task is not None:
                    task.cancel()

    async def _permission(self, person: Person, event: Event) -> None:
        behavior, remember = await person.permission(event)
        await self._tell("respond_permission", permission=event["permissionId"], behavior=behavior, remember=remember)

    async def _input(self, person: Person, event: Event) -> None:
        content = await person.input(event)
        action = "submit" if content else "decline"
        await self._tell("respond_input", input=event["userInputId"], action=action, content=content)

    async def _tell(self, command: str, **params: Any) -> None:
        try:
            await self._bench.acall(f"agents.{command}", session=self._session, **params)
        except WorkbenchError as error:
            # Where somebody else was first, or the time was up, the resolution says what became of the question.
            if not isinstance(error, NotFound) and error.facts.get("reason") != "duplicate":
                self._show.note(f"Your answer did not reach the agent. {error}")

    def _interrupt(self, me: asyncio.Task[Any]) -> None:
        if self._interrupted or not self._session:
            me.cancel()
            return
        self._interrupted = True
        self._show.note("Stopping. Press Ctrl-C again to leave at once.")
        chore = asyncio.get_running_loop().create_task(self._bench.pool.stop(self._session, self._run))
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)


def _somebody_is_here(args: argparse.Namespace) -> bool:
    """Whether a person can be asked in this terminal, be it that the prompt was typed into it too."""
    return not args.json and sys.stdin.isatty()


def _question(event: Event) -> str:
    return str(event.get("permissionId") or event.get("userInputId") or "")


def _request(args: argparse.Namespace) -> dict[str, Any]:
    """The words of the line as the request of `agents.start` or `agents.send`."""
    options: dict[str, Any] = {}
    if args.recording is not None:
        # A path is this process's word; the agent's process works elsewhere.
        options["recording"] = str(Path(args.recording).absolute()) if Path(args.recording).exists() else args.recording
    if args.speed is not None:
        options["speed"] = args.speed
    wait = args.wait
    if wait is None and not _somebody_is_here(args):
        wait = 0  # nobody is here to ask: a question is denied at once, and the agent told so
    request = {
        "prompt": _prompt(args.prompt),
        "model": args.model,
        "skills": [str(Path(args.skill).absolute())] if args.skill else None,
        "permission_mode": args.permission,
        "permission_timeout_s": wait,
        "max_turns": args.max_turns,
        "max_budget_usd": args.max_budget,
        "thinking": args.thinking,
        "options": options or None,
    }
    if not args.session:
        cwd = os.path.abspath(args.cwd) if args.cwd else None  # noqa: PTH100 - a string is what travels
        request |= {"provider": args.provider, "cwd": cwd, "title": args.title}
        request["skill"] = Path(args.skill).absolute().name if args.skill else None
    elif any((args.provider, args.cwd, args.title)):
        raise InvalidRequest(
            "A session keeps its provider, its folder and its title.",
            remedy="Leave out --provider, --cwd and --title, or start a new session without --session.",
        )
    return {key: value for key, value in request.items() if value is not None}


def _prompt(text: str) -> str:
    prompt = sys.stdin.read() if text == "-" else text
    if not prompt.strip():
        raise InvalidRequest("The prompt is empty.", remedy='Say what to do: workbench run "Explain this folder".')
    return prompt
