"""PDF by typst: bundled fonts embedded, tagged for readers who cannot see, outline, captions, the mark on every page.

typst comes with the extra ``pdf`` (``pip install airq[pdf]``) and needs nothing of the system.
"""

from __future__ import annotations

import logging
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from airq.errors import ReportError
from airq.figures.style import FONTS
from airq.reports.document import Document
from airq.reports.formats.typesetting import source

__all__ = ["build", "missing_characters", "warm", "write"]

FAMILIES: Final = ("Noto Sans SC", "DejaVu Sans")
_LOG: Final = logging.getLogger("airq.reports.pdf")


def _folders() -> list[str]:
    """Folders of the bundled fonts and of matplotlib's, whose DejaVu Sans has the signs that Noto Sans SC lacks."""
    import matplotlib as mpl

    return [str(FONTS), str(Path(mpl.get_data_path()) / "fonts" / "ttf")]


@lru_cache(maxsize=1)
def _fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=_folders())


@lru_cache(maxsize=1)
def _characters() -> frozenset[int]:
    """Code points that the fonts have."""
    from fontTools.ttLib import TTFont

    out: set[int] = set()
    for file in (FONTS / "NotoSansSC-Regular.ttf", Path(_folders()[1]) / "DejaVuSans.ttf"):
        with TTFont(file, lazy=True) as font:
            out |= set(font.getBestCmap())
    return frozenset(out)


def missing_characters(text: str) -> str:
    """Characters of a text that the fonts lack.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Sorted, each once.

    Examples
    --------
    >>> missing_characters("优良 PM₂.₅ ₓ")
    ''
    >>> missing_characters("𠀀a")
    '𠀀'
    """
    return "".join(sorted(c for c in set(text) if c.isprintable() and ord(c) not in _characters()))


def warm() -> None:
    """Find the fonts and their characters once."""
    _fonts()
    _characters()


def build(document: Document, organisation: str = "", form: str = "pdf", ppi: float = 90) -> Any:
    """PDF of a document, or PNG pages to look at.

    Parameters
    ----------
    document : Document
    organisation : str
        Issuer, printed below the title.
    form : {"pdf", "png"}
    ppi : float
        Of PNG pages.

    Returns
    -------
    bytes or list of bytes

    Raises
    ------
    ReportError
        If typst is not installed or cannot set the document.
    """
    try:
        import typst
    except ImportError as error:
        raise ReportError(
            "PDF needs the package typst; install airq[pdf], or take pdf off the formats."
        ) from error
    if lacking := missing_characters(document.text()):
        _LOG.warning("%s: no bundled font has '%s'; they show as boxes in the PDF.", document.title, lacking)
    text, pictures = source(document, organisation, FAMILIES)
    with tempfile.TemporaryDirectory(prefix="airq-pdf-") as folder:
        main = Path(folder) / "main.typ"
        main.write_text(text, encoding="utf-8")
        for name, data in pictures.items():
            (Path(folder) / name).write_bytes(data)
        try:
            return typst.compile(
                str(main), format=form, font_paths=_fonts(), ignore_system_fonts=True, ppi=ppi
            )  # type: ignore[call-overload]
        except typst.TypstError as error:
            raise ReportError(
                f"typst could not set '{document.title}': {error.message}; report it."
            ) from error


def write(document: Document, path: Path, organisation: str = "") -> None:
    """Write the PDF of a document.

    Parameters
    ----------
    document : Document
    path : pathlib.Path
    organisation : str
    """
    path.write_bytes(build(document, organisation))
