"""Episodes of heavy pollution as days above background: one that the box makes, or the worst ones of weather years.

Examples
--------
>>> one = balance_episode()
>>> one.excess.shape, round(float(one.values[0, one.span].mean()), 1), one.length
((1, 17), 150.0, 7)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.errors import MissingData, ParameterError
from airq.scenario.alerts.factors import balanced_level
from airq.scenario.alerts.ratios import alert_priors
from airq.scenario.priors import Array

__all__ = ["Episode", "balance_episode", "worst_episodes"]

_BEFORE: Final = 5
_AFTER: Final = 5
"""Days before and after an episode that are followed too."""
_WINDY: Final = 6.0
"""Residence time before and after the episode of the box, h."""


@dataclass(frozen=True, eq=False)
class Episode:
    """Episodes side by side: one of the box, or one a weather year.

    Attributes
    ----------
    excess : ndarray, (member, day)
        Daily PM2.5 above background, µg/m³.
    first, length : int
        First day of the episode and its days.
    background : float
        µg/m³.
    level : ndarray, (member,)
        Level above background that emission and residence balance at.
    members : tuple of str
    place : str
        Empty for the box.
    simulated : bool
    """

    excess: Array
    first: int
    length: int
    background: float
    level: Array
    members: tuple[str, ...]
    place: str
    simulated: bool

    @property
    def span(self) -> slice:
        """Days of the episode."""
        return slice(self.first, self.first + self.length)

    @property
    def values(self) -> Array:
        """Daily PM2.5, µg/m³, (member, day)."""
        return self.excess + self.background


def balance_episode(days: int = 7, mean: float = 150.0, background: float | None = None) -> Episode:
    """An episode of the box model: clean air, then a lid under which the concentration rises towards its balance.

    Parameters
    ----------
    days : int
        Length, 2 to 30.
    mean : float
        Mean of PM2.5 over it, µg/m³.
    background : float, optional
        That of the table by default.

    Returns
    -------
    Episode

    Raises
    ------
    ParameterError
        A length outside 2 to 30 or a mean not above the background.
    """
    below = alert_priors()["background"].value if background is None else float(background)
    if isinstance(days, bool) or not isinstance(days, int) or not 2 <= days <= 30:
        raise ParameterError(f"an episode of {days} days cannot be made; give 2 to 30 whole days.")
    if not mean > below:
        raise ParameterError(
            f"the mean {mean:g} of the episode is not above the background {below:g}; raise it."
        )
    lid = alert_priors()["residence"].value
    hours = 24 * (_BEFORE + days + _AFTER)
    inside = (np.arange(hours) >= 24 * _BEFORE) & (np.arange(hours) < 24 * (_BEFORE + days))
    residence = np.where(inside, lid, _WINDY)
    held = np.empty(hours)
    now = _WINDY / lid  # the balance is in proportion to the residence time, and 1 under the lid
    for hour, tau in enumerate(residence):
        now = tau / lid + (now - tau / lid) * np.exp(-1 / tau)
        held[hour] = now
    daily = held.reshape(-1, 24).mean(axis=1)
    scale = (mean - below) / daily[_BEFORE : _BEFORE + days].mean()
    return Episode(daily[None] * scale, _BEFORE, days, below, np.array([scale]), ("box",), "", False)


def worst_episodes(baseline: Any, place: str, days: int = 7) -> Episode:
    """The worst days in a row of the heating season of each weather year.

    Parameters
    ----------
    baseline : Baseline
        Weather years (:class:`airq.scenario.baseline.Baseline`).
    place : str
    days : int
        Length, 2 to 60.

    Returns
    -------
    Episode

    Raises
    ------
    MissingData
        The baseline does not hold PM2.5 of the place.
    ParameterError
        A length outside 2 to 60.
    """
    if isinstance(days, bool) or not isinstance(days, int) or not 2 <= days <= 60:
        raise ParameterError(f"an episode of {days} days cannot be chosen; give 2 to 60 whole days.")
    names = [str(p) for p in baseline.places]
    if place not in names or "pm25" not in baseline.variables:
        raise MissingData(f"the weather years hold no PM2.5 of '{place}'; they hold {', '.join(names)}.")
    below = alert_priors()["background"].value
    at = list(baseline.variables).index("pm25")
    values = np.asarray(baseline.values, dtype=np.float64)[:, :, names.index(place), at]
    heating: npt.NDArray[np.bool_] = np.asarray(baseline.heating, dtype=bool)
    season = np.flatnonzero(heating)
    # Days on either side must exist: an episode does not begin or end with the year.
    first, last = max(int(season[0]), _BEFORE), min(int(season[-1]), values.shape[1] - _AFTER - 1)
    sums = np.cumsum(np.pad(np.nan_to_num(values[:, first : last + 1]), ((0, 0), (1, 0))), axis=1)
    start = first + (sums[:, days:] - sums[:, :-days]).argmax(axis=1)
    take = start[:, None] + np.arange(-_BEFORE, days + _AFTER)[None, :]
    excess = np.take_along_axis(values, take, axis=1) - below
    level = balanced_level(values[:, None] - below, heating)
    members = tuple(str(n) for n in baseline.years["name"])
    return Episode(
        excess, _BEFORE, days, below, np.repeat(level, len(excess)), members, place, bool(baseline.simulated)
    )
