"""Nights of fireworks: dates of the lunar new year and the windows counted from it.

Examples
--------
>>> [str(n.start) for n in nights((2019,)) if n.night == "eve"]
['2019-02-04 21:00:00']
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

__all__ = ["Night", "first_days", "night_name", "nights"]


@dataclass(frozen=True)
class Night:
    """One night.

    Attributes
    ----------
    year : int
        Calendar year of the first day of the lunar year.
    night : str
        Key of the table: ``eve``, ``fifth``, ``lantern``.
    start : pandas.Timestamp
        Beginning of its first hour, Beijing time.
    hours : int
    """

    year: int
    night: str
    start: pd.Timestamp
    hours: int


@cache
def _document() -> dict[str, Any]:
    path = Path(__file__).with_name("tables") / "festivals.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def first_days() -> list[pd.Timestamp]:
    """First days of the lunar years that the table holds."""
    return [pd.Timestamp(d) for d in _document()["first_days"]["days"]]


def night_name(night: str, lang: str = "zh") -> str:
    """Name of a night.

    Examples
    --------
    >>> night_name("eve"), night_name("lantern", "en")
    ('除夕夜', 'Lantern Festival')
    """
    return str(_document()["nights"][night]["zh" if lang == "zh" else "en"])


def nights(years: Iterable[int]) -> list[Night]:
    """Nights of the years, those beyond the table left out."""
    wanted = set(years)
    out = []
    for first in first_days():
        if first.year in wanted:
            for key, rule in _document()["nights"].items():
                start = first + pd.Timedelta(days=rule["after"], hours=rule["hour"])
                out.append(Night(first.year, key, start, int(rule["hours"])))
    return out
