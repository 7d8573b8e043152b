"""Every kind of doubt about a station table, alone and named once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airq import dataset, places
from airq.observations import Archive, stations
from airq.observations.stations import against_archive, distance_km, wgs84_to_gcj02


def table(**columns: list[object]) -> pd.DataFrame:
    n = len(columns["station"])
    # Positions in the same city, apart from each other, unless a test says otherwise.
    base = {"place": ["urumqi"] * n, "lat": [43.8 + 0.01 * i for i in range(n)], "lon": [87.6] * n}
    return stations.load(pd.DataFrame({**base, **columns}))


def kinds(frame: pd.DataFrame, **more: object) -> list[str]:
    return [f.kind for f in stations.findings(frame, **more) if f.kind != "coverage"]  # type: ignore[arg-type]


def test_a_sound_table_has_no_finding() -> None:
    sound = table(
        station=["A", "A", "B"],
        valid_from=["", "2020-01-01", "2021-01-01"],
        valid_to=["2019-12-31", "", ""],
        succeeds=["", "", "A"],
        role=["evaluation", "evaluation", "对照点"],
        network=["national", "national", "市控"],
    )
    assert stations.check(sound) == []


@pytest.mark.parametrize(
    ("columns", "kind", "said"),
    [
        ({"station": ["A", "A"], "name_zh": ["x", "y"]}, "duplicate", "A: stands twice with different content"),
        (
            {"station": ["A", "A"], "valid_from": ["", "2019-06-01"], "valid_to": ["2019-12-31", ""]},
            "overlap",
            "two rows are valid from 2019-06-01 to 2019-12-31; end the first with valid_to 2019-05-31",
        ),
        (
            {"station": ["A", "A"], "valid_from": ["", "2020-02-01"], "valid_to": ["2019-12-31", ""]},
            "gap",
            "no row is valid from 2020-01-01 to 2020-01-31",
        ),
        ({"station": ["A"], "valid_from": ["2020-01-02"], "valid_to": ["2020-01-01"]}, "period", "lies after"),
        ({"station": ["A"], "lat": [None]}, "position", "A: has no position"),
        ({"station": ["A"], "lat": [0], "lon": [0]}, "position", "is not a station"),
        ({"station": ["A"], "lat": [4864123.0], "lon": [562110.0]}, "position", "not on the Earth"),
        ({"station": ["A"], "lat": [116.4], "lon": [39.9], "place": [""]}, "swapped", "may be swapped"),
        ({"station": ["A"], "lat": [87.6], "lon": [43.8]}, "swapped", "look swapped"),
        ({"station": ["A"], "lat": [43.8], "lon": [83.6]}, "far", "A: lies 32"),
        ({"station": ["A", "B"], "lat": [43.8, 43.8]}, "spot", "A and B: stand at the same position"),
        ({"station": ["A"], "place": [""]}, "place", "A: has no place"),
        ({"station": ["A"], "place": ["乌鲁木其"]}, "place", "place '乌鲁木其' is not in params/counties.yaml"),
        ({"station": ["A"], "role": ["both"]}, "role", "role 'both' is not known"),
        ({"station": ["A"], "network": ["own"]}, "network", "network 'own' is not known"),
        ({"station": ["A"], "name_zh": ["湖(对照点)"], "role": ["N"]}, "background", "by its name (对照点)"),
        ({"station": ["1492A"], "role": ["N"], "lat": [43.9469], "lon": [87.4754]}, "background", "in the project's own table"),
        ({"station": ["A"], "succeeds": ["Z"]}, "succession", "succeeds 'Z', which is not in the table"),
        ({"station": ["A"], "succeeds": ["A"]}, "succession", "in a circle (A → A)"),
        ({"station": ["A", "B", "C"], "succeeds": ["C", "A", "B"]}, "succession", "in a circle"),
        (
            {"station": ["A", "B"], "succeeds": ["", "A"], "valid_from": ["2020-01-01", "2019-01-01"]},
            "succession",
            "begins earlier",
        ),
        ({"station": ["2711A"], "place": ["wujiaqu"], "lat": [44.2], "lon": [87.5475]}, "moved", "2.7 km from its position"),
    ],
)  # fmt: skip
def test_one_fault_is_one_finding(columns: dict[str, list[object]], kind: str, said: str) -> None:
    frame = table(**columns)
    found = [f for f in stations.findings(frame) if f.kind != "coverage"]
    unknown_place_is_meant = kind == "place"
    found = [f for f in found if unknown_place_is_meant or f.kind != "place"]
    assert [f.kind for f in found] == [kind], [f.sentence for f in found]
    assert said in found[0].sentence and found[0].sentence.endswith(".") and "\n" not in found[0].sentence


def test_a_station_far_from_its_fellows_and_nobody_else() -> None:
    frame = table(
        station=list("ABCD"),
        place=["漳州"] * 4,
        lat=[24.5, 24.51, 24.52, 24.5183],
        lon=[117.6, 117.65, 117.63, 114.6622],
    )
    far = [f for f in stations.findings(frame) if f.kind == "far"]
    assert [f.station for f in far] == ["D"] and 290 < far[0].km < 310


def test_of_two_far_stations_nobody_knows_which_is_wrong() -> None:
    frame = table(station=["A", "B"], place=["某市", "某市"], lat=[30.0, 34.0], lon=[110.0, 110.0])
    far = [f for f in stations.findings(frame) if f.kind == "far"]
    assert len(far) == 1 and far[0].sentence.startswith("A and B: lie 445 km from each other")
    assert far[0].rows == (0, 1)


def test_a_swapped_row_among_right_ones_is_not_far_but_swapped() -> None:
    frame = table(
        station=list("ABC"), place=["和田地区"] * 3, lat=[37.1, 37.11, 79.9], lon=[79.9, 79.95, 37.1]
    )
    assert [(f.kind, f.station) for f in stations.findings(frame) if f.rows and f.kind != "place"] == [("swapped", "C")]  # fmt: skip


def test_codes_at_one_spot_are_one_finding_unless_they_may_be() -> None:
    three = table(station=list("ABC"), lat=[43.8] * 3)
    assert [f.sentence for f in stations.findings(three) if f.kind == "spot"] == [
        "A, B and C: stand at the same position 43.8, 87.6; correct one, or say which succeeds the other."
    ]
    assert kinds(table(station=["A", "B"], lat=[43.8] * 2, network=["national", "micro"])) == []
    assert kinds(table(station=["A", "B"], lat=[43.8] * 2, succeeds=["", "A"])) == []
    later = {"valid_to": ["2019-12-31", ""], "valid_from": ["", "2020-01-01"]}
    assert kinds(table(station=["A", "B"], lat=[43.8] * 2, **later)) == []
    assert kinds(table(station=["A", "B"], lat=[43.8, 43.8 + 0.03 / 111.2])) == [], "30 m apart"


def test_a_list_on_a_gcj02_map_is_recognised() -> None:
    own = stations.load()
    lat, lon = wgs84_to_gcj02(own["lat"], own["lon"])
    found = [f for f in stations.findings(own.assign(lat=lat, lon=lon)) if f.kind in ("datum", "moved")]
    assert [f.kind for f in found] == ["datum"] and "20 more of 21" in found[0].sentence
    noise = own.assign(lat=own["lat"] + 0.0003)  # 33 m
    assert not [f for f in stations.findings(noise) if f.kind in ("datum", "moved")]


def test_gcj02_offset_against_published_points() -> None:
    # Test points of eviltransform (MIT).
    for wgs, gcj in (
        ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
        ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
        ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
    ):
        assert np.allclose(wgs84_to_gcj02(*wgs), gcj, rtol=0, atol=1e-9)
        assert float(distance_km(*wgs, *stations.gcj02_to_wgs84(*gcj))) < 1e-6


def test_distance_known_answers() -> None:
    assert float(distance_km(0, 0, 0, 180)) == pytest.approx(np.pi * 6371.0088)
    assert float(distance_km(0, 179.5, 0, -179.5)) == pytest.approx(111.195, abs=1e-3), "across the date line"
    assert np.isnan(distance_km(np.nan, 0, 0, 0))


# ---- places ----


def coverage(frame: pd.DataFrame, on: str = "2024-01-01") -> set[str]:
    return {f.place for f in stations.findings(frame, on=on) if f.kind == "coverage"}


COUNTIES = {p.id for p in places.load().values() if p.kind == "county"}


def test_counties_without_an_evaluation_station() -> None:
    assert coverage(stations.load()) == COUNTIES - {"changji"}, "no national station lies in the others"
    own = {"station": ["A"], "place": ["changji"], "lat": [44.0], "lon": [87.3]}
    assert coverage(table(**own)) == COUNTIES - {"changji"}
    assert coverage(table(**own, network=["micro"])) == set(), "micro-stations are no official ones"
    assert coverage(table(**own, valid_to=["2023-12-31"])) == COUNTIES, "closed before that day"
    assert coverage(table(**own, valid_from=["2024-01-01"])) == COUNTIES - {"changji"}
    assert coverage(table(**own, role=["对照点"])) == COUNTIES


def test_a_list_of_another_city_is_not_asked_for_our_counties() -> None:
    frame = table(
        station=["1001A", "1002A"],
        place=["北京", "上海"],
        lat=[39.9, 31.2],
        lon=[116.4, 121.5],
        role=["N", "Y"],
    )
    assert coverage(frame) == {"上海"}


def test_the_prefecture_of_a_list_gives_way_to_the_known_county() -> None:
    frame = table(station=["2691A"], place=["昌吉州"], lat=[44.0114], lon=[87.2997])
    assert coverage(frame) == COUNTIES - {"changji"}


def test_many_unknown_places_are_one_finding() -> None:
    n = 12
    frame = table(station=[f"{i}A" for i in range(n)], place=[f"市{i}" for i in range(n)])
    found = [f for f in stations.findings(frame) if f.kind == "place"]
    assert len(found) == 1 and "their 12 places" in found[0].sentence and len(found[0].rows) == n


# ---- against an archive ----


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    made = Archive(tmp_path_factory.mktemp("made") / "archive")
    about = pd.DataFrame(
        {
            "station": ["A", "B", "C"],
            "place": ["changji", "changji", "fukang"],
            "role": ["evaluation", "evaluation", "evaluation"],
        }
    )
    time = pd.date_range("2020-12-30 01:00", "2021-01-03 00:00", freq="h")
    values = np.ones((3, len(time)))
    values[1, 48:] = np.nan  # B ends with 31 December, whose last hour is labelled 00 of 1 January
    made.store(dataset.build(about, time, {"pm25": values}), source="made here")
    return made


def test_data_outside_the_validity(archive: Archive) -> None:
    rows = {"place": ["changji", "changji", "fukang"], "lat": [44.0, 44.1, 44.2], "lon": [87.3] * 3}
    frame = table(station=["A", "B", "C"], valid_to=["2020-12-31", "2020-12-31", ""], **rows)
    found = against_archive(frame, archive)
    assert [(f.kind, f.station) for f in found] == [("validity", "A")]
    assert "on 2 days from 2021-01-01 to 2021-01-02 outside its validity (to 2020-12-31)" in found[0].sentence
    frame = table(station=["A", "B", "C"], valid_from=["2020-12-30", "2020-12-31", ""], **rows)
    assert [(f.station, "on 1 days" in f.sentence) for f in against_archive(frame, archive)] == [("B", True)]


def test_two_periods_that_meet_cover_the_data(archive: Archive) -> None:
    frame = table(
        station=["A", "A", "B", "C"],
        place=["changji"] * 3 + ["fukang"],
        valid_from=["", "2021-01-01", "", ""],
        valid_to=["2020-12-31", "", "", ""],
        lat=[44.0, 44.05, 44.1, 44.2],
        lon=[87.3] * 4,
    )
    assert against_archive(frame, archive) == []


def test_codes_places_and_roles_that_the_archive_has_otherwise(archive: Archive) -> None:
    frame = table(
        station=["A", "B"], place=["changji", "fukang"], role=["Y", "N"], lat=[44.0, 44.1], lon=[87.3] * 2
    )
    found = {f.kind: f.sentence for f in against_archive(frame, archive)}
    assert set(found) == {"background", "place", "unknown"}
    assert found["background"].startswith(
        "A: is a background station but is used for evaluation in the archive"
    )
    assert found["place"].startswith("B: belongs to 'changji' in the archive and to 'fukang'")
    assert found["unknown"].startswith("C: 1 stations")


def test_a_table_needs_no_own_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "counties.yaml").write_text(
        "places:\n  - {id: x, kind: county, zh: 某县, en: X, lat: 30, lon: 110}\n"
    )
    monkeypatch.setenv("AIRQ_HOME", str(tmp_path))
    frame = stations.load(pd.DataFrame({"code": ["1A"], "city": ["某县"], "lat": [30.0], "lon": [110.0]}))
    assert frame["place"].tolist() == ["x"] and stations.check(frame) == []
