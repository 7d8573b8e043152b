"""What a model is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from airq.forecast.features import standardised
from airq.forecast.models.linear import solve

__all__ = ["PointModel", "Sample"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

COMMON_PENALTY: Final = 1000.0
"""In rows of standardised features."""


@dataclass(frozen=True)
class Sample:
    """Days of several sites at one lead.

    Attributes
    ----------
    lead : int
    y : float array (site, day)
        Departure of the target from the season, NaN where missing; the models read it where ``learn`` is True only.
    last : float array (site, day)
        Departure of the last observation known on the day of issue, from the season of its own day.
    held : float array (site, day)
        The same observation as a departure from the season of the day forecast.
    names : list of str
    x : float array (site, day, feature)
        NaN where missing.
    shown : float array (site, day, feature), optional
        Features to learn from where they are not those to forecast from.
    angle : float array (day,)
        Time of year in radians.
    weekday : float array (day,)
    age : float array (day,)
        Years before the last day of learning.
    learn, want : bool arrays (site, day)
        Days to learn from; days to forecast.
    seed : int
    """

    lead: int
    y: Array
    last: Array
    held: Array
    names: list[str]
    x: Array
    angle: Array
    weekday: Array
    age: Array
    learn: Mask
    want: Mask
    seed: int
    shown: Array | None = None

    @property
    def x_learned(self) -> Array:
        """Features to learn from."""
        return self.x if self.shown is None else self.shown

    @cached_property
    def z(self) -> Array:
        """Features to forecast from, standardised over the days of learning, 0 where missing."""
        return standardised(self.x_learned, self.learn, self.x)

    @cached_property
    def z_learned(self) -> Array:
        """Features to learn from, standardised alike."""
        return self.z if self.shown is None else standardised(self.shown, self.learn)

    @cached_property
    def common(self) -> Array:
        """Ridge coefficients of all sites together, the constant first, shape (1 + feature,)."""
        use = self.learn & np.isfinite(self.y)
        z = self.z_learned[use]
        return solve(
            np.concatenate([np.ones((len(z), 1), z.dtype), z], axis=1),
            self.y[use].astype(z.dtype),
            COMMON_PENALTY,
        )

    @cached_property
    def relevance(self) -> Array:
        """How much each feature counts in the linear regression, shape (feature,)."""
        return np.abs(self.common[1:])


PointModel: TypeAlias = Callable[[Sample], Array]
"""Takes a sample and returns departures (site, day), finite at least where ``want`` is True."""
