"""The baseline: what stands in it, what is refused, and that no cut exceeds it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airq import places
from airq.errors import AirqError
from airq.inventory.baseline import Baseline
from airq.inventory.register import Register, load


@pytest.fixture(scope="module")
def own() -> Baseline:
    return Baseline.load()


def write(path: Path, head: str, *rows: str) -> Path:
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    return path


def homes(tmp_path: Path, *rows: str) -> Register:
    head = "measure_id,place,category,technology_before,fuel,count,count_unit,start,end,status"
    full = [f"m{i},{r.split(',')[0]},home_heating,stove_raw_coal,coal,{r.split(',')[1]},户,{r.split(',')[2]},{r.split(',')[2]},done" for i, r in enumerate(rows)]  # fmt: skip
    return load(write(tmp_path / "r.csv", head, *full))


# ---- the default ----


def test_counts_of_the_documents_are_split_and_add_up(own: Baseline) -> None:
    frame = own.to_frame()
    counties = {p.id for p in places.load().values() if p.kind == "county"}
    for sector, technology, total in (
        ("home_heating", "stove_raw_coal", 132_000),
        ("boiler_coal", "boiler_lt65", 688),
    ):
        rows = frame[
            (frame["sector"] == sector) & (frame["technology"] == technology) & frame["capacity"].isna()
        ]
        assert rows["count"].sum() == total and set(rows["place"]) == counties
    assert frame["source"].ne("").all() and frame["mark"].str.fullmatch(r"\[[BCDM]\]").all()
    assert set(frame["coverage"]) == {"lower_bound", "complete"}


def test_power_plants_are_those_of_the_plant_list(own: Baseline, shared: Path) -> None:
    plants = pd.read_csv(next((shared / "data" / "coal_plants").glob("*.csv")))
    spelled = {"Jimsar": "jimsar", "Fukang": "fukang", "Qitai": "qitai", "Manas (Manasi)": "manas", "Manasi": "manas", "Hutubi": "hutubi", "Changji": "changji"}  # fmt: skip
    area = plants["Local area (taluk, county)"]
    # One plant listed under Zhundong stands at the edge of Changji City.
    far_west = (area == "Zhundong") & (plants["Longitude"] < 88)
    plants["place"] = area.map(spelled).mask(far_west, "changji")
    there = (plants["Status"] == "operating") & (plants["Start year"] <= 2020) & plants["place"].notna()
    wanted = plants[there].groupby("place").agg(mw=("Capacity (MW)", "sum"), co2=("Annual CO2 (million tonnes / annum)", "sum"))  # fmt: skip
    frame = own.to_frame().query("sector == 'power'").set_index("place")
    assert frame["capacity"].to_dict() == wanted["mw"].to_dict()
    assert frame["co2_t"].to_dict() == pytest.approx((wanted["co2"] * 1e6).to_dict())


def test_emissions_of_the_baseline_use_the_factors_of_the_measures(own: Baseline) -> None:
    table = own.emissions(draws=300, pollutants=("PM25", "CO2"))
    homes_total = table.query("sector == 'home_heating' and pollutant == 'PM25'")["mean"].sum()
    measure = load().done().emissions(draws=300, pollutants=["PM25"]).by("category").set_index("category")
    assert homes_total == pytest.approx(measure.loc["home_heating", "mean"])
    assert "<table" in own._repr_html_()


def test_no_cut_of_the_own_register_is_held_back() -> None:
    assert load().emissions(draws=200, years=(2021, 2030)).notes[1:] == ()


# ---- the limit ----


def test_a_cut_above_the_baseline_is_held_to_it_and_said(tmp_path: Path, own: Baseline) -> None:
    stated = own.emissions(draws=200, pollutants=("PM25",)).query(
        "place == 'mori' and sector == 'home_heating'"
    )
    made = homes(tmp_path, "mori,5000,2023", "mori,15000,2024").emissions(draws=200, pollutants=["PM25"])
    assert made.total.loc["PM25", "mean"] == pytest.approx(stated["mean"].item())
    assert "mori" in made.notes[0] and "100% of the draws" in made.notes[0] and "held to it" in made.notes[0]
    shares = [v.mean() for v in made.draws("PM25", "measure").values()]
    assert shares[1] == pytest.approx(3 * shares[0])  # both give way in proportion
    free = homes(tmp_path, "mori,20000,2023").emissions(draws=200, pollutants=["PM25"], baseline=False)
    assert free.total.loc["PM25", "mean"] > 3 * made.total.loc["PM25", "mean"] and free.notes == ()


def test_the_whole_group_of_counties_has_a_limit_too(tmp_path: Path) -> None:
    limit = (
        Baseline.load()
        .emissions(draws=100, pollutants=("PM25",))
        .query("sector == 'home_heating'")["mean"]
        .sum()
    )
    made = homes(tmp_path, "changji,20000,2023", "changji-prefecture,125000,2024").emissions(
        draws=100, pollutants=["PM25"]
    )
    assert made.total.loc["PM25", "mean"] == pytest.approx(limit)
    city, rest = (v.mean() for v in made.draws("PM25", "measure").values())
    assert city == pytest.approx(limit * 20 / 132) and rest == pytest.approx(limit * 112 / 132)


def test_what_ended_before_the_baseline_is_not_held_to_it(tmp_path: Path) -> None:
    made = homes(tmp_path, "mori,20000,2018").emissions(draws=50, pollutants=["PM25"])
    assert made.notes == ()


def test_a_place_without_a_baseline_has_no_limit(tmp_path: Path) -> None:
    assert homes(tmp_path, "div12,999999,2023").emissions(draws=50, pollutants=["PM25"]).notes == ()


def test_a_users_baseline_in_tonnes_holds_in_every_draw(tmp_path: Path) -> None:
    base = write(
        tmp_path / "b.csv", "place,sector,pm25_t,pm10_t,year,source", "昌吉市,农村清洁取暖,120,200,2020,own"
    )
    made = homes(tmp_path, "changji,10000,2023").emissions(
        draws=500, pollutants=["PM25", "SO2"], baseline=base
    )
    draws = made.draws("PM25")["total"]
    free = homes(tmp_path, "changji,10000,2023").emissions(draws=500, pollutants=["PM25"], baseline=False)
    assert np.allclose(draws, np.minimum(free.draws("PM25")["total"], 120)) and (draws < 120).any()
    assert len(made.notes) == 1 and "b.csv" in made.notes[0]  # SO2 is not in it


def test_capped_totals_conserve(tmp_path: Path) -> None:
    rows = ("mori,9000,2023", "mori,9000,2024", "qitai,500,2023", "changji-prefecture,150000,2022")
    made = homes(tmp_path, *rows).emissions(draws=300)
    for pollutant in made.pollutants:
        total = made.draws(pollutant)["total"]
        for by in ("measure", "county", "prefecture", "year"):
            parts = np.sum(list(made.draws(pollutant, by).values()), axis=0)
            assert np.abs(parts - total).max() <= 1e-9 * total.max()


# ---- refusals ----


@pytest.mark.parametrize(
    ("head", "row", "said"),
    [
        (
            "place,sector,pm25_t,pm10_t",
            "changji,power,9,8",
            "column 'pm25_t': 9 t is above the 8 t of pm10_t",
        ),
        ("place,sector,pm25_t", "changji,power,-9", "column 'pm25_t': '-9' is no number"),
        ("place,sector,pm25_t", "changji,power,=9", "is a formula"),
        ("place,sector,pm25_t", "nowhere,power,9", "'nowhere' is not known"),
        ("place,sector,pm25_t", "changji,powder,9", "'powder' is not known"),
        ("place,sector,count", "changji,boiler_coal,9", "unit of '9' is missing"),
        ("place,sector,gsd", "changji,power,0.5", "no geometric standard deviation"),
        ("place,sector,year", "changji,power,soon", "is no date"),
        ("place,sector,weight", "changji,power,1", "column 'weight' is not known"),
        ("place,pm25_t", "changji,1", "column 'sector' is missing"),
    ],
)
def test_a_wrong_baseline_is_refused(tmp_path: Path, head: str, row: str, said: str) -> None:
    with pytest.raises(AirqError, match=said):
        Baseline.load(write(tmp_path / "b.csv", head, row))


def test_gbk_is_read(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    with path.open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream).writerows([["place", "sector", "so2_t"], ["玛纳斯县", "电厂", "5"]])
    assert Baseline.load(path).rows[0]["place"] == "manas"
