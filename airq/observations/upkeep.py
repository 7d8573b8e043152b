"""Care for an archive: whether its files are whole, and writing them anew."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pandas as pd

from airq.errors import ArchiveError
from airq.observations import catalog as catalogs
from airq.observations import dense
from airq.observations import months as months_
from airq.observations.months import AUDITED, Month

__all__ = ["changes", "compact", "verify"]


def verify(path: Path) -> list[str]:
    """One sentence for each file of an archive that is missing or differs from the catalogue.

    Parameters
    ----------
    path : path
        Folder of the archive.
    """
    catalog = catalogs.read(path)
    out = _damaged(path, catalog)
    for key in sorted(catalog["dense"]):
        if (entry := catalogs.laid(catalog, key)) is not None and not _whole(path, entry):
            out.append(
                f"{path / entry['file']}: the arrays that lie ready for {key} are missing or damaged, the month "
                "itself is not affected; run 'airq archive compact' to write them again."
            )
    return out


def _damaged(path: Path, catalog: dict[str, Any]) -> list[str]:
    """Sentences about the files that nothing in the archive can replace."""
    out = []
    for log in _logs(catalog):
        if not (path / log).exists():
            out.append(f"{path / log}: the log of changed values is missing; restore it from a copy.")
    for key, month in sorted(catalog["months"].items()):
        file = path / month["file"]
        if not file.exists():
            out.append(
                f"{file}: the file of {key} is missing; restore it or ingest the sources of that month again."
            )
        elif not _whole(path, month):
            out.append(
                f"{file}: the content of {key} is damaged; restore it or ingest the sources of that month again."
            )
    return out


def _whole(path: Path, entry: dict[str, Any]) -> bool:
    """Whether a file is there and has the digest that the catalogue states."""
    try:
        with (path / entry["file"]).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == entry["sha256"]
    except OSError:
        return False


def _logs(catalog: dict[str, Any]) -> list[str]:
    """Files of the changes that ingests made, each once."""
    return list(dict.fromkeys(i["changes"] for i in catalog["ingests"] if i.get("changes")))


def changes(path: Path, catalog: dict[str, Any]) -> pd.DataFrame:
    """Every value that a later file replaced: kind, station, time, variable, old, new, file."""
    tables = [pd.read_parquet(path / log) for log in _logs(catalog)]
    columns = ["kind", "station", "time", "variable", "old", "new", "file"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def compact(path: Path, arrays: bool = True) -> dict[str, int]:
    """Write months anew; see :meth:`airq.observations.Archive.compact`."""
    with catalogs.locked(path):
        catalog = dict(catalogs.read(path))
        if damaged := _damaged(path, catalog):
            raise ArchiveError(damaged[0])
        before = _size(path)
        replaced, packed = [], 0
        months, laid = dict(catalog["months"]), {}
        for key, entry in months.items():
            months[key], state = _rewritten(path, key, entry)
            if months[key] != entry:
                replaced.append(entry["file"])
            if arrays:
                held = catalogs.laid({**catalog, "months": months}, key)
                if held is None or not _usable(path, held):
                    held, packed = _laid(path, key, months[key], state), packed + 1
                laid[key] = held
        ingests = _joined(path, catalog)
        state_after = {**catalog, "months": months, "dense": laid, "ingests": ingests}
        catalogs.commit(
            path, state_after, replaced
        )  # what was replaced stays for readers of the state before
        after = _size(path)
        return {
            "files_before": before[0],
            "files": after[0],
            "bytes_before": before[1],
            "bytes": after[1],
            "months": len(replaced),
            "arrays": packed,
            "array_bytes": _size(path / dense.FOLDER, arrays=True)[1],
        }


def _rewritten(path: Path, key: str, entry: dict[str, Any]) -> tuple[dict[str, Any], Month]:
    """Entry of a month in the present layout, and what its file holds."""
    kind, month = key.split("/")
    state = Month.read(path / entry["file"], month, kind)  # type: ignore[arg-type]
    blob, rows = months_.write_table(state, audited=kind in AUDITED.values())
    sha256 = months_.digest(blob)
    if sha256 == entry["sha256"]:
        return entry, state
    file = f"{kind}/{month[:4]}/{month}-{sha256[:12]}.parquet"
    catalogs.write_aside(path / file, blob)
    anew = Month.read(path / file, month, kind)  # type: ignore[arg-type]
    return {"file": file, "sha256": sha256, "rows": rows}, anew


def _usable(path: Path, entry: dict[str, Any]) -> bool:
    """Whether arrays that lie ready are whole and of the present layout."""
    return _whole(path, entry) and dense.read(path / entry["file"], entry["of"]) is not None


def _laid(path: Path, key: str, entry: dict[str, Any], state: Month) -> dict[str, Any]:
    """Lay the arrays of a month ready; their entry."""
    kind, month = key.split("/")
    blob = dense.pack(state, entry["sha256"])
    file = f"{dense.FOLDER}/{kind}/{month[:4]}/{month}-{entry['sha256'][:12]}.arrows"
    catalogs.write_aside(path / file, blob)
    return {"file": file, "sha256": months_.digest(blob), "of": entry["sha256"]}


def _joined(path: Path, catalog: dict[str, Any]) -> list[dict[str, Any]]:
    """History with one log of changes in place of many."""
    ingests = [dict(i) for i in catalog["ingests"]]
    if len(_logs(catalog)) > 1:
        sink = io.BytesIO()
        changes(path, catalog).to_parquet(sink)
        joined = f"changes/{len(ingests):06d}-joined.parquet"
        catalogs.write_aside(path / joined, sink.getvalue())
        for ingest in ingests:
            ingest["changes"] = ""
        ingests[-1]["changes"] = joined
    return ingests


def _size(folder: Path, arrays: bool = False) -> tuple[int, int]:
    """Number and bytes of the files in a folder, with or without the arrays that lie ready."""
    aside = None if arrays else folder / dense.FOLDER
    sizes = [
        f.stat().st_size
        for f in folder.rglob("*")
        if f.is_file() and (aside is None or aside not in f.parents)
    ]
    return len(sizes), sum(sizes)
