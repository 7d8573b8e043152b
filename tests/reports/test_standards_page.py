"""Parts of the page on the two standards: what is chosen, printed, withheld and labelled."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from airq import dataset, standards
from airq.errors import MissingData, ParameterError
from airq.observations import Archive
from airq.reports import standards_page as page
from airq.reports.standards_about import About, limit_sets

SIX = {"pm25": 28.0, "pm10": 50.0, "so2": 10.0, "no2": 20.0, "co": 1.0, "o3": 100.0}


def about(lang: str = "en", **names: str) -> About:
    return About(
        names or {"changji": "Changji City"},
        pd.Timestamp("2017-01-01"),
        pd.Timestamp("2020-12-31"),
        False,
        lang,
    )


def city_days(
    first: str, last: str, places: tuple[str, ...] = ("changji",), simulated: str = "false", **changes
) -> xr.Dataset:
    day = pd.date_range(first, last)
    data = {k: (("place", "day"), np.full((len(places), len(day)), v)) for k, v in {**SIX, **changes}.items()}
    days = xr.Dataset(data, {"place": list(places), "day": day}, {"simulated": simulated})
    return standards.add_index(days, "by-date")


def rows(html: str) -> list[list[str]]:
    found = re.findall(r"<tr[^>]*>(.*?)</tr>", html, re.DOTALL)
    return [
        [re.sub("<[^>]+>", "", c) for c in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", r, re.DOTALL)]
        for r in found
    ]


def test_places_of_an_archive(small_archive) -> None:
    every = ["changji", "fukang", "hutubi", "manas", "qitai", "jimsar"]
    assert sorted(page.chosen_places(small_archive, "all")) == sorted(every)
    assert sorted(page.chosen_places(small_archive, "changji-prefecture")) == sorted(every)
    assert page.chosen_places(small_archive, "阜康市") == ["fukang"]
    with pytest.raises(MissingData, match="no evaluation station of 'mori'"):
        page.chosen_places(small_archive, "mori")
    with pytest.raises(ParameterError, match="did you mean 'changji'"):
        page.chosen_places(small_archive, "chanji")


def test_background_stations_and_places_outside_the_project(make_archive) -> None:
    stations = pd.DataFrame({"station": ["A", "B", "C"], "place": ["changji", "fukang", "lanzhou"],
                             "role": ["background", "evaluation", "evaluation"]})  # fmt: skip
    time = pd.date_range("2019-01-01 01:00", periods=24, freq="h")
    archive = make_archive(stations, time, {p: np.full((3, 24), v) for p, v in SIX.items()})
    assert page.chosen_places(archive, "all") == ["fukang"]
    with pytest.raises(MissingData):
        page.chosen_places(archive, "changji")
    elsewhere = Archive(archive.path.parent / "elsewhere")
    values = {p: np.full((1, 24), v) for p, v in SIX.items()}
    elsewhere.store(dataset.build(stations.iloc[2:], time, values), source="made by hand")
    for chosen in ("all", "lanzhou"):  # not among the project's places
        ids = page.chosen_places(elsewhere, chosen)
        assert ids == ["lanzhou"]
        days = standards.place_daily(elsewhere.load(place=ids), ids, "by-date")
        assert page.describe(days, "zh").names == {"lanzhou": "lanzhou"}


def test_spans_are_told_from_the_days_that_have_an_aqi() -> None:
    days = city_days("2017-06-01", "2020-03-31")
    assert page.last_year(days) == 2019
    assert page.last_winter(days).name == "2019-winter"
    assert (
        page.last_winter(city_days("2019-01-01", "2019-12-31")).name == "2018-winter"
    )  # 59 days of it, 31 of the next
    assert page.shared_year(days, 2026).name == "2026"
    assert page.shared_year(city_days("2025-01-01", "2026-04-10"), 2026).name == "2026-01..2026-04"
    assert page.shared_year(city_days("2026-01-01", "2026-12-31"), 2026).is_year
    with pytest.raises(MissingData, match="no day of the chosen places has an AQI"):
        page.describe(
            city_days(
                "2019-01-01",
                "2019-01-31",
                pm25=np.nan,
                pm10=np.nan,
                so2=np.nan,
                no2=np.nan,
                co=np.nan,
                o3=np.nan,
            ),
            "zh",
        )
    with pytest.raises(ParameterError, match="use zh or en"):
        page.describe(days, "fr")


def test_header_marks_simulated_data_only(small_archive) -> None:
    for mark in ("true", "false"):
        days = city_days("2019-01-01", "2019-12-31", simulated=mark)
        for lang in ("zh", "en"):
            html = page.header(small_archive, days, page.describe(days, lang))[0]
            assert ("模拟数据" in html) == (mark == "true")
            assert "2019-01-01 – 2019-12-31" in html


def test_limits_that_change_are_bold() -> None:
    html = page.limits(about())[0]
    bold = {
        (r[0], r[1])
        for r, raw in zip(rows(html), re.findall(r"<tr[^>]*>(.*?)</tr>", html), strict=True)
        if "<b>" in raw
    }
    assert bold == {("PM₂.₅", "annual"), ("PM₂.₅", "24 h"), ("PM₁₀", "annual"), ("PM₁₀", "24 h"), ("SO₂", "annual"),
                    ("SO₂", "24 h"), ("SO₂", "1 h"), ("NO₂", "annual"), ("NO₂", "24 h")}  # fmt: skip
    for row in rows(html)[1:]:
        time = {"annual": "annual", "24 h": "24h", "MDA8": "8h", "1 h": "1h"}[row[1]]
        name = {"PM₂.₅": "pm25", "PM₁₀": "pm10", "SO₂": "so2", "NO₂": "no2", "CO": "co", "O₃": "o3"}[row[0]]
        assert [float(v) for v in row[3:]] == [standards.limit(name, time, standard=s) for s in limit_sets()]
    assert ["15", "15", "10"] in [r[3:] for r in rows(page.limits(about(), area_class=1)[0])]


def test_calculator_shows_rule_5_3_1() -> None:
    day = {"pm25": 48.0, "pm10": 95.0, "so2": 12.0, "no2": 45.0, "co": 1.1}
    table = {r[0]: r[2:] for r in rows(page.calculator(day, about())[0])}
    assert table["AQI"] == ["73", "NA"] and table["Category"] == ["Good", "NA"]
    assert table["O₃"] == ["–", "–"] and table["Primary pollutant"][1] == "–"
    bad = {r[0]: r[2:] for r in rows(page.calculator({**day, "pm25": 120.0, "o3": None}, about("zh"))[0])}
    got = [standards.aqi({**day, "pm25": 120.0}, edition=e).value for e in ("2012", "2026")]
    assert bad["AQI"] == [str(v) for v in got]


def test_unpublished_days_are_counted_and_their_years_listed() -> None:
    days = city_days("2019-01-01", "2019-12-31").drop_vars("aqi")
    days["o3"][0, :5] = np.nan
    result = standards.restate(days)
    out = page.incomplete(result, about())
    assert "Of 365 place-days with an AQI under the old rule, 5 have" in out[0]
    assert rows(out[1]) == [["Place", "2019"], ["Changji City", "5"]]
    clean = standards.restate(city_days("2019-01-01", "2019-12-31"))
    assert len(page.incomplete(clean, about())) == 1
    row = rows(page.years(result, about())[1])[2]
    assert row == ["Changji City", "2019", "365", "360", "365", "360", "0", "5", "100.0%", "100.0%", "0", "0"]


def test_lost_table_tells_alone_from_together() -> None:
    days = city_days("2019-01-01", "2019-12-31")
    days["pm25"][0, :3], days["pm10"][0, 2:4] = 70.0, 130.0
    table = page.lost(standards.restate(days), days, about())[1]
    assert rows(table)[2] == ["Changji City", "4", "3", "2", "2", "1"]


def distance(
    means: dict[int, float | None], limit: float = 35.0, standard: str = "GB3095-2012"
) -> pd.DataFrame:
    parts = [
        {"place": "changji", "year": y, "standard": standard, "mean": np.nan if m is None else m, "limit": limit,
         "excess": np.nan if m is None else m - limit, "attained": m is not None and m <= limit, "withheld": "" if m is not None else "2017 has 0 of 324"}
        for y, m in means.items()
    ]  # fmt: skip
    return pd.DataFrame(parts)


@pytest.mark.parametrize(
    ("means", "first", "gap"),
    [
        ({2017: 40, 2018: 36, 2019: 35, 2020: 33}, "2019", "−2"),
        ({2017: 34, 2018: 33, 2019: 30, 2020: 30}, "2017 or before", "−5"),
        ({2017: 40, 2018: 34, 2019: 38, 2020: None}, "2018*", "+3"),
        ({2017: None, 2018: 35, 2019: 36, 2020: 35}, "2018 or before*", "0"),
        ({2017: 40, 2018: 38, 2019: 37, 2020: 36}, "not reached", "+1"),
        ({2017: None, 2018: None, 2019: None, 2020: None}, "–", "–"),
    ],
)
def test_first_year_says_what_the_record_cannot_tell(means: dict, first: str, gap: str) -> None:
    frame = distance(means)
    result = standards.Restatement(pd.DataFrame(), pd.DataFrame(), frame, pd.DataFrame(), "pm25")
    table = rows(page.first_years(result, about())[0])
    assert table[0][1] == "35 µg/m³  GB 3095-2012"
    assert table[2][3:] == [first, gap]


def test_shared_year_gives_every_reading() -> None:
    days = city_days("2026-01-01", "2026-12-31", pm25=33.0)
    table = rows(page.straddling(standards.straddling(days, 2026), about())[0])
    assert [r[1] for r in table[1:]] == ["GB 3095-2012 with HJ 633-2012", "GB 3095-2026 (transition) with HJ 633-2026", "the edition in force on each day"]  # fmt: skip
    assert [r[6] for r in table[1:]] == ["33"] * 3
    assert [r[-1] for r in table[1:]] == ["attained", "exceeded", "exceeded"]
    part = city_days("2026-01-01", "2026-05-20")
    table = rows(page.straddling(standards.straddling(part, "2026-01..2026-05"), about("zh"))[0])
    assert {r[-1] for r in table[1:]} == {"非全年，不评价"} and table[1][6] == "–"  # May is short of 27 days
    none = page.straddling(standards.straddling(city_days("2019-01-01", "2019-12-31"), 2026), about())
    assert "no valid day of 2026" in none[0]


def test_dust_is_deducted_under_its_label_and_days_stay() -> None:
    time = pd.date_range("2019-01-01 01:00", "2020-01-01 00:00", freq="h")
    values = {p: np.full((1, len(time)), v) for p, v in SIX.items()}
    values["pm10"][0, 2400:2412] = 900.0
    stations = pd.DataFrame({"station": ["A"], "place": ["changji"]})
    hours = dataset.build(stations, time, values)
    summary = standards.summary_without_dust(hours, 2019, "GB3095-2026", place=["changji"])
    for lang, label in (("zh", "模拟剔除，非官方口径"), ("en", "simulated deduction, not official")):
        html = page.dust(summary, about(lang))[0]
        head, full, reduced = rows(html)
        assert reduced[1] == label and label in html.split("</caption>")[0]
        assert reduced[2:4] == ["1", "12"] and full[2:4] == ["", ""]
        assert float(full[4]) > float(reduced[4]) and float(full[6]) > float(reduced[6])
        assert full[7:] == reduced[7:] and len(head) == 9


def test_alerts_by_rule_edition() -> None:
    day = pd.date_range("2024-12-01", "2025-02-28")
    aqi = np.full((3, len(day)), 80.0)
    aqi[0, 10:13] = 160.0  # orange since 2024, nothing before
    aqi[1, 10:14] = 320.0
    aqi[2] = np.nan
    days = xr.Dataset({"aqi": (("place", "day"), aqi)}, {"place": ["changji", "fukang", "qitai"], "day": day})
    names = about("en", changji="Changji City", fukang="Fukang", qitai="Qitai")
    table, region, stretches = page.alerts(days, page.last_winter(days), names)
    heads = [h.split()[0] for h in rows(table)[0][1:]]
    assert heads == ["ALERT-2017", "ALERT-2019", "ALERT-2024", "ALERT-2024-XINJIANG"]
    body = {r[0]: r[1:] for r in rows(table)[2:]}
    assert body["Changji City"] == [
        "90",
        "0",
        "0",
        "–",
        "0",
        "0",
        "–",
        "1",
        "3",
        "orange",
        "1",
        "3",
        "orange",
    ]
    assert body["Fukang"][0] == "90" and body["Fukang"][7:10] == ["1", "4", "red"]
    assert body["Qitai"] == ["0", *["–"] * 12]
    assert (
        "episodes 1, days 4, highest orange" in region
    )  # mean of 160 and 320, then 200: four days above 150
    assert "2024-12-11" in stretches and "Fukang" in stretches
    quiet = days.assign(aqi=days["aqi"].clip(max=80.0))
    assert len(page.alerts(quiet, page.last_winter(quiet), names)) == 2
    single = page.alerts(days.isel(place=[0]), page.last_winter(days), about("zh", changji="昌吉市"))
    assert "区域口径" not in "".join(single)


def test_open_points_are_those_below_confirmation() -> None:
    words, table = page.open_points(about())
    number = int(re.search(r"Of the rules behind this page (\d+)", words)[1])
    listed = rows(table)[1:]
    assert number == sum(len(r[0].split(", ")) * len(r[1].split(", ")) for r in listed)
    assert {r[3].split()[0] for r in listed} == {"B", "U", "NF"}
    assert not [r for r in listed if r[1].startswith(("categories.", "sensitive."))]
    assert any(r[:2] == ["GB 3095-2026", "force.mixed_year"] for r in listed)
