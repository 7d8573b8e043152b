"""The canonical Dataset as a file for other programs: NetCDF (CF-1.11), CSV, XLSX or Parquet, chosen by the suffix.

NetCDF holds everything and comes back identical (:func:`read_netcdf`). The others are one table with a row a station
and time, which ``airq ingest`` reads again: headings with units, Beijing time, flags by name; rows without any value or
flag but ``missing`` are left out.

A file is written aside and renamed, so that a stop leaves no half of it. Texts that a spreadsheet would take for a
formula are made harmless in CSV and XLSX, because names of stations come from files of strangers.
"""

from __future__ import annotations

import codecs
import gzip
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq.errors import FileRejected, MissingData, ParameterError
from airq.observations import cf, files, netcdf
from airq.observations.reference import ATTRIBUTE as STATE
from airq.texts import neutral, shown
from airq.variables import FLAGS, STATION_COORDINATES, VARIABLES

__all__ = ["SUFFIXES", "frames", "read_netcdf", "to_netcdf", "write"]

SUFFIXES: Final = (".nc", ".csv", ".csv.gz", ".xlsx", ".parquet")

_ROWS: Final = 200_000  # rows of a table in memory at once
_SHEET_ROWS: Final = 1_048_576  # of an XLSX sheet, its heading included
_HEADS: Final = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # no XML holds these


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """A name to write to, renamed to the wanted one when all is written."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        if path.is_dir():
            raise ParameterError(f"{shown(path)}: a folder; name a file in it.")
        yield aside
        aside.replace(path)
    except OSError as error:
        why = error.strerror or error
        raise ParameterError(f"{shown(path)}: cannot be written ({why}); choose another folder.") from error
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def write(ds: xr.Dataset, path: str | Path) -> Path:
    """Write a Dataset in the form that the suffix of the path names.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical, hourly ``(station, time)`` or daily ``(station, day)``.
    path : path
        ``.nc``, ``.csv``, ``.csv.gz``, ``.xlsx`` or ``.parquet``; a file of that name is replaced.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ParameterError, MissingData
        An unknown suffix, a folder that cannot be written, nothing to write, more rows than a sheet has.
    """
    file = Path(path)
    writers: dict[str, Callable[[xr.Dataset, Path], Path]] = {
        ".nc": to_netcdf,
        ".csv": _to_csv,
        ".csv.gz": _to_csv,
        ".xlsx": _to_xlsx,
        ".parquet": _to_parquet,
    }
    suffix = next((s for s in SUFFIXES if file.name.lower().endswith(s)), None)
    if suffix is None:
        raise ParameterError(
            f"{shown(file)}: '{file.suffix}' is not a form of export; end the name with {', '.join(SUFFIXES)}."
        )
    return writers[suffix](ds, file)


# ---- NetCDF ----


def to_netcdf(
    ds: xr.Dataset,
    path: str | Path,
    created: datetime | None = None,
    institution: str = "not stated; see source",
    compress: bool = False,
) -> Path:
    """Write CF-1.11 NetCDF; see :mod:`airq.observations.cf` for the layout.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical.
    path : path
    created : datetime, optional
        Moment for ``history``, with time zone; now by default. The same moment gives the same bytes.
    institution : str
        Who produced the observations.
    compress : bool
        NetCDF4 with compression in place of NetCDF3; needs the packages h5netcdf and h5py.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ParameterError, MissingData
    """
    file = Path(path)
    disk = cf.encode(ds, created, institution)
    engine: Any = "h5netcdf" if compress else "scipy"
    if compress:
        if not netcdf.reads_hdf5():
            raise ParameterError(
                f"{shown(file)}: compressed NetCDF4 needs the packages h5netcdf and h5py; install them or export without compression."
            )
        for name in map(str, disk.data_vars):
            if disk[name].ndim == 2 and disk[name].dtype.kind in "if":
                disk[name].encoding |= {"zlib": True, "complevel": 4, "shuffle": True}
    with _aside(file) as aside:
        disk.to_netcdf(aside, engine=engine, format="NETCDF4" if compress else "NETCDF3_64BIT")
    return file


def read_netcdf(path: str | Path) -> xr.Dataset:
    """Read an export back.

    Parameters
    ----------
    path : path
        Written by :func:`to_netcdf`.

    Returns
    -------
    xarray.Dataset
        Identical to the one that was exported, Beijing time included.

    Raises
    ------
    FileRejected
        No export of airq, damaged, or edited.
    """
    raw = files.load(path)
    if raw.kind != "netcdf":
        raise FileRejected(f"{shown(raw.path)}: not a NetCDF file; read it with airq.observations.read.")
    disk = netcdf.opened(raw.data, shown(raw.path))
    if not netcdf.is_own(disk):
        raise FileRejected(f"{shown(raw.path)}: not written by airq; read it with airq.observations.read.")
    return netcdf.decode(disk, shown(raw.path))


# ---- tables ----


def frames(ds: xr.Dataset, rows: int = _ROWS) -> Iterator[pd.DataFrame]:
    """Table of a Dataset in parts of whole stations.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical.
    rows : int
        About how many rows a part may have.

    Yields
    ------
    pandas.DataFrame
        Columns ``station``, what is known of it, ``time`` (or ``date``), a column a variable with its unit, its flags
        by name, ``simulated``, and ``reference_state`` where values were converted.

    Examples
    --------
    >>> import airq
    >>> time = pd.DatetimeIndex(["2019-01-01 01:00", "2019-01-01 02:00"])
    >>> ds = airq.dataset.build(pd.DataFrame({"station": ["A"]}), time, {"co": [[1.1, np.nan]]})
    >>> next(frames(ds))[["station", "time", "CO(mg/m³)"]].astype(str).values.tolist()
    [['A', '2019-01-01 01:00:00', '1.1']]
    """
    axis = "day" if "day" in ds.dims else "time"
    cf.check(ds, axis)
    names = [str(n) for n in ds.data_vars if not str(n).endswith("_flag")]
    step = max(1, rows // ds.sizes[axis])
    for first in range(0, ds.sizes["station"], step):
        part = ds.isel(station=slice(first, first + step)).transpose("station", axis)
        some = np.zeros((part.sizes["station"], part.sizes[axis]), bool)
        for name in names:
            some |= np.isfinite(part[name].values)
            if f"{name}_flag" in part:
                some |= (part[f"{name}_flag"].values & np.uint16(0xFFFF ^ FLAGS["missing"])) > 0
        i, j = np.nonzero(some)
        columns: dict[str, Any] = {}
        for name in ("station", *(n for n in STATION_COORDINATES if n in part.coords)):
            known = part[name].values
            columns[name] = (
                known if known.dtype.kind == "f" else np.array([cf.text_of(v) for v in known], object)
            )[i]
        columns["date" if axis == "day" else "time"] = part[axis].values[j]
        for name in names:
            columns[_heading(name)] = _decimal(part[name].values[some])
        for name in (n for n in names if f"{n}_flag" in part):
            columns[f"{_HEADS.get(name, name)}_flag"] = _flag_names(part[f"{name}_flag"].values[some])
        columns["simulated"] = str(ds.attrs.get("simulated", "false"))
        if STATE in ds.attrs:
            columns[STATE] = cf.text_of(ds.attrs[STATE])
        yield pd.DataFrame(columns, index=range(len(i)))


def _heading(name: str) -> str:
    """Heading with its unit, as the readers of tables know it."""
    return f"{_HEADS.get(name, name)}({VARIABLES[name].units_text})"


def _decimal(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Doubles with the decimals of the float32: 1.1, not 1.10000002."""
    distinct, which = np.unique(values, return_inverse=True)
    return np.array([float(str(v)) for v in distinct], np.float64)[which]


def _flag_names(bits: npt.NDArray[np.uint16]) -> npt.NDArray[np.object_]:
    """Names of the flags but ``missing``, which the empty cell shows."""
    distinct, which = np.unique(bits, return_inverse=True)
    texts = [" ".join(n for n, bit in FLAGS.items() if n != "missing" and int(b) & bit) for b in distinct]
    return np.array(texts, object)[which]


def _texts(frame: pd.DataFrame) -> list[str]:
    return [c for c in frame.columns if frame[c].dtype.kind not in "fM"]


def _to_csv(ds: xr.Dataset, path: Path) -> Path:
    with _aside(path) as aside, aside.open("wb") as raw:
        # No name and no time of day in the gzip header: the same data give the same bytes.
        packed = gzip.GzipFile("", "wb", 6, raw, mtime=0) if path.name.lower().endswith(".gz") else None
        with packed or nullcontext(raw) as stream:
            stream.write(codecs.BOM_UTF8)  # without it Excel takes Chinese names for another encoding
            for number, frame in enumerate(frames(ds)):
                _rows_to_csv(frame, stream, header=number == 0)
    return path


def _rows_to_csv(frame: pd.DataFrame, stream: Any, header: bool) -> None:
    import pyarrow as pa
    from pyarrow import csv

    columns: dict[str, Any] = {}
    for name in frame.columns:
        array = frame[name].to_numpy()
        if array.dtype.kind == "f":
            columns[name] = pa.array(array, from_pandas=True)
        else:
            columns[name] = _texts_of(array, "%Y-%m-%d" if name == "date" else "%Y-%m-%d %H:%M")
    csv.write_csv(pa.table(columns), stream, csv.WriteOptions(include_header=header))


def _texts_of(array: npt.NDArray[Any], stamp: str) -> Any:
    """Arrow texts, each distinct one made once and harmless; empty ones are null."""
    import pyarrow as pa

    which, distinct = pd.factorize(array)
    if array.dtype.kind == "M":
        made = list(pd.DatetimeIndex(distinct).strftime(stamp))
    else:
        made = [neutral(str(t)) or None for t in distinct]
    return pa.DictionaryArray.from_arrays(pa.array(which.astype(np.int32)), pa.array(made, pa.string())).cast(
        pa.string()
    )


def _to_parquet(ds: xr.Dataset, path: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = {str(k): str(v) for k, v in ds.attrs.items()}
    writer = None
    with _aside(path) as aside:
        try:
            for frame in frames(ds):
                table = pa.Table.from_pandas(
                    frame.astype(dict.fromkeys(_texts(frame), "str")), preserve_index=False
                )
                if writer is None:
                    schema = table.schema.with_metadata({**about, cf.DIGEST: cf.content_digest(ds)})
                    writer = pq.ParquetWriter(aside, schema, compression="zstd", write_page_checksum=True)
                writer.write_table(table.cast(writer.schema))
        finally:
            if writer is not None:
                writer.close()
    return path


def _to_xlsx(ds: xr.Dataset, path: Path) -> Path:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("data")
    count = 1
    for number, frame in enumerate(frames(ds)):
        count += len(frame)
        if count > _SHEET_ROWS:
            raise MissingData(
                f"{shown(path)}: more than {_SHEET_ROWS - 1:,} rows, which no sheet holds; export fewer stations or months, or CSV."
            )
        if number == 0:
            sheet.append(list(frame.columns))
        texts = set(_texts(frame))
        columns = [
            [_cell(sheet, t) for t in frame[c]]
            if c in texts
            else [None if v != v else v for v in frame[c].tolist()]
            for c in frame.columns
        ]
        for row in zip(*columns, strict=True):
            sheet.append(row)
    about = book.create_sheet("about")
    for key, value in {**ds.attrs, cf.DIGEST: cf.content_digest(ds)}.items():
        about.append([_cell(about, str(key)), _cell(about, str(value))])
    with _aside(path) as aside:
        book.save(aside)
    return path


def _sheet_texts(sheet: Any, column: pd.Series) -> list[Any]:
    which, distinct = pd.factorize(column.to_numpy())
    made = [_cell(sheet, t) for t in distinct]
    return [made[k] for k in which]


def _cell(sheet: Any, text: object) -> Any:
    """A text as it is, or where a spreadsheet could take it for a formula, a cell that is marked as text."""
    from openpyxl.cell import WriteOnlyCell

    plain = _CONTROL.sub("\ufffd", str(text))
    if not plain:
        return None
    if neutral(plain) == plain and not plain.startswith("#"):
        return plain
    cell = WriteOnlyCell(sheet, plain)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
