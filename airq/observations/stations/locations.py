"""Findings about positions: missing, impossible, exchanged, far away, shared by two codes, on another datum."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import places
from airq.observations.stations.finding import Finding
from airq.observations.stations.geodesy import distance_km, near_pairs, wgs84_to_gcj02
from airq.observations.stations.periods import current, with_periods
from airq.observations.stations.succession import predecessors
from airq.observations.stations.table import positions

__all__ = ["DATUM_KM", "FAR_KM", "ROUNDING_KM", "SPOT_KM", "against", "locations", "same_spot"]

FAR_KM: Final = 300.0
"""A station farther than this from the others of its place has a wrong position or a wrong place."""

SPOT_KM: Final = 0.02
"""Two codes within this distance are said to stand at one spot; lists give four decimals, about 10 m."""

ROUNDING_KM: Final = 0.15
"""Lists that round or measure anew differ by less; three decimals are 110 m."""

DATUM_KM: Final = 0.06
"""How well a shift must agree with the offset of GCJ-02 to be taken for it."""

_CHINA: Final = (18.0, 54.0, 73.0)
"""Latitudes of China, and its western end in longitude."""

Array = npt.NDArray[np.float64]


def locations(table: pd.DataFrame) -> list[Finding]:
    """Rows whose position is missing, impossible, exchanged or far from its place.

    Examples
    --------
    >>> from airq.observations.stations.table import load
    >>> table = load(pd.DataFrame({"station": ["A", "B"], "place": ["changji"] * 2, "lat": [87.3, 0], "lon": [44.0, 0]}))
    >>> [f.kind for f in locations(table)]
    ['swapped', 'position']
    """
    lat, lon = positions(table)
    codes, names = table["station"].tolist(), table["place"].tolist()
    around = _Neighbourhood(table, lat, lon)
    out: list[Finding] = []
    for i, code in enumerate(codes):
        a, b = lat[i], lon[i]
        if not (np.isfinite(a) and np.isfinite(b)):
            out.append(Finding("position", code, f"{code}: has no position; add lat and lon.", names[i], rows=(i,)))  # fmt: skip
            continue
        if abs(a) > 180 or abs(b) > 180 or (abs(a) > 90 and abs(b) > 90) or (a == 0 and b == 0):
            text = f"{code}: position {a:g}, {b:g} is not {'a station' if a == 0 else 'on the Earth'}; correct lat and lon (WGS84 degrees)."
            out.append(Finding("position", code, text, names[i], rows=(i,)))
            continue
        if abs(a) > 90:
            text = f"{code}: position {a:g}, {b:g} is not on the Earth; lat and lon may be swapped."
            out.append(Finding("swapped", code, text, names[i], rows=(i,)))
            continue
        far = around.km(i, a, b)
        if _looks_swapped(a, b) or (far > FAR_KM and around.km(i, b, a) < FAR_KM):
            text = f"{code}: lat {a:g} and lon {b:g} look swapped; exchange them."
            out.append(Finding("swapped", code, text, names[i], rows=(i,)))
        elif far > FAR_KM:
            text = f"{code}: lies {far:,.0f} km from the {'seat' if around.seats.get(names[i]) else 'other stations'} of '{names[i]}'; correct the position or the place."
            out.append(Finding("far", code, text, names[i], far, (i,)))
    return _pairs_as_one(out, table)


def _looks_swapped(lat: float, lon: float) -> bool:
    """Whether a position is one in the west of China with its coordinates exchanged; as it is, it lies in the Arctic."""
    south, north, west = _CHINA
    return south <= lon <= north and west <= lat <= 90


class _Neighbourhood:
    """Where the other stations of a row's place are, and the place's seat."""

    def __init__(self, table: pd.DataFrame, lat: Array, lon: Array) -> None:
        self.lat, self.lon = lat, lon
        self.codes = table["station"].to_numpy(dtype=object)
        self.names = table["place"].tolist()
        usable = np.isfinite(lat) & np.isfinite(lon) & (np.abs(lat) <= 90) & ((lat != 0) | (lon != 0))
        self.rows: dict[str, list[int]] = {}
        for i in np.flatnonzero(usable).tolist():
            self.rows.setdefault(self.names[i], []).append(i)
        self.seats = {n: p for n, p in places.find_all(set(self.names)).items() if p is not None}

    def km(self, row: int, lat: float, lon: float) -> float:
        """Distance of a position from the place's seat where that is known, else from the other stations.

        Of the distances to the others the middle one counts, so that one wrong position does not make all look wrong.
        NaN where nothing is known.
        """
        name = self.names[row]
        if not name or abs(lat) > 90:
            return float("nan")
        seat = self.seats.get(name)
        if seat is not None and seat.lat is not None and seat.lon is not None:
            return float(distance_km(lat, lon, seat.lat, seat.lon))
        others = [i for i in self.rows.get(name, ()) if self.codes[i] != self.codes[row]]
        if not others:
            return float("nan")
        return float(
            np.sort(distance_km(lat, lon, self.lat[others], self.lon[others]))[(len(others) - 1) // 2]
        )


def _pairs_as_one(found: list[Finding], table: pd.DataFrame) -> list[Finding]:
    """Two stations of an unknown place that are far from each other are one finding: nobody knows which is wrong."""
    counts = current(table)["place"].value_counts().to_dict()
    out: list[Finding] = []
    said: set[str] = set()
    for f in found:
        if f.kind != "far" or counts.get(f.place) != 2 or places.find(f.place) is not None:
            out.append(f)
        elif f.place not in said:
            said.add(f.place)
            pair = [g for g in found if g.kind == "far" and g.place == f.place]
            names = " and ".join(dict.fromkeys(g.station for g in pair))
            text = f"{names}: lie {f.km:,.0f} km from each other, both in '{f.place}'; correct a position or a place."
            out.append(Finding("far", f.station, text, f.place, f.km, tuple(r for g in pair for r in g.rows)))
    return out


def same_spot(table: pd.DataFrame) -> list[Finding]:
    """Codes that stand at one spot at the same time.

    A station and its successor, and a micro-station beside an official one, may do so.

    Examples
    --------
    >>> from airq.observations.stations.table import load
    >>> table = load(pd.DataFrame({"station": ["A", "B"], "lat": [44.0, 44.0], "lon": [87.0, 87.0]}))
    >>> print(same_spot(table)[0])
    A and B: stand at the same position 44, 87; correct one, or say which succeeds the other.
    """
    lat, lon = positions(table)
    codes, networks = table["station"].tolist(), table["network"].tolist()
    starts, ends = with_periods(table)
    before = predecessors(table)
    group = list(range(len(codes)))

    def root(i: int) -> int:
        while group[i] != i:
            i = group[i]
        return i

    valid = (np.abs(lat) <= 90) & ((lat != 0) | (lon != 0))
    for i, j in near_pairs(np.where(valid, lat, np.nan), lon, SPOT_KM).tolist():
        apart = (ends[i] and starts[j] > ends[i]) or (ends[j] and starts[i] > ends[j])
        related = before.get(codes[i]) == codes[j] or before.get(codes[j]) == codes[i]
        beside = (networks[i] == "micro") != (networks[j] == "micro")
        if codes[i] != codes[j] and not (apart or related or beside):
            group[max(root(i), root(j))] = min(root(i), root(j))
    members: dict[int, list[int]] = {}
    for i in range(len(codes)):
        members.setdefault(root(i), []).append(i)
    out = []
    for rows in members.values():
        who = list(dict.fromkeys(codes[i] for i in rows))
        if len(who) > 1:
            shown = ", ".join(who[:-1]) if len(who) < 7 else ", ".join(who[:5]) + f", {len(who) - 6} more"
            text = f"{shown} and {who[-1]}: stand at the same position {lat[rows[0]]:g}, {lon[rows[0]]:g}; correct one, or say which succeeds the other."
            out.append(Finding("spot", who[0], text, rows=tuple(rows)))
    return out


def against(table: pd.DataFrame, own: pd.DataFrame) -> list[Finding]:
    """Positions that differ from those of another table, such as the project's own; a common shift is recognised.

    Parameters
    ----------
    table, own : DataFrame
        As from :func:`airq.observations.stations.load`.
    """
    lat, lon = positions(table)
    rows = {c: i for i, c in enumerate(own["station"].tolist())}
    both = [(i, rows[c]) for i, c in enumerate(table["station"].tolist()) if c in rows]
    if not both:
        return []
    here, there = (np.array(x, dtype=int) for x in zip(*both, strict=True))
    own_lat, own_lon = (p[there] for p in positions(own))
    km = distance_km(lat[here], lon[here], own_lat, own_lon)
    shifted = distance_km(lat[here], lon[here], *wgs84_to_gcj02(own_lat, own_lon)) < DATUM_KM
    shifted &= km > ROUNDING_KM
    known = int(np.isfinite(km).sum())
    if shifted.sum() >= 2 and 2 * shifted.sum() >= known:
        first = table["station"].iloc[int(here[shifted][0])]
        text = f"{first} and {int(shifted.sum()) - 1} more of {known} known stations lie where a GCJ-02 map (AMap) shows them; convert the list to WGS84."
        return [
            Finding("datum", first, text, km=float(km[shifted].max()), rows=tuple(here[shifted].tolist()))
        ]
    out = []
    for i, distance in zip(here.tolist(), km.tolist(), strict=True):
        if distance > ROUNDING_KM:
            code = table["station"].iloc[i]
            text = f"{code}: lies {distance:,.1f} km from its position in the project's own table; find out which is right, or give both a period."
            out.append(Finding("moved", code, text, table["place"].iloc[i], distance, (i,)))
    return out
