"""Synthetic control: what the place would have been, from places without the measure.

Logarithms less each place's mean before the date; weights on the simplex by least squares over the weeks before
(Abadie, Diamond & Hainmueller 2010, JASA 105, 493; demeaned as in Doudchenko & Imbens 2016). The gap between the place
and its weighted donors is then a series of its own, in which the step is estimated with a walking level and
autocorrelated noise, since gaps drift. Dates before the measure and donors at its date are the placebos.

Examples
--------
>>> rng = np.random.default_rng(0)
>>> days = pd.date_range("2017-01-01", "2020-12-31")
>>> common = np.cumsum(rng.normal(0, 0.05, len(days))) * 0.2 + 4
>>> parts = []
>>> for k in range(6):
...     log = common + 0.2 * rng.standard_normal(len(days)) - 0.3 * ((k == 0) & (days >= "2019-10-15"))
...     parts.append(pd.DataFrame({"date": days, "site": f"S{k}", "pm25": np.exp(log)}))
>>> found = synthetic_control(pd.concat(parts), "pm25", "2019-10-15", "S0")
>>> found.verdict, bool(abs(found.estimate + 0.3) < 0.05), round(float(found.weights.sum()), 6)
('fell', True, 1.0)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from threadpoolctl import threadpool_limits

from airq.analysis.effect.detectable import checked_levels
from airq.analysis.effect.donors import Panel, panel
from airq.analysis.effect.model import PlaceboSize, PolicyEffect, judged
from airq.analysis.effect.noise import Grid, Steps, base_columns
from airq.analysis.effect.simplex import simplex_weights
from airq.analysis.effect.timeline import WEEKS_A_YEAR, placebo_starts, sized, step_columns
from airq.errors import MissingData, ParameterError

__all__ = ["SyntheticFit", "fit_synthetic", "synthetic_control"]

Array = npt.NDArray[np.float64]

_HARMONICS: Final = 1
_SUSPECT: Final = (4.0, 0.1)
"""A donor whose own gap jumps at the date by so many standard errors and so much of a logarithm is taken for treated."""


@dataclass(frozen=True, eq=False)
class SyntheticFit:
    """One fit.

    Attributes
    ----------
    weights : float64 array, shape (donors,)
    gap : float64 array, shape (weeks,)
        Place less synthetic place, mean 0 before the date.
    before : bool array, shape (weeks,)
    effect : float
        Mean gap while the measure lasts.
    """

    weights: Array
    gap: Array
    before: npt.NDArray[np.bool_]
    effect: float


def fit_synthetic(
    own: Array, donors: Array, before: npt.NDArray[np.bool_], during: npt.NDArray[np.bool_]
) -> SyntheticFit:
    """Demeaned synthetic control of complete logarithms.

    Parameters
    ----------
    own : float64 array, shape (weeks,)
    donors : float64 array, shape (weeks, donors)
    before, during : bool array, shape (weeks,)

    Returns
    -------
    SyntheticFit

    Examples
    --------
    >>> t = np.arange(40.0)
    >>> x = np.column_stack([np.sin(t), np.cos(t)])
    >>> fit = fit_synthetic(x @ [0.5, 0.5] + 2 - 0.2 * (t >= 30), x, t < 30, t >= 30)
    >>> fit.weights.round(6).tolist(), round(fit.effect, 6)
    ([0.5, 0.5], -0.2)
    """
    y = own - own[before].mean()
    x = donors - donors[before].mean(axis=0)
    weights = simplex_weights(x[before], y[before])
    gap = y - x @ weights
    return SyntheticFit(weights, gap, before, float(gap[during].mean()))


def _fit_at(held: Panel, unit: int, pool: Sequence[int], start: int, length: int | None) -> SyntheticFit:
    week = held.week
    during = step_columns(week, [start], length)[:, 0] > 0
    return fit_synthetic(held.log[:, unit], held.log[:, pool], week < start, during)


def _grid(week: npt.NDArray[np.int64], phase: float, drift: bool) -> Grid:
    harmonics = _HARMONICS if np.ptp(week) >= 1.5 * WEEKS_A_YEAR else 0
    return Grid(week, base_columns(week, WEEKS_A_YEAR, harmonics, drift, phase))


@dataclass(frozen=True, eq=False)
class _Judge:
    """Steps of gaps, with the covariances of the weeks factored once."""

    held: Panel
    phase: float
    length: int | None
    grid: Grid

    def steps(
        self, units: Sequence[int], pools: Sequence[Sequence[int]], starts: Sequence[int]
    ) -> tuple[Steps, list[SyntheticFit]]:
        """Steps of units against their pools, each at its own week, all in one solution."""
        fits = [
            _fit_at(self.held, u, p, s, self.length) for u, p, s in zip(units, pools, starts, strict=True)
        ]
        gaps = np.column_stack([f.gap for f in fits])
        return self.grid.steps(gaps, step_columns(self.held.week, starts, self.length)), fits


def _without_suspects(judge: _Judge, own: int) -> tuple[list[int], Steps | None, list[str]]:
    """Donors that did not jump at the date themselves, and their steps against one another."""
    pool = [u for u in range(judge.held.log.shape[1]) if u != own]
    notes: list[str] = []
    while len(pool) >= 3:
        steps, _ = judge.steps(pool, [[v for v in pool if v != u] for u in pool], [0] * len(pool))
        z = np.abs(steps.mean / steps.sd) * (np.abs(steps.mean) > _SUSPECT[1])
        worst = int(np.argmax(z))
        if z[worst] < _SUSPECT[0]:
            return pool, steps, notes
        name = judge.held.sites[pool[worst]]
        notes.append(
            f"Donor {name} jumps at the date itself ({100 * np.expm1(steps.mean[worst]):+.0f} %), as if it were treated, and is left out."
        )
        pool.pop(worst)
    return pool, None, notes


def _placebos(
    judge: _Judge, own: int, pool: list[int], at_donors: Steps | None, confidence: float
) -> PlaceboSize:
    """Dates before the measure for the place, and the date of the measure at its donors."""
    made, rows = [], []
    before = judge.held.week < 0
    part = judge.held.rows(before)
    starts = placebo_starts(pd.Series(0.0, index=part.week), judge.length)
    if starts:
        early = _Judge(part, judge.phase, judge.length, _grid(part.week, judge.phase, False))
        steps, _ = early.steps([own] * len(starts), [pool] * len(starts), starts)
        made.append(steps)
        rows += list(zip(map(float, starts), steps.mean.tolist(), steps.sd.tolist(), strict=True))
    if at_donors is not None:
        made.append(at_donors)
        # Donors share no data with the place; each counts as a date of its own, far from all others.
        far = 10_000.0 + 1_000.0 * np.arange(len(pool))
        rows += list(zip(far.tolist(), at_donors.mean.tolist(), at_donors.sd.tolist(), strict=True))
    return sized(pd.DataFrame(rows, columns=["week", "estimate", "standard_error"]), made, confidence)[0]


def _specifications(
    judge: _Judge, own: int, pool: list[int], main: tuple[float, float], fit: SyntheticFit
) -> pd.DataFrame:
    rows = [("main", *main, True), ("mean gap", fit.effect, float("nan"), True)]
    week = judge.held.week
    if len(pool) > 1:
        used = [p for p, w in zip(pool, fit.weights, strict=True) if w > 0.01]
        steps, _ = judge.steps(
            [own] * len(used), [[q for q in pool if q != p] for p in used], [0] * len(used)
        )
        rows += [
            (f"without {judge.held.sites[p]}", float(m), float(s), True)
            for p, m, s in zip(used, steps.mean, steps.sd, strict=True)
        ]
        equal = judge.held.log[:, own] - judge.held.log[:, pool].mean(axis=1)
        equal = equal - equal[week < 0].mean()
        flat = judge.grid.steps(equal, step_columns(week, [0], judge.length))
        rows.append(("equal weights", float(flat.mean[0]), float(flat.sd[0]), True))
    drifting = _grid(week, judge.phase, True).steps(fit.gap, step_columns(week, [0], judge.length))
    rows.append(("with drift", float(drifting.mean[0]), float(drifting.sd[0]), True))
    return pd.DataFrame(rows, columns=["name", "estimate", "standard_error", "in_range"])


def synthetic_control(
    frame: pd.DataFrame,
    target: str,
    date: object,
    site: str,
    *,
    donors: Iterable[str] | None = None,
    treated: Mapping[str, object] | Iterable[str] = (),
    until: object | None = None,
    weather: Sequence[str] = (),
    window: int = 156,
    confidence: float = 0.95,
    power: float = 0.8,
) -> PolicyEffect:
    """Effect of a measure at one site against sites without it.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours or days of several sites in long form with a column ``site``, ``station`` or ``place``.
    target : str
    date : date
        First day of the measure.
    site : str
        Where it was taken.
    donors : iterable of str, optional
        Sites to choose from; all others by default.
    treated : mapping of str to date, or iterable of str
        Sites with a like measure and its first day; those treated before the last week judged are left out. Named
        without a date, a site is left out.
    until, weather, confidence, power
        As :func:`airq.analysis.unobserved_components`; weather is each site's own.
    window : int
        Weeks used on either side of the date, 52 or more.

    Returns
    -------
    PolicyEffect
        With ``weights`` and ``mean_gap``.

    Raises
    ------
    MissingData
        No donor is left, or too few weeks that all share.
    ParameterError
        The site among its donors, a site that is not there.

    Notes
    -----
    A measure that also cleans the donors' air makes the effect look smaller; one that drives sources to them, larger.
    Donors far enough for neither are the user's to name.
    """
    checked_levels(confidence, power)
    if window < 52:
        raise ParameterError(f"window {window} is less than a year; give 52 weeks or more.")
    held = panel(frame, target, date, site, donors, treated, until, weather, window)
    with threadpool_limits(limits=1):
        return _effect(held, site, target, confidence, power)


def _effect(held: Panel, site: str, target: str, confidence: float, power: float) -> PolicyEffect:
    own, week = held.sites.index(site), held.week
    judge = _Judge(held, held.phase, held.length, _grid(week, held.phase, False))
    pool, at_donors, notes = _without_suspects(judge, own)
    if not pool:
        raise MissingData("no donor is left; name sites without the measure.")
    model, fits = judge.steps([own], [pool], [0])
    fit = fits[0]
    placebo = _placebos(judge, own, pool, at_donors, confidence)
    step = model.widened(placebo.widening)
    estimate, se, tail = float(step.mean[0]), float(step.sd[0]), (1 - confidence) / 2
    lower, upper = float(step.quantile(tail)[0]), float(step.quantile(1 - tail)[0])
    smallest = (upper - lower) / 2 + se * float(stats.t.ppf(power, step.df))
    table = _specifications(judge, own, pool, (estimate, se), fit)
    p = float(step.p_value()[0])
    span = (float(table["estimate"].min()), float(table["estimate"].max()))
    verdict, reasons = judged(estimate, p, smallest, placebo, span, confidence)
    level = held.log[:, own]
    weeks = pd.DataFrame(
        {
            "week": week,
            "start": held.date + pd.to_timedelta(7 * week, unit="D"),
            "observed": np.exp(held.raw[:, own]),
            "adjusted": np.exp(level),
            "counterfactual": np.exp(level - fit.gap),
            "used": True,
        }
    )
    return PolicyEffect(
        method="synthetic",
        target=target,
        site=site,
        date=held.date,
        until=held.until,
        estimate=estimate,
        lower=lower,
        upper=upper,
        standard_error=se,
        p_value=p,
        minimum_detectable=smallest,
        placebo=placebo,
        specifications=table,
        verdict=verdict,
        reasons=reasons,
        weeks=weeks,
        confidence=confidence,
        power=power,
        blocked_r2=held.blocked_r2,
        weights=pd.Series(fit.weights, [held.sites[p] for p in pool]).sort_values(ascending=False),
        mean_gap=fit.effect,
        notes=(*held.notes, *notes),
    )
