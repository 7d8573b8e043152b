"""The notebook on episodes: it runs in both languages, what is not there becomes a sentence, its numbers hold."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from executed import assert_only_figures_and_tables, run, words

from airq import analysis, dataset, options, places
from airq.errors import AirqError
from airq.observations import Archive
from airq.reports import episodes_page as page

BOOK = options.home() / "notebooks" / "52_episodes.ipynb"


@pytest.fixture(scope="module")
def winter(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """A winter of two places in one basin: spells of stagnation with weak wind and a low mixing layer."""
    rng = np.random.default_rng(1)
    time = pd.date_range("2024-11-01 01:00", "2025-04-01", freq="h")
    spells = np.repeat(rng.random(len(time) // 96 + 1) < 0.45, 96)[: len(time)]
    calm = pd.Series(spells.astype(float)).rolling(36, center=True, min_periods=1).mean().to_numpy()
    rows, weather_rows, values, met = [], [], {p: [] for p in ("pm25", "pm10", "so2", "no2", "co", "o3")}, {}
    for number, name in enumerate(("changji", "fukang")):
        place = places.get(name)
        common = {"name_zh": place.zh, "name_en": place.en, "place": name, "lat": place.lat, "lon": place.lon}
        weather_rows.append({"station": f"W{number}", "network": "weather", "role": "weather", **common})
        for station in range(2):
            rows.append(
                {"station": f"P{number}{station}", "network": "national", "role": "evaluation", **common}
            )
            noise = np.exp(rng.normal(0, 0.12, len(time)))
            pm25 = np.round(25 * np.exp(2.1 * calm) * noise)
            values["pm25"].append(pm25)
            values["pm10"].append(np.round(1.4 * pm25 + rng.integers(5, 30, len(time))))
            for p, scale in (("so2", 8.0), ("no2", 30.0), ("co", 0.6), ("o3", 40.0)):
                values[p].append(np.round(scale * np.exp(0.8 * calm) * np.exp(rng.normal(0, 0.15, len(time))), 1 if p == "co" else 0))  # fmt: skip
        made = {"wind_speed": np.maximum(2.2 - 1.8 * calm + rng.normal(0, 0.3, len(time)), 0.1), "mixing_height": 500 - 350 * calm + rng.normal(0, 30, len(time)), "temperature": -8 - 3 * calm + rng.normal(0, 1, len(time))}  # fmt: skip
        for key, one in made.items():
            met.setdefault(key, []).append(np.round(one, 1))
    archive = Archive(tmp_path_factory.mktemp("winter") / "archive")
    held = dataset.build(pd.DataFrame(rows), time, {k: np.array(v) for k, v in values.items()})
    archive.store(held, source="made here", simulated=True)
    weather = dataset.build(pd.DataFrame(weather_rows), time, {k: np.array(v) for k, v in met.items()})
    archive.store(weather, source="made here", kind="weather", simulated=True)
    return archive


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_everything_runs(winter: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(BOOK, {"lang": lang, "archive": str(winter.path)})
    assert_only_figures_and_tables(done, 12, "[Mm]anas|[Ss]tagnant")
    text = words(done)
    assert ("昌吉市" if lang == "zh" else "Changji City") in text and "模拟数据" in text
    data = page.record(str(winter.path), "changji")
    found = analysis.find_episodes(data.frame, days=data.days)
    heaviest = found.table.loc[found.table["peak_aqi"].idxmax()]
    assert f"{heaviest['begin']:%Y-%m-%d}" in text and f"{heaviest['peak_aqi']:.0f}" in text
    if lang == "en":
        tables = "".join(re.findall(r"<table>.*?</table>", text, re.DOTALL))
        assert not re.search("[\u4e00-\u9fff]", tables)


def test_a_place_alone_without_weather(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No weather, no neighbour, no episode, no heating season long enough: sentences, not errors."""
    monkeypatch.chdir(tmp_path)
    time = pd.date_range("2025-06-01 01:00", "2025-08-01", freq="h")
    stations = pd.DataFrame([{"station": "A1", "place": "changji", "role": "evaluation", "network": "national", "name_zh": "甲", "name_en": "A", "lat": 44.0, "lon": 87.3}])  # fmt: skip
    rng = np.random.default_rng(0)
    values = {p: [rng.integers(5, 30, len(time)).astype(float)] for p in ("pm25", "pm10", "so2", "no2", "o3")}
    values["co"] = [np.full(len(time), 0.5)]
    archive = Archive(tmp_path / "alone")
    archive.store(dataset.build(stations, time, values), source="made by hand", simulated=False)
    done = run(BOOK, {"lang": "en", "archive": str(archive.path)})
    text = words(done)
    assert text.count("Left out:") == 5 and "No episode in this period" in text
    assert "模拟数据" not in text


def test_the_record_is_the_official_place(winter: Archive) -> None:
    data = page.record(str(winter.path), "昌吉市", "2025-01", "2025-01")
    assert len(data.frame) == 31 * 24 and data.stations == 2 and data.simulated
    assert set(data.neighbours["site"]) == {"changji", "fukang"}
    ds = dataset.masked(winter.load(place="changji", start="2025-01", end="2025-01"))
    usable = np.isfinite(ds["pm25"].values).all(axis=0)
    mean = ds["pm25"].values.astype(float).mean(axis=0)
    assert data.frame["pm25"].to_numpy()[usable] == pytest.approx(mean[usable])


def test_wrong_parameters_end_in_one_sentence(winter: Archive) -> None:
    for place, said in (("chanji", "did you mean"), ("manas", "no station")):
        with pytest.raises(AirqError, match=said) as caught:
            page.record(str(winter.path), place)
        assert len(str(caught.value).splitlines()) == 1
