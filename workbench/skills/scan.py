"""What a skill could do to the person who uses it: every file read to its end, evidence shown, the verdict advice.

Idea: the scan is a report, not a gate. Each finding says what was seen where, why it matters and what to do; a finding that
is wrong can be waived (`waivers`), with a reason, for exactly these bytes. Invariant: nothing of the skill is run, imported,
followed or changed, and no part of a file is passed over.
"""

from __future__ import annotations

import posixpath
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from workbench.clock import iso
from workbench.skills.review.reading import MARK, read
from workbench.skills.review.rules import (
    addresses,
    capability,
    commands,
    encoded,
    files,
    frontmatter,
    hidden,
    instructions,
    javascript,
    places,
    python_code,
    secrets,
)
from workbench.skills.review.rules.rule import SEVERITIES, Rule, escaped
from workbench.skills.review.waivers import Waiver, known_waiver, standing
from workbench.skills.tree.digest import Line, link_line, of_lines
from workbench.skills.tree.links import leads_out
from workbench.skills.tree.walk import Found, walk

ScanFinding = dict[str, Any]
"""`{rule, severity, confidence, file, line, excerpt, reason, remedy, label, digest, mark, waiver}`; `digest` is the file's, `mark`
tells the evidence from any other that looks the same in the excerpt, `waiver` is the one under which it stands, or stood.
"""

RULES: Final[dict[str, Rule]] = {
    rule.id: rule
    for room in (
        hidden,
        instructions,
        places,
        commands,
        addresses,
        javascript,
        secrets,
        encoded,
        frontmatter,
        python_code,
        files,
    )
    for rule in room.RULES
}
_EVIDENCE: Final = 3
_READ: Final = 1024 * 1024
_VERDICTS: Final = {
    "clean": "Nothing was found that needs a look. That is no proof that the skill is harmless.",
    "review": "Look at the findings before you trust the skill.",
    "dangerous": "The skill does what malicious skills do. Read it before anything of it runs.",
}


@dataclass(frozen=True)
class Report:
    """What one scan found. `digest` is the skill's, to which trust is bound; None if a file could not be read."""

    digest: str | None
    findings: list[ScanFinding]
    waived: list[ScanFinding]
    capabilities: dict[str, list[str]]
    """network, secrets, exec, writes_outside: the first places that show it; an empty list where none does."""
    files: int
    bytes: int

    @property
    def verdict(self) -> str:
        """clean, review or dangerous: advice."""
        sure = [each["severity"] for each in self.findings if each["confidence"] != "low"]
        if "critical" in sure:
            return "dangerous"
        return "review" if {"critical", "high", "medium"} & {each["severity"] for each in self.findings} else "clean"

    def to_dict(self) -> dict[str, Any]:
        return {
            "digest": self.digest,
            "verdict": self.verdict,
            "advice": _VERDICTS[self.verdict],
            "findings": self.findings,
            "waived": self.waived,
            "capabilities": self.capabilities,
            "files": self.files,
            "bytes": self.bytes,
        }


@dataclass
class _Gathered:
    findings: list[ScanFinding] = field(default_factory=list)
    capabilities: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in capability.NAMES})
    lines: list[Line] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    main: str = ""
    """The SKILL.md, lower case; a file that it names is one that it leads to."""
    whole: bool = True
    size: int = 0


def scan(
    folder: Path,
    *,
    waivers: Sequence[Waiver] = (),
    now: int | None = None,
    others: Collection[str] = (),
    without: Collection[str] = (),
) -> Report:
    """Scans a skill's folder. `now` (milliseconds) ends waivers that have expired; without it none has. `others` are the
    names of the skills that it could be mistaken for; what has a name of `without` in the folder is no part of it.
    """
    gathered = _Gathered(main=_main(folder))
    gathered.findings += _mistaken(gathered.main, others)
    for found in walk(folder, without):
        gathered.paths.append(found.path)
        if found.kind == "file":
            _file(gathered, found)
        else:
            _other(gathered, found)
    _twins(gathered)
    findings = sorted(gathered.findings, key=_weight)
    for each in findings:
        each["waiver"] = _told(known_waiver(each, waivers, now))
    stands = [standing(each, waivers, now) is not None for each in findings]
    return Report(
        of_lines(gathered.lines) if gathered.whole else None,
        [each for each, waived in zip(findings, stands, strict=True) if not waived],
        [each for each, waived in zip(findings, stands, strict=True) if waived],
        gathered.capabilities,
        len(gathered.paths),
        gathered.size,
    )


def new_findings(old: Iterable[ScanFinding], new: Iterable[ScanFinding]) -> list[ScanFinding]:
    """Those of an update that were not there before, wherever their lines have moved to."""
    before = Counter(map(_same, old))
    fresh: list[ScanFinding] = []
    for finding in new:
        if before[_same(finding)] > 0:
            before[_same(finding)] -= 1
        else:
            fresh.append(finding)
    return fresh


def _same(finding: ScanFinding) -> tuple[str, str, str, str]:
    return finding["rule"], finding["file"], finding["excerpt"], finding.get("mark", "")


def _told(waiver: Waiver | None) -> dict[str, Any] | None:
    if waiver is None:
        return None
    expires = iso(waiver.expires) if waiver.expires is not None else None
    return {"reason": waiver.reason, "created_at": iso(waiver.created), "expires_at": expires}


def _main(folder: Path) -> str:
    """The SKILL.md as far as it can lead anywhere: in lower case, empty if it cannot be read."""
    for found in walk(folder):
        if found.kind == "file" and found.path.lower() == "skill.md":
            try:
                with found.open() as file:
                    return file.read(_READ).decode("utf-8", "replace").lower()
            except OSError:
                return ""
    return ""


def _mistaken(main: str, others: Collection[str]) -> Iterable[ScanFinding]:
    name = frontmatter.name_in(main)
    twin = next((each for each in others if name and frontmatter.looks_like(name, each)), None)
    if twin is not None:
        finding = _plain(frontmatter.IMITATES_SKILL, "SKILL.md")
        finding |= {"excerpt": escaped(name), "reason": f"{finding['reason']} It is nearly {escaped(twin)!r}."}
        yield finding


def _file(gathered: _Gathered, found: Found) -> None:
    try:
        with found.open() as file:
            result = read(found, file, followed=found.path.lower() in gathered.main)
    except OSError:
        gathered.findings.append(_plain(files.UNREADABLE, found.path))
        gathered.whole = False
        return
    gathered.size += result.size
    gathered.lines.append(Line("x" if found.executable else "-", found.path, result.size, result.sha256))
    if posixpath.basename(found.path).lower() == ".git":
        gathered.findings.append(_plain(files.REPOSITORY, found.path, result.sha256))
    gathered.findings += ({**each, "digest": f"sha256:{result.sha256}"} for each in result.sightings)
    for name, line in result.abilities.items():
        if len(gathered.capabilities[name]) < _EVIDENCE:
            gathered.capabilities[name].append(f"{escaped(found.path)}:{line}")


def _other(gathered: _Gathered, found: Found) -> None:
    """What is no plain file: named, never opened."""
    rule = {
        "link": files.ESCAPES if leads_out(found.path, found.target) else files.LINK,
        "folder-skipped": files.REPOSITORY,
        "folder-deep": files.DEEP,
        "other": files.DEVICE,
    }.get(found.kind, files.UNREADABLE)
    sha256 = ""
    if found.kind == "link":
        gathered.lines.append(link_line(found))
        sha256 = gathered.lines[-1].sha256
    elif found.kind in ("unreadable", "folder-deep"):
        gathered.whole = False
    finding = _plain(rule, found.path, sha256)
    if found.target:
        finding["excerpt"] = f"{escaped(found.path)} -> {escaped(found.target)}"
    gathered.findings.append(finding)
    for hit in files.of_name(found.path):
        gathered.findings.append(_plain(hit.rule, found.path, sha256))


def _twins(gathered: _Gathered) -> None:
    names = Counter(_folded(path) for path in gathered.paths)
    for path in gathered.paths:
        if names[_folded(path)] > 1:
            gathered.findings.append(_plain(files.TWIN, path))


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _plain(rule: Rule, path: str, sha256: str = "") -> ScanFinding:
    return {
        "rule": rule.id,
        "severity": rule.severity,
        "confidence": rule.confidence,
        "file": path,
        "line": 1,
        "excerpt": escaped(path),
        "reason": rule.reason,
        "remedy": rule.remedy,
        "label": rule.label,
        "digest": f"sha256:{sha256}" if sha256 else "",
        "mark": sha256[:MARK],
    }


def _weight(finding: ScanFinding) -> tuple[int, str, int]:
    return SEVERITIES.index(finding["severity"]), finding["file"], finding["line"]
