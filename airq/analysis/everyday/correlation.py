"""Correlations between columns, with intervals by weeks and an order that puts like beside like.

Examples
--------
>>> frame = pd.DataFrame({"time": pd.date_range("2019-01-01", periods=40), "a": range(40), "b": range(0, 80, 2)})
>>> found = correlation_matrix(frame, ["a", "b"])
>>> found.matrix.loc["a", "b"].round(6).item()
1.0
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

from airq.analysis.columns import column
from airq.analysis.everyday.draws import drawn_sums, ends, week_draws
from airq.analysis.everyday.series import checked_confidence, series
from airq.analysis.everyday.weeks import week_numbers
from airq.errors import ParameterError
from airq.texts import items
from airq.variables import POLLUTANTS, WEATHER

__all__ = ["CorrelationMatrix", "correlation_matrix"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CorrelationMatrix:
    """Correlations of pairs.

    Attributes
    ----------
    method : {"pearson", "spearman"}
    table : pandas.DataFrame
        A row a pair: ``a``, ``b``, ``correlation``, ``lower``, ``upper`` (NaN with fewer than eight weeks), ``n``.
    order : tuple of str
        Columns by likeness (average linkage on 1 - r).
    confidence : float
    notes : tuple of str
    """

    method: Literal["pearson", "spearman"]
    table: pd.DataFrame
    order: tuple[str, ...]
    confidence: float
    notes: tuple[str, ...]

    @property
    def matrix(self) -> pd.DataFrame:
        """Square table in the order of likeness, ones on the diagonal."""
        out = pd.DataFrame(np.eye(len(self.order)), index=list(self.order), columns=list(self.order))
        for row in self.table.itertuples():
            out.loc[row.a, row.b] = out.loc[row.b, row.a] = row.correlation
        return out

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return self.matrix.round(2).to_html() + f"<ul>{notes}</ul>"


def _of_sums(sums: Array) -> Array:
    n, x, y, xx, yy, xy = sums.T
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = xy / n - x / n * y / n
        spread = (xx / n - (x / n) ** 2) * (yy / n - (y / n) ** 2)
        return np.asarray(np.where(spread > 1e-24, covariance / np.sqrt(np.maximum(spread, 1e-300)), np.nan))


def _scaled(values: Array, ranks: bool) -> Array:
    used = rankdata(values) if ranks else values
    spread = used.std()
    return np.asarray((used - used.mean()) / (spread if spread > 0 else 1.0))


def _order(names: Sequence[str], table: pd.DataFrame) -> tuple[str, ...]:
    if len(names) < 3:
        return tuple(names)
    size = len(names)
    full = np.zeros((size, size))
    full[np.triu_indices(size, 1)] = 1 - table["correlation"].fillna(0).to_numpy()
    apart = squareform(np.clip(full + full.T, 0, 2), checks=False)
    return tuple(names[k] for k in leaves_list(linkage(apart, "average", optimal_ordering=True)))


def correlation_matrix(
    frame: pd.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    method: Literal["pearson", "spearman"] = "pearson",
    confidence: float = 0.95,
    draws: int = 400,
    seed: int = 0,
    label: str = "auto",
) -> CorrelationMatrix:
    """Correlation of every pair of columns on the rows where both are known.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours or days of one site with ``time`` or ``date``.
    columns : sequence of str, optional
        By default the pollutants and the weather that the frame holds (a direction is no linear quantity and stays out).
    method : {"pearson", "spearman"}
    confidence : float
    draws, seed : int
        Whole weeks are drawn anew; ranks are kept as they are.
    label : {"auto", "end", "start"}
        Whether a time ends or begins its hour.

    Returns
    -------
    CorrelationMatrix

    Raises
    ------
    MissingData, ParameterError
    """
    if method not in ("pearson", "spearman"):
        raise ParameterError(f"method '{method}' is not known; use pearson or spearman.")
    level = checked_confidence(confidence)
    if not isinstance(frame, pd.DataFrame):
        column(frame, "", "the value")  # says what it is and how to make a frame of it
    known = [
        c for c in (*POLLUTANTS, *WEATHER) if c in getattr(frame, "columns", ()) and c != "wind_direction"
    ]
    names = list(dict.fromkeys(columns)) if columns is not None else known
    if len(names) < 2:
        raise ParameterError(f"a correlation takes two columns or more, there are {len(names)}; name them.")
    found = series(frame, names, label=label)
    week = week_numbers(found.day)
    notes = list(found.notes)
    rows = []
    for a, b in combinations(names, 2):
        both = np.isfinite(found.values[a]) & np.isfinite(found.values[b])
        n = int(both.sum())
        if n < 3:
            rows.append((a, b, np.nan, np.nan, np.nan, n))
            notes.append(f"{a} and {b} have {n} common values: withheld.")
            continue
        x, y = (_scaled(found.values[c][both], method == "spearman") for c in (a, b))
        columns_of = [np.ones(n), x, y, x * x, y * y, x * y]
        value = float(_of_sums(np.array([[c.sum() for c in columns_of]]))[0])
        weights = week_draws(week[both], draws, seed)
        low = high = np.nan
        if weights is not None and np.isfinite(value):
            drawn = _of_sums(drawn_sums(week[both], columns_of, weights))
            low, high = (float(v[0]) for v in ends(drawn[:, None], level))
        rows.append((a, b, value, low, high, n))
    table = pd.DataFrame(rows, columns=["a", "b", "correlation", "lower", "upper", "n"])
    if table["lower"].isna().any():
        notes.append("Pairs without an interval have fewer than eight common weeks or do not vary.")
    return CorrelationMatrix(method, table, _order(names, table), level, tuple(notes))
