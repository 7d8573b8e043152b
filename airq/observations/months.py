"""One month of one kind of data: its time axis, its dense arrays, its Parquet file.

A month holds the natural days of a calendar month: the hours labelled 01:00 of the 1st to 00:00 of the next month's
1st. Rows of a file are sorted by station, then time; hours without any value are not stored.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import dataset
from airq.errors import ArchiveError, ParameterError
from airq.observations import quality
from airq.variables import POLLUTANTS, WEATHER

__all__ = [
    "Kind",
    "Month",
    "bound",
    "months_of",
    "read_table",
    "span",
    "station_index",
    "times",
    "write_table",
]

Kind: TypeAlias = Literal["observations", "weather", "daily"]
_HOUR: Final = np.timedelta64(1, "h")
_GROUP_ROWS: Final = 32 * 744
"""Rows of a Parquet row group: some thirty stations, so that a county needs one or two."""


def times(month: str, kind: Kind) -> npt.NDArray[np.datetime64]:
    """Time stamps of a month: ends of its hours, or its days.

    Examples
    --------
    >>> str(times("2019-01", "observations")[0])[:16], str(times("2019-01", "observations")[-1])[:16]
    ('2019-01-01T01:00', '2019-02-01T00:00')
    """
    start = np.datetime64(month, "M")
    unit = "D" if kind == "daily" else "h"
    stamps = pd.date_range(start, start + 1, freq=unit, inclusive="left", unit="ns").to_numpy()
    return stamps if kind == "daily" else stamps + _HOUR


def months_of(time: npt.NDArray[np.datetime64], kind: Kind) -> npt.NDArray[np.datetime64]:
    """Month (datetime64[M]) to which each time stamp belongs."""
    days = time.astype("datetime64[D]") if kind == "daily" else dataset.day_of(time)
    return days.astype("datetime64[M]")


def span(first: str, last: str) -> list[str]:
    """Months from the first to the last, both included.

    Examples
    --------
    >>> span("2019-11", "2020-01")
    ['2019-11', '2019-12', '2020-01']
    """
    return [str(m) for m in np.arange(np.datetime64(first, "M"), np.datetime64(last, "M") + 1)]


def bound(text: str, last: bool, kind: Kind) -> np.datetime64:
    """First or last time stamp of a year, month, day or moment; both ends are inclusive.

    Examples
    --------
    >>> str(bound("2019-01", last=True, kind="observations"))[:16]
    '2019-02-01T00:00'
    """
    text = str(text)
    units: dict[int, Literal["Y", "M", "D"]] = {4: "Y", 7: "M", 10: "D"}
    unit = units.get(len(text))
    try:
        if unit is None:
            return np.datetime64(pd.Timestamp(text), "ns")
        period = np.datetime64(text, unit)
    except ValueError as error:
        raise ParameterError(
            f"'{text}' is no date; write 2019, 2019-01, 2019-01-31 or 2019-01-31T12:00."
        ) from error
    days = (
        (period + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
        if last
        else period.astype("datetime64[D]")
    )
    if kind == "daily":
        return days.astype("datetime64[ns]")
    return days.astype("datetime64[ns]") + (24 if last else 1) * _HOUR


@dataclass
class Month:
    """Dense arrays ``(station, time)`` of a month while it is being changed."""

    time: npt.NDArray[np.datetime64]
    stations: list[str]
    values: dict[str, npt.NDArray[np.float32]]
    flags: dict[str, npt.NDArray[np.uint16]]

    @property
    def nbytes(self) -> int:
        """Memory of the arrays."""
        return sum(v.nbytes + self.flags[n].nbytes for n, v in self.values.items())

    def add_stations(self, codes: Iterable[str]) -> None:
        """Append empty rows for stations that the month has not had."""
        have = set(self.stations)
        more = [c for c in dict.fromkeys(codes) if c not in have]
        if more:
            shape = (len(more), len(self.time))
            self.stations = [*self.stations, *more]
            for name in self.values:
                self.values[name] = np.vstack([self.values[name], np.full(shape, np.nan, np.float32)])
                self.flags[name] = np.vstack([self.flags[name], np.zeros(shape, np.uint16)])

    def add_variable(self, name: str) -> None:
        """Add empty rows for a variable that the month has not had."""
        if name not in self.values:
            shape = (len(self.stations), len(self.time))
            self.values[name] = np.full(shape, np.nan, np.float32)
            self.flags[name] = np.zeros(shape, np.uint16)

    def edge(self, stations: list[str], name: str, part: slice, width: int) -> npt.NDArray[np.float32]:
        """Some hours of this month for the stations of a neighbouring month."""
        out = np.full((len(stations), width), np.nan, np.float32)
        if name in self.values and self.stations == stations:
            return self.values[name][:, part]
        if name in self.values:
            rows = pd.Index(self.stations).get_indexer(pd.Index(stations))
            out[rows >= 0] = self.values[name][rows[rows >= 0]][:, part]
        return out

    @classmethod
    def empty(cls, month: str, kind: Kind) -> Month:
        """A month without a station."""
        return cls(times(month, kind), [], {}, {})

    @classmethod
    def read(cls, file: Path, month: str, kind: Kind) -> Month:
        """A stored month."""
        state = cls.empty(month, kind)
        table = read_table(file)
        codes, row = station_index(table)
        column = np.searchsorted(state.time, table.column("time").to_numpy().astype("datetime64[ns]"))
        state.add_stations(codes)
        for name in (n for n in table.column_names if f"{n}_flag" in table.column_names):
            state.add_variable(name)
            state.values[name][row, column] = table.column(name).to_numpy()
            state.flags[name][row, column] = table.column(f"{name}_flag").to_numpy()
        return state


def read_table(file: Path, codes: Collection[str] | None = None, columns: list[str] | None = None) -> Any:
    """Arrow table of a month file, or of the row groups that can hold the given stations.

    Raises
    ------
    ArchiveError
        Missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file, memory_map=True) as parquet:
            if codes is None:
                return parquet.read(columns=columns)
            low, high = min(codes), max(codes)
            groups = []
            for g in range(parquet.num_row_groups):
                held = parquet.metadata.row_group(g).column(0).statistics
                if held is None or not held.has_min_max or (held.min <= high and held.max >= low):
                    groups.append(g)
            return parquet.read_row_groups(groups, columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise ArchiveError(
            f"{file}: missing or damaged; run 'airq archive verify' and ingest that month's files again."
        ) from error


def station_index(table: Any) -> tuple[list[str], npt.NDArray[np.intp]]:
    """Station codes of a table, and the code of each row as an index into them."""
    import pyarrow as pa

    column = table.column("station")
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        if whole.num_chunks == 0:
            return [], np.empty(0, np.intp)
        whole = whole.chunk(0)
    return whole.dictionary.to_pylist(), whole.indices.to_numpy().astype(np.intp)


def write_table(month: Month) -> tuple[bytes, int]:
    """Bytes of a month's Parquet file and its number of rows; the same content gives the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    order = np.argsort(np.array(month.stations))
    some = np.zeros((len(month.stations), len(month.time)), bool)
    for name, block in month.values.items():
        some |= np.isfinite(block) | ((month.flags[name] & quality.READER_BITS) > 0)
    some = some[order]
    i, j = np.nonzero(some)
    codes = pa.array([month.stations[k] for k in order], pa.string())
    columns: dict[str, Any] = {
        "station": pa.DictionaryArray.from_arrays(pa.array(i.astype(np.int32)), codes),
        "time": pa.array(month.time[j].astype("datetime64[s]")),
    }
    for name in (n for n in (*POLLUTANTS, *WEATHER) if n in month.values):
        columns[name] = pa.array(month.values[name][order][some])
        columns[f"{name}_flag"] = pa.array(month.flags[name][order][some])
    sink = io.BytesIO()
    pq.write_table(
        pa.table(columns), sink, compression="zstd", row_group_size=_GROUP_ROWS, use_dictionary=["station"]
    )
    return sink.getvalue(), len(i)


def digest(blob: bytes) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(blob).hexdigest()
