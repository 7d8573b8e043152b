"""Run one notebook with papermill, and accept it only if every code cell completed.

A dead kernel, a cell that ran out of time and ``sys.exit`` inside a cell do not all raise in papermill: the cell's
recorded status is the only witness, so it is read.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

import nbformat

from airq.errors import FileRejected, ReportError
from airq.reports.kernels import manager_class

__all__ = ["KernelFailed", "execute", "load", "unfinished"]

TIMEOUT: Final = 120
"""Seconds that one cell may take."""


class KernelFailed(ReportError):
    """The kernel died or did not start; another try may help."""

    again = True


def load(path: Path) -> nbformat.NotebookNode:
    """Read a notebook.

    Parameters
    ----------
    path : pathlib.Path
        An ``.ipynb`` file.

    Returns
    -------
    nbformat.NotebookNode

    Raises
    ------
    FileRejected
        If it is missing, or not a notebook, or has no cell tagged ``parameters``.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
    except FileNotFoundError as error:
        raise FileRejected(
            f"{path}: no such notebook; restore it from the project or set AIRQ_HOME."
        ) from error
    except Exception as error:
        raise FileRejected(
            f"{path}: not a Jupyter notebook; make it again from its .py with jupytext."
        ) from error
    if not any("parameters" in cell.metadata.get("tags", []) for cell in notebook.cells):
        raise FileRejected(f"{path}: no cell is tagged 'parameters'; tag the one that sets them.")
    return notebook


def unfinished(notebook: nbformat.NotebookNode) -> list[int]:
    """Numbers, from 1 as in the notebook itself, of the code cells that did not complete.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        As papermill leaves it.

    Returns
    -------
    list of int

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> done = new_code_cell("1", metadata={"papermill": {"status": "completed", "exception": False}})
    >>> unfinished(new_notebook(cells=[done, new_code_cell("2")]))
    [2]
    """
    missing = []
    own = [c for c in notebook.cells if "injected-parameters" not in c.metadata.get("tags", [])]
    for number, cell in enumerate(own, 1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        state = cell.metadata.get("papermill", {})
        left_early = any(o.output_type == "error" for o in cell.outputs)
        if state.get("status") != "completed" or state.get("exception") or left_early:
            missing.append(number)
    return missing


def _sentence(error: BaseException, injected: int = 0) -> str:
    """What went wrong, in the words of the error that the notebook raised."""
    name, value = getattr(error, "ename", ""), " ".join(str(getattr(error, "evalue", "")).split())
    if not name:
        return " ".join(str(error).split())[:400] or type(error).__name__
    ours = {
        "AirqError",
        "ParameterError",
        "UnitError",
        "FileRejected",
        "MissingData",
        "ArchiveError",
        "ReportError",
    }
    if name in ours and value:
        return value
    number = int(getattr(error, "cell_index", -1)) + 1 - injected
    # a thread needs memory for its stack
    if name in ("MemoryError", "_ArrayMemoryError") or "can't start new thread" in value:
        return f"cell {number} needs more memory than it may take; raise 'memory' in params/reports.yaml."
    return f"cell {number} raised {name}: {value or 'no further text'}"


def execute(
    notebook: nbformat.NotebookNode, parameters: dict[str, Any], forked: bool, timeout: int = TIMEOUT
) -> nbformat.NotebookNode:
    """Run a notebook with parameters.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Not changed.
    parameters : dict
        Validated; see :mod:`airq.reports.parameters`.
    forked : bool
        Fork the kernel from the run's server; see :class:`airq.reports.kernels.Kernels`.
    timeout : int
        Seconds that one cell may take.

    Returns
    -------
    nbformat.NotebookNode
        Executed copy, every code cell completed.

    Raises
    ------
    ReportError
        One sentence: what stopped it.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # what goes wrong is raised below, once
    try:
        done = papermill.execute_notebook(
            nbformat.from_dict(notebook),
            None,
            parameters=parameters,
            kernel_name="python3",
            progress_bar=False,
            request_save_on_cell_execute=False,
            start_timeout=60,
            execution_timeout=timeout,
            kernel_manager_class=manager_class(forked),
        )
    except PapermillExecutionError as error:
        raise ReportError(_sentence(error, injected=int(bool(parameters)))) from error
    except CellTimeoutError as error:
        raise ReportError(
            f"a cell ran longer than {timeout} s; raise the timeout in params/reports.yaml."
        ) from error
    except DeadKernelError as error:
        raise KernelFailed(
            "the kernel died; most often the memory was exhausted, so run with fewer jobs."
        ) from error
    except RuntimeError as error:  # the kernel did not answer at its start
        raise KernelFailed(
            f"the kernel did not start ({_sentence(error)}); run again with --plain-kernels."
        ) from error
    if left := unfinished(done):
        raise ReportError(f"cell {left[0]} did not complete; a report needs every cell to reach its end.")
    return done
