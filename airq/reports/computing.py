"""The parts of a results file computed: indicators, targets, sections, each kept by a digest of its inputs.

Examples
--------
>>> Results(sections.Store(None), ["changji"]).get("changji") is None
True
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from airq import options, places
from airq.analysis import CountyMonth, county_month
from airq.analysis.period import Period
from airq.errors import AirqError
from airq.observations import Archive
from airq.reports import parameters, sections, target_panel
from airq.reports.parameters import Settings
from airq.reports.results import Bundle, parts_dir
from airq.reports.target_panel import TargetPanel

__all__ = ["Results", "context_of", "in_this_process", "indicators", "kept_targets"]

INDICATORS = "indicators"
"""Name of the part that holds the result and the targets."""


class Results(Mapping[str, CountyMonth]):
    """Results of several places, read from a store when asked for.

    Parameters
    ----------
    store : sections.Store
    wanted : sequence of str
        Ids; those without a part are left out.
    """

    def __init__(self, store: sections.Store, wanted: Sequence[str]) -> None:
        self._store = store
        self._read: dict[str, CountyMonth] = {}
        self._ids = [p for p in wanted if (file := store.file(p, INDICATORS)) is not None and file.exists()]

    def __getitem__(self, place: str) -> CountyMonth:
        if place not in self._read:
            part = self._store.get(place, INDICATORS)
            if place not in self._ids or part is None:
                raise KeyError(place)
            self._read[place] = CountyMonth.from_dict(part["result"])
        return self._read[place]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def indicators(
    archive: Archive, place: str, period: Period, key: str, store: sections.Store
) -> tuple[CountyMonth, TargetPanel]:
    """Result and targets of a place, from the store if they are current.

    Parameters
    ----------
    archive : airq.observations.Archive
    place : str
    period : Period
    key : str
        :func:`airq.reports.results.key_of`.
    store : sections.Store
    """
    if (kept := store.get(place, INDICATORS, key)) is not None:
        return CountyMonth.from_dict(kept["result"]), TargetPanel.from_dict(kept["targets"])
    result, targets = county_month(archive, place, period), target_panel.make(archive, place, period)
    store.put(place, INDICATORS, key, {"result": result.to_dict(), "targets": targets.to_dict()})
    return result, targets


def kept_targets(store: sections.Store, place: str) -> TargetPanel | None:
    """Targets of a place that its indicators were kept with, if any."""
    part = store.get(place, INDICATORS)
    return None if part is None else TargetPanel.from_dict(part["targets"])


def context_of(
    archive: Archive,
    place: str,
    period: Period,
    settings: Settings,
    results: Mapping[str, CountyMonth],
    done: Mapping[str, dict[str, Any]] | None = None,
    targets: TargetPanel | None = None,
) -> sections.Context:
    """What the sections of a place may use."""
    about, own = places.get(place), results[place]
    return sections.Context(
        archive, about, period, own, results, settings, sections=dict(done or {}), targets=targets
    )


def in_this_process(archive: Archive, place: str, period: Period, key: str) -> Bundle:
    """Everything of one place, one part after the other; for a notebook that a person runs.

    Parts over the project's own archive are kept beside the project's reports, where ``airq report`` finds them too.

    Parameters
    ----------
    archive : airq.observations.Archive
    place : str
    period : Period
    key : str

    Returns
    -------
    Bundle
    """
    settings = parameters.settings()
    own = archive.path.resolve() == options.archive_dir().resolve()
    store = sections.Store(parts_dir(options.reports_dir(), period) if own else None)
    result, targets = indicators(archive, place, period, key, store)
    results = {place: result}
    wanted = sections.chosen(settings, period.kind)
    if any(s.scope == "all" for s in wanted):
        for other in parameters.report_places("all"):
            if other.id not in results:
                try:
                    results[other.id] = county_month(archive, other.id, period)
                except AirqError:
                    continue  # its own report says why
    context = context_of(archive, place, period, settings, results, targets=targets)
    return Bundle(result, targets, sections.obtain(context, store, key, wanted))
