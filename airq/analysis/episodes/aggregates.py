"""Regimes from published figures alone: a mean, heavy days and non-good days of a year.

Three figures fix three numbers once the spreads are chosen: how many stagnant days, their median, the median of the rest.

Examples
--------
>>> found = regimes_from_counts(53.0, heavy_days=43, nongood_days=82, days=366, gsd=(1.8, 1.8))
>>> found.stagnant_days > 60, round(found.mean, 6)
(True, 53.0)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import least_squares
from scipy.stats import norm

from airq.errors import MissingData, ParameterError

__all__ = ["AggregateRegimes", "regimes_from_counts"]


@dataclass(frozen=True)
class AggregateRegimes:
    """Two regimes that give the published figures.

    Attributes
    ----------
    stagnant_days : float
    stagnant_median, other_median : float
    gsd : tuple of float
        Chosen geometric standard deviations, stagnant and other.
    days : int
    mean, heavy_days, nongood_days : float
        As reproduced.
    thresholds : tuple of float
        Bounds of heavy and of non-good.
    """

    stagnant_days: float
    stagnant_median: float
    other_median: float
    gsd: tuple[float, float]
    days: int
    mean: float
    heavy_days: float
    nongood_days: float
    thresholds: tuple[float, float]

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([{k: v for k, v in vars(self).items() if k not in ("gsd", "thresholds")}])


def _figures(p: np.ndarray, gsd: tuple[float, float], days: int, bounds: tuple[float, float]) -> np.ndarray:
    share, high, low = 1 / (1 + np.exp(-p[0])), p[1], p[2]
    s, t = np.log(gsd[0]), np.log(gsd[1])
    mean = share * np.exp(high + s**2 / 2) + (1 - share) * np.exp(low + t**2 / 2)
    above = [
        days * (share * norm.sf((np.log(b) - high) / s) + (1 - share) * norm.sf((np.log(b) - low) / t))
        for b in bounds
    ]
    return np.array([mean, *above])


def regimes_from_counts(
    mean: float,
    heavy_days: float,
    nongood_days: float,
    *,
    days: int = 365,
    gsd: tuple[float, float] = (1.5, 1.8),
    thresholds: tuple[float, float] = (150.0, 75.0),
) -> AggregateRegimes:
    """Two log-normal regimes from three published figures of a year.

    Parameters
    ----------
    mean : float
        Annual mean of PM2.5, µg/m³.
    heavy_days, nongood_days : float
        Days above the bounds, taken as PM2.5 alone; dust and ozone also spoil days, so that real non-good days of PM2.5
        are somewhat fewer.
    days : int
    gsd : tuple of float
        Geometric standard deviations of stagnant and other days: a choice, to be varied.
    thresholds : tuple of float
        24-h PM2.5 at which a day is heavy and non-good (AQI 200 and 100).

    Returns
    -------
    AggregateRegimes

    Raises
    ------
    ParameterError
    MissingData
        If no two regimes with these spreads give the figures.
    """
    if not (0 < mean < 1000 and 0 <= heavy_days < nongood_days < days):
        raise ParameterError(f"mean {mean}, heavy {heavy_days}, non-good {nongood_days} of {days} days do not go together; heavy days are the fewer.")  # fmt: skip
    if min(gsd) <= 1 or max(gsd) > 5:
        raise ParameterError(f"gsd {gsd} are no geometric standard deviations; give two from above 1 to 5.")
    wanted = np.array([mean, heavy_days, nongood_days], dtype=np.float64)
    scale = np.maximum(wanted, 1.0)
    best = None
    for share in (0.1, 0.2, 0.35):
        start = [np.log(share / (1 - share)), np.log(thresholds[0]), np.log(max(0.4 * mean, 1.0))]
        found = least_squares(lambda p: (_figures(p, gsd, days, thresholds) - wanted) / scale, start)
        if best is None or found.cost < best.cost:
            best = found
    assert best is not None
    made = _figures(best.x, gsd, days, thresholds)
    if np.max(np.abs(made - wanted) / scale) > 1e-3:
        raise MissingData(f"no two regimes with spreads {gsd} give mean {mean}, {heavy_days} heavy and {nongood_days} non-good days; try other gsd.")  # fmt: skip
    share = float(1 / (1 + np.exp(-best.x[0])))
    return AggregateRegimes(
        days * share, float(np.exp(best.x[1])), float(np.exp(best.x[2])), gsd, days, float(made[0]),
        float(made[1]),
        float(made[2]), thresholds
    )  # fmt: skip
