"""Forecasts of the days and hours to come as quantiles, their verification, and early warning.

A forecast is a table with one row a site, day of issue and lead time: ``site, issued, horizon, date, model`` and the
quantiles ``q05, q10 ... q95``; a backtest has ``observed`` beside them.

Examples
--------
>>> import airq.forecast
>>> airq.forecast.MODELS[:2], airq.forecast.QUANTILES[0], len(airq.forecast.QUANTILES)
(('climatology', 'persistence'), 'q05', 19)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airq import lazy

if TYPE_CHECKING:
    from airq.forecast.backtesting import backtest as backtest
    from airq.forecast.explain import Explanation as Explanation
    from airq.forecast.explain import explain as explain
    from airq.forecast.forecasting import forecast as forecast
    from airq.forecast.frames import daily_frame as daily_frame
    from airq.forecast.hourly import backtest_hourly as backtest_hourly
    from airq.forecast.hourly import forecast_hourly as forecast_hourly
    from airq.forecast.hourly import hourly_frame as hourly_frame
    from airq.forecast.names import LEVELS as LEVELS
    from airq.forecast.names import MODELS as MODELS
    from airq.forecast.names import QUANTILES as QUANTILES
    from airq.forecast.names import season as season
    from airq.forecast.paths import Paths as Paths
    from airq.forecast.paths import paths as paths
    from airq.forecast.verification import Verification as Verification
    from airq.forecast.verification import verify as verify
    from airq.forecast.warning import warning as warning
    from airq.forecast.warning_log import verify_log as verify_log

_HOMES: Final[dict[str, str]] = {
    "LEVELS": "names",
    "MODELS": "names",
    "QUANTILES": "names",
    "Explanation": "explain",
    "Paths": "paths",
    "Verification": "verification",
    "backtest": "backtesting",
    "backtest_hourly": "hourly",
    "daily_frame": "frames",
    "explain": "explain",
    "forecast": "forecasting",
    "forecast_hourly": "hourly",
    "hourly_frame": "hourly",
    "paths": "paths",
    "season": "names",
    "verify": "verification",
    "verify_log": "warning_log",
    "warning": "warning",
}
"""Module of each public name, imported when it is first used."""

__all__ = [*_HOMES]

__getattr__, __dir__ = lazy.names(__name__, _HOMES, ("hourly", "scores", "warning_log"))
