"""What several stations of two lists say together: codes that were exchanged, places that were renamed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from airq.observations.stations.changes import finer_place, same_name
from airq.observations.stations.geodesy import distance_km
from airq.observations.stations.locations import ROUNDING_KM

__all__ = ["exchanged", "relabelled"]

Row = Mapping[str, Any]


def exchanged(old: Mapping[str, Row], new: Mapping[str, Row]) -> dict[str, str]:
    """Codes of one place that have each other's name or position in the other list.

    Parameters
    ----------
    old, new : mapping of code to row

    Returns
    -------
    dict of str to str
        The partner of each such code.

    Examples
    --------
    >>> a = {"name_zh": "甲", "place": "p", "lat": 25.1081, "lon": 99.1678}
    >>> b = {"name_zh": "乙", "place": "p", "lat": 25.1328, "lon": 99.1711}
    >>> exchanged({"1A": a, "2A": b}, {"1A": b, "2A": a})
    {'1A': '2A', '2A': '1A'}
    """
    groups: dict[str, list[str]] = {}
    for code, row in new.items():
        before = old.get(code)
        if before is not None and (_apart(before, row) or not same_name(before["name_zh"], row["name_zh"])):
            groups.setdefault(row["place"], []).append(code)
    out: dict[str, str] = {}
    for codes in groups.values():
        for i, a in enumerate(codes):
            for b in codes[i + 1 :]:
                if a not in out and b not in out and _crossed(old, new, a, b):
                    out[a], out[b] = b, a
    return out


def _apart(a: Row, b: Row) -> bool:
    return float(distance_km(a["lat"], a["lon"], b["lat"], b["lon"])) > ROUNDING_KM


def _near(a: Row, b: Row) -> bool:
    return float(distance_km(a["lat"], a["lon"], b["lat"], b["lon"])) <= ROUNDING_KM


def _crossed(old: Mapping[str, Row], new: Mapping[str, Row], a: str, b: str) -> bool:
    names = [r["name_zh"] for r in (old[a], old[b], new[a], new[b])]
    by_name = (
        all(names)
        and same_name(names[0], names[3])
        and same_name(names[1], names[2])
        and not same_name(*names[:2])
    )
    by_place = _apart(old[a], old[b]) and _near(old[a], new[b]) and _near(old[b], new[a])
    return by_name or by_place


def relabelled(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Places whose stations all have one other place in the newer list, which no station had before.

    A prefecture that gives way to its county, or the reverse, is not renamed.

    Parameters
    ----------
    old, new : mapping of code to place

    Examples
    --------
    >>> relabelled({"1A": "襄樊", "2A": "襄樊", "3A": "莱芜", "4A": "济南"}, {"1A": "襄阳", "2A": "襄阳", "3A": "济南", "4A": "济南"})
    {'襄樊': '襄阳'}
    """
    sizes = Counter(old.values())
    seen: dict[str, list[str]] = {}
    for code, place in new.items():
        if code in old:
            seen.setdefault(old[code], []).append(place)
    out = {}
    for before, after in seen.items():
        name = after[0]
        if (
            before
            and name
            and name not in sizes
            and set(after) == {name}
            and 2 * len(after) >= sizes[before]
            and finer_place(before, name) is None
        ):
            out[before] = name
    return out
