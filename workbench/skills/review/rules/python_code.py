"""Python, read as a tree and never run: what is executed, unpacked or sent that the source does not show.

Names are followed through imports (`from os import system as s`) and plain assignments (`e = exec`, `c = get(u).text`), so
renaming hides nothing; scopes are not told apart, since a hit is a reason to look. A source that no reader can take apart
is said to be so.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Final

from workbench.skills.review.rules.rule import Hit, Rule

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
TERMINAL: Final = Rule(
    "python-terminal", "high", "medium", "It opens a terminal for whoever is at the other end.", _READ, "AST01"
)
NATIVE: Final = Rule(
    "python-native", "low", "medium", "It loads or imports something whose name is made up at run time.", _READ, "AST03"
)
UNREAD: Final = Rule(
    "python-unread",
    "medium",
    "high",
    "It is not Python that can be read, so only its words were looked at.",
    "Run it through a formatter.",
    "AST08",
)
RULES: Final = (EXEC, REMOTE, SHELL, UNPACK, ENVIRONMENT, TERMINAL, NATIVE, UNREAD)

LARGEST: Final = 1024 * 1024
"""Beyond this a tree is not built; the other rules still see every byte."""
_DEEPEST: Final = 90
_RUNS: Final = frozenset(
    [
        "exec",
        "eval",
        "compile",
        "builtins.exec",
        "builtins.eval",
        "code.interact",
        "runpy.run_path",
        "types.FunctionType",
    ]
)
_RUN_WORDS: Final = re.compile(r"\b(?:exec|eval|compile|interact|run_path|FunctionType)\b")
_SHELLS: Final = frozenset(
    [
        "os.system",
        "os.popen",
        "subprocess.getoutput",
        "subprocess.getstatusoutput",
        "commands.getoutput",
        "asyncio.create_subprocess_shell",
    ]
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
    ["requests", "httpx", "urllib", "urllib3", "http", "socket", "aiohttp", "smtplib", "ftplib", "websocket", "websockets", "paramiko", "boto3"]
)  # fmt: skip
_PACKS: Final = frozenset(["json.dumps", "str", "repr", "base64.b64encode"])
_NATIVE: Final = frozenset(
    ["__import__", "importlib.import_module", "ctypes.CDLL", "ctypes.cdll.LoadLibrary", "imp.load_source"]
)
_DEFAULTS: Final = frozenset(["SafeLoader", "CSafeLoader", "BaseLoader"])
_BRACKETS: Final = re.compile(r"[()\[\]{}]")
_QUIET: Final = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*+"""|\'\'\'(?:[^'\\]|\\.|'(?!''))*+\'\'\'|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|#[^\n]*+''',
    re.DOTALL,
)
"""Strings and comments: what is in them nests nothing."""
_NAMESPACES: Final = frozenset(["globals", "locals", "vars", "getattr"])
_READS_ONE: Final = frozenset(["get", "pop", "setdefault", "update", "__contains__"])
_ROUNDS: Final = 3
"""So many assignments one after the other are followed."""


def find(source: str) -> Iterator[Hit]:
    """What a Python source does that deserves a look."""
    tree = _tree(source)
    if tree is None:
        yield Hit(UNREAD, 0, 0)
        return
    reader = _Reader([*ast.walk(tree)], source)
    lines = _Lines(source)
    for call in reader.calls:
        if rule := reader.judged(call):
            yield Hit(rule, lines.at(call.lineno), lines.at((call.end_lineno or call.lineno) + 1))


def _tree(source: str) -> ast.Module | None:
    """The tree, unless building it could exhaust the parser: foreign source must not end the process."""
    depth = 0
    if len(source) > LARGEST:
        return None
    for bracket in _BRACKETS.finditer(_QUIET.sub("", source)):
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


class _Reader:
    """What the names of one source stand for, and what its calls do."""

    def __init__(self, nodes: list[ast.AST], source: str) -> None:
        self.calls = [node for node in nodes if isinstance(node, ast.Call)]
        self._names = _imports(nodes)
        self._network = any(full.partition(".")[0] in _NETWORK for full in self._names.values())
        assigned = [*_assigned(nodes)]
        for name, value in assigned:
            if (full := self._dotted(value)) in _RUNS or full in _SHELLS or full in _UNPACKS:
                self._names[name] = full
        self._packed: set[str] = set()
        self._environment: set[str] = set()
        runs, gathers = bool(_RUN_WORDS.search(source)), self._network and "environ" in source
        for _ in range(_ROUNDS):
            if runs:
                self._packed |= {name for name, value in assigned if self._is_packed(value)}
            if gathers:
                self._environment |= {name for name, value in assigned if self._holds_environment(value)}

    def judged(self, call: ast.Call) -> Rule | None:
        name = self._dotted(call.func)
        made_up = bool(call.args) and not isinstance(call.args[0], ast.Constant)
        if name in _RUNS and made_up:
            plain = None if name == "compile" else EXEC  # every linter compiles
            return REMOTE if self._is_packed(call.args[0]) else plain
        verdicts = (
            (EXEC, made_up and not name and _is_looked_up(call.func)),
            (SHELL, made_up and (name in _SHELLS or (name.startswith("subprocess.") and _flag(call, "shell")))),
            (UNPACK, name in _UNPACKS or (name == "yaml.load" and not _safe_loader(call))),
            (UNPACK, name == "torch.load" and not _flag(call, "weights_only")),
            (TERMINAL, name == "pty.spawn"),
            (ENVIRONMENT, self._network and self._sends_environment(call, name)),
            (NATIVE, made_up and name in _NATIVE),
        )
        return next((rule for rule, holds in verdicts if holds), None)

    def _dotted(self, node: ast.expr) -> str:
        """`subprocess.run` for whatever it is called here; empty for what is no plain name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            return ".".join([self._names.get(node.id, node.id), *reversed(parts)])
        module = _imported_here(node)
        return ".".join([module, *reversed(parts)]) if module else ""

    def _is_packed(self, node: ast.expr) -> bool:
        """Whether the expression fetches or decodes, or names what was; its calls are named in full first."""
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and each.id in self._packed:
                return True
            if isinstance(each, ast.Call):
                called = self._dotted(each.func) or getattr(each.func, "attr", "")
                if _DECODES.search(called):
                    return True
        return False

    def _sends_environment(self, call: ast.Call, name: str) -> bool:
        """Whether it hands all of the environment to the network, or writes it out as one."""
        if name not in _PACKS and name.partition(".")[0] not in _NETWORK:
            return False
        return any(self._holds_environment(each) for each in (*call.args, *(given.value for given in call.keywords)))

    def _holds_environment(self, node: ast.expr) -> bool:
        """Whether the whole of it is in an expression; a variable that is read by its name is not."""
        one = {id(each.value) for each in ast.walk(node) if isinstance(each, ast.Subscript)}
        one |= {
            id(each.value) for each in ast.walk(node) if isinstance(each, ast.Attribute) and each.attr in _READS_ONE
        }
        one |= {id(other) for each in ast.walk(node) if isinstance(each, ast.Compare) for other in each.comparators}
        return any(
            id(each) not in one
            and (
                (isinstance(each, ast.Attribute | ast.Name) and self._dotted(each) == "os.environ")
                or (isinstance(each, ast.Name) and each.id in self._environment)
            )
            for each in ast.walk(node)
        )


def _assigned(nodes: list[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    """Names that are given a value, with it."""
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value
        elif isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
            yield node.optional_vars.id, node.context_expr


def _imports(nodes: list[ast.AST]) -> dict[str, str]:
    """The name that each imported thing has here, and its full one."""
    names: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
    return names


def _imported_here(node: ast.expr) -> str:
    """`os` for `__import__("os")`."""
    if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name) and node.func.id == "__import__":
        given = node.args[0]
        return str(given.value) if isinstance(given, ast.Constant) else ""
    return ""


def _is_looked_up(func: ast.expr) -> bool:
    """Whether what is called is looked up by a name that is made up: `globals()["ex" + "ec"]`, `getattr(builtins, n)`."""
    if isinstance(func, ast.Subscript):
        func = func.value
        if isinstance(func, ast.Name):
            return func.id == "__builtins__"
        return isinstance(func, ast.Call) and isinstance(func.func, ast.Name) and func.func.id in _NAMESPACES
    if not (isinstance(func, ast.Call) and isinstance(func.func, ast.Name) and func.func.id == "getattr" and func.args):
        return False
    return isinstance(func.args[0], ast.Name) and func.args[0].id in ("__builtins__", "builtins")


def _flag(call: ast.Call, name: str) -> bool:
    return any(
        each.arg == name and isinstance(each.value, ast.Constant) and each.value.value is True for each in call.keywords
    )


def _safe_loader(call: ast.Call) -> bool:
    given = [*call.args[1:2], *(each.value for each in call.keywords if each.arg == "Loader")]
    return any(getattr(each, "attr", getattr(each, "id", "")) in _DEFAULTS for each in given)


class _Lines:
    """Where lines begin; the tree says lines, a hit is an offset."""

    def __init__(self, source: str) -> None:
        self._begins = [0, *(found.end() for found in re.finditer(r"\r\n|\n|\r|\f", source) if found[0] != "\f")]

    def at(self, line: int) -> int:
        return self._begins[min(line, len(self._begins)) - 1]
