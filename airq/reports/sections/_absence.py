"""What a section says where a place has nothing to work with: one sentence in each language.

Examples
--------
>>> no_day("2026-10-01", "2026-10-31").en
'There is no valid day from 2026-10-01 to 2026-10-31, so this section is left out.'
"""

from __future__ import annotations

import pandas as pd

from airq.analysis import period as periods
from airq.analysis.period import Period
from airq.reports.sections._contract import Context, Missing

__all__ = ["STATION_REASONS", "last_day_of", "no_day", "no_station", "refused_without_data", "until_of"]

STATION_REASONS = ("no_station", "background_only")


def no_station(context: Context) -> Missing:
    """There is no evaluation station."""
    name = context.place
    return Missing(
        f"{name.zh}没有评价站点，本节从略。",
        f"{name.en} has no evaluation station, so this section is left out.",
    )


def no_day(first: str, last: str) -> Missing:
    """There is no valid day in the period."""
    return Missing(
        f"{first}至{last}没有有效日，本节从略。",
        f"There is no valid day from {first} to {last}, so this section is left out.",
    )


def refused_without_data(context: Context) -> None:
    """Refuse a place without stations and a period without data.

    Raises
    ------
    Missing
    """
    if context.result.absence in STATION_REASONS:
        raise no_station(context)
    if context.result.absence:
        first, last = periods.start(context.period), last_day_of(context.period)
        raise no_day(f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}")


def last_day_of(period: Period) -> pd.Timestamp:
    """Last day of a period, whatever the data.

    Examples
    --------
    >>> last_day_of(periods.parse("2026-02"))
    Timestamp('2026-02-28 00:00:00')
    """
    return periods.end(period) - pd.Timedelta(days=1)


def until_of(context: Context) -> pd.Timestamp:
    """Last whole day of the period that the data reach, so that a period under way is not spoken of as over.

    Where the place has no data the end of the last month that the archive holds counts.
    """
    last = last_day_of(context.period)
    if context.result.data_until:
        return min(last, pd.Timestamp(context.result.span("so_far").end))
    if context.result.absence:
        held = [m for m in periods.months(context.period) if m in set(context.archive.months())]
        return min(last, last_day_of(periods.parse(held[-1]))) if held else last
    return last
