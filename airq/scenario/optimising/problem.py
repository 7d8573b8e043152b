"""What the optimiser chooses from: measures with cost and effect by draw, and the rules that bind them.

Examples
--------
>>> table = pd.DataFrame({"measure_id": ["a", "b"], "place": ["changji", "fukang"], "cost": [2e6, 1e6]})
>>> problem = Problem.of(table, np.array([[0.4, 0.1], [0.6, 0.2]]))
>>> problem.ids, problem.effects.shape
(('a', 'b'), (2, 2))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData, ParameterError

__all__ = ["Overlap", "Problem", "Rules"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Overlap:
    """Two measures that cut partly the same: both together lack ``share`` of the smaller effect."""

    first: str
    second: str
    share: float


@dataclass(frozen=True)
class Rules:
    """What a set of measures must keep to.

    Attributes
    ----------
    budgets : mapping of int to float
        Yuan that may be spent in a year; a year without an entry is free.
    groups : mapping of str to sequence of str
        Measures of which one at most is taken (the same boiler closed or rebuilt).
    overlaps : sequence of Overlap
    precedence : sequence of (str, str)
        The first is taken only with the second.
    cost_share_at_most : float or None
        Largest share of all cost that may fall on one place (equity of burden).
    reduction_at_least : mapping of str to float
        µg/m³ that each named place must gain on average over the draws (equity of benefit).
    forced, barred : sequence of str
        Measures that are taken or left in any case.
    """

    budgets: Mapping[int, float] = field(default_factory=dict)
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    overlaps: Sequence[Overlap] = ()
    precedence: Sequence[tuple[str, str]] = ()
    cost_share_at_most: float | None = None
    reduction_at_least: Mapping[str, float] = field(default_factory=dict)
    forced: Sequence[str] = ()
    barred: Sequence[str] = ()


@dataclass(frozen=True)
class Problem:
    """Measures, their effects and the rules, checked against each other.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a measure: measure_id, place, cost (yuan a year, annualised), year (of the spending, or missing),
        spending (yuan in that year), spends (in place of these two, yuan by year), co2 (t a
        year cut; negative where it grows), divisible (whether a part of it may be taken, as of 13,000 homes).
    effects : ndarray of float, (draw, measure)
        µg/m³ by which the indicator falls at the place that is judged.
    at_places : mapping of str to ndarray of float, (measure,)
        Mean µg/m³ by which each place gains, for equity.
    rules : Rules
    """

    table: pd.DataFrame
    effects: Array
    at_places: Mapping[str, Array]
    rules: Rules

    @property
    def ids(self) -> tuple[str, ...]:
        """Names of the measures, in order."""
        return tuple(self.table["measure_id"])

    @property
    def cost(self) -> Array:
        """Yuan a year of each measure."""
        return self.table["cost"].to_numpy(dtype=np.float64)

    @property
    def co2(self) -> Array:
        """Tonnes of CO2 a year that each measure cuts."""
        return self.table["co2"].to_numpy(dtype=np.float64)

    def spent(self, year: int) -> Array:
        """Yuan that each measure spends in a year."""
        if "spends" in self.table:
            return np.array([float(s.get(year, 0.0)) for s in self.table["spends"]])
        years = self.table["year"].astype("Int64")
        spending = self.table["spending"].to_numpy(dtype=np.float64)
        return np.where((years == year).fillna(False).to_numpy(dtype=bool), spending, 0.0)

    def position(self, name: str) -> int:
        """Row of a measure.

        Raises
        ------
        ParameterError
            If a rule names a measure that is not there.
        """
        try:
            return self.ids.index(name)
        except ValueError:
            raise ParameterError(f"measure '{name}' of a rule is not among the measures; add it or drop the rule.") from None  # fmt: skip

    @classmethod
    def of(
        cls,
        table: pd.DataFrame,
        effects: npt.ArrayLike,
        rules: Rules | None = None,
        at_places: Mapping[str, npt.ArrayLike] | None = None,
    ) -> Problem:
        """Checked problem.

        Parameters
        ----------
        table : pandas.DataFrame
            Columns measure_id, place, cost; year, spending (the cost where absent), co2 (0) and divisible (no) as
            wanted.
        effects : array_like, (draw, measure)
        rules : Rules, optional
        at_places : mapping, optional

        Returns
        -------
        Problem

        Raises
        ------
        MissingData
            If a column is absent, a cost or an effect is not known.
        ParameterError
            If a cost is negative, a measure stands twice, shapes differ or a rule names no measure.
        """
        absent = [c for c in ("measure_id", "place", "cost") if c not in table]
        if absent:
            raise MissingData(f"the table of measures lacks the column {', '.join(absent)}; add it.")
        frame = table.reset_index(drop=True).copy()
        frame["measure_id"] = frame["measure_id"].astype(str)
        for name, filled in (
            ("spending", frame["cost"]),
            ("co2", 0.0),
            ("divisible", False),
            ("year", pd.NA),
        ):
            if name not in frame:
                frame[name] = filled
        array = np.array(effects, dtype=np.float64)
        if array.ndim != 2 or array.shape[1] != len(frame) or not array.shape[0]:
            raise ParameterError(f"effects have the shape {array.shape}; give (draw, measure) with {len(frame)} measures.")  # fmt: skip
        _check_rows(frame, array)
        rules = rules or Rules()
        made = cls(frame, array, {k: np.asarray(v, np.float64) for k, v in (at_places or {}).items()}, rules)
        _check_rules(made)
        return made


def _check_rows(frame: pd.DataFrame, effects: Array) -> None:
    twice = frame.loc[frame["measure_id"].duplicated(), "measure_id"]
    if len(twice):
        raise ParameterError(f"measure '{twice.iloc[0]}' stands twice; keep one row of it.")
    for name in ("cost", "spending", "co2"):
        values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64)
        lost = ~np.isfinite(values)
        if lost.any():
            raise MissingData(f"measure '{frame['measure_id'][lost.argmax()]}' has no {name}; give it or leave the measure out.")  # fmt: skip
        if name != "co2" and (values < 0).any():
            raise ParameterError(f"measure '{frame['measure_id'][(values < 0).argmax()]}' has a negative {name}; a gain is no cost, set it to 0.")  # fmt: skip
    lost = ~np.isfinite(effects).all(axis=0)
    if lost.any():
        raise MissingData(f"measure '{frame['measure_id'][lost.argmax()]}' has an effect that is no number; leave it out.")  # fmt: skip


def _check_rules(problem: Problem) -> None:
    rules = problem.rules
    named = [n for names in rules.groups.values() for n in names]
    named += [n for pair in rules.precedence for n in pair] + [*rules.forced, *rules.barred]
    named += [n for o in rules.overlaps for n in (o.first, o.second)]
    for name in named:
        problem.position(name)
    for overlap in rules.overlaps:
        if not 0 <= overlap.share <= 1:
            raise ParameterError(f"overlap of '{overlap.first}' and '{overlap.second}' is {overlap.share}; a share is 0 to 1.")  # fmt: skip
    both = set(rules.forced) & set(rules.barred)
    if both:
        raise ParameterError(f"measure '{sorted(both)[0]}' is both forced and barred; keep one.")
    for year, amount in rules.budgets.items():
        if amount < 0:
            raise ParameterError(f"the budget of {year} is negative; give yuan, 0 or more.")
    share = rules.cost_share_at_most
    if share is not None and not 0 < share <= 1:
        raise ParameterError(f"a cost share of {share} is no share; give a number above 0, 1 at most.")
    for place in rules.reduction_at_least:
        if place not in problem.at_places:
            raise MissingData(f"no effects at '{place}' are given, so nothing can be asked for it; give them in at_places.")  # fmt: skip
