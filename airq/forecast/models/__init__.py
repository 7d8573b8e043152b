"""Models of the departure from the season: each learns from some days and forecasts all days at one lead.

Examples
--------
>>> sorted(POINT_MODELS)
['boosting', 'climatology', 'damped_ar1', 'kernel', 'persistence', 'ridge']
"""

from __future__ import annotations

from typing import Final

from airq.forecast.models import boosting, kernel, ridge, simple
from airq.forecast.models.base import PointModel, Sample

__all__ = ["POINT_MODELS", "PointModel", "Sample"]

POINT_MODELS: Final[dict[str, PointModel]] = {
    "climatology": simple.climatology,
    "persistence": simple.persistence,
    "damped_ar1": simple.damped_ar1,
    "ridge": ridge.forecast,
    "kernel": kernel.forecast,
    "boosting": boosting.forecast,
}
