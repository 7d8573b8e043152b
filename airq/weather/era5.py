"""ERA5 and ERA5-Land at station points, from NetCDF.

Sources: ECMWF, ERA5 data documentation; C3S conversion table for accumulated variables. Times are UTC; amounts of ERA5
are of the hour that ends at the time, those of ERA5-Land have accumulated since 00 UTC and are taken apart here.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
import xarray as xr

from airq.errors import FileRejected, ParameterError
from airq.weather import convert, grid, netcdf3, wind
from airq.weather.files import RawFile
from airq.weather.series import BEIJING, SEA_LEVEL, Point, Series, beyond

__all__ = ["Accumulation", "accumulates_by_day", "axes", "hourly_amounts", "looks_like", "parse"]

Accumulation = Literal["hour", "day"]
NAMES: Final = {
    "temperature": ("t2m", "2t", "var167", "T2M", "2m_temperature"),
    "dew_point": ("d2m", "2d", "var168", "2m_dewpoint_temperature"),
    "pressure": ("sp", "var134", "surface_pressure"),
    SEA_LEVEL: ("msl", "var151", "mean_sea_level_pressure"),
    "u": ("u10", "10u", "var165", "10m_u_component_of_wind"),
    "v": ("v10", "10v", "var166", "10m_v_component_of_wind"),
    "precipitation": ("tp", "var228", "total_precipitation"),
    "mixing_height": ("blh", "var159", "boundary_layer_height"),
    "radiation": ("ssrd", "var169", "surface_solar_radiation_downwards", "avg_sdswrf", "msdwswrf"),
}
_UNITS_OF: Final = {SEA_LEVEL: "pressure", "u": "wind_speed", "v": "wind_speed"}
_LATS: Final = ("latitude", "lat")
_LONS: Final = ("longitude", "lon")
_TIMES: Final = ("valid_time", "time", "step")
_HOUR: Final = np.timedelta64(1, "h")
_LONGEST_STEP: Final = np.timedelta64(18, "h")
"""Hours that ERA5's short forecasts of amounts run ahead (06 and 18 UTC, 18 hours); longer ones are a forecast."""
_DAMAGE: Final = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    MemoryError,
    RuntimeError,
    ArithmeticError,
    AssertionError,
    ImportError,
)
"""What the packages that read NetCDF raise on damaged files."""


def looks_like(raw: RawFile) -> bool:
    """Whether the file is NetCDF."""
    return raw.kind.startswith("netcdf")


def _engine(raw: RawFile) -> str:
    if raw.kind == "netcdf3":
        return "scipy"
    there = {m for m in ("h5netcdf", "h5py", "pyfive", "netCDF4") if importlib.util.find_spec(m) is not None}
    if "h5netcdf" in there and there & {"h5py", "pyfive"}:  # h5netcdf reads HDF5 by one of them
        return "h5netcdf"
    if "netCDF4" in there:
        return "netcdf4"
    lacking = "h5py" if "h5netcdf" in there else "h5netcdf"
    raise FileRejected(
        f"{raw.path}: a NetCDF4 (HDF5) file; install the package {lacking}, or convert it with nccopy -k 2."
    )


def parse(raw: RawFile, points: list[Point], accumulation: Accumulation | None = None) -> list[Series]:
    """Read ERA5 fields at points.

    Parameters
    ----------
    raw : RawFile
    points : list of Point
        Each takes the nearest grid point. May be empty if the file has a single one.
    accumulation : {"hour", "day"}, optional
        How amounts are accumulated; found from the values if not given.

    Returns
    -------
    list of Series

    Raises
    ------
    FileRejected
        No grid, no known variable, an unknown unit, or a package that is not installed.
    ParameterError
        A point outside the grid, or none given for a file of many points.
    """
    if accumulation not in (None, "hour", "day"):
        raise ParameterError(f"accumulation '{accumulation}' is not known; use hour or day.")
    with _opened(raw) as ds:
        lat, lon = _axes(raw, ds)
        if not points:
            if lat.size * lon.size != 1:
                raise ParameterError(
                    f"{raw.path}: holds {lat.size * lon.size} grid points; name a place, or lat and lon."
                )
            y, x = float(lat[0]), float(lon[0])
            points = [Point(f"{y:.2f}N{x:.2f}E", lat=y, lon=x)]
        try:
            return [_point(raw, ds, lat, lon, p, accumulation) for p in points]
        except _DAMAGE as error:
            if isinstance(error, ParameterError):
                raise
            raise _damaged(raw, error) from error


def axes(raw: RawFile) -> tuple[np.ndarray, np.ndarray]:
    """Latitudes and longitudes of a file's grid.

    Raises
    ------
    FileRejected
        No grid, or a damaged file.
    """
    with _opened(raw) as ds:
        return _axes(raw, ds)


def _damaged(raw: RawFile, error: Exception) -> FileRejected:
    text = " ".join(str(error).split())[:120].rstrip(".") or type(error).__name__
    return FileRejected(f"{raw.path}: damaged or no NetCDF ({text}); fetch the file again.")


@contextmanager
def _opened(raw: RawFile) -> Iterator[xr.Dataset]:
    engine: Any = _engine(raw)
    if raw.kind == "netcdf3":
        netcdf3.check_length(raw.path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = xr.open_dataset(raw.path, engine=engine)
    except _DAMAGE as error:
        raise _damaged(raw, error) from error
    with opened as ds:
        if raw.kind == "netcdf3" and ds.nbytes > 8 * raw.path.stat().st_size + 1_000_000:
            raise _damaged(raw, ValueError("it unpacks to many times its size"))
        yield ds


def _axes(raw: RawFile, ds: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    found = []
    for names, most in ((_LATS, 90.0), (_LONS, 360.0)):
        name = next((n for n in names if n in ds.variables), None)
        if name is None or ds[name].ndim > 1:
            raise FileRejected(
                f"{raw.path}: no regular {names[0]} axis; regrid the file to latitude-longitude."
            )
        try:
            axis = np.atleast_1d(ds[name].values.astype(np.float64))
        except _DAMAGE as error:
            raise _damaged(raw, error) from error
        steps = (np.diff(axis) + 180.0) % 360.0 - 180.0  # longitudes may pass 360
        even = not steps.size or (steps.min() * steps.max() > 0 and np.ptp(steps) < 0.2 * np.abs(steps).min())
        if not np.isfinite(axis).all() or np.abs(axis).max() > most or not even:
            raise FileRejected(
                f"{raw.path}: the {names[0]} axis is no regular row of degrees, so it is damaged; fetch the file again."
            )
        found.append(axis)
    return found[0], found[1]


def _point(
    raw: RawFile,
    ds: xr.Dataset,
    lat: np.ndarray,
    lon: np.ndarray,
    point: Point,
    accumulation: Accumulation | None,
) -> Series:
    if point.lat is None or point.lon is None:
        raise ParameterError(
            f"{raw.path}: point '{point.station or point.place}' has no position; add lat and lon."
        )
    i, j, distance, inside = grid.nearest(lat, lon, point.lat, point.lon)
    if not inside:
        raise ParameterError(
            f"{raw.path}: the grid does not cover {point.lat}, {point.lon}; its nearest point is {distance:.0f} km away."
        )
    at = {d: k for names, k in ((_LATS, i), (_LONS, j)) for d in names if d in ds.dims}
    columns: dict[str, pd.Series] = {}
    units: dict[str, str] = {}
    for name, aliases in NAMES.items():
        source = next((a for a in aliases if a in ds.data_vars), None)
        if source is not None:
            columns[name] = _column(raw, ds[source].isel(at), ds)
            units[name] = str(ds[source].attrs.get("units", ""))
    if not columns:
        raise FileRejected(
            f"{raw.path}: none of the known variables; wanted are {', '.join(a[0] for a in NAMES.values())}."
        )
    table = pd.DataFrame(columns)
    unknown = [str(n)[:30] for n in ds.data_vars if n not in {a for names in NAMES.values() for a in names}]
    unknown = [n for n in unknown if n not in ("number", "expver")]
    table, notes = _hourly(table, units, accumulation)
    if unknown:
        notes.append(f"not stored: {', '.join(unknown[:6])}{' …' if len(unknown) > 6 else ''}")
    values = _canonical(raw, table, units)
    own = replace(point, station=point.station or point.place or f"{point.lat:.2f}N{point.lon:.2f}E")
    time = table.index.to_numpy("datetime64[ns]")
    if (time != time.astype("datetime64[h]")).any():
        raise FileRejected(f"{raw.path}: the times are not whole hours; fetch hourly fields.")
    attrs = {"kind": "reanalysis", "distance_km": round(distance, 3)}
    out = Series(own, np.asarray(time + BEIJING, "datetime64[ns]"), values, attrs, (*raw.issues, *notes))
    return replace(out, attrs=attrs | {"kind": "forecast"}) if _ahead(ds) or beyond(raw.path, out) else out


def _ahead(ds: xr.Dataset) -> bool:
    """Whether fields run further ahead of their start than those of a reanalysis."""
    for name in ("step", "forecast_period"):
        if name in ds.variables and np.issubdtype(ds[name].dtype, np.timedelta64) and ds[name].size:
            return bool(np.nanmax(ds[name].values) > _LONGEST_STEP)
    return False


def _column(raw: RawFile, field: xr.DataArray, ds: xr.Dataset) -> pd.Series:
    """One variable at one point against UTC; members of ``expver`` fill each other."""
    if "expver" in field.dims:  # 1 is final, 5 preliminary: each hour is in one of them
        field = _first(field, "expver")
    for dim in [d for d in field.dims if d not in _TIMES]:
        if field.sizes[dim] > 1:
            raise FileRejected(
                f"{raw.path}: {field.name} has {field.sizes[dim]} entries along '{dim}'; select one of them first."
            )
        field = field.isel({dim: 0})
    stamp = _stamp(raw, field, ds)
    if stamp.ndim == 1 and np.issubdtype(stamp.dtype, np.datetime64):
        back = np.flatnonzero(np.diff(stamp.values) <= np.timedelta64(0))
        if back.size or np.isnat(stamp.values).any():
            where = f"entry {int(back[0]) + 2}" if back.size else "one entry"
            raise FileRejected(
                f"{raw.path}: the time axis does not go on at {where}, so it is damaged or was joined; sort it, or fetch the file again."
            )
    times, values = xr.broadcast(stamp, field)
    utc = np.ravel(times.values)
    if not np.issubdtype(utc.dtype, np.datetime64):
        raise FileRejected(
            f"{raw.path}: the time axis has no calendar; give it units like 'hours since 1900-01-01'."
        )
    with np.errstate(invalid="ignore"):  # damaged bytes may be no number of the hardware
        numbers = np.ravel(values.transpose(*times.dims).values).astype(np.float64)
    column = pd.Series(numbers, index=pd.DatetimeIndex(utc.astype("datetime64[ns]")))
    return column.groupby(level=0).first()  # the first finite value of an hour


def _stamp(raw: RawFile, field: xr.DataArray, ds: xr.Dataset) -> xr.DataArray:
    """Time to which each value belongs; fields converted from GRIB may carry a start and a step."""
    if "valid_time" in ds.variables and set(ds["valid_time"].dims) <= set(field.dims):
        return ds["valid_time"]
    if "time" not in ds.variables:
        raise FileRejected(f"{raw.path}: {field.name} has no time; fetch the file again.")
    if "step" in ds.variables and np.issubdtype(ds["step"].dtype, np.timedelta64):
        return ds["time"] + ds["step"]
    return ds["time"]


def _first(field: xr.DataArray, dim: str) -> xr.DataArray:
    out = field.isel({dim: 0})
    for k in range(1, field.sizes[dim]):
        out = out.fillna(field.isel({dim: k}))
    return out


def _hourly(
    table: pd.DataFrame, units: dict[str, str], accumulation: Accumulation | None
) -> tuple[pd.DataFrame, list[str]]:
    """Amounts of the hour, whatever they were accumulated over."""
    amounts = [
        n
        for n in ("radiation", "precipitation")
        if n in table and convert.spelled(units[n]) in convert.PER_HOUR[n]
    ]
    if not amounts:
        return table, []
    notes = []
    by_day = accumulation == "day"
    if accumulation is None:
        found = [accumulates_by_day(table[n], n) for n in amounts]
        by_day = next((f for f in found if f is not None), False)
        if all(f is None for f in found):
            notes.append(
                "amounts are taken as of the hour (ERA5); pass accumulation='day' if they grow since 00 UTC (ERA5-Land)"
            )
        elif by_day:
            notes.append("amounts grow since 00 UTC (ERA5-Land) and were taken apart into hours")
    if by_day:
        table = table.copy()
        for name in amounts:
            table[name] = hourly_amounts(table[name])
    return table, notes


def accumulates_by_day(column: pd.Series, name: str) -> bool | None:
    """Whether amounts grow since 00 UTC, found from whole days.

    Parameters
    ----------
    column : pandas.Series
        Amounts against UTC.
    name : str
        ``radiation`` or ``precipitation``.

    Returns
    -------
    bool or None
        None where the values cannot tell: no whole day, no sun, a single wet day.

    Examples
    --------
    >>> hours = pd.date_range("2019-01-01 01:00", periods=24, freq="h")
    >>> sun = pd.Series(np.clip(np.sin(np.arange(24) / 24 * 2 * np.pi), 0, None), hours)
    >>> accumulates_by_day(sun, "radiation"), accumulates_by_day(sun.cumsum(), "radiation")
    (False, True)
    """
    index = pd.DatetimeIndex(column.index)
    days = (index - pd.Timedelta(hours=1)).floor("D")
    telling = 0
    for _, day in column.groupby(days):
        values = day.to_numpy()
        if len(values) != 24 or not np.isfinite(values).all() or values.max() <= 0:
            continue
        if (np.diff(values) < -1e-3 * values.max()).any():
            return False
        telling += 1
    # Hourly sunshine falls towards evening somewhere in 24 hours; hourly rain may by chance only grow.
    return True if telling >= (1 if name == "radiation" else 2) else None


def hourly_amounts(column: pd.Series) -> pd.Series:
    """Amounts of each hour from amounts accumulated since 00 UTC.

    Parameters
    ----------
    column : pandas.Series
        Against UTC; the value at 00 is the total of the day before.

    Returns
    -------
    pandas.Series
        NaN where the hour before is missing.

    Examples
    --------
    >>> hours = pd.DatetimeIndex(["2019-01-01 23:00", "2019-01-02 00:00", "2019-01-02 01:00"])
    >>> hourly_amounts(pd.Series([5.0, 6.0, 0.5], hours)).tolist()
    [nan, 1.0, 0.5]
    """
    index = pd.DatetimeIndex(column.index)
    before = column.reindex(index - pd.Timedelta(_HOUR)).to_numpy()
    fresh = (index.hour == 1) & np.isfinite(column.to_numpy())
    return pd.Series(np.where(fresh, column, np.maximum(column - before, 0.0)), index=column.index)


def _canonical(raw: RawFile, table: pd.DataFrame, units: dict[str, str]) -> dict[str, np.ndarray]:
    values: dict[str, np.ndarray] = {}
    for name in table:
        target = _UNITS_OF.get(str(name), str(name))
        try:
            scale, offset = convert.factor(target, units[str(name)])
        except convert.UnitError as error:
            raise FileRejected(f"{raw.path}: variable {NAMES[str(name)][0]}: {error}") from error
        values[str(name)] = table[name].to_numpy(np.float64) * scale + offset
    u, v = values.pop("u", None), values.pop("v", None)
    if u is not None and v is not None:
        values["wind_speed"], values["wind_direction"] = wind.from_components(u, v)
    return values
