"""Backtest: what would have been forecast on past days, with what was known then.

Examples
--------
>>> days = pd.date_range("2015-01-01", "2016-12-31")
>>> wave = 60 + 40 * np.cos(days.day_of_year / 58.1) + np.random.default_rng(0).normal(0, 9, len(days))
>>> rows = backtest(pd.DataFrame({"date": days, "site": "A", "pm25": wave}), horizons=(1,), test_days=30, model="ridge")
>>> len(rows), rows.attrs["weather"], bool((rows["q05"] < rows["q95"]).all())
(30, 'none', True)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.forecast.engine import Task
from airq.forecast.names import COMBINED
from airq.forecast.panel import Panel
from airq.forecast.rows import (
    checked_horizons,
    checked_models,
    finished,
    forecast_rows,
    lost_without_weather,
)
from airq.forecast.weather_given import given_weather

__all__ = ["backtest"]

Mask = npt.NDArray[np.bool_]


def backtest(
    frame: pd.DataFrame,
    target: str = "pm25",
    weather: Sequence[str] | pd.DataFrame | None = None,
    horizons: Sequence[int] = (1, 3, 7),
    test_days: int = 365,
    seed: int = 0,
    model: str | Sequence[str] = COMBINED,
    refit: int | None = None,
) -> pd.DataFrame:
    """Forecast the last days of each site as they would have been forecast then.

    Parameters
    ----------
    frame : pandas.DataFrame
        Daily frame (:func:`airq.forecast.daily_frame`): ``date``, ``site``, the target, and what else is known of the
        days. Rows in any order; days may be missing.
    target : {"pm25", "pm10", "so2", "no2", "co", "o3", "aqi"}
    weather : list of columns, DataFrame or None
        Columns of the frame taken as known for the days to come ("perfect weather"), or a table of archived weather
        forecasts with ``site``, ``issued``, ``horizon`` (or ``date``) and columns of weather.
    horizons : sequence of int
        Days ahead, 1 to 60.
    test_days : int
        Last days of each site that are forecast; none of them is learned from.
    seed : int
    model : str or sequence of str
        Of :data:`airq.forecast.MODELS`; several give rows of each.
    refit : int, optional
        Days after which the models learn anew; once, before the first day forecast, by default.

    Returns
    -------
    pandas.DataFrame
        ``site, issued, horizon, date, model, observed, q05 ... q95, weather, note``: one row for every site, lead and
        day of the test, ``observed`` NaN where missing. Everything in a row was known on its day of issue but the
        weather given. ``attrs``: ``target``, ``weather`` (none, perfect, forecast), ``simulated``, ``source``,
        ``edition``, ``notes``.

    Raises
    ------
    ParameterError, MissingData
        A name, number or column that cannot be used; no observation before the days of the test.
    """
    leads, models = checked_horizons(horizons), checked_models(model)
    for name, number in (("test_days", test_days), ("refit", refit)):
        if number is not None and (isinstance(number, bool) or int(number) != number or number < 1):
            raise ParameterError(f"{name} {number!r} is not a whole number of days above 0; correct it.")
    panel = Panel.of(frame, target)
    position = np.arange(len(panel.days))
    begin = np.maximum(panel.last - test_days + 1, panel.first)
    tested = (position >= begin[:, None]) & (position <= panel.last[:, None])
    _check_before(panel, int(begin.min()), max(leads), test_days)
    given = given_weather(weather, panel, tested)
    parts = []
    for start, stop in _stretches(begin, panel.last, refit):
        rows = (begin == begin[start[0]]) & (panel.last == panel.last[start[0]])
        want = tested & rows[:, None] & (position >= start[1]) & (position < stop)
        shape = panel.observed.shape
        tasks = [Task(h, np.broadcast_to(position <= start[1] - h, shape), want) for h in leads]
        parts.append(forecast_rows(panel, given, tasks, models, seed))
    said = lost_without_weather(given.label, weather is not None)
    return finished(pd.concat(parts, ignore_index=True), panel, target, given.label, frame, said)


def _check_before(panel: Panel, begin: int, lead: int, test_days: int) -> None:
    if np.isfinite(panel.observed[:, : max(begin - lead + 1, 0)]).any():
        return
    raise MissingData(
        f"the daily frame has no '{panel.target}' before the last {test_days} days and a lead of {lead} "
        f"({panel.days[0]:%Y-%m-%d} to {panel.days[-1]:%Y-%m-%d}); lower test_days or add earlier days."
    )


def _stretches(
    begin: npt.NDArray[np.intp], last: npt.NDArray[np.intp], refit: int | None
) -> list[tuple[tuple[int, int], int]]:
    """Fits: ((a site of the group, first day), day after the last), for sites that share their days of test."""
    out = []
    for first, end in sorted(set(zip(begin.tolist(), last.tolist(), strict=True))):
        site = int(np.flatnonzero((begin == first) & (last == end))[0])
        step = int(refit) if refit else end - first + 1
        out += [((site, day), min(day + step, end + 1)) for day in range(first, end + 1, step)]
    return out
