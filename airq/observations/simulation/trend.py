"""The emission path: how much each sector of each place emits in each month, against January 2015."""

from __future__ import annotations

import numpy as np

from airq.observations.simulation.streams import Array
from airq.observations.simulation.tables import FACTORS, Tables

__all__ = ["multipliers", "regional_path"]


def regional_path(tables: Tables, year: int, month: int) -> Array:
    """Regional multipliers of one month, shape (factors,) in the order of ``FACTORS``.

    Heating keeps one value from October to September, because stoves and boilers are replaced between heating seasons;
    the others run linearly from mid-year to mid-year. Beyond the table its first or last row holds.

    Examples
    --------
    >>> from airq.observations.simulation.tables import load
    >>> path = regional_path(load(), 2015, 1)
    >>> path.round(2).tolist()[:4]
    [1.0, 1.0, 1.0, 1.0]
    """
    years = tables.trend.index.to_numpy(dtype=np.float64)
    season = year if month >= 10 else year - 1
    middle = year + (month - 6.5) / 12
    values = []
    for name in FACTORS:
        column = tables.trend[name].to_numpy(dtype=np.float64)
        at = season if name == "heating" else middle
        values.append(np.interp(at, years, column))
    return np.array(values)


def multipliers(tables: Tables, year: int, month: int, trend: bool = True) -> Array:
    """Multipliers by place, shape (places, factors).

    A place follows the regional path with its own ``pace`` as exponent.

    Parameters
    ----------
    tables : Tables
    year, month : int
    trend : bool
        False freezes emissions at January 2015, where the spin-up before stays in any case.

    Examples
    --------
    >>> from airq.observations.simulation.tables import load
    >>> bool((multipliers(load(), 2025, 1, trend=False) == 1).all())
    True
    """
    if not trend or (year, month) < (2015, 1):
        return np.ones((len(tables.places), len(FACTORS)))
    reference = regional_path(tables, 2015, 1)
    relative: Array = regional_path(tables, year, month) / reference
    return np.asarray(relative[None, :] ** tables.column("pace")[:, None])
