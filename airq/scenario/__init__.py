"""What if: from tonnes to µg/m³ to days to target, for planners before the heavy-pollution season.

Names are imported on first use.
"""

from __future__ import annotations

import importlib
from typing import Any, Final

_HOMES: Final[dict[str, str]] = {
    "AlertPlan": "alerts.simulating",
    "Baseline": "baseline",
    "Candidates": "optimising.candidates",
    "Cut": "tonnes",
    "Optimum": "optimising.answering",
    "Overlap": "optimising.problem",
    "Plan": "measures",
    "Priors": "priors",
    "Problem": "optimising.problem",
    "Response": "response",
    "Result": "results",
    "Rules": "optimising.problem",
    "Scenario": "spec",
    "baseline_for": "running",
    "baseline_of": "baseline",
    "candidates": "optimising.candidates",
    "compare_plans": "alerts.simulating",
    "cut_of": "tonnes",
    "examples": "loading",
    "hindcast_official": "hindcasting",
    "inputs_of": "inputs",
    "least_cost": "optimising.solving",
    "load": "loading",
    "optimum": "optimising.answering",
    "pareto": "optimising.front",
    "past_alerts": "alerts.past",
    "plan": "planning",
    "rank_measures": "optimising.ranking",
    "run": "running",
    "simulate_plan": "alerts.simulating",
    "validate": "validation.suite",
    "worst_episodes": "alerts.episodes",
}
"""Module of each public name; no module of this package bears the name of a function."""

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"airq.scenario.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'airq.scenario' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
