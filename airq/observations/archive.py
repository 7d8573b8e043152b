"""The archive of observations: one folder of Parquet files by month behind one catalogue.

See :mod:`airq.observations.catalog` for how a state is made safe and :mod:`airq.observations.months` for the files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import dataset, places
from airq.errors import ArchiveError, MissingData, ParameterError
from airq.observations import catalog as catalogs
from airq.observations import dense, executors, files, formats, reader, reference, upkeep
from airq.observations import months as months_
from airq.observations import stations as station_table
from airq.observations.formats import Block, ColumnMap, Parsed
from airq.observations.holdings import Holdings
from airq.observations.ingest import SERIES, FileReport, IngestReport, Series, Writer, indexed
from airq.observations.loading import Arrays, ahead
from airq.observations.months import AUDITED, NO_SOURCE, Kind
from airq.variables import POLLUTANTS, STATION_COORDINATES, WEATHER

__all__ = ["Archive"]


class Archive(Holdings):
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

    def _repr_html_(self) -> str:
        """Folder, months, stations by place, whether simulated, last ingest."""
        from html import escape

        info = self.info()
        counts = self.stations()["place"].replace("", "no place").value_counts(sort=False)
        rows = {
            "folder": str(self.path.resolve()),
            **{
                kind: said
                for kind, said in info["months"].items()
                if said != "none" or kind == "observations"
            },
            "stations": ", ".join(f"{place} {count}" for place, count in sorted(counts.items())) or "none",
            "simulated": "yes 模拟数据" if info["simulated"] else "no",
            "last ingest": info["last_ingest"] or "none",
        }
        return "<table>{}</table>".format(
            "".join(f"<tr><th>{k}</th><td>{escape(v)}</td></tr>" for k, v in rows.items())
        )

    # ---- what is there ----

    def stations(self, kind: Kind | None = "observations") -> pd.DataFrame:
        """Station table of what is stored, one row a station.

        Parameters
        ----------
        kind : {"observations", "weather", "daily"} or None
            Only stations that have such data; None for all.
        """
        catalog = self._catalog()
        return catalogs.derived(catalog, ("stations", kind), lambda: _station_frame(catalog, kind)).copy()

    def history(self) -> pd.DataFrame:
        """One row a file that was ever offered: when, status, values new, same, changed."""
        rows = [{"at": i["at"], **f} for i in self._catalog()["ingests"] for f in i["files"]]
        return pd.DataFrame(rows)

    def changes(self) -> pd.DataFrame:
        """Every value that a later file replaced: station, time, variable, old, new, file."""
        return upkeep.changes(self.path, self._catalog())

    def info(self) -> dict[str, Any]:
        """Summary: period, stations, months by kind, simulated, last ingest."""
        catalog = self._catalog()
        audited = sorted(k.split("/")[1] for k in catalog["months"] if k.split("/")[0] in AUDITED.values())
        kinds = {kind: self.months(kind) for kind in ("observations", "weather", "daily")}
        kinds |= {"audited": audited}
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
        """One sentence for each file that is missing or differs from the catalogue; empty if all is well."""
        return upkeep.verify(self.path)

    def sources(self) -> pd.DataFrame:
        """Files that gave a value which is stored now or was: number, path, layout, digest, values that hold.

        The column ``source`` of the month files refers to ``number``; :meth:`origin` follows it for one value.
        """
        catalog = self._catalog()
        held = np.zeros(len(catalog["sources"]), np.int64)
        for entry in catalog["months"].values():
            table = months_.read_table(self.path / entry["file"])
            for name in (n for n in table.column_names if f"{n}_flag" in table.column_names):
                numbers = months_.source_of(table, name)[np.isfinite(table.column(name).to_numpy())]
                held += np.bincount(numbers[numbers != NO_SOURCE], minlength=len(held))[: len(held)]
        frame = pd.DataFrame(catalog["sources"], columns=["path", "format", "sha256"])
        frame.insert(0, "number", np.arange(len(frame)))
        frame["values"] = held
        return frame

    # ---- writing ----

    def compact(self, arrays: bool = True) -> dict[str, int]:
        """Write every month in the present layout, join the logs of changes, sweep files of earlier states.

        Values, flags, sources, history and changes stay as they are.

        Parameters
        ----------
        arrays : bool
            Lay the arrays of each month ready beside its file, so that a few stations or one hour are read much
            faster; see :mod:`airq.observations.dense`. Without it those that are there are removed.

        Returns
        -------
        dict
            ``files_before``, ``files``, ``bytes_before``, ``bytes`` (all without the arrays), ``months`` written
            anew, ``arrays`` written, ``array_bytes`` of all of them.

        Raises
        ------
        ArchiveError
            A month file is damaged, or another process writes.
        """
        return upkeep.compact(self.path, arrays)

    def ingest(
        self,
        paths: str | Path | Iterable[str | Path],
        format: str | None = None,
        stations: reader.StationChoice = None,
        columns: ColumnMap | str | Path | None = None,
        progress: Callable[[Path], object] | None = None,
        workers: int | None = None,
        series: Series = "realtime",
        executor: str | None = None,
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
        series : {"realtime", "audited"}
            ``audited`` keeps the files as the audited version (审核后数据) of the hours that they cover: it
            supersedes the real-time values when reading, and both stay.
        executor : str, optional
            ``"dask"`` or ``"dask:ADDRESS"``: read the files on a cluster, with the same result bit for bit.

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
        ParameterError
            An unknown series or executor.
        """
        if series not in SERIES:
            raise ParameterError(f"series '{series}' is not known; write {' or '.join(SERIES)}.")
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
            writer, lookup = Writer(self.path, simulated=False, series=series), indexed(table)
            for path, parsed in executors.parsed(todo, format, codes, plan, workers, executor):
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
                if isinstance(chunk, xr.Dataset) and reference.ATTRIBUTE in chunk.attrs:
                    raise ArchiveError(
                        "the Dataset was converted to another reference state, and an archive keeps values as published; store it before the conversion."
                    )
                table, block = _block(chunk, kind) if isinstance(chunk, xr.Dataset) else chunk
                _describe(writer, table, block)
                writer.add([(kind, block)], FileReport(source, "ok", "dataset"))
            return list(writer.finish().files)

    # ---- reading ----

    def load(
        self,
        place: str | Iterable[str] | None = None,
        stations: Collection[str] | None = None,
        start: str | None = None,
        end: str | None = None,
        kind: Kind = "observations",
        series: str = "best",
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
        series : {"best", "realtime", "audited"}
            ``best`` takes the audited version of the hours that it covers, else the real-time one. An hour that the
            audit emptied is missing.

        Returns
        -------
        xarray.Dataset
            Hourly ``(station, time)`` or daily ``(station, day)``; hours that are not stored are NaN with the flag
            ``missing``.

        Raises
        ------
        MissingData
            Nothing stored for the place, stations or period.
        ParameterError
            An unknown series, or a start after the end.
        """
        if series not in ("best", *SERIES):
            raise ParameterError(f"series '{series}' is not known; write best, {' or '.join(SERIES)}.")
        catalog = self._catalog()
        if not catalog["months"]:
            raise MissingData(
                f"{self.path}: the archive is empty; run 'airq ingest' or 'airq simulate' first."
            )
        rows = self._select(_known_stations(catalog, kind), place, stations)
        first = None if start is None else months_.bound(start, False, kind)
        last = None if end is None else months_.bound(end, True, kind)
        if first is not None and last is not None and first > last:
            raise ParameterError(f"start {start} lies after end {end}; exchange them.")
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
        arrays = Arrays(list(rows["station"]), axis)
        layers = [k for k in _layers(kind, series) if any(f"{k}/{m}" in catalog["months"] for m in months)]
        for layer in layers:
            self._put(catalog, arrays, layer, months)
        for name in POLLUTANTS if kind != "weather" else ():
            arrays.variable(name)
        attrs = {
            "series": series,
            "source": "模拟数据 / simulated data" if catalog["simulated"] else "archive of observations",
            "simulated": "true" if catalog["simulated"] else "false",
            "digest": self.digest(months),
        }
        names: list[str] = [n for n in (*POLLUTANTS, *WEATHER) if n in arrays.values]
        values, flags = {n: arrays.values[n] for n in names}, {n: arrays.flags[n] for n in names}
        ds = dataset.build(rows, axis, values, flags, attrs)
        if arrays.audited:
            ds.attrs["audited_values"] = arrays.audited
        return ds.rename(time="day") if months_.is_daily(kind) else ds

    def _put(self, catalog: dict[str, Any], arrays: Arrays, kind: Kind, months: list[str]) -> None:
        """Put months into arrays: from what lies ready for them, else from their own files."""
        audited = kind in AUDITED.values()
        packed = []
        for month in months:
            key = f"{kind}/{month}"
            quick = catalogs.laid(catalog, key)
            held = None if quick is None else dense.read(self.path / quick["file"], quick["of"])
            if held is not None:
                arrays.lay(held, months_.times(month, kind)[0], audited)
            elif entry := catalog["months"].get(key):
                packed.append(self.path / entry["file"])
        for table in ahead(lambda f: months_.read_table(f, arrays.codes, sources=audited), packed):
            arrays.add(table, audited)

    def origin(self, station: str, time: str, variable: str, kind: Kind = "observations") -> pd.DataFrame:
        """Which file gave a value: one row a version of it, the valid one first.

        Parameters
        ----------
        station : str
            Code.
        time : str
            End of the hour in Beijing time, such as ``2019-05-01T10:00``, or the day.
        variable : str
            Such as ``pm25``.
        kind : {"observations", "weather", "daily"}

        Returns
        -------
        pandas.DataFrame
            ``version`` (audited, realtime, replaced), ``value``, ``file``, ``sha256``; a replaced value is one that
            a later file changed.

        Raises
        ------
        MissingData
            No such value is stored.
        """
        catalog = self._catalog()
        stamp = months_.bound(time, True, kind)
        month = str(months_.months_of(np.array([stamp]), kind)[0])
        rows = []
        for layer in reversed(_layers(kind, "best")):
            if entry := catalog["months"].get(f"{layer}/{month}"):
                found = _origin(self.path / entry["file"], station, stamp, variable)
                if found is not None:
                    number = found[1]
                    source = catalog["sources"][number] if number != NO_SOURCE else {"path": "", "sha256": ""}
                    version = "audited" if layer in AUDITED.values() else "realtime"
                    rows.append((version, found[0], source["path"], source["sha256"]))
        past = self.changes()
        if len(past):
            past = past[
                (past["station"] == station) & (past["variable"] == variable) & (past["time"] == stamp)
            ]
            rows += [("replaced", o, f"before {f}", "") for o, f in zip(past["old"], past["file"], strict=True)][::-1]  # fmt: skip
        if not rows:
            raise MissingData(
                f"{self.path}: no value of {variable} at {station} for {time}; 'airq archive' lists what there is."
            )
        return pd.DataFrame(rows, columns=["version", "value", "file", "sha256"])

    def _select(
        self, known: _Stations, place: str | Iterable[str] | None, stations: Collection[str] | None
    ) -> pd.DataFrame:
        chosen = np.ones(len(known.table), bool)
        if place is not None:
            wanted: set[str] = set()
            for name in [place] if isinstance(place, str) else list(place):
                found = places.find(name)
                if found is None and name not in known.places:
                    places.get(name)  # raises the sentence with the nearest name
                wanted |= {name} if found is None else {found.id, *(m.id for m in places.members(name))}
            chosen &= np.array([p in wanted for p in known.places], dtype=bool)  # also of no station at all
            if not chosen.any():
                raise MissingData(
                    f"{self.path}: no station of '{place}' is in the archive; check the station table or ingest its files."
                )
        if stations is not None:
            codes = [stations] if isinstance(stations, str) else list(stations)
            if unknown := [c for c in codes if c not in known.row]:
                raise MissingData(
                    f"{self.path}: station '{unknown[0]}' is not in the archive; 'airq archive' lists what is."
                )
            named = np.zeros(len(chosen), bool)
            named[[known.row[c] for c in codes]] = True
            chosen &= named
        return known.table.take(np.flatnonzero(chosen)).reset_index(drop=True)


class _Stations(NamedTuple):
    """Stations of a kind as reading needs them: a table with texts as objects, place and row of each code."""

    table: pd.DataFrame
    places: list[str]
    row: dict[str, int]


def _known_stations(catalog: dict[str, Any], kind: Kind) -> _Stations:
    """Stations that have data of a kind; not to be changed."""

    def make() -> _Stations:
        frame = _station_frame(catalog, kind)
        texts = {c: object for c in frame.columns if c not in ("lat", "lon")}
        codes = frame["station"].tolist()
        return _Stations(frame.astype(texts), frame["place"].tolist(), {c: i for i, c in enumerate(codes)})

    return catalogs.derived(catalog, ("known", kind), make)


def _station_frame(catalog: dict[str, Any], kind: Kind | None) -> pd.DataFrame:
    """Station table of a catalogue."""
    about = catalog["stations"]
    kinds = set() if kind is None else {kind, AUDITED.get(kind, kind)}
    codes = sorted(c for c, row in about.items() if kind is None or kinds & set(row.get("kinds", kinds)))
    columns = {c: [about[code].get(c, "") for code in codes] for c in station_table.COLUMNS if c != "station"}
    frame = pd.DataFrame({"station": codes, **columns}, columns=list(station_table.COLUMNS))
    for column in ("lat", "lon"):
        frame[column] = pd.to_numeric(frame[column]).astype("float64")
    return frame


def _layers(kind: Kind, series: str) -> list[Kind]:
    """Kinds of months that are laid over each other, the last one on top."""
    over = AUDITED.get(kind)
    if over is None or series == "realtime":
        return [kind]
    return [over] if series == "audited" else [kind, over]


def _origin(file: Path, station: str, stamp: np.datetime64, variable: str) -> tuple[float, int] | None:
    """Value and number of its source in a month file; None if it holds neither."""
    import pyarrow.compute as pc

    table = months_.read_table(file, [station])
    if variable not in table.column_names:
        return None
    table = table.filter(pc.equal(table.column("station").cast("string"), station))
    at = np.flatnonzero(table.column("time").to_numpy().astype("datetime64[ns]") == stamp)
    if not len(at):
        return None
    value = float(table.column(variable).to_numpy()[at[0]])
    number = int(months_.source_of(table, variable)[at[0]])
    return None if np.isnan(value) and number == NO_SOURCE else (value, number)


def _block(ds: xr.Dataset, kind: Kind) -> tuple[pd.DataFrame, Block]:
    """Station table and arrays of a Dataset."""
    names = [str(n) for n in ds.data_vars if f"{n}_flag" in ds]
    codes = [str(c) for c in ds["station"].values]
    values = {n: ds[n].values.astype(np.float32) for n in names}
    flags = {n: ds[f"{n}_flag"].values.astype(np.uint16) for n in names}
    table = pd.DataFrame(
        {"station": codes} | {c: ds[c].values for c in STATION_COORDINATES if c in ds.coords}
    )
    time = ds["day" if months_.is_daily(kind) else "time"].values.astype("datetime64[ns]")
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
