"""Clusters of trajectories: the ways by which air arrives, and what it brings.

Distances between whole trajectories, by place (``euclid``) or by bearing seen from the receptor (``angle``), grouped
around medoids (PAM), as openair's ``trajCluster``.

Examples
--------
>>> hours = pd.date_range("2019-01-01 01:00", periods=600, freq="h")
>>> west = np.arange(600) // 60 % 2 == 0
>>> frame = pd.DataFrame({"time": hours, "wind_speed": 5.0, "wind_direction": np.where(west, 270, 90), "pm25": np.where(west, 90.0, 10.0)})
>>> from airq.analysis.trajectories.runs import wind_runs
>>> groups = trajectory_clusters(wind_runs(frame, 44.0, 87.3, hours=12), frame, "pm25", clusters=2)
>>> bool(groups.summary["mean"].max() > 75), bool(groups.summary["mean"].min() < 25)
(True, True)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial.distance import cdist

from airq.analysis.direction.medoids import MOST, best_partition, partition
from airq.analysis.trajectories.model import Trajectories
from airq.analysis.trajectories.sources import arrivals
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["TrajectoryClusters", "trajectory_clusters"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TrajectoryClusters:
    """Groups of trajectories.

    Attributes
    ----------
    summary : pandas.DataFrame
        ``cluster`` (1 the largest), ``trajectories``, ``share``; with a pollutant ``mean``, ``p90`` and
        ``contribution`` to the sum of concentrations.
    paths : pandas.DataFrame
        Mean path of each: ``cluster``, ``age``, ``lat``, ``lon``, ``height``.
    members : pandas.DataFrame
        ``trajectory``, ``arrival``, ``cluster``, and the concentration.
    method : {"euclid", "angle"}
    pollutant : str
        Empty without.
    silhouette : float
    silhouettes : dict of int to float
    notes : tuple of str
    """

    summary: pd.DataFrame
    paths: pd.DataFrame = field(repr=False)
    members: pd.DataFrame = field(repr=False)
    method: str
    pollutant: str
    silhouette: float
    silhouettes: dict[int, float]
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The mean paths."""
        return self.paths

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return self.summary.round(3).to_html(index=False) + f"<ul>{notes}</ul>"


def _tracks(frame: pd.DataFrame) -> tuple[Array, npt.NDArray[np.int64], int, Array]:
    """Whole trajectories as (n, hours, 2) in km from the receptor; their numbers; how many are too short; ages."""
    counts = frame.groupby("trajectory")["age"].size()
    usual = int(counts.mode().max())
    whole = counts[counts == usual].index
    part = frame[frame["trajectory"].isin(whole)]
    ages = part["age"].to_numpy().reshape(-1, usual)
    same = (ages == ages[0]).all(axis=1)
    numbers = part["trajectory"].to_numpy().reshape(-1, usual)[same, 0]
    lat, lon = (part[c].to_numpy(dtype=np.float64).reshape(-1, usual)[same] for c in ("lat", "lon"))
    y = (lat - lat[:, :1]) * 111.195
    x = (lon - lon[:, :1]) * 111.195 * np.cos(np.deg2rad(lat[:, :1]))
    return np.stack([x, y], axis=2), numbers, len(counts) - len(numbers), ages[0]


def _euclid(a: Array, b: Array) -> Array:
    """Root of the summed squares of distances hour by hour."""
    return cdist(a.reshape(len(a), -1), b.reshape(len(b), -1))


def _angle(a: Array, b: Array) -> Array:
    """Mean angle between the two as seen from the receptor, radians."""
    total = np.zeros((len(a), len(b)))
    for hour in range(1, a.shape[1]):
        one, other = (np.arctan2(t[:, hour, 0], t[:, hour, 1]) for t in (a, b))
        total += np.abs(np.mod(one[:, None] - other + np.pi, 2 * np.pi) - np.pi)
    return total / max(a.shape[1] - 1, 1)


def trajectory_clusters(
    trajectories: Trajectories,
    frame: pd.DataFrame | None = None,
    pollutant: str = "",
    *,
    clusters: int | None = 5,
    method: Literal["euclid", "angle"] = "euclid",
    most: int = 8,
) -> TrajectoryClusters:
    """Group trajectories by their way.

    Parameters
    ----------
    trajectories : Trajectories
    frame : pandas.DataFrame, optional
        Hours of the receptor, to tell what each way brings.
    pollutant : str
    clusters : int or None
        None takes the number, 2 to ``most``, of the widest silhouette.
    method : {"euclid", "angle"}
    most : int

    Returns
    -------
    TrajectoryClusters
        Trajectories shorter than the usual length are left out, and counted in the notes.

    Raises
    ------
    MissingData
        Too few trajectories.
    ParameterError
    """
    if method not in ("euclid", "angle"):
        raise ParameterError(f"method '{method}' is not known; use euclid or angle.")
    if not isinstance(trajectories, Trajectories):
        raise ParameterError("trajectories must come from read_tdump() or wind_runs(); read them first.")
    notes = trajectories.notes
    endpoints = trajectories.frame
    if frame is not None:
        endpoints, _, notes = arrivals(trajectories, frame, pollutant)
    tracks, numbers, short, ages = _tracks(endpoints)
    if len(tracks) <= max(clusters or 2, 2) * 2:
        raise MissingData(
            f"{len(tracks)} whole trajectories are too few for {clusters or 2} clusters; read more."
        )
    if short:
        notes = (
            *notes,
            f"{short:,} trajectories are not of the usual {-ages.min():.0f} hours and are left out.",
        )
    measure = _euclid if method == "euclid" else _angle
    sample = np.linspace(0, len(tracks) - 1, min(len(tracks), MOST)).round().astype(int)
    apart = measure(tracks[sample], tracks[sample])
    if clusters is None:
        found, widths = best_partition(apart, range(2, most + 1))
    else:
        found, widths = partition(apart, clusters), {}
    centres = tracks[sample][found.medoids]
    label = np.concatenate(
        [np.argmin(measure(tracks[i : i + MOST], centres), axis=1) for i in range(0, len(tracks), MOST)]
    )
    count = len(found.medoids)
    order = np.argsort(-np.bincount(label, minlength=count), kind="stable")
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(1, count + 1)
    members = pd.DataFrame({"trajectory": numbers, "cluster": rank[label]})
    firsts = endpoints.groupby("trajectory").first()
    members["arrival"] = members["trajectory"].map(firsts["arrival"])
    if frame is not None:
        members["concentration"] = members["trajectory"].map(firsts["concentration"])
    joined = endpoints.merge(members[["trajectory", "cluster"]], on="trajectory")
    paths = joined.groupby(["cluster", "age"])[["lat", "lon", "height"]].mean().reset_index()
    paths = paths.sort_values(["cluster", "age"], ascending=[True, False], ignore_index=True)
    return TrajectoryClusters(
        _summary(members),
        paths,
        members,
        method,
        pollutant if frame is not None else "",
        found.silhouette,
        widths,
        tuple(notes),
    )


def _summary(members: pd.DataFrame) -> pd.DataFrame:
    groups = members.groupby("cluster")
    out = pd.DataFrame({"trajectories": groups.size()})
    out["share"] = out["trajectories"] / len(members)
    if "concentration" in members:
        out["mean"] = groups["concentration"].mean()
        out["p90"] = groups["concentration"].quantile(0.9)
        out["contribution"] = groups["concentration"].sum() / members["concentration"].sum()
    return out.reset_index()
