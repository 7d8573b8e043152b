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

from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from airq.standards.judge import Judge, shortfalls
from airq.standards.periods import parse_period
from airq.targets.engine import CARRIERS, year_of
from airq.targets.judge import Case
from airq.targets.pooling import LEAST_YEAR_DAYS
from airq.targets.sentences import Said, days, say
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
LONGEST_RUN: Final = 10
"""Equal values in a row from which a monitor of PM2.5, PM10, O3 or an AQI looks stuck; three times that for the gases
that stay at a low figure for weeks (own rule: integer means of a city agree on two days in a row in one of ten, [B 80%])."""
LIKE_DAYS: Final = 18
"""Valid days by which a base year and the judged one may differ without a word: a twentieth of a year."""
_LANGUAGES: Final[tuple[Literal["en", "zh"], ...]] = ("en", "zh")


def to_date(case: Case) -> dict[str, Any]:
    """What is counted so far: ``value valid_days missing_days days_to_go last_day``."""
    seen = case.observed()
    end = np.datetime64(f"{case.target.year}-12-31")
    length = int((end - np.datetime64(f"{case.target.year}-01-01")).astype(int)) + 1
    ahead = min(max(int((end - case.asof).astype(int)), 0), length)
    if case.target.is_mean:
        value = seen.mean
    elif case.target.is_ratio:
        value = seen.count / seen.number if seen.number else float("nan")
    else:
        value = float(seen.count)
    return {
        "value": value,
        "valid_days": seen.number,
        "missing_days": length - ahead - seen.number,
        "days_to_go": ahead,
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


def notes(case: Case, status: str) -> tuple[Said, ...]:
    """Reservations: gaps, doubtful values, another edition, an annual mean that would be withheld, what is certain."""
    known, target = case.known, case.target
    said = list(known.series.notes)
    said += _about_gaps(case)
    said += _about_stillness(case)
    said += _about_years(case)
    said += _about_index(case)
    said += _about_validity(case)
    if status == "impossible":
        n = int(case.coming().size)
        said.append(say("insufficient", n=n, days=days(n), are=_is(n, "are"), do="does" if n == 1 else "do"))
    if status in ("met", "missed") and case.coming().size:
        said.append(say("in_hand" if status == "met" else "lost"))
    if not known.records and status == "open":
        said.append(say("shipped_drift"))
    if target.year > year_of(case.asof + 1):
        said.append(say("not_begun", year=target.year))
    return tuple(said)


def _is(number: int, many: str) -> str:
    one = {"are": "is", "have": "has", "they count": "it counts", "enter": "enters"}
    return one[many] if number == 1 else many


def _about_gaps(case: Case) -> list[Said]:
    """Days so far without a value, and days since the last one with a value."""
    out, year = [], case.target.year
    if n := case.gaps():
        key = "gap_days_of_a_year" if case.ended() else "gap_days"
        out.append(say(key, n=n, year=year, have=_is(n, "have"), they=_is(n, "they count")))
    since = int((case.asof - case.last).astype(int)) if case.last is not None else 0
    if since and not case.ended():
        out.append(say("silent", last=case.last, n=since, days=days(since)))
    elif (n := case.silent()) and case.coming().size:
        out.append(say("silent_end", year=year, last=case.last, n=n, days=days(n), are=_is(n, "are")))
    return out


def _judged_columns(case: Case) -> dict[str, Floats]:
    """Daily values that the target rests on, by name."""
    known, target = case.known, case.target
    if target.is_mean:
        return {str(target.pollutant): known.series.column(str(target.pollutant))}
    found = {n: known.values[:, i] for i, n in enumerate(known.names) if n in (*CARRIERS, "aqi")}
    if known.series.aqi is not None and known.past_aqi(slice(0, known.series.days.size), target.standard)[1]:
        found["aqi"] = known.series.aqi
    return found


def _about_stillness(case: Case) -> list[Said]:
    """A monitor that is stuck gives certainty from nothing, so it is named."""
    known = case.known
    seen = [v[np.isfinite(v)] for v in known.values.T]
    still = [n for n, v in zip(known.names, seen, strict=True) if v.size > 1 and np.ptp(v) == 0]
    out = []
    if still and (not case.target.is_mean or case.target.pollutant in still):
        out.append(say("all_still", names=", ".join(still)))
    begin = min(np.datetime64(f"{case.target.year}-01-01"), known.asof - 6 * LONGEST_RUN)
    recent = known.series.days >= begin
    for name, values in _judged_columns(case).items():
        there = np.flatnonzero(np.isfinite(values) & recent)
        least = LONGEST_RUN if name in (*CARRIERS, "aqi") else 3 * LONGEST_RUN
        if name in still or there.size < least:
            continue
        at, n = _longest_run(values[there])
        if n >= least:
            first, last = (known.series.days[there[i]] for i in (at, at + n - 1))
            out.append(say("still", name=name, value=float(values[there[at]]), n=n, days=days(n), first=first, last=last))  # fmt: skip
    return out


def _longest_run(values: Floats) -> tuple[int, int]:
    """Place and length of the longest stretch of equal values."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(values) != 0) + 1])
    lengths = np.diff([*starts, values.size])
    at = int(lengths.argmax())
    return int(starts[at]), int(lengths[at])


def _about_years(case: Case) -> list[Said]:
    """Years that are absent among those the outlook rests on, and a base year that is no like for like."""
    known, out = case.known, []
    known_days = known.series.days
    for year in range(int(str(known_days[0])[:4]), known.year):
        first = year == int(str(known_days[0])[:4])
        number = case.observed(year).number
        if number < LEAST_YEAR_DAYS and (year == known.year - 1 or not first):
            out.append(say("thin_year", year=year, days=days(number), n=number))
    change = case.target.change
    if change is not None and change.base is None and case.over(change.from_):
        base, seen = case.observed(change.from_).number, case.observed().number + int(case.coming().size)
        if abs(base - seen) > LIKE_DAYS:
            out.append(say("thin_base", year=change.from_, number=base, judged=case.target.year, other=seen, has="has" if case.over() else "will have"))  # fmt: skip
    return out


def _about_index(case: Case) -> list[Said]:
    known, target = case.known, case.target
    if target.is_mean:
        return []
    out = []
    rows = slice(0, known.series.days.size)
    own = known.past_aqi(rows, target.standard)[1]
    names = ", ".join(known.names)
    if known.direct:
        out.append(say("index_simulated"))
    elif case.lacking:
        lacking = {"lacking": " and ".join(case.lacking), "enter": _is(len(known.names), "enter")}
        out.append(say("index_of_too_few", names=names, **lacking))
    elif len(known.names) < 6:
        out.append(say("index_of_few", names=names))
    if known.series.aqi is not None and not own:
        out.append(say("other_edition_as_given" if known.direct else "other_edition"))
    return out


def _about_validity(case: Case) -> list[Said]:
    """Whether the annual mean will be valid (HJ 663), if every coming day is."""
    if not case.target.is_mean:
        return []
    year = case.target.year
    period = parse_period(str(year))
    judge_of = Judge.of(case.target.standard or "GB3095-2012", period, 2)
    span = np.arange(np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01"))
    seen = case.observed()
    valid = (np.isin(span, seen.days[seen.valid]) | (span > case.asof))[None, :]
    why, why_zh = (
        shortfalls(valid, str(case.target.pollutant), period, judge_of, lang)[0] for lang in _LANGUAGES
    )
    return [say("withheld", year=year, why=why, why_zh=why_zh)] if why else []
