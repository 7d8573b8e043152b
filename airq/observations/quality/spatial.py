"""What the neighbours say: a reading that they contradict, and a change that they share.

Without wind every neighbour within the radius is a witness. With wind, upwind neighbours weigh more, in calm air only
close ones count, and a front that an upwind station has already seen is no fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.observations.quality.network import Near
from airq.observations.quality.runs import Array, Cells, Mask, cells, chunks, window
from airq.observations.quality.wind import Wind

__all__ = ["buddy", "moved_with"]

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

_SCREENED: Final = 5
"""Neighbours tried for a first look, before all are asked."""


def moved_with(
    x: Array,
    rows: Ints,
    start: Ints,
    sign: Ints,
    size: Array,
    ratio: Array,
    around: Near,
    p: Mapping[str, Any],
) -> tuple[Mask, Mask]:
    """Whether a neighbour shares a sudden change, and whether any could have.

    Parameters
    ----------
    x : float32 array, shape (station, time)
    rows, start : int arrays, shape (changes,)
        Station and first hour after the change.
    sign : int array
        1 up, -1 down.
    size, ratio : float arrays
        Of the change.
    around : Near
        Neighbours.
    p : mapping
        ``share``: a neighbour shares a change if it moved the same way by this share of the amount and of the
        logarithm of the ratio; ``hours``: within so many hours before and after.

    Returns
    -------
    shared, witnessed : bool arrays, shape (changes,)

    Examples
    --------
    >>> from airq.observations.quality.network import near
    >>> around = near(np.array([44.0, 44.1]), np.array([87.0, 87.0]), 40.0)
    >>> x = np.array([[30, 30, 30, 300, 300], [30, 30, 30, 30, 200]], np.float32)
    >>> one = (np.array([0]), np.array([3]), np.array([1]), np.array([270.0]), np.array([10.0]))
    >>> [a.tolist() for a in moved_with(x, *one, around, {"share": 0.5, "hours": 1})]
    [[True], [True]]
    """
    shared, witnessed = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    near, hours = around.rows, p["hours"]
    if not near.shape[1]:
        return shared, witnessed
    for part in chunks(len(rows), near.shape[1] * (2 * hours + 4)):
        others, at = near[rows[part]], start[part][:, None]
        s = sign[part][:, None, None].astype(np.float32)
        at = np.broadcast_to(at, others.shape)
        peak = _extreme(s * window(x, others, at, -hours, hours), np.fmax) * s[..., 0]
        base = _extreme(s * window(x, others, at, -hours - 3, -hours - 1), np.fmin) * s[..., 0]
        high, low = np.maximum(peak, base), np.maximum(np.minimum(peak, base), np.float32(1e-3))
        there = np.isfinite(high) & np.isfinite(low)
        same = (s[..., 0] * (peak - base) >= p["share"] * size[part, None]) & (
            high >= low * (ratio[part, None] ** p["share"])
        )
        shared[part], witnessed[part] = (there & same).any(axis=1), there.any(axis=1)
    return shared, witnessed


def _extreme(values: Array, how: np.ufunc) -> Array:
    return np.asarray(how.reduce(values, axis=-1))


def buddy(x: Array, around: Near, p: Mapping[str, Any], plus: float, wind: Wind | None = None) -> Mask:
    """Readings that the neighbours contradict while none of them, now or a little before and after, is alike.

    Parameters
    ----------
    x : float32 array, shape (station, time)
    around : Near
        Neighbours as far as ``upwind_radius_km``.
    p : mapping
        Parameters of ``neighbour``.
    plus : float
        Amount by which a reading must lie apart.
    wind : Wind, optional

    Returns
    -------
    bool array, shape (station, time)

    Notes
    -----
    A neighbour contradicts a reading that lies above it, or below it, by the factor ``times`` and by ``plus``.
    """
    out = np.zeros(x.shape, bool)
    close = around.within(p["radius_km"])
    least = (
        p["at_least"] if wind is None else min(p["calm_at_least"], -(-p["at_least"] // p["upwind_weight"]))
    )
    enough = np.flatnonzero((close.rows >= 0).sum(axis=1) >= least)
    if not len(enough):
        return out
    for sign in (1, -1):
        i, t = _apart(x, close, enough, sign, p, plus, wind)
        for part in chunks(len(i), close.rows.shape[1]):
            r, c = i[part], t[part]
            for test in (_contradicted, _unlike_before_and_after, _unlike_upwind):
                keep = test(x, (r, c), close, around, sign, p, plus, wind)
                r, c = r[keep], c[keep]
            out[r, c] = True
    return out


def _alike(own: Array, other: Array, sign: int, times: float, plus: float) -> Mask:
    """Whether another reading bears out the own one; False where it is missing."""
    high, low = (own, other) if sign > 0 else (other, own)
    return np.asarray((high <= times * low) | (high <= low + plus))


def _apart(
    x: Array, close: Near, stations: Ints, sign: int, p: Mapping[str, Any], plus: float, wind: Wind | None
) -> Cells:
    """Cells that the nearest neighbours do not bear out: a first look that misses none."""
    own = x[stations]
    candidate = ~_alike(own, x[close.rows[stations, 0]], sign, p["times"], plus)
    candidate &= own > plus if sign > 0 else np.isfinite(own)
    i, t = cells(candidate)
    i = stations[i]
    for k in range(1, min(_SCREENED, close.rows.shape[1])):
        other = close.rows[i, k]
        # A far neighbour may not count in calm air.
        heard = (other >= 0) & ((wind is None) | (close.km[i, k] <= p["calm_radius_km"]))
        keep = ~(heard & _alike(x[i, t], x[other, t], sign, p["times"], plus))
        i, t = i[keep], t[keep]
    return i, t


def _own(x: Array, at: Cells, others: Ints) -> Array:
    return np.broadcast_to(x[at][:, None], others.shape)


def _contradicted(
    x: Array, at: Cells, close: Near, around: Near, sign: int, p: Mapping[str, Any], plus: float, wind: Wind | None
) -> Mask:  # fmt: skip
    """Whether all witnesses of the hour contradict the reading, and they weigh enough."""
    rows, columns = at
    others = close.rows[rows]
    theirs = np.where(others >= 0, x[others, columns[:, None]], np.float32(np.nan))
    there = np.isfinite(theirs)
    alike = _alike(_own(x, at, others), theirs, sign, p["times"], plus)
    weight, need = np.ones(others.shape), np.full(len(rows), float(p["at_least"]))
    if wind is not None:
        speed, origin = wind.at(rows, columns)
        calm = speed < p["calm_speed"]
        there &= _heard(close, rows, calm, p)
        need[calm] = p["calm_at_least"]
        upwind = ~calm[:, None] & _in_sector(close.bearing[rows], origin, p["sector_deg"])
        weight[upwind] = p["upwind_weight"]
    return np.asarray(~(there & alike).any(axis=1) & ((weight * there).sum(axis=1) >= need))


def _heard(close: Near, rows: Ints, calm: Mask, p: Mapping[str, Any]) -> Mask:
    """Which neighbours count: all, or only the close ones in calm air."""
    return np.asarray(~calm[:, None] | (close.km[rows] <= p["calm_radius_km"]))


def _in_sector(bearing: Array, origin: Floats, width: float) -> Mask:
    """Whether a neighbour lies within the sector from which the wind blows; False for unknown wind."""
    turned = np.abs((bearing - origin[:, None] + 180) % 360 - 180)
    return np.asarray(turned <= width / 2)


def _unlike_before_and_after(
    x: Array, at: Cells, close: Near, around: Near, sign: int, p: Mapping[str, Any], plus: float, wind: Wind | None
) -> Mask:  # fmt: skip
    """Whether no neighbour is alike within some hours: fronts and plumes do not reach all at once."""
    rows, columns = at
    others = close.rows[rows]
    hour = np.broadcast_to(columns[:, None], others.shape)
    theirs = window(x, others, hour, -p["hours"], p["hours"])
    alike: Mask = np.asarray(
        _alike(_own(x, at, others)[..., None], theirs, sign, p["times"], plus).any(axis=2)
    )
    if wind is not None:
        alike &= _heard(close, rows, wind.at(rows, columns)[0] < p["calm_speed"], p)
    return np.asarray(~alike.any(axis=1))


def _unlike_upwind(
    x: Array, at: Cells, close: Near, around: Near, sign: int, p: Mapping[str, Any], plus: float, wind: Wind | None
) -> Mask:  # fmt: skip
    """Whether no upwind station had such air when the air that is here now passed it."""
    rows, columns = at
    if wind is None or not len(rows):
        return np.ones(len(rows), bool)
    speed, origin = wind.at(rows, columns)
    others = around.rows[rows]
    upwind = (others >= 0) & _in_sector(around.bearing[rows], origin, p["sector_deg"])
    upwind &= (speed >= p["calm_speed"])[:, None]
    travel = around.km[rows] / np.maximum(3.6 * speed, 1e-3)[:, None]  # hours; m/s are 3.6 km/h
    hour = np.broadcast_to(columns[:, None], others.shape)
    back = p["upwind_hours"]
    theirs = window(x, np.where(upwind, others, -1), hour, -back, 0)
    ago = np.arange(back, -1, -1)
    passed = np.abs(ago - travel[..., None]) <= p["travel_slack"] + 0.5 * travel[..., None]
    alike = _alike(_own(x, at, others)[..., None], theirs, sign, p["times"], plus)
    return np.asarray(~(alike & passed).any(axis=(1, 2)))
