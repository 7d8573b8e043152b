"""One file or folder to the canonical Dataset."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
import xarray as xr

from airq import dataset, places
from airq.errors import FileRejected, ParameterError
from airq.observations import files, formats
from airq.observations import stations as station_table
from airq.observations.formats import ColumnMap, Parsed
from airq.texts import shown

__all__ = ["StationChoice", "choose", "read", "to_dataset"]

StationChoice: TypeAlias = str | Path | pd.DataFrame | Collection[str] | None
"""A station table (path or frame), or the codes to take."""


def choose(stations: StationChoice) -> tuple[pd.DataFrame, set[str] | None]:
    """Station table to describe codes by, and the codes to take (None for all).

    Examples
    --------
    >>> choose(["2691A"])[1]
    {'2691A'}
    """
    if stations is None:
        return station_table.load(), None
    if isinstance(stations, pd.DataFrame | Path):
        return _joined(stations), None
    if isinstance(stations, str):
        if Path(stations).suffix.lower() in (".csv", ".xlsx", ".txt", ".gz"):
            return _joined(stations), None
        return station_table.load(), {stations}
    codes = {str(s) for s in stations}
    if not codes:
        raise ParameterError("stations is an empty list; leave it out to take all.")
    return station_table.load(), codes


def _joined(source: str | Path | pd.DataFrame) -> pd.DataFrame:
    """The project's own table, with the user's rows in place of rows of the same code.

    National lists give the prefecture where the project knows the county; the county is kept.
    """
    own, given = station_table.load(), station_table.load(source)
    county = dict(zip(own["station"], own["place"], strict=True))
    for i, (code, place) in enumerate(zip(given["station"], given["place"], strict=True)):
        group = places.find(place) if place else None
        if group is not None and county.get(code) in group.members:
            given.loc[i, "place"] = county[code]
    table = pd.concat([own, given], ignore_index=True)
    return table.drop_duplicates("station", keep="last").reset_index(drop=True)


def to_dataset(parsed: Parsed, table: pd.DataFrame) -> xr.Dataset:
    """Canonical Dataset of a parsed file.

    Parameters
    ----------
    parsed : Parsed
    table : DataFrame
        Station table.

    Returns
    -------
    xarray.Dataset
        Dims ``(station, time)``, or ``(station, day)`` for daily files; the findings of the reader stand in the
        attribute ``issues``, one sentence each.
    """
    block = parsed.block
    rows = formats.fill_stations(station_table.describe(block.stations, table), parsed.about)
    if parsed.frequency == "daily":  # a city's series carries the city's name where stations carry a code
        for i in np.flatnonzero((rows["place"] == "").to_numpy()):
            city = places.find(block.stations[i])
            rows.loc[i, ["place", "name_zh"]] = [
                city.id if city else block.stations[i],
                city.zh if city else block.stations[i],
            ]
    attrs = {
        "source": shown(parsed.raw.path.name),
        "source_sha256": parsed.raw.sha256,
        "format": parsed.format,
        "simulated": "false",
        "issues": "\n".join(i.sentence(parsed.raw.path) for i in parsed.issues),
    }
    ds = dataset.build(rows, block.time, block.values, block.flags, attrs)
    if parsed.frequency == "daily":
        ds = ds.rename(time="day")
        ds["day"].attrs = {"standard_name": "time", "long_name": "natural day, Beijing time"}
        if "o3" in ds:
            ds["o3"].attrs["cell_methods"] = "day: maximum of running 8-hour means"
    return ds


def read(
    path: str | Path,
    format: str | None = None,
    stations: StationChoice = None,
    columns: ColumnMap | str | Path | None = None,
) -> xr.Dataset:
    """Read observations from a file or a folder.

    Parameters
    ----------
    path : path
        Any file that ``airq ingest`` takes; a folder stands for all its data files, later ones filling earlier ones.
    format : str, optional
        One of :data:`airq.observations.formats.FORMATS`; recognised by content if not given.
    stations : path, DataFrame or collection of str, optional
        A station table (file or frame), or the codes to take.
    columns : ColumnMap or path, optional
        Column map for unusual headings.

    Returns
    -------
    xarray.Dataset
        Canonical; hourly ``(station, time)`` or daily ``(station, day)``.

    Raises
    ------
    FileRejected
        One sentence with the file, the line and what to do. A folder is read only if all its files can be.
    """
    table, codes = choose(stations)
    plan = formats.read_column_map(columns) if isinstance(columns, str | Path) else columns
    parts = []
    for file in files.expand([path]):
        found = formats.parse(files.load(file), format, codes, plan)
        if found.block.stations:  # a list of stations beside the data gives none
            parts.append(to_dataset(found, table))
    if not parts:
        raise FileRejected(f"{path}: holds no values; name a file of observations.")
    if len({"day" in p.dims for p in parts}) > 1:
        raise FileRejected(f"{path}: the folder mixes hourly and daily files; read them apart.")
    return parts[0] if len(parts) == 1 else _merge(parts)


def _merge(parts: list[xr.Dataset]) -> xr.Dataset:
    """Join files: the first value of an hour stays, as nothing may change silently."""
    out = parts[0]
    for part in parts[1:]:
        names = [c for c in out.coords if out[c].dims == ("station",) and c != "station"]
        about = xr.concat([out[names], part[names]], "station").drop_duplicates("station")
        values = out.drop_vars(names).combine_first(part.drop_vars(names))
        for name in values.data_vars:
            values[name] = values[name].astype(out[name].dtype if name in out else part[name].dtype)
        issues = "\n".join(filter(None, (out.attrs.get("issues"), part.attrs.get("issues"))))
        out = values.assign_coords({n: about[n].reindex(station=values["station"]) for n in names})
        out.attrs = {**parts[0].attrs, "issues": issues}
    for name in [n for n in out.data_vars if f"{n}_flag" in out]:
        flag = np.nan_to_num(out[f"{name}_flag"].values).astype(np.uint16)
        flag = np.where(np.isnan(out[name].values), flag | 1, flag & ~np.uint16(1)).astype(np.uint16)
        out[f"{name}_flag"] = (out[name].dims, flag, dataset.flag_attributes(str(name)))
    return out
