"""What past alerts did, all of them together, and what that says of the planning values.

An alert day is compared with days of the same forecast without an alert (:mod:`airq.analysis.effect.episodes`): never with
other days, which are cleaner because no alert was called on them, and never one episode by itself. The forecast must have
been issued before the alert. What the box expects of the same alerts stands beside it, and is updated by it.

Examples
--------
>>> rng = np.random.default_rng(0)
>>> days = pd.date_range("2015-10-01", "2023-04-30")
>>> log = 4.3 + 0.6 * np.convolve(rng.standard_normal(len(days) + 4), np.ones(5) / 2.2, "valid")
>>> issued = log + 0.35 * rng.standard_normal(len(days))
>>> alert = 2 * ((issued > 4.9) & (rng.random(len(days)) < 0.6))
>>> frame = pd.DataFrame({"date": days, "pm25": np.exp(log - 0.1 * alert), "forecast": np.exp(issued), "alert": alert})
>>> found = past_alerts(frame, placebos=10)
>>> found.effect.upper < 0, found.table["what"].tolist()
(True, ['expected', 'observed', 'updated'])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.effect.alert_model import AlertEffect
from airq.analysis.effect.episodes import alert_effect
from airq.errors import MissingData, ParameterError
from airq.scenario.alerts.factors import balanced_level, residence_nodes
from airq.scenario.alerts.ratios import alert_priors, cut_ratios
from airq.scenario.alerts.relief import by_day
from airq.scenario.alerts.strength import basin_strength
from airq.scenario.fields import LEVELS
from airq.scenario.priors import Array
from airq.scenario.response_entries import Alert
from airq.texts import items
from airq.weather.season import END, START, heating_season

__all__ = ["PastAlerts", "past_alerts"]

_DRAWS: Final = 4000
_P: Final = (0.05, 0.5, 0.95)
_AFTERMATH: Final = 2
"""Days after an alert that are left out; three residence times of the middle of the planning value are four."""
_SAME: Final = 0.95
"""Share of the days on which the places of one region must share their alerts."""


@dataclass(frozen=True, eq=False)
class PastAlerts:
    """Past alerts against the planning values.

    Attributes
    ----------
    effect : AlertEffect
        As observed, pooled.
    table : pandas.DataFrame
        Change of PM2.5 on alert days, percent: ``what`` (expected, observed, updated), ``p5``, ``p50``, ``p95``.
    ratio : float
        Mean cut ratio of the alert days by their level.
    elasticity : tuple of float
        Observed change of PM2.5 over that ratio: p5, p50, p95.
    reach : tuple of float
        Compliance × local share that the observed change comes to, with the memory of the air counted in; 0.76 is planned.
    shrinkage : float
        Share of the spread of the planning values that the observation takes away, 0 to 1.
    multiplier : ndarray, (draw,)
        Draws of strength over its planning value after the observation; 1 is as planned.
    notes : tuple of str
    """

    effect: AlertEffect
    table: pd.DataFrame
    ratio: float
    elasticity: tuple[float, float, float]
    reach: tuple[float, float, float]
    shrinkage: float
    multiplier: Array
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table.copy()

    def _repr_html_(self) -> str:
        table: str = self.table.round(1).to_html(index=False)
        return f"{self.effect._repr_html_()}{table}<ul>{items(self.notes)}</ul>"


def past_alerts(
    frame: pd.DataFrame,
    target: str = "pm25",
    *,
    forecast: str = "forecast",
    alert: str = "alert",
    level: str = "",
    edition: str = "",
    weather: Sequence[str] = (),
    season: tuple[tuple[int, int], tuple[int, int]] = (START, END),
    confidence: float = 0.9,
    placebos: int = 60,
    seed: int = 0,
) -> PastAlerts:
    """Effect of past alerts, pooled over winters and places, against what the box expects of them.

    Parameters
    ----------
    frame : pandas.DataFrame
        Daily rows with ``date``; several sites under ``site`` are taken as one region by their geometric mean.
    target : str
        PM2.5 as observed.
    forecast : str
        Its forecast for the day, issued before the alert began.
    alert : str
        0 without an alert, else 1 yellow, 2 orange, 3 red; or True and False with ``level``.
    level : str
        Level of all alerts where the column tells only that there was one.
    edition : str
        Of the rules whose cut ratios the alerts had; the newest if empty.
    weather, season, confidence, placebos, seed
        As :func:`airq.analysis.effect.episodes.alert_effect`.

    Returns
    -------
    PastAlerts

    Raises
    ------
    MissingData
        No forecast, or too few episodes, winters or comparable days.
    ParameterError
        Levels that are not 0 to 3, sites with alerts of their own.
    """
    region = _region(frame, target, forecast, alert, list(weather))
    codes = _codes(region, alert, level)
    given = _without_aftermath(region.assign(**{alert: codes > 0}), target, codes)
    effect = alert_effect(
        given, target, forecast=forecast, alert=alert, weather=weather, season=season, confidence=confidence,
        placebos=placebos, seed=seed,
    )  # fmt: skip
    whole, full_reach, ratio = _expected(region, target, codes, season, seed, edition)
    rng = np.random.default_rng([seed, 41])
    freedom = max(len(effect.episodes) - 1, 1)
    seen = effect.estimate + effect.standard_error * rng.standard_t(freedom, _DRAWS)
    # A factor of two either way beside the planning values: what they leave out.
    spread = np.exp(0.35 * rng.standard_normal(_DRAWS))
    prior = np.log1p(np.maximum(whole * spread, -0.95))
    weight = np.exp(-0.5 * ((prior - effect.estimate) / effect.standard_error) ** 2)
    if weight.sum() < 1e-200:
        weight = np.exp(-np.abs(prior - effect.estimate) / effect.standard_error)
    took = rng.choice(_DRAWS, _DRAWS, p=weight / weight.sum())
    rows = [("expected", prior), ("observed", seen), ("updated", prior[took])]
    table = pd.DataFrame(
        [(n, *np.quantile(100 * np.expm1(v), _P)) for n, v in rows], columns=["what", "p5", "p50", "p95"]
    )
    shrinkage = float(np.clip(1 - prior[took].std() / prior.std(), 0, 1))
    multiplier = (whole * spread)[took] / np.median(whole)
    return PastAlerts(
        effect, table, ratio, _interval(-np.expm1(seen) / ratio), _interval(-np.expm1(seen) / full_reach), shrinkage,
        multiplier, _notes(effect),
    )  # fmt: skip


def _interval(draws: Array) -> tuple[float, float, float]:
    low, middle, high = np.quantile(draws, _P)
    return float(low), float(middle), float(high)


def _notes(effect: AlertEffect) -> tuple[str, ...]:
    out = [*effect.reasons, *effect.notes]
    out.append("Alerts are judged together; no single episode is given an effect.")
    if effect.minimum_detectable > 0.15:
        out.append(f"Effects below {-100 * np.expm1(-effect.minimum_detectable):.0f} % cannot be seen in so many alert days, though they may be real.")  # fmt: skip
    return tuple(out)


def _region(frame: pd.DataFrame, target: str, forecast: str, alert: str, weather: list[str]) -> pd.DataFrame:
    """One row a day: the geometric mean of the sites."""
    for name in ("date", target, forecast, alert):
        if not isinstance(frame, pd.DataFrame) or name not in frame:
            raise MissingData(
                f"the frame has no column '{name}'; give date, value, forecast and alert of each day."
            )
    if "site" not in frame or frame["site"].nunique() < 2:
        return frame.sort_values("date").reset_index(drop=True)
    spread = frame.groupby("date")[alert].agg(["min", "max"])
    if float((spread["min"] == spread["max"]).mean()) < _SAME:
        raise ParameterError(
            "the sites have alerts of their own; give those that share their alerts, one region at a time."
        )
    logs = frame.assign(**{c: np.log(frame[c].where(frame[c] > 0)) for c in (target, forecast)})
    both = logs[target].notna() & logs[forecast].notna()
    means = logs[both].groupby("date")[[target, forecast, *weather]].mean()
    means[[target, forecast]] = np.exp(means[[target, forecast]])
    return means.assign(**{alert: spread["max"].reindex(means.index)}).reset_index()


def _codes(region: pd.DataFrame, alert: str, level: str) -> npt.NDArray[np.int64]:
    """Level of the alert of each day: 0 none, 1 to 3."""
    values = pd.to_numeric(region[alert], errors="coerce").fillna(0).to_numpy(dtype=np.float64)
    if level:
        if level not in LEVELS:
            raise ParameterError(f"alert level '{level}' is not known; use {', '.join(LEVELS)}.")
        return np.where(values > 0, LEVELS.index(level) + 1, 0)
    if region[alert].dtype == bool:
        raise ParameterError(f"column '{alert}' tells only whether an alert held; name its level too.")
    if not np.isin(values, (0, 1, 2, 3)).all():
        odd = values[~np.isin(values, (0, 1, 2, 3))][0]
        raise ParameterError(f"column '{alert}' holds {odd:g}; use 0 none, 1 yellow, 2 orange, 3 red.")
    return values.astype(np.int64)


def _without_aftermath(region: pd.DataFrame, target: str, codes: npt.NDArray[np.int64]) -> pd.DataFrame:
    """The days without those just after an alert, whose air still holds its effect and is no comparison."""
    day = pd.DatetimeIndex(region["date"]).normalize()
    after = {d + pd.Timedelta(days=k) for d in day[codes > 0] for k in range(1, _AFTERMATH + 1)}
    return region.assign(**{target: region[target].where((codes > 0) | ~day.isin(list(after)))})


def _expected(
    region: pd.DataFrame, target: str, codes: npt.NDArray[np.int64], season: Any, seed: int, edition: str
) -> tuple[Array, Array, float]:
    """Change of PM2.5 on alert days that the box expects and that of a reach of 1, shares, (draw,); their mean ratio."""
    day = pd.DatetimeIndex(region["date"])
    full = pd.date_range(day.min().normalize(), day.max().normalize())
    at = full.get_indexer(day.normalize())
    held = np.zeros(len(full), dtype=np.int64)
    held[at] = codes
    values = np.full(len(full), np.nan)
    values[at] = region[target].to_numpy(dtype=np.float64)
    background = alert_priors()["background"].value
    excess = values - background
    inside = heating_season(full.to_numpy() + np.timedelta64(12, "h"), *season)
    balance = balanced_level(excess[None, None, :], inside)[0]
    node, hours = residence_nodes(_DRAWS, seed)
    judged = (held > 0) & inside & np.isfinite(values)
    if not judged.any():
        raise MissingData("no alert day of the season has a value; give winters in which alerts were called.")
    total, full_reach, nominal = np.zeros(_DRAWS), np.zeros(_DRAWS), 0.0
    for number in np.unique(held[judged]):
        entry = Alert(places=("changji",), level=LEVELS[number - 1], days=1, edition=edition)
        pattern = by_day(
            np.tile(excess, (len(hours), 1)), held == number, np.full(len(hours), balance), hours
        )
        over = np.maximum(excess[judged], 0) / values[judged]
        mean = (pattern[:, judged] * over).mean(axis=1)[node]
        ratio = cut_ratios(LEVELS[number - 1], edition).of["PM"]
        total += basin_strength(entry, _DRAWS, seed) * mean
        full_reach += ratio * mean
        nominal += ratio * float((held[judged] == number).mean())
    return -total, full_reach, nominal
