"""GB/T 8170 rounding (half to even, once, from the exact value) and exact ratios of integers.

Rules never see binary fractions: a concentration is a pair of integers, numerator and denominator.

Examples
--------
>>> round_official("2.5", 0), round_official("60.5", 0), round_official("0.25", 1)
(Decimal('2'), Decimal('60'), Decimal('0.2'))
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final, overload

import numpy as np
import numpy.typing as npt

from airq.errors import ParameterError

__all__ = ["Ratio", "exact", "from_floats", "round_official", "round_ratio", "scaled"]

Ints = npt.NDArray[Any]
"""Integers: int64, or Python integers (dtype object) where int64 would overflow."""

_SAFE: Final = 2**62
FLOAT_DENOMINATOR: Final = 10**9
"""Floats are read to nine decimals; see :func:`from_floats`."""


class Ratio:
    """Exact non-negative or negative rationals, elementwise: ``numerator / denominator`` where ``valid``.

    Attributes
    ----------
    numerator : integer array
    denominator : int or integer array of the same shape
        Positive.
    valid : bool array
    """

    __slots__ = ("denominator", "numerator", "valid")

    def __init__(self, numerator: Ints, denominator: int | Ints, valid: npt.NDArray[np.bool_]) -> None:
        self.numerator = numerator
        self.denominator = denominator
        self.valid = valid

    @property
    def floats(self) -> npt.NDArray[np.float64]:
        """Nearest float64 of each value; NaN where not valid.

        Examples
        --------
        >>> Ratio(np.array([1, 2]), 4, np.array([True, False])).floats.tolist()
        [0.25, nan]
        """
        quotient = np.asarray(self.numerator / self.denominator, dtype=np.float64)
        return np.where(self.valid, quotient, np.nan)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the values."""
        return self.numerator.shape


def scaled(values: Ints, factor: int | Ints) -> Ints:
    """Product of integers that does not overflow: int64 while it fits, else Python integers.

    Examples
    --------
    >>> scaled(np.array([2**61]), 4).tolist()
    [9223372036854775808]
    """
    if values.dtype != object and not (isinstance(factor, np.ndarray) and factor.dtype == object):
        largest = int(np.abs(values).max(initial=0)) * int(
            np.abs(np.asarray(factor, dtype=np.int64)).max(initial=0)
        )
        if largest < _SAFE:
            return np.asarray(values * factor)
    return np.asarray(values.astype(object) * factor)


def exact(value: Any) -> Fraction:
    """Exact value of a scalar; a float is the decimal that its shortest text shows.

    Raises
    ------
    ParameterError
        For text that is no number, NaN or infinity.

    Examples
    --------
    >>> exact(np.float32(2.2)), exact(0.1)
    (Fraction(11, 5), Fraction(1, 10))
    """
    try:
        if isinstance(value, bool | np.bool_):
            raise ValueError
        if isinstance(value, int | Fraction | np.integer):
            return Fraction(value if isinstance(value, Fraction) else int(value))
        return Fraction(value if isinstance(value, Decimal) else Decimal(str(value).strip()))
    except (InvalidOperation, ValueError, OverflowError, TypeError) as error:
        raise ParameterError(
            f"value '{value}' is not a finite number; give a number or a decimal text."
        ) from error


def _half_even(numerator: Any, denominator: Any) -> Any:
    quotient = numerator // denominator
    twice = 2 * (numerator - quotient * denominator)
    up = (twice > denominator) | ((twice == denominator) & (quotient % 2 == 1))
    return quotient + up


def round_ratio(ratio: Ratio, decimals: int) -> Ratio:
    """GB/T 8170 rounding of exact ratios: one step, half to even.

    Parameters
    ----------
    ratio : Ratio
    decimals : int
        Digits kept after the point, 0 or more.

    Returns
    -------
    Ratio
        With denominator ``10**decimals``.

    Examples
    --------
    >>> round_ratio(Ratio(np.array([121, 123]), 2, np.array([True, True])), 0).numerator.tolist()
    [60, 62]
    """
    power = 10**decimals
    numerator = scaled(ratio.numerator, power)
    denominator = ratio.denominator
    # The tie test doubles a remainder, which stays below twice the denominator.
    return Ratio(np.asarray(_half_even(numerator, denominator)), power, ratio.valid)


def from_floats(values: npt.ArrayLike) -> Ratio:
    """Decimals behind floats.

    A float within half a float32 step of a number of at most four decimals is that number, so that float32
    storage and sums of decimals do not lift an index; any other float is read to nine decimals.

    Parameters
    ----------
    values : array of float, any shape
        NaN is missing. Infinity is not accepted here.

    Returns
    -------
    Ratio
        Denominator :data:`FLOAT_DENOMINATOR`.

    Examples
    --------
    >>> r = from_floats(np.array([2.2, np.nan], np.float32))
    >>> r.numerator.tolist(), r.valid.tolist()
    ([2200000000, 0], [True, False])
    """
    raw = np.asarray(values, dtype=np.float64)
    valid = ~np.isnan(raw)
    filled = np.where(valid, raw, 0.0)
    if np.abs(filled).max(initial=0.0) > 1e9:
        raise ParameterError(
            f"value {np.abs(filled).max():g} is too large for a concentration; check the unit."
        )
    coarse = np.rint(filled * 1e4)
    snap = np.abs(coarse / 1e4 - filled) <= np.abs(filled) * 2.0**-24
    fine = np.rint(filled * FLOAT_DENOMINATOR).astype(np.int64)
    return Ratio(
        np.where(snap, coarse.astype(np.int64) * (FLOAT_DENOMINATOR // 10_000), fine),
        FLOAT_DENOMINATOR,
        valid,
    )


@overload
def round_official(value: npt.NDArray[Any], decimals: int) -> npt.NDArray[np.float64]: ...
@overload
def round_official(value: str | int | float | Decimal | Fraction, decimals: int) -> Decimal: ...
def round_official(value: Any, decimals: int = 0) -> Any:
    """Round as GB/T 8170 says: to the nearest, a tie to the even digit, in one step.

    Parameters
    ----------
    value : str, int, float, Decimal, Fraction or array of float
        A float stands for the decimal that its shortest text shows. NaN and None stay missing.
    decimals : int
        Digits after the point; negative rounds to tens.

    Returns
    -------
    Decimal, or float64 array for an array

    Raises
    ------
    ParameterError
        If the value is not a number or decimals not a whole number.

    Examples
    --------
    >>> round_official("2.5", 0) == 2, round_official(2.675, 2), round_official(Fraction(1, 3), 2)
    (True, Decimal('2.68'), Decimal('0.33'))
    >>> round_official(np.array([60.5, 61.5, np.nan]), 0)
    array([60., 62., nan])
    """
    if isinstance(decimals, bool) or not isinstance(decimals, int | np.integer):
        raise ParameterError(f"decimals '{decimals}' is not a whole number; give 0, 1, 2.")
    if isinstance(value, np.ndarray | list | tuple) or hasattr(value, "to_numpy"):
        return _round_array(value, int(decimals))
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return Decimal("NaN")
    power = Fraction(10) ** int(decimals)
    scaled_up = exact(value) * power
    whole = int(_half_even(scaled_up.numerator, scaled_up.denominator))
    number = Decimal(whole).scaleb(-int(decimals)) if decimals >= 0 else Decimal(whole * 10 ** -int(decimals))
    # scaleb rounds to the context's 28 digits only beyond them; concentrations never get there.
    return number


def _round_array(value: Any, decimals: int) -> npt.NDArray[np.float64]:
    array = np.asarray(value)
    if array.dtype.kind in "USO":
        flat = [float(round_official(v, decimals)) for v in array.ravel().tolist()]
        return np.array(flat, dtype=np.float64).reshape(array.shape)
    if np.isinf(array.astype(np.float64)).any():
        raise ParameterError("an array to be rounded holds an infinite value; remove it.")
    if decimals < 0:
        return np.asarray(_round_array(array.astype(np.float64) / 10**-decimals, 0) * 10**-decimals)
    return round_ratio(from_floats(array), decimals).floats
