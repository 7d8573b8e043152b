"""Data capture: what each station delivered against the full calendar of a period, and what was flagged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from airq import standards
from airq.analysis import period as periods
from airq.analysis.period import Period
from airq.observations.quality import VALUE_BITS
from airq.variables import FLAGS, POLLUTANTS

__all__ = ["capture", "capture_by_place", "in_period", "required_days"]


def in_period(ds: xr.Dataset, period: Period) -> xr.Dataset:
    """Hours of the period on the full calendar; hours that are not there are missing.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical, hourly.
    period : Period

    Returns
    -------
    xarray.Dataset
        Same stations, every hour of the period.
    """
    fill: dict[Any, Any] = {f"{p}_flag": np.uint16(FLAGS["missing"]) for p in POLLUTANTS if f"{p}_flag" in ds}
    fill |= {p: np.float32(np.nan) for p in POLLUTANTS if p in ds}
    return ds.reindex(time=periods.hours(period), fill_value=fill)


def required_days(month: int, standard: str) -> int:
    """Daily values that a month's mean needs (GB 3095 table 4, HJ 663).

    Examples
    --------
    >>> required_days(10, "GB3095-2012"), required_days(2, "GB3095-2026")
    (27, 25)
    """
    rules = standards.edition(standards.standard_of(standard).edition.need("evaluation"), "evaluation")
    return int(rules.need("validity.february_days" if month == 2 else "validity.month_days"))


def _shortfall(valid: pd.Series, period: Period, standard: str) -> str:
    """Months with too few daily values, as ``2026-10: 20/27``, without words."""
    short = []
    for part in period.months:
        inside = valid[(valid.index.year == part.year) & (valid.index.month == part.month)]
        need = required_days(part.month, standard)
        if (count := int(inside.sum())) < need:
            short.append(f"{part.year}-{part.month:02d}: {count}/{need}")
    return "; ".join(short)


def capture(ds: xr.Dataset, period: Period, standard: str, until: str = "") -> pd.DataFrame:
    """One row a station and pollutant.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical, hourly; only the period's hours count.
    period : Period
    standard : str
        Whose validity of days and months is asked.
    until : str
        Last hour that can have come (end of the hour), where the period is under way: hours and days after it are not
        possible. Empty for the whole period.

    Returns
    -------
    pandas.DataFrame
        ``place station role pollutant hours_possible hours_valid share`` (0 to 1), ``flagged`` (hours with a value
        and any flag), ``flag_<kind>`` (hours), ``days_possible days_valid`` (days with a valid daily value),
        ``shortfall`` (months with too few of them, such as ``2026-10: 20/27``; empty if the statistic stands).

    Notes
    -----
    As received: a flagged value counts as delivered. Sentinels and imputed values do not count in a valid day.
    """
    hours = in_period(ds, period)
    days = standards.daily(hours, standards.standard_of(standard).edition.need("aqi"))
    days = days.reindex(day=periods.calendar(period))
    possible = period.days
    if until:
        hours = hours.sel(time=slice(None, pd.Timestamp(until)))
        possible = min(possible, max(0, (pd.Timestamp(until) - periods.start(period)).days))
    kinds = [k for k in FLAGS if k != "missing"]
    rows: list[dict[str, Any]] = []
    for s, code in enumerate(hours["station"].values):
        about = {
            "place": str(hours["place"].values[s]),
            "station": str(code),
            "role": str(hours["role"].values[s]),
        }
        for name in POLLUTANTS:
            there = np.isfinite(hours[name].values[s])
            flags = hours[f"{name}_flag"].values[s].astype(np.int64)
            marked = {f"flag_{k}": int((there & ((flags & FLAGS[k]) != 0)).sum()) for k in kinds}
            valid = pd.Series(np.isfinite(days[name].values[s]), index=periods.calendar(period))
            rows.append(
                {
                    **about,
                    "pollutant": name,
                    "hours_possible": there.size,
                    "hours_valid": int(there.sum()),
                    "share": float(there.mean()) if there.size else float("nan"),
                    "flagged": int((there & ((flags & VALUE_BITS) != 0)).sum()),
                    **marked,
                    "days_possible": possible,
                    "days_valid": int(valid.sum()),
                    "shortfall": _shortfall(valid, period, standard),
                }
            )
    columns = ["place", "station", "role", "pollutant", "hours_possible", "hours_valid", "share", "flagged"]
    columns += [f"flag_{k}" for k in kinds] + ["days_possible", "days_valid", "shortfall"]
    return pd.DataFrame(rows, columns=columns)


def capture_by_place(table: pd.DataFrame) -> pd.DataFrame:
    """Hours of all evaluation stations of each place together.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`capture`.

    Returns
    -------
    pandas.DataFrame
        ``place pollutant hours_possible hours_valid flagged share``.
    """
    used = table[table["role"] != "background"]
    summed = used.groupby(["place", "pollutant"], sort=False)[
        ["hours_possible", "hours_valid", "flagged"]
    ].sum()
    out = summed.reset_index()
    return out.assign(share=out["hours_valid"] / out["hours_possible"].where(out["hours_possible"] > 0))
