"""What the machine offers, and what is missing, each finding with its remedy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pydantic import Field

from workbench import __version__, doctor
from workbench.commands.registry import command
from workbench.commands.shapes import Nothing
from workbench.doctor import FailureKind
from workbench.protocol.screen import Model

if TYPE_CHECKING:
    from workbench.app import Workbench


class Runtime(Model):
    """What is running, for a report of a fault."""

    workbench: str
    home: str
    versions: dict[str, str] = Field(description="By name, sorted.")


class DependencyCheck(Model):
    """One finding; `required` is false for what only some work needs."""

    code: str
    ok: bool
    required: bool
    failure_kind: FailureKind | None
    detail: str
    remediation: str


class Dependencies(Model):
    """`ok` when nothing that is required is missing."""

    ok: bool
    checks: list[DependencyCheck] = Field(description="In the order in which a person would mend them.")


@command("dependencies.runtime", Nothing, Runtime)
async def runtime(bench: Workbench, request: Nothing) -> Runtime:
    """Versions and places of what is running."""
    del request
    versions = await asyncio.to_thread(doctor.runtime)
    return Runtime(workbench=__version__, home=str(bench.home.root), versions=dict(sorted(versions.items())))


@command("dependencies.check", Nothing, Dependencies)
async def check(bench: Workbench, request: Nothing) -> Dependencies:
    """Checks Python, SQLite, JupyterLab, the extensions, git, Node, the home, the disk and each provider."""
    del request
    found = await asyncio.to_thread(doctor.checks, bench.home)
    rows = [DependencyCheck.model_validate(each, from_attributes=True) for each in found]
    return Dependencies(ok=all(row.ok for row in rows if row.required), checks=rows)
