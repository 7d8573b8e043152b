"""Administrative boundaries from a GeoJSON file of the user's, as polygons of places.

No boundary is embedded: outlines of administrative areas are published by the state and change. Coordinates are
longitude and latitude (RFC 7946).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from airq import places
from airq.errors import FileRejected, ParameterError
from airq.observations import files
from airq.observations.stations.finding import Finding
from airq.observations.stations.geodesy import gcj02_to_wgs84
from airq.observations.stations.table import place_keys

__all__ = ["Boundaries", "Datum", "read_boundaries"]

Datum: TypeAlias = Literal["wgs84", "gcj02"]

_PREFERRED: Final = ("name", "名称", "县", "区县", "县市", "xzqmc", "pac_name", "name_3", "id", "adcode", "code", "gb", "pac", "xzqdm")  # fmt: skip
_DEGREES: Final = re.compile(r"(CRS:?84|EPSG:+\d*:?(4326|4490|4258|4269))$", re.IGNORECASE)
_ATLAS: Final = frozenset(("adcode", "childrennum", "subfeatureindex", "acroutes"))
"""Properties of DataV.GeoAtlas (AMap), whose coordinates are GCJ-02 [B 90%]."""


@dataclass(frozen=True)
class Boundaries:
    """Polygons of places.

    Attributes
    ----------
    file : str
    places : tuple of str
        Id of each known place, else the name in the file.
    polygons : object array, shape (place,)
        Valid shapely polygons or multipolygons, x longitude, y latitude, WGS84.
    name_property : str
        The property that was taken for the name.
    findings : tuple of Finding
        Features that were repaired or left out.
    """

    file: str
    places: tuple[str, ...]
    polygons: npt.NDArray[np.object_]
    name_property: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class _Feature:
    number: int
    properties: Mapping[str, Any]
    geometry: Mapping[str, Any]


def read_boundaries(path: str | Path, name_property: str | None = None, datum: Datum = "wgs84") -> Boundaries:
    """Read polygons of places.

    Parameters
    ----------
    path : path
        GeoJSON: a FeatureCollection of polygons or multipolygons, holes included.
    name_property : str, optional
        Property with names or codes of places; the one that the project knows best if not given.
    datum : {"wgs84", "gcj02"}
        Coordinates of a GCJ-02 map are brought to WGS84.

    Returns
    -------
    Boundaries
        Several features of one place are one. An invalid polygon is repaired; one with NaN is left out; both are
        findings.

    Raises
    ------
    FileRejected
        No GeoJSON, no polygon, coordinates in metres or another datum, latitude before longitude, no usable name.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "b.geojson"
    >>> ring = [[87, 44], [88, 44], [88, 45], [87, 45], [87, 44]]
    >>> _ = file.write_text(json.dumps({"type": "Feature", "properties": {"code": "652301"},
    ...                                 "geometry": {"type": "Polygon", "coordinates": [ring]}}))
    >>> read_boundaries(file).places
    ('changji',)
    """
    if datum not in ("wgs84", "gcj02"):
        raise ParameterError(f"datum '{datum}' is not known; use wgs84 or gcj02.")
    file = Path(path)
    document = _document(file)
    _refuse_datum(file, document)
    features = list(_features(file, document))
    if not features:
        raise FileRejected(f"{file}: holds no feature; name a file with polygons.")
    findings: list[Finding] = []
    polygons = [(f, _polygon(f, findings)) for f in features]
    kept = [(f, p) for f, p in polygons if p is not None]
    if not kept:
        raise FileRejected(f"{file}: holds no polygon; name a file with administrative boundaries.")
    _refuse_coordinates(file, kept)
    key = name_property or _name_property(file, [f for f, _ in kept])
    if name_property and not any(name_property in f.properties for f, _ in kept):
        raise FileRejected(
            f"{file}: no feature has the property '{name_property}'; it has {', '.join(_keys([f for f, _ in kept])[:10])}."
        )
    if datum == "wgs84" and any(len(_ATLAS & {k.lower() for k in f.properties}) >= 3 for f, _ in kept):
        text = f"{file}: the properties are those of DataV.GeoAtlas (AMap), whose coordinates are GCJ-02, some 500 m beside WGS84; read it with the datum gcj02."
        findings.append(Finding("datum", "", text))
    return _joined(file, kept, key, datum, findings)


def _document(file: Path) -> Mapping[str, Any]:
    raw = files.load(file)
    if raw.kind != "text":
        raise FileRejected(f"{file}: is no GeoJSON; export the boundaries as GeoJSON.")
    try:
        document = json.loads(raw.data)
    except json.JSONDecodeError as error:
        raise FileRejected(
            f"{file}: line {error.lineno}: no valid JSON ({error.msg}); export it again."
        ) from error
    except RecursionError as error:
        raise FileRejected(f"{file}: nested too deeply to be GeoJSON; export it again.") from error
    if not isinstance(document, dict) or "type" not in document:
        raise FileRejected(
            f"{file}: is no GeoJSON (no 'type'); export the boundaries as GeoJSON in longitude and latitude."
        )
    return document


def _refuse_datum(file: Path, document: Mapping[str, Any]) -> None:
    crs = document.get("crs")
    name = crs.get("properties", {}).get("name", "") if isinstance(crs, dict) else ""
    if name and not _DEGREES.search(str(name)):
        raise FileRejected(
            f"{file}: the coordinates are in '{str(name)[:60]}'; convert them to WGS84 longitude and latitude (EPSG:4326)."
        )


def _features(file: Path, document: Mapping[str, Any]) -> Iterator[_Feature]:
    kind = document["type"]
    if kind == "FeatureCollection":
        given = document.get("features")
        if not isinstance(given, list):
            raise FileRejected(f"{file}: 'features' is no list; export it again.")
    elif kind == "Feature":
        given = [document]
    elif kind in ("Polygon", "MultiPolygon", "GeometryCollection"):
        given = [{"properties": {}, "geometry": document}]
    else:
        raise FileRejected(
            f"{file}: the type '{str(kind)[:30]}' is no collection of polygons; export GeoJSON, not TopoJSON or points."
        )
    for number, feature in enumerate(given, 1):
        if not isinstance(feature, dict):
            raise FileRejected(f"{file}: feature {number} is no object; export it again.")
        properties = feature.get("properties")
        plain = {
            str(k): v for k, v in (properties if isinstance(properties, dict) else {}).items() if _scalar(v)
        }
        if _scalar(feature.get("id")) and "id" not in plain:
            plain["id"] = feature["id"]
        geometry = feature.get("geometry")
        yield _Feature(number, plain, geometry if isinstance(geometry, dict) else {})


def _scalar(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _polygon(feature: _Feature, findings: list[Finding]) -> Any:
    """Polygon of a feature, repaired if need be; None if it has none that can be used."""
    import shapely

    name = _called(feature)

    def left_out(why: str) -> None:
        findings.append(
            Finding("boundary", "", f"{name}: {why}; it is left out, correct it in the boundary file.")
        )

    kind = feature.geometry.get("type")
    if kind not in ("Polygon", "MultiPolygon", "GeometryCollection"):
        left_out(f"is a {kind}, no polygon" if kind else "has no geometry")
        return None
    try:
        parts = [shapely.Polygon(rings[0], rings[1:]) for rings in _rings(feature.geometry)]
    except _Unusable as error:
        left_out(str(error))
        return None
    except (ValueError, TypeError, IndexError, OverflowError, shapely.errors.ShapelyError):
        left_out("has rings that are none (each needs four positions, the last equal to the first)")
        return None
    if not parts:
        left_out("has no ring")
        return None
    shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    if not shapely.is_valid(shape):
        reason = shapely.is_valid_reason(shape).split("[")[0].strip().lower()
        findings.append(
            Finding(
                "boundary",
                "",
                f"{name}: the polygon is invalid ({reason}); it is repaired, check the result.",
            )
        )
        shape = _areas(shapely.make_valid(shape))
    if shapely.is_empty(shape) or shapely.area(shape) == 0:
        left_out("has no area")
        return None
    return shape


class _Unusable(Exception):
    """Coordinates of a feature that cannot be used."""


def _rings(geometry: Mapping[str, Any], depth: int = 0) -> Iterator[list[list[tuple[float, float]]]]:
    """Rings of each polygon, the outer one first."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "GeometryCollection":
        for part in geometry.get("geometries") or [] if depth < 4 else []:
            if isinstance(part, dict) and part.get("type") in (
                "Polygon",
                "MultiPolygon",
                "GeometryCollection",
            ):
                yield from _rings(part, depth + 1)
        return
    if not isinstance(coordinates, list):
        raise _Unusable("has no coordinates")
    for polygon in [coordinates] if kind == "Polygon" else coordinates:
        if polygon:
            yield [[_position(p) for p in ring] for ring in polygon if ring]


def _position(given: Sequence[Any]) -> tuple[float, float]:
    if not isinstance(given, list) or len(given) < 2:
        raise _Unusable("has a position that is none")
    for value in given[:2]:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise _Unusable(f"has the coordinate '{str(value)[:20]}'")
    return float(given[0]), float(given[1])


def _areas(shape: Any) -> Any:
    """Polygonal parts of a repaired shape."""
    import shapely

    parts = [
        p
        for p in shapely.get_parts(shapely.get_parts(shape))
        if shapely.get_dimensions(p) == 2 and not shapely.is_empty(p)
    ]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def _refuse_coordinates(file: Path, kept: list[tuple[_Feature, Any]]) -> None:
    """Refuse metres, and latitude before longitude where that is certain."""
    import shapely

    bounds = shapely.bounds(np.array([p for _, p in kept], dtype=object))
    west, south, east, north = (
        bounds[:, 0].min(),
        bounds[:, 1].min(),
        bounds[:, 2].max(),
        bounds[:, 3].max(),
    )
    if min(west + 180, 180 - east, south + 90, 90 - north) >= 0:
        return
    if min(west + 90, 90 - east, south + 180, 180 - north) >= 0:
        raise FileRejected(
            f"{file}: the coordinates are latitude, longitude ({west:g}, {south:g}); GeoJSON has longitude first, exchange them."
        )
    raise FileRejected(
        f"{file}: the coordinates ({west:g}, {south:g}) are no degrees; convert them to WGS84 longitude and latitude (EPSG:4326)."
    )


def _keys(features: Sequence[_Feature]) -> list[str]:
    return list(dict.fromkeys(k for f in features for k in f.properties))


def _called(feature: _Feature) -> str:
    """Name of a feature in a sentence."""
    low = {k.lower(): v for k, v in feature.properties.items()}
    name = next((low[k] for k in _PREFERRED if k in low), "")
    return f"feature {feature.number}{f' ({str(name)[:40]})' if name else ''}"


def _name_property(file: Path, features: Sequence[_Feature]) -> str:
    """Property that names most known places; of several, the one with the usual name."""
    best: tuple[tuple[int, int, int], str] | None = None
    for key in _keys(features):
        values = {str(f.properties[key]) for f in features if key in f.properties}
        known = {k for v in values if places.find(k := _place(v)) is not None}
        low = key.lower()
        usual = len(_PREFERRED) - _PREFERRED.index(low) if low in _PREFERRED else 0
        score = (len(known), usual, len(values))
        if (known or usual) and (best is None or score > best[0]):
            best = (score, key)
    if best is None:
        found = ", ".join(_keys(features)[:10]) or "none"
        raise FileRejected(
            f"{file}: no property names the places (there is {found}); give the property that does, such as name or code."
        )
    return best[1]


def _place(text: str) -> str:
    """Id of a place by name or administrative code, in the lengths in which codes are written."""
    plain = text.strip()
    if re.fullmatch(r"156\d{6}", plain):  # 天地图: country, then division
        plain = plain[3:]
    elif re.fullmatch(r"\d{6}0{3,6}", plain):
        plain = plain[:6]
    return place_keys([plain])[plain]


def _joined(
    file: Path, kept: list[tuple[_Feature, Any]], key: str, datum: Datum, findings: list[Finding]
) -> Boundaries:
    """One polygon a place, in the order of the file."""
    import shapely

    groups: dict[str, list[Any]] = {}
    for feature, shape in kept:
        name = _place(str(feature.properties.get(key, "")))
        if not name:
            text = f"{_called(feature)}: has no '{key}', so nobody knows its place; it is left out, add the property."
            findings.append(Finding("boundary", "", text))
        else:
            groups.setdefault(name, []).append(shape)
    if not groups:
        raise FileRejected(
            f"{file}: no feature has a value of '{key}'; name another property of the boundaries."
        )
    shapes = [s[0] if len(s) == 1 else shapely.union_all(s) for s in groups.values()]
    polygons = np.empty(len(shapes), dtype=object)
    polygons[:] = shapes
    if datum == "gcj02":
        polygons = shapely.transform(polygons, _from_gcj02)
    return Boundaries(str(file), tuple(groups), polygons, key, tuple(findings))


def _from_gcj02(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    lat, lon = gcj02_to_wgs84(xy[:, 1], xy[:, 0])
    return np.column_stack([lon, lat])
