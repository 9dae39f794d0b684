"""Python, read as a tree and never run: what is executed, unpacked or sent that the source does not show.

Names are followed through imports (`from os import system as s`), so renaming hides nothing. A source that no reader can
take apart is said to be so.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Final

from workbench.skills.rules.rule import Hit, Rule

_READ: Final = "Read the function; replace it by code that says what it does."
EXEC: Final = Rule("python-exec", "medium", "medium", "It runs text as code.", _READ, "AST01")
REMOTE: Final = Rule(
    "python-exec-hidden", "critical", "high", "It runs what it has fetched or decoded.", _READ, "AST01"
)
SHELL: Final = Rule(
    "python-shell",
    "low",
    "medium",
    "It hands a made-up line to a shell.",
    "Pass a list of arguments, and no shell.",
    "AST03",
)
UNPACK: Final = Rule(
    "python-unpickle", "medium", "medium", "Reading this format can run code that is in it.", "Use JSON.", "AST05"
)
ENVIRONMENT: Final = Rule(
    "python-environment",
    "high",
    "medium",
    "It packs up all environment variables, and it can reach the network.",
    _READ,
    "AST01",
)
NATIVE: Final = Rule(
    "python-native", "low", "medium", "It loads or imports something whose name is made up at run time.", _READ, "AST03"
)
UNREAD: Final = Rule(
    "python-unread",
    "low",
    "high",
    "It is not Python that can be read, so only its words were looked at.",
    "Run it through a formatter.",
    "AST08",
)
RULES: Final = (EXEC, REMOTE, SHELL, UNPACK, ENVIRONMENT, NATIVE, UNREAD)

LARGEST: Final = 1024 * 1024
"""Beyond this a tree is not built; the other rules still see every byte."""
_DEEPEST: Final = 90
_RUNS: Final = frozenset(
    ["exec", "eval", "compile", "builtins.exec", "builtins.eval", "code.interact", "runpy.run_path"]
)
_SHELLS: Final = frozenset(
    ["os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "commands.getoutput"]
)
_UNPACKS: Final = frozenset(
    ["pickle.load", "pickle.loads", "marshal.load", "marshal.loads", "dill.load", "dill.loads", "yaml.unsafe_load", "yaml.full_load",
     "shelve.open", "joblib.load", "jsonpickle.decode"]
)  # fmt: skip
_DECODES: Final = re.compile(
    r"(?:b(?:16|32|64|85)decode|a85decode|decodebytes|unhexlify|fromhex|zlib\.decompress|marshal\.loads|codecs\.decode|urlopen|urlretrieve"
    r"|(?:requests|httpx)\.(?:get|post|request)|\.recv|http\.client)"
)
_NETWORK: Final = frozenset(
    [
        "requests",
        "httpx",
        "urllib",
        "urllib3",
        "http",
        "socket",
        "aiohttp",
        "smtplib",
        "ftplib",
        "websocket",
        "websockets",
        "paramiko",
        "boto3",
    ]
)
_PACKS: Final = frozenset(["dict", "json.dumps", "str", "repr", "base64.b64encode"])
_NATIVE: Final = frozenset(
    ["__import__", "importlib.import_module", "ctypes.CDLL", "ctypes.cdll.LoadLibrary", "imp.load_source"]
)
_DEFAULTS: Final = frozenset(["SafeLoader", "CSafeLoader", "BaseLoader"])
_BRACKETS: Final = re.compile(r"[()\[\]{}]")


def find(source: str) -> Iterator[Hit]:
    """What a Python source does that deserves a look."""
    tree = _tree(source)
    if tree is None:
        yield Hit(UNREAD, 0, 0)
        return
    names = _imports(tree)
    network = any(full.partition(".")[0] in _NETWORK for full in names.values())
    lines = _Lines(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (rule := _judged(node, names, network)):
            at = lines.at(node.lineno)
            yield Hit(rule, at, at)


def _tree(source: str) -> ast.Module | None:
    """The tree, unless building it could exhaust the parser: foreign source must not end the process."""
    depth = 0
    if len(source) > LARGEST:
        return None
    for bracket in _BRACKETS.finditer(source):
        depth += 1 if bracket[0] in "([{" else -1
        if depth > _DEEPEST:
            return None
        depth = max(depth, 0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the source's own escapes
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imports(tree: ast.Module) -> dict[str, str]:
    """The name that each imported thing has here, and its full one."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
    return names


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    """`subprocess.run` for whatever it is called here; empty for what is no plain name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([names.get(node.id, node.id), *reversed(parts)])


def _judged(call: ast.Call, names: dict[str, str], network: bool) -> Rule | None:
    name = _dotted(call.func, names)
    made_up = bool(call.args) and not isinstance(call.args[0], ast.Constant)
    if name in _RUNS and made_up:
        plain = None if name == "compile" else EXEC  # every linter compiles
        return REMOTE if _packed(call.args[0], names) else plain
    verdicts = (
        (SHELL, made_up and (name in _SHELLS or (name.startswith("subprocess.") and _flag(call, "shell")))),
        (UNPACK, name in _UNPACKS or (name == "yaml.load" and not _safe_loader(call))),
        (ENVIRONMENT, network and name in _PACKS and _takes_environment(call, names)),
        (NATIVE, made_up and name in _NATIVE),
    )
    return next((rule for rule, holds in verdicts if holds), None)


def _packed(node: ast.expr, names: dict[str, str]) -> bool:
    """Whether the expression fetches or decodes; its calls are named in full first."""
    calls = (
        _dotted(each.func, names) or getattr(each.func, "attr", "")
        for each in ast.walk(node)
        if isinstance(each, ast.Call)
    )
    return any(_DECODES.search(call) for call in calls)


def _flag(call: ast.Call, name: str) -> bool:
    return any(
        each.arg == name and isinstance(each.value, ast.Constant) and each.value.value is True for each in call.keywords
    )


def _safe_loader(call: ast.Call) -> bool:
    given = [*call.args[1:2], *(each.value for each in call.keywords if each.arg == "Loader")]
    return any(getattr(each, "attr", getattr(each, "id", "")) in _DEFAULTS for each in given)


def _takes_environment(call: ast.Call, names: dict[str, str]) -> bool:
    for argument in call.args:
        inner = argument.args[0] if isinstance(argument, ast.Call) and argument.args else argument
        if isinstance(inner, ast.expr) and _dotted(inner, names) == "os.environ":
            return True
    return False


class _Lines:
    """Where lines begin; the tree says lines, a hit is an offset."""

    def __init__(self, source: str) -> None:
        self._begins = [0, *(found.end() for found in re.finditer(r"\r\n|\n|\r|\f", source) if found[0] != "\f")]

    def at(self, line: int) -> int:
        return self._begins[min(line, len(self._begins)) - 1]
