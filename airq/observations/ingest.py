"""From parsed files to a committed state of the archive, with a report for each file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import places
from airq.observations import catalog as catalogs
from airq.observations import months as months_
from airq.observations import quality
from airq.observations import stations as station_table
from airq.observations.formats import Block, Parsed
from airq.observations.months import Kind, Month
from airq.variables import FLAGS, WEATHER

__all__ = ["FileReport", "IngestReport", "Writer"]

_TESTED: Final = np.uint16(0xFFFF & ~(FLAGS["missing"] | quality.READER_BITS))
_KEPT: Final = np.uint16(quality.READER_BITS)
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


def _present(block: Block) -> npt.NDArray[np.bool_]:
    """Stations that have a value in the block."""
    some = np.zeros(len(block.stations), bool)
    for values in block.values.values():
        some |= np.isfinite(values).any(axis=1)
    return some


class Writer:
    """One ingest: months in memory, then one commit.

    Months are written when many are open, so that ten years of files need no more memory than a few months.
    """

    OPEN_BYTES: Final = 500_000_000

    def __init__(self, path: Path, simulated: bool) -> None:
        self.path = path
        self.catalog = dict(catalogs.read(path))
        self.simulated = simulated
        self.reports: list[FileReport] = []
        self.about: dict[str, dict[str, Any]] = dict(self.catalog["stations"])
        self.open: dict[str, Month] = {}
        self.touched: set[str] = set()
        self.changes: list[pd.DataFrame] = []
        self.superseded: list[str] = []
        self.flagged: list[int] = []
        self.footprints: list[tuple[int, str, list[str], npt.NDArray[np.intp]]] = []

    # ---- taking ----

    def reject(self, path: Path, sentence: str) -> None:
        """Note a file of which nothing was taken."""
        self.reports.append(FileReport(str(path), "rejected", sentences=(sentence,)))
        self.flagged.append(0)

    def take(self, parsed: Parsed, table: pd.DataFrame) -> None:
        """Merge a parsed file; ``table`` is indexed by station code."""
        path, block = parsed.raw.path, parsed.block
        daily = parsed.frequency == "daily"
        sentences = [i.sentence(path) for i in parsed.issues]
        unknown = self._describe(block, table, daily)
        if unknown:
            shown = ", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else "")
            text = f"{len(unknown)} stations are not in the station table and are stored without a place: {shown}"
            sentences.append(f"{path}: {text}; add them with --stations.")
        status = "ok" if parsed.complete else "partial"
        report = FileReport(str(path), status, parsed.format, tuple(sentences), sha256=parsed.raw.sha256)
        weather = {n: v for n, v in block.values.items() if n in WEATHER}
        if weather and not daily:
            self.merge(Block(block.stations, block.time, weather, block.flags), "weather", None)
        others = {n: v for n, v in block.values.items() if n not in WEATHER}
        self.merge(
            Block(block.stations, block.time, others, block.flags),
            "daily" if daily else "observations",
            report,
        )

    def _describe(self, block: Block, table: pd.DataFrame, daily: bool) -> list[str]:
        """Remember what the station table says; codes that neither it nor the archive knows are returned."""
        rows = table.index.get_indexer(pd.Index(block.stations))
        columns = {n: table[n].tolist() for n in _ABOUT}
        unknown = []
        for code, present, row in zip(block.stations, _present(block).tolist(), rows.tolist(), strict=True):
            if not present and code not in self.about:
                continue
            if row >= 0:
                said = {n: c[row] for n, c in columns.items()}
                self.describe(code, {n: None if v != v else v for n, v in said.items()})
            elif code not in self.about:
                city = places.find(code) if daily else None
                place = city.id if city else code if daily else ""
                name = city.zh if city else code if daily else ""
                empty = {**dict.fromkeys(_ABOUT, ""), "lat": None, "lon": None}
                self.describe(
                    code, {**empty, "place": place, "name_zh": name, "role": "evaluation" if daily else ""}
                )
                if not daily:
                    unknown.append(code)
        return unknown

    def describe(self, code: str, row: Mapping[str, Any]) -> None:
        """Take over what is said of a station; what an earlier table said is not emptied by a later one."""
        old = self.about.get(code, {})
        self.about[code] = {**old, **{k: v for k, v in row.items() if v not in ("", None) or k not in old}}

    def merge(self, block: Block, kind: Kind, report: FileReport | None) -> None:
        """Put values into the open months and count what they brought."""
        total = _Counts()
        for code, present in zip(block.stations, _present(block).tolist(), strict=True):
            if present and kind not in self.about.setdefault(code, {}).get("kinds", ()):
                self.about[code] = {
                    **self.about[code],
                    "kinds": sorted({*self.about[code].get("kinds", ()), kind}),
                }
        belongs = months_.months_of(block.time, kind)
        for month in np.unique(belongs):
            key = f"{kind}/{month}"
            at = np.flatnonzero(belongs == month)
            state = self._month(key)
            state.add_stations(block.stations)
            rows = pd.Index(state.stations).get_indexer(pd.Index(block.stations))
            columns = np.searchsorted(state.time, block.time[at])
            if self._fill(state, block, kind, at, _cell(rows, columns), total):
                self.touched.add(key)
            if report is not None:
                self.footprints.append((len(self.reports), key, block.stations, columns))
        if report is not None:
            self._report(report, total)
        if sum(m.nbytes for m in self.open.values()) > self.OPEN_BYTES:
            self.flush()

    @staticmethod
    def _fill(
        state: Month, block: Block, kind: Kind, at: npt.NDArray[np.intp], cell: Any, total: _Counts
    ) -> bool:
        """Merge one month's share of a block; whether anything in the month is different now."""
        touched = False
        for name, given in block.values.items():
            state.add_variable(name)
            new = given[:, _selector(at)]
            bits = (
                block.flags[name][:, _selector(at)] & _KEPT
                if name in block.flags
                else np.zeros(new.shape, np.uint16)
            )
            old, old_bits = state.values[name][cell], state.flags[name][cell]
            have, give = np.isfinite(old), np.isfinite(new)
            fresh, both = give & ~have, give & have
            differ = both & (old != new)
            total.new += int(fresh.sum())
            total.same += int(both.sum()) - int(differ.sum())
            if differ.any():
                i, j = np.nonzero(differ)
                who = {
                    "kind": kind,
                    "station": np.array(block.stations, object)[i],
                    "time": block.time[at[j]],
                    "variable": name,
                }
                total.changes.append(pd.DataFrame({**who, "old": old[i, j], "new": new[i, j]}))
            # A reader's flag is kept on an empty cell, or comes with the value that it belongs to.
            kept = np.where(give, bits, np.where(have, old_bits & _KEPT, (old_bits & _KEPT) | bits))
            if fresh.any() or differ.any() or (kept != (old_bits & _KEPT)).any():
                touched = True
                state.values[name][cell] = np.where(give, new, old)
                state.flags[name][cell] = (old_bits & _TESTED) | kept
        return touched

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
        if key not in self.open:
            kind, month = key.split("/")
            stored = self.catalog["months"].get(key)
            file = self.path / stored["file"] if stored else None
            self.open[key] = Month.read(file, month, kind) if file else Month.empty(month, kind)  # type: ignore[arg-type]
        return self.open[key]

    def _beside(self, key: str) -> list[str | None]:
        """Keys of the months before and after, where there is data."""
        kind, month = key.split("/")
        near = [f"{kind}/{np.datetime64(month, 'M') + step}" for step in (-1, 1)]
        return [k if k in self.open or k in self.catalog["months"] else None for k in near]

    def _test(self, key: str) -> None:
        """Set the flags of a month anew; a test may look across the month's ends."""
        state, margin = self.open[key], quality.MARGIN_HOURS
        before, after = (self._month(k) if k else None for k in self._beside(key))
        empty = np.full((len(state.stations), margin), np.nan, np.float32)
        values = {}
        for name, block in state.values.items():
            head = before.edge(state.stations, name, slice(-margin, None), margin) if before else empty
            tail = after.edge(state.stations, name, slice(0, margin), margin) if after else empty
            values[name] = np.hstack([head, block, tail])
        padded = {n: np.pad(f, ((0, 0), (margin, margin))) for n, f in state.flags.items()}
        positions = [
            (self.about.get(c, {}).get("lat"), self.about.get(c, {}).get("lon")) for c in state.stations
        ]
        lat, lon = np.array(positions, dtype=np.float64).reshape(-1, 2).T
        for name, bits in quality.flag(values, padded, lat, lon).items():
            state.flags[name] = bits[:, margin:-margin]

    def _prepare(self) -> None:
        """Test the changed months and write them aside; the catalogue in memory names them."""
        todo = set(self.touched)
        for key in self.touched:
            if key.startswith("observations/"):
                todo |= {k for k in self._beside(key) if k}
        for key in sorted(todo):
            self._month(key)
        for key in sorted(k for k in todo if k.startswith("observations/")):
            self._test(key)
        for number, key, codes, columns in self.footprints:
            state = self.open[key]
            cell = _cell(pd.Index(state.stations).get_indexer(pd.Index(codes)), columns)
            for name, bits in state.flags.items():
                self.flagged[number] += int(
                    (((bits[cell] & _TESTED) > 0) & np.isfinite(state.values[name][cell])).sum()
                )
        months = dict(self.catalog["months"])
        for key in sorted(todo):
            blob, rows = months_.write_table(self.open[key])
            sha256 = months_.digest(blob)
            kind, month = key.split("/")
            entry: dict[str, Any] = {
                "file": f"{kind}/{month[:4]}/{month}-{sha256[:12]}.parquet",
                "sha256": sha256,
                "rows": rows,
            }
            if months.get(key) != entry:
                catalogs.write_aside(self.path / entry["file"], blob)
                if key in months:
                    self.superseded.append(months[key]["file"])
                months[key] = entry
        simulated = self.simulated if months else self.catalog["simulated"]
        self.catalog = {**self.catalog, "months": months, "stations": self.about, "simulated": simulated}

    def _commit(self) -> None:
        catalogs.commit(self.path, self.catalog, self.superseded)
        self.superseded = []

    def flush(self) -> None:
        """Make the changed months the valid state and let go of them."""
        self._prepare()
        if self.touched:
            self._commit()
        self.open.clear()
        self.touched.clear()
        self.footprints.clear()

    def finish(self) -> IngestReport:
        """Commit what is open together with the history of this ingest."""
        described = self.about != self.catalog["stations"]
        self._prepare()
        reports = tuple(replace(r, flagged=n) for r, n in zip(self.reports, self.flagged, strict=True))
        brought = (
            self.touched or described or any(r.new or r.changed or r.status == "rejected" for r in reports)
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
                "files": taken,
                "changes": changes,
            }
            self.catalog = {**self.catalog, "ingests": [*self.catalog["ingests"], entry]}
            self._commit()
        return IngestReport(reports)


def indexed(table: pd.DataFrame) -> pd.DataFrame:
    """Station table by code, with empty texts instead of missing ones."""
    out = station_table.describe(list(table["station"]), table)
    return out.set_index("station")
