"""How the parts of a source may be spelt: refs, owners, paths, addresses; and what nobody should ask for.

Idea: what git, ssh or a file system could read as something else is refused here, before it reaches any of them.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from workbench.errors import InvalidRequest

FORMS: Final = (
    "Give a folder (./skills), an archive (.zip, .skill, .tar.gz), owner/repo, owner/repo#ref, "
    "https://github.com/owner/repo, https://github.com/owner/repo/tree/ref/path, "
    "another git address (https://... .git, git@host:owner/repo), or a site with a skill index."
)
LONGEST: Final = 4096
_OWNER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_REPO: Final = re.compile(r"[A-Za-z0-9._-]+")
_TRANSPORT: Final = re.compile(r"[A-Za-z0-9+.-]*::")
_UNFIT_IN_REF: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|\.$|/$|^[./-]|^@$")
_UNFIT_IN_PART: Final = re.compile(r"[\x00-\x1f\x7f/\\]")
_SECRET: Final = re.compile(r"token|key|sig|secret|passw|credential|auth|expires", re.IGNORECASE)


def fit_ref(ref: str) -> str:
    """A ref that names a branch, a tag or a commit and nothing else; git's own rules for names, and no options."""
    if not ref or len(ref.encode()) > 255 or _UNFIT_IN_REF.search(ref):  # noqa: PLR2004 - a file's name has no more
        raise unfit(f"{ref!r} cannot be the name of a branch or a tag.", "Name one that the repository has.")
    return ref


def sound(said: str) -> None:
    """What no source looks like, and what a program could read as something else."""
    if not said:
        raise unfit("No source was named.", FORMS)
    if len(said) > LONGEST:
        raise unfit(f"A source cannot have more than {LONGEST:,} characters.", FORMS)
    if not said.isprintable():
        raise unfit("A source cannot hold control characters or invisible ones.", "Type it again.")
    if said.startswith("-"):
        raise unfit("A source cannot begin with a hyphen: a program could take it for an option.", FORMS)
    if "\\" in said:
        raise unfit("A source cannot hold a backslash.", "Write paths with / between their parts.")
    if _TRANSPORT.match(said):
        raise unfit("Transports of git that run commands are not used.", FORMS)


def split(said: str) -> tuple[SplitResult, tuple[str, ...]]:
    """An address in its parts, and what was taken away from it."""
    try:
        parts = urlsplit(said)
        host, port = parts.hostname or "", parts.port
        host = host.rstrip(".").encode("idna").decode() if not host.isascii() else host.rstrip(".")
    except (ValueError, UnicodeError) as error:
        raise unfit("The address cannot be read.", FORMS) from error
    if port == 0 or not re.fullmatch(r"[a-z0-9._:%-]+", host) or "%" in host:
        raise unfit("The address names no host.", FORMS)
    named = "@" in parts.netloc
    shown = f"[{host}]" if ":" in host else host
    netloc = f"{shown}:{parts.port}" if parts.port else shown
    notes = ("The name and password in the address were left out; they are not kept.",) if named else ()
    return parts._replace(netloc=netloc), notes


def owner_name(name: str) -> str:
    return _matching(_OWNER, name, "owner")


def repo_name(name: str) -> str:
    short = name.removesuffix(".git")
    if short in {"", ".", ".."}:
        raise unfit(f"{name!r} is no repository of GitHub.", FORMS)
    return _matching(_REPO, short, "repository")


def _matching(pattern: re.Pattern[str], name: str, noun: str) -> str:
    if not pattern.fullmatch(name) or len(name) > 100:  # noqa: PLR2004 - GitHub's own limit
        raise unfit(f"{name!r} is no {noun} of GitHub.", FORMS)
    return name


def skill_after(last: str) -> tuple[str, str | None]:
    """A last part, and the skill named behind it by @."""
    name, at, skill = last.partition("@")
    if at and (not skill or _UNFIT_IN_PART.search(skill)):
        raise unfit(f"{last!r} names no skill behind its @.", FORMS)
    return name, skill or None


def ref_and_skill(fragment: str) -> tuple[str | None, str | None, str | None]:
    """What follows # in a shorthand: a ref, the skill behind its first @, and the whole if it has an @, which may be a ref
    too. `@{` is git's and refused as part of a ref.
    """
    ref, at, skill = fragment.partition("@")
    if at and ("{" in skill or not skill):
        return ref_of(fragment), None, None
    return ref_of(ref), skill or None, ref_of(fragment) if at else None


def ref_of(said: str) -> str | None:
    return fit_ref(unquote(said)) if said else None


def segments(path: str) -> tuple[str, ...]:
    """The parts of a path, each decoded once; none of them may lead elsewhere."""
    parts = tuple(unquote(part) for part in path.strip("/").split("/"))
    for part in parts:
        if part in {"", ".", ".."} and path.strip("/"):
            raise unfit(f"{path!r} has an empty part, `.` or `..`.", FORMS)
        if _UNFIT_IN_PART.search(part):
            raise unfit(f"{part!r} cannot be part of a path.", FORMS)
    return parts if path.strip("/") else ()


def path_of(parts: SplitResult) -> str:
    segments(parts.path)
    return quote(parts.path, safe="/%@:+,;=~!$&'()*")


def with_git(path: str) -> str:
    trimmed = path.rstrip("/")
    return trimmed if trimmed.endswith(".git") else f"{trimmed}.git"


def without_secrets(url: str) -> str:
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _SECRET.search(name)]
    return parts._replace(query=urlencode(kept), fragment="").geturl()


def unfit(message: str, remedy: str) -> InvalidRequest:
    return InvalidRequest(message, remedy=remedy, problems=[{"path": "source", "message": message}])
