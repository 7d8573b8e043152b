"""Days and hours of sites from whatever is at hand: a Dataset, a frame of hours or a frame of days.

Examples
--------
>>> frame = pd.DataFrame({"date": pd.date_range("2019-01-01", periods=2), "pm25": [60.0, 160.0]})
>>> found = days_and_hours(frame)
>>> found.days[["site", "aqi"]].values.tolist(), found.hours is None
([['', 82.0], ['', 210.0]], True)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr

from airq import dataset, standards
from airq.analysis.columns import (
    SAID,
    begins_hour,
    column,
    days_apart,
    numbers,
    times_of,
    uncoded,
    zone_note,
)
from airq.analysis.everyday.series import sites_of
from airq.errors import MissingData, ParameterError
from airq.forecast import daily_frame
from airq.variables import POLLUTANTS, WEATHER

__all__ = ["DaysAndHours", "dataset_of", "days_and_hours", "hours_of", "stacked"]


@dataclass(frozen=True, eq=False)
class DaysAndHours:
    """Both resolutions.

    Attributes
    ----------
    days : pandas.DataFrame
        ``date`` (midnight), ``site``, ``aqi`` and the pollutants there are.
    hours : pandas.DataFrame or None
        ``time`` (end of the hour), ``site`` and columns, sorted, each hour once; None where only days are known.
    notes : tuple of str
    """

    days: pd.DataFrame
    hours: pd.DataFrame | None
    notes: tuple[str, ...]


def stacked(ds: xr.Dataset) -> pd.DataFrame:
    """Hours of a Dataset in long form."""
    if not {"time", "station"} <= set(ds.coords):
        raise ParameterError("the Dataset has no dimensions (station, time); read it with airq.observations.")
    held = [n for n in (*POLLUTANTS, *WEATHER) if n in ds]
    time = pd.DatetimeIndex(ds["time"].values)
    sites = [str(s) for s in ds["station"].values]
    columns = {n: ds[n].transpose("station", "time").values.astype(np.float64).reshape(-1) for n in held}
    return pd.DataFrame(
        {"time": np.tile(time.to_numpy(), len(sites)), "site": np.repeat(sites, len(time)), **columns}
    )


def hours_of(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Hours by site in order, each once; ``date`` of an hour is its beginning and becomes its end.

    Raises
    ------
    MissingData
        No times.
    ParameterError
    """
    time = times_of(frame)
    if time is None:
        raise MissingData("the frame has no times; give a column 'time' or 'date'.")
    if begins_hour(frame):
        time = time + np.timedelta64(1, "h")
    name = sites_of(frame)
    out = frame.drop(columns=[c for c in ("time", "date", "site") if c in frame.columns]).copy()
    out.insert(0, "time", time)
    out.insert(1, "site", frame[name].astype("str").to_numpy() if name else "")
    codes, said = 0, list[str]()
    for one in (n for n in (*POLLUTANTS, *WEATHER) if n in out.columns and n != "wind_direction"):
        known = one in WEATHER
        values = numbers(column(out, one, "the value"), "the value")
        out[one], found = uncoded(values, one, physical=known)
        codes += 0 if known else found
        if known and found:
            said.append(
                f"{found:,} values of {one} are impossible or codes such as 999 and count as missing."
            )
    missing = int(np.isnat(time).sum())
    out = out[~np.isnat(time)]
    # The fullest of the rows that repeat an hour comes first.
    out = out.assign(**{_GAPS: out.isna().sum(axis=1)}).sort_values(["site", "time", _GAPS], kind="stable")
    doubled = out.duplicated(["site", "time"])
    notes = [f"{missing:,} rows without a time are left out."] if missing else []
    if doubled.any():
        notes.append(
            f"{int(doubled.sum()):,} rows repeat an hour of their site; the first with a value is kept."
        )
    if codes:
        notes.append(SAID["code"].format(n=f"{codes:,}"))
    notes += said + zone_note(frame)
    return out[~doubled].drop(columns=_GAPS).reset_index(drop=True), notes


_GAPS: Final = "gaps of the row"


def dataset_of(hours: pd.DataFrame) -> xr.Dataset:
    """Canonical Dataset of long hours, for the official rules of days."""
    held = [n for n in POLLUTANTS if n in hours]
    axis = pd.date_range(hours["time"].min().floor("h"), hours["time"].max().ceil("h"), freq="h")
    off = hours["time"] != hours["time"].dt.floor("h")
    if off.any():
        raise ParameterError(
            f"the time {hours.loc[off.idxmax(), 'time']} is off the hour; average the rows to hours first."
        )
    sites = sorted(hours["site"].unique())
    values = {}
    for name in held:
        wide = hours.assign(v=numbers(hours[name], "the value")).pivot(  # noqa: PD010  # each cell stands once
            index="site", columns="time", values="v"
        )
        found = wide.reindex(index=sites, columns=axis).to_numpy(dtype=np.float64)
        values[name] = np.where(found >= 0, found, np.nan)
    return dataset.build(pd.DataFrame({"station": sites}), axis, values)


def _days(frame: pd.DataFrame, edition: str) -> tuple[pd.DataFrame, list[str]]:
    """Rows of days; the AQI is computed where it is not given."""
    time = times_of(frame)
    if time is None:
        raise MissingData("the frame has no times; give a column 'date'.")
    name = sites_of(frame)
    out = pd.DataFrame({"date": time.astype("datetime64[D]").astype("datetime64[ns]")})
    out["site"] = frame[name].astype("str").to_numpy() if name else ""
    notes: list[str] = []
    for pollutant in (*POLLUTANTS, "aqi"):
        if pollutant in frame.columns:
            values, codes = uncoded(numbers(column(frame, pollutant, "the value"), "the value"), pollutant)
            if codes:
                notes.append(SAID["code"].format(n=f"{codes:,}"))
            # No day has an AQI of 0; files of days write it for missing ones.
            none = values <= 0 if pollutant == "aqi" else values < 0
            if none.any():
                bound = "of 0 or less" if pollutant == "aqi" else "below 0"
                notes.append(f"{int(none.sum()):,} values of {pollutant} {bound} count as missing.")
            out[pollutant] = np.where(none, np.nan, values)
    held = [p for p in POLLUTANTS if p in out]
    if "aqi" not in out:
        if not held:
            raise MissingData(
                f"the frame has neither 'aqi' nor one of {', '.join(POLLUTANTS)}; name a column so."
            )
        out["aqi"] = np.asarray(
            standards.aqi({p: out[p].to_numpy() for p in held}, averaging="24h", edition=edition).value,
            dtype=np.float64,
        )
        if held != list(POLLUTANTS):
            notes.append(f"AQI from {', '.join(held)} only.")
    out = out.assign(**{_GAPS: out.isna().sum(axis=1)}).sort_values(["site", "date", _GAPS], kind="stable")
    doubled = out.duplicated(["site", "date"]) & out["date"].notna()
    out = out.drop(columns=_GAPS)
    if doubled.any():
        notes.append(
            f"{int(doubled.sum()):,} rows repeat a day of their site; the first with a value is kept."
        )
    notes += zone_note(frame)
    return out[~doubled & out["date"].notna()].sort_values(["site", "date"], ignore_index=True), notes


def days_and_hours(
    data: xr.Dataset | pd.DataFrame, edition: str = "2012", days: pd.DataFrame | None = None
) -> DaysAndHours:
    """Daily AQI and, where the data hold them, the hours it comes from.

    Parameters
    ----------
    data : xarray.Dataset or pandas.DataFrame
        Hours as a canonical Dataset; a frame of hours; or a frame of days with ``aqi`` or pollutants (24-h means, MDA8).
    edition : str
        Of the AQI, where it is computed.
    days : pandas.DataFrame, optional
        Days of the same sites, such as the official ones of a place (:func:`airq.forecast.daily_frame`), in place of those
        that would be computed from the hours.

    Returns
    -------
    DaysAndHours
        Days by the official rules of validity where they come from hours.

    Raises
    ------
    MissingData, ParameterError
    """
    if days is not None:
        found = days_and_hours(data, edition)
        own, more = _days(days, edition)
        unknown = sorted(set(found.days["site"]) - set(own["site"]))
        if unknown:
            raise MissingData(
                f"the days hold no site '{unknown[0]}', which the hours have; name the sites alike."
            )
        return DaysAndHours(own, found.hours, (*found.notes, *more))
    if isinstance(data, xr.Dataset):
        if "time" not in data.dims:
            made, notes = _days(daily_frame(data, edition=edition), edition)
            return DaysAndHours(made, None, tuple(notes))
        return DaysAndHours(daily_frame(data, edition=edition), stacked(data), ())
    if not isinstance(data, pd.DataFrame):
        raise ParameterError(f"a Dataset or a DataFrame is needed, not {type(data).__name__}; give one.")
    time = times_of(data)
    known = time[~np.isnat(time)] if time is not None else None
    if known is None or not len(known):
        raise MissingData("the frame has no times; give a column 'time' or 'date'.")
    if (known == known.astype("datetime64[D]").astype("datetime64[ns]")).all() or (
        len(known) > 1 and days_apart(known)
    ):
        made, notes = _days(data, edition)
        return DaysAndHours(made, None, tuple(notes))
    hours, notes = hours_of(data)
    held = [p for p in POLLUTANTS if p in hours]
    if not held:
        raise MissingData(f"the frame holds none of {', '.join(POLLUTANTS)}; rename a column so.")
    made = daily_frame(dataset_of(hours), edition=edition)
    if held != list(POLLUTANTS):
        notes.append(f"AQI from {', '.join(held)} only.")
    return DaysAndHours(made, hours, tuple(notes))
