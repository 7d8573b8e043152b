"""Findings about places, roles and networks."""

from __future__ import annotations

import re
from typing import Final

import pandas as pd

from airq import places
from airq.observations.stations.cells import NETWORKS, ROLES
from airq.observations.stations.finding import Finding
from airq.observations.stations.periods import Day, day_text, with_periods
from airq.observations.stations.table import origin

__all__ = ["background", "coverage", "places_known", "with_counties", "words"]

_MANY: Final = 10
_BACKGROUND: Final = re.compile("对照点|背景点|背景站")
_NETWORKS: Final = (*NETWORKS, "simulated", "")  # empty: not stated


def places_known(table: pd.DataFrame) -> list[Finding]:
    """Rows without a place, and places that the project does not know; many such places are one finding.

    Examples
    --------
    >>> table = pd.DataFrame({"station": ["a", "b"], "place": ["", "nowhere"]})
    >>> [f.kind for f in places_known(table)]
    ['place', 'place']
    """
    codes = table["station"].tolist()
    known = {name for name, place in places.find_all(set(table["place"])).items() if place is not None}
    unknown: dict[str, list[int]] = {}
    out = []
    for i, name in enumerate(table["place"].tolist()):
        if not name:
            out.append(
                Finding("place", codes[i], f"{codes[i]}: has no place; it enters no report.", rows=(i,))
            )
        elif name not in known:
            unknown.setdefault(name, []).append(i)
    if len(unknown) > _MANY:
        rows = tuple(i for r in unknown.values() for i in r)
        shown = ", ".join(f"'{p}'" for p in list(unknown)[:3])
        count = len({codes[i] for i in rows})
        text = f"{codes[rows[0]]} and {count - 1:,} more: their {len(unknown)} places, such as {shown}, are not in params/counties.yaml; add those that are wanted, the others enter no report."
        return [*out, Finding("place", codes[rows[0]], text, rows=rows)]
    for name, at in unknown.items():
        who = list(dict.fromkeys(codes[i] for i in at))
        more = f" and {len(who) - 1} more" if len(who) > 1 else ""
        text = f"{who[0]}{more}: place '{name}' is not in params/counties.yaml; add it or correct the name."
        out.append(Finding("place", who[0], text, name, rows=tuple(at)))
    return out


def words(table: pd.DataFrame) -> list[Finding]:
    """Roles and networks that are none.

    Examples
    --------
    >>> table = pd.DataFrame({"station": ["a"], "role": ["both"], "network": ["national"]})
    >>> print(words(table)[0])
    a: role 'both' is not known and counts as evaluation; write evaluation or background.
    """
    out = []
    for i, row in enumerate(table[["station", "role", "network"]].itertuples(index=False)):
        if row.role not in ROLES:
            text = f"{row.station}: role '{row.role}' is not known and counts as evaluation; write {' or '.join(ROLES)}."
            out.append(Finding("role", row.station, text, rows=(i,)))
        if row.network not in _NETWORKS:
            text = f"{row.station}: network '{row.network}' is not known; write {', '.join(NETWORKS[:-1])} or {NETWORKS[-1]}."
            out.append(Finding("network", row.station, text, rows=(i,)))
    return out


def background(table: pd.DataFrame, own: pd.DataFrame | None = None) -> list[Finding]:
    """Background stations that the table uses for evaluation, by their names or by the project's own table.

    Examples
    --------
    >>> from airq.observations.stations.table import load
    >>> table = load(pd.DataFrame({"station": ["9Z"], "name_zh": ["水库(对照点)"], "role": ["evaluation"]}))
    >>> print(background(table)[0])
    9Z: is a background station by its name (对照点) but is used for evaluation; write background in 'role'.
    """
    known = set() if own is None else set(own.loc[own["role"] == "background", "station"])
    stated = "role" not in origin(table).unstated
    out = []
    for i, row in enumerate(table[["station", "name_zh", "role", "note"]].itertuples(index=False)):
        if row.role == "background":
            continue
        named = _BACKGROUND.search(row.name_zh) or _BACKGROUND.search(row.note.partition("in the list: ")[2])
        if named:
            text = f"{row.station}: is a background station by its name ({named.group()}) but is used for evaluation; write background in 'role'."
            out.append(Finding("background", row.station, text, rows=(i,)))
        elif stated and row.station in known:
            text = f"{row.station}: is a background station in the project's own table but is used for evaluation; write background in 'role' or correct data/raw/stations.csv."
            out.append(Finding("background", row.station, text, rows=(i,)))
    return out


def coverage(table: pd.DataFrame, on: Day | None = None) -> list[Finding]:
    """Places without a station for evaluation, by which no official figure can be had.

    Places of the table are looked at, and if it concerns a county of ``params/counties.yaml``, all counties.

    Parameters
    ----------
    table : DataFrame
    on : day, optional
        Stations count that are valid on this day; today by default.
    """
    day = day_text(on if on is not None else pd.Timestamp.now())
    starts, ends = with_periods(table)
    serving: dict[str, int] = {}
    all_codes: dict[str, list[str]] = {}
    active: set[str] = set()
    rows = zip(table["station"], table["place"], table["role"], table["network"], starts, ends, strict=True)
    for code, place, role, network, start, end in rows:
        if not place or network == "micro":
            continue
        all_codes.setdefault(place, []).append(code)
        open_now = (not start or start <= day) and (not end or day <= end)
        serving[place] = serving.get(place, 0) + (role != "background" and open_now)
        if open_now:
            active.add(place)
    out = []
    for name, place in places.find_all(_wanted(list(all_codes))).items():
        if place is not None and place.kind == "group" and any(serving.get(m) for m in place.members):
            continue
        if serving.get(name) or (place is None and name not in active):  # a city that was dissolved
            continue
        label = f"{place.zh} ({name})" if place else f"'{name}'"
        codes = list(dict.fromkeys(all_codes.get(name, [])))
        why = (
            f"has no station but {', '.join(codes[:4])}{' …' if len(codes) > 4 else ''}, in the background or closed"
            if codes
            else "has no station"
        )
        text = f"{label}: {why}; it has no official figures until an evaluation station is added."
        out.append(Finding("coverage", "", text, name))
    return out


def with_counties(table: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Table in which a list's prefecture gives way to the county that the project's own table knows.

    Examples
    --------
    >>> from airq.observations.stations.table import load
    >>> given = load(pd.DataFrame({"station": ["2691A", "9Z"], "place": ["昌吉州", "昌吉州"]}))
    >>> with_counties(given, load())["place"].tolist()
    ['changji', 'changji-prefecture']
    """
    county = dict(zip(own["station"], own["place"], strict=True))
    known = places.find_all(set(table["place"]))
    groups = {n: p.members for n, p in known.items() if p is not None and p.members}
    refined = [
        county[c] if county.get(c) in groups.get(n, ()) else n
        for c, n in zip(table["station"], table["place"], strict=True)
    ]
    return table.assign(place=refined)


def _wanted(named: list[str]) -> list[str]:
    known = places.find_all(named).values()
    counties = [p.id for p in places.load().values() if p.kind == "county"]
    concerned = {m for p in known if p is not None for m in (p.id, *p.members)}
    return list(dict.fromkeys([*(counties if concerned & set(counties) else []), *named]))
