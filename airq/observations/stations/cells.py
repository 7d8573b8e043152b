"""Cells of a station list: codes, dates, positions, roles and networks as people write them, and remarks in names.

National lists keep the life of a station in its name, as in ``市监测中心(停运150702)`` or ``团泊洼(对照点)``.
"""

from __future__ import annotations

import calendar
import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

from airq.observations.formats.base import MISSING

__all__ = [
    "NETWORKS",
    "ROLES",
    "Remarks",
    "code",
    "degrees",
    "iso_date",
    "network",
    "remarks",
    "role",
    "text",
]

ROLES: Final = ("evaluation", "background")
NETWORKS: Final = ("national", "regional", "city", "micro")

_ROLE_WORDS: Final = {
    "background": frozenset(("y", "yes", "true", "1", "是", "background", "背景", "背景点", "对照", "对照点", "清洁对照点")),
    "evaluation": frozenset(("n", "no", "false", "0", "否", "evaluation", "评价", "评价点", "国控评价点")),
}  # fmt: skip
_NETWORK_WORDS: Final = {
    "national": frozenset(("national", "国控", "国控点", "国控站")),
    "regional": frozenset(("regional", "provincial", "区控", "省控", "自治区控", "省控点", "区控点")),
    "city": frozenset(("city", "county", "市控", "县控", "州控", "市控点", "县控点", "地方")),
    "micro": frozenset(("micro", "sensor", "微站", "微型站", "微观站", "小微站", "网格化")),
}

_SPACE: Final = re.compile(r"[\s\u00a0\u3000\u200b\ufeff]+")
_DATE: Final = re.compile(
    r"(?P<y>\d{4})(?:(?P<md>\d{4})|\s*[-/.年]\s*(?P<m>\d{1,2})(?:\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?|\s*月?)|\s*年?)"
    r"(?:[T ]\s*0?0:00(?::00(?:\.0+)?)?)?"
)
_DEGREES: Final = re.compile(
    r"""(?P<front>[NSEWnsew]|[北南]纬|[东西]经)?\s*(?P<deg>[+-]?\d+(?:\.\d*)?)\s*[°度]
        \s*(?:(?P<min>\d+(?:\.\d*)?)\s*['′分’]\s*(?:(?P<sec>\d+(?:\.\d*)?)\s*(?:["″秒”]|''|′′)\s*)?)?
        (?P<back>[NSEWnsew])?""",
    re.VERBOSE,
)
_REMARK: Final = re.compile(r"\s*[(（](?P<inside>[^()（）]*)[)）]\s*$")
_EVENT: Final = re.compile(
    r"(?P<word>启用|停运|停用|关停|撤销)?\s*(?P<date>\d{8}|\d{6})\s*(?P<after>启用|停运|停用|关停|撤销|更为评价点|更为对照点)?"
)
_BEGIN: Final = "启用"


def text(cell: object) -> str:
    """Cell without blanks around it; a mark for a missing value is empty.

    Examples
    --------
    >>> text("　天山天池 "), text("—"), text(None)
    ('天山天池', '', '')
    """
    if cell is None or cell != cell:
        return ""
    out = _SPACE.sub(" ", str(cell)).strip()
    return "" if out.lower() in MISSING else out


def code(cell: object) -> str:
    """Station code: full-width letters become plain ones, a number that a spreadsheet stored loses its ``.0``.

    Examples
    --------
    >>> code("２６９１Ａ "), code("1001.0"), code(" Sensor 01")
    ('2691A', '1001', 'Sensor 01')
    """
    plain = " ".join(unicodedata.normalize("NFKC", text(cell)).split())
    return plain[:-2] if re.fullmatch(r"\d+\.0", plain) else plain


def iso_date(cell: object, last: bool) -> str | None:
    """Date as ``YYYY-MM-DD``; empty for an open end, None for anything that is no date.

    Parameters
    ----------
    cell : object
        A day, a month or a year in the usual spellings.
    last : bool
        Whether a month or year stands for its last day and not for its first.

    Examples
    --------
    >>> iso_date("2020年6月29日", True), iso_date("2020-06", True), iso_date("2020", False), iso_date("soon", True)
    ('2020-06-29', '2020-06-30', '2020-01-01', None)
    """
    plain = unicodedata.normalize("NFKC", text(cell))
    if not plain:
        return ""
    found = _DATE.fullmatch(plain)
    if found is None:
        return None
    year = int(found["y"])
    month, day = (int(found["md"][:2]), int(found["md"][2:])) if found["md"] else (0, 0)
    month, day = int(found["m"] or month), int(found["d"] or day)
    if year < 1:
        return None
    if not month:
        month = 12 if last else 1
    if not 1 <= month <= 12:
        return None
    length = calendar.monthrange(year, month)[1]
    day = day or (length if last else 1)
    return date(year, month, day).isoformat() if day <= length else None


def degrees(cell: object) -> float | None:
    """Degrees of a decimal number or of degrees, minutes and seconds; NaN if empty, None if neither.

    Examples
    --------
    >>> degrees("87.2997"), degrees("87°17′58.92″E"), degrees("S 44°30'"), degrees("north")
    (87.2997, 87.2997, -44.5, None)
    """
    plain = text(cell)
    if not plain:
        return math.nan
    try:
        return float(plain.replace("_", "x"))
    except ValueError:
        found = _DEGREES.fullmatch(unicodedata.normalize("NFKC", plain.replace("º", "°")))
    if found is None or float(found["min"] or 0) >= 60 or float(found["sec"] or 0) >= 60:
        return None
    size = abs(float(found["deg"])) + float(found["min"] or 0) / 60 + float(found["sec"] or 0) / 3600
    side = (found["front"] or found["back"] or "n")[0].lower()
    south = side in "sw南西" or found["deg"].startswith("-")
    return round(-size if south else size, 7)


def role(cell: object) -> str:
    """``evaluation`` or ``background``; empty if not stated, another text as it is.

    Examples
    --------
    >>> role("Y"), role("评价点"), role(""), role("maybe")
    ('background', 'evaluation', '', 'maybe')
    """
    return _word(text(cell), _ROLE_WORDS)


def network(cell: object) -> str:
    """One of :data:`NETWORKS`; empty if not stated, another text as it is.

    Examples
    --------
    >>> network("国控"), network("微站"), network("own")
    ('national', 'micro', 'own')
    """
    return _word(text(cell), _NETWORK_WORDS)


def _word(plain: str, words: dict[str, frozenset[str]]) -> str:
    low = plain.lower()
    return next((name for name, spelled in words.items() if low in spelled), plain)


@dataclass(frozen=True)
class Remarks:
    """What a name says in brackets behind it.

    Attributes
    ----------
    name : str
        Name without the remarks that were understood.
    valid_from, valid_to : str
        ISO dates or empty; the day of 停运 is taken as the last day of the period.
    role : str
        Empty if not stated.
    closed : bool
        The station is said to be closed, with or without a date.
    """

    name: str
    valid_from: str = ""
    valid_to: str = ""
    role: str = ""
    closed: bool = False


def remarks(name: str) -> Remarks:
    """Take the remarks of a station name apart from it; brackets of another kind stay in the name.

    Examples
    --------
    >>> remarks("市监测中心(停运150702)")
    Remarks(name='市监测中心', valid_from='', valid_to='2015-07-02', role='', closed=True)
    >>> remarks("济民医院(对照点190815启用)").role, remarks("监测站（原粮食局）").name
    ('background', '监测站（原粮食局）')
    """
    found = _REMARK.search(name)
    if found is None:
        return Remarks(name)
    inside = found["inside"].replace(" ", "")
    bare = name[: found.start()].strip()
    said, rest = "", inside
    for word in ("清洁对照点", "对照点"):
        if rest.startswith(word):
            said, rest = "background", rest[len(word) :]
            break
    if not rest:
        return Remarks(bare, role=said) if said and bare else Remarks(name)
    if not bare:
        return Remarks(name)
    if rest in ("已停运", "已停用", "停运", "停用", "已关停", "已撤销"):
        return Remarks(bare, role=said, closed=True)
    event = _EVENT.fullmatch(rest)
    word = (event["word"] or event["after"] or "") if event else ""
    if event is None or not word or (event["word"] and event["after"]):
        return Remarks(name)
    stamp = event["date"] if len(event["date"]) == 8 else f"20{event['date']}"
    day = iso_date(stamp, last=False)
    if not day:
        return Remarks(name)
    if word.startswith("更为"):
        return Remarks(bare, role=role(word.removeprefix("更为")))
    if word == _BEGIN:
        return Remarks(bare, valid_from=day, role=said)
    return Remarks(bare, valid_to=day, role=said, closed=True)
