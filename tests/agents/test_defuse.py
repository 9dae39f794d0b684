"""Markdown that does nothing: checked with two front ends' own parsers, for texts made by hand and by chance."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import mistune
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from workbench.agents.defuse import JOINER, blocks, clean, defuse_line, tail

ALLOWED = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)


def defused(text: str, limit: int = 20_000) -> str:
    return tail(reversed(list(blocks(text))), limit)


def renderings(markdown: str) -> Iterator[str]:
    """As JupyterLab's kind of parser, as nbconvert's, and as both with raw HTML on, which is their default there."""
    yield MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    yield str(mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "url", "footnotes"])(markdown))


class Page(HTMLParser):
    """Collects what a page would do."""

    KNOWN = frozenset(
        {"a", "p", "br", "hr", "em", "strong", "del", "code", "pre", "ul", "ol", "li", "blockquote", "section", "sup"}
        | {"h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "div"}
    )

    def __init__(self, html: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.links: list[str] = []
        self.code: list[str] = []
        self.text: list[str] = []
        self._depth = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in self.KNOWN:
            self.faults.append(f"<{tag}>")
        self._depth += tag == "code"
        for name, value in attributes:
            if tag == "a" and name == "href":
                self.links.append(value or "")
                if not ALLOWED.match(value or "") and not (value or "").startswith("#fn"):
                    self.faults.append(f"link to {value!r}")
            elif (tag, name) not in {
                ("code", "class"),
                ("a", "title"),
                ("ol", "start"),
                ("th", "style"),
                ("td", "style"),
            }:
                footnote = name in {"class", "id"} and re.match(r"fn|footnote", value or "")
                if not footnote:
                    self.faults.append(f"{tag} {name}={value!r}")

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "code"

    def handle_data(self, data: str) -> None:
        (self.code if self._depth else self.text).append(data)

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"<?{data}>")


def harmless(markdown: str) -> None:
    for html in renderings(markdown):
        page = Page(html)
        assert page.faults == [], (markdown, html)
        tex = re.search(r"\\[A-Za-z]", "".join(page.text))
        assert tex is None, (markdown, html)


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<SVG/onload=alert(1)>",
    "<svg><style><!--</style><img src=x onerror=alert(1)>-->",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action=https://evil><input name=attributes></form>",
    '<a id="jupyter-config-data" name="body">x</a>',
    "<style>*{background:url(https://evil)}</style>",
    "<!-- <b> -->",
    "<![CDATA[ <b> ]]>",
    "<?php ?>",
    "<!DOCTYPE html>",
    "<javascript:alert(1)>",
    "<https://evil.example>",
    "\\<script>alert(1)</script>",
    "\\\\<b>x</b>",
    "&lt;script&gt; &#60;script&#62; &#x3c;b&#x3e;",
    "![beacon](https://evil/x.png)",
    "![beacon][r]\n\n[r]: https://evil/x.png",
    "![r]\n\n[r]: https://evil/x.png",
    "!![a](x)[b](javascript:alert(1))",
    "![![a](https://x)](https://evil)",
    "[![a](https://x)](https://evil)",
    "![a](attachment:x.png)",
    "![a\nb](https://evil/x.png)",
    "![a](<https://evil/x y.png>)",
    "\\![a](https://evil/x.png)",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](\njavascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](&#106;avascript:alert(1))",
    "[x](java\\script:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](//evil.example)",
    "[x](file:///etc/passwd)",
    "[x](#main)",
    "[x]()",
    "[x]: javascript:alert(1)\n\n[x]",
    "[x]:\njavascript:alert(1)\n\n[x] [y][x]",
    "[x]:\n  <javascript:alert(1)>\n\n[x][]",
    "[a\n]: javascript:x\n\n[a]",
    "> [x]: javascript:alert(1)\n\n[x]",
    "- [x]: javascript:alert(1)\n\n[x]",
    "[^1]: <img src=x>\n\n[^1]",
    "`<script>alert(1)</script>`",
    "\\`<script>alert(1)</script>`",
    "``<b>` ``",
    "`a\n<b>x</b>`",
    "`[x](javascript:alert(1))",
    "\\`[x](javascript:alert(1))`",
    "\\`![x](https://evil)`",
    "```\n<script>\n```",
    "```html\n<script>\n",
    "````\n```\n<script>\n````\n<b>x</b>",
    "```\n~~~\n<b>x</b>\n```\n<b>y</b>",
    "~~~\n```\n<b>x</b>\n~~~\n<b>y</b>",
    "``` a`b\n<script>alert(1)</script>\n```",
    "- a\n  ```\n<script>alert(1)</script>\n  ```",
    "- a\n\n      ```\n<script>alert(1)</script>",
    "> ```\n<script>alert(1)</script>",
    "> ```\n> <b>\n> ```\n<b>x</b>",
    "1. ```js\n<script>x</script>\n   ```",
    "- - ```\n<b>x</b>\n```",
    "    ```\n<b>x</b>\n    ```\n<b>y</b>",
    "\t```\n<b>x</b>",
    "```\n\r<b>x</b>\r```\r<b>y</b>",
    "text\u2028```\n<b>x</b>",
    "```\u2028<b>x</b>\n```",
    "```x\x0b\n<b>x</b>",
    "    <script>alert(1)</script>",
    "<\x00script>alert(1)</script>",
    "<\u200bscript>",
    "<\ufeffscript>alert(1)</script>",
    "a\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07",
    "\x1b[31m<b>red\x1b[0m",
    "\u202egnp.sj<script>",
    "$\\href{javascript:alert(1)}{x}$",
    "\\(\\href{javascript:alert(1)}{x}\\)",
    "$$\\style{position:fixed}{x}$$",
    "\\begin{equation}\\require{html}\\href{javascript:alert(1)}{x}\\end{equation}",
    "$ `\\href{javascript:alert(1)}{x}` $",
    "| a |\n|---|\n| <b>x</b> |\n| [x](javascript:1) |",
    "www.evil.example <b>",
    "<b\nonclick=alert(1)>",
    '[x](https://ok.example "<b>title</b>")',
    "[x](https://ok.example '\"><img src=x onerror=alert(1)>')",
    "[<b>](https://ok.example)",
    "[x](https://ok.example/<b>)",
    "<<script>script>alert(1)</script>",
    "<<<b>>>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_does_nothing(text: str) -> None:
    harmless(defused(text))
    harmless(f"- **x** {defuse_line(text)}")
    harmless("\n".join(f"> {defuse_line(line)}" for line in clean(text).split("\n")))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_does_nothing_wherever_it_is_cut(text: str) -> None:
    said = f"Before.\n\n{text}\n\n```py\n<b>code</b>\n```\n{text}\n\nAfter <b>."
    for limit in range(0, 2 * len(said) + 40, 3):
        cut = defused(said, limit)
        assert len(cut) <= limit
        harmless(cut)


WORDS = [
    "`",
    "``",
    "```",
    "~~~",
    "a",
    "\\",
    "!",
    "[",
    "]",
    "(",
    ")",
    ":",
    "<",
    ">",
    "b",
    "/",
    "javascript:x",
    "https://x",
    "<b>",
    "</b>",
    "<script>",
    "![",
    "](",
    "]:",
    "&lt;",
    "$",
    "\\href",
    "|",
    "1.",
    "#",
    "---",
    "*",
    "\x1b",
    "onerror=y",
    '"',
    "'",
    "=",
    "?",
    "-->",
    "<!--",
]
SPACES = ["\n", "\n\n", "\n- ", "\n> ", "\n    ", "\t", " ", "\r", "\u2028", "]: ", "1. "]
PIECES = st.sampled_from(WORDS + SPACES)


@settings(max_examples=200)
@given(st.lists(PIECES, max_size=40).map("".join), st.integers(0, 200))
@example("[\\\n](javascript:x)", 100)
def test_text_made_by_chance_does_nothing(text: str, limit: int) -> None:
    harmless(defused(text))
    cut = defused(text, limit)
    assert len(cut) <= limit
    harmless(cut)
    harmless(f"*{defuse_line(text)}*")


# -- and it still looks like what was said ----------------------------------------------------------------------------


def test_ordinary_markdown_stays_as_it_is() -> None:
    text = "# Title\n\nSome *words*, **bold**, `code`, 5 > 3 and [a link](https://example.org/a?b=c).\n\n- one\n- two\n\n| a |\n|---|\n| b |"
    assert defused(text) == text


def test_code_blocks_keep_every_character() -> None:
    code = 'if a < b and c[i](x) or "![x](y)":\n    print("\\href", `x`)\n\n\treturn <b>'
    for html in renderings(defused(f"Look:\n```python\n{code}\n```\nDone.")):
        page = Page(html)
        assert "".join(page.code).rstrip("\n") == code
        assert 'class="language-python"' in html


def test_a_code_block_in_a_list_is_still_a_code_block() -> None:
    html = next(renderings(defused("1. Run:\n\n    ```bash\n    ls <dir>\n    ```\n\n2. Look.")))
    assert Page(html).code == ["ls <dir>\n"]


def test_code_spans_look_the_same() -> None:
    for html in renderings(defused("Use `List<String>` and `a[0](b)`.")):
        assert [code.replace(JOINER, "") for code in Page(html).code] == ["List<String>", "a[0](b)"]


def test_images_become_their_alt_text_and_html_is_shown() -> None:
    html = next(renderings(defused("See ![the chart](https://x/y.png) and <b>this</b>.")))
    assert "".join(Page(html).text).strip() == "See the chart and <b>this</b>."


def test_links_to_the_web_and_to_mail_work_and_others_are_shown() -> None:
    html = next(renderings(defused("[w](HTTPS://x.org) [m](mailto:a@b.c) [f](notes.md) [r]\n\n[r]: https://r.org")))
    page = Page(html)
    assert page.links == ["HTTPS://x.org", "mailto:a@b.c", "https://r.org"]
    assert "[f](notes.md)" in "".join(page.text)


def test_terminal_sequences_and_direction_marks_are_gone() -> None:
    assert clean("a\x1b[31mred\x1b[0m\u202eb\x07\x00c\r\nd\re") == "aredbc\nd\ne"


def test_the_last_part_is_kept_and_a_cut_block_has_its_fence() -> None:
    text = "Begin.\n```py\n" + "\n".join(f"line {n}" for n in range(100)) + "\n```\nThe end."
    cut = defused(text, 60)
    assert cut.startswith("```py\n")
    assert cut.endswith("line 99\n```\nThe end.")
    assert len(cut) <= 60


def test_a_line_that_is_too_long_is_cut_too() -> None:
    assert defused("x" * 1_000_000 + "end", 100).endswith("xend")
    assert len(defused("<" * 1_000_000, 20_000)) > 15_000


@pytest.mark.parametrize(
    "unit", ["`", "` ``", "![", "![a](", "[[", "](", "<b ", "\\", "> ", "```\n", "\x1b]", "~~~ x\n", " \t"]
)
def test_a_megabyte_of_anything_is_done_soon(unit: str) -> None:
    assert len(defused(unit * (1_000_000 // len(unit)))) <= 20_000
