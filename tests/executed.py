"""What the tests of notebooks read in an executed notebook."""

from __future__ import annotations

import atexit
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from airq.reports.execute import execute, load
from airq.reports.kernels import Kernels, can_fork


@cache
def _server() -> Kernels:
    """Fork server of this test process: the notebooks' packages are imported once, not once a notebook."""
    server = Kernels()
    before, Kernels.current = Kernels.current, None
    server.__enter__()
    Kernels.current = before
    atexit.register(server.close)
    return server


@contextmanager
def forking() -> Iterator[bool]:
    """Let runs and notebooks within use the server of the tests; False where forking is not safe.

    ``Kernels.current`` is afterwards what it was, for tests that have a server of their own.
    """
    if not can_fork() or (path := _server().socket_path) is None:
        yield False
        return
    _server()._await_server()
    with Kernels.attached(path):
        yield True


def run(book: Path, parameters: dict[str, Any], timeout: int = 120) -> nbformat.NotebookNode:
    """Executed notebook, in a kernel forked from the server of the tests."""
    with forking() as forked:
        return execute(load(book), parameters, forked=forked, timeout=timeout)


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
