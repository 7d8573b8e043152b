"""Results from observations: the county month of the reports, trends, deweathering, direction, episodes.

Names beyond the county month are imported on first use.

Examples
--------
>>> from airq.analysis.period import parse
>>> parse("2026Q3").days
92
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from airq.analysis.county_month import CountyMonth, county_month

if TYPE_CHECKING:
    from airq.analysis.direction.annulus import PolarAnnulus as PolarAnnulus
    from airq.analysis.direction.annulus import polar_annulus as polar_annulus
    from airq.analysis.direction.clusters import PolarClusters as PolarClusters
    from airq.analysis.direction.clusters import polar_clusters as polar_clusters
    from airq.analysis.direction.difference import PolarDifference as PolarDifference
    from airq.analysis.direction.difference import polar_difference as polar_difference
    from airq.analysis.direction.roses import Rose as Rose
    from airq.analysis.direction.roses import pollution_rose as pollution_rose
    from airq.analysis.direction.roses import wind_rose as wind_rose
    from airq.analysis.direction.sectors import ConditionalProbability as ConditionalProbability
    from airq.analysis.direction.sectors import PercentileRose as PercentileRose
    from airq.analysis.direction.sectors import conditional_probability as conditional_probability
    from airq.analysis.direction.sectors import percentile_rose as percentile_rose
    from airq.analysis.direction.surface import PolarSurface as PolarSurface
    from airq.analysis.direction.surface import polar_surface as polar_surface
    from airq.analysis.direction.transport import Transport as Transport
    from airq.analysis.direction.transport import transport_index as transport_index
    from airq.analysis.trajectories.model import Trajectories as Trajectories
    from airq.analysis.trajectories.paths import TrajectoryClusters as TrajectoryClusters
    from airq.analysis.trajectories.paths import trajectory_clusters as trajectory_clusters
    from airq.analysis.trajectories.runs import wind_runs as wind_runs
    from airq.analysis.trajectories.sources import SourceMap as SourceMap
    from airq.analysis.trajectories.sources import cwt as cwt
    from airq.analysis.trajectories.sources import pscf as pscf
    from airq.analysis.trajectories.sources import sqtba as sqtba
    from airq.analysis.trajectories.tdump import read_tdump as read_tdump

_HOMES: Final[dict[str, str]] = {
    "ConditionalProbability": "direction.sectors",
    "PercentileRose": "direction.sectors",
    "PolarAnnulus": "direction.annulus",
    "PolarClusters": "direction.clusters",
    "PolarDifference": "direction.difference",
    "PolarSurface": "direction.surface",
    "Rose": "direction.roses",
    "SourceMap": "trajectories.sources",
    "Trajectories": "trajectories.model",
    "TrajectoryClusters": "trajectories.paths",
    "Transport": "direction.transport",
    "conditional_probability": "direction.sectors",
    "cwt": "trajectories.sources",
    "percentile_rose": "direction.sectors",
    "polar_annulus": "direction.annulus",
    "polar_clusters": "direction.clusters",
    "polar_difference": "direction.difference",
    "polar_surface": "direction.surface",
    "pollution_rose": "direction.roses",
    "pscf": "trajectories.sources",
    "read_tdump": "trajectories.tdump",
    "sqtba": "trajectories.sources",
    "trajectory_clusters": "trajectories.paths",
    "transport_index": "direction.transport",
    "wind_rose": "direction.roses",
    "wind_runs": "trajectories.runs",
}
"""Module of each further public name, imported on first use; no module of this package bears the name of a function."""

__all__ = ["CountyMonth", "county_month"]
__all__ += sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"airq.analysis.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'airq.analysis' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
