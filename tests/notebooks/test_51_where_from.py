"""The notebook on direction: its files agree, it is narrative only, it runs in both languages, its numbers hold."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from executed import assert_only_figures_and_tables, run, words

from airq import analysis, dataset, options, places
from airq.errors import AirqError
from airq.observations import Archive
from airq.reports import direction_page as page
from airq.reports.execute import load

SCRIPT = options.home() / "notebooks" / "51_where_from.py"
BOOK = SCRIPT.with_suffix(".ipynb")
PLACES = ("changji", "urumqi", "wujiaqu", "fukang")


@pytest.fixture(scope="module")
def windy(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Three months of four places; the east wind brings much to Changji."""
    rng = np.random.default_rng(0)
    time = pd.date_range("2025-01-01 01:00", "2025-04-01", freq="h")
    rows, weather_rows, values, wind = [], [], [], {"wind_speed": [], "wind_direction": []}
    for number, name in enumerate(PLACES):
        place = places.get(name)
        common = {"name_zh": place.zh, "name_en": place.en, "place": name, "lat": place.lat, "lon": place.lon}
        rows.append({"station": f"P{number}", "network": "national", "role": "evaluation", **common})
        weather_rows.append({"station": f"W{number}", "network": "weather", "role": "weather", **common})
        speed, aim = rng.gamma(2, 1.2, len(time)).round(1), 10.0 * rng.integers(1, 37, len(time))
        wind["wind_speed"].append(speed)
        wind["wind_direction"].append(aim)
        east = 60 * (np.abs(aim - 90) <= 20) * (speed > 1) if name == "changji" else 0
        values.append(np.round((30 + east) * rng.lognormal(0, 0.3, len(time))))
    archive = Archive(tmp_path_factory.mktemp("windy") / "archive")
    made = dataset.build(pd.DataFrame(rows), time, {"pm25": np.array(values)})
    archive.store(made, source="made here", simulated=True)
    met = dataset.build(pd.DataFrame(weather_rows), time, {k: np.array(v) for k, v in wind.items()})
    archive.store(met, source="made here", kind="weather", simulated=True)
    return archive


def test_parameters() -> None:
    cell = next(c for c in load(BOOK).cells if "parameters" in c.metadata.get("tags", []))
    names = [t.id for n in ast.parse(cell.source).body if isinstance(n, ast.Assign) for t in n.targets]
    assert names == [
        "lang",
        "place",
        "pollutant",
        "start",
        "end",
        "archive",
        "network",
        "tdump",
        "hours",
        "cell",
    ]


def test_everything_in_chinese(windy: Archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"lang": "zh", "archive": str(windy.path), "hours": 6}
    done = run(BOOK, given)
    assert_only_figures_and_tables(done, 11)
    text = words(done)
    data = page.hours(str(windy.path), "changji", "pm25")
    groups = analysis.polar_clusters(data.frame, "pm25")
    for row in groups.summary.itertuples():
        assert f"{row.hours:,}" in text and f"{100 * row.contribution:.1f}" in text
    for needed in ("昌吉市", "模拟数据", "乌鲁木齐市 → 五家渠市", "不是贡献率", "SQTBA"):
        assert needed in text, needed


def test_hysplit_files_in_english(windy: Archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for day in range(1, 29):
        rows = [f"1 1 25 1 {day} {12 - h} 0 0 {-h}.0 {44 + 0.1 * h * (day % 2):.3f} {87.3 + 0.2 * h:.3f} 500.0" for h in range(12)]  # fmt: skip
        head = f"1 1\nGDAS 25 1 1 0 0\n1 BACKWARD OMEGA\n25 1 {day} 12 44.0 87.3 500.0\n0\n"
        Path(f"tdump_{day:02d}").write_text(head + "\n".join(rows) + "\n")
    given = {"lang": "en", "archive": str(windy.path), "tdump": "tdump_*", "cell": 0.5, "network": "belt"}
    done = run(BOOK, given)
    assert_only_figures_and_tables(done, 11)
    text = words(done)
    assert "Changji City" in text and "Wujiaqu → Fukang" in text
    tables = "".join(re.findall(r"<table>.*?</table>", text, re.DOTALL))
    assert not re.search("[\u4e00-\u9fff]", tables)


def test_hours_are_the_mean_of_the_stations_with_their_wind(windy: Archive) -> None:
    data = page.hours(str(windy.path), "昌吉市", "pm25", "2025-02", "2025-02")
    assert len(data.frame) == 28 * 24 and data.stations == 1 and data.simulated
    ds = windy.load(place="changji", start="2025-02", end="2025-02")
    kept = dataset.masked(ds)["pm25"].values[0]  # ingest flags spikes
    assert data.frame["pm25"].to_numpy() == pytest.approx(kept, nan_ok=True) and np.isnan(kept).mean() < 0.1
    first, second = page.hours(str(windy.path), "changji", "pm25").halves
    assert abs(len(first) - len(second)) <= 1 and first["time"].max() < second["time"].min()


def test_long_periods_are_cut_at_a_new_year() -> None:
    time = pd.date_range("2020-03-01", "2023-03-01", freq="h")
    place = places.get("changji")
    data = page.Hours(pd.DataFrame({"time": time}), place, "pm25", 44.0, 87.3, 1, False)
    assert data.halves[1]["time"].iloc[0] in (
        pd.Timestamp("2021-01-01 01:00"),
        pd.Timestamp("2022-01-01 01:00"),
    )


def test_wrong_parameters_end_in_one_sentence(windy: Archive, small_archive: Archive, tmp_path: Path) -> None:
    own = str(windy.path)
    for make, said in (
        (lambda: page.hours(own, "chanji", "pm25"), "did you mean 'changji'"),
        (lambda: page.hours(own, "changji", "nox"), "pollutant 'nox'"),
        (lambda: page.hours(own, "manas", "pm25"), "no station"),
        (lambda: page.hours(str(small_archive.path), "changji", "pm25"), "no weather"),
        (lambda: page.neighbours(own, "nowhere", "pm25"), "network"),
        (
            lambda: page.trajectories(str(tmp_path / "none*"), page.hours(own, "changji", "pm25")),
            "no trajectory",
        ),
    ):
        with pytest.raises(AirqError, match=said) as caught:
            make()
        assert len(str(caught.value).splitlines()) == 1
