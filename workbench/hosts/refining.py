"""The refining of one skill in a notebook: what is said, what it changed, and what is taken of that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel

from workbench.app import Workbench
from workbench.commands import refine_shapes as shapes
from workbench.commands import sessions
from workbench.errors import NotFound, Refused
from workbench.hosts.display import Bundle
from workbench.hosts.facade import table
from workbench.hosts.handles import Run
from workbench.hosts.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

    from workbench.hosts.frames import Kind

Reply = TypeVar("Reply", bound=BaseModel)

_HUNKS: Final[dict[str, Kind]] = {
    "path": "text",
    "status": "text",
    "hunk": "text",
    "header": "text",
    "lines": "any",
    "digest": "text",
}


class Refining:
    """A conversation about one skill; as the last line of a cell, the view of it.

    >>> refining = bench.workflows.refine("invoices")
    >>> await refining.say("@SKILL.md Shorter.")
    >>> refining.diff()
    >>> refining.accept("SKILL.md")
    """

    def __init__(self, core: Workbench, skill: str) -> None:
        self.skill = skill
        self.last: Run | None = None
        """The turn that was begun last from here."""
        self._seen: shapes.RefineDiff | None = None
        """The changes as they were looked at last from here: what is decided is decided of these."""
        self._core = core
        self._shown = Shown(core, "refine", {"skill": skill})

    def say(self, message: str, **turn: Any) -> Run:
        """Says it to the agent and returns its run at once: free words, `@file`, `/rewrite`, `/validate`.

        `turn`: `provider`, `model`, `budget_usd`, `speed` (of a replay), ...
        """
        # On the pool's thread, where what follows the end of the turn can go on.
        asked = {"skill": self.skill, "message": message, **turn}
        reply = self._core.pool.submit(self._core.acall("refine.send", asked)).result()
        sent = shapes.RefineSent.model_validate(reply)
        provider = self._ask("sessions.get", sessions.Session, session=sent.session).provider
        self.last = Run(self._core, sent.session, sent.run, provider=provider)
        return self.last

    def outcome(self) -> shapes.RefineOutcome:
        """Waits for the last turn's end: what it changed, what was put back, and what a check said."""
        if self.last is None:
            raise Refused("too_early", "Nothing has been said from here.", remedy="Say something: refining.say(...).")
        return self._ask("refine.settle", shapes.RefineOutcome, run=self.last.id)

    def content(self) -> shapes.RefineContent:
        """The files as they are, and the messages that an example has recordings for."""
        return self._ask("refine.content", shapes.RefineContent)

    def diff(self) -> pd.DataFrame:
        """What nobody has decided, a row each part of a file; `.attrs` has the sums and the turn that can be undone."""
        found = self._look()
        rows = [
            {"path": file.path, "status": file.status, "digest": file.digest, **part}
            for file in found.files
            for part in ([{"hunk": each.id, **vars(each)} for each in file.hunks] or [{}])
        ]
        made = table(rows, _HUNKS)
        made.attrs.update(stat=found.stat, undoable=found.undoable)
        return made

    def patch(self) -> str:
        """The same as one unified diff."""
        return "".join(each.diff for each in self._look().files)

    def accept(self, path: str | None = None, hunks: Iterable[str] = ()) -> str | None:
        """Takes all, a file, or parts of it by their ids; returns the version that this makes.

        What you have looked at with `diff()` or `patch()` is refused if it is another by now: look again.
        """
        return self._decide(path, hunks, accept=True).commit

    def reject(self, path: str | None = None, hunks: Iterable[str] = ()) -> shapes.RefineDiff:
        """Leaves all, a file, or parts of it, as `accept` takes them; what is left to decide."""
        return self._decide(path, hunks, accept=False).diff

    def undo(self, run: str | None = None) -> shapes.Undone:
        """Takes back what one turn (by default the last) changed."""
        undone = self._ask("refine.undo", shapes.Undone, run=run)
        self._seen = undone.diff
        return undone

    def close(self) -> bool:
        """Ends the conversation; what is not decided stays as it is. Whether one was open."""
        return self._ask("refine.close", shapes.RefineClosed).closed

    def _decide(self, path: str | None, hunks: Iterable[str], *, accept: bool) -> shapes.RefineDecided:
        wanted = [*hunks]
        if wanted and path is None:
            found = (self._seen or self._look()).files
            path = next((file.path for file in found if any(each.id in wanted for each in file.hunks)), None)
            if path is None:
                raise NotFound(f"There is no part {wanted[0]!r}.", remedy="See refining.diff().", hunks=wanted)
        seen = self._seen
        done = self._ask(
            "refine.decide",
            shapes.RefineDecided,
            path=path,
            hunks=wanted,
            accept=accept,
            digest=_digest(seen, path) if seen else None,
        )
        if seen is not None and _others(seen, path) == _others(done.diff, path):
            self._seen = done.diff
        return done

    def _look(self) -> shapes.RefineDiff:
        self._seen = self._ask("refine.diff", shapes.RefineDiff)
        return self._seen

    def _ask(self, name: str, reply: type[Reply], **params: Any) -> Reply:
        if name.startswith("refine."):
            params["skill"] = self.skill
        return reply.model_validate(self._core.call(name, params))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        return {**self._shown._repr_mimebundle_(include, exclude), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Refining {self.skill}>"


def _digest(seen: shapes.RefineDiff, path: str | None) -> str | None:
    """Of what was seen of a file, or of all."""
    if path is None:
        return seen.digest
    return next((each.digest for each in seen.files if each.path == path), None)


def _others(seen: shapes.RefineDiff, path: str | None) -> dict[str, str]:
    """What was seen of the files that a decision about `path` is not about."""
    return {each.path: each.digest for each in seen.files if path is not None and each.path != path}
