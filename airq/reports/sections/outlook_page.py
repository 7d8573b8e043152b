"""The outlook as a page shows it: sentences, the fan of PM2.5, a table of the days, one of the scores.

Examples
--------
>>> lead_list([1, 3], "zh"), lead_list([1, 3, 7], "en"), lead_list([1], "en")
('1、3', '1, 3 and 7 days', '1 day')
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from IPython.display import Markdown

from airq import places, standards
from airq.figures import forecast as figures
from airq.figures import labels
from airq.figures.forecast_words import lasting, share
from airq.figures.labels import Language, pick
from airq.reports import tables
from airq.reports.coming import Coming
from airq.reports.forecast_page import day_table
from airq.reports.sections._contract import Part
from airq.reports.sections._linked import Linked, joined, sentence

__all__ = ["coming_of", "lead_list", "parts"]

_MINUS: Final = "−"
_OWN: Final = Linked("outlook")

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("未来十天：{first}—{last}", "The coming ten days: {first} to {last}"),
    "issued": (
        "预报根据{day}及以前的数据作出，此后的观测没有使用。",
        "The forecast rests on data up to {day}; nothing observed later is used.",
    ),
    "early": ("本期数据只到这一天。", "The data of the period end on this day."),
    "levels": (
        "PM₂.₅日均浓度中位数在{low}—{high} µg/m³之间；AQI最可能的级别：{levels}。",
        "Daily PM₂.₅: medians from {low} to {high} µg/m³; likeliest AQI category: {levels}.",
    ),
    "levels_only": (
        "PM₂.₅日均浓度中位数在{low}—{high} µg/m³之间；六项污染物没有全部作出预报，不给出级别。",
        "Daily PM₂.₅: medians from {low} to {high} µg/m³; not all six pollutants could be forecast, so no category is given.",
    ),
    "days_of": ("{level}{n}天", "{level} on {n} days"),
    "day_of": ("{level}1天", "{level} on 1 day"),
    "heavy": (
        "十天内至少一天重度及以上污染（AQI大于200）的概率为{p}，最可能的一天是{day}（{q}）。",
        "The probability of heavy pollution (AQI above 200) on at least one of the ten days is {p}; the likeliest day is {day} ({q}).",
    ),
    "heavy_even": (
        "十天内至少一天重度及以上污染（AQI大于200）的概率为{p}。",
        "The probability of heavy pollution (AQI above 200) on at least one of the ten days is {p}.",
    ),
    "no_alert": (
        "按{rule}，没有一级预警的概率达到{ratio}（预警费用与所避免损失之比，可改），不建议预警。",
        "By the rules ({rule}) no alert level reaches a probability of {ratio} (cost of a warning over the loss it prevents, which may be changed): no warning is due.",
    ),
    "alert": (
        "按{rule}，达到各级预警条件的概率：{levels}；达到{ratio}（预警费用与所避免损失之比，可改）的建议预警：{due}。",
        "By the rules ({rule}) the probability of alerts is {levels}; a warning is due where it reaches {ratio} (cost of a warning over the loss it prevents, which may be changed): {due}.",
    ),
    "span": ("{level}（预计{start}前后开始，持续{days}天）", "{level} (starting about {start}, lasting {days} days)"),
    "none": (
        "所用气象：{before}；没有使用气象预报，也没有使用此后的实测气象，第二、三天以后接近常年同期水平。",
        "Weather used: {before}; neither a weather forecast nor weather observed later, so that beyond the second or third day the forecast is close to what is usual for the season.",
    ),
    "before": ("起报日及以前的实测气象", "weather observed up to the day of issue"),
    "nothing": ("无", "none"),
    "forecast": ("所用气象：气象预报。", "Weather used: a weather forecast."),
    "perfect": ("所用气象：实测值，技巧为上限。", "Weather used: as observed; the skill is an upper bound."),
    "skill_good": (
        "过去{n}天的检验中，提前{leads}天的预报优于常年同期水平（技巧的区间高于零）。",
        "Over the last {n} days forecasts {leads} ahead were better than what is usual for the season (interval of the skill above zero).",
    ),
    "skill_poor": (
        "提前{leads}天的预报没有可证实的技巧，只宜作背景参考。",
        "Forecasts {leads} ahead had no skill that could be shown; take them as background only.",
    ),
    "no_skill": (
        "记录太短，预报技巧未经检验，以上概率只宜作参考。",
        "The record is too short to test the skill of the forecast; take the probabilities above as background only.",
    ),
    "table": ("PM₂.₅预报的检验（µg/m³，过去{n}天，未用气象预报）", "Forecasts of PM₂.₅ tested (µg/m³, last {n} days, without a weather forecast)"),
    "note": (
        "技巧：1为完美，0为与常年同期相同，负值为更差；方括号为95%区间。重污染日指日均PM₂.₅大于150 µg/m³，“–”表示检验期内没有。",
        "Skill: 1 is perfect, 0 no better than the usual, below 0 worse; brackets: 95% interval. Heavy day: daily PM₂.₅ above 150 µg/m³; “–” where none came.",
    ),
}  # fmt: skip
_HEAD: Final = {
    "zh": ("提前（天）", "样本", "平均绝对误差", "80%区间覆盖率", "较常年同期的技巧", "重污染日", "重污染日的Brier技巧"),
    "en": ("Lead (days)", "n", "Mean absolute error", "In 80% interval", "Skill over the usual", "Heavy days", "Brier skill, heavy days"),
}  # fmt: skip
_HEAVY_EVENT: Final = "150"


@dataclass(frozen=True)
class _Stored:
    """Tables of joint paths as they were computed, in the place of the paths."""

    aqi: pd.DataFrame
    category: pd.DataFrame
    primary: pd.DataFrame

    def quantiles(self) -> pd.DataFrame:
        return self.aqi

    def category_probability(self) -> pd.DataFrame:
        return self.category

    def primary_probability(self) -> pd.DataFrame:
        return self.primary


def _word(key: str, lang: Language, **values: object) -> str:
    return pick(_WORDS[key], lang, **values)


def _said(key: str, lang: Language, **values: object) -> tables.Inline:
    return sentence(_WORDS[key], lang, **values)


def _table(records: Sequence[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(records))
    for column in frame:
        if column in ("date", "issued", "start_q10", "start_q50", "start_q90"):
            frame[column] = pd.to_datetime(frame[column])
        elif column in ("probability", "cost_loss") or str(column).startswith(
            ("q", "duration", "open_share")
        ):
            frame[column] = pd.to_numeric(frame[column])
    return frame


def coming_of(data: dict[str, Any]) -> Coming:
    """The forecast of a results file, as the page of forecasts takes it.

    Parameters
    ----------
    data : dict
        Of :func:`airq.reports.sections.outlook.compute`, as JSON holds it.
    """
    rows = {name: _table(records) for name, records in data["rows"].items()}
    stored: Any = None
    if data["categories"]:
        stored = _Stored(_table(data["aqi"]), _table(data["categories"]), _table(data["primary"]))
    observed = _table(data["observed"])
    return Coming(observed, rows, stored, pd.Timestamp(data["issued"]), data["weather"], bool(data["simulated"]), data["edition"])  # fmt: skip


def _day(stamp: Any, lang: Language) -> str:
    day = pd.Timestamp(stamp)
    return f"{day.year}年{labels.day(day, 'zh')}" if lang == "zh" else f"{labels.day(day, 'en')} {day.year}"


def lead_list(leads: Sequence[int], lang: Language) -> str:
    """Leads as a sentence names them."""
    texts = [str(n) for n in leads]
    if lang == "zh":
        return "、".join(texts)
    if len(texts) == 1:
        return f"{texts[0]} day{'' if texts[0] == '1' else 's'}"
    return f"{', '.join(texts[:-1])} and {texts[-1]} days"


def parts(data: dict[str, Any], lang: Language) -> list[Part]:
    """Heading, sentences, figure, tables.

    Parameters
    ----------
    data : dict
    lang : {"zh", "en"}
    """
    made, place = coming_of(data), data["place"]
    first = next(iter(made.rows.values()))["date"]
    ends = {"first": labels.day(first.min(), lang), "last": labels.day(first.max(), lang)}
    out: list[Part] = [
        Markdown(f"## {_word('title', lang, **ends)}"),
        tables.paragraphs(sentences(data, lang)),
    ]
    if "pm25" in made.rows:
        name = places.get(place).name(lang)
        out.append(figures.fan(made.rows["pm25"], "pm25", made.frame, lang, name, made.simulated, made.edition, made.weather))  # fmt: skip
    out.append(day_table(made, place, lang))
    if data["skill"]["rows"]:
        out.append(_skill_table(data["skill"], lang))
    return out


def sentences(data: dict[str, Any], lang: Language) -> list[object]:
    """What is coming, whether to warn, what weather was used, how good such forecasts were."""
    said = _word("issued", lang, day=_day(data["issued"], lang))
    if pd.Timestamp(data["issued"]) < pd.Timestamp(data["period_end"]):
        said += ("" if lang == "zh" else " ") + _word("early", lang)
    return [s for s in (said, _levels(data, lang), _heavy(data, lang), *_alerts(data, lang), _weather(data, lang), _skill(data["skill"], lang)) if s]  # fmt: skip


def _weather(data: dict[str, Any], lang: Language) -> str:
    before = _word("before" if data["weather_before"] else "nothing", lang)
    return _word(data["weather"], lang, before=before)


def _levels(data: dict[str, Any], lang: Language) -> object:
    medians = [r["q50"] for r in data["rows"].get("pm25", [])]
    if not medians:
        return ""
    at = {"low": medians.index(min(medians)), "high": medians.index(max(medians))}
    ends = {k: _OWN.number(f"{medians[i]:.0f}", "rows", "pm25", i, "q50") for k, i in at.items()}
    found = [r["category"] for r in data["days"] if r.get("category") is not None]
    if not found or not data["categories"]:
        return _said("levels_only", lang, **ends)
    counted = []
    for level in sorted({int(k) for k in found}):
        n = sum(int(k) == level for k in found)
        counted.append(
            _word("day_of" if n == 1 else "days_of", lang, level=standards.category_name(level, lang), n=n)
        )
    return _said("levels", lang, levels=("、" if lang == "zh" else ", ").join(counted), **ends)


def _heavy(data: dict[str, Any], lang: Language) -> object:
    heavy = data["heavy"]
    if not heavy:
        return ""
    whole = _OWN.number(share(heavy["any"]), "heavy", "any")
    chances = [r["probability"] or 0.0 for r in heavy["days"]]
    worst = chances.index(max(chances))
    if not chances[worst]:
        return _said("heavy_even", lang, p=whole)
    day = labels.day(pd.Timestamp(heavy["days"][worst]["date"]), lang)
    one = _OWN.number(share(chances[worst]), "heavy", "days", worst, "probability")
    return _said("heavy", lang, p=whole, day=day, q=one)


def _titled(rule: str, lang: Language) -> str:
    """Title of the rules of alerts, in Chinese set off from its number.

    Examples
    --------
    >>> _titled("ALERT-2024", "zh")
    '《关于进一步优化重污染天气应对机制的指导意见》（环大气〔2024〕6号）'
    """
    return re.sub(r"^([^（〔]+)(（[^）]*〔[^）]*）)$", r"《\1》\2", standards.edition(rule).title(lang))


def _alerts(data: dict[str, Any], lang: Language) -> list[object]:
    found = data["alerts"]
    if not found:
        return []
    shown = {"rule": _titled(found["rule"], lang), "ratio": f"{found['cost_loss']:.0%}"}
    if not any(r["warn"] for r in found["outlook"]):
        return [_word("no_alert", lang, **shown)]
    joint, gap = ("、", "") if lang == "zh" else (", ", " ")
    levels = [
        joined(
            [
                f"{_level(r, lang)}{gap}",
                _OWN.number(share(r["probability"]), "alerts", "outlook", i, "probability"),
            ],
            "",
        )
        for i, r in enumerate(found["outlook"])
    ]
    due = joint.join(_due(r, lang) for r in found["outlook"] if r["warn"])
    return [_said("alert", lang, levels=joined(levels, joint), due=due, **shown)]


def _level(row: dict[str, Any], lang: Language) -> str:
    return str(row["level_zh"]).removesuffix("预警") if lang == "zh" else str(row["level"])


def _due(row: dict[str, Any], lang: Language) -> str:
    if row["start_q50"] is None:
        return _level(row, lang)
    start = labels.day(pd.Timestamp(row["start_q50"]), lang)
    return _word("span", lang, level=_level(row, lang), start=start, days=lasting(row))


def _skill(skill: dict[str, Any], lang: Language) -> str:
    if not skill["rows"]:
        return _word("no_skill", lang)
    good = [r["horizon"] for r in skill["rows"] if (r.get("crpss_climatology_low") or -1.0) > 0]
    poor = [r["horizon"] for r in skill["rows"] if r["horizon"] not in good]
    said = [_word("skill_good", lang, n=skill["test_days"], leads=lead_list(good, lang))] if good else []
    said += [_word("skill_poor", lang, leads=lead_list(poor, lang))] if poor else []
    return ("" if lang == "zh" else " ").join(said)


def _signed(value: float | None) -> str:
    if value is None:
        return "–"
    return "0.00" if float(f"{value:.2f}") == 0 else f"{value:+.2f}".replace("-", _MINUS)


def _skill_table(skill: dict[str, Any], lang: Language) -> tables.Html:
    heavy = {r["horizon"]: (i, r) for i, r in enumerate(skill["heavy"]) if _HEAVY_EVENT in str(r["event"])}
    lines = []
    for i, row in enumerate(skill["rows"]):
        text = _signed(row.get("crpss_climatology"))
        if row.get("crpss_climatology_low") is not None:
            text += f" [{_signed(row['crpss_climatology_low'])}, {_signed(row['crpss_climatology_high'])}]"
        names = ("crpss_climatology", "crpss_climatology_low", "crpss_climatology_high")
        at = ("skill", "rows", i)
        brier: list[object] = ["–", "–"]
        if row["horizon"] in heavy:
            k, event = heavy[row["horizon"]]
            brier = [
                _OWN.number(event["events"], "skill", "heavy", k, "events"),
                _OWN.number(_signed(event.get("bss_climatology")), "skill", "heavy", k, "bss_climatology"),
            ]
        cells = [_OWN.number(row["n"], *at, "n"), _OWN.number(f"{row['mae']:.1f}", *at, "mae")]
        cells.append(_OWN.number(share(row["coverage_80"]), *at, "coverage_80"))
        lines.append([row["horizon"], *cells, _OWN.interval(text, names, *at), *brier])
    n = skill["test_days"]
    return tables.table(_HEAD[lang], lines, _word("table", lang, n=n), _word("note", lang))
