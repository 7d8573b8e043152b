"""What the flags amount to: a table by station and month, for people and for the command line."""

from __future__ import annotations

import unicodedata
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from airq import dataset
from airq.errors import MissingData
from airq.observations.quality.flagging import READER_BITS, VALUE_BITS
from airq.variables import FLAGS, POLLUTANTS

__all__ = ["report", "to_markdown", "to_text"]

_SHARES: Final = ("share_present", "share_flagged")


def report(ds: xr.Dataset, by_pollutant: bool = False) -> pd.DataFrame:
    """Hours present and flagged, by station and month.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical, hourly, with flags; with the flag ``drift`` after
        :func:`airq.observations.quality.attach_drift`.
    by_pollutant : bool
        A row for each pollutant. Otherwise an hour is present if any pollutant has a value, and carries a flag if
        any pollutant carries it.

    Returns
    -------
    pandas.DataFrame
        ``station month`` (and ``pollutant``), ``hours_expected`` (all hours of the calendar month), ``hours_present``,
        ``share_present`` (of the expected), one column a flag with the hours that carry it, ``flagged`` (present
        hours with a flag that doubts the value: any but ``missing`` and ``contaminated``), ``share_flagged`` (of the
        present; NaN without any). ``missing`` is what is expected and not present.

    Raises
    ------
    MissingData
        No pollutant with flags.

    Examples
    --------
    >>> x = np.array([[20, 22, 1500, 25, np.nan]], np.float32)
    >>> bits = {"pm25": np.array([[0, 0, FLAGS["spike"], 0, 1]], np.uint16)}
    >>> ds = dataset.build(pd.DataFrame({"station": ["A"]}), pd.date_range("2019-02-01 01:00", periods=5, freq="h"), {"pm25": x}, bits)
    >>> row = report(ds).iloc[0]
    >>> int(row.hours_expected), int(row.hours_present), int(row.missing), int(row.spike), float(row.share_flagged)
    (672, 4, 668, 1, 0.25)
    """
    dataset.require(ds)
    names = [n for n in POLLUTANTS if n in ds and f"{n}_flag" in ds]
    if not names:
        raise MissingData("the Dataset holds no pollutant with flags; load it from an archive.")
    months = dataset.day_of(ds["time"].values).astype("datetime64[M]")
    stations = [str(s) for s in ds["station"].values]
    rows: list[dict[str, Any]] = []
    for month in np.unique(months):
        at = np.flatnonzero(months == month)
        part = slice(at[0], at[-1] + 1) if at[-1] - at[0] + 1 == len(at) else at
        expected = int(24 * ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int))
        there = {n: np.isfinite(ds[n].values[:, part]) for n in names}
        bits = {n: ds[f"{n}_flag"].values[:, part].astype(np.uint16) for n in names}
        # What only the reader knows is told of missing hours too, such as a code for "no value".
        bits = {n: np.where(there[n], b, b & np.uint16(READER_BITS)) for n, b in bits.items()}
        groups = [(n, there[n], bits[n]) for n in names]
        if not by_pollutant:
            every = np.bitwise_or.reduce([b for _, _, b in groups])
            groups = [("", np.logical_or.reduce([t for _, t, _ in groups]), every)]
        for name, present, marks in groups:
            rows += _rows(stations, str(month), name, expected, present, marks)
    out = pd.DataFrame(rows)
    order = {s: i for i, s in enumerate(stations)}
    out = out.sort_values(
        ["station", "month"], key=lambda c: c.map(order) if c.name == "station" else c, kind="stable"
    )
    return (out if by_pollutant else out.drop(columns="pollutant")).reset_index(drop=True)


def _rows(
    stations: list[str], month: str, name: str, expected: int, present: np.ndarray, marks: np.ndarray
) -> list[dict[str, Any]]:
    counts = {f: ((marks & np.uint16(b)) > 0).sum(axis=1) for f, b in FLAGS.items() if f != "missing"}
    flagged = (present & ((marks & np.uint16(VALUE_BITS)) > 0)).sum(axis=1)
    hours = present.sum(axis=1)
    return [
        {
            "station": station,
            "month": month,
            "pollutant": name,
            "hours_expected": expected,
            "hours_present": int(hours[i]),
            "share_present": float(hours[i] / expected),
            "missing": expected - int(hours[i]),
            **{f: int(c[i]) for f, c in counts.items()},
            "flagged": int(flagged[i]),
            "share_flagged": float(flagged[i] / hours[i]) if hours[i] else float("nan"),
        }
        for i, station in enumerate(stations)
    ]


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Texts of a table, without the flags that nothing carries."""
    kept = [c for c in table.columns if c not in FLAGS or (table[c] != 0).any()]
    out = {}
    for c in kept:
        if c in _SHARES:
            out[c] = ["–" if v != v else f"{100 * v:.1f} %" for v in table[c]]
        else:
            out[c] = [f"{v:,}" if isinstance(v, int | np.integer) else str(v) for v in table[c]]
    return pd.DataFrame(out, columns=kept)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def to_text(table: pd.DataFrame) -> str:
    """Table of :func:`report` in columns that line up, Chinese included; flags that nothing carries are left out.

    Examples
    --------
    >>> print(to_text(pd.DataFrame({"station": ["A"], "spike": [3], "stuck": [0], "share_flagged": [0.25]})))
    station  spike  share_flagged
    A            3         25.0 %
    """
    shown = _shown(table)
    cells = [list(map(str, shown.columns)), *shown.to_numpy().tolist()]
    widths = [max(_width(row[i]) for row in cells) for i in range(len(shown.columns))]
    left = {"station", "month", "pollutant"}
    lines = []
    for row in cells:
        parts = []
        for column, text, width in zip(shown.columns, row, widths, strict=True):
            pad = " " * (width - _width(text))
            parts.append(text + pad if column in left else pad + text)
        lines.append("  ".join(parts).rstrip())
    return "\n".join(lines)


def to_markdown(table: pd.DataFrame) -> str:
    """Table of :func:`report` in Markdown; flags that nothing carries are left out.

    Examples
    --------
    >>> print(to_markdown(pd.DataFrame({"station": ["A"], "spike": [3]})))
    | station | spike |
    | --- | ---: |
    | A | 3 |
    """
    shown = _shown(table)
    left = {"station", "month", "pollutant"}
    lines = [
        "| " + " | ".join(shown.columns) + " |",
        "| " + " | ".join("---" if c in left else "---:" for c in shown.columns) + " |",
    ]
    lines += [
        "| " + " | ".join(t.replace("|", "\\|") for t in row) + " |" for row in shown.to_numpy().tolist()
    ]
    return "\n".join(lines)
