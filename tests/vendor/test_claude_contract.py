"""What we count on in the pinned SDK and its program. A new version is taken in when these and test_claude.py pass."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import claude_agent_sdk as sdk
import pytest

from workbench.sidecar.claude import find_program
from workbench.sidecar.claude_options import title_options

pytestmark = pytest.mark.vendor

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"

FIELDS = {
    sdk.ClaudeAgentOptions: {
        *("allowed_tools", "can_use_tool", "cli_path", "cwd", "disallowed_tools", "effort", "env", "extra_args"),
        *("forward_subagent_text", "include_partial_messages", "max_budget_usd", "max_buffer_size", "max_turns"),
        *("model", "permission_mode", "plugins", "resume", "setting_sources", "settings", "skills", "stderr"),
        *("strict_mcp_config", "system_prompt", "thinking", "tools"),
    },
    sdk.AssistantMessage: {"content", "model", "parent_tool_use_id", "error", "message_id"},
    sdk.UserMessage: {"content", "parent_tool_use_id", "tool_use_result"},
    sdk.StreamEvent: {"event", "parent_tool_use_id"},
    sdk.SystemMessage: {"subtype", "data"},
    sdk.ResultMessage: {
        *("subtype", "is_error", "num_turns", "duration_ms", "duration_api_ms", "stop_reason", "terminal_reason"),
        *("result", "errors", "usage", "model_usage", "total_cost_usd", "api_error_status", "user_message_uuids"),
    },
    sdk.RateLimitInfo: {"status", "rate_limit_type", "raw"},
    sdk.ToolPermissionContext: {"tool_use_id", "decision_reason", "description"},
    sdk.PermissionResultAllow: {"updated_input"},
    sdk.PermissionResultDeny: {"message", "interrupt"},
}


def test_the_installed_version_is_the_pinned_one() -> None:
    extras = tomllib.loads(PYPROJECT.read_text())["project"]["optional-dependencies"]
    assert extras["claude"] == [f"claude-agent-sdk=={importlib.metadata.version('claude-agent-sdk')}"]


@pytest.mark.parametrize("shape", FIELDS, ids=lambda shape: shape.__name__)
def test_the_fields_that_we_use_exist(shape: type) -> None:
    assert FIELDS[shape] <= {field.name for field in dataclasses.fields(shape)}


def test_the_client_has_the_methods_that_we_call() -> None:
    methods = {name for name, _ in inspect.getmembers(sdk.ClaudeSDKClient, inspect.iscoroutinefunction)}
    assert methods >= {"connect", "query", "interrupt", "set_model", "set_permission_mode", "disconnect"}
    assert methods >= {"get_server_info", "get_context_usage"}
    assert inspect.isasyncgenfunction(sdk.ClaudeSDKClient.receive_messages)


def test_a_message_that_cannot_be_read_is_told_apart_from_the_end_of_the_process() -> None:
    ends = (sdk.CLIConnectionError, sdk.CLIJSONDecodeError, sdk.ProcessError)
    with pytest.raises(sdk.ClaudeSDKError) as caught:
        sdk._internal.message_parser.parse_message({"type": "result"})
    assert not isinstance(caught.value, ends)


def test_the_program_is_the_sdk_s_own_and_knows_our_flags(tmp_path: Path) -> None:
    program = find_program()
    assert Path(program).parts[-3:] == ("claude_agent_sdk", "_bundled", "claude")
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "DISABLE_AUTOUPDATER": "1"}
    run = subprocess.run([program, "--help"], env=environment, capture_output=True, text=True, timeout=250)
    flags = set(re.findall(r"--[a-z-]+", run.stdout))
    ours = {f"--{flag}" for flag in title_options(program).extra_args}
    assert flags >= {*ours, "--setting-sources", "--plugin-dir", "--strict-mcp-config", "--resume"}


def test_the_sdk_loads_without_the_grammar_of_uris() -> None:
    """The start of a session hides that package from it; a warning here would be noise in each of them."""
    code = "import sys, warnings; warnings.simplefilter('error'); from workbench.sidecar import claude; claude.create()"
    told = f"{code}; print('rfc3987_syntax' in sys.modules, 'jsonschema' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=250)
    assert (run.stdout.split(), run.stderr) == (["False", "True"], "")
