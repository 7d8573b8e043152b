"""A step in a wandering series: drift, season, a random walk and autoregressive noise, their ratios integrated over.

The covariance of the weeks is ``s² (R + q W)``: ``R`` of noise that is white in part and AR(1) in
part, ``W`` of a random walk from the first week, ``q`` its weekly variance against that of the noise. Maximum likelihood often sets ``q`` to zero
where it is not (the pile-up of Shephard & Harvey 1990, J. Time Ser. Anal. 11), and then calls every wandering an
effect. Here the restricted likelihood weighs a grid of both, and the step is a mixture of Student
distributions over it.

Examples
--------
>>> rng = np.random.default_rng(0)
>>> week = np.arange(208)
>>> y = 0.2 * rng.standard_normal(208) - 0.4 * (week >= 120)
>>> found = Grid(week, base_columns(week, 52.18, harmonics=1)).steps(y, (week >= 120)[:, None].astype(float))
>>> bool(abs(found.mean[0] + 0.4) < 0.15), bool(found.p_value()[0] < 0.001)
(True, True)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import linalg, stats

from airq.errors import MissingData

__all__ = ["Grid", "Steps", "base_columns"]

Array = npt.NDArray[np.float64]

WALKS: Final = (5e-5, 3e-4, 1.5e-3, 8e-3, 4e-2)
"""Variance of the walk a week against that of the noise: from a level that hardly moves to one that wanders at will.

None is zero: no level of an air-quality series stays for ever, and a zero lets chance findings through."""
NOISES: Final = (
    (0.0, 0.0), (0.3, 0.5), (0.3, 0.8), (0.3, 0.92), (0.6, 0.5), (0.6, 0.8), (0.6, 0.92), (1.0, 0.5), (1.0, 0.8), (1.0, 0.92),
)  # fmt: skip
"""Share of the noise that is autoregressive, and its coefficient from week to week; the rest is white."""


def base_columns(
    week: npt.ArrayLike, year: float, harmonics: int, drift: bool = True, phase: float = 0.0
) -> Array:
    """Level, drift and season.

    Parameters
    ----------
    week : array_like, shape (n,)
        Number of each week.
    year : float
        Weeks a year.
    harmonics : int
        Pairs of sine and cosine of the year.
    drift : bool
        A straight line.
    phase : float
        Week of the year at number 0.

    Returns
    -------
    float64 array, shape (n, 1 + drift + 2 harmonics)
    """
    t = np.asarray(week, dtype=np.float64)
    columns = [np.ones_like(t)]
    if drift:
        columns.append((t - t.mean()) / max(float(np.ptp(t)), 1.0))
    for k in range(1, harmonics + 1):
        angle = 2 * np.pi * k * (t + phase) / year
        columns += [np.sin(angle), np.cos(angle)]
    return np.column_stack(columns)


@dataclass(frozen=True, eq=False)
class Steps:
    """Distribution of the size of each step.

    Attributes
    ----------
    weight, location, scale : float64 arrays, shape (grid, steps)
        Mixture of Student distributions.
    df : int
        Their degrees of freedom.
    mean : float64 array, shape (steps,)
    sd : float64 array, shape (steps,)
        Root of the mean square deviation of the mixture.
    """

    weight: Array
    location: Array
    scale: Array
    df: int

    @property
    def mean(self) -> Array:
        """Mean of each mixture."""
        return np.asarray((self.weight * self.location).sum(axis=0))

    @property
    def sd(self) -> Array:
        """Standard deviation of each mixture."""
        spread = self.scale**2 * self.df / (self.df - 2)
        return np.sqrt((self.weight * (spread + (self.location - self.mean) ** 2)).sum(axis=0))

    def below(self, value: npt.ArrayLike) -> Array:
        """Probability that each step is below a value, shape (steps,)."""
        z = (np.asarray(value, dtype=np.float64) - self.location) / self.scale
        return np.asarray((self.weight * stats.t.cdf(z, self.df)).sum(axis=0))

    def p_value(self) -> Array:
        """Two-sided, of no step."""
        left = self.below(0.0)
        return np.asarray(2 * np.minimum(left, 1 - left))

    def widened(self, factor: npt.ArrayLike) -> Steps:
        """The same with each mixture stretched about its mean.

        Parameters
        ----------
        factor : array_like, shape (steps,) or scalar
        """
        by, mean = np.asarray(factor, dtype=np.float64), self.mean
        return Steps(self.weight, mean + (self.location - mean) * by, self.scale * by, self.df)

    def quantile(self, share: float) -> Array:
        """Quantile of each mixture, by bisection to 1e-6 of its spread."""
        low, high = self.mean - 40 * self.sd, self.mean + 40 * self.sd
        for _ in range(60):
            middle = (low + high) / 2
            left = self.below(middle) < share
            low, high = np.where(left, middle, low), np.where(left, high, middle)
        return np.asarray((low + high) / 2)


_KEPT_ROWS: Final = 330
"""Weeks up to which factors are kept for the next series with the same weeks: 45 MB a set."""


def _factors(
    pattern: bytes, walks: tuple[float, ...], noises: tuple[tuple[float, float], ...]
) -> list[tuple[Array, float]]:
    """Cholesky factor and log determinant of each covariance of the grid, for weeks counted from the first."""
    t = np.frombuffer(pattern, dtype=np.int64).astype(np.float64)
    apart = np.abs(t[:, None] - t[None, :])
    walk = np.minimum(t[:, None], t[None, :])
    white = np.eye(len(t))
    kept = {phi: phi**apart if phi else white for _, phi in noises}
    out = []
    for share, phi in noises:
        noise = (1 - share) * white + share * kept[phi]
        for q in walks:
            factor = linalg.cholesky(noise + q * walk, lower=True, check_finite=False, overwrite_a=True)
            out.append((factor, float(2 * np.log(np.diag(factor)).sum())))
    return out


_kept_factors = lru_cache(maxsize=5)(_factors)


class Grid:
    """Covariances of one set of weeks, factored once and used for every date.

    Parameters
    ----------
    week : int array, shape (n,)
        Numbers of the weeks that have a value, ascending.
    base : float64 array, shape (n, p)
        Columns of :func:`base_columns`.
    walks, noises : tuple
        The grid, as :data:`WALKS` and :data:`NOISES`.

    Raises
    ------
    MissingData
        If there are fewer weeks than the columns need.
    """

    def __init__(
        self,
        week: npt.ArrayLike,
        base: Array,
        walks: tuple[float, ...] = WALKS,
        noises: tuple[tuple[float, float], ...] = NOISES,
    ) -> None:
        t = np.asarray(week, dtype=np.float64)
        self.df = len(t) - base.shape[1] - 1
        if self.df < 8:
            raise MissingData(
                f"{len(t)} weeks with data are too few for {base.shape[1] + 1} unknowns; give a longer series."
            )
        pattern = np.rint(t - t[0]).astype(np.int64).tobytes()
        make = _kept_factors if len(t) <= _KEPT_ROWS else _factors
        self._parts = []
        for factor, size in make(pattern, walks, noises):
            turned = linalg.solve_triangular(factor, base, lower=True, check_finite=False)
            basis, r = np.linalg.qr(turned)
            self._parts.append((factor, basis, size + 2 * float(np.log(np.abs(np.diag(r))).sum())))

    def _white(self, part: tuple[Array, Array, float], columns: Array) -> Array:
        """Columns whitened, less what the base explains."""
        factor, basis, _ = part
        white = linalg.solve_triangular(factor, columns, lower=True, check_finite=False)
        return np.asarray(white - basis @ (basis.T @ white))

    def steps(self, y: npt.ArrayLike, columns: npt.ArrayLike) -> Steps:
        """Size of each of several steps, one at a time.

        Parameters
        ----------
        y : array_like, shape (n,) or (n, steps)
            One series for all steps, or one for each.
        columns : array_like, shape (n, steps)
            What a step of size 1 adds to each week.

        Returns
        -------
        Steps

        Raises
        ------
        MissingData
            If a step cannot be told from level, drift and season.
        """
        values, raw = np.asarray(y, dtype=np.float64), np.asarray(columns, dtype=np.float64)
        values = values.reshape(len(raw), -1)
        where, scale, size = [], [], []
        for part in self._parts:
            white = self._white(part, np.column_stack([values, raw]))
            left, step = white[:, : values.shape[1]], white[:, values.shape[1] :]
            power = (step**2).sum(axis=0)
            if (power < 1e-8).any():
                raise MissingData(
                    "the effect cannot be told from level, trend and season; give data before and after the date."
                )
            b = (left * step).sum(axis=0) / power
            rest = np.maximum((left**2).sum(axis=0) - b**2 * power, 1e-12)
            where.append(b)
            scale.append(np.sqrt(rest / self.df / power))
            size.append(-0.5 * (part[2] + np.log(power) + self.df * np.log(rest)))
        log = np.array(size)
        weight = np.exp(log - log.max(axis=0))
        return Steps(weight / weight.sum(axis=0), np.array(where), np.array(scale), self.df)
