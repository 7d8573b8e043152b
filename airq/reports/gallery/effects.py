"""Gallery of the effect of measures and alerts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from airq import analysis
from airq.figures import effect as figures
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.reports.gallery.made import PLACE, days, name

__all__ = ["draw"]

_DATE = pd.Timestamp("2018-10-15")
_ALERTED = 4.8
"""Logarithm of the forecast above which an alert may be called."""


def draw(lang: Language) -> Iterator[FigureResult]:
    """Figures of the family, in the order of its list."""
    frame = days("2016-01-01", "2019-12-31", (PLACE, "fukang", "manas"))
    treated = (frame["site"] == PLACE) & (frame["date"] >= _DATE)
    frame = frame.assign(pm25=frame["pm25"].where(~treated, 0.75 * frame["pm25"]))
    own = frame[frame["site"] == PLACE]
    control = analysis.synthetic_control(frame, "pm25", _DATE, PLACE)
    series = analysis.interrupted_series(own, "pm25", _DATE)
    yield figures.effect(control, lang, name(lang), True)
    yield figures.methods([series, control], lang, name(lang), True)
    yield figures.detectable(analysis.minimum_detectable_effect(own, season=None), lang, name(lang), True)
    yield figures.alerts(analysis.alert_effect(alerts(), placebos=10), lang, name(lang), True)


def alerts() -> pd.DataFrame:
    """Days with a forecast and an alert on some of the days that looked bad."""
    rng = np.random.default_rng(0)
    dates = pd.date_range("2016-10-15", "2020-04-15")
    log = 4 + 0.6 * rng.standard_normal(len(dates))
    forecast = log + 0.3 * rng.standard_normal(len(dates))
    alert = (forecast > _ALERTED) & (rng.random(len(dates)) < 0.5)
    return pd.DataFrame({"date": dates, "pm25": np.exp(log), "forecast": np.exp(forecast), "alert": alert})
