"""A station that slowly departs from its neighbours, and those that only seem to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from airq import dataset
from airq.errors import ParameterError
from airq.observations import quality
from airq.variables import FLAGS

STATIONS, DAYS = 6, 260


def region(seed: int = 0, days: int = DAYS) -> dict[str, np.ndarray]:
    """Six stations under one air: a level that remembers days, each with its own noise."""
    rng = np.random.default_rng(seed)
    out = {}
    level = np.zeros(days)
    for d in range(1, days):
        level[d] = 0.7 * level[d - 1] + rng.normal(0, 0.4)
    for name, scale in (("pm25", 40.0), ("pm10", 80.0)):
        own = rng.normal(0, 0.08, (STATIONS, days)) + rng.normal(0, 0.1, (STATIONS, 1))
        hourly = np.repeat(level + own, 24, axis=1) + rng.normal(0, 0.15, (STATIONS, 24 * days))
        out[name] = np.round(scale * np.exp(hourly)).astype(np.float32)
    return out


def built(values: dict[str, np.ndarray]):
    n, hours = values["pm25"].shape
    table = pd.DataFrame(
        {"station": [f"S{k}" for k in range(n)], "lat": 44 + 0.02 * np.arange(n), "lon": 87.3}
    )
    flags = quality.flag(values, {}, table["lat"].to_numpy(), table["lon"].to_numpy())
    return dataset.build(table, pd.date_range("2019-01-01 01:00", periods=hours, freq="h"), values, flags)


def ramp(days: int, first: int, weeks: int, per_week: float) -> np.ndarray:
    out = np.zeros(24 * days)
    k = slice(24 * first, 24 * (first + 7 * weeks))
    out[k] = np.arange(168 * weeks) / 168 * per_week
    return np.exp(out)


def flagged(table: pd.DataFrame) -> set[tuple[str, str]]:
    hit = table[table["flagged"]]
    return set(zip(hit["station"], hit["pollutant"], strict=True))


def test_sound_stations_do_not_drift() -> None:
    table = quality.drift(built(region()))
    assert not table["flagged"].any() and (table["correlation"] > 0.9).all()
    assert table["departure"].notna().any(), "they were judged"


@pytest.mark.parametrize("rate", [0.02, -0.02, 0.03])
def test_drift_of_some_percent_a_week_is_found_at_its_station_and_channel(rate: float) -> None:
    values = region(1)
    values["pm25"][2] = np.round(values["pm25"][2] * ramp(DAYS, 80, 22, rate))
    table = quality.drift(built(values))
    assert flagged(table) == {("S2", "pm25")}
    months = table[(table["station"] == "S2") & (table["pollutant"] == "pm25")].set_index("month")
    assert (
        months.loc["2019-07":"2019-08", "flagged"].all()
        and not months.loc["2019-01":"2019-03", "flagged"].any()
    )
    assert np.sign(months.loc["2019-08", "departure"]) == np.sign(rate)
    assert months.loc["2019-06", "per_week"] == pytest.approx(rate, abs=0.01)


def test_a_change_of_the_surroundings_moves_both_channels() -> None:
    values = region(1)
    for name in values:
        values[name][2] = np.round(values[name][2] * ramp(DAYS, 80, 22, 0.03))
    assert not flagged(quality.drift(built(values)))


def test_a_station_of_another_kind_gets_no_verdict() -> None:
    values, other = region(2), region(99)
    for name in values:
        values[name][0] = other[name][0]
    values["pm25"][0] *= ramp(DAYS, 80, 22, 0.03)
    table = quality.drift(built(values))
    own = table[(table["station"] == "S0") & (table["pollutant"] == "pm25")]
    assert (
        len(own)
        and not own["flagged"].any()
        and own["departure"].isna().all()
        and (own["correlation"] < 0.8).all()
    )


def test_flag_is_attached_to_the_hours_of_the_months_and_cleared_elsewhere() -> None:
    values = region(1)
    values["pm25"][2] = np.round(values["pm25"][2] * ramp(DAYS, 80, 22, 0.03))
    ds = built(values)
    table = quality.drift(ds)
    out = quality.attach_drift(ds, table)
    months = pd.PeriodIndex(table.loc[table["flagged"], "month"].unique(), freq="M")
    of = pd.PeriodIndex(dataset.day_of(ds["time"].values).astype("datetime64[M]").astype(str), freq="M")
    hit = (out["pm25_flag"].values & FLAGS["drift"]) > 0
    assert (
        np.array_equal(hit[2], of.isin(months) & np.isfinite(values["pm25"][2]))
        and not np.delete(hit, 2, 0).any()
    )
    assert not ((ds["pm25_flag"].values & FLAGS["drift"]) > 0).any(), "the given Dataset stays as it is"
    assert np.array_equal(out["pm25_flag"].values & ~np.uint16(FLAGS["drift"]), ds["pm25_flag"].values)
    none = table.assign(flagged=False)
    assert quality.attach_drift(out, none).identical(ds)
    counted = quality.report(out, by_pollutant=True)
    assert counted["drift"].sum() == hit.sum()


def test_short_series_and_lonely_stations_have_no_rows_or_no_verdict() -> None:
    short = built({n: v[:, : 24 * 60] for n, v in region().items()})
    table = quality.drift(short)
    assert len(table) and not table["flagged"].any() and table["departure"].isna().all()
    lonely = quality.drift(short.isel(station=[0, 1]))
    assert lonely.empty and list(lonely.columns) == list(table.columns)
    with pytest.raises(ParameterError, match="not hourly"):
        quality.drift(short.assign_coords(time=pd.date_range("2019-01-01", periods=1440, freq="30min")))
