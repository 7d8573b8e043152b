"""Variation over the day, the week and the year, with intervals that hold.

Examples
--------
>>> time = pd.date_range("2019-01-01 01:00", periods=24 * 70, freq="h")
>>> frame = pd.DataFrame({"time": time, "no2": 30 + 10 * (time.hour == 9)})
>>> found = time_variation(frame, "no2")
>>> day = found.panel("hour")
>>> day.loc[day["cell"] == 9, "mean"].tolist(), sorted(found.table["panel"].unique())
([40.0], ['hour', 'hour_weekday', 'month', 'weekday'])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t as student

from airq.analysis.everyday.series import Series, checked_confidence, group_order, groups_of, series
from airq.analysis.everyday.weeks import Cells, cells_of, seasonal_design, week_numbers
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["PANELS", "TimeVariation", "time_variation"]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PANELS: Final = ("hour_weekday", "hour", "weekday", "month")

_YEARS_AS_DRAWS: Final = 5
"""Years from which the interval of a month comes from how its years differ."""
_LEAST_WEEKS: Final = 3


@dataclass(frozen=True, eq=False)
class TimeVariation:
    """Means by hour, weekday, both, and month.

    Attributes
    ----------
    columns : tuple of str
    groups : tuple of str
        Values of ``by``; one empty name without it.
    table : pandas.DataFrame
        ``panel`` (``hour_weekday``, ``hour``, ``weekday``, ``month``), ``column``, ``group``, ``cell`` (hour of the label;
        0 for Monday; 1 for January; for both weekday * 24 + hour), ``mean``, ``lower``, ``upper``, ``values``,
        ``weeks`` and ``basis`` (``weeks`` or ``years``: what the interval comes from). Less than three weeks or years:
        no interval.
    difference : pandas.DataFrame
        Second column or group less the first, the same columns; empty unless asked for.
    statistic : {"mean", "normalised"}
        Normalised means are shares of the overall mean.
    label : {"end", "start"}
    confidence : float
    masked : dict of str to int
    notes : tuple of str
    """

    columns: tuple[str, ...]
    groups: tuple[str, ...]
    table: pd.DataFrame
    difference: pd.DataFrame
    statistic: Literal["mean", "normalised"]
    label: Literal["end", "start"]
    confidence: float
    masked: dict[str, int]
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def panel(self, name: str) -> pd.DataFrame:
        """Rows of one panel.

        Raises
        ------
        ParameterError
            If there is no such panel.
        """
        if name not in PANELS:
            raise ParameterError(f"panel '{name}' is not known; use {', '.join(PANELS)}.")
        return self.table[self.table["panel"] == name].reset_index(drop=True)

    def _repr_html_(self) -> str:
        rows = self.table[self.table["panel"].isin(["weekday", "month"])]
        notes = items(self.notes)
        return rows.round(3).to_html(index=False) + f"<ul>{notes}</ul>"


def _cell_numbers(found: Series) -> dict[str, tuple[Ints, int, Ints]]:
    """Cell of each value, the number of cells and the names of the cells, by panel."""
    out: dict[str, tuple[Ints, int, Ints]] = {}
    if found.hourly:
        first = 1 if found.label == "end" else 0
        hour = found.hour - first
        names = np.arange(24) + first
        out["hour_weekday"] = (found.weekday * 24 + hour, 168, np.arange(168) + first)
        out["hour"] = (hour, 24, names)
    out["weekday"] = (found.weekday, 7, np.arange(7))
    out["month"] = (found.month - 1, 12, np.arange(1, 13))
    return out


def _by_year(found: Series, values: Array, months: Cells, confidence: float) -> tuple[Array, Ints]:
    """Half widths of the months' means from how years differ, NaN where fewer than five years hold the month."""
    known = np.isfinite(values)
    frame = pd.DataFrame({"y": found.year[known], "m": found.month[known] - 1, "v": values[known]})
    each = frame.groupby(["y", "m"])["v"].agg(["mean", "size"]).reset_index()
    # A month with hardly a value says nothing of its year.
    each = each[each["size"] >= 0.25 * each["size"].max()]
    spread = each.groupby("m")["mean"].agg(["std", "size"]).reindex(range(12))
    years = spread["size"].fillna(0).to_numpy(dtype=np.int64)
    quantile = student.ppf((1 + confidence) / 2, np.maximum(years - 1, 1))
    half = quantile * spread["std"].to_numpy() / np.sqrt(np.maximum(years, 1))
    return np.where(years >= _YEARS_AS_DRAWS, half, np.nan), years


@dataclass(frozen=True, eq=False)
class _Line:
    """One column and group: cells by panel, its overall mean, its values."""

    column: str
    group: str
    values: Array
    whole: Cells
    panels: dict[str, Cells]


def _line(found: Series, column: str, group: str, inside: npt.NDArray[np.bool_], design: Array) -> _Line:
    values = np.where(inside, found.values[column], np.nan)
    week = week_numbers(found.day)
    panels = {
        name: cells_of(week, cell, values, size, design if name != "month" else design[:, :1])
        for name, (cell, size, _) in _cell_numbers(found).items()
    }
    whole = cells_of(week, np.zeros(len(values), dtype=np.int64), values, 1, design)
    return _Line(column, group, values, whole, panels)


def _estimates(line: _Line, panel: str, normalise: bool) -> tuple[Array, Array]:
    """Means of a panel and the influence of the weeks on them, as shares of the overall mean if asked."""
    cells = line.panels[panel]
    if not normalise:
        return cells.mean, cells.influence
    level = float(line.whole.mean[0])
    share = cells.mean / level
    return share, (cells.influence - np.where(np.isfinite(share), share, 0.0) * line.whole.influence) / level


def _ends(mean: Array, half: Array, positive: bool) -> dict[str, Array]:
    """Ends of intervals; of concentrations on the logarithmic scale, as their means are skewed like themselves."""
    if not positive:
        return {"lower": mean - half, "upper": mean + half}
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.exp(np.where(mean > 0, half / mean, np.nan))
    return {"lower": mean / factor, "upper": mean * factor}


def _rows(found: Series, line: _Line, panel: str, normalise: bool, confidence: float) -> pd.DataFrame:
    cells = line.panels[panel]
    mean, influence = _estimates(line, panel, normalise)
    half = cells.half_width(confidence, influence)
    basis = np.full(len(mean), "weeks", dtype=object)
    if panel == "month":
        level = float(line.whole.mean[0]) if normalise else 1.0
        yearly, _ = _by_year(found, line.values, cells, confidence)
        basis[np.isfinite(yearly)] = "years"
        half = np.where(np.isfinite(yearly), yearly / level, half)
    half = np.where(cells.weeks >= _LEAST_WEEKS, half, np.nan)
    return pd.DataFrame(
        {
            "panel": panel,
            "column": line.column,
            "group": line.group,
            "cell": _cell_numbers(found)[panel][2],
            "mean": mean,
            **_ends(mean, half, bool(np.nanmin(line.values) >= 0)),
            "values": cells.count,
            "weeks": cells.weeks,
            "basis": basis,
        }
    )[cells.count > 0]


def _difference(found: Series, lines: Sequence[_Line], normalise: bool, confidence: float) -> pd.DataFrame:
    """Second less first; both have the same weeks, whose common ups and downs cancel."""
    one, other = lines
    rows = []
    for panel, (_, _, names) in _cell_numbers(found).items():
        a, za = _estimates(one, panel, normalise)
        b, zb = _estimates(other, panel, normalise)
        cells = one.panels[panel] if one.panels[panel].weeks.sum() < other.panels[panel].weeks.sum() else other.panels[panel]  # fmt: skip
        half = cells.half_width(confidence, zb - za)
        enough = np.minimum(one.panels[panel].weeks, other.panels[panel].weeks)
        half = np.where(enough >= _LEAST_WEEKS, half, np.nan)
        gap = b - a
        rows.append(
            pd.DataFrame(
                {
                    "panel": panel, "column": f"{other.column} - {one.column}" if one.column != other.column else one.column,
                    "group": f"{other.group} - {one.group}" if one.group != other.group else one.group,
                    "cell": names, "mean": gap, "lower": gap - half, "upper": gap + half,
                    "values": np.minimum(one.panels[panel].count, other.panels[panel].count), "weeks": enough,
                    "basis": "weeks",
                }
            )[np.isfinite(gap)]
        )  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def _span_notes(found: Series) -> list[str]:
    held = np.unique(found.month)
    notes = []
    days = int((found.day[-1] - found.day[0]).astype(np.int64)) + 1
    if len(held) < 12:
        notes.append(
            f"The data hold {len(held)} of 12 months; hours and weekdays speak for these months only."
        )
    elif days < 365:
        notes.append("The data hold less than a year; months weigh unequally in hours and weekdays.")
    weeks = len(np.unique(week_numbers(found.day)))
    if weeks < 8:
        notes.append(f"The data hold {weeks} weeks; intervals from so few are wide and rough.")
    return notes


def time_variation(
    frame: pd.DataFrame,
    columns: str | Sequence[str],
    *,
    by: str | None = None,
    normalise: bool = False,
    difference: bool = False,
    confidence: float = 0.95,
    label: str = "auto",
    solar_longitude: float | None = None,
) -> TimeVariation:
    """Mean over the hour of the day, the weekday, both, and the month of the year.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours (or days: then only weekday and month) of one site with ``time`` or ``date``.
    columns : str or sequence of str
        One or more quantities of one unit.
    by : str, optional
        Lines by a calendar group (``"heating"``, ``"season"``, ``"year"`` ...) or by a column of the frame.
    normalise : bool
        Divide by each line's overall mean, to compare quantities of different levels.
    difference : bool
        The second column or group less the first; there must be two.
    confidence : float
    label : {"auto", "end", "start"}
        Whether a time ends its hour (00:00 closes the day before) or begins it; ``auto``: ``time`` ends, ``date`` begins.
    solar_longitude : float, optional
        Hours by the sun at this longitude in place of Beijing time.

    Returns
    -------
    TimeVariation

    Raises
    ------
    MissingData
        No such column, no time, no value.
    ParameterError

    Notes
    -----
    Intervals come from whole weeks, after season and trend, see :mod:`airq.analysis.everyday.weeks`; those of months
    from how years differ once there are five, and before that speak for these years only.
    """
    names = [columns] if isinstance(columns, str) else list(dict.fromkeys(columns))
    level = checked_confidence(confidence)
    found = series(frame, names, label=label, solar_longitude=solar_longitude)
    owner = groups_of(found, frame, by)
    groups = group_order(owner, by)
    weeks = int(week_numbers(found.day).max()) + 1
    first = found.day[0] - (found.day[0].astype(np.int64) + 3) % 7
    design = seasonal_design(first, weeks)
    lines = [_line(found, c, g, owner == g, design) for c in names for g in groups]
    silent = [f"{x.column} {x.group}".strip() for x in lines if not np.isfinite(x.whole.mean[0])]
    lines = [x for x in lines if np.isfinite(x.whole.mean[0])]
    if normalise and any(x.whole.mean[0] <= 0 for x in lines):
        raise ParameterError("a mean at or below 0 cannot be divided by; use normalise=False.")
    if difference and len(lines) != 2:
        raise ParameterError(
            f"a difference is of two columns or two groups, there are {len(lines)}; name two columns, or one and a 'by'."
        )
    notes = [*found.notes, *_span_notes(found)]
    if silent:
        notes.append(f"No value of {', '.join(silent)}; left out.")
    if not lines:
        raise MissingData(f"columns {', '.join(names)} hold no value; choose others.")
    table = pd.concat([_rows(found, x, p, normalise, level) for p in _cell_numbers(found) for x in lines], ignore_index=True)  # fmt: skip
    gap = _difference(found, lines, normalise, level) if difference else table.iloc[:0].copy()
    kind: Literal["mean", "normalised"] = "normalised" if normalise else "mean"
    return TimeVariation(
        tuple(names), tuple(groups), table, gap, kind, found.label, level, found.masked, tuple(notes)
    )
