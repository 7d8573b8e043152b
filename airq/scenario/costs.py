"""Money of a scenario as documents state it, and what a microgram of the season costs by it.

Capital, operating money and subsidies are never added: a subsidy is part of the capital. A measure without stated money
has none here, which is said.

Examples
--------
>>> from airq.scenario.spec import Scenario
>>> made = Scenario(name="a", season=2025, measures=[{"id": "15fyp-home-01"}])
>>> found, notes = cost_of(made, np.full(10, -5.0))
>>> found["kind"].tolist(), bool(found["per_ug_p50"][0] > 1e7)
(['subsidy'], True)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.inventory.activity import defaults
from airq.scenario.planning import plan
from airq.scenario.spec import Scenario
from airq.texts import Note

__all__ = ["cost_of"]

_COLUMNS = ["kind", "measures", "yuan", "yuan_a_year", "per_ug_p5", "per_ug_p50", "per_ug_p95", "source"]


def cost_of(scenario: Scenario, change: npt.NDArray[np.float64]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Stated money by kind.

    Parameters
    ----------
    scenario : Scenario
    change : array (draw,)
        Change of the season's mean at the place that stands for all, µg/m³; negative is cleaner.

    Returns
    -------
    table : pandas.DataFrame
        kind (capital, operating, subsidy), measures, yuan, yuan_a_year (spread over the life of an investment, no
        interest), per_ug_* (yuan a year for each µg/m³ of the season; infinite where nothing may be gained), source.
    notes : tuple of str
        Measures without stated money.
    """
    whole = plan(scenario)
    stated = whole.costs
    life = float(defaults()["cost"]["years"])
    gain = np.maximum(-np.asarray(change, dtype=np.float64), 0.0)
    rows = []
    for kind, part in stated.groupby("kind", sort=False):
        yuan = float(part["yuan"].sum())
        yearly = yuan if kind == "operating" else yuan / life
        with np.errstate(divide="ignore"):
            low, middle, high = (yearly / np.quantile(gain, q) if np.quantile(gain, q) > 0 else np.inf for q in (0.95, 0.5, 0.05))  # fmt: skip
        rows.append((kind, ", ".join(part["id"]), yuan, yearly, low, middle, high, "; ".join(dict.fromkeys(part["source"]))))  # fmt: skip
    without = [
        a.id for a in whole.actions if a.factor and a.id not in set(stated["id"]) and a.kind != "growth"
    ]
    notes = []
    if without:
        said = ", ".join(dict.fromkeys(without[:6])) + (" …" if len(without) > 6 else "")
        notes.append(Note(f"No document states the cost of {said}: the money is that of the other measures alone.", f"没有文件写明{said}的费用：所列金额只是其他措施的。"))  # fmt: skip
    return pd.DataFrame(rows, columns=_COLUMNS), tuple(notes)
