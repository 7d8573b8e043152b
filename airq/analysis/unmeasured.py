"""Pollutants that were hardly measured while others were, and what that does to a count of good days.

Under HJ 633-2026, 5.3.1, a day that lacks a pollutant has an AQI only where the others put it above 100: polluted days
stay in the count and good ones drop out of it. Where that concerns a few days it is the rule and is printed as it is;
where a pollutant is missing as a rule, the number of good days says what was measured and not how the air was.

Examples
--------
>>> row = {"standard": "GB3095-2026", **{f"n_{p}": 31 for p in POLLUTANTS}, **{f"{p}_withheld": "" for p in POLLUTANTS}}
>>> unmeasured(row), days_held(row)
((), False)
>>> row |= {"n_o3": 0, "o3_withheld": "2026-10 has 0 of 27 daily values"}
>>> unmeasured(row), days_held(row), days_held(row | {"standard": "GB3095-2012"})
(('o3',), True, False)
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Final

import pandas as pd

from airq import standards
from airq.variables import POLLUTANTS

__all__ = ["days_held", "unmeasured"]

_MONTH: Final = 31
"""Days of the month that the least number of daily values of a month is set against."""


def _limits(standard: str) -> standards.Edition:
    return standards.standard_of("GB3095-2026" if standard == "by-date" else standard).edition


def unmeasured(row: Mapping[Hashable, Any] | pd.Series) -> tuple[str, ...]:
    """Pollutants with too few daily values for a mean, and far fewer than the pollutant that has most.

    Parameters
    ----------
    row : mapping or pandas.Series
        Row of ``CountyMonth.summary`` of a single place.

    Returns
    -------
    tuple of str
        Empty also for the mean of a group.

    Notes
    -----
    Far fewer: below 27 in 31, what a monthly mean needs (GB 3095, table 4), so that an outage of the whole station, which
    leaves the days that there are as they were, is none of it.
    """
    if any(pd.isna(row.get(f"n_{p}")) for p in POLLUTANTS):
        return ()
    counted = {p: float(row[f"n_{p}"]) for p in POLLUTANTS}
    most = max(counted.values())
    rules = standards.edition(_limits(str(row["standard"])).need("evaluation"), "evaluation")
    least = int(rules.need("validity.month_days"))
    return tuple(p for p, n in counted.items() if row[f"{p}_withheld"] and n * _MONTH < least * most)


def days_held(row: Mapping[Hashable, Any] | pd.Series) -> bool:
    """Whether the good days of a row and their ratio are withheld.

    Parameters
    ----------
    row : mapping or pandas.Series
        Row of ``CountyMonth.summary``.

    Returns
    -------
    bool
        True where days that lack a pollutant count if they are polluted only, and a pollutant is missing as a rule.
    """
    rule = standards.edition(_limits(str(row["standard"])).need("aqi"), "aqi").need("missing.aqi")
    return bool(rule == "publish_if_above" and unmeasured(row))
