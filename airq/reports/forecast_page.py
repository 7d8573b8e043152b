"""Parts of the notebook on forecasts: texts, tables and figures in one language. Nothing is computed beyond choosing rows.

Examples
--------
>>> targets_of("all"), targets_of("o3")
(('pm25', 'pm10', 'so2', 'no2', 'co', 'o3'), ('o3',))
"""

from __future__ import annotations

import warnings
from html import escape
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from airq import places, standards
from airq.errors import AirqError, ParameterError
from airq.figures import forecast as figures
from airq.figures import labels
from airq.figures.forecast_words import (
    lasting,
    model_name,
    season_name,
    share,
    target_name,
    target_unit,
    weather_note,
    word,
)
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.reports import forecast_data as data
from airq.reports.coming import Coming, days, known_columns, main_scores, verified, what_is_lost
from airq.reports.tables import Html, details, table
from airq.texts import items
from airq.variables import POLLUTANTS

if TYPE_CHECKING:
    from airq.forecast import Verification
    from airq.forecast.warning import EarlyWarning

__all__ = [
    "alerts",
    "categories",
    "day_table",
    "events",
    "explained",
    "fans",
    "frame_of",
    "header",
    "hours",
    "pit",
    "reliability",
    "scores",
    "seasons",
    "skill",
    "targets_of",
    "weather_of",
    "with_weather",
]

Part = Any
_EXPLAINING: Final = (
    "temperature_mean",
    "wind_speed_mean",
    "relative_humidity_mean",
    "mixing_height_mean",
    "precipitation_sum",
)
"""Weather that an explanation looks at, where the frame holds it."""
_SCORES: Final = {
    "zh": ("时效", "样本", "MAE", "RMSE", "CRPS", "80%区间覆盖率", "较气候态技巧", "较持续性技巧", "级别准确率", "AQI范围准确率"),
    "en": ("Lead", "n", "MAE", "RMSE", "CRPS", "In 80% interval", "Skill vs climatology", "vs persistence", "Level hit", "AQI range hit"),
}  # fmt: skip


def targets_of(text: str) -> tuple[str, ...]:
    """Pollutants of a parameter: ``all``, or names separated by commas.

    Raises
    ------
    ParameterError
        If a name is not known.
    """
    if text.strip() == "all":
        return tuple(POLLUTANTS)
    names = [t.strip() for t in text.replace("，", ",").split(",") if t.strip()]
    for name in names:
        if name not in (*POLLUTANTS, "aqi"):
            raise ParameterError(
                f"target '{name}' is not known; use {', '.join((*POLLUTANTS, 'aqi'))} or all."
            )
    return tuple(dict.fromkeys(names))


def frame_of(archive: Any, place: str, issued: str = "") -> pd.DataFrame:
    """Daily frame of a place with its weather, judged by the edition in force on the day of issue.

    Parameters
    ----------
    archive : path or empty
    place : str
    issued : str
        Empty for the last day held.

    Returns
    -------
    pandas.DataFrame
    """
    from airq.observations import Archive

    held = Archive(archive or None)
    months = held.months()
    edition = data.by_phase(issued or f"{months[-1]}-01" if months else issued or "2026-12-31")
    return data.daily(held, place, edition=edition)


def weather_of(path: str, place: str) -> pd.DataFrame | None:
    """Weather of the coming days from a file; None for an empty path."""
    return data.weather_file(path, places.get(place).id) if path else None


def _name(place: str, lang: Language) -> str:
    return places.get(place).name(lang)


def header(made: Coming, place: str, lang: Language) -> list[Part]:
    """Title, mark of simulated data, day of issue, what the weather means, notes."""
    zh, name = lang == "zh", _name(place, lang)
    title = f"{name}：今后几天的空气质量" if zh else f"{name}: air quality of the coming days"
    day = f"{made.issued.year}年{labels.day(made.issued, 'zh')}" if zh else f"{labels.day(made.issued, 'en')} {made.issued.year}"  # fmt: skip
    said = [f"数据截至{day}；级别按{labels.edition(made.edition, lang)}。" if zh else f"Data up to {day}; categories after {labels.edition(made.edition, lang)}."]  # fmt: skip
    said.append(what_is_lost(made.weather, lang).replace("，用 --weather 文件提供", "").replace("; give a file with --weather", ""))  # fmt: skip
    simulated = "模拟数据：不是监测结果。" if zh else "Simulated data 模拟数据: no measurement."
    mark = f'<div class="simulated">{simulated}</div>' if made.simulated else ""
    body = "".join(f"<p>{escape(s)}</p>" for s in said)
    notes = items(made.notes)
    label = "计算说明（英文）" if zh else "Notes of the calculation"
    shut = [details(label, Html(f"<ul>{notes}</ul>"))] if notes else []
    return [Html(f"<h2>{escape(title)}</h2>{mark}{body}"), *shut]


def fans(made: Coming, place: str, lang: Language, *chosen: str) -> list[FigureResult]:
    """Fan of each forecast pollutant, or of those chosen."""
    site = places.get(place).id
    out = []
    for name in chosen or tuple(made.rows):
        rows = made.of(name, site)
        out.append(figures.fan(rows, name, made.frame, lang, _name(place, lang), made.simulated, made.edition, made.weather))  # fmt: skip
    return out


def day_table(made: Coming, place: str, lang: Language) -> Html:
    """Medians and 80 % intervals of each day, with the likeliest category and primary pollutant."""
    zh, shown = lang == "zh", days(made, places.get(place).id)
    whole = set(POLLUTANTS) <= set(made.rows) or "aqi" in made.rows
    names = [n for n in made.rows if n != "aqi"] + (["aqi"] if whole and "aqi" in shown else [])
    head = ["日期" if zh else "Day"]
    head += [
        f"{target_name(n, lang)} ({target_unit(n)})" if target_unit(n) else target_name(n, lang)
        for n in names
    ]
    head += (
        (["最可能级别", "首要污染物"] if zh else ["Likeliest category", "Primary pollutant"]) if whole else []
    )
    lines = []
    for row in shown.to_dict("records"):
        cells: list[object] = [labels.day(row["date"], lang)]
        for n in names:
            d = 2 if n == "co" else 0
            cells.append(
                f"{row[n]:.{d}f} [{row[f'{n}_q10']:.{d}f}–{row[f'{n}_q90']:.{d}f}]"
                if row[n] == row[n]
                else "–"
            )
        if whole:
            level = row.get("category")
            known = level is not None and level == level
            cells.append(f"{standards.category_name(int(level), lang)} {share(row['category_probability'])}" if known else "–")  # fmt: skip
            cells.append(_primary(row, lang))
        lines.append(cells)
    caption = "中位数和80%区间" if zh else "Medians and 80% intervals"
    return table(head, lines, caption)


def _primary(row: dict[Any, Any], lang: Language) -> str:
    name = row.get("primary")
    if name is None or name != name:
        return "–"
    said = labels.pollutant(name) if name in POLLUTANTS else word("none", lang)
    return f"{said} {share(row['primary_probability'])}"


def categories(made: Coming, place: str, lang: Language) -> list[Part]:
    """Probabilities of the categories; one sentence where not every pollutant was forecast."""
    if made.paths is None or not (set(POLLUTANTS) <= set(made.rows) or "aqi" in made.rows):
        said = "没有预报全部六项污染物，不给出级别概率。" if lang == "zh" else "Not all six pollutants were forecast, so no category has a probability."  # fmt: skip
        return [Html(f"<p>{said}</p>")]
    site = places.get(place).id
    chance, primary = made.paths.category_probability(), made.paths.primary_probability()
    own = [t[t["site"] == site].dropna(subset=["probability"]) for t in (chance, primary)]
    first = own[1] if "aqi" not in made.rows else None
    return [figures.categories(own[0], lang, _name(place, lang), made.simulated, made.edition, first)]


def alerts(found: EarlyWarning, place: str, lang: Language) -> list[Part]:
    """Probability of each alert level by day, and in words what reaches the cost-loss ratio."""
    site = places.get(place).id
    rows = figures.alert_rows(found.days, found.outlook, site)
    ratio = float(found.outlook["cost_loss"].iloc[0])
    one = figures.warnings(rows, lang, _name(place, lang), found.simulated, ratio)
    own = found.outlook[(found.outlook["site"] == site) & found.outlook["warn"]]
    zh = lang == "zh"
    said = []
    for row in own.to_dict("records"):
        name = row["level_zh"] if zh else f"{row['level']} alert"
        text = (
            f"{name}：概率{share(row['probability'])}"
            if zh
            else f"{name}: probability {share(row['probability'])}"
        )
        if row["duration_q50"] == row["duration_q50"]:
            start = labels.day(row["start_q50"], lang)
            span = lasting(row)
            text += (
                f"，预计{start}前后开始，持续{span}天"
                if zh
                else f", starting about {start} and lasting {span} d"
            )
            if row["open_share"] > 0:
                p = share(row["open_share"])
                text += (
                    f"（{p}的路径在预报期末尚未结束）" if zh else f" ({p} of the paths outlast the forecast)"
                )
        said.append(text + ("。" if zh else "."))
    if not said:
        said = [f"没有一个级别的概率达到费用损失比{ratio:g}，不建议预警。" if zh else f"No level reaches the cost-loss ratio of {ratio:g}: no warning."]  # fmt: skip
    rule = f"规则：{found.rule}。" if zh else f"Rules: {found.rule}."
    notes = [details("计算说明（英文）" if zh else "Notes of the calculation", Html(f"<ul>{items(found.notes)}</ul>"))] if found.notes else []  # fmt: skip
    return [one, Html("".join(f"<p>{escape(s)}</p>" for s in (*said, rule))), *notes]


def hours(
    archive: Any,
    place: str,
    target: str,
    leads: str,
    lang: Language,
    seed: int = 0,
    model: str = "auto",
    issued: str = "",
) -> list[Part]:
    """Fan of the coming hours, issued at the end of a day where one is given; nothing for empty leads."""
    if not leads:
        return []
    from airq.forecast import forecast_hourly
    from airq.forecast.hourly import MODELS
    from airq.observations import Archive

    held = Archive(archive or None)
    frame = data.hourly(held, place)
    chosen = model if model in MODELS else "auto"  # not every model of days is one of hours
    at = pd.Timestamp(issued).normalize() + pd.Timedelta(days=1) if issued else None
    rows = forecast_hourly(frame, target, horizons=data.span_of(leads, "hours"), issued=at, seed=seed, model=chosen)  # fmt: skip
    edition = data.by_phase(rows["issued"].iloc[0])
    label = str(rows.attrs.get("weather", "none"))
    return [figures.fan(rows, target, frame, lang, _name(place, lang), held.simulated, edition, label)]


def scores(found: Verification, lang: Language) -> Html:
    """Scores by lead of the forecast and of its references."""
    zh = lang == "zh"
    both = found.scores.merge(found.categories, on=["model", "horizon"], how="left", suffixes=("", "_c"))
    lines = []
    for row in both.to_dict("records"):
        numbers = [f"{row[c]:.1f}" for c in ("mae", "rmse", "crps")]
        skills = [_signed(row.get(f"crpss_{r}")) for r in ("climatology", "persistence")]
        shares = [share(row[c]) for c in ("level_accuracy", "range_accuracy")]
        lines.append([model_name(row["model"], lang), row["horizon"], row["n"], *numbers, share(row["coverage_80"]), *skills, *shares])  # fmt: skip
    head = ["模型" if zh else "Model", *_SCORES[lang]]
    unit = target_unit(found.target)
    caption = f"{target_name(found.target, lang)}{f' ({unit})' if unit else ''}"
    t = found.tolerance
    note = (
        f"AQI范围准确率的允许误差：{t.absolute:g}点或{t.relative:.0%}（取大者）[{t.mark}]。{weather_note(found.weather, lang)}。"
        if zh
        else f"AQI range hit: within {t.absolute:g} points or {t.relative:.0%}, the larger [{t.mark}]. Made {weather_note(found.weather, lang)}."
    )
    return table(head, lines, caption, note)


def _signed(value: Any) -> str:
    if value is None or value != value:
        return "–"
    return f"{value:+.2f}".replace("-", "−")


def skill(found: Verification, place: str, lang: Language) -> FigureResult:
    """Skill by lead against climatology and persistence."""
    rows = figures.against(main_scores(found))
    return figures.skill(rows, found.target, lang, _name(place, lang), found.simulated, found.weather)


def _first(found: Verification, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the forecast itself."""
    return rows[rows["model"] == found.scores["model"].iloc[0]]


def reliability(found: Verification, place: str, lang: Language) -> list[Part]:
    """Reliability of the probabilities of each event at the shortest lead; nothing where no event came."""
    own = _first(found, found.reliability)
    own = own[own["horizon"] == own["horizon"].min()]
    chance = _first(found, found.probabilities)
    came = set(chance.loc[chance["events"] > 0, "event"])
    own = own[own["event"].isin(came)]
    if own.empty:
        said = "检验期内没有超标日，可靠性无从判断。" if lang == "zh" else "No day of the test was above a limit, so reliability cannot be judged."  # fmt: skip
        return [Html(f"<p>{said}</p>")]
    names = {e: _event(str(e), found.target, lang) for e in own["event"].unique()}
    return [figures.reliability(own, lang, _name(place, lang), found.simulated, names)]


def _event(event: str, target: str, lang: Language) -> str:
    return event.replace(target, target_name(target, lang), 1)


def pit(found: Verification, place: str, lang: Language) -> FigureResult:
    """Where the observations fell in their forecasts."""
    return figures.pit(_first(found, found.pit), lang, _name(place, lang), found.simulated)


def seasons(found: Verification, lang: Language) -> Html:
    """Scores by season, because a mean over the year hides the winter."""
    zh = lang == "zh"
    lines = [
        [season_name(r["season"], lang), r["horizon"], r["n"], f"{r['mae']:.1f}", f"{r['crps']:.1f}", share(r["coverage_80"]), _signed(r.get("crpss_climatology"))]
        for r in _first(found, found.by_season).to_dict("records")
    ]  # fmt: skip
    head = ["季节", "时效（天）", "样本", "MAE", "CRPS", "80%区间覆盖率", "较气候态技巧"] if zh else ["Season", "Lead (d)", "n", "MAE", "CRPS", "In 80% interval", "Skill vs climatology"]  # fmt: skip
    return table(head, lines, "按季节" if zh else "By season")


def events(found: Verification, lang: Language) -> Html:
    """Exceedances and heavy episodes: Brier skill, hits, false alarms, onset."""
    zh, joined = lang == "zh", _first(found, found.probabilities)
    heavy = found.episodes if found.episodes.empty else _first(found, found.episodes)
    lines = []
    for r in joined.to_dict("records"):
        same = (
            heavy[(heavy["horizon"] == r["horizon"]) & (heavy["event"] == r["event"])]
            if len(heavy)
            else heavy
        )
        more = ["–"] * 3
        if len(same):
            e = same.iloc[0]
            more = [
                share(e["episode_hit_rate"]),
                share(e["episode_false_alarm_ratio"]),
                share(e["onset_hit_rate"]),
            ]
        lines.append([_event(r["event"], found.target, lang), r["horizon"], f"{r['events']}/{r['n']}", _signed(r["bss_climatology"]), _signed(r["bss_persistence"]), *more])  # fmt: skip
    head = (
        ["事件", "时效（天）", "发生/样本", "Brier技巧（气候态）", "（持续性）", "过程命中率", "过程空报率", "起始日命中率"]
        if zh
        else ["Event", "Lead (d)", "Days/n", "Brier skill (climatology)", "(persistence)", "Episodes hit", "Episodes false", "Onsets hit"]
    )  # fmt: skip
    return table(head, lines, "超标与重污染过程" if zh else "Exceedances and heavy episodes")


def with_weather(
    frame: pd.DataFrame, target: str, place: str, lang: Language, test_days: int, model: str, seed: int = 0
) -> list[Part]:
    """The same test with the observed weather of each day: the most that a weather forecast could add."""
    columns = known_columns(frame)
    if not columns or not frame[columns].notna().any().any():
        said = "档案中没有该地的气象资料，无法比较。" if lang == "zh" else "The archive holds no weather of the place, so there is nothing to compare."  # fmt: skip
        return [Html(f"<p>{said}</p>")]
    try:
        found = verified(frame, target, (1, 3, 7), columns, test_days, model, seed)
    except AirqError as error:
        return [Html(f"<p>{escape(str(error))}</p>")]
    return [skill(found, place, lang)]


def explained(frame: pd.DataFrame, target: str, lang: Language, years: int = 4) -> list[Part]:
    """What the days hang on, in words: weather, weekend, trend, season, each with its interval.

    Parameters
    ----------
    frame : pandas.DataFrame
        Daily frame of one site.
    target : str
    lang : {"zh", "en"}
    years : int
        Last years that are looked at.

    Returns
    -------
    list
    """
    from airq.forecast import explain

    recent = frame[frame["date"] > frame["date"].max() - pd.DateOffset(years=years)]
    columns = [c for c in _EXPLAINING if c in recent and recent[c].notna().mean() > 0.5]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # whether the estimate converged stands in its sentences
            found = explain(recent, target, weather=columns or None)
    except AirqError as error:
        head = "不能解释：" if lang == "zh" else "Nothing can be explained: "
        return [Html(f"<p>{escape(head + str(error))}</p>")]
    listed = items(found.sentences(lang))
    return [Html(f"<ul>{listed}</ul>")]
