import numpy as np
import pandas as pd
import pytest

from airq.errors import AirqError
from airq.standards import alerts


def series(values, start="2024-12-01"):
    return pd.Series(np.asarray(values, float), pd.date_range(start, periods=len(values)))


def levels(values, rules="ALERT-2024", **options):
    frame = alerts(series(values), rules, **options)
    return [
        (a, e, str(s.date()), str(t.date()))
        for a, e, s, t in frame[["action", "level_en", "start", "end"]].values
    ]


CALM = [80, 80, 80]


@pytest.mark.parametrize(
    ("values", "rules", "level"),
    [
        ([200], "ALERT-2024", None),
        ([201], "ALERT-2024", "yellow"),
        ([151], "ALERT-2024", None),
        ([151, 151], "ALERT-2024", "yellow"),
        ([150, 151], "ALERT-2024", None),
        ([151] * 3, "ALERT-2024", "orange"),
        ([201] * 2, "ALERT-2024", "orange"),
        ([201] * 3, "ALERT-2024", "orange"),
        ([201, 301, 201], "ALERT-2024", "red"),
        ([301, 201], "ALERT-2024", "orange"),
        ([201], "ALERT-2019", None),
        ([201] * 2, "ALERT-2019", "yellow"),
        ([201] * 3, "ALERT-2019", "orange"),
        ([201, 201, 301, 301], "ALERT-2019", "red"),
        ([201, 201, 201, 301], "ALERT-2019", "orange"),
        ([500], "ALERT-2019", "red"),
        ([201] * 3, "ALERT-2017", "yellow"),
        ([201, 301, 201], "ALERT-2017", "orange"),
        ([151] * 3, "ALERT-2024-CHANGJI", "orange"),
        ([201] * 2, "ALERT-2024-CHANGJI", "yellow"),
    ],
)
def test_triggers_of_each_rule(values, rules, level):
    frame = alerts(series([80, *values, *CALM]), rules)
    assert (frame["level_en"].tolist() or [None]) == [level]
    if level:
        assert frame.iloc[0]["start"] == pd.Timestamp("2024-12-02")
        assert frame.iloc[0]["end"] == pd.Timestamp("2024-12-02") + pd.Timedelta(days=len(values))
        assert frame.iloc[0]["peak_aqi"] == max(values)


def test_upgrade_and_downgrade_of_one_episode():
    assert levels([90, 160, 210, 220, 310, 180, 90, 80, 70]) == [
        ("start", "orange", "2024-12-02", "2024-12-03"),
        ("upgrade", "red", "2024-12-03", "2024-12-06"),
        ("downgrade", "orange", "2024-12-06", "2024-12-07"),
    ]


def test_a_calm_shorter_than_36_hours_does_not_lift():
    assert levels([210, 80, 210, *CALM]) == [("start", "yellow", "2024-12-01", "2024-12-04")]
    two = alerts(series([210, 80, 80, 210, *CALM]))
    assert two["episode"].tolist() == [1, 2]


def test_xinjiang_lifts_only_below_150():
    values = [210, 150, 150, 150, 140, 140, 140]
    assert levels(values)[0][3] == "2024-12-02"
    assert levels(values, "ALERT-2024-XINJIANG")[0][3] == "2024-12-05"


def test_observed_alerts_come_after_the_fact():
    assert levels([90, 160, 210, 220, 310, 180, 90, 80, 70], known="observed") == [
        ("start", "yellow", "2024-12-04", "2024-12-05"),
        ("upgrade", "orange", "2024-12-05", "2024-12-06"),
        ("upgrade", "red", "2024-12-06", "2024-12-07"),
        ("downgrade", "orange", "2024-12-07", "2024-12-09"),
    ]


def test_any_24_hours_count_in_an_hourly_series():
    hourly = pd.Series(100.0, pd.date_range("2024-12-01 01:00", periods=240, freq="h"))
    hourly.iloc[49] = 201  # one window, labelled 2 December... 50 hours in, that is no natural day
    frame = alerts(hourly)
    label = hourly.index[49]
    assert frame[["level_en", "start", "end", "hours"]].values.tolist() == [
        ["yellow", label - pd.Timedelta(hours=24), label, 24]
    ]
    hourly.iloc[49 : 49 + 24] = 160  # 47 hours in all: one short of 48
    assert alerts(hourly).empty
    hourly.iloc[49 : 49 + 25] = 160
    assert alerts(hourly).iloc[0]["hours"] == 48
    late = alerts(hourly, known="observed").iloc[0]
    assert late["start"] == hourly.index[49 + 24]


def test_missing_days_break_a_run_and_an_open_end_is_said():
    assert levels([160, np.nan, 160, *CALM]) == []
    frame = alerts(series([80, 210, 210]))
    assert frame.iloc[0]["open"]
    gap = series([160, 160, 80, 80]).drop(pd.Timestamp("2024-12-02"))
    assert alerts(gap).empty
    assert alerts(series([80, 90])).empty


@pytest.mark.parametrize(
    "call",
    [
        lambda: alerts([1, 2]),
        lambda: alerts(pd.Series([], dtype=float)),
        lambda: alerts(series([210]), "ALERT-1999"),
        lambda: alerts(series([210]), known="guessed"),
        lambda: alerts(pd.Series([1.0], index=["spring"])),
        lambda: alerts(pd.concat([series([1]), series([2])])),
    ],
)
def test_refusals(call):
    with pytest.raises(AirqError, match=r"\.$"):
        call()
