"""Tables of scores by group: errors, CRPS, coverage, skill, PIT, tests, FAIRMODE.

Every function takes :class:`ScoredRows` and the columns to group by, and gives one row a model and group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import ParameterError
from airq.forecast import scores
from airq.forecast.fairmode import fairmode
from airq.forecast.inference import block_bootstrap, diebold_mariano, pit_test
from airq.forecast.scored_rows import SHARES, ScoredRows

__all__ = ["REFERENCES", "comparison_table", "fairmode_table", "groups", "mean", "pit_table", "score_table"]

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

REFERENCES = ("climatology", "persistence")
GROUPS = ("horizon", "season", "quarter", "month", "site")


def groups(rows: ScoredRows, by: Sequence[str]) -> Iterator[tuple[dict[str, Any], Positions]]:
    """Key and row positions of each model and group, models in their own order.

    Parameters
    ----------
    rows : ScoredRows
    by : sequence of {"horizon", "season", "quarter", "month", "site"}

    Yields
    ------
    key : dict
        ``model`` and the columns of ``by``.
    positions : int array
    """
    if unknown := [b for b in by if b not in GROUPS]:
        raise ParameterError(f"scores by '{unknown[0]}' are not known; use {', '.join(GROUPS)}.")
    rank = {m: i for i, m in enumerate(rows.models)}
    keys = ["model", *by]
    found = rows.table.groupby(keys, sort=True, observed=True).indices
    for key in sorted(found, key=lambda k: (rank[k[0]], *map(_sortable, k[1:]))):
        yield dict(zip(keys, key, strict=True)), np.asarray(found[key])


def _sortable(value: Any) -> tuple[int, Any]:
    order = {"cold": 0, "warm": 1, "DJF": 0, "MAM": 1, "JJA": 2, "SON": 3}
    return (0, order[value]) if value in order else (1, value)


def references(rows: ScoredRows) -> dict[str, Array]:
    """CRPS of climatology and persistence beside every row; persistence falls back to the last value as a point."""
    crps = rows.table["crps"].to_numpy()
    out = {name: rows.of_model(name, crps) for name in REFERENCES if name in rows.models}
    if "persistence" not in out and not np.isnan(rows.last).all():
        out["persistence"] = np.abs(rows.last - rows.table["observed"].to_numpy())
    return out


def score_table(rows: ScoredRows, by: Sequence[str], draws: int = 500, seed: int = 0) -> pd.DataFrame:
    """Counts, errors, CRPS, pinball loss, coverage, PIT test and skill.

    Parameters
    ----------
    rows : ScoredRows
    by : sequence of str
    draws : int
        Of the block bootstrap of the skill; 0 for no interval.
    seed : int

    Returns
    -------
    pandas.DataFrame
    """
    table, q = rows.table, rows.quantiles
    weights = scores.pit(table["observed"].to_numpy(), q)
    day, steps = table["day"].to_numpy(), rows.day_steps
    crps, error, known = (table[c].to_numpy() for c in ("crps", "error", "known"))
    observed, reference = table["observed"].to_numpy(), references(rows)
    out = []
    for key, at in groups(rows, by):
        used = at[known[at]]
        row: dict[str, Any] = {
            **key,
            "n": len(used),
            "missing": int(np.isnan(observed[at]).sum()),
            "no_forecast": int((~table["forecast_known"].to_numpy()[at]).sum()),
            "bias": mean(error[used]),
            "mae": mean(np.abs(error[used])),
            "rmse": float(np.sqrt(mean(error[used] ** 2))),
            "crps": mean(crps[used]),
        }
        loss = scores.pinball(observed[used], q[used])
        row |= {f"pinball_q{p:02d}": mean(loss[:, p // 5 - 1]) for p in (10, 50, 90)}
        for share in SHARES:
            name = f"coverage_{share * 100:.0f}"
            row[name] = mean(table[name].to_numpy()[used])
        row["width_80"] = mean(table["width_80"].to_numpy()[used])
        test = pit_test(weights[at], day[at], int(steps[at].max()))
        row |= {
            "pit_chi2": test["chi2"],
            "pit_design_effect": test["design_effect"],
            "pit_p": test["p_value"],
        }
        for name, other in reference.items():
            block = max(7, int(steps[at].max()))
            skill = block_bootstrap(crps[at], other[at], day[at], block, draws, seed=seed)
            row |= {
                f"crpss_{name}": skill.skill,
                f"crpss_{name}_low": skill.low,
                f"crpss_{name}_high": skill.high,
            }
        out.append(row)
    return pd.DataFrame(out)


def mean(values: npt.NDArray[Any]) -> float:
    """Mean, NaN of nothing."""
    return float(np.mean(values)) if len(values) else float("nan")


def pit_table(rows: ScoredRows, by: Sequence[str]) -> pd.DataFrame:
    """PIT histogram of each model and group: ``lower upper share expected n``."""
    weights = scores.pit(rows.table["observed"].to_numpy(), rows.quantiles)
    known = ~np.isnan(weights[:, 0])
    edges = np.arange(21) / 20.0
    parts = []
    for key, at in groups(rows, by):
        used = at[known[at]]
        share = weights[used].mean(axis=0) if len(used) else np.full(20, np.nan)
        frame = pd.DataFrame({"lower": edges[:-1], "upper": edges[1:], "share": share, "expected": 0.05})
        parts.append(frame.assign(**key, n=len(used))[[*key, *frame.columns, "n"]])
    return pd.concat(parts, ignore_index=True)


def comparison_table(rows: ScoredRows, by: Sequence[str]) -> pd.DataFrame:
    """Diebold-Mariano tests of the CRPS of each model against each other model, rows of a day pooled."""
    crps = rows.table["crps"].to_numpy()
    day, steps = rows.table["day"].to_numpy(), rows.day_steps
    beside = {m: rows.of_model(m, crps) for m in rows.models}
    out = []
    for key, at in groups(rows, by):
        for other in rows.models:
            if other == key["model"]:
                continue
            test = diebold_mariano(crps[at], beside[other][at], day[at], int(steps[at].max()))
            out.append({**key, "versus": other, **test.__dict__})
    columns = ["model", *by, "versus", "statistic", "p_value", "difference", "n", "lags"]
    return pd.DataFrame(out, columns=columns)


def fairmode_table(rows: ScoredRows) -> tuple[pd.DataFrame, pd.DataFrame]:
    """FAIRMODE forecast indicators by site, and by lead the share of sites with ``mqi_f <= 1``.

    Persistence is the last value observed at issue.
    """
    table = rows.table
    observed, median = table["observed"].to_numpy(), table["median"].to_numpy()
    out = []
    for key, at in groups(rows, ["horizon", "site"]):
        found: Mapping[str, float] = fairmode(observed[at], median[at], rows.last[at], rows.target)
        out.append({**key, **found})
    sites = pd.DataFrame(out)
    judged = sites.dropna(subset=["mqi_f"])
    parts = judged.groupby(["model", "horizon"], sort=False)["mqi_f"]
    lead = parts.agg(sites="size", share=lambda v: float((v <= 1).mean()), median="median").reset_index()
    return sites, lead
