"""Words and tables of the validation of scenarios, Chinese and English.

Examples
--------
>>> outcome("T1", "response_bias", "zh"), outcome("T2", "skill_mean_trend", "en")
('响应系数：偏差', 'skill over trend, seasonal PM₂.₅')
>>> method("measures", "en"), figure("heavy_days", "zh")
('measures carried out', '重污染天数')
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from airq.figures.labels import Language, pick
from airq.scenario.validation.outcomes import Validation

__all__ = [
    "asked",
    "figure",
    "hindcast_rows",
    "method",
    "outcome",
    "outcome_rows",
    "prior_rows",
    "score_rows",
    "word",
]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title_tests": ("情景模型检验", "Tests of the scenario model"),
    "title_scores": ("模拟档案回报评分", "Seasons foretold from simulated archives"),
    "title_priors": ("证据减半与加倍", "Evidence for the level halved and doubled"),
    "title_official": ("官方城市数字的回报", "Hindcast on the official city figures"),
    "title_archive": ("所给档案的回报评分", "Seasons foretold from the archive given"),
    "test": ("检验", "test"),
    "what": ("内容", "what"),
    "value": ("结果", "value"),
    "interval": ("95%区间", "95% interval"),
    "n": ("样本数", "n"),
    "asked": ("要求", "asked"),
    "passed": ("是否达到", "met"),
    "yes": ("达到", "yes"),
    "no": ("未达到", "no"),
    "figure": ("指标", "figure"),
    "method": ("方法", "method"),
    "observed": ("实测", "observed"),
    "bias": ("偏差", "bias"),
    "crps": ("CRPS", "CRPS"),
    "coverage": ("90%区间覆盖率", "90% coverage"),
    "year": ("年份", "year"),
    "since": ("起算年", "from"),
    "foretold": ("推算（中位数，90%区间）", "foretold (median, 90% interval)"),
    "official": ("官方数字", "official figure"),
    "inside": ("是否在区间内", "inside"),
    "mark": ("标记", "mark"),
    "factor": ("证据乘以", "evidence times"),
    "prior": ("先验（µg/m³每千吨）", "prior, µg/m³ per kt"),
    "posterior": ("后验（µg/m³每千吨）", "posterior, µg/m³ per kt"),
    "shrinkage": ("离散度缩小", "shrinkage"),
    "change": ("{y}年较上年", "{y} against the year before"),
    "level": ("{y}年（由{s}年起）", "{y}, from {s}"),
    "axis_pm25": ("PM₂.₅年均（µg/m³）", "PM₂.₅ annual mean, µg/m³"),
    "axis_good_days": ("优良天数（天）", "Good days"),
    "axis_heavy_days": ("重污染天数（天）", "Heavy days"),
    "band": ("灰块：要求的范围", "Grey: what is asked"),
    "line": ("线：95%区间；空心点：未达到", "Line: 95 % interval. Open: not met."),
    "key": ("竖线：官方数字；点：中位数；线：90%区间", "Upright: official figure. Dot: median, line: 90 % interval."),
    "axis_share": ("比例或比值（%）", "Per cent"),
}  # fmt: skip

_METHODS: Final[dict[str, tuple[str, str]]] = {
    "measures": ("已完成措施", "measures carried out"),
    "measures_and_others": ("加上清单外措施（假定）", "with other measures (assumed)"),
    "persistence": ("维持不变", "persistence"),
    "trend": ("线性趋势", "trend"),
    "rollback": ("比例回推", "rollback"),
    "persistence_weather": ("维持不变（给定天气）", "persistence, same weather"),
    "trend_weather": ("线性趋势（给定天气）", "trend, same weather"),
}
_FIGURES: Final[dict[str, tuple[str, str]]] = {
    "mean": ("采暖季PM₂.₅", "seasonal PM₂.₅"),
    "pm25": ("PM₂.₅年均", "annual PM₂.₅"),
    "good_days": ("优良天数", "good days"),
    "heavy_days": ("重污染天数", "heavy days"),
}
_SUBJECTS: Final[dict[str, tuple[str, str]]] = {
    "response": ("响应系数", "known response"),
    "step": ("阶跃", "known step"),
    "alert": ("预警效果", "known alert"),
    "reach": ("预警作用比例", "reach of alerts"),
    "effect": ("措施效果（对照真值）", "effect of the measures, against the truth"),
    "county": ("逐县留出", "county left out"),
    "archive": ("所给档案", "archive given"),
    "archive_effect": ("所给档案的措施效果", "effect in the archive given"),
}
_OUTCOMES: Final[dict[str, tuple[str, str]]] = {
    "placebo_alerts": ("无作用的预警被判为有效", "alerts that cut nothing, found effective"),
    "placebo_steps": ("假日期被判为有升降", "fake dates, given a verdict"),
    "placebo_steps_p": ("假日期p<0.05", "fake dates with p < 0.05"),
    "level_halved": ("证据减半后的响应系数", "response with the evidence halved"),
    "level_doubled": ("证据加倍后的响应系数", "response with the evidence doubled"),
    "model_species": ("模型：减煤时SO₂、NO₂、PM₂.₅同降", "model: SO₂, NO₂ and PM₂.₅ fall with coal"),
    "so2_with_coal": ("SO₂随减煤下降", "SO₂ falls with coal"),
    "co_with_coal": ("CO随减煤下降", "CO falls with coal"),
    "effect_without_dust": ("剔除沙尘日后措施效果的变化", "change of the effect without dust days"),
    "effect_coverage_without_dust": ("剔除沙尘日：措施效果的覆盖率", "effect without dust days: coverage"),
    "effect_skill": ("措施效果：相对“无变化”的技巧", "effect: skill over no change"),
}
_KINDS: Final = {"bias": ("偏差", "bias"), "coverage": ("90%区间覆盖率", "90 % coverage")}


def word(key: str, lang: str, **values: Any) -> str:
    """Word or sentence of the table."""
    return pick(_WORDS[key], lang, **values)


def method(name: str, lang: Language) -> str:
    """Name of a method of foretelling."""
    return pick(_METHODS[name], lang)


def figure(name: str, lang: Language) -> str:
    """Name of a figure that is foretold."""
    return pick(_FIGURES[name], lang)


def outcome(test: str, name: str, lang: Language) -> str:
    """What a number of a test is."""
    if name in _OUTCOMES:
        return pick(_OUTCOMES[name], lang)
    if name.startswith("skill_"):
        what = next(f for f in _FIGURES if name.startswith(f"skill_{f}_"))
        own = (figure(what, lang), method(name.removeprefix(f"skill_{what}_"), lang))
        without = test == "T7"
        said = pick(("{f}：相对“{m}”的技巧", "skill over {m}, {f}"), lang, f=own[0], m=own[1])
        return said + pick(("（剔除沙尘日）", ", without dust days"), lang) if without else said
    if name.startswith("coverage_"):
        return pick(
            ("{f}：90%区间覆盖率", "{f}: 90 % coverage"), lang, f=figure(name.removeprefix("coverage_"), lang)
        )
    subject, _, kind = name.rpartition("_")
    return pick(("{s}：{k}", "{s}: {k}"), lang, s=pick(_SUBJECTS[subject], lang), k=pick(_KINDS[kind], lang))


def _signed(row: Mapping[str, Any]) -> bool:
    return bool(
        row["name"].endswith("_bias")
        or row["name"] in ("effect_without_dust",)
        or row["name"].startswith("skill")
    )


def asked(row: Mapping[str, Any], lang: Language) -> str:
    """Figure asked of a number, as text."""
    least, most = (None if v != v else v for v in (row["least"], row["most"]))
    if least is None and most is None:
        return "–"
    if least is None:
        return pick(("不高于{v}", "at most {v}"), lang, v=f"{most:.0%}")
    if most is None:
        return pick(("不低于{v}", "at least {v}"), lang, v=f"{least:.0%}")
    return pick(("{a}至{b}", "{a} to {b}"), lang, a=f"{least:.0%}", b=f"{most:.0%}")


def outcome_rows(made: Validation, lang: Language) -> pd.DataFrame:
    """Every number beside what is asked of it, as text."""
    rows = []
    for row in made.to_frame().to_dict("records"):
        form = "+.1%" if _signed(row) else ".1%"
        met = {True: word("yes", lang), False: word("no", lang)}.get(row["passed"], "–")
        rows.append(
            {
                word("test", lang): row["test"] if row["test"] != "archive" else "–",
                word("what", lang): outcome(row["test"], row["name"], lang),
                word("value", lang): format(row["value"], form),
                word("interval", lang): f"{row['low']:{form}} … {row['high']:{form}}",
                word("n", lang): row["n"],
                word("asked", lang): asked(row, lang),
                word("passed", lang): met,
            }
        )
    return pd.DataFrame(rows)


def score_rows(scores: pd.DataFrame, lang: Language) -> pd.DataFrame:
    """Scores of each method as text."""
    rows = []
    for row in scores.to_dict("records"):
        rows.append(
            {
                word("figure", lang): figure(row["indicator"], lang),
                word("method", lang): method(row["method"], lang),
                word("n", lang): row["n"],
                word("observed", lang): f"{row['observed']:.1f}",
                word("bias", lang): f"{row['bias']:+.1f}",
                word("crps", lang): f"{row['crps']:.2f}",
                word("coverage", lang): f"{row['coverage']:.0%}",
            }
        )
    return pd.DataFrame(rows)


def prior_rows(table: pd.DataFrame, lang: Language) -> pd.DataFrame:
    """The response with the evidence halved and doubled, as text."""
    rows = []
    for row in table.to_dict("records"):
        said = {
            p: f"{row[f'{p}_p50']:.1f} [{row[f'{p}_p5']:.1f}–{row[f'{p}_p95']:.1f}]"
            for p in ("prior", "posterior")
        }
        rows.append({word("factor", lang): f"{row['scale']:g}", word("prior", lang): said["prior"], word("posterior", lang): said["posterior"], word("shrinkage", lang): f"{row['shrinkage']:.0%}"})  # fmt: skip
    return pd.DataFrame(rows)


def hindcast_rows(table: pd.DataFrame, lang: Language) -> pd.DataFrame:
    """The hindcast on the official figures as text."""
    rows = []
    for row in table.to_dict("records"):
        form = ".1f" if row["indicator"] == "pm25" else ".0f"
        plus = "+" if row["kind"] == "change" else ""
        low, middle, high, seen = (format(row[c], plus + form) for c in ("p5", "p50", "p95", "observed"))
        if row["kind"] == "level" and row["indicator"] == "pm25":
            seen = format(row["observed"], ".0f")
        rows.append(
            {
                word("year", lang): word(row["kind"], lang, y=row["year"], s=row["since"]),
                word("figure", lang): figure(row["indicator"], lang),
                word("method", lang): method(row["method"], lang),
                word("foretold", lang): f"{middle} [{low} … {high}]",
                word("official", lang): seen,
                word("inside", lang): word("yes" if row["inside"] else "no", lang)
                if lang == "en"
                else ("是" if row["inside"] else "否"),
                word("mark", lang): row["mark"],
            }
        )
    return pd.DataFrame(rows)
