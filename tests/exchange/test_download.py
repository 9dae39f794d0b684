"""Files from the web: over TLS to the address that was judged, through a proxy, and bounded whatever the server does."""

from __future__ import annotations

import contextlib
import errno
import io
import ssl
import subprocess
import threading
import time
import zipfile
from pathlib import Path

import pytest
from bringing import Bringing
from fake_github import FakeGitHub
from sites import OddSite, running

from workbench.errors import Refused, WorkbenchError
from workbench.skills.sources.download import Ask, download, read, unwritable
from workbench.skills.sources.watch import Cancelled, Progress, Watch

NAME = "skills.example"


def packed(**files: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_", "."), text)
    return made.getvalue()


SKILL = packed(SKILL_md="---\nname: charts\n---\n")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for one name, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    made, key = folder / "certificate.pem", folder / "key.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subject = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    subprocess.run([*words, *subject, "-keyout", key, "-out", made], check=True, capture_output=True)
    return made, key


@pytest.fixture
def tls(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What a server with that certificate needs; this machine trusts it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    monkeypatch.delenv("GIT_SSL_CAINFO", raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def called(url: str, name: str = NAME) -> str:
    return url.replace("127.0.0.1", name)


def test_the_name_is_in_host_and_tls_and_the_connection_goes_to_the_address(
    here: Bringing, tls: ssl.SSLContext
) -> None:
    """The system knows no such name: only what was looked up can lead there."""
    asked_for: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    with running(OddSite(), tls=tls) as site:
        site.files["/charts.zip"] = SKILL
        url = called(site.url)
        fetched = here.typed(url).looked_up(skills_example="127.0.0.1").bring(f"{url}/charts.zip")
        assert (fetched.root / "SKILL.md").is_file()
        assert (fetched.kind, fetched.origin) == ("archive", f"{url}/charts.zip")
        assert [each.host for each in site.asked] == [f"{NAME}:{site.port}"]
    assert asked_for == [NAME]


def test_git_goes_the_same_way_with_the_same_certificates(here: Bringing, tls: ssl.SSLContext, tmp_path: Path) -> None:
    with running(FakeGitHub(tmp_path / "github"), tls=tls) as github:
        github.repo("octo/skills", {"a": "a"})
        here = here.typed(github=called(github.url)).looked_up(skills_example="127.0.0.1")
        assert (here.bring("octo/skills#main").root / "a").is_file()


@pytest.mark.parametrize("path", ["/charts.zip", "/octo/skills.git"])
def test_a_certificate_of_another_name_is_refused(path: str, here: Bringing, tls: ssl.SSLContext) -> None:
    with running(OddSite(), tls=tls) as site:
        site.files["/charts.zip"] = SKILL
        url = called(site.url, "other.example")
        refused = here.typed(url).looked_up(other_example="127.0.0.1").refused(f"{url}{path}")
        assert site.asked == []
    assert isinstance(refused, Refused)
    assert refused.reason == "certificate"


def test_a_name_that_means_something_else_a_moment_later_changes_nothing(here: Bringing, site: OddSite) -> None:
    """Every look-up is judged, and what it said is where the connection goes: the second answer is not asked for."""
    from dataclasses import replace

    answers = iter([["93.184.216.34", "10.0.0.1"], ["127.0.0.1"]])
    here = replace(here, network=replace(here.network, lookup=lambda _host, _port: next(answers)))
    here.refused("https://rebinding.example/a.zip")
    assert next(answers) == ["127.0.0.1"]
    assert site.asked == []


def test_the_next_address_is_tried_when_one_does_not_answer(here: Bringing, site: OddSite) -> None:
    site.files["/charts.zip"] = SKILL
    url = called(site.url)
    here = here.typed(url).looked_up(skills_example="127.0.0.2 ::1 127.0.0.1")
    assert (here.bring(f"{url}/charts.zip").root / "SKILL.md").is_file()


# -- proxies ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def proxied(here: Bringing, site: OddSite, monkeypatch: pytest.MonkeyPatch) -> Bringing:
    """A machine that can look up nothing and reaches the world through a proxy, which is our site."""
    monkeypatch.setenv("http_proxy", site.url)
    monkeypatch.setenv("https_proxy", site.url)
    return here.typed("http://skills.example").looked_up(inside_example="10.0.0.7")


def test_a_proxy_looks_names_up_and_brings_what_lies_there(proxied: Bringing, site: OddSite) -> None:
    site.files["/charts.zip"] = SKILL
    assert (proxied.bring("http://skills.example/charts.zip").root / "SKILL.md").is_file()
    assert site.asked[0].host == "skills.example"


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "localhost", "inside.example"])
def test_a_proxy_is_not_asked_for_what_is_seen_to_be_private(host: str, proxied: Bringing, site: OddSite) -> None:
    refused = proxied.refused(f"https://{host}/charts.zip")
    assert isinstance(refused, Refused)
    assert refused.reason == "private_address"
    assert site.asked == []


def test_a_proxy_is_passed_by_where_the_environment_says_so(
    proxied: Bringing, site: OddSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "skills.example")
    proxied.refused("http://skills.example/charts.zip")
    assert site.asked == []


# -- bounds -----------------------------------------------------------------------------------------------------------


def test_three_redirects_are_followed_and_a_fourth_is_not(here: Bringing, site: OddSite) -> None:
    site.files["/charts.zip"] = SKILL
    here = here.typed(site.url)
    for hops, comes in ((3, True), (4, False)):
        site.redirects["/go.zip"] = site.hops(hops - 1, "/charts.zip")
        with contextlib.nullcontext() if comes else pytest.raises(Refused, match="more than 3 times"):
            here.bring(f"{site.url}/go.zip")


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("bytes", "too_large"),
        ("flood", "too_large"),
        ("lie", "broken"),
        ("silent", "stalled"),
        ("stall", "stalled"),
        ("trickle", "stalled"),
    ],
)
def test_a_download_that_does_not_come_whole_leaves_no_file(
    what: str, reason: str, here: Bringing, site: OddSite
) -> None:
    pages = {
        "bytes": site.bytes(200_000),
        "flood": site.flood(),
        "lie": site.lie(50_000),
        "silent": site.silent(),
        "stall": site.stall(30_000),
        "trickle": site.trickle(10_000),
    }
    site.redirects["/a.zip"] = pages[what]
    bounds = {"stalled_s": 0.5, "total_s": 1.5} if reason == "stalled" else {"stalled_s": 60, "total_s": 100}
    refused = here.typed(site.url).bounded(download=100_000, **bounds).refused(f"{site.url}/a.zip")
    assert isinstance(refused, Refused)
    assert refused.reason == reason


@pytest.mark.parametrize("what", ["silent", "stall", "trickle", "flood"])
def test_a_download_that_is_cancelled_ends_at_once_and_leaves_no_file(what: str, here: Bringing, site: OddSite) -> None:
    pages = {
        "silent": site.silent(),
        "stall": site.stall(30_000),
        "trickle": site.trickle(10_000),
        "flood": site.flood(),
    }
    site.redirects["/a.zip"] = pages[what]
    watch, at = Watch(), [0.0]

    def cancel() -> None:
        at[0] = time.monotonic()
        watch.cancel()

    timer = threading.Timer(0.4, cancel)
    timer.start()
    here = here.typed(site.url).bounded(stalled_s=60, total_s=60, download=1 << 40)
    assert isinstance(here.refused(f"{site.url}/a.zip", watch), Cancelled)
    assert time.monotonic() - at[0] < 30  # and not when its time is over
    timer.join()


def test_progress_counts_the_bytes_up_to_their_sum(here: Bringing, site: OddSite, tmp_path: Path) -> None:
    told: list[Progress] = []
    network = here.typed(site.url).network
    download(site.bytes(300_000), tmp_path / "file", watch=Watch(told.append), network=network)
    assert (tmp_path / "file").stat().st_size == 300_000
    came = [(each.done, each.total) for each in told if each.stage == "downloading"]
    assert came[-1] == (300_000, 300_000)


def test_a_file_that_is_there_already_is_neither_overwritten_nor_removed(
    here: Bringing, site: OddSite, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises((WorkbenchError, FileExistsError)):
        download(site.bytes(10), tmp_path / "file", watch=Watch(), network=here.typed(site.url).network)
    assert (tmp_path / "file").read_text() == "mine"


def test_an_archive_of_the_web_that_is_hostile_leaves_nothing(here: Bringing, site: OddSite) -> None:
    site.files["/a.zip"] = packed(**{"../evil": "x"})
    site.files["/b.zip"] = b"no archive"
    here = here.typed(site.url)
    here.refused(f"{site.url}/a.zip")
    here.refused(f"{site.url}/b.zip")


def test_an_archive_of_this_machine_is_unpacked(here: Bringing, tmp_path: Path) -> None:
    (tmp_path / "charts.skill").write_bytes(SKILL)
    fetched = here.bring(str(tmp_path / "charts.skill"))
    assert (fetched.kind, fetched.origin) == ("archive", str(tmp_path / "charts.skill"))
    assert (fetched.root / "SKILL.md").is_file()
    assert [each.name for each in fetched.root.parent.iterdir()] == ["source"]


def test_what_is_sent_along_with_a_request_is_sent_to_nobody_else(here: Bringing, site: OddSite) -> None:
    ask = Ask(method="POST", body=b"device_code=secret")
    with pytest.raises(WorkbenchError, match="answers with an error"):
        read(site.to(f"{site.url}/there"), limit=10, watch=Watch(), network=here.typed(site.url).network, ask=ask)
    assert [(each.method, each.path.split("?")[0]) for each in site.asked] == [("POST", "/odd/to")]


def test_a_name_that_is_too_long_is_not_told_as_a_full_disk() -> None:
    assert "shorter" in unwritable(OSError(errno.ENAMETOOLONG, "File name too long")).remedy
    assert "space" in unwritable(OSError(errno.ENOSPC, "No space left on device")).remedy
