"""Draw a figure as a page does, and see what matplotlib complains of and where each text stands."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from airq.figures import style
from airq.figures.style import FigureResult


@dataclass(frozen=True)
class Look:
    """What one drawing of a figure shows.

    ``complaints`` are matplotlib's warnings and log, ``drawn`` the texts with their boxes in pixels.
    """

    one: FigureResult
    complaints: list[str]
    drawn: list[tuple[Text, Bbox]]

    @property
    def texts(self) -> list[tuple[str, Bbox]]:
        return [(t.get_text(), box) for t, box in self.drawn]

    @property
    def words(self) -> str:
        return "\n".join(t for t, _ in self.texts)


def look(one: FigureResult) -> Look:
    """Draw a figure and look at it."""
    complaints: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: complaints.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("matplotlib")
    log.addHandler(handler)
    try:
        with warnings.catch_warnings(record=True) as caught, style.applied():
            warnings.simplefilter("always")
            canvas = FigureCanvasAgg(one.figure)
            canvas.draw()
            beyond = _unseen(one)
            drawn = [
                (t, t.get_window_extent(canvas.get_renderer()))
                for t in one.figure.findobj(Text)
                if t.get_visible() and t.get_text().strip() and id(t) not in beyond
            ]
    finally:
        log.removeHandler(handler)
    return Look(one, complaints + [str(w.message) for w in caught], drawn)


def _unseen(one: FigureResult) -> set[int]:
    """Labels of ticks beyond the ends of their axis, which are never drawn."""
    out = set()
    for axes in one.figure.axes:
        for axis in (getattr(axes, n) for n in ("xaxis", "yaxis", "zaxis") if hasattr(axes, n)):
            low, high = sorted(axis.get_view_interval())
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            out |= {id(t.label1) for t in ticks if not low - 1e-9 <= t.get_loc() <= high + 1e-9}
    return out
