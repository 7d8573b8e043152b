"""What only several channels of one station can tell: particles against each other, changes that others share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from airq.observations.quality.runs import Array, Mask, window

__all__ = ["above", "companions", "confirmed", "gross"]

Ints = npt.NDArray[np.intp]


def above(fine: Array, coarse: Array, p: Mapping[str, Any]) -> Mask:
    """Hours with PM2.5 above PM10, of which it is a part.

    Examples
    --------
    >>> above(np.array([[61, 50]], np.float32), np.array([[60, 60]], np.float32), {"share": 1.0}).tolist()
    [[True, False]]
    """
    return np.asarray(fine > p["share"] * coarse)


def gross(fine: Array, coarse: Array, p: Mapping[str, Any]) -> Mask:
    """Hours with PM2.5 so far above PM10 that the error of two instruments cannot explain it.

    Examples
    --------
    >>> p = {"gross_share": 2.0, "gross_plus": 50.0, "gross_from": 150.0}
    >>> gross(np.array([[670, 100]], np.float32), np.array([[35, 35]], np.float32), p).tolist()
    [[True, False]]
    """
    out = np.asarray(fine > p["gross_from"])
    high, beside = fine[out], coarse[out]
    with np.errstate(invalid="ignore"):
        out[out] = high > np.maximum(p["gross_share"] * beside, beside + p["gross_plus"])
    return out


def confirmed(fine: Array, coarse: Array) -> Mask:
    """Hours whose PM2.5, whatever its size, is borne out by at least as much PM10."""
    return np.asarray(coarse >= fine)


def companions(
    others: Sequence[tuple[Array, int]], rows: Ints, start: Ints, length: Ints, sign: Ints, ratio: Array, share: float, after: bool
) -> tuple[Mask, Mask]:  # fmt: skip
    """Whether another channel of the station shares a sudden change, and whether any could have.

    Parameters
    ----------
    others : sequence of (float32 array of shape (station, time), int)
        Readings of the other channels, and 1 if they move the same way or -1 if they move against it, as NO2 does
        when fresh exhaust eats O3.
    rows, start, length : int arrays, shape (changes,)
        Station, first hour and hours of the change.
    sign : int array
        1 up, -1 down.
    ratio : float array
        Of the change.
    share : float
        The other channel must move by this share of the logarithm of the ratio.
    after : bool
        It must also come back, as in a short peak.

    Returns
    -------
    shared, witnessed : bool arrays, shape (changes,)

    Examples
    --------
    >>> coarse = np.array([[80, 90, 900, 95]], np.float32)
    >>> one = [np.array([k]) for k in (0, 2, 1, 1)]
    >>> [a.tolist() for a in companions([(coarse, 1)], *one, np.array([9.0]), 0.3, True)]
    [[True], [True]]
    """
    shared, witnessed = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    last = start + length - 1
    for y, way in others if len(rows) else ():
        s = (way * sign).astype(np.float32)
        peak = (
            np.fmax.reduce(s[:, None] * np.stack([_one(y, rows, start), _one(y, rows, last)], axis=1), axis=1)
            * s
        )
        sides = [window(y, rows, start, -2, -1)] + ([window(y, rows, last, 1, 2)] if after else [])
        side = np.fmax.reduce(s[:, None] * np.concatenate(sides, axis=1), axis=1) * s
        high, low = (np.where(s > 0, a, b) for a, b in ((peak, side), (side, peak)))
        there = np.isfinite(high) & np.isfinite(low)
        shared |= there & (high > np.maximum(low, np.float32(1e-3)) * ratio**share)
        witnessed |= there
    return shared, witnessed


def _one(y: Array, rows: Ints, columns: Ints) -> Array:
    return y[rows, np.minimum(columns, y.shape[1] - 1)]
