"""NetCDF of stations by the CF conventions: airq's own exports, and time series of others in the usual layouts.

Of discrete sampling geometries the orthogonal array ``(station, time)`` in either order and the single station are
read. Variables are known by their standard name, else by their name; units must be stated. Times are converted from
UTC or their stated offset; where the file has bounds the end of the hour is taken from them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import xarray as xr

from airq.errors import FileRejected
from airq.observations import netcdf
from airq.observations.cf import EAST_8
from airq.observations.files import RawFile
from airq.observations.formats import marks
from airq.observations.formats.base import Block, Convention, Parsed, convert, pollutant_of, sentinel_mask
from airq.observations.reference import ATTRIBUTE as STATE
from airq.texts import shown
from airq.variables import FLAGS, STATION_COORDINATES, VARIABLES

__all__ = ["NAME", "parse", "recognise"]

NAME: Final = "cf-netcdf"

BOUNDED: Final = Convention("end", "stated", "[P]", "CF conventions: units and bounds of time")
UNBOUNDED: Final = Convention("end", "stated", "[B 60%]", "CF conventions: units of time; no bounds tell which end of the hour is meant")  # fmt: skip

_HOUR: Final = np.timedelta64(1, "h")
_DAY: Final = np.timedelta64(24, "h")
_STANDARD: Final = {
    **{v.standard_name: v.name for v in VARIABLES.values() if v.standard_name},
    "mass_concentration_of_pm2p5_dry_aerosol_particles_in_air": "pm25",
    "mass_concentration_of_pm10_dry_aerosol_particles_in_air": "pm10",
    "mole_fraction_of_sulfur_dioxide_in_air": "so2",
    "mole_fraction_of_nitrogen_dioxide_in_air": "no2",
    "mole_fraction_of_carbon_monoxide_in_air": "co",
    "mole_fraction_of_ozone_in_air": "o3",
    "lwe_thickness_of_precipitation_amount": "precipitation",
}
_SPELLINGS: Final = {"1": "%", "kg m-2": "mm", "degree_celsius": "degc", "kelvin": "k"}
_ABOUT: Final = tuple(n for n in STATION_COORDINATES if n != "role")


def recognise(raw: RawFile) -> bool:
    """Whether the file is NetCDF that calls itself a time series of stations or has one along an axis."""
    if raw.kind != "netcdf":
        return False
    head = raw.data[:1_000_000]
    return b"timeSeries" in head or b"timeseries_id" in head


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read a file of stations.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Codes to take.

    Returns
    -------
    Parsed
        Hourly or daily.

    Raises
    ------
    FileRejected
        Simulated or converted values, which an archive of observations does not take; a layout, calendar or unit that
        is not known; damage.
    """
    path = shown(raw.path)
    if raw.kind != "netcdf":
        raise FileRejected(f"{path}: not {NAME}, which is NetCDF; leave the format out.")
    disk = netcdf.opened(raw.data, path)
    own = netcdf.is_own(disk)
    ds = netcdf.decode(disk, path) if own else None
    marks.refuse(path, str(disk.attrs.get("simulated", "false")).lower() == "true", STATE in disk.attrs)
    return _own(raw, ds, stations) if ds is not None else _foreign(raw, disk, stations)


# ---- airq's own exports ----


def _own(raw: RawFile, ds: xr.Dataset, stations: Collection[str] | None) -> Parsed:
    axis = "day" if "day" in ds.dims else "time"
    names = [str(n) for n in ds.data_vars if not str(n).endswith("_flag")]
    codes = [str(c) for c in ds["station"].values]
    keep = [i for i, c in enumerate(codes) if stations is None or c in stations]
    if not keep:
        raise FileRejected(
            f"{shown(raw.path)}: holds none of the wanted stations; it holds {', '.join(codes[:5])}."
        )
    values = {n: ds[n].values[keep] for n in names}
    missing = np.uint16(FLAGS["missing"])
    flags = {n: ds[f"{n}_flag"].values[keep] & ~missing for n in names if f"{n}_flag" in ds}
    about = {codes[i]: {n: _said(ds[n].values[i]) for n in _ABOUT if n in ds.coords} for i in keep}
    raw.issues.note("", BOUNDED.sentence())
    block = Block([codes[i] for i in keep], ds[axis].values.astype("datetime64[ns]"), values, flags)
    return Parsed(raw, NAME, "daily" if axis == "day" else "hourly", block, raw.issues.summarised(), about)


def _said(value: Any) -> Any:
    return str(value) if isinstance(value, str) else None if value != value else value.item()


# ---- files of others ----


def _foreign(raw: RawFile, disk: xr.Dataset, stations: Collection[str] | None) -> Parsed:
    path = shown(raw.path)
    when = _time_name(disk, path)
    code = _station_name(disk)
    along = disk[code].dims[0] if code is not None and disk[code].ndim == 1 else None
    if along == disk[when].dims[0] or disk[when].ndim != 1:
        raise FileRejected(
            f"{path}: times differ between stations (a ragged or incomplete array); convert it to one time axis for all stations."
        )
    codes = [str(v).strip() for v in np.atleast_1d(disk[code].values)] if code is not None else [raw.stem]
    if code is None:
        raw.issues.note(
            "",
            f"no variable with cf_role timeseries_id; the file's name '{raw.stem}' is taken as the station",
        )
    if len(set(codes)) < len(codes) or not all(codes):
        raise FileRejected(f"{path}: variable {code}: a station code stands twice or is empty; correct it.")
    time, daily = _ends(disk, when, raw)
    values = _values(disk, (along, disk[when].dims[0]), raw)
    rows = [i for i, c in enumerate(codes) if stations is None or c in stations]
    good = _usable(time, daily, raw)
    order = good[np.argsort(time[good], kind="stable")]
    if not rows or not len(order):
        raise FileRejected(f"{path}: no hour of a wanted station could be taken; check the file.")
    if (np.diff(time[order]) == np.timedelta64(0, "ns")).any():
        raise FileRejected(f"{path}: variable {when}: a time stands twice; keep one of them.")
    cell = np.ix_(np.array(rows), order)
    bits = {
        n: np.where(sentinel_mask(v[cell]), np.uint16(FLAGS["sentinel"]), np.uint16(0))
        for n, v in values.items()
    }
    taken = {n: np.where(bits[n] > 0, np.nan, v[cell]).astype(np.float32) for n, v in values.items()}
    block = Block(
        [codes[i] for i in rows], time[order], taken, {n: b.astype(np.uint16) for n, b in bits.items()}
    )
    about = _about(disk, along, codes)
    return Parsed(
        raw,
        NAME,
        "daily" if daily else "hourly",
        block,
        raw.issues.summarised(),
        {codes[i]: about[codes[i]] for i in rows},
    )


def _time_name(disk: xr.Dataset, path: str) -> str:
    """The variable of times: by its standard name, axis or units."""
    for test in (
        lambda a: a.get("standard_name") == "time",
        lambda a: a.get("axis") == "T",
        lambda a: " since " in str(a.get("units", "")),
    ):
        found = [str(n) for n in disk.variables if test(disk[n].attrs)]
        if found:
            return found[0]
    raise FileRejected(f"{path}: no variable of times; give it units like 'hours since 1970-01-01'.")


def _station_name(disk: xr.Dataset) -> str | None:
    return next((str(n) for n in disk.variables if disk[n].attrs.get("cf_role") == "timeseries_id"), None)


def _moments(disk: xr.Dataset, name: str, like: str, path: str) -> npt.NDArray[np.datetime64]:
    """Beijing time of a variable of times or their bounds."""
    attrs = {k: disk[like].attrs[k] for k in ("units", "calendar") if k in disk[like].attrs}
    array = xr.DataArray(disk[name].values, dims=[f"d{i}" for i in range(disk[name].ndim)], attrs=attrs)
    try:
        out = xr.decode_cf(xr.Dataset({"t": array}))["t"].values.astype("datetime64[ns]")
    except (ValueError, TypeError, OverflowError, AttributeError, ImportError) as error:
        raise FileRejected(
            f"{path}: variable {like}: the units '{attrs.get('units', '')}' with the calendar '{attrs.get('calendar', 'standard')}' are not dates of the real calendar; correct them."
        ) from error
    return np.asarray(out + EAST_8)


def _ends(disk: xr.Dataset, when: str, raw: RawFile) -> tuple[npt.NDArray[np.datetime64], bool]:
    """Ends of hours in Beijing time, or days; and whether they are days."""
    path = shown(raw.path)
    time = _moments(disk, when, when, path)
    bounds = str(disk[when].attrs.get("bounds", ""))
    if bounds in disk.variables and disk[bounds].shape == (*disk[when].shape, 2):
        raw.issues.note("", BOUNDED.sentence())
        both = _moments(disk, bounds, when, path)
        width = np.median(both[:, 1] - both[:, 0])
        return (both[:, 0], True) if width == _DAY else (both[:, 1], False)
    raw.issues.note("", UNBOUNDED.sentence())
    steps = np.diff(np.unique(time))
    return time, bool(len(steps) and np.median(steps) >= _DAY)


def _usable(time: npt.NDArray[np.datetime64], daily: bool, raw: RawFile) -> npt.NDArray[np.intp]:
    """Times that are full hours, or midnights for days; the others are named."""
    unit = "datetime64[D]" if daily else "datetime64[h]"
    good = ~np.isnat(time) & (time == time.astype(unit).astype("datetime64[ns]"))
    for i in np.flatnonzero(~good):
        what = "a natural day of Beijing" if daily else "a full hour"
        raw.issues.each("time", f"time {i + 1}", f"{time[i]!s:.19} is not {what}; its values are not taken")
    return np.flatnonzero(good)


def _values(disk: xr.Dataset, dims: tuple[Any, Any], raw: RawFile) -> dict[str, npt.NDArray[np.float64]]:
    """Variables in canonical units, shape (station, time)."""
    out: dict[str, npt.NDArray[np.float64]] = {}
    others = []
    for key in map(str, disk.data_vars):
        array = disk[key]
        if array.dtype.kind not in "iuf" or dims[1] not in array.dims or set(array.dims) - {*dims}:
            continue
        name = _STANDARD.get(str(array.attrs.get("standard_name", ""))) or (pollutant_of(key) or ("", ""))[0]
        if not name or name in out:
            others.append(key)
            continue
        unit = str(array.attrs.get("units", "")).strip()
        if not unit:
            raise FileRejected(f"{shown(raw.path)}: variable {key}: states no unit; add the attribute units.")
        both = array.transpose(*(d for d in dims if d in array.dims)).values.astype(np.float64)
        both = np.atleast_2d(both)
        if name == "relative_humidity" and unit == "1":
            both = both * 100
        spelled = (
            _SPELLINGS.get(unit.lower(), unit)
            if name not in ("pm25", "pm10", "so2", "no2", "co", "o3")
            else unit
        )
        out[name] = convert(both, name, spelled, raw, key)
    if others:
        raw.issues.note("", f"not stored: {', '.join(others[:8])}{' …' if len(others) > 8 else ''}")
    if not out:
        raise FileRejected(
            f"{shown(raw.path)}: no pollutant or weather variable with a known standard name; add the attribute standard_name."
        )
    return out


def _about(disk: xr.Dataset, along: Any, codes: list[str]) -> dict[str, dict[str, Any]]:
    """What the file says of its stations."""
    wanted = {
        "lat": ("standard_name", "latitude"),
        "lon": ("standard_name", "longitude"),
        "name_en": ("standard_name", "platform_name"),
    }
    out: dict[str, dict[str, Any]] = {c: {} for c in codes}
    for name, (key, text) in wanted.items():
        found = next((disk[n] for n in disk.variables if disk[n].attrs.get(key) == text), None)
        if found is None or found.dims not in ((), (along,)):
            continue
        for code, value in zip(codes, np.broadcast_to(found.values, len(codes)), strict=True):
            if (text == "platform_name") == isinstance(value, str) and value == value:
                out[code][name] = value if isinstance(value, str) else float(value)
    return out
