"""Skill folders for the scan, made from `{path: text or bytes}`; and a hash of everything below a folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

SKILL = "---\nname: skill\ndescription: Draws charts. Use when data has to be shown.\n---\n# Charts\n"


def made(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for path, content in {"SKILL.md": SKILL, **files}.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))
    return folder


def hashed(folder: Path) -> str:
    """Names, modes, link targets and bytes of all that lies below; what is read is not changed by being read."""
    seen = hashlib.sha256()
    for above, folders, files in sorted(os.walk(folder)):
        for name in sorted([*folders, *files]):
            path = Path(above) / name
            seen.update(repr((str(path.relative_to(folder)), path.lstat().st_mode, path.lstat().st_mtime_ns)).encode())
            if path.is_symlink():
                seen.update(os.fsencode(path.readlink()))
            elif path.is_file():
                seen.update(path.read_bytes())
    return seen.hexdigest()
