"""Pairs of neighbours whose exchange of air is examined, and their geography.

Examples
--------
>>> [p for p in pairs_of("belt") if p[0] == "wujiaqu"]
[('wujiaqu', 'midong'), ('wujiaqu', 'ganquanpu'), ('wujiaqu', 'fukang')]
>>> round(float(distance_km(44.17, 87.54, 44.16, 87.95)), 1), round(float(bearing(44.17, 87.54, 44.16, 87.95)))
(32.7, 92)
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import permutations
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from airq import places
from airq.errors import ParameterError

__all__ = ["EARTH_KM", "bearing", "distance_km", "name_of", "network_name", "pairs_of", "position_of"]

EARTH_KM: Final = 6371.0088
"""Mean radius of the earth, IUGG."""


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "tables" / "transport.toml").read_text(encoding="utf-8"))


def distance_km(
    lat1: npt.ArrayLike, lon1: npt.ArrayLike, lat2: npt.ArrayLike, lon2: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Great-circle distance, km, by the haversine."""
    a, b, c, d = (np.deg2rad(np.asarray(x, dtype=np.float64)) for x in (lat1, lon1, lat2, lon2))
    h = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(h, 0, 1))))


def bearing(
    lat1: npt.ArrayLike, lon1: npt.ArrayLike, lat2: npt.ArrayLike, lon2: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Initial direction from the first point towards the second, degrees clockwise from north, [0, 360)."""
    a, b, c, d = (np.deg2rad(np.asarray(x, dtype=np.float64)) for x in (lat1, lon1, lat2, lon2))
    y = np.sin(d - b) * np.cos(c)
    x = np.cos(a) * np.sin(c) - np.sin(a) * np.cos(c) * np.cos(d - b)
    return np.asarray(np.mod(np.rad2deg(np.arctan2(y, x)), 360.0))


def name_of(site: str, lang: Literal["zh", "en"]) -> str:
    """Name of a site for people; its own id where it is not known."""
    own = _table()["places"].get(site)
    if own:
        return str(own[lang])
    found = places.find(site)
    return found.name(lang) if found else site


def network_name(network: str, lang: Literal["zh", "en"]) -> str:
    """Name of a network for people."""
    known = _table()["networks"].get(network)
    return str(known[lang]) if known else network


def position_of(site: str, positions: Mapping[str, Sequence[float]] | None = None) -> tuple[float, float]:
    """Latitude and longitude of a site.

    Parameters
    ----------
    site : str
        A key of ``positions``, a place of ``params/counties.yaml``, ``midong`` or ``ganquanpu``.
    positions : mapping of str to (lat, lon), optional

    Returns
    -------
    tuple of float

    Raises
    ------
    ParameterError
        If it is not known, or not on the earth.
    """
    if positions and site in positions:
        lat, lon = (float(x) for x in positions[site])
    elif site in _table()["places"]:
        lat, lon = (float(_table()["places"][site][k]) for k in ("lat", "lon"))
    else:
        found = places.find(site)
        if found is None or found.lat is None or found.lon is None:
            raise ParameterError(f"site '{site}' has no position; give positions={{'{site}': (lat, lon)}}.")
        lat, lon = found.lat, found.lon
    if not (-90 <= lat <= 90 and -180 <= lon <= 360):
        raise ParameterError(f"site '{site}': position ({lat}, {lon}) is not on the earth; give (lat, lon).")
    return lat, lon


def pairs_of(network: str | Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Ordered pairs, from whom and to whom.

    Parameters
    ----------
    network : str or sequence of pairs
        ``"belt"``, ``"corps"`` or pairs of one's own.

    Returns
    -------
    list of tuple of str

    Raises
    ------
    ParameterError
    """
    known = _table()["networks"]
    if not isinstance(network, str):
        made = [(str(a), str(b)) for a, b in network]
        if not made or any(a == b for a, b in made):
            raise ParameterError("pairs must name two different sites each, such as ('wujiaqu', 'fukang').")
        return made
    if network not in known:
        raise ParameterError(f"network '{network}' is not known; use {', '.join(known)} or give pairs.")
    if "chain" in known[network]:
        return list(permutations(known[network]["chain"], 2))
    one, other = known[network]["sides"]
    return [(a, b) for a in one for b in other] + [(b, a) for a in one for b in other]
