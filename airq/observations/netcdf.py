"""NetCDF from memory: opened under limits, and airq's own exports back to the canonical Dataset without a loss."""

from __future__ import annotations

import importlib.util
import warnings
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from airq import dataset
from airq.errors import FileRejected
from airq.observations.cf import (
    ADDED,
    CELL_METHODS,
    DIGEST,
    EAST_8,
    EPOCH,
    STANDARD_NAMES,
    STATION_ATTRIBUTES,
    STATION_ID,
    UNITS,
    content_digest,
)
from airq.variables import FLAGS, TIME_ATTRIBUTES, VARIABLES

__all__ = ["decode", "is_own", "opened", "reads_hdf5"]


class _Counted(BytesIO):
    """Bytes that may be read about once; variables that claim the same bytes again and again would fill the memory."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.left = 2 * len(data) + 1_000_000

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(size)
        self.left -= len(chunk)
        if self.left < 0:
            raise ValueError("variables share their bytes")
        return chunk


def reads_hdf5() -> bool:
    """Whether NetCDF4 can be read and written here: h5netcdf with h5py.

    Examples
    --------
    >>> reads_hdf5() in (True, False)
    True
    """
    return all(importlib.util.find_spec(name) is not None for name in ("h5netcdf", "h5py"))


def _engine(data: bytes, path: object) -> str:
    if data[:4] in (b"CDF\x01", b"CDF\x02"):
        return "scipy"
    if data[:3] == b"CDF":
        raise FileRejected(
            f"{path}: NetCDF of the CDF-5 kind, which cannot be read here; convert it with nccopy -k 2."
        )
    if not reads_hdf5():
        raise FileRejected(
            f"{path}: a NetCDF4 (HDF5) file; install the packages h5netcdf and h5py, or convert it with nccopy -k 2."
        )
    return "h5netcdf"


def opened(data: bytes, path: object) -> xr.Dataset:
    """NetCDF as it stands in the file, loaded; fill values are NaN, times are numbers, texts are str.

    Parameters
    ----------
    data : bytes
        NetCDF3, or NetCDF4 where h5netcdf and h5py are installed.
    path
        For the sentence of a refusal.

    Raises
    ------
    FileRejected
        Damaged, or of a kind that cannot be read.
    """
    engine: Any = _engine(data, path)
    source = _Counted(data) if engine == "scipy" else BytesIO(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with xr.open_dataset(source, engine=engine, decode_times=False, decode_coords=False) as disk:
                if disk.nbytes > 8 * len(data) + 1_000_000:
                    raise ValueError("it unpacks to many times its size")
                return disk.load()
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        MemoryError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        why = " ".join(str(error).split())[:120] or type(error).__name__
        raise FileRejected(f"{path}: damaged or no NetCDF ({why}); fetch the file again.") from error


def is_own(disk: xr.Dataset) -> bool:
    """Whether airq wrote the file; an edited one still is, and so is one of whose marks damage left only one."""
    return DIGEST in disk.attrs or ADDED in disk.attrs


def decode(disk: xr.Dataset, path: object) -> xr.Dataset:
    """Canonical Dataset of a file that airq wrote.

    Parameters
    ----------
    disk : xarray.Dataset
        Opened without decoding of times.
    path
        For the sentence of a refusal.

    Returns
    -------
    xarray.Dataset
        Identical to the one that was exported.

    Raises
    ------
    FileRejected
        The content does not have the digest that the file states, or a part is missing. Without a digest, because it
        was edited on purpose, a file is taken as it is.
    """
    try:
        ds = _canonical(disk)
        good = DIGEST not in disk.attrs or content_digest(ds) == disk.attrs[DIGEST]
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise FileRejected(
            f"{path}: an export of airq that lacks a part ({error}); export it again."
        ) from error
    if not good:
        raise FileRejected(
            f"{path}: the content does not have the digest that the file states, so it is damaged or was edited; export it again, or remove the attribute {DIGEST} if the change is meant."
        )
    return ds


def _canonical(disk: xr.Dataset) -> xr.Dataset:
    daily = disk.attrs["time_coverage_resolution"] == "P1D"
    hours = EPOCH + disk["time"].values.astype(np.int64).astype("timedelta64[h]") + EAST_8
    time = hours.astype("datetime64[ns]")
    attrs: dict[str, Any] = (
        {"standard_name": "time", "long_name": "natural day, Beijing time"}
        if daily
        else dict(TIME_ATTRIBUTES)
    )
    axis = "day" if daily else "time"
    coords: dict[str, Any] = {"station": _station_column(disk, STATION_ID), axis: (axis, time, attrs)}
    data: dict[str, Any] = {}
    # scipy sorts variables by their shape; the coordinates attribute keeps the order of the Dataset.
    told = next(
        (str(v.attrs["coordinates"]) for v in disk.variables.values() if "coordinates" in v.attrs), ""
    )
    for name in (n for n in told.split() if n not in (STATION_ID, "natural_day")):
        coords[name] = _station_column(disk, name)
    for name in map(str, disk.variables):
        array = disk[name]
        if array.dims == ("station", "time"):
            made = _flag_back(name, array) if name.endswith("_flag") else _variable_back(name, array)
            data[name] = (("station", axis), *made)
    return xr.Dataset(data, coords=coords, attrs=_head_back(disk.attrs))


def _station_column(disk: xr.Dataset, name: str) -> tuple[str, npt.NDArray[Any], dict[str, Any]]:
    array = disk[name]
    default = STATION_ATTRIBUTES.get(name, {"long_name": name.replace("_", " ")})
    attrs = {k: v for k, v in array.attrs.items() if default.get(k) != v or k == "cf_role"}
    values = array.values
    if values.dtype.kind == "f":
        return "station", values, attrs
    return "station", np.array([str(v) for v in values], object), attrs


def _variable_back(name: str, array: xr.DataArray) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
    attrs = {k: v.item() if isinstance(v, np.generic) else v for k, v in array.attrs.items()}
    units = {v: k for k, v in UNITS.items()}
    attrs["units"] = units.get(attrs["units"], attrs["units"])
    if name in STANDARD_NAMES:
        attrs["standard_name"] = VARIABLES[name].standard_name
    methods = {v: k for k, v in CELL_METHODS.items()}
    stated = attrs.pop("cell_methods", "")
    if stated in methods:
        attrs["cell_methods"] = methods[stated]
    elif stated not in ("", "time: mean", "time: sum"):
        attrs["cell_methods"] = stated
    for added in ("coordinates", "units_metadata"):
        attrs.pop(added, None)
    return array.values.astype(np.float32), attrs


def _flag_back(name: str, array: xr.DataArray) -> tuple[npt.NDArray[np.uint16], dict[str, Any]]:
    """Flags by their names, so that bits of another version of the table find their place."""
    stored = array.values.astype(np.int64)
    masks = np.atleast_1d(array.attrs["flag_masks"]).astype(np.int64).tolist()
    bits = np.zeros(stored.shape, np.uint16)
    for mask, meaning in zip(masks, str(array.attrs["flag_meanings"]).split(), strict=True):
        if meaning in FLAGS:
            bits |= np.where(stored & mask, np.uint16(FLAGS[meaning]), np.uint16(0))
    return bits, dataset.flag_attributes(name.removesuffix("_flag"))


def _head_back(attrs: dict[str, Any]) -> dict[str, Any]:
    added = {*str(attrs[ADDED]).split(), ADDED, DIGEST, "history"}
    out = {k: v.item() if isinstance(v, np.generic) else v for k, v in attrs.items() if k not in added}
    _, _, earlier = str(attrs.get("history", "")).partition("\n")
    return {**out, "history": earlier} if earlier else out
