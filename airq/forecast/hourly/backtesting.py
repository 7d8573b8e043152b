"""Backtest of the hourly forecast: the last days of each site, forecast from data before them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.forecast.hourly.engine import Run, rows_frame
from airq.forecast.hourly.features import Rows
from airq.forecast.hourly.inputs import LEAST, described, leads_of, models_of, usable
from airq.forecast.hourly.known import known_weather
from airq.forecast.hourly.panel import Panel, make_panel

__all__ = ["backtest_hourly"]


def backtest_hourly(
    frame: pd.DataFrame,
    target: str = "pm25",
    weather: list[str] | pd.DataFrame | None = None,
    horizons: Iterable[int] = (1, 6, 12, 24),
    test_days: int = 365,
    seed: int = 0,
    model: str | Sequence[str] = "auto",
    every: int = 1,
) -> pd.DataFrame:
    """Forecast the last days of each site as they would have been forecast.

    Everything is learned once, from the hours up to the earliest hour of issue; nothing is chosen on the test hours.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``time`` or ``date`` (end of the hour), ``site``, pollutants, weather; see :func:`hourly_frame`.
    target : str
        Column to forecast, a pollutant or ``"aqi"``.
    weather : list of str or DataFrame, optional
        Columns known for the target hours ("perfect" weather), or a weather forecast (``site, time`` or ``site,
        issued, horizon`` in hours, and columns of weather).
    horizons : iterable of int
        Hours ahead, 1 to 72.
    test_days : int
        Days of 24 hours at the end of each site's rows.
    seed : int
    model : str or sequence of str
        Of :data:`airq.forecast.hourly.MODELS`; several are given below one another.
    every : int
        Hours between forecasts of the same lead; with many leads and sites a number above 1 keeps the table small.

    Returns
    -------
    pandas.DataFrame
        ``site, issued, horizon, time, model, observed, q05 ... q95``: one row a site, test hour, horizon and model.
        ``observed`` is the value as given; NaN where there is none. ``attrs`` hold ``target``, ``weather``
        ("none", "perfect", "forecast"), ``simulated``, ``notes`` (sentences) and ``leads`` (weights of the
        combination and its held-out loss as a share of climatology's, by lead; at 1 or more climatology is given).

    Raises
    ------
    ParameterError, MissingData
        Parameters or data that cannot be used; too little history before the test days.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> hours = pd.date_range("2019-01-01 01:00", periods=24 * 40, freq="h")
    >>> frame = pd.DataFrame({"time": hours, "site": "A", "pm25": rng.gamma(4, 10, len(hours))})
    >>> rows = backtest_hourly(frame, horizons=(1, 24), test_days=10)
    >>> len(rows), rows.attrs["weather"]
    (480, 'none')
    """
    leads, models = leads_of(horizons), models_of(model)
    if not isinstance(test_days, (int, np.integer)) or test_days < 1 or not 1 <= every <= 24 * test_days:
        raise ParameterError(f"test_days={test_days}, every={every}: give whole numbers of at least 1.")
    panel = make_panel(frame, target)
    begin, end = _windows(panel, int(test_days))
    early = begin - max(leads) < LEAST
    if early.all():
        raise MissingData(
            f"the hourly frame covers {len(panel.time) / 24:.0f} days, too few to test on {test_days}; give a smaller test_days or more data."
        )
    said_of = tuple(
        f"site '{panel.sites[i]}' ends on {panel.time[end[i] - 1]:%Y-%m-%d}, too early to test on {test_days} days: it is not forecast."
        for i in np.flatnonzero(early)
    )
    panel, begin, end = panel.only(np.flatnonzero(~early), said_of), begin[~early], end[~early]
    cut = int(begin.min()) - max(leads) + 1
    keep, notes = usable(panel, target, cut)
    panel, begin, end = panel.only(keep, notes), begin[keep], end[keep]
    known, said = known_weather(weather, panel, cut, max(leads))
    run = Run(panel, target, known, leads, cut, models, seed)
    wanted = {h: _rows(begin, end, h, int(every)) for h in leads}
    parts = [rows_frame(panel, piece, observed=True) for piece in run.pieces(wanted)]
    out = pd.concat(parts, ignore_index=True)
    out["site"] = out["site"].astype("str")
    out.attrs = described(run, frame, known, said)
    return out


def _windows(panel: Panel, days: int) -> tuple[np.ndarray, np.ndarray]:
    """First test row and the row after the last one of each site."""
    last = len(panel.time) - panel.rows[::-1].argmax(axis=0)
    return last - 24 * days, last


def _rows(begin: np.ndarray, end: np.ndarray, lead: int, every: int) -> Rows:
    due = [np.arange(b, e, every, dtype=np.int64) for b, e in zip(begin, end, strict=True)]
    site = np.repeat(np.arange(len(begin), dtype=np.int64), [len(d) for d in due])
    return Rows(np.concatenate(due) - lead, site)
