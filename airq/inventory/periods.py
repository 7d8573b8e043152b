"""Periods of measures: texts of years, months and days as dates, and the share of each year in a period.

Examples
--------
>>> span("2021", "2023-03")
(datetime.date(2021, 1, 1), datetime.date(2023, 3, 31))
>>> {y: str(s) for y, s in year_shares("2024", "2025").items()}
{2024: '366/731', 2025: '365/731'}
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from fractions import Fraction
from typing import Final

from airq.errors import ParameterError

__all__ = ["first_day", "last_day", "plain", "span", "year_shares"]

_DATE: Final = re.compile(
    r"(\d{4})(?:\s*(?:[-/.]|年)\s*(\d{1,2})(?:\s*(?:[-/.]|月)\s*(\d{1,2})\s*日?)?)?\s*[年月]?"
)
_FIRST_YEAR, _LAST_YEAR = 1949, 2100


def _parts(text: str) -> tuple[int, int | None, int | None]:
    found = _DATE.fullmatch(text.strip().removesuffix(" 00:00:00"))
    if found is None:
        raise ParameterError(f"'{text[:40]}' is no date; write 2021, 2021-03 or 2021-03-15.")
    year = int(found[1])
    month = int(found[2]) if found[2] else None
    day = int(found[3]) if found[3] else None
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ParameterError(f"'{text}' is outside {_FIRST_YEAR} to {_LAST_YEAR}; correct the year.")
    try:
        dt.date(year, month or 1, day or 1)
    except ValueError:
        raise ParameterError(f"'{text}' does not exist in the calendar; correct it.") from None
    return year, month, day


def plain(text: str) -> str:
    """The date in its plain spelling.

    Examples
    --------
    >>> plain("2021年3月"), plain("2021/3/5"), plain("2021")
    ('2021-03', '2021-03-05', '2021')
    """
    year, month, day = _parts(text)
    return "-".join([f"{year}", *(f"{p:02d}" for p in (month, day) if p is not None)])


def first_day(text: str) -> dt.date:
    """First day of a year, month or day.

    Raises
    ------
    ParameterError
        If the text is no date.

    Examples
    --------
    >>> first_day("2021-03")
    datetime.date(2021, 3, 1)
    """
    year, month, day = _parts(text)
    return dt.date(year, month or 1, day or 1)


def last_day(text: str) -> dt.date:
    """Last day of a year, month or day.

    Examples
    --------
    >>> last_day("2024-02"), last_day("2024")
    (datetime.date(2024, 2, 29), datetime.date(2024, 12, 31))
    """
    year, month, day = _parts(text)
    month = month or 12
    return dt.date(year, month, day or calendar.monthrange(year, month)[1])


def span(start: str, end: str) -> tuple[dt.date, dt.date] | None:
    """First and last day of a period; one end alone stands for both, None if neither is stated.

    Examples
    --------
    >>> span("", "2023-03"), span("", "") is None
    ((datetime.date(2023, 3, 1), datetime.date(2023, 3, 31)), True)
    """
    if not (start or end):
        return None
    return first_day(start or end), last_day(end or start)


def year_shares(start: str, end: str) -> dict[int, Fraction]:
    """Share of each year in a period, by days; empty if the period is not stated.

    Examples
    --------
    >>> sum(year_shares("2021-07", "2025").values()), year_shares("", "")
    (Fraction(1, 1), {})
    """
    found = span(start, end)
    if found is None:
        return {}
    first, last = found
    whole = (last - first).days + 1
    shares = {}
    for year in range(first.year, last.year + 1):
        inside = min(last, dt.date(year, 12, 31)) - max(first, dt.date(year, 1, 1))
        shares[year] = Fraction(inside.days + 1, whole)
    return shares
