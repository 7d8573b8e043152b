"""Rows of a scenario's result under one key an indicator, as figures and pages show them.

Examples
--------
>>> table = pd.DataFrame({"place": ["a", "a"], "period": ["2025-2026", "2026"], "indicator": ["pm25", "good_days"],
...                       "standard": ["", "GB3095-2012"], "unit": ["µg/m³", "days"]})
>>> keyed(table)["indicator"].tolist()
['pm25_season', 'good_days_2012']
"""

from __future__ import annotations

from typing import Final

import pandas as pd

__all__ = ["SHOWN", "keyed", "shown"]

SHOWN: Final = ("pm25_season", "pm25_year", "heavy_days_2012", "good_days_2012", "good_days_2026")
"""Indicators of a summary, in order; those that a result lacks are left out."""
_DAYS: Final = ("good_days", "heavy_days")


def keyed(table: pd.DataFrame) -> pd.DataFrame:
    """Rows with keys such as ``pm25_season``, ``pm25_year``, ``good_days_2026``.

    Parameters
    ----------
    table : pandas.DataFrame
        As :attr:`airq.scenario.results.Result.table`.

    Returns
    -------
    pandas.DataFrame
        Means of the season and of the last year judged; days of that year by edition. Other columns as they are.
    """
    seasonal = table["period"].astype(str).str.contains("-")
    years = table.loc[~seasonal, "period"].astype(str)
    last = years.max() if len(years) else ""
    days = table["indicator"].isin(_DAYS)
    current = table["period"].astype(str) == last
    kept = table[(current & days) | (~days & (seasonal | current))].copy()
    spans = kept["period"].astype(str).str.contains("-").map({True: "season", False: "year"})
    editions = kept["standard"].astype(str).str.extract(r"GB3095-(\d{4})", expand=False).fillna("")
    tail = editions.where(kept["indicator"].isin(_DAYS), spans)
    kept["indicator"] = (kept["indicator"].astype(str) + "_" + tail).str.rstrip("_")
    return kept.reset_index(drop=True)


def shown(rows: pd.DataFrame, wanted: tuple[str, ...] = SHOWN) -> list[str]:
    """Those of the wanted indicators that the rows hold."""
    held = set(rows["indicator"])
    return [w for w in wanted if w in held]
