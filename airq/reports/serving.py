"""The what-if page on this machine: its notebook, with parameters, published by voila.

Only the loopback address is served, and everything on the page comes from this machine, fonts included.

Examples
--------
>>> command(Path("x.ipynb"), 8866)[1:4]
['-m', 'voila', 'x.ipynb']
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from airq import options
from airq.errors import ParameterError, ReportError
from airq.figures.style import FONTS
from airq.reports.bilingual import in_language
from airq.reports.execute import load

__all__ = ["HOST", "NOTEBOOK", "command", "free", "serve", "staged"]

HOST: Final = "127.0.0.1"
NOTEBOOK: Final = "60_what_if.ipynb"
_HERE: Final = Path(__file__).parent
_TEMPLATE: Final = "airq"


@contextmanager
def staged(
    parameters: Mapping[str, Any], notebook: Path | None = None
) -> Iterator[tuple[Path, dict[str, str]]]:
    """A copy of the notebook with its parameters, and the environment in which voila finds the page's look.

    Parameters
    ----------
    parameters : mapping
        Of the notebook.
    notebook : pathlib.Path, optional
        ``notebooks/60_what_if.ipynb`` by default.

    Yields
    ------
    tuple of pathlib.Path and dict
        The copy and the environment; both are gone afterwards.
    """
    import nbformat
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    file = notebook or options.home() / "notebooks" / NOTEBOOK
    load(file)  # refused here in one sentence
    source = load_notebook_node(str(file))
    with tempfile.TemporaryDirectory(prefix="airq-serve-") as folder:
        home = Path(folder)
        look = home / "voila" / "templates" / _TEMPLATE
        (look / "static").mkdir(parents=True)
        css = (_HERE / "template" / "page.css").read_text(encoding="utf-8")
        page = (_HERE / "served" / "index.html.j2").read_text(encoding="utf-8")
        (look / "index.html.j2").write_text(page.replace("{{ airq_css }}", css), encoding="utf-8")
        (look / "conf.json").write_text('{"base_template": "lab"}', encoding="utf-8")
        for font in FONTS.glob("*.ttf"):
            shutil.copy(font, look / "static" / font.name)
        copy = home / "what-if" / NOTEBOOK
        copy.parent.mkdir()
        spoken = in_language(source, "en" if parameters.get("lang") == "en" else "zh")
        nbformat.write(parameterize_notebook(spoken, dict(parameters)), copy)
        paths = [str(home), *filter(None, [os.environ.get("JUPYTER_PATH")])]
        # The reader's own settings of Jupyter have no part in the page.
        yield copy, {**os.environ, "JUPYTER_PATH": os.pathsep.join(paths), "JUPYTER_NO_CONFIG": "1"}


def command(notebook: Path, port: int, browser: bool = False) -> list[str]:
    """Words that start voila.

    Parameters
    ----------
    notebook : pathlib.Path
    port : int
    browser : bool
        Open the page in the reader's browser.

    Returns
    -------
    list of str
    """
    words = [sys.executable, "-m", "voila", str(notebook), f"--template={_TEMPLATE}", f"--port={port}"]
    words += [f"--Voila.ip={HOST}", "--Voila.port_retries=0", "--Voila.log_level=WARN"]
    return words if browser else [*words, "--no-browser"]


def free(port: int) -> bool:
    """Whether nothing listens on a port of this machine.

    Examples
    --------
    >>> with socket.create_server((HOST, 0)) as server:
    ...     free(server.getsockname()[1])
    False
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def serve(parameters: Mapping[str, Any], port: int = 8866, browser: bool = False) -> int:
    """Serve the page until it is interrupted.

    Parameters
    ----------
    parameters : mapping
        Of the notebook.
    port : int
    browser : bool

    Returns
    -------
    int
        0 after an interrupt.

    Raises
    ------
    ParameterError
        If the port is taken.
    ReportError
        If voila is not installed, or ended by itself.
    """
    from importlib.util import find_spec

    if find_spec("voila") is None:
        raise ReportError("voila is not installed, and nothing else serves the page; run 'make setup'.")
    if not free(port):
        raise ParameterError(f"port {port} of {HOST} is taken; give another one with --port.")
    with staged(parameters) as (notebook, environment):
        process = subprocess.Popen(command(notebook, port, browser), env=environment, cwd=notebook.parent)
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            return 0
    if code:
        raise ReportError(f"voila ended with code {code}; its own message stands above.")
    return 0
