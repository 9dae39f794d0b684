"""Strategies that make SKILL.md files as people and other programs write them, and as nobody should."""

from __future__ import annotations

from hypothesis import strategies as st

KEYS = ["name", "description", "license", "metadata", "tags", "allowed-tools", "x-y", "'q k'", '"dq k"']
WRITTEN = [
    "word", "a: b", "'single'", '"double \\n x"', "|\n  one\n  two\n", "|-\n  one\n\n", "> # why\n  folded text\n  more\n\n",
    "[a, b]", "{a: 1, b: two}", "\n  - a\n  - b", "\n- a\n- b", '\n  k: v # c\n  k2: "w"', "", "yes", "1.10",
    "plain # comment", "several\n  lines", "'several\n\n  lines'", '["j", "k"]', '{"version": "1.0"}', "日本 語", "a\x85b",
    "a\u2028b", "*alias", "&anchor x", "!tag y", "[a] [b]", "\ttab", "- x", "{", "---x", "# only",
]  # fmt: skip
JUNK = ["# comment", "", "  ", "a line of its own", "<<<<<<< HEAD", "=======", "## name: x", "| a | b |"]
VALUES = [
    "", "x", " lead", "trail ", "a: b", "a #b", "- x", "yes", "1.0", "l1\nl2", "l1\nl2\n", "\n\nx\n\n", "q'q\"q", "tab\there",
    "\x85", "\u2028x", "é", "a\\b", "#c", "x" * 300, "word " * 60, "---", "...", "|", "{a}", "[x", "@", "%", "~", "null",
    "2020-01-01", "0x1f", "=", "<<", "a,b", "\ufeffb", True, 3, 1.5, None, ["a", "b: c"], [], {}, {"k": "v"}, {"k": ["x"]},
]  # fmt: skip

keys = st.sampled_from(
    [key.strip("'\"") for key in KEYS] + ["new", ("metadata", "version"), ("metadata", "k"), ("new", "a", "b")]
)
values = st.sampled_from(VALUES) | st.text(max_size=40) | st.lists(st.text(max_size=8), max_size=3)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A file that is nearly a skill."""
    lines = draw(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(WRITTEN)).map(": ".join), max_size=5))
    for junk in draw(st.lists(st.sampled_from(JUNK), max_size=2)):
        lines.insert(draw(st.integers(0, len(lines))), junk)
    before = draw(st.sampled_from(["", "", "", "\ufeff", "\n", "<!-- c -->\n", "```yaml\n", "# Title\n"]))
    opening = draw(st.sampled_from(["---", "---", "---", "--- # c", "--"]))
    closing = draw(st.sampled_from(["---\n", "---\n", "...\n", "---", ""]))
    body = draw(st.sampled_from(["# Body\n", "", "body: x\n---\n"]))
    text = before + opening + "\n" + "\n".join(lines) + "\n" + closing + body
    return text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n", "\r"])))


@st.composite
def sheets(draw: st.DrawFn) -> bytes:
    """Bytes: a file that is nearly a skill, or anything."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=400))
    data = draw(texts()).encode("utf-8", "surrogateescape")
    at = draw(st.integers(0, len(data)))
    return data[:at] + draw(st.sampled_from([b"", b"", b"", b"\xff", b"\x00", b"\xe2\x80"])) + data[at:]
