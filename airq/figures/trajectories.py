"""Maps of source regions and of the ways by which air arrives.

Examples
--------
>>> extent([43.0, 45.0], [86.0, 88.0], 0.0)
(86.0, 88.0, 43.0, 45.0)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D

from airq import places
from airq.analysis.trajectories.paths import TrajectoryClusters
from airq.analysis.trajectories.sources import SourceMap
from airq.errors import MissingData
from airq.figures import style
from airq.figures.direction_axes import colour_key, foot
from airq.figures.direction_words import quantity, symbol, title, word
from airq.figures.labels import Language
from airq.figures.maps_words import mark_approval
from airq.figures.style import FigureResult

__all__ = ["extent", "source_map", "ways"]

_SURE: Final = 0.05
_LEAST: Final = 5
_LEVELS: Final = 20


def extent(lats: Sequence[float], lons: Sequence[float], margin: float) -> tuple[float, float, float, float]:
    """West, east, south, north of points with a margin in degrees."""
    return min(lons) - margin, max(lons) + margin, min(lats) - margin, max(lats) + margin


def _ground(axes: Axes, box: tuple[float, float, float, float], lang: Language, apart: float = 0.16) -> None:
    """Axes in degrees with the counties and neighbours that lie in them."""
    west, east, south, north = box
    axes.set(xlim=(west, east), ylim=(south, north))
    axes.set_aspect(1 / np.cos(np.deg2rad((south + north) / 2)))
    axes.set_xlabel(word("longitude", lang))
    axes.set_ylabel(word("latitude", lang))
    style.tidy(axes, "both")
    if east - west > 12:
        return
    taken: list[tuple[float, float]] = []
    for place in places.load().values():
        if (
            place.lat is None
            or place.lon is None
            or not (west < place.lon < east and south < place.lat < north)
        ):
            continue
        axes.plot(place.lon, place.lat, ".", color=style.COLOURS["ink"], markersize=3.5, zorder=6)
        spot = (place.lon / (east - west), place.lat / (north - south))
        if all(abs(spot[0] - x) > apart or abs(spot[1] - y) > 0.4 * apart for x, y in taken) and west + 0.08 * (east - west) < place.lon < east - 0.08 * (east - west):  # fmt: skip
            taken.append(spot)
            axes.annotate(place.name(lang), (place.lon, place.lat), (0, 3), textcoords="offset points", ha="center", fontsize=7, zorder=7, bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.65})  # fmt: skip


def _receptor(axes: Axes, lat: float, lon: float) -> None:
    """Cross at the receptor, with a white rim so that it stands out on any colour."""
    for colour, size, width in (("white", 13, 4.5), (style.COLOURS["simulated"], 11, 2.0)):
        axes.plot(lon, lat, "+", color=colour, markersize=size, markeredgewidth=width, zorder=8)


def source_map(
    maps: SourceMap | Sequence[SourceMap],
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    share: float = 0.98,
    approval: str = "",
) -> FigureResult:
    """Source regions by PSCF, CWT or SQTBA, up to three side by side.

    Parameters
    ----------
    maps : SourceMap or sequence of them
        Of one pollutant.
    lang : {"zh", "en"}
    place : str
    simulated : bool
    share : float
        Of the endpoints that the map shows; a few far cells would shrink the rest.
    approval : str
        Number under which the map was approved (审图号); empty marks it as an internal sketch.

    Returns
    -------
    FigureResult
        The frame has a column ``method``.

    Raises
    ------
    MissingData
        If a map is empty.
    """
    shown = [maps] if isinstance(maps, SourceMap) else list(maps)
    if not shown or any(m.table.empty for m in shown):
        raise MissingData("a map of source regions is empty; there is nothing to draw.")
    first = shown[0]
    methods = ("、" if lang == "zh" else ", ").join(m.method for m in shown)
    head = title(word("title_map", lang, m=methods, p=symbol(first.pollutant)), place, lang)
    box = _box(shown, share)
    with style.applied():
        columns = len(shown)
        tall = (box[3] - box[2]) / max((box[1] - box[0]) * np.cos(np.deg2rad((box[2] + box[3]) / 2)), 1e-9)
        wide = 10.4 if columns > 1 else 7.6
        across = (wide - 0.55 - 0.95 - 1.35 * (columns - 1)) / columns
        figure = style.new_figure(wide, float(np.clip(across * tall, 1.8, 6.0)) + 1.85)
        grid = style.panels(figure, 1, columns, (0.55, 0.95, 0.75, 1.05), (1.35, 0.0))
        for axes, one in zip(grid[0], shown, strict=True):
            _cells(figure, axes, one, lang)
            _ground(axes, box, lang, 0.16 if columns == 1 else 0.4)
            mark_approval(axes, approval, lang)
            lat, lon = one.receptor
            _receptor(axes, lat, lon)
        kind = "cell_note" if any(m.method == "PSCF" for m in shown) else "cell_note_plain"
        note = word(kind, lang, n=f"{first.trajectories:,}", g=f"{first.cell:g}")
        runs = any("not trajectories of" in n for n in first.notes)
        foot(figure, [note, word("run_note" if runs else "model_note", lang)])
        style.finish(figure, head, lang, simulated)
    frame = pd.concat([m.to_frame().assign(method=m.method) for m in shown], ignore_index=True)
    return FigureResult(figure, frame, head)


def _box(shown: Sequence[SourceMap], share: float) -> tuple[float, float, float, float]:
    table = shown[0].table
    table = table[table["endpoints"] > 0]
    count = table["endpoints"].to_numpy(dtype=np.float64)
    ends: list[float] = []
    for name in ("lon", "lat"):
        order = np.argsort(table[name].to_numpy())
        running = np.cumsum(count[order]) / count.sum()
        value = table[name].to_numpy()[order]
        tail = (1 - share) / 2
        low = value[min(int(np.searchsorted(running, tail)), len(value) - 1)]
        high = value[min(int(np.searchsorted(running, 1 - tail)), len(value) - 1)]
        ends += [float(low) - shown[0].cell, float(high) + shown[0].cell]
    # The receptor is always in the picture.
    lat, lon = shown[0].receptor
    return min(ends[0], lon - shown[0].cell), max(ends[1], lon + shown[0].cell), min(ends[2], lat - shown[0].cell), max(ends[3], lat + shown[0].cell)  # fmt: skip


def _cells(figure: Any, axes: Axes, one: SourceMap, lang: Language) -> None:
    table = one.table
    if one.method == "SQTBA":
        table = table[table["endpoints"] > 0]
    row, col = (np.rint(table[c] / one.cell - 0.5).astype(int).to_numpy() for c in ("lat", "lon"))
    grid = np.full((np.ptp(row) + 1, np.ptp(col) + 1), np.nan)
    grid[row - row.min(), col - col.min()] = table["value"]
    y, x = (np.arange(v.min(), v.max() + 2) * one.cell for v in (row, col))
    top = float(np.nanmax(grid))
    low = 0.0 if one.method != "SQTBA" else float(np.nanmin(grid))
    scale = Normalize(low, top if top > low else low + 1.0)
    colours = mpl.colormaps["YlOrRd"].resampled(_LEVELS)
    axes.pcolormesh(x, y, np.ma.masked_invalid(grid), cmap=colours, norm=scale, rasterized=True, zorder=2)
    if "p_value" in table:
        sure = table[(table["p_value"] < _SURE) & (table["trajectories"] >= _LEAST)]
        axes.plot(sure["lon"], sure["lat"], ".", color=style.COLOURS["ink"], markersize=1.6, zorder=5)
    text = f"> {one.cut:.3g}" if one.method == "PSCF" else quantity(one.pollutant, lang)
    axes.set_title(one.method, fontsize=9.5, y=1.0)
    colour_key(figure, axes, colours, scale, text)


def ways(
    groups: TrajectoryClusters,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    approval: str = "",
) -> FigureResult:
    """Mean ways of the clusters, and the concentrations that arrive by them.

    Parameters
    ----------
    groups : TrajectoryClusters
    lang : {"zh", "en"}
    place : str
    simulated : bool
    approval : str
        Number under which the map was approved (审图号); empty marks it as an internal sketch.

    Returns
    -------
    FigureResult
        The frame holds the mean paths.
    """
    runs = any("not trajectories of" in n for n in groups.notes)
    head = title(word("title_runs" if runs else "title_ways", lang), place, lang)
    rows = groups.summary
    tones = [*style.SERIES, *(mpl.colors.to_hex(mpl.colormaps["tab20"](k)) for k in range(20))][: len(rows)]
    valued = bool(groups.pollutant)
    paths = groups.paths
    every = max(1, round(float(-paths["age"].min()) / 8))
    with style.applied():
        figure = style.new_figure(10.4 if valued else 7.0, 5.4)
        grid = style.panels(figure, 1, 2 if valued else 1, (0.6, 0.25, 0.72, 1.25), (0.85, 0.0))
        axes = grid[0, 0]
        for tone, row in zip(tones, rows.to_dict("records"), strict=True):
            own = paths[paths["cluster"] == row["cluster"]]
            axes.plot(own["lon"], own["lat"], color=tone, linewidth=1.0 + 5.0 * row["share"], solid_capstyle="round", zorder=4)  # fmt: skip
            dots = own[np.isclose(np.mod(own["age"], every), 0) & (own["age"] < 0)]
            axes.plot(
                dots["lon"], dots["lat"], "o", color="white", markeredgecolor=tone, markersize=3, zorder=5
            )
            end = own.iloc[-1]
            axes.annotate(str(row["cluster"]), (end["lon"], end["lat"]), ha="center", va="center", fontsize=8, fontweight="bold", color="white", zorder=8, bbox={"boxstyle": "circle,pad=0.15", "facecolor": tone, "edgecolor": "white"})  # fmt: skip
        lons, lats = paths["lon"], paths["lat"]
        margin = 0.12 * max(float(np.ptp(lons)), float(np.ptp(lats)), 0.2)
        _ground(axes, extent(lats.tolist(), lons.tolist(), margin), lang)
        mark_approval(axes, approval, lang)
        start = paths[paths["age"] == paths["age"].max()].iloc[0]
        _receptor(axes, start["lat"], start["lon"])
        if valued:
            _arriving(grid[0, 1], groups, tones, lang)
        handles = [Line2D([], [], color=t, linewidth=2.5, label=_way(r, valued, lang)) for t, r in zip(tones, rows.to_dict("records"), strict=True)]  # fmt: skip
        figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.0, 0.48 / 5.4), ncols=5 if valued else 3, handlelength=1.2, columnspacing=1.0, borderaxespad=0.3)  # fmt: skip
        foot(figure, [word("every", lang, h=every), word("run_note" if runs else "model_note", lang)])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, paths, head)


def _way(row: dict[Any, Any], valued: bool, lang: Language) -> str:
    given = {"n": row["cluster"], "s": f"{100 * row['share']:.0f}"}
    return (
        word("way_line_mean", lang, m=f"{row['mean']:.3g}", **given)
        if valued
        else word("way_line", lang, **given)
    )


def _arriving(axes: Axes, groups: TrajectoryClusters, tones: Sequence[str], lang: Language) -> None:
    held = groups.members.groupby("cluster")["concentration"]
    for k, (cluster, values) in enumerate(held):
        low, first, middle, third, high = np.percentile(values, [5, 25, 50, 75, 95])
        axes.plot([k, k], [low, high], color=tones[k], linewidth=1.2)
        axes.bar(k, third - first, bottom=first, width=0.5, color=tones[k], alpha=0.55)
        axes.plot([k - 0.25, k + 0.25], [middle, middle], color=style.COLOURS["ink"], linewidth=1.4)
        axes.plot(
            k, float(values.mean()), "D", color="white", markeredgecolor=style.COLOURS["ink"], markersize=4
        )
        del cluster
    axes.set_xticks(range(held.ngroups), [str(c) for c in held.groups])
    axes.set_ylabel(quantity(groups.pollutant, lang))
    box = (
        "箱：四分位，须：第5—95百分位，◇平均"
        if lang == "zh"
        else "Box: quartiles, whiskers: p5–p95, diamond: mean."
    )
    axes.set_title(f"{word('ways_value', lang)}{'（' if lang == 'zh' else '. '}{box}{'）' if lang == 'zh' else ''}", fontsize=8.5, fontweight="normal", y=1.0)  # fmt: skip
    style.tidy(axes)
