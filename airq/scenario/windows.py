"""The stretches of days that a scenario is judged over: its heating season and its calendar years.

Examples
--------
>>> from airq.scenario.spec import Scenario
>>> season, year = windows(Scenario(name="a", season=2027))
>>> season.label, len(season.days), year.label, len(year.days)
('2027-2028', 184, '2028', 366)
>>> season.days[0], str(season.months[season.month_of[0]])
(np.int64(14), '2027-10')
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.scenario.spec import Scenario
from airq.scenario.weather_years import positions

__all__ = ["Window", "windows"]


@dataclass(frozen=True, eq=False)
class Window:
    """Days of a season or year.

    Attributes
    ----------
    label : str
        ``2025-2026`` or ``2026``.
    year : int or None
        Calendar year; None for the heating season.
    dates : datetime64[D] array (day,)
    days : int array (day,)
        Place of each on the day axis of the baseline; 29 February takes the weather of the 28th.
    months : pandas.PeriodIndex
        Months that it touches.
    month_of : int array (day,)
        Number of each day's month in ``months``.
    at : int array (month,)
        Places of its months on the month axis of the scenario.
    """

    label: str
    year: int | None
    dates: npt.NDArray[np.datetime64]
    days: npt.NDArray[np.int64]
    months: pd.PeriodIndex
    month_of: npt.NDArray[np.int64]
    at: npt.NDArray[np.int64]


def windows(scenario: Scenario) -> tuple[Window, ...]:
    """The heating season, then each calendar year that is judged.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of Window
    """
    season = pd.date_range(scenario.first_day, scenario.last_day)
    name = f"{scenario.season}-{scenario.season + 1}"
    years = [(str(y), y, pd.date_range(f"{y}-01-01", f"{y}-12-31")) for y in scenario.judged_years]
    return tuple(_window(*one, scenario.months) for one in ((name, None, season), *years))


def _window(label: str, year: int | None, dates: pd.DatetimeIndex, axis: pd.PeriodIndex) -> Window:
    place = positions(dates)[1]
    months = dates.to_period("M")
    own = months.unique()
    return Window(
        label,
        year,
        dates.to_numpy().astype("datetime64[D]"),
        np.where(place < 0, 150, place),
        own,
        own.get_indexer(months).astype(np.int64),
        axis.get_indexer(own).astype(np.int64),
    )
