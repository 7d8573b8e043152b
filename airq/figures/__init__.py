"""Every figure: one look, Chinese and English, each with the numbers in it.

Functions take frames and return a :class:`FigureResult`; they read no file and compute no statistic.
"""

from airq.figures import inventory
from airq.figures.calendar import calendar, calendar_of_places
from airq.figures.comparison import comparison
from airq.figures.counts import categories, cumulative
from airq.figures.hourly import hourly
from airq.figures.style import FigureResult

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
