"""T1, T3: a known step in a series found again, and how often one is found on a date without any.

Each series is six years of days of one place: course of the year, ventilation that remembers some days and has good and bad
years, noise that remembers too, a slow drift. The method is that of :mod:`airq.analysis`, which is given the ventilation.

Examples
--------
>>> made = step_recovery(2, seed=0)
>>> list(made.columns), len(step_placebos(2, seed=0))
(['truth', 'estimate', 'naive', 'inside'], 2)
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis import interrupted_series

__all__ = ["step_placebos", "step_recovery"]

Array = npt.NDArray[np.float64]
_DAYS: Final = pd.date_range("2016-01-01", "2021-12-31")
_DATE: Final = pd.Timestamp("2019-10-15")


def _series(rng: np.random.Generator) -> tuple[pd.DataFrame, Array]:
    """Days without a step: frame with ``date`` and ``wind_speed``, and the logarithm of PM2.5."""
    n = len(_DAYS)
    white = rng.standard_normal((3, n))
    weather, noise = np.zeros(n), np.zeros(n)
    for t in range(1, n):
        weather[t] = 0.7 * weather[t - 1] + 0.35 * white[0, t]
        noise[t] = 0.6 * noise[t - 1] + 0.2 * white[1, t]
    yearly = rng.normal(0, 0.12, _DAYS.year.max() - _DAYS.year.min() + 1)[_DAYS.year - _DAYS.year.min()]
    ventilation = weather + yearly
    angle = 2 * np.pi * _DAYS.day_of_year.to_numpy() / 365.25
    drift = rng.normal(0, 0.03) * (np.arange(n) / 365.25) + 0.03 * np.cumsum(white[2]) / np.sqrt(365.25)
    log = 3.9 + 0.6 * np.cos(angle - 0.2) + drift - 0.8 * ventilation + noise
    return pd.DataFrame({"date": _DAYS, "wind_speed": 2.0 * np.exp(ventilation)}), log


def step_recovery(series: int, seed: int) -> pd.DataFrame:
    """Known steps of −10 to −35 % from one day on.

    Parameters
    ----------
    series, seed : int

    Returns
    -------
    pandas.DataFrame
        One row a series: ``truth``, ``estimate`` (log), ``naive`` (year after against year before), ``inside`` (of the 90 %
        interval).
    """
    rng = np.random.default_rng([seed, 3])
    rows = []
    for _ in range(series):
        frame, log = _series(rng)
        true = float(np.log1p(-rng.uniform(0.1, 0.35)))
        log = log + true * (_DAYS >= _DATE)
        found = interrupted_series(
            frame.assign(pm25=np.exp(log)), "pm25", _DATE, weather=["wind_speed"], confidence=0.9
        )
        after = (_DAYS >= _DATE) & (_DATE + pd.DateOffset(years=1) > _DAYS)
        before = (_DAYS < _DATE) & (_DATE - pd.DateOffset(years=1) <= _DAYS)
        naive = float(log[after].mean() - log[before].mean())
        rows.append((true, found.estimate, naive, bool(found.lower <= true <= found.upper)))
    return pd.DataFrame(rows, columns=["truth", "estimate", "naive", "inside"])


def step_placebos(tries: int, seed: int) -> pd.DataFrame:
    """Fake dates in series without a step.

    Returns
    -------
    pandas.DataFrame
        One row a series: ``found`` (a step at 5 %), ``claimed`` (a verdict of a fall or rise, which asks for more), ``naive`` (the year after against the year before, days as replicates).
    """
    rng = np.random.default_rng([seed, 4])
    rows = []
    for _ in range(tries):
        frame, log = _series(rng)
        date = _DATE + pd.Timedelta(days=int(rng.integers(-400, 200)))
        made = interrupted_series(frame.assign(pm25=np.exp(log)), "pm25", date, weather=["wind_speed"])
        change, error = _year_against_year(log, date)
        claimed = made.verdict in ("fell", "rose")
        rows.append((bool(made.p_value < 0.05), claimed, bool(abs(change) > 1.96 * error)))
    return pd.DataFrame(rows, columns=["found", "claimed", "naive"])


def _year_against_year(log: Array, date: pd.Timestamp) -> tuple[float, float]:
    """Naive: difference of the means of the years after and before a date, with its textbook error."""
    year = pd.DateOffset(years=1)
    after, before = log[(date <= _DAYS) & (date + year > _DAYS)], log[(date > _DAYS) & (date - year <= _DAYS)]
    error = np.sqrt(after.var(ddof=1) / len(after) + before.var(ddof=1) / len(before))
    return float(after.mean() - before.mean()), float(error)
