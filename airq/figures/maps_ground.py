"""The ground of a map: projection, outlines, graticule, scale, and who approved it. Nothing is loaded from anywhere.

Everything is projected once and drawn in the projection's own metres: cartopy gives the projection and the axes,
none of its features, which would be fetched from the network.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import cartopy.crs as ccrs
import numpy as np
import numpy.typing as npt
from cartopy.mpl.geoaxes import GeoAxes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch, Rectangle
from matplotlib.path import Path

from airq.figures import style
from airq.figures.labels import Language
from airq.figures.maps_words import mark_approval, word

__all__ = ["Box", "Ground", "Sheet", "around", "lay", "sheet"]

Array = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]
"""West, east, south, north in degrees."""

NEIGHBOUR: Final = "#dfe3e8"
MASKED: Final = "#f4f5f7"
_MARGINS: Final = (0.45, 0.95, 0.5, 0.62)
"""Inches left of, right of, above and below the map."""
_RIM: Final = 0.015
_FLATTEST, _TALLEST = 0.34, 0.66
_STEPS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_BARS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


@dataclass(frozen=True)
class Ground:
    """What lies under a map.

    Attributes
    ----------
    box : Box
        What must be seen.
    outlines : mapping of str to shapely geometry
        Polygon of each place that has one, WGS84.
    own : frozenset of str
        Places that the map is about; all others are grey.
    marked : str
        Place to be set off, or empty.
    approval : str
        审图号, or empty for a sketch map.
    """

    box: Box
    outlines: Mapping[str, Any] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    marked: str = ""
    approval: str = ""


@dataclass(frozen=True, eq=False)
class Sheet:
    """Axes with a ground drawn on them.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    axes : cartopy.mpl.geoaxes.GeoAxes
    paths : dict of str to matplotlib.path.Path
        Outlines in metres of the projection.
    box : Box
        All that the frame shows, for grids.
    """

    figure: Figure
    axes: Any
    paths: dict[str, Path]
    box: Box

    def xy(self, lat: npt.ArrayLike, lon: npt.ArrayLike) -> Array:
        """Positions in metres of the projection, shape (n, 2)."""
        return _project(self.axes.projection, np.atleast_1d(lat), np.atleast_1d(lon))


def around(lat: npt.ArrayLike, lon: npt.ArrayLike, margin: float = 0.25, least: float = 0.6) -> Box:
    """Box about positions.

    Parameters
    ----------
    lat, lon : array_like
        Degrees.
    margin : float
        Degrees added on each side.
    least : float
        Least height and width in degrees.

    Returns
    -------
    Box

    Examples
    --------
    >>> around([44.0, 44.4], [87.0, 88.0])
    (86.75, 88.25, 43.75, 44.65)
    """
    y, x = np.asarray(lat, float), np.asarray(lon, float)
    out: list[float] = []
    for values in (x[np.isfinite(x)], y[np.isfinite(y)]):
        low, high = float(values.min()) - margin, float(values.max()) + margin
        short = max(0.0, least - (high - low)) / 2
        out += [round(low - short, 6), round(high + short, 6)]
    return out[0], out[1], out[2], out[3]


@lru_cache(maxsize=8)
def _projection(west: float, east: float, south: float, north: float) -> ccrs.Projection:
    """Conformal about the middle of the box: true to scale within a county and a prefecture."""
    middle = (south + north) / 2
    if abs(middle) < 5:
        return ccrs.Mercator(central_longitude=(west + east) / 2)
    sixth = (north - south) / 6
    return ccrs.LambertConformal(
        (west + east) / 2,
        middle,
        standard_parallels=(south + sixth, north - sixth),
        cutoff=-30 if middle > 0 else 30,
    )


def _project(projection: ccrs.Projection, lat: npt.ArrayLike, lon: npt.ArrayLike) -> Array:
    x, y = np.asarray(lon, float), np.asarray(lat, float)
    return np.asarray(projection.transform_points(ccrs.PlateCarree(), x, y)[:, :2])


def _path(shape: Any, projection: ccrs.Projection) -> Path:
    """Outline of a polygon or several, holes included."""
    import shapely

    vertices, codes = [], []
    for polygon in shapely.get_parts(shape):
        for ring in (polygon.exterior, *polygon.interiors):
            points = shapely.get_coordinates(ring)
            vertices.append(points)
            codes.append([Path.MOVETO, *[Path.LINETO] * (len(points) - 2), Path.CLOSEPOLY])
    where = np.concatenate(vertices)
    return Path(_project(projection, where[:, 1], where[:, 0]), np.concatenate(codes))


def sheet(ground: Ground, lang: Language, width: float = 10.4, legend: float = 0.0) -> Sheet:
    """Figure with the ground drawn.

    Parameters
    ----------
    ground : Ground
    lang : {"zh", "en"}
    width : float
        Inches.
    legend : float
        Inches kept free below the map.

    Returns
    -------
    Sheet
        The height follows from the box.
    """
    projection = _projection(*ground.box)
    x0, x1, y0, y1 = _extent(ground.box, projection)
    rim = _RIM * max(x1 - x0, y1 - y0)
    x0, x1, y0, y1 = x0 - rim, x1 + rim, y0 - rim, y1 + rim
    left, right, top, bottom = _MARGINS
    bottom += legend
    across = width - left - right
    tall = across * min(max((y1 - y0) / (x1 - x0), _FLATTEST), _TALLEST)
    if (y1 - y0) / (x1 - x0) > tall / across:  # wider than asked rather than a high page
        more = ((y1 - y0) * across / tall - (x1 - x0)) / 2
        x0, x1 = x0 - more, x1 + more
    else:
        more = ((x1 - x0) * tall / across - (y1 - y0)) / 2
        y0, y1 = y0 - more, y1 + more
    height = tall + top + bottom
    figure = style.new_figure(width, height)
    where = (left / width, bottom / height, across / width, tall / height)
    axes: Any = GeoAxes(figure, where, projection=projection)
    figure.add_axes(axes)
    axes.set_xlim(x0, x1)
    axes.set_ylim(y0, y1)
    axes.set_autoscale_on(False)
    made = Sheet(
        figure,
        axes,
        {k: _path(s, projection) for k, s in ground.outlines.items()},
        _seen(projection, (x0, x1, y0, y1)),
    )
    _outlines(made, ground)
    _graticule(made)
    _scale(made)
    _north(axes, lang)
    mark_approval(axes, ground.approval, lang)
    return made


def _extent(box: Box, projection: ccrs.Projection) -> Box:
    """Box in metres."""
    west, east, south, north = box
    edge = np.linspace(0, 1, 9)
    lon = np.concatenate([west + edge * (east - west)] * 2 + [np.full(9, west), np.full(9, east)])
    lat = np.concatenate([np.full(9, south), np.full(9, north)] + [south + edge * (north - south)] * 2)
    points = _project(projection, lat, lon)
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return float(x0), float(x1), float(y0), float(y1)


def _seen(projection: ccrs.Projection, extent: Box) -> Box:
    """Degrees that a frame in metres shows."""
    edge = np.linspace(0, 1, 9)
    x0, x1, y0, y1 = extent
    x = np.concatenate([x0 + edge * (x1 - x0)] * 2 + [np.full(9, x0), np.full(9, x1)])
    y = np.concatenate([np.full(9, y0), np.full(9, y1)] + [y0 + edge * (y1 - y0)] * 2)
    degrees = ccrs.PlateCarree().transform_points(projection, x, y)
    (west, south), (east, north) = degrees[:, :2].min(axis=0), degrees[:, :2].max(axis=0)
    return float(west), float(east), float(south), float(north)


def lay(made: Sheet, path: Path, **look: Any) -> Any:
    """Draw a path in metres; without the measuring of limits that ``add_patch`` does of every corner."""
    patch = PathPatch(path, **look)
    made.axes.add_artist(patch)
    return patch


def _outlines(made: Sheet, ground: Ground) -> None:
    for place, path in made.paths.items():
        own = place in ground.own
        lay(
            made, path, facecolor="white" if own else NEIGHBOUR, edgecolor="#7d8792" if own else "#b4bcc5",
            linewidth=0.8 if own else 0.6, zorder=2 if own else 1,
        )  # fmt: skip
    if ground.marked in made.paths:
        ink = style.COLOURS["ink"]
        lay(made, made.paths[ground.marked], facecolor="none", edgecolor=ink, linewidth=1.8, zorder=5)


def _graticule(made: Sheet) -> None:
    """Meridians and parallels, named where they meet the left and the lower edge."""
    axes = made.axes
    west, east, south, north = made.box
    step = next((s for s in _STEPS if (east - west) / s <= 9 and (north - south) / s <= 7), _STEPS[-1])
    lines, ticks = [], []
    for k, (low, high) in enumerate(((west, east), (south, north))):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        for degree in (step * np.arange(first, last + 1)).tolist():
            if k == 0:
                line = _project(axes.projection, np.linspace(south, north, 25), np.full(25, degree))
            else:
                line = _project(axes.projection, np.full(40, degree), np.linspace(west, east, 40))
            lines.append(line)
            ticks.append((k, degree, line))
    axes.add_collection(LineCollection(lines, colors="#9aa4ae", linewidths=0.35, alpha=0.7, zorder=1.5))
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    for k, degree, line in ticks:
        along, edge = (line[:, 1], y0) if k == 0 else (line[:, 0], x0)
        order = np.argsort(along)
        low, high = (x0, x1) if k == 0 else (y0, y1)
        at = float(np.interp(edge, along[order], line[order, k]))
        if not along[order[0]] <= edge <= along[order[-1]] or not low < at < high:
            continue
        sign = ("E" if degree >= 0 else "W") if k == 0 else ("N" if degree >= 0 else "S")
        axes.annotate(
            f"{abs(degree):g}°{sign}", (at, y0) if k == 0 else (x0, at), (0, -3) if k == 0 else (-3, 0),
            textcoords="offset points", ha="center" if k == 0 else "right", va="top" if k == 0 else "center",
            fontsize=7.5, color=style.COLOURS["quiet"], annotation_clip=False,
        )  # fmt: skip
    axes.spines["geo"].set(linewidth=0.8, edgecolor=style.COLOURS["quiet"])


def _scale(made: Sheet) -> None:
    """Bar of a round length at the lower left; a conformal map has one scale about its middle."""
    axes = made.axes
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    km = next((k for k in reversed(_BARS) if k * 1000 <= (x1 - x0) * 0.2), _BARS[0])
    start, base, thick = x0 + (x1 - x0) * 0.02, y0 + (y1 - y0) * 0.035, (y1 - y0) * 0.008
    ink = style.COLOURS["ink"]
    for part, colour in ((0.0, ink), (0.5, "white")):
        where = (start + part * km * 1000, base)
        bar = Rectangle(where, km * 500, thick, facecolor=colour, edgecolor=ink, linewidth=0.6, zorder=8)
        axes.add_artist(bar)
    rim = {"facecolor": "white", "edgecolor": "none", "alpha": 0.72, "pad": 0.8}
    text = axes.annotate(
        f"{km} km", (start + km * 1000, base), (4, 0), textcoords="offset points", fontsize=7.5, va="center", bbox=rim, zorder=8,
    )  # fmt: skip
    text.set_gid("scale")


def _north(axes: Any, lang: Language) -> None:
    axes.annotate(
        word("north", lang), (0.975, 0.975), (0.975, 0.885), xycoords="axes fraction", textcoords="axes fraction",
        ha="center", va="top", fontsize=9, fontweight="bold", zorder=8,
        arrowprops={"arrowstyle": "-|>", "color": style.COLOURS["ink"], "shrinkA": 0, "shrinkB": 0},
    ).set_gid("north")  # fmt: skip


def neighbour_patch(lang: Language) -> Patch:
    """Entry of a legend."""
    return Patch(facecolor=NEIGHBOUR, edgecolor="#b4bcc5", label=word("neighbour", lang))
