"""The words of `workbench skills`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

from workbench.hosts import cli_skills_handout_words

Add = Callable[[str, str, str], argparse.ArgumentParser]

_WORDS: Final = {
    "list": "list skills, by name",
    "show": "one skill: what it says and what is wrong with it",
    "create": "make a skill",
    "lint": "say what is wrong with skills, by name, file, folder or tree",
    "budget": "what skills cost in tokens, and which descriptions reach the model",
    "scan": "what skills could do to you: every file read, by name, file, folder or tree",
    "waive": "let a finding of the scan stand, for a reason, until its file changes",
    "trust": "trust a skill exactly as it is, until a byte of it changes",
    "fix": "mend what can be mended; shows a diff first",
    "history": "the versions of a skill, the newest first",
    "diff": "how two versions differ; by default the newest and what lies on the disk",
    "restore": "make an older version the newest one",
    "rename": "give a skill another name: its folder and the name in SKILL.md",
    "delete": "move a skill to the trash",
}


def add(verb: Add) -> None:
    """Adds each verb; `verb` makes one of its name, its module and its help."""
    reviews, mending = "cli_skills_reviews", "cli_skills_mending"
    rooms = {"budget": reviews, "scan": reviews, "waive": reviews, "trust": reviews, "lint": mending, "fix": mending}
    made = {name: verb(name, rooms.get(name, "cli_skills"), words) for name, words in _WORDS.items()}
    for name, each in made.items():
        each.set_defaults(what=name)
        if name not in {"list", "lint", "fix", "budget", "scan"}:
            each.add_argument("name", metavar="NAME")
    _import(verb("import", "cli_skills_import", "look into a source, and bring skills in from it"))
    made["list"].add_argument("query", nargs="?", default="", help="words of the name, description or tags")
    made["list"].add_argument("--tag", action="append", default=[], metavar="TAG", help="with this tag")
    made["list"].add_argument("--source", action="append", default=[], metavar="SOURCE")
    made["list"].add_argument("--invalid", action="store_true", help="only those that break the specification")
    made["list"].add_argument("--deleted", action="store_true", help="what is in the trash")
    made["create"].add_argument("description", nargs="?", default="", metavar="DESCRIPTION")
    made["create"].add_argument("--tag", action="append", default=[], metavar="TAG")
    made["create"].add_argument("--from", dest="text", metavar="FILE", help="a SKILL.md to begin with; - is stdin")
    made["lint"].add_argument("paths", nargs="*", metavar="NAME|PATH", help="by default the whole library")
    made["budget"].add_argument("name", nargs="?", metavar="NAME", help="by default the whole library")
    made["budget"].add_argument("--window", type=int, metavar="TOKENS", help="the model's context window")
    made["scan"].add_argument("paths", nargs="*", metavar="NAME|PATH", help="by default the whole library")
    made["scan"].add_argument("--sarif", action="store_true", help="as SARIF 2.1.0, for code hosts and editors")
    made["scan"].add_argument(
        "--fail-on", choices=["review", "dangerous"], default="dangerous", help="the verdict from which it exits 1"
    )
    made["waive"].add_argument("rule", metavar="RULE", help="as the scan names it")
    made["waive"].add_argument("--file", metavar="PATH", help="in this file; by default in all that have it")
    made["waive"].add_argument("--reason", default="", metavar="TEXT", help="why it may stand")
    made["waive"].add_argument("--until", metavar="DATE", help="a date; by default until the file changes")
    made["waive"].add_argument("--withdraw", action="store_true", help="take it back")
    made["trust"].add_argument("--withdraw", action="store_true", help="trust it no longer")
    made["fix"].add_argument("paths", nargs="+", metavar="NAME|PATH")
    made["fix"].add_argument("--rule", metavar="RULE", help="only findings of this rule")
    made["fix"].add_argument("--yes", action="store_true", help="write what is shown")
    made["history"].add_argument("--limit", type=int, default=20, metavar="N")
    made["diff"].add_argument("old", nargs="?", metavar="OLD", help="a version or a tag")
    made["diff"].add_argument("new", nargs="?", metavar="NEW")
    made["restore"].add_argument("version", metavar="VERSION", help="a version or a tag")
    made["rename"].add_argument("new_name", metavar="NEW")
    made["rename"].add_argument("--stop", action="store_true", help="stop an agent that is at work on it first")
    made["restore"].add_argument("--preview", action="store_true", help="only say what it would do")
    cli_skills_handout_words.add(verb)


def _import(words: argparse.ArgumentParser) -> None:
    words.add_argument(
        "source", metavar="SOURCE", help="a folder, a .zip, .skill or .tar.gz, owner/repo[#ref], or an address"
    )
    words.add_argument("--plan", action="store_true", help="only say what it holds")
    words.add_argument("--all", action="store_true", help="bring in all that is ready, without a question")
    words.add_argument("--only", action="append", default=[], metavar="NAME", help="this one, by name or path")
    words.add_argument("--taken", choices=["replace", "keep-both"], help="what to do where a name is taken")
