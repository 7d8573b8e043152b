"""What a scenario says: measures, staggered production, grades, alerts, neighbours, weather years, growth, standard.

The schema of a scenario file. Files are read, composed and checked by :mod:`airq.scenario.loading`; what the measures
cut is worked out by :mod:`airq.scenario.tonnes`.

Examples
--------
>>> made = Scenario(name="a", season="2025-2026", alerts=[{"places": "changji", "level": "red", "days": 5}])
>>> made.first_day, made.alerts[0].when, made.alerts[0].places
(datetime.date(2025, 10, 15), 'worst', ('changji',))
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

from airq.errors import ParameterError
from airq.scenario.fields import (
    GRADES,
    KINDS,
    LEVELS,
    Delay,
    Entry,
    Names,
    Share,
    Start,
    names,
    read_neighbours,
    seasons,
)
from airq.scenario.measure_entries import Growth, Measure
from airq.scenario.response_entries import Alert, Grading, Staggered, Upgrade
from airq.weather.season import END, START

__all__ = [
    "GRADES",
    "KINDS",
    "LEVELS",
    "Alert",
    "Grading",
    "Growth",
    "Measure",
    "Scenario",
    "Staggered",
    "Upgrade",
    "Weather",
]


class Weather(Entry):
    """Which weather years a run takes.

    Attributes
    ----------
    years : tuple of str
        Past seasons by their name, ``2019-2020``; empty for all that have data.
    kinds : tuple of str
        Only seasons of these kinds: cold, warm, stagnant, other; empty for all.
    resampled : int
        Weather years to make by drawing blocks of days from the chosen seasons, the ensemble; 0 for the seasons alone.
    block_days : int
        Length of a block.
    """

    years: Annotated[tuple[str, ...], BeforeValidator(seasons)] = ()
    kinds: Annotated[tuple[Literal["cold", "warm", "stagnant", "other"], ...], BeforeValidator(names)] = ()
    resampled: int = Field(default=30, ge=0, le=1000)
    block_days: int = Field(default=10, ge=1, le=90)


class Scenario(BaseModel):
    """A scenario.

    Attributes
    ----------
    name : str
        Short id.
    title_zh, title_en, source, note_zh, note_en : str
    season : int
        Year in which the heating season begins; written 2025-2026.
    years : tuple of int
        Calendar years that are judged besides; that of the targets named, else the year in which the season ends.
    places : tuple of str
        Places whose air is shown; the counties by default.
    measures : tuple of Measure
    staggered : tuple of Staggered
    grades : tuple of Grading
    alerts : tuple of Alert
    growth : tuple of Growth
    neighbours : dict of place to str or Uncertain
        Written as ``as listed`` (measures at neighbours count as they stand), ``frozen`` (they do nothing), or by
        neighbour one of the two or the share of its emission that it cuts; ``*`` stands for the others.
    weather : Weather
    standard : str
        ``both``, or a standard of :func:`airq.standards.standards`.
    targets : tuple of str
        Ids of ``params/targets.yaml``; empty for all that apply to the places and years.
    delay : str
        By which every measure not yet done comes later.
    compliance : Uncertain or None
        Of measures that state none.
    against : str
        Scenario it is compared with; by default nothing is done.
    reference : Scenario or None
        That scenario, read.

    Examples
    --------
    >>> Scenario(name="a", season="2029-2030").months[[0, -1]].astype(str).tolist()
    ['2029-10', '2030-12']
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    name: str = Field(min_length=1)
    title_zh: str = ""
    title_en: str = ""
    source: str = ""
    note_zh: str = ""
    note_en: str = ""
    season: Start
    years: tuple[Annotated[int, Field(ge=1990, le=2100)], ...] = ()
    places: Names = ()
    measures: tuple[Measure, ...] = ()
    staggered: tuple[Staggered, ...] = ()
    grades: tuple[Grading, ...] = ()
    alerts: tuple[Alert, ...] = ()
    growth: tuple[Growth, ...] = ()
    neighbours: Annotated[dict[str, Any], BeforeValidator(read_neighbours)] = Field(
        default_factory=lambda: {"*": "act"}
    )
    weather: Weather = Field(default_factory=Weather)
    standard: str = "both"
    targets: Names = ()
    delay: Delay = ""
    compliance: Share | None = None
    against: str = ""
    reference: Scenario | None = None

    _lines: Any = PrivateAttr(default=None)

    @property
    def first_day(self) -> dt.date:
        """First day of the heating season."""
        return dt.date(self.season, *START)

    @property
    def last_day(self) -> dt.date:
        """Last day of the heating season."""
        return dt.date(self.season + 1, *END)

    @property
    def judged_years(self) -> tuple[int, ...]:
        """Calendar years that are judged, in order; the year in which the season ends if none is named."""
        return tuple(sorted(set(self.years))) or (self.season + 1,)

    @property
    def months(self) -> pd.PeriodIndex:
        """Months of the horizon: the heating season and the calendar years, without gaps."""
        years = self.judged_years
        first = min(pd.Period(self.first_day, "M"), pd.Period(f"{years[0]}-01", "M"))
        last = max(pd.Period(self.last_day, "M"), pd.Period(f"{years[-1]}-12", "M"))
        return pd.period_range(first, last, freq="M")

    def title(self, lang: str = "zh") -> str:
        """Title in a language; the name where there is none."""
        return (
            (self.title_zh if lang == "zh" else self.title_en) or self.title_en or self.title_zh or self.name
        )

    def where(self, *path: str | int) -> str:
        """File and line of a part, for a refusal; the scenario's name where it came from no file.

        Examples
        --------
        >>> Scenario(name="a", season=2025).where("measures", 0)
        "scenario 'a'"
        """
        return f"scenario '{self.name}'" if self._lines is None else self._lines(path)

    def require_weather(self, available: Any) -> tuple[str, ...]:
        """The weather years that are asked for, all of which must have data.

        Parameters
        ----------
        available : iterable of str
            Names of the seasons with data, such as ``2019-2020``.

        Returns
        -------
        tuple of str
            The seasons asked for; all available if none is named.

        Raises
        ------
        ParameterError
            A season without data; file, line and what there is.

        Examples
        --------
        >>> Scenario(name="a", season=2025, weather={"years": [2019]}).require_weather(["2020-2021"])
        Traceback (most recent call last):
        airq.errors.ParameterError: scenario 'a': key 'weather.years': there is no data of the season 2019-2020; ...
        """
        have = tuple(str(a) for a in available)
        for i, name in enumerate(self.weather.years):
            if name not in have:
                known = ", ".join(have) or "none"
                where = self.where("weather", "years", i)
                raise ParameterError(f"{where}: key 'weather.years': there is no data of the season {name}; seasons with data are {known}.")  # fmt: skip
        return self.weather.years or have
