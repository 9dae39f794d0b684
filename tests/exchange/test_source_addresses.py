"""What the text of a source names."""

from __future__ import annotations

import pytest

from workbench.errors import InvalidRequest, Refused
from workbench.skills.sources.address import Address, Archive, ArchiveUrl, Folder, Git, GitHub, Index, parse
from workbench.skills.sources.hosts import Bases, public, wrong_host

BASES = Bases()
TYPED = Bases(github="http://127.0.0.1:8080", more=("https://git.corp.internal",))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("octo/skills", GitHub("octo", "skills")),
        (" octo/skills ", GitHub("octo", "skills")),
        ("github:octo/skills", GitHub("octo", "skills")),
        ("octo/skills#fix/colours", GitHub("octo", "skills", "fix/colours")),
        ("octo/skills@charts", GitHub("octo", "skills", skill="charts")),
        ("octo/skills#v1@charts", GitHub("octo", "skills", "v1", skill="charts", named="v1@charts")),
        ("octo/skills/a/b", GitHub("octo", "skills", path=("a", "b"))),
        ("octo/.github", GitHub("octo", ".github")),
        ("github.com/octo/skills", GitHub("octo", "skills")),
        ("github.com/octo/skills.git/", GitHub("octo", "skills")),
        ("https://github.com/octo/skills", GitHub("octo", "skills")),
        ("https://www.github.com/octo/skills.git", GitHub("octo", "skills")),
        ("https://github.com/octo/skills/", GitHub("octo", "skills")),
        ("https://github.com/octo/skills#v1", GitHub("octo", "skills", "v1")),
        ("https://github.com/octo/skills/tree/main", GitHub("octo", "skills", tail=("main",))),
        ("https://github.com/o/s/tree/fix/colours/a%20b/", GitHub("o", "s", tail=("fix", "colours", "a b"))),
        ("https://github.com/octo/skills/archive/refs/heads/main.zip", ArchiveUrl("https://github.com/octo/skills/archive/refs/heads/main.zip")),
        ("https://example.org/a/skill.skill", ArchiveUrl("https://example.org/a/skill.skill")),
        ("https://example.org/get.tar.gz?id=2", ArchiveUrl("https://example.org/get.tar.gz?id=2")),
        ("https://codeload.github.com/o/s/zip/refs/heads/x", ArchiveUrl("https://codeload.github.com/o/s/zip/refs/heads/x")),
        ("https://git.example.org/a/b.git#dev", Git("https://git.example.org/a/b.git", "dev")),
        ("https://gitlab.com/group/sub/skills", Git("https://gitlab.com/group/sub/skills.git")),
        ("https://git.example.org/g/s/-/tree/fix/x/y", Git("https://git.example.org/g/s.git", tail=("fix", "x", "y"))),
        ("gitlab:group/skills", Git("https://gitlab.com/group/skills.git")),
        ("git@github.com:octo/skills.git", Git("ssh://git@github.com/octo/skills.git")),
        ("ssh://git@git.example.org:2222/octo/skills", Git("ssh://git@git.example.org:2222/octo/skills")),
        ("https://example.org", Index("https://example.org")),
        ("https://example.org/docs/", Index("https://example.org/docs")),
        ("./skills", Folder("./skills")),
        ("~/skills", Folder("~/skills")),
        ("/home/me/skills", Folder("/home/me/skills")),
        (".", Folder(".")),
        ("charts.skill", Archive("charts.skill")),
        ("downloads/charts.ZIP", Archive("downloads/charts.ZIP")),
        ("/tmp/skills.tar.gz", Archive("/tmp/skills.tar.gz")),
    ],
)  # fmt: skip
def test_a_text_names_one_thing_and_so_does_its_origin(text: str, address: Address) -> None:
    assert parse(text, bases=BASES) == address
    assert parse(address.origin, bases=BASES).origin == address.origin


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/octo/skills/blob/main/README.md",
        "https://github.com/octo/skills/blob/SKILL.md",
        "https://github.com/octo/skills/blob/main/charts/SKILL.md",
        "https://github.com/octo/skills/tree",
        "https://github.com/octo",
        "https://github.com/octo/skills/issues/1",
        "https://github.com/",
        "skills",
        "example.org/skills",
    ],
)
def test_what_is_no_source_is_told_the_forms(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"no (source|owner|repository)") as refused:
        parse(text, bases=BASES)
    assert "owner/repo" in refused.value.remedy


@pytest.mark.parametrize("text", ["octo/..", "../..x/y\\z", "octo/a\\b", "octo/%2e%2e", "https://github.com/octo/%2E%2E/x",
                                  "https://github.com/o/s/tree/main/../x", "https://github.com/o/s/tree/main/a%2Fb%2F.."])  # fmt: skip
def test_a_path_that_leads_up_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        parse(text, bases=BASES)


def test_one_repository_has_one_origin_however_it_is_spelt() -> None:
    spelt = (
        "Octo/Skills",
        "github.com/octo/skills.git/",
        "https://u:p@github.com/OCTO/skills",
        "http://github.com/octo/skills",
    )
    assert {parse(each, bases=BASES).origin for each in spelt} == {"https://github.com/octo/skills"}


@pytest.mark.parametrize(
    "text",
    ["https://[::1/x", "https://example.org:port/x", "https://exa mple.org/x", "ssh://git@h:port/x", "https:///x"],
)
def test_what_is_hardly_an_address_is_a_sentence(text: str) -> None:
    with pytest.raises(InvalidRequest):
        parse(text, bases=Bases(more=("http://[::1", "http://x:port", "octo/shop")))


def test_credentials_are_left_out_and_said_so() -> None:
    for text in ("https://me:secret@git.example.org/a.git", "ssh://me:secret@git.example.org/a.git"):
        address = parse(text, bases=BASES)
        assert "secret" not in repr(address)
        assert "left out" in address.notes[0]


def test_a_signed_link_is_not_kept_in_the_origin() -> None:
    address = parse("https://example.org/a.zip?version=2&X-Amz-Signature=abc&token=def", bases=BASES)
    assert address.origin == "https://example.org/a.zip?version=2"


def test_a_base_address_that_was_typed_may_be_private_and_http() -> None:
    assert parse("octo/skills", bases=TYPED).origin == "http://127.0.0.1:8080/octo/skills"
    assert parse("http://127.0.0.1:8080/octo/skills", bases=TYPED) == GitHub("octo", "skills", bases=TYPED)
    assert isinstance(parse("127.0.0.1:8080/octo/skills", bases=TYPED), GitHub)
    assert isinstance(parse("https://git.corp.internal/a/b.git", bases=TYPED), Git)
    assert isinstance(parse("git@git.corp.internal:a/b.git", bases=TYPED), Git)
    github = parse("https://github.com/octo/skills", bases=TYPED)
    assert github.origin == "https://github.com/octo/skills"
    for text in ("http://127.0.0.1:8081/octo/skills.git", "http://git.corp.internal/a/b.git"):
        with pytest.raises((Refused, InvalidRequest)):
            parse(text, bases=TYPED)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.0.8", "192.88.99.1", "3fff::1",
     "168.63.129.16", "[::1]", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::",
     "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.01", "localhost", "LOCALHOST.", "a.localhost", "nas.local",
     "metadata.google.internal", "-x.org", ""],
)  # fmt: skip
def test_a_host_within_the_house_is_known_by_its_spelling(host: str) -> None:
    assert wrong_host(host)


@pytest.mark.parametrize(
    "host", ["github.com", "8.8.8.8", "2606:4700::1111", "a-b.example.org", "localhost.example.org", "x1"]
)
def test_other_hosts_may_be_asked(host: str) -> None:
    assert wrong_host(host) is None


def test_a_gateway_to_a_public_address_is_public() -> None:
    import ipaddress

    assert public(ipaddress.ip_address("64:ff9b::8.8.8.8"))


@pytest.mark.parametrize(
    "text", ["https://example.org:0/a.git", "ssh://git@example.org:0/a", "https://example.org:99999/a.zip"]
)
def test_a_port_that_nobody_has_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        parse(text, bases=BASES)
