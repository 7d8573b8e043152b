"""Files of several sensors to one Dataset, and a Dataset of calibrated sensors to a table."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from airq import dataset
from airq.errors import FileRejected, ParameterError
from airq.observations import files, reader
from airq.observations.sensors.pairing import MICRO
from airq.variables import STATION_COORDINATES, VARIABLES

__all__ = ["collect", "join", "write"]

_OF_SENSORS: Final = ("sensor", "purpleair")  # layouts that only low-cost sensors have


def join(parts: Iterable[xr.Dataset]) -> xr.Dataset:
    """Put hourly Datasets together: stations side by side, the first value of an hour stays.

    Parameters
    ----------
    parts : iterable of xarray.Dataset
        Canonical, hourly.

    Returns
    -------
    xarray.Dataset
        Canonical; attributes ``source`` and ``source_sha256`` list those of the parts.

    Raises
    ------
    ParameterError
        No part, or a daily one.

    Examples
    --------
    >>> one = dataset.build(pd.DataFrame({"station": ["a"]}), pd.date_range("2026-01-01", periods=1), {"o3": [[5]]})
    >>> both = join([one, one.assign_coords(station=["b"])])
    >>> both["o3"].values.tolist()
    [[5.0], [5.0]]
    """
    given = list(parts)
    if not given:
        raise ParameterError("there is nothing to join; give one Dataset at least.")
    if any("time" not in d.dims for d in given):
        raise ParameterError("daily data cannot calibrate a sensor; give hourly readings.")
    if len(given) == 1:
        return given[0]
    codes = list(dict.fromkeys(str(c) for d in given for c in d["station"].values))
    axis = np.unique(np.concatenate([d["time"].values.astype("datetime64[ns]") for d in given]))
    names = [n for n in VARIABLES if any(n in d for d in given)]
    shape = (len(codes), len(axis))
    values = {n: np.full(shape, np.nan, np.float32) for n in names}
    flags = {n: np.zeros(shape, np.uint16) for n in names}
    about: dict[str, dict[str, Any]] = {c: {} for c in codes}
    index = {c: i for i, c in enumerate(codes)}
    for part in given:
        rows = np.array([index[str(c)] for c in part["station"].values])
        cell = np.ix_(rows, np.searchsorted(axis, part["time"].values.astype("datetime64[ns]")))
        for name in (n for n in names if n in part):
            old, new = values[name][cell], part[name].transpose("station", "time").values
            free = np.isnan(old)
            values[name][cell] = np.where(free, new, old)
            if f"{name}_flag" in part:
                bits = part[f"{name}_flag"].transpose("station", "time").values.astype(np.uint16)
                flags[name][cell] = np.where(free & np.isfinite(new), bits & ~np.uint16(1), flags[name][cell])
        for k, code in enumerate(part["station"].values):
            said = {c: part[c].values[k] for c in STATION_COORDINATES if c in part.coords}
            about[str(code)] |= {c: v for c, v in said.items() if v == v and v != ""}
    stations = pd.DataFrame([{"station": c, **about[c]} for c in codes])
    attrs = {**given[0].attrs}
    for key in ("source", "source_sha256", "issues"):
        attrs[key] = "\n".join(dict.fromkeys(str(d.attrs[key]) for d in given if d.attrs.get(key)))
    return dataset.build(stations, axis, values, flags, attrs)


def collect(
    paths: Iterable[str | Path], format: str | None = None, stations: reader.StationChoice = None
) -> xr.Dataset:
    """Read files or folders into one Dataset.

    Parameters
    ----------
    paths : iterable of path
    format : str, optional
        Layout; recognised by content if not given.
    stations : path, DataFrame or collection of str, optional
        Station table with positions, or the codes to take.

    Returns
    -------
    xarray.Dataset
        Stations of layouts that only sensors have belong to the network ``micro``.

    Raises
    ------
    FileRejected
        A file cannot be read, or holds daily values.
    """
    parts = []
    for file in files.expand(list(paths)):
        ds = reader.read(file, format, stations)
        if "time" not in ds.dims:
            raise FileRejected(f"{file}: holds daily values; give hourly readings.")
        if ds.attrs.get("format") in _OF_SENSORS:
            ds = ds.assign_coords(network=("station", np.full(ds.sizes["station"], MICRO, object)))
        parts.append(ds)
    return join(parts)


def write(ds: xr.Dataset, path: str | Path) -> Path:
    """Write calibrated sensors as a table that the ``tidy`` layout reads.

    Parameters
    ----------
    ds : xarray.Dataset
        From :func:`airq.observations.sensors.apply`.
    path : path
        ``.csv``, ``.csv.gz`` or ``.parquet``.

    Returns
    -------
    pathlib.Path
        One row an hour and sensor; hours without a reading are left out.

    Raises
    ------
    ParameterError
        Another suffix.
    FileRejected
        The file cannot be written.
    """
    target = Path(path)
    if not target.name.lower().endswith((".csv", ".csv.gz", ".parquet")):
        raise ParameterError(f"{target}: has no suffix that is known; use .csv, .csv.gz or .parquet.")
    names = [str(n) for n in ds.data_vars if not str(n).endswith("_flag")]
    table = ds[names].reset_coords(drop=True).to_dataframe().dropna(how="all", subset=[n for n in names if not n.endswith("_extrapolated")]).reset_index()  # fmt: skip
    units = {n: f"{n}({ds[n].attrs['units']})" for n in names if n in VARIABLES and "units" in ds[n].attrs}
    table = table[["station", "time", *names]].rename(columns=units)
    aside = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix == ".parquet":
            table.to_parquet(aside, index=False)
        else:
            table["station"] = [
                f"'{c}" if str(c).startswith(("=", "+", "-", "@")) else c for c in table["station"]
            ]
            table.to_csv(aside, index=False, float_format="%.6g", encoding="utf-8")
        aside.replace(target)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise FileRejected(f"{target}: cannot be written ({error.strerror}); choose another file.") from error
    return target
