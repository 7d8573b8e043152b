"""Early warning: probability of each alert level, its start and duration, and whether a warning pays.

Every path of the coming days, joined to the AQI of the days just past, is judged by the rules of
:func:`airq.standards.alerts`; shares of the paths are the probabilities.

Examples
--------
>>> from airq.forecast.names import QUANTILES
>>> rows = pd.DataFrame({"site": "A", "issued": "2019-12-01", "horizon": [1, 2, 3], "model": "m"})
>>> rows = rows.assign(date=pd.date_range("2019-12-02", periods=3))
>>> rows[list(QUANTILES)] = np.linspace(150.0, 330.0, 19)
>>> found = warning(rows, cost_loss=0.3, target="aqi")
>>> found.outlook[["level", "warn"]].values.tolist()
[['yellow', True], ['orange', True], ['red', False]]
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import places
from airq.errors import MissingData, ParameterError
from airq.forecast.alert_levels import alert_levels, level_names, regional, rule_of
from airq.forecast.arrays import Array, mean_over
from airq.forecast.cost_loss import checked_ratio
from airq.forecast.paths import Paths
from airq.forecast.paths import paths as _paths
from airq.texts import items

__all__ = ["EarlyWarning", "warning"]

_AFTER = 7
"""Calm days put after a forecast, more than any rule asks for before it lifts."""


@dataclass(frozen=True, eq=False)
class EarlyWarning:
    """Probabilities of alerts over the coming days, and what to do.

    Attributes
    ----------
    days : pandas.DataFrame
        ``site date horizon level number probability cost_loss warn``: probability that the alert is at ``level`` or
        above on the day, ``warn`` where it reaches the cost-loss ratio.
    outlook : pandas.DataFrame
        One row a site and level: ``probability`` that the level is reached on any of the coming days, ``cost_loss``,
        ``warn``, ``days_expected`` (mean number of days at the level or above, all paths), and of the paths that reach
        it: ``start_q10 start_q50 start_q90`` (first day), ``duration_mean duration_q10 duration_q50 duration_q90``
        (days of the first stretch) and ``open_share`` (stretch not over at the last day: its duration is longer).
        ``under_way`` says that what was observed calls for the level on the day of issue.
    starts : pandas.DataFrame
        ``site date horizon level probability``: probability that the level is first reached on the day.
    issued : pandas.Timestamp
    rule : str
        Edition of kind ``alert``.
    edition, model, weather : str
    simulated : bool
    draws : int
    members : mapping of site to tuple of str
        Sites whose AQI stands behind each label; several for a regional mean.
    digest : str
        SHA-256 of the forecast and the past days behind it.
    notes : tuple of str
    """

    days: pd.DataFrame
    outlook: pd.DataFrame
    starts: pd.DataFrame
    issued: pd.Timestamp
    rule: str
    edition: str
    model: str
    weather: str
    simulated: bool
    draws: int
    members: Mapping[str, tuple[str, ...]]
    digest: str = ""
    notes: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """The table by day."""
        return self.days.copy()

    def _repr_html_(self) -> str:
        words = f"{self.rule}, issued {self.issued:%Y-%m-%d}, weather: {self.weather or 'not stated'}"
        words += ", simulated data" if self.simulated else ""
        wide = self.days.pivot_table(
            index=["site", "level"], columns="date", values="probability", sort=False
        )
        wide.columns = [f"{d:%m-%d}" for d in wide.columns]
        said = items(self.notes)
        tables = [t.to_html(float_format=lambda v: f"{v:.2f}") for t in (wide, self.outlook)]
        return f"<p>{html.escape(words)}</p>{''.join(tables)}<ul>{said}</ul>"


def warning(
    forecast: Paths | pd.DataFrame | Mapping[str, pd.DataFrame],
    place: str | Sequence[str] | None = None,
    *,
    rule: str = "ALERT-2024",
    cost_loss: float | Mapping[str, float] = 0.2,
    history: pd.DataFrame | None = None,
    target: str | None = None,
    edition: str | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> EarlyWarning:
    """Probability of alerts, when and for how long, and the decision of a cost-loss user.

    Parameters
    ----------
    forecast : Paths, DataFrame or mapping of pollutant to DataFrame
        Paths; or rows of forecasts, of which paths are drawn with ``history``.
    place : str or list of str, optional
        Sites to judge, by the name in the paths or as a place; all by default. A rule on the regional mean takes the
        mean AQI of them, path by path.
    rule : str
        Edition of kind ``alert``: ``ALERT-2024``, ``ALERT-2024-XINJIANG``, ``ALERT-2024-CHANGJI`` (regional mean),
        ``ALERT-2019``, ``ALERT-2017``, or one of a file.
    cost_loss : float or mapping of level to float
        Cost of a warning divided by the loss that it prevents; a warning pays where the probability reaches it.
    history : pandas.DataFrame, optional
        Daily frame for paths that are yet to be drawn.
    target : str, optional
        What rows are of; ``rows.attrs["target"]``, by default.
    edition, draws, seed
        Passed to :func:`airq.forecast.paths`.

    Returns
    -------
    EarlyWarning

    Raises
    ------
    ParameterError, MissingData
        An unknown rule, place or level, a ratio outside 0 to 1.

    Notes
    -----
    Within the forecast an alert lasts, as :func:`airq.standards.alerts` has it, through a calm that is too short to
    lift it. A calm last day ends it, although the day after is not known.
    """
    drawn = (
        forecast if isinstance(forecast, Paths) else _drawn(forecast, history, target, edition, draws, seed)
    )
    e = rule_of(rule)
    names = level_names(e)
    ratios = _ratios(cost_loss, [en for _, en in names.values()])
    at = _sites(drawn, place)
    aqi, recent = drawn.aqi.values[:, at], drawn.recent.values[at]
    labels = [str(s) for s in drawn.aqi["site"].values[at]]
    notes = list(drawn.notes)
    members: dict[str, tuple[str, ...]] = {s: (s,) for s in labels}
    if regional(e):
        alone = " alone, though it is a rule for a region; forecast the region" if len(labels) == 1 else ""
        notes.append(f"{e.id} looks at the mean AQI of {', '.join(labels)}{alone}.")
        aqi, recent = mean_over(aqi, 1)[:, None], mean_over(recent, 0)[None]
        region = place if isinstance(place, str) else "+".join(labels)
        labels, members = [region], {region: tuple(labels)}
    dates = pd.DatetimeIndex(drawn.aqi["date"].values)
    calendar = pd.date_range(drawn.issued + pd.Timedelta(days=1), dates[-1])
    complete = np.full((*aqi.shape[:2], len(calendar)), np.nan)
    complete[..., calendar.get_indexer(dates)] = aqi
    if len(dates) < len(calendar):
        notes.append("the lead times leave days out; a run of bad days counts as broken there.")
    if np.isnan(recent[:, -1]).any():
        notes.append("the AQI of the last days is not known; an alert under way may be missed.")
    under_way = alert_levels(recent, e.id)[:, -1]
    levels = _levels(complete, recent, e.id)
    known = np.asarray(np.isfinite(complete).any(axis=0))
    tables = _Tables(levels, under_way, known, labels, calendar, drawn.issued, names, ratios)
    return EarlyWarning(
        days=tables.days(),
        outlook=tables.outlook(),
        starts=tables.starts(),
        issued=drawn.issued,
        rule=e.id,
        edition=drawn.edition,
        model=drawn.model,
        weather=drawn.weather,
        simulated=drawn.simulated,
        draws=aqi.shape[0],
        members=members,
        digest=drawn.digest,
        notes=tuple(notes),
    )


def _drawn(
    forecast: pd.DataFrame | Mapping[str, pd.DataFrame],
    history: pd.DataFrame | None,
    target: str | None,
    edition: str | None,
    draws: int,
    seed: int,
) -> Paths:
    if isinstance(forecast, pd.DataFrame):
        name = target or str(forecast.attrs.get("target", ""))
        if not name:
            raise ParameterError("the rows do not say of what they are a forecast; give target='aqi'.")
        forecast = {name: forecast}
    return _paths(forecast, history, draws, seed, edition)


def _ratios(cost_loss: float | Mapping[str, float], levels: Sequence[str]) -> dict[str, float]:
    if not isinstance(cost_loss, Mapping):
        return dict.fromkeys(levels, checked_ratio(cost_loss))
    if unknown := [k for k in cost_loss if k not in levels]:
        raise ParameterError(f"alert level '{unknown[0]}' is not known; use {', '.join(levels)}.")
    if missing := [k for k in levels if k not in cost_loss]:
        raise ParameterError(f"there is no cost-loss ratio of level '{missing[0]}'; give one for each level.")
    return {k: checked_ratio(cost_loss[k]) for k in levels}


def _sites(drawn: Paths, place: str | Sequence[str] | None) -> list[int]:
    """Positions of the wanted sites."""
    held = [str(s) for s in drawn.aqi["site"].values]
    if place is None:
        return list(range(len(held)))
    out: list[int] = []
    for name in [place] if isinstance(place, str) else list(place):
        found = places.find(name)
        members = places.members(found.id) if found else ()
        ids = [name, *([found.id, *(m.id for m in members)] if found else [])]
        own = [held.index(i) for i in dict.fromkeys(ids) if i in held]
        if not own:
            raise MissingData(
                f"there is no forecast of '{name}'; forecast it first, or use {', '.join(held)}."
            )
        out += [i for i in own if i not in out]
    return out


def _levels(aqi: Array, recent: Array, rule: str) -> npt.NDArray[np.int8]:
    """Alert level of each draw, site and day, the days just past taken along."""
    draws, sites, days = aqi.shape
    past = np.broadcast_to(recent, (draws, *recent.shape))
    # A calm last day is taken to be followed by calm: else every alert would be held to the end of the forecast.
    calm = np.zeros((draws, sites, _AFTER))
    whole = np.concatenate([past, aqi, calm], axis=2).reshape(draws * sites, -1)
    return alert_levels(whole, rule).reshape(draws, sites, -1)[..., -days - _AFTER : -_AFTER]


@dataclass(frozen=True)
class _Tables:
    """The three tables of a warning from levels, shape (draws, sites, days)."""

    levels: npt.NDArray[np.int8]
    under_way: npt.NDArray[np.int8]
    known: npt.NDArray[np.bool_]
    sites: Sequence[str]
    dates: pd.DatetimeIndex
    issued: pd.Timestamp
    names: Mapping[int, tuple[str, str]]
    ratios: Mapping[str, float]

    def _base(self) -> pd.DataFrame:
        count = len(self.dates)
        frame = pd.DataFrame(
            {"site": np.repeat(self.sites, count), "date": np.tile(self.dates, len(self.sites))}
        )
        frame["horizon"] = (frame["date"] - self.issued).dt.days
        return frame

    def _long(self, shares: Mapping[int, Array]) -> pd.DataFrame:
        base = self._base()
        parts = []
        for number, share in shares.items():
            zh, en = self.names[number]
            probability = np.where(self.known, share, np.nan).reshape(-1)
            parts.append(base.assign(level=en, level_zh=zh, number=number, probability=probability))
        out = pd.concat(parts, ignore_index=True)
        return out.sort_values(["site", "date", "number"], kind="stable", ignore_index=True)

    def days(self) -> pd.DataFrame:
        out = self._long({n: (self.levels >= n).mean(axis=0) for n in self.names})
        out["cost_loss"] = out["level"].map(dict(self.ratios)).astype(np.float64)
        out["warn"] = out["probability"] >= out["cost_loss"]
        return out

    def starts(self) -> pd.DataFrame:
        shares = {}
        for number in self.names:
            at = self.levels >= number
            first = at & (np.cumsum(at, axis=2) == 1)
            shares[number] = first.mean(axis=0)
        return self._long(shares)

    def outlook(self) -> pd.DataFrame:
        rows = [
            self._row(i, site, number) for i, site in enumerate(self.sites) for number in sorted(self.names)
        ]
        return pd.DataFrame(rows)

    def _row(self, site: int, label: str, number: int) -> dict[str, object]:
        at = self.levels[:, site] >= number
        reached = at.any(axis=1)
        zh, en = self.names[number]
        probability = float(reached.mean()) if self.known[site].any() else float("nan")
        row: dict[str, object] = {
            "site": label,
            "level": en,
            "level_zh": zh,
            "number": number,
            "probability": probability,
            "cost_loss": self.ratios[en],
            "warn": probability >= self.ratios[en],
            "days_expected": float(at.sum(axis=1).mean()),
            "under_way": bool(self.under_way[site] >= number),
        }
        start = at[reached].argmax(axis=1)
        # days from the start up to the first day below the level
        later = np.arange(at.shape[1]) >= start[:, None]
        gaps = np.cumsum(later & ~at[reached], axis=1)
        duration = (later & (gaps == 0)).sum(axis=1)
        still = start + duration == at.shape[1]
        for p in (0.1, 0.5, 0.9):
            found = int(np.quantile(start, p, method="inverted_cdf")) if reached.any() else None
            row[f"start_q{p * 100:.0f}"] = pd.NaT if found is None else self.dates[found]
        row["duration_mean"] = float(duration.mean()) if reached.any() else float("nan")
        for p in (0.1, 0.5, 0.9):
            value = float(np.quantile(duration, p, method="inverted_cdf")) if reached.any() else float("nan")
            row[f"duration_q{p * 100:.0f}"] = value
        row["open_share"] = float(still.mean()) if reached.any() else float("nan")
        return row
