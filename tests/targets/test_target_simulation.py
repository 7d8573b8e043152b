"""Simulated years: the shortcut of counting against the rule book, reproducibility, dependence, missing pollutants."""

from __future__ import annotations

import numpy as np
import pytest
from target_frames import made

from airq import standards
from airq.targets import level, pooling
from airq.targets.climate import YearTable
from airq.targets.engine import know
from airq.targets.index import highest, resolution
from airq.targets.paths import Pool, draw
from airq.targets.series import sites_of
from airq.targets.simulation import simulate
from airq.variables import POLLUTANTS

ASOF = np.datetime64("2018-08-31")


def simulated(frame, standard="GB3095-2012", draws=120):  # type: ignore[no-untyped-def]
    known = know(sites_of(frame, ASOF), "A", ASOF)
    year = simulate(known, 2018, draws, 3)
    values = {}
    for v, name in enumerate(known.names):
        lasting, fading = year.level("half", v)
        step = resolution(name, known.values[:, v])
        paths = np.exp(year._base(v) + lasting[:, None] + fading[None, :]).astype(float)
        values[name] = np.round(np.round(paths / step) * step, 3)
    return year, values, standard


@pytest.mark.parametrize(("standard", "edition"), [("GB3095-2012", "2012"), ("GB3095-2026", "2026")])
@pytest.mark.parametrize("threshold", [100.0, 150.0, 200.0])
def test_days_are_counted_as_by_the_exact_index(
    site_frame, standard: str, edition: str, threshold: float
) -> None:  # type: ignore[no-untyped-def]
    year, values, _ = simulated(site_frame)
    exact = standards.aqi(values, "24h", edition).value
    flags = year.above(threshold, standard, "half")
    assert flags.shape == exact.shape == (120, 122)
    # A value exactly half way between two steps may fall on either side in float32.
    assert (flags != (exact > threshold)).mean() < 2e-4
    assert 0.02 < flags.mean() < 0.98 or threshold > 100


def test_a_given_index_keeps_its_ratio_to_the_concentrations(site_frame) -> None:  # type: ignore[no-untyped-def]
    higher = site_frame.assign(aqi=np.round(site_frame["aqi"] * 1.3))
    plain, _, _ = simulated(site_frame)
    lifted, values, _ = simulated(higher)
    exact = standards.aqi(values, "24h", "2012").value
    flags = lifted.above(100.0, "GB3095-2012", "half")
    assert flags.mean() > plain.above(100.0, "GB3095-2012", "half").mean() + 0.05
    assert flags.mean() == pytest.approx((np.round(exact * 1.3) > 100).mean(), abs=0.02)


def test_highest_concentration_is_the_rule_book_s() -> None:
    for edition in ("2012", "2026"):
        for name in POLLUTANTS:
            for threshold in (50, 100, 150, 200, 300):
                top = highest(name, threshold, edition)
                if np.isinf(top):  # the 2026 edition gives ozone no index above 300
                    assert (name, edition, threshold) == ("o3", "2026", 300)
                    continue
                step = 0.01 if name == "co" else 0.1
                assert standards.iaqi(name, top, "24h", edition) <= threshold
                above = standards.iaqi(name, round(top + step, 2), "24h", edition)
                assert above > threshold or np.isnan(above)


def test_the_same_seed_gives_the_same_paths_and_fewer_pollutants_do_not_move_them(site_frame) -> None:  # type: ignore[no-untyped-def]
    first, again = (simulated(site_frame)[0] for _ in range(2))
    assert (first.above(100.0, None, "full") == again.above(100.0, None, "full")).all()
    assert (first.means("pm25", "zero") == again.means("pm25", "zero")).all()


def test_pollutants_keep_their_dependence(site_frame) -> None:  # type: ignore[no-untyped-def]
    year, values, _ = simulated(site_frame)
    names = list(values)
    past = year.known.pool.residual
    seen = np.corrcoef(past[:, names.index("pm25")], past[:, names.index("pm10")])[0, 1]
    paths = [year._base(names.index(p)) - year.normal[:, names.index(p)] for p in ("pm25", "pm10")]
    got = np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(*paths, strict=True)])
    assert got == pytest.approx(seen, abs=0.15)


def test_spread_of_a_day_is_that_of_the_past(site_frame) -> None:  # type: ignore[no-untyped-def]
    year, _, _ = simulated(site_frame, draws=400)
    paths = year._base(0) - year.normal[:, 0]
    assert paths.std() == pytest.approx(float(year.known.pool.residual[:, 0].std()), rel=0.12)


def test_days_with_a_gap_take_the_nearest_complete_day() -> None:
    days = np.arange(np.datetime64("2016-01-01"), np.datetime64("2018-01-01"))
    values = np.exp(np.random.default_rng(0).normal(size=(days.size, 2)) * 0.3) * 40
    values[100:104, 1] = np.nan
    pool = Pool.of(days, values, YearTable.of(days, values).normal(2018)[0])
    assert np.isfinite(pool.residual).all() and not pool.complete[100:104].any()
    assert (pool.residual[100] == pool.residual[99]).all() and (
        pool.residual[103] == pool.residual[104]
    ).all()


def test_blocks_start_near_their_calendar_day() -> None:
    days = np.arange(np.datetime64("2014-01-01"), np.datetime64("2018-03-01"))
    values = np.exp(np.random.default_rng(0).normal(size=(days.size, 1)) * 0.3) * 40
    pool = Pool.of(days, values, YearTable.of(days, values).normal(2018)[0])
    coming = np.arange(np.datetime64("2018-03-01"), np.datetime64("2018-05-01"))
    made_ = draw(pool, coming, 200, np.random.default_rng(0))
    start = made_.source[:100, 0]
    away = np.abs(pool.slots[start] - pool.slots[0] - 60)
    assert away.max() <= 16 and np.unique(days[start].astype("datetime64[Y]")).size > 2
    assert (np.diff(made_.source[:100, :10], axis=1) == 1).all()


def test_coefficients_are_fitted_to_many_sites_and_shipped_for_one() -> None:
    frames = {
        f"S{i}": made("2014-01-01", "2017-12-31", f"S{i}", seed=i, trend=-0.12, aqi=False) for i in range(6)
    }
    sites = sites_of(frames)
    many = know(sites, "S0", np.datetime64("2017-12-31"))
    assert many.coefficients.source.startswith("6 sites") and many.sites == 6
    assert -0.15 < many.coefficients.drift[0] < -0.06 and many.choice(("pm25",))[0] == "full"
    alone = know({"S0": sites["S0"]}, "S0", np.datetime64("2017-12-31"))
    assert (alone.coefficients.correlation == level.shipped().correlation).all()
    one_year = know({"S0": sites["S0"]}, "S0", np.datetime64("2014-12-31"))
    assert one_year.choice(("pm25",))[0] == "zero" and not one_year.records


def test_drift_is_zero_where_the_past_did_not_fall() -> None:
    frames = {
        f"S{i}": made("2014-01-01", "2017-12-31", f"S{i}", seed=i, trend=0.0, aqi=False) for i in range(6)
    }
    known = know(sites_of(frames), "S0", np.datetime64("2017-12-31"))
    assert abs(known.coefficients.drift[0]) < 0.04
    assert pooling.preferred({"zero": -1.0, "half": -1.0, "full": -1.0}) == "half"
