"""What a model learns from and forecasts from at one lead, made of a panel and the weather given.

With forecast weather there are two ways to learn: from the forecasts of the days of learning, or from the weather
observed on them, to be applied to what the forecast lets expect of it. The second ("perfect prognosis", Klein, Lewis &
Enger 1959) learns from what really moved the pollutant and is not led astray by the errors of single forecasts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.forecast.arrays import Array, lagged
from airq.forecast.climatology import ages
from airq.forecast.features import AHEAD, Departures, features
from airq.forecast.models import Sample
from airq.forecast.panel import Panel
from airq.forecast.weather_given import Given

__all__ = ["sample_from_observed", "sample_of"]

Mask = npt.NDArray[np.bool_]

_PAIRS: Final = 60
"""Days of forecast and observation together from which is learned what a forecast lets expect."""
_KEPT: Final = 30
"""Days for which a last observation stands in."""


def sample_of(
    panel: Panel, parts: Departures, given: Given, lead: int, learn: Mask, want: Mask, known: int, seed: int
) -> Sample:
    """Features and target of one lead, as given.

    Parameters
    ----------
    panel : Panel
    parts : Departures
    given : Given
        Weather for the days to come.
    lead : int
    learn, want : bool arrays (site, day)
        Days to learn from; days to forecast.
    known : int
        Position of the last day of learning.
    seed : int

    Returns
    -------
    Sample
    """
    table = features(panel, parts, given, lead)
    return Sample(
        lead=lead,
        y=np.where(learn, parts.y, np.nan),
        last=lagged(_kept(parts.y), lead, axis=1),
        held=lagged(_kept(parts.y + parts.course), lead, axis=1) - parts.course,
        names=list(table),
        x=np.stack([v.astype(np.float32) for v in table.values()], axis=-1),
        angle=panel.angle,
        weekday=np.asarray(panel.days.day_of_week, dtype=np.float64),
        age=ages(len(panel.days), known),
        learn=learn,
        want=want,
        seed=seed,
    )


def sample_from_observed(sample: Sample, panel: Panel, parts: Departures, given: Given) -> Sample:
    """The same sample, to be learned from observed weather and applied to what the forecast lets expect of it.

    Parameters
    ----------
    sample : Sample
        Of forecast weather.
    panel : Panel
    parts : Departures
    given : Given
        The forecasts.

    Returns
    -------
    Sample
        ``shown`` holds the features of the observed weather; in ``x`` each feature of the forecast is replaced by its
        linear regression on the days of learning. Features that are not observed stay as they are.
    """
    observed = {name: panel.logs[name] for name in given.columns if name in panel.logs}
    table = features(panel, parts, Given("perfect", list(observed), {0: observed}), sample.lead)
    x, shown = sample.x.copy(), sample.x.copy()
    for i, name in enumerate(sample.names):
        if not name.startswith(AHEAD) or name not in table:
            continue
        told, seen = sample.x[..., i].astype(np.float64), table[name]
        both = sample.learn & np.isfinite(told) & np.isfinite(seen)
        if both.sum() < _PAIRS:
            continue
        mean, usual = told[both].mean(), seen[both].mean()
        square = float(((told[both] - mean) ** 2).sum())
        slope = float(((told[both] - mean) * (seen[both] - usual)).sum()) / square if square > 0 else 0.0
        shown[..., i], x[..., i] = seen, usual + slope * (told - mean)
    return replace(sample, x=x, shown=shown)


def _kept(values: Array) -> Array:
    """Each missing value replaced by the last known one, up to 30 days back."""
    position = np.where(np.isfinite(values), np.arange(values.shape[1]), -1)
    last = np.maximum.accumulate(position, axis=1)
    near = (last >= 0) & (np.arange(values.shape[1]) - last <= _KEPT)
    return np.where(near, np.take_along_axis(values, np.maximum(last, 0), axis=1), np.nan)
