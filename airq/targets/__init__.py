"""Days to target: the probability of meeting a yearly target, when, and how far such a figure may be trusted.

Names are imported on first use.

Examples
--------
>>> import pandas as pd
>>> from airq import targets
>>> days = pd.date_range("2017-01-01", "2018-12-31")
>>> frame = pd.DataFrame({"date": days, "site": "A", "aqi": 90.0})
>>> made = targets.outlook(frame, {"kind": "good_days", "at_least": 300, "year": 2018}, "2018-12-31")
>>> made.status, made.probability, float(made.final[0.5])
('met', 1.0, 365.0)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from airq.targets.attaining import Attainment, attainment
    from airq.targets.baselines import BASELINES
    from airq.targets.hindcasting import AROUND, Hindcast, hindcast
    from airq.targets.level import DRIFTS, Coefficients, shipped
    from airq.targets.outlooks import Outlook, outlook
    from airq.targets.registry import RegisterRow, register
    from airq.targets.shifts import Shift, shifts_of
    from airq.targets.spec import KINDS, Change, Target, parse

__all__ = [
    "AROUND",
    "BASELINES",
    "DRIFTS",
    "KINDS",
    "Attainment",
    "Change",
    "Coefficients",
    "Hindcast",
    "Outlook",
    "RegisterRow",
    "Shift",
    "Target",
    "attainment",
    "hindcast",
    "outlook",
    "parse",
    "register",
    "shifts_of",
    "shipped",
]

_HOME: Final = {
    "AROUND": "hindcasting",
    "Attainment": "attaining",
    "BASELINES": "baselines",
    "Change": "spec",
    "Coefficients": "level",
    "DRIFTS": "level",
    "Hindcast": "hindcasting",
    "KINDS": "spec",
    "Outlook": "outlooks",
    "RegisterRow": "registry",
    "Shift": "shifts",
    "Target": "spec",
    "attainment": "attaining",
    "hindcast": "hindcasting",
    "outlook": "outlooks",
    "parse": "spec",
    "register": "registry",
    "shifts_of": "shifts",
    "shipped": "level",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'airq.targets' has no attribute {name!r}")
    return getattr(importlib.import_module(f"airq.targets.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
