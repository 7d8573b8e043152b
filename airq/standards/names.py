"""Names and dates as people write them: pollutants, averaging times, days.

Examples
--------
>>> pollutant("PM2.5"), averaging("MDA8"), as_date("2026-03-01")
('pm25', '8h', datetime.date(2026, 3, 1))
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import numpy as np

from airq.errors import ParameterError
from airq.variables import POLLUTANTS

__all__ = ["as_date", "averaging", "pollutant"]

OTHERS: Final = ("tsp", "nox", "pb", "bap")
"""Pollutants of GB 3095 table 2; they have limits and no index."""

_AVERAGING: Final = {
    "annual": "annual",
    "year": "annual",
    "season": "season",
    "24h": "24h",
    "daily": "24h",
    "day": "24h",
    "8h": "8h",
    "mda8": "8h",
    "1h": "1h",
    "hourly": "1h",
    "1htext": "1h_text",
}


def pollutant(name: object, others: bool = False) -> str:
    """Variable name of a pollutant.

    Parameters
    ----------
    name : str
        Any usual spelling: ``PM2.5``, ``PM₂.₅``, ``so2``.
    others : bool
        Also accept TSP, NOx, Pb and BaP.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> pollutant("PM₂.₅"), pollutant("NOx", others=True)
    ('pm25', 'nox')
    >>> pollutant("nh3")
    Traceback (most recent call last):
    airq.errors.ParameterError: pollutant 'nh3' is not known; use pm25, pm10, so2, no2, co, o3.
    """
    known = POLLUTANTS + (OTHERS if others else ())
    text = str(name)
    if text in known:
        return text
    key = text.strip().lower().translate(str.maketrans("₀₁₂₃₅", "01235", " ._-"))
    if key in known:
        return key
    raise ParameterError(f"pollutant '{name}' is not known; use {', '.join(known)}.")


def averaging(name: object) -> str:
    """Averaging time in the project's spelling.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> averaging("daily"), averaging("1h_text")
    ('24h', '1h_text')
    """
    key = str(name).strip().lower().replace("-", "").replace("_", "").replace(" ", "")
    if key not in _AVERAGING:
        raise ParameterError(f"averaging time '{name}' is not known; use annual, 24h, 8h or 1h.")
    return _AVERAGING[key]


def as_date(value: Any) -> dt.date:
    """Calendar day of a text, date, Timestamp or datetime64.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> as_date("2026-06-01T12:00"), as_date(np.datetime64("2026-06-01"))
    (datetime.date(2026, 6, 1), datetime.date(2026, 6, 1))
    >>> as_date("June")
    Traceback (most recent call last):
    airq.errors.ParameterError: date 'June' cannot be read; write it as 2026-03-01.
    """
    missing = value != value  # NaT, which is a date to isinstance, and NaN
    if isinstance(value, dt.datetime) and not missing:
        return value.date()
    if isinstance(value, dt.date) and not missing:
        return value
    if isinstance(value, str | np.datetime64):
        try:
            if isinstance(value, str):
                return dt.datetime.fromisoformat(value.strip().replace("/", "-")).date()
            day = value.astype("datetime64[D]").item()
            if isinstance(day, dt.date):  # neither NaT nor beyond the years that a date has
                return day
        except ValueError:
            pass
    raise ParameterError(f"date '{value}' cannot be read; write it as 2026-03-01.")
