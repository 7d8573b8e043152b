"""How well calibrated (or raw) readings agree with the reference, and sensors with each other.

Definitions are those of EPA/600/R-20/280 and R-20/279 [C, as in USEPA/sensortoolkit]: the regression of the sensor on
the reference, RMSE over all sensors and times, SD and CV over times at which all sensors measure.

Examples
--------
>>> import numpy as np
>>> m = agreement(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]))
>>> m.slope, m.bias, round(m.r2, 12), m.n
(2.0, 2.0, 1.0, 3)
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Agreement", "Precision", "agreement", "precision"]


@dataclass(frozen=True)
class Agreement:
    """Agreement of one series with the reference.

    Attributes
    ----------
    n : int
        Pairs.
    r2 : float
        Square of the correlation: what is left after a perfect linear correction, blind to bias.
    slope, intercept : float
        Ordinary least squares of the sensor on the reference.
    rmse, bias, mae : float
        Root mean square, mean and mean absolute difference, sensor minus reference, unit of the pollutant.
    nrmse : float
        ``rmse`` as a share of the mean of the reference.
    efficiency : float
        1 − MSE / variance of the reference; below 0 the mean of the reference is better.
    """

    n: int
    r2: float
    slope: float
    intercept: float
    rmse: float
    nrmse: float
    bias: float
    mae: float
    efficiency: float

    def to_dict(self) -> dict[str, float]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Precision:
    """Agreement of collocated sensors with each other.

    Attributes
    ----------
    sd : float
        Root of the sum of squared departures from the mean of the sensors at each time over N·M − 1.
    cv : float
        ``sd`` as a share of the mean of all sensors.
    times, sensors : int
        N times at which all M sensors measured.
    """

    sd: float
    cv: float
    times: int
    sensors: int


def agreement(predicted: npt.ArrayLike, reference: npt.ArrayLike) -> Agreement:
    """Agreement over the pairs in which both values are finite.

    Parameters
    ----------
    predicted, reference : arrays, shape (row,)

    Returns
    -------
    Agreement
        NaN where there are too few pairs or no variation.
    """
    p, r = np.asarray(predicted, np.float64), np.asarray(reference, np.float64)
    both = np.isfinite(p) & np.isfinite(r)
    p, r = p[both], r[both]
    n = len(p)
    if n == 0:
        return Agreement(0, *[float("nan")] * 8)
    difference = p - r
    mse, level = float(np.mean(difference**2)), float(r.mean())
    dp, dr = p - p.mean(), r - level
    spp, srr, spr = float(dp @ dp), float(dr @ dr), float(dp @ dr)
    varies = srr > 1e-12 * max(1.0, level**2) * n
    slope = spr / srr if varies else float("nan")
    r2 = spr**2 / (spp * srr) if varies and spp > 0 else float("nan")
    return Agreement(
        n=n,
        r2=r2,
        slope=slope,
        intercept=float(p.mean()) - slope * level,
        rmse=mse**0.5,
        nrmse=mse**0.5 / level if level > 0 else float("nan"),
        bias=float(difference.mean()),
        mae=float(np.abs(difference).mean()),
        efficiency=1 - mse * n / srr if varies else float("nan"),
    )


def precision(frame: pd.DataFrame, column: str = "value") -> Precision:
    """Standard deviation and coefficient of variation between sensors.

    Parameters
    ----------
    frame : DataFrame
        Columns ``sensor``, ``time`` and ``column``, sensors at one place.
    column : str

    Returns
    -------
    Precision
        NaN with fewer than two sensors or no common time.

    Examples
    --------
    >>> frame = pd.DataFrame({"sensor": ["a", "b"] * 2, "time": [1, 1, 2, 2], "value": [9.0, 11.0, 19.0, 21.0]})
    >>> p = precision(frame)
    >>> round(p.sd, 4), round(p.cv, 4), p.times
    (1.1547, 0.077, 2)
    """
    there = np.isfinite(frame[column].to_numpy(np.float64))
    value = frame[column].to_numpy(np.float64)[there]
    row, times_ = pd.factorize(frame["time"].to_numpy()[there])
    who, sensors_ = pd.factorize(frame["sensor"].to_numpy(object)[there])
    sensors = len(sensors_)
    cell, size = row * max(sensors, 1) + who, len(times_) * sensors
    count = np.bincount(cell, minlength=size).reshape(len(times_), sensors)
    total = np.bincount(cell, value, size).reshape(len(times_), sensors)
    common = (count > 0).all(axis=1)
    times = int(common.sum()) if sensors else 0
    if sensors < 2 or times == 0:
        return Precision(float("nan"), float("nan"), times, sensors)
    x = total[common] / count[common]
    sd = float(np.sqrt(((x - x.mean(axis=1, keepdims=True)) ** 2).sum() / (x.size - 1)))
    mean = float(x.mean())
    return Precision(sd, sd / mean if mean > 0 else float("nan"), times, sensors)
