"""Which inputs a result's spread comes from: shares of variance by rank correlation, the largest named.

Examples
--------
>>> rng = np.random.default_rng(0)
>>> a, b = rng.normal(size=(2, 2000))
>>> causes(3 * a + b, {"a": a, "b": b})["cause"].tolist()
['a', 'b']
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

__all__ = ["causes", "weather_share"]

Array = npt.NDArray[np.float64]
_COLUMNS = ["cause", "share", "sign"]


def causes(result: Array, inputs: Mapping[str, Array], top: int = 5) -> pd.DataFrame:
    """Largest contributors to the variance of a result.

    Parameters
    ----------
    result : array (draw,)
    inputs : mapping of name to array (draw,)
    top : int

    Returns
    -------
    pandas.DataFrame
        cause, share (squared rank correlation beyond what chance gives; shares need not add up to 1 where inputs act
        together), sign (of the correlation).
    """
    out = np.asarray(result, dtype=np.float64)
    if out.size < 10 or np.ptp(out) == 0:
        return pd.DataFrame(columns=_COLUMNS)
    ranks = rankdata(out)
    rows = []
    for name, values in inputs.items():
        if np.ptp(values) == 0:
            continue
        r = float(np.corrcoef(ranks, rankdata(values))[0, 1])
        # A correlation of nothing has a square of 1 / (n - 1) on average.
        rows.append((name, max(r * r - 1 / (out.size - 1), 0.0), 1 if r > 0 else -1))
    found = pd.DataFrame(rows, columns=_COLUMNS).sort_values("share", ascending=False, kind="stable")
    return found[found["share"] > 0.01].head(top).reset_index(drop=True)


def weather_share(result: Array) -> float:
    """Share of the variance of a result that lies between weather years.

    Parameters
    ----------
    result : array (draw, year)

    Examples
    --------
    >>> weather_share(np.array([[1.0, 2.0], [1.0, 2.0]]))
    1.0
    """
    total = float(np.var(result))
    return float(np.var(result.mean(axis=0)) / total) if total > 0 else 0.0
