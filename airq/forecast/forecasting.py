"""Forecast: the days to come from the last day known.

Examples
--------
>>> days = pd.date_range("2015-01-01", "2016-12-31")
>>> wave = 60 + 40 * np.cos(days.day_of_year / 58.1) + np.random.default_rng(0).normal(0, 9, len(days))
>>> frame = pd.DataFrame({"date": days, "site": "A", "pm25": wave})
>>> rows = forecast(frame, horizons=(1, 2), model="climatology")
>>> rows["date"].dt.strftime("%Y-%m-%d").tolist()
['2017-01-01', '2017-01-02']
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from airq.errors import ParameterError
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

__all__ = ["forecast"]


def forecast(
    frame: pd.DataFrame,
    target: str = "pm25",
    weather: Sequence[str] | pd.DataFrame | None = None,
    horizons: Sequence[int] = range(1, 11),
    issued: Any = None,
    seed: int = 0,
    model: str | Sequence[str] = COMBINED,
) -> pd.DataFrame:
    """Forecast the days after the last day known.

    Parameters
    ----------
    frame : pandas.DataFrame
        Daily frame (:func:`airq.forecast.daily_frame`).
    target : {"pm25", "pm10", "so2", "no2", "co", "o3", "aqi"}
    weather : DataFrame, list of columns or None
        Weather for the days to come: ``site, date`` (or ``issued, horizon``) and columns named as in the frame.
        Columns of the frame are taken from its days after ``issued``, if it has them, and labelled perfect weather.
    horizons : sequence of int
        Days ahead, 1 to 60.
    issued : date, optional
        Last day known; the last of the frame by default. Later days are not looked at, save for weather.
    seed : int
    model : str or sequence of str
        Of :data:`airq.forecast.MODELS`.

    Returns
    -------
    pandas.DataFrame
        ``site, issued, horizon, date, model, q05 ... q95, weather, note``; ``attrs`` as of
        :func:`airq.forecast.backtest`. A row whose site has no observation on the day of issue says so.

    Raises
    ------
    ParameterError, MissingData
        A name, date or column that cannot be used; no observation up to the day of issue.
    """
    leads, models = checked_horizons(horizons), checked_models(model)
    day = _issue_day(issued)
    panel = Panel.of(frame, target, until=day, extra=max(leads))
    now = len(panel.days) - 1 - max(leads)
    if day is not None and panel.days[now] != day:
        panel = Panel.of(_reaching(frame, day), target, until=day, extra=max(leads))
        now = len(panel.days) - 1 - max(leads)
    ahead = weather
    if weather is not None and not isinstance(weather, pd.DataFrame):
        ahead = _columns_ahead(frame, weather, panel)
    position, shape = np.arange(len(panel.days)), panel.observed.shape
    learn = np.broadcast_to(position <= now, shape)
    tasks = [Task(h, learn, np.broadcast_to(position == now + h, shape)) for h in leads]
    wanted = np.broadcast_to(position > now, shape)
    given = given_weather(ahead, panel, wanted)
    label = "perfect" if given.label == "forecast" and ahead is not weather else given.label
    if label == "perfect":
        given = type(given)("perfect", given.columns, given.at)
    rows = forecast_rows(panel, given, tasks, models, seed).drop(columns="observed")
    rows = _with_gaps_said(rows, panel, now)
    return finished(rows, panel, target, label, frame, lost_without_weather(label, weather is not None))


def _issue_day(issued: Any) -> pd.Timestamp | None:
    if issued is None:
        return None
    try:
        day = pd.Timestamp(issued)
    except (ValueError, TypeError) as error:
        raise ParameterError(f"issued {issued!r} is not a date; write it as 2026-01-31.") from error
    if pd.isna(day):
        raise ParameterError("issued is empty; write it as 2026-01-31.")
    return day.tz_localize(None).normalize()


def _reaching(frame: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Frame with an empty row on the day of issue, so that the calendar reaches it."""
    site = frame["site"].iloc[0] if "site" in frame else "site"
    row = pd.DataFrame({"date": [day], "site": [site]})
    return pd.concat([frame if "site" in frame else frame.assign(site="site"), row], ignore_index=True)


def _columns_ahead(frame: pd.DataFrame, columns: Sequence[str] | str, panel: Panel) -> pd.DataFrame:
    """The frame's own weather on all days, as a table of weather."""
    names = [columns] if isinstance(columns, str) else list(columns)
    given_weather(names, panel, np.ones(panel.observed.shape, bool))  # refuses what is no weather
    keys = [c for c in ("site", "date") if c in frame]
    return frame[[*keys, *names]]


def _with_gaps_said(rows: pd.DataFrame, panel: Panel, now: int) -> pd.DataFrame:
    known = np.isfinite(panel.observed[:, : now + 1])
    for site, there in zip(panel.sites, known, strict=True):
        behind = now - int(np.flatnonzero(there).max(initial=-1))
        mine = (rows["site"] == site) & (rows["note"] == "")
        if 0 < behind <= now:
            rows.loc[mine, "note"] = f"last observation {behind} days before the issue"
    return rows
