"""`bench.usage`: what agents have used and cost, as DataFrames, SQL and charts.

Idea: every report here is the command of the same question, its rows given their types (`frames`); SQL goes to the parts
in this process. Invariant: nothing is counted here. Costs are API-equivalent estimates in US dollars: what the tokens cost
at the provider's list price; a subscription is not billed by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from workbench.app import Workbench
from workbench.commands import usage, usage_audit
from workbench.errors import InvalidRequest
from workbench.hosts.facade import Room, frame, table
from workbench.hosts.loading import load

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from workbench.hosts.frames import Kind, Money
    from workbench.usage.query import Questions

_COUNTS: Final[dict[str, Kind]] = {
    "samplings": "count",
    "input_tokens": "count",
    "output_tokens": "count",
    "cache_creation_tokens": "count",
    "cache_read_tokens": "count",
    "reasoning_tokens": "count",
    "total_tokens": "count",
    "web_searches": "count",
}
_SUMS: Final[dict[str, Kind]] = {**_COUNTS, "cost": "money", "models": "any"}
_SESSIONS: Final[dict[str, Kind]] = {
    "session": "text",
    "provider": "text",
    "project": "text",
    "first": "time",
    "last": "time",
    "skills": "any",
    **_SUMS,
    "sidechain_tokens": "count",
    "workbench_session": "text",
}
_SAMPLINGS: Final[dict[str, Kind]] = {
    "id": "count",
    "ts": "time",
    "model": "text",
    "provider": "text",
    "kind": "text",
    **{name: kind for name, kind in _COUNTS.items() if name != "samplings"},
    "cost": "money",
    "reported": "money",
    "skill": "text",
    "agent": "text",
    "agent_id": "text",
    "sidechain": "flag",
    "stop": "text",
    "run": "text",
    "path": "text",
    "off": "count",
}
_BLOCKS: Final[dict[str, Kind]] = {
    "start": "time",
    "end": "time",
    "actual_end": "time",
    "active": "flag",
    "gap": "flag",
    **_SUMS,
    "tokens_per_minute": "share",
    "cost_per_hour": "share",
    "projected_tokens": "count",
    "projected_cost": "money",
    "remaining_minutes": "count",
}
_LIMITS: Final[dict[str, Kind]] = {
    "provider": "text",
    "window_minutes": "count",
    "used_percent": "share",
    "resets_at": "time",
    "seen": "time",
    "plan": "text",
    "source": "text",
}
_CACHE: Final[dict[str, Kind]] = {
    "hit_rate": "share",
    "saved": "money",
    "input_tokens": "count",
    "cache_read_tokens": "count",
    "cache_read_cost": "money",
    "five_minute_tokens": "count",
    "five_minute_cost": "money",
    "one_hour_tokens": "count",
    "one_hour_cost": "money",
}
_REBUILDS: Final[dict[str, Kind]] = {
    "cause": "text",
    "samplings": "count",
    "tokens": "count",
    "cost": "money",
    "extra": "money",
    "meaning": "text",
}


class Usage(Room):
    """What agents have used and cost: everything that their transcripts on this machine tell.

    Reports give a DataFrame each. They first count what is new, which is quick. All take the same filters: `since` and
    `until` (days, both included), `timezone` (as in "Europe/Berlin"; by default this machine's), `project`, `model`,
    `provider` (who bills: "anthropic", "openai"), `skill`, and `mode` ("auto", "calculate", "display"). `money="decimal"`
    gives exact `Decimal` costs. `frame.attrs` holds the totals, the models without a known price and a note.

    >>> bench.usage.daily(since="2026-11-01")
    >>> bench.usage.daily(by="model")
    >>> bench.usage.sql("select skill, sum(cost) as cost from samplings group by skill order by cost desc")
    >>> bench.usage.chart("daily", by="model")
    """

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self._questions: Questions | None = None

    # -- over time

    def daily(
        self, *, by: Literal["model", "project"] | None = None, money: Money = "float", **which: Any
    ) -> pd.DataFrame:
        """A row a day, the first day first; `by="model"` or `by="project"` gives a row for each of them on each day."""
        return self._over_time("daily", "day", by, money, which)

    def weekly(
        self, *, by: Literal["model", "project"] | None = None, money: Money = "float", **which: Any
    ) -> pd.DataFrame:
        """A row a week, named by its first day; `start_of_week="monday"` chooses that day (by default Sunday)."""
        return self._over_time("weekly", "week", by, money, which)

    def monthly(
        self, *, by: Literal["model", "project"] | None = None, money: Money = "float", **which: Any
    ) -> pd.DataFrame:
        """A row a month, named by its first day."""
        return self._over_time("monthly", "month", by, money, which)

    def blocks(self, *, money: Money = "float", **which: Any) -> pd.DataFrame:
        """Five-hour blocks and the gaps between them, with the rate and the projection of the one that runs: an estimate."""
        reply = self._bench.call("usage.blocks", which)
        rows = [
            {
                **row,
                **(row["burn_rate"] or {}),
                **{
                    f"projected_{name.removeprefix('total_')}": value
                    for name, value in (row["projection"] or {}).items()
                },
                "remaining_minutes": (row["projection"] or {}).get("remaining_minutes"),
            }
            for row in reply["blocks"]
        ]
        return self._frame(rows, _BLOCKS, reply, money)

    # -- by what

    def models(self, *, money: Money = "float", **which: Any) -> pd.DataFrame:
        """A row a model, the dearest first."""
        return self._ranked("models", "model", money, which)

    def projects(self, *, money: Money = "float", **which: Any) -> pd.DataFrame:
        """A row a project, the dearest first."""
        return self._ranked("by_project", "project", money, which)

    def skills(self, *, money: Money = "float", **which: Any) -> pd.DataFrame:
        """A row a skill, the dearest first; `(none)` is work without a skill."""
        return self._ranked("by_skill", "skill", money, which)

    def agents(self, *, money: Money = "float", **which: Any) -> pd.DataFrame:
        """A row a kind of subagent, the dearest first; `(none)` is the main thread."""
        return self._ranked("by_agent", "agent", money, which)

    def sessions(self, *, limit: int = 100, money: Money = "float", **which: Any) -> pd.DataFrame:
        """Conversations, the last used first; `samplings(session)` looks into one."""
        reply = self._bench.call("usage.sessions", {"limit": limit, **which})
        return self._frame(reply["rows"], _SESSIONS, reply, money)

    def samplings(self, session: str, *, limit: int = 1000, money: Money = "float", **which: Any) -> pd.DataFrame:
        """The responses of one conversation, the first one first; `explain(id)` says why one costs what it costs."""
        reply = self._bench.call("usage.session_samplings", {"session": session, "limit": limit, **which})
        return self._frame(reply["samplings"], _SAMPLINGS, reply, money)

    # -- what it means

    def limits(self, **which: Any) -> pd.DataFrame:
        """The providers' own limits, as far as they told them: what is used of each window, and when it begins anew."""
        reply = self._bench.call("usage.limits", which)
        return self._frame(reply["limits"], _LIMITS, reply, "float")

    def cache(
        self, by: Literal["skill", "model", "rebuilds"] = "skill", *, money: Money = "float", **which: Any
    ) -> pd.DataFrame:
        """What caching prompts has saved, by skill or by model; below zero it has cost more than it gave.

        `by="rebuilds"`: what was written to the cache again though it had been there, by likely cause.
        """
        reply = self._bench.call("usage.cache", which)
        if by == "rebuilds":
            return self._frame(reply["rebuilds"], _REBUILDS, reply, money)
        if by not in {"skill", "model"}:
            raise InvalidRequest(
                f"The cache cannot be told by {by!r}.", remedy="Use by='skill', 'model' or 'rebuilds'.", problems=[]
            )
        rows = [
            {
                **row,
                by: row["key"],
                **{f"five_minute_{name}": value for name, value in row["five_minutes"].items()},
                **{f"one_hour_{name}": value for name, value in row["one_hour"].items()},
            }
            for row in reply[f"by_{by}"]
        ]
        return self._frame(rows, {by: "text", **_CACHE}, reply, money)

    def explain(self, sampling: int) -> usage_audit.Explained:
        """Why one response costs what it costs: each factor, the price, and the line of the transcript."""
        return self._ask("usage.explain", usage_audit.Explained, sampling=int(sampling))

    def refresh(self) -> usage_audit.Imported:
        """Counts what is new in the transcripts. Reports do it by themselves; `refresh=False` tells one not to."""
        return self._ask("usage.import", usage_audit.Imported)

    def import_report(self, *, limit: int = 100) -> usage_audit.ImportReport:
        """What the last import did, which rows could not be counted and why, and what has no known price."""
        return self._ask("usage.import_report", usage_audit.ImportReport, limit=limit)

    # -- Workbench's own runs

    def summary(self, **which: Any) -> usage.Summary:
        """Workbench's own runs, their tokens and cost in all. Takes `since`, `skill` and `hide_cancelled`."""
        return self._ask("usage.summary", usage.Summary, **which)

    def by_model(self, **which: Any) -> pd.DataFrame:
        """Workbench's own runs by model, the dearest first."""
        return frame(self._ask("usage.by_model", usage.ModelsUsed, **which).models, usage.ModelSums)

    def by_step(self, **which: Any) -> pd.DataFrame:
        """Workbench's own runs by workflow step, the dearest first."""
        return frame(self._ask("usage.by_step", usage.Steps, **which).steps, usage.StepSums)

    def runs(self, *, limit: int = 50, **which: Any) -> pd.DataFrame:
        """Workbench's own runs, the last started first."""
        return frame(self._ask("usage.recent_runs", usage.RunPage, limit=limit, **which).runs, usage.RunRow)

    recent_runs = runs

    def recent_sessions(self, *, limit: int = 50, **which: Any) -> pd.DataFrame:
        """Sessions that have runs of Workbench's own, the last started first."""
        page = self._ask("usage.recent_sessions", usage.SessionPage, limit=limit, **which)
        return frame(page.sessions, usage.SessionSums)

    # -- SQL

    def sql(
        self,
        query: str,
        params: Mapping[str, Any] | None = None,
        /,
        *,
        timezone: str | None = None,
        money: Money = "float",
        refresh: bool = True,
        **named: Any,
    ) -> pd.DataFrame:
        """Runs SQL (DuckDB's) over the views `samplings`, `runs`, `sessions`, `daily` and `skills`; it can only read.

        `columns()` lists what they hold. Parameters go by name: `sql("... where skill = $skill", skill="review")`.
        `timezone` says when a `day` begins, by default this machine's.
        """
        load("workbench.hosts.frames")
        load("workbench.usage.query")
        from workbench.hosts import frames
        from workbench.usage.which import local_zone

        frames.check_money(money)
        zone = timezone or local_zone()
        if refresh:
            self._bench.refresher.refresh().result()
        result = self._asked().ask(query, {**(params or {}), **named}, zone=zone, exact=money == "decimal")
        return frames.of_result(result, zone=zone, money=money)

    def columns(self, view: str | None = None) -> pd.DataFrame:
        """The columns of the views that SQL may read, with unit and meaning."""
        load("pandas")
        import pandas as pd

        from workbench.usage import views

        if view is not None and view not in views.NAMES:
            raise InvalidRequest(
                f"There is no view {view!r}.", remedy=f"The views are: {', '.join(views.NAMES)}.", problems=[]
            )
        rows = [
            (name, each.name, each.unit, each.about)
            for name in ([view] if view else views.NAMES)
            for each in views.columns(name)
        ]
        return pd.DataFrame(rows, columns=["view", "column", "unit", "meaning"])

    # -- charts

    def chart(self, chart: str | None = None, *, by: str | None = None, **which: Any) -> alt.Chart:
        """A chart: `daily`, `weekly`, `monthly` (`by` "model", "provider" or "tokens"), `heatmap`, `skills`, `projects`,
        `models`, `agents` or `blocks`. Of Workbench's own runs alone: `by="model"` or `by="run"` without a name.
        """
        load("workbench.hosts.charts")
        from workbench.hosts import charts as drawn

        own = by or "model" if chart is None else chart
        if own == "model":
            return drawn.by_model(self.by_model(**which))
        if own == "run":
            return drawn.by_run(self.recent_runs(**which))
        from workbench.usage import charts

        name = own if chart is None else chart
        report = charts.REPORTS.get(name)
        reply = {} if report is None else self._bench.call(f"usage.{report}", which)
        return drawn.of_spec(charts.for_notebook(charts.draw(name, reply, by=by)))

    def close(self) -> None:
        """Ends what SQL has opened. The kernel does it by itself."""
        questions, self._questions = self._questions, None
        if questions is not None:
            questions.close()

    # -- how

    def _asked(self) -> Questions:
        if self._questions is None:
            from workbench.usage.query import Questions

            self._questions = Questions(self._bench.home, self._bench.store)
        return self._questions

    def _over_time(self, report: str, key: str, by: str | None, money: Money, which: Mapping[str, Any]) -> pd.DataFrame:
        if by not in {None, "model", "project"}:
            raise InvalidRequest(
                f"A report over time cannot be by {by!r}.",
                remedy="Use by='model' or by='project', or ask usage.skills() and usage.sql().",
                problems=[],
            )
        reply = self._bench.call(f"usage.{report}", {**which, "instances": True} if by == "project" else which)
        rows = [{**row, key: f"{row['key']}-01" if key == "month" else row["key"]} for row in reply["rows"]]
        kinds: dict[str, Kind] = {key: "day"}
        if by == "model":
            parts = [{**part, key: row[key], "cost": part["cost"]} for row in rows for part in row["breakdown"]]
            return self._frame(
                parts, {**kinds, "model": "text", "provider": "text", **_COUNTS, "cost": "money"}, reply, money
            )
        if by == "project":
            kinds["project"] = "text"
        return self._frame(rows, {**kinds, **_SUMS}, reply, money)

    def _ranked(self, report: str, key: str, money: Money, which: Mapping[str, Any]) -> pd.DataFrame:
        reply = self._bench.call(f"usage.{report}", which)
        kinds: dict[str, Kind] = {key: "text", **_SUMS}
        if key == "model":
            del kinds["models"]
        return self._frame([{**row, key: row["key"]} for row in reply["rows"]], kinds, reply, money)

    def _frame(
        self, rows: list[dict[str, Any]], kinds: Mapping[str, Kind], reply: Mapping[str, Any], money: Money
    ) -> pd.DataFrame:
        """Rows with their types; beside them (`attrs`) what the report says of the whole."""
        named = [{**row, "cost": row["total_cost"]} if "total_cost" in row else row for row in rows]
        made = table(named, kinds, money=money)
        about = {"totals", "unpriced", "timezone", "note", "next_cursor"} & reply.keys()
        made.attrs.update({name: reply[name] for name in sorted(about)})
        return made
