"""How many tonnes a year each action of a plan cuts: products of random inputs, held to what is emitted.

Measures with an amount go through the inventory (factors, replacement, overlaps); stated tonnes, shares of what is
emitted, claims, grades, staggered production and growth are added as products of the same kind, so that everything
shares its draws by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from airq import places
from airq.errors import ParameterError
from airq.inventory import periods, schema
from airq.inventory.baseline import cap, home_group
from airq.inventory.cuts import Missing, Terms, cuts, scaled
from airq.inventory.engine import Engine, Part
from airq.inventory.intensities import Input
from airq.inventory.overlap import resolve
from airq.scenario.emitted import ALL
from airq.scenario.measures import Action, Plan
from airq.scenario.profiles import table
from airq.scenario.spec import GRADES, Grading, Staggered
from airq.scenario.values import Uncertain
from airq.texts import Note

__all__ = ["Sized", "size"]

_ORDER: Final = ("[P]", "[C]", "[D]", "[M]", "[U]", "[B]", "[NF]")
_MOST: Final = 0.5
"""Share of the draws in which a cut may exceed what is emitted before it is refused; below, it is held."""


@dataclass(eq=False)
class Sized:
    """Tonnes a year of every action.

    Attributes
    ----------
    parts : dict of pollutant to dict of key to Part
        In full effect, all places together, compliance included.
    marks, sources : dict of key to str
    basis : dict of (key, pollutant) to str
        Why tonnes are gross.
    missing : list of Missing
    notes : list of str
    engine : Engine
    """

    engine: Engine
    parts: dict[str, dict[str, Part]] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    basis: dict[tuple[str, str], str] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def put(self, key: str, pollutant: str, terms: Terms, mark: str = "", source: str = "") -> None:
        """Add terms of an action."""
        self.parts[pollutant][key] = Part(terms)
        self.mark(key, mark)
        if source:
            self.sources[key] = source

    def mark(self, key: str, mark: str) -> None:
        """Add marks of an action, the surest first."""
        have = self.marks.get(key, "") + mark
        self.marks[key] = "".join(m for m in _ORDER if m in have)


def size(plan: Plan, engine: Engine, pollutants: Sequence[str]) -> Sized:
    """Tonnes a year of the actions of a plan.

    Parameters
    ----------
    plan : Plan
    engine : Engine
    pollutants : sequence of str

    Returns
    -------
    Sized

    Raises
    ------
    ParameterError
        More is cut than emitted, or nothing is known of which a share is cut; file and line.
    """
    out = Sized(engine, {p: {} for p in pollutants})
    for action in plan.actions:
        _SIZERS[action.kind](plan, action, out, pollutants)
    by_key = {a.key: a for a in plan.actions}
    for pollutant in pollutants:
        out.parts[pollutant] = {
            k: _complied(by_key[k], part) for k, part in out.parts[pollutant].items() if part.terms
        }
        _refuse(plan, by_key, out, pollutant)
        _hold(plan, by_key, out, pollutant)
    return out


def _complied(action: Action, part: Part) -> Part:
    if action.compliance is None or action.kind == "growth":
        return part
    return _times(part, action.compliance, f"compliance-{action.id}")


def _random(value: Uncertain, name: str) -> tuple[float, tuple[Input, ...]]:
    if value.fixed:
        return value.value, ()
    return 1.0, (Input(name, name, "triangular", 1.0, value.value, value.low, value.high),)


def _with(terms: Mapping[tuple[Input, ...], float], value: Uncertain, name: str) -> Terms:
    """Terms times an uncertain number."""
    number, source = _random(value, name)
    return {tuple(sorted((*k, *source), key=lambda i: (i.kind, i.id))): v * number for k, v in terms.items()}


def _times(part: Part, value: Uncertain, name: str) -> Part:
    return Part(_with(part.terms, value, name), part.scales)


def _amounts(plan: Plan, action: Action, out: Sized, pollutants: Sequence[str]) -> None:
    made, lacking = cuts(action.row, pollutants, plan.emitted.tables)
    out.missing += [Missing(action.id, m.pollutant, m.needs, m.sentence) for m in lacking]
    known = plan.emitted.tables
    marks = {f.factor_id: f.mark for f in known.factors} | {i.activity_id: i.mark for i in known.activities}
    for one in made:
        out.put(action.key, one.pollutant, scaled(one.net, action.factor))
        if one.basis != "net":
            out.basis[action.key, one.pollutant] = one.basis
        for inputs in one.net:
            for source in inputs:
                out.mark(action.key, marks.get(source.id, ""))
    out.mark(action.key, action.mark)


def _tonnes(plan: Plan, action: Action, out: Sized, pollutants: Sequence[str]) -> None:
    sign = -1.0 if action.kind == "growth" else 1.0
    for pollutant, value in action.spec.tonnes.items():
        if pollutant in pollutants:
            terms = _with({(): sign * action.factor}, value, f"tonnes-{action.id}-{pollutant}")
            out.put(action.key, pollutant, terms, action.mark)


def _claim(plan: Plan, action: Action, out: Sized, pollutants: Sequence[str]) -> None:
    whole = _with({(): action.factor}, action.spec.claim, f"claim-{action.id}")
    for pollutant, share in action.spec.split.items():
        if pollutant in pollutants:
            out.put(action.key, pollutant, _with(whole, share, f"split-{action.id}-{pollutant}"), action.mark or "[B]")  # fmt: skip
    home, tonnes = places.get(action.place), f"{action.spec.claim.value:,.0f}"
    out.notes.append(Note(f"The {tonnes} t of '{action.id}' in {home.en} are a claim of unnamed pollutants; its split is assumed [B].", f"{home.zh}“{action.id}”的{tonnes}吨没有说明污染物，其构成是假定的[B]。"))  # fmt: skip


def _base(
    plan: Plan, action: Action, pollutants: Iterable[str], emits: Mapping[str, Uncertain] | None, name: str
) -> dict[str, tuple[Terms, str, str]]:
    """Emission a year, of which an action takes a share, by pollutant: terms, source, mark."""
    if emits is not None:
        return {p: (_with({(): 1.0}, v, f"emits-{name}-{p}"), "stated in the scenario", "") for p, v in emits.items() if p in pollutants}  # fmt: skip
    found = {}
    for pollutant in pollutants:
        level = plan.emitted.of(action.place, action.category, pollutant)
        if level is not None:
            found[pollutant] = (level.terms, level.source, level.mark)
    if not found:
        what = "everything" if action.category == ALL else schema.word("category", action.category).en
        where = plan.scenario.where(*action.path)
        raise ParameterError(f"{where}: what {what} emits in {action.place} is not known, so no share of it can be taken; state it in tonnes (key 'emits' or 'tonnes').")  # fmt: skip
    return found


def _cut(plan: Plan, action: Action, out: Sized, pollutants: Sequence[str]) -> None:
    wanted = action.spec.pollutants or pollutants
    for p, (terms, source, mark) in _base(plan, action, [q for q in pollutants if q in wanted], None, action.id).items():  # fmt: skip
        taken = _with(scaled(terms, action.factor), action.spec.cut, f"cut-{action.id}")
        out.put(action.key, p, taken, action.mark + mark, f"{action.source}; {source}".strip("; "))


def _grade_weights(grading: Grading, engine: Engine) -> dict[str, Any]:
    """Emission of a plant by grade, relative to grade C, draws of shape ``(n,)``."""
    rows = {r["grade"]: r for r in table("grades")}
    made = {}
    for grade in GRADES:
        value, low, high = (float(rows[grade][k]) for k in ("value", "low", "high"))
        made[grade] = Uncertain(value, low, high).draws(f"grade-{grade}", engine.n, engine.seed)
    return made


def _upgrade(plan: Plan, action: Action, out: Sized, pollutants: Sequence[str]) -> None:
    grading: Grading = action.spec
    weight = _grade_weights(grading, out.engine)
    whole = sum(n * weight[g] for g, n in grading.plants.items())
    less = sum(u.plants * (weight[u.from_] - weight[u.to]) for u in grading.upgrades)
    share = np.maximum(less / whole, 0.0)
    for p, (terms, source, mark) in _base(plan, action, pollutants, grading.emits, action.id).items():
        out.put(action.key, p, scaled(terms, action.factor), action.mark + mark, f"{action.source}; {source}".strip("; "))  # fmt: skip
        out.parts[p][action.key] = out.parts[p][action.key].under(share)


def _staggered(plan: Plan, action: Action, out: Sized, pollutants: Sequence[str]) -> None:
    spec: Staggered = action.spec
    grading = action.grading
    emits = spec.emits if spec.emits is not None else (grading.emits if grading else None)
    for p, (terms, source, mark) in _base(plan, action, pollutants, emits, action.id).items():
        said = f"{action.source}; {source}".strip("; ")
        if grading is None:
            taken = _with(scaled(terms, action.factor), spec.cut["*"], f"stagger-{action.id}")
            out.put(action.key, p, taken, action.mark + mark, said)
            continue
        weight = _grade_weights(grading, out.engine)
        whole = sum(n * weight[g] for g, n in grading.plants.items())
        none = Uncertain(0.0, 0.0, 0.0)
        stopped = sum(
            n
            * weight[g]
            * spec.cut.get(g, none).draws(f"stagger-{action.id}-{g}", out.engine.n, out.engine.seed)
            for g, n in grading.plants.items()
        )
        out.put(action.key, p, scaled(terms, action.factor), action.mark + mark + "[B]", said)
        out.parts[p][action.key] = out.parts[p][action.key].under(stopped / whole)


def _growth(plan: Plan, action: Action, out: Sized, pollutants: Sequence[str]) -> None:
    if action.spec.tonnes is not None:
        _tonnes(plan, action, out, pollutants)
        return
    # The rate itself stands in the months' weights, since it compounds with time.
    for p, (terms, source, mark) in _base(plan, action, pollutants, None, action.id).items():
        out.put(action.key, p, scaled(terms, -action.factor), action.mark + mark, f"{action.source}; {source}".strip("; "))  # fmt: skip


_SIZERS: Final = {
    "amount": _amounts,
    "tonnes": _tonnes,
    "cut": _cut,
    "claim": _claim,
    "upgrade": _upgrade,
    "staggered": _staggered,
    "growth": _growth,
}


def _refuse(plan: Plan, actions: Mapping[str, Action], out: Sized, pollutant: str) -> None:
    """Refuse a cut that is more than what is emitted, in the middle of the draws."""
    parts = {k: v for k, v in out.parts[pollutant].items() if actions[k].kind not in ("growth", "staggered")}
    engine = out.engine
    for category in dict.fromkeys(actions[k].category for k in parts):
        # The level of everything holds whatever a place cuts.
        keys = [k for k in parts if category in (ALL, actions[k].category)]
        homes = dict.fromkeys(actions[k].place for k in keys if actions[k].category == category)
        for place in dict.fromkeys([*homes, *map(home_group, homes)]):
            inside = {place, *plan.emitted.members(place)}
            there = [k for k in keys if actions[k].place in inside]
            limit = plan.emitted.within(place, category, pollutant)
            level = (
                None if limit is not None or len(inside) > 1 else plan.emitted.of(place, category, pollutant)
            )
            limit = level.terms if level is not None else limit
            there = [k for k in there if not _before(plan, actions[k], place, category)]
            if limit is None or not there:
                continue
            total = engine.total([parts[k] for k in there])
            most = engine.sum_of(limit)
            if (total > most * (1 + 1e-9)).mean() <= _MOST:
                continue
            worst = max(there, key=lambda k: float(np.median(engine.draws(parts[k]))))
            action = actions[worst]
            what = "everything" if category == ALL else schema.word("category", category).en
            raise ParameterError(f"{plan.scenario.where(*action.path)}: with measure '{action.id}' more is cut than emitted: {_tons(total)} t/yr of {pollutant} against {_tons(most)} t/yr of {what} in {place}; lower the amount, or correct data/raw/baseline.csv.")  # fmt: skip


def _tons(draws: Any) -> str:
    """Median tonnes, in a form that stays short whatever was written."""
    value = float(np.median(draws))
    return f"{value:,.0f}" if value < 1e9 else f"{value:.3g}"


def _before(plan: Plan, action: Action, place: str, category: str) -> bool:
    """Whether a measure was complete before the baseline's year, so that the baseline no longer holds what it ended."""
    year = max((r["year"] for r in plan.emitted.base.rows if r["category"] == category), default=0)
    found = periods.span(str(action.row.get("start", "")), str(action.row.get("end", "")))
    return found is not None and found[1].year <= year


def _hold(plan: Plan, actions: Mapping[str, Action], out: Sized, pollutant: str) -> None:
    """Overlaps among measures with an amount, then no cut above the baseline in any draw."""
    parts = out.parts[pollutant]
    rows = {k: actions[k].row for k in actions if actions[k].kind == "amount"}
    shares = {k: _efficiency(r) for k, r in rows.items()}
    whole = {k: p for k, p in parts.items() if actions[k].kind == "amount"}
    kept = resolve(whole, rows, shares, out.engine)
    parts = {k: kept.get(k, p) for k, p in parts.items() if k in kept or k not in whole}
    held = {k: p for k, p in parts.items() if actions[k].kind not in ("growth", "staggered")}
    rows = {k: {"place": actions[k].place, "category": actions[k].category, "start": str(actions[k].row.get("start", "")), "end": str(actions[k].row.get("end", ""))} for k in held}  # fmt: skip
    held, said = cap(held, rows, plan.emitted.base, pollutant, plan.emitted.tables, out.engine)
    out.notes += said
    out.parts[pollutant] = {**parts, **held}


def _efficiency(row: Mapping[str, Any]) -> float:
    value = row.get("efficiency", float("nan"))
    return 1.0 if value != value else float(value)
