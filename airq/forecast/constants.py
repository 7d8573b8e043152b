"""Constants of the verification, from ``tables/verification.toml``, each with its source and confidence mark.

Examples
--------
>>> table("tolerance")["absolute"], table("tolerance")["mark"]
(15.0, 'NF')
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["table"]


@cache
def _document() -> dict[str, Any]:
    path = Path(__file__).with_name("tables") / "verification.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def table(name: str) -> Mapping[str, Any]:
    """One table of constants.

    Parameters
    ----------
    name : {"tolerance", "fairmode", "fairmode_uncertainty"}

    Returns
    -------
    mapping
        Entries with ``mark`` and ``source``.

    Examples
    --------
    >>> table("fairmode")["pm25"]["rv"]
    25.0
    """
    found: Mapping[str, Any] = _document()[name]
    return found
