"""Humidity: Magnus formula between temperature, dew point and relative humidity.

Sources
-------
Saturation vapour pressure over water and over ice: WMO-No. 8, Guide to Instruments and Methods of Observation,
annex 4.B (6.112 hPa, 17.62 and 243.12 °C over water; 22.46 and 272.62 °C over ice). Relative humidity below 0 °C
refers to water, as WMO-No. 8 defines it.

Examples
--------
>>> relative_humidity([20.0, -10.0], [10.0, -10.0]).round(1).tolist()
[52.6, 100.0]
>>> round(float(dew_point(20.0, 52.6)), 1)
10.0
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import numpy.typing as npt

__all__ = ["dew_point", "relative_humidity", "saturation_pressure"]

_E0: Final = 6.112
_WATER: Final = (17.62, 243.12)
_ICE: Final = (22.46, 272.62)
_ROUNDING: Final = 0.5
"""°C by which a dew point may stand above the temperature through rounding of both."""


def saturation_pressure(
    temperature: npt.ArrayLike, over: Literal["water", "ice"] = "water"
) -> npt.NDArray[np.float64]:
    """Saturation vapour pressure.

    Parameters
    ----------
    temperature : array_like, any shape
        °C.
    over : {"water", "ice"}

    Returns
    -------
    float64 array
        hPa, shape of the input.

    Examples
    --------
    >>> saturation_pressure([0.0, 20.0]).round(3).tolist()
    [6.112, 23.326]
    """
    t = np.asarray(temperature, dtype=np.float64)
    a, b = _WATER if over == "water" else _ICE
    return np.asarray(_E0 * np.exp(a * t / (b + t)), dtype=np.float64)


def relative_humidity(temperature: npt.ArrayLike, dew_point: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Relative humidity from temperature and dew point.

    Parameters
    ----------
    temperature, dew_point : array_like, shapes that broadcast
        °C.

    Returns
    -------
    float64 array
        %, 0 to 100. NaN where an input is missing, or where the dew point stands more than 0.5 °C above the
        temperature, because one of the two is wrong then.

    Examples
    --------
    >>> relative_humidity([5.0, 5.0], [5.2, 8.0]).tolist()
    [100.0, nan]
    """
    t = np.asarray(temperature, dtype=np.float64)
    td = np.asarray(dew_point, dtype=np.float64)
    humidity = 100.0 * saturation_pressure(td) / saturation_pressure(t)
    return np.where(td > t + _ROUNDING, np.nan, np.minimum(humidity, 100.0))


def dew_point(temperature: npt.ArrayLike, relative_humidity: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Dew point from temperature and relative humidity.

    Parameters
    ----------
    temperature : array_like
        °C.
    relative_humidity : array_like
        %.

    Returns
    -------
    float64 array
        °C; NaN where an input is missing or the humidity is not above 0.

    Examples
    --------
    >>> dew_point([12.0, 12.0], [100.0, 0.0]).round(6).tolist()
    [12.0, nan]
    """
    t = np.asarray(temperature, dtype=np.float64)
    rh = np.asarray(relative_humidity, dtype=np.float64)
    a, b = _WATER
    with np.errstate(invalid="ignore", divide="ignore"):
        gamma = np.log(np.where(rh > 0, rh, np.nan) / 100.0) + a * t / (b + t)
        return np.asarray(b * gamma / (a - gamma), dtype=np.float64)
