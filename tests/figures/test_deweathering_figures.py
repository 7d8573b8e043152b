"""Figures of deweathering: both languages, every glyph, nothing outside, the numbers in them, refusals."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from drawings import look
from matplotlib.text import Text

from airq import analysis
from airq.errors import MissingData, ParameterError
from airq.figures import deweathering
from airq.figures.style import FigureResult

LANGUAGES = ["zh", "en"]


@pytest.fixture(scope="module")
def found() -> analysis.Deweathered:
    rng = np.random.default_rng(0)
    n = 1100
    wind, rain = rng.gamma(3, 1, n), np.maximum(rng.normal(-1, 1, n), 0)
    frame = pd.DataFrame(
        {
            "time": pd.date_range("2018-02-10", periods=n),
            "pm25": 60 / (0.5 + wind) * np.exp(-0.2 * rain) * rng.lognormal(0, 0.2, n),
            "wind_speed": wind, "wind_direction": rng.uniform(0, 360, n), "precipitation": rain, "odd": rng.normal(size=n),
        }
    )  # fmt: skip
    return analysis.deweather(frame, "pm25", ["wind_speed", "wind_direction", "precipitation", "odd"], n_samples=20, model="extra_trees")  # fmt: skip


@pytest.fixture(scope="module")
def drawn(found) -> dict[str, dict[str, FigureResult]]:
    trend = found.trend(draws=99)
    place = {"zh": "昌吉市", "en": "Changji City"}
    return {
        lang: {
            "months": deweathering.deweathered(found, lang, place[lang], True, trend),
            "plain": deweathering.deweathered(found, lang, place[lang], True),
            "responses": deweathering.responses(found, lang, place[lang], True, most=3),
        }
        for lang in LANGUAGES
    }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_glyph_is_there_and_texts_stay_inside(drawn, lang: str) -> None:
    for name, one in drawn[lang].items():
        found = look(one)
        assert found.complaints == [], name
        said = found.words
        assert one.caption in said and "模拟数据" in said and "nan" not in said.lower(), name
        box = one.figure.bbox
        for text, extent in found.texts:
            ticks = re.fullmatch(r"[−-]?[\d.,]+", text)
            inside = box.x0 - 1 <= extent.x0 and extent.x1 <= box.x1 + 1
            assert ticks or (inside and box.y0 - 1 <= extent.y0 and extent.y1 <= box.y1 + 1), (name, text)


def test_languages_do_not_mix(drawn) -> None:
    for name, one in drawn["en"].items():
        said = "\n".join(t.get_text() for t in one.figure.findobj(Text)).replace("模拟数据", "")
        assert not re.search("[\u4e00-\u9fff]", said), name
    said = "\n".join(t.get_text() for t in drawn["zh"]["responses"].figure.findobj(Text))
    assert "风速" in said and "降水量" in said and "风的北向分量" in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_gives_its_numbers(drawn, found, lang: str) -> None:
    months = drawn[lang]["months"].frame
    assert months["normalised"].equals(found.months["normalised"].reset_index(drop=True))
    assert np.allclose(months["effect"], months["observed"] - months["normalised"], equal_nan=True)
    responses = drawn[lang]["responses"].frame
    assert (responses["kind"] == "importance").sum() == 5
    assert responses.loc[responses["kind"] == "effect", "variable"].nunique() == 3


def test_the_trend_and_what_the_result_says_of_itself_stand_below(drawn, found) -> None:
    said = "\n".join(t.get_text() for t in drawn["en"]["months"].figure.findobj(Text))
    assert "Deweathered trend" in said and "µg/m³ a year" in said and "R² of weeks not seen" in said
    assert "range of the models" in said and "5 models" in said
    plain = "\n".join(t.get_text() for t in drawn["en"]["plain"].figure.findobj(Text))
    assert "Deweathered trend" not in plain


def test_what_cannot_be_drawn_is_refused(found) -> None:
    with pytest.raises(ParameterError, match="language"):
        deweathering.deweathered(found, "fr")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="1 to 6"):
        deweathering.responses(found, most=0)
    empty = found.months.assign(normalised=np.nan)
    with pytest.raises(MissingData, match="every month is withheld"):
        deweathering.deweathered(type(found)(**{**vars(found), "months": empty}))
