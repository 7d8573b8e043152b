"""The catalogue of an archive: which month files are in force, what is known of stations, what came when.

A commit writes new month files under names that carry their content's digest, then replaces ``catalog.json`` by a
rename. Whatever happens before that rename leaves the last good state; what was written aside is swept up by the
next commit. The file of a replaced month stays until the commit after, so that a reader is never left without it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

from airq.errors import ArchiveError

__all__ = ["VERSION", "commit", "derived", "laid", "locked", "read", "write_aside"]

T = TypeVar("T")

VERSION: Final = 2
_FOLDERS: Final = ("observations", "audited", "weather", "daily", "audited_daily", "changes", "dense")


def read(path: Path) -> dict[str, Any]:
    """Catalogue of an archive folder; that of an empty archive if there is none.

    The result is shared between callers and must not be changed.

    Raises
    ------
    ArchiveError
        Not a folder, damaged, or of a newer version.
    """
    file = path / "catalog.json"
    try:
        stat = file.stat()
    except OSError:
        if path.exists() and not path.is_dir():
            raise ArchiveError(f"{path}: a file, not an archive folder; name another folder.") from None
        return {
            "version": VERSION,
            "simulated": None,
            "months": {},
            "stations": {},
            "ingests": [],
            "sources": [],
            "dense": {},
            "superseded": [],
            "_derived": {},
        }
    return _parsed(file, stat.st_mtime_ns, stat.st_size, stat.st_ino)


@lru_cache(maxsize=16)
def _parsed(file: Path, _mtime: int, _size: int, _inode: int) -> dict[str, Any]:
    try:
        catalog: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        version = int(catalog["version"])
        for entry in ("simulated", "months", "stations", "ingests", "superseded"):
            catalog[entry]
        catalog = {"sources": [], "dense": {}, **catalog, "_derived": {}}  # older archives keep neither
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArchiveError(
            f"{file}: damaged catalogue; restore it from a copy or ingest into a new folder."
        ) from error
    if version > VERSION:
        raise ArchiveError(
            f"{file}: written by a newer airq (archive version {version}, this airq knows {VERSION}); update airq."
        )
    return catalog


def derived(catalog: dict[str, Any], key: Any, make: Callable[[], T]) -> T:
    """What follows from a catalogue, computed once as long as this state of it is valid."""
    known = catalog["_derived"]
    if key not in known:
        known[key] = make()
    out: T = known[key]
    return out


def laid(catalog: dict[str, Any], key: str) -> dict[str, Any] | None:
    """Entry of the arrays that lie ready for a month (``file``, ``sha256``, ``of``); None if there are none."""
    entry: dict[str, Any] | None = catalog["dense"].get(key)
    return entry if entry is not None and _fits(entry, catalog["months"].get(key)) else None


def _fits(entry: dict[str, Any], month: dict[str, Any] | None) -> bool:
    """Whether arrays were made from the state of the month that is in force."""
    return month is not None and entry["of"] == month["sha256"]


def commit(path: Path, catalog: dict[str, Any], superseded: list[str]) -> None:
    """Make a new state the valid one, then sweep what the state before the last one left."""
    keep = {m["file"] for m in catalog["months"].values()} | set(superseded)
    keep |= {i["changes"] for i in catalog["ingests"] if i.get("changes")}
    dense = {k: d for k, d in catalog.get("dense", {}).items() if _fits(d, catalog["months"].get(k))}
    keep |= {d["file"] for d in dense.values()}
    kept = {k: v for k, v in catalog.items() if not k.startswith("_")}
    state = {**kept, "version": VERSION, "dense": dense, "superseded": superseded}
    text = json.dumps(state, ensure_ascii=False, sort_keys=True)
    write_aside(path / "catalog.json", text.encode())
    _parsed.cache_clear()  # that of ten years of day files takes some 10 MB, and the state before is of no use now
    for folder in _FOLDERS:
        for file in (path / folder).rglob("*"):
            if file.is_file() and file.relative_to(path).as_posix() not in keep:
                file.unlink(missing_ok=True)


def write_aside(file: Path, blob: bytes) -> None:
    """Write a file under another name, then rename it into place."""
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    with aside.open("wb") as stream:
        stream.write(blob)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(file)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep a second writer out for the time of a write.

    Raises
    ------
    ArchiveError
        Another process is writing, or the folder cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / ".lock").open("a+")
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be written ({error.strerror}); choose another folder.") from error
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
                f"{path}: another airq is writing to this archive; wait until it has finished."
            ) from error
        yield
    finally:
        lock.close()
