import numpy as np
import pandas as pd
import pytest
import xarray as xr

from airq.errors import AirqError
from airq.standards import restate, summary
from airq.variables import POLLUTANTS


def random_days(start="2017-01-01", end="2018-12-31", sites=2, seed=5):
    rng = np.random.default_rng(seed)
    index = pd.date_range(start, end)
    data = {}
    for p in POLLUTANTS:
        values = np.round(rng.gamma(3.0, 20, (sites, len(index))))
        values = values / 50 if p == "co" else values
        data[p] = (("place", "day"), np.where(rng.random(values.shape) < 0.01, np.nan, values))
    return xr.Dataset(data, coords={"place": [f"P{i}" for i in range(sites)], "day": index})


def test_counts_agree_with_the_summaries():
    ds = random_days()
    result = restate(ds)
    assert len(result.years) == 4
    for row in result.years.itertuples():
        old = summary(ds, row.year, "GB3095-2012").set_index("place").loc[row.place]
        new = summary(ds, row.year, "GB3095-2026-transition").set_index("place").loc[row.place]
        assert (row.good_days_old, row.good_days_new) == (old.good_days, new.good_days)
        assert (row.heavy_days_old, row.days_valid_new) == (old.heavy_days, new.days_valid)
        # Every good day of the old count is good, lost or not published under the new one.
        assert 0 <= row.good_days_old - row.good_days_new - row.days_lost <= row.days_unpublished


def test_lost_days_by_pollutant_and_season():
    day = pd.date_range("2019-01-01", "2019-12-31")
    six = {"pm25": 20.0, "pm10": 50.0, "so2": 5.0, "no2": 10.0, "co": 0.5, "o3": 60.0}
    ds = xr.Dataset(
        {p: (("place", "day"), np.full((1, 365), v)) for p, v in six.items()}, {"place": ["x"], "day": day}
    )
    ds["pm25"].loc[{"day": "2019-01"}] = 70.0
    ds["pm10"].loc[{"day": slice("2019-01-01", "2019-01-10")}] = 130.0
    ds["pm10"].loc[{"day": "2019-07-01"}] = 140.0
    ds["pm25"].loc[{"day": "2019-12-31"}] = 200.0  # bad under both
    result = restate(ds)
    lost = result.lost.set_index(["season", "pollutant"])
    assert lost.loc[("winter", "pm25"), ["days", "alone"]].tolist() == [31, 21]
    assert lost.loc[("winter", "pm10"), ["days", "alone"]].tolist() == [10, 0]
    assert lost.loc[("summer", "pm10"), ["days", "alone"]].tolist() == [1, 1]
    assert lost["days"].sum() == 42
    assert result.years["days_lost"].tolist() == [32]


def test_distance_and_first_year_attained():
    day = pd.date_range("2017-01-01", "2020-12-31")
    pm25 = day.year.map({2017: 36.0, 2018: 35.4, 2019: 29.0, 2020: 24.0}).to_numpy(dtype=float)
    ds = xr.Dataset({"pm25": (("place", "day"), [pm25])}, {"place": ["x"], "day": day})
    result = restate(ds)
    first = result.first_year.iloc[0]
    assert first[["GB3095-2012", "GB3095-2026-transition", "GB3095-2026-final"]].tolist() == [
        2018,
        2019,
        2020,
    ]
    excess = result.distance.query("year == 2017").set_index("standard")["excess"]
    assert excess.to_dict() == {"GB3095-2012": 1, "GB3095-2026-transition": 6, "GB3095-2026-final": 11}
    never = restate(ds.isel(day=slice(0, 300)))
    assert never.first_year.isna().to_numpy()[:, 1:].all()
    assert "<table" in result._repr_html_()
    assert result.to_frame() is result.years


def test_refusals():
    with pytest.raises(AirqError, match="annual"):
        restate(random_days(), pollutant="co")
    with pytest.raises(AirqError, match="no day"):
        restate(random_days().isel(day=[]))
