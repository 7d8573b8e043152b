"""The archive of a folder, opened for reading."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airq import options
from airq.errors import ArchiveError
from airq.observations.holdings import Holdings

if TYPE_CHECKING:
    from airq.observations.archive import Archive

__all__ = ["open_archive", "open_holdings"]


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
    from airq.observations.archive import Archive

    return Archive(open_holdings(folder).path)


def open_holdings(folder: str | Path | None = None) -> Holdings:
    """What the archive of a folder says of itself, without the data.

    Parameters
    ----------
    folder : path, optional
        The project's own by default.

    Returns
    -------
    airq.observations.holdings.Holdings

    Raises
    ------
    ArchiveError
        As :func:`open_archive`.
    """
    path = Path(folder or options.archive_dir()).expanduser()
    if not path.is_dir():
        raise ArchiveError(
            f"{path}: no such archive; make one with 'airq ingest' or 'airq simulate', or give --archive."
        )
    held = Holdings(path)
    if not held.months():
        raise ArchiveError(
            f"{path}: holds no month of observations; fill it with 'airq ingest' or 'airq simulate'."
        )
    return held
