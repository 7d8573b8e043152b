"""Polar surfaces before and after: where, by wind, the air changed.

Examples
--------
>>> rng = np.random.default_rng(1)
>>> wd, ws = rng.uniform(0, 360, 6000), rng.gamma(3.0, 1.0, 6000)
>>> east = 50 + 40 * np.cos(np.deg2rad(wd - 90)) * np.minimum(ws, 4) / 4
>>> time = pd.date_range("2019-01-01", periods=6000, freq="h")
>>> frame = pd.DataFrame({"time": time, "ws": ws, "wd": wd, "nox": np.where(np.arange(6000) < 3000, east, 50)})
>>> change = polar_difference(frame[:3000], frame[3000:], "nox", wind_speed="ws", wind_direction="wd")
>>> bool(change.at(4.0, 0.0) < -30), bool(change.at(-4.0, 0.0) > 30)
(True, True)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.direction.surface import PolarSurface, polar_surface
from airq.analysis.direction.winds import winds
from airq.errors import ParameterError
from airq.texts import items

__all__ = ["PolarDifference", "polar_difference"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PolarDifference:
    """After less before, on one grid.

    Attributes
    ----------
    pollutant : str
    u, v : float64 arrays, shape (n,)
        As in :class:`airq.analysis.direction.surface.PolarSurface`.
    value, lower, upper : float64 arrays, shape (n, n)
        Change and its interval; NaN where either has no data near.
    reliable : bool array, shape (n, n)
        Where the interval does not hold 0.
    before, after : PolarSurface
    notes : tuple of str
    """

    pollutant: str
    u: Array
    v: Array
    value: Array
    lower: Array
    upper: Array
    reliable: npt.NDArray[np.bool_]
    before: PolarSurface = field(repr=False)
    after: PolarSurface = field(repr=False)
    notes: tuple[str, ...] = ()

    def at(self, u: npt.ArrayLike, v: npt.ArrayLike) -> Array:
        """Change at points, however far from data; arguments as for :meth:`PolarSurface.at`."""
        return self.after.at(u, v) - self.before.at(u, v)

    def to_frame(self) -> pd.DataFrame:
        """Grid as rows: ``u``, ``v``, ``before``, ``after``, ``value``, ``lower``, ``upper``, ``reliable``."""
        u, v = np.meshgrid(self.u, self.v)
        held = {
            "u": u, "v": v, "before": self.before.value, "after": self.after.value, "value": self.value,
            "lower": self.lower, "upper": self.upper, "reliable": self.reliable,
        }  # fmt: skip
        return pd.DataFrame({name: array.ravel() for name, array in held.items()})

    def _repr_html_(self) -> str:
        sure = int(self.reliable.sum())
        seen = int(np.isfinite(self.value).sum())
        notes = items(self.notes)
        return f"<p><b>{escape(self.pollutant)}</b>: {sure:,} of {seen:,} cells changed beyond their interval</p><ul>{notes}</ul>"


def polar_difference(
    before: pd.DataFrame,
    after: pd.DataFrame,
    pollutant: str,
    *,
    wind_speed: str = "wind_speed",
    wind_direction: str = "wind_direction",
    **options: Any,
) -> PolarDifference:
    """Surfaces of two periods and the change between them.

    Parameters
    ----------
    before, after : pandas.DataFrame
        Hours of one site.
    pollutant, wind_speed, wind_direction : str
        Columns.
    **options
        Of :func:`airq.analysis.direction.surface.polar_surface`. Both surfaces share the grid up to the lower of the
        two highest speeds unless ``upper`` is given.

    Returns
    -------
    PolarDifference
        The change holds that of the weather within a bin too; deweathered values or a like period avoid it.

    Raises
    ------
    ParameterError
        Without uncertainty.
    MissingData
        As :func:`polar_surface`.
    """
    if options.get("uncertainty", "posterior") is None:
        raise ParameterError("a difference needs intervals; give uncertainty='posterior' or 'bootstrap'.")
    found = [winds(f, [pollutant], wind_speed, wind_direction) for f in (before, after)]
    options.setdefault("upper", min(float(f.speed.max()) for f in found))
    first, second = (
        polar_surface(f, pollutant, wind_speed=wind_speed, wind_direction=wind_direction, **options)
        for f in (before, after)
    )
    value = second.value - first.value
    # Errors of two periods are independent; each side of the interval adds in squares.
    low = value - np.hypot(second.value - second.lower, first.upper - first.value)
    high = value + np.hypot(second.upper - second.value, first.value - first.lower)
    with np.errstate(invalid="ignore"):
        sure = (low > 0) | (high < 0)
    notes = tuple(f"Before: {n}" for n in first.notes) + tuple(f"After: {n}" for n in second.notes)
    return PolarDifference(pollutant, first.u, first.v, value, low, high, sure, first, second, notes)
