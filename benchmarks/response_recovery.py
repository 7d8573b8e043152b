"""Whether a known response is recovered, and how much of the answer is the prior.

    python benchmarks/response_recovery.py [--series 300] [--seed 0]

Each series is a basin of its own: two five-month seasons of a box with weather of its own (mixing height and wind that
remember some days), a true k of its own, a fall of the emission at a known date, other measures and a weather difference
that are not known. The change is estimated from the days by regression on the weather of each day; the naive one is that of
the two means, with the spread that weather gives it. Each is given to the update with the same prior; printed are bias, the coverage of the 90 % interval with its
binomial interval, and the ratio of the naive error to that of the adjusted one in the same run. Then the official
response with the evidence halved and doubled.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.stats import beta

from airq.errors import ParameterError
from airq.scenario.box import SEASON_DAYS
from airq.scenario.response import response
from airq.scenario.updating import Observed, updated

DAYS = 151
DRAWS = 60_000


def basin(rng: np.random.Generator, k: float, emitted: float, cut: float) -> tuple[np.ndarray, np.ndarray]:
    """Daily PM2.5 and ventilation of two seasons; the emission (t/day) falls by ``cut`` in the second."""
    ventilation = np.zeros(2 * DAYS)
    level = rng.normal(0, 0.12, 2).repeat(DAYS)  # one season is windier than the other
    for day in range(1, 2 * DAYS):
        ventilation[day] = 0.7 * ventilation[day - 1] + rng.normal(0, 0.35)
    ventilation = np.exp(ventilation + level)
    ventilation /= np.mean(1 / ventilation) ** -1  # the mean response of a season is k
    rate = k * SEASON_DAYS / 1000
    emission = np.where(np.arange(2 * DAYS) < DAYS, emitted, emitted - cut)
    noise = np.exp(rng.normal(0, 0.25, 2 * DAYS) - 0.25**2 / 2)
    return 15 + rate * emission / ventilation * noise, ventilation


def changes(values: np.ndarray, ventilation: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """Change between the seasons with its standard error: adjusted for ventilation, and of the plain means."""
    first, second = values[:DAYS], values[DAYS:]
    plain = second.mean() - first.mean()
    blocks = [v[: DAYS // 10 * 10].reshape(-1, 10).mean(axis=1) for v in (first, second)]
    error = float(np.hypot(*[b.std(ddof=1) / np.sqrt(len(b)) for b in blocks]))
    # PM = background + slope of the season / ventilation: slopes by least squares, weighted for multiplicative noise.
    x = 1 / ventilation
    design = np.column_stack(
        [np.ones(2 * DAYS), x * (np.arange(2 * DAYS) < DAYS), x * (np.arange(2 * DAYS) >= DAYS)]
    )
    weight = np.ones(2 * DAYS)
    for _ in range(3):  # weights from the fit, not from the values, which would favour the low ones
        left, right = design * weight[:, None], values * weight
        coefficient, *_ = np.linalg.lstsq(left, right, rcond=None)
        weight = 1 / np.maximum(design @ coefficient, 1)
    residual = right - left @ coefficient
    covariance = np.linalg.inv(left.T @ left) * residual.var(ddof=3)
    contrast = np.array([0.0, -1.0, 1.0]) * x.mean()
    return (float(contrast @ coefficient), float(np.sqrt(contrast @ covariance @ contrast))), (
        float(plain),
        error,
    )


def interval(hits: int, n: int) -> str:
    low, high = beta.ppf([0.025, 0.975], [hits, hits + 1], [n - hits + 1, n - hits])
    return f"{hits / n:.1%} [{low:.1%}–{high:.1%}]"


def recovery(series: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    log_sd = 0.6
    ratios: dict[str, list[float]] = {"adjusted": [], "naive": []}
    hits, refused = {"adjusted": 0, "naive": 0}, {"adjusted": 0, "naive": 0}
    for number in range(series):
        k = float(np.exp(rng.normal(np.log(3), log_sd)))
        tonnes = float(np.exp(rng.normal(np.log(8), 0.3)))  # t/day, known within 30 %
        values, ventilation = basin(rng, k, 30.0, tonnes)
        # Between two seasons of the same emission the weather alone makes such a difference of the means.
        pairs = [changes(*basin(rng, k, 30.0, 0.0))[1][0] for _ in range(12)]
        swing = {"adjusted": 0.0, "naive": float(np.std(pairs))}
        prior = np.exp(rng.normal(np.log(3), log_sd, DRAWS))
        believed = tonnes * np.exp(rng.normal(0, 0.15) + rng.normal(0, 0.15, DRAWS))
        for name, (change, error) in zip(("adjusted", "naive"), changes(values, ventilation), strict=True):
            seen = Observed(
                change,
                error,
                believed * SEASON_DAYS / 1000,
                np.zeros(DRAWS),
                rng.normal(0, 1, DRAWS) * swing[name],
            )
            try:
                made = updated(prior, seen, number)
            except ParameterError:  # so far out that it is refused: no interval, so none that covers
                refused[name] += 1
                continue
            low, middle, high = np.quantile(made.draws, (0.05, 0.5, 0.95))
            hits[name] += low <= k <= high
            ratios[name].append(middle / k)
    for name, found in ratios.items():
        logs = np.log(found)
        print(f"{name:9} k recovered over {series} series: bias {np.exp(logs.mean()) - 1:+.1%}, 90 % interval covers {interval(hits[name], series)}, rms error {np.sqrt((logs**2).mean()):.3f} (log), {refused[name]} refused")  # fmt: skip
    rms = {n: np.sqrt((np.log(v) ** 2).mean()) for n, v in ratios.items()}
    print(f"naive / adjusted rms error: {rms['naive'] / rms['adjusted']:.2f}")


def sensitivity(seed: int) -> None:
    print(
        "official response, µg/m³ per kt of the heating season, with the evidence for the level multiplied:"
    )
    for scale in (0.5, 1.0, 2.0):
        made = response(2000, seed, ("changji", "fukang"), ("home_heating",), scale=scale)
        assert made.update is not None
        prior, posterior = (
            "{k_middle:.2f} [{k_low:.2f}–{k_high:.2f}]".format(**row)
            for row in made.update.table.to_dict("records")
        )
        print(
            f"  × {scale:3.1f}: prior {prior}, posterior {posterior}, shrinkage {made.update.shrinkage:.0%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    recovery(given.series, given.seed)
    sensitivity(given.seed)


if __name__ == "__main__":
    main()
