"""AirNow: hourly data files (``date|time|AQSID|site|offset|parameter|unit|value|source``) and AirNow-Tech tables.

Both label an hour by its beginning; the first in GMT, the second states GMT beside local standard time. Gases stand in
ppb or ppm and are converted at the reference state of GB 3095 (298.15 K, 1013.25 hPa).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats.base import Convention, Parsed
from airq.observations.formats.long_form import spread
from airq.observations.formats.names import readable
from airq.observations.formats.order import drop_strays
from airq.observations.formats.rows import dense
from airq.observations.formats.table import Table, first_heads, numbers, read_table
from airq.observations.formats.times import parse_times

__all__ = ["NAME", "parse", "recognise"]

NAME: Final = "airnow"

CONVENTION: Final = Convention(
    "start", "+00:00", "[B 85%]", "AirNow hourly data file: valid time is the begin hour in GMT"
)

_HEADS: Final = ["Date (UTC)", "Time (UTC)", "Site AQS", "Site", "Offset", "Param", "Unit", "Value", "Source"]
_MARKS: Final = frozenset(("agency", "site aqs", "param", "date (utc)", "time (utc)", "value", "unit", "qc code", "poc"))  # fmt: skip
_LINE = re.compile(rb"\d\d/\d\d/\d\d\|\d\d?:\d\d\|[^|\n]*\|[^|\n]*\|[^|\n]*\|[^|\n]*\|[^|\n]*\|[^|\n]*\|")
_VARIABLES: Final = {
    "PM2.5": "pm25",
    "PM25": "pm25",
    "PM10": "pm10",
    "SO2": "so2",
    "NO2": "no2",
    "CO": "co",
    "OZONE": "o3",
    "O3": "o3",
    "TEMP": "temperature",
    "RHUM": "relative_humidity",
    "BARPR": "pressure",
    "WS": "wind_speed",
    "WD": "wind_direction",
    "PRECIP": "precipitation",
    "SRAD": "radiation",
}
_VALID: Final = frozenset(("0", "1", "2", "3", "4"))
"""QC codes whose values are taken: valid, adjusted, averaged, estimated, valid but questioned [B 75%]."""


def _is_pipes(raw: RawFile) -> bool:
    head = raw.data[:20_000].lstrip().split(b"\n")[:20]
    return raw.kind == "text" and sum(bool(_LINE.match(line)) for line in head) >= max(
        1, 0.5 * len(head[:-1])
    )


def recognise(raw: RawFile) -> bool:
    """Whether lines look like the hourly data file, or headings like an AirNow-Tech table."""
    return _is_pipes(raw) or len({h.lower() for h in first_heads(raw)} & _MARKS) >= 7


def variable_of(kind: str) -> str | None:
    """Variable of a parameter, with or without its AQS number.

    Examples
    --------
    >>> variable_of("PM2.5-88101"), variable_of("OZONE"), variable_of("PM2.5-24HR"), variable_of("NOY")
    ('pm25', 'o3', None, None)
    """
    found = re.fullmatch(r"(.+?)(?:-\d{5})?", kind.strip().upper())
    return _VARIABLES.get(found[1]) if found else None


def _pipes(raw: RawFile) -> Table:
    """The hourly data file as a table with headings of its own."""
    headed = RawFile(raw.path, "|".join(_HEADS).encode() + b"\n" + raw.data, raw.kind, raw.sha256, raw.cut, raw.issues)  # fmt: skip
    table = read_table(headed)
    return Table(table.heads, table.columns, table.lines - 1, [], 0)


def _needed(table: Table, raw: RawFile, *names: str) -> list[list[str]]:
    out = []
    for name in names:
        column = table.column(name)
        if column is None:
            raise FileRejected(
                f"{raw.path}: line {table.head_line}: no column '{name}' among '{', '.join(table.heads)[:120]}'; restore the heading."
            )
        out.append(column)
    return out


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read an hourly data file or an AirNow-Tech table.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        AQS codes to take.

    Returns
    -------
    Parsed
        Hourly pollutants and weather in canonical units.

    Raises
    ------
    FileRejected
        A needed column is missing, a unit is not known, or nothing could be taken.
    """
    pipes = _is_pipes(raw)
    table = _pipes(raw) if pipes else read_table(raw)
    dates, clocks, codes, kinds, units, cells = _needed(
        table, raw, "Date (UTC)", "Time (UTC)", "Site AQS", "Param", "Unit", "Value"
    )
    # The hourly file and AirNow-Tech both write month/day/year; neither ever names the day first.
    texts = [f"{d.strip()} {c.strip()}" for d, c in zip(dates, clocks, strict=True)]
    time = parse_times(texts, table.lines, "+00:00", raw.issues, first=False).time + np.timedelta64(1, "h")
    station = np.array([c.strip() for c in codes], object)
    keep = ~np.isnat(time) & _full_hours(time, texts, table, raw)
    keep = readable(station, keep, table.lines, raw.issues)
    if stations is not None:
        keep &= np.isin(station.astype(str), list(stations))
    value = numbers(cells, keep, table.lines, "Value", raw.issues)
    _judge(table, value, raw)
    if not keep.any():
        raise FileRejected(f"{raw.path}: no line could be taken; check the file.")
    series = np.array([f"{s}|{k}" for s, k in zip(station, kinds, strict=True)], object)
    keep[keep] = drop_strays(series[keep], time[keep], table.lines[keep], raw.issues)
    values = spread([k.strip() for k in kinds], units, value, keep, table.lines, raw, variable_of)
    block = dense(
        station[keep], time[keep], {n: v[keep] for n, v in values.items()}, table.lines[keep], raw.issues
    )
    raw.issues.note("", CONVENTION.sentence())
    names = table.column("Site") or [""] * len(table)
    about: dict[str, dict[str, Any]] = {}
    for code, name in zip(station, names, strict=True):
        about.setdefault(str(code), {"name_en": name.strip()})
    return Parsed(raw, NAME, "hourly", block, raw.issues.summarised(), {s: about[s] for s in block.stations})


def _full_hours(
    time: npt.NDArray[np.datetime64], texts: list[str], table: Table, raw: RawFile
) -> npt.NDArray[np.bool_]:
    """Full hours; stations at a broken offset such as +05:30 report half past and are named."""
    full = time == time.astype("datetime64[h]").astype("datetime64[ns]")
    for i in np.flatnonzero(~full & ~np.isnat(time)):
        raw.issues.each("minute", f"line {table.lines[i]}", f"the time '{texts[i][:25]}' is not a full hour; the line is not taken")  # fmt: skip
    return full


def _judge(table: Table, value: npt.NDArray[np.float64], raw: RawFile) -> None:
    """Take the source's own quality codes at their word."""
    codes = table.column("QC Code")
    if codes is None:
        return
    texts = np.array([c.strip().removesuffix(".0") for c in codes], object)
    bad = ~np.isin(texts.astype(str), [*_VALID, ""]) & np.isfinite(value)
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        raw.issues.note(
            f"line {table.lines[first]}",
            f"{int(bad.sum()):,} values carry a QC code of the source by which they are invalid ({', '.join(sorted(set(texts[bad]))[:5])}); they are taken as missing",
        )
        value[bad] = np.nan
    doubtful = np.isin(texts.astype(str), sorted(_VALID - {"0"})) & np.isfinite(value)
    if doubtful.any():
        raw.issues.note(
            "", f"{int(doubtful.sum()):,} values were adjusted or estimated by the source; they are kept"
        )
