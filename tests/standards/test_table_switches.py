"""Every reading that is not certain is an entry of a table, and replacing it changes the figures."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from airq import standards
from airq.dataset import build
from airq.standards import daily, place_daily, summary
from airq.standards.editions import reset
from airq.variables import POLLUTANTS


@pytest.fixture
def replace(tmp_path: Path):
    """Replace entries of an edition: replace("HJ663-2013", "[coverage]", 'group = {...}')."""

    def write(edition: str, section: str, *lines: str) -> None:
        kind = standards.edition(edition).kind
        head = f'id = "{edition}"\nkind = "{kind}"\nbased_on = "{edition}"\n{section}\nmark = "U"\nsource = "test"\n'
        file = tmp_path / "own.toml"
        file.write_text(head + "\n".join(lines), encoding="utf-8")
        standards.load_edition(file)

    reset()
    yield write
    reset()


def hours(places, days=1, **values):
    time = pd.date_range("2019-01-01 01:00", periods=24 * days, freq="h")
    table = pd.DataFrame({"station": [f"S{i}" for i in range(len(places))], "place": places})
    return build(
        table, time, {k: np.array([np.broadcast_to(x, 24 * days) for x in v]) for k, v in values.items()}
    )


def city_days(**values):
    six = {"pm25": 10.0, "pm10": 20.0, "so2": 5.0, "no2": 10.0, "co": 0.5, "o3": 60.0} | values
    day = pd.date_range("2019-01-01", "2019-12-31")
    return xr.Dataset(
        {
            p: (("place", "day"), np.broadcast_to(np.asarray(six[p], float), (1, 365)).copy())
            for p in POLLUTANTS
        },
        {"place": ["x"], "day": day},
    )


def test_group_mean_of_members_or_of_stations(replace):
    ds = hours(["changji", "changji", "changji", "fukang"], pm25=[10, 10, 10, 70])
    assert float(place_daily(ds, "changji-prefecture").pm25[0, 0]) == 40
    replace("HJ663-2013", "[coverage]", 'group = "stations"')
    assert float(place_daily(ds, "changji-prefecture").pm25[0, 0]) == 25


def test_city_mda8_of_stations_or_of_mean_hours(replace):
    morning, evening = np.zeros(24), np.zeros(24)
    morning[:8], evening[16:] = 100, 100
    ds = hours(["changji", "changji"], o3=[morning, evening], pm25=[10, 30])
    assert float(place_daily(ds, "changji").o3[0, 0]) == 100
    replace("HJ663-2013", "[coverage]", 'mda8 = "mean hours"')
    city = place_daily(ds, "changji")
    assert (float(city.o3[0, 0]), float(city.pm25[0, 0])) == (50, 20)
    with pytest.raises(standards.index.ParameterError, match="hours"):
        place_daily(daily(ds), "changji")


def test_hours_of_a_day_and_windows(replace):
    pm25 = np.full(24, 10.0)
    pm25[:6] = np.nan
    ds = hours(["changji"], pm25=[pm25])
    assert np.isnan(daily(ds).pm25[0, 0])
    replace("GB3095-2012", "[validity]", "day_hours = 18")
    assert float(daily(ds).pm25[0, 0]) == 10


def test_seventh_indicator_left_out_or_taken(replace):
    o3 = np.full(24, 20.0)
    o3[14] = 250
    ds = hours(["changji"], o3=[o3])
    assert float(daily(ds).aqi[0, 0]) == 25  # MDA8 (7 * 20 + 250) / 8 = 48.75
    replace("HJ633-2012", "[days]", 'o3_1h = "taken"')
    assert float(daily(ds).aqi[0, 0]) == 125


def test_months_and_percentiles_may_need_less(replace):
    ds = city_days()
    ds["pm25"][:, :10] = np.nan
    ds["o3"][:, :100] = np.nan
    row = summary(ds, "2019").iloc[0]
    assert row["pm25_withheld"] and row["o3_withheld"]
    replace("HJ663-2013", "[validity]", 'months = "ignored"', 'percentile_as_mean = "no"')
    row = summary(ds, "2019").iloc[0]
    assert (row["pm25_withheld"], row["o3_withheld"]) == ("", "")


@pytest.mark.parametrize(
    ("way", "reason"), [("whole", "10 of 27"), ("ignored", ""), ("in proportion", "10 of 14")]
)
def test_part_of_a_month(replace, way, reason):
    ds = city_days()
    ds["pm25"][:, :5] = np.nan
    replace("HJ663-2013", "[validity]", f'part_month = "{way}"')
    text = summary(ds, "2019-01-01..2019-01-15").iloc[0]["pm25_withheld"]
    assert (reason in text) if reason else text == ""


def test_attainment_by_printed_or_exact_values_and_by_means_alone(replace):
    ds = city_days(pm25=35.4)
    assert summary(ds, "2019").iloc[0]["attains_pm25"]
    replace("HJ663-2013", "[attainment]", 'compare = "unrounded"')
    assert not summary(ds, "2019").iloc[0]["attains_pm25"]
    high = city_days(pm25=np.where(np.arange(365) < 40, 100.0, 10.0))
    assert not summary(high, "2019").iloc[0]["attains_pm25"]
    replace("HJ663-2013", "[attainment]", 'indicators = "mean"')
    assert summary(high, "2019").iloc[0]["attains_pm25"]


def test_composite_inputs_denominators_and_weights(replace):
    ds = city_days(pm25=35.4)
    plain = summary(ds, "2019").iloc[0]
    replace("HJ663-2013", "[composite]", 'inputs = "rounded"')
    assert summary(ds, "2019").iloc[0]["index_pm25"] == 1.0 != plain["index_pm25"]
    replace("HJ663-2013", "[composite]", "weights = { pm25 = 3 }")
    assert summary(ds, "2019").iloc[0]["index_pm25"] == 3.0
    denominators = 'denominators = { pm25 = "70", pm10 = "70", so2 = "60", no2 = "40", co = "4", o3 = "160" }'
    replace("HJ663-2013", "[composite]", 'weights = "none"', denominators)
    assert summary(ds, "2019").iloc[0]["index_pm25"] == 0.5


def test_decimals_of_the_printed_mean(replace):
    ds = city_days(pm25=35.46)
    replace("HJ663-2013", "[rounding]", "pm25 = 1")
    row = summary(ds, "2019").iloc[0]
    assert row["mean_pm25_official"] == 35.5
    assert not row["attains_pm25"]


def test_every_switch_is_listed_with_its_mark():
    rows = {(r.edition, r.entry): r.mark for r in standards.open_points(used_only=True)}
    for entry in (
        "coverage.mda8",
        "coverage.group",
        "validity.part_month",
        "attainment.compare",
        "composite.inputs",
    ):
        assert ("HJ663-2013", entry) in rows
    assert rows[("ALERT-2024", "downgrade.rule")] == "NF"
    assert rows[("DUST-2016", "hours.start_above")] == "B 70%"
