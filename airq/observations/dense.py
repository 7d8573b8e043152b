"""A month's arrays laid ready beside its Parquet file, for quick reading.

A Parquet file is packed: whoever wants four stations unpacks sixteen, and whoever wants one hour unpacks the month.
The file described here holds the same values and flags unpacked, one row a station and all its hours side by side, as
an Arrow IPC stream that is mapped into memory, so that a reader touches only what it asked for. It takes about three
bytes a value, two to three times the Parquet file, and is written by ``airq archive compact``.

It is a copy: the Parquet file stays the record, and the copy names the digest of the very file it was made from and
is used for no other.
"""

from __future__ import annotations

import json
import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.observations.months import NO_SOURCE, Month

__all__ = ["FOLDER", "Dense", "Variable", "pack", "read"]

FOLDER: Final = "dense"
_LAYOUT: Final = 1
_EMPTY: Final = np.int16(-32768)
_LARGEST: Final = 32767
_SCALES: Final = (1, 10, 100, 1000)
_SAID: Final = 16
"""Bit of a mark above the flags: some file spoke of the cell, if only to empty it."""


@dataclass(frozen=True)
class Variable:
    """One variable of a month: counts or values, and marks, both of shape (station, time).

    Attributes
    ----------
    stored : int16 or float32 array
        Counts of ``1 / scale`` units; values themselves if ``scale`` is None.
    scale : int or None
    marks : unsigned array
        Positions in ``flags`` and ``said``.
    flags : uint16 array
    said : bool array
    """

    stored: npt.NDArray[Any]
    scale: int | None
    marks: npt.NDArray[Any]
    flags: npt.NDArray[np.uint16]
    said: npt.NDArray[np.bool_]

    def values(self, cell: Any) -> npt.NDArray[np.float32]:
        """Values of a rectangle of cells, NaN where there is none."""
        part = self.stored[cell]
        out = np.array(part, np.float32)
        if self.scale is not None:
            if self.scale != 1:
                out /= np.float32(self.scale)  # correctly rounded, so 22 / 10 is the float32 of 2.2
            out[part == _EMPTY] = np.nan
        return out

    def bits(self, cell: Any) -> npt.NDArray[np.uint16]:
        """Flags of a rectangle of cells."""
        return self.flags[self.marks[cell]]

    def spoken(self, cell: Any) -> npt.NDArray[np.bool_]:
        """Where a file spoke of the cell; see :attr:`airq.observations.months.Month.sources`."""
        return self.said[self.marks[cell]]


@dataclass(frozen=True)
class Dense:
    """A month that is mapped into memory.

    Attributes
    ----------
    stations : str
        JSON list of the codes, in the order of the rows; text, so that equal months are told by comparing it.
    hours : int
        Length of the time axis: hours, or days of a daily kind.
    variables : dict of str to Variable
    """

    stations: str
    hours: int
    variables: dict[str, Variable]


def pack(month: Month, of: str) -> bytes:
    """Bytes of the file; the same month gives the same bytes.

    Parameters
    ----------
    month : Month
        As its Parquet file holds it.
    of : str
        SHA-256 of that file.

    Examples
    --------
    >>> state = Month.empty("2019-01", "observations")
    >>> state.add_stations(["A"])
    >>> state.add_variable("co")
    >>> state.values["co"][0, 2:4] = 2.2, 0.3
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "2019-01.arrows"
    >>> file.write_bytes(pack(state, "f00d")) > 744 * 3
    True
    >>> made = read(file, "f00d")
    >>> made.variables["co"].values((slice(0, 1), slice(1, 4))).tolist()
    [[nan, 2.200000047683716, 0.30000001192092896]]
    >>> read(file, "beef") is None
    True
    """
    import pyarrow as pa

    columns: dict[str, Any] = {}
    about: dict[str, dict[str, Any]] = {}
    for name, values in month.values.items():
        stored, scale = _counted(values)
        marks, table = _marked(month.flags[name], month.sources[name] != NO_SOURCE)
        about[name] = {"scale": scale, "marks": table}
        for column, block in ((name, stored), (f"{name}_marks", marks)):
            flat = pa.array(np.ascontiguousarray(block).reshape(-1))
            columns[column] = pa.FixedSizeListArray.from_arrays(flat, len(month.time))
    head = {
        "layout": str(_LAYOUT),
        "of": of,
        "hours": str(len(month.time)),
        "variables": json.dumps(about),
        "stations": json.dumps(month.stations, ensure_ascii=False),
    }
    table = pa.table(columns).replace_schema_metadata(head)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def read(file: Path, of: str) -> Dense | None:
    """Map a file into memory; None if it is missing, damaged, of another layout or of another state of the month.

    Parameters
    ----------
    file : path
    of : str
        SHA-256 of the Parquet file whose arrays are wanted.
    """
    import pyarrow as pa

    try:
        with file.open("rb") as stream:
            mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        with pa.ipc.open_stream(pa.py_buffer(mapped)) as opened:
            head = {k.decode(): v.decode() for k, v in (opened.schema.metadata or {}).items()}
            if head.get("of") != of or head.get("layout") != str(_LAYOUT):
                return None
            batch = opened.read_next_batch()
        hours, about = int(head["hours"]), json.loads(head["variables"])
        variables = {}
        for name, given in about.items():
            table = np.array(given["marks"], np.uint32)
            variables[name] = Variable(
                _block(batch, name, hours),
                given["scale"],
                _block(batch, f"{name}_marks", hours),
                table.astype(np.uint16),
                (table >> _SAID).astype(bool),
            )
        return Dense(head["stations"], hours, variables)
    except (OSError, pa.ArrowException, StopIteration, ValueError, KeyError, TypeError, AttributeError):
        return None


def _block(batch: Any, column: str, hours: int) -> npt.NDArray[Any]:
    """Array (station, time) of a column of lists, without a copy."""
    out: npt.NDArray[Any] = batch.column(column).values.to_numpy().reshape(batch.num_rows, hours)
    return out


def _counted(values: npt.NDArray[np.float32]) -> tuple[npt.NDArray[Any], int | None]:
    """Counts and their scale, where these restore every value bit for bit; else the values as they are."""
    some = ~np.isnan(values)
    given = values[some]
    for scale in _SCALES:
        for part in (given[:4096], given):  # most scales fail on the first few
            counts = np.rint(part.astype(np.float64) * scale)
            if not (np.abs(counts) <= _LARGEST).all():
                return values, None
            back = counts.astype(np.int16).astype(np.float32) / np.float32(scale)
            if not np.array_equal(back.view(np.uint32), part.view(np.uint32)):
                break
        else:
            out = np.full(values.shape, _EMPTY)
            out[some] = counts.astype(np.int16)
            return out, scale
    return values, None


def _marked(flags: npt.NDArray[np.uint16], said: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[Any], list[int]]:
    """Numbers of the different pairs of flags and ``said``, and the pairs; an empty month has one all the same."""
    both = flags.astype(np.uint32) | (said.astype(np.uint32) << _SAID)
    present = np.flatnonzero(np.bincount(both.reshape(-1), minlength=1 << (_SAID + 1)))
    width = np.min_scalar_type(max(len(present) - 1, 0))
    number = np.zeros(1 << (_SAID + 1), width)
    number[present] = np.arange(len(present))
    return number[both], present.tolist()
