"""The random inputs behind a scenario's tonnes, to ask which of them drive a result.

Examples
--------
>>> from airq.scenario.spec import Scenario
>>> found = inputs_of(Scenario(name="a", season=2025, measures=[{"id": "2025-boiler-01"}]), draws=10)
>>> sorted(found)[:2], found["coal-per-boiler"].shape
(['boiler-lt65-nox', 'boiler-lt65-pm25'], (10,))
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from airq.inventory.engine import Engine
from airq.inventory.intensities import Input
from airq.inventory.tonnes import pollutant_names
from airq.scenario.planning import plan
from airq.scenario.sizing import size
from airq.scenario.spec import Scenario
from airq.scenario.tonnes import POLLUTANTS

__all__ = ["inputs_of"]


def inputs_of(
    scenario: Scenario, draws: int = 1000, seed: int = 0, pollutants: Sequence[str] | None = None
) -> dict[str, NDArray[np.float64]]:
    """Draws of every factor, intensity, share and compliance that a scenario's tonnes rest on.

    Parameters
    ----------
    scenario : Scenario
    draws, seed : int
        As for :func:`airq.scenario.tonnes.cut_of`; draw by draw they belong to its values.
    pollutants : sequence of str, optional

    Returns
    -------
    dict of name to numpy.ndarray
        Shape ``(draws,)`` each; inputs that share their random numbers stand once, under the name of the first. The
        ratios of grades and what staggered production makes up are not among them.
    """
    names = POLLUTANTS if pollutants is None else pollutant_names(pollutants)
    engine = Engine(draws, seed)
    sized = size(plan(scenario), engine, names)
    terms = (t for parts in sized.parts.values() for part in parts.values() for t in part.terms)
    first: dict[str, Input] = {}
    for source in (s for inputs in terms for s in inputs):
        first.setdefault(source.draws_as, source)
    return {s.id: engine.of(s) for s in first.values()}
