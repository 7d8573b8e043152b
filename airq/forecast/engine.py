"""One fit of the models for all leads, and the quantiles that follow.

Every model learns six times, each time without a sixth of the days of learning in blocks of 45 days. Those sixths give
the out-of-fold rows from which weights and intervals come; the forecast is the mean of the six.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.errors import MissingData
from airq.forecast.arrays import Array
from airq.forecast.climatology import ages, season_quantiles
from airq.forecast.combination import Stack, combine, share_of_skill
from airq.forecast.features import departures, spikes
from airq.forecast.intervals import FOLDS, around, folds, residual_quantiles
from airq.forecast.models import POINT_MODELS
from airq.forecast.names import COMBINED, LEVELS
from airq.forecast.panel import Panel, inverse
from airq.forecast.samples import sample_from_observed, sample_of
from airq.forecast.weather_given import Given, skill

__all__ = ["MEMBERS", "Task", "quantiles"]

Mask = npt.NDArray[np.bool_]

MEMBERS: Final = ("ridge", "kernel", "boosting")
"""Models that the combination is made of."""

_OBSERVED: Final = " of observed weather"
"""After the name of a model that learns from observed weather and is applied to what a forecast lets expect of it."""
_WITH_FORECASTS: Final = (
    "ridge",
    "kernel",
    f"ridge{_OBSERVED}",
    f"kernel{_OBSERVED}",
    f"boosting{_OBSERVED}",
)
"""Models of the combination with forecast weather. Those that learn from forecasts alone
had a CRPS 0.3 % lower at one day on Beijing 2015, but 6 % and 3 % higher at three and seven days [B 80%]."""

_MOST_DAYS: Final = 2922
"""Days before the last observation that are looked at: eight years. Skill grew up to the six years that could be tried
(perfect weather, six against five: 0-6 % by site and lead); a climatology gives older years less than 1 % of its weight."""
_NEARLY_TRUE: Final = 0.93
"""Correlation of forecast and observed weather from which learning from the forecasts is as good or better."""
_ROWS_TO_BOOST: Final = 4000
_SITES_TO_BOOST: Final = 3
"""Days of all sites together, and sites, below which boosting is left out of the combination: there it adds nothing to the
others (ratio of CRPS without it 1.000, with weather 1.003; two cities 0.994-1.005) and takes most of the time."""
_LEAST_YEAR: Final = 300
"""Days with an observation below which a place has not seen its year: climatology alone."""
_LEAST_DAYS: Final = 30
"""Days with an observation below which quantiles would be certainty from nothing: no forecast."""
_SILENT: Final = "no forecast"
"""How the note of a site begins for which nothing can be said."""
_LEAST_SHARE: Final = 0.15
"""A share of the combination below this is taken for no skill."""


_NARROWER: Final = {False: 0.99, True: 0.96}
"""Spread of the mean of the folds' models against that of one, without and with weather: the square root of
1 - (1 - 1/n) v / r with v the variance between the models and r that of the residuals. Measured 0.978-0.996 and
0.957-0.993 on Beijing 2015-2017 and five cities 2018-2019."""


@dataclass(frozen=True)
class Task:
    """What is to be forecast at one lead.

    Attributes
    ----------
    lead : int
        Days from issue to the day forecast.
    learn : bool array (site, day)
        Days whose observation was known at the first issue.
    want : bool array (site, day)
        Days to forecast.
    """

    lead: int
    learn: Mask
    want: Mask

    def since(self, start: int) -> Task:
        """The same without the days before a position."""
        return Task(self.lead, self.learn[:, start:], self.want[:, start:])


@dataclass
class Answer:
    """Quantiles of one lead.

    Attributes
    ----------
    values : dict of str to float array (site, day, 19)
        By model, in the unit of the target, NaN outside ``want``.
    notes : dict of str to object array (site, day)
        By model, what has to be said of a row; empty where nothing.
    """

    values: dict[str, Array] = field(default_factory=dict)
    notes: dict[str, npt.NDArray[np.object_]] = field(default_factory=dict)

    def padded(self, days: int) -> Answer:
        """The same with so many days more before the first, of which nothing is said."""
        before = ((0, 0), (days, 0))
        return Answer(
            {m: np.pad(v, (*before, (0, 0)), constant_values=np.nan) for m, v in self.values.items()},
            {m: np.pad(v, before, constant_values="") for m, v in self.notes.items()},
        )


@dataclass
class _Rows:
    """Departures of one model at one lead: out of fold, and the mean of the folds' models."""

    seen: Array
    final: Array


@dataclass
class _Fit:
    """What the folds leave behind.

    Attributes
    ----------
    known : int
        Position of the last day of learning.
    rows : dict of (lead, model) to _Rows
    course, seen_course : float arrays (site, day)
        Season of the final models and of each day's fold.
    climate, seen_climate : float arrays (site, day, 19)
        Climatology, final where wanted, and out of fold where learned.
    """

    known: int
    rows: dict[tuple[int, str], _Rows]
    course: Array
    seen_course: Array
    climate: Array
    seen_climate: Array


def quantiles(
    panel: Panel,
    given: Given,
    tasks: Sequence[Task],
    models: Sequence[str],
    seed: int,
    members: Sequence[str] = MEMBERS,
) -> dict[int, Answer]:
    """Fit and forecast.

    Parameters
    ----------
    panel : Panel
    given : Given
        Weather for the days to come, complete over the days of learning.
    tasks : sequence of Task
        One a lead.
    models : sequence of str
        Names of :data:`airq.forecast.MODELS` but those of statsmodels.
    seed : int
    members : sequence of str
        Models that the combination is made of.

    Returns
    -------
    dict of int to Answer
        By lead.

    Notes
    -----
    One thread: more cost more than they save here, and a result must not depend on their number.
    """
    from threadpoolctl import threadpool_limits

    start = _start(panel, tasks)
    recent = [t.since(start) for t in tasks]
    with threadpool_limits(limits=1):
        found = _answers(panel.since(start), given.since(start), recent, models, seed, members)
    return {lead: answer.padded(start) for lead, answer in found.items()}


def _start(panel: Panel, tasks: Sequence[Task]) -> int:
    """First day that is looked at, counted back from the last observation of learning."""
    common = np.logical_and.reduce([t.learn for t in tasks]) & np.isfinite(panel.observed)
    last = int(np.flatnonzero(common.any(axis=0)).max(initial=0))
    return max(last + 1 - _MOST_DAYS, 0)


def _answers(
    panel: Panel,
    given: Given,
    tasks: Sequence[Task],
    models: Sequence[str],
    seed: int,
    members: Sequence[str],
) -> dict[int, Answer]:
    common = np.logical_and.reduce([t.learn for t in tasks])
    refused = _refusals(panel.observed, common & np.isfinite(panel.observed))
    short = np.array([bool(reason) for reason in refused])
    silent = np.array([reason.startswith(_SILENT) for reason in refused])
    if silent.all():
        raise MissingData(
            f"{refused[0]}, at site '{panel.sites[0]}'; check its data or choose another target."
        )
    tasks = [replace(t, learn=t.learn & ~short[:, None]) for t in tasks]
    learning = common & np.isfinite(panel.observed) & ~short[:, None]
    few = learning.sum() < _ROWS_TO_BOOST or learning.any(axis=1).sum() < _SITES_TO_BOOST
    team = {t.lead: _team(panel, given, t.lead, learning, members, bool(few)) for t in tasks}
    needed = {
        lead: [
            m
            for m in dict.fromkeys([*models, *(team[lead] if COMBINED in models else ())])
            if m not in (COMBINED, "climatology") and not short.all()
        ]
        for lead in team
    }
    fit = _folded(panel, given, tasks, common, needed, seed)
    out = {}
    for task in tasks:
        answer = Answer()
        for model in models:
            if model == COMBINED:
                values, note = _combined(panel, task, fit, team[task.lead], given.label != "none")
            elif model == "climatology":
                values, note = fit.climate, ""
            else:
                values, note = _single(panel, task, fit, model), ""
            notes = np.full(panel.observed.shape, note, dtype=object)
            notes[short] = np.array(refused, dtype=object)[short][:, None]
            values = np.where(short[:, None, None], fit.climate, values)
            values = np.where(silent[:, None, None], np.nan, values)
            answer.values[model] = np.where(task.want[..., None], values, np.nan)
            answer.notes[model] = notes
        out[task.lead] = answer
    return out


def _team(
    panel: Panel, given: Given, lead: int, learning: Mask, members: Sequence[str], few: bool
) -> list[str]:
    """Models that the combination is made of at a lead."""
    known = int(np.flatnonzero(learning.any(axis=0)).max(initial=0))
    if given.label == "forecast" and skill(given, panel, lead, learning, known) < _NEARLY_TRUE:
        members = _WITH_FORECASTS
    return [m for m in members if not (few and m.startswith("boosting"))]


def _refusals(observed: Array, seen: Mask) -> list[str]:
    """Why a site gets climatology alone or nothing; empty where it gets all.

    A site that never changed gets nothing: quantiles that all agree would be certainty from a broken monitor.
    """
    out = []
    for values, rows in zip(observed, seen, strict=True):
        known = values[rows]
        if not known.size:
            out.append(f"{_SILENT}: no observation to learn from")
        elif known.size < _LEAST_DAYS:
            out.append(f"{_SILENT}: {known.size} days of observations are too few, {_LEAST_DAYS} are needed")
        elif np.ptp(known) <= 1e-9 * max(abs(float(known[0])), 1.0):
            out.append(f"{_SILENT}: every observation is {known[0]:g}, as of a stuck monitor")
        elif known.size < _LEAST_YEAR:
            out.append(f"climatology: {known.size} days of observations are less than a year")
        else:
            out.append("")
    return out


def _folded(
    panel: Panel,
    given: Given,
    tasks: Sequence[Task],
    common: Mask,
    models: Mapping[int, Sequence[str]],
    seed: int,
) -> _Fit:
    """The models of every lead, learned once for each fold."""
    shape = panel.observed.shape
    known = int(np.flatnonzero(common.any(axis=0)).max(initial=0))
    want = np.logical_or.reduce([t.want for t in tasks])
    fold = folds(shape[1], known)
    fit = _Fit(
        known=known,
        rows={
            (t.lead, m): _Rows(np.full(shape, np.nan), np.zeros(shape)) for t in tasks for m in models[t.lead]
        },
        course=np.zeros(shape),
        seen_course=np.full(shape, np.nan),
        climate=season_quantiles(panel.observed, panel.days, common, known, want),
        seen_climate=np.full((*shape, len(LEVELS)), np.nan),
    )
    if not any(models.values()):
        return fit
    for k in range(FOLDS):
        left = fold == k
        learned = ~around(left & common.any(axis=0))
        use = common & learned[None]
        parts = departures(panel, use, known, given.columns)
        fit.course += parts.course / FOLDS
        fit.seen_course[:, left] = parts.course[:, left]
        climate = season_quantiles(panel.observed, panel.days, use, known, common & left[None])
        fit.seen_climate[:, left] = climate[:, left]
        for task in tasks:
            want = task.want | (task.learn & left[None])
            sample = sample_of(
                panel, parts, given, task.lead, task.learn & learned[None], want, known, seed + k
            )
            observed = (
                sample_from_observed(sample, panel, parts, given)
                if any(m.endswith(_OBSERVED) for m in models[task.lead])
                else sample
            )
            for model in models[task.lead]:
                name = model.removesuffix(_OBSERVED)
                made = POINT_MODELS[name](sample if name == model else observed)
                row = fit.rows[task.lead, model]
                row.seen[:, left] = made[:, left]
                row.final += (made + parts.course) / FOLDS
    for row in fit.rows.values():  # departures of the final models stand on the mean course
        row.final -= fit.course
    return fit


def _single(panel: Panel, task: Task, fit: _Fit, model: str) -> Array:
    """Quantiles of one model: its forecast and the out-of-fold residuals of the season."""
    rows = fit.rows.get((task.lead, model))
    if rows is None:
        return np.full((*panel.observed.shape, len(LEVELS)), np.nan)
    residuals = np.where(task.learn, panel.y - fit.seen_course - rows.seen, np.nan)
    spread = residual_quantiles(residuals, panel.days, task.learn, task.want)
    return inverse(panel.target, (fit.course + rows.final)[..., None] + spread)


def _combined(
    panel: Panel, task: Task, fit: _Fit, members: Sequence[str], weather: bool
) -> tuple[Array, str]:
    parts = [fit.rows[task.lead, m] for m in members if (task.lead, m) in fit.rows]
    if not parts:
        return fit.climate, ""
    days = len(panel.days)
    stack = Stack(
        target=panel.target,
        observed=np.where(spikes(panel.y, task.learn) & task.learn, np.nan, panel.observed),
        seen=[r.seen for r in parts],
        final=[r.final for r in parts],
        seen_course=fit.seen_course,
        final_course=fit.course,
        seen_climate=fit.seen_climate,
        final_climate=fit.climate,
        angle=panel.angle,
        age=ages(days, fit.known),
        fold=folds(days, fit.known),
        learn=task.learn,
        want=task.want,
    )
    share = share_of_skill(stack)
    if share < _LEAST_SHARE:
        return fit.climate, "climatology: no skill at this lead"
    made = combine(stack)
    middle = made[..., len(LEVELS) // 2, None]
    narrower = middle + _NARROWER[weather] * (made - middle)
    return share * narrower + (1 - share) * fit.climate, ""
