"""A file that comes with the question instead of an address: it was dropped on a page, or chosen there.

Invariant: it is in the parcel of its look and nowhere else. It is known by its content as much as by its name: another
file of the same name is another source, so it never brings what an earlier one brought up to date without a question.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from workbench.errors import InvalidRequest, NotFound, WorkbenchError
from workbench.skills.sources.address import ARCHIVES, Archive
from workbench.skills.sources.download import unwritable
from workbench.skills.sources.fetch import Fetched, fetch
from workbench.skills.sources.hosts import Network
from workbench.skills.sources.watch import Watch

MAX_BYTES: Final = 7 * 1024 * 1024
"""So that it fits, as base64, into the 10 MiB that a message from a page may have."""

_LONGEST: Final = 200
_PREFIX: Final = "upload:"


@dataclass(frozen=True)
class Upload:
    """An archive of skills, by its name and its bytes. Raises InvalidRequest for what is none."""

    name: str
    data: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if (
            not self.name.isprintable()
            or {"/", "\\", "#"} & set(self.name)
            or not 0 < len(self.name.encode()) <= _LONGEST
        ):
            raise _unfit("The file's name cannot be used.", "Give it a plain name, for example skills.zip.")
        if not self.name.lower().endswith(ARCHIVES) or self.name.startswith("."):
            raise _unfit(
                f"{self.name!r} is no archive of skills.",
                "Drop a .skill, .zip or .tar.gz file, or give the path of a folder.",
            )
        if len(self.data) > MAX_BYTES:
            raise _unfit(
                f"{self.name!r} has more than {MAX_BYTES >> 20} MiB, which is too much to send along.",
                "Put it where the server can read it, and give its path.",
            )

    def __str__(self) -> str:
        return f"{_PREFIX}{self.name}"

    @property
    def origin(self) -> str:
        """What the skills in it come from."""
        return f"{_PREFIX}{hashlib.sha256(self.data).hexdigest()[:16]}/{self.name}"

    def fetched(self, staging: Path, *, network: Network, watch: Watch) -> Fetched:
        """Unpacks it into `staging`, as `fetch` does with what it has brought."""
        file = staging / self.name
        try:
            file.write_bytes(self.data)
            return replace(fetch(Archive(str(file)), staging, network=network, watch=watch), origin=self.origin)
        except OSError as error:
            raise unwritable(error) from error
        finally:
            file.unlink(missing_ok=True)


def kept_no_more(source: str) -> str:
    """A source that can be fetched again. Raises NotFound for an upload, whose file went with its look."""
    if source.startswith(_PREFIX):
        raise NotFound(
            f"{source.removeprefix(_PREFIX)!r} is not kept any more.",
            remedy="Choose the file once more.",
            source=source,
        )
    return source


def _unfit(message: str, remedy: str) -> WorkbenchError:
    return InvalidRequest(message, remedy=remedy, problems=[{"path": "upload", "message": message}])
