"""Reader of HYSPLIT trajectory endpoints (``tdump``).

Layout (HYSPLIT User's Guide, S263, "trajectory endpoints file"): the number of meteorological grids and a line for
each; the number of trajectories, direction and vertical motion and a line for each start; the number and names of
diagnostic variables; then one line an endpoint: trajectory, grid, year (two digits), month, day, hour, minute, forecast
hour, age (h), latitude, longitude, height (m above ground), diagnostics. Times are UTC; ``arrival`` is put into Beijing
time.

Examples
--------
>>> year_of(19), year_of(48), year_of(2021)
(2019, 1948, 2021)
"""

from __future__ import annotations

import glob
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.trajectories.model import Trajectories
from airq.errors import AirqError, FileRejected, ParameterError

__all__ = ["read_tdump", "year_of"]

Array = npt.NDArray[np.float64]

_FIXED: Final = 12
"""Values of an endpoint before its diagnostics."""
_LARGEST: Final = 200_000_000
"""Bytes; a file beyond is no file of endpoints."""
_PIVOT: Final = 40
"""Two-digit years from here are of the 1900s: the reanalysis that HYSPLIT runs on begins in 1948."""


def year_of(value: int) -> int:
    """Year of two digits or four."""
    if value >= 100:
        return value
    return value + (1900 if value >= _PIVOT else 2000)


def _files(paths: str | Path | Iterable[str | Path]) -> list[Path]:
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    found: list[Path] = []
    for one in given:
        path = Path(one).expanduser()
        if path.is_dir():
            found += sorted(p for p in path.iterdir() if p.is_file() and "tdump" in p.name.lower())
        elif glob.has_magic(str(path)) and not path.exists():
            found += [Path(p) for p in sorted(glob.glob(str(path))) if Path(p).is_file()]  # noqa: PTH207
        else:
            found.append(path)
    if not found:
        raise FileRejected(
            f"{', '.join(map(str, given))}: no trajectory file there; name tdump files or their folder."
        )
    return found


class _Lines:
    """Lines of a file with their numbers, and refusals that say where."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if path.stat().st_size > _LARGEST:
                raise FileRejected(
                    f"{path}: larger than {_LARGEST // 1_000_000} MB; split it, it is no usual tdump file."
                )
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise FileRejected(f"{path}: cannot be read ({error.strerror}); check the name.") from error
        self.lines = text.splitlines()
        self.at = 0

    def refuse(self, what: str, cure: str = "run HYSPLIT again or remove the file") -> FileRejected:
        return FileRejected(f"{self.path}: line {self.at}: {what}; {cure}.")

    def next(self, what: str) -> list[str]:
        """Words of the next line that is not empty."""
        while self.at < len(self.lines):
            words = self.lines[self.at].split()
            self.at += 1
            if words:
                return words
        raise FileRejected(
            f"{self.path}: ends at line {len(self.lines)}, before {what}; it is cut short: run HYSPLIT again."
        )

    def count(self, words: Sequence[str], what: str) -> int:
        try:
            value = int(words[0])
        except ValueError:
            value = -1
        if not 0 <= value <= 100_000:
            raise self.refuse(f"'{words[0]}' is no number of {what}", "give a HYSPLIT tdump file")
        return value


def _header(lines: _Lines) -> tuple[list[list[float]], list[str], str]:
    """Starts, names of diagnostics, direction."""
    for _ in range(lines.count(lines.next("its header"), "meteorological grids")):
        lines.next("the meteorological grids")
    words = lines.next("the starts")
    number = lines.count(words, "trajectories")
    direction = words[1].upper() if len(words) > 1 else "BACKWARD"
    if direction not in ("BACKWARD", "FORWARD"):
        raise lines.refuse(
            f"direction '{direction}' is neither BACKWARD nor FORWARD", "give a HYSPLIT tdump file"
        )
    starts = []
    for _ in range(number):
        words = lines.next("the starts")
        try:
            starts.append([float(w) for w in words[:7]])
        except ValueError as error:
            raise lines.refuse(f"a start holds '{' '.join(words)[:60]}', which is no numbers") from error
        if len(words) < 7:
            raise lines.refuse("a start needs year, month, day, hour, latitude, longitude and height")
    words = lines.next("the diagnostics")
    number = lines.count(words, "diagnostics")
    names = [w.lower() for w in words[1:]]
    while len(names) < number:  # many names run over the line
        names += [w.lower() for w in lines.next("the diagnostics")]
    return starts, names[:number], direction


def _endpoints(lines: _Lines, names: tuple[str, ...]) -> Array:
    """Endpoints, shape (n, 12 + diagnostics)."""
    need = _FIXED + len(names)
    words = [line.split() for line in lines.lines[lines.at :]]
    if all(len(w) in (0, need) for w in words):
        try:
            rows = np.array([w for w in words if w], dtype=np.float64).reshape(-1, need)
        except ValueError:
            rows = None
        if rows is not None and np.isfinite(rows[:, :_FIXED]).all() and _on_earth(rows).all():
            return rows
    return _one_by_one(lines, need)


def _on_earth(rows: Array) -> npt.NDArray[np.bool_]:
    return np.asarray((np.abs(rows[:, 9]) <= 90) & (np.abs(rows[:, 10]) <= 360))


def _one_by_one(lines: _Lines, need: int) -> Array:
    """Endpoints that run over lines, or hold the fault that is then named."""
    rows: list[list[float]] = []
    held: list[float] = []
    while lines.at < len(lines.lines):
        words = lines.lines[lines.at].split()
        lines.at += 1
        try:
            held += [float(w) for w in words]
        except ValueError as error:
            bad = next(w for w in words if not _number(w))
            raise lines.refuse(f"'{bad}' is no number") from error
        if len(held) < need:
            continue
        if len(held) > need:
            raise lines.refuse(f"{len(held)} values where an endpoint has {need}")
        if not all(math.isfinite(v) for v in held[:_FIXED]):
            raise lines.refuse("an endpoint without a finite time or place")
        if not (-90 <= held[9] <= 90 and -360 <= held[10] <= 360):
            raise lines.refuse(f"endpoint ({held[9]}, {held[10]}) is not on the earth")
        rows.append(held)
        held = []
    if held:
        raise FileRejected(
            f"{lines.path}: its last endpoint has {len(held)} of {need} values; it is cut short: run HYSPLIT again."
        )
    return np.array(rows, dtype=np.float64).reshape(-1, need)


def _number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, eq=False)
class _File:
    """What one file holds: endpoints with their times (UTC), names of diagnostics, height of each start."""

    path: Path
    rows: Array
    time: npt.NDArray[np.datetime64]
    names: tuple[str, ...]
    heights: Array


def _times(path: Path, rows: Array) -> npt.NDArray[np.datetime64]:
    year = np.where(rows[:, 2] >= 100, rows[:, 2], rows[:, 2] + np.where(rows[:, 2] >= _PIVOT, 1900, 2000))
    month, day, hour, minute = (rows[:, c] for c in (3, 4, 5, 6))
    sound = (
        (month >= 1) & (month <= 12) & (day >= 1) & (hour >= 0) & (hour < 24) & (minute >= 0) & (minute < 60)
    )
    first = ((year.astype(np.int64) - 1970) * 12 + month.astype(np.int64) - 1).astype("datetime64[M]")
    days = first.astype("datetime64[D]") + (day.astype(np.int64) - 1)
    sound &= days.astype("datetime64[M]") == first
    if not sound.all():
        row = rows[~sound][0]
        raise FileRejected(
            f"{path}: trajectory {row[0]:.0f}, age {row[8]:.0f} h has no valid date; run HYSPLIT again."
        )
    return days.astype("datetime64[m]") + (hour * 60 + minute).astype(np.int64)


def _read(path: Path) -> _File:
    lines = _Lines(path)
    starts, names, direction = _header(lines)
    if direction == "FORWARD":
        raise FileRejected(f"{path}: holds forward trajectories; run HYSPLIT backwards from the receptor.")
    unique = _unique(names)
    rows = _endpoints(lines, unique)
    if not len(rows):
        raise FileRejected(f"{path}: holds no endpoints; run HYSPLIT again or remove the file.")
    number = rows[:, 0].astype(np.int64)
    if (number < 1).any() or (number > len(starts)).any():
        wrong = number[(number < 1) | (number > len(starts))][0]
        raise FileRejected(f"{path}: trajectory {wrong} has no start in the header; run HYSPLIT again.")
    heights = np.array([s[6] for s in starts])[number - 1]
    return _File(path, rows, _times(path, rows), unique, heights)


def _framed(files: list[_File], utc_offset: float) -> pd.DataFrame:
    """Endpoints of files with the same diagnostics."""
    rows = np.concatenate([f.rows for f in files])
    time = np.concatenate([f.time for f in files]).astype("datetime64[ns]")
    time = time + np.timedelta64(round(utc_offset * 60), "m")
    age = rows[:, 8]
    out = {
        "file": np.repeat([f.path.name for f in files], [len(f.rows) for f in files]),
        "place": np.repeat(np.arange(len(files)), [len(f.rows) for f in files]),
        "number": rows[:, 0].astype(np.int64),
        "arrival": time - (age * 60).round().astype(np.int64).astype("timedelta64[m]"),
        "age": age,
        "time": time,
        "lat": rows[:, 9],
        "lon": rows[:, 10],
        "height": rows[:, 11],
        "start_height": np.concatenate([f.heights for f in files]),
    }
    return pd.DataFrame(out | {name: rows[:, _FIXED + k] for k, name in enumerate(files[0].names)})


def _unique(names: list[str]) -> tuple[str, ...]:
    """Names of diagnostics that do not hide those of endpoints."""
    taken = {
        "trajectory",
        "number",
        "age",
        "lat",
        "lon",
        "height",
        "time",
        "arrival",
        "start_height",
        "file",
        "place",
    }
    out = []
    for name in names:
        new = name
        while new in taken:
            new += "_"
        taken.add(new)
        out.append(new)
    return tuple(out)


def _without_copies(frame: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Drop trajectories whose every endpoint stands in a file read before."""
    marks = pd.util.hash_pandas_object(frame[["arrival", "start_height", "age", "lat", "lon"]], index=False)
    # Sums of hashes do not depend on the order of endpoints.
    one = marks.groupby(frame["trajectory"]).sum()
    copies = one.index[one.duplicated()]
    if len(copies):
        notes.append(f"{len(copies):,} trajectories stand in more than one file; the first are kept.")
    return frame[~frame["trajectory"].isin(copies)]


def read_tdump(
    paths: str | Path | Iterable[str | Path],
    *,
    utc_offset: float = 8.0,
    errors: Literal["raise", "skip"] = "raise",
) -> Trajectories:
    """Read back trajectories of HYSPLIT.

    Parameters
    ----------
    paths : path, pattern, folder or several
        Of a folder the files with ``tdump`` in their name.
    utc_offset : float
        Hours from UTC to the time of the concentrations; 8 for Beijing time.
    errors : {"raise", "skip"}
        What to do with a file that cannot be read; a skipped one is noted.

    Returns
    -------
    Trajectories
        Also ``number`` (in its file), ``time``, ``start_height`` (m), ``file`` and the diagnostics in lower case.

    Raises
    ------
    FileRejected
        With the file, the line and what is wrong.
    """
    if errors not in ("raise", "skip"):
        raise ParameterError(f"errors '{errors}' is not known; use raise or skip.")
    files: dict[tuple[str, ...], list[_File]] = {}
    notes: list[str] = []
    for path in _files(paths):
        try:
            one = _read(path)
        except AirqError as error:
            if errors == "raise":
                raise
            notes.append(f"Left out: {error}")
        else:
            files.setdefault(one.names, []).append(one)
    if not files:
        raise FileRejected(f"none of the files could be read; {notes[0].removeprefix('Left out: ')}")
    frames = [_framed(same, utc_offset).assign(kind=k) for k, same in enumerate(files.values())]
    whole = pd.concat(frames, ignore_index=True)
    # One start may be released again every few hours: each arrival is a trajectory of its own.
    numbers = whole.groupby(["kind", "place", "number", "arrival"], sort=False).ngroup()
    whole.insert(0, "trajectory", numbers)
    whole = _without_copies(whole.drop(columns=["kind", "place"]), notes)
    return Trajectories.of(whole, "HYSPLIT", tuple(notes))
