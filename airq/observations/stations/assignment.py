"""The place of a station by the polygon it lies in, and what that says about the places of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import places
from airq.observations.stations.boundaries import Boundaries
from airq.observations.stations.changes import finer_place
from airq.observations.stations.finding import Finding
from airq.observations.stations.geodesy import EARTH_KM, wgs84_to_gcj02
from airq.observations.stations.table import origin, positions

__all__ = ["Assigned", "assign", "locate"]


@dataclass(frozen=True)
class Assigned:
    """Result of :func:`assign`.

    Attributes
    ----------
    table : DataFrame
        The table with the places that were found.
    assigned : dict of str to str
        Place of each code that had none, or only the prefecture.
    findings : tuple of Finding
        Stations outside all boundaries, places that the boundaries contradict, what was wrong with the file.
    """

    table: pd.DataFrame
    assigned: dict[str, str]
    findings: tuple[Finding, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        text: str = self.table.to_html(index=False)
        return text


def locate(
    lat: npt.NDArray[np.float64], lon: npt.NDArray[np.float64], boundaries: Boundaries
) -> npt.NDArray[np.intp]:
    """Index of the polygon that each position lies in, shape (position,); −1 for none.

    A position in several polygons, such as a county and its prefecture, belongs to the smallest of them; on a shared
    border, to the smaller of the two neighbours; of two alike, to the first of the file.

    Parameters
    ----------
    lat, lon : float array, shape (position,)
        Degrees; NaN lies nowhere.
    boundaries : Boundaries
    """
    import shapely

    out = np.full(len(lat), -1, np.intp)
    known = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
    tree = shapely.STRtree(boundaries.polygons)
    points, shapes = tree.query(shapely.points(lon[known], lat[known]), predicate="intersects")
    # Assigned from the largest to the smallest polygon, so that the smallest, and of two alike the first, stays.
    order = np.lexsort((-shapes, -shapely.area(boundaries.polygons)[shapes]))
    out[known[points[order]]] = shapes[order]
    return out


def assign(table: pd.DataFrame, boundaries: Boundaries) -> Assigned:
    """Give stations without a place the one they lie in, and hold the places of the others against the polygons.

    A station whose list gives only the prefecture gets the county. A place that contradicts the polygons is kept and
    named with the distance.

    Parameters
    ----------
    table : DataFrame
        As from :func:`airq.observations.stations.load`.
    boundaries : Boundaries

    Returns
    -------
    Assigned

    Examples
    --------
    >>> import shapely
    >>> from airq.observations.stations.table import load
    >>> squares = np.array([shapely.box(87, 44, 88, 45), shapely.box(88, 44, 89, 45)], dtype=object)
    >>> there = Boundaries("b.geojson", ("changji", "fukang"), squares, "name")
    >>> table = load(pd.DataFrame({"station": ["A", "B"], "place": ["", "changji"], "lat": [44.5, 44.5], "lon": [87.5, 88.1]}))
    >>> done = assign(table, there)
    >>> done.assigned, [f.sentence for f in done.findings]
    ({'A': 'changji'}, ["B: lies in 'fukang' by the boundaries, 7.9 km from 'changji', its place in the list; correct the position or the place."])
    """
    lat, lon = positions(table)
    lat = np.where(np.abs(lat) <= 90, lat, np.nan)
    inside = locate(lat, lon, boundaries)
    index = {p: k for k, p in enumerate(boundaries.places)}
    distance = _Distances(boundaries)
    listed = table["place"].tolist()
    new = list(listed)
    assigned: dict[str, str] = {}
    findings = list(boundaries.findings)
    contradicted: list[int] = []
    for i, code in enumerate(table["station"].tolist()):
        if not np.isfinite(lat[i]) or not np.isfinite(lon[i]):
            continue
        found = boundaries.places[inside[i]] if inside[i] >= 0 else ""
        finer = finer_place(listed[i], found)
        if found and finer == found and listed[i] != found:
            new[i] = assigned[code] = found
        elif found and finer is None:
            contradicted.append(i)
            findings.append(_contradiction(code, i, listed[i], found, index, distance, lat[i], lon[i]))
        elif not found:
            outside = _outside(code, i, listed[i], index, distance, lat[i], lon[i])
            if outside is not None:
                contradicted.append(i)
                findings.append(outside)
    findings += _suspicions(lat, lon, inside, listed, contradicted, boundaries, index)
    out = table.assign(place=new)
    out.attrs["origin"] = origin(table)
    return Assigned(out, assigned, tuple(findings))


def _contradiction(
    code: str, row: int, listed: str, found: str, index: dict[str, int], distance: _Distances, lat: float, lon: float
) -> Finding:  # fmt: skip
    members = _polygons_of(listed, index)
    if members:
        km = min(distance.km(k, lat, lon) for k in members)
        text = f"{code}: lies in '{found}' by the boundaries, {km:,.1f} km from '{listed}', its place in the list; correct the position or the place."
    else:
        km = distance.depth(index[found], lat, lon)
        text = f"{code}: lies in '{found}' by the boundaries, {km:,.1f} km inside, and not in '{listed}', its place in the list; correct the position or the place."
    return Finding("boundary", code, text, listed, km, (row,))


def _outside(
    code: str, row: int, listed: str, index: dict[str, int], distance: _Distances, lat: float, lon: float
) -> Finding | None:
    """Finding about a position in no polygon; None where the list's place has no polygon either."""
    members = _polygons_of(listed, index)
    if listed and not members:
        return None
    near = min(members or [distance.nearest(lat, lon)], key=lambda k: distance.km(k, lat, lon))
    km = distance.km(near, lat, lon)
    if listed:
        text = f"{code}: lies {km:,.1f} km outside of '{listed}', its place in the list, by the boundaries; correct the position or the place."
    else:
        name = distance.boundaries.places[near]
        text = f"{code}: lies in none of the boundaries, the nearest is '{name}' in {km:,.1f} km; correct the position or write a place."
    return Finding("boundary", code, text, listed, km, (row,))


def _polygons_of(place: str, index: dict[str, int]) -> list[int]:
    """Polygon of a place, or those of its members where it is a group without one."""
    if place in index:
        return [index[place]]
    known = places.find(place) if place else None
    return [index[m] for m in known.members if m in index] if known else []


class _Distances:
    """Distances to polygons in a flat map around each, good to a few per cent over some hundred km."""

    def __init__(self, boundaries: Boundaries) -> None:
        self.boundaries = boundaries
        self._flat: dict[int, tuple[float, Any]] = {}
        self._tree: Any = None

    def nearest(self, lat: float, lon: float) -> int:
        """Polygon that is nearest in degrees, near enough for a hint."""
        import shapely

        if self._tree is None:
            self._tree = shapely.STRtree(self.boundaries.polygons)
        return int(self._tree.nearest(shapely.Point(lon, lat)))

    def _shape(self, k: int) -> tuple[float, Any]:
        import shapely

        if k not in self._flat:
            polygon = self.boundaries.polygons[k]
            scale = float(np.cos(np.radians(shapely.centroid(polygon).y)))
            flat = shapely.transform(polygon, lambda xy: xy * np.array([scale, 1.0]))
            shapely.prepare(flat)
            self._flat[k] = (scale, flat)
        return self._flat[k]

    def km(self, k: int, lat: float, lon: float) -> float:
        """Distance from a position to a polygon, 0 inside."""
        import shapely

        scale, flat = self._shape(k)
        return float(np.radians(shapely.distance(flat, shapely.Point(lon * scale, lat)))) * EARTH_KM

    def depth(self, k: int, lat: float, lon: float) -> float:
        """Distance from a position in a polygon to its border."""
        import shapely

        scale, flat = self._shape(k)
        gap = shapely.distance(shapely.boundary(flat), shapely.Point(lon * scale, lat))
        return float(np.radians(gap)) * EARTH_KM


def _suspicions(
    lat: npt.NDArray[np.float64],
    lon: npt.NDArray[np.float64],
    inside: npt.NDArray[np.intp],
    listed: list[str],
    contradicted: list[int],
    boundaries: Boundaries,
    index: dict[str, int],
) -> list[Finding]:
    """Whether exchanged coordinates or a GCJ-02 map would explain what does not fit."""
    known = np.isfinite(lat) & np.isfinite(lon)
    out = []
    if known.any() and not (inside >= 0).any():
        turned = locate(np.where(np.abs(lon) <= 90, lon, np.nan), np.where(known, lat, np.nan), boundaries)
        if 2 * (turned >= 0).sum() >= known.sum():
            text = f"{boundaries.file}: no station lies in the boundaries, but {int((turned >= 0).sum())} of {int(known.sum())} would with longitude and latitude exchanged; exchange them in the boundaries or the list."
            out.append(Finding("swapped", "", text))
    rows = np.array([i for i in contradicted if _polygons_of(listed[i], index)], dtype=int)
    if len(rows):
        there_lat, there_lon = wgs84_to_gcj02(lat[rows], lon[rows])
        shifted = locate(there_lat, there_lon, boundaries)
        fits = [k >= 0 and k in _polygons_of(listed[i], index) for i, k in zip(rows, shifted, strict=True)]
        if sum(fits) >= 2 and 2 * sum(fits) >= len(rows):
            text = f"{boundaries.file}: {sum(fits)} of {len(rows)} stations that contradict the boundaries would fit a GCJ-02 map (AMap); read the boundaries with the datum gcj02, or convert them to WGS84."
            out.append(Finding("datum", "", text))
    return out
