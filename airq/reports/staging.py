"""A folder of reports that is always whole: made beside, moved into place by a rename, locked meanwhile."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from airq.errors import ReportError

__all__ = ["MANIFEST", "earlier", "files_of", "keep", "locked", "manifest", "promote", "recover"]

MANIFEST: Final = "manifest.json"


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


def recover(out: Path, name: str) -> None:
    """Bring back the last good folder if a run was killed between two renames; sweep what killed runs left."""
    final, old = out / name, out / f".{name}.old"
    if old.exists():
        if not final.exists():
            old.rename(final)
        else:
            shutil.rmtree(old, ignore_errors=True)
    for left in out.glob(f".{name}.*.tmp"):
        shutil.rmtree(left, ignore_errors=True)


def promote(stage: Path, final: Path) -> None:
    """Put the new folder in the place of the last one."""
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


def files_of(row: dict[str, Any]) -> list[str]:
    """Every file that a row of the manifest names, the page first."""
    return [row["file"], *(str(f) for files in (row.get("files") or {}).values() for f in files)]


def earlier(final: Path) -> dict[str, dict[str, Any]]:
    """Pages of the last run whose files are all there, by name; a damaged manifest counts as none."""
    try:
        rows = manifest(final).get("reports", [])
        return {row["file"]: row for row in rows if all((final / f).exists() for f in files_of(row))}
    except (KeyError, TypeError, AttributeError):
        return {}


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


def _linked(source: Path, target: Path) -> bool:
    try:
        target.hardlink_to(source)
    except OSError:
        return False
    return True
