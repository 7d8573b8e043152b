"""Counties, neighbours and groups of places, read from ``params/counties.yaml``.

A place may be named by its id, its Chinese or English name, or its administrative code.

Examples
--------
>>> get("昌吉市").id, get("652301").en, get("changji").kind
('changji', 'Changji City', 'county')
>>> [p.id for p in members("changji-prefecture")][:3]
['changji', 'fukang', 'hutubi']
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from airq import options
from airq.errors import FileRejected, ParameterError

__all__ = ["Place", "county_groups", "find", "find_all", "get", "load", "members", "reported"]

Language = Literal["zh", "en"]


@dataclass(frozen=True)
class Place:
    """A county, a neighbour that shares the air, or a group whose figure is the mean of its members.

    Attributes
    ----------
    id : str
        Short stable name used in Datasets, file names and parameters.
    kind : {"county", "neighbour", "group"}
        Counties get a monthly report of their own.
    zh, en : str
        Names for people.
    code : str
        Administrative division code, empty where there is none.
    lat, lon : float or None
        Degrees; approximate seat of government.
    area_class : int
        Functional area of GB 3095, 1 or 2.
    members : tuple of str
        Ids, for a group.
    represented_by : str
        Id of the member whose figures stand for a group in assessment, or empty.
    aliases : tuple of str
        Other names under which files know the place.
    report : bool
        Whether the place gets a report of its own though it is no county and no group of counties.
    """

    id: str
    kind: Literal["county", "neighbour", "group"]
    zh: str
    en: str
    code: str = ""
    lat: float | None = None
    lon: float | None = None
    area_class: int = 2
    members: tuple[str, ...] = ()
    represented_by: str = ""
    aliases: tuple[str, ...] = ()
    report: bool = False

    def name(self, lang: Language = "zh") -> str:
        """Name in the language of a page.

        Examples
        --------
        >>> get("mori").name("en")
        'Mori'
        """
        return self.zh if lang == "zh" else self.en

    @property
    def names(self) -> tuple[str, ...]:
        """Every text that stands for this place."""
        return tuple(n for n in (self.id, self.zh, self.en, self.code, *self.aliases) if n)


_FIELDS = {f.name for f in fields(Place)}


def _parse(entry: Mapping[str, Any], path: Path, number: int) -> Place:
    where = f"{path}: place number {number}"
    if unknown := sorted(set(entry) - _FIELDS):
        raise FileRejected(
            f"{where}: unknown entry '{unknown[0]}'; allowed are {', '.join(sorted(_FIELDS))}."
        )
    for name in ("id", "kind", "zh", "en"):
        if not isinstance(entry.get(name), str) or not entry[name]:
            raise FileRejected(f"{where}: '{name}' is missing or not a text; add it.")
    if entry["kind"] not in ("county", "neighbour", "group"):
        raise FileRejected(f"{where}: kind '{entry['kind']}' is not county, neighbour or group; correct it.")
    if not isinstance(entry.get("report", False), bool):
        raise FileRejected(f"{where}: report '{entry['report']}' is neither true nor false; correct it.")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    return Place(**values)


@lru_cache(maxsize=8)
def _load(path: Path, _mtime: int) -> dict[str, Place]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}:" if mark else ""
        raise FileRejected(f"{path}:{line} not valid YAML; correct the line.") from error
    if not isinstance(document, dict) or not isinstance(document.get("places"), list):
        raise FileRejected(f"{path}: no list 'places'; start the file with 'places:'.")
    places: dict[str, Place] = {}
    for number, entry in enumerate(document["places"], 1):
        if not isinstance(entry, dict):
            raise FileRejected(f"{path}: place number {number} is not a mapping; write id, kind, zh, en.")
        place = _parse(entry, path, number)
        if place.id in places:
            raise FileRejected(f"{path}: place number {number}: id '{place.id}' stands twice; rename one.")
        places[place.id] = place
    for place in places.values():
        for member in (*place.members, *filter(None, [place.represented_by])):
            if member not in places:
                raise FileRejected(
                    f"{path}: place '{place.id}' names '{member}', which is not in the file; add it."
                )
    return places


def load(path: str | Path | None = None) -> dict[str, Place]:
    """Read the places.

    Parameters
    ----------
    path : path, optional
        A YAML file; ``params/counties.yaml`` of the project by default.

    Returns
    -------
    dict of str to Place
        In the order of the file.

    Raises
    ------
    FileRejected
        If the file is missing or wrong; the sentence says where.

    Examples
    --------
    >>> sum(p.kind == "county" for p in load().values())
    7
    """
    return _load(*_source(path))


def _source(path: str | Path | None = None) -> tuple[Path, int]:
    """The file of places and the time of its last change."""
    file = Path(path) if path is not None else options.params_dir() / "counties.yaml"
    try:
        return file, file.stat().st_mtime_ns
    except OSError as error:
        raise FileRejected(
            f"{file}: cannot be read; restore it from the project or set AIRQ_HOME."
        ) from error


@lru_cache(maxsize=8)
def _names(path: Path, mtime: int) -> tuple[dict[str, Place], dict[str, Place]]:
    """Places by every name, of which the first of the file counts, and by their Chinese names."""
    known = list(reversed(_load(path, mtime).values()))
    return {n: p for p in known for n in p.names}, {p.zh: p for p in known}


def _match(name: str, names: tuple[dict[str, Place], dict[str, Place]]) -> Place | None:
    key = str(name).strip()
    exact, chinese = names
    if key in exact or len(key) < 2:
        return exact.get(key)
    near = [chinese[key + suffix] for suffix in "市县州" if key + suffix in chinese]
    return near[0] if len(near) == 1 else None


def find(name: str) -> Place | None:
    """Place of that id, name or code, or None.

    A Chinese name may lack its 市, 县 or 州 where only one place is left.

    Examples
    --------
    >>> find("Manas").zh, find("五家渠").zh, find("昌吉") is None
    ('玛纳斯县', '五家渠市', True)
    """
    return _match(name, _names(*_source()))


def find_all(names: Iterable[str]) -> dict[str, Place | None]:
    """Places of many names at once, as :func:`find` gives them one by one.

    Examples
    --------
    >>> {n: p.id if p else None for n, p in find_all(["阜康", "北京"]).items()}
    {'阜康': 'fukang', '北京': None}
    """
    known = _names(*_source())
    return {name: _match(name, known) for name in names}


def get(name: str) -> Place:
    """Place of that id, name or code.

    Raises
    ------
    ParameterError
        If there is none; the sentence offers the nearest name.

    Examples
    --------
    >>> get("chanji")
    Traceback (most recent call last):
    airq.errors.ParameterError: place 'chanji' is not known; did you mean 'changji'? ...
    """
    place = find(name)
    if place is not None:
        return place
    known = [n for p in load().values() for n in p.names]
    near = get_close_matches(str(name), known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(load())}."
    raise ParameterError(f"place '{name}' is not known; {hint} Places stand in params/counties.yaml.")


def members(name: str) -> tuple[Place, ...]:
    """Members of a group, or the place itself.

    Examples
    --------
    >>> [p.id for p in members("mori")]
    ['mori']
    """
    place = get(name)
    return tuple(load()[m] for m in place.members) if place.kind == "group" else (place,)


def county_groups() -> list[Place]:
    """Groups made of counties alone, such as a prefecture, in the order of the file.

    Examples
    --------
    >>> [p.id for p in county_groups()]
    ['changji-prefecture']
    """
    known = load()
    return [
        p for p in known.values() if p.kind == "group" and all(known[m].kind == "county" for m in p.members)
    ]


def reported() -> list[Place]:
    """Places that get a report: every county, every group made of counties, then those marked ``report: true``.

    Examples
    --------
    >>> [p.id for p in reported()][-3:]
    ['changji-prefecture', 'div12', 'wu-chang-shi']
    """
    known = load()
    found = [p for p in known.values() if p.kind == "county"] + county_groups()
    return found + [p for p in known.values() if p.report and p not in found]
