"""Deweathering of an hourly or daily series.

1. The logarithm of the target is split into trend, season, hour, day of the week and weather by an additive model whose
   trend is not shrunk (:mod:`airq.analysis.deweathering.terms`).
2. Extremely randomised trees (Geurts et al. 2006) and histogram boosting learn what that leaves, five members each, every
   member without a fifth of the weeks (:mod:`airq.analysis.deweathering.learners`).
3. For each week and hour of the day the weather is drawn anew from the same time of year (±30 days) and day (±2 hours) of
   every year, and the predictions are averaged (Grange & Carslaw 2019; Vu et al. 2019; window as in deweather 1.0).
4. The mean of an exponential is not the exponential of a mean: the predictions are multiplied by the ratio of observed to
   predicted means at the same time of year, from weeks that the predicting member has not seen (Duan 1983's smearing, by
   season and out of fold). Nothing is rescaled to the observed mean afterwards; how well it is kept is a result.

Examples
--------
>>> rng = np.random.default_rng(0)
>>> date = pd.date_range("2016-01-01", periods=1200)
>>> wind = rng.gamma(3, 1, 1200)
>>> pm25 = 60 * np.exp(-0.1 * np.arange(1200) / 365) / (0.5 + wind) * rng.lognormal(0, 0.1, 1200)
>>> frame = pd.DataFrame({"date": date, "pm25": pm25, "wind_speed": wind})
>>> found = deweather(frame, "pm25", ["wind_speed"], n_samples=40)
>>> found.diagnostics["blocked_r2"] > 0.8, abs(found.diagnostics["mean_conservation"] - 1) < 0.05
(True, True)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.deweathering import checks
from airq.analysis.deweathering.drawing import MODES, Cells, Pools, cells_of
from airq.analysis.deweathering.inputs import Inputs, prepare
from airq.analysis.deweathering.learners import FOLDS, KINDS, Member, features, folds_of, train
from airq.analysis.deweathering.result import Deweathered, Record, assemble
from airq.analysis.deweathering.terms import Own, Weather, fit_folds, own_terms, weather_terms
from airq.errors import MissingData, ParameterError
from airq.weather.sun import solar_hour

__all__ = ["deweather"]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_LEAST_DAYS: Final = 90
_LEAST_POOL: Final = 20
_NEAR: Final = 21
"""Days within which a value must have been measured for the level of a date to be known."""
_CHUNK: Final = 200_000


@dataclass(frozen=True, eq=False)
class _Prepared:
    """Terms of every row, and the rows to learn from."""

    inputs: Inputs
    own: Own
    weather: Weather
    hour: Array
    known: Bools
    log: Array
    span: tuple[float, float]


def deweather(
    frame: pd.DataFrame,
    target: str = "pm25",
    weather: Sequence[str] | None = None,
    n_samples: int = 300,
    seed: int = 0,
    *,
    model: str = "ensemble",
    resampling: str = "constrained",
    days: int = 30,
    hours: int = 2,
    place: str | None = None,
    lat: float | None = None,
    lon: float | None = None,
    elevation: float | None = None,
    minimum_capture: float = 0.75,
    n_jobs: int | None = None,
) -> Deweathered:
    """Take the weather out of a series.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours or days of one site in any order, gaps allowed, with ``time`` or ``date``, the target and weather.
    target : str
        Column of a concentration.
    weather : sequence of str, optional
        Columns of the weather; those with a known name by default. A wind direction becomes components.
    n_samples : int
        Draws of weather for each hour, 20 or more; hours of the same week and clock hour share their draws.
    seed : int
    model : {"ensemble", "extra_trees", "boosting", "additive"}
        ``ensemble`` is the mean of both kinds of trees; ``additive`` the first stage alone.
    resampling : {"constrained", "free", "all_but_trend"}
        See :data:`airq.analysis.deweathering.drawing.MODES`.
    days, hours : int
        Half widths of the window of ``constrained``.
    place : str, optional
        Id or name; gives position and elevation.
    lat, lon : float, optional
        Degrees; with them the hour is solar time.
    elevation : float, optional
        m; with it the pressure is checked.
    minimum_capture : float
        Share of the calendar month that must be measured for a monthly value.
    n_jobs : int, optional
        Processes for the trees; one by default.

    Returns
    -------
    Deweathered

    Raises
    ------
    MissingData
        A column is missing, or fewer than 90 days have target and weather.
    ParameterError
        An option is not known, the target is mostly zero or below, several sites.

    References
    ----------
    Grange & Carslaw 2019, Sci. Total Environ. 653, 578; Vu et al. 2019, Atmos. Chem. Phys. 19, 11303; Geurts, Ernst &
    Wehenkel 2006, Mach. Learn. 63, 3; Duan 1983, J. Am. Stat. Assoc. 78, 605.
    """
    _checked(n_samples, model, resampling, days, hours, minimum_capture)
    lat, lon, elevation = checks.site_of(place, lat, lon, elevation)
    inputs = prepare(frame, target, weather)
    ready, notes = _ready(inputs, lon)
    members, smear, record = _learn(ready, model, seed, n_jobs)
    cells = cells_of(inputs.day, inputs.step)
    pools = Pools.build(
        inputs.day,
        inputs.hour.astype(np.float64),
        inputs.complete,
        record.score,
        resampling,
        days,
        hours,
        inputs.step,
    )
    per_member = max(1, -(-n_samples // (2 * len(members))))
    drawn = _Drawn(ready, cells, pools, resampling, per_member, seed)
    parts = np.stack([drawn.average(m, k) * smear[m.kind] for k, m in enumerate(members)])
    supported = _supported(ready, cells, pools)
    parts[:, :, ~supported] = np.nan
    record.out_of_range = checks.beyond_share(
        inputs.weather,
        inputs.day,
        inputs.hour,
        ready.known,
        (cells.day, cells.hour),
        drawn.example(),
        days,
        hours,
    )
    warnings = (
        record.warnings
        + checks.shift_warnings(inputs, ready.known)
        + checks.pressure_warning(inputs, elevation)
    )
    if lon is None and inputs.step == "hourly":
        notes.append(
            "no position is given, so the hour is that of the clock; give place, or lat and lon, for solar time."
        )
    settings = {
        "model": model, "resampling": resampling, "days": days, "hours": hours, "seed": seed,
        "n_samples": 2 * per_member * len(members), "minimum_capture": minimum_capture,
    }  # fmt: skip
    return assemble(frame.index, inputs, members, parts, supported, record, settings, notes, warnings)


def _checked(n_samples: int, model: str, resampling: str, days: int, hours: int, capture: float) -> None:
    if model not in KINDS:
        raise ParameterError(f"model '{model}' is not known; use {', '.join(KINDS)}.")
    if resampling not in MODES:
        raise ParameterError(f"resampling '{resampling}' is not known; use {', '.join(MODES)}.")
    if isinstance(n_samples, bool) or not isinstance(n_samples, int | np.integer) or n_samples < 20:
        raise ParameterError(
            f"n_samples {n_samples} is too few or no whole number; give 20 or more, 300 by default."
        )
    if not 3 <= days <= 182 or not 0 <= hours <= 12:
        raise ParameterError(
            f"the window of ±{days} days and ±{hours} hours is not usable; give 3 to 182 days and 0 to 12 hours."
        )
    if not 0 < capture <= 1:
        raise ParameterError(
            f"minimum_capture {capture} is no share; give one above 0 and up to 1, such as 0.75."
        )


def _ready(inputs: Inputs, lon: float | None) -> tuple[_Prepared, list[str]]:
    """Terms, and the rows with target and weather."""
    notes = list(inputs.notes)
    held = np.isfinite(inputs.value)
    known = held & inputs.complete
    days = len(np.unique(inputs.day[known]))
    if days < _LEAST_DAYS:
        worst = inputs.names[int(np.isnan(inputs.weather).sum(axis=0).argmax())]
        raise MissingData(
            f"only {days} days have '{inputs.target}' and all of the weather ('{worst}' is missing most often), and "
            f"deweathering needs {_LEAST_DAYS}, better three years; give a longer record."
        )
    if float(np.ptp(inputs.value[known])) == 0:
        raise MissingData(
            f"column '{inputs.target}' is always {inputs.value[known][0]:g}; a series that does not vary tells nothing of the weather."
        )
    lost = int((held & ~known).sum())
    if lost:
        notes.append(
            f"{lost:,} of {int(held.sum()):,} values have no complete weather and are not learnt from."
        )
        notes += _silent(inputs, held, known)
    log, said = _logarithm(inputs.value, known, inputs.target)
    notes += said
    hour = inputs.hour.astype(np.float64)
    if lon is not None and inputs.step == "hourly":
        hour = solar_hour(inputs.middle, lon)
    span = (float(inputs.day[known].min()), float(inputs.day[known].max()) + 1.0)
    own = own_terms(inputs.day, hour, inputs.step, span)
    terms = weather_terms(inputs.time, inputs.weather, inputs.roles, inputs.step)
    return _Prepared(inputs, own, terms, hour, known, log, span), notes


def _silent(inputs: Inputs, held: Bools, known: Bools) -> list[str]:
    months = inputs.day.astype("datetime64[D]").astype("datetime64[M]")
    lost = np.setdiff1d(months[held], months[known])
    if not len(lost):
        return []
    some = ", ".join(str(m) for m in lost[:6]) + (" ..." if len(lost) > 6 else "")
    return [
        f"{len(lost)} {'month has' if len(lost) == 1 else 'months have'} no value with weather ({some}); where no value was measured with weather within {_NEAR} days, none is given."
    ]


def _logarithm(value: Array, known: Bools, target: str) -> tuple[Array, list[str]]:
    """Logarithm with a floor for values that have none."""
    held = value[known]
    low = held <= 0
    if low.mean() > 0.5:
        raise ParameterError(
            f"column '{target}': {int(low.sum()):,} of {len(held):,} values are zero or below; take out zeros that stand for missing values."
        )
    floor = 0.5 * float(np.quantile(held[~low], 0.01))
    notes = []
    if low.any():
        notes.append(
            f"{int(low.sum()):,} values of '{target}' are zero or below; they count as they are in every mean and as {floor:.3g} in logarithms."
        )
    if low.mean() > 0.05:
        notes.append(
            f"{100 * low.mean():.0f} % zeros or below are many; check whether they stand for missing values."
        )
    with np.errstate(invalid="ignore"):
        return np.log(np.maximum(value, floor)), notes


def _learn(
    ready: _Prepared, model: str, seed: int, jobs: int | None
) -> tuple[list[Member], dict[str, Array], Record]:
    """Members, retransformation by kind at every row, and what the record says about them."""
    known = ready.known
    own, weather = ready.own.take(known), ready.weather.take(known)
    day, value = ready.inputs.day[known], ready.inputs.value[known]
    fold = folds_of(day, seed)
    firsts, whole, influence = fit_folds(own, weather, ready.log[known], fold, FOLDS)
    columns = features(day, ready.hour[known], weather.plain)
    members: list[Member] = []
    smear, unseen = {}, []
    for number, kind in enumerate(KINDS[model]):
        got, out = train(
            kind, firsts, own, weather, columns, ready.log[known], fold, seed + 101 * number, jobs
        )
        members += got
        smear[kind] = _retransform(ready.inputs.day, day, value, np.exp(out))
        unseen.append(np.exp(out) * smear[kind][known])
    score = np.where(ready.inputs.complete, whole.weather_score(ready.weather), -np.inf)
    shares, warnings = checks.separation(
        day, score[known], np.delete(own.design, np.s_[: own.trend], axis=1), own.design[:, : own.trend]
    )
    record = Record(
        own=own, influence=influence, first=whole, known=known, day=day, value=value, log=ready.log[known],
        unseen=np.mean(unseen, axis=0), fold=fold, weather=weather, columns=columns, score=score, shares=shares,
        warnings=warnings, seen=_seen(members, own, weather, columns, fold, smear, known),
    )  # fmt: skip
    return members, smear, record


def _seen(
    members: list[Member],
    own: Own,
    weather: Weather,
    columns: Any,
    fold: Ints,
    smear: dict[str, Array],
    known: Bools,
) -> tuple[Bools, Array]:
    """Predictions of one member a kind for the rows that it has seen, to compare with those it has not."""
    rows = fold != members[0].fold
    part = own.take(rows), weather.take(rows)
    out = [
        np.exp(m.first.predict(*part) + m.rest(columns[rows])) * smear[m.kind][known][rows]
        for m in members
        if m.fold == members[0].fold
    ]
    return rows, np.mean(out, axis=0)


def _retransform(all_days: Ints, day: Ints, value: Array, predicted: Array) -> Array:
    """Ratio of observed to predicted means around each time of the year, at every row."""
    season, width = np.mod(day, 365.2425), 365.2425 / 12
    centres = (np.arange(12) + 0.5) * width
    ratio = np.full(12, np.nan)
    for k, centre in enumerate(centres):
        away = np.abs(season - centre)
        near = np.minimum(away, 365.2425 - away) <= 1.5 * width
        if near.sum() >= _NEAR:
            ratio[k] = value[near].sum() / predicted[near].sum()
    ratio = np.where(np.isfinite(ratio), ratio, value.sum() / predicted.sum())
    return np.interp(np.mod(all_days, 365.2425), centres, ratio, period=365.2425)


def _supported(ready: _Prepared, cells: Cells, pools: Pools) -> Bools:
    """Rows whose level was measured nearby and whose time of year has weather to draw."""
    inputs = ready.inputs
    known = np.unique(inputs.day[ready.known])
    at = np.searchsorted(known, inputs.day)
    before = inputs.day - known[np.maximum(at - 1, 0)]
    after = known[np.minimum(at, len(known) - 1)] - inputs.day
    near = (np.where(at > 0, before, _NEAR + 1) <= _NEAR) | ((at < len(known)) & (after <= _NEAR))
    return near & (pools.size(inputs.day, inputs.hour) >= _LEAST_POOL)


class _Drawn:
    """Averages over drawn weather, member by member, in two halves that tell the Monte-Carlo error."""

    def __init__(
        self, ready: _Prepared, cells: Cells, pools: Pools, mode: str, count: int, seed: int
    ) -> None:
        self._ready, self._cells, self._pools = ready, cells, pools
        self._joint, self._count, self._seed = mode == "all_but_trend", count, seed
        inputs = ready.inputs
        hour = cells.hour.astype(np.float64)
        if inputs.step == "hourly":
            # The clock's hour and the sun's differ by nearly the same everywhere in the record.
            shift = np.mod(ready.hour - inputs.hour - 0.5 + 12.0, 24.0) - 12.0
            solar = not np.array_equal(ready.hour, inputs.hour)
            hour = np.mod(hour + (0.5 + float(np.median(shift)) if solar else 0.0), 24.0)
        self._hour = hour
        self._own = own_terms(cells.day, hour, inputs.step, ready.span)
        self._range = (float(ready.log[ready.known].min()), float(ready.log[ready.known].max()))
        self._plain = ready.weather.plain.astype(np.float32)

    def example(self) -> Ints:
        """Draws of the first member."""
        return self._rows(0)[:, :, 0] if self._count == 1 else self._rows(0).reshape(len(self._cells.day), -1)

    def _rows(self, number: int) -> Ints:
        """Rows drawn for a member, shape (cells, 2, count)."""
        rng = np.random.default_rng([self._seed, 7, number])
        halves = [self._pools.draw(self._cells.day, self._cells.hour, self._count, rng) for _ in range(2)]
        return np.stack(halves, axis=1)

    def average(self, member: Member, number: int) -> Array:
        """Mean over the draws of each half at every row, before retransformation; shape (2, rows)."""
        first, weather = member.first, self._ready.weather
        score, crossed = first.weather_score(weather), first.crossed(weather)
        rows = self._rows(number)
        cells = len(rows)
        out = np.full((2, cells), np.nan)
        full = np.flatnonzero(rows[:, 0, 0] >= 0)
        level = self._own.design @ first.own
        for start in range(0, len(full), max(1, _CHUNK // (2 * self._count))):
            at = full[start : start + max(1, _CHUNK // (2 * self._count))]
            drawn = rows[at].reshape(-1)
            own = np.repeat(at, 2 * self._count)
            known, columns = self._pair(own, drawn, member, level)
            phase = self._phase(own, drawn)
            total = known + score[drawn] + (phase * crossed[drawn]).sum(axis=1) + member.rest(columns)
            value = np.exp(np.clip(total, *self._range) - (0.0 if self._joint else level[own]))
            out[:, at] = value.reshape(len(at), 2, self._count).mean(axis=2).T
        inputs = self._ready.inputs
        spread = self._cells.spread(out, inputs.day, inputs.hour)
        if self._joint:
            return spread
        return spread * np.exp(self._ready.own.design @ first.own)

    def _phase(self, own: Ints, drawn: Ints) -> Array:
        terms, rows = (self._ready.own, drawn) if self._joint else (self._own, own)
        return terms.phase[rows]

    def _pair(self, own: Ints, drawn: Ints, member: Member, level: Array) -> tuple[Array, Any]:
        """First stage's own part and the trees' columns of cells with drawn weather."""
        inputs, day = self._ready.inputs, self._cells.day[own]
        if not self._joint:
            return level[own], features_of(day, day, self._hour[own], self._plain[drawn])
        # Trend of the cell; season and hour come with the weather.
        split, q = self._ready.own, member.first.trend
        rest = split.design[:, q:] @ member.first.own[q:]
        trend = self._own.design[own, :q].copy()
        if q > 2 and self._ready.span[1] - self._ready.span[0] >= 2 * 365.2425:
            years = (day - (self._ready.span[0] + self._ready.span[1]) / 2) / 365.2425
            trend[:, -2:] = years[:, None] * split.season[drawn]
        known = trend @ member.first.own[:q] + rest[drawn]
        return known, features_of(day, inputs.day[drawn], self._ready.hour[drawn], self._plain[drawn])


def features_of(day: Ints, season_day: Ints, hour: Array, plain: Any) -> Any:
    """Columns of the trees where the season may be that of another day."""
    columns = features(day, hour, plain)
    if season_day is not day:
        columns[:, 1] = np.mod(season_day / 365.2425, 1.0) * 365.2425
    return columns
