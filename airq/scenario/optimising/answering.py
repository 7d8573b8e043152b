"""One question to the optimiser with all that belongs to its answer: the set, the ranking, the front, what is left out.

Examples
--------
>>> from airq.scenario.loading import load
>>> found = optimum(load("30-boilers-741-trucks"), costs={"2025-boiler-01": 9e6, "2025-diesel-01": 3e7}, reduction=0.02, draws=100)
>>> found.plan.status, found.plan.chosen, found.place
('optimal', ('2025-boiler-01',), 'changji')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from airq import places
from airq.errors import ParameterError
from airq.scenario.baseline import Baseline
from airq.scenario.optimising.candidates import Candidates, candidates
from airq.scenario.optimising.front import pareto
from airq.scenario.optimising.needs import Needs, needs_of, row_of
from airq.scenario.optimising.problem import Rules
from airq.scenario.optimising.ranking import rank_measures
from airq.scenario.optimising.reaching import Reached, meet
from airq.scenario.optimising.solving import Plan, least_cost
from airq.scenario.planning import plan as plan_of
from airq.scenario.running import baseline_for, shown_places
from airq.scenario.spec import Scenario
from airq.texts import Note

__all__ = ["Optimum", "optimum"]

_FAR: Final = 3
"""Years from the season within which a target is judged in its own year."""
_APART: Final = 0.02
"""Share by which measures together may differ from their sum before it is said."""


@dataclass(frozen=True, eq=False)
class Optimum:
    """Answer of the optimiser.

    Attributes
    ----------
    scenario, title_zh, title_en, place : str
    probability : float
        Asked for.
    plan : Plan or Reached or None
        For a reduction or a target; None where neither was asked for.
    needs : Needs or None
        Of a target.
    ranking : pandas.DataFrame
        As :func:`rank_measures` gives it.
    front : pandas.DataFrame
        As :func:`pareto` gives it, each set with the probability asked for.
    left_out : tuple of str
        Measures that cannot be weighed, and why.
    notes : tuple of str
    draws, seed : int
    simulated : bool
        Whether simulated weather years stand behind the answer.
    names : mapping of str to (str, str)
        Measures with their names in Chinese and English.
    """

    scenario: str
    title_zh: str
    title_en: str
    place: str
    probability: float
    plan: Plan | Reached | None
    needs: Needs | None
    ranking: pd.DataFrame
    front: pd.DataFrame
    left_out: tuple[str, ...]
    notes: tuple[str, ...]
    draws: int
    seed: int
    simulated: bool
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values for JSON; numbers that are infinite or missing become None."""
        out: dict[str, Any] = {k: getattr(self, k) for k in ("scenario", "title_zh", "title_en", "place", "probability", "draws", "seed", "simulated")}  # fmt: skip
        out["plan"] = None if self.plan is None else _plan(self.plan)
        if self.needs is not None:
            finite = self.needs.need[np.isfinite(self.needs.need)]
            out["target"] = {
                "id": self.needs.row.id, "year": self.needs.row.year, "judged_in": self.needs.judged_in,
                "before": self.needs.before, "with_all": self.needs.after,
                "need_p50": float(np.median(self.needs.need)), "out_of_reach": float(np.isinf(self.needs.need).mean()),
                "need_finite_p95": float(np.quantile(finite, 0.95)) if finite.size else None,
            }  # fmt: skip
        for name in ("ranking", "front"):
            out[name] = getattr(self, name).to_dict("records")
        out |= {k: list(map(str, getattr(self, k))) for k in ("left_out", "notes")}
        return dict(_finite(out))


def _plan(plan: Plan | Reached) -> dict[str, Any]:
    out = {k: v for k, v in vars(plan).items() if k not in ("shares", "reduction", "binding")}
    low, middle, high = plan.reduction
    return {
        **out,
        "chosen": list(plan.chosen),
        "shares": {str(k): float(v) for k, v in plan.shares.items()},
        "reduction": {"p5": float(low), "p50": float(middle), "p95": float(high)},
        "binding": [str(b) for b in plan.binding],
    }


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_finite(v) for v in value]
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not np.isfinite(value) else value


def optimum(
    scenario: Scenario,
    place: str = "",
    draws: int = 200,
    seed: int = 0,
    costs: Mapping[str, float] | None = None,
    rules: Rules | None = None,
    *,
    target: str = "",
    reduction: float | None = None,
    probability: float = 0.8,
    weather_years: int | None = None,
    archive: str | Path | None = None,
    air: Baseline | None = None,
    steps: int = 6,
    co2_steps: int = 2,
) -> Optimum:
    """Least-cost set for a target of the register or a reduction, with the ranking and the front.

    Parameters
    ----------
    scenario : Scenario
        Its measures are chosen from; all else it says is done in any case.
    place : str
        Where it is judged; by default the one that stands for its prefecture, or the first.
    draws, seed : int
    costs, rules
        As :func:`candidates`.
    target : str
        Id of a row of ``params/targets.yaml``; needs weather years.
    reduction : float, optional
        µg/m³ of PM2.5 in the heating season.
    probability : float
    weather_years, archive, air
        Weather years for a target: made from the archive, or given.
    steps, co2_steps : int
        Of the front.

    Returns
    -------
    Optimum

    Raises
    ------
    AirqError
        What the question is refused for, in one sentence.
    """
    if target and reduction is not None:
        raise ParameterError("a target and a reduction are both given; ask for one.")
    if not 0 < probability <= 1:
        raise ParameterError(f"probability {probability:g} is not above 0 and at most 1; write such as 0.8.")
    if reduction is not None and not (np.isfinite(reduction) and reduction >= 0):
        raise ParameterError(f"a reduction of {reduction:g} cannot be asked for; give µg/m³, 0 or more.")
    chosen = _judged(scenario, target)
    where = _place(chosen, place)
    made = candidates(chosen, where, draws, seed, costs, rules)
    needs: Needs | None = None
    plan: Plan | Reached | None = None
    if target:
        # Only the place that is judged needs weather years.
        one = chosen.model_copy(update={"places": (where,)})
        one._lines = chosen._lines
        air = air or baseline_for(one, archive, weather_years, seed)
        needs = needs_of(made, target, air)
        plan = meet(made.problem, needs.need, probability)
    elif reduction is not None:
        plan = least_cost(made.problem, float(reduction), probability)
    return Optimum(
        scenario.name, scenario.title("zh"), scenario.title("en"), where, probability, plan, needs,
        rank_measures(made.problem), pareto(made.problem, probability, steps, co2_steps), made.left_out,
        _notes(made, plan, needs), draws, seed, bool(air is not None and air.simulated),
        {a.id: (a.name_zh, a.name_en) for a in plan_of(chosen).actions},
    )  # fmt: skip


def _judged(scenario: Scenario, target: str) -> Scenario:
    """The scenario with the year of the target judged, where it is near the season."""
    if not target:
        return scenario
    year = row_of(target).year
    if not scenario.season - _FAR < year <= scenario.season + 1 + _FAR:
        return scenario
    made = scenario.model_copy(update={"years": tuple(sorted({*scenario.years, year}))})
    made._lines = scenario._lines
    return made


def _place(scenario: Scenario, place: str) -> str:
    if place:
        found = places.get(place)
        return found.represented_by or found.id
    held = shown_places(scenario)
    stands = [p.represented_by for p in places.load().values() if p.represented_by in held]
    return stands[0] if stands else held[0]


def _notes(made: Candidates, plan: Plan | Reached | None, needs: Needs | None) -> tuple[str, ...]:
    out: list[str] = []
    if needs is not None and needs.judged_in != needs.row.year:
        out.append(Note(f"The target of {needs.row.year} is judged in {needs.judged_in}, the year that the scenario judges.", f"{needs.row.year}年的目标按情景评判的{needs.judged_in}年评判。"))  # fmt: skip
    if needs is not None and (lost := float(np.isinf(needs.need).mean())) > 0:
        out.append(Note(f"In {lost:.0%} of the draws no cut meets the target: the background, dust or O3 decides.", f"有{lost:.0%}的抽样无论怎样减排都达不到目标：由背景、沙尘或O₃决定。"))  # fmt: skip
    if plan is not None and len(plan.chosen) > 1:
        apart = made.problem.effects @ plan.shares.to_numpy()
        both = made.together(plan.chosen)
        one, two = float(np.median(apart)), float(np.median(both))
        if abs(two - one) > _APART * max(abs(one), 1e-9):
            out.append(Note(f"Together the chosen measures bring {two:.3g} µg/m³ and not the sum of {one:.3g}, since they overlap; state it under 'overlaps'.", f"所选措施合起来带来{two:.3g} µg/m³，而不是各自之和{one:.3g}，因为相互重叠；请在overlaps中写明。"))  # fmt: skip
    out.append(Note("Stated capital counts over ten years without interest; where only a subsidy is stated, it is the least that was paid.", "写明的投资按十年分摊、不计利息；只写明补贴的，补贴是最低费用。"))  # fmt: skip
    return (*out, *made.left_out)
