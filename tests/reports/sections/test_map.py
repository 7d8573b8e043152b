"""The map section: numbers agree with the report, each lack is a sentence, and another region needs no outline."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from html import unescape

import numpy as np
import pandas as pd
import pytest
from small_archive import hours, table

from airq import dataset, places
from airq.analysis import CountyMonth, county_month
from airq.analysis import period as periods
from airq.observations import Archive
from airq.reports import numbers
from airq.reports.parameters import Settings
from airq.reports.sections import Context, compute, find, map_boundaries, map_page
from airq.reports.sections import map as section

PERIOD = "2026-10"


def context_of(archive: Archive, results: dict[str, CountyMonth], **settings) -> Context:
    first = next(iter(results))
    return Context(
        archive, places.get(first), periods.parse(PERIOD), results[first], results, Settings(**settings)
    )


@pytest.fixture(scope="module")
def results(small_archive) -> dict[str, CountyMonth]:
    return {
        name: county_month(small_archive, name, PERIOD) for name in ("changji-prefecture", "changji", "mori")
    }


@pytest.fixture(scope="module")
def data(small_archive, results) -> dict:
    made = compute(find("map"), context_of(small_archive, results))
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    return made


def text(parts: list) -> str:
    plain = (re.sub("<[^>]+>", " ", str(getattr(p, "data", p))) for p in parts if not hasattr(p, "figure"))
    return unescape("\n".join(plain))


def shown(data, result, lang: str = "en") -> tuple[str, list]:
    parts = section.show(data, result, lang)
    return text(parts), [p for p in parts if hasattr(p, "figure")]


def test_means_and_days_are_those_of_the_report(data, results):
    group = results["changji-prefecture"]
    assert [p["id"] for p in data["places"]][0:2] == ["changji", "mori"] and len(data["places"]) == 7
    for entry in data["places"]:
        row = group.row(standard=group.standards[1], place=entry["id"])
        if row is None:
            assert entry["mean"] is None and entry["editions"]["2026"]["category"] == 0
            continue
        assert entry["printed"] == (str(numbers.printed(row, "mean_pm25") or ""))
        assert entry["editions"]["2026"]["good"] == row["good_days"]


def test_the_median_day_is_in_the_middle(data, results):
    days = results["changji"].days
    for edition in ("2012", "2026"):
        aqi = sorted(days.loc[days["edition"] == edition, "aqi"].dropna())
        got = next(p for p in data["places"] if p["id"] == "changji")["editions"][edition]
        assert got["aqi"] == aqi[(len(aqi) - 1) // 2] and got["valid"] == len(aqi)
        assert sum(a <= got["aqi"] for a in aqi) * 2 >= len(aqi)


def test_a_station_mean_is_the_mean_of_its_valid_days(data, small_archive):
    from airq import standards

    ds = small_archive.load(stations=["CH2"], start=PERIOD, end=PERIOD)
    days = standards.daily(ds, "2026")["pm25"].values[0]
    got = next(s for s in data["stations"] if s["station"] == "CH2")
    assert got["days"] == np.isfinite(days).sum() and got["mean"] == pytest.approx(np.nanmean(days))


def test_the_field_leaves_out_the_background_station_or_says_why_there_is_none(data):
    used = len([s for s in data["stations"] if s["mean"] is not None and s["role"] != "background"])
    if "field" in data:
        assert len(data["field"]["value"]) == used
    else:
        assert data["no_field"]["reason"] in ("few", "no_skill") and data["no_field"]["stations"] == used


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("place", ["changji-prefecture", "changji", "mori"])
def test_each_page_has_two_maps_and_their_numbers(data, results, place, lang):
    said, figures = shown(data, results[place], lang)
    assert len(figures) == 2 and said.startswith("## ")
    for figure in figures:
        assert ("内部示意图" if lang == "zh" else "Internal sketch map") in figure.caption
        assert ("高德" if lang == "zh" else "Amap") in figure.caption
        assert places.get(place).name(lang) in figure.caption
    plain = said.replace("审图号", "")
    if lang == "en":
        assert not re.search("[\u4e00-\u9fff]", plain)
    else:
        assert not re.search("[A-Za-z]{4,}", plain.replace("MDA8", ""))
    for entry in data["places"]:
        assert entry["printed"] in said


def test_categories_are_those_of_the_rule_of_the_day(data, results, monkeypatch):
    asked = []
    monkeypatch.setattr(
        map_page.maps, "category_map", lambda table, ground, edition, **_: asked.append(edition)
    )
    monkeypatch.setattr(map_page.maps, "concentration_map", lambda *a, **k: None)
    for rule in ("GB3095-2012", "GB3095-2026-transition"):
        section.show(data, replace(results["changji"], in_force=(rule,)), "zh")
    assert asked == ["2012", "2026"]


def test_a_county_names_its_own_stations(data, results):
    _, (first, _) = shown(data, results["changji"], "zh")
    texts = [t.get_text() for t in first.figure.axes[0].texts]
    assert sum("昌吉一号点" in t or "昌吉二号点" in t or "昌吉三号点" in t for t in texts) == 3


def test_the_approval_number_is_printed(small_archive, results):
    made = compute(find("map"), context_of(small_archive, results, map_approval="新S(2026)001号"))
    said, figures = shown(made, results["changji"], "zh")
    assert "审图号：新S(2026)001号" in said
    for figure in figures:
        assert "新S(2026)001号" in figure.caption and "内部示意图" not in figure.caption
        assert any("新S(2026)001号" in t.get_text() for t in figure.figure.axes[0].texts)


# ---- outlines ----


def test_an_own_file_replaces_the_shipped_one(small_archive, results, tmp_path):
    ring = [[86.6, 43.5], [88.0, 43.5], [88.0, 44.8], [86.6, 44.8], [86.6, 43.5]]
    feature = {
        "type": "Feature",
        "properties": {"name": "昌吉市"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    file = tmp_path / "own.geojson"
    file.write_text(
        json.dumps({"type": "FeatureCollection", "source": "某局2026", "features": [feature]}),
        encoding="utf-8",
    )
    context = context_of(small_archive, results, boundaries=str(file))
    made = compute(find("map"), context)
    _, figures = shown(made, results["changji"], "zh")
    assert "某局2026" in figures[0].caption
    found = map_boundaries.outlines(str(file))
    assert list(found.polygons) == ["changji"]
    before = section.inputs(context)
    file.write_text(file.read_text(encoding="utf-8").replace("86.6", "86.7"), encoding="utf-8")
    assert section.inputs(context) != before


@pytest.mark.parametrize("broken", ["{", '{"type": "FeatureCollection", "features": []}', None, "\x00\x01"])
def test_a_broken_file_is_one_sentence_and_the_points_stay(small_archive, results, tmp_path, broken):
    file = tmp_path / "broken.geojson"
    if broken is not None:
        file.write_text(broken, encoding="utf-8")
    made = compute(find("map"), context_of(small_archive, results, boundaries=str(file)))
    assert (
        made["boundaries"]["reason"].startswith("broken.geojson") and "\n" not in made["boundaries"]["reason"]
    )
    said, figures = shown(made, results["changji"], "en")
    assert (
        made["boundaries"]["reason"] in said
        and "points within their bounding box" in said
        and len(figures) == 2
    )
    assert str(tmp_path) not in said
    said, _ = shown(made, results["changji"], "zh")
    assert "界线文件broken.geojson不能使用" in said


def test_a_file_of_a_web_map_is_brought_to_wgs84(tmp_path):
    from airq.observations.stations import wgs84_to_gcj02

    lat, lon = wgs84_to_gcj02(
        np.array([44.0, 44.0, 44.5, 44.5, 44.0]), np.array([87.0, 87.5, 87.5, 87.0, 87.0])
    )
    about = {"adcode": 652301, "name": "昌吉市", "childrenNum": 0, "subFeatureIndex": 0, "acroutes": [1]}
    ring = np.column_stack([lon, lat]).tolist()
    document = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": about, "geometry": {"type": "Polygon", "coordinates": [ring]}}]}  # fmt: skip
    file = tmp_path / "atlas.geojson"
    file.write_text(json.dumps(document), encoding="utf-8")
    found = map_boundaries.outlines(str(file))
    if "GCJ-02" in found.source[1]:  # as the reader recognises it
        assert found.polygons["changji"].bounds == pytest.approx((87.0, 44.0, 87.5, 44.5), abs=1e-4)
    assert found.polygons and found.source[0].startswith("自备文件atlas.geojson")


def test_without_any_file_the_map_shows_points(small_archive, results, root, tmp_path, monkeypatch):
    shutil.copytree(root / "params", tmp_path / "params")
    monkeypatch.setenv("AIRQ_HOME", str(tmp_path))
    made = compute(find("map"), context_of(small_archive, results))
    said, figures = shown(made, results["changji-prefecture"], "en")
    assert "No outline covers the place" in said and "Outlines:" not in figures[0].caption


# ---- what is missing ----


def test_an_archive_without_positions_has_no_map(small_archive, results, tmp_path):
    stations = table(("changji",)).assign(lat=np.nan, lon=np.nan)
    time, values = hours(stations, PERIOD, PERIOD)
    archive = Archive(tmp_path / "nowhere")
    archive.store(dataset.build(stations, time, values), source="made here", simulated=True)
    result = county_month(archive, "mori", PERIOD)
    made = compute(find("map"), context_of(archive, {"mori": result}))
    assert made["missing"]["en"] == "No station of the archive has a position; there is no map."
    assert "没有坐标" in made["missing"]["zh"]


def test_a_period_without_a_value_says_so(small_archive, results, tmp_path):
    stations = table(("changji",))
    time, values = hours(stations, PERIOD, PERIOD)
    archive = Archive(tmp_path / "empty")
    empty = {k: np.full_like(v, np.nan) for k, v in values.items()}
    empty["co"][0, :30] = 0.5
    archive.store(dataset.build(stations, time, empty), source="made here", simulated=True)
    result = county_month(archive, "changji", PERIOD)
    made = compute(find("map"), context_of(archive, {"changji": result}))
    said, figures = shown(made, result, "en")
    assert "No station has a valid mean of PM₂.₅" in said and not figures
    assert made["no_field"] == {
        "reason": "few",
        "stations": 0,
        "places": 0,
        "min_stations": 8,
        "min_places": 5,
    }


def test_wind_is_the_mean_vector_of_enough_hours(small_archive, results, tmp_path):
    folder = tmp_path / "windy"
    shutil.copytree(small_archive.path, folder)
    archive = Archive(folder)
    time = pd.date_range("2026-10-01 01:00", "2026-11-01 00:00", freq="h")
    seats = [places.get(n) for n in ("changji", "fukang")]
    stations = pd.DataFrame({"station": ["W1", "W2"], "place": [s.id for s in seats], "lat": [s.lat for s in seats], "lon": [s.lon for s in seats], "name_zh": ["甲", "乙"], "name_en": ["A", "B"], "network": "national", "role": "evaluation"})  # fmt: skip
    speed = np.full((2, len(time)), 3.0)
    speed[0, ::2] = 1.0
    speed[1, : len(time) * 2 // 3] = np.nan
    direction = np.full((2, len(time)), 270.0)
    direction[0, ::2] = 90.0
    ds = dataset.build(stations, time, {"wind_speed": speed, "wind_direction": direction})
    archive.store(ds, source="made here", kind="weather", simulated=True)
    made = compute(find("map"), context_of(archive, results))
    (only,) = made["wind"]
    assert only["station"] == "W1" and only["hours"] == len(time)
    assert (
        only["u"] == pytest.approx(1.0) and only["v"] == pytest.approx(0.0, abs=1e-9) and only["speed"] == 2.0
    )
    said, (first, _) = shown(made, results["changji"], "en")
    assert "Arrows are mean wind vectors" in said and " 2.0 " in said and " W " in said
    assert (first.frame["kind"] == "wind").sum() == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_without_a_mean_no_map_of_concentrations_is_drawn_but_that_of_categories_is(data, results, lang):
    bare = json.loads(json.dumps(data))
    for station in bare["stations"]:
        station |= {"mean": None, "printed": ""}
    for place in bare["places"]:
        place |= {"mean": None, "printed": ""}
    bare.pop("field", None)
    bare["no_field"] = {"reason": "few", "stations": 0, "places": 0, "min_stations": 8, "min_places": 5}
    said, figures = shown(bare, results["changji"], lang)
    assert [f.name for f in figures] == ["map-categories"]
    assert {"zh": "不绘浓度分布图", "en": "no map of concentrations is drawn"}[lang] in said
    assert {"zh": "没有审图号", "en": "approval number"}[lang] in said
