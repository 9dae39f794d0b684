"""Foreign repositories: one commit of them, fetched by git and unfolded by us.

Idea: git does what only git can, talking to its server (`hardened` says how), and the files are written by us (`unfold`).
Redirects are followed by our own client, which judges every step; git is told where they end, and to follow nothing. Only
refs that the server itself lists are asked for by name.
Invariant: when this returns or raises, no process is left, and nothing but `root` in the staging folder.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast
from urllib.parse import urlsplit

from workbench.errors import NotFound, Refused, WorkbenchError
from workbench.skills.sources import child, hardened, refs, unfold
from workbench.skills.sources.child import Patience, Ran
from workbench.skills.sources.download import request
from workbench.skills.sources.hosts import Network, Route, route
from workbench.skills.sources.refs import Chosen, Wanted
from workbench.skills.sources.watch import Watch

_HERE: Final = "refs/workbench/here"
_ADVERTISED: Final = "/info/refs?service=git-upload-pack"
_NO_PROGRAM: Final = 127
_INSTALL: Final = "Install git 2.37 or later."


@dataclass(frozen=True)
class Checkout:
    """A commit, and where its files lie. `ref` is None where it is what the remote's HEAD names."""

    root: Path
    commit: str
    ref: str | None
    path: tuple[str, ...]
    """What of a /tree/ address was no ref: the folder to look in."""
    submodules: tuple[str, ...]
    skill: str | None = None
    """The one skill that was asked for."""


def checkout(wanted: Wanted, staging: Path, *, network: Network, watch: Watch) -> Checkout:
    """Brings one commit into `staging / "source"`."""
    watch.step("resolving", 0)
    repository, root = staging / "repository.git", staging / "source"
    try:
        remote = _Remote.reached(wanted.url, repository, network, watch)
        chosen = remote.chosen(wanted)
        commit = remote.fetched(chosen.full)
        submodules = remote.unfolded(commit, root)
    except BaseException:
        shutil.rmtree(root, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(repository, ignore_errors=True)
    return Checkout(root, commit, chosen.ref, chosen.path, tuple(submodules), chosen.skill)


@dataclass(frozen=True)
class _Remote:
    """A server that has been judged, and the bare repository that it is fetched into."""

    url: str
    named: str
    """As the person knows it."""
    repository: Path
    way: Route
    network: Network
    watch: Watch
    until: float

    @classmethod
    def reached(cls, url: str, repository: Path, network: Network, watch: Watch) -> _Remote:
        until = time.monotonic() + network.bounds.total_s
        landed = _landed(url, network, watch)
        sent = landed != url and not network.bases.typed(url)
        way = route(landed, network=network, watch=watch, sent=sent)
        repository.mkdir(mode=0o700)
        remote = cls(landed, url, repository, way, network, watch, until)
        if hardened.pinned(landed, way) and not hardened.pins(remote.git("version")):
            raise Refused("old_git", "Git is too old to be told which address a host has.", remedy=_INSTALL)
        remote.git("init", "--quiet", "--bare", "--template=", "--initial-branch=none", ".")
        return remote

    def chosen(self, wanted: Wanted) -> Chosen:
        """What to ask the remote for; it lists what it has only where something is named."""
        if wanted.unnamed:
            return Chosen("HEAD", skill=wanted.skill)
        known, head = self.listed()
        found = refs.chosen(wanted, known, head)
        if found is None:
            raise self._no_such_ref(wanted.said, known)
        return found

    def listed(self) -> tuple[frozenset[str], str | None]:
        """The branches and tags that the remote has, and the branch that its HEAD names."""
        ran = self._run(
            ("ls-remote", "--quiet", "--symref", "--", self.url), Patience(self.until, self.network.bounds.stalled_s)
        )
        if ran.status != 0:
            raise self._why(ran)
        lines = [line.partition("\t") for line in ran.out.decode("utf-8", "surrogateescape").split("\n")]
        head = next((said[5:] for said, _, name in lines if said.startswith("ref: ") and name == "HEAD"), None)
        names = (name for said, _, name in lines if not said.startswith("ref: "))
        return frozenset(name for name in names if name.startswith(("refs/heads/", "refs/tags/"))), head

    def fetched(self, name: str) -> str:
        """Fetches one commit; returns its name."""
        limit, repository, most = self.network.bounds.clone, self.repository, 0

        def grown() -> int:
            nonlocal most
            size = _size(repository)
            if size > limit:
                raise Refused(
                    "too_large",
                    f"The repository has more than {limit:,} bytes.",
                    remedy="Clone it yourself, and bring in its folder.",
                )
            most = max(most, size)  # git removes what it needs no more, and nobody wants to see that
            self.watch.step("cloning", most)
            return size

        patience = Patience(self.until, self.network.bounds.stalled_s, grown=grown)
        words = ("--no-tags", "--no-recurse-submodules", "--no-auto-maintenance", "--no-write-fetch-head", "--progress")
        named = ("--", self.url, f"{name}:{_HERE}")
        ran = self._run(("fetch", "--depth=1", *words, *named), patience)
        if ran.status != 0 and "dumb http transport" in ran.errors:  # a server of plain files cannot cut history off
            ran = self._run(("fetch", *words, *named), patience)
        if ran.status != 0:
            raise self._why(ran, name)
        return self.git("rev-parse", "--verify", f"{_HERE}^{{commit}}").decode().strip()

    def unfolded(self, commit: str, root: Path) -> list[str]:
        """Writes the files of a commit; returns the paths of its submodules."""
        bounds, repository = self.network.bounds, self.repository
        found = unfold.entries(self.git("ls-tree", "-r", "-z", "--long", "--full-tree", commit), bounds)
        given = repository / "wanted"
        given.write_bytes(unfold.wanted(found))
        words, env = [*hardened.git(self.url, self.way), "cat-file", "--batch", "--buffer"], self._environment()
        with child.started(words, folder=repository, env=env, given=given, errors=False) as process:
            return unfold.lay(found, cast(BinaryIO, process.stdout), root, self.watch)

    def git(self, *words: str) -> bytes:
        """What git says of what we have."""
        ran = self._run(words, Patience(self.until, self.network.bounds.total_s))
        if ran.status != 0:
            raise _failed(ran)
        return ran.out

    def _run(self, words: Sequence[str], patience: Patience) -> Ran:
        command = [*hardened.git(self.url, self.way), *words]
        ran = child.run(command, folder=self.repository, env=self._environment(), watch=self.watch, patience=patience)
        if ran.status == _NO_PROGRAM:
            raise Refused("no_git", "Git is not installed.", remedy=_INSTALL)
        return ran

    def _environment(self) -> dict[str, str]:
        return hardened.environment(self.url, self.way, self.repository, self.network)

    def _why(self, ran: Ran, name: str = "") -> WorkbenchError:
        said, host = ran.errors, urlsplit(self.url).hostname
        if "couldn't find remote ref HEAD" in said:
            return Refused("empty", f"{self.named} is empty: it has no commit.", remedy="Choose another repository.")
        if re.search(r"couldn't find remote ref|not our ref|unadvertised object", said):
            return self._no_such_ref(name, frozenset())
        if re.search(
            r"could not read Username|Authentication failed|Permission denied|ot found|returned error: 40", said
        ):
            return Refused(
                "sign_in",
                f"{self.named} is not open to everybody, or is not there.",
                remedy="See how it is spelt. If it is private, sign in, or use its ssh address and a key that it knows.",
            )
        if "Host key verification failed" in said:
            return Refused(
                "host_key",
                f"The ssh key of {host} is not known here.",
                remedy=f"Connect once by hand and compare its key: ssh -T git@{host}",
            )
        if re.search(r"fsck|index-pack|invalid (gitmodules|tree|path)|bad object|unpack", said):
            return _damaged(self.named, said)
        return _failed(ran)

    def _no_such_ref(self, name: str, known: frozenset[str]) -> NotFound:
        short = sorted(each.split("/", 2)[2] for each in known)
        some = f" It has: {', '.join(short[:10])}{', ...' if len(short) > 10 else ''}." if short else ""  # noqa: PLR2004
        return NotFound(
            f"{self.named} has no branch, tag or commit {name!r}.{some}",
            remedy="Name one that it has, or a whole commit id.",
            ref=name,
        )


def is_repository(url: str, *, network: Network, watch: Watch) -> bool:
    """Whether an https address is one that git could fetch from."""
    try:
        landed = request(url + _ADVERTISED, None, watch=watch, network=network)
    except NotFound:
        return False
    return landed.headers.get("content-type") == "application/x-git-upload-pack-advertisement"


def _landed(url: str, network: Network, watch: Watch) -> str:
    """Where an https address ends after its redirects: a renamed repository has one."""
    if urlsplit(url).scheme == "ssh":
        return url
    there = request(url + _ADVERTISED, None, watch=watch, network=network).url
    if not there.endswith(_ADVERTISED):
        raise NotFound(f"There is no repository at {url}.", remedy="See how it is spelt.", url=url)
    return there.removesuffix(_ADVERTISED)


def _size(folder: Path) -> int:
    """The bytes below a folder in which somebody else is at work."""
    total, waiting = 0, [folder]
    while waiting:
        with suppress(FileNotFoundError), os.scandir(waiting.pop()) as each:
            for entry in each:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
                else:
                    with suppress(FileNotFoundError):  # a temporary file that has got its name
                        total += entry.stat(follow_symlinks=False).st_size
    return total


def _damaged(named: str, said: str) -> Refused:
    reason = re.search(r"(?:error|fatal): (.*(?:fsck|object|gitmodules|tree).*)", said)
    return Refused(
        "unsound",
        f"{named} holds what no sound repository does{': ' + _one_line(reason[1]) if reason else ''}.",
        remedy="Nothing was kept. Do not trust this repository.",
    )


def _failed(ran: Ran) -> Refused:
    lines = [line for line in ran.errors.replace("\r", "\n").splitlines() if line.startswith(("fatal:", "error:"))]
    reason = _one_line(lines[0].partition(": ")[2]) if lines else f"it ended with status {ran.status}"
    return Refused("git_failed", f"Git could not fetch it: {reason}", remedy="See whether the address is right.")


def _one_line(said: str) -> str:
    return "".join(each if each.isprintable() else " " for each in said)[:300]
