"""Hourly forecast: error at 1, 6, 12 and 24 hours against named baselines, coverage, cost.

    python benchmarks/forecast_hourly.py [--beijing FOLDER] [--weather none perfect] [--leads 1 6 12 24] [--every 1]
                                         [--target pm25] [--test-days 365] [--seed 0] [--cost]

FOLDER holds hourly files of the layout of the UCI Beijing Multi-Site data; any number of stations and years. The split
of the published neural model is not stated with its figures; here the last 365 days are the test and everything before
them is for learning, in one fit. Baselines of the same run, learned on the same hours and scored on the same rows:

persistence    the last known value
climatology    median by station, month and hour
plain squares  histogram gradient boosting for the mean on lags, hour, month and the weather of the hour of issue
plain median   the same for the median
ridge          of airq, linear on all features

Every row with an observation counts, none is masked. Without the shared observations, stations made here stand in.
``--cost`` times the forecast of 72 hours from one hour of issue, learning included.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from airq.forecast import LEVELS, QUANTILES, season
from airq.forecast.hourly import backtest_hourly, forecast_hourly, hourly_frame
from airq.observations import read

PUBLISHED = {
    "none": {"neural": (10.51, 30.83, 42.19, 53.09), "LightGBM": (9.35, 28.19, 39.02, 50.82), "HGB": (9.32, 26.62, 37.87, 49.34), "aim": (9.1, 26.0, 37.0, 48.5)},
    "perfect": {"HGB": (9.18, 20.87, 24.62, 27.76)},
}  # fmt: skip
"""MAE of PM2.5 at 1, 6, 12, 24 h over all 12 stations, from the notes on forecasting."""
PUBLISHED_LEADS = (1, 6, 12, 24)
WEATHER = ("temperature", "dew_point", "pressure", "wind_speed", "wind_u", "wind_v", "precipitation")


def default_folder() -> Path:
    shared = Path(os.environ.get("AIRQ_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    return shared / "data" / "uci_beijing"


def made(stations: int = 2, days: int = 250) -> pd.DataFrame:
    """Stations that share a slow level, blown clean by wind."""
    rng = np.random.default_rng(0)
    n = 24 * days
    hours = pd.date_range("2014-01-01 01:00", periods=n, freq="h")

    def slow(memory: float) -> np.ndarray:
        out = rng.standard_normal(n) * (1 - memory**2) ** 0.5
        for t in range(1, n):
            out[t] += memory * out[t - 1]
        return out

    wind = np.exp(0.5 * slow(0.95))
    level = 4 + 0.6 * np.cos(2 * np.pi * np.arange(n) / 8766) + 0.5 * slow(0.985) - 0.5 * np.log(wind)
    parts = [
        pd.DataFrame(
            {"time": hours, "site": f"S{k}", "pm25": np.exp(level + 0.2 * slow(0.9)), "wind_speed": wind}
        )
        for k in range(stations)
    ]
    return pd.concat(parts, ignore_index=True)


def load(folder: Path) -> pd.DataFrame:
    files = sorted(p for p in folder.glob("*.csv*") if p.is_file()) if folder.is_dir() else []
    if not files:
        print(f"no hourly files in {folder}; stations made here stand in")
        return made()
    return pd.concat([hourly_frame(read(file)) for file in files], ignore_index=True)


def scored(rows: pd.DataFrame) -> pd.DataFrame:
    q, observed = rows[list(QUANTILES)].to_numpy(), rows["observed"].to_numpy()
    apart = observed[:, None] - q
    levels = np.asarray(LEVELS)
    crps = 2 * np.maximum(levels * apart, (levels - 1) * apart).mean(axis=1)
    inside = np.where(np.isfinite(observed), (observed >= rows["q10"]) & (observed <= rows["q90"]), np.nan)
    error = np.abs(rows["q50"].to_numpy() - observed)
    return rows.assign(mae=error, crps=crps, inside=inside, season=season(rows["time"]))


def plain_features(frame: pd.DataFrame, target: str) -> dict[str, pd.DataFrame]:
    """What a first attempt takes: lags of a day, means, hour, month, weather now."""
    out = {}
    for site, table in frame.groupby("site"):
        hours = table.set_index("time").sort_index().asfreq("h")
        x = hours[target]
        columns = {f"lag{k}": x.shift(k) for k in (*range(12), 18, 24, 48)}
        columns |= {f"mean{k}": x.rolling(k, min_periods=k // 2).mean() for k in (6, 24, 72)}
        columns |= {c: hours[c] for c in hours.columns if c not in ("site", "aqi", target)}
        made_ = pd.DataFrame(columns)
        made_["hour"], made_["month"] = hours.index.hour, hours.index.month
        made_["y"] = x
        out[str(site)] = made_
    return out


def plain_boosting(
    frame: pd.DataFrame, target: str, lead: int, start: pd.Timestamp, weather: list[str]
) -> pd.DataFrame:
    """Squared and absolute error, pooled over stations, with the defaults of scikit-learn."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    tables = plain_features(frame, target)
    parts = []
    for number, (site, table) in enumerate(tables.items()):
        x = table.drop(columns="y").assign(site=number)
        for name in weather:
            if name in table:
                x[f"{name}_then"] = table[name].shift(-lead)
        parts.append(x.assign(y=table["y"].shift(-lead), due=x.index + pd.Timedelta(hours=lead), name=site))
    table = pd.concat(parts)
    table = table[np.isfinite(table["y"].to_numpy(float))]
    train, test = table[table["due"] < start - pd.Timedelta(hours=24)], table[table["due"] >= start]
    features = [c for c in table.columns if c not in ("y", "due", "name")]
    train = train.iloc[:: max(len(train) // 60000, 1)]
    out = pd.DataFrame({"site": test["name"], "time": test["due"]}).reset_index(drop=True)
    for name, loss in (("plain squares", "squared_error"), ("plain median", "absolute_error")):
        model = HistGradientBoostingRegressor(loss=loss, random_state=0, early_stopping=False)
        model.fit(train[features], train["y"])
        out[name] = np.abs(model.predict(test[features]) - test["y"].to_numpy())
    return out


def simple(frame: pd.DataFrame, rows: pd.DataFrame, target: str, start: pd.Timestamp) -> pd.DataFrame:
    """Absolute errors of persistence and of the climatology of month and hour, on the rows of one lead."""
    wide = frame.pivot_table(index="time", columns="site", values=target, aggfunc="mean").asfreq("h")
    last = (
        wide.ffill()
        .reset_index()
        .melt("time", var_name="site", value_name="last")
        .dropna()
        .rename(columns={"time": "issued"})
    )
    past = frame[frame["time"] < start]
    usual = past.groupby(
        ["site", past["time"].dt.month.rename("month"), past["time"].dt.hour.rename("hour")]
    )[target].median()
    rows = rows.merge(last, on=["site", "issued"], how="left")
    rows["month"], rows["hour"] = rows["time"].dt.month, rows["time"].dt.hour
    rows = rows.merge(usual.rename("usual").reset_index(), on=["site", "month", "hour"], how="left")
    return pd.DataFrame(
        {
            "persistence": (rows["last"] - rows["observed"]).abs(),
            "climatology": (rows["usual"] - rows["observed"]).abs(),
        }
    )


def run(frame: pd.DataFrame, label: str, options: argparse.Namespace) -> None:
    weather = [w for w in WEATHER if w in frame] if label == "perfect" else None
    cpu = time.process_time()
    rows = backtest_hourly(
        frame, options.target, weather, options.leads, options.test_days, options.seed,
        model=["ridge", "boosting", "auto"], every=options.every,
    )  # fmt: skip
    cpu = time.process_time() - cpu
    rows = scored(rows)
    start = rows["time"].min()
    sites = rows["site"].nunique()
    learned, tested = (
        f"{frame['time'].min():%Y-%m-%d} to {start:%Y-%m-%d}",
        f"to {rows['time'].max():%Y-%m-%d}",
    )
    print(
        f"\nweather: {label}; {sites} stations, learned on {learned}, tested {tested}, {rows['observed'].notna().mean():.3f} of the rows observed"
    )
    table: dict[str, dict[int, float]] = {}
    for lead in options.leads:
        own = rows[(rows["horizon"] == lead) & (rows["model"] == "auto")]
        for name, error in simple(frame, own, options.target, start).items():
            table.setdefault(str(name), {})[lead] = float(error.mean())
        plain = plain_boosting(frame, options.target, lead, start, weather or [])
        plain = own[["site", "time"]].merge(plain, on=["site", "time"])
        for name in ("plain squares", "plain median"):
            table.setdefault(name, {})[lead] = float(plain[name].mean())
        for model in ("ridge", "boosting", "auto"):
            chosen = rows[(rows["horizon"] == lead) & (rows["model"] == model)]
            table.setdefault(model, {})[lead] = float(chosen["mae"].mean())
    mae = pd.DataFrame(table).T
    print("MAE by lead (hours), and MAE of the default (auto) as a ratio to each baseline")
    both = pd.concat([mae.round(2), (mae.loc["auto"] / mae).round(3).add_prefix("auto/ ")], axis=1)
    print(both.to_string())
    if tuple(options.leads) == PUBLISHED_LEADS and options.target == "pm25":
        for name, figures in PUBLISHED[label].items():
            ratios = ", ".join(
                f"{mae.loc['auto', h] / f:.3f}" for h, f in zip(options.leads, figures, strict=True)
            )
            print(f"published over 12 stations, {name}: {figures}; auto / published: {ratios}")
    auto = rows[rows["model"] == "auto"]
    print("auto: CRPS", auto.groupby("horizon")["crps"].mean().round(2).to_dict())
    print("auto: share inside the 80 % interval", auto.groupby("horizon")["inside"].mean().round(3).to_dict())
    for name, part in auto.groupby("season"):
        print(f"  {name}: {part.groupby('horizon')['inside'].mean().round(3).to_dict()}")
    print("auto: weights and held-out loss against climatology", rows.attrs["leads"])
    print(f"cost: {cpu:.0f} CPU s for three models and {len(rows):,} rows")


def cost(frame: pd.DataFrame, options: argparse.Namespace) -> None:
    print("\ncost of the default forecast of 72 hours from one hour of issue, learning included")
    names = sorted(frame["site"].unique())
    for chosen in (names, names[:1]):
        cpu = time.process_time()
        forecast_hourly(frame[frame["site"].isin(chosen)], options.target, seed=options.seed)
        cpu = time.process_time() - cpu
        print(
            f"{len(chosen)} stations: {cpu:.1f} CPU s, {cpu / len(chosen) / 72:.3f} s a series and lead (limit 0.25)"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--beijing", type=Path, default=default_folder())
    parser.add_argument("--weather", nargs="*", choices=("none", "perfect"), default=["none", "perfect"])
    parser.add_argument("--leads", nargs="+", type=int, default=list(PUBLISHED_LEADS))
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--target", default="pm25")
    parser.add_argument("--test-days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cost", action="store_true")
    options = parser.parse_args()
    frame = load(options.beijing)
    for label in options.weather:
        run(frame, label, options)
    if options.cost:
        cost(frame, options)


if __name__ == "__main__":
    main()
