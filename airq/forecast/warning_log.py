"""Log of issued warnings: one line of JSON each, only ever appended, and their verification.

A line says when and for where a warning was issued, by which model and rule, its probabilities and decisions, the
version of the software and a digest of what went in. A changed warning for the same issue is a later line that names
the one it corrects; no line is ever rewritten. Each line carries the hash of the line before, so that a line changed
or removed afterwards shows.

Examples
--------
>>> import tempfile, pathlib
>>> with tempfile.TemporaryDirectory() as folder:
...     len(read_log(pathlib.Path(folder) / "warnings.jsonl"))
0
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

import airq
from airq.errors import FileRejected, ParameterError
from airq.forecast.warning import EarlyWarning
from airq.forecast.warning_scores import WarningScores, score_log

__all__ = ["LogEntries", "append", "read_log", "verify_log"]

VERSION: Final = 1
_BEIJING: Final = dt.timezone(dt.timedelta(hours=8))
_NEEDED: Final = ("id", "previous", "written", "issued", "site", "members", "rule", "days", "cost_loss")


@dataclass(frozen=True)
class LogEntries:
    """Lines of a log.

    Attributes
    ----------
    entries : tuple of dict
        In the order of the file.
    broken : tuple of str
        One sentence for each line that cannot be used, with its number.
    path : pathlib.Path
    """

    entries: tuple[dict[str, Any], ...]
    broken: tuple[str, ...]
    path: Path

    def __len__(self) -> int:
        return len(self.entries)

    def to_frame(self) -> pd.DataFrame:
        """One row a line, site, target day and level."""
        rows = [
            {
                **{k: e[k] for k in ("id", "site", "rule")},
                **{k: e.get(k, "") for k in ("model", "weather", "corrects")},
                "written": pd.Timestamp(e["written"]).tz_localize(None),
                "issued": pd.Timestamp(e["issued"]),
                "date": pd.Timestamp(d["date"]),
                "level": level,
                "probability": float("nan") if p is None else float(p),
                "warn": bool(d["warn"][level]),
                "cost_loss": float(e["cost_loss"][level]),
            }
            for e in self.entries
            for d in e["days"]
            for level, p in d["probability"].items()
        ]
        columns = ["id", "site", "rule", "model", "weather", "corrects", "written", "issued", "date"]
        return pd.DataFrame(rows, columns=[*columns, "level", "probability", "warn", "cost_loss"])


def append(
    log: str | Path, warning: EarlyWarning, *, now: dt.datetime | None = None, note: str = ""
) -> list[str]:
    """Append a warning, one line a site.

    The same warning twice is written once. Another one of the same site, issue and rule becomes a correction of it.

    Parameters
    ----------
    log : path
        Made with its folder if it is not there.
    warning : EarlyWarning
    now : datetime, optional
        Time of writing; the clock by default. Without time zone it is Beijing time.
    note : str

    Returns
    -------
    list of str
        Ids of the lines, old ones where nothing was new.

    Raises
    ------
    FileRejected
        If the file cannot be written.
    """
    path = Path(log)
    when = now or dt.datetime.now(_BEIJING)
    when = when.replace(tzinfo=_BEIJING) if when.tzinfo is None else when.astimezone(_BEIJING)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o644)
    except OSError as error:
        raise FileRejected(f"{path}: cannot be written; choose another file for the log.") from error
    try:
        with _locked(handle):
            held = _parse(path, _bytes(handle))
            ids, blob = _lines(held, _bytes(handle), warning, when, note)
            if blob:
                os.write(handle, blob)
                os.fsync(handle)
    finally:
        os.close(handle)
    return ids


@contextmanager
def _locked(handle: int) -> Iterator[None]:
    """Hold the file against other writers; each line is one write in append mode in any case."""
    try:
        import fcntl
    except ImportError:  # Windows has no flock
        yield
        return
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


def _bytes(handle: int) -> bytes:
    os.lseek(handle, 0, os.SEEK_SET)
    parts = []
    while part := os.read(handle, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _lines(
    held: LogEntries, content: bytes, warning: EarlyWarning, when: dt.datetime, note: str
) -> tuple[list[str], bytes]:
    """Ids, and the bytes to append."""
    latest = {(e["site"], e["issued"], e["rule"]): e for e in held.entries}
    previous = _hash(content.rstrip(b"\n").rsplit(b"\n", 1)[-1]) if content.strip() else ""
    ids: list[str] = []
    # A line that a crash cut short stays as it is; the next one starts on a line of its own.
    blob = b"\n" if content and not content.endswith(b"\n") else b""
    start = len(blob)
    for site in warning.members:
        entry = _entry(warning, site, note)
        before = latest.get((entry["site"], entry["issued"], entry["rule"]))
        if before is not None and all(before.get(k) == v for k, v in entry.items()):
            ids.append(str(before["id"]))
            continue
        entry = {
            "v": VERSION,
            "written": when.isoformat(timespec="seconds"),
            **entry,
            "corrects": before["id"] if before else None,
            "previous": previous,
        }
        entry = {"id": _hash(_text(entry))[:16], **entry}
        line = _text(entry)
        previous = _hash(line)
        blob += line + b"\n"
        ids.append(str(entry["id"]))
    return ids, blob if len(blob) > start else b""


def _text(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _number(value: float) -> float | None:
    return None if value != value else round(float(value), 6)


def _entry(warning: EarlyWarning, site: str, note: str) -> dict[str, Any]:
    """What a line says, but for time, id and place in the chain."""
    days = warning.days[warning.days["site"] == site]
    outlook = warning.outlook[warning.outlook["site"] == site]
    by_day = [
        {
            "date": f"{date:%Y-%m-%d}",
            "probability": {lv: _number(p) for lv, p in zip(part["level"], part["probability"], strict=True)},
            "warn": {lv: bool(w) for lv, w in zip(part["level"], part["warn"], strict=True)},
        }
        for date, part in days.groupby("date", sort=True)
    ]
    return {
        "issued": f"{warning.issued:%Y-%m-%d}",
        "site": site,
        "members": list(warning.members[site]),
        "rule": warning.rule,
        "edition": warning.edition,
        "model": warning.model,
        "weather": warning.weather,
        "simulated": warning.simulated,
        "draws": warning.draws,
        "cost_loss": {lv: float(r) for lv, r in zip(outlook["level"], outlook["cost_loss"], strict=True)},
        "days": by_day,
        "outlook": {
            lv: {"probability": _number(p), "warn": bool(w)}
            for lv, p, w in zip(outlook["level"], outlook["probability"], outlook["warn"], strict=True)
        },
        "software": f"airq {airq.__version__}",
        "input": warning.digest,
        "note": note,
    }


def read_log(log: str | Path, strict: bool = True) -> LogEntries:
    """Read a log; a file that is not there is an empty log.

    Parameters
    ----------
    log : path
    strict : bool
        Refuse a log with a broken line; else leave the line out and name it in ``broken``.

    Returns
    -------
    LogEntries

    Raises
    ------
    FileRejected
        The sentence names the line.

    Examples
    --------
    >>> read_log("no such file").entries
    ()
    """
    path = Path(log)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        content = b""
    except OSError as error:
        raise FileRejected(f"{path}: cannot be read; give the log that warnings were written to.") from error
    found = _parse(path, content)
    if strict and found.broken:
        raise FileRejected(found.broken[0])
    return found


def _parse(path: Path, content: bytes) -> LogEntries:
    entries: list[dict[str, Any]] = []
    broken: list[str] = []
    ids: set[str] = set()
    previous = ""
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        entry, fault = _checked(line)
        if entry is not None and not fault and entry["previous"] != previous:
            fault = "the line before it was changed, removed or added afterwards; restore the log as it was written"
        if entry is not None and not fault and entry.get("corrects") not in (None, *ids):
            fault = (
                f"it corrects '{entry['corrects']}', which is not above it; restore the log as it was written"
            )
        if fault:
            broken.append(f"{path}: line {number}: {fault}.")
        if entry is not None:
            # A break in the chain is named, but what the line says still counts.
            entries.append(entry)
            ids.add(str(entry["id"]))
        previous = _hash(line)
    return LogEntries(tuple(entries), tuple(broken), path)


def _checked(line: bytes) -> tuple[dict[str, Any] | None, str]:
    """The entry of a line, or what is wrong with it."""
    try:
        entry = json.loads(line.decode("utf-8"))
    except ValueError:
        return (
            None,
            "not a line of JSON, as after a write that was cut short; leave it and read on with strict=False",
        )
    if not isinstance(entry, dict):
        return None, "not a warning; the log holds one JSON object a line"
    if missing := [k for k in _NEEDED if k not in entry]:
        return None, f"'{missing[0]}' is missing; only append() writes to the log"
    own = {k: v for k, v in entry.items() if k != "id"}
    if _hash(_text(own))[:16] != entry["id"]:
        return None, "its content does not fit its id, it was changed afterwards; restore it"
    try:
        LogEntries((entry,), (), Path()).to_frame()
        if entry.get("v") != VERSION:
            return None, f"version {entry.get('v')} is not known; read it with the software that wrote it"
    except (TypeError, ValueError, KeyError, AttributeError):
        return None, "its days or probabilities cannot be read; only append() writes to the log"
    return entry, ""


def verify_log(log: str | Path | LogEntries, observed: pd.DataFrame, *, strict: bool = True) -> WarningScores:
    """Scores of warnings really issued.

    Parameters
    ----------
    log : path or LogEntries
    observed : pandas.DataFrame
        Daily frame with ``site``, ``date`` and ``aqi``.
    strict : bool
        Refuse a log with a broken line; else leave it out and say so in the notes.

    Returns
    -------
    WarningScores

    Raises
    ------
    FileRejected, ParameterError, MissingData
        A broken line (named with its number), a frame without AQI, a log without warnings.

    Notes
    -----
    A line counts for a day only if it was written on that day or before, in Beijing time; a correction takes the place
    of what it corrects from the day on which it was written. The level that really held is the one that the observed
    AQI calls for under the rule of the line.
    """
    entries = log if isinstance(log, LogEntries) else read_log(log, strict)
    if strict and entries.broken:
        raise FileRejected(entries.broken[0])
    if not len(entries):
        raise ParameterError(f"{entries.path}: the log holds no warning; issue one first.")
    members = {(e["site"], e["rule"]): tuple(map(str, e["members"])) for e in entries.entries}
    return score_log(entries.to_frame(), members, observed, entries.broken)
