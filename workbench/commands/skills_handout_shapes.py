"""The shapes of handing skills out: where they are installed, packages, catalogues and lock files."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from workbench.commands.skills_shapes import SkillName
from workbench.protocol.screen import Model

Client = Literal["claude", "codex", "cursor", "gemini", "copilot", "agents"]
"""`agents` is the folder `.agents/skills`, into which several clients look."""
Scope = Literal["project", "user"]
Method = Literal["copy", "link"]
Names = Annotated[list[SkillName], Field(min_length=1, max_length=10_000)]
Folder = Annotated[str, Field(min_length=1, max_length=4096)]


class Install(Model):
    """Skills to put where clients look: every name at every client. `project` is a folder, where the scope is a project."""

    names: Names
    clients: Annotated[list[Client], Field(min_length=1, max_length=6)]
    scope: Scope = "user"
    project: Folder | None = None
    method: Method = "copy"
    replace: bool = Field(default=False, description="Put ours in the place of what is there; that goes to the trash.")


class Uninstall(Model):
    """Takes away what was installed from here; what has changed since stays unless `force` sends it to the trash."""

    names: Names
    clients: Annotated[list[Client], Field(max_length=6)] = Field(
        default_factory=list, description="Empty: wherever it was installed."
    )
    scope: Scope | None = None
    project: Folder | None = None
    force: bool = False


class Installed(Model):
    """One skill in one place. `ours` is false for what somebody else has put there, which is never touched unasked."""

    name: str
    client: Client
    scope: Scope
    project: str | None
    path: str
    method: Method | None
    ours: bool
    state: Literal["current", "outdated", "changed", "missing", "foreign"]
    installed_at: str | None
    reason: str | None = Field(default=None, description="Why it stands so, or why it was refused.")


class ListInstalls(Model):
    """Which installs: of some skills or of all; `projects` are looked into beside those that are known."""

    names: Annotated[list[SkillName], Field(max_length=10_000)] = Field(default_factory=list)
    projects: Annotated[list[Folder], Field(max_length=100)] = Field(default_factory=list)


class ClientFolder(Model):
    """A folder in which a client looks for skills. `first`: it is where skills are put for this client."""

    client: Client
    scope: Scope
    project: str | None
    path: str
    exists: bool
    first: bool


class Installs(Model):
    """What is installed where, and what else lies in the folders of clients."""

    rows: list[Installed] = Field(description="By name, then client, scope and project.")
    places: list[ClientFolder] = Field(description="Of the user, then of each project; by client.")


class InstallReport(Model):
    """What was put or taken away, and what was not and why."""

    done: list[Installed] = Field(description="As they were asked for.")
    refused: list[Installed] = Field(description="As they were asked for.")


class Export(Model):
    """Skills to give away. A package of one skill is a .skill or .zip; a catalogue is a folder with the skills and its
    manifest; `lock` is a `skills-lock.json`.
    """

    names: Names
    format: Literal["skill", "zip", "claude", "codex", "copilot", "lock"] = "skill"
    target: str = Field(
        min_length=1,
        max_length=4096,
        description="A file or folder to write; its parent must exist. Several packages go into a folder.",
    )
    replace: bool = Field(default=False, description="What is there and differs goes to the trash.")
    check: bool = Field(default=False, description="Only say what would differ from what lies at the target.")


class Exported(Model):
    """What was written, or, with `check`, what has drifted."""

    path: str
    files: int
    bytes: int
    digests: dict[str, str] = Field(description="Of each skill as it was written: what an import of it will have.")
    drift: list[str] = Field(description="Paths below the target that differ or differed; empty where nothing does.")
    kept: list[str] = Field(
        description="Plugins that a catalogue does not list, and that no export from here left as they are: they stay."
    )


class ReadLock(Model):
    """A `skills-lock.json`, or the folder that it lies in."""

    path: Folder


class LockedSkill(Model):
    """A skill of a lock file: where it comes from, and whether the library has it so."""

    name: str
    address: str = Field(description="What to give to an import.")
    source_type: str
    skill_path: str | None
    computed_hash: str | None
    reachable: bool
    state: Literal["current", "differs", "absent"] = Field(description="What the library has under that name.")


class LockFile(Model):
    """What a lock file names."""

    path: str
    skills: list[LockedSkill] = Field(description="By name.")
