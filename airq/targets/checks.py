"""What must be there before a case is judged, and what would make its verdict a guess.

Examples
--------
>>> import numpy as np
>>> import pandas as pd
>>> from airq.targets.engine import know
>>> from airq.targets.judge import Settings
>>> from airq.targets.series import sites_of
>>> from airq.targets.spec import parse
>>> frame = pd.DataFrame({"date": pd.date_range("2018-01-01", "2018-12-30"), "aqi": 80.0})
>>> known = know(sites_of(frame), "site", np.datetime64("2018-12-31"))
>>> case = Case(known, parse({"kind": "heavy_days", "at_most": 0, "year": 2018}), Settings(100, 0))
>>> check_certain(case)
Traceback (most recent call last):
airq.targets.sentences.Refused: site 'site' is not judged in 2018: 1 day has no value and could change the verdict; ...
"""

from __future__ import annotations

from typing import Final

from airq.errors import ParameterError
from airq.targets.engine import year_start
from airq.targets.judge import Case
from airq.targets.sentences import days, refused

__all__ = ["LONGEST_SILENCE", "check", "check_base", "check_certain", "check_index"]

LEAST_DAYS_OF_A_YEAR: Final = 183
"""Valid days below which a year that is over is not judged."""
LONGEST_SILENCE: Final = 92
"""Days without an observation before the day of issue, beyond which there is no outlook."""


def check(case: Case) -> None:
    """Refuse a year or base year that ended without half its days, and a site that is silent for long.

    Raises
    ------
    MissingData
    """
    check_index(case)
    last = case.last if case.last is not None else case.known.series.days[-1]
    silent = int((case.asof - last).astype(int))
    if not case.ended() and silent > LONGEST_SILENCE:
        raise refused("long_silence", site=case.known.series.site, last=last, n=silent, days=days(silent), asof=case.asof)  # fmt: skip
    check_base(case)
    for year in range(case.target.year - _back(case), case.target.year + 1):
        _check_year(case, year, "year")


def _back(case: Case) -> int:
    """Years before the last one that a figure is made of."""
    return 2 if case.target.kind == "mean3" else 0


def check_base(case: Case) -> None:
    """Refuse a base year without half its days, and a change from it that ends below zero.

    Raises
    ------
    MissingData, ParameterError
    """
    change = case.target.change
    if change is None or change.base is not None:
        return
    for year in range(change.from_ - _back(case), change.from_ + 1):
        _check_year(case, year, "base")
    limit = case.fixed_limit()
    if limit is not None and limit < 0:
        raise ParameterError(
            f"target: key 'change' comes to a threshold of {limit:g} {case.target.unit} against {change.from_}; a figure "
            "below zero cannot be, correct it."
        )


def _check_year(case: Case, year: int, what: str) -> None:
    if not case.ended(year):
        return
    number, series = case.observed(year).number, case.known.series
    span = {"first": series.days[0], "last": series.days[-1]}
    if number == 0:
        raise refused(f"none_in_{what}", site=series.site, year=year, **span)
    if number < LEAST_DAYS_OF_A_YEAR:
        said = days(number, "valid day")
        raise refused(f"few_in_{what}", site=series.site, year=year, n=number, days=said)


def check_index(case: Case) -> None:
    """Refuse to count days by an AQI that too few pollutants make, or that is of another standard.

    Heavy days are counted by PM2.5 alone, since most are its own; what that leaves open is said.

    Raises
    ------
    MissingData
    """
    lacking, site, target = case.lacking, case.known.series.site, case.target
    if lacking and not (target.counts_heavy and "pm25" in case.known.names):
        kind, kind_zh = ("heavy", "重污染") if target.counts_heavy else ("good", "优良")
        names = {"lacking": " and ".join(lacking)}
        raise refused("no_index", site=site, kind=kind, kind_zh=kind_zh, **names)
    if target.is_mean or not case.known.direct or target.standard is None or not case.known.series.edition:
        return
    rows = case.known.series.within(year_start(target.year), case.asof)
    if rows.stop > rows.start and not case.known.past_aqi(rows, target.standard)[1]:
        raise refused("index_of_other_edition", site=site, standard=target.standard)


def check_certain(case: Case) -> None:
    """Refuse a year that ended where days without a value could change the verdict and nothing simulates them.

    Raises
    ------
    MissingData
    """
    if not case.ended() or case.status() != "open":
        return
    unknown, silent = case.unknown(), case.silent()
    if (case.over() and unknown) or silent > LONGEST_SILENCE:
        n = max(unknown, silent)
        raise refused("unknown_days", site=case.known.series.site, year=case.target.year, n=n, days=days(n), have="has" if n == 1 else "have")  # fmt: skip
