"""PurpleAir: history of the service (``time_stamp,sensor_index,pm2.5_atm,…``) and older exports (``created_at,…``).

Stamps are seconds since 1970 or ISO texts in UTC, and name the beginning of the average. Temperature stands in °F. The
PM2.5 stored is the ``atm`` estimate, the mean of both channels; an hour on which the channels differ by more than
5 µg/m³ and 61 % is not taken (Barkjohn et al. 2021 [B 80%]). Values are as the sensor gives them, not corrected.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats.base import Convention, Parsed, convert
from airq.observations.formats.names import readable
from airq.observations.formats.rows import dense
from airq.observations.formats.sensors import about_position, hourly
from airq.observations.formats.table import Table, first_heads, name_unused, numbers, read_table
from airq.observations.formats.times import parse_times
from airq.observations.issues import Issues
from airq.variables import FLAGS

__all__ = ["NAME", "parse", "recognise"]

NAME: Final = "purpleair"

CONVENTION: Final = Convention(
    "start", "+00:00", "[B 70%]", "PurpleAir history: the stamp names the beginning of the average"
)

_TIMES: Final = ("time_stamp", "created_at", "UTCDateTime")
_PM25: Final = (
    # one column, or one a channel
    (("pm2.5_atm",), ()),
    ((), ("pm2.5_atm_a", "pm2.5_atm_b")),
    (("PM2.5_ATM_ug/m3",), ()),
    ((), ("pm2_5_atm", "pm2_5_atm_b")),
    (("pm2.5_cf_1",), ()),
    ((), ("pm2.5_cf_1_a", "pm2.5_cf_1_b")),
    (("PM2.5_CF1_ug/m3",), ()),
    (("pm2.5_alt",), ()),
)
_PM10: Final = ("pm10.0_atm", "pm10.0_cf_1", "PM10.0_ATM_ug/m3", "PM10.0_CF1_ug/m3", "pm10_0_atm")
_WEATHER: Final = {
    "temperature": (("temperature", "temperature_a", "Temperature_F", "current_temp_f"), "F"),
    "relative_humidity": (("humidity", "humidity_a", "Humidity_%", "current_humidity"), "%"),
    "pressure": (("pressure", "pressure_a", "Pressure_hpa"), "hPa"),
}
_APART: Final = (5.0, 0.61)  # µg/m³ and share of the mean


def _plain(name: str) -> str:
    return "".join(name.lower().split())


def recognise(raw: RawFile) -> bool:
    """Whether a stamp of the service stands beside one of its particle columns."""
    heads = {_plain(h) for h in first_heads(raw)}
    particles = {_plain(n) for group in _PM25 for part in group for n in part} | {_plain(n) for n in _PM10}
    return bool(heads & {_plain(t) for t in _TIMES}) and bool(heads & particles)


def _stamps(table: Table, raw: RawFile) -> npt.NDArray[np.datetime64]:
    """Beginnings of readings in Beijing time."""
    column = table.column(*_TIMES)
    if column is None:
        raise FileRejected(
            f"{raw.path}: line {table.head_line}: no column '{_TIMES[0]}' among '{', '.join(table.heads)[:120]}'; restore the heading."
        )
    if all(c.strip().isdigit() for c in column[:50]):
        out = np.full(len(table), np.datetime64("NaT"), "datetime64[ns]")
        for i, text in enumerate(column):
            seconds = text.strip()
            if seconds.isdigit() and seconds.isascii() and 946_684_800 <= int(seconds) <= 4_102_444_800:
                out[i] = np.datetime64(int(seconds), "s") + np.timedelta64(8, "h")
            else:
                raw.issues.each("date", f"line {table.lines[i]}", f"'{seconds[:20]}' is no time in seconds since 1970; the line is not taken")  # fmt: skip
        return out
    return parse_times(column, table.lines, "+00:00", raw.issues).time


def _pm25(
    table: Table, keep: npt.NDArray[np.bool_], raw: RawFile
) -> tuple[dict[str, npt.NDArray[np.float64]], str]:
    """Columns of PM2.5: one, or both channels to be compared by the hour."""
    for single, channels in _PM25:
        if single and (index := table.find(*single)) is not None:
            cells = numbers(table.columns[index], keep, table.lines, table.heads[index], raw.issues)
            return {"pm25": convert(cells, "pm25", "µg/m3", raw, table.heads[index])}, table.heads[index]
        found = [table.find(c) for c in channels]
        if channels and all(f is not None for f in found):
            out = {}
            for key, index in zip(("pm25_a", "pm25_b"), found, strict=True):
                assert index is not None
                out[key] = numbers(table.columns[index], keep, table.lines, table.heads[index], raw.issues)
            return out, " and ".join(channels)
    return {}, ""


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read a history of one or more sensors.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Codes ``purpleair-<sensor index>`` to take.

    Returns
    -------
    Parsed
        Hourly, network ``micro``.

    Raises
    ------
    FileRejected
        Nothing could be taken.
    """
    table = read_table(raw)
    time = _stamps(table, raw)
    index = table.column("sensor_index", "sensor_number", "sensor_id")
    codes = (
        [f"purpleair-{c.strip()}" if c.strip() else "" for c in index] if index else [raw.stem] * len(table)
    )
    station = np.array(codes, object)
    keep = readable(station, ~np.isnat(time), table.lines, raw.issues)
    if stations is not None:
        keep &= np.isin(station.astype(str), list(stations))
    if not keep.any():
        raise FileRejected(f"{raw.path}: no line could be taken; check the file.")
    values, which = _pm25(table, keep, raw)
    if which:
        raw.issues.note("", f"pm25 is taken from {which}, uncorrected")
    coarse = table.find(*_PM10)
    if coarse is not None:
        values["pm10"] = numbers(table.columns[coarse], keep, table.lines, table.heads[coarse], raw.issues)
    for name, (heads, unit) in _WEATHER.items():
        column = table.find(*heads)
        if column is not None:
            cells = numbers(table.columns[column], keep, table.lines, table.heads[column], raw.issues)
            values[name] = convert(cells, name, unit, raw, table.heads[column])
    if not set(values) & {"pm25", "pm25_a", "pm10"}:
        raise FileRejected(
            f"{raw.path}: line {table.head_line}: no column of particles among '{', '.join(table.heads)[:120]}'; restore the heading."
        )
    name_unused(table, _used(table), raw.issues)
    at = np.flatnonzero(keep)
    who, ends, means, lines = hourly(station[at], time[at], {n: v[at] for n, v in values.items()}, table.lines[at], raw.issues)  # fmt: skip
    apart = _merge_channels(means)
    block = dense(who, ends, means, lines, raw.issues)
    _flag_apart(apart, who, ends, block.stations, block.time, block.flags.get("pm25"), raw.issues)
    raw.issues.note("", CONVENTION.sentence())
    return Parsed(raw, NAME, "hourly", block, raw.issues.summarised(), _about(table, codes, block.stations))


def _used(table: Table) -> set[int]:
    """Columns that give time, station, position or a value."""
    names = [
        _TIMES,
        ("sensor_index", "sensor_number", "sensor_id"),
        ("latitude",),
        ("longitude",),
        ("name",),
        _PM10,
    ]
    names += [heads for heads, _ in _WEATHER.values()]
    found = [table.find(*group) for group in names]
    for single, channels in _PM25:
        indices = [table.find(*single)] if single else [table.find(c) for c in channels]
        if all(i is not None for i in indices):
            found += indices
            break
    return {i for i in found if i is not None}


def _merge_channels(means: dict[str, npt.NDArray[np.float64]]) -> npt.NDArray[np.bool_] | None:
    """Put the mean of both channels in ``pm25``; returns the hours on which they disagree."""
    if "pm25_a" not in means:
        return None
    a, b = means.pop("pm25_a"), means.pop("pm25_b")
    middle = (a + b) / 2
    apart = (np.abs(a - b) > _APART[0]) & (np.abs(a - b) > _APART[1] * middle)
    means["pm25"] = np.where(apart, np.nan, middle)
    return np.asarray(apart, bool)


def _flag_apart(
    apart: npt.NDArray[np.bool_] | None,
    who: npt.NDArray[np.object_],
    ends: npt.NDArray[np.datetime64],
    stations: list[str],
    time: npt.NDArray[np.datetime64],
    flags: npt.NDArray[np.uint16] | None,
    issues: Issues,
) -> None:
    if apart is None or flags is None or not apart.any():
        return
    rows = np.searchsorted(np.array(stations), who[apart].astype(str))
    flags[rows, np.searchsorted(time, ends[apart])] |= np.uint16(FLAGS["conflict"])
    issues.lost("", f"{int(apart.sum()):,} hours on which the two channels disagree; neither is taken")


def _about(table: Table, codes: list[str], stations: list[str]) -> dict[str, dict[str, Any]]:
    blank = [""] * len(table)
    lats, lons = table.column("latitude") or blank, table.column("longitude") or blank
    names = table.column("name") or blank
    out: dict[str, dict[str, Any]] = {}
    for code, lat, lon, name in zip(codes, lats, lons, names, strict=True):
        if code in stations and code not in out:
            out[code] = {"network": "micro", "name_en": name.strip() or code, **about_position(lat, lon)}
    return out
