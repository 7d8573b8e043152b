"""What two rows of one station, from lists of different dates, say happened to it."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from airq import places
from airq.observations.stations.geodesy import distance_km, wgs84_to_gcj02
from airq.observations.stations.locations import DATUM_KM, ROUNDING_KM

__all__ = ["CORRECTION_KM", "Change", "classify", "finer_place", "same_name", "shown"]

CORRECTION_KM: Final = 10.0
"""A station that keeps its name does not move farther; one of the two positions was wrong. A choice, not a standard."""

_DECIMALS: Final = 2  # positions with fewer decimals are too coarse to be the rounding of another

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """A difference between two lists.

    Attributes
    ----------
    station : str
    kind : {"rounding", "correction", "exchange", "move", "rename", "place", "role", "network"}
        ``rounding``: the position differs within the noise of the lists. ``correction``: one list had a wrong position.
        ``exchange``: two codes were exchanged in one list. ``move``: the station stands elsewhere. The others say
        which column differs.
    date : str
        Date of the list that shows it first.
    km : float
        Distance between the positions, NaN without both.
    old, new : str
        The two values.
    certain : bool
        False where a move may as well be a correction.
    reason : str
        Why it is taken for this kind.
    right : {"", "old", "new"}
        Which of two positions is right, where that can be told.
    """

    station: str
    kind: str
    date: str
    km: float
    old: str
    new: str
    certain: bool = True
    reason: str = ""
    right: str = ""

    @property
    def splits(self) -> bool:
        """Whether the station has one row before and another after the change."""
        return self.kind in ("move", "rename", "place", "role", "network")

    @property
    def sentence(self) -> str:
        """The change for a person.

        Examples
        --------
        >>> Change("9Z", "move", "2020-01-01", 1.17, "44, 87", "44.01, 87", True, "name and position differ").sentence
        '9Z: move of 1.17 km from 44, 87 to 44.01, 87, first in the list of 2020-01-01: name and position differ.'
        """
        far = f" of {self.km:.2f} km" if math.isfinite(self.km) else ""
        why = f": {self.reason}" if self.reason else ""
        return f"{self.station}: {self.kind}{far} from {self.old} to {self.new}, first in the list of {self.date}{why}."


def same_name(a: str, b: str) -> bool:
    """Whether two names are one but for blanks, width of letters and kind of brackets; an unstated name fits any.

    Examples
    --------
    >>> same_name("市环保局　", "市环保局"), same_name("监测站（新）", "监测站(新)"), same_name("南油", "南海子站")
    (True, True, False)
    """
    return not a or not b or _bare(a) == _bare(b)


def _bare(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).lower()


def finer_place(a: str, b: str) -> str | None:
    """The more exact of two places of which one holds the other; None if neither does.

    Examples
    --------
    >>> finer_place("changji-prefecture", "fukang"), finer_place("changji", "fukang"), finer_place("", "北京")
    ('fukang', None, '北京')
    """
    if a == b or not b:
        return a
    if not a:
        return b
    for group, member in ((a, b), (b, a)):
        place = places.find(group)
        if place is not None and member in place.members:
            return member
    return None


def shown(row: Row) -> str:
    """Position as text.

    Examples
    --------
    >>> shown({"lat": 44.0114, "lon": 87.2997})
    '44.0114, 87.2997'
    """
    return f"{row['lat']:.10g}, {row['lon']:.10g}"


def classify(old: Row, new: Row, date: str) -> list[Change]:
    """Differences between two rows of a station.

    Parameters
    ----------
    old, new : mapping
        With ``station name_zh place lat lon role network``; empty texts are not stated and differ from nothing.
    date : str
        Date of the newer list.

    Returns
    -------
    list of Change

    Examples
    --------
    >>> old = {"station": "1A", "name_zh": "湖", "place": "x", "lat": 44.1564, "lon": 87.9897, "role": "", "network": ""}
    >>> [(c.kind, round(c.km, 1), c.certain) for c in classify(old, {**old, "lat": 43.8886, "lon": 88.1236}, "2022-02-13")]
    [('correction', 31.6, False)]
    """
    out = []
    renamed = not same_name(old["name_zh"], new["name_zh"])
    if old["lat"] == old["lat"] and new["lat"] == new["lat"]:
        km = float(distance_km(old["lat"], old["lon"], new["lat"], new["lon"]))
        if km > 0:
            kind, certain, reason, right = _position(old, new, km, renamed)
            out.append(Change(old["station"], kind, date, km, shown(old), shown(new), certain, reason, right))
    if renamed:
        out.append(Change(old["station"], "rename", date, math.nan, old["name_zh"] or "none", new["name_zh"]))
    if finer_place(old["place"], new["place"]) is None:
        out.append(Change(old["station"], "place", date, math.nan, old["place"], new["place"]))
    for column in ("role", "network"):
        if old[column] and new[column] and old[column] != new[column]:
            out.append(Change(old["station"], column, date, math.nan, old[column], new[column]))
    return out


def _position(old: Row, new: Row, km: float, renamed: bool) -> tuple[str, bool, str, str]:
    """Kind of a difference of position, whether that is certain, why, and which position is right if that is known."""
    if km <= ROUNDING_KM:
        return "rounding", True, f"within {1000 * ROUNDING_KM:.0f} m", ""
    if _rounded(old, new):
        return "rounding", True, "one is the other with fewer decimals", ""
    for a, b, which, right in ((old, new, "newer", "old"), (new, old, "older", "new")):
        if float(distance_km(b["lat"], b["lon"], *wgs84_to_gcj02(a["lat"], a["lon"]))) < DATUM_KM:
            return "correction", True, f"the {which} position is the other on a GCJ-02 map", right
    if renamed:
        return "move", True, "name and position differ", ""
    if km > CORRECTION_KM:
        return (
            "correction",
            False,
            f"the name is the same and the distance above {CORRECTION_KM:.0f} km",
            "",
        )
    return "move", False, "the name is the same, it may be a correction", ""


def _rounded(old: Row, new: Row) -> bool:
    """Whether the coarser position is the finer one rounded or cut; a list gives both coordinates alike."""
    coarse, fine = sorted((old, new), key=_fineness)
    if _fineness(coarse) < _DECIMALS:
        return False
    step = 10.0 ** -_fineness(coarse)
    apart = max(abs(coarse["lat"] - fine["lat"]), abs(coarse["lon"] - fine["lon"]))
    return _fineness(fine) > _fineness(coarse) and apart < step * (1 + 1e-9)


def _fineness(row: Row) -> int:
    return max(_decimals(row["lat"]), _decimals(row["lon"]))


def _decimals(value: float) -> int:
    text = f"{value:.10f}".rstrip("0")
    return len(text.partition(".")[2])
