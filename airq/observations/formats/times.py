"""Texts to moments in Beijing time, strictly: a text that fits no known form is no time.

A lenient parser turns a damaged stamp into a wrong hour without a word, so every accepted form stands here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import ParameterError
from airq.observations.formats.base import parse_date
from airq.observations.issues import Issues

__all__ = ["Moments", "day_first", "parse_moment", "parse_times", "zone_offset"]

_EAST_8: Final = pd.Timedelta(hours=8)
_BASE: Final = pd.Timestamp("2000-01-01")
_LONGEST: Final = 60  # characters of a stamp; the patterns stay quick on whatever else stands in a cell
_OFFSET = r"(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
_CLOCK = (
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,9})?)?)?\s*(?P<half>[AaPp][Mm])?"
)
_FORMS: Final = (
    re.compile(
        rf"(?P<year>\d{{4}})(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep)(?P<day>\d{{1,2}})[T _]\s?{_CLOCK}\s*{_OFFSET}"
    ),
    re.compile(
        rf"(?P<year>\d{{4}})(?P<month>\d{{2}})(?P<day>\d{{2}})[T _](?P<hour>\d{{1,2}})(?::?(?P<minute>\d{{2}})(?::?(?P<second>\d{{2}}))?)?(?P<half>)\s*{_OFFSET}"
    ),
    re.compile(
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?P<hour>\d{2})(?P<minute>\d{2})?(?P<second>\d{2})?(?P<half>)(?P<zone>)"
    ),
    re.compile(
        r"(?P<year>\d{4})[-/.]?(?P<month>\d{2})[-/.]?(?P<day>\d{2})[ T_]?(?P<hour>\d{1,2})(?:时|点)(?P<minute>)(?P<second>)(?P<half>)(?P<zone>)"
    ),
    re.compile(
        r"(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日\s*(?P<hour>\d{1,2})(?:[时点:](?P<minute>\d{1,2})?分?(?P<second>))(?::\d{2})?(?P<half>)(?P<zone>)"
    ),
)
_SLASHED = re.compile(rf"(?P<a>\d{{1,2}})(?P<sep>[-/.])(?P<b>\d{{1,2}})(?P=sep)(?P<year>\d{{4}}|\d{{2}})(?:[T ]\s?{_CLOCK})?\s*{_OFFSET}")  # fmt: skip


@dataclass(frozen=True)
class Moments:
    """Parsed stamps.

    Attributes
    ----------
    time : datetime64[ns] array, shape (row,)
        Beijing time; NaT where the text is no time.
    hourly : bool
        False if no stamp has an hour.
    """

    time: npt.NDArray[np.datetime64]
    hourly: bool


def zone_offset(zone: str) -> pd.Timedelta | ZoneInfo:
    """Offset of ``+08:00``, or the rules of a named zone such as ``Asia/Shanghai``.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> zone_offset("-05:00")
    Timedelta('-1 days +19:00:00')
    """
    found = re.fullmatch(r"([+-])(\d\d):?(\d\d)", zone)
    if found:
        minutes = int(found[2]) * 60 + int(found[3])
        return pd.Timedelta(minutes=minutes if found[1] == "+" else -minutes)
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ParameterError(
            f"time zone '{zone}' is neither an offset such as +08:00 nor a name such as Asia/Shanghai; correct it."
        ) from error


def day_first(texts: Sequence[str]) -> bool | None:
    """Whether dates such as 8/1/2019 name the day first; None if every one can be read both ways.

    Examples
    --------
    >>> day_first(["8/1/2019", "8/31/2019"]), day_first(["31/8/2019"]), day_first(["8/1/2019"])
    (False, True, None)
    """
    parts = {
        (int(m["a"]), int(m["b"]))
        for t in set(texts)
        if len(t) <= _LONGEST and (m := _SLASHED.fullmatch(t.strip()))
    }
    a, b = any(p[0] > 12 for p in parts), any(p[1] > 12 for p in parts)
    if a != b:
        return a
    if a and b:  # one damaged cell must not turn the others
        return sum(p[0] > 12 for p in parts) > sum(p[1] > 12 for p in parts)
    return None


def parse_moment(text: str, first: bool | None = None) -> tuple[pd.Timestamp, bool, str] | None:
    """Wall-clock time of a text, whether it has an hour, and its stated offset.

    Parameters
    ----------
    text : str
    first : bool, optional
        Whether slashed dates name the day first.

    Returns
    -------
    (Timestamp without zone, bool, str) or None
        The offset is empty if the text states none.

    Examples
    --------
    >>> parse_moment("2019-01-05T01:00+08:00")
    (Timestamp('2019-01-05 01:00:00'), True, '+08:00')
    >>> parse_moment("8/1/2019 12:05 AM", first=False)[0]
    Timestamp('2019-08-01 00:05:00')
    >>> parse_moment("2019-02-30 01:00") is None, parse_moment("01:00") is None
    (True, True)
    """
    cell = text.strip()
    if len(cell) > _LONGEST:
        return None
    day = parse_date(cell)
    if day is not None and len(cell) <= 11:
        return pd.Timestamp(day), False, ""
    for form in _FORMS:
        if found := form.fullmatch(cell):
            return _built(found, found["year"], found["month"], found["day"])
    found = _SLASHED.fullmatch(cell)
    if found is None or first is None:
        return None
    year = found["year"] if len(found["year"]) == 4 else f"20{found['year']}"
    month, day_text = (found["b"], found["a"]) if first else (found["a"], found["b"])
    return _built(found, year, month, day_text)


def _built(found: re.Match[str], year: str, month: str, day: str) -> tuple[pd.Timestamp, bool, str] | None:
    base = parse_date(f"{year}-{month}-{day}")
    if base is None:
        return None
    if found["hour"] is None:
        return pd.Timestamp(base), False, ""
    hour, minute, second = int(found["hour"]), int(found["minute"] or 0), int(found["second"] or 0)
    half = (found["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second)):
        return None
    zone = found["zone"] or ""
    zone = "+00:00" if zone.upper() in ("Z", "UTC", "GMT") else zone
    if zone and (int(zone[1:3]) > 14 or int(zone[3:].lstrip(":") or "0") > 59):
        return None
    stamp = pd.Timestamp(base) + pd.Timedelta(hours=hour, minutes=minute, seconds=second)
    return stamp, True, zone


_DATED = re.compile(r"\s*(\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{1,2}([-/.])\d{1,2}\3(?:\d{4}|\d{2}))[T ](\S.*?)\s*")


class _Reader:
    """:func:`parse_moment` for many texts: each date and each clock is understood once."""

    def __init__(self, first: bool | None) -> None:
        self.first = first
        self.dates: dict[str, tuple[pd.Timestamp, bool, str] | None] = {}
        self.clocks: dict[str, tuple[pd.Timestamp, bool, str] | None] = {}

    def __call__(self, text: str) -> tuple[pd.Timestamp, bool, str] | None:
        if len(text) > _LONGEST:
            return None
        found = _DATED.fullmatch(text)
        if found is None:
            return parse_moment(text, self.first)
        date, clock = found[1], found[4]
        if date not in self.dates:
            self.dates[date] = parse_moment(f"{date} 0:00", self.first)
        if clock not in self.clocks:
            self.clocks[clock] = parse_moment(f"2000-01-01 {clock}", self.first)
        day, hour = self.dates[date], self.clocks[clock]
        if day is None or hour is None:
            return None
        return day[0] + (hour[0] - _BASE), True, hour[2]


def parse_times(
    texts: Sequence[str],
    lines: npt.NDArray[np.int64],
    zone: str,
    issues: Issues,
    groups: Sequence[Hashable] | None = None,
    first: bool | None = None,
) -> Moments:
    """Beijing time of a column of texts.

    Parameters
    ----------
    texts : sequence of str
    lines : int64 array, shape (row,)
        For the findings.
    zone : str
        Offset or name of the zone of texts that state none.
    issues : Issues
        Receives texts that are no time.
    groups : sequence, optional
        Series that each row belongs to; where clocks go back, the first of two equal stamps of a series is summer
        time.
    first : bool, optional
        Whether slashed dates name the day first; found from the column if not given.

    Returns
    -------
    Moments

    Examples
    --------
    >>> found = Issues()
    >>> got = parse_times(["2019-01-05 00:00", "2019-01-05 25:00"], np.array([2, 3]), "+00:00", found)
    >>> str(got.time[0])[:13], bool(np.isnat(got.time[1])), found.summarised()[0].where
    ('2019-01-05T08', True, 'line 3')
    """
    rule = zone_offset(zone)
    if first is None:
        first = day_first(texts)
    reader = _Reader(first)
    known = {t: reader(t) for t in set(texts)}
    hourly = any(m[1] for m in known.values() if m is not None)
    odd = _unlike(texts, known, issues)
    nat = np.datetime64("NaT", "ns")
    fixed = {
        t: _east8(m, rule) for t, m in known.items() if m is not None and t not in odd and not _local(m, rule)
    }
    out = np.array([fixed.get(t, nat) for t in texts], "datetime64[ns]")
    clock: dict[tuple[Hashable, str], int] = {}
    for i in np.flatnonzero(np.isnat(out)).tolist():
        text = texts[i]
        if text in odd:
            issues.each(
                "form", f"line {lines[i]}", f"the time '{text[:25]}' {odd[text]}; the line is not taken"
            )
            continue
        moment = known[text]
        if moment is None:
            what = "may name the day or the month first" if first is None and len(text) <= _LONGEST and _SLASHED.fullmatch(text.strip()) else "does not exist"  # fmt: skip
            issues.each("date", f"line {lines[i]}", f"the time '{text[:25]}' {what}; the line is not taken")
            continue
        key = (groups[i] if groups is not None else None, text)
        clock[key] = clock.get(key, -1) + 1
        stamp = _local_stamp(moment[0], rule, min(clock[key], 1))
        if stamp is None:
            issues.each("gap", f"line {lines[i]}", f"the time '{text[:25]}' is skipped when clocks go forward; the line is not taken")  # fmt: skip
        else:
            out[i] = stamp
    return Moments(out, hourly)


_Known = dict[str, tuple[pd.Timestamp, bool, str] | None]
_MIDNIGHTS: Final = 0.02
"""Share of dates without an hour from which they are midnights that a program wrote short, not damage."""


def _shape(text: str) -> str:
    """A text with each run of digits as one."""
    return re.sub(r"\d+", "9", text.strip())


def _unlike(texts: Sequence[str], known: _Known, issues: Issues) -> dict[str, str]:
    """Texts that are times of another form than most of the column, with what is odd about them."""
    counts = Counter(t for t in texts if known[t] is not None)
    total = counts.total()
    moments = {t: m for t, m in known.items() if m is not None}
    with_hour = sum(n for t, n in counts.items() if moments[t][1])
    with_zone = sum(n for t, n in counts.items() if moments[t][2])
    out: dict[str, str] = {}
    if 0 < total - with_hour < total:
        short = total - with_hour
        if short < _MIDNIGHTS * total:
            out |= dict.fromkeys((t for t in counts if not moments[t][1]), "has no hour as the others have")
        else:
            issues.note("", f"{short:,} times have no hour and are taken as midnight")
    shapes: Counter[str] = Counter()
    for t, n in counts.items():
        shapes[_shape(t)] += n
    usual, often = shapes.most_common(1)[0] if shapes else ("", 0)
    for shape, n in shapes.items():
        if shape != usual and total >= 5 and often >= 0.8 * total and n <= max(2, 0.01 * total):
            out |= dict.fromkeys((t for t in counts if _shape(t) == shape and moments[t][1]), "is written in another form than most")  # fmt: skip
    if 0 < with_zone < with_hour:
        rare = with_zone <= 0.5 * with_hour
        text = "states an offset, which most do not" if rare else "has no offset as the others have"
        out |= dict.fromkeys((t for t in counts if moments[t][1] and bool(moments[t][2]) == rare), text)
    return out


def _local(moment: tuple[pd.Timestamp, bool, str], rule: pd.Timedelta | ZoneInfo) -> bool:
    return moment[1] and not moment[2] and isinstance(rule, ZoneInfo)


def _east8(moment: tuple[pd.Timestamp, bool, str], rule: pd.Timedelta | ZoneInfo) -> np.datetime64:
    stamp, has_hour, stated = moment
    out = np.datetime64(stamp.value, "ns")
    if not has_hour:
        return out
    offset = _offset(stated) if stated else rule
    assert isinstance(offset, pd.Timedelta)
    return out + np.timedelta64(_EAST_8.value - offset.value, "ns")


@lru_cache(maxsize=64)
def _offset(stated: str) -> pd.Timedelta | ZoneInfo:
    return zone_offset(f"{stated[:3]}:{stated[3:].lstrip(':') or '00'}")


def _local_stamp(stamp: pd.Timestamp, rule: pd.Timedelta | ZoneInfo, fold: int) -> np.datetime64 | None:
    """Beijing time of a wall clock that has summer time; None for an hour that does not exist."""
    assert isinstance(rule, ZoneInfo)
    wall = stamp.to_pydatetime().replace(tzinfo=rule, fold=fold)
    offset = wall.utcoffset()
    earlier = stamp.to_pydatetime().replace(tzinfo=rule, fold=0).utcoffset()
    later = stamp.to_pydatetime().replace(tzinfo=rule, fold=1).utcoffset()
    assert offset is not None and earlier is not None and later is not None
    if earlier < later:  # PEP 495: in a gap the offset before it (fold 0) is the smaller one
        return None
    return (stamp - pd.Timedelta(offset) + _EAST_8).to_datetime64().astype("datetime64[ns]")
