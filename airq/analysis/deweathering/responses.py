"""Importance of the weather variables and their effect, with intervals from the members that have not seen the weeks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t as student

from airq.analysis.deweathering.learners import FOLDS, Member
from airq.analysis.deweathering.terms import Own, Weather
from airq.errors import ParameterError

if TYPE_CHECKING:
    from airq.analysis.deweathering.result import Deweathered

__all__ = ["importance", "partial_dependence"]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_CONFIDENCE: Final = 0.95
_FEW: Final = 30


def _predict(member: Member, own: Own, weather: Weather, columns: npt.NDArray[np.float32]) -> Array:
    return member.first.predict(own, weather) + member.rest(columns)


def _interval(values: Array, axis: int = 0) -> tuple[Array, Array, Array]:
    """Mean over folds with Student's interval."""
    n = values.shape[axis]
    mean = values.mean(axis=axis)
    reach = student.ppf(0.5 + _CONFIDENCE / 2, n - 1) * values.std(axis=axis, ddof=1) / np.sqrt(n)
    return mean, mean - reach, mean + reach


def importance(found: Deweathered, seed: int = 0, rows: int = 3000) -> pd.DataFrame:
    """How much worse weeks not seen are predicted if a variable is exchanged with another row's of the same time of year.

    Parameters
    ----------
    found : Deweathered
    seed : int
    rows : int
        Rows of each fold to use.

    Returns
    -------
    pandas.DataFrame
        By variable, with the hours before it: ``importance`` (loss of R² of the logarithm), ``lower``, ``upper``
        (95 %, over the folds); the most important first.
    """
    record, inputs = found.record, found.inputs
    rng = np.random.default_rng(seed)
    losses = np.zeros((FOLDS, len(inputs.names)))
    for k in range(FOLDS):
        own_rows = np.flatnonzero(record.fold == k)
        own_rows = np.sort(rng.choice(own_rows, min(rows, len(own_rows)), replace=False))
        # A neighbour in time of year, of any year: exchanged over the whole year, season itself would count as weather.
        order = own_rows[
            np.argsort(np.mod(record.day[own_rows], 365.2425) + 1e-6 * rng.random(len(own_rows)))
        ]
        back = np.argsort(order, kind="stable")
        partner = _shuffled(order, max(10, len(order) // 24), rng)[back]
        members = [m for m in found.models if m.fold == k]
        own, weather = record.own.take(own_rows), record.weather.take(own_rows)
        columns = record.columns[own_rows]
        value = record.log[own_rows]
        spread = float(np.square(value - value.mean()).sum())
        base = np.mean([_predict(m, own, weather, columns) for m in members], axis=0)
        for j in range(len(inputs.names)):
            changed = weather.exchanged(j, record.weather.take(partner))
            swapped = np.concatenate([columns[:, :3], changed.plain.astype(np.float32)], axis=1)
            other = np.mean([_predict(m, own, changed, swapped) for m in members], axis=0)
            losses[k, j] = (np.square(value - other).sum() - np.square(value - base).sum()) / spread
    mean, low, high = _interval(losses)
    table = pd.DataFrame(
        {"importance": mean, "lower": low, "upper": high}, index=pd.Index(inputs.names, name="variable")
    )
    return table.sort_values("importance", ascending=False)


def _shuffled(order: Ints, width: int, rng: np.random.Generator) -> Ints:
    """Rows exchanged within stretches of neighbours."""
    out = order.copy()
    for start in range(0, len(order), width):
        out[start : start + width] = rng.permutation(order[start : start + width])
    return out


def partial_dependence(
    found: Deweathered, name: str, points: int = 21, seed: int = 0, rows: int = 600
) -> pd.DataFrame:
    """Prediction if a variable of the row itself has a given value, against the prediction with what it was.

    Only rows count in whose time of year the value occurs: a dew point of 20 °C in January is a place where no model has
    been, and the mean over such rows tells nothing.

    Parameters
    ----------
    found : Deweathered
    name : str
        A variable; after a wind direction, ``wind_u`` or ``wind_v``.
    points : int
        Values, at even quantiles from 2 to 98 %.
    seed : int
    rows : int
        Rows over which the mean is taken.

    Returns
    -------
    pandas.DataFrame
        ``value``, ``effect`` (ratio of the means), ``lower``, ``upper`` (95 %, over the models), ``rows``.

    Raises
    ------
    ParameterError
        If there is no such variable.
    """
    inputs, record = found.inputs, found.record
    if name not in inputs.names:
        raise ParameterError(
            f"'{name}' is no weather variable of this result; choose among {', '.join(inputs.names)}."
        )
    if points < 3 or rows < 50:
        raise ParameterError(f"points {points} and rows {rows} are too few; give 3 or more and 50 or more.")
    j = inputs.names.index(name)
    held = record.weather.plain[:, j]
    grid = np.unique(np.quantile(held, np.linspace(0.02, 0.98, points)))
    pick = np.sort(np.random.default_rng(seed).choice(len(held), min(rows, len(held)), replace=False))
    low, high = _season_range(record.day, held, record.day[pick])
    own, weather, columns = record.own.take(pick), record.weather.take(pick), record.columns[pick]
    as_it_was = [np.exp(_predict(m, own, weather, columns)) for m in found.models]
    curves = np.full((len(found.models), len(grid)), np.nan)
    counts = np.zeros(len(grid), dtype=np.int64)
    for g, value in enumerate(grid):
        use = (low <= value) & (value <= high)
        counts[g] = use.sum()
        if counts[g] < _FEW:
            continue
        changed, swapped = weather.take(use).at(j, float(value)), columns[use].copy()
        swapped[:, 3 + j] = np.float32(value)
        part = own.take(use)
        for m, member in enumerate(found.models):
            curves[m, g] = np.exp(_predict(member, part, changed, swapped)).mean() / as_it_was[m][use].mean()
    # The models of both kinds that leave out the same weeks are not independent of each other.
    mean, lower, upper = _interval(curves.reshape(-1, FOLDS, len(grid)).mean(axis=0))
    table = pd.DataFrame({"value": grid, "effect": mean, "lower": lower, "upper": upper, "rows": counts})
    return table[counts >= _FEW].reset_index(drop=True)


def _season_range(day: Ints, values: Array, at: Ints) -> tuple[Array, Array]:
    """1st and 99th percentile of a variable within 30 days of the time of year of each day asked for."""
    season = np.mod(day, 365.2425)
    centres = (np.arange(24) + 0.5) * 365.2425 / 24
    ends = np.full((2, 24), np.nan)
    for k, centre in enumerate(centres):
        away = np.abs(season - centre)
        near = values[np.minimum(away, 365.2425 - away) <= 30]
        if len(near):
            ends[:, k] = np.quantile(near, [0.01, 0.99])
    which = np.minimum((np.mod(at, 365.2425) * 24 / 365.2425).astype(np.int64), 23)
    return ends[0, which], ends[1, which]
