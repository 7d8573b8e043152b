"""Forecasts of the next 1 to 72 hours as quantiles, pooled over sites.

One table of features known at the hour of issue serves all leads; leads are learned in bands, with the lead and what
is known about the target hour as features, so that every hour ahead is forecast itself and none is interpolated. The
result is the combination of boosting, ridge and climatology that held-out blocks of time prefer, climatology alone
where nothing beats it.

Examples
--------
>>> from airq.forecast.hourly import MODELS
>>> MODELS
('climatology', 'persistence', 'ridge', 'boosting', 'auto')
"""

from __future__ import annotations

from airq.forecast.hourly.backtesting import backtest_hourly
from airq.forecast.hourly.forecasting import forecast_hourly
from airq.forecast.hourly.frames import hourly_frame
from airq.forecast.hourly.learning import MODELS

__all__ = ["MODELS", "backtest_hourly", "forecast_hourly", "hourly_frame"]
