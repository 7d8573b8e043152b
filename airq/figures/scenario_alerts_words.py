"""Words of the figures of alerts, Chinese and English.

Examples
--------
>>> word("red", "zh"), word("span", "en", a=-1, b=3)
('红色', '-1 to 3')
"""

from __future__ import annotations

from typing import Any, Final

from airq.figures import labels

__all__ = ["word"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title_episode": ("重污染过程：{l}预警前后对比", "Episode with and without a {l} alert"),
    "title_timing": ("预警时段与效果", "What an alert does, by when it holds"),
    "title_past": ("历次预警汇总评估", "Past alerts, all together"),
    "yellow": ("黄色", "yellow"),
    "orange": ("橙色", "orange"),
    "red": ("红色", "red"),
    "without": ("无预警", "without"),
    "with": ("有预警（中位数，90%区间）", "with (median, 90 % interval)"),
    "held": ("预警期间", "days under the alert"),
    "day": ("过程第几天（0为首日）", "Day of the episode (0 is the first)"),
    "span": ("{a}至{b}", "{a} to {b}"),
    "span_axis": ("预警起止（过程第几天）", "First and last day of the alert within the episode"),
    "mean": ("过程平均（%）", "Mean of the episode, %"),
    "peak": ("最高日（%）", "Highest day, %"),
    "heavy_days": ("重污染天数（天）", "Heavy days, d"),
    "box": ("箱模型过程：{d}天，平均{m}µg/m³", "Episode of the box model: {d} days, mean {m} µg/m³."),
    "years": ("{n}个天气年各自最重的连续{d}天，平均{m}µg/m³", "Worst {d} days in a row of {n} weather years, mean {m} µg/m³."),
    "numbers": ("平均{a}%［{b}至{c}］，最高日{d}%［{e}至{f}］，重污染{g}天", "Mean {a} % [{b} to {c}], highest day {d} % [{e} to {f}], heavy days {g}."),
    "early": ("提前{n}天解除：最高日只降{p}%；坚持到过程结束：降{q}%", "Lifted {n} days early, the highest day falls by {p} % only; held to the end, by {q} %."),
    "early_one": ("提前1天解除：最高日只降{p}%；坚持到过程结束：降{q}%", "Lifted a day early, the highest day falls by {p} % only; held to the end, by {q} %."),
    "planning": ("执行率、本地占比和滞留时间为规划取值［B］［M］，区间为90%", "Compliance, local share and residence time are planning values [B][M]; intervals hold 90 %."),
    "expected": ("按规划取值预期", "expected by planning values"),
    "observed": ("观测（同等预报日对比）", "observed, against days of the same forecast"),
    "updated": ("两者结合", "both together"),
    "change": ("预警日PM₂.₅变化（%）", "Change of PM₂.₅ on alert days, %"),
    "past_note": ("{w}个冬季、{n}次过程、{d}个预警日；不对单次过程下结论", "{n} episodes in {w} winters, {d} alert days; no single episode is judged."),
    "detectable": ("阴影：小于可检出的变化（{v}%）", "Shaded: changes too small to be detected ({v} %)."),
}  # fmt: skip


def word(key: str, lang: str, **values: Any) -> str:
    """Word or sentence of the table.

    Raises
    ------
    ParameterError
        If the language is not known.
    """
    return labels.pick(_WORDS[key], lang, **values)
