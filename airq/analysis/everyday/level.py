"""Trend level: a statistic over two calendar axes, and by group, with thin cells withheld.

Examples
--------
>>> time = pd.date_range("2019-01-01 01:00", periods=48, freq="h")
>>> frame = pd.DataFrame({"time": time, "no2": time.hour.astype(float)})
>>> found = trend_level(frame, "no2", x="hour", y="weekday", least=1)
>>> found.matrix("2019").loc["1", "01"].item(), int(found.table["count"].max())
(1.0, 1)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from airq.analysis.everyday.series import GROUPS, group_order, groups_of, series
from airq.errors import ParameterError
from airq.texts import items

__all__ = ["LEVEL_STATISTICS", "TrendLevel", "trend_level"]

LEVEL_STATISTICS: Final = ("mean", "median", "max", "p95", "share_above", "count")


@dataclass(frozen=True, eq=False)
class TrendLevel:
    """Statistic by cell.

    Attributes
    ----------
    column, x, y : str
    by : str or None
    statistic : str
    threshold : float
        For ``share_above``, NaN otherwise.
    table : pandas.DataFrame
        ``group``, ``x``, ``y``, ``value`` (NaN where withheld), ``count``.
    least : int
        Values below which a cell is withheld.
    notes : tuple of str
    """

    column: str
    x: str
    y: str
    by: str | None
    statistic: str
    threshold: float
    table: pd.DataFrame
    least: int
    notes: tuple[str, ...]

    def matrix(self, group: str = "") -> pd.DataFrame:
        """Values of a group, rows ``y``, columns ``x``."""
        own = self.table[self.table["group"] == group]
        return own.pivot(index="y", columns="x", values="value")  # noqa: PD010  # each cell stands once

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        first = str(self.table["group"].iloc[0])
        return self.matrix(first).round(2).to_html() + f"<ul>{notes}</ul>"


def _reduced(values: pd.Series, statistic: str, threshold: float) -> float:
    if statistic == "count":
        return float(len(values))
    if statistic == "share_above":
        return float((values > threshold).mean())
    if statistic == "p95":
        return float(values.quantile(0.95))
    return float(getattr(values, statistic)())


def trend_level(
    frame: pd.DataFrame,
    column: str,
    *,
    x: str = "month",
    y: str = "hour",
    by: str | None = "year",
    statistic: str = "mean",
    threshold: float | None = None,
    least: int = 10,
    label: str = "auto",
) -> TrendLevel:
    """Statistic over two calendar axes, such as month and hour, for each year.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours or days of one site with ``time`` or ``date``.
    column : str
    x, y : str
        Calendar groups or columns of the frame.
    by : str or None
        Panels.
    statistic : str
        One of :data:`LEVEL_STATISTICS`.
    threshold : float, optional
        For ``share_above``.
    least : int
        Values that a cell needs.
    label : {"auto", "end", "start"}
        Whether a time ends or begins its hour.

    Returns
    -------
    TrendLevel

    Raises
    ------
    MissingData, ParameterError
    """
    if statistic not in LEVEL_STATISTICS:
        raise ParameterError(f"statistic '{statistic}' is not known; use {', '.join(LEVEL_STATISTICS)}.")
    if statistic == "share_above" and threshold is None:
        raise ParameterError("share_above needs a threshold; give one, such as 75.")
    if x == y:
        raise ParameterError(f"x and y are both '{x}'; choose two of {', '.join(GROUPS)}.")
    found = series(frame, [column], label=label)
    if not found.hourly and "hour" in (x, y, by):
        raise ParameterError("the frame holds days, which have no hour; choose other axes.")
    keys = {"group": groups_of(found, frame, by), "x": groups_of(found, frame, x), "y": groups_of(found, frame, y)}  # fmt: skip
    order = {k: group_order(v, n) for (k, v), n in zip(keys.items(), (by, x, y), strict=True)}
    cells = pd.DataFrame({**keys, "v": found.values[column]}).dropna(subset=["v"])
    bound = np.nan if threshold is None else float(threshold)
    grouped = cells.groupby(["group", "x", "y"])["v"]
    value = grouped.agg(lambda v: _reduced(v, statistic, bound))
    count = grouped.size()
    full = pd.MultiIndex.from_product([order["group"], order["x"], order["y"]], names=["group", "x", "y"])
    table = pd.DataFrame(
        {"value": value.reindex(full), "count": count.reindex(full).fillna(0).astype("int64")}
    )
    thin = (table["count"] > 0) & (table["count"] < least)
    if statistic != "count":
        table.loc[thin, "value"] = np.nan
    notes = list(found.notes)
    if thin.any() and statistic != "count":
        notes.append(f"{int(thin.sum())} cells with fewer than {least} values are withheld.")
    return TrendLevel(column, x, y, by, statistic, bound, table.reset_index(), least, tuple(notes))
