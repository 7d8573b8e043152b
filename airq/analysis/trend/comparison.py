"""Every test of a trend beside the others, and a raw series beside its deweathered one.

The official test is Spearman's rank correlation of annual means (HJ 663); it stands in the same table, with what it
cannot say: it has no slope, no interval, and needs four whole years.

Examples
--------
>>> rng = np.random.default_rng(0)
>>> months = pd.period_range("2014-01", "2019-12", freq="M")
>>> table = trend_tests(pd.Series(60 - 0.4 * np.arange(72) + rng.normal(0, 4, 72), index=months, name="pm25")).table
>>> table["test"].tolist()
['theil-sen', 'theil-sen blocks', 'plain', 'hamed-rao', 'seasonal', 'bootstrap', 'spearman']
>>> int(table["n"][6]), table["direction"][6], bool(table["significant"][6])
(6, 'falling', True)
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from airq.analysis.trend.kendall import METHODS, mann_kendall
from airq.analysis.trend.season import without_season
from airq.analysis.trend.series import joined, monthly_values
from airq.analysis.trend.slopes import TheilSen, theil_sen
from airq.errors import AirqError, MissingData, ParameterError
from airq.standards import spearman

__all__ = ["SideBySide", "TrendTests", "annual_means", "side_by_side", "trend_tests"]


@dataclass(frozen=True, eq=False)
class TrendTests:
    """Tests of one series.

    Attributes
    ----------
    column : str
    table : pandas.DataFrame
        ``test``, ``n``, ``slope_per_year``, ``lower``, ``upper``, ``p_value``, ``statistic`` (tau or r), ``direction``,
        ``significant``, ``note`` (why a row is empty).
    confidence : float
    draws : int
    deseasonalised : bool
        Of all but ``seasonal`` and ``spearman``.
    notes : tuple of str
    """

    column: str
    table: pd.DataFrame
    confidence: float
    draws: int
    deseasonalised: bool
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table.copy()

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.column)}</p>" + self.table.to_html(index=False)


@dataclass(frozen=True, eq=False)
class SideBySide:
    """A raw and a deweathered trend of the same months.

    Attributes
    ----------
    raw, deweathered : TheilSen
    months : int
        Months that both have.
    weather : float
        Part of the raw slope that the weather made: raw less deweathered, a year.
    notes : tuple of str
    """

    raw: TheilSen
    deweathered: TheilSen
    months: int
    weather: float
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """A row for each, named in ``series``."""
        both = pd.concat([self.raw.to_frame(), self.deweathered.to_frame()], ignore_index=True)
        both.insert(0, "series", ["raw", "deweathered"])
        return both

    def _repr_html_(self) -> str:
        return self.to_frame().to_html(index=False)


def annual_means(monthly: Any, *, column: str | None = None) -> pd.Series:
    """Means of years with all twelve months; others are NaN.

    Parameters
    ----------
    monthly
        Series, frame or period means.
    column : str, optional

    Returns
    -------
    pandas.Series
        By year. Of months, not of days: for an official annual mean use :func:`airq.standards.summary`.

    Examples
    --------
    >>> annual_means(pd.Series(np.arange(18.0), index=pd.period_range("2019-01", periods=18, freq="M"))).tolist()
    [5.5, nan]
    """
    series = monthly_values(monthly, column)
    years = series.month // 12 + 1970
    grouped = pd.Series(series.value).groupby(years)
    mean = grouped.mean().where(grouped.count() == 12 // series.every)
    return mean.rename(series.name).rename_axis("year")


def _direction(slope: float) -> str:
    return "rising" if slope > 0 else "falling" if slope < 0 else "none"


def _spearman_row(monthly: Any) -> dict[str, Any]:
    """The official test; withheld with its reason where it cannot be made."""
    means = annual_means(monthly).dropna()
    blank = {"slope_per_year": np.nan, "lower": np.nan, "upper": np.nan, "p_value": np.nan}
    row: dict[str, Any] = {"test": "spearman", "n": len(means), **blank}
    try:
        found = spearman(means)
    except AirqError as error:
        return {**row, "statistic": np.nan, "direction": "", "significant": False, "note": str(error)}
    note = found.note or (
        f"no critical value for {found.n} years" if np.isnan(found.critical) else f"W_p {found.critical:.3f}"
    )
    return {
        **row,
        "statistic": found.r,
        "direction": found.direction,
        "significant": found.significant,
        "note": note,
    }


def trend_tests(
    monthly: Any,
    deseasonalise: bool = False,
    seed: int = 0,
    *,
    column: str | None = None,
    confidence: float = 0.95,
    draws: int = 599,
) -> TrendTests:
    """All tests of one series.

    Parameters
    ----------
    monthly
        Series, frame or period means.
    deseasonalise : bool
    seed : int
    column : str, optional
    confidence : float
    draws : int

    Returns
    -------
    TrendTests

    Raises
    ------
    MissingData
        Fewer than six values.
    ParameterError
    """
    given = monthly_values(monthly, column)
    given.need(6, "a trend")
    series, _, done = without_season(given, deseasonalise)
    rows: list[dict[str, Any]] = []
    for name, blocks in (("theil-sen", False), ("theil-sen blocks", True)):
        t = theil_sen(series, False, blocks, seed, confidence=confidence, draws=draws)
        rows.append(
            {
                "test": name,
                "n": t.n,
                "slope_per_year": t.slope_per_year,
                "lower": t.interval[0],
                "upper": t.interval[1],
                "p_value": t.p_value,
                "statistic": np.nan,
                "direction": _direction(t.slope_per_year),
                "significant": t.significant,
                "note": "",
            }
        )
    for method in METHODS:
        try:
            k = mann_kendall(
                given if method == "seasonal" else series, method, seed=seed, confidence=confidence, draws=draws
            )  # fmt: skip
        except MissingData as error:
            rows.append({"test": method, "n": 0, "direction": "", "significant": False, "note": str(error)})
            continue
        rows.append(
            {
                "test": method,
                "n": k.n,
                "slope_per_year": k.slope_per_year,
                "lower": k.interval[0],
                "upper": k.interval[1],
                "p_value": k.p_value,
                "statistic": k.tau,
                "direction": k.direction,
                "significant": k.significant,
                "note": "",
            }
        )
    rows.append(_spearman_row(given))
    return TrendTests(
        given.name, pd.DataFrame(rows), confidence, draws, done, joined(given.notes, series.notes)
    )


def side_by_side(
    raw: Any,
    deweathered: Any,
    deseasonalise: bool = True,
    autocorrelation: bool = True,
    seed: int = 0,
    *,
    column: str | None = None,
    confidence: float = 0.95,
) -> SideBySide:
    """Trends of a raw and a deweathered series over the months that both have.

    Parameters
    ----------
    raw, deweathered
        Series, frames or period means.
    deseasonalise, autocorrelation : bool
        As for :func:`airq.analysis.trend.slopes.theil_sen`, for both.
    seed : int
        The same resamples for both.
    column : str, optional
        Of ``raw``.
    confidence : float

    Returns
    -------
    SideBySide

    Raises
    ------
    MissingData
        Fewer than six months in common.
    """
    one, other = monthly_values(raw, column), monthly_values(deweathered)
    both = np.intersect1d(one.month[one.held], other.month[other.held])
    if len(both) < 6:
        raise MissingData(
            f"the raw and the deweathered series share {len(both)} months and a trend needs 6; give the same period to both."
        )
    if one.every != other.every:
        raise ParameterError("one series is monthly and the other annual; give both as months.")
    cut = [
        pd.Series(s.value[np.isin(s.month, both)], pd.PeriodIndex(both.astype("datetime64[M]"), freq="M"), name=s.name)
        for s in (one, other)
    ]  # fmt: skip
    a, b = (theil_sen(s, deseasonalise, autocorrelation, seed, confidence=confidence) for s in cut)
    lost = int(one.held.sum() + other.held.sum()) - 2 * len(both)
    notes = (f"{lost} months that only one of the two series has are left out.",) if lost else ()
    return SideBySide(a, b, len(both), a.slope_per_year - b.slope_per_year, joined(notes, a.notes, b.notes))
