"""What the models learn from: departures from the season, known on the day of issue, and the weather given.

Every feature of a day and lead is made of values up to the day of issue, or of weather that was given for the days
after it.

Examples
--------
>>> standardised(np.array([[[1.0], [2.0], [3.0]]]), np.ones((1, 3), bool)).ravel().tolist()
[-1.96, 0.0, 1.96]
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.forecast.arrays import Array, lagged, mean_over
from airq.forecast.climatology import smooth_mean
from airq.forecast.panel import Panel
from airq.forecast.weather_given import Given

__all__ = ["AHEAD", "Departures", "departures", "features", "standardised"]

Mask = npt.NDArray[np.bool_]

_LAGS: Final = (0, 1, 2)
_SPANS: Final = (3, 7, 14, 30, 60, 120)
_SHARE_KNOWN: Final = 3
"""A mean over k days needs k / 3 of them."""
_SPIKE: Final = 8.0
"""Robust deviations of the logarithm beyond which a value is no air (a factor of some hundreds)."""
_LEAST_SPREAD: Final = 0.5
"""Least robust deviation of a logarithm, so that a still series has no spikes by rounding."""
_CLIP: Final = 4.0
_ROWS_TO_RANK: Final = 2000
"""Rows from which the middle and spread of a feature come, for time."""
_TODAY: Final = ("_mean", "_sum", "_evening")
"""Columns of weather whose value on the day of issue is a feature."""
AHEAD: Final = ("then_", "before_", "path_")
"""How the names of features begin that are made of weather after the issue: on the day, the day before, on average."""


def _running(values: Array, days: int) -> Array:
    """Mean over the last days, this one included."""
    known = np.isfinite(values)
    total = np.cumsum(np.where(known, values, 0.0), axis=1)
    number = np.cumsum(known, axis=1)
    if days < values.shape[1]:
        total[:, days:] = total[:, days:] - total[:, :-days].copy()
        number[:, days:] = number[:, days:] - number[:, :-days].copy()
    return np.where(number >= max(1, days // _SHARE_KNOWN), total / np.maximum(number, 1), np.nan)


def _over_sites(values: Array) -> Array:
    return np.broadcast_to(mean_over(values, 0), values.shape)


def spikes(values: Array, use: Mask) -> Mask:
    """Values that are impossible against the other days of their site, shape (site, day).

    Parameters
    ----------
    values : float array (site, day)
        Logarithms.
    use : bool array (site, day)
        Days from which the limits are taken.
    """
    sample = np.where(use, values, np.nan)
    out = np.zeros(values.shape, bool)
    for s in range(len(values)):
        known = sample[s][np.isfinite(sample[s])]
        if known.size:
            middle = np.median(known)
            spread = max(1.4826 * np.median(np.abs(known - middle)), _LEAST_SPREAD)
            out[s] = np.abs(np.nan_to_num(values[s], nan=middle) - middle) > _SPIKE * spread
    return out


@dataclass(frozen=True)
class Departures:
    """Columns as departures from their smooth yearly course.

    Attributes
    ----------
    course : float array (site, day)
        Yearly course of the target on the scale of learning.
    y : float array (site, day)
        The target's departure, NaN where missing or impossible.
    issue : dict of str to float array (site, day)
        Features known on the day where they stand.
    courses : dict of str to float array (site, day)
        Yearly course of the columns of weather that are used.
    """

    course: Array
    y: Array
    issue: dict[str, Array]
    courses: dict[str, Array]


def departures(panel: Panel, use: Mask, known: int, ahead: Collection[str] = ()) -> Departures:
    """Departures and the features of the days of issue.

    Parameters
    ----------
    panel : Panel
    use : bool array (site, day)
        Days that may be learned from.
    known : int
        Position of the last of them.
    ahead : collection of str
        Columns of weather that are given for the days to come; the others are looked at as far as they are features.
    """
    course, gone = {}, {}
    today = [name for name in panel.weather if name.endswith(_TODAY) or "_" not in name]
    for name, values in panel.logs.items():
        weather = name in panel.weather
        if weather and name not in today and name not in ahead:
            continue
        clean = values if weather else np.where(spikes(values, use), np.nan, values)
        course[name] = smooth_mean(clean, panel.angle, use, known)
        gone[name] = clean - course[name]
    y = gone[panel.target]
    out: dict[str, Array] = {f"lag{k}": lagged(y, k, axis=1) for k in _LAGS}
    out |= {f"mean{k}": _running(y, k) for k in _SPANS}
    several = len(panel.sites) > 1
    if several:
        out["region"] = _over_sites(y)
    for name in panel.pollutants:
        if name != panel.target:
            out[name] = gone[name]
            out[f"{name}_mean7"] = _running(gone[name], 7)
    for name in panel.evening:
        out[name] = gone[name]
    lead = f"{panel.target}_evening" if panel.target != "aqi" else "pm25_evening"
    if several and lead in gone:
        out["region_evening"] = _over_sites(gone[lead])
    for name in today:
        out[f"now_{name}"] = gone[name]
        if name.endswith("_mean"):
            out[f"change_{name}"] = gone[name] - lagged(gone[name], 1, axis=1)
    return Departures(
        course[panel.target], y, out, {name: course[name] for name in panel.weather if name in course}
    )


def features(panel: Panel, parts: Departures, given: Given, lead: int) -> dict[str, Array]:
    """Features of every day at one lead.

    Parameters
    ----------
    panel : Panel
    parts : Departures
    given : Given
        Weather for the days to come.
    lead : int
        Days from issue to the day forecast.

    Returns
    -------
    dict of str to float array (site, day)
        NaN where not known.
    """
    out = {name: lagged(values, lead, axis=1) for name, values in parts.issue.items()}
    held = given.of(lead)
    if held is None:
        return out
    for name, values in held.items():
        course = parts.courses.get(name)
        if course is None:  # forecast of a column that is not observed here
            course = np.zeros_like(values)
        today = values - course
        out[f"then_{name}"] = today
        if not name.endswith(("_mean", "_sum")):
            continue
        if lead == 1:
            if name in panel.logs:
                out[f"before_{name}"] = lagged(panel.logs[name] - course, 1, axis=1)
            continue
        path = [today]
        for back in range(1, lead):
            earlier = given.of(lead - back)
            if earlier is not None:
                path.append(lagged(earlier[name] - course, back, axis=1))
                if back == 1:
                    out[f"before_{name}"] = path[-1]
        if len(path) == lead:
            known = np.isfinite(path)
            out[f"path_{name}"] = np.where(known, path, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return out


def standardised(values: Array, use: Mask, applied: Array | None = None) -> Array:
    """Features with mean 0 and spread 1 over the days of learning, clipped; 0 where missing.

    Parameters
    ----------
    values : float array (site, day, feature)
    use : bool array (site, day)
    applied : float array (site, day, feature), optional
        Features to scale as those of ``values`` are; these themselves if not given.

    Returns
    -------
    float array (site, day, feature)
        The spread is that of the middle 95 %, so that one wrong value does not flatten the rest.
    """
    few = slice(None, None, int(use.sum()) // _ROWS_TO_RANK + 1)  # every n-th row: all sites, all seasons
    sample = np.sort(values[use][few], axis=0)  # NaN last
    known = np.isfinite(sample).sum(axis=0)
    aim = values if applied is None else applied
    out = np.zeros_like(aim)
    if not known.any():
        return out

    def rank(share: float) -> Array:
        at = np.rint(share * np.maximum(known - 1, 0)).astype(np.intp)
        return np.asarray(np.take_along_axis(sample, at[None], axis=0)[0])

    middle = rank(0.5)
    spread = (rank(0.975) - rank(0.025)) / 3.92
    for k in np.flatnonzero((known >= 2) & ~(spread > 0)):  # mostly one value, such as rain of dry days
        spread[k] = float(np.std(sample[: known[k], k]))
    fine = (known >= 2) & (spread > 0)
    scaled = (aim[:, :, fine] - middle[fine]) / spread[fine]
    out[:, :, fine] = np.clip(np.where(np.isfinite(scaled), scaled, 0.0), -_CLIP, _CLIP)
    return out
