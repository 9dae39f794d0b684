"""A turn's request as the options of a Claude Code process, and the world that the process may see.

Isolation is the default: no user or project settings, no hooks, no other MCP servers, no tool that would wake the
session after its turn, and an environment of named variables only. A request can ask for `settingSources`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final

from claude_agent_sdk import CanUseTool, ClaudeAgentOptions, ThinkingConfig
from claude_agent_sdk.types import SystemPromptPreset

from workbench.errors import InvalidRequest
from workbench.protocol.frames import MAX_LINE
from workbench.sidecar.claude_calls import Hooks
from workbench.sidecar.grants import untrusted

THINKING_TOKENS: Final = 16_000
PLUGIN: Final = "workbench"

MODES: Final[Mapping[str, Any]] = {"ask": "default", "plan": "plan", "accept_edits": "acceptEdits", "bypass": "default"}
"""Our permission modes as Claude Code's. Its own bypass refuses to run as root and cannot be switched on later, so
`bypass` is its default mode with every question answered yes; what is disallowed stays so."""

NO_WAKING: Final = ("ScheduleWakeup", "CronCreate")
"""Tools that start a turn later, when nobody has asked for one and no run is open to record it."""

CHILD: Final[Mapping[str, str]] = {
    "DISABLE_AUTOUPDATER": "1",  # the version is pinned
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",  # a turn's work ends with the turn
    "CLAUDE_CODE_DISABLE_CRON": "1",
    "CLAUDE_CODE_ENABLE_TODO_TOOLS": "1",  # a person follows a long turn by its to-do list
}
"""What every Claude Code process is told, unless the environment says otherwise."""

ALLOWED: Final = re.compile(
    r"""PATH | HOME | USER | LOGNAME | SHELL | PWD | LANG | LANGUAGE | LC_\w+ | TERM | TMPDIR | TZ
    | SSL_CERT_FILE | SSL_CERT_DIR | NODE_EXTRA_CA_CERTS | (?i:https?_proxy | all_proxy | no_proxy)
    | WORKBENCH_SESSION                 # the mark by which a stray process is found
    | CLAUDE_CONFIG_DIR | ANTHROPIC_\w+ | CLAUDE_CODE_\w+ | DISABLE_\w+""",
    re.VERBOSE,
)


def scrub(environ: MutableMapping[str, str]) -> None:
    """Takes out of `environ` what Claude Code has no business with. The SDK hands it the whole of `os.environ`."""
    for name in [name for name in environ if not ALLOWED.fullmatch(name)]:
        del environ[name]


def fixed_part(request: Mapping[str, Any]) -> str:
    """What a running process cannot change any more; a turn that wants it otherwise gets a new process."""
    keys = ("cwd", "systemPrompt", "tools", "allowedTools", "disallowedTools", "maxTurns", "thinking", "effort")
    more = ("skills", "trustedSkills", "outputSchema", "options")
    guarded = request.get("writes") is not None
    return json.dumps([guarded, *(request.get(key) for key in (*keys, *more))], sort_keys=True)


def options_of(
    request: Mapping[str, Any],
    *,
    program: str,
    resume: str | None,
    plugin: SkillPlugin,
    can_use_tool: CanUseTool,
    hooks: Hooks | None = None,
    stderr: Callable[[str], None],
) -> ClaudeAgentOptions:
    """The options of the process that this request starts; the model and the mode may change later, the rest not."""
    sources = (request.get("options") or {}).get("settingSources") or []
    skills = plugin.hold(request.get("skills") or [])
    preset: SystemPromptPreset = {"type": "preset", "preset": "claude_code"}  # without it the prompt would be empty
    if request.get("systemPrompt"):
        preset["append"] = request["systemPrompt"]
    return ClaudeAgentOptions(
        cli_path=program,
        cwd=request.get("cwd") or None,
        env={name: value for name, value in CHILD.items() if name not in os.environ},
        model=request.get("model"),
        resume=resume,
        system_prompt=preset,
        permission_mode=MODES[request.get("permissionMode") or "ask"],
        can_use_tool=can_use_tool,
        hooks=hooks,
        tools=request.get("tools"),
        output_format=output_format(request.get("outputSchema")),
        allowed_tools=list(request.get("allowedTools") or []),
        disallowed_tools=[*(request.get("disallowedTools") or []), *NO_WAKING],
        max_turns=request.get("maxTurns"),
        max_budget_usd=request.get("maxBudgetUsd"),
        thinking=thinking_of(request.get("thinking")),
        effort=request.get("effort"),
        setting_sources=sources,
        strict_mcp_config=not sources,
        plugins=[{"type": "local", "path": str(plugin.path)}] if skills else [],
        skills=skills or None,
        settings=settings_of(request, plugin.readable if skills else []),
        include_partial_messages=True,
        forward_subagent_text=True,
        max_buffer_size=MAX_LINE,
        stderr=stderr,
    )


def known_mode(mode: str) -> str:
    if mode not in MODES:
        raise InvalidRequest(
            f"There is no permission mode named {mode!r}.", remedy=f"Use one of: {', '.join(MODES)}.", mode=mode
        )
    return mode


def output_format(schema: dict[str, Any] | None) -> dict[str, Any] | None:
    """How Claude Code is told that a turn shall return something: by a tool of its own that takes it."""
    return None if schema is None else {"type": "json_schema", "schema": schema}


def settings_of(request: Mapping[str, Any], readable: list[str]) -> str:
    """Claude Code's own settings: skills may be read, and run nothing that no tool is called for. A skill may hold hooks,
    and commands that are run as it is loaded, and allow them itself; ours would not hear of them. Hooks are the person's
    to ask for (`settingSources`), such commands are left out where the turn says what it may write, or a skill is not trusted.
    """
    settings: dict[str, Any] = {"permissions": {"allow": readable}} if readable else {}
    settings["disableAllHooks"] = not (request.get("options") or {}).get("settingSources")
    settings["disableSkillShellExecution"] = request.get("writes") is not None or bool(untrusted(request))
    return json.dumps({name: value for name, value in settings.items() if value})


def thinking_of(wanted: bool | int | None) -> ThinkingConfig | None:
    """None leaves it to the vendor. Newer models take any number as "on"; a summary is what a person can read."""
    if wanted is None:
        return None
    if not wanted:
        return {"type": "disabled"}
    return {
        "type": "enabled",
        "budget_tokens": THINKING_TOKENS if wanted is True else wanted,
        "display": "summarized",
    }


def title_options(program: str) -> ClaudeAgentOptions:
    """A single question to a small model: no tools, no settings, and no record among the person's conversations."""
    return ClaudeAgentOptions(
        cli_path=program,
        env=dict(CHILD),
        model="haiku",
        system_prompt="You name conversations.",
        tools=[],
        max_turns=1,
        thinking={"type": "disabled"},
        setting_sources=[],
        strict_mcp_config=True,
        extra_args={"no-session-persistence": None},
    )


def names_of(folders: list[str]) -> dict[str, Path]:
    """The skills by name, a name being its folder's; raises InvalidRequest for what is no skill, and for twins."""
    named: dict[str, Path] = {}
    for folder in (Path(folder).resolve() for folder in folders):
        if not (folder / "SKILL.md").is_file():
            raise InvalidRequest(
                f"There is no skill in {folder}.",
                remedy="Give the path of a folder that holds a SKILL.md.",
                folder=str(folder),
            )
        if folder.name in named:
            raise InvalidRequest(
                f"Two of the skills are named {folder.name!r}.",
                remedy="Use one of them, or rename one's folder.",
                folders=[str(named[folder.name]), str(folder)],
            )
        named[folder.name] = folder
    return named


class SkillPlugin:
    """Skill folders as one plugin of Claude Code's: a folder of links, so that an edited skill is the one that runs."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self.readable: list[str] = []
        """Rules that let the skills' own files be read without asking."""

    def hold(self, folders: list[str]) -> list[str]:
        """Makes the plugin of exactly these folders; returns their names as Claude Code calls them."""
        self.remove()
        if not folders:
            return []
        named = names_of(folders)
        self.path = Path(tempfile.mkdtemp(prefix="workbench-skills-"))
        (self.path / ".claude-plugin").mkdir()
        (self.path / ".claude-plugin" / "plugin.json").write_text(json.dumps({"name": PLUGIN}))
        (self.path / "skills").mkdir()
        for name, folder in named.items():
            (self.path / "skills" / name).symlink_to(folder, target_is_directory=True)
        self.readable = [f"Read(/{place}/**)" for place in (self.path.resolve(), *named.values())]
        return [f"{PLUGIN}:{name}" for name in named]

    def remove(self) -> None:
        if self.path is not None:
            shutil.rmtree(self.path, ignore_errors=True)
            self.path = None
