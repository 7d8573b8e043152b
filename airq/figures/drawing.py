"""One drawing of a figure as pixels and as SVG: laying out is most of the work, and is done once for both.

Examples
--------
>>> from matplotlib.figure import Figure
>>> figure = Figure(figsize=(2, 1), dpi=100)
>>> _ = figure.text(0.5, 0.5, "a")
>>> pixels, svg = drawn(figure, "A figure")
>>> pixels.shape, 'viewBox="0 0 200 100"' in svg, 'width="144pt"' in svg
((100, 200, 4), True, True)
"""

from __future__ import annotations

import io
import re
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure

__all__ = ["drawn"]

_POINTS: Final = 72.0
"""A inch in the units of SVG."""
_SIZE: Final = re.compile(r'(<svg\b[^>]*?\bwidth=)"[^"]*"([^>]*?\bheight=)"[^"]*"', re.DOTALL)
_PATTERN: Final = "<pattern "


class _Both(RendererBase):
    """Hands each stroke to both renderers; pixels decide all measures."""

    def __init__(self, pixels: RendererAgg, svg: RendererSVG, dpi: float) -> None:
        super().__init__()
        self.pixels, self.svg, self.dpi = pixels, svg, dpi
        self.width, self.height = pixels.width, pixels.height
        self.points_to_pixels = pixels.points_to_pixels  # type: ignore[method-assign]
        self.get_text_width_height_descent = pixels.get_text_width_height_descent  # type: ignore[method-assign]
        self.get_canvas_width_height = pixels.get_canvas_width_height  # type: ignore[method-assign]

    def flipy(self) -> bool:
        return True

    def option_image_nocomposite(self) -> bool:
        return True

    def open_group(self, s: str, gid: str | None = None) -> None:
        self.svg.open_group(s, gid)

    def close_group(self, s: str) -> None:
        self.svg.close_group(s)

    def draw_path(self, *args: Any, **kwargs: Any) -> None:
        self.pixels.draw_path(*args, **kwargs)
        self.svg.draw_path(*args, **kwargs)

    def draw_markers(self, *args: Any, **kwargs: Any) -> None:
        self.pixels.draw_markers(*args, **kwargs)
        self.svg.draw_markers(*args, **kwargs)

    def draw_path_collection(self, *args: Any, **kwargs: Any) -> None:
        self.pixels.draw_path_collection(*args, **kwargs)
        self.svg.draw_path_collection(*args, **kwargs)

    def draw_quad_mesh(self, *args: Any, **kwargs: Any) -> None:
        self.pixels.draw_quad_mesh(*args, **kwargs)
        self.svg.draw_quad_mesh(*args, **kwargs)

    def draw_gouraud_triangles(self, *args: Any, **kwargs: Any) -> None:
        self.pixels.draw_gouraud_triangles(*args, **kwargs)
        self.svg.draw_gouraud_triangles(*args, **kwargs)

    def draw_image(self, *args: Any, **kwargs: Any) -> None:
        self.pixels.draw_image(*args, **kwargs)
        self.svg.draw_image(*args, **kwargs)

    def draw_text(
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: Any,
        angle: float,
        ismath: Any = False,
        mtext: Any = None,
    ) -> None:
        self.pixels.draw_text(gc, x, y, s, prop, angle, ismath, mtext)
        scaled = prop.copy()  # a size in points is taken as one in units of the drawing, which are pixels
        scaled.set_size(prop.get_size_in_points() * self.dpi / _POINTS)
        self.svg.draw_text(gc, x, y, s, scaled, angle, ismath, mtext)


def drawn(figure: Figure, title: str) -> tuple[npt.NDArray[np.uint8], str]:
    """Draw a figure once, as pixels and as SVG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        At its own dpi.
    title : str
        Of the SVG.

    Returns
    -------
    pixels : uint8 array, (row, column, 4)
        RGBA.
    svg : str
        Words stay text if ``svg.fonttype`` is ``none``; the same each time if ``svg.hashsalt`` is set.
    """
    canvas, dpi, out = FigureCanvasAgg(figure), float(figure.dpi), io.StringIO()
    pixels = canvas.get_renderer()
    svg = RendererSVG(pixels.width, pixels.height, out, image_dpi=72, metadata={"Date": None, "Title": title})
    figure.draw(_Both(pixels, svg, dpi))
    svg.finalize()
    width, height = (f"{length / dpi * _POINTS:g}pt" for length in (pixels.width, pixels.height))
    text = _SIZE.sub(rf'\1"{width}"\2"{height}"', out.getvalue(), count=1)
    # A hatch has a fixed size in units of the drawing, in pixels one of an inch.
    text = text.replace(_PATTERN, f'{_PATTERN}patternTransform="scale({dpi / _POINTS:g})" ')
    return np.asarray(pixels.buffer_rgba()), text
