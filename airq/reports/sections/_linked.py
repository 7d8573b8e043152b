"""Sentences and cells of a section whose numbers lead to their rows in the results file.

Examples
--------
>>> own = Linked("outlook")
>>> own.number("14", "rows", "pm25", 0, "q50")
'<a class="n" href="#outlook.rows.pm25.0.q50">14</a>'
>>> own.interval("5 [2–9]", ("p50", "p5", "p95"), "tonnes").count("href")
3
>>> sentence(("{a}项", "{a} items"), "zh", a="3")
'3项'
>>> joined(["a", "b"], ", ")
'a, b'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from airq.figures.labels import Language
from airq.reports import tables
from airq.reports.provenance import section_ref
from airq.reports.tables import Html, Inline, Number

__all__ = ["Linked", "joined", "sentence"]

_INTERVAL: Final = re.compile(
    r"(?P<middle>\S+) \[(?P<low>.+?)(?P<joint> ~ |, |，|–)(?P<high>.+?)\](?P<rest>.*)"
)


@dataclass(frozen=True)
class Linked:
    """Numbers of one section.

    Attributes
    ----------
    section : str
    """

    section: str

    def number(self, text: object, *path: object) -> Number:
        """Printed number with the keys and positions that lead to it in the section's data."""
        return Number(str(text), section_ref(self.section, *path))

    def interval(self, text: str, names: Sequence[str], *path: object) -> Inline:
        """``middle [low–high]`` whose three numbers lead to three entries beside each other.

        Parameters
        ----------
        text : str
            As printed; anything else than an interval stays as it is.
        names : sequence of str
            Entries of the middle, the low and the high number.
        *path
            Keys and positions above them.
        """
        found = _INTERVAL.fullmatch(text)
        if found is None:
            return tables.sentence("{text}", text=text)
        parts = {
            k: self.number(found[k], *path, n) for k, n in zip(("middle", "low", "high"), names, strict=True)
        }
        return tables.sentence(
            "{middle} [{low}{joint}{high}]{rest}", joint=found["joint"], rest=found["rest"], **parts
        )


def sentence(pair: tuple[str, str], lang: Language, **values: object) -> Inline:
    """Text of a pair, filled in with texts and linked numbers."""
    return tables.sentence(pair[0] if lang == "zh" else pair[1], **values)


def joined(parts: Sequence[object], between: str) -> Inline:
    """Parts one after the other, links kept."""
    names = [f"p{i}" for i in range(len(parts))]
    template = between.replace("{", "{{").replace("}", "}}").join(f"{{{n}}}" for n in names)
    return tables.sentence(
        template, **{n: p if isinstance(p, Html) else str(p) for n, p in zip(names, parts, strict=True)}
    )
