"""The audit of official claims: what factors they imply, whether one table made them, and how they compare.

Examples
--------
>>> claim = {"id": "2023", "place": "changji-prefecture", "homes": 132000, "boilers": 688, "coal_t": 1_983_000,
...          "so2_t": 2974.5, "nox_t": 2181.3, "pm_t": 19830, "co2_t": 3_766_000}
>>> row = audit([claim]).rows[0]
>>> row.fingerprint, row.factors["so2"], row.factors["nox"], row.factors["pm"]
('uniform', 1.5, 1.1, 10.0)
>>> row.pm_can_be_pm25, round(row.shares["nox"], 2)
(False, 0.69)
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from airq import places
from airq.errors import AirqError
from airq.inventory import claims as reading
from airq.inventory.activity import defaults
from airq.inventory.baseline import home_group
from airq.inventory.claims import Claim, Given
from airq.inventory.comparison import Comparer, Ratio
from airq.inventory.fingerprint import Fingerprint, fingerprint
from airq.inventory.solution import Solution, solve_all
from airq.inventory.verdicts import verdict

if TYPE_CHECKING:
    from airq.inventory.cuts import Tables
    from airq.inventory.register import Register

__all__ = ["Audit", "ClaimAudit", "audit"]

_POLLUTANTS: Final = ("so2", "nox", "pm", "co2", "voc")
_TOTALS: Final = "15fyp-totals"
"""Id of the claim that states the totals of 2021–2025."""

_AGREE: Final = 2.0
"""Contributions per home that differ by more than this do not agree."""


@dataclass(frozen=True)
class ClaimAudit:
    """What the audit says of one claim.

    Attributes
    ----------
    id : str
    factors : dict of str to float
        kg per t of coal of each pollutant stated (so2, nox, pm, co2, voc); empty without coal.
    fingerprint : {"uniform", "plausible", "none"}
        Whether one table of round factors times the coal made the figures.
    chance : float
        Chance that figures of no common origin give factors as round by accident.
    evidence : Fingerprint
        The same, pollutant by pollutant.
    ratios : tuple of Ratio
        The claim over the project's own estimate of the same homes and boilers, or of the same place and years.
    shares : dict of str to float
        Share of the stated totals of 2021–2025.
    co2_per_coal : float or None
        t CO2 per t of coal.
    co2_match : str
        ``raw coal`` where it is 0.714 × 2.66 within the rounding, ``standard coal`` where it is 2.66, else empty.
    pm_can_be_pm25 : bool or None
        Whether the particulate could be PM2.5; None if nothing can be told.
    pm25_chance : float or None
        Share of draws in which the PM2.5 factor of the mix is as high as the stated one.
    yuan_per_home : float or None
    disagreements : dict of str to float
        Claims whose contribution per home is less than half or more than twice this one's, and by how much this is
        larger.
    solutions : tuple of Solution
        Those in which the claim takes part.
    verdict_zh, verdict_en : str
        One sentence with its reason.
    claim : Claim
    """

    id: str
    factors: dict[str, float]
    fingerprint: str
    chance: float
    evidence: Fingerprint
    ratios: tuple[Ratio, ...]
    shares: dict[str, float]
    co2_per_coal: float | None
    co2_match: str
    pm_can_be_pm25: bool | None
    pm25_chance: float | None
    yuan_per_home: float | None
    disagreements: dict[str, float]
    solutions: tuple[Solution, ...]
    verdict_zh: str
    verdict_en: str
    claim: Claim


@dataclass(frozen=True)
class Audit:
    """The audit of several claims.

    Attributes
    ----------
    rows : tuple of ClaimAudit
        One a claim, in the order given.
    solutions : tuple of Solution
        Of every pair of statements with coal, homes and boilers.
    """

    rows: tuple[ClaimAudit, ...]
    solutions: tuple[Solution, ...]

    def __getitem__(self, claim_id: str) -> ClaimAudit:
        found = next((r for r in self.rows if r.id == claim_id), None)
        if found is None:
            raise KeyError(claim_id)
        return found

    def to_frame(self) -> pd.DataFrame:
        """One row a claim: factors in kg per t of coal, fingerprint, chance, shares, verdicts."""
        columns = ["id", *(f"{p}_kg_per_t" for p in _POLLUTANTS), "fingerprint", "chance"]
        columns += [
            "share_of_nox_total",
            "share_of_voc_total",
            "co2_match",
            "pm_can_be_pm25",
            "verdict_zh",
            "verdict_en",
        ]
        rows = [
            [
                r.id,
                *(r.factors.get(p, float("nan")) for p in _POLLUTANTS),
                *(
                    r.fingerprint,
                    r.chance,
                    r.shares.get("nox", float("nan")),
                    r.shares.get("voc", float("nan")),
                ),
                *(r.co2_match, r.pm_can_be_pm25, r.verdict_zh, r.verdict_en),
            ]
            for r in self.rows
        ]
        return pd.DataFrame(rows, columns=columns)

    def ratios(self) -> pd.DataFrame:
        """Claims over the own estimate: id, what, claimed, own p5 p50 p95, ratio and its interval, basis."""
        rows = [{"id": r.id, **vars(x)} for r in self.rows for x in r.ratios]
        names = ("what", "claimed", "own_p5", "own_p50", "own_p95", "low", "ratio", "high", "basis")
        return pd.DataFrame(rows, columns=["id", *names])

    def _repr_html_(self) -> str:
        cells = [
            f"<tr><td>{html.escape(r.id)}</td><td>{html.escape(r.fingerprint)}</td>"
            f"<td>{html.escape(r.verdict_zh)}<br>{html.escape(r.verdict_en)}</td></tr>"
            for r in self.rows
        ]
        solved = [f"<li>{html.escape(_sentence(s))}</li>" for s in self.solutions]
        head = "<tr><th>id</th><th>fingerprint</th><th>verdict</th></tr>"
        return f"<table>{head}{''.join(cells)}</table><ul>{''.join(solved)}</ul>"


def _sentence(s: Solution) -> str:
    if s.refused:
        return s.refused
    return (
        f"{s.claims[0]} + {s.claims[1]}: {s.per_home:.2f} t per home ({s.home_range[0]:.2f} to {s.home_range[1]:.2f}), "
        f"{s.per_boiler:,.0f} t per boiler ({s.boiler_range[0]:,.0f} to {s.boiler_range[1]:,.0f})."
    )


def audit(
    claims: Given = None,
    register: Register | None = None,
    tables: Tables | None = None,
    draws: int = 20000,
    seed: int = 0,
) -> Audit:
    """Audit claims.

    Parameters
    ----------
    claims : optional
        Mappings with ``id`` and any of ``coal_t so2_t nox_t pm_t co2_t voc_t homes boilers yuan period place source``, a
        DataFrame or a file; ``data/raw/claims.csv`` by default.
    register : Register, optional
        For the comparison of claims that state neither coal nor homes with the measures of their place and years.
    tables : Tables, optional
        Factors and intensities; the project's by default.
    draws, seed : int

    Returns
    -------
    Audit

    Raises
    ------
    ClaimRejected
        A claim cannot be read.
    """
    read = reading.read(claims)
    solutions = solve_all(read)
    comparer = Comparer(register, tables, draws, seed)
    totals = _stated_totals()
    contributions = {c.id: v for c in read if (v := _contribution(c)) is not None}
    return Audit(tuple(_one(c, solutions, comparer, totals, contributions) for c in read), solutions)


def _contribution(claim: Claim) -> float | None:
    """Stated contribution in per cent over homes."""
    found = re.search(r"(\d+(?:\.\d+)?)\s*[%％]", claim.texts.get("share_text", ""))
    homes = claim.value("homes")
    return float(found[1]) / float(homes) if found and homes and float(found[1]) > 0 else None


def _disagreements(claim: Claim, contributions: Mapping[str, float]) -> dict[str, float]:
    own = contributions.get(claim.id)
    if own is None:
        return {}
    found = {k: own / v for k, v in contributions.items() if k != claim.id}
    return {k: r for k, r in found.items() if not 1 / _AGREE <= r <= _AGREE}


def _stated_totals() -> Mapping[str, Fraction]:
    """Tonnes cut in 2021–2025 as the plan states them."""
    try:
        found = next((c for c in reading.read() if c.id == _TOTALS), None)
    except AirqError:
        return {}
    return {} if found is None else {p: v for p in ("nox", "voc") if (v := found.value(f"{p}_t"))}


def _in_prefecture(claim: Claim) -> bool:
    place = places.find(claim.texts.get("place", "changji-prefecture"))
    return place is not None and home_group(place.id) == "changji-prefecture"


def _one(
    claim: Claim,
    solutions: tuple[Solution, ...],
    comparer: Comparer,
    totals: Mapping[str, Fraction],
    contributions: Mapping[str, float],
) -> ClaimAudit:
    coal = claim.value("coal_t")
    tonnes = {p: claim.figures[f"{p}_t"] for p in _POLLUTANTS if f"{p}_t" in claim.figures}
    factors = {p: float(1000 * v.value / coal) for p, v in tonnes.items()} if coal else {}
    found = fingerprint(claim.figures.get("coal_t"), {p: v for p, v in tonnes.items() if p != "co2"})
    shares = {}
    if claim.id != _TOTALS and _in_prefecture(claim):
        shares = {p: float(tonnes[p].value / t) for p, t in totals.items() if p in tonnes}
    possible, chance = comparer.particulate(claim)
    homes, yuan = claim.value("homes"), claim.value("yuan")
    made: dict[str, Any] = {
        "id": claim.id,
        "factors": factors,
        "fingerprint": found.kind,
        "chance": found.chance,
        "evidence": found,
        "ratios": comparer.ratios(claim),
        "shares": shares,
        "co2_per_coal": factors["co2"] / 1000 if "co2" in factors else None,
        "co2_match": _co2(claim),
        "pm_can_be_pm25": possible,
        "pm25_chance": chance,
        "yuan_per_home": float(yuan / homes) if yuan and homes and not claim.value("boilers") else None,
        "disagreements": _disagreements(claim, contributions),
        "solutions": tuple(s for s in solutions if claim.id in s.claims),
        "claim": claim,
    }
    draft = ClaimAudit(**made, verdict_zh="", verdict_en="")
    said_zh, said_en = verdict(draft)
    return ClaimAudit(**made, verdict_zh=said_zh, verdict_en=said_en)


def _co2(claim: Claim) -> str:
    """Whether stated CO2 is a national factor of coal, within the rounding of the figures."""
    coal, co2 = claim.figures.get("coal_t"), claim.figures.get("co2_t")
    if coal is None or co2 is None or not coal.value or not co2.value:
        return ""
    table = defaults()["coal"]
    ratio = Fraction(table["co2_per_standard_coal"])
    low = (co2.value - co2.coarse) / (coal.value + coal.coarse)
    high = (co2.value + co2.coarse) / (coal.value - coal.coarse) if coal.value > coal.coarse else None
    names = {"raw coal": Fraction(table["standard_coal"]) * ratio, "standard coal": ratio}
    # Figures too coarse to tell 1.9 from 2.66 are no match.
    fits = [n for n, v in names.items() if high is not None and low <= v <= high]
    return fits[0] if len(fits) == 1 and high is not None and high < low * Fraction(11, 10) else ""
