"""Bands of the six categories behind a forecast, and the quantile columns of its rows.

Examples
--------
>>> limits("pm25", "2026")
(35.0, 60.0, 115.0, 150.0, 250.0)
>>> limits("aqi", "2012")
(50.0, 100.0, 150.0, 200.0, 300.0)
"""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from airq import standards
from airq.errors import MissingData
from airq.figures import style
from airq.figures.labels import Language

__all__ = ["INTERVALS", "draw", "fan", "limits", "quantiles"]

INTERVALS: Final = ((90, "q05", "q95"), (80, "q10", "q90"), (50, "q25", "q75"))
"""Central intervals that a fan shows where their columns are there, widest first: percent, lower and upper column."""

FAN: Final = "#1f5a94"
_SHADES: Final = {90: 0.16, 80: 0.22, 50: 0.34}
_BAND: Final = 0.2


def quantiles(rows: pd.DataFrame) -> list[str]:
    """Names of the quantile columns in rising order.

    Raises
    ------
    MissingData
        If a column that every fan needs is missing.

    Examples
    --------
    >>> quantiles(pd.DataFrame(columns=["q95", "q05", "date", "q10", "q90", "q25", "q50", "q75"]))[0]
    'q05'
    """
    found = sorted(str(c) for c in rows.columns if re.fullmatch(r"q\d\d", str(c)))
    lacking = [c for c in ("q50", *(INTERVALS[0][1:] if len(found) < 3 else ())) if c not in found]
    if lacking:
        raise MissingData(
            f"the forecast has no column {lacking[0]}; give rows of airq.forecast with q05 to q95."
        )
    return found


def limits(target: str, edition: str = "2026", averaging: str = "24h") -> tuple[float, ...]:
    """Upper ends of the first five categories, in the unit of the target.

    Parameters
    ----------
    target : str
        A pollutant or ``aqi``.
    edition : str
        Edition of the AQI.
    averaging : {"24h", "1h"}
        O3 of days is the MDA8.

    Returns
    -------
    tuple of float
        Fewer where the edition gives the pollutant no index as high; empty where it gives none.
    """
    rules = standards.edition(edition, "aqi")
    ends = [float(c.aqi_to) for c in standards.categories(edition)][:-1]
    if target == "aqi":
        return tuple(ends)
    indicator = (rules.get(f"averaging.{averaging}") or {}).get(target)
    if not isinstance(indicator, str):
        return ()
    column = rules.need(f"breakpoints.{indicator}")
    index = [float(v) for v in column.get("iaqi", rules.need("breakpoints.iaqi"))]
    points = dict(zip(index, (float(v) for v in column["values"]), strict=False))
    return tuple(points[e] for e in ends if e in points)


def draw(axes: Axes, ends: tuple[float, ...], top: float, lang: Language) -> None:
    """Pale bands of the categories up to ``top``, each with its name at the right.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    ends : tuple of float
        Of :func:`limits`.
    top : float
        Upper end of the axis.
    lang : {"zh", "en"}
    """
    bottom = 0.0
    for level, end in enumerate((*ends, np.inf), 1):
        if bottom >= top or not ends:
            break
        high = min(end, top)
        axes.axhspan(bottom, high, color=standards.colour(level), alpha=_BAND, linewidth=0, zorder=0)
        if high - bottom > 0.045 * top:
            name = standards.category_name(level, lang)
            axes.annotate(
                name,
                (1.0, (bottom + high) / 2),
                (5, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                fontsize=8,
                color=style.COLOURS["quiet"],
            )
        bottom = high


def fan(axes: Axes, x: Any, rows: pd.DataFrame, colour: str = FAN, median: bool = True) -> None:
    """Nested intervals and the median of quantile rows.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    x : array
        Positions, one a row.
    rows : pandas.DataFrame
        With the quantile columns.
    colour : str
    median : bool
        Draw the median too.
    """
    for percent, low, high in INTERVALS:
        if low not in rows or high not in rows:
            continue
        axes.fill_between(
            x, rows[low], rows[high], color=colour, alpha=_SHADES[percent], linewidth=0, zorder=2
        )
    if median:
        axes.plot(x, rows["q50"], color=colour, linewidth=1.8, zorder=4)
