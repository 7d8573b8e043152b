"""What is not known is never counted for or against: the end of the data, gaps, base years, stuck monitors, hours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from target_frames import flat, made

from airq import targets
from airq.errors import MissingData, ParameterError

FRAME = made("2016-01-01")
HEAVY = {"kind": "heavy_days", "year": 2018}
GOOD = {"kind": "good_days", "year": 2018}
IN_2018 = (FRAME["date"].dt.year == 2018).to_numpy()


def ask(frame: pd.DataFrame, asof: str, **target: object) -> targets.Outlook:
    return targets.outlook(frame, target, asof, draws=200)


def count(frame: pd.DataFrame, year: int = 2018) -> int:
    """Heavy days of a year."""
    return int((frame.loc[frame["date"].dt.year == year, "aqi"] > 200).sum())


# ---- days after the last observation ----


def test_the_days_after_the_last_observation_are_simulated() -> None:
    known = FRAME[FRAME["date"] <= "2018-12-10"]
    limit = count(known) + 2
    at_the_time = ask(known, "2018-12-10", **HEAVY, at_most=limit)
    later = ask(known, "2018-12-31", **HEAVY, at_most=limit)
    assert later.status == "open" and later.probability == at_the_time.probability < 1
    pd.testing.assert_series_equal(later.final, at_the_time.final)
    assert later.asof == pd.Timestamp("2018-12-31") and later.days_to_go == 0 and later.unknown_days == 21
    assert any("2018 is of 2018-12-10; the 21 days after it are simulated" in n for n in later.notes)
    assert any("其后21天按模拟计" in n for n in later.notes_zh)


def test_unknown_days_that_cannot_change_the_verdict_leave_it_certain() -> None:
    known = FRAME[FRAME["date"] <= "2018-12-10"]
    assert ask(known, "2018-12-31", **HEAVY, at_most=count(known) + 21).status == "met"
    assert ask(known, "2018-12-31", **HEAVY, at_most=count(known) - 1).status == "missed"


def test_silent_days_are_not_lost_days() -> None:
    known = FRAME[FRAME["date"] <= "2018-12-10"]
    good = int((known.loc[known["date"].dt.year == 2018, "aqi"] <= 100).sum())
    open_one = ask(known, "2018-12-30", **GOOD, at_least=good + 15)
    assert open_one.status == "open" and open_one.affordable == 6
    assert ask(known, "2018-12-30", **GOOD, at_least=good + 22).status == "impossible"


def test_half_a_year_is_not_judged() -> None:
    known = FRAME[FRAME["date"] <= "2018-07-31"]
    with pytest.raises(MissingData, match="not judged in 2018: 153 days have no value and could change"):
        ask(known, "2018-12-31", **HEAVY, at_most=count(known) + 5)
    assert ask(known, "2018-12-31", **HEAVY, at_most=count(known) - 1).status == "missed"


def test_the_judged_variable_decides_what_is_known() -> None:
    """PM2.5 ends on 10 December, the others go on."""
    frame = FRAME.copy()
    frame.loc[frame["date"] > "2018-12-10", "pm25"] = np.nan
    mean = {"kind": "mean", "pollutant": "pm25", "year": 2018}
    so_far = float(frame.loc[IN_2018, "pm25"].mean())
    got = ask(frame, "2018-12-31", **mean, at_most=so_far + 1)
    assert got.status == "open" and got.probability < 1 and got.unknown_days == 21


def test_without_history_unknown_days_are_said_and_not_passed_over() -> None:
    days = pd.date_range("2018-01-01", "2018-12-25")
    frame = pd.DataFrame({"date": days, "site": "A", "aqi": 80.0})
    assert ask(frame, "2018-12-31", **HEAVY, at_most=6).status == "met"
    with pytest.raises(MissingData, match="6 days have no value"):
        ask(frame, "2018-12-31", **HEAVY, at_most=5)


def test_a_large_gap_within_a_year_that_ended() -> None:
    gap = FRAME[(FRAME["date"] < "2018-01-10") | (FRAME["date"] > "2018-03-10")]
    with pytest.raises(MissingData, match="60 days have no value"):
        ask(gap, "2018-12-31", **HEAVY, at_most=count(gap) + 3)
    few = FRAME[(FRAME["date"] < "2018-01-10") | (FRAME["date"] > "2018-02-10")]
    judged = ask(few, "2018-12-31", **HEAVY, at_most=count(few))
    assert judged.status == "met" and any("32 of the days of 2018 have no value" in n for n in judged.notes)


def test_a_year_counts_as_begun_by_the_day_of_issue() -> None:
    known = FRAME[FRAME["date"] <= "2017-12-20"]
    got = ask(known, "2018-01-15", **GOOD, at_least=200)
    assert not any("not begun" in n for n in got.notes) and got.unknown_days == 15
    assert any("not begun" in n for n in ask(known, "2017-12-25", **GOOD, at_least=200).notes)


# ---- base years ----


def without(frame: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    return frame[(frame["date"] < first) | (frame["date"] > last)]


def test_a_base_year_of_few_days_is_refused() -> None:
    thin = without(FRAME, "2017-03-01", "2017-11-30")
    change = {"from": 2017, "by": 0, "unit": "days"}
    with pytest.raises(MissingData, match=r"90 valid days in the base year 2017.*give change\.base"):
        ask(thin, "2018-08-31", **GOOD, change=change)
    mean = {"kind": "mean", "pollutant": "pm25", "year": 2018, "change": {"from": 2017, "by": -0.05}}
    with pytest.raises(MissingData, match="90 valid days in the base year 2017"):
        ask(thin, "2018-12-31", **mean)
    with pytest.raises(MissingData, match=r"no year could be scored.*90 valid days in the base year 2017"):
        targets.hindcast(thin, {"kind": "good_days", "year": 2018, "change": change}, [2018], [200], draws=50)
    stated = ask(thin, "2018-08-31", **GOOD, change={**change, "base": 230.0})
    assert stated.limit == 230
    three = {**mean, "kind": "mean3", "change": {"from": 2017, "by": 0}}
    with pytest.raises(MissingData, match="no valid day in the base year 2015"):
        ask(FRAME, "2018-12-31", **three)


def test_a_base_year_with_gaps_is_said() -> None:
    gaps = without(FRAME, "2017-06-01", "2017-07-31")
    change = {"from": 2017, "by": 0, "unit": "days"}
    got = ask(gaps, "2018-08-31", **GOOD, change=change)
    assert any("base year 2017 has 304 valid days and 2018 will have 365" in n for n in got.notes)
    assert not any("base year" in n for n in ask(FRAME, "2018-08-31", **GOOD, change=change).notes)


def test_a_threshold_below_zero_cannot_be() -> None:
    change = {"from": 2017, "by": -80, "unit": "ug"}
    with pytest.raises(ParameterError, match=r"threshold of -\d+.* against 2017; a figure below zero"):
        ask(FRAME, "2018-08-31", kind="mean", pollutant="pm25", year=2018, change=change)


# ---- what looks like a measurement and is none ----


def test_a_stuck_monitor_is_named() -> None:
    stuck = FRAME.copy()
    last = (stuck["date"] > "2018-05-03") & (stuck["date"] <= "2018-08-31")
    for name in ("pm25", "pm10", "so2", "no2", "co", "o3", "aqi"):
        stuck.loc[last, name] = float(stuck.loc[last, name].iloc[0])
    said = ask(stuck, "2018-08-31", **GOOD, at_least=225).notes
    assert any(
        "pm25 is " in n and "on all 120 days with a value from 2018-05-04 to 2018-08-31" in n for n in said
    )
    index = FRAME.copy()
    index.loc[last, "aqi"] = 70.0
    said = ask(index, "2018-08-31", **GOOD, at_least=225).notes
    assert (
        [n for n in said if "stuck" in n]
        == [n for n in said if n.startswith("aqi is 70 on all 120 days")]
        != []
    )
    mean = {"kind": "mean", "pollutant": "pm25", "at_most": 70, "year": 2018}
    assert any("pm25 is " in n for n in ask(stuck, "2018-10-31", **mean).notes)
    assert not any("stuck" in n for n in ask(index, "2018-08-31", **mean).notes)


def test_an_absent_year_is_named() -> None:
    got = ask(FRAME[FRAME["date"].dt.year != 2017], "2018-08-31", **GOOD, at_least=225)
    assert any("2017 has 0 days with a value" in n for n in got.notes)
    assert any("2017年只有0天有值" in n for n in got.notes_zh)
    assert not any("days with a value" in n for n in ask(FRAME, "2018-08-31", **GOOD, at_least=225).notes)


def test_hours_are_no_days() -> None:
    hours = pd.date_range("2016-01-01", periods=24 * 30, freq="h")
    frame = pd.DataFrame({"date": hours, "site": "A", "pm25": 40.0})
    with pytest.raises(ParameterError, match=r"row 2: '2016-01-01 01:00:00' is an hour.*daily_frame"):
        ask(frame, "2016-01-31", kind="mean", pollutant="pm25", at_most=50, year=2016)
    with pytest.raises(ParameterError, match="24 rows a day of site 'A'"):
        ask(frame.assign(date=hours.normalize()), "2016-01-31", **{**GOOD, "year": 2016}, at_least=2)


def test_rows_of_one_day_are_averaged_and_said() -> None:
    frame = flat("2017-01-01", "2018-12-31", pm25=40.0)
    twice = pd.concat([frame, frame[frame["date"] == "2018-06-01"].assign(pm25=80.0)], ignore_index=True)
    got = ask(twice, "2018-12-31", kind="mean", pollutant="pm25", at_most=50, year=2018)
    assert got.to_date["value"] == (364 * 40 + 60) / 365
    assert any("1 day stood more than once; the mean" in n for n in got.notes)


def test_a_day_is_one_day() -> None:
    got = ask(FRAME, "2018-12-30", **GOOD, at_least=300)
    assert got.status == "impossible" and "The 1 day that is left does not suffice." in got.notes


def test_every_note_has_a_chinese_form() -> None:
    frame = without(FRAME, "2018-06-10", "2018-07-20").assign(aqi=lambda f: f["aqi"])
    frame.loc[frame.index[5], "pm25"] = -1.0
    got = ask(frame[frame["date"] <= "2018-08-20"], "2018-08-31", **GOOD, at_least=225)
    assert len(got.notes) == len(got.notes_zh) >= 3
    assert all(any("\u4e00" <= c <= "\u9fff" for c in n) for n in got.notes_zh)
