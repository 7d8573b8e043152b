"""The notebook on forecasts: its files agree, it is narrative only, it runs in both languages, its numbers hold."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from executed import run, shown, words

from airq import options
from airq.errors import AirqError
from airq.reports import coming
from airq.reports import forecast_page as page

SCRIPT = options.home() / "notebooks" / "40_forecast.py"
BOOK = SCRIPT.with_suffix(".ipynb")
# Small models on small data: the notebook is tested here and the models where they live.
QUICK = {"model": "climatology", "horizons": "1-3", "test_days": 60, "place": "changji"}


def test_in_chinese_without_weather(small_archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(BOOK, {**QUICK, "archive": str(small_archive.path), "hours": ""})
    assert {o.output_type for o in shown(done)} == {"display_data"}  # no warning, nothing printed
    assert sum("image/png" in o.data for o in shown(done)) == 6
    text = words(done)
    for needed in (
        "模拟数据",
        "没有提供气象预报",
        "档案中没有该地的气象资料",
        "首要污染物",
        "采暖季",
        "费用损失比",
    ):
        assert needed in text, needed
    assert "nan" not in text.lower()
    frame = page.frame_of(small_archive.path, "changji")
    made = coming.coming(frame, ("pm25",), (1, 2, 3), model="climatology")
    first = coming.days(made, "changji").iloc[0]
    assert f"{first['pm25']:.0f} [{first['pm25_q10']:.0f}–{first['pm25_q90']:.0f}]" in text
    tested = coming.verified(frame, "pm25", (1, 3, 7), None, 60, "climatology")
    assert f"{tested.scores['crps'].iloc[0]:.1f}" in text


def test_in_english_with_a_weather_file_and_hours(small_archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    days = pd.date_range("2026-11-01", periods=3)
    pd.DataFrame({"date": days, "temperature_mean": [-3.0, -4.0, -5.0]}).to_csv("weather.csv", index=False)
    given = {
        **QUICK,
        "lang": "en",
        "archive": str(small_archive.path),
        "weather": "weather.csv",
        "hours": "1,6",
    }
    done = run(BOOK, {**given, "targets": "pm25"})
    assert {o.output_type for o in shown(done)} == {"display_data"}
    text = words(done)
    assert "Changji City: air quality of the coming days" in text and "no category has a probability" in text
    tables = "".join(re.findall(r"<table>.*?</table>", text, re.DOTALL))
    assert not re.search("[\u4e00-\u9fff]", tables)


def test_a_wrong_parameter_is_refused_in_one_sentence(small_archive, tmp_path: Path) -> None:
    broken = tmp_path / "w.csv"
    broken.write_text("date,temperature_mean\n2026-11-01,cold\n", encoding="utf-8")
    for made, needed in (
        (lambda: page.targets_of("pm2.5x"), "not known"),
        (lambda: page.weather_of(str(broken), "changji"), "line 2, column 'temperature_mean'"),
        (lambda: page.weather_of(str(tmp_path / "none.csv"), "changji"), "no such file"),
        (lambda: page.frame_of(small_archive.path, "mori"), "no station of 'mori'"),
    ):
        with pytest.raises(AirqError, match=needed) as caught:
            made()
        assert len(str(caught.value).splitlines()) == 1
