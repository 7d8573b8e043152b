"""Air-quality calendars: each day in the colour of its category, with its AQI and primary pollutant."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon, Rectangle
from matplotlib.path import Path as MarkerPath

from airq import standards
from airq.analysis import period as periods
from airq.analysis.period import Period
from airq.figures import labels, style
from airq.figures.labels import Language
from airq.figures.style import FigureResult

__all__ = ["calendar", "calendar_of_places"]

_WEEK: Final = {
    "zh": ("一", "二", "三", "四", "五", "六", "日"),
    "en": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"),
}


_CORNER: Final = MarkerPath([(1, 1), (1, -1), (-1, 1), (1, 1)])
"""Mark of a day with flagged values: a folded upper right corner."""


def _colour(category: int) -> str:
    return str(standards.colour(category)) if category else style.COLOURS["missing"]


def _cell(
    axes: Axes, x: float, y: float, row: Any, size: float, lang: Language, corner: str = "", foot: str = ""
) -> None:
    """One day: colour and number, so that the category is legible without colour."""
    category = int(row.category)
    colour = _colour(category)
    axes.add_patch(
        Rectangle(
            (x + 0.03, y + 0.03),
            0.94,
            0.94,
            facecolor=colour,
            edgecolor=style.COLOURS["quiet"] if not category else "none",
            linewidth=0.4,
            hatch=None if category else "////",
        )
    )
    ink = style.ink_on(colour)
    if getattr(row, "doubtful", 0):
        corner_mark = [(x + 0.97, y + 0.97), (x + 0.97, y + 0.75), (x + 0.75, y + 0.97)]
        axes.add_patch(Polygon(corner_mark, facecolor=ink, edgecolor="none"))
    number = f"{round(row.aqi)}" if category and np.isfinite(row.aqi) else labels.text("not_available", lang)
    if corner:
        axes.text(x + 0.09, y + 0.9, corner, fontsize=size * 0.72, color=ink, va="top", ha="left")
    plain = bool(category)
    axes.text(
        x + 0.5,
        y + (0.52 if corner else 0.5),
        number,
        fontsize=size if plain else size * 0.72,
        fontweight="bold" if plain else "normal",
        color=ink,
        ha="center",
        va="center",
        bbox=None if plain else {"facecolor": colour, "edgecolor": "none", "pad": 0.8},
    )
    if foot:
        axes.text(x + 0.5, y + 0.1, foot, fontsize=size * 0.66, color=ink, ha="center", va="bottom")


def _bare(axes: Axes) -> None:
    """No ticks and no frame; the title stays."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _legend(figure: Figure, lang: Language) -> None:
    ranges = ("0–50", "51–100", "101–150", "151–200", "201–300", ">300")
    handles: list[Artist] = [
        Patch(facecolor=_colour(c), label=f"{standards.category_name(c, lang)} {span}")
        for c, span in zip(range(1, 7), ranges, strict=True)
    ]
    nothing = labels.text("not_available", lang)
    edge = style.COLOURS["quiet"]
    handles.append(Patch(facecolor=_colour(0), edgecolor=edge, linewidth=0.4, hatch="////", label=nothing))
    doubtful = labels.text("doubtful", lang)
    ink = style.COLOURS["ink"]
    handles.append(Line2D([], [], linestyle="none", marker=_CORNER, markersize=7, color=ink, label=doubtful))
    style.legend(figure, handles, 8 if lang == "zh" else 4)


def _month(axes: Axes, days: pd.DataFrame, first: pd.Timestamp, lang: Language, size: float) -> None:
    """One month as weeks from Monday."""
    offset = first.weekday()
    rows = {pd.Timestamp(r.day): r for r in days.itertuples()}
    last = first + pd.offsets.MonthEnd(0)
    weeks = (offset + last.day + 6) // 7
    empty = pd.DataFrame({"aqi": [np.nan], "category": [0], "primary": [""]})
    blank = next(empty.itertuples())
    for day in pd.date_range(first, last):
        place = offset + day.day - 1
        row = rows.get(day, blank)
        foot = labels.pollutants(str(row.primary), lang) if size > 8 and row.category else ""
        _cell(axes, place % 7, weeks - 1 - place // 7, row, size, lang, corner=str(day.day), foot=foot)
    for k, name in enumerate(_WEEK[lang]):
        axes.text(
            k + 0.5, weeks + 0.08, name, ha="center", va="bottom", fontsize=8, color=style.COLOURS["quiet"]
        )
    axes.set(xlim=(0, 7), ylim=(0, weeks + 0.4), aspect="equal", anchor="N")


def calendar(
    days: pd.DataFrame, period: Period, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Calendar of one place, a panel for each edition of the AQI.

    Parameters
    ----------
    days : pandas.DataFrame
        Columns ``day`` (datetime64), ``edition``, ``aqi``, ``category`` (0 to 6), ``primary`` (comma-joined names);
        where ``doubtful`` is above 0, some value of the day carries a quality flag, and the day a mark.
    period : Period
        One, three, six or twelve months are laid out; days without a row show as NA.
    lang : {"zh", "en"}
    place : str
        Name in the title.
    simulated : bool
        Mark the figure.

    Returns
    -------
    FigureResult
        The frame holds the days shown.
    """
    editions = sorted(days["edition"].unique()) or ["2012", "2026"]
    shown = days[(days["day"] >= periods.start(period)) & (days["day"] < periods.end(period))]
    firsts = [pd.Timestamp(f"{m}-01") for m in periods.months(period)]
    single = len(firsts) == 1
    with style.applied():
        columns = len(editions) if single else 3
        bands = 1 if single else -(-len(firsts) // 3)
        rows = bands if single else bands * len(editions)
        figure = style.new_figure(10.4, 4.9 if single else 1.2 + 2.75 * rows)
        grid = style.panels(figure, rows, columns, (0.08, 0.08, 0.72, 0.55), (0.25, 0.35))
        for axes in grid.flat:
            _bare(axes)
        for e, edition in enumerate(editions):
            part = shown[shown["edition"] == edition]
            for m, first in enumerate(firsts):
                axes = grid[0][e] if single else grid[e * bands + m // 3][m % 3]
                _month(axes, part, first, lang, 11.0 if single else 6.5)
                month = "" if single else f"  {labels.month_abbreviation(first.month, lang)}"
                axes.set_title(labels.edition(edition, lang) + month, fontsize=10)
        _legend(figure, lang)
        name = labels.period(period, lang)
        head = labels.text("title_calendar", lang)
        title = f"{place}{name}{head}" if lang == "zh" else f"{head}, {place}, {name}"
        style.finish(figure, title, lang, simulated)
    return FigureResult(figure, shown.reset_index(drop=True), title, dpi=120 if len(firsts) <= 6 else 85)


def calendar_of_places(
    days: pd.DataFrame,
    period: Period,
    names: dict[str, str],
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
) -> FigureResult:
    """Calendar of several places, a row each and a panel for each edition.

    Parameters
    ----------
    days : pandas.DataFrame
        As for :func:`calendar`, with a column ``place``.
    period : Period
        One month; a longer one is drawn with narrow cells.
    names : dict of str to str
        Names by place id, in the order of the rows; a place without days shows as NA.
    lang, place, simulated
        As for :func:`calendar`.

    Returns
    -------
    FigureResult
    """
    editions = sorted(days["edition"].unique()) or ["2012", "2026"]
    shown = days[(days["day"] >= periods.start(period)) & (days["day"] < periods.end(period))]
    calendar_days = periods.calendar(period)
    size = 7.0 if len(calendar_days) <= 31 else 0.0
    with style.applied():
        figure = style.new_figure(10.4, 1.3 + len(editions) * (0.5 + 0.34 * max(len(names), 1)))
        longest = max((sum(2 if ord(c) > 0x2E80 else 1 for c in n) for n in names.values()), default=0)
        margins = (0.2 + 0.068 * longest, 0.08, 0.68, 0.75)
        grid = style.panels(figure, len(editions), 1, margins, (0.0, 0.55))
        for axes, edition in zip(grid.flat, editions, strict=True):
            part = shown[shown["edition"] == edition].set_index(["place", "day"])
            for r, key in enumerate(names):
                for c, day in enumerate(calendar_days):
                    known = (key, day) in part.index
                    row: Any = part.loc[(key, day)] if known else pd.Series({"aqi": np.nan, "category": 0})
                    y = len(names) - 1 - r
                    if size:
                        _cell(axes, c, y, row, size, lang)
                    else:
                        axes.add_patch(Rectangle((c, y + 0.05), 1, 0.9, facecolor=_colour(int(row.category))))
            axes.set(xlim=(0, len(calendar_days)), ylim=(0, len(names)))
            axes.set_yticks([len(names) - 0.5 - r for r in range(len(names))], list(names.values()))
            if size:
                ticks = [(c, str(d.day)) for c, d in enumerate(calendar_days)]
            else:
                ticks = [
                    (c, labels.month_abbreviation(d.month, lang))
                    for c, d in enumerate(calendar_days)
                    if d.day == 1
                ]
            axes.set_xticks([c + 0.5 for c, _ in ticks], [t for _, t in ticks])
            axes.tick_params(length=0)
            axes.spines[:].set_visible(False)
            axes.set_title(labels.edition(edition, lang), fontsize=10)
        _legend(figure, lang)
        name = labels.period(period, lang)
        head = labels.text("title_calendar", lang)
        title = f"{place}{name}{head}" if lang == "zh" else f"{head}, {place}, {name}"
        style.finish(figure, title, lang, simulated)
    return FigureResult(figure, shown.reset_index(drop=True), title)
