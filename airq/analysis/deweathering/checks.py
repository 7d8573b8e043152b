"""What deweathering must say about itself: can weather, season and trend be told apart, does the file belong here?

Examples
--------
>>> season = np.column_stack([np.ones(4), [1.0, 0, -1, 0]])
>>> round(share_explained(np.array([5.0, 1, -3, 1]), season), 2)
1.0
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from airq import places
from airq.analysis.deweathering.inputs import Inputs
from airq.errors import ParameterError
from airq.weather.pressure import TOLERANCE, place_elevation, standard_elevation, standard_pressure

__all__ = [
    "beyond_share",
    "pressure_warning",
    "separation",
    "share_explained",
    "shift_of",
    "shift_warnings",
    "site_of",
    "trust_warnings",
]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SEASONAL: Final = 0.8
_TRENDING: Final = 0.5
_YEARS: Final = 2.0
_SHIFT: Final = 20.0
"""Statistic of a shift; the limits of the test are for independent months, and those of weather depend on each other."""
_SHIFT_SIZE: Final = 0.2
"""Shift in standard deviations of the hours or days."""
_SHIFT_MONTHS: Final = 36
_MARGIN: Final = 6
_LEAST_R2: Final = 0.1
"""R² of weeks not seen below which weather explains nothing; hours of Beijing reach 0.5 to 0.7."""
_KEPT: Final = 0.15
"""Share by which the mean may differ from the observed one; usual weather of few years is not that of these years."""
_ENOUGH: Final = 1500
"""Cells that are looked at for the share out of range."""


def site_of(
    place: str | None, lat: float | None, lon: float | None, elevation: float | None
) -> tuple[float | None, float | None, float | None]:
    """Position and elevation: as given, else those of the place."""
    if (lat is None) != (lon is None):
        raise ParameterError("a position needs lat and lon; give both or neither.")
    if lat is not None and lon is not None and not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ParameterError(f"lat {lat} and lon {lon} are no position; give degrees north and east.")
    if place is None:
        return lat, lon, elevation
    found = places.get(place)
    height = place_elevation(found.id) if elevation is None else elevation
    return (found.lat, found.lon, height) if lat is None else (lat, lon, height)


def share_explained(values: Array, design: Array) -> float:
    """Share of the variance of values that a linear model takes up, 0 to 1."""
    spread = float(np.var(values))
    if spread == 0:
        return 0.0
    fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
    n, terms = design.shape
    # Adjusted for the terms, of which a short record has many for its months.
    left = np.var(values - fitted) / spread * ((n - 1) / (n - terms) if n > terms else 1.0)
    return float(np.clip(1 - left, 0.0, 1.0))


def separation(day: Ints, score: Array, season: Array, trend: Array) -> tuple[dict[str, float], list[str]]:
    """How far weather goes with season and with the trend, and what to think of it.

    Parameters
    ----------
    day : int array, shape (n,)
        Rows to learn from.
    score : array, shape (n,)
        What the weather does to the logarithm of the target.
    season, trend : array, shape (n, terms)
        Terms of season and hour, and of the trend.

    Returns
    -------
    dict, list of str
        ``season_share`` and ``trend_share`` of the score, and warnings.
    """
    seasonal = share_explained(score, season)
    left = score - season @ np.linalg.lstsq(season, score, rcond=None)[0]
    # Day to day weather hides a drift; what matters for the trend is the month.
    month = (day * 12 / 365.2425).astype(np.int64)
    _, index = np.unique(month, return_inverse=True)
    count = np.bincount(index)
    mean = np.bincount(index, left) / count
    terms = np.column_stack([np.bincount(index, t) / count for t in trend.T] + [np.ones(len(count))])
    drifting = share_explained(mean, terms) if len(count) > 2 * terms.shape[1] else 1.0
    years = (day.max() - day.min() + 1) / 365.2425
    warnings = []
    if years < _YEARS:
        warnings.append(
            f"weather and season cannot be separated: the record holds {12 * years:.0f} months, and a time of year must be "
            "seen in two years or more; give a longer record."
        )
    if seasonal > _SEASONAL:
        warnings.append(
            f"weather and season can hardly be separated: the time of year tells {100 * seasonal:.0f} % of what the weather "
            "does; read differences between seasons with care."
        )
    if drifting > _TRENDING and years >= _YEARS:
        warnings.append(
            f"weather and trend can hardly be separated: {100 * drifting:.0f} % of the monthly effect of the weather follows "
            "the slow course of the years; check the weather file for a change of instrument or place."
        )
    return {"season_share": seasonal, "trend_share": drifting}, warnings


def pressure_warning(inputs: Inputs, elevation: float | None) -> list[str]:
    """Whether the pressure of the weather fits the elevation of the place."""
    if elevation is None or "pressure" not in inputs.roles:
        return []
    name = inputs.names[inputs.roles.index("pressure")]
    median = float(np.nanmedian(inputs.weather[:, inputs.roles.index("pressure")]))
    expected = float(standard_pressure(elevation))
    if abs(median - expected) <= TOLERANCE:
        return []
    sea = abs(median - 1013.25) <= TOLERANCE
    what = (
        "it looks like pressure reduced to sea level"
        if sea
        else f"the weather comes from about {float(standard_elevation(median)):.0f} m"
    )
    return [
        f"column '{name}': median {median:.0f} hPa, but {expected:.0f} hPa is usual at {elevation:.0f} m; {what}, "
        "so use a weather file of the place itself."
    ]


def shift_of(months: Ints, values: Array) -> tuple[float, int, float]:
    """Greatest shift of a monthly series, by the standard normal homogeneity test.

    Parameters
    ----------
    months : int array, shape (n,)
        Months since any January, increasing.
    values : array, shape (n,)

    Returns
    -------
    statistic : float
        0 to n; for independent months 9.2 is passed once in 20 with n = 50.
    at : int
        Index of the first month after the shift.
    size : float
        Mean after less mean before, each calendar month less its own mean.

    References
    ----------
    Alexandersson 1986, J. Climatol. 6, 661.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> t, at, size = shift_of(np.arange(60), rng.normal(0, 1, 60) + 5.0 * (np.arange(60) >= 36))
    >>> t > 30, at, round(size)
    (True, 36, 5)
    """
    season = (np.mod(months, 12)[:, None] == np.arange(12)).astype(np.float64)
    usual = season.T @ values / np.maximum(season.sum(axis=0), 1.0)
    anomaly = values - season @ usual
    spread, n = float(np.std(anomaly)), len(anomaly)
    if spread == 0 or n <= 2 * _MARGIN:
        return 0.0, 0, 0.0
    sums = np.cumsum(anomaly / spread)
    at = np.arange(_MARGIN, n - _MARGIN + 1)
    before, after = sums[at - 1] / at, (sums[-1] - sums[at - 1]) / (n - at)
    statistic = at * before**2 + (n - at) * after**2
    best = int(np.argmax(statistic))
    # Taking out calendar means takes a part of the shift with it, which the fit of both together gives back.
    step = (np.arange(n) >= at[best]).astype(np.float64)
    lone = step - season @ (season.T @ step / np.maximum(season.sum(axis=0), 1.0))
    size = float(lone @ values / (lone @ lone)) if lone @ lone > 0 else 0.0
    return float(statistic[best]), int(at[best]), size


def trust_warnings(diagnostics: Mapping[str, float]) -> list[str]:
    """What the diagnostics forbid to pass over: weather that explains nothing, a mean that is not kept.

    Examples
    --------
    >>> trust_warnings({"blocked_r2": 0.6, "blocked_r2_log": 0.7, "mean_conservation": 1.03})
    []
    """
    out = []
    best = max(diagnostics["blocked_r2"], diagnostics["blocked_r2_log"])
    if not best >= _LEAST_R2:
        out.append(
            f"the model explains next to nothing of weeks it has not seen (R² {best:.2f}); the result is no series "
            "without weather: check that the weather is of this place and time."
        )
    kept = diagnostics["mean_conservation"]
    if not abs(kept - 1) <= _KEPT:
        out.append(
            f"the deweathered mean is {100 * (kept - 1):+.0f} % off the observed one; weather and time cannot be told apart well, "
            "so use differences within the series with care."
        )
    return out


def shift_warnings(inputs: Inputs, known: npt.NDArray[np.bool_]) -> list[str]:
    """Weather variables whose level jumps, as it does when an instrument or the place of a station changes."""
    month = inputs.day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    label, index = np.unique(month[known], return_inverse=True)
    count = np.bincount(index)
    full = count > 0.25 * np.median(count)
    if full.sum() < _SHIFT_MONTHS:
        return []
    found: list[tuple[float, int, str]] = []
    for name, values in zip(inputs.names, inputs.weather[known].T, strict=True):
        mean = (np.bincount(index, values) / count)[full]
        statistic, at, size = shift_of(label[full], mean)
        if statistic > _SHIFT and abs(size) > _SHIFT_SIZE * float(np.std(values)):
            found.append((statistic, int(label[full][at]), f"{name} {size:+.3g}"))
    if not found:
        return []
    when = np.datetime64(max(found)[1], "M")
    some = ", ".join(text for *_, text in sorted(found, reverse=True)[:4])
    return [
        f"the weather shifts about {when} ({some}); if an instrument or the place of the station changed then, its effect "
        "cannot be told from the trend, so check the file or leave the column out."
    ]


def beyond_share(
    weather: Array,
    day: Ints,
    hour: Ints,
    known: npt.NDArray[np.bool_],
    cells: tuple[Ints, Ints],
    drawn: Ints,
    days: int,
    hours: int,
) -> float:
    """Share of drawn values that lie outside of what was measured around that date.

    Parameters
    ----------
    weather : array, shape (n, variables)
    day, hour : int array, shape (n,)
        Rows in order of time.
    known : bool array, shape (n,)
        Rows that the models learnt from.
    cells : (day, hour) of the cells
    drawn : int array, shape (cells, draws)
        -1 for none.
    days, hours : int
        Half widths of the window that counts as around.

    Returns
    -------
    float
        Mean over variables; 1 where nothing was measured around.
    """
    outside = total = 0.0
    some = np.unique(np.linspace(0, len(drawn) - 1, _ENOUGH).astype(np.int64))
    for at, clock, rows in zip(*(c[some] for c in cells), drawn[some], strict=True):
        rows = rows[rows >= 0]
        if not len(rows):
            continue
        begin, end = np.searchsorted(day, [at - days, at + days + 1])
        apart = np.abs(hour[begin:end] - clock)
        near = weather[begin:end][known[begin:end] & (np.minimum(apart, 24 - apart) <= hours)]
        total += len(rows) * weather.shape[1]
        if not len(near):
            outside += len(rows) * weather.shape[1]
            continue
        values = weather[rows]
        outside += float(((values < near.min(axis=0)) | (values > near.max(axis=0))).sum())
    return outside / total if total else 1.0
