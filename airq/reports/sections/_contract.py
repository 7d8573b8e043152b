"""What a section of a report is: its name, where it is computed and shown, and what it may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Literal

from airq.analysis.period import Period
from airq.errors import MissingData
from airq.places import Place
from airq.reports.parameters import Settings

if TYPE_CHECKING:
    from airq.analysis import CountyMonth
    from airq.observations import Archive
    from airq.reports.target_panel import TargetPanel

__all__ = ["PERIODS", "SECTIONS", "Context", "Missing", "Part", "Section", "chosen", "find"]

PERIODS: Final = ("month", "quarter", "half", "year")
Part = Any
"""What a notebook displays: a heading, HTML, a figure."""


class Missing(MissingData):
    """Why a section cannot be made, one sentence in each language.

    Parameters
    ----------
    zh, en : str

    Examples
    --------
    >>> str(Missing("没有站点。", "There is no station.")), Missing("没有站点。", "There is no station.").zh
    ('There is no station.', '没有站点。')
    """

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(frozen=True)
class Context:
    """What a section may use.

    Attributes
    ----------
    archive : airq.observations.Archive
    place : airq.places.Place
        Of the page; the first of the run for a section of scope ``all``.
    period : airq.analysis.period.Period
    result : airq.analysis.CountyMonth
        Of that place.
    results : mapping of str to CountyMonth
        By id, of every place that has one; read when asked for.
    settings : airq.reports.parameters.Settings
    seed : int
    sections : mapping of str to dict
        Sections of this place computed before, by name.
    targets : TargetPanel or None
        Targets of this place where they are known.
    """

    archive: Archive
    place: Place
    period: Period
    result: CountyMonth
    results: Mapping[str, CountyMonth]
    settings: Settings
    seed: int = 0
    sections: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    targets: TargetPanel | None = None


@dataclass(frozen=True)
class Section:
    """One section of a report.

    Its module has ``compute(context) -> dict`` (plain values, numbers unrounded), ``show(data, result, lang) -> list``
    (heading first) and ``VERSION``, an int raised when the numbers change. It may have ``SETTINGS``, names of the
    settings that its numbers depend on, ``inputs(context) -> list of str``, digests of further files it reads, and
    ``PARAMS = False`` if neither ``params/`` nor ``data/raw/`` matters to it.

    Attributes
    ----------
    name : str
        Key in the results file.
    module : str
        Imported when it is needed.
    scope : {"place", "all"}
        ``all``: computed once a run over all places, the same in each place's file.
    zh, en : str
        Heading where there is nothing else to show.
    periods : tuple of str
        Kinds of period that have it.
    order : int
        Computed after all sections of a lower order, which it may read.
    """

    name: str
    module: str
    scope: Literal["place", "all"]
    zh: str
    en: str
    periods: tuple[str, ...] = PERIODS
    order: int = 0

    def title(self, lang: str) -> str:
        """Heading."""
        return self.zh if lang == "zh" else self.en

    @property
    def exists(self) -> bool:
        """Whether its module is there."""
        return find_spec(self.module) is not None

    def load(self) -> ModuleType:
        """Its module."""
        return import_module(self.module)

    def function(self, name: str) -> Callable[..., Any]:
        """A function of its module."""
        found: Callable[..., Any] = getattr(self.load(), name)
        return found


def _own(
    name: str,
    scope: Literal["place", "all"],
    zh: str,
    en: str,
    periods: tuple[str, ...] = PERIODS,
    order: int = 0,
) -> Section:
    return Section(name, f"airq.reports.sections.{name}", scope, zh, en, periods, order)


SECTIONS: tuple[Section, ...] = (
    _own("first_page", "place", "要点", "In brief", order=9),
    _own("ranking", "all", "排名", "Ranking"),
    _own("map", "all", "地图", "Map"),
    _own("outlook", "place", "未来十天", "The coming ten days"),
    _own("measures", "place", "措施进展", "Measures"),
    _own("deweathered", "place", "扣除气象影响的变化", "Change without the weather"),
    _own("whatif", "all", "采暖季情景", "What if"),
)
"""In reading order."""


def find(name: str) -> Section:
    """Section of a name.

    Raises
    ------
    KeyError
        If there is none.

    Examples
    --------
    >>> find("ranking").scope
    'all'
    """
    return {s.name: s for s in SECTIONS}[name]


def chosen(settings: Settings, kind: str) -> tuple[Section, ...]:
    """Sections of a run, in the order in which they are computed.

    Parameters
    ----------
    settings : Settings
    kind : str
        Of the period.

    Examples
    --------
    >>> [s.name for s in chosen(Settings(sections=[]), "month")]
    []
    """
    wanted = settings.sections
    named = [s for s in SECTIONS if (wanted == "all" or s.name in wanted) and kind in s.periods and s.exists]
    return tuple(sorted(named, key=lambda s: (s.order, s.scope != "all")))
