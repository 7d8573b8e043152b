"""Episodes: phases with known truth, weather with known anomalies, synchrony, regimes, dust, fireworks, bad input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from airq import analysis, standards
from airq.analysis.episodes.aggregates import regimes_from_counts
from airq.analysis.episodes.fireworks_table import first_days, nights
from airq.analysis.episodes.phases import phases_of
from airq.errors import AirqError


def one_sentence(call, said: str) -> None:
    with pytest.raises(AirqError, match=said) as caught:
        call()
    assert len(str(caught.value).splitlines()) == 1


def winter(seed: int = 0) -> pd.DataFrame:
    """Sixty days at 40 with one trapezoid: rises over two days, stays three, falls over one."""
    time = pd.date_range("2019-12-01 01:00", periods=60 * 24, freq="h")
    day = np.arange(len(time)) / 24
    shape = np.interp(day, [20, 22, 25, 26], [0, 1, 1, 0])
    noise = np.random.default_rng(seed).normal(0, 2, len(time))
    return pd.DataFrame(
        {"time": time, "pm25": np.round(40 + 220 * shape + noise), "pm10": np.round(70 + 260 * shape)}
    )


# --- episodes ---------------------------------------------------------------------------------------------------------------


def test_phases_of_a_known_course() -> None:
    found = analysis.find_episodes(winter())
    assert len(found.table) == 1 and found.resolution == "hour"
    row = found.table.iloc[0]
    start = pd.Timestamp("2019-12-01")
    assert row["level_en"] == "red" and row["kind"] == "haze" and row["unseen"] == ""
    assert abs((row["onset"] - start) / pd.Timedelta(days=1) - 20.1) < 0.4
    assert abs((row["peak_start"] - start) / pd.Timedelta(days=1) - 21.9) < 0.4
    assert abs((row["peak_end"] - start) / pd.Timedelta(days=1) - 25.0) < 0.4
    assert abs((row["cleared"] - start) / pd.Timedelta(days=1) - 26.0) < 0.5
    assert row["top"] == pytest.approx(260, abs=5) and row["base"] == pytest.approx(40, abs=5)
    assert (
        row["growth_rate"] == pytest.approx(220 / 48, rel=0.2) and row["fastest_fall"] > row["fastest_rise"]
    )
    held = found.series[found.series["episode"] == 1]["phase"]
    assert held.drop_duplicates().tolist() == ["growth", "peak", "clearing"]


def test_the_rule_decides_which_days() -> None:
    aqi = np.full(60, 80.0)
    aqi[10:12], aqi[20], aqi[30], aqi[32:34], aqi[45] = 160, 160, 210, 170, 205
    frame = pd.DataFrame({"date": pd.date_range("2020-01-01", periods=60), "aqi": aqi, "pm25": aqi * 0.75})
    found = analysis.find_episodes(frame).table
    direct = standards.alerts(pd.Series(aqi, frame["date"]), "ALERT-2024")
    assert len(found) == direct["episode"].nunique()
    assert found["begin"].dt.strftime("%m-%d").tolist() == ["01-11", "01-31", "02-15"]
    assert found["end"].dt.strftime("%m-%d").tolist() == [
        "01-12",
        "02-03",
        "02-15",
    ]  # one calm day does not lift
    assert analysis.find_episodes(frame, rules="ALERT-2017").rules == "ALERT-2017"


def test_what_cannot_be_seen_stays_open() -> None:
    cut = winter()
    cut = cut[cut["time"] > "2019-12-22"]
    row = analysis.find_episodes(cut).table.iloc[0]
    assert row["unseen"] == "onset" and pd.isna(row["onset"]) and np.isnan(row["growth_rate"])
    holed = winter()
    holed.loc[(holed["time"] > "2019-12-26 06:00") & (holed["time"] < "2019-12-29"), "pm25"] = np.nan
    assert analysis.find_episodes(holed).table.iloc[0]["unseen"] == "clearing"


def test_dust_is_told_and_days_are_enough() -> None:
    pm10, pm25 = np.full(30, 80.0), np.full(30, 30.0)
    pm10[10:12], pm25[10:12] = 900, 170
    found = analysis.find_episodes(
        pd.DataFrame({"date": pd.date_range("2020-04-01", periods=30), "pm25": pm25, "pm10": pm10})
    )
    assert found.table["kind"].tolist() == ["dust"] and found.resolution == "day"
    assert np.isnan(found.table["fastest_rise"][0]) and any("Days only" in n for n in found.notes)


def test_sites_gaps_and_clean_air() -> None:
    two = pd.concat([winter().assign(site="B"), winter(1).assign(site="A", pm25=30.0, pm10=50.0)])
    found = analysis.find_episodes(two.sample(frac=1, random_state=0))
    assert found.table["site"].tolist() == ["B"] and set(found.series["site"]) == {"A", "B"}
    assert analysis.find_episodes(two[two["site"] == "A"]).table.empty
    doubled = analysis.find_episodes(pd.concat([winter(), winter().head(50)]))
    assert "50 rows repeat" in doubled.notes[0]


def test_phases_need_something() -> None:
    assert phases_of(np.full(9, np.nan), 3, 5, 3, 3) is None


# --- weather ----------------------------------------------------------------------------------------------------------------


def test_weather_finds_what_was_put_in() -> None:
    """Five winters, an episode in each with the wind 1 m/s below what is usual, humidity as usual."""
    rng = np.random.default_rng(0)
    time = pd.date_range("2015-01-01 01:00", "2020-01-01", freq="h")
    frame = pd.DataFrame({"time": time, "pm25": 40.0, "pm10": 60.0})
    season = np.cos(2 * np.pi * time.day_of_year.to_numpy() / 365)
    frame["wind_speed"] = (
        3 + season + 0.5 * np.sin(2 * np.pi * time.hour.to_numpy() / 24) + rng.normal(0, 0.5, len(time))
    )
    frame["relative_humidity"] = 60 + 10 * season + rng.normal(0, 5, len(time))
    for year in range(2015, 2020):
        inside = (time > f"{year}-01-15") & (time <= f"{year}-01-19")
        frame.loc[inside, "pm25"] = 260.0
        frame.loc[inside, "wind_speed"] -= 1.0
    episodes = analysis.find_episodes(frame[["time", "pm25", "pm10"]])
    assert len(episodes.table) == 5
    found = analysis.episode_weather(episodes, frame)
    peak = found.table[found.table["stage"] == "peak"].set_index("column")
    assert peak.loc["wind_speed", "anomaly"] == pytest.approx(
        -0.87, abs=0.12
    )  # the climatology holds the episodes
    assert peak.loc["wind_speed", "upper"] < 0 and peak.loc["wind_speed", "rank"] < 0.2
    assert (
        peak.loc["relative_humidity", "lower"] < 1
        and abs(peak.loc["relative_humidity", "standardised"]) < 0.25
    )
    one_sentence(lambda: analysis.episode_weather(episodes, frame[["time", "pm25"]]), "no weather column")
    one_sentence(lambda: analysis.episode_weather(episodes, frame, kind="dust"), "no such episode")


def test_inversion_strength() -> None:
    assert analysis.inversion_strength(-20.0, -8.0, 1200) == pytest.approx(1.0)
    one_sentence(lambda: analysis.inversion_strength(0.0, 1.0, 0), "no height")


# --- synchrony ---------------------------------------------------------------------------------------------------------------


def test_season_alone_is_no_synchrony() -> None:
    rng = np.random.default_rng(3)
    days = pd.date_range("2015-01-01", "2018-12-31")
    chance = np.clip(0.45 * np.cos(2 * np.pi * (days.day_of_year.to_numpy() - 10) / 365), 0.01, 1)
    shared = rng.random(len(days))
    bad = {"A": shared < chance, "B": shared < chance, "C": rng.random(len(days)) < chance}
    frame = pd.concat(
        [pd.DataFrame({"date": days, "site": s, "aqi": np.where(b, 220.0, 60.0)}) for s, b in bad.items()]
    )
    found = analysis.regional_synchrony(frame).pairs.set_index(["a", "b"])
    assert found.loc[("A", "B"), "lower"] > 1.5 and found.loc[("A", "B"), "jaccard"] == 1
    assert found.loc[("A", "C"), "lower"] < 1 < found.loc[("A", "C"), "upper"]
    assert found.loc[("A", "C"), "both"] > 60  # they do coincide, as the season has it


def test_who_comes_first_and_too_few_days() -> None:
    rng = np.random.default_rng(0)
    days = pd.date_range("2019-01-01", periods=400)
    level = np.exp(4.5 + pd.Series(rng.normal(size=401)).rolling(2).mean().bfill().to_numpy())
    frame = pd.concat([
        pd.DataFrame({"date": days, "site": "first", "aqi": level[1:]}),
        pd.DataFrame({"date": days, "site": "second", "aqi": level[:-1]}),
        pd.DataFrame({"date": days[:30], "site": "third", "aqi": 100.0}),
    ])  # fmt: skip
    pairs = analysis.regional_synchrony(frame).pairs.set_index(["a", "b"])
    assert pairs.loc[("first", "second"), "lag"] == 1
    assert pairs.loc[("first", "third"), "reason"].startswith("30 common days")
    one_sentence(lambda: analysis.regional_synchrony(frame[frame["site"] == "first"]), "two sites or more")


# --- regimes -----------------------------------------------------------------------------------------------------------------


def regime_days(seed: int, share: float = 0.35, seasons: int = 6) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    days = pd.date_range("2010-10-15", periods=365 * seasons)
    stay, state = 0.8, np.zeros(len(days), dtype=bool)
    for k in range(1, len(days)):
        state[k] = state[k - 1] if rng.random() < stay else rng.random() < share
    value = np.where(
        state, rng.lognormal(np.log(150), 0.35, len(days)), rng.lognormal(np.log(35), 0.5, len(days))
    )
    return pd.DataFrame({"date": days, "pm25": value}), state


def test_regimes_are_recovered_and_counts_reproduced() -> None:
    frame, state = regime_days(0)
    found = analysis.stagnation_regimes(frame, draws=30)
    good, bad = found.table["median"]
    assert good == pytest.approx(35, rel=0.1) and bad == pytest.approx(150, rel=0.1)
    inside = frame["date"].isin(found.daily["date"]).to_numpy()
    assert found.table["lower"][1] < state[inside].sum() < found.table["upper"][1]
    assert ((found.daily["probability"] > 0.5) == state[inside]).mean() > 0.93
    assert found.persistence == pytest.approx(0.8, abs=0.08) and found.bic_gain > 100
    off = (found.counts[["regimes", "lognormal"]].sub(found.counts["observed"], axis=0)).abs().sum()
    assert off["regimes"] < 0.5 * off["lognormal"]
    assert found.years["stagnant_days"].sum() == pytest.approx(found.daily["probability"].sum())


def test_one_lognormal_is_called_one() -> None:
    rng = np.random.default_rng(0)
    days = pd.date_range("2010-10-15", periods=800)
    found = analysis.stagnation_regimes(
        pd.DataFrame({"date": days, "pm25": rng.lognormal(4, 0.5, 800)}), season="all", draws=0
    )
    assert found.bic_gain < 10 and any("hardly better" in n for n in found.notes)


def test_no_lognormal_has_the_heavy_days_of_its_mean() -> None:
    """Mean 53 and 43 days above 150 in a year: at most 7.46 %, 27 days."""
    assert analysis.lognormal_ceiling(53, 150) == pytest.approx(0.0746, abs=5e-5)
    assert int(analysis.lognormal_ceiling(53, 150) * 366) == 27
    spreads = np.linspace(0.2, 3, 500)
    shares = norm.sf((np.log(150) - np.log(53) + spreads**2 / 2) / spreads)
    assert shares.max() == pytest.approx(analysis.lognormal_ceiling(53, 150), rel=1e-4)


def test_two_regimes_have_the_published_year() -> None:
    """2020 of Changji: mean 53, 43 heavy days, 82 not good; 79 to 87 stagnant days at about 150, the others at 16 to 20."""
    for gsd in ((1.3, 1.8), (1.5, 2.0)):
        found = regimes_from_counts(53.0, 43, 82, days=366, gsd=gsd)
        assert 78 <= found.stagnant_days <= 87 and 145 <= found.stagnant_median <= 157
        assert 15.5 <= found.other_median <= 20.5 and found.heavy_days == pytest.approx(43, rel=1e-3)
    one_sentence(lambda: regimes_from_counts(20.0, 200, 300), "no two regimes")


def test_regimes_bad_input() -> None:
    frame, _ = regime_days(1, seasons=1)
    assert any("at or below 0" in n for n in analysis.stagnation_regimes(frame.assign(pm25=frame["pm25"].where(frame.index % 30 > 0, 0.0)), draws=0).notes)  # fmt: skip
    one_sentence(lambda: analysis.stagnation_regimes(frame.head(31)), "need 90 days")
    one_sentence(lambda: analysis.stagnation_regimes(frame.assign(pm25=5.0)), "does not vary")
    one_sentence(lambda: analysis.stagnation_regimes(frame, season="winter"), "heating or all")


# --- dust --------------------------------------------------------------------------------------------------------------------


def test_dust_hours_and_their_effect() -> None:
    time = pd.date_range("2019-04-01 01:00", periods=24 * 30, freq="h")
    pm10 = np.full(len(time), 60.0)
    pm10[200:206] = [700, 900, 600, 400, 200, 64]
    frame = pd.DataFrame({"time": time, "pm10": pm10, "pm25": 30.0})
    found = analysis.dust_record(frame)
    assert len(found.events) == 1 and found.events["hours"][0] == 5 and found.basis == "hours"
    row = found.table.iloc[0]
    assert (
        row["dust_days"] == 1 and row["pm10_dust"] > 0 and row["pm10_without"] == pytest.approx(60, abs=0.2)
    )
    assert found.label_zh == "模拟剔除，非官方口径"
    named = pd.DataFrame({"place": [""], "start": ["2019-04-20 01:00"], "end": ["2019-04-20 12:00"]})
    assert analysis.dust_record(frame, confirmed=named).label_zh != found.label_zh
    one_sentence(lambda: analysis.dust_record(frame.drop(columns="pm10")), "dust needs 'pm10'")
    one_sentence(lambda: analysis.dust_record(frame, period="week"), "month or year")


# --- fireworks ---------------------------------------------------------------------------------------------------------------


def new_moon(day: pd.Timestamp) -> float:
    """Days from the mean new moon nearest to a date in Beijing, by the synodic month from 2000-01-06 18:14 UTC."""
    age = (day + pd.Timedelta(hours=12 - 8) - pd.Timestamp("2000-01-06 18:14")) / pd.Timedelta(
        days=29.530588853
    )
    return 29.530588853 * abs(age - round(age))


def test_the_lunar_year_begins_at_new_moon() -> None:
    dates = first_days()
    assert (
        max(new_moon(d) for d in dates) < 1.2
    )  # the true moon is within 0.6 days of the mean one, and half a day
    assert all(pd.Timestamp(d.year, 1, 21) <= d <= pd.Timestamp(d.year, 2, 20) for d in dates)
    gaps = np.diff([d.value for d in dates]) / 86_400e9
    assert set(gaps.round()) <= {353.0, 354.0, 355.0, 383.0, 384.0, 385.0}
    assert [n.start for n in nights((2019,)) if n.night == "lantern"] == [pd.Timestamp("2019-02-19 18:00")]


def festival(seed: int, added: float, years: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    parts = []
    for year in range(2018, 2018 + years):
        time = pd.date_range(f"{year}-01-05 01:00", f"{year}-03-25", freq="h")
        air = 0.4 * pd.Series(rng.normal(size=len(time))).ewm(halflife=12).mean().to_numpy() * 4
        frame = pd.DataFrame({"time": time, "pm25": 70 * np.exp(air + rng.normal(0, 0.1, len(time))), "co": np.exp(0.8 * air + rng.normal(0, 0.1, len(time)))})  # fmt: skip
        eve = next(n for n in nights((year,)) if n.night == "eve")
        inside = (frame["time"] > eve.start + pd.Timedelta(hours=2)) & (
            frame["time"] <= eve.start + pd.Timedelta(hours=7)
        )
        frame.loc[inside, "pm25"] += added
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def test_fireworks_are_recovered() -> None:
    found = [analysis.fireworks(festival(s, 150.0)).table.set_index("night").loc["eve"] for s in range(8)]
    truth = 150 * 5 / 9
    inside = [r["lower"] <= truth <= r["upper"] for r in found]
    assert np.mean([r["excess"] for r in found]) == pytest.approx(truth, rel=0.15) and np.mean(inside) >= 0.7
    assert sum(r["p_value"] < 0.05 for r in found) >= 7


def test_nights_without_fireworks_pass_by_chance_only() -> None:
    p = pd.concat([analysis.fireworks(festival(s, 0.0)).table for s in range(12)])["p_value"]
    assert (p < 0.05).mean() < 0.15 and 0.3 < p.mean() < 0.7


def test_fireworks_bad_input() -> None:
    frame = festival(0, 100.0)
    alone = analysis.fireworks(frame.drop(columns="co"))
    assert alone.references == () and "No reference" in " ".join(alone.notes)
    holed = frame[~((frame["time"] > "2018-02-15 20:00") & (frame["time"] < "2018-02-16 06:00"))]
    row = analysis.fireworks(holed).table.set_index("night").loc["eve"]
    assert row["reason"].startswith("too few hours") and np.isnan(row["excess"])
    one_sentence(lambda: analysis.fireworks(frame[frame["time"] < "2018-02-01"]), "no festival night")
    one_sentence(lambda: analysis.fireworks(frame, "so2"), "no column 'so2'")


# --- real data -----------------------------------------------------------------------------------------------------------------


def test_real_winters_need_two_regimes(shared: Path) -> None:
    raw = pd.read_csv(
        shared / "data" / "city_daily_2014_2017" / "昌吉州.csv", header=None, encoding="utf-8-sig"
    )
    frame = pd.DataFrame(
        {"date": pd.to_datetime(raw[1], errors="coerce"), "pm25": pd.to_numeric(raw[5], errors="coerce")}
    )
    found = analysis.stagnation_regimes(frame, draws=0)
    row = found.counts.set_index("threshold").loc[150.0]
    assert abs(row["regimes"] - row["observed"]) < 0.5 * abs(row["lognormal"] - row["observed"])
    assert found.bic_gain > 100 and found.separation > 2
    episodes = analysis.find_episodes(frame)
    assert (
        10 < len(episodes.table) < 40
        and episodes.table["begin"].dt.month.isin([10, 11, 12, 1, 2, 3, 4]).mean() > 0.8
    )
