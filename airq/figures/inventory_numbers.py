"""Numbers behind the inventory's figures: steps from the baseline to what remains, links, what is unknown.

Sums and differences are taken draw by draw, on the draws of the emissions that are given.

Examples
--------
>>> from airq.inventory import load
>>> found = load().emissions(draws=500, pollutants=["PM25"])
>>> table = steps(found, "PM25")
>>> list(table["kind"].unique())
['cut', 'level', 'unknown']
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airq import places
from airq.errors import ParameterError
from airq.inventory.cuts import Tables, add
from airq.inventory.engine import summary

if TYPE_CHECKING:
    from airq.inventory.baseline import Baseline
    from airq.inventory.results import Emissions

__all__ = ["STATUSES", "confidence", "groups", "links", "part", "steps", "unknown"]

STATUSES: Final = {"done": ("done", "verified"), "planned": ("planned",)}

_COLUMN: Final = {"category": "category", "county": "place"}
_NOTHING: Final = 1e-10
"""Share of a sum below which a difference is rounding of floats."""

Array = NDArray[np.float64]


def part(emissions: Emissions, **wanted: tuple[str, ...]) -> Emissions:
    """Only the measures whose columns hold one of the wanted words.

    Examples
    --------
    >>> from airq.inventory import load
    >>> whole = load().emissions(draws=200, pollutants=["SO2"])
    >>> len(part(whole, status=("planned",)).lines) < len(whole.lines)
    True
    """
    rows = emissions.rows
    kept = (x for x in emissions.lines if all(rows[x.measure_id][c] in v for c, v in wanted.items()))
    return replace(emissions, lines=tuple(kept))


def groups(emissions: Emissions, pollutant: str, by: str | None = None) -> dict[Any, Array]:
    """Draws by group; none where no measure has tonnes of the pollutant."""
    return emissions.draws(pollutant, by) if pollutant in emissions.pollutants else {}


def confidence(emissions: Emissions, pollutant: str, by: str, group: str) -> str:
    """Confidence of the measures with tonnes, as ``3`` or ``3–4``; empty if none is stated."""
    rows = [emissions.rows[x.measure_id] for x in emissions.lines if x.pollutant == pollutant]
    known = [r["confidence"] for r in rows if r[_COLUMN[by]] == group and r["confidence"] == r["confidence"]]
    known = [int(c) for c in known if c is not None and c != ""]
    if not known:
        return ""
    return f"{min(known)}" if min(known) == max(known) else f"{min(known)}–{max(known)}"


def unknown(emissions: Emissions, pollutant: str, by: str = "category") -> pd.DataFrame:
    """Measures without tonnes of a pollutant, by group: how many, and how many need what.

    Returns
    -------
    pandas.DataFrame
        group, measures, then a column for each need; most measures first.
    """
    have = {x.measure_id for x in emissions.lines if x.pollutant == pollutant}
    needs = emissions.needs
    open_ = needs[needs["pollutant"].isin(["all", pollutant]) & ~needs["measure_id"].isin(have)]
    open_ = open_[open_["measure_id"].isin(list(emissions.rows))].drop_duplicates("measure_id")
    if open_.empty:
        return pd.DataFrame({"group": [], "measures": []})
    named = open_.assign(group=[emissions.rows[k][_COLUMN[by]] for k in open_["measure_id"]])
    wide = named.pivot_table(index="group", columns="needs", values="measure_id", aggfunc="count").fillna(0)
    wide = wide.astype(int)
    wide.insert(0, "measures", wide.sum(axis=1))
    wide.columns.name = None
    return wide.sort_values("measures", ascending=False, kind="stable").reset_index()


def _base(
    baseline: Baseline | None, pollutant: str, tables: Tables | None, emissions: Emissions, within: str | None
) -> tuple[Array | None, set[str]]:
    """Draws of the baseline of a place, and the sectors that are in it."""
    if baseline is None:
        return None, set()
    found = baseline.terms(pollutant, tables or Tables.load())
    if within is not None:
        inside = {p.id for p in places.members(within)} | {places.get(within).id}
        found = {key: terms for key, terms in found.items() if key[0] in inside}
    if not found:
        return None, set()
    return emissions.engine.sum_of(add(*found.values())), {sector for _, sector in found}


def steps(
    emissions: Emissions,
    pollutant: str,
    by: str = "category",
    baseline: Baseline | None = None,
    tables: Tables | None = None,
    within: str | None = None,
) -> pd.DataFrame:
    """From the baseline down to what remains, or up from nothing if there is no baseline.

    Parameters
    ----------
    emissions : Emissions
    pollutant : str
    by : {"category", "county"}
    baseline : Baseline, optional
    tables : Tables, optional
        Those of the emissions, if not the project's.
    within : str, optional
        Place whose baseline counts; all of it by default.

    Returns
    -------
    pandas.DataFrame
        kind (``baseline``, ``cut``, ``level``, ``outside`` the baseline, ``unknown``), group, status, p5, p50, p95, mean
        (t/yr; a level is the sum so far draw by draw), start (level at which a cut begins), measures, confidence and the
        needs of what is unknown.

    Raises
    ------
    ParameterError
        If it is to be by something else.
    """
    if by not in _COLUMN:
        raise ParameterError(f"steps by '{by}' are not known; use {', '.join(_COLUMN)}.")
    base, sectors = _base(baseline, pollutant, tables, emissions, within)
    every = {emissions.rows[x.measure_id]["category"] for x in emissions.lines}
    inside = tuple(every & sectors) if base is not None else tuple(every)
    sign = 1.0 if base is None else -1.0
    rows: list[dict[str, Any]] = []
    level = np.zeros(emissions.engine.n) if base is None else base
    if base is not None:
        rows.append({"kind": "baseline", "group": "", "status": "", "start": 0.0, **summary(base)})
    for status, words in STATUSES.items():
        chosen = part(emissions, status=words, category=inside)
        for group, values in _sorted(groups(chosen, pollutant, by), by):
            start = float(np.median(level))
            level = _clean(level + sign * values, level)
            rows.append(_row("cut", group, status, start, values, chosen, pollutant, by))
        rows.append({"kind": "level", "group": "", "status": status, "start": 0.0, **summary(level)})
    if base is not None:
        outside = tuple(every - sectors)
        for status, words in STATUSES.items():
            chosen = part(emissions, status=words, category=outside)
            for group, values in _sorted(groups(chosen, pollutant, by), by):
                rows.append(_row("outside", group, status, 0.0, values, chosen, pollutant, by))
    left = unknown(emissions, pollutant, by)
    rows += [{"kind": "unknown", "status": "", **{str(k): v for k, v in r.items()}} for r in left.to_dict("records")]  # fmt: skip
    return pd.DataFrame(rows)


def _row(
    kind: str,
    group: str,
    status: str,
    start: float,
    values: Array,
    chosen: Emissions,
    pollutant: str,
    by: str,
) -> dict[str, Any]:
    sure = confidence(chosen, pollutant, by, group)
    return {"kind": kind, "group": group, "status": status, "start": start, "confidence": sure, **summary(values)}  # fmt: skip


def _clean(level: Array, before: Array) -> Array:
    """Without what the arithmetic of floats leaves of a difference that is nothing."""
    return np.where(np.abs(level) < _NOTHING * np.abs(before), 0.0, level)


def _sorted(found: Mapping[Any, Array], by: str) -> list[tuple[Any, Array]]:
    if by == "county":
        return list(found.items())
    return sorted(found.items(), key=lambda g: -float(np.median(g[1])))


def links(emissions: Emissions, pollutant: str, to: str = "county") -> pd.DataFrame:
    """Tonnes from each category to each county, what is done and what is planned apart.

    Returns
    -------
    pandas.DataFrame
        category, target, status, p5, p50, p95, mean (t/yr).
    """
    rows = []
    for category in groups(emissions, pollutant, "category"):
        for status, words in STATUSES.items():
            chosen = part(emissions, category=(category,), status=words)
            split = groups(chosen, pollutant, "county" if to == "county" else None)
            for target, values in split.items():
                name = target if to == "county" else pollutant
                rows.append({"category": category, "target": name, "status": status, **summary(values)})
    columns = ["category", "target", "status", "p5", "p50", "p95", "mean"]
    return pd.DataFrame(rows, columns=columns)
