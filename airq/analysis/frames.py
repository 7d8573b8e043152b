"""Frames as plain JSON values and back, with their types.

Examples
--------
>>> frame = pd.DataFrame({"day": pd.to_datetime(["2026-10-01"]), "aqi": [np.nan], "n": [3], "name": ["昌吉市"]})
>>> back = decode(encode(frame))
>>> back.dtypes.astype(str).tolist() == frame.dtypes.astype(str).tolist(), bool(np.isnan(back["aqi"][0]))
(True, True)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from airq.errors import FileRejected

__all__ = ["decode", "encode"]


def _column(series: pd.Series) -> tuple[str, list[Any]]:
    kind = series.dtype.kind
    if kind == "M":
        return str(series.dtype), [None if pd.isna(v) else v.isoformat() for v in series]
    if kind == "f":
        return "float64", [None if np.isnan(v) else v for v in series.astype("float64").tolist()]
    if kind in "iu":
        return "int64", [int(v) for v in series]
    if kind == "b":
        return "bool", [bool(v) for v in series]
    return "str", ["" if v is None or v is pd.NA or v != v else str(v) for v in series]


def encode(frame: pd.DataFrame) -> dict[str, Any]:
    """Columns with their types as lists that JSON can hold.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns of dates, floats, integers, truth values or text; the index is not kept.

    Returns
    -------
    dict
        ``{"types": {...}, "columns": {...}}``; missing values are None.
    """
    types, columns = {}, {}
    for name in frame.columns:
        types[str(name)], columns[str(name)] = _column(frame[name])
    return {"types": types, "columns": columns}


def decode(value: Mapping[str, Any]) -> pd.DataFrame:
    """Frame of :func:`encode`.

    Parameters
    ----------
    value : mapping

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    FileRejected
        If it was not written by :func:`encode`.
    """
    try:
        types, columns = value["types"], value["columns"]
        return pd.DataFrame({name: pd.Series(columns[name], dtype=types[name]) for name in types})
    except (KeyError, TypeError, ValueError) as error:
        raise FileRejected(f"results: a table is damaged ({error}); make the results again.") from error
