"""Parquet of the European Environment Agency: one row a value, ``Samplingpoint, Pollutant, Start, End, Value, Unit, …``.

Stamps are UTC+1 throughout the year, and both ends of the period are given. Validity below 1 is invalid; 2 and 3 are
valid below the detection limit.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats.base import Convention, Parsed
from airq.observations.formats.long_form import spread
from airq.observations.formats.names import readable
from airq.observations.formats.rows import dense
from airq.observations.formats.table import Table, first_heads, numbers, read_table
from airq.observations.formats.times import parse_times

__all__ = ["NAME", "parse", "recognise"]

NAME: Final = "eea"

CONVENTION: Final = Convention(
    "end", "+01:00", "[B 85%]", "EEA download service: hourly data in UTC+1, column End"
)

_MARKS: Final = frozenset(("samplingpoint", "pollutant", "start", "end", "value", "unit", "aggtype", "validity", "verification"))  # fmt: skip
_POLLUTANTS: Final = {"1": "so2", "5": "pm10", "7": "o3", "8": "no2", "10": "co", "6001": "pm25"}
"""Codes of the EEA's vocabulary of pollutants (dd.eionet.europa.eu/vocabulary/aq/pollutant [C])."""

_HOUR_NS: Final = 3_600_000_000_000


def recognise(raw: RawFile) -> bool:
    """Whether the columns are those of the download service; also as CSV."""
    return len({h.lower() for h in first_heads(raw)} & _MARKS) >= 7


def variable_of(code: str) -> str | None:
    """Variable of a pollutant code, which may also be the last part of an address.

    Examples
    --------
    >>> variable_of("8"), variable_of("http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001"), variable_of("20")
    ('no2', 'pm25', None)
    """
    name = _POLLUTANTS.get(code.strip().rstrip("/").rsplit("/", 1)[-1])
    return name


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read a file of the download service.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Sampling points or their stations to take.

    Returns
    -------
    Parsed
        Hourly.

    Raises
    ------
    FileRejected
        A needed column is missing, there are no hourly values, or a unit is not known.
    """
    table = read_table(raw)
    points, kinds, starts, ends, cells, units = _needed(table, raw)
    where = "row" if raw.kind == "parquet" else "line"
    lines = table.lines
    begin = parse_times(starts, lines, CONVENTION.zone, raw.issues).time
    end = parse_times(ends, lines, CONVENTION.zone, raw.issues).time
    station = np.array([p.strip() for p in points], object)
    length = (end - begin).astype("timedelta64[ns]").astype(np.int64)
    known = readable(station, ~np.isnat(begin) & ~np.isnat(end), lines, raw.issues)
    hourly = known & (length == _HOUR_NS)
    other = known & ~hourly
    if other.any():
        raw.issues.lost(
            f"{where} {lines[np.flatnonzero(other)[0]]}",
            f"{int(other.sum()):,} values are not means of one hour; they are not taken",
        )
    full = end == end.astype("datetime64[h]").astype("datetime64[ns]")
    for i in np.flatnonzero(hourly & ~full):
        raw.issues.each("minute", f"{where} {lines[i]}", f"the time '{ends[i][:25]}' is not a full hour; it is not taken")  # fmt: skip
    keep = hourly & full
    if stations is not None:
        keep &= np.isin(station.astype(str), list(stations))
    if not keep.any():
        raise FileRejected(f"{raw.path}: no hourly value could be taken; check the file.")
    value = numbers(cells, keep, lines, "Value", raw.issues)
    _judge(table, value, raw)
    values = spread(kinds, units, value, keep, lines, raw, variable_of)
    block = dense(station[keep], end[keep], {n: v[keep] for n, v in values.items()}, lines[keep], raw.issues)
    raw.issues.note("", CONVENTION.sentence())
    about: dict[str, dict[str, Any]] = {s: {"name_en": s} for s in block.stations}
    return Parsed(raw, NAME, "hourly", block, raw.issues.summarised(), about)


def _needed(table: Table, raw: RawFile) -> list[list[str]]:
    out = []
    for name in ("Samplingpoint", "Pollutant", "Start", "End", "Value", "Unit"):
        column = table.column(name)
        if column is None:
            raise FileRejected(
                f"{raw.path}: no column '{name}' among '{', '.join(table.heads)[:120]}'; fetch the file again."
            )
        out.append([c.replace("ug.m-3", "ug m-3").replace("mg.m-3", "mg m-3") for c in column] if name == "Unit" else column)  # fmt: skip
    return out


def _judge(table: Table, value: npt.NDArray[np.float64], raw: RawFile) -> None:
    """Take the reporter's own validity at its word."""
    codes = table.column("Validity")
    if codes is None:
        raw.issues.note("", "no column Validity; all values are taken")
        return
    texts = [c.strip().removesuffix(".0") for c in codes]
    bad = np.array([t not in ("1", "2", "3", "4") for t in texts], bool) & np.isfinite(value)
    if bad.any():
        raw.issues.note("", f"{int(bad.sum()):,} values are not valid by the reporter's own code; they are taken as missing")  # fmt: skip
        value[bad] = np.nan
    low = np.array([t in ("2", "3") for t in texts], bool) & np.isfinite(value)
    if low.any():
        raw.issues.note("", f"{int(low.sum()):,} values are below the detection limit by the reporter's code; they are kept")  # fmt: skip
