"""The deweathered change as a page shows it: sentences that refuse a verdict below the detection limit, a figure, a table.

Examples
--------
>>> percent(-12.345), percent(3.0), percent(-0.04)
('−12.3%', '+3.0%', '0.0%')
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd
from IPython.display import Markdown

from airq import places
from airq.analysis.period import Period
from airq.figures import deweathering as figures
from airq.figures import labels
from airq.figures.labels import Language, pick
from airq.figures.trend_words import number
from airq.reports import tables
from airq.reports.sections._contract import Part
from airq.reports.sections._linked import Linked, joined, sentence

__all__ = ["parts", "percent", "sentences"]

_DPI: Final = 96
"""A picture of all months is the largest of a page."""
_OWN: Final = Linked("deweathered")
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("扣除气象影响的变化", "Change without the weather"),
    "observed": (
        "{span}PM₂.₅平均浓度为{a} µg/m³，上年同期{b} µg/m³，变化{c}（日均值的平均，缺测日按常年进程折算）。",
        "In {span} the mean of PM₂.₅ was {a} µg/m³ and a year before {b} µg/m³, a change of {c} (means of days; days missing are made up for by the usual course of the year).",
    ),
    "fell": (
        "扣除气象影响后比上年同期下降，变化{c}，95%区间[{low}，{high}]，超过可测的最小下降（{fall}）。",
        "Without the weather it fell against last year by {c}, 95% interval [{low}, {high}], more than the smallest detectable fall ({fall}).",
    ),
    "rose": (
        "扣除气象影响后比上年同期上升，变化{c}，95%区间[{low}，{high}]，超过可测的最小上升（{rise}）。",
        "Without the weather it rose against last year by {c}, 95% interval [{low}, {high}], more than the smallest detectable rise ({rise}).",
    ),
    "cannot_tell": (
        "扣除气象影响后的变化估计为{c}，95%区间[{low}，{high}]；下降超过{fall}或上升超过{rise}才能与偶然起伏区分，因此不能判断是否有变化。",
        "Without the weather the change is estimated at {c}, 95% interval [{low}, {high}]; only a fall beyond {fall} or a rise beyond {rise} could be told from chance, so whether anything changed cannot be told.",
    ),
    "few_years": (
        "同期数据不足五年，无从知道偶然起伏有多大，不判断与上年同期相比的变化。",
        "Fewer than five years hold this span, so that the size of chance is not known and no change against last year is judged.",
    ),
    "no_last_year": ("上年同期没有足够的有效日，不与上年比较。", "The same span of last year has too few valid days, so nothing is compared with it."),
    "few_days": ("本期有效日不足四分之三，不与上年比较。", "Fewer than three quarters of the period's days are valid, so nothing is compared with last year."),
    "trend_fell": (
        "{first}—{last}年，扣除气象影响后PM₂.₅平均每年变化{c}，95%区间[{low}，{high}]，超过可测的最小趋势（每年{s}）：下降。",
        "From {first} to {last} PM₂.₅ without the weather changed by {c} a year, 95% interval [{low}, {high}], beyond the smallest detectable trend ({s} a year): it fell.",
    ),
    "trend_rose": (
        "{first}—{last}年，扣除气象影响后PM₂.₅平均每年变化{c}，95%区间[{low}，{high}]，超过可测的最小趋势（每年{s}）：上升。",
        "From {first} to {last} PM₂.₅ without the weather changed by {c} a year, 95% interval [{low}, {high}], beyond the smallest detectable trend ({s} a year): it rose.",
    ),
    "trend_cannot_tell": (
        "{first}—{last}年，扣除气象影响后PM₂.₅平均每年变化估计为{c}，95%区间[{low}，{high}]，小于可测的最小趋势（每年{s}），不能判断升降。",
        "From {first} to {last} the change of PM₂.₅ without the weather is estimated at {c} a year, 95% interval [{low}, {high}], less than the smallest detectable trend ({s} a year): whether it fell or rose cannot be told.",
    ),
    "trend_observed": ("观测值平均每年变化{c}，两者之差是气象所致。", "As observed it changed by {c} a year; the difference is the weather's."),
    "few_months": ("不足24个月，不给出多年趋势。", "There are fewer than 24 months, so no trend over the years is given."),
    "shift": (
        "该地气象序列在某时有突变；若是换仪器或迁站所致，其影响不能与多年趋势区分。",
        "The weather series shifts at a date; if an instrument or a station changed then, its effect cannot be told from the trend.",
    ),
    "trend": ("气象影响与多年变化难以区分，趋势宜谨慎使用。", "Weather and the course of the years can hardly be told apart; read the trend with care."),
    "season": ("气象影响与季节难以区分，季节之间不宜比较。", "Weather and season can hardly be told apart; do not compare seasons."),
    "cause": ("变化的原因不在此判断。", "Nothing is said of the cause of a change."),
    "simulated": ("浓度和气象均为模拟数据。", "Concentrations and weather are simulated."),
    "table": ("PM₂.₅变化：观测与扣除气象影响后", "Change of PM₂.₅, as observed and without the weather"),
    "note": (
        "与上年同期相比：逐日浓度除以当日气象的影响后求平均，偶然起伏取自此前各年同期（{n}年，标准差{sd}）；最小可测变化为95%置信度、80%把握。多年趋势：气象订正后的月均值，区间含气象模型的不确定性。气象模型：未见过的周的R² {r}，抽样{k}次。",
        "Against last year: days divided by the effect of their weather are averaged; chance is the spread of the same span in the years before ({n} years, standard deviation {sd}); the smallest detectable change is for 95% confidence and 80% power. Over the years: deweathered months, interval with the doubt of the weather model. Weather model: R² of weeks not seen {r}, {k} draws.",
    ),
    "note_trend": (
        "多年趋势：气象订正后的月均值，区间含气象模型的不确定性。气象模型：未见过的周的R² {r}，抽样{k}次。",
        "Over the years: deweathered months, interval with the doubt of the weather model. Weather model: R² of weeks not seen {r}, {k} draws.",
    ),
    "row_year": ("与上年同期相比", "Against last year"),
    "row_trend": ("多年平均（每年）", "Over the years (a year)"),
    "verdict_fell": ("下降", "fell"),
    "verdict_rose": ("上升", "rose"),
    "verdict_cannot_tell": ("不能判断", "cannot be told"),
}  # fmt: skip
_HEAD: Final = {
    "zh": ("", "观测", "扣除气象后", "95%区间", "最小可测变化", "结论"),
    "en": ("", "Observed", "Without the weather", "95% interval", "Smallest detectable", "Verdict"),
}


@dataclass(frozen=True)
class _Months:
    """What the figure of deweathered months takes of a result."""

    target: str
    months: pd.DataFrame
    members: pd.DataFrame
    diagnostics: dict[str, float]
    monte_carlo_error: dict[str, float]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Trend:
    """What it takes of a trend."""

    slope_per_year: float
    interval: tuple[float, float]
    confidence: float
    observed_slope: float
    weather_slope: float


def _word(key: str, lang: Language, **values: object) -> str:
    return pick(_WORDS[key], lang, **values)


def _said(key: str, lang: Language, **values: object) -> tables.Inline:
    return sentence(_WORDS[key], lang, **values)


def percent(value: float, digits: int = 1) -> str:
    """Signed percentage with a true minus sign."""
    text = f"{value:+.{digits}f}".replace("-", "−")
    return f"{0:.{digits}f}%" if float(f"{value:.{digits}f}") == 0 else f"{text}%"


def parts(data: dict[str, Any], span: Period, lang: Language) -> list[Part]:
    """Heading, sentences, figure, table.

    Parameters
    ----------
    data : dict
        Of :func:`airq.reports.sections.deweathered.compute`.
    span : Period
        Of the report.
    lang : {"zh", "en"}
    """
    out: list[Part] = [Markdown(f"## {_word('title', lang)}"), tables.paragraphs(sentences(data, span, lang))]
    if any(m["normalised"] is not None for m in data["months"]):
        out.append(_figure(data, lang))
    if data["change"] or data["trend"]:
        out.append(_table(data, lang))
    return out


def sentences(data: dict[str, Any], span: Period, lang: Language) -> list[object]:
    """Change against last year, over the years, and what to beware of."""
    said: list[object] = [_word("simulated", lang)] if data["simulated"] else []
    change, seen, trend = data["change"], data["observed"], data["trend"]
    if change:
        about = {"a": _OWN.number(number(seen["this"]), "observed", "this")}
        about["b"] = _OWN.number(number(seen["last"]), "observed", "last")
        about["c"] = _OWN.number(percent(seen["percent"]), "observed", "percent")
        said.append(_said("observed", lang, span=labels.period(_compared(data, span), lang), **about))
        values = _changes(change)
        said.append(
            _said(change["verdict"], lang, **{k: values[k] for k in ("c", "low", "high", "fall", "rise")})
        )
    else:
        said.append(_word(data["change_reason"], lang))
    if trend:
        record = {k: pd.Timestamp(data["record"][k]).year for k in ("first", "last")}
        values = _trends(trend)
        text = _said(
            f"trend_{trend['verdict']}", lang, **record, **{k: values[k] for k in ("c", "s", "low", "high")}
        )
        more = _said("trend_observed", lang, c=values["observed"])
        said.append(joined([text, more], "" if lang == "zh" else " "))
    else:
        said.append(_word(data["trend_reason"], lang))
    said += [_word(key, lang) for key in data["warnings"] if key in ("shift", "trend", "season")]
    return [*said, _word("cause", lang)]


def _compared(data: dict[str, Any], span: Period) -> Period:
    """Days of this year that are compared: the report's own, or as far as the data reach."""
    first, last = (pd.Timestamp(data["compared"][k]).date() for k in ("first", "last"))
    return (
        span if (first, last) == (span.start, span.end) else Period(f"{first}..{last}", first, last, "range")
    )


def _changes(change: dict[str, Any]) -> dict[str, tables.Number]:
    """Numbers of the change against last year."""
    out = {"c": _OWN.number(percent(change["percent"]), "change", "percent")}
    for k, i in (("low", 0), ("high", 1)):
        out[k] = _OWN.number(percent(change["interval"][i]), "change", "interval", i)
    for k in ("fall", "rise"):
        out[f"{k}_signed"] = _OWN.number(percent(change[f"{k}_detectable"], 0), "change", f"{k}_detectable")
        out[k] = _OWN.number(f"{abs(change[f'{k}_detectable']):.0f}%", "change", f"{k}_detectable")
    return out


def _trends(trend: dict[str, Any]) -> dict[str, tables.Number]:
    """Numbers of the trend."""
    out = {"c": _OWN.number(percent(trend["percent_per_year"], 2), "trend", "percent_per_year")}
    for k, i in (("low", 0), ("high", 1)):
        out[k] = _OWN.number(percent(trend["percent_interval"][i], 2), "trend", "percent_interval", i)
    out["s"] = _OWN.number(f"{trend['smallest_percent']:.2f}%", "trend", "smallest_percent")
    out["observed"] = _OWN.number(percent(trend["observed_percent"], 2), "trend", "observed_percent")
    return out


def _figure(data: dict[str, Any], lang: Language) -> Part:
    frame = pd.DataFrame(data["months"])
    frame.index = pd.PeriodIndex(frame.pop("month"), freq="M", name="month")
    found: Any = _Months(
        data["pollutant"],
        frame.astype("float64"),
        pd.DataFrame(0.0, index=frame.index, columns=range(data["models"])),
        data["diagnostics"],
        data["monte_carlo_error"],
        tuple(data["warnings"]),
    )
    trend: Any = None
    if (t := data["trend"]) is not None:
        trend = _Trend(t["slope_per_year"], (t["interval"][0], t["interval"][1]), t["confidence"], t["observed_slope"], t["weather_slope"])  # fmt: skip
    name = places.get(data["place"]).name(lang)
    drawn = figures.deweathered(found, lang, name, data["simulated"], trend)
    return replace(drawn, dpi=_DPI)


def _table(data: dict[str, Any], lang: Language) -> tables.Html:
    rows = []
    joint = "，" if lang == "zh" else ", "
    change, trend = data["change"], data["trend"]
    about = {"r": f"{data['diagnostics']['blocked_r2']:.2f}", "k": data["settings"]["samples"]}
    if change:
        n = _changes(change)
        ends = joined(["[", n["low"], joint, n["high"], "]"], "")
        smallest = joined([n["fall_signed"], n["rise_signed"]], " / ")
        seen = _OWN.number(percent(data["observed"]["percent"]), "observed", "percent")
        rows.append(
            [
                _word("row_year", lang),
                seen,
                n["c"],
                ends,
                smallest,
                _word(f"verdict_{change['verdict']}", lang),
            ]
        )
    if trend:
        n = _trends(trend)
        ends = joined(["[", n["low"], joint, n["high"], "]"], "")
        rows.append([_word("row_trend", lang), n["observed"], n["c"], ends, joined(["±", n["s"]], ""), _word(f"verdict_{trend['verdict']}", lang)])  # fmt: skip
    if change:
        note = _word("note", lang, n=change["seasons"], sd=f"{100 * change['between_years']:.0f}%", **about)
    else:
        note = _word("note_trend", lang, **about)
    return tables.table(_HEAD[lang], rows, _word("table", lang), note, left=(0, 5))
