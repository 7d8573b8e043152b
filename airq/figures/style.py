"""The one look of every figure: bundled fonts, colours, sizes, the mark of simulated data.

Figures are plain ``matplotlib.figure.Figure`` objects without pyplot, so that no window, no global figure and no
backend is involved. Text is drawn with the bundled Noto Sans SC, then DejaVu Sans, so that Chinese shows on a
machine that has no Chinese font.

Examples
--------
>>> with applied():
...     figure = new_figure(4, 2)
>>> tuple(figure.get_size_inches())
(np.float64(4.0), np.float64(2.0))
"""

from __future__ import annotations

import io
import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from airq.figures import labels
from airq.figures.labels import Language

__all__ = [
    "BLOCK_TYPE",
    "COLOURS",
    "FONTS",
    "VECTORS",
    "FigureResult",
    "applied",
    "finish",
    "ink_on",
    "legend",
    "new_figure",
    "panels",
    "tidy",
    "warm",
]

FONTS: Final = Path(__file__).parent / "fonts"

BLOCK_TYPE: Final = "application/vnd.airq.block+json"
"""Media type under which a notebook carries what it displays apart from any format; see ``airq.reports.blocks``."""

COLOURS: Final = {
    "this_year": "#1f5a94",
    "last_year": "#a9bfd4",
    "limit_2012": "#c23b22",
    "limit_2026": "#7a1fa2",
    "grid": "#d9dde2",
    "ink": "#1d2733",
    "quiet": "#5c6773",
    "missing": "#e4e7eb",
    "simulated": "#b00020",
}

SERIES: Final = ("#1f5a94", "#d17a00", "#2a8c5a", "#8e4fa8", "#a33b3b", "#5a6b7b", "#00808a", "#b09a00")

VECTORS: Final = "AIRQ_SVG"
"""Environment variable; with ``1`` a figure that a notebook displays carries its SVG too, for the files of a report."""

_COLOURS: Final = 48
"""Size of a picture's palette."""

_LOG: Final = logging.getLogger("airq.figures")

_RC: Final[dict[str, Any]] = {
    "font.family": ["Noto Sans SC", "DejaVu Sans"],
    "font.size": 9.0,
    "axes.unicode_minus": False,
    "text.parse_math": False,  # a name with two dollar signs is a name, not a formula
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "airq",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titley": 1.0,  # a title at a known height needs no measuring of what is below it
    "axes.labelsize": 9.0,
    "axes.labelcolor": COLOURS["quiet"],
    "axes.edgecolor": COLOURS["quiet"],
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.color": COLOURS["quiet"],
    "ytick.color": COLOURS["quiet"],
    "text.color": COLOURS["ink"],
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "hatch.linewidth": 0.5,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@lru_cache(maxsize=1)
def _register() -> tuple[str, ...]:
    """Make the bundled fonts known to matplotlib, once per process."""
    files = sorted(str(p) for p in FONTS.glob("*.ttf"))
    for file in files:
        fontManager.addfont(file)
    return tuple(files)


@contextmanager
def applied() -> Iterator[None]:
    """Draw in the house's look; everything outside keeps the user's own settings."""
    _register()
    with mpl.rc_context(_RC):  # type: ignore[arg-type]
        yield


@contextmanager
def _glyphs_watched(missing: list[str]) -> Iterator[None]:
    """Collect what matplotlib says of characters that no bundled font has."""
    handler = _Collecting(missing)
    mathtext = logging.getLogger("matplotlib.mathtext")
    mathtext.addHandler(handler)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.filterwarnings("always", message="Glyph .* missing from")
            yield
        for warning in caught:
            words = str(warning.message)
            if "missing from" in words:
                missing.append(words)
            else:
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    finally:
        mathtext.removeHandler(handler)


class _Collecting(logging.Handler):
    def __init__(self, found: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.found = found

    def emit(self, record: logging.LogRecord) -> None:
        if "does not have a glyph" in record.getMessage() or "missing" in record.getMessage():
            self.found.append(record.getMessage())


@dataclass(frozen=True, eq=False)
class FigureResult:
    """A figure and the numbers in it.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    frame : pandas.DataFrame
        Every number that the figure shows.
    caption : str
        What it shows, for the caption of a document.
    dpi : int
        Dots per inch on a page; fewer where a long period makes a large picture.
    name : str
        Short name for files; a report takes that of the cell if it is empty.
    alt : str
        What it shows, for readers who cannot see it; the caption if empty.
    colours : int
        Size of the palette on a page; a dense picture of few colours needs less.
    missing : list of str
        After drawing: what matplotlib said of characters without a glyph, also logged as ``airq.figures``.
    """

    figure: Figure
    frame: pd.DataFrame
    caption: str
    dpi: int = 120
    name: str = ""
    alt: str = ""
    colours: int = _COLOURS
    missing: list[str] = field(default_factory=list)

    def to_frame(self) -> pd.DataFrame:
        """Numbers in the figure."""
        return self.frame

    def to_png(self, dpi: int | None = None, colours: int | None = None) -> bytes:
        """Picture as PNG with a palette, a third of the size of full colour.

        Parameters
        ----------
        dpi : int, optional
            Dots per inch, those of the figure by default.
        colours : int, optional
            Size of the palette, that of the figure by default.

        Returns
        -------
        bytes
        """
        with self._drawing():
            self.figure.set_dpi(dpi or self.dpi)
            canvas = FigureCanvasAgg(self.figure)
            canvas.draw()
            pixels = np.asarray(canvas.buffer_rgba())
        return _png(pixels, colours or self.colours)

    def to_svg(self) -> str:
        """Picture as SVG whose words stay text, the same bytes each time.

        Returns
        -------
        str
        """
        return self._both()[1]

    def _both(self) -> tuple[npt.NDArray[np.uint8], str]:
        """Pixels and SVG of one drawing."""
        from airq.figures.drawing import drawn

        with self._drawing():
            self.figure.set_dpi(self.dpi)
            return drawn(self.figure, self.caption)

    @contextmanager
    def _drawing(self) -> Iterator[None]:
        found: list[str] = []
        with applied(), _glyphs_watched(found):
            yield
        fresh = [words for words in dict.fromkeys(found) if words not in self.missing]
        self.missing.extend(fresh)
        for words in fresh:
            _LOG.warning("%s: %s", self.caption, words)

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        return self.to_png(), self._about()

    def _about(self) -> dict[str, Any]:
        """What a page needs to know of the picture."""
        return {"alt": self.alt or self.caption, "width": self._width()}

    def _width(self) -> int:
        return round(self.figure.get_size_inches()[0] * 96)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        block = {"kind": "figure", "name": self.name, "caption": self.caption, **self._about(), "svg": ""}
        if os.environ.get(VECTORS) != "1":
            return {BLOCK_TYPE: [block]}, {}
        pixels, block["svg"] = self._both()
        return {BLOCK_TYPE: [block], "image/png": _png(pixels, self.colours)}, {"image/png": self._about()}


def _png(pixels: npt.NDArray[np.uint8], colours: int = _COLOURS) -> bytes:
    """A picture of RGBA as PNG with a palette."""
    out = io.BytesIO()
    _with_palette(pixels, colours).save(out, "PNG", compress_level=7)
    return out.getvalue()


@lru_cache(maxsize=1)
def _meant() -> npt.NDArray[np.int32]:
    """Colours of the categories and of the house, as red, green, blue."""
    from airq import standards

    named = {*COLOURS.values(), *SERIES, *(str(standards.colour(c)) for c in range(1, 7))}
    return np.array(
        [[int(n[i : i + 2], 16) for i in (1, 3, 5)] for n in sorted(named) if len(n) == 7], np.int32
    )


def _with_palette(pixels: npt.NDArray[np.uint8], colours: int) -> Any:
    """Picture with a palette of its commonest colours, so that the colours of the standard stay exact.

    Pillow's own mapping to a given palette is approximate; rarer colours (edges of letters) take the nearest.
    """
    from PIL import Image

    height, width = pixels.shape[:2]
    full = Image.frombuffer("RGBA", (width, height), pixels.tobytes(), "raw", "RGBA", 0, 1).convert("RGB")
    counted = sorted(full.getcolors(width * height) or [], reverse=True)
    every = np.array([colour for _, colour in counted], np.int32)
    # Colours with a meaning keep their place however little of them is seen, such as a swatch of a legend.
    meant = (every[:, None, :] == _meant()[None, :, :]).all(axis=2).any(axis=1)
    table = np.concatenate([every[meant], every[~meant]])[:colours]
    nearest = np.empty(len(every), np.uint8)
    for first in range(0, len(every), 1024):
        part = every[first : first + 1024, None, :] - table[None, :, :]
        nearest[first : first + 1024] = (part**2).sum(axis=2).argmin(axis=1)
    lookup = np.zeros(1 << 24, np.uint8)
    lookup[every[:, 0] | every[:, 1] << 8 | every[:, 2] << 16] = nearest
    codes = np.ascontiguousarray(pixels).view("<u4")[:, :, 0] & 0xFFFFFF
    picture = Image.fromarray(lookup[codes])
    picture.putpalette(table.astype(np.uint8).tobytes())
    return picture


def new_figure(width: float, height: float, layout: str | None = None) -> Figure:
    """Empty figure.

    Parameters
    ----------
    width, height : float
        Inches.
    layout : str, optional
        ``"constrained"`` where the width of the labels is not known; else :func:`panels` sets the margins, which is
        twice as fast.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return Figure(figsize=(width, height), layout=layout)  # type: ignore[arg-type]


def panels(
    figure: Figure,
    rows: int = 1,
    columns: int = 1,
    margins: tuple[float, float, float, float] = (0.55, 0.15, 0.65, 0.75),
    gaps: tuple[float, float] = (0.4, 0.4),
    sharex: bool = False,
) -> Any:
    """Panels with margins and gaps in inches.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    rows, columns : int
    margins : tuple of float
        Left, right, top, bottom.
    gaps : tuple of float
        Between columns, between rows.
    sharex : bool

    Returns
    -------
    array of matplotlib.axes.Axes, shape (rows, columns)
    """
    width, height = figure.get_size_inches()
    left, right, top, bottom = margins
    across = (width - left - right - gaps[0] * (columns - 1)) / columns
    down = (height - top - bottom - gaps[1] * (rows - 1)) / rows
    grid = {
        "left": left / width,
        "right": 1 - right / width,
        "top": 1 - top / height,
        "bottom": bottom / height,
        "wspace": gaps[0] / across,
        "hspace": gaps[1] / down,
    }
    made: Any = figure.subplots(rows, columns, squeeze=False, sharex=sharex, gridspec_kw=grid)
    return made


def tidy(axes: Axes, grid: str = "y") -> None:
    """Light grid, no tick marks.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    grid : {"x", "y", "both"}
    """
    axes.grid(True, axis=grid, color=COLOURS["grid"], linewidth=0.6)  # type: ignore[arg-type]
    axes.tick_params(length=0)


def ink_on(colour: str) -> str:
    """Black or white, whichever stands out more on a colour by the contrast ratio of WCAG 2.

    Parameters
    ----------
    colour : str
        ``#rrggbb``.

    Returns
    -------
    str

    Examples
    --------
    >>> ink_on("#FFFF00"), ink_on("#7E0023")
    ('black', 'white')
    """
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    bright = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return "black" if (bright + 0.05) / 0.05 >= 1.05 / (bright + 0.05) else "white"


def finish(figure: Figure, title: str, lang: Language, simulated: bool) -> None:
    """Put the title and the mark of simulated data on a figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    title : str
    lang : {"zh", "en"}
    simulated : bool
        Print the mark in the title line.
    """
    width, height = figure.get_size_inches()
    figure.suptitle(
        title, x=0.06 / width, y=1 - 0.1 / height, ha="left", va="top", fontsize=11.5, fontweight="bold"
    )
    if engine := figure.get_layout_engine():
        engine.set(rect=(0, 0, 1, 1 - 0.42 / height))  # type: ignore[call-arg]  # keeps the title line free
    if simulated:
        figure.text(
            1 - 0.1 / width,
            1 - 0.1 / height,
            labels.text("simulated", lang),
            ha="right",
            va="top",
            fontsize=10,
            fontweight="bold",
            color=COLOURS["simulated"],
            bbox={
                "boxstyle": "round,pad=0.25",
                "facecolor": "white",
                "edgecolor": COLOURS["simulated"],
                "linewidth": 1.0,
            },
        )


def legend(figure: Figure, handles: Sequence[Any], columns: int) -> None:
    """Legend at the foot of a figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    handles : sequence of artists
    columns : int
    """
    if not handles:
        return
    place = (
        {"loc": "outside lower left"}
        if figure.get_layout_engine()
        else {"loc": "lower left", "borderaxespad": 0.3}
    )
    figure.legend(handles=list(handles), ncols=columns, handlelength=1.4, columnspacing=1.1, **place)


def warm() -> None:
    """Load the fonts and draw once, so that kernels forked from this process start with both done."""
    with applied():
        figure = new_figure(4, 3)
        axes = panels(figure)[0, 0]
        axes.plot([0, 1], [0, 1])
        axes.set_title("优良 PM₂.₅", fontweight="bold")
        figure.text(0, 0, "良 µg/m³")
        FigureCanvasAgg(figure).draw()
