"""What is observed of a year: days counted, and exact sums of concentrations.

Examples
--------
>>> from airq.targets.engine import know
>>> from airq.targets.series import sites_of
>>> from airq.targets.spec import parse
>>> import pandas as pd
>>> frame = pd.DataFrame({"date": pd.date_range("2018-01-01", "2018-12-31"), "pm25": [0.1, 0.2] * 182 + [0.1]})
>>> known = know(sites_of(frame), "site", np.datetime64("2018-12-31"))
>>> seen = observe(known, parse({"kind": "mean", "pollutant": "pm25", "at_most": 1, "year": 2018}), 2018)
>>> seen.number, seen.total   # no binary fraction
(365, Fraction(547, 10))
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.standards.rounding import from_floats
from airq.targets.engine import Known, year_start
from airq.targets.series import Days
from airq.targets.spec import Target

__all__ = ["Observed", "meets", "observe"]

_TIE: Final = 1e-9
"""Figures nearer than this are equal: 42.2 is 15.6 % below 50, whatever binary fractions say."""


def meets(final: Any, limit: Any, upward: bool) -> Any:
    """Whether figures are on the right side of a limit, or on it.

    Examples
    --------
    >>> meets(42.2, 50 * (1 - 0.156), False), meets(299, 300, True)
    (True, False)
    """
    return final >= limit - _TIE if upward else final <= limit + _TIE


@dataclass(frozen=True)
class Observed:
    """Observed part of a year.

    Attributes
    ----------
    days : datetime64[D] array (day,)
    flags : bool array (day,)
        Days that the target counts; empty for means.
    valid : bool array (day,)
    count : int
        Days counted.
    total : float
        Sum of the concentrations of the valid days.
    """

    days: Days
    flags: npt.NDArray[np.bool_]
    valid: npt.NDArray[np.bool_]
    count: int
    total: Fraction

    @property
    def number(self) -> int:
        """Valid days."""
        return int(self.valid.sum())

    @property
    def mean(self) -> float:
        """Mean of the valid days, nearest float of the exact one."""
        return float(self.total / self.number) if self.number else float("nan")


def observe(known: Known, target: Target, year: int) -> Observed:
    """What is observed of a calendar year up to the day of issue.

    Sums are exact: the decimals that the source published, as integers.
    """
    series, asof = known.series, known.asof
    rows = series.within(year_start(year), min(asof, year_start(year + 1) - 1))
    if target.is_mean:
        values = series.column(str(target.pollutant))[rows]
        valid = np.isfinite(values)
        exact = from_floats(values)
        total = Fraction(int(exact.numerator[exact.valid].astype(object).sum() or 0), int(exact.denominator))
        return Observed(series.days[rows], np.zeros(0, bool), valid, 0, total)
    aqi, _ = known.past_aqi(rows, target.standard)
    valid = np.isfinite(aqi)
    with np.errstate(invalid="ignore"):
        above = aqi > target.aqi_threshold
    flags = valid & (above if target.counts_heavy else ~above)
    return Observed(series.days[rows], flags, valid, int(flags.sum()), Fraction(0))
