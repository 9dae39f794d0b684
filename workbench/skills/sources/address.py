"""What the text of a source names, without looking at the disk or the network.

Idea: a text is one of six things, told apart by its spelling alone. What git or ssh could read as an option, another
transport or a command is none of them and never reaches either. Invariant: an `Address` holds no credentials, and
`parse(address.origin)` gives the same source again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from workbench.skills.sources.hosts import GITHUB, Bases, not_https, private, wrong_host
from workbench.skills.sources.spelling import (
    FORMS,
    owner_name,
    path_of,
    ref_and_skill,
    ref_of,
    repo_name,
    segments,
    skill_after,
    sound,
    split,
    unfit,
    with_git,
    without_secrets,
)

ARCHIVES: Final = (".zip", ".skill", ".tar.gz", ".tgz", ".tar")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SCP: Final = re.compile(r"(?P<user>[A-Za-z0-9._][A-Za-z0-9._-]*)@(?P<host>[^:/@]+):(?P<path>[^:]+)")
_SSH_USER: Final = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._-]*")
_PREFIXES: Final = {"github": "", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
_PREFIX: Final = re.compile(rf"({'|'.join(_PREFIXES)}):(?!//)", re.IGNORECASE)
_FORGES: Final = frozenset({"gitlab.com", "bitbucket.org", "codeberg.org"})
_GITHUB_NAMES: Final = frozenset({"github.com", "www.github.com"})


@dataclass(frozen=True)
class Folder:
    """A folder of this machine, which is read in place."""

    path: str
    notes: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        return self.path


@dataclass(frozen=True)
class Archive:
    """An archive of this machine."""

    path: str
    notes: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        return self.path


@dataclass(frozen=True)
class GitHub:
    """A repository on the GitHub of the settings."""

    owner: str
    repo: str
    ref: str | None = None
    tail: tuple[str, ...] = ()
    """What followed /tree/: a ref, which may have slashes, and a path; only the repository can tell where it ends."""
    path: tuple[str, ...] = ()
    """The folder to look in, where it was named without a ref."""
    skill: str | None = None
    """The one skill that was asked for by name."""
    named: str | None = None
    """What followed #, if it has an @: the name of a ref can have one too, and only the repository can tell."""
    bases: Bases = field(default_factory=Bases)
    notes: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return f"{self.bases.github.rstrip('/')}/{self.owner}/{self.repo}.git"

    @property
    def origin(self) -> str:
        """GitHub does not tell capitals from small letters; two spellings are one source."""
        page = f"{self.bases.github.rstrip('/')}/{self.owner.lower()}/{self.repo.lower()}"
        tail = self.tail or ((self.ref,) if self.ref else ())
        return f"{page}/tree/{quote('/'.join(tail), safe='/')}" if tail else page


@dataclass(frozen=True)
class Git:
    """A repository elsewhere, over https or ssh."""

    url: str
    ref: str | None = None
    tail: tuple[str, ...] = ()
    """As with GitHub."""
    notes: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        ref = self.ref or "/".join(self.tail)
        return f"{self.url}#{quote(ref, safe='/')}" if ref else self.url


@dataclass(frozen=True)
class ArchiveUrl:
    """An archive on the web."""

    url: str
    notes: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        return without_secrets(self.url)


@dataclass(frozen=True)
class Index:
    """A site that publishes its skills below /.well-known."""

    url: str
    notes: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        return self.url


Address = Folder | Archive | GitHub | Git | ArchiveUrl | Index


def parse(text: str, *, bases: Bases) -> Address:
    """What a text names. Raises InvalidRequest for what nobody should ask for, Refused for a host within the house."""
    said = text.strip()
    sound(said)
    if (scheme := _SCHEME.match(said)) is not None:
        return _by_scheme(scheme[1].lower(), said, bases)
    if said.startswith(("/", "~", "./", "../")) or said in {".", ".."}:
        return Archive(said) if said.lower().endswith(ARCHIVES) else Folder(said)
    if (prefix := _PREFIX.match(said)) is not None:
        rest, host = said[prefix.end() :], _PREFIXES[prefix[1].lower()]
        return _web(f"https://{host}/{rest}", bases) if host else _shorthand(rest, bases)
    if (scp := _SCP.fullmatch(said)) is not None:
        return _ssh(f"ssh://{scp['user']}@{scp['host']}/{scp['path'].lstrip('/')}", bases)
    return _bare(said, bases)


def _bare(said: str, bases: Bases) -> Address:
    """A text that says nothing of how to get there."""
    if said.lower().endswith(ARCHIVES):
        return Archive(said)
    first, base = said.split("/", 1)[0].lower(), urlsplit(bases.github)
    if first in _GITHUB_NAMES:
        return _web(f"https://{said}", bases)
    return _web(f"{base.scheme}://{said}", bases) if first == base.netloc else _shorthand(said, bases)


def _by_scheme(scheme: str, said: str, bases: Bases) -> Address:
    if scheme in {"https", "http"}:
        return _web(said, bases)
    if scheme in {"ssh", "git+ssh", "ssh+git"}:
        return _ssh(f"ssh{said[len(scheme) :]}", bases)
    if scheme == "file":
        raise unfit("file:// addresses are not used.", "Give the folder or the archive by its path.")
    if scheme == "git":
        raise unfit("git:// can be read and changed by anybody on the way.", "Use the https:// address instead.")
    raise unfit(f"{scheme}:// is no way to bring skills in.", FORMS)


# -- the web ----------------------------------------------------------------------------------------------------------


def _web(said: str, bases: Bases) -> Address:
    parts, notes = split(said)
    host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    url = f"{parts.scheme.lower()}://{f'[{host}]' if ':' in host else host}{port}"
    if host in _GITHUB_NAMES and not port:
        notes += ("http:// was read as https://.",) if parts.scheme.lower() == "http" else ()
        url, parts = GITHUB, parts._replace(scheme="https")
    if not bases.typed(url):
        if why := wrong_host(host):
            raise private(host, why)
        if parts.scheme.lower() == "http":
            raise not_https(f"{url}{parts.path}")
    return replace(_on_the_web(url, parts, bases), notes=notes)


def _on_the_web(url: str, parts: SplitResult, bases: Bases) -> Address:
    """What lies at a path of a site that may be asked."""
    path = parts.path.lower().rstrip("/")
    if bases.on_github(url):
        return _on_github(url, parts, bases)
    if url == GITHUB:
        return _on_github(url, parts, replace(bases, github=GITHUB))
    if path.endswith(ARCHIVES) or parts.hostname == "codeload.github.com":
        return ArchiveUrl(f"{url}{path_of(parts)}{f'?{parts.query}' if parts.query else ''}")
    if "/-/tree/" in path:
        repo, _, tail = parts.path.partition("/-/tree/")
        return Git(f"{url}{with_git(path_of(parts._replace(path=repo)))}", tail=segments(tail))
    if path.endswith(".git") or parts.hostname in _FORGES:
        return Git(f"{url}{with_git(path_of(parts))}", ref=ref_of(parts.fragment))
    return Index(f"{url}{path_of(parts).rstrip('/')}")


def _on_github(url: str, parts: SplitResult, bases: Bases) -> GitHub | ArchiveUrl:
    base = urlsplit(bases.github).path.rstrip("/")
    path = parts.path.removeprefix(base)
    if path.lower().endswith(ARCHIVES) and re.fullmatch(r"/[^/]+/[^/]+/(archive|releases|raw)/.+", path):
        return ArchiveUrl(f"{url}{path_of(parts)}")
    owner, repo, *rest = (*segments(path), *("", "")[len(segments(path)) :])
    named, skill = skill_after(repo)
    ref, chosen, whole = ref_and_skill(parts.fragment)
    made = GitHub(owner_name(owner), repo_name(named), ref=ref, skill=skill or chosen, named=whole, bases=bases)
    if not rest:
        return made
    if rest[0] != "tree" or len(rest) == 1:
        raise unfit(f"{'/'.join(rest)!r} of a repository is no source of skills.", FORMS)
    return replace(made, tail=tuple(rest[1:]), ref=None, named=None)


def _shorthand(said: str, bases: Bases) -> GitHub:
    """owner/repo[/path][#ref][@skill]"""
    named, _, fragment = said.partition("#")
    parts = named.strip("/").split("/")
    if len(parts) == 1:
        raise unfit(f"{said!r} is no source: a folder is written ./{said}.", FORMS)
    if "." in parts[0] or ":" in parts[0]:
        raise unfit(f"{said!r} is no source: an address begins with https://.", FORMS)
    last, skill = skill_after(parts[-1])
    owner, repo, *path = segments("/".join([*parts[:-1], last]))
    ref, chosen, whole = ref_and_skill(fragment)
    made = GitHub(owner_name(owner), repo_name(repo), ref=ref, path=tuple(path), bases=bases)
    return replace(made, skill=skill or chosen, named=whole)


# -- ssh --------------------------------------------------------------------------------------------------------------


def _ssh(said: str, bases: Bases) -> Git:
    """A repository over ssh. `git@host:path` is read as the absolute path, as forges do."""
    try:
        parts = urlsplit(said)
        user, host, port = parts.username or "git", (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise unfit("The address cannot be read.", FORMS) from error
    if port == 0 or not re.fullmatch(r"[A-Za-z0-9:][A-Za-z0-9._:-]*", host) or not _SSH_USER.fullmatch(user):
        raise unfit("The address names no host that ssh could be asked for.", FORMS)
    if not segments(parts.path):
        raise unfit("The address names no repository.", FORMS)
    if not bases.typed(f"ssh://{host}") and (why := wrong_host(host)):
        raise private(host, why)
    notes = ("The password in the address was left out; it is not kept.",) if parts.password else ()
    place = f"{host}:{port}" if port else host
    return Git(f"ssh://{user}@{place}{path_of(parts)}", ref=ref_of(parts.fragment), notes=notes)
