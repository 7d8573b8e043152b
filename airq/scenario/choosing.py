"""Which rows of the register a scenario's measures mean, with what the scenario changes in them.

A measure names a row by its id, chooses rows, or is one of the user's own in the words of the register. What it states
takes the place of the row's values, read and checked as the register does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from airq import options
from airq.errors import AirqError, ParameterError
from airq.inventory import checks, links, schema
from airq.inventory import register as registers
from airq.inventory.quantities import parse as parse_quantity
from airq.inventory.quantities import quantity
from airq.inventory.register import Register
from airq.scenario.emitted import ALL
from airq.scenario.spec import Measure, Scenario

__all__ = ["Chosen", "choose", "contained_in", "rows_of", "standard_register"]

_WORDS: Final = ("technology_before", "technology_after", "fuel", "leakage", "overlap_group", "overlap_rule")
_SHARES: Final = ("efficiency", "control", "penetration", "active_share")
_MONEY: Final = ("capex_yuan", "opex_yuan_per_year", "subsidy_yuan")
_SIZES: Final = ("count", "capacity", "activity")


@dataclass(frozen=True, eq=False)
class Chosen:
    """One measure with its row.

    Attributes
    ----------
    id : str
    spec : Measure
    path : tuple
        Where it stands in the scenario, for refusals.
    row : dict
        In the form of the register.
    listed : bool
        Whether a row of the register, not one of the user's own.
    selected : bool
        Whether by ``select``.
    """

    id: str
    spec: Measure
    path: tuple[str | int, ...]
    row: dict[str, Any]
    listed: bool
    selected: bool = False


def standard_register() -> Register:
    """The project's register, read once as long as the file stays the same."""
    return _standard()[0]


def rows_of(register: Register) -> dict[str, dict[str, Any]]:
    """Rows of a register by id; not to be changed."""
    known, rows = _standard()
    return rows if register is known else _rows(register)


def _standard() -> tuple[Register, dict[str, dict[str, Any]]]:
    file = options.raw_dir() / "measures.csv"
    return _register(file, file.stat().st_mtime_ns if file.exists() else 0)


@lru_cache(maxsize=2)
def _register(file: Path, _changed: int) -> tuple[Register, dict[str, dict[str, Any]]]:
    found = registers.load(file)
    return found, _rows(found)


def _rows(register: Register) -> dict[str, dict[str, Any]]:
    return {
        str(r["measure_id"]): {str(k): v for k, v in r.items()} for r in register.table.to_dict("records")
    }


def choose(scenario: Scenario, register: Register) -> list[Chosen]:
    """Measures of a scenario with their rows; what is cancelled is left out.

    Parameters
    ----------
    scenario : Scenario
    register : Register

    Returns
    -------
    list of Chosen
        In the order of the file; a measure chosen by ``select`` and named besides stands once, as it is named.

    Raises
    ------
    ParameterError
        An unknown measure, a selection of nothing, a value the register would refuse; file and line.
    """
    rows = rows_of(register)
    named: list[Chosen] = []
    gone: set[str] = set()
    for i, spec in enumerate(scenario.measures):
        path = ("measures", i)
        if spec.select is not None:
            continue
        if spec.cancel:
            if spec.id not in rows and not _is_own(spec):
                raise _unknown(scenario, path, spec, rows)
            gone.add(spec.id)
            continue
        named.append(_one(scenario, spec, path, rows))
    known = {c.id for c in named} | gone
    out: list[Chosen] = []
    for i, spec in enumerate(scenario.measures):
        if spec.select is not None:
            out += [c for c in _selected(scenario, spec, ("measures", i), rows) if c.id not in known]
    out += named
    out.sort(key=lambda c: c.path)
    return out


def _is_own(spec: Measure) -> bool:
    return bool(spec.category) or spec.is_own_amount


def _unknown(
    scenario: Scenario, path: tuple[str | int, ...], spec: Measure, rows: Mapping[str, Any]
) -> ParameterError:
    near = get_close_matches(spec.id, list(rows), n=1)
    hint = f"did you mean '{near[0]}'?" if near else "see 'airq inventory show' for the ids."
    return ParameterError(f"{scenario.where(*path, 'id')}: measure '{spec.id}' is not in the register of measures; {hint} A measure of your own states a category and an amount.")  # fmt: skip


def _one(
    scenario: Scenario, spec: Measure, path: tuple[str | int, ...], rows: Mapping[str, dict[str, Any]]
) -> Chosen:
    row = rows.get(spec.id)
    if row is None and not _is_own(spec):
        raise _unknown(scenario, path, spec, rows)
    if row is None:
        return Chosen(spec.id, spec, path, _own(scenario, spec, path), listed=False)
    changes = _changes(scenario, spec, path, row["category"], row["place"])
    return Chosen(spec.id, spec, path, {**row, **changes}, listed=True)


def _selected(
    scenario: Scenario, spec: Measure, path: tuple[str | int, ...], rows: Mapping[str, dict[str, Any]]
) -> Iterator[Chosen]:
    wanted: dict[str, list[str]] = {}
    for column, given in (spec.select or {}).items():
        if column not in schema.COLUMNS:
            near = get_close_matches(column, schema.COLUMNS, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(schema.COLUMNS[:10])} …"
            raise ParameterError(f"{scenario.where(*path, 'select', column)}: column '{column}' is not in the register; {hint}")  # fmt: skip
        wanted[column] = [str(g) for g in (given if isinstance(given, list | tuple) else [given])]
    found = [r for r in rows.values() if r["standing"] == "counted" and _matches(r, wanted)]
    if not found:
        raise ParameterError(f"{scenario.where(*path, 'select')}: no counted measure of the register matches {wanted}; correct the selection.")  # fmt: skip
    for row in found:
        changes = _changes(scenario, spec, path, row["category"], row["place"])
        yield Chosen(row["measure_id"], spec, path, {**row, **changes}, listed=True, selected=True)


def _matches(row: Mapping[str, Any], wanted: Mapping[str, list[str]]) -> bool:
    for column, texts in wanted.items():
        value = str(row[column])
        if column in ("section", "quote", "name_zh", "name_en", "note", "place_text"):
            if not any(t in value for t in texts):
                return False
        elif value not in texts:
            return False
    return True


def _own(scenario: Scenario, spec: Measure, path: tuple[str | int, ...]) -> dict[str, Any]:
    """A row for a measure that the register does not hold."""
    where = scenario.where(*path)
    if not spec.places:
        raise ParameterError(f"{where}: measure '{spec.id}' has no place; add 'places'.")
    if not spec.category and spec.cut is None and (spec.tonnes is not None or spec.claim is not None):
        raise ParameterError(f"{where}: measure '{spec.id}' has no category; name the sector that it cuts.")
    category = spec.category or "other"
    if category == ALL and spec.cut is None:
        raise ParameterError(f"{scenario.where(*path, 'category')}: 'all' stands for every sector and goes with 'cut' only; name one sector.")  # fmt: skip
    if not (spec.is_own_amount or spec.count or spec.capacity or spec.activity):
        raise ParameterError(f"{where}: measure '{spec.id}' states no amount; give count, capacity, activity, tonnes, cut or claim.")  # fmt: skip
    changes = _changes(scenario, spec, path, category, spec.places[0])
    empty = _cleaned("", "other" if category == ALL else category, spec.places[0], {})[0]
    return {
        **empty,
        **changes,
        "measure_id": spec.id,
        "name_zh": spec.name or spec.id,
        "name_en": spec.name or spec.id,
        "place": spec.places[0],
        "category": category if category == ALL else changes.get("category", category),
        "standing": "counted",
        "row": 0,
    }


def _cleaned(
    name: str, category: str, place: str, texts: Mapping[str, str]
) -> tuple[dict[str, Any], list[checks.Problem]]:
    base = {"measure_id": "scenario", "place": place, "category": category, "status": "planned"}
    return checks.clean(name, 0, {**base, **texts}, {})


def _changes(
    scenario: Scenario, spec: Measure, path: tuple[str | int, ...], category: str, place: str
) -> dict[str, Any]:
    """Columns that a measure states, in the register's form."""
    whole = ALL in (spec.category, category)  # all sectors together are no sector of the register
    category = "other" if whole else spec.category or category
    texts = {c: getattr(spec, c) for c in _WORDS if getattr(spec, c)}
    texts |= {c: f"{getattr(spec, c).value * 100!r} %" for c in _SHARES if getattr(spec, c) is not None}
    texts |= {c: repr(getattr(spec, c)) for c in _MONEY if getattr(spec, c) is not None}
    texts |= {c: getattr(spec, c) for c in ("start", "end", "cost_basis") if getattr(spec, c)}
    if spec.priority is not None:
        texts["priority"] = str(spec.priority)
    for column in _SIZES:
        if text := getattr(spec, column):
            try:
                found = parse_quantity(text)
            except AirqError as error:
                raise ParameterError(f"{scenario.where(*path, column)}: key '{column}': {error}") from None
            texts[column], texts[f"{column}_unit"] = repr(found.value), found.unit
    texts |= _factors(scenario, spec, path)
    cleaned, problems = _cleaned("", category, place, texts)
    if problems:
        first = problems[0]
        said = first.sentence.split(f"column '{first.column}': ", 1)[-1]
        head = (
            first.column.removesuffix("_unit")
            if first.column.removesuffix("_unit") in _SIZES
            else first.column
        )
        raise ParameterError(f"{scenario.where(*path, head)}: measure '{spec.id}', key '{head}': {said}")
    out = {c: cleaned[c] for c in texts}
    if spec.category and not whole:
        out["category"] = cleaned["category"]
    if not spec.end and spec.start:
        out["end"] = ""  # the row's own end belonged to its own start
    return out


def _factors(scenario: Scenario, spec: Measure, path: tuple[str | int, ...]) -> dict[str, str]:
    """Emission factors of one's own, in the unit of the first."""
    if not spec.factors:
        return {}
    out: dict[str, str] = {}
    unit = ""
    columns = {p.lower(): c for c, p in schema.OWN_FACTORS.items()}
    for name, text in spec.factors.items():
        where = f"{scenario.where(*path, 'factors', name)}: key 'factors'"
        column = columns.get(name.lower().replace(".", ""))
        if column is None:
            raise ParameterError(
                f"{where}: pollutant '{name}' is not known; use {', '.join(schema.POLLUTANTS)}."
            )
        try:
            found = parse_quantity(text)
            unit = unit or found.unit
            value = (
                found.value if found.unit == unit else quantity(str(found.value), found.unit).to(unit).value
            )
        except AirqError as error:
            raise ParameterError(f"{where}: {error}") from None
        out[column] = repr(value)
    if spec.factor_gsd is not None:
        out["ef_gsd"] = repr(spec.factor_gsd)
    return {**out, "ef_unit": unit}


def contained_in(row: Mapping[str, Any]) -> list[str]:
    """Ids of the rows that hold a row's figure already."""
    return links.related(row) if row.get("relation") in links.CONTAINED else []
