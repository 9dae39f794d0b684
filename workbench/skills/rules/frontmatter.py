"""What the front matter grants itself: every tool, hooks, commands that run before the model reads a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from workbench.skills.entries import Entry, Value
from workbench.skills.rules.rule import Hit, Rule

if TYPE_CHECKING:
    from workbench.skills.skill import SkillDocument

_NARROW: Final = "Name the commands that it needs, as in Bash(git status:*). Workbench grants none of them by itself."
ALL_TOOLS: Final = Rule("tools-all", "high", "high", "It allows itself every tool or every command.", _NARROW, "AST03")
BROAD: Final = Rule(
    "tools-broad", "low", "high", "It allows itself a command that can do nearly anything.", _NARROW, "AST03"
)
HOOKS: Final = Rule(
    "hooks",
    "high",
    "high",
    "It brings hooks: commands that run on events, unasked.",
    "Read the commands; remove what is not needed.",
    "AST03",
)
INJECTION: Final = Rule(
    "shell-injection",
    "medium",
    "high",
    "The command runs when the skill is opened, before the model or anybody has read it.",
    "Let the model run the command instead, so that it is asked for.",
    "AST03",
)
TAG: Final = Rule(
    "yaml-object",
    "high",
    "high",
    "A YAML tag asks a careless reader to build an object, which can run code.",
    "Remove the tag.",
    "AST05",
)
IMITATES: Final = Rule(
    "name-imitates",
    "medium",
    "medium",
    "The name is that of a command that clients have built in.",
    "Choose another name.",
    "AST04",
)
HOMOGLYPH: Final = Rule(
    "name-homoglyph",
    "high",
    "high",
    "The name mixes letters of several scripts: it may imitate another.",
    "Write the name in one script.",
    "AST04",
)
ALWAYS: Final = Rule(
    "always-used",
    "medium",
    "low",
    "The description asks to be used for everything, so the skill would crowd out the others.",
    "Say for which tasks it is meant.",
    "AST04",
)
MODEL: Final = Rule(
    "model-override",
    "info",
    "high",
    "It changes the model or the effort of the turn.",
    "Remove the key if that is not meant.",
    "AST03",
)
RULES: Final = (ALL_TOOLS, BROAD, HOOKS, INJECTION, TAG, IMITATES, HOMOGLYPH, ALWAYS, MODEL)

BUILT_IN: Final = frozenset(
    [
        "help", "clear", "compact", "config", "init", "login", "logout", "memory", "model", "permissions", "plugin", "plugins", "mcp",
        "resume", "agents", "hooks", "doctor", "status", "cost", "exit", "quit", "skills", "settings", "bash", "read", "write", "edit",
    ]
)  # fmt: skip
_EVERY: Final = re.compile(
    r"\*|all|any|(?:Bash|Shell|PowerShell|execute|run_shell_command)\(\s{0,4}:?\*{1,2}(?::\*)?\s{0,4}\)", re.IGNORECASE
)
_BROAD: Final = re.compile(
    r"(?:Bash|Shell|PowerShell)(?:\(\s{0,4}(?:sudo|curl|wget|rm|sh|bash|zsh|python3?|node|npx|eval|ssh|nc|env|xargs)\b[^)]{0,3}:?\s?\*\s{0,4}\))?",
    re.IGNORECASE,
)
_TOOL: Final = re.compile(r"[^\s,()]{1,100}(?:\([^()]{0,300}\))?|\*")
_INJECTED: Final = re.compile(r"(?:^|(?<=[\s(\[>]))!`[^`\n]{1,400}`|^[ \t]{0,3}```!", re.MULTILINE)
_ALWAYS: Final = re.compile(
    r"\balways\s+(?:use|invoke|load|run|activate)\s+(?:this|the)\s+skill\b|\bfor\s+(?:every|all|any)\s+(?:user\s+)?(?:request|message|prompt|conversation|question)s?\b"
    r"|\bbefore\s+(?:every|any|each)\s+(?:other\s+)?(?:action|task|response|tool|skill)\b",
    re.IGNORECASE,
)


def find(document: SkillDocument) -> Iterator[Hit]:
    """What the front matter asks for; places are in the document's text."""
    for entry in document.entries:
        if entry.key in ("allowed-tools", "allowed_tools", "tools"):
            yield from _tools(entry)
        elif entry.key == "hooks" and entry.value:
            yield Hit(HOOKS, entry.key_begin, entry.value_end)
        elif entry.key in ("model", "effort") and entry.value:
            yield Hit(MODEL, entry.key_begin, entry.value_end)
        elif entry.key == "name":
            yield from _name(entry)
        elif entry.key == "description" and isinstance(entry.value, str) and _ALWAYS.search(entry.value):
            yield Hit(ALWAYS, entry.value_begin, entry.value_end)
    yield from _tags(document)
    yield from _injected(document)


def _tags(document: SkillDocument) -> Iterator[Hit]:
    for problem in document.read.found.problems:
        if problem.rule == "yaml-tag" and "!python" in document.text[problem.at : problem.at + 80].partition("\n")[0]:
            yield Hit(TAG, problem.at, problem.at + 20)


def _injected(document: SkillDocument) -> Iterator[Hit]:
    if "!`" in document.text or "```!" in document.text:
        begin = len(document.text) - len(document.body)
        for found in _INJECTED.finditer(document.text, begin):
            yield Hit(INJECTION, found.start(), found.end())


def _tools(entry: Entry) -> Iterator[Hit]:
    for tool in _each(entry.value):
        if _EVERY.fullmatch(tool):
            yield Hit(ALL_TOOLS, entry.value_begin, entry.value_end, note=f"It says {tool!r}.")
        elif _BROAD.fullmatch(tool):
            yield Hit(BROAD, entry.value_begin, entry.value_end, note=f"It says {tool!r}.")


def _each(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield from _TOOL.findall(value.strip().strip("[]").replace('"', "").replace("'", ""))
    elif isinstance(value, list):
        for item in value:
            yield from _each(item)
    else:
        yield from value


def _name(entry: Entry) -> Iterator[Hit]:
    name = entry.value if isinstance(entry.value, str) else ""
    if name.strip().lower() in BUILT_IN:
        yield Hit(IMITATES, entry.value_begin, entry.value_end)
    if not name.isascii() and len({_script(each) for each in name if each.isalpha()}) > 1:
        yield Hit(HOMOGLYPH, entry.value_begin, entry.value_end)


def _script(letter: str) -> str:
    """The script of a letter, by the first word of its name; what East Asia writes together counts as one."""
    word = re.split("[ -]", unicodedata.name(letter, "?"), maxsplit=1)[0]
    return "EAST ASIAN" if word in ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "FULLWIDTH") else word
