"""PNG and SVG of every figure, as the notebook drew them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from airq.reports.document import Document

__all__ = ["write"]


def write(document: Document, folder: Path, kind: Literal["png", "svg"]) -> list[str]:
    """Write a file a figure.

    Parameters
    ----------
    document : Document
    folder : pathlib.Path
        Made if it is not there.
    kind : {"png", "svg"}
        A figure drawn by other means than :class:`airq.figures.style.FigureResult` has no SVG and is left out.

    Returns
    -------
    list of str
        Names of the files.
    """
    names = []
    for named in document.figures:
        data = named.block.png if kind == "png" else named.block.svg.encode()
        if data:
            folder.mkdir(parents=True, exist_ok=True)
            name = f"{named.name}.{kind}"
            (folder / name).write_bytes(data)
            names.append(name)
    return names
