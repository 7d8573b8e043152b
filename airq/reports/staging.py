"""A folder of reports that is always whole: made beside, moved into place by a rename, locked meanwhile."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from airq.errors import ReportError
from airq.reports.names import file_name

__all__ = [
    "MANIFEST",
    "earlier",
    "files_of",
    "journal",
    "keep",
    "locked",
    "manifest",
    "note",
    "promote",
    "recover",
    "restore",
    "sizes",
    "whole",
]

MANIFEST: Final = "manifest.json"
_JOURNAL: Final = ".pages.jsonl"
"""Within a folder that is being made: a line a page that is finished."""
_LEFT_FOR: Final = 24 * 3600
"""Seconds that pages of an ended run wait for another run of their period."""


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Keep two runs out of one folder.

    Raises
    ------
    ReportError
        Another run is in it, or the folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = (out / ".lock").open("a+")
    except OSError as error:
        raise ReportError(
            f"{out}: cannot be written ({error.strerror or error}); give another folder by --out."
        ) from error
    with lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # Windows; the rename still keeps each folder whole
            pass
        except OSError as error:
            raise ReportError(
                f"{out}: another 'airq report' is writing here; wait until it has finished."
            ) from error
        yield


def recover(out: Path, name: str) -> Path | None:
    """Bring back the last good folder if a run was killed between two renames; sweep what killed runs left.

    Returns
    -------
    pathlib.Path or None
        Folder of an ended run of this period that had finished pages; see :func:`journal`.
    """
    final, old = out / name, out / f".{name}.old"
    if old.exists():
        if not final.exists():
            old.rename(final)
        else:
            shutil.rmtree(old, ignore_errors=True)
    folders = [p for p in out.glob(".*.tmp") if p.is_dir()]
    own = [p for p in folders if p.name.startswith(f".{name}.")]
    best = max(own, key=lambda p: len(journal(p)), default=None)
    if best is not None and not journal(best):
        best = None
    for left in folders:
        if left != best and (left in own or not _waits(left)):
            shutil.rmtree(left, ignore_errors=True)
    for file in out.glob(".*.tmp"):
        if file.is_file():
            file.unlink(missing_ok=True)
    # Under a name of its own, since a later run may have the same process id.
    return best if best is None else best.rename(out / f".{name}.left.tmp")


def _waits(left: Path) -> bool:
    """Whether a folder of another period holds pages of a run that was ended not long ago."""
    file = left / _JOURNAL
    return bool(journal(left)) and time.time() - file.stat().st_mtime < _LEFT_FOR


def note(stage: Path, row: Mapping[str, Any]) -> None:
    """Write down that a page is finished, for a run that comes after the end of this one."""
    with (stage / _JOURNAL).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def journal(stage: Path) -> dict[str, dict[str, Any]]:
    """Pages that were finished in a folder, by name; a line that was cut counts as none."""
    found = {}
    try:
        lines = (stage / _JOURNAL).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    for line in lines:
        try:
            row = json.loads(line)
            found[str(row["file"])] = row
        except (ValueError, KeyError, TypeError):
            continue
    return found


def promote(stage: Path, final: Path) -> None:
    """Put the new folder in the place of the last one."""
    (stage / _JOURNAL).unlink(missing_ok=True)
    old = final.with_name(f".{final.name}.old")
    if final.exists():
        final.rename(old)
    stage.rename(final)
    shutil.rmtree(old, ignore_errors=True)


def manifest(final: Path) -> dict[str, Any]:
    """What the last run wrote of itself; empty if there is none or it is damaged."""
    try:
        document = json.loads((final / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def files_of(row: Mapping[str, Any]) -> list[str]:
    """Every file of a row of the manifest: the page first, the results of its place last."""
    further = [str(f) for files in (row.get("files") or {}).values() for f in files]
    return list(dict.fromkeys([row["file"], *further, file_name(row["place"])]))


def sizes(folder: Path, names: Iterable[str]) -> dict[str, int]:
    """Bytes of the files that are there."""
    return {name: size for name in names if (size := _size(folder / name)) is not None}


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None


def whole(folder: Path, held: Mapping[str, int], names: Iterable[str]) -> bool:
    """Whether files have the sizes with which they were written.

    Parameters
    ----------
    folder : pathlib.Path
    held : mapping of str to int
        Sizes that were written down.
    names : iterable of str
        All of them must be among those.
    """
    return set(names) <= set(held) and all(_size(folder / name) == size for name, size in held.items())


def earlier(final: Path) -> dict[str, dict[str, Any]]:
    """Pages of the last run by name; a damaged manifest counts as none.

    A page of which a file is gone or has another size than was written is ``damaged`` and has no ``inputs``, so that
    it is never current.
    """
    found = {}
    try:
        for row in manifest(final).get("reports", []):
            if not (final / row["file"]).exists():
                continue
            nothing = row.get("status") == "failed" and not row.get("kept")
            good = nothing or whole(final, row.get("sizes") or {}, files_of(row))
            found[row["file"]] = row if good else row | {"inputs": "", "damaged": True}
    except (KeyError, TypeError, AttributeError):
        return {}
    return found


def keep(final: Path, stage: Path, names: Iterable[str]) -> None:
    """Take files of the last run over; pages share their bytes where the file system can.

    Files under ``data/`` belong to both languages, of which one may be made anew, and are copied.
    """
    for name in names:
        source, target = final / name, stage / name
        if source.exists() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            if name.startswith("data/") or not _linked(source, target):
                shutil.copy2(source, target)


def restore(final: Path, stage: Path, names: Iterable[str]) -> None:
    """Take files of the last run over in the place of new ones."""
    wanted = list(names)
    for name in wanted:
        if (final / name).exists():
            (stage / name).unlink(missing_ok=True)
    keep(final, stage, wanted)


def _linked(source: Path, target: Path) -> bool:
    try:
        target.hardlink_to(source)
    except OSError:
        return False
    return True
