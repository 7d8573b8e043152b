"""Open-Meteo JSON: history and forecast, one or several places, one or no weather model in the names.

Source: open-meteo.com API documentation. ``hourly.time`` is local time at ``utc_offset_seconds`` (seconds of UTC with
``timeformat=unixtime``); temperatures, pressure and wind are of that instant, precipitation is the sum and radiation
the mean of the hour before, so the time is the end of the hour.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from airq.errors import FileRejected, ParameterError
from airq.weather import convert
from airq.weather.files import RawFile
from airq.weather.grid import distance_km
from airq.weather.series import BEIJING, SEA_LEVEL, Lost, Point, Series, beyond

__all__ = ["is_answer", "looks_like", "parse"]

NAMES: Final = {
    "temperature_2m": "temperature",
    "dew_point_2m": "dew_point",
    "dewpoint_2m": "dew_point",
    "relative_humidity_2m": "relative_humidity",
    "relativehumidity_2m": "relative_humidity",
    "surface_pressure": "pressure",
    "pressure_msl": SEA_LEVEL,
    "wind_speed_10m": "wind_speed",
    "windspeed_10m": "wind_speed",
    "wind_direction_10m": "wind_direction",
    "winddirection_10m": "wind_direction",
    "precipitation": "precipitation",
    "boundary_layer_height": "mixing_height",
    "shortwave_radiation": "radiation",
}
_NO_MODEL: Final = re.compile(
    r"instant|previous_day\d+|member\d+|probability|hours|sum|min|max|mean|spread.*|normal.*|anomaly.*"
)
_ISSUED: Final = re.compile(r"_(\d{8}T\d{4})Z")
_FAR_KM: Final = 30.0
_LARGEST: Final = 1e12  # no weather is larger
_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?")
_KEYS: Final = (b'"hourly"', b'"hourly_units"', b'"daily_units"', b'"utc_offset_seconds"')


def looks_like(raw: RawFile) -> bool:
    """Whether the file is JSON."""
    return raw.kind == "text" and raw.data[:200].lstrip()[:1] in (b"{", b"[")


def is_answer(raw: RawFile) -> bool:
    """Whether the file is JSON with the keys of an Open-Meteo answer, or one of its error answers."""
    if not looks_like(raw):
        return False
    head = raw.data[:20_000]
    return sum(key in head for key in _KEYS) >= 2 or (b'"error"' in head and b'"reason"' in head)


def parse(
    raw: RawFile, points: list[Point], kind: str | None = None, issued: str | np.datetime64 | None = None
) -> list[Series]:
    """Read an Open-Meteo answer.

    Parameters
    ----------
    raw : RawFile
    points : list of Point
        Points asked for; each takes the nearest location of the file. Empty: all locations of the file.
    kind : {"history", "forecast"}, optional
        By the name of the file or folder, else a file with hours later than its own writing is a forecast.
    issued : datetime-like, optional
        Beijing time; ``_YYYYMMDDTHHMMZ`` in the file's name (UTC) otherwise.

    Returns
    -------
    list of Series

    Raises
    ------
    FileRejected
        Not JSON, an error answer, no hourly values, times that are not whole hours in Beijing.
    """
    locations = [_location(raw, entry, number) for number, entry in enumerate(_document(raw), 1)]
    if points and any(p.located for p in points):
        locations = [_nearest(p, locations) for p in points]
    elif len(points) == 1 and len(locations) == 1:
        asked = points[0]
        here = locations[0].point
        merged = replace(
            asked,
            station=asked.station or asked.place or here.station,
            lat=here.lat,
            lon=here.lon,
            elevation=asked.elevation if asked.elevation is not None else here.elevation,
        )
        locations = [replace(locations[0], point=merged)]
    return [_labelled(raw, s, kind, issued) for s in locations]


def _document(raw: RawFile) -> list[dict[str, Any]]:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(items)
        if len(out) < len(items):
            raise FileRejected(f"{raw.path}: a key stands twice in one object; fetch the file again.")
        return out

    try:
        document = json.loads(raw.data, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise FileRejected(f"{raw.path}: line {line}: not valid JSON; fetch the file again.") from error
    entries = document if isinstance(document, list) else [document]
    if not entries or not all(isinstance(e, dict) for e in entries):
        raise FileRejected(f"{raw.path}: JSON without a weather answer in it; fetch it from Open-Meteo.")
    for entry in entries:
        if entry.get("error"):
            raise FileRejected(
                f"{raw.path}: an error answer of the server ({str(entry.get('reason', 'no reason given')).rstrip('.')}); fetch it again."
            )
    return entries


def _times(raw: RawFile, entry: dict[str, Any]) -> tuple[np.ndarray, list[str]]:
    """Ends of hours in Beijing time, and what is odd about them."""
    times = entry["hourly"]["time"]
    units = entry.get("hourly_units")
    unit = units.get("time", "iso8601") if isinstance(units, dict) else "iso8601"
    notes: list[str] = []
    try:
        if unit == "unixtime" or isinstance(times[0], int | float):
            utc = np.asarray(times, dtype="int64").astype("datetime64[s]")
        else:
            local = np.array([_stamp(t) for t in times], "datetime64[s]")
            seconds, notes = _offset(raw, entry, int(times[0][:4]))
            utc = local - np.timedelta64(seconds, "s")
    except (TypeError, ValueError, OverflowError) as error:
        raise FileRejected(
            f"{raw.path}: hourly.time holds something that is no time ({error}); fetch it again."
        ) from error
    beijing = utc.astype("datetime64[ns]") + BEIJING
    if (beijing != beijing.astype("datetime64[h]")).any():
        raise FileRejected(
            f"{raw.path}: the times are not whole hours of Beijing time; fetch it with timezone=Asia/Shanghai or GMT."
        )
    return beijing, notes


def _stamp(text: Any) -> np.datetime64:
    """Moment of a stamp in the one form that the service writes."""
    try:
        if isinstance(text, str) and _STAMP.fullmatch(text):
            return np.datetime64(text.replace(" ", "T"), "s")
    except ValueError:
        pass
    raise ValueError(f"'{str(text)[:30]}'")


def _offset(raw: RawFile, entry: dict[str, Any], year: int) -> tuple[int, list[str]]:
    """Seconds that local times are ahead of UTC, and whether the named zone contradicts them."""
    seconds, name = entry.get("utc_offset_seconds"), entry.get("timezone")
    try:
        zone = ZoneInfo(name) if isinstance(name, str) and name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = None
    years = (year, datetime.now(UTC).year)
    own = [datetime(y, m, 1, tzinfo=zone).utcoffset() for y in years for m in (1, 7)] if zone else []
    if isinstance(seconds, bool) or not isinstance(seconds, int) or abs(seconds) > 50_400:
        if len(set(own)) != 1 or own[0] is None:
            raise FileRejected(
                f"{raw.path}: utc_offset_seconds is missing or no offset, so the hours cannot be placed; fetch it again."
            )
        return int(own[0].total_seconds()), [f"utc_offset_seconds is missing; the offset of {name} is taken"]
    if own and timedelta(seconds=seconds) not in own:
        return seconds, [f"timezone {name} contradicts utc_offset_seconds {seconds}, which is taken; check the file"]  # fmt: skip
    return seconds, []


def _regular(time: np.ndarray) -> np.ndarray:
    """Which hours follow each other as those of an answer do; a damaged one leaves the row."""
    start = time - np.arange(len(time)) * np.timedelta64(1, "h")
    usual, counts = np.unique(start, return_counts=True)
    return np.asarray(start == usual[np.argmax(counts)])


def _location(raw: RawFile, entry: dict[str, Any], number: int) -> Series:
    hourly = entry.get("hourly")
    if not isinstance(hourly, dict) or not isinstance(hourly.get("time"), list) or not hourly["time"]:
        raise FileRejected(
            f"{raw.path}: location {number}: no 'hourly' values with 'time'; ask Open-Meteo with hourly=temperature_2m and more."
        )
    time, notes = _times(raw, entry)
    units = entry.get("hourly_units")
    units = units if isinstance(units, dict) else {}
    values: dict[str, np.ndarray] = {}
    issues: list[str] = [*raw.issues, *notes]
    wanted = _columns(raw, hourly)
    if rest := [str(k)[:30] for k in hourly if k != "time" and k not in {source for source, _ in wanted}]:
        issues.append(f"not stored: {', '.join(rest[:6])}{' …' if len(rest) > 6 else ''}")
    for source, name in wanted:
        column = _column(raw, source, hourly[source], len(time))
        if not np.isfinite(column).any():
            issues.append(f"hourly.{source} holds no value")
            continue
        target = "pressure" if name == SEA_LEVEL else name
        try:
            scale, offset = convert.factor(target, str(units.get(source, "")))
        except convert.UnitError as error:
            raise FileRejected(f"{raw.path}: hourly_units.{source}: {error}") from error
        values[name] = column * scale + offset
    if not values:
        raise FileRejected(f"{raw.path}: location {number}: none of {', '.join(NAMES)} holds a value.")
    lat, lon = (_float(entry.get(k)) for k in ("latitude", "longitude"))
    code = f"{lat:.2f}N{lon:.2f}E" if lat is not None and lon is not None else f"location {number}"
    point = Point(code, lat=lat, lon=lon, elevation=_float(entry.get("elevation")))
    keep = _regular(time)
    if not keep.all():
        odd = f"{int((~keep).sum())} times do not follow the hour before, such as {str(time[~keep][0])[:16]}"
        issues.append(Lost(f"hourly.time: {odd} (Beijing); their values are not taken"))
    return Series(point, time[keep], {n: v[keep] for n, v in values.items()}, {}, tuple(issues))


def _columns(raw: RawFile, hourly: dict[str, Any]) -> list[tuple[str, str]]:
    """Columns to take; where the names carry a model, all must carry the same one."""
    plain = [(k, NAMES[k]) for k in hourly if k in NAMES]
    if plain:
        first: dict[str, tuple[str, str]] = {}
        for key, name in plain:
            first.setdefault(name, (key, name))
        return list(first.values())
    models: dict[str, list[tuple[str, str]]] = {}
    for key in hourly:
        for known, name in NAMES.items():
            suffix = key[len(known) + 1 :]
            if key.startswith(f"{known}_") and not _NO_MODEL.fullmatch(suffix):
                models.setdefault(suffix, []).append((key, name))
    if len(models) > 1:
        raise FileRejected(
            f"{raw.path}: holds several weather models ({', '.join(sorted(models))}); ask for one of them with models=."
        )
    return next(iter(models.values()), [])


def _column(raw: RawFile, source: str, cells: Any, length: int) -> np.ndarray:
    if not isinstance(cells, list) or len(cells) != length:
        raise FileRejected(
            f"{raw.path}: hourly.{source} does not have as many values as hourly.time; fetch the file again."
        )
    if not all(c is None or (isinstance(c, int | float) and not isinstance(c, bool)) for c in cells):
        raise FileRejected(
            f"{raw.path}: hourly.{source} holds a value that is no number; fetch the file again."
        )
    column = np.array(
        [np.nan if c is None or abs(c) > _LARGEST else float(c) for c in cells], dtype=np.float64
    )
    return np.where(np.isfinite(column), column, np.nan)


def _float(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
        return None
    return float(value)


def _nearest(point: Point, locations: list[Series]) -> Series:
    if not point.located:
        raise ParameterError(f"point '{point.station or point.place}' has no lat and lon; add them.")
    away = [
        distance_km(point.lat, point.lon, s.point.lat, s.point.lon) if s.point.located else np.inf
        for s in locations
    ]
    best = int(np.argmin(away))
    here = locations[best]
    known = bool(np.isfinite(away[best]))
    issues = here.issues
    if known and away[best] > _FAR_KM:
        issues = (*issues, f"the data are of a point {away[best]:.0f} km away from the one asked for")
    asked = replace(
        point,
        station=point.station or point.place or here.point.station,
        elevation=point.elevation if point.elevation is not None else here.point.elevation,
    )
    attrs = {**here.attrs, **({"distance_km": round(float(away[best]), 3)} if known else {})}
    return replace(here, point=asked, attrs=attrs, issues=issues)


def _labelled(raw: RawFile, series: Series, kind: str | None, issued: str | np.datetime64 | None) -> Series:
    found = _ISSUED.search(raw.path.name)
    if issued is None and found:
        issued = _moment(found[1])
    if kind is None:
        named = "forecast" in raw.path.name.lower() or "forecast" in raw.path.parent.name.lower()
        ahead = named or issued is not None or _fetched_as_forecast(raw) or beyond(raw.path, series)
        kind = "forecast" if ahead else "history"
    attrs = {**series.attrs, "kind": kind}
    if kind == "forecast" and issued is not None:
        try:
            attrs["issued"] = str(pd.Timestamp(issued).tz_localize(None).isoformat())
        except (TypeError, ValueError) as error:
            raise ParameterError(f"issued '{issued}' is not a time; write 2026-01-05T08:00.") from error
    return replace(series, attrs=attrs)


def _moment(text: str) -> np.datetime64 | None:
    """Beijing time of ``YYYYMMDDTHHMM`` by UTC; None for digits that are no time."""
    try:
        return np.datetime64(datetime.strptime(text, "%Y%m%dT%H%M"), "s") + BEIJING
    except ValueError:
        return None


def _fetched_as_forecast(raw: RawFile) -> bool:
    """Whether a manifest beside the file says that these bytes came from the forecast service."""
    for folder in list(raw.path.resolve().parents)[:3]:
        manifest = folder / "manifest.jsonl"
        if manifest.is_file():
            lines = manifest.read_text(encoding="utf-8", errors="replace").split("\n")
            return any(raw.sha256 in line and "/forecast?" in line for line in lines)
    return False
