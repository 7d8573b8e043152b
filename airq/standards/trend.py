"""Spearman's rank correlation of annual values against time, after HJ 663.

Examples
--------
>>> t = spearman([70, 62, 55, 50, 41])
>>> t.r, t.critical, t.direction, t.significant
(-1.0, 0.9, 'falling', True)
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from airq.errors import ParameterError
from airq.standards.editions import edition
from airq.standards.rounding import exact

__all__ = ["Spearman", "spearman"]


@dataclass(frozen=True)
class Spearman:
    """Rank correlation of values against time.

    Attributes
    ----------
    r : float
        r_s = 1 - 6 sum(d²) / (N³ - N).
    n : int
        Number of periods with a value.
    critical : float
        W_p of the table; NaN where it has none.
    alpha : float
        Level, 0.05 or 0.01, one-sided.
    significant : bool
        ``|r_s|`` at or above W_p (table entry ``spearman.boundary``).
    direction : {"rising", "falling", "none"}
        Sign of r_s.
    ties : bool
        Values tie: they share their average rank, which the printed formula does not foresee.
    note : str
    """

    r: float
    n: int
    critical: float
    alpha: float
    significant: bool
    direction: str
    ties: bool
    note: str

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([vars(self)])

    def _repr_html_(self) -> str:
        text = f"r = {self.r:.3f}, N = {self.n}, W = {self.critical:.3f}, {self.direction}"
        return f"<p>{html.escape(text)}</p>"


def _ranks(values: list[Fraction]) -> list[Fraction]:
    """Ranks from 1; equal values share the average of their ranks."""
    ordered = sorted(values)
    first = {v: ordered.index(v) + 1 for v in set(values)}
    return [first[v] + Fraction(ordered.count(v) - 1, 2) for v in values]


def _critical(n: int, alpha: float, rules: Any) -> float:
    row = [str(w) for w in rules.need("spearman.p05" if alpha == 0.05 else "spearman.p01")]
    table = {k: float(w) for k, w in zip(rules.need("spearman.n"), row, strict=True) if w != "none"}
    if n in table:
        return table[n]
    larger = [k for k in table if k < n]
    # Between two tabulated N the critical value of the smaller one is the safe one.
    return table[max(larger)] if larger and n < max(table) else float("nan")


def spearman(
    values: Sequence[Any] | Mapping[Any, Any] | pd.Series,
    alpha: float = 0.05,
    evaluation: str = "HJ663-2013",
) -> Spearman:
    """Test for a trend.

    Parameters
    ----------
    values : sequence, mapping of year to value, or Series indexed by year
        Annual values in any order of years; a sequence is taken as in order of time. NaN and None are left out.
    alpha : {0.05, 0.01}
    evaluation : str
        Edition whose table of W_p is used.

    Returns
    -------
    Spearman

    Raises
    ------
    ParameterError
        Fewer than four values, or an unknown level.

    Notes
    -----
    W_p is tabulated for N = 4 to 10 and even N to 30; between them the smaller N's value is taken.
    """
    if alpha not in (0.05, 0.01):
        raise ParameterError(f"level '{alpha}' is not in the table of W_p; use 0.05 or 0.01.")
    pairs = sorted(values.items()) if isinstance(values, Mapping | pd.Series) else list(enumerate(values))
    held = [
        exact(v)
        for _, v in pairs
        if v is not None and not (isinstance(v, float | np.floating) and np.isnan(v))
    ]
    n = len(held)
    if n < 4:
        raise ParameterError(f"a trend needs at least 4 values and there are {n}; give a longer series.")
    ranks = _ranks(held)
    squares = sum((rank - time) ** 2 for time, rank in enumerate(ranks, 1))
    r = 1 - Fraction(6) * squares / (n**3 - n)
    rules = edition(evaluation, "evaluation")
    critical = _critical(n, alpha, rules)
    boundary = rules.need("spearman.boundary") == "at or above"
    limit = exact(critical) if critical == critical else Fraction(2)
    significant = abs(r) >= limit if boundary else abs(r) > limit
    # W_p is printed with three decimals, so an exactly attainable r_s is compared in three decimals too.
    significant = significant or (boundary and round(abs(r), 3) >= limit)
    ties = len(set(held)) < n
    note = "values tie: average ranks, which the printed formula does not foresee" if ties else ""
    direction = "rising" if r > 0 else "falling" if r < 0 else "none"
    return Spearman(float(r), n, critical, float(alpha), bool(significant), direction, ties, note)
