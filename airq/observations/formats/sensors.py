"""Small sensors that report more often than hourly: exports with lines of text above the table, and PurpleAir.

Readings are averaged to hours that have at least 45 minutes of them. Stamps are taken as beginnings of readings. The
series belong to the network ``micro``; they are as the sensor gives them, not calibrated.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats.base import Convention, Parsed, convert, parse_number, pollutant_of
from airq.observations.formats.minutes import MINUTES_NEEDED, step_minutes, to_hours
from airq.observations.formats.names import readable
from airq.observations.formats.rows import dense
from airq.observations.formats.table import PREAMBLE, Table, heads_of, name_unused, numbers, read_table
from airq.observations.formats.times import day_first, parse_moment, parse_times
from airq.observations.issues import Issues
from airq.variables import POLLUTANTS

__all__ = ["NAME", "hourly", "parse", "recognise"]

NAME: Final = "sensor"

_TIMES: Final = ("time", "datetime", "date_time", "timestamp", "date", "时间", "日期时间")
_LINE: Final = 300  # characters of a line above the table that are looked at
_STATIONS: Final = ("station", "sensor", "sensor_id", "device", "站点", "设备编号")
_NAMES: Final = {"dp": "dew_point", "temp": "temperature", "rh": "relative_humidity", "press": "pressure"}
_ZONE = re.compile(r"UTC\s*(?:([+\-−])\s*(\d{1,2})(?::?(\d{2}))?)?(?=[\s)\]]|$)", re.IGNORECASE)
_SERIAL = re.compile(r"^\W*(?:serial(?: id| number| no\.?)?|sensor(?: id)?|device(?: id| name)?|设备(?:编号|名称)?)\s*[:：=,]\s*(.+?)[\s,]*$", re.IGNORECASE)  # fmt: skip
_PERIOD = re.compile(
    r"averaging\s+(?:period|interval|time)\s*[:=,]\s*([\d.]+)\s*(s|sec|min|h)", re.IGNORECASE
)


def variable_of(head: str) -> tuple[str, str] | None:
    """Variable and unit of a heading of a sensor.

    Examples
    --------
    >>> variable_of("NO2 (ppb)"), variable_of("DP (°C)"), variable_of("Inlet")
    (('no2', 'ppb'), ('dew_point', '°C'), None)
    """
    found = pollutant_of(head)
    if found or len(head) > _LINE:
        return found
    bare = re.fullmatch(r"\s*(.+?)\s*(?:[\(（\[]\s*(.+?)\s*[\)）\]])?\s*", head)
    name = _NAMES.get(bare[1].lower()) if bare else None
    return (name, bare[2] or "") if name and bare else None


def _is_head(heads: list[str]) -> bool:
    low = ["".join(h.lower().split()) for h in heads]
    variables = {v[0] for h in heads if (v := variable_of(h))}
    return any(t in low for t in _TIMES) and bool(variables & set(POLLUTANTS))


def recognise(raw: RawFile) -> bool:
    """Whether times under a heading with pollutants mostly lie within the hour."""
    if raw.kind != "text":
        return False
    lines = [t for t in raw.data[:60_000].decode(errors="replace").split("\n")[: PREAMBLE + 60] if t.strip()]
    start = next((i for i, line in enumerate(lines[:PREAMBLE]) if _is_head(heads_of(line))), None)
    if start is None:
        return False
    heads = heads_of(lines[start])
    if "hour" in [h.lower() for h in heads]:
        return False
    low = ["".join(h.lower().split()) for h in heads]
    column = next(low.index(t) for t in _TIMES if t in low)
    cells = [c[column] for line in lines[start + 1 :] if len(c := heads_of(line)) == len(heads)]
    minutes = [m[0].minute for c in cells if (m := parse_moment(c, day_first(cells) or False)) and m[1]]
    return len(minutes) >= 3 and sum(m != 0 for m in minutes) > 0.5 * len(minutes)


def _zone(preamble: list[str], heads: list[str]) -> tuple[str, bool]:
    """Offset that the text above the table (or the heading of times) states; Beijing time if none."""
    for line in [t[:_LINE] for t in (*preamble, *heads)]:
        found = _ZONE.search(line)
        if found:
            sign = "-" if (found[1] or "+") in "-−" else "+"
            return f"{sign}{int(found[2] or 0):02d}:{int(found[3] or 0):02d}", True
    return "+08:00", False


def _stated_step(preamble: list[str]) -> float | None:
    for line in [t[:_LINE] for t in preamble]:
        if found := _PERIOD.search(line):
            factor = {"s": 1 / 60, "m": 1.0, "h": 60.0}[found[2][0].lower()]
            return float(found[1]) * factor
    return None


def _station_name(preamble: list[str], raw: RawFile) -> str:
    name = next((m[1].strip() for line in preamble if (m := _SERIAL.match(line[:_LINE]))), "")
    if not name or "\ufffd" in name:
        raw.issues.note("", f"no line names the sensor; the file's name '{raw.stem}' is taken")
        return raw.stem
    if re.search(r"[^\w\s.\-()#·:/&+]", name):
        raw.issues.note("", f"the name of the sensor, '{name[:30]}', holds unusual characters; check it")
    return name


def hourly(
    station: npt.NDArray[np.object_],
    time: npt.NDArray[np.datetime64],
    values: Mapping[str, npt.NDArray[np.float64]],
    lines: npt.NDArray[np.int64],
    issues: Issues,
    stated_step: float | None = None,
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.datetime64], dict[str, npt.NDArray[np.float64]], npt.NDArray[np.int64]]:  # fmt: skip
    """Rows of readings to rows of hours.

    Parameters
    ----------
    station, time, lines : arrays, shape (row,)
        Beginnings of readings in Beijing time, without NaT.
    values : mapping of str to array, shape (row,)
        Canonical units.
    issues : Issues
        Receives repeated stamps and thin hours.
    stated_step : float, optional
        Minutes that a reading stands for; the usual distance of readings if not given.

    Returns
    -------
    station, time, values, lines
        Arrays of shape (hour,); time is the end of the hour.
    """
    out_station: list[str] = []
    out_time: list[npt.NDArray[np.datetime64]] = []
    out_lines: list[npt.NDArray[np.int64]] = []
    out: dict[str, list[npt.NDArray[np.float64]]] = {n: [] for n in values}
    thin = repeated = partial = 0
    for code in sorted(set(station.astype(str))):
        rows = np.flatnonzero(station.astype(str) == code)
        stamps, first, counts = np.unique(time[rows], return_index=True, return_counts=True)
        repeated += int((counts > 1).sum())
        step = stated_step or step_minutes(stamps)
        whole = round(60 / step)
        partial += int((np.unique(stamps.astype("datetime64[h]"), return_counts=True)[1] < whole).sum())
        begins = np.unique(stamps.astype("datetime64[h]")).astype("datetime64[ns]")
        hours = np.asarray(begins + np.timedelta64(1, "h"), "datetime64[ns]")
        for name, column in values.items():
            x = column[rows][first]
            x[counts > 1] = np.nan  # two readings of one moment: which is right nobody knows
            ends, means, few = to_hours(stamps, x, step, name == "wind_direction")
            filled = np.full(len(hours), np.nan)
            filled[np.searchsorted(hours, ends)] = means
            out[name].append(filled)
            thin += few
        out_station += [code] * len(hours)
        out_time.append(hours)
        out_lines.append(lines[rows][first][np.searchsorted(stamps, begins)])
    if repeated:
        issues.lost(
            "", f"{repeated:,} moments stand twice (as when clocks go back); their readings are not taken"
        )
    if partial:
        issues.note("", f"{partial:,} hours lack some of their readings")
    if thin:
        issues.note("", f"{thin:,} hourly values have less than {MINUTES_NEEDED:g} minutes of readings and are missing (GB 3095, 6.4)")  # fmt: skip
    return (
        np.array(out_station, object),
        np.concatenate(out_time),
        {n: np.concatenate(v) for n, v in out.items()},
        np.concatenate(out_lines),
    )


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read the export of a sensor.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Names to take.

    Returns
    -------
    Parsed
        Hourly, network ``micro``.

    Raises
    ------
    FileRejected
        Dates that can be read in two ways, an unknown unit, or nothing that could be taken.
    """
    table = read_table(raw, _is_head)
    zone, stated = _zone(table.preamble, table.heads)
    column = table.find(*_TIMES)
    assert column is not None  # the heading was chosen by it
    texts = table.columns[column]
    first = day_first(texts)
    names = table.column(*_STATIONS)
    own = [s.strip() for s in names] if names else [_station_name(table.preamble, raw)] * len(table)
    station = np.array(own, object)
    time = parse_times(texts, table.lines, zone, raw.issues, station.tolist(), first).time
    keep = readable(station, ~np.isnat(time), table.lines, raw.issues)
    if stations is not None:
        keep &= np.isin(station.astype(str), list(stations))
    if not keep.any():
        found = raw.issues.summarised()
        why = f" ({found[0].where}: {found[0].text})" if found else ""
        raise FileRejected(f"{raw.path}: no line could be taken{why}; check the file.")
    values = _values(table, keep, raw)
    at = np.flatnonzero(keep)
    codes, ends, means, lines = hourly(
        station[at], time[at], {n: v[at] for n, v in values.items()}, table.lines[at], raw.issues, _stated_step(table.preamble)
    )  # fmt: skip
    block = dense(codes, ends, means, lines, raw.issues)
    if not stated:
        raw.issues.note("", "the file states no time zone; Beijing time is assumed")
    raw.issues.note(
        "", Convention("start", zone, "[B 60%]", "stamps of readings; hours are means of them").sentence()
    )
    return Parsed(raw, NAME, "hourly", block, raw.issues.summarised(), {s: {"network": "micro", "name_en": s} for s in block.stations})  # fmt: skip


def _values(table: Table, keep: npt.NDArray[np.bool_], raw: RawFile) -> dict[str, npt.NDArray[np.float64]]:
    values: dict[str, npt.NDArray[np.float64]] = {}
    used = {i for i in (table.find(*_TIMES), table.find(*_STATIONS)) if i is not None}
    for j, head in enumerate(table.heads):
        found = variable_of(head)
        if found is None or found[0] in values:
            continue
        name, unit = found
        if name in ("no2", "so2", "o3", "co") and not unit:
            raise FileRejected(
                f"{raw.path}: line {table.head_line}: column '{head}' states no unit, and sensors give gases in ppb as often as in µg/m³; write it in the heading, such as {head}(ppb)."
            )
        cells = numbers(table.columns[j], keep, table.lines, head, raw.issues)
        values[name] = convert(cells, name, unit, raw, head)
        used.add(j)
    name_unused(table, used, raw.issues)
    return values


def about_position(lat: str, lon: str) -> dict[str, Any]:
    """Position from two cells, where they are numbers.

    Examples
    --------
    >>> about_position("44.01", "")
    {'lat': 44.01}
    """
    out: dict[str, Any] = {}
    for key, text in (("lat", lat), ("lon", lon)):
        value = parse_number(text)
        if value is not None and np.isfinite(value):
            out[key] = value
    return out
