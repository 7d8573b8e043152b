"""Fetch the files of a source, keep the good ones, report the rest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pandas as pd

from airq import options
from airq.errors import ParameterError
from airq.observations.fetch import checks
from airq.observations.fetch.clock import Clock
from airq.observations.fetch.manifest import Entry, Manifest
from airq.observations.fetch.pace import LONGEST_WAIT, Pace, backoff
from airq.observations.fetch.sources import SOURCES, Item, Site
from airq.observations.fetch.transfer import Body, FetchError, Transfer, discard, resumable

__all__ = ["FetchReport", "ItemReport", "fetch", "plan"]

_GOOD: Final = ("new", "updated", "unchanged", "fresh")
_GIVE_UP: Final = 3
"""Files in a row for which no server answered; the rest is not tried then."""


@dataclass(frozen=True)
class ItemReport:
    """What became of one file.

    Attributes
    ----------
    path : str
        On disk.
    url : str
    status : str
        ``new``, ``updated``, ``unchanged`` (the server has nothing newer), ``fresh`` (checked recently, not asked),
        ``absent`` (the server does not have it), ``failed``, ``skipped`` (not tried).
    size : int
        Bytes on disk.
    attempts : int
        Requests made.
    reason : str
        Clause, for the last three.
    """

    path: str
    url: str
    status: str
    size: int = 0
    attempts: int = 0
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether a good and current file lies on disk."""
        return self.status in _GOOD

    @property
    def sentence(self) -> str:
        """One sentence about a file that was not brought, else empty."""
        if self.ok:
            return ""
        kept = ", the file fetched before is kept" if self.size else ""
        todo = (
            "leave it out or try another source" if self.status == "absent" else "run the same command again"
        )
        return f"{self.path}: {self.url}: {self.reason}{kept}; {todo}."


@dataclass(frozen=True)
class FetchReport:
    """Result of a fetch.

    Attributes
    ----------
    source, folder : str
    cite : str
        Source and terms to state beside the data.
    items : tuple of ItemReport
    """

    source: str
    folder: str
    cite: str
    items: tuple[ItemReport, ...]

    @property
    def ok(self) -> bool:
        """Whether every file is there."""
        return all(i.ok for i in self.items)

    @property
    def counts(self) -> dict[str, int]:
        """Files by status, those that occur."""
        found: dict[str, int] = {}
        for item in self.items:
            found[item.status] = found.get(item.status, 0) + 1
        return found

    def to_frame(self) -> pd.DataFrame:
        """One row a file."""
        columns = ["path", "status", "size", "attempts", "reason", "url"]
        return pd.DataFrame([vars(i) for i in self.items], columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "ok": self.ok,
            "source": self.source,
            "folder": self.folder,
            "cite": self.cite,
            "counts": self.counts,
            "files": [vars(i) for i in self.items],
        }

    def _repr_html_(self) -> str:
        html: str = self.to_frame().to_html(index=False)
        return html


def _day(value: str | date | None, what: str) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, datetime):
        return value.date()
    try:
        return date.fromisoformat(value.strip())
    except ValueError as error:
        raise ParameterError(f"{what} '{value}' is not a day; write it as 2019-01-31.") from error


def plan(
    source: str,
    start: str | date | None = None,
    end: str | date | None = None,
    *,
    stations: Sequence[str] = (),
    sites: Sequence[Site] = (),
    base_url: str | None = None,
    days: int = 7,
    clock: Clock | None = None,
) -> list[Item]:
    """Files that :func:`fetch` would ask for, without asking.

    Parameters are those of :func:`fetch`.

    Examples
    --------
    >>> [i.path for i in plan("isd-lite", "2019-01-01", "2019-12-31", stations=["51463"])]
    ['isd-history.csv', '2018/514630-99999-2018.gz', '2019/514630-99999-2019.gz']
    """
    if source not in SOURCES:
        raise ParameterError(f"source '{source}' is not known; use {', '.join(SOURCES)}.")
    moment = (clock or Clock()).utc()
    first, last = _day(start, "start"), _day(end, "end")
    return SOURCES[source].items(first, last, stations, sites, base_url, moment, days)


def fetch(
    source: str,
    start: str | date | None = None,
    end: str | date | None = None,
    *,
    stations: Sequence[str] = (),
    sites: Sequence[Site] = (),
    out: str | Path | None = None,
    base_url: str | None = None,
    days: int = 7,
    rate: float = 2.0,
    retries: int = 5,
    max_age: float = 30.0,
    transfer: Transfer | None = None,
    clock: Clock | None = None,
    progress: Callable[[str], None] | None = None,
) -> FetchReport:
    """Fetch the files of a source into a folder.

    Parameters
    ----------
    source : str
        Key of :data:`airq.observations.fetch.SOURCES`.
    start, end : str or date, optional
        First and last Beijing day, both inside; not for a forecast.
    stations : sequence of str
        Codes, for ``openaq`` and ``isd-lite``.
    sites : sequence of Site
        Positions, for Open-Meteo.
    out : path, optional
        Folder in which ``<source>/`` is filled; ``data/raw`` of the project by default.
    base_url : str, optional
        Mirror in place of the source's own address.
    days : int
        Days ahead, for a forecast.
    rate : float
        Requests a second to one host; 0 for no limit.
    retries : int
        Further attempts after a failed one.
    max_age : float
        Days for which a file that is not expected to change is not asked for again; 0 asks always.
    transfer, clock : optional
        Timeouts and time, for tests.
    progress : callable, optional
        Called with the path of each file before it is fetched.

    Returns
    -------
    FetchReport

    Raises
    ------
    ParameterError
        Wrong arguments, before anything is fetched.
    ArchiveError
        Another fetch is writing to the same folder.
    """
    if rate < 0 or retries < 0 or max_age < 0:
        raise ParameterError("rate, retries and max_age cannot be negative; correct them.")
    time = clock or Clock()
    items = plan(source, start, end, stations=stations, sites=sites, base_url=base_url, days=days, clock=time)
    folder = Path(out) / source if out is not None else options.raw_dir() / source
    _make(folder)
    manifest = Manifest(folder)
    with manifest.locked():
        manifest.compact()
        run = _Run(manifest, transfer or Transfer(clock=time), Pace(rate, time), time, retries, max_age)
        reports = []
        for item in items:
            if progress is not None:
                progress(item.path)
            reports.append(run.take(item))
    return FetchReport(source, str(folder), SOURCES[source].cite, tuple(reports))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParameterError(
            f"{folder}: cannot be made ({error.strerror}); name another folder with --out."
        ) from error


class _Run:
    """One run over the files of a source."""

    def __init__(
        self, manifest: Manifest, transfer: Transfer, pace: Pace, clock: Clock, retries: int, max_age: float
    ) -> None:
        self.manifest, self.transfer, self.pace, self.clock = manifest, transfer, pace, clock
        self.retries, self.max_age = retries, timedelta(days=max_age)
        self.silent = 0

    def take(self, item: Item) -> ItemReport:
        """Bring one file up to date."""
        known = self.manifest.good(item.path)
        file = self.manifest.folder / item.path
        size = known.size if known else 0
        if known is not None and self._recent(item, known):
            return ItemReport(str(file), item.url, "fresh", size)
        host = urlsplit(item.url).netloc
        reason = self.pace.closed.get(host)
        if reason is None and self.silent >= _GIVE_UP:
            reason = f"not tried, because no server answered for {_GIVE_UP} files in a row"
        if reason is not None:
            return ItemReport(str(file), item.url, "skipped", size, reason=reason)
        return self._ask(item, file, host, known)

    def _recent(self, item: Item, known: Entry) -> bool:
        """Whether the file was complete when it was last checked, and that is not long ago."""
        try:
            checked = datetime.strptime(known.checked_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            return False
        same = known.url == item.url
        return same and checked >= item.settled and self.clock.utc() - checked < self.max_age

    def _ask(self, item: Item, file: Path, host: str, known: Entry | None) -> ItemReport:
        part = file.with_name(file.name + ".part")
        fault = FetchError("not tried")
        for attempt in range(1, self.retries + 2):
            self.pace.wait(host)
            try:
                body = self.transfer.get(item.url, part, item.content, known)
            except FetchError as error:
                fault = error
                if not self._again(host, error, attempt):
                    return self._missed(item, file, known, error, attempt)
                continue
            self.silent = 0
            return self._keep(item, file, part, known, body, attempt)
        return self._missed(item, file, known, fault, self.retries + 1)

    def _again(self, host: str, fault: FetchError, attempt: int) -> bool:
        """Whether to try once more; sets how long the host is left in peace."""
        if fault.kind != "temporary":
            return False
        if fault.wait is not None and fault.wait > LONGEST_WAIT:
            hours = fault.wait / 3600
            self.pace.close(host, f"not tried, because {host} asks to wait {hours:.1f} hours")
            return False
        if attempt > self.retries:
            return False
        self.pace.hold(host, max(backoff(attempt, self.clock.chance()), fault.wait or 0.0))
        return True

    def _missed(
        self, item: Item, file: Path, known: Entry | None, fault: FetchError, attempts: int
    ) -> ItemReport:
        self.silent = 0 if fault.reached else self.silent + 1
        resumable(file.with_name(file.name + ".part"), item.url)  # a part that cannot be continued goes
        status = "absent" if fault.kind == "absent" else "failed"
        self.manifest.put(
            Entry(item.path, item.url, status, checked_at=self.clock.stamp(), reason=fault.reason)
        )
        size = known.size if known else 0
        return ItemReport(str(file), item.url, status, size, attempts, fault.reason)

    def _keep(
        self, item: Item, file: Path, part: Path, known: Entry | None, body: Body | None, attempts: int
    ) -> ItemReport:
        """Put a tested body in place, or note that nothing has changed."""
        now = self.clock.stamp()
        if known is not None and (
            body is None or checks.same_content(file.read_bytes(), body.data, item.content)
        ):
            entry = replace(known, status="unchanged", checked_at=now, reason="", url=item.url)
            if body is not None:
                entry = replace(entry, etag=body.etag, last_modified=body.last_modified)
                discard(part)
            self.manifest.put(entry)
            return ItemReport(str(file), item.url, "unchanged", known.size, attempts)
        if body is None:
            fault = FetchError("the server says 'not modified' although nothing was fetched before")
            return self._missed(item, file, known, fault, attempts)
        status = "updated" if file.exists() else "new"
        _place(file, part, body.data)
        entry = Entry(
            path=item.path,
            url=item.url,
            status=status,
            fetched_at=now,
            checked_at=now,
            sha256=hashlib.sha256(body.data).hexdigest(),
            size=len(body.data),
            etag=body.etag,
            last_modified=body.last_modified,
            verified=body.verified,
        )
        self.manifest.put(entry)
        return ItemReport(str(file), item.url, status, entry.size, attempts)


def _place(file: Path, part: Path, data: bytes) -> None:
    """Write aside and rename, so that a good file is replaced at once or not at all."""
    aside = file.with_name(file.name + ".new")
    with aside.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(file)
    discard(part)
