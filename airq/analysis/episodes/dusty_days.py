"""Dust: events by the hourly rule, days, and what dust adds to the means of months and years.

The rule and its label are those of :mod:`airq.standards.dust`: unless a list of confirmed events is given, the deduction is
simulated and not official.

Examples
--------
>>> pm10 = [80.0, 400.0, 90.0, 70.0]
>>> frame = pd.DataFrame({"date": pd.date_range("2019-04-01", periods=4), "pm10": pm10, "pm25": [40.0, 90.0, 40.0, 30.0]})
>>> found = dust_record(frame)
>>> found.days.loc[found.days["dust"], "date"].dt.day.tolist(), float(found.table["pm10_dust"][0])
([2], 80.0)
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from airq import standards
from airq.analysis.episodes.days import dataset_of, days_and_hours
from airq.errors import MissingData, ParameterError
from airq.forecast import daily_frame
from airq.texts import items

__all__ = ["DustRecord", "dust_record"]

_NAMELESS: Final = "-"
"""Place of a frame without sites, as the rule needs a name."""
_PERIODS: Final = {"month": "M", "year": "Y"}


@dataclass(frozen=True, eq=False)
class DustRecord:
    """Dust of one or more sites.

    Attributes
    ----------
    basis : {"hours", "days"}
        Whether the hourly rule or the check of daily values tells dust.
    events : pandas.DataFrame
        From :func:`airq.standards.dust_events`, the site in ``place``; empty where only days are known.
    days : pandas.DataFrame
        ``site``, ``date``, ``pm10``, ``pm25``, ``aqi``, ``dust`` (a day with an hour of an event, or by its daily values),
        ``dust_hours``, ``daily_check``.
    table : pandas.DataFrame
        A row a site and period: ``period``, ``days`` (with PM10), ``dust_days``, ``events``, ``dust_hours``,
        ``pm10`` and ``pm25`` (mean of days), ``pm10_without``, ``pm25_without``, ``pm10_dust``, ``pm25_dust`` (the difference; below
        0 where the days that lose their value were cleaner than the rest),
        ``good_lost`` (dust days that are not good).
    label_zh, label_en : str
        What the deduction is.
    notes : tuple of str
    """

    basis: str
    events: pd.DataFrame
    days: pd.DataFrame
    table: pd.DataFrame
    label_zh: str
    label_en: str
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return f"<p>{escape(self.label_en)}</p>{self.table.round(1).to_html(index=False)}<ul>{notes}</ul>"


def _check(days: pd.DataFrame) -> np.ndarray:
    ds = xr.Dataset({p: ("day", days[p].to_numpy(dtype=np.float64)) for p in ("pm10", "pm25")})
    return np.asarray(standards.dust_days(ds).values, dtype=bool)


def _event_hours(events: pd.DataFrame, days: pd.DataFrame) -> np.ndarray:
    """Hours of events on each row of the days."""
    hours = [
        (e.place, t)
        for e in events.itertuples()
        for t in (pd.date_range(e.start, e.end, freq="h") - pd.Timedelta(minutes=30)).normalize()
    ]
    count = pd.Series(hours).value_counts() if hours else pd.Series(dtype="int64")
    return np.array([int(count.get((s, d), 0)) for s, d in zip(days["site"], days["date"], strict=True)])


def _periods(days: pd.DataFrame, events: pd.DataFrame, period: str) -> pd.DataFrame:
    key = days["date"].dt.to_period(_PERIODS[period]).astype(str)
    begun = (events["start"] - pd.Timedelta(minutes=30)).dt.to_period(_PERIODS[period]).astype(str) if len(events) else None  # fmt: skip
    rows: list[dict[str, Any]] = []
    for (site, name), own in days.groupby([days["site"], key], sort=True):
        started = int(((events["place"] == site) & (begun == name)).sum()) if begun is not None else 0
        row: dict[str, Any] = {
            "site": site, "period": name, "days": int(own["pm10"].notna().sum()), "dust_days": int(own["dust"].sum()),
            "events": started, "dust_hours": int(own["dust_hours"].sum()),
        }  # fmt: skip
        for p in ("pm10", "pm25"):
            row[p], row[f"{p}_without"] = float(own[p].mean()), float(own[f"{p}_without"].mean())
            row[f"{p}_dust"] = row[p] - row[f"{p}_without"]
        row["good_lost"] = int((own["dust"] & (own["aqi"] > 100)).sum())
        rows.append(row)
    out = pd.DataFrame(rows)
    return out[out["days"] > 0].reset_index(drop=True)


def dust_record(
    data: xr.Dataset | pd.DataFrame,
    *,
    period: str = "month",
    confirmed: str | Path | pd.DataFrame | None = None,
    edition: str = "2012",
    rules: str = "DUST-2016",
) -> DustRecord:
    """Dust days and events, and what they add to the means.

    Parameters
    ----------
    data : xarray.Dataset or pandas.DataFrame
        Hours, or days, with ``pm10`` and ``pm25``; several sites by ``site``. Each station stands for itself.
    period : {"month", "year"}
    confirmed : path or DataFrame, optional
        Officially confirmed events (:func:`airq.standards.read_dust_events`); needs hours.
    edition : str
        Of the AQI.
    rules : str
        Edition of kind ``dust``.

    Returns
    -------
    DustRecord

    Raises
    ------
    MissingData
        No PM10 or PM2.5.
    ParameterError, FileRejected
    """
    if period not in _PERIODS:
        raise ParameterError(f"period '{period}' is not known; use month or year.")
    found = days_and_hours(data, edition)
    days = found.days
    for name in ("pm10", "pm25"):
        if name not in days or not days[name].notna().any():
            raise MissingData(
                f"dust needs '{name}', of which there is no valid day; give both PM10 and PM2.5."
            )
    if found.hours is None and confirmed is not None:
        raise ParameterError("confirmed events are hours, and the data are days; give hours.")
    days = days[["site", "date", "pm10", "pm25", "aqi"]].copy()
    days["daily_check"] = _check(days)
    label = standards.edition(rules, "dust")
    suffix = "" if confirmed is None else "_confirmed"
    zh, en = (str(label.need(f"label{suffix}_{lang}")) for lang in ("zh", "en"))
    notes = list(found.notes)
    if found.hours is None:
        events = pd.DataFrame(columns=["place", "start", "end", "hours", "peak_pm10"])
        days["dust_hours"] = 0
        days["dust"] = days["daily_check"]
        for name in ("pm10", "pm25"):
            days[f"{name}_without"] = days[name].where(~days["dust"])
        notes.append("Days only: dust is told by daily values (PM10 above 300, PM2.5 below half of it), not by the hourly rule.")  # fmt: skip
        return DustRecord("days", events, days, _periods(days, events, period), zh, en, tuple(notes))
    ds = data if isinstance(data, xr.Dataset) else dataset_of(found.hours)
    # Each station is its own place, so that an event is that of its own hours.
    ds = ds.assign_coords(place=("station", [str(s) or _NAMELESS for s in ds["station"].values]))
    events = standards.dust_events(ds, rules=rules, confirmed=confirmed)
    clean = daily_frame(standards.without_dust(ds, events, rules), edition=edition)
    events["place"] = events["place"].replace(_NAMELESS, "")
    clean = clean[["site", "date", "pm10", "pm25"]].rename(
        columns={p: f"{p}_without" for p in ("pm10", "pm25")}
    )
    days = days.merge(clean, on=["site", "date"], how="left")
    days["dust_hours"] = _event_hours(events, days)
    days["dust"] = days["dust_hours"] > 0
    return DustRecord("hours", events, days, _periods(days, events, period), zh, en, tuple(notes))
