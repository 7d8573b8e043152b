"""The canonical Dataset as CF-1.11 (discrete sampling geometry ``timeSeries``), ready to be written as NetCDF.

Layout: the orthogonal multidimensional array of CF appendix H.2.1, dims ``(station, time)``. It needs nothing beyond
NetCDF3 with 64-bit offsets: texts are UTF-8 character arrays, flags 32-bit integers, times 32-bit hours.

Time is stored in UTC, because every reader that knows CF converts an offset in the units to UTC anyway (xarray and
cftime do), and one that does not would shift the data unseen. ``time`` is the end of the hour and ``time_bnds`` its
both ends; ``natural_day`` gives the day in Beijing time to which the hour belongs, so that daily means need no
arithmetic with time zones: ``ds.groupby("natural_day").mean()``. airq's own reader gives Beijing time back.

NetCDF3 has no checksums, so the file carries a digest of its content, which the reader
(:mod:`airq.observations.netcdf`) holds against the values.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import xarray as xr

import airq
from airq import dataset
from airq.errors import MissingData, ParameterError
from airq.variables import FLAGS, POLLUTANTS, STATION_COORDINATES, VARIABLES

__all__ = [
    "ADDED",
    "CELL_METHODS",
    "DIGEST",
    "EAST_8",
    "EPOCH",
    "STANDARD_NAMES",
    "STATION_ATTRIBUTES",
    "STATION_ID",
    "UNITS",
    "check",
    "content_digest",
    "encode",
    "text_of",
]

DIGEST: Final = "content_sha256"
"""Global attribute with the digest of the content."""

ADDED: Final = "added_by_export"
STATION_ID: Final = "station_id"
_FILL: Final = np.float32(9.969209968386869e36)  # the library's own default, known to every NetCDF tool
EPOCH: Final = np.datetime64("1970-01-01T00", "h")
EAST_8: Final = np.timedelta64(8, "h")
UNITS: Final = {"µg m-3": "ug m-3"}  # UDUNITS knows the letter µ, many tools do not
# An amount in mm is a thickness of water to CF; its amount is in kg m-2.
STANDARD_NAMES: Final = {"precipitation": "lwe_thickness_of_precipitation_amount"}
_O3_DAILY: Final = "day: maximum of running 8-hour means"
CELL_METHODS: Final = {_O3_DAILY: "time: maximum (of running 8-hour means)"}
STATION_ATTRIBUTES: Final[dict[str, dict[str, str]]] = {
    STATION_ID: {"long_name": "station code", "cf_role": "timeseries_id"},
    "name_zh": {"long_name": "station name, Chinese", "standard_name": "platform_name"},
    "name_en": {"long_name": "station name, English"},
    "place": {"long_name": "county or city that the station stands for"},
    "network": {"long_name": "network that the station belongs to"},
    "role": {"long_name": "role of the station in the evaluation"},
    "lat": {"long_name": "latitude of the station", "axis": "Y"},
    "lon": {"long_name": "longitude of the station", "axis": "X"},
}


def text_of(value: Any) -> str:
    r"""Text as a character array of UTF-8 can hold it: without zeros, and no lone half of a surrogate pair.

    Examples
    --------
    >>> text_of(None), text_of(float("nan")), text_of("a\ud800\0")
    ('', '', 'a?\ufffd')
    """
    return (
        ""
        if value is None or value != value
        else str(value).replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    )


def _plain(value: Any) -> Any:
    """An attribute as NetCDF3 can hold it."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
        return value.astype(np.int32 if value.dtype.kind in "iu" else np.float64)
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        return text_of(value)
    if isinstance(value, int | np.integer):
        return np.int32(value) if abs(int(value)) < 2**31 else float(value)
    return float(value)


def _texts(attrs: Mapping[Any, Any]) -> str:
    """Attributes as one text, the same before and after a round trip."""
    plain = {str(k): _plain(v) for k, v in attrs.items()}
    return "\x1e".join(
        f"{k}={plain[k].tolist() if hasattr(plain[k], 'tolist') else plain[k]}" for k in sorted(plain)
    )


# ---- writing ----


def encode(
    ds: xr.Dataset, created: datetime | None = None, institution: str = "not stated; see source"
) -> xr.Dataset:
    """Dataset as it stands in the file; times are numbers already.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical, hourly ``(station, time)`` or daily ``(station, day)``, variables of the data model and their flags.
    created : datetime, optional
        Moment for ``history``, with time zone; now by default.
    institution : str
        Who produced the observations.

    Returns
    -------
    xarray.Dataset
        Dims ``station`` and ``time``.

    Raises
    ------
    ParameterError, MissingData
        Nothing to write, a variable that the data model does not know, a time that is not a full hour.
    """
    axis = "day" if "day" in ds.dims else "time"
    check(ds, axis)
    time = ds[axis].values.astype("datetime64[ns]")
    coords = _times(time, axis)
    coords |= _stations(ds)
    described = " ".join(n for n in coords if n not in ("time", "time_bnds"))
    bounds = coords.pop("time_bnds")
    data: dict[str, Any] = {"time_bnds": bounds}
    for name in map(str, ds.data_vars):
        make = _flag if name.endswith("_flag") else _variable
        data[name] = make(ds[name].transpose("station", axis), axis, described)
    for name in _stations(ds):
        data[name] = coords.pop(name)
    data["natural_day"] = coords.pop("natural_day")
    out = xr.Dataset(data, coords={"time": coords["time"]}, attrs=_head(ds, axis, created, institution))
    for name in map(str, out.variables):
        text = out[name].dtype == object
        out[name].encoding = {"char_dim_name": f"{name}_strlen"} if text else {"_FillValue": None}
        if out[name].dtype == np.float32:
            out[name].encoding["_FillValue"] = _FILL
    return out


def check(ds: xr.Dataset, axis: str) -> None:
    """Refuse what cannot be exported without losing something.

    Parameters
    ----------
    ds : xarray.Dataset
    axis : {"time", "day"}

    Raises
    ------
    ParameterError, MissingData
        Nothing to write; a variable that the data model does not know or another unit; times that do not increase by
        full hours.
    """
    dataset.require(ds.rename(day="time") if axis == "day" else ds)
    if not ds.sizes["station"] or not ds.sizes[axis]:
        raise MissingData("the Dataset has no station or no time, so there is nothing to export.")
    for name in map(str, ds.data_vars):
        if name.removesuffix("_flag") not in VARIABLES or set(ds[name].dims) != {"station", axis}:
            raise ParameterError(
                f"variable '{name}' is not part of the data model with dims (station, {axis}); drop it before the export."
            )
        if not name.endswith("_flag"):
            dataset.require(ds.rename(day="time") if axis == "day" else ds, name)
    time = ds[axis].values
    if np.isnat(time).any() or (time != time.astype("datetime64[h]")).any():
        raise ParameterError("a time is missing or is not a full hour; average the data to hours first.")
    if (np.diff(time) <= np.timedelta64(0, "ns")).any():
        raise ParameterError("the times do not increase; sort the Dataset by time and drop repeated hours.")


def _times(time: npt.NDArray[np.datetime64], axis: str) -> dict[str, Any]:
    """Time in UTC hours, its bounds, and the natural day."""
    daily = axis == "day"
    hours = (time.astype("datetime64[h]") - EAST_8).astype(np.int64).astype(np.int32)
    ends = np.stack([hours, hours + 24] if daily else [hours - 1, hours], axis=1).astype(np.int32)
    days = time.astype("datetime64[D]") if daily else dataset.day_of(time)
    stamp = days.astype("datetime64[Y]").astype(int) + 1970
    month = days.astype("datetime64[M]").astype(int) % 12 + 1
    number = stamp * 10_000 + month * 100 + (days - days.astype("datetime64[M]")).astype(int) + 1
    what = "beginning of the natural day" if daily else "end of the averaging hour"
    attrs = {
        "standard_name": "time",
        "long_name": f"{what}, UTC (Beijing time is 8 hours ahead)",
        "units": "hours since 1970-01-01 00:00:00",
        "units_metadata": "leap_seconds: none",
        "calendar": "standard",
        "axis": "T",
        "bounds": "time_bnds",
    }
    about = "natural day in Beijing time to which the value belongs, as the number YYYYMMDD"
    return {
        "time": ("time", hours, attrs),
        "time_bnds": (("time", "bnds"), ends),
        "natural_day": ("time", number.astype(np.int32), {"long_name": about, "units": "1"}),
    }


def _stations(ds: xr.Dataset) -> dict[str, Any]:
    """Code and every coordinate along the stations, in the order of the Dataset."""
    out: dict[str, Any] = {}
    held = [str(c) for c in ds.coords if ds[c].dims == ("station",) and c != "station"]
    usual = [n for n in STATION_COORDINATES if n in held]
    for name in ["station", *usual, *sorted(set(held) - set(usual))]:
        key = STATION_ID if name == "station" else name
        array = ds[name]
        if array.dtype.kind in "iuf":
            column: npt.NDArray[Any] = array.values.astype(np.float64)
        else:
            column = np.array([text_of(v) for v in array.values], object)
        attrs = {**STATION_ATTRIBUTES.get(key, {"long_name": name.replace("_", " ")}), **array.attrs}
        out[key] = ("station", column, {k: _plain(v) for k, v in attrs.items()})
    return out


def _variable(array: xr.DataArray, axis: str, described: str) -> tuple[Any, ...]:
    name = str(array.name)
    attrs = {k: _plain(v) for k, v in array.attrs.items()}
    attrs["units"] = UNITS.get(attrs["units"], attrs["units"])
    if name in STANDARD_NAMES:
        attrs["standard_name"] = STANDARD_NAMES[name]
    if attrs["units"] == "degC":
        attrs["units_metadata"] = "temperature: on_scale"
    stated = attrs.pop("cell_methods", "")
    if stated:
        attrs["cell_methods"] = CELL_METHODS.get(stated, stated)
    elif name == "precipitation":
        attrs["cell_methods"] = "time: sum"
    elif name in POLLUTANTS or axis == "day":
        attrs["cell_methods"] = "time: mean"
    return ("station", "time"), array.values.astype(np.float32), {**attrs, "coordinates": described}


def _flag(array: xr.DataArray, axis: str, described: str) -> tuple[Any, ...]:
    attrs = {
        **dataset.flag_attributes(str(array.name).removesuffix("_flag")),
        "standard_name": "status_flag",
        "flag_masks": np.array(list(FLAGS.values()), np.int32),
        "coordinates": described,
    }
    return ("station", "time"), array.values.astype(np.int32), attrs


def _head(ds: xr.Dataset, axis: str, created: datetime | None, institution: str) -> dict[str, Any]:
    """Global attributes: those of the Dataset, then what CF wants beside them."""
    simulated = str(ds.attrs.get("simulated", "false")) == "true"
    now = (created or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    every = "Daily" if axis == "day" else "Hourly"
    what = "weather" if not any(n in ds for n in POLLUTANTS) else "air quality"
    missing = int((~np.isfinite(ds["lat"].values)).sum()) if "lat" in ds.coords else ds.sizes["station"]
    notes = [
        "Simulated data, not observations (模拟数据，非观测)." if simulated else "Observations.",
        "Values are as received; flags mark doubtful ones and never remove them.",
        "Times are UTC; natural_day is the day in Beijing time.",
    ]
    if missing:
        notes.append(f"{missing} stations have no known position; their lat and lon are missing.")
    extra = {
        "Conventions": "CF-1.11",
        "featureType": "timeSeries",
        "title": f"{'SIMULATED: ' if simulated else ''}{every} {what} of {ds.sizes['station']} stations",
        "institution": institution,
        "source": "not stated",
        "references": "GB 3095-2012 with its amendment of 2018, GB 3095-2026",
        "comment": " ".join(notes),
        "time_coverage_resolution": "P1D" if axis == "day" else "PT1H",
        "airq_version": airq.__version__,
    }
    attrs = {k: _plain(v) for k, v in ds.attrs.items()}
    added = [k for k in extra if k not in attrs]
    attrs |= {k: extra[k] for k in added}
    line = f"{now}: written by airq {airq.__version__}"
    attrs["history"] = "\n".join(filter(None, (line, str(ds.attrs.get("history", "")))))
    return {**attrs, DIGEST: content_digest(ds), ADDED: " ".join(added)}


def content_digest(ds: xr.Dataset) -> str:
    """SHA-256 of stations, times, values, flags and attributes of a canonical Dataset.

    Equal Datasets have equal digests whatever program wrote the file in between.

    Examples
    --------
    >>> import pandas as pd
    >>> time = pd.DatetimeIndex(["2019-01-01 01:00"])
    >>> a, b = (dataset.build(pd.DataFrame({"station": ["A"]}), time, {"o3": [[v]]}) for v in (60.0, 61.0))
    >>> content_digest(a) == content_digest(a.copy(deep=True)), content_digest(a) == content_digest(b)
    (True, False)
    """
    axis = "day" if "day" in ds.dims else "time"
    sha = hashlib.sha256()
    parts: list[Any] = [axis, _texts(ds.attrs), ds[axis].values.astype("datetime64[s]").astype("<i8")]
    for name in sorted(str(c) for c in ds.coords if ds[c].dims == ("station",)):
        array = ds[name]
        numeric = array.dtype.kind in "iuf"
        values = array.values.astype("<f8") if numeric else "\x1f".join(map(text_of, array.values))
        parts += [name, _texts(array.attrs), values]
    for name in sorted(map(str, ds.data_vars)):
        array = ds[name].transpose("station", axis)
        if name.endswith("_flag"):
            parts += [name, array.values.astype("<i4")]
        else:
            numbers = array.values.astype("<f4")
            parts += [name, _texts(array.attrs), np.where(np.isnan(numbers), np.float32(np.nan), numbers)]
    for part in parts:
        blob = part.encode() if isinstance(part, str) else np.ascontiguousarray(part).tobytes()
        sha.update(f"{len(blob)}:".encode() + blob)
    return sha.hexdigest()
