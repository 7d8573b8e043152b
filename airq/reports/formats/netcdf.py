"""NetCDF of a results file: daily values and indices with their counts of stations and doubtful values, by CF-1.11.

NetCDF-3 with 64-bit offsets, which scipy writes and every reader reads. Dimensions ``(place, day)``; one variable an
edition of the AQI; the indicators of the period by ``(place, span, standard)``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

import airq
from airq import places
from airq.analysis import CountyMonth
from airq.analysis.county_month import INDICATORS
from airq.errors import AirqError, FileRejected
from airq.reports.provenance_rows import rule_of
from airq.variables import POLLUTANTS, VARIABLES

__all__ = ["ENGINE", "FORMAT", "dataset", "write"]

ENGINE: Final = "scipy"
FORMAT: Final = "NETCDF3_64BIT"
_EPOCH: Final = "days since 1970-01-01"
_COUNTS: Final = ("days_calendar", "severe_days", *(f"days_level_{k}" for k in range(1, 7)))
_UNITS: Final = {"µg/m³": "ug m-3", "mg/m³": "mg m-3"}


def _grid(frame: pd.DataFrame, name: str, ids: list[str], days: pd.DatetimeIndex) -> np.ndarray[Any, Any]:
    wide = frame.pivot_table(index="place", columns="day", values=name, aggfunc="first", dropna=False)
    return wide.reindex(index=ids, columns=days).to_numpy("float64")


def _daily(result: CountyMonth) -> dict[str, Any]:
    days = result.days
    ids = list(dict.fromkeys(map(str, days["place"])))
    stamps = pd.DatetimeIndex(sorted(pd.to_datetime(days["day"]).unique()))
    one = days[days["edition"] == days["edition"].iloc[0]]
    out: dict[str, Any] = {}
    for name in POLLUTANTS:
        about = VARIABLES[name]
        method = "day: maximum of running 8-hour means" if name == "o3" else "day: mean"
        attributes = {
            "long_name": f"{about.symbol} of the day" + (" (MDA8)" if name == "o3" else ""),
            "units": _UNITS.get(about.units_text, about.units_text),
            "cell_methods": method,
            "ancillary_variables": "station_count doubtful_count",
        }
        out[name] = (("place", "day"), _grid(one, name, ids, stamps), attributes)
    for name, column, words in (
        ("station_count", "n_stations", "stations with a valid day"),
        ("doubtful_count", "doubtful", "hourly values that carry a flag of the default quality mask"),
    ):
        out[name] = (
            ("place", "day"),
            np.nan_to_num(_grid(one, column, ids, stamps)).astype("int32"),
            {"long_name": words, "units": "1"},
        )
    for edition in dict.fromkeys(map(str, days["edition"])):
        own = days[days["edition"] == edition]
        out[f"aqi_{edition}"] = (
            ("place", "day"),
            _grid(own, "aqi", ids, stamps),
            {
                "long_name": f"AQI after HJ 633-{edition}",
                "units": "1",
                "ancillary_variables": f"category_{edition}",
            },
        )
        out[f"category_{edition}"] = (
            ("place", "day"),
            np.nan_to_num(_grid(own, "category", ids, stamps)).astype("int32"),
            {
                "long_name": f"AQI category after HJ 633-{edition}",
                "flag_values": np.arange(7, dtype="int32"),
                "flag_meanings": "no_value good moderate lightly_polluted moderately_polluted heavily_polluted severely_polluted",
            },
        )
    out["place"] = ("place", ids, {"cf_role": "timeseries_id", "long_name": "id of the place"})
    out["place_name_zh"] = ("place", [places.get(i).zh for i in ids])
    out["place_name_en"] = ("place", [places.get(i).en for i in ids])
    for key, standard in (("lat", "latitude"), ("lon", "longitude")):
        values = [getattr(places.get(i), key) for i in ids]
        unit = "degrees_north" if key == "lat" else "degrees_east"
        out[key] = ("place", np.array([np.nan if v is None else v for v in values], "float64"), {"standard_name": standard, "units": unit})  # fmt: skip
    numbers = (stamps - pd.Timestamp("1970-01-01")) // pd.Timedelta(days=1)
    out["day"] = ("day", numbers.to_numpy("int32"), {"standard_name": "time", "units": _EPOCH, "calendar": "standard", "long_name": "natural day, Beijing time"})  # fmt: skip
    return out


def _summary(result: CountyMonth) -> dict[str, Any]:
    table = result.summary[result.summary["mask"] == "received"]
    axes = [list(dict.fromkeys(map(str, table[k]))) for k in ("place", "span", "standard")]
    names = [c for c in (*INDICATORS, *_COUNTS) if c in table]
    where = [[axis.index(str(v)) for v in table[k]] for axis, k in zip(axes, ("place", "span", "standard"), strict=True)]  # fmt: skip
    out: dict[str, Any] = {}
    for name in names:
        values = np.full([len(a) for a in axes], np.nan)
        values[tuple(where)] = table[name].to_numpy("float64")
        attributes = {"long_name": rule_of(name, "en") or name.replace("_", " "), "units": _unit(name)}
        out[f"period_{name}"] = (("summary_place", "span", "standard"), values, attributes)
    for axis, key in zip(axes, ("summary_place", "span", "standard"), strict=True):
        out[key] = (key, axis)
    return out


def _unit(name: str) -> str:
    tail = name.rsplit("_", 1)[-1]
    if name.startswith(("mean_", "p9")) and tail in POLLUTANTS:
        return _UNITS.get(VARIABLES[tail].units_text, "1")
    return "day" if "days" in name or name.startswith("n_") else "1"


def dataset(result: CountyMonth) -> xr.Dataset:
    """Results of a place and period as a Dataset.

    Parameters
    ----------
    result : CountyMonth

    Returns
    -------
    xarray.Dataset
        Without variables where the place has no data; the attribute ``absence`` then says why.
    """
    parts: dict[str, Any] = {}
    if not result.days.empty:
        parts |= _daily(result)
    if not result.summary.empty:
        parts |= _summary(result)
    coordinates = ("place", "day", "lat", "lon", "place_name_zh", "place_name_en", "summary_place", "span", "standard")  # fmt: skip
    made = xr.Dataset(
        {k: v for k, v in parts.items() if k not in coordinates},
        coords={k: v for k, v in parts.items() if k in coordinates},
        attrs={
            "Conventions": "CF-1.11",
            "title": f"Air quality of {result.about.name('en')}, {result.period.name}",
            "source": "simulated observations"
            if result.simulated
            else (result.source or "hourly observations"),
            "simulated": "true" if result.simulated else "false",
            "history": f"airq {airq.__version__}; data digest {result.digest}",
            "standards": " ".join(result.standards),
            "absence": str(result.absence),
        },
    )
    if "day" in made.dims and "place" in made.dims:
        made.attrs["featureType"] = "timeSeries"
    return made


def write(results_file: Path, path: Path) -> None:
    """Write the NetCDF file of a results file beside, then rename.

    Parameters
    ----------
    results_file : pathlib.Path
    path : pathlib.Path

    Raises
    ------
    FileRejected
        If the results file cannot be read.

    Notes
    -----
    A file that is newer than the results file is kept: both languages ask for the same one.
    """
    if path.exists() and path.stat().st_mtime_ns > results_file.stat().st_mtime_ns:
        return
    try:
        result = CountyMonth.from_dict(json.loads(results_file.read_text(encoding="utf-8"))["result"])
    except (OSError, ValueError, KeyError, TypeError, AirqError) as error:
        raise FileRejected(
            f"{results_file}: not a results file of this version; run the report again."
        ) from error
    made = dataset(result)
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        made.to_netcdf(aside, engine=ENGINE, format=FORMAT)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
