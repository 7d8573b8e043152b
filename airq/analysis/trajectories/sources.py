"""Source regions: PSCF, CWT and SQTBA on a grid of cells.

- PSCF, potential source contribution function: share of a cell's endpoints that belong to arrivals above a percentile
  (Ashbaugh et al. 1985).
- CWT, concentration-weighted trajectories: mean concentration at arrival, weighted by time in the cell (Seibert et al.
  1994; Hsu et al. 2003, *Atmos. Environ.* 37, 545-562).
- SQTBA, simplified quantitative transport bias analysis: as CWT, each endpoint spread as a Gaussian that widens with
  its age (Zhou et al. 2004, *Atmos. Environ.* 38, 3287-3299).

Examples
--------
>>> hours = pd.date_range("2019-01-01 01:00", periods=600, freq="h")
>>> west = np.arange(600) // 60 % 2 == 0
>>> frame = pd.DataFrame({"time": hours, "wind_speed": 5.0, "wind_direction": np.where(west, 270, 90), "pm25": np.where(west, 90.0, 10.0)})
>>> from airq.analysis.trajectories.runs import wind_runs
>>> map_ = cwt(wind_runs(frame, 44.0, 87.3, hours=12), frame, "pm25", cell=0.5)
>>> table = map_.to_frame()
>>> bool(table[table["lon"] < 86.5]["value"].mean() > 3 * table[table["lon"] > 88]["value"].mean())
True
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binom

from airq.analysis.columns import SAID, column, numbers, times_of, uncoded, zone_note
from airq.analysis.trajectories.model import Trajectories
from airq.analysis.trajectories.weights import cwt_weight, pscf_weight
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["SourceMap", "arrivals", "cwt", "pscf", "sqtba"]

Array = npt.NDArray[np.float64]

_LEAST: Final = 10
"""Trajectories with a concentration that a map needs."""
_CELLS: Final = 250_000
_KM: Final = 111.195
"""Of a degree of latitude."""


@dataclass(frozen=True, eq=False)
class SourceMap:
    """Values on a grid.

    Attributes
    ----------
    method : {"PSCF", "CWT", "SQTBA"}
    pollutant : str
    cell : float
        Degrees.
    table : pandas.DataFrame
        A row a cell: ``lat``, ``lon`` (middle), ``value`` (weighted), ``unweighted``, ``weight``, ``endpoints``,
        ``trajectories`` (different ones), and for PSCF ``p_value``: how likely as many or more of its trajectories
        would be high if high arrivals came from everywhere alike.
    cut : float
        Concentration above which an arrival is high; NaN for CWT and SQTBA.
    trajectories : int
        With a concentration at arrival.
    receptor : tuple of float
        Mean latitude and longitude of the arrivals.
    notes : tuple of str
    """

    method: str
    pollutant: str
    cell: float
    table: pd.DataFrame = field(repr=False)
    cut: float
    trajectories: int
    receptor: tuple[float, float]
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return (
            f"<p><b>{self.method}</b>, {escape(self.pollutant)}: {self.trajectories:,} trajectories, {len(self.table):,} "
            f"cells of {self.cell:g}°</p><ul>{notes}</ul>"
        )


def arrivals(
    trajectories: Trajectories, frame: pd.DataFrame, pollutant: str
) -> tuple[pd.DataFrame, pd.Series, tuple[str, ...]]:
    """Endpoints of trajectories whose arrival has a concentration.

    Parameters
    ----------
    trajectories : Trajectories
    frame : pandas.DataFrame
        Hours of the receptor with ``time`` or ``date``, in the time of ``arrival``.
    pollutant : str

    Returns
    -------
    endpoints : pandas.DataFrame
        With ``concentration``.
    concentration : pandas.Series
        By trajectory.
    notes : tuple of str

    Raises
    ------
    MissingData
        Fewer than ten arrivals have one.
    """
    if not isinstance(trajectories, Trajectories):
        raise ParameterError("trajectories must come from read_tdump() or wind_runs(); read them first.")
    time = times_of(frame)
    if time is None:
        raise MissingData("concentrations need their times; give a column 'time' or 'date'.")
    read, codes = uncoded(
        numbers(column(frame, pollutant, "the concentration"), "the concentration"), pollutant
    )
    values = pd.Series(read)
    # Labels are rounded to the hour they end; a trajectory of 08:00 meets the hour that ends at 08:00.
    known = values.groupby(pd.DatetimeIndex(time).round("h")).first().dropna()
    ends = trajectories.frame.groupby("trajectory")["arrival"].first().dt.round("h")
    concentration = ends.map(known).dropna().astype(np.float64).rename("concentration")
    lost = len(ends) - len(concentration)
    if len(concentration) < _LEAST:
        raise MissingData(
            f"{len(concentration)} of {len(ends)} trajectories have a value of {pollutant} at their arrival, {_LEAST} are "
            "needed; check that both use the same time (tdump files are UTC) and the same years."
        )
    said = [SAID["code"].format(n=f"{codes:,}")] if codes else []
    said += zone_note(frame)
    if lost:
        said.append(
            f"{lost:,} of {len(ends):,} trajectories have no value of {pollutant} at arrival and are left out."
        )
    notes = tuple(said)
    endpoints = trajectories.frame.join(concentration, on="trajectory", how="inner")
    return endpoints, concentration, (*trajectories.notes, *notes)


def _checked(cell: float, endpoints: pd.DataFrame) -> None:
    if not 0.01 <= cell <= 20:
        raise ParameterError(f"cell {cell} is no size in degrees; give 0.01 to 20, 1 by default.")
    span = (np.ptp(endpoints["lat"]) / cell + 1) * (np.ptp(endpoints["lon"]) / cell + 1)
    if span > _CELLS:
        raise ParameterError(f"cell {cell} makes {span:,.0f} cells; give a larger one.")


def _gridded(endpoints: pd.DataFrame, cell: float) -> pd.DataFrame:
    """Endpoints with the middle of their cell."""
    row = np.floor(endpoints["lat"].to_numpy() / cell).astype(np.int64)
    col = np.floor(endpoints["lon"].to_numpy() / cell).astype(np.int64)
    return pd.DataFrame(
        {
            "row": row, "col": col, "trajectory": endpoints["trajectory"].to_numpy(),
            "concentration": endpoints["concentration"].to_numpy(),
        }
    )  # fmt: skip


def _receptor(endpoints: pd.DataFrame) -> tuple[float, float]:
    first = endpoints[endpoints["age"] == 0]
    part = first if len(first) else endpoints
    return float(part["lat"].mean()), float(part["lon"].mean())


def _placed(table: pd.DataFrame, cell: float) -> pd.DataFrame:
    out = table.reset_index()
    out.insert(0, "lat", (out.pop("row") + 0.5) * cell)
    out.insert(1, "lon", (out.pop("col") + 0.5) * cell)
    return out


def pscf(
    trajectories: Trajectories,
    frame: pd.DataFrame,
    pollutant: str,
    *,
    percentile: float = 90.0,
    cell: float = 1.0,
    weighted: bool = True,
    min_endpoints: int = 1,
) -> SourceMap:
    """Potential source contribution function.

    Parameters
    ----------
    trajectories : Trajectories
    frame : pandas.DataFrame
        Hours of the receptor.
    pollutant : str
    percentile : float
        Of the concentrations at arrival; higher is high.
    cell : float
        Degrees.
    weighted : bool
        Multiply by the weights for few endpoints.
    min_endpoints : int
        Cells with fewer are left out.

    Returns
    -------
    SourceMap
        ``value`` 0 to 1.

    Raises
    ------
    MissingData, ParameterError
    """
    if not 0 < percentile < 100:
        raise ParameterError(f"percentile {percentile} is not between 0 and 100; 90 by default.")
    endpoints, concentration, notes = arrivals(trajectories, frame, pollutant)
    _checked(cell, endpoints)
    cut = float(np.percentile(concentration, percentile))
    high_share = float((concentration > cut).mean())
    grid = _gridded(endpoints, cell).assign(high=lambda g: g["concentration"] > cut)
    table = grid.groupby(["row", "col"]).agg(endpoints=("high", "size"), high=("high", "sum"), trajectories=("trajectory", "nunique"))  # fmt: skip
    own = grid.drop_duplicates(["row", "col", "trajectory"]).groupby(["row", "col"])["high"].sum()
    table["unweighted"] = table["high"] / table["endpoints"]
    table["weight"] = pscf_weight(table["endpoints"].to_numpy(), float(table["endpoints"].mean()))
    table["value"] = table["unweighted"] * (table["weight"] if weighted else 1.0)
    table["p_value"] = binom.sf(own.to_numpy() - 1, table["trajectories"].to_numpy(), high_share)
    out = _placed(table[table["endpoints"] >= min_endpoints], cell)
    columns = ["lat", "lon", "value", "unweighted", "weight", "endpoints", "trajectories", "p_value"]
    return SourceMap(
        "PSCF", pollutant, cell, out[columns], cut, len(concentration), _receptor(endpoints), notes
    )


def cwt(
    trajectories: Trajectories,
    frame: pd.DataFrame,
    pollutant: str,
    *,
    cell: float = 1.0,
    weighted: bool = True,
    mean: Literal["arithmetic", "log"] = "arithmetic",
    min_endpoints: int = 1,
) -> SourceMap:
    """Concentration-weighted trajectories.

    Parameters
    ----------
    trajectories, frame, pollutant, cell, weighted, min_endpoints
        As for :func:`pscf`.
    mean : {"arithmetic", "log"}
        Of the concentrations; ``log`` gives geometric means, which a few extreme hours sway less.

    Returns
    -------
    SourceMap
        ``value`` in the unit of the pollutant.

    Raises
    ------
    MissingData, ParameterError
    """
    if mean not in ("arithmetic", "log"):
        raise ParameterError(f"mean '{mean}' is not known; use arithmetic or log.")
    endpoints, concentration, notes = arrivals(trajectories, frame, pollutant)
    _checked(cell, endpoints)
    if mean == "log" and (concentration <= 0).any():
        lost = int((concentration <= 0).sum())
        notes = (*notes, f"{lost:,} arrivals at 0 or below have no logarithm and are left out.")
        endpoints = endpoints[endpoints["concentration"] > 0]
    grid = _gridded(endpoints, cell)
    grid["used"] = np.log(grid["concentration"]) if mean == "log" else grid["concentration"]
    table = grid.groupby(["row", "col"]).agg(unweighted=("used", "mean"), endpoints=("used", "size"), trajectories=("trajectory", "nunique"))  # fmt: skip
    if mean == "log":
        table["unweighted"] = np.exp(table["unweighted"])
    table["weight"] = cwt_weight(table["endpoints"].to_numpy())
    table["value"] = table["unweighted"] * (table["weight"] if weighted else 1.0)
    out = _placed(table[table["endpoints"] >= min_endpoints], cell)
    columns = ["lat", "lon", "value", "unweighted", "weight", "endpoints", "trajectories"]
    return SourceMap(
        "CWT", pollutant, cell, out[columns], np.nan, len(concentration), _receptor(endpoints), notes
    )


def sqtba(
    trajectories: Trajectories,
    frame: pd.DataFrame,
    pollutant: str,
    *,
    cell: float = 1.0,
    spread: float = 1.5,
    far: float = 4.0,
) -> SourceMap:
    """Simplified quantitative transport bias analysis.

    Parameters
    ----------
    trajectories, frame, pollutant, cell
        As for :func:`pscf`.
    spread : float
        km by which an endpoint widens an hour of age; 5.4 in Zhou et al., 1.5 in openair.
    far : float
        Standard deviations at which a plume ends. A plume is at least half a cell wide.

    Returns
    -------
    SourceMap
        ``value`` in the unit of the pollutant: mean of the arrivals, weighted by the potential of transport.
        ``weight`` is that potential as a share of the largest.

    Raises
    ------
    MissingData, ParameterError
    """
    if not 0 < spread <= 100 or not far >= 2:
        raise ParameterError(
            "spread must be above 0 and up to 100 km/h, and far 2 or more; 1.5 and 4 by default."
        )
    endpoints, concentration, notes = arrivals(trajectories, frame, pollutant)
    _checked(cell, endpoints)
    moved = endpoints[endpoints["age"] < 0]
    ages = moved["age"].to_numpy(dtype=np.float64)
    widths = {float(h): max(spread * -float(h), cell * _KM / 2) for h in np.unique(ages)}
    row, col = (moved[c].to_numpy(dtype=np.float64) / cell - 0.5 for c in ("lat", "lon"))
    room = int(np.ceil(far * max(widths.values()) / _KM / cell)) + 1
    stretch = max(float(np.cos(np.deg2rad(min(moved["lat"].abs().max() + room * cell, 85.0)))), 0.05)
    row0, col0 = int(np.floor(row.min())) - room, int(np.floor(col.min())) - int(np.ceil(room / stretch))
    shape = (int(np.ceil(row.max())) + room - row0 + 2, int(np.ceil(col.max() + room / stretch)) - col0 + 2)
    if shape[0] * shape[1] > _CELLS:
        raise ParameterError(f"cell {cell} makes too many cells; give a larger one or a smaller spread.")
    potential, charged = np.zeros(shape), np.zeros(shape)
    worth = moved["concentration"].to_numpy(dtype=np.float64)
    cosines = np.cos(np.deg2rad(np.clip((np.arange(shape[0]) + row0 + 0.5) * cell, -89.0, 89.0)))
    for hour, sigma in widths.items():
        own = ages == hour
        held = _spread_over(
            row[own] - row0, col[own] - col0, np.stack([np.ones(int(own.sum())), worth[own]]), shape
        )
        for total, part in zip((potential, charged), _blurred(held, sigma, cell, cosines, far), strict=True):
            total += part / sigma**2
    seen = potential > potential.max() * 1e-6
    grid = _gridded(moved, cell)
    visited = grid.groupby(["row", "col"]).agg(
        endpoints=("trajectory", "size"), trajectories=("trajectory", "nunique")
    )
    r, c = np.nonzero(seen)
    table = pd.DataFrame(
        {
            "row": r + row0,
            "col": c + col0,
            "value": charged[seen] / potential[seen],
            "weight": potential[seen] / potential.max(),
        }
    )
    table["unweighted"] = table["value"]
    table = table.set_index(["row", "col"]).join(visited).fillna({"endpoints": 0, "trajectories": 0})
    table = table.astype({"endpoints": np.int64, "trajectories": np.int64})
    columns = ["lat", "lon", "value", "unweighted", "weight", "endpoints", "trajectories"]
    return SourceMap(
        "SQTBA",
        pollutant,
        cell,
        _placed(table, cell)[columns],
        np.nan,
        len(concentration),
        _receptor(endpoints),
        notes,
    )


def _spread_over(row: Array, col: Array, amounts: Array, shape: tuple[int, int]) -> Array:
    """Amounts shared among the four cells around each point, shape (amounts, rows, columns)."""
    r, c = np.floor(row).astype(np.int64), np.floor(col).astype(np.int64)
    up, right = row - r, col - c
    out = np.zeros((len(amounts), shape[0] * shape[1]))
    for dr, dc, share in (
        (0, 0, (1 - up) * (1 - right)),
        (1, 0, up * (1 - right)),
        (0, 1, (1 - up) * right),
        (1, 1, up * right),
    ):
        spot = (r + dr) * shape[1] + c + dc
        for k, amount in enumerate(amounts):
            out[k] += np.bincount(spot, amount * share, minlength=out.shape[1])
    return out.reshape(len(amounts), *shape)


def _blurred(held: Array, sigma: float, cell: float, cosines: Array, far: float) -> Array:
    """Gaussian plumes of all cells of one age; a degree of longitude is shorter in the north."""
    rows, columns = held.shape[1:]
    used_rows = np.flatnonzero(held[0].any(axis=1))
    used = np.flatnonzero(held[0].any(axis=0))
    away = (np.arange(rows)[:, None] - used_rows) * cell * _KM / sigma
    north = np.where(np.abs(away) <= far, np.exp(-0.5 * away**2), 0.0)
    along = np.einsum("rs,ksc->krc", north, held[:, used_rows][:, :, used])
    out = np.zeros_like(held)
    steps = (used[:, None] - np.arange(columns)) * cell * _KM / sigma
    for i in np.flatnonzero(along[0].any(axis=1)):
        aside = steps * cosines[i]
        out[:, i] = along[:, i] @ np.where(np.abs(aside) <= far, np.exp(-0.5 * aside**2), 0.0)
    return out
