"""Feedback, second phase: an issue as the person has reviewed it, filed on a GitHub of 127.0.0.1 (A5.64)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fake_github import FakeGitHub
from github_signed import signed_in
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.app import Workbench
from workbench.errors import NotFound, Refused, WorkbenchError
from workbench.settings import Settings
from workbench.skills.github import issues

REVIEWED: dict[str, Any] = {
    "kind": "bug",
    "title": "Back crashes",
    "body": "Click it twice.",
    "labels": ["bug", "stepper"],
}


@pytest.fixture
def bench(bench: Workbench, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """A Workbench whose feedback goes to a repository of the test's GitHub; nobody is signed in."""
    for name in ("GITHUB_TOKEN", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    github.limit()
    github.repo("octo/workbench", {"README.md": "Workbench"})
    bench.save_settings(
        Settings(github_url=github.url, github_api_url=github.api, feedback_repository="octo/workbench")
    )
    return bench


def create(bench: Workbench, **changed: Any) -> dict[str, Any]:
    return bench.call("feedback.create_issue", {**REVIEWED, **changed})


def refused(bench: Workbench, **changed: Any) -> WorkbenchError:
    with pytest.raises(WorkbenchError) as error:
        create(bench, **changed)
    return error.value


def test_an_issue_is_filed_as_it_was_reviewed_with_its_labels(bench: Workbench, github: FakeGitHub) -> None:
    signed_in(bench, github)
    made = create(bench)
    assert made == {"url": f"{github.url}/octo/workbench/issues/1", "number": 1, "missing_labels": []}
    issue = github.repos["octo/workbench"].issues[0]
    assert (issue["title"], issue["body"]) == ("Back crashes", "Click it twice.")
    assert [label["name"] for label in issue["labels"]] == ["bug", "stepper"]


def test_a_label_that_may_not_be_made_is_named_and_loses_no_issue(bench: Workbench, github: FakeGitHub) -> None:
    signed_in(bench, github)
    repo = github.repos["octo/workbench"]
    repo.labels, repo.closed_labels = ["bug"], True
    assert create(bench)["missing_labels"] == ["stepper"]
    assert len(repo.issues) == 1


def test_labels_that_fail_altogether_lose_no_issue(bench: Workbench, github: FakeGitHub) -> None:
    signed_in(bench, github)
    github.fail(r"/labels$", 500)
    assert create(bench)["missing_labels"] == ["bug", "stepper"]


def test_who_is_not_signed_in_sends_nothing_and_is_told_the_page_to_make_it_by_hand(
    bench: Workbench, github: FakeGitHub
) -> None:
    error = refused(bench)
    assert isinstance(error, Refused)
    assert error.reason == "sign_in"
    assert error.remedy == f"Sign in to GitHub first. Or file it by hand at {github.url}/octo/workbench/issues/new."
    page = urlsplit(error.facts["page"])
    assert page.path == "/octo/workbench/issues/new"
    assert parse_qs(page.query) == {"title": ["Back crashes"], "body": ["Click it twice."]}
    assert github.repos["octo/workbench"].issues == []


def test_what_github_has_against_it_is_said_and_nothing_is_filed(bench: Workbench, github: FakeGitHub) -> None:
    signed_in(bench, github)
    github.fail(r"/issues$", 403, {"message": "Resource not accessible by integration"})
    error = refused(bench)
    assert "Resource not accessible" in error.message
    assert error.facts["page"].startswith(github.url)
    github.faults.clear()
    bench.save_settings(Settings(feedback_repository="octo/elsewhere"))
    assert isinstance(refused(bench), NotFound)


def test_where_nobody_knows_whether_it_was_filed_a_person_is_told_to_look_first(
    bench: Workbench, github: FakeGitHub
) -> None:
    signed_in(bench, github)
    github.fail(r"/issues$", 502)
    assert refused(bench).remedy.startswith(f"It may be there all the same: look at {github.url}/octo/workbench/issues")


def test_without_a_repository_for_feedback_the_setting_is_named(bench: Workbench) -> None:
    bench.save_settings(Settings(feedback_repository=""))
    assert "feedback_repository" in refused(bench).remedy


def test_a_secret_of_this_home_is_not_filed(bench: Workbench, github: FakeGitHub) -> None:
    token = signed_in(bench, github)
    create(bench, title=f"It says {token}", body=f"Token: {token}")
    issue = github.repos["octo/workbench"].issues[0]
    assert token not in issue["title"] + issue["body"]


def test_what_is_filed_by_hand_has_no_secret_of_this_home_in_its_text_or_its_address(
    bench: Workbench, github: FakeGitHub
) -> None:
    token = signed_in(bench, github)
    found = bench.call("feedback.by_hand", title=f"It says {token}", body=f"Token: {token}\n")
    assert (found["title"], found["body"]) == ("It says [REDACTED]", "Token: [REDACTED]\n")
    page = urlsplit(found["page"])
    assert f"{page.scheme}://{page.netloc}{page.path}" == f"{github.url}/octo/workbench/issues/new"
    assert parse_qs(page.query) == {"title": [found["title"]], "body": [found["body"]]}
    assert not found["cut"]


def test_without_a_repository_it_is_masked_all_the_same_and_has_no_page(bench: Workbench) -> None:
    bench.save_settings(Settings(feedback_repository=""), {"ANTHROPIC_API_KEY": "sk-ant-0123456789abcdef0123"})
    found = bench.call("feedback.by_hand", title="", body="sk-ant-0123456789abcdef0123")
    assert found == {"title": "", "body": "[REDACTED]", "page": None, "cut": False}


@settings(max_examples=60)
@given(st.text(max_size=256), st.text(st.characters(exclude_categories=["Cs"]), max_size=50), st.integers(1, 300))
def test_an_address_is_never_too_long_and_says_when_its_text_was_cut(title: str, words: str, times: int) -> None:
    body = words * times
    page, cut = issues.page("https://github.example/", "a/b", title, body)
    assert len(page) <= issues.LONGEST
    said = parse_qs(urlsplit(page).query, keep_blank_values=True)
    assert said["title"] == [title]
    if cut:
        assert body.startswith(said["body"][0].removesuffix("…"))
        assert len(page) > issues.LONGEST - 40
    else:
        assert said["body"] == [body]


@pytest.mark.parametrize("name", ["octo", "octo/a/b", "https://github.com/octo/a", "octo/.."])
def test_a_setting_that_names_no_repository_is_refused(bench: Workbench, name: str) -> None:
    with pytest.raises(WorkbenchError, match="feedback_repository"):
        bench.call("settings.save", changes={"feedback_repository": name})
