import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from airq.dataset import build
from airq.errors import AirqError
from airq.standards import daily, exact_days
from airq.variables import FLAGS, POLLUTANTS

sys.path.insert(0, str(Path(__file__).parent))
from standards_oracle import ORDER, mda8, mean24
from standards_oracle import aqi as oracle_aqi

NAN = np.nan


def hourly(days=1, start="2019-01-01", stations=1, flags=None, **values):
    """Dataset of ``days`` natural days (01 h to 00 h); values broadcast to (station, hour)."""
    time = pd.date_range(start, periods=24 * days, freq="h") + pd.Timedelta(hours=1)
    table = pd.DataFrame(
        {"station": [f"S{i}" for i in range(stations)], "place": "changji", "role": "evaluation"}
    )
    shape = (stations, 24 * days)
    return build(
        table, time, {k: np.broadcast_to(np.asarray(v, float), shape) for k, v in values.items()}, flags
    )


def with_gaps(value, *missing):
    hours = np.full(24, float(value))
    hours[[h - 1 for h in missing]] = NAN
    return hours


def test_label_00_closes_the_day_before():
    time = pd.to_datetime(["2019-01-01 23:00", "2019-01-02 00:00", "2019-01-02 01:00"])
    ds = build(pd.DataFrame({"station": ["A"]}), time, {"pm25": [[1, 2, 3]]})
    day = daily(ds)
    assert day["day"].values.astype("datetime64[D]").astype(str).tolist() == ["2019-01-01", "2019-01-02"]
    assert day["pm25_hours"].values.tolist() == [[2, 1]]


@pytest.mark.parametrize(("lost", "valid"), [(4, True), (5, False), (24, False)])
def test_a_day_needs_20_hours(lost, valid):
    day = daily(hourly(pm25=with_gaps(30, *range(1, lost + 1)), o3=50))
    assert bool(np.isfinite(day.pm25.values[0, 0])) is valid
    code = int(day.pm25_reason[0, 0])
    assert day.pm25_reason.attrs["flag_meanings"].split()[code] == (
        "valid" if valid else "no_valid_hour" if lost == 24 else "too_few_hours"
    )


def test_mda8_lies_within_the_day_and_windows_end_at_8_to_24():
    o3 = np.concatenate([np.zeros(16), np.full(8, 100), np.full(8, 180), np.zeros(16)])
    day = daily(hourly(days=2, o3=o3))
    # The window of hours 21..04 would be 140; no window crosses midnight.
    assert day.o3.values.tolist() == [[100.0, 180.0]]
    assert day.o3_hours.values.tolist() == [[17, 17]]
    assert day.o3_1h.values.tolist() == [[100.0, 180.0]]


def test_mda8_needs_14_windows_unless_it_exceeds_160():
    # Hours 1..6 missing: windows ending 8..11 hold 2..5 hours, those ending 12..24 hold 6 or more: 13 windows.
    for value, valid in ((160, False), (161, True)):
        day = daily(hourly(o3=with_gaps(value, 1, 2, 3, 4, 5, 6)))
        assert int(day.o3_hours[0, 0]) == 13
        assert bool(np.isfinite(day.o3.values[0, 0])) is valid
        assert int(day.o3_reason[0, 0]) == (0 if valid else 3)
    day = daily(hourly(o3=with_gaps(50, 1, 2, 3, 4, 5)))
    assert int(day.o3_hours[0, 0]) == 14
    assert float(day.o3[0, 0]) == 50


def test_a_window_needs_6_hours_and_its_mean_is_over_those():
    hours = np.zeros(24)
    hours[16:24] = [NAN, NAN, 121, 121, 121, 121, 121, 122]
    day = daily(hourly(o3=hours))
    assert exact_days(day, "o3").numerator[0, 0] * 6 == 727 * exact_days(day, "o3").denominator
    assert float(day.o3[0, 0]) == 727 / 6


def test_exactness_at_the_boundary_of_100():
    """24 hours that average 75 + 1/24: the 2012 index is 101, the 2026 edition rounds to 75 first."""
    hours = np.full(24, 75.0)
    assert float(daily(hourly(pm25=hours)).aqi[0, 0]) == 100
    hours[0] = 76
    assert float(daily(hourly(pm25=hours)).aqi[0, 0]) == 101
    six = dict.fromkeys(POLLUTANTS, 1.0) | {"pm25": np.where(np.arange(24) % 2, 60.0, 61.0)}
    assert float(daily(hourly(**six), "2026").aqi[0, 0]) == 100  # 60.5 -> 60
    six["pm25"] = np.where(np.arange(24) % 2, 61.0, 62.0)
    assert float(daily(hourly(**six), "2026").aqi[0, 0]) == 102  # 61.5 -> 62, 100 + 50 * 2 / 55, up


def test_co_of_2_2_is_55_through_float32_storage():
    assert float(daily(hourly(co=2.2)).iaqi_co[0, 0]) == 55


def test_masks_sentinels_and_negatives():
    values = with_gaps(30)
    values[:2] = 900
    flags = np.zeros((1, 24), np.uint16)
    flags[0, :2] = FLAGS["spike"]
    ds = hourly(pm25=values, flags={"pm25": flags})
    assert float(daily(ds).pm25[0, 0]) == pytest.approx(102.5)
    assert float(daily(ds, mask="default").pm25[0, 0]) == 30
    flags[0, :2] = FLAGS["sentinel"]
    assert float(daily(hourly(pm25=values, flags={"pm25": flags})).pm25[0, 0]) == 30
    values[:2] = -999
    assert float(daily(hourly(pm25=values)).pm25[0, 0]) == 30
    assert int(daily(hourly(pm25=values)).pm25_hours[0, 0]) == 22


def test_unsorted_partial_and_absent_hours():
    ds = hourly(days=5, pm25=np.arange(120.0), o3=40)
    whole = daily(ds)
    rng = np.random.default_rng(1)
    shuffled = ds.isel(time=rng.permutation(120))
    xr.testing.assert_identical(daily(shuffled)["pm25"], whole["pm25"])
    hole = daily(ds.isel(time=[i for i in range(120) if not 48 <= i < 72]))
    assert hole.sizes["day"] == 5
    assert hole.pm25_hours.values.tolist() == [[24, 24, 0, 24, 24]]
    assert np.isnan(hole.aqi.values[0, 2])
    assert hole.primary.values[0, 2] == ""


def test_transposed_dataset_and_many_stations_agree_with_one():
    rng = np.random.default_rng(2)
    values = {p: rng.integers(1, 200, (300, 48)) / (100 if p == "co" else 1) for p in POLLUTANTS}
    ds = hourly(days=2, stations=300, **values)
    whole = daily(ds, "2026")
    xr.testing.assert_identical(daily(ds.transpose("time", "station"), "2026"), whole)
    one = daily(ds.isel(station=[150]), "2026")
    for name in ("pm25", "o3", "aqi", "category"):
        np.testing.assert_array_equal(one[name].values[0], whole[name].values[150])


def test_station_coordinates_and_attributes_stay():
    day = daily(hourly(stations=2, pm25=10).assign_attrs(source="a file"))
    assert day["place"].values.tolist() == ["changji", "changji"]
    assert day["role"].values.tolist() == ["evaluation", "evaluation"]
    assert (day.attrs["edition"], day.attrs["source"]) == ("HJ633-2012", "a file")
    assert day["co"].attrs["units"] == "mg m-3"


def test_by_date_changes_edition_on_1_march_2026():
    values = dict.fromkeys(POLLUTANTS, 1.0) | {"pm25": 61.0}
    day = daily(hourly(days=2, start="2026-02-28", **values), "by-date")
    assert day.aqi.values.tolist() == [[83.0, 101.0]]


@pytest.mark.parametrize(
    "broken",
    [
        lambda: xr.Dataset(),
        lambda: hourly(pm25=1)[["pm25_flag"]],
        lambda: hourly(pm25=1).isel(time=[]),
        lambda: hourly(pm25=1).assign_coords(time=pd.date_range("2019-01-01 00:30", periods=24, freq="h")),
        lambda: hourly(pm25=1).isel(time=[0, 0, 1]),
        lambda: hourly(pm25=1).assign_coords(time=[pd.NaT] * 24),
        lambda: hourly(pm25=1).assign(pm25=lambda d: d.pm25.assign_attrs(units="mg m-3")),
    ],
)
def test_bad_datasets_get_one_sentence(broken):
    with pytest.raises(AirqError) as error:
        daily(broken())
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)


hour = st.one_of(st.none(), st.integers(0, 400))


@settings(max_examples=60, deadline=None)
@given(
    columns=st.fixed_dictionaries({p: st.lists(hour, min_size=24, max_size=24) for p in ORDER}),
    dense=st.booleans(),
    edition=st.sampled_from(["2012", "2026"]),
)
def test_a_day_against_the_oracle(columns, dense, edition):
    if dense:  # random gaps alone would rarely leave a valid day
        columns = {
            p: [v if v is not None or i % 7 == 0 else 50 for i, v in enumerate(c)] for p, c in columns.items()
        }
    scale = {p: 100 if p == "co" else 1 for p in ORDER}
    arrays = {p: [NAN if v is None else v / scale[p] for v in c] for p, c in columns.items()}
    day = daily(hourly(**arrays), edition)
    exact = {p: [None if v is None else Fraction(v, scale[p]) for v in c] for p, c in columns.items()}
    values = {p: mda8(exact[p]) if p == "o3" else mean24(exact[p]) for p in ORDER}
    for p in ORDER:
        got = float(day[p][0, 0])
        assert (None if np.isnan(got) else got) == (None if values[p] is None else float(values[p]))
        ratio = exact_days(day, p)
        if values[p] is not None:
            assert Fraction(int(ratio.numerator[0, 0]), int(ratio.denominator)) == values[p]
    value, primary, _ = oracle_aqi(values, "24h", edition)
    got = float(day.aqi[0, 0])
    assert (None if np.isnan(got) else got) == value
    assert day.primary.values[0, 0] == primary


def test_ozone_above_800_takes_the_hourly_index_in_2012():
    day = daily(hourly(o3=np.where(np.arange(24) == 15, 1000.0, 900.0)))
    assert float(day.iaqi_o3[0, 0]) == 400
    assert float(day.aqi[0, 0]) == 400
    assert float(daily(hourly(o3=900.0), "2026").iaqi_o3[0, 0]) == 300


def test_co_in_micrograms_is_refused():
    with pytest.raises(AirqError, match="divide them by 1000"):
        daily(hourly(co=900.0))
    glitch = np.full(24, 0.5)
    glitch[3] = 900
    assert np.isfinite(daily(hourly(co=glitch)).co[0, 0])
    with pytest.raises(AirqError, match=r"\.$"):
        daily(None)
