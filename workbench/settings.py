"""What a person has chosen, and the keys that agents need.

Idea: all settings are one frozen model, kept as one JSON value in the database; a change names only what changes, and
is checked before anything is written. Invariant: `load` always gives settings that work. A stored value that no longer
fits is passed over for the last good one, said in a notice, and kept for a person to look at.

Secrets are not settings and never reach the database. A key comes from the environment first, else from `secrets.json`
in the home. That file is plain text, protected by its permissions (0600) alone: whoever can read this user's files can
read it. A secret is written and never read back through a command; what is shown is `[REDACTED]` and its last four
characters.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

import apsw
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from workbench.errors import HomeUnusable, InvalidRequest, WorkbenchError
from workbench.paths import Home, write_atomic
from workbench.redact import MIN_LENGTH
from workbench.sidecar.provider import PROVIDERS, listing

LogLevel = Literal["error", "warning", "info", "debug"]
PermissionMode = Literal["ask", "plan", "accept_edits", "bypass"]


def default_skills_path() -> Path:
    """Where skills are kept when nobody has said otherwise."""
    return Path("~/workbench/skills").expanduser()


def skills_folder(chosen: str | None) -> Path:
    """The folder that a setting of `skills_path` means."""
    return Path(chosen).expanduser().absolute() if chosen else default_skills_path()


Price = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}(\.[0-9]{1,6})?$")]
"""USD as decimal text, exact to a millionth."""


Dollars = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")]
"""An amount of USD as decimal text."""


class PriceOverride(BaseModel):
    """A person's own price of a model, on every day and however it was served: USD a million tokens, and a thousand
    searches. What is left out costs what is nearest: a cache as input, a search nothing. `usage.overrides` reads it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Price
    output: Price
    cache_read: Price | None = None
    cache_write_5m: Price | None = None
    cache_write_1h: Price | None = None
    web_search: Price | None = None


WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$", max_length=2000)]
"""A base address; one that is typed here may lie within the house, and may be http."""


ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]*$", max_length=100)]
"""The public half of what GitHub gives to an app; a sign-in by code needs no other."""


class MarketplaceRegistry(BaseModel):
    """A marketplace that a person browses."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    source_url: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    enabled: bool = True


class Settings(BaseModel):
    """Every setting with its default. In a change, the keys that are named are the ones that change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str = Field(default="replay", description="Which agent runs when none is named.")
    model: str | None = Field(default=None, description="Which model; null leaves it to the provider.")
    permission_mode: PermissionMode = Field(default="ask", description="What an agent may do without asking.")
    thinking: bool | int | None = Field(
        default=None, description="false, true (16,000 tokens), a number of tokens, or null: the provider's own way."
    )
    effort: str | None = Field(default=None, description="How hard the model tries, where a provider knows the word.")
    max_turns: int | None = Field(default=None, ge=1, le=1000, description="Stop a run after so many turns.")
    max_budget_usd: float | None = Field(default=None, gt=0, description="Stop a run that has cost this much.")
    budget_daily: Dollars | None = Field(
        default=None, description="What all agents may cost in a day; you are told at 80 and 100 %. Nothing is stopped."
    )
    budget_monthly: Dollars | None = Field(default=None, description="The same for a calendar month.")
    permission_minutes: float = Field(
        default=30, ge=0, le=24 * 60, description="An unanswered question is then a denial."
    )
    idle_minutes: float = Field(
        default=5, gt=0, le=24 * 60, description="A session without a turn is closed after this."
    )
    prune_days: int = Field(
        default=30, ge=1, le=36500, description="Transcripts of ended sessions are deleted after this."
    )
    skills_path: str | None = Field(
        default=None, min_length=1, description="Where your skills lie; null is ~/workbench/skills."
    )
    github_url: WebAddress = Field(default="https://github.com", description="Where GitHub is; yours, if you have one.")
    github_api_url: WebAddress = Field(
        default="https://api.github.com",
        description="Where its API is; of a github_url of your own, if nothing else is said, /api/v3 below it.",
    )
    github_client_id: ClientId = Field(
        default="", description="Of the OAuth app to sign in to GitHub with; without one, a token serves as well."
    )
    marketplace_registries: tuple[MarketplaceRegistry, ...] = Field(
        default=(), max_length=100, description="Marketplaces of skills to browse, beside the one that is built in."
    )
    auto_update: bool = Field(
        default=False, description="Whether skills that came from a marketplace, and were not changed here, follow it."
    )
    log_level: LogLevel = Field(default="info", description="How much is written to the log.")
    price_overrides: dict[str, PriceOverride] = Field(
        default_factory=dict,
        max_length=1000,
        description="Your own prices, by model; they come before the price lists.",
    )

    @field_validator("provider")
    @classmethod
    def _is_known(cls, name: str) -> str:
        return listing(name).name

    @property
    def github_api(self) -> str:
        """Where GitHub's API is: a token for one's own GitHub must not go to another, because a line was left out."""
        theirs = {name: Settings.model_fields[name].default for name in ("github_url", "github_api_url")}
        own = self.github_url.rstrip("/") != theirs["github_url"]
        if own and self.github_api_url.rstrip("/") == theirs["github_api_url"]:
            return f"{self.github_url.rstrip('/')}/api/v3"
        return self.github_api_url

    def changed(self, changes: Settings) -> Settings:
        """These settings with those that `changes` names."""
        return self.model_copy(update={key: getattr(changes, key) for key in changes.model_fields_set})


# -- where they are kept ----------------------------------------------------------------------------------------------

_KEY: Final = "settings"
_LAST_GOOD: Final = "settings.last_good"
_REJECTED: Final = "settings.rejected"


@dataclass(frozen=True)
class Loaded:
    """Settings that work, and what a person should know about them."""

    settings: Settings
    notice: str | None = None


def load(connection: apsw.Connection) -> Loaded:
    """The settings of a home: what is stored if it fits, else the last that did, else the defaults."""
    stored = _value(connection, _KEY)
    if stored is None:
        return Loaded(Settings())
    settings, problem = _parsed(stored)
    if settings is not None:
        return Loaded(settings)
    good = _value(connection, _LAST_GOOD)
    settings = _parsed(good)[0] if good is not None else None
    kept = "the last good ones are in use" if settings else "the defaults are in use"
    return Loaded(
        settings or Settings(),
        f"The stored settings do not fit ({problem}), so {kept}. "
        "They are kept as they are until you save settings again.",
    )


def save(connection: apsw.Connection, changes: Settings) -> Settings:
    """Writes what `changes` names; a stored value that did not fit is set aside, not lost. Runs in a transaction."""
    settings = load(connection).settings.changed(changes)
    stored = _value(connection, _KEY)
    if stored is not None and _parsed(stored)[0] is None:
        _put(connection, _REJECTED, stored)
    text = settings.model_dump_json()
    _put(connection, _KEY, text)
    _put(connection, _LAST_GOOD, text)
    return settings


def _parsed(text: str) -> tuple[Settings | None, str]:
    try:
        return Settings.model_validate_json(text), ""
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return None, f"{where}: {first['msg']}" if where else first["msg"]
    except WorkbenchError as error:
        return None, error.message.rstrip(".")


def _value(connection: apsw.Connection, key: str) -> str | None:
    row = connection.execute("select value from settings where key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def _put(connection: apsw.Connection, key: str, value: str) -> None:
    connection.execute(
        "insert into settings (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
        (key, value),
    )


# -- secrets ----------------------------------------------------------------------------------------------------------

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
