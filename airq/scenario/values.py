"""Values as people write them in a scenario: shares, tonnes, delays, dates, seasons.

A share is ``0.3``, ``30 %``, an interval ``[20 %, 40 %]`` or ``{value: 30 %, low: 20 %, high: 40 %}``; a delay is
``1 year``, ``6 months``, ``90 days``; tonnes carry their unit, ``120 t/yr`` or ``2 t/d``.

Examples
--------
>>> share("30 %"), share([0.2, "40 %"]).interval
(Uncertain(value=0.3, low=0.3, high=0.3), (0.2, 0.4))
>>> shift("2026-03", "6 months"), season("2025-26")
('2026-09', 2025)
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airq.errors import AirqError, ParameterError
from airq.inventory import draws as streams
from airq.inventory import periods
from airq.inventory.quantities import Quantity, quantity
from airq.inventory.quantities import parse as parse_quantity

__all__ = [
    "Uncertain",
    "date_text",
    "delay",
    "factor",
    "number",
    "season",
    "share",
    "shift",
    "tonnes",
    "yuan",
]

_DELAY: Final = re.compile(
    r"\s*(\d+)\s*(year|years|yr|年|month|months|个月|月|week|weeks|周|day|days|d|天|日)\s*"
)
_UNITS: Final = {"年": "years", "yr": "years", "个月": "months", "月": "months", "周": "weeks", "天": "days", "日": "days", "d": "days"}  # fmt: skip
_SEASON: Final = re.compile(r"\s*(\d{4})\s*(?:[-–/至—]\s*(\d{4}|\d{2})\s*年?\s*)?")
_FIRST, _LAST = 1990, 2100


@dataclass(frozen=True)
class Uncertain:
    """A value with its lowest and highest; triangular between them.

    Attributes
    ----------
    value, low, high : float
        Mode and ends.
    """

    value: float
    low: float
    high: float

    @property
    def interval(self) -> tuple[float, float]:
        """Its ends."""
        return self.low, self.high

    @property
    def fixed(self) -> bool:
        """Whether it has no spread."""
        return self.low == self.high

    def times(self, by: float) -> Uncertain:
        """The value times a number of 0 or more.

        Examples
        --------
        >>> Uncertain(2.0, 1.0, 3.0).times(2)
        Uncertain(value=4.0, low=2.0, high=6.0)
        """
        return Uncertain(self.value * by, self.low * by, self.high * by)

    def draws(self, name: str, n: int, seed: int) -> NDArray[np.float64]:
        """Draws of shape ``(n,)`` that belong to a name, as those of the inventory.

        Examples
        --------
        >>> Uncertain(0.5, 0.5, 0.5).draws("a", 2, 0).tolist()
        [0.5, 0.5]
        """
        if self.fixed:
            return np.full(n, self.value)
        return streams.draw(
            name, n, seed, value=self.value, distribution="triangular", low=self.low, high=self.high
        )


def number(given: Any) -> float:
    """A finite number, or a percentage as a share.

    Raises
    ------
    ParameterError
        If it is neither.

    Examples
    --------
    >>> number("150 %"), number(0.4)
    (1.5, 0.4)
    """
    if isinstance(given, bool) or given is None:
        raise ParameterError(f"'{given}' is no number; write 0.3 or 30 %.")
    if isinstance(given, int | float):
        value = float(given)
    else:
        text = str(given).strip()
        percent = text.endswith(("%", "％"))
        try:
            value = float(text.rstrip("%％").replace(",", "")) / (100 if percent else 1)
        except ValueError:
            raise ParameterError(f"'{text[:30]}' is no number; write 0.3 or 30 %.") from None
    if not math.isfinite(value):
        raise ParameterError(f"'{given}' is not finite; write 0.3 or 30 %.")
    return value


def _uncertain(given: Any, one: Any) -> Uncertain:
    if isinstance(given, Uncertain):
        return given
    if isinstance(given, Mapping):
        if unknown := sorted(set(given) - {"value", "low", "high"}):
            raise ParameterError(f"key '{unknown[0]}' is not known; write value, low and high.")
        if not {"low", "high"} <= set(given):
            raise ParameterError("an interval needs low and high; give both ends.")
        low, high = one(given["low"]), one(given["high"])
        value = one(given["value"]) if "value" in given else (low + high) / 2
    elif isinstance(given, list | tuple):
        if len(given) != 2:
            raise ParameterError(f"an interval has two ends, not {len(given)}; write [low, high].")
        low, high = one(given[0]), one(given[1])
        value = (low + high) / 2
    else:
        low = value = high = one(given)
    if not low <= value <= high:
        raise ParameterError(f"the value {value:g} is not within {low:g} to {high:g}; correct the ends.")
    return Uncertain(value, low, high)


def share(given: Any) -> Uncertain:
    """A share from 0 to 1, with or without an interval.

    Examples
    --------
    >>> share("130 %")
    Traceback (most recent call last):
    airq.errors.ParameterError: 130 % is outside 0 to 100 %; a share cannot be.
    """
    found = _uncertain(given, number)
    for end in found.interval:
        if not 0 <= end <= 1:
            raise ParameterError(f"{end * 100:.4g} % is outside 0 to 100 %; a share cannot be.")
    return found


def factor(given: Any) -> float:
    """A factor of 0 or more; ``1.5`` or ``150 %``.

    Examples
    --------
    >>> factor("50 %")
    0.5
    """
    value = number(given)
    if value < 0:
        raise ParameterError(f"{given} is negative; a measure is scaled by 0 or more, growth is given under 'growth'.")  # fmt: skip
    return value


def _a_year(given: Any) -> float:
    """Tonnes a year of one number with its unit; a plain ``t`` is a year's."""
    if isinstance(given, Quantity):
        found = given
    elif isinstance(given, int | float) and not isinstance(given, bool):
        raise ParameterError(f"{given} has no unit; write {given:g} t/yr or {given:g} t/d.")
    else:
        found = parse_quantity(str(given))
    if found.value < 0:
        raise ParameterError(f"'{given}' is negative; write what is cut, and what is added under 'growth'.")
    dims = dict(found.dims)
    return found.to("t/yr" if "time" in dims else "t").value


def tonnes(given: Any) -> Uncertain:
    """Tonnes a year, with or without an interval.

    Examples
    --------
    >>> tonnes("2 t/d").value, tonnes(["1 kt/yr", "2 kt/yr"]).interval
    (730.0, (1000.0, 2000.0))
    """
    return _uncertain(given, _a_year)


def yuan(given: Any) -> float:
    """Money of 0 or more in yuan.

    Examples
    --------
    >>> yuan("9亿元"), yuan(1000)
    (900000000.0, 1000.0)
    >>> yuan(-5)
    Traceback (most recent call last):
    airq.errors.ParameterError: the cost -5 is negative; give money spent, 0 or more.
    """
    if isinstance(given, bool) or given is None:
        raise ParameterError(f"'{given}' is no money; write 1000000 or 100万元.")
    try:
        value = quantity(str(given), "元").value
    except AirqError:
        value = parse_quantity(str(given)).to("元").value
    if value < 0:
        raise ParameterError(f"the cost {given} is negative; give money spent, 0 or more.")
    return value


def delay(given: Any) -> str:
    """A delay in its plain spelling.

    Examples
    --------
    >>> delay("1年"), delay("90 days")
    ('1 years', '90 days')
    >>> delay("soon")
    Traceback (most recent call last):
    airq.errors.ParameterError: the delay 'soon' is not understood; write 1 year, 6 months or 90 days.
    """
    found = _DELAY.fullmatch(str(given))
    if isinstance(given, bool) or found is None:
        raise ParameterError(
            f"the delay '{str(given)[:30]}' is not understood; write 1 year, 6 months or 90 days."
        )
    unit = _UNITS.get(found[2], found[2])
    return f"{int(found[1])} {unit if unit.endswith('s') else unit + 's'}"


def date_text(given: Any) -> str:
    """A year, month or day in its plain spelling: 2026, 2026-03, 2026-03-15.

    Examples
    --------
    >>> date_text(2026), date_text(dt.date(2026, 3, 5)), date_text("2026年3月")
    ('2026', '2026-03-05', '2026-03')
    """
    if isinstance(given, dt.datetime):
        given = given.date()
    if isinstance(given, bool):
        raise ParameterError(f"'{given}' is no date; write 2021, 2021-03 or 2021-03-15.")
    return periods.plain(str(given))


def shift(text: str, by: str) -> str:
    """A date of any precision, later by a delay.

    Parameters
    ----------
    text : str
        As :func:`date_text` gives it; empty stays empty.
    by : str
        As :func:`delay` gives it; empty is none.

    Examples
    --------
    >>> shift("2024-02-29", "1 years"), shift("2026", "6 months"), shift("2026-01", "15 days")
    ('2025-02-28', '2026-07', '2026-01-16')
    """
    if not (text and by):
        return text
    size, unit = int(by.split()[0]), by.split()[1]
    parts = [int(p) for p in text.split("-")]
    if unit in ("weeks", "days"):
        moved = periods.first_day(text) + dt.timedelta(days=size * (7 if unit == "weeks" else 1))
        return moved.isoformat()
    if unit == "years" and len(parts) == 1:
        return str(parts[0] + size)
    year, month = parts[0], parts[1] if len(parts) > 1 else 1
    months = year * 12 + month - 1 + size * (12 if unit == "years" else 1)
    year, month = divmod(months, 12)
    month += 1
    if len(parts) < 3:
        return f"{year}-{month:02d}"
    return f"{year}-{month:02d}-{min(parts[2], calendar.monthrange(year, month)[1]):02d}"


def season(given: Any) -> int:
    """Year in which a heating season begins: 2025 for 2025-2026, 2025-26, 2025/2026 or 2025.

    Raises
    ------
    ParameterError
        If it is no season, or its two years do not follow each other.

    Examples
    --------
    >>> season("2025-2027")
    Traceback (most recent call last):
    airq.errors.ParameterError: the season '2025-2027' does not span two years in a row; write 2025-2026.
    """
    found = None if isinstance(given, bool) else _SEASON.fullmatch(str(given))
    if found is None or not _FIRST <= int(found[1]) <= _LAST:
        raise ParameterError(f"'{str(given)[:30]}' is no heating season; write 2025-2026.")
    first = int(found[1])
    if found[2] and int(found[2]) % 100 != (first + 1) % 100:
        raise ParameterError(
            f"the season '{given}' does not span two years in a row; write {first}-{first + 1}."
        )
    return first
