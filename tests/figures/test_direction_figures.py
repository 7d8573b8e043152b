"""Figures of direction and transport: both languages, every glyph, nothing outside, the numbers in them, refusals."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from drawings import look
from matplotlib.text import Text

from airq import analysis
from airq.errors import MissingData, ParameterError
from airq.figures import direction, direction_roses, direction_transport, trajectories
from airq.figures.direction_axes import nice_rings
from airq.figures.style import FigureResult

LANGUAGES = ["zh", "en"]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n = 3000
    ws, wd = rng.gamma(2.5, 1.0, n).round(1), 10.0 * rng.integers(1, 37, n)
    time = pd.date_range("2019-01-01 01:00", periods=n, freq="h")
    east = 60 * (np.cos(np.deg2rad(wd - 90)) > 0.7) * np.minimum(ws / 3, 1)
    return pd.DataFrame(
        {"time": time, "wind_speed": ws, "wind_direction": wd, "pm25": (25 + east) * rng.lognormal(0, 0.3, n)}
    )


@pytest.fixture(scope="module")
def results(frame) -> dict[str, object]:
    runs = analysis.wind_runs(frame, 44.0, 87.3, hours=12, every=3)
    sites = {"changji": 1.0, "wujiaqu": 0.8, "fukang": 1.3}
    long = pd.concat([frame.assign(site=s, pm25=frame["pm25"] * f) for s, f in sites.items()])
    pairs = [(a, b) for a in sites for b in sites if a != b]
    return {
        "polar": analysis.polar_surface(frame, "pm25"),
        "cpf": analysis.polar_surface(frame, "pm25", statistic="cpf", percentile=80),
        "change": analysis.polar_difference(frame[:1500], frame[1500:], "pm25"),
        "rings": [
            analysis.polar_annulus(frame, "pm25", period=p) for p in ("hour", "weekday", "season", "trend")
        ],
        "clusters": analysis.polar_clusters(frame, "pm25", clusters=3),
        "wind": analysis.wind_rose(frame),
        "rose": analysis.pollution_rose(frame, "pm25"),
        "percentiles": analysis.percentile_rose(frame, "pm25"),
        "probability": analysis.conditional_probability(frame, "pm25"),
        "transport": analysis.transport_index(long, "pm25", pairs, draws=60),
        "maps": [m(runs, frame, "pm25", cell=0.2) for m in (analysis.pscf, analysis.cwt, analysis.sqtba)],
        "ways": analysis.trajectory_clusters(runs, frame, "pm25", clusters=4),
        "plain_ways": analysis.trajectory_clusters(runs, clusters=4),
    }


def make(results: dict, lang: str) -> dict[str, FigureResult]:
    place = "昌吉市" if lang == "zh" else "Changji City"
    given = (lang, place, True)
    return {
        "polar": direction.polar(results["polar"], *given),
        "cpf": direction.polar(results["cpf"], *given),
        "change": direction.difference(results["change"], *given),
        "rings": direction.annulus(results["rings"], *given),
        "ring": direction.annulus(results["rings"][0], *given),
        "clusters": direction.clusters(results["clusters"], *given),
        "wind": direction_roses.rose(results["wind"], *given),
        "rose": direction_roses.rose(results["rose"], *given),
        "percentiles": direction_roses.percentiles(results["percentiles"], *given),
        "probability": direction_roses.probability(results["probability"], *given),
        "transport": direction_transport.transport(results["transport"], *given),
        "maps": trajectories.source_map(results["maps"], *given),
        "map": trajectories.source_map(results["maps"][1], *given),
        "ways": trajectories.ways(results["ways"], *given),
        "plain_ways": trajectories.ways(results["plain_ways"], *given),
    }


@pytest.fixture(scope="module")
def drawn(results) -> dict[str, dict[str, FigureResult]]:
    return {lang: make(results, lang) for lang in LANGUAGES}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_glyph_is_there_and_texts_stay_inside(drawn, lang: str) -> None:
    for name, one in drawn[lang].items():
        found = look(one)
        assert found.complaints == [], name
        said = found.words
        assert one.caption in said and "模拟数据" in said and "nan" not in said.lower(), name
        box = one.figure.bbox
        for text, extent in found.texts:
            ticks = re.fullmatch(r"[−-]?[\d.,]+", text)  # ticks beyond the limits are not drawn
            inside = box.x0 - 1 <= extent.x0 and extent.x1 <= box.x1 + 1
            assert ticks or (inside and box.y0 - 1 <= extent.y0 and extent.y1 <= box.y1 + 1), (name, text)


def test_english_figures_hold_no_chinese_and_chinese_ones_name_the_compass(drawn) -> None:
    for name, one in drawn["en"].items():
        said = "\n".join(t.get_text() for t in one.figure.findobj(Text)).replace("模拟数据", "")
        assert not re.search("[\u4e00-\u9fff]", said), name
    for name in ("polar", "rose", "rings", "clusters", "probability"):
        said = [t.get_text() for t in drawn["zh"][name].figure.findobj(Text)]
        assert {"北", "东", "南", "西"} <= set(said), name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_gives_its_numbers(drawn, results, lang: str) -> None:
    made = drawn[lang]
    surface = results["polar"]
    assert len(made["polar"].frame) == np.isfinite(surface.value).sum()
    assert made["polar"].frame["value"].tolist() == surface.value[np.isfinite(surface.value)].tolist()
    assert made["rose"].frame["share"].sum() == pytest.approx(1 - results["rose"].calm_share)
    assert set(made["rings"].frame["period"]) == {"hour", "weekday", "season", "trend"}
    assert set(made["maps"].frame["method"]) == {"PSCF", "CWT", "SQTBA"}
    assert made["clusters"].frame["hours"].sum() == 3000
    assert len(made["transport"].frame) == 6 and len(made["probability"].frame) == 12
    assert made["ways"].frame["cluster"].nunique() == 4


def test_units_and_what_to_think_of_it_stand_on_the_page(drawn) -> None:
    said = {k: "\n".join(t.get_text() for t in v.figure.findobj(Text)) for k, v in drawn["en"].items()}
    assert "µg/m³" in said["polar"] and "not to be read" in said["polar"] and "edf" in said["polar"]
    assert "m/s" in said["wind"] and "calm" in said["wind"]
    assert "not of a model" in said["maps"] and "Evidence of transport, not a share" in said["transport"]
    assert "whole weeks drawn anew" in said["probability"]


def test_unreliable_cells_are_hatched(results) -> None:
    one = direction.polar(results["polar"], "en")
    assert not results["polar"].reliable[np.isfinite(results["polar"].value)].all()
    hatches = [h for c in one.figure.axes[0].collections for h in getattr(c, "hatches", [c.get_hatch()]) if h]
    assert "/////" in hatches


def test_colours_survive_the_palette_of_the_page(drawn) -> None:
    """The brightest step of the key is among the colours of the picture, not a near grey."""
    from io import BytesIO

    import matplotlib as mpl
    from PIL import Image

    picture = Image.open(BytesIO(drawn["en"]["polar"].to_png())).convert("RGB")
    seen = {colour for _, colour in picture.getcolors(picture.width * picture.height)}
    top = tuple(round(255 * c) for c in mpl.colormaps["viridis"].resampled(24)(1.0)[:3])
    assert min(sum(abs(a - b) for a, b in zip(top, c, strict=True)) for c in seen) <= 3


def test_rings_are_round_numbers_within_reach() -> None:
    for highest in np.random.default_rng(0).lognormal(1, 2, 200):
        rings = nice_rings(float(highest))
        assert 1 <= len(rings) <= 4 and rings[-1] <= highest * (1 + 1e-9)


def test_what_cannot_be_drawn_is_refused(results) -> None:
    with pytest.raises(ParameterError, match="language"):
        direction.polar(results["polar"], "fr")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="one to four"):
        direction.annulus([])
    with pytest.raises(MissingData, match="nothing to draw"):
        trajectories.source_map([])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_maps_of_ways_and_sources_say_whether_they_are_approved(drawn, results, lang: str) -> None:
    sketch = {"zh": "内部示意图", "en": "Internal sketch map"}[lang]
    for name, panels in (("maps", 2), ("map", 1), ("ways", 1)):
        said = [t.get_text() for t in drawn[lang][name].figure.findobj(lambda a: a.get_gid() == "approval")]
        assert len(said) >= panels and set(said) == {sketch}
    numbered = trajectories.ways(results["ways"], lang, approval="新S(2026)001号")
    said = [t.get_text() for t in numbered.figure.findobj(lambda a: a.get_gid() == "approval")]
    assert len(said) == 1 and "新S(2026)001号" in said[0]
