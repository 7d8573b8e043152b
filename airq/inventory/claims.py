"""Official claims: tonnes of coal and pollutants, homes and boilers, as stated.

A claim is a mapping with ``id`` and any of :data:`FIGURES` and :data:`TEXTS`; numbers may be numbers or texts with
their digits (``"2974.5"``) or with a unit (``"198.3万吨"``). What is missing, None or NaN is not stated.

Examples
--------
>>> claim = read([{"id": "a", "coal_t": "198.3万吨", "so2_t": 2974.5, "homes": 132_000}])[0]
>>> int(claim.figures["coal_t"].value), float(claim.figures["coal_t"].half), claim.figures["so2_t"].value
(1983000, 500.0, Fraction(5949, 2))
>>> read([{"id": "a", "coal_t": -3}])
Traceback (most recent call last):
airq.inventory.claims.ClaimRejected: claim 'a': coal_t is -3, which is negative; give the amount cut as a positive number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import pandas as pd

from airq import options
from airq.errors import AirqError, ParameterError
from airq.inventory import cells
from airq.inventory.fingerprint import Stated, stated
from airq.inventory.numerals import leading_number, normalise
from airq.inventory.units import unit

__all__ = ["FIGURES", "TEXTS", "Claim", "ClaimRejected", "read"]

FIGURES: Final = MappingProxyType(
    {
        **dict.fromkeys(("coal_t", "so2_t", "nox_t", "pm_t", "co2_t", "voc_t"), "t"),
        **{"homes": "户", "boilers": "台", "yuan": "元"},
    }
)
"""Keys of figures, and their units."""

TEXTS: Final = ("period", "place", "source", "section", "quote", "share_text", "note")
"""Keys of texts."""

_SMALLEST, _LARGEST = Fraction(1, 10**9), Fraction(10**15)
_DECIMALS: Final = re.compile(r"\d[\d,]*(?:\.(\d+))?")


class ClaimRejected(ParameterError):
    """A claim cannot be audited; the sentence says which figure and why."""


@dataclass(frozen=True)
class Claim:
    """A claim as stated.

    Attributes
    ----------
    id : str
    figures : mapping of str to Stated
        Only those that are stated.
    texts : mapping of str to str
    """

    id: str
    figures: Mapping[str, Stated]
    texts: Mapping[str, str]

    def value(self, key: str) -> Fraction | None:
        """A figure, or None."""
        found = self.figures.get(key)
        return None if found is None else found.value

    def years(self) -> tuple[int, int] | None:
        """First and last year of the period, if it names any.

        Examples
        --------
        >>> Claim("a", {}, {"period": "2021-10 to 2021-12"}).years()
        (2021, 2021)
        """
        found = [int(y) for y in re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", self.texts.get("period", ""))]
        return (min(found), max(found)) if found else None


Given: TypeAlias = str | Path | pd.DataFrame | Mapping[str, Any] | Iterable[Mapping[str, Any]] | None


def read(claims: Given = None) -> tuple[Claim, ...]:
    """Claims from mappings, a frame or a file.

    Parameters
    ----------
    claims : optional
        A mapping or several, a DataFrame, the path of a CSV or XLSX file with these columns; by default
        ``data/raw/claims.csv``.

    Returns
    -------
    tuple of Claim

    Raises
    ------
    ClaimRejected
        A claim without an id or with one that stands twice, a figure that is no number, negative or of another unit, a
        key that looks like a misspelt figure.
    """
    where: Sequence[str] | None = None
    rows: Sequence[Any]
    if claims is None or isinstance(claims, str | Path):
        rows, where = _rows(Path(claims) if claims is not None else options.raw_dir() / "claims.csv")
    elif isinstance(claims, pd.DataFrame):
        rows = claims.to_dict("records")
    elif isinstance(claims, Mapping):
        rows = [claims]
    elif isinstance(claims, Iterable):
        rows = list(claims)
    else:
        raise ClaimRejected(f"claims are {type(claims).__name__}; give a list of mappings with an id each.")
    out: list[Claim] = []
    for i, row in enumerate(rows):
        prefix = f"{where[i]}: " if where else ""
        claim = _claim(row, i, prefix)
        if any(c.id == claim.id for c in out):
            raise ClaimRejected(f"{prefix}claim '{claim.id}' stands twice; give each an id of its own.")
        out.append(claim)
    return tuple(out)


def _heading(text: str) -> str | None:
    name = text.strip().lower()
    known = {"claim_id": "id", "id": "id", **{k: k for k in (*FIGURES, *TEXTS)}}
    return known.get(name)


def _rows(path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    sheet = cells.read(path, _heading, "claims")
    rows, where = [], []
    for i, (line, texts) in enumerate(zip(sheet.lines, sheet.rows, strict=True)):
        for j, head in enumerate(sheet.heads):
            if (i, j) in sheet.formulas:
                raise ClaimRejected(f"{sheet.name}: row {line}, column '{head}': '{texts[j][:40]}' is a formula; paste its value instead.")  # fmt: skip
        rows.append({(_heading(h) or h): t for h, t in zip(sheet.heads, texts, strict=True)})
        where.append(f"{sheet.name}: row {line}")
    return rows, where


def _absent(value: Any) -> bool:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, str) and not value.strip()):
        return True
    return isinstance(value, float) and math.isnan(value)


def _claim(row: Any, i: int, prefix: str) -> Claim:
    if not isinstance(row, Mapping):
        raise ClaimRejected(f"{prefix}claim number {i + 1} is {type(row).__name__} and no mapping; give a mapping with an id.")  # fmt: skip
    name = row.get("id", row.get("claim_id"))
    if _absent(name) or isinstance(name, bool) or not isinstance(name, str | int):
        raise ClaimRejected(f"{prefix}claim number {i + 1} has no id; add one.")
    name = str(name).strip()
    _refuse_misspelt(row, name, prefix)
    figures: dict[str, Stated] = {}
    for key in FIGURES:
        if not _absent(row.get(key)):
            figures[key] = _figure(row[key], key, f"{prefix}claim '{name}'")
    texts = {k: str(row[k]).strip() for k in TEXTS if not _absent(row.get(k))}
    return Claim(name, MappingProxyType(figures), MappingProxyType(texts))


def _refuse_misspelt(row: Mapping[str, Any], name: str, prefix: str) -> None:
    for key in row:
        text = str(key).strip()
        if text in ("id", "claim_id") or text in FIGURES or text in TEXTS or _absent(row[key]):
            continue
        low = text.lower()
        near = [k for k in FIGURES if k.removesuffix("_t") == low] or get_close_matches(
            low, FIGURES, n=1, cutoff=0.75
        )
        if near:
            raise ClaimRejected(f"{prefix}claim '{name}': '{text}' is not known; is {near[0]} meant?")


def _figure(value: Any, key: str, who: str) -> Stated:
    wanted = FIGURES[key]
    try:
        found = _with_unit(value, wanted) if isinstance(value, str) else stated(_plain(value))
    except AirqError as error:
        raise ClaimRejected(
            f"{who}: {key} cannot be read: {str(error).rstrip('.')}; write a number."
        ) from None
    if found.value < 0:
        raise ClaimRejected(
            f"{who}: {key} is {value}, which is negative; give the amount cut as a positive number."
        )
    if found.value and not _SMALLEST <= found.value <= _LARGEST:
        raise ClaimRejected(
            f"{who}: {key} is {str(value)[:30]}, which is no figure of an inventory; correct it."
        )
    if key in ("homes", "boilers") and found.value.denominator != 1:
        raise ClaimRejected(f"{who}: {key} is {value}, which is no whole number; correct it.")
    return found


def _plain(value: Any) -> Any:
    """Numbers of numpy as those of Python."""
    return value.item() if hasattr(value, "item") and not isinstance(value, str | bytes) else value


def _with_unit(text: str, wanted: str) -> Stated:
    """A figure from its text, with the half unit of its last digit: 198.3万吨 is known to 500 t."""
    written = normalise(text)
    negative = written.startswith("-")
    number, rest = leading_number(written.lstrip("+-"))
    scale = Fraction(1)
    if rest:
        have, want = unit(rest), unit(wanted)
        if have.dims != want.dims:
            raise ParameterError(f"'{text}' is {have.kind} and not {want.kind}")
        scale = have.scale / want.scale
    found = _DECIMALS.match(written.lstrip("+-"))
    plain = Fraction(found[0].replace(",", "")) if found else number
    # What stands between the digits and the unit (万, 亿, e3) multiplies the last digit too.
    last = Fraction(1, 10 ** len(found[1] or "")) if found else Fraction(1)
    step = last * (number / plain if plain else 1) * scale
    exact = stated((-1 if negative else 1) * number * scale) if _decimal(number * scale) else None
    value = (-1 if negative else 1) * number * scale
    return Stated(value, step / 2, max(step / 2, exact.coarse if exact and step == 1 else Fraction(0)))


def _decimal(value: Fraction) -> bool:
    """Whether a number has finitely many decimals."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1
