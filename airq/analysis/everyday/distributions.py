"""Distributions: shares by class, a smooth density, quantiles with intervals, quantiles against quantiles.

Examples
--------
>>> frame = pd.DataFrame({"time": pd.date_range("2019-01-01", periods=100), "pm25": np.arange(100.0)})
>>> found = distribution(frame, "pm25")
>>> float(found.quantiles()[0.5]), len(found.density["group"].unique())
(49.5, 1)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.everyday.draws import drawn_quantiles, ends, week_draws
from airq.analysis.everyday.series import Series, checked_confidence, group_order, groups_of, series
from airq.analysis.everyday.weeks import week_numbers
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = [
    "PROBABILITIES",
    "ConditionalQuantiles",
    "Distribution",
    "QuantilePairs",
    "conditional_quantiles",
    "distribution",
    "quantile_pairs",
]

Array = npt.NDArray[np.float64]

PROBABILITIES: Final = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98)
_GRID: Final = 160
_BINS: Final = 30


@dataclass(frozen=True, eq=False)
class Distribution:
    """Distribution of one column, by group.

    Attributes
    ----------
    column : str
    log : bool
        Whether classes and density are of the logarithm; values at or below 0 are then in no class.
    groups : tuple of str
    bins : pandas.DataFrame
        ``group``, ``low``, ``high``, ``count``, ``share``.
    density : pandas.DataFrame
        ``group``, ``value``, ``density`` (per unit, or per unit of the logarithm to base 10).
    table : pandas.DataFrame
        ``group``, ``probability``, ``quantile``, ``lower``, ``upper``.
    summary : pandas.DataFrame
        ``group``, ``n``, ``missing``, ``zeros``, ``negative``, ``minimum``, ``maximum``, ``mean``, ``sd``,
        ``geometric_mean``, ``geometric_sd`` (of values above 0).
    confidence : float
    notes : tuple of str
    """

    column: str
    log: bool
    groups: tuple[str, ...]
    bins: pd.DataFrame
    density: pd.DataFrame
    table: pd.DataFrame
    summary: pd.DataFrame
    confidence: float
    notes: tuple[str, ...]

    def quantiles(self, group: str = "") -> pd.Series:
        """Quantiles of a group by ``round(p, 2)``."""
        own = self.table[self.table["group"] == group]
        return pd.Series(own["quantile"].to_numpy(), index=own["probability"].round(2).to_numpy())

    def to_frame(self) -> pd.DataFrame:
        """Quantiles with their intervals."""
        return self.table

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return self.summary.round(3).to_html(index=False) + f"<ul>{notes}</ul>"


def _edges(values: Array, bins: int) -> Array:
    low, high = np.quantile(values, [0.0, 1.0])
    return np.linspace(low, high if high > low else low + 1.0, bins + 1)


def _density(values: Array, grid: Array) -> Array:
    """Gaussian kernels by Silverman's rule on counts of a fine grid."""
    n = len(values)
    spread = float(min(values.std(), np.subtract(*np.quantile(values, [0.75, 0.25])) / 1.349) or values.std())
    width = 0.9 * spread * n**-0.2 if spread > 0 else float(grid[1] - grid[0])
    width = max(width, float(grid[1] - grid[0]))
    step = grid[1] - grid[0]
    place = (values - grid[0]) / step
    left = np.clip(np.floor(place).astype(int), 0, len(grid) - 2)
    part = np.clip(place - left, 0, 1)
    count = np.bincount(left, weights=1 - part, minlength=len(grid))
    count += np.bincount(left + 1, weights=part, minlength=len(grid))
    kernel = np.exp(-0.5 * ((grid[:, None] - grid[None, :]) / width) ** 2) / (width * np.sqrt(2 * np.pi))
    return np.asarray(kernel @ count / n)


def _summary(group: str, values: Array) -> dict[str, object]:
    known = values[np.isfinite(values)]
    above = np.log(known[known > 0])
    return {
        "group": group,
        "n": len(known),
        "missing": len(values) - len(known),
        "zeros": int((known == 0).sum()),
        "negative": int((known < 0).sum()),
        "minimum": float(known.min()),
        "maximum": float(known.max()),
        "mean": float(known.mean()),
        "sd": float(known.std(ddof=1)) if len(known) > 1 else np.nan,
        "geometric_mean": float(np.exp(above.mean())) if len(above) else np.nan,
        "geometric_sd": float(np.exp(above.std(ddof=1))) if len(above) > 1 else np.nan,
    }


def _checked(probabilities: Sequence[float]) -> list[float]:
    given = sorted({float(p) for p in probabilities})
    if not given or given[0] <= 0 or given[-1] >= 1:
        raise ParameterError(
            f"probabilities {given} do not lie between 0 and 1; give some such as 0.5, 0.95."
        )
    return given


def _quantile_rows(
    found: Series, values: Array, own: npt.NDArray[np.bool_], group: str, given: list[float], draws: int, seed: int, level: float
) -> pd.DataFrame:  # fmt: skip
    week = week_numbers(found.day)[own]
    weights = week_draws(week, draws, seed)
    low = high = np.full(len(given), np.nan)
    if weights is not None:
        low, high = ends(drawn_quantiles(values[own], week, given, weights), level)
    estimate = np.quantile(values[own], given)
    return pd.DataFrame(
        {"group": group, "probability": given, "quantile": estimate, "lower": np.minimum(low, estimate), "upper": np.maximum(high, estimate)}
    )  # fmt: skip


def distribution(
    frame: pd.DataFrame,
    column: str,
    *,
    by: str | None = None,
    log: bool = False,
    bins: int = _BINS,
    probabilities: Sequence[float] = PROBABILITIES,
    confidence: float = 0.95,
    draws: int = 200,
    seed: int = 0,
    label: str = "auto",
) -> Distribution:
    """Histogram, density and quantiles of a column, for all rows or by group.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours or days of one site with ``time`` or ``date``.
    column : str
    by : str, optional
        A calendar group or a column of the frame.
    log : bool
        Classes of the logarithm.
    bins : int
    probabilities : sequence of float
    confidence : float
    draws, seed : int
        Whole weeks drawn anew for the intervals of the quantiles.
    label : {"auto", "end", "start"}
        Whether a time ends or begins its hour.

    Returns
    -------
    Distribution

    Raises
    ------
    MissingData, ParameterError
    """
    level, given = checked_confidence(confidence), _checked(probabilities)
    if isinstance(bins, bool) or not 3 <= int(bins) <= 500:
        raise ParameterError(f"bins {bins} is no number of classes; give 3 to 500.")
    found = series(frame, [column], label=label)
    values = found.values[column]
    owner = groups_of(found, frame, by)
    usable = np.isfinite(values) & ((values > 0) if log else True)
    notes = list(found.notes)
    if not usable.any():
        raise MissingData(f"column '{column}' has no value above 0 to take the logarithm of; use log=False.")
    if log and (np.isfinite(values) & ~usable).any():
        notes.append(f"{int((np.isfinite(values) & ~usable).sum()):,} values at or below 0 are in no class of the logarithm.")  # fmt: skip
    scaled = np.log10(np.where(usable, values, 1.0)) if log else values
    edges = _edges(scaled[usable], int(bins))
    grid = np.linspace(edges[0], edges[-1], _GRID)
    groups = group_order(owner[np.isfinite(values)], by)
    parts: tuple[list[pd.DataFrame], ...] = ([], [], [])
    summary = []
    for group in groups:
        own = (owner == group) & np.isfinite(values)
        inside = own & usable
        count, _ = np.histogram(scaled[inside], edges)
        ends_of = 10.0**edges if log else edges
        parts[0].append(pd.DataFrame({"group": group, "low": ends_of[:-1], "high": ends_of[1:], "count": count, "share": count / own.sum()}))  # fmt: skip
        if inside.sum() >= 5:
            parts[1].append(pd.DataFrame({"group": group, "value": 10.0**grid if log else grid, "density": _density(scaled[inside], grid)}))  # fmt: skip
        parts[2].append(_quantile_rows(found, values, own, group, given, draws, seed, level))
        summary.append(_summary(group, values[owner == group]))
    smooth = parts[1] or [pd.DataFrame({"group": [], "value": [], "density": []})]
    return Distribution(
        column, log, tuple(groups), pd.concat(parts[0], ignore_index=True), pd.concat(smooth, ignore_index=True),
        pd.concat(parts[2], ignore_index=True), pd.DataFrame(summary), level, tuple(notes),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class QuantilePairs:
    """Quantiles of two samples against one another.

    Attributes
    ----------
    first, second : str
    table : pandas.DataFrame
        ``probability``, ``first``, ``second`` and their ends ``first_lower`` ... ``second_upper``.
    notes : tuple of str
    """

    first: str
    second: str
    table: pd.DataFrame
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        return str(self.table.round(3).to_html(index=False))


def quantile_pairs(
    frame: pd.DataFrame,
    first: str,
    second: str,
    *,
    probabilities: Sequence[float] = tuple(np.round(np.arange(0.02, 0.985, 0.02), 2).tolist()),
    confidence: float = 0.95,
    draws: int = 200,
    seed: int = 0,
    label: str = "auto",
) -> QuantilePairs:
    """Quantiles of one column against those of another: do the distributions differ, and where?

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours or days of one site.
    first, second : str
        Columns of one unit, such as observed and modelled; all their values count, paired or not.
    probabilities, confidence, draws, seed, label
        As for :func:`distribution`.

    Returns
    -------
    QuantilePairs

    Raises
    ------
    MissingData, ParameterError
    """
    level, given = checked_confidence(confidence), _checked(probabilities)
    found = series(frame, [first, second], label=label)
    table = pd.DataFrame({"probability": given})
    for name, column in (("first", first), ("second", second)):
        values = found.values[column]
        rows = _quantile_rows(found, values, np.isfinite(values), "", given, draws, seed, level)
        for key, source in (("", "quantile"), ("_lower", "lower"), ("_upper", "upper")):
            table[f"{name}{key}"] = rows[source].to_numpy()
    return QuantilePairs(first, second, table, found.notes)


@dataclass(frozen=True, eq=False)
class ConditionalQuantiles:
    """What was observed where a model said so much.

    Attributes
    ----------
    observed, modelled : str
    table : pandas.DataFrame
        A row a class of the model: ``low``, ``high``, ``n``, ``q05 q25 q50 q75 q95`` of the observations; NaN where
        fewer than ``least`` pairs.
    least : int
    notes : tuple of str
    """

    observed: str
    modelled: str
    table: pd.DataFrame
    least: int
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        return str(self.table.round(3).to_html(index=False))


def conditional_quantiles(
    frame: pd.DataFrame, observed: str, modelled: str, *, bins: int = 20, least: int = 10, label: str = "auto"
) -> ConditionalQuantiles:
    """Quantiles of the observations by class of the model (Wilks 2011): a perfect model lies on the diagonal.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours or days of one site.
    observed, modelled : str
    bins : int
        Classes of equal width over the range of the model.
    least : int
        Pairs below which a class is withheld.
    label : {"auto", "end", "start"}
        Whether a time ends or begins its hour.

    Returns
    -------
    ConditionalQuantiles

    Raises
    ------
    MissingData, ParameterError
    """
    if isinstance(bins, bool) or not 2 <= int(bins) <= 200:
        raise ParameterError(f"bins {bins} is no number of classes; give 2 to 200.")
    found = series(frame, [observed, modelled], label=label)
    o, m = found.values[observed], found.values[modelled]
    both = np.isfinite(o) & np.isfinite(m)
    if not both.any():
        raise MissingData(
            f"'{observed}' and '{modelled}' have no row where both are known; check the columns."
        )
    edges = _edges(m[both], int(bins))
    place = np.clip(np.searchsorted(edges, m[both], side="right") - 1, 0, int(bins) - 1)
    rows = []
    for k in range(int(bins)):
        inside = o[both][place == k]
        cut = (
            np.quantile(inside, [0.05, 0.25, 0.5, 0.75, 0.95]) if len(inside) >= least else np.full(5, np.nan)
        )
        rows.append((edges[k], edges[k + 1], len(inside), *cut))
    table = pd.DataFrame(rows, columns=["low", "high", "n", "q05", "q25", "q50", "q75", "q95"])
    return ConditionalQuantiles(observed, modelled, table, least, found.notes)
