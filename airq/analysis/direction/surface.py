"""The numbers behind a bivariate polar plot: concentration by wind speed and direction, with its uncertainty.

Bins as in :mod:`airq.analysis.direction.binning`; the square root of their statistic is smoothed by a thin plate with
GCV, as openair does, in a tenth of a second. Cells farther from data than ``far`` are empty, and cells whose interval
is wide against the value are marked as not reliable.

Examples
--------
>>> rng = np.random.default_rng(1)
>>> wd, ws = rng.uniform(0, 360, 5000), rng.gamma(3.0, 1.0, 5000)
>>> frame = pd.DataFrame({"ws": ws, "wd": wd, "nox": 50 + 40 * np.cos(np.deg2rad(wd - 90)) * np.minimum(ws, 4) / 4})
>>> surface = polar_surface(frame, "nox", wind_speed="ws", wind_direction="wd")
>>> bool(surface.at(4.0, 0.0) > 80), bool(surface.at(-4.0, 0.0) < 20)
(True, True)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from statistics import NormalDist
from typing import Final, Literal, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from airq.analysis.direction.binning import STATISTICS, Bins, Statistic, statistic_of, threshold, weights_of
from airq.analysis.direction.blocks import block_sums, resampled
from airq.analysis.direction.penalised import fit_penalised
from airq.analysis.direction.thin_plate import ThinPlate, fit_thin_plate
from airq.analysis.direction.winds import Winds, winds
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["PolarSurface", "polar_surface"]

Array = npt.NDArray[np.float64]

_LEAST_BINS: Final = 12
_LEAST_DRAWS: Final = 20
_LEAST_DAYS: Final = 3
_LEAST_DIRECTIONS: Final = 4


@dataclass(frozen=True, eq=False)
class PolarSurface:
    """Smooth surface over the wind.

    Attributes
    ----------
    pollutant, statistic : str
    u, v : float64 arrays, shape (n,)
        Grid, m s-1: the wind comes *from* the point (u to the east, v to the north), so that a source lies where the
        surface is high.
    value : float64 array, shape (n, n)
        Rows are v, columns u; NaN too far from data.
    lower, upper : float64 arrays, shape (n, n)
        Interval; NaN without uncertainty.
    reliable : bool array, shape (n, n)
        Where the interval's half width is at most ``widest`` of the value, and the hours nearby are of three days or
        more: one storm is one event, however narrow its interval.
    bins : pandas.DataFrame
        ``wind_direction`` (NaN for calms), ``wind_speed``, ``u``, ``v``, ``hours``, ``value``, ``weight``: what was
        smoothed.
    edf : float
        Effective degrees of freedom of the smooth.
    hours : int
    confidence, widest : float
    cut : tuple of float or None
        Concentrations of the conditional probability.
    masked : dict of str to int
    notes : tuple of str
    """

    pollutant: str
    statistic: str
    u: Array
    v: Array
    value: Array
    lower: Array
    upper: Array
    reliable: npt.NDArray[np.bool_]
    bins: pd.DataFrame
    edf: float
    hours: int
    confidence: float
    widest: float
    cut: tuple[float, float] | None
    masked: dict[str, int]
    notes: tuple[str, ...]
    smooth: ThinPlate = field(repr=False)
    power: float = 0.5

    def at(self, u: npt.ArrayLike, v: npt.ArrayLike) -> Array:
        """Surface at points, however far from data.

        Parameters
        ----------
        u, v : array_like
            Where the wind comes from, m s-1 to the east and to the north.

        Returns
        -------
        float64 array, shape as given
        """
        east, north = np.broadcast_arrays(np.asarray(u, dtype=np.float64), np.asarray(v, dtype=np.float64))
        points = np.column_stack([east.ravel(), north.ravel()])
        return _back(self.smooth.predict(points), self.power, self.statistic).reshape(east.shape)

    def to_frame(self) -> pd.DataFrame:
        """Grid as rows: ``u``, ``v``, ``wind_speed``, ``wind_direction``, ``value``, ``lower``, ``upper``, ``reliable``."""
        u, v = np.meshgrid(self.u, self.v)
        speed = np.hypot(u, v)
        angle = np.mod(np.rad2deg(np.arctan2(u, v)), 360.0)
        return pd.DataFrame(
            {
                "u": u.ravel(),
                "v": v.ravel(),
                "wind_speed": speed.ravel(),
                "wind_direction": np.where(speed > 0, np.where(angle == 0, 360.0, angle), np.nan).ravel(),
                "value": self.value.ravel(),
                "lower": self.lower.ravel(),
                "upper": self.upper.ravel(),
                "reliable": self.reliable.ravel(),
            }
        )

    def _repr_html_(self) -> str:
        seen = self.value[np.isfinite(self.value)]
        notes = items(self.notes)
        spread = f"{seen.min():.4g}–{seen.max():.4g}" if len(seen) else "–"
        return (
            f"<p><b>{escape(self.pollutant)}</b>, {escape(self.statistic)}: {self.hours:,} h in {len(self.bins)} bins, "
            f"edf {self.edf:.1f}, surface {spread}</p><ul>{notes}</ul>"
        )


def _back(fitted: Array, power: float, statistic: str) -> Array:
    """From the scale of the smooth to that of the statistic."""
    # A root below nothing would turn up as a square again.
    out = np.square(np.maximum(fitted, 0.0)) if power == 0.5 else fitted
    return np.clip(out, 0.0, 1.0) if statistic == "cpf" else out


def _checked(statistic: str, uncertainty: str | None, k: int, confidence: float, resolution: int) -> None:
    if statistic not in STATISTICS:
        raise ParameterError(f"statistic '{statistic}' is not known; use {', '.join(STATISTICS)}.")
    if uncertainty not in ("posterior", "bootstrap", None):
        raise ParameterError(f"uncertainty '{uncertainty}' is not known; use posterior, bootstrap or None.")
    if uncertainty == "bootstrap" and statistic not in ("mean", "cpf"):
        raise ParameterError(f"statistic '{statistic}' has no bootstrap; use uncertainty='posterior'.")
    if k < 5:
        raise ParameterError(f"k {k} is too small for a surface; give 5 or more, 100 by default.")
    if not 0 < confidence < 1:
        raise ParameterError(f"confidence {confidence} is no share; give one between 0 and 1, such as 0.95.")
    if resolution < 11:
        raise ParameterError(f"resolution {resolution} is too coarse; give 11 or more, 101 by default.")


def _binned(
    found: Winds,
    values: Array,
    statistic: str,
    percentile: float | Sequence[float] | None,
    cut: tuple[float, float] | None,
    highest: float,
    binning: str,
) -> tuple[Bins, Array, npt.NDArray[np.int64]]:
    direction = found.direction
    if binning == "openair":
        # Its rounding puts a direction of 0 into the first bin east of north, and calms keep what was recorded.
        direction = np.where(found.recorded == 0, found.step, found.recorded)
    bins = Bins.of(found.speed, direction, found.step, highest)
    one = None if percentile is None or statistic == "cpf" else float(np.atleast_1d(percentile)[0])
    stat, counts = statistic_of(values, bins.index, bins.size, statistic, one, cut)
    return bins, stat, counts


def polar_surface(
    frame: pd.DataFrame,
    pollutant: str,
    *,
    wind_speed: str = "wind_speed",
    wind_direction: str = "wind_direction",
    statistic: Statistic = "mean",
    percentile: float | Sequence[float] | None = None,
    k: int = 100,
    min_bin: int = 1,
    weights: Sequence[float] = (0.25, 0.5, 0.75),
    resolution: int = 101,
    upper: float | None = None,
    far: float = 0.05,
    uncertainty: Literal["posterior", "bootstrap"] | None = "posterior",
    confidence: float = 0.95,
    widest: float = 0.5,
    draws: int = 200,
    binning: Literal["north", "openair"] = "north",
    seed: int = 0,
) -> PolarSurface:
    """Concentration by wind speed and direction as a smooth surface.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours of one site, any order; ``time`` or ``date`` where repeated hours must be found.
    pollutant : str
        Column.
    wind_speed, wind_direction : str
        Columns, m s-1 and degrees (or sixteen-wind letters).
    statistic : str
        ``mean``, ``median``, ``max``, ``stdev``, ``frequency``, ``weighted_mean``, ``percentile`` or ``cpf``
        (conditional bivariate probability, Uria-Tellaetxe & Carslaw 2014, *Environ. Model. Softw.* 59, 1-9).
    percentile : float or pair, optional
        For ``percentile``, and for ``cpf`` (90 where nothing is given; a pair is an interval).
    k : int
        Size of the thin plate basis; fewer bins reduce it, which is noted.
    min_bin : int
        Hours that a bin needs.
    weights : three floats
        Weights of bins with 1, 2 and 3 hours.
    resolution : int
        Points of the grid along each axis.
    upper : float, optional
        Speed to show at most; all by default.
    far : float
        Cells farther from a bin than this share of the grid's width are empty.
    uncertainty : {"posterior", "bootstrap", None}
        Of the smooth given the bins, or from whole weeks drawn anew (``draws`` times; honest for autocorrelated
        hours, but slower).
    confidence : float
    widest : float
        Largest half width of the interval, as a share of the value, that is called reliable.
    draws : int
    binning : {"north", "openair"}
        A direction of 0 is north, as 360 is, and calms are a bin of their own in the middle. ``openair`` puts 0 into
        the first bin east of north and leaves calms in the direction recorded, to compare with its figures digit by
        digit.
    seed : int

    Returns
    -------
    PolarSurface

    Raises
    ------
    MissingData
        No wind column, no usable hour, too few bins for a surface.
    ParameterError
        An argument that cannot be used.
    """
    _checked(statistic, uncertainty, k, confidence, resolution)
    if statistic == "cpf" and percentile is None:
        percentile = 90.0
    found = winds(frame, [pollutant], wind_speed, wind_direction)
    if binning not in ("north", "openair"):
        raise ParameterError(f"binning '{binning}' is not known; use north or openair.")
    values = found.values[pollutant]
    cut = threshold(values, percentile, statistic)
    highest = float(found.speed.max())
    if highest <= 0:
        raise MissingData("every hour is calm, so that nothing depends on direction; check the wind speed.")
    bins, stat, counts = _binned(found, values, statistic, percentile, cut, highest, binning)
    used = np.isfinite(stat) & (counts >= max(min_bin, 1))
    if used.sum() < _LEAST_BINS:
        raise MissingData(
            f"only {int(used.sum())} bins of wind hold {max(min_bin, 1)} or more of the {len(found):,} hours; "
            f"a surface needs {_LEAST_BINS}: give a longer period or a smaller min_bin."
        )
    directions = len(np.unique(np.flatnonzero(used[:-1]) // bins.shape[1]))
    if directions < _LEAST_DIRECTIONS:
        raise MissingData(
            f"the wind comes from {directions} directions only, and a surface needs {_LEAST_DIRECTIONS}; check the column "
            f"'{wind_direction}'."
        )
    notes = list(found.notes)
    power = 0.5
    if (stat[used] < 0).any():
        power = 1.0
        notes.append(
            f"{int((stat[used] < 0).sum())} bins are below 0; the surface is fitted without the square root."
        )
    points, weight = bins.points[used], weights_of(counts[used], weights)
    response = np.sqrt(stat[used]) if power == 0.5 else stat[used]
    different = len(np.unique(np.round(points / highest, 9), axis=0))
    size = min(k, different - 1)
    if size < k:
        notes.append(f"{different} different bins allow a basis of {size} instead of {k}.")
    smooth = fit_thin_plate(points, response, weight, size)
    axis = np.linspace(-1.0, 1.0, resolution) * (upper if upper is not None else highest)
    near = _near(axis, points, max(far, np.pi / bins.shape[0] * 0.525), upper)
    value, low, high = (np.full((resolution, resolution), np.nan) for _ in range(3))
    cells = _cells(axis, near)
    fitted, error = smooth.predict_with_error(cells)
    value[near] = _back(fitted, power, statistic)
    if uncertainty == "posterior":
        z = NormalDist().inv_cdf(0.5 + confidence / 2)
        low[near] = _back(fitted - z * error, power, statistic)
        high[near] = _back(fitted + z * error, power, statistic)
    elif uncertainty == "bootstrap":
        drawn = _bootstrap(found, bins, values, cut, used, smooth, cells, weights, power, draws, seed)
        drawn = _back(drawn, power, statistic)
        tail = (1 - confidence) / 2
        low[near], high[near] = np.quantile(drawn, [tail, 1 - tail], axis=0)
    if not np.isnat(found.time).all() and len(np.unique(pd.DatetimeIndex(found.time).month)) < 12:
        notes.append(
            "Not all twelve calendar months have hours; wind and season cannot be told apart in them."
        )
    if uncertainty is None:
        reliable = np.isfinite(value)
    else:
        with np.errstate(invalid="ignore"):
            reliable = (high - low) / 2 <= widest * np.abs(value)
        reliable &= _often(found, bins, used, axis, far)
    table = _table(bins, used, stat, counts, weight, found.step)
    return PolarSurface(
        pollutant, str(statistic), axis, axis.copy(), value, low, high, reliable, table, smooth.fit.edf, len(found),
        confidence, widest, cut, found.masked, tuple(notes), smooth, power,
    )  # fmt: skip


def _table(
    bins: Bins,
    used: npt.NDArray[np.bool_],
    stat: Array,
    counts: npt.NDArray[np.int64],
    weight: Array,
    step: float,
) -> pd.DataFrame:
    which = np.flatnonzero(used)
    calm = which == bins.size - 1
    return pd.DataFrame(
        {
            "wind_direction": np.where(calm, np.nan, step * (which // bins.shape[1] + 1)),
            "wind_speed": np.where(calm, 0.0, np.hypot(*bins.points[which].T)),
            "u": bins.points[which, 0],
            "v": bins.points[which, 1],
            "hours": counts[which],
            "value": stat[which],
            "weight": weight,
        }
    )


def _cells(axis: Array, near: npt.NDArray[np.bool_]) -> Array:
    u, v = np.meshgrid(axis, axis)
    return np.column_stack([u[near], v[near]])


def _near(axis: Array, points: Array, far: float, upper: float | None) -> npt.NDArray[np.bool_]:
    """Cells within ``far`` of a bin, as a share of the grid's width, inside the circle of ``upper``."""
    u, v = np.meshgrid(axis, axis)
    width = axis[-1] - axis[0]
    distance, _ = cKDTree(points).query(
        np.column_stack([u.ravel(), v.ravel()]), distance_upper_bound=far * width
    )
    near = np.isfinite(distance).reshape(u.shape)
    return near & (np.hypot(u, v) <= upper * (1 + 1e-9)) if upper is not None else near


def _often(
    found: Winds, bins: Bins, used: npt.NDArray[np.bool_], axis: Array, far: float
) -> npt.NDArray[np.bool_]:
    """Cells whose nearest bin, with its neighbours, holds hours of three days or more."""
    which = np.flatnonzero(used)
    day = found.time.astype("datetime64[D]").astype(np.int64)
    if np.isnat(found.time).any():
        day = np.arange(len(found))  # without times every hour stands for itself
    pairs = np.unique(np.column_stack([bins.index, day]), axis=0)
    rare = np.bincount(pairs[:, 0], minlength=bins.size) < _LEAST_DAYS
    points = bins.points[which]
    tree = cKDTree(points)
    near = tree.query_ball_point(points[rare[which]], far * (axis[-1] - axis[0]))
    days_of = {int(b): set(pairs[pairs[:, 0] == b, 1].tolist()) for b in which[rare[which]]}
    enough = ~rare[which]
    for spot, around in zip(np.flatnonzero(rare[which]), near, strict=True):
        if any(not rare[which[n]] for n in around):
            enough[spot] = True
            continue
        enough[spot] = len(set().union(*(days_of[int(which[n])] for n in around))) >= _LEAST_DAYS
    u, v = np.meshgrid(axis, axis)
    _, nearest = tree.query(np.column_stack([u.ravel(), v.ravel()]))
    return np.asarray(enough[nearest].reshape(u.shape))


def _bootstrap(
    found: Winds,
    bins: Bins,
    values: Array,
    cut: tuple[float, float] | None,
    used: npt.NDArray[np.bool_],
    smooth: ThinPlate,
    cells: Array,
    weights: Sequence[float],
    power: float,
    draws: int,
    seed: int,
) -> Array:
    """Surfaces at cells from whole weeks drawn anew, shape (draws, cells); basis and smoothing stay as fitted."""
    if draws < _LEAST_DRAWS:
        raise ParameterError(f"draws {draws} are too few for an interval; give {_LEAST_DRAWS} or more.")
    counted = ((values > cut[0]) & (values <= cut[1])).astype(np.float64) if cut else values
    sums = block_sums(found.time, bins.index, [np.ones(len(values)), counted], bins.size)
    rows, at_bins = smooth.basis(cells), smooth.basis(bins.points[used])
    out = np.empty((draws, len(cells)))
    for d, (n, total) in enumerate(resampled(sums, draws, seed)):
        n, total = n[used], total[used]
        held = n > 0
        mean = total[held] / n[held]
        response = np.sqrt(np.maximum(mean, 0.0)) if power == 0.5 else mean
        weight = np.full(len(n), 1e-6)  # a bin that was not drawn says nothing; the basis stays the same
        weight[held] = weights_of(np.maximum(n[held], 1).astype(np.int64), weights)
        filled = np.full(len(n), float(np.average(response, weights=n[held])))
        filled[held] = response
        fit = fit_penalised(
            at_bins, filled, weight, [smooth.basis.penalty], cast("list[float]", smooth.fit.log_smoothing.tolist())
        )  # fmt: skip
        out[d] = rows @ fit.coefficients
    return out
