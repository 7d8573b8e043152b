"""Counting by hand: what a finished or decided year comes to, to the day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from target_frames import flat

from airq import standards, targets
from airq.errors import AirqError, MissingData


def year_of(aqi: list[float], start: str = "2018-01-01") -> pd.DataFrame:
    return pd.DataFrame({"date": pd.date_range(start, periods=len(aqi)), "site": "A", "aqi": aqi})


def ask(frame: pd.DataFrame, asof: str, **target: object) -> targets.Outlook:
    return targets.outlook(frame, {"year": 2018, **target}, asof, draws=200)


BY_HAND = year_of([100.0] * 200 + [101.0] * 100 + [200.0] * 40 + [201.0] * 25)


@pytest.mark.parametrize(
    ("target", "value", "met"),
    [
        ({"kind": "good_days", "at_least": 200}, 200, True),
        ({"kind": "good_days", "at_least": 201}, 200, False),
        ({"kind": "heavy_days", "at_most": 25}, 25, True),
        ({"kind": "heavy_days", "at_most": 24}, 25, False),
        ({"kind": "heavy_days", "at_most": 70, "threshold": 101}, 65, True),
        ({"kind": "good_days", "at_least": 300, "threshold": 150}, 300, True),
        ({"kind": "good_ratio", "at_least": 200 / 365}, 200 / 365, True),
        ({"kind": "good_ratio", "at_least": 0.548}, 200 / 365, False),
        ({"kind": "good_ratio", "at_least": 0.548, "rounded": True}, 200 / 365, True),  # 54.8 % as printed
        ({"kind": "heavy_ratio", "at_most": 0.07}, 25 / 365, True),
    ],
)
def test_a_finished_year_is_counted_exactly(target: dict[str, object], value: float, met: bool) -> None:
    got = ask(BY_HAND, "2018-12-31", **target)
    assert got.status == ("met" if met else "missed")
    assert got.probability == float(met) and got.monte_carlo_error == 0
    assert got.to_date["value"] == pytest.approx(value, abs=1e-12)
    assert (got.final == got.final[0.5]).all() and got.final[0.5] == pytest.approx(value, abs=1e-12)
    assert got.by_drift == dict.fromkeys(("zero", "half", "full"), float(met))
    assert got.days_to_go == 0


def test_dates_of_a_finished_year() -> None:
    assert set(ask(BY_HAND, "2018-12-31", kind="good_days", at_least=150).reached_on) == {
        pd.Timestamp("2018-05-30")
    }
    lost = ask(BY_HAND, "2018-12-31", kind="heavy_days", at_most=20)
    assert lost.event == "lost" and set(lost.reached_on) == {pd.Timestamp("2018-12-27")}  # the 21st heavy day
    assert ask(BY_HAND, "2018-12-31", kind="heavy_days", at_most=25).reached_on.isna().all()


def test_missing_days_count_neither_way() -> None:
    frame = BY_HAND.copy()
    frame.loc[:9, "aqi"] = np.nan
    got = ask(frame, "2018-12-31", kind="good_ratio", at_least=190 / 355)
    assert got.to_date["valid_days"] == 355 and got.to_date["missing_days"] == 10 and got.status == "met"
    assert any("10 of the days" in n for n in got.notes)


def test_means_by_hand_and_the_rule_of_324_days() -> None:
    frame = flat("2016-01-01", "2018-12-31", pm25=40)
    frame.loc[frame["date"].dt.year == 2018, "pm25"] = [30.0] * 182 + [45.0] * 183
    got = ask(frame, "2018-12-31", kind="mean", pollutant="pm25", at_most=(30 * 182 + 45 * 183) / 365)
    assert got.status == "met" and got.to_date["value"] == (30 * 182 + 45 * 183) / 365
    assert not any("HJ 663" in n for n in got.notes)
    three = ask(frame, "2018-12-31", kind="mean3", pollutant="pm25", at_most=39.2)
    assert (
        three.final[0.5] == pytest.approx((40 + 40 + (30 * 182 + 45 * 183) / 365) / 3)
        and three.status == "met"
    )
    short = frame.drop(frame.index[-60:-10])
    assert any(
        "HJ 663" in n and "11" in n
        for n in ask(short, "2018-12-31", kind="mean", pollutant="pm25", at_most=50).notes
    )


def test_a_change_against_a_base_year() -> None:
    frame = flat("2017-01-01", "2018-12-31", pm25=50)
    frame.loc[frame["date"].dt.year == 2018, "pm25"] = 42.2
    for by, unit, met in (
        (-0.156, "share", True),
        (-0.157, "share", False),
        (-7.8, "ug", True),
        (-7.9, "ug", False),
    ):
        got = ask(
            frame, "2018-12-31", kind="mean", pollutant="pm25", change={"from": 2017, "by": by, "unit": unit}
        )
        assert got.probability == float(met), (by, unit)
    stated = ask(
        frame, "2018-12-31", kind="mean", pollutant="pm25", change={"from": 2010, "by": 0, "base": 42.0}
    )
    assert stated.limit == 42.0 and stated.status == "missed"
    with pytest.raises(MissingData, match=r"base year 2010; give change\.base"):
        ask(frame, "2018-12-31", kind="mean", pollutant="pm25", change={"from": 2010, "by": 0})


def test_what_is_certain_before_the_end_of_the_year() -> None:
    frame = pd.concat([flat("2016-01-01", "2017-12-31", aqi=80), BY_HAND], ignore_index=True)
    asof = "2018-12-21"  # 365 - 10 days: 200 good, 15 heavy
    met = ask(frame, asof, kind="good_days", at_least=200)
    assert (met.status, met.probability) == ("met", 1.0)
    assert (ask(frame, asof, kind="good_days", at_least=211).status) == "impossible"
    assert ask(frame, asof, kind="good_days", at_least=211).probability == 0.0
    assert ask(frame, asof, kind="good_days", at_least=210).status == "open"
    assert ask(frame, asof, kind="heavy_days", at_most=14).status == "missed"
    assert ask(frame, asof, kind="heavy_days", at_most=25).status == "met"
    open_one = ask(frame, asof, kind="heavy_days", at_most=15)
    assert open_one.status == "open" and 0 < open_one.probability < 1
    assert open_one.affordable == 0
    assert ask(frame, asof, kind="good_days", at_least=205).affordable == 5  # 10 days, 5 of them good


def test_a_sum_that_is_over_the_year_s_budget_is_missed() -> None:
    frame = flat("2017-01-01", "2018-12-31", pm25=100)
    got = ask(
        frame, "2018-07-01", kind="mean", pollutant="pm25", at_most=49
    )  # 182 days of 100 are 49.86 a day
    assert got.status == "missed" and got.probability == 0
    assert set(got.reached_on) == {pd.Timestamp("2018-06-28")}  # 179 x 100 > 49 x 365 = 17885
    assert ask(frame, "2018-06-15", kind="mean", pollutant="pm25", at_most=60).affordable == pytest.approx(
        (60 * 365 - 166 * 100) / 199
    )


def test_an_aqi_of_another_edition_is_computed_anew() -> None:
    frame = flat("2017-01-01", "2018-12-31", pm25=65, pm10=100, so2=10, no2=20, co=1, o3=90)
    six = {p: frame[p].to_numpy() for p in ("pm25", "pm10", "so2", "no2", "co", "o3")}
    frame["aqi"] = standards.aqi(
        six, edition="2012"
    ).value  # 88: good; 65 µg/m³ is above 100 by the 2026 edition
    frame.attrs["edition"] = "2012"
    old = ask(frame, "2018-12-31", kind="good_days", at_least=300, standard="GB3095-2012")
    new = ask(frame, "2018-12-31", kind="good_days", at_least=300, standard="GB3095-2026")
    assert (old.to_date["value"], new.to_date["value"]) == (365, 0)
    assert any("another edition" in n for n in new.notes) and not any("edition" in n for n in old.notes)
    frame.attrs.clear()  # not stated: told by the concentrations
    assert (
        ask(frame, "2018-12-31", kind="good_days", at_least=300, standard="GB3095-2012").to_date["value"]
        == 365
    )


def test_the_edition_changes_within_2026() -> None:
    frame = flat("2025-01-01", "2026-12-31", pm25=65, pm10=100, so2=10, no2=20, co=1, o3=90)
    got = targets.outlook(frame, {"kind": "good_days", "at_least": 59, "year": 2026}, "2026-12-31")
    assert got.to_date["value"] == 59 and got.status == "met"  # January and February by the edition of 2012


def test_annual_limit_of_a_standard() -> None:
    frame = flat("2030-01-01", "2031-12-31", pm25=26)
    for year, limit in ((2030, 30.0), (2031, 25.0)):
        row = {"kind": "mean", "pollutant": "pm25", "standard": "GB3095-2026", "year": year}
        got = targets.outlook(frame, row, "2031-12-31")
        assert got.limit == limit and got.status == ("met" if year == 2030 else "missed")


@pytest.mark.parametrize(
    ("frame", "target", "asof", "words"),
    [
        (BY_HAND, {"kind": "good_days", "at_least": 1, "year": 2015}, "2018-12-31", "no valid day in 2015"),
        (BY_HAND, {"kind": "good_days", "at_least": 1, "year": 2018, "site": "B"}, "2018-12-31", "site 'B'"),
        (
            BY_HAND,
            {"kind": "mean", "pollutant": "pm25", "at_most": 1, "year": 2018},
            "2018-12-31",
            "no value of pm25",
        ),
        (
            BY_HAND,
            {"kind": "good_days", "at_least": 300, "year": 2018},
            "2017-06-01",
            "no value up to 2017-06-01",
        ),
        (
            BY_HAND,
            {"kind": "good_days", "at_least": 300, "year": 2018},
            "2018-06-01",
            "too few to say anything",
        ),
        (BY_HAND, {"kind": "good_days", "at_least": 300, "year": 2018}, "soon", "not a date"),
        (
            BY_HAND.assign(aqi=np.nan),
            {"kind": "good_days", "at_least": 3, "year": 2018},
            "2018-12-31",
            "no value",
        ),
        (
            BY_HAND.drop(columns="aqi"),
            {"kind": "good_days", "at_least": 3, "year": 2018},
            "2018-12-31",
            "none of the columns",
        ),
        (
            BY_HAND.drop(columns="date"),
            {"kind": "good_days", "at_least": 3, "year": 2018},
            "2018-12-31",
            "column 'date'",
        ),
        ("frame", {"kind": "good_days", "at_least": 3, "year": 2018}, "2018-12-31", "daily frame"),
    ],
)
def test_refusals_are_one_sentence(frame: object, target: dict[str, object], asof: str, words: str) -> None:
    with pytest.raises(AirqError, match=words) as caught:
        targets.outlook(frame, target, asof)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)
