"""Names to functions, and the one way to call them.

`@command("sessions.list", ListSessions, SessionList)` registers a function; `call(bench, name, params)` validates, runs
and gives back plain JSON values. The part of a name before its dot is its subject, and a subject's modules are loaded one
after the other until the command is there: a process that asks for one command has little to load.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from workbench.errors import InvalidRequest, UnknownCommand
from workbench.protocol.problems import said

if TYPE_CHECKING:
    from workbench.app import Workbench

SUBJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "settings": ("settings",),
    "skills": ("skills", "skills_reviews", "skills_import", "skills_handout"),
    "workflow": ("workflow", "workflow_runs", "workflow_back", "workflow_out"),
    "files": ("files",),
    "workspace": ("workspace",),
    "git": ("git",),
    "agents": ("agents",),
    "sessions": ("sessions",),
    "usage": ("usage", "usage_reports"),
    "imported": ("imported",),
    "registries": ("registries",),
    "github": ("github", "github_sign_in"),
    "dependencies": ("dependencies",),
    "refine": ("refine",),
    "skill_test": ("skill_test",),
    "feedback": ("feedback",),
}
"""The modules of this package that hold the commands of a subject, in the order in which they are listed."""

Ask = TypeVar("Ask", bound=BaseModel)
Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True)
class Command:
    """One operation as it is listed and called."""

    name: str
    request: type[BaseModel]
    reply: type[BaseModel]
    summary: str
    function: Callable[[Workbench, Any], Awaitable[BaseModel]]

    def schemas(self) -> dict[str, Any]:
        """The JSON schemas: what a caller may write, and what it will read."""
        return {
            "request": self.request.model_json_schema(mode="validation"),
            "reply": self.reply.model_json_schema(mode="serialization"),
        }


_commands: dict[str, Command] = {}


def command(
    name: str, request: type[Ask], reply: type[Answer]
) -> Callable[[Callable[[Workbench, Ask], Awaitable[Answer]]], Callable[[Workbench, Ask], Awaitable[Answer]]]:
    """Registers a function as the command `name`; the first line of its docstring is the summary."""

    def register(
        function: Callable[[Workbench, Ask], Awaitable[Answer]],
    ) -> Callable[[Workbench, Ask], Awaitable[Answer]]:
        if name in _commands:
            raise ValueError(f"two functions want to be the command {name!r}")
        summary = (function.__doc__ or "").strip().splitlines()
        if not summary:
            raise ValueError(f"the command {name!r} says nowhere what it does")
        _commands[name] = Command(name, request, reply, summary[0], function)
        return function

    return register


def find(name: str) -> Command:
    """The command of a name; raises UnknownCommand with the names that are near."""
    for module in SUBJECTS.get(name.partition(".")[0], ()):
        importlib.import_module(f"workbench.commands.{module}")
        if name in _commands:
            return _commands[name]
    near = difflib.get_close_matches(name, [each.name for each in every()], n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}? " if near else ""
    raise UnknownCommand(
        f"There is no command named {name!r}.",
        remedy=f"{hint}List them with: workbench commands.",
        command=name,
        near=near,
    )


def every() -> list[Command]:
    """All commands, by module in the order of SUBJECTS, then in the order of their definition."""
    modules = [f"workbench.commands.{module}" for modules in SUBJECTS.values() for module in modules]
    for module in modules:
        importlib.import_module(module)
    return sorted(_commands.values(), key=lambda each: modules.index(each.function.__module__))


def validate(name: str, params: Any) -> tuple[Command, BaseModel]:
    """The command and its request; raises UnknownCommand, or InvalidRequest listing every problem by its path."""
    found = find(name)
    if not isinstance(params, Mapping):
        raise InvalidRequest(
            f"{name} takes a JSON object, not {_json_type(params)}.",
            remedy='Write the parameters as {"name": value}.',
            command=name,
            problems=[{"path": "", "message": "must be an object"}],
        )
    try:
        return found, found.request.model_validate(dict(params))
    except ValidationError as error:
        raise invalid(name, error) from error


def invalid(what: str, error: ValidationError) -> InvalidRequest:
    """A pydantic refusal as ours: every problem with its path, the first one in the sentence. Values are left out:
    they may be secrets.
    """
    problems = [
        {"path": ".".join(str(part) for part in each["loc"]), "message": said(each)}
        for each in error.errors(include_url=False, include_input=False)
    ]
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    where = f"{first['path']}: " if first["path"] else ""
    return InvalidRequest(
        f"{what} does not accept this: {where}{first['message']}{more}.",
        remedy=f"See what it takes with: workbench commands {what}.",
        command=what,
        problems=problems,
    )


async def call(bench: Workbench, name: str, params: Any = None) -> dict[str, Any]:
    """Runs one command and gives its reply as JSON values."""
    found, request = validate(name, {} if params is None else params)
    reply = await found.function(bench, request)
    return reply.model_dump(mode="json", by_alias=True)


def _json_type(value: Any) -> str:
    names = {
        list: "a list",
        str: "a string",
        bool: "a truth value",
        int: "a number",
        float: "a number",
        type(None): "null",
    }
    return names.get(type(value), type(value).__name__)
