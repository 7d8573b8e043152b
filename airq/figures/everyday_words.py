"""Words of the figures of everyday analytics, Chinese and English.

Examples
--------
>>> word("hour", "zh"), group_name("winter", "en"), group_name("2019", "zh")
('时刻', 'winter', '2019')
"""

from __future__ import annotations

from typing import Any, Final

from airq.figures import labels
from airq.figures.direction_words import weekday
from airq.figures.labels import Language

__all__ = ["axis_name", "cell_name", "group_name", "word"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "hour": ("时刻", "Hour of the day"),
    "hour_end": ("时刻（小时末，北京时间）", "Hour (its end, Beijing time)"),
    "hour_start": ("时刻（小时初）", "Hour (its beginning)"),
    "weekday": ("星期", "Day of the week"),
    "month": ("月份", "Month"),
    "year": ("年份", "Year"),
    "season": ("季节", "Season"),
    "heating": ("采暖期与否", "Heating season"),
    "weekend": ("工作日与周末", "Weekday or weekend"),
    "yearmonth": ("年月", "Month"),
    "title_variation": ("{p}的日、周、年变化", "{p} by hour, weekday and month"),
    "interval": ("色带为{k}%区间：由整周之差推得；月变化满5年时由年际差异推得", "Bands: {k} % intervals from how whole weeks differ, of months from how years differ once there are five."),
    "normalised": ("相对于各自平均", "Relative to its own mean"),
    "no_interval": ("不足三周处无区间", "No band below three weeks."),
    "title_difference": ("{a}的日、周、年变化", "{a} by hour, weekday and month"),
    "title_correlation": ("相关矩阵", "Correlation matrix"),
    "pearson": ("皮尔逊相关系数", "Pearson"),
    "spearman": ("斯皮尔曼秩相关系数", "Spearman"),
    "cross_zero": ("灰字：{k}%区间（整周重抽样）含零或无区间", "Grey: the {k} % interval (weeks drawn anew) holds 0 or is not known."),
    "title_distribution": ("{p}的分布", "Distribution of {p}"),
    "density": ("概率密度", "Density"),
    "share": ("占比（%）", "Share, %"),
    "probability": ("百分位", "Percentile"),
    "quantile_note": ("点为百分位数，线为{k}%区间（整周重抽样）", "Dots: percentiles, lines: {k} % intervals (whole weeks drawn anew)."),
    "title_pairs": ("{a}与{b}的百分位数对照", "Percentiles of {a} against {b}"),
    "diagonal": ("虚线：两者相同", "Dashed: both the same."),
    "title_conditional": ("模型给出某值时的观测分布", "Observations by what the model said"),
    "modelled": ("模型", "Model"),
    "observed": ("观测", "Observed"),
    "median": ("中位数", "median"),
    "between": ("第{a}至{b}百分位", "percentiles {a} to {b}"),
    "title_level": ("{p}：{y}与{x}", "{p} by {y} and {x}"),
    "withheld": ("斜线：不足{n}个值，不予统计", "Hatched: withheld, fewer than {n} values."),
    "title_capture": ("数据捕获率", "Data capture"),
    "capture": ("捕获率（%）", "Capture, %"),
    "capture_calendar": ("按日历应测数计；斜线：低于{m}%，均值不予统计", "Against the full calendar. Hatched: below {m} %, the mean is withheld."),
    "capture_rows": ("按已有行数计；斜线：低于{m}%，均值不予统计", "Against the rows present. Hatched: below {m} %, the mean is withheld."),
    "title_taylor": ("泰勒图", "Taylor diagram"),
    "sd": ("标准差", "Standard deviation"),
    "sd_ratio": ("标准差（与观测之比）", "Standard deviation over the observed"),
    "correlation": ("相关系数", "Correlation"),
    "taylor_note": ("绿色弧线：中心化均方根误差", "Green arcs: centred root-mean-square error."),
    "title_target": ("{p}的FAIRMODE目标图", "FAIRMODE target diagram of {p}"),
    "bias_axis": ("偏差 / 2U", "Bias / 2U"),
    "crmse_axis": ("中心化误差 / 2U（左：时间不符为主；右：离散不符为主）", "Centred error / 2U (left: timing, right: spread)"),
    "target_note": ("{s}%的站点MQI达到{v:.2f}，目标为1以内：{w}", "MQI reached by {s} % of the sites: {v:.2f}; the objective is 1: {w}."),
    "met": ("达到", "met"),
    "not_met": ("未达到", "not met"),
    "values": ("个值", "values"),
    "all": ("全部", "all"),
    "title_scores": ("模型评价", "Evaluation of the model"),
}  # fmt: skip

_GROUPS: Final[dict[str, tuple[str, str]]] = {
    "winter": ("冬季", "winter"),
    "spring": ("春季", "spring"),
    "summer": ("夏季", "summer"),
    "autumn": ("秋季", "autumn"),
    "heating": ("采暖期", "heating season"),
    "other": ("非采暖期", "rest of the year"),
    "weekday": ("工作日", "weekdays"),
    "weekend": ("周末", "weekends"),
}

_STATISTICS: Final[dict[str, tuple[str, str]]] = {
    "mean": ("平均", "mean"),
    "median": ("中位数", "median"),
    "max": ("最大", "maximum"),
    "p95": ("第95百分位", "95th percentile"),
    "share_above": ("超过{t:g}的占比", "share above {t:g}"),
    "count": ("个数", "count"),
}


def word(key: str, lang: Language, **given: Any) -> str:
    """Word or sentence of the table.

    Raises
    ------
    ParameterError
        If the language is not known.
    """
    return labels.pick(_WORDS[key], lang, **given)


def group_name(group: str, lang: Language) -> str:
    """Name of a calendar group; any other name as it stands."""
    return _GROUPS[group][0 if lang == "zh" else 1] if group in _GROUPS else group


def statistic_name(statistic: str, lang: Language, threshold: float) -> str:
    """Name of a statistic."""
    return _STATISTICS[statistic][0 if lang == "zh" else 1].format(t=threshold)


def axis_name(axis: str, lang: Language) -> str:
    """Name of a calendar axis; a column as it stands."""
    return word(axis, lang) if axis in _WORDS else axis


def cell_name(axis: str, cell: str, lang: Language) -> str:
    """Tick of a calendar axis."""
    if axis == "month" and cell.isdigit():
        return labels.month_abbreviation(int(cell), lang)
    if axis == "weekday" and cell.isdigit():
        return weekday(int(cell), lang)
    if axis == "hour" and cell.isdigit():
        return str(int(cell))
    return group_name(cell, lang)
