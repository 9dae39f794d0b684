"""Sources by number: addresses that would run something, hosts within the house, servers that lie, stall or have nothing.

The numbers are those of the list of bad inputs (C 37 to 56). Each is refused with a cause and a remedy, or comes without what
is bad in it. The whole home is then as it was, no process is left, and nothing that came was run.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bringing import Bringing
from fake_github import LINK, SUBMODULE, FakeGitHub, Repo
from sites import OddSite, deaf
from skills.untouched import unchanged

from workbench.errors import InvalidRequest, NotFound, Refused

SKILL = "---\nname: charts\ndescription: Draws charts.\n---\n\n# Charts\n"


def on(here: Bringing, github: FakeGitHub) -> Bringing:
    return here.typed(github=github.url)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (37, "--upload-pack=touch {owned}"),
        (37, "octo/skills#--upload-pack=touch {owned}"),
        (38, "-oProxyCommand=touch {owned}"),
        (38, "git@-oProxyCommand=touch {owned}:octo/skills"),
        (39, "ext::sh -c touch% {owned}"),
        (39, "ext::sh -c 'touch {owned}'"),
        (39, "fd::17/foo"),
        (40, "file:///etc"),
        (40, "file:/etc/passwd"),
        (41, "/local/path"),
        (41, "git+file:///local/path"),
        (42, "ssh://-oProxyCommand=touch {owned}/y"),
        (42, "ssh://-oProxyCommand=x@example.org/y"),
        (43, "git://example.org/octo/skills"),
        (44, "http://example.org/octo/skills.git"),
        (44, "http://example.org/skills.zip"),
        (46, "http://127.0.0.1:8888/api"),
        (46, "https://127.0.0.1:8888/skills.git"),
        (46, "https://localhost/skills.zip"),
        (46, "git@127.0.0.1:octo/skills"),
        (47, "http://[::1]"),
        (47, "https://[::ffff:127.0.0.1]/skills.zip"),
        (48, "http://169.254.169.254"),
        (48, "https://169.254.169.254/latest/meta-data.git"),
        (48, "https://metadata.google.internal/computeMetadata"),
        (49, "http://2130706433"),
        (49, "https://0x7f.1/skills.zip"),
        (49, "https://0177.0.0.1/skills.git"),
        (49, "https://127.1/skills.git"),
        (55, "octo/skills#--output=x"),
        (55, "octo/skills#refs/../../x"),
        (55, "octo/skills#@{-1}"),
        (55, "octo/skills#-b"),
        (55, "octo/skills#main:refs/heads/x"),
        (55, "octo/skills#+main"),
        (55, "octo/skills#main^{tree}"),
        (55, "https://github.com/octo/skills/tree/-b/x"),
    ],
)
def test_a_hostile_address_is_refused_before_anything_is_asked(number: int, text: str, here: Bringing) -> None:
    owned = here.base / "owned"
    here = here.looked_up()
    if number == 55 and "^{" not in text:
        assert isinstance(
            here.refused(text.format(owned=owned) if "{owned}" in text else text), (InvalidRequest, NotFound)
        )
    else:
        here.refused(text.format(owned=owned) if "{owned}" in text else text)
    assert not owned.exists()


@pytest.mark.parametrize("ref", ["x", "refs/heads/absent", "refs/hidden/x", "0" * 12])
def test_55_only_refs_that_the_repository_lists_are_asked_for(ref: str, here: Bringing, github: FakeGitHub) -> None:
    repo = github.repo("octo/skills", {"charts/SKILL.md": SKILL})
    repo.git("update-ref", "refs/hidden/x", "refs/heads/main")
    refused = on(here, github).refused(f"octo/skills#{ref}")
    assert "It has: main" in refused.message


def test_45_credentials_are_left_out_of_all_that_is_kept_or_said(here: Bringing, github: FakeGitHub) -> None:
    github.repo("octo/skills", {"charts/SKILL.md": SKILL})
    fetched = on(here, github).bring(f"http://me:s3cret@127.0.0.1:{github.port}/octo/skills")
    assert "s3cret" not in repr(fetched)
    assert "left out" in fetched.notes[0]
    assert all("Authorization" not in asked.headers for asked in github.asked)


@pytest.mark.parametrize("addresses", ["10.0.0.5", "93.184.216.34 127.0.0.1", "::1", "fe80::1%eth0", "64:ff9b::a00:1"])
@pytest.mark.parametrize("path", ["/skills.zip", "/octo/skills.git", "/"])
def test_50_a_name_with_any_private_address_is_not_asked(path: str, addresses: str, here: Bringing) -> None:
    refused = here.looked_up(skills_example=addresses).refused(f"https://skills.example{path}")
    assert isinstance(refused, Refused)
    assert refused.reason == "private_address"


def test_50_a_name_with_a_private_address_is_not_asked_over_ssh(here: Bringing) -> None:
    refused = here.looked_up(git_example="192.168.0.9").refused("git@git.example:octo/skills")
    assert isinstance(refused, Refused)
    assert refused.reason == "private_address"


Away = Callable[[OddSite], str]
AWAY = [
    ("http://169.254.169.254/latest/meta-data", "private_address"),
    ("http://[::1]:80/", "private_address"),
    ("http://127.0.0.1:1/", "private_address"),
    ("https://localhost/", "private_address"),
    ("https://2130706433/", "private_address"),
    ("file:///etc/passwd", "redirects"),
    ("//127.0.0.1:1/x", "private_address"),
    ("http://[::1", "redirects"),
    ("http://example.org:port/", "redirects"),
    ("javascript:alert(1)", "redirects"),
]


@pytest.mark.parametrize(("target", "reason"), AWAY)
def test_51_a_redirect_away_from_a_typed_address_is_judged(
    target: str, reason: str, here: Bringing, site: OddSite
) -> None:
    for path in ("/skill.zip", "/octo/s.git/info/refs", "/.well-known/agent-skills/index.json"):
        site.redirects[path] = target
    here = here.typed(site.url)
    for text in ("/skill.zip", "/octo/s.git", ""):
        refused = here.refused(site.url + text)
        assert isinstance(refused, Refused)
        assert refused.reason == reason


@pytest.mark.parametrize(
    "target", ["https://exa mple.org/", "https://ex\u2024ample.org/", "https://\u202eexample.org/", "https:///x"]
)
def test_51_a_redirect_to_what_is_hardly_an_address_is_a_sentence(target: str, here: Bringing, site: OddSite) -> None:
    site.redirects["/skill.zip"] = target
    here.typed(site.url).refused(f"{site.url}/skill.zip")


def test_51_a_server_of_the_house_is_not_reached_by_a_redirect(
    here: Bringing, site: OddSite, github: FakeGitHub
) -> None:
    """Another port of the same machine is another server."""
    site.redirects["/octo/skills.git/info/refs"] = f"{github.url}/octo/skills.git/info/refs?service=git-upload-pack"
    github.repo("octo/skills", {"charts/SKILL.md": SKILL})
    here.typed(site.url).refused(f"{site.url}/octo/skills.git")
    assert github.asked == []


@pytest.mark.parametrize("path", ["/skill.zip", "/octo/s.git"])
def test_52_a_loop_of_redirects_ends(path: str, here: Bringing, site: OddSite) -> None:
    site.redirects[path] = site.loop()
    site.redirects[f"{path}/info/refs"] = site.loop()
    refused = here.typed(site.url).refused(f"{site.url}{path}")
    assert isinstance(refused, Refused)
    assert refused.reason == "redirects"
    assert len(site.asked) == 4


MODULES = '[submodule "x"]\n\tpath = {path}\n\turl = {url}\n'


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("x", "-u./evil"),
        ("x", "--upload-pack=touch owned"),
        ("-x", "https://example.org/x.git"),
    ],
)
def test_53_a_repository_with_a_hostile_submodule_is_refused(
    path: str, url: str, here: Bringing, github: FakeGitHub
) -> None:
    repo = github.repo("octo/skills", {"charts/SKILL.md": SKILL})
    repo.commit(
        {"charts/SKILL.md": SKILL, ".gitmodules": MODULES.format(path=path, url=url), "x": (SUBMODULE, "1" * 40)}
    )
    refused = on(here, github).refused("octo/skills")
    assert isinstance(refused, Refused)
    assert refused.reason in {"unsound", "git_failed"}


@pytest.mark.parametrize("path", ['"sub\\r"', "../sub", "sub"])
def test_53_submodules_are_not_fetched_wherever_they_say_that_they_are(
    path: str, here: Bringing, github: FakeGitHub
) -> None:
    modules = MODULES.format(path=path, url=f"{github.url}/octo/other.git")
    github.repo("octo/other", {"hooks/post-checkout": ("100755", "#!/bin/sh\ntouch owned\n")})
    files = {"charts/SKILL.md": SKILL, ".gitmodules": modules, "sub": (SUBMODULE, "1" * 40)}
    github.repo("octo/skills", files)
    fetched = on(here, github).bring("octo/skills")
    assert list((fetched.root / "sub").iterdir()) == []
    assert "sub" in fetched.notes[0]
    assert not any("other" in path for path in github.paths())


def test_54_filters_are_not_run_and_bytes_are_as_committed(here: Bringing, github: FakeGitHub) -> None:
    odd = {
        ".gitattributes": "* filter=evil text eol=crlf ident working-tree-encoding=UTF-16\n*.bin filter=lfs\n",
        ".gitconfig": f'[filter "evil"]\n\tsmudge = touch {here.base}/owned\n',
        "charts/SKILL.md": SKILL + "$Id$\n",
        "crlf.md": b"a\r\nb\n",
        "pointer.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    }
    github.repo("octo/skills", odd)
    fetched = on(here, github).bring("octo/skills")
    for name, content in odd.items():
        assert (fetched.root / name).read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert not (here.base / "owned").exists()
    assert not (fetched.root / ".git").exists()


def test_54_hooks_in_the_tree_are_refused(here: Bringing, github: FakeGitHub) -> None:
    repo = github.repo("octo/skills", {"post-checkout": ("100755", "#!/bin/sh\ntouch owned\n"), "SKILL.md": SKILL})
    for name in (".git", ".GIT"):
        plant(repo, name)
        refused = on(here, github).refused("octo/skills")
        assert isinstance(refused, Refused)
        assert refused.reason == "unsound"


def plant(repo: Repo, name: str) -> None:
    """Makes the whole tree of `main` a folder of this name, which git itself would not."""
    tree = bytes.fromhex(repo.git("rev-parse", "main^{tree}"))
    given = b"40000 " + name.encode() + b"\0" + tree
    made = repo.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", given=given)
    commit = repo.git("commit-tree", "-m", "x", made)
    repo.git("update-ref", "refs/heads/main", commit)


def test_54_a_folder_that_is_a_link_leads_nowhere(here: Bringing, github: FakeGitHub) -> None:
    outside = here.base / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    links = {
        ".claude": (LINK, str(outside)),
        "up": (LINK, "../../.."),
        "far": (LINK, f"in/{'../' * 12}etc/passwd"),
        "loop": (LINK, "loop"),
        "gone": (LINK, "nothing"),
        "top": (LINK, "."),
        "sly": (LINK, "top/../../.."),
        "in/side": (LINK, "../charts"),
    }
    github.repo("octo/skills", {"charts/SKILL.md": SKILL, **links})
    with unchanged(outside):
        root = on(here, github).bring("octo/skills").root
    kept = {each for each in links if (root / each).is_symlink()}
    assert kept == {"in/side"}
    assert (root / "in/side/SKILL.md").read_text() == SKILL
    assert (root / ".claude").read_text() == str(outside)
    assert (root / "sly").read_text() == "top/../../.."


# -- 56: nothing comes ------------------------------------------------------------------------------------------------


def test_56_what_is_not_there_or_private_is_a_sentence(here: Bringing, github: FakeGitHub, site: OddSite) -> None:
    github.repo("octo/private", {"charts/SKILL.md": SKILL}, private=True)
    here = on(here, github).typed(site.url)
    for text in ("octo/absent", "octo/private"):
        refused = here.refused(text)
        assert isinstance(refused, Refused)
        assert refused.reason == "sign_in"
        assert "octo/" in refused.message
    assert isinstance(here.refused(f"{site.url}/absent.zip"), NotFound)
    assert isinstance(here.refused(f"{site.url}/absent.git"), NotFound)
    assert isinstance(here.refused(site.url), NotFound)
    assert isinstance(here.looked_up().refused("https://no.such.host.example/a.zip"), NotFound)


def test_56_a_limit_of_requests_is_a_sentence(here: Bringing, site: OddSite, github: FakeGitHub) -> None:
    here = here.typed(site.url)
    site.redirects |= {
        "/a.zip": site.status(429),
        "/b.git/info/refs": site.status(429),
        "/c.zip": site.status(503),
        "/d.zip": site.status(304),
    }
    for text, reason in (
        ("/a.zip", "rate_limited"),
        ("/b.git", "rate_limited"),
        ("/c.zip", "server"),
        ("/d.zip", "server"),
    ):
        refused = here.refused(site.url + text)
        assert isinstance(refused, Refused)
        assert refused.reason == reason


def test_56_an_empty_repository_is_a_sentence(here: Bringing, github: FakeGitHub) -> None:
    github.repo("octo/empty")
    refused = on(here, github).refused("octo/empty")
    assert isinstance(refused, Refused)
    assert refused.reason == "empty"


def test_56_a_repository_that_is_too_large_is_given_up_while_it_comes(here: Bringing, github: FakeGitHub) -> None:
    github.repo("octo/large", {"data.bin": os.urandom(3_000_000)}, pause_s=0.1)
    refused = on(here, github).bounded(clone=200_000).refused("octo/large")
    assert isinstance(refused, Refused)
    assert refused.reason == "too_large"
    deadline = time.monotonic() + 60
    while not any(path.endswith("/git-upload-pack") for path in github.left):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_56_files_that_would_unpack_to_too_much_are_refused(here: Bringing, github: FakeGitHub) -> None:
    github.repo("octo/bomb", {f"{number}.bin": bytes(1_000_000) for number in range(4)})
    assert "3,000,000 bytes" in on(here, github).bounded(tree=3_000_000).refused("octo/bomb").message
    assert "3 files" in on(here, github).bounded(files=3).refused("octo/bomb").message


@pytest.mark.parametrize("stall", ["refs", "pack"])
def test_56_a_git_server_that_falls_silent_is_given_up(stall: str, here: Bringing, github: FakeGitHub) -> None:
    github.repo("octo/slow", {"charts/SKILL.md": SKILL}, stall=stall)
    began = time.monotonic()
    refused = on(here, github).bounded(stalled_s=0.5).refused("octo/slow")
    assert isinstance(refused, Refused)
    assert refused.reason == "stalled"
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("path", ["/a.zip", "/a.git", "/"])
def test_56_a_port_that_says_nothing_is_given_up(path: str, here: Bringing) -> None:
    with deaf() as url:
        refused = here.typed(url).bounded(stalled_s=0.5).refused(f"{url}{path}")
    assert isinstance(refused, Refused)
    assert refused.reason == "stalled"


def test_the_bounds_of_the_product_are_those_that_were_promised() -> None:
    from workbench.skills.sources.hosts import Bounds

    bounds = Bounds()
    assert (bounds.clone, bounds.download, bounds.total_s, bounds.redirects) == (200 << 20, 50 << 20, 120, 3)
    assert bounds.stalled_s + bounds.lookup_s <= 30


@pytest.mark.parametrize(
    "text", ["~nobody-is-called-so/skills", "~nobody-is-called-so/a.zip", f"/{'a' * 300}", "./absent"]
)
def test_a_folder_that_cannot_be_is_not_found(text: str, here: Bringing) -> None:
    assert isinstance(here.refused(text), NotFound)


def test_a_folder_has_one_origin_however_its_slashes_are_written(here: Bringing, tmp_path: Path) -> None:
    assert here.bring(f"/{tmp_path}//").origin == here.bring(f"//{tmp_path}").origin == str(tmp_path)


def test_a_local_path_is_read_in_place_and_never_by_git(here: Bringing, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / ".git" / "hooks").mkdir(parents=True)
    (folder / ".git" / "config").write_text(f"[core]\n\tfsmonitor = touch {tmp_path}/owned\n")
    with unchanged(folder, here.home.root):
        (fetched,) = [here.bring(str(folder))]
        fetched_again = here.bring(f"{folder}/../mine/")
        for each in (here.home.root / "incoming").iterdir():
            each.rmdir()
        (here.home.root / "incoming").rmdir()
    assert fetched.root == fetched_again.root == folder
    assert fetched.origin == fetched_again.origin == str(folder)
    assert not (tmp_path / "owned").exists()
