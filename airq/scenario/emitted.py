"""What is emitted before a scenario, by place and sector: the inventory's baseline, else planning levels.

The baseline of the inventory comes first. Where it states nothing (neighbours, most industry), a level per head of the
conurbation as the box model needs it stands in, entered as PM2.5-equivalent under PM25; its mark goes with it.

Examples
--------
>>> from airq.inventory.baseline import Baseline
>>> from airq.inventory.cuts import Tables
>>> known = Emitted(Baseline.load(), Tables.load())
>>> known.of("changji", "home_heating", "PM25").mark, known.of("wujiaqu", "all", "PM25").mark
('[D]', '[B][M]')
>>> known.of("wujiaqu", "all", "SO2") is None
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from airq import options, places
from airq.inventory.baseline import Baseline, home_group
from airq.inventory.cuts import Tables, Terms, add, scaled
from airq.inventory.intensities import Input
from airq.scenario.profiles import table

__all__ = ["ALL", "Emitted", "Level", "central", "people", "split", "standard_emitted"]

ALL: Final = "all"
_SEASON_DAYS: Final = 183
_GROUPS: Final = {
    "coal": ("home_heating", "boiler_coal", "town_heating", "power"),
    "vehicles": ("vehicle_diesel", "vehicle_other", "vehicle_new_energy", "offroad", "transport_structure"),
    "industry": ("industry_ulef", "industry_deep", "industry_fugitive", "industry_exit", "kiln", "coke_oven", "voc", "staggered"),
    "dust": ("construction_dust", "road_dust", "stockpile_dust"),
}  # fmt: skip


@dataclass(frozen=True)
class Level:
    """Emission of a place and sector, as products of random inputs.

    Attributes
    ----------
    terms : Terms
        t/yr.
    source, mark : str
    """

    terms: Terms
    source: str
    mark: str


@lru_cache(maxsize=1)
def people() -> Mapping[str, float]:
    """People by place, thousand; only weights, marked [B] in their table.

    Examples
    --------
    >>> people()["mori"] < people()["changji"]
    True
    """
    return {r["place"]: float(r["thousand"]) for r in table("people")}


def central(terms: Mapping[tuple[Input, ...], float]) -> float:
    """A sum of products at the middle of its inputs.

    Examples
    --------
    >>> central({(Input("a", "a", "triangular", 1.0, 4.5, 2.5, 6.5),): 2.0, (): 1.0})
    10.0
    """
    total = 0.0
    for inputs, number in terms.items():
        for one in inputs:
            number *= one.value if one.distribution != "lognormal" else 1.0
        total += number
    return total


@dataclass(frozen=True, eq=False)
class Remembering(Baseline):
    """A baseline that works its terms out once for each pollutant, for one set of tables."""

    _terms: dict[str, dict[tuple[str, str], Terms]] = field(default_factory=dict, repr=False)

    def terms(self, pollutant: str, tables: Tables) -> dict[tuple[str, str], Terms]:
        """Emission of a pollutant by place and sector."""
        if pollutant not in self._terms:
            self._terms[pollutant] = super().terms(pollutant, tables)
        return self._terms[pollutant]


@dataclass(frozen=True, eq=False)
class Emitted:
    """The baseline with planning levels behind it.

    Attributes
    ----------
    base : Baseline
    tables : Tables
    """

    base: Baseline
    tables: Tables
    _members: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "base", Remembering(self.base.rows, self.base.source))

    def stated(self, pollutant: str) -> dict[tuple[str, str], Terms]:
        """Terms of the baseline by place and sector."""
        return self.base.terms(pollutant, self.tables)

    def members(self, place: str) -> tuple[str, ...]:
        """Ids of the members of a group, or the place itself."""
        if place not in self._members:
            self._members[place] = tuple(m.id for m in places.members(place))
        return self._members[place]

    def within(self, place: str, category: str, pollutant: str) -> Terms | None:
        """Terms of the baseline of a place, or of a group with all its members."""
        inside = {place, *self.members(place)}
        found = [t for (p, s), t in self.stated(pollutant).items() if s == category and p in inside]
        return add(*found) if found else None

    def of(self, place: str, category: str, pollutant: str) -> Level | None:
        """Emission of a place and sector; None where nothing is known.

        Parameters
        ----------
        place : str
            A county or neighbour.
        category : str
            A sector of the register, or ``all``.
        pollutant : str

        Returns
        -------
        Level or None
        """
        own = self.stated(pollutant).get((place, category))
        if own:
            return Level(own, *self._origin(place, category))
        group = home_group(place)
        whole = self.stated(pollutant).get((group, category)) if group != place else None
        if whole:
            # Stated for the group alone: by people, as nothing closer is known.
            source, mark = self._origin(group, category)
            return Level(
                scaled(whole, split(self.members(group), [place])[place]),
                source,
                "[B]" + mark.replace("[B]", ""),
            )
        if pollutant != "PM25" or self._states(place, category):
            return None
        return planning(place, category)

    def _states(self, place: str, category: str) -> bool:
        return any(
            r["place"] in (place, home_group(place)) and r["category"] == category for r in self.base.rows
        )

    def _origin(self, place: str, category: str) -> tuple[str, str]:
        rows = [r for r in self.base.rows if (r["place"], r["category"]) == (place, category)]
        return str(rows[0]["source"]), str(rows[0]["mark"])

    def shares(self, whole: str, category: str, among: Iterable[str]) -> tuple[dict[str, float], str]:
        """Share of a group's emission of a sector that falls to each member, and on what basis.

        Examples
        --------
        >>> from airq.inventory.baseline import Baseline
        >>> found, basis = Emitted(Baseline.load(), Tables.load()).shares("changji-prefecture", "coke_oven", ["mori"])
        >>> round(found["mori"], 3), basis
        (0.037, 'people')
        """
        members = self.members(whole)
        for pollutant in ("PM25", "SO2", "CO2"):
            stated = self.stated(pollutant)
            known = {m: central(stated[(m, category)]) for m in members if (m, category) in stated}
            if (total := sum(known.values())) > 0:
                return {p: known.get(p, 0.0) / total for p in among}, "baseline"
        return split(members, among), "people"


def standard_emitted() -> Emitted:
    """The project's baseline and tables, read once as long as their files stay the same."""
    files = [
        options.raw_dir() / f"{n}.csv" for n in ("baseline", "factors", "activity", "vehicle_corrections")
    ]
    places_file = options.params_dir() / "counties.yaml"
    return _standard(
        tuple((str(f), f.stat().st_mtime_ns if f.exists() else 0) for f in (*files, places_file))
    )


@lru_cache(maxsize=2)
def _standard(_files: tuple[tuple[str, int], ...]) -> Emitted:
    return Emitted(Baseline.load(), Tables.load())


def split(members: tuple[str, ...], among: Iterable[str]) -> dict[str, float]:
    """Share of a group's people in each of its members; equal shares where the table lacks one.

    Examples
    --------
    >>> split(("mori", "qitai", "jimsar"), ["mori"])["mori"] < 0.2
    True
    """
    known = people()
    if any(m not in known for m in members):
        return {p: 1 / len(members) for p in among}
    total = sum(known[m] for m in members)
    return {p: known[p] / total for p in among}


def planning(place: str, category: str) -> Level | None:
    """Planning level of a place: the conurbation's emission by people, a sector by its planning share.

    Examples
    --------
    >>> round(central(planning("urumqi", "all").terms) / 1000)
    43
    """
    rows = {r["name"]: r for r in table("levels")}
    share = 1.0
    if category != ALL:
        group = next((g for g, members in _GROUPS.items() if category in members), None)
        if group is None:
            return None
        share = float(rows[group]["value"])
    if place not in people():
        return None
    whole = rows["conurbation"]
    value, low, high = (float(whole[k]) for k in ("value", "low", "high"))
    level = Input("level-conurbation", "level-conurbation", "triangular", 1.0, value, low, high)
    own = Input(f"level-{place}", f"level-{place}", "lognormal", float(rows["place_gsd"]["value"]))
    per_head = people()[place] / float(rows["conurbation_people"]["value"])
    a_year = _SEASON_DAYS / float(rows["heating_share"]["value"])
    return Level(
        {(level, own): per_head * a_year * share}, "box model by people: " + whole["source"], "[B][M]"
    )
