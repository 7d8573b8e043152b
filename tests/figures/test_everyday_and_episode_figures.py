"""Figures of everyday analytics and of episodes: both languages, every glyph, the numbers in them, refusals."""

from __future__ import annotations

import logging
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from airq import analysis
from airq.errors import MissingData, ParameterError
from airq.figures import episodes, episodes_causes, everyday, everyday_distribution, everyday_models, style
from airq.figures.style import FigureResult

LANGUAGES = ["zh", "en"]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Half a year of two places with a winter of three episodes, some dust and a festival."""
    rng = np.random.default_rng(0)
    time = pd.date_range("2018-11-01 01:00", "2019-05-01", freq="h")
    day = np.arange(len(time)) / 24
    bad = sum(np.interp(day, [d, d + 2, d + 5, d + 6], [0, 1, 1, 0]) for d in (30, 55, 80))
    pm25 = (35 + 200 * bad) * rng.lognormal(0, 0.15, len(time))
    pm10 = 1.5 * pm25
    pm10[4000:4006] += 900
    weather = {"wind_speed": 2 - 1.5 * bad + rng.normal(0, 0.2, len(time)), "mixing_height": 600 - 400 * bad}
    one = pd.DataFrame({"time": time, "site": "changji", "pm25": pm25, "pm10": pm10, "co": 0.5 + bad, "no2": 30 + 20 * bad, **weather})  # fmt: skip
    return pd.concat([one, one.assign(site="fukang", pm25=one["pm25"] * 0.9)], ignore_index=True)


@pytest.fixture(scope="module")
def made(frame: pd.DataFrame) -> dict[str, object]:
    one = frame[frame["site"] == "changji"].assign(
        model=lambda f: 0.8 * f["pm25"] + 10, m2=lambda f: 40 - 0.1 * f["pm25"]
    )
    found = analysis.find_episodes(frame)
    return {
        "variation": analysis.time_variation(one, ["pm25", "no2"], difference=True),
        "correlation": analysis.correlation_matrix(one, draws=50),
        "level": analysis.trend_level(one, "pm25", by="year"),
        "distribution": analysis.distribution(one, "pm25", by="heating", log=True, draws=30),
        "plain": analysis.distribution(one, "pm25", draws=0),
        "pairs": analysis.quantile_pairs(one, "pm25", "model", draws=20),
        "conditional": analysis.conditional_quantiles(one, "pm25", "model"),
        "capture": analysis.data_capture(frame, ["pm25", "no2"]),
        "taylor": analysis.taylor_numbers(one, "pm25", ["model", "m2"]),
        "target": analysis.fairmode_target(frame.assign(model=frame["pm25"] * 0.7), "pm25", "model", "pm25"),
        "episodes": found,
        "weather": analysis.episode_weather(found, frame),
        "synchrony": analysis.regional_synchrony(frame, draws=50),
        "regimes": analysis.stagnation_regimes(one, draws=20),
        "dust": analysis.dust_record(frame),
        "fireworks": analysis.fireworks(frame),
    }


DRAWN = {
    "variation": everyday.variation,
    "correlation": everyday.correlations,
    "level": everyday.level,
    "distribution": everyday_distribution.distribution,
    "plain": everyday_distribution.distribution,
    "pairs": everyday_distribution.pairs,
    "conditional": everyday_distribution.conditional,
    "capture": everyday_distribution.capture,
    "taylor": everyday_models.taylor,
    "target": everyday_models.target,
    "episodes": episodes.course,
    "weather": episodes.weather,
    "synchrony": episodes.synchrony,
    "regimes": episodes_causes.regimes,
    "dust": episodes_causes.dust,
    "fireworks": episodes_causes.fireworks,
}


def texts(result: FigureResult) -> list[str]:
    return [t.get_text() for t in result.figure.findobj(Text) if t.get_visible() and t.get_text().strip()]


def checked(result: FigureResult, lang: str, caplog: pytest.LogCaptureFixture) -> str:
    """Draws without a missing glyph, nothing outside of the page, in its language."""
    with style.applied(), warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        canvas = FigureCanvasAgg(result.figure)
        canvas.draw()
    assert not caplog.records
    box = result.figure.bbox
    for text in result.figure.texts:
        extent = text.get_window_extent(canvas.get_renderer())
        assert extent.x0 >= -1 and extent.x1 <= box.x1 + 1 and extent.y0 >= -1 and extent.y1 <= box.y1 + 1, (
            text.get_text()
        )
    whole = "\n".join(texts(result))
    assert "nan" not in re.sub("[Ss]tagnant", "", whole).lower()
    own = whole.replace("模拟数据", "")
    assert bool(re.search("[\u4e00-\u9fff]", own)) == (lang == "zh"), own
    assert len(result.frame) and result.caption
    return whole


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", DRAWN)
def test_every_figure(
    made: dict[str, object], name: str, lang: str, caplog: pytest.LogCaptureFixture
) -> None:
    place = "昌吉市" if lang == "zh" else "Changji City"
    whole = checked(DRAWN[name](made[name], lang, place, True), lang, caplog)
    assert place in whole and "模拟数据" in whole


@pytest.mark.parametrize("lang", LANGUAGES)
def test_overview_and_difference(
    made: dict[str, object], lang: str, caplog: pytest.LogCaptureFixture
) -> None:
    whole = checked(episodes.overview(made["episodes"], lang), lang, caplog)
    assert ("昌吉市" if lang == "zh" else "Changji City") in whole
    whole = checked(everyday.variation(made["variation"], lang, difference=True), lang, caplog)
    assert ("减" if lang == "zh" else "less") in whole


def test_the_numbers_are_those_of_the_result(made: dict[str, object]) -> None:
    whole = texts(episodes.weather(made["weather"], "en"))
    row = made["weather"].table.set_index(["column", "stage"]).loc[("mixing_height", "peak")]
    assert f"{row['anomaly']:+.3g}".replace("-", "−") in whole
    pairs = made["synchrony"].pairs.iloc[0]
    assert f"{pairs['ratio']:.2f}" in texts(episodes.synchrony(made["synchrony"], "en"))
    shown = everyday_distribution.capture(made["capture"], "en").frame
    assert shown.equals(made["capture"].table)


def test_refusals(made: dict[str, object], frame: pd.DataFrame) -> None:
    clean = analysis.find_episodes(frame.assign(pm25=20.0, pm10=40.0, no2=20.0, co=0.3))
    for call, said in (
        (lambda: episodes.course(clean), "no episode"),
        (lambda: episodes.course(made["episodes"], site="manas"), "no episode"),
        (lambda: episodes_causes.dust(made["dust"], site="manas"), "not in the result"),
        (lambda: everyday.variation(analysis.time_variation(frame[frame["site"] == "fukang"], "pm25"), difference=True), "no difference"),
    ):  # fmt: skip
        with pytest.raises(MissingData, match=said):
            call()
    with pytest.raises(ParameterError, match="language"):
        everyday.correlations(made["correlation"], "fr")
    assert episodes.overview(clean, "en").frame.empty
