"""From parsed files to a committed state of the archive, with a report for each file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import places
from airq.observations import catalog as catalogs
from airq.observations import memory, quality
from airq.observations import months as months_
from airq.observations import stations as station_table
from airq.observations.formats import Block, Parsed, fill_stations
from airq.observations.loading import wind_dataset
from airq.observations.months import AUDITED, NO_SOURCE, Kind, Month
from airq.texts import shown
from airq.variables import FLAGS, WEATHER

__all__ = ["SERIES", "FileReport", "IngestReport", "Series", "Writer"]

Series: TypeAlias = Literal["realtime", "audited"]
SERIES: Final[tuple[Series, ...]] = ("realtime", "audited")
"""Real-time values as the network publishes them, and values after its audit (审核后数据)."""

_TESTED: Final = np.uint16(0xFFFF & ~(FLAGS["missing"] | quality.READER_BITS))
_KEPT: Final = np.uint16(quality.READER_BITS)
_TESTED_KINDS: Final = ("observations", "audited")
_ABOUT: Final = ("name_zh", "name_en", "place", "network", "role", "lat", "lon")


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
    sha256 : str
        Digest of the file.
    """

    path: str
    status: str
    format: str = ""
    sentences: tuple[str, ...] = ()
    new: int = 0
    same: int = 0
    changed: int = 0
    flagged: int = 0
    sha256: str = ""


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
        columns = ("path", "status", "format", "new", "same", "changed", "flagged")
        return pd.DataFrame([{k: getattr(f, k) for k in columns} for f in self.files], columns=list(columns))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"ok": self.ok, "files": [{**vars(f), "sentences": list(f.sentences)} for f in self.files]}

    def _repr_html_(self) -> str:
        html: str = self.to_frame().to_html(index=False)
        return html


@dataclass
class _Counts:
    new: int = 0
    same: int = 0
    changes: list[pd.DataFrame] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return sum(len(c) for c in self.changes)


def _selector(index: npt.NDArray[np.intp]) -> slice | npt.NDArray[np.intp]:
    """A slice where the indices run on, as views are much faster than copies."""
    if len(index) and (np.diff(index) == 1).all():
        return slice(int(index[0]), int(index[-1]) + 1)
    return index


def _cell(rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]) -> Any:
    r, c = _selector(rows), _selector(columns)
    return (r, c) if isinstance(r, slice) or isinstance(c, slice) else np.ix_(rows, columns)


def _covered(block: Block) -> npt.NDArray[np.bool_]:
    """Hours that a file speaks of, shape (station, time): from a station's first value in it to its last."""
    some = np.zeros((len(block.stations), len(block.time)), bool)
    for values in block.values.values():
        some |= np.isfinite(values)
    begun = np.logical_or.accumulate(some, axis=1)
    not_over = np.logical_or.accumulate(some[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(begun & not_over)


def _present(block: Block) -> npt.NDArray[np.bool_]:
    """Stations that have a value in the block."""
    some = np.zeros(len(block.stations), bool)
    for values in block.values.values():
        some |= ~np.isnan(values).all(axis=1)
    return some


class Writer:
    """One ingest: months in memory, then one commit.

    A month that no file has touched for a while is tested and written aside, so that this runs beside the reading of
    the next files; when much has been written, the state is committed. Ten years of files so need no more memory than
    a few months, and a long ingest that is killed keeps its larger part. Months that are still being filled stay in
    memory, unless they are too many.
    """

    OPEN_BYTES: Final = 500_000_000
    QUIET_FILES: Final = 12

    def __init__(self, path: Path, simulated: bool, series: Series = "realtime") -> None:
        self.path = path
        self.catalog = dict(catalogs.read(path))
        self.simulated = simulated
        self.series = series
        self.reports: list[FileReport] = []
        self.about: dict[str, dict[str, Any]] = dict(self.catalog["stations"])
        self.sources: list[dict[str, str]] = list(self.catalog["sources"])
        self.open: dict[str, Month] = {}
        self.changes: list[pd.DataFrame] = []
        self.superseded: list[str] = []
        self.flagged: list[int] = []
        self.tested_seconds = 0.0
        self._stale: set[str] = set()  # months that have to be tested and written
        self._touched: dict[str, int] = {}  # number of the file that changed a month last
        self._written = 0  # bytes of months since the last commit
        self._brought = False
        self._threads = ThreadPoolExecutor(2)  # months are packed and written beside the merging of the next
        self._writing: dict[str, Future[dict[str, Any]]] = {}
        self._footprints: dict[str, list[tuple[int, list[str], npt.NDArray[np.intp]]]] = {}
        self._numbers = {s["sha256"] or s["path"]: i for i, s in enumerate(self.sources)}
        self._described: set[str] = set()
        self._counted: dict[Kind, set[str]] = {}

    # ---- taking ----

    def reject(self, path: Path, sentence: str) -> None:
        """Note a file of which nothing was taken."""
        self.reports.append(FileReport(shown(path), "rejected", sentences=(shown(sentence),)))
        self.flagged.append(0)

    def take(self, parsed: Parsed, table: pd.DataFrame) -> None:
        """Merge a parsed file; ``table`` is indexed by station code."""
        path, block = shown(parsed.raw.path), parsed.block
        daily = parsed.frequency == "daily"
        sentences = [i.sentence(path) for i in parsed.issues]
        unknown = self._describe(parsed, table, daily)
        if unknown:
            some = ", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else "")
            text = (
                f"{len(unknown)} stations are not in the station table and are stored without a place: {some}"
            )
            sentences.append(f"{path}: {text}; add them with --stations.")
        if self.series == "realtime" and "审核" in parsed.raw.path.name:
            sentences.append(
                f"{path}: its name speaks of audited data; use --series audited to keep it as that."
            )
        status = "ok" if parsed.complete else "partial"
        report = FileReport(path, status, parsed.format, tuple(sentences), sha256=parsed.raw.sha256)
        weather = {n: v for n, v in block.values.items() if n in WEATHER and not daily}
        others = {n: v for n, v in block.values.items() if daily or n not in WEATHER}
        kind: Kind = "daily" if daily else "observations"
        parts: list[tuple[Kind, Block]] = []
        if weather:
            parts.append(("weather", Block(block.stations, block.time, weather, block.flags)))
        if others:
            kind = AUDITED[kind] if self.series == "audited" else kind
            parts.append((kind, Block(block.stations, block.time, others, block.flags)))
        self.add(parts, report)

    def _describe(self, parsed: Parsed, table: pd.DataFrame, daily: bool) -> list[str]:
        """Remember what the station table and the file say; codes that neither knows are returned."""
        block = parsed.block
        if self._described.issuperset(block.stations):
            return []
        fresh = [i for i, c in enumerate(block.stations) if c not in self._described]
        present = _present(block)
        fresh = [i for i in fresh if present[i] or block.stations[i] in self.about]
        if not fresh:
            return []
        codes = [block.stations[i] for i in fresh]
        self._described.update(codes)
        in_table = table.index.get_indexer(pd.Index(codes)) >= 0
        rows = station_table.describe(codes, table.reset_index())
        if parsed.about:
            rows = fill_stations(rows, parsed.about)
        columns = {n: rows[n].tolist() for n in _ABOUT}
        unknown = []
        for k, code in enumerate(codes):
            said = {n: None if c[k] != c[k] else c[k] for n, c in columns.items()}
            if in_table[k] or code in parsed.about:
                self.describe(code, said)
            elif code not in self.about:
                city = places.find(code) if daily else None
                place = city.id if city else code if daily else ""
                name = city.zh if city else code if daily else ""
                role = "evaluation" if daily else ""
                self.describe(code, {**said, "place": place, "name_zh": name, "role": role})
                if not daily:
                    unknown.append(code)
        return unknown

    def describe(self, code: str, row: Mapping[str, Any]) -> None:
        """Take over what is said of a station; what an earlier table said is not emptied by a later one."""
        old = self.about.get(code, {})
        row = {k: shown(v) if isinstance(v, str) else v for k, v in row.items()}
        self.about[code] = {**old, **{k: v for k, v in row.items() if v not in ("", None) or k not in old}}

    def add(self, parts: Iterable[tuple[Kind, Block]], report: FileReport) -> None:
        """Put values into the open months and report what they brought."""
        total = _Counts()
        for kind, block in parts:
            self._count_stations(kind, block)
            belongs = months_.months_of(block.time, kind)
            covered = _covered(block) if kind in AUDITED.values() else None
            for month in np.unique(belongs):
                self._merge(f"{kind}/{month}", kind, block, np.flatnonzero(belongs == month), covered, report, total)  # fmt: skip
        self._report(report, total)
        self._close_quiet()
        if sum(m.nbytes for m in self.open.values()) > self.OPEN_BYTES:
            self.flush()
        elif self._written > self.OPEN_BYTES:
            self._gather()
            self._commit()

    def _count_stations(self, kind: Kind, block: Block) -> None:
        """Note which stations have data of a kind."""
        counted = self._counted.setdefault(kind, set())
        if counted.issuperset(block.stations):
            return
        for code, present in zip(block.stations, _present(block).tolist(), strict=True):
            if present and code not in counted:
                counted.add(code)
                about = self.about.setdefault(code, {})
                if kind not in about.get("kinds", ()):
                    self.about[code] = {**about, "kinds": sorted({*about.get("kinds", ()), kind})}

    def _merge(
        self,
        key: str,
        kind: Kind,
        block: Block,
        at: npt.NDArray[np.intp],
        covered: npt.NDArray[np.bool_] | None,
        report: FileReport,
        total: _Counts,
    ) -> None:
        """Put one month's share of a block into it."""
        state = self._month(key)
        state.add_stations(block.stations)
        rows = state.rows_of(block.stations)
        columns = np.searchsorted(state.time, block.time[at])
        if self._fill(state, block, kind, at, _cell(rows, columns), covered, report, total):
            self._touched[key] = len(self.reports)
            self._stale |= self._stale_by(key)
            self._brought = True
        if kind == "observations":
            self._footprints.setdefault(key, []).append((len(self.reports), block.stations, columns))

    def _fill(
        self,
        state: Month,
        block: Block,
        kind: Kind,
        at: npt.NDArray[np.intp],
        cell: Any,
        covered: npt.NDArray[np.bool_] | None,
        report: FileReport,
        total: _Counts,
    ) -> bool:
        """Merge arrays of a month; whether anything in it is different now."""
        touched = False
        part = _selector(at)
        empty = state.put_into(cell)
        # Weather and daily values are not tested here, so every flag is the reader's own.
        kept_bits = _KEPT if kind in _TESTED_KINDS else _TESTED | _KEPT
        for name, given in block.values.items():
            state.add_variable(name)
            new = given[:, part]
            if covered is None and name not in block.flags and (empty or state.blank(name, cell)):
                give = ~np.isnan(new)
                if count := int(np.count_nonzero(give)):
                    state.values[name][cell] = new
                    state.sources[name][cell] = np.where(give, self._number(report), np.int32(NO_SOURCE))
                    total.new += count
                    touched = True
                continue
            bits: Any = block.flags[name][:, part] & kept_bits if name in block.flags else np.uint16(0)
            old, old_bits = state.values[name][cell], state.flags[name][cell]
            old_source = state.sources[name][cell]
            have, give = np.isfinite(old), np.isfinite(new)
            fresh, differ = give & ~have, give & have & (old != new)
            total.new += int(np.count_nonzero(fresh))
            total.same += int(np.count_nonzero(give & have & ~differ))
            if differ.any():
                i, j = np.nonzero(differ)
                who = {
                    "kind": kind,
                    "station": np.array(block.stations, object)[i],
                    "time": block.time[at[j]],
                    "variable": name,
                }
                total.changes.append(pd.DataFrame({**who, "old": old[i, j], "new": new[i, j]}))
            said = fresh | differ
            if covered is not None:
                said |= covered[:, part] & (old_source == NO_SOURCE)
            # A reader's flag is kept on an empty cell, or comes with the value that it belongs to.
            own = old_bits & kept_bits
            kept = np.where(give, bits, np.where(have, own, own | bits))
            if said.any() or (kept != own).any():
                touched = True
                state.values[name][cell] = np.where(give, new, old)
                state.flags[name][cell] = (old_bits & ~kept_bits) | kept
                if said.any():
                    state.sources[name][cell] = np.where(said, self._number(report), old_source)
        return touched

    def _number(self, report: FileReport) -> np.int32:
        """Number of a file among the sources of the archive; it gets one when it first brings a value."""
        key = report.sha256 or report.path
        if key not in self._numbers:
            self._numbers[key] = len(self.sources)
            self.sources.append({"sha256": report.sha256, "path": report.path, "format": report.format})
        return np.int32(self._numbers[key])

    def _report(self, report: FileReport, total: _Counts) -> None:
        sentences = report.sentences
        if total.changes:
            table = pd.concat(total.changes, ignore_index=True).assign(file=report.path)
            self.changes.append(table)
            one = table.iloc[0]
            first = (
                f"{one['station']} {str(one['time'])[:16]} {one['variable']} {one['old']:g} → {one['new']:g}"
            )
            text = f"{total.changed:,} values differ from those stored before and replace them"
            sentences = (
                *sentences,
                f"{report.path}: {text}; the old ones stay in 'airq archive changes' (first: {first}).",
            )
        self.reports.append(
            replace(report, sentences=sentences, new=total.new, same=total.same, changed=total.changed)
        )
        self.flagged.append(0)

    # ---- months ----

    def _month(self, key: str) -> Month:
        if key in self._writing:  # it must not change under the writer's hand
            self._settle([key])
        if key not in self.open:
            kind, month = key.split("/")
            stored = self.catalog["months"].get(key)
            file = self.path / stored["file"] if stored else None
            self.open[key] = Month.read(file, month, kind) if file else Month.empty(month, kind)  # type: ignore[arg-type]
        return self.open[key]

    def _beside(self, key: str) -> list[str | None]:
        """Keys of the months before and after whose flags look across the end, where there is data."""
        kind, month = key.split("/")
        if kind not in _TESTED_KINDS:
            return [None, None]
        near = [f"{kind}/{np.datetime64(month, 'M') + step}" for step in (-1, 1)]
        return [k if self._there(k) else None for k in near]

    def _there(self, key: str) -> bool:
        return key in self.open or key in self._writing or key in self.catalog["months"]

    def _test(self, key: str) -> None:
        """Set the flags of a month anew; a test may look across the month's ends."""
        began = perf_counter()
        state, margin = self.open[key], quality.MARGIN_HOURS
        before, after = (self._month(k) if k else None for k in self._beside(key))
        empty = np.full((len(state.stations), margin), np.nan, np.float32)
        values = {}
        for name, block in state.values.items():
            head = before.edge(state.stations, name, slice(-margin, None), margin) if before else empty
            tail = after.edge(state.stations, name, slice(0, margin), margin) if after else empty
            values[name] = np.hstack([head, block, tail])
        padded = {n: np.pad(f, ((0, 0), (margin, margin))) for n, f in state.flags.items()}
        about = [self.about.get(c, {}) for c in state.stations]
        # A low-cost sensor is no witness against an official station, so it takes no part in the neighbour test.
        positions = [
            (None, None) if a.get("network") == "micro" else (a.get("lat"), a.get("lon")) for a in about
        ]
        lat, lon = np.array(positions, dtype=np.float64).reshape(-1, 2).T
        hour = np.timedelta64(1, "h")
        time = state.time[0] + hour * np.arange(-margin, len(state.time) + margin)
        wind = self._wind(key, lat, lon, time)
        for name, bits in quality.flag(values, padded, lat, lon, wind=wind).items():
            state.flags[name] = bits[:, margin:-margin]
        self.tested_seconds += perf_counter() - began

    def _wind(self, key: str, lat: Any, lon: Any, time: npt.NDArray[np.datetime64]) -> dict[str, Any] | None:
        """Wind beside the stations, if the archive holds any for the month or the days around it."""
        middle = np.datetime64(key.split("/")[1], "M")
        keys = [f"weather/{middle + step}" for step in (-1, 0, 1)]
        held = [self._month(k) for k in keys if self._there(k)]
        weather = wind_dataset(held, self.about)
        return None if weather is None else quality.wind_at(weather, lat, lon, time)

    def _stale_by(self, key: str) -> set[str]:
        """Months whose flags depend on a month."""
        kind, month = key.split("/")
        if kind == "weather":
            near = [np.datetime64(month, "M") + step for step in (-1, 0, 1)]
            keys = [f"{k}/{m}" for k in _TESTED_KINDS for m in near]
            return {key, *(k for k in keys if self._there(k))}
        return {key, *(k for k in self._beside(key) if k)}

    def _close_quiet(self) -> None:
        """Finish the months that no file has touched for a while, nor their neighbours."""
        now = len(self.reports)

        def quiet(key: str | None) -> bool:
            return key is None or now - self._touched.get(key, -self.QUIET_FILES) >= self.QUIET_FILES

        done = {k for k in self._stale if quiet(k) and all(map(quiet, self._beside(k)))}
        if done:
            self._finish(done)
            wanted = {n for k in self._stale for n in (k, *self._beside(k))}
            wanted |= {n for k in self.open if not quiet(k) for n in (k, *self._beside(k))}
            for key in [k for k in self.open if k not in wanted]:
                self._written += self.open.pop(key).nbytes

    def _finish(self, keys: set[str]) -> None:
        """Test months and write them aside; the catalogue in memory names them."""
        for key in sorted(keys):
            state = self._month(key)
            kind = key.split("/")[0]
            if kind in _TESTED_KINDS:
                self._test(key)
            doubtful = _doubtful(state) if key in self._footprints else []
            for number, codes, columns in self._footprints.pop(key, ()):
                cell = _cell(state.rows_of(codes), columns)
                self.flagged[number] += sum(int(np.count_nonzero(mask[cell])) for mask in doubtful)
            self._writing[key] = self._threads.submit(_written, self.path, key, state)
            self._stale.discard(key)

    def _settle(self, keys: Iterable[str]) -> None:
        """Wait until months are on disk, and let the catalogue in memory name them."""
        months = dict(self.catalog["months"])
        for key in [k for k in keys if k in self._writing]:
            entry = self._writing.pop(key).result()
            if months.get(key) != entry:
                if key in months:
                    self.superseded.append(months[key]["file"])
                months[key] = entry
        self.catalog = {**self.catalog, "months": months}

    def _gather(self) -> None:
        """Put what is written, and what is known of stations and files, into the catalogue in memory."""
        self._settle(list(self._writing))
        simulated = self.simulated if self.catalog["months"] else self.catalog["simulated"]
        self.catalog = {
            **self.catalog,
            "stations": self.about,
            "simulated": simulated,
            "sources": self.sources,
        }

    def _commit(self) -> None:
        catalogs.commit(self.path, self.catalog, self.superseded)
        self.superseded, self._written = [], 0
        memory.release()

    def flush(self) -> None:
        """Make the changed months the valid state and let go of them."""
        self._finish(set(self._stale))
        self._gather()
        if self._brought:
            self._commit()
        self._let_go()

    def _let_go(self) -> None:
        self.open.clear()
        self._footprints.clear()

    def finish(self) -> IngestReport:
        """Commit what is open together with the history of this ingest."""
        described = self.about != self.catalog["stations"]
        self._finish(set(self._stale))
        self._gather()
        self._threads.shutdown()
        self._let_go()
        reports = tuple(replace(r, flagged=n) for r, n in zip(self.reports, self.flagged, strict=True))
        brought = (
            self._brought or described or any(r.new or r.changed or r.status == "rejected" for r in reports)
        )
        if brought and (self.catalog["months"] or (self.path / "catalog.json").exists()):
            changes = ""
            if self.changes:
                changes = f"changes/{len(self.catalog['ingests']) + 1:06d}.parquet"
                (self.path / "changes").mkdir(exist_ok=True)
                pd.concat(self.changes, ignore_index=True).to_parquet(self.path / changes)
            taken = [{**vars(r), "sentences": list(r.sentences)} for r in reports]
            entry: dict[str, Any] = {
                "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "series": self.series,
                "files": taken,
                "changes": changes,
            }
            self.catalog = {**self.catalog, "ingests": [*self.catalog["ingests"], entry]}
            self._commit()
        return IngestReport(reports)


def _doubtful(state: Month) -> list[npt.NDArray[np.bool_]]:
    """Where a flag doubts a value, one mask for each variable that has any."""
    masks = ((bits & np.uint16(quality.VALUE_BITS)) > 0 for bits in state.flags.values())
    found = (m & np.isfinite(v) for m, v in zip(masks, state.values.values(), strict=True))
    return [m for m in found if m.any()]


def _written(path: Path, key: str, state: Month) -> dict[str, Any]:
    """Write a month aside and give its entry for the catalogue."""
    kind, month = key.split("/")
    blob, rows = months_.write_table(state, audited=kind in AUDITED.values())
    sha256 = months_.digest(blob)
    file = f"{kind}/{month[:4]}/{month}-{sha256[:12]}.parquet"
    if not (path / file).exists():
        catalogs.write_aside(path / file, blob)
    return {"file": file, "sha256": sha256, "rows": rows}


def indexed(table: pd.DataFrame) -> pd.DataFrame:
    """Station table by code, with empty texts instead of missing ones."""
    out = station_table.describe(list(table["station"]), table)
    return out.set_index("station")
