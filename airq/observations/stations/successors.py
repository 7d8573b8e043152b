"""Which station followed which, as far as lists tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, Final

import pandas as pd

from airq.observations.stations.finding import Finding
from airq.observations.stations.geodesy import distance_km
from airq.observations.stations.succession import predecessors

__all__ = ["HANDOVER_DAYS", "NEAR_KM", "UNDATED", "fill"]

UNDATED: Final = "is not stated"
"""Ends the remark of a row whose date was put in by the merging and not by a list."""

HANDOVER_DAYS: Final = 31
"""A station that opens within this time of another's closing in the same place may have followed it. A choice."""

NEAR_KM: Final = 1.0
"""A new code this close to an open one may replace it; a person decides. A choice."""

Rows = Mapping[str, list[dict[str, Any]]]


def fill(rows: Rows, own: pd.DataFrame, later: Collection[str]) -> list[Finding]:
    """Write ``succeeds`` into rows of stations that followed another, and say so.

    Taken are successions that the project's own table states, and those by which one station of a place closed and one
    opened within :data:`HANDOVER_DAYS` by stated dates, no other pair being possible. A new code near an open one is
    only named.

    Parameters
    ----------
    rows : mapping of code to rows
        In the order in which lists named the codes first; changed in place.
    own : DataFrame
    later : collection of str
        Codes that the first list does not have.

    Returns
    -------
    list of Finding
    """
    out: list[Finding] = []
    for new, old in predecessors(own).items():
        if new in rows and old in rows:
            _write(rows, new, old, "")
    out += _handovers(rows)
    out += _neighbours(rows, later)
    return out


def _write(rows: Rows, new: str, old: str, note: str) -> None:
    for row in rows[new]:
        row["succeeds"] = row["succeeds"] or old
        if note and note not in row["note"]:
            row["note"] = "; ".join(filter(None, (row["note"], note)))


def _handovers(rows: Rows) -> list[Finding]:
    """Pairs of one closing and one opening in a place."""
    taken = {r["succeeds"] for rs in rows.values() for r in rs if r["succeeds"]}
    ends: dict[str, list[tuple[str, dt.date]]] = {}
    starts: dict[str, list[tuple[str, dt.date]]] = {}
    for code, rs in rows.items():
        place = rs[-1]["place"]
        if place and rs[-1]["valid_to"] and UNDATED not in rs[-1]["note"] and code not in taken:
            ends.setdefault(place, []).append((code, dt.date.fromisoformat(rs[-1]["valid_to"])))
        if place and rs[0]["valid_from"] and UNDATED not in rs[0]["note"] and not rs[0]["succeeds"]:
            starts.setdefault(place, []).append((code, dt.date.fromisoformat(rs[0]["valid_from"])))
    out = []
    for place, opened in starts.items():
        pairs = [
            (old, new)
            for old, end in ends.get(place, [])
            for new, begin in opened
            if old != new and abs((begin - end).days) <= HANDOVER_DAYS
        ]
        for old, new in pairs:
            if sum(o == old for o, _ in pairs) == 1 and sum(n == new for _, n in pairs) == 1:
                note = f"taken as the successor of {old}, which closed on {rows[old][-1]['valid_to']} [M]"
                _write(rows, new, old, note)
                text = f"{new}: opened on {rows[new][0]['valid_from']} when {old} closed on {rows[old][-1]['valid_to']}, no other station of '{place}' did; taken as its successor, correct 'succeeds' if it is none."
                out.append(Finding("succession", new, text, place, _apart(rows[old][-1], rows[new][0])))
    return out


def _apart(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    return float(distance_km(a["lat"], a["lon"], b["lat"], b["lon"]))


def _neighbours(rows: Rows, later: Collection[str]) -> list[Finding]:
    """New codes near an open one of the same place, which a person should judge."""
    order = list(rows)
    by_place: dict[str, list[str]] = {}
    for code in order:
        by_place.setdefault(rows[code][-1]["place"], []).append(code)
    related = {(code, r["succeeds"]) for code, rs in rows.items() for r in rs if r["succeeds"]}
    out = []
    for place, codes in by_place.items():
        for i, new in enumerate(codes):
            if new not in later or not place:
                continue
            near = [
                (km, old)
                for old in codes[:i]
                if not rows[old][-1]["valid_to"]
                and (new, old) not in related
                and (km := _apart(rows[old][-1], rows[new][0])) <= NEAR_KM
            ]
            if near and not any(n == new for n, _ in related):
                km, old = min(near)
                text = f"{new}: is new {km:.1f} km from {old} in '{place}'; if it replaces it, write {old} in 'succeeds'."
                out.append(Finding("succession", new, text, place, km))
    return out
