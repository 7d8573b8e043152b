"""Words of the figures of trends, Chinese and English.

Examples
--------
>>> word("deweathered", "zh"), word("deweathered", "en")
('去除气象影响后', 'Deweathered')
>>> amount(-8.4416, "nox", "en"), amount(-2.5, "pm25", "zh")
('−8.44 a year', '−2.50 µg/m³/年')
"""

from __future__ import annotations

from typing import Any, Final

from airq.figures import labels
from airq.figures.direction_words import quantity, symbol, title
from airq.figures.labels import Language
from airq.variables import VARIABLES

__all__ = ["amount", "ends", "number", "quantity", "symbol", "title", "unit", "word"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title_trend": ("{p}趋势", "Trend of {p}"),
    "title_side": ("{p}趋势：原始与去除气象影响后", "Trend of {p}, raw and deweathered"),
    "title_tests": ("{p}趋势的各种检验", "Tests of the trend of {p}"),
    "title_smooth": ("{p}平滑趋势", "Smooth trend of {p}"),
    "title_breaks": ("{p}趋势转折点", "Breakpoints of {p}"),
    "title_scales": ("{p}的时间尺度（KZ滤波）", "Scales of {p} (KZ filter)"),
    "title_capture": ("{p}各月数据捕获率", "Capture of {p} by month"),
    "raw": ("原始", "Raw"),
    "deweathered": ("去除气象影响后", "Deweathered"),
    "monthly": ("月均值", "Monthly mean"),
    "no_season": ("去除季节后的月值", "Month without its season"),
    "filled": ("补值（不是观测）", "Filled, not observed"),
    "line": ("Theil–Sen趋势线", "Theil-Sen line"),
    "band": ("{c}%区间", "{c} % interval"),
    "slope": ("{s} [{a}，{b}]，{p}", "{s} [{a}, {b}], {p}"),
    "percent": ("{v}%/年", "{v} % a year"),
    "p_is": ("p = {p}", "p = {p}"),
    "p_below": ("p < {p}", "p < {p}"),
    "slope_axis": ("斜率（{u}/年）", "Slope, {u} a year"),
    "blocks": ("重抽样按{b}个月成块，保留前后月的相关", "Blocks of {b} months drawn anew, which keeps what one month owes to the last."),
    "single": ("逐月重抽样：前后月相关时区间偏窄", "Single months drawn anew: too narrow where months depend on each other."),
    "theil-sen": ("Theil–Sen，逐月重抽样", "Theil-Sen, single months"),
    "theil-sen blocks": ("Theil–Sen，分块重抽样", "Theil-Sen, blocks"),
    "plain": ("Mann–Kendall", "Mann-Kendall"),
    "hamed-rao": ("Mann–Kendall，Hamed–Rao修正", "Mann-Kendall, Hamed-Rao"),
    "seasonal": ("季节性Mann–Kendall", "Seasonal Mann-Kendall"),
    "bootstrap": ("Mann–Kendall，分块重抽样", "Mann-Kendall, blocks"),
    "spearman": ("Spearman秩相关（HJ 663，年均值）", "Spearman (HJ 663, annual means)"),
    "significant": ("显著", "significant"),
    "not_significant": ("不显著", "not significant"),
    "withheld": ("无法检验", "withheld"),
    "rising": ("上升", "rising"),
    "falling": ("下降", "falling"),
    "none": ("无方向", "no direction"),
    "tests_note": (
        "Spearman只看年均值的先后次序，没有斜率和区间；前后月相关时，前面未作修正的检验过于乐观",
        "Spearman sees the order of annual means only. Where months depend on each other the uncorrected tests see too much.",
    ),
    "smooth": ("平滑曲线", "Smooth curve"),
    "smooth_note": ("有效自由度{e}，相邻月残差相关{r}", "edf {e}; neighbouring months correlate by {r} about the curve."),
    "segment": ("各段拟合", "Fit of each segment"),
    "break": ("转折点及{c}%区间", "Break with its {c} % interval"),
    "no_break": ("未检出转折点（第一个检验p = {p}）", "No break found (first test p = {p})."),
    "breaks_note": ("模拟检验每个转折点，已计入相邻月相关（{r}）", "Each break tested by simulation that reckons with neighbouring months ({r})."),
    "value": ("观测", "Observed"),
    "kz": ("KZ({m}, {k})", "KZ({m}, {k})"),
    "band_fast": ("短于约{a}", "Shorter than about {a}"),
    "band_between": ("约{a}至{b}", "About {a} to {b}"),
    "band_slow": ("长于约{a}", "Longer than about {a}"),
    "edge": ("灰底：滤波窗口在两端不完整", "Grey: the window is cut at the ends."),
    "hours": ("{n:g}小时", "{n:g} h"),
    "days": ("{n:g}天", "{n:g} d"),
    "years": ("{n:g}年", "{n:g} y"),
    "share_of_variance": ("占方差{s}%", "{s} % of the variance"),
    "enough": ("均值有效", "Mean stands"),
    "short": ("均值不予统计", "Mean withheld"),
    "capture_note": (
        "数字为捕获率（%），以整月应有时数为分母；低于{m}%的月份不计算均值",
        "Numbers: values in percent of what the whole month should have. Below {m} % no mean is given.",
    ),
    "year": ("年份", "Year"),
    "absent": ("无数据", "no data"),
}  # fmt: skip


def word(key: str, lang: Language, **given: Any) -> str:
    """Word or sentence of the table.

    Raises
    ------
    ParameterError
        If the language is not known.
    """
    return labels.pick(_WORDS[key], lang, **given)


def unit(name: str) -> str:
    """Unit of a variable; empty where the table has none."""
    return VARIABLES[name].units_text if name in VARIABLES else ""


def number(value: float) -> str:
    """Three significant digits with a true minus sign.

    Examples
    --------
    >>> number(-0.28934), number(12.345), number(float("nan"))
    ('−0.289', '12.3', '—')
    """
    if value != value:
        return "—"
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:.{digits}f}".replace("-", "−")


def amount(slope: float, name: str, lang: Language) -> str:
    """Slope with its unit."""
    u = unit(name)
    if lang == "zh":
        return f"{number(slope)} {u}/年" if u else f"{number(slope)}/年"
    return f"{number(slope)} {u} a year" if u else f"{number(slope)} a year"


def ends(p: float, draws: int, lang: Language) -> str:
    """p-value as read: never 0.

    Examples
    --------
    >>> ends(0.0, 599, "en"), ends(0.2571, 599, "zh")
    ('p < 0.004', 'p = 0.257')
    """
    least = 2.0 / draws
    if p < least:
        return word("p_below", lang, p=f"{-(-least // 0.001) * 0.001:.3f}")
    return word("p_is", lang, p=f"{p:.3f}")
