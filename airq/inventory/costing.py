"""CO2 gross and net, and money per tonne: only what documents state, nothing invented.

Examples
--------
>>> from airq.inventory.register import load
>>> found = costs(load(), draws=1000)
>>> row = found.table.query("measure_id == '15fyp-home-01' and pollutant == 'PM25'").iloc[0]
>>> row["kind"], int(row["yuan"])
('subsidy', 1320000000)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from airq.errors import ParameterError
from airq.inventory import claims as reading
from airq.inventory import links
from airq.inventory.activity import defaults
from airq.inventory.engine import Array, quantiles
from airq.inventory.register import Register
from airq.inventory.results import Emissions
from airq.texts import Note, items

__all__ = ["Carbon", "Costs", "carbon", "costs"]

_KINDS: Final = {"capex_yuan": "capital", "opex_yuan_per_year": "operating", "subsidy_yuan": "subsidy"}
_UNKNOWN_HEAT: Final = "replacement_energy"


@dataclass(frozen=True)
class Carbon:
    """CO2 that measures cut, before and after what takes its place.

    Attributes
    ----------
    table : pandas.DataFrame
        measure_id, what (``gross``, ``net``, or ``net if gas`` ... where the register does not say what gives the heat),
        p5, p50, p95, t/yr; no net where the replacement has no factor.
    total : pandas.DataFrame
        The same over all measures, with ``at_most`` where a measure without a known replacement is in it as gross;
        ``net if gas`` takes gas wherever it is not stated.
    notes : tuple of str
    """

    table: pd.DataFrame
    total: pd.DataFrame
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table.copy()

    def _repr_html_(self) -> str:
        said = items(self.notes)
        total: str = self.total.to_html(index=False, float_format=lambda v: f"{v:,.3g}")
        return f"<p>t CO2/yr</p>{total}<ul>{said}</ul>"


def carbon(register: Register, draws: int = 20000, seed: int = 0, **options: Any) -> Carbon:
    """CO2 gross and net of replacement.

    Parameters
    ----------
    register : Register
    draws, seed : int
    **options
        As :func:`airq.inventory.tonnes.emissions`: years, factors, activities, baseline, swap_share.

    Returns
    -------
    Carbon
        Net is given only where the replacement is stated or has no choice; else as a range over what it may be.

    Examples
    --------
    >>> from airq.inventory.register import load
    >>> sorted(carbon(load().done(), draws=500).total["what"])
    ['gross', 'net if electric', 'net if gas', 'net if heat_pump']
    """
    table = register.table
    open_heat = (
        (table["leakage"] == _UNKNOWN_HEAT)
        & (table["technology_after"] == "")
        & (table["standing"] == "counted")
    )
    cases: dict[str, Register] = {}
    if open_heat.any():
        for name in defaults()["replacement_energy"]["candidates"]:
            filled = table.assign(technology_after=table["technology_after"].mask(open_heat, name))
            cases[f"net if {name}"] = replace(register, table=filled)
    else:
        cases["net"] = register
    frames, totals, unknown = [], [], set[str]()
    for what, one in {"gross": register, **cases}.items():
        made = one.emissions(draws, seed, pollutants=["CO2"], net=what != "gross", **options)
        known = made.table[~made.table["basis"].str.startswith("gross:")]
        unknown |= set(made.table["measure_id"]) - set(known["measure_id"])
        settled = ~known["measure_id"].isin(table.loc[open_heat, "measure_id"]) & (what != "gross")
        frames.append(known.assign(what=settled.map({True: "net", False: what})))
        if "CO2" in made.total.index:
            less = len(known) < len(made.table)
            totals.append({"what": what, **made.total.loc["CO2"].to_dict(), "at_most": less})
    columns = ["measure_id", "what", "p5", "p50", "p95"]
    joined = pd.concat(frames, ignore_index=True)[columns].drop_duplicates(["measure_id", "what"])
    return Carbon(
        joined.reset_index(drop=True),
        pd.DataFrame(totals, columns=["what", "p5", "p50", "p95", "mean", "at_most"]),
        _carbon_notes(unknown, bool(open_heat.any())),
    )


def _carbon_notes(unknown: set[str], heat: bool) -> tuple[str, ...]:
    said = []
    if heat:
        said.append(Note("Net CO2 of heating depends on what gives the heat now, which is not stated; a heat network is not in the range.", "供暖的CO₂净减排取决于替代热源，文件没有写明；区间不含集中供热。"))  # fmt: skip
    if unknown:
        named = ", ".join(sorted(unknown))
        said.append(Note(f"Nothing is taken off for the replacement of {named}, where it is not known; their net CO2 is at most the gross.", f"{named}的替代方式不明，未予扣除；其CO₂净减排至多等于毛减排。"))  # fmt: skip
    return tuple(said)


@dataclass(frozen=True)
class Costs:
    """Money of measures as documents state it, and money per tonne.

    Attributes
    ----------
    table : pandas.DataFrame
        measure_id, covers (measures it pays for), kind (``capital``, ``operating``, ``subsidy``; never added, since a
        subsidy is part of the capital), yuan (a year for operating), pollutant, low, middle, high (yuan per t over
        ``years``), basis.
    per_home : pandas.DataFrame
        Statements of money per home: id, yuan_per_home, low, middle, high (yuan per t of PM2.5), source.
    years : int
        Years over which an investment counts, without interest.
    """

    table: pd.DataFrame
    per_home: pd.DataFrame
    years: int

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table.copy()

    def _repr_html_(self) -> str:
        parts = [
            f.to_html(index=False, float_format=lambda v: f"{v:,.3g}") for f in (self.table, self.per_home)
        ]
        return f"<p>yuan per t over {self.years} years, no interest</p>{''.join(parts)}"


def costs(
    register: Register,
    draws: int = 20000,
    seed: int = 0,
    years: int | None = None,
    pollutants: Iterable[str] = ("PM25", "SO2", "NOx", "CO2"),
    claims: reading.Given = None,
    **options: Any,
) -> Costs:
    """Cost per tonne of the measures for which a document gives money.

    Parameters
    ----------
    register : Register
    draws, seed : int
    years : int, optional
        Life of an investment; 10 by default.
    pollutants : iterable of str
    claims : optional
        Statements of money per home; ``data/raw/claims.csv`` by default.
    **options
        As :func:`airq.inventory.tonnes.emissions`.

    Returns
    -------
    Costs

    Raises
    ------
    ParameterError
        If ``years`` is not positive.
    """
    life = defaults()["cost"]["years"] if years is None else years
    if not life >= 1:
        raise ParameterError(f"a life of {years} years is none; give 1 or more.")
    made = register.emissions(draws, seed, pollutants=pollutants, **options)
    by_measure = {p: made.draws(p, "measure") for p in made.pollutants}
    rows = []
    for money in _stated_money(register.table):
        for pollutant, found in by_measure.items():
            tonnes = [found[k] for k in money["covers"] if k in found]
            if tonnes and len(tonnes) == len(money["covers"]):
                span = 1 if money["kind"] == "operating" else life
                rows.append(
                    {
                        **money,
                        "pollutant": pollutant,
                        **_per_tonne(money["yuan"], span, sum(tonnes, np.zeros(draws))),
                    }
                )
    columns = ["measure_id", "covers", "kind", "yuan", "pollutant", "low", "middle", "high", "basis"]
    return Costs(pd.DataFrame(rows, columns=columns), _per_home(claims, made, life), life)


def _per_tonne(yuan: float, years: int, tonnes: Array) -> dict[str, float]:
    """Interval of money per tonne; a cut that may be nothing has no upper end."""
    low, middle, high = quantiles(tonnes * years)
    ends = [yuan / v if v > 0 else float("inf") for v in (high, middle, low)]
    return dict(zip(("low", "middle", "high"), ends, strict=True))


def _stated_money(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Money of the whole of one or several counted measures."""
    rows = {r["measure_id"]: r for r in table.to_dict("records")}
    out, seen = [], set[tuple[Any, ...]]()
    for row in rows.values():
        for column, kind in _KINDS.items():
            if row[column] != row[column]:
                continue
            covers = _covers(row, rows)
            per_unit = str(row["cost_basis"]).startswith(("per home", "per unit", "每"))
            number = sum(rows[k]["count"] for k in covers) if per_unit else 1.0
            yuan = row[column] * number
            key = (covers, kind, yuan)
            # The same money stated again with a repeated statement is one.
            if covers and yuan == yuan and key not in seen:
                seen.add(key)
                out.append({"measure_id": row["measure_id"], "covers": covers, "kind": kind, "yuan": float(yuan), "basis": row["cost_basis"]})  # fmt: skip
    order = {k: i for i, k in enumerate(rows)}
    return sorted(out, key=lambda m: (m["measure_id"] not in m["covers"], order[m["measure_id"]]))


def _covers(row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Counted measures that a row's money pays for: itself, or those it repeats."""
    if row["standing"] == "counted":
        return (row["measure_id"],)
    named = links.related(row) if row["relation"] == "same" else []
    return tuple(k for k in named if k in rows and rows[k]["standing"] == "counted")


def _per_home(claims: reading.Given, made: Emissions, years: int) -> pd.DataFrame:
    """Stated money per home, and per tonne of PM2.5 by the cut of one home."""
    homes = [k for k, r in made.rows.items() if r["category"] == "home_heating" and r["count_unit"] == "户"]
    columns = ["id", "yuan_per_home", "low", "middle", "high", "source"]
    if "PM25" not in made.pollutants:
        return pd.DataFrame(columns=columns)
    cut = made.draws("PM25", "measure")
    found = next((k for k in homes if k in cut and made.rows[k]["count"] > 0), None)
    if found is None:
        return pd.DataFrame(columns=columns)
    one = cut[found] / made.rows[found]["count"]
    rows = []
    for claim in reading.read(claims):
        yuan, number = claim.value("yuan"), claim.value("homes")
        if yuan and number and not claim.value("boilers"):
            per = float(yuan / number)
            source = claim.texts.get("source", "")
            rows.append(
                {"id": claim.id, "yuan_per_home": per, **_per_tonne(per, years, one), "source": source}
            )
    return pd.DataFrame(rows, columns=columns)
