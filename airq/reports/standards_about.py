"""What every part of the page on the two standards shares: places, span, mark of simulated data, language.

Examples
--------
>>> import numpy as np, pandas as pd, xarray as xr
>>> days = xr.Dataset({"aqi": (("place", "day"), np.full((1, 365), 60.0))},
...                   coords={"place": ["changji"], "day": pd.date_range("2019-01-01", "2019-12-31")})
>>> describe(days, "en").names, last_year(days), last_winter(days).name
({'changji': 'Changji City'}, 2019, '2018-winter')
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from airq import places, standards
from airq.errors import MissingData
from airq.figures import labels
from airq.figures.labels import Language
from airq.observations import Archive
from airq.reports import text
from airq.reports.tables import Html
from airq.standards import Period, parse_period
from airq.standards.sites import MICRO

__all__ = [
    "About",
    "chosen_places",
    "describe",
    "header",
    "last_winter",
    "last_year",
    "limit_sets",
    "shared_year",
]


@dataclass(frozen=True)
class About:
    """What every part of the page must know.

    Attributes
    ----------
    names : dict of str to str
        Names of the places by id, in the page's language.
    first, last : pandas.Timestamp
        First and last day that has an AQI.
    simulated : bool
    lang : {"zh", "en"}
    """

    names: dict[str, str]
    first: pd.Timestamp
    last: pd.Timestamp
    simulated: bool
    lang: Language

    def say(self, zh: str, en: str) -> str:
        """Text in the page's language."""
        return zh if self.lang == "zh" else en

    def name(self, place: object) -> str:
        """Name of a place; its id where it has none."""
        return self.names.get(str(place), str(place))


def chosen_places(archive: Archive, place: str) -> list[str]:
    """Ids of the places that a page compares.

    Parameters
    ----------
    archive : airq.observations.Archive
    place : str
        Id, name or code of a place, or what the archive's stations say; a group stands for its members, ``all`` for
        every county of the archive.

    Returns
    -------
    list of str
        Those with an evaluation station in the archive, in the order of the project's places.

    Raises
    ------
    ParameterError, MissingData
        If the place is not known, or none has an evaluation station.
    """
    table = archive.stations()
    table = table[(table["role"] != "background") & (table["network"] != MICRO)]
    there = set(table["place"].astype(str)) - {""}
    if str(place).strip().lower() == "all":
        known = places.load()
        counties = [p for p in known if p in there and known[p].kind == "county"]
        found = counties or [p for p in known if p in there] or sorted(there)
    elif place in there:  # also one that the project's places do not name
        found = [place]
    else:
        found = [m.id for m in places.members(place) if m.id in there]
    if not found:
        raise MissingData(
            f"{archive.path}: no evaluation station of '{place}' is in the archive; ingest its files or choose another place."
        )
    return found


def describe(days: xr.Dataset, lang: Language) -> About:
    """Names, span and mark of simulated data of some city-days.

    Parameters
    ----------
    days : xarray.Dataset
        From :func:`airq.standards.place_daily`.
    lang : {"zh", "en"}

    Returns
    -------
    About

    Raises
    ------
    MissingData, ParameterError
        If no day has an AQI, or the language is not known.
    """
    labels.text("aqi", lang)  # refuses another language
    ids = [str(p) for p in days["place"].values]
    known = places.load()
    stamps = _with_aqi(days)
    return About(
        {p: known[p].name(lang) if p in known else p for p in ids},
        stamps.min(),
        stamps.max(),
        str(days.attrs.get("simulated", "")).lower() == "true",
        lang,
    )


def last_year(days: xr.Dataset) -> int:
    """Last calendar year that the days cover to its end; the last year of all if none is covered.

    Examples
    --------
    >>> day = pd.date_range("2018-06-01", "2019-10-31")
    >>> last_year(xr.Dataset({"aqi": (("place", "day"), np.ones((1, len(day))))}, {"place": ["a"], "day": day}))
    2018
    """
    stamps = _with_aqi(days)
    year = int(stamps.max().year)
    whole = stamps.max() >= pd.Timestamp(year, 12, 31)
    return year if whole or year - 1 < stamps.min().year else year - 1


def last_winter(days: xr.Dataset) -> Period:
    """Last winter, December to February, that the days cover; else the one of which they hold most."""
    stamps = _with_aqi(days)
    first, last = stamps.min().date(), stamps.max().date()
    winters = [parse_period(f"{y}-winter") for y in range(last.year, first.year - 2, -1)]
    whole = [w for w in winters if w.start >= first and w.end <= last]
    return whole[0] if whole else max(winters, key=lambda w: min(w.end, last) - max(w.start, first))


def shared_year(days: xr.Dataset, year: int) -> Period:
    """Calendar year, or its months up to the last one of the days if they end before the year does.

    Parameters
    ----------
    days : xarray.Dataset
        City-days with their AQI.
    year : int
        One in which the standard changes.

    Returns
    -------
    Period
        The whole year also where the days have none of it.

    Examples
    --------
    >>> day = pd.date_range("2025-06-01", "2026-10-31")
    >>> shared_year(xr.Dataset({"aqi": (("place", "day"), np.ones((1, len(day))))}, {"place": ["a"], "day": day}), 2026).name
    '2026-01..2026-10'
    """
    last = _with_aqi(days).max()
    whole = last.year != year or last.month == 12
    return parse_period(year if whole else f"{year}-01..{year}-{last.month:02d}")


def _with_aqi(days: xr.Dataset) -> pd.DatetimeIndex:
    known = np.isfinite(days["aqi"].transpose("place", "day").values).any(axis=0)
    stamps = pd.DatetimeIndex(days["day"].values)
    if not known.any():
        raise MissingData("no day of the chosen places has an AQI; choose another place or span.")
    return stamps[known]


def limit_sets() -> list[str]:
    """Standards and phases, each set of limits once: a name whose phase depends on the date repeats another.

    Examples
    --------
    >>> limit_sets()
    ['GB3095-2012', 'GB3095-2026-transition', 'GB3095-2026-final']
    """
    return [n for n in standards.standards() if standards.standard_of(n).name == n]


def header(archive: Archive, days: xr.Dataset, about: About) -> list[Any]:
    """Title, mark of simulated data, places, span, standards and digest of the data.

    Parameters
    ----------
    archive : airq.observations.Archive
    days : xarray.Dataset
    about : About

    Returns
    -------
    list
    """
    say = about.say
    title = say("新标准改变了什么", "What the new standard changes")
    parts = [f"<h1>{escape(title)}</h1>"]
    if about.simulated:
        words = say(
            "模拟数据：以下全部数字来自软件内置的模拟观测，不是监测结果，不得用于任何评价。",
            "Simulated data 模拟数据: every number below comes from simulated observations and is no measurement.",
        )
        look = "border:2px solid #b00020;color:#b00020;font-weight:bold;padding:.4em .8em"
        parts.append(f'<div class="simulated" style="{look}">{escape(words)}</div>')
    rows = [
        (say("地区", "Places"), say("、", ", ").join(about.names.values())),
        (say("数据时段", "Span of the data"), f"{about.first:%Y-%m-%d} – {about.last:%Y-%m-%d}"),
        (
            say("比较的标准", "Standards compared"),
            say("；", "; ").join(text.rule(s, about.lang) for s in limit_sets()[:2]),
        ),
        (
            say("数据", "Data"),
            f"{archive.path.name}, {days.attrs.get('source', '')}, {days.attrs.get('digest', '')[:12]}",
        ),
    ]
    listed = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in rows)
    return [Html("".join([*parts, f'<dl class="meta">{listed}</dl>']))]
