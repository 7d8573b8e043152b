"""Daily and hourly frames of a place from the archive, with weather beside them, for commands and notebooks.

Examples
--------
>>> span_of("1-3,7"), span_of("10")
((1, 2, 3, 7), (10,))
>>> span_of("0")
Traceback (most recent call last):
airq.errors.ParameterError: horizons '0' are no leads; write 1-10 or 1,3,7 (1 to 10 days, 1 to 72 hours).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from airq import places
from airq.errors import FileRejected, MissingData, ParameterError
from airq.variables import POLLUTANTS, WEATHER

if TYPE_CHECKING:
    import xarray as xr

    from airq.observations import Archive

__all__ = ["by_phase", "daily", "hourly", "span_of", "weather_file", "with_weather"]

LONGEST: Final = {"days": 10, "hours": 72}
_STEMS: Final = (*WEATHER, "wind_u", "wind_v")


def span_of(text: str, unit: str = "days") -> tuple[int, ...]:
    """Leads of an option: ``1-10`` or ``1,3,7``.

    Raises
    ------
    ParameterError
        If it holds anything else, or a lead beyond the longest.
    """
    longest = LONGEST[unit]
    found: set[int] = set()
    for part in str(text).replace("，", ",").split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:[-–—]\s*(\d+))?\s*", part)
        first = int(match[1]) if match else 0
        last = int(match[2] or match[1]) if match else 0
        if not 1 <= first <= last <= longest:
            raise ParameterError(
                f"horizons '{text}' are no leads; write 1-10 or 1,3,7 (1 to {LONGEST['days']} days, 1 to "
                f"{LONGEST['hours']} hours)."
            )
        found |= set(range(first, last + 1))
    return tuple(sorted(found))


def by_phase(day: Any) -> str:
    """Edition of the AQI in force on a day.

    Examples
    --------
    >>> by_phase("2025-12-31"), by_phase("2026-11-01")
    ('2012', '2026')
    """
    from airq.analysis.county_month import edition_of
    from airq.standards import standard_of

    return edition_of(standard_of(None, on=pd.Timestamp(day).date()).name)


def _observed(archive: Archive, place: str, start: str | None, end: str | None) -> xr.Dataset:
    """Observations of a place; micro-stations stay out, as in every official figure."""
    from airq.standards.sites import MICRO

    ids = [p.id for p in places.members(place)]
    known = archive.stations()
    own = known[known["place"].isin(ids) & (known["network"] != MICRO)]
    if own.empty:
        raise MissingData(f"{archive.path}: holds no station of '{place}'; see 'airq stations'.")
    return archive.load(stations=own["station"].tolist(), start=start, end=end)


def with_weather(ds: xr.Dataset, archive: Archive, place: str) -> xr.Dataset:
    """Observations with the weather that the archive holds for the same place, the mean of its weather stations.

    Parameters
    ----------
    ds : xarray.Dataset
        Hourly, canonical.
    archive : airq.observations.Archive
    place : str

    Returns
    -------
    xarray.Dataset
        Unchanged where the archive holds no weather of the place.
    """
    held = archive.months("weather")
    if not held:
        return ds
    stamps = pd.DatetimeIndex(ds["time"].values)
    ids = [p.id for p in places.members(place)]
    table = archive.stations("weather")
    codes = table.loc[table["place"].isin(ids), "station"].tolist()
    if not codes:
        return ds
    try:
        weather = archive.load(stations=codes, start=str(stamps[0]), end=str(stamps[-1]), kind="weather")
    except MissingData:
        return ds
    aligned = weather.reindex(time=ds["time"].values)
    return _attached(ds, aligned)


def _attached(ds: xr.Dataset, weather: xr.Dataset) -> xr.Dataset:
    """Weather of one place on every station; the wind is averaged as a vector."""
    from airq.weather import components, from_components

    out = ds
    held = [n for n in WEATHER if n in weather]
    values = {n: _mean(weather[n].transpose("station", "time").values) for n in held}
    if {"wind_speed", "wind_direction"} <= set(held):
        parts = components(
            *(
                weather[n].transpose("station", "time").values.astype(float)
                for n in ("wind_speed", "wind_direction")
            )
        )
        values["wind_direction"] = np.asarray(from_components(*(_mean(p) for p in parts))[1], dtype=float)
    shape = (ds.sizes["station"], ds.sizes["time"])
    for name, row in values.items():
        block = np.broadcast_to(row.astype(np.float32), shape)
        out = out.assign({name: (("station", "time"), block, dict(weather[name].attrs))})
    return out


def _mean(block: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    known = np.isfinite(block)
    count = known.sum(axis=0)
    total = np.where(known, block, 0.0).sum(axis=0, dtype=np.float64)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def daily(
    archive: Archive,
    place: str,
    by: str = "place",
    edition: str = "by-date",
    start: str | None = None,
    end: str | None = None,
    weather: bool = True,
) -> pd.DataFrame:
    """Daily frame of a place from the archive.

    Parameters
    ----------
    archive : airq.observations.Archive
    place : str
        Id, name or code of a county, a neighbour or a group.
    by : {"place", "station"}
        The official mean of its evaluation stations, or each station.
    edition : str
        AQI edition.
    start, end : str, optional
        As in :meth:`airq.observations.Archive.load`.
    weather : bool
        Put the archive's weather of the place beside the observations.

    Returns
    -------
    pandas.DataFrame
        Of :func:`airq.forecast.daily_frame`; ``attrs["weather_observed"]`` says whether there is weather in it.

    Raises
    ------
    MissingData
        If the archive holds no station of the place, or nothing in the period.
    """
    from airq.forecast import daily_frame

    about = places.get(place)
    ds = _observed(archive, about.id, start, end)
    if weather:
        ds = with_weather(ds, archive, about.id)
    frame = daily_frame(ds, about.id if by == "place" else None, edition=edition)
    frame.attrs["weather_observed"] = any(n in ds for n in WEATHER)
    return frame


def hourly(
    archive: Archive, place: str, by: str = "place", start: str | None = None, end: str | None = None
) -> pd.DataFrame:
    """Hourly frame of a place from the archive, with its weather.

    Returns
    -------
    pandas.DataFrame
        Of :func:`airq.forecast.hourly_frame`.
    """
    from airq.forecast import hourly_frame

    about = places.get(place)
    ds = with_weather(_observed(archive, about.id, start, end), archive, about.id)
    frame = hourly_frame(ds, about.id if by == "place" else None)
    frame.attrs["weather_observed"] = any(n in ds for n in WEATHER)
    return frame


def weather_file(path: str | Path, place: str, hours: bool = False) -> pd.DataFrame:
    """Weather of the days (or hours) to come, from a file.

    Parameters
    ----------
    path : path
        A CSV with ``date`` (or ``time``) and columns named as those of a daily frame (``temperature_mean``,
        ``wind_speed_mean`` …), optionally ``site``, ``issued`` and ``horizon``; or a file that
        :func:`airq.weather.read` takes, such as a forecast of Open-Meteo.
    place : str
        Whose weather it is; the ``site`` of the rows where the file names none.
    hours : bool
        Give hours, not days.

    Returns
    -------
    pandas.DataFrame
        ``site date`` (or ``time``) and the columns; ``attrs["kind"]`` is ``forecast``, or what the file says it is.

    Raises
    ------
    FileRejected, ParameterError
        One sentence with the file and what to do.
    """
    file = Path(path)
    if not file.exists():
        raise FileRejected(f"{file}: there is no such file; give a CSV or a file of a weather service.")
    if file.suffix.lower() == ".csv":
        return _table(file, place, hours)
    return _service(file, place, hours)


def _table(file: Path, place: str, hours: bool) -> pd.DataFrame:
    axis = "time" if hours else "date"
    try:
        table = pd.read_csv(file, encoding="utf-8-sig")
    except (ValueError, OSError) as error:
        raise FileRejected(
            f"{file}: is no CSV in UTF-8 ({' '.join(str(error).split())}); correct it."
        ) from error
    if axis not in table and {"issued", "horizon"} <= set(table):
        step = pd.to_timedelta(pd.to_numeric(table["horizon"], errors="coerce"), unit="h" if hours else "D")
        table[axis] = _stamps(file, table["issued"], "issued") + step
    if axis not in table:
        raise FileRejected(f"{file}: has no column '{axis}'; add it, one row a {'hour' if hours else 'day'}.")
    table[axis] = _stamps(file, table[axis], axis)
    if "issued" in table:
        table["issued"] = _stamps(file, table["issued"], "issued")
    names = [c for c in table if any(c == s or str(c).startswith(f"{s}_") for s in _STEMS)]
    if not names:
        raise FileRejected(
            f"{file}: no column is weather; name them as temperature_mean, wind_speed_mean, precipitation_sum."
        )
    for name in names:
        numbers = pd.to_numeric(table[name], errors="coerce")
        bad = numbers.isna() & table[name].notna()
        if bad.any():
            line = int(np.flatnonzero(bad)[0]) + 2
            raise FileRejected(f"{file}: line {line}, column '{name}': '{table[name][line - 2]}' is no number; correct it.")  # fmt: skip
        table[name] = numbers
    if "site" not in table:
        table.insert(0, "site", place)
    table["site"] = table["site"].astype("str")
    table.attrs["kind"] = "forecast"
    return table


def _stamps(file: Path, column: pd.Series, name: str) -> pd.Series:
    stamps = pd.to_datetime(column, errors="coerce")
    if stamps.isna().any():
        line = int(np.flatnonzero(stamps.isna())[0]) + 2
        raise FileRejected(f"{file}: line {line}, column '{name}': '{column[line - 2]}' is no date; write it as 2026-11-01.")  # fmt: skip
    return stamps.astype("datetime64[ns]")


def _service(file: Path, place: str, hours: bool) -> pd.DataFrame:
    """Weather of a service's file as columns of a daily or hourly frame."""
    from airq.forecast import daily_frame
    from airq.weather import read

    about = places.get(place)
    position = about.represented_by or (about.members[0] if about.members else about.id)
    ds = read(file, place=position if about.kind == "group" else about.id)
    held = [n for n in WEATHER if n in ds]
    kind = str(ds.attrs.get("kind", ""))
    if hours:
        values = {n: _mean(ds[n].transpose("station", "time").values) for n in held}
        frame = pd.DataFrame({"site": about.id, "time": pd.DatetimeIndex(ds["time"].values), **values})
    else:
        lacking = np.full((ds.sizes["station"], ds.sizes["time"]), np.nan, np.float32)
        none = {
            p: (("station", "time"), lacking, {"units": "mg m-3" if p == "co" else "µg m-3"})
            for p in POLLUTANTS
        }
        days = daily_frame(ds.assign(none))
        names = [c for c in days if any(str(c).startswith(f"{s}_") for s in _STEMS)]
        frame = days.groupby("date", as_index=False)[names].mean().dropna(subset=names, how="all")
        frame.insert(0, "site", about.id)
    if "issued" in ds.attrs:
        frame["issued"] = pd.Timestamp(ds.attrs["issued"])
    frame.attrs["kind"] = kind
    return frame.reset_index(drop=True)
