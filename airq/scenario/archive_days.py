"""Daily frame of the places of an archive, made once for each state of it.

The frame lies beside the archive (``archive-daily/<digest>.parquet``) and is made anew when the archive's content changes;
a folder that cannot be written to only costs time.

Examples
--------
>>> archive_days("nowhere")
Traceback (most recent call last):
airq.errors.MissingData: nowhere: the archive is empty; run 'airq ingest' or 'airq simulate' first.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
import xarray as xr

from airq import dataset, places
from airq.errors import AirqError, MissingData
from airq.forecast import daily_frame
from airq.observations import Archive
from airq.variables import POLLUTANTS

__all__ = ["archive_days"]

_WEATHER: Final = ("temperature", "wind_speed", "mixing_height")
_FORM: Final = "1"
"""Changes with the columns of the frame, so that an older file is not taken."""


def archive_days(archive: Archive | str | Path | None = None, sites: Sequence[str] = ()) -> pd.DataFrame:
    """Days of places with weather beside them.

    Parameters
    ----------
    archive : Archive or path, optional
        The project's by default.
    sites : sequence of str
        Ids of places; every county and neighbour with a station by default. Those without a station are left out.

    Returns
    -------
    pandas.DataFrame
        ``date``, ``site``, the six pollutants, ``temperature_mean``, ``wind_speed_mean``, ``mixing_height_mean`` where the
        archive has weather; ``attrs`` as :func:`airq.forecast.daily_frame` gives them.

    Raises
    ------
    MissingData
        The archive is empty or holds none of the places.
    """
    held = archive if isinstance(archive, Archive) else Archive(archive)
    kind = _kind(held)
    if not held.months(kind):
        raise MissingData(f"{held.path}: the archive is empty; run 'airq ingest' or 'airq simulate' first.")
    whole = _kept(str(held.path), held.digest(), _places())
    wanted = [s for s in sites if s in set(whole["site"])] if sites else list(whole["site"].unique())
    if not wanted:
        raise MissingData(f"{held.path}: holds no station of {', '.join(sites)}; see 'airq stations'.")
    out = whole[whole["site"].isin(wanted)].reset_index(drop=True)
    out.attrs = dict(whole.attrs)
    return out


def _kind(archive: Archive) -> Literal["observations", "daily"]:
    return "observations" if archive.months() else "daily"


def _places() -> tuple[str, ...]:
    return tuple(p.id for p in places.load().values() if p.kind != "group")


@lru_cache(maxsize=2)
def _kept(path: str, digest: str, names: tuple[str, ...]) -> pd.DataFrame:
    """The frame from its file, else made and written aside and renamed."""
    archive = Archive(path)
    file = Path(f"{path}-daily") / f"{digest[:16]}-{_FORM}-{len(names)}.parquet"
    try:
        made = pd.read_parquet(file)
        made.attrs = {"simulated": str(archive.simulated).lower(), "edition": "2012"}
        return made
    except (OSError, ValueError):
        pass
    made = _made(archive, names)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        for old in file.parent.glob("*.parquet"):
            old.unlink(missing_ok=True)
        aside = file.with_name(f".{file.name}.{os.getpid()}.tmp")
        made.to_parquet(aside)
        aside.replace(file)
    except OSError:
        pass
    return made


def _made(archive: Archive, names: tuple[str, ...]) -> pd.DataFrame:
    """Days of every place; each month of the archive is read once for all of them."""
    kind = _kind(archive)
    codes = _codes(archive.stations(kind), names)
    if not codes:
        raise MissingData(f"{archive.path}: holds no station of a county or neighbour; see 'airq stations'.")
    ds = archive.load(stations=[c for own in codes.values() for c in own], kind=kind)
    weather = _weather(archive, names)
    frames = []
    for name, own in codes.items():
        try:
            days = daily_frame(ds.sel(station=own), name)
        except AirqError:
            continue  # micro-stations alone, or a station without a value
        days = days[["date", "site", *POLLUTANTS]]
        frames.append(days.merge(weather[name], on="date", how="left") if name in weather else days)
    if not frames:
        raise MissingData(f"{archive.path}: no official station of a county or neighbour has a valid day; see 'airq stations'.")  # fmt: skip
    out = pd.concat(frames, ignore_index=True)
    out.attrs = {"simulated": str(archive.simulated).lower(), "edition": "2012"}
    return out


def _codes(table: pd.DataFrame, names: tuple[str, ...]) -> dict[str, list[str]]:
    found = {n: table.loc[table["place"] == n, "station"].astype(str).tolist() for n in names}
    return {n: own for n, own in found.items() if own}


def _weather(archive: Archive, names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Daily means of the weather stations of each place that has some."""
    codes = _codes(archive.stations("weather"), names) if archive.months("weather") else {}
    try:
        ds = (
            archive.load(stations=[c for own in codes.values() for c in own], kind="weather")
            if codes
            else None
        )
    except MissingData:
        ds = None
    return {} if ds is None else {n: _daily_means(ds.sel(station=own)) for n, own in codes.items()}


def _daily_means(ds: xr.Dataset) -> pd.DataFrame:
    day = dataset.day_of(ds["time"].values).astype("datetime64[ns]")
    columns: dict[str, pd.Series] = {}
    for name in _WEATHER:
        if name in ds:
            values = ds[name].transpose("station", "time").values.astype(np.float64)
            number = np.isfinite(values).sum(axis=0)
            mean = np.where(number, np.nansum(values, axis=0) / np.maximum(number, 1), np.nan)
            columns[f"{name}_mean"] = pd.Series(mean).groupby(day).mean()
    if not columns:
        return pd.DataFrame({"date": pd.to_datetime([]).astype("datetime64[ns]")})
    return pd.DataFrame(columns).rename_axis("date").reset_index()
