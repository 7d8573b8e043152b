"""Percentiles by wind direction, and the conditional probability of high concentrations.

The conditional probability function of a sector is the share of its hours above a percentile of all hours (Ashbaugh et
al. 1985, *Atmos. Environ.* 19, 1263-1270). Its interval draws whole weeks anew, because the hours of one episode are
one event and not many.

Examples
--------
>>> rng = np.random.default_rng(0)
>>> wd = 10 * rng.integers(1, 37, 6000)
>>> time = pd.date_range("2019-01-01 01:00", periods=6000, freq="h")
>>> frame = pd.DataFrame({"time": time, "wd": wd, "ws": 2.0, "pm25": rng.gamma(4, np.where(wd == 90, 30, 10))})
>>> found = conditional_probability(frame, "pm25", wind_speed="ws", wind_direction="wd", percentile=90, sectors=36)
>>> float(found.table.set_index("sector")["probability"].idxmax())
90.0
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t as student

from airq.analysis.direction.binning import threshold
from airq.analysis.direction.blocks import draw_weights, weeks_of
from airq.analysis.direction.penalised import fit_penalised
from airq.analysis.direction.roses import sector_shares
from airq.analysis.direction.splines import cyclic, cyclic_penalty
from airq.analysis.direction.winds import Winds, need_moving, winds
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["ConditionalProbability", "PercentileRose", "conditional_probability", "percentile_rose"]

Array = npt.NDArray[np.float64]

_LEAST_HOURS: Final = 20
"""Hours below which a sector's percentile or probability is withheld."""


@dataclass(frozen=True, eq=False)
class PercentileRose:
    """Percentiles by direction.

    Attributes
    ----------
    pollutant : str
    percentiles : tuple of float
    table : pandas.DataFrame
        ``sector`` (degrees), ``percentile``, ``value`` (of the sector's hours; NaN below 20 hours), ``smooth``
        (cyclic spline), ``hours``.
    overall : pandas.Series
        Percentiles of all hours, calms included.
    hours, calms : int
    masked : dict of str to int
    notes : tuple of str
    """

    pollutant: str
    percentiles: tuple[float, ...]
    table: pd.DataFrame
    overall: pd.Series
    hours: int
    calms: int
    masked: dict[str, int]
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        wide = self.table.pivot_table(index="sector", columns="percentile", values="value")
        notes = items(self.notes)
        return wide.round(1).to_html() + f"<ul>{notes}</ul>"


@dataclass(frozen=True, eq=False)
class ConditionalProbability:
    """Share of hours above a percentile, by direction.

    Attributes
    ----------
    pollutant : str
    percentile : float or tuple of float
    cut : tuple of float
        Concentrations that bound an hour that counts.
    base : float
        Share of all hours that count: what a sector without influence shows.
    table : pandas.DataFrame
        ``sector``, ``hours``, ``exceeding``, ``probability``, ``lower``, ``upper`` (NaN below 20 hours).
    confidence : float
    hours, calms : int
    masked : dict of str to int
    notes : tuple of str
    """

    pollutant: str
    percentile: float | tuple[float, ...]
    cut: tuple[float, float]
    base: float
    table: pd.DataFrame
    confidence: float
    hours: int
    calms: int
    masked: dict[str, int]
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return self.table.round(3).to_html(index=False) + f"<ul>{notes}</ul>"


def _few(hours: Array, notes: list[str]) -> npt.NDArray[np.bool_]:
    enough = hours >= _LEAST_HOURS
    if not enough.all():
        notes.append(f"{int((~enough).sum())} sectors hold fewer than {_LEAST_HOURS} hours and are withheld.")
    return np.asarray(enough)


def percentile_rose(
    frame: pd.DataFrame,
    pollutant: str,
    *,
    wind_speed: str = "wind_speed",
    wind_direction: str = "wind_direction",
    percentiles: Sequence[float] = (25, 50, 75, 90, 95),
    sectors: int | None = None,
    calm_below: float = 0.0,
) -> PercentileRose:
    """Percentiles of concentration by wind direction.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours of one site.
    pollutant, wind_speed, wind_direction : str
        Columns.
    percentiles : sequence of float
        0 to 100.
    sectors : int, optional
        36, or 16 where directions are sixteen winds, by default.
    calm_below : float
        Speeds below are calm, m s-1.

    Returns
    -------
    PercentileRose

    Raises
    ------
    MissingData
        No usable hour, or no sector with 20 hours.
    ParameterError
    """
    shares = tuple(sorted({float(p) for p in percentiles}))
    if not shares or not all(0 <= p <= 100 for p in shares):
        raise ParameterError(f"percentiles {list(percentiles)} must lie from 0 to 100; give such as 50, 90.")
    found = winds(frame, [pollutant], wind_speed, wind_direction, calm_below)
    need_moving(found)
    sector, count = _sectors(found, sectors)
    values = found.values[pollutant][~found.calm]
    hours = np.bincount(sector, minlength=count).astype(np.float64)
    notes = list(found.notes)
    enough = _few(hours, notes)
    if not enough.any():
        raise MissingData(f"no sector holds {_LEAST_HOURS} hours; give a longer period or fewer sectors.")
    middles: Array = 360.0 / count * np.arange(1, count + 1, dtype=np.float64)
    raw = np.full((count, len(shares)), np.nan)
    for s in np.flatnonzero(enough):
        raw[s] = np.percentile(values[sector == s], shares)
    smooth = np.column_stack([_smoothed(middles, raw[:, j], hours, enough) for j in range(len(shares))])
    smooth = np.maximum.accumulate(smooth, axis=1)  # curves of percentiles do not cross
    table = pd.DataFrame(
        {
            "sector": np.repeat(middles, len(shares)),
            "percentile": np.tile(shares, count),
            "value": raw.ravel(),
            "smooth": smooth.ravel(),
            "hours": np.repeat(hours.astype(np.int64), len(shares)),
        }
    )
    overall = pd.Series(
        np.percentile(found.values[pollutant], shares), index=pd.Index(shares, name="percentile")
    )
    return PercentileRose(
        pollutant, shares, table, overall, len(found), int(found.calm.sum()), found.masked, tuple(notes)
    )


def _sectors(found: Winds, sectors: int | None) -> tuple[npt.NDArray[np.int64], int]:
    """Sector of every hour that is not calm, and how many there are."""
    if sectors is not None and not 4 <= sectors <= 72:
        raise ParameterError(f"sectors {sectors} is no whole number from 4 to 72; 36 are usual.")
    count = sectors or (16 if found.step == 22.5 else 36)
    turn = np.ceil(found.direction[~found.calm] / (360.0 / count) - 0.5).astype(np.int64)
    return (turn - 1) % count, count


def _smoothed(middles: Array, raw: Array, hours: Array, enough: npt.NDArray[np.bool_]) -> Array:
    held = enough & np.isfinite(raw)
    if held.sum() < 8:
        return raw
    k = max(6, min(16, int(held.sum()) - 2))
    rows = cyclic(middles, 360.0, k)
    fit = fit_penalised(
        np.vstack([rows[held], 1e-6 * np.eye(k)]),  # holds coefficients of sectors without hours
        np.concatenate([raw[held], np.full(k, 1e-6 * float(raw[held].mean()))]),
        np.concatenate([hours[held] / hours[held].mean(), np.ones(k)]),
        [cyclic_penalty(k)],
    )
    return np.where(enough, rows @ fit.coefficients, np.nan)


def conditional_probability(
    frame: pd.DataFrame,
    pollutant: str,
    *,
    wind_speed: str = "wind_speed",
    wind_direction: str = "wind_direction",
    percentile: float | tuple[float, float] = 90.0,
    sectors: int = 12,
    calm_below: float = 0.0,
    confidence: float = 0.95,
    draws: int = 500,
    seed: int = 0,
) -> ConditionalProbability:
    """Share of hours above a percentile of all hours, by wind direction.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours of one site with ``time`` or ``date``; without either there are no intervals.
    pollutant, wind_speed, wind_direction : str
        Columns.
    percentile : float or pair
        Above it, or above the first and up to the second.
    sectors : int
    calm_below : float
        Speeds below are calm; calms count for the percentile and in no sector.
    confidence : float
    draws : int
        Resamples of whole weeks.
    seed : int

    Returns
    -------
    ConditionalProbability

    Raises
    ------
    MissingData, ParameterError
    """
    if not 4 <= sectors <= 72:
        raise ParameterError(f"sectors {sectors} is no whole number from 4 to 72; 12 are usual.")
    if not 0 < confidence < 1:
        raise ParameterError(f"confidence {confidence} is no share; give one between 0 and 1, such as 0.95.")
    found = winds(frame, [pollutant], wind_speed, wind_direction, calm_below)
    need_moving(found)
    values = found.values[pollutant]
    cut = threshold(values, percentile, "cpf")
    assert cut is not None
    counted = ((values > cut[0]) & (values <= cut[1])).astype(np.float64)
    moving = ~found.calm
    step = found.step if found.step > 5 else 1e-9
    parts = sector_shares(found.direction[moving], step, sectors)
    hours, above = parts.sum(axis=0), counted[moving] @ parts
    notes = list(found.notes)
    enough = _few(hours, notes)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(enough, above / hours, np.nan)
    low = high = np.full(sectors, np.nan)
    if np.isnat(found.time).any():
        notes.append("Without times there are no intervals; give a column 'time' or 'date'.")
    else:
        week = weeks_of(found.time[moving])
        weeks = int(week.max()) + 1
        if weeks < 8:
            notes.append(f"{weeks} weeks are too few for intervals, which need 8.")
        else:
            low, high = _interval(parts, counted[moving], week, draws, confidence, seed)
    table = pd.DataFrame(
        {
            "sector": 360.0 / sectors * np.arange(1, sectors + 1),
            "hours": hours,
            "exceeding": above,
            "probability": share,
            "lower": np.where(enough, low, np.nan),
            "upper": np.where(enough, high, np.nan),
        }
    )
    return ConditionalProbability(
        pollutant, percentile, cut, float(counted.mean()), table, confidence, len(found), int(found.calm.sum()),
        found.masked, tuple(notes),
    )  # fmt: skip


def _interval(
    parts: Array, counted: Array, week: npt.NDArray[np.int64], draws: int, confidence: float, seed: int
) -> tuple[Array, Array]:
    weeks = int(week.max()) + 1
    n, above = (
        np.stack([np.bincount(week, parts[:, s] * w, minlength=weeks) for s in range(parts.shape[1])], axis=1)
        for w in (np.ones(len(counted)), counted)
    )
    times = draw_weights(weeks, draws, seed)
    # On the logistic scale, half an hour added to either side, so that sectors without a high hour have an interval
    # too; few weeks widen it as few observations widen Student's.
    whole, high = n.sum(axis=0), above.sum(axis=0)
    drawn = _logit(times @ above, times @ n)
    wide = student.ppf(0.5 + confidence / 2, weeks - 1) * np.sqrt(weeks / (weeks - 1))
    spread = np.maximum(drawn.std(axis=0, ddof=1) * wide, 0.0)
    middle = _logit(high, whole)
    low, high = (1.0 / (1.0 + np.exp(-(middle + side * spread))) for side in (-1.0, 1.0))
    return low, high


def _logit(above: Array, hours: Array) -> Array:
    return np.asarray(np.log((above + 0.5) / (np.maximum(hours - above, 0.0) + 0.5)))
