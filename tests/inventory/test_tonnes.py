"""Tonnes: known answers, conservation, the same draws for the same input, limits of time and memory."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq.errors import AirqError
from airq.inventory import periods
from airq.inventory.activity import amounts
from airq.inventory.cuts import Missing, Tables, cut
from airq.inventory.factors import Factors
from airq.inventory.intensities import Activities, Input
from airq.inventory.quantities import Quantity
from airq.inventory.register import Register, load

HEADS = (
    "measure_id,place,category,technology_before,technology_after,fuel,count,count_unit,capacity,capacity_unit,"
    "activity,activity_unit,start,end,status,leakage,efficiency,control,penetration,active_share,ef_unit,ef_gsd,ef_pm25,ef_so2,"
    "relation,related_to"
)


def register(tmp_path: Path, *rows: str) -> Register:
    """Rows as ``name=value`` pairs, parted by blanks; the rest is taken as a boiler of the city, done in 2023."""
    names = HEADS.split(",")
    lines = [HEADS]
    for i, row in enumerate(rows):
        base = {"measure_id": f"m-{i}", "place": "changji", "category": "boiler_coal", "status": "done", "start": "2023", "end": "2023"}  # fmt: skip
        base |= dict(p.split("=", 1) for p in row.split())
        lines.append(",".join(base.get(n, "") for n in names))
    path = tmp_path / f"r{len(rows)}-{abs(hash(rows))}.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return load(path)


@pytest.fixture(scope="module")
def own() -> Register:
    return load()


@pytest.fixture(scope="module")
def tables() -> Tables:
    return Tables.load()


# ---- known answers ----


def test_a_fixed_factor_and_activity_give_the_product(tmp_path: Path) -> None:
    one = register(tmp_path, "activity=1983 activity_unit=kt/yr ef_unit=kg/t ef_gsd=1 ef_pm25=1.5 ef_so2=2")
    total = one.emissions(draws=10, baseline=False).total
    assert total.loc["PM25", ["p5", "p50", "p95", "mean"]].tolist() == pytest.approx([2974.5] * 4)
    assert total.loc["SO2", "p50"] == pytest.approx(3966)


@pytest.mark.parametrize(
    ("extra", "tonnes"),
    [
        ("", 100),
        ("efficiency=80%", 80),
        ("control=60%", 40),
        ("penetration=95%", 95),
        ("active_share=70%", 70),
        ("efficiency=80% control=60% penetration=95% active_share=70%", 100 * 0.8 * 0.4 * 0.95 * 0.7),
        ("category=growth", -100),
    ],
)
def test_control_penetration_active_share_and_efficiency_multiply(
    tmp_path: Path, extra: str, tonnes: float
) -> None:
    row = f"activity=100000 activity_unit=t/yr ef_unit=kg/t ef_gsd=1 ef_pm25=1 {extra}"
    assert register(tmp_path, row).emissions(draws=3, baseline=False).total.loc[
        "PM25", "p50"
    ] == pytest.approx(tonnes)


@pytest.mark.parametrize(
    ("stated", "tonnes"),
    [
        ("count=30 count_unit=台 ef_unit=kg/台 ef_pm25=500", 15),
        ("activity=10 activity_unit=万吨/年 ef_unit=g/kg ef_pm25=2", 200),
        # a total of five years is a fifth of it a year
        ("activity=500 activity_unit=t start=2021 end=2025 ef_unit=kg/t ef_pm25=10", 1),
    ],
)
def test_units_of_own_factors(tmp_path: Path, stated: str, tonnes: float) -> None:
    made = register(tmp_path, f"{stated} ef_gsd=1").emissions(draws=3, baseline=False)
    assert made.total.loc["PM25", "p50"] == pytest.approx(tonnes, rel=1e-3)


def test_median_of_a_lognormal_product(own: Register) -> None:
    table = (
        own.done()
        .emissions(draws=40000, pollutants=["PM25", "CO2"])
        .table.set_index(["measure_id", "pollutant"])
    )
    boilers = table.loc[("15fyp-boiler-01", "PM25")]
    assert boilers["p50"] == pytest.approx(688 * 1800 * 0.45 / 1000, rel=0.03)
    spread = math.sqrt(math.log(2.3) ** 2 + math.log(1.45) ** 2)
    assert boilers["p95"] / boilers["p50"] == pytest.approx(math.exp(1.645 * spread), rel=0.05)
    assert table.loc[("15fyp-coke-01", "PM25"), "p50"] == pytest.approx(77, rel=0.05)


def test_scrapped_trucks_are_net_of_the_trucks_that_follow(own: Register) -> None:
    net = own.emissions(draws=20000, pollutants=["NOx", "PM25", "CO2"]).table.set_index(
        ["measure_id", "pollutant"]
    )
    gross = own.emissions(draws=20000, pollutants=["NOx", "CO2"], net=False).table.set_index(
        ["measure_id", "pollutant"]
    )
    km = 1729 * 50000 * 0.6
    assert gross.loc[("15fyp-diesel-01", "NOx"), "p50"] == pytest.approx(km * 8.5e-6, rel=0.05)
    assert net.loc[("15fyp-diesel-01", "NOx"), "p50"] == pytest.approx(km * (8.5 - 3.89) * 1e-6, rel=0.1)
    assert net.loc[("15fyp-diesel-01", "CO2"), "p95"] == 0 < gross.loc[("15fyp-diesel-01", "CO2"), "p50"]
    assert net.loc[("15fyp-diesel-01", "PM25"), "basis"] == "net"


def test_swapped_capacity_and_replacing_energy(tmp_path: Path) -> None:
    coke = "category=coke_oven technology_before=coke_le4_3m fuel=coal capacity=230 capacity_unit=万吨/年 leakage=capacity_swap"
    made = register(tmp_path, coke)
    whole = made.emissions(draws=500, pollutants=["SO2"])
    assert "not known" in whole.table["basis"].item()
    some = made.emissions(draws=500, pollutants=["SO2"], swap_share=0.25)
    assert some.total.loc["SO2", "mean"] == pytest.approx(0.75 * whole.total.loc["SO2", "mean"])
    assert some.table["basis"].item() == "net"
    home = "category=home_heating technology_before=stove_raw_coal fuel=coal count=1000 count_unit=户 leakage=replacement_energy"
    unknown = register(tmp_path, home).emissions(draws=500, pollutants=["PM25"])
    electric = register(tmp_path, f"{home} technology_after=electric").emissions(
        draws=500, pollutants=["PM25", "CO2"]
    )
    gas = register(tmp_path, f"{home} technology_after=gas").emissions(draws=500, pollutants=["PM25", "CO2"])
    assert unknown.table["basis"].item().startswith("gross") and electric.table["basis"].eq("net").all()
    assert electric.total.loc["PM25", "mean"] == unknown.total.loc["PM25", "mean"]  # no exhaust at the home
    assert gas.total.loc["CO2", "mean"] > electric.total.loc["CO2", "mean"]
    assert gas.table.set_index("pollutant").loc["PM25", "basis"] == "gross: gas needs a factor of PM25"


# ---- what has no tonnes ----


@pytest.mark.parametrize(
    ("row", "needs"),
    [
        ("category=kiln count=3 count_unit=座", "a technology"),
        ("category=kiln technology_before=lime_kiln count=3 count_unit=座", "a factor"),
        (
            "category=construction_dust technology_before=construction_site count=112 count_unit=个",
            "an activity",
        ),
        ("category=industry_deep activity=5 activity_unit=t/yr ef_unit=kg/t ef_pm25=1", "an efficiency"),
        ("technology_before=boiler_lt65", "an activity"),
    ],
)
def test_a_measure_without_a_factor_says_what_it_needs(tmp_path: Path, row: str, needs: str) -> None:
    made = register(tmp_path, row).emissions(draws=3)
    assert made.total.empty and made.needs["needs"].tolist() == [needs]
    assert "'m-0' needs" in made.needs["sentence"].item()
    with pytest.raises(AirqError, match="no measure has tonnes"):
        made.draws("PM25")


def test_a_users_factor_table_is_taken(tmp_path: Path, tables: Tables) -> None:
    path = tmp_path / "f.csv"
    path.write_text(
        "factor_id,category,technology,fuel,pollutant,value,unit,distribution,rating,source,mark,status\n"
        "mine,kiln,lime_kiln,,PM25,2,kg/t,fixed,A,own,[C],use\n",
        encoding="utf-8",
    )
    row = "category=kiln technology_before=lime_kiln activity=1000 activity_unit=t/yr efficiency=50%"
    made = register(tmp_path, row).emissions(draws=3, factors=tables.factors.merged(Factors.load(path)))
    assert made.total.loc["PM25", "p50"] == pytest.approx(1)


def test_a_category_that_treats_needs_its_efficiency_in_words(tables: Tables) -> None:
    row = {
        "measure_id": "x",
        "category": "voc",
        "activity": 1.0,
        "activity_unit": "t/yr",
        "ef_voc": 1.0,
        "ef_unit": "kg/t",
    }
    found = cut(row, "VOC", tables)
    assert isinstance(found, Missing) and "fill in the column efficiency" in found.sentence


# ---- sums ----


@pytest.mark.parametrize("by", ["measure", "county", "prefecture", "category", "status", "document", "year"])
def test_totals_conserve_draw_by_draw(own: Register, by: str) -> None:
    made = own.emissions(draws=300, seed=5)
    for pollutant in made.pollutants:
        total = made.draws(pollutant)["total"]
        parts = np.sum(list(made.draws(pollutant, by).values()), axis=0)
        assert np.abs(parts - total).max() <= 1e-9 * np.abs(total).max()


def test_contained_county_figures_give_the_county_its_part(own: Register) -> None:
    made = own.done().emissions(draws=200, pollutants=["SO2"])
    county = made.draws("SO2", "county")
    boilers = made.draws("SO2", "measure")["15fyp-boiler-01"]
    homes = made.draws("SO2", "measure")["15fyp-home-01"]
    assert county["changji"] == pytest.approx(boilers * 30 / 688 + homes * 3756 / 132_000)


def test_sums_of_draws_are_not_sums_of_medians(own: Register) -> None:
    made = own.done().emissions(draws=20000, pollutants=["PM25"])
    assert made.total.loc["PM25", "p95"] < made.table["p95"].sum()
    assert made.total.loc["PM25", "p5"] > made.table["p5"].sum()


def test_measures_that_share_a_factor_move_together(tmp_path: Path) -> None:
    row = "technology_before=boiler_lt65 fuel=coal count=10 count_unit=台 place={}"
    made = register(tmp_path, row.format("changji"), row.format("fukang")).emissions(
        draws=2000, pollutants=["SO2"]
    )
    first, second = made.draws("SO2", "measure").values()
    assert (first == second).all()


def test_particle_sizes_stay_within_one_another(own: Register) -> None:
    made = own.done().emissions(draws=2000, pollutants=["PM25", "PM10"])
    fine, coarse = (made.draws(p, "measure")["15fyp-home-01"] for p in ("PM25", "PM10"))
    assert (fine <= coarse).all()


def test_the_same_seed_gives_the_same_bytes(own: Register) -> None:
    one, two, other = (own.emissions(draws=700, seed=s) for s in (3, 3, 4))
    assert one.table.to_csv() == two.table.to_csv() and one.total.to_csv() != other.total.to_csv()
    for pollutant in one.pollutants:
        assert one.draws(pollutant)["total"].tobytes() == two.draws(pollutant)["total"].tobytes()


def test_a_further_measure_leaves_the_draws_of_the_others(tmp_path: Path) -> None:
    row = "technology_before=boiler_lt65 fuel=coal count=10 count_unit=台"
    alone = register(tmp_path, row).emissions(draws=50, pollutants=["NOx"])
    both = register(tmp_path, row, "category=home_heating technology_before=stove_raw_coal count=9 count_unit=户").emissions(draws=50, pollutants=["NOx"])  # fmt: skip
    assert alone.draws("NOx", "measure")["m-0"].tobytes() == both.draws("NOx", "measure")["m-0"].tobytes()


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_tonnes_are_linear_in_the_count(first: int, second: int) -> None:
    known = Tables.load()
    row = {
        "measure_id": "x",
        "category": "home_heating",
        "technology_before": "stove_raw_coal",
        "count_unit": "户",
    }
    one, two, both = (cut({**row, "count": float(n)}, "PM25", known) for n in (first, second, first + second))
    assert next(iter(one.gross.values())) + next(iter(two.gross.values())) == pytest.approx(
        next(iter(both.gross.values()))
    )


# ---- years ----


def test_years_share_a_period_by_days(own: Register) -> None:
    made = own.done().emissions(draws=50, pollutants=["SO2"])
    years = made.by("year").set_index("year")["mean"]
    boilers = own.done().emissions(draws=50, pollutants=["SO2"], years=2022)
    assert years.index.tolist() == [2021, 2022, 2023, 2024, 2025]
    assert boilers.total.loc["SO2", "mean"] == pytest.approx(years[2022])
    cumulative = made.cumulative().set_index("year")["mean"]
    assert cumulative[2025] == pytest.approx(made.total.loc["SO2", "mean"])
    assert cumulative.is_monotonic_increasing


def test_measures_without_a_period_are_said(tmp_path: Path) -> None:
    made = register(tmp_path, "technology_before=boiler_lt65 count=1 count_unit=台 start= end=")
    assert made.emissions(draws=5).by("year")["year"].isna().all()
    assert "1 measures state no period" in made.emissions(draws=5, years=(2021, 2025)).notes[0]


DAYS = st.dates(dt.date(1949, 1, 1), dt.date(2100, 12, 31))


@given(DAYS, DAYS)
def test_year_shares_add_up(a: dt.date, b: dt.date) -> None:
    shares = periods.year_shares(str(min(a, b)), str(max(a, b)))
    assert sum(shares.values()) == 1 and min(shares.values()) > 0


# ---- the prototype ----


@pytest.mark.parametrize(
    ("pollutant", "median", "low", "high"),
    [("PM25", 4400, 2000, 10100), ("SO2", 6700, 3000, 16800), ("NOx", 5000, 2900, 9500)],
)
def test_measures_of_2021_to_2025_land_within_the_prototype(
    own: Register, pollutant: str, median: float, low: float, high: float
) -> None:
    made = own.done().emissions(draws=20000, years=(2021, 2025), pollutants=[pollutant]).total.loc[pollutant]
    assert low < made["p50"] < high and made["p5"] < median < made["p95"]
    assert made["p50"] == pytest.approx(median, rel=0.15)
    assert made["p5"] == pytest.approx(low, rel=0.15) and made["p95"] == pytest.approx(high, rel=0.15)


def test_homes_are_most_of_the_fine_particles_and_their_factor_of_the_uncertainty(own: Register) -> None:
    made = own.done().emissions(draws=20000, years=(2021, 2025), pollutants=["PM25"])
    share = made.draws("PM25", "category")["home_heating"].mean() / made.draws("PM25")["total"].mean()
    assert 0.7 < share < 0.9
    first = made.contributors(top=5).iloc[0]
    assert first["input"] == "stove-raw-pm25" and first["share"] > 0.5
    assert made.contributors(top=50)["share"].sum() <= 1.02


# ---- refusals ----


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"draws": 0}, "draws 0"),
        ({"draws": 10**9}, "20,000 is a good number"),
        ({"seed": -1}, "seed -1 is negative"),
        ({"pollutants": ["Hg"]}, "pollutant 'Hg' is not known"),
        ({"years": (2025, 2021)}, "are no year and no span"),
        ({"swap_share": 2.0}, "swapped share 2.0"),
        ({"baseline": "nothing.csv"}, "nothing.csv"),
    ],
)
def test_wrong_parameters_are_one_sentence(own: Register, options: dict[str, object], said: str) -> None:
    with pytest.raises(AirqError, match=said):
        own.emissions(**{"draws": 10, **options})


def test_groups_that_do_not_exist(own: Register) -> None:
    with pytest.raises(AirqError, match="groups by 'weather' are not known"):
        own.emissions(draws=5, pollutants=["NOx"]).by("weather")


# ---- intensities ----


def test_capacity_comes_before_count_and_stated_before_both() -> None:
    row = {"category": "boiler_coal", "technology_before": "boiler_lt65", "count": 2.0, "count_unit": "台", "capacity": 30.0, "capacity_unit": "t/h"}  # fmt: skip
    first = amounts(row, Activities.load())[0]
    assert first.size.value == 60 and [i.id for i in first.inputs] == ["coal-per-steam"]
    first = amounts({**row, "activity": 7.0, "activity_unit": "kt/yr"}, Activities.load())[0]
    assert first.size == Quantity(7.0, "kt/yr") and first.inputs == ()


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("unit", "kg", "is not per 户"),
        ("unit", "", "unit is missing"),
        ("unit", "t/辆/yr", "is not per 户"),
        ("value", "2.4", "low <= value <= high"),
        ("value", "-1", "no number of 0 or more"),
        ("low", "5", "low <= value <= high"),
        ("distribution", "normal", "not known"),
    ],
)
def test_a_wrong_intensity_is_refused_with_row_and_column(
    tmp_path: Path, column: str, value: str, said: str
) -> None:
    row = {"activity_id": "a", "category": "home_heating", "technology": "stove_raw_coal", "per": "户", "quantity": "coal", "unit": "t/户/yr", "distribution": "triangular", "value": "4.5", "gsd": "", "low": "2.5", "high": "6.5"}  # fmt: skip
    row[column] = value
    path = tmp_path / "a.csv"
    path.write_text(",".join(row) + "\n" + ",".join(row.values()), encoding="utf-8")
    with pytest.raises(AirqError, match=said) as caught:
        Activities.load(path)
    assert f"row 2, column {column if said[:3] != 'low' else 'low'}" in str(caught.value)


def test_an_implausible_intensity_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    head = "activity_id,category,technology,per,quantity,unit,distribution,value\n"
    path.write_text(f"{head}a,home_heating,stove_raw_coal,户,coal,kg/户/yr,fixed,4.5", encoding="utf-8")
    with pytest.raises(AirqError, match=r"row 2, column value: .* outside 1.5 to 8"):
        Activities.load(path)


def test_draws_of_an_input_are_within_its_distribution() -> None:
    ends = Input("a", "a", "triangular", 1.0, 4.5, 2.5, 6.5).draw(5000, 0)
    assert ends.min() >= 2.5 and ends.max() <= 6.5 and ends.mean() == pytest.approx(4.5, abs=0.05)
