"""Measures that act on the same emissions: add, max, supersede, sequential, subtract_point.

The rules work on one pollutant at a time. What a rule takes from a measure is a number or a scale per draw, so that
the measures still add up to their group draw by draw.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from airq.inventory.engine import Engine, Part

__all__ = ["resolve"]

Parts = dict[str, Part]


def resolve(
    parts: Parts, rows: Mapping[str, Mapping[str, Any]], efficiency: Mapping[str, float], engine: Engine
) -> Parts:
    """Parts of one pollutant after their overlap groups.

    Parameters
    ----------
    parts : dict of measure id to Part
    rows : mapping of measure id to its row in the register
        Every counted measure, also those without tonnes: a measure that supersedes does so before its factor is known.
    efficiency : mapping of measure id to share
        Of the measures with tonnes.
    engine : Engine

    Returns
    -------
    dict of measure id to Part

    Examples
    --------
    >>> rows = {k: {"overlap_group": "g", "overlap_rule": "sequential", "priority": i} for i, k in enumerate("ab")}
    >>> out = resolve({"a": Part({(): 60.0}), "b": Part({(): 50.0})}, rows, {"a": 0.6, "b": 0.5}, Engine(1, 0))
    >>> [p.terms[()] for p in out.values()]  # 60 of 100, then half of the 40 that are left
    [60.0, 20.0]
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for key, row in rows.items():
        if row["overlap_group"] and row["overlap_rule"] not in ("", "add"):
            groups[row["overlap_group"]].append(key)
    out = dict(parts)
    for members in groups.values():
        rule = rows[members[0]]["overlap_rule"]
        order = sorted(members, key=lambda k: _rank(rows[k]))
        if rule == "supersede":
            _supersede(out, order, rows)
            continue
        there = [k for k in order if k in out]
        if rule == "sequential":
            _sequential(out, there, efficiency)
        elif rule == "max" and len(there) > 1:
            _largest(out, there, engine)
        elif rule == "subtract_point" and len(there) > 1:
            _subtract(out, order[0], there, engine)
    return out


def _rank(row: Mapping[str, Any]) -> float:
    rank = row["priority"]
    return float(rank) if rank == rank else 0.0


def _supersede(out: Parts, order: list[str], rows: Mapping[str, Mapping[str, Any]]) -> None:
    highest = _rank(rows[order[-1]])
    for key in order:
        if _rank(rows[key]) < highest:
            out.pop(key, None)


def _sequential(out: Parts, order: list[str], efficiency: Mapping[str, float]) -> None:
    """Each takes its share of what those before it left: 1 − ∏(1 − η) in all."""
    left = 1.0
    for key in order:
        out[key] = out[key].times(left)
        left *= 1 - efficiency.get(key, 0.0)


def _largest(out: Parts, members: list[str], engine: Engine) -> None:
    """In each draw the largest member stays; of equal ones the first."""
    best = engine.draws(out[members[0]])
    winner = np.zeros(engine.n, dtype=np.int64)
    for i, key in enumerate(members[1:], 1):
        values = engine.draws(out[key])
        larger = values > best
        winner[larger] = i
        np.maximum(best, values, out=best)
    for i, key in enumerate(members):
        out[key] = out[key].under((winner == i).astype(np.float64))


def _subtract(out: Parts, area: str, there: list[str], engine: Engine) -> None:
    """The area total (lowest priority) less the listed point sources, never below nothing."""
    if area not in there:
        return
    points = engine.total([out[k] for k in there if k != area])
    whole = engine.draws(out[area])
    rest = np.maximum(whole - points, 0.0)
    out[area] = out[area].under(np.divide(rest, whole, out=np.zeros(engine.n), where=whole > 0))
