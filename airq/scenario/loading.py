"""Scenario files read, composed and checked: one sentence with the line for whatever is wrong.

Examples
--------
>>> made = load("30-boilers-741-trucks")
>>> [m.id for m in made.measures]
['2025-boiler-01', '2025-diesel-01']
>>> load({"season": "2025-2026", "measurs": []})
Traceback (most recent call last):
airq.errors.ParameterError: scenario: key 'measurs' is not known; did you mean 'measures'?
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from itertools import combinations
from pathlib import Path
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, ValidationError

from airq import options, places, standards, targets
from airq.errors import AirqError, ParameterError
from airq.inventory.register import Register
from airq.scenario import composing, spec
from airq.scenario.composing import Map
from airq.scenario.measures import Plan
from airq.scenario.planner import expand, other_line
from airq.scenario.planning import plan
from airq.scenario.spec import Alert, Scenario

__all__ = ["Given", "examples", "load"]

Given: TypeAlias = "Scenario | Mapping[str, Any] | str | os.PathLike[str]"
_FAR: Final = 3
"""Years that may be judged before and after the season."""
_MODELS: Final[dict[str, type[BaseModel]]] = {
    "measures": spec.Measure,
    "staggered": spec.Staggered,
    "grades": spec.Grading,
    "alerts": spec.Alert,
    "growth": spec.Growth,
    "weather": spec.Weather,
    "upgrades": spec.Upgrade,
}


def examples() -> dict[str, Path]:
    """Scenarios of ``params/scenarios`` by name.

    Examples
    --------
    >>> "no-action" in examples()
    True
    """
    folder = options.params_dir() / "scenarios"
    return {p.stem: p for p in sorted(folder.glob("*.y*ml"))} if folder.is_dir() else {}


def load(given: Given, *, register: Register | None = None, check: bool = True) -> Scenario:
    """A scenario, checked.

    Parameters
    ----------
    given : Scenario, mapping, path or str
        A file, the name of one in ``params/scenarios``, or its content.
    register : Register, optional
        Measures it may name; the project's by default.
    check : bool
        Also check the measures against the register: unknown ones, cut twice, dates outside the season.

    Returns
    -------
    Scenario
        With ``reference`` read where it is compared with another.

    Raises
    ------
    FileRejected
        The file cannot be read or is no YAML.
    ParameterError
        Anything else that is wrong: file, line, key, what to do.
    """
    made = given if isinstance(given, Scenario) else _read(given, ())
    if check:
        whole: Scenario | None = made
        while whole is not None:
            _sound(plan(whole, register))
            whole = whole.reference
    return made


def _sound(_: Plan) -> None:
    """A plan that could be made has nothing left to refuse before numbers are drawn."""


def _read(given: Any, above: tuple[str, ...]) -> Scenario:
    if isinstance(given, Mapping):
        tree: Any = dict(given)
        tree.setdefault("name", "scenario")
        for key in ("extends", "include"):
            if key in tree:
                raise ParameterError(f"scenario: key '{key}' builds on files and is read from a file only; write the scenario into one.")  # fmt: skip
        return _made(tree, lambda path: "scenario", Path(), above)
    file = composing.find(given)
    known = composing.compose(file)
    return _made(composing.plain(known), _lines(known), file.parent, (*above, str(file.resolve())))


def _lines(tree: Map) -> Callable[[Any], str]:
    def line(path: Any) -> str:
        return composing.place(composing.where(tree, path))

    return line


def _made(tree: dict[str, Any], lines: Callable[[Any], str], home: Path, above: tuple[str, ...]) -> Scenario:
    if "reference" in tree:
        raise ParameterError(
            f"{lines(('reference',))}: key 'reference' is not known; did you mean 'against'?"
        )
    try:
        made = Scenario.model_validate(tree)
    except ValidationError as error:
        raise _refusal(error, lines) from None
    made._lines = lines
    made = _targets(made)
    _places(made)
    _alerts(made)
    _names(made)
    _standard(made)
    return _reference(made, home, above)


def _with(made: Scenario, **changes: Any) -> Scenario:
    out = made.model_copy(update=changes)
    out._lines = made._lines
    return out


def _refusal(error: ValidationError, lines: Callable[[Any], str]) -> ParameterError:
    """One sentence for the first fault of the schema."""
    found = error.errors()
    # A key that is not known says more than the one that it should have been.
    first = next((e for e in found if e["type"] == "extra_forbidden"), found[0]) if found[0]["type"] == "missing" else found[0]  # fmt: skip
    path = tuple(p for p in first["loc"] if p != "[key]")
    kind, key = first["type"], ".".join(str(p) for p in path if not isinstance(p, int))
    where = lines(path)
    if kind == "extra_forbidden":
        model = next((_MODELS[str(p)] for p in reversed(path[:-1]) if str(p) in _MODELS), Scenario)
        known = sorted(f.alias or n for n, f in model.model_fields.items() if n != "reference")
        near = get_close_matches(str(path[-1]), known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"allowed are {', '.join(known)}."
        return ParameterError(f"{where}: key '{key}' is not known; {hint}")
    if kind == "missing":
        return ParameterError(f"{where}: key '{key}' is missing; add it.")
    if kind == "literal_error":
        return ParameterError(f"{where}: key '{key}' is '{first['input']}'; use {first['ctx']['expected']}.")
    if kind == "value_error":
        said = str(first["ctx"]["error"])
        return ParameterError(f"{where}: key '{key}': {said}" if key else f"{where}: {said}")
    if kind in ("tuple_type", "list_type", "model_type", "model_attributes_type", "dict_type"):
        wanted = "a list, each entry beginning with '- '" if kind in ("tuple_type", "list_type") else "keys with values"  # fmt: skip
        return ParameterError(f"{where}: key '{key}' must hold {wanted}; correct it.")
    message = first["msg"][0].lower() + first["msg"][1:]
    return ParameterError(f"{where}: key '{key}' cannot be {first['input']!r}: {message}.")


def _targets(made: Scenario) -> Scenario:
    """Known targets only; their years are judged."""
    rows = {r.id: r for r in targets.register()} if made.targets else {}
    for i, name in enumerate(made.targets):
        if name not in rows:
            near = get_close_matches(name, list(rows), n=1)
            hint = f"did you mean '{near[0]}'?" if near else "see params/targets.yaml."
            raise ParameterError(f"{made.where('targets', i)}: target '{name}' is not in the register of targets; {hint}")  # fmt: skip
    asked = {rows[name].year: ("targets", i) for i, name in enumerate(made.targets)}
    asked |= {year: ("years", i) for i, year in enumerate(made.years)}
    for year, path in asked.items():
        if not made.season - _FAR < year <= made.season + 1 + _FAR:
            raise ParameterError(f"{made.where(*path)}: the year {year} is too far from the season {made.season}-{made.season + 1}; choose a season near it.")  # fmt: skip
    return _with(made, years=tuple(sorted(asked))) if made.targets else made


def _places(made: Scenario) -> None:
    for key in ("places",):
        expand(made, getattr(made, key), (key,))
    for name in made.neighbours:
        if name != "*" and places.find(name) is None:
            try:
                places.get(name)
            except ParameterError as error:
                raise ParameterError(f"{made.where('neighbours', name)}: {error}") from None


def _alerts(made: Scenario) -> None:
    """Alerts within the season, of known places, never two at once for a place."""
    gradings = {g.id for g in made.grades}
    acting: list[tuple[int, Alert, set[str]]] = []
    for i, one in enumerate(made.alerts):
        path = ("alerts", i)
        for j, name in enumerate(one.grades):
            if name not in gradings:
                raise ParameterError(f"{made.where(*path, 'grades', j)}: grading '{name}' is not in 'grades'; add it or correct the id.")  # fmt: skip
        for key, day in (("start", one.first), ("end", one.last)):
            if day is not None and not made.first_day <= day <= made.last_day:
                raise ParameterError(f"{made.where(*path, key)}: the alert {'begins' if key == 'start' else 'ends'} on {day}, outside the heating season {made.first_day} to {made.last_day}; correct the date.")  # fmt: skip
        acting.append((i, one, set(expand(made, one.places, (*path, "places")))))
    for (i, a, here), (j, b, there) in combinations(acting, 2):
        both = sorted(here & there)
        if both and _at_once(a, b):
            said = other_line(made, ("alerts", i), ("alerts", j))
            raise ParameterError(f"{made.where('alerts', j)}: the alert overlaps another one ({said}) in {both[0]}; part their dates or keep the higher level.")  # fmt: skip


def _at_once(a: Alert, b: Alert) -> bool:
    if a.first is None or b.first is None or a.last is None or b.last is None:
        return True  # days that the weather chooses may fall on any others
    return a.first <= b.last and b.first <= a.last


def _names(made: Scenario) -> None:
    """Ids stand once within the lists that are referred to."""
    for key in ("grades", "staggered", "alerts", "growth"):
        seen: dict[str, int] = {}
        for i, one in enumerate(getattr(made, key)):
            if one.id and one.id in seen:
                raise ParameterError(
                    f"{made.where(key, i, 'id')}: '{one.id}' stands twice in '{key}'; rename one."
                )
            seen[one.id] = i


def _standard(made: Scenario) -> None:
    if made.standard == "both":
        return
    try:
        standards.standard_of(made.standard, f"{made.judged_years[-1]}-12-31")
    except AirqError as error:
        raise ParameterError(f"{made.where('standard')}: {error}") from None


def _reference(made: Scenario, home: Path, above: tuple[str, ...]) -> Scenario:
    if not made.against or made.against == "no-action":
        return made
    try:
        file = composing.find(made.against, home)
    except AirqError as error:
        raise ParameterError(f"{made.where('against')}: {error}") from None
    if str(file.resolve()) in above:
        raise ParameterError(
            f"{made.where('against')}: '{made.against}' is compared with this file itself; break the circle."
        )
    other = _read(file, above)
    # Both are run over the same months and weather, whatever the other file says of its own.
    same = {k: getattr(made, k) for k in ("season", "years", "places", "weather", "standard", "targets")}
    return _with(made, reference=_with(other, **same))
