"""CO2 of a scenario: what is cut, and what is left of it after what takes its place.

Examples
--------
>>> from airq.scenario.spec import Scenario
>>> from airq.scenario.tonnes import cut_of
>>> made = Scenario(name="a", season=2025, measures=[{"id": "2025-boiler-01"}])
>>> found = carbon_of(made, cut_of(made, draws=200), seed=0)[0]
>>> found["what"].tolist()[:2], bool(found["p50"][0] > 0)
(['gross 2026', 'gross, full effect'], True)
"""

from __future__ import annotations

import pandas as pd

from airq.inventory.costing import carbon
from airq.inventory.engine import quantiles
from airq.scenario.planning import plan
from airq.scenario.spec import Scenario
from airq.scenario.tonnes import Cut

__all__ = ["carbon_of"]

_COLUMNS = ["what", "p5", "p50", "p95", "at_most"]


def carbon_of(
    scenario: Scenario, cut: Cut, seed: int, net: bool = True
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """CO2 gross and net.

    Parameters
    ----------
    scenario : Scenario
    cut : Cut
        What it cuts.
    seed : int
    net : bool
        Whether to work out what is left after what takes its place.

    Returns
    -------
    table : pandas.DataFrame
        what, p5, p50, p95 (t/yr), at_most (a measure without a known replacement is in it as gross). ``gross <year>`` is
        what is cut in each year that is judged; ``gross, full effect`` and ``net ...`` are of the measures with an amount,
        a year in full effect.
    notes : tuple of str
    """
    rows = []
    if "CO2" in cut.pollutants:
        for year in scenario.judged_years:
            draws = cut.draws_of("CO2", months=cut.months.year == year)
            rows.append({"what": f"gross {year}", **dict(zip(("p5", "p50", "p95"), map(float, quantiles(draws)), strict=True)), "at_most": False})  # fmt: skip
    notes: tuple[str, ...] = ()
    if net and len((register := plan(scenario).register).table):
        made = carbon(register, cut.draws, seed)
        notes = made.notes
        for row in made.total.to_dict("records"):
            what = "gross, full effect" if row["what"] == "gross" else f"{row['what']}, full effect"
            rows.append({**{k: row[k] for k in ("p5", "p50", "p95", "at_most")}, "what": what})
    return pd.DataFrame(rows, columns=_COLUMNS), notes
