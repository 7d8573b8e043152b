"""Whether a known response is recovered, and how much of the answer is the prior.

    python benchmarks/response_recovery.py [--series 300] [--seed 0]

The computing is that of ``airq whatif --validate`` (T1, T5): simulated basins with weather, k and a fall of the emission of
their own. Printed are bias, the coverage of the 90 % interval with its binomial interval, and the ratio of the naive error to
that of the estimate adjusted for weather in the same run; then the official response with the evidence halved and doubled.
"""

from __future__ import annotations

import argparse

import numpy as np

from airq.scenario.validation.outcomes import binomial
from airq.scenario.validation.responses import prior_sensitivity, response_recovery


def recovery(series: int, seed: int) -> None:
    rms = {}
    for name, found in response_recovery(series, seed).items():
        rms[name] = float(np.sqrt(np.square(found.log_error).mean()))
        hits = int(found.inside.sum())
        low, high = binomial(hits, series)
        print(f"{name:9} k recovered over {series} series: bias {np.exp(found.log_error.mean()) - 1:+.1%}, 90 % interval covers {hits / series:.1%} [{low:.1%}–{high:.1%}], rms error {rms[name]:.3f} (log), {found.refused} refused")  # fmt: skip
    print(f"naive / adjusted rms error: {rms['naive'] / rms['adjusted']:.2f}")


def sensitivity(seed: int) -> None:
    print(
        "official response, µg/m³ per kt of the heating season, with the evidence for the level multiplied:"
    )
    for row in prior_sensitivity(2000, seed).to_dict("records"):
        prior, posterior = (
            f"{row[f'{n}_p50']:.2f} [{row[f'{n}_p5']:.2f}–{row[f'{n}_p95']:.2f}]"
            for n in ("prior", "posterior")
        )
        print(
            f"  × {row['scale']:3.1f}: prior {prior}, posterior {posterior}, shrinkage {row['shrinkage']:.0%}"
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
