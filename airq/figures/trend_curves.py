"""Smooth trends, breakpoints, scales of a filter, and which months have enough data.

Each function takes a result of :mod:`airq.analysis` and returns its figure and the numbers in it.

Examples
--------
>>> from airq.analysis.averaging import period_means
>>> time = pd.date_range("2019-01-20 01:00", "2019-06-01 00:00", freq="h")
>>> shown = capture(period_means(pd.DataFrame({"time": time, "pm25": 50.0}), "pm25"), "en", "Fukang")
>>> shown.caption, round(float(shown.frame["capture"].iloc[0]), 2)
('Capture of PM₂.₅ by month, Fukang', 0.39)
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from airq.analysis.averaging import PeriodMeans
from airq.analysis.trend.breaks import Breakpoints
from airq.analysis.trend.filters import Filtered
from airq.analysis.trend.smoothing import SmoothTrend
from airq.errors import ParameterError
from airq.figures import labels, style
from airq.figures.direction_axes import foot
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.figures.trend import RED, key
from airq.figures.trend_words import number, quantity, symbol, title, word

__all__ = ["breaks", "capture", "scales", "smooth"]

_ENOUGH: Final = "#2a8c5a"
_SHORT: Final = "#d17a00"
_MOST_POINTS: Final = 4000


def smooth(
    trend: SmoothTrend, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Monthly values and their smooth curve with its interval.

    Parameters
    ----------
    trend : SmoothTrend
    lang : {"zh", "en"}
    place : str
    simulated : bool

    Returns
    -------
    FigureResult
    """
    head = title(word("title_smooth", lang, p=symbol(trend.column)), place, lang)
    p = trend.points
    with style.applied():
        figure = style.new_figure(8.6, 4.0)
        axes = style.panels(figure, 1, 1, (0.65, 0.15, 0.6, 0.85))[0, 0]
        axes.fill_between(p["date"], p["lower"], p["upper"], color=RED, alpha=0.15, linewidth=0)
        axes.plot(p["date"], p["value"], "o-", color=style.COLOURS["last_year"], markerfacecolor=style.COLOURS["this_year"], markeredgecolor=style.COLOURS["this_year"], markersize=3, linewidth=0.8)  # fmt: skip
        axes.plot(p["date"], p["smooth"], color=RED, linewidth=1.8)
        axes.set_ylabel(quantity(trend.column, lang))
        style.tidy(axes)
        kind = "no_season" if trend.deseasonalised else "monthly"
        handles: list[Any] = [
            _dots(word(kind, lang)),
            Line2D([], [], color=RED, linewidth=1.8, label=word("smooth", lang)),
            Patch(color=RED, alpha=0.15, label=word("band", lang, c=f"{100 * trend.confidence:.0f}")),
        ]
        key(figure, handles, word("smooth_note", lang, e=number(trend.edf), r=f"{trend.memory:.2f}"))
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, p, head)


def breaks(
    found: Breakpoints, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Segments and the dates between them with their intervals.

    Parameters
    ----------
    found : Breakpoints
    lang, place, simulated
        As for :func:`smooth`.

    Returns
    -------
    FigureResult
        The frame holds the months with their fit and segment.
    """
    head = title(word("title_breaks", lang, p=symbol(found.column)), place, lang)
    p = found.points
    with style.applied():
        figure = style.new_figure(8.6, 4.1)
        axes = style.panels(figure, 1, 1, (0.65, 0.15, 0.75, 0.85))[0, 0]
        for row in found.intervals.to_dict("records"):
            axes.axvspan(row["lower"], row["upper"], color=style.SERIES[1], alpha=0.18, linewidth=0)
            axes.axvline(row["date"], color=style.SERIES[1], linewidth=1.4)
            axes.annotate(f"{row['date']:%Y-%m}", (row["date"], 1.0), (0, 3), xycoords=("data", "axes fraction"), textcoords="offset points", ha="center", va="bottom", fontsize=8)  # fmt: skip
        axes.plot(p["date"], p["value"], "o-", color=style.COLOURS["last_year"], markerfacecolor=style.COLOURS["this_year"], markeredgecolor=style.COLOURS["this_year"], markersize=3, linewidth=0.8)  # fmt: skip
        for _, own in p.groupby("segment"):
            axes.plot(own["date"], own["fitted"], color=RED, linewidth=1.8)
        axes.set_ylabel(quantity(found.column, lang))
        style.tidy(axes)
        kind = "no_season" if found.deseasonalised else "monthly"
        handles: list[Any] = [
            _dots(word(kind, lang)),
            Line2D([], [], color=RED, linewidth=1.8, label=word("segment", lang)),
        ]
        if found.dates:
            c = f"{100 * found.confidence:.0f}"
            handles.append(Line2D([], [], color=style.SERIES[1], linewidth=1.6, label=word("break", lang, c=c)))  # fmt: skip
            note = word("breaks_note", lang, r=f"{found.memory:.2f}")
        else:
            note = word("no_break", lang, p=f"{found.tests['p_value'].iloc[0]:.3f}")
        key(figure, handles, note)
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, p, head)


def _dots(text: str) -> Line2D:
    blue = style.COLOURS["this_year"]
    return Line2D([], [], color=style.COLOURS["last_year"], marker="o", markersize=3.6, markerfacecolor=blue, markeredgecolor=blue, label=text)  # fmt: skip


def _length(steps: float, step: pd.Timedelta, lang: Language) -> str:
    """A number of steps in hours, days or years, two digits."""
    hours = steps * step / pd.Timedelta("1h")
    for name, size in (("years", 8766.0), ("days", 24.0), ("hours", 1.0)):
        if hours >= size * (0.9 if name == "years" else 2.0 if name == "days" else 0.0):
            value = hours / size
            return word(name, lang, n=round(value) if value >= 10 else round(value, 1))
    return word("hours", lang, n=hours)


def scales(found: Filtered, lang: Language = "zh", place: str = "", simulated: bool = False) -> FigureResult:
    """The series in its bands and its longest filter, one above the other.

    Parameters
    ----------
    found : Filtered
    lang, place, simulated
        As for :func:`smooth`.

    Returns
    -------
    FigureResult
        The frame holds every time; the picture draws means where there are more than it can show.
    """
    head = title(word("title_scales", lang, p=symbol(found.column)), place, lang)
    reach = [w * np.sqrt(k) for w, k in zip(found.windows, found.iterations, strict=True)]
    bands = [f"band_{k}" for k in range(len(reach))]
    shares = found.variances()
    last = f"kz_{found.windows[-1]}"
    rows = len(bands) + 1
    with style.applied():
        figure = style.new_figure(8.6, 1.15 + 1.25 * rows)
        grid = style.panels(figure, rows, 1, (0.65, 0.15, 0.8, 0.55), (0.0, 0.36), sharex=True)
        for k, (axes, name) in enumerate(zip(grid[:, 0], [*bands, last], strict=True)):
            column, values = name, found.table[name]
            if k == 0:
                said = word("band_fast", lang, a=_length(reach[0], found.step, lang))
            elif k < len(reach):
                said = word("band_between", lang, a=_length(reach[k - 1], found.step, lang), b=_length(reach[k], found.step, lang))  # fmt: skip
            else:
                said = word("band_slow", lang, a=_length(reach[-1], found.step, lang))
            share = word("share_of_variance", lang, s=f"{100 * shares[column]:.0f}")
            axes.set_title(f"{said}{'，' if lang == 'zh' else ': '}{share}", fontsize=8.8, fontweight="normal", y=1.0)  # fmt: skip
            _curve(axes, found.table["time"], values, k == rows - 1)
            _edges(axes, found, k)
            style.tidy(axes)
        grid[-1, 0].set_ylabel(quantity(found.column, lang))
        foot(figure, [word("edge", lang)])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, found.table, head)


def _curve(axes: Axes, time: pd.Series, values: pd.Series, slow: bool) -> None:
    """A line of at most some thousand points: means of equal runs, within which nothing could be seen anyway."""
    size = -(-len(values) // _MOST_POINTS)
    group = np.arange(len(values)) // size
    axes.plot(
        time.groupby(group).first().to_numpy(),
        values.groupby(group).mean().to_numpy(),
        color=RED if slow else style.COLOURS["this_year"],
        linewidth=1.6 if slow else 0.6,
    )
    if not slow:
        axes.axhline(0, color=style.COLOURS["quiet"], linewidth=0.6)


def _edges(axes: Axes, found: Filtered, k: int) -> None:
    """Shade what rests on a cut window: that of the longest filter in the panel."""
    mark = found.table[f"edge_{found.windows[min(k, len(found.windows) - 1)]}"].to_numpy()
    if mark.all() or not mark.any():
        return
    time = found.table["time"]
    inner = np.flatnonzero(~mark)
    for a, b in ((time.iloc[0], time.iloc[inner[0]]), (time.iloc[inner[-1]], time.iloc[-1])):
        axes.axvspan(a, b, color=style.COLOURS["missing"], linewidth=0, zorder=0)


def capture(
    means: PeriodMeans, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Months by years: which have enough values for a mean, and how many the others have.

    Parameters
    ----------
    means : PeriodMeans
        By month.
    lang, place, simulated
        As for :func:`smooth`.

    Returns
    -------
    FigureResult

    Raises
    ------
    ParameterError
        If the means are not by month.
    """
    if means.period != "month":
        raise ParameterError(f"capture is drawn by month, and these means are by {means.period}; make monthly ones.")  # fmt: skip
    head = title(word("title_capture", lang, p=symbol(means.column)), place, lang)
    table = means.table
    year, month = table["start"].dt.year, table["start"].dt.month
    first, last = int(year.min()), int(year.max())
    with style.applied():
        figure = style.new_figure(8.6, 1.7 + 0.3 * (last - first + 1))
        axes = style.panels(figure, 1, 1, (0.65, 0.15, 0.75, 0.72))[0, 0]
        for y, m, row in zip(year, month, table.to_dict("records"), strict=True):
            none = row["count"] == 0
            held = not row["reason"]
            colour = style.COLOURS["missing"] if none else _ENOUGH if held else _SHORT
            axes.add_patch(Rectangle((m - 0.48, y - 0.46), 0.96, 0.92, facecolor=colour, linewidth=0, alpha=0.35 + 0.65 * row["capture"] if not none else 1.0))  # fmt: skip
            # Just short of the limit must not read as if it were reached.
            share = 100 * row["capture"]
            text = f"{share:.0f}" if held else f"{np.floor(share):.0f}"
            axes.text(m, y, "–" if none else text, ha="center", va="center", fontsize=7.5, color=style.COLOURS["ink"])  # fmt: skip
        axes.set(xlim=(0.5, 12.5), ylim=(last + 0.55, first - 0.55))
        axes.set_xticks(range(1, 13), [labels.month_abbreviation(m, lang) for m in range(1, 13)])
        axes.xaxis.tick_top()
        axes.set_yticks(range(first, last + 1), [str(y) for y in range(first, last + 1)])
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
        handles = [Patch(color=_ENOUGH, label=word("enough", lang)), Patch(color=_SHORT, label=word("short", lang)), Patch(color=style.COLOURS["missing"], label=word("absent", lang))]  # fmt: skip
        key(figure, handles, word("capture_note", lang, m=f"{100 * means.minimum_capture:g}"))
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, table, head)
