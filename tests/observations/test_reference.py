"""Values from before September 2018 at the state in force since: factor, switch, labels, what rules make of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from airq import dataset, standards
from airq.errors import MissingData, ParameterError
from airq.observations import reference
from airq.variables import POLLUTANTS

SWITCH = pd.DatetimeIndex(["2018-08-31 23:00", "2018-09-01 00:00", "2018-09-01 01:00"])


def hourly(time: pd.DatetimeIndex = SWITCH, codes: tuple[str, ...] = ("A",), **values: object) -> xr.Dataset:
    table = pd.DataFrame({"station": codes, "place": ["changji"] * len(codes)})
    return dataset.build(table, time, values)  # type: ignore[arg-type]


def weather(
    time: pd.DatetimeIndex, celsius: object, hpa: object, code: str = "A", place: str = "changji"
) -> xr.Dataset:
    table = pd.DataFrame({"station": [code], "place": [place]})
    return dataset.build(table, time, {"temperature": [celsius], "pressure": [hpa]})  # type: ignore[list-item]


def test_gases_by_hand_and_the_hour_of_the_switch() -> None:
    ds = hourly(so2=[[60.0] * 3], no2=[[80.0] * 3], co=[[4.0] * 3], o3=[[160.0] * 3], pm25=[[75.0] * 3])
    out = reference.to_2018_state(ds)
    # x 273.15/298.15 by hand; the label 00:00 of 1 September closes 31 August.
    for name, expected in {"so2": 54.969, "no2": 73.292, "co": 3.665, "o3": 146.584}.items():
        old = float(ds[name].values[0, 2])
        assert out[name].values[0].tolist() == [np.float32(expected), np.float32(expected), old], name
        assert (
            out[name].attrs["reference_state"]
            == "298.15 K, 1013.25 hPa; values before 2018-09-01 converted from 273.15 K"
        )
        assert out[name].dtype == np.float32 and out[name].attrs["units"] == ds[name].attrs["units"]
    assert out["pm25"].identical(ds["pm25"]) and "reference_state" not in out["pm25"].attrs
    said = out.attrs["reference_state"]
    assert (
        "so2, no2, co, o3: brought to" in said
        and "pm25: left as they were, before 2018-09-01 at 273.15 K" in said
    )
    assert "reference_state" not in ds.attrs and "reference_state" not in ds["o3"].attrs, (
        "the input is not touched"
    )


def test_days_belong_to_their_date() -> None:
    days = pd.DatetimeIndex(["2018-08-31", "2018-09-01"])
    ds = hourly(days, o3=[[160.0, 160.0]]).rename(time="day")
    assert reference.to_2018_state(ds)["o3"].values[0].round(3).tolist() == [np.float32(146.584), 160.0]


@given(st.lists(st.integers(-5, 1200), min_size=1, max_size=8), st.sampled_from([1, 10, 1000]))
def test_steps_are_the_exact_product_rounded_once(whole: list[int], parts: int) -> None:
    """Half to even in thousandths of the integer that the source published; nothing else is lost."""
    time = pd.date_range("2016-03-01 01:00", periods=len(whole), freq="h")
    ds = hourly(time, o3=[[w / parts for w in whole]])
    given_steps = dataset.steps(ds["o3"])[0][0].tolist()
    got = dataset.steps(reference.to_2018_state(ds)["o3"])[0][0].tolist()
    exact = [Fraction(n) * Fraction(27315, 29815) for n in given_steps]
    assert got == [round(e) for e in exact]


def test_once_is_enough() -> None:
    ds = hourly(o3=[[160.0, np.nan, 160.0]], pm10=[[150.0] * 3])
    once = reference.to_2018_state(ds)
    assert reference.to_2018_state(once).identical(once)
    air = weather(SWITCH, [20.0] * 3, [950.0] * 3)
    both = reference.to_2018_state(once, air)
    assert both["o3"].identical(once["o3"]), "particles may follow later without gases being converted again"
    assert both["pm10"].values[0].round(2).tolist() == [np.float32(131.04), np.float32(131.04), 150.0]
    assert reference.to_2018_state(both, air).identical(both)
    assert np.isnan(both["o3"].values[0, 1]) and int(both["o3_flag"].values[0, 1]) == 1


def test_nothing_changes_after_the_switch_and_the_label_says_so() -> None:
    time = pd.date_range("2019-01-01 01:00", periods=4, freq="h")
    ds = hourly(time, so2=[[5.0, 6.0, 7.0, 8.0]])
    out = reference.to_2018_state(ds)
    assert out["so2"].values.tolist() == ds["so2"].values.tolist()
    assert out["so2"].attrs["reference_state"].startswith("298.15 K")


def test_particles_need_weather_and_an_hour_without_it_is_missing() -> None:
    ds = hourly(pm25=[[100.0, 100.0, 100.0]])
    air = weather(SWITCH, [0.0, np.nan, 20.0], [1013.25, 950.0, 950.0])
    out = reference.to_2018_state(ds, air)
    assert (
        out["pm25"].values[0, 0] == 100
        and np.isnan(out["pm25"].values[0, 1])
        and out["pm25"].values[0, 2] == 100
    )
    assert out["pm25_flag"].values[0].tolist() == [0, 1, 0] and out["pm25_flag"].dtype == np.uint16
    assert "1 values without weather are missing" in out["pm25"].attrs["reference_state"]
    # A Siberian winter is near the standard state, a summer below it is not.
    assert reference.particle_factor([-20.0, 35.0], [960.0, 940.0]).round(3).tolist() == [1.022, 0.822]
    assert np.isnan(reference.particle_factor([-999.0, 20.0], [950.0, 9999.0])).all(), "codes are no weather"


def test_weather_by_place_and_what_is_refused() -> None:
    ds = hourly(codes=("A", "B"), pm25=[[100.0] * 3] * 2)
    air = weather(SWITCH, [20.0] * 3, [950.0] * 3, code="51463")
    assert reference.to_2018_state(ds, air)["pm25"].values[:, 0].round(2).tolist() == [np.float32(87.36)] * 2
    with pytest.raises(MissingData, match="no station for station 'A' of 'changji'"):
        reference.to_2018_state(ds, weather(SWITCH, [20.0] * 3, [950.0] * 3, code="51463", place="urumqi"))
    with pytest.raises(MissingData, match="no variable 'pressure'"):
        reference.to_2018_state(ds, air.drop_vars("pressure"))
    with pytest.raises(ParameterError, match="gas 'pm25' is not known"):
        reference.to_2018_state(ds, gases=["pm25"])
    ds["so2"] = ds["pm25"].assign_attrs(units="ppb")
    with pytest.raises(ParameterError, match="states the unit 'ppb'"):
        reference.to_2018_state(ds)
    with pytest.raises(ParameterError, match="no dimension 'station'"):
        reference.to_2018_state(xr.Dataset())


def test_gases_that_stand_at_298_kelvin_already_can_be_left_out() -> None:
    ds = hourly(o3=[[160.0] * 3], co=[[1.0] * 3])
    out = reference.to_2018_state(ds, gases=["co"])
    assert out["o3"].identical(ds["o3"]) and out["co"].values[0, 0] == np.float32(0.916)
    assert "o3: left as they were" in out.attrs["reference_state"]


def test_daily_rules_take_converted_values_exactly() -> None:
    """A day of 100 and 101 in turn: the mean is the mean of the rounded thousandths, not of float32."""
    time = pd.date_range("2018-08-30 01:00", "2018-09-02 00:00", freq="h")
    values = [[100.0 + (i % 2) for i in range(len(time))]]
    ds = hourly(time, **{n: values for n in POLLUTANTS if n != "co"}, co=[[1.0] * len(time)])
    days = standards.daily(reference.to_2018_state(ds), edition="2012")
    assert days["no2"].values[0].tolist() == pytest.approx([(91.615 + 92.531) / 2] * 2 + [100.5], abs=1e-12)
    assert days["co"].values[0].tolist() == pytest.approx([0.916, 0.916, 1.0], abs=1e-12)
    assert days["pm25"].values[0].tolist() == [100.5] * 3


def test_a_converted_winter_of_a_real_city(shared: Path) -> None:
    """O3 and SO2 of 2015 fall by the factor in the mean, to the rounding of a thousandth; 2019 is untouched."""
    from airq.observations import read

    file = next((shared / "data" / "city_daily_2013_2019").glob("wulumuqi.csv"))
    ds = read(file)
    out = reference.to_2018_state(ds)
    early, late = slice("2015-01-01", "2015-12-31"), slice("2019-01-01", None)
    for name in ("so2", "o3"):
        ratio = float(out[name].sel(day=early).mean() / ds[name].sel(day=early).mean())
        assert ratio == pytest.approx(273.15 / 298.15, abs=2e-5), name
        assert out[name].sel(day=late).equals(ds[name].sel(day=late))
