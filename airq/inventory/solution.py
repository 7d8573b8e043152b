"""Two statements, each of coal for so many homes and boilers, solved for coal per home and per boiler.

Examples
--------
>>> from airq.inventory.claims import read
>>> a = {"id": "a", "homes": 96000, "boilers": 143, "coal_t": 794000}
>>> b = {"id": "b", "homes": 132000, "boilers": 688, "coal_t": 1983000}
>>> found = solve(*read([a, b]))
>>> round(found.per_home, 2), round(found.per_boiler), found.refused
(5.57, 1814, '')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product

from airq.inventory.claims import Claim

__all__ = ["Solution", "solve", "solve_all"]

_NAN = float("nan")


@dataclass(frozen=True)
class Solution:
    """Coal per home and per boiler that fit two statements.

    Attributes
    ----------
    claims : (str, str)
        Ids.
    per_home, per_boiler : float
        t of coal a year; NaN if refused.
    home_range, boiler_range : (float, float)
        What the rounding of the stated figures leaves open.
    refused : str
        Why there is no solution, one sentence; empty if there is one.
    """

    claims: tuple[str, str]
    per_home: float
    per_boiler: float
    home_range: tuple[float, float]
    boiler_range: tuple[float, float]
    refused: str = ""


def _cramer(rows: Sequence[tuple[Fraction, Fraction, Fraction]]) -> tuple[Fraction, Fraction, Fraction]:
    """Determinant, and the two numerators of the unknowns."""
    (h1, b1, c1), (h2, b2, c2) = rows
    return h1 * b2 - h2 * b1, c1 * b2 - c2 * b1, h1 * c2 - h2 * c1


def _figures(claim: Claim) -> tuple[Fraction, Fraction, Fraction]:
    return tuple(claim.figures[k].value for k in ("homes", "boilers", "coal_t"))  # type: ignore[return-value]


def solve(first: Claim, second: Claim) -> Solution:
    """Solve two statements for coal per home and per boiler.

    Parameters
    ----------
    first, second : Claim
        Each with homes, boilers and coal.

    Returns
    -------
    Solution
        With ``refused`` set where the two are proportional, or a solution would be negative, within the rounding.
    """
    names = (first.id, second.id)
    none = (_NAN, _NAN)
    rows = (_figures(first), _figures(second))
    determinant, home, boiler = _cramer(rows)
    if determinant == 0:
        return Solution(names, _NAN, _NAN, none, none, f"'{first.id}' and '{second.id}' have homes and boilers in the same proportion, so they cannot be told apart.")  # fmt: skip
    corners = [_cramer((a, b)) for a, b in product(_corners(first), _corners(second))]
    per_home, per_boiler = home / determinant, boiler / determinant
    if per_home < 0 or per_boiler < 0:
        which = "home" if per_home < 0 else "boiler"
        return Solution(names, _NAN, _NAN, none, none, f"'{first.id}' and '{second.id}' together would need negative coal per {which}, so they do not rest on one figure per home and one per boiler.")  # fmt: skip
    wide = any(d == 0 or (d > 0) != (determinant > 0) for d, _, _ in corners)
    if wide or any(h / d < 0 or b / d < 0 for d, h, b in corners):
        return Solution(names, _NAN, _NAN, none, none, f"'{first.id}' and '{second.id}' are too alike: within the rounding of their figures any coal per home or boiler fits.")  # fmt: skip
    # Coal per home is a ratio of forms linear in each figure: its extremes over a box lie at the corners.
    homes = [h / d for d, h, _ in corners]
    boilers = [b / d for d, _, b in corners]
    return Solution(
        names,
        float(per_home),
        float(per_boiler),
        (float(min(homes)), float(max(homes))),
        (float(min(boilers)), float(max(boilers))),
    )


def _corners(claim: Claim) -> list[tuple[Fraction, Fraction, Fraction]]:
    """A statement at both ends of what its rounding leaves open; zeros at the end of a figure count as rounding."""
    ends = []
    for key in ("homes", "boilers", "coal_t"):
        figure = claim.figures[key]
        # A count is exact unless it ends in zeros.
        half = figure.coarse if key == "coal_t" or figure.coarse >= 5 else Fraction(0)
        ends.append((figure.value - half, figure.value + half))
    return [(h, b, c) for h, b, c in product(*ends)]


def solve_all(claims: Sequence[Claim]) -> tuple[Solution, ...]:
    """Solve every pair of statements that have homes, boilers and coal, and speak of one place."""
    whole = [c for c in claims if all(c.value(k) is not None for k in ("homes", "boilers", "coal_t"))]
    known = [c for c in whole if c.value("coal_t") and (c.value("homes") or c.value("boilers"))]
    pairs = [(a, b) for a, b in combinations(known, 2) if _one_place(a, b)]
    return tuple(solve(a, b) for a, b in pairs)


def _one_place(a: Claim, b: Claim) -> bool:
    first, second = a.texts.get("place", ""), b.texts.get("place", "")
    return not first or not second or first == second
