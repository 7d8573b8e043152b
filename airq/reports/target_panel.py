"""The targets of a place's year as its report shows them: outlook of each, and how such outlooks did before.

Everything comes from :mod:`airq.targets`; here the rows that concern a page are chosen and kept as plain values, so that
both languages, the comparison with the page before and a download read the same numbers.

Examples
--------
>>> empty = TargetPanel("changji", "changji", 2026, "2026-10-31", "no_history", False)
>>> TargetPanel.from_dict(empty.to_dict()).reason
'no_history'
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from airq import places
from airq.analysis import frames
from airq.analysis.period import Period, end
from airq.errors import AirqError, FileRejected, MissingData
from airq.reports.digests import register_key
from airq.variables import POLLUTANTS

if TYPE_CHECKING:
    from airq.observations import Archive
    from airq.targets import Outlook

__all__ = [
    "REFERENCE",
    "TargetPanel",
    "make",
    "outlook_row",
    "panel",
    "register_key",
    "site_of",
    "targets_of",
]

REFERENCE: Final = "last-year"
"""Id of the row that stands in where no target of the year is registered: as many good days as the year before."""

_FRAMES: Final = ("rows", "track", "requirement", "reliability", "scores", "refused")
_DRAWS: Final = 2000
_HINDCAST_DRAWS: Final = 500
_MOST_YEARS: Final = 8
_STEPS: Final = (-30, 0, 30)
"""Days about the date of issue on which the hindcast is issued: enough cases, and still this time of the year."""
_LEAST_DAYS: Final = 300
"""Days with a value that a year before the target's needs, for a panel to be made."""


@dataclass(frozen=True, eq=False)
class TargetPanel:
    """Numbers of the target panel of one page.

    Attributes
    ----------
    place : str
        Id of the page's place.
    site : str
        Id of the place whose observations are judged: that which represents a group in assessment.
    year : int
    asof : str
        Last day whose observations are used, ``YYYY-MM-DD``.
    reason : {"", "group", "no_station", "background_only", "no_day", "no_history", "refused"}
        Why there is no panel.
    simulated : bool
    detail, detail_zh : str
        The refusal in one sentence, English and Chinese, where the reason is ``refused``.
    rows : pandas.DataFrame
        One row a target, see :func:`outlook_row`; ``id``, ``year``, ``target`` (JSON), ``source``, ``mark``, ``note``,
        ``note_zh``.
    track : pandas.DataFrame
        ``id date observed q05 q25 q50 q75 q95``: the running figure.
    requirement : pandas.DataFrame
        ``id year what days bad_days mean``.
    reliability : pandas.DataFrame
        Of the hindcast: ``probability frequency n``.
    scores : pandas.DataFrame
        One row: ``brier frequency_alone coverage crps n outlooks first_year last_year years issue_days`` (days of the
        year).
    refused : pandas.DataFrame
        Targets that could not be judged: ``id sentence sentence_zh``.
    """

    place: str
    site: str
    year: int
    asof: str
    reason: str
    simulated: bool
    detail: str = ""
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    track: pd.DataFrame = field(default_factory=pd.DataFrame)
    requirement: pd.DataFrame = field(default_factory=pd.DataFrame)
    reliability: pd.DataFrame = field(default_factory=pd.DataFrame)
    scores: pd.DataFrame = field(default_factory=pd.DataFrame)
    refused: pd.DataFrame = field(default_factory=pd.DataFrame)
    detail_zh: str = ""

    def targets(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Each target as a mapping, with its row."""
        return [(json.loads(r["target"]), r) for r in self.rows.to_dict("records")]

    def to_frame(self) -> pd.DataFrame:
        """One row a target."""
        return self.rows

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; see :meth:`from_dict`."""
        out = {f.name: getattr(self, f.name) for f in fields(self)}
        return out | {name: frames.encode(out[name]) for name in _FRAMES}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> TargetPanel:
        """Panel of :meth:`to_dict`.

        Raises
        ------
        FileRejected
            If an entry is missing or damaged.
        """
        try:
            plain = {f.name: value[f.name] for f in fields(cls)}
        except (KeyError, TypeError) as error:
            raise FileRejected(f"results: entry {error} is missing; make the results again.") from error
        return cls(**plain | {name: frames.decode(plain[name]) for name in _FRAMES})


def targets_of(place: str, year: int, path: Any = None, years: str = "later") -> list[dict[str, Any]]:
    """Registered targets of a place, that of good days in the year first.

    Parameters
    ----------
    place : str
        Id of a place; rows of ``all`` places are its own too.
    year : int
        Where the register has no count of good days for this year, the count of the year before stands in.
    path : path, optional
        A register of one's own.
    years : {"later", "this", "every"}
        Rows of the year and later ones, of the year alone, or every row.

    Returns
    -------
    list of dict
        ``id year target source mark note note_zh``; ``target`` is a mapping of :mod:`airq.targets`. Rows that no
        air-quality data can judge are left out.

    Examples
    --------
    >>> [t["id"] for t in targets_of("changji", 2025, years="this")][:2]
    ['changji-2025-good-days', 'changji-2025-good-days-annex']
    >>> targets_of("qitai", 2026, years="this")[0]["id"]
    'last-year'
    """
    from airq.targets import register

    out = []
    for row in register(path):
        wanted = years == "every" or row.year == year or (years == "later" and row.year > year)
        if row.place in (place, "all") and wanted and row.target is not None:
            out.append(
                {k: getattr(row, k) for k in ("id", "year", "target", "source", "mark", "note", "note_zh")}
            )
    if not any(_counts_good_days(r, year) for r in out):
        reference = {"kind": "good_days", "year": year, "change": {"from": year - 1, "by": 0, "unit": "days"}}
        blank = dict.fromkeys(("source", "mark", "note", "note_zh"), "")
        out.append({"id": REFERENCE, "year": year, "target": reference, **blank})
    return sorted(
        out, key=lambda r: (not _counts_good_days(r, year), r["year"] != year, r["year"] < year, r["year"])
    )


def _counts_good_days(row: Mapping[str, Any], year: int) -> bool:
    return row["year"] == year and row["target"].get("kind") == "good_days"


def outlook_row(made: Outlook) -> dict[str, Any]:
    """Numbers of an outlook that a page prints.

    Parameters
    ----------
    made : airq.targets.Outlook

    Returns
    -------
    dict
        ``status probability error zero half full drift limit unit value valid_days missing_days days_to_go affordable
        q10 q50 q90 left_50 left_80 left_95 event event_q10 event_q50 event_q90 unknown_days notes notes_zh``; dates as
        ``YYYY-MM-DD``, or empty where the event does not happen within the year.
    """
    row: dict[str, Any] = {
        "status": made.status,
        "probability": made.probability,
        "error": made.monte_carlo_error,
        **{name: made.by_drift[name] for name in ("zero", "half", "full")},
        "drift": str(made.drift),
        "limit": float(made.limit),
        "unit": made.unit,
        "value": float(made.to_date.get("value", np.nan)),
        "valid_days": int(made.to_date.get("valid_days", 0)),
        "missing_days": int(made.to_date.get("missing_days", 0)),
        "days_to_go": made.days_to_go,
        "unknown_days": made.unknown_days,
        "affordable": float(made.affordable),
    }
    row |= {f"q{round(100 * p):02d}": float(made.final[p]) for p in (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)}
    row |= {f"left_{round(100 * p)}": float(made.days_left[p]) for p in (0.5, 0.8, 0.95)}
    row["event"] = made.event
    for p in (0.1, 0.5, 0.9):
        day = made.reached_on[p]
        row[f"event_q{round(100 * p)}"] = "" if pd.isna(day) else f"{day:%Y-%m-%d}"
    return row | {"notes": "\n".join(made.notes), "notes_zh": "\n".join(made.notes_zh)}


def _last_day(frame: pd.DataFrame, until: pd.Timestamp) -> pd.Timestamp | None:
    there = frame[list(POLLUTANTS)].notna().any(axis=1) & (frame["date"] <= until)
    return pd.Timestamp(frame.loc[there, "date"].max()) if there.any() else None


def _whole_years(frame: pd.DataFrame, before: int) -> list[int]:
    """Years before one with enough days of an AQI."""
    valid = frame.loc[frame["aqi"].notna(), "date"].dt.year
    counts = valid[valid < before].value_counts()
    return sorted(int(y) for y in counts.index[counts >= _LEAST_DAYS])


def make(archive: Archive, place: str, period: Period, hindcast: bool = True) -> TargetPanel:
    """Panel of a place's page.

    Parameters
    ----------
    archive : airq.observations.Archive
    place : str
        Id of the page's place.
    period : airq.standards.Period
        Its last day with data is the day of issue, its last year the year that is judged.
    hindcast : bool
        Judge earlier years about the same day, too.

    Returns
    -------
    TargetPanel
        Also where no outlook can be made: ``reason`` says why.
    """
    until = pd.Timestamp(end(period)) - pd.Timedelta(days=1)
    return panel(archive, place, until, hindcast=hindcast)


def site_of(place: str) -> str:
    """Place whose observations are judged for another: that which represents a group; empty where none does.

    Examples
    --------
    >>> site_of("changji-prefecture"), site_of("qitai"), site_of("wu-chang-shi")
    ('changji', 'qitai', '')
    """
    about = places.get(place)
    return about.represented_by if about.kind == "group" else about.id


def panel(
    archive: Archive,
    place: str,
    asof: Any = None,
    year: int | None = None,
    entries: Sequence[Mapping[str, Any]] | None = None,
    drift: str | float = "auto",
    draws: int = _DRAWS,
    seed: int = 0,
    hindcast: bool = True,
) -> TargetPanel:
    """Panel of a place on a day.

    Parameters
    ----------
    archive : airq.observations.Archive
    place : str
    asof : date-like, optional
        Data after it are not used; the last day with data by default.
    year : int, optional
        Year that is judged; that of ``asof`` by default.
    entries : sequence of mappings, optional
        As :func:`targets_of` gives them; those of the register by default.
    drift, draws, seed
        As in :func:`airq.targets.outlook`.
    hindcast : bool

    Returns
    -------
    TargetPanel
    """
    from airq.reports.forecast_data import daily
    from airq.targets.checks import LONGEST_SILENCE

    about, site = places.get(place), site_of(place)
    until = pd.Timestamp(asof) if asof is not None else None
    stamp = "" if until is None else f"{until:%Y-%m-%d}"
    common: dict[str, Any] = {"place": about.id, "site": site, "simulated": archive.simulated}
    chosen = year if year is not None else until.year if until is not None else 0
    if not site:
        return TargetPanel(**common, year=chosen, asof=stamp, reason="group")
    try:
        frame = daily(archive, site, end=stamp or None, weather=False)
    except MissingData:
        reason = _lack(archive, site)
        return TargetPanel(**common, year=chosen, asof=stamp, reason=reason)
    last = _last_day(frame, until if until is not None else pd.Timestamp(frame["date"].max()))
    if last is None or (year is None and until is not None and last.year != until.year):
        return TargetPanel(**common, year=chosen, asof=stamp, reason="no_history")
    # A few silent days at the end move the day of issue; longer silence, or the end of a year, is the outlook's to judge.
    long = until is not None and ((until - last).days > LONGEST_SILENCE or until.year != last.year)
    issued = until if until is not None and long else last
    common |= {"year": chosen or last.year, "asof": f"{issued:%Y-%m-%d}"}
    years = _whole_years(frame, last.year)
    if not years:
        return TargetPanel(**common, reason="no_history")
    settings: dict[str, Any] = {"drift": drift, "draws": draws, "seed": seed}
    wanted = targets_of(about.id, common["year"]) if entries is None else list(entries)
    return _made(frame, common, wanted, years, issued, hindcast, settings)


def _lack(archive: Archive, place: str) -> str:
    """Why there are no days: no station, none but background stations, or no observation."""
    known = archive.stations()
    own = known[known["place"].isin([p.id for p in places.members(place)])]
    if own.empty:
        return "no_station"
    return "background_only" if (own["role"] == "background").all() else "no_day"


def _made(
    frame: pd.DataFrame,
    common: dict[str, Any],
    entries: Sequence[Mapping[str, Any]],
    years: list[int],
    last: pd.Timestamp,
    hindcast: bool,
    settings: Mapping[str, Any],
) -> TargetPanel:
    from airq.targets import outlook
    from airq.targets.sentences import in_chinese

    rows, tracks, needs, refused = [], [], [], []
    for entry in entries:
        try:
            made = outlook(frame, {**entry["target"], "site": common["site"]}, last, **settings)
        except AirqError as error:
            refused.append({"id": entry["id"], "sentence": str(error), "sentence_zh": in_chinese(error)})
            continue
        text = json.dumps(entry["target"], ensure_ascii=False, default=str)
        about = {k: str(entry.get(k) or "") for k in ("source", "mark", "note", "note_zh")}
        rows.append({"id": entry["id"], "year": entry["year"], "target": text, **outlook_row(made), **about})
        tracks.append(_padded(made.track).assign(id=entry["id"]))
        needs.append(made.requirement.assign(id=entry["id"]))
    common = {**common, "refused": pd.DataFrame(refused, columns=["id", "sentence", "sentence_zh"])}
    if not rows:
        said = refused[0] if refused else {"sentence": "no target is registered.", "sentence_zh": "没有登记的目标。"}  # fmt: skip
        return TargetPanel(**common, reason="refused", detail=said["sentence"], detail_zh=said["sentence_zh"])
    tables = {
        "rows": pd.DataFrame(rows),
        "track": pd.concat(tracks, ignore_index=True),
        "requirement": pd.concat(needs, ignore_index=True),
    }
    if hindcast:
        tables |= _hindcast(frame, common["site"], years, last)
    return TargetPanel(**common, reason="", **tables)


def _padded(track: pd.DataFrame) -> pd.DataFrame:
    columns = ["date", "observed", "q05", "q25", "q50", "q75", "q95"]
    out = track.reindex(columns=columns)
    return out.astype(dict.fromkeys(columns[1:], "float64"))


def _hindcast(
    frame: pd.DataFrame, site: str, years: list[int], last: pd.Timestamp
) -> dict[str, pd.DataFrame]:
    """Outlooks on good days as they would have been issued about the same date of earlier years."""
    from airq.targets import hindcast

    here = int(last.day_of_year)
    issue = sorted({min(max(here + step, 10), 350) for step in _STEPS})
    wanted = [y for y in years if y - 1 in years][-_MOST_YEARS:]
    if not wanted:
        return {}
    try:
        made = hindcast(frame, {"kind": "good_days", "site": site}, wanted, issue, draws=_HINDCAST_DRAWS)
    except AirqError:
        return {}
    brier, bins = made.brier.loc["all"], made.reliability
    used = made.finals
    score = {
        "brier": float(brier["brier"]),
        "frequency_alone": float(brier["frequency_alone"]),
        "coverage": float(made.coverage.loc["all"].iloc[0]),
        "crps": float(made.crps.loc["all"].iloc[0]),
        "n": len(made.rows),
        "outlooks": len(used),
        "first_year": int(used["year"].min()),
        "last_year": int(used["year"].max()),
        "years": int(used["year"].nunique()),
        "issue_days": ", ".join(map(str, issue)),
    }
    table = bins.rename(columns={"forecast": "probability"})[["probability", "frequency", "n"]]
    return {"reliability": table.reset_index(drop=True), "scores": pd.DataFrame([score])}
