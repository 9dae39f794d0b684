"""The door to Claude Code: is it installed, and if so the provider. What needs the SDK is behind it."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import SidecarMissing
from workbench.sidecar.provider import KeyQuestion

if TYPE_CHECKING:
    from workbench.sidecar.claude_session import ClaudeSession

PACKAGE = "claude_agent_sdk"
INSTALL = "pip install 'jupyter-workbench[claude]'"


def create() -> ClaudeSession:
    """The provider of one session; raises SidecarMissing when the package or its program is not installed."""
    program = find_program()
    with _without_uri_grammar():
        sessions = importlib.import_module("workbench.sidecar.claude_session")
    session: ClaudeSession = sessions.ClaudeSession(program)
    return session


def key_question(name: str, key: str, environ: Mapping[str, str]) -> KeyQuestion:
    """Which models a key may use: free of charge, and answered to a good key alone."""
    headers = {"anthropic-version": "2023-06-01"}
    if name == "ANTHROPIC_API_KEY":
        headers["x-api-key"] = key
    else:
        headers["authorization"] = f"Bearer {key}"
    if name == "CLAUDE_CODE_OAUTH_TOKEN":
        headers["anthropic-beta"] = "oauth-2025-04-20"
    base = environ.get("ANTHROPIC_BASE_URL") or "https://api.anthropic.com"
    return KeyQuestion(base, "/v1/models?limit=1", headers, base_from="ANTHROPIC_BASE_URL")


def find_program() -> str:
    """The Claude Code that the SDK carries, whose version is tested with it; else the one on the path."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise SidecarMissing("Claude Code's SDK is not installed.", remedy=f"Run: {INSTALL}", package=PACKAGE)
    bundled = Path(spec.origin).parent / "_bundled" / "claude"
    program = str(bundled) if bundled.is_file() else shutil.which("claude")
    if program is None:
        raise SidecarMissing(
            "The SDK is installed without the Claude Code program, and there is none on the path.",
            remedy=f"Run: {INSTALL} --force-reinstall --only-binary claude-agent-sdk",
            package=PACKAGE,
            looked_at=str(bundled),
        )
    return program


@contextmanager
def _without_uri_grammar() -> Iterator[None]:
    """Spares the start a second: the SDK imports jsonschema, which builds a grammar of URIs where it finds this package
    (JupyterLab brings it), and nothing in this process checks a URI.
    """
    name = "rfc3987_syntax"
    hidden = name not in sys.modules
    if hidden:
        sys.modules[name] = None  # type: ignore[assignment] # how Python spells "not installed"
    try:
        yield
    finally:
        if hidden:
            del sys.modules[name]
