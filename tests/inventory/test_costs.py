"""CO2 gross and net, and money per tonne: from documents, by hand, and refused where nothing is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from airq.errors import AirqError
from airq.inventory import carbon, costs
from airq.inventory.register import Register, load

HEAD = (
    "measure_id,place,category,technology_before,technology_after,fuel,activity,activity_unit,count,count_unit,start,end,status,"
    "leakage,ef_unit,ef_gsd,ef_pm25,ef_co2,relation,related_to,capex_yuan,opex_yuan_per_year,subsidy_yuan,cost_basis"
)


def register(tmp_path: Path, *rows: dict[str, str]) -> Register:
    names = HEAD.split(",")
    base = {"place": "changji", "category": "home_heating", "start": "2023", "end": "2023", "status": "done"}
    lines = [
        ",".join({**base, "measure_id": f"m{i}", **r}.get(n, "") for n in names) for i, r in enumerate(rows)
    ]
    path = tmp_path / "r.csv"
    path.write_text("\n".join([HEAD, *lines]), encoding="utf-8")
    return load(path)


FIXED = {
    "activity": "100000",
    "activity_unit": "t/yr",
    "ef_unit": "kg/t",
    "ef_gsd": "1",
    "ef_pm25": "1",
    "ef_co2": "1900",
}


@pytest.fixture(scope="module")
def own() -> Register:
    return load()


# ---- money ----


@pytest.mark.parametrize(
    ("money", "kind", "years", "yuan_per_t"),
    [
        ({"capex_yuan": "1000000"}, "capital", 10, 1_000_000 / (10 * 100)),
        ({"capex_yuan": "100万元"}, "capital", 5, 1_000_000 / (5 * 100)),
        ({"opex_yuan_per_year": "3000"}, "operating", 10, 30),
        (
            {"subsidy_yuan": "10000", "cost_basis": "per home", "count": "7", "count_unit": "户"},
            "subsidy",
            10,
            70,
        ),
    ],
)
def test_cost_per_tonne_by_hand(
    tmp_path: Path, money: dict[str, str], kind: str, years: int, yuan_per_t: float
) -> None:
    found = costs(
        register(tmp_path, {**FIXED, **money}), draws=5, years=years, pollutants=["PM25"], baseline=False
    )
    (row,) = found.table.to_dict("records")
    assert row["kind"] == kind and row["covers"] == ("m0",)
    assert [row["low"], row["middle"], row["high"]] == pytest.approx([yuan_per_t] * 3)


def test_money_of_a_repeated_statement_pays_for_what_it_repeats_and_once(tmp_path: Path) -> None:
    rows = [
        {**FIXED},
        {**FIXED, "activity": "300000"},
        {"relation": "same", "related_to": "m0;m1", "capex_yuan": "4000"},
        {"relation": "same", "related_to": "m0;m1", "capex_yuan": "4000", "place": "fukang"},
    ]
    rows[3]["place"] = "changji"
    rows[3]["category"] = "boiler_coal"
    found = costs(register(tmp_path, *rows), draws=3, years=1, pollutants=["PM25"], baseline=False).table
    assert len(found) == 1 and found["middle"].item() == pytest.approx(4000 / 400)
    assert found["covers"].item() == ("m0", "m1")


def test_nothing_is_invented(tmp_path: Path) -> None:
    assert costs(register(tmp_path, FIXED), draws=3, baseline=False).table.empty
    needs = {"category": "kiln", "capex_yuan": "500", "count": "2", "count_unit": "座"}
    assert costs(
        register(tmp_path, needs, FIXED), draws=3, baseline=False
    ).table.empty  # money without tonnes


def test_money_of_the_documents(own: Register) -> None:
    found = costs(own, draws=4000, pollutants=["PM25"])
    table = found.table.set_index("measure_id")
    assert table.loc["15fyp-home-01", "yuan"] == 10_000 * 132_000
    assert (
        table.loc["2023-home-02", "yuan"] == 6_353_000_000 and len(table.loc["2023-home-02", "covers"]) == 2
    )
    assert (found.table["low"] < found.table["middle"]).all() and (
        found.table["middle"] < found.table["high"]
    ).all()
    homes = found.per_home.set_index("id")
    assert homes.loc["cost-11631-homes", "yuan_per_home"] == pytest.approx(490_000_000 / 11_631)
    # 18,636 to 42,129 yuan a home at about 30 to 36 kg a year and 10 years: some 50,000 to 150,000 yuan per t
    assert 40_000 < homes.loc["subsidy-pool", "middle"] < 80_000
    assert "no interest" in found._repr_html_()


def test_a_life_of_no_years_is_refused(own: Register) -> None:
    with pytest.raises(AirqError, match="a life of 0 years"):
        costs(own, years=0)


# ---- CO2 ----


def test_net_co2_is_gross_less_the_stated_replacement(tmp_path: Path) -> None:
    home = {"technology_before": "stove_raw_coal", "fuel": "coal", "count": "1000", "count_unit": "户", "leakage": "replacement_energy"}  # fmt: skip
    found = carbon(register(tmp_path, {**home, "technology_after": "gas"}), draws=20000)
    total = found.total.set_index("what")["mean"]
    coal = 1000 * 4.5
    assert total["gross"] == pytest.approx(coal * 1.9, rel=0.02)
    assert total["net"] == pytest.approx(coal * (1.9 - 0.59), rel=0.05)
    assert set(found.table["what"]) == {"gross", "net"} and found.notes == ()


def test_net_co2_of_unknown_heat_is_a_range_and_said(own: Register) -> None:
    found = carbon(own.done(), draws=2000, years=(2021, 2025))
    whats = found.table.groupby("measure_id")["what"].agg(set).to_dict()
    assert whats["15fyp-home-01"] == {"gross", "net if gas", "net if electric", "net if heat_pump"}
    assert whats["15fyp-boiler-01"] == {"gross", "net if gas"}
    assert whats["15fyp-coke-01"] == {"gross"}  # the swapped share is not known
    rows = found.table.set_index(["measure_id", "what"])["p50"]
    assert rows["15fyp-diesel-01", "net"] == 0  # the kilometres are driven on
    assert rows["15fyp-home-01", "net if gas"] < rows["15fyp-home-01", "gross"]
    total = found.total.set_index("what")
    assert not total.loc["gross", "at_most"] and total.loc["net if gas", "at_most"]
    assert "15fyp-coke-01" in found.notes[1] and "heat network" in found.notes[0]


def test_a_swapped_share_makes_net_co2_of_coke_known(own: Register) -> None:
    coke = own.where(own.table["measure_id"] == "15fyp-coke-01")
    found = carbon(coke, draws=500, swap_share=0.4).total.set_index("what")
    assert (
        found.loc["net", "mean"] == pytest.approx(0.6 * found.loc["gross", "mean"])
        and not found.loc["net", "at_most"]
    )
    assert "<table" in carbon(coke, draws=50)._repr_html_()
