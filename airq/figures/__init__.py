"""Every figure: one look, Chinese and English, each with the numbers in it.

Functions take frames and return a :class:`FigureResult`; they read no file and compute no statistic. Names are
imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airq import lazy

if TYPE_CHECKING:
    from airq.figures import inventory
    from airq.figures.calendar import calendar, calendar_of_places
    from airq.figures.comparison import comparison
    from airq.figures.counts import categories, cumulative
    from airq.figures.hourly import hourly
    from airq.figures.style import FigureResult

_HOMES: Final[dict[str, str]] = {
    "FigureResult": "style",
    "calendar": "calendar",
    "calendar_of_places": "calendar",
    "categories": "counts",
    "comparison": "comparison",
    "cumulative": "counts",
    "hourly": "hourly",
}
"""Module of each public name, imported when it is first used."""

__all__ = [
    "FigureResult",
    "calendar",
    "calendar_of_places",
    "categories",
    "comparison",
    "cumulative",
    "hourly",
    "inventory",
]

__getattr__, __dir__ = lazy.names(__name__, _HOMES, ("counts", "inventory", "labels", "style"))
