import math
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq.errors import AirqError
from airq.standards import aqi, categories, category_name, category_of, colour, iaqi

sys.path.insert(0, str(Path(__file__).parent))
from standards_oracle import COLUMN, ORDER, TABLES
from standards_oracle import aqi as oracle_aqi
from standards_oracle import iaqi as oracle_iaqi

VECTORS = [
    (
        "2026",
        "pm25",
        "24h",
        "0 0|1 2|34 49|35 50|36 52|60 100|61 101|75 114|115 150|150 200|187 237|250 300|500 500",
    ),
    ("2026", "pm10", "24h", "1 1|50 50|51 51|120 100|121 101|150 112|250 150|600 500"),
    ("2012", "pm25", "24h", "35 50|36 52|75 100|76 102|115 150|187 237"),
    ("2012", "pm10", "24h", "51 51|150 100|151 101"),
    ("both", "so2", "24h", "8 8|50 50|150 100|475 150|800 200"),
    ("both", "so2", "1h", "150 50|500 100|650 150|800 200"),
    ("both", "no2", "24h", "45 57|80 100|280 200"),
    ("both", "no2", "1h", "350 115"),
    ("both", "co", "24h", "1.3 33|2.2 55|4 100"),
    ("both", "co", "1h", "1.1 11|2.2 22|4.4 44|4.9 49|65.4 218|150 500"),
    ("both", "o3", "24h", "100 50|160 100|172 111|265 200|800 300"),
    ("both", "o3", "8h", "100 50|160 100|172 111|265 200|800 300"),
    ("both", "o3", "1h", "160 50|200 100"),
    ("2026", "pm25", "24h", "60.5 100|60.6 101|61.5 102"),
    ("2012", "pm25", "24h", "75.04 101|74.96 100"),
]


def _cases():
    for edition, pollutant, averaging, text in VECTORS:
        for pair in text.split("|"):
            value, index = pair.split()
            for e in ("2012", "2026") if edition == "both" else (edition,):
                yield e, pollutant, averaging, value, int(index)


@pytest.mark.parametrize(("edition", "pollutant", "averaging", "value", "index"), list(_cases()))
def test_vectors_in_every_number_type(edition, pollutant, averaging, value, index):
    forms = [
        float(value),
        np.float32(value),
        np.float64(value),
        Decimal(value),
        Fraction(value),
        np.array(float(value)),
    ]
    forms += [np.array([float(value)], dtype=np.float32), [float(value)], pd.Series([float(value)])]
    for form in forms:
        got = iaqi(pollutant, form, averaging, edition)
        assert got == index, (type(form), got)
    assert type(iaqi(pollutant, float(value), averaging, edition)) is int


@pytest.mark.parametrize("edition", ["2012", "2026"])
@pytest.mark.parametrize("averaging", ["24h", "1h"])
@pytest.mark.parametrize("pollutant", ORDER)
def test_whole_grid_against_fractions(edition, averaging, pollutant):
    """Every value from 0 to beyond the top: whole µg/m³ and tenths; CO in 0.01 mg/m³."""
    top = TABLES[edition][COLUMN[averaging][pollutant]][-1]
    step = 100 if pollutant == "co" else 10 if top <= 1000 else 1
    number = np.arange(int(top * step * 1.02) + 2)
    expected = [oracle_iaqi(pollutant, Fraction(int(n), step), averaging, edition) for n in number]
    wanted = np.array([np.nan if v is None else v for v in expected])
    for values in (number / step, (number / step).astype(np.float32)):
        np.testing.assert_array_equal(iaqi(pollutant, values, averaging, edition), wanted)


def test_naive_floats_would_fail_here():
    """The grid above can fail: the plain float formula is one too high at CO 2.2 mg/m³."""
    assert math.ceil((100 - 50) * (2.2 - 2) / (4 - 2) + 50) == 56
    assert iaqi("co", 2.2, "24h", "2012") == 55


def test_special_cases_above_the_table():
    assert iaqi("so2", 801, "1h", "2026") == 200
    assert math.isnan(iaqi("so2", 801, "1h", "2012"))
    assert iaqi("o3", 801, "24h", "2026") == 300
    assert math.isnan(iaqi("o3", 801, "24h", "2012"))
    assert iaqi("pm25", 900) == 500
    full = {"pm25": 900, "pm10": 1, "so2": 1, "no2": 1, "co": 1, "o3": 1}
    assert aqi(full).value == 500
    assert aqi(full).over_range is True
    assert aqi({**full, "pm25": 400}).over_range is False


def test_1h_text_of_2012_gives_particles_no_index_and_takes_running_means():
    assert math.isnan(iaqi("pm25", 100, "1h_text", "2012"))
    letter = aqi({"pm25": 400, "so2": 10, "pm25_24h": 75, "o3_8h": 160}, "1h_text", "2012")
    assert letter.value == 100
    assert letter.primary == "pm25,o3"
    assert aqi({"pm25": 115}, "1h", "2012").value == 150
    # Note 2: SO2 above 800 in one hour takes the 24-h index.
    assert aqi({"so2": 900, "so2_24h": 475}, "1h_text", "2012").value == 150
    assert math.isnan(aqi({"so2": 900}, "1h", "2012").value)


def test_seventh_daily_indicator_of_2012():
    six = {"pm25": 30, "pm10": 40, "so2": 8, "no2": 20, "co": 0.5, "o3": 150}
    assert aqi({**six, "o3_1h": 250}, edition="2012").value == 125
    assert aqi({**six, "o3_1h": 250}, edition="2012").primary == "o3"
    assert aqi({**six, "o3_1h": 250}, edition="2026").value == aqi(six, edition="2026").value


def test_missing_rule_of_2026_and_not_monitored():
    five = {"pm25": 60, "pm10": 40, "so2": 8, "no2": 20, "co": 0.5}
    got = aqi(five)
    assert math.isnan(got.value)
    assert (got.primary, got.category, got.missing) == ("", 0, "o3")
    assert got.iaqi["pm25"] == 100
    assert aqi({**five, "pm25": 61}).value == 101  # 5.3.1: published above 100
    assert aqi(five, not_monitored=["O3"]).value == 100  # 5.3.2
    assert aqi(five, edition="2012").value == 82
    for absent in (None, float("nan"), np.nan, pd.NA, np.float32("nan")):
        assert math.isnan(aqi({**five, "o3": absent}).value)


def test_range_starts_at_1_in_2026():
    nothing = dict.fromkeys(ORDER, 0)
    assert (aqi(nothing).value, aqi(nothing, edition="2012").value) == (1, 0)
    assert aqi(nothing).iaqi["pm25"] == 0
    assert aqi(nothing).category == 1


def test_ties_and_exceedance():
    values = {"pm25": 115, "pm10": 250, "so2": 8, "no2": 20, "co": 0.5, "o3": 215}
    assert aqi(values, edition="2012").primary == "pm25,pm10,o3"
    assert aqi(values, edition="2012").exceedance == "pm25,pm10,o3"
    assert aqi(values, edition="2026").exceedance == ""  # the notion was deleted
    assert aqi({**values, "pm25": 35, "pm10": 20, "o3": 90}).primary == ""


def test_names_colours_levels():
    assert [c.zh for c in categories()] == ["优", "良", "轻度污染", "中度污染", "重度污染", "严重污染"]
    assert [colour(k) for k in range(1, 7)] == [
        "#00E400",
        "#FFFF00",
        "#FF7E00",
        "#FF0000",
        "#99004C",
        "#7E0023",
    ]
    assert [category_of(v) for v in (1, 50, 51, 100, 101, 150, 151, 200, 201, 300, 301, 500)] == [
        1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6,
    ]  # fmt: skip
    assert category_name(5, "en") == "Heavily polluted"
    assert categories("2026")[0].aqi_from == 1
    assert categories("2012")[0].aqi_from == 0
    assert all(c.advice_zh and c.advice_en for c in categories())


@pytest.mark.parametrize(
    "call",
    [
        lambda: iaqi("pm25", -1),
        lambda: iaqi("pm25", np.array([1.0, -0.5])),
        lambda: iaqi("pm25", float("inf")),
        lambda: iaqi("pm25", [1.0, float("-inf")]),
        lambda: iaqi("pm25", "12"),
        lambda: iaqi("pm25", ["12"]),
        lambda: iaqi("pm25", True),
        lambda: iaqi("pm25", {"a": 1}),
        lambda: iaqi("co", 800),
        lambda: iaqi("co", np.array([700.0, 1200.0, np.nan])),
        lambda: aqi({"co": 800}),
        lambda: iaqi("nh3", 1),
        lambda: iaqi("pm25", 1, "annual"),
        lambda: iaqi("pm25", 1, "2h"),
        lambda: iaqi("pm25", 1, edition="2011"),
        lambda: aqi({"pm25": np.zeros(3), "o3": np.zeros(2)}),
        lambda: aqi([1, 2]),
        lambda: category_name(7),
    ],
)
def test_bad_input_is_one_sentence(call):
    with pytest.raises(AirqError) as error:
        call()
    text = str(error.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert len(text) < 250


def test_spellings_of_pollutants():
    assert aqi({"PM2.5": 61, "PM10": 20, "SO2": 1, "NO2": 1, "CO": 0.5, "O3": 10}).value == 101


concentration = st.one_of(st.none(), st.decimals(0, 700, places=3))
carbon = st.one_of(st.none(), st.decimals(0, 60, places=3))


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(*[concentration] * 4, carbon, concentration), min_size=1, max_size=8),
    averaging=st.sampled_from(["24h", "1h"]),
    edition=st.sampled_from(["2012", "2026"]),
)
def test_aqi_of_arrays_equals_fractions(rows, averaging, edition):
    columns = dict(zip(ORDER, zip(*rows, strict=True), strict=True))
    values = {p: np.array([np.nan if v is None else float(v) for v in c]) for p, c in columns.items()}
    got = aqi(values, averaging, edition)
    for i, row in enumerate(rows):
        exact = {p: None if v is None else Fraction(v) for p, v in zip(ORDER, row, strict=True)}
        value, primary, index = oracle_aqi(exact, averaging, edition)
        assert (None if np.isnan(got.value[i]) else got.value[i]) == value
        assert got.primary[i] == primary
        assert {p: None if np.isnan(got.iaqi[p][i]) else got.iaqi[p][i] for p in ORDER} == index
        single = aqi({p: v for p, v in zip(ORDER, row, strict=True) if v is not None}, averaging, edition)
        assert (None if single.value != single.value else single.value) == value
        assert single.primary == primary


@settings(max_examples=100, deadline=None)
@given(
    pollutant=st.sampled_from([p for p in ORDER if p != "co"]),
    averaging=st.sampled_from(["24h", "1h"]),
    edition=st.sampled_from(["2012", "2026"]),
    pair=st.tuples(st.floats(0, 3000), st.floats(0, 3000)),
)
def test_index_never_falls_as_the_concentration_rises(pollutant, averaging, edition, pair):
    low, high = (iaqi(pollutant, v, averaging, edition) for v in sorted(pair))
    if not (math.isnan(low) or math.isnan(high)):
        assert low <= high


@settings(max_examples=100, deadline=None)
@given(values=st.fixed_dictionaries({p: st.floats(0, 60) for p in ORDER}), lost=st.sampled_from(ORDER))
def test_a_missing_pollutant_never_silently_lowers(values, lost):
    whole = aqi(values)
    less = aqi({p: v for p, v in values.items() if p != lost})
    assert math.isnan(less.value) or less.value == whole.value or (less.value > 100 and less.missing == lost)
    old = aqi({p: v for p, v in values.items() if p != lost}, edition="2012")
    assert old.missing == lost


def test_frame_and_html():
    frame = aqi({"pm25": np.array([61.0, 5])}, edition="2012").to_frame()
    assert frame["aqi"].tolist() == [83.0, 8.0]
    assert "<table" in aqi({"pm25": 61})._repr_html_()


def test_masked_pandas_and_xarray_inputs():
    import xarray as xr

    masked = np.ma.masked_array([61.0, 5.0], mask=[False, True])
    np.testing.assert_array_equal(iaqi("pm25", masked), [101, np.nan])
    np.testing.assert_array_equal(iaqi("pm25", pd.Series([61, None], dtype="Int64")), [101, np.nan])
    np.testing.assert_array_equal(iaqi("pm25", xr.DataArray(np.float32([61, np.nan]))), [101, np.nan])
    np.testing.assert_array_equal(iaqi("pm25", (61, None)), [101, np.nan])
    np.testing.assert_array_equal(iaqi("pm25", np.array([Decimal("61"), None], dtype=object)), [101, np.nan])
    assert aqi({"pm25": np.zeros((2, 3, 4))}, edition="2012").value.shape == (2, 3, 4)
    with pytest.raises(AirqError, match="not a number"):
        iaqi("pm25", pd.Series(["61"]))


def test_no_8h_index_takes_that_of_1h_in_2012():
    six = {"pm25": 30, "pm10": 40, "so2": 8, "no2": 20, "co": 0.5, "o3": 801}
    got = aqi({**six, "o3_1h": 1000}, edition="2012")
    assert (got.iaqi["o3"], got.value, got.primary) == (400, 400, "o3")
    assert aqi(six, edition="2012").missing == "o3"
    assert aqi(six, edition="2012").over_range
