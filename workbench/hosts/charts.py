"""Charts of what was spent. Every number in them is an API-equivalent estimate, and they say so.

Altair draws with a library from the network unless told otherwise; these charts hand JupyterLab (and VS Code) the
specification, which they draw themselves, offline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

if TYPE_CHECKING:
    import pandas as pd

MIME: Final = "application/vnd.vegalite.v5+json"
"""The newest version that JupyterLab itself draws; these charts use nothing that came later."""

_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
_COST: Final = "Cost in US$ (API-equivalent estimate)"
_COLOUR: Final = "#4c78a8"
_WIDTH: Final = 480


class Chart(alt.Chart):
    """An Altair chart that is drawn without a network."""

    def _repr_mimebundle_(self, *_args: Any, **_kwargs: Any) -> dict[str, Any]:
        return {MIME: {**self.to_dict(), "$schema": _SCHEMA}, "text/plain": f"<Chart: {self.title}>"}


def of_spec(spec: dict[str, Any]) -> Chart:
    """A finished specification as a chart that shows itself, and that Altair can take further."""
    made: Chart = Chart.from_dict(spec)
    return made


def by_model(sums: pd.DataFrame) -> Chart:
    """A bar for each model, the dearest on top."""
    spent = _priced(sums, "total_cost", ["model", "runs", "input_tokens", "output_tokens"])
    return _styled(
        Chart(spent, title="Cost by model", width=_WIDTH, height=alt.Step(28))
        .mark_bar(color=_COLOUR, cornerRadiusEnd=3)
        .encode(
            x=alt.X("cost:Q", title=_COST, axis=alt.Axis(format="$.4~f", tickCount=5)),
            y=alt.Y("model:N", title=None, sort="-x"),
            tooltip=[
                alt.Tooltip("model:N", title="Model"),
                alt.Tooltip("cost:Q", title="Estimate, US$", format=".6~f"),
                alt.Tooltip("runs:Q", title="Runs"),
                alt.Tooltip("input_tokens:Q", title="Input tokens", format=","),
                alt.Tooltip("output_tokens:Q", title="Output tokens", format=","),
            ],
        )
    )


def by_run(runs: pd.DataFrame) -> Chart:
    """A bar for each run, the oldest on the left, coloured by provider."""
    spent = _priced(runs, "cost", ["run", "started", "provider", "status", "output_tokens"])
    spent = spent.sort_values("started")
    spent["started"] = spent["started"].dt.strftime("%Y-%m-%d %H:%M:%S UTC")
    return _styled(
        Chart(spent, title="Cost by run", width=_WIDTH, height=220)
        .mark_bar(cornerRadiusEnd=3)
        .encode(
            x=alt.X("run:N", title="Run, the oldest first", sort=None, axis=alt.Axis(labels=False, ticks=False)),
            y=alt.Y("cost:Q", title=_COST, axis=alt.Axis(format="$.4~f", tickCount=5)),
            color=alt.Color("provider:N", title="Provider"),
            tooltip=[
                alt.Tooltip("started:N", title="Started"),
                alt.Tooltip("provider:N", title="Provider"),
                alt.Tooltip("status:N", title="Status"),
                alt.Tooltip("cost:Q", title="Estimate, US$", format=".6~f"),
                alt.Tooltip("output_tokens:Q", title="Output tokens", format=","),
            ],
        )
    )


def _priced(rows: pd.DataFrame, money: str, columns: list[str]) -> pd.DataFrame:
    """The rows that have a price, which a chart can draw: an unknown price is no zero."""
    priced = rows[rows[money].notna()]
    return priced[columns].assign(cost=priced[money].astype(float))


def _styled(chart: Chart) -> Chart:
    # Transparent, with colours that stand on light and on dark.
    grey = "#888888"
    return (  # type: ignore[no-any-return] # altair's classes are generated
        chart.configure(background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=grey, titleColor=grey, gridColor="#88888833", domainColor=grey, titleFontWeight="normal"
        )
        .configure_legend(labelColor=grey, titleColor=grey, titleFontWeight="normal")
        .configure_title(color=grey, anchor="start")
    )
