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
from airq.analysis import period as periods
from airq.analysis.capture import capture_by_place
from airq.figures import labels
from airq.figures.forecast_words import share
from airq.figures.labels import Language
from airq.figures.targets_words import amount
from airq.reports import numbers, tables, target_text, text
from airq.reports.numbers import linked, plain, printed, rounded, signed, signed_percent
from airq.reports.provenance import section_ref
from airq.reports.sections import first_page_whatif
from airq.reports.sections.first_page import official_standard
from airq.reports.tables import Html, Number

__all__ = ["MOST", "parts", "sentences"]

Part = Any
MOST: Final = 10
"""Sentences at most."""
_ROWS: Final = ("good_days", "good_ratio", "heavy_days", "mean_pm25", "composite")
_COUNTED: Final = ("good_days", "good_ratio", "heavy_days")
_RANKED: Final = {"good_days": "good_days_rank", "mean_pm25": "mean_pm25_rank", "composite": "composite_rank"}

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "heading": ("要点", "In brief"),
    "air": (
        "{when}，{name}优良天数{good}，优良天数比率{ratio}%，重度及以上污染{heavy}（{rule}，有效{valid}）{again}。",
        "In {when}, {name} had {good} ({ratio}% of {valid}) and {heavy} of heavy pollution or worse, {rule}{again}.",
    ),
    "again": ("；{rule}{good}", "; {rule}, {good}"),
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
    "rank_none": ("{name}不参加县（市）排名。", "{name} is not in the ranking of counties."),
    "rank_apart": (
        "{name}有效天数不足，本期不参加排名。",
        "{name} has too few valid days to be ranked in this period.",
    ),
    "spread": (
        "参加排名的{n}个{kind}中，优良天数最多的是{most}（{most_days}），最少的是{least}（{least_days}）；"
        "PM₂.₅最低的是{low}（{low_pm} µg/m³），最高的是{high}（{high_pm} µg/m³）{moved}。",
        "Of the {n} {kind} ranked, {most} had most good days ({most_days}) and {least} fewest ({least_days}); PM₂.₅ was lowest "
        "in {low} ({low_pm} µg/m³) and highest in {high} ({high_pm} µg/m³){moved}.",
    ),
    "spread_moved": (
        "；综合指数改善最多的是{name}（{change}）",
        "; {name} improved most by composite index ({change})",
    ),
    "target_open": (
        "完成全年目标（{goal}{by}）的概率为{p}：截至{day}为{value}，预计全年{expected}。",
        "The probability of meeting the target of the year ({goal}{by}) is {p}: {value} by {day}, {expected} expected for the year.",
    ),
    "target_done": (
        "全年目标（{goal}{by}）{chance}：截至{day}为{value}。",
        "The target of the year ({goal}{by}) is {chance}: {value} by {day}.",
    ),
    "reference": ("，参照上年，非正式目标", ", as many as last year, no official target"),
    "interval": ("{middle}（80%区间{low}—{high}）", "{middle} (80% interval {low}–{high})"),
    "outlook": (
        "{first}至{last}的预报{who}：PM₂.₅日均浓度中位数{low}—{high} µg/m³{heavy}{alert}。",
        "Forecast for {first} to {last}{who}: medians of daily PM₂.₅ from {low} to {high} µg/m³{heavy}{alert}.",
    ),
    "heavy": (
        "，至少一天重度及以上污染的概率为{p}",
        ", {p} probability of heavy pollution on at least one day",
    ),
    "alert": (
        "，{level}预警条件的概率达{p}，应作准备",
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
        "As of {day}, {done} of the {n} measures in the register are done and {late} are late without a record of completion{tonnes}.",
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
        return result.about.name(lang), None
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
    restated = standard not in result.in_force or result.straddles
    if lang == "zh":
        return f"按{name}{'回算' if restated else ''}"
    return f"by {name}{' restated' if restated else ''}"


def _air(result: CountyMonth, lang: Language) -> list[Html]:
    name, place = _subject(result, lang)
    row = result.row(standard=result.official, place=place)
    if row is None:
        return []
    others = [s for s in result.standards if s != result.official]
    again = []
    for standard in others:
        other = result.row(standard=standard, place=place)
        if other is not None:
            again.append(
                _say("again", lang, rule=_by(result, standard, lang), good=_counted(other, "good_days", lang))
            )
    values = {"good": "good_days", "heavy": "heavy_days", "valid": "days_valid"}
    shown: dict[str, object] = {key: _counted(row, indicator, lang) for key, indicator in values.items()}
    made = _say(
        "air",
        lang,
        when=text.when(result.period, lang),
        name=name,
        rule=_by(result, result.official, lang),
        ratio=linked(row, "good_ratio"),
        again=_joined(again),
        **shown,
    )
    return [made, _change(result, place, lang)]


def _joined(said: list[Html]) -> Html:
    keys = {f"p{i}": part for i, part in enumerate(said)}
    return tables.sentence("".join(f"{{{key}}}" for key in keys), **keys)


def _change(result: CountyMonth, place: str | None, lang: Language) -> Html:
    """The two years on one scale."""
    standard = official_standard(result)
    now, then = (result.row(span, standard, place=place) for span in ("period", "last_period"))
    before = text.when(periods.last_year(result.period), lang)
    same = place is not None or text.comparable(result, "days_valid")
    if now is None or then is None or not same:
        return _say("no_last", lang, before=before)
    listed = [] if result.data_until else [_days_moved(now, then, lang)]
    for key, indicator in (("pm", "mean_pm25"), ("index", "composite")):
        a, b = printed(now, indicator), printed(then, indicator)
        if a is not None and b is not None:
            listed.append(_say(key, lang, now=linked(now, indicator), moved=_moved(a, b, lang)))
    if not listed:
        return tables.sentence("{said}", said=text.unfinished(lang))
    stop = tables.sentence("；" if lang == "zh" else "; ")
    spread = [part for one in listed for part in (stop, one)][1:]
    rule = labels.standard(standard, lang)
    return _say("change", lang, before=before, rule=rule, listed=_joined(spread))


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


def _moved(now: Decimal, before: Decimal, lang: Language) -> str:
    """Change in words: official Chinese says rise or fall, not a sign."""
    if now == before:
        return "持平" if lang == "zh" else "unchanged"
    size = signed_percent(now, before).lstrip("+−")
    down = now < before
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
    made = _say(
        "rank",
        lang,
        name=name,
        group=group if lang == "zh" or not group else f" of {group}",
        n=_number(str(found["ranked"]), "ranking", "ranked"),
        kind=_kind(found, lang),
        rank=nth("composite_rank"),
        before=_say("rank_before", lang, rank=nth("composite_before_rank")) if before is not None else "",
        moved=_say("rank_moved", lang, rank=nth("composite_change_rank")) if moved is not None else "",
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
        joint = "、" if lang == "zh" else ", "
        return joint.join(places.get(r["place"]).name(lang) for r in rows if r[key] == end)

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
        moved=_most_improved(rows, found["standard"], lang),
    )
    return [made]


def _most_improved(rows: list[dict[str, Any]], standard: str, lang: Language) -> str:
    first = [r for r in rows if r["composite_change_rank"] == 1]
    if not first or first[0]["composite_change"] >= 0:  # nobody improved
        return ""
    digits = numbers.decimals("composite", standard)
    now, before = (rounded(first[0][f"composite{k}_printed"], digits) for k in ("", "_before"))
    assert now is not None and before is not None
    joint = "、" if lang == "zh" else ", "
    name = joint.join(places.get(r["place"]).name(lang) for r in first)
    return _word("spread_moved", lang, name=name, change=_moved(now, before, lang))


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
    p = _number(share(row["probability"]), "target", "row", "probability")
    low, middle, high = (amount(target, row[q], lang, with_unit=False) for q in ("q10", "q50", "q90"))
    expected = _word("interval", lang, low=low, middle=amount(target, row["q50"], lang), high=high)
    if low == high or "all_of" in target:
        expected = middle
    return [_say("target_open", lang, p=p, expected=_number(expected, "target", "row", "q50"), **common)]


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
        heavy = _say("heavy", lang, p=_number(share(found["heavy"]), "outlook", "heavy"))
    alert = _word("no_alert", lang) if found["judged"] else ""
    if found["alerts"]:
        due = found["alerts"][-1]
        level = due["level_zh"] if lang == "zh" else due["level"]
        alert = _word("alert", lang, level=level, p=share(due["probability"]))
    made = _say(
        "outlook",
        lang,
        who=_who(result, lang),
        first=_day(found["first"], lang),
        last=_day(found["last"], lang),
        low=_number(plain(rounded(found["low"], 0)), "outlook", "low"),
        high=_number(plain(rounded(found["high"], 0)), "outlook", "high"),
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
    tonnes: object = ""
    if cut:
        middle, low, high = (_number(_tons(cut[q]), "measures", "done_pm25", q) for q in ("p50", "p5", "p95"))
        tonnes = _say("tonnes", lang, middle=middle, low=low, high=high)
    made = _say(
        "measures",
        lang,
        day=_day(found["asof"], lang),
        n=str(sum(counts.values())),
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
    row = result.row(standard=official_standard(result))
    held: object = ""
    if row is not None and not result.is_group:
        names = [labels.pollutant(p) for p in numbers.POLLUTANTS if row[f"{p}_withheld"]]
        held = _word("held", lang, names=("、" if lang == "zh" else ", ").join(names)) if names else ""
    return [
        _say("data", lang, low=numbers.percent(shares.min()), high=numbers.percent(shares.max()), held=held)
    ]


def _table(data: Mapping[str, Any], result: CountyMonth, lang: Language) -> Html | None:
    """Key figures of two years, or the members of a group, under the standard in force at the end of the period."""
    standard = official_standard(result)
    if result.absence or result.row(standard=standard) is None:
        return None
    caption = f"{labels.period(result.period, lang)} {text.named(result, standard, lang)}"
    ranked = {r["place"]: r for r in (data["ranking"] or {}).get("rows", [])}
    rank = labels.text("rank", lang)
    if result.is_group:
        keys = ("good_days", "heavy_days", "mean_pm25", "composite")
        header = [text.member(result, lang)]
        header += [_head(k, lang) for k in keys] + [rank]
        rows = []
        for member in result.members:
            row = result.row(standard=standard, place=member)
            place = ranked.get(member, {}).get("composite_rank")
            last = numbers.DASH if place is None else str(place)
            rows.append([places.get(member).name(lang), *(linked(row, k) for k in keys), last])
        return tables.table(header, rows, caption)
    header = [
        labels.text("item", lang),
        labels.text("unit", lang),
        *_years(result, lang),
        labels.text("change", lang),
    ]
    inside = bool(data["ranking"] and data["ranking"]["inside"] and ranked)
    header += [rank] if inside else []
    now, then = (result.row(span, standard) for span in ("period", "last_period"))
    rows = []
    for key in _ROWS:
        a, b = printed(now, key), printed(then, key)
        cells = [
            labels.indicator(key, lang),
            numbers.unit(key, lang),
            linked(now, key),
            linked(then, key),
            numbers.DASH if result.data_until and key in _COUNTED else signed(a, b),
        ]
        if inside:
            value = ranked[result.place][_RANKED[key]] if key in _RANKED else None
            cells.append(numbers.DASH if value is None else str(value))
        rows.append(cells)
    return tables.table(header, rows, caption, left=(0, 1))


def _years(result: CountyMonth, lang: Language) -> list[str]:
    return [labels.period(result.period, lang), labels.period(periods.last_year(result.period), lang)]


def _head(indicator: str, lang: Language) -> str:
    unit = numbers.unit(indicator, lang)
    name = (
        labels.text("heavy_days_short", lang)
        if indicator == "heavy_days"
        else labels.indicator(indicator, lang)
    )
    return f"{name} ({unit})" if unit else name
