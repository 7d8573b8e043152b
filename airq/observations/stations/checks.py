"""All findings about a station table."""

from __future__ import annotations

import pandas as pd

from airq.errors import AirqError
from airq.observations.stations import content, locations, validity
from airq.observations.stations.finding import Finding
from airq.observations.stations.periods import Day
from airq.observations.stations.table import load, origin

__all__ = ["check", "findings"]


def findings(table: pd.DataFrame, own: pd.DataFrame | None = None, on: Day | None = None) -> list[Finding]:
    """What is doubtful in a station table.

    Parameters
    ----------
    table : DataFrame
        As from :func:`airq.observations.stations.load`.
    own : DataFrame, optional
        Table to hold it against; the project's own by default.
    on : day, optional
        The day on which each county must have an evaluation station; today by default.

    Returns
    -------
    list of Finding
        In the order of the rows; findings about places come last.

    Examples
    --------
    >>> [(f.kind, f.place) for f in findings(load())][:2]
    [('coverage', 'fukang'), ('coverage', 'hutubi')]
    """
    table = load(table)
    if own is None:
        try:
            own = load()
        except AirqError:  # a table can be checked without the project's own
            own = table.iloc[:0]
    out = [
        *origin(table).findings,
        *validity.periods(table),
        *locations.locations(table),
        *locations.same_spot(table),
        *locations.against(table, own),
        *content.places_known(table),
        *content.words(table),
        *content.background(table, own),
        *validity.successions(table),
    ]
    out.sort(key=lambda f: f.rows[0] if f.rows else len(table))
    return [*out, *content.coverage(content.with_counties(table, own), on)]


def check(table: pd.DataFrame) -> list[str]:
    """One sentence for each doubtful thing in a station table; see :func:`findings`.

    Parameters
    ----------
    table : DataFrame
        As from :func:`airq.observations.stations.load`.

    Examples
    --------
    >>> check(pd.DataFrame({"station": ["a"], "place": ["nowhere"], "lat": [44.0], "lon": [float("nan")]}))
    ['a: has no position; add lat and lon.', "a: place 'nowhere' is not in params/counties.yaml; add it or correct the name."]
    """
    return [f.sentence for f in findings(table)]
