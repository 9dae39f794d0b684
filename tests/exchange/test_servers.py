"""The servers that the tests of this folder talk to do what they say."""

from __future__ import annotations

import gc
import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from fake_github import FakeGitHub, marketplace
from sites import OddSite, running


def get(url: str, **headers: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as response:
        return json.loads(response.read())


def test_a_repository_is_cloned_and_read_through_the_api(github: FakeGitHub, tmp_path: Path) -> None:
    repo = github.repo("octo/shop", marketplace("charts", "plots"))
    sha = repo.commit({"a/b.md": "b\n", "run.sh": ("100755", "#!/bin/sh\n")}, branch="fix/colours")
    subprocess.run(["git", "clone", "-q", f"{github.url}/octo/shop.git", tmp_path / "out"], check=True)
    assert (tmp_path / "out/plugins/charts/skills/charts/SKILL.md").is_file()
    assert get(f"{github.api}/repos/octo/shop")["default_branch"] == "main"
    assert get(f"{github.api}/repos/octo/shop/commits/fix/colours")["sha"] == sha
    assert [each["path"] for each in get(f"{github.api}/repos/octo/shop/contents/a?ref=fix/colours")] == ["a/b.md"]


def test_what_is_private_is_not_found_without_a_token(github: FakeGitHub) -> None:
    github.repo("octo/secret", {"a": "a"}, private=True)
    with pytest.raises(urllib.error.HTTPError, match="404") as refused:
        get(f"{github.api}/repos/octo/secret")
    refused.value.close()
    token = github.token("octo")
    assert get(f"{github.api}/repos/octo/secret", Authorization=f"Bearer {token}")["private"] is True


def test_nothing_is_answered_when_the_limit_is_reached(github: FakeGitHub) -> None:
    github.repo("octo/shop", {"a": "a"})
    github.limit(remaining=0)
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        get(f"{github.api}/repos/octo/shop")
    assert refused.value.headers["X-RateLimit-Remaining"] == "0"
    refused.value.close()


def test_an_index_names_what_it_serves(site: OddSite) -> None:
    site.index([site.skill_md("charts", b"---\nname: charts\n---\n")])
    entry = get(f"{site.url}/.well-known/agent-skills/index.json")["skills"][0]
    assert site.files[entry["url"]].startswith(b"---")


def test_redirects_lead_where_they_are_told_to(site: OddSite) -> None:
    site.files["/there.json"] = b"[1]"
    assert get(site.hops(3, "/there.json")) == [1]
    assert get(site.to(f"{site.url}/there.json")) == [1]


def test_a_site_that_ends_while_somebody_connects_leaves_nothing_open() -> None:
    unclosed: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "unraisablehook", lambda told: unclosed.append(told.exc_value))
        for _ in range(10):
            with running(OddSite()) as site:
                clients = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(3)]
            for client in clients:
                client.close()
        gc.collect()
    assert unclosed == []
