"""Phase one of a run: the results of each place computed once, then joined to one results file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from airq.reports import sections
from airq.reports.computing import INDICATORS
from airq.reports.jobs import Job
from airq.reports.outcomes import Part
from airq.reports.results import write_parts
from airq.reports.sections import EVERY, Section
from airq.reports.workers import Pool

__all__ = ["Computed", "compute"]

_Told = Callable[[Part, int, int], None]


@dataclass
class Computed:
    """What phase one left.

    Attributes
    ----------
    failures : dict of str to str
        Places without results, with the reason.
    about : dict of str to dict
        What the index prints of each place.
    parts : list of Part
    values : dict of (str, str) to dict
        Sections that failed and are not in the store.
    """

    failures: dict[str, str] = field(default_factory=dict)
    about: dict[str, dict[str, Any]] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    values: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)


def compute(
    who: Pool,
    job: Job,
    wanted: Sequence[str],
    others: Sequence[str],
    key: Callable[[str], str],
    told: _Told,
) -> Computed:
    """Compute what is missing, and write the results file of each place.

    Parameters
    ----------
    who : Pool
    job : Job
    wanted : sequence of str
        Places whose pages are to be made.
    others : sequence of str
        Further places that a ranking or a map holds.
    key : callable
        Digest of the inputs of a place.
    told : callable
        Hears of each part.
    """
    out = Computed()
    chosen = sections.chosen(job.chosen, job.when.kind)
    every = [*wanted, *others] if any(s.scope == "all" for s in chosen) else list(wanted)
    limit = float(job.chosen.notebook_timeout)
    plan = _Plan(who, job, every, key, out, told, limit)
    plan.indicators(set(wanted))
    standing = [p for p in every if p not in plan.without]
    for order in sorted({s.order for s in chosen}):
        plan.sections([s for s in chosen if s.order == order], [p for p in wanted if p in standing], standing)
    for place in (p for p in wanted if p not in out.failures):
        plan.join(place, chosen)
    return out


class _Plan:
    """The tasks of phase one."""

    def __init__(
        self,
        who: Pool,
        job: Job,
        every: Sequence[str],
        key: Callable[[str], str],
        out: Computed,
        told: _Told,
        limit: float,
    ) -> None:
        self.who = who
        self.job = job
        self.every = every
        self.key = key
        self.out = out
        self.told = told
        self.limit = limit
        self.store = sections.Store(job.store)
        self.done: dict[str, dict[str, str]] = {}
        self.without: set[str] = set()

    def _heard(self, part: Part, number: int, total: int) -> None:
        self.out.parts.append(part)
        self.told(part, number, total)

    def indicators(self, wanted: set[str]) -> None:
        """Result and targets of every place."""
        tasks = [
            {"kind": "indicators", "job": self.job.to_dict(), "place": p, "key": self.key(p)}
            for p in self.every
        ]
        for number, (n, made) in enumerate(self.who.run(tasks, self.limit), 1):
            place = self.every[n]
            error = str(made.get("error", ""))
            status = "failed" if error else str(made.get("status", "computed"))
            if error:
                self.without.add(place)
                if place in wanted:
                    self.out.failures[place] = error
                else:
                    status = "missing"  # not asked for, only absent from the ranking
            else:
                self.out.about[place] = {"figures": made["figures"], "remark": made["remark"]}
            self._heard(
                Part(place, INDICATORS, status, float(made.get("seconds", 0.0)), error), number, len(tasks)
            )

    def sections(self, chosen: Sequence[Section], wanted: Sequence[str], standing: Sequence[str]) -> None:
        """Sections of one order: over all places once, of each place apart."""
        if not wanted:
            return
        about: list[tuple[Section, str]] = []
        for section in chosen:
            about += [(section, p) for p in ([wanted[0]] if section.scope == "all" else wanted)]
        # What takes longest is over all places, and begins first.
        about.sort(key=lambda item: item[0].scope != "all")
        tasks = [self._task(section, place, standing) for section, place in about]
        for number, (n, made) in enumerate(self.who.run(tasks, self.limit), 1):
            section, place = about[n]
            where = EVERY if section.scope == "all" else place
            error = str(made.get("error", ""))
            status = "failed" if error else str(made["status"])
            if error:
                self.out.values[where, section.name] = made.get("value") or sections.unexpected(error)
            else:
                self.done.setdefault(where, {})[section.name] = where
            self._heard(
                Part(where, section.name, status, float(made.get("seconds", 0.0)), error), number, len(tasks)
            )

    def _task(self, section: Section, place: str, standing: Sequence[str]) -> dict[str, Any]:
        done: dict[str, str] = {}
        given: dict[str, Any] = {}
        if section.order:
            done = self.done.get(EVERY, {}) | self.done.get(place, {})
            given = {name: v for (where, name), v in self.out.values.items() if where in (EVERY, place)}
        # A section over all places is the same whichever place stands first, so that its key must be.
        first = place if section.scope == "place" else sorted(standing)[0]
        return {
            "kind": "section",
            "job": self.job.to_dict(),
            "section": section.name,
            "place": first,
            "places": list(standing),
            "key": self.key(first),
            "done": done,
            "given": given,
        }

    def join(self, place: str, chosen: Sequence[Section]) -> None:
        """Write the results file of a place."""
        part = self.store.get(place, INDICATORS, self.key(place))
        if part is None:
            self.out.failures[place] = "its results were not kept; run again."
            return
        made: dict[str, dict[str, Any]] = {}
        for section in sections.SECTIONS:
            if section not in chosen:
                continue
            where = EVERY if section.scope == "all" else place
            value = self.out.values.get((where, section.name))
            if value is None and section.name in self.done.get(where, {}):
                value = self.store.get(where, section.name)
            made[section.name] = value or sections.unexpected("it was not kept")
        write_parts(self.job.results_file(place), self.key(place), part | {"sections": made})
