"""Entries of a scenario that act on plants and days: grades, staggered production, alerts."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from airq.errors import ParameterError
from airq.scenario.fields import (
    GRADES,
    Date,
    Entry,
    Names,
    Share,
    Shares,
    Tonnes,
    by_grade,
    day,
    in_order,
    level,
)
from airq.scenario.values import Uncertain

__all__ = ["Alert", "Grading", "Staggered", "Upgrade"]


class Upgrade(Entry):
    """Plants that come to a better grade (keys ``from``, ``to``, ``plants``)."""

    from_: Literal["A", "B", "C", "D"] = Field(alias="from")
    to: Literal["A", "B", "C", "D"]
    plants: int = Field(gt=0)

    @model_validator(mode="after")
    def _better(self) -> Upgrade:
        if GRADES.index(self.to) >= GRADES.index(self.from_):
            raise ParameterError(
                f"an upgrade from {self.from_} to {self.to} is none; grades are A (best) to D."
            )
        return self


class Grading(Entry):
    """Plants of a sector by performance grade.

    Attributes
    ----------
    id : str
        Name by which staggered production and alerts refer to it.
    place : str
    category : str
        Sector of the register.
    plants : dict of grade to int
    emits : dict of pollutant to Uncertain
        Tonnes a year of all these plants; from the baseline if not given.
    upgrades : tuple of Upgrade
    start, end, source, mark, note : str
    """

    id: str
    place: str
    category: str
    plants: dict[Literal["A", "B", "C", "D"], Annotated[int, Field(ge=0)]]
    emits: Tonnes | None = None
    upgrades: tuple[Upgrade, ...] = ()
    start: Date = ""
    end: Date = ""
    source: str = ""
    mark: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _enough(self) -> Grading:
        if not sum(self.plants.values()):
            raise ParameterError("'plants' holds none; give their number by grade, such as {C: 10, D: 2}.")
        left: dict[str, int] = {g: self.plants.get(g, 0) for g in GRADES}
        for one in self.upgrades:
            if one.plants > left[one.from_]:
                raise ParameterError(f"{one.plants} plants of grade {one.from_} are upgraded, but there are {left[one.from_]}; correct one of them.")  # fmt: skip
            left[one.from_] -= one.plants
            left[one.to] += one.plants
        in_order(self.start, self.end)
        return self


class Staggered(Entry):
    """Staggered production (错峰生产): a share of a sector's emission stops between two days.

    Attributes
    ----------
    id : str
    places : tuple of str
    category : str
    start, end : str
        First and last day, within the heating season.
    cut : dict of grade to Uncertain
        Share of the emission that stops; ``*`` for all, or by grade, with ``grades``.
    grades : str
        Id of a grading.
    emits : dict of pollutant to Uncertain
        Tonnes a year of the sector; of the grading or the baseline if not given.
    made_up : Uncertain
        Share of the lost production that is made up evenly in the other months of twelve.
    compliance : Uncertain
    source, mark, note : str
    """

    id: str = ""
    places: Names
    category: str
    start: Date
    end: Date
    cut: Annotated[dict[str, Uncertain], BeforeValidator(by_grade)]
    grades: str = ""
    emits: Tonnes | None = None
    made_up: Share = Uncertain(0.0, 0.0, 0.0)
    compliance: Share | None = None
    source: str = ""
    mark: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _dated(self) -> Staggered:
        in_order(self.start, self.end)
        if ("*" not in self.cut) != bool(self.grades):
            raise ParameterError("'cut' by grade and 'grades' belong together: a share a grade and the grading they are of; give both or neither.")  # fmt: skip
        return self


class Alert(Entry):
    """An alert of heavy-pollution weather; parsed here, worked out by :mod:`airq.scenario.alerts`.

    Attributes
    ----------
    id : str
    places : tuple of str
    level : {"yellow", "orange", "red"}
    when : {"dates", "worst"}
        ``dates`` from ``start`` on; ``worst``: on the worst ``days`` in a row of each weather year.
    start : datetime.date or None
        First day of the episode.
    days : int
        Length of the episode, in days.
    lead : int
        Days by which the alert begins before the episode.
    early : int
        Days by which it is lifted before the episode ends.
    compliance : Uncertain or None
        Share of the ratios that is reached; that of the rule's table if None.
    edition : str
        Edition of the rules; the newest in force on the day if empty.
    cut : dict of pollutant to Uncertain or None
        Cut ratios of one's own in place of the edition's.
    grades : tuple of str
        Gradings whose plants act by their grade.
    source, mark, note : str
    """

    id: str = ""
    places: Names
    level: Annotated[Literal["yellow", "orange", "red"], BeforeValidator(level)]
    when: Literal["dates", "worst"] = "worst"
    start: dt.date | None = None
    days: int = Field(ge=1, le=200)
    lead: int = Field(default=0, ge=0, le=10)
    early: int = Field(default=0, ge=0, le=30)
    compliance: Share | None = None
    edition: str = ""
    cut: Shares | None = None
    grades: Names = ()
    source: str = ""
    mark: str = ""
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _dates(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        out = dict(given)
        start, end = out.get("start"), out.pop("end", None)
        if start is not None:
            out["start"] = day(start, "start")
            out.setdefault("when", "dates")
        if end is not None:
            if start is None:
                raise ParameterError("'end' needs 'start'; give the first day too.")
            days = (day(end, "end") - out["start"]).days + 1
            if days < 1:
                raise ParameterError(f"the end {end} is before the start {start}; correct one of them.")
            if out.setdefault("days", days) != days:
                raise ParameterError(
                    f"{start} to {end} is {days} days, but 'days' is {out['days']}; drop one."
                )
        return out

    @model_validator(mode="after")
    def _whole(self) -> Alert:
        if (self.when == "dates") != (self.start is not None):
            raise ParameterError(
                "'when: dates' needs 'start', and 'when: worst' has none; correct one of them."
            )
        if self.early >= self.days + self.lead:
            raise ParameterError(f"lifted {self.early} days early, the alert of {self.days} days never holds; correct 'early'.")  # fmt: skip
        return self

    @property
    def first(self) -> dt.date | None:
        """First day on which it holds, lead included; None where the weather decides.

        Examples
        --------
        >>> Alert(places="changji", level="red", start="2026-01-10", days=5, lead=1).first
        datetime.date(2026, 1, 9)
        """
        return None if self.start is None else self.start - dt.timedelta(days=self.lead)

    @property
    def last(self) -> dt.date | None:
        """Last day on which it holds."""
        return None if self.start is None else self.start + dt.timedelta(days=self.days - 1 - self.early)
