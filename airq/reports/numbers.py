"""The one gate between a computed number and a page: official rounding, or the admission that it is withheld.

Every printed figure is rounded once after GB/T 8170 to the decimals that the evaluation standard names. A difference is
that of the two printed figures, so that a reader can check it; a change of a concentration in percent is that of the
unrounded values, since one unit of a rounded one can be several percent of it.

Examples
--------
>>> plain(rounded(60.5, 0)), plain(rounded(0.8706, 3)), signed(rounded(3, 0), rounded(5, 0))
('60', '0.871', '−2')
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from airq import standards
from airq.analysis.unmeasured import days_held
from airq.figures import labels
from airq.figures.labels import Language
from airq.reports import provenance
from airq.reports.tables import Number
from airq.standards import round_official
from airq.variables import POLLUTANTS

__all__ = [
    "DASH",
    "FIGURES",
    "change_of",
    "decimals",
    "linked",
    "percent",
    "plain",
    "printed",
    "rounded",
    "signed",
    "signed_share",
    "unit",
    "with_unit",
]

DASH: Final = "–"
FIGURES: Final = (
    "days_valid",
    "good_days",
    "good_ratio",
    "heavy_days",
    "mean_pm25",
    "mean_pm10",
    "mean_so2",
    "mean_no2",
    "p95_co",
    "p90_o3",
    "composite",
)
"""Indicators that a report gives under each standard: columns of ``CountyMonth.summary``."""
_COUNTS: Final = ("days_valid", "good_days", "heavy_days", "days_calendar")


def rounded(value: Any, digits: int) -> Decimal | None:
    """Value rounded after GB/T 8170, or None where it is missing.

    Parameters
    ----------
    value : float, int, Decimal or None
    digits : int

    Returns
    -------
    Decimal or None
    """
    if value is None or value is pd.NA or (isinstance(value, float | np.floating) and not np.isfinite(value)):
        return None
    return Decimal(round_official(value, digits))


def plain(value: Decimal | None) -> str:
    """Printed text; a dash where there is none."""
    return DASH if value is None else f"{value:f}"


def signed(now: Decimal | None, before: Decimal | None) -> str:
    """Difference of two printed values with its sign.

    Examples
    --------
    >>> signed(Decimal("1.2"), Decimal("1.0")), signed(Decimal(3), Decimal(3)), signed(None, Decimal(3))
    ('+0.2', '0', '–')
    """
    if now is None or before is None:
        return DASH
    change = now - before
    if not change:
        return "0"
    return f"{'+' if change > 0 else '−'}{abs(change):f}"


def signed_share(change: Any) -> str:
    """Change as a share of the earlier value, in percent with its sign.

    Examples
    --------
    >>> signed_share(-0.25), signed_share(0.0004), signed_share(None)
    ('−25.0%', '0.0%', '–')
    """
    if change is None or not np.isfinite(float(change)):
        return DASH
    value = rounded(Decimal(repr(float(change))) * 100, 1)
    if not value:
        return "0.0%"
    return f"{'+' if value > 0 else '−'}{abs(value):f}%"


def change_of(
    now: Mapping[str, Any] | pd.Series | None, before: Mapping[str, Any] | pd.Series | None, indicator: str
) -> float | None:
    """Change of an indicator between two summary rows, as a share of the earlier value.

    Parameters
    ----------
    now, before : mapping or pandas.Series or None
        Rows of ``CountyMonth.summary``.
    indicator : str

    Returns
    -------
    float or None
        None where one of the two may not be printed, or the earlier one is 0.

    Notes
    -----
    Of unrounded values, but for the composite index, whose change rests on the index printed with two decimals, as its
    ranking does.

    Examples
    --------
    >>> change_of(None, None, "mean_pm25") is None
    True
    """
    a, b = printed(now, indicator), printed(before, indicator)
    if now is None or before is None or a is None or b is None:
        return None
    if indicator == "composite":
        return float(a / b - 1) if b else None
    return float(now[indicator]) / float(before[indicator]) - 1 if before[indicator] else None


def percent(share: Any, digits: int = 1) -> str:
    """Share 0 to 1 as percent.

    Examples
    --------
    >>> percent(0.98765), percent(float("nan"))
    ('98.8%', '–')
    """
    if share is None or not np.isfinite(float(share)):
        return DASH
    return f"{plain(rounded(Decimal(repr(float(share))) * 100, digits))}%"


def _rules(standard: str) -> standards.Edition:
    return standards.edition(standards.standard_of(standard).edition.need("evaluation"), "evaluation")


def decimals(indicator: str, standard: str, mean: bool = False) -> int:
    """Decimals to which an indicator is printed.

    Parameters
    ----------
    indicator : str
        Column of the summary, such as ``mean_pm25`` or ``composite``; ``good_ratio`` is in percent.
    standard : str
    mean : bool
        The mean of several counties, whose days are no whole numbers.

    Returns
    -------
    int

    Examples
    --------
    >>> decimals("mean_co", "GB3095-2012"), decimals("composite", "GB3095-2026"), decimals("good_days", "GB3095-2012", mean=True)
    (1, 2, 1)
    """
    if indicator in _COUNTS:
        return 1 if mean else 0
    rules = _rules("GB3095-2026" if standard == "by-date" else standard)
    if indicator == "good_ratio":
        return int(rules.need("rounding.ratio_percent"))
    if indicator == "composite" or indicator.startswith("index_"):
        return int(rules.need("rounding.index"))
    return int(rules.need(f"rounding.{indicator.rsplit('_', 1)[-1]}"))


def printed(row: Mapping[str, Any] | pd.Series | None, indicator: str) -> Decimal | None:
    """Figure of a summary row as it may be printed; None where there is none or it is withheld.

    Parameters
    ----------
    row : mapping or pandas.Series or None
        Row of ``CountyMonth.summary``.
    indicator : str
        Column; ``good_ratio`` gives percent.

    Returns
    -------
    Decimal or None
    """
    if row is None:
        return None
    mean = "used_days_valid" in row and not np.isnan(row["used_days_valid"])
    if not mean and indicator in ("good_days", "good_ratio") and days_held(row):
        return None
    if not mean and indicator not in (*_COUNTS, "good_ratio"):
        name = indicator.rsplit("_", 1)[-1]
        held = row["composite_withheld"] if name not in POLLUTANTS else row[f"{name}_withheld"]
        if held:
            return None
    digits = decimals(indicator, str(row["standard"]), mean)
    official = "good_ratio_percent_official" if indicator == "good_ratio" else f"{indicator}_official"
    if not mean and official in row and np.isfinite(row[official]):
        return rounded(float(row[official]), digits)  # rounded from the exact fraction by the standards
    value = row[indicator]
    if indicator == "good_ratio" and np.isfinite(value):
        return rounded(Decimal(repr(float(value))) * 100, digits)
    return rounded(value, digits)


def linked(row: Mapping[str, Any] | pd.Series | None, indicator: str, lang: Language | None = None) -> Number:
    """Printed figure that leads to its row of provenance; a dash without a link where there is none.

    Parameters
    ----------
    row : mapping or pandas.Series or None
        Row of ``CountyMonth.summary``.
    indicator : str
    lang : {"zh", "en"}, optional
        Adds the unit.

    Returns
    -------
    airq.reports.tables.Number
    """
    if printed(row, indicator) is None:
        return Number(DASH)
    text = plain(printed(row, indicator)) if lang is None else with_unit(row, indicator, lang)
    return Number(text, provenance.summary_ref(row, indicator))


def unit(indicator: str, lang: Language) -> str:
    """Unit of an indicator as printed; empty for indices.

    Examples
    --------
    >>> unit("mean_co", "en"), unit("good_days", "zh"), unit("good_ratio", "en"), unit("composite", "en")
    ('mg/m³', '天', '%', '')
    """
    if indicator in _COUNTS:
        return labels.text("day_unit", lang)
    if indicator == "good_ratio":
        return "%"
    name = indicator.rsplit("_", 1)[-1]
    return labels.units(name) if name in POLLUTANTS and not indicator.startswith("index_") else ""


def with_unit(row: Mapping[str, Any] | pd.Series | None, indicator: str, lang: Language) -> str:
    """Printed figure with its unit; a dash alone where there is none."""
    value = printed(row, indicator)
    if value is None:
        return DASH
    name = unit(indicator, lang)
    return f"{plain(value)}{name}" if name in ("%", "天", "") else f"{plain(value)} {name}"
