"""Labels of a map put where they hide nothing: neither each other, nor a station, an arrow, or what the frame holds.

Each label tries places about its point, nearest first, or inside its area; one that finds no room is left out and
counted, never printed over another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.path import Path
from matplotlib.transforms import Bbox

from airq.figures import style
from airq.figures.maps_ground import Sheet

__all__ = ["Label", "blocked", "place_labels"]

Array = npt.NDArray[np.float64]

_TURNS: Final = np.radians([0, 180, 90, 270, 45, 135, 315, 225, 22, 158, 202, 338, 67, 113, 247, 293])
_GAPS: Final = (3.0, 8.0, 15.0, 24.0, 36.0, 52.0, 72.0)
"""Points between the marker and the nearest edge of its label."""
_LEADER: Final = 10.0
_PAD: Final = 1.5


@dataclass(frozen=True)
class Label:
    """Text that belongs to a point or an area.

    Attributes
    ----------
    text : str
    x, y : float
        Metres of the projection: the point, or the middle of the area.
    size : float
        Points.
    bold : bool
    area : matplotlib.path.Path or None
        The label then stands within.
    fill : str
        Colour behind the text, or empty for a thin white rim.
    """

    text: str
    x: float
    y: float
    size: float = 8.0
    bold: bool = False
    area: Path | None = None
    fill: str = ""


def blocked(made: Sheet) -> list[Bbox]:
    """What the frame already holds: scale, arrow to the north, approval, keys; display units."""
    renderer = _renderer(made)
    own = [a for a in made.axes.texts if a.get_gid()]
    boxes = [Bbox(a.get_window_extent(renderer).get_points()) for a in own]
    scale = next((b for a, b in zip(own, boxes, strict=True) if a.get_gid() == "scale"), None)
    if scale is not None:  # the bar stands to the left of its text
        left = made.axes.get_window_extent(renderer).x0
        boxes.append(Bbox([[left, scale.y0], [scale.x1, scale.y1]]))
    return [b.padded(_PAD) for b in boxes]


def _renderer(made: Sheet) -> Any:
    canvas = made.figure.canvas
    return (canvas if isinstance(canvas, FigureCanvasAgg) else FigureCanvasAgg(made.figure)).get_renderer()


def _point_offsets(width: float, height: float, scale: float) -> Iterable[tuple[float, float, float]]:
    """Offsets of the middle of a label from its point, with the gap, nearest first; display units."""
    for gap in _GAPS:
        for turn in _TURNS:
            across, up = np.cos(turn), np.sin(turn)
            # on the edge of a box grown by the gap, so that a wide label does not lie over its point
            reach = min(
                (width / 2 + gap * scale) / max(abs(across), 1e-9),
                (height / 2 + gap * scale) / max(abs(up), 1e-9),
            )
            yield across * reach, up * reach, gap


def _area_offsets(made: Sheet, label: Label) -> Array:
    """Offsets from the middle of an area to points within it, nearest first; display units."""
    assert label.area is not None
    bounds = label.area.get_extents()
    x, y = np.meshgrid(
        np.linspace(bounds.x0, bounds.x1, 26)[1:-1], np.linspace(bounds.y0, bounds.y1, 26)[1:-1]
    )
    inside = np.column_stack([x.ravel(), y.ravel()])
    inside = inside[label.area.contains_points(inside)]
    points = np.vstack([[label.x, label.y], inside])
    shown = np.asarray(made.axes.transData.transform(points))
    away = shown - shown[0]
    return np.asarray(away[np.argsort(np.hypot(away[:, 0], away[:, 1]), kind="stable")])


def place_labels(made: Sheet, labels: Sequence[Label], obstacles: Sequence[Bbox] = ()) -> int:
    """Draw labels, the first ones with the first choice.

    Parameters
    ----------
    made : Sheet
    labels : sequence of Label
    obstacles : sequence of Bbox
        Display units; see :func:`blocked`.

    Returns
    -------
    int
        Labels without room.
    """
    renderer = _renderer(made)
    scale = made.figure.dpi / 72
    frame = made.axes.get_window_extent(renderer)
    taken = np.array([b.extents for b in obstacles] or np.empty((0, 4)), float)
    left_out = 0
    for label in labels:
        text = made.axes.annotate(
            label.text, (label.x, label.y), (0, 0), textcoords="offset points", ha="center", va="center",
            fontsize=label.size, fontweight="bold" if label.bold else "normal", zorder=9, annotation_clip=False,
            linespacing=1.15,
        )  # fmt: skip
        if label.fill:
            text.set_bbox(
                {"facecolor": label.fill, "edgecolor": style.COLOURS["quiet"], "linewidth": 0.5, "pad": 1.8}
            )
            text.set_color(style.ink_on(label.fill))
        else:
            text.set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.72, "pad": 0.8})
        text.set_gid("label")
        size = text.get_window_extent(renderer)
        middle = made.axes.transData.transform((label.x, label.y))
        found = _room(made, label, size.width, size.height, middle, taken, frame, scale)
        if found is None:
            text.remove()
            left_out += 1
            continue
        (across, up), gap, box = found
        text.set_position((across / scale, up / scale))
        if gap >= _LEADER:
            _leader(made, label, middle, box)
        taken = np.vstack([taken, box])
    return left_out


def _room(
    made: Sheet,
    label: Label,
    width: float,
    height: float,
    middle: Array,
    taken: Array,
    frame: Bbox,
    scale: float,
) -> tuple[tuple[float, float], float, Array] | None:
    """First place of a label where nothing else is: offset, gap and box."""
    tries: list[tuple[float, float, float]] = []
    if label.area is not None:
        tries += [(a, u, 0.0) for a, u in _area_offsets(made, label).tolist()]
    tries += list(_point_offsets(width, height, scale))
    offsets = np.array(tries)
    half = np.array([width / 2, height / 2]) + _PAD * scale
    centre = middle + offsets[:, :2]
    boxes = np.column_stack([centre - half, centre + half])
    free = (
        (boxes[:, 0] >= frame.x0)
        & (boxes[:, 1] >= frame.y0)
        & (boxes[:, 2] <= frame.x1)
        & (boxes[:, 3] <= frame.y1)
    )
    for other in taken:
        free &= (
            (boxes[:, 0] >= other[2])
            | (boxes[:, 2] <= other[0])
            | (boxes[:, 1] >= other[3])
            | (boxes[:, 3] <= other[1])
        )
    if not free.any():
        return None
    k = int(np.flatnonzero(free)[0])
    return (float(offsets[k, 0]), float(offsets[k, 1])), float(offsets[k, 2]), boxes[k]


def _leader(made: Sheet, label: Label, middle: Array, box: Array) -> None:
    """Thin line from a point to the nearest edge of its label."""
    end = np.clip(middle, box[:2], box[2:])
    there = made.axes.transData.inverted().transform(end)
    made.axes.plot(
        [label.x, there[0]], [label.y, there[1]], color=style.COLOURS["quiet"], linewidth=0.5, zorder=7.5,
        scalex=False, scaley=False,
    )  # fmt: skip
