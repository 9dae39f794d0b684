"""What a person has chosen, and the keys. Secrets go in and never come out: a reply shows where one is and how it ends."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from workbench.commands.registry import command
from workbench.commands.shapes import Nothing
from workbench.errors import InvalidRequest, WorkbenchError
from workbench.keys import try_key
from workbench.logs import log_path
from workbench.protocol.screen import Failure, Model
from workbench.redact import MASK
from workbench.settings import LogLevel, Settings, skills_folder
from workbench.settings import default_skills_path as default_path
from workbench.sidecar.provider import listing
from workbench.skills.moving import settle_in

if TYPE_CHECKING:
    from workbench.app import Workbench


class SecretState(Model):
    """What may be said of a secret: whether it is there, where it comes from, how it ends."""

    name: str
    source: Literal["environment", "file"] | None
    value: Literal["[REDACTED]"] | None
    last4: str | None


class SettingsState(Model):
    """All settings. `notice` says when stored ones did not fit and others are in use; `read_only` why none can be saved."""

    settings: Settings
    secrets: list[SecretState] = Field(description="In the order of the providers.")
    secrets_path: str
    notice: str | None = None
    read_only: str | None = None


class SaveSettings(Model):
    """Only what is named changes. A secret of null is forgotten."""

    changes: Settings = Field(default_factory=Settings)
    secrets: dict[str, str | None] = Field(default_factory=dict)
    move_skills: bool | None = Field(
        default=None,
        description="With another skills_path: whether the skills move there, with their history. Asked for if there are any.",
    )


class TestKey(Model):
    """Whose key to try; by default the chosen provider's."""

    provider: str | None = None


class KeyTested(Model):
    """Whether the provider answered, and what it said if not."""

    provider: str
    ok: bool
    duration_ms: int
    failure: Failure | None = None


class SetLogLevel(Model):
    """How much is logged from now on."""

    level: LogLevel


class PathReply(Model):
    """One absolute path."""

    path: str


@command("settings.get", Nothing, SettingsState)
async def get(bench: Workbench, request: Nothing) -> SettingsState:
    """All settings, and which secrets are set (never their values)."""
    del request
    return await asyncio.to_thread(_state, bench)


@command("settings.save", SaveSettings, SettingsState)
async def save(bench: Workbench, request: SaveSettings) -> SettingsState:
    """Saves the settings and secrets that are named; nothing is saved unless all of it fits.

    Another skills folder is made, and the skills move into it if that is wanted.
    """
    await asyncio.to_thread(_save, bench, request)
    return await asyncio.to_thread(_state, bench)


@command("settings.test_key", TestKey, KeyTested)
async def test_key(bench: Workbench, request: TestKey) -> KeyTested:
    """Asks a provider whether it takes the key that is set; nothing is spent."""
    provider = listing(request.provider or bench.settings.provider)
    begun = time.monotonic()
    failure = None
    try:
        await asyncio.to_thread(try_key, provider, bench.secrets.values(provider.secrets))
    except WorkbenchError as error:
        failure = Failure.model_validate(error.to_dict())
    took = round((time.monotonic() - begun) * 1000)
    return KeyTested(provider=provider.name, ok=failure is None, duration_ms=took, failure=failure)


@command("settings.set_log_level", SetLogLevel, SettingsState)
async def set_log_level(bench: Workbench, request: SetLogLevel) -> SettingsState:
    """Changes how much is logged, at once and from then on."""
    await asyncio.to_thread(bench.save_settings, Settings(log_level=request.level))
    return await asyncio.to_thread(_state, bench)


@command("settings.log_path", Nothing, PathReply)
async def show_log_path(bench: Workbench, request: Nothing) -> PathReply:
    """Where the log is."""
    del request
    return PathReply(path=str(log_path(bench.home)))


@command("settings.default_skills_path", Nothing, PathReply)
async def default_skills_path(bench: Workbench, request: Nothing) -> PathReply:
    """Where skills are kept unless the settings say otherwise."""
    del bench, request
    return PathReply(path=str(default_path()))


@command("settings.data_path", Nothing, PathReply)
async def data_path(bench: Workbench, request: Nothing) -> PathReply:
    """The home folder, with everything that Workbench keeps."""
    del request
    return PathReply(path=str(bench.home.root))


def _save(bench: Workbench, request: SaveSettings) -> None:
    if "skills_path" in request.changes.model_fields_set:
        chosen = request.changes.skills_path
        folder = _folder(chosen)
        bench.secrets.check(request.secrets)  # nothing is moved for a request that does not fit
        settle_in(bench.library, folder, chosen, move=request.move_skills)
    bench.save_settings(request.changes, request.secrets)


def _folder(chosen: str | None) -> Path:
    """The skills folder that is meant wherever it is read: each host works in a folder of its own."""
    try:
        folder = None if chosen and not Path(chosen).expanduser().is_absolute() else skills_folder(chosen)
    except RuntimeError:  # `~somebody` whom nobody knows
        folder = None
    if folder is None or "\0" in str(folder):
        raise InvalidRequest(
            f"{chosen!r} is no whole path.",
            remedy="Give it from the root on, or from your home folder: ~/skills.",
            problems=[{"path": "changes.skills_path", "message": "must be absolute"}],
        )
    return folder


def _state(bench: Workbench) -> SettingsState:
    loaded = bench.loaded()
    secrets: list[dict[str, Any]] = [
        {"name": each.name, "source": each.source, "value": MASK if each.source else None, "last4": each.last4}
        for each in bench.secrets.known()
    ]
    return SettingsState(
        settings=loaded.settings,
        secrets=[SecretState.model_validate(each) for each in secrets],
        secrets_path=str(bench.secrets.path),
        notice=loaded.notice,
        read_only=bench.newer,
    )
