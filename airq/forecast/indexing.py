"""AQI of forecast values by the edition in force: sub-indices, levels and the concentrations that bound them.

Examples
--------
>>> bound("pm25", 100, "2012"), bound("pm25", 100, "2026"), bound("aqi", 200, "2012")
(75.0, 60.0, 200.0)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from airq import standards
from airq.errors import ParameterError
from airq.variables import POLLUTANTS

__all__ = ["bound", "bounds", "index_of", "level_of", "spans", "whole_index"]

Array = npt.NDArray[np.float64]
BY_DATE = "by-date"


def spans(dates: npt.ArrayLike, edition: str) -> Iterator[tuple[npt.NDArray[np.bool_], str]]:
    """Rows of each edition, and its name.

    Parameters
    ----------
    dates : array_like of datetime64, shape (rows,)
    edition : str
        ``"2012"``, ``"2026"`` or ``"by-date"``.

    Yields
    ------
    mask : bool array, shape (rows,)
    name : str

    Examples
    --------
    >>> [(m.tolist(), e) for m, e in spans(np.array(["2026-02-28", "2026-03-01"], "datetime64[D]"), "by-date")]
    [([True, False], 'HJ633-2012'), ([False, True], 'HJ633-2026')]
    """
    days = np.asarray(dates).astype("datetime64[D]")
    if edition != BY_DATE:
        yield np.ones(days.shape, bool), standards.edition(edition, "aqi").id
        return
    different = np.unique(days)
    names = np.array([standards.edition_on(str(d)).id for d in different], dtype=object)
    of_row = names[np.searchsorted(different, days)]
    for name in dict.fromkeys(names.tolist()):
        yield of_row == name, name


def bound(target: str, index: int, edition: str, averaging: str = "24h") -> float:
    """Concentration at which the sub-index of a pollutant reaches ``index``; for ``aqi`` the index itself.

    Parameters
    ----------
    target : str
        A pollutant or ``aqi``.
    index : int
        A breakpoint of the table: 50, 100, 150, 200, 300, 400, 500.
    edition : str
    averaging : {"24h", "1h"}

    Raises
    ------
    ParameterError
        If the edition has no such breakpoint.

    Examples
    --------
    >>> bound("pm25", 200, "2026")
    150.0
    """
    if target == "aqi":
        return float(index)
    e = standards.edition(edition, "aqi")
    indicator = e.get(f"averaging.{averaging}.{target}")
    column = e.get(f"breakpoints.{indicator}") if indicator else None
    if column is None:
        raise ParameterError(
            f"{e.id} has no breakpoints of '{target}' for {averaging}; give thresholds yourself."
        )
    heights = [int(v) for v in column.get("iaqi", e.need("breakpoints.iaqi"))]
    table = dict(zip(heights, column["values"], strict=False))
    if index not in table:
        raise ParameterError(f"{e.id}: {index} is no breakpoint of '{target}'; give thresholds yourself.")
    return float(table[index])


def bounds(target: str, index: int, dates: npt.ArrayLike, edition: str, averaging: str = "24h") -> Array:
    """:func:`bound` of each date.

    Examples
    --------
    >>> bounds("pm25", 100, np.array(["2026-02-28", "2026-03-01"], "datetime64[D]"), "by-date").tolist()
    [75.0, 60.0]
    """
    out = np.full(np.shape(dates), np.nan)
    for rows, name in spans(dates, edition):
        out[rows] = bound(target, index, name, averaging)
    return out


def index_of(
    target: str, values: npt.ArrayLike, dates: npt.ArrayLike, edition: str, averaging: str = "24h"
) -> Array:
    """Sub-index of a pollutant, or the value itself for ``aqi``; exact by :mod:`airq.standards`.

    Parameters
    ----------
    target : str
    values : array_like, shape (rows,)
        NaN is missing.
    dates : array_like of datetime64, shape (rows,)
    edition, averaging : str

    Returns
    -------
    float64 array, shape (rows,)

    Examples
    --------
    >>> index_of("pm25", [61.0, 61.0], np.array(["2026-02-28", "2026-03-01"], "datetime64[D]"), "by-date").tolist()
    [83.0, 101.0]
    """
    given = np.asarray(values, dtype=np.float64)
    if target == "aqi":
        return given
    out = np.full(given.shape, np.nan)
    for rows, name in spans(dates, edition):
        if rows.any():
            out[rows] = standards.iaqi(target, given[rows], averaging, name)
    return out


def level_of(index: npt.ArrayLike) -> npt.NDArray[np.int8]:
    """Level 1 to 6 of an index, 0 where it is missing; the bounds are those of both editions.

    Examples
    --------
    >>> level_of([50.0, 50.4, 100.0, 301.0, np.nan]).tolist()
    [1, 2, 2, 6, 0]
    """
    return np.asarray(standards.category_of(np.asarray(index, dtype=np.float64), "2026"), dtype=np.int8)


def whole_index(
    values: Mapping[str, Array], dates: npt.ArrayLike, edition: str, absent: Collection[str] = ()
) -> tuple[Array, npt.NDArray[np.object_]]:
    """AQI and primary pollutants of many sets of concentrations.

    Parameters
    ----------
    values : mapping of pollutant to array, shape (..., days)
        One shape; the days last.
    dates : array_like of datetime64, shape (days,)
    edition : str
    absent : collection of str
        Pollutants that are not forecast at all: the AQI is that of the others.

    Returns
    -------
    aqi : float64 array, shape (..., days)
        NaN where nothing is known.
    primary : object array of str, shape (..., days)
        Comma-joined.

    Examples
    --------
    >>> day = np.array(["2019-01-01"], "datetime64[D]")
    >>> aqi, primary = whole_index({"pm25": np.array([[187.0]])}, day, "2012", POLLUTANTS[1:])
    >>> aqi.tolist(), primary.tolist()
    ([[237.0]], [['pm25']])
    """
    shape = next(iter(values.values())).shape
    aqi = np.full(shape, np.nan)
    primary = np.full(shape, "", dtype=object)
    for days, name in spans(dates, edition):
        if days.any():
            part: dict[str, Any] = {k: v[..., days] for k, v in values.items() if k in POLLUTANTS}
            found = standards.aqi(part, "24h", name, not_monitored=tuple(absent))
            aqi[..., days], primary[..., days] = found.value, found.primary
    return aqi, primary
