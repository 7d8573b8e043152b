"""Quality flags: tests that mark doubtful hours. Each sets its own bit; none changes or removes a value.

The tests look at whole arrays ``(station, time)`` on a full hourly axis and at no hour farther away than
:data:`MARGIN_HOURS`, so that a month with such margins gets the flags that it has in a longer series. Drift is the
exception: it needs months, see :func:`drift`. Parameters stand in ``tables/quality.yaml`` and may be changed in
``params/quality.yaml``, see :func:`parameters`.

Examples
--------
>>> import numpy as np
>>> x = np.array([[20, 22, 1500, 25, np.nan]], np.float32)
>>> y = np.array([[30, 35, 40, 38, 36]], np.float32)
>>> bits = flag({"pm25": x, "pm10": y}, {}, np.array([np.nan]), np.array([np.nan]))["pm25"]
>>> names(bits[0, 2])
['out_of_range', 'spike', 'pm25_above_pm10', 'contaminated']
"""

from __future__ import annotations

from airq.observations.quality.drift import attach_drift, drift
from airq.observations.quality.flagging import MARGIN_HOURS, READER_BITS, VALUE_BITS, flag, names
from airq.observations.quality.parameters import Parameters, parameters, parameters_digest, table
from airq.observations.quality.report import report, to_markdown, to_text
from airq.observations.quality.running import published, running_means
from airq.observations.quality.wind import wind_at

__all__ = [
    "MARGIN_HOURS",
    "READER_BITS",
    "VALUE_BITS",
    "Parameters",
    "attach_drift",
    "drift",
    "flag",
    "names",
    "parameters",
    "parameters_digest",
    "published",
    "report",
    "running_means",
    "table",
    "to_markdown",
    "to_text",
    "wind_at",
]
