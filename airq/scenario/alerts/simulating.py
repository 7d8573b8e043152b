"""What a plan of an alert does to an episode: mean, peak and heavy days, with and without it.

Examples
--------
>>> found = simulate_plan(AlertPlan("red", 0, 5), balance_episode(), draws=500)
>>> row = found.table.set_index("indicator").loc["mean"]
>>> bool(-18 < row["percent_p50"] < -11)
True
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import ParameterError
from airq.scenario.alerts.episodes import Episode, balance_episode
from airq.scenario.alerts.factors import residence_nodes
from airq.scenario.alerts.relief import by_day
from airq.scenario.alerts.strength import basin_strength
from airq.scenario.priors import Array
from airq.scenario.response_entries import Alert
from airq.texts import Note, items

__all__ = ["AlertPlan", "EpisodeResult", "compare_plans", "simulate_plan"]

_HEAVY = 150.0
"""Daily PM2.5 above which its IAQI is above 200, µg/m³; HJ 633-2012 table 1, the same in HJ 633-2026."""
_P = (0.05, 0.5, 0.95)
_MOST = 5000


@dataclass(frozen=True)
class AlertPlan:
    """An alert by the days of an episode.

    Attributes
    ----------
    level : {"yellow", "orange", "red"}
    begin : int
        Day of the episode on which it begins: 0 the first, -1 a day of lead, 1 a day late.
    days : int
        Days on which it holds.
    edition : str
        Of the rules; the newest if empty.
    """

    level: str
    begin: int
    days: int
    edition: str = ""

    def __post_init__(self) -> None:
        for key, value, low in (("begin", self.begin, -5), ("days", self.days, 0)):
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
                raise ParameterError(f"'{key}' of the alert is {value!r}; give a whole number from {low} on.")

    @classmethod
    def of(cls, alert: Alert) -> AlertPlan:
        """The plan of an alert of a scenario, lead and early end counted in.

        Examples
        --------
        >>> AlertPlan.of(Alert(places="changji", level="red", days=5, lead=1, early=2))
        AlertPlan(level='red', begin=-1, days=4, edition='')
        """
        return cls(alert.level, -alert.lead, alert.days + alert.lead - alert.early, alert.edition)

    def early(self, episode: Episode) -> int:
        """Days before the end of the episode on which it is lifted; negative if it outlasts it."""
        return episode.length - self.begin - self.days


@dataclass(frozen=True, eq=False)
class EpisodeResult:
    """An episode with and without an alert.

    Attributes
    ----------
    plan : AlertPlan
    episode : Episode
    table : pandas.DataFrame
        ``indicator`` (mean, peak, heavy_days), ``unit``, ``without`` (mean of the weather years), ``change_p5``,
        ``change_p50``, ``change_p95`` (mean of the weather years, by draw), ``percent_p5`` ..., ``weather_p5``,
        ``weather_p95`` (percent, between weather years at the middle of the draws).
    days : pandas.DataFrame
        ``day`` of the episode (0 is the first), ``held``, ``without``, ``with_p5``, ``with_p50``, ``with_p95``.
    notes : tuple of str
    """

    plan: AlertPlan
    episode: Episode
    table: pd.DataFrame
    days: pd.DataFrame
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table.copy()

    def _repr_html_(self) -> str:
        table: str = self.table.round(1).to_html(index=False)
        return f"{table}<ul>{items(self.notes)}</ul>"


def simulate_plan(
    plan: AlertPlan | Alert,
    episode: Episode | None = None,
    draws: int = 1000,
    seed: int = 0,
    strength: npt.ArrayLike | None = None,
) -> EpisodeResult:
    """An episode with and without an alert.

    Parameters
    ----------
    plan : AlertPlan or Alert
        An alert of a scenario brings its own cut and compliance.
    episode : Episode, optional
        The box of seven days at 150 µg/m³ by default.
    draws, seed : int
    strength : array_like, (draw,), optional
        Share of PM2.5 above background that it takes away in the end; that of a region which acts as one by default. For
        a place of a scenario use a column of :func:`airq.scenario.alerts.strength.strength`.

    Returns
    -------
    EpisodeResult

    Raises
    ------
    ParameterError
        An unknown level or edition, a number of draws outside 1 to 5000.
    """
    if isinstance(draws, bool) or not isinstance(draws, int) or not 1 <= draws <= _MOST:
        raise ParameterError(f"draws is {draws!r}; give a whole number from 1 to {_MOST}.")
    entry = plan if isinstance(plan, Alert) else _entry(plan)
    made = AlertPlan.of(plan) if isinstance(plan, Alert) else plan
    held_by = balance_episode() if episode is None else episode
    share = basin_strength(entry, draws, seed) if strength is None else np.asarray(strength, dtype=np.float64)
    if share.shape != (draws,):
        raise ParameterError(
            f"the strength has shape {share.shape}; give one value for each of {draws} draws."
        )
    held = _held(made, held_by)
    node, hours = residence_nodes(draws, seed)
    pattern = by_day(held_by.excess[None], held.astype(np.float64), held_by.level[None], hours[:, None])
    left = held_by.excess[None] * (1 - share[:, None, None] * pattern[node]) + held_by.background
    table = pd.DataFrame(_rows(held_by.values, left, held_by.span))
    return EpisodeResult(made, held_by, table, _days(held_by, left, held), _notes(held_by))


def _entry(plan: AlertPlan) -> Alert:
    try:
        return Alert(places=("changji",), level=plan.level, days=max(plan.days, 1), edition=plan.edition)  # type: ignore[arg-type]
    except ValueError:
        raise ParameterError(f"alert level '{plan.level}' is not known; use yellow, orange or red.") from None


def _held(plan: AlertPlan, episode: Episode) -> npt.NDArray[np.bool_]:
    day = np.arange(episode.excess.shape[1]) - episode.first
    return np.asarray((day >= plan.begin) & (day < plan.begin + plan.days))


def _rows(before: Array, after: Array, span: slice) -> list[dict[str, object]]:
    """Indicators of (member, day) and (draw, member, day)."""
    old, new = before[:, span], after[:, :, span]
    pairs = {
        "mean": ("µg/m³", old.mean(axis=-1), new.mean(axis=-1)),
        "peak": ("µg/m³", old.max(axis=-1), new.max(axis=-1)),
        "heavy_days": (
            "d",
            (old > _HEAVY).sum(axis=-1).astype(float),
            (new > _HEAVY).sum(axis=-1).astype(float),
        ),
    }
    rows: list[dict[str, object]] = []
    for name, (unit, was, now) in pairs.items():
        change = now.mean(axis=1) - was.mean()
        row: dict[str, object] = {"indicator": name, "unit": unit, "without": float(was.mean())}
        row |= {f"change_p{100 * p:.0f}": float(np.quantile(change, p)) for p in _P}
        whole = was.mean() if was.mean() > 0 else np.nan
        row |= {f"percent_p{100 * p:.0f}": float(np.quantile(100 * change / whole, p)) for p in _P}
        each = np.median(now, axis=0) - was
        share = 100 * each[was > 0] / was[was > 0]
        row |= {
            f"weather_p{100 * p:.0f}": float(np.quantile(share, p)) if len(share) else np.nan
            for p in (_P[0], _P[2])
        }
        rows.append(row)
    return rows


def _days(episode: Episode, left: Array, held: npt.NDArray[np.bool_]) -> pd.DataFrame:
    low, middle, high = np.quantile(left.mean(axis=1), _P, axis=0)
    return pd.DataFrame(
        {
            "day": np.arange(len(held)) - episode.first,
            "held": held,
            "without": episode.values.mean(axis=0),
            "with_p5": low,
            "with_p50": middle,
            "with_p95": high,
        }
    )


def _notes(episode: Episode) -> tuple[str, ...]:
    out = [
        Note(
            "Compliance, local share and residence time are planning values; their intervals are in the result [B][M].",
            "落实程度、本地份额和滞留时间为规划值，其区间已计入结果[B][M]。",
        )
    ]
    if episode.simulated:
        out.append(Note("The weather years are simulated.", "气象年为模拟数据。"))
    return tuple(out)


def compare_plans(
    episode: Episode | None = None,
    levels: Iterable[str] = ("yellow", "orange", "red"),
    begins: Iterable[int] = (-2, -1, 0, 1, 2),
    days: Iterable[int] = (3, 5, 7),
    draws: int = 400,
    seed: int = 0,
) -> pd.DataFrame:
    """Levels, first days and durations of an alert side by side over the same episode and the same draws.

    Parameters
    ----------
    episode : Episode, optional
        The box of seven days at 150 µg/m³ by default.
    levels, begins, days : iterable
    draws, seed : int

    Returns
    -------
    pandas.DataFrame
        ``level``, ``begin``, ``days``, ``early`` (days before the end of the episode), then for mean, peak (percent) and
        heavy_days (days) their change, ``_p5``, ``_p50``, ``_p95``.

    Examples
    --------
    >>> table = compare_plans(levels=["red"], begins=[0, 2], days=[5], draws=300).set_index("begin")
    >>> bool(table.loc[2, "peak_p50"] < table.loc[0, "peak_p50"] - 5)
    True
    """
    over = balance_episode() if episode is None else episode
    rows = []
    for level, begin, length in product(levels, begins, days):
        plan = AlertPlan(level, begin, length)
        found = simulate_plan(plan, over, draws, seed).table.set_index("indicator")
        row: dict[str, object] = {"level": level, "begin": begin, "days": length, "early": plan.early(over)}
        for name, unit in (("mean", "percent"), ("peak", "percent"), ("heavy_days", "change")):
            row |= {f"{name}_{p}": float(found.loc[name, f"{unit}_{p}"]) for p in ("p5", "p50", "p95")}
        rows.append(row)
    return pd.DataFrame(rows)
