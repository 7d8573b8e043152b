"""Heavy-pollution alerts pooled over winters: were alert days cleaner than their own forecasts let expect?

A single episode cannot be scored: it ends by itself, and an alert is called when a forecast is high, so that what
follows is lower on average without any measure. Here every alert day is compared with days of the same forecast on
which no alert held, over all winters together. The forecast must be one issued before the episode began; a forecast
that has seen the first days of the measure already contains their effect.

Examples
--------
>>> rng = np.random.default_rng(0)
>>> days = pd.date_range("2015-10-01", "2023-04-30")
>>> truth = 4.3 + 0.6 * np.convolve(rng.standard_normal(len(days) + 4), np.ones(5) / 2.2, "valid")
>>> forecast = truth + 0.35 * rng.standard_normal(len(days))
>>> alert = (forecast > 4.9) & (rng.random(len(days)) < 0.6)
>>> frame = pd.DataFrame({"date": days, "pm25": np.exp(truth - 0.2 * alert), "issued": np.exp(forecast), "alert": alert})
>>> found = alert_effect(frame, "pm25", forecast="issued")
>>> bool(found.lower < -0.2 < found.upper), bool(found.upper < 0), found.episodes.shape[0] > 50
(True, True, True)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from airq.analysis.columns import column, numbers
from airq.analysis.effect.alert_model import AlertEffect
from airq.analysis.effect.detectable import checked_levels, detectable
from airq.analysis.effect.inputs import Days, daily, need_varying
from airq.analysis.effect.model import PlaceboSize, judged
from airq.errors import MissingData, ParameterError
from airq.weather.season import END, START, heating_season

__all__ = ["alert_effect"]

Array = npt.NDArray[np.float64]

_LEAST_EPISODES: Final = 8
_LEAST_WINTERS: Final = 2
_LEAST_COMPARABLE: Final = 20
"""Days without an alert whose forecast is as high as on alert days; fewer make the comparison an extrapolation."""
_KNOTS: Final = (0.1, 0.4, 0.7, 0.95)


def _spline(x: Array, knots: Array) -> Array:
    """Natural cubic spline of Harrell: linear beyond the outer knots, shape (n, knots - 1)."""
    last, before, scale = knots[-1], knots[-2], (knots[-1] - knots[0]) ** 2
    columns = [x]
    for k in knots[:-2]:
        term = np.maximum(x - k, 0) ** 3
        term -= np.maximum(x - before, 0) ** 3 * (last - k) / (last - before)
        term += np.maximum(x - last, 0) ** 3 * (before - k) / (last - before)
        columns.append(term / scale)
    return np.column_stack(columns)


def _clusters(alert: npt.NDArray[np.bool_], day: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Episodes of alert days (a gap of one day stays within), and weeks of the others."""
    out = -(day // 7) - 1
    at = np.flatnonzero(alert)
    if len(at):
        number = np.cumsum(np.r_[0, np.diff(day[at]) > 2])
        out[at] = number + 1
    return np.asarray(np.unique(out, return_inverse=True)[1])


def _clustered(
    x: Array, y: Array, alert: npt.NDArray[np.bool_], group: npt.NDArray[np.int64]
) -> tuple[float, float]:
    """Coefficient of the alert and its standard error, clustered, with the correction CR2.

    Bell & McCaffrey 2002, Survey Methodology 28, 169: unbiased where errors are alike, for few clusters too.
    """
    basis, _ = np.linalg.qr(x)
    step = alert.astype(np.float64)
    free = step - basis @ (basis.T @ step)
    left = y - basis @ (basis.T @ y)
    strength = float(free @ free)
    if strength < 1e-9:
        raise MissingData(
            "the alert cannot be told from the forecast and the winter; give more days without alert."
        )
    b = float(free @ left) / strength
    whole = np.column_stack([basis, free / np.sqrt(strength)])
    residual = left - b * free
    total = 0.0
    order = np.argsort(group, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        values, vectors = np.linalg.eigh(np.eye(len(rows)) - whole[rows] @ whole[rows].T)
        root = (vectors / np.sqrt(np.maximum(values, 1e-3))) @ vectors.T
        total += float(free[rows] @ root @ residual[rows]) ** 2
    return b, float(np.sqrt(total)) / strength


@dataclass(frozen=True, eq=False)
class _Winters:
    """Days of winters with a forecast and a value."""

    day: npt.NDArray[np.int64]
    y: Array
    x: Array
    near: Array
    alert: npt.NDArray[np.bool_]
    winter: npt.NDArray[np.int64]
    weather: Array

    def __len__(self) -> int:
        return len(self.y)

    def take(self, which: npt.NDArray[np.bool_]) -> _Winters:
        return _Winters(
            *(getattr(self, n)[which] for n in ("day", "y", "x", "near", "alert", "winter", "weather"))
        )

    def estimate(
        self, *, spline: bool = True, neighbours: bool = True, weather: bool = True
    ) -> tuple[float, float, int]:
        """Effect, standard error, degrees of freedom."""
        dummies = (self.winter[:, None] == np.unique(self.winter)[None, :]).astype(np.float64)
        knots = np.quantile(self.x, _KNOTS)
        shape = _spline(self.x, knots) if spline and np.diff(knots).min() > 1e-6 else self.x[:, None]
        parts = [dummies, shape]
        if neighbours:
            parts.append(self.near)
        if weather and self.weather.shape[1]:
            parts.append(self.weather)
        group = _clusters(self.alert, self.day)
        b, se = _clustered(np.column_stack(parts), self.y, self.alert, group)
        episodes = len(np.unique(group[self.alert]))
        return b, se, max(episodes - 1, 1)


def _prepared(held: Days, given: pd.DataFrame, season: tuple[tuple[int, int], tuple[int, int]]) -> _Winters:
    log = held.log
    forecast = given["forecast"].to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        x = np.log(np.where(forecast > 0, forecast, np.nan))
    around = pd.Series(x).rolling(3, center=True, min_periods=1).mean().to_numpy()
    before = pd.Series(x).shift(1).fillna(pd.Series(x)).to_numpy()
    day = held.days.to_numpy().astype("datetime64[D]").astype(np.int64)
    # Noon, so that no day is taken for the one before it.
    cold = heating_season(held.days.to_numpy() + np.timedelta64(12, "h"), *season)
    met = [held.frame[w].to_numpy(dtype=np.float64) for w in held.weather]
    weather = np.column_stack(met) if met else np.zeros((len(log), 0))
    usable = cold & np.isfinite(log) & np.isfinite(x) & np.isfinite(weather).all(axis=1)
    months = held.days.year.to_numpy() * 12 + held.days.month.to_numpy()
    winter = (months - season[0][0]) // 12
    alert = given["alert"].to_numpy(dtype=np.float64) > 0
    table = _Winters(day, log, x, np.column_stack([around, before]), alert, winter, weather).take(usable)
    spread = table.weather.std(axis=0)
    scaled = (table.weather - table.weather.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return _Winters(table.day, table.y, table.x, table.near, table.alert, table.winter, scaled)


def _episode_table(table: _Winters) -> pd.DataFrame:
    at = np.flatnonzero(table.alert)
    number = np.cumsum(np.r_[0, np.diff(table.day[at]) > 2]) if len(at) else np.zeros(0, int)
    rows = []
    for k in np.unique(number):
        inside = at[number == k]
        days = table.day[inside].astype("datetime64[D]")
        rows.append(
            (
                pd.Timestamp(days[0]),
                pd.Timestamp(days[-1]),
                len(inside),
                float(np.exp(table.x[inside].mean())),
            )
        )
    return pd.DataFrame(rows, columns=["start", "end", "days", "forecast"])


def _placebos(
    table: _Winters, episodes: pd.DataFrame, tries: int, level: float, seed: int
) -> tuple[int, int]:
    """Stretches without alert that begin where forecasts are high, taken for alerts: how many are found effective."""
    quiet = table.take(~table.alert)
    rng = np.random.default_rng(seed)
    lengths = episodes["days"].to_numpy()
    high = quiet.x >= np.quantile(quiet.x, 0.7)
    rejected = done = 0
    for _ in range(tries):
        false = np.zeros(len(quiet), dtype=bool)
        starts = rng.permutation(np.flatnonzero(high))
        placed = 0
        for s in starts:
            if placed == len(lengths):
                break
            span = slice(s, s + int(lengths[placed]))
            if not false[max(s - 3, 0) : span.stop + 3].any():
                false[span] = True
                placed += 1
        if placed < max(_LEAST_EPISODES, len(lengths) // 3):
            continue
        b, se, df = _Winters(
            quiet.day, quiet.y, quiet.x, quiet.near, false, quiet.winter, quiet.weather
        ).estimate()
        done += 1
        rejected += int(2 * stats.t.sf(abs(b / se), df) < level)
    return rejected, done


def alert_effect(
    frame: pd.DataFrame,
    target: str = "pm25",
    *,
    forecast: str = "forecast",
    alert: str = "alert",
    weather: Sequence[str] = (),
    site: str | None = None,
    season: tuple[tuple[int, int], tuple[int, int]] = (START, END),
    confidence: float = 0.95,
    power: float = 0.8,
    placebos: int = 60,
    seed: int = 0,
) -> AlertEffect:
    """Effect of alerts, pooled over winters and given what was forecast.

    Parameters
    ----------
    frame : pandas.DataFrame
        Days (or hours, then averaged) of one site, or of several with ``site``.
    target : str
        As observed.
    forecast : str
        Forecast of the target (or of the AQI) for the day, issued before the alert began.
    alert : str
        0 or False without, level or True with an alert.
    weather : sequence of str
        Weather of the day, to narrow the interval: it tells why a forecast went wrong.
    site : str, optional
    season : ((month, day), (month, day))
        Days that are compared; the heating season by default.
    confidence, power : float
    placebos : int
        Sets of false alerts.
    seed : int

    Returns
    -------
    AlertEffect

    Raises
    ------
    MissingData
        No forecast, fewer than eight episodes or two winters, or fewer than twenty days without alert that were forecast
        as high.
    ParameterError
    """
    checked_levels(confidence, power)
    if isinstance(frame, pd.DataFrame) and forecast not in frame.columns:
        raise MissingData(
            f"the frame has no column '{forecast}'; alerts are judged against the forecast they were called on: give it."
        )
    held = daily(frame, target, weather, site)
    need_varying(held)
    given = _given(frame, held, forecast, alert, site)
    table = _prepared(held, given, season)
    if len(table) and float(np.ptp(table.x)) == 0:
        raise MissingData(
            f"column '{forecast}' is always {float(np.exp(table.x[0])):g}; a forecast that does not vary conditions on nothing: give the one issued for each day."
        )
    episodes = _episode_table(table)
    winters = len(np.unique(table.winter[table.alert])) if table.alert.any() else 0
    _enough(table, episodes, winters)
    bound = float(np.quantile(table.x[table.alert], 0.1))
    comparable = int((~table.alert & (table.x >= bound)).sum())
    if comparable < _LEAST_COMPARABLE:
        raise MissingData(
            f"{comparable} days without an alert were forecast as high as alert days, {_LEAST_COMPARABLE} are needed: "
            "where every high forecast brings an alert, its effect cannot be told from the forecast's error."
        )
    b, se, df = table.estimate()
    level = 1 - confidence
    rejected, done = _placebos(table, episodes, placebos, level, seed)
    placebo = PlaceboSize(rejected, done, level, 1.0)
    half = se * float(stats.t.ppf(1 - level / 2, df))
    p = float(2 * stats.t.sf(abs(b / se), df))
    smallest = detectable(se, df, confidence, power)
    choices = _choices(table, (b, se), bound, bool(weather))
    inside = choices.loc[choices["in_range"], "estimate"]
    verdict, reasons = judged(b, p, smallest, placebo, (float(inside.min()), float(inside.max())), confidence)
    shown = pd.DataFrame(
        {
            "day": pd.DatetimeIndex(table.day.astype("datetime64[D]")),
            "forecast": np.exp(table.x),
            "observed": np.exp(table.y),
            "alert": table.alert,
        }
    )
    return AlertEffect(
        target, forecast, b, b - half, b + half, se, p, smallest, placebo, choices, verdict, reasons, episodes, shown,
        winters, int(table.alert.sum()), comparable, float((table.y - table.x)[table.alert].mean()), confidence, power,
        held.notes,
    )  # fmt: skip


def _given(frame: pd.DataFrame, held: Days, forecast: str, alert: str, site: str | None) -> pd.DataFrame:
    """Forecast and alert of each day; an alert of an hour is one of its day."""
    called = column(frame, alert, "the alert")
    flags = (
        called.astype(np.float64)
        if called.dtype == bool
        else pd.Series(numbers(called, "alert"), called.index)
    )
    out = {}
    for name, values in (("forecast", column(frame, forecast, "the forecast")), ("alert", flags + 1)):
        # Plus one, since a day of zero is masked as a concentration would be.
        other = frame.assign(**{"value asked for": values.to_numpy()})
        found = daily(other, "value asked for", (), site).frame.set_index("day")["value asked for"]
        out[name] = found.reindex(held.days).to_numpy()
    return pd.DataFrame(
        {"forecast": out["forecast"], "alert": np.nan_to_num(out["alert"] - 1, nan=0.0) > 1e-9}
    )


def _enough(table: _Winters, episodes: pd.DataFrame, winters: int) -> None:
    if len(episodes) < _LEAST_EPISODES or winters < _LEAST_WINTERS:
        raise MissingData(
            f"{len(episodes)} alert episodes in {winters} winters have forecast and value; {_LEAST_EPISODES} in "
            f"{_LEAST_WINTERS} are needed: alerts are judged together, never one by one."
        )
    if len(table) < 100:
        raise ParameterError(
            f"{len(table)} winter days have all that is needed, fewer than 100; give more winters."
        )


def _choices(table: _Winters, main: tuple[float, float], bound: float, weather: bool) -> pd.DataFrame:
    rows = [("main", *main, True)]
    rows.append(("straight line in the forecast", *table.estimate(spline=False)[:2], True))
    rows.append(("without the neighbouring days' forecasts", *table.estimate(neighbours=False)[:2], True))
    near = table.take(table.x >= bound - 0.5)
    if len(near) > 60:
        rows.append(("days of high forecasts only", *near.estimate(spline=False)[:2], True))
    begins = table.alert & ~np.r_[False, table.alert[:-1] & (np.diff(table.day) == 1)]
    rest = table.take(~begins)
    if rest.alert.sum() >= 2 * _LEAST_EPISODES:
        rows.append(("first days of alerts left out", *rest.estimate()[:2], True))
    if weather:
        rows.append(("without the day's weather", *table.estimate(weather=False)[:2], False))
    return pd.DataFrame(rows, columns=["name", "estimate", "standard_error", "in_range"])
