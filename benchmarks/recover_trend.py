"""Does deweathering find the true emission trend? Simulated archives with written truth, many series, one run.

    python benchmarks/recover_trend.py [--seeds 19] [--first 1] [--start 2015-01] [--end 2025-12] [--model ensemble]

For every seed and place: daily means of the simulated hours, deweathered with the simulated weather; the linear trend of
the result beside that of the truth (``simulation.truth``, the concentration of that month's emissions in mean weather),
both by the same estimator. Baselines in the same run: the trend of the observed months, with a month-wise bootstrap, and
"trees only", extremely randomised trees with date and weather as other packages use them. Prints bias, scatter and
coverage with binomial intervals; series of one seed share their weather, so an interval over seeds stands beside.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from sklearn.ensemble import ExtraTreesRegressor

from airq.analysis import deweather
from airq.analysis.deweathering.emission_trend import seasonless_slope
from airq.observations import simulation

MEANS = (
    "temperature",
    "dew_point",
    "relative_humidity",
    "pressure",
    "wind_speed",
    "mixing_height",
    "radiation",
)
EXTREMES = ("temperature", "wind_speed", "mixing_height")
"""Of these the least and greatest hour of the day too, as in ``airq.forecast.daily_frame``: a day's mean does not tell
an inversion from a day of weak wind, and a model that cannot tell them apart takes one for the other over the years."""


def daily(start: str, end: str, seed: int) -> dict[str, pd.DataFrame]:
    """Days of every place: PM2.5 of its evaluation stations, and means and extremes of its weather."""
    parts = []
    for month in simulation.stream(start, end, seed):
        seen, weather = month.observation_dataset(), month.weather_dataset()
        day = (pd.DatetimeIndex(month.time) - pd.Timedelta(hours=1)).floor("D")
        use = seen["role"].values == "evaluation"
        stations = pd.DataFrame(seen["pm25"].values[use], index=seen["place"].values[use])
        angle, speed = np.deg2rad(weather["wind_direction"].values), weather["wind_speed"].values
        hours = {name: weather[name].values for name in MEANS} | {
            "wind_u": -speed * np.sin(angle),
            "wind_v": -speed * np.cos(angle),
        }
        columns = {"pm25": _by_day(stations.groupby(level=0).mean().T, day).mean()}
        for name, values in hours.items():
            grouped = _by_day(pd.DataFrame(values.T, columns=weather["place"].values), day)
            columns[name if name in ("wind_u", "wind_v") else f"{name}_mean"] = grouped.mean()
            if name in EXTREMES:
                columns |= {f"{name}_min": grouped.min(), f"{name}_max": grouped.max()}
        rain = pd.DataFrame(weather["precipitation"].values.T, columns=weather["place"].values)
        columns["precipitation_sum"] = _by_day(rain, day).sum()
        stacked = {name: table.stack() for name, table in columns.items()}  # noqa: PD013
        parts.append(pd.DataFrame(stacked).rename_axis(["date", "place"]).reset_index())
    table = pd.concat(parts, ignore_index=True)
    return {str(p): g.reset_index(drop=True) for p, g in table.groupby("place")}


def _by_day(table: pd.DataFrame, day: pd.DatetimeIndex) -> Any:
    return table.set_axis(day).groupby(level=0)


def archive(seed: int, given: argparse.Namespace) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Days and truth of a seed, from the folder of an earlier run if it holds them."""
    kept = Path(given.keep) / f"seed-{seed}-{given.start}-{given.end}" if given.keep else None
    if kept is not None and (kept / "truth.parquet").exists():
        table, truth = pd.read_parquet(kept / "days.parquet"), pd.read_parquet(kept / "truth.parquet")
        return {str(p): g.reset_index(drop=True) for p, g in table.groupby("place")}, truth
    frames, truth = daily(given.start, given.end, seed), simulation.truth(given.start, given.end, seed)
    truth = truth[truth["sector"] == "total"].assign(month=lambda t: t["month"].astype(str))
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        pd.concat(frames.values()).to_parquet(kept / "days.parquet")
        truth.to_parquet(kept / "truth.parquet")
    return frames, truth


def trees_only(frame: pd.DataFrame, months: pd.PeriodIndex, seed: int, samples: int) -> np.ndarray:
    """Monthly values of trees on date, season and weather, all weather drawn from the whole record."""
    frame = frame[frame["pm25"].notna()].reset_index(drop=True)
    names = [c for c in frame.columns if c not in ("date", "place", "pm25")]
    date = frame["date"].to_numpy("datetime64[D]").astype(np.int64)
    own = np.column_stack([date, np.mod(date, 365.2425)])
    weather = frame[names].to_numpy()
    model = ExtraTreesRegressor(100, min_samples_leaf=5, random_state=seed).fit(np.column_stack([own, weather]), frame["pm25"])  # fmt: skip
    rows = np.random.default_rng(seed).integers(0, len(frame), (len(frame), samples)).ravel()
    out = model.predict(np.column_stack([np.repeat(own, samples, axis=0), weather[rows]]))
    level = (
        pd.Series(out.reshape(len(frame), samples).mean(axis=1))
        .groupby(frame["date"].dt.to_period("M"))
        .mean()
    )
    return level.reindex(months).to_numpy()


def raw_interval(months: np.ndarray, values: np.ndarray, seed: int) -> tuple[float, float]:
    """90 % interval of the observed trend, months drawn anew one by one."""
    rng = np.random.default_rng(seed)
    drawn = [np.sort(rng.integers(0, len(months), len(months))) for _ in range(200)]
    low, high = np.percentile([float(seasonless_slope(months[d], values[d])) for d in drawn], [5, 95])
    return float(low), float(high)


def one(frame: pd.DataFrame, truth: pd.DataFrame, seed: int, given: argparse.Namespace) -> dict[str, float]:
    found = deweather(
        frame.drop(columns="place"), "pm25", n_samples=given.samples, seed=seed, model=given.model
    )
    trend = found.trend(confidence=0.9, seed=seed)
    keep = found.months["normalised"].notna().to_numpy()
    months = found.months.index[keep]
    number = months.to_timestamp().to_numpy().astype("datetime64[M]").astype(np.int64)
    level = truth.set_index("month")["pm25"]
    level.index = pd.PeriodIndex(level.index, freq="M")
    true = float(seasonless_slope(number, level.reindex(months).to_numpy()))
    frozen = truth.set_index("month")["pm25_frozen"].to_numpy()
    observed = found.months["observed"].to_numpy()[keep]
    low, high = raw_interval(number, observed, seed)
    return {
        "true": true, "found": trend.slope_per_year, "low": trend.interval[0], "high": trend.interval[1],
        "raw": float(seasonless_slope(number, observed)), "raw_low": low, "raw_high": high,
        "trees": float(seasonless_slope(number, trees_only(frame, months, seed, 20))) if given.trees else np.nan,
        "mean": float(frozen.mean()), "r2": found.diagnostics["blocked_r2"],
        "conservation": found.diagnostics["mean_conservation"],
    }  # fmt: skip


def share(inside: pd.Series, seeds: pd.Series) -> str:
    low, high = binomtest(int(inside.sum()), len(inside)).proportion_ci(0.95)
    each = inside.astype(float).groupby(seeds).mean()
    spread = 1.96 * each.std(ddof=1) / np.sqrt(len(each)) if len(each) > 1 else float("nan")
    return (
        f"{inside.mean():.1%} of {len(inside)} [{low:.1%}, {high:.1%}], over {len(each)} seeds ± {spread:.1%}"
    )


def bias(table: pd.DataFrame, name: str) -> str:
    """Mean error over mean trend, with an interval over seeds."""
    table = table[table[name].notna()]
    error = table[name] - table["true"]
    true = table["true"].mean()
    each = error.groupby(table["seed"]).mean()
    reach = 1.96 * each.std(ddof=1) / np.sqrt(len(each)) / abs(true) if len(each) > 1 else float("nan")
    return f"bias {error.mean() / abs(true):+.1%} ± {reach:.1%}, scatter {error.std():.3f} µg/m³ a year"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=19)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--start", default="2015-01")
    parser.add_argument("--end", default="2025-12")
    parser.add_argument("--model", default="ensemble")
    parser.add_argument("--samples", type=int, default=40)
    parser.add_argument("--places", type=int, default=11, help="places of each seed")
    parser.add_argument("--no-trees", dest="trees", action="store_false")
    parser.add_argument("--keep", help="keep the simulated days in this folder and take them from there")
    parser.add_argument("--only-simulate", action="store_true", help="fill the folder of --keep and stop")
    parser.add_argument("--rows", help="write the rows of every series here as CSV")
    parser.add_argument("--merge", nargs="+", help="report on rows written before, simulate nothing")
    given = parser.parse_args()
    if given.merge:
        report(pd.concat([pd.read_csv(p) for p in given.merge], ignore_index=True))
        return
    rows: list[dict[str, float]] = []
    begin = time.process_time()
    for seed in range(given.first, given.first + given.seeds):
        frames, truth = archive(seed, given)
        if given.only_simulate:
            continue
        for place, frame in list(frames.items())[: given.places]:
            rows.append(
                {"seed": seed, "place": place, **one(frame, truth[truth["place"] == place], seed, given)}
            )
        if given.rows:
            pd.DataFrame(rows).to_csv(given.rows, index=False)
        print(f"  seed {seed}: {len(rows)} series, {time.process_time() - begin:.0f} CPU s", flush=True)
    if rows:
        report(pd.DataFrame(rows))


def report(table: pd.DataFrame) -> None:
    true = table["true"]
    print(f"{len(table)} series; true trend {true.mean():.3f} µg/m³ a year ({100 * (true / table['mean']).mean():.2f} %), from {true.min():.3f} to {true.max():.3f}")  # fmt: skip
    print(
        f"R² of weeks not seen {table['r2'].mean():.3f}; normalised over observed mean {table['conservation'].mean():.4f}"
    )
    print(f"deweathered:            {bias(table, 'found')}  (goal: bias within 10 %)")
    print(f"  90 % intervals hold the truth in {share(table['true'].between(table['low'], table['high']), table['seed'])}  (goal 85 to 95 %)")  # fmt: skip
    print(f"observed (baseline):    {bias(table, 'raw')}")
    print(f"  90 % intervals hold the truth in {share(table['true'].between(table['raw_low'], table['raw_high']), table['seed'])}")  # fmt: skip
    if table["trees"].notna().any():
        print(f"trees only (baseline):  {bias(table, 'trees')}")


if __name__ == "__main__":
    main()
