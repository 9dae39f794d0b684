"""A scan as SARIF 2.1.0, the form that code hosts and editors show findings in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from workbench.skills.review.rules.rule import Rule
from workbench.skills.scan import RULES, Report, ScanFinding

_LEVELS: Final = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
_SCORES: Final = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "info": "0.0"}


def sarif(reports: Mapping[str, Report], *, version: str = "") -> dict[str, Any]:
    """Scans by the folder they are about (as a path from wherever the reader stands, or from the root), in one run. A
    finding that is waived is in it, suppressed, with the reason.
    """
    pairs = [
        (folder, finding, waived)
        for folder, report in reports.items()
        for waived, findings in ((False, report.findings), (True, report.waived))
        for finding in findings
    ]
    used = sorted({finding["rule"] for _, finding, _ in pairs})
    driver: dict[str, Any] = {"name": "workbench", "rules": [_rule(RULES[each]) for each in used]}
    if version:
        driver["version"] = version
    return {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(folder, finding, used, waived=waived) for folder, finding, waived in pairs],
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.reason},
        "help": {"text": rule.remedy},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "security-severity": _SCORES[rule.severity],
            "precision": _PRECISION[rule.confidence],
            "tags": _tags(rule),
        },
    }


_PRECISION: Final = {"high": "high", "medium": "medium", "low": "low"}


def _tags(rule: Rule) -> list[str]:
    return ["security", *([rule.label] if rule.label else [])]


def _location(path: str) -> dict[str, str]:
    """A path below where the reader stands is told from there; any other one from the root of the system."""
    uri = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    return {"uri": f"file://{uri}"} if path.startswith("/") else {"uri": uri, "uriBaseId": "%SRCROOT%"}


def _result(folder: str, finding: ScanFinding, used: Sequence[str], *, waived: bool) -> dict[str, Any]:
    path = "/".join(part for part in (folder.rstrip("/"), finding["file"]) if part)
    result: dict[str, Any] = {
        "ruleId": finding["rule"],
        "ruleIndex": used.index(finding["rule"]),
        "level": _LEVELS[finding["severity"]],
        "message": {"text": f"{finding['reason']} {finding['remedy']}".strip()},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _location(path),
                    "region": {"startLine": finding["line"], "snippet": {"text": finding["excerpt"]}},
                }
            }
        ],
        "properties": {"severity": finding["severity"], "confidence": finding["confidence"]},
    }
    if finding.get("mark"):
        result["partialFingerprints"] = {"workbench/v1": f"{finding['rule']}:{finding['mark']}"}
    if waived:
        reason = (finding.get("waiver") or {}).get("reason", "")
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return result
