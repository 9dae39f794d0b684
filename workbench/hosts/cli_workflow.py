"""`workbench workflow`: how skills stand in their workflows, and what a person says to them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any, Final

from workbench.app import Workbench
from workbench.errors import InvalidRequest, NotFound
from workbench.hosts.cli_text import Style, money, one_line, safe, table
from workbench.hosts.cli_workflow_ways import of_step, ways

_DEFINITIONS: Final = {"name": "NAME", "title": "TITLE", "steps": "STEPS", "summary": "SUMMARY"}
_EXAMPLES: Final = {"name": "NAME", "title": "TITLE", "workflows": "WORKFLOWS", "summary": "SUMMARY"}
_STEPS: Final = {"number": "#", "title": "STEP", "status": "STATUS", "spent": "COST", "time": "TIME", "made": "MADE"}


def run(args: argparse.Namespace) -> int:
    """The verb that the words name."""
    with Workbench.open() as bench:
        return _VERBS[args.what](bench, args)


def _list(bench: Workbench, args: argparse.Namespace) -> int:
    reply = bench.call("workflow.definitions")
    if args.json:
        return as_json(reply)
    rows = [
        {**row, "steps": len(row["steps"]), "summary": one_line(row["summary"], 80)} for row in reply["definitions"]
    ]
    print(table(rows, _DEFINITIONS))
    style = Style(sys.stdout)
    for row in reply["definitions"]:
        if row["failure"] is not None:
            print(
                style("yellow", f"{one_line(row['name'])}: {safe(row['failure']['message'])} ({one_line(row['path'])})")
            )
    return 0


def _examples(bench: Workbench, args: argparse.Namespace) -> int:
    reply = bench.call("workflow.examples")
    if args.json:
        return as_json(reply)
    print(table([{**row, "workflows": ", ".join(row["workflows"])} for row in reply["examples"]], _EXAMPLES))
    return 0


def _status(bench: Workbench, args: argparse.Namespace) -> int:
    state = bench.call("workflow.state", {"skill": args.skill})
    if args.json:
        return as_json(state)
    print(f"{one_line(state['title'])} of {one_line(state['skill'])}: {safe(state['standing'])}")
    print(table([step_row(step) for step in state["steps"]], _STEPS))
    if (failure := state["intake_failure"]) is not None:
        print(f"{safe(failure['message'])}\n  {safe(failure['remedy'])}")
    for line in (*trouble(state), *open_items(state), *([] if trouble(state) else ways(state))):
        print(line)
    played = " (of which replayed, and paid by nobody)" if float(state["replayed_cost"] or 0) else ""
    print(f"{money(total(state))}{played}, {state['tokens']:,} tokens")
    return 0


def trouble(state: dict[str, Any]) -> list[str]:
    """Each step's error with its remedy, and the command lines that follow it."""
    told = []
    for step in state["steps"]:
        if (error := step["error"]) is not None:
            told += [f"{one_line(step['title'])}: {safe(error['message'])}"]
            told += [f"  {safe(error['remedy'])}"] * bool(error["remedy"]) + of_step(state, step)
    return told


def step_row(step: dict[str, Any]) -> dict[str, Any]:
    """A step as a line of a table."""
    seconds = None if step["duration_ms"] is None else f"{step['duration_ms'] / 1000:.1f} s"
    status = "disabled" if step["disabled"] else step["waiting"] or step["status"].replace("_", " ")
    made = ", ".join(artifact["path"] for artifact in step["artifacts"])
    spent = money(step["cost"]) if step["tokens"] else None
    return {**step, "status": status, "spent": spent, "time": seconds, "made": made or None}


def total(state: dict[str, Any]) -> str | None:
    """What was paid and what was replayed, together; None where a part has no price."""
    parts = [state["cost"], state["replayed_cost"]]
    if None in parts:
        return None
    from decimal import Decimal

    return str(sum(map(Decimal, parts)))


def open_items(state: dict[str, Any]) -> list[str]:
    """What waits for the person, a line each."""
    if state["gate"] is not None:
        return judged(state["skill"], state["gate"])
    if state["next"] == "decide":
        review = [each for each in (state["decisions"] or {}).get("decisions", []) if each["status"] == "needs-review"]
        return [f"  {each['id']} {one_line(each['title'])}: {safe(each['decision'])}" for each in review]
    if state["next"] == "answer":
        return [f"  {each['id']} {one_line(each['title'])}" for each in unanswered(state)]
    return []


def judged(skill: str, gate: dict[str, Any]) -> list[str]:
    """What a gate has found, and what may be chosen."""
    told = [
        f"  {each['question_id']}: {each['verdict'].replace('_', ' ')}. {safe(each['reason'] or '')}".rstrip()
        for each in gate["evaluation"]["per_question"]
        if each["verdict"] != "clear"
    ]
    choices = f"Choose with: workbench workflow gate {skill} {'|'.join(gate['choices'])}"
    return [safe(gate["evaluation"]["reasoning"]), *told, choices]


def unanswered(state: dict[str, Any]) -> list[dict[str, Any]]:
    """The questions that must be answered, and are not."""
    sections = (state["clarifications"] or {}).get("sections", [])
    questions = [question for section in sections for question in section["questions"]]
    return [each for each in questions if each["must_answer"] and not (each["answer_text"] or "").strip()]


# -- what a person says -----------------------------------------------------------------------------------------------


def _answer(bench: Workbench, args: argparse.Namespace) -> int:
    state = bench.call("workflow.state", {"skill": args.skill})
    base = {"skill": args.skill, "base_rev": state["revs"].get(args.item, 0), "edit_id": bench.clock.new_id()}
    decisions = (state["decisions"] or {}).get("decisions", [])
    if any(decision["id"] == args.item for decision in decisions):
        if args.choice is not None:
            raise InvalidRequest(
                "A decision has no choices.",
                remedy="Confirm it without a letter, or say it in your own words with --text.",
            )
        reply = bench.call("workflow.decide", {**base, "decision_id": args.item, "decision": args.text})
        said = next(each for each in reply["decisions"]["decisions"] if each["id"] == args.item)["decision"]
        return as_json(reply) if args.json else _print(f"{args.item}: {safe(said)}")
    if args.choice is None and args.text is None:
        raise InvalidRequest("There is no answer.", remedy="Name a letter, or say it with --text.")
    answer = {"question_id": args.item, "choice": args.choice, "text": args.text}
    if args.choice is not None:
        answer["choice"] = args.choice.upper()
        answer["text"] = _with_choice(state, args.item, answer["choice"], args.text)
    reply = bench.call("workflow.answer", {**base, **answer})
    return as_json(reply) if args.json else _print(f"{args.item}: {safe(reply['text'] or '')}")


def _with_choice(state: dict[str, Any], item: str, letter: str, added: str | None) -> str | None:
    """The choice's text with what was added to it; None leaves it to the command."""
    if added is None:
        return None
    for section in (state["clarifications"] or {}).get("sections", []):
        for question in section["questions"]:
            for each in (question, *question["refinements"]):
                if each["id"] == item:
                    found = next((choice for choice in each["choices"] if choice["id"] == letter), None)
                    return added if found is None or found["is_other"] else f"{found['text']} {added}"
    raise NotFound(f"There is no question {item[:40]!r}.", remedy="See them with: workbench workflow status --json.")


def _gate(bench: Workbench, args: argparse.Namespace) -> int:
    if args.choice is None:
        driving = {"provider": args.provider, "speed": 0, "rules_only": args.rules_only}
        reply = bench.call("workflow.evaluate_answers", {"skill": args.skill, **driving})
        return as_json(reply) if args.json else _print("\n".join(judged(args.skill, reply)))
    reply = bench.call("workflow.log_gate_decision", {"skill": args.skill, "decision": args.choice})
    if args.json:
        return as_json(reply)
    if args.choice == "answer":
        return _print(f"Answer, then have them judged: workbench workflow gate {args.skill}")
    return _print(f"Next: {reply['next_step']}." if reply["next_step"] else "Nothing is left to run.")


def _reset(bench: Workbench, args: argparse.Namespace) -> int:
    request = {"skill": args.skill, "step": args.step, "keep": args.keep}
    if args.plan:
        plan = bench.call("workflow.preview_reset", request)
        if args.json:
            return as_json(plan)
        files = [file for step in plan["steps"] for file in step["files"]]
        for file in files:
            print(f"{one_line(file['path'], 4096)}{'  (changed since)' * file['changed']}")
        return _print(f"{len(files)} {'file goes' if len(files) == 1 else 'files go'} to the trash.")
    reply = bench.call("workflow.reset", {**request, "stop": args.stop, "adopt": args.adopt})
    if args.json:
        return as_json(reply)
    where = f" They are in {one_line(reply['trash'], 4096)}." if reply["trash"] else ""
    return _print(f"{len(reply['removed'])} {'file' if len(reply['removed']) == 1 else 'files'} removed.{where}")


def _package(bench: Workbench, args: argparse.Namespace) -> int:
    reply = bench.call("workflow.package", {"skill": args.skill, "anyway": args.anyway})
    if args.json:
        return as_json(reply)
    for warning in reply["warnings"]:
        print(safe(warning), file=sys.stderr)
    return _print(f"{one_line(reply['path'], 4096)} ({reply['size']:,} bytes)")


def as_json(reply: Any) -> int:
    """The reply as one document."""
    print(json.dumps(reply, indent=2))
    return 0


def _print(line: str) -> int:
    print(line)
    return 0


_VERBS: Final[dict[str, Callable[[Workbench, argparse.Namespace], int]]] = {
    "list": _list,
    "examples": _examples,
    "status": _status,
    "answer": _answer,
    "gate": _gate,
    "reset": _reset,
    "package": _package,
}
