"""Values of a section made plain for JSON: no numpy scalar, no time stamp, no value that is not a number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["plain"]


def plain(value: Any) -> Any:
    """The same as JSON can hold it; what is not a number becomes None.

    Raises
    ------
    TypeError
        For an object that has no plain form.

    Examples
    --------
    >>> plain({"a": np.float64(1.5), "b": (np.int64(2), float("nan")), "c": pd.Timestamp("2026-10-01")})
    {'a': 1.5, 'b': [2, None], 'c': '2026-10-01'}
    """
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, str | bool | int) and type(value) in (str, bool, int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, np.ndarray):
        return [plain(v) for v in value.tolist()]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, date):  # datetimes and time stamps too
        text = value.isoformat()
        return text.removesuffix("T00:00:00")
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in (sorted(value) if isinstance(value, set | frozenset) else value)]
    raise TypeError(f"a section's value of type {type(value).__name__} has no plain form")
