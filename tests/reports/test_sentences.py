"""Notes and refusals of analyses on Chinese pages: Chinese, complete, and still what the code says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import airq
from airq import analysis
from airq.errors import MissingData
from airq.reports.sentences import listed, note, said, translated
from airq.reports.sentences_zh import CHINESE
from airq.texts import Note

TOGETHER: list[str] = [
    "column '{}' has {} months; a season needs more than {} months: give a longer period",
    "column '{}': median {} hPa, but {} hPa is usual at {} m; it looks like pressure reduced to sea level, so use a weather file of the place itself",
    "column '{}': median {} hPa, but {} hPa is usual at {} m; the weather comes from about {} m, so use a weather file of the place itself",
    "no value at the source",
    "no value at the receptor",
    "the values at the source do not vary",
    "the values at the receptor do not vary",
    "{} values of {} below 0 count as missing",
    "{} values of {} of 0 or less count as missing",
    "{} days without weather are left out; it is missing throughout in the calendar months {}, for which the result does not speak",
    "Donor {} is left out: it is treated too, from {}",
]
"""Sentences that the code puts together of parts."""
ROOT = Path(airq.__file__).parent


def words_of(file: Path) -> str:
    """Every text of a module without its docstrings, joined strings as they are written."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    out = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            out.append(node.value)
        if isinstance(node, ast.JoinedStr):
            out.append("".join(v.value if isinstance(v, ast.Constant) else "\0" for v in node.values))
    return "\n".join(out)


@pytest.fixture(scope="module")
def source() -> str:
    files = [*(ROOT / "analysis").rglob("*.py"), *(ROOT / "reports").glob("*_page.py"), ROOT / "standards"]
    files += (ROOT / "standards").rglob("*.py")
    return "\n".join(words_of(f) for f in files if f.is_file())


def test_every_sentence_of_the_table_is_still_said(source: str) -> None:
    gone = []
    for english in CHINESE:
        longest = max(re.split(r"\{\}", english), key=len).strip(" .;")
        if longest not in source:
            gone.append(english)
    assert sorted(gone) == sorted(TOGETHER)


def test_every_chinese_sentence_takes_parts_that_there_are() -> None:
    for english, chinese in CHINESE.items():
        used = {int(n) for n in re.findall(r"\{(\d)\}", chinese)}
        assert used <= set(range(english.count("{}"))), english
        assert re.search(r"[\u4e00-\u9fff]", chinese), english


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("1,752 rows without a time are left out.", "略去1,752行没有时间的记录。"),
        ("fukang: 4 days without weather are left out.", "阜康市：略去4天没有气象的日子。"),
        (
            "Before: 3 hours without wind speed are left out.",
            "前：略去3小时没有风速的记录。",
        ),
        (
            "no donor is left: Donor fukang is left out: it is treated too. Donor manas is left out: it is treated too. Name sites without the measure.",
            "没有对照地可用：对照地阜康市略去：也有这项措施；对照地玛纳斯县略去：也有这项措施请给出没有这项措施的地方。",
        ),
        (
            "the estimate of -3 % is smaller than what these data can show (-9 or +10 %).",
            "估计−3%小于这些资料能看出的变化（−9%或+10%）。",
        ),
        (
            "no hour has both a wind and a value: 5 hours without a value of pm25 are left out; 7 hours without wind speed are left out; check the columns and their codes.",
            "没有一个小时同时有风和浓度：略去5小时没有PM₂.₅值的记录；略去7小时没有风速的记录；请核对各项和代码。",
        ),
    ],
)
def test_known_sentences(english: str, chinese: str) -> None:
    assert said(english, "zh").replace("措施；请给", "措施请给") == chinese
    named = english.replace("Donor fukang", "Donor Fukang").replace("Donor manas", "Donor Manas")
    assert said(english, "en") == named  # sites by their name


def test_own_chinese_comes_first_and_strangers_stay() -> None:
    assert said(MissingData(Note("no data", "无数据")), "zh") == "无数据"
    assert said("nobody wrote this down", "zh") == "nobody wrote this down"
    assert translated("nobody wrote this down") is None


def test_a_long_text_is_told_quickly() -> None:
    assert translated("x " * 20_000) is None


def test_lists_and_parts_left_out_are_escaped() -> None:
    assert listed(["a <b", "a <b"], "en")[0]._repr_html_() == '<ul class="note"><li>a &lt;b.</li></ul>'
    assert listed([], "zh") == []
    assert (
        note(("略去：", "Left out: "), "a <b", "en")._repr_html_() == '<p class="note">Left out: a &lt;b</p>'
    )


def _bad() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    n = 24 * 300
    frame = pd.DataFrame(
        {
            "date": pd.date_range("2018-01-01", periods=n, freq="h", tz="UTC"),
            "pm25": rng.lognormal(3.5, 0.6, n),
            "wind_speed": rng.gamma(2, 1, n),
            "wind_direction": rng.integers(0, 37, n) * 10.0,
            "temperature": rng.normal(5, 8, n),
        }
    )
    frame.loc[::7, "pm25"] = -999.0
    frame.loc[1::7, "pm25"] = 0.0
    frame.loc[2::50, "wind_direction"] = 999.0
    frame.loc[3::50, "wind_speed"] = np.nan
    frame.loc[4::50, "temperature"] = 999.0
    return pd.concat([frame, frame.iloc[:30]])


def test_what_bad_data_are_told_is_chinese_on_a_chinese_page() -> None:
    frame = _bad()
    results = [
        analysis.period_means(frame, "pm25"),
        analysis.theil_sen(analysis.period_means(frame, "pm25"), True),
        analysis.kz_filter(frame, "pm25", (25,)),
        analysis.wind_rose(frame),
        analysis.polar_surface(frame, "pm25"),
        analysis.polar_annulus(frame, "pm25", period="season"),
        analysis.conditional_probability(frame, "pm25", draws=60),
        analysis.time_variation(frame, "pm25"),
        analysis.interrupted_series(frame, "pm25", "2018-08-15", weather=["temperature"]),
        analysis.find_episodes(frame),
        analysis.deweather(frame, "pm25", ["temperature"], 20, model="additive"),
        analysis.stagnation_regimes(frame.iloc[: 24 * 120], "pm25"),
    ]
    sentences = [
        s for r in results for s in (*r.notes, *getattr(r, "warnings", ()), *getattr(r, "reasons", ()))
    ]
    assert len(sentences) > 15
    for sentence in sentences:
        assert not re.search(r"[a-z]{4,}", said(sentence, "zh").replace("date", "")), sentence
