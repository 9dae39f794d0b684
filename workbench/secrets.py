"""The keys that agents and GitHub need: one file beside the database.

Secrets are not settings and never reach the database. A key comes from the environment first, else from `secrets.json`
in the home. That file is plain text, protected by its permissions (0600) alone: whoever can read this user's files can
read it. Invariant: a secret is written and never read back through a command; what is shown is `[REDACTED]` and its last
four characters.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from workbench.errors import HomeUnusable, InvalidRequest
from workbench.paths import Home, write_atomic
from workbench.redact import MIN_LENGTH
from workbench.sidecar.provider import PROVIDERS

GITHUB_TOKEN: Final = "GITHUB_TOKEN"  # noqa: S105 - the name of one

SECRETS: Final = tuple(dict.fromkeys([*(name for each in PROVIDERS.values() for name in each.secrets), GITHUB_TOKEN]))
"""The names of all secrets that may be needed, by a provider or for GitHub; each is also the name of an environment
variable."""

MAX_SECRET: Final = 16 * 1024


@dataclass(frozen=True)
class Secret:
    """What may be said of a secret: where it comes from and how it ends."""

    name: str
    source: Literal["environment", "file"] | None
    last4: str | None = None


class Secrets:
    """The keys of one home. A value leaves only through `values`, for the child that needs it."""

    def __init__(self, home: Home) -> None:
        self.path = home.root / "secrets.json"

    def known(self) -> list[Secret]:
        """Every secret that may be needed, in the order of the providers; set or not."""
        stored = self._stored()
        return [self._describe(name, stored) for name in SECRETS]

    def values(self, names: tuple[str, ...]) -> dict[str, str]:
        """Those of `names` that are set, environment first."""
        stored = self._stored()
        found = {name: os.environ.get(name) or stored.get(name) for name in names}
        return {name: value for name, value in found.items() if value}

    def check(self, changes: Mapping[str, str | None]) -> dict[str, str | None]:
        """The changes with blanks trimmed; raises InvalidRequest for a name nobody needs or a value that cannot be
        kept safe. Nothing is written, and no value is repeated in a message.
        """
        problems = []
        clean = {name: value.strip() if value is not None else None for name, value in changes.items()}
        for name, value in clean.items():
            if name not in SECRETS:
                problems.append({"path": f"secrets.{name}", "message": f"use one of: {', '.join(SECRETS)}"})
            elif value is not None and (why := _unfit(value)):
                problems.append({"path": f"secrets.{name}", "message": why})
        if problems:
            raise InvalidRequest(
                f"A secret cannot be kept: {problems[0]['path']}: {problems[0]['message']}.",
                remedy="Nothing was changed. Paste the key again, alone and whole.",
                problems=problems,
            )
        return clean

    def save(self, changes: Mapping[str, str | None]) -> dict[str, str | None]:
        """Keeps (or, with None, forgets) secrets, and returns what stood in their places; two writers are kept apart by
        the caller's transaction.
        """
        return self._put(self.check(changes))

    def restore(self, before: Mapping[str, str | None]) -> None:
        """Takes a `save` back."""
        self._put(before)

    def _put(self, changes: Mapping[str, str | None]) -> dict[str, str | None]:
        stored = self._stored()
        before = {name: stored.get(name) for name in changes}
        for name, value in changes.items():
            if value is None:
                stored.pop(name, None)
            else:
                stored[name] = value
        try:
            if stored:
                write_atomic(self.path, json.dumps(stored, indent=1).encode())
            else:
                self.path.unlink(missing_ok=True)
        except OSError as error:
            raise HomeUnusable(
                f"The secrets could not be written to {self.path}: {error.strerror or error}.",
                remedy="Free some space, or put the key into the environment instead.",
                path=str(self.path),
                errno=error.errno,
            ) from error
        return before

    def _describe(self, name: str, stored: Mapping[str, str]) -> Secret:
        value = os.environ.get(name)
        if value:
            return Secret(name, "environment", _ending(value))
        return Secret(name, "file", _ending(stored[name])) if stored.get(name) else Secret(name, None)

    def _stored(self) -> dict[str, str]:
        return _read_secrets(self.path)


def _read_secrets(path: Path) -> dict[str, str]:
    """The file's secrets; a file that others may read, or that holds something else, is refused with its remedy."""
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise HomeUnusable(
            f"The secrets in {path} cannot be read: {getattr(error, 'strerror', None) or 'it is not JSON'}.",
            remedy='It must hold one JSON object, {"NAME": "value"}. Repair it, or delete it and save the keys again.',
            path=str(path),
        ) from None
    if not isinstance(found, dict):
        raise HomeUnusable(
            f"The secrets in {path} cannot be read: it holds no JSON object.",
            remedy="Repair it, or delete it and save the keys again.",
            path=str(path),
        )
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _unfit(value: str) -> str:
    if len(value) < MIN_LENGTH:
        return f"shorter than {MIN_LENGTH} characters, so it could not be masked"
    if len(value) > MAX_SECRET:
        return f"longer than {MAX_SECRET} characters"
    if any(character < " " or character == "\x7f" for character in value):
        return "holds a line break or another control character"
    return ""


def _ending(value: str) -> str | None:
    """The last four characters, of a value long enough to stay unguessable without them."""
    return value[-4:] if len(value) >= 4 * 4 else None
