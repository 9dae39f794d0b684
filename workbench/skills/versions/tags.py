"""Names that stay with a version: git's tags, kept apart for each skill as `refs/tags/SKILL/LABEL`.

Invariant: a label is one version's for good, whichever of its names the skill had when it was given.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Final

from workbench.errors import InvalidRequest, Refused
from workbench.skills.versions.git import git
from workbench.skills.versions.repository import Repository

_LABEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_UNFIT: Final = re.compile(r"[^A-Za-z0-9_\u0080-\ud7ff\ue000-\U0010ffff-]")
"""What a skill's name may hold and a ref may not, and `%`, which says so."""


def put(repository: Repository, names: list[str], label: str, commit: str) -> None:
    """Tags a version of a skill that has had these names, the present one first. Raises Refused when another has it."""
    if not _is_label(label):
        raise InvalidRequest(
            f"{label[:80]!r} cannot be a tag.",
            remedy="Use letters, digits, dots and hyphens, for example v1.2.0.",
            problems=[{"path": "tag", "message": "holds characters that git does not take"}],
        )
    name = names[0]
    has = find(repository, names, label)
    if has == commit:
        return
    if has is not None:
        raise Refused(
            "exists", f"Another version of {name!r} is tagged {label!r}.", remedy="Choose another tag.", commit=has
        )
    theirs = _place(name).rstrip("/")
    if git(repository.root, "for-each-ref", "--format=%(refname)", theirs).decode().strip() == theirs:
        raise Refused(
            "exists",
            f"Your repository has a tag of your own that is called {name!r}, and git takes none below it.",
            remedy=f"Rename it: git tag NEW {name} && git tag -d {name}.",
            tag=name,
        )
    git(repository.root, "update-ref", _place(name) + label, commit, "0" * len(commit))


def find(repository: Repository, names: Iterable[str], label: str) -> str | None:
    """The commit of a skill that has had these names which has a label."""
    if not _is_label(label):
        return None
    found = (repository.resolve(_place(name) + label) for name in names)
    return next((commit for commit in found if commit is not None), None)


def of(repository: Repository, names: list[str]) -> dict[str, tuple[str, ...]]:
    """The labels of a skill that has had these names, by the commit that has them."""
    places = [_place(name) for name in names]
    if not places:
        return {}
    said = git(repository.root, "for-each-ref", "--format=%(objectname) %(*objectname) %(refname)", *places)
    found: dict[str, list[str]] = {}
    for line in said.decode("utf-8", "replace").splitlines():
        tagged, peeled, ref = line.split(" ", 2)
        found.setdefault(peeled or tagged, []).append(ref.rpartition("/")[2])
    return {commit: tuple(sorted(set(labels))) for commit, labels in found.items()}


def _is_label(label: str) -> bool:
    return bool(_LABEL.fullmatch(label)) and ".." not in label and not label.endswith((".lock", "."))


def _place(name: str) -> str:
    escaped = _UNFIT.sub(lambda found: "".join(f"%{byte:02X}" for byte in os.fsencode(found[0])), name)
    return f"refs/tags/{escaped}/"
