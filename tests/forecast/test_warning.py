import time

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from airq import standards
from airq.errors import AirqError
from airq.forecast.alert_levels import alert_levels, level_names, regional
from airq.forecast.names import QUANTILES
from airq.forecast.paths import Paths
from airq.forecast.warning import warning

RULES = ("ALERT-2024", "ALERT-2024-XINJIANG", "ALERT-2024-CHANGJI", "ALERT-2019", "ALERT-2017")
AQI = st.sampled_from([60.0, 100.0, 149.0, 150.0, 151.0, 180.0, 201.0, 260.0, 301.0, 400.0, 500.0, np.nan])


def expand(series, rule):
    """Level by day from the table that airq.standards gives."""
    out = pd.Series(0, series.index)
    for row in standards.alerts(series, rule).itertuples():
        out[(out.index >= row.start) & (out.index < row.end)] = row.level
    return out.to_numpy()


@settings(max_examples=50)
@given(st.sampled_from(RULES), st.lists(AQI, min_size=1, max_size=14))
def test_levels_are_those_of_the_standards(rule, days):
    series = pd.Series(days, pd.date_range("2024-12-01", periods=len(days)))
    np.testing.assert_array_equal(alert_levels([days], rule)[0], expand(series, rule))


def test_many_series_at_once_are_as_one_by_one():
    rng = np.random.default_rng(0)
    aqi = rng.choice([80, 149, 155, 210, 310, 500], (40, 20)).astype(float)
    for rule in RULES:
        together = alert_levels(aqi, rule)
        for row, levels in zip(aqi, together, strict=True):
            np.testing.assert_array_equal(alert_levels(row[None], rule)[0], levels)


def test_names_and_regions_of_rules():
    assert [en for _, en in level_names("ALERT-2019").values()] == ["yellow", "orange", "red"]
    assert regional("ALERT-2024-CHANGJI") and not regional("ALERT-2019")
    with pytest.raises(AirqError, match="not known"):
        alert_levels([[1.0]], "ALERT-1999")
    with pytest.raises(AirqError, match="series and days"):
        alert_levels([1.0, 2.0])


def make(aqi, recent=None, sites=("A",), start="2019-12-02", **options):
    """Paths with a given AQI, shape (draws, sites, days)."""
    aqi = np.asarray(aqi, float)
    dates = pd.date_range(start, periods=aqi.shape[2])
    issued = dates[0] - pd.Timedelta(days=1)
    past = np.full((len(sites), 10), 50.0) if recent is None else np.asarray(recent, float)
    days = pd.date_range(end=issued, periods=past.shape[1])
    coords = {"site": list(sites), "date": dates}
    return Paths(
        values=xr.DataArray(
            aqi[..., None], {**coords, "pollutant": ["aqi"]}, ("draw", "site", "date", "pollutant")
        ),
        aqi=xr.DataArray(aqi, coords, ("draw", "site", "date")),
        primary=xr.DataArray(np.full(aqi.shape, "", object), coords, ("draw", "site", "date")),
        recent=xr.DataArray(past, {"site": list(sites), "date": days}, ("site", "date")),
        issued=issued,
        edition="2012",
        **options,
    )


FOUR = np.array(
    [
        [[80, 210, 220, 80, 70]],  # orange on days 2 and 3
        [[80, 210, 80, 70, 60]],  # yellow on day 2
        [[80, 80, 80, 80, 80]],
        [[210, 210, 310, 80, 70]],  # red on days 1 to 3
    ]
)


def table(found, what):
    return found.days.pivot_table(index="horizon", columns="level", values=what)


def test_probabilities_by_hand():
    found = warning(make(FOUR), cost_loss={"yellow": 0.6, "orange": 0.5, "red": 0.2})
    p = table(found, "probability")
    assert p["yellow"].tolist() == [0.25, 0.75, 0.5, 0, 0]
    assert p["orange"].tolist() == [0.25, 0.5, 0.5, 0, 0]
    assert p["red"].tolist() == [0.25, 0.25, 0.25, 0, 0]
    days = found.days.set_index(["level", "horizon"])["warn"]
    assert days["yellow"].tolist() == [False, True, False, False, False]
    assert days["orange"].tolist() == [False, True, True, False, False]
    outlook = found.outlook.set_index("level")
    assert outlook["probability"].tolist() == [0.75, 0.5, 0.25]
    assert outlook["warn"].tolist() == [True, True, True]
    assert outlook.loc["yellow", "days_expected"] == (2 + 1 + 0 + 3) / 4
    assert outlook.loc["yellow", "duration_mean"] == 2 and outlook.loc["yellow", "duration_q90"] == 3
    assert outlook.loc["orange", "duration_q10"] == 2 and outlook.loc["red", "duration_q50"] == 3
    assert outlook.loc["yellow", "start_q50"] == pd.Timestamp("2019-12-03")
    assert outlook.loc["red", "start_q50"] == pd.Timestamp("2019-12-02")
    starts = found.starts.pivot_table(index="horizon", columns="level", values="probability")
    assert starts["yellow"].tolist() == [0.25, 0.5, 0, 0, 0] and starts.sum().tolist() == [0.5, 0.25, 0.75]
    assert (outlook["open_share"] == 0).all() and not outlook["under_way"].any()
    assert found.draws == 4 and "ALERT-2024" in found._repr_html_()


def test_no_path_reaches_a_level():
    found = warning(make(FOUR[2:3]))
    row = found.outlook.iloc[0]
    assert (
        row["probability"] == 0
        and not row["warn"]
        and pd.isna(row["start_q50"])
        and np.isnan(row["duration_mean"])
    )


def test_days_just_past_count():
    aqi = np.array([[[160, 80, 70, 60]]])
    calm = warning(make(aqi)).outlook.set_index("level")
    assert calm.loc["yellow", "probability"] == 0  # one day above 150 is not 48 hours
    recent = [[50] * 8 + [160, 170]]
    run = warning(make(aqi, recent)).outlook.set_index("level")
    assert run["probability"].tolist() == [1.0, 1.0, 0.0]  # 72 hours above 150
    assert run.loc["yellow", "under_way"] and not run.loc["orange", "under_way"]
    unknown = warning(make(aqi, [[50] * 9 + [np.nan]]))
    assert any("not known" in n for n in unknown.notes)


def test_an_alert_not_over_at_the_last_day_is_open():
    row = warning(make([[[80, 210, 220]]])).outlook.iloc[0]
    assert row["open_share"] == 1 and row["duration_mean"] == 2


def test_rules_differ_on_the_same_paths():
    aqi = make(np.array([[[210, 220, 80, 80]]]))
    chance = {r: warning(aqi, rule=r).outlook.set_index("level")["probability"].to_dict() for r in RULES[::3]}
    assert chance["ALERT-2024"] == {"yellow": 1, "orange": 1, "red": 0}
    assert chance["ALERT-2019"] == {"yellow": 1, "orange": 0, "red": 0}


def test_a_regional_rule_takes_the_mean_path_by_path():
    aqi = np.array([[[100, 100, 100, 100], [220, 220, 220, 80]], [[100] * 4, [180, 180, 180, 80]]])
    found = warning(make(aqi, sites=("A", "B"), recent=np.full((2, 10), 50.0)), rule="ALERT-2024-CHANGJI")
    assert found.outlook["site"].unique().tolist() == ["A+B"]
    assert found.outlook.set_index("level").loc["orange", "probability"] == 0.5  # means 160 and 140
    assert found.members == {"A+B": ("A", "B")} and any("mean AQI of A, B" in n for n in found.notes)


def test_places_are_found_by_any_name_and_groups_by_their_members():
    aqi = np.repeat(FOUR, 2, axis=1)
    drawn = make(aqi, sites=("changji", "fukang"), recent=np.full((2, 10), 50.0))
    assert warning(drawn, "昌吉市").outlook["site"].unique().tolist() == ["changji"]
    assert warning(drawn, "changji-prefecture").outlook["site"].unique().tolist() == ["changji", "fukang"]
    region = warning(drawn, "changji-prefecture", rule="ALERT-2024-CHANGJI")
    assert region.members == {"changji-prefecture": ("changji", "fukang")}
    with pytest.raises(AirqError, match="no forecast of 'mori'"):
        warning(drawn, "mori")


def test_rows_are_enough():
    rows = pd.DataFrame({"site": "A", "issued": "2019-12-01", "horizon": range(1, 6), "model": "m"})
    rows["date"] = pd.date_range("2019-12-02", periods=5)
    rows[list(QUANTILES)] = np.linspace(150, 330, 19)
    rows.attrs = {"target": "aqi", "weather": "forecast"}
    found = warning(rows, draws=500)
    # P(AQI > 200) = 0.7 on each of five independent days
    assert table(found, "probability")["yellow"].min() > 0.7 and found.weather == "forecast"
    rows.attrs = {}
    with pytest.raises(AirqError, match="target="):
        warning(rows)


def test_missing_lead_times_are_said():
    drawn = make(np.array([[[210.0, 220.0]]]))
    drawn = Paths(
        **{
            **drawn.__dict__,
            "aqi": drawn.aqi.assign_coords(date=pd.to_datetime(["2019-12-02", "2019-12-04"])),
        }
    )
    drawn = Paths(**{**drawn.__dict__, "issued": pd.Timestamp("2019-12-01")})
    found = warning(drawn)
    assert found.outlook.set_index("level").loc["orange", "probability"] == 0
    assert any("leave days out" in n for n in found.notes)
    assert found.days.query("horizon == 2")["probability"].isna().all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cost_loss": 0}, "between 0 and 1"),
        ({"cost_loss": "much"}, "between 0 and 1"),
        ({"cost_loss": {"purple": 0.2}}, "'purple' is not known"),
        ({"cost_loss": {"yellow": 0.2}}, "no cost-loss ratio of level 'orange'"),
        ({"rule": "ALERT-1999"}, "not known"),
        ({"place": "nowhere"}, "no forecast of 'nowhere'"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(AirqError, match=message):
        warning(make(FOUR), **options)


@settings(max_examples=6)
@given(st.integers(0, 10_000), st.sampled_from(RULES))
def test_probabilities_are_ordered_and_the_order_of_draws_does_not_matter(seed, rule):
    rng = np.random.default_rng(seed)
    aqi = np.exp(rng.normal(5.1, 0.5, (30, 1, 6))).clip(1, 500)
    one, two = warning(make(aqi), rule=rule), warning(make(aqi[rng.permutation(30)]), rule=rule)
    pd.testing.assert_frame_equal(one.days, two.days)
    pd.testing.assert_frame_equal(one.outlook, two.outlook)
    wide = one.days.pivot_table(index="horizon", columns="number", values="probability")
    assert (np.diff(wide.to_numpy(), axis=1) <= 0).all()
    outlook = one.outlook.set_index("number")["probability"]
    assert (outlook >= wide.max() - 1e-12).all() and (outlook <= wide.sum() + 1e-12).all()
    np.testing.assert_allclose(one.starts.groupby("number")["probability"].sum(), outlook)


def test_a_thousand_paths_of_several_sites_take_little_time():
    aqi = np.exp(np.random.default_rng(0).normal(5.1, 0.5, (1000, 8, 10))).clip(1, 500)
    drawn = make(aqi, np.full((8, 10), 90.0), sites=tuple("ABCDEFGH"))
    begin = time.process_time()
    warning(drawn)
    assert time.process_time() - begin < 1.0
