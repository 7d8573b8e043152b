"""Panels with a compass: rings, points of the compass, a colour key.

Examples
--------
>>> nice_rings(20.16), nice_rings(7.0)
([5.0, 10.0, 15.0, 20.0], [2.0, 4.0, 6.0])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Patch, Wedge

from airq.figures import style
from airq.figures.direction_words import compass
from airq.figures.labels import Language

__all__ = ["colour_key", "compass_panel", "foot", "hatched", "nice_rings", "sector", "to_xy"]

Array = npt.NDArray[np.float64]


def nice_rings(highest: float, most: int = 4) -> list[float]:
    """Round radii up to the highest, up to ``most`` of them.

    Parameters
    ----------
    highest : float
        Above 0.
    most : int
    """
    raw = highest / most
    base = 10.0 ** np.floor(np.log10(raw))
    step = next(m * base for m in (1.0, 2.0, 2.5, 5.0, 10.0, 20.0) if highest / (m * base) < most + 0.5)
    return [float(round(step * k, 10)) for k in range(1, int(highest / step + 1e-9) + 1)]


def to_xy(radius: npt.ArrayLike, degrees: npt.ArrayLike) -> tuple[Array, Array]:
    """Place of a direction (from north, clockwise) at a distance."""
    r, a = np.asarray(radius, dtype=np.float64), np.deg2rad(np.asarray(degrees, dtype=np.float64))
    return r * np.sin(a), r * np.cos(a)


def compass_panel(
    axes: Axes,
    reach: float,
    rings: Sequence[float],
    lang: Language,
    inner: float = 0.0,
    texts: Sequence[str] | None = None,
    at: float = 315.0,
) -> None:
    """Turn axes into a compass.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    reach : float
        Radius of the panel.
    rings : sequence of float
        Values of the rings.
    lang : {"zh", "en"}
    inner : float
        Radius of a hole; rings lie outside of it.
    texts : sequence of str, optional
        Labels of the rings.
    at : float
        Direction in which they stand, degrees.
    """
    for radius in rings:
        axes.add_patch(Circle((0, 0), inner + radius, fill=False, edgecolor=style.COLOURS["quiet"], linewidth=0.5, linestyle=(0, (4, 3)), zorder=4))  # fmt: skip
    axes.plot([-reach, reach], [0, 0], color=style.COLOURS["quiet"], linewidth=0.5, zorder=4)
    axes.plot([0, 0], [-reach, reach], color=style.COLOURS["quiet"], linewidth=0.5, zorder=4)
    for name, angle in zip(compass(lang), (0, 90, 180, 270), strict=True):
        x, y = to_xy(reach * 1.09, angle)
        axes.text(float(x), float(y), name, ha="center", va="center", fontsize=9, fontweight="bold")
    shown = texts if texts is not None else [f"{r:g}" for r in rings]
    for radius, text in zip(rings, shown, strict=True):
        x, y = to_xy(inner + radius, at)
        axes.text(float(x), float(y), text, ha="center", va="center", fontsize=7.5, zorder=6, bbox={"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.8})  # fmt: skip
    axes.set(xlim=(-1.18 * reach, 1.18 * reach), ylim=(-1.18 * reach, 1.18 * reach), aspect="equal")
    axes.set_axis_off()


def sector(
    axes: Axes, middle: float, width: float, low: float, high: float, colour: str, **look: Any
) -> None:
    """Part of a ring, centred on a direction."""
    if high > low:
        # A wedge counts anticlockwise from east.
        start = 90.0 - middle - width / 2
        axes.add_patch(Wedge((0, 0), high, start, start + width, width=high - low, facecolor=colour, **{"edgecolor": "white", "linewidth": 0.4, "zorder": 3} | look))  # fmt: skip


def colour_key(
    figure: Figure, axes: Axes, colours: Colormap, scale: Normalize, text: str, values: npt.ArrayLike = ()
) -> None:
    """Key of the colours, to the right of a panel, pointed where drawn values lie beyond it."""
    place = axes.get_position()
    width, _ = figure.get_size_inches()
    key = figure.add_axes(
        (place.x1 + 0.06 / width, place.y0 + 0.1 * place.height, 0.13 / width, 0.74 * place.height)
    )
    seen = np.asarray(values, dtype=np.float64)
    low, high = (np.nan if end is None else end for end in (scale.vmin, scale.vmax))
    under, over = bool((seen < low).any()), bool((seen > high).any())
    beyond = {(True, True): "both", (True, False): "min", (False, True): "max"}.get((under, over), "neither")
    bar = figure.colorbar(ScalarMappable(scale, colours), cax=key, extend=beyond, extendfrac=0.04)
    bar.outline.set_linewidth(0.4)
    key.tick_params(length=0, labelsize=7.5)
    key.set_title(text, fontsize=8, fontweight="normal", loc="left", pad=7)


def hatched(label: str) -> Patch:
    """Handle of a legend for hatched cells."""
    return Patch(
        facecolor="white", edgecolor=style.COLOURS["quiet"], hatch="/////", linewidth=0.4, label=label
    )


def foot(figure: Figure, lines: Sequence[str]) -> None:
    """Notes at the foot of a figure, one line each."""
    width, height = figure.get_size_inches()
    for number, line in enumerate(reversed([x for x in lines if x])):
        figure.text(0.08 / width, (0.09 + 0.185 * number) / height, line, fontsize=8, color=style.COLOURS["quiet"], ha="left", va="bottom")  # fmt: skip
