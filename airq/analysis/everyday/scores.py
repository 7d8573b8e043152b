"""Statistics of a model against observations, with intervals by weeks.

Complete pairs only. FAC2: share of pairs with 0.5 <= m/o <= 2; MB, MGE: mean of m - o and of its size; NMB, NMGE: the same
as ratios of sums; COE = 1 - sum|m - o| / sum|o - mean(o)| (Legates and McCabe 2013); IOA: Willmott et al. 2011, c = 2,
from -1 to 1. The names are openair's.

Examples
--------
>>> frame = pd.DataFrame({"obs": [1.0, 2.0, 3.0, 4.0], "mod": [1.0, 2.0, 3.0, 8.0]})
>>> found = model_statistics(frame, "obs", "mod")
>>> found.value("mb"), found.value("fac2"), found.value("ioa")
(1.0, 1.0, 0.5)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.columns import column, numbers, times_of, uncoded
from airq.analysis.everyday.draws import drawn_sums, ends, week_draws
from airq.analysis.everyday.series import Series, checked_confidence, group_order, groups_of, series
from airq.analysis.everyday.weeks import week_numbers
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["STATISTICS", "ModelStatistics", "model_statistics", "scores_of"]

Array = npt.NDArray[np.float64]

STATISTICS: Final = ("fac2", "mb", "mge", "nmb", "nmge", "rmse", "r", "coe", "ioa")


@dataclass(frozen=True, eq=False)
class ModelStatistics:
    """Statistics by group.

    Attributes
    ----------
    observed, modelled : str
    table : pandas.DataFrame
        ``group``, ``n`` and the columns of :data:`STATISTICS`; NaN where a ratio has no denominator.
    intervals : pandas.DataFrame
        ``group``, ``statistic``, ``estimate``, ``lower``, ``upper``; no rows without times or with fewer than eight weeks.
    confidence : float
    notes : tuple of str
    """

    observed: str
    modelled: str
    table: pd.DataFrame
    intervals: pd.DataFrame
    confidence: float
    notes: tuple[str, ...]

    def value(self, statistic: str, group: str = "") -> float:
        """One statistic.

        Raises
        ------
        ParameterError
            If there is no such statistic or group.
        """
        row = self.table[self.table["group"] == group]
        if statistic not in self.table or row.empty:
            raise ParameterError(
                f"no statistic '{statistic}' of group '{group}'; see .table for what there is."
            )
        return float(row[statistic].iloc[0])

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return self.table.round(4).to_html(index=False) + f"<ul>{notes}</ul>"


def _over(part: npt.ArrayLike, whole: npt.ArrayLike) -> Array:
    p, w = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    return np.divide(p, w, out=np.full(np.broadcast(p, w).shape, np.nan), where=w != 0)


def _columns(observed: Array, modelled: Array, level: float) -> list[Array]:
    """What all statistics follow from when summed."""
    o, m = observed, modelled
    gap = m - o
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        ratio = m / o
    near = ((ratio >= 0.5) & (ratio <= 2)).astype(np.float64)
    # Second moments about fixed centres: nothing cancels.
    co, cm = o - o.mean(), m - m.mean()
    return [
        np.ones_like(o),
        near,
        gap,
        np.abs(gap),
        o,
        gap**2,
        co,
        cm,
        co**2,
        cm**2,
        co * cm,
        np.abs(o - level),
    ]


def _from_sums(sums: Array) -> dict[str, Array]:
    n, near, gap, size, o, square, co, cm, oo, mm, om, spread = sums.T
    together = _over(om, n) - _over(co, n) * _over(cm, n)
    variances = (_over(oo, n) - _over(co, n) ** 2) * (_over(mm, n) - _over(cm, n) ** 2)
    error, range_ = size, 2 * spread
    smaller, larger = np.minimum(error, range_), np.maximum(error, range_)
    short = _over(smaller, larger)
    return {
        "fac2": _over(near, n),
        "mb": _over(gap, n),
        "mge": _over(size, n),
        "nmb": _over(gap, o),
        "nmge": _over(size, o),
        "rmse": np.sqrt(_over(square, n)),
        "r": _over(together, np.sqrt(np.maximum(variances, 0.0))),
        "coe": 1 - _over(size, spread),
        "ioa": np.where(error <= range_, 1 - short, short - 1),
    }


def scores_of(observed: npt.ArrayLike, modelled: npt.ArrayLike) -> dict[str, float]:
    """Statistics of complete pairs.

    Parameters
    ----------
    observed, modelled : array_like, shape (n,)

    Returns
    -------
    dict
        ``n`` and the names of :data:`STATISTICS`; NaN without pairs.
    """
    o, m = (np.asarray(v, dtype=np.float64).reshape(-1) for v in (observed, modelled))
    known = np.isfinite(o) & np.isfinite(m)
    o, m = o[known], m[known]
    if not len(o):
        return {"n": 0.0, **dict.fromkeys(STATISTICS, float("nan"))}
    sums = np.array([[c.sum() for c in _columns(o, m, float(o.mean()))]])
    return {"n": float(len(o)), **{k: float(v[0]) for k, v in _from_sums(sums).items()}}


def _paired(frame: pd.DataFrame, observed: str, modelled: str, by: str | None, site: str | None) -> tuple[Series | None, Array, Array, npt.NDArray[np.object_], list[str]]:  # fmt: skip
    """Pairs, their groups and notes; without times where the frame has none."""
    column(frame, observed, "the observations")
    if times_of(frame) is not None and site is None:
        found = series(frame, [observed, modelled], need=False)
        groups = groups_of(found, frame, by)
        return found, found.values[observed], found.values[modelled], groups, list(found.notes)
    o, _ = uncoded(numbers(column(frame, observed, "the observations"), "the observations"), observed)
    m, _ = uncoded(numbers(column(frame, modelled, "the model"), "the model"), modelled)
    if by is not None and by not in frame.columns:
        raise MissingData(f"the frame has no times, so '{by}' must be a column; it is none: name one.")
    names = np.full(len(frame), "", dtype=object) if by is None else frame[by].astype("str").to_numpy(object)
    note = [] if site else ["The frame has no times: no intervals."]
    return None, o, m, names, note


def model_statistics(
    frame: pd.DataFrame,
    observed: str,
    modelled: str,
    *,
    by: str | None = None,
    confidence: float = 0.95,
    draws: int = 400,
    seed: int = 0,
) -> ModelStatistics:
    """Evaluate a model: openair's statistics with intervals from whole weeks drawn anew.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours or days of one site, or of several with ``by`` naming their column.
    observed, modelled : str
        Columns of one unit.
    by : str, optional
        A calendar group (``"season"``, ``"hour"`` ...) or a column.
    confidence : float
    draws : int
        0 leaves the intervals out.
    seed : int

    Returns
    -------
    ModelStatistics

    Raises
    ------
    MissingData
        No such column, no complete pair.
    ParameterError
    """
    level = checked_confidence(confidence)
    owner = by if by in ("site", "station", "place") and by in frame.columns else None
    found, o, m, groups, notes = _paired(frame, observed, modelled, by, owner)
    known = np.isfinite(o) & np.isfinite(m)
    if not known.any():
        raise MissingData(
            f"'{observed}' and '{modelled}' have no row where both are known; check the columns."
        )
    rows, spans = [], []
    zeros = int((o[known] == 0).sum())
    if zeros:
        notes.append(f"{zeros:,} observed zeros: no ratio m/o, so they count against FAC2.")
    for group in group_order(groups[known], by):
        own = known & (groups == group)
        rows.append({"group": group, **scores_of(o[own], m[own])})
        if found is None or not draws:
            continue
        week = week_numbers(found.day)[own]
        weights = week_draws(week, draws, seed)
        if weights is None:
            notes.append(f"{group or 'All'}: fewer than eight weeks, no intervals.")
            continue
        drawn = _from_sums(drawn_sums(week, _columns(o[own], m[own], float(o[own].mean())), weights))
        for name in STATISTICS:
            low, high = ends(drawn[name][:, None], level)
            spans.append((group, name, rows[-1][name], float(low[0]), float(high[0])))
    table = pd.DataFrame(rows).astype({"n": "int64"})
    intervals = pd.DataFrame(spans, columns=["group", "statistic", "estimate", "lower", "upper"])
    return ModelStatistics(observed, modelled, table, intervals, level, tuple(notes))
