"""The models that need no features: climatology, persistence, damped persistence."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from airq.forecast.models.base import Sample

__all__ = ["climatology", "damped_ar1", "persistence"]

Array = npt.NDArray[np.float64]

_LEAST_ROWS: Final = 60


def climatology(sample: Sample) -> Array:
    """No departure from the season."""
    return np.zeros_like(sample.y)


def persistence(sample: Sample) -> Array:
    """The last value known on the day of issue."""
    return np.nan_to_num(sample.held)


def damped_ar1(sample: Sample) -> Array:
    """The last departure, shrunk by the regression of the departure at this lead on it, site by site.

    The factor lies in 0 to 1; a site with fewer than 60 pairs takes that of all sites.
    """
    y, last = sample.y, sample.last
    use = sample.learn & np.isfinite(y) & np.isfinite(last)

    def factor(where: npt.NDArray[np.bool_]) -> float:
        square = float((last[where] ** 2).sum())
        return float(np.clip((y[where] * last[where]).sum() / square, 0.0, 1.0)) if square > 0 else 0.0

    common = factor(use)
    own = [factor(_row(use, s)) if use[s].sum() >= _LEAST_ROWS else common for s in range(len(y))]
    return np.nan_to_num(last) * np.array(own)[:, None]


def _row(use: npt.NDArray[np.bool_], site: int) -> npt.NDArray[np.bool_]:
    out = np.zeros_like(use)
    out[site] = use[site]
    return out
