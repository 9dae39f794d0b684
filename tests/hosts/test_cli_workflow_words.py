"""What messages tell a person to type exists, and can be typed so."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import workbench
from workbench.commands import registry
from workbench.hosts import cli, cli_usage_words
from workbench.hosts.cli_parser import Parser
from workbench.hosts.cli_workflow_ways import of_step, ways

_ROOT = Path(workbench.__file__).parent
_LINE = re.compile(r"(?:^|[\s(])workbench ((?:[a-z][a-z-]*)\b(?!\.)[^\n]*)")
_SUBJECTS = "workflow|refine|skill_test|skills|git|imported|registries|workspace|usage|agents|sessions|settings"
_COMMAND = re.compile(rf"(?<![\w.])((?:{_SUBJECTS})\.[a-z]+(?:_[a-z]+)*)(?![\w(/=])")
_END = re.compile(r"[.;:,)](?=\s|$)(?![^']*'(?:[^']*'[^']*')*[^']*$)")


def _texts() -> Iterator[tuple[str, str]]:
    """Each text that is given as a remedy, and where; what is put into it stands there as X."""
    for path in sorted(_ROOT.rglob("*.py")):
        if "static" in path.parts or "labextension" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                for keyword in node.keywords:
                    if keyword.arg == "remedy":
                        yield from (
                            (f"{path.relative_to(_ROOT)}:{keyword.lineno}", text) for text in _words(keyword.value)
                        )


def _words(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in values)
        case ast.IfExp(body=body, orelse=other):
            yield from (*_words(body), *_words(other))
        case ast.BoolOp(values=parts):
            for part in parts:
                yield from _words(part)


NAMES = {each.name for each in registry.every()}
TEXTS = list(_texts())
LINES = [(where, found) for where, text in TEXTS for found in _LINE.findall(text)]
COMMANDS = [(where, found) for where, text in TEXTS for found in _COMMAND.findall(text) if found != "settings.json"]


def parses(line: str) -> bool:
    """Whether a line begins with a command line: all of its options, and the words that it leaves to the person as X."""
    end = _END.search(line)
    words = shlex.split(line[: end.start()] if end else line)
    options = [word for word in words if word.startswith("--")]
    for last in range(len(words), 0, -1):
        kept = [word for word in words[:last] if word.startswith("--")]
        if kept == options and any(_fits([*words[:last], *["x"] * left_out]) for left_out in range(4)):
            return True
    return False


def _fits(words: list[str]) -> bool:
    joined = cli_usage_words.joined(words) if words[0] == "usage" else words
    try:
        found = cli._parser(joined).parse_args(joined)
    except SystemExit:
        return False
    return found.module != "cli_tools" or found.what != "call" or found.name in NAMES


def test_there_are_remedies_that_name_command_lines() -> None:
    assert len(LINES) >= 10
    assert len(COMMANDS) >= 3


@pytest.mark.parametrize(("where", "line"), LINES)
def test_a_command_line_that_a_remedy_names_can_be_typed(where: str, line: str) -> None:
    assert parses(line), f"{where}: workbench {line}"


@pytest.mark.parametrize(("where", "name"), COMMANDS)
def test_a_command_that_a_remedy_names_exists(where: str, name: str) -> None:
    assert name in NAMES, where


@pytest.mark.parametrize("line", ["workflow resum X", "workflow resume X --fast", "skills", "call no.such", "nothing"])
def test_one_that_does_not_exist_would_be_found(line: str) -> None:
    assert not parses(line)


@pytest.mark.parametrize("following", ["run", "answer", "gate", "decide", "wait", "done"])
def test_what_a_person_is_told_to_do_next_can_be_typed(following: str) -> None:
    told = ways({"skill": "demo", "workflow": "own one", "next": following, "steps": [], "gate": None})
    assert told
    assert all(parses(line.removeprefix("  workbench ")) for line in told)


def test_all_that_can_be_done_with_a_step_can_be_typed() -> None:
    actions = ["start", "resume", "ask_again", "edit_output", "reset", "back"]
    told = of_step({"skill": "demo", "workflow": "quick-skill"}, {"key": "draft", "actions": actions})
    assert len(told) == len(actions)
    assert all(parses(line.removeprefix("  workbench ")) for line in told)


def test_a_last_word_that_may_be_left_out_may_stand_behind_options() -> None:
    def read(*words: str) -> argparse.Namespace:
        return cli._parser(words).parse_args(words)

    assert read("workflow", "resume", "demo", "--provider", "replay", "research").step == "research"
    assert read("workflow", "gate", "demo", "--provider", "replay", "continue").choice == "continue"
    assert read("workflow", "refine", "demo", "--json", "Shorter.").message == "Shorter."
    assert read("workflow", "resume", "demo", "--provider", "replay").step is None


@pytest.mark.parametrize("words", [("gate", "demo", "--json", "perhaps"), ("gate", "demo", "answer", "skip"), ("run",)])
def test_words_that_do_not_fit_still_exit_2(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli._parser(("workflow", *words)).parse_args(("workflow", *words))
    assert left.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_parser_without_such_a_word_is_as_ever() -> None:
    parser = Parser(prog="x")
    parser.add_argument("one")
    assert parser.parse_known_args(["1", "2"]) == (argparse.Namespace(one="1"), ["2"])
