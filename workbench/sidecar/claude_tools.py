"""Claude Code's tools by name: what kind of thing each does, what a person calls it, its questions and lists. Pure.

Names change with the vendor's versions; a tool that is not here is `other` and titled by its name, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workbench.protocol import wire

Entries = list[dict[str, str]]
"""The whole to-do list, as the wire's `plan` has it."""

TITLE_LIMIT: Final = 160

TOOLS: Final[Mapping[str, tuple[str, str, str]]] = {
    # name: (ACP's kind, the verb, the key of the input that says upon what)
    "Read": ("read", "Read", "file_path"),
    "Write": ("edit", "Write", "file_path"),
    "Edit": ("edit", "Edit", "file_path"),
    "MultiEdit": ("edit", "Edit", "file_path"),
    "NotebookEdit": ("edit", "Edit", "notebook_path"),
    "Glob": ("search", "Find", "pattern"),
    "Grep": ("search", "Search", "pattern"),
    "ToolSearch": ("search", "Look for tools", "query"),
    "Bash": ("execute", "", "command"),
    "BashOutput": ("execute", "Read output of", "bash_id"),
    "KillShell": ("execute", "Stop", "shell_id"),
    "WebFetch": ("fetch", "Fetch", "url"),
    "WebSearch": ("fetch", "Search the web for", "query"),
    "Agent": ("think", "Sub-agent:", "description"),
    "Task": ("think", "Sub-agent:", "description"),
    "TodoWrite": ("think", "Update the to-do list", ""),
    "TaskCreate": ("think", "Add to the to-do list:", "subject"),
    "TaskUpdate": ("think", "Update the to-do list", ""),
    "TaskList": ("think", "Read the to-do list", ""),
    "TaskGet": ("think", "Read the to-do list", ""),
    "Skill": ("read", "Skill", "skill"),
    "AskUserQuestion": ("other", "Question", ""),
    "StructuredOutput": ("other", "Return the result", ""),
    "EnterPlanMode": ("think", "Start planning", ""),
    "ExitPlanMode": ("think", "Plan", ""),
}


def kind_of(name: str) -> str:
    return TOOLS[name][0] if name in TOOLS else "other"


def title_of(name: str, tool_input: Mapping[str, Any], cwd: str) -> str:
    """One line that a person reads in place of the tool's name and arguments."""
    _, verb, key = TOOLS.get(name, ("", "", ""))
    subject = str(tool_input.get(key) or "").strip()
    if cwd and subject.startswith(cwd + "/"):
        subject = subject[len(cwd) + 1 :]
    line = f"{verb} {subject.splitlines()[0] if subject else ''}".strip() or name
    return line if len(line) <= TITLE_LIMIT else line[: TITLE_LIMIT - 1] + "…"


class Checklist:
    """The agent's to-do list, from whichever tools this version keeps it with: one list at once, or task by task."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[str, str]] = {}
        self._asked: dict[str, Mapping[str, Any]] = {}

    def called(self, call: str, name: str, tool_input: Mapping[str, Any]) -> Entries | None:
        """The whole list if this call changes it, else None."""
        match name:
            case "TodoWrite":
                todos = tool_input.get("todos") or []
                self._entries = {str(n): entry(todo.get("content"), todo.get("status")) for n, todo in enumerate(todos)}
                return list(self._entries.values())
            case "TaskCreate":
                self._asked[call] = tool_input  # its number comes with the answer
            case "TaskUpdate":
                return self._change(str(tool_input.get("taskId")), tool_input)
        return None

    def answered(self, call: str, result: object) -> Entries | None:
        """The whole list if this result adds to it, else None."""
        asked = self._asked.pop(call, None)
        task = result.get("task") if isinstance(result, dict) else None
        if asked is None or not isinstance(task, dict):
            return None
        self._entries[str(task.get("id"))] = entry(task.get("subject") or asked.get("subject"), "pending")
        return list(self._entries.values())

    def _change(self, task: str, tool_input: Mapping[str, Any]) -> Entries | None:
        known = self._entries.get(task)
        if known is None:  # made before this process began
            return None
        if tool_input.get("status") == "deleted":
            del self._entries[task]
        else:
            changed = entry(tool_input.get("subject") or known["content"], tool_input.get("status") or known["status"])
            self._entries[task] = changed
        return list(self._entries.values())


def entry(content: Any, status: Any) -> dict[str, str]:
    known = status if status in {"pending", "in_progress", "completed"} else "pending"
    return {"content": str(content or ""), "priority": "medium", "status": known}


def question_of(question: Mapping[str, Any]) -> wire.Question:
    """Claude Code's question in the wire's words, which are nearly the same."""
    options: list[wire.QuestionOption] = [
        {"label": str(option.get("label", "")), "description": str(option.get("description", ""))}
        for option in question.get("options") or []
    ]
    return {
        "question": str(question.get("question", "")),
        "header": str(question.get("header", "")),
        "options": options,
        "multiSelect": bool(question.get("multiSelect")),
    }


def spoken(answer: Any) -> str:
    """Several choices as Claude Code wants them: in one text, with commas."""
    return ", ".join(map(str, answer)) if isinstance(answer, list) else str(answer)
