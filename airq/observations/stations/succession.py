"""Stations that follow one another at a place, so that a long series can be joined on request.

A succession is a statement of the registry (``succeeds``), never a guess from numbers; nothing is joined unless asked.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import dataset
from airq.errors import MissingData, ParameterError
from airq.observations.stations.periods import with_periods
from airq.observations.stations.table import load

__all__ = ["join", "lineage", "predecessors"]


def predecessors(table: pd.DataFrame) -> dict[str, str]:
    """Code that each station succeeds, for those that succeed one.

    Examples
    --------
    >>> predecessors(pd.DataFrame({"station": ["A", "B"], "succeeds": ["", "A"]}))
    {'B': 'A'}
    """
    if "succeeds" not in table:
        return {}
    pairs = zip(table["station"].tolist(), table["succeeds"].tolist(), strict=True)
    return {str(code): str(old) for code, old in pairs if old and old == old}


def lineage(code: str, table: pd.DataFrame | None = None) -> tuple[str, ...]:
    """Codes that stand for one place of measurement, the oldest first.

    Parameters
    ----------
    code : str
        Any member of the chain.
    table : DataFrame, optional
        As from :func:`airq.observations.stations.load`; the project's own by default.

    Returns
    -------
    tuple of str
        At least the code itself.

    Raises
    ------
    ParameterError
        The successions run in a circle, or two stations succeed the same one and the code does not say which.

    Examples
    --------
    >>> lineage("2691A"), lineage("3613A"), lineage("2711A")
    (('2691A', '3613A'), ('2691A', '3613A'), ('2711A',))
    """
    before = predecessors(load() if table is None else table)
    after: dict[str, list[str]] = {}
    for new, old in before.items():
        after.setdefault(old, []).append(new)
    chain = [code]
    while chain[0] in before:
        if before[chain[0]] in chain:
            raise ParameterError(
                f"station '{code}': successions run in a circle through {', '.join(chain)}; correct 'succeeds'."
            )
        chain.insert(0, before[chain[0]])
    while followers := after.get(chain[-1]):
        if len(followers) > 1:
            raise ParameterError(
                f"station '{chain[-1]}' is succeeded by {' and '.join(followers)}; name the one whose chain is wanted."
            )
        chain.append(followers[0])
    return tuple(chain)


def join(ds: xr.Dataset, codes: Sequence[str], table: pd.DataFrame | None = None) -> xr.Dataset:
    """One long series of a chain of stations; values are taken as they are, no step between them is removed.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical, ``(station, time)`` or ``(station, day)``.
    codes : sequence of str
        The oldest first, as from :func:`lineage`; codes that the Dataset does not hold are passed over.
    table : DataFrame, optional
        Gives the first day of each successor (``valid_from``); without one, a station takes over with its first value.

    Returns
    -------
    xarray.Dataset
        One station under the newest code and with its coordinates; the attribute ``joined`` says which code gives
        which part.

    Raises
    ------
    MissingData
        The Dataset holds none of the codes.

    Examples
    --------
    >>> stations = pd.DataFrame({"station": ["2691A", "3613A"]})
    >>> time = pd.date_range("2021-01-01 01:00", periods=3, freq="h")
    >>> ds = dataset.build(stations, time, {"pm25": [[1, 2, 3], [np.nan, 5, np.nan]]})
    >>> join(ds, ("2691A", "3613A"))["pm25"].values.tolist()
    [[1.0, 5.0, nan]]
    """
    held = [str(c) for c in ds["station"].values]
    chain = [c for c in codes if c in held]
    if not chain:
        raise MissingData(f"the Dataset holds none of {', '.join(codes)}; load them together.")
    axis = "day" if "day" in ds.dims else "time"
    names = [n for n in ds.data_vars if {"station", axis} <= set(ds[n].dims)]
    rows = [held.index(c) for c in chain]
    parts = [ds[n].transpose("station", axis).values for n in names]
    some = [np.any([np.isfinite(p[r]) for p in parts if p.dtype.kind == "f"], axis=0) for r in rows]
    begins = [
        0,
        *(_takes_over(ds[axis].values, axis, c, s, table) for c, s in zip(chain[1:], some[1:], strict=True)),
    ]
    pick = np.zeros(ds.sizes[axis], np.intp)
    for k, begin in enumerate(begins):
        pick[begin:] = k
    out = ds.isel(station=[rows[-1]]).copy(deep=True)
    columns = np.arange(ds.sizes[axis])
    for name, part in zip(names, parts, strict=True):
        out[name] = (("station", axis), part[np.array(rows)[pick], columns][None, :], ds[name].attrs)
    out.attrs["joined"] = "; ".join(
        f"{c} from {np.datetime_as_string(ds[axis].values[np.flatnonzero(pick == k)[0]], unit='h')}"
        for k, c in enumerate(chain)
        if (pick == k).any()
    )
    return out


def _takes_over(
    stamps: npt.NDArray[np.datetime64],
    axis: str,
    code: str,
    some: npt.NDArray[np.bool_],
    table: pd.DataFrame | None,
) -> int:
    """Index from which a successor gives the values; the length of the axis if it has none."""
    if table is not None:
        starts, _ = with_periods(table)
        own = [s for s, c in zip(starts, table["station"].tolist(), strict=True) if c == code]
        if own and all(own):
            days = stamps.astype("datetime64[D]") if axis == "day" else dataset.day_of(stamps)
            return int(np.searchsorted(days, np.datetime64(min(own), "D")))
    return int(np.argmax(some)) if some.any() else len(some)
