"""The target panel in plain sentences, Chinese and English.

Examples
--------
>>> row = {"status": "open", "probability": 0.62, "drift": "half", "zero": 0.5, "half": 0.62, "full": 0.7}
>>> chance(row, "zh")
'概率62%（无趋势50%，半趋势62%，全趋势70%；自动选用半趋势）'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from airq import places, standards
from airq.figures import labels
from airq.figures.forecast_words import share
from airq.figures.labels import Language
from airq.figures.targets_words import DRIFTS, amount, goal, indicator, is_mean, word
from airq.reports.target_panel import REFERENCE, TargetPanel
from airq.targets.sentences import days

__all__ = ["chance", "expected", "headline", "name", "reason", "remarks", "rest", "trust"]


def _date(text: str, lang: Language, year: bool = False) -> str:
    stamp = pd.Timestamp(text)
    day = labels.day(stamp, lang)
    if not year:
        return day
    return f"{stamp.year}年{day}" if lang == "zh" else f"{day} {stamp.year}"


def _limit(target: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """The target with its threshold as a number, where a change or a standard says it otherwise."""
    side = "at_least" if _upward(target) else "at_most"
    plain = {k: v for k, v in target.items() if k not in ("change", "at_least", "at_most")}
    return {**plain, side: row["limit"]}


def _upward(target: Mapping[str, Any]) -> bool:
    if target.get("change") is not None:
        return target.get("kind") in ("good_days", "good_ratio")
    return target.get("at_least") is not None


def name(target: Mapping[str, Any], row: Mapping[str, Any], lang: Language) -> str:
    """A target as a heading: what, and how much of it.

    Examples
    --------
    >>> name({"kind": "good_days", "at_least": 300}, {"id": "a", "limit": 300.0}, "zh")
    '优良天数不少于300天'
    """
    joint = "" if lang == "zh" else " "
    if "all_of" in target:
        return goal(target, lang)
    if row["limit"] != row["limit"]:
        return f"{indicator(target, lang)}{joint}{goal(target, lang)}"
    text = f"{indicator(target, lang)}{joint}{goal(_limit(target, row), lang)}"
    if target.get("change") is not None and row["id"] != REFERENCE:
        text += f"（{goal(target, lang)}）" if lang == "zh" else f" ({goal(target, lang)})"
    return text


def chance(row: Mapping[str, Any], lang: Language) -> str:
    """Probability with those under the three trends; a certain outcome plainly."""
    zh = lang == "zh"
    if not row.get("days_to_go", 1) and row["status"] in ("met", "missed"):
        return {"met": ("已完成", "met"), "missed": ("未完成", "not met")}[row["status"]][0 if zh else 1]
    said = {
        "met": ("已确定完成", "certain to be met"),
        "missed": ("已确定未完成", "certainly missed"),
        "impossible": ("余下天数已不足以完成", "out of reach: the days that are left do not suffice"),
    }
    if row["status"] in said:
        return said[row["status"]][0 if zh else 1]
    three = [f"{word(d, lang)}{'' if zh else ' '}{share(row[d])}" for d in DRIFTS]
    chosen = word(row["drift"], lang) if row["drift"] in DRIFTS else f"{row['drift']}"
    if zh:
        return f"概率{share(row['probability'])}（{'，'.join(three)}；自动选用{chosen}）"
    return f"probability {share(row['probability'])} ({', '.join(three)}; chosen: {chosen})"


def headline(panel: TargetPanel, lang: Language) -> str:
    """The sentence of the panel: what is counted so far, what the year asks, how likely it is.

    Parameters
    ----------
    panel : TargetPanel
    lang : {"zh", "en"}

    Returns
    -------
    str
        Empty without a panel.
    """
    if panel.reason or panel.rows.empty:
        return ""
    target, row = panel.targets()[0]
    day = _date(panel.asof, lang, year=True)
    value = amount(target, row["value"], lang)
    ask = goal(_limit(target, row), lang) if row["limit"] == row["limit"] else goal(target, lang)
    certain = row["status"] != "open"
    if lang == "zh":
        by = "参照上年：" if row["id"] == REFERENCE else ""
        tail = f"全年目标（{by}{ask}）{chance(row, lang)}" if certain else f"完成全年目标（{by}{ask}）的{chance(row, lang)}"  # fmt: skip
        return f"截至{day}，{indicator(target, lang)}{value}（有效{row['valid_days']}天），{tail}。"
    by = " as last year (a reference)" if row["id"] == REFERENCE else ""
    lead = (
        f"By {day}: {value} of {indicator(target, lang)}"
        if is_mean(target)
        else f"By {day}: {_counted(target, row)}"
    )
    return f"{lead} ({row['valid_days']} valid days); target of the year, {ask}{by}: {chance(row, lang)}."


def _counted(target: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    value = amount(target, row["value"], "en", with_unit=False)
    return f"{value}% {indicator(target, 'en')}" if str(target["kind"]).endswith("_ratio") else f"{value} {indicator(target, 'en')}"  # fmt: skip


def expected(target: Mapping[str, Any], row: Mapping[str, Any], lang: Language) -> str:
    """Median of the final figure with its 80 % interval; a dash where there is none.

    Examples
    --------
    >>> expected({"kind": "good_days"}, {"q50": 298.0, "q10": 288.0, "q90": 306.0}, "en")
    '298 [288–306]'
    """
    if row["q50"] != row["q50"]:
        return "–"
    low, middle, high = (amount(target, row[q], lang, with_unit=False) for q in ("q10", "q50", "q90"))
    return middle if low == high else f"{middle} [{low}–{high}]"


def rest(panel: TargetPanel, lang: Language) -> list[str]:
    """What the rest of the year may bring, how much room that leaves, and when it is decided: of the first target."""
    if panel.reason or panel.rows.empty:
        return []
    target, row = panel.targets()[0]
    ahead = _ahead(row)
    if row["status"] != "open" or not ahead:
        return []
    zh, out = lang == "zh", []
    unit = "" if is_mean(target) else ("天" if zh else " d")
    sure = f"{expected(target, row, lang)}{unit}"
    if zh:
        out.append(f"预计全年{sure}（中位数和80%区间）；余下{ahead}天{_room(target, row, lang)}。")
    else:
        out.append(f"The year is expected to end at {sure} (median, 80% interval). Of the {days(ahead)} to go, {_room(target, row, lang)}.")  # fmt: skip
    if not is_mean(target):
        out.append(_left(row, lang))
    if row["event"] == "reached" and row["event_q50"]:
        day = _date(row["event_q50"], lang)
        out.append(
            f"预计{day}前后达到目标（中位数）。"
            if zh
            else f"It is expected to be reached about {day} (median)."
        )
    if row["event"] == "lost" and row["event_q50"]:
        day = _date(row["event_q50"], lang)
        out.append(
            f"预计{day}前后超出目标（中位数）。"
            if zh
            else f"It is expected to be exceeded about {day} (median)."
        )
    return [s for s in out if s]


def _ahead(row: Mapping[str, Any]) -> int:
    """Days that are still unknown: those to come, and those since the last one with a value."""
    return int(row["days_to_go"]) + int(row.get("unknown_days") or 0)


def _room(target: Mapping[str, Any], row: Mapping[str, Any], lang: Language) -> str:
    most = row["affordable"]
    if most != most:
        return (
            "的余地取决于尚未确定的基准"
            if lang == "zh"
            else "how many may be bad depends on a base that is not settled"
        )
    if is_mean(target):
        text = amount({**target, "kind": "mean"}, most, lang)
        return f"的平均不得高于{text}" if lang == "zh" else f"the mean may be {text} at most"
    heavy = str(target.get("kind")).startswith("heavy")
    threshold = target.get("threshold") or (200 if heavy else 100)
    if lang == "zh":
        return f"最多还能有{most:.0f}天AQI大于{threshold:g}"
    return f"at most {most:.0f} may have an AQI above {threshold:g}"


def _left(row: Mapping[str, Any], lang: Language) -> str:
    """How many more bad days than expected are affordable, at three probabilities."""
    parts = []
    for p in (50, 80, 95):
        value = row[f"left_{p}"]
        if value != value:
            return ""
        if lang == "zh":
            parts.append(f"概率不低于{p}%：{'可多' if value >= 0 else '须少'}{abs(value):.0f}天")
        else:
            parts.append(f"{p}%: {abs(value):.0f} {'more' if value >= 0 else 'fewer'}")
    if lang == "zh":
        return f"与预计相比，污染天数的余地（{'；'.join(parts)}）。"
    return f"Polluted days that are affordable against what is expected, for a probability of {', '.join(parts)}."


def trust(panel: TargetPanel, lang: Language) -> str:
    """What the hindcast says: how far such probabilities could be trusted in earlier years."""
    if panel.reason:
        return ""
    if panel.scores.empty:
        return (
            "档案中没有连续两个完整年份，无法回报检验；以上概率未经本地检验。"
            if lang == "zh"
            else "The archive holds no two whole years in a row, so nothing can be hindcast: these probabilities are untested here."
        )
    s = panel.scores.iloc[0]
    years = f"{int(s['first_year'])}" if s["first_year"] == s["last_year"] else f"{int(s['first_year'])}–{int(s['last_year'])}"  # fmt: skip
    better = s["brier"] < s["frequency_alone"]
    few = int(s["years"]) < 10
    if lang == "zh":
        text = (
            f"回报检验（可信程度）：按同样方法在{years}年各年的同一时节（第{s['issue_days'].replace(', ', '、')}天）推算优良天数，"
            f"{int(s['years'])}个年份共{int(s['n'])}个概率，"
            f"Brier评分{s['brier']:.3f}，{'优于' if better else '不优于'}只报平均频率的{s['frequency_alone']:.3f}；"
            f"80%区间实际包含{share(s['coverage'])}，全年天数的CRPS为{s['crps']:.1f}天。"
        )
        text += "" if s["frequency_alone"] else "各次结果相同，评分不能说明概率好坏。"
        return text + ("年份少，评分本身也不确定。" if few else "")
    text = (
        f"Hindcast (how far to trust it): issued the same way at this time of the year (days {s['issue_days']}) in {years}, "
        f"the {int(s['n'])} probabilities of good days of {int(s['years'])} years have a Brier score of {s['brier']:.3f}, "
        f"{'better' if better else 'no better'} than the {s['frequency_alone']:.3f} of the mean frequency alone; the 80% "
        f"interval held {share(s['coverage'])}, the CRPS of the year's days is {s['crps']:.1f} d."
    )
    text += (
        ""
        if s["frequency_alone"]
        else " Every outcome was the same, so the score says nothing of the probabilities."
    )
    return text + (" With so few years the scores themselves are uncertain." if few else "")


def remarks(panel: TargetPanel, lang: Language) -> list[str]:
    """What must be known to read the panel: who stands for whom, the reference, notes, targets that are not judged."""
    if panel.reason or panel.rows.empty:
        return []
    zh, out = lang == "zh", []
    _, row = panel.targets()[0]
    if panel.site != panel.place:
        site, place = places.get(panel.site).name(lang), places.get(panel.place).name(lang)
        out.append(f"{place}由{site}代表考核，本节按{site}的数据计算。" if zh else f"{site} represents {place} in assessment; this section rests on its data.")  # fmt: skip
    if row["id"] == REFERENCE:
        out.append(
            "登记的目标中没有本年优良天数目标，以不低于上年天数作为参照，不是正式目标。"
            if zh
            else "params/targets.yaml has no target of good days for this year; as many as the year before stand in as a reference and are no official target."
        )
        if _rules(panel.year - 1) != _rules(panel.year):
            out.append(
                "两年所用标准不同：各日均按当日现行标准判断，上年的天数不是同一尺度。"
                if zh
                else "The two years are judged by different standards, each day by the one in force: last year's count is on another scale."
            )
    notes = (str(r.get("notes_zh" if zh else "notes") or "") for _, r in panel.targets())
    out += dict.fromkeys(note for said in notes for note in said.split("\n") if note)
    for refused in panel.refused.to_dict("records"):
        sentence = _named(panel, str(refused.get("sentence_zh" if zh else "sentence") or ""), lang)
        out.append(
            f"未作判断（{refused['id']}）：{sentence}" if zh else f"Not judged ({refused['id']}): {sentence}"
        )
    return out


def _named(panel: TargetPanel, sentence: str, lang: Language) -> str:
    """A sentence with the site's name in place of its id."""
    if not panel.site:
        return sentence
    name = places.get(panel.site).name(lang)
    return sentence.replace(f"site '{panel.site}'", name).replace(panel.site, name)


def _rules(year: int) -> tuple[str, str]:
    """Standards in force at the start and the end of a year."""
    first, last = (standards.standard_of(None, on=f"{year}-{day}").name for day in ("01-01", "12-31"))
    return first, last


def reason(panel: TargetPanel, lang: Language) -> str:
    """Why there is no panel, in one sentence; empty if there is one."""
    place = places.get(panel.site or panel.place).name(lang)
    zh = {
        "group": f"{place}没有考核代表城市，目标按各县（市）判断，见各县（市）报告。",
        "no_station": f"档案中没有{place}的监测点，无法推算全年目标。",
        "background_only": f"{place}在档案中只有对照点，对照点不参与城市评价，无法推算全年目标。",
        "no_day": f"档案中{place}到{panel.asof}为止没有观测，无法推算全年目标。",
        "no_history": f"档案中{place}在{panel.year}年以前没有一个完整年份的数据，无法推算全年目标。",
        "refused": f"无法推算全年目标：{_named(panel, panel.detail_zh, lang)}",
    }
    en = {
        "group": f"No city represents {place} in assessment; targets are judged county by county, see their reports.",
        "no_station": f"The archive holds no station of {place}, so no target can be judged.",
        "background_only": f"{place} has background stations only in the archive; they stand for no city, so no target can be judged.",
        "no_day": f"The archive holds no observation of {place} up to {panel.asof}, so no target can be judged.",
        "no_history": f"The archive holds no whole year of {place} before {panel.year}, so nothing can be said of the year's targets.",
        "refused": f"No target can be judged: {_named(panel, panel.detail, lang)}",
    }
    return "" if not panel.reason else (zh if lang == "zh" else en)[panel.reason]
