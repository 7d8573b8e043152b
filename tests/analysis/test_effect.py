"""Effect of measures on series with a known step: found, sized, refused; bad input in one sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from airq import analysis
from airq.analysis.effect.detectable import detectable
from airq.analysis.effect.inputs import daily
from airq.analysis.effect.model import PlaceboSize, judged
from airq.analysis.effect.noise import Grid, base_columns
from airq.analysis.effect.simplex import simplex_weights
from airq.analysis.effect.synthetic import fit_synthetic
from airq.analysis.effect.timeline import placebo_starts, step_columns
from airq.analysis.effect.weather import adjusted
from airq.errors import AirqError, MissingData, ParameterError

DATE = pd.Timestamp("2019-10-15")
DAYS = pd.date_range("2016-06-01", "2021-12-31")


def walk(rng: np.random.Generator, n: int, memory: float, sd: float) -> np.ndarray:
    out = np.zeros(n)
    for k in range(1, n):
        out[k] = memory * out[k - 1] + rng.standard_normal()
    return sd * np.sqrt(1 - memory**2) * out


def region(
    effect: float = -0.3, sites: int = 6, seed: int = 0, days: pd.DatetimeIndex = DAYS
) -> pd.DataFrame:
    """Days of several sites that share weather; the first is treated."""
    rng = np.random.default_rng(seed)
    season = 0.5 * np.cos(2 * np.pi * days.day_of_year.to_numpy() / 365.25)
    wind = rng.gamma(4, 0.6, len(days))
    common, parts = walk(rng, len(days), 0.8, 0.3), []
    for k in range(sites):
        own = walk(rng, len(days), 0.6, 0.15)
        log = 4 + season + common - 0.4 * np.log(wind) + own + effect * ((k == 0) & (days >= DATE))
        aim = rng.integers(0, 361, len(days))
        part = {"date": days, "site": f"S{k}", "pm25": np.exp(log), "wind_speed": wind, "wind_direction": aim}
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def sites() -> pd.DataFrame:
    return region()


@pytest.fixture(scope="module")
def own(sites: pd.DataFrame) -> pd.DataFrame:
    return sites[sites["site"] == "S0"]


METHODS = (analysis.interrupted_series, analysis.unobserved_components)


@pytest.mark.parametrize("method", METHODS)
def test_a_step_is_found_with_all_that_must_stand_beside_it(method, own: pd.DataFrame) -> None:
    found = method(own, "pm25", DATE, weather=["wind_speed"])
    assert abs(found.estimate + 0.3) < 0.1 and found.lower < -0.3 < found.upper
    assert found.blocked_r2 > 0.2 and found.site == "S0"
    assert found.placebo.tried >= 20 and 0 <= found.placebo.share <= 0.4 and found.placebo.widening >= 1
    low, high = found.identification
    assert low <= found.estimate <= high and found.minimum_detectable > 2 * found.standard_error
    row = found.to_frame().iloc[0]
    assert (
        row["percent"] == pytest.approx(100 * np.expm1(found.estimate))
        and row["placebo_dates"] == found.placebo.tried
    )
    treated = found.weeks[found.weeks["week"] >= 0]
    assert np.log(treated["adjusted"] / treated["counterfactual"]).to_numpy() == pytest.approx(found.estimate)
    assert found.weeks.loc[found.weeks["week"] < 0, "counterfactual"].isna().all()
    assert "smallest detectable" in found._repr_html_()


def test_order_duplicates_and_hours_change_nothing(own: pd.DataFrame) -> None:
    plain = analysis.interrupted_series(own, "pm25", DATE)
    mixed = pd.concat([own.sample(frac=1, random_state=0), own.iloc[:5]])
    again = analysis.interrupted_series(mixed, "pm25", DATE)
    assert again.estimate == pytest.approx(plain.estimate, abs=1e-12) and "5 rows repeat" in again.notes[0]
    hours = own.loc[own.index.repeat(24)].assign(
        time=pd.date_range(DAYS[0] + pd.Timedelta(hours=1), periods=24 * len(DAYS), freq="h")
    )
    as_hours = analysis.interrupted_series(hours.drop(columns="date"), "pm25", "2019-10-15")
    assert as_hours.estimate == pytest.approx(plain.estimate, abs=1e-9)


def test_a_deweathered_series_is_a_column_like_any_other(own: pd.DataFrame) -> None:
    light = adjusted(daily(own, "pm25", ["wind_speed"]))
    given_ready = own.assign(normalised=np.exp(light.log))
    one = analysis.unobserved_components(given_ready, "normalised", DATE)
    two = analysis.unobserved_components(own, "pm25", DATE, weather=["wind_speed"])
    assert one.estimate == pytest.approx(two.estimate, abs=1e-9) and np.isnan(one.blocked_r2)


def test_a_measure_that_ends_is_told_from_what_stays() -> None:
    frame = region(0.0, 1, 3)
    inside = (frame["date"] >= DATE) & (frame["date"] < DATE + pd.Timedelta(days=84))
    frame.loc[inside, "pm25"] *= np.exp(-0.6)
    found = analysis.unobserved_components(
        frame, "pm25", DATE, until=DATE + pd.Timedelta(days=84), weather=["wind_speed"]
    )
    assert abs(found.estimate + 0.6) < 0.2 and found.verdict == "fell"
    assert found.weeks["counterfactual"].notna().sum() == 12


def test_synthetic_control_finds_the_step_and_its_donors(sites: pd.DataFrame) -> None:
    found = analysis.synthetic_control(sites, "pm25", DATE, "S0")
    assert abs(found.estimate + 0.3) < 0.05 and abs(found.mean_gap + 0.3) < 0.05 and found.verdict == "fell"
    assert (
        found.weights.sum() == pytest.approx(1) and (found.weights >= 0).all() and "S0" not in found.weights
    )
    assert {"mean gap", "equal weights", "with drift"} <= set(found.specifications["name"])


def test_treated_donors_are_left_out(sites: pd.DataFrame) -> None:
    hit = sites.copy()
    hit.loc[(hit["site"] == "S2") & (hit["date"] >= DATE), "pm25"] *= np.exp(-0.5)
    found = analysis.synthetic_control(hit, "pm25", DATE, "S0")
    assert "S2" not in found.weights and any("Donor S2 jumps" in n for n in found.notes)
    named = analysis.synthetic_control(
        sites, "pm25", DATE, "S0", treated={"S1": "2018-01-01", "S3": "2035-01-01"}
    )
    assert (
        "S1" not in named.weights
        and "S3" in named.weights
        and any("S1 is left out" in n for n in named.notes)
    )
    misspelt = analysis.synthetic_control(sites, "pm25", DATE, "S0", treated=["S11"])
    assert any("S11 is named as treated" in n and "spelling" in n for n in misspelt.notes)


def test_known_placebos_are_rarely_found() -> None:
    """Independent series, so that the binomial bound holds: 5 % of 60 is exceeded by 8 or more once in 130."""
    hits = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        week = np.arange(208)
        y = walk(rng, 208, 0.6, 0.2) + np.cumsum(rng.normal(0, 0.01, 208))
        grid = Grid(week, base_columns(week, 52.18, 1))
        hits += int((grid.steps(y, step_columns(week, [60, 104, 150], None)).p_value() < 0.05).sum())
    assert hits <= 8


def test_grid_agrees_with_least_squares_where_noise_is_white() -> None:
    rng = np.random.default_rng(0)
    week, step = np.arange(150), step_columns(np.arange(150), [75], None)
    y = rng.standard_normal(150) - 2 * step[:, 0]
    base = base_columns(week, 52.18, 0, drift=False)
    found = Grid(week, base, walks=(1e-12,), noises=((0.0, 0.0),)).steps(y, step)
    x = np.column_stack([step, base])
    b = np.linalg.lstsq(x, y, rcond=None)[0]
    se = np.sqrt(np.square(y - x @ b).sum() / 148 * np.linalg.inv(x.T @ x)[0, 0])
    assert found.mean[0] == pytest.approx(b[0], rel=1e-6) and found.scale[0, 0] == pytest.approx(se, rel=1e-6)
    from scipy import stats

    assert found.p_value()[0] == pytest.approx(2 * stats.t.sf(abs(b[0]) / se, 148), rel=1e-4)
    assert found.quantile(0.975)[0] == pytest.approx(b[0] + stats.t.ppf(0.975, 148) * se, rel=1e-5)


@given(st.integers(2, 12), st.integers(0, 10_000))
@settings(max_examples=30)
def test_weights_are_the_minimum_on_the_simplex(donors: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((40, donors)) + rng.standard_normal((40, 1))
    y = x @ rng.dirichlet(np.full(donors, 0.3)) + 0.5 * rng.standard_normal(40)
    w = simplex_weights(x, y)
    assert w.sum() == pytest.approx(1) and (w >= 0).all()
    slope = x.T @ (x @ w - y)
    # At the minimum no donor off the support has a lower slope than those on it.
    assert (slope >= slope[w > 1e-8].max() - 1e-4 * max(1.0, np.abs(slope).max())).all()
    loss = np.square(y - x @ w).sum()
    found = optimize.minimize(
        lambda v: np.square(y - x @ v).sum(), np.full(donors, 1 / donors), bounds=[(0, 1)] * donors,
        constraints={"type": "eq", "fun": lambda v: v.sum() - 1}, method="SLSQP",
    )  # fmt: skip
    assert loss <= found.fun + 1e-5 * max(1.0, found.fun)


def test_alike_donors_and_a_single_one() -> None:
    t = np.sin(np.arange(30.0))
    assert simplex_weights(np.column_stack([t, t, t]), t) == pytest.approx([1 / 3] * 3, abs=1e-3)
    assert simplex_weights(t[:, None], 2 * t).tolist() == [1.0]
    before = np.arange(30) < 20
    fit = fit_synthetic(t + 5 - 0.4 * ~before, np.column_stack([t, -t]), before, ~before)
    assert fit.effect == pytest.approx(-0.4, abs=1e-6) and fit.weights == pytest.approx([1, 0], abs=1e-6)


def test_smallest_effect_formula_and_seasons() -> None:
    assert detectable(0.1) == pytest.approx(0.1 * (1.959964 + 0.841621), rel=1e-5)
    assert detectable(0.1, df=3) > detectable(0.1, df=30)
    days = pd.date_range("2010-07-01", "2020-06-30")
    rng = np.random.default_rng(1)
    winter = rng.normal(0, 0.12, 12)[(days - pd.Timedelta(days=181)).year - 2009]
    frame = pd.DataFrame({"date": days, "pm25": 60 * np.exp(winter + 0.3 * rng.standard_normal(len(days)))})
    one = analysis.minimum_detectable_effect(frame)
    assert one.before == 10 and one.df == 8 and 0.05 < one.between < 0.25
    flat = analysis.minimum_detectable_effect(frame, trend=False)
    # Mean of ten seasons against one: s sqrt(1 + 1/10) (t9(.975) + t9(.8)).
    assert flat.log == pytest.approx(flat.between * np.sqrt(1.1) * (2.262157 + 0.883404), rel=1e-5)
    assert analysis.minimum_detectable_effect(frame, after=3).log < one.log
    assert one.fall_percent == pytest.approx(100 * np.expm1(-one.log)) and 0 < one.concentration < one.level
    gap = frame[~frame["date"].between("2012-12-01", "2013-03-31")]
    short = analysis.minimum_detectable_effect(gap)
    assert short.before == 9 and "is left out" in short.notes[-1]


def test_days_missing_at_one_end_do_not_move_a_season() -> None:
    days = pd.date_range("2012-07-01", "2020-06-30")
    level = 60 * np.exp(0.8 * np.cos(2 * np.pi * (days.day_of_year - 15) / 365.25))
    frame = pd.DataFrame({"date": days, "pm25": level})
    full = analysis.minimum_detectable_effect(frame).seasons["log_mean"]
    gaps = frame[~frame["date"].between("2015-03-15", "2015-04-20")]
    assert analysis.minimum_detectable_effect(gaps).seasons["log_mean"].to_numpy() == pytest.approx(
        full, abs=0.01
    )


def alert_days(effect: float, seed: int = 0, chance: float = 0.7) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    days = pd.date_range("2016-07-01", "2021-06-30")
    season = 0.5 * np.cos(2 * np.pi * (days.day_of_year.to_numpy() - 15) / 365.25)
    level = 4.2 + season + walk(rng, len(days), 0.8, 0.45)
    forecast = level + walk(rng, len(days), 0.5, 0.3)
    alert = (forecast > 5) & (rng.random(len(days)) < chance)
    return pd.DataFrame(
        {"date": days, "pm25": np.exp(level + effect * alert), "forecast": np.exp(forecast), "alert": alert}
    )


def test_alerts_are_pooled_and_given_the_forecast() -> None:
    none, true = (analysis.alert_effect(alert_days(e), placebos=30) for e in (0.0, -0.25))
    assert none.naive < -0.1 and none.lower < 0 < none.upper and none.verdict != "fell"
    assert true.lower < -0.25 < true.upper and true.verdict == "fell" and true.percent < -10
    assert true.estimate == pytest.approx(none.estimate - 0.25, abs=0.02)
    assert len(true.episodes) >= 20 and "effect" not in true.episodes.columns
    assert true.placebo.tried == 30 and true.placebo.share <= 0.2
    assert int(true.days["alert"].sum()) == true.alert_days


def test_alerts_that_cannot_be_judged() -> None:
    frame = alert_days(-0.3)
    cases = {
        "no column 'issued'": lambda: analysis.alert_effect(frame, forecast="issued"),
        "does not vary conditions": lambda: analysis.alert_effect(frame.assign(forecast=80.0)),
        "never one by one": lambda: analysis.alert_effect(frame.assign(alert=frame["date"] == "2018-01-10")),
        "cannot be told from the forecast's error": lambda: analysis.alert_effect(
            alert_days(-0.3, chance=1.1)
        ),
    }
    for said, call in cases.items():
        with pytest.raises(MissingData, match=said):
            call()


def test_verdicts_are_refused_below_their_conditions() -> None:
    good = PlaceboSize(1, 40, 0.05, 1.0)
    assert judged(-0.3, 0.001, 0.1, good, (-0.4, -0.2)) == ("fell", ())
    assert judged(0.3, 0.001, 0.1, good, (0.1, 0.4))[0] == "rose"
    for size, estimate, p, span, said in (
        (PlaceboSize(0, 3, 0.05, 1.0), -0.3, 0.001, (-0.4, -0.2), "only 3 dates"),
        (PlaceboSize(20, 40, 0.05, 1.0), -0.3, 0.001, (-0.4, -0.2), "20 of 40 dates"),
        (good, -0.05, 0.01, (-0.1, -0.02), "smaller than what these data can show"),
        (good, -0.3, 0.01, (-0.4, 0.1), "both sides of none"),
    ):
        verdict, reasons = judged(estimate, p, 0.1, size, span)
        assert verdict == "withheld" and said in " ".join(reasons)
    verdict, reasons = judged(-0.02, 0.6, 0.1, good, (-0.1, 0.1))
    assert verdict == "none seen" and "would not have been seen" in reasons[0]


def test_placebo_interval_counts_near_dates_once() -> None:
    plain, shared = PlaceboSize(4, 40, 0.05, 1.0), PlaceboSize(4, 40, 0.05, 1.0, 5.0)
    assert plain.interval == pytest.approx((0.02793, 0.23664), abs=1e-4)  # Clopper-Pearson of 4 in 40
    assert shared.interval[0] < plain.interval[0] and shared.interval[1] > plain.interval[1]
    assert PlaceboSize(0, 0, 0.05, 1.0).interval == (0.0, 1.0)


def test_placebo_dates_keep_their_distance() -> None:
    starts = placebo_starts(pd.Series(0.0, index=range(-200, 0)), None)
    assert min(starts) == -174 and max(starts) <= -26
    assert placebo_starts(pd.Series(0.0, index=range(40)), None) == []
    gap = pd.Series(0.0, index=[*range(-200, -120), *range(-60, 0)])
    assert all(s not in range(-120, -60) for s in placebo_starts(gap, None))


def test_masks_are_said(own: pd.DataFrame) -> None:
    bad = own.copy()
    bad.iloc[10, bad.columns.get_loc("pm25")] = 0.0
    bad.iloc[20, bad.columns.get_loc("pm25")] = -5.0
    held = daily(bad, "pm25", ["wind_speed", "wind_direction"])
    assert held.masked["not_positive"] == 1 and held.masked["negative"] == 1
    assert "write 0 for missing" in " ".join(held.notes)


def test_calms_codes_and_the_edge_of_north() -> None:
    days = pd.date_range("2019-01-01", periods=5)
    frame = pd.DataFrame(
        {
            "date": days,
            "pm25": 10.0,
            "wind_speed": [2.0, 2.0, 0.0, 0.0, 3.0],
            "wind_direction": [0, 360, 0, 999, 999],
        }
    )
    held = daily(frame, "pm25", ["wind_speed", "wind_direction"]).frame
    assert held["wind_direction_v"].to_numpy() == pytest.approx([-2, -2, 0, 0, np.nan], nan_ok=True)
    assert held["wind_direction_u"].to_numpy()[:4] == pytest.approx([0, 0, 0, 0], abs=1e-12)


def test_weather_missing_for_a_season_is_said_not_filled(own: pd.DataFrame) -> None:
    bad = own.copy()
    bad.loc[bad["date"].dt.month.isin([12, 1, 2]), "wind_speed"] = np.nan
    found = analysis.interrupted_series(bad, "pm25", DATE, weather=["wind_speed"])
    assert any("calendar months 1, 2, 12" in n for n in found.notes)
    months = found.weeks["start"].dt.month
    assert not months.isin([1]).any()


@pytest.mark.parametrize("method", METHODS)
def test_bad_input_is_one_sentence(method, sites: pd.DataFrame, own: pd.DataFrame) -> None:
    month = own[own["date"].between("2019-10-01", "2019-10-31")]
    cases = {
        "no column 'nox'": lambda: method(own, "nox", DATE),
        "no column 'wind'.*": lambda: method(own, "pm25", DATE, weather=["wind"]),
        "holds 6 sites": lambda: method(sites, "pm25", DATE),
        "site 'X' is not in": lambda: method(sites, "pm25", DATE, site="X"),
        "2 weeks with data before": lambda: method(month, "pm25", DATE),
        "lies outside the data": lambda: method(own, "pm25", "2031-01-01"),
        "'soon' is no date": lambda: method(own, "pm25", "soon"),
        "is not after the date": lambda: method(own, "pm25", DATE, until="2019-01-01"),
        "pool short ones": lambda: method(own, "pm25", DATE, until="2019-10-18"),
        "is no number": lambda: method(own.assign(pm25="high"), "pm25", DATE),
        "no usable day": lambda: method(own.assign(pm25=0.0), "pm25", DATE),
        "less than a year": lambda: method(own, "pm25", DATE, window=20),
        "must be shares": lambda: method(own, "pm25", DATE, confidence=95),
        "give the time of every row": lambda: method(own.drop(columns="date"), "pm25", DATE),
        "a pandas DataFrame is needed": lambda: method(own.to_dict(), "pm25", DATE),
        "column 'wind_speed' holds no value": lambda: method(
            own.assign(wind_speed=np.nan), "pm25", DATE, weather=["wind_speed"]
        ),
    }
    for said, call in cases.items():
        with pytest.raises(AirqError, match=said) as caught:
            call()
        assert len(str(caught.value).splitlines()) == 1


def test_bad_donors_are_one_sentence(sites: pd.DataFrame) -> None:
    def call(**given: object) -> None:
        analysis.synthetic_control(sites, "pm25", DATE, "S0", **given)

    with pytest.raises(ParameterError, match="cannot be its own donor"):
        call(donors=["S0", "S1"])
    with pytest.raises(MissingData, match="donor 'X' is not in"):
        call(donors=["X"])
    with pytest.raises(MissingData, match="no donor is left: Donor S1 is left out: it is treated too"):
        call(donors=["S1"], treated=["S1"])
    with pytest.raises(MissingData, match="needs several sites"):
        analysis.synthetic_control(sites.drop(columns="site"), "pm25", DATE, "S0")
    with pytest.raises(MissingData, match="no site but S0"):
        analysis.synthetic_control(sites[sites["site"] == "S0"], "pm25", DATE, "S0")


def test_beijing_without_a_measure(shared) -> None:
    """A date in a quiet spring of two years of real hours: no method gives a verdict of its own accord."""
    path = next((shared / "data" / "uci_beijing").glob("*Dingling*"))
    raw = pd.read_csv(path)
    raw["time"] = pd.to_datetime(raw[["year", "month", "day", "hour"]])
    found = analysis.interrupted_series(raw, "PM2.5", "2015-05-11", weather=["TEMP", "PRES", "DEWP", "WSPM"])
    assert found.blocked_r2 > 0.3 and found.verdict in ("none seen", "withheld")
