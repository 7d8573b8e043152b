"""Data capture of a frame: what each column holds of every calendar period, and why a mean is withheld.

Examples
--------
>>> time = pd.date_range("2019-01-29 01:00", "2019-03-01 00:00", freq="h")
>>> found = data_capture(pd.DataFrame({"time": time, "pm25": 50.0}), "pm25")
>>> found.table[["capture", "cause"]].round(3).values.tolist()
[[0.097, 'begins 2019-01-29'], [1.0, '']]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from airq.analysis.averaging import period_means
from airq.analysis.columns import column
from airq.analysis.everyday.series import Series, series, sites_of
from airq.errors import MissingData
from airq.texts import items
from airq.variables import POLLUTANTS, WEATHER

__all__ = ["DataCapture", "data_capture"]


@dataclass(frozen=True, eq=False)
class DataCapture:
    """Capture by site, column and period.

    Attributes
    ----------
    period : str
    table : pandas.DataFrame
        ``site``, ``column``, ``start``, ``end`` (excluded), ``value`` (the mean, NaN if withheld), ``count``, ``possible``,
        ``capture``, ``longest_gap`` (rows without a value in a row), ``reason`` (empty if the mean stands), ``cause``:
        where the record begins or ends inside, the longest gap, or that losses are scattered.
    minimum_capture : float
    calendar : bool
    notes : tuple of str
    """

    period: str
    table: pd.DataFrame
    minimum_capture: float
    calendar: bool
    notes: tuple[str, ...]

    @property
    def withheld(self) -> pd.DataFrame:
        """Means that do not stand, with reason and cause."""
        return self.table[self.table["reason"] != ""].reset_index(drop=True)

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        held = len(self.table) - len(self.withheld)
        return f"<p>{held} of {len(self.table)} means stand</p>{self.withheld.round(3).to_html(index=False)}<ul>{notes}</ul>"


def _longest(known: pd.Series) -> tuple[int, int]:
    """Length and first place of the longest run without a value."""
    missing = ~known.to_numpy(dtype=bool)
    edges = np.diff(np.concatenate([[0], missing.astype(np.int8), [0]]))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if not len(starts):
        return 0, 0
    best = int(np.argmax(stops - starts))
    return int(stops[best] - starts[best]), int(starts[best])


def _cause(known: pd.Series, possible: int, first: pd.Timestamp, last: pd.Timestamp, row: pd.Series) -> str:
    """What most of the loss comes from."""
    if row["start"].normalize() < first.normalize() < row["end"]:
        return f"begins {first:%Y-%m-%d}"
    if row["start"] <= last < row["end"] - pd.Timedelta(days=1):
        return f"ends {last:%Y-%m-%d}"
    longest, place = _longest(known)
    lost = possible - int(known.sum())
    if longest and longest >= 0.5 * lost:
        return f"gap of {longest} from {known.index[place]:%Y-%m-%d}"
    return "scattered losses" if lost else ""


def _of_site(frame: pd.DataFrame, name: str, held: Sequence[str], period: str, minimum: float, calendar: bool, label: str) -> list[pd.DataFrame]:  # fmt: skip
    found: Series = series(frame, held, label=label, need=False)
    frame = frame.iloc[found.rows]
    # The first label of a file from midnight on closes the day before, whose period it does not describe.
    if (
        found.hourly
        and found.label == "end"
        and len(found) > 1
        and found.time[0] == found.day[1].astype("datetime64[ns]")
    ):
        found = series(frame.iloc[1:], held, label="end", need=False)
    step = pd.Timedelta(1, "h" if found.hourly else "D")
    out = []
    for one in held:
        values = pd.Series(found.values[one], index=pd.DatetimeIndex(found.middle).floor(step))
        values = values[~values.index.duplicated()]
        present = values.index[values.notna()]
        if not len(present):
            continue
        means = period_means(
            pd.DataFrame({"date": values.index, one: values.to_numpy()}), one, period, minimum, calendar,
            label="start", step="h" if found.hourly else "d",
        ).table  # fmt: skip
        whole = pd.date_range(means["start"].min(), means["end"].max(), freq=step, inclusive="left")
        there = values.reindex(whole).notna()
        parts = [there[(whole >= a) & (whole < b)] for a, b in zip(means["start"], means["end"], strict=True)]
        means["longest_gap"] = [_longest(p)[0] for p in parts]
        rows = zip(parts, means.iterrows(), strict=True)
        means["cause"] = [
            _cause(p, len(p), present[0], present[-1], r) if r["reason"] else "" for p, (_, r) in rows
        ]
        out.append(means.assign(site=name, column=one))
    return out


def data_capture(
    frame: pd.DataFrame,
    columns: str | Sequence[str] | None = None,
    period: str = "month",
    minimum_capture: float = 0.75,
    calendar: bool = True,
    *,
    label: str = "auto",
) -> DataCapture:
    """What each column holds of each period, against the full calendar unless ``calendar`` is False.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours or days of one or more sites (``site``, ``station`` or ``place``).
    columns : str or sequence of str, optional
        By default the pollutants and the weather that the frame holds.
    period, minimum_capture, calendar
        As for :func:`airq.analysis.averaging.period_means`.
    label : {"auto", "end", "start"}
        Whether a time ends or begins its hour.

    Returns
    -------
    DataCapture

    Raises
    ------
    MissingData
        No column holds a value.
    ParameterError
    """
    if not isinstance(frame, pd.DataFrame):
        column(frame, "", "the value")  # says what it is and how to make a frame of it
    known = [c for c in (*POLLUTANTS, *WEATHER) if c in getattr(frame, "columns", ())]
    held = known if columns is None else [columns] if isinstance(columns, str) else list(columns)
    name = sites_of(frame) if isinstance(frame, pd.DataFrame) else None
    groups = [("", frame)] if name is None else [(str(k), g) for k, g in frame.groupby(name, sort=True)]
    notes: list[str] = []
    parts: list[pd.DataFrame] = []
    for site, rows in groups:
        parts += _of_site(rows, site, held, period, minimum_capture, calendar, label)
    if not parts:
        raise MissingData(f"{', '.join(held) or 'the frame'}: no value of any; name columns that hold some.")
    table = pd.concat(parts, ignore_index=True)
    silent = [c for c in held if c not in set(table["column"])]
    if silent:
        notes.append(f"No value of {', '.join(silent)}; left out.")
    order = ["site", "column", "start", "end", "value", "count", "possible", "capture", "longest_gap", "reason", "cause"]  # fmt: skip
    return DataCapture(period, table[order], minimum_capture, calendar, tuple(notes))
