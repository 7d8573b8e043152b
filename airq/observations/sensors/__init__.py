"""Micro-stations: low-cost sensors calibrated beside a reference monitor, with uncertainty and a watch for drift.

Calibrated or not, sensors belong to the network ``micro`` and enter no official figure.

Examples
--------
>>> import numpy as np, pandas as pd
>>> time = pd.date_range("2025-01-01 01:00", periods=24 * 30, freq="h")
>>> truth = 50 + 40 * np.sin(np.arange(720) / 30)
>>> frame = pd.DataFrame({"sensor": "S1", "time": time, "value": 1.5 * truth - 10, "reference": truth})
>>> calibration = calibrate(frame, pollutant="pm25")
>>> calibration.name, round(calibration.model.coefficients[1], 4)
('scale', 0.6667)
"""

from __future__ import annotations

from airq.observations.sensors.applying import add_calibrated, apply
from airq.observations.sensors.calibration import Calibrated, Calibration, from_published, load
from airq.observations.sensors.collecting import collect, join, write
from airq.observations.sensors.drift import DriftReport, neighbourhood, watch
from airq.observations.sensors.metrics import Agreement, Precision, agreement, precision
from airq.observations.sensors.models import NAMES, published
from airq.observations.sensors.pairing import MICRO, pair
from airq.observations.sensors.targets import LABEL, TargetTable, targets, targets_of
from airq.observations.sensors.training import calibrate
from airq.observations.sensors.validation import Comparison, compare

__all__ = [
    "LABEL",
    "MICRO",
    "NAMES",
    "Agreement",
    "Calibrated",
    "Calibration",
    "Comparison",
    "DriftReport",
    "Precision",
    "TargetTable",
    "add_calibrated",
    "agreement",
    "apply",
    "calibrate",
    "collect",
    "compare",
    "from_published",
    "join",
    "load",
    "neighbourhood",
    "pair",
    "precision",
    "published",
    "targets",
    "targets_of",
    "watch",
    "write",
]
