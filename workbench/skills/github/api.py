"""GitHub's API: who is signed in, what a repository is, and whether it is a marketplace.

Idea: what has to be known before anything is fetched costs a few small requests; the skills themselves come over git, which
has no such limit. Requests go the way of every download (`sources.download`): to addresses that were judged, bounded, and with
the token for the GitHub of the settings alone. Invariant: nothing that GitHub answers is taken without being checked, and a
refusal is a sentence (`github_refusals`).
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from workbench.errors import InvalidRequest, NotFound, Refused, WorkbenchError
from workbench.skills.github.refusals import Asker, missing, refusal
from workbench.skills.intake import catalog
from workbench.skills.sources import address
from workbench.skills.sources.address import GitHub
from workbench.skills.sources.download import Ask, read
from workbench.skills.sources.hosts import GITHUB, GITHUB_API, Network
from workbench.skills.sources.watch import Watch

TOTAL_S: Final = 30
"""So long, at most, for one answer."""
_LARGEST: Final = 8 * 1024 * 1024
_MADE: Final = 201
_JSON: Final = "application/vnd.github+json"
_RAW: Final = "application/vnd.github.raw+json"
FORMS: Final = (
    "Give owner/repo, owner/repo#branch, https://github.com/owner/repo, "
    "or https://github.com/owner/repo/tree/branch/folder."
)

Shape = TypeVar("Shape")


class _Answer(BaseModel):
    """A part of what GitHub says; the rest is none of our business."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class User(_Answer):
    """Somebody who is signed in."""

    login: str
    name: str | None = None
    email: str | None = None
    avatar_url: str | None = None


class Repository(_Answer):
    """What a repository says of itself."""

    full_name: str = Field(pattern=r"^[A-Za-z0-9_-]+/\.*[A-Za-z0-9_-][A-Za-z0-9_.-]*$")
    default_branch: str
    private: bool
    description: str | None = None


class _Listed(_Answer):
    name: str
    type: str


class _Ref(_Answer):
    ref: str


@dataclass(frozen=True)
class Rate:
    """What is left of the requests of this hour."""

    limit: int
    remaining: int
    reset_ms: int


@dataclass(frozen=True)
class SignedIn:
    """Whose token it is, what it may do (unknown for some kinds), and how much of the hour is left."""

    user: User
    scopes: tuple[str, ...]
    rate: Rate | None


@dataclass(frozen=True)
class Market:
    """A repository that is a marketplace: its catalogues at one ref, in one folder."""

    repository: Repository
    ref: str
    path: str
    manifests: tuple[catalog.Manifest, ...]


@dataclass(frozen=True)
class Api:
    """The API of one GitHub."""

    base: str
    network: Network
    asker: Asker
    watch: Watch

    @classmethod
    def of(cls, network: Network, asker: Asker, watch: Watch, *, github: str | None = None) -> Api:
        """That of the settings; or of github.com, where an address names it beside the one of the settings."""
        elsewhere = github == GITHUB and not network.bases.on_github(GITHUB)
        base = GITHUB_API if elsewhere else network.bases.api
        mine = network.authorization(base) is not None
        return cls(base.rstrip("/"), hasty(network), asker if mine else replace(asker, token_from=None), watch)

    # -- who

    def signed_in(self) -> SignedIn:
        """Who is signed in with the token. Raises Refused when it is no longer one."""
        headers, said = self._asked("/user")
        scopes = (each.strip() for each in headers.get("x-oauth-scopes", "").split(","))
        return SignedIn(shaped(User, said, self.base), tuple(filter(None, scopes)), _rate(headers))

    def check_token(self) -> None:
        """Raises Refused if there is a token and GitHub says that it is none; what cannot be found out is no refusal."""
        if self.asker.token_from is None:
            return
        try:
            self.signed_in()
        except Refused as error:
            if error.reason == "token":
                raise

    def posted(self, path: str, body: Mapping[str, Any]) -> bytes:
        """What GitHub says to something that it has made of a body. Raises WorkbenchError when it has not."""
        return self._asked(path, body=json.dumps(body).encode())[1]

    # -- what

    def repository(self, owner: str, repo: str) -> Repository:
        return shaped(Repository, self._asked(f"/repos/{owner}/{repo}")[1], self.base)

    def market(self, source: GitHub, folder: Path) -> Market:
        """The catalogues of a repository, which are laid out in an empty folder. Raises NotFound when it has none."""
        about = self.repository(source.owner, source.repo)
        ref, parts = self._resolved(source, about)
        path = "/".join(parts)
        within = self._names(about, ref, path)
        for location in catalog.LOCATIONS:
            if location.split("/", 1)[0] in within:
                self._lay_out(about, ref, posixpath.join(path, location), folder / location)
        manifests = tuple(catalog.read(folder))
        if not any(each.entries for each in manifests):
            raise no_catalogue(about.full_name, [problem for each in manifests for problem in each.problems])
        return Market(about, ref, path, manifests)

    def _resolved(self, source: GitHub, about: Repository) -> tuple[str, tuple[str, ...]]:
        """The ref that is meant, and the folder below it: of the refs that could begin the text, the longest."""
        if len(source.tail) < 2:  # noqa: PLR2004 - a ref, and a path
            return source.ref or (source.tail or (about.default_branch,))[0], source.path
        known: set[str] = set()
        for kind in ("heads", "tags"):
            asked = f"/repos/{about.full_name}/git/matching-refs/{kind}/{quote(source.tail[0])}"
            rows = shaped(list[_Ref], self._asked(asked)[1], self.base)
            known |= {each.ref.removeprefix(f"refs/{kind}/") for each in rows}
        lengths = range(len(source.tail), 0, -1)
        end = next((length for length in lengths if "/".join(source.tail[:length]) in known), 1)
        return "/".join(source.tail[:end]), source.tail[end:]

    def _names(self, about: Repository, ref: str, path: str) -> set[str]:
        """The folders in a folder."""
        place = f" in a folder {path!r}" if path else ""
        nothing = NotFound(
            f"{about.full_name} has nothing at {ref!r}{place}.", remedy="See how the branch and the folder are spelt."
        )
        try:
            said = self._asked(_contents(about, path), {"ref": ref})[1]
        except NotFound as error:
            raise nothing from error
        if not said.lstrip().startswith(b"["):
            raise nothing  # a file
        return {each.name for each in shaped(list[_Listed], said, self.base) if each.type == "dir"}

    def _lay_out(self, about: Repository, ref: str, path: str, file: Path) -> None:
        """Brings one file, if it is there."""
        try:
            said = self._asked(_contents(about, path), {"ref": ref}, accept=_RAW)[1]
        except NotFound:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(said)

    def _asked(
        self, path: str, query: Mapping[str, str] | None = None, *, accept: str = _JSON, body: bytes = b""
    ) -> tuple[Mapping[str, str], bytes]:
        def said_no(url: str, status: int, headers: Mapping[str, str], said: bytes) -> WorkbenchError:
            return refusal(self.asker, url, status, headers, said)

        url = f"{self.base}{path}{f'?{urlencode(query)}' if query else ''}"
        headers = {"Accept": accept, "X-GitHub-Api-Version": "2022-11-28"}
        ask = Ask(headers=headers, refusal=said_no)
        if body:
            ask = replace(ask, method="POST", body=body, accepted=frozenset({_MADE}))
        landed, said = read(url, limit=_LARGEST, watch=self.watch, network=self.network, ask=ask)
        return landed.headers, said


def repository_named(text: str, network: Network) -> GitHub:
    """The repository of GitHub that a text names. Raises InvalidRequest for anything else."""
    found = address.parse(text, bases=network.bases)
    if isinstance(found, GitHub):
        return found
    raise InvalidRequest(
        "This names no repository of GitHub.",
        remedy=FORMS,
        problems=[{"path": "source", "message": "names no repository of GitHub"}],
    )


def no_catalogue(name: str, problems: list[str]) -> NotFound:
    """A marketplace that is none; what could not be read of it is said."""
    why = f" {problems[0]}" if problems else ""
    return NotFound(
        f"{name} is no marketplace: no catalogue in it lists a plugin.{why}",
        remedy="Import it as a repository instead: skills are found without a catalogue, too.",
        looked_for=list(catalog.LOCATIONS),
        problems=problems,
    )


def absent(source: GitHub, asker: Asker) -> NotFound:
    """A repository that git was not let into."""
    return missing(asker, f"{source.owner}/{source.repo}")


def shaped(shape: type[Shape], said: bytes, base: str) -> Shape:
    """An answer as what it should be; what is none does not come from a GitHub."""
    try:
        return TypeAdapter(shape).validate_json(said)
    except ValidationError as error:
        raise odd_answer(base) from error


def odd_answer(base: str) -> Refused:
    host = urlsplit(base).hostname
    return Refused(
        "server",
        f"{host} does not answer as GitHub does.",
        remedy="See whether github_url and github_api_url in the settings are right.",
        host=host,
    )


def hasty(network: Network) -> Network:
    """The network, for answers that somebody waits for."""
    return replace(network, bounds=replace(network.bounds, total_s=min(network.bounds.total_s, TOTAL_S)))


def _contents(about: Repository, path: str) -> str:
    return f"/repos/{about.full_name}/contents/{quote(path)}"


def _rate(headers: Mapping[str, Any]) -> Rate | None:
    told = [str(headers.get(f"x-ratelimit-{name}", "")) for name in ("limit", "remaining", "reset")]
    if not all(each.isdecimal() and len(each) <= 11 for each in told):  # noqa: PLR2004 - more is no time
        return None
    return Rate(int(told[0]), int(told[1]), int(told[2]) * 1000)
