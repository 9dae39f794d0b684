"""The shapes of GitHub: what an address names, what a marketplace there lists, and who is signed in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from workbench.commands.skills_import_shapes import Choice, PlanId
from workbench.protocol.screen import Model
from workbench.skills.roles.role import Purpose

RepositoryText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=4096,
        description="owner/repo, owner/repo#branch, or an address: https://github.com/owner/repo[/tree/branch[/folder]].",
    ),
]


class ParseUrl(Model):
    """A text that may name a repository of GitHub."""

    source: RepositoryText


class ParsedUrl(Model):
    """What it names, as far as its spelling tells; nothing was asked for."""

    owner: str
    repo: str
    ref: str | None = Field(description="A branch, a tag or a commit; null: the default branch, or see `tree`.")
    path: str = Field(description="The folder to look in; empty: all of it.")
    tree: str | None = Field(
        description="What follows /tree/, where only the repository can tell the branch, which may have slashes, from the folder."
    )
    skill: str | None = Field(description="The one skill that was asked for by name.")
    url: str = Field(description="Of the repository, for git.")
    origin: str = Field(description="The source in its one canonical form, without credentials.")
    notes: list[str]


class CheckMarketplace(Model):
    """A repository that may be a marketplace."""

    source: RepositoryText


class MarketplacePlugin(Model):
    """One entry of a catalogue."""

    name: str
    source: str = Field(description="A folder of the repository; where `elsewhere`, an address to import from.")
    elsewhere: bool
    reachable: bool = Field(description="false: it is of a kind that cannot be imported from here.")


class MarketplaceCatalogue(Model):
    """A catalogue, and what could not be read of it."""

    path: str
    dialect: Literal["claude", "agents", "copilot", "cursor", "index"]
    name: str | None
    plugins: list[MarketplacePlugin] = Field(description="As they are listed.")
    problems: list[str]


class CheckedMarketplace(Model):
    """A marketplace. One without a catalogue that lists something is an error, never this."""

    repository: str
    description: str | None
    private: bool
    ref: str
    path: str
    name: str | None = Field(description="Of the first catalogue that says one.")
    catalogues: list[MarketplaceCatalogue] = Field(description="By dialect: claude, agents, copilot, cursor.")
    plugins: int = Field(description="How many there are in all, each counted once.")


class LookInto(Model):
    """Which repository to look into. `id` is the caller's own name for this look, as with skills.plan_import."""

    source: RepositoryText
    id: PlanId | None = None


class ImportChosen(Model):
    """What to bring in. Without `plan`, the source is fetched again; without `rows`, what the plan has ticked comes."""

    source: RepositoryText
    plan: PlanId | None = None
    rows: Annotated[list[Choice], Field(min_length=1, max_length=20_000)] | None = None
    id: PlanId | None = None


class ImportForAgents(ImportChosen):
    """The same, for the agents' own skills; `purpose` is what they are for."""

    purpose: Purpose | None = Field(
        default=None, description="null: that of the one that it replaces, or general-purpose."
    )


class TakenSkill(Model):
    """What became of one chosen row."""

    path: str
    name: str | None
    status: Literal["imported", "updated", "unchanged", "refused"]
    reason: str | None = None
    active: bool | None = Field(default=None, description="Whether the agents use it; null: it has not come in.")
    held_back_by: str | None = Field(
        default=None, description="The active skill of its purpose, because of which it is not active."
    )


class TakenSkills(Model):
    """What has come in for the agents."""

    rows: list[TakenSkill] = Field(description="As they were chosen.")


class LoginStart(Model):
    """What the sign-in is for."""

    private: bool = Field(default=False, description="Whether private repositories shall be read, too.")


class LoginStarted(Model):
    """A sign-in that waits for a person, who types `user_code` at `verification_uri`; meanwhile, poll."""

    device_code: str = Field(description="For github.login_poll; whoever holds it could be signed in.")
    user_code: str
    verification_uri: str
    expires_in: int = Field(description="Seconds.")
    interval: int = Field(description="So many seconds to wait between two polls.")


class LoginPoll(Model):
    """Which sign-in to ask about."""

    device_code: str = Field(min_length=1, max_length=1000)


class GitHubUser(Model):
    """Somebody on GitHub."""

    login: str
    name: str | None
    email: str | None
    avatar_url: str | None


class LoginPolled(Model):
    """How far it is. With `success` the token is kept as the secret GITHUB_TOKEN; it is in no reply."""

    status: Literal["pending", "slow_down", "success", "expired", "denied"]
    interval: int | None = Field(default=None, description="So many seconds to wait from now on; null: as before.")
    user: GitHubUser | None = Field(default=None, description="Who it is, with `success`, if GitHub has said so.")


class GitHubRate(Model):
    """What is left of the requests of this hour."""

    limit: int
    remaining: int
    reset_ms: int


class GitHubSignedIn(Model):
    """Who is signed in; nobody, without a token."""

    signed_in: bool
    source: Literal["environment", "file"] | None = Field(description="Where the token comes from.")
    user: GitHubUser | None = None
    scopes: list[str] = Field(default_factory=list, description="What the token may do, where GitHub tells.")
    rate: GitHubRate | None = None


class GitHubSignedOut(Model):
    """Whether a token was forgotten, and what remains to be done."""

    forgotten: bool
    source: Literal["environment", "file"] | None = Field(description="Where a token still comes from.")
    note: str | None
