import numpy as np
import pandas as pd
import pytest

from airq.dataset import build
from airq.errors import AirqError
from airq.standards import (
    daily,
    dust_days,
    dust_events,
    place_daily,
    read_dust_events,
    summary_without_dust,
    without_dust,
)

STORM = [700, 900, 600, 400, 200, 100]
LABEL = "模拟剔除，非官方口径"


def hours(days=31, at=100, storm=STORM, pm25=40.0, background=60.0, stations=1, start="2019-04-01"):
    time = pd.date_range(start, periods=24 * days, freq="h") + pd.Timedelta(hours=1)
    pm10 = np.full(time.size, background)
    pm10[at : at + len(storm)] = storm
    values = {
        "pm10": pm10,
        "pm25": np.full(time.size, pm25),
        "so2": np.full(time.size, 10.0),
        "no2": np.full(time.size, 20.0),
        "co": np.full(time.size, 0.5),
        "o3": np.full(time.size, 80.0),
    }
    table = pd.DataFrame(
        {"station": [f"S{i}" for i in range(stations)], "place": "changji", "role": "evaluation"}
    )
    return build(table, time, {k: np.tile(v, (stations, 1)) for k, v in values.items()})


def test_event_starts_and_ends_by_the_hourly_rule():
    events = dust_events(hours())
    assert len(events) == 1
    event = events.iloc[0]
    assert event["start"] == pd.Timestamp("2019-04-05 05:00")
    # 100 is above 66, so the event goes on until the background returns.
    assert (event["hours"], event["previous_pm10"], event["peak_pm10"]) == (6, 60.0, 900.0)
    assert (event["grade_zh"], event["origin"], event["label_zh"]) == ("浮尘", "detected", LABEL)


@pytest.mark.parametrize(
    "changed",
    [
        {"storm": [150]},  # not above 150
        {"storm": [160], "background": 90.0, "pm25": 20.0},  # not twice the mean before
    ],
)
def test_no_event_at_the_bounds(changed):
    assert dust_events(hours(**changed)).empty


def test_smoke_is_not_dust_because_the_ratio_stays():
    ds = hours()
    ds["pm25"][:] = ds["pm10"].values * 0.7
    assert dust_events(ds).empty


def test_mean_of_stations_decides_and_too_few_stations_give_no_value():
    ds = hours(stations=4)
    ds["pm10"][0] = 60.0
    assert dust_events(ds).iloc[0]["peak_pm10"] == (3 * 900 + 60) / 4
    ds["pm10"][1:3, 100:106] = np.nan
    assert dust_events(ds).empty


def test_deduction_removes_particles_only_and_a_day_below_20_hours_has_none():
    ds = hours()
    clean = without_dust(ds, dust_events(ds))
    assert clean.attrs["dust"] == LABEL
    assert int(np.isnan(clean["pm10"]).sum()) == 6 == int(np.isnan(clean["pm25"]).sum())
    assert not np.isnan(clean["o3"]).any()
    day = daily(clean)
    assert np.isnan(day["pm10"].values[0, 4])  # 18 hours remain on 5 April
    assert day["so2"].values[0, 4] == 10
    assert ds["pm10"].values[0, 101] == 900  # the input is untouched


def test_summary_gives_both_and_keeps_the_day_counts():
    frame = summary_without_dust(hours(storm=[2000] * 24 + STORM, at=96), "2019-04").set_index("dust")
    assert frame.index.tolist() == ["with", "without"]
    assert frame.loc["with", "mean_pm10"] > frame.loc["without", "mean_pm10"] == 60
    assert frame.loc["with", "composite"] > frame.loc["without", "composite"]
    assert frame["heavy_days"].tolist() == [1, 1]  # dust days stay in the counts
    assert frame.loc["with", "good_days"] == frame.loc["without", "good_days"]
    assert frame.loc["without", "label_zh"] == LABEL
    assert frame.loc["with", "label_zh"] == ""
    assert frame["dust_hours"].tolist() == [30, 30]


def test_confirmed_events_replace_the_detection(tmp_path):
    file = tmp_path / "events.csv"
    file.write_text("place,start,end\n昌吉市,2019-04-10 01:00,2019-04-10 06:00\n", encoding="utf-8-sig")
    events = dust_events(hours(), confirmed=file)
    assert events[["start", "hours", "origin"]].values.tolist() == [
        [pd.Timestamp("2019-04-10 01:00"), 6, "confirmed"]
    ]
    assert LABEL not in set(events["label_zh"])
    frame = summary_without_dust(hours(), "2019-04", confirmed=file).set_index("dust")
    assert frame.loc["without", "label_zh"] == "按确认的沙尘过程剔除"
    everywhere = pd.DataFrame({"place": [None], "start": ["2019-04-10 01:00"], "end": ["2019-04-10 02:00"]})
    assert dust_events(hours(), confirmed=everywhere).iloc[0]["place"] == "changji"
    none = pd.DataFrame({"place": [], "start": [], "end": []})
    assert dust_events(hours(), confirmed=none).empty


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("place,start\nx,2019-04-01", "'end' is missing"),
        ("place,start,end\nx,2019-04-02 01:00,2019-04-01 01:00", "line 2"),
        ("place,start,end\nx,2019-04-02 01:00,2019-04-02 03:00\nx,spring,2019-04-01", "line 3"),
    ],
)
def test_broken_event_files(tmp_path, text, part):
    file = tmp_path / "events.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AirqError) as error:
        read_dust_events(file)
    assert str(file) in str(error.value) and part in str(error.value)


def test_refusals_and_the_daily_cross_check():
    ds = hours()
    with pytest.raises(AirqError, match="pm25"):
        dust_events(ds.drop_vars("pm25"))
    with pytest.raises(AirqError, match="hourly"):
        summary_without_dust(place_daily(ds), "2019-04")
    looks = dust_days(place_daily(hours(storm=[500] * 24, at=96)))
    assert looks.values.nonzero()[1].tolist() == [4]


def test_an_event_ends_at_the_longest_duration():
    events = dust_events(hours(storm=[500] * 400, at=100))
    assert events.iloc[0]["hours"] == 96
