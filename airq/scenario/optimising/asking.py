"""What a planner asks of the optimiser: rules and costs in a YAML file, or as words of a command.

Examples
--------
>>> yearly(["2026=5000万元"]), costs_of(["2025-boiler-01=900万元"])
({2026: 50000000.0}, {'2025-boiler-01': 9000000.0})
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar

from airq import places
from airq.errors import AirqError, ParameterError
from airq.scenario import composing, values
from airq.scenario.optimising.problem import Overlap, Rules

__all__ = ["Asked", "costs_of", "read_rules", "yearly"]

T = TypeVar("T")
_YEAR: Final = re.compile(r"(19|20)\d\d")
_KEYS: Final = (
    "budgets", "costs", "groups", "overlaps", "precedence", "cost_share_at_most", "reduction_at_least", "forced", "barred",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """Rules and costs.

    Attributes
    ----------
    rules : Rules
    costs : dict of str to float
        Yuan a year by measure id.
    """

    rules: Rules = field(default_factory=Rules)
    costs: dict[str, float] = field(default_factory=dict)

    def with_words(self, budgets: Mapping[int, float], costs: Mapping[str, float]) -> Asked:
        """The same with further budgets and costs, which take the place of those for the same year or measure."""
        more = {**self.rules.budgets, **budgets}
        rules = Rules(**{**vars(self.rules), "budgets": more})
        return Asked(rules, {**self.costs, **costs})


def yearly(words: Iterable[str]) -> dict[int, float]:
    """Budgets by year from ``2026=5000万元``.

    Raises
    ------
    ParameterError
        A word that is none, a year twice, money below 0.
    """
    return {_year(k): v for k, v in _pairs(words, "budget", "2026=5000万元").items()}


def costs_of(words: Iterable[str]) -> dict[str, float]:
    """Yuan a year by measure from ``2025-boiler-01=900万元``.

    Raises
    ------
    ParameterError
        As :func:`yearly`.
    """
    return _pairs(words, "cost", "2025-boiler-01=900万元")


def _pairs(words: Iterable[str], what: str, example: str) -> dict[str, float]:
    out: dict[str, float] = {}
    for word in words:
        name, found, money = str(word).partition("=")
        name = name.strip()
        if not (found and name and money.strip()):
            raise ParameterError(f"{what} '{word}' is not understood; write {example}.")
        if name in out:
            raise ParameterError(f"{what} of '{name}' is given twice; keep one.")
        try:
            out[name] = values.yuan(money.strip())
        except AirqError as error:
            raise ParameterError(f"{what} '{word}': {error}") from None
    return out


def _year(text: Any) -> int:
    if isinstance(text, bool) or not _YEAR.fullmatch(str(text).strip()):
        raise ParameterError(f"'{text}' is no year of a budget; write such as 2026.")
    return int(str(text).strip())


def read_rules(path: str | Path) -> Asked:
    """Rules and costs of a file.

    Parameters
    ----------
    path : path
        YAML with any of the keys budgets (yuan by year), costs (yuan a year by measure), groups (lists of measures of which
        one at most is taken, by name), overlaps (first, second, share), precedence (pairs: the first only with the second),
        cost_share_at_most, reduction_at_least (µg/m³ by place), forced, barred.

    Returns
    -------
    Asked

    Raises
    ------
    FileRejected
        The file cannot be read or is no YAML.
    ParameterError
        Anything else; file, line and what to do.
    """
    tree = composing.read(path, "budgets: {2026: 5000万元}")
    for key in tree:
        if key not in _KEYS:
            near = get_close_matches(key, _KEYS, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"allowed are {', '.join(_KEYS)}."
            raise ParameterError(f"{composing.place(tree.lines[key])}: key '{key}' is not known; {hint}")
    reader = _Reader(tree)
    return Asked(
        Rules(
            budgets={_at(tree, ("budgets", k), _year, k): v for k, v in reader.mapping("budgets", values.yuan).items()},
            groups=reader.mapping("groups", _names),
            overlaps=reader.each("overlaps", _overlap),
            precedence=reader.each("precedence", _pair),
            cost_share_at_most=reader.one("cost_share_at_most", values.number),
            reduction_at_least={_at(tree, ("reduction_at_least", k), _place, k): v for k, v in reader.mapping("reduction_at_least", _positive).items()},
            forced=reader.one("forced", _names) or (),
            barred=reader.one("barred", _names) or (),
        ),
        reader.mapping("costs", values.yuan),
    )  # fmt: skip


def _at(tree: composing.Map, path: tuple[str | int, ...], read: Callable[[Any], T], given: Any) -> T:
    """A value read, or the refusal with its line."""
    try:
        return read(given)
    except AirqError as error:
        raise ParameterError(f"{composing.place(composing.where(tree, path))}: key '{path[0]}': {error}") from None  # fmt: skip


class _Reader:
    """Values of a file, refused with their line."""

    def __init__(self, tree: composing.Map) -> None:
        self.tree = tree

    def one(self, key: str, read: Callable[[Any], T]) -> T | None:
        return _at(self.tree, (key,), read, composing.plain(self.tree[key])) if key in self.tree else None

    def mapping(self, key: str, read: Callable[[Any], T]) -> dict[str, T]:
        given = self.tree.get(key, {})
        if not isinstance(given, Mapping):
            raise self._shape(key, "keys with values")
        return {str(k): _at(self.tree, (key, k), read, composing.plain(v)) for k, v in given.items()}

    def each(self, key: str, read: Callable[[Any], T]) -> list[T]:
        given = self.tree.get(key, [])
        if not isinstance(given, list):
            raise self._shape(key, "a list, each entry beginning with '- '")
        return [_at(self.tree, (key, i), read, composing.plain(v)) for i, v in enumerate(given)]

    def _shape(self, key: str, wanted: str) -> ParameterError:
        return ParameterError(f"{composing.place(self.tree.lines[key])}: key '{key}' must hold {wanted}; correct it.")  # fmt: skip


def _names(given: Any) -> tuple[str, ...]:
    found = [given] if isinstance(given, str) else given
    if not isinstance(found, list) or not all(isinstance(n, str) and n for n in found):
        raise ParameterError(f"'{given}' is no list of measures; write [id, id].")
    return tuple(found)


def _pair(given: Any) -> tuple[str, str]:
    found = _names(given)
    if len(found) != 2:
        raise ParameterError(f"{list(found)} is no pair; write [measure, the one it needs].")
    return found[0], found[1]


def _overlap(given: Any) -> Overlap:
    if not isinstance(given, dict) or set(given) != {"first", "second", "share"}:
        raise ParameterError("an overlap has first, second and share; write {first: id, second: id, share: 50 %}.")  # fmt: skip
    share = values.share(given["share"])
    return Overlap(str(given["first"]), str(given["second"]), share.value)


def _positive(given: Any) -> float:
    value = values.number(given)
    if value < 0:
        raise ParameterError(f"{given} is negative; write the µg/m³ that the place is to gain.")
    return value


def _place(name: Any) -> str:
    return places.get(str(name)).id
