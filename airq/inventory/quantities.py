"""Quantities with units that cannot be mistaken: 688 台, 13.2万户, 65 蒸吨/小时, 1.983 Mt, 8.5 g/km.

Every number of the inventory carries its unit; a bare number is refused, and so is a unit of the wrong kind. Things
that are counted (户, 台, 辆 ...) are dimensions of their own: 688 台 is not a mass. A mass per mass (kg/t) is not a
percentage. A tag names what a mass is of: ``kg/t_coke`` multiplies ``t_coke`` and nothing else.

The units stand in ``tables/units.toml``.

Examples
--------
>>> parse("13.2万户").to("户")
Quantity(132000.0, '户')
>>> parse("65蒸吨/小时").to("MW")
Quantity(45.5, 'MW')
>>> parse("4.5 t/户") * parse("132,000 户")
Quantity(594000.0, 't')
>>> parse("688 台").to("t")
Traceback (most recent call last):
airq.errors.UnitError: '台' cannot become 't': one is a count of 台, the other a mass; ...
>>> parse("688")
Traceback (most recent call last):
airq.errors.UnitError: '688' has no unit; write it with one, such as '688 台' or '688 t'.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from numbers import Real
from typing import Any, Final

from airq.errors import UnitError
from airq.inventory.numerals import leading_number, normalise, shown
from airq.inventory.units import Dims, Unit, base_text, product, unit, without_ratio

__all__ = ["Interval", "Quantity", "Unit", "conversion", "parse", "parse_range", "quantity", "unit"]

_RANGE: Final = re.compile(r"\s*(?:-|~|至|到|to\b)\s*(?=[+-]?[\d零〇一二两三四五六七八九十])")


@dataclass(frozen=True)
class Quantity:
    """A number with its unit.

    Attributes
    ----------
    value : float
        Size in ``unit``.
    unit : str
        As written.

    Examples
    --------
    >>> q = parse("1.5 kg/t") * parse("794,000 t")
    >>> q.to("t"), str(q)
    (Quantity(1191.0, 't'), '1191 t')
    """

    value: float
    unit: str

    def __post_init__(self) -> None:
        if not isinstance(self.value, Real) or isinstance(self.value, bool) or not isfinite(self.value):
            raise UnitError(f"'{self.value} {self.unit}': the value is not a finite number; give one.")
        unit(self.unit)
        object.__setattr__(self, "value", float(self.value))

    def __repr__(self) -> str:
        return f"Quantity({self.value!r}, {self.unit!r})"

    def __str__(self) -> str:
        number = int(self.value) if self.value.is_integer() and abs(self.value) < 1e15 else self.value
        return f"{number} {self.unit}"

    @property
    def dims(self) -> Dims:
        """Base dimensions and exponents."""
        return unit(self.unit).dims

    @property
    def kind(self) -> str:
        """The dimension in words."""
        return unit(self.unit).kind

    def to(self, other: str) -> Quantity:
        """The same quantity in another unit of the same dimension.

        Raises
        ------
        UnitError
            If the dimensions differ.

        Examples
        --------
        >>> parse("6.353 十亿元").to("亿元")
        Quantity(63.53, '亿元')
        """
        have, want = unit(self.unit), unit(other)
        if have.dims != want.dims:
            raise UnitError(
                f"'{self.unit}' cannot become '{other}': one is {have.kind}, the other {want.kind}; "
                f"give a quantity in {other} or multiply by a factor that has both units."
            )
        return Quantity(float(Fraction(self.value) * have.scale / want.scale), other)

    def as_steam(self) -> Quantity:
        """A boiler's steam in t/h as its heat output: 1 t/h is 0.7 MW.

        ``t/h`` alone is a flow of mass, of coke as well as of steam, and does not become MW by itself.

        Examples
        --------
        >>> parse("35 t/h").as_steam().to("MW")
        Quantity(24.5, 'MW')
        """
        if unit(self.unit).dims == unit("MW").dims:
            return self
        return Quantity(self.to("t/h").value, "蒸吨/小时")

    def _combined(self, other: Any, sign: int) -> Quantity:
        if isinstance(other, Real):
            scaled = Fraction(self.value) * Fraction(float(other)) ** sign
            return Quantity(float(scaled), self.unit)
        if not isinstance(other, Quantity):
            return NotImplemented
        mine, theirs = unit(self.unit), unit(other.unit)
        dims = product(mine.dims, theirs.dims, sign)
        base = Fraction(self.value) * mine.scale * (Fraction(other.value) * theirs.scale) ** sign
        text = base_text(dims)
        if without_ratio(unit(text).dims) != without_ratio(dims):
            raise UnitError(
                f"'{self.unit}' and '{other.unit}' make no unit together; check what is multiplied."
            )
        return Quantity(float(base / unit(text).scale), text)

    def __mul__(self, other: Quantity | float) -> Quantity:
        return self._combined(other, 1)

    __rmul__ = __mul__

    def __truediv__(self, other: Quantity | float) -> Quantity:
        zero = other == 0 if isinstance(other, Real) else getattr(other, "value", 1) == 0
        if zero:
            raise UnitError(f"{self} cannot be divided by zero; check the divisor.")
        return self._combined(other, -1)

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.value + other.to(self.unit).value, self.unit)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.value - other.to(self.unit).value, self.unit)

    def __neg__(self) -> Quantity:
        return Quantity(-self.value, self.unit)

    def __lt__(self, other: Quantity) -> bool:
        return self.value < other.to(self.unit).value

    def __le__(self, other: Quantity) -> bool:
        return self.value <= other.to(self.unit).value


@dataclass(frozen=True)
class Interval:
    """Two quantities of one dimension, the lower first.

    Examples
    --------
    >>> parse_range("4.5–6.5 t/户").to("kg/户")
    Interval(low=Quantity(4500.0, 'kg/户'), high=Quantity(6500.0, 'kg/户'))
    """

    low: Quantity
    high: Quantity

    def to(self, other: str) -> Interval:
        """Both ends in another unit."""
        return Interval(self.low.to(other), self.high.to(other))

    def __contains__(self, item: Quantity) -> bool:
        return self.low <= item <= self.high


def conversion(have: str, want: str) -> float:
    """By how much a plain number or array in one unit is multiplied to be in another.

    Raises
    ------
    UnitError
        If the dimensions differ.

    Examples
    --------
    >>> conversion("g/km", "t/km")
    1e-06
    """
    return Quantity(1.0, have).to(want).value


def _float(number: Fraction, written: str) -> float:
    try:
        return float(number)
    except OverflowError:
        raise UnitError(f"'{shown(written)}' is too large to be a quantity; check its digits.") from None


def _prefix(where: str) -> str:
    return f"{where}: " if where else ""


def quantity(value: object, text: str, where: str = "") -> Quantity:
    """A quantity from a number and a unit that stand apart, as in two columns of a table.

    Parameters
    ----------
    value : object
        A number, or its text (``"1,402"``, ``"13.2万"``).
    text : str
        The unit.
    where : str, optional
        File, line and column, put before the sentence of an error.

    Raises
    ------
    UnitError
        If the number or the unit cannot be read, or the number already has a unit.

    Examples
    --------
    >>> quantity("13.2", "万户").to("户"), quantity("1,402", "座")
    (Quantity(132000.0, '户'), Quantity(1402.0, '座'))
    """
    try:
        number, rest = leading_number(str(value))
        if rest:
            raise UnitError(
                f"'{shown(str(value))}' has more than a number; put '{shown(rest)}' into the unit's column."
            )
        return Quantity(_float(number, str(value)), unit(text).text)
    except UnitError as error:
        raise UnitError(f"{_prefix(where)}{error}") from None


def parse(text: object, where: str = "") -> Quantity:
    """A quantity from its text.

    Parameters
    ----------
    text : str
        Number and unit: ``688 台``, ``十三万二千户``, ``2×30 蒸吨/小时``, ``1,983 kt``, ``8.5 g/km``.
    where : str, optional
        File, line and column, put before the sentence of an error.

    Returns
    -------
    Quantity

    Raises
    ------
    UnitError
        If the unit is missing or not known, the number is ambiguous, or the text is a range (:func:`parse_range`).

    Examples
    --------
    >>> parse("1.4万平方米").to("m2"), parse("９０％")
    (Quantity(14000.0, 'm2'), Quantity(90.0, '%'))
    >>> parse(688)
    Traceback (most recent call last):
    airq.errors.UnitError: '688' has no unit; write it with one, such as '688 台' or '688 t'.
    """
    try:
        written = normalise(str(text))
        number, rest = leading_number(written)
        if not rest:
            raise UnitError(
                f"'{written}' has no unit; write it with one, such as '{written} 台' or '{written} t'."
            )
        if _split(rest) is not None:
            raise UnitError(f"'{written}' is a range; give one value, or read it with parse_range.")
        return Quantity(_float(number, written), unit(rest).text)
    except UnitError as error:
        raise UnitError(f"{_prefix(where)}{error}") from None


def _split(rest: str) -> tuple[str, str] | None:
    """Unit before the dash (may be empty) and what follows it, or None if there is no range."""
    found = _RANGE.search(rest)
    return None if found is None else (rest[: found.start()].strip(), rest[found.end() :])


def _shared_multiplier(low: Fraction, high: Fraction, text: str) -> Fraction:
    """In 3至5万户 the 万 belongs to both ends; in 5000至1万户 it does not."""
    found = re.match(r"([\d.]+|[一二两三四五六七八九])\s*[百千万亿]+", text)
    if found is None:
        return Fraction(1)
    first, _ = leading_number(found[1])
    return high / first if low < first else Fraction(1)


def parse_range(text: object, where: str = "") -> Interval:
    """Two ends and their unit: ``4.5–6.5 t/户``, ``40 %~90 %``, ``3至5万户``; one value gives equal ends.

    Raises
    ------
    UnitError
        As :func:`parse`; also if the range runs downward.

    Examples
    --------
    >>> parse_range("30~80 mg/m3").high, parse_range("3至5万户").high
    (Quantity(80.0, 'mg/m3'), Quantity(50000.0, '户'))
    >>> parse_range("3至5万户").low, parse_range("5000至1万户").low
    (Quantity(30000.0, '户'), Quantity(5000.0, '户'))
    """
    try:
        written = normalise(str(text))
        number, rest = leading_number(written)
        parts = _split(rest)
        if parts is None:
            one = parse(written)
            return Interval(one, one)
        other, tail = leading_number(parts[1])
        if not tail:
            raise UnitError(f"'{written}' has no unit; write it with one, such as '{written} t'.")
        if not parts[0]:
            number *= _shared_multiplier(number, other, parts[1])
        high = Quantity(_float(other, written), unit(tail).text)
        low = Quantity(_float(number, written), unit(parts[0] or tail).text)
        if high < low:
            raise UnitError(f"'{written}' runs downward; write the lower end first.")
        return Interval(low, high)
    except UnitError as error:
        raise UnitError(f"{_prefix(where)}{error}") from None
