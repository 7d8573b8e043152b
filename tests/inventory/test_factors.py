"""The table of factors: stated values, what is refused with row and column, draws that belong to their id."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq import options
from airq.errors import AirqError, FileRejected, ParameterError
from airq.inventory import bands, draws
from airq.inventory.factors import POLLUTANTS, Factors, NeedsFactor, ratings
from airq.inventory.formulas import paved_road_factor, so2_from_sulphur
from airq.inventory.quantities import parse, quantity
from airq.inventory.units import unit

HEADER = "factor_id,category,technology,fuel,pollutant,value,unit,distribution,gsd,low,high,rating,source,mark,status"
GOOD = "own-pm25,home_heating,stove_raw_coal,coal,PM25,6,kg/t,lognormal,1.7,,,C,own stack test,[C],use"


@pytest.fixture(scope="module")
def factors() -> Factors:
    return Factors.load()


def _write(tmp_path, *rows, header=HEADER, encoding="utf-8"):
    file = tmp_path / "own.csv"
    file.write_bytes(("\n".join([header, *rows]) + "\n").encode(encoding))
    return file


# --- the values on file

USE = [  # category, technology, fuel, {pollutant: value}, unit, {pollutant: GSD}
    ("home_heating", "stove_raw_coal", "coal", {"PM25": 6.5, "PM10": 8.5, "SO2": 3.5, "NOx": 1.3, "CO2": 1900}, "kg/t",
     {"PM25": 1.7, "SO2": 1.9, "NOx": 1.6, "CO2": 1.07}),
    ("boiler_coal", "boiler_lt65", "coal", {"PM25": 0.45, "PM10": 0.8, "SO2": 3.0, "NOx": 2.8, "CO2": 1900}, "kg/t",
     {"PM25": 2.3, "SO2": 2.0, "NOx": 1.4}),
    ("coke_oven", "coke_le4_3m", "coal",
     {"PM25": 0.0515, "PM10": 0.137, "TSP": 0.82, "SO2": 0.4, "NOx": 0.39, "CO2": 540}, "kg/t_coke",
     {"PM25": 2.0, "SO2": 2.2, "NOx": 1.6}),
    ("vehicle_diesel", "hdt_diesel_iii", "diesel", {"PM25": 0.243, "NOx": 8.5, "SO2": 0.01, "CO2": 830}, "g/km",
     {"PM25": 1.8, "NOx": 1.4}),
    ("vehicle_new_energy", "hdt_diesel_v", "diesel", {"NOx": 3.89}, "g/km", {}),
    ("vehicle_new_energy", "hdt_diesel_vi", "diesel", {"NOx": 1.42}, "g/km", {}),
    ("kiln", "brick_kiln", "coal", {"PM25": 3.8, "SO2": 22, "CO2": 1633}, "g/kg_fuel", {"PM25": 2.0}),
    ("coal_fire", "coal_field_fire", "coal", {"TSP": 22.7, "CO2": 2000}, "kg/t", {"TSP": 3.0}),
    ("construction_dust", "construction_site", "", {"TSP": 2.69e-4, "PM10": 1.318e-4, "PM25": 2.69e-5}, "t/m2/month",
     {"TSP": 2.0}),
]  # fmt: skip


@pytest.mark.parametrize("case", USE, ids=lambda c: c[1])
def test_recommended_values(factors, case):
    category, technology, fuel, values, unit_text, spreads = case
    for pollutant, value in values.items():
        found = factors.lookup(category, technology, fuel, pollutant)
        assert (found.value, found.unit) == (value, unit_text)
    for pollutant, gsd in spreads.items():
        assert factors.lookup(category, technology, fuel, pollutant).gsd == gsd


def test_alternatives_stand_beside_and_are_never_looked_up(factors):
    stove = factors.candidates("home_heating", "stove_raw_coal", "coal", "PM25")
    assert [f.value for f in stove] == [6.5, 6.1, 10.8, 8.3, 3.17]
    assert [f.status for f in stove] == ["use"] + ["alternative"] * 4
    boiler = factors.candidates("boiler_coal", "boiler_lt65", "coal", "SO2", status="alternative")
    assert [f.value for f in boiler] == [12.1, 9.3, 15.6]
    truck = factors.candidates("vehicle_diesel", "hdt_diesel_iii", "diesel", "NOx", status="alternative")
    assert {(f.value, f.unit) for f in truck} >= {(7.934, "g/km"), (40.0, "g/kg_fuel"), (47.4, "g/kg_fuel")}
    with pytest.raises(NeedsFactor, match=r"VOC: 1 alternative\(s\) are on file, none recommended"):
        factors.lookup("coke_oven", "coke_le4_3m", "coal", "VOC")


def test_the_arithmetic_behind_derived_values(factors):
    def derived(number):
        return pytest.approx(number, rel=0.012)  # the sources' own rounding

    assert factors["stove-raw-pm25-urumqi"].value == derived(5790 / 950)
    assert factors["stove-raw-pm25-energy"].value == derived(0.398 * 20.9)
    assert factors["coal-co2"].value == derived(714 * 2.66)
    assert factors["coal-co2-ipcc"].value == derived(94.6 * 20.9)
    assert factors["coal-co2-carbon"].value == derived(20.908 * 26.37 * 0.94 * 44 / 12)
    assert factors["coal-fire-tsp"].value == derived(40 / 1.76)
    assert factors["stove-clean-pm25"].value == derived(0.06 * factors["stove-raw-pm25"].value)
    assert factors["construction-pm10"].value == derived(0.49 * factors["construction-tsp"].value)
    per_year = parse("50,000 km/辆/yr") * parse("1 辆")
    assert (factors["hdt-iii-nox"].quantity * per_year).to("t/yr").value == derived(0.43)
    assert (factors.lookup("vehicle_diesel", "hdt_diesel_iii", "", "PM25").quantity * per_year).to(
        "kg/yr"
    ).value == derived(12.15)
    assert (factors["hdt-iii-co2"].quantity * per_year).to("t/yr").value == derived(41.5)


def test_two_statements_solved_give_the_coal_of_a_home_and_a_boiler():
    home, boiler = np.linalg.solve([[96000, 143], [132000, 688]], [794000, 1983000])
    rows = {r["activity_id"]: r for r in _activities()}
    assert float(rows["coal-per-home-solved"]["value"]) == round(home, 2)
    assert float(rows["coal-per-boiler-solved"]["value"]) == round(boiler)


def test_where_no_source_was_found_there_is_no_value(factors):
    for technology in ("lime_kiln", "cement_kiln", "offroad_stage_i", "restaurant", "petrol_station", "rto", "stockpile",
                       "power_ulef", "hdt_gas_iii", "car_old"):  # fmt: skip
        for pollutant in POLLUTANTS:
            assert factors.find("", technology, "", pollutant) is None
    assert not any(f.pollutant in ("NH3", "BC") for f in factors)
    with pytest.raises(
        NeedsFactor, match="needs a factor of PM25: none with a source is on file; give a row"
    ):
        factors.lookup("kiln", "lime_kiln", "", "PM25")
    with pytest.raises(NeedsFactor, match="a measure without technology"):
        factors.lookup("kiln", "", "", "PM25")


def test_every_row_has_a_source_and_a_mark(factors):
    assert Factors.check(options.raw_dir() / "factors.csv") == []
    assert all(f.source and f.mark.startswith("[") for f in factors)
    assert not any(f.mark == "[U]" for f in factors if f.status == "use")  # an unverified claim is no rule
    assert len({f.factor_id for f in factors}) == len(factors)


def test_sizes_nest_in_every_use(factors):
    seen = 0
    for one in factors:
        if one.status == "use" and one.pollutant == "PM25":
            for key in one.served():
                larger = factors.find(*key, "PM10")
                if larger is not None:
                    seen += 1
                    assert one.quantity <= larger.quantity
                    tsp = factors.find(*key, "TSP")
                    assert tsp is None or larger.quantity <= tsp.quantity
    assert seen > 100


def test_ratings_and_fallback_gsd(factors):
    assert ratings() == {"A": 1.1, "B": 1.25, "C": 1.6, "D": 2.0, "E": 3.0}
    assert factors["brick-so2"].gsd == 2.0  # no GSD of its own: that of rating D


# --- look-up


def test_look_up_by_part_of_the_key(factors):
    assert factors.lookup("", "stove_raw_coal", None, "PM25").value == 6.5
    assert factors.lookup("boiler_coal", "boiler_10_20", "coal", "PM25") is factors["boiler-lt65-pm25"]
    with pytest.raises(ParameterError, match=r"name category and fuel"):
        factors.lookup("", "heavy_truck_iii", "", "CO")  # diesel and gasoline
    with pytest.raises(ParameterError, match=r"pollutant 'PM2\.5' is not known; use PM25"):
        factors.lookup("home_heating", "stove_raw_coal", "coal", "PM2.5")
    with pytest.raises(ParameterError, match="factor 'nope' is not in"):
        factors["nope"]


def test_formulas():
    assert so2_from_sulphur(0.5).value == pytest.approx(8.5)
    assert so2_from_sulphur(0.5, 0.82).value == pytest.approx(1.53)
    # AP-42 by hand: 0.62 × 2^0.91 × 3^1.02
    assert paved_road_factor("PM10", 2.0, 3.0).value == pytest.approx(
        0.62 * math.exp(0.91 * math.log(2) + 1.02 * math.log(3))
    )
    for bad in ({"sulphur_percent": 50}, {"sulphur_percent": 0.5, "removal": 82}):
        with pytest.raises(ParameterError):
            so2_from_sulphur(**bad)
    with pytest.raises(ParameterError, match="above zero"):
        paved_road_factor("PM25", 0, 3)
    with pytest.raises(NeedsFactor):
        paved_road_factor("SO2", 1, 3)


# --- draws


def test_draws_belong_to_the_id(factors, tmp_path):
    alone = factors.sample(500, seed=3, ids=["stove-raw-pm25"])["stove-raw-pm25"]
    assert (factors.sample(500, seed=3)["stove-raw-pm25"] == alone).all()
    assert (factors.sample(500, seed=4)["stove-raw-pm25"] != alone).all()
    more = factors.merged(
        Factors.load(_write(tmp_path, GOOD.replace("own-pm25", "another").replace("stove_raw_coal", "new")))
    )
    assert (more.sample(500, seed=3)["stove-raw-pm25"] == alone).all()
    # value and spread change the draws, never what they are drawn from
    z = np.log(alone / 6.5) / np.log(1.7)
    assert np.allclose(z, draws.standard_normal("stove-raw-pm25", 500, 3))
    with pytest.raises(ValueError, match="read-only"):
        factors.sample(5)["stove-raw-pm25"][0] = 1.0


def test_draws_are_lognormal_around_the_median(factors):
    x = factors.sample(40000, seed=0)["boiler-lt65-so2"]
    assert np.median(x) == pytest.approx(3.0, rel=0.02)
    assert np.quantile(x, 0.95) / 3.0 == pytest.approx(2.0**1.6449, rel=0.04)
    assert 3.0 / np.quantile(x, 0.05) == pytest.approx(2.0**1.6449, rel=0.04)


def test_draws_of_different_factors_are_independent_and_sizes_nest(factors):
    made = factors.sample(20000, seed=0)
    assert abs(np.corrcoef(np.log(made["stove-raw-pm25"]), np.log(made["stove-raw-so2"]))[0, 1]) < 0.03
    for pair in (("stove-raw-pm25", "stove-raw-pm10"), ("coke-pm10", "coke-tsp"), ("construction-pm25", "construction-tsp"),
                 ("onroad-heavy-truck-iii-diesel-pm25", "onroad-heavy-truck-iii-diesel-pm10")):  # fmt: skip
        assert (made[pair[0]] <= made[pair[1]]).all()
    assert (made["electric-heat-so2"] == 0).all()
    co2 = made["hdt-iii-co2"]
    assert co2.min() >= 760 and co2.max() <= 900 and co2.mean() == pytest.approx(830, rel=0.005)


@given(st.integers(0, 2**40), st.integers(1, 300), st.text(min_size=1, max_size=30))
@settings(max_examples=30)
def test_a_longer_request_starts_with_the_shorter(seed, n, key):
    assert (draws.standard_normal(key, n + 7, seed)[:n] == draws.standard_normal(key, n, seed)).all()


def test_draws_refused():
    for wrong in ({"n": 0}, {"n": 5, "seed": -1}, {"n": 5, "distribution": "normal"}, {"n": 0, "distribution": "fixed"},
                  {"n": 5, "distribution": "triangular"},
                  {"n": 5, "distribution": "triangular", "low": 2, "high": 3}):  # fmt: skip
        with pytest.raises(ParameterError):
            draws.draw("x", wrong.pop("n"), value=1.0, **wrong)
    assert (draws.draw("x", 4, value=2.0, distribution="triangular", low=2.0, high=2.0) == 2.0).all()


# --- refusals with row and column

BAD = [
    (GOOD.replace("kg/t", ""), "row 2, column unit: the unit is missing"),
    (GOOD.replace("kg/t", "户"), "column unit: '户' is a count of 户, not an emission per activity"),
    (GOOD.replace("kg/t", "t/yr"), "column unit: 't/yr' is mass/time"),
    (GOOD.replace("kg/t", "%"), "column unit: '%' is a share"),
    (GOOD.replace("kg/t", "kg"), "column unit: 'kg' is a mass"),
    (GOOD.replace("kg/t", "kg/ton"), "column unit: unit 'ton' in 'kg/ton' is not known; did you mean"),
    (GOOD.replace(",6,", ",-6,"), "column value: -6 is negative"),
    (GOOD.replace(",6,", ",6 kg/t,"), "column value: '6 kg/t' is not a plain number; put the unit"),
    (
        GOOD.replace(",6,", ",,"),
        "column value: empty; fill it in, or leave the row out where no source was found",
    ),
    (GOOD.replace(",6,", ",nan,"), "column value: 'nan' is not a finite number"),
    (GOOD.replace(",6,", ",=2*3,"), "column value: '=2*3' is not a plain number"),
    (GOOD.replace(",6,", ",0,"), "column value: 0 has no lognormal"),
    (GOOD.replace(",6,", ",60,"), "column value: 60 kg/t of PM25 is outside 0.15 to 22 kg/t"),
    (GOOD.replace("PM25", "PM2.5"), "column pollutant: 'PM2.5' is not known; use PM25, PM10"),
    (GOOD.replace("lognormal", "normal"), "column distribution: 'normal' is not known"),
    (GOOD.replace("lognormal,1.7", "triangular,"), "column low: a triangular needs low <= value <= high"),
    (GOOD.replace("1.7", "0.7"), "column gsd: 0.7 is below 1"),
    (GOOD.replace(",C,", ",F,"), "column rating: 'F' is not known; use A, B, C, D or E"),
    (GOOD.replace("own stack test", ""), "column source: empty"),
    (GOOD.replace("[C]", "sure"), "column mark: 'sure' is not a confidence mark"),
    (GOOD.replace(",use", ",default"), "column status: 'default' is not known"),
    (GOOD.replace("own-pm25", "Own PM"), "column factor_id: 'Own PM' is not of lower-case letters"),
    (GOOD + ",too,many", "row 2 has 17 cells under 15 columns"),
    (GOOD.replace("own stack test", '"own'), "is not valid CSV"),
]


@pytest.mark.parametrize(("row", "says"), BAD, ids=[b[1][:60] for b in BAD])
def test_bad_rows_are_refused_with_row_and_column(tmp_path, row, says):
    file = _write(tmp_path, row)
    with pytest.raises(FileRejected) as caught:
        Factors.load(file)
    message = str(caught.value)
    assert says in message and message.startswith(str(file)) and len(message.splitlines()) == 1


def test_rows_that_contradict_each_other(tmp_path):
    ten = GOOD.replace("own-pm25", "own-pm10").replace("PM25,6", "PM10,5")
    assert Factors.check(_write(tmp_path, GOOD, ten))[0].endswith(
        "row 2, column value: PM25 of 6 kg/t is above PM10 of 5 kg/t in row 3, which contains it; correct one."
    )
    # the comparison is of quantities, not of figures
    assert Factors.check(_write(tmp_path, GOOD, ten.replace(",5,kg/t", ",5000,g/t"))) != []
    assert Factors.check(_write(tmp_path, GOOD, ten.replace(",5,kg/t", ",7000,g/t"))) == []
    twin = GOOD.replace("stove_raw_coal", "stove_clean_coal")
    assert (
        "column factor_id: 'own-pm25' stands already in row 2"
        in Factors.check(_write(tmp_path, GOOD, twin))[0]
    )
    second = GOOD.replace("own-pm25", "own-two")
    assert (
        "row 3, column status: row 2 is already the recommended PM25 of home_heating / stove_raw_coal / coal"
        in Factors.check(_write(tmp_path, GOOD, second))[0]
    )
    assert Factors.check(_write(tmp_path, GOOD, second.replace(",use", ",alternative"))) == []
    tsp = GOOD.replace("own-pm25", "own-tsp").replace("PM25,6", "TSP,0.5").replace(",use", ",alternative")
    low = GOOD.replace(",use", ",alternative")
    assert "PM25 of 6 kg/t is above TSP of 0.5 kg/t" in Factors.check(_write(tmp_path, low, tsp))[0]


def test_all_faults_are_listed_and_nothing_is_taken_over(tmp_path):
    file = _write(tmp_path, *[row for row, _ in BAD[:5]], GOOD)
    assert [f.split("column ")[1].split(":")[0] for f in Factors.check(file)] == ["unit"] * 5
    with pytest.raises(FileRejected, match=r"row 2, column unit.*\(4 more in the file\.\)"):
        Factors.load(file)


def test_files_of_other_kinds(tmp_path):
    assert (
        Factors.load(_write(tmp_path, GOOD.replace("own stack test", "自测"), encoding="gbk"))[
            "own-pm25"
        ].source
        == "自测"
    )
    assert len(Factors.load(_write(tmp_path, GOOD, "", encoding="utf-8-sig"))) == 1
    with pytest.raises(FileRejected, match="row 1 has no column 'unit'"):
        Factors.load(_write(tmp_path, header=HEADER.replace(",unit", "")))
    with pytest.raises(FileRejected, match="row 1 has the column 'unit' twice"):
        Factors.load(_write(tmp_path, header=HEADER + ",unit"))
    with pytest.raises(FileRejected, match="cannot be read"):
        Factors.load(tmp_path / "absent.csv")
    (tmp_path / "own.csv").write_bytes(b"\xff\xff\xff\x00")
    with pytest.raises(FileRejected, match=r"own\.csv"):
        Factors.load(tmp_path / "own.csv")
    unknown = _write(tmp_path, GOOD + ",nowhere", header=HEADER + ",draws_as")
    assert "column draws_as: no factor 'nowhere'" in Factors.check(unknown)[0]


def test_an_implausible_value_can_be_insisted_on(tmp_path):
    file = _write(tmp_path, GOOD.replace(",6,", ",60,"))
    assert Factors.load(file, plausible=False)["own-pm25"].value == 60


def test_own_factors_come_first(factors, tmp_path):
    own = Factors.load(
        _write(
            tmp_path,
            GOOD.replace("home_heating,stove_raw_coal", "boiler_coal,boiler_le10").replace(",6,", ",0.3,"),
            GOOD.replace("own-pm25", "own-lime").replace("home_heating,stove_raw_coal", "kiln,lime_kiln"),
        )
    )
    both = factors.merged(own)
    assert both.lookup("boiler_coal", "boiler_le10", "coal", "PM25").value == 0.3
    assert (
        both.lookup("boiler_coal", "boiler_lt65", "coal", "PM25").value == 0.45
    )  # the rest of the shipped row
    assert both.lookup("town_heating", "boiler_le10", "coal", "PM25").value == 0.45
    assert both.lookup("kiln", "lime_kiln", "", "PM25").value == 6
    assert factors.lookup("boiler_coal", "boiler_le10", "coal", "PM25").value == 0.45
    whole = factors.merged(
        Factors.load(_write(tmp_path, GOOD.replace("home_heating", "home_heating;town_heating")))
    )
    assert whole.lookup("home_heating", "stove_raw_coal", "coal", "PM25").value == 6
    assert whole["stove-raw-pm25"].status == "alternative"


def test_as_a_frame_and_a_page(factors):
    frame = factors.table
    assert len(frame) == len(factors) and frame.loc[0, "factor_id"] == "stove-raw-pm25"
    assert frame.loc[0, ["category", "fuel", "gsd"]].tolist() == ["home_heating;town_heating", "coal", 1.7]
    assert "<table" in factors._repr_html_()


# --- bands and activities


@pytest.mark.parametrize(
    ("category", "what", "text", "plausible"),
    [
        ("home_heating", "coal", "1.5 t/户/yr", True),
        ("home_heating", "coal", "5570 kg/户/yr", True),
        ("home_heating", "coal", "8.1 t/户/yr", False),
        ("home_heating", "coal", "0.5 t/户/yr", False),
        ("boiler_coal", "coal", "450 t/蒸吨/采暖季", True),
        ("boiler_coal", "coal", "0.45 t/蒸吨/采暖季", False),
        ("boiler_coal", "coal", "1000 t/MW/采暖季", True),  # 700 t per 0.7 MW
        ("boiler_coal", "coal", "1814 t/台/yr", True),  # no band per boiler
        ("coke_oven", "running_share", "101 %", False),
        ("vehicle_diesel", "distance", "5000万公里/辆/年", False),
    ],
)
def test_bands_of_activities(category, what, text, plausible):
    assert (bands.outside_activity(category, what, parse(text)) is None) is plausible


def test_the_official_particulate_is_no_boiler_pm25():
    sentence = bands.outside_factor(["boiler_coal"], ["boiler_lt65"], "PM25", parse("10 kg/t"))
    assert sentence is not None and "outside 0.05 to 3 kg/t" in sentence
    assert bands.outside_factor(["boiler_coal"], ["boiler_lt65"], "CO2", parse("1.8992 t/t")) is None
    assert bands.outside_factor(["boiler_coal"], ["boiler_lt65"], "CO2", parse("2.7 t/t")) is not None
    assert bands.outside_factor(["onroad"], ["bus_iv"], "NOx", parse("652.4 g/km")) is not None


def _activities() -> list[dict[str, str]]:
    with (options.raw_dir() / "activity.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_activities_are_readable_and_plausible():
    rows = _activities()
    assert len({r["activity_id"] for r in rows}) == len(rows)
    for row in rows:
        value = quantity(row["value"], row["unit"])
        assert row["source"] and row["mark"].startswith("[")
        ends = [float(row[c]) for c in ("low", "mode", "high") if row[c]]
        assert ends == sorted(ends) and len(ends) in (0, 3)
        assert (row["distribution"] == "triangular") == bool(ends)
        assert (row["distribution"] == "lognormal") == bool(row["gsd"])
        for category in row["category"].split(";"):
            for number in ends or [value.value]:
                assert (
                    bands.outside_activity(category, row["quantity"], quantity(number, row["unit"])) is None
                )
    keys = [(c, t, r["per"], r["quantity"]) for r in rows if r["status"] == "use"
            for c in r["category"].split(";") for t in r["technology"].split(";")]  # fmt: skip
    assert len(set(keys)) == len(keys)


def test_bands_name_known_units_and_order():
    for band in bands.load()["activity"]:
        assert unit(band["unit"]) and band["low"] < band["high"] and band["source"] and band["mark"]
    for band in bands.load()["factor"]:
        assert unit(band["unit"]) and band["source"] and band["mark"]
        assert all(p in POLLUTANTS and low < high for p, (low, high) in band["bands"].items())


@given(st.text(max_size=60))
@settings(max_examples=40)
def test_any_row_is_taken_or_refused_in_one_line(tmp_path_factory, text):
    file = tmp_path_factory.mktemp("any") / "own.csv"
    file.write_text(HEADER + "\n" + text, encoding="utf-8", errors="replace")
    try:
        Factors.load(file)
    except AirqError as error:
        assert len(str(error).splitlines()) == 1


def test_the_page_says_what_the_table_says(factors, root):
    text = (root / "docs" / "factors.md").read_text(encoding="utf-8")
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.count("|") == 7]
    said = {
        (r[0].strip(), r[1].strip()): [c.strip() for c in r[2:]] for r in rows if r[1].strip() in POLLUTANTS
    }
    assert len(said) > 30
    for (technology, pollutant), cells in said.items():
        found = factors.lookup("", technology, "", pollutant)
        assert cells == [f"{found.value:g}", found.unit, f"{found.gsd:g}", found.mark]
    guide = sum(f.status == "use" and f.categories[0] == "onroad" for f in factors)
    assert f"{len(factors)} rows, of which {guide} are" in text
