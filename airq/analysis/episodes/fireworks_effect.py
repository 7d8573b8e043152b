"""What fireworks added in the nights of the Spring Festival, with what chance alone would give.

A night's rise is set beside its own evening, and beside what CO and NO2, which fireworks hardly emit, did in the same night:
the model is the ordinary nights of the weeks around. Each ordinary night is predicted without itself, so that their errors
are placebos: they give the p value and the smallest excess that could be told from nothing.

Examples
--------
>>> rng = np.random.default_rng(0)
>>> time = pd.date_range("2019-01-01 01:00", "2019-03-15", freq="h")
>>> base = np.exp(rng.normal(4, 0.1, len(time)))
>>> party = (time > "2019-02-04 23:00") & (time <= "2019-02-05 04:00")
>>> frame = pd.DataFrame({"time": time, "pm25": base + 200 * party, "co": base / 100})
>>> eve = fireworks(frame).table.set_index("night").loc["eve"]
>>> bool(90 < eve["excess"] < 140), bool(eve["p_value"] < 0.05)
(True, True)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq.analysis.columns import column, days_apart, numbers, times_of
from airq.analysis.episodes.days import hours_of, stacked
from airq.analysis.episodes.fireworks_table import Night, nights
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["Fireworks", "fireworks"]

Array = npt.NDArray[np.float64]

_AROUND: Final = 30
"""Days on either side whose ordinary nights are the model and the placebos."""
_EVENING: Final = 6
"""Hours before a window that give the level it starts from."""
_LEAST_SHARE: Final = 0.7
_LEAST_NIGHTS: Final = 20


@dataclass(frozen=True, eq=False)
class Fireworks:
    """Excess of festival nights.

    Attributes
    ----------
    pollutant : str
    references : tuple of str
        Pollutants that stand for the weather of the night.
    table : pandas.DataFrame
        A row a site and night: ``site``, ``year``, ``night``, ``start``, ``hours``, ``observed`` (mean of the window),
        ``expected``, ``excess``, ``lower``, ``upper`` (of the excess, from the placebos), ``ratio``, ``highest`` (hour),
        ``p_value`` (one-sided), ``detectable`` (excess that 5 % of the placebos pass), ``placebos``, ``reason``.
    placebos : pandas.DataFrame
        ``site``, ``year``, ``night``, ``date``, ``excess`` of each ordinary night.
    confidence : float
    notes : tuple of str
    """

    pollutant: str
    references: tuple[str, ...]
    table: pd.DataFrame
    placebos: pd.DataFrame
    confidence: float
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return self.table.round(2).to_html(index=False) + f"<ul>{notes}</ul>"


@dataclass(frozen=True, eq=False)
class _Hours:
    """A site's columns on a full axis."""

    axis: pd.DatetimeIndex
    values: dict[str, Array]

    def mean(self, name: str, start: pd.Timestamp, hours: int) -> float:
        """Mean of the hours that begin at ``start`` (their labels are an hour later); NaN with too few."""
        first = int((start - self.axis[0]) / pd.Timedelta(hours=1)) + 1
        if first < 0 or first + hours > len(self.axis):
            return float("nan")
        part = self.values[name][first : first + hours]
        known = part[np.isfinite(part) & (part >= 0)]
        return float(known.mean()) if len(known) >= _LEAST_SHARE * hours else float("nan")

    def highest(self, name: str, start: pd.Timestamp, hours: int) -> float:
        first = int((start - self.axis[0]) / pd.Timedelta(hours=1)) + 1
        part = self.values[name][max(first, 0) : first + hours]
        return float(np.nanmax(part)) if np.isfinite(part).any() else float("nan")


def _rise(hours: _Hours, name: str, start: pd.Timestamp, length: int) -> float:
    """Logarithm of the window over its evening."""
    window = hours.mean(name, start, length)
    evening = hours.mean(name, start - pd.Timedelta(hours=_EVENING), _EVENING)
    return float(np.log(window / evening)) if window > 0 and evening > 0 else float("nan")


def _row(hours: _Hours, names: Sequence[str], start: pd.Timestamp, length: int) -> Array:
    """Rise of each column, and the level it starts from (a high evening falls more often than a low one)."""
    level = hours.mean(names[0], start - pd.Timedelta(hours=_EVENING), _EVENING)
    return np.array(
        [*[_rise(hours, n, start, length) for n in names], np.log(level) if level > 0 else np.nan]
    )


def _leave_one_out(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Coefficients, errors of each row predicted without itself, and the inverse that new rows need."""
    design = np.column_stack([np.ones(len(x)), x])
    inverse = np.linalg.pinv(design.T @ design)
    beta = inverse @ design.T @ y
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    return beta, (y - design @ beta) / np.maximum(1 - leverage, 0.05), inverse


def _estimate(
    hours: _Hours, names: Sequence[str], night: Night, taken: set[pd.Timestamp], confidence: float
) -> tuple[dict[str, Any], list[tuple[pd.Timestamp, float]]]:
    """One night and its placebos."""
    nothing = float("nan")
    out: dict[str, Any] = {
        "year": night.year,
        "night": night.night,
        "start": night.start,
        "hours": night.hours,
    }
    blank = dict.fromkeys(("observed", "expected", "excess", "lower", "upper", "ratio", "highest", "p_value", "detectable"), nothing)  # fmt: skip
    own = _row(hours, names, night.start, night.hours)
    if not np.isfinite(own).all():
        return out | blank | {"placebos": 0, "reason": "too few hours in this night or its evening"}, []
    dates = [night.start + pd.Timedelta(days=d) for d in range(-_AROUND, _AROUND + 1)]
    dates = [d for d in dates if d.normalize() not in taken]
    rows = np.array([_row(hours, names, d, night.hours) for d in dates]).reshape(len(dates), -1)
    whole = np.isfinite(rows).all(axis=1)
    if whole.sum() < _LEAST_NIGHTS:
        return out | blank | {"placebos": int(whole.sum()), "reason": f"{int(whole.sum())} ordinary nights, {_LEAST_NIGHTS} are needed"}, []  # fmt: skip
    rows, kept = rows[whole], [d for d, k in zip(dates, whole, strict=True) if k]
    beta, errors, _ = _leave_one_out(rows[:, 1:], rows[:, 0])
    evening = hours.mean(names[0], night.start - pd.Timedelta(hours=_EVENING), _EVENING)
    observed = hours.mean(names[0], night.start, night.hours)
    # Mean of exp(error) turns the mean of logarithms into a mean of values.
    usual = evening * float(np.exp(beta[0] + beta[1:] @ own[1:]))
    smear = float(np.mean(np.exp(errors)))
    expected = usual * smear
    error = float(np.log(observed / usual))
    tail = (1 - confidence) / 2
    low, high = np.quantile(errors, [tail, 1 - tail])
    placebo = expected * (np.exp(errors) / smear - 1)
    made = {
        "observed": observed,
        "expected": expected,
        "excess": observed - expected,
        "lower": observed - usual * float(np.exp(high)),
        "upper": observed - usual * float(np.exp(low)),
        "ratio": observed / expected,
        "highest": hours.highest(names[0], night.start, night.hours),
        "p_value": float((1 + (errors >= error).sum()) / (1 + len(errors))),
        "detectable": float(np.quantile(placebo, 0.95)),
        "placebos": len(errors),
        "reason": "",
    }
    return out | made, list(zip(kept, placebo.tolist(), strict=True))


def _festive(years: Sequence[int]) -> set[pd.Timestamp]:
    """Days on which fireworks are usual and which are no placebo: a day before each night to two days after."""
    return {n.start.normalize() + pd.Timedelta(days=d) for n in nights(years) for d in range(-1, 3)}


def fireworks(
    data: xr.Dataset | pd.DataFrame,
    pollutant: str = "pm25",
    references: Sequence[str] | None = None,
    *,
    years: Sequence[int] | None = None,
    confidence: float = 0.9,
) -> Fireworks:
    """Excess of the festival nights over what the weather of the night explains.

    Parameters
    ----------
    data : xarray.Dataset or pandas.DataFrame
        Hours of one or more sites, Beijing time.
    pollutant : str
        ``pm25``, ``pm10`` or ``so2``: what fireworks emit.
    references : sequence of str, optional
        What they hardly emit; by default those of CO and NO2 that the data hold. Without any, the evening alone.
    years : sequence of int, optional
        By default all that the data hold.
    confidence : float
        Of the interval of the excess, from the errors of the placebos.

    Returns
    -------
    Fireworks

    Raises
    ------
    MissingData
        No such pollutant, or no festival night in the period.
    ParameterError
    """
    if not isinstance(confidence, float) or not 0.5 <= confidence < 1:
        raise ParameterError(
            f"confidence {confidence} is no level; give one from 0.5 to below 1, such as 0.9."
        )
    if isinstance(data, pd.DataFrame) and (stamps := times_of(data)) is not None and days_apart(stamps):
        raise MissingData("fireworks are judged by hours, and the data are days; give hours.")
    frame, notes = (stacked(data), list[str]()) if isinstance(data, xr.Dataset) else hours_of(data)
    used = (
        list(references)
        if references is not None
        else [r for r in ("co", "no2") if r in frame and r != pollutant]
    )
    names = [pollutant, *used]
    for name in names:
        frame[name] = numbers(column(frame, name, "the pollutant"), "the pollutant")
    span = (frame["time"].min(), frame["time"].max())
    wanted = list(years) if years is not None else list(range(span[0].year, span[1].year + 1))
    around = pd.Timedelta(days=1)
    chosen = [n for n in nights(wanted) if span[0] - around <= n.start <= span[1]]
    if not chosen:
        raise MissingData(f"no festival night lies in {span[0]:%Y-%m-%d} to {span[1]:%Y-%m-%d}; give hours of January to March.")  # fmt: skip
    taken = _festive(range(span[0].year, span[1].year + 1))
    rows, placebos = [], []
    for site, own in frame.groupby("site", sort=True):
        axis = pd.date_range(own["time"].min(), own["time"].max(), freq="h")
        wide = own.set_index("time").reindex(axis)
        held = _Hours(axis, {n: wide[n].to_numpy(dtype=np.float64) for n in names})
        for night in chosen:
            made, others = _estimate(held, names, night, taken, confidence)
            rows.append({"site": site, **made})
            placebos += [(site, night.year, night.night, d, e) for d, e in others]
    if not used:
        notes.append("No reference pollutant: the weather of a night is judged by its evening alone.")
    judged = sum(not r["reason"] for r in rows)
    if judged:
        notes.append(f"Of {judged} nights about {0.05 * judged:.1f} pass p < 0.05 by chance.")
    return Fireworks(
        pollutant, tuple(used), pd.DataFrame(rows),
        pd.DataFrame(placebos, columns=["site", "year", "night", "date", "excess"]), confidence, tuple(notes),
    )  # fmt: skip
