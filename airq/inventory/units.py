"""The units of the inventory: their size, their dimension, how they are written.

The table is ``tables/units.toml``. A thing that is counted (户, 台, 辆 ...) is a dimension of its own. A mass per mass
(kg/t) is not a share, and a tag names what a mass is of (``t_coke``).

Examples
--------
>>> unit("万户").scale, unit("kg/t_coke").dims
(Fraction(10000, 1), (('coke', -1), ('mass ratio', 1)))
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from math import prod
from typing import Final

from airq.errors import UnitError
from airq.inventory.numerals import MULTIPLIERS, normalise, shown

__all__ = ["Dims", "Unit", "base_text", "product", "unit", "without_ratio"]

_RATIO: Final = "mass ratio"  # kg/t: a mass per mass that still waits for the mass it multiplies
_TAG: Final = re.compile(r"(.+?)_([a-z]+(?:_[a-z]+)*)")
_MULTIPLIED: Final = re.compile(rf"([{''.join(MULTIPLIERS)}]{{1,3}}) ?(.+)")
_WORDS: Final = {
    "mass": "a mass",
    "length": "a distance",
    "area": "an area",
    "volume": "a volume",
    "normal_volume": "a normal volume",
    "time": "a time",
    "energy": "an energy",
    "money": "money",
}

Dims = tuple[tuple[str, int], ...]
"""Base dimensions with their exponents, in alphabetical order."""


@dataclass(frozen=True)
class Unit:
    """A unit: how it is written, its size in base units, its dimension.

    Attributes
    ----------
    text : str
        As written.
    scale : fractions.Fraction
        Size in base units (t, km, m2, m3, yr, GJ, 元, fraction of 1, one piece).
    dims : tuple of (str, int)
        Base dimensions and their exponents, in alphabetical order; empty for a share.
    """

    text: str
    scale: Fraction
    dims: Dims

    @property
    def kind(self) -> str:
        """The dimension in words.

        Examples
        --------
        >>> unit("g/km").kind, unit("%").kind, unit("户").kind
        ('mass/length', 'a share', 'a count of 户')
        """
        if not self.dims:
            return "a share"
        if len(self.dims) == 1 and self.dims[0][1] == 1:
            name = self.dims[0][0]
            return "a mass per mass" if name == _RATIO else _WORDS.get(name, f"a count of {name}")
        over = [_power(n, e) for n, e in self.dims if e > 0]
        under = [_power(n, -e) for n, e in self.dims if e < 0]
        return "·".join(over or ["1"]) + "".join(f"/{u}" for u in under)


def _power(name: str, exponent: int) -> str:
    return name if exponent == 1 else f"{name}{exponent}"


def _dims(values: Mapping[str, int]) -> Dims:
    return tuple(sorted((name, e) for name, e in values.items() if e))


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, tuple[Fraction, Dims]], dict[str, str]]:
    """Units by name, and the base unit in which each dimension is written."""
    document = tomllib.loads((files("airq.inventory") / "tables" / "units.toml").read_text(encoding="utf-8"))
    units: dict[str, tuple[Fraction, Dims]] = {}
    bases: dict[str, str] = {}
    for names in document.pop("counts")["names"]:
        bases[names[0]] = names[0]
        units.update({normalise(name): (Fraction(1), ((names[0], 1),)) for name in names})
    for dimension, entry in document.items():
        dims = _dims(entry["dims"]) if "dims" in entry else ((dimension, 1),)
        if "base" in entry:
            bases[dimension] = entry["base"]
        for row in entry["units"]:
            units.update({normalise(name): (Fraction(row["scale"]), dims) for name in row["names"]})
    return units, bases


def _atom(text: str, whole: str) -> tuple[Fraction, Dims]:
    """Size and dimension of one unit without a slash: 吨, 万户, t_coke, m2."""
    units, _ = _table()
    if text in units:
        return units[text]
    if text == "1" and whole.startswith("1/"):
        return Fraction(1), ()
    if (found := _MULTIPLIED.fullmatch(text)) and found[2] in units:
        scale, dims = units[found[2]]
        return scale * prod(MULTIPLIERS[sign] for sign in found[1]), dims
    if (found := _TAG.fullmatch(text)) and units.get(found[1], (0, ()))[1] == (("mass", 1),):
        scale, dims = units[found[1]]
        return scale, _dims({**dict(dims), found[2]: 1})
    near = get_close_matches(text, units, n=1, cutoff=0.5)
    hint = (
        f"did you mean '{near[0]}'?" if near else "the known ones stand in airq/inventory/tables/units.toml."
    )
    named = f"'{shown(text)}' in '{shown(whole)}'" if text != whole else f"'{shown(text)}'"
    raise UnitError(
        f"unit {named} is not known; {hint}" if text else f"unit '{shown(whole)}' is incomplete; complete it."
    )


@lru_cache(maxsize=4096)
def unit(text: str) -> Unit:
    """The unit a text names.

    Units may be joined by ``·`` or ``*`` and divided by ``/`` or 每; what follows a slash is under it, one unit at a
    time or several in brackets: ``t/m2/month`` is ``t/(m2·month)``.

    Parameters
    ----------
    text : str
        Such as ``t``, ``万户``, ``kg/t_coke``, ``蒸吨/小时``, ``t/m2/month``.

    Returns
    -------
    Unit

    Raises
    ------
    UnitError
        If it is empty or not known; the sentence offers the nearest name.

    Examples
    --------
    >>> unit("t/m2/month").dims
    (('area', -1), ('mass', 1), ('time', -1))
    >>> unit("tons")
    Traceback (most recent call last):
    airq.errors.UnitError: unit 'tons' is not known; did you mean 'tonnes'?
    """
    written = normalise(text)
    if not written:
        raise UnitError("the unit is missing; write one, such as t, 户, 蒸吨/小时 or kg/t.")
    plain = re.sub(r"\s*([/·*()])\s*", r"\1", written).replace("每", "/").replace("*", "·")
    units, _ = _table()
    if plain in units:
        scale, dims = units[plain]
        return Unit(written, scale, dims)
    for steam in ("蒸吨/小时", "蒸吨/时", "蒸吨/h", "t_steam/h"):  # the hour is part of the name
        plain = plain.replace(steam, "蒸吨")
    scale, over, under = Fraction(1), dict[str, int](), dict[str, int]()
    for sign, group in re.findall(r"(^|/)(\([^()]*\)|[^/()]*)", plain):
        side = under if sign == "/" else over
        for part in group.strip("()").split("·"):
            size, dims = _atom(part, written)
            scale = scale / size if sign == "/" else scale * size
            for name, exponent in dims:
                side[name] = side.get(name, 0) + exponent
    if plain.count("(") != plain.count(")") or re.search(r"\)[^/]|[^/(]\(", plain):
        raise UnitError(
            f"unit '{written}' is not known; write brackets only after a slash, as in t/(m2·month)."
        )
    total = {name: over.get(name, 0) - under.get(name, 0) for name in {*over, *under}}
    if over.get("mass") and under.get("mass") and not total["mass"]:
        total[_RATIO] = 1
    return Unit(written, scale, _dims(total))


def product(left: Dims, right: Dims, sign: int) -> Dims:
    """Dimension of a product (``sign`` 1) or a quotient (-1).

    Examples
    --------
    >>> product(unit("kg/t").dims, unit("kt").dims, 1)
    (('mass', 1),)
    """
    total = dict(left)
    for name, exponent in right:
        total[name] = total.get(name, 0) + sign * exponent
    # kg/t times t is a mass: the ratio has found the mass it waited for.
    if total.get(_RATIO, 0) >= 1 and total.get("mass", 0) >= 1:
        total[_RATIO] -= 1
    return _dims(total)


def without_ratio(dims: Dims) -> Dims:
    """A dimension but for the mark of a mass per mass.

    Examples
    --------
    >>> without_ratio(unit("kg/t").dims)
    ()
    """
    return tuple(d for d in dims if d[0] != _RATIO)


def base_text(dims: Dims) -> str:
    """How a dimension is written in base units, so that :func:`unit` reads it back.

    Examples
    --------
    >>> base_text(unit("g/km").dims), base_text(unit("MW").dims)
    ('t/km', 'GJ/yr')
    """
    if not dims:
        return "%"
    _, bases = _table()
    left = dict(dims)
    ratio, mass = abs(left.pop(_RATIO, 0)), left.pop("mass", 0)
    counts = {1: max(mass, 0) + ratio, -1: max(-mass, 0) + ratio}
    sides: dict[int, list[str]] = {}
    tags = {sign: [n for n, e in left.items() if n not in bases and e * sign > 0] for sign in counts}
    spare = max(
        int(bool(tags[sign]) and not counts[sign]) for sign in counts
    )  # a tag needs a mass to stand on
    for sign, count in counts.items():
        masses = ["t"] * (count + spare)
        if tags[sign]:
            masses[-1] = "_".join(["t", *tags[sign]])
        sides[sign] = masses + [
            bases[n] for n, e in left.items() if n in bases for _ in range(max(e * sign, 0))
        ]
    return "/".join(["·".join(sides[1]) or "1", *sides[-1]])
