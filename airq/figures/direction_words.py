"""Words of the figures of direction and transport, Chinese and English.

Examples
--------
>>> word("calm", "zh"), compass("en")
('静风', ('N', 'E', 'S', 'W'))
>>> quantity("pm25", "en"), quantity("nox", "zh")
('PM₂.₅ (µg/m³)', 'nox')
"""

from __future__ import annotations

from typing import Any, Final

from airq.figures import labels
from airq.figures.labels import Language
from airq.variables import VARIABLES

__all__ = ["compass", "period_ticks", "quantity", "symbol", "title", "weekday", "word"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "calm": ("静风", "calm"),
    "speed_ring": ("圆环为风速（m/s）", "Rings: wind speed, m/s."),
    "share_ring": ("圆环为时数占比（%）", "Rings: share of hours, %."),
    "value_ring": ("圆环为浓度（{u}）", "Rings: concentration, {u}."),
    "from": ("风从所示方位吹来，高值方位即来向", "The wind comes from the side shown; so does what is high there."),
    "masked": ("斜线：{c}%区间半宽超过{w}%，或附近不足三天，不宜解读", "Hatched: not to be read, as the half width of the {c} % interval is above {w} % or the hours are of fewer than three days."),
    "no_change": ("斜线：{c}%区间包含零", "Hatched: the {c} % interval holds 0."),
    "width": ("{c}%区间半宽（%）", "Half width of the {c} % interval, %"),
    "hours_used": ("{n}小时，{b}个风速风向格，有效自由度{e}", "{n} h in {b} bins of wind, edf {e}"),
    "title_polar": ("{p}随风速风向的变化", "{p} by wind speed and direction"),
    "title_frequency": ("风速风向频数", "Hours by wind speed and direction"),
    "title_cpf": ("{p}高值条件概率（双变量）", "Conditional probability of high {p} by wind speed and direction"),
    "title_difference": ("{p}随风速风向的前后变化", "Change of {p} by wind speed and direction"),
    "title_annulus": ("{p}随风向和{t}的变化", "{p} by wind direction and {t}"),
    "hour": ("时刻", "hour of the day"),
    "weekday": ("星期", "day of the week"),
    "season": ("月份", "month"),
    "trend": ("年份", "year"),
    "inside_out": ("由内向外：{a}至{b}", "From inside out: {a} to {b}."),
    "title_wind_rose": ("风玫瑰", "Wind rose"),
    "title_pollution_rose": ("{p}污染玫瑰", "Pollution rose of {p}"),
    "speed_class": ("风速（m/s）", "Wind speed, m/s"),
    "contribution": ("各扇区对总量的贡献（%）", "Contribution of each sector, %"),
    "sector_mean": ("各扇区平均", "Mean of each sector"),
    "mean_speed": ("平均风速（m/s）", "Mean speed, m/s"),
    "title_percentiles": ("{p}百分位数玫瑰", "Percentiles of {p} by wind direction"),
    "percentile": ("第{n}百分位", "{n}th percentile"),
    "title_probability": ("{p}高值的条件概率", "Conditional probability of high {p}"),
    "above": ("高于{c}的小时占比；虚线为全部小时{b}%；误差线为{k}%区间（整周重抽样）", "Share of hours above {c}; dashed: {b} % of all hours; whiskers: {k} % intervals (whole weeks drawn anew)."),
    "between": ("{c}至{d}之间的小时占比；虚线为全部小时{b}%；误差线为{k}%区间", "Share of hours from {c} to {d}; dashed: {b} % of all hours; whiskers: {k} % intervals."),
    "withheld": ("无柱：不足20小时", "No bar: fewer than 20 hours."),
    "title_clusters": ("{p}极坐标聚类", "Polar clusters of {p}"),
    "cluster": ("类{n}", "cluster {n}"),
    "share_hours": ("时数占比", "share of hours"),
    "share_sum": ("对总量的贡献", "contribution to the sum"),
    "percent": ("占比（%）", "Share, %"),
    "title_transport": ("{p}邻区输送指数：{n}", "Transport of {p} between neighbours: {n}"),
    "index_axis": ("输送指数（顺风与其余时段偏相关之差）", "Transport index (partial correlation along the wind less otherwise)"),
    "transport_note": (
        "点为指数，线为{k}%区间（整周重抽样）；区间全在零以上为实心，否则空心；指数说明有无输送，不是贡献率",
        "Dots: index, lines: {k} % intervals (whole weeks drawn anew); filled where all above 0. Evidence of transport, not a share.",
    ),
    "pair": ("{a} → {b}", "{a} → {b}"),
    "too_few": ("不予评价：{r}", "withheld: {r}"),
    "title_map": ("{m}潜在源区：{p}", "Source regions of {p}: {m}"),
    "cell_note": (
        "{n}条轨迹，{g}°网格；点：5条以上轨迹且偶然达到的概率低于5%（仅PSCF）；+为受体",
        "{n} trajectories, cells of {g}°. Dots: 5 trajectories or more and p < 5 % by chance (PSCF only). Plus: receptor.",
    ),
    "cell_note_plain": ("{n}条轨迹，{g}°网格；+为受体", "{n} trajectories, cells of {g}°. Plus: receptor."),
    "run_note": ("由本站风外推的风程，非模式轨迹：只在数十公里内有意义", "Runs of the station's own wind, not of a model: meaningful over some tens of kilometres only."),
    "model_note": ("HYSPLIT后向轨迹", "HYSPLIT back trajectories."),
    "title_ways": ("后向轨迹聚类", "Clusters of back trajectories"),
    "title_runs": ("本站风程聚类", "Clusters of runs of the station's wind"),
    "way_line": ("路径{n}：{s}%", "Way {n}: {s} %"),
    "way_line_mean": ("路径{n}：{s}%，平均{m}", "Way {n}: {s} %, mean {m}"),
    "every": ("点间隔{h}小时", "A dot every {h} h."),
    "longitude": ("经度（°E）", "Longitude, °E"),
    "latitude": ("纬度（°N）", "Latitude, °N"),
    "before_after": ("前{b}小时，后{a}小时", "{b} h before, {a} h after"),
    "ways_value": ("各路径到达时的浓度", "Concentration at arrival"),
}  # fmt: skip

_WEEK: Final = {
    "zh": ("一", "二", "三", "四", "五", "六", "日"),
    "en": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"),
}
_COMPASS: Final = {"zh": ("北", "东", "南", "西"), "en": ("N", "E", "S", "W")}


def word(key: str, lang: Language, **given: Any) -> str:
    """Word or sentence of the table.

    Raises
    ------
    ParameterError
        If the language is not known.
    """
    return labels.pick(_WORDS[key], lang, **given)


def compass(lang: Language) -> tuple[str, ...]:
    """North, east, south, west."""
    word("calm", lang)
    return _COMPASS[lang]


def weekday(number: int, lang: Language) -> str:
    """Day of the week, 0 is Monday."""
    return _WEEK[lang][number % 7]


def symbol(name: str) -> str:
    """Symbol of a variable; its own name where the table has none."""
    return VARIABLES[name].symbol if name in VARIABLES else name


def quantity(name: str, lang: Language) -> str:
    """Symbol and unit of a variable."""
    if name not in VARIABLES:
        return name
    unit = VARIABLES[name].units_text
    return f"{symbol(name)}（{unit}）" if lang == "zh" else f"{symbol(name)} ({unit})"


def title(text: str, place: str, lang: Language) -> str:
    """Title with its place."""
    if not place:
        return text
    return f"{place}{text}" if lang == "zh" else f"{text}, {place}"


def period_ticks(period: str, lang: Language, first: float, last: float) -> tuple[str, str]:
    """Words for the inner and the outer edge of an annulus."""
    if period == "hour":
        return ("0时", "24时") if lang == "zh" else ("00:00", "24:00")
    if period == "weekday":
        return ("周一", "周日") if lang == "zh" else ("Monday", "Sunday")
    if period == "season":
        return ("1月", "12月") if lang == "zh" else ("January", "December")
    return f"{first:.1f}", f"{last:.1f}"
