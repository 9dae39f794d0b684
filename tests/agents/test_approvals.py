"""What waits for a person, derived from records alone."""

from __future__ import annotations

from typing import Any

from workbench.agents.approvals import Approvals


class Tape:
    """Feeds records as a transcript would."""

    def __init__(self) -> None:
        self.approvals = Approvals()
        self.seq = 0

    def say(self, direction: str, **frame: Any) -> bool:
        self.seq += 1
        return self.approvals.feed({"seq": self.seq, "t": 1000 + self.seq, "d": direction, "f": frame})

    def permission(self, name: str, run: str = "r") -> bool:
        return self.say("out", type="permissionRequest", id=run, permissionId=name, toolName="Bash", toolInput={})

    def ids(self) -> list[str]:
        return [question.id for question in self.approvals.waiting]


def test_a_permission_waits_from_its_request_to_its_resolution() -> None:
    tape = Tape()
    assert tape.permission("p1")
    (waiting,) = tape.approvals.waiting
    assert (waiting.kind, waiting.run, waiting.seq, waiting.asked) == ("permission", "r", 1, 1001)
    assert waiting.request["toolName"] == "Bash"
    assert tape.say("out", type="permissionResolved", id="r", permissionId="p1", behavior="allow", by="user")
    assert tape.ids() == []


def test_questions_wait_beside_permissions_in_the_order_they_were_asked() -> None:
    tape = Tape()
    tape.permission("p1")
    tape.say("out", type="userInputRequest", id="r", userInputId="q1", questions=[])
    tape.permission("p2")
    assert tape.ids() == ["p1", "q1", "p2"]
    tape.say("out", type="userInputResolved", id="r", userInputId="q1", action="submit", by="user")
    assert tape.ids() == ["p1", "p2"]


def test_an_answer_that_is_on_its_way_no_longer_waits_and_the_first_one_counts() -> None:
    tape = Tape()
    tape.permission("p1")
    assert tape.say("in", id="perm:p1", method="permissionResponse", params={"behavior": "deny"})
    assert not tape.say("in", id="perm:p1", method="permissionResponse", params={"behavior": "allow"})
    assert tape.ids() == []
    (answered,) = tape.approvals.answered
    assert answered.answer == {"behavior": "deny"}


def test_the_end_of_a_run_closes_its_questions_and_no_others() -> None:
    tape = Tape()
    tape.permission("p1", "one")
    tape.permission("p2", "two")
    assert tape.say("out", type="aborted", id="one", reason="stopped")
    assert tape.ids() == ["p2"]


def test_the_exit_of_the_process_closes_them_all() -> None:
    tape = Tape()
    tape.permission("p1")
    assert tape.say("shim", type="exit", reason="killed:9", open=["r"])
    assert tape.ids() == []


def test_whatever_is_odd_changes_nothing() -> None:
    tape = Tape()
    assert not tape.say("out", type="permissionRequest", id="r")
    assert not tape.say("out", type="permissionResolved", id="r", permissionId="nobody")
    assert not tape.say("in", id="perm:nobody", method="permissionResponse", params={})
    assert not tape.say("in", id=7, method="sendMessage")
    assert not tape.say("out", type="something_new", id="r")
    assert not tape.approvals.feed({"seq": 1, "t": 1, "d": "out", "bad": {"why": "json"}})
    assert tape.ids() == []
