"""What the tonnes of a register rest on: each factor, intensity and baseline row with source, rating and mark."""

from __future__ import annotations

import pandas as pd

from airq.inventory.baseline import Baseline
from airq.inventory.cuts import Tables
from airq.inventory.factors import Factors
from airq.inventory.intensities import Activities
from airq.inventory.register import Register

__all__ = ["sources"]

_COLUMNS = ["kind", "id", "of", "value", "unit", "spread", "rating", "mark", "source", "note"]


def sources(
    register: Register, factors: Factors | None = None, activities: Activities | None = None
) -> pd.DataFrame:
    """Factors and intensities that a register uses, and the rows of the default baseline.

    Parameters
    ----------
    register : Register
    factors, activities : optional
        The project's by default.

    Returns
    -------
    pandas.DataFrame
        kind, id, of (pollutant or quantity), value, unit, spread (geometric standard deviation or ends), rating, mark,
        source, note.

    Examples
    --------
    >>> from airq.inventory.register import load
    >>> table = sources(load().done())
    >>> table.set_index("id").loc["boiler-lt65-pm25", ["mark", "rating"]].tolist()
    ['[B]', 'D']
    """
    tables = Tables.load(factors, activities)
    made = register.emissions(draws=1, factors=tables.factors, activities=tables.activities, baseline=False)
    used = {i.id: i.kind for line in made.lines for inputs in line.part.terms for i in inputs}
    rows = [
        _factor(tables.factors, k)
        for k, kind in used.items()
        if kind == "factor" and not k.startswith("own:")
    ]
    rows += [_intensity(tables.activities, k) for k, kind in used.items() if kind == "activity"]
    for row in Baseline.load().rows:
        what = f"{row['place']} {row['category']}"
        rows.append(
            ["baseline", what, row["coverage"], None, "", "", "", row["mark"], row["source"], row["note"]]
        )
    return pd.DataFrame(rows, columns=_COLUMNS)


def _factor(factors: Factors, key: str) -> list[object]:
    f = factors[key]
    spread = f"{f.low:g}–{f.high:g}" if f.low is not None and f.high is not None else f"GSD {f.gsd:g}"
    return ["factor", key, f.pollutant, f.value, f.unit, spread, f.rating, f.mark, f.source, f.note]


def _intensity(activities: Activities, key: str) -> list[object]:
    a = activities[key]
    spread = f"{a.low:g}–{a.high:g}" if a.low is not None and a.high is not None else f"GSD {a.gsd:g}"
    return ["activity", key, a.quantity, a.value, a.unit, spread, "", a.mark, a.source, a.note]
