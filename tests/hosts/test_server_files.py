"""Files and skills through the server's own door: what leads outside, hangs or is too much is a sentence within a second."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from servers import Tab

INSIDE = [
    ("57 encoded", "files.read", {"path": "{one}/..%2f..%2fsecret%2fkey"}),
    ("58 encoded twice", "files.read", {"path": "{one}/%252e%252e%252f%252e%252e%252fsecret"}),
    ("59 a link, read", "files.read_base64", {"path": "{one}/link/key"}),
    ("59 a link, written", "files.write", {"path": "{one}/link/key", "text": "x"}),
    ("59 a link, listed", "files.list", {"path": "{one}/link"}),
    ("59 a link, copied to", "files.copy", {"path": "{one}/SKILL.md", "to": "{one}/link/new"}),
    ("61 an environment", "files.read", {"path": "/proc/self/environ"}),
    ("61 a link to it", "files.read", {"path": "{one}/environ"}),
    ("62 six megabytes", "files.read_base64", {"path": "{one}/big.bin"}),
    ("63 a pipe", "files.read", {"path": "{one}/pipe"}),
    ("63 a pipe, written", "files.write", {"path": "{one}/pipe", "text": "x"}),
    ("63 a device", "files.read_base64", {"path": "{one}/device"}),
    ("a skill that is a path", "skills.get", {"name": "../../secret"}),
    ("a skill that is a path, deleted", "skills.delete", {"name": "../../secret"}),
    ("a version that is an option", "git.restore", {"name": "one", "version": "--output=x"}),
]


@pytest.fixture
async def skill(tab: Tab) -> AsyncIterator[Path]:
    """A skill with all that in it, and a secret beside the skills that is the same afterwards."""
    root = tab.server.root / "skills"
    folder = root / "one"
    if not folder.exists():
        secret = tab.server.root / "secret"
        secret.mkdir()
        (secret / "key").write_text("topsecret\n")
        await tab.call("settings.save", changes={"skills_path": str(root)})
        assert "skill" in await tab.call("skills.create", name="one", description="Does one.")
        for name, target in (("link", str(secret)), ("environ", "/proc/self/environ"), ("device", "/dev/zero")):
            (folder / name).symlink_to(target)
        (folder / "big.bin").write_bytes(bytes(6 * 1024 * 1024))
        os.mkfifo(folder / "pipe")
    before = told(tab.server.root)
    yield folder
    assert told(tab.server.root) == before


def told(root: Path) -> dict[str, str]:
    """The skills and what lies beside them, by content."""
    files = [path for name in ("skills", "secret") for path in sorted((root / name).rglob("*"))]
    return {
        str(path): str(path.readlink()) if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_symlink() or path.is_file()
    }


@pytest.mark.parametrize(
    ("command", "params"), [pytest.param(command, params, id=what) for what, command, params in INSIDE]
)
async def test_what_leads_outside_or_hangs_is_refused_at_once(
    tab: Tab, skill: Path, command: str, params: dict[str, Any]
) -> None:
    begun = time.monotonic()
    failure = await tab.call(command, **json.loads(json.dumps(params).replace("{one}", str(skill))))
    assert time.monotonic() - begun < 60
    assert failure["kind"] in {"path_escapes", "invalid_request", "not_found", "refused"}
    assert failure["remedy"]
    assert "topsecret" not in json.dumps(failure)


@pytest.mark.parametrize("number", ["1000000000", "-1", "1" * 5_000, "1e999", "1" * 30, "NaN", "1.5"])
async def test_a_number_beyond_reason_is_refused_and_the_server_goes_on(tab: Tab, number: str) -> None:
    body = f'{{"id": "1", "call": "skills.list", "params": {{"limit": {number}}}}}'
    async with tab.http.post(f"{tab.server.url}/workbench/call", data=body) as response:
        assert response.status in (200, 400)
        assert (await response.json())["failure"]["kind"] == "invalid_request"
    assert await tab.call("settings.data_path")
