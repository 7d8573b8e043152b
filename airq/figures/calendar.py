"""Air-quality calendars: each day in the colour of its category, with its AQI and primary pollutant."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
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


_FEW_COLOURS: Final = 24
"""Size of the palette of a calendar of several months: the categories, and what the edges of letters need."""

_MOST_WEEKS: Final = 6
"""Rows that every month is given where several stand together, so that all cells are of one size."""


def _restated(edition: str, day: pd.Timestamp) -> bool:
    """Whether an edition is not the one by which a day is published."""
    return str(standards.standard_of(None, on=day).edition.need("aqi")).rsplit("-", 1)[-1] != edition


def _month(
    axes: Axes, days: pd.DataFrame, first: pd.Timestamp, lang: Language, size: float, alone: bool
) -> None:
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
        # A number of a few points tells nothing; the day follows from the row and the column.
        corner = str(day.day) if size > 6 else ""
        _cell(axes, place % 7, weeks - 1 - place // 7, row, size, lang, corner=corner, foot=foot)
    for k, name in enumerate(_WEEK[lang]):
        axes.text(
            k + 0.5, weeks + 0.08, name, ha="center", va="bottom", fontsize=8, color=style.COLOURS["quiet"]
        )
    low = 0 if alone else weeks - _MOST_WEEKS
    axes.set(xlim=(0, 7), ylim=(low, weeks + 0.4), aspect="equal", anchor="N")


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
        One, three, six or twelve months are laid out; days without a row show as NA. Where the standard changes
        within it, months judged by the edition that was not in force are marked as restated.
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
    single, mixed = len(firsts) == 1, len({_restated(editions[0], f) for f in firsts}) > 1
    columns = len(editions) if single else 3 if len(firsts) <= 6 else 4
    bands = 1 if single else -(-len(firsts) // columns)
    rows = bands if single else bands * len(editions)
    size, tall = (11.0, 4.9) if single else (6.5, 2.95) if columns == 3 else (6.0, 2.3)
    with style.applied():
        figure = style.new_figure(10.4, tall if single else 1.2 + tall * rows)
        grid = style.panels(figure, rows, columns, (0.08, 0.08, 0.72, 0.55), (0.25, 0.35))
        for axes in grid.flat:
            _bare(axes)
        for e, edition in enumerate(editions):
            part = shown[shown["edition"] == edition]
            for m, first in enumerate(firsts):
                axes = grid[0][e] if single else grid[e * bands + m // columns][m % columns]
                _month(axes, part, first, lang, size, single)
                month = "" if single else f"  {labels.month_abbreviation(first.month, lang)}"
                again = f"  {labels.text('restated', lang)}" if mixed and _restated(edition, first) else ""
                axes.set_title(
                    labels.edition(edition, lang) + month + again, fontsize=10 if columns < 4 else 8.5
                )
        _legend(figure, lang)
        name = labels.period(period, lang)
        head = labels.text("title_calendar", lang)
        title = f"{place}{name}{head}" if lang == "zh" else f"{head}, {place}, {name}"
        style.finish(figure, title, lang, simulated)
    dpi, colours = (120 if len(firsts) <= 6 else 97), (48 if single else _FEW_COLOURS)
    return FigureResult(figure, shown.reset_index(drop=True), title, dpi=dpi, colours=colours)


def _cells(
    axes: Axes, part: pd.DataFrame, names: list[str], days: pd.DatetimeIndex, size: float, lang: Language
) -> None:
    """A cell with its AQI for each place and day of a month."""
    known = {(r.place, pd.Timestamp(r.day)): r for r in part.itertuples()}
    blank = next(pd.DataFrame({"aqi": [np.nan], "category": [0]}).itertuples())
    for r, key in enumerate(names):
        for c, day in enumerate(days):
            _cell(axes, c, len(names) - 1 - r, known.get((key, day), blank), size, lang)


def _strips(axes: Axes, part: pd.DataFrame, names: list[str], days: pd.DatetimeIndex) -> None:
    """A strip of colours for each place: too many days for numbers."""
    rows = [
        part[part["place"] == name].set_index("day")["category"].reindex(days, fill_value=0) for name in names
    ]
    levels = np.array([row.to_numpy(dtype=int) for row in rows]).reshape(len(names), len(days))
    colours = np.array([to_rgb(_colour(c)) for c in range(7)])
    box = (0, len(days), 0, len(names))
    axes.imshow(colours[levels], extent=box, aspect="auto", interpolation="nearest")
    for y in range(1, len(names)):
        axes.axhline(y, color="white", linewidth=4)


def _mark_change(axes: Axes, edition: str, days: pd.DatetimeIndex, rows: int, lang: Language) -> None:
    """A line where the standard changes, and on which side of it the edition is restated."""
    restated = [_restated(edition, d) for d in (days[0], days[-1])]
    if restated[0] == restated[1]:
        return
    at = next(k for k, d in enumerate(days) if _restated(edition, d) != restated[0])
    axes.axvline(at, color=style.COLOURS["ink"], linewidth=1.4)
    x, side = (at - 1, "right") if restated[0] else (at + 1, "left")
    axes.text(x, rows + 0.06, labels.text("restated", lang), fontsize=8, ha=side, va="bottom")


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
            part = shown[shown["edition"] == edition]
            if size:
                _cells(axes, part, list(names), calendar_days, size, lang)
            else:
                _strips(axes, part, list(names), calendar_days)
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
            _mark_change(axes, edition, calendar_days, len(names), lang)
            axes.tick_params(length=0)
            axes.spines[:].set_visible(False)
            axes.set_title(labels.edition(edition, lang), fontsize=10)
        _legend(figure, lang)
        name = labels.period(period, lang)
        head = labels.text("title_calendar", lang)
        title = f"{place}{name}{head}" if lang == "zh" else f"{head}, {place}, {name}"
        style.finish(figure, title, lang, simulated)
    return FigureResult(figure, shown.reset_index(drop=True), title)
