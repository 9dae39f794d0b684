"""The usage dashboard as a person meets it: in a tab, in a cell, by keyboard, in the dark, with nothing to show."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lab import LOAD, Lab, Notebook, View, empty_lab, lab_server, palette
from playwright.sync_api import Locator, Page, Response, expect
from spending import UNKNOWN, spend

HERE = Path(__file__).parent
README = HERE.parents[1] / "extension" / "screenshot-usage.png"
ZONE = "UTC"
WORKSPACE = "usage"

Open = Callable[..., Notebook]


@pytest.fixture(scope="module")
def _spent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(lab_server(tmp_path_factory.mktemp("spent")))
    spend(lab.root)
    lab.server.start()
    yield lab
    lab.server.stop()


@pytest.fixture
def spent(_spent: Lab) -> Iterator[Lab]:
    """A JupyterLab on a machine whose agents have been at work for a month."""
    yield _spent
    _spent.tidy()


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "timezone_id": ZONE}


class Dashboard:
    """The view, wherever it is."""

    def __init__(self, root: Locator) -> None:
        self.root = root

    def shown(self) -> Dashboard:
        """Waits until all that was new is in its figures and its charts are drawn."""
        expect(self.root.locator(".wb-cards")).to_be_visible()
        expect(self.root.get_by_role("progressbar")).to_have_count(0)
        expect(self.root.locator(".wb-cards")).to_have_attribute("aria-busy", "false")
        return self

    def card(self, title: str) -> Locator:
        return (
            self.root.locator(".wb-figure-card")
            .filter(has=self.root.page.get_by_text(title, exact=True))
            .locator(".wb-value")
        )

    def figure(self, title: str) -> Locator:
        return self.root.get_by_role("region", name=title, exact=True)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    @property
    def sessions(self) -> Locator:
        return self.figure("Sessions").locator(".wb-row-button")

    def download(self, button: str) -> Path:
        with self.root.page.expect_download() as waiting:
            self.button(button).click()
        return Path(waiting.value.path())


def opened(lab: Lab, page: Page, **params: str) -> Dashboard:
    """The dashboard in a tab."""
    empty_lab(lab, page, WORKSPACE)
    page.evaluate("params => window.jupyterapp.commands.execute('workbench:open-usage', params)", params)
    return tab(page).shown()


def tab(page: Page) -> Dashboard:
    return Dashboard(page.locator(".wb-usage[data-place=page]"))


def dollars(cost: str | None) -> str:
    """As the view rounds it."""
    value = Decimal(cost or 0)
    return f"${value:,.2f}" if value >= 1 or value == 0 else f"${value:,.4f}"


def told(lab: Lab, name: str, **params: Any) -> Any:
    """What a report says of what the server has imported; an import here would look into the home of who runs the tests."""
    with lab.bench() as bench:
        return bench.call(f"usage.{name}", {"timezone": ZONE, **params, "refresh": False})


def in_range(page: Page) -> dict[str, str]:
    """The days that are shown by default, by the page's clock."""
    days: list[str] = page.evaluate(
        "() => [29, 0].map(back => new Date(Date.now() - back * 864e5).toISOString().slice(0, 10))"
    )
    return {"since": days[0], "until": days[1]}


def one_of(texts: Iterable[str]) -> re.Pattern[str]:
    return re.compile(f"^({'|'.join(map(re.escape, texts))})$")


def test_the_launcher_leads_to_figures_that_are_those_of_the_reports(spent: Lab, page: Page) -> None:
    empty_lab(spent, page, WORKSPACE)
    before = in_range(page)
    page.locator(".jp-LauncherCard", has_text="Usage").first.click()
    view = tab(page).shown()
    # It may be midnight meanwhile.
    either = [told(spent, "daily", **days)["totals"] for days in (before, in_range(page))]
    assert either[0]["samplings"] > 200
    expect(view.card("Cost")).to_have_text(one_of(dollars(totals["total_cost"]) for totals in either))
    expect(view.card("Responses")).to_have_text(one_of(f"{totals['samplings']:,}" for totals in either))
    for title in ("Cost a day", "Calendar", "5-hour blocks", "By skill", "By project", "By model"):
        expect(view.figure(title).locator("svg.marks")).to_be_visible()
    expect(view.root.get_by_label("Notices")).to_contain_text(UNKNOWN)
    expect(view.root.get_by_label("Notices")).to_contain_text("1 row of transcripts could not be counted.")


def test_a_filter_changes_the_figures_and_a_click_on_its_chip_changes_them_back(spent: Lab, page: Page) -> None:
    days = in_range(page)
    view = opened(spent, page, **days)
    # Figures of before the import are in sight a moment longer than its bar.
    every = dollars(told(spent, "daily", **days)["totals"]["total_cost"])
    expect(view.card("Cost")).to_have_text(every)
    view.root.get_by_label("Filter by skill").select_option("tidy-sql")
    part = told(spent, "daily", **days, skill="tidy-sql")["totals"]
    expect(view.card("Cost")).to_have_text(dollars(part["total_cost"]))
    expect(view.card("Responses")).to_have_text(f"{part['samplings']:,}")
    view.button("Remove the filter Skill: tidy-sql").click()
    expect(view.card("Cost")).to_have_text(every)
    view.root.get_by_text("7 days", exact=True).click()
    expect(view.card("Cost")).not_to_have_text(every)


def test_days_begin_at_the_midnight_of_the_chosen_zone(spent: Lab, page: Page) -> None:
    view = opened(spent, page)
    zone = view.root.get_by_label("Time zone")
    expect(zone).to_have_value(ZONE)
    zone.fill("Pacific/Kiritimati")
    zone.press("Enter")
    view.button("Cost a day: show as a table").click()
    rows = view.figure("Cost a day").locator("tbody tr")
    report = told(spent, "daily", timezone="Pacific/Kiritimati", since="2000-01-01")
    last = report["rows"][-1]
    expect(rows.first).to_contain_text(last["key"])
    expect(rows.first).to_contain_text(dollars(last["total_cost"]))


def test_a_vendors_session_leads_to_the_lines_that_were_counted(spent: Lab, page: Page) -> None:
    view = opened(spent, page, provider="openai")
    view.sessions.first.click()
    detail = view.root.locator(".wb-detail").first
    expect(detail.locator(".wb-path").first).to_contain_text("/.codex/sessions/")
    expect(detail.get_by_role("columnheader", name="Offset")).to_be_visible()
    detail.locator(".wb-row-button").first.click()
    expect(detail).to_contain_text("Priced as openai gpt-5.1-codex")


def test_a_session_of_our_own_leads_to_its_transcript(spent: Lab, page: Page) -> None:
    with spent.bench() as bench:
        options = {"recording": "flood", "events": 20}
        session = bench.call("agents.start", {"provider": "replay", "prompt": "Go", "options": options})["session"]
        # A replay has spent nothing, so what is counted is said of it.
        now = datetime.now(UTC).isoformat()
        run = {"run": "r-own", "session": session, "model": "claude-opus-4-5", "provider": "claude"}
        bench.call("usage.record", run | {"started": now, "ended": now, "input_tokens": 10, "cost": "0.5"})
    view = opened(spent, page)
    # It comes when what is new has been counted, under the name that the provider gave it.
    view.root.locator("[data-row$='replay:flood:1']").click()
    view.button("Open the transcript").click()
    log = View(page.locator(f"#workbench-session-{session} .wb-session"))
    log.has_word(19)


def test_tables_and_charts_are_downloads(spent: Lab, page: Page) -> None:
    days = in_range(page)
    view = opened(spent, page, **days)
    totals = told(spent, "daily", **days)["totals"]
    # Figures of before the import are in sight a moment longer than its bar.
    expect(view.card("Responses")).to_have_text(f"{totals['samplings']:,}")
    with view.download("Download the days as CSV").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(int(row["Responses"]) for row in rows) == totals["samplings"]
    assert sum(Decimal(row["Cost (USD)"]) for row in rows) == Decimal(totals["total_cost"])
    whole = json.loads(view.download("Download the days as JSON").read_text())
    assert whole["totals"] == totals
    assert view.download("Cost a day: download as PNG").read_bytes().startswith(b"\x89PNG")


def test_charts_follow_the_theme(spent: Lab, page: Page) -> None:
    view = opened(spent, page)
    chart = view.figure("By model").locator("svg.marks")
    light = chart.inner_html()
    in_theme(page, "Dark")
    page.wait_for_function(
        "([chart, light]) => document.querySelector(chart).innerHTML !== light",
        arg=["[aria-label^='Cost by model'] svg.marks", light],
    )
    in_theme(page, "Light")


def in_theme(page: Page, name: str) -> None:
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", f"JupyterLab {name}"
    )


def test_all_of_it_is_reached_with_the_keyboard_alone(spent: Lab, page: Page) -> None:
    empty_lab(spent, page, WORKSPACE)
    palette(page, "Open Usage Dashboard")
    page.keyboard.press("Enter")
    view = tab(page).shown()
    every = view.card("Cost").inner_text()
    tab_to(page, view.root.get_by_role("radio", name="30 days"))
    page.keyboard.press("ArrowLeft")
    expect(view.root.get_by_role("radio", name="7 days")).to_be_checked()
    expect(view.card("Cost")).not_to_have_text(every)
    tab_to(page, view.sessions.first)
    page.keyboard.press("ArrowDown")
    expect(view.sessions.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(view.sessions.nth(1)).to_have_attribute("aria-expanded", "true")
    expect(view.root.locator(".wb-detail .wb-path").first).to_contain_text(".jsonl")


def tab_to(page: Page, target: Locator, most: int = 80) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError("The Tab key does not reach it.")


def test_the_tab_is_back_after_a_reload_with_what_was_chosen(spent: Lab, page: Page) -> None:
    days = in_range(page)
    view = opened(spent, page, **days)
    view.root.get_by_label("Filter by project").select_option("-home-ada-atlas")
    figure = told(spent, "daily", **days, project="-home-ada-atlas")["totals"]["total_cost"]
    expect(view.card("Cost")).to_have_text(dollars(figure))
    page.evaluate(LAYOUT_HOLDS_THE_CHOICE, WORKSPACE)
    page.reload()
    view = tab(page).shown()
    expect(view.card("Cost")).to_have_text(dollars(figure))


LAYOUT_HOLDS_THE_CHOICE = """async workspace => {
  const { workspaces } = window.jupyterapp.serviceManager;
  const kept = async () => JSON.stringify((await workspaces.fetch(workspace)).data);
  while (!((await kept()).includes('-home-ada-atlas') && (await kept()).includes('workbench-usage'))) {
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}"""


@pytest.mark.parametrize("source", ["%workbench usage", "import workbench\nworkbench.open().view('usage', range='7d')"])
def test_the_same_view_is_shown_in_a_cell(spent: Lab, notebook: Open, source: str) -> None:
    book = notebook(LOAD, source, lab=spent)
    book.run_to_end(0)
    book.run(1)
    view = Dashboard(book.cell(1).locator(".wb-usage")).shown()
    expect(view.figure("Cost a day").locator("svg.marks")).to_be_visible()
    shot(book.page, "usage-cell")
    view.sessions.first.scroll_into_view_if_needed()
    view.sessions.first.click()
    shot(book.page, "usage-cell-sessions")


def test_in_notebook_7_it_opens_in_the_side_panel(spent: Lab, notebook: Open) -> None:
    book = notebook("1", lab=spent, classic=True)
    book.page.evaluate("() => window.jupyterapp.commands.execute('workbench:open-usage')")
    view = Dashboard(book.page.locator(".wb-usage[data-place=side]")).shown()
    expect(view.figure("By skill").locator("svg.marks")).to_be_visible()
    shot(book.page, "usage-side")
    view.button("Back to all sessions").click()
    expect(book.page.locator("#workbench-panel .wb-sessions")).to_be_visible()


def test_the_view_draws_its_charts_in_a_front_end_without_our_extension(notebook: Open, bare: Lab) -> None:
    spend(bare.root)
    book = notebook(LOAD, "%workbench usage", lab=bare)
    book.run_to_end(0)
    book.run(1)
    view = Dashboard(book.cell(1).locator(".wb-usage")).shown()
    expect(view.figure("Cost a day").locator("svg.marks")).to_be_visible()
    shot(book.page, "usage-widget")


def test_where_nothing_was_found_it_says_where_it_looked(lab: Lab, page: Page) -> None:
    empty_lab(lab, page, WORKSPACE)
    page.evaluate(
        "() => window.jupyterapp.commands.execute('workbench:open-usage', { since: '2001-01-01', until: '2001-01-02' })"
    )
    view = tab(page)
    either = view.root.get_by_text(re.compile("No usage has been found yet|Nothing was used in these days"))
    expect(either).to_be_visible()


def test_a_budget_is_a_bar_and_is_told_of_once(spent: Lab, page: Page) -> None:
    # In the first hours of a month nothing else was spent in it.
    with spent.bench() as bench:
        now = datetime.now(UTC).isoformat()
        run = {"run": "r-budget", "model": "claude-opus-4-5", "provider": "claude", "cost": "5"}
        bench.call("usage.record", run | {"started": now, "ended": now, "input_tokens": 10})
    opened(spent, page)
    month = told(spent, "budgets")["budgets"][1]["spent"]
    with spent.bench() as bench:
        bench.call("settings.save", {"changes": {"budget_monthly": str(round(Decimal(month) / Decimal("0.9"), 2))}})
    try:
        view = opened(spent, page)
        bar = view.root.get_by_role("meter", name=re.compile("^This month: 90 %"))
        expect(bar).to_have_attribute("data-level", "near")
        words = page.locator(".jp-Notification-List")
        expect(page.locator(".jp-Notification-Status")).to_contain_text("1")
        page.locator(".jp-Notification-Status").click()
        expect(words).to_contain_text("80 % of this month's budget is used")
        with page.expect_response(is_a_look_at_budgets):
            page.reload()
        tab(page).shown()
        expect(page.locator(".jp-Notification-Status")).to_contain_text("0")
    finally:
        with spent.bench() as bench:
            bench.call("settings.save", {"changes": {"budget_monthly": None}})


def is_a_look_at_budgets(answer: Response) -> bool:
    """The plugin's own: a view asks without importing."""
    asked = answer.request.post_data or ""
    return "usage.budgets" in asked and '"refresh":true' in asked


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_dashboard_has_its_picture_taken(spent: Lab, page: Page, theme: str) -> None:
    view = opened(spent, page)
    in_theme(page, theme)
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    page.set_viewport_size({"width": 1280, "height": 1000})
    expect(view.figure("Calendar").locator("svg.marks")).to_be_visible()
    path = shot(page, f"usage-{theme.lower()}")
    assert path.stat().st_size < 400_000
    if theme == "Light" and os.environ.get("WORKBENCH_SCREENSHOT"):
        shutil.copy(path, README)
    in_theme(page, "Light")


def shot(page: Page, name: str) -> Path:
    path = HERE / "screenshots" / f"{name}.png"
    page.mouse.move(640, 790)
    page.screenshot(path=path, animations="disabled")
    return path
