"""T1, T3: a known alert found again over simulated winters, and how often one that did nothing is found.

Examples
--------
>>> made = alert_recovery(2, seed=0)
>>> made["effect_inside"].tolist().count(True) <= 2, bool((made["truth"] < 0).all())
(True, True)
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from airq.errors import MissingData
from airq.scenario.alerts.past import past_alerts
from airq.scenario.validation.winters import winters

__all__ = ["alert_placebos", "alert_recovery"]

_RATIO = 0.3


def alert_recovery(series: int, seed: int) -> pd.DataFrame:
    """Red alerts of known reach, six winters a basin, estimated all together.

    Parameters
    ----------
    series, seed : int

    Returns
    -------
    pandas.DataFrame
        One row a basin: ``truth`` and ``estimate`` (log change on alert days), ``forecast_only`` (observed over forecast on
        alert days), ``naive`` (alert days against others), ``effect_inside`` (of the 90 % interval), ``reach``,
        ``reach_found``, ``reach_inside``, ``alert_days``.
    """
    rng = np.random.default_rng([seed, 1])
    rows: list[dict[str, float | bool]] = []
    while len(rows) < series:
        reach, residence = float(rng.uniform(0.5, 1.0)), float(np.exp(rng.normal(np.log(33), 0.307)))
        frame = winters(rng, reach, residence, _RATIO)
        try:
            found = past_alerts(frame, level="red", placebos=0, seed=len(rows))
        except MissingData:
            continue
        on = frame["alert"] > 0
        log, true = np.log(frame["pm25"]), float(frame.loc[on, "truth"].mean())
        rows.append(
            {
                "truth": true,
                "estimate": found.effect.estimate,
                "forecast_only": found.effect.naive,
                "naive": float(log[on].mean() - log[~on].mean()),
                "effect_inside": bool(found.effect.lower <= true <= found.effect.upper),
                "reach": reach,
                "reach_found": found.reach[1],
                "reach_inside": bool(found.reach[0] <= reach <= found.reach[2]),
                "alert_days": int(on.sum()),
            }
        )
    return pd.DataFrame(rows)


def alert_placebos(tries: int, seed: int) -> pd.DataFrame:
    """Alerts that cut nothing.

    Returns
    -------
    pandas.DataFrame
        One row a set of winters: ``found`` (effective at 5 %), ``naive`` (the same by observed over forecast).
    """
    rng = np.random.default_rng([seed, 2])
    rows: list[dict[str, bool]] = []
    while len(rows) < tries:
        frame = winters(rng, 0.0, 33.0, _RATIO)
        try:
            effect = past_alerts(frame, level="red", placebos=0, confidence=0.95, seed=len(rows)).effect
        except MissingData:
            continue
        on = frame["alert"] > 0
        log = np.log(frame["pm25"] / frame["forecast"])
        spread = log[on].std() / np.sqrt(on.sum())
        rows.append(
            {"found": bool(effect.p_value < 0.05), "naive": bool(abs(log[on].mean()) > 1.96 * spread)}
        )
    return pd.DataFrame(rows)
