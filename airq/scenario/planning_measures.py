"""Measures as actions: at which places, how much of each, from when, and none of them cut twice."""

from __future__ import annotations

import datetime as dt
from itertools import combinations
from typing import Final

from airq.errors import ParameterError
from airq.inventory import links, periods
from airq.inventory.register import Register
from airq.scenario import values
from airq.scenario.choosing import Chosen, choose, contained_in, rows_of
from airq.scenario.planner import Planner, by_people, expand
from airq.scenario.profiles import Timing, profile_of

__all__ = ["add_measures"]

_DONE: Final = ("done", "verified")


def add_measures(planner: Planner, register: Register) -> None:
    """Add the measures of a scenario to its plan.

    Raises
    ------
    ParameterError
        A measure unknown or cut twice, an unknown place, a date outside the months that are run; file and line.
    """
    chosen = choose(planner.scenario, register)
    acting = {id(c): _acting(planner, c) for c in chosen}
    _twice(planner, chosen, {k: set(v) for k, v in acting.items()}, register)
    for one in chosen:
        _add(planner, one, acting[id(one)])


def _acting(planner: Planner, one: Chosen) -> tuple[str, ...]:
    """Places at which a measure acts."""
    home = planner.emitted.members(one.row["place"])
    if not one.spec.places:
        return home
    path = (*one.path, "places")
    given = expand(planner.scenario, one.spec.places, path)
    if one.listed and (outside := [p for p in given if p not in home]):
        raise planner.fail(path, f"measure '{one.id}' is of {one.row['place']} and does not act in {outside[0]}; name places within it.")  # fmt: skip
    return given


def _twice(planner: Planner, chosen: list[Chosen], acting: dict[int, set[str]], register: Register) -> None:
    """Refuse what would be cut twice: the same measure, or a part of one beside the whole."""
    rows = rows_of(register)
    known = {c.id: c.row for c in chosen}
    holders = {id(c): _holders(c, {**rows, **known}) for c in chosen}
    for a, b in combinations(chosen, 2):
        if a.path == b.path or not acting[id(a)] & acting[id(b)]:
            continue
        earlier, later = (a, b) if a.path < b.path else (b, a)
        line, at = planner.line(earlier.path), (*later.path, "id")
        if a.id == b.id:
            place = min(acting[id(a)] & acting[id(b)])
            raise planner.fail(at, f"measure '{a.id}' is listed already ({line}) for {place}, so it would be cut twice; remove one, or give them different places.")  # fmt: skip
        for part, whole in ((a, b), (b, a)):
            if whole.id in holders[id(part)]:
                raise planner.fail(at, f"measure '{part.id}' is contained in '{whole.id}', both are listed ({line}) and it would be cut twice; remove one.")  # fmt: skip
        if a.row.get("relation") == "conflict" and b.id in links.related(a.row):
            raise planner.fail(at, f"measures '{a.id}' and '{b.id}' are two statements of the same thing, both are listed ({line}) and it would be cut twice; remove one.")  # fmt: skip


def _holders(one: Chosen, rows: dict[str, dict[str, object]]) -> set[str]:
    """Measures that hold a measure's figure, directly or by way of others."""
    found: set[str] = set()
    ahead = contained_in(one.row)
    while ahead:
        key = ahead.pop()
        if key not in found:
            found.add(key)
            ahead += contained_in(rows.get(key, {}))
    return found


def _scale(planner: Planner, one: Chosen, acting: tuple[str, ...]) -> dict[str, float]:
    """Factor of each place at which a measure acts."""
    out = dict.fromkeys(acting, one.spec.scale.get("*", 1.0))
    for name, by in one.spec.scale.items():
        if name == "*":
            continue
        for member in expand(planner.scenario, (name,), (*one.path, "scale", name)):
            if member not in out:
                raise planner.fail((*one.path, "scale", name), f"'{name}' is scaled, but measure '{one.id}' does not act there; correct the place.")  # fmt: skip
            out[member] = by
    return out


def _shares(planner: Planner, one: Chosen, acting: tuple[str, ...]) -> tuple[dict[str, float], str]:
    """Share of a measure's amount that falls to each place, and a remark on what basis."""
    home = planner.emitted.members(one.row["place"]) if one.listed else acting
    if len(home) == 1:
        return {home[0]: 1.0}, ""
    if not one.listed:
        return {p: by_people(acting, p) for p in acting}, "An amount given for several places falls to them by people [B]."  # fmt: skip
    shares, basis = planner.emitted.shares(one.row["place"], one.row["category"], acting)
    what = "the amounts of the baseline" if basis == "baseline" else "people [B]"
    return shares, f"Measures stated for {one.row['place']} fall to its members by {what}."


def _add(planner: Planner, one: Chosen, acting: tuple[str, ...]) -> None:
    timing = _timing(planner, one)
    if timing is None:
        return
    spec, row, category = one.spec, one.row, str(one.row["category"])
    scale = _scale(planner, one, acting)
    kind = next((k for k in ("tonnes", "cut", "claim") if getattr(spec, k) is not None), "amount")
    remark = _remark(planner, one, timing)
    if kind == "cut":
        # A share is of what each place emits itself.
        parts = {p: {p: scale[p]} for p in acting}
    else:
        shares, said = _shares(planner, one, acting)
        remark = (*remark, said) if said else remark
        parts = {
            acting[0] if len(acting) == 1 else str(row["place"]): {p: shares[p] * scale[p] for p in acting}
        }
    for place, weights in parts.items():
        if kept := planner.still(weights):
            planner.add(
                one.id,
                kind,
                category=category,
                weights=kept,
                place=place,
                path=one.path,
                name_zh=str(row["name_zh"] or row["name_en"]),
                name_en=str(row["name_en"] or row["name_zh"]),
                status=str(row["status"]),
                source=spec.source or str(row.get("document", "")),
                mark=spec.mark,
                spec=spec,
                row=row if kind == "amount" else {},
                timing=timing,
                profile=spec.profile or profile_of(category),
                compliance=spec.compliance or planner.scenario.compliance,
                remarks=remark,
            )


def _day(text: str, last: bool = False) -> dt.date | None:
    if not text:
        return None
    return periods.last_day(text) if last else periods.first_day(text)


def _timing(planner: Planner, one: Chosen) -> Timing | None:
    """When a measure takes effect; None for one of a selection that states no period, which is said."""
    spec, row, path = one.spec, one.row, one.path
    later = _later(planner, one)
    start, end = str(row["start"] or ""), str(row["end"] or "")
    if not one.listed and not (start or end):
        start = end = planner.before.isoformat()
    found = periods.span(values.shift(start, later), values.shift(end, later))
    if found is None:
        if one.selected:
            planner.notes.append(f"Measure '{one.id}' states no period and is left out.")
            return None
        raise planner.fail(path, f"measure '{one.id}' states no period; add 'start' and 'end'.")
    if (spec.start or spec.end) and not later and found[0] > planner.last:
        raise _outside(planner, one, "start" if spec.start else "end", f"begins on {found[0]}, after")
    until = _day(values.shift(spec.until, later), last=True)
    if until is not None and until < planner.first:
        raise _outside(planner, one, "until", f"ends on {until}, before")
    if until is not None and until < found[0]:
        raise planner.fail((*path, "until"), f"measure '{one.id}' ends on {until}, before it begins on {found[0]}; correct one of them.")  # fmt: skip
    return Timing(*found, until, _day(spec.since))


def _outside(planner: Planner, one: Chosen, key: str, what: str) -> ParameterError:
    return planner.fail(
        (*one.path, key), f"measure '{one.id}' {what} {planner.run}; correct the date or the season."
    )


def _later(planner: Planner, one: Chosen) -> str:
    """Delay of a measure: its own, else that of the scenario for what is not done yet."""
    return one.spec.delay or (planner.scenario.delay if one.row["status"] not in _DONE else "")


def _remark(planner: Planner, one: Chosen, timing: Timing) -> tuple[str, ...]:
    """What is said of a measure's period, if it has tonnes."""
    if timing.start > planner.last:
        return (f"Measure '{one.id}' begins on {timing.start}, after {planner.run}, and changes nothing.",)
    past = timing.full < planner.first - dt.timedelta(days=365)
    if one.listed and past and timing.since is None:
        return (f"Measure '{one.id}' was complete on {timing.full} and counts in full; weather years after that day hold its effect already (key 'since' leaves it out).",)  # fmt: skip
    return ()
