"""What the front matter grants itself: every tool, hooks, commands that run before the model reads a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from workbench.skills.document.entries import Entry, Value
from workbench.skills.review.rules.rule import Hit, Rule

if TYPE_CHECKING:
    from workbench.skills.skill import SkillDocument

_NARROW: Final = "Name the commands that it needs, as in Bash(git status:*). Workbench grants none of them by itself."
ALL_TOOLS: Final = Rule("tools-all", "high", "high", "It allows itself every tool.", _NARROW, "AST03")
EVERY_COMMAND: Final = Rule(
    "tools-every-command", "medium", "high", "It allows itself every command.", _NARROW, "AST03"
)
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
IMITATES_SKILL: Final = Rule(
    "name-imitates-skill",
    "medium",
    "medium",
    "The name can be taken for that of another skill in the library.",
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
    "It changes the model, the effort or the agent that works.",
    "Remove the key if that is not meant.",
    "AST03",
)
SHELL: Final = Rule(
    "shell-override",
    "medium",
    "high",
    "It chooses the shell in which its commands run.",
    "Remove the key unless its commands need that shell.",
    "AST03",
)
MODE: Final = Rule(
    "permission-mode",
    "high",
    "high",
    "It changes which of its actions are asked for, or brings servers of its own.",
    "Remove the key; grant what is needed yourself.",
    "AST03",
)
RULES: Final = (
    SHELL,
    MODE,
    ALL_TOOLS,
    EVERY_COMMAND,
    BROAD,
    HOOKS,
    INJECTION,
    TAG,
    IMITATES,
    IMITATES_SKILL,
    HOMOGLYPH,
    ALWAYS,
    MODEL,
)

BUILT_IN: Final = frozenset(
    [
        "help", "clear", "compact", "config", "init", "login", "logout", "memory", "model", "permissions", "plugin", "plugins", "mcp",
        "resume", "agents", "hooks", "doctor", "status", "cost", "exit", "quit", "skills", "settings", "bash", "read", "write", "edit",
        "review", "security-review", "simplify", "batch", "debug", "loop", "context", "usage", "export", "rewind", "statusline", "tasks",
        "vim", "add-dir", "bug", "feedback", "ide", "output-style", "pr-comments", "release-notes", "terminal-setup", "todos", "upgrade",
        "sandbox", "schedule", "new", "diff", "approvals", "mention", "chat", "tools", "theme", "stats", "about", "auth", "directory",
        "extensions", "editor", "privacy", "install-github-app", "keybindings-help", "update-config", "fewer-permission-prompts",
    ]
)  # fmt: skip
_TWINS: Final = str.maketrans("0135\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u03bf\u03b1", "olesaceopxyioa")
_BUILT_IN: Final = frozenset(each.translate(_TWINS).replace("-", "") for each in BUILT_IN)
_NAME: Final = re.compile(r"^name:[ \t]{0,20}([^\n#]{1,200})", re.MULTILINE)
_FRONT: Final = 64 * 1024
_EVERY: Final = re.compile(r"\*|all|any|mcp__\*|(?:Write|Edit)\(\s{0,4}/{1,2}\*{1,2}\s{0,4}\)", re.IGNORECASE)
_COMMANDS: Final = re.compile(
    r"(?:Bash|Shell|PowerShell|execute|run_shell_command)(?:\(\s{0,4}:?\*{0,2}(?::\*)?\s{0,4}\))?", re.IGNORECASE
)
_BROAD: Final = re.compile(
    r"(?:Bash|Shell|PowerShell)\(\s{0,4}(?:/(?:usr/)?bin/)?(?:sudo|curl|wget|rm|sh|bash|zsh|python3?|perl|ruby|node|npx|bunx|uvx|eval|ssh|nc|env|xargs"
    r"|docker|uv run|find)\b(?:\s+-[ce])?[^)]{0,3}:?\s?\*?\s{0,4}\)|mcp__\w{1,60}__\*|Bash\(\w\*\)|(?:Write|Edit)\(\s{0,4}~?/?\*{1,2}\s{0,4}\)"
    r"|Read\(\s{0,4}~/\.[^)]{1,80}\)",
    re.IGNORECASE,
)
_TOOL: Final = re.compile(r"[^\s,()]{1,100}(?:\([^()]{0,300}\))?|\*")
_INJECTED: Final = re.compile(r"(?:^|(?<=[\s(\[>:\"'*_|]))!`[^`\n]{1,400}`|^[ \t]{0,3}(?:`{3,8}|~{3,8})!", re.MULTILINE)
_ALWAYS: Final = re.compile(
    r"\balways\s+(?:use|invoke|load|run|activate|trigger)\s+(?:this|the)\s+skill\b|^\W{0,3}always\s+(?:use|invoke|trigger|load)\W{0,3}$"
    r"|\bfor\s+(?:every|all|any)\s+(?:user\s+)?(?:request|message|prompt|conversation|question|task)s?\b|\bon\s+(?:all|every)\s+tasks?\b"
    r"|\bin\s+every\s+(?:conversation|session|chat)\b|\bat\s+the\s+(?:start|beginning)\s+of\s+(?:each|every|any)\s+(?:session|conversation|chat)\b"
    r"|\bfor\s+everything\b|\bmust\s+always\s+be\s+(?:used|invoked|loaded|run)\b|\bno\s+matter\s+what\b|\bwhenever\s+the\s+user\s+says\s+anything\b"
    r"|\binstead\s+of\s+(?:any|all|every)\s+other\b|\bpriority\s+over\s+(?:all|any|every|other)\b|\bimmer\s+(?:benutzen|verwenden)\b"
    r"|\bbefore\s+(?:every|any|each|all)\s+(?:other\s+)?(?:creative\s+)?(?:action|task|response|tool|skill|work)s?\b",
    re.IGNORECASE,
)
_TOOL_KEYS: Final = frozenset(["allowed-tools", "allowedtools", "tools"])
_MODES: Final = frozenset(["permissionmode", "permission-mode", "mcpservers", "mcp-servers"])
_TURN: Final = frozenset(["model", "effort", "context", "agent"])


def find(document: SkillDocument, *, named: bool = True) -> Iterator[Hit]:
    """What the front matter asks for; places are in the document's text. `named`: its name is a skill's."""
    for entry in document.entries:
        yield from _asked(entry, entry.key.lower().replace("_", "-"), named=named)
    yield from _tags(document)
    yield from _injected(document)


def _asked(entry: Entry, key: str, *, named: bool) -> Iterator[Hit]:
    if key in _TOOL_KEYS:
        yield from _tools(entry)
    elif key == "name":
        yield from _name(entry) if named else ()
    elif key in ("description", "when-to-use"):
        if isinstance(entry.value, str) and _ALWAYS.search(entry.value):
            yield Hit(ALWAYS, entry.value_begin, entry.value_end)
    elif entry.value and (rule := _rule_of(key)):
        yield Hit(rule, entry.key_begin, entry.value_end)


def _rule_of(key: str) -> Rule | None:
    """The rule about a key that is a finding whatever its value."""
    if key == "hooks":
        return HOOKS
    if key == "shell":
        return SHELL
    if key in _MODES:
        return MODE
    return MODEL if key in _TURN else None


def _tags(document: SkillDocument) -> Iterator[Hit]:
    for problem in document.parsed.found.problems:
        if problem.rule == "yaml-tag" and "!python" in document.text[problem.at : problem.at + 80].partition("\n")[0]:
            yield Hit(TAG, problem.at, problem.at + 20)


def _injected(document: SkillDocument) -> Iterator[Hit]:
    if any(each in document.text for each in ("!`", "```!", "~~~!")):
        begin = len(document.text) - len(document.body)
        for found in _INJECTED.finditer(document.text, begin):
            yield Hit(INJECTION, found.start(), found.end())


def _tools(entry: Entry) -> Iterator[Hit]:
    for tool in _each(entry.value):
        if _EVERY.fullmatch(tool):
            yield Hit(ALL_TOOLS, entry.value_begin, entry.value_end, note=f"It says {tool!r}.")
        elif _COMMANDS.fullmatch(tool):
            yield Hit(EVERY_COMMAND, entry.value_begin, entry.value_end, note=f"It says {tool!r}.")
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
    if skeleton(name) in _BUILT_IN:
        yield Hit(IMITATES, entry.value_begin, entry.value_end)
    if not name.isascii() and _is_borrowed(name):
        yield Hit(HOMOGLYPH, entry.value_begin, entry.value_end)


def name_in(text: str) -> str:
    """The name that a SKILL.md gives itself, taken without reading its YAML."""
    found = _NAME.search(text[:_FRONT])
    return found[1].strip().strip("\"'") if found else ""


def looks_like(name: str, other: str) -> bool:
    """Whether two different names look the same at a glance."""
    return name.lower() != other.lower() and skeleton(name) == skeleton(other)


def skeleton(name: str) -> str:
    """A name without what the eye passes over: case, accents, hyphens, letters that stand in for others."""
    plain = unicodedata.normalize("NFKD", name).lower().translate(_TWINS)
    return "".join(each for each in plain if each.isalnum())


def _is_borrowed(name: str) -> bool:
    """Whether it mixes scripts, or is written in another one with nothing but letters that look Latin."""
    scripts = {_script(each) for each in name if each.isalpha()}
    return len(scripts) > 1 or ("LATIN" not in scripts and skeleton(name).isascii())


def _script(letter: str) -> str:
    """The script of a letter, by the first word of its name; what East Asia writes together counts as one."""
    word = re.split("[ -]", unicodedata.name(letter, "?"), maxsplit=1)[0]
    return "EAST ASIAN" if word in ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "FULLWIDTH") else word
