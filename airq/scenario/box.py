"""The box model of a basin: what a kilotonne of a season adds to its mean.

Examples
--------
>>> round(float(box(width=46, height=274, wind=1.3)), 2)
3.88
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["SEASON_DAYS", "box"]

SEASON_DAYS: Final = 182.0
"""Days of the heating season, about 15 October to 15 April."""


def box(
    width: npt.ArrayLike, height: npt.ArrayLike, wind: npt.ArrayLike, days: float = SEASON_DAYS
) -> npt.NDArray[np.float64]:
    """µg/m³ in the mean of a season per kilotonne emitted evenly in it.

    Parameters
    ----------
    width : array_like
        Breadth of the basin across the wind, km.
    height : array_like
        Mixing height, m.
    wind : array_like
        Wind speed within it, m/s.
    days : float
        Length of the season.

    Returns
    -------
    ndarray
        1 kt = 10¹⁵ µg, diluted in width × height × wind × season.
    """
    volume = np.asarray(width) * 1e3 * np.asarray(height) * np.asarray(wind) * days * 86400.0
    return np.asarray(1e15 / volume)
