"""Episodes of heavy pollution: their course, an overview, their weather, what goes together.

Each function takes a result of :mod:`airq.analysis.episodes` and returns its figure and the numbers in it.

Examples
--------
>>> from airq.analysis.episodes.finding import find_episodes
>>> pm25 = [30.0, 40, 140, 180, 260, 210, 60, 30, 30, 30]
>>> frame = pd.DataFrame({"date": pd.date_range("2019-01-01", periods=10), "pm25": pm25})
>>> overview(find_episodes(frame), "zh", "阜康市").caption
'阜康市重污染过程一览'
"""

from __future__ import annotations

from typing import Any, Final

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from airq.analysis.episodes.conditions import STAGES, EpisodeWeather
from airq.analysis.episodes.finding import Episodes
from airq.analysis.episodes.synchrony import Synchrony
from airq.errors import MissingData
from airq.figures import style
from airq.figures.direction_axes import colour_key, foot
from airq.figures.direction_words import quantity, symbol, title
from airq.figures.episodes_words import leading, site_name, stage_name, variable_name, word
from airq.figures.labels import Language
from airq.figures.style import FigureResult

__all__ = ["course", "overview", "synchrony", "weather"]

_LEVELS: Final = {1: "#f0c419", 2: "#e67e22", 3: "#c0392b"}
"""Colours of the alerts: yellow, orange, red."""
_SHADES: Final = {"growth": "#f7d9b0", "peak": "#eab0a4", "clearing": "#cfe3d4"}


def _hatch(kind: str) -> str | None:
    return "////" if kind == "dust" else None


def course(
    result: Episodes,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    site: str | None = None,
    most: int = 4,
) -> FigureResult:
    """Course of the heaviest episodes of a site, with their phases.

    Parameters
    ----------
    result : Episodes
    lang : {"zh", "en"}
    place : str
    simulated : bool
    site : str, optional
        By default the one with most episodes.
    most : int
        Panels, the highest peaks first, drawn in order of time.

    Returns
    -------
    FigureResult
        The frame holds the series shown, with phases.

    Raises
    ------
    MissingData
        No episode.
    """
    if result.table.empty:
        raise MissingData("there is no episode to draw; take a longer period.")
    chosen = site if site is not None else str(result.table["site"].value_counts().index[0])
    own = result.table[(result.table["site"] == chosen) & result.table["top"].notna()]
    if own.empty:
        raise MissingData(f"site '{chosen}' has no episode; choose another.")
    own = own.nlargest(most, "top").sort_values("begin")
    head = title(
        word("title_course", lang, p=symbol(result.pollutant)),
        leading(place or site_name(chosen, lang), lang),
        lang,
    )
    series = result.series[result.series["site"] == chosen]
    shown = []
    with style.applied():
        rows = -(-len(own) // 2) if len(own) > 1 else 1
        figure = style.new_figure(10.4, 1.55 + 2.35 * rows)
        grid = style.panels(figure, rows, min(len(own), 2), (0.65, 0.15, 0.62, 1.05), (0.55, 0.5))
        for axes, (_, row) in zip(grid.flat, own.iterrows(), strict=False):
            shown.append(_course(axes, series, row, result.resolution))
        for axes in grid.flat[len(own) :]:
            axes.set_axis_off()
        for axes in grid[:, 0]:
            axes.set_ylabel(quantity(result.pollutant, lang))
        height = figure.get_size_inches()[1]
        handles: list[Line2D | Patch] = [
            Line2D(
                [],
                [],
                color=style.COLOURS["last_year"],
                label=word("hourly" if result.resolution == "hour" else "daily", lang),
            )
        ]
        if result.resolution == "hour":
            handles.append(
                Line2D([], [], color=style.COLOURS["this_year"], linewidth=1.8, label=word("smooth", lang))
            )
        handles += [Patch(facecolor=c, label=word(p, lang)) for p, c in _SHADES.items()]
        figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 0.26 / height), ncols=6, borderaxespad=0.3, handlelength=1.4)  # fmt: skip
        foot(figure, [word("course_note", lang, r=result.rules)])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, pd.concat(shown, ignore_index=True), head)


def _course(axes: Axes, series: pd.DataFrame, row: pd.Series, resolution: str) -> pd.DataFrame:
    margin = pd.Timedelta(days=3)
    first = min(x for x in (row["begin"], row["onset"]) if pd.notna(x)) - margin
    last = max(x for x in (row["end"], row["cleared"]) if pd.notna(x)) + margin
    part = series[(series["time"] >= first) & (series["time"] <= last)]
    time = part["time"].to_numpy()
    for phase, colour in _SHADES.items():
        inside = part[(part["episode"] == row["episode"]) & (part["phase"] == phase)]
        if len(inside):
            step = pd.Timedelta(hours=1 if resolution == "hour" else 24)
            axes.axvspan(
                inside["time"].iloc[0] - step / 2,
                inside["time"].iloc[-1] + step / 2,
                color=colour,
                linewidth=0,
            )
    axes.plot(time, part["value"], color=style.COLOURS["last_year"], linewidth=0.9)
    if resolution == "hour":
        axes.plot(time, part["smooth"], color=style.COLOURS["this_year"], linewidth=1.8)
    top = float(np.nanmax(part["value"].to_numpy())) * 1.12
    axes.plot([row["begin"], row["end"] + pd.Timedelta(days=1)], [top, top], color=_LEVELS[int(row["level"])], linewidth=5, solid_capstyle="butt")  # fmt: skip
    axes.set(xlim=(first, last), ylim=(0, top * 1.06))
    axes.set_xticks(
        pd.date_range(first.normalize(), last, freq=f"{max((last - first).days // 5, 1)}D")[
            1:
        ].to_pydatetime()
    )
    axes.xaxis.set_major_formatter(mdates.DateFormatter("%m-%d"))
    axes.set_title(f"{row['begin']:%Y-%m-%d} – {row['end']:%m-%d}", fontsize=9.5)
    style.tidy(axes)
    return part


def overview(
    result: Episodes, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Every episode of every site on one axis of time, in the colour of its level.

    Parameters
    ----------
    result : Episodes
    lang, place, simulated
        As everywhere.

    Returns
    -------
    FigureResult
    """
    head = title(word("title_overview", lang), place, lang)
    sites = sorted(result.series["site"].unique())
    first, last = result.series["time"].min(), result.series["time"].max()
    with style.applied():
        figure = style.new_figure(10.4, 1.6 + 0.42 * len(sites))
        names = [site_name(s, lang) for s in sites]
        longest = max((sum(2 if ord(c) > 0x2E80 else 1 for c in n) for n in names), default=0)
        axes = style.panels(figure, margins=(0.25 + 0.075 * longest, 0.2, 0.6, 0.95))[0, 0]
        for row in result.table.itertuples():
            y = len(sites) - 1 - sites.index(row.site)
            length = (row.end - row.begin).days + 1
            axes.add_patch(Rectangle((mdates.date2num(row.begin), y + 0.16), length, 0.68, facecolor=_LEVELS[row.level], edgecolor="white", linewidth=0.3, hatch=_hatch(row.kind)))  # fmt: skip
        axes.set(xlim=(first, last), ylim=(0, len(sites)))
        axes.set_yticks([len(sites) - 0.5 - k for k in range(len(sites))], names)
        locator = mdates.AutoDateLocator(minticks=4, maxticks=12)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%Y-%m"))
        style.tidy(axes, "x")
        levels = result.table[["level", "level_zh", "level_en"]].drop_duplicates().sort_values("level")
        handles = [Patch(facecolor=_LEVELS[r.level], label=r.level_zh if lang == "zh" else r.level_en) for r in levels.itertuples()]  # fmt: skip
        height = figure.get_size_inches()[1]
        if handles:
            figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 0.26 / height), ncols=4, borderaxespad=0.3, handlelength=1.4)  # fmt: skip
        joint = "；" if lang == "zh" else " "
        notes = [word("overview_note", lang)]
        notes += [word("dust_mark", lang)] if (result.table["kind"] == "dust").any() else []
        foot(figure, [joint.join(notes)])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, result.to_frame(), head)


def _anomaly(value: float) -> str:
    """Three digits with a true sign, and a plain 0 for what rounds to nothing.

    Examples
    --------
    >>> _anomaly(-1.71e-05), _anomaly(-0.659), _anomaly(50.4)
    ('0', '−0.659', '+50.4')
    """
    return "0" if abs(value) < 5e-4 else f"{value:+.3g}".replace("-", "−")


def weather(
    result: EpisodeWeather, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Anomalies of the weather by stage.

    Parameters
    ----------
    result : EpisodeWeather
    lang, place, simulated
        As everywhere.

    Returns
    -------
    FigureResult
    """
    head = title(word("title_weather", lang), place, lang)
    table = result.table.set_index(["column", "stage"])
    top = float(np.nanmax(np.abs(result.table["standardised"].to_numpy()))) if result.table["standardised"].notna().any() else 1.0  # fmt: skip
    colours, scale = mpl.colormaps["RdBu_r"], Normalize(-max(top, 0.5), max(top, 0.5))
    with style.applied():
        figure = style.new_figure(9.2, 1.75 + 0.45 * len(result.columns))
        axes = style.panels(figure, margins=(1.75, 0.95, 0.62, 0.95))[0, 0]
        for y, name in enumerate(result.columns):
            for x, stage in enumerate(STAGES):
                row = table.loc[(name, stage)]
                place_of = (x, len(result.columns) - 1 - y)
                if not np.isfinite(row["anomaly"]):
                    axes.add_patch(Rectangle(place_of, 0.97, 0.94, facecolor="white", edgecolor=style.COLOURS["quiet"], hatch="////", linewidth=0.2))  # fmt: skip
                    continue
                colour = mpl.colors.to_hex(colours(scale(row["standardised"])))
                axes.add_patch(Rectangle(place_of, 0.97, 0.94, facecolor=colour))
                sure = row["lower"] > 0 or row["upper"] < 0
                ink = style.ink_on(colour) if sure else style.COLOURS["quiet"]
                axes.text(x + 0.485, place_of[1] + 0.47, _anomaly(row['anomaly']), ha="center", va="center", fontsize=8.5, color=ink, fontweight="bold" if sure else "normal")  # fmt: skip
        axes.set(xlim=(0, len(STAGES)), ylim=(0, len(result.columns)))
        count = [int(result.table.loc[result.table["stage"] == s, "episodes"].max()) for s in STAGES]
        axes.set_xticks([k + 0.485 for k in range(len(STAGES))], [f"{stage_name(s, lang)}\n{word('episodes_n', lang, n=n)}" for s, n in zip(STAGES, count, strict=True)])  # fmt: skip
        axes.set_yticks([len(result.columns) - 0.53 - k for k in range(len(result.columns))], [variable_name(n, lang) for n in result.columns])  # fmt: skip
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        colour_key(figure, axes, colours, scale, word("standardised", lang))
        foot(figure, [word("weather_note", lang, k=f"{100 * result.confidence:.0f}", w=result.window)])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, result.to_frame(), head)


def synchrony(
    result: Synchrony, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Which places are polluted together more than the season explains, and how many on each day.

    Parameters
    ----------
    result : Synchrony
    lang, place, simulated
        As everywhere.

    Returns
    -------
    FigureResult
        The frame holds the pairs.
    """
    what = "AQI" if result.column == "aqi" else symbol(result.column)
    head = title(word("title_synchrony", lang, q=what, t=result.threshold), place, lang)
    sites = list(result.sites)
    names = [site_name(s, lang) for s in sites]
    ratios = result.pairs["ratio"].to_numpy(dtype=np.float64)
    top = float(np.nanmax(ratios)) if np.isfinite(ratios).any() else 2.0
    colours, scale = mpl.colormaps["YlOrRd"], Normalize(1, max(top, 1.5))
    size = max(3.2, 0.62 * len(sites))
    with style.applied():
        figure = style.new_figure(10.4, size + 1.75)
        height = size + 1.75
        left = 1.25 / 10.4
        axes = figure.add_axes((left, 1.0 / height, size / 10.4, (height - 1.62) / height))
        for row in result.pairs.itertuples():
            _pair(axes, row, sites, colours, scale)
        axes.set(xlim=(0, len(sites)), ylim=(len(sites), 0))
        ticks = [k + 0.48 for k in range(len(sites))]
        axes.set_xticks(ticks, names, rotation=30 if lang == "en" and len(sites) > 3 else 0, fontsize=8)
        axes.set_yticks(ticks, names, fontsize=8)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        begin = left + size / 10.4 + 0.9 / 10.4
        right = figure.add_axes((begin, 1.0 / height, 0.985 - begin, (height - 1.62) / height))
        days = result.days
        right.fill_between(days["date"].to_numpy(), 0, 100 * days["share"].to_numpy(), step="mid", color=style.COLOURS["this_year"], linewidth=0)  # fmt: skip
        right.set_ylim(0, 100)
        right.set_ylabel(word("share_sites", lang))
        # A narrow axis.
        locator = mdates.AutoDateLocator(minticks=2, maxticks=4)
        right.xaxis.set_major_locator(locator)
        long = (days["date"].max() - days["date"].min()).days > 3 * 366
        right.xaxis.set_major_formatter(mdates.DateFormatter("%Y" if long else "%Y-%m"))
        style.tidy(right)
        foot(figure, [word("ratio_note", lang, k=f"{100 * result.confidence:.0f}")])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, result.to_frame(), head)


def _pair(axes: Axes, row: Any, sites: list[str], colours: mpl.colors.Colormap, scale: Normalize) -> None:
    """Ratio above the diagonal, conditional shares below and above it."""
    pair = pd.Series(row._asdict())
    i, j = sites.index(pair["a"]), sites.index(pair["b"])
    ratio = float(pair["ratio"])
    quiet = style.COLOURS["quiet"]
    if not np.isfinite(ratio):
        for x, y in ((j, i), (i, j)):
            axes.add_patch(Rectangle((x, y), 0.96, 0.96, facecolor="white", edgecolor=quiet, hatch="////", linewidth=0.2))  # fmt: skip
        return
    colour = mpl.colors.to_hex(colours(scale(ratio)))
    axes.add_patch(Rectangle((j, i), 0.96, 0.96, facecolor=colour))
    sure = pair["lower"] > 1 or pair["upper"] < 1
    axes.text(j + 0.48, i + 0.48, f"{ratio:.2f}", ha="center", va="center", fontsize=8.5, color=style.ink_on(colour) if sure else quiet, fontweight="bold" if sure else "normal")  # fmt: skip
    axes.add_patch(Rectangle((i, j), 0.96, 0.96, facecolor="#eef2f6"))
    axes.text(
        i + 0.48, j + 0.48, f"{100 * float(pair['given_b']):.0f}", ha="center", va="center", fontsize=8.5
    )
