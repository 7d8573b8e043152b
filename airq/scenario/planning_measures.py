"""Measures as actions: at which places, how much of each, from when, and none of them cut twice."""

from __future__ import annotations

import datetime as dt
from itertools import combinations
from typing import Final

from airq import places
from airq.errors import ParameterError
from airq.inventory import links, periods
from airq.inventory.register import Register
from airq.scenario import values
from airq.scenario.choosing import Chosen, choose, contained_in, rows_of
from airq.scenario.emitted import ALL
from airq.scenario.planner import Planner, by_people, expand
from airq.scenario.profiles import Timing, profile_of
from airq.texts import Note

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
    _share_of_all(planner, chosen, acting)
    for a, b in combinations(chosen, 2):
        if a.path == b.path or not acting[id(a)] & acting[id(b)]:
            continue
        earlier, later = (a, b) if a.path < b.path else (b, a)
        line, at = planner.line(earlier.path, later.path), (*later.path, "id")
        if a.id == b.id:
            place = min(acting[id(a)] & acting[id(b)])
            raise planner.fail(at, f"measure '{a.id}' is listed already ({line}) for {place}, so it would be cut twice; remove one, or give them different places.")  # fmt: skip
        for part, whole in ((a, b), (b, a)):
            if whole.id in holders[id(part)]:
                raise planner.fail(at, f"measure '{part.id}' is contained in '{whole.id}', both are listed ({line}) and it would be cut twice; remove one.")  # fmt: skip
        if a.row.get("relation") == "conflict" and b.id in links.related(a.row):
            raise planner.fail(at, f"measures '{a.id}' and '{b.id}' are two statements of the same thing, both are listed ({line}) and it would be cut twice; remove one.")  # fmt: skip


def _share_of_all(planner: Planner, chosen: list[Chosen], acting: dict[int, set[str]]) -> None:
    """Say that a share of everything holds a part of what other measures cut there."""
    for whole in chosen:
        if whole.spec.category != ALL or whole.spec.cut is None:
            continue
        parts = [c.id for c in chosen if c is not whole and acting[id(c)] & acting[id(whole)]]
        if parts:
            named = ", ".join(parts[:3]) + (" …" if len(parts) > 3 else "")
            planner.notes.append(Note(f"'{whole.id}' cuts a share of everything beside {named}: they are added, so its share must be without what the others cut.", f"“{whole.id}”按全部排放的比例削减，与{named}相加：其比例应不含其他措施所减的部分。"))  # fmt: skip


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
        return {p: by_people(acting, p) for p in acting}, Note("An amount given for several places falls to them by people [B].", "给多个地方的总量按人口分配[B]。")  # fmt: skip
    shares, basis = planner.emitted.shares(one.row["place"], one.row["category"], acting)
    what, how = (
        ("the amounts of the baseline", "基准排放量") if basis == "baseline" else ("people [B]", "人口[B]")
    )
    home_zh = places.get(str(one.row["place"])).zh
    return shares, Note(f"Measures stated for {one.row['place']} fall to its members by {what}.", f"按{home_zh}整体写明的措施，按{how}分配到各成员。")  # fmt: skip


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
            planner.notes.append(Note(f"Measure '{one.id}' states no period and is left out.", f"措施“{one.id}”没有写明时间，未计入。"))  # fmt: skip
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
        said = (
            f"措施“{one.id}”{timing.start}开始，晚于计算的月份（{planner.first}至{planner.last}），不起作用。"
        )
        return (Note(f"Measure '{one.id}' begins on {timing.start}, after {planner.run}, and changes nothing.", said),)  # fmt: skip
    past = timing.full < planner.first - dt.timedelta(days=365)
    if one.listed and past and timing.since is None:
        return (Note(f"Measure '{one.id}' was complete on {timing.full} and counts in full; weather years after that day hold its effect already (key 'since' leaves it out).", f"措施“{one.id}”于{timing.full}完成，按全部计；该日之后的气象年已含其效果（可用键since扣除）。"),)  # fmt: skip
    return ()
