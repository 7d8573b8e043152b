"""The end of both methods on one series: the step, its widening, other choices, the counterfactual, the verdict."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats
from threadpoolctl import threadpool_limits

from airq.analysis.effect.model import PolicyEffect, judged
from airq.analysis.effect.timeline import Estimator, Timeline, step_columns, tried
from airq.errors import MissingData, ParameterError

__all__ = ["finished", "other_choices", "week_table"]

_DONUT = 8
"""Weeks around the date left out in one of the other choices: measures begin early or late."""


def other_choices(
    line: Timeline, own: Estimator, others: Mapping[str, Estimator], main: tuple[float, float]
) -> pd.DataFrame:
    """Estimates under other reasonable choices.

    Parameters
    ----------
    line : Timeline
    own : Estimator
    others : mapping of str to Estimator
    main : (estimate, standard error)

    Returns
    -------
    pandas.DataFrame
        ``name``, ``estimate``, ``standard_error``, ``in_range``; the series without its weather adjustment is shown
        beside and is not part of the range, since it is no reasonable choice.
    """
    rows = [("main", *main, True)]
    cases: list[tuple[str, Estimator, pd.Series, bool]] = [
        (n, m, line.weeks, True) for n, m in others.items()
    ]
    if line.length is None or line.length > 2 * _DONUT:
        near = (line.weeks.index >= -_DONUT // 2) & (line.weeks.index < _DONUT // 2)
        cases.append((f"{_DONUT} weeks around the date left out", own, line.weeks[~near], True))
    if np.isfinite(line.blocked_r2):
        cases.append(("not adjusted for weather", own, line.raw, False))
    for name, method, weeks, inside in cases:
        try:
            step = method(weeks, [0], line.length)
        except MissingData:
            continue
        rows.append((name, float(step.mean[0]), float(step.sd[0]), inside))
    return pd.DataFrame(rows, columns=["name", "estimate", "standard_error", "in_range"])


def week_table(line: Timeline, estimate: float, window: int) -> pd.DataFrame:
    """Weeks with what would have been without the measure."""
    weeks = line.weeks
    step = step_columns(weeks.index, [0], line.length)[:, 0]
    known = weeks.index.to_numpy()
    return pd.DataFrame(
        {
            "week": known,
            "start": line.date + pd.to_timedelta(7 * known, unit="D"),
            "observed": np.exp(line.raw.reindex(weeks.index)).to_numpy(),
            "adjusted": np.exp(weeks.to_numpy()),
            "counterfactual": np.where(step > 0, np.exp(weeks.to_numpy() - estimate), np.nan),
            "used": (known >= -window) & (known < (line.length or 0) + window),
        }
    )


def finished(
    method: str,
    line: Timeline,
    own: Estimator,
    others: Mapping[str, Estimator],
    window: int,
    confidence: float,
    power: float,
) -> PolicyEffect:
    """Effect with its placebo dates, range and verdict.

    Parameters
    ----------
    method : str
    line : Timeline
    own : Estimator
    others : mapping of str to Estimator
    window : int
    confidence, power : float

    Returns
    -------
    PolicyEffect
    """
    if window < 52:
        raise ParameterError(f"window {window} is less than a year; give 52 weeks or more.")
    # Matrices of a few hundred rows are slower on several threads than on one.
    with threadpool_limits(limits=1):
        model = own(line.weeks, [0], line.length)
        placebo, _ = tried(line.weeks, line.length, own, confidence)
    step = model.widened(placebo.widening)
    estimate, se, tail = float(step.mean[0]), float(step.sd[0]), (1 - confidence) / 2
    lower, upper = float(step.quantile(tail)[0]), float(step.quantile(1 - tail)[0])
    smallest = (upper - lower) / 2 + se * float(stats.t.ppf(power, step.df))
    with threadpool_limits(limits=1):
        table = other_choices(line, own, others, (estimate, se))
    inside = table.loc[table["in_range"], "estimate"]
    p = float(step.p_value()[0])
    verdict, reasons = judged(
        estimate, p, smallest, placebo, (float(inside.min()), float(inside.max())), confidence
    )
    return PolicyEffect(
        method=method,
        target=line.held.target,
        site=line.held.site,
        date=line.date,
        until=line.until,
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
        weeks=week_table(line, estimate, window),
        confidence=confidence,
        power=power,
        blocked_r2=line.blocked_r2,
        notes=line.notes,
    )
