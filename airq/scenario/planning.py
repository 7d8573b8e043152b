"""The plan of a scenario: its actions, each with its places, its dates and how far it is carried out.

Everything that can be refused before a number is drawn is refused here: a measure cut twice, unknown places, dates
outside the season.

Examples
--------
>>> from airq.scenario.spec import Scenario
>>> made = plan(Scenario(name="a", season=2025, measures=[{"id": "2025-boiler-01"}]))
>>> [(a.id, a.category, dict(a.weights)) for a in made.actions]
[('2025-boiler-01', 'boiler_coal', {'changji': 1.0})]
"""

from __future__ import annotations

from airq.inventory.baseline import Baseline
from airq.inventory.cuts import Tables
from airq.inventory.register import Register
from airq.scenario.choosing import standard_register
from airq.scenario.emitted import Emitted, standard_emitted
from airq.scenario.measures import Plan
from airq.scenario.planner import Planner
from airq.scenario.planning_measures import add_measures
from airq.scenario.planning_others import add_gradings, add_growth, add_neighbours, add_staggered
from airq.scenario.spec import Scenario

__all__ = ["plan"]


def plan(
    scenario: Scenario,
    register: Register | None = None,
    baseline: Baseline | None = None,
    tables: Tables | None = None,
) -> Plan:
    """Actions of a scenario.

    Parameters
    ----------
    scenario : Scenario
    register : Register, optional
        Measures; the project's by default.
    baseline : Baseline, optional
        What is emitted; the project's by default.
    tables : Tables, optional
        Factors and intensities; the project's by default.

    Returns
    -------
    Plan

    Raises
    ------
    ParameterError
        A measure unknown or cut twice, an unknown place, a date outside the season; one sentence with file and line.
    """
    usual = baseline is None and tables is None
    emitted = standard_emitted() if usual else Emitted(baseline or Baseline.load(), tables or Tables.load())
    planner = Planner(scenario, emitted)
    add_measures(planner, standard_register() if register is None else register)
    add_gradings(planner)
    add_staggered(planner)
    add_growth(planner)
    add_neighbours(planner)
    return Plan(scenario, tuple(planner.actions), tuple(dict.fromkeys(planner.notes)), emitted)
