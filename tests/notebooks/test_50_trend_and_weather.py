"""The notebook on trends runs in both languages, with weather and without, and its numbers hold."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from executed import run

from airq import analysis, dataset, options, places
from airq.errors import AirqError
from airq.figures.trend_words import amount
from airq.observations import Archive
from airq.reports import trend_page as page

BOOK = options.home() / "notebooks" / "50_trend_and_weather.ipynb"


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Five years of Changji with wind; winters are high, emissions fall by 6 % a year, winds get stronger."""
    rng = np.random.default_rng(0)
    time = pd.date_range("2020-01-01 01:00", "2025-01-01", freq="h")
    t = np.arange(len(time)) / 8766
    day = np.repeat(rng.lognormal(0, 0.3, len(time) // 24 + 1), 24)[: len(time)]
    speed = (1.5 + 0.05 * t) * day * rng.lognormal(0, 0.2, len(time))
    aim = 10.0 * rng.integers(1, 37, len(time))
    cold = 1 + 0.8 * np.cos(2 * np.pi * t)
    pm25 = 60 * 0.94**t * cold / (0.6 + speed / 1.5) * rng.lognormal(0, 0.2, len(time))
    pm25[(time > "2021-06-05") & (time <= "2021-06-25")] = np.nan
    place = places.get("changji")
    common = {
        "name_zh": place.zh,
        "name_en": place.en,
        "place": "changji",
        "lat": place.lat,
        "lon": place.lon,
    }
    archive = Archive(tmp_path_factory.mktemp("years") / "archive")
    own = pd.DataFrame([{"station": "P1", "network": "national", "role": "evaluation", **common}])
    archive.store(
        dataset.build(own, time, {"pm25": np.round(pm25)[None]}), source="made here", simulated=True
    )
    met = pd.DataFrame([{"station": "W1", "network": "weather", "role": "weather", **common}])
    wind = {
        "wind_speed": speed.round(1)[None],
        "wind_direction": aim[None],
        "temperature": (-15 * np.cos(2 * np.pi * t))[None],
    }
    archive.store(dataset.build(met, time, wind), source="made here", kind="weather", simulated=True)
    return archive


def shown(done: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [o for c in done.cells if c.cell_type == "code" for o in c.outputs]


def words(done: nbformat.NotebookNode) -> str:
    return "\n".join(o.data.get("text/html", "") for o in shown(done))


def pictures(done: nbformat.NotebookNode) -> int:
    assert {o.output_type for o in shown(done)} == {"display_data"}
    assert "nan" not in re.sub("[Mm]anas", "", words(done)).lower()
    return sum("image/png" in o.data for o in shown(done))


def test_everything_in_chinese(years: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"lang": "zh", "archive": str(years.path), "step": "days", "samples": 20, "model": "additive"}
    done = run(BOOK, given)
    assert pictures(done) == 7
    text = words(done)
    for needed in (
        "昌吉市PM₂.₅的趋势",
        "模拟数据",
        "2021-06",
        "Spearman秩相关",
        "未见过的周的R²",
        "去除气象影响后",
    ):
        assert needed in text, needed
    data = page.record(str(years.path), "changji", "pm25", step="days")
    calm = analysis.deweather(
        data.frame, "pm25", list(data.weather), 20, 0, model="additive", place="changji"
    )
    both = analysis.side_by_side(calm.observed_monthly, calm.monthly)
    for trend in (both.raw, both.deweathered):
        assert amount(trend.slope_per_year, "pm25", "zh") in text
    assert both.weather < 0 and both.deweathered.percent_per_year == pytest.approx(-5.5, abs=1.5)


def test_without_weather_in_english(small_archive: Archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"lang": "en", "archive": str(small_archive.path), "place": "hutubi", "pollutant": "no2"}
    done = run(BOOK, given)
    # 22 months: no break can be looked for, nothing is deweathered, and the page says so.
    assert pictures(done) == 5
    text = words(done)
    for needed in ("Trend of NO₂ in Hutubi", "Not done: column", "holds no weather", "22 months are too few"):
        assert needed in text, needed
    tables = "".join(re.findall(r"<table>.*?</table>", text, re.DOTALL))
    assert not re.search("[\u4e00-\u9fff]", tables)


def test_days_are_made_with_their_capture(years: Archive) -> None:
    hours = page.record(str(years.path), "昌吉市", "pm25", "2021-05", "2021-07")
    days = page.record(str(years.path), "changji", "pm25", "2021-05", "2021-07", "days")
    assert len(days.frame) == 92 and days.frame["pm25"].isna().sum() == 20 and days.step == "days"
    assert days.weather == ("temperature", "wind_speed", "wind_direction")
    first = hours.frame.iloc[:24]
    assert days.frame["pm25"][0] == pytest.approx(first["pm25"].mean())
    assert days.frame["wind_speed"][0] == pytest.approx(first["wind_speed"].mean())
    short = analysis.period_means(days.frame, "pm25").withheld
    assert short["count"].tolist() == [10]


def test_wrong_parameters_end_in_one_sentence(years: Archive, small_archive: Archive) -> None:
    for make, said in (
        (lambda: page.record(str(years.path), "chanji", "pm25"), "did you mean 'changji'"),
        (lambda: page.record(str(years.path), "changji", "nox"), "pollutant 'nox'"),
        (lambda: page.record(str(years.path), "changji", "pm25", step="weeks"), "step 'weeks'"),
        (lambda: page.record(str(years.path), "manas", "pm25"), "no station"),
    ):
        with pytest.raises(AirqError, match=said) as caught:
            make()
        assert len(str(caught.value).splitlines()) == 1
    none = page.deweathered(page.record(str(small_archive.path), "changji", "pm25"))
    assert isinstance(none, page.Withheld) and page.side(none, "zh", "昌吉市", True) == []
