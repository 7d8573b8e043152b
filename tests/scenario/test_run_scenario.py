"""Whole runs: paired, exact where nothing is done, refused in one sentence, near the published examples."""

import json

import numpy as np
import pandas as pd
import pytest
from small_archive import fill

from airq import scenario
from airq.errors import MissingData, ParameterError
from airq.inventory import schema
from airq.observations import Archive
from airq.scenario.judging import Judge, rows_for
from airq.scenario.response import response
from airq.targets import parse

DRAWS = 200


def days(sites, first="2013-10-01", last="2025-12-31", seed=0):
    rng = np.random.default_rng(seed)
    time = pd.date_range(first, last)
    cold = 0.5 + 0.5 * np.cos(2 * np.pi * (np.asarray(time.day_of_year) - 15) / 365)
    still = np.repeat(rng.normal(size=len(time) // 6 + 1), 6)[: len(time)]
    frames = []
    for k, site in enumerate(sites):
        pm25 = (14 + 62 * cold) * np.exp(0.45 * still + rng.normal(0, 0.15, len(time)) - 0.15 * k)
        frames.append(
            pd.DataFrame(
                {"date": time, "site": site, "pm25": pm25, "pm10": 1.6 * pm25 + 8, "so2": 5 + 6 * cold, "no2": 18 + 24 * cold, "co": 0.4 + 0.8 * cold, "o3": 60 + 60 * (1 - cold)}
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def air():
    return scenario.baseline_of(days(("changji", "fukang", "mori")), weather_years=14)


def test_no_action_changes_nothing(air):
    made = scenario.run("no-action", draws=50, baseline=air)
    changes = made.table[["change_p5", "change_p50", "change_p95", "change_mean"]]
    assert (changes == 0).all(axis=None) and (made.targets["change"].dropna() == 0).all()
    assert (made.deaths[["p5", "p95"]] == 0).all(axis=None) and made.causes.empty
    assert made.cost.empty


def test_the_small_examples_stand_near_the_prototype_and_are_not_detectable(air):
    both = scenario.run("30-boilers-741-trucks", draws=1000, baseline=air, brief=True).of("pm25")
    assert -0.35 < both["change_p50"] < -0.15  # -0.23 [-0.80, -0.07]
    assert -1.3 < both["change_p5"] < -0.5 and -0.12 < both["change_p95"] < -0.04
    assert both["detectable"] is False and both["minimum_detectable"] > 1
    trucks = {"season": "2025-2026", "measures": [{"id": "2025-diesel-01"}]}
    small = scenario.run(trucks, draws=1000, baseline=air, brief=True).of("pm25")
    assert -0.04 < small["change_p50"] < -0.005  # -0.02 [-0.06, -0.01]


def test_a_red_alert_of_five_days_takes_about_a_seventh_of_the_episode(air):
    made = scenario.run("red-alert-5-days", draws=DRAWS, baseline=air, brief=True)
    row = made.alerts.set_index("place").loc["changji"]
    assert row["alert_days"] == 5
    assert -21 < row["episode_p50"] < -11  # published -11 to -21 %
    assert row["peak_after"] < row["peak_before"]
    assert made.of("heavy_days")["change_mean"] <= 0 and made.of("so2")["change_p5"] == 0
    assert made.of("pm25", period="2026")["change_p50"] < 0


def test_a_result_is_reproducible_and_plain(air):
    one, two = (
        scenario.run("30-boilers-741-trucks", 3, draws=60, baseline=air, brief=b) for b in (False, True)
    )
    pd.testing.assert_frame_equal(one.table, two.table)
    text = json.dumps(one.to_dict(), allow_nan=False, ensure_ascii=False)
    assert "30台" in text and one._repr_html_().startswith("<h3>30 boilers")
    assert not one.causes.empty and one.causes["share"].between(0, 1).all()
    assert set(one.co2["what"]) >= {"gross 2026", "gross, full effect"}
    other = scenario.run("30-boilers-741-trucks", 4, draws=60, baseline=air, brief=True)
    assert other.of("pm25")["change_p50"] != one.of("pm25")["change_p50"]


def test_more_cut_is_cleaner_in_every_draw_and_growth_is_not(air):
    def of(size):
        cut = {
            "id": "x",
            "category": "home_heating",
            "places": "changji",
            "tonnes": {"PM25": size},
            "start": 2024,
        }
        return scenario.run({"season": "2025-2026", "measures": [cut]}, draws=DRAWS, baseline=air, brief=True)

    small, large = of("100 t/yr"), of("800 t/yr")
    for column in ("change_p5", "change_p50", "change_p95"):
        assert large.of("pm25")[column] < small.of("pm25")[column] < 0
        assert large.of("good_days")[column] >= small.of("good_days")[column] >= 0
        assert large.of("heavy_days")[column] <= small.of("heavy_days")[column] <= 0
    assert (large.deaths["p50"] > small.deaths["p50"]).all()
    # What one place cuts is felt less further off.
    fall = large.table.query("indicator == 'pm25' and period == '2025-2026'").set_index("place")["change_p50"]
    assert fall["changji"] < fall["fukang"] < fall["mori"] < 0
    growth = {"category": "home_heating", "places": "changji", "by": "20 %", "start": 2025}
    worse = scenario.run({"season": "2025-2026", "growth": [growth]}, draws=DRAWS, baseline=air, brief=True)
    assert worse.of("pm25")["change_p50"] > 0 and worse.of("good_days")["change_mean"] < 0


def test_the_season_falls_by_what_the_response_says(air):
    made = scenario.run("30-boilers-741-trucks", draws=DRAWS, baseline=air, brief=True)
    cut = scenario.cut_of(scenario.load("30-boilers-741-trucks"), DRAWS, 0)
    sectors = tuple(dict.fromkeys((*schema.words("category"), *cut.sectors)))
    want = response(DRAWS, 0, cut.places, sectors).season(cut)[:, cut.places.index("changji")]
    row = made.of("pm25")
    np.testing.assert_allclose(
        [row["change_p50"], row["change_mean"]], [np.median(want), want.mean()], rtol=0.01
    )


def test_a_scenario_against_another_is_their_difference(air, tmp_path):
    def text(size, against=""):
        return f"season: 2025-2026\nmeasures:\n  - {{id: x, category: home_heating, places: changji, tonnes: {{PM25: {size} t/yr}}, start: 2024}}\n{against}"  # fmt: skip

    (tmp_path / "less.yaml").write_text(text(100), encoding="utf-8")
    (tmp_path / "more.yaml").write_text(text(300, "against: less.yaml\n"), encoding="utf-8")
    (tmp_path / "alone.yaml").write_text(text(300), encoding="utf-8")
    less, more, alone = (scenario.run(tmp_path / f"{n}.yaml", draws=DRAWS, baseline=air, brief=True) for n in ("less", "more", "alone"))  # fmt: skip
    same = ("pm25", "changji", "2025-2026")
    assert more.of(*same)["scenario_p50"] == pytest.approx(alone.of(*same)["scenario_p50"], rel=1e-9)
    assert more.of(*same)["baseline_p50"] == pytest.approx(less.of(*same)["scenario_p50"], rel=1e-9)
    assert alone.of(*same)["change_p50"] < more.of(*same)["change_p50"] < 0


def test_targets_are_judged_on_the_same_draws(air):
    plan = {"season": "2024-2025", "measures": [{"id": "15fyp-home-01"}]}
    made = scenario.run(plan, draws=DRAWS, baseline=air, brief=True)
    rows = made.targets.set_index("id")
    assert {"changji-2025-good-days", "changji-2025-pm-falling"} <= set(rows.index)
    good = rows.loc["changji-2025-good-days"]
    assert 0 <= good["before"] <= good["after"] <= 1 and good["change"] == pytest.approx(
        good["after"] - good["before"]
    )
    assert good["judged_in"] == good["year"] == 2025
    # Its base year stands in the frame.
    assert rows.loc["changji-2025-pm-falling", "reason"] == ""


def test_a_target_takes_its_base_from_the_archive_and_says_what_is_missing(air):
    judge = Judge(air.frame, lambda *a: np.full((2, 3), 310.0), lambda *a: np.full((2, 3), 40.0), (2025,))
    base = air.frame[(air.frame["site"] == "changji") & (air.frame["date"].dt.year == 2020)]["pm25"].mean()
    for by, met in ((40.01 / base - 1, True), (39.99 / base - 1, False)):
        row = {"kind": "mean", "pollutant": "pm25", "change": {"from": 2020, "by": by}, "year": 2025}
        assert judge.met(parse(row), "changji", 2025, True).all() == met
    old = parse({"kind": "mean", "pollutant": "pm25", "change": {"from": 2001, "by": -0.1}, "year": 2025})
    with pytest.raises(MissingData, match="0 days of changji in 2001"):
        judge.met(old, "changji", 2025, True)
    heavy = parse({"kind": "heavy_days", "at_most": 55, "year": 2025})
    assert judge.met(heavy, "changji", 2025, True).all()
    ratio = parse({"kind": "good_ratio", "at_least": 0.85, "year": 2025})
    assert not judge.met(ratio, "changji", 2025, True).any()
    both = parse({"year": 2025, "all_of": [{"kind": "good_days", "at_least": 300}, {"kind": "mean", "pollutant": "pm25", "at_most": 39}]})  # fmt: skip
    assert not judge.met(both, "changji", 2025, True).any()


def test_rows_of_the_next_years_stand_in_where_none_is_of_the_year():
    ids = [r.id for r in rows_for(("changji",), (2026,), ())]
    assert "gb3095-2026-transition-pm25" in ids and "gb3095-2026-final-pm25" not in ids
    assert "prefecture-2030-pm25-falling" in ids


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"season": "2025-2026", "places": "urumqi"}, "hold none of urumqi; they hold changji, fukang, mori"),
        ({"season": "2025-2026", "measures": [{"id": "no-such"}]}, "no-such"),
        ({"season": "2025-2026", "weather": {"years": [1999]}}, "weather.years"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_sentence(air, tmp_path, given, message):
    with pytest.raises((ParameterError, MissingData), match=message.replace(".", r"\.")) as caught:
        if "weather" in given:
            scenario.baseline_of(air.frame, scenario=scenario.load(given))
        scenario.run(given, draws=30, baseline=air)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value"), [("draws", 3), ("draws", 2.5), ("seed", -1), ("weather_years", -2)]
)
def test_numbers_that_are_none_are_refused(air, key, value):
    given = {key: value} if key != "weather_years" else {}
    with pytest.raises(ParameterError, match=f"{key} is"):
        if key == "weather_years":
            scenario.baseline_of(air.frame, weather_years=value)
        scenario.run("no-action", baseline=air, **given)


def test_an_empty_archive_says_what_to_do(tmp_path):
    with pytest.raises(MissingData, match="airq simulate"):
        scenario.run("no-action", archive=tmp_path / "none")


def test_an_archive_of_few_months_is_run_with_what_it_has(tmp_path):
    archive = fill(Archive(tmp_path / "archive"), "2025-10", "2026-04", ("changji", "qitai"))
    made = scenario.run("30-boilers-741-trucks", draws=40, archive=archive, weather_years=3, brief=True)
    assert made.simulated and set(made.table["place"]) == {"changji", "qitai"}
    assert any("mori" in n for n in made.notes) and any("spread is too small" in n for n in made.notes)
