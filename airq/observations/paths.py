"""From what a user names to regular files on disk: folders, links, pipes, devices, files that others write.

A folder is walked here and not by ``rglob``, which passes over what it may not list without a word. Links are not
followed out of the folder: a download or an archive from elsewhere may bring a link to any file of this machine.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from airq.errors import FileRejected
from airq.texts import shown

if sys.platform == "win32":
    from pathlib import WindowsPath as _Concrete
else:
    from pathlib import PosixPath as _Concrete

__all__ = ["Refused", "check", "read_small", "regular", "walk"]


class Refused(_Concrete):
    """A link found in a folder that leads out of it or to nothing; it is named and not followed.

    It stays a path, so that an ingest can report it among the other files, and survives a trip to another process.
    """

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Of the link itself; what it leads to is not asked."""
        return super().stat(follow_symlinks=False)


def check(path: Path) -> os.stat_result:
    """What a path leads to.

    Raises
    ------
    FileRejected
        Nothing, or something that may not be looked at.
    """
    try:
        return os.stat(path)  # noqa: PTH116 (a Refused path must be followed here if a user names it)
    except FileNotFoundError as error:
        raise FileRejected(f"{shown(path)}: no such file or folder; check the path.") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise FileRejected(
            f"{shown(path)}: cannot be read ({why}); check the path and the rights."
        ) from error


def _leads_to(target: str, kind: Callable[[int], bool] = bool) -> bool:
    """Whether there is something of a kind, as far as it may be looked at."""
    try:
        return kind(os.stat(target).st_mode)  # noqa: PTH116
    except (OSError, ValueError):
        return False


def walk(folder: Path, wanted: Callable[[str], bool]) -> list[Path]:
    """Files of a folder at any depth, sorted by name; hidden ones and lock files of office programs left out.

    Parameters
    ----------
    folder : pathlib.Path
        May itself be a link, as the user named it.
    wanted : callable
        Tells by a file's name whether it may hold data.

    Returns
    -------
    list of pathlib.Path
        A link to a file that is found anyway, or to a folder inside, is left out. A link that leads out of the
        folder, in a circle or to nothing is a :class:`Refused` path. A folder that cannot be listed stands for
        itself, so that reading it says why.
    """
    root = os.path.realpath(folder)
    found: list[Path] = []
    links: list[Path] = []
    todo = [Path(folder)]
    while todo:
        here = todo.pop()
        try:
            with os.scandir(here) as entries:
                held = sorted(entries, key=lambda e: e.name)
        except OSError:
            found.append(here)
            continue
        for entry in held:
            if entry.name.startswith((".", "~$")):
                continue
            path = here / entry.name
            if entry.is_symlink():
                links.append(path)
            elif entry.is_dir(follow_symlinks=False):
                todo.append(path)
            elif wanted(entry.name):
                found.append(path)
    own = {os.path.realpath(p) for p in found}
    for link in links:
        target = os.path.realpath(link)
        inside = target == root or target.startswith(root.rstrip(os.sep) + os.sep)
        folder_behind = _leads_to(target, stat.S_ISDIR)
        if (folder_behind or wanted(link.name)) and not (inside and _leads_to(target)):
            found.append(Refused(link))
        elif not folder_behind and wanted(link.name) and target not in own:
            found.append(link)
    return sorted(found)


def _what(mode: int) -> str:
    kinds = (
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((what for test, what in kinds if test(mode)), "no regular file")


def _refuse_special(path: Path, state: os.stat_result) -> None:
    name = shown(path)
    if stat.S_ISDIR(state.st_mode):
        try:
            with os.scandir(path):
                pass
        except OSError as error:
            raise FileRejected(
                f"{name}: the folder cannot be listed ({error.strerror}); check its rights."
            ) from error
        raise FileRejected(f"{name}: a folder where a file is needed; name the files in it.")
    if not stat.S_ISREG(state.st_mode):
        raise FileRejected(f"{name}: {_what(state.st_mode)}, not a file; save the data as a file first.")


@contextmanager
def regular(path: Path) -> Iterator[BinaryIO]:
    """A regular file opened for reading from its beginning to its end.

    Raises
    ------
    FileRejected
        A folder, pipe or device, which might never end; a link that leaves its folder; no right to read; a file that
        another program writes meanwhile, of which a part would be taken.

    Examples
    --------
    >>> with regular(Path("/dev/null")) as stream:
    ...     stream.read()
    Traceback (most recent call last):
    airq.errors.FileRejected: /dev/null: a device, not a file; save the data as a file first.
    """
    name = shown(path)
    if isinstance(path, Refused):
        if _leads_to(os.path.realpath(path)):
            raise FileRejected(
                f"{name}: a link that leads out of the given folder and is not followed; name the link itself if it is meant."
            )
        raise FileRejected(f"{name}: a link that leads to nothing; remove it or restore what it led to.")
    _refuse_special(path, check(path))
    # Between the look above and this the file may have become a pipe: opening must not wait for a writer.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as stream:
            before = os.fstat(stream.fileno())
            _refuse_special(path, before)
            yield stream
            after, taken = os.fstat(stream.fileno()), stream.tell()
    except OSError as error:
        raise FileRejected(
            f"{name}: cannot be read ({error.strerror or error}); check the path and the rights."
        ) from error
    grown = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    if grown or (after.st_size and taken != after.st_size):
        raise FileRejected(f"{name}: changed while it was read; wait until it is written and read it again.")


def read_small(path: str | Path, max_bytes: int = 1_000_000) -> bytes:
    """Content of a small file that a person writes, such as a column map.

    Parameters
    ----------
    path : path
    max_bytes : int

    Raises
    ------
    FileRejected
        As for :func:`regular`; too large.
    """
    file = path if isinstance(path, Path) else Path(path)
    with regular(file) as stream:
        if os.fstat(stream.fileno()).st_size > max_bytes:
            raise FileRejected(
                f"{shown(file)}: holds more than {max_bytes / 1e6:,.0f} MB, too much for a file of settings; check the path."
            )
        return stream.read()
