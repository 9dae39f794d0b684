"""Where a skill loads, what each client loses of it, and advice that is seldom wrong."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from workbench.skills import SkillDocument, parse
from workbench.skills.document.clients import badge, matrix
from workbench.skills.document.keys import near

USE = "description: Draws charts. Use when data has to be shown."


def doc(
    front: str, body: str = "# Charts\n", folder: str | None = "charts", files: list[str] | None = None
) -> SkillDocument:
    return parse(f"---\n{textwrap.dedent(front).strip()}\n---\n{body}".encode(), folder=folder, files=files)


def rules(document: SkillDocument, level: str) -> dict[str, dict[str, Any]]:
    return {each["rule"]: each for each in document.diagnostics if each["level"] == level}


def test_a_sound_skill_has_nothing_against_it_anywhere() -> None:
    document = doc(f"name: charts\n{USE}")
    assert document.diagnostics == []
    assert badge(matrix(document)) == {
        "colour": "green",
        "text": "Loads everywhere.",
        "loads": ["claude-code", "codex", "copilot", "gemini", "api"],
        "fails": [],
        "reduced": [],
    }


def test_the_badge_says_where_it_loads_and_where_not() -> None:
    shown = badge(matrix(doc(f"name: charts\n{USE}\nmodel: opus")))
    assert shown["text"] == "Loads in Claude Code, Codex, Copilot, Gemini CLI; not in Claude API."
    assert shown["colour"] == "amber"


def test_a_skill_that_no_client_loads_is_red() -> None:
    shown = badge(matrix(parse(("---\nname: x\n---\n").encode("utf-16"))))
    assert (shown["colour"], shown["text"]) == ("red", "No client loads it.")


def test_what_a_client_makes_of_a_spec_error_is_said_once_in_the_list_and_in_full_in_the_matrix() -> None:
    document = doc(USE, folder=None)
    assert [each["rule"] for each in document.diagnostics] == ["name-missing"]
    answers = matrix(document)
    assert [each["rule"] for each in answers["codex"]["findings"]] == ["codex/name-missing"]
    assert answers["claude-code"]["loads"]


@pytest.mark.parametrize(
    ("front", "rule", "severity", "line"),
    [
        (f"name: charts\n{USE}\nuser_invocable: true", "claude-code/key-misspelt", "warning", 4),
        (f"name: charts\n{USE}\nuser-invokable: true", "claude-code/key-misspelt", "warning", 4),
        (f"name: charts\n{USE}\nargument_hint: x", "claude-code/key-misspelt", "warning", 4),
        (f"name: charts\n{USE}\nuser-invocable: maybe", "claude-code/not-a-switch", "warning", 4),
        (f"name: charts\n{USE}\ncontext: spoon", "claude-code/not-a-choice", "warning", 4),
        (f"name: charts\n{USE}\nagent: Explore", "claude-code/agent-without-fork", "warning", 4),
        (
            f"name: charts\n{USE}\nuser-invocable: no\ndisable-model-invocation: yes",
            "claude-code/never-invoked",
            "warning",
            4,
        ),
        (f"name: charts\n{USE}\nwhen_to_use: {'x' * 1500}", "claude-code/description-cut", "warning", 3),
        (f"name: charts\n{USE}\nmetadata: [a]", "codex/metadata-type", "error", 4),
        ("name: charts\ndescription: Use <tool>it</tool> when asked to.", "api/xml-tag", "error", 3),
    ],
)
def test_each_client_has_its_own_rules(front: str, rule: str, severity: str, line: int) -> None:
    found = rules(doc(front), "client")
    assert (found[rule]["severity"], found[rule]["line"]) == (severity, line)


def test_a_name_that_is_a_number_is_put_in_quotes_for_codex() -> None:
    found = rules(doc(f"name: 123\n{USE}", folder="123"), "client")["codex/not-a-string"]
    assert found["fix"] == {"key": "name", "rewrite": True}


def test_a_name_of_the_makers_is_refused_by_the_api_alone() -> None:
    answers = matrix(doc(f"name: claude-charts\n{USE}", folder="claude-charts"))
    assert [client for client, answer in answers.items() if not answer["loads"]] == ["api"]


def test_broken_yaml_loads_in_clients_that_read_by_the_line() -> None:
    answers = matrix(doc("name: charts\ndescription: Use when: asked to draw."))
    assert [client for client, answer in answers.items() if answer["loads"]] == ["claude-code", "copilot", "gemini"]
    assert answers["claude-code"]["findings"][0]["severity"] == "warning"


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("user_invocable", "user-invocable"), ("user-invokable", "user-invocable"), ("allowed_tools", "allowed-tools"),
        ("allowedTools", "allowed-tools"), ("Description", "description"), ("descripton", "description"), ("licence", "license"),
        ("tools", "allowed-tools"), ("argumentHint", "argument-hint"), ("disable-model-invokation", "disable-model-invocation"),
        ("version", None), ("author", None), ("tags", None), ("title", None), ("name", None), ("whenToUse", None), ("x", None),
        ("requires", None), ("k" * 10_000, None),
    ],
)  # fmt: skip
def test_a_misspelt_key_is_told_from_one_that_is_meant_so(key: str, meant: str | None) -> None:
    assert near(key) == meant


def test_a_misspelt_key_of_the_specification_is_renamed_rather_than_moved() -> None:
    found = rules(doc(f"name: charts\n{USE}\nallowed_tools: Read"), "spec")["unknown-field"]
    assert found["fix"] == {"key": "allowed_tools", "rename": "allowed-tools"}
    assert "Did you mean 'allowed-tools'?" in found["message"]


def test_a_key_that_claude_code_reads_is_not_offered_to_be_moved_where_it_would_not() -> None:
    assert rules(doc(f"name: charts\n{USE}\nmodel: opus"), "spec")["unknown-field"]["fix"] is None


def test_a_client_that_gives_a_warning_still_loads_the_skill() -> None:
    answer = matrix(doc(f"name: charts\n{USE}\nwhen_to_use: {'x' * 1500}"))["claude-code"]
    assert answer["loads"]
    assert badge(matrix(doc(f"name: charts\n{USE}\nwhen_to_use: {'x' * 1500}")))["reduced"] == ["claude-code"]


# -- style


@pytest.mark.parametrize(
    ("front", "body", "rule"),
    [
        ("name: charts\ndescription: Charts.", "# C\n", "description-short"),
        ("name: charts\ndescription: TODO say what it does and when", "# C\n", "description-placeholder"),
        ("name: charts\ndescription: An excellent collection of chart things", "# C\n", "description-when"),
        ("name: charts\ndescription: I draw charts when you ask me to", "# C\n", "description-person"),
        (f"name: charts\n{USE}", "\n\n", "body-empty"),
        (f"name: charts\n{USE}", "line\n" * 501, "body-long"),
        (f"name: charts\n{USE}", "See [it](../other/x.md).\n", "link-outside"),
        (f"name: charts\n{USE}", "See [it](/etc/x.md).\n", "link-outside"),
        (f"name: charts\n{USE}", "one\r\ntwo\n", "line-ends"),
    ],
)
def test_advice_is_given_and_leaves_the_verdict_alone(front: str, body: str, rule: str) -> None:
    document = doc(front, body)
    assert rule in rules(document, "style")
    assert document.is_valid


def test_a_link_that_leads_nowhere_is_found_once_the_files_are_known() -> None:
    body = "[a](references/a.md), [b](references/b.md#part) and [c](references/c%20d.md), run `scripts/x.py` or `scripts/y.py`\n"
    assert rules(doc(f"name: charts\n{USE}", body), "style") == {}
    files = ["SKILL.md", "references/a.md", "references/c d.md", "scripts/y.py"]
    found = doc(f"name: charts\n{USE}", body, files=files).diagnostics
    assert [(each["rule"], each["line"]) for each in found] == [("link-dead", 5), ("reference-missing", 5)]
    assert "references/b.md#part" in found[0]["message"]
    assert "scripts/x.py" in found[1]["message"]


@pytest.mark.parametrize(
    "body",
    [
        "[site](https://example.org/a.md) [mail](mailto:a@b.c) [here](#part) [app](vscode:x)\n",
        "```md\n[example](not/there.md)\n```\n~~~\n[another](not/there.md)\n~~~\n",
        "Write `[text](path/to/file.md)` or [text](url) or [x](path/to/it.md)\n",
        "[t](${DIR}/a.md) [t]({{name}}.md) [t](docs/*.md) [t](docs/...)\n",
        "An array[0](call) and f(x)[1](y)\n",
        "The repository's own `scripts/build.py` and `src/index.ts`\n",
        "A folder: [refs](references/) and [refs](references)\n",
    ],
)
def test_what_only_looks_like_a_dead_link_is_left_alone(body: str) -> None:
    assert rules(doc(f"name: charts\n{USE}", body, files=["SKILL.md", "references/a.md"]), "style") == {}


# -- security, as far as the document itself shows it


@pytest.mark.parametrize(
    ("front", "body", "rule"),
    [
        ('allowed-tools: "*"', "", "tools-all"),
        ("allowed-tools: Read, Bash(*)", "", "tools-every-command"),
        ("allowed-tools: Read Bash(*) Grep", "", "tools-every-command"),
        ("allowed-tools: [Read, 'Bash(:*)']", "", "tools-every-command"),
        ("allowed-tools: Bash", "", "tools-every-command"),
        ("allowed-tools: Bash(curl:*)", "", "tools-broad"),
        ("hooks: {PreToolUse: [x]}", "", "hooks"),
        ('license: !!python/object/apply:os.system ["x"]', "", "yaml-object"),
        ("", "Now: !`whoami`\n", "shell-injection"),
        ("", "\u202egnp.exe\n", "hidden-bidi"),
    ],
)
def test_what_a_document_grants_itself_is_a_security_finding(front: str, body: str, rule: str) -> None:
    assert rule in rules(doc(f"name: charts\n{USE}\n{front}", body + "# C\n"), "security")


def test_a_name_in_two_scripts_or_of_a_built_in_command_is_a_security_finding() -> None:
    assert "name-homoglyph" in rules(doc(f"name: ch\u0430rts\n{USE}"), "security")
    assert "name-imitates" in rules(doc(f"name: help\n{USE}", folder="help"), "security")
    assert rules(doc(f"name: 図表チャート\n{USE}", folder="図表チャート"), "security") == {}


@pytest.mark.parametrize(
    "tools",
    [
        "Read",
        "Read, Grep, Bash(git:*)",
        "Bash(git status:*) Bash(ls:*)",
        "[Read, Write]",
        "Bash(python scripts/x.py:*)",
    ],
)
def test_tools_that_are_named_narrowly_are_no_finding(tools: str) -> None:
    assert rules(doc(f"name: charts\n{USE}\nallowed-tools: {tools}"), "security") == {}


def test_ten_thousand_hidden_characters_are_twenty_findings() -> None:
    document = doc(f"name: charts\n{USE}", "a\u202eb\n" * 10_000)
    assert len(rules(document, "security")) == 1
    assert sum(each["level"] == "security" for each in document.diagnostics) == 20
