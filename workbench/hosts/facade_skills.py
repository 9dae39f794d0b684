"""`bench.skills`: the library in a notebook. Lists are DataFrames, one skill is a model with its text and findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from workbench.commands import git, skills_reviews, skills_shapes
from workbench.commands import skills_change_shapes as changes
from workbench.errors import Refused
from workbench.hosts.facade import table
from workbench.hosts.facade_exchange import Exchange

if TYPE_CHECKING:
    import pandas as pd
    from git import Repo

    from workbench.hosts.frames import Kind
    from workbench.skills.skill import SkillDocument

_ROWS: Final[dict[str, Kind]] = {
    "name": "text",
    "description": "text",
    "source": "text",
    "valid": "flag",
    "status": "text",
    "trust": "text",
    "tags": "any",
    "purpose": "text",
    "updated_at": "time",
    "path": "text",
}
_FINDINGS: Final[dict[str, Kind]] = {
    "name": "text",
    "severity": "text",
    "rule": "text",
    "line": "count",
    "column": "count",
    "message": "text",
    "level": "text",
    "fix": "any",
}
_COSTS: Final[dict[str, Kind]] = {
    "name": "text",
    "listing": "count",
    "body": "count",
    "resources": "count",
    "claude_code": "text",
    "codex": "text",
}
_VERSIONS: Final[dict[str, Kind]] = {
    "version": "text",
    "at": "time",
    "author": "text",
    "message": "text",
    "name": "text",
    "tags": "any",
    "files": "any",
}


class Skills(Exchange):
    """Skills: made, looked at, changed, compared, and brought back; brought in, and handed out."""

    def list(self, query: str = "", **which: Any) -> pd.DataFrame:
        """Skills by name; `which` narrows: `tags=["x"]`, `source=["imported"]`, `valid=False`."""
        return table(self._bench.call("skills.list", query=query, **which)["skills"], _ROWS)

    def get(self, name: str) -> skills_shapes.Skill:
        """One skill with its text, fields, findings and files."""
        return self._ask("skills.get", skills_shapes.Skill, name=name)

    def document(self, name: str) -> SkillDocument:
        """Its SKILL.md as a document, to try things on: nothing is written by changing it."""
        return self._bench.library.document(name)

    def create(self, name: str, description: str = "", **more: Any) -> skills_shapes.Skill:
        """Makes a skill; `more`: `body`, `text`, `tags`, `purpose`, `fields`."""
        return self._ask("skills.create", changes.Changed, name=name, description=description, **more).skill

    def edit(self, name: str, *, body: str | None = None, text: str | None = None, **keys: Any) -> skills_shapes.Skill:
        """Changes keys of the front matter (`allowed_tools=...` is `allowed-tools`, None takes one out), body or text."""
        edits = [{"key": key.replace("_", "-"), "value": value} for key, value in keys.items()]
        changed = self._ask("skills.edit", changes.Changed, name=name, edits=edits, body=body, text=text)
        return changed.skill

    def rename(self, name: str, new_name: str) -> skills_shapes.Skill:
        """Gives it another name."""
        return self._ask("skills.rename", changes.Changed, name=name, new_name=new_name).skill

    def tag(
        self, names: str | Iterable[str], *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> Mapping[str, Any]:
        """Adds tags to skills, or takes some out; what each has now."""
        wanted = [names] if isinstance(names, str) else [*names]
        tagged = self._ask("skills.update_tags", changes.TaggedSkills, names=wanted, add=[*add], remove=[*remove])
        return tagged.tags

    def delete(self, name: str) -> changes.DeletedSkill:
        """Moves it to the trash."""
        return self._ask("skills.delete", changes.DeletedSkill, name=name)

    def restore_deleted(self, name: str) -> skills_shapes.Skill | None:
        """Takes it out of the trash again."""
        return self._ask("skills.restore_deleted", changes.TakenBack, name=name).skill

    def lint(self, *names: str) -> pd.DataFrame:
        """What is wrong with skills, by default with all."""
        found = self._bench.call("skills.lint", names=[*names])["skills"]
        return table(({"name": each["name"], **row} for each in found for row in each["diagnostics"]), _FINDINGS)

    def fix(self, *names: str, rule: str | None = None, apply: bool = False) -> changes.FixReport:
        """Mends what can be mended: `.skills[0].diff` shows it, and `apply=True` writes it."""
        return self._ask("skills.fix", changes.FixReport, names=[*names], rule=rule, apply=apply)

    def budget(self, name: str | None = None, *, window: int | None = None) -> pd.DataFrame:
        """About how many tokens each skill is, and what each client shows of its description; `.attrs` has the totals."""
        told = self._ask("skills.budget", skills_reviews.Budgets, name=name, window=window)
        fates = {each.client: {entry.name: entry.fate for entry in each.entries} for each in told.listings}
        rows = [
            {**vars(cost), **{client.replace("-", "_"): of.get(cost.name) for client, of in fates.items()}}
            for cost in told.costs
        ]
        made = table(rows, _COSTS)
        made.attrs["listings"] = [each.model_dump(exclude={"entries"}) for each in told.listings]
        made.attrs["note"] = f"Tokens are {told.basis}: within about {told.error:.0%}."
        return made

    def scan(self, name: str) -> skills_reviews.ScanReport:
        """Reads every file of a skill: what it could do, what is new since the last version, and advice."""
        return self._ask("skills.scan", skills_reviews.ScanReport, name=name)

    def waive(self, name: str, finding: skills_reviews.ScanFinding, reason: str) -> skills_reviews.ScanReport:
        """Lets a finding of a scan stand until its file changes."""
        told = {"name": name, "rule": finding.rule, "digest": finding.digest, "reason": reason}
        return self._ask("skills.waive", skills_reviews.ScanReport, **told)

    def trust(self, name: str, digest: str | None = None) -> str:
        """Trusts a skill as it is, or as the scan with this digest showed it."""
        return self._ask("skills.trust", skills_reviews.Trusted, name=name, digest=digest).trust

    def untrust(self, name: str) -> str:
        """Trusts a skill no longer."""
        return self._ask("skills.untrust", skills_reviews.Trusted, name=name).trust

    def history(self, name: str, *, limit: int = 50) -> pd.DataFrame:
        """Its versions, the newest first."""
        return table(self._bench.call("git.history", name=name, limit=limit)["versions"], _VERSIONS)

    def diff(self, name: str, old: str | None = None, new: str | None = None) -> git.Diff:
        """How two versions differ, by default the newest and what lies on the disk."""
        return self._ask("git.diff", git.Diff, name=name, old=old, new=new)

    def restore(self, name: str, version: str, *, preview: bool = False) -> git.Restored:
        """Makes an older version the newest one."""
        return self._ask("git.restore", git.Restored, name=name, version=version, preview=preview)

    def repository(self) -> Repo:
        """The repository of the skills as GitPython sees it, for what has no method here; close it. Only of one that
        Workbench made: the configuration of any other may name programs to run.
        """
        from git import Repo

        with self._bench.library.alone() as site:
            if not site.repository.ours:
                raise Refused(
                    "not_ours",
                    f"Workbench did not make the repository around {site.root}.",
                    remedy="Open it yourself, if you trust what its configuration says.",
                    path=str(site.root),
                )
            return Repo(site.root)
