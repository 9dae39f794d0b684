"""Repositories: what comes of them, from where, and what is left when it does not."""

from __future__ import annotations

import itertools
import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from bringing import Bringing, none_left, processes
from fake_github import LINK, SCRIPT, FakeGitHub
from sites import OddSite

from workbench.errors import NotFound, Refused
from workbench.skills.sources import checkout
from workbench.skills.sources.hosts import Network
from workbench.skills.sources.watch import Cancelled, Progress, Watch

FILES = {"charts/SKILL.md": "---\nname: charts\n---\n", "charts/run.sh": (SCRIPT, "#!/bin/sh\n"), "README.md": "Hi.\n"}


def test_files_come_as_they_were_committed_with_their_modes(here: Bringing, github: FakeGitHub) -> None:
    commit = github.repo("octo/skills", {**FILES, "alias": (LINK, "charts"), "no\n line \udcff.md": b"\0\xff"}).git(
        "rev-parse", "main"
    )
    fetched = here.typed(github=github.url).bring("octo/skills")
    assert (fetched.kind, fetched.commit, fetched.notes, fetched.path) == ("github", commit, (), "")
    assert fetched.origin == f"{github.url}/octo/skills"
    modes = {name: stat.S_IMODE((fetched.root / name).stat().st_mode) for name in ("charts/SKILL.md", "charts/run.sh")}
    assert modes == {"charts/SKILL.md": 0o644, "charts/run.sh": 0o755}
    assert (fetched.root / "alias").readlink() == Path("charts")
    assert (fetched.root / "no\n line \udcff.md").read_bytes() == b"\0\xff"
    assert [each.name for each in fetched.root.parent.iterdir()] == ["source"]


def test_the_branch_of_the_remote_s_head_comes_when_none_is_named(here: Bringing, github: FakeGitHub) -> None:
    repo = github.repo("octo/skills", FILES)
    repo.commit({"trunk.md": "t\n"}, branch="trunk")
    repo.default("trunk")
    here = here.typed(github=github.url)
    unnamed, named = here.bring("octo/skills"), here.bring("octo/skills#trunk")
    assert (unnamed.root / "trunk.md").is_file()
    assert unnamed.origin == named.origin == f"{github.url}/octo/skills"
    assert here.bring("octo/skills#main").origin == f"{github.url}/octo/skills/tree/main"


@pytest.mark.parametrize(
    ("tail", "branch", "path"),
    [
        ("main", "main", ""),
        ("main/charts", "main", "charts"),
        ("fix/colours", "fix/colours", ""),
        ("fix/colours/charts/deep", "fix/colours", "charts/deep"),
        ("fix/colours/v2/charts", "fix/colours/v2", "charts"),
        ("v1/charts", "v1", "charts"),
    ],
)
def test_a_ref_with_slashes_ends_where_the_longest_ref_ends(
    tail: str, branch: str, path: str, here: Bringing, github: FakeGitHub
) -> None:
    deep = {"charts/deep/a": "a"}
    repo = github.repo("octo/skills", {"ref.txt": "main", **deep})
    repo.tag("v1")
    repo.commit({"ref.txt": "fix/colours", **deep}, branch="fix/colours")
    # A branch and a tag may lie one below the other, which two branches cannot.
    repo.git("tag", "-m", "both", "fix/colours/v2", repo.commit({"ref.txt": "fix/colours/v2", **deep}, branch="other"))
    here = here.typed(github=github.url)
    fetched = here.bring(f"{github.url}/octo/skills/tree/{tail}")
    assert fetched.path == path
    assert (fetched.root / "ref.txt").read_text() == ("main" if branch == "v1" else branch)
    assert fetched.origin == f"{github.url}/octo/skills{'' if branch == 'main' else '/tree/' + branch}"
    assert here.bring(fetched.origin).commit == fetched.commit


def test_a_commit_is_named_by_its_whole_id(here: Bringing, github: FakeGitHub) -> None:
    repo = github.repo("octo/skills", {"a": "old"})
    old = repo.git("rev-parse", "main")
    repo.commit({"a": "new"})
    repo.git("config", "uploadpack.allowReachableSHA1InWant", "true")
    here = here.typed(github=github.url)
    fetched = here.bring(f"octo/skills#{old}")
    assert (fetched.root / "a").read_text() == "old"
    assert isinstance(here.refused(f"octo/skills#{'0' * 40}"), NotFound)


def test_a_path_and_a_skill_that_were_asked_for_are_told(here: Bringing, github: FakeGitHub) -> None:
    github.repo("octo/skills", FILES)
    here = here.typed(github=github.url)
    assert here.bring("octo/skills/charts").path == "charts"
    assert here.bring("octo/skills@charts").skill == "charts"


@pytest.mark.parametrize("text", ["{github}/octo/skills/tree/HEAD/charts", "octo/skills/charts#HEAD"])
def test_head_is_what_the_remote_s_head_names(text: str, here: Bringing, github: FakeGitHub) -> None:
    github.repo("octo/skills", FILES)
    here = here.typed(github=github.url)
    fetched = here.bring(text.format(github=github.url))
    assert (fetched.origin, fetched.path) == (f"{github.url}/octo/skills", "charts")


def test_a_branch_that_is_called_head_is_chosen_before_the_head(here: Bringing, github: FakeGitHub) -> None:
    repo = github.repo("octo/skills", FILES)
    repo.git("update-ref", "refs/heads/HEAD/odd", repo.commit({"odd.md": "odd"}, branch="other"))
    fetched = here.typed(github=github.url).bring(f"{github.url}/octo/skills/tree/HEAD/odd")
    assert (fetched.path, (fetched.root / "odd.md").read_text()) == ("", "odd")


@pytest.mark.parametrize(
    ("text", "ref", "skill"),
    [
        ("#charts@1.0.0", "charts@1.0.0", None),
        ("#@octo/charts@1.0.0", "@octo/charts@1.0.0", None),
        ("#charts@1.0.0@charts", "charts@1.0.0", "charts"),
        ("#v1@charts", "v1", "charts"),
        ("#@charts", None, "charts"),
        ("@charts#v1", "v1", "charts"),
    ],
)
def test_an_at_may_be_part_of_a_ref_or_begin_a_skill(
    text: str, ref: str | None, skill: str | None, here: Bringing, github: FakeGitHub
) -> None:
    repo = github.repo("octo/skills", FILES)
    for tag in ("charts@1.0.0", "@octo/charts@1.0.0", "v1"):
        repo.tag(tag)
    here = here.typed(github=github.url)
    fetched = here.bring(f"octo/skills{text}")
    assert fetched.skill == skill
    assert fetched.origin == f"{github.url}/octo/skills" + (f"/tree/{ref.replace('@', '%40')}" if ref else "")
    assert here.bring(fetched.origin).commit == fetched.commit


def test_a_ref_with_an_at_that_is_not_there_is_told_whole(here: Bringing, github: FakeGitHub) -> None:
    github.repo("octo/skills", FILES)
    assert "'absent@1.0.0'" in here.typed(github=github.url).refused("octo/skills#absent@1.0.0").message


def test_a_folder_is_named_by_its_skill_file_too_and_has_to_be_there(here: Bringing, github: FakeGitHub) -> None:
    github.repo("octo/skills", FILES)
    here = here.typed(github=github.url)
    assert here.bring(f"{github.url}/octo/skills/tree/main/charts/SKILL.md").path == "charts"
    assert "no folder 'absent'" in here.refused("octo/skills/absent").message


def test_a_tree_as_old_tools_wrote_it_comes_all_the_same(here: Bringing, github: FakeGitHub) -> None:
    repo = github.repo("octo/skills", FILES)
    tree = repo.raw("cat-file", "tree", "main^{tree}").replace(b"40000 charts", b"040000 charts")
    made = repo.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", given=tree)
    repo.git("update-ref", "refs/heads/main", repo.git("commit-tree", "-m", "x", made))
    assert (here.typed(github=github.url).bring("octo/skills").root / "charts/SKILL.md").is_file()


def test_a_private_repository_comes_to_who_is_signed_in_and_nobody_else_sees_the_token(
    here: Bringing, github: FakeGitHub, site: OddSite
) -> None:
    from dataclasses import replace

    github.repo("octo/private", FILES, private=True)
    here = here.typed(site.url, github=github.url)
    here = replace(here, network=replace(here.network, github_token=github.token("octo")))
    assert (here.bring("octo/private").root / "README.md").is_file()
    assert isinstance(here.refused(f"{site.url}/a.git"), NotFound)
    assert all("Authorization" not in asked.headers for asked in site.asked)
    assert here.network.github_token not in repr(here.network)


def test_a_renamed_repository_is_followed(here: Bringing, github: FakeGitHub) -> None:
    github.repo("octo/new", FILES)
    github.moved["octo/old"] = "octo/new"
    assert (here.typed(github=github.url).bring("octo/old#main").root / "README.md").is_file()


def test_one_typed_address_does_not_vouch_for_another(here: Bringing, github: FakeGitHub, site: OddSite) -> None:
    github.repo("octo/skills", FILES)
    site.redirects["/s.git/info/refs"] = f"{github.url}/octo/skills.git/info/refs?service=git-upload-pack"
    refused = here.typed(site.url, github=github.url).refused(f"{site.url}/s.git")
    assert isinstance(refused, Refused)
    assert refused.reason == "private_address"


def test_an_address_without_git_in_it_may_be_a_repository_all_the_same(here: Bringing, github: FakeGitHub) -> None:
    github.repo("octo/skills", FILES)
    fetched = here.typed(github.url).bring(f"{github.url}/octo/skills")
    assert (fetched.kind, fetched.origin) == ("git", f"{github.url}/octo/skills")


def test_a_server_of_plain_files_is_good_enough(here: Bringing, github: FakeGitHub, site: OddSite) -> None:
    repo = github.repo("octo/skills", FILES)
    repo.git("update-server-info")
    for file in filter(Path.is_file, repo.path.rglob("*")):
        site.files[f"/skills.git/{file.relative_to(repo.path)}"] = file.read_bytes()
    here = here.typed(site.url)
    for text in ("", "#main"):
        assert (here.bring(f"{site.url}/skills.git{text}").root / "charts/SKILL.md").is_file()


def test_a_server_of_plain_files_cannot_send_git_elsewhere(here: Bringing, github: FakeGitHub, site: OddSite) -> None:
    repo = github.repo("octo/skills", FILES)
    repo.git("update-server-info")
    for name in ("HEAD", "info/refs"):
        site.files[f"/skills.git/{name}"] = (repo.path / name).read_bytes()
    site.files["/skills.git/objects/info/http-alternates"] = f"{github.url}/octo/skills.git/objects\n".encode()
    here.typed(site.url).refused(f"{site.url}/skills.git")
    assert github.asked == []


def test_the_host_has_the_addresses_that_were_judged_whatever_its_name_says(here: Bringing, github: FakeGitHub) -> None:
    """The system knows no such name: only the address that we looked up can lead there."""
    github.repo("octo/skills", FILES)
    url = f"http://git.example:{github.port}"
    here = here.typed(github=url).looked_up(git_example="127.0.0.1")
    assert (here.bring("octo/skills#main").root / "README.md").is_file()
    assert {asked.host for asked in github.asked} == {f"git.example:{github.port}"}


def test_the_machine_s_own_configuration_of_git_is_not_used(
    here: Bringing, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    github.repo("octo/skills", FILES)
    (tmp_path / ".gitconfig").write_text(
        f'[url "http://127.0.0.1:1/"]\n\tinsteadOf = {github.url}\n[core]\n\tsshCommand = touch {tmp_path}/owned\n'
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'url.http://127.0.0.1:1/.insteadOf'='{github.url}'")
    assert (here.typed(github=github.url).bring("octo/skills").root / "README.md").is_file()


@pytest.mark.parametrize(
    ("said", "able"),
    [("git version 2.36.9", False), ("git version 2.37.0", True), ("git version 2.39.5 (Apple Git-154)", True),
     ("git version 3.0.0.rc1", True), ("git version 1.99", False), ("what?", False)],
)  # fmt: skip
def test_a_git_that_would_look_the_host_up_itself_is_not_used(
    said: str, able: bool, here: Bringing, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    github.repo("octo/skills", FILES)
    real = shutil.which("git")
    (here.base / "bin").mkdir()
    program = here.base / "bin/git"
    program.write_text(f'#!/bin/sh\nfor last; do :; done\n[ "$last" = version ] && echo "{said}" || exec {real} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    here = here.typed(github=github.url)
    if able:
        assert (here.bring("octo/skills").root / "README.md").is_file()
        return
    refused = here.refused("octo/skills")
    assert "2.37" in refused.remedy
    assert {asked.path.partition("?")[0] for asked in github.asked} == {"/octo/skills.git/info/refs"}


# -- links ------------------------------------------------------------------------------------------------------------


def test_a_chain_of_links_too_long_to_follow_comes_as_files(here: Bringing, github: FakeGitHub) -> None:
    chain = {f"charts/l{number:05}": (LINK, f"l{number + 1:05}") for number in range(1500)}
    github.repo("octo/chain", {**FILES, **chain, "charts/l01500": "end"})
    root = here.typed(github=github.url).bring("octo/chain").root
    assert (root / "charts/l01499").readlink() == Path("l01500")
    assert (root / "charts/l00000").read_text() == "l00001"
    assert not (root / "charts/l00000").is_symlink()


@pytest.mark.parametrize("target", ["a" * 300, "a/" * 2100, "charts/" + "a" * 300])
def test_a_link_to_what_no_file_could_be_named_comes_as_a_file(target: str, here: Bringing, github: FakeGitHub) -> None:
    github.repo("octo/odd", {**FILES, "charts/link": (LINK, target)})
    link = here.typed(github=github.url).bring("octo/odd").root / "charts/link"
    assert (link.is_symlink(), link.read_text()) == (False, target)


def test_a_link_as_large_as_a_film_is_a_file_and_is_never_held_in_memory(here: Bringing, github: FakeGitHub) -> None:
    large = 48 << 20
    github.repo("octo/large", {**FILES, "charts/link": (LINK, bytes(large))})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    link = here.typed(github=github.url).bring("octo/large").root / "charts/link"
    assert (link.is_symlink(), link.stat().st_size) == (False, large)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < large // 1024 // 2


# -- ssh --------------------------------------------------------------------------------------------------------------


@contextmanager
def ssh(folder: Path, repositories: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A program called ssh that notes its arguments and answers as the server's git would."""
    folder.mkdir()
    said = folder / "said"
    script = folder / "ssh"
    script.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > {said}\n'
        f'for last; do :; done\ncd {repositories} && unset GIT_DIR && eval "git upload-pack .${{last#git-upload-pack }}"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    yield said


@pytest.mark.parametrize(
    ("text", "known_as"),
    [
        ("git@git.example:octo/skills.git", "git.example"),
        ("ssh://git@git.example:2222/octo/skills.git", "[git.example]:2222"),
    ],
)
def test_ssh_asks_for_nothing_runs_nothing_and_connects_to_what_was_judged(
    text: str, known_as: str, here: Bringing, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    github.repo("octo/skills", FILES)
    here = here.typed("https://git.example").looked_up(git_example="127.0.0.1")
    with ssh(here.base / "bin", github.folder, monkeypatch) as said:
        fetched = here.bring(text)
    assert (fetched.kind, fetched.origin.partition("@")[0]) == ("git", "ssh://git")
    assert (fetched.root / "README.md").is_file()
    words = said.read_text().splitlines()
    assert words[:2] == ["-F", "/dev/null"]
    assert {"-oBatchMode=yes", "-oProxyCommand=none", "-oStrictHostKeyChecking=yes"} <= set(words)
    assert {"-oHostName=127.0.0.1", f"-oHostKeyAlias={known_as}"} <= set(words)


@pytest.mark.parametrize(
    ("said", "reason"),
    [("Host key verification failed.", "host_key"), ("git@x: Permission denied (publickey).", "sign_in")],
)
def test_what_ssh_complains_of_is_a_sentence(
    said: str, reason: str, here: Bringing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ssh").write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 255\n")
    (tmp_path / "bin" / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    refused = here.typed("https://git.example").looked_up(git_example="127.0.0.1").refused("git@git.example:a/b")
    assert isinstance(refused, Refused)
    assert refused.reason == reason


# -- given up, and killed ---------------------------------------------------------------------------------------------


def test_progress_is_told_while_a_repository_comes(here: Bringing, github: FakeGitHub) -> None:
    github.repo("octo/large", {"data.bin": os.urandom(1_000_000)}, pause_s=0.02)
    told: list[Progress] = []
    here.typed(github=github.url).bring("octo/large", Watch(told.append))
    sizes = [each.done for each in told if each.stage == "cloning"]
    assert sizes == sorted(sizes)
    assert sizes[-1] > 0
    assert {each.stage for each in told} == {"resolving", "cloning", "writing"}


def test_progress_never_goes_back_though_git_removes_what_it_needs_no_more(
    here: Bringing, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    github.repo("octo/skills", FILES)
    sizes, told, steps = itertools.cycle([300, 200, 100]), [], []
    monkeypatch.setattr(checkout, "_size", lambda _: told.append(next(sizes)) or told[-1])
    monkeypatch.setattr(Watch, "step", lambda _, stage, done, *more, **unit: steps.append((stage, done)))
    here.typed(github=github.url).bring("octo/skills")
    cloning = [done for stage, done in steps if stage == "cloning"]
    assert len(cloning) == len(told) > 0
    assert set(cloning) == {300}


def test_a_file_that_goes_while_a_folder_is_measured_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("going", "one", "two"):
        (tmp_path / name).write_bytes(b"x" * 100)
    scandir = os.scandir

    @contextmanager
    def first_the_one_that_goes(folder: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
        with scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        (tmp_path / "going").unlink()
        yield iter(found)

    monkeypatch.setattr(os, "scandir", first_the_one_that_goes)
    assert checkout._size(tmp_path) == 200


@pytest.mark.parametrize("what", ["pack", "refs", "lookup"])
def test_a_clone_that_is_cancelled_ends_at_once_and_leaves_nothing(
    what: str, here: Bringing, github: FakeGitHub
) -> None:
    import threading

    stall = None if what == "lookup" else what
    github.repo("octo/large", {"data.bin": os.urandom(1_000_000)}, pause_s=0.2, stall=stall)
    here = here.typed(github=github.url).bounded(stalled_s=60, lookup_s=60)
    if what == "lookup":
        released = threading.Event()
        here = _slow_lookup(here, released)
    watch = Watch()
    at = [0.0]

    def cancel() -> None:
        at[0] = time.monotonic()
        watch.cancel()

    timer = threading.Timer(0.7, cancel)
    timer.start()
    refused = here.refused("octo/large", watch)
    assert isinstance(refused, Cancelled)
    assert time.monotonic() - at[0] < 30  # and not when its time is over
    timer.join()
    if what == "lookup":
        released.set()


@pytest.mark.parametrize("stage", ["cloning", "writing"])
def test_a_checkout_is_cancelled_at_any_stage_and_leaves_nothing(
    stage: str, here: Bringing, github: FakeGitHub
) -> None:
    many = {f"skills/s{number}/SKILL.md": f"{number}\n" for number in range(3000)}
    github.repo("octo/many", {**many, "data.bin": os.urandom(300_000)}, pause_s=0.02)
    here = here.typed(github=github.url)
    with here.cancelled_at(stage) as watch:
        assert isinstance(here.refused("octo/many", watch), Cancelled)


def _slow_lookup(here: Bringing, released: object) -> Bringing:
    from dataclasses import replace

    def lookup(host: str, port: int) -> list[str]:
        released.wait(60)  # type: ignore[attr-defined]
        return ["127.0.0.1"]

    return replace(here, network=Network(here.network.bases, lookup, here.network.bounds))


KILLED = """
import sys
from pathlib import Path
from workbench.skills.sources.address import parse
from workbench.skills.sources.fetch import fetch
from workbench.skills.sources.hosts import Bases, Network
from workbench.skills.sources.watch import Watch
network = Network(Bases(github=sys.argv[1]))
print("ready", flush=True)
fetch(parse("octo/large", bases=network.bases), Path(sys.argv[2]), network=network, watch=Watch())
print("done", flush=True)
"""


@pytest.mark.slow
def test_whoever_is_killed_while_a_clone_runs_leaves_no_process(here: Bringing, github: FakeGitHub) -> None:
    github.repo("octo/large", {"data.bin": os.urandom(1_000_000), **FILES}, pause_s=0.02)
    when = random.Random(5)
    caught = 0
    for _ in range(12):
        staging = here.staging()
        words = [sys.executable, "-c", KILLED, github.url, str(staging)]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as host:
            assert host.stdout
            host.stdout.readline()
            while not processes(here.home.root) and host.poll() is None:
                time.sleep(0.005)
            time.sleep(when.uniform(0, 1))
            caught += bool(processes(here.home.root))
            host.send_signal(signal.SIGKILL)
        none_left(here.home.root)
    assert caught >= 3
