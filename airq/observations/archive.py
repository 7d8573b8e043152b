"""The archive of observations: one folder of Parquet files by month behind one catalogue.

See :mod:`airq.observations.catalog` for how a state is made safe and :mod:`airq.observations.months` for the files.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import dataset, options, places
from airq.errors import AirqError, ArchiveError, MissingData
from airq.observations import catalog as catalogs
from airq.observations import files, formats, reader
from airq.observations import months as months_
from airq.observations import stations as station_table
from airq.observations.formats import Block, ColumnMap, Parsed
from airq.observations.ingest import FileReport, IngestReport, Writer, indexed
from airq.observations.months import Kind
from airq.variables import POLLUTANTS, STATION_COORDINATES, WEATHER

__all__ = ["Archive"]


class Archive:
    """Observations and weather in one folder.

    Parameters
    ----------
    path : path, optional
        Folder; the project's ``data/processed/archive`` by default. It is made by the first ingest.

    Examples
    --------
    >>> import tempfile
    >>> archive = Archive(tempfile.mkdtemp())
    >>> archive.months()
    []
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path) if path is not None else options.archive_dir()

    def __repr__(self) -> str:
        months = self.months()
        span = f"{months[0]} … {months[-1]}" if months else "empty"
        return f"Archive({self.path.name}: {span}{', simulated' if self.simulated else ''})"

    def _catalog(self) -> dict[str, Any]:
        return catalogs.read(self.path)

    # ---- what is there ----

    @property
    def simulated(self) -> bool:
        """Whether the archive holds simulated data."""
        return bool(self._catalog()["simulated"])

    def months(self, kind: Kind = "observations") -> list[str]:
        """Months with data, ``YYYY-MM``, sorted."""
        return sorted(k.split("/")[1] for k in self._catalog()["months"] if k.startswith(f"{kind}/"))

    def last_complete_month(self) -> str | None:
        """Last month whose last day has at least 20 hours somewhere; None if there is none.

        The feed's last hour of a year often stands in the next year's file, so 20 hours of the last day are enough.
        """
        catalog = self._catalog()
        for month in reversed(self.months()):
            file = self.path / catalog["months"][f"observations/{month}"]["file"]
            times = months_.read_table(file, columns=["time"]).column("time").to_numpy()
            last = months_.times(month, "observations")[-24:]
            if np.isin(last, np.unique(times).astype("datetime64[ns]")).sum() >= 20:
                return month
        return None

    def stations(self, kind: Kind | None = "observations") -> pd.DataFrame:
        """Station table of what is stored, one row a station.

        Parameters
        ----------
        kind : {"observations", "weather", "daily"} or None
            Only stations that have such data; None for all.
        """
        about = self._catalog()["stations"]
        codes = sorted(c for c, row in about.items() if kind is None or kind in row.get("kinds", (kind,)))
        columns = {
            c: [about[code].get(c, "") for code in codes] for c in station_table.COLUMNS if c != "station"
        }
        frame = pd.DataFrame({"station": codes, **columns}, columns=list(station_table.COLUMNS))
        for column in ("lat", "lon"):
            frame[column] = pd.to_numeric(frame[column]).astype("float64")
        return frame

    def digest(self, months: Iterable[str] | None = None) -> str:
        """Digest of the content of some months and of the station table, for manifests of products."""
        catalog = self._catalog()
        wanted = None if months is None else set(months)
        parts = sorted(
            f"{k}={v['sha256']}"
            for k, v in catalog["months"].items()
            if wanted is None or k.split("/")[1] in wanted
        )
        about = json.dumps(catalog["stations"], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256("\n".join([*parts, about, str(catalog["simulated"])]).encode()).hexdigest()

    def history(self) -> pd.DataFrame:
        """One row a file that was ever offered: when, status, values new, same, changed."""
        rows = [{"at": i["at"], **f} for i in self._catalog()["ingests"] for f in i["files"]]
        return pd.DataFrame(rows)

    def changes(self) -> pd.DataFrame:
        """Every value that a later file replaced: station, time, variable, old, new, file."""
        tables = [
            pd.read_parquet(self.path / i["changes"]) for i in self._catalog()["ingests"] if i.get("changes")
        ]
        columns = ["kind", "station", "time", "variable", "old", "new", "file"]
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)

    def info(self) -> dict[str, Any]:
        """Summary: period, stations, months by kind, simulated, last ingest."""
        catalog = self._catalog()
        kinds = {kind: self.months(kind) for kind in ("observations", "weather", "daily")}
        return {
            "path": str(self.path),
            "simulated": bool(catalog["simulated"]),
            "stations": len(self.stations()),
            "places": sorted({p for p in self.stations()["place"] if p}),
            "months": {k: (f"{m[0]} … {m[-1]} ({len(m)})" if m else "none") for k, m in kinds.items()},
            "rows": sum(m["rows"] for m in catalog["months"].values()),
            "ingests": len(catalog["ingests"]),
            "last_ingest": catalog["ingests"][-1]["at"] if catalog["ingests"] else None,
        }

    def verify(self) -> list[str]:
        """One sentence for each month file that is missing or differs from the catalogue; empty if all is well."""
        out = []
        for key, month in sorted(self._catalog()["months"].items()):
            file = self.path / month["file"]
            if not file.exists():
                out.append(
                    f"{file}: the file of {key} is missing; restore it or ingest the sources of that month again."
                )
            elif hashlib.sha256(file.read_bytes()).hexdigest() != month["sha256"]:
                out.append(
                    f"{file}: the content of {key} is damaged; restore it or ingest the sources of that month again."
                )
        return out

    # ---- writing ----

    def ingest(
        self,
        paths: str | Path | Iterable[str | Path],
        format: str | None = None,
        stations: reader.StationChoice = None,
        columns: ColumnMap | str | Path | None = None,
        progress: Callable[[Path], object] | None = None,
        workers: int | None = None,
    ) -> IngestReport:
        """Take files into the archive.

        Parameters
        ----------
        paths : path or list of paths
            Files or folders.
        format : str, optional
            Layout; recognised by content if not given.
        stations : path, DataFrame or collection of str, optional
            A station table, or the codes to take.
        columns : ColumnMap or path, optional
            Column map for unusual headings.
        progress : callable, optional
            Called with the path of each file that is done.
        workers : int, optional
            Processes that read files; chosen by the amount of data if not given. The result does not depend on it.

        Returns
        -------
        IngestReport
            One report a file. Taking the same file twice changes nothing; a different value for an hour that is
            there becomes the valid one and the old one stays in :meth:`changes`.

        Raises
        ------
        ArchiveError
            Another process writes, or the archive holds simulated data.
        FileRejected
            A path does not exist.
        """
        if isinstance(paths, str | Path):
            paths = [paths]
        todo = list(files.expand(paths))
        table, codes = reader.choose(stations)
        plan = formats.read_column_map(columns) if isinstance(columns, str | Path) else columns
        with catalogs.locked(self.path):
            if self.simulated:
                raise ArchiveError(
                    f"{self.path}: holds simulated data and takes no observations; name another folder with --archive."
                )
            writer, lookup = Writer(self.path, simulated=False), indexed(table)
            for path, parsed in _parsed(todo, format, codes, plan, workers):
                if progress is not None:
                    progress(path)
                if isinstance(parsed, Parsed):
                    writer.take(parsed, lookup)
                else:
                    writer.reject(path, parsed)
            return writer.finish()

    def store(
        self, ds: xr.Dataset, source: str, kind: Kind = "observations", simulated: bool = False
    ) -> FileReport:
        """Merge a canonical Dataset, such as simulated months.

        Parameters
        ----------
        ds : xarray.Dataset
            Canonical, dims ``(station, time)``, with the station coordinates.
        source : str
            Said in the history.
        kind : {"observations", "weather", "daily"}
        simulated : bool
            An archive holds either simulated or observed data, never both.

        Returns
        -------
        FileReport
        """
        return self.store_all([(kind, ds)], source, simulated)[0]

    def store_all(
        self,
        chunks: Iterable[tuple[Kind, xr.Dataset | tuple[pd.DataFrame, Block]]],
        source: str,
        simulated: bool = False,
    ) -> list[FileReport]:
        """Merge several Datasets in one commit; see :meth:`store`.

        A station table with a :class:`Block` of arrays does as well as a Dataset, and is faster.
        """
        with catalogs.locked(self.path):
            state = self._catalog()["simulated"]
            if state is not None and bool(state) != simulated:
                held, given = ("simulated", "observed") if state else ("observed", "simulated")
                raise ArchiveError(
                    f"{self.path}: holds {held} data and takes no {given} data; name another folder."
                )
            writer = Writer(self.path, simulated=simulated)
            for kind, chunk in chunks:
                table, block = _block(chunk, kind) if isinstance(chunk, xr.Dataset) else chunk
                _describe(writer, table, block)
                writer.merge(block, kind, FileReport(source, "ok", "dataset"))
            return list(writer.finish().files)

    # ---- reading ----

    def load(
        self,
        place: str | Iterable[str] | None = None,
        stations: Collection[str] | None = None,
        start: str | None = None,
        end: str | None = None,
        kind: Kind = "observations",
    ) -> xr.Dataset:
        """Stored data as a canonical Dataset on a full time axis.

        Parameters
        ----------
        place : str or list of str, optional
            Id, name or code of a place or group; all places by default.
        stations : collection of str, optional
            Codes.
        start, end : str, optional
            Both inclusive: a year, month or day stands for its natural days (``start="2019-01"`` begins with the
            hour that ends 2019-01-01 01:00), a moment for itself.
        kind : {"observations", "weather", "daily"}

        Returns
        -------
        xarray.Dataset
            Hourly ``(station, time)`` or daily ``(station, day)``; hours that are not stored are NaN with the flag
            ``missing``.

        Raises
        ------
        MissingData
            Nothing stored for the place, stations or period.
        """
        catalog = self._catalog()
        if not catalog["months"]:
            raise MissingData(
                f"{self.path}: the archive is empty; run 'airq ingest' or 'airq simulate' first."
            )
        rows = self._select(self.stations(kind), place, stations)
        first = None if start is None else months_.bound(start, False, kind)
        last = None if end is None else months_.bound(end, True, kind)
        have = self.months(kind)
        months = [m for m in have if _overlaps(months_.times(m, kind), first, last)]
        if not months:
            span = f"it holds {have[0]} … {have[-1]}" if have else f"it holds no {kind}"
            raise MissingData(
                f"{self.path}: no {kind} from {start or 'the beginning'} to {end or 'the end'}; {span}."
            )
        axis = np.concatenate([months_.times(m, kind) for m in months_.span(months[0], months[-1])])
        axis = axis[
            (axis >= (axis[0] if first is None else first)) & (axis <= (axis[-1] if last is None else last))
        ]
        arrays = _Arrays(list(rows["station"]), axis)
        for month in months:
            arrays.add(self.path / catalog["months"][f"{kind}/{month}"]["file"])
        for name in POLLUTANTS if kind != "weather" else ():
            arrays.variable(name)
        attrs = {
            "source": "模拟数据 / simulated data" if catalog["simulated"] else "archive of observations",
            "simulated": "true" if catalog["simulated"] else "false",
            "digest": self.digest(months),
        }
        names: list[str] = [n for n in (*POLLUTANTS, *WEATHER) if n in arrays.values]
        values, flags = {n: arrays.values[n] for n in names}, {n: arrays.flags[n] for n in names}
        ds = dataset.build(rows, axis, values, flags, attrs)
        return ds.rename(time="day") if kind == "daily" else ds

    def _select(
        self, about: pd.DataFrame, place: str | Iterable[str] | None, stations: Collection[str] | None
    ) -> pd.DataFrame:
        rows = about
        if place is not None:
            wanted: list[str] = []
            there = set(about["place"].tolist())
            for name in [place] if isinstance(place, str) else list(place):
                known = places.find(name)
                if known is None and name not in there:
                    places.get(name)  # raises the sentence with the nearest name
                wanted += [name] if known is None else [known.id, *(m.id for m in places.members(name))]
            rows = rows[rows["place"].isin(wanted)]
            if rows.empty:
                raise MissingData(
                    f"{self.path}: no station of '{place}' is in the archive; check the station table or ingest its files."
                )
        if stations is not None:
            codes = [stations] if isinstance(stations, str) else list(stations)
            held = set(about["station"].tolist())
            if unknown := [c for c in codes if c not in held]:
                raise MissingData(
                    f"{self.path}: station '{unknown[0]}' is not in the archive; 'airq archive' lists what is."
                )
            rows = rows[rows["station"].isin(codes)]
        return rows.reset_index(drop=True)


def _block(ds: xr.Dataset, kind: Kind) -> tuple[pd.DataFrame, Block]:
    """Station table and arrays of a Dataset."""
    names = [str(n) for n in ds.data_vars if f"{n}_flag" in ds]
    codes = [str(c) for c in ds["station"].values]
    values = {n: ds[n].values.astype(np.float32) for n in names}
    flags = {n: ds[f"{n}_flag"].values.astype(np.uint16) for n in names}
    table = pd.DataFrame(
        {"station": codes} | {c: ds[c].values for c in STATION_COORDINATES if c in ds.coords}
    )
    time = ds["day" if kind == "daily" else "time"].values.astype("datetime64[ns]")
    return table, Block(codes, time, values, flags)


def _describe(writer: Writer, table: pd.DataFrame, block: Block) -> None:
    """Tell the writer of the stations that have a value."""
    about = {c: table[c].tolist() for c in STATION_COORDINATES if c in table}
    for i, code in enumerate(table["station"]):
        if any(np.isfinite(v[i]).any() for v in block.values.values()):
            writer.describe(str(code), {c: None if v[i] != v[i] else v[i] for c, v in about.items()})


def _overlaps(
    stamps: npt.NDArray[np.datetime64], first: np.datetime64 | None, last: np.datetime64 | None
) -> bool:
    return bool((last is None or stamps[0] <= last) and (first is None or stamps[-1] >= first))


class _Arrays:
    """Dense arrays that are filled from month files."""

    def __init__(self, codes: list[str], axis: npt.NDArray[np.datetime64]) -> None:
        self.codes = codes
        self.axis = axis
        self.index = pd.Index(codes, dtype=object)
        self.values: dict[str, npt.NDArray[np.float32]] = {}
        self.flags: dict[str, npt.NDArray[np.uint16]] = {}

    def variable(self, name: str) -> None:
        """Make room for a variable."""
        if name not in self.values:
            shape = (len(self.codes), len(self.axis))
            self.values[name] = np.full(shape, np.nan, np.float32)
            self.flags[name] = np.zeros(shape, np.uint16)

    def add(self, file: Path) -> None:
        """Put in what a month file holds of the stations and times."""
        table = months_.read_table(file, self.codes)
        if not table.num_rows or not len(self.axis):
            return
        stored, which = months_.station_index(table)
        second = table.column("time").to_numpy().astype("datetime64[s]").astype(np.int64)
        step = int((self.axis[1] - self.axis[0]) / np.timedelta64(1, "s")) if len(self.axis) > 1 else 3600
        column = (second - self.axis[0].astype("datetime64[s]").astype(np.int64)) // step
        row = self.index.get_indexer(pd.Index(stored, dtype=object))[which]
        take = np.flatnonzero((row >= 0) & (column >= 0) & (column < len(self.axis)))
        row, column = row[take], column[take]
        for name in (n for n in table.column_names if f"{n}_flag" in table.column_names):
            self.variable(name)
            self.values[name][row, column] = table.column(name).to_numpy()[take]
            self.flags[name][row, column] = table.column(f"{name}_flag").to_numpy()[take]


_PARALLEL_BYTES = 60_000_000
"""From this much input on, files are read by several processes."""


def _parse(path: Path, format: str | None, codes: set[str] | None, plan: ColumnMap | None) -> Parsed | str:
    """A parsed file without its text, or the sentence by which it is refused."""
    try:
        parsed = formats.parse(files.load(path), format, codes, plan)
    except AirqError as error:
        return str(error)
    return replace(parsed, raw=replace(parsed.raw, data=b""))


def _parsed(
    todo: list[Path], format: str | None, codes: set[str] | None, plan: ColumnMap | None, workers: int | None
) -> Iterator[tuple[Path, Parsed | str]]:
    """Parsed files in the given order, read by several processes where that pays."""
    if workers is None:
        size = sum(p.stat().st_size for p in todo)
        workers = min(os.cpu_count() or 1, len(todo)) if size > _PARALLEL_BYTES else 1
    if workers < 2:
        for path in todo:
            yield path, _parse(path, format, codes, plan)
        return
    from concurrent.futures import Future, ProcessPoolExecutor

    with ProcessPoolExecutor(workers) as pool:
        waiting: deque[tuple[Path, Future[Parsed | str]]] = deque()
        for path in todo:
            waiting.append((path, pool.submit(_parse, path, format, codes, plan)))
            if len(waiting) >= 3 * workers:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
