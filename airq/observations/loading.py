"""From month files to dense arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import dataset
from airq.observations import months

__all__ = ["Arrays", "wind_dataset"]


def wind_dataset(held: Sequence[months.Month], about: Mapping[str, Mapping[str, Any]]) -> xr.Dataset | None:
    """Wind of some months of weather at their stations' positions; None if they hold none.

    Parameters
    ----------
    held : sequence of Month
        In the order of time.
    about : mapping
        Descriptions of stations by code, with ``lat`` and ``lon``.

    Returns
    -------
    xarray.Dataset or None
        ``wind_speed`` and ``wind_direction`` on ``(station, time)``.
    """
    names = ("wind_speed", "wind_direction")
    held = [m for m in held if all(n in m.values for n in names)]
    codes = sorted({c for m in held for c in m.stations if about.get(c, {}).get("lat") is not None})
    if not codes:
        return None
    rows = pd.DataFrame({"station": codes})
    for column in ("lat", "lon"):
        rows[column] = [float(about[c][column]) for c in codes]
    time = np.concatenate([m.time for m in held])
    values = {n: np.full((len(codes), len(time)), np.nan, np.float32) for n in names}
    start = 0
    for month in held:
        row = {c: i for i, c in enumerate(month.stations)}
        known = [(i, row[c]) for i, c in enumerate(codes) if c in row]
        into, out_of = np.array(known, np.intp).reshape(-1, 2).T
        for name in names:
            values[name][into, start : start + len(month.time)] = month.values[name][out_of]
        start += len(month.time)
    return dataset.build(rows, time, values)


class Arrays:
    """Dense arrays ``(station, time)`` that month files are put into.

    Parameters
    ----------
    codes : list of str
        Stations, in the order of the rows.
    axis : datetime64 array
        Full time axis.

    Examples
    --------
    >>> axis = months.times("2019-01", "observations")
    >>> Arrays(["2691A"], axis).values
    {}
    """

    def __init__(self, codes: list[str], axis: npt.NDArray[np.datetime64]) -> None:
        self.codes = codes
        self.axis = axis
        self.values: dict[str, npt.NDArray[np.float32]] = {}
        self.flags: dict[str, npt.NDArray[np.uint16]] = {}
        self.audited = 0
        self._start = axis[0].astype("datetime64[s]").astype(np.int64) if len(axis) else np.int64(0)
        self._step = int((axis[1] - axis[0]) / np.timedelta64(1, "s")) if len(axis) > 1 else 3600

    def _rows(self, stored: Any) -> npt.NDArray[np.int64]:
        """Row of each stored station, -1 for one that is not asked for."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = pc.index_in(stored, value_set=pa.array(self.codes, stored.type))
        return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), np.int64)

    def variable(self, name: str) -> None:
        """Make room for a variable."""
        if name not in self.values:
            shape = (len(self.codes), len(self.axis))
            self.values[name] = np.full(shape, np.nan, np.float32)
            self.flags[name] = np.zeros(shape, np.uint16)

    def add(self, file: Path, audited: bool = False) -> None:
        """Put in what a month file holds of the stations and times.

        Parameters
        ----------
        file : path
        audited : bool
            The file is laid over what is there, as far as its sources say that it speaks of a value.
        """
        table = months.read_table(file, self.codes, sources=audited)
        if not table.num_rows or not len(self.axis):
            return
        stored, which = months.station_index(table)
        second = table.column("time").to_numpy().astype("datetime64[s]").astype(np.int64)
        column = (second - self._start) // self._step
        row = self._rows(stored)[which]
        take = np.flatnonzero((row >= 0) & (column >= 0) & (column < len(self.axis)))
        flat = row[take] * len(self.axis) + column[take]
        for name in (n for n in table.column_names if f"{n}_flag" in table.column_names):
            self.variable(name)
            cell, pick = flat, take
            if audited:
                said = months.source_of(table, name)[take] != months.NO_SOURCE
                cell, pick = flat[said], take[said]
                self.audited += int(said.sum())
            self.values[name].reshape(-1)[cell] = table.column(name).to_numpy()[pick]
            self.flags[name].reshape(-1)[cell] = table.column(f"{name}_flag").to_numpy()[pick]
