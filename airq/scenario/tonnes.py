"""Tonnes that a scenario cuts, month by month, as draws.

Examples
--------
>>> from airq.scenario.spec import Scenario
>>> made = cut_of(Scenario(name="a", season=2025, measures=[{"id": "2025-boiler-01"}]), draws=200)
>>> made.values.shape == (200, len(made.places), 1, len(made.pollutants), 15)
True
>>> season = made.season().set_index("pollutant")["p50"]
>>> bool(10 < season["PM25"] < 60)
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airq.errors import ParameterError
from airq.inventory import periods
from airq.inventory.baseline import Baseline
from airq.inventory.cuts import Tables
from airq.inventory.engine import Engine, quantiles, summary
from airq.inventory.register import Register
from airq.inventory.tonnes import pollutant_names
from airq.scenario.measures import Action, Plan, axis
from airq.scenario.planning import plan
from airq.scenario.profiles import heating_share, in_days, in_season, shares
from airq.scenario.sizing import Sized, size
from airq.scenario.spec import Scenario
from airq.texts import Note, items, spoken

__all__ = ["POLLUTANTS", "Cut", "cut_of"]

Array = NDArray[np.float64]
POLLUTANTS: Final = ("PM25", "PM10", "SO2", "NOx", "VOC", "NH3", "CO2")
"""Pollutants of a cut by default."""
_COLUMNS: Final = (
    "id", "name_zh", "name_en", "places", "category", "kind", "status", "pollutant", "p5", "p50", "p95", "season",
    "basis", "needs_zh", "source", "mark", "where",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Cut:
    """Tonnes cut, of a scenario against what it is compared with.

    Attributes
    ----------
    values : numpy.ndarray
        Tonnes cut in each month, shape (draw, place, sector, pollutant, month); negative where more is emitted.
    places, sectors, pollutants : tuple of str
        Places are every county and neighbour; sectors are categories of the inventory, ``all`` for unnamed ones.
    months : pandas.PeriodIndex
        Months of the horizon, frequency M.
    lines : pandas.DataFrame
        One row a measure and pollutant: id, name_zh, name_en, places, category, kind, status, pollutant; p5, p50, p95 of
        tonnes a year in full effect, of staggered production and growth within the heating season; ``season``, the
        median of tonnes within the heating season; basis, source, mark, where (file and line). A measure without tonnes has NaN and says in ``basis`` what it needs.
    notes : tuple of str
        What was held back, assumed or left out, one sentence each.
    heating : numpy.ndarray
        Share of the days of each month that lie in a heating season, this or the next, shape (month,).
    in_season : numpy.ndarray
        Tonnes cut within the heating season of the scenario, shape (draw, place, sector, pollutant). Of October and
        April it holds what really falls on days of the season: all of a measure on heating, half of one that acts evenly.
    """

    values: Array
    places: tuple[str, ...]
    sectors: tuple[str, ...]
    pollutants: tuple[str, ...]
    months: pd.PeriodIndex
    lines: pd.DataFrame
    notes: tuple[str, ...]
    heating: Array = field(default_factory=lambda: np.empty(0))
    in_season: Array = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        """By days of the season where nothing closer is given."""
        if not self.heating.size:
            object.__setattr__(self, "heating", heating_share(self.months))
        if self.in_season.shape != self.values.shape[:4]:
            object.__setattr__(self, "in_season", self.values @ self.heating)

    @property
    def draws(self) -> int:
        """Number of draws."""
        return int(self.values.shape[0])

    def per_day(self) -> Array:
        """Tonnes a day, the shape of ``values``."""
        return self.values / self.months.days_in_month.to_numpy()

    def draws_of(
        self,
        pollutant: str,
        months: NDArray[np.bool_] | None = None,
        place: str | None = None,
        weights: Array | None = None,
    ) -> Array:
        """Draws of the tonnes of a pollutant over months, shape ``(draw,)``.

        Parameters
        ----------
        pollutant : str
        months : bool array of shape (month,), optional
            All by default.
        place : str, optional
            All together by default.
        weights : array of shape (month,), optional
            Share of each month that counts.

        Raises
        ------
        ParameterError
            A pollutant or place that the cut does not hold.
        """
        for what, name, known in (("pollutant", pollutant, self.pollutants), ("place", place, self.places)):
            if name is not None and name not in known:
                raise ParameterError(f"{what} '{name}' is not in the cut; it holds {', '.join(known)}.")
        one = self.values[:, :, :, self.pollutants.index(pollutant)]
        one = one if place is None else one[:, [self.places.index(place)]]
        monthly = one.sum(axis=(1, 2))
        if months is not None:
            monthly = monthly * months
        return np.asarray((monthly * (1.0 if weights is None else weights)).sum(axis=1))

    def season(self) -> pd.DataFrame:
        """Tonnes cut within the heating season of the scenario by pollutant: p5, p50, p95, mean."""
        rows = [
            {"pollutant": p, **summary(self.in_season[:, :, :, i].sum(axis=(1, 2)))}
            for i, p in enumerate(self.pollutants)
        ]
        return pd.DataFrame(rows, columns=["pollutant", "p5", "p50", "p95", "mean"])

    def year(self, year: int) -> pd.DataFrame:
        """Tonnes cut in a calendar year by pollutant: p5, p50, p95, mean.

        Raises
        ------
        ParameterError
            If the year does not lie wholly within the months.
        """
        inside = np.asarray(self.months.year == year)
        if inside.sum() != 12:
            raise ParameterError(f"{year} is not wholly within {self.months[0]} to {self.months[-1]}; add it to 'years'.")  # fmt: skip
        rows = [{"pollutant": p, **summary(self.draws_of(p, months=inside))} for p in self.pollutants]
        return pd.DataFrame(rows, columns=["pollutant", "p5", "p50", "p95", "mean"])

    def minus(self, other: Cut) -> Cut:
        """The cut less another one of the same draws, places and months.

        Raises
        ------
        ParameterError
            If the two do not belong together.
        """
        if (self.draws, self.places) != (other.draws, other.places) or not self.months.equals(other.months):
            raise ParameterError("two cuts of different draws, places or months cannot be compared; run both with the same.")  # fmt: skip
        sectors = tuple(dict.fromkeys((*self.sectors, *other.sectors)))
        pollutants = tuple(dict.fromkeys((*self.pollutants, *other.pollutants)))
        whole = _widened(self, self.values, sectors, pollutants) - _widened(
            other, other.values, sectors, pollutants
        )
        season = _widened(self, self.in_season, sectors, pollutants)
        season = season - _widened(other, other.in_season, sectors, pollutants)
        back = other.lines.assign(**{c: -other.lines[s] for c, s in (("p5", "p95"), ("p50", "p50"), ("p95", "p5"), ("season", "season"))}, kind="reference")  # fmt: skip
        frames = [f for f in (self.lines, back) if len(f)]
        lines = pd.concat(frames, ignore_index=True) if frames else self.lines
        notes = tuple(dict.fromkeys((*self.notes, *other.notes)))
        return replace(self, values=whole, sectors=sectors, pollutants=pollutants, lines=lines, notes=notes, in_season=season)  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """The lines."""
        return self.lines.copy()

    def _repr_html_(self) -> str:
        table = self.season().to_html(index=False, float_format=lambda v: f"{v:,.3g}")
        return f"<p>t, heating season</p>{table}<ul>{items(self.notes)}</ul>"


def _widened(cut: Cut, values: Array, sectors: tuple[str, ...], pollutants: tuple[str, ...]) -> Array:
    """Values of a cut with room for the sectors and pollutants of another."""
    out = np.zeros((*values.shape[:2], len(sectors), len(pollutants), *values.shape[4:]))
    at = np.ix_([sectors.index(s) for s in cut.sectors], [pollutants.index(p) for p in cut.pollutants])
    out[:, :, at[0], at[1]] = values
    return out


def cut_of(
    scenario: Scenario,
    draws: int = 1000,
    seed: int = 0,
    *,
    pollutants: Sequence[str] | None = None,
    against: bool = True,
    register: Register | None = None,
    baseline: Baseline | None = None,
    tables: Tables | None = None,
) -> Cut:
    """Tonnes that a scenario cuts.

    Parameters
    ----------
    scenario : Scenario
        As :func:`airq.scenario.loading.load` gives it.
    draws : int
    seed : int
        The same seed gives the same draws to every input, so that scenarios are paired.
    pollutants : sequence of str, optional
        :data:`POLLUTANTS` by default.
    against : bool
        Less what the scenario it is compared with cuts; False for the cut against doing nothing.
    register, baseline, tables : optional
        Measures, emissions and factors; the project's by default.

    Returns
    -------
    Cut

    Raises
    ------
    ParameterError
        A measure cut twice, more cut than emitted, an unknown place or measure, a date outside the season; file, line.
    """
    names = POLLUTANTS if pollutants is None else pollutant_names(pollutants)
    whole = plan(scenario, register, baseline, tables)
    made = _cut(whole, Engine(draws, seed), names)
    if not against or scenario.reference is None:
        return made
    other = cut_of(scenario.reference, draws, seed, pollutants=names, register=register, baseline=baseline, tables=tables)  # fmt: skip
    return made.minus(other)


def _cut(whole: Plan, engine: Engine, pollutants: Sequence[str]) -> Cut:
    scenario, everywhere = whole.scenario, axis()
    months = scenario.months
    sized = size(whole, engine, pollutants)
    counted = {k for parts in sized.parts.values() for k in parts}
    sectors = tuple(dict.fromkeys(a.category for a in whole.actions if a.key in counted))
    values = np.zeros((engine.n, len(everywhere), len(sectors), len(pollutants), len(months)))
    rows: list[dict[str, Any]] = []
    inside = (months >= pd.Period(scenario.first_day, "M")) & (months <= pd.Period(scenario.last_day, "M"))
    season = np.zeros(values.shape[:4])
    for action in whole.actions:
        lines = []
        weights, part_of = _months(action, months, engine)
        seasonal = (weights * part_of * inside).sum(axis=-1)
        spread = np.array([action.weights.get(p, 0.0) for p in everywhere])
        spread = spread / action.factor if action.factor else spread
        for q, pollutant in enumerate(pollutants):
            if (part := sized.parts[pollutant].get(action.key)) is None:
                continue
            tonnes = engine.draws(part)
            within = tonnes * seasonal
            at = sectors.index(action.category)
            for i in np.flatnonzero(spread):
                values[:, i, at, q] += tonnes[:, None] * weights * spread[i]
                season[:, i, at, q] += within * spread[i]
            # What changes with the date is stated for the season, all else for a year.
            stated = within if action.kind in ("staggered", "growth") else tonnes
            lines.append(_line(action, sized, scenario, pollutant, stated, float(np.median(within))))
        rows += lines or [_line(action, sized, scenario, "", None, float("nan"))]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    heating = heating_share(months)
    return Cut(
        values, everywhere, sectors, tuple(pollutants), months, frame, _notes(whole, sized), heating, season
    )


def _months(action: Action, months: pd.PeriodIndex, engine: Engine) -> tuple[Array, Array]:
    """Share of a year's tonnes that is cut in each month, and how much of it falls within the heating season.

    Returns
    -------
    weights : numpy.ndarray
        Shape (month,) or (draw, month).
    part_of : numpy.ndarray
        Shape (month,), from 0 to 1.
    """
    shape, part_of = shares(action.profile, months), in_season(action.profile, months)
    if action.kind == "staggered":
        return _stopped(action, months, engine, shape)
    assert action.timing is not None
    if action.kind == "growth" and action.spec.by is not None:
        middle = [m.start_time + (m.end_time - m.start_time) / 2 for m in months]
        years = np.array([(t - pd.Timestamp(action.timing.start)).days / 365.25 for t in middle])
        return shape * ((1 + action.spec.by) ** np.maximum(years, 0.0) - 1), part_of
    return shape * action.timing.in_effect(months), part_of


def _stopped(action: Action, months: pd.PeriodIndex, engine: Engine, shape: Array) -> tuple[Array, Array]:
    """Months of staggered production, less what is made up after it."""
    start, end = periods.first_day(action.spec.start), periods.last_day(action.spec.end)
    size = months.days_in_month.to_numpy()
    inside = shape * in_days(start, end, months) / size
    part_of = np.where(inside > 0, 1.0, heating_share(months))  # its days lie within the season
    made_up = action.spec.made_up.draws(f"made-up-{action.id}", engine.n, engine.seed)
    if not made_up.any():
        return inside, part_of
    # What is made up runs evenly in the months after the stop, up to twelve from its first day.
    begin = pd.Period(start, "M")
    after = (inside == 0) & (months > begin) & (months < begin + 12)
    free = 1.0 - shares("flat", months[inside > 0]).sum()
    back = shares("flat", months) * after / free
    return np.asarray(inside[None, :] - made_up[:, None] * inside.sum() * back[None, :]), part_of


def _line(
    action: Action, sized: Sized, scenario: Scenario, pollutant: str, tonnes: Array | None, season: float
) -> dict[str, Any]:
    low, middle, high = quantiles(tonnes) if tonnes is not None else (float("nan"),) * 3
    needs = next((m.sentence for m in sized.missing if m.measure_id == action.id), "")
    return {
        "id": action.id,
        "name_zh": action.name_zh,
        "name_en": action.name_en,
        "places": ", ".join(p for p, w in action.weights.items() if w),
        "category": action.category,
        "kind": action.kind,
        "status": action.status,
        "pollutant": pollutant,
        "p5": float(low),
        "p50": float(middle),
        "p95": float(high),
        "season": season,
        "basis": sized.basis.get((action.key, pollutant), "") if tonnes is not None else needs,
        "needs_zh": "" if tonnes is not None else spoken(needs, "zh"),
        "source": sized.sources.get(action.key, action.source),
        "mark": sized.marks.get(action.key, action.mark),
        "where": scenario.where(*action.path),
    }


def _notes(whole: Plan, sized: Sized) -> tuple[str, ...]:
    counted = {k for parts in sized.parts.values() for k in parts}
    out = [*whole.notes, *sized.notes, *(r for a in whole.actions if a.key in counted for r in a.remarks)]
    without = list(dict.fromkeys(a.id for a in whole.actions if a.key not in counted))
    if without:
        shown = ", ".join(without[:6]) + (" …" if len(without) > 6 else "")
        out.append(Note(f"{len(without)} measures have no tonnes for want of a factor, an amount or an efficiency and change nothing here: {shown}.", f"{len(without)}项措施缺因子、数量或效率，没有吨数，这里不起作用：{shown}。"))  # fmt: skip
    if any(a.compliance is None and a.status == "planned" and a.kind != "growth" for a in whole.actions):
        out.append(Note("Planned measures count as carried out in full where no compliance is given.", "没有写明落实程度的计划措施按全部完成计。"))  # fmt: skip
    return tuple(dict.fromkeys(out))
