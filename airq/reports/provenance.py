"""Where each printed number comes from: its row, with the unrounded value, the rule and clause, and the inputs.

A number on a page is a :class:`airq.reports.tables.Number` whose ``ref`` is made here, and leads to the row of the same
id on the page ``<place>.rows.<lang>.html`` and in the workbook.

Examples
--------
>>> summary_ref({"place": "changji", "span": "period", "standard": "GB3095-2012", "mask": "received"}, "mean_pm25")
'changji.period.GB3095-2012.received.mean_pm25'
>>> day_ref("changji", "2026-10-03"), capture_ref("1234A", "pm25"), section_ref("ranking", "rows", 0, "composite")
('changji.2026-10-03', 'capture.1234A.pm25', 'ranking.rows.0.composite')
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

__all__ = ["anchor", "capture_ref", "day_ref", "section_ref", "summary_ref"]


def _id(*parts: object) -> str:
    """Id of a row: parts joined, everything that an address could misread replaced."""
    return ".".join(re.sub(r"[^\w-]+", "_", str(p)) for p in parts)


def anchor(ref: str) -> str:
    """Short form of an id, by which pages link: a page holds a thousand links.

    Parameters
    ----------
    ref : str

    Returns
    -------
    str
        Eight letters and digits, the same each time; 40 bits, so that a page of a thousand ids has two alike once in
        two million.

    Examples
    --------
    >>> anchor("changji.period.GB3095-2012.received.mean_pm25")
    'v6e5qyae'
    """
    digest = hashlib.blake2b(ref.encode(), digest_size=5).digest()
    return base64.b32encode(digest).decode().lower()


def summary_ref(row: Mapping[str, Any] | pd.Series | None, indicator: str) -> str:
    """Id of an indicator of a summary row; empty where there is no row.

    Parameters
    ----------
    row : mapping or pandas.Series or None
        Row of ``CountyMonth.summary``.
    indicator : str
        Column.

    Returns
    -------
    str
    """
    if row is None:
        return ""
    return _id(row["place"], row["span"], row["standard"], row["mask"], indicator)


def day_ref(place: str, day: object) -> str:
    """Id of a day of a place, ``day`` being a date or a text that begins with one."""
    return _id(place, str(day)[:10])


def capture_ref(station: str, pollutant: str) -> str:
    """Id of a row of ``CountyMonth.capture``."""
    return _id("capture", station, pollutant)


def section_ref(section: str, *path: object) -> str:
    """Id of a number in ``sections`` of the results file: name of the section, then keys and positions."""
    return _id(section, *path)
