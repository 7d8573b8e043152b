"""Sections of a report beyond the indicators: each computed once for a place or a run, shown in both languages.

A section is a module of this package with ``compute``, ``show`` and ``VERSION``; see :class:`Section`. The runner
computes what is missing in :func:`obtain`, the notebook shows it by :func:`show`.

Examples
--------
>>> [s.name for s in SECTIONS][:3]
['first_page', 'ranking', 'map']
"""

from airq.reports.sections._contract import (
    PERIODS,
    SECTIONS,
    Context,
    Missing,
    Part,
    Section,
    chosen,
    find,
)
from airq.reports.sections._obtaining import EVERY, Store, compute, key, obtain, unexpected
from airq.reports.sections._showing import show

__all__ = [
    "EVERY",
    "PERIODS",
    "SECTIONS",
    "Context",
    "Missing",
    "Part",
    "Section",
    "Store",
    "chosen",
    "compute",
    "find",
    "key",
    "obtain",
    "show",
    "unexpected",
]
