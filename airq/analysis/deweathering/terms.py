"""First stage: logarithm of the target = trend + season + hour + weather, by penalised least squares.

Trees shrink a slow trend, because at every split it competes with weather that explains far more. In an additive model
it is not penalised, and what is local or joint is left to the trees.

The trend is a cubic spline with a knot every year and a half; its slope may differ by season. Weather enters as
restricted cubic splines (Harrell 2015, Regression Modeling Strategies, 2.4.5) of the hour and of the hours before, with
products with season and hour of the day.

Examples
--------
>>> knots = knots_of(np.arange(100.0))
>>> restricted(np.array([0.0, 50.0]), knots).shape
(2, 4)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.interpolate import BSpline

__all__ = [
    "Fit",
    "Influence",
    "Own",
    "Weather",
    "fit_folds",
    "harmonics",
    "knots_of",
    "own_terms",
    "restricted",
    "weather_terms",
]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_YEAR: Final = 365.2425
_QUANTILES: Final = (0.05, 0.275, 0.5, 0.725, 0.95)
"""Harrell's places of five knots."""
_KNOT_YEARS: Final = 1.5
_PENALTIES: Final = (3.0, 30.0, 300.0, 3000.0)
_LAGS: Final = {"hourly": (24, 72), "daily": (3,)}
"""Rows before, over which the weather is averaged: haze of a day or three builds up in the weather of those days."""


def knots_of(values: Array) -> Array:
    """Different quantiles of the finite values, at most five."""
    held = values[np.isfinite(values)]
    return np.unique(np.quantile(held, _QUANTILES)) if len(held) else np.zeros(0)


def restricted(values: Array, knots: Array) -> Array:
    """Restricted cubic spline: linear beyond the outer knots.

    Parameters
    ----------
    values : array, shape (n,)
    knots : array, shape (k,)
        Increasing; fewer than three give the values alone.

    Returns
    -------
    array, shape (n, max(k - 1, 1))
    """
    columns = [values]
    if len(knots) >= 3:
        last, before = knots[-1], knots[-2]
        for knot in knots[:-2]:
            term = np.maximum(values - knot, 0.0) ** 3
            term = term - np.maximum(values - before, 0.0) ** 3 * (last - knot) / (last - before)
            term = term + np.maximum(values - last, 0.0) ** 3 * (before - knot) / (last - before)
            columns.append(term / (last - knots[0]) ** 2)
    return np.column_stack(columns)


def harmonics(phase: Array, count: int) -> Array:
    """Cosines and sines of a phase in circles, shape (n, 2 count)."""
    angle = 2 * np.pi * phase[:, None] * np.arange(1, count + 1)
    return np.concatenate([np.cos(angle), np.sin(angle)], axis=1)


def _trend_basis(years: Array, span: tuple[float, float]) -> Array:
    """Cubic B-spline of time, straight for records below three years."""
    first, last = span
    length = max(last - first, 1e-6)
    inner = int(length // _KNOT_YEARS) - 1
    at = np.clip((years - first) / length, 0.0, 1.0)
    if inner < 1:
        return at[:, None] - 0.5
    knots = np.concatenate([np.zeros(4), np.linspace(0, 1, inner + 2)[1:-1], np.ones(4)])
    basis = BSpline.design_matrix(np.minimum(at, 1 - 1e-12), knots, 3).toarray()
    return np.asarray(basis[:, 1:])


@dataclass(frozen=True, eq=False)
class Own:
    """Terms of the row's own time.

    Attributes
    ----------
    design : array, shape (n, terms)
    trend : int
        The first terms, which are the trend.
    season, clock : array, shape (n, 2)
        Cosine and sine of the day of the year and of the hour.
    """

    design: Array
    trend: int
    season: Array
    clock: Array

    @property
    def phase(self) -> Array:
        """Season and clock side by side, shape (n, 4)."""
        return np.concatenate([self.season, self.clock], axis=1)

    def take(self, rows: Any) -> Own:
        """Some of the rows."""
        return Own(self.design[rows], self.trend, self.season[rows], self.clock[rows])


def own_terms(day: Ints, hour: Array, step: str, span: tuple[float, float]) -> Own:
    """Terms of trend, season, hour and day of the week.

    Parameters
    ----------
    day : int array, shape (n,)
        Days since 1970.
    hour : array, shape (n,)
        Hour of the day, solar where the position is known.
    step : {"hourly", "daily"}
    span : (float, float)
        First and last day of the record, which places the knots.

    Returns
    -------
    Own
    """
    years, ends = day / _YEAR, (span[0] / _YEAR, span[1] / _YEAR)
    season = harmonics(np.mod(years, 1.0), 4)
    first = season[:, [0, 4]]
    basis = _trend_basis(years, ends)
    middle = years - sum(ends) / 2
    long = ends[1] - ends[0] >= 2.0
    trend = np.column_stack([basis, middle[:, None] * first]) if long else basis
    weekday = np.mod(day + 3, 7)  # 1970-01-01 was a Thursday; Monday is 0
    week = np.column_stack([(weekday == 5), (weekday == 6)]).astype(np.float64)
    parts = [trend, np.ones((len(day), 1)), season if ends[1] - ends[0] >= 0.9 else first, week]
    clock = np.zeros((len(day), 2))
    if step == "hourly":
        course = harmonics(hour / 24.0, 3)
        clock = course[:, [0, 3]]
        parts += [
            course,
            *(course[:, :2] * s[:, None] for s in first.T),
            *(course[:, 3:5] * s[:, None] for s in first.T),
        ]
        parts += [course * w[:, None] for w in week.T]
    return Own(np.column_stack(parts), trend.shape[1], first, clock)


@dataclass(frozen=True, eq=False)
class Scale:
    """How a column becomes terms: its role, knots, means and spreads."""

    role: str
    knots: Array
    mean: Array
    spread: Array

    def terms(self, values: Array) -> Array:
        """Standardised terms, the straight one first, shape (n, terms)."""
        return (restricted(_scaled(values, self.role), self.knots) - self.mean) / self.spread


@dataclass(frozen=True, eq=False)
class Weather:
    """Terms of the weather.

    Attributes
    ----------
    plain : array, shape (n, columns)
        For the trees: values of the row, then their means over the hours or days before.
    group : int array, shape (columns,)
        Weather variable of each column.
    spline : array, shape (n, terms)
        Standardised; the first term of each column is straight.
    scales : tuple of Scale
        One a column.
    """

    plain: Array
    group: Ints
    spline: Array
    scales: tuple[Scale, ...]

    @property
    def widths(self) -> Ints:
        """Terms of each column."""
        return np.array([len(s.mean) for s in self.scales])

    @property
    def straight(self) -> Array:
        """Straight terms, for products with season and hour, shape (n, columns)."""
        return self.spline[:, np.cumsum(self.widths) - self.widths]

    def take(self, rows: Any) -> Weather:
        """Some of the rows."""
        return Weather(self.plain[rows], self.group, self.spline[rows], self.scales)

    def exchanged(self, variable: int, partner: Weather) -> Weather:
        """A variable, what was before included, of other rows."""
        mine = self.group == variable
        terms = np.repeat(mine, self.widths)
        plain, spline = self.plain.copy(), self.spline.copy()
        plain[:, mine], spline[:, terms] = partner.plain[:, mine], partner.spline[:, terms]
        return Weather(plain, self.group, spline, self.scales)

    def at(self, variable: int, value: float) -> Weather:
        """A variable of the row itself set to a value."""
        plain, spline = self.plain.copy(), self.spline.copy()
        begin = int(self.widths[:variable].sum())
        plain[:, variable] = value
        spline[:, begin : begin + self.widths[variable]] = self.scales[variable].terms(np.array([value]))
        return Weather(plain, self.group, spline, self.scales)


def weather_terms(
    time: npt.NDArray[np.datetime64], values: Array, roles: tuple[str, ...], step: str
) -> Weather:
    """Terms of the weather of the row and of the hours or days before.

    Parameters
    ----------
    time : datetime64[ns] array, shape (n,)
        Increasing.
    values : array, shape (n, p)
        NaN where missing; a row with a missing value has missing terms.
    roles : tuple of str
    step : {"hourly", "daily"}

    Returns
    -------
    Weather
    """
    plain = [values]
    series = pd.DataFrame(values, index=pd.DatetimeIndex(time))
    unit = "h" if step == "hourly" else "D"
    for lag in _LAGS[step]:
        before = series.rolling(f"{lag}{unit}").mean().to_numpy()
        # The means of few values are better than none; at the begin the row's own weather stands for them.
        plain.append(np.where(np.isfinite(before), before, values))
    whole = np.concatenate(plain, axis=1)
    group = np.tile(np.arange(values.shape[1]), len(plain))
    scales = tuple(_scale_of(whole[:, k], roles[g]) for k, g in enumerate(group))
    spline = np.concatenate([s.terms(c) for s, c in zip(scales, whole.T, strict=True)], axis=1)
    return Weather(whole, group, spline, scales)


def _scaled(values: Array, role: str) -> Array:
    """Scale on which an effect on the logarithm is about straight."""
    if role == "mixing_height":
        return np.log(np.maximum(values, 20.0))
    if role == "wind_speed":
        return np.log(np.maximum(values, 0.0) + 0.5)
    return np.sqrt(np.maximum(values, 0.0)) if role == "precipitation" else values


def _scale_of(values: Array, role: str) -> Scale:
    scaled = _scaled(values, role)
    knots = knots_of(scaled)
    terms = restricted(scaled, knots)
    spread = np.nanstd(terms, axis=0)
    return Scale(role, knots, np.nanmean(terms, axis=0), np.where(spread > 0, spread, 1.0))


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients of the first stage, split by what they multiply.

    Attributes
    ----------
    own : array, shape (own terms,)
    spline : array, shape (spline terms,)
    by_season, by_clock : array, shape (2, variables)
        For products of straight weather with season and clock.
    trend : int
    penalty : float
    """

    own: Array
    spline: Array
    by_season: Array
    by_clock: Array
    trend: int
    penalty: float

    def weather_score(self, weather: Weather) -> Array:
        """Part of the weather alone, shape (n,)."""
        return np.asarray(weather.spline @ self.spline)

    def crossed(self, weather: Weather) -> Array:
        """What season and clock multiply, shape (n, 4)."""
        return np.asarray(weather.straight @ np.concatenate([self.by_season, self.by_clock]).T)

    def predict(self, own: Own, weather: Weather) -> Array:
        """Logarithm of the target, shape (n,)."""
        crossed = (own.phase * self.crossed(weather)).sum(axis=1)
        return np.asarray(own.design @ self.own + self.weather_score(weather) + crossed)


def _design(own: Own, weather: Weather) -> Array:
    straight = weather.straight
    products = [straight * p[:, None] for p in own.phase.T]
    return np.concatenate([own.design, weather.spline, *products], axis=1)


def _coefficients(gram: Array, moment: Array, free: int, penalty: float) -> Array:
    ridge = np.full(len(gram), penalty)
    ridge[:free] = 1e-6 * np.maximum(np.diag(gram)[:free], 1.0)
    return np.asarray(np.linalg.solve(gram + np.diag(ridge), moment), dtype=np.float64)


def _split(coefficients: Array, own: Own, weather: Weather, penalty: float) -> Fit:
    free, terms, count = own.design.shape[1], weather.spline.shape[1], len(weather.scales)
    rest = coefficients[free + terms :].reshape(4, count)
    return Fit(coefficients[:free], coefficients[free : free + terms], rest[:2], rest[2:], own.trend, penalty)


def fit_folds(
    own: Own, weather: Weather, value: Array, fold: Ints, folds: int
) -> tuple[list[Fit], Fit, Influence]:
    """Fit without each fold and on all rows; the penalty is that which predicts left-out folds best.

    Parameters
    ----------
    own, weather
        Terms of complete rows.
    value : array, shape (n,)
        Logarithm of the target.
    fold : int array, shape (n,)
    folds : int

    Returns
    -------
    list of Fit, Fit, Influence
        Without each fold, on all rows, and what the trend of the last owes to each row.
    """
    design = _design(own, weather)
    free = own.design.shape[1]
    grams = [design[fold == k].T @ design[fold == k] for k in range(folds)]
    moments = [design[fold == k].T @ value[fold == k] for k in range(folds)]
    gram, moment = sum(grams), sum(moments)
    errors = []
    for penalty in _PENALTIES:
        error = 0.0
        for k in range(folds):
            got = _coefficients(gram - grams[k], moment - moments[k], free, penalty)
            error += float(np.square(value[fold == k] - design[fold == k] @ got).sum())
        errors.append(error)
    penalty = _PENALTIES[int(np.argmin(errors))]
    each = [
        _split(_coefficients(gram - grams[k], moment - moments[k], free, penalty), own, weather, penalty)
        for k in range(folds)
    ]
    whole = _coefficients(np.asarray(gram), np.asarray(moment), free, penalty)
    inverse = _coefficients(np.asarray(gram), np.eye(len(whole)), free, penalty)
    influence = Influence(design, inverse[: own.trend], value - design @ whole, own.trend)
    return each, _split(whole, own, weather, penalty), influence


@dataclass(frozen=True, eq=False)
class Influence:
    """What the trend owes to each row: the linear map from values to coefficients of the trend.

    Attributes
    ----------
    design : array, shape (n, terms)
    inverse : array, shape (trend terms, terms)
    residual : array, shape (n,)
    trend : int
    """

    design: Array
    inverse: Array
    residual: Array
    trend: int

    def of(self, disturbance: Array) -> Array:
        """Change of the trend's coefficients, shape (draws, trend terms), by disturbances (draws, n)."""
        return np.asarray((disturbance @ self.design) @ self.inverse.T)
