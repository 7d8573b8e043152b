"""The cost-loss model: when a warning pays, and what forecasts are worth to a user.

A user pays a cost C for every warning, or a loss L where the event comes without one; a warning pays where the
probability reaches the ratio C / L (Murphy 1977; Richardson 2000). Everything is in units of the loss.

Examples
--------
>>> expense([1, 0, 0, 0], [0.9, 0.3, 0.1, 0.0], 0.2)
0.1
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import ParameterError

__all__ = ["checked_ratio", "economic_value", "expense", "value_curve"]

Array = npt.NDArray[np.float64]


def checked_ratio(cost_loss: float) -> float:
    """The cost-loss ratio, refused unless it lies between 0 and 1.

    Examples
    --------
    >>> checked_ratio(0.2)
    0.2
    """
    try:
        ratio = float(cost_loss)
    except (TypeError, ValueError):
        ratio = float("nan")
    if not 0 < ratio < 1:
        raise ParameterError(
            f"cost-loss ratio '{cost_loss}' is not between 0 and 1; give the cost of a warning divided by the loss."
        )
    return ratio


def _known(event: npt.ArrayLike, probability: npt.ArrayLike) -> tuple[Array, Array]:
    e = np.asarray(event, dtype=np.float64).reshape(-1)
    p = np.asarray(probability, dtype=np.float64).reshape(-1)
    known = ~(np.isnan(e) | np.isnan(p))
    return e[known], p[known]


def expense(event: npt.ArrayLike, probability: npt.ArrayLike, cost_loss: float) -> float:
    """Mean expense a day of who warns where ``probability >= cost_loss``, as a share of the loss.

    Parameters
    ----------
    event, probability : array_like, shape (rows,)
        NaN rows are left out.
    cost_loss : float

    Returns
    -------
    float
        NaN without rows.

    Raises
    ------
    ParameterError
        If the ratio is not between 0 and 1.

    Examples
    --------
    >>> expense([1, 1], [0.0, 0.5], 0.4)
    0.7
    """
    ratio = checked_ratio(cost_loss)
    e, p = _known(event, probability)
    return float(np.where(p >= ratio, ratio, e).mean()) if e.size else float("nan")


def economic_value(event: npt.ArrayLike, warned: npt.ArrayLike, cost_loss: float) -> float:
    """Value of decisions: 1 for perfect foresight, 0 for the better of always and never warning.

    Parameters
    ----------
    event, warned : array_like, shape (rows,)
    cost_loss : float

    Returns
    -------
    float
        NaN if the event always or never came.

    Examples
    --------
    >>> economic_value([1, 0, 0, 0], [1, 0, 0, 0], 0.2), economic_value([1, 0, 0, 0], [1, 1, 1, 1], 0.2)
    (1.0, 0.0)
    """
    ratio = checked_ratio(cost_loss)
    e, w = _known(event, warned)
    base = float(e.mean()) if e.size else 0.0
    if base in (0.0, 1.0):
        return float("nan")
    spent = float(np.where(w > 0, ratio, e).mean())
    plain = min(ratio, base)
    return (plain - spent) / (plain - ratio * base)


def value_curve(
    event: npt.ArrayLike, probability: npt.ArrayLike, ratios: npt.ArrayLike | None = None
) -> pd.DataFrame:
    """Economic value for every user, each warning at his own cost-loss ratio.

    Parameters
    ----------
    event, probability : array_like, shape (rows,)
    ratios : array_like, optional
        0.02 to 0.98 by default.

    Returns
    -------
    pandas.DataFrame
        ``cost_loss, expense, climatology, perfect, value``: mean expenses as shares of the loss, and
        (climatology - expense) / (climatology - perfect).

    Examples
    --------
    >>> value_curve([1, 0], [0.9, 0.1], [0.5])["value"].tolist()
    [1.0]
    """
    used = np.arange(1, 50) / 50.0 if ratios is None else np.asarray(ratios, dtype=np.float64)
    for ratio in used:
        checked_ratio(ratio)
    e, p = _known(event, probability)
    base = float(e.mean()) if e.size else float("nan")
    warn = p[None, :] >= used[:, None]
    spent = np.where(warn, used[:, None], e).mean(axis=1) if e.size else np.full(used.shape, np.nan)
    plain, perfect = np.minimum(used, base), used * base
    gain = plain - perfect
    value = np.where(gain > 0, (plain - spent) / np.where(gain > 0, gain, 1.0), np.nan)
    return pd.DataFrame(
        {"cost_loss": used, "expense": spent, "climatology": plain, "perfect": perfect, "value": value}
    )
