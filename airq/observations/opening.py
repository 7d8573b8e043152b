"""The archive of a folder, opened for reading."""

from __future__ import annotations

from pathlib import Path

from airq import options
from airq.errors import ArchiveError
from airq.observations.archive import Archive

__all__ = ["open_archive"]


def open_archive(folder: str | Path | None = None) -> Archive:
    """Archive of a folder.

    Parameters
    ----------
    folder : path, optional
        The project's own by default.

    Returns
    -------
    Archive

    Raises
    ------
    ArchiveError
        If it is missing, not an archive, or holds no month.

    Examples
    --------
    >>> open_archive("no such folder")
    Traceback (most recent call last):
    airq.errors.ArchiveError: no such folder: no such archive; ...
    """
    path = Path(folder or options.archive_dir()).expanduser()
    if not path.is_dir():
        raise ArchiveError(
            f"{path}: no such archive; make one with 'airq ingest' or 'airq simulate', or give --archive."
        )
    archive = Archive(path)
    if not archive.months():
        raise ArchiveError(
            f"{path}: holds no month of observations; fill it with 'airq ingest' or 'airq simulate'."
        )
    return archive
