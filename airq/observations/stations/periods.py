"""Which row of a station holds on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from airq.errors import ParameterError
from airq.observations.stations import cells
from airq.observations.stations.table import COLUMNS, load

__all__ = ["Day", "at", "current", "day_text", "describe", "next_day", "previous_day", "with_periods"]

Day: TypeAlias = str | dt.date | np.datetime64
"""A day: ``"2019-06-30"``, a date, a Timestamp or a datetime64; the time of day is not looked at."""


def day_text(when: Day) -> str:
    """ISO text of a day.

    Raises
    ------
    ParameterError
        No date.

    Examples
    --------
    >>> day_text("20190630"), day_text(np.datetime64("2019-06-30T12")), day_text(dt.date(2019, 6, 30))
    ('2019-06-30', '2019-06-30', '2019-06-30')
    """
    if isinstance(when, str):
        found = cells.iso_date(when.split("T")[0], last=False)
        if not found:
            raise ParameterError(f"'{when}' is no day; write 2019-06-30.")
        return found
    stamp = pd.Timestamp(when)
    if stamp is pd.NaT:
        raise ParameterError(f"'{when}' is no day; write 2019-06-30.")
    return stamp.strftime("%Y-%m-%d")


def next_day(day: str) -> str:
    """Day after a day.

    Examples
    --------
    >>> next_day("2020-02-28"), previous_day("2020-01-01")
    ('2020-02-29', '2019-12-31')
    """
    return (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()


def previous_day(day: str) -> str:
    """Day before a day."""
    return (dt.date.fromisoformat(day) - dt.timedelta(days=1)).isoformat()


def with_periods(table: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Starts and ends of the rows as ISO texts; empty where the table has none."""
    empty = [""] * len(table)
    starts = table["valid_from"].tolist() if "valid_from" in table else empty
    ends = table["valid_to"].tolist() if "valid_to" in table else empty
    return [_plain(s) for s in starts], [_plain(e) for e in ends]


def _plain(value: Any) -> str:
    return "" if value is None or value != value else str(value)


def at(table: pd.DataFrame, when: Day) -> pd.DataFrame:
    """Rows that are valid on a day.

    Parameters
    ----------
    table : DataFrame
        As from :func:`airq.observations.stations.load`.
    when : str, date, Timestamp or datetime64
        A natural day; both ends of a period belong to it.

    Returns
    -------
    pandas.DataFrame
        The rows as they are, with a new index.

    Examples
    --------
    >>> table = load(pd.DataFrame({"station": ["A", "A"], "lat": [44.0, 44.1], "lon": [87.0, 87.0],
    ...                            "valid_from": ["", "2020-01-01"], "valid_to": ["2019-12-31", ""]}))
    >>> at(table, "2019-12-31")["lat"].tolist(), at(table, "2020-01-01")["lat"].tolist()
    ([44.0], [44.1])
    """
    day = day_text(when)
    starts, ends = with_periods(table)
    valid = [(not s or s <= day) and (not e or day <= e) for s, e in zip(starts, ends, strict=True)]
    return table[np.array(valid, dtype=bool)].reset_index(drop=True)


def current(table: pd.DataFrame) -> pd.DataFrame:
    """The latest row of each station.

    Examples
    --------
    >>> table = pd.DataFrame({"station": ["A", "B", "A"], "valid_from": ["2020-01-01", "", ""]})
    >>> current(table)["valid_from"].tolist()
    ['2020-01-01', '']
    """
    starts, ends = with_periods(table)
    best: dict[str, tuple[str, str, int]] = {}
    for i, code in enumerate(table["station"].tolist()):
        key = (starts[i], ends[i] or "9999", i)
        if code not in best or key >= best[code]:
            best[code] = key
    return table.iloc[[k[2] for k in best.values()]].reset_index(drop=True)


def describe(codes: Sequence[str], table: pd.DataFrame | None = None, on: Day | None = None) -> pd.DataFrame:
    """One row for each of the given codes, in their order.

    Parameters
    ----------
    codes : sequence of str
        A code given twice has one row.
    table : DataFrame, optional
        As from :func:`airq.observations.stations.load`; the project's own by default.
    on : str, date, Timestamp or datetime64, optional
        Describe the stations as of this day; the latest row of each by default.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`; empty fields for a code that no row knows, or none on that day.

    Examples
    --------
    >>> describe(["2711A", "9999X"])[["station", "place"]].values.tolist()
    [['2711A', 'wujiaqu'], ['9999X', '']]
    """
    known = load() if table is None else table
    known = current(known if on is None else at(known, on))
    rows = known.set_index("station").reindex(list(dict.fromkeys(codes))).rename_axis("station").reset_index()
    for column in COLUMNS:
        if column not in rows:
            rows[column] = np.nan if column in ("lat", "lon") else ""
    for column in rows.columns.difference(["lat", "lon"]):
        rows[column] = rows[column].astype(object).where(rows[column].notna(), "")
    return rows[list(COLUMNS)]
