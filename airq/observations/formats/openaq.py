"""OpenAQ: the CSV archive, and the JSON of the measurement services (versions 2 and 3).

The archive's ``datetime`` and version 2's ``date`` are ends of the averaging period; version 3 states both ends. Every
stamp has its offset, so hours that clocks repeat stay apart. Units are stated with each value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats import documents
from airq.observations.formats.base import Convention, Parsed, parse_number
from airq.observations.formats.long_form import busiest_sensors, spread
from airq.observations.formats.minutes import MINUTES_NEEDED, step_minutes, to_hours
from airq.observations.formats.names import readable
from airq.observations.formats.order import drop_strays
from airq.observations.formats.rows import dense
from airq.observations.formats.table import first_heads, numbers, read_table
from airq.observations.formats.times import parse_times

__all__ = ["NAME", "parse", "recognise"]

NAME: Final = "openaq"

CONVENTION: Final = Convention(
    "end", "stated", "[C]", "openaq-fetch: the date is the end of the averaging period"
)

_MARKS: Final = frozenset(("location_id", "sensors_id", "location", "datetime", "lat", "lon", "parameter", "units", "value"))  # fmt: skip
_KEYS_3: Final = (b'"parameter"', b'"period"', b'"datetimeto"')
_KEYS_2: Final = (b'"locationid"', b'"parameter"', b'"date"')


@dataclass(frozen=True)
class _Rows:
    """Values of a file, whatever its syntax."""

    station: list[str]
    kind: list[str]
    unit: list[str]
    sensor: list[str]
    stamp: list[str]
    value: npt.NDArray[np.float64]
    lines: npt.NDArray[np.int64]
    about: dict[str, dict[str, Any]]
    unit_of_line: str


def recognise(raw: RawFile) -> bool:
    """Whether the headings of the archive, or the keys of the services, are there."""
    if documents.is_json(raw):
        text = raw.data[:20_000].lower()
        return any(all(k in text for k in keys) for keys in (_KEYS_3, _KEYS_2))
    heads = {h.lower() for h in first_heads(raw)}
    return len(heads & _MARKS) >= 7 and bool(heads & {"location_id", "sensors_id"})


def _about(name: str, lat: str, lon: str) -> dict[str, Any]:
    out: dict[str, Any] = {"name_en": name.strip()}
    for key, text in (("lat", lat), ("lon", lon)):
        value = parse_number(text)
        if value is not None and np.isfinite(value):
            out[key] = value
    return out


def _csv(raw: RawFile) -> _Rows:
    table = read_table(raw)
    columns: dict[str, list[str]] = {}
    for name in ("location_id", "datetime", "parameter", "units", "value"):
        column = table.column(name)
        if column is None:
            raise FileRejected(
                f"{raw.path}: line {table.head_line}: no column '{name}' among '{', '.join(table.heads)[:120]}'; restore the heading."
            )
        columns[name] = column
    blank = [""] * len(table)
    station = [f"openaq-{c.strip()}" if c.strip() else "" for c in columns["location_id"]]
    names, lats, lons = (table.column(n) or blank for n in ("location", "lat", "lon"))
    about: dict[str, dict[str, Any]] = {}
    for code, name, lat, lon in zip(station, names, lats, lons, strict=True):
        if code not in about:
            about[code] = _about(name, lat, lon)
    value = numbers(columns["value"], np.ones(len(table), bool), table.lines, "value", raw.issues)
    kind = [k.strip().lower() for k in columns["parameter"]]
    sensor = [s.strip() for s in table.column("sensors_id") or blank]
    return _Rows(
        station, kind, columns["units"], sensor, columns["datetime"], value, table.lines, about, "line"
    )


def _get(item: Any, *keys: str) -> Any:
    for key in keys:
        item = item.get(key) if isinstance(item, dict) else None
    return item


def _json(raw: RawFile) -> _Rows:
    body = documents.load(raw)
    results = body.get("results") if isinstance(body, dict) else body
    if not isinstance(results, list) or not results:
        raise FileRejected(f"{raw.path}: the JSON has no list of results; fetch the file again.")
    rows: list[tuple[str, str, str, str, str, float, int]] = []
    about: dict[str, dict[str, Any]] = {}
    flagged = 0
    for number, item in enumerate(results, 1):
        if not isinstance(item, dict):
            raw.issues.each("shape", f"result {number}", "is no JSON object; it is not taken")
            continue
        entry = _entry_3(item, raw) if _get(item, "period") is not None else _entry_2(item)
        value = parse_number(documents.cell(_get(item, "value")))
        if entry is None or value is None or "value" not in item:
            raw.issues.each(
                "shape", f"result {number}", "has no parameter, unit, time or value; it is not taken"
            )
            continue
        code, kind, unit, sensor, stamp, info = entry
        flagged += bool(_get(item, "flagInfo", "hasFlags"))
        about.setdefault(code, info)
        rows.append((code, kind, unit, sensor, stamp, value, number))
    if not rows:
        raise FileRejected(f"{raw.path}: no result could be taken; fetch the file again.")
    if flagged:
        raw.issues.note("", f"{flagged:,} values carry a flag of OpenAQ; they are kept")
    station, kind_of, unit_of, sensor_of, stamp_of, values, numbers_of = (
        list(c) for c in zip(*rows, strict=True)
    )
    return _Rows(station, kind_of, unit_of, sensor_of, stamp_of, np.array(values, float), np.array(numbers_of, np.int64), about, "result")  # fmt: skip


_Entry = tuple[str, str, str, str, str, dict[str, Any]]


def _entry_3(item: Mapping[str, Any], raw: RawFile) -> _Entry | None:
    kind, unit = _get(item, "parameter", "name"), _get(item, "parameter", "units")
    stamp = _get(item, "period", "datetimeTo", "utc") or _get(item, "period", "datetimeTo", "local")
    if not (isinstance(kind, str) and isinstance(unit, str) and isinstance(stamp, str)):
        return None
    ident = _get(item, "locationsId") or _get(item, "locationId")
    code = f"openaq-{ident}" if ident is not None else raw.stem
    lat, lon = (documents.cell(_get(item, "coordinates", k)) for k in ("latitude", "longitude"))
    sensor = documents.cell(_get(item, "sensorsId"))
    return code, kind.lower(), unit, sensor, stamp, _about(code, lat, lon)


def _entry_2(item: Mapping[str, Any]) -> _Entry | None:
    kind, unit, ident = _get(item, "parameter"), _get(item, "unit"), _get(item, "locationId")
    stamp = _get(item, "date", "utc") or _get(item, "date", "local")
    if not (isinstance(kind, str) and isinstance(unit, str) and isinstance(stamp, str)) or ident is None:
        return None
    name = _get(item, "location")
    lat, lon = (documents.cell(_get(item, "coordinates", k)) for k in ("latitude", "longitude"))
    return f"openaq-{ident}", kind.lower(), unit, "", stamp, _about(str(name or ident), lat, lon)


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read an archive file or a saved answer of the services.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Codes ``openaq-<location id>`` to take.

    Returns
    -------
    Parsed
        Hourly; readings more often than hourly are averaged where 45 minutes are covered.

    Raises
    ------
    FileRejected
        A needed heading or key is missing, or nothing could be taken.
    """
    rows = _json(raw) if documents.is_json(raw) else _csv(raw)
    time = _stamps(rows, raw)
    station = np.array(rows.station, object)
    keep = readable(station, ~np.isnat(time), rows.lines, raw.issues)
    if stations is not None:
        keep &= np.isin(station.astype(str), list(stations))
    if not keep.any():
        raise FileRejected(f"{raw.path}: no {rows.unit_of_line} could be taken; check the file.")
    keep = busiest_sensors(station, rows.kind, rows.sensor, rows.value, keep, raw)
    values = spread(rows.kind, rows.unit, rows.value, keep, rows.lines, raw)
    raw.issues.note("", CONVENTION.sentence())
    full = time == time.astype("datetime64[h]").astype("datetime64[ns]")
    often = {n: _often(time, station, np.isfinite(v) & keep) for n, v in values.items()}
    if any(often.values()):
        station, time, values, lines = _averaged(station, time, values, keep, rows, raw)
        keep = np.ones(len(time), bool)
    else:
        lines = rows.lines
        for i in np.flatnonzero(keep & ~full):
            raw.issues.each("minute", f"{rows.unit_of_line} {lines[i]}", f"the time '{rows.stamp[i][:25]}' is not a full hour; it is not taken")  # fmt: skip
        keep &= full
        keep[keep] = drop_strays(_series(station, rows.kind)[keep], time[keep], lines[keep], raw.issues)
    if not keep.any():
        raise FileRejected(f"{raw.path}: no value stands at a full hour; check the file.")
    block = dense(station[keep], time[keep], {n: v[keep] for n, v in values.items()}, lines[keep], raw.issues)
    return Parsed(
        raw, NAME, "hourly", block, raw.issues.summarised(), {s: rows.about[s] for s in block.stations}
    )


def _series(station: npt.NDArray[np.object_], kind: list[str]) -> npt.NDArray[np.object_]:
    return np.array([f"{s}|{k}" for s, k in zip(station, kind, strict=True)], object)


def _stamps(rows: _Rows, raw: RawFile) -> npt.NDArray[np.datetime64]:
    """Beijing time; a stamp without an offset is refused, because nothing says what it means."""
    bare = [i for i, t in enumerate(rows.stamp) if not _has_offset(t)]
    for i in bare:
        raw.issues.each("offset", f"{rows.unit_of_line} {rows.lines[i]}", f"the time '{rows.stamp[i][:25]}' has no offset from UTC; it is not taken")  # fmt: skip
    time = parse_times(rows.stamp, rows.lines, "+00:00", raw.issues).time
    time[bare] = np.datetime64("NaT")
    return time


def _has_offset(text: str) -> bool:
    t = text.strip()
    return t.endswith("Z") or (len(t) > 6 and t[-6] in "+-" and t[-3] == ":")


def _often(
    time: npt.NDArray[np.datetime64], station: npt.NDArray[np.object_], at: npt.NDArray[np.bool_]
) -> bool:
    """Whether any station reports more often than hourly."""
    return any(step_minutes(time[at & (station == s)]) < MINUTES_NEEDED for s in set(station[at]))


def _averaged(
    station: npt.NDArray[np.object_],
    time: npt.NDArray[np.datetime64],
    values: Mapping[str, npt.NDArray[np.float64]],
    keep: npt.NDArray[np.bool_],
    rows: _Rows,
    raw: RawFile,
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.datetime64], dict[str, npt.NDArray[np.float64]], npt.NDArray[np.int64]]:  # fmt: skip
    """Hourly means of each station and variable as rows again."""
    who: list[str] = []
    when: list[npt.NDArray[np.datetime64]] = []
    out: dict[str, list[npt.NDArray[np.float64]]] = {n: [] for n in values}
    thin = 0
    for code in sorted(set(station[keep])):
        for name, column in values.items():
            at = keep & (station == code) & np.isfinite(column)
            if not at.any():
                continue
            step = step_minutes(time[at])
            start = time[at] - np.timedelta64(round(step * 60), "s")  # stamps are ends of readings
            ends, means, few = to_hours(start, column[at], step, name == "wind_direction")
            thin += few
            who += [code] * len(ends)
            when.append(ends)
            for other in values:
                out[other].append(means if other == name else np.full(len(ends), np.nan))
    raw.issues.note("", f"readings more often than hourly are averaged; {thin:,} hours have less than {MINUTES_NEEDED:g} minutes and are missing")  # fmt: skip
    total = len(who)
    return np.array(who, object), np.concatenate(when), {n: np.concatenate(v) for n, v in out.items()}, np.full(total, rows.lines[0], np.int64)  # fmt: skip
