"""Which stations speak for a place: by name, role and time.

Examples
--------
>>> place_id("昌吉市"), place_id("Springfield")
('changji', 'Springfield')
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import xarray as xr

from airq import places
from airq.errors import MissingData

__all__ = [
    "MICRO",
    "evaluation_stations",
    "member_ids",
    "place_coordinates",
    "place_id",
    "places_in",
    "wanted_places",
    "without_micro",
]

MICRO: Final = "micro"
"""Network of low-cost sensors, which enters no official figure, calibrated or not."""


def without_micro(ds: xr.Dataset) -> xr.Dataset:
    """Dataset without the stations of the network ``micro``; the same object if it has none.

    Raises
    ------
    MissingData
        If nothing is left.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"station": ["A", "S1"], "network": ("station", ["national", "micro"])})
    >>> without_micro(ds)["station"].values.tolist()
    ['A']
    """
    if "network" not in ds.coords or "station" not in ds["network"].dims:
        return ds
    kept = np.array([str(n) != MICRO for n in ds["network"].values], dtype=bool)
    if kept.all():
        return ds
    if not kept.any():
        raise MissingData(
            "the Dataset holds micro-stations only, and they enter no official figure; load official stations as well."
        )
    return ds.isel(station=np.flatnonzero(kept))


def place_id(name: object) -> str:
    """Id of a registered place, else the text itself.

    Examples
    --------
    >>> place_id(" 652301 "), place_id("")
    ('changji', '')
    """
    text = str(name).strip()
    found = places.find(text) if text else None
    return found.id if found else text


def places_in(ds: xr.Dataset) -> list[str]:
    """Places that have a station in a Dataset, in its order; micro-stations stand for no place.

    Raises
    ------
    MissingData
        If the Dataset has no coordinate ``place``.

    Examples
    --------
    >>> places_in(xr.Dataset(coords={"place": ("station", ["changji", "", "阜康市"])}))
    ['changji', 'fukang']
    """
    if "place" not in ds.coords and "place" not in ds:
        raise MissingData("the Dataset does not say the place of its stations; add the coordinate 'place'.")
    places_ = np.atleast_1d(ds["place"].values)
    if "network" in ds.coords and ds["network"].dims == ds["place"].dims:
        places_ = places_[
            np.array([str(n) != MICRO for n in np.atleast_1d(ds["network"].values)], dtype=bool)
        ]
    return list(dict.fromkeys(p for p in map(place_id, places_) if p))


def member_ids(key: str) -> list[str]:
    """Ids of the members of a group; the place itself otherwise.

    Examples
    --------
    >>> member_ids("changji-prefecture")[:2], member_ids("Springfield")
    (['changji', 'fukang'], ['Springfield'])
    """
    return [m.id for m in places.members(key)] if places.find(key) else [key]


def wanted_places(ds: xr.Dataset, place: str | Iterable[str] | None) -> list[str]:
    """Ids of the places asked for; all that have a station for None.

    Raises
    ------
    MissingData, ParameterError
        If one has no station; an unknown name gets the nearest one offered.
    """
    there = places_in(ds)
    if place is None:
        if not there:
            raise MissingData("no station of the Dataset has a place; fill the coordinate 'place'.")
        return there
    wanted = []
    for name in [place] if isinstance(place, str) else list(place):
        key = place_id(name)
        if key not in there and not set(member_ids(key)) & set(there):
            if places.find(key) is None:
                places.get(str(name))  # offers the nearest name
            raise MissingData(
                f"place '{name}' has no station in the Dataset; it holds {', '.join(there) or 'none'}."
            )
        wanted.append(key)
    return list(dict.fromkeys(wanted))


def evaluation_stations(ds: xr.Dataset, wanted: list[str]) -> tuple[xr.Dataset, npt.NDArray[np.object_]]:
    """Stations without the background ones and micro-stations, and the place id of each.

    Raises
    ------
    MissingData
        If a wanted place has background stations only.
    """
    ds = without_micro(ds)
    role = ds["role"].values if "role" in ds.coords else np.full(ds.sizes["station"], "")
    used = ds.isel(station=np.flatnonzero(np.asarray([str(r) != "background" for r in role], dtype=bool)))
    ids = np.array([place_id(p) for p in used["place"].values], dtype=object)
    for key in wanted:
        if not np.isin(ids, [key, *member_ids(key)]).any():
            raise MissingData(f"place '{key}' has background stations only; add an evaluation station.")
    return used, ids


def place_coordinates(wanted: list[str]) -> dict[str, Any]:
    """Coordinates ``place``, ``name_zh``, ``name_en`` of a place Dataset."""
    known = [places.find(key) for key in wanted]
    zh = [k.zh if k else key for k, key in zip(known, wanted, strict=True)]
    en = [k.en if k else key for k, key in zip(known, wanted, strict=True)]
    return {
        "place": ("place", np.array(wanted, dtype=object)),
        "name_zh": ("place", np.array(zh, dtype=object)),
        "name_en": ("place", np.array(en, dtype=object)),
    }
