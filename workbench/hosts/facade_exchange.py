"""The half of `bench.skills` that brings skills in and hands them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from workbench.commands import skills_handout_shapes as handout
from workbench.commands import skills_import_shapes as imports
from workbench.hosts.facade import Room, table

if TYPE_CHECKING:
    import pandas as pd

    from workbench.hosts.frames import Kind

_PLAN: Final[dict[str, Kind]] = {
    "path": "text",
    "name": "text",
    "status": "text",
    "place": "text",
    "state": "text",
    "reasons": "any",
    "repairs": "any",
    "verdict": "text",
    "ticked": "flag",
    "duplicate_of": "text",
    "description": "text",
    "files": "count",
    "bytes": "count",
    "digest": "text",
}
_BROUGHT: Final[dict[str, Kind]] = {"path": "text", "status": "text", "name": "text", "reason": "text"}
_INSTALLED: Final[dict[str, Kind]] = {
    "name": "text",
    "client": "text",
    "scope": "text",
    "state": "text",
    "ours": "flag",
    "method": "text",
    "path": "text",
    "project": "text",
    "reason": "text",
}

Answers = Mapping[str, Mapping[str, Any]]


class Exchange(Room):
    """Skills from elsewhere, and for others."""

    def plan_import(self, source: str) -> pd.DataFrame:
        """What a source holds, a row each; nothing is brought in. `.attrs` has the plan's name, sums and notes."""
        plan = self._ask("skills.plan_import", imports.ImportPlan, source=str(source))
        rows = ({**vars(row), "verdict": row.scan.verdict if row.scan else None} for row in plan.rows)
        made = table(rows, _PLAN)
        made.attrs.update(source=plan.source, plan=plan.plan, origin=plan.origin, by=plan.by)
        made.attrs.update(sums=plan.sums.model_dump(), notes=plan.notes)
        return made

    def import_(
        self, plan: pd.DataFrame, paths: Iterable[str] | None = None, *, answers: Answers | None = None
    ) -> pd.DataFrame:
        """Brings rows of a plan in: those that are ticked, or those with these paths. `answers` gives a row's by its path:
        `answers={"a/SKILL.md": {"name": "a"}, "b/SKILL.md": {"taken": "keep_both"}}`.
        """
        given = answers or {}
        ticked = plan.loc[plan["ticked"].astype(bool), "path"]
        wanted = list(dict.fromkeys([*(ticked if paths is None else paths), *given]))
        digests = dict(zip(plan["path"], plan["digest"], strict=True))
        rows = [{"path": path, "digest": digests.get(path), **given.get(path, {})} for path in wanted]
        done = self._ask(
            "skills.apply_import",
            imports.AppliedImport,
            source=plan.attrs["source"],
            plan=plan.attrs["plan"],
            rows=rows,
        )
        return table((vars(row) for row in done.rows), _BROUGHT)

    def install(self, names: str | Iterable[str], *clients: str, **where: Any) -> pd.DataFrame:
        """Puts skills where clients look: `install("a", "claude", scope="project", project=".")`. Clients are claude, codex,
        cursor, gemini, copilot and agents.
        """
        return self._report("skills.install", names, clients, where)

    def uninstall(self, names: str | Iterable[str], *clients: str, **where: Any) -> pd.DataFrame:
        """Takes away what was installed from here, and nothing else."""
        return self._report("skills.uninstall", names, clients, where)

    def installs(self, *names: str, projects: Iterable[str] = ()) -> pd.DataFrame:
        """What is installed where, and whether it is still what was put there."""
        told = self._ask(
            "skills.installs", handout.Installs, names=[*names], projects=[str(project) for project in projects]
        )
        return table((vars(row) for row in told.rows), _INSTALLED)

    def export(
        self,
        names: str | Iterable[str],
        target: str,
        *,
        format: str = "skill",  # noqa: A002 - the command's word
        **more: Any,
    ) -> handout.Exported:
        """Packages skills, or writes a marketplace's catalogue: `format` is skill, zip, claude, codex, copilot or lock."""
        return self._ask(
            "skills.export", handout.Exported, names=_names(names), target=str(target), format=format, **more
        )

    def _report(
        self, command: str, names: str | Iterable[str], clients: tuple[str, ...], where: Mapping[str, Any]
    ) -> pd.DataFrame:
        asked = {**where, "project": str(where["project"])} if where.get("project") else where
        done = self._ask(command, handout.InstallReport, names=_names(names), clients=[*clients], **asked)
        return table((vars(row) for row in [*done.done, *done.refused]), _INSTALLED)


def _names(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else [*names]
