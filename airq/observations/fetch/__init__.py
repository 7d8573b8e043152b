"""Fetch open data for users with a connection: polite, resumable, verified.

Nothing else in airq needs a connection; what is fetched is read by :mod:`airq.observations` and :mod:`airq.weather`.

Examples
--------
>>> sorted(SOURCES)[:3]
['isd-lite', 'national-cities', 'national-sites']
"""

from __future__ import annotations

from airq.observations.fetch.clock import Clock
from airq.observations.fetch.manifest import Entry, Manifest
from airq.observations.fetch.runner import FetchReport, ItemReport, fetch, plan
from airq.observations.fetch.sources import SOURCES, Item, Site, Source
from airq.observations.fetch.transfer import Transfer

__all__ = [
    "SOURCES",
    "Clock",
    "Entry",
    "FetchReport",
    "Item",
    "ItemReport",
    "Manifest",
    "Site",
    "Source",
    "Transfer",
    "fetch",
    "plan",
]
