"""What the tests of notebooks read in an executed notebook."""

from __future__ import annotations

import re

import nbformat


def shown(done: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Every output of every code cell."""
    return [o for c in done.cells if c.cell_type == "code" for o in c.outputs]


def words(done: nbformat.NotebookNode) -> str:
    """All HTML that is shown."""
    return "\n".join(o.data.get("text/html", "") for o in shown(done))


def tables(done: nbformat.NotebookNode) -> list[str]:
    """Every table that is shown, as HTML."""
    return re.findall(r"<table>.*?</table>", words(done), re.DOTALL)


def assert_only_figures_and_tables(done: nbformat.NotebookNode, pictures: int, but: str = "[Mm]anas") -> None:
    """No warning, nothing printed, the number of pictures, and no value that is not a number.

    ``but`` matches words that hold "nan" by right.
    """
    assert {o.output_type for o in shown(done)} == {"display_data"}
    assert sum("image/png" in o.data for o in shown(done)) == pictures
    assert "nan" not in re.sub(but, "", words(done)).lower()
