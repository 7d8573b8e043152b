"""Forecast indicators of FAIRMODE: the error of a forecast beside that of persistence.

``mqi_f`` = RMSE(forecast) / RMSE(persistence), persistence being the last value observed at issue; the objective is
``mqi_f <= 1`` at 90 % of the stations (Vitali et al. 2023, Geosci. Model Dev. 16, 6029) [C].
``mqi_f_u`` adds the measurement uncertainty U(O) to the error of persistence,
sqrt(mean(e²)) / sqrt(mean((abs(P - O) + U(O))²)) [B 50 %]: the wording of the guidance was not seen.
``mqi`` = RMSE / (2 sqrt(mean(U(O)²))) is the indicator for assessment, for comparison [C].
U(O) = U_r sqrt((1 - α²) O² + α² RV²); the constants stand in ``tables/verification.toml``.

Examples
--------
>>> round(uncertainty("pm25", [25.0]).item(), 3)
9.0
>>> found = fairmode([10.0, 20.0], [12.0, 18.0], [6.0, 16.0], "pm25")
>>> found["mqi_f"], found["n"]
(0.5, 2)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from airq.forecast.constants import table

__all__ = ["fairmode", "uncertainty"]

Array = npt.NDArray[np.float64]


def uncertainty(pollutant: str, observed: npt.ArrayLike) -> Array:
    """Expanded uncertainty of a measurement, µg/m³.

    Parameters
    ----------
    pollutant : str
        ``pm25``, ``pm10``, ``no2`` or ``o3``; FAIRMODE gives no constants for the others.
    observed : array_like
        µg/m³.

    Returns
    -------
    float64 array
        NaN for a pollutant without constants.

    Examples
    --------
    >>> float(uncertainty("pm10", 50.0).round(6)), bool(np.isnan(uncertainty("so2", 50.0)))
    (14.0, True)
    """
    o = np.asarray(observed, dtype=np.float64)
    constants = table("fairmode").get(pollutant)
    if not isinstance(constants, dict):
        return np.asarray(np.full(o.shape, np.nan))
    a2 = constants["alpha"] ** 2
    return np.asarray(constants["ur"] * np.sqrt((1 - a2) * o**2 + a2 * constants["rv"] ** 2))


def fairmode(
    observed: npt.ArrayLike, forecast: npt.ArrayLike, persistence: npt.ArrayLike, pollutant: str = ""
) -> dict[str, float]:
    """Indicators of one site and lead time, on the rows where all three are known.

    Parameters
    ----------
    observed, forecast, persistence : array_like, shape (rows,)
    pollutant : str
        For the uncertainty of the measurement; without it only ``mqi_f``.

    Returns
    -------
    dict
        ``n``, ``rmse``, ``rmse_persistence``, ``mqi_f``, ``mqi_f_u``, ``mqi``; NaN where there is nothing to compare.

    Examples
    --------
    >>> fairmode([10.0], [10.0], [10.0])["mqi_f"]
    nan
    """
    o, f, p = (np.asarray(v, dtype=np.float64).reshape(-1) for v in (observed, forecast, persistence))
    known = ~np.isnan(o + f + p)
    o, f, p = o[known], f[known], p[known]
    u = uncertainty(pollutant, o)

    def rms(values: Array) -> float:
        return float(np.sqrt((values**2).mean())) if values.size else float("nan")

    def over(value: float, by: float) -> float:
        return value / by if by > 0 else float("nan")

    own, other = rms(f - o), rms(p - o)
    return {
        "n": int(known.sum()),
        "rmse": own,
        "rmse_persistence": other,
        "mqi_f": over(own, other),
        "mqi_f_u": over(own, rms(np.abs(p - o) + u)),
        "mqi": over(own, table("fairmode")["beta"] * rms(u)),
    }
