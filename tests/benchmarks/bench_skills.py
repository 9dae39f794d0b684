"""Reading, judging and editing SKILL.md files (`workbench.skills`) beside PyYAML's C loader and the reference validator.

The corpus is made in the proportions counted in public repositories: plain, block and quoted descriptions, flow and block
maps, keys that the specification does not know, one broken value in a hundred. The reference validator reads folders, so it
is asked for what it does in memory: parse and validate.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import yaml
from bench_library import library
from row import ROUNDS, Goal, Row, interleaved, timed
from skills_ref.errors import SkillError
from skills_ref.parser import parse_frontmatter
from skills_ref.validator import validate_metadata

from workbench.skills import parse
from workbench.skills.scan import scan

SKILLS = 1_000
MANY = 10_000
FEW = 100
LARGE = 10_000_000
SCANNED = 1_000_000
WORDS = [
    "draw",
    "read",
    "write",
    "chart",
    "table",
    "query",
    "report",
    "when",
    "asked",
    "use",
    "file",
    "data",
    "user",
    "test",
    "plan",
    "the",
    "a",
    "of",
    "to",
    "and",
    "for",
    "with",
]


def rows(*, rounds: int = ROUNDS, scale: float = 1.0) -> Iterator[Row]:
    skills = corpus(max(FEW, int(SKILLS * scale)))
    seconds = interleaved(rounds, partial(each, skills, ours), partial(each, skills, pyyaml))
    mine, theirs = ([1e3 * sum(times) / len(times) for times in side] for side in seconds)
    yield Row("skills, parse, mean", "ms", mine, "PyYAML C load", theirs, (Goal("value", "at most", 0.2),))
    mine, theirs = ([1e3 * sorted(times)[int(0.99 * len(times))] for times in side] for side in seconds)
    yield Row("skills, parse, p99", "ms", mine, "PyYAML C load", theirs, (Goal("value", "at most", 1),))

    reference = skills[: max(1, len(skills) // 10)]  # it takes a millisecond each
    seconds = interleaved(rounds, partial(each, skills, lint), partial(each, reference, skills_ref))
    mine, theirs = ([1e3 * sum(times) / len(times) for times in side] for side in seconds)
    yield Row("skills, all diagnostics, mean", "ms", mine, "skills-ref verdict", theirs, (Goal("ratio", "at most", 1),))
    thousand = [SKILLS * value / 1e3 for value in mine]
    yield Row("skills, lint 1,000", "s", thousand, goals=(Goal("value", "at most", 2),))

    many = corpus(max(2 * FEW, int(MANY * scale)))
    seconds = interleaved(rounds, partial(each, many, lint), partial(each, many[:FEW], lint))
    mine, theirs = ([1e6 * sum(times) / len(times) for times in side] for side in seconds)
    yield Row("skills, lint, one of 10,000", "us", mine, "one of 100", theirs, (Goal("ratio", "at most", 1.3),))

    yield from _libraries(rounds, scale)
    yield from _edits(skills, rounds)
    yield from _large(rounds, scale)


def _libraries(rounds: int, scale: float) -> Iterator[Row]:
    """The same as a page asks for it: of all that lies in a library, by the command."""
    sizes = (max(2 * FEW, int(SKILLS * scale)), FEW)
    with tempfile.TemporaryDirectory() as place, ExitStack() as opened:
        benches = [opened.enter_context(library(Path(place) / str(at), size)) for at, size in enumerate(sizes)]
        works = [partial(timed, partial(bench.call, "skills.lint")) for bench in benches]
        many, few = interleaved(rounds, *works)
    goal = Goal("value", "at most", 2)
    yield Row(f"skills, lint a library of {sizes[0]:,}", "s", many, goals=(goal,))
    mine, theirs = ([1e6 * taken / size for taken in side] for side, size in zip((many, few), sizes, strict=True))
    yield Row(
        "skills, lint a library, one of 1,000", "us", mine, "one of 100", theirs, (Goal("ratio", "at most", 1.3),)
    )


def _edits(skills: list[bytes], rounds: int) -> Iterator[Row]:
    [mine] = interleaved(rounds, partial(each, skills, edit))
    yield Row(
        "skills, set one key, mean",
        "ms",
        [1e3 * sum(times) / len(times) for times in mine],
        goals=(Goal("value", "at most", 0.5),),
    )


def _large(rounds: int, scale: float) -> Iterator[Row]:
    for what, head in (("closed", b"---\nname: x\ndescription: y\n---\n"), ("unclosed", b"---\nname: x\n")):
        data = head + b"A line of the body.\n" * max(1, int(LARGE * scale) // 20)
        seconds = interleaved(rounds, partial(timed, partial(parse, data)), partial(timed, partial(twice, data)))
        mine, theirs = ([1e3 * taken for taken in side] for side in seconds)
        yield Row(
            f"skills, parse 10 MB, {what}", "ms", mine, "decode + encode", theirs, (Goal("value", "at most", 50),)
        )
    with tempfile.TemporaryDirectory() as place:
        size = max(2_000, int(SCANNED * scale))
        folder = Path(place)
        (folder / "SKILL.md").write_bytes(corpus(1)[0])
        (folder / "notes.md").write_text(sentences(random.Random(1), size // 5)[:size])
        [mine] = interleaved(rounds, partial(timed, partial(scan, folder)))
    yield Row("skills, scan a folder", "MB/s", [size / 1e6 / taken for taken in mine])


# -- what is measured


def each(skills: list[bytes], work: Callable[[bytes], object]) -> list[float]:
    """How many seconds each took."""
    times: list[float] = []
    for data in skills:
        begin = time.perf_counter()
        work(data)
        times.append(time.perf_counter() - begin)
    return times


def ours(data: bytes) -> object:
    return parse(data, folder="skill")


def lint(data: bytes) -> object:
    return parse(data, folder="skill").diagnostics


def edit(data: bytes) -> object:
    return parse(data, folder="skill").set("license", "Apache-2.0")


def pyyaml(data: bytes) -> object:
    """The least that a reader built on it does; it gives no places and loses the text of `1.10` and `no`."""
    front = data.decode().split("---", 2)[1]
    try:
        return yaml.load(front, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return None


def skills_ref(data: bytes) -> object:
    try:
        metadata, _ = parse_frontmatter(data.decode())
    except SkillError:
        return None
    return validate_metadata(metadata)


def twice(data: bytes) -> bytes:
    return data.decode("utf-8", "surrogateescape").encode("utf-8", "surrogateescape")


# -- the corpus


def corpus(count: int) -> list[bytes]:
    chance = random.Random(4)
    return [skill(chance, number).encode() for number in range(count)]


def skill(chance: random.Random, number: int) -> str:
    said = sentences(chance, chance.randint(8, 60))
    written = chance.choices(
        [said, f'"{said}"', f"|\n  {said}\n  {said}", f">-\n  {said}\n  {said}", f"'{said}'", f"Use when: {said}"],
        [49, 14, 30, 3, 3, 1],
    )[0]
    lines = [f"name: skill-{number}", f"description: {written}"]
    for weight, line in (
        (0.35, "version: 1.0.0"), (0.32, "license: MIT"), (0.32, "allowed-tools: Read, Grep, Bash(git:*)"), (0.3, "author: someone"),
        (0.15, 'metadata:\n  author: someone\n  version: "1.0"'), (0.08, 'metadata: {"a": {"b": [1, 2]}}'), (0.03, "tags: [one, two]"),
        (0.02, "tags:\n  - one\n  - two"), (0.01, "argument-hint: [a] [b]"), (0.02, "user-invocable: true"),
    ):  # fmt: skip
        if chance.random() < weight:
            lines.append(line)
    body = "\n\n".join(f"## Part {part}\n\n{sentences(chance, 60)}" for part in range(chance.randint(1, 30)))
    return "---\n" + "\n".join(lines) + f"\n---\n# Skill\n\n{body}\n\nSee [more](references/more.md).\n"


def sentences(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, k=words)) + "."
