"""Direction: known answers of polar surfaces, winds that cannot be used, roses, probability, clusters, differences."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq import analysis
from airq.analysis.direction.binning import statistic_of
from airq.analysis.direction.medoids import partition
from airq.analysis.direction.roses import sector_shares
from airq.analysis.direction.thin_plate import fit_thin_plate
from airq.analysis.direction.winds import winds
from airq.errors import AirqError, MissingData, ParameterError

WIND = {"wind_speed": "ws", "wind_direction": "wd"}


def made(hours: int = 4000, seed: int = 0, step: int = 10) -> pd.DataFrame:
    """A source in the east that shows in strong winds, and a level of 20 elsewhere."""
    rng = np.random.default_rng(seed)
    ws = rng.gamma(3.0, 1.2, hours).round(1)
    wd = step * rng.integers(1, 360 // step + 1, hours)
    near = np.cos(np.deg2rad(wd - 90.0)) > 0.8
    level = 20 + 60 * near * np.minimum(ws / 4, 1)
    return pd.DataFrame(
        {
            "time": pd.date_range("2019-01-01 01:00", periods=hours, freq="h"),
            "ws": ws,
            "wd": wd,
            "nox": level * rng.lognormal(0, 0.2, hours),
        }
    )


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return made()


@pytest.fixture(scope="module")
def marylebone(shared) -> pd.DataFrame:
    return pd.read_csv(shared / "data" / "openair" / "mydata.csv.gz", parse_dates=["date"])


def test_openair_surface_to_the_digit(marylebone: pd.DataFrame) -> None:
    surface = analysis.polar_surface(marylebone, "nox", **WIND, binning="openair")
    assert len(surface.bins) == 699
    assert round(surface.edf, 2) == 71.33
    assert surface.at([0, 3], [0, 3]).round(2).tolist() == [225.30, 69.53]


def test_default_surface_is_within_two_per_cent_and_a_second(marylebone: pd.DataFrame) -> None:
    begin = time.process_time()
    surface = analysis.polar_surface(marylebone, "nox", **WIND)
    took = time.process_time() - begin
    assert surface.at([0, 3], [0, 3]) == pytest.approx([225.30, 69.53], rel=0.02)
    assert took < 3.0  # one second alone; CPU time on shared cores counts waiting threads too


def test_surface_finds_the_source_and_its_grid_agrees_with_its_points(frame: pd.DataFrame) -> None:
    surface = analysis.polar_surface(frame, "nox", **WIND)
    assert surface.at(5, 0) > 65 and surface.at(-5, 0) < 30
    rows = surface.to_frame().dropna(subset=["value"])
    some = rows.sample(50, random_state=1)
    assert surface.at(some["u"], some["v"]) == pytest.approx(some["value"].to_numpy(), rel=1e-9)
    assert (rows["lower"] <= rows["value"]).all() and (rows["value"] <= rows["upper"]).all()
    assert 0 < surface.reliable.sum() <= np.isfinite(surface.value).sum()
    assert "edf" in surface._repr_html_()


def test_a_thin_plate_gives_back_a_plane() -> None:
    rng = np.random.default_rng(3)
    points = rng.normal(0, 4, (200, 2))
    noise = rng.normal(0, 0.01, 200)
    smooth = fit_thin_plate(points, 3 + 2 * points[:, 0] - points[:, 1] + noise, np.ones(200), 40)
    assert smooth.predict(np.array([[10.0, -7.0]])) == pytest.approx([30.0], abs=0.03)
    assert smooth.fit.edf < 12


def test_gcv_interval_covers_a_known_surface() -> None:
    inside = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        points = rng.uniform(-1, 1, (400, 2))
        truth = np.sin(2 * points[:, 0]) + points[:, 1] ** 2
        smooth = fit_thin_plate(points, truth + rng.normal(0, 0.3, 400), np.ones(400), 50)
        at = rng.uniform(-0.9, 0.9, (100, 2))
        value, error = smooth.predict_with_error(at)
        inside.append(np.abs(value - np.sin(2 * at[:, 0]) - at[:, 1] ** 2) <= 1.96 * error)
    assert 0.88 < np.mean(inside) < 0.995


def test_many_bins_take_the_fast_basis_to_the_same_surface() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(-10, 10, (1100, 2))
    response = np.cos(points[:, 0] / 3) + rng.normal(0, 0.1, 1100)
    fast = fit_thin_plate(points, response, np.ones(1100), 60)
    assert fast.basis.turn.shape == (1100, 57)
    slow = fit_thin_plate(points[:890], response[:890], np.ones(890), 60)
    at = rng.uniform(-8, 8, (50, 2))
    assert fast.predict(at) == pytest.approx(slow.predict(at), abs=0.15)


def test_north_is_one_direction_however_it_is_written(frame: pd.DataFrame) -> None:
    zero = frame.assign(wd=frame["wd"].replace(360, 0))
    turned = frame.assign(wd=frame["wd"].astype(float))
    for other in (zero, turned):
        a, b = (analysis.polar_surface(f, "nox", **WIND) for f in (frame, other))
        assert np.array_equal(a.value, b.value, equal_nan=True)
        c, d = (analysis.wind_rose(f, **WIND).by_sector["hours"] for f in (frame, other))
        assert c.tolist() == d.tolist()


def test_letters_are_the_sixteen_winds(frame: pd.DataFrame) -> None:
    names = np.array(["NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW", "N"])  # fmt: skip
    rng = np.random.default_rng(1)
    pick = rng.integers(0, 16, len(frame))
    worded = frame.assign(wd=names[pick])
    counted = frame.assign(wd=22.5 * (pick + 1))
    a, b = (analysis.polar_surface(f, "nox", **WIND) for f in (worded, counted))
    assert np.array_equal(a.value, b.value, equal_nan=True)
    assert len(a.bins) <= 16 * 30 and np.isfinite(a.value).mean() > 0.3
    rose = analysis.wind_rose(worded, **WIND, sectors=12)
    assert rose.by_sector["hours"].sum() == pytest.approx(len(frame))


def test_what_is_left_out_is_counted_and_said(frame: pd.DataFrame) -> None:
    bad = frame.copy()
    bad["ws"] = bad["ws"].astype(float)
    bad.loc[0:9, "ws"] = 999.0
    bad.loc[10:14, "wd"] = 999
    bad.loc[15:17, "nox"] = np.nan
    bad.loc[18, "ws"] = np.nan
    bad = pd.concat([bad, bad.iloc[100:104]])
    found = winds(bad, ["nox"], "ws", "wd")
    assert found.masked == {
        "duplicated": 4,
        "no_value": 3,
        "no_speed": 1,
        "speed_code": 10,
        "direction_code": 5,
    }
    assert len(found) == len(frame) - 19 and len(found.notes) == 5
    assert any("999" in n for n in found.notes)
    calm = frame.assign(ws=np.where(np.arange(len(frame)) < 50, 0.0, frame["ws"]))
    coded = calm.assign(wd=np.where(np.arange(len(frame)) < 50, 999, frame["wd"]))
    one, other = (winds(f, ["nox"], "ws", "wd") for f in (calm, coded))
    assert one.calm.sum() == other.calm.sum() >= 50 and len(one) == len(other)
    assert analysis.wind_rose(coded, **WIND).calm_hours >= 50


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop(columns="wd"), "no column 'wd'"),
        (lambda f: f.assign(ws=np.nan), "without wind speed"),
        (lambda f: f.assign(wd=999), "outside 0 to 360"),
        (lambda f: f.assign(ws=0.0), "every hour is calm"),
        (lambda f: f.assign(nox=np.nan), "without a value of nox"),
        (lambda f: f.iloc[:5], "bins of wind"),
        (lambda f: f.assign(site=np.where(np.arange(len(f)) % 2, "A", "B")), "2 sites"),
        (lambda f: f.assign(nox=f["nox"].astype(str).where(f.index != 7, "x7")), "row 8: 'x7' is no number"),
        (lambda f: f.assign(time=["no time"] + ["2019-01-01"] * (len(f) - 1)), "is no time"),
        (lambda f: f.iloc[:0], "no rows"),
        (lambda f: f.assign(wd=0), "1 directions only"),
        (lambda f: "frame", "DataFrame"),
    ],
)
def test_bad_input_ends_in_one_sentence(frame: pd.DataFrame, change, said: str) -> None:
    with pytest.raises(AirqError, match=said) as caught:
        analysis.polar_surface(change(frame), "nox", **WIND)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "given_",
    [
        {"statistic": "sum"}, {"uncertainty": "none"}, {"k": 2}, {"confidence": 1.0}, {"resolution": 3},
        {"statistic": "percentile"}, {"statistic": "cpf", "percentile": 120}, {"weights": (1, 2)},
        {"binning": "mine"}, {"statistic": "max", "uncertainty": "bootstrap"}, {"uncertainty": "bootstrap", "draws": 3},
    ],
)  # fmt: skip
def test_bad_arguments_are_refused(frame: pd.DataFrame, given_: dict) -> None:
    with pytest.raises(ParameterError):
        analysis.polar_surface(frame, "nox", **WIND, **given_)


def test_a_season_without_weather_is_named(frame: pd.DataFrame) -> None:
    gone = frame["time"].dt.month.isin([2, 3])
    lost = frame.assign(wd=frame["wd"].where(~gone), ws=frame["ws"].where(~gone))
    notes = analysis.polar_surface(lost, "nox", **WIND).notes
    assert any("2 months of the frame have no usable hour (2019-02, 2019-03)" in n for n in notes)


def test_one_storm_is_not_reliable_however_narrow_its_interval(frame: pd.DataFrame) -> None:
    storm = frame.copy()
    storm.loc[1000:1019, "ws"] = np.linspace(22, 26, 20)
    storm.loc[1000:1019, "wd"] = 300
    storm.loc[1000:1019, "nox"] = 200.0
    surface = analysis.polar_surface(storm, "nox", **WIND)
    u, v = np.meshgrid(surface.u, surface.v)
    there = np.hypot(u - 24 * np.sin(np.deg2rad(300)), v - 24 * np.cos(np.deg2rad(300))) < 1
    assert np.isfinite(surface.value[there]).all() and not surface.reliable[there].any()


def test_one_month_zeros_and_negative_values_still_give_a_surface(frame: pd.DataFrame) -> None:
    month = analysis.polar_surface(frame.iloc[:720], "nox", **WIND)
    assert any("twelve calendar months" in n for n in month.notes) and month.edf < 100
    zeros = frame.assign(nox=np.where(frame["wd"] > 180, 0.0, frame["nox"]))
    assert analysis.polar_surface(zeros, "nox", **WIND).at(-4, 0) == pytest.approx(0, abs=3)
    below = frame.assign(nox=frame["nox"] - 25)
    surface = analysis.polar_surface(below, "nox", **WIND)
    assert any("below 0" in n for n in surface.notes) and surface.at(-4, 0) < 0


@pytest.mark.parametrize(
    "statistic", ["median", "max", "stdev", "frequency", "weighted_mean", "percentile", "cpf"]
)
def test_statistics_of_bins_are_those_of_pandas(frame: pd.DataFrame, statistic: str) -> None:
    rng = np.random.default_rng(0)
    index, values = rng.integers(0, 9, 300), rng.normal(5, 2, 300)
    groups = pd.Series(values).groupby(index)
    expected = {
        "median": groups.median(), "max": groups.max(), "stdev": groups.std(), "frequency": groups.size(),
        "weighted_mean": groups.mean() * groups.size() / 300, "percentile": groups.quantile(0.9),
        "cpf": groups.apply(lambda g: ((g > 5) & (g <= 8)).mean()),
    }[statistic]  # fmt: skip
    found, counts = statistic_of(values, index, 10, statistic, 90.0, (5.0, 8.0))
    assert found[:9] == pytest.approx(expected.to_numpy()) and np.isnan(found[9])
    assert counts.tolist() == [*groups.size(), 0]
    if statistic != "stdev":
        assert np.isfinite(
            analysis.polar_surface(frame, "nox", **WIND, statistic=statistic, percentile=90).edf
        )


def test_bootstrap_of_weeks_is_wider_where_hours_depend_on_one_another() -> None:
    rng = np.random.default_rng(5)
    frame = made(4000, seed=5)
    week = np.repeat(rng.lognormal(0, 0.5, 24), 168)[: len(frame)]
    frame["nox"] = 40 * week
    naive = analysis.polar_surface(frame, "nox", **WIND, k=40)
    honest = analysis.polar_surface(frame, "nox", **WIND, k=40, uncertainty="bootstrap", draws=30, seed=1)
    cells = np.isfinite(naive.value) & (np.hypot(*np.meshgrid(naive.u, naive.v)) < 4)
    width = [(s.upper - s.lower)[cells].mean() for s in (naive, honest)]
    assert width[1] > 1.3 * width[0]
    again = analysis.polar_surface(frame, "nox", **WIND, k=40, uncertainty="bootstrap", draws=30, seed=1)
    assert np.array_equal(honest.upper, again.upper, equal_nan=True)


@given(st.integers(4, 72), st.sampled_from([10.0, 22.5]), st.integers(0, 10_000))
def test_sector_shares_sum_to_one_and_even_winds_fill_sectors_evenly(
    sectors: int, step: float, seed: int
) -> None:
    every = step * np.arange(1, round(360 / step) + 1)
    shares = sector_shares(every, step, sectors)
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(every)))
    assert shares.sum(axis=0) == pytest.approx(np.full(sectors, len(every) / sectors))
    one = np.random.default_rng(seed).choice(every, 1)
    assert sector_shares(one, step, sectors).max() > 0


def test_roses_count_every_hour_and_keep_calms_apart(frame: pd.DataFrame) -> None:
    calm = frame.assign(ws=np.where(np.arange(len(frame)) < 400, 0.0, frame["ws"].clip(lower=0.6)))
    rose = analysis.pollution_rose(calm, "nox", **WIND, sectors=16)
    assert rose.calm_hours == 400 and rose.calm_share == pytest.approx(0.1)
    assert rose.table["share"].sum() + rose.calm_share == pytest.approx(1)
    assert rose.calm_mean == pytest.approx(calm["nox"][:400].mean())
    moving = calm.iloc[400:]
    mean = float((rose.by_sector["mean"] * rose.by_sector["hours"]).sum() / rose.by_sector["hours"].sum())
    assert mean == pytest.approx(moving["nox"].mean())
    assert analysis.wind_rose(calm, **WIND, calm_below=1.0).calm_hours > 400
    with pytest.raises(ParameterError, match="rise"):
        analysis.wind_rose(calm, **WIND, breaks=(3, 2))
    with pytest.raises(ParameterError, match="sectors"):
        analysis.wind_rose(calm, **WIND, sectors=2)
    with pytest.raises(ParameterError, match="calm_below"):
        analysis.wind_rose(calm, **WIND, calm_below=-1)


def test_vector_mean_of_the_rose_is_that_of_weather(frame: pd.DataFrame) -> None:
    from airq.weather import vector_mean

    rose, vector = analysis.wind_rose(frame, **WIND), vector_mean(frame["ws"], frame["wd"])
    assert (rose.vector_speed, rose.vector_direction) == pytest.approx((vector.speed, vector.direction))


def test_conditional_probability_is_the_share_and_its_interval_covers() -> None:
    frame = made(6000, seed=2)
    found = analysis.conditional_probability(frame, "nox", **WIND, sectors=36, percentile=90)
    east = found.table.set_index("sector").loc[90.0]
    high = frame["nox"] > np.percentile(frame["nox"], 90)
    assert east["probability"] == pytest.approx(high[frame["wd"] == 90].mean())
    assert east["lower"] < east["probability"] < east["upper"] and east["lower"] > found.base
    assert found.base == pytest.approx(0.1, abs=0.001)
    # Without influence of direction, few sectors leave the overall share outside of their interval.
    outside = []
    for seed in range(15):
        rng = np.random.default_rng(seed)
        flat = made(3000, seed).assign(nox=rng.lognormal(3, 0.5, 3000))
        table = analysis.conditional_probability(flat, "nox", **WIND, draws=200, seed=seed).table
        outside.append((table["lower"] > 0.1) | (table["upper"] < 0.1))
    assert np.mean(outside) < 0.1
    short = analysis.conditional_probability(frame.iloc[:900], "nox", **WIND)
    assert short.table["lower"].isna().all() and any("too few for intervals" in n for n in short.notes)
    assert (
        analysis.conditional_probability(frame.drop(columns="time"), "nox", **WIND)
        .table["lower"]
        .isna()
        .all()
    )


def test_percentile_rose_holds_the_percentiles_of_each_sector(frame: pd.DataFrame) -> None:
    rose = analysis.percentile_rose(frame, "nox", **WIND)
    row = rose.table[(rose.table["sector"] == 180.0) & (rose.table["percentile"] == 75.0)].iloc[0]
    assert row["value"] == pytest.approx(np.percentile(frame["nox"][frame["wd"] == 180], 75))
    wide = rose.table.pivot_table(index="sector", columns="percentile", values="smooth")
    assert (np.diff(wide.to_numpy(), axis=1) >= 0).all()
    assert rose.overall[50.0] == pytest.approx(frame["nox"].median())
    with pytest.raises(MissingData, match="20 hours"):
        analysis.percentile_rose(frame.iloc[:100], "nox", **WIND)
    with pytest.raises(ParameterError):
        analysis.percentile_rose(frame, "nox", **WIND, percentiles=(50, 101))


def test_clusters_part_the_source_and_hand_back_the_hours(frame: pd.DataFrame) -> None:
    groups = analysis.polar_clusters(frame, "nox", clusters=3, resolution=51, **WIND)
    assert groups.summary["hours"].sum() == len(frame) == len(groups.hours)
    assert groups.summary["contribution"].sum() == pytest.approx(1)
    assert groups.summary["hours"].is_monotonic_decreasing
    high = groups.summary.loc[groups.summary["mean"].idxmax()]
    assert high["mean"] > 50 and 60 < high["wind_direction"] < 120
    of = groups.hours.loc[groups.hours["cluster"] == high["cluster"], "row"]
    assert frame["nox"].iloc[of].mean() == pytest.approx(high["mean"])
    chosen = analysis.polar_clusters(frame, "nox", most=4, resolution=51, **WIND)
    assert set(chosen.silhouettes) == {2, 3, 4}
    assert chosen.silhouette == max(chosen.silhouettes.values())
    with pytest.raises(ParameterError, match="clusters"):
        analysis.polar_clusters(frame, "nox", clusters=1, **WIND)
    with pytest.raises(MissingData, match="flat"):
        analysis.polar_clusters(frame.assign(nox=5.0).assign(nox=0.0), "nox", clusters=2, **WIND)


@given(st.integers(0, 500), st.integers(2, 5))
def test_partition_is_no_worse_than_any_exchange(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(0, 1, (25, 2))
    apart = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    found = partition(apart, k)
    for out in range(k):
        for come in range(25):
            medoids = found.medoids.copy()
            medoids[out] = come
            assert apart[:, medoids].min(axis=1).sum() >= found.cost - 1e-9


def test_difference_shows_where_the_source_ended(frame: pd.DataFrame) -> None:
    after = frame.assign(nox=np.where(frame["wd"].between(60, 120), 20.0, frame["nox"]))
    change = analysis.polar_difference(frame, after, "nox", **WIND)
    assert change.at(5, 0) < -40 and abs(change.at(-5, 0)) < 2
    rows = change.to_frame().dropna(subset=["value"])
    assert (rows["value"] - (rows["after"] - rows["before"])).abs().max() < 1e-9
    east = rows[(rows["u"] > 3) & (rows["v"].abs() < 1)]
    west = rows[(rows["u"] < -3) & (rows["v"].abs() < 1)]
    assert east["reliable"].all() and not west["reliable"].any()
    with pytest.raises(ParameterError, match="intervals"):
        analysis.polar_difference(frame, after, "nox", **WIND, uncertainty=None)


@pytest.mark.parametrize("period", ["hour", "weekday", "season", "trend"])
def test_annulus_follows_time_and_direction(period: str) -> None:
    hours = 17520
    frame = made(hours, seed=4)
    stamp = frame["time"] - pd.Timedelta(minutes=30)
    phase = {
        "hour": stamp.dt.hour / 24, "weekday": stamp.dt.day_of_week / 7, "season": (stamp.dt.month - 1) / 12,
        "trend": np.linspace(0, 1, hours),
    }[period]  # fmt: skip
    frame["nox"] = 50 + 30 * np.sin(2 * np.pi * phase) * np.cos(np.deg2rad(frame["wd"]))
    ring = analysis.polar_annulus(frame, "nox", period=period, **WIND)
    north = ring.value[:, -1]
    quarter = len(ring.time) // 4
    assert north[quarter] > 70 and north[3 * quarter] < 30
    assert (ring.lower <= ring.value).all() and ring.counts.sum() == ring.hours == hours - (
        frame["ws"] == 0
    ).sum()


def test_annulus_refuses_what_it_cannot_show(frame: pd.DataFrame) -> None:
    for change, options, said in (
        (frame, {"period": "year"}, "not known"),
        (frame.drop(columns="time"), {}, "time of every hour"),
        (frame.iloc[:300], {"period": "trend"}, "two months"),
        (frame.iloc[:10], {}, "annulus needs"),
        (frame, {"k": (2, 2)}, "too small"),
    ):
        with pytest.raises(AirqError, match=said):
            analysis.polar_annulus(change, "nox", **WIND, **options)
    part = analysis.polar_annulus(frame.iloc[:2000], "nox", period="season", **WIND)
    assert any("calendar months have no data" in n for n in part.notes) and np.isnan(part.value).any()
