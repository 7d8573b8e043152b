"""What a run made: one outcome a page, one report of them all.

Examples
--------
>>> RunReport("2026-10", Path("out"), (Outcome("mori", "zh", "made", "mori.zh.html", ""),), 1.0).ok
True
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airq.figures.labels import Language
from airq.reports import names

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Outcome", "Part", "Progress", "RunReport"]


@dataclass(frozen=True)
class Outcome:
    """What became of one page.

    Attributes
    ----------
    place, lang : str
    status : {"made", "current", "failed"}
        ``current``: inputs unchanged, the page was kept.
    file : str
        Name in the folder of the period.
    inputs : str
        Digest of everything the page rests on.
    seconds : float
    error : str
        One sentence with the name of the place, for the terminal; empty unless failed.
    made : str
        When, Beijing time.
    revisions : list of dict
        Figures that differ from those of the page before; see :mod:`airq.reports.revisions`.
    files : dict of str to list of str
        Further files of the report by format, relative to the folder.
    notes : list of str
        Formats left out, and why.
    tries : int
    said : str
        The error for readers: in the language of the page, without paths.
    reason : str
        The error without the name of the place.
    kept : str
        When the page was made that still stands, because a newer one failed; empty if none does.
    """

    place: str
    lang: Language
    status: str
    file: str
    inputs: str
    seconds: float = 0.0
    error: str = ""
    made: str = ""
    revisions: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    tries: int = 1
    said: str = ""
    reason: str = ""
    kept: str = ""


@dataclass(frozen=True)
class Part:
    """What became of one part of the results.

    Attributes
    ----------
    place : str
        ``_all`` for a section over all places.
    name : str
        ``indicators`` or a section.
    status : {"computed", "cached", "missing", "failed"}
    seconds : float
    error : str
    """

    place: str
    name: str
    status: str
    seconds: float = 0.0
    error: str = ""


Progress = Callable[[Outcome | Part, int, int], None]
"""Called with what is done, its number and the number to do."""


@dataclass(frozen=True)
class RunReport:
    """What a run made.

    Attributes
    ----------
    period : str
    folder : pathlib.Path
        Holds ``index.html``, the pages, ``data/*.json`` and ``manifest.json``.
    outcomes : tuple of Outcome
    seconds : float
        Of the whole run.
    parts : tuple of Part
        What was computed before the pages.
    computing : float
        Seconds of the parts.
    """

    period: str
    folder: Path
    outcomes: tuple[Outcome, ...]
    seconds: float
    parts: tuple[Part, ...] = ()
    computing: float = 0.0

    @property
    def index(self) -> Path:
        """Page to open first."""
        chinese = self.folder / names.index_name("zh")
        return chinese if chinese.exists() else self.folder / names.index_name("en")

    @property
    def ok(self) -> bool:
        """Whether no place and no section failed."""
        pages, parts = (o.status for o in self.outcomes), (p.status for p in self.parts)
        return "failed" not in (*pages, *parts)

    def to_frame(self) -> pd.DataFrame:
        """One row a page."""
        import pandas as pd

        columns = ["place", "lang", "status", "seconds", "file", "error"]
        return pd.DataFrame([asdict(o) for o in self.outcomes], columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "period": self.period,
            "folder": str(self.folder),
            "index": str(self.index),
            "ok": self.ok,
            "seconds": round(self.seconds, 2),
            "computing_seconds": round(self.computing, 2),
            "parts": [asdict(p) for p in self.parts],
            "reports": [asdict(o) for o in self.outcomes],
        }

    def _repr_html_(self) -> str:
        html: str = self.to_frame().to_html(index=False)
        return html
