"""airq: air-quality analytics for Changji Prefecture and for every place like it.

Sub-packages are imported on first use, so that ``import airq`` stays light.

Examples
--------
>>> import airq
>>> airq.standards.limit("pm25", "annual", on="2026-06-01", area_class=2)
30.0
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from airq.observations import Archive

__version__ = "0.1.0"

_SUBMODULES = (
    "analysis",
    "dataset",
    "errors",
    "figures",
    "forecast",
    "inventory",
    "observations",
    "options",
    "places",
    "reports",
    "scenario",
    "standards",
    "targets",
    "units",
    "variables",
    "weather",
)

__all__ = ["__version__", "open_archive", *_SUBMODULES]


def open_archive(path: str | Path | None = None) -> Archive:
    """Archive of observations of a folder, the project's own by default.

    Parameters
    ----------
    path : path, optional

    Returns
    -------
    airq.observations.Archive

    Raises
    ------
    ArchiveError
        If it is missing, not an archive, or holds no month; the sentence says what to do.

    Examples
    --------
    >>> open_archive("no such folder")
    Traceback (most recent call last):
    airq.errors.ArchiveError: no such folder: no such archive; ...
    """
    opened: Archive = importlib.import_module("airq.observations").open_archive(path)
    return opened


def __getattr__(name: str) -> ModuleType:
    if name in _SUBMODULES:
        return importlib.import_module(f"airq.{name}")
    raise AttributeError(f"module 'airq' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
