"""The tests T1 to T7, each a function that returns its numbers beside what is asked of them.

T1 a known response, step and alert are found again; T2 seasons are foretold from archives that end before them; T3 nothing is
found where nothing was done; T4 each county is foretold by the others; T5 how much rests on the prior; T6 gases of coal fall
with coal; T7 days of dust kept and left out.

Examples
--------
>>> [o.name for o in known_response(4, draws=2000)]
['response_bias', 'response_coverage']
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from airq.scenario.validation.alerting import alert_placebos, alert_recovery
from airq.scenario.validation.frozen import FIGURES, NAIVE
from airq.scenario.validation.outcomes import Outcome, ratio, share
from airq.scenario.validation.responses import prior_sensitivity, response_recovery
from airq.scenario.validation.scored import skill
from airq.scenario.validation.steps import step_placebos, step_recovery

__all__ = [
    "dust_days",
    "frozen_archives",
    "known_alert",
    "known_response",
    "known_step",
    "left_out_counties",
    "nothing_done",
    "prior_table",
    "species_coherence",
]

COVERAGE: Final = (0.85, 0.95)
BIAS: Final = 0.10
SIZE: Final = 0.07
COHERENT: Final = 0.9


def known_response(series: int, seed: int = 0, draws: int = 60_000) -> list[Outcome]:
    """T1: µg/m³ per kilotonne found again from simulated basins."""
    found = response_recovery(series, seed, draws)
    own, naive = found["adjusted"], found["naive"]
    mean, error = own.log_error.mean(), own.log_error.std(ddof=1) / np.sqrt(len(own.log_error))
    low, value, high = np.expm1([mean - 1.96 * error, mean, mean + 1.96 * error])
    rms = {n: float(np.sqrt(np.square(f.log_error).mean())) for n, f in found.items()}
    beside = f"rms error (log) {rms['adjusted']:.2f}, naive {rms['naive']:.2f} in the same run"
    return [
        Outcome("T1", "response_bias", float(value), float(low), float(high), series, -BIAS, BIAS, beside),
        share(
            "T1",
            "response_coverage",
            int(own.inside.sum()),
            series,
            *COVERAGE,
            f"naive {naive.inside.mean():.0%}",
        ),
    ]


def known_step(series: int, seed: int = 0) -> list[Outcome]:
    """T1: a step of −10 to −35 % found again in daily series by the interrupted series of :mod:`airq.analysis`."""
    made = step_recovery(series, seed)
    rms = [float(np.sqrt(np.square(made[c] - made["truth"]).mean())) for c in ("estimate", "naive")]
    beside = f"rms error (log) {rms[0]:.3f}, year against year {rms[1]:.3f} in the same run"
    return [
        ratio(
            "T1",
            "step_bias",
            _array(made, "estimate"),
            _array(made, "truth"),
            least=-BIAS,
            most=BIAS,
            detail=beside,
        ),
        share("T1", "step_coverage", int(made["inside"].sum()), series, *COVERAGE),
    ]


def known_alert(series: int, seed: int = 0) -> list[Outcome]:
    """T1: the effect of alerts and their reach found again over simulated winters, pooled."""
    made = alert_recovery(series, seed)
    rms = {
        c: float(np.sqrt(np.square(made[c] - made["truth"]).mean()))
        for c in ("estimate", "naive", "forecast_only")
    }
    beside = f"rms error (log) {rms['estimate']:.3f}, alert days against others {rms['naive']:.3f}, against their forecast {rms['forecast_only']:.3f} in the same run"  # fmt: skip
    return [
        ratio(
            "T1",
            "alert_bias",
            _array(made, "estimate"),
            _array(made, "truth"),
            least=-BIAS,
            most=BIAS,
            detail=beside,
        ),
        share("T1", "alert_coverage", int(made["effect_inside"].sum()), series, *COVERAGE),
        ratio("T1", "reach_bias", _array(made, "reach_found"), _array(made, "reach"), least=-BIAS, most=BIAS),
        share("T1", "reach_coverage", int(made["reach_inside"].sum()), series, *COVERAGE),
    ]


def frozen_archives(rows: pd.DataFrame, effects: pd.DataFrame) -> list[Outcome]:
    """T2: skill by CRPS over the naive ones, coverage, and the effect of the measures against the written truth.

    Parameters
    ----------
    rows, effects : pandas.DataFrame
        Of :class:`airq.scenario.validation.scored.Hindcasts`, of all worlds.
    """
    out = [skill(rows, naive, figure, least=0.0) for figure in FIGURES for naive in NAIVE]
    out += [skill(rows, f"{naive}_weather", figure) for figure in FIGURES for naive in NAIVE[:2]]
    own = rows[(rows["method"] == "measures") & (rows["dust"] == "kept")]
    for figure in FIGURES:
        inside = own.loc[own["indicator"] == figure, "inside"]
        out.append(share("T2", f"coverage_{figure}", int(inside.sum()), len(inside)))
    kept = effects[effects["dust"] == "kept"]
    worlds = kept["world"].to_numpy(np.int64)
    out.append(ratio("T2", "effect_bias", _array(kept, "p50"), _array(kept, "truth"), worlds))
    out.append(share("T2", "effect_coverage", int(kept["inside"].sum()), len(kept)))
    out.append(
        ratio(
            "T2", "effect_skill", _array(kept, "crps"), _array(kept, "crps_none"), worlds, sign=-1, least=0.0
        )
    )
    return out


def nothing_done(alerts: int, steps: int, seed: int = 0) -> list[Outcome]:
    """T3: alerts that cut nothing, and dates on which nothing began.

    Of a step the verdict is what is claimed, and what is asked of; the share with p < 0.05 stands beside it.
    """
    made, fake = alert_placebos(alerts, seed), step_placebos(steps, seed)
    beside = [f"{what} {share_:.0%} in the same run" for what, share_ in (("by observed over forecast", made["naive"].mean()), ("year against year", fake["naive"].mean()))]  # fmt: skip
    return [
        share("T3", "placebo_alerts", int(made["found"].sum()), alerts, most=SIZE, detail=beside[0]),
        share("T3", "placebo_steps", int(fake["claimed"].sum()), steps, most=SIZE),
        share("T3", "placebo_steps_p", int(fake["found"].sum()), steps, detail=beside[1]),
    ]


def left_out_counties(rows: pd.DataFrame) -> list[Outcome]:
    """T4: the fall of each county foretold by the others.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of :func:`airq.scenario.validation.counties.leave_one_out`, of all worlds.
    """
    worlds = rows["world"].to_numpy(np.int64)
    return [
        ratio(
            "T4", "county_bias", _array(rows, "p50"), _array(rows, "observed"), worlds, least=-BIAS, most=BIAS
        ),
        share("T4", "county_coverage", int(rows["inside"].sum()), len(rows), *COVERAGE),
    ]


def prior_table(draws: int = 2000, seed: int = 0) -> tuple[list[Outcome], pd.DataFrame]:
    """T5: what the level becomes if all evidence for it is halved or doubled; 1 would be an answer free of the prior."""
    table = prior_sensitivity(draws, seed)
    level = table.set_index("scale")
    out = []
    for name, scale in (("level_halved", 0.5), ("level_doubled", 2.0)):
        low, middle, high = (float(level.loc[scale, f"posterior_{p}"] / level.loc[1.0, "posterior_p50"]) for p in ("p5", "p50", "p95"))  # fmt: skip
        out.append(
            Outcome(
                "T5",
                name,
                middle,
                low,
                high,
                draws,
                detail="posterior over that of the shipped priors, 90 % of draws",
            )
        )
    return out, table


def species_coherence(rows: pd.DataFrame, model: tuple[int, int]) -> list[Outcome]:
    """T6: SO2 and CO lower where less coal is burnt, and all three lower in the model.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of :func:`airq.scenario.validation.species.species_falls`, of all worlds.
    model : (int, int)
        Of :func:`airq.scenario.validation.species.model_coherence`.
    """
    less = rows[rows["coal"] < np.log(0.95)]
    out = [share("T6", "model_species", *model, least=1.0)]
    if len(less):
        for gas in ("so2", "co"):
            follows = float(np.corrcoef(less[gas], less["coal"])[0, 1]) if len(less) > 2 else float("nan")
            out.append(share("T6", f"{gas}_with_coal", int((less[gas] < 0).sum()), len(less), least=COHERENT, detail=f"correlation with coal {follows:.2f}"))  # fmt: skip
    return out


def dust_days(rows: pd.DataFrame, effects: pd.DataFrame) -> list[Outcome]:
    """T7: the same hindcasts without the days of dust.

    Parameters
    ----------
    rows, effects
        As :func:`frozen_archives`.
    """
    out = [skill(rows, "persistence", figure, "left out", least=0.0, test="T7") for figure in FIGURES]
    keys: Sequence[str] = ("world", "place", "season")
    both = effects[effects["dust"] == "kept"].merge(effects[effects["dust"] == "left out"], on=list(keys), suffixes=("", "_without"))  # fmt: skip
    worlds = both["world"].to_numpy(np.int64)
    out.append(
        ratio(
            "T7",
            "effect_without_dust",
            _array(both, "p50_without"),
            _array(both, "p50"),
            worlds,
            least=-BIAS,
            most=BIAS,
        )
    )
    without = effects[effects["dust"] == "left out"]
    out.append(share("T7", "effect_coverage_without_dust", int(without["inside"].sum()), len(without)))
    return out


def _array(frame: pd.DataFrame, column: str) -> np.ndarray:
    return frame[column].to_numpy(dtype=np.float64)
