"""The rules of a problem as rows of a mixed-integer programme.

The variables are, in this order: x, the share of each measure (0 or 1, or between for a divisible one); y, the overlap
of each pair that overlaps; z, whether a draw reaches the target. All rows read ``low ≤ A v ≤ high``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

from airq.scenario.optimising.problem import Array, Problem

__all__ = ["FAMILIES", "Rows", "bounds_of", "effects_of", "rule_rows", "rule_zh"]

FAMILIES = ("overlaps", "groups", "precedence", "budgets", "equity of cost", "equity of benefit")
"""Kinds of rules, each of which may be what binds."""
_ZH = ("重叠", "择一", "先后", "年度预算", "费用分担", "受益均衡")


def rule_zh(name: str) -> str:
    """Name of a rule in Chinese.

    Examples
    --------
    >>> rule_zh("budget 2026"), rule_zh("groups")
    ('2026年预算', '择一')
    """
    if name.startswith("budget "):
        return f"{name.removeprefix('budget ')}年预算"
    return dict(zip(FAMILIES, _ZH, strict=True)).get(name, name)


@dataclass(frozen=True)
class Rows:
    """Rows over x and y with their limits, and the family of each."""

    matrix: csr_array
    low: Array
    high: Array
    names: tuple[str, ...]

    def without(self, name: str) -> Rows:
        """All rows but those of one name."""
        kept = np.array([n != name for n in self.names], dtype=bool)
        where = np.flatnonzero(kept)
        return Rows(
            self.matrix[where], self.low[kept], self.high[kept], tuple(n for n in self.names if n != name)
        )


def effects_of(problem: Problem) -> Array:
    """Effect of each variable x and y by draw, (draw, x and y): an overlap takes away what is counted twice."""
    pairs = [(problem.position(o.first), problem.position(o.second), o.share) for o in problem.rules.overlaps]
    lost = [-s * np.minimum(problem.effects[:, a], problem.effects[:, b]) for a, b, s in pairs]
    return np.column_stack([problem.effects, *lost]) if lost else problem.effects


def bounds_of(problem: Problem) -> tuple[Array, Array, npt.NDArray[np.int64]]:
    """Lower and upper bound and integrality of x and y."""
    measures, pairs = len(problem.ids), len(problem.rules.overlaps)
    low, high = np.zeros(measures + pairs), np.ones(measures + pairs)
    low[[problem.position(n) for n in problem.rules.forced]] = 1.0
    high[[problem.position(n) for n in problem.rules.barred]] = 0.0
    whole = np.zeros(measures + pairs, dtype=np.int64)
    whole[:measures] = ~problem.table["divisible"].to_numpy(dtype=bool)
    return low, high, whole


def rule_rows(problem: Problem) -> Rows:
    """All rules but the target itself."""
    rules, count = problem.rules, len(problem.ids)
    columns: list[tuple[dict[int, float], float, float, str]] = []
    for at, overlap in enumerate(rules.overlaps):
        first, second = problem.position(overlap.first), problem.position(overlap.second)
        # y is 1 where both are taken; an overlap only ever lowers the effect, so no upper row is needed.
        columns.append(({first: 1.0, second: 1.0, count + at: -1.0}, -np.inf, 1.0, "overlaps"))
    for names in rules.groups.values():
        columns.append((dict.fromkeys(map(problem.position, names), 1.0), -np.inf, 1.0, "groups"))
    for first_name, needed in rules.precedence:
        pair = {problem.position(first_name): 1.0, problem.position(needed): -1.0}
        columns.append((pair, -np.inf, 0.0, "precedence"))
    for year, amount in rules.budgets.items():
        spent = problem.spent(year)
        columns.append(({int(i): spent[i] for i in np.flatnonzero(spent)}, -np.inf, amount, f"budget {year}"))
    if rules.cost_share_at_most is not None:
        cost, places = problem.cost, problem.table["place"].to_numpy()
        for place in dict.fromkeys(places):
            over = cost * ((places == place) - rules.cost_share_at_most)
            columns.append((dict(enumerate(over)), -np.inf, 0.0, "equity of cost"))
    for place, least in rules.reduction_at_least.items():
        gains = dict(enumerate(problem.at_places[place]))
        columns.append((gains, least, np.inf, "equity of benefit"))
    return _assemble(columns, count + len(rules.overlaps))


def _assemble(columns: list[tuple[dict[int, float], float, float, str]], width: int) -> Rows:
    where = [(row, at, value) for row, (entry, *_) in enumerate(columns) for at, value in entry.items()]
    index = np.array([(r, c) for r, c, _ in where], dtype=np.int64).reshape(-1, 2)
    values = np.array([v for *_, v in where], dtype=np.float64)
    matrix = csr_array(coo_array((values, (index[:, 0], index[:, 1])), shape=(len(columns), width)))
    return Rows(
        matrix,
        np.array([low for _, low, _, _ in columns]),
        np.array([high for _, _, high, _ in columns]),
        tuple(name for *_, name in columns),
    )
