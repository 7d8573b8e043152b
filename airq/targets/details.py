"""What an outlook says beside its probability: figures so far, room, dates, earlier years, and its reservations.

Examples
--------
>>> from airq.targets.engine import know
>>> from airq.targets.judge import Settings
>>> from airq.targets.series import sites_of
>>> from airq.targets.spec import parse
>>> frame = pd.DataFrame({"date": pd.date_range("2018-01-01", "2018-12-30"), "aqi": 80.0})
>>> known = know(sites_of(frame), "site", np.datetime64("2018-12-30"))
>>> case = Case(known, parse({"kind": "heavy_days", "at_most": 5, "year": 2018}), Settings(100, 0))
>>> made = to_date(case)
>>> made["value"], made["valid_days"], made["days_to_go"]
(0.0, 364, 1)
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from airq.standards.judge import Judge, shortfalls
from airq.standards.periods import parse_period
from airq.targets.judge import Case
from airq.targets.series import Floats

__all__ = [
    "LEVELS",
    "QUANTILES",
    "affordable",
    "dates",
    "days_left",
    "notes",
    "requirement",
    "slack",
    "to_date",
]

QUANTILES: Final = tuple(round(0.05 * i, 2) for i in range(1, 20))
LEVELS: Final = (0.5, 0.8, 0.95)
"""Probabilities for which ``days_left`` is stated."""


def to_date(case: Case) -> dict[str, Any]:
    """What is counted up to the day of issue: ``value valid_days missing_days days_to_go last_day``."""
    seen, coming = case.observed(), case.coming().size
    begun = case.known.asof >= np.datetime64(f"{case.target.year}-01-01")
    last = min(case.known.asof, np.datetime64(f"{case.target.year}-12-31"))
    passed = int((last - np.datetime64(f"{case.target.year}-01-01")).astype(int)) + 1 if begun else 0
    if case.target.is_mean:
        value = seen.mean
    elif case.target.is_ratio:
        value = seen.count / seen.number if seen.number else float("nan")
    else:
        value = float(seen.count)
    return {
        "value": value,
        "valid_days": seen.number,
        "missing_days": passed - seen.number,
        "days_to_go": int(coming),
        "last_day": pd.Timestamp(seen.days[seen.valid][-1]) if seen.number else pd.NaT,
    }


def slack(case: Case, drift: str) -> Floats:
    """Bad days (or units of the rest's mean) by which each draw stays clear of the limit."""
    seen, coming = case.observed(), case.coming().size
    final, limit = case.final(drift), case.limit(drift)
    room = final - limit if case.target.upward else limit - final
    if case.target.is_mean:
        years = 3 if case.target.kind == "mean3" else 1
        return np.asarray(room * years * (seen.number + coming) / max(coming, 1))
    if case.target.is_ratio:
        room = room * (seen.number + coming)
    return np.asarray(np.floor(room + 1e-9))


def days_left(case: Case, drift: str) -> pd.Series:
    """Bad days (or units of the mean) to spare at each probability of :data:`LEVELS`."""
    room = np.sort(slack(case, drift))[::-1]
    at = [int(np.ceil(p * room.size)) - 1 for p in LEVELS]
    values = room[at] if case.coming().size else np.full(len(at), np.nan)
    return pd.Series(values, index=pd.Index(LEVELS, name="probability"), name="days_left")


def affordable(case: Case, drift: str) -> float:
    """Most bad days, or highest mean, that the rest of the year may have."""
    seen, coming = case.observed(), case.coming().size
    limit = case.fixed_limit()
    if limit is None or not coming:
        return float("nan")
    t = case.target
    if t.kind == "mean3":
        others = [float(case.figure(drift, y).mean()) for y in (t.year - 2, t.year - 1)]
        return float(((3 * limit - sum(others)) * (seen.number + coming) - float(seen.total)) / coming)
    if t.is_mean:
        return float((limit * (seen.number + coming) - float(seen.total)) / coming)
    goal = limit * (seen.number + coming) if t.is_ratio else limit
    if not t.counts_heavy:  # good days needed; the others may be bad
        return float(coming - max(np.ceil(goal - 1e-9) - seen.count, 0.0)) if t.upward else float("nan")
    return float(np.floor(goal + 1e-9) - seen.count) if not t.upward else float("nan")


def dates(case: Case, drift: str) -> pd.Series:
    """Quantiles of the date on which the target is reached or lost."""
    days = np.sort(case.dates(drift))  # NaT sorts last: not within the year
    at = [int(np.ceil(p * days.size)) - 1 for p in QUANTILES]
    stamps = pd.DatetimeIndex(days[at].astype("datetime64[ns]"))
    return pd.Series(stamps, index=pd.Index(QUANTILES, name="probability"), name="date")


def requirement(case: Case, drift: str) -> pd.DataFrame:
    """What the coming days may hold, beside the same days of earlier years: ``year what days bad_days mean``."""
    most, coming = affordable(case, drift), case.coming().size
    column = "mean" if case.target.is_mean else "bad_days"
    rows: list[dict[str, Any]] = [{"year": case.target.year, "what": "needed", "days": coming, column: most}]
    rows += [{"year": y, "what": "observed", "days": n, column: v} for y, n, v in case.earlier()]
    return pd.DataFrame(rows, columns=["year", "what", "days", "bad_days", "mean"])


def notes(case: Case, status: str) -> tuple[str, ...]:
    """Reservations: gaps, doubtful values, another edition, an annual mean that would be withheld, what is certain."""
    known, target = case.known, case.target
    said = list(known.series.notes)
    about = to_date(case)
    if about["missing_days"]:
        said.append(
            f"{about['missing_days']} of the days so far have no value: they count neither way; coming days are taken to be valid."
        )
    gap = int((known.asof - known.series.days[-1]).astype(int))
    if gap > 0 and not case.over():
        said.append(
            f"The last observation is of {known.series.days[-1]}, {gap} days before the day of issue."
        )
    said += _about_stillness(case)
    said += _about_index(case)
    said += _about_validity(case)
    if status == "impossible":
        said.append(f"The {about['days_to_go']} days that are left do not suffice.")
    if status == "met" and about["days_to_go"]:
        said.append("The target is met already, whatever the rest of the year brings.")
    if status == "missed" and about["days_to_go"]:
        said.append("The target is missed already, whatever the rest of the year brings.")
    if not known.records and status == "open":
        said.append("There is no year with another before it, so the drift rests on the shipped table alone.")
    if target.year > known.year:
        said.append(f"{target.year} is not begun: its level is the greater part of the doubt.")
    return tuple(said)


def _about_stillness(case: Case) -> list[str]:
    """A monitor that is stuck gives certainty from nothing, so it is named."""
    known = case.known
    seen = [v[np.isfinite(v)] for v in known.values.T]
    still = [n for n, v in zip(known.names, seen, strict=True) if v.size > 1 and np.ptp(v) == 0]
    if not still or (case.target.is_mean and case.target.pollutant not in still):
        return []
    return [
        f"Every known value of {', '.join(still)} is the same, as of a stuck monitor: the figures are not to be relied on."
    ]


def _about_index(case: Case) -> list[str]:
    known, target = case.known, case.target
    if target.is_mean:
        return []
    notes = []
    rows = slice(0, known.series.days.size)
    own = known.past_aqi(rows, target.standard)[1]
    if known.direct:
        notes.append("The AQI itself is simulated, for the frame lacks pollutants that make it.")
    elif len(known.names) < 6:
        notes.append(f"Only {', '.join(known.names)} enter the AQI of the coming days.")
    if known.series.aqi is not None and not own and not known.direct:
        notes.append("The frame's AQI is of another edition; past days are counted from the concentrations.")
    return notes


def _about_validity(case: Case) -> list[str]:
    """Whether the annual mean will be valid (HJ 663), if every coming day is."""
    if not case.target.is_mean:
        return []
    year = case.target.year
    period = parse_period(str(year))
    judge_of = Judge.of(case.target.standard or "GB3095-2012", period, 2)
    days = np.arange(np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01"))
    seen = case.observed()
    valid = np.isin(days, seen.days[seen.valid]) | (days > case.known.asof)
    text = shortfalls(valid[None, :], str(case.target.pollutant), period, judge_of, "en")[0]
    return [f"HJ 663 would withhold the mean of {year}: {text}."] if text else []
