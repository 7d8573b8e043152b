"""What a report of a quarter, half-year or year has beside that of a month: its months, the evaluation of a year."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
from IPython.display import Markdown

from airq import figures, places, standards
from airq.analysis import CountyMonth
from airq.analysis import period as periods
from airq.figures import labels
from airq.figures.labels import Language
from airq.reports import numbers, text
from airq.reports.numbers import linked
from airq.reports.tables import Html, paragraphs, table
from airq.variables import POLLUTANTS

__all__ = ["annual", "months"]

Part = Any
_COUNTED: Final = ("days_valid", "good_days", "good_ratio", "heavy_days")
_MEASURED: Final = ("mean_pm25", "mean_pm10", "mean_no2", "p95_co", "p90_o3")


def _head(indicator: str, lang: Language) -> str:
    unit = numbers.unit(indicator, lang)
    name = labels.indicator(indicator, lang)
    return f"{name} ({unit})" if unit else name


def _short(indicator: str, lang: Language) -> str:
    """Head of a narrow column."""
    name = (
        labels.text("heavy_days_short", lang)
        if indicator == "heavy_days"
        else labels.indicator(indicator, lang)
    )
    unit = numbers.unit(indicator, lang)
    return f"{name} ({unit})" if unit else name


def _caption(result: CountyMonth, lang: Language) -> str:
    return text.caption(lang, result.about.name(lang), labels.period(result.period, lang))


def _month(name: str, lang: Language) -> str:
    return labels.month_abbreviation(int(name[-2:]), lang)


def months(result: CountyMonth, lang: Language) -> list[Part]:
    """Each month of a longer period; nothing for a month."""
    if result.period.kind == "month" or result.absence or result.row() is None:
        return []
    out: list[Part] = [Markdown(text.section("months", lang))]
    if result.is_group:
        return [*out, *_by_county(result, lang)]
    if result.begins_year and not result.cumulative.empty:
        name = result.about.name(lang)
        out.append(
            figures.cumulative(
                result.cumulative, result.period, lang, name, result.simulated, result.data_until
            )
        )
    names = periods.months(result.period)
    keys = (*_COUNTED, "composite")
    rows = [
        [_month(m, lang), *(linked(result.row(m, s), i) for s in result.standards for i in keys)]
        for m in names
    ]
    header = [_word("month", lang), *(_short(i, lang) for _ in result.standards for i in keys)]
    groups = [("", 1), *((text.named(result, s, lang), len(keys)) for s in result.standards)]
    out.append(table(header, rows, _caption(result, lang), groups=groups))
    rows = [[_month(m, lang), *(linked(result.row(m), i) for i in _MEASURED)] for m in names]
    out.append(
        table(
            [_word("month", lang), *(_head(i, lang) for i in _MEASURED)],
            rows,
            _caption(result, lang),
            _word("dash", lang),
        )
    )
    return out


def _by_county(result: CountyMonth, lang: Language) -> list[Html]:
    """Counties against months: good days under each standard, PM2.5."""
    names = periods.months(result.period)
    header = [text.member(result, lang), *(_month(m, lang) for m in names)]
    asked = [("good_days", s) for s in result.standards] + [("mean_pm25", result.standards[0])]
    named = [(m, places.get(m).name(lang)) for m in result.members]
    named.append((result.place, text.mean_name(result, lang)))
    out: list[Html] = []
    for indicator, standard in asked:
        rows = [
            [name, *(linked(result.row(m, standard, place=place), indicator) for m in names)]
            for place, name in named
        ]
        caption = _head(indicator, lang)
        if indicator == "good_days":
            caption = text.caption(lang, caption, text.rule(standard, lang))
        note = _word("dash", lang) if indicator != "good_days" else ""
        out.append(table(header, rows, caption, note, strong=[len(rows) - 1]))
    return out


_WORDS: Final[dict[str, tuple[str, str]]] = {
    "month": ("月份", "Month"),
    "dash": ("“–”为无数据或不予统计。", "A dash is no data or withheld."),
    "pollutant": ("污染物", "Pollutant"),
    "mean": ("年平均", "Annual mean"),
    "percentile": ("日评价百分位数", "Percentile of daily values"),
    "this": ("本年", "this year"),
    "last": ("上年", "last year"),
    "verdict": ("评价", "Verdict"),
    "attains": ("达标", "attains"),
    "exceeds": ("超标", "exceeds"),
    "open": ("不予判定", "not judged"),
    "overall": ("环境空气质量", "All six"),
    "limits": ("限值 {old} / {new}", "Limit {old} / {new}"),
    "moving": (
        "HJ 663—2026 据报道按{years}年滑动平均评价[C]，细则未见原文；此处按单一年度评价。CO和O₃没有年平均限值。",
        "HJ 663-2026 is reported to evaluate by a {years}-year moving mean [C], its details were not found; here the single "
        "year is judged. CO and O₃ have no annual limit.",
    ),
    "met": (
        "按{rule}，{name}{year}年环境空气质量达标。",
        "Under {rule}, the air of {name} attained in {year}.",
    ),
    "missed": (
        "按{rule}，{name}{year}年环境空气质量未达标，超标的污染物为{which}。",
        "Under {rule}, the air of {name} did not attain in {year}: {which} exceeded.",
    ),
    "unknown": (
        "按{rule}，{name}{year}年有效数据不足，环境空气质量是否达标不予判定。",
        "Under {rule}, {name} has too few valid data in {year}; attainment is not judged.",
    ),
}


def _word(key: str, lang: Language, **values: object) -> str:
    return labels.pick(_WORDS[key], lang, **values)


def annual(result: CountyMonth, lang: Language) -> list[Part]:
    """Annual evaluation: mean and percentile of each pollutant against both limits; nothing for another period."""
    if not result.period.is_year or result.absence or result.row() is None:
        return []
    out: list[Part] = [Markdown(text.section("annual", lang))]
    if result.is_group:
        return [*out, _verdicts(result, lang)]
    said = paragraphs([_sentence(result, s, lang) for s in result.standards])
    return [*out, said, _indicators(result, lang)]


def _verdict(row: pd.Series | None, pollutant: str, lang: Language) -> str:
    """Whether a pollutant attains; open where a figure is withheld."""
    if row is None:
        return numbers.DASH
    value = row["attains" if not pollutant else f"attains_{pollutant}"]
    held = bool(pollutant) and bool(row[f"{pollutant}_withheld"])
    if held or value != value:
        return _word("open", lang)
    return _word("attains" if value else "exceeds", lang)


def _sentence(result: CountyMonth, standard: str, lang: Language) -> str:
    row = result.row(standard=standard)
    assert row is not None
    over = [p for p in POLLUTANTS if not row[f"{p}_withheld"] and row[f"attains_{p}"] == 0]
    joint = "、" if lang == "zh" else ", "
    which = joint.join(labels.pollutant(p) for p in over)
    key = "missed" if over else "met" if row["attains"] == 1 else "unknown"
    name = text.named(result, standard, lang)
    return _word(
        key, lang, rule=name, name=result.about.name(lang), year=result.period.start.year, which=which
    )


def _evaluation(standard: str) -> standards.Edition:
    return standards.edition(standards.standard_of(standard).edition.need("evaluation"), "evaluation")


def _percentiles(standard: str) -> dict[str, str]:
    """Column of the percentile of each pollutant, such as ``p98_so2``."""
    rules = _evaluation(standard)
    return {p: f"p{int(rules.need(f'percentile.{p}'))}_{p}" for p in POLLUTANTS}


def _limits(result: CountyMonth, pollutant: str, averaging: str) -> str:
    """Class-2 limits of both standards, older first; a dash where there is none."""
    both = [
        standards.standard_of(s).limit(pollutant, averaging, result.about.area_class)
        for s in result.standards
    ]
    return " / ".join(numbers.DASH if v is None else f"{v:g}" for v in both) if any(both) else numbers.DASH


def _indicators(result: CountyMonth, lang: Language) -> Html:
    old, new = result.standards
    columns = _percentiles(new)
    limits = "限值" if lang == "zh" else "Limits"
    four = [_word("this", lang), _word("last", lang), limits]
    header = [
        _word("pollutant", lang),
        labels.text("unit", lang),
        *four,
        "%" if lang == "en" else "百分位",
        *four,
    ]
    header += [labels.standard(s, lang) for s in (old, new)]
    now, then = result.row(), result.row("last_whole" if result.data_until else "last_period")
    rows = []
    for name in POLLUTANTS:
        mean, high = f"mean_{name}", columns[name]
        annual_limit = _limits(result, name, "annual")
        means = [linked(row, mean) for row in (now, then)]
        cells = [labels.pollutant(name), labels.units(name), *means, annual_limit]
        order = high.split("_")[0].removeprefix("p")
        cells += [f"第{order}" if lang == "zh" else f"{order}th"]
        cells += [linked(row, high) for row in (now, then)]
        cells += [_limits(result, name, "8h" if name == "o3" else "24h")]
        cells += [_verdict(result.row(standard=s), name, lang) for s in (old, new)]
        rows.append(cells)
    total = [
        _word("overall", lang),
        *[""] * 8,
        *(_verdict(result.row(standard=s), "", lang) for s in (old, new)),
    ]
    groups = [("", 2), (_word("mean", lang), 3), (_word("percentile", lang), 4), (_word("verdict", lang), 2)]
    years = _evaluation(new).need("moving_mean.years")
    caption = _caption(result, lang)
    note = _word("moving", lang, years=years)
    return table(header, [*rows, total], caption, note, left=(0, 1), strong=[len(rows)], groups=groups)


def _verdicts(result: CountyMonth, lang: Language) -> Html:
    """Counties against pollutants, under both standards."""
    header = [text.member(result, lang), labels.text("standard", lang)]
    header += [*(labels.pollutant(p) for p in POLLUTANTS), _word("overall", lang)]
    rows = []
    for member in result.members:
        for standard in result.standards:
            row = result.row(standard=standard, place=member)
            verdicts = [_verdict(row, p, lang) for p in (*POLLUTANTS, "")]
            rows.append([places.get(member).name(lang), text.named(result, standard, lang), *verdicts])
    years = _evaluation(result.standards[1]).need("moving_mean.years")
    return table(
        header, rows, labels.period(result.period, lang), _word("moving", lang, years=years), left=(0, 1)
    )
