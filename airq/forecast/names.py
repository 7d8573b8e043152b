"""Names that every part of the forecast shares: models, quantiles, seasons.

Examples
--------
>>> QUANTILES[0], QUANTILES[9], LEVELS[9]
('q05', 'q50', 0.5)
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.variables import POLLUTANTS, WEATHER
from airq.weather.season import heating_season

__all__ = [
    "COMBINED",
    "KEYS",
    "LEVELS",
    "MODELS",
    "QUANTILES",
    "SLOW",
    "TARGETS",
    "season",
    "weather_columns",
]

LEVELS: Final = tuple(round(0.05 * i, 2) for i in range(1, 20))
"""Probabilities of the quantiles."""

QUANTILES: Final = tuple(f"q{round(100 * p):02d}" for p in LEVELS)
"""Columns of the quantiles, in the order of :data:`LEVELS`."""

MODELS: Final = (
    "climatology",
    "persistence",
    "damped_ar1",
    "ridge",
    "kernel",
    "boosting",
    "sarimax",
    "uc",
    "auto",
)
"""Names of models; ``auto`` is the combination that a backtest inside the training days prefers."""

SLOW: Final = ("sarimax", "uc")
"""Models of statsmodels, fitted a site at a time, for comparison and explanation; not part of ``auto``."""

COMBINED: Final = "auto"

TARGETS: Final = (*POLLUTANTS, "aqi")
"""What can be forecast."""

KEYS: Final = ("site", "issued", "horizon", "date", "model")
"""Columns that name a row of a forecast."""


def season(dates: npt.ArrayLike | pd.DatetimeIndex | pd.Series) -> npt.NDArray[np.object_]:
    """Season of a day: ``cold`` (15 October to 15 April, the heating season) or ``warm``.

    Parameters
    ----------
    dates : array_like of datetime64
        Days at midnight.

    Returns
    -------
    object array of str

    Examples
    --------
    >>> season(pd.to_datetime(["2019-01-01", "2019-04-15", "2019-04-16"])).tolist()
    ['cold', 'cold', 'warm']
    """
    noon = np.asarray(dates, dtype="datetime64[ns]") + np.timedelta64(12, "h")
    return np.where(heating_season(noon), "cold", "warm").astype(object)


def weather_columns(columns: pd.Index | list[str]) -> list[str]:
    """Columns of a daily frame that are weather: their names start with that of a weather variable.

    Examples
    --------
    >>> weather_columns(["site", "pm25", "temperature_mean", "wind_u_mean", "windy", "pressure"])
    ['temperature_mean', 'wind_u_mean', 'pressure']
    """
    stems = (*WEATHER, "wind_u", "wind_v")
    return [c for c in columns if isinstance(c, str) and any(c == s or c.startswith(f"{s}_") for s in stems)]
