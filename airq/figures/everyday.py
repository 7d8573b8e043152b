"""Variation in time, correlations and levels.

Each function takes a result of :mod:`airq.analysis.everyday` and returns its figure and the numbers in it.

Examples
--------
>>> from airq.analysis.everyday.variation import time_variation
>>> time = pd.date_range("2019-01-01 01:00", periods=24 * 60, freq="h")
>>> made = time_variation(pd.DataFrame({"time": time, "no2": 30.0 + time.hour}), "no2")
>>> variation(made, "zh", "阜康市").caption
'阜康市NO₂的日、周、年变化'
"""

from __future__ import annotations

from typing import Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from airq.analysis.everyday.correlation import CorrelationMatrix
from airq.analysis.everyday.level import TrendLevel
from airq.analysis.everyday.variation import TimeVariation
from airq.errors import MissingData
from airq.figures import labels, style
from airq.figures.direction_axes import colour_key, foot
from airq.figures.direction_words import quantity, symbol, title, weekday
from airq.figures.episodes_words import short_name
from airq.figures.everyday_words import axis_name, cell_name, group_name, statistic_name, word
from airq.figures.labels import Language
from airq.figures.style import FigureResult

__all__ = ["correlations", "level", "variation"]

_HEAT: Final = "YlOrRd"
_SIGNED: Final = "RdBu_r"


def _line(axes: Axes, rows: pd.DataFrame, x: np.ndarray, colour: str) -> None:
    axes.fill_between(
        x, rows["lower"].to_numpy(), rows["upper"].to_numpy(), color=colour, alpha=0.22, linewidth=0
    )
    mark = "o" if len(rows) <= 12 else None
    axes.plot(x, rows["mean"].to_numpy(), color=colour, linewidth=1.4, marker=mark, markersize=3.2)


def _names(result: TimeVariation, table: pd.DataFrame, lang: Language) -> list[tuple[str, str, str]]:
    """Column, group and label of each line."""
    out = []
    for column, group in table[["column", "group"]].drop_duplicates().itertuples(index=False):
        parts = [symbol(column)] if len(result.columns) > 1 else []
        parts += [group_name(group, lang)] if group else []
        out.append((column, group, " ".join(parts) or symbol(column)))
    return out


def variation(
    result: TimeVariation,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    difference: bool = False,
) -> FigureResult:
    """Means by hour and weekday, hour, month and weekday, with intervals by weeks.

    Parameters
    ----------
    result : TimeVariation
    lang : {"zh", "en"}
    place : str
    simulated : bool
    difference : bool
        Draw the difference, if it was asked for.

    Returns
    -------
    FigureResult
        The frame holds every mean and interval.

    Raises
    ------
    MissingData
        No difference in the result.
    """
    table = result.difference if difference else result.table
    if table.empty:
        raise MissingData("the result holds no difference; ask for it with difference=True.")
    lines = _names(result, table, lang)
    what = (
        "、".join(symbol(c) for c in result.columns)
        if lang == "zh"
        else ", ".join(symbol(c) for c in result.columns)
    )
    head = title(word("title_variation", lang, p=what), place, lang)
    unit = word("normalised", lang) if result.statistic == "normalised" else quantity(result.columns[0], lang)
    if difference:
        joint = "减" if lang == "zh" else " less "
        sides = [s.split(" - ") for s in (str(table["column"].iloc[0]), str(table["group"].iloc[0]))]
        pair = next(s for s in sides if len(s) == 2)
        said = joint.join(group_name(symbol(x), lang) for x in pair)
        head = title(
            word("title_difference", lang, a=f"{what}（{said}）" if lang == "zh" else f"{what}: {said}"),
            place,
            lang,
        )
    hourly = (table["panel"] == "hour").any()
    with style.applied():
        figure = style.new_figure(10.4, 6.2 if hourly else 3.6)
        height = figure.get_size_inches()[1]
        bottom = 0.95 / height
        if hourly:
            top = figure.add_axes((0.062, 0.54, 0.926, 0.37))
            _whole_week(top, table, lines, lang)
            top.set_ylabel(unit)
            lower = [
                figure.add_axes((x, bottom, w, 0.27))
                for x, w in ((0.062, 0.33), (0.448, 0.27), (0.768, 0.22))
            ]
        else:
            lower = [figure.add_axes((x, bottom, w, 0.52)) for x, w in ((0.062, 0.42), (0.548, 0.44))]
        panels = ("hour", "month", "weekday") if hourly else ("month", "weekday")
        for axes, panel in zip(lower, panels, strict=True):
            _small(axes, table, lines, panel, result.label, lang)
            if difference:
                axes.axhline(0, color=style.COLOURS["quiet"], linewidth=0.8)
        lower[0].set_ylabel(unit)
        handles = [Line2D([], [], color=style.SERIES[k % 8], label=n) for k, (_, _, n) in enumerate(lines)] if len(lines) > 1 else []  # fmt: skip
        if handles:
            figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.0, 0.24 / height), ncols=8, handlelength=1.4, borderaxespad=0.3)  # fmt: skip
        foot(figure, [word("interval", lang, k=f"{100 * result.confidence:.0f}")])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, table.reset_index(drop=True), head)


def _whole_week(axes: Axes, table: pd.DataFrame, lines: list[tuple[str, str, str]], lang: Language) -> None:
    rows = table[table["panel"] == "hour_weekday"]
    first = int(rows["cell"].min()) % 24
    for k, (column, group, _) in enumerate(lines):
        own = rows[(rows["column"] == column) & (rows["group"] == group)].sort_values("cell")
        full = own.set_index("cell").reindex(range(first, 168 + first)).reset_index()
        _line(axes, full, full["cell"].to_numpy(dtype=float), style.SERIES[k % 8])
    for day in range(1, 7):
        axes.axvline(24 * day + first - 0.5, color=style.COLOURS["grid"], linewidth=0.8)
    axes.set_xticks([24 * d + 12 + first - 0.5 for d in range(7)], [weekday(d, lang) for d in range(7)])
    axes.set_xlim(first - 0.5, 168 + first - 0.5)
    style.tidy(axes)


def _small(
    axes: Axes, table: pd.DataFrame, lines: list[tuple[str, str, str]], panel: str, label: str, lang: Language
) -> None:  # fmt: skip
    rows = table[table["panel"] == panel]
    for k, (column, group, _) in enumerate(lines):
        own = rows[(rows["column"] == column) & (rows["group"] == group)].sort_values("cell")
        cells = range(int(rows["cell"].min()), int(rows["cell"].max()) + 1)
        full = own.set_index("cell").reindex(cells).reset_index()
        _line(axes, full, full["cell"].to_numpy(dtype=float), style.SERIES[k % 8])
    if panel == "hour":
        first = 1 if label == "end" else 0
        axes.set_xticks([h for h in range(0, 25, 4) if first <= h <= 23 + first])
        axes.set_xlabel(word("hour_end" if label == "end" else "hour_start", lang))
    elif panel == "month":
        axes.set_xticks(range(1, 13), [labels.month_abbreviation(m, lang) if lang == "en" else str(m) for m in range(1, 13)], rotation=0, fontsize=7.5)  # fmt: skip
        axes.set_xlim(0.6, 12.4)
        axes.set_xlabel(word("month", lang))
    else:
        axes.set_xticks(range(7), [weekday(d, lang) for d in range(7)])
        axes.set_xlabel(word("weekday", lang))
    style.tidy(axes)


def correlations(
    result: CorrelationMatrix, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Correlation matrix in the order of likeness; what may be nothing is grey.

    Parameters
    ----------
    result : CorrelationMatrix
    lang, place, simulated
        As everywhere.

    Returns
    -------
    FigureResult
    """
    head = title(word("title_correlation", lang), place, lang)
    names = list(result.order)
    size = max(3.4, 0.62 * len(names))
    pairs = {frozenset((r.a, r.b)): r for r in result.table.itertuples()}
    colours, scale = mpl.colormaps[_SIGNED], Normalize(-1, 1)
    with style.applied():
        figure = style.new_figure(size + 2.4, size + 1.7)
        axes = style.panels(figure, margins=(1.3, 1.0, 0.62, 1.05))[0, 0]
        for i, a in enumerate(names):
            for j, b in enumerate(names[: i + 1]):
                row = pairs.get(frozenset((a, b)))
                value = 1.0 if a == b else float(row.correlation) if row is not None else np.nan
                if not np.isfinite(value):
                    axes.add_patch(Rectangle((j, i), 0.96, 0.96, facecolor="white", edgecolor=style.COLOURS["quiet"], hatch="////", linewidth=0.3))  # fmt: skip
                    continue
                colour = mpl.colors.to_hex(colours(scale(value)))
                axes.add_patch(Rectangle((j, i), 0.96, 0.96, facecolor=colour))
                sure = a == b or (row is not None and (row.lower > 0 or row.upper < 0))
                ink = style.ink_on(colour) if sure else style.COLOURS["quiet"]
                axes.text(j + 0.48, i + 0.48, f"{value:.2f}", ha="center", va="center", fontsize=8.5 if sure else 7.5, color=ink, fontweight="bold" if sure else "normal")  # fmt: skip
        axes.set(xlim=(0, len(names)), ylim=(len(names), 0), aspect="equal")
        ticks = [k + 0.48 for k in range(len(names))]
        axes.set_xticks(ticks, [symbol(n) for n in names])
        # The symbols of the weather (p, P, T ...) stand beside its names once.
        axes.set_yticks(ticks, [_named(n, lang) for n in names])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        figure.canvas.draw_idle()
        colour_key(figure, axes, colours, scale, "r")
        foot(
            figure, [word(result.method, lang), word("cross_zero", lang, k=f"{100 * result.confidence:.0f}")]
        )
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, result.to_frame(), head)


def _named(name: str, lang: Language) -> str:
    """Symbol, with the name of a weather variable."""
    own, short = short_name(name, lang), symbol(name)
    return short if own == name else f"{own} {short}"


def level(
    result: TrendLevel, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Heat map of two calendar axes, a panel a group.

    Parameters
    ----------
    result : TrendLevel
    lang, place, simulated
        As everywhere.

    Returns
    -------
    FigureResult

    Raises
    ------
    MissingData
        Every cell is withheld.
    """
    value = result.table["value"]
    if not value.notna().any():
        raise MissingData("every cell is withheld; lower least or take longer groups.")
    small = (lambda t: t) if lang == "zh" else str.lower
    head = word(
        "title_level",
        lang,
        p=symbol(result.column),
        x=small(axis_name(result.x, lang)),
        y=small(axis_name(result.y, lang)),
    )
    head = title(head, place, lang)
    groups = list(dict.fromkeys(result.table["group"]))
    columns = min(len(groups), 3)
    rows = -(-len(groups) // columns)
    scale = Normalize(float(value.min()), float(max(value.quantile(0.99), value.min() + 1e-9)))
    colours = mpl.colormaps[_HEAT]
    with style.applied():
        figure = style.new_figure(10.4, 1.35 + 2.5 * rows)
        grid = style.panels(figure, rows, columns, (0.75, 0.95, 0.85, 0.72), (0.45, 0.55))
        for axes, group in zip(grid.flat, groups, strict=False):
            _heat(axes, result, group, colours, scale, lang)
            axes.set_title(group_name(group, lang), fontsize=9.5)
        for axes in grid.flat[len(groups) :]:
            axes.set_axis_off()
        for axes in grid[:, 0]:
            axes.set_ylabel(axis_name(result.y, lang))
        said = statistic_name(result.statistic, lang, result.threshold)
        unit = "" if result.statistic in ("count", "share_above") else quantity(result.column, lang)
        colour_key(figure, grid[0, columns - 1], colours, scale, said)
        foot(figure, [" ".join(x for x in (said, unit) if x) + ("；" if lang == "zh" else ". ") + word("withheld", lang, n=result.least)])  # fmt: skip
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, result.to_frame(), head)


def _heat(axes: Axes, result: TrendLevel, group: str, colours: mpl.colors.Colormap, scale: Normalize, lang: Language) -> None:  # fmt: skip
    cells = result.matrix(group)
    edge = style.COLOURS["quiet"]
    axes.add_patch(Rectangle((0, 0), cells.shape[1], cells.shape[0], facecolor="white", edgecolor=edge, hatch="////", linewidth=0.0))  # fmt: skip
    shown = np.ma.masked_invalid(cells.to_numpy(dtype=np.float64))
    axes.pcolormesh(
        np.arange(cells.shape[1] + 1), np.arange(cells.shape[0] + 1), shown, cmap=colours, norm=scale
    )
    for ticks, names, axis in (
        (axes.set_xticks, list(cells.columns), result.x),
        (axes.set_yticks, list(cells.index), result.y),
    ):
        step = -(-len(names) // 12)
        places = [k for k in range(len(names)) if (k + 1) % step == 0 or step == 1]
        ticks([k + 0.5 for k in places], [cell_name(axis, str(names[k]), lang) for k in places], fontsize=7.5)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
