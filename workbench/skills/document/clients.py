"""Where a skill loads: what Claude Code, Codex, Copilot, Gemini and the API each make of one document.

Idea: a client is a function over what was read, that yields what it stumbles over. An error means that this client does
not load the skill; a warning, that it loads and something of it is lost. The rules are those that the clients' own
loaders and documentation show; where a client says nothing, neither do we. Invariant: `loads` is "no error of that
client", so a badge is red only where every one of them has an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from workbench.skills.document.client_rules import CLIENTS, Seen
from workbench.skills.document.finding import Finding, travelling

if TYPE_CHECKING:
    from workbench.skills.skill import SkillDocument

TITLES: Final = {
    "claude-code": "Claude Code",
    "codex": "Codex",
    "copilot": "Copilot",
    "gemini": "Gemini CLI",
    "api": "Claude API",
}


def matrix(document: SkillDocument) -> dict[str, dict[str, Any]]:
    """`{client: {title, loads, findings}}`: what each client makes of the document, all its reasons included."""
    from workbench.skills.document.lint import spec

    broken = frozenset(each.rule for each in spec(document) if each.severity == "error")
    found: dict[str, list[Finding]] = {client: [] for client in TITLES}
    for finding in findings(document, broken):
        found[finding.rule.partition("/")[0]].append(finding)
    return {
        client: {
            "title": TITLES[client],
            "loads": not any(each.severity == "error" for each in theirs),
            "findings": travelling(theirs, document.text),
        }
        for client, theirs in found.items()
    }


def badge(answers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A matrix in a line: where it loads, where it does not; red only when it loads nowhere."""
    loads = [client for client, answer in answers.items() if answer["loads"]]
    fails = [client for client in answers if client not in loads]
    reduced = [c for c in loads if any(each["severity"] == "warning" for each in answers[c]["findings"])]
    if not fails:
        text = "Loads everywhere."
    elif not loads:
        text = "No client loads it."
    else:
        text = f"Loads in {_names(loads)}; not in {_names(fails)}."
    colour = "red" if not loads else "amber" if fails else "green"
    return {"colour": colour, "text": text, "loads": loads, "fails": fails, "reduced": reduced}


def findings(document: SkillDocument, broken: frozenset[str]) -> Iterator[Finding]:
    """What the clients stumble over. `broken` are the rules of the specification that the document breaks: a finding
    that is the same fact seen by a client names its rule in `because`.
    """
    seen = Seen(document, broken)
    for client, rules in CLIENTS.items():
        for one in rules(seen):
            yield Finding(f"{client}/{one.rule}", one.at, one.message, one.severity, "client", one.fix, one.because)


def _names(clients: list[str]) -> str:
    return ", ".join(TITLES[client] for client in clients)
