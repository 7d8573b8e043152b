"""The response: known answers of its parts, linearity, pairing of draws, what an observation can and cannot say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq.errors import AirqError
from airq.scenario.box import box
from airq.scenario.kernel import distances, kernel
from airq.scenario.level import level
from airq.scenario.priors import Priors
from airq.scenario.response import equivalent, response
from airq.scenario.tonnes import Cut
from airq.scenario.updating import Observed, updated

PLACES = ("changji", "fukang", "mori", "urumqi")
SECTORS = ("home_heating", "power_plant")


def cut(tonnes: float, sector: int = 0, source: int = 0, draws: int = 400, pollutant: str = "PM25") -> Cut:
    """So many tonnes cut evenly over the heating season of 2025-2026 at one place."""
    months = pd.period_range("2025-10", "2026-12", freq="M")
    heating = np.array([17 / 31, 1, 1, 1, 1, 1, 15 / 30, *[0] * 8])
    days = heating * months.days_in_month.to_numpy()
    values = np.zeros((draws, len(PLACES), len(SECTORS), 2, len(months)))
    at = ("PM25", "SO2").index(pollutant)
    values[:, source, sector, at] = tonnes * days / days.sum()
    season = values.sum(axis=-1)
    return Cut(values, PLACES, SECTORS, ("PM25", "SO2"), months, pd.DataFrame(), (), heating, season)


def test_box_is_the_volume_of_the_basin() -> None:
    assert float(box(50, 274, 1.3)) == pytest.approx(1e15 / (50e3 * 274 * 1.3 * 182 * 86400))
    assert float(box(46, 274, 1.3)) == pytest.approx(3.881, abs=5e-4)


def test_distances_and_kernel() -> None:
    km = distances(("changji", "urumqi"))
    assert km[0, 1] == pytest.approx(31.9, abs=0.5) and km[0, 0] == 0
    one = kernel(PLACES, 300, 0)
    assert (np.diagonal(one, axis1=1, axis2=2) == 1).all() and (one <= 1).all() and (one > 0).all()
    assert np.allclose(one, one.transpose(0, 2, 1))
    middle = np.median(one[:, 0, PLACES.index("urumqi")])
    assert middle == pytest.approx((1 + km[0, 1] / 30) ** -1.5, rel=0.1)


def test_every_prior_has_source_mark_and_interval() -> None:
    held = Priors.load()
    for row in held.rows:
        assert row.source and row.mark.startswith("[")
        if row.used and np.isfinite(row.value) and row.unit != "log":
            assert row.low <= row.value <= row.high and (row.sd > 0 or row.name == "PM25"), row.name
            draws = row.draws(20_000, 0)
            share = ((draws >= row.low) & (draws <= row.high)).mean()
            assert row.sd == 0 or share > 0.86, row.name  # 90 % for a symmetric interval


def test_level_lies_within_its_evidence_and_scales_with_it() -> None:
    made = level(20_000, 0)
    used = made.evidence[made.evidence["used"]]
    assert used["middle"].min() < made.pooled[1] < used["middle"].max()
    assert used["weight"].sum() == pytest.approx(1)
    twice = level(20_000, 0, scale=2.0)
    assert twice.pooled[1] / made.pooled[1] == pytest.approx(2, rel=0.03)
    same = level(20_000, 0)
    assert (same.draws == made.draws).all()


def test_small_examples_of_the_documents_are_near_the_prototype() -> None:
    from airq.scenario.spec import Scenario
    from airq.scenario.tonnes import cut_of

    for key, low, high in (("2025-boiler-01", 0.07, 0.80),):
        one = cut_of(Scenario(name="a", season=2025, measures=[{"id": key}]), draws=2000)
        made = response(2000, 0, one.places, one.sectors)
        change = -made.season(one)[:, one.places.index("changji")]
        assert low < np.median(change) < high
        assert (
            0.5 * low < np.quantile(change, 0.05) < low * 2
            and 0.5 * high < np.quantile(change, 0.95) < high * 2
        )


def test_effect_is_linear_paired_and_negative() -> None:
    made = response(400, 0, PLACES, SECTORS, observed=False)
    small, large = made.effect(cut(100)), made.effect(cut(300))
    assert np.allclose(3 * small, large) and (small <= 0).all()
    both = replace(cut(100), values=cut(100).values + cut(50, source=1).values)
    assert np.allclose(made.effect(both), small + made.effect(cut(50, source=1)))
    heating = small[:, 0, 1:6]
    assert np.allclose(heating.mean(axis=1), made.season(cut(100))[:, 0], rtol=0.02)
    # 100 t in the season at the level k of Changji City itself
    own = response(400, 0, ("changji",), ("x",), observed=False)
    assert np.allclose(own.rates[:, 0, 0, 0] / 0.182, own.level * own.rates[:, 0, 0, 0] / (own.level * 0.182))
    assert np.quantile(own.rates[:, 0, 0, 0] / 0.182 / own.level, 0.5) == pytest.approx(1, rel=0.1)


def test_receptors_feel_what_the_kernel_carries() -> None:
    made = response(400, 0, PLACES, SECTORS, observed=False)
    from_own = made.season(cut(100, source=0))
    from_mori = made.season(cut(100, source=2))
    assert (from_mori[:, 0] > from_own[:, 0]).all()  # less of a fall
    assert np.allclose(from_mori[:, 0] / from_own[:, 0], made.kernel[:, 0, 2])


def test_tall_stacks_and_secondary_particles_count_less() -> None:
    made = response(4000, 0, PLACES, SECTORS, observed=False)
    low, tall = made.season(cut(100, 0, draws=4000))[:, 0], made.season(cut(100, 1, draws=4000))[:, 0]
    assert np.median(tall / low) == pytest.approx(0.5, rel=0.1)
    so2 = made.season(cut(100, draws=4000, pollutant="SO2"))[:, 0]
    assert np.allclose(so2 / low, made.weights["SO2"]) and np.median(so2 / low) == pytest.approx(
        0.15, rel=0.05
    )


@given(k=st.floats(0.5, 12), seed=st.integers(0, 100))
def test_a_clear_observation_finds_the_level(k: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    prior = np.exp(rng.normal(np.log(3), 1.0, 20_000))
    nothing = np.zeros(20_000)
    seen = Observed(-k * 4, 0.3, np.full(20_000, 4.0), nothing, nothing)
    made = updated(prior, seen, seed)
    low, high = np.quantile(made.draws, (0.001, 0.999))
    assert low < k < high and made.shrinkage > 0.6


def test_an_observation_without_information_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    prior = np.exp(rng.normal(1, 0.5, 20_000))
    wide = Observed(-5.0, 500.0, np.full(20_000, 4.0), np.zeros(20_000), np.zeros(20_000))
    made = updated(prior, wide)
    assert abs(made.shrinkage) < 0.02 and made.effective > 19_000
    assert np.median(made.draws) == pytest.approx(np.median(prior), rel=0.02)


def test_official_change_is_shown_with_its_shrinkage() -> None:
    made = response(1000, 0, PLACES, SECTORS)
    assert made.update is not None and made.update.table["what"].tolist() == ["prior", "posterior"]
    assert 0 < made.update.shrinkage < 0.6 and len(made.level) == 1000
    assert (
        response(20, 0, made.places, made.sectors).update.shrinkage > 0
    )  # few draws add no chance of their own
    before, after = made.update.table["k_middle"]
    assert after > before  # the fall was larger than the register alone explains


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (lambda n: Observed(np.nan, 1.0, n, n, n), "tells nothing"),
        (lambda n: Observed(-5.0, 0.0, n, n, n), "tells nothing"),
        (lambda n: Observed(-500.0, 0.1, n, n, n), "hardly a draw"),
        (lambda n: Observed(-5.0, 1.0, n[:5], n, n), r"tonnes has the shape \(5,\)"),
    ],
)
def test_observations_that_cannot_be_used(seen, said: str) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(AirqError, match=said) as caught:
        updated(np.exp(rng.normal(1, 0.3, 1000)), seen(rng.random(1000)))
    assert len(str(caught.value).splitlines()) == 1


def test_a_cut_of_another_kind_is_refused() -> None:
    made = response(400, 0, PLACES, SECTORS, observed=False)
    for other, said in (
        (cut(1, draws=3), "3 draws"),
        (replace(cut(1), places=("changji",)), "different places"),
        (replace(cut(1), sectors=("kiln", "x")), "sector 'kiln'"),
    ):
        with pytest.raises(AirqError, match=said):
            made.effect(other)


def test_broken_rows_are_named(tmp_path: Path) -> None:
    head = "part,name,value,low,high,unit,transfer,used,mark,source\n"
    for row, said in (
        ("weight,SO2,x,1,2,,,yes,[B],me", "line 2, column value: 'x'"),
        ("weight,SO2,3,1,2,,,yes,[B],me", "not between"),
        ("weight,SO2,1,0,2,,,yes,[B],me", "must be above 0"),
        ("weight,SO2,1,1,2,,,yes,,me", "has no mark"),
        ("weight,SO2,1,1,2,,,yes,[B],me\nweight,SO2,1,1,2,,,yes,[B],me", "line 3: prior 'SO2' stands twice"),
    ):
        file = tmp_path / "own.csv"
        file.write_text(head + row + "\n", encoding="utf-8")
        with pytest.raises(AirqError, match=said):
            Priors.load(file)


def test_equivalent_counts_only_weighted_pollutants() -> None:
    tonnes = np.ones((2, 1, 1, 3))
    weights = {"PM25": np.ones(2), "SO2": np.array([0.1, 0.2])}
    assert equivalent(tonnes, ("PM25", "SO2", "CO2"), weights).ravel().tolist() == [1.1, 1.2]
