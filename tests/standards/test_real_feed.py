"""The national feed of 2019 as an oracle: what it published equals what the rules give."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airq.dataset import build, day_of
from airq.standards import aqi, daily, round_official

pytestmark = pytest.mark.shared
REGION = [
    "1490A",
    "1491A",
    "1492A",
    "1493A",
    "1494A",
    "1495A",
    "1496A",
    "2690A",
    "2691A",
    "2692A",
    "2709A",
    "2710A",
    "2711A",
    "3033A",
]
TYPES = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3": "o3"}


@pytest.fixture(scope="module")
def feed():
    """Published values by type: frames (time, station) over every hour of the year."""
    root = Path(os.environ.get("AIRQ_SHARED") or Path(__file__).parents[3] / "shared")
    found = sorted(root.glob("**/china_sites_2019_xinjiang_wide.csv.gz"))
    if not found:
        pytest.skip(f"the real feed of 2019 is not in {root}; set AIRQ_SHARED to the shared observations")
    path = found[0]
    table = pd.read_csv(path)
    table.index = pd.to_datetime(table["date"].astype(str)) + pd.to_timedelta(table["hour"], unit="h")
    hours = pd.date_range("2019-01-01", "2019-12-31 23:00", freq="h")
    return {kind: part[REGION].reindex(hours) for kind, part in table.groupby("type")}


@pytest.fixture(scope="module")
def dataset(feed):
    stations = pd.DataFrame({"station": REGION, "place": "changji"})
    return build(stations, feed["AQI"].index, {name: feed[kind].T.to_numpy() for kind, name in TYPES.items()})


def test_hourly_aqi_equals_the_published_one_in_every_case(feed, dataset):
    values = {name: dataset[name].values for name in TYPES.values()}
    published = feed["AQI"].T.to_numpy()
    complete = np.isfinite(published) & np.all([np.isfinite(v) for v in values.values()], axis=0)
    got = aqi(values, averaging="1h", edition="2012").value
    assert complete.sum() == 92_148
    assert (got[complete] == published[complete]).all()


def test_24h_means_rounded_half_to_even_equal_the_published_ones(feed):
    cases = equal = 0
    for kind in ("PM2.5", "PM10", "SO2", "NO2", "CO"):
        per_unit, decimals = (10, 1) if kind == "CO" else (1, 0)
        total = (feed[kind] * per_unit).round().rolling(24).sum()
        published = feed[f"{kind}_24h"]
        known = (total.notna() & published.notna()).to_numpy()
        whole, shown = total.to_numpy()[known].astype(np.int64), published.to_numpy()[known]
        if (
            kind == "CO"
        ):  # the feed breaks ties of CO at random (binary tenths): 2,190 up, 2,145 down from even
            off_tie = whole % 24 != 12
            whole, shown = whole[off_tie], shown[off_tie]
        cases += whole.size
        equal += np.isclose(round_official(whole / (24 * per_unit), decimals), shown, rtol=0, atol=1e-9).sum()
    assert cases > 300_000
    assert equal / cases >= 0.9998


def test_running_o3_equals_the_published_one_where_eight_hours_stand(feed):
    own, count = feed["O3"].rolling(8).mean(), feed["O3"].rolling(8, min_periods=1).count()
    published = feed["O3_8h"]
    hour = published.index.hour
    within = ((hour >= 8) | (hour == 0))[:, None]
    known = (within & (count == 8) & published.notna()).to_numpy()
    got = round_official(own.to_numpy()[known], 0)
    assert known.sum() > 50_000
    assert (got == published.to_numpy()[known]).mean() >= 0.99


def test_mda8_of_complete_days_equals_the_greatest_published_running_mean(feed, dataset):
    day = daily(dataset, edition="2012")
    published = feed["O3_8h"]
    complete = feed["O3"].groupby(day_of(published.index)).count() == 24
    hour = published.index.hour
    peak = published[(hour >= 8) | (hour == 0)]
    peak = peak.groupby(day_of(peak.index)).max()
    own = pd.DataFrame(day["o3"].T.values, index=day["day"].values.astype("datetime64[D]"), columns=REGION)
    both = complete & peak.notna() & own.notna()
    same = pd.DataFrame(round_official(own.to_numpy(), 0), own.index, own.columns) == peak
    assert both.to_numpy().sum() > 2_000
    assert same.to_numpy()[both.to_numpy()].mean() >= 0.99


def test_annual_means_of_the_region(dataset):
    """Means of PM2.5 stated with the data: 2691A 69.7, 2692A 47.7, 2711A 66.0, 2690A 10.5, 1496A 74.5 (hourly)."""
    mean = dataset["pm25"].astype("float64").mean("time")
    for station, value in {"2691A": 69.7, "2692A": 47.7, "2711A": 66.0, "2690A": 10.5, "1496A": 74.5}.items():
        assert float(mean.sel(station=station)) == pytest.approx(value, abs=0.05)
