"""Alerts of heavy-pollution weather: what a plan cuts, what the air makes of it, what past alerts did.

Names are imported on first use.
"""

from __future__ import annotations

import importlib
from typing import Any, Final

_HOMES: Final[dict[str, str]] = {
    "AlertDays": "factors",
    "AlertPlan": "simulating",
    "Episode": "episodes",
    "Ratios": "ratios",
    "alert_days": "factors",
    "balance_episode": "episodes",
    "compare_plans": "simulating",
    "cut_ratios": "ratios",
    "daily_factor": "factors",
    "past_alerts": "past",
    "simulate_plan": "simulating",
    "worst_episodes": "episodes",
}
"""Module of each public name; no module of this package bears the name of a function."""

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"airq.scenario.alerts.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'airq.scenario.alerts' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
