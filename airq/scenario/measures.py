"""A scenario's plan: single actions, and the register and money that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from airq import places
from airq.inventory import schema
from airq.inventory.register import Register
from airq.scenario.emitted import Emitted
from airq.scenario.profiles import Timing
from airq.scenario.spec import Grading, Scenario
from airq.scenario.values import Uncertain

__all__ = ["Action", "Path", "Plan", "axis"]

_MONEY: Final = {"capex_yuan": "capital", "opex_yuan_per_year": "operating", "subsidy_yuan": "subsidy"}
_PER_PIECE: Final = ("per home", "per unit", "每")
Path = tuple[str | int, ...]


@dataclass(frozen=True, eq=False)
class Action:
    """One thing that changes emissions.

    Attributes
    ----------
    key : str
        Stands once in a plan.
    id : str
        Draws of its own belong to this name.
    kind : {"amount", "tonnes", "cut", "claim", "upgrade", "staggered", "growth"}
    category : str
    weights : mapping of place to float
        Factor on the amount that falls to each place; a neighbour that stands still has none.
    place : str
        Place for which the baseline is asked: a county, neighbour, or the group.
    path : tuple
        Where it stands in the scenario.
    name_zh, name_en, status, source, mark : str
    row : mapping
        Row of the register, for an amount.
    spec : Measure, Staggered, Grading or Growth
    timing : Timing or None
    profile : str
    compliance : Uncertain or None
    grading : Grading or None
    remarks : tuple of str
        What is said of it if it has tonnes.
    """

    key: str
    id: str
    kind: str
    category: str
    weights: Mapping[str, float]
    place: str
    path: Path
    name_zh: str
    name_en: str
    status: str
    source: str
    mark: str
    spec: Any
    row: Mapping[str, Any] = field(default_factory=dict)
    timing: Timing | None = None
    profile: str = "flat"
    compliance: Uncertain | None = None
    grading: Grading | None = None
    remarks: tuple[str, ...] = ()

    @property
    def factor(self) -> float:
        """Factor on the whole amount."""
        return sum(self.weights.values())


@dataclass(frozen=True, eq=False)
class Plan:
    """The actions of a scenario.

    Attributes
    ----------
    scenario : Scenario
    actions : tuple of Action
    notes : tuple of str
        What was left out or assumed, one sentence each.
    emitted : Emitted
    """

    scenario: Scenario
    actions: tuple[Action, ...]
    notes: tuple[str, ...]
    emitted: Emitted = field(repr=False)

    @property
    def register(self) -> Register:
        """The measures with an amount as a register of their own, scaled as the scenario says; for costs and CO2."""
        rows = [_scaled(a) for a in self.actions if a.kind == "amount" and a.factor]
        table = pd.DataFrame(rows, columns=[*schema.COLUMNS, "standing", "row"])
        return Register(table, f"scenario '{self.scenario.name}'")

    @property
    def costs(self) -> pd.DataFrame:
        """Money that measures state, scaled: id, name_zh, name_en, kind, yuan, source.

        Kinds are capital, operating (a year) and subsidy; a subsidy is part of the capital and never added to it.
        """
        rows = []
        for one in self.actions:
            for column, kind in _MONEY.items():
                yuan = one.row.get(column) if one.row else getattr(one.spec, column, None)
                if yuan is not None and yuan == yuan and one.factor:
                    named = {"id": one.id, "name_zh": one.name_zh, "name_en": one.name_en, "kind": kind}
                    rows.append({**named, "yuan": float(yuan) * _pieces(one), "source": one.source})
        return pd.DataFrame(rows, columns=["id", "name_zh", "name_en", "kind", "yuan", "source"])


def _pieces(one: Action) -> float:
    """What stated money is multiplied by: the pieces it is per, or the scale of the whole."""
    per_piece = str(one.row.get("cost_basis", "")).startswith(_PER_PIECE)
    return one.factor * (float(one.row["count"]) if per_piece else 1.0)


def _scaled(one: Action) -> dict[str, Any]:
    """Row of the register with its amount and its money scaled."""
    row = {**one.row, "measure_id": one.key, "place": one.place, "standing": "counted"}
    row |= {"relation": "", "related_to": "", "decided": "", "rule": ""}
    sizes = [c for c in ("count", "capacity", "activity") if row[c] == row[c]]
    # A capacity beside a count is that of each piece.
    for column in [c for c in sizes if c != "capacity" or "count" not in sizes]:
        row[column] *= one.factor
    if not str(row["cost_basis"]).startswith(_PER_PIECE):
        for column in _MONEY:
            row[column] *= one.factor
    return row


def axis() -> tuple[str, ...]:
    """Every place that may take part: counties and neighbours, in the order of the file of places.

    Examples
    --------
    >>> axis()[0], "urumqi" in axis(), "changji-prefecture" in axis()
    ('changji', True, False)
    """
    return tuple(p.id for p in places.load().values() if p.kind != "group")
