"""City-hours: the mean of the valid evaluation stations, hour by hour.

Examples
--------
>>> import numpy as np, pandas as pd
>>> from airq.dataset import build
>>> table = pd.DataFrame({"station": ["A", "B"], "place": "changji"})
>>> ds = build(table, pd.date_range("2019-01-01 01:00", periods=2, freq="h"), {"pm10": [[10, np.nan], [21, np.nan]]})
>>> place_hourly(ds, "changji")["pm10"].values.tolist()
[[15.5, nan]]
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from airq.dataset import STEPS_PER_UNIT, mask_bits, require, steps
from airq.errors import MissingData
from airq.standards.editions import Edition
from airq.standards.rules import CoverageRules, coverage_rules
from airq.standards.sites import evaluation_stations, member_ids, place_coordinates, wanted_places
from airq.standards.station_days import NEVER
from airq.variables import POLLUTANTS, VARIABLES

__all__ = ["covered", "place_hourly"]


def covered(
    valid: npt.NDArray[np.integer], listed: npt.NDArray[np.integer], rules: CoverageRules
) -> npt.NDArray[np.bool_]:
    """Whether enough stations are valid (HJ 663: 75 %, with fewer than four 50 %).

    Parameters
    ----------
    valid, listed : integer arrays
        Valid stations, and stations that count.
    """
    share = np.where(listed < rules.few_stations_below, rules.few_share_percent, rules.share_percent)
    return np.asarray((valid > 0) & (valid * 100 >= share * listed))


def _mean(
    values: npt.NDArray[np.int64], valid: npt.NDArray[np.bool_], rules: CoverageRules
) -> npt.NDArray[np.float64]:
    number = valid.sum(axis=0)
    enough = covered(number, np.full(number.shape, valid.shape[0]), rules)
    total = np.where(valid, values, 0).sum(axis=0)
    return np.where(enough, total / (np.maximum(number, 1) * STEPS_PER_UNIT), np.nan)


def place_hourly(
    ds: xr.Dataset,
    place: str | Iterable[str] | None = None,
    edition: str | int | Edition = "2012",
    mask: str | Iterable[str] | None = None,
) -> xr.Dataset:
    """Hourly means of places, for rules that look at single hours.

    Parameters
    ----------
    ds : xarray.Dataset
        Hourly, canonical.
    place, edition, mask
        As for :func:`airq.standards.place_daily`; a group is the mean of its members' hours.

    Returns
    -------
    xarray.Dataset
        Dims (place, time); float64 in canonical units, NaN where too few stations are valid.

    Raises
    ------
    MissingData, ParameterError
    """
    require(ds)
    wanted = wanted_places(ds, place)
    used, ids = evaluation_stations(ds, wanted)
    rules = coverage_rules("2012" if edition == "by-date" else edition)
    bits = mask_bits(mask) | mask_bits(NEVER)
    held = [p for p in POLLUTANTS if p in used]
    if not held:
        raise MissingData(f"the Dataset has none of {', '.join(POLLUTANTS)}; ingest a file that holds one.")
    require(ds, *held)
    data: dict[str, Any] = {}
    for name in held:
        values, valid = steps(used[name].transpose("station", "time"))
        if f"{name}_flag" in used:
            valid = valid & (
                (used[f"{name}_flag"].transpose("station", "time").values & np.uint16(bits)) == 0
            )
        valid = valid & (values >= 0)
        rows = [_place(key, values, valid, ids, rules) for key in wanted]
        attrs = {
            "units": VARIABLES[name].units,
            "long_name": f"{VARIABLES[name].en}, hourly mean of stations",
        }
        data[name] = (("place", "time"), np.stack(rows), attrs)
    return xr.Dataset(data, coords={**place_coordinates(wanted), "time": ds["time"]}, attrs=dict(ds.attrs))


def _place(
    key: str,
    values: npt.NDArray[np.int64],
    valid: npt.NDArray[np.bool_],
    ids: npt.NDArray[np.object_],
    rules: CoverageRules,
) -> npt.NDArray[np.float64]:
    own = ids == key
    if own.any():
        return _mean(values[own], valid[own], rules)
    members = [m for m in member_ids(key) if (ids == m).any()]
    rows = np.stack([_mean(values[ids == m], valid[ids == m], rules) for m in members])
    there = np.isfinite(rows)
    number = there.sum(axis=0)
    enough = covered(number, np.full(number.shape, len(members)), rules)
    return np.where(enough, np.where(there, rows, 0).sum(axis=0) / np.maximum(number, 1), np.nan)
