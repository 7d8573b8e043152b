"""The scenarios of the season as a page shows them: the place of the page first, then every county.

Examples
--------
>>> stands_for("changji-prefecture", ["changji", "fukang"]), stands_for("div12", ["changji"])
('changji', '')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
from IPython.display import Markdown

from airq import places
from airq.figures import labels
from airq.figures import scenario as figures
from airq.figures.forecast_words import share
from airq.figures.labels import Language, pick
from airq.figures.scenario_words import amount, indicator, interval, scenario_unit
from airq.reports import tables
from airq.reports.sections._contract import Part
from airq.reports.sections._linked import Linked, sentence
from airq.reports.text_sources import source_name

__all__ = ["parts", "season_name", "sentences", "stands_for"]

_OWN: Final = Linked("whatif")
_CHANGE: Final = ("change_p50", "change_p5", "change_p95")
_FIGURED: Final = ("pm25_season", "heavy_days_2026", "good_days_2026")
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("{season}年采暖季：不采取措施、规划措施、加预警", "Heating season {season}: no action, planned measures, alerts besides"),
    "title_own": ("{season}年采暖季情景", "Scenarios of the heating season {season}"),
    "before": (
        "{place}在{n}个气象年中，若不采取措施，采暖季（{first}—{last}）PM₂.₅平均{pm25} µg/m³，季内重污染{heavy}天、优良{good}天（中位数和90%区间；天数按2026版AQI）。",
        "{place}, over {n} weather years without action: in the season ({first} to {last}) mean PM₂.₅ of {pm25} µg/m³, {heavy} days of heavy pollution and {good} good days (median and 90% interval; days by the AQI of 2026).",
    ),
    "change": (
        "{title}：采暖季PM₂.₅变化{pm25} µg/m³，季内重污染天数变化{heavy}天，优良天数变化{good}天{seen}。",
        "{title}: PM₂.₅ of the season {pm25} µg/m³, days of heavy pollution {heavy}, good days {good}{seen}.",
    ),
    "season_of": ("（{season}年采暖季）", " (season {season})"),
    "seen": ("；PM₂.₅的变化大于观测可分辨的{x} µg/m³", "; the change of PM₂.₅ is above the {x} µg/m³ that observation can tell"),
    "unseen": (
        "；PM₂.₅的变化小于观测可分辨的{x} µg/m³，实施后从监测数据中看不出来",
        "; the change of PM₂.₅ is below the {x} µg/m³ that observation can tell, so that monitoring will not show it",
    ),
    "measures": (
        "“规划措施”为清单中期限未到的{n}项计划，其中{have}项有吨数；另有{late}项规划期限已过而未见完成，没有计入。没有吨数的措施在此不起作用，效果因此可能偏低。",
        "“Planned measures” are the {n} plans of the register whose date has not passed, {have} of them with tonnes; {late} more are late and not counted. Measures without tonnes change nothing here, so that the effect may be too low.",
    ),
    "full": ("计划视为全部按期实施，效果是上限。", "Plans count as carried out in full and on time, which is an upper bound."),
    "alerts": (
        "预警为各气象年污染最重的连续{days}天启动{level}响应，减排比例的落实程度为假设[B]。",
        "The alert is a {level} alert on the {days} worst days in a row of each weather year; how far its cuts are carried out is assumed [B].",
    ),
    "weather": (
        "气象年：{past}个过去的采暖季，重抽样{made}个；已折算到最近一季的排放水平。",
        "Weather years: {past} past seasons and {made} resampled ones, brought to the emission level of the last.",
    ),
    "weather_mark": ("气象年来自模拟数据。", "The weather years come from simulated data."),
    "under_way": ("本季已经开始，已过去的日子没有另作条件。", "The season has begun; the days that have passed are not taken into account."),
    "stands": ("本页以{name}代表{place}，各县市见表。", "{name} stands for {place} on this page; every county is in the table."),
    "absent": ("没有为{place}做情景推演，下为各县市结果。", "No scenario was run for {place}; the counties follow."),
    "overview": ("各县市采暖季PM₂.₅与季内重污染天数（2026版AQI）", "PM₂.₅ of the season and its days of heavy pollution (AQI of 2026) by county"),
    "overview_note": (
        "不采取措施一列为中位数，其余为变化的中位数[90%区间]，含气象年和减排效果的不确定性；{draws}次抽样。响应系数和预警力度含假设值[B][M]。",
        "Without action: median; else median change [90% interval], with the doubt of weather years and effects; {draws} draws. Response and strength of alerts rest in part on assumed values [B][M].",
    ),
    "targets": ("实现目标的概率", "Probability of meeting targets"),
    "targets_note": (
        "只计气象年的起伏和措施的效果，没有其他趋势；年份后括号为代为评判的年份。±为气象年个数有限带来的标准误（百分点）。",
        "Only weather years and the effects of the measures, no other trend; a year in brackets is the one judged in its place. ±: standard error from the number of weather years, in points.",
    ),
    "none": ("不采取措施", "No action"),
}  # fmt: skip
_LEVELS: Final = {"red": ("红色", "red"), "orange": ("橙色", "orange"), "yellow": ("黄色", "yellow")}


def _word(key: str, lang: Language, **values: object) -> str:
    return pick(_WORDS[key], lang, **values)


def _said(key: str, lang: Language, **values: object) -> tables.Inline:
    return sentence(_WORDS[key], lang, **values)


def _name(place: str, lang: Language) -> str:
    found = places.find(place)
    return place if found is None else found.name(lang)


def stands_for(place: str, held: Sequence[str]) -> str:
    """Place of the run that a page shows first; empty where none stands for it."""
    if place in held:
        return place
    found = places.find(place)
    return found.represented_by if found is not None and found.represented_by in held else ""


def _title(scenario: Mapping[str, Any], lang: Language) -> str:
    return str(scenario[f"title_{lang}"] or scenario["name"])


def _rows(records: Sequence[Mapping[str, Any]], place: str) -> dict[str, Mapping[str, Any]]:
    """Rows of a place by indicator, each with its position in the data."""
    return {r["indicator"]: {**r, "at": i} for i, r in enumerate(records) if r["place"] == place}


def parts(data: dict[str, Any], place: str, lang: Language) -> list[Part]:
    """Heading, sentences, figure of the place, tables.

    Parameters
    ----------
    data : dict
        Of :func:`airq.reports.sections.whatif.compute`.
    place : str
        Of the page.
    lang : {"zh", "en"}
    """
    own = stands_for(place, data["places"])
    shipped = [s["name"] for s in data["scenarios"]] == ["planned", "planned-alerts"]
    title = _word("title" if shipped else "title_own", lang, season=season_name(data["name"], lang))
    out: list[Part] = [Markdown(f"## {title}"), tables.paragraphs(sentences(data, place, lang))]
    at = own or data["headline"]
    if data["scenarios"]:
        out.append(_figure(data, at, lang))
    out.append(_overview(data, lang))
    if any(_judged(s["targets"], at) for s in data["scenarios"]):
        out.append(_targets(data, at, lang))
    return out


def sentences(data: dict[str, Any], place: str, lang: Language) -> list[object]:
    """The season without action, what each scenario changes, what stands behind it."""
    own = stands_for(place, data["places"])
    at = own or data["headline"]
    said: list[object] = []
    if not own:
        said.append(_word("absent", lang, place=_name(place, lang)))
    elif own != place:
        said.append(_word("stands", lang, name=_name(own, lang), place=_name(place, lang)))
    said += _before(data, at, lang)
    said += [_change(data, k, at, lang) for k in range(len(data["scenarios"]))]
    weather = data["weather"]
    names = {s["name"]: s for s in data["scenarios"]}
    gap = "" if lang == "zh" else " "
    if "planned" in names:
        counts = {
            "n": data["planned"]["measures"],
            "have": names["planned"]["with_tonnes"],
            "late": data["planned"]["late"],
        }
        said.append(_word("measures", lang, **counts) + gap + _word("full", lang))
    said += _alerts(data["scenarios"], lang)
    base = _word("weather", lang, past=len(weather["past"]), made=weather["made"])
    base += gap + _word("weather_mark", lang) if data["simulated"] else ""
    base += gap + _word("under_way", lang) if data["under_way"] else ""
    return [*said, base, *(r[lang] for r in data["refused"])]


def _before(data: dict[str, Any], at: str, lang: Language) -> list[object]:
    own = _rows(data["baseline"], at)
    if not {"pm25_season", "heavy_days_2026", "good_days_2026"} <= set(own):
        return []
    air = own["pm25_season"]
    texts = {"pm25": (air, interval(air["p5"], air["p50"], air["p95"]))}
    texts |= {k: (own[f"{k}_days_2026"], _days(own[f"{k}_days_2026"])) for k in ("heavy", "good")}
    cells = {
        k: _OWN.interval(t, ("p50", "p5", "p95"), "baseline", row["at"]) for k, (row, t) in texts.items()
    }
    ends = {k: labels.day(pd.Timestamp(data[k]), lang) for k in ("first", "last")}
    n = len(data["weather"]["past"]) + data["weather"]["made"]
    return [_said("before", lang, place=_name(at, lang), n=str(n), **ends, **cells)]


def _days(row: Mapping[str, Any]) -> str:
    """Days with their interval, one decimal at most."""
    texts = [f"{row[k]:.1f}".removesuffix(".0") for k in ("p50", "p5", "p95")]
    return f"{texts[0]} [{texts[1]}, {texts[2]}]"


def season_name(name: str, lang: Language) -> str:
    """Heating season as printed.

    Examples
    --------
    >>> season_name("2026-2027", "zh"), season_name("2026-2027", "en")
    ('2026—2027', '2026–2027')
    """
    return name.replace("-", "—" if lang == "zh" else "–")


def _moved(row: Mapping[str, Any] | None, scenario: int) -> tables.Inline | str:
    if row is None:
        return "–"
    low, middle, high = (float(row[f"change_{q}"]) for q in ("p5", "p50", "p95"))
    text = interval(low, middle, high, sign=True)
    if (
        row["unit"] != "days" and max(abs(low), abs(high)) < 10
    ):  # no more digits than a monitor could ever show
        text = f"{_signed(middle)} [{_signed(low)}, {_signed(high)}]"
    return _OWN.interval(text, _CHANGE, "scenarios", scenario, "rows", row["at"])


def _signed(value: float) -> str:
    text = f"{value:+.2f}".replace("-", "−")
    return text[1:] if float(f"{value:.2f}") == 0 else text


def _change(data: dict[str, Any], k: int, at: str, lang: Language) -> tables.Inline:
    one = data["scenarios"][k]
    own = _rows(one["rows"], at)
    season = own.get("pm25_season")
    seen: object = ""
    if season is not None and season["minimum_detectable"] is not None and season["change_p50"] != 0:
        least = _OWN.number(amount(season["minimum_detectable"]), "scenarios", k, "rows", season["at"], "minimum_detectable")  # fmt: skip
        seen = _said("seen" if season["detectable"] else "unseen", lang, x=least)
    names = {"pm25": "pm25_season", "heavy": "heavy_days_2026", "good": "good_days_2026"}
    cells = {key: _moved(own.get(name), k) for key, name in names.items()}
    title = _title(one, lang)
    if one["season"] != data["name"]:
        title += _word("season_of", lang, season=season_name(one["season"], lang))
    return _said("change", lang, title=title, seen=seen, **cells)


def _alerts(scenarios: Sequence[Mapping[str, Any]], lang: Language) -> list[str]:
    found = {(a["level"], a["days"]) for s in scenarios for a in s["alerts"] if a["when"] == "worst"}
    return [
        _word("alerts", lang, level=pick(_LEVELS[level], lang), days=days) for level, days in sorted(found)
    ]


def _figure(data: dict[str, Any], at: str, lang: Language) -> Part:
    frames = {_title(s, lang): pd.DataFrame(s["rows"]) for s in data["scenarios"]}
    for frame in frames.values():
        for column in frame.columns:
            if str(column).endswith(("_p5", "_p50", "_p95")) or column == "minimum_detectable":
                frame[column] = pd.to_numeric(frame[column])
    held = set.intersection(*(set(f.loc[f["place"] == at, "indicator"]) for f in frames.values()))
    return figures.compare(frames, [n for n in _FIGURED if n in held], at, lang, data["simulated"])


def _overview(data: dict[str, Any], lang: Language) -> tables.Html:
    shown = ("pm25_season", "heavy_days_2026")
    titles = [_word("none", lang), *(_title(s, lang) for s in data["scenarios"])]
    groups = [("", 1), *((indicator(n, lang) + _unit(data, n, lang), len(titles)) for n in shown)]
    head = ["县市" if lang == "zh" else "County", *titles, *titles]
    lines = []
    for place in data["places"]:
        cells: list[object] = [_name(place, lang)]
        before = _rows(data["baseline"], place)
        for name in shown:
            cells.append(_middle(before.get(name)))
            cells += [_moved(_rows(s["rows"], place).get(name), k) for k, s in enumerate(data["scenarios"])]
        lines.append(cells)
    return tables.table(head, lines, _word("overview", lang), _word("overview_note", lang, draws=data["draws"]), groups=groups)  # fmt: skip


def _middle(row: Mapping[str, Any] | None) -> object:
    if row is None:
        return "–"
    text = f"{row['p50']:.1f}".removesuffix(".0") if row["unit"] == "days" else amount(row["p50"])
    return _OWN.number(text, "baseline", row["at"], "p50")


def _unit(data: dict[str, Any], name: str, lang: Language) -> str:
    unit = next((r["unit"] for r in data["baseline"] if r["indicator"] == name), "")
    text = scenario_unit(str(unit), lang)
    return f"（{text}）" if lang == "zh" else f", {text}"


def _judged(targets: Sequence[Mapping[str, Any]], at: str) -> list[Mapping[str, Any]]:
    """Targets of a place."""
    return [t for t in targets if t["site"] == at]


def _targets(data: dict[str, Any], at: str, lang: Language) -> tables.Html:
    scenarios = [s for s in data["scenarios"] if _judged(s["targets"], at)]
    first = _judged(scenarios[0]["targets"], at)
    keys = [(t["id"], t["year"]) for t in first]
    head = ["年份", "目标", _word("none", lang)] if lang == "zh" else ["Year", "Target", _word("none", lang)]
    head += [_title(s, lang) for s in scenarios]
    head += ["来源"] if lang == "zh" else []
    lines = []
    for key, target in zip(keys, first, strict=True):
        year = str(target["year"])
        if target["year"] != target["judged_in"]:
            year += f"（{target['judged_in']}）" if lang == "zh" else f" ({target['judged_in']})"
        text = str(target[f"text_{lang}"])
        if target["pollutant"] and "PM" not in text:
            text = f"{labels.pollutant(target['pollutant'])}{'：' if lang == 'zh' else ': '}{text}"
        cells: list[object] = [year, text, share(target["before"])]
        for one in scenarios:
            same = next((t for t in _judged(one["targets"], at) if (t["id"], t["year"]) == key), None)
            cells.append("–" if same is None else f"{share(same['after'])} ({100 * same['change']:+.1f} ± {100 * same['error']:.1f})".replace("-", "−"))  # fmt: skip
        lines.append([*cells, *([source_name(str(target["source"]), lang)] if lang == "zh" else [])])
    left = (0, 1, len(head) - 1) if lang == "zh" else (0, 1)
    caption = f"{_name(at, lang)}{'：' if lang == 'zh' else ': '}{_word('targets', lang)}"
    return tables.table(head, lines, caption, _word("targets_note", lang), left=left)
