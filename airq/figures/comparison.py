"""Concentrations of a period and of the year before against the limits of both standards."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from airq.analysis import period as periods
from airq.analysis.period import Period
from airq.figures import labels, style
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.variables import POLLUTANTS

__all__ = ["comparison"]

_STATISTIC: Final = {"co": "p95_short", "o3": "p90_short"}
_LIMIT_STYLES: Final = (("limit_2012", (0, (1, 0))), ("limit_2026", (0, (4, 2))))


def _panel(
    axes: Axes, rows: pd.DataFrame, name: str, lang: Language, spans: list[str], printed: dict[str, str]
) -> None:
    """Bars of one pollutant, its limits as lines across."""
    values = [
        float(rows.loc[rows["span"] == s, "value"].iloc[0]) if (rows["span"] == s).any() else np.nan
        for s in spans
    ]
    for k, (value, colour) in enumerate(zip(values, ("last_year", "this_year"), strict=True)):
        if np.isfinite(value):
            axes.bar(k, value, width=0.62, color=style.COLOURS[colour])
            box = {
                "facecolor": "white",
                "edgecolor": "none",
                "pad": 0.6,
                "alpha": 0.85,
            }  # legible across a limit
            axes.annotate(
                printed.get(spans[k], ""), (k, value), (0, 2), textcoords="offset points", ha="center", fontsize=8.5,
                va="bottom", bbox=box, zorder=5,
            )  # fmt: skip
        else:
            axes.text(
                k,
                0,
                printed.get(spans[k], labels.text("no_data", lang)),
                ha="center",
                va="bottom",
                fontsize=7.5,
                color=style.COLOURS["quiet"],
            )
    limits = rows.drop_duplicates("standard")[["standard", "limit"]]
    for (_, limit), (colour, dash) in zip(limits.itertuples(index=False), _LIMIT_STYLES, strict=False):
        axes.axhline(limit, color=style.COLOURS[colour], linewidth=1.3, linestyle=dash)
    top = max([v for v in values if np.isfinite(v)] + [float(v) for v in limits["limit"]], default=1.0)
    axes.set(xlim=(-0.6, 1.6), ylim=(0, top * 1.18), xticks=[])
    axes.locator_params(axis="y", nbins=5)
    statistic = labels.text(_STATISTIC.get(name, "mean"), lang)
    axes.set_title(f"{labels.pollutant(name)}", fontsize=10.5, pad=14)
    axes.text(0, 1.02, f"{statistic}, {labels.units(name)}" if lang == "en" else f"{statistic}（{labels.units(name)}）",
              transform=axes.transAxes, fontsize=7.5, color=style.COLOURS["quiet"], va="bottom")  # fmt: skip
    style.tidy(axes)


def comparison(
    values: pd.DataFrame, period: Period, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Six panels, one a pollutant: last year, this year, and the limits of both standards.

    Parameters
    ----------
    values : pandas.DataFrame
        Columns ``pollutant``, ``span`` (``"last_period"``, ``"period"``), ``standard``, ``value`` (units of the
        data model), ``printed`` (the value as officially rounded, or why there is none), ``limit`` (same unit).
    period : Period
    lang : {"zh", "en"}
    place : str
    simulated : bool

    Returns
    -------
    FigureResult
    """
    spans = ["last_period", "period"]
    with style.applied():
        figure = style.new_figure(10.4, 3.6)
        grid = style.panels(figure, 1, len(POLLUTANTS), (0.42, 0.12, 0.95, 0.5), (0.42, 0.0))[0]
        for axes, name in zip(grid, POLLUTANTS, strict=True):
            rows = values[values["pollutant"] == name]
            first = rows.drop_duplicates("span")
            _panel(axes, rows, name, lang, spans, dict(zip(first["span"], first["printed"], strict=True)))
        handles: list[Patch | Line2D] = [
            Patch(color=style.COLOURS["last_year"], label=labels.period(periods.last_year(period), lang)),
            Patch(color=style.COLOURS["this_year"], label=labels.period(period, lang)),
        ]
        for standard, (colour, dash) in zip(values["standard"].unique(), _LIMIT_STYLES, strict=False):
            text = f"{labels.standard(standard, lang)} {labels.text('limit', lang).lower() if lang == 'en' else labels.text('limit', lang)}"
            handles.append(Line2D([], [], color=style.COLOURS[colour], linestyle=dash, label=text))
        style.legend(figure, handles, 4)
        name = labels.period(period, lang)
        head = labels.text("title_comparison", lang)
        title = f"{place}{name}{head}" if lang == "zh" else f"{head}, {place}, {name}"
        style.finish(figure, title, lang, simulated)
    return FigureResult(figure, values.reset_index(drop=True), title)
