"""Alerts: what a red one does to an episode, whether a known one is found again, and how often one that did nothing is "found".

    python benchmarks/alerts.py [--series 240] [--placebos 400] [--seed 0]

The episode is the box's, seven days at 150 µg/m³; the published range of red alerts stands beside the result. For the
recovery, winters of a basin are simulated hour by hour: weather that remembers some days, forecasts with errors that do
too, alerts called on most high forecasts, a cut of the emission while they hold. The effect on alert days and the reach
(compliance × local share) are estimated by the pooled comparison with days of the same forecast; the naive one compares
alert days with the other days, and a third the observed value with the forecast. Printed are bias, the coverage of the
90 % interval with its binomial interval, and the ratio of the errors in the same run. The placebo alerts cut nothing.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
from scipy.stats import beta

from airq.errors import MissingData
from airq.scenario.alerts import AlertPlan, balance_episode, compare_plans, past_alerts, simulate_plan

BACKGROUND = 15.0


def winters(
    rng: np.random.Generator, reach: float, residence: float, ratio: float, number: int = 6
) -> pd.DataFrame:
    """Daily values with and without alerts, forecasts and alerts of some winters; hourly box inside."""
    frames = []
    for winter in range(number):
        days = pd.date_range(f"{2015 + winter}-10-15", f"{2016 + winter}-04-15")
        state = np.zeros(len(days))
        for t in range(1, len(days)):
            state[t] = 0.65 * state[t - 1] + rng.normal(0, 0.6)
        season = 0.35 * np.cos(2 * np.pi * (np.arange(len(days)) - 85) / 365)
        tau = residence * np.exp(
            0.55 * (state + 2 * season) - 0.9
        )  # an upper-tenth day keeps its air about ``residence``
        emission = 130 / residence * np.exp(rng.normal(0, 0.15, len(days)))  # µg/m³ an hour
        free = basin(emission, tau, np.zeros(len(days)))
        error = np.zeros(len(days))
        for t in range(len(days)):
            error[t] = (0.5 * error[t - 1] if t else 0.0) + rng.normal(0, 0.25)
        forecast = free * np.exp(error)
        alert = called(forecast, rng)
        real = basin(emission, tau, reach * ratio * alert)
        noise = np.exp(rng.normal(0, 0.06, len(days)))
        frames.append(pd.DataFrame({"date": days, "pm25": real * noise, "truth": np.log(real / free), "forecast": forecast, "alert": alert, "tau": tau}))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def basin(emission: np.ndarray, tau: np.ndarray, cut: np.ndarray) -> np.ndarray:
    """Daily means of the box, by hours: exact within each."""
    now, out = 40.0, np.empty(len(tau))
    for day in range(len(tau)):
        keep = np.exp(-1 / tau[day])
        level = emission[day] * (1 - cut[day]) * tau[day]
        powers = keep ** np.arange(1, 25)
        hours = level + (now - level) * powers
        out[day], now = hours.mean(), hours[-1]
    return out + BACKGROUND


def called(forecast: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Alerts on runs of two days above 115 µg/m³, three in five of them: others are missed or belong to a holiday."""
    alert = np.zeros(len(forecast))
    high = forecast > 115
    t = 0
    while t < len(forecast) - 1:
        if high[t] and high[t + 1]:
            end = t
            while end < len(forecast) and high[end]:
                end += 1
            if rng.random() < 0.6:
                alert[t:end] = 1
            t = end
        t += 1
    return alert


def interval(hits: int, n: int) -> str:
    low, high = beta.ppf([0.025, 0.975], [hits, hits + 1], [n - hits + 1, n - hits])
    return f"{hits / n:.1%} [{np.nan_to_num(low):.1%}–{np.nan_to_num(high, nan=1.0):.1%}]"


def episode() -> None:
    box = balance_episode()
    print("episode of 7 days at 150 µg/m³, alert of 5 days from the first on, change of the mean:")
    for level, prototype in (("yellow", -4.8), ("orange", -9.5), ("red", -14.3)):
        row = simulate_plan(AlertPlan(level, 0, 5), box, 2000).table.set_index("indicator").loc["mean"]
        print(f"  {level:6} {row['percent_p50']:+.1f} % [{row['percent_p5']:+.1f} … {row['percent_p95']:+.1f}], prototype {prototype:+.1f} %")  # fmt: skip
    print("  published for red alerts of 2015: -11 … -21 %")
    table = compare_plans(box, ["red"], [-1, 0, 1, 2], [5], 2000)
    for row in table.to_dict("records"):
        print(f"  red, 5 days from day {row['begin']:+d}, lifted {row['early']} days before the end: mean {row['mean_p50']:+.1f} %, peak {row['peak_p50']:+.1f} % [{row['peak_p5']:+.1f} … {row['peak_p95']:+.1f}]")  # fmt: skip
    whole = compare_plans(box, ["red"], [-2, -1, 0], [7, 8, 9], 2000)
    held = {r["begin"]: r for r in whole.to_dict("records") if r["early"] == 0}
    for lead in (1, 2):
        print(
            f"  red to the end, {lead} days of lead add {held[-lead]['mean_p50'] - held[0]['mean_p50']:+.1f} pt of the mean"
        )


def recovery(series: int, seed: int) -> None:
    rng = np.random.default_rng([seed, 1])
    error: dict[str, list[float]] = {"pooled": [], "forecast only": [], "naive": []}
    hits = {"effect": 0, "reach": 0}
    truth: list[float] = []
    reaches: list[tuple[float, float]] = []
    done = days = 0
    while done < series:
        reach, residence = rng.uniform(0.5, 1.0), float(np.exp(rng.normal(np.log(33), 0.307)))
        frame = winters(rng, reach, residence, 0.3)
        try:
            found = past_alerts(frame, level="red", placebos=0, seed=done)
        except MissingData:
            continue
        on = frame["alert"] > 0
        true = float(frame.loc[on, "truth"].mean())
        effect = found.effect
        hits["effect"] += effect.lower <= true <= effect.upper
        hits["reach"] += found.reach[0] <= reach <= found.reach[2]
        reaches.append((reach, found.reach[1]))
        log = np.log(frame["pm25"])
        error["pooled"].append(effect.estimate - true)
        error["forecast only"].append(effect.naive - true)
        error["naive"].append(float(log[on].mean() - log[~on].mean()) - true)
        truth.append(true)
        done, days = done + 1, days + int(on.sum())
    mean = np.mean(truth)
    print(
        f"{done} basins of 6 winters, {days / done:.0f} alert days each, true effect {100 * np.expm1(mean):+.1f} % on average:"
    )
    for name, values in error.items():
        print(f"  {name:14} mean error {np.mean(values):+.3f} log ({np.mean(values) / abs(mean):+.0%} of the effect), rms {np.sqrt(np.mean(np.square(values))):.3f}")  # fmt: skip
    rms = {n: np.sqrt(np.mean(np.square(v))) for n, v in error.items()}
    print(
        f"  rms of naive over pooled {rms['naive'] / rms['pooled']:.1f}, of forecast only over pooled {rms['forecast only'] / rms['pooled']:.1f}"
    )
    print(f"  90 % interval of the effect covers {interval(hits['effect'], done)}")
    given, got = np.array(reaches).T
    print(
        f"  reach recovered: bias {got.mean() / given.mean() - 1:+.1%}, 90 % interval covers {interval(hits['reach'], done)}"
    )


def placebo(tries: int, seed: int) -> None:
    rng = np.random.default_rng([seed, 2])
    done = rejected = naive = 0
    while done < tries:
        frame = winters(rng, 0.0, 33.0, 0.3)
        try:
            effect = past_alerts(frame, level="red", placebos=0, confidence=0.95, seed=done).effect
        except MissingData:
            continue
        on = frame["alert"] > 0
        log = np.log(frame["pm25"] / frame["forecast"])
        spread = log[on].std() / np.sqrt(on.sum())
        rejected += effect.p_value < 0.05
        naive += abs(log[on].mean()) > 1.96 * spread
        done += 1
    print(f"{done} sets of alerts that cut nothing: found effective at 5 % {interval(int(rejected), done)}; naive (observed against forecast) {interval(int(naive), done)}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=240)
    parser.add_argument("--placebos", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    start = time.perf_counter()
    episode()
    if given.series:
        recovery(given.series, given.seed)
    if given.placebos:
        placebo(given.placebos, given.seed)
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
