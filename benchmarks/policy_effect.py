"""Did it work: false findings on dates without a measure, recovery of known effects, cost, each beside named baselines.

    python benchmarks/policy_effect.py [--seeds 2,3,4,5] [--dates 10] [--cities 4] [--effects 5] [--cache FOLDER]

All of it in one run:
- placebo dates on simulated counties (seeds x counties x dates; emissions follow their written path, no step in it), for
  the three methods, with the binomial interval (Clopper & Pearson) of the share rejected at a nominal 5 %; beside them
  the least squares step with its textbook error and with Newey & West's, and the plain mean before and after;
- placebo dates on the shared real cities (no weather is given for most), same methods and baselines;
- effects put in by hand from -0.3 to +0.2: share within 0.1, coverage, verdicts;
- milliseconds of a synthetic control's fit, beside scipy's SLSQP on the same problem;
- alerts on simulated forecasts: effect found, false findings, beside observed over forecast on alert days;
- smallest detectable change of a heating season's mean.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import optimize, stats

from airq.analysis import (
    alert_effect,
    interrupted_series,
    minimum_detectable_effect,
    synthetic_control,
    unobserved_components,
)
from airq.analysis.effect.inputs import daily
from airq.analysis.effect.simplex import simplex_weights
from airq.analysis.effect.weather import adjusted
from airq.errors import AirqError
from airq.observations.simulation import stream, truth

WEATHER = (
    "temperature", "dew_point", "relative_humidity", "pressure", "wind_speed", "wind_direction", "precipitation",
    "mixing_height", "radiation",
)  # fmt: skip
CITIES = {"date": 1, "aqi": 3, "pm25": 5, "pm10": 6, "so2": 7, "no2": 8}


def shared() -> Path:
    return Path(os.environ.get("AIRQ_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"


def simulated(seed: int, cache: Path | None) -> pd.DataFrame:
    """Days of the eleven simulated places, 2015 to 2025, with weather."""
    path = cache / f"sim_{seed}_1.parquet" if cache else None
    if path is not None and path.exists():
        return pd.read_parquet(path)
    rows = []
    for month in stream("2015-01", "2025-12", seed):
        day = (pd.DatetimeIndex(month.time) - pd.Timedelta("1ns")).floor("D")
        for name in pd.unique(month.stations["place"]):
            own = ((month.stations["place"] == name) & (month.stations["role"] == "evaluation")).to_numpy()
            at = list(month.weather_stations["place"]).index(name)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # hours without any station
                level = np.nanmean(month.observations["pm25"][own], axis=0)
            part = pd.DataFrame({"day": day, "pm25": level, **{k: month.weather[k][at] for k in WEATHER}})
            rows.append(part.groupby("day").mean().reset_index().assign(site=name))
    out = pd.concat(rows, ignore_index=True)
    if path is not None:
        out.to_parquet(path)
    return out


def step_design(frame: pd.DataFrame, target: str, date: pd.Timestamp, weather: tuple[str, ...]) -> tuple:
    """Daily logarithms two years around a date, with level, trend, season, weather and step."""
    held = daily(frame, target, weather)
    days = held.days
    angle = 2 * np.pi * days.day_of_year.to_numpy() / 365.25
    met = [held.frame[w].to_numpy(float) for w in held.weather]
    x = np.column_stack(
        [(days >= date).astype(float), np.ones(len(days)), (days - date).days / 365.25]
        + [f(k * angle) for k in (1, 2) for f in (np.sin, np.cos)]
        + [(m - np.nanmean(m)) / np.nanstd(m) for m in met]
    )
    near = (np.abs((days - date).days) < 728) & np.isfinite(held.log) & np.isfinite(x).all(axis=1)
    return x[near], held.log[near]


def textbook(x: np.ndarray, y: np.ndarray, lags: int) -> float:
    """p of a least squares step: independent errors, or Newey & West's with that many lags."""
    b = np.linalg.lstsq(x, y, rcond=None)[0]
    e, inverse = y - x @ b, np.linalg.inv(x.T @ x)
    if lags:
        s = x * e[:, None]
        middle = s.T @ s
        for k in range(1, lags + 1):
            g = s[k:].T @ s[:-k]
            middle += (1 - k / (lags + 1)) * (g + g.T)
        variance = inverse @ middle @ inverse
    else:
        variance = inverse * (e @ e) / (len(y) - x.shape[1])
    return float(2 * stats.norm.sf(abs(b[0]) / np.sqrt(variance[0, 0])))


def baselines(
    frame: pd.DataFrame, target: str, date: pd.Timestamp, weather: tuple[str, ...]
) -> dict[str, float]:
    x, y = step_design(frame, target, date, weather)
    after = x[:, 0] > 0
    return {
        "baseline: least squares step, textbook error": textbook(x, y, 0),
        "baseline: least squares step, Newey-West 14 days": textbook(x, y, 14),
        "baseline: mean before and after (Welch)": float(
            stats.ttest_ind(y[after], y[~after], equal_var=False).pvalue
        ),
    }


def around(frame: pd.DataFrame, date: pd.Timestamp, column: str) -> pd.DataFrame:
    """Five years before and three after, all that a user would give."""
    day = frame[column]
    return frame[(day >= date - pd.Timedelta(days=1826)) & (day < date + pd.Timedelta(days=1096))]


def adjusted_once(frame: pd.DataFrame) -> pd.DataFrame:
    """The light adjustment over all years of each place as a column, since donors are the same at every date."""
    parts = []
    for site in frame["site"].unique():
        own = frame[frame["site"] == site].sort_values("day")
        parts.append(own.assign(adjusted=np.exp(adjusted(daily(own, "pm25", WEATHER)).log)))
    return pd.concat(parts, ignore_index=True)


def cases(
    frame: pd.DataFrame, target: str, date: pd.Timestamp, site: str, weather: tuple[str, ...], ready: str = ""
) -> Iterator[tuple[str, object]]:
    """The three methods; the synthetic control takes the column ``ready`` where one is given."""
    own = frame[frame["site"] == site]
    methods = (
        ("interrupted_series", lambda: interrupted_series(own, target, date, weather=weather)),
        ("unobserved_components", lambda: unobserved_components(own, target, date, weather=weather)),
        (
            "synthetic_control",
            lambda: synthetic_control(frame, ready or target, date, site, weather=() if ready else weather),
        ),
    )
    for name, call in methods:
        yield name, call()


def shares(rows: list[dict], title: str) -> None:
    """Share rejected with its interval."""
    table = pd.DataFrame(rows)
    print(f"\n{title}")
    for name, part in table.groupby("method", sort=False):
        n, k = len(part), int((part["p"] < 0.05).sum())
        low, high = stats.binomtest(k, n).proportion_ci(0.95)
        said = f"  {name:50s} {k:4d} of {n} = {100 * k / n:5.1f} %  [{100 * low:.1f}, {100 * high:.1f}]"
        if "verdict" in part and part["verdict"].notna().any():
            false = part["verdict"].isin(["fell", "rose"]).mean()
            said += (
                f"  false verdicts {100 * false:.1f} %  median smallest detectable {part['mde'].median():.3f}"
            )
        print(said, flush=True)


def placebo_simulated(frames: dict[int, pd.DataFrame], dates: int, rng: np.random.Generator) -> None:
    rows, spent = [], {}
    for seed, plain in frames.items():
        print(f"  placebo dates of seed {seed} begin after {time.process_time():.0f} CPU s", flush=True)
        frame = adjusted_once(plain)
        for site in frame["site"].unique():
            for _ in range(dates):
                date = pd.Timestamp("2016-06-01") + pd.Timedelta(days=int(rng.integers(0, 3000)))
                part = around(frame, date, "day")
                begin = time.process_time()
                for name, found in cases(part, "pm25", date, site, WEATHER, "adjusted"):
                    spent[name] = spent.get(name, 0.0) + time.process_time() - begin
                    rows.append(
                        {
                            "method": name,
                            "p": found.p_value,
                            "verdict": found.verdict,
                            "mde": found.minimum_detectable,
                        }
                    )
                    begin = time.process_time()
                own = part[part["site"] == site]
                rows += [{"method": k, "p": p} for k, p in baselines(own, "pm25", date, WEATHER).items()]
    n = sum(f["site"].nunique() for f in frames.values())
    shares(
        rows,
        f"Placebo dates on {n} simulated county series, PM2.5, nominal 5 %, share rejected [95 % binomial]",
    )
    count = len(rows) / (len(spent) + 3)
    print("  CPU s an analysis:", {k: round(v / count, 2) for k, v in spent.items()})


def cities() -> pd.DataFrame:
    parts = []
    for path in sorted((shared() / "city_daily_2013_2019").glob("*.csv")):
        raw = pd.read_csv(path, header=None, encoding="utf-8-sig")
        parts.append(pd.DataFrame({n: raw[c] for n, c in CITIES.items()}).assign(site=path.stem))
    out = pd.concat(parts, ignore_index=True)
    return out.assign(date=pd.to_datetime(out["date"]))


def placebo_real(dates: int, rng: np.random.Generator) -> None:
    frame, rows = cities(), []
    for target in ("pm25", "so2", "no2"):
        for site in frame["site"].unique():
            for _ in range(dates):
                date = pd.Timestamp("2014-12-01") + pd.Timedelta(days=int(rng.integers(0, 1460)))
                for name, found in cases(frame, target, date, site, ()):
                    rows.append(
                        {
                            "method": name,
                            "p": found.p_value,
                            "verdict": found.verdict,
                            "mde": found.minimum_detectable,
                        }
                    )
                own = frame[frame["site"] == site]
                rows += [{"method": k, "p": p} for k, p in baselines(own, target, date, ()).items()]
    shares(
        rows,
        f"Placebo dates on {frame['site'].nunique()} real cities 2013-2019 (PM2.5, SO2, NO2; no weather given)",
    )


def recovery(frames: dict[int, pd.DataFrame], each: int, rng: np.random.Generator) -> None:
    rows = []
    for frame in frames.values():
        for site in frame["site"].unique():
            for _ in range(each):
                date = pd.Timestamp("2016-06-01") + pd.Timedelta(days=int(rng.integers(0, 3000)))
                true = float(rng.choice([-0.3, -0.2, -0.1, 0.2]))
                part = around(frame, date, "day").copy()
                part.loc[(part["site"] == site) & (part["day"] >= date), "pm25"] *= np.exp(true)
                for name, found in cases(part, "pm25", date, site, WEATHER):
                    right = found.verdict == ("fell" if true < 0 else "rose")
                    rows.append(
                        (
                            name,
                            true,
                            found.estimate - true,
                            found.lower <= true <= found.upper,
                            right,
                            found.mean_gap - true,
                        )
                    )
    table = pd.DataFrame(rows, columns=["method", "true", "error", "covered", "right", "gap"])
    print(f"\nEffects put in by hand, {len(table) // 3} simulations")
    for name, part in table.groupby("method", sort=False):
        k, n = int((part["error"].abs() <= 0.1).sum()), len(part)
        low, high = stats.binomtest(k, n).proportion_ci(0.95)
        print(
            f"  {name:24s} within 0.1: {100 * k / n:.1f} % [{100 * low:.1f}, {100 * high:.1f}], rms {np.sqrt(np.mean(part['error'] ** 2)):.3f}, "
            f"bias {part['error'].mean():+.3f}, 95 % intervals cover {100 * part['covered'].mean():.1f} %, right verdict "
            + ", ".join(f"{t:+.1f}: {100 * g['right'].mean():.0f} %" for t, g in part.groupby("true"))
        )
    gap = table.loc[table["method"] == "synthetic_control", "gap"]
    print(
        f"  baseline: mean gap of the same synthetic control: within 0.1: {100 * (gap.abs() <= 0.1).mean():.1f} %, rms {np.sqrt(np.mean(gap**2)):.3f}"
    )


def written_truth(seeds: dict[int, pd.DataFrame]) -> None:
    """How much the emissions of the places really drift apart, which the placebo dates contain."""
    for seed in list(seeds)[:1]:
        total = truth("2015-01", "2025-12", seed).query("sector == 'total'")
        wide = np.log(
            total.pivot_table(index="month", columns="place", values="pm25")
            / total.pivot_table(index="month", columns="place", values="pm25_frozen")
        )
        yearly = (wide.iloc[-12:].mean() - wide.iloc[:12].mean()) / 10
        print(
            f"\nWritten truth of seed {seed}: emission effect a year (log) {yearly.min():+.3f} to {yearly.max():+.3f} over the places"
        )


def slsqp(gram: np.ndarray, side: np.ndarray) -> optimize.OptimizeResult:
    donors = len(side)
    return optimize.minimize(
        lambda v: v @ gram @ v - 2 * v @ side,
        np.full(donors, 1 / donors),
        jac=lambda v: 2 * (gram @ v - side),
        bounds=[(0, 1)] * donors,
        constraints={"type": "eq", "fun": lambda v: v.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )


def cost(repeat: int = 200) -> None:
    rng = np.random.default_rng(0)
    print("\nSynthetic control, milliseconds a fit (weights on the simplex)")
    for weeks, donors in ((156, 10), (260, 14), (520, 40)):
        common = np.cumsum(rng.normal(0, 0.1, (weeks, 3)), axis=0)
        x = common @ rng.normal(0, 1, (3, donors)) + rng.normal(0, 0.2, (weeks, donors))
        y = x[:, :3] @ np.array([0.5, 0.3, 0.2]) + rng.normal(0, 0.1, weeks)
        begin = time.process_time()
        for _ in range(repeat):
            w = simplex_weights(x, y)
        own = 1000 * (time.process_time() - begin) / repeat
        begin = time.process_time()
        gram, side = x.T @ x, x.T @ y
        found = slsqp(gram, side)
        slow = 1000 * (time.process_time() - begin)
        loss = [float(np.square(y - x @ v).sum()) for v in (w, found.x)]
        print(
            f"  {weeks} weeks, {donors} donors: {own:.2f} ms; baseline SLSQP {slow:.1f} ms, ratio {slow / own:.0f}; loss {loss[0]:.6f} against {loss[1]:.6f}"
        )


def alert_world(rng: np.random.Generator, effect: float, winters: int = 6) -> pd.DataFrame:
    """Days whose alerts are called on forecasts that err, and err alike from day to day."""
    days = pd.date_range("2016-07-01", periods=365 * winters)
    noise = lambda memory, sd: sd * np.sqrt(1 - memory**2) * np.array(_ar(rng, len(days), memory))  # noqa: E731
    level = 4.2 + 0.5 * np.cos(2 * np.pi * (days.day_of_year - 15) / 365.25) + noise(0.8, 0.45)
    forecast = level - 0.05 + noise(0.5, 0.3)
    raised = (forecast > 5.0) & (np.r_[False, forecast[:-1] > 5.0] | np.r_[forecast[1:] > 5.0, False])
    alert = raised & (np.repeat(rng.random(len(days) // 7 + 1), 7)[: len(days)] < 0.8)
    return pd.DataFrame(
        {"date": days, "pm25": np.exp(level + effect * alert), "forecast": np.exp(forecast), "alert": alert}
    )


def _ar(rng: np.random.Generator, n: int, memory: float) -> list[float]:
    out, x = [], 0.0
    for e in rng.standard_normal(n):
        x = memory * x + e
        out.append(x)
    return out


def alerts(worlds: int) -> None:
    print(f"\nAlerts on simulated forecasts, {worlds} worlds of six winters")
    for effect in (0.0, -0.2):
        rng, rows, refused = np.random.default_rng(3), [], 0
        for _ in range(worlds):
            try:
                f = alert_effect(alert_world(rng, effect), placebos=0)
            except AirqError:
                refused += 1
                continue
            rows.append(
                (f.estimate, f.p_value < 0.05, f.lower <= effect <= f.upper, f.naive, f.minimum_detectable)
            )
        t = pd.DataFrame(rows, columns=["b", "seen", "cover", "naive", "mde"])
        k = int(t["seen"].sum())
        low, high = stats.binomtest(k, len(t)).proportion_ci(0.95)
        print(
            f"  true {effect:+.1f}: mean {t['b'].mean():+.3f}, seen {100 * k / len(t):.1f} % [{100 * low:.1f}, {100 * high:.1f}], 95 % intervals cover "
            f"{100 * t['cover'].mean():.1f} %, smallest detectable {t['mde'].median():.2f}, refused {refused}; baseline observed over forecast: {t['naive'].mean():+.3f}"
        )


def seasons(frames: dict[int, pd.DataFrame]) -> None:
    print("\nSmallest detectable fall of one heating season's mean PM2.5 against ten before")
    for seed in list(frames)[:1]:
        frame = frames[seed]
        for weather, text in (((), "as observed"), (WEATHER, "adjusted for weather")):
            found = [
                minimum_detectable_effect(frame, "pm25", site=s, weather=weather)
                for s in frame["site"].unique()
            ]
            print(
                f"  simulated, {text}: {np.median([f.fall_percent for f in found]):.0f} % (median of places), {min(f.fall_percent for f in found):.0f} to {max(f.fall_percent for f in found):.0f} %"
            )
    if shared().exists():
        real = cities()
        falls = [minimum_detectable_effect(real, "pm25", site=s).fall_percent for s in real["site"].unique()]
        print(
            f"  real cities, five or six seasons, as observed: {np.median(falls):.0f} % (median), {min(falls):.0f} to {max(falls):.0f} %"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", default="2,3,4,5")
    parser.add_argument(
        "--dates", type=int, default=10, help="placebo dates a simulated county; 0 leaves a part out"
    )
    parser.add_argument(
        "--cities", type=int, default=4, help="placebo dates a real city and pollutant; 0 leaves it out"
    )
    parser.add_argument("--effects", type=int, default=5, help="effects put in a county")
    parser.add_argument("--alerts", type=int, default=200, help="simulated worlds of alerts")
    parser.add_argument("--cache", type=Path, help="folder that keeps the simulated days between runs")
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    cost()
    if given.alerts:
        alerts(given.alerts)
    frames = {int(s): simulated(int(s), given.cache) for s in given.seeds.split(",") if s}
    if frames:
        written_truth(frames)
        seasons(frames)
    if frames and given.dates:
        placebo_simulated(frames, given.dates, rng)
    if frames and given.effects:
        recovery(frames, given.effects, rng)
    if given.cities and shared().exists():
        placebo_real(given.cities, rng)


if __name__ == "__main__":
    main()
