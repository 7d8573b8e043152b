"""The least-cost set of measures that reaches a reduction with a probability, by ``scipy.optimize.milp``.

"With probability p" is exact over the draws: a variable for each draw says whether it reaches the reduction, and a
share p of the draws must. Where a growing measure has a negative effect the row of a draw is relaxed by as much.

Examples
--------
>>> table = pd.DataFrame({"measure_id": ["a", "b", "c"], "place": "changji", "cost": [2e6, 1e6, 9e6]})
>>> problem = Problem.of(table, np.array([[0.4, 0.1, 0.5], [0.6, 0.2, 0.9], [0.5, 0.2, 0.7]]))
>>> least_cost(problem, 0.5, probability=0.6).chosen
('a',)
>>> least_cost(problem, 0.5, probability=1.0).chosen
('a', 'b')
>>> made = least_cost(problem, 9.0, probability=0.9)
>>> made.status, round(made.attainable, 2), made.binding
('infeasible', 1.0, ('the measures themselves: all of them do not reach it',))
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack

from airq.errors import ParameterError
from airq.scenario.optimising.constraints import Rows, bounds_of, effects_of, rule_rows, rule_zh
from airq.scenario.optimising.problem import Array, Problem
from airq.scenario.optimising.strengthening import quantile_bounds
from airq.texts import Note, items

__all__ = ["Plan", "least_cost"]

Bools = npt.NDArray[np.bool_]
Rank = npt.NDArray[np.intp]
_GAP: Final = 5e-4
"""Relative distance to the proven bound at which the search ends: costs are known far less well."""
_TINY: Final = 1e-9
_TURNS: Final = 6


@dataclass(frozen=True)
class Plan:
    """A set of measures.

    Attributes
    ----------
    status : {"optimal", "feasible", "infeasible"}
        ``feasible`` is a set that reaches the target and is not proved the cheapest within the time; see ``gap``.
    target, probability : float
        µg/m³ asked for, and with which probability.
    shares : pandas.Series
        Share of each measure that is taken, by measure_id.
    cost : float
        Yuan a year.
    reduction : pandas.Series
        Quantiles 0.05, 0.5, 0.95 of the µg/m³ that it brings.
    reached : float
        Share of the draws in which the target is reached.
    co2 : float
        Tonnes a year.
    attainable : float
        µg/m³ that the rules allow at most with this probability; the set that brings it is given where the target is
        out of reach.
    binding : tuple of str
        What keeps the target out of reach, or what would lower the cost if it were lifted.
    gap : float
        Relative distance between the cost and its proven lower bound.
    """

    status: str
    target: float
    probability: float
    shares: pd.Series
    cost: float
    reduction: pd.Series
    reached: float
    co2: float
    attainable: float
    binding: tuple[str, ...]
    gap: float

    @property
    def chosen(self) -> tuple[str, ...]:
        """Measures of which something is taken."""
        return tuple(self.shares.index[self.shares > _TINY])

    def to_frame(self) -> pd.DataFrame:
        """measure_id and share of every measure."""
        return self.shares.rename_axis("measure_id").reset_index(name="share")

    def _repr_html_(self) -> str:
        low, middle, high = self.reduction
        head = (
            f"{escape(self.status)}: {len(self.chosen)} measures, {self.cost:,.0f} yuan a year, "
            f"−{middle:.2f} [{low:.2f}–{high:.2f}] µg/m³, P {self.reached:.0%}"
        )
        return f"<p>{head}</p><ul>{items(self.binding)}</ul>{self.to_frame().query('share > 0').to_html(index=False)}"


def least_cost(
    problem: Problem,
    target: float,
    probability: float = 0.8,
    co2_at_least: float | None = None,
    explain: bool = True,
    time_limit: float = 10.0,
) -> Plan:
    """Cheapest set of measures that brings a reduction with a probability.

    Parameters
    ----------
    problem : Problem
    target : float
        µg/m³, 0 or more.
    probability : float
        Share of the draws that must reach it, above 0, at most 1.
    co2_at_least : float, optional
        Tonnes of CO2 a year that must be cut beside it.
    explain : bool
        Whether to look for what binds, at the cost of a few more solutions.
    time_limit : float
        Seconds for one solution.

    Returns
    -------
    Plan

    Raises
    ------
    ParameterError
        If target or probability cannot be meant.
    """
    if not (np.isfinite(target) and target >= 0):
        raise ParameterError(f"a reduction of {target} cannot be asked for; give µg/m³, 0 or more.")
    if not 0 < probability <= 1:
        raise ParameterError(f"probability {probability} is not above 0 and at most 1.")
    programme = _Programme(problem, probability, co2_at_least, time_limit)
    rows = rule_rows(problem)
    found = programme.cheapest(rows, target)
    if found is not None:
        variables, gap = found
        binding = programme.costly(rows, target, variables) if explain else ()
        # What is possible at most is said where it is asked for; it needs a solution of its own.
        best = programme.most(rows) if explain else None
        attainable = best[1] if best is not None else float("nan")
        return programme.plan("optimal" if gap <= _GAP * 1.01 else "feasible", target, variables, attainable, binding, gap)  # fmt: skip
    best = programme.most(rows)
    if best is None:
        return programme.plan("infeasible", target, None, float("nan"), programme.contradictions(rows), 0.0)
    variables, attainable = best
    binding = programme.barriers(rows, target) if explain else ()
    return programme.plan("infeasible", target, variables, attainable, binding, 0.0)


class _Programme:
    """The programme of one problem over x, y and z (and r, where the most is looked for)."""

    def __init__(self, problem: Problem, probability: float, co2: float | None, time_limit: float) -> None:
        self.problem, self.probability, self.co2_least, self.limit = problem, probability, co2, time_limit
        self.effects = effects_of(problem)
        self.draws, self.width = self.effects.shape
        self.needed = int(np.ceil(probability * self.draws - 1e-9))
        self.cost = np.zeros(self.width)
        self.cost[: len(problem.ids)] = problem.cost
        # The least a draw can bring, below nothing where a measure grows: where the row of a draw that fails ends.
        self.floor = np.minimum(self.effects, 0).sum(axis=1)
        # What each measure brings at least beside any other: an overlap is split between its two.
        self.halves = np.zeros((self.width - len(problem.ids), len(problem.ids)))
        for at, overlap in enumerate(problem.rules.overlaps):
            self.halves[at, [problem.position(overlap.first), problem.position(overlap.second)]] = 0.5
        self.own = self.effects[:, : len(problem.ids)] + self.effects[:, len(problem.ids) :] @ self.halves
        self.best = np.maximum(self.effects[:, : len(problem.ids)], 0).sum(axis=1)

    # ---- the two questions ----

    def cheapest(self, rows: Rows, target: float) -> tuple[Array, float] | None:
        """Shares x and overlaps y of the cheapest set, with the gap; None where there is none."""
        possible = self.best >= target - _TINY
        if possible.sum() < self.needed:
            return None
        kept, hard, spare = self._kept(possible)
        floor = np.minimum(
            quantile_bounds(
                self.own[kept], self.effects[:, : len(self.problem.ids)], target, self.draws - self.needed
            ),
            target,
        )
        draws = hstack([csr_array(self.effects[kept]), csr_array(-np.diag(target - floor))])
        count = np.concatenate([np.zeros(self.width), np.ones(len(kept))])
        blocks = [
            LinearConstraint(draws, floor, np.inf),
            LinearConstraint(count[None, :], self.needed - spare, np.inf),
        ]
        aim = np.concatenate([self.cost, np.zeros(len(kept))])
        first = None if hard.all() else self._start(rows, target)
        if first is not None:
            spent = csr_array(aim[None, :] / max(self.cost.max(), 1.0))
            blocks.append(LinearConstraint(spent, -np.inf, (spent[:, : self.width] @ first) * (1 + 1e-9)))
        found, bound = self._solve(aim, blocks, rows, hard.astype(float))
        if not np.isfinite(
            bound
        ):  # the time ended before the first bound: that of the relaxed programme holds
            bound = max(self._solve(aim, blocks, rows, hard.astype(float), relaxed=True)[1], 0.0)
        sets = [x for x in (found, first) if x is not None]
        if not sets:
            return None
        best = min(sets, key=self._spent)
        # Where the time ends the search, the cheaper set stands, with the cost below which none is possible.
        spent = self._spent(best)
        return best, max(0.0, 1.0 - bound / spent) if spent > _TINY else 0.0

    def _spent(self, variables: Array) -> float:
        return float(self.cost @ variables)

    def _start(self, rows: Rows, target: float) -> Array | None:
        """A good set to begin with: which draws are reached and which set reaches them, in turn, while it gets cheaper."""
        reached, best = np.argsort(-self.best, kind="stable")[: self.needed], None
        for _ in range(_TURNS):
            block = LinearConstraint(csr_array(self.effects[reached]), target, np.inf)
            found, _ = self._solve(self.cost, [block], rows, np.zeros(0), limit=self.limit / (2 * _TURNS))
            if found is None or (best is not None and self._spent(found) >= self._spent(best) * (1 - _GAP)):
                break
            best = found
            reached = np.argsort(-(self.effects @ best), kind="stable")[: self.needed]
        return best

    def most(self, rows: Rows) -> tuple[Array, float] | None:
        """Shares x and overlaps y of the set that brings most with the probability, and how much; None where the rules contradict."""
        top = max(float(np.sort(self.best)[::-1][self.needed - 1]), 0.0)
        # r − (top − floor)(1 − z) ≤ effect: a draw that is given up bounds nothing.
        slack = top - self.floor
        draws = hstack(
            [csr_array(self.effects), csr_array(-np.diag(slack)), csr_array(-np.ones((self.draws, 1)))]
        )
        count = np.concatenate([np.zeros(self.width), np.ones(self.draws), [0.0]])
        aim = np.zeros(self.width + self.draws + 1)
        aim[-1] = -1.0
        # Among sets that bring the same, the cheaper one.
        aim[: self.width] = 1e-6 * top * self.cost / max(self.cost.sum(), 1.0)
        blocks = [
            LinearConstraint(draws, -slack, np.inf),
            LinearConstraint(count[None, :], self.needed, np.inf),
        ]
        found, _ = self._solve(aim, blocks, rows, np.zeros(self.draws), extra=(float(self.floor.min()), top))
        if found is None:
            return None
        return found, float(np.sort(self.effects @ found)[::-1][self.needed - 1])

    def _kept(self, possible: Bools) -> tuple[Rank, Bools, int]:
        """Draws that get a variable, which of them must reach the target, and how many others then do.

        Draws share the response, so that most are ordered: one brings more than another with every measure. Where more
        draws than may fail bring no more than this one, this one must reach the target; every draw above it then does
        too and needs no row. The answer is the same and the programme a fraction of the size.
        """
        rows = np.flatnonzero(possible)
        brings, lost = (
            self.effects[rows, : len(self.problem.ids)],
            -self.effects[rows, len(self.problem.ids) :],
        )
        # below[i, j]: draw i brings no more than draw j with any set. What an overlap takes more in j than in i is set
        # against the gains of its two measures, half with each, which is the most that it can take.
        below = np.stack(
            [
                (one + np.maximum(lost - less, 0) @ self.halves <= brings + _TINY).all(axis=1)
                for one, less in zip(brings, lost, strict=True)
            ]
        )
        hard = below.sum(axis=0) + (self.draws - len(rows)) > self.draws - self.needed
        order = np.argsort(brings.sum(axis=1), kind="stable")
        gone = np.zeros(len(rows), dtype=bool)
        for at in order:
            if hard[at] and not gone[at]:
                gone |= np.asarray(below[at]) & (np.arange(len(rows)) != at)
        return rows[~gone], hard[~gone], int(gone.sum())

    def _solve(
        self,
        aim: Array,
        blocks: list[LinearConstraint],
        rows: Rows,
        least: Array,
        extra: tuple[float, float] | None = None,
        limit: float | None = None,
        relaxed: bool = False,
    ) -> tuple[Array | None, float]:
        """Shares and overlaps, with the proven bound of the aim; ``least`` bounds z from below, ``extra`` bounds r."""
        low, high, whole = bounds_of(self.problem)
        tail = [] if extra is None else [extra]
        width = len(aim)
        if rows.names:
            padded = hstack([rows.matrix, csr_array((len(rows.names), width - self.width))])
            blocks = [*blocks, LinearConstraint(padded, rows.low, rows.high)]
        if self.co2_least is not None:
            row = np.zeros(width)
            row[: len(self.problem.ids)] = self.problem.co2
            blocks = [*blocks, LinearConstraint(row[None, :], self.co2_least, np.inf)]
        scale = max(float(np.abs(aim).max()), 1.0)  # the solver's tolerances are absolute
        done = milp(
            aim / scale,
            constraints=blocks,
            bounds=Bounds(
                np.concatenate([low, least, [a for a, _ in tail]]),
                np.concatenate([high, np.ones(len(least)), [b for _, b in tail]]),
            ),
            integrality=np.concatenate([whole, np.ones(len(least)), np.zeros(len(tail))]) * (not relaxed),
            options={"time_limit": limit or self.limit / 2, "mip_rel_gap": _GAP},
        )
        proven = done.fun if relaxed else done.mip_dual_bound
        bound = -np.inf if proven is None else scale * float(proven)
        if done.x is None:
            return None, bound
        variables = done.x[: self.width].copy()
        full = whole.astype(bool)
        variables[full] = np.round(variables[full])
        return variables, bound

    # ---- what binds ----

    def barriers(self, rows: Rows, target: float) -> tuple[str, ...]:
        """Rules without which the target is in reach."""
        if (self.best >= target - _TINY).sum() < self.needed:
            return (
                Note("the measures themselves: all of them do not reach it", "措施本身：全部采取也达不到"),
            )
        said = []
        for name in dict.fromkeys(rows.names):
            found = self.cheapest(rows.without(name), target)
            if found is not None:
                spent = f"{self.cost @ found[0]:,.0f}"
                said.append(Note(f"{name}: without it the target is reached for {spent} yuan a year", f"{rule_zh(name)}：没有这一条，每年{spent}元可达到"))  # fmt: skip
        none = Note("several rules together: lifting any one of them is not enough", "几条规则共同限制：只放开其中一条还不够")  # fmt: skip
        return tuple(said) or (none,)

    def costly(self, rows: Rows, target: float, variables: Array) -> tuple[str, ...]:
        """Rules that make the set dearer."""
        spent, said = float(self.cost @ variables), []
        values = rows.matrix @ variables
        tight = (np.abs(values - rows.high) < 1e-6 * np.maximum(1, np.abs(rows.high))) | (
            np.abs(values - rows.low) < 1e-6 * np.maximum(1, np.abs(rows.low))
        )
        near = {
            n for n, is_tight in zip(rows.names, tight, strict=True) if is_tight or n.startswith("budget")
        }
        for name in sorted(near):
            found = self.cheapest(rows.without(name), target)
            if found is not None and self.cost @ found[0] < spent * (1 - 1e-4):
                less = f"{self.cost @ found[0]:,.0f}"
                said.append(Note(f"{name}: without it {less} yuan a year would do", f"{rule_zh(name)}：没有这一条，每年{less}元即可"))  # fmt: skip
        return tuple(said)

    def contradictions(self, rows: Rows) -> tuple[str, ...]:
        """Rules that cannot be kept even without a target."""
        said = [n for n in dict.fromkeys(rows.names) if self.most(rows.without(n)) is not None]
        torn = (Note(f"{n}: the rules cannot be kept together with it", f"{rule_zh(n)}：与其他规则不能同时满足") for n in said)  # fmt: skip
        return tuple(torn) or (
            Note(
                "the rules contradict each other or CO2 asks for more than the measures give",
                "规则相互矛盾，或要求的CO₂超过措施所能减的",
            ),
        )

    def plan(
        self,
        status: str,
        target: float,
        variables: Array | None,
        attainable: float,
        binding: tuple[str, ...],
        gap: float,
    ) -> Plan:
        """The answer of a solution."""
        count = len(self.problem.ids)
        x = np.zeros(self.width) if variables is None else variables
        brought = self.effects @ x
        return Plan(
            status=status,
            target=target,
            probability=self.probability,
            shares=pd.Series(x[:count], index=list(self.problem.ids)),
            cost=float(self.cost @ x),
            reduction=pd.Series(np.quantile(brought, (0.05, 0.5, 0.95)), index=[0.05, 0.5, 0.95]),
            reached=float((brought >= target - 1e-6).mean()),
            co2=float(self.problem.co2 @ x[:count]),
            attainable=attainable,
            binding=binding,
            gap=gap,
        )
