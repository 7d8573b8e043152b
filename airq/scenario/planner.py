"""What the parts of planning share: the scenario, the actions so far, refusals with their line, places that act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from airq import places
from airq.errors import ParameterError
from airq.inventory import schema
from airq.scenario.emitted import Emitted, people
from airq.scenario.measures import Action, Path
from airq.scenario.spec import Scenario
from airq.texts import Note

__all__ = ["Planner", "by_people", "expand", "other_line"]


def expand(scenario: Scenario, names: tuple[str, ...], path: Path) -> tuple[str, ...]:
    """Places by any name, groups by their members, each once.

    Parameters
    ----------
    scenario : Scenario
        It knows the lines.
    names : tuple of str
    path : tuple
        Where the names stand.

    Raises
    ------
    ParameterError
        An unknown place; file, line and the nearest name.

    Examples
    --------
    >>> expand(Scenario(name="a", season=2025), ("changji-prefecture",), ("places",))[:2]
    ('changji', 'fukang')
    """
    out: dict[str, None] = {}
    for i, name in enumerate(names):
        try:
            found = places.members(name)
        except ParameterError as error:
            raise ParameterError(f"{scenario.where(*path, i)}: {error}") from None
        out.update(dict.fromkeys(p.id for p in found))
    return tuple(out)


def other_line(scenario: Scenario, path: Path, beside: Path) -> str:
    """Where an entry stands as seen from another one: its line, its file too where it is not the same, or its number.

    Examples
    --------
    >>> other_line(Scenario(name="a", season=2025), ("alerts", 0), ("alerts", 1))
    'entry 1'
    """
    file, found, line = scenario.where(*path).rpartition(": line ")
    if not found:
        return f"entry {int(path[1]) + 1}"
    same = scenario.where(*beside).rpartition(": line ")[0] == file
    return f"line {line}" if same else f"{file}: line {line}"


def by_people(acting: tuple[str, ...], place: str) -> float:
    """Share of a stated total that falls to one of several places, by people.

    Examples
    --------
    >>> by_people(("mori",), "mori")
    1.0
    """
    known = people()
    return known.get(place, 1.0) / sum(known.get(p, 1.0) for p in acting)


class Planner:
    """Collects the actions of a scenario.

    Attributes
    ----------
    scenario : Scenario
    emitted : Emitted
    actions : list of Action
    notes : list of str
    first, last : datetime.date
        The months that are run.
    """

    def __init__(self, scenario: Scenario, emitted: Emitted) -> None:
        self.scenario, self.emitted = scenario, emitted
        self.actions: list[Action] = []
        self.notes: list[str] = []
        self.first: dt.date = scenario.months[0].start_time.date()
        self.last: dt.date = scenario.months[-1].end_time.date()
        given = scenario.neighbours
        self._neighbours = {p.id if (p := places.find(k)) else k: v for k, v in given.items()}
        self._kinds = {p.id: p.kind for p in places.load().values()}

    @property
    def before(self) -> dt.date:
        """The day before the months that are run: what is in effect then is in effect throughout."""
        return self.first - dt.timedelta(days=1)

    @property
    def run(self) -> str:
        """The months that are run, in words."""
        return f"the months that are run ({self.first} to {self.last})"

    def fail(self, path: Path, why: str) -> ParameterError:
        """A refusal with file and line."""
        return ParameterError(f"{self.scenario.where(*path)}: {why}")

    def line(self, path: Path, beside: Path) -> str:
        """The line of another entry; with its file where that is another one."""
        return other_line(self.scenario, path, beside)

    def still(self, weights: Mapping[str, float]) -> dict[str, float]:
        """Weights without the neighbours that stand still, which is said."""
        out = {}
        for place, weight in weights.items():
            if self._kinds[place] == "neighbour" and self.does(place) == "frozen":
                self.notes.append(Note(f"{places.get(place).en} is set to stand still: what is listed for it is not counted.", f"{places.get(place).zh}设为不行动：为它列出的措施不计。"))  # fmt: skip
                continue
            out[place] = weight
        return out

    def does(self, place: str) -> Any:
        """What a neighbour does."""
        return self._neighbours.get(place, self._neighbours["*"])

    def category(self, path: Path, text: str, also: tuple[str, ...] = ()) -> str:
        """A sector by any of its names."""
        found = text if text in also else schema.canonical("category", text)
        if found is None:
            known = ", ".join([*also, *schema.words("category")])
            raise self.fail((*path, "category"), f"category '{text}' is not known; use one of {known}.")
        return found

    def single(self, name: str, path: Path) -> str:
        """One place by any of its names; a group is refused."""
        found = expand(self.scenario, (name,), path)
        if len(found) > 1:
            raise self.fail(path, f"'{name}' is a group; name one place.")
        return found[0]

    def add(self, name: str, kind: str, **given: Any) -> None:
        """Add an action under a key of its own."""
        taken = {a.key for a in self.actions}
        number = 2
        key = name
        while key in taken:
            key, number = f"{name}@{number}", number + 1
        self.actions.append(Action(key=key, id=name, kind=kind, **given))
