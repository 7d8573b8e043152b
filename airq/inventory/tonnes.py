"""Tonnes that measures cut a year, with their uncertainty: Monte Carlo over activities and factors.

Draws belong to the intensity or factor, so that measures that share one move together; sums are taken draw by draw.

Examples
--------
>>> from airq.inventory.register import load
>>> found = emissions(load().done(), draws=4000, years=(2021, 2025), pollutants=["PM25"])
>>> low, high = found.total.loc["PM25", ["p5", "p95"]]
>>> bool(low < 4400 < high)
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from airq import places
from airq.errors import ParameterError
from airq.inventory import links, overlap, periods, schema
from airq.inventory.baseline import Baseline, cap, home_group
from airq.inventory.cuts import Cut, Missing, Tables, cuts
from airq.inventory.engine import Engine, Part
from airq.inventory.factors import Factors
from airq.inventory.intensities import Activities
from airq.inventory.register import Register
from airq.inventory.results import Emissions, Line

__all__ = ["emissions", "pollutant_names"]

_SPELLINGS = {p.lower(): p for p in schema.POLLUTANTS} | {
    "pm2.5": "PM25",
    "pm2_5": "PM25",
    "vocs": "VOC",
    "pm": "TSP",
}


def pollutant_names(given: Iterable[str] | str | None) -> tuple[str, ...]:
    """Pollutants by any spelling, in the order of the inventory.

    Examples
    --------
    >>> pollutant_names(["nox", "PM2.5"]), len(pollutant_names(None))
    (('PM25', 'NOx'), 10)
    """
    if given is None:
        return schema.POLLUTANTS
    wanted = set()
    for name in [given] if isinstance(given, str) else given:
        found = _SPELLINGS.get(str(name).strip().lower())
        if found is None:
            raise ParameterError(f"pollutant '{name}' is not known; use {', '.join(schema.POLLUTANTS)}.")
        wanted.add(found)
    return tuple(p for p in schema.POLLUTANTS if p in wanted)


def emissions(
    register: Register,
    draws: int = 20000,
    seed: int = 0,
    *,
    years: int | tuple[int, int] | None = None,
    pollutants: Iterable[str] | None = None,
    net: bool = True,
    factors: Factors | None = None,
    activities: Activities | None = None,
    baseline: Baseline | str | Path | bool = True,
    swap_share: float | None = None,
) -> Emissions:
    """Tonnes a year that the counted measures of a register cut once they are in full effect.

    Parameters
    ----------
    register : Register
        All of it, or ``register.done()`` or ``.planned()``.
    draws : int
    seed : int
        The same seed gives the same numbers to the last bit.
    years : int or (int, int), optional
        Only what came into effect in these years (a measure's effect grows evenly over its period); measures without
        a period are then left out and said.
    pollutants : iterable of str, optional
        All by default.
    net : bool
        Take off what takes the place of the emission (vehicles, energy, swapped capacity) where it is known.
    factors, activities : optional
        Tables of your own; the project's by default.
    baseline : Baseline, path or bool
        Emission before the measures, which no cut exceeds; False for no such limit.
    swap_share : float, optional
        Share of closed capacity that runs on elsewhere, 0 to 1, for measures with leakage ``capacity_swap``.

    Returns
    -------
    Emissions

    Raises
    ------
    ParameterError
        An unknown pollutant, a wrong number of draws or year.
    """
    tables = Tables.load(factors, activities, swap_share)
    engine = Engine(draws, seed)
    base = _baseline(baseline)
    table = register.table
    rows = {r["measure_id"]: r for r in table[table["standing"] == "counted"].to_dict("records")}
    shares, notes = _year_shares(rows, years)
    names = pollutant_names(pollutants)
    found: dict[str, dict[str, Cut]] = {p: {} for p in names}
    missing: list[Missing] = []
    for key, row in rows.items():
        if shares[key]:
            made, lacking = cuts(row, names, tables)
            missing += lacking
            for one in made:
                found[one.pollutant][key] = one
    lines: list[Line] = []
    for pollutant, made_cuts in found.items():
        parts = {k: Part(c.net if net else c.gross) for k, c in made_cuts.items()}
        parts = overlap.resolve(parts, rows, {k: c.efficiency for k, c in made_cuts.items()}, engine)
        parts = {k: p.times(float(shares[k])) if shares[k] != 1 else p for k, p in parts.items()}
        if base is not None:
            parts, said = cap(parts, rows, base, pollutant, tables, engine)
            notes += said
        basis = {k: (c.basis if net else "gross") for k, c in made_cuts.items()}
        lines += [Line(k, pollutant, part, basis[k]) for k, part in parts.items()]
    splits = _place_shares(table, rows)
    effect = {k: _in_effect(r, years) for k, r in rows.items()}
    frame = pd.DataFrame([vars(m) for m in missing], columns=["measure_id", "pollutant", "needs", "sentence"])
    return Emissions(tuple(lines), rows, frame, tuple(notes), splits, effect, engine)


def _baseline(given: Baseline | str | Path | bool) -> Baseline | None:
    if given is False:
        return None
    if isinstance(given, Baseline):
        return given
    return Baseline.load(None if given is True else given)


def _bounds(years: int | tuple[int, int]) -> tuple[int, int]:
    first, last = (years, years) if isinstance(years, int) else (years[0], years[-1])
    if not (isinstance(first, int) and isinstance(last, int)) or last < first:
        raise ParameterError(f"years {years} are no year and no span; write 2023 or (2021, 2025).")
    return first, last


def _year_shares(
    rows: Mapping[str, Mapping[str, Any]], years: int | tuple[int, int] | None
) -> tuple[dict[str, Fraction], list[str]]:
    """Share of each measure that came into effect within the years."""
    if years is None:
        return dict.fromkeys(rows, Fraction(1)), []
    first, last = _bounds(years)
    out: dict[str, Fraction] = {}
    unknown = 0
    for key, row in rows.items():
        spread = periods.year_shares(row["start"], row["end"])
        unknown += not spread
        out[key] = sum((s for y, s in spread.items() if first <= y <= last), Fraction(0))
    said = [f"{unknown} measures state no period and are left out of {first} to {last}."] if unknown else []
    return out, said


def _in_effect(row: Mapping[str, Any], years: int | tuple[int, int] | None) -> dict[int | None, float]:
    """Share of a measure's tonnes that comes into effect in each year; None is a year not stated."""
    spread = periods.year_shares(row["start"], row["end"])
    if not spread:
        return {None: 1.0}
    if years is not None:
        first, last = _bounds(years)
        spread = {y: s for y, s in spread.items() if first <= y <= last}
        whole = sum(spread.values(), Fraction(0))
        spread = {y: s / whole for y, s in spread.items()} if whole else {}
    return {y: float(s) for y, s in spread.items()}


def _place_shares(table: pd.DataFrame, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """By how much a measure of the whole group falls to counties, as far as contained rows say so."""
    out: dict[str, dict[str, float]] = {k: {r["place"]: 1.0} for k, r in rows.items()}
    for child in table.to_dict("records"):
        if child["relation"] != "nested" or child["count"] != child["count"]:
            continue
        for key in links.related(child):
            parent = rows.get(key)
            if parent is None or not _is_part(child, parent):
                continue
            share = min(child["count"] / parent["count"], out[key][parent["place"]])
            out[key][child["place"]] = out[key].get(child["place"], 0.0) + share
            out[key][parent["place"]] -= share
    return out


def _is_part(child: Mapping[str, Any], parent: Mapping[str, Any]) -> bool:
    if parent["count_unit"] != child["count_unit"] or not parent["count"] > 0:
        return False
    found = places.find(child["place"])
    return parent["place"] != child["place"] and found is not None and home_group(found.id) == parent["place"]
