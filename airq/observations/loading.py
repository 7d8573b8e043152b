"""From stored months to the arrays of a Dataset."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import dataset
from airq.observations import dense, months

__all__ = ["Arrays", "ahead", "wind_dataset"]

K = TypeVar("K")
T = TypeVar("T")


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


def ahead(read: Callable[[K], T], keys: Iterable[K]) -> Iterator[T]:
    """Results of ``read`` in the order of the keys; the next two are read beside the use of one.

    Examples
    --------
    >>> list(ahead(str.upper, ["a", "b", "c", "d"]))
    ['A', 'B', 'C', 'D']
    """
    keys = list(keys)
    if len(keys) < 2:
        yield from map(read, keys)
        return
    with ThreadPoolExecutor(2) as pool:
        waiting: deque[Future[T]] = deque()
        for key in keys:
            waiting.append(pool.submit(read, key))
            if len(waiting) > 2:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Arrays:
    """Dense arrays ``(station, time)`` that months are put into.

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
        self._step = axis[1] - axis[0] if len(axis) > 1 else np.timedelta64(1, "h")
        self._places: tuple[str, Any, Any] | None = None  # rows of the last list of stations, there and here

    def variable(self, name: str) -> None:
        """Make room for a variable."""
        if name not in self.values:
            shape = (len(self.codes), len(self.axis))
            self.values[name] = np.full(shape, np.nan, np.float32)
            self.flags[name] = np.zeros(shape, np.uint16)

    # ---- from a Parquet file ----

    def add(self, table: Any, audited: bool = False) -> None:
        """Put in what a month's table holds of the stations and times.

        Parameters
        ----------
        table : pyarrow.Table
            See :func:`airq.observations.months.read_table`.
        audited : bool
            It is laid over what is there, as far as its sources say that it speaks of a value.
        """
        columns = set(table.column_names)
        names = [n for n in table.column_names if f"{n}_flag" in columns]
        for name in names:
            self.variable(name)
        if not table.num_rows or not len(self.axis):
            return
        take, flat = self._cells(table)
        for name in names:
            cell, pick = flat, take
            if audited:
                said = months.source_of(table, name)[take] != months.NO_SOURCE
                cell, pick = flat[said], take[said]
                self.audited += int(said.sum())
            self.values[name].reshape(-1)[cell] = _plain(table.column(name))[pick]
            self.flags[name].reshape(-1)[cell] = _plain(table.column(f"{name}_flag"))[pick]

    def _cells(self, table: Any) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
        """Rows of a table that are asked for, and the cell of the flat arrays where each belongs."""
        stored, which = months.station_index(table)
        rows = self._rows(stored)
        stamps = _plain(table.column("time"))
        unit = np.datetime_data(stamps.dtype)[0]
        start, step = (int(x.astype(f"{x.dtype.kind}8[{unit}]").astype(np.int64)) for x in (self.axis[0], self._step))  # fmt: skip
        ticks = stamps.view(np.int64)
        wanted = (ticks >= start) & (ticks < start + step * len(self.axis))
        if not (rows >= 0).all():
            wanted &= (rows >= 0)[which]
        take = np.flatnonzero(wanted)
        return take, rows[which[take]] * len(self.axis) + (ticks[take] - start) // step

    def _rows(self, stored: Any) -> npt.NDArray[np.int64]:
        """Row of each stored station, -1 for one that is not asked for."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = pc.index_in(stored, value_set=pa.array(self.codes, stored.type))
        return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), np.int64)

    # ---- from arrays that lie ready ----

    def lay(self, month: dense.Dense, first: np.datetime64, audited: bool = False) -> None:
        """Put in what the arrays of a month hold of the stations and times.

        Parameters
        ----------
        month : Dense
        first : datetime64
            First stamp of the month.
        audited : bool
            As in :meth:`add`.
        """
        for name in month.variables:
            self.variable(name)
        there, here = self._matched(month.stations)
        if there is None or not len(self.axis):
            return
        offset = int((first - self.axis[0]) // self._step)
        start, stop = max(offset, 0), min(offset + month.hours, len(self.axis))
        if start >= stop:
            return
        cell, into = (there, slice(start - offset, stop - offset)), (here, slice(start, stop))
        for name, stored in month.variables.items():
            values, bits = stored.values(cell), stored.bits(cell)
            if audited:
                said = stored.spoken(cell)
                values = np.where(said, values, self.values[name][into])
                bits = np.where(said, bits, self.flags[name][into])
                self.audited += int(said.sum())
            self.values[name][into] = values
            self.flags[name][into] = bits

    def _matched(self, stations: str) -> tuple[Any, Any]:
        """Rows there and here of the stations that both have; None and None if there are none."""
        if self._places is None or self._places[0] != stations:
            row = {c: i for i, c in enumerate(json.loads(stations))}
            both = [(row[c], i) for i, c in enumerate(self.codes) if c in row]
            there, here = np.array(both, np.intp).reshape(-1, 2).T
            self._places = (stations, _run(there), _run(here)) if both else (stations, None, None)
        return self._places[1:]


def _run(rows: npt.NDArray[np.intp]) -> Any:
    """Rows that follow each other as a slice, which needs no copy; others as they are."""
    return slice(int(rows[0]), int(rows[-1]) + 1) if (np.diff(rows) == 1).all() else rows


def _plain(column: Any) -> npt.NDArray[Any]:
    """Values of a column, without a copy where it lies in one piece."""
    one = column.num_chunks == 1
    out: npt.NDArray[Any] = column.chunk(0).to_numpy(zero_copy_only=False) if one else column.to_numpy()
    return out
