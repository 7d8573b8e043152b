"""Small series for the gallery: hours and days with weather, episodes, a trend and a step, all drawn from a seed."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from airq import places
from airq.figures.labels import Language

__all__ = ["PLACE", "days", "hours", "winter"]

PLACE = "changji"


def name(lang: Language) -> str:
    """Name of the place in titles."""
    return places.get(PLACE).name(lang)


@lru_cache(maxsize=4)
def hours(years: int = 1, seed: int = 0) -> pd.DataFrame:
    """Hours of one place from 2019 on: PM2.5 with an eastern source, a cold season, weather.

    Parameters
    ----------
    years : int
    seed : int

    Returns
    -------
    pandas.DataFrame
        ``time site pm25 pm10 no2 co wind_speed wind_direction temperature mixing_height``.
    """
    rng = np.random.default_rng(seed)
    n = years * 8760
    t = np.arange(n) / 8760
    wind, direction = rng.gamma(2.5, 1.0, n).round(1), 10.0 * rng.integers(1, 37, n)
    east = 40 * (np.cos(np.deg2rad(direction - 90)) > 0.7) * np.minimum(wind / 3, 1)
    cold = np.cos(2 * np.pi * t)
    level = (45 - 4 * t + 25 * cold) / (0.6 + 0.25 * wind) + east
    pm25 = np.maximum(level, 3) * rng.lognormal(0, 0.3, n)
    return pd.DataFrame(
        {
            "time": pd.date_range("2019-01-01 01:00", periods=n, freq="h"), "site": PLACE, "pm25": pm25,
            "pm10": 1.6 * pm25 + 15, "no2": 20 + 0.3 * pm25, "co": 0.4 + pm25 / 120, "wind_speed": wind,
            "wind_direction": direction, "temperature": 8 - 18 * cold + rng.normal(0, 3, n),
            "mixing_height": 700 - 350 * cold + rng.normal(0, 60, n),
        }
    )  # fmt: skip


@lru_cache(maxsize=4)
def winter(seed: int = 0) -> pd.DataFrame:
    """A winter of two places with three episodes, a dust storm and a festival."""
    rng = np.random.default_rng(seed)
    time = pd.date_range("2018-11-01 01:00", "2019-05-01", freq="h")
    day = np.arange(len(time)) / 24
    bad = sum(np.interp(day, [d, d + 2, d + 5, d + 6], [0, 1, 1, 0]) for d in (30, 55, 80))
    pm25 = (35 + 200 * bad) * rng.lognormal(0, 0.15, len(time))
    pm10 = 1.5 * pm25
    pm10[4000:4006] += 900
    weather = {"wind_speed": 2 - 1.5 * bad + rng.normal(0, 0.2, len(time)), "mixing_height": 600 - 400 * bad}
    one = pd.DataFrame({"time": time, "site": PLACE, "pm25": pm25, "pm10": pm10, "co": 0.5 + bad, "no2": 30 + 20 * bad, **weather})  # fmt: skip
    return pd.concat([one, one.assign(site="fukang", pm25=one["pm25"] * 0.9)], ignore_index=True)


def days(first: str, last: str, sites: tuple[str, ...] = (PLACE,), seed: int = 0) -> pd.DataFrame:
    """Days of several places that share their air: ``date site pm25``."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range(first, last)
    common = 0.3 * rng.standard_normal(len(dates))
    rows = [pd.DataFrame({"date": dates, "site": s, "pm25": np.exp(4 + common + 0.2 * rng.standard_normal(len(dates)))}) for s in sites]  # fmt: skip
    return pd.concat(rows, ignore_index=True)
