"""The heating season, by the calendar.

Source: Changji heats from about 15 October to 15 April [B 85%]; other regions pass their own dates.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from airq import dataset
from airq.errors import ParameterError

__all__ = ["END", "START", "heating_season"]

START: Final = (10, 15)
END: Final = (4, 15)
"""First and last day of the heating season in Changji as (month, day) [B 85%]."""

_LENGTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def heating_season(
    time: npt.ArrayLike, start: tuple[int, int] = START, end: tuple[int, int] = END
) -> npt.NDArray[np.bool_]:
    """Whether an hour belongs to the heating season.

    Parameters
    ----------
    time : array_like of datetime64
        Ends of hours, Beijing time; label 00 belongs to the day before.
    start, end : (month, day)
        First and last day, both inside; a season may span the turn of the year or not.

    Returns
    -------
    bool array
        Shape of ``time``.

    Raises
    ------
    ParameterError
        If a day does not exist.

    Examples
    --------
    >>> heating_season(np.array(["2019-04-16T00:00", "2019-04-16T01:00"], "datetime64[h]")).tolist()
    [True, False]
    """
    for month, day in (start, end):
        if not 1 <= month <= 12 or not 1 <= day <= _LENGTHS[month - 1]:
            raise ParameterError(f"the day ({month}, {day}) does not exist; give (month, day).")
    days = dataset.day_of(time)
    months = days.astype("datetime64[M]")
    number = (
        (months.astype(np.int64) % 12 + 1) * 100
        + (days - months.astype("datetime64[D]")).astype(np.int64)
        + 1
    )
    first, last = start[0] * 100 + start[1], end[0] * 100 + end[1]
    if first <= last:
        return np.asarray((number >= first) & (number <= last))
    return np.asarray((number >= first) | (number <= last))
