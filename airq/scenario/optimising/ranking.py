"""Measures in order of what a µg/m³ costs with them, with ties where that cannot be told apart.

The cost of a µg/m³ of the season, not of a tonne, is what a planner pays for. Neighbours in the order whose intervals
overlap share a rank: a list without ties would claim more than the numbers hold.

Examples
--------
>>> table = pd.DataFrame({"measure_id": ["a", "b"], "place": "changji", "cost": [1e6, 9e6]})
>>> rank_measures(Problem.of(table, np.array([[1.0, 1.0], [1.1, 1.2]])))[["measure_id", "rank"]].values.tolist()
[['a', 1], ['b', 2]]
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from airq.scenario.optimising.problem import Problem

__all__ = ["rank_measures"]


def rank_measures(problem: Problem, share: float = 0.9) -> pd.DataFrame:
    """Cost of a µg/m³ with each measure alone, cheapest first.

    Parameters
    ----------
    problem : Problem
    share : float
        Probability that the interval holds.

    Returns
    -------
    pandas.DataFrame
        measure_id, place, cost (yuan a year), low, middle, high (yuan for 1 µg/m³ a year; infinite where the measure
        brings nothing), effect (median µg/m³), rank (shared by measures whose
        intervals overlap along the order; the next one counts those before it).
    """
    effects = problem.effects
    with np.errstate(divide="ignore"):
        price = np.where(effects > 0, problem.cost / np.where(effects > 0, effects, 1.0), np.inf)
    tail = (1 - share) / 2
    # Quantiles without interpolation: between a number and infinity there is no middle.
    low, middle, high = np.quantile(price, (tail, 0.5, 1 - tail), axis=0, method="inverted_cdf")
    frame = pd.DataFrame(
        {
            "measure_id": problem.ids,
            "place": problem.table["place"],
            "cost": problem.cost,
            "low": low,
            "middle": middle,
            "high": high,
            "effect": np.median(effects, axis=0),
        }
    ).sort_values(["middle", "measure_id"], ignore_index=True)
    apart = frame["low"].to_numpy()[1:] > frame["high"].to_numpy()[:-1]
    frame["rank"] = np.concatenate([[1], 2 + np.flatnonzero(apart)]).repeat(
        np.diff(np.concatenate([[0], 1 + np.flatnonzero(apart), [len(frame)]]))
    )
    return frame
