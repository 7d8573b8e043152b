"""The fingerprint of a uniform-factor table: every pollutant is a round number times the same tonnes of coal.

A factor is round if a number of at most three significant digits lies within the rounding of the stated figures. The
chance of that by accident is the width of what the rounding leaves open over the distance of two such round numbers;
the chances of the pollutants are combined by Fisher's method. All of it is exact arithmetic on the stated digits.

Examples
--------
>>> found = fingerprint(stated(1_983_000), {"so2": stated(2974.5), "nox": stated(2181.3), "pm": stated(19830)})
>>> found.kind, [(r.pollutant, float(r.near), r.digits) for r in found.rounds]
('uniform', [('so2', 1.5, 2), ('nox', 1.1, 2), ('pm', 10.0, 1)])
>>> found.chance < 1e-6
True
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real
from typing import Any, Final, Literal

from airq.errors import ParameterError

__all__ = [
    "PLAUSIBLE",
    "UNIFORM",
    "Fingerprint",
    "Round",
    "Stated",
    "fingerprint",
    "fisher",
    "roundness",
    "stated",
]

UNIFORM: Final = 0.01
"""Largest chance by accident at which a claim is called uniform; random claims reach it less than once in a thousand."""

PLAUSIBLE: Final = 0.05
"""Largest chance by accident at which a uniform table is still called plausible."""

DIGITS: Final = 3
"""Most significant digits of a number that is called round."""

PLAIN: Final = 2
"""Most digits that are round without question; a factor with more could be the rounding of the tonnes itself, so the
chance must then also be small if the zeros at the end of the figures are rounding."""

Kind = Literal["uniform", "plausible", "none"]
_NUMBER: Final = re.compile(r"\s*([+-]?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(.*)", re.DOTALL)
_FLOAT_DIGITS: Final = 12  # what a float certainly holds after a multiplication or two


@dataclass(frozen=True)
class Stated:
    """A figure with what its digits leave open.

    Attributes
    ----------
    value : fractions.Fraction
    half : fractions.Fraction
        Half a unit of the last digit given: 0.05 for 2974.5, 0.5 for a whole number.
    coarse : fractions.Fraction
        The same if the zeros at the end of a whole number are rounding: 500 for 1,983,000.
    """

    value: Fraction
    half: Fraction
    coarse: Fraction


def stated(value: Any) -> Stated:
    """A figure as stated.

    Parameters
    ----------
    value : int, float, Decimal or str
        A text may have thousands separators; the digits of a float are those that Python prints, to twelve.

    Returns
    -------
    Stated

    Raises
    ------
    ParameterError
        If it is no finite number.

    Examples
    --------
    >>> float(stated("2974.5").half), float(stated("2974.50").half), float(stated(1_983_000).coarse)
    (0.05, 0.005, 500.0)
    >>> stated(0.9 * 412345 / 1000).value
    Fraction(742221, 2000)
    """
    if isinstance(value, bool) or not isinstance(value, Real | Decimal | str):
        raise ParameterError(f"{str(value)[:40]!r} is no number.")
    if isinstance(value, str):
        found = _NUMBER.fullmatch(value)
        if found is None or found[2]:
            raise ParameterError(f"{value[:40]!r} is no number.")
        number = Decimal(found[1].replace(",", ""))
    elif isinstance(value, Decimal):
        number = value
    elif isinstance(value, Fraction | Integral):
        exact = Fraction(value)
        number = Decimal(exact.numerator) / Decimal(exact.denominator)
    else:
        number = _of_float(float(value))
    if not number.is_finite():
        raise ParameterError(f"{str(value)[:40]!r} is no number.")
    exponent = min(int(number.as_tuple().exponent), 0)
    half = Fraction(10) ** exponent / 2
    return Stated(Fraction(number), half, max(half, _coarse(Fraction(number))))


def _of_float(value: float) -> Decimal:
    if not math.isfinite(value):
        raise ParameterError(f"{value!r} is no number.")
    number = Decimal(repr(value))
    if len(number.as_tuple().digits) > _FLOAT_DIGITS:
        number = Decimal(f"{value:.{_FLOAT_DIGITS}g}").normalize()
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number


def _coarse(value: Fraction) -> Fraction:
    """Half a unit of the last digit that is not zero, of a whole number."""
    if value == 0 or value.denominator != 1:
        return Fraction(0)
    number, unit = abs(value.numerator), 1
    while number % 10 == 0:
        number, unit = number // 10, unit * 10
    return Fraction(unit, 2)


@dataclass(frozen=True)
class Round:
    """How round one factor is.

    Attributes
    ----------
    pollutant : str
    factor : fractions.Fraction
        kg per t of coal.
    near : fractions.Fraction
        The round number nearest to it.
    digits : int
        Significant digits of that number, 0 if no round number lies within the rounding.
    chance : float
        Chance that a factor of no meaning lies as near to a number as round as this one.
    """

    pollutant: str
    factor: Fraction
    near: Fraction
    digits: int
    chance: float


def _magnitude(value: Fraction) -> int:
    """Exponent of the leading digit."""
    guess = math.floor(math.log10(value))
    while Fraction(10) ** guess > value:
        guess -= 1
    while Fraction(10) ** (guess + 1) <= value:
        guess += 1
    return guess


def roundness(pollutant: str, factor: Fraction, half: Fraction) -> Round:
    """The roundest number within ``half`` of a factor, and the chance of one as round.

    Examples
    --------
    >>> r = roundness("nox", Fraction(11, 10), Fraction(1, 4000))
    >>> float(r.near), r.digits, r.chance
    (1.1, 2, 0.005)
    """
    for digits in range(1, DIGITS + 1):
        step = Fraction(10) ** (_magnitude(factor) - digits + 1)
        near = round(factor / step) * step
        if near > 0 and abs(factor - near) <= half:
            # Below a power of ten round numbers stand ten times as dense as above it: the larger chance is taken.
            leading = _magnitude(near)
            apart = Fraction(10) ** (leading - digits + (near != Fraction(10) ** leading))
            return Round(pollutant, factor, near, digits, min(1.0, float(2 * half / apart)))
    step = Fraction(10) ** (_magnitude(factor) - DIGITS + 1)
    return Round(pollutant, factor, round(factor / step) * step, 0, 1.0)


def fisher(chances: list[float]) -> float:
    """Chance of a product of independent chances as small as this one (Fisher 1932).

    Examples
    --------
    >>> round(fisher([0.01]), 6), round(fisher([0.01, 0.01]), 6), fisher([])
    (0.01, 0.001021, 1.0)
    """
    if not chances:
        return 1.0
    log = -sum(math.log(max(c, 1e-300)) for c in chances)
    term, total = 1.0, 1.0
    for k in range(1, len(chances)):
        term *= log / k
        total += term
    return min(1.0, math.exp(-log) * total)


@dataclass(frozen=True)
class Fingerprint:
    """Whether the figures of a claim are one table of round factors times its coal.

    Attributes
    ----------
    kind : {"uniform", "plausible", "none"}
        ``uniform``: two or more pollutants, every factor round, and the chance of that by accident at most
        :data:`UNIFORM` (with a factor of three digits also at most :data:`PLAUSIBLE` on the coarse reading).
        ``plausible``: two or more are round, the chance at most :data:`PLAUSIBLE`. ``none`` else, also where nothing
        can be told.
    rounds : tuple of Round
        One a pollutant.
    chance : float
        Of factors as round as these by accident, the figures taken to the last digit given.
    coarse_chance : float
        The same if the zeros at the end of the figures are rounding.
    """

    kind: Kind
    rounds: tuple[Round, ...]
    chance: float
    coarse_chance: float


def fingerprint(coal: Stated | None, tonnes: Mapping[str, Stated]) -> Fingerprint:
    """Look for the fingerprint in a claim.

    Parameters
    ----------
    coal : Stated or None
        Tonnes of coal.
    tonnes : mapping of pollutant to Stated
        Tonnes of each pollutant; zeros say nothing and are left out.

    Returns
    -------
    Fingerprint

    Examples
    --------
    >>> fingerprint(stated(794_000), {"so2": stated(2013.7), "nox": stated(967.4)}).kind
    'none'
    """
    used = {p: v for p, v in tonnes.items() if v.value > 0}
    if coal is None or coal.value <= 0 or not used:
        return Fingerprint("none", (), 1.0, 1.0)
    rounds = tuple(
        roundness(p, 1000 * v.value / coal.value, 1000 * v.half / coal.value) for p, v in used.items()
    )
    chance = fisher([r.chance for r in rounds])
    coarse = fisher([_coarsely(p, v, coal).chance for p, v in used.items()])
    hits = sum(r.digits > 0 for r in rounds)
    kind: Kind = "none"
    sure = coarse <= PLAUSIBLE or all(r.digits <= PLAIN for r in rounds)
    if len(rounds) > 1 and hits == len(rounds) and chance <= UNIFORM and sure:
        kind = "uniform"
    elif hits > 1 and chance <= PLAUSIBLE:
        kind = "plausible"
    return Fingerprint(kind, rounds, chance, coarse)


def _coarsely(pollutant: str, tonnes: Stated, coal: Stated) -> Round:
    """Roundness if the zeros at the end are rounding, of the coal too."""
    factor = 1000 * tonnes.value / coal.value
    half = factor * (tonnes.coarse / tonnes.value + coal.coarse / coal.value)
    return roundness(pollutant, factor, half)
