"""Checks of single rows of a register: numbers with units, words, places, periods. One sentence a fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from itertools import pairwise
from typing import Any, Final

from airq import places
from airq.errors import AirqError, ParameterError, UnitError
from airq.inventory import periods, schema
from airq.inventory.quantities import Quantity, quantity
from airq.inventory.quantities import parse as parse_quantity
from airq.inventory.units import Unit, unit

__all__ = ["Problem", "Row", "clean"]

_ID: Final = re.compile(r"[\w][\w.\-]{0,79}", re.ASCII)
_NAN: Final = float("nan")
_COUNTED: Final = "a count of "
_SIZES: Final = {
    "boiler_coal": ("MW", "t/h", "m2"),
    "boiler_gas": ("MW", "t/h", "m2", "m3/h"),
    "coke_oven": ("t/yr", "t_coke/yr", "t"),
    "power": ("MW", "t/h", "GJ", "m2"),
    "town_heating": ("m2", "MW", "t/h", "GJ", "km"),
}
"""Kinds of size, each by an example, that make sense for a category; any kind but a count for the others."""


@dataclass(frozen=True)
class Problem:
    """A fault of a register.

    Attributes
    ----------
    row : int
        Line of the file or row of the sheet.
    column : str
        Heading of the column.
    sentence : str
        File, row, column, what is wrong and what to do.
    """

    row: int
    column: str
    sentence: str


Row = dict[str, Any]


class _Checker:
    """One row while it is checked; collects what is wrong with it."""

    def __init__(self, name: str, line: int, texts: Mapping[str, str], heads: Mapping[str, str]) -> None:
        self.name, self.line, self.texts, self.heads = name, line, texts, heads
        self.out: Row = {c: texts.get(c, "") for c in schema.COLUMNS}
        self.problems: list[Problem] = []

    def fail(self, column: str, why: str) -> None:
        head = self.heads.get(column, column)
        self.problems.append(
            Problem(self.line, head, f"{self.name}: row {self.line}, column '{head}': {why}")
        )

    def attempt(self, column: str, work: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return work()
        except AirqError as error:
            self.fail(column, str(error))
            return otherwise


def clean(
    name: str, line: int, texts: Mapping[str, str], heads: Mapping[str, str]
) -> tuple[Row, list[Problem]]:
    """A row in the register's own form, and what is wrong with it.

    Parameters
    ----------
    name : str
        The file, for messages.
    line : int
    texts : mapping of column to text
    heads : mapping of column to the heading in the file, for messages

    Returns
    -------
    row : dict
        Counts in single pieces, numbers as floats (NaN where empty), words and places as their ids.
    problems : list of Problem

    Examples
    --------
    >>> cells = {"measure_id": "a-1", "place": "昌吉市", "category": "燃煤锅炉", "status": "完成", "count": "3"}
    >>> _, (problem,) = clean("a.csv", 2, cells, {})
    >>> problem.sentence
    "a.csv: row 2, column 'count_unit': the unit of '3' is missing; write 台, 座, 家, 处 or 个."
    """
    row = _Checker(name, line, texts, heads)
    _identity(row)
    for column in ("category", "status", "relation", "overlap_rule", "leakage"):
        _word(row, column)
    row.out["leakage"] = row.out["leakage"] or "none"
    row.out["decided"] = row.attempt("decided", lambda: _decided(texts.get("decided", "")), "")
    _count(row)
    _size(row, "capacity")
    _size(row, "activity")
    _period(row)
    for column in ("efficiency", "control", "penetration", "active_share"):
        row.out[column] = row.attempt(column, partial(_share, texts.get(column, "")), _NAN)
    for column in ("capex_yuan", "opex_yuan_per_year", "subsidy_yuan"):
        row.out[column] = row.attempt(column, partial(_yuan, texts.get(column, "")), _NAN)
    _whole(row, "priority", None)
    _whole(row, "confidence", (1, 5))
    _own_factors(row)
    return row.out, row.problems


def _identity(row: _Checker) -> None:
    name = row.out["measure_id"]
    if not name:
        row.fail("measure_id", "is empty; give each measure an id of its own.")
    elif not _ID.fullmatch(name):
        row.fail("measure_id", f"'{name[:40]}' is no id; write letters, digits, dashes and dots.")
    if not row.out["place"]:
        row.fail("place", "is empty; name a county of params/counties.yaml.")
        return
    row.out["place"] = row.attempt("place", lambda: places.get(row.out["place"]).id, row.out["place"])


def _word(row: _Checker, column: str) -> None:
    text = row.out[column]
    if not text:
        if column in schema.REQUIRED:
            row.fail(column, f"is empty; write one of {', '.join(schema.words(column))}.")
        return
    found = schema.canonical(column, text)
    if found is None:
        known = list(schema.words(column))
        near = get_close_matches(text.lower(), known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}."
        row.fail(column, f"'{text[:40]}' is not known; {hint}")
    row.out[column] = found or text


def _decided(text: str) -> str:
    if text not in ("", "use", "keep_only"):
        raise ParameterError(f"'{text[:40]}' is not known; write use or keep_only.")
    return text


def _number(value: str, text: str) -> Quantity:
    found = quantity(value, text)
    if found.value < 0:
        raise UnitError(
            f"'{value}' is negative; give the amount that ends, and category growth for what is added."
        )
    return found


def _base(found: Unit) -> str:
    """A count's unit without 万."""
    return found.dims[0][0]


def _count(row: _Checker) -> None:
    value, text = row.out["count"], row.out["count_unit"]
    row.out["count"] = _NAN
    allowed = schema.word("category", row.out["category"]).units
    wanted = _listed(allowed) if allowed else "台, 户, 辆, 座 or 家"
    if not value:
        if text:
            row.fail(
                "count",
                f"is empty although the unit '{text[:20]}' is given; give the number or clear the unit.",
            )
        return
    if not text:
        try:  # 13.2万户 in one cell
            found = parse_quantity(value)
            value, text = str(found.value), found.unit
        except UnitError:
            row.fail("count_unit", f"the unit of '{value[:20]}' is missing; write {wanted}.")
            return
    kind = row.attempt("count_unit", lambda: unit(text), None)
    if kind is None:
        return
    if not kind.kind.startswith(_COUNTED) and kind.dims != unit("km").dims:
        row.fail("count_unit", f"'{text[:20]}' is {kind.kind} and no count; write {wanted}.")
        return
    if allowed and (len(kind.dims) != 1 or kind.dims[0][0] not in allowed):
        row.fail("count_unit", f"'{text[:20]}' does not count {schema.word('category', row.out['category']).en}; write {wanted}.")  # fmt: skip
        return
    found = row.attempt("count", lambda: _number(value, text), None)
    if found is None:
        return
    if not kind.kind.startswith(_COUNTED):
        row.out["count"], row.out["count_unit"] = found.value, text
        return
    single = found.to(_base(kind))
    if not single.value.is_integer():
        row.fail("count", f"'{value}' {text} is no whole number of {single.unit}; correct it.")
        return
    row.out["count"], row.out["count_unit"] = single.value, single.unit


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _size(row: _Checker, column: str) -> None:
    """Capacity and activity: any amount that is no count, no money and no share."""
    value, text = row.out[column], row.out[f"{column}_unit"]
    row.out[column] = _NAN
    if not value:
        if text:
            row.fail(
                column,
                f"is empty although the unit '{text[:20]}' is given; give the number or clear the unit.",
            )
        return
    example = "蒸吨/小时, MW, t/yr or 万平方米" if column == "capacity" else "t, km or GJ"
    if not text:
        row.fail(f"{column}_unit", f"the unit of '{value[:20]}' is missing; write {example}.")
        return
    kind = row.attempt(f"{column}_unit", lambda: unit(text), None)
    if kind is None:
        return
    if kind.kind.startswith(_COUNTED) or kind.kind in ("money", "a share", "a mass per mass"):
        row.fail(f"{column}_unit", f"'{text[:20]}' is {kind.kind} and no {column}; write {example}.")
        return
    sizes = _SIZES.get(row.out["category"], ()) if column == "capacity" else ()
    if sizes and kind.dims not in [unit(s).dims for s in sizes]:
        row.fail(f"{column}_unit", f"'{text[:20]}' is {kind.kind}, which is no size of {schema.word('category', row.out['category']).en}; write {_listed(sizes)}.")  # fmt: skip
        return
    found = row.attempt(column, lambda: _number(value, text), None)
    if found is not None:
        row.out[column] = found.value


def _period(row: _Checker) -> None:
    for column in ("start", "end"):
        if text := row.out[column]:
            row.out[column] = row.attempt(column, partial(periods.plain, text), "")
    if (
        row.out["start"]
        and row.out["end"]
        and periods.first_day(row.out["start"]) > periods.last_day(row.out["end"])
    ):
        row.fail(
            "end", f"the end {row.out['end']} is before the start {row.out['start']}; correct one of them."
        )


def _share(text: str) -> float:
    if not text:
        return _NAN
    found = parse_quantity(text).to("%")
    if not 0 <= found.value <= 100:
        raise UnitError(f"'{text}' is outside 0 to 100 %; correct it.")
    return found.value / 100


def _yuan(text: str) -> float:
    if not text:
        return _NAN
    try:
        found = quantity(text, "元")  # the heading names the unit
    except UnitError:
        found = parse_quantity(text).to("元")
    if found.value < 0:
        raise UnitError(f"'{text}' is negative; give money spent.")
    return found.value


def _whole(row: _Checker, column: str, limits: tuple[int, int] | None) -> None:
    text = row.out[column]
    if not text:
        row.out[column] = _NAN
        return
    number = row.attempt(column, lambda: _integer(text, limits), _NAN)
    row.out[column] = float(number)


def _integer(text: str, limits: tuple[int, int] | None) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ParameterError(f"'{text[:20]}' is no whole number; correct it.") from None
    if limits and not limits[0] <= number <= limits[1]:
        raise ParameterError(f"'{text}' is outside {limits[0]} to {limits[1]}; correct it.")
    return number


def _own_factors(row: _Checker) -> None:
    """Emission factors of the user's own, and that fine particles are part of coarse ones."""
    text = row.out["ef_unit"]
    given = {c: row.out[c] for c in schema.OWN_FACTORS if row.out[c]}
    row.out.update(dict.fromkeys(schema.OWN_FACTORS, _NAN))
    gsd = row.out["ef_gsd"]
    row.out["ef_gsd"] = row.attempt("ef_gsd", lambda: _gsd(gsd), _NAN)
    if not given:
        return
    if not text:
        row.fail("ef_unit", "the unit of your own factors is missing; write kg/t, g/km or kg/台.")
        return
    kind = row.attempt("ef_unit", lambda: unit(text), None)
    if kind is None:
        return
    if ("mass", 1) not in kind.dims and ("mass ratio", 1) not in kind.dims:
        row.fail(
            "ef_unit", f"'{text[:20]}' is {kind.kind} and no emission factor; write kg/t, g/km or kg/台."
        )
        return
    for column, value in given.items():
        found = row.attempt(column, partial(_number, value, text), None)
        row.out[column] = _NAN if found is None else found.value
    sizes = [(c, row.out[c]) for c in ("ef_pm25", "ef_pm10", "ef_tsp") if row.out[c] == row.out[c]]
    for (small, less), (large, more) in pairwise(sizes):
        if less > more:
            row.fail(small, f"{_symbol(small)} {less:g} is above {_symbol(large)} {more:g}, of which it is a part; correct one of them.")  # fmt: skip


def _symbol(column: str) -> str:
    return {"ef_pm25": "PM2.5", "ef_pm10": "PM10"}.get(column, schema.OWN_FACTORS[column])


def _gsd(text: str) -> float:
    if not text:
        return _NAN
    try:
        value = float(text)
    except ValueError:
        raise ParameterError(f"'{text[:20]}' is no number; write 1.6 for rating C.") from None
    if not 1 <= value <= 20:
        raise ParameterError(f"'{text}' is no geometric standard deviation; write a number from 1 to 20.")
    return value
