"""Sites that publish skills: what is laid out, and what is left out and said so."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest
from bringing import Bringing
from sites import OddSite
from test_download import packed

from workbench.errors import NotFound, Refused
from workbench.skills.sources.index import _Reading
from workbench.skills.sources.watch import Cancelled, Watch

TEXT = b"---\nname: charts\ndescription: Draws charts.\n---\n\n# Charts\n"


def tarred(**files: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, data in files.items():
            about = tarfile.TarInfo(name.replace("_", "."))
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    return made.getvalue()


def laid(root: Path) -> set[str]:
    return {str(each.relative_to(root)) for each in root.rglob("*") if each.is_file()}


def test_files_and_archives_are_laid_out_a_folder_each(here: Bringing, site: OddSite) -> None:
    zipped, packed_tar = packed(SKILL_md="zip"), tarred(SKILL_md=b"tar", notes_md=b"n")
    site.index(
        [
            site.skill_md("charts", TEXT),
            site.archive("plots", zipped),
            site.archive("tables", packed_tar, suffix=".tar.gz"),
        ]
    )
    fetched = here.typed(site.url).bring(site.url)
    assert (fetched.kind, fetched.origin, fetched.notes) == ("index", site.url, ())
    index = ".well-known/agent-skills/index.json"
    assert laid(fetched.root) == {index, *(f"{n}/SKILL.md" for n in ("charts", "plots", "tables")), "tables/notes.md"}
    assert (fetched.root / "charts/SKILL.md").read_bytes() == TEXT
    assert (fetched.root / index).read_bytes() == site.files[f"/{index}"]
    assert [each.name for each in fetched.root.parent.iterdir()] == ["source"]


@pytest.mark.parametrize(
    "place", ["/.well-known/agent-skills", "/.well-known/skills", "/docs/.well-known/agent-skills"]
)
@pytest.mark.parametrize("asked", ["", "/", "/docs"])
def test_an_index_is_found_at_the_older_place_and_below_a_path(
    place: str, asked: str, here: Bringing, site: OddSite
) -> None:
    site.index([site.skill_md("charts", TEXT)], path=place)
    here = here.typed(site.url)
    if place.startswith("/docs") and asked != "/docs":
        assert isinstance(here.refused(site.url + asked), NotFound)
    else:
        assert (here.bring(site.url + asked).root / "charts/SKILL.md").is_file()


def test_the_older_form_that_lists_files_is_read(here: Bringing, site: OddSite) -> None:
    entry = {"name": "charts", "description": "Charts.", "files": ["SKILL.md", "references/a.md"]}
    hostile = {"name": "evil", "files": ["SKILL.md", "../../charts/SKILL.md"]}
    base = "/.well-known/skills"
    site.files |= {
        f"{base}/charts/SKILL.md": TEXT,
        f"{base}/charts/references/a.md": b"a",
        f"{base}/evil/SKILL.md": b"e",
    }
    site.files[f"{base}/index.json"] = json.dumps({"skills": [entry, hostile]}).encode()
    fetched = here.typed(site.url).bring(site.url)
    assert (fetched.root / "charts/references/a.md").read_bytes() == b"a"
    assert (fetched.root / "charts/SKILL.md").read_bytes() == TEXT
    assert not (fetched.root / "evil").exists()
    assert "'evil' was left out" in fetched.notes[0]


@pytest.mark.parametrize(
    ("over", "why"),
    [
        ({"digest": f"sha256:{'0' * 64}"}, "not what the digest"),
        ({"digest": None}, "no sha256 digest"),
        ({"digest": "md5:00"}, "no sha256 digest"),
        ({"type": "plugin"}, "type 'plugin' is not known"),
        ({"url": "/nowhere.md"}, "nothing at"),
        ({"url": "http://169.254.169.254/x"}, "not a public address"),
        ({"url": "http://127.0.0.1:1/x"}, "not a public address"),
        ({"url": "file:///etc/passwd"}, "no web address"),
        ({"url": "http://[::1"}, "no web address"),
        ({"url": "https://example.org:port/x"}, "no web address"),
        ({"name": "../evil"}, "no name"),
        ({"name": "Evil Name"}, "no name"),
        ({"name": ".git"}, "no name"),
        ({"name": "good"}, "names it twice"),
        ({"name": None}, "no name"),
    ],
)
def test_an_entry_that_is_not_as_it_should_be_is_left_out_and_said_so(
    over: dict[str, Any], why: str, here: Bringing, site: OddSite
) -> None:
    site.index([site.skill_md("good", TEXT), {**site.skill_md("bad", b"bad"), **over}])
    fetched = here.typed(site.url).bring(site.url)
    assert laid(fetched.root) == {".well-known/agent-skills/index.json", "good/SKILL.md"}
    assert len(fetched.notes) == 1
    assert "was left out" in fetched.notes[0]
    assert why in fetched.notes[0]


def test_a_hostile_archive_in_an_index_is_left_out_whole(here: Bringing, site: OddSite) -> None:
    site.index([site.skill_md("good", TEXT), site.archive("evil", packed(**{"SKILL.md": "x", "../up": "x"}))])
    fetched = here.typed(site.url).bring(site.url)
    assert laid(fetched.root) == {".well-known/agent-skills/index.json", "good/SKILL.md"}
    assert "up" in fetched.notes[0]


@pytest.mark.parametrize(
    "said",
    [
        b"<html>",
        b"[" * 100_000,
        b"[]",
        b"{}",
        b'{"skills": []}',
        b'{"$schema": "https://schemas.agentskills.io/discovery/9.0/schema.json", "skills": []}',
        json.dumps({"$schema": "x", "skills": [{"name": "a", "type": "skill-md"}]}).encode(),
        json.dumps({"skills": [{}] * 1001}).encode(),
        b" " * (1024 * 1024 + 1),
    ],
)
def test_an_index_that_cannot_be_read_is_refused_whole(said: bytes, here: Bringing, site: OddSite) -> None:
    site.files["/.well-known/agent-skills/index.json"] = said
    assert isinstance(here.typed(site.url).refused(site.url), Refused)


def test_an_index_of_which_nothing_comes_is_refused(here: Bringing, site: OddSite) -> None:
    site.index([site.skill_md("bad", b"x", digest=f"sha256:{'0' * 64}")])
    refused = here.typed(site.url).refused(site.url)
    assert isinstance(refused, Refused)
    assert refused.reason == "empty_index"
    assert "digest" in refused.message


def test_the_entries_together_have_a_bound(here: Bringing, site: OddSite) -> None:
    site.index([site.skill_md(name, bytes(60_000)) for name in ("one", "two", "three")])
    fetched = here.typed(site.url).bounded(download=100_000).bring(site.url)
    assert laid(fetched.root) >= {"one/SKILL.md", "two/SKILL.md"}
    assert "all together" in fetched.notes[0]


def test_an_index_is_cancelled_between_its_entries(here: Bringing, site: OddSite) -> None:
    digest = hashlib.sha256(b"").hexdigest()
    entry = {"name": "slow", "type": "skill-md", "url": site.stall(100), "digest": f"sha256:{digest}"}
    site.index([site.skill_md("charts", TEXT), entry])
    here = here.typed(site.url).bounded(stalled_s=60)
    import threading

    watch = Watch()
    timer = threading.Timer(0.6, watch.cancel)
    timer.start()
    assert isinstance(here.refused(site.url, watch), Cancelled)
    timer.join()


# -- what one bad entry may cost


def listed(site: OddSite, *entries: dict[str, Any]) -> None:
    """An index of the older form, with a good entry among these."""
    base = "/.well-known/skills"
    site.files[f"{base}/good/SKILL.md"] = TEXT
    site.files[f"{base}/index.json"] = json.dumps(
        {"skills": [*entries, {"name": "good", "files": ["SKILL.md"]}]}
    ).encode()


@pytest.mark.parametrize(
    "files",
    [
        ["a", "a/b"],
        ["a/b", "a"],
        ["SKILL.md", "SKILL.md"],
        ["SKILL.md", "skill.MD"],
        ["n" * 300],
        ["/".join("d" * 40)],
        ["SKILL.md", 5],
        ["./SKILL.md"],
        ["a/"],
        [".git/config"],
        [],
        ["f"] * 2001,
        5,
        None,
        "SKILL.md",
        {"SKILL.md": "x"},
    ],
)
def test_files_that_cannot_lie_in_one_folder_leave_their_entry_out_alone(
    files: object, here: Bringing, site: OddSite
) -> None:
    listed(site, {"name": "bad", "files": files})
    for path in ("a", "a/b", "SKILL.md", "skill.MD"):
        site.files[f"/.well-known/skills/bad/{path}"] = b"x"
    fetched = here.typed(site.url).bring(site.url)
    assert (fetched.root / "good/SKILL.md").read_bytes() == TEXT
    assert not (fetched.root / "bad").exists()
    assert fetched.notes[0].startswith("'bad' was left out: it ")


def test_the_time_of_all_entries_is_one(here: Bringing, site: OddSite) -> None:
    listed(site, {"name": "slow", "files": [f"f{number}" for number in range(40)]})
    index = site.files["/.well-known/skills/index.json"]
    for number in range(40):
        site.files[f"/.well-known/skills/slow/f{number}"] = b"x"
    reading = _Reading(f"{site.url}/i", here.staging(), here.typed(site.url).network, Watch(), time.monotonic() - 1)
    for entry in json.loads(index)["skills"]:
        reading.take(entry)
    assert reading.names == set()
    assert all("no time left" in note for note in reading.notes)
    assert site.asked == []


def test_what_all_archives_become_has_one_bound(here: Bringing, site: OddSite) -> None:
    site.index([site.archive(name, packed(SKILL_md="s" * 60_000)) for name in ("one", "two", "three", "four")])
    fetched = here.typed(site.url).bounded(tree=150_000).bring(site.url)
    assert laid(fetched.root) == {".well-known/agent-skills/index.json", "one/SKILL.md", "two/SKILL.md"}
    assert len(fetched.notes) == 2
