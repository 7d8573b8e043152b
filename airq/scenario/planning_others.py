"""Grades, staggered production, growth and neighbours as actions."""

from __future__ import annotations

import datetime as dt

from airq import places
from airq.inventory import periods
from airq.scenario import values
from airq.scenario.emitted import ALL
from airq.scenario.measures import Path
from airq.scenario.planner import Planner, by_people, expand
from airq.scenario.profiles import Timing, profile_of
from airq.scenario.spec import Grading, Growth, Measure, Staggered
from airq.scenario.values import Uncertain

__all__ = ["add_gradings", "add_growth", "add_neighbours", "add_staggered"]


def add_gradings(planner: Planner) -> None:
    """Add the upgrades of plants to a better grade.

    Raises
    ------
    ParameterError
        An unknown place or sector, a date outside the months that are run.
    """
    for i, one in enumerate(planner.scenario.grades):
        path: Path = ("grades", i)
        place = planner.single(one.place, (*path, "place"))
        category = planner.category(path, one.category)
        if one.upgrades and (kept := planner.still({place: 1.0})):
            planner.add(
                one.id,
                "upgrade",
                category=category,
                weights=kept,
                place=place,
                path=path,
                name_zh=one.id,
                name_en=one.id,
                status="planned",
                source=one.source,
                mark=one.mark + "[B]",
                spec=one,
                timing=_upgraded(planner, path, one),
                profile=profile_of(category),
                compliance=planner.scenario.compliance,
                grading=one,
            )


def _upgraded(planner: Planner, path: Path, one: Grading) -> Timing:
    later = planner.scenario.delay
    start = one.start or one.end or planner.before.isoformat()
    found = periods.span(values.shift(start, later), values.shift(one.end, later))
    assert found is not None
    if found[0] > planner.last and not later:
        raise planner.fail((*path, "start"), f"the upgrades begin on {found[0]}, after {planner.run}; correct the date or the season.")  # fmt: skip
    return Timing(*found)


def add_staggered(planner: Planner) -> None:
    """Add staggered production.

    Raises
    ------
    ParameterError
        An unknown place, sector or grading, a date outside the heating season, the same production stopped twice.
    """
    gradings = {g.id: g for g in planner.scenario.grades}
    for i, one in enumerate(planner.scenario.staggered):
        path: Path = ("staggered", i)
        category = planner.category(path, one.category, (ALL,))
        _within_season(planner, path, one)
        acting = expand(planner.scenario, one.places, (*path, "places"))
        _stopped_once(planner, path, one, category, acting)
        if one.grades and one.grades not in gradings:
            raise planner.fail((*path, "grades"), f"grading '{one.grades}' is not in 'grades'; add it or correct the id.")  # fmt: skip
        name = one.id or f"staggered-{i + 1}"
        for place in acting:
            share = 1.0 if one.emits is None else by_people(acting, place)
            if kept := planner.still({place: share}):
                planner.add(
                    name,
                    "staggered",
                    category=category,
                    weights=kept,
                    place=place,
                    path=path,
                    name_zh=name,
                    name_en=name,
                    status="planned",
                    source=one.source,
                    mark=one.mark,
                    spec=one,
                    profile=profile_of(category),
                    compliance=one.compliance or planner.scenario.compliance,
                    grading=gradings.get(one.grades),
                )


def _within_season(planner: Planner, path: Path, one: Staggered) -> None:
    first, last = planner.scenario.first_day, planner.scenario.last_day
    for key, does, day in (("start", "begins", periods.first_day(one.start)), ("end", "ends", periods.last_day(one.end))):  # fmt: skip
        if not first <= day <= last:
            raise planner.fail((*path, key), f"staggered production {does} on {day}, outside the heating season {first} to {last}; correct the date.")  # fmt: skip


def _stopped_once(
    planner: Planner, path: Path, one: Staggered, category: str, acting: tuple[str, ...]
) -> None:
    days = periods.first_day(one.start), periods.last_day(one.end)
    for other in planner.actions:
        if other.kind != "staggered" or other.place not in acting or other.path == path:
            continue
        same = other.category == category or ALL in (other.category, category)
        if same and _meet(days, other.spec):
            raise planner.fail(path, f"{category} of {other.place} is staggered already ({planner.line(other.path, path)}) on some of these days, so it would be cut twice; part the dates.")  # fmt: skip


def _meet(days: tuple[dt.date, dt.date], other: Staggered) -> bool:
    return days[0] <= periods.last_day(other.end) and periods.first_day(other.start) <= days[1]


def add_growth(planner: Planner) -> None:
    """Add what grows the other way.

    Raises
    ------
    ParameterError
        An unknown place or sector, a date after the months that are run.
    """
    for i, one in enumerate(planner.scenario.growth):
        path: Path = ("growth", i)
        category = planner.category(path, one.category, (ALL,))
        acting = expand(planner.scenario, one.places, (*path, "places"))
        start = periods.first_day(one.start) if one.start else planner.scenario.first_day
        if start > planner.last:
            raise planner.fail((*path, "start"), f"growth begins on {start}, after {planner.run}; correct the date or the season.")  # fmt: skip
        _add_growth(planner, path, one, one.id or f"growth-{i + 1}", category, acting, start)


def _add_growth(
    planner: Planner,
    path: Path,
    one: Growth,
    name: str,
    category: str,
    acting: tuple[str, ...],
    start: dt.date,
) -> None:
    for place in acting:
        share = 1.0 if one.tonnes is None else by_people(acting, place)
        if kept := planner.still({place: share}):
            planner.add(
                name,
                "growth",
                category=category,
                weights=kept,
                place=place,
                path=path,
                name_zh=name,
                name_en=name,
                status="planned",
                source=one.source,
                mark=one.mark,
                spec=one,
                timing=Timing(start, start),
                profile=profile_of(category),
            )


def add_neighbours(planner: Planner) -> None:
    """Add neighbours that cut a share of all they emit.

    Raises
    ------
    ParameterError
        A place that is no neighbour.
    """
    for name, what in planner.scenario.neighbours.items():
        if name == "*":
            continue
        path: Path = ("neighbours", name)
        place = places.get(planner.single(name, path))
        if place.kind != "neighbour":
            raise planner.fail(path, f"'{name}' is no neighbour but a county; list its measures under 'measures'.")  # fmt: skip
        if isinstance(what, Uncertain):
            spec = Measure(id=f"neighbour-{place.id}", cut=what, category=ALL, places=(place.id,))
            planner.add(
                spec.id,
                "cut",
                category=ALL,
                weights={place.id: 1.0},
                place=place.id,
                path=path,
                name_zh=place.zh,
                name_en=place.en,
                status="planned",
                source="",
                mark="",
                spec=spec,
                timing=Timing(planner.before, planner.before),
                profile=profile_of(ALL),
            )
