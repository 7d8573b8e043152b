"""Words of the figures and pages of episodes, Chinese and English.

Examples
--------
>>> word("growth", "zh"), stage_name("before", "en")
('积累', 'before')
"""

from __future__ import annotations

from typing import Any, Final

from airq.figures import labels
from airq.figures.labels import Language

__all__ = ["leading", "short_name", "site_name", "stage_name", "variable_name", "word"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "growth": ("积累", "growth"),
    "peak": ("峰值", "peak"),
    "clearing": ("清除", "clearing"),
    "title_course": ("{p}重污染过程", "Heavy-pollution episodes of {p}"),
    "hourly": ("小时值", "hours"),
    "daily": ("日均值", "days"),
    "smooth": ("24小时滑动平均", "centred mean of 24 h"),
    "course_note": ("横条为预警规则要求的时段（{r}）；色块为积累、峰值、清除", "Bars: days for which the rule calls ({r}); shades: growth, peak, clearing."),
    "title_overview": ("重污染过程一览", "Heavy-pollution episodes"),
    "dust_mark": ("斜线：峰值日形似沙尘", "Hatched: the day of the peak looks like dust."),
    "overview_note": ("每条为一次过程，颜色为按观测AQI本应达到的最高预警级别", "Each bar an episode, its colour the highest level that the observed AQI calls for."),
    "title_weather": ("重污染过程各阶段的气象距平", "Weather in the stages of the episodes, against climatology"),
    "standardised": ("标准化距平", "Standardised anomaly"),
    "weather_note": ("格内为距平（原单位）；灰字：{k}%区间（以过程为单位）含零；气候值取前后{w}天、同一时刻", "In the cells: anomaly in its unit; grey: the {k} % interval over episodes holds 0. Climatology: within {w} days, same hour."),
    "episodes_n": ("{n}次过程", "{n} episodes"),
    "title_synchrony": ("区域同步性：{q}超过{t:g}", "Regional synchrony: {q} above {t:g}"),
    "ratio_axis": ("同时污染天数与季节所能解释的天数之比", "Days polluted together, over what the season explains"),
    "ratio_note": ("右上：比值；左下：条件概率（行地污染时列地也污染，%）；灰字：{k}%区间含1", "Upper right: ratio; lower left: share of the row's polluted days on which the column is too, %. Grey: the {k} % interval holds 1."),
    "share_sites": ("污染的地区占比（%）", "Share of the places polluted, %"),
    "title_regimes": ("静稳与通风两种状态：{p}", "Two regimes, stagnant and ventilated: {p}"),
    "stagnant": ("静稳", "stagnant"),
    "ventilated": ("通风", "ventilated"),
    "one_lognormal": ("单一对数正态", "one log-normal"),
    "two_regimes": ("两种状态", "two regimes"),
    "observed": ("观测", "observed"),
    "days_above": ("超过某值的天数", "Days above"),
    "share_days": ("天数占比（%）", "Share of days, %"),
    "regime_note": ("静稳日{d:.0f}天[{a:.0f}，{b:.0f}]，中位数{m:.0f}；其余中位数{o:.0f}。状态由浓度推断，减少可由气象或排放引起", "Stagnant days {d:.0f} [{a:.0f}, {b:.0f}], median {m:.0f}, others {o:.0f}. Told from concentrations: fewer may be due to weather or to emissions."),
    "title_dust": ("沙尘日与沙尘对{p}的影响", "Dust days and what dust adds to {p}"),
    "with_dust": ("全部", "all"),
    "without_dust": ("剔除沙尘", "without dust"),
    "dust_days": ("沙尘日数", "Dust days"),
    "title_fireworks": ("烟花爆竹夜间{p}的增量", "What the nights of fireworks added to {p}"),
    "excess": ("增量", "Excess"),
    "fireworks_note": ("点为增量，线为{k}%区间；浅色条为偶然可达的最小可辨增量（普通夜晚的95%分位）；空心为不可辨", "Dots: excess, lines: {k} % intervals; pale bars: smallest excess told from chance (95 % of ordinary nights). Hollow: not told."),
    "withheld": ("不予评价", "withheld"),
    "place": ("地区", "Place"),
}  # fmt: skip

_STAGES: Final = {"before": ("之前48小时", "before"), "after": ("之后48小时", "after")}

_VARIABLES: Final[dict[str, tuple[str, str]]] = {
    "temperature": ("气温", "Temperature"),
    "dew_point": ("露点", "Dew point"),
    "relative_humidity": ("相对湿度", "Humidity"),
    "pressure": ("气压", "Pressure"),
    "wind_speed": ("风速", "Wind speed"),
    "precipitation": ("降水", "Precipitation"),
    "mixing_height": ("混合层高度", "Mixing height"),
    "radiation": ("太阳辐射", "Radiation"),
    "inversion": ("逆温强度", "Inversion"),
}


def word(key: str, lang: Language, **given: Any) -> str:
    """Word or sentence of the table.

    Raises
    ------
    ParameterError
        If the language is not known.
    """
    return labels.pick(_WORDS[key], lang, **given)


def stage_name(stage: str, lang: Language) -> str:
    """Name of a stage of an episode."""
    return _STAGES[stage][0 if lang == "zh" else 1] if stage in _STAGES else word(stage, lang)


def short_name(name: str, lang: Language) -> str:
    """Name of a weather variable without its unit; a column as it stands.

    Examples
    --------
    >>> short_name("pressure", "zh"), short_name("pm25", "en")
    ('气压', 'pm25')
    """
    return _VARIABLES[name][0 if lang == "zh" else 1] if name in _VARIABLES else name


def variable_name(name: str, lang: Language) -> str:
    """Name of a weather variable with its unit; a column as it stands."""
    from airq.variables import VARIABLES

    if name not in _VARIABLES:
        return name
    unit = "K/100 m" if name == "inversion" else VARIABLES[name].units_text.replace("degC", "°C")
    said = _VARIABLES[name][0 if lang == "zh" else 1]
    return f"{said}（{unit}）" if lang == "zh" else f"{said} ({unit})"


def site_name(site: str, lang: Language) -> str:
    """Name of a place where the site is one; its own name otherwise."""
    from airq import places

    found = places.find(site) if site else None
    return found.name(lang) if found else site


def leading(place: str, lang: Language) -> str:
    """Name before a Chinese title, with a space where it ends in a Latin letter or digit.

    Examples
    --------
    >>> leading("2692A", "zh"), leading("昌吉市", "zh")
    ('2692A ', '昌吉市')
    """
    return f"{place} " if lang == "zh" and place and place[-1].isascii() and place[-1].isalnum() else place
