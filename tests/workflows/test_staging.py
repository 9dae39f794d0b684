"""Where agents write: what became the step's is taken away there, and nothing else, and no link leads out of it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from journey import Journey, files

from workbench.agents import session as sessions
from workbench.workflows.steps.gathering import Gathering, staging_of

STRAYS = {"scripts/convert.py": (None, "print('paid work')\n"), "references/deep/b.md": (None, "More.\n")}


def staged(journey: Journey) -> Path:
    """The folder in which the agent of the first step has written."""
    session = journey.state()["steps"][0]["session"]
    return Path(sessions.load(journey.bench.home, session).cwd or "")


def below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
async def session(journey: Journey) -> AsyncIterator[str]:
    """The session of an agent that is at work, and has written nothing yet."""
    journey.make("quick-skill")
    await journey.bench.engine.start("demo", driving=journey.driving(edits=files(), asks=True))
    await journey.waits("question")
    yield journey.state()["steps"][0]["session"]
    await journey.bench.engine.stop("demo")


@pytest.fixture
def gathering(journey: Journey) -> Gathering:
    return Gathering(journey.bench.library, journey.bench.engine.documents)


async def test_what_an_agent_wrote_beside_the_files_of_its_step_stays_and_it_is_said_where(journey: Journey) -> None:
    journey.make("quick-skill")
    await journey.step(edits={**files(), **STRAYS})
    state = journey.state()
    assert state["status"] == "completed"
    assert below(staged(journey)) == set(STRAYS)
    assert state["steps"][0]["notes"] == [
        "references/deep/b.md: not one of the step's files, left out",
        "scripts/convert.py: not one of the step's files, left out",
        f"What was left out lies in {staged(journey)}.",
    ]


async def test_what_lies_in_the_folders_of_other_turns_stays(journey: Journey) -> None:
    journey.make("quick-skill")
    other = staging_of(journey.bench.home, journey.bench.library.row("demo").id) / "earlier"
    other.mkdir(parents=True)
    (other / "SKILL.md").write_text("Half of it.\n")
    (other.parent / ".DS_Store").write_text("")
    await journey.step(edits=files())
    assert (other / "SKILL.md").read_text() == "Half of it.\n"
    assert below(staged(journey)) == set()


async def test_a_file_that_was_written_once_more_after_it_was_taken_over_stays(
    journey: Journey, session: str, gathering: Gathering
) -> None:
    file = staged(journey) / "SKILL.md"
    file.write_text("once more")
    gathering.take_away(session, {"SKILL.md": b"as it was taken over", "gone.md": b""})
    assert file.is_file()
    gathering.take_away(session, {"SKILL.md": b"once more"})
    assert not file.exists()


@pytest.mark.parametrize("where", ["", "..", "../..", "references"])
def test_a_link_that_an_agent_puts_in_the_place_of_a_folder_leads_nowhere(
    journey: Journey, session: str, gathering: Gathering, tmp_path: Path, where: str
) -> None:
    """The folder that it writes in, those above it, and one in it."""
    folder = staged(journey)
    link = Path(os.path.normpath(folder / where))
    documents = tmp_path / "documents"
    mine = documents / folder.relative_to(link) if where != "references" else documents
    path = "references/rules.md" if where != "references" else "rules.md"
    (mine / path).parent.mkdir(parents=True)
    (mine / path).write_text("mine")
    if where != "references":
        link.rename(tmp_path / "before")
    link.symlink_to(documents)
    assert (folder / "references/rules.md").read_text() == "mine"
    assert gathering.staged(session) == {}
    gathering.take_away(session, {"references/rules.md": b"mine"})
    assert (mine / path).read_text() == "mine"
    link.unlink()
    if where != "references":
        (tmp_path / "before").rename(link)
