"""ERA5 and ERA5-Land fields in the archive, at the places that the grid covers; see :mod:`airq.weather.era5`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats import weather
from airq.observations.formats.base import Convention, Parsed
from airq.weather import era5, reader, serving

__all__ = ["NAME", "parse", "recognise"]

NAME: Final = "era5"

CONVENTION: Final = Convention("end", "+00:00", "[P]", "ECMWF, ERA5 data documentation")
_STATION_SERIES: Final = b"featureType"  # a file of stations (CF, discrete sampling geometries), not a field


def recognise(raw: RawFile) -> bool:
    """Whether the file is NetCDF of fields."""
    if not weather.is_netcdf(raw):
        return False
    with raw.path.open("rb") as stream:
        return _STATION_SERIES not in stream.read(65_536)


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read the grid points nearest to the known places.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Codes to take, ``era5-<place>``.

    Returns
    -------
    Parsed
        Hourly weather, a series for each place of ``params/counties.yaml`` that the grid covers.

    Raises
    ------
    FileRejected
        No grid, no known variable, a forecast, or no place within the grid.
    """
    if not weather.is_netcdf(raw):
        raise FileRejected(f"{raw.path}: not {NAME}, which is NetCDF; leave the format out.")
    source = weather.as_weather(raw)
    lats, lons = era5.axes(source)
    points = serving.points_in_grid(lats, lons, NAME)
    if stations is not None:
        points = [p for p in points if p.station in stations]
    if not points:
        span = f"{lats.min():g} to {lats.max():g} N, {lons.min():g} to {lons.max():g} E"
        raise FileRejected(
            f"{raw.path}: the grid ({span}) covers none of the wanted places; add the place to params/counties.yaml."
        )
    blocks = reader.blocks(source, NAME, points)
    for block in blocks:
        away = block.attrs["distance_km"]
        raw.issues.note("", f"{block.point.station} is the grid point {away:.0f} km from {block.point.place}")
    return weather.parsed(raw, NAME, blocks, CONVENTION, "reanalysis", stations)
