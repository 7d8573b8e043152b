"""Entries of a scenario that change what is emitted: measures, and growth the other way."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from airq.errors import ParameterError
from airq.scenario import values
from airq.scenario.fields import (
    Amount,
    Date,
    Delay,
    Entry,
    Factors,
    Names,
    Pollutants,
    Share,
    Shares,
    Tonnes,
    Yuan,
    in_order,
)
from airq.scenario.values import Uncertain

__all__ = ["Growth", "Measure"]


class Measure(Entry):
    """One measure: a row of the register, rows chosen from it, or one of the user's own.

    Attributes
    ----------
    id : str
        Id of the register, or a new name for a measure of the user's own.
    select : dict
        In place of an id: every counted row of the register whose columns have these values, such as
        ``{document: plan-15fyp, section: 专栏2}``; a text matches where it is contained.
    name : str
        For people.
    places : tuple of str
        Where it acts. Of a register's measure for a whole group: the members that carry it out.
    cancel : bool
        Taken out, also of a selection.
    scale : dict of place to float
        Factor on the amount; ``*`` stands for all other places.
    start, end : str
        From the first effect to the full effect, evenly in between; those of the register by default.
    until : str
        Last day of effect, if it ends.
    delay : str
    compliance : Uncertain
        Share really carried out.
    since : str
        What was in effect before this day is in the baseline already and is not counted.
    category, technology_before, technology_after, fuel, count, capacity, activity, leakage, overlap_group : str
        As in the register, in which they take the place of its values; amounts with their unit, ``30 台``.
    overlap_rule, priority, efficiency, control, penetration, active_share
        As in the register.
    factors : dict of pollutant to text
        Emission factors of one's own, each with its unit.
    factor_gsd : float
        Their geometric standard deviation.
    tonnes : dict of pollutant to Uncertain
        Tonnes a year cut, in place of an amount.
    cut : Uncertain
        Share of the emission of ``category`` (``all`` for everything) that is cut, in place of an amount.
    pollutants : tuple of str
        Pollutants that ``cut`` takes; all by default.
    claim : Uncertain
        Tonnes a year of unnamed pollutants, with ``split``.
    split : dict of pollutant to Uncertain
        Shares of a claim that fall to each pollutant; the rest is nothing that counts here.
    profile : str
        How a year's tonnes fall to its months: ``heating``, ``flat``, ``warm``; that of the category by default.
    capex_yuan, opex_yuan_per_year, subsidy_yuan : float
    cost_basis, source, mark, note : str
    """

    id: str = ""
    select: dict[str, Any] | None = None
    name: str = ""
    places: Names = ()
    cancel: bool = False
    scale: Factors = Field(default_factory=lambda: {"*": 1.0})
    start: Date = ""
    end: Date = ""
    until: Date = ""
    delay: Delay = ""
    compliance: Share | None = None
    since: Date = ""
    category: str = ""
    technology_before: str = ""
    technology_after: str = ""
    fuel: str = ""
    count: Amount = ""
    capacity: Amount = ""
    activity: Amount = ""
    leakage: str = ""
    overlap_group: str = ""
    overlap_rule: str = ""
    priority: int | None = None
    efficiency: Share | None = None
    control: Share | None = None
    penetration: Share | None = None
    active_share: Share | None = None
    factors: dict[str, Amount] = Field(default_factory=dict)
    factor_gsd: float | None = Field(default=None, ge=1, le=20)
    tonnes: Tonnes | None = None
    cut: Share | None = None
    pollutants: Pollutants | None = None
    claim: Annotated[Uncertain, BeforeValidator(values.tonnes)] | None = None
    split: Shares | None = None
    profile: Literal["heating", "flat", "warm"] | None = None
    capex_yuan: Yuan | None = None
    opex_yuan_per_year: Yuan | None = None
    subsidy_yuan: Yuan | None = None
    cost_basis: str = ""
    source: str = ""
    mark: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _one_form(self) -> Measure:
        if not (self.id or self.select):
            raise ParameterError(
                "a measure needs an id, or 'select' to choose rows of the register; add one."
            )
        if self.id and self.select:
            raise ParameterError("a measure has an id or 'select', not both; split it into two.")
        given = [k for k in ("tonnes", "cut", "claim") if getattr(self, k) is not None]
        given += ["an amount"] if self.count or self.capacity or self.activity else []
        if len(given) > 1:
            raise ParameterError(
                f"the measure states {' and '.join(given)}, which is the same cut twice; keep one."
            )
        if (self.claim is None) != (self.split is None):
            raise ParameterError("'claim' and 'split' belong together: tonnes of unnamed pollutants and how they fall to pollutants; give both.")  # fmt: skip
        if self.split:
            # Fine particles are part of the coarse ones and not a share besides them.
            apart = [v.high for p, v in self.split.items() if p != "PM25" or "PM10" not in self.split]
            if (most := sum(apart)) > 1 + 1e-9:
                raise ParameterError(f"the highest shares of 'split' add up to {most:.0%}, more than the whole; correct them.")  # fmt: skip
        for sizes in filter(None, (self.tonnes, self.split)):
            if "PM25" in sizes and "PM10" in sizes and sizes["PM25"].value > sizes["PM10"].value:
                raise ParameterError("PM2.5 is above PM10, of which it is a part; correct one of them.")
        in_order(self.start, self.end)
        return self

    @property
    def is_own_amount(self) -> bool:
        """Whether its tonnes are stated and not worked out from an amount."""
        return self.tonnes is not None or self.cut is not None or self.claim is not None


class Growth(Entry):
    """Emissions that grow the other way.

    Attributes
    ----------
    id : str
    places : tuple of str
    category : str
        Sector of the register whose activity grows; ``all`` for every one.
    by : float
        Growth a year, ``5 %``; negative where activity falls by itself.
    start : str
        From when on it is counted; the baseline's year ends there.
    tonnes : dict of pollutant to Uncertain
        Tonnes a year that are added, in place of ``by``.
    source, mark, note : str
    """

    id: str = ""
    places: Names
    category: str = "growth"
    by: Annotated[float, BeforeValidator(values.number)] | None = Field(default=None, gt=-1, le=10)
    start: Date = ""
    tonnes: Tonnes | None = None
    source: str = ""
    mark: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _one(self) -> Growth:
        if (self.by is None) == (self.tonnes is None):
            raise ParameterError(
                "growth needs exactly one of 'by' (a year) and 'tonnes' (added a year); correct it."
            )
        return self
