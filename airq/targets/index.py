"""AQI of whole days, and the concentrations at which it passes a threshold.

Counting needs no index of a simulated day, only whether it passes 100 or 200. Both sides of that question are asked of
:mod:`airq.standards`: the exact index of observed days, and for simulated ones the highest concentration whose exact
sub-index does not pass.

Examples
--------
>>> highest("pm25", 100, "2012"), highest("pm25", 100, "2026"), highest("o3", 200, "2012", 1.0)
(75.0, 60.5, 265.0)
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from airq import standards
from airq.targets.series import SiteSeries
from airq.variables import POLLUTANTS

__all__ = ["aqi_of", "edition_held", "editions_of", "highest", "highest_of", "own_on", "resolution"]

Floats = npt.NDArray[np.float64]

BY_DATE: Final = "by-date"
_AGREES: Final = 2.0
"""Median difference up to which a given AQI is taken for the index of an edition."""
_TOP: Final = {"co": 100.0}
_TOP_OTHER: Final = 3000.0
_FINE: Final = {"co": 0.01}
_FINE_OTHER: Final = 0.1


@lru_cache(maxsize=64)
def _ladder(name: str, edition: str, step: float) -> tuple[Floats, Floats]:
    """Concentrations of a grid and their exact sub-indices."""
    grid = np.round(np.arange(0.0, _TOP.get(name, _TOP_OTHER) + step / 2, step), 4)
    index = np.asarray(standards.iaqi(name, grid, "24h", edition), dtype=np.float64)
    # An edition may give no index above its last breakpoint; such a day passes every threshold.
    return grid, np.maximum.accumulate(np.where(np.isnan(index), np.inf, index))


def highest_of(name: str, thresholds: Floats, edition: str, step: float | None = None) -> Floats:
    """Highest concentrations whose sub-index does not pass the thresholds.

    Parameters
    ----------
    name : str
        Pollutant.
    thresholds : float array, any shape
    edition : str
        AQI edition.
    step : float, optional
        Resolution of the source; 0.1 µg/m³ and 0.01 mg/m³ by default.

    Returns
    -------
    float64 array
        Multiples of ``step``; infinite where no concentration passes.
    """
    grid, index = _ladder(name, edition, step or _FINE.get(name, _FINE_OTHER))
    place = np.searchsorted(index, thresholds, side="right") - 1
    out = grid[np.clip(place, 0, grid.size - 1)]
    return np.where(place >= grid.size - 1, np.inf, np.where(place < 0, -np.inf, out))


def highest(name: str, threshold: float, edition: str, step: float | None = None) -> float:
    """Highest concentration of one pollutant whose sub-index does not pass a threshold.

    Examples
    --------
    >>> highest("pm10", 100, "2026", 1.0), highest("co", 100, "2012")
    (120.0, 4.0)
    """
    return float(highest_of(name, np.array([float(threshold)]), edition, step)[0])


def resolution(name: str, values: Floats) -> float:
    """Step in which a source gives a pollutant: whole µg/m³ or a tenth, CO in tenths or hundredths of mg/m³.

    Examples
    --------
    >>> resolution("pm25", np.array([12.0, 40.0])), resolution("pm25", np.array([12.3])), resolution("co", np.array([0.7]))
    (1.0, 0.1, 0.1)
    """
    coarse, fine = (0.1, 0.01) if name == "co" else (1.0, 0.1)
    held = values[np.isfinite(values)]
    whole = np.abs(held / coarse - np.rint(held / coarse)) < 1e-4
    return coarse if held.size and whole.all() else fine


def editions_of(days: npt.NDArray[np.datetime64], standard: str | None) -> list[tuple[slice, str]]:
    """Stretches of days and the AQI edition of each.

    Parameters
    ----------
    days : datetime64[D] array
        Rising.
    standard : str, optional
        Name of a standard; None or ``by-date`` takes the edition in force on each day.

    Examples
    --------
    >>> days = np.arange(np.datetime64("2026-02-27"), np.datetime64("2026-03-03"))
    >>> [(s.start, s.stop, e) for s, e in editions_of(days, None)]
    [(0, 2, 'HJ633-2012'), (2, 4, 'HJ633-2026')]
    """
    if standard is not None and standard.strip().lower() != BY_DATE:
        chosen = standards.standard_of(standard, "2026-06-01").edition.need("aqi")
        return [(slice(0, days.size), standards.edition(chosen, "aqi").id)]
    months = days.astype("datetime64[M]")
    names = {m: _edition_on(str(m)) for m in np.unique(months)}
    each = [names[m] for m in months]
    starts = [i for i, e in enumerate(each) if i == 0 or e != each[i - 1]]
    return [(slice(a, b), each[a]) for a, b in zip(starts, [*starts[1:], days.size], strict=True)]


@lru_cache(maxsize=4096)
def _edition_on(month: str) -> str:
    # Editions begin on the first of a month (HJ 633-2026: 2026-03-01); a day before the first one takes the first.
    first = "2012-03-01"
    return standards.edition_on(f"{month}-01" if f"{month}-01" > first else first, "aqi").id


def own_on(days: npt.NDArray[np.datetime64], held: str | None, edition: str) -> npt.NDArray[np.bool_]:
    """Days on which an index that a frame gives is of the edition asked for.

    Parameters
    ----------
    days : datetime64[D] array (day,)
        Rising.
    held : str or None
        Edition of the frame's index, as of :func:`edition_held`; ``by-date`` is that in force on each day.
    edition : str
        Edition asked for.

    Returns
    -------
    bool array (day,)

    Examples
    --------
    >>> days = np.arange(np.datetime64("2026-02-28"), np.datetime64("2026-03-02"))
    >>> own_on(days, "by-date", "HJ633-2026").tolist(), own_on(days, "HJ633-2012", "HJ633-2026").tolist()
    ([False, True], [False, False])
    """
    if held != BY_DATE:
        return np.full(days.size, held == edition)
    own = np.zeros(days.size, bool)
    for part, name in editions_of(days, None) if days.size else []:
        own[part] = name == edition
    return own


def aqi_of(series: SiteSeries, rows: slice, edition: str) -> Floats:
    """Exact AQI of observed days from their concentrations; NaN is NA.

    Pollutants that the frame does not hold at all count as not monitored (HJ 633-2026, 5.3.2).
    """
    values = {p: series.values[rows, i] for i, p in enumerate(series.pollutants)}
    n = len(series.days[rows])
    if not values or n == 0:
        return np.full(n, np.nan)
    absent = [p for p in POLLUTANTS if p not in values]
    return np.asarray(standards.aqi(values, "24h", edition, absent).value, dtype=np.float64)


def edition_held(series: SiteSeries) -> str | None:
    """Edition of the AQI that a frame gives: stated, else the one that its concentrations fit better.

    Returns
    -------
    str or None
        None if the frame has no AQI.
    """
    if series.aqi is None:
        return None
    if series.edition and series.edition.strip().lower() != BY_DATE:
        return standards.edition(series.edition, "aqi").id
    if series.edition:
        return BY_DATE
    usual = "HJ633-2012" if series.days[-1] < np.datetime64("2026-03-01") else BY_DATE
    there = np.flatnonzero(np.isfinite(series.aqi))[-730:]
    if not there.size or not {"pm25", "pm10"} & set(series.pollutants):
        return usual
    rows = slice(int(there[0]), int(there[-1]) + 1)
    given = series.aqi[rows]
    old, new = (aqi_of(series, rows, e) for e in ("HJ633-2012", "HJ633-2026"))
    differ = np.isfinite(old) & np.isfinite(new) & (old != new) & np.isfinite(given)
    if not differ.any():
        return usual
    # Only an index that all but agrees with an edition is taken for one of it; means of hours agree with neither.
    off = {e: float(np.median(np.abs(given - v)[differ])) for e, v in (("2012", old), ("2026", new))}
    best = min(off, key=lambda e: off[e])
    return f"HJ633-{best}" if off[best] <= _AGREES else usual
