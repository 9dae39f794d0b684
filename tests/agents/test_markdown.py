"""What was said in a session, as a notebook keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from scribe import Scribe, written

from workbench.agents.markdown import LIMIT, REPLAYED, markdown
from workbench.agents.recorder import Recorder
from workbench.paths import Home
from workbench.storage.database import Database
from workbench.usage import ledger

Tell = Callable[..., str]


@pytest.fixture
def tell(home: Home) -> Iterator[Tell]:
    """The Markdown of a scribe's session."""
    with Database.open(home.database) as database:
        recorder = Recorder(database, home, ledger.record)

        def told(scribe: Scribe, run: str | None = None, *, provider: str = "claude", limit: int = LIMIT) -> str:
            session = written(home, scribe, provider=provider)
            recorder.commit(session.id)
            return database.read(lambda connection: markdown(connection, session.id, run, limit))

        yield told


def story() -> Scribe:
    scribe = Scribe()
    scribe.start()
    scribe.prompt("r1", "Make it\nshorter.")
    scribe.think("r1", "A secret thought.")
    scribe.say("r1", "I'll look.")
    scribe.tool("r1", "a.md", status="completed", title="Read <a.md>")
    scribe.event("permissionRequest", "r1", permissionId="p", toolName="Bash", toolInput={})
    scribe.event("permissionResolved", "r1", permissionId="p", behavior="allow", by="user")
    scribe.event(
        "plan", "r1", entries=[{"content": "One", "status": "completed"}, {"content": "Two", "status": "pending"}, 3]
    )
    scribe.event("notice", "r1", severity="info", message="Trying again.")
    scribe.say("r1", "```py\nx < 1\n```\nDone.")
    scribe.end("r1")
    scribe.prompt("r2", "More.")
    scribe.event("userInputRequest", "r2", userInputId="u", questions=[{"question": "Which one?"}])
    scribe.exit("killed:9", "r2")
    return scribe


def test_a_session_is_told_in_order_without_its_thoughts(tell: Tell) -> None:
    assert tell(story()) == (
        "> Make it\n> shorter.\n\nI'll look.\n\n- **Read** Read &lt;a.md> (completed)\n\n"
        "*Permission for Bash: allow.*\n\n- [x] One\n- [ ] Two\n- \n\n*Trying again.*\n\n"
        "\n```py\nx < 1\n```\nDone.\n\n> More.\n\n*Asked: Which one?*\n\n*Interrupted: killed:9.*"
    )


def test_one_run_is_told_alone(tell: Tell) -> None:
    assert tell(story(), "r2") == "> More.\n\n*Asked: Which one?*\n\n*Interrupted: killed:9.*"


def test_an_error_is_told_with_its_remedy(tell: Tell) -> None:
    scribe = Scribe()
    scribe.start()
    scribe.prompt("r1", "Go.")
    scribe.event("error", "r1", kind="api", message="The key is <wrong>.", remedy="Set another.")
    assert tell(scribe).endswith("*The key is &lt;wrong>. Set another.*")


def test_a_replay_says_that_it_is_one_however_short(tell: Tell) -> None:
    for limit in (100, 300, LIMIT):
        told = tell(story(), provider="replay", limit=limit)
        assert told.endswith(REPLAYED)
        assert len(told) <= limit
    assert REPLAYED not in tell(story())


def test_a_long_session_keeps_its_end_and_stays_short(tell: Tell) -> None:
    scribe = Scribe()
    scribe.start()
    scribe.prompt("r1", "Count.")
    for number in range(3000):
        scribe.say("r1", f"Number {number} is a number.\n", messageId=f"m{number // 10}")
    scribe.end("r1")
    told = tell(scribe)
    assert LIMIT - 100 < len(told) <= LIMIT
    assert told.endswith("Number 2999 is a number.")


def test_a_session_in_which_nothing_was_said_is_empty(tell: Tell) -> None:
    assert tell(Scribe()) == ""


def test_hostile_values_in_every_place_are_shown_as_text(tell: Tell) -> None:
    bad = "<img src=x onerror=alert(1)>\n# [x](javascript:alert(1))"
    scribe = Scribe()
    scribe.start()
    scribe.prompt("r1", bad)
    scribe.say("r1", bad)
    scribe.tool("r1", "t", name=bad, title=bad, status="completed")
    scribe.event("permissionRequest", "r1", permissionId="p", toolName=bad, toolInput={})
    scribe.event("permissionResolved", "r1", permissionId="p", behavior=bad, by="user")
    scribe.event("userInputRequest", "r1", userInputId="u", questions=[{"question": bad}, bad])
    scribe.event("plan", "r1", entries=[{"content": bad, "status": bad}, bad])
    scribe.event("notice", "r1", message=bad)
    scribe.event("aborted", "r1", reason=bad)
    told = tell(scribe)
    assert told.count("&lt;img") >= 9
    assert "<img" not in told
    assert "](javascript" not in told
