"""Counties ranked against each other: composite index, good days, PM2.5, and how each changed against last year.

Examples
--------
>>> now = pd.DataFrame({"place": ["a", "b", "c"], "standard": "GB3095-2012", "composite": [4.1, 4.1, 5.0],
...     "composite_official": [4.1, 4.1, 5.0], "composite_withheld": "", "good_days": [20, 21, 19],
...     "mean_pm25": [30.2, 29.6, 41.0], "mean_pm25_official": [30.0, 30.0, 41.0], "days_valid": 31})
>>> made = ranked(now, now.assign(composite=[4.0, 5.0, 5.0], composite_official=[4.0, 5.0, 5.0], good_days=20))
>>> made[["place", "composite_rank", "mean_pm25_rank", "good_days_rank"]].values.tolist()
[['a', 1, 1, 2], ['b', 1, 1, 1], ['c', 3, 3, 3]]
>>> made["composite_change_rank"].tolist(), made["good_days_change"].tolist()
([3, 1, 2], [0, 1, -1])
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import pandas as pd

from airq.standards.rounding import exact

__all__ = ["CRITERIA", "eligible", "ranked"]

CRITERIA: Final = {"composite": False, "good_days": True, "mean_pm25": False}
"""What is ranked, and whether more of it is better."""


def eligible(rows: pd.DataFrame) -> pd.Series:
    """Which rows may be ranked: those whose composite index may be printed, all six pollutants having enough days.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of one period and standard, as in ``CountyMonth.summary``.

    Returns
    -------
    pandas.Series of bool
    """
    known = rows["composite_official"].notna() & (rows["days_valid"] > 0)
    return known & (rows["composite_withheld"] == "")


def ranked(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Rank the places of a period, and their changes against another.

    Parameters
    ----------
    now, before : pandas.DataFrame
        One row a place, as in ``CountyMonth.summary``, of one standard.

    Returns
    -------
    pandas.DataFrame
        Only places that are :func:`eligible`, best composite index first; for each of :data:`CRITERIA` ``<name>``
        (unrounded), ``<name>_printed``, ``<name>_rank``, ``<name>_before``, ``<name>_before_printed``,
        ``<name>_before_rank``, ``<name>_change`` (share of the value before; days for good days) and
        ``<name>_change_rank`` (1 improved most); missing where the year before has none.

    Notes
    -----
    Ranks rest on printed values, ties share a rank [C]; so does the change of the composite index. That of PM2.5 is the
    change of unrounded values, since one unit of a rounded concentration can be several percent of it, and is ranked to
    a tenth of a percent [own rule].
    """
    here = now[eligible(now)].set_index("place")
    there = before[eligible(before)].set_index("place").reindex(here.index) if len(before) else None
    out = pd.DataFrame({"place": list(here.index)})
    for name, more in CRITERIA.items():
        values = _printed(here, name)
        out[name], out[f"{name}_printed"] = _plain(here[name]), _floats(values)
        out[f"{name}_rank"] = _ranks(values, more)
        old: list[Fraction | None] = [None] * len(here) if there is None else _printed(there, name)
        raw = pd.Series([float("nan")] * len(here)) if there is None else there[name]
        out[f"{name}_before"], out[f"{name}_before_printed"] = _plain(raw), _floats(old)
        out[f"{name}_before_rank"] = _ranks(old, more)
        if name == "good_days":
            change = [None if a is None or b is None else a - b for a, b in zip(values, old, strict=True)]
            out[f"{name}_change"], shown = _counts(change), change
        else:
            pairs = (
                zip(values, old, strict=True) if name == "composite" else zip(here[name], raw, strict=True)
            )
            change = [_share(a, b) for a, b in pairs]
            out[f"{name}_change"] = _floats(change)
            shown = change if name == "composite" else [_tenth(v) for v in change]
        out[f"{name}_change_rank"] = _ranks(shown, more)
    return out.sort_values(["composite_rank", "place"], ignore_index=True)


def _printed(rows: pd.DataFrame, name: str) -> list[Fraction | None]:
    column = rows[name if name == "good_days" else f"{name}_official"]
    return [None if pd.isna(v) else exact(repr(float(v))) for v in column]


def _share(now: Any, before: Any) -> Fraction | None:
    """Change as a share of the value before."""
    if now is None or before is None or pd.isna(now) or pd.isna(before) or not before:
        return None
    a, b = (v if isinstance(v, Fraction) else exact(repr(float(v))) for v in (now, before))
    return a / b - 1


def _tenth(change: Fraction | None) -> Fraction | None:
    """Change as a page prints it, in tenths of a percent."""
    return None if change is None else Fraction(round(change * 1000), 1000)  # half to even, as GB/T 8170


def _ranks(values: list[Fraction | None], more: bool) -> pd.Series:
    """Ranks from 1, ties sharing one; missing values have none."""
    known = [v for v in values if v is not None]
    ahead: list[Any] = [
        None if v is None else 1 + sum((k > v) if more else (k < v) for k in known) for v in values
    ]
    return pd.Series(ahead, dtype="Int64")


def _floats(values: list[Fraction | None]) -> list[float]:
    return [float("nan") if v is None else float(v) for v in values]


def _counts(values: list[Fraction | None]) -> pd.Series:
    return pd.Series([None if v is None else int(v) for v in values], dtype="Int64")


def _plain(values: pd.Series) -> list[float]:
    return [float(v) for v in values]
