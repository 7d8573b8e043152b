"""Places by polygons that the tests make: borders, holes, damage, exchanged axes, shifted maps."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq.errors import AirqError, FileRejected
from airq.observations import stations
from airq.observations.stations import assign, read_boundaries, wgs84_to_gcj02
from airq.observations.stations.assignment import locate


def square(x: float, y: float, size: float = 1.0) -> list[list[float]]:
    return [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]


def feature(name: object, *rings: list[Any], key: str = "name", kind: str = "Polygon") -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {key: name},
        "geometry": {"type": kind, "coordinates": list(rings)},
    }


def file_of(tmp_path: Path, *features: dict[str, Any], **more: Any) -> Path:
    path = tmp_path / "边界 1.geojson"
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": list(features), **more}), encoding="utf-8"
    )
    return path


def at(*positions: tuple[float, float], place: list[str] | None = None) -> pd.DataFrame:
    """Stations at longitude, latitude."""
    return stations.load(
        pd.DataFrame(
            {
                "station": [f"S{i}" for i in range(len(positions))],
                "lon": [p[0] for p in positions],
                "lat": [p[1] for p in positions],
                "place": place or [""] * len(positions),
            }
        )
    )


def placed(tmp_path: Path, table: pd.DataFrame, *features: dict[str, Any]) -> stations.Assigned:
    return assign(table, read_boundaries(file_of(tmp_path, *features)))


# ---- where a point belongs ----


def test_every_point_of_a_grid_belongs_to_one_cell(tmp_path: Path) -> None:
    cells = [feature(f"c{i}{j}", square(80 + i, 40 + j)) for i in range(3) for j in range(3)]
    boundaries = read_boundaries(file_of(tmp_path, *cells))
    x, y = np.meshgrid(np.arange(80, 83.01, 0.25), np.arange(40, 43.01, 0.25))
    found = locate(y.ravel(), x.ravel(), boundaries)
    assert (found >= 0).all(), "corners and borders included"
    inner = (x.ravel() % 1 != 0) & (y.ravel() % 1 != 0)
    expected = [boundaries.places.index(f"c{int(a - 80)}{int(b - 40)}") for a, b in zip(x.ravel()[inner], y.ravel()[inner], strict=True)]  # fmt: skip
    assert found[inner].tolist() == expected
    again = locate(y.ravel()[::-1], x.ravel()[::-1], boundaries)[::-1]
    assert (found == again).all(), "the place of a point does not depend on the others"


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(79, 84), st.floats(39, 44)), min_size=1, max_size=20))
def test_points_against_arithmetic(points: list[tuple[float, float]]) -> None:
    import shapely

    boxes = np.array([shapely.box(80, 40, 82, 43), shapely.box(82, 40, 83, 43)], dtype=object)
    there = stations.Boundaries("b", ("west", "east"), boxes, "name")
    lon, lat = (np.array(v) for v in zip(*points, strict=True))
    for k, a, b in zip(locate(lat, lon, there), lon, lat, strict=True):
        inside = 80 <= a <= 83 and 40 <= b <= 43
        assert (k >= 0) == inside
        if inside and a != 82:
            assert k == (0 if a < 82 else 1)


def test_a_shared_border_goes_to_the_smaller_neighbour_whatever_the_order(tmp_path: Path) -> None:
    big, small = feature("big", square(86, 44, 1)), feature("small", square(87, 44.2, 0.5))
    for features in ((big, small), (small, big)):
        assert placed(tmp_path, at((87.0, 44.5)), *features).assigned == {"S0": "small"}
    twins = feature("one", square(86, 44)), feature("two", square(87, 44))
    assert placed(tmp_path, at((87.0, 44.5)), *twins).assigned == {"S0": "one"}, "the first of two alike"


def test_a_hole_is_outside_and_may_hold_another_place(tmp_path: Path) -> None:
    around = feature("昌吉市", square(87, 44), square(87.4, 44.4, 0.2))
    inside = feature("五家渠", square(87.4, 44.4, 0.2))
    assert placed(tmp_path, at((87.5, 44.5), (87.1, 44.1)), around, inside).assigned == {
        "S0": "wujiaqu",
        "S1": "changji",
    }
    empty = placed(tmp_path, at((87.5, 44.5)), around)
    assert (
        empty.assigned == {}
        and "in none of the boundaries, the nearest is 'changji' in 7.9 km" in empty.findings[0].sentence
    )


def test_parts_of_a_multipolygon_and_of_several_features_are_one_place(tmp_path: Path) -> None:
    multi = feature("652302", [square(88, 44)], [square(90, 44)], key="adcode", kind="MultiPolygon")
    more = feature(652302, square(92, 44), key="adcode")
    there = read_boundaries(file_of(tmp_path, multi, more))
    assert there.places == ("fukang",) and there.name_property == "adcode"
    assert set(assign(at((88.5, 44.5), (90.5, 44.5), (92.5, 44.5)), there).assigned.values()) == {"fukang"}


def test_a_county_inside_its_prefecture_is_the_place(tmp_path: Path) -> None:
    prefecture, county = feature("昌吉州", square(86, 43, 4)), feature("阜康", square(88, 44))
    done = placed(tmp_path, at((88.5, 44.5), (86.5, 43.5), place=["昌吉州", ""]), prefecture, county)
    assert done.table["place"].tolist() == ["fukang", "changji-prefecture"] and done.findings == ()


# ---- the list against the polygons ----


def test_a_place_that_the_polygons_contradict_is_kept_and_named_with_the_distance(tmp_path: Path) -> None:
    west, east = feature("昌吉市", square(87, 44)), feature("阜康市", square(88, 44))
    table = at(
        (88.25, 44.5),
        (87.5, 44.5),
        (86.9, 44.5),
        (88.25, 44.5),
        place=["changji", "changji", "changji", "北京"],
    )
    done = placed(tmp_path, table, west, east)
    assert done.table["place"].tolist() == ["changji", "changji", "changji", "北京"] and done.assigned == {}
    said = {f.station: f for f in done.findings}
    assert set(said) == {"S0", "S2", "S3"}
    # 0.25 degrees of longitude at 44.5 N are 19.83 km.
    assert said["S0"].km == pytest.approx(19.83, rel=0.01) and "lies in 'fukang'" in said["S0"].sentence
    assert said["S2"].km == pytest.approx(7.93, rel=0.01) and "outside of 'changji'" in said["S2"].sentence
    assert said["S3"].km == pytest.approx(19.83, rel=0.01) and "not in '北京'" in said["S3"].sentence


def test_a_place_without_a_polygon_is_not_doubted_outside_of_all(tmp_path: Path) -> None:
    done = placed(tmp_path, at((116.4, 39.9), place=["北京"]), feature("昌吉市", square(87, 44)))
    assert done.findings == () and done.assigned == {}


def test_a_station_without_a_position_is_left_to_the_other_checks(tmp_path: Path) -> None:
    done = placed(tmp_path, at((float("nan"), 44.5), (44.0, 187.0)), feature("昌吉市", square(87, 44)))
    assert done.assigned == {} and done.findings == ()


def test_exchanged_axes_are_suspected(tmp_path: Path) -> None:
    turned = [[y, x] for x, y in square(87, 44)]
    done = placed(tmp_path, at((87.5, 44.5), (87.2, 44.7)), feature("昌吉市", turned))
    assert (
        done.assigned == {}
        and "2 of 2 would with longitude and latitude exchanged" in done.findings[-1].sentence
    )


def test_a_shifted_map_is_suspected_and_can_be_taken_back(tmp_path: Path) -> None:
    west, east = square(86, 44), square(87, 44)

    def shifted(ring: list[list[float]]) -> list[list[float]]:
        # Corners only: with straight sides between them the map is bent by some metres, far less than the shift.
        lat, lon = wgs84_to_gcj02([p[1] for p in ring], [p[0] for p in ring])
        return [[float(a), float(b)] for a, b in zip(lon, lat, strict=True)]

    path = file_of(tmp_path, feature("昌吉市", shifted(west)), feature("阜康市", shifted(east)))
    # 100 m east of the border on the ground, west of it on the map.
    table = at(*((87.0 + 0.0012, 44.1 + 0.1 * i) for i in range(5)), place=["阜康市"] * 5)
    done = assign(table, read_boundaries(path))
    assert [f.kind for f in done.findings] == ["boundary"] * 5 + ["datum"] and 0 < done.findings[0].km < 0.5
    assert assign(table, read_boundaries(path, datum="gcj02")).findings == ()


def test_the_marks_of_a_map_service_are_named(tmp_path: Path) -> None:
    atlas = feature("昌吉市", square(87, 44))
    atlas["properties"] |= {
        "adcode": 652301,
        "childrenNum": 0,
        "subFeatureIndex": 3,
        "acroutes": [1],
        "parent": {},
    }
    there = read_boundaries(file_of(tmp_path, atlas))
    assert [f.kind for f in there.findings] == ["datum"] and "GCJ-02" in there.findings[0].sentence
    assert read_boundaries(file_of(tmp_path, atlas), datum="gcj02").findings == ()


# ---- files ----


@pytest.mark.parametrize(
    ("properties", "place"),
    [
        ({"OBJECTID": 7, "NAME": "阜康市"}, "fukang"),
        ({"NAME_1": "Xinjiang", "NAME_2": "Changji", "NAME_3": "Fukang"}, "fukang"),
        ({"gb": "156652302", "name": "x"}, "fukang"),
        ({"PAC": 652302000000, "name": ""}, "fukang"),
        ({"区县": "阜康"}, "fukang"),
        ({"name": "武都区"}, "武都区"),
    ],
)
def test_the_property_that_names_the_place_is_found(
    tmp_path: Path, properties: dict[str, Any], place: str
) -> None:
    one = feature("x", square(88, 44))
    one["properties"] = properties
    assert read_boundaries(file_of(tmp_path, one)).places == (place,)


def test_a_named_property_and_an_id_beside_the_properties(tmp_path: Path) -> None:
    one = feature("阜康市", square(88, 44))
    one["properties"]["other"] = "玛纳斯"
    assert read_boundaries(file_of(tmp_path, one), "other").places == ("manas",)
    with pytest.raises(FileRejected, match="no feature has the property 'county'; it has name, other"):
        read_boundaries(file_of(tmp_path, one), "county")
    path = tmp_path / "id.json"
    path.write_text(json.dumps({**feature("", square(88, 44)), "properties": None, "id": "652324"}))
    assert read_boundaries(path).places == ("manas",)


def test_damaged_features_are_named_and_the_others_used(tmp_path: Path) -> None:
    bow = [[87, 44], [88, 45], [88, 44], [87, 45], [87, 44]]
    path = file_of(
        tmp_path,
        feature("昌吉市", bow),
        feature("阜康市", [[88, 44], [89, "NAN"], [89, 45], [88, 44]]),
        feature("奇台县", [[1, 2], [3, 4]]),
        feature("木垒县", [88.5, 44.5], kind="Point"),
        {"type": "Feature", "properties": {"name": "吉木萨尔县"}, "geometry": None},
        feature("", square(80, 44)),
        feature("玛纳斯县", square(86, 44)),
    )
    path.write_text(path.read_text().replace('"NAN"', "NaN"))
    there = read_boundaries(path)
    assert there.places == ("changji", "manas")
    said = [f.sentence for f in there.findings]
    assert len(said) == 6 and all(s.endswith(".") and "\n" not in s for s in said)
    for text, expected in zip(said, ["feature 1 (昌吉市): the polygon is invalid (self-intersection); it is repaired", "feature 2 (阜康市): has the coordinate 'nan'", "feature 3 (奇台县): has rings that are none", "feature 4 (木垒县): is a Point", "feature 5 (吉木萨尔县): has no geometry", "feature 6: has no 'name'"], strict=True):  # fmt: skip
        assert expected in text
    # The bow tie has two triangles; its left and right corners lie inside, the top in neither.
    assert assign(at((87.1, 44.5), (87.9, 44.5)), there).assigned == {"S0": "changji", "S1": "changji"}
    assert assign(at((87.5, 44.9)), there).assigned == {}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", "line 1: no valid JSON"),
        ("[1]", "is no GeoJSON"),
        ('{"type": "Topology", "objects": {}}', "export GeoJSON, not TopoJSON"),
        ('{"type": "FeatureCollection"}', "'features' is no list"),
        ('{"type": "FeatureCollection", "features": []}', "holds no feature"),
        ('{"type": "FeatureCollection", "features": [3]}', "feature 1 is no object"),
        ('{"type": "Point", "coordinates": [87, 44]}', "no collection of polygons"),
        (json.dumps(feature("昌吉市", square(15628000, 562000))), "are no degrees; convert them"),
        (json.dumps(feature("北京", [[39, 116], [41, 116], [41, 117], [39, 116]])), "latitude, longitude (39, 116)"),
        (json.dumps(feature("x", square(87, 44), key="shape_len")), "no property names the places (there is shape_len)"),
        (json.dumps(feature("昌吉市", [[1e400, 44], [2, 3], [3, 3], [1, 1]])), "holds no polygon"),
        ("[" * 100000, "no"),
        ("a,b\n1,2\n", "no valid JSON"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_used_are_one_sentence(tmp_path: Path, document: str, said: str) -> None:
    path = tmp_path / "b.geojson"
    path.write_text(document)
    with pytest.raises(AirqError) as caught:
        read_boundaries(path)
    assert said in str(caught.value) and str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_the_datum_of_a_file_is_believed(tmp_path: Path) -> None:
    for name in ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4490", "EPSG:4326"):
        crs = {"type": "name", "properties": {"name": name}}
        assert read_boundaries(file_of(tmp_path, feature("昌吉市", square(87, 44)), crs=crs)).places == (
            "changji",
        )
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    with pytest.raises(FileRejected, match="EPSG::3857"):
        read_boundaries(file_of(tmp_path, feature("昌吉市", square(87, 44)), crs=crs))
    with pytest.raises(AirqError, match="datum 'bd09' is not known"):
        read_boundaries(file_of(tmp_path, feature("昌吉市", square(87, 44))), datum="bd09")  # type: ignore[arg-type]


def test_mutated_files_are_read_or_refused_in_one_sentence(tmp_path: Path, root: Path) -> None:
    """A changed byte, a lost stretch, a stray mark: never another error than a refusal."""
    rng = random.Random(20)
    both = file_of(
        tmp_path,
        feature("昌吉市", square(87, 44), square(87.4, 44.4, 0.2)),
        feature("阜康市", square(88, 44)),
    )
    table, own = (root / "data/raw/stations.csv").read_bytes(), stations.load()
    seen = set()
    for number in range(80):
        content = bytearray(table if number % 2 else both.read_bytes())
        i = rng.randrange(len(content))
        if rng.random() < 0.4:
            content[i] = rng.randrange(256)
        elif rng.random() < 0.5:
            del content[i : i + rng.choice([1, 3, 60])]
        else:
            content[i:i] = rng.choice([b",", b'"', b"\n", b"NaN", b"[", b"}", b"1e999", b"\x00", b"null"])
        path = tmp_path / "mutated.bin"
        path.write_bytes(bytes(content))
        try:
            if number % 2:
                stations.findings(stations.load(path), own)
            else:
                assign(own, read_boundaries(path))
            seen.add((number % 2, "read"))
        except AirqError as error:
            assert str(path) in str(error) and "\n" not in str(error)
            seen.add((number % 2, "refused"))
    assert len(seen) == 4, "some of each were read and some refused"
