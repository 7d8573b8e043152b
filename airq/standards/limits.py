"""Concentration limits of GB 3095, by date and phase.

Examples
--------
>>> limit("pm25", "annual", on="2026-06-01", area_class=2)
30.0
>>> limit("pm25", "annual", standard="GB3095-2026-final")
25.0
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from airq.errors import ParameterError
from airq.standards.editions import Edition, edition_on, editions
from airq.standards.names import as_date, averaging, pollutant

__all__ = ["Standard", "limit", "limit_exact", "standard_of", "standards"]


@dataclass(frozen=True)
class Standard:
    """One set of limits: an edition of GB 3095 in one of its phases.

    Attributes
    ----------
    name : str
        ``GB3095-2012``, ``GB3095-2026-transition`` and so on.
    edition : Edition
    phase : str
        Name of the section of limits.
    """

    name: str
    edition: Edition
    phase: str

    def limit(self, name: str, time: str, area_class: int = 2) -> Decimal | None:
        """Exact limit, or None where the standard has none.

        Examples
        --------
        >>> standard_of("GB3095-2012").limit("co", "24h")
        Decimal('4')
        """
        pair = self.edition.get(f"limits.{self.phase}.{name}.{time}")
        return None if pair is None else Decimal(pair[area_class - 1])


def standards() -> list[str]:
    """Names that ``standard=`` accepts.

    Examples
    --------
    >>> standards()
    ['GB3095-2012', 'GB3095-2026', 'GB3095-2026-transition', 'GB3095-2026-final']
    """
    names: list[str] = []
    for e in editions("standard").values():
        phases = [p["name"] for p in e.need("phases")]
        names += [e.id, *(f"{e.id}-{p}" for p in phases if len(phases) > 1)]
    return names


def _phase_on(e: Edition, day: dt.date) -> str:
    # A day before the edition is restated under its first phase.
    phases = e.need("phases")
    started = [p["name"] for p in phases if as_date(p["first"]) <= day]
    return str(started[-1] if started else phases[0]["name"])


def standard_of(name: str | Standard | None = None, on: object = None) -> Standard:
    """Limits meant by a name and a date.

    Parameters
    ----------
    name : str, optional
        One of :func:`standards`; the standard in force on the date by default. A named standard answers for
        any date, so that a period can be restated under it.
    on : str, date or Timestamp, optional
        Chooses edition and phase; today by default.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> standard_of(on="2031-01-01").name, standard_of("GB3095-2026", on="2019-01-01").name
    ('GB3095-2026-final', 'GB3095-2026-transition')
    """
    if isinstance(name, Standard):
        return name
    day = dt.date.today() if on is None else as_date(on)
    if name is None:
        e = edition_on(day, "standard")
        return _made(e, _phase_on(e, day))
    key = str(name).replace(" ", "").upper()
    for e in editions("standard").values():
        if key in {n.replace(" ", "").upper() for n in e.names}:
            return _made(e, _phase_on(e, day))
        for phase in e.need("phases"):
            if key == f"{e.id}-{phase['name']}".upper():
                return _made(e, phase["name"])
    raise ParameterError(f"standard '{name}' is not known; use {', '.join(standards())}.")


def _made(e: Edition, phase: str) -> Standard:
    return Standard(f"{e.id}-{phase}" if len(e.need("phases")) > 1 else e.id, e, phase)


def limit_exact(name: str, time: str, on: Any = None, area_class: int = 2, standard: Any = None) -> Decimal:
    """Limit as a Decimal; parameters and errors as :func:`limit`.

    Examples
    --------
    >>> limit_exact("bap", "24h", on="2026-06-01")
    Decimal('0.0025')
    """
    key, avg = pollutant(name, others=True), averaging(time)
    if isinstance(area_class, bool) or area_class not in (1, 2):
        raise ParameterError(f"area class '{area_class}' is not known; use 1 or 2 (cities are 2).")
    chosen = standard_of(standard, on)
    value = chosen.limit(key, avg, area_class)
    if value is None:
        held = ", ".join(chosen.edition.get(f"limits.{chosen.phase}.{key}", {})) or "none"
        raise ParameterError(f"{chosen.name} has no '{avg}' limit for {key}; it has {held}.")
    return value


def limit(pollutant: str, averaging: str, on: Any = None, area_class: int = 2, standard: Any = None) -> float:
    """Concentration limit of GB 3095.

    Parameters
    ----------
    pollutant : str
        One of the six, or tsp, nox, pb, bap.
    averaging : {"annual", "24h", "8h", "1h", "season"}
        ``8h`` is MDA8 of ozone.
    on : str, date or Timestamp, optional
        Day whose limit is asked; today by default.
    area_class : {1, 2}
        Functional area; cities and villages are 2 (GB 3095-2026, 4.1).
    standard : str, optional
        A named standard instead of the one in force on that day.

    Returns
    -------
    float
        µg/m³; mg/m³ for CO.

    Raises
    ------
    ParameterError
        Unknown name, no such limit, or a date before the first edition.

    Examples
    --------
    >>> limit("pm10", "24h", on="2019-07-01"), limit("pm10", "24h", on="2026-03-01")
    (150.0, 120.0)
    >>> limit("o3", "8h", on="2010-01-01")
    Traceback (most recent call last):
    airq.errors.ParameterError: no standard was in force on 2010-01-01; give a date from 2012-02-29 on.
    """
    return float(limit_exact(pollutant, averaging, on, area_class, standard))
