"""Counts of days: by category beside the year before, and good days summed since 1 January."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from airq import standards
from airq.analysis import period as periods
from airq.analysis.period import Period
from airq.figures import labels, style
from airq.figures.labels import Language
from airq.figures.style import FigureResult

__all__ = ["categories", "cumulative"]

_DASHES: Final[tuple[tuple[str, Any], ...]] = (("2012", "-"), ("2026", (0, (4, 2))))

_NARROW: Final = 0.009
"""Share of the axis that one digit needs."""


def categories(
    counts: pd.DataFrame,
    bars: Sequence[tuple[str, str, str]],
    period: Period,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
) -> FigureResult:
    """Stacked bars of days by category, grouped by edition of the AQI.

    Parameters
    ----------
    counts : pandas.DataFrame
        Columns ``edition``, ``bar`` (this year and last, or the counties), ``category`` (0 to 6), ``days``.
    bars : sequence of (edition, bar, label)
        From the top; a gap is left where the edition changes.
    period : Period
    lang : {"zh", "en"}
    place : str
    simulated : bool

    Returns
    -------
    FigureResult
    """
    with style.applied():
        figure = style.new_figure(10.4, 1.45 + 0.36 * len(bars), layout="constrained")
        axes = figure.subplots()
        table = counts.set_index(["edition", "bar", "category"])["days"]
        y = 0.0
        ticks: list[tuple[float, str]] = []
        for number, (edition, bar, label) in enumerate(bars):
            new = number == 0 or bars[number - 1][0] != edition
            y -= 1.0 + 0.45 * (new and number > 0)
            ticks.append((y, f"{labels.edition(edition, lang)}  {label}"))
            left = 0.0
            for category in (1, 2, 3, 4, 5, 6, 0):
                days = int(table.get((edition, bar, category), 0))
                if not days:
                    continue
                colour = str(standards.colour(category)) if category else style.COLOURS["missing"]
                axes.barh(
                    y,
                    days,
                    left=left,
                    height=0.8,
                    color=colour,
                    edgecolor="white",
                    hatch=None if category else "////",
                )
                if days >= _NARROW * len(str(days)) * period.days:  # narrower ones stand in the table
                    ink = style.ink_on(colour)
                    axes.text(
                        left + days / 2, y, str(days), ha="center", va="center", fontsize=8.5, color=ink
                    )
                left += days
        axes.set_yticks([t[0] for t in ticks], [t[1] for t in ticks])
        axes.set_xlim(0, period.days)
        axes.set_xlabel(labels.text("days", lang))
        axes.spines["left"].set_visible(False)
        style.tidy(axes, "x")
        names = [standards.category_name(c, lang) for c in range(1, 7)]
        handles = [_swatch(str(standards.colour(c)), n, "") for c, n in zip(range(1, 7), names, strict=True)]
        handles.append(_swatch(style.COLOURS["missing"], labels.text("not_available", lang), "////"))
        style.legend(figure, handles, 7)
        name = labels.period(period, lang)
        head = labels.text("title_categories", lang)
        title = f"{place}{name}{head}" if lang == "zh" else f"{head}, {place}, {name}"
        style.finish(figure, title, lang, simulated)
    return FigureResult(figure, counts.reset_index(drop=True), title)


def _swatch(colour: str, label: str, hatch: str) -> Patch:
    return Patch(
        facecolor=colour, label=label, hatch=hatch or None, edgecolor=style.COLOURS["quiet"], linewidth=0.3
    )


def cumulative(
    days: pd.DataFrame,
    period: Period,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    until: str = "",
) -> FigureResult:
    """Good days since 1 January, this year and last, under both editions.

    Parameters
    ----------
    days : pandas.DataFrame
        Columns ``span`` (``"ytd"``, ``"last_ytd"``), ``edition``, ``day`` (datetime64), ``good`` (cumulative days).
    period : Period
        The report's period; the axis runs from January to its end.
    lang : {"zh", "en"}
    place : str
    simulated : bool
    until : str
        Last hour with data, where they do not reach the end: this year's lines stop there.

    Returns
    -------
    FigureResult
    """
    span = periods.to_date(period)
    years = {"last_ytd": period.start.year - 1, "ytd": period.start.year}
    if until:  # an hour is named by its end
        last = (pd.Timestamp(until) - pd.Timedelta(hours=1)).normalize()
        days = days[(days["span"] != "ytd") | (days["day"] <= last)]
    with style.applied():
        figure = style.new_figure(10.4, 3.4)
        axes = style.panels(figure, margins=(0.6, 0.12, 0.5, 0.6))[0, 0]
        handles = []
        for key, colour in (("last_ytd", "last_year"), ("ytd", "this_year")):
            for edition, dash in _DASHES:
                line = days[(days["span"] == key) & (days["edition"] == edition)]
                if line.empty:
                    continue
                x = line["day"].dt.day_of_year.to_numpy()
                good = line["good"].to_numpy()
                axes.plot(x, good, color=style.COLOURS[colour], linestyle=dash, linewidth=1.8)
                total = f"{int(good[-1])} {labels.text('day_unit', lang)}"
                label = f"{years[key]}  {labels.edition(edition, lang)}: {total}"
                handles.append(
                    Line2D([], [], color=style.COLOURS[colour], linestyle=dash, linewidth=1.8, label=label)
                )
        starts = [pd.Timestamp(f"{m}-01") for m in periods.months(span)]
        axes.set_xticks(
            [s.day_of_year for s in starts], [labels.month_abbreviation(s.month, lang) for s in starts]
        )
        axes.set_xlim(1, span.days)
        axes.set_ylim(0, None)
        axes.set_ylabel(labels.text("cumulative_good", lang))
        style.tidy(axes)
        style.legend(figure, handles, 4)
        name = labels.period(period if period.days == span.days else span, lang)
        head = labels.text("title_cumulative", lang)
        title = f"{place}{name}{head}" if lang == "zh" else f"{head}, {place}, {name}"
        style.finish(figure, title, lang, simulated)
    return FigureResult(figure, days.reset_index(drop=True), title)
