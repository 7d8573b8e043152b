"""City-days: the mean of the valid evaluation stations first, then the index.

Examples
--------
>>> import numpy as np, pandas as pd
>>> from airq.dataset import build
>>> hours = pd.date_range("2019-01-01 01:00", periods=24, freq="h")
>>> table = pd.DataFrame({"station": ["A", "B"], "place": "changji", "role": "evaluation"})
>>> ds = build(table, hours, {"pm25": [np.full(24, 74), np.full(24, 77)]})
>>> city = place_daily(ds, "昌吉市", "2012")
>>> float(city.pm25[0, 0]), float(city.aqi[0, 0]), city.primary.values[0, 0]
(75.5, 101.0, 'pm25')
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from airq.errors import ParameterError
from airq.standards.city_hours import covered, place_hourly
from airq.standards.editions import Edition
from airq.standards.rounding import Ratio
from airq.standards.rules import CoverageRules, coverage_rules
from airq.standards.sites import evaluation_stations, member_ids, place_coordinates, wanted_places
from airq.standards.station_days import add_index, daily, exact_days, reason_attributes, reduced
from airq.variables import POLLUTANTS, VARIABLES

__all__ = ["place_daily"]

_BOUND = 2**51  # value times denominator stays exact in float64 below this


@dataclass
class _Cells:
    """City-days of one pollutant at one place: shape (day,)."""

    numerator: npt.NDArray[np.int64]
    denominator: npt.NDArray[np.int64]
    valid: npt.NDArray[np.bool_]
    count: npt.NDArray[np.int16]


def _operating(days: xr.Dataset, rules: CoverageRules) -> npt.NDArray[np.bool_]:
    """Station-days that count in the coverage: listed stations, save those closed or not yet open.

    A station with ``valid_from`` and ``valid_to`` counts between them; another one counts unless it is silent
    for ``silent_days`` or more up to the start or from the end of the record.
    """
    stamps = days["day"].values.astype("datetime64[D]")
    heard = np.zeros((days.sizes["station"], len(stamps)), bool)
    for name in POLLUTANTS:
        if f"{name}_hours" in days:
            heard |= np.asarray(days[f"{name}_hours"].values) > 0
        elif name in days:
            heard |= np.isfinite(np.asarray(days[name].values, dtype=np.float64))
    since = np.argmax(heard, axis=1)
    until = len(stamps) - 1 - np.argmax(heard[:, ::-1], axis=1)
    silent = ~heard.any(axis=1)
    since[silent], until[silent] = len(stamps), len(stamps) - 1
    since[since < rules.silent_days] = 0
    until[len(stamps) - 1 - until < rules.silent_days] = len(stamps) - 1
    number = np.arange(len(stamps))
    counts = (number >= since[:, None]) & (number <= until[:, None])
    for bound, compare in (("valid_from", np.greater_equal), ("valid_to", np.less_equal)):
        if bound in days.coords:
            dates = np.array([_date(v) for v in days[bound].values], dtype="datetime64[D]")
            given = ~np.isnat(dates)
            counts[given] = compare(stamps[None, :], dates[given, None])
    return counts


def _date(value: Any) -> np.datetime64:
    text = str(value)
    return (
        np.datetime64("NaT")
        if text in ("", "nan", "None", "NaT")
        else np.datetime64(value).astype("datetime64[D]")
    )


def _station_mean(ratio: Ratio, counts: npt.NDArray[np.bool_], rules: CoverageRules) -> _Cells:
    """Mean over the stations of one place (HJ 663: arithmetic mean of the valid evaluation stations)."""
    valid = ratio.valid & counts
    number = valid.sum(axis=0)
    enough = covered(number, counts.sum(axis=0), rules)
    total = np.where(valid, ratio.numerator, 0).sum(axis=0)
    denominator = np.asarray(ratio.denominator, dtype=np.int64) * np.maximum(number, 1)
    return _Cells(np.where(enough, total, 0), denominator, enough, number.astype(np.int16))


def _group_mean(members: list[_Cells], rules: CoverageRules) -> _Cells:
    """Mean over the members' city-days, with the same share of members as of stations."""
    number = np.sum([m.valid for m in members], axis=0)
    enough = covered(number, np.full(number.shape, len(members)), rules)
    parts = {int(d) for m in members for d in np.unique(m.denominator[m.valid])} or {1}
    common = lcm(*parts)
    peak = max((float((m.numerator / m.denominator).max(initial=0)) for m in members), default=0.0)
    if max(peak, 1.0) * common * len(members) < _BOUND:
        total = np.sum(
            [np.where(m.valid, m.numerator * (common // m.denominator), 0) for m in members], axis=0
        )
    else:
        # No common denominator fits: the members' means are taken to nine decimals.
        common = 10**9
        total = np.sum(
            [np.where(m.valid, np.rint(m.numerator / m.denominator * common), 0) for m in members], axis=0
        )
    total = np.asarray(total).astype(np.int64)
    return _Cells(np.where(enough, total, 0), common * np.maximum(number, 1), enough, number.astype(np.int16))


def _cells(
    key: str, ratio: Ratio, counts: npt.NDArray[np.bool_], ids: npt.NDArray[np.object_], rules: CoverageRules
) -> _Cells:
    own = ids == key
    if own.any():
        return _station_mean(
            Ratio(ratio.numerator[own], ratio.denominator, ratio.valid[own]), counts[own], rules
        )
    members = [m for m in member_ids(key) if (ids == m).any()]
    if rules.group == "stations":
        own = np.isin(ids, members)
        return _station_mean(
            Ratio(ratio.numerator[own], ratio.denominator, ratio.valid[own]), counts[own], rules
        )
    return _group_mean([_cells(m, ratio, counts, ids, rules) for m in members], rules)


def _station_days(ds: xr.Dataset, edition: str | int | Edition | None, mask: Any) -> xr.Dataset:
    if not isinstance(ds, xr.Dataset):
        raise ParameterError("place_daily() takes hours or station-days; give a Dataset.")
    if "place" in ds.dims:
        raise ParameterError("the Dataset already holds city-days; give hours or station-days.")
    if "day" in ds.dims and "station" in ds.dims:
        return ds.transpose("station", "day", ...)
    return daily(ds, "2012" if edition is None else edition, mask)


def place_daily(
    ds: xr.Dataset,
    place: str | Iterable[str] | None = None,
    edition: str | int | Edition | None = None,
    mask: str | Iterable[str] | None = None,
) -> xr.Dataset:
    """City-days of one or more places.

    Parameters
    ----------
    ds : xarray.Dataset
        Hours (station, time) or station-days from :func:`airq.standards.daily`, with coordinate ``place``.
    place : str, list of str or None
        Id, Chinese or English name or code; any text that the coordinate ``place`` holds; None for all. A group
        is the mean of its members' city-days unless stations carry its own name.
    edition : str or int, optional
        AQI edition or ``"by-date"``; that of the station-days, else ``"2012"``, by default.
    mask : None, "default" or names of flags
        For hours, as in :func:`airq.standards.daily`.

    Returns
    -------
    xarray.Dataset
        Dims (place, day): the variables of :func:`airq.standards.daily`, ``<p>_stations`` (valid stations; of a
        group, members), ``n_stations`` (stations in operation) and ``<p>_denominator`` (exactness).

    Raises
    ------
    MissingData
        If a place has no station.
    ParameterError

    Notes
    -----
    Background stations stay out; stations without a stated role count. HJ 663: 75 % of the stations must be
    valid, 50 % with fewer than four [B 85%]; MDA8 is the mean of the stations' MDA8 [B 80%].
    """
    days = _station_days(ds, edition, mask)
    chosen: Any = edition if edition is not None else days.attrs.get("edition", "2012")
    wanted = wanted_places(days, place)
    used, ids = evaluation_stations(days, wanted)
    rules = coverage_rules("2012" if chosen == "by-date" else chosen)
    counts = _operating(used, rules)
    data = _place_variables(used, wanted, ids, counts, rules)
    out = xr.Dataset(data, coords={**place_coordinates(wanted), "day": days["day"]}, attrs=dict(days.attrs))
    if rules.mda8 == "mean hours":
        out = _ozone_of_mean_hours(out, ds, wanted, chosen, mask)
    return add_index(out, chosen)


def _ozone_of_mean_hours(
    out: xr.Dataset, ds: xr.Dataset, wanted: list[str], edition: Any, mask: Any
) -> xr.Dataset:
    """MDA8 of the place's hourly means, the other reading of the city MDA8 (table ``coverage.mda8``)."""
    if "time" not in ds.dims:
        raise ParameterError("the MDA8 of mean hours needs hours, not station-days; give the hourly Dataset.")
    hours = place_hourly(ds, wanted, edition, mask).rename(place="station")
    days = daily(hours, edition).rename(station="place")
    for name in ("o3", "o3_1h"):
        out[name] = (("place", "day"), days[name].values, days[name].attrs)
        out = out.drop_vars(f"{name}_denominator")
    out["o3_reason"] = (("place", "day"), days["o3_reason"].values, days["o3_reason"].attrs)
    return out


def _place_variables(
    days: xr.Dataset,
    wanted: list[str],
    ids: npt.NDArray[np.object_],
    counts: npt.NDArray[np.bool_],
    rules: CoverageRules,
) -> dict[str, Any]:
    dims = ("place", "day")
    data: dict[str, Any] = {}
    nothing = np.zeros((days.sizes["station"], days.sizes["day"]), np.int64)
    for name in (*POLLUTANTS, "o3_1h"):
        ratio = reduced(exact_days(days, name)) if name in days else Ratio(nothing, 1, nothing > 0)
        cells = [_cells(key, ratio, counts, ids, rules) for key in wanted]
        numerator = np.stack([c.numerator for c in cells])
        denominator = np.stack([c.denominator for c in cells])
        valid, number = np.stack([c.valid for c in cells]), np.stack([c.count for c in cells])
        base = VARIABLES[name.split("_")[0]]
        attrs = {
            "units": base.units,
            "standard_name": base.standard_name,
            "long_name": f"{base.en}, mean of stations",
        }
        data[name] = (dims, Ratio(numerator, denominator, valid).floats, attrs)
        data[f"{name}_denominator"] = (dims, denominator, {"long_name": "value times this is a whole number"})
        if name in POLLUTANTS:
            data[f"{name}_stations"] = (dims, number, {"long_name": "valid stations (of a group: members)"})
            reason = np.where(valid, 0, np.where(number == 0, 1, 4)).astype(np.uint8)
            data[f"{name}_reason"] = (dims, reason, reason_attributes())
    data["n_stations"] = (
        dims,
        _operating_stations(wanted, ids, counts),
        {"long_name": "stations in operation"},
    )
    return data


def _operating_stations(
    wanted: list[str], ids: npt.NDArray[np.object_], counts: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int16]:
    rows = []
    for key in wanted:
        own = ids == key
        if not own.any():
            own = np.isin(ids, member_ids(key))
        rows.append(counts[own].sum(axis=0))
    return np.stack(rows).astype(np.int16)
