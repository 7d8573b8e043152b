"""Polar surfaces, their change, annuli and clusters: where, by wind, concentrations are high.

Each function takes a result of :mod:`airq.analysis.direction` and returns its figure and the numbers in it.

Examples
--------
>>> rng = np.random.default_rng(1)
>>> wd, ws = rng.uniform(0, 360, 3000), rng.gamma(3.0, 1.0, 3000)
>>> frame = pd.DataFrame({"wind_speed": ws, "wind_direction": wd, "so2": 20 + ws})
>>> from airq.analysis.direction.surface import polar_surface
>>> polar(polar_surface(frame, "so2"), "en", "Fukang").caption
'SO₂ by wind speed and direction, Fukang'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from airq.analysis.direction.annulus import PolarAnnulus
from airq.analysis.direction.clusters import PolarClusters
from airq.analysis.direction.difference import PolarDifference
from airq.analysis.direction.surface import PolarSurface
from airq.errors import MissingData, ParameterError
from airq.figures import style
from airq.figures.direction_axes import colour_key, compass_panel, foot, nice_rings
from airq.figures.direction_words import period_ticks, quantity, symbol, title, word
from airq.figures.labels import Language
from airq.figures.style import FigureResult

__all__ = ["annulus", "clusters", "difference", "polar"]

Array = npt.NDArray[np.float64]

_COLOURS: Final = "viridis"
_WIDTHS: Final = "Greys"
_CHANGE: Final = "RdBu_r"
_LEVELS: Final = 24
"""Steps of a colour key: a page's picture has a palette, in which every step must have its place."""


def _map(axes: Axes, u: Array, v: Array, value: Array, colours: Colormap, scale: Normalize) -> None:
    step = (u[1] - u[0]) / 2
    edges = np.append(u - step, u[-1] + step)
    axes.pcolormesh(
        edges, edges, np.ma.masked_invalid(value), cmap=colours, norm=scale, rasterized=True, zorder=2
    )


def _hatch(axes: Axes, u: Array, v: Array, where: npt.NDArray[np.bool_]) -> None:
    if where.any() and not where.all():
        with mpl.rc_context({"hatch.linewidth": 0.6, "hatch.color": "white"}):
            axes.contourf(
                u, v, where.astype(float), levels=[0.5, 1.5], colors="none", hatches=["/////"], zorder=3
            )
            axes.contour(
                u,
                v,
                where.astype(float),
                levels=[0.5],
                colors=[style.COLOURS["ink"]],
                linewidths=0.5,
                zorder=3,
            )


def _scale(value: Array, low: float | None = None) -> Normalize:
    seen = value[np.isfinite(value)]
    if not len(seen):
        raise MissingData("the surface is empty; there is nothing to draw.")
    bottom, top = float(seen.min()) if low is None else low, float(seen.max())
    return Normalize(bottom, top if top > bottom else bottom + 1.0)


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[np.isfinite(frame["value"])].reset_index(drop=True)


def polar(
    surface: PolarSurface, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Polar plot with its uncertainty: the surface, hatched where it should not be read, and the interval's width.

    Parameters
    ----------
    surface : PolarSurface
    lang : {"zh", "en"}
    place : str
    simulated : bool

    Returns
    -------
    FigureResult
        The frame holds every cell that is drawn.

    Raises
    ------
    MissingData
        If the surface is empty.
    """
    kind = {"cpf": "title_cpf", "frequency": "title_frequency"}.get(surface.statistic, "title_polar")
    head = title(word(kind, lang, p=symbol(surface.pollutant)), place, lang)
    half = (surface.upper - surface.lower) / 2
    doubted = np.isfinite(half).any()
    reach = float(surface.u[-1])
    rings = nice_rings(reach)
    percent = f"{100 * surface.confidence:.0f}"
    with style.applied():
        figure = style.new_figure(10.4 if doubted else 5.6, 5.2)
        grid = style.panels(figure, 1, 2 if doubted else 1, (0.1, 0.75, 0.72, 0.62), (0.85, 0.0))
        main = grid[0, 0]
        colours = mpl.colormaps[_COLOURS].resampled(_LEVELS)
        # Cells that must not be read would take the colours from those that may.
        seen = surface.value[surface.reliable & np.isfinite(surface.value)]
        scale = _scale(seen if len(seen) else surface.value, 0.0 if surface.statistic == "cpf" else None)
        _map(main, surface.u, surface.v, surface.value, colours, scale)
        _hatch(main, surface.u, surface.v, np.isfinite(surface.value) & ~surface.reliable)
        compass_panel(main, reach, rings, lang)
        key = "CPF" if surface.statistic == "cpf" else quantity(surface.pollutant, lang)
        unit = "h" if surface.statistic == "frequency" else key
        colour_key(figure, main, colours, scale, unit, surface.value)
        lines = [f"{word('from', lang)}{'；' if lang == 'zh' else ' '}{word('speed_ring', lang)}"]
        if doubted:
            with np.errstate(invalid="ignore", divide="ignore"):
                wide = np.minimum(100 * half / np.abs(surface.value), 100.0)
            greys, span = mpl.colormaps[_WIDTHS].resampled(10), Normalize(0.0, 100.0)
            _map(grid[0, 1], surface.u, surface.v, wide, greys, span)
            compass_panel(grid[0, 1], reach, rings, lang)
            colour_key(figure, grid[0, 1], greys, span, "%")
            grid[0, 1].set_title(word("width", lang, c=percent), fontsize=9, fontweight="normal", y=1.0)
            lines.append(word("masked", lang, c=percent, w=f"{100 * surface.widest:.0f}"))
        said = word(
            "hours_used", lang, n=f"{surface.hours:,}", b=f"{len(surface.bins):,}", e=f"{surface.edf:.0f}"
        )
        main.set_title(said, fontsize=9, fontweight="normal", y=1.0)
        foot(figure, lines)
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, _numbers(surface.to_frame()), head)


def difference(
    change: PolarDifference, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Surfaces before and after on one scale, and their difference, hatched where its interval holds 0.

    Parameters
    ----------
    change : PolarDifference
    lang, place, simulated
        As for :func:`polar`.

    Returns
    -------
    FigureResult
    """
    head = title(word("title_difference", lang, p=symbol(change.pollutant)), place, lang)
    scale = _scale(np.concatenate([change.before.value.ravel(), change.after.value.ravel()]))
    seen = change.value[np.isfinite(change.value)]
    if not len(seen):
        raise MissingData("the two periods share no wind; there is nothing to draw.")
    most = max(float(np.abs(seen).max()), 1e-9)
    reach = float(change.u[-1])
    names = (("前", "后", "后减前") if lang == "zh" else ("Before", "After", "After less before"))  # fmt: skip
    with style.applied():
        figure = style.new_figure(10.4, 4.2)
        grid = style.panels(figure, 1, 3, (0.05, 0.95, 0.72, 0.62), (0.95, 0.0))
        both = mpl.colormaps[_COLOURS].resampled(_LEVELS), scale
        looks = [both, both, (mpl.colormaps[_CHANGE].resampled(_LEVELS + 1), Normalize(-most, most))]
        for axes, value, name, (colours, span) in zip(grid[0], (change.before.value, change.after.value, change.value), names, looks, strict=True):  # fmt: skip
            _map(axes, change.u, change.v, value, colours, span)
            compass_panel(axes, reach, nice_rings(reach), lang)
            axes.set_title(name, fontsize=9.5, y=1.0)
            colour_key(figure, axes, colours, span, quantity(change.pollutant, lang))
        _quiet_hatch(grid[0, 2], change)
        confidence = f"{100 * change.after.confidence:.0f}"
        used = word("before_after", lang, b=f"{change.before.hours:,}", a=f"{change.after.hours:,}")
        foot(figure, [word("speed_ring", lang), f"{word('no_change', lang, c=confidence)}{'；' if lang == 'zh' else ' '}{used}"])  # fmt: skip
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, _numbers(change.to_frame()), head)


def _quiet_hatch(axes: Axes, change: PolarDifference) -> None:
    unsure = np.isfinite(change.value) & ~change.reliable
    if unsure.any():
        with mpl.rc_context({"hatch.linewidth": 0.5, "hatch.color": style.COLOURS["quiet"]}):
            axes.contourf(change.u, change.v, unsure.astype(float), levels=[0.5, 1.5], colors="none", hatches=["/////"], zorder=3)  # fmt: skip


def annulus(
    rings: PolarAnnulus | Sequence[PolarAnnulus],
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
) -> FigureResult:
    """Polar annuli: direction around, time from the inner to the outer edge.

    Parameters
    ----------
    rings : PolarAnnulus or sequence of them
        Up to four, of one pollutant, side by side.
    lang, place, simulated
        As for :func:`polar`.

    Returns
    -------
    FigureResult
        The frame has a column ``period``.

    Raises
    ------
    ParameterError
        None, more than four, or several pollutants.
    """
    shown = [rings] if isinstance(rings, PolarAnnulus) else list(rings)
    if not 1 <= len(shown) <= 4 or len({r.pollutant for r in shown}) > 1:
        raise ParameterError("give one to four annuli of one pollutant.")
    name = shown[0].pollutant
    what = ("、" if lang == "zh" else ", ").join(word(r.period, lang) for r in shown)
    head = title(word("title_annulus", lang, p=symbol(name), t=what), place, lang)
    columns = min(len(shown), 2)
    lines = -(-len(shown) // columns)
    with style.applied():
        figure = style.new_figure(5.2 * columns if columns > 1 else 5.6, 0.95 + 4.3 * lines)
        grid = style.panels(figure, lines, columns, (0.1, 0.75, 0.72, 0.42), (0.85, 0.35))
        for axes in grid.flat[len(shown) :]:
            axes.set_axis_off()
        for axes, ring in zip(grid.flat, shown, strict=False):
            scale = _scale(ring.value)
            colours = mpl.colormaps[_COLOURS].resampled(_LEVELS)
            _annulus(axes, ring, colours, scale)
            compass_panel(axes, 2.0, [], lang)
            first, last = period_ticks(ring.period, lang, ring.edges[0], ring.edges[-1])
            axes.set_title(
                f"{word(ring.period, lang)}  {first} → {last}", fontsize=9, fontweight="normal", y=1.0
            )
            colour_key(figure, axes, colours, scale, quantity(name, lang))
        span = ("标题所示起点", "终点") if lang == "zh" else ("the first time in the title", "the last")
        foot(figure, [word("inside_out", lang, a=span[0], b=span[1]), word("from", lang)])
        style.finish(figure, head, lang, simulated)
    frame = pd.concat([r.to_frame().assign(period=r.period) for r in shown], ignore_index=True)
    return FigureResult(figure, _numbers(frame), head)


def _annulus(axes: Axes, ring: PolarAnnulus, colours: Colormap, scale: Normalize) -> None:
    step = 360.0 / len(ring.direction)
    angles = np.deg2rad(np.append(ring.direction - step / 2, ring.direction[-1] + step / 2))
    radii = np.linspace(1.0, 2.0, len(ring.edges))
    x, y = radii[:, None] * np.sin(angles), radii[:, None] * np.cos(angles)
    axes.pcolormesh(
        x, y, np.ma.masked_invalid(ring.value), cmap=colours, norm=scale, rasterized=True, zorder=2
    )
    for radius in (1.0, 2.0):
        axes.add_patch(
            Circle((0, 0), radius, fill=False, edgecolor=style.COLOURS["quiet"], linewidth=0.6, zorder=4)
        )


def clusters(
    groups: PolarClusters, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Polar clusters: the surface, its groups, and how much of the hours and of the sum each holds.

    Parameters
    ----------
    groups : PolarClusters
    lang, place, simulated
        As for :func:`polar`.

    Returns
    -------
    FigureResult
        The frame holds a row a group.
    """
    head = title(word("title_clusters", lang, p=symbol(groups.pollutant)), place, lang)
    count = len(groups.summary)
    base = [mpl.colors.to_hex(mpl.colormaps["tab20"](k)) for k in range(20)]
    tones = [*style.SERIES, *base][:count]
    reach = float(groups.u[-1])
    with style.applied():
        figure = style.new_figure(10.4, 5.2)
        grid = style.panels(figure, 1, 2, (0.1, 0.35, 0.72, 0.75), (1.0, 0.0))
        shown = np.where(groups.label > 0, groups.label.astype(float), np.nan)
        _map(grid[0, 0], groups.u, groups.v, shown, ListedColormap(tones), Normalize(0.5, count + 0.5))
        compass_panel(grid[0, 0], reach, nice_rings(reach), lang)
        axes = grid[0, 1]
        rows = groups.summary
        for k, row in enumerate(rows.itertuples()):
            axes.barh(k - 0.19, 100 * row.share, height=0.34, color=tones[k], alpha=0.45)
            axes.barh(k + 0.19, 100 * row.contribution, height=0.34, color=tones[k])
            for value, y in ((row.share, k - 0.19), (row.contribution, k + 0.19)):
                axes.annotate(f"{100 * value:.1f}", (100 * value, y), (3, 0), textcoords="offset points", va="center", fontsize=7.5)  # fmt: skip
        texts = [f"{word('cluster', lang, n=r.cluster)}\n{r.mean:.3g}" for r in rows.itertuples()]
        axes.set_yticks(range(count), texts)
        axes.set(ylim=(count - 0.4, -0.6), xlim=(0, 110 * float(rows[["share", "contribution"]].max().max())))
        axes.set_xlabel(word("percent", lang))
        style.tidy(axes, "x")
        handles = [
            Line2D(
                [],
                [],
                marker="s",
                linestyle="none",
                color=style.COLOURS["quiet"],
                alpha=a,
                label=word(n, lang),
            )
            for n, a in (("share_hours", 0.45), ("share_sum", 1.0))
        ]
        axes.legend(handles=handles, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0.2)
        unit = quantity(groups.pollutant, lang)
        mean = f"各类名下为平均{unit}" if lang == "zh" else f"Below each cluster: its mean, {unit}."
        foot(figure, [f"{word('speed_ring', lang)}{'；' if lang == 'zh' else ' '}{mean}"])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, groups.summary, head)
