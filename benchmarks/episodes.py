"""Episodes and everyday analytics against what is usual, in one run.

    python benchmarks/episodes.py [--worlds 60]

Prints
- intervals of the daily, weekly and yearly variation: coverage and width from whole weeks beside a bootstrap of hours
  (the usual way, openair's ``timeVariation``), on simulated hours whose true means are known;
- stagnation: days above 75, 115, 150 and 250 as two regimes and as one log-normal have them, on the daily files of the
  shared folder; the largest share that any log-normal of a mean can have, and the two regimes of published figures;
- fireworks: share of festival nights found and of ordinary nights "found" at nominal 5 %, with the binomial interval,
  beside the plain excess over the evening before;
- synchrony: false findings between places that share only the season, beside the plain test of independence;
- openair's model statistics to the digits given, and CPU seconds of everything on 63,000 rows.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.signal import lfilter
from scipy.stats import binomtest, chi2_contingency

from airq import analysis
from airq.analysis.episodes.aggregates import regimes_from_counts
from airq.analysis.episodes.fireworks_table import nights

OPENAIR = {
    "n": 63095,
    "mb": -129.674,
    "nmb": -0.72523,
    "rmse": 166.620,
    "r": 0.78745,
    "coe": -0.33747,
    "ioa": 0.33127,
}


def shared() -> Path:
    return Path(os.environ.get("AIRQ_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"


def share(hits: int, n: int) -> str:
    low, high = binomtest(hits, n).proportion_ci()
    return f"{hits / n:.1%} of {n} [{low:.1%}, {high:.1%}]"


def world(seed: int, phi: float = 0.97) -> tuple[pd.DataFrame, np.ndarray]:
    """A year of hours: season, daily cycle, and weather that lasts; its true mean of every hour."""
    rng = np.random.default_rng(seed)
    stamp = pd.date_range("2019-01-01 01:00", periods=24 * 365, freq="h")
    season = np.exp(0.9 * np.cos(2 * np.pi * (stamp.day_of_year.to_numpy() - 10) / 365))
    truth = 40 * season * (1 + 0.3 * np.cos(2 * np.pi * (stamp.hour.to_numpy() - 9) / 24))
    noise = 0.5 * lfilter([np.sqrt(1 - phi**2)], [1, -phi], rng.normal(0, 1, len(stamp) + 500))[500:]
    return pd.DataFrame({"time": stamp, "pm25": truth * np.exp(noise - 0.125)}), truth


def bootstrap_of_hours(frame: pd.DataFrame, key: pd.Series, draws: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = {}
    for cell, own in frame.groupby(key)["pm25"]:
        values = own.to_numpy()
        means = values[rng.integers(0, len(values), (draws, len(values)))].mean(axis=1)
        rows[cell] = np.quantile(means, [0.025, 0.975])
    return pd.DataFrame(rows, index=["lower", "upper"]).T


def variation(worlds: int) -> None:
    hits: dict[str, list[float]] = {}
    widths: dict[str, list[float]] = {}
    for seed in range(worlds):
        frame, truth = world(seed)
        found = analysis.time_variation(frame, "pm25").table
        real = analysis.time_variation(frame.assign(pm25=truth), "pm25").table["mean"]
        inner = frame["time"] - pd.Timedelta(minutes=30)
        keys = {"hour": inner.dt.hour + 1, "weekday": inner.dt.day_of_week, "month": inner.dt.month}
        for panel, key in keys.items():
            own = found[found["panel"] == panel]
            mean = real[own.index].to_numpy()
            hits.setdefault(f"{panel} weeks", []).append(
                ((own["lower"] <= mean) & (own["upper"] >= mean)).mean()
            )
            widths.setdefault(f"{panel} weeks", []).append((own["upper"] - own["lower"]).mean())
            usual = bootstrap_of_hours(frame, key, 200, seed)
            hits.setdefault(f"{panel} hours", []).append(
                ((usual["lower"] <= mean) & (usual["upper"] >= mean)).mean()
            )
            widths.setdefault(f"{panel} hours", []).append((usual["upper"] - usual["lower"]).mean())
    print(f"Variation in time, 95 % intervals, {worlds} simulated years (weather lasting about 33 h)")
    for panel in ("hour", "weekday", "month"):
        a, b = f"{panel} weeks", f"{panel} hours"
        print(f"  {panel:8s} whole weeks: covers {np.mean(hits[a]):.1%}; bootstrap of hours: {np.mean(hits[b]):.1%}, {np.mean(widths[a]) / np.mean(widths[b]):.1f} times narrower")  # fmt: skip


def city_files() -> dict[str, pd.DataFrame]:
    out = {}
    for path in sorted((shared() / "city_daily_2014_2017").glob("*.csv")):
        raw = pd.read_csv(path, header=None, encoding="utf-8-sig")
        out[path.stem] = pd.DataFrame({"date": pd.to_datetime(raw[1], errors="coerce"), "pm25": pd.to_numeric(raw[5], errors="coerce")})  # fmt: skip
    for path in sorted((shared() / "city_daily_2013_2019").glob("*.csv")):
        raw = pd.read_csv(path, header=None, encoding="utf-8-sig")
        out[path.stem] = pd.DataFrame({"date": pd.to_datetime(raw[1], errors="coerce"), "pm25": pd.to_numeric(raw[5], errors="coerce")})  # fmt: skip
    return out


def regimes() -> None:
    print("Stagnation: mean absolute error of the days above a bound, two regimes against one log-normal (heating seasons)")  # fmt: skip
    errors = []
    for frame in city_files().values():
        frame = frame.dropna().drop_duplicates("date")
        found = analysis.stagnation_regimes(frame[frame["pm25"] > 0], draws=0)
        counts = found.counts[found.counts["threshold"] >= 75]
        errors.append(counts.assign(two=lambda c: abs(c["regimes"] - c["observed"]), one=lambda c: abs(c["lognormal"] - c["observed"])))  # fmt: skip
    together = pd.concat(errors)
    for bound, own in together.groupby("threshold"):
        print(f"  > {bound:.0f}: {own['two'].mean():5.1f} days against {own['one'].mean():5.1f}, {own['one'].mean() / own['two'].mean():.1f} times ({len(own)} cities)")  # fmt: skip
    ceiling = analysis.lognormal_ceiling(53, 150)
    print(
        f"  mean 53: no log-normal has more than {ceiling:.2%} above 150 ({ceiling * 366:.1f} days of 366; published 43)"
    )
    for gsd in ((1.3, 1.8), (1.4, 1.8), (1.5, 1.8), (1.5, 2.0)):
        r = regimes_from_counts(53.0, 43, 82, days=366, gsd=gsd)
        print(f"  spreads {gsd}: {r.stagnant_days:.0f} stagnant days at {r.stagnant_median:.0f}, others at {r.other_median:.1f} (listed 79-87, ~150, ~16-20)")  # fmt: skip


def festival(seed: int, added: float) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    stamp = pd.date_range("2019-01-05 01:00", "2019-03-25", freq="h")
    air = lfilter([0.2], [1, -0.95], rng.normal(0, 0.6, len(stamp)))
    frame = pd.DataFrame({"time": stamp, "pm25": 70 * np.exp(air + rng.normal(0, 0.1, len(stamp)))})
    frame["co"] = np.exp(0.8 * air + rng.normal(0, 0.1, len(stamp)))
    eve = next(n for n in nights((2019,)) if n.night == "eve")
    inside = (stamp > eve.start + pd.Timedelta(hours=2)) & (stamp <= eve.start + pd.Timedelta(hours=7))
    frame.loc[inside, "pm25"] += added
    return frame


def fireworks(worlds: int) -> None:
    truth = 80 * 5 / 9
    found = [analysis.fireworks(festival(s, 80.0)).table.set_index("night").loc["eve"] for s in range(worlds)]
    plain = []
    for s in range(worlds):
        frame = festival(s, 80.0).set_index("time")["pm25"]
        plain.append(frame["2019-02-04 22:00":"2019-02-05 06:00"].mean() - frame["2019-02-04 16:00":"2019-02-04 21:00"].mean())  # fmt: skip
    none = pd.concat([analysis.fireworks(festival(s, 0.0)).table for s in range(worlds)])
    excess = np.array([r["excess"] for r in found])
    inside = sum(r["lower"] <= truth <= r["upper"] for r in found)
    print(f"Fireworks, true excess {truth:.0f} µg/m³: found {share(sum(r['p_value'] < 0.05 for r in found), worlds)}; 90 % interval covers {share(int(inside), worlds)}")  # fmt: skip
    print(f"  mean excess {excess.mean():.0f}, RMSE {np.sqrt(np.mean((excess - truth) ** 2)):.0f}; window less evening: RMSE {np.sqrt(np.mean((np.array(plain) - truth) ** 2)):.0f}")  # fmt: skip
    print(
        f"  nights without fireworks at nominal 5 %: {share(int((none['p_value'] < 0.05).sum()), len(none))}"
    )


def synchrony(worlds: int) -> None:
    ours = plain = 0
    days = pd.date_range("2015-01-01", "2018-12-31")
    chance = np.clip(0.45 * np.cos(2 * np.pi * (days.day_of_year.to_numpy() - 10) / 365), 0.01, 1)
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        bad = [rng.random(len(days)) < chance for _ in range(2)]
        frame = pd.concat([pd.DataFrame({"date": days, "site": s, "aqi": np.where(b, 220.0, 60.0)}) for s, b in zip("AB", bad, strict=True)])  # fmt: skip
        row = analysis.regional_synchrony(frame, seed=seed).pairs.iloc[0]
        ours += not row["lower"] <= 1 <= row["upper"]
        plain += chi2_contingency(pd.crosstab(*bad)).pvalue < 0.05
    print(f"Synchrony where only the season is shared, nominal 5 %: {share(ours, worlds)}; plain test of independence: {share(plain, worlds)}")  # fmt: skip


def openair() -> None:
    frame = pd.read_csv(shared() / "openair" / "mydata.csv.gz", parse_dates=["date"])
    row = analysis.model_statistics(frame, "nox", "no2").table.iloc[0]
    said = ", ".join(f"{k} {row[k]:.{5 if k in ('nmb', 'r', 'coe', 'ioa') else 3 if k != 'n' else 0}f} ({v})" for k, v in OPENAIR.items())  # fmt: skip
    print(f"Model statistics, no2 against nox (openair): {said}")
    calls = {
        "time_variation": lambda: analysis.time_variation(frame, "nox"),
        "model_statistics": lambda: analysis.model_statistics(frame, "nox", "no2"),
        "correlation_matrix": lambda: analysis.correlation_matrix(frame, ["nox", "no2", "o3", "pm10", "ws"]),
        "distribution": lambda: analysis.distribution(frame, "nox"),
        "trend_level": lambda: analysis.trend_level(frame, "nox"),
        "data_capture": lambda: analysis.data_capture(frame, ["nox", "no2", "o3"]),
    }
    for name, call in calls.items():
        begin = time.process_time()
        call()
        print(f"  {name}: {time.process_time() - begin:.2f} CPU s, {len(frame):,} rows")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=60)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    variation(given.worlds)
    if shared().is_dir():
        regimes()
        openair()
    else:
        print(f"{shared()}: not there; set AIRQ_SHARED. Real data are left out.")
    fireworks(given.worlds)
    synchrony(given.worlds)


if __name__ == "__main__":
    main()
