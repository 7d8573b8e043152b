"""The archive: Parquet by month, one catalogue that says which files are in force.

A commit writes new month files under names that carry their content's digest, then replaces ``catalog.json`` by a
rename. Whatever happens before that rename leaves the last good state; what was written aside is swept up by the
next commit. The file of a replaced month stays until the commit after, so that a reader is never left without it.

A month holds the natural days of a calendar month, that is the hours labelled 01:00 of the 1st to 00:00 of the next
month's 1st. Rows are sorted by station, then time; hours without any value are not stored.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import dataset, options, places
from airq.errors import AirqError, ArchiveError, MissingData, ParameterError
from airq.observations import files, formats, quality, reader
from airq.observations import stations as station_table
from airq.observations.formats import ColumnMap
from airq.variables import FLAGS, POLLUTANTS, WEATHER

__all__ = ["Archive", "FileReport", "IngestReport"]

VERSION: Final = 1
Kind = Literal["observations", "weather", "daily"]
_HOUR: Final = np.timedelta64(1, "h")
_TESTED: Final = 0xFFFF & ~(FLAGS["missing"] | quality.READER_BITS)


@dataclass(frozen=True)
class FileReport:
    """What became of one file.

    Attributes
    ----------
    path : str
    status : {"ok", "partial", "rejected"}
        ``partial``: something in it was not taken, ``sentences`` say what.
    format : str
    sentences : tuple of str
        Findings, each with file and place.
    new, same, changed, flagged : int
        Values that were not there before, that were there and equal, that replaced a different one, and that carry
        a flag other than missing.
    """

    path: str
    status: str
    format: str = ""
    sentences: tuple[str, ...] = ()
    new: int = 0
    same: int = 0
    changed: int = 0
    flagged: int = 0


@dataclass(frozen=True)
class IngestReport:
    """Reports of all files of one ingest."""

    files: tuple[FileReport, ...]

    @property
    def ok(self) -> bool:
        """Whether every file was taken whole."""
        return all(f.status == "ok" for f in self.files)

    def to_frame(self) -> pd.DataFrame:
        """One row a file."""
        rows = [
            {**{k: getattr(f, k) for k in ("path", "status", "format", "new", "same", "changed", "flagged")}}
            for f in self.files
        ]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"ok": self.ok, "files": [{**vars(f), "sentences": list(f.sentences)} for f in self.files]}

    def _repr_html_(self) -> str:
        html: str = self.to_frame().to_html(index=False)
        return html


@dataclass
class _Month:
    """One month of one kind as dense arrays, while it is being changed."""

    time: npt.NDArray[np.datetime64]
    stations: list[str]
    values: dict[str, npt.NDArray[np.float32]]
    flags: dict[str, npt.NDArray[np.uint16]]

    def with_stations(self, codes: Iterable[str]) -> _Month:
        """The same month with rows for further stations."""
        have = set(self.stations)
        more = [c for c in dict.fromkeys(codes) if c not in have]
        if not more:
            return self
        shape = (len(more), len(self.time))
        values = {n: np.vstack([v, np.full(shape, np.nan, np.float32)]) for n, v in self.values.items()}
        flags = {n: np.vstack([f, np.zeros(shape, np.uint16)]) for n, f in self.flags.items()}
        return _Month(self.time, [*self.stations, *more], values, flags)

    def with_variable(self, name: str) -> None:
        """Add empty rows for a variable that the month has not had."""
        if name not in self.values:
            shape = (len(self.stations), len(self.time))
            self.values[name] = np.full(shape, np.nan, np.float32)
            self.flags[name] = np.zeros(shape, np.uint16)


@dataclass
class _Counts:
    new: int = 0
    same: int = 0
    changed: int = 0
    changes: list[pd.DataFrame] = field(default_factory=list)


def _month_times(month: str, kind: Kind) -> npt.NDArray[np.datetime64]:
    start = np.datetime64(month, "M")
    unit = "D" if kind == "daily" else "h"
    ends = pd.date_range(start, start + 1, freq=unit, inclusive="left", unit="ns").to_numpy()
    return ends if kind == "daily" else ends + _HOUR


def _months_of(time: npt.NDArray[np.datetime64], kind: Kind) -> npt.NDArray[np.str_]:
    days = time.astype("datetime64[D]") if kind == "daily" else dataset.day_of(time)
    return days.astype("datetime64[M]").astype(str)


def _bound(text: str, last: bool, kind: Kind) -> np.datetime64:
    """First or last time stamp of a year, month, day or moment; both ends are inclusive."""
    text = str(text)
    lead = np.timedelta64(0, "h") if kind == "daily" else _HOUR
    unit = {4: "Y", 7: "M", 10: "D"}.get(len(text))
    try:
        if unit is None:
            return np.datetime64(pd.Timestamp(text), "ns")
        period = np.datetime64(text, unit)
    except ValueError as error:
        raise ParameterError(
            f"'{text}' is no date; write 2019, 2019-01, 2019-01-31 or 2019-01-31T12:00."
        ) from error
    if not last:
        return period.astype("datetime64[ns]") + lead
    return (period + 1).astype("datetime64[D]").astype("datetime64[ns]") - np.timedelta64(1, "D") + lead * 24


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

    # ---- catalogue ----

    def _catalog(self) -> dict[str, Any]:
        file = self.path / "catalog.json"
        if not file.exists():
            if self.path.exists() and not self.path.is_dir():
                raise ArchiveError(f"{self.path}: a file, not an archive folder; name another folder.")
            return {
                "version": VERSION,
                "simulated": None,
                "months": {},
                "stations": {},
                "ingests": [],
                "superseded": [],
            }
        try:
            catalog: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            version = int(catalog["version"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArchiveError(
                f"{file}: damaged catalogue; restore it from a copy or ingest into a new folder."
            ) from error
        if version > VERSION:
            raise ArchiveError(
                f"{file}: written by a newer airq (archive version {version}, this airq knows {VERSION}); update airq."
            )
        return catalog

    def _commit(self, catalog: dict[str, Any], superseded: list[str]) -> None:
        """Make a new state the valid one, then sweep what the state before the last one left."""
        keep = (
            {m["file"] for m in catalog["months"].values()}
            | set(superseded)
            | {i["changes"] for i in catalog["ingests"] if i.get("changes")}
        )
        catalog["superseded"] = superseded
        text = json.dumps(catalog, ensure_ascii=False, indent=1, sort_keys=True)
        self._replace(self.path / "catalog.json", text.encode())
        for folder in ("observations", "weather", "daily", "changes"):
            for file in (self.path / folder).rglob("*"):
                if file.is_file() and file.relative_to(self.path).as_posix() not in keep:
                    file.unlink(missing_ok=True)

    @staticmethod
    def _replace(file: Path, blob: bytes) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_name(f".{file.name}.{os.getpid()}.tmp")
        with aside.open("wb") as stream:
            stream.write(blob)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(file)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep a second writer out for the time of a write."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = (self.path / ".lock").open("a+")
        try:
            try:
                import fcntl
            except ImportError:  # Windows has no flock; the rename still keeps each state whole
                yield
                return
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise ArchiveError(
                    f"{self.path}: another airq is writing to this archive; wait until it has finished."
                ) from error
            yield
        finally:
            lock.close()

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
            times = self._read(catalog, f"observations/{month}", columns=["time"]).column("time").to_numpy()
            last = _month_times(month, "observations")[-24:]
            if np.isin(last, np.unique(times).astype("datetime64[ns]")).sum() >= 20:
                return month
        return None

    def stations(self) -> pd.DataFrame:
        """Station table of what is stored, one row a station."""
        about = self._catalog()["stations"]
        rows = [{"station": code, **row} for code, row in sorted(about.items())]
        frame = pd.DataFrame(rows, columns=list(station_table.COLUMNS))
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
            "stations": len(catalog["stations"]),
            "places": sorted({r["place"] for r in catalog["stations"].values() if r["place"]}),
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
        progress: Any = None,
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
            Called with each path before it is read.

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
        with self._locked():
            if self.simulated:
                raise ArchiveError(
                    f"{self.path}: holds simulated data and takes no observations; name another folder with --archive."
                )
            writer = _Writer(self, simulated=False)
            for path in todo:
                if progress is not None:
                    progress(path)
                writer.take(path, format, codes, plan, table)
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
        self, chunks: Iterable[tuple[Kind, xr.Dataset]], source: str, simulated: bool = False
    ) -> list[FileReport]:
        """Merge several Datasets in one commit; see :meth:`store`."""
        with self._locked():
            state = self._catalog()["simulated"]
            if state is not None and bool(state) != simulated:
                held, given = ("simulated", "observed") if state else ("observed", "simulated")
                raise ArchiveError(
                    f"{self.path}: holds {held} data and takes no {given} data; name another folder."
                )
            writer = _Writer(self, simulated=simulated)
            for kind, ds in chunks:
                writer.merge(ds, kind, FileReport(source, "ok", "dataset"))
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
        about = self.stations()
        rows = self._select(about, place, stations)
        first = None if start is None else _bound(start, False, kind)
        last = None if end is None else _bound(end, True, kind)
        months = [
            m
            for m in self.months(kind)
            if (last is None or _month_times(m, kind)[0] <= last)
            and (first is None or _month_times(m, kind)[-1] >= first)
        ]
        if not months:
            have = self.months(kind)
            span = f"it holds {have[0]} … {have[-1]}" if have else f"it holds no {kind}"
            raise MissingData(
                f"{self.path}: no {kind} from {start or 'the beginning'} to {end or 'the end'}; {span}."
            )
        times = np.concatenate([_month_times(m, kind) for m in _span(months[0], months[-1])])
        if first is not None:
            times = times[times >= first]
        if last is not None:
            times = times[times <= last]
        codes = list(rows["station"])
        names = POLLUTANTS if kind != "weather" else WEATHER
        values: dict[str, npt.NDArray[np.float32]] = {}
        flags: dict[str, npt.NDArray[np.uint16]] = {}
        index = pd.Index(codes)
        for month in months:
            table = self._read(catalog, f"{kind}/{month}", codes)
            if not table.num_rows:
                continue
            stored, which = _codes(table)
            i = index.get_indexer(stored)[which]
            stamp = table.column("time").to_numpy().astype("datetime64[ns]")
            j = np.searchsorted(times, stamp)
            ok = (j < len(times)) & (i >= 0)
            ok[ok] = times[j[ok]] == stamp[ok]
            for name in (n for n in names if n in table.column_names):
                if name not in values:
                    values[name] = np.full((len(codes), len(times)), np.nan, np.float32)
                    flags[name] = np.zeros((len(codes), len(times)), np.uint16)
                values[name][i[ok], j[ok]] = table.column(name).to_numpy()[ok]
                flags[name][i[ok], j[ok]] = table.column(f"{name}_flag").to_numpy()[ok]
        if kind != "weather":
            for name in POLLUTANTS:
                if name not in values:
                    values[name] = np.full((len(codes), len(times)), np.nan, np.float32)
                    flags[name] = np.zeros((len(codes), len(times)), np.uint16)
        simulated = "true" if catalog["simulated"] else "false"
        source = "模拟数据 / simulated data" if catalog["simulated"] else "archive of observations"
        ds = dataset.build(
            rows,
            times,
            values,
            flags,
            {"source": source, "simulated": simulated, "digest": self.digest(months)},
        )
        return ds.rename(time="day") if kind == "daily" else ds

    def _select(
        self, about: pd.DataFrame, place: str | Iterable[str] | None, stations: Collection[str] | None
    ) -> pd.DataFrame:
        rows = about
        if place is not None:
            wanted: list[str] = []
            for name in [place] if isinstance(place, str) else list(place):
                known = places.find(name)
                if known is None and name not in set(about["place"]):
                    places.get(name)  # raises the sentence with the nearest name
                wanted += [name] if known is None else [known.id, *(m.id for m in places.members(name))]
            rows = rows[rows["place"].isin(wanted)]
            if rows.empty:
                raise MissingData(
                    f"{self.path}: no station of '{place}' is in the archive; check the station table or ingest its files."
                )
        if stations is not None:
            codes = [stations] if isinstance(stations, str) else list(stations)
            if unknown := [c for c in codes if c not in set(about["station"])]:
                raise MissingData(
                    f"{self.path}: station '{unknown[0]}' is not in the archive; 'airq archive' lists what is."
                )
            rows = rows[rows["station"].isin(codes)]
        return rows.reset_index(drop=True)

    def _read(
        self,
        catalog: Mapping[str, Any],
        key: str,
        codes: Collection[str] | None = None,
        columns: list[str] | None = None,
    ) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        file = self.path / catalog["months"][key]["file"]
        wanted = None if codes is None or len(codes) > 400 else [("station", "in", list(codes))]
        try:
            return pq.read_table(file, columns=columns, filters=wanted, use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise ArchiveError(
                f"{file}: {key} is missing or damaged; run 'airq archive verify' and ingest that month again."
            ) from error


def _codes(table: Any) -> tuple[pd.Index, npt.NDArray[np.intp]]:
    """Station codes of a table, and the code of each row as an index into them."""
    import pyarrow as pa

    column = table.column("station").combine_chunks()
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    return pd.Index(column.dictionary.to_pylist(), dtype=object), column.indices.to_numpy().astype(np.intp)


def _span(first: str, last: str) -> list[str]:
    months = np.arange(np.datetime64(first, "M"), np.datetime64(last, "M") + 1)
    return [str(m) for m in months]


class _Writer:
    """One ingest: months in memory, then one commit.

    Months are flushed when many are open, so that ten years of files need no more memory than a few months.
    """

    OPEN_BYTES: Final = 600_000_000

    def __init__(self, archive: Archive, simulated: bool) -> None:
        self.archive = archive
        self.catalog = archive._catalog()
        self.simulated = simulated
        self.reports: list[FileReport] = []
        self.about: dict[str, dict[str, Any]] = dict(self.catalog["stations"])
        self.open: dict[str, _Month] = {}
        self.touched: set[str] = set()
        self.changes: list[pd.DataFrame] = []
        self.superseded: list[str] = []
        self.flagged: list[int] = []
        self.footprints: list[tuple[int, str, list[str], npt.NDArray[np.intp]]] = []

    def take(
        self,
        path: Path,
        format: str | None,
        codes: set[str] | None,
        plan: ColumnMap | None,
        table: pd.DataFrame,
    ) -> None:
        """Read one file and merge it; a refusal costs this file only."""
        try:
            parsed = formats.parse(files.load(path), format, codes, plan)
        except AirqError as error:
            self.reports.append(FileReport(str(path), "rejected", sentences=(str(error),)))
            self.flagged.append(0)
            return
        ds = reader.to_dataset(parsed, table)
        kind: Kind = "daily" if parsed.frequency == "daily" else "observations"
        sentences = [i.sentence(path) for i in parsed.issues]
        stored = set(self.about)
        unknown = [
            c
            for c, p in zip(parsed.block.stations, ds["place"].values.tolist(), strict=True)
            if not p and c not in stored
        ]
        if unknown:
            shown = ", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else "")
            sentences.append(
                f"{path}: {len(unknown)} stations are not in the station table and are stored without a place: {shown}; add them with --stations."
            )
        report = FileReport(
            str(path), "ok" if parsed.complete else "partial", parsed.format, tuple(sentences)
        )
        if parsed.raw.path.exists():
            ds.attrs["sha256"] = parsed.raw.sha256
        weather = [n for n in WEATHER if n in ds]
        if weather and kind == "observations":
            self.merge(ds[[*weather, *(f"{n}_flag" for n in weather)]], "weather", None)
        self.merge(ds[[n for n in ds.data_vars if str(n).removesuffix("_flag") not in WEATHER]], kind, report)

    def merge(self, ds: xr.Dataset, kind: Kind, report: FileReport | None) -> None:
        """Put a Dataset's values into the open months and count what it brought."""
        axis = "day" if kind == "daily" else "time"
        time = ds[axis].values.astype("datetime64[ns]")
        codes = [str(c) for c in ds["station"].values]
        months = _months_of(time, kind)
        total = _Counts()
        names = [str(n) for n in ds.data_vars if f"{n}_flag" in ds]
        present = np.zeros(len(codes), bool)
        for month in np.unique(months):
            at = np.flatnonzero(months == month)
            state = self._month(f"{kind}/{month}").with_stations(codes)
            self.open[f"{kind}/{month}"] = state
            rows = pd.Index(state.stations).get_indexer(pd.Index(codes))
            columns = np.searchsorted(state.time, time[at])
            cell = np.ix_(rows, columns)
            changed_here = False
            for name in names:
                state.with_variable(name)
                new = ds[name].values[:, at].astype(np.float32)
                bits = ds[f"{name}_flag"].values[:, at].astype(np.uint16) & np.uint16(quality.READER_BITS)
                old, old_bits = state.values[name][cell], state.flags[name][cell]
                have, give = np.isfinite(old), np.isfinite(new)
                present |= give.any(axis=1)
                fresh, differ = give & ~have, give & have & (old != new)
                total.new += int(fresh.sum())
                total.same += int((give & have).sum()) - int(differ.sum())
                total.changed += int(differ.sum())
                if differ.any():
                    i, j = np.nonzero(differ)
                    who = {
                        "kind": kind,
                        "station": np.array(codes, object)[i],
                        "time": time[at[j]],
                        "variable": name,
                    }
                    total.changes.append(pd.DataFrame({**who, "old": old[i, j], "new": new[i, j]}))
                # A reader's flag is kept on an empty cell or comes with the value that it belongs to.
                kept = np.where(give, bits, np.where(have, old_bits, old_bits | bits))
                merged = np.where(give, new, old)
                if (
                    fresh.any()
                    or differ.any()
                    or (kept & quality.READER_BITS != old_bits & quality.READER_BITS).any()
                ):
                    changed_here = True
                    state.values[name][cell] = merged
                    state.flags[name][cell] = (old_bits & np.uint16(_TESTED)) | kept
            if report is not None:
                self.footprints.append((len(self.reports), f"{kind}/{month}", codes, columns))
            if changed_here:
                self.touched.add(f"{kind}/{month}")
        self._about(ds, codes, present)
        if report is not None:
            sentences = report.sentences
            if total.changed:
                table = pd.concat(total.changes, ignore_index=True).assign(file=report.path)
                self.changes.append(table)
                one = table.iloc[0]
                first = f"{one['station']} {str(one['time'])[:16]} {one['variable']} {one['old']:g} → {one['new']:g}"
                text = f"{total.changed:,} values differ from those stored before and replace them; the old ones stay in 'airq archive changes' (first: {first})"
                sentences = (*sentences, f"{report.path}: {text}.")
            self.reports.append(
                replace(report, sentences=sentences, new=total.new, same=total.same, changed=total.changed)
            )
            self.flagged.append(0)
        if sum(sum(v.nbytes for v in m.values.values()) * 2 for m in self.open.values()) > self.OPEN_BYTES:
            self._flush()

    def _about(self, ds: xr.Dataset, codes: list[str], present: npt.NDArray[np.bool_]) -> None:
        """Remember what is known of the stations; what an earlier table said is not emptied by a later one."""
        names = ("name_zh", "name_en", "place", "network", "role", "lat", "lon")
        columns = {name: ds[name].values.tolist() for name in names}
        for i, code in enumerate(codes):
            if not present[i] and code not in self.about:
                continue
            row = {n: None if c[i] != c[i] else c[i] for n, c in columns.items()}
            old = self.about.get(code, {})
            self.about[code] = {
                **old,
                **{k: v for k, v in row.items() if v not in ("", None) or k not in old},
            }

    def _month(self, key: str) -> _Month:
        if key in self.open:
            return self.open[key]
        kind, month = key.split("/")
        time = _month_times(month, kind)  # type: ignore[arg-type]
        state = _Month(time, [], {}, {})
        if key in self.catalog["months"]:
            table = self.archive._read(self.catalog, key)
            codes, i = _codes(table)
            j = np.searchsorted(time, table.column("time").to_numpy().astype("datetime64[ns]"))
            state = state.with_stations(codes)
            for name in (n for n in table.column_names if f"{n}_flag" in table.column_names):
                state.with_variable(name)
                state.values[name][i, j] = table.column(name).to_numpy()
                state.flags[name][i, j] = table.column(f"{name}_flag").to_numpy()
        self.open[key] = state
        return state

    def _test(self, keys: Iterable[str]) -> None:
        """Set the flags of months anew; a test may look across the month's ends."""
        for key in sorted(keys):
            kind, month = key.split("/")
            if kind != "observations":
                continue
            state = self.open[key]
            around = []
            for step in (-1, 1):
                other = f"observations/{np.datetime64(month, 'M') + step}"
                known = other in self.open or other in self.catalog["months"]
                around.append(self._month(other) if known else None)
            before, after = around
            margin = quality.MARGIN_HOURS
            values = {}
            for name, block in state.values.items():
                parts = [
                    _edge(before, state, name, slice(-margin, None), margin),
                    block,
                    _edge(after, state, name, slice(0, margin), margin),
                ]
                values[name] = np.hstack(parts)
            pad = {n: np.pad(f, ((0, 0), (margin, margin))) for n, f in state.flags.items()}
            rows = [self.about.get(c, {}) for c in state.stations]
            lat = np.array([r.get("lat") if r.get("lat") is not None else np.nan for r in rows], float)
            lon = np.array([r.get("lon") if r.get("lon") is not None else np.nan for r in rows], float)
            bits = quality.flag(values, pad, lat, lon)
            for name, b in bits.items():
                state.flags[name] = b[:, margin:-margin]

    def _prepare(self) -> None:
        """Test the changed months and write them aside; the catalogue in memory names them."""
        ends = set()
        for key in self.touched:
            kind, month = key.split("/")
            for step in (-1, 1):
                other = f"{kind}/{np.datetime64(month, 'M') + step}"
                if kind == "observations" and (other in self.open or other in self.catalog["months"]):
                    self._month(other)
                    ends.add(other)
        todo = self.touched | ends
        self._test(todo)
        for number, key, codes, columns in self.footprints:
            state = self.open[key]
            cell = np.ix_(pd.Index(state.stations).get_indexer(pd.Index(codes)), columns)
            marked = (
                ((f[cell] & _TESTED) > 0) & np.isfinite(state.values[n][cell]) for n, f in state.flags.items()
            )
            self.flagged[number] += int(sum(m.sum() for m in marked))
        months = dict(self.catalog["months"])
        for key in sorted(todo):
            entry = self._write(key, self.open[key])
            if key in months and months[key]["file"] != entry["file"]:
                self.superseded.append(months[key]["file"])
            months[key] = entry
        simulated = self.simulated if months else self.catalog["simulated"]
        self.catalog = {**self.catalog, "months": months, "stations": self.about, "simulated": simulated}

    def _commit(self) -> None:
        self.archive._commit(self.catalog, self.superseded)
        self.superseded = []

    def _flush(self) -> None:
        """Make the changed months the valid state and let go of them."""
        self._prepare()
        if self.touched:
            self._commit()
        self.open.clear()
        self.touched.clear()
        self.footprints.clear()

    def _write(self, key: str, state: _Month) -> dict[str, Any]:
        import io

        import pyarrow as pa
        import pyarrow.parquet as pq

        order = np.argsort(np.array(state.stations))
        some = np.zeros((len(state.stations), len(state.time)), bool)
        for name in state.values:
            some |= np.isfinite(state.values[name]) | ((state.flags[name] & quality.READER_BITS) > 0)
        some = some[order]
        i, j = np.nonzero(some)
        codes = np.array(state.stations, object)[order]
        columns: dict[str, Any] = {
            "station": pa.DictionaryArray.from_arrays(
                pa.array(i.astype(np.int32)), pa.array(codes.tolist(), pa.string())
            ),
            "time": pa.array(state.time[j].astype("datetime64[s]")),
        }
        for name in [n for n in (*POLLUTANTS, *WEATHER) if n in state.values]:
            columns[name] = pa.array(state.values[name][order][i, j])
            columns[f"{name}_flag"] = pa.array(state.flags[name][order][i, j])
        sink = io.BytesIO()
        pq.write_table(
            pa.table(columns), sink, compression="zstd", row_group_size=16 * 744, use_dictionary=["station"]
        )
        blob = sink.getvalue()
        digest = hashlib.sha256(blob).hexdigest()
        kind, month = key.split("/")
        name = f"{kind}/{month[:4]}/{month}-{digest[:12]}.parquet"
        file = self.archive.path / name
        if not file.exists() or file.stat().st_size != len(blob):
            self.archive._replace(file, blob)
        return {"file": name, "sha256": digest, "rows": len(i)}

    def finish(self) -> IngestReport:
        """Commit what is open together with the history of this ingest."""
        self._prepare()
        brought = self.touched or any(r.new or r.changed or r.status == "rejected" for r in self.reports)
        reports = tuple(replace(r, flagged=n) for r, n in zip(self.reports, self.flagged, strict=True))
        if brought and (self.catalog["months"] or self.path_exists()):
            changes = ""
            if self.changes:
                changes = f"changes/{len(self.catalog['ingests']) + 1:06d}.parquet"
                (self.archive.path / "changes").mkdir(exist_ok=True)
                pd.concat(self.changes, ignore_index=True).to_parquet(self.archive.path / changes)
            files_taken = [{**vars(r), "sentences": list(r.sentences)} for r in reports]
            entry = {
                "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "files": files_taken,
                "changes": changes,
            }
            self.catalog = {**self.catalog, "ingests": [*self.catalog["ingests"], entry]}
            self._commit()
        return IngestReport(reports)

    def path_exists(self) -> bool:
        """Whether there is a catalogue to add to; a first ingest that took nothing makes no archive."""
        return (self.archive.path / "catalog.json").exists()


def _edge(
    other: _Month | None, state: _Month, name: str, part: slice, margin: int
) -> npt.NDArray[np.float32]:
    """Hours of the neighbouring month for the same stations."""
    out = np.full((len(state.stations), margin), np.nan, np.float32)
    if other is None or name not in other.values:
        return out
    rows = pd.Index(other.stations).get_indexer(pd.Index(state.stations))
    out[rows >= 0] = other.values[name][rows[rows >= 0]][:, part]
    return out
