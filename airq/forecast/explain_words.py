"""Words for estimated coefficients, in Chinese and English.

Examples
--------
>>> row = {"name": "weekend", "kind": "weekend", "percent": -4.0, "percent_lower": -6.0, "percent_upper": -2.0}
>>> coefficient_words(row, "pm25", "en")
'At weekends PM₂.₅ is 4 % lower than on working days, all else equal (95 % interval -6 to -2 %).'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airq.variables import VARIABLES

__all__ = ["coefficient_words", "diagnostic_words"]

_MORE: Final = {
    "wind_u": ("西风分量", "westerly wind", "m s-1"),
    "wind_v": ("南风分量", "southerly wind", "m s-1"),
}
_STATISTIC: Final = {
    "mean": ("日均", "mean "),
    "min": ("日最低", "lowest "),
    "max": ("日最高", "highest "),
    "evening": ("傍晚", "evening "),
    "sum": ("日累计", "daily "),
}


def _variable(column: str, language: str) -> tuple[str, str]:
    """Name of a column of weather for people, and its unit."""
    for stem in sorted((*VARIABLES, *_MORE), key=len, reverse=True):
        if column == stem or column.startswith(f"{stem}_"):
            zh, en, unit = (
                _MORE[stem]
                if stem in _MORE
                else (VARIABLES[stem].zh, VARIABLES[stem].en, VARIABLES[stem].units)
            )
            before = _STATISTIC.get(column[len(stem) + 1 :], ("", ""))
            return (before[0] + zh, unit) if language == "zh" else (before[1] + en, unit)
    return column, ""


def _pollutant(target: str) -> str:
    return VARIABLES[target].symbol if target in VARIABLES else target.upper()


def coefficient_words(row: Mapping[str, Any], target: str, language: str) -> str:
    """One coefficient in a sentence; empty where a number says more than words.

    Parameters
    ----------
    row : mapping
        Row of the table of coefficients.
    target : str
    language : {"zh", "en"}
    """
    if row["kind"] == "memory":
        return ""
    symbol, effect = _pollutant(target), row["percent"]
    low, high = row["percent_lower"], row["percent_upper"]
    flat = low <= 0 <= high
    if language == "zh":
        said = f"{symbol}{'升高' if effect > 0 else '降低'} {abs(effect):.0f}%"
        limits = f"（95% 区间 {low:.0f}% 至 {high:.0f}%{'，与零无显著差别' if flat else ''}）。"
        if row["kind"] == "weather":
            name, unit = _variable(row["name"], "zh")
            return (
                f"其他条件相同时，{name}比同期常年每高一个标准差（{row['step']:.2g} {unit}），{said}{limits}"
            )
        before = (
            "其他条件相同时，周末较工作日" if row["kind"] == "weekend" else "扣除模型中的其他因素后，逐年"
        )
        return f"{before}{said}{limits}"
    limits = f"(95 % interval {low:.0f} to {high:.0f} %{', not distinguishable from none' if flat else ''})."
    size = f"{abs(effect):.0f} %"
    if row["kind"] == "weather":
        name, unit = _variable(row["name"], "en")
        return f"One standard deviation ({row['step']:.2g} {unit}) more {name} than is usual at the time of year goes with {symbol} {size} {'higher' if effect > 0 else 'lower'}, all else equal {limits}"
    if row["kind"] == "weekend":
        return f"At weekends {symbol} is {size} {'higher' if effect > 0 else 'lower'} than on working days, all else equal {limits}"
    return f"Beside the other terms of the model {symbol} {'rises' if effect > 0 else 'falls'} by {size} a year {limits}"


def diagnostic_words(found: Mapping[str, Any], language: str, alpha: float) -> list[str]:
    """What the diagnostics say about how far to trust the model.

    Parameters
    ----------
    found : mapping
        ``converged, ljung_box_p, ljung_box_lags, days, missing_days, r2``.
    language : {"zh", "en"}
    alpha : float
        Level of the test.
    """
    p, lags = found["ljung_box_p"], found["ljung_box_lags"]
    left = p < alpha
    if language == "zh":
        return [
            f"模型用 {found['days']} 天估计（缺 {found['missing_days']} 天），对数的一日预报解释方差 {100 * found['r2']:.0f}%。",
            "参数估计已收敛。" if found["converged"] else "参数估计未收敛，系数仅供参考。",
            f"Ljung-Box 检验（{lags} 阶）p = {p:.2g}：残差{'仍有自相关，区间可能偏窄' if left else '未见自相关'}。",
        ]
    return [
        f"Estimated on {found['days']} days ({found['missing_days']} missing); one-day forecasts explain {100 * found['r2']:.0f} % of the variance of the logarithm.",
        "The estimation converged."
        if found["converged"]
        else "The estimation did not converge: take the coefficients as rough.",
        f"Ljung-Box test over {lags} lags: p = {p:.2g}; the residuals {'are still autocorrelated, so the intervals may be too narrow' if left else 'show no autocorrelation'}.",
    ]
