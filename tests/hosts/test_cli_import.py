"""`workbench skills import` as a person and a program use it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from shell import reply, workbench

from workbench.paths import Home


@pytest.fixture
def library(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose skills lie in a folder of this test; that folder."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    done = workbench(home.root, "settings", "set", f"skills_path={tmp_path / 'skills'}")
    assert done.returncode == 0, done.stderr
    return tmp_path / "skills"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "source"
    for path, front in {
        "skills/alpha": "name: alpha\ndescription: Does alpha.",
        "skills/beta": "name: beta\ndescription: Use it: always.",
        "skills/gamma": "description: It has no name.",
        "old/alpha": "name: alpha\ndescription: An older one.",
    }.items():
        (root / path).mkdir(parents=True)
        (root / path / "SKILL.md").write_text(f"---\n{front}\n---\nDo it.\n")
    return root


def there(library: Path) -> list[str]:
    return sorted(path.name for path in library.glob("[!.]*"))


def test_a_plan_says_what_there_is_and_brings_nothing_in(home: Home, library: Path, source: Path) -> None:
    shown = workbench(home.root, "skills", "import", str(source), "--plan")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "skills/gamma/SKILL.md: It does not say its name." in shown.stdout
    assert (
        "by its tree: 3 offered, 1 set aside. Of all, 1 ready, 1 to repair, 2 to ask about, 0 refused." in shown.stdout
    )
    assert [line.split()[1] for line in shown.stdout.splitlines() if line.startswith("*")] == ["alpha", "beta"]
    assert reply(home.root, "skills", "import", str(source), "--plan", "--json")["sums"]["rows"] == 4
    assert there(library) == []


def test_where_nobody_can_be_asked_many_wait_for_a_word(home: Home, library: Path, source: Path) -> None:
    done = workbench(home.root, "skills", "import", str(source))
    assert done.returncode == 1
    assert "--all" in done.stderr
    assert there(library) == []


def test_all_that_is_ready_comes_in_once(home: Home, library: Path, source: Path) -> None:
    done = workbench(home.root, "skills", "import", str(source), "--all")
    assert (done.returncode, done.stdout) == (0, "imported  alpha\nimported  beta\n")
    assert done.stderr.startswith("1 skill that is offered was left out")
    again = workbench(home.root, "skills", "import", str(source), "--all")
    assert (again.returncode, again.stdout) == (0, "")
    assert "Nothing new" in again.stderr
    assert there(library) == ["alpha", "beta"]


def test_one_without_a_name_comes_in_under_the_one_that_it_is_called_by(
    home: Home, library: Path, source: Path
) -> None:
    done = reply(home.root, "skills", "import", str(source), "--only", "gamma", "--json")
    assert [(row["status"], row["name"]) for row in done["rows"]] == [("imported", "gamma")]
    assert "name: gamma\n" in (library / "gamma" / "SKILL.md").read_text()


def test_a_name_that_is_taken_needs_an_answer(home: Home, library: Path, source: Path) -> None:
    assert workbench(home.root, "skills", "import", str(source), "--only", "alpha").returncode == 0
    refused = workbench(home.root, "skills", "import", str(source), "--only", "old/alpha/SKILL.md")
    assert refused.returncode == 1
    assert "another skill named 'alpha'" in refused.stdout
    kept = workbench(home.root, "skills", "import", str(source), "--only", "old/alpha/SKILL.md", "--taken", "keep-both")
    assert (kept.returncode, len(there(library))) == (0, 2)


def test_a_single_sound_skill_comes_in_without_a_word(home: Home, library: Path, source: Path) -> None:
    done = workbench(home.root, "skills", "import", str(source / "skills" / "alpha"))
    assert (done.returncode, done.stdout) == (0, "imported  alpha\n")


def test_a_person_at_a_terminal_is_shown_the_plan_and_asked(home: Home, library: Path, source: Path) -> None:
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "workbench", "skills", "import", str(source)]
    with subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "WORKBENCH_HOME": str(home.root)}
    ) as process:
        os.close(theirs)
        said = b""
        while b"[y, N, or names]" not in said:
            said += os.read(ours, 4096)
        os.write(ours, b"beta\n")
        process.wait(timeout=60)
        os.close(ours)
    assert b"skills/gamma/SKILL.md" in said
    assert there(library) == ["beta"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["/nowhere/at/all"], "There is no folder"),
        (["--", "--upload-pack=touch x"], "cannot begin with a hyphen"),
        (["ext::sh -c id"], "that run commands are not used"),
    ],
)
def test_a_source_that_is_none_is_one_sentence(home: Home, library: Path, words: list[str], said: str) -> None:
    done = workbench(home.root, "skills", "import", *words)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_name_that_the_source_does_not_have_is_said(home: Home, library: Path, source: Path) -> None:
    done = workbench(home.root, "skills", "import", str(source), "--only", "none")
    assert done.returncode == 1
    assert "has no skill named 'none'" in done.stderr
