"""Calendar of a report's period: its days, hours and months, the year before, the year to date.

Examples
--------
>>> p = parse("2026-10")
>>> len(calendar(p)), months(p), last_year(p).name, to_date(p).name
(31, ('2026-10',), '2025-10', '2026-01..2026-10')
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airq.errors import ParameterError
from airq.standards import Period, parse_period

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Period", "calendar", "end", "hours", "last_year", "months", "parse", "so_far", "start", "to_date"]

_KINDS: Final = ("month", "quarter", "half", "year")


def parse(text: str | Period) -> Period:
    """Read a period that a report can be made for: a month, quarter, half-year or year.

    Parameters
    ----------
    text : str or Period
        ``2026-10``, ``2026Q3``, ``2026H1`` or ``2026``.

    Returns
    -------
    airq.standards.Period

    Raises
    ------
    ParameterError
        If it is none of these.

    Examples
    --------
    >>> parse("2026H1").kind, parse("2026q4").name, parse("2026-H2").name
    ('half', '2026Q4', '2026H2')
    >>> parse("2026-13")
    Traceback (most recent call last):
    airq.errors.ParameterError: period '2026-13' is not a month, quarter, half-year or year; write 2026-10, 2026Q3, 2026H1 or 2026.
    """
    try:
        period = parse_period(text)
    except ParameterError:
        period = None
    if period is None or period.kind not in _KINDS:
        raise ParameterError(
            f"period '{text}' is not a month, quarter, half-year or year; write 2026-10, 2026Q3, 2026H1 or 2026."
        )
    return parse_period(_name(period))


def _name(period: Period) -> str:
    """One spelling for each period, since folders and files are named after it."""
    year, month = period.start.year, period.start.month
    forms = {
        "month": f"{year}-{month:02d}",
        "quarter": f"{year}Q{(month + 2) // 3}",
        "half": f"{year}H{(month + 5) // 6}",
        "year": f"{year}",
    }
    return forms[period.kind]


def start(period: Period) -> pd.Timestamp:
    """First moment of the period.

    Examples
    --------
    >>> start(parse("2026-10"))
    Timestamp('2026-10-01 00:00:00')
    """
    import pandas as pd

    return pd.Timestamp(period.start).as_unit("ns")


def end(period: Period) -> pd.Timestamp:
    """First moment after the period.

    Examples
    --------
    >>> end(parse("2026-10"))
    Timestamp('2026-11-01 00:00:00')
    """
    import pandas as pd

    return pd.Timestamp(period.end).as_unit("ns") + pd.Timedelta(days=1)


def calendar(period: Period) -> pd.DatetimeIndex:
    """Every day of the period.

    Examples
    --------
    >>> len(calendar(parse("2024-02")))
    29
    """
    import pandas as pd

    return pd.date_range(start(period), end(period), freq="D", inclusive="left", unit="ns")


def hours(period: Period) -> pd.DatetimeIndex:
    """Ends of every hour: 01:00 of the first day to 00:00 after the last.

    Examples
    --------
    >>> len(hours(parse("2026-10")))
    744
    """
    import pandas as pd

    return pd.date_range(start(period), end(period), freq="h", inclusive="right", unit="ns")


def months(period: Period) -> tuple[str, ...]:
    """Months as ``YYYY-MM``.

    Examples
    --------
    >>> months(parse("2026Q3"))
    ('2026-07', '2026-08', '2026-09')
    """
    return tuple(f"{m.year}-{m.month:02d}" for m in period.months)


def last_year(period: Period) -> Period:
    """Same calendar months a year before.

    Examples
    --------
    >>> last_year(parse("2024-02")).days
    28
    """
    return period.shifted(-1)


def to_date(period: Period) -> Period:
    """From 1 January to the end of the period.

    Examples
    --------
    >>> to_date(parse("2026Q3")).days
    273
    """
    return parse_period(f"{period.start.year}-01..{period.end.year}-{period.end.month:02d}")


def so_far(period: Period, until: str, day_hours: int) -> Period:
    """Part of a period that the data reach, in whole days; the period itself where nothing is missing at its end.

    Parameters
    ----------
    period : Period
    until : str
        Last hour with a value (end of the hour), or empty.
    day_hours : int
        Hours that a day needs to be counted.

    Examples
    --------
    >>> so_far(parse("2026"), "2026-11-01T00:00", 20).name, so_far(parse("2026-11"), "2026-11-20T14:00", 20).name
    ('2026-01-01..2026-10-31', '2026-11-01..2026-11-19')
    """
    if not until:
        return period
    import pandas as pd

    last = (pd.Timestamp(until) - pd.Timedelta(hours=day_hours)).date()
    last = min(max(last, period.start), period.end)
    return Period(f"{period.start}..{last}", period.start, last, "range")
