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
    "standards",
    "targets",
    "units",
    "variables",
    "weather",
)

__all__ = ["__version__", *_SUBMODULES]


def __getattr__(name: str) -> ModuleType:
    if name in _SUBMODULES:
        return importlib.import_module(f"airq.{name}")
    raise AttributeError(f"module 'airq' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
