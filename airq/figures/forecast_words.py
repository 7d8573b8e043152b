"""Words of the figures and pages of forecasts, Chinese and English, and names of what is forecast.

Examples
--------
>>> target_name("pm25", "zh"), target_name("o3", "en"), season_name("cold", "en"), share(0.004), share(1.0)
('PM₂.₅', 'O₃ MDA8', 'heating season', '<1%', '100%')
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airq.figures import labels
from airq.figures.labels import Language, pick

__all__ = [
    "lasting",
    "model_name",
    "season_name",
    "share",
    "target_name",
    "target_unit",
    "weather_note",
    "word",
]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "observed": ("实况", "observed"),
    "median": ("预报中位数", "median forecast"),
    "band": ("{p}%区间", "{p}% interval"),
    "issued": ("起报日 {d}", "issued {d}"),
    "ticks": (
        "日期下为中位数和80%区间；深、中、浅带为50%、80%、90%区间",
        "Below each day: median and 80% interval. Dark, middle and light band: 50, 80 and 90% intervals.",
    ),
    "hours_note": (
        "深、中、浅带为50%、80%、90%区间；底色为按小时浓度断点的级别",
        "Dark, middle and light band: 50, 80 and 90% intervals; background: category of the hourly value.",
    ),
    "title_fan": ("{t}预报", "Forecast of {t}"),
    "title_categories": ("各级别概率", "Probability of each category"),
    "title_skill": ("{t}预报技巧", "Forecast skill, {t}"),
    "title_reliability": ("可靠性", "Reliability"),
    "title_pit": ("概率积分变换（PIT）", "Probability integral transform (PIT)"),
    "title_warnings": ("预警概率", "Probability of alerts"),
    "lead_days": ("预报时效（天）", "Lead (days)"),
    "lead_hours": ("预报时效（小时）", "Lead (hours)"),
    "against": ("较{b}", "against {b}"),
    "skill_axis": ("CRPS技巧评分", "CRPS skill score"),
    "skill_note": (
        "1为完美，0为与参照相同，负值为更差；误差线为{p}%区间",
        "1 is perfect, 0 no better than the reference, below 0 worse; whiskers: {p}% interval",
    ),
    "skill_plain": (
        "1为完美，0为与参照相同，负值为更差",
        "1 is perfect, 0 no better than the reference, below 0 worse",
    ),
    "probability": ("预报概率", "Forecast probability"),
    "frequency": ("实际频率", "Observed frequency"),
    "cases": ("样本数", "Cases"),
    "perfect": ("完全可靠", "perfectly reliable"),
    "few": ("不足{n}例", "fewer than {n} cases"),
    "base_rate": ("气候频率{p}", "base rate {p}"),
    "pit_axis": ("实况在预报分布中的位置", "Place of the observation in the forecast"),
    "pit_share": ("频率（1为均匀）", "Frequency (1 is uniform)"),
    "lead_title_days": ("时效{h}天（{n}例）", "lead {h} d ({n} cases)"),
    "lead_title_hours": ("时效{h}小时（{n}例）", "lead {h} h ({n} cases)"),
    "any_level": ("任一级别", "any alert"),
    "yellow": ("黄色", "yellow"),
    "orange": ("橙色", "orange"),
    "red": ("红色", "red"),
    "warn": ("黑框：概率达到费用损失比{c}，建议预警", "Black frame: probability reaches the cost-loss ratio of {c}, warn"),
    "any_day": ("{n}天内", "in {n} d"),
    "primary_likely": ("日期下为最可能的首要污染物及其概率", "Below each day: its likeliest primary pollutant and how likely it is."),
    "none": ("无", "none"),
    "nothing": ("无可画的数据", "nothing to draw"),
    "perfect_weather": (
        "用的是实测气象（“完美气象”），实际预报达不到这一水平",
        "with observed weather (perfect weather): no real forecast reaches this",
    ),
    "forecast_weather": ("用气象预报", "with a weather forecast"),
    "no_weather": (
        "没有用气象预报：第二天以后与气候态相差不大",
        "without a weather forecast: beyond the second day little better than climatology",
    ),
    "cold": ("采暖季", "heating season"),
    "warm": ("非采暖季", "warm season"),
}  # fmt: skip

_MODELS: Final[dict[str, tuple[str, str]]] = {
    "climatology": ("气候态", "climatology"),
    "persistence": ("持续性", "persistence"),
    "damped_ar1": ("衰减AR(1)", "damped AR(1)"),
    "ridge": ("岭回归", "ridge"),
    "boosting": ("梯度提升", "boosting"),
    "sarimax": ("SARIMAX", "SARIMAX"),
    "uc": ("状态空间分量", "unobserved components"),
    "auto": ("自动组合", "automatic combination"),
}

_WEATHER: Final = {"none": "no_weather", "perfect": "perfect_weather", "forecast": "forecast_weather"}


def word(key: str, lang: Language, **values: object) -> str:
    """Word or sentence of a figure.

    Examples
    --------
    >>> word("band", "en", p=80), word("lead_days", "zh")
    ('80% interval', '预报时效（天）')
    """
    return pick(_WORDS[key], lang, **values)


def lasting(row: Mapping[str, Any]) -> str:
    """Expected duration of an alert with its 80 % interval, in days.

    An alert may last beyond the forecast: a quantile that so many paths leave open is a lower bound and is marked.

    Parameters
    ----------
    row : mapping
        ``duration_q10 duration_q50 duration_q90 open_share`` of an outlook.

    Examples
    --------
    >>> lasting({"duration_q10": 2.0, "duration_q50": 5.0, "duration_q90": 9.0, "open_share": 0.3})
    '5 [2–≥9]'
    """
    low, middle, high = (
        f"{'≥' if row['open_share'] > 1 - p else ''}{row[f'duration_q{100 * p:.0f}']:.0f}"
        for p in (0.1, 0.5, 0.9)
    )
    return f"{middle} [{low}–{high}]"


def target_name(target: str, lang: Language, hourly: bool = False) -> str:
    """What is forecast, as in a title; O3 of days is the MDA8."""
    if target == "aqi":
        return "AQI"
    if target == "o3" and not hourly:
        return "O₃ MDA8"
    return labels.pollutant(target)


def target_unit(target: str) -> str:
    """Unit as printed; empty for the index.

    Examples
    --------
    >>> target_unit("co"), target_unit("aqi")
    ('mg/m³', '')
    """
    return "" if target == "aqi" else labels.units(target)


def season_name(season: str, lang: Language) -> str:
    """Season of a table of scores; other names stay as they are.

    Examples
    --------
    >>> season_name("cold", "zh"), season_name("DJF", "zh")
    ('采暖季', 'DJF')
    """
    return word(season, lang) if season in ("cold", "warm") else season


def model_name(model: str, lang: Language) -> str:
    """Name of a model in words; a name that is not known stays as it is.

    Examples
    --------
    >>> model_name("auto", "en"), model_name("own", "zh")
    ('automatic combination', 'own')
    """
    zh, en = _MODELS.get(model, (model, model))
    return zh if lang == "zh" else en


def weather_note(label: str, lang: Language) -> str:
    """What weather the forecast knew; empty if it is not said.

    Examples
    --------
    >>> weather_note("forecast", "en"), weather_note("", "en")
    ('with a weather forecast', '')
    """
    return word(_WEATHER[label], lang) if label in _WEATHER else ""


def share(value: float) -> str:
    """Probability as a page prints it: whole percent, never 0 or 100 for what is merely rare or likely.

    Examples
    --------
    >>> [share(p) for p in (0.0, 0.003, 0.256, 0.997, 1.0, float("nan"))]
    ['0%', '<1%', '26%', '>99%', '100%', '–']
    """
    if value != value:
        return "–"
    if 0 < value < 0.01:
        return "<1%"
    if 0.99 < value < 1:
        return ">99%"
    return f"{value * 100:.0f}%"
