"""Past alerts: a known effect is found again, none is not, the planning values move towards it, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from airq.errors import AirqError, MissingData, ParameterError
from airq.scenario.alerts.past import PastAlerts, past_alerts


def winters(effect: float, seed: int = 0, error: float = 0.25, number: int = 7) -> pd.DataFrame:
    """Days whose logarithm falls by ``effect`` under an alert; forecasts issued before."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2014-10-01", f"{2014 + number}-04-30")
    free = 4.4 + 0.6 * np.convolve(rng.standard_normal(len(days) + 4), np.ones(5) / 2.2, "valid")
    forecast = free + error * rng.standard_normal(len(days))
    alert = 3 * ((forecast > 4.9) & (rng.random(len(days)) < 0.6))
    return pd.DataFrame({"date": days, "pm25": np.exp(free - effect * (alert > 0)), "forecast": np.exp(forecast), "alert": alert})  # fmt: skip


@pytest.fixture(scope="module")
def made() -> PastAlerts:
    """The alerts of seven winters, of which each lowers PM2.5 by 0.15 of the logarithm."""
    return past_alerts(winters(0.15), placebos=0)


def test_a_known_effect_is_found_and_the_naive_answer_is_not_it(made: PastAlerts) -> None:
    effect = made.effect
    assert effect.lower <= -0.15 <= effect.upper and effect.upper < 0
    assert effect.naive < -0.25  # observed over forecast on alert days: they were called on high forecasts
    assert made.ratio == pytest.approx(0.3)
    assert made.elasticity[0] < (1 - np.exp(-0.15)) / 0.3 < made.elasticity[2]
    expected, observed, updated = (made.table["p50"][k] for k in range(3))
    assert min(expected, observed) <= updated <= max(expected, observed)
    assert 0 < made.shrinkage < 1 and np.isfinite(made.multiplier).all()


def test_alerts_without_effect_are_not_found_effective() -> None:
    found = [past_alerts(winters(0.0, seed), placebos=0, confidence=0.95).effect for seed in range(4)]
    assert sum(f.p_value < 0.05 for f in found) <= 1
    assert abs(np.mean([f.estimate for f in found])) < 0.03


def test_no_episode_is_given_an_effect_of_its_own(made: PastAlerts) -> None:
    assert not {"effect", "estimate", "change"} & set(made.effect.episodes.columns)
    assert "no single episode" in " ".join(made.notes) and "expected" in made._repr_html_()


def test_levels_as_names_and_numbers(made: PastAlerts) -> None:
    frame, red = winters(0.15), made
    same = past_alerts(frame.assign(alert=frame["alert"] > 0), level="red", placebos=0)
    assert same.table.equals(red.table)
    orange = past_alerts(frame.assign(alert=frame["alert"].clip(upper=2)), placebos=0)
    assert orange.ratio == pytest.approx(0.2) and orange.effect.estimate == red.effect.estimate
    assert orange.table["p50"][0] == pytest.approx(red.table["p50"][0] * 2 / 3, rel=0.1)


def test_sites_of_one_region_are_taken_together(made: PastAlerts) -> None:
    one = winters(0.15)
    rng = np.random.default_rng(3)
    sites = [one.assign(site=s, pm25=one["pm25"] * f * np.exp(0.05 * rng.standard_normal(len(one))), forecast=one["forecast"] * f) for s, f in (("changji", 1.0), ("fukang", 0.8))]  # fmt: skip
    both = past_alerts(pd.concat(sites), placebos=0)
    assert both.effect.estimate == pytest.approx(made.effect.estimate, abs=0.02)
    sites[1] = sites[1].assign(alert=0)
    with pytest.raises(ParameterError, match="alerts of their own"):
        past_alerts(pd.concat(sites), placebos=0)


def test_what_cannot_be_judged_is_refused_in_one_sentence() -> None:
    frame = winters(0.15)
    cases = [
        (frame.drop(columns="forecast"), {}, MissingData),
        (frame.assign(alert=7 * (frame["alert"] > 0)), {}, ParameterError),
        (frame.assign(alert=frame["alert"] > 0), {}, ParameterError),
        (frame, {"level": "pink"}, ParameterError),
        (frame, {"edition": "NO-SUCH"}, ParameterError),
        (frame.assign(alert=0), {}, MissingData),
        (frame[frame["date"] < "2015-05-01"], {}, MissingData),
    ]
    for given, options, kind in cases:
        with pytest.raises(kind) as refused:
            past_alerts(given, placebos=0, **options)
        assert isinstance(refused.value, AirqError) and "\n" not in str(refused.value)
