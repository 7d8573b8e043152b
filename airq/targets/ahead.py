"""Levels of the years ahead and anomalies of their months, draw by draw.

Every second draw mirrors the one before it, so that the mean over the draws is that of the distribution and probabilities
need fewer draws.

Examples
--------
>>> import pandas as pd
>>> from airq.targets.engine import know
>>> from airq.targets.series import sites_of
>>> days = pd.date_range("2016-01-01", "2018-06-30")
>>> frame = pd.DataFrame({"date": days, "site": "A", "pm25": 40.0 + 10 * np.cos(days.day_of_year / 58.0)})
>>> known = know(sites_of(frame), "A", np.datetime64("2018-06-30"))
>>> paths, seasons = ahead_of(known, 2018, 400, 0, {"zero": np.zeros(1)}, np.array([0.02]))
>>> paths["zero"].lasting.shape, paths["zero"].fading.shape, seasons.knots.shape
((400, 1), (184, 1), (1, 400, 8))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.targets.engine import Known, year_start
from airq.targets.series import Days, Floats, calendar_slots
from airq.targets.standing import Foretold, nearness, season_sd

__all__ = ["DAMPING", "Path", "Seasons", "ahead_of", "mirrored", "root_of"]

Singles = npt.NDArray[np.float32]

DAMPING: Final = 0.9
"""Share of the drift that each further year keeps (own rule: trends of emissions do not go on for ever, [B 50%])."""
STEP: Final = 30
"""Days between the knots of the anomalies."""


@dataclass(frozen=True)
class Path:
    """Level of a year: ``lasting`` (draw, variable), and the expected anomalies ``fading`` (day, variable)."""

    lasting: Floats
    fading: Floats


@dataclass(frozen=True)
class Seasons:
    """What is left to chance in the anomalies of a month or two: numbers at knots, linear between them.

    Attributes
    ----------
    knots : float32 array (variable, draw, knot)
    weights : float32 array (knot, day)
        With the standard deviation of the day.
    """

    knots: Singles
    weights: Singles

    @classmethod
    def of(cls, days: Days, numbers: Floats) -> Seasons:
        """From numbers at the knots, (draw, knot, variable)."""
        knots = np.ascontiguousarray(numbers.transpose(2, 0, 1).astype(np.float32))
        return cls(knots, _weights(days).astype(np.float32))

    def added(self, residual: Singles, v: int, normal: Floats) -> Singles:
        """Residual paths with the anomalies of variable ``v`` and its climatology (day,), in place."""
        knots = np.concatenate([self.knots[v], np.ones((residual.shape[0], 1), np.float32)], axis=1)
        weights = np.concatenate([self.weights, normal[None].astype(np.float32)])
        residual += knots @ weights
        return residual


def _knots(days: Days) -> Floats:
    return STEP * np.arange(-(-days.size // STEP) + 1.0)


def _weights(days: Days) -> Floats:
    """Linear between the knots, times the standard deviation of the day, (knot, day)."""
    place = np.arange(days.size)
    linear = np.maximum(1 - np.abs(place[None, :] - _knots(days)[:, None]) / STEP, 0)
    return np.asarray(linear * season_sd(calendar_slots(days)))


def mirrored(rng: np.random.Generator, draws: int, *shape: int) -> Floats:
    """Standard normal numbers (draw, ...), every second draw the negative of the one before it.

    Examples
    --------
    >>> made = mirrored(np.random.default_rng(0), 5, 2)
    >>> made.shape, bool((made[0] == -made[1]).all())
    ((5, 2), True)
    """
    half = rng.standard_normal((-(-draws // 2), *shape))
    return np.asarray(np.stack([half, -half], axis=1).reshape(-1, *shape)[:draws])


def root_of(correlation: Floats) -> Floats:
    """Root of a correlation matrix, which need not be of full rank."""
    values, vectors = np.linalg.eigh(correlation)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None)))


def ahead_of(
    known: Known, year: int, draws: int, seed: int, drifts: Mapping[str, Floats], daily: Floats
) -> tuple[dict[str, Path], Seasons]:
    """Levels of a year under each drift, and its anomalies.

    Parameters
    ----------
    known : Known
    year : int
        The year of the day after the day of issue, or a later one.
    draws, seed : int
    drifts : mapping of str to float64 array (variable,)
        Log change a year.
    daily : float64 array (variable,)
        As of :meth:`airq.targets.standing.Evidence.foretell`.
    """
    c = known.coefficients
    root = root_of(c.correlation)
    rest = np.arange(known.asof + 1, year_start(known.year + 1))
    told = known.evidence.foretell(int(calendar_slots(rest[:1])[0]), _knots(rest), c.sd, daily)
    # The noise of a year is the same whichever later year is asked for, so that years of one seed fit together.
    luck = np.stack(
        [
            mirrored(np.random.default_rng([seed, 1, step]), draws, root.shape[0]) @ root.T
            for step in range(year - known.year + 1)
        ]
    )
    days = rest if year == known.year else np.arange(year_start(year), year_start(year + 1))
    knots = _knots(days)
    chance = mirrored(np.random.default_rng([seed, 4, year]), draws, knots.size, root.shape[0]) @ root.T
    if year == known.year:
        both = np.concatenate([luck[0][:, None], chance], axis=1)
        numbers = np.einsum("vij,njv->niv", told.root, both, optimize=True)[:, 1:]
    else:
        numbers = np.einsum("ij,njv->niv", np.linalg.cholesky(nearness(knots, knots)), chance, optimize=True)
    made = {name: _path(known, year, one, luck, told, _weights(rest)) for name, one in drifts.items()}
    return made, Seasons.of(days, np.asarray(numbers))


def _path(known: Known, year: int, drift: Floats, luck: Floats, told: Foretold, weights: Any) -> Path:
    """Level of ``year`` in each draw; ``luck`` has one slice a year, (year, draw, variable)."""
    now = known.level
    prior = drift * now.age
    expected = told.mean + told.slope * prior
    current = prior + expected[0] + luck[0] * told.root[:, 0, 0]
    fading = np.asarray(weights.T @ expected[1:])
    if year == known.year:
        return Path(current, fading)
    normal: Floats = np.zeros_like(current)
    age = now.age.copy()
    share = np.clip(now.days_to_date / 365.0, 0.0, 1.0)
    annual = share * now.mean_to_date + (1 - share) * (current + fading.mean(axis=0))
    for step in range(1, year - known.year + 1):
        normal = (1 - now.newest) * normal + now.newest * annual
        age = (1 - now.newest) * (age + 1) + now.newest
        noise = luck[step] * known.coefficients.sd
        annual = current = normal + drift * age * DAMPING**step + noise
    return Path(current, np.zeros((1, drift.size)))
