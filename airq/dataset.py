"""The one data model: an ``xarray.Dataset`` with dims ``(station, time)``.

``time`` is the end of the averaging hour in Beijing time (UTC+8); label 00 closes the day before. Values are
float32, flags uint16. float32 is for storage only: rules call :func:`steps` first, which restores the integers
that the source published.

Examples
--------
>>> import numpy as np, pandas as pd
>>> stations = pd.DataFrame({"station": ["A1"], "place": ["changji"], "lat": [44.0], "lon": [87.3]})
>>> ds = build(stations, pd.date_range("2019-01-01 01:00", periods=2, freq="h"), {"co": [[1.1, np.nan]]})
>>> ds["co"].attrs["units"], ds["co"].dtype, ds["co_flag"].values.tolist()
('mg m-3', dtype('float32'), [[0, 1]])
>>> steps(ds["co"])[0].tolist()
[[1100, 0]]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq.errors import MissingData, ParameterError
from airq.variables import DEFAULT_MASK, FLAGS, POLLUTANTS, STATION_COORDINATES, TIME_ATTRIBUTES, VARIABLES

STEPS_PER_UNIT: Final = 1000
"""Scale of :func:`steps`."""

__all__ = ["STEPS_PER_UNIT", "build", "day_of", "flag_attributes", "mask_bits", "masked", "require", "steps"]


def flag_attributes(name: str) -> dict[str, Any]:
    """CF attributes of the flag variable of ``name``.

    Examples
    --------
    >>> flag_attributes("pm25")["flag_meanings"].split()[0]
    'missing'
    """
    return {
        "long_name": f"quality flags of {name}",
        "standard_name": f"{VARIABLES[name].standard_name} status_flag",
        "flag_masks": np.array(list(FLAGS.values()), dtype=np.uint16),
        "flag_meanings": " ".join(FLAGS),
    }


def build(
    stations: pd.DataFrame,
    time: npt.ArrayLike | pd.DatetimeIndex,
    values: Mapping[str, npt.ArrayLike],
    flags: Mapping[str, npt.ArrayLike] | None = None,
    attrs: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Put arrays into the canonical Dataset.

    Parameters
    ----------
    stations : pandas.DataFrame
        One row a station; column ``station`` and any of ``name_zh name_en place lat lon network role``.
    time : array of datetime64, shape (time,)
        Ends of hours, Beijing time, without time zone.
    values : mapping of str to array, shape (station, time)
        Variables in canonical units.
    flags : mapping of str to array, shape (station, time), optional
        Flag bits by variable; ``missing`` is always set where a value is NaN.
    attrs : mapping, optional
        Global attributes such as ``source`` and ``simulated``.

    Returns
    -------
    xarray.Dataset
    """
    n = len(stations)
    coords: dict[str, Any] = {
        "station": ("station", np.asarray(stations["station"], dtype=object), {"cf_role": "timeseries_id"}),
        "time": ("time", pd.DatetimeIndex(np.asarray(time)).as_unit("ns"), dict(TIME_ATTRIBUTES)),
    }
    for name in STATION_COORDINATES:
        if name in ("lat", "lon"):
            given = stations[name] if name in stations else np.full(n, np.nan)
            column = np.asarray(given, dtype=np.float64)
        else:
            given = stations[name] if name in stations else np.full(n, "")
            texts = given.tolist() if hasattr(given, "tolist") else list(given)
            column = np.array(["" if v is None or v != v else str(v) for v in texts], dtype=object)
        coords[name] = ("station", column)
    data: dict[str, Any] = {}
    for name, array in values.items():
        if name not in VARIABLES:
            raise ParameterError(
                f"variable '{name}' is not part of the data model; use {', '.join(VARIABLES)}."
            )
        v = VARIABLES[name]
        block = np.asarray(array, dtype=np.float32)
        bits = (
            np.zeros(block.shape, np.uint16)
            if not flags or name not in flags
            else np.array(flags[name], np.uint16)
        )
        bits |= np.where(np.isnan(block), np.uint16(FLAGS["missing"]), np.uint16(0))
        text = {"units": v.units, "long_name": v.en, "name_zh": v.zh}
        if v.standard_name:
            text["standard_name"] = v.standard_name
        data[name] = (("station", "time"), block, {**text, "ancillary_variables": f"{name}_flag"})
        data[f"{name}_flag"] = (("station", "time"), bits, flag_attributes(name))
    head = {"Conventions": "CF-1.11", "featureType": "timeSeries", "source": "", "simulated": "false"}
    ds = xr.Dataset(data, coords=coords, attrs={**head, **(attrs or {})})
    ds["lat"].attrs.update(units="degrees_north", standard_name="latitude")
    ds["lon"].attrs.update(units="degrees_east", standard_name="longitude")
    return ds


def require(ds: xr.Dataset, *names: str, units: bool = True) -> None:
    """Refuse a Dataset that lacks a dimension, a variable or its unit.

    Raises
    ------
    MissingData, ParameterError
        One sentence that says what is missing.

    Examples
    --------
    >>> require(xr.Dataset(), "pm25")
    Traceback (most recent call last):
    airq.errors.ParameterError: the Dataset has no dimension 'station'; read it with airq.observations.
    """
    for dim in ("station", "time"):
        if dim not in ds.dims:
            raise ParameterError(f"the Dataset has no dimension '{dim}'; read it with airq.observations.")
    for name in names:
        if name not in ds:
            raise MissingData(f"the Dataset has no variable '{name}'; ingest a file that holds it.")
        stated = ds[name].attrs.get("units")
        if units and stated != VARIABLES[name].units:
            raise ParameterError(
                f"variable '{name}' states the unit {stated!r}, expected '{VARIABLES[name].units}'; convert it with airq.units."
            )


def steps(array: xr.DataArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Integers that the source published, and where they are valid.

    Parameters
    ----------
    array : xarray.DataArray
        Concentrations of one pollutant, any shape, float32 in canonical units.

    Returns
    -------
    values : int64 array
        Thousandths of the canonical unit: 61 µg/m³ is 61000, 2.2 mg/m³ of CO is 2200; 0 where missing.
    valid : bool array
        False where the value is missing.

    Notes
    -----
    One scale for all pollutants, because sources differ: the national feed publishes whole µg/m³, city files one
    decimal, CO up to three. Each of them is a whole number of thousandths, and float32 holds it well enough to be
    restored without error up to 8,000 units.
    """
    raw = np.asarray(array.values, dtype=np.float64)
    valid = np.isfinite(raw)
    return np.rint(np.where(valid, raw, 0.0) * STEPS_PER_UNIT).astype(np.int64), valid


def mask_bits(mask: str | Iterable[str] | None) -> int:
    """Bits of a mask given by names.

    Parameters
    ----------
    mask : None, "default" or names of flags
        None leaves every value in; ``"default"`` is :data:`airq.variables.DEFAULT_MASK`.

    Examples
    --------
    >>> mask_bits(None), mask_bits("default"), mask_bits(["stuck"])
    (0, 156, 8)
    """
    if mask is None:
        return 0
    names = DEFAULT_MASK if mask == "default" else ((mask,) if isinstance(mask, str) else tuple(mask))
    for name in names:
        if name not in FLAGS:
            raise ParameterError(f"flag '{name}' is not known; use {', '.join(FLAGS)} or 'default'.")
    return sum({FLAGS[name] for name in names})


def masked(ds: xr.Dataset, mask: str | Iterable[str] | None = "default") -> xr.Dataset:
    """Copy in which values that carry a flag of the mask are NaN; the flags stay.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical.
    mask : None, "default" or names of flags

    Returns
    -------
    xarray.Dataset
        With the mask's names in the attribute ``mask``.
    """
    bits = mask_bits(mask)
    out = ds.copy()
    for name in POLLUTANTS:
        if bits and name in ds and f"{name}_flag" in ds:
            out[name] = ds[name].where((ds[f"{name}_flag"] & bits) == 0)
            out[name].attrs = ds[name].attrs
    names = DEFAULT_MASK if mask == "default" else ((mask,) if isinstance(mask, str) else tuple(mask or ()))
    out.attrs["mask"] = " ".join(names)
    return out


def day_of(time: npt.ArrayLike | pd.DatetimeIndex | xr.DataArray) -> npt.NDArray[np.datetime64]:
    """Natural day to which an hour belongs: label 00 closes the day before (GB 3095-2026, section 3).

    Examples
    --------
    >>> day_of(np.array(["2019-01-02T00:00", "2019-01-02T01:00"], "datetime64[ns]")).astype(str).tolist()
    ['2019-01-01', '2019-01-02']
    """
    ends = np.asarray(time, dtype="datetime64[ns]")
    return (ends - np.timedelta64(1, "ns")).astype("datetime64[D]")
