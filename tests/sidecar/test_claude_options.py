"""A request as Claude Code's options, and what the process may see. No process is started here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import ClaudeAgentOptions

from workbench.errors import InvalidRequest, SidecarMissing
from workbench.sidecar import claude
from workbench.sidecar.claude_options import SkillPlugin, fixed_part, options_of, scrub


async def allow(*_: Any) -> Any: ...


def options(plugin: SkillPlugin | None = None, **request: Any) -> ClaudeAgentOptions:
    return options_of(
        request,
        program="claude",
        resume=None,
        plugin=plugin or SkillPlugin(),
        can_use_tool=allow,
        stderr=lambda _line: None,
    )


def make_skill(folder: Path) -> str:
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text("---\nname: x\ndescription: y\n---\n")
    return str(folder)


def test_the_child_sees_named_variables_and_nothing_else() -> None:
    kept = {
        "PATH": "/bin",
        "HOME": "/home/ada",
        "LC_ALL": "C",
        "https_proxy": "http://127.0.0.1:1",
        "NO_PROXY": "127.0.0.1",
        "WORKBENCH_SESSION": "s",
        "ANTHROPIC_API_KEY": "k",
        "CLAUDE_CONFIG_DIR": "/c",
        "CLAUDE_CODE_MAX_RETRIES": "1",
        "DISABLE_TELEMETRY": "1",
    }
    dropped = {
        "JUPYTER_TOKEN": "t",
        "OPENAI_API_KEY": "k",
        "MY_ANTHROPIC_KEY": "k",
        "PYTHONPATH": "/p",
        "CLAUDECODE": "1",
    }
    environ = {**dropped, **kept}
    scrub(environ)
    assert environ == kept


def test_a_plain_request_is_isolated() -> None:
    made = options()
    assert (made.setting_sources, made.strict_mcp_config) == ([], True)
    assert made.system_prompt == {"type": "preset", "preset": "claude_code"}
    assert (made.permission_mode, made.allowed_tools, made.plugins, made.skills) == ("default", [], [], None)
    assert made.thinking is None


def test_settings_of_the_user_are_read_when_asked_for() -> None:
    made = options(options={"settingSources": ["user", "project"]})
    assert (made.setting_sources, made.strict_mcp_config) == (["user", "project"], False)


@pytest.mark.parametrize(
    ("wanted", "tokens"), [(True, 16_000), (4096, 4096)], ids=["on is sixteen thousand", "a number is that number"]
)
def test_thinking_has_a_budget(wanted: bool | int, tokens: int) -> None:
    assert options(thinking=wanted).thinking == {"type": "enabled", "budget_tokens": tokens, "display": "summarized"}


def test_thinking_can_be_off() -> None:
    assert options(thinking=False).thinking == {"type": "disabled"}


def test_only_what_a_running_process_cannot_change_asks_for_a_new_one() -> None:
    request = {"prompt": "a", "model": "m", "permissionMode": "ask", "skills": ["/s"]}
    same = {**request, "prompt": "b", "model": "n", "permissionMode": "plan", "permissionTimeoutS": 0}
    assert fixed_part(request) == fixed_part(same)
    assert fixed_part(request) != fixed_part({**request, "skills": []})


def test_skills_are_links_in_one_plugin_that_goes_away(tmp_path: Path) -> None:
    skill = make_skill(tmp_path / "gardening")
    plugin = SkillPlugin()
    made = options(plugin, skills=[skill])
    held = plugin.path
    assert held is not None
    assert (made.skills, made.plugins) == (["workbench:gardening"], [{"type": "local", "path": str(held)}])
    assert (held / "skills" / "gardening").readlink() == Path(skill)
    assert f"Read(/{skill}/**)" in json.loads(made.settings or "")["permissions"]["allow"]
    plugin.remove()
    assert not held.exists()
    assert (Path(skill) / "SKILL.md").exists()


def test_a_folder_without_a_skill_and_twins_are_refused(tmp_path: Path) -> None:
    plugin = SkillPlugin()
    first, twin = make_skill(tmp_path / "a" / "dig"), make_skill(tmp_path / "b" / "dig")
    with pytest.raises(InvalidRequest, match="There is no skill in"):
        plugin.hold([str(tmp_path)])
    with pytest.raises(InvalidRequest, match="named 'dig'"):
        plugin.hold([first, twin])
    assert plugin.path is None


def test_a_missing_program_names_the_install_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "claude_agent_sdk"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "claude_agent_sdk")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SidecarMissing) as caught:
        claude.find_program()
    assert "pip install 'jupyter-workbench[claude]'" in caught.value.remedy


def test_a_missing_package_names_the_install_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "claude_agent_sdk")
    with pytest.raises(SidecarMissing) as caught:
        claude.find_program()
    assert caught.value.remedy == "Run: pip install 'jupyter-workbench[claude]'"


def test_what_a_turn_returns_and_which_tools_it_is_offered_are_options_of_its_process() -> None:
    schema = {"type": "object", "properties": {}}
    made = options(outputSchema=schema, tools=[])
    assert (made.output_format, made.tools) == ({"type": "json_schema", "schema": schema}, [])
    assert (options().output_format, options().tools) == (None, None)


def test_a_turn_that_says_what_it_may_write_runs_no_commands_that_a_skill_holds() -> None:
    guarded, free, asked = (
        json.loads(each.settings or "{}")
        for each in (options(writes=[]), options(), options(options={"settingSources": ["user"]}))
    )
    assert guarded == {"disableAllHooks": True, "disableSkillShellExecution": True}
    assert (free, asked) == ({"disableAllHooks": True}, {})


@pytest.mark.parametrize("changed", [{"tools": []}, {"outputSchema": {"type": "object"}}, {"writes": []}])
def test_a_process_that_was_started_otherwise_does_not_serve_the_turn(changed: dict[str, Any]) -> None:
    assert fixed_part({"prompt": "p"}) != fixed_part({"prompt": "p", **changed})


def test_another_folder_to_write_in_and_another_purpose_need_no_new_process() -> None:
    assert fixed_part({"writes": ["/a"], "purpose": "step"}) == fixed_part({"writes": ["/b"], "purpose": "repair"})
