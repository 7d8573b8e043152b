"""Where airq finds its files, and the few settings a user may change without touching code.

Examples
--------
>>> (home() / "params" / "counties.yaml").exists()
True
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["archive_dir", "home", "params_dir", "raw_dir", "reports_dir"]


def home() -> Path:
    """Folder that holds ``params/`` and ``data/``.

    ``AIRQ_HOME`` if set, else the project this package stands in, else the working folder.

    Returns
    -------
    pathlib.Path
        Absolute path; not necessarily existing.
    """
    if value := os.environ.get("AIRQ_HOME"):
        return Path(value).expanduser().resolve()
    project = Path(__file__).resolve().parent.parent
    return project if (project / "params").is_dir() else Path.cwd()


def params_dir() -> Path:
    """Folder of the parameter files a user edits."""
    return home() / "params"


def raw_dir() -> Path:
    """Folder of the small versioned inputs: station table, measures, boundaries."""
    return home() / "data" / "raw"


def archive_dir() -> Path:
    """Default folder of the archive of observations."""
    return home() / "data" / "processed" / "archive"


def reports_dir() -> Path:
    """Default folder of rendered reports."""
    return home() / "data" / "processed" / "reports"
