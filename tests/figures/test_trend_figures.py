"""Figures of trends: both languages, every glyph, nothing outside or overlapping the key, the numbers in them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from drawings import look
from matplotlib.text import Text

from airq import analysis
from airq.errors import ParameterError
from airq.figures import trend, trend_curves
from airq.figures.style import FigureResult
from airq.figures.trend_words import ends, number

LANGUAGES = ["zh", "en"]


@pytest.fixture(scope="module")
def hours() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n = 24 * 365 * 4
    t = np.arange(n) / 8760
    values = (60 - 4 * t - 15 * (t > 2)) * (1 + 0.5 * np.cos(2 * np.pi * t)) + rng.normal(0, 15, n)
    frame = pd.DataFrame({"time": pd.date_range("2019-01-01 01:00", periods=n, freq="h"), "pm25": values})
    frame.loc[3000:4000, "pm25"] = np.nan
    return frame


@pytest.fixture(scope="module")
def results(hours) -> dict[str, object]:
    means = analysis.period_means(hours, "pm25")
    flat = pd.Series(np.random.default_rng(1).normal(30, 2, 60), index=pd.period_range("2019-01", periods=60, freq="M"), name="nox")  # fmt: skip
    return {
        "line": analysis.theil_sen(means, True, draws=199),
        "plain": analysis.theil_sen(flat, autocorrelation=False, draws=199),
        "side": analysis.side_by_side(means, means.series * 0.9),
        "tests": analysis.trend_tests(means, True, draws=199),
        "few": analysis.trend_tests(flat[:30], draws=199),
        "smooth": analysis.smooth_trend(means, True),
        "breaks": analysis.breakpoints(means, "level", deseasonalise=True, draws=39),
        "unbroken": analysis.breakpoints(flat, "level", draws=39),
        "scales": analysis.kz_filter(hours, "pm25", (107, 8761)),
        "capture": means,
    }


def make(results: dict, lang: str) -> dict[str, FigureResult]:
    given = (lang, "昌吉市" if lang == "zh" else "Changji City", True)
    return {
        "line": trend.line(results["line"], *given),
        "plain": trend.line(results["plain"], *given),
        "side": trend.side_by_side(results["side"], *given),
        "tests": trend.methods(results["tests"], *given),
        "few": trend.methods(results["few"], *given),
        "smooth": trend_curves.smooth(results["smooth"], *given),
        "breaks": trend_curves.breaks(results["breaks"], *given),
        "unbroken": trend_curves.breaks(results["unbroken"], *given),
        "scales": trend_curves.scales(results["scales"], *given),
        "capture": trend_curves.capture(results["capture"], *given),
    }


@pytest.fixture(scope="module")
def drawn(results) -> dict[str, dict[str, FigureResult]]:
    return {lang: make(results, lang) for lang in LANGUAGES}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_glyph_is_there_and_texts_stay_inside_and_apart(drawn, lang: str) -> None:
    for name, one in drawn[lang].items():
        found = look(one)
        assert found.complaints == [], name
        said = found.words
        assert one.caption in said and "模拟数据" in said and "nan" not in said.lower(), name
        box = one.figure.bbox
        for text, extent in found.drawn:
            inside = box.x0 - 1 <= extent.x0 and extent.x1 <= box.x1 + 1
            tick = re.fullmatch(r"[−-]?[\d.,]+", text.get_text())  # ticks beyond the limits are not drawn
            assert tick or (inside and box.y0 - 1 <= extent.y0 and extent.y1 <= box.y1 + 1), (name, text)
        low = [(t, e) for t, e in found.drawn if e.y1 < 45 and not re.fullmatch(r"[\d.,−–-]+", t.get_text())]
        for k, (a, first) in enumerate(low):
            for b, second in low[k + 1 :]:
                assert not first.padded(-1).overlaps(second.padded(-1)), (name, a, b)


def test_english_figures_hold_no_chinese(drawn) -> None:
    for name, one in drawn["en"].items():
        said = "\n".join(t.get_text() for t in one.figure.findobj(Text)).replace("模拟数据", "")
        assert not re.search("[\u4e00-\u9fff]", said), name


def said_of(one: FigureResult) -> str:
    return "\n".join(t.get_text() for t in one.figure.findobj(Text))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_gives_its_numbers(drawn, results, lang: str) -> None:
    made = drawn[lang]
    found = results["line"]
    pd.testing.assert_frame_equal(made["line"].frame, found.points)
    for value in (found.slope_per_year, *found.interval, found.percent_per_year):
        assert number(value) in said_of(made["line"])
    assert made["side"].frame["series"].value_counts().to_dict() == {"raw": 48, "deweathered": 48}
    assert len(made["tests"].frame) == 7 and ("不显著" if lang == "zh" else "not significant") in said_of(
        made["few"]
    )
    assert ("无法检验" if lang == "zh" else "withheld") in said_of(made["few"])
    for date in results["breaks"].dates:
        assert f"{date:%Y-%m}" in said_of(made["breaks"])
    assert len(results["breaks"].dates) >= 1 and not results["unbroken"].dates
    assert len(made["scales"].frame) == 24 * 365 * 4
    short = results["capture"].withheld
    for share in np.floor(100 * short["capture"]):
        assert f"{share:.0f}" in said_of(made["capture"]).split() or share == 0


def test_p_values_are_never_nothing() -> None:
    assert ends(0.0, 599, "en") == "p < 0.004" and ends(0.004, 599, "en") == "p = 0.004"
    assert ends(0.0, 99, "zh") == "p < 0.021" and number(-1234.5) == "−1234" and number(0.0) == "0.000"


def test_capture_is_by_month_only(hours) -> None:
    with pytest.raises(ParameterError, match="by day"):
        trend_curves.capture(analysis.period_means(hours, "pm25", "day"))
    with pytest.raises(ParameterError, match="'fr'"):
        trend_curves.capture(analysis.period_means(hours, "pm25"), "fr")
