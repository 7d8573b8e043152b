"""Words of maps, Chinese and English, and the mark of their approval.

Examples
--------
>>> word("sketch", "zh"), word("sketch", "en")
('内部示意图', 'Internal sketch map')
"""

from __future__ import annotations

from typing import Any, Final

from airq.figures import labels, style
from airq.figures.labels import Language

__all__ = ["mark_approval", "word"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "sketch": ("内部示意图", "Internal sketch map"),
    "approved": ("审图号：{number}", "Map approval no. {number}"),
    "north": ("北", "N"),
    "neighbour": ("相邻地区", "neighbours"),
    "title_concentration": ("{place}{period}{symbol}平均浓度分布", "{symbol}, mean of {period}, {place}"),
    "title_categories": ("{place}{period}空气质量级别", "Air-quality categories, {period}, {place}"),
    "scale": ("{symbol}平均\n（{unit}）", "Mean {symbol},\n{unit}"),
    "evaluation": ("评价点", "station"),
    "background": ("对照点", "background station"),
    "no_value": ("无有效均值的监测点", "station without a valid mean"),
    "masked": ("误差大于{limit}%或{reach:g} km内无监测点，不绘", "not drawn: error above {limit} % or no station within {reach:g} km"),
    "wind": ("平均风矢量", "mean wind vector"),
    "wind_key": ("{speed:g} m/s", "{speed:g} m/s"),
    "median_day": ("底色为日AQI中位数的级别（{edition}）", "Colour: category of the median daily AQI ({edition})"),
    "category_value": ("{category}\n优良{good}/{valid}天", "{category}\n{good} of {valid} days good"),
    "unnamed": ("{n}处标注没有空位，从略", "{n} labels had no room and are left out"),
}  # fmt: skip


def word(key: str, lang: Language, **given: object) -> str:
    """Word or sentence of the table.

    Raises
    ------
    ParameterError
        If the language is not known.
    """
    return labels.pick(_WORDS[key], lang, **given)


def mark_approval(axes: Any, approval: str, lang: Language) -> None:
    """Print in the corner of a map the number under which it was approved, or that it is a sketch.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    approval : str
        审图号; empty for none.
    lang : {"zh", "en"}
    """
    said = word("approved", lang, number=approval) if approval else word("sketch", lang)
    axes.text(
        0.99, 0.02, said, transform=axes.transAxes, ha="right", va="bottom", fontsize=8.5, fontweight="bold", zorder=8,
        bbox={"facecolor": "white", "edgecolor": style.COLOURS["quiet"], "linewidth": 0.6, "pad": 2.5},
    ).set_gid("approval")  # fmt: skip
