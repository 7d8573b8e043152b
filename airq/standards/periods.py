"""Periods as people write them, and how many days each must hold.

Examples
--------
>>> p = parse_period("2020Q1")
>>> p.start.isoformat(), p.end.isoformat(), p.days
('2020-01-01', '2020-03-31', 91)
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Final

from airq.errors import ParameterError
from airq.standards.editions import edition
from airq.standards.names import as_date

__all__ = ["MonthPart", "Period", "parse_period"]

_FORMS: Final = "2019, 2019-01, 2019Q1, 2019H1, 2019-winter, 2019..2021 or 2019-01-01..2019-10-31"


@dataclass(frozen=True)
class MonthPart:
    """Days of one calendar month that lie in a period."""

    year: int
    month: int
    days: int
    length: int

    @property
    def whole(self) -> bool:
        """True if the period holds the whole month."""
        return self.days == self.length


@dataclass(frozen=True)
class Period:
    """A stretch of natural days.

    Attributes
    ----------
    name : str
        As it was written.
    start, end : datetime.date
        First and last day.
    kind : {"year", "half", "quarter", "month", "part", "range"}
    """

    name: str
    start: dt.date
    end: dt.date
    kind: str

    @property
    def days(self) -> int:
        """Calendar days.

        Examples
        --------
        >>> parse_period("2020").days, parse_period("2019-02").days
        (366, 28)
        """
        return (self.end - self.start).days + 1

    @property
    def is_year(self) -> bool:
        """True for one whole calendar year, however it was written.

        Examples
        --------
        >>> parse_period("2019-01..2019-12").is_year, parse_period("2019H1").is_year
        (True, False)
        """
        first, last = self.start, self.end
        return first.year == last.year and (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)

    @property
    def months(self) -> tuple[MonthPart, ...]:
        """Months that the period touches, with the days it holds of each.

        Examples
        --------
        >>> [(m.month, m.days, m.whole) for m in parse_period("2019-01-15..2019-02-28").months]
        [(1, 17, False), (2, 28, True)]
        """
        parts = []
        year, month = self.start.year, self.start.month
        while (year, month) <= (self.end.year, self.end.month):
            length = calendar.monthrange(year, month)[1]
            first = max(self.start, dt.date(year, month, 1))
            last = min(self.end, dt.date(year, month, length))
            parts.append(MonthPart(year, month, (last - first).days + 1, length))
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return tuple(parts)

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years that the period holds completely."""
        return tuple(
            y
            for y in range(self.start.year, self.end.year + 1)
            if dt.date(y, 1, 1) >= self.start and dt.date(y, 12, 31) <= self.end
        )

    def shifted(self, years: int) -> Period:
        """Same period in another year; the last day of February stays the last.

        Examples
        --------
        >>> parse_period("2019-02").shifted(1).end.isoformat()
        '2020-02-29'
        """
        start, end = _move(self.start, years), _move(self.end, years)
        if self.end.day == calendar.monthrange(self.end.year, self.end.month)[1]:
            end = _month_end(end.year, end.month)
        name = re.sub(r"\d{4}", lambda m: str(int(m.group()) + years), self.name)
        if ".." in self.name:
            name = f"{start}..{end}"
        return Period(name, start, end, self.kind)


def _move(day: dt.date, years: int) -> dt.date:
    last = calendar.monthrange(day.year + years, day.month)[1]
    return day.replace(year=day.year + years, day=min(day.day, last))


def _month_end(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def _of_months(name: str, kind: str, year: int, first: int, last: int) -> Period:
    return Period(name, dt.date(year, first, 1), _month_end(year, last), kind)


def _part_day(text: str, year: int) -> dt.date:
    month, day = text.split("-")
    return _month_end(year, int(month)) if day == "end" else dt.date(year, int(month), int(day))


def _named_part(text: str, year: int, name: str) -> Period | None:
    for key, part in edition("PERIODS", "periods").need("parts").items():
        if name in (key, part["zh"], part["en"]):
            start = _part_day(part["from"], year)
            end = _part_day(part["to"], year)
            return Period(text, start, end if end >= start else _part_day(part["to"], year + 1), "part")
    return None


def _single(text: str) -> Period | None:
    if match := re.fullmatch(r"(\d{4})", text):
        return _of_months(text, "year", int(match[1]), 1, 12)
    if match := re.fullmatch(r"(\d{4})-?Q([1-4])", text, re.IGNORECASE):
        quarter = int(match[2])
        return _of_months(text, "quarter", int(match[1]), 3 * quarter - 2, 3 * quarter)
    if match := re.fullmatch(r"(\d{4})-?H([12])", text, re.IGNORECASE):
        half = int(match[2])
        return _of_months(text, "half", int(match[1]), 6 * half - 5, 6 * half)
    match = re.fullmatch(r"(\d{4})-?(\d{2})", text) or re.fullmatch(r"(\d{4})-(\d)", text)
    if match and 1 <= int(match[2]) <= 12:
        return _of_months(text, "month", int(match[1]), int(match[2]), int(match[2]))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        day = as_date(text)
        return Period(text, day, day, "range")
    if match := re.fullmatch(r"(\d{4})-?([^\d-].*)", text):
        return _named_part(text, int(match[1]), match[2])
    return None


def parse_period(period: Any) -> Period:
    """Read a period.

    Parameters
    ----------
    period : str, int, date or Period
        ``2019``, ``2019-01``, ``2019Q1``, ``2019H1``, ``2019-winter`` (December 2019 to February 2020),
        ``2019-heating``, and ranges of any of them joined by ``..``.

    Returns
    -------
    Period

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> parse_period("2019-winter").end.isoformat(), parse_period("2019-01..2019-06").days
    ('2020-02-29', 181)
    >>> parse_period("last year")
    Traceback (most recent call last):
    airq.errors.ParameterError: period 'last year' cannot be read; write it as 2019, 2019-01, 2019Q1, ...
    """
    if isinstance(period, Period):
        return period
    if isinstance(period, dt.date):
        day = as_date(period)
        return Period(day.isoformat(), day, day, "range")
    text = str(period).strip().replace("/", "-").replace("年", "")
    first, dots, last = text.partition("..")
    begin, end = _single(first.strip()), _single((last if dots else first).strip())
    if begin is None or end is None or not 1900 <= begin.start.year <= 2200:
        raise ParameterError(f"period '{period}' cannot be read; write it as {_FORMS}.")
    if not dots:
        return begin
    if end.end < begin.start:
        raise ParameterError(f"period '{period}' ends before it starts; swap its two ends.")
    return Period(text, begin.start, end.end, "range")
