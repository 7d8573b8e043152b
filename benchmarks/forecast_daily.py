"""Daily forecasts of PM2.5 against named baselines in one run: Beijing stations and cities, with and without weather.

    python benchmarks/forecast_daily.py [--beijing FOLDER] [--cities FOLDER] [--only none,realistic,perfect] [--seed 0]

FOLDERs hold hourly files of the UCI layout and daily city files with weather; any number of either. Protocol: Beijing, the
last 365 days of each station, 1, 3 and 7 days ahead; cities, 2019 after learning to 2018, 1, 3, 7 and 10 days ahead.
Everything is chosen and learned before the first day of the test. CRPS is twice the mean pinball loss over 19 levels.
"realistic" weather is the observed one spoilt to a correlation of .95, .87 and .52 at 1, 3 and 7 days (linear between), by
the real departures of the same calendar days of another year, the same in all columns. How the year is chosen is not said
in the protocol and decides much, so each reading is printed: one other year for all days, another year each day, another
year every ten days (with every lead, and with the leads 1, 3 and 7 alone), and another year for each column, so that the
errors of temperature and wind are independent (kinder than they are).
Printed: CRPS, MAE and coverage of the 80 % interval by model and lead, by season, ratios to the baselines, CPU seconds.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: CPU seconds of one thread

import numpy as np
import pandas as pd

from airq import forecast, observations
from airq.forecast.intervals import crps
from airq.forecast.names import QUANTILES, weather_columns

BASELINES = ("climatology", "persistence", "damped_ar1", "ridge", "boosting")
OVER_ALL = {  # CRPS over all 12 stations and 39 cities: to reach, to aim at
    ("beijing", "none"): ({1: 23.2, 3: 35.6, 7: 35.6}, {1: 22.5, 3: 34.8, 7: 35.0}),
    ("beijing", "realistic"): ({1: 15.8, 3: 23.5, 7: 32.9}, {1: 15.3, 3: 22.8, 7: 32.0}),
    ("beijing", "perfect"): ({1: 14.0, 3: 17.4, 7: 18.3}, {1: 13.4, 3: 16.8, 7: 17.6}),
    ("cities", "none"): ({1: 10.1, 3: 12.5, 7: 13.1, 10: 13.2}, {1: 9.7, 3: 12.2, 7: 12.8, 10: 12.9}),
}
CORRELATION = {1: 0.95, 3: 0.87, 7: 0.52, 10: 0.30}
SEASONS = {"DJF": (12, 1, 2), "MAM": (3, 4, 5), "JJA": (6, 7, 8), "SON": (9, 10, 11)}


def folder(name: str) -> Path:
    shared = Path(os.environ.get("AIRQ_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    return shared / "data" / name


def daily(path: Path) -> pd.DataFrame:
    """Daily frame of every file of a folder."""
    files = sorted(p for p in path.iterdir() if p.is_file() and ".csv" in p.name)
    return pd.concat([forecast.daily_frame(observations.read(f)) for f in files], ignore_index=True)


def spoilt(
    frame: pd.DataFrame, columns: list[str], leads: Sequence[int], seed: int, stretch: int = 10
) -> pd.DataFrame:
    """Weather forecasts of the stated correlation with what was observed; all columns err by the same day.

    Another year is drawn every ``stretch`` days; with 0 it is the year before, and for the first year the one after.
    """
    rng = np.random.default_rng(seed)
    frame = frame.sort_values(["site", "date"])
    parts = []
    days = pd.DatetimeIndex(sorted(frame["date"].unique()))
    full = pd.date_range(days[0], days[-1])
    # The same year at all sites and in all columns.
    years = max(round(len(full) / 365.25), 2)
    shifts = [round(365.25 * k) for k in range(-years, years + 1) if k] if stretch else [-365, 365]
    other = np.arange(len(full))
    for start in range(0, len(full), stretch or 1):
        block = np.arange(start, min(start + (stretch or 1), len(full)))
        fits = [s for s in shifts if block[0] + s >= 0 and block[-1] + s < len(full)]
        other[block] = block + (fits[rng.integers(len(fits)) if stretch else 0] if fits else 0)
    angle = full.day_of_year.to_numpy() * 2 * np.pi / 365.25
    waves = np.stack([np.ones(len(full)), *(f(k * angle) for k in (1, 2) for f in (np.cos, np.sin))], axis=-1)
    for site, rows in frame.groupby("site"):
        table = rows.drop_duplicates("date").set_index("date")[columns].reindex(full)
        values = table.interpolate(limit_direction="both").to_numpy()
        course = waves @ np.linalg.lstsq(waves, values, rcond=None)[0]
        gone = values - course
        for lead in leads:
            r = float(np.interp(lead, list(CORRELATION), list(CORRELATION.values())))
            made = course + r * gone + np.sqrt(1 - r * r) * gone[other]
            for number, name in enumerate(columns):
                if name.startswith(("precipitation", "wind_speed")):
                    made[:, number] = np.maximum(made[:, number], 0.0)
            out = pd.DataFrame(made, columns=columns)
            out.insert(0, "site", site)
            out.insert(1, "issued", full - pd.Timedelta(days=lead))
            out.insert(2, "horizon", lead)
            parts.append(out)
    return pd.concat(parts, ignore_index=True)


def spoilt_apart(frame: pd.DataFrame, columns: list[str], leads: Sequence[int]) -> pd.DataFrame:
    """The same with independent errors of the columns (daily means and sums)."""
    keys = ["site", "issued", "horizon"]
    own = [c for c in columns if c.endswith(("_mean", "_sum"))]
    parts = [spoilt(frame, [name], leads, seed).set_index(keys) for seed, name in enumerate(own)]
    return pd.concat(parts, axis=1).reset_index()


def three_times(frame: pd.DataFrame) -> pd.DataFrame:
    """A series three times as long, for the cost alone: its days follow on one another with small changes."""
    rng = np.random.default_rng(0)
    frame = frame.sort_values("date").drop_duplicates("date")
    held = [c for c in frame.columns if c not in ("site", "date")]
    parts = []
    for k in range(3):
        part = frame.copy()
        part["date"] = frame["date"] - (2 - k) * (
            frame["date"].max() - frame["date"].min() + pd.Timedelta(days=1)
        )
        part[held] = part[held] * np.exp(0.05 * rng.standard_normal(part[held].shape))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def with_average(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows and, beside them, the average of ridge and boosting, quantile by quantile."""
    keys = ["site", "horizon", "date"]
    one = rows[rows["model"] == "ridge"].set_index(keys)
    two = rows[rows["model"] == "boosting"].set_index(keys).loc[one.index]
    mean = one.copy()
    mean[list(QUANTILES)] = (one[list(QUANTILES)] + two[list(QUANTILES)]) / 2
    mean["model"] = "ridge + boosting"
    return pd.concat([rows, mean.reset_index()[rows.columns]], ignore_index=True)


def scores(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a forecast that has an observation."""
    q, y = rows[list(QUANTILES)].to_numpy(), rows["observed"].to_numpy()
    out = rows[["site", "horizon", "date", "model"]].assign(
        crps=crps(q, y), mae=np.abs(q[:, 9] - y), cov80=((q[:, 1] <= y) & (y <= q[:, 17])).astype(float)
    )
    out = out[np.isfinite(y)]
    months = out["date"].dt.month
    out["season"] = forecast.season(out["date"])
    out["quarter"] = months.map({m: name for name, ms in SEASONS.items() for m in ms})
    return out


def report(title: str, rows: pd.DataFrame, reach: tuple[dict[int, float], dict[int, float]] | None) -> None:
    print(
        f"\n== {title}: {rows['site'].nunique()} sites, {rows['date'].min():%Y-%m-%d} to {rows['date'].max():%Y-%m-%d}"
    )
    missing = rows.loc[rows["model"] == "auto", "observed"].isna().sum()
    print(f"   rows of auto {int((rows['model'] == 'auto').sum())}, without observation {int(missing)}")
    scored = scores(rows)
    measures = ["crps", "mae", "cov80"]
    table = scored.pivot_table(index="model", columns="horizon", values=measures, aggfunc="mean")[measures]
    print(table.round({c: 3 if c[0] == "cov80" else 2 for c in table.columns}).to_string())
    mean = table["crps"]
    for name in ("climatology", "ridge", "boosting", "ridge + boosting"):
        print(f"   CRPS of auto / {name:17s}", (mean.loc["auto"] / mean.loc[name]).round(3).to_dict())
    mine = scored[scored["model"] == "auto"]
    for by in ("season", "quarter"):
        part = mine.pivot_table(index="horizon", columns=by, values="cov80", aggfunc="mean").round(2)
        print(f"   coverage by {by:8s}", part.to_dict())
    if reach:
        print("   over all sites of the protocol: to reach", reach[0], "aim", reach[1])
    if said := rows.loc[(rows["model"] == "auto") & (rows["note"] != ""), "note"].value_counts().to_dict():
        print("   notes", said)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--beijing", type=Path, default=folder("uci_beijing"))
    parser.add_argument("--cities", type=Path, default=folder("city_daily_met_2014_2021"))
    parser.add_argument("--only", default="none,realistic,perfect")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    kinds = arguments.only.split(",")
    beijing, cities = daily(arguments.beijing), daily(arguments.cities)
    cities = cities[cities["date"] < "2020-01-01"]
    forecast.backtest(beijing.head(800), horizons=(1,), test_days=10, model="boosting")  # imports, once
    cost: dict[str, float] = {}
    for name, frame, leads in (("beijing", beijing, (1, 3, 7)), ("cities", cities, (1, 3, 7, 10))):
        columns = [c for c in weather_columns(frame.columns) if frame[c].notna().any()]
        runs = {"none": [("none", None)], "perfect": [("perfect", columns)], "realistic": []}
        if "realistic" in kinds and name == "beijing":
            every, seed = range(1, max(leads) + 1), arguments.seed
            runs["realistic"] = [
                ("realistic, another year each column", spoilt_apart(frame, columns, every)),
                ("realistic, one other year", spoilt(frame, columns, every, seed, 0)),
                ("realistic, another year each day", spoilt(frame, columns, every, seed, 1)),
                ("realistic, another year every ten days", spoilt(frame, columns, every, seed)),
                ("realistic, the same, leads 1 3 7 alone", spoilt(frame, columns, leads, seed)),
            ]
        for kind in kinds:
            for label, weather in runs[kind]:
                begin = time.process_time()
                auto = forecast.backtest(frame, weather=weather, horizons=leads, seed=arguments.seed)
                busy = time.process_time() - begin
                cost[f"{name}, {label}"] = busy / (frame["site"].nunique() * len(leads))
                others = forecast.backtest(
                    frame, weather=weather, horizons=leads, seed=arguments.seed, model=BASELINES
                )
                rows = with_average(pd.concat([auto, others], ignore_index=True))
                report(f"{name}, weather {label}", rows, OVER_ALL.get((name, kind)))
    print("\nCPU seconds a series and lead (backtest with auto, to reach 0.25):")
    for label, seconds in cost.items():
        print(f"   {label:45s} {seconds:.3f}")
    one = beijing[beijing["site"] == beijing["site"].iloc[0]]
    pair = cities[cities["site"].isin(sorted(cities["site"].unique())[:2])]
    for label, frame in (
        ("forecast, all stations, 10 leads", beijing),
        ("forecast, one station, 10 leads", one),
        ("forecast, one station, 12 years, 10 leads", three_times(one)),
        ("forecast, two cities, 10 leads", pair),
    ):
        begin = time.process_time()
        forecast.forecast(frame, seed=arguments.seed)
        print(f"   {label:45s} {(time.process_time() - begin) / (10 * frame['site'].nunique()):.3f}")


if __name__ == "__main__":
    main()
