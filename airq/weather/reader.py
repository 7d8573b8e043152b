"""One weather file or folder to the canonical Dataset."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from airq import places
from airq.errors import FileRejected, ParameterError
from airq.weather import era5, files, isd, open_meteo, pressure
from airq.weather.series import Block, Point, Series, block, merge, to_dataset

__all__ = ["FORMATS", "blocks", "doubts", "read"]

FORMATS: Final = ("isd-lite", "open-meteo", "era5")


def read(
    path: str | Path,
    format: str | None = None,
    station: str | None = None,
    place: str | None = None,
    lat: float | None = None,
    lon: float | None = None,
    *,
    elevation: float | None = None,
    stations: pd.DataFrame | None = None,
    kind: str | None = None,
    issued: str | np.datetime64 | None = None,
    accumulation: era5.Accumulation | None = None,
) -> xr.Dataset:
    """Read weather from a file or a folder of files of one kind.

    Parameters
    ----------
    path : path
        ISD-Lite (plain or gzip), Open-Meteo JSON, ERA5 NetCDF; in a folder, years and variables are joined.
    format : {"isd-lite", "open-meteo", "era5"}, optional
        Recognised by content if not given.
    station : str, optional
        Code of the station in the Dataset; by default the file's own, or the id of the place.
    place : str, optional
        Place the weather is for; its position picks the grid point, its elevation tests the pressure.
    lat, lon : float, optional
        Position the weather is for, degrees.
    elevation : float, optional
        m; turns pressure at sea level into station pressure and tests pressure.
    stations : DataFrame, optional
        Several points at once: columns ``station lat lon`` and any of ``place name_zh name_en elevation``.
    kind : {"history", "forecast"}, optional
        What an Open-Meteo file holds, if its name does not say.
    issued : datetime-like, optional
        When a forecast was issued, Beijing time.
    accumulation : {"hour", "day"}, optional
        How amounts of an ERA5 file are accumulated; found from the values by default.

    Returns
    -------
    xarray.Dataset
        Canonical, dims ``(station, time)``: the weather variables the file holds and those that follow from them
        (named in the attribute ``derived``). Attributes ``kind`` (observation, reanalysis, history, forecast),
        ``issued`` of a forecast (Beijing time), ``issues``: one sentence a line.

    Raises
    ------
    FileRejected, ParameterError
        One sentence with the file and what to do.
    """
    if format is not None and format not in FORMATS:
        raise ParameterError(f"format '{format}' is not known; use {', '.join(FORMATS)}.")
    if kind not in (None, "history", "forecast"):
        raise ParameterError(f"kind '{kind}' is not known; use history or forecast.")
    points = _points(station, place, lat, lon, elevation, stations)
    parts: list[tuple[files.RawFile, Block]] = []
    layouts = set()
    for file in files.expand(path):
        raw = files.load(file)
        layout = format or _recognise(raw)
        layouts.add(layout)
        parts += [(raw, b) for b in blocks(raw, layout, points, kind, issued, accumulation)]
    if len(layouts) > 1:
        raise FileRejected(
            f"{path}: the folder mixes {' and '.join(sorted(layouts))} files; read them apart."
        )
    return _join(Path(path), next(iter(layouts)), parts, elevation)


def _points(
    station: str | None,
    place: str | None,
    lat: float | None,
    lon: float | None,
    elevation: float | None,
    stations: pd.DataFrame | None,
) -> list[Point]:
    if stations is not None:
        if place is not None or lat is not None or lon is not None or station is not None:
            raise ParameterError(
                "stations cannot be combined with station, place, lat or lon; give one of them."
            )
        return _table(stations, elevation)
    if (lat is None) != (lon is None):
        raise ParameterError("lat and lon belong together; give both or neither.")
    _check_position(lat, lon)
    if place is not None:
        known = places.get(place)
        if known.kind == "group" and lat is None:
            raise ParameterError(
                f"place '{known.id}' is a group without a position; name one of {', '.join(known.members)}, or give lat and lon."
            )
        return [
            Point(
                station or "",
                known.id,
                known.zh,
                known.en,
                known.lat if lat is None else lat,
                known.lon if lon is None else lon,
                elevation,
            )
        ]
    if station is None and lat is None and elevation is None:
        return []
    return [Point(station or "", lat=lat, lon=lon, elevation=elevation)]


def _check_position(lat: float | None, lon: float | None) -> None:
    if lat is not None and lon is not None and not (-90 <= lat <= 90 and -180 <= lon <= 360):
        raise ParameterError(f"lat {lat}, lon {lon} is no position; lat is -90 to 90, lon -180 to 360.")


def _table(stations: pd.DataFrame, elevation: float | None) -> list[Point]:
    for column in ("station", "lat", "lon"):
        if column not in stations:
            raise ParameterError(f"the table of stations has no column '{column}'; add it.")
    points = []
    for row in stations.to_dict("records"):
        text = {
            k: str(row[k])
            for k in ("station", "place", "name_zh", "name_en")
            if k in row and not pd.isna(row[k])
        }
        if pd.isna(row["lat"]) or pd.isna(row["lon"]):
            raise ParameterError(f"station '{row['station']}' has no position; give lat and lon.")
        lat, lon = float(row["lat"]), float(row["lon"])
        _check_position(lat, lon)
        height = row.get("elevation")
        own = elevation if height is None or pd.isna(height) else float(height)
        points.append(Point(**text, lat=lat, lon=lon, elevation=own))
    codes = [p.station for p in points]
    if not codes or len(set(codes)) < len(codes):
        raise ParameterError("the table of stations is empty or repeats a code; give each station one row.")
    return points


def _recognise(raw: files.RawFile) -> str:
    for name, looks_like in (
        ("era5", era5.looks_like),
        ("open-meteo", open_meteo.looks_like),
        ("isd-lite", isd.looks_like),
    ):
        if looks_like(raw):
            return name
    raise FileRejected(
        f"{raw.path}: line 1: neither ISD-Lite, Open-Meteo JSON nor NetCDF; name another file, or the format."
    )


def blocks(
    raw: files.RawFile,
    layout: str,
    points: Sequence[Point] = (),
    kind: str | None = None,
    issued: str | np.datetime64 | None = None,
    accumulation: era5.Accumulation | None = None,
) -> list[Block]:
    """Tested series of one file, one a station.

    Parameters
    ----------
    raw : RawFile
    layout : {"isd-lite", "open-meteo", "era5"}
    points : sequence of Point
        What is known of the stations, or the points to take from a grid.
    kind, issued, accumulation
        As for :func:`read`.

    Returns
    -------
    list of Block
        ``attrs["kind"]`` is observation, reanalysis, history or forecast.

    Raises
    ------
    FileRejected, ParameterError
    """
    return [block(s) for s in _parse(raw, layout, list(points), kind, issued, accumulation)]


def _parse(
    raw: files.RawFile,
    layout: str,
    points: list[Point],
    kind: str | None,
    issued: str | np.datetime64 | None,
    accumulation: era5.Accumulation | None,
) -> list[Series]:
    if layout == "era5":
        if not era5.looks_like(raw):
            raise FileRejected(f"{raw.path}: not a NetCDF file; name another format.")
        return era5.parse(raw, points, accumulation)
    if raw.kind != "text":
        raise FileRejected(f"{raw.path}: a NetCDF file, not {layout}; leave the format out.")
    if layout == "open-meteo":
        return open_meteo.parse(raw, points, kind, issued)
    if len(points) > 1:
        raise ParameterError(
            f"{raw.path}: an ISD-Lite file holds one station; give station or place, not a table."
        )
    return isd.parse(raw, _of_station(points[0]) if points else Point())


def _of_station(point: Point) -> Point:
    """A weather station has its own position and names, wherever the place is that it stands for."""
    if not point.place:
        return point
    known = places.get(point.place)
    unnamed = replace(point, name_zh="", name_en="")
    own = (point.lat, point.lon) != (known.lat, known.lon)
    return unnamed if own else replace(unnamed, lat=None, lon=None)


def _join(
    path: Path, layout: str, parts: list[tuple[files.RawFile, Block]], elevation: float | None
) -> xr.Dataset:
    kinds = {tested.attrs.get("kind") for _, tested in parts}
    if len(kinds) > 1:
        raise FileRejected(f"{path}: the folder mixes history and forecasts; read them apart.")
    issues: list[str] = []
    by_station: dict[str, list[Block]] = {}
    for raw, tested in parts:
        issues += [f"{raw.path}: {text.rstrip('.')}." for text in tested.issues]
        by_station.setdefault(tested.point.station, []).append(tested)
    if kinds == {"forecast"} and any(len(b) > 1 for b in by_station.values()):
        raise FileRejected(f"{path}: the folder holds several forecasts; read one at a time.")
    joined = [merge(b) for b in by_station.values()]
    digests = sorted({raw.sha256 for raw, _ in parts})
    attrs: dict[str, Any] = {
        "source": path.name,
        "source_sha256": digests[0]
        if len(digests) == 1
        else hashlib.sha256("".join(digests).encode()).hexdigest(),
        "format": layout,
        "kind": next(iter(kinds)),
        "derived": " ".join(dict.fromkeys(" ".join(b.attrs["derived"] for b in joined).split())),
        "simulated": "false",
    }
    if stamps := {b.attrs["issued"] for b in joined if "issued" in b.attrs}:
        attrs["issued"] = max(stamps)
    ds = to_dataset(joined, attrs)
    if "pressure" in ds:
        issues += [f"{path}: {text}" for text in doubts(ds, elevation)]
    ds.attrs["issues"] = "\n".join(dict.fromkeys(issues))
    return ds


def doubts(ds: xr.Dataset, elevation: float | None = None) -> list[str]:
    """Pressure against the place that it is said to be of; without a place, against the elevation given.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical, with ``pressure``.
    elevation : float, optional
        m.

    Returns
    -------
    list of str
        One sentence for each station whose pressure does not belong there.
    """
    checks = {c.station: c for c in pressure.check_pressure(ds)}
    if elevation is not None:
        checks |= {c.station: c for c in pressure.check_pressure(ds, elevation) if c.station not in checks}
    return [c.sentence for c in checks.values() if not c.belongs]
