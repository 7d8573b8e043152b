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

from airq.scenario.alerts import AlertPlan, balance_episode, compare_plans, simulate_plan
from airq.scenario.validation.alerting import alert_placebos, alert_recovery
from airq.scenario.validation.outcomes import binomial


def interval(hits: int, n: int) -> str:
    low, high = binomial(int(hits), n)
    return f"{hits / n:.1%} [{low:.1%}–{high:.1%}]"


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
    made = alert_recovery(series, seed)
    mean = made["truth"].mean()
    print(
        f"{series} basins of 6 winters, {made['alert_days'].mean():.0f} alert days each, true effect {100 * np.expm1(mean):+.1f} % on average:"
    )
    rms = {}
    for name, column in (("pooled", "estimate"), ("forecast only", "forecast_only"), ("naive", "naive")):
        error = made[column] - made["truth"]
        rms[name] = float(np.sqrt(np.square(error).mean()))
        print(f"  {name:14} mean error {error.mean():+.3f} log ({error.mean() / abs(mean):+.0%} of the effect), rms {rms[name]:.3f}")  # fmt: skip
    print(
        f"  rms of naive over pooled {rms['naive'] / rms['pooled']:.1f}, of forecast only over pooled {rms['forecast only'] / rms['pooled']:.1f}"
    )
    print(f"  90 % interval of the effect covers {interval(made['effect_inside'].sum(), series)}")
    bias = made["reach_found"].mean() / made["reach"].mean() - 1
    print(
        f"  reach recovered: bias {bias:+.1%}, 90 % interval covers {interval(made['reach_inside'].sum(), series)}"
    )


def placebo(tries: int, seed: int) -> None:
    made = alert_placebos(tries, seed)
    print(f"{tries} sets of alerts that cut nothing: found effective at 5 % {interval(made['found'].sum(), tries)}; naive (observed against forecast) {interval(made['naive'].sum(), tries)}")  # fmt: skip


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
