"""Daily frames made here: seasonal, autocorrelated, all six pollutants, whole µg/m³."""

from __future__ import annotations

import numpy as np
import pandas as pd

from airq import standards
from airq.variables import POLLUTANTS

LEVEL = {"pm25": 55.0, "pm10": 100.0, "so2": 15.0, "no2": 35.0, "co": 1.0, "o3": 75.0}
SWING = {"pm25": 0.9, "pm10": 0.5, "so2": 0.5, "no2": 0.4, "co": 0.6, "o3": -0.6}


def made(
    first: str = "2015-01-01",
    last: str = "2018-12-31",
    site: str = "A",
    seed: int = 0,
    trend: float = -0.05,
    aqi: bool = True,
) -> pd.DataFrame:
    """A site whose log values have a season, a trend and AR(1) residuals that the pollutants share in part."""
    days = pd.date_range(first, last)
    rng = np.random.default_rng(seed)
    turn = np.cos(2 * np.pi * (np.asarray(days.day_of_year) - 15) / 365.25)
    years = (np.asarray(days.year) - int(first[:4])).astype(float)
    noise = rng.normal(size=(days.size, 7)) * 0.35
    for t in range(1, days.size):
        noise[t] += 0.5 * noise[t - 1]
    frame = pd.DataFrame({"date": days, "site": site})
    for i, name in enumerate(POLLUTANTS):
        log = np.log(LEVEL[name]) + SWING[name] * turn + trend * years + 0.7 * noise[:, 6] + 0.5 * noise[:, i]
        frame[name] = np.round(np.exp(log), 1 if name == "co" else 0)
    if aqi:
        frame["aqi"] = standards.aqi({p: frame[p].to_numpy() for p in POLLUTANTS}, edition="2012").value
    return frame


def flat(first: str, last: str, site: str = "A", **columns: float) -> pd.DataFrame:
    """The same values on every day."""
    days = pd.date_range(first, last)
    return pd.DataFrame({"date": days, "site": site, **{k: float(v) for k, v in columns.items()}})
