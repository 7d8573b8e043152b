"""File layouts, recognised by content. A new one is a module with ``NAME``, ``recognise`` and ``parse``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from airq.errors import FileRejected, ParameterError
from airq.observations import files
from airq.observations.files import RawFile
from airq.observations.formats import (
    airnow,
    archive_layout,
    cf_netcdf,
    city_daily,
    city_met,
    eea,
    feed,
    openaq,
    pm25in,
    purpleair,
    sensors,
    stateair,
    tidy,
    uci,
    weather_era5,
    weather_isd,
    weather_open_meteo,
)
from airq.observations.formats.base import Block, Convention, Parsed
from airq.observations.formats.rows import TooSparse
from airq.observations.formats.table import as_text
from airq.observations.formats.tidy import ColumnMap, read_column_map
from airq.texts import shown

__all__ = [
    "FORMATS",
    "Block",
    "ColumnMap",
    "Convention",
    "Parsed",
    "describe",
    "fill_stations",
    "parse",
    "read_column_map",
]

FORMATS: Final = {
    m.NAME: m
    for m in (
        archive_layout,
        feed,
        pm25in,
        city_met,
        city_daily,
        uci,
        openaq,
        airnow,
        stateair,
        eea,
        purpleair,
        sensors,
        cf_netcdf,
        weather_open_meteo,
        weather_isd,
        weather_era5,
        tidy,
    )
}
"""Layouts in the order in which they are tried: a narrow one before a wide one, ``tidy`` last."""


def parse(
    raw: RawFile,
    format: str | None = None,
    stations: Collection[str] | None = None,
    columns: ColumnMap | None = None,
) -> Parsed:
    """Read a file in the stated layout, or in the one its content shows.

    Raises
    ------
    ParameterError
        An unknown format name.
    FileRejected
        No layout fits, or nothing in the file can be taken.
    """
    if format is not None and format not in FORMATS:
        raise ParameterError(f"format '{format}' is not known; use {', '.join(FORMATS)}.")
    try:
        return _parse(raw, format, stations, columns)
    except TooSparse as error:
        raise FileRejected(
            f"{raw.path}: {error} would fill the memory; check which columns hold station and time, or split the file."
        ) from error


def _parse(
    raw: RawFile, format: str | None, stations: Collection[str] | None, columns: ColumnMap | None
) -> Parsed:
    if columns is not None and format in (None, "tidy"):
        return tidy.parse(raw, stations, columns)
    if raw.kind == "xlsx" and format != tidy.NAME:
        text = as_text(raw)
        name = format or recognised(text)
        if name not in (None, tidy.NAME):
            return FORMATS[name].parse(text, stations)
    name = format or recognised(raw)
    if raw.kind == "netcdf" and name not in (cf_netcdf.NAME, weather_era5.NAME):
        raise FileRejected(
            f"{raw.path}: NetCDF, which {name or 'airq'} does not read; it takes time series of stations and ERA5 fields."
        )
    if name is None:
        raise FileRejected(_unknown(raw))
    return FORMATS[name].parse(raw, stations)


def recognised(raw: RawFile) -> str | None:
    """Name of the layout that the content shows, or None."""
    return next((n for n, module in FORMATS.items() if module.recognise(raw)), None)


def _unknown(raw: RawFile) -> str:
    """What to say of a file that no layout fits."""
    head = raw.data[:4000].lstrip()
    if raw.kind == "parquet":
        return f"{raw.path}: Parquet without columns that airq knows; give a column map, 'airq ingest --describe' proposes one."
    if raw.kind == "netcdf":
        return f"{raw.path}: NetCDF of a kind that airq does not know; it reads fields on a grid of latitude and longitude (ERA5) and CF time series of stations."
    if head[:1] == b"<":
        return f"{raw.path}: line 1: a web page (HTML or XML), not a table or the feed; it may be a server's error page, fetch the file again."
    if head[:1] in (b"{", b"["):
        return f"{raw.path}: line 1: JSON of a kind that airq does not know; it reads the feed's GeoJSON and the answers of OpenAQ and Open-Meteo."
    first = head.split(b"\n", 1)[0].decode(errors="replace")[:60]
    return f"{raw.path}: line 1: '{first}' is not a header that airq knows; expected 'date,hour,type,<station codes>' or columns such as station, time, PM2.5, or give a column map."


def fill_stations(rows: pd.DataFrame, about: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Fill what the station table leaves empty with what the file itself says.

    Parameters
    ----------
    rows : DataFrame
        One row a station, as from :func:`airq.observations.stations.describe`.
    about : mapping
        ``Parsed.about``.

    Returns
    -------
    DataFrame
        A copy; a cell that the table fills is never changed.

    Examples
    --------
    >>> import numpy as np
    >>> rows = pd.DataFrame({"station": ["s1"], "place": [""], "lat": [np.nan], "network": ["national"]})
    >>> fill_stations(rows, {"s1": {"place": "urumqi", "lat": 43.8, "network": "micro"}}).values.tolist()
    [['s1', 'urumqi', 43.8, 'national']]
    """
    out = rows.copy()
    for i, code in enumerate(out["station"]):
        for name, value in about.get(str(code), {}).items():
            if name not in out.columns or value in ("", None):
                continue
            old = out[name].iloc[i]
            if pd.isna(old) or old == "":
                out.loc[out.index[i], name] = shown(value) if isinstance(value, str) else value
    return out


def describe(path: str | Path) -> str:
    """Propose a column map for an unknown table; see :func:`airq.observations.formats.describing.describe`."""
    from airq.observations.formats import describing

    return describing.describe(files.load(path))
