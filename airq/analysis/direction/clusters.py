"""Polar clusters: parts of a polar surface that belong together, and the hours in each.

Cells of the surface are grouped by their place and value (standardised) around medoids, as in Carslaw & Beevers (2013),
and every hour goes to the group of its cell.

Examples
--------
>>> rng = np.random.default_rng(1)
>>> wd, ws = rng.uniform(0, 360, 5000), rng.gamma(3.0, 1.0, 5000)
>>> time = pd.date_range("2019-01-01 01:00", periods=5000, freq="h")
>>> frame = pd.DataFrame({"time": time, "ws": ws, "wd": wd, "nox": np.where((wd < 180) & (ws > 2), 80.0, 10.0)})
>>> groups = polar_clusters(frame, "nox", clusters=2, wind_speed="ws", wind_direction="wd")
>>> len(groups.summary), bool(groups.summary["mean"].max() > 60)
(2, True)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from airq.analysis.direction.medoids import best_partition, partition
from airq.analysis.direction.surface import PolarSurface, polar_surface
from airq.analysis.direction.winds import winds
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["PolarClusters", "polar_clusters"]

Array = npt.NDArray[np.float64]

_CELLS = 900
"""Cells whose distances are taken; the others go to the nearest medoid."""


@dataclass(frozen=True, eq=False)
class PolarClusters:
    """Groups of a surface.

    Attributes
    ----------
    pollutant : str
    u, v : float64 arrays, shape (n,)
    label : int array, shape (n, n)
        1 for the group with most hours; 0 where the surface is empty.
    summary : pandas.DataFrame
        ``cluster``, ``hours``, ``share`` of hours, ``mean``, ``contribution`` to the sum of concentrations,
        ``wind_speed`` and ``wind_direction`` (vector mean).
    silhouette : float
    silhouettes : dict of int to float
        By number of groups, where it was chosen.
    hours : pandas.DataFrame
        ``row`` in the frame given, ``time``, ``cluster``: to analyse the hours of a group.
    surface : PolarSurface
    notes : tuple of str
    """

    pollutant: str
    u: Array
    v: Array
    label: npt.NDArray[np.int64]
    summary: pd.DataFrame
    silhouette: float
    silhouettes: dict[int, float]
    hours: pd.DataFrame = field(repr=False)
    surface: PolarSurface = field(repr=False)
    notes: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Cells as rows: ``u``, ``v``, ``value``, ``cluster`` (0 is empty)."""
        u, v = np.meshgrid(self.u, self.v)
        return pd.DataFrame(
            {
                "u": u.ravel(),
                "v": v.ravel(),
                "value": self.surface.value.ravel(),
                "cluster": self.label.ravel(),
            }
        )

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return self.summary.round(3).to_html(index=False) + f"<ul>{notes}</ul>"


def polar_clusters(
    frame: pd.DataFrame,
    pollutant: str,
    *,
    clusters: int | None = None,
    most: int = 8,
    wind_speed: str = "wind_speed",
    wind_direction: str = "wind_direction",
    **options: Any,
) -> PolarClusters:
    """Groups of wind with like concentrations.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours of one site.
    pollutant, wind_speed, wind_direction : str
        Columns.
    clusters : int, optional
        Number of groups; that of the widest silhouette from 2 to ``most`` by default.
    most : int
    **options
        Of :func:`airq.analysis.direction.surface.polar_surface`.

    Returns
    -------
    PolarClusters

    Raises
    ------
    MissingData, ParameterError
    """
    if clusters is not None and not 2 <= clusters <= 20:
        raise ParameterError(
            f"clusters {clusters} is no whole number from 2 to 20; leave it out to have it chosen."
        )
    if clusters is None and not 2 <= most <= 20:
        raise ParameterError(f"most {most} is no whole number from 2 to 20; 8 by default.")
    surface = polar_surface(
        frame,
        pollutant,
        wind_speed=wind_speed,
        wind_direction=wind_direction,
        **({"uncertainty": None} | options),
    )
    seen = np.isfinite(surface.value)
    cells = np.column_stack([*(a[seen] for a in np.meshgrid(surface.u, surface.v)), surface.value[seen]])
    spread = cells.std(axis=0)
    if not np.all(spread > 0):
        raise MissingData("the surface is flat, so that there is nothing to group; check the values.")
    scaled = (cells - cells.mean(axis=0)) / spread
    picked = scaled[np.linspace(0, len(scaled) - 1, min(_CELLS, len(scaled))).round().astype(int)]
    distance = cdist(picked, picked)
    if clusters is None:
        found, widths = best_partition(distance, range(2, most + 1))
    else:
        found, widths = partition(distance, clusters), {}
    of_cell = np.argmin(cdist(scaled, picked[found.medoids]), axis=1)
    rows, label, summary = _hours(
        frame, pollutant, wind_speed, wind_direction, cells, of_cell, len(found.medoids)
    )
    order = summary["hours"].to_numpy().argsort(kind="stable")[::-1]
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    grid = np.zeros(surface.value.shape, dtype=np.int64)
    grid[seen] = rank[of_cell]
    rows = rows.assign(cluster=rank[label])
    table = summary.iloc[order].reset_index(drop=True)
    table.insert(0, "cluster", np.arange(1, len(order) + 1))
    return PolarClusters(
        pollutant, surface.u, surface.v, grid, table, found.silhouette, widths, rows, surface, surface.notes
    )


def _hours(
    frame: pd.DataFrame,
    pollutant: str,
    wind_speed: str,
    wind_direction: str,
    cells: Array,
    of_cell: npt.NDArray[np.int64],
    count: int,
) -> tuple[pd.DataFrame, npt.NDArray[np.int64], pd.DataFrame]:
    """Group of every hour, and what each group holds."""
    hours = winds(frame, [pollutant], wind_speed, wind_direction)
    angle = np.deg2rad(np.where(hours.calm, 0.0, hours.direction))
    speed = np.where(hours.calm, 0.0, hours.speed)
    u, v = speed * np.sin(angle), speed * np.cos(angle)
    _, nearest = cKDTree(cells[:, :2]).query(np.column_stack([u, v]))
    label = of_cell[nearest]
    values = hours.values[pollutant]
    n = np.bincount(label, minlength=count).astype(np.float64)
    total = np.bincount(label, values, minlength=count)
    mean_u, mean_v = (np.bincount(label, c, minlength=count) / np.maximum(n, 1) for c in (u, v))
    aim = np.mod(np.rad2deg(np.arctan2(mean_u, mean_v)), 360.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        summary = pd.DataFrame(
            {
                "hours": n.astype(np.int64),
                "share": n / n.sum(),
                "mean": total / n,
                "contribution": total / total.sum(),
                "wind_speed": np.bincount(label, hours.speed, minlength=count) / n,
                "wind_direction": np.where(aim == 0, 360.0, aim),
            }
        )
    return pd.DataFrame({"row": hours.rows, "time": hours.time}), label, summary
