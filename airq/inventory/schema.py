"""The columns and words of a register of measures, read from ``tables/words.toml``.

Examples
--------
>>> word("category", "home_heating").zh, word("status", "planned").en
('农村清洁取暖', 'planned')
>>> canonical("status", "已完成"), canonical("category", "road dust"), canonical("category", "roads") is None
('done', 'road_dust', True)
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

__all__ = [
    "COLUMNS",
    "OWN_FACTORS",
    "POLLUTANTS",
    "REQUIRED",
    "Word",
    "canonical",
    "heading",
    "word",
    "words",
]

POLLUTANTS: Final = ("PM25", "PM10", "TSP", "SO2", "NOx", "CO", "VOC", "NH3", "BC", "CO2")
"""Pollutants of the inventory, in the order of its tables."""

OWN_FACTORS: Final = {f"ef_{p.lower()}": p for p in POLLUTANTS}
"""Columns in which a user gives emission factors of his own, and their pollutants."""


@dataclass(frozen=True)
class Word:
    """A word of the register.

    Attributes
    ----------
    id, zh, en : str
    need : str
        ``required`` for a column that must be there.
    aliases : tuple of str
        Further spellings.
    units : tuple of str
        Units of count that a category allows; empty if any will do.
    """

    id: str
    zh: str
    en: str
    need: str = ""
    aliases: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


def _word(entry: dict[str, Any]) -> Word:
    lists: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    return Word(**lists)


@lru_cache(maxsize=1)
def _tables() -> dict[str, dict[str, Word]]:
    text = (files("airq.inventory") / "tables" / "words.toml").read_text(encoding="utf-8")
    made: dict[str, dict[str, Word]] = {}
    for kind, entries in tomllib.loads(text).items():
        made[kind] = {e["id"]: _word(e) for e in entries}
    for name, pollutant in OWN_FACTORS.items():
        made["column"][name] = Word(
            name, f"自有{pollutant}因子", f"your own factor of {pollutant}, in ef_unit"
        )
    return made


def words(kind: str) -> dict[str, Word]:
    """Every word of a kind: column, category, status, relation, overlap_rule, leakage.

    Examples
    --------
    >>> list(words("overlap_rule"))
    ['add', 'max', 'supersede', 'sequential', 'subtract_point']
    """
    return _tables()[kind]


def word(kind: str, name: str) -> Word:
    """The word of that id; the bare name where the table has none.

    Examples
    --------
    >>> word("leakage", "none").zh, word("category", "unheard_of").en
    ('无', 'unheard_of')
    """
    return _tables()[kind].get(name, Word(name, name, name))


def _plain(text: str) -> str:
    return "".join(text.lower().replace("（", "(").replace("）", ")").replace("_", "").split())


@lru_cache(maxsize=8)
def _spellings(kind: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for w in reversed(_tables()[kind].values()):
        # What a column means is a sentence, no heading.
        names = (w.id, w.zh, *w.aliases) if kind == "column" else (w.id, w.zh, w.en, *w.aliases)
        found.update({_plain(n): w.id for n in names})
    return found


def canonical(kind: str, text: str) -> str | None:
    """Id of a word by any of its spellings, or None.

    Examples
    --------
    >>> canonical("relation", "包含于"), canonical("status", "someday")
    ('nested', None)
    """
    return _spellings(kind).get(_plain(text))


def heading(text: str) -> str | None:
    """Column of a heading, with or without a remark in brackets behind it.

    Examples
    --------
    >>> heading("数量单位"), heading("投资（元）"), heading("名称 (中文)"), heading("colour")
    ('count_unit', 'capex_yuan', 'name_zh', None)
    """
    whole = canonical("column", text)
    return whole or canonical("column", text.replace("（", "(").split("(", 1)[0])


COLUMNS: Final = tuple(_tables()["column"])
"""Every column of a register, in the order of the template."""

REQUIRED: Final = tuple(c for c, w in _tables()["column"].items() if w.need == "required")
"""Columns that a register cannot do without."""
