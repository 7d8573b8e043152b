"""Trends in pictures: Theil-Sen lines, raw beside deweathered, and every test beside the others.

Each function takes a result of :mod:`airq.analysis.trend` and returns its figure and the numbers in it.

Examples
--------
>>> from airq.analysis.trend.slopes import theil_sen
>>> months = pd.period_range("2015-01", "2019-12", freq="M")
>>> trend = theil_sen(pd.Series(60 - 0.25 * np.arange(60), index=months, name="pm25"))
>>> line(trend, "en", "Fukang").caption
'Trend of PM₂.₅, Fukang'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from airq.analysis.trend.comparison import SideBySide, TrendTests
from airq.analysis.trend.slopes import TheilSen
from airq.errors import MissingData
from airq.figures import style
from airq.figures.direction_axes import foot
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.figures.trend_words import amount, ends, number, quantity, symbol, title, unit, word

__all__ = ["line", "methods", "side_by_side"]

RED: Final = "#b3261e"


def line(trend: TheilSen, lang: Language = "zh", place: str = "", simulated: bool = False) -> FigureResult:
    """Monthly values, the line and its interval.

    Parameters
    ----------
    trend : TheilSen
    lang : {"zh", "en"}
    place : str
    simulated : bool

    Returns
    -------
    FigureResult
        The frame holds the months with ``fitted``, ``lower`` and ``upper``.
    """
    head = title(word("title_trend", lang, p=symbol(trend.column)), place, lang)
    with style.applied():
        figure = style.new_figure(8.6, 4.1)
        axes = style.panels(figure, 1, 1, (0.65, 0.15, 0.85, 0.85))[0, 0]
        _draw(axes, trend, lang)
        axes.set_title(_said(trend, lang), fontsize=9, fontweight="normal", y=1.0)
        axes.set_ylabel(quantity(trend.column, lang))
        key(figure, _handles([trend], lang), _note(trend, lang))
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, trend.points, head)


def side_by_side(
    both: SideBySide, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Raw and deweathered trend on one scale.

    Parameters
    ----------
    both : SideBySide
    lang, place, simulated
        As for :func:`line`.

    Returns
    -------
    FigureResult
        The frame has a column ``series``.
    """
    head = title(word("title_side", lang, p=symbol(both.raw.column)), place, lang)
    shown = {"raw": both.raw, "deweathered": both.deweathered}
    with style.applied():
        figure = style.new_figure(10.4, 4.2)
        grid = style.panels(figure, 1, 2, (0.65, 0.15, 1.05, 0.85), (0.45, 0.0))
        for axes, (name, trend) in zip(grid[0], shown.items(), strict=True):
            _draw(axes, trend, lang)
            axes.set_title(word(name, lang), fontsize=10, y=1.06)
            axes.text(0, 1.02, _said(trend, lang), transform=axes.transAxes, fontsize=8.5, va="bottom")
        low = min(a.get_ylim()[0] for a in grid[0])
        high = max(a.get_ylim()[1] for a in grid[0])
        for axes in grid[0]:
            axes.set_ylim(low, high)
        grid[0, 0].set_ylabel(quantity(both.raw.column, lang))
        key(figure, _handles(list(shown.values()), lang), _note(both.raw, lang))
        style.finish(figure, head, lang, simulated)
    table = pd.concat([t.points.assign(series=n) for n, t in shown.items()], ignore_index=True)
    return FigureResult(figure, table[["series", *both.raw.points.columns]], head)


def _said(trend: TheilSen, lang: Language) -> str:
    """Slope, interval, percent and p in one line."""
    low, high = (number(v) for v in trend.interval)
    said = word("slope", lang, s=amount(trend.slope_per_year, trend.column, lang), a=low, b=high, p=ends(trend.p_value, trend.draws, lang))  # fmt: skip
    if trend.percent_per_year == trend.percent_per_year:
        percent = word("percent", lang, v=number(trend.percent_per_year))
        said = f"{percent}{'；' if lang == 'zh' else '; '}{said}"
    return said


def key(figure: Figure, handles: Sequence[Any], note: str, columns: int = 4) -> None:
    """Legend at the foot of a figure, and a note below it."""
    width, height = figure.get_size_inches()
    figure.legend(handles=list(handles), ncols=columns, loc="lower left", bbox_to_anchor=(0.05 / width, 0.24 / height), handlelength=1.4, columnspacing=1.1, borderaxespad=0.0)  # fmt: skip
    foot(figure, [note])


def _note(trend: TheilSen, lang: Language) -> str:
    return word("blocks", lang, b=trend.block) if trend.autocorrelation else word("single", lang)


def _draw(axes: Axes, trend: TheilSen, lang: Language) -> None:
    p = trend.points
    axes.fill_between(p["date"], p["lower"], p["upper"], color=RED, alpha=0.13, linewidth=0)
    axes.plot(p["date"], p["value"], color=style.COLOURS["last_year"], linewidth=0.9, zorder=2)
    seen = p[~p["filled"]]
    axes.plot(seen["date"], seen["value"], "o", color=style.COLOURS["this_year"], markersize=3.2, zorder=3)
    lost = p[p["filled"] & p["value"].notna()]
    axes.plot(lost["date"], lost["value"], "o", color="white", markeredgecolor=style.COLOURS["quiet"], markersize=4, zorder=3)  # fmt: skip
    axes.plot(p["date"], p["fitted"], color=RED, linewidth=1.6, zorder=4)
    style.tidy(axes)


def _handles(trends: Sequence[TheilSen], lang: Language) -> list[Any]:
    first = trends[0]
    kind = "no_season" if first.deseasonalised else "monthly"
    out: list[Any] = [
        Line2D([], [], color=style.COLOURS["last_year"], marker="o", markersize=3.6, markerfacecolor=style.COLOURS["this_year"], markeredgecolor=style.COLOURS["this_year"], label=word(kind, lang)),
    ]  # fmt: skip
    if any((t.points["filled"] & t.points["value"].notna()).any() for t in trends):
        out.append(Line2D([], [], linestyle="none", marker="o", markerfacecolor="white", markeredgecolor=style.COLOURS["quiet"], markersize=4.5, label=word("filled", lang)))  # fmt: skip
    out.append(Line2D([], [], color=RED, linewidth=1.6, label=word("line", lang)))
    out.append(Patch(color=RED, alpha=0.13, label=word("band", lang, c=f"{100 * first.confidence:.0f}")))
    return out


def methods(
    found: TrendTests, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Slope and interval of each test, with its verdict.

    Parameters
    ----------
    found : TrendTests
    lang, place, simulated
        As for :func:`line`.

    Returns
    -------
    FigureResult
    """
    table = found.table.reset_index(drop=True)
    if table.empty:
        raise MissingData("there is no test to draw; make trend_tests() first.")
    head = title(word("title_tests", lang, p=symbol(found.column)), place, lang)
    width = 8.6
    height = 1.75 + 0.34 * len(table)
    with style.applied():
        figure = style.new_figure(width, height)
        axes = style.panels(figure, 1, 1, (2.75, 2.1, 0.6, 0.95))[0, 0]
        for y, row in enumerate(table.to_dict("records")):
            _row(axes, y, row, found.draws, lang)
        axes.axvline(0, color=style.COLOURS["ink"], linewidth=0.8)
        axes.set_yticks(range(len(table)), [word(t, lang) for t in table["test"]])
        axes.set_ylim(len(table) - 0.4, -0.6)
        u = unit(found.column) or symbol(found.column)
        axes.set_xlabel(word("slope_axis", lang, u=u))
        _around_zero(axes, table)
        style.tidy(axes, "x")
        foot(figure, [word("tests_note", lang)])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, table, head)


def _around_zero(axes: Axes, table: pd.DataFrame) -> None:
    ends_ = table[["lower", "upper", "slope_per_year"]].to_numpy(dtype=np.float64).ravel()
    held = np.append(ends_[np.isfinite(ends_)], 0.0)
    room = 0.06 * max(float(np.ptp(held)), 1e-9)
    axes.set_xlim(held.min() - room, held.max() + room)


def _row(axes: Axes, y: int, row: dict[str, Any], draws: int, lang: Language) -> None:
    tested = bool(row["direction"])
    colour = style.COLOURS["this_year"] if row["significant"] else style.COLOURS["quiet"]
    if row["slope_per_year"] == row["slope_per_year"]:
        axes.plot([row["lower"], row["upper"]], [y, y], color=colour, linewidth=2.0, solid_capstyle="butt")
        face = colour if row["significant"] else "white"
        axes.plot(row["slope_per_year"], y, "o", color=colour, markerfacecolor=face, markersize=5.5)
    if not tested:
        said = word("withheld", lang)
    else:
        said = word("significant" if row["significant"] else "not_significant", lang)
        comma = "，" if lang == "zh" else ", "
        said = f"{word(row['direction'], lang)}{comma}{said}"
        if row["p_value"] == row["p_value"]:
            drawn = draws if row["test"].startswith("theil-sen") else 2000  # others have p-values of formulas
            shown = ends(row["p_value"], drawn, lang)
            said = f"{said}{comma}{shown}"
        elif row["statistic"] == row["statistic"]:
            said = f"{said}{comma}r = {number(row['statistic'])}{comma}N = {row['n']}"
    weight = "bold" if row["significant"] else "normal"
    axes.annotate(said, (1.0, y), (8, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center", fontsize=8.5, fontweight=weight)  # fmt: skip
