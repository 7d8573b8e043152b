"""The hourly forecast from an hour of issue on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.forecast.hourly.engine import Run, rows_frame
from airq.forecast.hourly.features import Rows
from airq.forecast.hourly.inputs import described, leads_of, models_of, usable
from airq.forecast.hourly.known import known_weather
from airq.forecast.hourly.panel import HOUR, Panel, make_panel

__all__ = ["forecast_hourly"]


def forecast_hourly(
    frame: pd.DataFrame,
    target: str = "pm25",
    weather: list[str] | pd.DataFrame | None = None,
    horizons: Iterable[int] = range(1, 73),
    issued: str | pd.Timestamp | None = None,
    seed: int = 0,
    model: str | Sequence[str] = "auto",
) -> pd.DataFrame:
    """Forecast the hours after the hour of issue.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``time`` or ``date`` (end of the hour), ``site``, pollutants, weather; see :func:`hourly_frame`.
    target : str
        Column to forecast, a pollutant or ``"aqi"``.
    weather : list of str or DataFrame, optional
        A weather forecast (``site, time`` or ``site, issued, horizon`` in hours, and columns of weather), or columns
        of the frame known for the target hours ("perfect" weather).
    horizons : iterable of int
        Hours ahead, 1 to 72.
    issued : str or Timestamp, optional
        Last hour whose observations are known; the last hour with a value of the target by default.
    seed : int
    model : str or sequence of str
        Of :data:`airq.forecast.hourly.MODELS`.

    Returns
    -------
    pandas.DataFrame
        ``site, issued, horizon, time, model, q05 ... q95``, one row a site, horizon and model; ``attrs`` as of
        :func:`backtest_hourly`.

    Raises
    ------
    ParameterError, MissingData
        Parameters or data that cannot be used.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> hours = pd.date_range("2019-01-01 01:00", periods=24 * 40, freq="h")
    >>> frame = pd.DataFrame({"time": hours, "site": "A", "pm25": rng.gamma(4, 10, len(hours))})
    >>> rows = forecast_hourly(frame, horizons=(1, 24))
    >>> rows["time"].dt.strftime("%d %Hh").tolist(), rows.attrs["notes"][0][:26]
    (['10 01h', '11 00h'], 'only 40 days of pm25 are k')
    """
    leads, models = leads_of(horizons), models_of(model)
    panel = make_panel(frame, target)
    at = _issue_row(panel, target, issued)
    keep, notes = usable(panel, target, at + 1)
    panel = panel.only(keep, notes)
    known, said = known_weather(weather, panel, at + 1, max(leads))
    run = Run(panel, target, known, leads, at + 1, models, seed)
    sites = np.arange(len(panel.sites), dtype=np.int64)
    rows = Rows(np.full(len(sites), at, np.int64), sites)
    parts = [rows_frame(panel, piece, observed=False) for piece in run.pieces(dict.fromkeys(leads, rows))]
    out = pd.concat(parts, ignore_index=True)
    out["site"] = out["site"].astype("str")
    out = out.sort_values(["model", "site", "horizon"], kind="stable", ignore_index=True)
    out.attrs = described(run, frame, known, said)
    return out


def _issue_row(panel: Panel, target: str, issued: str | pd.Timestamp | None) -> int:
    known = np.flatnonzero(np.isfinite(panel.values[target]).any(axis=1))
    if not len(known):
        raise MissingData(f"the hourly frame holds no value of {target}; choose another column or load data.")
    if issued is None:
        return int(known[-1])
    try:
        hour = pd.Timestamp(issued)
    except (ValueError, TypeError) as error:
        raise ParameterError(f"issued={issued!r} is no time; write it as 2019-01-31T18:00.") from error
    if hour.tz is not None or hour != hour.floor("h") or pd.isna(hour):
        raise ParameterError(f"issued={issued!r}: give a full hour of Beijing time without a time zone.")
    row = int((hour.to_datetime64() - panel.time[0].to_datetime64()) // HOUR)
    if not 0 <= row < len(panel.time):
        raise ParameterError(
            f"issued={hour:%Y-%m-%d %H:%M} lies outside the hours of the frame, {panel.time[0]:%Y-%m-%d %H:%M} to {panel.time[-1]:%Y-%m-%d %H:%M}; choose an hour in it."
        )
    return row
