"""The UCI Beijing Multi-Site data set: ``No,year,month,day,hour,PM2.5,…,TEMP,PRES,DEWP,RAIN,wd,WSPM,station``.

CO stands in µg/m³ and wind in 16 letters. Hour labels are those of the feed, ends of hours: the daily values that
tianqihoubao gives for Beijing fit best to labels 0…23 of this data set (2013-2017, scatter of PM2.5 5.4 µg/m³ against 5.8
and 6.9 one hour to either side), and those for Urumqi fit best to labels 0…23 of the feed (2019). The data set's own text
names no convention. Particles stop at 999, the top of the instruments' range.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats.base import Block, Convention, Parsed, compass, convert, parse_date
from airq.observations.formats.names import readable
from airq.observations.formats.order import drop_strays
from airq.observations.formats.rows import dense
from airq.observations.formats.table import Table, first_heads, numbers, read_table
from airq.observations.issues import Issues
from airq.variables import FLAGS

__all__ = ["NAME", "cap", "parse", "recognise"]

NAME: Final = "uci-beijing"

CONVENTION: Final = Convention(
    "end", "+08:00", "[M]", "daily values of tianqihoubao; the data set names none"
)
CAP: Final = 999.0

_MARKS: Final = frozenset(("no", "year", "month", "day", "hour", "temp", "pres", "dewp", "rain", "wd", "wspm", "station"))  # fmt: skip
_COLUMNS: Final = {
    # variable: heading, unit of the data set (doi 10.24432/C5RK5G [C])
    "pm25": ("PM2.5", "µg/m3"),
    "pm10": ("PM10", "µg/m3"),
    "so2": ("SO2", "µg/m3"),
    "no2": ("NO2", "µg/m3"),
    "co": ("CO", "µg/m3"),
    "o3": ("O3", "µg/m3"),
    "temperature": ("TEMP", "degC"),
    "pressure": ("PRES", "hPa"),
    "dew_point": ("DEWP", "degC"),
    "precipitation": ("RAIN", "mm"),
    "wind_speed": ("WSPM", "m/s"),
}


def recognise(raw: RawFile) -> bool:
    """Whether most of the data set's headings are there."""
    return len({h.lower() for h in first_heads(raw)} & _MARKS) >= 9


def _times(table: Table, raw: RawFile) -> npt.NDArray[np.datetime64]:
    """Ends of hours; NaT where year, month, day or hour make none."""
    parts = []
    for name in ("year", "month", "day", "hour"):
        column = table.column(name)
        if column is None:
            raise FileRejected(
                f"{raw.path}: line {table.head_line}: no column '{name}' among '{', '.join(table.heads)[:120]}'; restore the heading."
            )
        parts.append(column)
    out = np.full(len(table), np.datetime64("NaT"), "datetime64[ns]")
    days = {ymd: parse_date("-".join(p.strip() for p in ymd)) for ymd in set(zip(*parts[:3], strict=True))}
    for i, (year, month, day, hour) in enumerate(zip(*parts, strict=True)):
        date = days[(year, month, day)]
        text = hour.strip(" ")
        if date is None or not (text.isdigit() and text.isascii() and int(text) <= 23):
            shown = f"{year}-{month}-{day} {hour}"[:30]
            raw.issues.each("date", f"line {table.lines[i]}", f"the time {shown} does not exist; the line is not taken")  # fmt: skip
        else:
            out[i] = date + np.timedelta64(int(text), "h")
    return out


def _wind(table: Table, keep: npt.NDArray[np.bool_], issues: Issues) -> npt.NDArray[np.float64] | None:
    """Degrees from the 16 letters."""
    cells = table.column("wd")
    if cells is None:
        issues.lost(f"line {table.head_line}", "no column 'wd'; wind_direction is not taken")
        return None
    known = {c: compass(c) for c in set(cells)}
    out = np.full(len(cells), np.nan)
    for i in np.flatnonzero(keep):
        value = known[cells[i]]
        if value is None:
            issues.each("wind", f"line {table.lines[i]} column wd", f"'{cells[i][:20]}' is none of the 16 winds; the value is taken as missing")  # fmt: skip
        else:
            out[i] = value
    return out


def cap(block: Block, names: Collection[str], top: float, issues: Issues) -> None:
    """Flag values at the top of an instrument's range; they stay, because the truth is at least as high.

    Parameters
    ----------
    block : Block
        Its flags are changed in place: ``out_of_range`` and ``sentinel``.
    names : collection of str
    top : float
        In canonical units.
    issues : Issues
    """
    for name in names:
        if name in block.values:
            at = block.values[name] == np.float32(top)
            if at.any():
                block.flags[name][at] |= np.uint16(FLAGS["out_of_range"] | FLAGS["sentinel"])
                issues.note("", f"{int(at.sum()):,} values of {name} are {top:g}, the top of the instrument's range; they are kept and flagged")  # fmt: skip


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read one station's file of the data set.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Names to take.

    Returns
    -------
    Parsed
        Hourly pollutants and weather, in canonical units.

    Raises
    ------
    FileRejected
        A column of the time is missing, or nothing could be taken.
    """
    table = read_table(raw)
    time = _times(table, raw)
    column = table.column("station")
    names = np.array([t.strip() for t in column] if column else [raw.stem] * len(table), object)
    keep = readable(names, ~np.isnat(time), table.lines, raw.issues)
    if stations is not None:
        keep &= np.isin(names.astype(str), list(stations))
    values: dict[str, npt.NDArray[np.float64]] = {}
    for name, (head, unit) in _COLUMNS.items():
        index = table.find(head)
        if index is None:
            raw.issues.lost(f"line {table.head_line}", f"no column '{head}'; {name} is not taken")
            continue
        cells = numbers(table.columns[index], keep, table.lines, head, raw.issues)
        values[name] = convert(cells, name, unit, raw, head)
    _check_co(values, raw)
    wind = _wind(table, keep, raw.issues)
    if wind is not None:
        values["wind_direction"] = wind
    keep[keep] = drop_strays(names[keep], time[keep], table.lines[keep], raw.issues)
    if not keep.any():
        raise FileRejected(f"{raw.path}: no line could be taken; check the file.")
    block = dense(
        names[keep], time[keep], {n: v[keep] for n, v in values.items()}, table.lines[keep], raw.issues
    )
    cap(block, ("pm25", "pm10"), CAP, raw.issues)
    raw.issues.note("", CONVENTION.sentence())
    raw.issues.note("", "CO is converted from µg/m³; wind letters are stored in degrees")
    about = {s: {"name_en": s, "place": "北京", "network": "national"} for s in block.stations}
    return Parsed(raw, NAME, "hourly", block, raw.issues.summarised(), about)


def _check_co(values: dict[str, npt.NDArray[np.float64]], raw: RawFile) -> None:
    """CO that was already mg/m³ would become a thousandth of itself."""
    co = values.get("co")
    if co is not None and np.isfinite(co).sum() >= 24 and float(np.nanmedian(co)) < 0.02:
        raise FileRejected(
            f"{raw.path}: column 'CO': a median of {float(np.nanmedian(co)) * 1000:g} cannot be µg/m³ as this data set has it; it may be mg/m³ already, give a column map."
        )
