"""Cut ratios of an alert by level and edition of the rules.

A ratio is a share of the emission of all of society, of each of SO2, NOx, PM and VOC. The tables of
:mod:`airq.standards` hold them; provincial ones that these lack stand in ``tables/alerts.csv``.

Examples
--------
>>> cut_ratios("red").of["PM"], cut_ratios("orange", "XINJIANG-2019").of["VOC"]
(0.3, 0.15)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from airq.errors import ParameterError
from airq.scenario.fields import LEVELS
from airq.scenario.priors import Priors
from airq.standards.editions import Edition, edition, editions

__all__ = ["SPECIES", "Ratios", "alert_priors", "cut_ratios", "edition_in_force"]

SPECIES: Final = ("PM", "SO2", "NOx", "VOC")
"""What the rules cut; PM is primary."""
_FILE: Final = Path(__file__).parent.parent / "tables" / "alerts.csv"


@dataclass(frozen=True)
class Ratios:
    """Shares of the emission that an alert is to cut.

    Attributes
    ----------
    of : mapping of str to float
        By species, 0 to 1.
    level, edition, mark, source : str
    """

    of: Mapping[str, float]
    level: str
    edition: str
    mark: str
    source: str


@lru_cache(maxsize=1)
def alert_priors() -> Priors:
    """The table of alerts, read once."""
    return Priors.load(_FILE)


def edition_in_force(on: dt.date) -> Edition:
    """National edition of the rules in force on a day: the newest that has begun.

    Raises
    ------
    ParameterError
        For a day before the first edition.

    Examples
    --------
    >>> edition_in_force(dt.date(2026, 1, 1)).id, edition_in_force(dt.date(2020, 1, 1)).id
    ('ALERT-2024', 'ALERT-2019')
    """
    begun: list[tuple[str, Edition]] = []
    for one in editions("alert").values():
        first = str(one.get("force.first", ""))
        # What is based on another inherits its date; the first of a date is the one that others are based on.
        if first and first <= on.isoformat() and first not in [f for f, _ in begun]:
            begun.append((first, one))
    if not begun:
        raise ParameterError(f"no rules of alerts were in force on {on}; name an edition.")
    return max(begun, key=lambda pair: pair[0])[1]


def cut_ratios(level: str, name: str = "", on: dt.date | None = None) -> Ratios:
    """Cut ratios of a level.

    Parameters
    ----------
    level : {"yellow", "orange", "red"}
    name : str
        Edition; that in force on the day if empty.
    on : datetime.date, optional
        The newest edition if not given.

    Raises
    ------
    ParameterError
        An unknown level or edition, an edition without ratios of the level.
    """
    if level not in LEVELS:
        raise ParameterError(f"alert level '{level}' is not known; use {', '.join(LEVELS)}.")
    own = {k.split("/", 2)[2]: p for k, p in alert_priors().of("ratio").items() if k.startswith(f"{name}/{level}/")} if name else {}  # fmt: skip
    if own:
        first = next(iter(own.values()))
        return Ratios({s: own[s].value for s in SPECIES if s in own}, level, name, first.mark, first.source)
    found = edition(_known(name, level), "alert") if name else edition_in_force(on or dt.date.max)
    percent = found.get(f"reduction_percent.{level}")
    if percent is None:
        raise ParameterError(
            f"edition '{found.id}' of the rules has no cut ratio of a {level} alert; give 'cut'."
        )
    row = next(e for e in found.entries if e.entry == f"reduction_percent.{level}")
    return Ratios(dict.fromkeys(SPECIES, float(percent) / 100), level, found.id, f"[{row.mark}]", row.source)


def _known(name: str, level: str) -> str:
    """The name of an edition, unless the own table holds it without that level."""
    held = sorted({k.split("/")[1] for k in alert_priors().of("ratio") if k.startswith(f"{name}/")})
    if held:
        raise ParameterError(f"edition '{name}' has cut ratios of {', '.join(held)} only; give 'cut' for a {level} alert.")  # fmt: skip
    return name
