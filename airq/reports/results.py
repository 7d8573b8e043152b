"""The results file of one report: computed once, read by every language and by the index.

Examples
--------
>>> read(Path("no-such-file.json")) is None
True
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import airq
from airq import options
from airq.analysis import period as periods
from airq.analysis.period import Period
from airq.errors import FileRejected, ParameterError
from airq.places import get, load, members
from airq.reports import digests

if TYPE_CHECKING:
    from airq.analysis import CountyMonth
    from airq.observations import Archive
    from airq.observations.holdings import Holdings
    from airq.reports.target_panel import TargetPanel

__all__ = [
    "Bundle",
    "bundle_of",
    "code_digest",
    "key_of",
    "last_complete_month",
    "obtain_bundle",
    "parts_dir",
    "read",
    "read_bundle",
    "read_targets",
    "write",
    "write_parts",
]

STANDING: Final = "AIRQ_RESULTS_STAND"
"""Environment variable that a run sets for its notebooks."""
_SOURCES: Final = (".py", ".toml", ".j2", ".css", ".json")


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Digest of the package's own files, so that a changed rule makes every page anew."""
    root = Path(airq.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(p for p in root.rglob("*") if p.suffix in _SOURCES):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    extra = options.params_dir() / "standards"
    for file in sorted(extra.glob("*.toml")) if extra.is_dir() else []:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def last_complete_month(archive: Holdings) -> str:
    """Month that a report is made for if none is named: the last one the archive holds to its last day.

    Parameters
    ----------
    archive : airq.observations.Archive

    Returns
    -------
    str
        ``YYYY-MM``; the last month with data if none is complete.
    """
    return archive.last_complete_month() or archive.months()[-1]


def key_of(archive: Holdings, place: str, period: Period) -> str:
    """Digest of everything that the numbers of a report rest on.

    Parameters
    ----------
    archive : airq.observations.Archive
    place : str
    period : Period

    Returns
    -------
    str
        Hexadecimal.
    """
    # Targets of the year are judged by every year before it, so that all months up to the period count.
    months = [m for m in archive.months() if m <= periods.months(period)[-1]]
    about = [get(place), *members(place)]
    parts = [place, period.name, archive.digest(months), code_digest(), *(repr(p) for p in about)]
    parts.append(_register_of_places())  # a ranking or a map holds every place
    parts.append(digests.register_key())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _register_of_places() -> str:
    """Digest of all places."""
    return hashlib.sha256(repr(sorted(load().items())).encode()).hexdigest()


def read(path: Path) -> tuple[CountyMonth, str] | None:
    """Result in a file and the key of its inputs; None if there is none or it is damaged.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    tuple of CountyMonth and str, or None
    """
    from airq.analysis import CountyMonth

    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return CountyMonth.from_dict(document["result"]), str(document["key"])
    except (OSError, ValueError, KeyError, TypeError, FileRejected, ParameterError):
        return None


def read_targets(path: Path) -> TargetPanel | None:
    """Target panel in a results file; None if there is none or it is damaged.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    TargetPanel or None
    """
    from airq.reports.target_panel import TargetPanel

    try:
        return TargetPanel.from_dict(json.loads(path.read_text(encoding="utf-8"))["targets"])
    except (OSError, ValueError, KeyError, TypeError, FileRejected):
        return None


def write(
    path: Path,
    result: CountyMonth,
    key: str,
    targets: TargetPanel | None = None,
    sections: Mapping[str, Any] | None = None,
) -> None:
    """Write a result beside, then rename.

    Parameters
    ----------
    path : pathlib.Path
    result : CountyMonth
    key : str
    targets : TargetPanel, optional
    sections : mapping of str to dict, optional
        See :mod:`airq.reports.sections`.
    """
    parts: dict[str, Any] = {"result": result.to_dict()}
    if targets is not None:
        parts["targets"] = targets.to_dict()
    if sections is not None:
        parts["sections"] = dict(sections)
    write_parts(path, key, parts)


def write_parts(path: Path, key: str, parts: Mapping[str, Any]) -> None:
    """Write a results file of parts that are plain already, beside, then rename.

    Parameters
    ----------
    path : pathlib.Path
    key : str
    parts : mapping
        ``result``, ``targets``, ``sections``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"key": key, "airq": airq.__version__, **parts}
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        aside.write_text(json.dumps(document, ensure_ascii=False, allow_nan=False), encoding="utf-8")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


@dataclass(frozen=True)
class Bundle:
    """All that a report shows of one place and period.

    Attributes
    ----------
    result : CountyMonth
    targets : TargetPanel
    sections : mapping of str to dict
        See :mod:`airq.reports.sections`.
    """

    result: CountyMonth
    targets: TargetPanel
    sections: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        return self.result._repr_html_()


def _standing() -> bool:
    """Whether a run has just written the results file, which then counts whatever comes in meanwhile."""
    return bool(os.environ.get(STANDING))


def parts_dir(out: str | Path, period: Period) -> Path:
    """Folder beside the reports that keeps what was computed for them.

    Examples
    --------
    >>> parts_dir("reports", periods.parse("2026-10")).as_posix()
    'reports/.parts/2026-10'
    """
    return Path(out) / ".parts" / period.name


def read_bundle(path: Path) -> tuple[Bundle, str] | None:
    """All parts of a results file and the key of its inputs; None if there is none or it is damaged.

    Parameters
    ----------
    path : pathlib.Path
    """
    from airq.analysis import CountyMonth
    from airq.reports.target_panel import TargetPanel

    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        result = CountyMonth.from_dict(document["result"])
        targets = TargetPanel.from_dict(document["targets"])
        sections = {str(k): dict(v) for k, v in document.get("sections", {}).items()}
        return Bundle(result, targets, sections), str(document["key"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, FileRejected, ParameterError):
        return None


def obtain_bundle(archive: str | Path, place: str, month: str, results: str | Path = "") -> Bundle:
    """All that a report shows: from the results file if it is current, else computed.

    Sections over all places need the results of every place that reports are made for, so that a first call without a
    results file takes minutes; what is computed is kept beside the project's reports.

    Parameters
    ----------
    archive : path
        Folder; the project's archive if empty.
    place : str
    month : str
        Period; the last complete month of the archive if empty.
    results : path, optional
        Empty writes no file.

    Returns
    -------
    Bundle
    """
    from airq.reports.parameters import check_period, open_archive

    source = open_archive(archive or options.archive_dir())
    about = get(place)
    period = check_period(month or last_complete_month(source), source)
    if results and _standing() and (kept := read_bundle(Path(results))) is not None:
        return kept[0]
    key = key_of(source, about.id, period)
    if results and (kept := read_bundle(Path(results))) is not None and kept[1] == key:
        return kept[0]
    made = bundle_of(source, about.id, period, key)
    if results:
        write(Path(results), made.result, key, made.targets, made.sections)
    return made


def bundle_of(archive: Archive, place: str, period: Period, key: str = "") -> Bundle:
    """Compute all that a report shows, in this process.

    Parameters
    ----------
    archive : airq.observations.Archive
    place : str
        Id.
    period : Period
    key : str
        That of :func:`key_of`, if it is known.

    Returns
    -------
    Bundle
    """
    from airq.reports import computing

    return computing.in_this_process(archive, place, period, key or key_of(archive, place, period))
