"""Hourly concentrations of the particles and ozone, with every flagged value marked."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from airq.analysis import period as periods
from airq.analysis.period import Period
from airq.figures import labels, style
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.variables import FLAGS

__all__ = ["hourly"]

SHOWN: Final = ("pm25", "pm10", "o3")
_MARKERS: Final = {
    "below_detection": ("v", "#5c6773"),
    "out_of_range": ("X", "#b00020"),
    "stuck": ("s", "#b00020"),
    "spike": ("^", "#d17a00"),
    "pm25_above_pm10": (".", "#7a1fa2"),
    "neighbour": ("D", "#00808a"),
    "conflict": ("P", "#000000"),
    "sentinel": ("*", "#5c6773"),
    "imputed": ("o", "#2a8c5a"),
    "jump": ("<", "#d17a00"),
    "repeated": ("h", "#b00020"),
    "zero": ("p", "#b00020"),
    "instrument_limit": (">", "#b00020"),
    "drift": ("d", "#7a1fa2"),
}
"""Every flag but ``missing``, which has no point to mark, and ``contaminated``, which is of the source's running means."""


def _marks(axes: Axes, series: pd.DataFrame, name: str) -> set[str]:
    """Mark flagged values; return the flags met."""
    met = set()
    flags = series[f"{name}_flag"].to_numpy(dtype=np.int64)
    for flag, (marker, colour) in _MARKERS.items():
        hit = ((flags & FLAGS[flag]) != 0) & series[name].notna().to_numpy()
        if hit.any():
            met.add(flag)
            axes.plot(
                series["time"][hit], series[name][hit], linestyle="none", marker=marker, markersize=3.4, color=colour,
                markeredgewidth=0, alpha=0.9, zorder=4,
            )  # fmt: skip
    return met


def _ticks(period: Period, lang: Language) -> tuple[list[pd.Timestamp], list[str]]:
    """Days of a month, days of the months of a quarter, months of a longer period."""
    days = periods.calendar(period)
    if period.days <= 31:
        shown = days[:: max(1, period.days // 15)]
        return list(shown), [str(d.day) for d in shown]
    shown = days[days.day.isin((1, 11, 21) if period.days < 100 else (1,))]
    first = [labels.month_abbreviation(d.month, lang) if d.day == 1 else str(d.day) for d in shown]
    return list(shown), first


def hourly(
    series: pd.DataFrame,
    period: Period,
    names: dict[str, str],
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
) -> FigureResult:
    """Three panels, PM2.5, PM10 and O3; a line for each station.

    Parameters
    ----------
    series : pandas.DataFrame
        Columns ``time`` (ends of hours, Beijing time), ``station``, and for each pollutant its value and
        ``<name>_flag`` (bits of :data:`airq.variables.FLAGS`). Values as received: nothing is left out.
    period : Period
    names : dict of str to str
        Station names by code, in the order of the legend.
    lang : {"zh", "en"}
    place : str
    simulated : bool

    Returns
    -------
    FigureResult
        The frame holds the series shown.
    """
    met: set[str] = set()
    with style.applied():
        figure = style.new_figure(10.4, 5.8)
        panels = style.panels(figure, len(SHOWN), 1, (0.5, 0.12, 0.7, 0.95), (0.0, 0.38), sharex=True)[:, 0]
        for axes, name in zip(panels, SHOWN, strict=True):
            for k, code in enumerate(names):
                line = series[series["station"] == code]
                colour = style.SERIES[k % len(style.SERIES)]
                axes.plot(line["time"], line[name], color=colour, linewidth=0.9)
                met |= _marks(axes, line, name)
            axes.set_title(f"{labels.pollutant(name)} ({labels.units(name)})", fontsize=9.5)
            axes.set_ylim(0, None)
            axes.locator_params(axis="y", nbins=5)
            style.tidy(axes)
        ticks, names_of_ticks = _ticks(period, lang)
        panels[-1].set_xticks(ticks, names_of_ticks)
        panels[-1].set_xlim(periods.start(period), periods.end(period))
        panels[-1].set_xlabel(labels.text("hour_axis", lang))
        handles = [
            Line2D([], [], color=style.SERIES[k % len(style.SERIES)], label=text)
            for k, text in enumerate(names.values())
        ]
        handles += [
            Line2D([], [], linestyle="none", marker=m, color=c, markersize=5, label=labels.flag(f, lang))
            for f, (m, c) in _MARKERS.items()
            if f in met
        ]
        style.legend(figure, handles, 5)
        name = labels.period(period, lang)
        head = labels.text("title_hourly", lang)
        title = f"{place}{name}{head}" if lang == "zh" else f"{head}, {place}, {name}"
        style.finish(figure, title, lang, simulated)
    colours = (
        48 if period.days <= 31 else 24
    )  # lines of a longer period lie on each other; no shades are seen
    return FigureResult(figure, series.reset_index(drop=True), title, dpi=84, colours=colours)
