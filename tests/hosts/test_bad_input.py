"""Everything that can be wrong before any work begins: one clear sentence with a remedy, and nothing lost.

Each goes through the real command line. Permissions mean nothing to root, so where these tests run as root, the command
gives up its rights first. A full disk is a small one, mounted where only the command sees it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import apsw
import pytest
from leftovers import end_sessions
from shell import WORKBENCH, environment, reply, sentence, workbench

from workbench.paths import Home

ROOT = os.geteuid() == 0


def fingerprint(folder: Path) -> dict[str, str]:
    """The folder's files by their content: what must be the same afterwards."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".log" and not path.name.endswith(("-shm", "-wal"))
    }


def ordinary() -> tuple[str, ...]:
    """The beginning of a command line that runs the rest with the rights of an ordinary user over our own files."""
    if not ROOT:
        return ()
    assert shutil.which("setpriv"), "root needs setpriv (util-linux) to give up its rights"
    return ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")


def in_mounts(script: str) -> tuple[str, ...]:
    """The beginning of a command line that runs the rest after `script`, with mounts that only it sees."""
    alone = ("unshare", *(() if ROOT else ("--map-root-user",)), "--mount")
    proof = subprocess.run([*alone, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True)
    if proof.returncode:
        pytest.skip(f"this machine lets nobody make mounts, so a full disk cannot be had: {proof.stderr.strip()}")
    return (*alone, "sh", "-ec", f'{script}; exec "$@"', "sh")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a session, a run and settings in it, where nobody lives any more."""
    root = tmp_path_factory.mktemp("original") / "home"
    reply(root, "call", "settings.save", '{"changes": {"max_turns": 5}}')
    done = workbench(root, "run", "Review it.", "--provider", "replay", "--speed", "0", "--json")
    assert done.returncode == 0, done.stderr
    end_sessions(Home(root))
    return root


@pytest.fixture
def filled(home: Home, original: Path) -> Home:
    """A copy of that home."""
    shutil.rmtree(home.root)
    shutil.copytree(original, home.root, ignore=lambda _, names: [name for name in names if name.endswith(".sock")])
    return home


# -- words ------------------------------------------------------------------------------------------------------------


def test_an_unknown_provider_names_the_known_ones(home: Home) -> None:
    done = workbench(home.root, "run", "hello", "--provider", "claud")
    assert sentence(done) == "There is no provider named 'claud'."
    assert "replay, claude" in done.stderr
    assert reply(home.root, "call", "sessions.list")["sessions"] == []


def test_an_unknown_command_names_the_near_ones_as_one_json_object(home: Home) -> None:
    done = workbench(home.root, "call", "sessions.lst")
    failure = json.loads(done.stderr)
    assert (done.returncode, done.stdout) == (1, "")
    assert set(failure) == {"kind", "message", "remedy", "facts"}
    assert failure["kind"] == "unknown_command"
    assert "sessions.list" in failure["remedy"]


@pytest.mark.parametrize(
    "text", ["{", "nonsense", "[1]", '"x"', "", '{"limit": "many"}', '{"limitt": 1}', "[" * 100_000]
)
def test_a_malformed_request_is_refused_before_a_home_is_made(tmp_path: Path, text: str) -> None:
    done = workbench(tmp_path / "home", "call", "sessions.list", "-", stdin=text)
    failure = json.loads(done.stderr)
    assert (done.returncode, done.stdout, failure["kind"]) == (1, "", "invalid_request")
    assert failure["facts"]["problems"]
    assert failure["remedy"]
    assert not (tmp_path / "home").exists()


def test_a_missing_key_is_said_with_the_variable_that_would_hold_it(home: Home) -> None:
    tested = reply(home.root, "call", "settings.test_key", '{"provider": "claude"}')
    assert tested["failure"]["message"].startswith("No key is set")
    assert "ANTHROPIC_API_KEY" in tested["failure"]["remedy"]


def test_json_gets_its_failures_as_json_too(home: Home) -> None:
    done = workbench(home.root, "sessions", "show", "no-such-session", "--json")
    assert done.returncode == 1
    assert json.loads(done.stderr)["kind"] == "not_found"


# -- the home ---------------------------------------------------------------------------------------------------------

EVERY = [["run", "hello", "--provider", "replay"], ["usage", "summary"], ["sessions", "list"], ["settings", "get"]]


@pytest.mark.parametrize("words", EVERY)
def test_a_home_that_is_a_file(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "home").write_text("mine")
    assert str(tmp_path / "home") in sentence(workbench(tmp_path / "home", *words))
    assert (tmp_path / "home").read_text() == "mine"


@pytest.mark.parametrize("words", EVERY)
def test_a_home_that_cannot_be_read(filled: Home, words: list[str]) -> None:
    before = fingerprint(filled.root)
    filled.root.chmod(0o000)
    try:
        assert "cannot be used" in sentence(workbench(filled.root, *words, prefix=ordinary()))
    finally:
        filled.root.chmod(0o700)
    assert fingerprint(filled.root) == before


@pytest.mark.parametrize("words", EVERY)
def test_a_home_that_is_read_only(filled: Home, words: list[str]) -> None:
    before = fingerprint(filled.root)
    folders = [filled.root, *(path for path in filled.root.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    filled.database.chmod(0o400)
    try:
        assert "cannot be" in sentence(workbench(filled.root, *words, prefix=ordinary()))
    finally:
        for folder in folders:
            folder.chmod(0o700)
        filled.database.chmod(0o600)
    assert fingerprint(filled.root) == before


def test_a_new_home_on_a_full_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    prefix = in_mounts(
        f"mount -t tmpfs -o size=64k none {disk}; head -c 1m /dev/zero > {disk}/rest 2>/dev/null || true"
    )
    done = workbench(disk / "home", "run", "hello", "--provider", "replay", prefix=prefix)
    assert "cannot be used" in sentence(done)
    assert "Free some space" in done.stderr


def test_a_disk_that_fills_up_loses_nothing_and_works_again_when_there_is_room(filled: Home, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = tmp_path / "script.py"
    script.write_text(f"""
import pathlib, shutil, subprocess, sys
disk, words = pathlib.Path({str(disk)!r}), {WORKBENCH!r}
shutil.copytree({str(filled.root)!r}, disk / "home")
with (disk / "rest").open("wb", buffering=0) as rest:
    try:
        while True:
            rest.write(bytes(4096))
    except OSError:
        pass
full = subprocess.run([*words, "run", "again", "--provider", "replay", "--speed", "0"], capture_output=True, text=True)
print(full.returncode, full.stderr.strip().replace(chr(10), " | "))
(disk / "rest").unlink()
print(subprocess.run([*words, "usage", "summary", "--json"], capture_output=True, text=True, check=True).stdout)
""")
    prefix = in_mounts(f"mount -t tmpfs -o size=8m none {disk}")
    done = subprocess.run(
        [*prefix, sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=90,
        env=environment(disk / "home"),
    )
    assert done.returncode == 0, done.stderr
    failure, _, summary = done.stdout.partition("\n")
    assert failure.startswith("1 workbench: ")
    assert "Traceback" not in failure
    assert " |   " in failure
    assert json.loads(summary)["runs"] == 1


# -- the database -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", EVERY)
@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\0" + bytes(4096)])
def test_a_database_that_is_none_is_left_as_it_is(home: Home, words: list[str], content: bytes) -> None:
    home.database.write_bytes(content)
    assert str(home.database) in sentence(workbench(home.root, *words))
    assert home.database.read_bytes() == content


@pytest.mark.parametrize("words", EVERY)
def test_a_damaged_database_is_said_to_be_and_is_left_as_it_is(filled: Home, words: list[str]) -> None:
    spoiled = bytearray(filled.database.read_bytes())
    spoiled[4096:8192] = b"\xff" * 4096
    filled.database.write_bytes(spoiled)
    for beside in filled.root.glob("workbench.db-*"):
        beside.unlink()
    assert "damaged" in sentence(workbench(filled.root, *words))
    assert filled.database.read_bytes() == bytes(spoiled)


def test_a_newer_database_is_read_and_not_written(filled: Home) -> None:
    connection = apsw.Connection(str(filled.database))
    connection.execute("pragma user_version = 999")
    connection.close()
    before = filled.database.read_bytes()
    assert reply(filled.root, "usage", "summary", "--json")["runs"] == 1
    assert len(reply(filled.root, "sessions", "list", "--json")["sessions"]) == 1
    done = workbench(filled.root, "settings", "set", "max_turns=3")
    assert "newer Workbench" in sentence(done)
    assert "pip install -U jupyter-workbench" in done.stderr
    assert "newer Workbench" in sentence(workbench(filled.root, "run", "hello", "--provider", "replay"))
    assert filled.database.read_bytes() == before


# -- neighbours -------------------------------------------------------------------------------------------------------


def test_foreign_files_among_the_sessions_are_left_alone(filled: Home) -> None:
    (filled.sessions / "notes.txt").write_text("mine")
    (filled.sessions / "a folder").mkdir()
    (filled.sessions / "damaged").mkdir()
    (filled.sessions / "damaged" / "session.json").write_text("{")
    done = workbench(filled.root, "run", "again", "--provider", "replay", "--speed", "0", "--json")
    assert done.returncode == 0, done.stderr
    assert len(reply(filled.root, "sessions", "list", "--json")["sessions"]) == 2
    assert (filled.sessions / "notes.txt").read_text() == "mine"
    assert (filled.sessions / "damaged" / "session.json").read_text() == "{"


def test_two_hosts_at_once_on_a_new_home_both_work_and_count_each_run_once(home: Home) -> None:
    shutil.rmtree(home.root)
    words = ("run", "hello", "--provider", "replay", "--speed", "0", "--json")
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: workbench(home.root, *words), range(4)))
    assert [each.returncode for each in done] == [0] * 4, [each.stderr for each in done]
    assert reply(home.root, "usage", "summary", "--json")["runs"] == 4


def test_two_hosts_that_want_the_same_session_get_one_turn_and_one_refusal(home: Home) -> None:
    session = reply(home.root, "call", "sessions.create", '{"provider": "replay"}')["id"]
    words = ("run", "hello", "--session", session, "--speed", "0", "--wait", "600")
    with ThreadPoolExecutor(2) as pool:
        both = {pool.submit(workbench, home.root, *words) for _ in range(2)}
        (refused,), (played,) = wait(both, return_when=FIRST_COMPLETED)  # a question holds the other's turn open
        reply(home.root, "call", "agents.stop", json.dumps({"session": session}))
    assert sentence(refused.result())
    assert played.result().returncode == 130
