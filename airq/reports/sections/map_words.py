"""Words of the map section, Chinese and English.

Examples
--------
>>> word("heading", "zh"), compass(45.0, "zh"), compass(350.0, "en")
('地图', '东北', 'N')
"""

from __future__ import annotations

from typing import Final

from airq.figures import labels
from airq.figures.labels import Language

__all__ = ["compass", "word"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "heading": ("地图", "Map"),
    "about": ("{place}及周边", "{place} and around"),
    "nothing": (
        "本地区没有带坐标的监测点，也没有界线，不能绘制地图。",
        "The place has neither a station with a position nor an outline; there is no map.",
    ),
    "means": (
        "圆点为各监测点{symbol}有效日均值的平均，图中{n}个监测点有有效均值，{without}个没有；县（市）名后为其平均浓度。",
        "Dots are station means of valid daily {symbol}: {n} stations on the map have one and {without} do not. The figure after a name is the mean of the place.",
    ),
    "field": (
        "底色由{n}个评价点插值（普通克里金，相关长度{length} km，未考虑地形）；逐一留出整个地区检验，典型误差为{error}。误差大于{limit}或{reach} km内无监测点处不绘。",
        "The colour between stations is kriged from {n} evaluation stations (correlation length {length} km, terrain not considered); at places left out whole its typical error is {error}. It is not drawn where the error is above {limit} or no station stands within {reach} km.",
    ),
    "few": (
        "插值场至少需要{min_places}个地区的{min_stations}个评价点有有效均值，现有{places}个地区的{stations}个，不绘。",
        "{stations} evaluation stations of {places} places have a valid mean; a field needs {min_stations} of {min_places}, so none is drawn.",
    ),
    "no_skill": (
        "留出检验表明，插值并不优于其他地区的平均值（评价点{stations}个，地区{places}个），不绘插值场。",
        "At places left out, a field foretells no better than the mean of the others ({stations} stations of {places} places), so none is drawn.",
    ),
    "wind": ("箭头为本期平均风矢量，指向气流去向。", "Arrows are mean wind vectors of the period and point where the air goes."),
    "no_wind": ("档案中没有本期足够的风观测，图上不绘风。", "The archive has no sufficient wind observations of the period; no wind is drawn."),
    "points": (
        "没有覆盖本地区的界线，地图只绘监测点及其所在范围；界线可在报告参数文件中指定。",
        "No outline covers the place: the map shows points within their bounding box. Outlines can be named in params/reports.yaml.",
    ),
    "sketch": ("本图没有审图号，仅供内部参考，不得公开使用。", "The map has no approval number (审图号); it is a sketch for internal use."),
    "approved": ("审图号：{number}。", "Map approval number: {number}."),
    "median": ("日AQI中位数", "Median daily AQI"),
    "category": ("级别", "Category"),
    "good": ("优良/有效天数", "Good of valid days"),
    "speed": ("平均风速（m/s）", "Mean speed, m/s"),
    "towards": ("平均风来向", "From"),
    "wind_group": ("风", "Wind"),
    "caption": ("地图所示各县（市）数值", "Numbers of the map by place"),
    "note": (
        "日AQI中位数：有AQI的日子按数值排序居中的一日（偶数日取较低者）；时段均值没有对应的AQI级别。",
        "Median daily AQI: the day in the middle of those with an AQI, the lower of two; no standard gives a category to a mean over many days.",
    ),
    "stations": ("各监测点数值", "Numbers of the stations"),
}  # fmt: skip

_COMPASS: Final = (
    ("北", "东北", "东", "东南", "南", "西南", "西", "西北"),
    ("N", "NE", "E", "SE", "S", "SW", "W", "NW"),
)


def word(key: str, lang: Language, **given: object) -> str:
    """Word or sentence of the table.

    Raises
    ------
    ParameterError
        If the language is not known.
    """
    return labels.pick(_WORDS[key], lang, **given)


def compass(degrees: float, lang: Language) -> str:
    """One of eight winds.

    Parameters
    ----------
    degrees : float
        Where the wind comes from, (0, 360].
    lang : {"zh", "en"}
    """
    return _COMPASS[0 if lang == "zh" else 1][round(degrees / 45.0) % 8]
