"""What scenarios cut: known answers, conservation, pairing, months, composition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airq import inventory, places
from airq.scenario import Cut, cut_of, examples, load, plan
from airq.scenario.emitted import standard_emitted
from airq.scenario.measures import axis
from airq.scenario.profiles import shares
from airq.scenario.response import response
from airq.scenario.spec import Scenario
from airq.scenario.tonnes import POLLUTANTS

DRAWS = 400


def scenario(**given: object) -> Scenario:
    return load({"season": "2025-2026", **given})


def total(made: Cut, pollutant: str = "PM25") -> np.ndarray:
    """Tonnes of a full year."""
    return made.draws_of(pollutant, months=np.asarray(made.months.year == 2026))


def test_ten_examples_load_and_give_finite_tonnes() -> None:
    known = examples()
    wanted = {
        "30-boilers-741-trucks", "miaoergou-fire", "clean-heating-132000-homes", "red-alert-5-days",
        "joint-wujiaqu-midong-ganquanpu-fukang", "plan-15fyp-box2", "division-12-2030", "one-year-late",
        "3000-electric-trucks", "no-action",
    }  # fmt: skip
    assert wanted <= set(known)
    for name in wanted:
        made = cut_of(load(name), draws=50)
        assert made.values.shape == (50, len(axis()), len(made.sectors), len(POLLUTANTS), len(made.months))
        assert np.isfinite(made.values).all()
        assert set(made.lines["mark"].str.findall(r"\[\w+\]").explode().dropna()) <= {
            "[C]",
            "[D]",
            "[M]",
            "[B]",
            "[P]",
        }
        assert not made.lines["where"].str.startswith("/").any()
    assert not cut_of(load("no-action"), draws=5).values.size


def test_a_register_measure_cuts_what_the_inventory_says() -> None:
    register = inventory.load()
    homes = register.where(register.table["measure_id"] == "15fyp-home-01")
    expected = homes.emissions(draws=DRAWS, seed=3, pollutants=["PM25", "SO2"])
    made = cut_of(scenario(measures=[{"id": "15fyp-home-01"}]), DRAWS, 3)
    for pollutant in ("PM25", "SO2"):
        np.testing.assert_allclose(total(made, pollutant), expected.draws(pollutant)["total"], rtol=1e-9)
    by_place = made.values[:, :, 0, made.pollutants.index("PM25")].sum(axis=2)
    assert by_place[:, [made.places.index(p) for p in ("urumqi", "div12")]].sum() == 0
    # The baseline counts 39,385 of the 132,000 homes in Changji City.
    share = by_place[:, made.places.index("changji")] / by_place.sum(axis=1)
    np.testing.assert_allclose(share, 39385 / 132000, rtol=1e-9)


def test_two_small_examples_are_of_the_size_of_the_prototype() -> None:
    """688 boilers and 1,729 trucks: 0.8 t of PM2.5 a boiler, 11 t in all of the trucks (3 to 35)."""
    made = cut_of(load("30-boilers-741-trucks"), 4000)
    lines = made.lines[made.lines["pollutant"] == "PM25"].set_index("id")
    assert lines.loc["2025-boiler-01", "p50"] == pytest.approx(30 * 0.81, rel=0.1)
    assert lines.loc["2025-diesel-01", "p50"] == pytest.approx(741 * 11 / 1729, rel=0.15)
    season = made.season().set_index("pollutant")
    # SO2 counts 0.15 and NOx 0.06: about 57 t PM2.5-equivalent, at 3.7 µg/m³ a kt some 0.2 µg/m³.
    equivalent = season.loc["PM25", "p50"] + 0.15 * season.loc["SO2", "p50"] + 0.06 * season.loc["NOx", "p50"]
    assert 45 < equivalent < 75


@pytest.mark.parametrize("profile", ["heating", "flat", "warm", "mixed"])
def test_any_twelve_months_hold_a_whole_year(profile: str) -> None:
    for start in ("2025-01", "2025-07", "2024-10"):
        assert shares(profile, pd.period_range(start, periods=12, freq="M")).sum() == pytest.approx(1)


def test_coal_of_homes_falls_in_the_heating_season_and_trucks_all_year() -> None:
    made = cut_of(scenario(measures=[{"id": "15fyp-home-01"}, {"id": "2025-nev-05", "technology_before": "hdt_diesel_iv"}]), 50)  # fmt: skip
    monthly = made.values[:, :, :, made.pollutants.index("PM25")].sum(axis=(0, 1))
    homes, trucks = (monthly[made.sectors.index(s)] for s in ("home_heating", "vehicle_new_energy"))
    assert homes[made.months.month == 7].sum() == 0
    assert homes[made.months == pd.Period("2026-01")] > 1.4 * homes[made.months == pd.Period("2026-03")]
    daily = (trucks / np.asarray(made.months.days_in_month))[made.months.year == 2026]
    assert np.ptp(daily) / daily.mean() < 1e-9


def test_effect_grows_over_the_period_and_ends_with_until() -> None:
    given = {"id": "15fyp-home-01", "start": "2026-01", "end": "2026-12", "profile": "flat"}
    whole = cut_of(scenario(measures=[{"id": "15fyp-home-01", "profile": "flat"}]), 50)
    grown = cut_of(scenario(measures=[given]), 50)
    share = grown.values.sum(axis=(0, 1, 2, 3)) / whole.values.sum(axis=(0, 1, 2, 3))
    assert share[made_month(grown, "2025-12")] == 0
    assert share[made_month(grown, "2026-01")] == pytest.approx(16 / 365, rel=1e-6)
    assert share[made_month(grown, "2026-12")] == pytest.approx((365 - 15) / 365, rel=1e-6)
    ended = cut_of(scenario(measures=[{**given, "until": "2026-06"}]), 50)
    assert ended.values[..., made_month(ended, "2026-07")].sum() == 0
    since = cut_of(scenario(measures=[{"id": "15fyp-home-01", "since": "2026-01-01"}]), 50)
    assert since.values.sum() == 0


def made_month(made: Cut, month: str) -> int:
    return int(made.months.get_loc(pd.Period(month)))


def test_scale_by_county_compliance_and_delay() -> None:
    whole = cut_of(scenario(measures=[{"id": "15fyp-home-01"}]), 100)
    some = cut_of(scenario(measures=[{"id": "15fyp-home-01", "scale": {"*": 0.5, "mori": 0, "阜康市": "100 %"}, "compliance": "80 %"}]), 100)  # fmt: skip
    ratio = some.values.sum(axis=(0, 2, 3, 4)) / np.where(
        (w := whole.values.sum(axis=(0, 2, 3, 4))) == 0, np.nan, w
    )
    found = dict(zip(some.places, ratio, strict=True))
    assert found["mori"] == 0
    assert found["fukang"] == pytest.approx(0.8)
    assert found["qitai"] == pytest.approx(0.4)
    one = cut_of(scenario(measures=[{"id": "15fyp-home-01", "places": ["mori"]}]), 100)
    np.testing.assert_allclose(one.values.sum(axis=1), whole.values[:, whole.places.index("mori")], rtol=1e-9)
    # What is done is not delayed by the scenario's delay; what is planned is.
    given = [{"id": "15fyp-home-01"}, {"id": "2025-diesel-01"}]
    late = plan(scenario(measures=given, delay="1 year")).actions
    assert [a.timing.start.year for a in late if a.timing] == [2021, 2026]


def test_draws_are_paired_by_name_and_seed() -> None:
    alone = cut_of(scenario(measures=[{"id": "2025-boiler-01"}]), 100, 5)
    among = cut_of(scenario(measures=[{"id": "2025-diesel-01"}, {"id": "2025-boiler-01"}]), 100, 5)
    boilers = among.values[:, :, among.sectors.index("boiler_coal")]
    np.testing.assert_array_equal(alone.values[:, :, 0], boilers)
    other = cut_of(scenario(measures=[{"id": "2025-boiler-01"}]), 100, 6)
    assert not np.allclose(alone.values, other.values)


def test_everything_late_by_a_year_cuts_less_than_the_plan() -> None:
    late = load("one-year-late")
    assert late.reference is not None
    assert late.reference.name == "plan-15fyp-box2"
    made = cut_of(late, 100)
    assert (made.draws_of("SO2") <= 0).all()
    whole = cut_of(late, 100, against=False)
    on_time = cut_of(load("plan-15fyp-box2"), 100)
    np.testing.assert_allclose(
        made.draws_of("SO2"), whole.draws_of("SO2") - on_time.draws_of("SO2"), atol=1e-9
    )
    with pytest.raises(ValueError, match="cannot be compared"):
        made.minus(cut_of(load("plan-15fyp-box2"), 101))


def test_overlapping_measures_are_not_added() -> None:
    """The taxis may be among the 444 vehicles: the larger of the two counts."""
    given = {"technology_before": "hdt_diesel_iv"}
    one = cut_of(scenario(measures=[{"id": "2025-nev-06", **given}]), 50)
    both = cut_of(scenario(measures=[{"id": "2025-nev-06", **given}, {"id": "2025-nev-04", **given}]), 50)
    np.testing.assert_allclose(total(one), total(both), rtol=1e-12)


def test_no_draw_cuts_more_than_the_baseline() -> None:
    made = cut_of(scenario(measures=[{"id": "a", "category": "home_heating", "places": "mori", "tonnes": {"PM25": ["50 t/yr", "300 t/yr"]}}]), 2000)  # fmt: skip
    terms = standard_emitted().within("mori", "home_heating", "PM25")
    assert terms is not None
    from airq.inventory.engine import Engine

    limit = Engine(2000, 0).sum_of(terms)
    assert (total(made) <= limit * (1 + 1e-9)).all()
    assert any("held to it" in n for n in made.notes)


def test_own_measure_with_own_factors() -> None:
    given = {"id": "lime", "category": "kiln", "places": "mori", "activity": "100000 t/yr", "efficiency": "40 %",
             "factors": {"PM25": "0.5 kg/t", "SO2": "800 g/t"}, "factor_gsd": 1.0, "capex_yuan": "300万元"}  # fmt: skip
    made = cut_of(scenario(measures=[given]), 20)
    np.testing.assert_allclose(total(made), 20.0)
    np.testing.assert_allclose(total(made, "SO2"), 32.0)
    costs = plan(scenario(measures=[{**given, "scale": 2}])).costs
    assert costs["yuan"].tolist() == [6_000_000.0]


def test_claim_is_split_and_marked() -> None:
    made = cut_of(load("miaoergou-fire"), 2000)
    line = made.lines.set_index("pollutant").loc["PM25"]
    assert 0.02 * 6000 < line["p5"] < line["p95"] < 0.14 * 6000
    assert line["mark"] == "[B]"
    assert any("claim of unnamed pollutants" in n for n in made.notes)


def test_staggered_production_stops_within_its_days_and_is_made_up() -> None:
    stop = {"places": "mori", "category": "kiln", "start": "2025-12-01", "end": "2025-12-31", "cut": "50 %", "emits": {"PM25": "365 t/yr"}}  # fmt: skip
    made = cut_of(scenario(staggered=[stop]), 10)
    monthly = made.values.sum(axis=(1, 2))[0, made.pollutants.index("PM25")]
    assert monthly[made_month(made, "2025-12")] == pytest.approx(0.5 * 31)
    assert np.count_nonzero(monthly) == 1
    back = cut_of(scenario(staggered=[{**stop, "made_up": 1}]), 10)
    monthly = back.values.sum(axis=(1, 2))[0, back.pollutants.index("PM25")]
    assert monthly[made_month(back, "2026-02")] < 0
    assert monthly[: made_month(back, "2026-11") + 1].sum() == pytest.approx(0, abs=1e-9)


def test_grades_weigh_plants_and_upgrades_cut() -> None:
    grades = {"id": "g", "place": "fukang", "category": "kiln", "plants": {"A": 2, "C": 10}, "emits": {"PM25": "108 t/yr"}}  # fmt: skip
    stop = {"places": "fukang", "category": "kiln", "start": "2026-01", "end": "2026-01", "grades": "g", "cut": {"C": "100 %"}}  # fmt: skip
    made = cut_of(scenario(grades=[grades], staggered=[stop]), 3000)
    january = made.draws_of("PM25") * 365 / 31
    # Plants of grade A emit 0.4 (0.2 to 0.6) of one of grade C: 10 of 10.8 stop.
    assert np.median(january) == pytest.approx(108 * 10 / 10.8, rel=0.01)
    assert january.min() >= 108 * 10 / 11.2 * (1 - 1e-9)
    better = cut_of(scenario(grades=[{**grades, "upgrades": [{"from": "C", "to": "B", "plants": 5}]}]), 3000)
    assert np.median(total(better)) == pytest.approx(108 * 5 * 0.4 / 10.8, rel=0.02)


def test_growth_compounds_and_neighbours_stand_still() -> None:
    grown = cut_of(
        scenario(growth=[{"places": "mori", "category": "home_heating", "by": "10 %", "start": "2025-01"}]),
        50,
    )
    assert (grown.draws_of("PM25") < 0).all()
    base = scenario(measures=[{"id": "a", "category": "all", "places": ["wujiaqu", "fukang"], "cut": "10 %"}])
    acting, frozen = cut_of(base, 50), cut_of(base.model_copy(update={"neighbours": {"*": "frozen"}}), 50)
    at = acting.places.index("wujiaqu")
    assert acting.values[:, at].sum() > 0
    assert frozen.values[:, at].sum() == 0
    assert any("stand still" in n for n in frozen.notes)
    assert frozen.draws_of("PM25", place="fukang") == pytest.approx(acting.draws_of("PM25", place="fukang"))
    ten = cut_of(scenario(neighbours={"wujiaqu": "10 %"}), 50)
    np.testing.assert_allclose(ten.draws_of("PM25"), acting.draws_of("PM25", place="wujiaqu"))


def test_a_share_of_everything_keeps_its_dates_and_says_that_it_holds_the_rest() -> None:
    about = {"id": "a", "category": "all", "places": "mori", "cut": "10 %"}
    whole, late = (
        cut_of(scenario(measures=[about | more]), 50) for more in ({}, {"start": "2026-07", "end": "2026-07"})
    )
    monthly = late.values.sum(axis=(1, 2, 3)).mean(axis=0)
    assert (monthly[late.months < pd.Period("2026-07", "M")] == 0).all()
    assert monthly[-1] == pytest.approx(whole.values.sum(axis=(1, 2, 3)).mean(axis=0)[-1])
    kilns = {"id": "b", "category": "kiln", "places": "mori", "cut": "5 %"}
    both = cut_of(scenario(measures=[about, kilns]), 50).notes
    assert any("'a' cuts a share of everything beside b" in n for n in both)
    assert not any("share of everything" in n for n in whole.notes)


def test_months_of_the_next_heating_season_heat_too() -> None:
    """The year that is judged ends in another heating season than the one it begins in."""
    made = cut_of(
        load({"season": "2025-2026", "years": [2026, 2027], "measures": [{"id": "15fyp-home-01"}]}), 20
    )
    fall = -response(20, 0, made.places, made.sectors).effect(made)[:, made.places.index("changji")]
    at = {str(m): fall[:, i] for i, m in enumerate(made.months)}
    for month in ("11", "12"):
        np.testing.assert_allclose(at[f"2026-{month}"], at[f"2025-{month}"], rtol=0.04)
    np.testing.assert_allclose(at["2027-01"], at["2026-01"], rtol=0.04)


def test_months_hold_the_season_and_the_years_of_targets() -> None:
    assert scenario().months[[0, -1]].astype(str).tolist() == ["2025-10", "2026-12"]
    made = load({"season": "2029-2030", "targets": "div12-2030-pm25", "years": [2029]})
    assert made.months[[0, -1]].astype(str).tolist() == ["2029-01", "2030-12"]
    cut = cut_of(
        load({"season": "2029-2030", "years": [2029, 2030], "measures": [{"id": "15fyp-home-01"}]}), 20
    )
    # One heating season, although the months hold parts of two more.
    np.testing.assert_allclose(cut.season()["mean"][0], cut.year(2029)["mean"][0], rtol=1e-3)


def test_inheritance_and_composition(tmp_path: Path) -> None:
    def write(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    write("base.yaml", "season: 2025-2026\ntitle_en: base\nweather: {resampled: 5, block_days: 7}\nmeasures:\n  - {id: 2025-boiler-01}\n  - {id: 2025-diesel-01, compliance: 80 %}\n")  # fmt: skip
    child = load(write("child.yaml", "extends: base\nweather: {resampled: 9}\nmeasures:\n  - {id: 2025-diesel-01, scale: 50 %}\n  - {id: 2025-boiler-01, cancel: true}\n  - {id: 2025-nev-05}\n"))  # fmt: skip
    assert child.name == "child"
    assert child.title_en == ""
    assert (child.weather.resampled, child.weather.block_days) == (9, 7)
    trucks = next(m for m in child.measures if m.id == "2025-diesel-01")
    assert (trucks.scale["*"], trucks.compliance.value if trucks.compliance else None) == (0.5, 0.8)
    assert [a.id for a in plan(child).actions] == ["2025-diesel-01", "2025-nev-05"]
    assert child.where("measures", 1, "compliance").endswith("base.yaml: line 6")
    assert child.where("measures", 1, "scale").endswith("child.yaml: line 4")

    write("a.yaml", "season: 2025-2026\nmeasures:\n  - id: 2025-nev-05\nstandard: GB3095-2012\n")
    write(
        "b.yaml",
        "season: 2025-2026\nalerts:\n  - {places: mori, level: red, days: 5}\nstandard: GB3095-2026\n",
    )
    both = load(write("both.yaml", "include: [a, b]\nstandard: both\nmeasures:\n  - id: 2025-boiler-01\n"))
    assert [m.id for m in both.measures] == ["2025-boiler-01", "2025-nev-05"]
    assert len(both.alerts) == 1
    with pytest.raises(Exception, match="line 1: key 'standard' of 'b' differs from that of 'a'"):
        load(write("unsaid.yaml", "include: [a, b]\n"))
    with pytest.raises(Exception, match=r"'2025-nev-05' stands already in .*a\.yaml: line 3"):
        load(write("again.yaml", "include: [a, child]\nstandard: both\n"))
    write("x.yaml", "extends: y\n")
    with pytest.raises(
        Exception,
        match=r"\.yaml: line 1: '[xy]' builds on this file itself",
    ):
        load(write("y.yaml", "extends: x\n"))
    write("p.yaml", "season: 2025-2026\nagainst: q\n")
    with pytest.raises(Exception, match="break the circle"):
        load(write("q.yaml", "season: 2025-2026\nagainst: p\n"))


def test_plan_gives_a_register_for_costs_and_carbon() -> None:
    made = plan(scenario(measures=[{"id": "15fyp-home-01", "scale": 0.5}]))
    table = made.register.table
    assert table["count"].tolist() == [66000.0]
    money = inventory.costs(made.register, draws=100).table
    assert money.loc[money["kind"] == "subsidy", "yuan"].iloc[0] == pytest.approx(660_000_000)
    assert made.costs.set_index("kind").loc["subsidy", "yuan"] == pytest.approx(660_000_000)
    gross = inventory.carbon(made.register, draws=200).total.set_index("what").loc["gross", "p50"]
    assert gross == pytest.approx(66000 * 4.5 * 1.9, rel=0.1)


def test_places_of_the_axis_are_those_of_the_file() -> None:
    assert axis() == tuple(p.id for p in places.load().values() if p.kind != "group")


def test_the_file_of_the_page_is_sound(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "scenarios.md"
    text = page.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    (tmp_path / "page.yaml").write_text(text, encoding="utf-8")
    made = load(tmp_path / "page.yaml")
    cut = cut_of(made, 50)
    assert {"home_heating", "boiler_coal", "kiln", "all", "vehicle_diesel"} <= set(cut.sectors)
    assert "15fyp-diesel-02" not in set(cut.lines["id"])
    table = page.read_text(encoding="utf-8").split("## Worked examples")[1]
    assert all(f"`{name}`" in table for name in ("no-action", *examples()) if name in examples())
