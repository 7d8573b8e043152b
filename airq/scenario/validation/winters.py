"""Simulated winters of a basin with forecasts and alerts, the cut of which is known.

Weather remembers some days, forecasts err and their errors do too, alerts are called on most high forecasts, and the
emission is cut while they hold. The air is a box, exact within each hour.

Examples
--------
>>> frame = winters(np.random.default_rng(0), reach=0.8, residence=33.0, ratio=0.3, number=2)
>>> list(frame.columns), bool(frame.loc[frame["alert"] == 1, "truth"].mean() < -0.05)
(['date', 'pm25', 'truth', 'forecast', 'alert', 'tau'], True)
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["winters"]

Array = npt.NDArray[np.float64]
_BACKGROUND: Final = 15.0
_CALLED_ABOVE: Final = 115.0
_CALLED: Final = 0.6
"""Share of the runs of high forecasts that bring an alert: others are missed or belong to a holiday."""
_DAYS: Final = 183


def winters(
    rng: np.random.Generator, reach: float, residence: float, ratio: float, number: int = 6
) -> pd.DataFrame:
    """Daily values, forecasts and alerts of some winters.

    Parameters
    ----------
    rng : numpy.random.Generator
    reach : float
        Compliance × local share: part of the emission that an alert's ratio acts on.
    residence : float
        Hours that the air of an upper-tenth day stays.
    ratio : float
        Cut ratio of an alert.
    number : int
        Winters.

    Returns
    -------
    pandas.DataFrame
        ``date``, ``pm25``, ``truth`` (true log change by the alerts), ``forecast``, ``alert`` (0 or 1), ``tau`` (hours).
    """
    shape = (number, _DAYS)
    shock, error_shock = rng.normal(0, 0.6, shape), rng.normal(0, 0.25, shape)
    state, error = np.zeros(shape), np.zeros(shape)
    error[:, 0] = error_shock[:, 0]
    for t in range(1, _DAYS):
        state[:, t] = 0.65 * state[:, t - 1] + shock[:, t]
        error[:, t] = 0.5 * error[:, t - 1] + error_shock[:, t]
    season = 0.35 * np.cos(2 * np.pi * (np.arange(_DAYS) - 85) / 365)
    tau = residence * np.exp(0.55 * (state + 2 * season) - 0.9)
    emission = 130 / residence * np.exp(rng.normal(0, 0.15, shape))  # µg/m³ an hour
    free = _box(emission, tau)
    forecast = free * np.exp(error)
    alert = np.array([_called(row, rng) for row in forecast])
    real = _box(emission * (1 - reach * ratio * alert), tau)
    noise = np.exp(rng.normal(0, 0.06, shape))
    dates = np.concatenate(
        [pd.date_range(f"{2015 + w}-10-15", periods=_DAYS).to_numpy() for w in range(number)]
    )
    columns = {
        "pm25": real * noise,
        "truth": np.log(real / free),
        "forecast": forecast,
        "alert": alert,
        "tau": tau,
    }
    return pd.DataFrame({"date": dates, **{k: v.ravel() for k, v in columns.items()}})


def _box(emission: Array, tau: Array) -> Array:
    """Daily means of the box with its background, (winter, day)."""
    hours = np.arange(1, 25)
    now, out = np.full(len(tau), 40.0), np.empty_like(tau)
    for day in range(tau.shape[1]):
        level = emission[:, day] * tau[:, day]
        powers = np.exp(-hours / tau[:, day, None])
        within = level[:, None] + (now - level)[:, None] * powers
        out[:, day], now = within.mean(axis=1), within[:, -1]
    return out + _BACKGROUND


def _called(forecast: Array, rng: np.random.Generator) -> Array:
    """Alerts on runs of two days or more of high forecasts."""
    high = np.concatenate([[False], forecast > _CALLED_ABOVE, [False]])
    edges = np.flatnonzero(high[1:] != high[:-1])
    alert = np.zeros(len(forecast))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start >= 2 and rng.random() < _CALLED:
            alert[start:end] = 1
    return alert
