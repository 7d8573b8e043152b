"""Past seasons as weather years: of which kind each was, and as many more as asked by drawing blocks of days.

A weather year runs from 1 October to 30 September, 29 February left out, so that it holds one heating season whole and
every calendar day once. More of them are made by laying blocks of days end to end, each at its own time of the year and of
one past year, the same for all places and variables: spells, regimes and their order within a block stay as observed, and
no distribution is fitted.

Examples
--------
>>> rows = resampled(4, ensemble=3, block=10, seed=0)
>>> rows.shape, bool((np.diff(rows) != 0).sum() <= 3 * 36)
((3, 365), True)
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import ParameterError
from airq.weather.season import heating_season

__all__ = ["CALENDAR", "DAYS", "HEATING", "kinds", "name_of", "positions", "resampled", "stagnation"]

Array = npt.NDArray[np.float64]
DAYS: Final = 365
CALENDAR: Final = pd.date_range("2001-10-01", "2002-09-30")
"""The days of a weather year, in years without a 29 February; only month and day count."""
HEATING: Final = heating_season(CALENDAR.to_numpy() + np.timedelta64(12, "h"))
"""Whether a day of it lies in the heating season, shape ``(day,)``."""

_APART: Final = 0.6
"""Standard deviations from the mean of all seasons beyond which one is cold, warm or stagnant: about one in four each."""
_LEAST: Final = 4
"""Seasons from which one can be called cold or warm."""
_STILL: Final = 0.25
"""Share of all heating days, the least ventilated, that count as stagnant."""


def name_of(year: int) -> str:
    """Name of the season that begins in a year.

    Examples
    --------
    >>> name_of(2019)
    '2019-2020'
    """
    return f"{year}-{year + 1}"


def positions(days: pd.DatetimeIndex) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Season and place in the weather year of calendar days; -1 as place of 29 February.

    Examples
    --------
    >>> [p.tolist() for p in positions(pd.to_datetime(["2019-10-01", "2020-02-29", "2020-03-01", "2020-09-30"]))]
    [[2019, 2019, 2019, 2019], [0, -1, 151, 364]]
    """
    month, day = np.asarray(days.month), np.asarray(days.day)
    year = np.asarray(days.year) - (month < 10)
    before = np.array([92, 123, 151, 182, 212, 243, 273, 304, 335, 0, 31, 61])  # of 1 January, 1 February ...
    place = before[month - 1] + day - 1
    return year.astype(np.int64), np.where((month == 2) & (day == 29), -1, place)


def stagnation(wind: Array, mixing: Array | None, heating: npt.NDArray[np.bool_]) -> Array:
    """Whether each day is stagnant: among the least ventilated quarter of all heating days.

    Parameters
    ----------
    wind : array (day,)
        Mean wind speed, m s-1.
    mixing : array (day,), optional
        Mean mixing height, m; with it the ventilation (wind times height) counts, else the wind.
    heating : bool array (day,)

    Returns
    -------
    array (day,)
        1 or 0; NaN where nothing is known and outside the heating season.

    Examples
    --------
    >>> stagnation(np.array([1.0, 2.0, 3.0, 4.0]), None, np.ones(4, bool)).tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    value = wind if mixing is None or not np.isfinite(mixing).any() else wind * mixing
    known = np.isfinite(value) & heating
    if not known.any():
        return np.full(wind.shape, np.nan)
    return np.where(known, (value <= np.quantile(value[known], _STILL)).astype(np.float64), np.nan)


def kinds(seasons: pd.DataFrame) -> pd.DataFrame:
    """Which seasons were cold, warm or stagnant among their like.

    Parameters
    ----------
    seasons : pandas.DataFrame
        ``name``, ``temperature`` (mean of the heating season, degC), ``stagnant_days``; NaN is not known.

    Returns
    -------
    pandas.DataFrame
        With ``cold``, ``warm``, ``stagnant`` (a season may be two of them) and ``kind``: the most marked, else other.

    Examples
    --------
    >>> made = kinds(pd.DataFrame({"name": list("abcd"), "temperature": [-9.0, -6, -6, -3], "stagnant_days": [40, 41, 40, 70.0]}))
    >>> made["kind"].tolist()
    ['cold', 'other', 'other', 'stagnant']
    """
    scores = {}
    for column in ("temperature", "stagnant_days"):
        values = seasons[column].to_numpy(dtype=np.float64)
        known = np.isfinite(values)
        spread = float(values[known].std()) if known.sum() >= _LEAST else 0.0
        middle = float(values[known].mean()) if known.any() else 0.0
        scores[column] = np.where(known, (values - middle) / spread, 0.0) if spread > 0 else 0.0 * values
    warmth, still = (np.nan_to_num(scores[c]) for c in ("temperature", "stagnant_days"))
    marks = {"cold": -warmth, "warm": warmth, "stagnant": still}
    out = seasons.assign(**{k: v > _APART for k, v in marks.items()})
    stacked = np.stack(list(marks.values()))
    best = np.array(list(marks))[stacked.argmax(axis=0)]
    return out.assign(kind=np.where(stacked.max(axis=0) > _APART, best, "other"))


def resampled(seasons: int, ensemble: int, block: int, seed: int) -> npt.NDArray[np.int64]:
    """Season from which each day of each made year is taken.

    Parameters
    ----------
    seasons : int
        Number of past seasons to draw from.
    ensemble : int
        Years to make.
    block : int
        Days in a block; the first block of a year is of random length, so that seams fall on all days alike.
    seed : int

    Returns
    -------
    int array (ensemble, day)

    Raises
    ------
    ParameterError
        If there is no season or a block has no day.
    """
    if seasons < 1 or block < 1:
        raise ParameterError(f"weather years need a past season and blocks of 1 day or more, not {seasons} and {block}.")  # fmt: skip
    rng = np.random.default_rng([seed, 23])
    offset = rng.integers(0, block, size=ensemble) if ensemble else np.zeros(0, np.int64)
    number = (np.arange(DAYS)[None, :] + offset[:, None]) // block
    first = np.minimum(number, number.max(initial=0)) - number[:, :1]
    drawn = rng.integers(0, seasons, size=(ensemble, int(first.max(initial=0)) + 1))
    return np.take_along_axis(drawn, first, axis=1)
