"""What a person has chosen.

Idea: all settings are one frozen model, kept as one JSON value in the database; a change names only what changes, and
is checked before anything is written. Invariant: `load` always gives settings that work. A stored value that no longer
fits is passed over for the last good one, said in a notice, and kept for a person to look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

import apsw
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from workbench.errors import WorkbenchError
from workbench.protocol.problems import form
from workbench.sidecar.provider import listing

LogLevel = Literal["error", "warning", "info", "debug"]
PermissionMode = Literal["ask", "plan", "accept_edits", "bypass"]


def default_skills_path() -> Path:
    """Where skills are kept when nobody has said otherwise."""
    return Path("~/workbench/skills").expanduser()


def skills_folder(chosen: str | None) -> Path:
    """The folder that a setting of `skills_path` means."""
    return Path(chosen).expanduser().absolute() if chosen else default_skills_path()


Price = Annotated[
    str, StringConstraints(pattern=form(r"^[0-9]{1,4}(\.[0-9]{1,6})?$", "an amount below 10,000, such as 3.25,"))
]
"""USD as decimal text, exact to a millionth."""


Dollars = Annotated[str, StringConstraints(pattern=form(r"^[0-9]{1,9}(\.[0-9]{1,6})?$", "an amount such as 2.50"))]
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


WebAddress = Annotated[
    str,
    StringConstraints(
        pattern=form(r"^https?://[^\s/?#@]+(/[^\s?#]*)?$", "an address such as https://host.example/path"),
        max_length=2000,
    ),
]
"""A base address; one that is typed here may lie within the house, and may be http."""


ClientId = Annotated[
    str, StringConstraints(pattern=form(r"^[A-Za-z0-9._-]*$", "an id of letters, digits, ., _ and -"), max_length=100)
]
"""The public half of what GitHub gives to an app; a sign-in by code needs no other."""


RepositoryName = Annotated[
    str,
    StringConstraints(
        pattern=form(r"^$|^[A-Za-z0-9_-]+/\.*[A-Za-z0-9_-][A-Za-z0-9_.-]*$", "a name such as owner/repo, or nothing,"),
        max_length=200,
    ),
]
"""owner/repo, or nothing."""


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
    feedback_repository: RepositoryName = Field(
        default="", description="owner/repo on GitHub: where what you have to say about Workbench is filed as an issue."
    )
    marketplace_registries: tuple[MarketplaceRegistry, ...] = Field(
        default=(), max_length=100, description="Marketplaces of skills to browse, beside the one that is built in."
    )
    auto_update: bool = Field(
        default=False, description="Whether skills that came from a marketplace, and were not changed here, follow it."
    )
    skill_shell: bool = Field(
        default=False,
        description="Whether an agent that writes or refines a skill may ask to run commands; you are asked each time.",
    )
    industry: str = Field(
        default="", max_length=200, description="What you work in; agents that build a skill are told."
    )
    function: str = Field(default="", max_length=200, description="What you do there; they are told that, too.")
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
