"""Bins of wind speed and direction, and a statistic of the values in each.

The rule of polar plots (Carslaw & Beevers 2013, *Environ. Model. Softw.* 40, 325-329): 30 speeds by 36 directions (72
where directions are finer than 10°), the bin placed at its own direction and at one of 30 evenly spaced speeds from 0
to the highest. Bins of 1, 2 and 3 hours weigh less.

Examples
--------
>>> place = Bins.of(np.array([1.0, 3.0]), np.array([360.0, 90.0]), 10.0, 3.0)
>>> place.index.tolist(), place.shape
([1059, 269], (36, 30))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from airq.errors import ParameterError

__all__ = ["SPEEDS", "STATISTICS", "Bins", "Statistic", "statistic_of", "threshold", "weights_of"]

Array = npt.NDArray[np.float64]
Statistic = Literal["mean", "median", "max", "stdev", "frequency", "weighted_mean", "percentile", "cpf"]
STATISTICS: Final = ("mean", "median", "max", "stdev", "frequency", "weighted_mean", "percentile", "cpf")
SPEEDS: Final = 30


@dataclass(frozen=True, eq=False)
class Bins:
    """Bin of every hour, and where the bins lie.

    Attributes
    ----------
    index : int array, shape (hours,)
        Bin of each hour; the last one is that of calms without a direction.
    shape : tuple of int
        Directions, speeds.
    points : float64 array, shape (bins + 1, 2)
        Eastward and northward coordinates of the wind's origin, m s-1.
    """

    index: npt.NDArray[np.int64]
    shape: tuple[int, int]
    points: Array

    @classmethod
    def of(cls, speed: Array, direction: Array, step: float, highest: float) -> Bins:
        """Bins of hours.

        Parameters
        ----------
        speed, direction : float64 arrays, shape (hours,)
            m s-1, and degrees in (0, 360]; NaN for calms.
        step : float
            Degrees of a bin, a divisor of 360.
        highest : float
            Speed of the outermost bins.
        """
        directions = round(360 / step)
        edges = np.linspace(0.0, highest, SPEEDS + 1)
        ring = np.clip(np.searchsorted(edges, speed, side="left") - 1, 0, SPEEDS - 1)
        calm = np.isnan(direction)
        # Halves go down, as in the published rule.
        turn = np.ceil(np.where(calm, 0.0, direction) / step - 0.5).astype(np.int64)
        ray = (turn - 1) % directions
        index = np.where(calm, directions * SPEEDS, ray * SPEEDS + ring)
        radius = np.tile(np.linspace(0.0, highest, SPEEDS), directions)
        angle = np.deg2rad(np.repeat(step * np.arange(1, directions + 1), SPEEDS))
        points = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
        return cls(index, (directions, SPEEDS), np.vstack([points, [0.0, 0.0]]))

    @property
    def size(self) -> int:
        """Number of bins, that of calms included."""
        return self.shape[0] * self.shape[1] + 1


def threshold(
    values: Array, percentile: float | Sequence[float] | None, statistic: str
) -> tuple[float, float] | None:
    """Concentrations between which an hour counts for the conditional probability.

    Parameters
    ----------
    values : float64 array
    percentile : float, pair of float or None
        One: above it; two: above the first and up to the second.
    statistic : str
        Anything but ``cpf`` needs none.

    Returns
    -------
    tuple of float, or None

    Raises
    ------
    ParameterError
        A percentile outside 0 to 100, or missing.

    Examples
    --------
    >>> threshold(np.arange(101.0), 90, "cpf"), threshold(np.arange(101.0), (50, 75), "cpf")
    ((90.0, inf), (50.0, 75.0))
    """
    if statistic not in ("cpf", "percentile"):
        return None
    given = np.atleast_1d(np.asarray(percentile if percentile is not None else np.nan, dtype=np.float64))
    if len(given) > (2 if statistic == "cpf" else 1) or not np.all((given >= 0) & (given <= 100)):
        raise ParameterError(
            f"percentile {percentile} does not fit statistic '{statistic}'; give one from 0 to 100"
            + (", or two for an interval." if statistic == "cpf" else ".")
        )
    if statistic == "percentile":
        return None
    cuts = np.percentile(values, given)
    return (float(cuts[0]), float(cuts[1]) if len(cuts) > 1 else np.inf)


def _sorted_pick(values: Array, index: npt.NDArray[np.int64], counts: Array, share: float) -> Array:
    """Percentile in each bin by linear interpolation between order statistics."""
    order = np.lexsort((values, index))
    ranked = values[order]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    place = (counts - 1) * share
    low = np.floor(np.maximum(place, 0)).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(counts - 1, 0)).astype(np.int64)
    last = len(ranked) - 1
    a, b = ranked[np.minimum(starts + low, last)], ranked[np.minimum(starts + high, last)]
    return np.where(counts > 0, a + (place - low) * (b - a), np.nan)


def statistic_of(
    values: Array,
    index: npt.NDArray[np.int64],
    size: int,
    statistic: str,
    percentile: float | None = None,
    between: tuple[float, float] | None = None,
) -> tuple[Array, npt.NDArray[np.int64]]:
    """Statistic and hours of every bin.

    Parameters
    ----------
    values : float64 array, shape (hours,)
    index : int array, shape (hours,)
    size : int
        Number of bins.
    statistic : str
        One of :data:`STATISTICS`.
    percentile : float, optional
        For ``percentile``.
    between : tuple of float, optional
        For ``cpf``, as of :func:`threshold`.

    Returns
    -------
    statistic : float64 array, shape (size,)
        NaN in empty bins (``stdev``: in bins of one hour too).
    counts : int array, shape (size,)

    Examples
    --------
    >>> statistic_of(np.array([1.0, 3.0, 8.0]), np.array([0, 0, 2]), 3, "mean")[0].tolist()
    [2.0, nan, 8.0]
    """
    counts = np.bincount(index, minlength=size)
    n = counts.astype(np.float64)
    if statistic == "frequency":
        return np.where(counts > 0, n, np.nan), counts
    if statistic == "max":
        out = np.full(size, -np.inf)
        np.maximum.at(out, index, values)
        return np.where(counts > 0, out, np.nan), counts
    if statistic in ("median", "percentile"):
        share = 0.5 if statistic == "median" else float(percentile or 0.0) / 100
        return _sorted_pick(values, index, n, share), counts
    chosen = values
    if statistic == "cpf":
        low, high = between or (0.0, np.inf)
        chosen = ((values > low) & (values <= high)).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(index, chosen, minlength=size) / n
        if statistic == "weighted_mean":
            return mean * n / len(values), counts
        if statistic == "stdev":
            off = values - mean[index]
            spread = np.sqrt(np.bincount(index, off * off, minlength=size) / (n - 1))
            return np.where(counts > 1, spread, np.nan), counts
    return mean, counts


def weights_of(counts: npt.NDArray[np.int64], weights: Sequence[float]) -> Array:
    """Weight of bins by their hours: of 1, 2 and 3 as given, 1 above.

    Raises
    ------
    ParameterError
        If there are not three positive weights.

    Examples
    --------
    >>> weights_of(np.array([1, 3, 9]), (0.25, 0.5, 0.75)).tolist()
    [0.25, 0.75, 1.0]
    """
    if len(weights) != 3 or not all(np.isfinite(w) and w > 0 for w in weights):
        raise ParameterError(f"weights {tuple(weights)} are not three positive numbers; give those of 1, 2 and 3 hours.")  # fmt: skip
    return np.concatenate([weights, [1.0]])[np.clip(counts, 1, 4) - 1]
