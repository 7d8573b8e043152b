"""What was fetched, from where and with which digest: one JSON line an event beside the files."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from airq.errors import ArchiveError

__all__ = ["Entry", "Manifest", "digest_of"]


@dataclass(frozen=True)
class Entry:
    """One line of the manifest.

    Attributes
    ----------
    path : str
        Below the folder of the source, with forward slashes.
    url : str
    status : str
        ``new``, ``updated``, ``unchanged``, ``absent`` or ``failed``.
    fetched_at : str
        UTC; when the bytes on disk were received.
    checked_at : str
        UTC; when the server was last asked.
    sha256 : str
        Of the file on disk; empty where there is none.
    size : int
    etag, last_modified : str
        As the server gave them, for the next conditional request.
    verified : tuple of str
        What the bytes were compared with: ``length``, ``md5``, ``sha256``, ``content``.
    reason : str
        Of a failure.
    """

    path: str
    url: str
    status: str
    fetched_at: str = ""
    checked_at: str = ""
    sha256: str = ""
    size: int = 0
    etag: str = ""
    last_modified: str = ""
    verified: tuple[str, ...] = ()
    reason: str = ""


_FIELDS = {f.name for f in fields(Entry)}


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Manifest:
    """The manifest of one source.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the source; made if it does not exist.

    Notes
    -----
    Lines are only added, so that a killed run loses at most the line it was writing; a line that is cut is skipped
    and swept out by the next run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "manifest.jsonl"
        self.entries: dict[str, Entry] = {}
        self._lines = 0
        self._torn = False
        self._read()

    def _read(self) -> None:
        if not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            self._lines += 1
            try:
                row = json.loads(line)
                entry = Entry(**{k: v for k, v in row.items() if k in _FIELDS})
            except (ValueError, TypeError, AttributeError):
                self._torn = True
                continue
            self._take(Entry(**{**asdict(entry), "verified": tuple(entry.verified)}))

    def _take(self, entry: Entry) -> None:
        """Keep what is known of the bytes on disk when a later request brought none."""
        before = self.entries.get(entry.path)
        if entry.sha256 or before is None or not before.sha256:
            self.entries[entry.path] = entry

    def put(self, entry: Entry) -> None:
        """Add a line and have it on disk before going on."""
        text = "\n" if self._torn else ""
        text += json.dumps(asdict(entry), ensure_ascii=False) + "\n"
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        self._torn = False
        self._lines += 1
        self._take(entry)

    def compact(self) -> None:
        """Write one line a file, aside and renamed, if lines are superseded or torn."""
        if not self._torn and self._lines <= len(self.entries):
            return
        aside = self.path.with_suffix(".part")
        with aside.open("w", encoding="utf-8") as stream:
            for entry in self.entries.values():
                stream.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(self.path)
        self._lines, self._torn = len(self.entries), False

    def good(self, path: str) -> Entry | None:
        """Entry of a file that lies on disk as it was fetched, or None."""
        entry = self.entries.get(path)
        file = self.folder / path
        if entry is None or not entry.sha256 or not file.is_file() or file.stat().st_size != entry.size:
            return None
        return entry if digest_of(file) == entry.sha256 else None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second fetch of the same source out.

        Raises
        ------
        ArchiveError
            If another one is running.
        """
        lock = (self.folder / ".lock").open("a+")
        try:
            try:
                import fcntl
            except ImportError:  # Windows has no flock; renames still keep each file whole
                yield
                return
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise ArchiveError(
                    f"{self.folder}: another airq fetch is writing to this folder; wait until it has finished."
                ) from error
            yield
        finally:
            lock.close()
