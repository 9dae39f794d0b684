"""What a reset takes away. Pure: it follows from the outputs of the definition and from what is there, by no other rule.

Invariant: a file belongs to the first step that makes it, and goes when that step is among those that are reset; what a
step only changes stays, and so does every file that no step makes. What a person had saved of a document goes with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from workbench.workflows.definition.rules import writes
from workbench.workflows.documents.saving import original_of
from workbench.workflows.workflow import Output, Workflow

PACKAGE: Final = ".skill"
"""How the file ends that a skill is packed in."""


@dataclass(frozen=True)
class Going:
    """What goes of one step, by path from the skill's folder."""

    number: int
    files: tuple[str, ...]


def removed(workflow: Workflow, first: int, present: Iterable[str], package: str | None = None) -> list[Going]:
    """What goes when the workflow is reset from the step `first` on, each step's files by path. `package` is the skill's
    packed file if there is one: it goes with the files that it was made of.
    """
    files: dict[int, list[str]] = {number: [] for number in range(max(first, 0), len(workflow.steps))}
    for path in sorted({*present}):
        maker = maker_of(workflow, path)
        if maker in files:
            files[maker].append(path)
    packed = packer_of(workflow)
    if package is not None and packed in files:
        files[packed].append(package)
    return [Going(number, tuple(paths)) for number, paths in files.items()]


def papers(present: Iterable[str], working: Collection[str]) -> list[str]:
    """What a workflow keeps in a skill's folder beside the skill itself: all that lies in these folders."""
    return sorted(path for path in present if path.partition("/")[0] in working and "/" in path)


def maker_of(workflow: Workflow, path: str) -> int | None:
    """The number of the step that a file belongs to, or the document that it is a copy of."""
    original = original_of(path)
    for number, step in enumerate(workflow.steps):
        if any(is_made(output, original) for output in step.outputs if not output.changes):
            return number
    return None


def packer_of(workflow: Workflow) -> int | None:
    """The number of the step behind which the skill is packed: the first one whose agent writes it."""
    return next((number for number, step in enumerate(workflow.steps) if writes(step)), None)


def is_made(output: Output, path: str) -> bool:
    """Whether a file is one of an output's: `references/*.md` is what lies in that folder, not below others in it."""
    folder, _, name = output.path.rpartition("/")
    above, _, last = path.rpartition("/")
    return folder == above and fnmatchcase(last, name)


def paths_of(going: Iterable[Going]) -> list[str]:
    """All that goes, in its order."""
    return [path for step in going for path in step.files]
