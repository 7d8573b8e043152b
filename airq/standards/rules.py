"""Numbers that the daily and period rules take from the tables, gathered for one AQI edition.

Examples
--------
>>> daily_rules("2012").day_hours, daily_rules("2026").minimum_windows
(20, 14)
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import lcm

from airq.standards.editions import Edition, edition
from airq.standards.rounding import exact

__all__ = ["CoverageRules", "DailyRules", "coverage_rules", "daily_rules"]


@dataclass(frozen=True)
class DailyRules:
    """Validity of a station-day.

    Attributes
    ----------
    day_hours : int
        Hourly means that a 24-h mean needs (GB 3095, table 4).
    window_hours, window_valid : int
        Length of the ozone window and valid hours it needs.
    first_end, last_end : int
        Hours at which the first and last window end (HJ 663, 6.1.2).
    minimum_windows : int
        Valid windows that an MDA8 needs.
    valid_anyway_above : Fraction
        An MDA8 above this is valid with fewer windows.
    negative_invalid : bool
        Hourly values below zero are left out.
    """

    day_hours: int
    window_hours: int
    window_valid: int
    first_end: int
    last_end: int
    minimum_windows: int
    valid_anyway_above: Fraction
    negative_invalid: bool

    @property
    def day_denominator(self) -> int:
        """Common denominator of means over the hours of a valid day."""
        return lcm(*range(self.day_hours, 25))

    @property
    def window_denominator(self) -> int:
        """Common denominator of means over the hours of a valid window."""
        return lcm(*range(self.window_valid, self.window_hours + 1))


@dataclass(frozen=True)
class CoverageRules:
    """How stations make a place's value (HJ 663).

    Attributes
    ----------
    share_percent, few_stations_below, few_share_percent : int
        Share of valid stations, and the smaller share with few stations.
    silent_days : int
        Silence after which a station is taken as closed, or before which as not yet open.
    mda8 : {"stations", "mean hours"}
    group : {"members", "stations"}
    """

    share_percent: int
    few_stations_below: int
    few_share_percent: int
    silent_days: int
    mda8: str
    group: str


@cache
def _daily(aqi: Edition, standard: Edition, evaluation: Edition) -> DailyRules:
    return DailyRules(
        day_hours=standard.need("validity.day_hours"),
        window_hours=evaluation.need("o3_day.window_hours"),
        window_valid=standard.need("validity.o3_8h_hours"),
        first_end=evaluation.need("o3_day.first_window_end"),
        last_end=evaluation.need("o3_day.last_window_end"),
        minimum_windows=evaluation.need("o3_day.minimum_windows"),
        valid_anyway_above=exact(evaluation.need("o3_day.valid_anyway_above")),
        negative_invalid=evaluation.need("hours.negative") == "invalid",
    )


def daily_rules(name: str | int | Edition) -> DailyRules:
    """Rules of the standard and the evaluation that belong to an AQI edition."""
    e = edition(name, "aqi")
    return _daily(e, edition(e.need("standard"), "standard"), edition(e.need("evaluation"), "evaluation"))


def coverage_rules(name: str | int | Edition) -> CoverageRules:
    """Coverage rules of the evaluation that belongs to an AQI edition.

    Examples
    --------
    >>> coverage_rules("2012").few_share_percent
    50
    """
    e = edition(edition(name, "aqi").need("evaluation"), "evaluation")
    return CoverageRules(
        e.need("coverage.share_percent"),
        e.need("coverage.few_stations_below"),
        e.need("coverage.few_share_percent"),
        e.need("coverage.silent_days"),
        e.need("coverage.mda8"),
        e.need("coverage.group"),
    )
