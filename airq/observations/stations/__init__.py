"""The registry of stations: who they are, where they stand, when, and which follows which.

A table has one row a station and period of validity, with the columns :data:`COLUMNS`.

Examples
--------
>>> table = load()
>>> at(table, "2019-01-01").set_index("station").loc["2711A", "place"], lineage("3613A", table)
('wujiaqu', ('2691A', '3613A'))
"""

from __future__ import annotations

from airq.observations.stations.archived import against_archive
from airq.observations.stations.assignment import Assigned, assign
from airq.observations.stations.boundaries import Boundaries, read_boundaries
from airq.observations.stations.cells import NETWORKS, ROLES
from airq.observations.stations.changes import Change
from airq.observations.stations.checks import check, findings
from airq.observations.stations.finding import Finding
from airq.observations.stations.geodesy import distance_km, gcj02_to_wgs84, wgs84_to_gcj02
from airq.observations.stations.merging import Merged, merge
from airq.observations.stations.periods import at, current, describe
from airq.observations.stations.succession import join, lineage
from airq.observations.stations.table import COLUMNS, Origin, load, origin, write

__all__ = [
    "COLUMNS",
    "NETWORKS",
    "ROLES",
    "Assigned",
    "Boundaries",
    "Change",
    "Finding",
    "Merged",
    "Origin",
    "against_archive",
    "assign",
    "at",
    "check",
    "current",
    "describe",
    "distance_km",
    "findings",
    "gcj02_to_wgs84",
    "join",
    "lineage",
    "load",
    "merge",
    "origin",
    "read_boundaries",
    "wgs84_to_gcj02",
    "write",
]
