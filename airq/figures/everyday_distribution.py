"""Distributions, percentiles against percentiles, observations by what a model said, data capture.

Examples
--------
>>> from airq.analysis.everyday.distributions import distribution as of
>>> frame = pd.DataFrame({"time": pd.date_range("2019-01-01", periods=100), "pm25": np.arange(1.0, 101)})
>>> distribution(of(frame, "pm25"), "en").caption
'Distribution of PM₂.₅'
"""

from __future__ import annotations

from typing import Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from airq.analysis.everyday.availability import DataCapture
from airq.analysis.everyday.distributions import ConditionalQuantiles, Distribution, QuantilePairs
from airq.figures import style
from airq.figures.direction_axes import colour_key, foot
from airq.figures.direction_words import quantity, symbol, title
from airq.figures.everyday_words import group_name, word
from airq.figures.labels import Language
from airq.figures.style import FigureResult

__all__ = ["capture", "conditional", "distribution", "pairs"]

_FULL: Final = "YlGn"


def distribution(
    result: Distribution, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Histogram with a smooth density, and percentiles with their intervals, a colour a group.

    Parameters
    ----------
    result : Distribution
    lang : {"zh", "en"}
    place : str
    simulated : bool

    Returns
    -------
    FigureResult
        The frame holds percentiles and their intervals.
    """
    head = title(word("title_distribution", lang, p=symbol(result.column)), place, lang)
    several = len(result.groups) > 1
    with style.applied():
        figure = style.new_figure(10.4, 4.1)
        grid = style.panels(figure, 1, 2, (0.65, 0.15, 0.62, 1.05), (0.75, 0.0))
        for k, group in enumerate(result.groups):
            _shape(grid[0, 0], result, group, style.SERIES[k % 8], several)
            _percentiles(grid[0, 1], result, group, style.SERIES[k % 8], k, len(result.groups))
        left, right = grid[0]
        if result.log:
            left.set_xscale("log")
            right.set_yscale("log")
            for axis in (left.xaxis, right.yaxis):
                axis.set_major_locator(mpl.ticker.LogLocator(10, subs=(1.0, 2.0, 5.0)))
                axis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
                axis.set_minor_formatter(mpl.ticker.NullFormatter())
        left.set_xlabel(quantity(result.column, lang))
        left.set_ylabel(word("share", lang))
        right.set_ylabel(quantity(result.column, lang))
        right.set_xlabel(word("probability", lang))
        for axes in (left, right):
            style.tidy(axes)
        if several:
            handles = [Patch(facecolor=style.SERIES[k % 8], label=group_name(g, lang)) for k, g in enumerate(result.groups)]  # fmt: skip
            figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 0.26 / 4.1), ncols=8, borderaxespad=0.3, handlelength=1.2)  # fmt: skip
        foot(figure, [word("quantile_note", lang, k=f"{100 * result.confidence:.0f}")])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, result.to_frame(), head)


def _shape(axes: Axes, result: Distribution, group: str, colour: str, several: bool) -> None:
    bins = result.bins[result.bins["group"] == group]
    edges = np.append(bins["low"].to_numpy(), bins["high"].to_numpy()[-1:])
    axes.stairs(100 * bins["share"].to_numpy(), edges, fill=not several, color=colour, alpha=0.35 if not several else 0.7, linewidth=0.9)  # fmt: skip
    smooth = result.density[result.density["group"] == group]
    if len(smooth):
        step = np.log10(edges[1] / edges[0]) if result.log else edges[1] - edges[0]
        axes.plot(smooth["value"], 100 * step * smooth["density"], color=colour, linewidth=1.6)


def _percentiles(axes: Axes, result: Distribution, group: str, colour: str, number: int, of: int) -> None:
    rows = result.table[result.table["group"] == group]
    x = np.arange(len(rows)) + (number - (of - 1) / 2) * min(0.7 / of, 0.2)
    for place, row in zip(x, rows.itertuples(), strict=True):
        if np.isfinite(row.lower):
            axes.plot([place, place], [row.lower, row.upper], color=colour, linewidth=1.3)
    axes.plot(x, rows["quantile"], "o", color=colour, markersize=4)
    axes.set_xticks(range(len(rows)), [f"{100 * p:g}" for p in rows["probability"]])


def pairs(
    result: QuantilePairs, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Percentiles of one column against those of another.

    Parameters
    ----------
    result : QuantilePairs
    lang, place, simulated
        As everywhere.

    Returns
    -------
    FigureResult
    """
    head = title(word("title_pairs", lang, a=symbol(result.second), b=symbol(result.first)), place, lang)
    t = result.table
    with style.applied():
        figure = style.new_figure(5.6, 5.4)
        axes = style.panels(figure, margins=(0.75, 0.2, 0.62, 0.85))[0, 0]
        top = float(max(t["first"].max(), t["second"].max()) * 1.05)
        low = float(min(t["first"].min(), t["second"].min(), 0.0))
        axes.plot([low, top], [low, top], color=style.COLOURS["quiet"], linestyle=(0, (4, 3)), linewidth=0.9)
        if t["second_lower"].notna().any():
            axes.fill_between(t["first"], t["second_lower"], t["second_upper"], color=style.COLOURS["this_year"], alpha=0.22, linewidth=0)  # fmt: skip
        axes.plot(t["first"], t["second"], "o", color=style.COLOURS["this_year"], markersize=3.2)
        axes.set(xlim=(low, top), ylim=(low, top), aspect="equal")
        axes.set_xlabel(quantity(result.first, lang))
        axes.set_ylabel(quantity(result.second, lang))
        style.tidy(axes, "both")
        foot(figure, [word("diagonal", lang)])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, result.to_frame(), head)


def conditional(
    result: ConditionalQuantiles, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Quantiles of the observations by class of the model, with the number of pairs below.

    Parameters
    ----------
    result : ConditionalQuantiles
    lang, place, simulated
        As everywhere.

    Returns
    -------
    FigureResult
    """
    head = title(word("title_conditional", lang), place, lang)
    t = result.table
    middle = (t["low"] + t["high"]) / 2
    blue = style.COLOURS["this_year"]
    with style.applied():
        figure = style.new_figure(6.4, 5.6)
        axes = figure.add_axes((0.12, 0.36, 0.84, 0.52))
        below = figure.add_axes((0.12, 0.19, 0.84, 0.12), sharex=axes)
        for a, b, alpha in (("q05", "q95", 0.15), ("q25", "q75", 0.3)):
            axes.fill_between(middle, t[a], t[b], color=blue, alpha=alpha, linewidth=0)
        axes.plot(middle, t["q50"], color=blue, linewidth=1.6, marker="o", markersize=3)
        span = [float(t["low"].min()), float(t["high"].max())]
        axes.plot(span, span, color=style.COLOURS["quiet"], linestyle=(0, (4, 3)), linewidth=0.9)
        axes.set_ylabel(f"{word('observed', lang)} {quantity(result.observed, lang)}")
        below.bar(middle, t["n"], width=0.9 * (t["high"] - t["low"]), color=style.COLOURS["last_year"])
        below.set_ylabel("n")
        below.set_xlabel(f"{word('modelled', lang)} {quantity(result.modelled, lang)}")
        axes.tick_params(labelbottom=False)
        for one in (axes, below):
            style.tidy(one)
        handles = [Line2D([], [], color=blue, label=word("median", lang)), Patch(facecolor=blue, alpha=0.4, label=word("between", lang, a=25, b=75)), Patch(facecolor=blue, alpha=0.15, label=word("between", lang, a=5, b=95))]  # fmt: skip
        figure.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(0, 0.26 / 5.6), ncols=3, borderaxespad=0.3
        )
        foot(figure, [word("diagonal", lang)])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, result.to_frame(), head)


def capture(
    result: DataCapture, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Capture of each column and period; periods whose mean does not stand are hatched.

    Parameters
    ----------
    result : DataCapture
    lang, place, simulated
        As everywhere.

    Returns
    -------
    FigureResult
        The frame holds counts, reasons and causes.
    """
    head = title(word("title_capture", lang), place, lang)
    table = result.table
    sites = list(dict.fromkeys(table["site"]))
    rows = list(dict.fromkeys(zip(table["site"], table["column"], strict=True)))
    starts = sorted(table["start"].unique())
    colours, scale = mpl.colormaps[_FULL], Normalize(0, 100)
    form = {"month": "%Y-%m", "quarter": "%Y-%m", "season": "%Y-%m", "year": "%Y", "heating": "%Y"}.get(result.period, "%m-%d")  # fmt: skip
    with style.applied():
        height = 1.75 + 0.3 * len(rows)
        figure = style.new_figure(10.4, height)
        axes = style.panels(figure, margins=(1.5 if len(sites) > 1 else 0.75, 0.95, 0.62, 0.95))[0, 0]
        where = {s: k for k, s in enumerate(starts)}
        for row in table.itertuples():
            x, y = where[row.start], len(rows) - 1 - rows.index((row.site, row.column))
            percent = 100 * float(row.capture)
            colour = mpl.colors.to_hex(colours(scale(percent)))
            axes.add_patch(Rectangle((x, y), 0.96, 0.92, facecolor=colour, edgecolor=style.COLOURS["quiet"], hatch="////" if row.reason else None, linewidth=0.0))  # fmt: skip
            if len(starts) <= 24:
                box = {"facecolor": colour, "edgecolor": "none", "pad": 0.6} if row.reason else None
                axes.text(x + 0.48, y + 0.46, f"{percent:.0f}", ha="center", va="center", fontsize=7.5, color=style.ink_on(colour), bbox=box)  # fmt: skip
        axes.set(xlim=(0, len(starts)), ylim=(0, len(rows)))
        names = [" ".join(x for x in (s if len(sites) > 1 else "", symbol(c)) if x) for s, c in rows]
        axes.set_yticks([len(rows) - 0.54 - k for k in range(len(rows))], names)
        step = -(-len(starts) // 12)
        axes.set_xticks([k + 0.48 for k in range(0, len(starts), step)], [pd.Timestamp(starts[k]).strftime(form) for k in range(0, len(starts), step)])  # fmt: skip
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        colour_key(figure, axes, colours, scale, "%")
        basis = "capture_calendar" if result.calendar else "capture_rows"
        foot(figure, [word(basis, lang, m=f"{100 * result.minimum_capture:.0f}")])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, result.to_frame(), head)
