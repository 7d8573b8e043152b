"""Published running means: which hold hours that must not be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airq import dataset, observations
from airq.errors import FileRejected, ParameterError
from airq.observations import quality
from airq.variables import FLAGS

WIDE = "data/cnemc_2019_xinjiang/china_sites_2019_xinjiang_wide.csv.gz"


def made(x: np.ndarray, name: str = "pm25"):
    nowhere = np.full(len(x), np.nan)
    bits = quality.flag({name: x}, {}, nowhere, nowhere)
    stations = pd.DataFrame({"station": [f"S{k}" for k in range(len(x))]})
    return dataset.build(
        stations, pd.date_range("2019-05-01 01:00", periods=x.shape[1], freq="h"), {name: x}, bits
    )


def rolled(x: np.ndarray, hours: int = 24) -> np.ndarray:
    return pd.DataFrame(x.T.astype(float)).rolling(hours, min_periods=1).mean().to_numpy().T


def test_a_spike_contaminates_24_means_and_no_more() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(20, 60, (2, 90)).astype(np.float32)
    x[0, 30] = 2500
    x[1, 40:50] = np.nan
    table = quality.running_means(made(x), {"pm25": np.round(rolled(x))})
    bad = table[table["verdict"] == "contaminated"]
    ds = made(x)
    assert bad["station"].unique().tolist() == ["S0"]
    assert bad["time"].tolist() == list(ds["time"].values[30:54])
    assert (table.loc[table["verdict"] != "contaminated", "verdict"] == "agrees").all()
    bits = ds["pm25_flag"].values[0] & FLAGS["contaminated"]
    assert np.flatnonzero(bits).tolist() == list(range(30, 54)), "the flag says the same"


def test_a_source_that_left_the_hour_out_is_not_contaminated() -> None:
    x = np.full((1, 40), 30, np.float32) + np.arange(40) % 3
    broken = x.copy()
    broken[0, 20] = 2500
    left_out = x.copy()
    left_out[0, 20] = np.nan
    table = quality.running_means(made(broken), {"pm25": np.round(rolled(left_out))})
    assert set(table["verdict"]) == {"agrees"}


def test_other_hours_than_those_received_differ() -> None:
    x = np.full((1, 40), 30, np.float32)
    means = np.full((1, 40), 44.0)
    means[0, 5] = np.nan
    table = quality.running_means(made(x), {"pm25": means})
    assert set(table["verdict"]) == {"differs"} and len(table) == 39


def test_a_wrong_shape_or_axis_is_refused() -> None:
    ds = made(np.full((1, 40), 30, np.float32))
    with pytest.raises(ParameterError, match="shape"):
        quality.running_means(ds, {"pm25": np.zeros((1, 3))})
    with pytest.raises(ParameterError, match="holes"):
        quality.running_means(ds.isel(time=[0, 1, 5]), {"pm25": np.zeros((1, 3))})


def test_published_means_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "china_sites_20190501.csv"
    file.write_text(
        "date,hour,type,S0,S9\n20190501,1,PM2.5,30,5\n20190501,1,PM2.5_24h,31,6\n20190501,2,PM2.5_24h,,7\n20190501,2,CO_24h,1.5,7\n"
    )
    got = quality.published(file, made(np.full((2, 3), 30, np.float32)))
    np.testing.assert_array_equal(got["pm25"], [[31, np.nan, np.nan], [np.nan] * 3])
    other = tmp_path / "x.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(FileRejected, match="no lines of the types"):
        quality.published(other, made(np.full((2, 3), 30, np.float32)))


@pytest.mark.shared
def test_2711a_is_contaminated_until_noon_of_2_may(shared: Path) -> None:
    """PM2.5 climbs to 1491 on 1 May 10-13 h; the source's mean says 787 on 2 May 04 h, when the air had 40."""
    ds = observations.read(shared / WIDE, stations=["2711A"])
    ds = ds.reindex(time=pd.date_range("2019-04-20 01:00", "2019-05-10", freq="h"), fill_value={f"{n}{e}": v for n in ("pm25", "pm10", "so2", "no2", "co", "o3") for e, v in (("", np.float32(np.nan)), ("_flag", np.uint16(1)))})  # fmt: skip
    bits = quality.flag(
        {n: ds[n].values for n in ("pm25", "pm10")}, {}, np.array([np.nan]), np.array([np.nan])
    )
    for n in bits:
        ds[f"{n}_flag"] = (("station", "time"), bits[n])
    table = quality.running_means(ds, quality.published(shared / WIDE, ds)).set_index("time")
    fine = table[table["pollutant"] == "pm25"]
    hours = fine.loc["2019-05-01 10:00":"2019-05-02 12:00"]
    assert len(hours) == 27 and (hours["verdict"] == "contaminated").all()
    noon, after = fine.loc["2019-05-02 12:00"], fine.loc["2019-05-02 13:00"]
    assert (noon["published"], noon["flagged"]) == (188, 1) and (after["published"], after["flagged"]) == (
        41,
        0,
    )
    assert after["verdict"] == "agrees"
    night = fine.loc["2019-05-02 04:00"]
    assert night["published"] == 787 and night["own"] == pytest.approx(787.1)
    assert (fine.loc["2019-05-03":"2019-05-09", "verdict"] != "contaminated").all()
    marked = pd.Series((bits["pm25"][0] & FLAGS["contaminated"]) > 0, pd.DatetimeIndex(ds["time"].values))
    assert (
        marked["2019-05-02 04:00":"2019-05-02 12:00"].all()
        and not marked["2019-05-02 13:00":"2019-05-09"].any()
    )
    coarse = table[table["pollutant"] == "pm10"].loc["2019-05-01":"2019-05-02"]
    assert (coarse["verdict"] != "contaminated").all()
