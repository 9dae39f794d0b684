"""Files as they lie in the wild and as nobody should write them, each re-made from its description: bytes, what is read, what
is wrong, who loads it. `None` for a name or description says that none can be read; `clients` names those that load it.
"""

from __future__ import annotations

from dataclasses import dataclass

EVERYWHERE = frozenset(["claude-code", "codex", "copilot", "gemini", "api"])
CLAUDE = frozenset(["claude-code"])
NOT_API = EVERYWHERE - {"api"}
FOLDER = "charts"
BODY = "# Charts\n\nDraw the chart.\n"
DESCRIPTION = "Draws charts. Use when data has to be shown."


@dataclass(frozen=True)
class Odd:
    what: str
    data: bytes
    rules: frozenset[str] = frozenset()
    """Of the specification and of severity error."""
    clients: frozenset[str] = EVERYWHERE
    name: str | None = FOLDER
    description: str | None = DESCRIPTION
    folder: str = FOLDER


def skill(front: str = "", *, name: str = FOLDER, description: str = DESCRIPTION, body: str = BODY) -> str:
    return f"---\nname: {name}\ndescription: {description}\n{front}---\n{body}"


def odd(what: str, text: str | bytes, *rules: str, **more: object) -> Odd:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    return Odd(what, data, frozenset(rules), **more)  # type: ignore[arg-type]


PLAIN = skill()
UNKNOWN = "unknown-field"
GONE = {"name": None, "description": None}
NOBODY: frozenset[str] = frozenset()

SEEN = [
    odd("a byte order mark", "\ufeff" + PLAIN, clients=frozenset(["claude-code", "copilot", "api"])),
    odd("CRLF throughout", PLAIN.replace("\n", "\r\n")),
    odd("CRLF and LF mixed", PLAIN.replace("\n", "\r\n", 2)),
    odd("a blank first line", "\n" + PLAIN, "frontmatter-late", clients=CLAUDE),
    odd("a comment first", "<!-- licence -->\n" + PLAIN, "frontmatter-comment", clients=CLAUDE),
    odd("all in a code fence", f"```markdown\n{PLAIN}```\n", "frontmatter-fenced", clients=CLAUDE),
    odd("no front matter", "# Charts\n\nDraws.\n", "no-frontmatter", clients=CLAUDE, **GONE),
    odd(
        "front matter that is not closed",
        f"---\nname: charts\ndescription: {DESCRIPTION}\n\n# Charts\n",
        "unclosed",
        clients=CLAUDE,
    ),
    odd(
        "an unquoted colon",
        skill(description="Use when: asked"),
        "yaml-value",
        clients=frozenset(["claude-code", "copilot", "gemini"]),
        description="Use when: asked",
    ),
    odd(
        "an argument hint that is no YAML",
        skill("argument-hint: [a] [b]\n"),
        "yaml-value",
        UNKNOWN,
        clients=frozenset(["claude-code", "copilot", "gemini"]),
    ),
    odd(
        "marks of a merge conflict",
        skill("<<<<<<< HEAD\nversion: 1\n=======\nversion: 2\n>>>>>>> x\n"),
        "yaml",
        "merge-conflict",
        "duplicate-key",
        UNKNOWN,
        clients=frozenset(["claude-code", "copilot", "gemini"]),
    ),
    odd(
        "broken JSON as metadata",
        skill('metadata: {"a": {"b": 1}\n'),
        "yaml-value",
        clients=frozenset(["claude-code", "copilot", "gemini"]),
    ),
    odd(
        "Markdown's escapes and blank lines",
        skill("\nauthor: a\\_b\n\n").replace("\n", "\r\n"),
        UNKNOWN,
        clients=NOT_API,
    ),
    odd(
        "a heading and a table in the front matter",
        skill("## name: molthunt\n| a | b |\n|---|---|\n"),
        "yaml",
        "yaml-value",
        clients=frozenset(["claude-code", "copilot", "gemini"]),
    ),
    odd(
        "a slug for a name",
        f"---\nslug: charts\ndescription: {DESCRIPTION}\n---\n{BODY}",
        "name-missing",
        UNKNOWN,
        clients=CLAUDE,
        name=None,
    ),
    odd(
        "a title for a name",
        f"---\ntitle: Charts\ndescription: {DESCRIPTION}\n---\n{BODY}",
        "name-missing",
        UNKNOWN,
        clients=CLAUDE,
        name=None,
    ),
    odd(
        "a summary for a description",
        f"---\nname: charts\nsummary: {DESCRIPTION}\n---\n{BODY}",
        "description-missing",
        UNKNOWN,
        clients=CLAUDE,
        description=None,
    ),
    odd(
        "a description that begins with a comma",
        skill(description=", and more of it"),
        "yaml-value",
        clients=frozenset(["claude-code", "copilot", "gemini"]),
        description=", and more of it",
    ),
    odd(
        "quotes within quotes",
        skill(description='"Draws "nice" charts"'),
        "yaml-value",
        clients=frozenset(["claude-code", "copilot", "gemini"]),
        description='"Draws "nice" charts"',
    ),
    odd("metadata that is a JSON string", skill("metadata: '{\"a\": 1}'\n"), clients=EVERYWHERE - {"codex"}),
    odd("flow lists and maps", skill('metadata: {"a": [x, y]}\nallowed-tools: [Read, Grep]\n')),
    odd(
        "a name with spaces and capitals",
        skill(name="Chart Maker"),
        "name-case",
        "name-characters",
        "name-folder",
        clients=frozenset(["claude-code", "codex", "gemini"]),
        name="Chart Maker",
    ),
    odd(
        "a slash in the name",
        skill(name="a/charts"),
        "name-characters",
        "name-folder",
        clients=frozenset(["claude-code", "codex", "gemini"]),
        name="a/charts",
    ),
    odd("a hyphen before folder and name", skill(name="-charts"), "name-edge-hyphen", name="-charts", folder="-charts"),
    odd(
        "an underscore",
        skill(name="my_charts"),
        "name-characters",
        clients=NOT_API,
        name="my_charts",
        folder="my_charts",
    ),
    odd("a dot", skill(name="charts.v2"), "name-characters", clients=NOT_API, name="charts.v2", folder="charts.v2"),
    odd(
        "a long description",
        skill(description="Use it. " + "x" * 1020),
        "description-too-long",
        clients=frozenset(["claude-code", "copilot", "gemini"]),
        description="Use it. " + "x" * 1020,
    ),
    odd("a link that was checked out as text", "../shared/SKILL.md", "no-frontmatter", clients=CLAUDE, **GONE),
    odd("a version that looks like a number", skill("version: 1.0\n"), UNKNOWN, clients=NOT_API),
    odd("no body", f"---\nname: charts\ndescription: {DESCRIPTION}\n---\n"),
    odd(
        "a block description",
        skill(description="|\n  Draws charts.\n  Use it when asked.").replace("asked.\n", "asked.\n", 1),
        description="Draws charts.\nUse it when asked.\n",
    ),
    odd(
        "a folded description",
        skill(description=">-\n  Draws charts.\n  Use it when asked."),
        description="Draws charts. Use it when asked.",
    ),
    odd(
        "a plain description over lines",
        skill(description="Draws charts.\n  Use it when asked."),
        description="Draws charts. Use it when asked.",
    ),
    odd("tools with commas", skill("allowed-tools: Read, Grep, Bash(git:*)\n")),
    odd(
        "keys of Claude Code",
        skill("argument-hint: file\nuser-invocable: false\nmodel: opus\n"),
        UNKNOWN,
        clients=NOT_API,
    ),
    odd("a name of another script", skill(name="図表"), name="図表", folder="図表", clients=NOT_API),
    odd("emoji with joiners in the body", skill(body="👩‍💻 🏴󠁧󠁢󠁥󠁮󠁧󠁿 flags\n")),
    odd("a key in quotes", skill('"license": MIT\n')),
    odd("a comment among the keys", skill("# licence\nlicense: MIT # or so\n")),
    odd("a list at column 0", skill("tags:\n- a\n- b\n"), UNKNOWN, clients=NOT_API),
]

MADE = [
    odd("UTF-16, little end first", PLAIN.encode("utf-16"), "encoding", clients=NOBODY, **GONE),
    odd("UTF-16, big end first", b"\xfe\xff" + PLAIN.encode("utf-16-be"), "encoding", clients=NOBODY, **GONE),
    odd("bytes that are no UTF-8", PLAIN.encode() + b"caf\xe9\n", "encoding", clients=EVERYWHERE - {"codex", "api"}),
    odd("a key that stands twice", skill("name: charts\n"), "duplicate-key", clients=EVERYWHERE - {"codex", "api"}),
    odd("a tab before a value", skill("license:\tMIT\n")),
    odd("a tab that indents", skill("metadata:\n\ta: b\n"), "yaml-value", clients=frozenset(["claude-code", "copilot", "gemini"])),
    odd("a NUL in the front matter", skill("license: M\0T\n"), "yaml-value", clients=frozenset(["claude-code", "copilot", "gemini"])),
    odd("a NUL in the body", skill(body="a\0b\n")),
    odd("an alias", skill("base: &b x\nlicense: *b\n"), "yaml-alias", "yaml-value", UNKNOWN, clients=NOT_API),
    odd("a bomb of aliases", skill("a: &a [x, x]\n" + "".join(f"k{i}: &k{i} [*a, *a]\n" for i in range(50))), "yaml-alias", "yaml-value", UNKNOWN,
        clients=NOT_API),
    odd("an object's tag", skill('license: !!python/object/apply:os.system ["x"]\n')),
    odd("a deep nest", skill("metadata: " + "[" * 50 + "]" * 50 + "\n"), "yaml-depth", "yaml-value", clients=frozenset(["claude-code", "copilot", "gemini"])),
    odd("60,000 brackets", "---\nname: charts\na: " + "[" * 60_000 + "\n---\n", "yaml-depth", "yaml-value", UNKNOWN, "description-missing",
        clients=CLAUDE, description=None),
    odd("30,000 dashes", "---\nname: charts\na:\n" + "- " * 30_000 + "\n---\n", "yaml-depth", "yaml-value", UNKNOWN, "description-missing",
        clients=CLAUDE, description=None),
    odd("5,000 braces", skill("a: " + "{" * 5_000 + "\n"), "not-a-mapping", "yaml-value", UNKNOWN, clients=frozenset(["claude-code", "copilot", "gemini"])),
    odd("a list for a front matter", f"---\n- name: charts\n---\n{BODY}", "not-a-mapping", "name-missing", "description-missing", clients=CLAUDE, **GONE),
    odd("a sentence for a front matter", f"---\njust words\n---\n{BODY}", "not-a-mapping", "yaml-value", "name-missing", "description-missing",
        clients=CLAUDE, **GONE),
    odd("an empty front matter", f"---\n---\n{BODY}", "name-missing", "description-missing", clients=CLAUDE, **GONE),
    odd("an empty file", "", "no-frontmatter", clients=NOBODY, **GONE),
    odd("one line feed", "\n", "no-frontmatter", clients=NOBODY, **GONE),
    odd("three hyphens", "---", "unclosed", "name-missing", "description-missing", clients=CLAUDE, **GONE),
    odd("a name that is no", skill(name="no"), name="no", folder="no"),
    odd("a name that is a number", skill(name="123"), name="123", folder="123", clients=EVERYWHERE - {"codex"}),
    odd("a name of 200 letters", skill(name="x" * 200), "name-too-long", name="x" * 200, folder="x" * 200,
        clients=frozenset(["claude-code", "gemini"])),
    odd("a name that climbs", skill(name="../up"), "name-characters", "name-folder", clients=frozenset(["claude-code", "codex", "gemini"]), name="../up"),
    odd("a name that is a device", skill(name="CON"), "name-case", "name-folder", clients=frozenset(["claude-code", "codex", "gemini"]), name="CON"),
    odd("a reserved name", skill(name="claude-charts"), name="claude-charts", folder="claude-charts", clients=NOT_API),
    odd("a name unlike the folder", skill(name="plots"), "name-folder", clients=EVERYWHERE - {"copilot"}, name="plots"),
    odd("an empty description", skill(description=""), "description-empty", clients=CLAUDE, description=""),
    odd("a description of 20 kB", skill(description="x" * 20_000), "description-too-long", clients=frozenset(["claude-code", "copilot", "gemini"]),
        description="x" * 20_000),
    odd("a description with markup", skill(description="Use <b>now</b>"), clients=NOT_API, description="Use <b>now</b>"),
    odd("hidden tags", skill(body="Hi" + "".join(chr(0xE0000 + ord(c)) for c in "run it") + "\n")),
    odd("every tool", skill('allowed-tools: "*"\n')),
    odd("lone carriage returns", PLAIN.replace("\n", "\r"), clients=frozenset(["claude-code", "copilot", "api"])),
    odd("dots for the closing line", PLAIN.replace("---\n#", "...\n#"), clients=EVERYWHERE - {"codex", "gemini"}),
    odd("a comment behind the opening line", PLAIN.replace("---\n", "--- # skill\n", 1), clients=EVERYWHERE - {"codex", "gemini"}),
    odd("spaces behind the opening line", PLAIN.replace("---\n", "---  \n", 1), clients=EVERYWHERE - {"gemini"}),
    odd("a line separator in a value", skill(description="Use\u2028it when asked"), description="Use\u2028it when asked"),
    odd("a front matter of 70 kB", skill("".join(f"k{i}: v\n" for i in range(9_000))), "unclosed", "yaml-too-large", "name-missing", "description-missing", clients=CLAUDE,
        **GONE),
    odd("front matter in front matter", skill(body=PLAIN)),
    odd("a rule in a value", skill(description="Use --- for rules"), description="Use --- for rules"),
]  # fmt: skip

ALL = [*SEEN, *MADE]
