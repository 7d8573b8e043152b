"""One doubtful thing in a station table, as a sentence and as data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Finding"]


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes
    ----------
    kind : str
        What sort of finding, for scripts: ``duplicate``, ``overlap``, ``gap``, ``position``, ``place`` …
    station : str
        Code, empty where a place is concerned.
    sentence : str
        For a person: who, what is wrong, what to do.
    place : str
    km : float
        Distance that the sentence speaks of; NaN if it speaks of none.
    rows : tuple of int
        Index labels of the table's rows.
    """

    kind: str
    station: str
    sentence: str
    place: str = ""
    km: float = float("nan")
    rows: tuple[int, ...] = ()

    def __str__(self) -> str:
        """The sentence.

        Examples
        --------
        >>> print(Finding("position", "2A", "2A: has no position; add lat and lon."))
        2A: has no position; add lat and lon.
        """
        return self.sentence

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON.

        Examples
        --------
        >>> Finding("gap", "2A", "2A: a gap.").to_dict()["kind"]
        'gap'
        """
        return asdict(self)
