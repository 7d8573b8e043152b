"""Running means of the source: which of its ``_24h`` values hold hours that must not be used.

The archive stores no running means; it recomputes what it needs. The flag ``contaminated`` marks the hours at which the
source's own ones would mislead, and :func:`running_means` holds published ones against the readings behind them.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import dataset
from airq.errors import FileRejected, ParameterError
from airq.observations import files
from airq.observations.quality.parameters import Parameters, parameters
from airq.variables import FLAGS, POLLUTANTS

__all__ = ["published", "running_means"]

Floats = npt.NDArray[np.float64]

_TYPES: Final = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3"}
_HALF_STEP: Final = {"co": 0.05}
"""Half the resolution in which means are published; 0.5 for the others."""
_COLUMNS: Final = ("station", "time", "pollutant", "published", "own", "clean", "valid", "flagged", "verdict")


def published(path: str | Path, ds: xr.Dataset, hours: int = 24) -> dict[str, Floats]:
    """Running means that a file of the archive layout publishes, for the stations and hours of a Dataset.

    Parameters
    ----------
    path : path
        File with the columns ``date,hour,type`` and one a station.
    ds : xarray.Dataset
        Canonical; gives stations and hours.
    hours : int
        Length of the mean: 24 takes the types ``PM2.5_24h`` and so on. ``O3_24h`` is left out, as it is a maximum.

    Returns
    -------
    dict of str to float64 array, shape (station, time)
        NaN where the file says nothing.

    Raises
    ------
    FileRejected
        The file has no such lines.
    """
    raw = files.load(Path(path))
    wanted = {f"{t}_{hours}h": n for n, t in _TYPES.items() if n != "o3" and n in ds}
    table = pd.read_csv(io.BytesIO(raw.data), low_memory=False)
    if not {"date", "hour", "type"} <= set(table.columns) or not table["type"].isin(list(wanted)).any():
        raise FileRejected(
            f"{path}: no lines of the types {', '.join(wanted)}; name a file of the archive layout that holds them."
        )
    table = table[table["type"].isin(list(wanted))]
    stamp = pd.to_datetime(table["date"].astype(str), format="%Y%m%d") + pd.to_timedelta(
        table["hour"], unit="h"
    )
    out = {}
    for kind, name in wanted.items():
        part = table[table["type"] == kind].set_index(stamp[table["type"] == kind])
        part = part[~part.index.duplicated()].reindex(pd.DatetimeIndex(ds["time"].values))
        columns = part.reindex(columns=[str(s) for s in ds["station"].values])
        out[name] = columns.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64).T
    return out


def running_means(
    ds: xr.Dataset, given: Mapping[str, npt.ArrayLike], hours: int = 24, settings: Parameters | None = None
) -> pd.DataFrame:
    """Hold published running means against the readings behind them.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical, hourly without holes in its axis, with flags.
    given : mapping of str to array, shape (station, time)
        Published means by pollutant, in canonical units, NaN where there is none; see :func:`published`.
    hours : int
        Length of the mean, which ends with its hour.
    settings : dict, optional
        Parameters; ``contaminated.flags`` names the flags whose hours must not be in a mean.

    Returns
    -------
    pandas.DataFrame
        One row a station, hour and pollutant with a published mean and at least one reading behind it: ``station time
        pollutant published``; ``own`` (mean of the readings as received) and ``clean`` (without flagged ones; NaN if
        none is left); ``valid`` and ``flagged`` (hours); ``verdict``: ``agrees`` (as own, and own is clean),
        ``contaminated`` (it holds a flagged hour: closer to own than to clean, and not equal to clean), ``differs``
        (neither: the source had other hours than those received).

    Raises
    ------
    ParameterError
        A shape differs, or the time axis has holes.

    Examples
    --------
    >>> import pandas as pd
    >>> from airq.observations.quality import flag
    >>> x = np.array([[10, 1500, 12, 11]], np.float32)
    >>> bits = flag({"pm25": x}, {}, np.array([np.nan]), np.array([np.nan]))
    >>> stations = pd.DataFrame({"station": ["A"]})
    >>> ds = dataset.build(stations, pd.date_range("2019-05-01 01:00", periods=4, freq="h"), {"pm25": x}, bits)
    >>> running_means(ds, {"pm25": [[10, 755, 756, 12]]}, hours=2)["verdict"].tolist()
    ['agrees', 'contaminated', 'contaminated', 'agrees']
    """
    dataset.require(ds)
    time = ds["time"].values
    if len(time) > 1 and (np.diff(time) != np.timedelta64(1, "h")).any():
        raise ParameterError("the Dataset's hours have holes; load it from the archive, which fills them with missing values.")  # fmt: skip
    use = (settings or parameters())["contaminated"]["flags"]
    frames = []
    for name in (n for n in POLLUTANTS if n in given):
        dataset.require(ds, name, f"{name}_flag", units=False)
        means = np.asarray(given[name], dtype=np.float64)
        if means.shape != ds[name].shape:
            raise ParameterError(f"the published means of '{name}' have the shape {means.shape}, the readings {ds[name].shape}; give one value a station and hour.")  # fmt: skip
        frames.append(_compared(ds, name, means, hours, np.uint16(sum(FLAGS[f] for f in use))))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(_COLUMNS))


def _compared(ds: xr.Dataset, name: str, means: Floats, hours: int, bits: np.uint16) -> pd.DataFrame:
    # Integers, so that a sum of 24 readings has no rounding of its own.
    values, valid = dataset.steps(ds[name])
    bad = valid & ((ds[f"{name}_flag"].values & bits) > 0)
    total, count = _sums(values, hours), _sums(valid.astype(np.int64), hours)
    spoilt, marked = _sums(np.where(bad, values, 0), hours), _sums(bad.astype(np.int64), hours)
    with np.errstate(invalid="ignore", divide="ignore"):
        own = total / dataset.STEPS_PER_UNIT / np.where(count > 0, count, np.nan)
        clean = (total - spoilt) / dataset.STEPS_PER_UNIT / np.where(count > marked, count - marked, np.nan)
    half = _HALF_STEP.get(name, 0.5) + 1e-6
    from_own, from_clean = np.abs(means - own), np.abs(means - clean)
    contaminated = (
        (marked > 0) & ~(from_clean <= half) & ~(from_own > np.where(np.isnan(from_clean), half, from_clean))
    )
    agrees = ~contaminated & ((from_own <= half) | (from_clean <= half))
    i, t = np.nonzero(np.isfinite(means) & (count > 0))
    verdict = np.where(contaminated, "contaminated", np.where(agrees, "agrees", "differs"))
    columns = (
        np.asarray(ds["station"].values, dtype=object)[i],
        ds["time"].values[t],
        name,
        *(a[i, t] for a in (means, own, clean, count, marked, verdict)),
    )
    return pd.DataFrame(dict(zip(_COLUMNS, columns, strict=True)))


def _sums(values: npt.NDArray[np.int64], hours: int) -> npt.NDArray[np.int64]:
    """Sums over the last ``hours`` cells of each row, fewer at the beginning."""
    total = np.cumsum(values, axis=1)
    total[:, hours:] -= total[:, :-hours].copy()
    return total
