"""Figures on the two standards: the numbers in them, both languages, every glyph, legible to every eye."""

from __future__ import annotations

import logging
import re
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib import colormaps, font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from airq import places, standards
from airq.figures import restatement, style
from airq.figures.restatement import SEASONS, annual_means, day_counts, days_lost
from airq.figures.style import FigureResult

SIX = {"pm25": 20.0, "pm10": 45.0, "so2": 10.0, "no2": 20.0, "co": 0.8, "o3": 90.0}


def days_by_hand() -> xr.Dataset:
    """Three places, 2017 to 2020, clean but for the days set here; 阜康 has no 2018, 奇台 no summer of 2019."""
    day = pd.date_range("2017-01-01", "2020-12-31")
    ids = ["changji", "fukang", "qitai"]
    data = {k: np.full((3, len(day)), v) for k, v in SIX.items()}
    at = {str(d.date()): k for k, d in enumerate(day)}
    for k in range(10):  # ten days lost to PM2.5 in January 2017
        data["pm25"][0, at[f"2017-01-{k + 1:02d}"]] = 70.0
    for k in range(7):  # seven to PM10 in April 2018
        data["pm10"][0, at[f"2018-04-{k + 1:02d}"]] = 130.0
    for k in range(3):  # three to both in October 2019
        data["pm25"][0, at[f"2019-10-{k + 1:02d}"]] = 65.0
        data["pm10"][0, at[f"2019-10-{k + 1:02d}"]] = 140.0
    for k in range(4):  # heavy under both
        data["pm25"][0, at[f"2020-12-{k + 1:02d}"]] = 180.0
    data["o3"][0, at["2020-06-01"]] = np.nan  # good before, not published now
    data["pm25"][1] = 33.0  # between the limits of 2012 and 2026
    data["pm25"][2] = 24.0
    for values in data.values():
        values[1, [k for d, k in at.items() if d.startswith("2018")]] = np.nan
        values[2, [k for d, k in at.items() if d[:7] in ("2019-06", "2019-07", "2019-08")]] = np.nan
    return xr.Dataset({k: (("place", "day"), v) for k, v in data.items()}, {"place": ids, "day": day})


@pytest.fixture(scope="module")
def days() -> xr.Dataset:
    return standards.add_index(days_by_hand(), "by-date")


@pytest.fixture(scope="module")
def result(days: xr.Dataset) -> standards.Restatement:
    return standards.restate(days)


@pytest.fixture(scope="module")
def covered(days: xr.Dataset) -> pd.DataFrame:
    known = days["aqi"].to_series().dropna().reset_index()
    kind = {"year": known["day"].dt.year, "season": [SEASONS[m % 12 // 3] for m in known["day"].dt.month]}
    return known.assign(**kind).groupby(["place", "year", "season"], as_index=False).agg(days=("aqi", "size"))


def names(lang: str) -> dict[str, str]:
    return {p: places.get(p).name(lang) for p in ("changji", "fukang", "qitai")}


def every_figure(result, covered, lang: str, simulated: bool = True) -> list[FigureResult]:
    out = []
    for site in (None, "changji"):
        pick = (lambda f: f) if site is None else (lambda f: f[f["place"] == "changji"])
        out += [
            day_counts(pick(result.years), names(lang), lang, simulated),
            days_lost(pick(result.lost), pick(result.years), names(lang), lang, simulated, covered),
            annual_means(pick(result.distance), names(lang), lang, simulated),
        ]
    return out


@pytest.fixture(scope="module")
def drawn(result, covered) -> dict[str, list[FigureResult]]:
    """Every figure in both languages, drawn once."""
    return {lang: every_figure(result, covered, lang) for lang in ("zh", "en")}


def texts(figure) -> list[str]:
    return [t.get_text() for t in figure.findobj(Text) if t.get_text().strip()]


@pytest.fixture
def only_bundled_fonts(monkeypatch: pytest.MonkeyPatch):
    """A machine without Chinese fonts: matplotlib's own DejaVu and the bundled Noto only."""
    style._register()
    manager = font_manager.fontManager
    kept = [f for f in manager.ttflist if "mpl-data" in f.fname or Path(f.fname).parent == style.FONTS]
    assert {f.name for f in kept} >= {"DejaVu Sans", "Noto Sans SC"}
    monkeypatch.setattr(manager, "ttflist", kept)
    manager._findfont_cached.cache_clear()
    yield
    manager._findfont_cached.cache_clear()


def complaints(results: list[FigureResult], caplog: pytest.LogCaptureFixture) -> list[str]:
    caplog.clear()
    with warnings.catch_warnings(record=True) as caught, caplog.at_level(logging.WARNING):
        warnings.simplefilter("always")
        for one in results:
            assert one.to_png(dpi=50).startswith(b"\x89PNG")
    return [str(w.message) for w in caught] + [r.getMessage() for r in caplog.records]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_glyph_is_missing_and_nothing_complains(drawn, lang, only_bundled_fonts, caplog) -> None:
    assert complaints(drawn[lang], caplog) == []


def test_a_missing_glyph_would_be_noticed(result, only_bundled_fonts, caplog) -> None:
    one = result.years[result.years["place"] == "changji"]
    assert complaints([day_counts(one, {"changji": "𠮷\U000e0041"}, "zh")], caplog)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_mark_of_simulated_data_and_plain_text(drawn, lang: str) -> None:
    for one in drawn[lang]:
        text = "\n".join(texts(one.figure))
        assert "模拟数据" in text and "$" not in text and "nan" not in text.lower(), one.caption
        assert one.caption in text and not one.frame.empty
        assert re.search("PM[₂₁]", text) or "days" in text or "天数" in text


def test_real_data_carry_no_mark(result) -> None:
    one = result.years[result.years["place"] == "changji"]
    assert "模拟" not in "\n".join(texts(day_counts(one, names("zh"), "zh", simulated=False).figure))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_texts_stay_inside_and_the_title_clear_of_the_mark(drawn, lang: str) -> None:
    for one in drawn[lang]:
        with style.applied():
            canvas = FigureCanvasAgg(one.figure)
            canvas.draw()
            box = one.figure.bbox
            for text in one.figure.findobj(Text):
                if not text.get_text().strip() or not text.get_visible():
                    continue
                extent = text.get_window_extent(canvas.get_renderer())
                assert extent.x0 >= box.x0 - 1 and extent.x1 <= box.x1 + 1, text.get_text()
                assert extent.y0 >= box.y0 - 1 and extent.y1 <= box.y1 + 1, text.get_text()
            title = one.figure._suptitle.get_window_extent(canvas.get_renderer())
            mark = next(
                t for t in one.figure.texts if "模拟数据" in t.get_text() and t is not one.figure._suptitle
            )
            assert title.x1 < mark.get_window_extent(canvas.get_renderer()).x0 - 5, one.caption


def bars(axes) -> list[int]:
    return [round(p.get_height()) for p in axes.patches if isinstance(p, Rectangle)]


def test_bars_are_the_counts(result) -> None:
    one = result.years[result.years["place"] == "changji"]
    figure = day_counts(one, names("en"), "en").figure
    good, heavy = figure.axes
    assert bars(good) == [365, 355, 365, 358, 365, 362, 362, 361]
    assert bars(heavy) == [0, 0, 0, 0, 0, 0, 4, 4]
    assert good.get_xticklabels()[3].get_text() == "2020\n366/365"  # one day is not published any more
    assert [t.get_text() for t in good.texts] == [str(b) for b in bars(good)]


def test_a_year_without_data_says_so(result) -> None:
    figure = day_counts(result.years, names("en"), "en").figure
    fukang = [a for a in figure.axes if a.get_title(loc="left").startswith("Fukang")]
    assert [sum(t.get_text() == "no data" for t in a.texts) for a in fukang] == [1, 1]
    assert [len(bars(a)) for a in fukang] == [6, 6]


def test_frame_and_order_of_places(result) -> None:
    backwards = dict(reversed(names("zh").items()))
    one = day_counts(result.years, backwards, "zh")
    heads = [a.get_title(loc="left") for a in one.figure.axes][::2]
    assert [h.split("  ")[0] for h in heads] == list(backwards.values())
    pd.testing.assert_frame_equal(one.frame, result.years.reset_index(drop=True))
    assert "3个地区2017–2020年" in one.caption


def cells(axes) -> list[str]:
    """Numbers of the heat map by row from the top, left to right; hatched cells as a dash."""
    out = []
    numbers = {(t.get_position()[0], t.get_position()[1]): t.get_text() for t in axes.texts}
    patches = [p for p in axes.patches if isinstance(p, Rectangle)]
    for p in sorted(patches, key=lambda p: (-round(p.get_y()), p.get_x())):
        near = [
            v
            for (x, y), v in numbers.items()
            if abs(x - p.get_x() - 0.47) < 0.1 and abs(y - p.get_y() - 0.42) < 0.1
        ]
        out.append("–" if p.get_hatch() else near[0])
    return out


def test_heat_map_shows_each_lost_day_by_season_and_pollutant(result, covered) -> None:
    figure = days_lost(result.lost, result.years, names("en"), "en", covered=covered).figure
    changji, fukang, qitai = figure.axes
    assert cells(changji)[:16] == ["10", "0", "0", "0", *["0"] * 4, "0", "0", "0", "3", *["0"] * 4]
    assert cells(changji)[16:] == [*["0"] * 4, "0", "7", "0", "0", "0", "0", "0", "3", *["0"] * 4]
    assert changji.get_title(loc="left") == "Changji City  20 good days lost"
    assert cells(fukang).count("–") == 8 and cells(fukang)[4:8] == ["–"] * 4  # 2018, two pollutants
    assert cells(qitai).count("–") == 2 and cells(qitai)[10] == "–"  # summer 2019
    assert [t.get_text() for t in changji.get_yticklabels()] == ["PM₂.₅", "PM₁₀"]


def test_annual_means_with_the_distance_to_every_limit(result) -> None:
    figure = annual_means(result.distance, names("en"), "en").figure
    changji, fukang, qitai = figure.axes[:3]
    assert sorted(line.get_ydata()[0] for line in fukang.lines[1:]) == [25, 30, 35]
    shown = [t.get_text() for t in fukang.texts]
    # mean 33 in three years, then a row for each limit with its value at both ends; no year 2018
    assert shown[:3] == ["33", "33", "33"]
    assert (
        shown.count("−2") == 3 and shown.count("+3") == 3 and shown.count("+8") == 3 and shown.count("–") == 3
    )
    withheld = [t.get_text() for t in qitai.texts]
    assert withheld.count("(−11)") == 1 and withheld.count("−11") == 3
    held = result.distance.query("place == 'changji' and standard == 'GB3095-2012'")
    assert [t.get_text() for t in changji.texts][:4] == [f"{m:g}" for m in held["mean"]]


def test_limits_are_those_of_the_tables(result) -> None:
    text = texts(annual_means(result.distance, names("en"), "en").figure)
    for name, value in (
        ("GB 3095-2012", 35),
        ("GB 3095-2026 (transition)", 30),
        ("GB 3095-2026 (from 2031)", 25),
    ):
        assert f"{value}  {name}" in text
    coarse = standards.restate(days_by_hand().isel(place=[0]), [2019], pollutant="pm10")
    text = texts(annual_means(coarse.distance, names("en"), "en", pollutant="pm10").figure)
    assert any(t.startswith("70  GB") for t in text) and any("PM₁₀" in t for t in text)


@pytest.mark.parametrize(("years", "sites"), [(1, 5), (14, 1), (25, 1)])
def test_many_years_and_stations_are_laid_out(years: int, sites: int) -> None:
    rng = np.random.default_rng(years)
    span = range(2001, 2001 + years)
    rows = [{"station": f"{s:04d}A", "place": "changji", "year": y, "days_valid_old": 365, "days_valid_new": 364,
             "good_days_old": 300, "good_days_new": 280, "heavy_days_old": 12, "heavy_days_new": 11, "days_lost": 20}
            for s in range(sites) for y in span]  # fmt: skip
    table = pd.DataFrame(rows)
    lost = pd.concat([table[["station", "year"]].assign(season=s, pollutant=p, days=rng.integers(0, 30, len(table)), alone=0)
                      for s in SEASONS for p in ("pm25", "no2")])  # fmt: skip
    distance = pd.concat([table[["station", "year"]].assign(standard=n, limit=v, mean=41.0, excess=41.0 - v, withheld="")
                          for n, v in (("GB3095-2012", 35.0), ("GB3095-2026-transition", 30.0))])  # fmt: skip
    for one in (
        day_counts(table, {}, "en"),
        days_lost(lost, table, {}, "en"),
        annual_means(distance, {}, "en"),
    ):
        if years < 25:
            assert one.to_png(dpi=40).startswith(b"\x89PNG")
        small = [t.get_fontsize() for t in one.figure.findobj(Text) if t.get_text().strip()]
        assert min(small) >= 4.4
        assert "0000A" in "\n".join(texts(one.figure))
    assert "NO₂" in texts(days_lost(lost, table, {}, "en").figure)


# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB
DEFICIENT = {
    "none": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


def lab(colour: str, eye: str) -> np.ndarray:
    rgb = np.asarray(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(DEFICIENT[eye]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    f = np.cbrt(np.maximum(xyz / [0.9505, 1.0, 1.089], 1e-6))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eye", DEFICIENT)
def test_old_and_new_differ_to_every_eye(eye: str) -> None:
    old, new = (lab(restatement.BARS[k], eye) for k in ("old", "new"))
    assert old[0] - new[0] > 35  # in lightness alone, so in grey print too
    shades = [to_hex(colormaps["Purples"](share)) for share in np.linspace(0.2, 0.95, 8)]
    lightness = [lab(shade, eye)[0] for shade in shades]
    assert all(a - b > 2 for a, b in pairwise(lightness))


def test_limits_differ_by_dash_as_well_as_colour() -> None:
    assert len({str(dash) for _, dash in restatement.LIMITS}) == len(restatement.LIMITS)
