"""The notebook on the effect of measures runs in both languages and shows what the library computes."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from executed import run

from airq import dataset, options, places
from airq.errors import AirqError
from airq.observations import Archive
from airq.reports import effect_page as page

BOOK = options.home() / "notebooks" / "53_did_it_work.ipynb"
PLACES = ("changji", "shihezi", "fukang", "manas")
DATE = "2020-10-15"
TRUE = -0.4


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Five years of four places with one weather; Changji falls by a third at the date."""
    rng = np.random.default_rng(0)
    time = pd.date_range("2017-10-01 01:00", "2022-04-01", freq="h")
    day = (np.arange(len(time)) // 24).astype(int)
    days = day.max() + 1
    speed = rng.gamma(4, 0.6, days)
    common = np.zeros(days)
    for d in range(1, days):
        common[d] = 0.7 * common[d - 1] + 0.25 * rng.standard_normal()
    season = 0.5 * np.cos(2 * np.pi * (time.day_of_year.to_numpy() - 15) / 365.25)
    rows, weather_rows, values, wind = [], [], [], []
    for number, name in enumerate(PLACES):
        place = places.get(name)
        about = {"name_zh": place.zh, "name_en": place.en, "place": name, "lat": place.lat, "lon": place.lon}
        rows.append({"station": f"P{number}", "network": "national", "role": "evaluation", **about})
        weather_rows.append({"station": f"W{number}", "network": "weather", "role": "weather", **about})
        log = 4 + (common - 0.5 * np.log(speed) + 0.15 * rng.standard_normal(days))[day] + season
        log = log + TRUE * ((name == "changji") & (time > pd.Timestamp(DATE)))
        values.append(np.round(np.exp(log + 0.1 * rng.standard_normal(len(time)))))
        wind.append(speed[day].round(2))
    archive = Archive(tmp_path_factory.mktemp("region") / "archive")
    archive.store(
        dataset.build(pd.DataFrame(rows), time, {"pm25": np.array(values)}),
        source="made here",
        simulated=True,
    )
    met = dataset.build(pd.DataFrame(weather_rows), time, {"wind_speed": np.array(wind)})
    archive.store(met, source="made here", kind="weather", simulated=True)
    return archive


def outputs(done: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [o for c in done.cells if c.cell_type == "code" for o in c.outputs]


def words(done: nbformat.NotebookNode) -> str:
    return "\n".join(o.data.get("text/html", "") for o in outputs(done))


def pictures(done: nbformat.NotebookNode) -> int:
    return sum("image/png" in o.data for o in outputs(done))


def test_in_chinese_without_alerts(region: Archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(BOOK, {"lang": "zh", "archive": str(region.path), "date": DATE})
    assert {o.output_type for o in outputs(done)} == {"display_data"}
    text = words(done)
    assert pictures(done) == 4  # three winters before the date are too few for a season's smallest change
    for needed in (
        "这一部分略去",
        "昌吉市",
        "模拟数据",
        "石河子市",
        "合成对照",
        "不用石河子市",
        "没有给出预警清单",
    ):
        assert needed in text, needed
    data = page.study(str(region.path), "changji", "pm25", DATE)
    found = page.estimates(data)["synthetic"]
    assert not isinstance(found, AirqError)
    assert found.verdict == "fell" and found.lower < TRUE < found.upper
    assert f"{found.percent:+.0f}".replace("-", "−") in text
    assert "nan" not in text.lower()
    # What was left out reaches the page, and in Chinese.
    assert "只有" in text and "完整的采暖季" in text
    assert not re.search(r"[a-z]{4,} [a-z]{3,}", re.sub(r"<[^>]+>", " ", text))


def test_in_english_with_alerts(region: Archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    own = page.study(str(region.path), "changji", "pm25", "2021-10-15", donors="manas").own
    forecast = own["pm25"] * rng.lognormal(0, 0.3, len(own))
    pd.DataFrame({"date": own["date"], "forecast": forecast.round(1)}).to_csv("forecasts.csv", index=False)
    called = own["date"][(forecast > forecast.quantile(0.85)) & (rng.random(len(own)) < 0.5)]
    pd.DataFrame({"start": called, "end": called}).to_csv("alerts.csv", index=False)
    given = {
        "lang": "en",
        "archive": str(region.path),
        "date": "2021-10-15",
        "donors": "shihezi, fukang, manas",
    }
    given |= {"alerts": "alerts.csv", "forecasts": "forecasts.csv", "treated": "manas"}
    done = run(BOOK, given)
    assert pictures(done) == 6
    text = words(done)
    assert "Donor Manas is left out: it is treated too." in text
    assert "Shihezi, Fukang" in text and "without Manas" not in text and "pooled alerts" in text
    tables = "".join(re.findall(r"<table>.*?</table>", text, re.DOTALL))
    assert not re.search("[\u4e00-\u9fff]", tables)


def test_a_place_without_neighbours_keeps_the_other_methods(region: Archive) -> None:
    data = page.study(str(region.path), "changji", "pm25", DATE, donors="manas", treated="manas")
    found = page.estimates(data)
    assert isinstance(found["synthetic"], AirqError) and not isinstance(found["components"], AirqError)
    assert "no donor is left" in str(page.shown(data, found, "synthetic", "en")[0])
    assert len(page.together(data, found, "en")[0].frame) == 2
    shown = "".join(part._repr_html_() for part in page.header(data, "zh"))
    assert "对照地玛纳斯县略去：也有这项措施。" in shown
    silent = "".join(p._repr_html_() for p in page.shown(data, found, "synthetic", "zh"))
    assert "没有对照地可用" in silent and not re.search("[a-z]{4,} [a-z]{3,}", silent)


def test_members_of_a_treated_group_and_repeated_donors(region: Archive) -> None:
    data = page.study(str(region.path), "shihezi", "pm25", DATE, treated="changji-prefecture")
    assert data.donors == () and len(data.notes) == 3
    twice = page.study(str(region.path), "changji", "pm25", DATE, donors="manas, manas, fukang")
    assert twice.donors == ("manas", "fukang") and not twice.frame.duplicated(["site", "date"]).any()


def test_wrong_parameters_end_in_one_sentence(region: Archive, tmp_path: Path) -> None:
    own = str(region.path)
    data = page.study(own, "changji", "pm25", DATE)
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("date,forecast\n2020-12-01,80\n")
    bad.write_text("start,end\n2020-12-01,2020-12-03\n2020-12-09,never\n")
    turned = tmp_path / "turned.csv"
    turned.write_text("start,end\n2020-12-05,2020-12-03\n")
    for make, said in (
        (lambda: page.study(own, "chanji", "pm25", DATE), "did you mean 'changji'"),
        (lambda: page.study(own, "changji", "nox", DATE), "pollutant 'nox'"),
        (lambda: page.study(own, "changji", "pm25", DATE, donors="changji"), "cannot be its donor"),
        (lambda: page.study(own, "changji", "pm25", "autumn"), "date 'autumn' is no date"),
        (lambda: page.study(own, "qitai", "pm25", DATE), "no station"),
        (lambda: page.alert_days(data, str(tmp_path / "none.csv"), str(good)), "no such file"),
        (lambda: page.alert_days(data, str(bad), str(good)), "line 3, column 'end': 'never'"),
        (lambda: page.alert_days(data, str(turned), str(good)), "line 2: the alert ends before"),
        (lambda: page.alert_days(data, str(good), str(good)), "no column 'start'"),
    ):
        with pytest.raises(AirqError, match=said) as caught:
            make()
        assert len(str(caught.value).splitlines()) == 1
