"""Level of the heavy-pollution alert on every day of many series of AQI at once.

The same rule as :func:`airq.standards.alerts` with ``known="forecast"``, vectorised over series: no loop but over days.

Examples
--------
>>> days = [90.0, 160.0, 210.0, 220.0, 310.0, 180.0, 90.0, 80.0, 70.0]
>>> alert_levels([days], "ALERT-2024").tolist()
[[0, 2, 3, 3, 3, 2, 0, 0, 0]]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from airq import standards
from airq.errors import ParameterError
from airq.standards import Edition

__all__ = ["alert_levels", "level_names", "regional", "rule_of"]

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def rule_of(rule: str | Edition) -> Edition:
    """Rules of alerts by name.

    Examples
    --------
    >>> rule_of("2024").id
    'ALERT-2024'
    """
    return standards.edition(rule, "alert")


def level_names(rule: str | Edition) -> dict[int, tuple[str, str]]:
    """Chinese and English name of each level by its number, lowest first.

    Examples
    --------
    >>> level_names("ALERT-2024")[3]
    ('红色预警', 'red')
    """
    levels = rule_of(rule).need("levels").values()
    return {int(v["number"]): (v["zh"], v["en"]) for v in sorted(levels, key=lambda v: v["number"])}


def regional(rule: str | Edition) -> bool:
    """Whether a rule looks at the mean AQI of a region.

    Examples
    --------
    >>> regional("ALERT-2024"), regional("ALERT-2024-CHANGJI")
    (False, True)
    """
    return "regional mean" in str(rule_of(rule).get("basis.aqi", ""))


class _Runs:
    """Runs of True in the rows of a matrix, numbered over all rows."""

    def __init__(self, mask: Bools) -> None:
        padded = np.zeros((mask.shape[0], mask.shape[1] + 1), bool)
        padded[:, 1:] = mask
        self.mask = mask
        begins = padded[:, 1:] & ~padded[:, :-1]
        self.number = np.cumsum(begins.reshape(-1)).reshape(mask.shape)
        self.count = int(self.number[-1, -1]) if mask.size else 0

    def where(self, good: npt.NDArray[Any]) -> Bools:
        """Cells of the runs for which ``good`` (one entry a run, and one before the first) is True."""
        return np.asarray(self.mask & good[self.number])

    def sums(self, cells: Bools) -> npt.NDArray[np.float64]:
        """Number of True cells of ``cells`` in each run."""
        inside = self.mask & cells
        return np.bincount(self.number[inside], minlength=self.count + 1).astype(np.float64)


def _condition(aqi: Array, condition: Mapping[str, Any]) -> Bools:
    """Days of runs above the bound that last long enough."""
    with np.errstate(invalid="ignore"):
        runs = _Runs(aqi > float(condition["above"]))
    return runs.where(runs.sums(runs.mask) >= -(-int(condition["hours"]) // 24))


def _met(aqi: Array, level: Mapping[str, Any]) -> Bools:
    out = np.zeros(aqi.shape, bool)
    for every in level["any"]:
        masks = [_condition(aqi, c) for c in every]
        runs = _Runs(masks[0])
        good = np.ones(runs.count + 1, bool)
        for mask in masks[1:]:
            good &= runs.sums(mask) > 0
        out |= runs.where(good)
    return out


def alert_levels(aqi: npt.ArrayLike, rule: str | Edition = "ALERT-2024") -> npt.NDArray[np.int8]:
    """Number of the alert level on each day, 0 for none.

    Parameters
    ----------
    aqi : array_like, shape (series, days)
        AQI of consecutive natural days, as forecast; NaN breaks a run.
    rule : str or Edition
        An edition of kind ``alert``.

    Returns
    -------
    int8 array, shape (series, days)

    Raises
    ------
    ParameterError
        If the AQI is not a matrix or the rule is not known.

    Examples
    --------
    >>> alert_levels([[151.0, 151.0, 80.0, 210.0]], "ALERT-2024").tolist()
    [[1, 1, 1, 1]]
    """
    values = np.asarray(aqi, dtype=np.float64)
    if values.ndim != 2:
        raise ParameterError(
            f"AQI of shape {values.shape} is no table of series and days; give (series, days)."
        )
    e = rule_of(rule)
    wanted = np.zeros(values.shape, np.int8)
    bound = e.need("lift.below")
    with np.errstate(invalid="ignore"):
        restless = np.zeros(values.shape, bool) if bound == "yellow" else values >= float(bound)
    for level in e.need("levels").values():
        met = _met(values, level)
        restless |= met
        wanted = np.where(met, np.maximum(wanted, np.int8(level["number"])), wanted)
    lift = -(-int(e.need("lift.hours")) // 24)
    return _held(wanted, ~restless, lift, e.need("downgrade.rule") == "hold")


def _held(wanted: npt.NDArray[np.int8], calm: Bools, lift: int, hold: bool) -> npt.NDArray[np.int8]:
    """Levels with a calm that is too short to lift filled in; a calm that lifts is taken out where it begins."""
    out = np.zeros(wanted.shape, np.int8)
    level = np.zeros(wanted.shape[0], np.int8)
    quiet = np.zeros(wanted.shape[0], np.int64)
    for day in range(wanted.shape[1]):
        want = wanted[:, day]
        active = (level > 0) | (want > 0)
        quiet = np.where(active & calm[:, day] & (want == 0), quiet + 1, 0)
        change = (want > level) | ((want > 0) & (want < level) & (not hold))
        level = np.where(change, want, level)
        out[:, day] = level
        ended = quiet >= lift
        if ended.any():
            out[ended, max(day - lift + 1, 0) : day + 1] = 0
            level = np.where(ended, np.int8(0), level)
            quiet = np.where(ended, 0, quiet)
    return out
