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

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

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

_HOMES: Final = {
    "LEVELS": ("names", "LEVELS"),
    "MODELS": ("names", "MODELS"),
    "QUANTILES": ("names", "QUANTILES"),
    "Explanation": ("explain", "Explanation"),
    "Paths": ("paths", "Paths"),
    "Verification": ("verification", "Verification"),
    "backtest": ("backtesting", "backtest"),
    "backtest_hourly": ("hourly", "backtest_hourly"),
    "daily_frame": ("frames", "daily_frame"),
    "explain": ("explain", "explain"),
    "forecast": ("forecasting", "forecast"),
    "forecast_hourly": ("hourly", "forecast_hourly"),
    "hourly_frame": ("hourly", "hourly_frame"),
    "paths": ("paths", "paths"),
    "season": ("names", "season"),
    "verify": ("verification", "verify"),
    "verify_log": ("warning_log", "verify_log"),
    "warning": ("warning", "warning"),
}
"""Module and name of everything public, imported when it is first used."""

_PARTS: Final = ("hourly", "scores", "warning_log")
"""Modules that are public as modules."""

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name in _PARTS:
        return importlib.import_module(f"airq.forecast.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'airq.forecast' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(importlib.import_module(f"airq.forecast.{module}"), attribute)


def __dir__() -> list[str]:
    return sorted((*_HOMES, *_PARTS))


class _Package(ModuleType):
    """Keeps ``paths`` and ``warning`` the functions, though modules bear the same names.

    The import system sets a module that it has loaded as an attribute of its package, which would put the module in
    the function's place.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
