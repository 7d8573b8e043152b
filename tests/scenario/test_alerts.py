"""Alerts: known answers of the box, strength by place, days of a run, ratios and their editions, refusals."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq.errors import AirqError, MissingData, ParameterError
from airq.scenario import load
from airq.scenario.alerts.episodes import balance_episode, worst_episodes
from airq.scenario.alerts.factors import alert_days, daily_factor, residence_nodes
from airq.scenario.alerts.ratios import SPECIES, alert_priors, cut_ratios, edition_in_force
from airq.scenario.alerts.relief import by_day, emitted, relief
from airq.scenario.alerts.simulating import AlertPlan, compare_plans, simulate_plan
from airq.scenario.alerts.strength import acting, basin_strength, reached, remarks, strength
from airq.scenario.baseline import Baseline, baseline_of
from airq.scenario.response_entries import Alert
from airq.scenario.spec import Scenario

PLACES = ("changji", "mori", "urumqi")


@pytest.fixture(scope="module")
def weather() -> Baseline:
    """Three past winters with one episode each, at known days."""
    days = pd.date_range("2016-10-01", "2019-09-30")
    rng = np.random.default_rng(0)
    frames = []
    for place, level in zip(PLACES, (1.0, 0.6, 1.3), strict=True):
        value = 40 + 5 * rng.random(len(days))
        for year, month, day in ((2016, 12, 20), (2018, 1, 10), (2019, 2, 5)):
            middle = (days - pd.Timestamp(year, month, day)).days.to_numpy()
            value = value + 150 * np.exp(-((middle / 3.0) ** 2))
        frames.append(pd.DataFrame({"date": days, "site": place, "pm25": level * value}))
    return baseline_of(pd.concat(frames), weather_years=0, trend=False)


def scenario(**entry: object) -> Scenario:
    one = {"id": "one", "places": "changji-prefecture", "level": "red", "days": 5} | entry
    return Scenario(name="a", season=2025, alerts=[one])


# the box


def test_relief_is_the_box_where_the_level_is_balanced() -> None:
    """C(t+1) = C* + (C − C*)·exp(−λ), both with and without the cut, from the same start."""
    decay, level, cut = 0.7, 120.0, 0.25
    found = relief(np.full(12, level), np.full(12, cut), emitted(level, decay))
    now = level
    for step in range(12):
        if step:  # the first step has no step before it
            now = level * (1 - cut) + (now - level * (1 - cut)) * np.exp(-decay)
    start = np.full(12, level)
    start[0] = level
    expected = 1 - np.exp(-decay * np.arange(1, 13))
    assert np.allclose(found, cut * expected)
    assert level * (1 - found[-2]) == pytest.approx(now, rel=1e-6)


def test_relief_follows_a_box_of_changing_weather() -> None:
    """Forward box, hour by hour with its own ventilation, against what is told from its daily means alone."""
    rng = np.random.default_rng(1)
    state = np.zeros(120)
    for t in range(1, 120):
        state[t] = 0.7 * state[t - 1] + rng.normal(0, 0.5)
    tau = 33 * np.exp(0.5 * state - 0.6)
    on = np.zeros(120)
    on[[*range(30, 35), *range(70, 77)]] = 1

    def box(cut: float) -> np.ndarray:
        now, out = 60.0, []
        for day in range(120):
            keep = np.exp(-1 / tau[day])
            level = 4.0 * tau[day] * (1 - cut * on[day])
            hours = level + (now - level) * keep ** np.arange(1, 25)
            out.append(hours.mean())
            now = hours[-1]
        return np.array(out)

    free, cut = box(0.0), box(0.3)
    true = 1 - cut / free
    found = 0.3 * by_day(free, on, 4.0 * 33, 33.0)
    during = slice(28, 40)
    assert np.corrcoef(true[during], found[during])[0, 1] > 0.97
    assert found[on > 0].mean() == pytest.approx(true[on > 0].mean(), rel=0.1)


@given(
    st.lists(st.floats(0, 500), min_size=3, max_size=20),
    st.floats(0, 1),
    st.floats(1, 200),
    st.floats(5, 100),
)
def test_relief_is_between_nothing_and_the_cut_and_linear(
    values: list[float], cut: float, level: float, hours: float
) -> None:
    daily = np.array(values)
    on = (np.arange(len(daily)) % 3 == 0) * cut
    found = by_day(daily, on, level, hours)
    assert (found >= -1e-12).all() and (found <= cut + 1e-12).all()
    assert np.allclose(by_day(daily, 2 * on, level, hours), 2 * found)


def test_relief_ignores_gaps_and_days_below_background() -> None:
    found = by_day(np.array([100.0, np.nan, -5.0, 100.0, 100.0]), np.ones(5), 100.0, 33.0)
    assert np.isfinite(found).all() and found[-1] > 0.5


def test_windy_days_forget_and_stagnant_ones_remember() -> None:
    on = np.r_[np.ones(4), np.zeros(4)]
    stagnant = by_day(np.full(8, 150.0), on, 150.0, 33.0)
    windy = by_day(np.r_[np.full(4, 150.0), np.full(4, 15.0)], on, 150.0, 33.0)
    assert windy[5] < 0.2 * stagnant[5]


# ratios and editions


def test_ratios_are_those_of_the_rules() -> None:
    assert [cut_ratios(level).of["PM"] for level in ("yellow", "orange", "red")] == [0.1, 0.2, 0.3]
    orange = cut_ratios("orange", "XINJIANG-2019")
    assert orange.of == {"PM": 0.2, "SO2": 0.2, "NOx": 0.2, "VOC": 0.15} and orange.mark == "[C]"
    assert cut_ratios("red", "2019").edition == "ALERT-2019" and set(cut_ratios("red").of) == set(SPECIES)
    assert edition_in_force(dt.date(2018, 6, 1)).id == "ALERT-2019"
    assert edition_in_force(dt.date(2024, 1, 22)).id == "ALERT-2019"
    assert edition_in_force(dt.date(2024, 1, 23)).id == "ALERT-2024"


@pytest.mark.parametrize(
    ("level", "edition", "said"),
    [("purple", "", "purple"), ("red", "ALERT-1999", "ALERT-1999"), ("red", "XINJIANG-2019", "orange only")],
)
def test_unknown_levels_and_editions_are_refused(level: str, edition: str, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        cut_ratios(level, edition)


def test_every_row_of_the_table_has_source_and_mark() -> None:
    for row in alert_priors().rows:
        assert row.source and row.mark.startswith("[") and row.part in ("reach", "air", "species", "ratio", "grade", "published")  # fmt: skip


# strength


def test_planning_strength_is_that_of_the_prototype() -> None:
    """0.68 of the whole at 150 with 15 of background: 0.68 / 0.9 of what is above it."""
    red = basin_strength(Alert(places="changji", level="red", days=5), 4000, 0)
    assert np.median(red) == pytest.approx(0.3 * 0.68 / 0.9, rel=0.03)
    yellow = basin_strength(Alert(places="changji", level="yellow", days=5), 4000, 0)
    assert np.allclose(yellow * 3, red)


def test_only_who_acts_is_felt() -> None:
    together = strength(scenario(), 0, PLACES, 800, 0)
    alone = strength(scenario().model_copy(update={"neighbours": {"*": "frozen"}}), 0, PLACES, 800, 0)
    one = strength(scenario(places="mori"), 0, PLACES, 800, 0)
    assert np.allclose(together, together[:, :1])  # where all of the region acts, it is the same everywhere
    assert (alone < together).all() and (one <= alone + 1e-12).all()
    assert np.median(alone[:, 1]) > np.median(
        alone[:, 2]
    )  # the far county is more its own than Urumqi is the counties'
    others = strength(scenario(places="urumqi, shihezi, wujiaqu, div12"), 0, PLACES, 800, 0)
    assert np.allclose(alone + others, together)  # shares of the two add up to all


def test_who_acts() -> None:
    assert set(acting(scenario(), 0)) > {"changji", "urumqi", "div12"}
    assert acting(scenario(places="fukang, 玛纳斯县"), 0) == ("fukang", "manas")
    two = Scenario(
        name="a", season=2025,
        alerts=[{"places": "changji-prefecture", "level": "red", "days": 5}, {"places": "urumqi", "level": "yellow", "days": 3}],
    )  # fmt: skip
    assert "urumqi" not in acting(two, 0) and acting(two, 1) == ("urumqi",)
    assert "Urumqi" in remarks(scenario(), 0)[0]
    still = scenario(places="urumqi, fukang").model_copy(update={"neighbours": {"*": "frozen"}})
    assert acting(still, 0) == ("fukang",) and "stand still" in remarks(still, 0)[0]


def test_own_cuts_and_compliance() -> None:
    full = Alert(places="changji", level="red", days=5, compliance="100 %", cut={"PM2.5": "40 %"})
    found = reached(full, 2000, 0)
    assert np.median(found) == pytest.approx(0.4 * 0.55, rel=0.05)  # primary PM alone
    every = Alert(places="changji", level="red", days=5, compliance=0.5, cut={"PM": 0.4, "SO2": 0.4, "NOx": 0.4, "VOC": 0.4})  # fmt: skip
    assert np.allclose(reached(every, 50, 0), 0.2)
    nothing = scenario(cut={"CO2": 0.5})
    assert not strength(nothing, 0, PLACES, 20, 0).any() and "none of PM" in " ".join(remarks(nothing, 0))


def test_grades_act_by_grade() -> None:
    def made(plants: dict[str, int], emits: str = "2000 t/yr") -> np.ndarray:
        one = Scenario(
            name="a", season=2025,
            grades=[{"id": "kilns", "place": "changji", "category": "kiln", "plants": plants, "emits": {"PM25": emits}}],
            alerts=[{"places": "changji", "level": "red", "days": 5, "grades": "kilns"}],
        )  # fmt: skip
        return strength(one, 0, ("changji",), 400, 0)[:, 0]

    plain = strength(scenario(places="changji"), 0, ("changji",), 400, 0)[:, 0]
    assert (made({"A": 5}) < plain).all() and (made({"D": 5}) > plain).all()
    assert (made({"A": 2, "D": 2}) < made({"D": 4})).all()
    assert np.allclose(made({"A": 5}, "0 t/yr"), plain)


def test_strength_refuses_with_the_line(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        "season: 2025\nalerts:\n  - places: changji\n    level: red\n    days: 5\n    edition: NO-SUCH\n"
    )
    with pytest.raises(ParameterError, match=r"a\.yaml: line 6: .*NO-SUCH"):
        strength(load(file), 0, ("changji",), 10, 0)
    with pytest.raises(ParameterError, match="atlantis"):
        strength(scenario(), 0, ("atlantis",), 10, 0)


# days of a run


def test_worst_days_are_those_of_each_weather_year(weather: Baseline) -> None:
    made = alert_days(scenario(), weather, 100, 0)
    assert made.held[0].sum(axis=1).tolist() == [5, 5, 5]
    for year, middle in enumerate(("12-20", "01-10", "02-05")):
        at = weather.at(f"2001-{middle}")
        assert np.flatnonzero(made.held[0][year]).tolist() == list(range(at - 2, at + 3))
    early = alert_days(scenario(lead=1, early=2), weather, 100, 0).held[0]
    assert np.flatnonzero(early[0]).tolist() == list(
        range(weather.at("2001-12-20") - 3, weather.at("2001-12-20") + 1)
    )


def test_dates_hold_in_every_weather_year(weather: Baseline) -> None:
    held = alert_days(scenario(start="2026-01-10", days=3, lead=1), weather, 10, 0).held[0]
    assert (held.sum(axis=1) == 4).all() and held[
        :, weather.at("2026-01-09") : weather.at("2026-01-13")
    ].all()


def test_factor_acts_on_its_days_and_fades(weather: Baseline) -> None:
    factor = daily_factor(scenario(), weather, 300, 0)
    assert factor.shape == (300, 3, 3, 365) and factor.dtype == np.float32
    at = weather.at("2001-12-20")
    middle = np.median(factor[:, 0, 0], axis=0)
    assert (middle[: at - 2] == 1).all() and 0.75 < middle[at + 2] < 0.85
    assert middle[at + 2] < middle[at + 3] < middle[at + 5] <= 1 and middle[at + 12] == 1
    assert np.allclose(daily_factor(scenario(), weather, 300, 0), factor)  # the same seed, the same draws
    half = daily_factor(scenario(compliance=0.5), weather, 300, 0)
    full = daily_factor(scenario(compliance=1.0), weather, 300, 0)
    assert np.allclose(1 - full, 2 * (1 - half), atol=1e-5)


def test_paired_and_whole_factors_agree(weather: Baseline) -> None:
    made = alert_days(scenario(), weather, 60, 0)
    year = np.arange(60) % 3
    assert np.allclose(made.paired(year), made.factor()[np.arange(60), year])
    assert np.allclose(made.factor(slice(10, 20)), made.factor()[10:20])
    assert made.days_held.tolist() == [5.0, 5.0, 5.0]


def test_no_alert_changes_nothing(weather: Baseline) -> None:
    assert (daily_factor(Scenario(name="a", season=2025), weather, 5, 0) == 1).all()


def test_more_is_never_less(weather: Baseline) -> None:
    by = {lv: daily_factor(scenario(level=lv), weather, 100, 0) for lv in ("yellow", "orange", "red")}
    assert (by["red"] <= by["orange"]).all() and (by["orange"] <= by["yellow"]).all()
    longer = daily_factor(scenario(lead=2), weather, 100, 0)
    assert (longer <= by["red"] + 1e-6).all()


def test_alerts_of_two_places_add_up(weather: Baseline) -> None:
    def of(*places: str) -> np.ndarray:
        alerts = [{"id": p, "places": p, "level": "red", "start": "2026-01-08", "days": 5} for p in places]
        return 1 - daily_factor(Scenario(name="a", season=2025, alerts=alerts), weather, 40, 0).astype(float)

    assert np.allclose(of("changji", "urumqi"), of("changji") + of("urumqi"), atol=1e-6)


def test_runs_that_cannot_be_made_are_refused(weather: Baseline, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("season: 2025\nalerts:\n  - places: changji\n    level: red\n    days: 199\n")
    with pytest.raises(ParameterError, match=r"a\.yaml: line 5: .*199 days"):
        alert_days(load(file), weather, 10, 0)


def test_residence_nodes_keep_the_spread() -> None:
    node, hours = residence_nodes(4000, 0)
    drawn = alert_priors()["residence"].draws(4000, 0)
    assert np.corrcoef(np.log(hours[node]), np.log(drawn))[0, 1] > 0.97
    assert residence_nodes(1, 0)[1].shape == (9,)


# episodes


def test_red_alert_of_five_days_is_near_the_prototype_and_within_what_is_published() -> None:
    """-14 % of a week at 150; published -11 to -21 %."""
    row = simulate_plan(AlertPlan("red", 0, 5), draws=1000).table.set_index("indicator").loc["mean"]
    assert -17 < row["percent_p50"] < -12 and row["percent_p5"] > -21 and row["percent_p95"] < -11
    others = [
        simulate_plan(AlertPlan(k, 0, 5), draws=1000).table["percent_p50"][0] for k in ("yellow", "orange")
    ]
    assert others == pytest.approx([row["percent_p50"] / 3, row["percent_p50"] * 2 / 3])


def test_an_early_end_costs_the_peak_and_lead_adds_little() -> None:
    table = compare_plans(levels=["red"], begins=[-1, 0, 1, 2], days=[5, 7, 8], draws=400).set_index(
        ["begin", "days"]
    )
    peak, mean = table["peak_p50"], table["mean_p50"]
    assert peak[0, 5] > peak[1, 5] > peak[2, 5]  # the same five days, later: the highest day falls more
    assert peak[0, 5] > -8 and peak[2, 5] < -15
    assert -2 < mean[-1, 8] - mean[0, 7] < 0  # both held to the end
    assert table.loc[(0, 5), "early"] == 2 and table.loc[(0, 7), "early"] == 0


def test_episode_of_the_box_is_as_asked() -> None:
    made = balance_episode(5, 200.0, 20.0)
    assert made.values[0, made.span].mean() == pytest.approx(200) and made.length == 5
    assert (np.diff(made.values[0, made.span]) > 0).all() and made.values[0, -1] < 65
    for bad in ((1, 150.0), (7, 10.0), (7.5, 150.0), (True, 150.0), (7, float("nan"))):
        with pytest.raises(ParameterError):
            balance_episode(*bad)  # type: ignore[arg-type]


def test_worst_episodes_of_weather_years(weather: Baseline) -> None:
    made = worst_episodes(weather, "changji", 5)
    assert made.values[:, made.span].argmax(axis=1).tolist() == [2, 2, 2] and len(made.members) == 3
    found = simulate_plan(scenario().alerts[0], made, 200)
    heavy = found.table.set_index("indicator").loc["heavy_days"]
    assert heavy["without"] == pytest.approx((made.values[:, made.span] > 150).sum(axis=1).mean())
    assert heavy["change_p50"] <= 0 and "weather" in " ".join(found.table.columns)
    with pytest.raises(MissingData, match="fukang"):
        worst_episodes(weather, "fukang")
    with pytest.raises(ParameterError):
        worst_episodes(weather, "changji", 1)


def test_a_place_of_a_scenario_has_its_own_strength(weather: Baseline) -> None:
    alone = scenario(places="mori")
    share = strength(alone, 0, ("changji",), 200, 0)[:, 0]
    far = simulate_plan(alone.alerts[0], worst_episodes(weather, "changji"), 200, strength=share)
    assert -1 < far.table["percent_p50"][0] < 0
    with pytest.raises(ParameterError, match="draws"):
        simulate_plan(AlertPlan("red", 0, 5), draws=20, strength=share)


@pytest.mark.parametrize(
    "plan", [("pink", 0, 5), ("red", 0, -1), ("red", 0.5, 5), ("red", -9, 5), ("red", 0, 5, "ALERT-1999")]
)
def test_plans_that_make_no_sense_are_refused(plan: tuple) -> None:
    with pytest.raises(AirqError) as refused:
        simulate_plan(AlertPlan(*plan), draws=10)
    assert str(refused.value).count("\n") == 0 and str(refused.value).endswith(".")
    with pytest.raises(ParameterError):
        simulate_plan(AlertPlan("red", 0, 5), draws=0)
