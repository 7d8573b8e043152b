"""Sentences and the small table of the first page, from its numbers; at most ten sentences.

Examples
--------
>>> str(_percent(-12.34)), str(_percent(3.0))
('−12.3%', '+3.0%')
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import pandas as pd
from IPython.display import Markdown

from airq import places
from airq.analysis import CountyMonth
from airq.analysis.capture import capture_by_place
from airq.figures import labels
from airq.figures.forecast_words import share
from airq.figures.labels import Language
from airq.figures.targets_words import amount
from airq.reports import numbers, tables, target_text, text
from airq.reports.numbers import change_of, linked, plain, printed, rounded, signed, signed_share
from airq.reports.provenance import section_ref
from airq.reports.sections import first_page_whatif
from airq.reports.sections.first_page import official_standard
from airq.reports.tables import Html, Number

__all__ = ["MOST", "parts", "sentences"]

Part = Any
MOST: Final = 10
"""Sentences at most."""
_ROWS: Final = ("good_days", "good_ratio", "heavy_days", "mean_pm25", "composite")
_COUNTED: Final = _ROWS[:3]
_RANKED: Final = {"good_days": "good_days_rank", "mean_pm25": "mean_pm25_rank", "composite": "composite_rank"}

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "heading": ("要点", "In brief"),
    "air": (
        "{when}，{name}{good}，重度及以上污染{heavy}（{rule}，有效{valid}）{again}。",
        "In {when}, {name} had {good} and {heavy} of heavy pollution or worse, {rule}{again}.",
    ),
    "good": ("优良天数{days}，优良天数比率{ratio}%{why}", "{days} ({ratio}% of {valid}){why}"),
    "good_held": ("优良天数及其比率不予统计（{why}）", "a number of good days that is withheld ({why})"),
    "why": ("（{why}）", " ({why})"),
    "again": ("；{rule}，优良{good}（有效{valid}）", "; {rule}, {good} of {valid}"),
    "again_held": ("；{rule}，优良天数不予统计（{why}）", "; {rule}, good days are withheld ({why})"),
    "members": ("{name}{n}个成员平均", "the {n} members of {name} on average"),
    "stands": ("考核代表城市{name}", "{name}, which represents {group} in assessment,"),
    "change": (
        "与{before}相比（按{rule}同一尺度）：{listed}。",
        "Against {before}, both under {rule}: {listed}.",
    ),
    "days_valid": (
        "{words}（有效天数{now}天，上年{then}天）",
        "{words} ({now} valid days, {then} last year)",
    ),
    "pm": ("PM₂.₅平均浓度{now} µg/m³，{moved}", "mean PM₂.₅ {now} µg/m³, {moved}"),
    "index": ("综合指数{now}，{moved}", "composite index {now}, {moved}"),
    "no_last": (
        "{before}没有可比的数据，不作同比。",
        "There are no comparable data for {before}, so the years are not compared.",
    ),
    "rank": (
        "综合指数在{group}参加排名的{n}个{kind}中由好到差列第{rank}位{before}{moved}。",
        "By composite index {name} is {rank} of the {n} {kind}{group}, 1st being the best{before}{moved}.",
    ),
    "rank_before": ("（上年同期第{rank}位）", " ({rank} last year)"),
    "rank_moved": ("，改善幅度列第{rank}位", "; by improvement it is {rank}"),
    "rank_worse": (
        "，同比变化由好到差列第{rank}位",
        "; by change on last year, from best to worst, it is {rank}",
    ),
    "rank_none": ("{name}不参加县（市）排名。", "{name} is not in the ranking of counties."),
    "rank_apart": (
        "{name}有效天数不足，本期不参加排名。",
        "{name} has too few valid days to be ranked in this period.",
    ),
    "spread": (
        "参加排名的{n}个{kind}中，优良天数最多的是{most}（{most_days}），最少的是{least}（{least_days}）；"
        "PM₂.₅最低的是{low}（{low_pm} µg/m³），最高的是{high}（{high_pm} µg/m³）{moved}。",
        "Of the {n} {kind} ranked, {most} had the most good days ({most_days}) and {least} the fewest ({least_days}); PM₂.₅ was lowest "
        "in {low} ({low_pm} µg/m³) and highest in {high} ({high_pm} µg/m³){moved}.",
    ),
    "spread_moved": (
        "；综合指数改善最多的是{name}（{change}）",
        "; {name} improved most by composite index ({change})",
    ),
    "target_open": (
        "完成全年目标（{goal}{by}）的概率{p}：截至{day}为{value}，预计全年{expected}。",
        "The probability of meeting the target of the year ({goal}{by}) is {p}: {value} by {day}, {expected} expected for the year.",
    ),
    "target_done": (
        "全年目标（{goal}{by}）{chance}：截至{day}为{value}。",
        "The target of the year ({goal}{by}) is {chance}: {value} by {day}.",
    ),
    "reference": ("，参照上年，非正式目标", ", as many as last year, no official target"),
    "interval": ("{middle}（80%区间{low}—{high}）", "{middle} (80% interval {low}–{high})"),
    "outlook": (
        "{first}至{last}的预报{who}：PM₂.₅日均浓度中位数{medians} µg/m³{heavy}{alert}。",
        "Forecast for {first} to {last}{who}: medians of daily PM₂.₅ {medians} µg/m³{heavy}{alert}.",
    ),
    "medians": ("{low}—{high}", "from {low} to {high}"),
    "median": ("约{low}", "about {low}"),
    "heavy": (
        "，至少一天重度及以上污染的概率{p}",
        ", {p} probability of heavy pollution on at least one day",
    ),
    "alert": (
        "，达到{level}预警条件的概率{p}，应作准备",
        "; {p} probability that the conditions of the {level} alert are met: prepare",
    ),
    "no_alert": ("，尚不需预警", "; no alert is called for"),
    "no_weather": (
        "（未用气象预报，三天以后仅供参考）",
        " (no weather forecast used; background only beyond three days)",
    ),
    "fell": (
        "扣除气象影响后{who}，PM₂.₅同比下降{size}（95%区间{low}至{high}），超过可检出的幅度。",
        "With the weather taken out{who}, PM₂.₅ fell by {size} on last year (95% interval {low} to {high}), more than the smallest "
        "detectable change.",
    ),
    "rose": (
        "扣除气象影响后{who}，PM₂.₅同比上升{size}（95%区间{low}至{high}），超过可检出的幅度。",
        "With the weather taken out{who}, PM₂.₅ rose by {size} on last year (95% interval {low} to {high}), more than the smallest "
        "detectable change.",
    ),
    "cannot_tell": (
        "扣除气象影响后{who}，PM₂.₅同比变化{value}（95%区间{low}至{high}）；下降{fall}或上升{rise}以上才能检出，不能判断是否改善。",
        "With the weather taken out{who}, PM₂.₅ changed by {value} on last year (95% interval {low} to {high}); only a fall of {fall} or "
        "a rise of {rise} could be detected, so it cannot be told whether it improved.",
    ),
    "no_change": (
        "扣除气象影响后的PM₂.₅同比变化：可比的年份或天数不足，不能判断。",
        "PM₂.₅ without the weather: too few comparable years or days; a change on last year cannot be told.",
    ),
    "measures": (
        "截至{day}，措施清单中的{n}项减排措施已完成{done}项，逾期而无完成记录{late}项{tonnes}。",
        "As of {day}, {done} of the {n} {noun} in the register {done_verb} done and {late} {late_verb} late without a record of completion{tonnes}.",
    ),
    "tonnes": (
        "；已完成的每年削减PM₂.₅约{middle}吨（{low}—{high}吨）",
        "; those done cut about {middle} t of PM₂.₅ a year ({low}–{high})",
    ),
    "data": (
        "数据：评价点小时数据捕获率{low}—{high}{held}。",
        "Data: {low} to {high} of the hours of the evaluation stations are there{held}.",
    ),
    "held": ("；{names}有效天数不足，不予统计", "; {names} withheld for too few valid days"),
    "county": ("县（市）", "counties"),
    "member": ("成员", "members"),
    "figures": ("主要指标", "Key figures"),
    "two_scales": (
        "“各日当日现行标准”两年尺度不同，不计算变化。",
        "By the edition in force on each day the two years are on different scales, so no change is given.",
    ),
    "percent_note": (
        "变化为两个印发值之差；文中浓度变化的百分数由未修约值计算。",
        "A change is the difference of two printed figures; percentages of concentrations in the text are those of unrounded values.",
    ),
}


def _word(key: str, lang: Language, **values: object) -> str:
    return labels.pick(_WORDS[key], lang, **values)


def _say(key: str, lang: Language, **values: object) -> Html:
    """Sentence of the table; values that are parts of HTML keep their links."""
    return tables.sentence(_WORDS[key][0 if lang == "zh" else 1], **values)


def _percent(value: float | None, sign: bool = True) -> str:
    number = rounded(value, 1)
    if number is None:
        return numbers.DASH
    if not sign:
        return f"{abs(number):f}%"
    return f"{'+' if number > 0 else '−' if number < 0 else ''}{abs(number):f}%"


def _day(stamp: Any, lang: Language) -> str:
    return labels.day(pd.Timestamp(stamp), lang)


def _number(shown: str, *path: object) -> Number:
    """Printed number that leads to its row of the first page's own numbers."""
    return Number(shown, section_ref("first_page", *path))


def parts(data: Mapping[str, Any], result: CountyMonth, lang: Language) -> list[Part]:
    """Heading, sentences, table.

    Parameters
    ----------
    data : mapping
        Of :func:`airq.reports.sections.first_page.compute`.
    result : CountyMonth
    lang : {"zh", "en"}
    """
    heading = Markdown(f"## {_word('heading', lang)}")
    said = sentences(data, result, lang)
    table = _table(data, result, lang)
    return [heading, tables.items(said, ordered=True), *([table] if table is not None else [])]


def sentences(data: Mapping[str, Any], result: CountyMonth, lang: Language) -> list[Html]:
    """At most ten sentences: air, change, rank, target, forecast, weather taken out, measures, what if, data.

    Parameters
    ----------
    data : mapping
    result : CountyMonth
    lang : {"zh", "en"}
    """
    said: list[Html] = []
    if result.absence:
        said.append(tables.sentence("{s}", s=text.absence(result, lang)))
    else:
        said += [tables.sentence("{s}", s=text.unfinished(result, lang))] if result.data_until else []
        said += _air(result, lang)
        said += _spread(data, result, lang) if result.is_group else _rank(data, result, lang)
    said += (
        _target(data, lang)
        + _outlook(data, result, lang)
        + _deweathered(data, result, lang)
        + _measures(data, lang)
    )
    said += [first_page_whatif.sentence(data["whatif"], lang)] if data["whatif"] else []
    said += _quality(result, lang)
    return said[:MOST]


def _subject(result: CountyMonth, lang: Language) -> tuple[str, str | None]:
    """Who the first sentence is about, and the place of its rows: a city that stands for a group, else the place."""
    if not result.is_group:
        return text.in_sentence(result.about.name(lang), lang), None
    if result.represented_by and result.row(place=result.represented_by) is not None:
        return _word(
            "stands", lang, name=places.get(result.represented_by).name(lang), group=result.about.name(lang)
        ), result.represented_by
    used = sum(result.row(place=m) is not None for m in result.members)
    return _word("members", lang, name=result.about.name(lang), n=used), None


def _counted(row: pd.Series, indicator: str, lang: Language) -> Number:
    """Days with their unit, linked."""
    value = printed(row, indicator)
    words = {"good_days": "good ", "days_valid": "valid "}.get(indicator, "")
    shown = text.days(value or Decimal(0), lang)
    if lang == "en":
        shown = shown.replace("day", f"{words}day", 1).replace("no ", "no ", 1)
    return Number(shown, linked(row, indicator).runs[0].ref)


def _by(result: CountyMonth, standard: str, lang: Language) -> str:
    if standard == "by-date":
        return "按各日当日现行标准" if lang == "zh" else "each day by the edition in force"
    name = labels.standard(standard, lang)
    zh, en = ("回算", ", restated") if standard not in result.in_force else ("", "")
    if not zh and result.straddles:
        zh, en = "部分回算", ", partly restated"
    return f"按{name}{zh}" if lang == "zh" else f"by {name}{en}"


def _air(result: CountyMonth, lang: Language) -> list[Html]:
    name, place = _subject(result, lang)
    span = result.compared[0]
    row = result.row(span, result.official, place=place)
    if row is None:
        return []
    others = [result.row(span, s, place=place) for s in result.standards if s != result.official]
    again = [_again(other, result, lang) for other in others if other is not None]
    made = _say(
        "air",
        lang,
        when=text.when(result.span(span), lang),
        name=name,
        good=_good(row, lang),
        heavy=_counted(row, "heavy_days", lang),
        valid=_counted(row, "days_valid", lang),
        rule=_by(result, result.official, lang),
        again=_joined(again),
    )
    return [made, _change(result, place, lang)]


def _good(row: pd.Series, lang: Language) -> Html:
    """Good days and their ratio, or why they are withheld."""
    why = text.days_reason(row, lang)
    if printed(row, "good_days") is None:
        return _say("good_held", lang, why=why or numbers.DASH)
    values = {"days": _counted(row, "good_days", lang), "valid": _counted(row, "days_valid", lang)}
    remark = _word("why", lang, why=why) if why else ""
    return _say("good", lang, ratio=linked(row, "good_ratio"), why=remark, **values)


def _again(row: pd.Series, result: CountyMonth, lang: Language) -> Html:
    """Good days under another standard."""
    rule = _by(result, str(row["standard"]), lang)
    if printed(row, "good_days") is None:
        return _say("again_held", lang, rule=rule, why=text.days_reason(row, lang) or numbers.DASH)
    values = {"good": _counted(row, "good_days", lang), "valid": _counted(row, "days_valid", lang)}
    return _say("again", lang, rule=rule, **values)


def _joined(said: list[Html]) -> Html:
    keys = {f"p{i}": part for i, part in enumerate(said)}
    return tables.sentence("".join(f"{{{key}}}" for key in keys), **keys)


def _change(result: CountyMonth, place: str | None, lang: Language) -> Html:
    """The two years on one scale."""
    standard = official_standard(result)
    now, then = (result.row(span, standard, place=place) for span in result.compared)
    before = text.when(result.span("last_period"), lang)
    same = place is not None or text.comparable(result, "days_valid")
    if now is None or then is None or not same:
        return _say("no_last", lang, before=before)
    listed = [_days_moved(now, then, lang)] if _both(now, then, "good_days") else []
    for key, indicator in (("pm", "mean_pm25"), ("index", "composite")):
        change = change_of(now, then, indicator)
        if change is not None:
            listed.append(_say(key, lang, now=linked(now, indicator), moved=_moved(change, lang)))
    if not listed:
        return _say("no_last", lang, before=before)
    stop = tables.sentence("；" if lang == "zh" else "; ")
    spread = [part for one in listed for part in (stop, one)][1:]
    rule = labels.standard(standard, lang)
    return _say("change", lang, before=before, rule=rule, listed=_joined(spread))


def _both(now: pd.Series, then: pd.Series, indicator: str) -> bool:
    return printed(now, indicator) is not None and printed(then, indicator) is not None


def _days_moved(now: pd.Series, then: pd.Series, lang: Language) -> Html:
    """Change of good days; with the valid days of both years where they differ, since fewer days hold fewer good ones."""
    a, b = printed(now, "good_days"), printed(then, "good_days")
    assert a is not None and b is not None
    size = abs(a - b)
    if lang == "zh":
        words = "优良天数持平" if not size else f"优良天数{'增加' if a > b else '减少'}{size:f}天"
    elif not size:
        words = "as many good days"
    else:
        words = f"{size:f} {'more' if a > b else 'fewer'} good day{'' if size == 1 else 's'}"
    if printed(now, "days_valid") == printed(then, "days_valid"):
        return tables.sentence("{w}", w=words)
    valid = {"now": linked(now, "days_valid"), "then": linked(then, "days_valid")}
    return _say("days_valid", lang, words=words, **valid)


def _moved(change: float, lang: Language) -> str:
    """Change in words: official Chinese says rise or fall, not a sign."""
    shown = signed_share(change)
    size = shown.lstrip("+−")
    if shown == size:
        return "持平" if lang == "zh" else "unchanged"
    down = shown.startswith("−")
    if lang == "zh":
        return f"{'下降' if down else '上升'}{size}"
    return f"{'down' if down else 'up'} {size}"


def _kind(data: Mapping[str, Any], lang: Language) -> str:
    return _word("county" if data["official"] else "member", lang)


def _rank(data: Mapping[str, Any], result: CountyMonth, lang: Language) -> list[Html]:
    found = data["ranking"]
    if found is None:
        return []
    name = result.about.name(lang)
    if not found["inside"]:
        return [_say("rank_none", lang, name=name)]
    if not found["rows"]:
        return [_say("rank_apart", lang, name=name)] if result.place in found["apart"] else []
    row = found["rows"][0]
    group = places.get(found["group"]).name(lang) if found["group"] else ""

    def nth(key: str) -> Number:
        from airq.reports.sections.ranking_page import ordinal

        value = int(row[key])
        return _number(str(value) if lang == "zh" else ordinal(value), "ranking", "rows", 0, key)

    before = row["composite_before_rank"]
    moved = row["composite_change_rank"]
    worse = moved is not None and row["composite_change"] > 0
    made = _say(
        "rank",
        lang,
        name=name,
        group=group if lang == "zh" or not group else f" of {group}",
        n=_number(str(found["ranked"]), "ranking", "ranked"),
        kind=_kind(found, lang),
        rank=nth("composite_rank"),
        before=_say("rank_before", lang, rank=nth("composite_before_rank")) if before is not None else "",
        moved=_say("rank_worse" if worse else "rank_moved", lang, rank=nth("composite_change_rank"))
        if moved is not None
        else "",
    )
    return [made]


def _spread(data: Mapping[str, Any], result: CountyMonth, lang: Language) -> list[Html]:
    """Best and worst of a group; ties are named together."""
    found = data["ranking"]
    rows = [] if found is None else found["rows"]
    if len(rows) < 2:
        return []

    def named(key: str, best: bool) -> str:
        ends = [r[key] for r in rows if r[key] is not None]
        end = min(ends) if best else max(ends)
        return text.listed([places.get(r["place"]).name(lang) for r in rows if r[key] == end], lang)

    def value(key: str, best: bool) -> Number:
        rank = f"{key}_rank"
        end = (min if best else max)(r[rank] for r in rows)
        at = next(i for i, r in enumerate(rows) if r[rank] == end)
        digits = numbers.decimals(key, found["standard"])
        shown = plain(rounded(rows[at][f"{key}_printed"], digits))
        if key == "good_days":
            shown = text.days(Decimal(shown), lang)
        return _number(shown, "ranking", "rows", at, key)

    made = _say(
        "spread",
        lang,
        n=_number(str(found["ranked"]), "ranking", "ranked"),
        kind=_kind(found, lang),
        most=named("good_days_rank", True),
        most_days=value("good_days", True),
        least=named("good_days_rank", False),
        least_days=value("good_days", False),
        low=named("mean_pm25_rank", True),
        low_pm=value("mean_pm25", True),
        high=named("mean_pm25_rank", False),
        high_pm=value("mean_pm25", False),
        moved=_most_improved(rows, lang),
    )
    return [made]


def _most_improved(rows: list[dict[str, Any]], lang: Language) -> str:
    first = [r for r in rows if r["composite_change_rank"] == 1]
    if not first or first[0]["composite_change"] >= 0:  # nobody improved
        return ""
    name = text.listed([places.get(r["place"]).name(lang) for r in first], lang)
    return _word("spread_moved", lang, name=name, change=_moved(first[0]["composite_change"], lang))


def _target(data: Mapping[str, Any], lang: Language) -> list[Html]:
    found = data["target"]
    if found is None:
        return []
    if found["reason"]:
        return [tables.sentence("{s}", s=found["reason"][lang])]
    target = found["target"]
    row = {k: float("nan") if v is None else v for k, v in found["row"].items()}
    by = _word("reference", lang) if row["id"] == target_text.REFERENCE else ""
    common = {
        "goal": target_text.name(target, row, lang),
        "by": by,
        "day": _day(found["asof"], lang),
        "value": numbers.DASH
        if "all_of" in target
        else _number(amount(target, row["value"], lang), "target", "row", "value"),
    }
    if row["status"] != "open":
        return [_say("target_done", lang, chance=target_text.chance(row, lang), **common)]
    p = _number(_chance(row["probability"], lang), "target", "row", "probability")
    low, middle, high = (amount(target, row[q], lang, with_unit=False) for q in ("q10", "q50", "q90"))
    expected = _word("interval", lang, low=low, middle=amount(target, row["q50"], lang), high=high)
    if low == high or "all_of" in target:
        expected = middle
    return [_say("target_open", lang, p=p, expected=_number(expected, "target", "row", "q50"), **common)]


def _chance(value: float, lang: Language) -> str:
    """Probability as a sentence says it.

    Examples
    --------
    >>> [_chance(p, "zh") for p in (0.003, 0.4, 0.999)], _chance(0.003, "en")
    (['小于1%', '为40%', '大于99%'], 'below 1%')
    """
    shown = share(value)
    if shown[:1] not in "<>":
        return f"为{shown}" if lang == "zh" else shown
    below, above = ("小于", "大于") if lang == "zh" else ("below ", "above ")
    return f"{below if shown[0] == '<' else above}{shown[1:]}"


def _who(result: CountyMonth, lang: Language) -> str:
    """A group's own series is the mean of its members, not that of the city that represents it."""
    if not result.is_group:
        return ""
    mean = text.mean_name(result, lang)
    return f"（{mean}）" if lang == "zh" else f" ({mean[:1].lower()}{mean[1:]})"


def _outlook(data: Mapping[str, Any], result: CountyMonth, lang: Language) -> list[Html]:
    found = data["outlook"]
    if found is None:
        return []
    heavy: object = ""
    if found["heavy"] is not None:
        heavy = _say("heavy", lang, p=_number(_chance(found["heavy"], lang), "outlook", "heavy"))
    alert = _word("no_alert", lang) if found["judged"] else ""
    if found["alerts"]:
        due = found["alerts"][-1]
        level = due["level_zh"] if lang == "zh" else due["level"]
        alert = _word("alert", lang, level=level, p=_chance(due["probability"], lang))
    low, high = (plain(rounded(found[key], 0)) for key in ("low", "high"))
    ends = {"low": _number(low, "outlook", "low"), "high": _number(high, "outlook", "high")}
    made = _say(
        "outlook",
        lang,
        who=_who(result, lang),
        first=_day(found["first"], lang),
        last=_day(found["last"], lang),
        medians=_say("median" if low == high else "medians", lang, **ends),
        heavy=heavy,
        alert=alert + (_word("no_weather", lang) if found["weather"] == "none" else ""),
    )
    return [made]


def _deweathered(data: Mapping[str, Any], result: CountyMonth, lang: Language) -> list[Html]:
    found = data["deweathered"]
    if found is None:
        missing = data["left_out"].get("deweathered")
        return [tables.sentence("{s}", s=missing[lang])] if missing and not result.absence else []
    change = found["change"]
    if change is None:
        return [_say("no_change", lang)]

    def number(key: str, *path: object, sign: bool = True) -> Number:
        value = change[key] if not path else change[key][path[0]]
        return _number(_percent(value, sign), "deweathered", "change", key, *path)

    values: dict[str, object] = {"low": number("interval", 0), "high": number("interval", 1)}
    values["who"] = _who(result, lang)
    if change["verdict"] == "cannot_tell":
        fall, rise = number("fall_detectable", sign=False), number("rise_detectable", sign=False)
        return [_say("cannot_tell", lang, value=number("percent"), fall=fall, rise=rise, **values)]
    return [_say(change["verdict"], lang, size=number("percent", sign=False), **values)]


def _measures(data: Mapping[str, Any], lang: Language) -> list[Html]:
    found = data["measures"]
    if found is None:
        return []
    counts, cut = found["counts"], found["done_pm25"]
    total = sum(counts.values())
    tonnes: object = ""
    if cut:
        middle, low, high = (_number(_tons(cut[q]), "measures", "done_pm25", q) for q in ("p50", "p5", "p95"))
        tonnes = _say("tonnes", lang, middle=middle, low=low, high=high)
    made = _say(
        "measures",
        lang,
        day=_day(found["asof"], lang),
        n=str(total),
        noun="measure" if total == 1 else "measures",
        done_verb="is" if counts["done"] == 1 else "are",
        late_verb="is" if counts["late"] == 1 else "are",
        done=_number(str(counts["done"]), "measures", "counts", "done"),
        late=_number(str(counts["late"]), "measures", "counts", "late"),
        tonnes=tonnes,
    )
    return [made]


def _tons(value: float) -> str:
    """Two figures are what tonnes of a register bear."""
    if not value:
        return "0"
    digits = 1 - int(f"{abs(value):e}".split("e")[1])
    shown = rounded(round(value, digits), max(digits, 0))
    return f"{shown:,f}" if shown is not None else numbers.DASH


def _quality(result: CountyMonth, lang: Language) -> list[Html]:
    if result.absence or result.capture.empty:
        return []
    shares = capture_by_place(result.capture)["share"].dropna()
    if shares.empty:
        return []
    row = result.row(result.compared[0], official_standard(result))
    held: object = ""
    if row is not None and not result.is_group:
        names = [labels.pollutant(p) for p in numbers.POLLUTANTS if row[f"{p}_withheld"]]
        held = _word("held", lang, names=text.listed(names, lang)) if names else ""
    return [
        _say("data", lang, low=numbers.percent(shares.min()), high=numbers.percent(shares.max()), held=held)
    ]


def _table(data: Mapping[str, Any], result: CountyMonth, lang: Language) -> Html | None:
    """Key figures of two years, or the members of a group, under the standard in force at the end of the period."""
    standard = official_standard(result)
    span = result.compared[0]
    if result.absence or result.row(span, standard) is None:
        return None
    when = labels.period(result.span(span), lang)
    caption = text.caption(lang, _word("figures", lang), when, text.named(result, standard, lang))
    ranked = {r["place"]: r for r in (data["ranking"] or {}).get("rows", [])}
    rank = labels.text("rank", lang)
    if result.is_group:
        keys = ("good_days", "heavy_days", "mean_pm25", "composite")
        header = [text.member(result, lang)]
        header += [_head(k, lang) for k in keys] + [rank]
        members: list[list[object]] = []
        for member in result.members:
            row = result.row(span, standard, place=member)
            place = ranked.get(member, {}).get("composite_rank")
            last = numbers.DASH if place is None else str(place)
            members.append([places.get(member).name(lang), *(linked(row, k) for k in keys), last])
        return tables.table(header, members, caption)
    header = [
        labels.text("item", lang),
        labels.text("unit", lang),
        *_years(result, lang),
        labels.text("change", lang),
    ]
    inside = bool(data["ranking"] and data["ranking"]["inside"] and ranked)
    header += [rank] if inside else []
    rows: list[list[object]] = _by_date(result, lang, len(header)) if result.straddles else []
    now, then = (result.row(one, standard) for one in result.compared)
    for key in _ROWS:
        cells: list[object] = [
            labels.indicator(key, lang),
            numbers.unit(key, lang),
            linked(now, key),
            linked(then, key),
            signed(printed(now, key), printed(then, key)),
        ]
        if inside:
            value = ranked[result.place][_RANKED[key]] if key in _RANKED else None
            cells.append(numbers.DASH if value is None else str(value))
        rows.append(cells)
    notes = [_word("two_scales", lang)] if result.straddles else []
    notes += [_word("percent_note", lang)] if then is not None else []
    note = ("" if lang == "zh" else " ").join(notes)
    return tables.table(header, rows, caption, note, left=(0, 1))


def _by_date(result: CountyMonth, lang: Language, width: int) -> list[list[object]]:
    """Rows of the days by the standard in force on each: what was published."""
    rule = text.rule("by-date", lang)
    pair = [result.row(span, "by-date") for span in result.compared]
    rows: list[list[object]] = []
    for key in _COUNTED:
        name = labels.indicator(key, lang)
        name = f"{name}（{rule}）" if lang == "zh" else f"{name}, {rule}"
        cells: list[object] = [name, numbers.unit(key, lang), *(linked(row, key) for row in pair)]
        rows.append(cells + [numbers.DASH] * (width - len(cells)))
    return rows


def _years(result: CountyMonth, lang: Language) -> list[str]:
    return [text.caption(lang, labels.period(result.span(span), lang)) for span in result.compared]


def _head(indicator: str, lang: Language) -> str:
    unit = numbers.unit(indicator, lang)
    name = (
        labels.text("heavy_days_short", lang)
        if indicator == "heavy_days"
        else labels.indicator(indicator, lang)
    )
    return f"{name} ({unit})" if unit else name
