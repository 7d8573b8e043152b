"""One month of one kind of data: its time axis, its dense arrays, its Parquet file.

A month holds the natural days of a calendar month: the hours labelled 01:00 of the 1st to 00:00 of the next month's
1st. Rows of a file are sorted by station, then time; hours without any value are not stored.
"""

from __future__ import annotations

import hashlib
import io
from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from airq.errors import ArchiveError, ParameterError
from airq.variables import POLLUTANTS, WEATHER

__all__ = [
    "AUDITED",
    "NO_SOURCE",
    "Kind",
    "Month",
    "bound",
    "is_daily",
    "months_of",
    "read_table",
    "source_of",
    "span",
    "station_index",
    "times",
    "write_table",
]

Kind: TypeAlias = Literal["observations", "audited", "weather", "daily", "audited_daily"]
"""What a month holds: hourly or daily values as received, their audited versions (审核后数据), hourly weather."""

AUDITED: Final[dict[str, Kind]] = {"observations": "audited", "daily": "audited_daily"}
"""Where the audited version of a kind is kept; both stay."""

NO_SOURCE: Final = -1
_HOUR: Final = np.timedelta64(1, "h")
_GROUP_ROWS: Final = 16 * 744
"""Rows of a Parquet row group: some sixteen stations, so that a county needs one or two."""


def is_daily(kind: Kind) -> bool:
    """Whether a kind has one value a day.

    Examples
    --------
    >>> is_daily("audited_daily"), is_daily("audited")
    (True, False)
    """
    return kind.endswith("daily")


def times(month: str, kind: Kind) -> npt.NDArray[np.datetime64]:
    """Time stamps of a month: ends of its hours, or its days.

    Examples
    --------
    >>> str(times("2019-01", "observations")[0])[:16], str(times("2019-01", "observations")[-1])[:16]
    ('2019-01-01T01:00', '2019-02-01T00:00')
    """
    start = np.datetime64(month, "M")
    if is_daily(kind):
        return np.arange(start, start + 1, dtype="datetime64[D]").astype("datetime64[ns]")
    hours = np.arange(start.astype("datetime64[h]"), (start + 1).astype("datetime64[h]"))
    return (hours + _HOUR).astype("datetime64[ns]")


def months_of(time: npt.NDArray[np.datetime64], kind: Kind) -> npt.NDArray[np.datetime64]:
    """Month (datetime64[M]) to which each time stamp belongs."""
    from airq import dataset

    days = time.astype("datetime64[D]") if is_daily(kind) else dataset.day_of(time)
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
            import pandas as pd

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
    if is_daily(kind):
        return days.astype("datetime64[ns]")
    return days.astype("datetime64[ns]") + (24 if last else 1) * _HOUR


@dataclass
class Month:
    """Dense arrays ``(station, time)`` of a month while it is being changed.

    ``sources`` holds the number of the file that gave each value, :data:`NO_SOURCE` where there is none. In an audited
    month a cell with a source and no value is one that the audit took away. ``used`` marks the time stamps at which
    something was ever put into the month.
    """

    time: npt.NDArray[np.datetime64]
    stations: list[str]
    values: dict[str, npt.NDArray[np.float32]]
    flags: dict[str, npt.NDArray[np.uint16]]
    sources: dict[str, npt.NDArray[np.int32]]
    used: npt.NDArray[np.bool_]

    @property
    def nbytes(self) -> int:
        """Memory of the arrays."""
        return sum(v.nbytes + self.flags[n].nbytes + self.sources[n].nbytes for n, v in self.values.items())

    def rows_of(self, codes: list[str]) -> npt.NDArray[np.intp]:
        """Rows of stations that the month has."""
        if codes == self.stations[: len(codes)]:
            return np.arange(len(codes))
        row = {c: i for i, c in enumerate(self.stations)}
        return np.array([row[c] for c in codes], np.intp)

    def put_into(self, cell: Any) -> bool:
        """Note that a rectangle of cells is filled now; whether nothing was put into its time stamps before."""
        before = bool(self.used[cell[1]].any())
        self.used[cell[1]] = True
        return not before

    def blank(self, name: str, cell: Any) -> bool:
        """Whether nothing was ever put into a rectangle of cells."""
        return (
            not (self.sources[name][cell] != NO_SOURCE).any()
            and not self.flags[name][cell].any()
            and bool(np.isnan(self.values[name][cell]).all())
        )

    def add_stations(self, codes: Iterable[str]) -> None:
        """Append empty rows for stations that the month has not had."""
        codes = list(codes)
        if codes == self.stations[: len(codes)]:
            return
        have = set(self.stations)
        more = [c for c in dict.fromkeys(codes) if c not in have]
        if more:
            shape = (len(more), len(self.time))
            self.stations = [*self.stations, *more]
            for name in self.values:
                self.values[name] = np.vstack([self.values[name], np.full(shape, np.nan, np.float32)])
                self.flags[name] = np.vstack([self.flags[name], np.zeros(shape, np.uint16)])
                self.sources[name] = np.vstack([self.sources[name], np.full(shape, NO_SOURCE, np.int32)])

    def add_variable(self, name: str) -> None:
        """Add empty rows for a variable that the month has not had."""
        if name not in self.values:
            shape = (len(self.stations), len(self.time))
            self.values[name] = np.full(shape, np.nan, np.float32)
            self.flags[name] = np.zeros(shape, np.uint16)
            self.sources[name] = np.full(shape, NO_SOURCE, np.int32)

    def edge(self, stations: list[str], name: str, part: slice, width: int) -> npt.NDArray[np.float32]:
        """Some hours of this month for the stations of a neighbouring month."""
        out = np.full((len(stations), width), np.nan, np.float32)
        if name in self.values and self.stations == stations:
            return self.values[name][:, part]
        if name in self.values:
            import pandas as pd

            rows = pd.Index(self.stations).get_indexer(pd.Index(stations))
            out[rows >= 0] = self.values[name][rows[rows >= 0]][:, part]
        return out

    @classmethod
    def empty(cls, month: str, kind: Kind) -> Month:
        """A month without a station."""
        time = times(month, kind)
        return cls(time, [], {}, {}, {}, np.zeros(len(time), bool))

    @classmethod
    def read(cls, file: Path, month: str, kind: Kind) -> Month:
        """A stored month."""
        state = cls.empty(month, kind)
        table = read_table(file)
        codes, row = station_index(table)
        column = np.searchsorted(state.time, table.column("time").to_numpy().astype("datetime64[ns]"))
        state.add_stations(codes.to_pylist())
        state.used[column] = True
        for name in (n for n in table.column_names if f"{n}_flag" in table.column_names):
            state.add_variable(name)
            state.values[name][row, column] = table.column(name).to_numpy()
            state.flags[name][row, column] = table.column(f"{name}_flag").to_numpy()
            state.sources[name][row, column] = source_of(table, name)
        return state


def source_of(table: Any, name: str) -> npt.NDArray[np.int32]:
    """Number of the file that gave each value of a variable, one a row of a month's table."""
    own = f"{name}_source"
    if own in table.column_names:
        return np.asarray(table.column(own).to_numpy(), np.int32)
    if "source" not in table.column_names:  # written before sources were kept
        return np.full(table.num_rows, NO_SOURCE, np.int32)
    shared = np.asarray(table.column("source").to_numpy(), np.int32)
    if "audited" in table.column_names:
        return shared
    return np.where(np.isfinite(table.column(name).to_numpy()), shared, np.int32(NO_SOURCE))


def read_table(
    file: Path,
    codes: Collection[str] | None = None,
    columns: list[str] | None = None,
    sources: bool = True,
) -> Any:
    """Arrow table of a month file, or of the row groups that can hold the given stations.

    Without ``sources`` the columns that say where a value comes from are left out.

    Raises
    ------
    ArchiveError
        Missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        stat = file.stat()
        known = _metadata(file, stat.st_mtime_ns, stat.st_size, stat.st_ino)
        with pq.ParquetFile(pa.memory_map(str(file)), metadata=known.metadata) as parquet:
            if columns is None and not sources:
                columns = [c for c in known.columns if not c.endswith("source")]
            if codes is None:
                return parquet.read(columns=columns)
            groups = known.groups_of(codes)
            # a few groups are read faster by one thread
            return parquet.read_row_groups(groups, columns=columns, use_threads=len(groups) > 4)
    except (OSError, pa.ArrowException) as error:
        raise ArchiveError(
            f"{file}: missing or damaged; run 'airq archive verify' and ingest that month's files again."
        ) from error


class _Known(NamedTuple):
    """What a Parquet file says of itself, and the first and last station of each row group (None: not said)."""

    metadata: Any
    columns: list[str]
    lows: list[str | None]
    highs: list[str | None]

    def groups_of(self, codes: Collection[str]) -> list[int]:
        """Row groups that can hold one of the stations; one that does not say its range may hold any."""
        wanted = sorted(codes)
        return [
            g
            for g, (low, high) in enumerate(zip(self.lows, self.highs, strict=True))
            if low is None
            or high is None
            or ((at := bisect_left(wanted, low)) < len(wanted) and wanted[at] <= high)
        ]


@lru_cache(maxsize=512)
def _metadata(file: Path, _mtime: int, _size: int, _inode: int) -> _Known:
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(file, memory_map=True)
    held = [metadata.row_group(g).column(0).statistics for g in range(metadata.num_row_groups)]
    said = [h if h is not None and h.has_min_max else None for h in held]
    return _Known(
        metadata,
        list(metadata.schema.names),
        [None if h is None else h.min for h in said],
        [None if h is None else h.max for h in said],
    )


def station_index(table: Any) -> tuple[Any, npt.NDArray[np.intp]]:
    """Station codes of a table (an Arrow array), and the code of each row as an index into them."""
    import pyarrow as pa

    column = table.column("station")
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        if whole.num_chunks == 0:
            return pa.array([], pa.string()), np.empty(0, np.intp)
        whole = whole.chunk(0)
    return whole.dictionary, whole.indices.to_numpy().astype(np.intp)


def write_table(month: Month, audited: bool = False) -> tuple[bytes, int]:
    """Bytes of a month's Parquet file and its number of rows; the same content gives the same bytes.

    Where all values of a row come from one file, as nearly always, the row's ``source`` says which; a variable that
    has another source somewhere gets a column ``<name>_source`` of its own.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from airq.observations.quality import READER_BITS

    names = [n for n in (*POLLUTANTS, *WEATHER) if n in month.values]
    order = np.argsort(np.array(month.stations))
    some = np.zeros((len(month.stations), len(month.time)), bool)
    for name in names:
        some |= ~np.isnan(month.values[name])
        some |= (month.flags[name] & np.uint16(READER_BITS)) > 0
        if audited:
            some |= month.sources[name] != NO_SOURCE
    sorted_already = bool((order[:-1] < order[1:]).all())
    some = some if sorted_already else some[order]
    every = bool(some.all())
    if every:
        i = np.repeat(np.arange(some.shape[0]), some.shape[1])
        j = np.tile(np.arange(some.shape[1]), some.shape[0])
    else:
        i, j = np.nonzero(some)

    def column(block: npt.NDArray[Any]) -> npt.NDArray[Any]:
        rows = block if sorted_already else block[order]
        return np.ascontiguousarray(rows).reshape(-1) if every else rows[some]

    codes = pa.array([month.stations[k] for k in order], pa.string())
    columns: dict[str, Any] = {
        "station": pa.DictionaryArray.from_arrays(pa.array(i.astype(np.int32)), codes),
        "time": pa.array(month.time[j].astype("datetime64[s]")),
    }
    shared = np.full(len(i), NO_SOURCE, np.int32)
    sources = {n: column(month.sources[n]) for n in names}
    for name in names:
        columns[name] = pa.array(column(month.values[name]))
        columns[f"{name}_flag"] = pa.array(column(month.flags[name]))
        np.maximum(shared, sources[name], out=shared)
    columns["source"] = pa.array(shared)
    own = [n for n in names if not _follows(sources[n], shared, None if audited else columns[n])]
    for name in own:
        columns[f"{name}_source"] = pa.array(sources[name])
    if audited:
        columns["audited"] = pa.array(np.ones(len(i), bool))
    whole = [n for n in names if _whole(columns[n].to_numpy())]
    sink = io.BytesIO()
    pq.write_table(
        pa.table(columns),
        sink,
        compression="zstd",
        row_group_size=_GROUP_ROWS,
        # As small as a dictionary for everything, and written and read in two thirds of the time: of whole numbers the
        # low bytes are zero, and flags and sources hardly ever change from row to row.
        use_dictionary=["station", *(n for n in names if n not in whole)],
        column_encoding={"time": "DELTA_BINARY_PACKED"} | dict.fromkeys(whole, "BYTE_STREAM_SPLIT"),
        write_statistics=["station"],
    )
    return sink.getvalue(), len(i)


def _whole(values: npt.NDArray[np.float32]) -> bool:
    """Whether a column holds whole numbers alone."""
    whole, missing = values == np.rint(values), np.isnan(values)
    return bool(np.count_nonzero(whole) + np.count_nonzero(missing) == len(values))


def _follows(own: npt.NDArray[np.int32], shared: npt.NDArray[np.int32], values: Any) -> bool:
    """Whether a variable's sources are those of the rows, wherever it has a value."""
    differ = own != shared
    if values is not None and differ.any():
        differ &= ~np.isnan(values.to_numpy())
    return not differ.any()


def digest(blob: bytes) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(blob).hexdigest()
