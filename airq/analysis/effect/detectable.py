"""How small an effect could have been seen: minimum detectable effects of an estimate, a season's mean, a year's mean.

An effect below it is missed more often than the power allows, and where it is "found" its size is exaggerated.

Examples
--------
>>> from airq.analysis.effect.detectable import detectable
>>> round(detectable(0.05, df=40), 3)  # (2.02 + 0.85) standard errors
0.144
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from airq.analysis.effect.inputs import Days, as_day, daily, need_varying
from airq.analysis.effect.weather import adjusted
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["DetectableEffect", "checked_levels", "detectable", "minimum_detectable_effect"]

Array = npt.NDArray[np.float64]

_LEAST_SEASONS: Final = 4
_COVERED: Final = 0.75
"""Share of a season's days that must hold a value."""


def checked_levels(confidence: float, power: float) -> None:
    """Refuse a confidence or power that is no share.

    Raises
    ------
    ParameterError
    """
    if not 0.5 < confidence < 1 or not 0.5 <= power < 1:
        raise ParameterError(
            f"confidence {confidence} and power {power} must be shares above 0.5 and below 1; 0.95 and 0.8 are usual."
        )


def detectable(se: float, df: float = np.inf, confidence: float = 0.95, power: float = 0.8) -> float:
    """Smallest effect that a two-sided test finds with a given power.

    Parameters
    ----------
    se : float
        Standard error of the estimate.
    df : float
        Degrees of freedom.
    confidence, power : float

    Returns
    -------
    float
        In the unit of ``se``, positive: ``(t(1 - α/2) + t(power)) se`` (Bloom 1995, Evaluation Review 19, 547).

    Examples
    --------
    >>> round(detectable(1.0), 3)
    2.802
    """
    checked_levels(confidence, power)
    return float(se * (stats.t.ppf((1 + confidence) / 2, df) + stats.t.ppf(power, df)))


@dataclass(frozen=True, eq=False)
class DetectableEffect:
    """Smallest change of a season's (or year's) mean that can be told from chance.

    Attributes
    ----------
    target : str
    log : float
        Smallest detectable change as a difference of logarithms, positive.
    standard_error, df : float
        Of the change between the seasons before and after.
    between : float
        Standard deviation of the logarithm of a season's mean about its trend: what weather and chance do to a season.
    seasons : pandas.DataFrame
        ``season`` (its first year), ``start``, ``end``, ``days``, ``log_mean`` (logarithm of the
        mean), ``fitted``, ``used``.
    before, after : int
        Seasons on each side.
    confidence, power : float
    level : float
        Mean of the last season, for figures in µg/m³.
    notes : tuple of str
    """

    target: str
    log: float
    standard_error: float
    df: float
    between: float
    seasons: pd.DataFrame
    before: int
    after: int
    confidence: float
    power: float
    level: float
    notes: tuple[str, ...]

    @property
    def fall_percent(self) -> float:
        """Smallest detectable fall, percent (negative)."""
        return float(100 * np.expm1(-self.log))

    @property
    def rise_percent(self) -> float:
        """Smallest detectable rise, percent."""
        return float(100 * np.expm1(self.log))

    @property
    def concentration(self) -> float:
        """Smallest detectable fall from the level of the last season, in its unit."""
        return float(-self.level * np.expm1(-self.log))

    def to_frame(self) -> pd.DataFrame:
        """The seasons."""
        return self.seasons

    def _repr_html_(self) -> str:
        said = (
            f"{self.fall_percent:.0f} % ({self.concentration:.1f}) can be seen in the mean of {self.after} season(s) "
            f"against {self.before} before, {100 * self.confidence:.0f} % confidence, {100 * self.power:.0f} % power"
        )
        notes = items(self.notes)
        return f"<p><b>{escape(self.target)}</b>: {said}</p><ul>{notes}</ul>{self.seasons.round(3).to_html(index=False)}"


def _month_day(value: object, what: str) -> tuple[int, int]:
    try:
        stamp = pd.Timestamp(f"2001-{value}")
    except ValueError as error:
        raise ParameterError(f"{what} '{value}' is no day of the year; write it like 10-15.") from error
    return stamp.month, stamp.day


def _seasons(held: Days, log: Array, season: tuple[str, str] | None) -> tuple[pd.DataFrame, list[str]]:
    """Means of each season that has enough days.

    Days missing at one end of a season would pass for a change, so the mean of the days known is scaled by the usual
    course of the year: usual mean of all its days over usual mean of those days.
    """
    first, last = ("01-01", "12-31") if season is None else season
    (m0, d0), (m1, d1) = _month_day(first, "the season's start"), _month_day(last, "the season's end")
    over = (m1, d1) < (m0, d0)
    days, rows, notes = held.days, [], []
    known = np.isfinite(log)
    coefficients = np.linalg.lstsq(_course(days[known]), log[known], rcond=None)[0]
    series = pd.Series(np.exp(log), days)
    for year in range(days[0].year - 1, days[-1].year + 1):
        start, end = pd.Timestamp(year, m0, d0), pd.Timestamp(year + over, m1, d1)
        part, whole = series[start:end].dropna(), pd.date_range(start, end)
        if len(part) < _COVERED * len(whole):
            if len(part):
                notes.append(
                    f"The season from {start.date()} has {len(part)} of {len(whole)} days and is left out."
                )
            continue
        usual = pd.Series(np.exp(_course(whole) @ coefficients), whole)
        mean = float(part.mean() * usual.mean() / usual[part.index].mean())
        rows.append((year, start, end, len(part), float(np.log(mean))))
    return pd.DataFrame(rows, columns=["season", "start", "end", "days", "log_mean"]), notes


def _course(days: pd.DatetimeIndex) -> Array:
    angle = 2 * np.pi * days.day_of_year.to_numpy() / 365.25
    return np.column_stack([np.ones(len(days))] + [f(k * angle) for k in (1, 2, 3) for f in (np.sin, np.cos)])


def minimum_detectable_effect(
    frame: pd.DataFrame,
    target: str = "pm25",
    *,
    season: tuple[str, str] | None = ("10-15", "04-15"),
    after: int = 1,
    before: int | None = None,
    weather: list[str] | tuple[str, ...] = (),
    site: str | None = None,
    until: object | None = None,
    trend: bool = True,
    confidence: float = 0.95,
    power: float = 0.8,
) -> DetectableEffect:
    """Smallest change in the mean of coming seasons that could be told from the weather and chance of a season.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours or days of one site, or of several with ``site``; a deweathered series is a column like any other.
    target : str
    season : ("MM-DD", "MM-DD") or None
        First and last day; may span the new year. None takes calendar years. The heating season of Changji by default.
    after : int
        Seasons that will be compared, 1 for the coming one.
    before : int, optional
        Seasons of the past to use, the last ones; all by default.
    weather : sequence of str
        Columns for the light adjustment; () takes the target as it is.
    site : str, optional
    until : date, optional
        Leaves out everything from that day on, such as the start of a measure.
    trend : bool
        Extrapolate a straight line through the seasons before; False compares with their mean.
    confidence, power : float

    Returns
    -------
    DetectableEffect

    Raises
    ------
    MissingData
        Fewer than four whole seasons.
    ParameterError

    Notes
    -----
    The error is that of predicting the mean of ``after`` seasons from those before, by least squares, with the spread of
    whole seasons as noise. Days are no replicates of a season; a standard error from days would be too small by far.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> days = pd.date_range("2012-01-01", "2021-12-31")
    >>> yearly = rng.normal(0, 0.1, 12)[days.year - 2012]
    >>> made = pd.DataFrame({"date": days, "pm25": 50 * np.exp(yearly + rng.normal(0, 0.3, len(days)))})
    >>> found = minimum_detectable_effect(made, season=None)
    >>> found.before, bool(0.25 < found.log < 0.6)
    (10, True)
    """
    checked_levels(confidence, power)
    if after < 1 or (before is not None and before < _LEAST_SEASONS):
        raise ParameterError(f"give after of 1 or more and before of {_LEAST_SEASONS} or more seasons.")
    held = daily(frame, target, weather, site)
    need_varying(held)
    notes = list(held.notes)
    log = held.log
    if weather:
        light = adjusted(held)
        log, notes = light.log, notes + list(light.notes)
    if until is not None:
        log = np.where(held.days < as_day(until, "until"), log, np.nan)
    table, short = _seasons(held, log, season)
    used = np.arange(len(table)) >= len(table) - (before or len(table))
    if used.sum() < _LEAST_SEASONS:
        raise MissingData(
            f"{int(used.sum())} whole seasons of '{target}' are known, {_LEAST_SEASONS} are needed; give more years."
        )
    x = table["season"].to_numpy(dtype=np.float64)[used]
    y = table["log_mean"].to_numpy()[used]
    ahead = x[-1] + np.arange(1, after + 1)
    base = np.column_stack([np.ones_like(x), x - x.mean()])[:, : 1 + trend]
    aim = np.array([1.0, float(ahead.mean() - x.mean())])[: 1 + trend]
    b = np.linalg.lstsq(base, y, rcond=None)[0]
    df = len(x) - base.shape[1]
    between = float(np.sqrt(np.square(y - base @ b).sum() / df))
    se = between * float(np.sqrt(1 / after + aim @ np.linalg.solve(base.T @ base, aim)))
    fitted = np.full(len(table), np.nan)
    fitted[used] = base @ b
    return DetectableEffect(
        target=target,
        log=detectable(se, df, confidence, power),
        standard_error=se,
        df=float(df),
        between=between,
        seasons=table.assign(fitted=fitted, used=used),
        before=int(used.sum()),
        after=after,
        confidence=confidence,
        power=power,
        level=float(np.exp(table["log_mean"].iloc[-1])),
        notes=tuple(notes + short),
    )
