"""Map of a period: what stations, wind and the space between them say, computed once for all places.

Station and place means are official ones (HJ 663); a place is coloured by the category of its median daily AQI, since
no standard gives a category to the mean of a month. The field is :mod:`airq.analysis.interpolation` on the
evaluation stations: background stations stand on mountains, which the field does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from airq import places, standards
from airq.analysis import CountyMonth
from airq.analysis import period as periods
from airq.analysis.county_month import edition_of
from airq.analysis.interpolation import NoField, interpolate
from airq.errors import MissingData
from airq.figures.maps_ground import Box, around
from airq.observations import Archive
from airq.reports import numbers
from airq.reports.sections import map_boundaries
from airq.reports.sections._contract import Context, Missing
from airq.reports.sections.map_page import show
from airq.standards.sites import MICRO
from airq.weather.wind import components

__all__ = ["SETTINGS", "VERSION", "compute", "inputs", "show"]

VERSION: Final = 1
SETTINGS: Final = ("boundaries", "map_approval")
POLLUTANT: Final = "pm25"
_MARGIN: Final = 0.5
_LEAST_SHARE: Final = 0.5
"""Share of the hours of the period that a mean wind needs."""


def inputs(context: Context) -> list[str]:
    """Digest of the boundary file."""
    return [map_boundaries.digest(context.settings.boundaries)]


def compute(context: Context) -> dict[str, Any]:
    """Numbers of the map.

    Parameters
    ----------
    context : Context

    Returns
    -------
    dict
        ``places`` (seat, mean, days and category under both editions), ``stations``, ``wind``, ``field`` or ``no_field``,
        ``boundaries``, ``approval``, ``standards``.

    Raises
    ------
    Missing
        No station with a position, or no value in the period.
    """
    known = dict(_results(context))
    listed = _places(context, known)
    stations = _stations(context, listed)
    pair = context.result.standards
    setting = context.settings.boundaries
    return {
        "pollutant": POLLUTANT,
        "standards": list(pair),
        "places": listed,
        "stations": stations,
        "wind": _wind(context.archive, context.period, _box(listed, stations)),
        **_field(stations, context.seed),
        "boundaries": {"file": setting, "reason": map_boundaries.outlines(setting).reason},
        "approval": context.settings.map_approval,
    }


def _results(context: Context) -> Iterator[tuple[str, CountyMonth]]:
    """Each place that is no group, with a result that holds its days: its own before a group's."""
    found: dict[str, CountyMonth] = {}
    every = {context.place.id: context.result, **{k: context.results[k] for k in context.results}}
    for name, result in every.items():
        if not result.is_group:
            found[name] = result
    for result in every.values():
        for member in result.members:
            found.setdefault(member, result)
    yield from found.items()


def _places(context: Context, known: dict[str, CountyMonth]) -> list[dict[str, Any]]:
    out = []
    for name, result in known.items():
        about = places.get(name)
        row = result.row(standard=result.standards[1], place=name)
        mean = numbers.printed(row, f"mean_{POLLUTANT}")
        entry: dict[str, Any] = {"id": name, "lat": about.lat, "lon": about.lon}
        entry["mean"] = None if row is None or mean is None else float(row[f"mean_{POLLUTANT}"])
        entry["printed"] = "" if mean is None else str(mean)
        entry["editions"] = {edition_of(s): _median_day(result, name, s) for s in result.standards}
        out.append(entry)
    return out


def _median_day(result: CountyMonth, place: str, standard: str) -> dict[str, Any]:
    """The day in the middle: at least half of the days with an AQI are as clean as it."""
    edition, row = edition_of(standard), result.row(standard=standard, place=place)
    nothing = {"aqi": None, "category": 0, "good": 0, "valid": 0}
    if row is None or result.days.empty:
        return nothing
    days = result.days[(result.days["place"] == place) & (result.days["edition"] == edition)]
    aqi = np.sort(days["aqi"].dropna().to_numpy(dtype="float64"))
    if not len(aqi):
        return nothing
    middle = int(aqi[(len(aqi) - 1) // 2])
    category = int(standards.category_of(middle, edition))
    return {
        "aqi": middle,
        "category": category,
        "good": int(row["good_days"]),
        "valid": int(row["days_valid"]),
    }


def _box(listed: list[dict[str, Any]], stations: list[dict[str, Any]] | pd.DataFrame) -> Box | None:
    """Box about places and stations, with a margin."""
    rows = [*listed, *(stations if isinstance(stations, list) else stations.to_dict("records"))]
    known = [(r["lat"], r["lon"]) for r in rows if r["lat"] is not None and np.isfinite(r["lat"])]
    return around([k[0] for k in known], [k[1] for k in known], _MARGIN) if known else None


def _within(table: pd.DataFrame, box: Box) -> pd.DataFrame:
    west, east, south, north = box
    inside = table["lat"].between(south, north) & table["lon"].between(west, east)
    return table[inside]


def _stations(context: Context, listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stations of the places and about them, each with its official mean."""
    table = context.archive.stations()
    table = table[(table["network"] != MICRO) & table["lat"].notna() & table["lon"].notna()]
    own = table[table["place"].isin([r["id"] for r in listed])]
    box = _box(listed, own)
    if box is None or (table := pd.concat([own, _within(table, box)])).empty:
        raise Missing(
            "档案中的监测点没有坐标，不能绘制地图。",
            "No station of the archive has a position; there is no map.",
        )
    table = table.drop_duplicates("station")
    try:
        ds = _load(context.archive, "observations", table["station"].tolist(), context.period)
    except MissingData as error:
        raise Missing(
            "本期没有监测数据，不能绘制地图。", "There are no observations in the period; there is no map."
        ) from error
    # shown as the archive describes them, with a mean where they have one
    means = _means(ds, context.period, context.result.standards[1])
    out = []
    for row in table.to_dict("records"):
        mean, printed, days = means.get(str(row["station"]), (None, "", 0))
        kept = {k: str(row[k]) for k in ("station", "name_zh", "name_en", "place", "network", "role")}
        out.append({**kept, "lat": float(row["lat"]), "lon": float(row["lon"]), "mean": mean, "printed": printed, "days": days})  # fmt: skip
    return out


def _load(archive: Archive, kind: Any, stations: list[str], period: periods.Period) -> xr.Dataset:
    return archive.load(stations=stations, start=str(period.start), end=str(period.end), kind=kind)


def _means(ds: xr.Dataset, period: periods.Period, standard: str) -> dict[str, tuple[float | None, str, int]]:
    """Mean of each station, as printed, and its valid days."""
    days = standards.daily(ds, edition_of(standard))
    table = standards.summary(days, period, standard, lang="en").assign(standard=standard)
    name = next(c for c in ("station", "place") if c in table)
    valid = np.isfinite(days[POLLUTANT].values).sum(axis=1)
    counts = dict(zip(days["station"].values.astype(str), valid.tolist(), strict=True))
    out = {}
    for row in table.to_dict("records"):
        printed = numbers.printed(row, f"mean_{POLLUTANT}")
        value = None if printed is None else float(row[f"mean_{POLLUTANT}"])
        out[str(row[name])] = (value, "" if printed is None else str(printed), int(counts[str(row[name])]))
    return out


def _field(stations: list[dict[str, Any]], seed: int) -> dict[str, Any]:
    """The field, or why there is none."""
    used = [s for s in stations if s["mean"] is not None and s["mean"] > 0 and s["role"] != "background"]
    lat, lon, mean = ([s[k] for s in used] for k in ("lat", "lon", "mean"))
    # a station without a place stands for itself
    groups = [s["place"] if s["place"] not in ("", "nan") else s["station"] for s in used]
    try:
        return {"field": interpolate(lat, lon, mean, groups, seed=seed).to_dict()}
    except NoField as error:
        return {"no_field": {"reason": error.reason, **error.counts}}


def _wind(archive: Archive, period: periods.Period, box: Box | None) -> list[dict[str, Any]]:
    """Mean wind vectors of the weather stations within the map."""
    if box is None or not archive.months("weather"):
        return []
    table = archive.stations("weather")
    table = _within(table[table["lat"].notna() & table["lon"].notna()], box)
    if table.empty:
        return []
    try:
        ds = _load(archive, "weather", table["station"].tolist(), period)
    except MissingData:
        return []
    if "wind_speed" not in ds or "wind_direction" not in ds:
        return []
    out = []
    for k, code in enumerate(ds["station"].values.astype(str)):
        speed = ds["wind_speed"].values[k].astype("float64")
        direction = ds["wind_direction"].values[k].astype("float64")
        u, v = components(speed, direction)
        known = np.isfinite(u) & np.isfinite(v)
        if known.mean() < _LEAST_SHARE:
            continue
        scalar = float(speed[known].mean())
        mean = (float(u[known].mean()), float(v[known].mean()))
        entry = {"station": code, "place": str(ds["place"].values[k]), "lat": float(ds["lat"].values[k])}
        entry |= {"lon": float(ds["lon"].values[k]), "u": mean[0], "v": mean[1], "speed": scalar}
        out.append({**entry, "steadiness": float(np.hypot(*mean)) / scalar if scalar else None, "hours": int(known.sum())})  # fmt: skip
    return out
