"""The shapes of the agents' own skills: the registry beside the library's."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.commands.skills_import_shapes import UploadedFile
from workbench.commands.skills_shapes import OfSkill, SkillName
from workbench.protocol.screen import Model

WorkspacePurpose = Literal["general-purpose", "test-context", "research", "validate", "skill-building"]


class UploadPackage(Model):
    """A .skill, .zip or .tar.gz with one skill, at its root or one folder down: by its path, or sent along. `name` and
    `description` answer where its SKILL.md says none; the name of a folder or a file is never taken for one.
    """

    path: str | None = Field(default=None, min_length=1, max_length=4096)
    upload: UploadedFile | None = None
    purpose: WorkspacePurpose | None = Field(
        default=None, description="null: that of the one that it replaces, or general-purpose."
    )
    name: SkillName | None = None
    description: str | None = Field(default=None, max_length=20_000)
    taken: Literal["replace"] | None = Field(
        default=None, description="What shall happen to one of its name: it goes to the trash. null: it is refused."
    )


class ImportedSkill(Model):
    """One of the agents' own, as its SKILL.md says now; null is what that does not say."""

    name: str
    description: str | None
    version: str | None
    model: str | None
    argument_hint: str | None
    user_invocable: bool = Field(description="Whether a person may call it by its name.")
    disable_model_invocation: bool = Field(description="Whether the model may not.")
    purpose: WorkspacePurpose
    active: bool
    bundled: bool = Field(description="It comes with Workbench: it can be deactivated and not deleted.")
    present: bool = Field(description="Whether its SKILL.md can be read.")
    valid: bool
    customised: bool = Field(description="Whether it was changed here since it came.")
    origin: str | None = Field(description="Where it came from: a source and the path in it.")
    path: str
    created_at: str
    updated_at: str


class Uploaded(Model):
    """What has come in."""

    skill: ImportedSkill
    replaced: bool
    held_back_by: str | None = Field(description="The active skill of its purpose, because of which it is not active.")


class ImportedSkills(Model):
    """The agents' own skills."""

    skills: list[ImportedSkill] = Field(description="By name.")
    path: str = Field(description="The folder that agents work in.")


class ToggleSkill(OfSkill):
    """Puts a skill to use or keeps it unused; `purpose` says what for, and null leaves that."""

    active: bool
    purpose: WorkspacePurpose | None = None


class Toggled(Model):
    """How it is now."""

    skill: ImportedSkill
    deactivated: list[str] = Field(description="Others of its purpose, of which one may be active; by name.")


class DeletedSkill(OfSkill):
    """It lies in the trash."""


class SkillFileEntry(Model):
    """A file of a skill."""

    path: str
    size: int


class SkillContent(OfSkill):
    """What is in a skill."""

    text: str = Field(description="Its SKILL.md; bytes that are no text are question marks.")
    files: list[SkillFileEntry] = Field(description="By path; links are not followed, and left out.")


class ExportSkill(OfSkill):
    """Writes a .skill package."""

    target: str = Field(
        min_length=1, max_length=4096, description="A file or a folder to write; its parent must exist."
    )
    replace: bool = Field(default=False, description="What is there and differs goes to the trash.")


class ExportedSkill(Model):
    """What was written."""

    path: str
    bytes: int
    digest: str = Field(description="Of the skill: what an import of it will have.")
