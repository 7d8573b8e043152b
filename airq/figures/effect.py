"""Did it work: weeks with and without the measure, the methods side by side, alerts, what a season can show.

Examples
--------
>>> spaced([3.0, 1.0])
(0.4, 3.6)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy import stats

from airq.analysis.effect.alert_model import AlertEffect
from airq.analysis.effect.detectable import DetectableEffect
from airq.analysis.effect.model import PolicyEffect, percent
from airq.errors import MissingData
from airq.figures import style
from airq.figures.direction_axes import foot
from airq.figures.direction_words import quantity, symbol, title
from airq.figures.effect_words import change, choice, method_name, site_name, verdict_word, word
from airq.figures.labels import Language
from airq.figures.style import FigureResult

__all__ = ["alerts", "detectable", "effect", "methods", "spaced"]

_Z = float(stats.norm.ppf(0.975))


def spaced(values: Sequence[float], share: float = 0.3) -> tuple[float, float]:
    """Limits of an axis with room on either side.

    Parameters
    ----------
    values : sequence of float
        NaN is ignored.
    share : float
        Of the span.
    """
    known = [v for v in values if np.isfinite(v)]
    low, high = min(known), max(known)
    room = share * max(high - low, 1e-9)
    return round(low - room, 10), round(high + room, 10)


def _band(axes: Axes, smallest: float) -> None:
    """What is too small to be detected, in percent."""
    axes.axvspan(percent(-smallest), percent(smallest), color=style.COLOURS["missing"], zorder=0)
    axes.axvline(0, color=style.COLOURS["quiet"], linewidth=0.8, zorder=1)


def _forest(axes: Axes, table: pd.DataFrame, smallest: float, lang: Language) -> None:
    """Estimates of one method with 95 % intervals from their standard errors."""
    _band(axes, smallest)
    for y, row in enumerate(table.to_dict("records")):
        tone = style.COLOURS["this_year"] if row["in_range"] else style.COLOURS["last_year"]
        if np.isfinite(row["standard_error"]):
            ends = [percent(row["estimate"] + s * _Z * row["standard_error"]) for s in (-1, 1)]
            axes.plot(ends, [y, y], color=tone, linewidth=1.2, zorder=3)
        face = tone if row["name"] == "main" else "white"
        axes.plot(percent(row["estimate"]), y, "o", color=tone, markerfacecolor=face, markersize=5, zorder=4)
    axes.set_yticks(range(len(table)), [choice(n, lang) for n in table["name"]], fontsize=7.5)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_xlabel(word("change", lang))
    axes.set_title(word("choices", lang), fontsize=9.5)
    style.tidy(axes, "x")


def _size_text(result: PolicyEffect | AlertEffect, lang: Language) -> str:
    size = result.placebo
    if not size.tried:
        return word("size_none", lang)
    key = "size_sets" if isinstance(result, AlertEffect) else "size"
    return word(key, lang, k=size.rejected, n=size.tried, l=f"{100 * size.level:.0f}")


def _estimate_text(result: PolicyEffect | AlertEffect, lang: Language) -> str:
    low, high = result.percent_interval
    return word(
        "estimate_line",
        lang,
        e=change(result.percent),
        a=change(low),
        b=change(high),
        d=change(percent(-result.minimum_detectable)),
        v=verdict_word(result.verdict, lang),
    )


def _notes(result: PolicyEffect | AlertEffect, lang: Language) -> list[str]:
    low, high = result.identification
    span = word("range", lang, a=change(percent(low)), b=change(percent(high)))
    stop = "；" if lang == "zh" else ". "
    return [_estimate_text(result, lang), stop.join([span, _size_text(result, lang), word("band", lang)])]


def effect(
    result: PolicyEffect, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Weeks around a measure with what would have been without it, and the estimate under other choices.

    Parameters
    ----------
    result : PolicyEffect
    lang : {"zh", "en"}
    place : str
    simulated : bool

    Returns
    -------
    FigureResult
        The frame holds the weeks.
    """
    weeks = result.weeks[result.weeks["used"]]
    if weeks.empty:
        raise MissingData("the result holds no week; there is nothing to draw.")
    head = title(
        word("title_effect", lang, p=symbol(result.target), m=method_name(result.method, lang)), place, lang
    )
    donors = result.weights[result.weights > 0.005]
    rows = max(len(result.specifications), 5)
    with style.applied():
        figure = style.new_figure(10.4, max(4.5, 2.0 + 0.28 * rows))
        grid = style.panels(figure, 1, 2, (0.65, 0.2, 0.7, 1.2 if len(donors) else 1.0), (2.0, 0.0))
        left, right = grid[0]
        # The weeks deserve more room than the estimates.
        box = left.get_position()
        left.set_position([box.x0, box.y0, box.width * 1.22, box.height])
        other = right.get_position()
        right.set_position([other.x0 + box.width * 0.22, other.y0, other.width * 0.78, other.height])
        _weeks(left, weeks, result, lang)
        _forest(right, result.specifications, result.minimum_detectable, lang)
        notes = _notes(result, lang)
        if len(donors):
            joint = "、" if lang == "zh" else ", "
            said = joint.join(f"{site_name(str(s), lang)} {100 * w:.0f}" for s, w in donors.items())
            notes.append(f"{word('weights', lang)}{'：' if lang == 'zh' else ': '}{said}")
        foot(figure, notes)
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, weeks.reset_index(drop=True), head)


def _weeks(axes: Axes, weeks: pd.DataFrame, result: PolicyEffect, lang: Language) -> None:
    start = weeks["start"]
    alike = bool(np.allclose(weeks["observed"], weeks["adjusted"]))
    end = result.until if result.until is not None else start.iloc[-1] + pd.Timedelta(days=7)
    axes.axvspan(result.date, end, color="#f3e7d3", zorder=0, label=word("measure", lang))
    axes.plot(
        start,
        weeks["observed"],
        color=style.COLOURS["last_year"],
        linewidth=0.9,
        label=word("observed", lang),
    )
    if not alike:
        axes.plot(
            start,
            weeks["adjusted"],
            color=style.COLOURS["this_year"],
            linewidth=1.1,
            label=word("adjusted", lang),
        )
    axes.plot(
        start,
        weeks["counterfactual"],
        color=style.COLOURS["limit_2012"],
        linewidth=1.1,
        linestyle="--",
        label=word("counterfactual", lang),
    )
    axes.set_yscale("log")
    ticks = [
        t
        for t in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
        if weeks["observed"].min() <= t <= weeks["observed"].max()
    ]
    axes.set_yticks(ticks, [str(t) for t in ticks])
    axes.minorticks_off()
    axes.set_ylabel(quantity(result.target, lang))
    axes.tick_params(axis="x", labelsize=8)
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=4,
        fontsize=7.8,
        borderaxespad=0.2,
        handlelength=1.5,
        columnspacing=1.0,
    )
    style.tidy(axes)


def methods(
    results: Sequence[PolicyEffect], lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Every method in one line: estimate, interval, identification range, smallest detectable effect, verdict.

    Parameters
    ----------
    results : sequence of PolicyEffect
    lang, place, simulated
        As :func:`effect`.

    Returns
    -------
    FigureResult
        The frame holds a row a method.

    Raises
    ------
    MissingData
        Without a result.
    """
    if not results:
        raise MissingData("there is no result to compare; run a method first.")
    frame = pd.concat([r.to_frame() for r in results], ignore_index=True)
    head = title(word("title_methods", lang, p=symbol(results[0].target)), place, lang)
    with style.applied():
        figure = style.new_figure(10.4, 1.7 + 0.62 * len(results))
        axes = style.panels(figure, 1, 1, (1.75, 3.6, 0.6, 0.8))[0, 0]
        ends: list[float] = [0.0]
        for y, r in enumerate(results):
            ends += _method_line(axes, y, r, lang)
        axes.axvline(0, color=style.COLOURS["quiet"], linewidth=0.8, zorder=1)
        axes.set_yticks(range(len(results)), [method_name(r.method, lang) for r in results])
        axes.set_ylim(len(results) - 0.4, -0.6)
        axes.set_xlim(*spaced(ends, 0.06))
        axes.set_xlabel(word("change", lang))
        style.tidy(axes, "x")
        said = {
            "zh": "点和线：估计与区间；浅色粗线：辨识区间；灰块：小于最小可测变化",
            "en": "Dot and line: estimate and interval. Pale bar: identification range. Grey: smaller than can be detected.",
        }
        foot(figure, [said[lang]])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, frame, head)


def _method_line(axes: Axes, y: int, r: PolicyEffect, lang: Language) -> list[float]:
    smallest = r.minimum_detectable
    low, high = r.percent_interval
    a, b = (percent(v) for v in r.identification)
    axes.barh(
        y,
        percent(smallest) - percent(-smallest),
        0.72,
        left=percent(-smallest),
        color=style.COLOURS["missing"],
        zorder=0,
    )
    axes.plot([a, b], [y, y], color=style.COLOURS["last_year"], linewidth=6, solid_capstyle="butt", zorder=2)
    tone = style.COLOURS["this_year"]
    axes.plot([low, high], [y, y], color=tone, linewidth=1.3, zorder=3)
    sure = r.verdict in ("fell", "rose")
    axes.plot(
        r.percent, y, "o", color=tone, markerfacecolor=tone if sure else "white", markersize=6, zorder=4
    )
    said = f"{verdict_word(r.verdict, lang)}  {change(r.percent)} %\n{_size_text(r, lang)}"
    axes.annotate(
        said,
        (1, y),
        (8, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        fontsize=7.8,
        linespacing=1.5,
    )
    return [a, b, low, high, percent(smallest), percent(-smallest)]


def alerts(
    result: AlertEffect, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Observed against forecast with and without alert, and the pooled effect under other choices.

    Parameters
    ----------
    result : AlertEffect
    lang, place, simulated
        As :func:`effect`.

    Returns
    -------
    FigureResult
        The frame holds the days of the winters.
    """
    head = title(word("title_alerts", lang, p=symbol(result.target)), place, lang)
    days = result.days
    with style.applied():
        figure = style.new_figure(10.4, 5.0)
        grid = style.panels(figure, 1, 2, (0.65, 0.2, 0.62, 1.05), (2.2, 0.0))
        left, right = grid[0]
        for called, colour, key in (
            (False, style.COLOURS["last_year"], "other_days"),
            (True, style.COLOURS["limit_2012"], "alert_days"),
        ):
            part = days[days["alert"] == called]
            left.plot(
                part["forecast"],
                part["observed"],
                "o",
                color=colour,
                markersize=2.6 if not called else 3.4,
                alpha=0.75,
                markeredgewidth=0,
                label=word(key, lang, n=f"{len(part):,}"),
            )
        ends = spaced([*np.log(days["forecast"]), *np.log(days["observed"])], 0.03)
        line = np.exp(ends)
        left.plot(
            line, line, color=style.COLOURS["quiet"], linewidth=0.8, linestyle="--", label=word("equal", lang)
        )
        left.set(xscale="log", yscale="log", xlim=line, ylim=line)
        ticks = [t for t in (5, 10, 20, 50, 100, 200, 500) if line[0] <= t <= line[1]]
        for axis in (left.xaxis, left.yaxis):
            axis.set_ticks(ticks, [str(t) for t in ticks])
        left.minorticks_off()
        left.set_xlabel(f"{word('forecast_axis', lang)} {quantity(result.target, lang)}")
        left.set_ylabel(f"{word('observed_axis', lang)} {quantity(result.target, lang)}")
        left.legend(loc="upper left", fontsize=7.8)
        style.tidy(left, "both")
        _forest(right, result.specifications, result.minimum_detectable, lang)
        foot(figure, _notes(result, lang))
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, days, head)


def detectable(
    result: DetectableEffect, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Means of the seasons, their trend, and the band within which a coming season says nothing.

    Parameters
    ----------
    result : DetectableEffect
    lang, place, simulated
        As :func:`effect`.

    Returns
    -------
    FigureResult
        The frame holds the seasons.
    """
    table = result.seasons
    whole = bool((table["start"].dt.year == table["end"].dt.year).all())
    head = title(
        word("title_detectable_year" if whole else "title_detectable", lang, p=symbol(result.target)),
        place,
        lang,
    )
    used = table[table["used"]]
    with style.applied():
        figure = style.new_figure(10.4, 4.0)
        axes = style.panels(figure, 1, 1, (0.65, 0.3, 0.62, 0.6))[0, 0]
        means = np.exp(table["log_mean"])
        axes.plot(
            table["season"],
            means,
            "o",
            color=style.COLOURS["this_year"],
            label=word("year_mean" if whole else "season_mean", lang),
        )
        line = np.polyfit(used["season"], used["fitted"], 1) if len(used) > 1 else (0.0, 0.0)
        ahead = float(used["season"].max()) + (1 + result.after) / 2
        x = np.array([float(used["season"].min()), ahead])
        axes.plot(
            x,
            np.exp(np.polyval(line, x)),
            color=style.COLOURS["quiet"],
            linestyle="--",
            linewidth=1.0,
            label=word("trend", lang),
        )
        middle = float(np.polyval(line, ahead))
        low, high = np.exp(middle - result.log), np.exp(middle + result.log)
        axes.bar(
            [ahead],
            [high - low],
            0.5,
            bottom=[low],
            color=style.COLOURS["missing"],
            label=word("unseen", lang),
        )
        axes.set_xticks(
            [*table["season"].tolist(), ahead],
            [*(_season(r.start, r.end) for r in table.itertuples()), "→"],
            fontsize=7.8,
        )
        axes.set_ylim(0, max(float(means.max()), high) * 1.12)
        axes.set_ylabel(quantity(result.target, lang))
        axes.legend(loc="upper right", ncols=3, fontsize=7.8)
        style.tidy(axes)
        unit = quantity(result.target, lang).split("（" if lang == "zh" else "(")[-1].rstrip("）)")
        drop = word(
            "fall_needed",
            lang,
            f=change(abs(result.fall_percent)).lstrip("+"),
            c=f"{result.concentration:.1f} {unit}",
        )
        foot(figure, [drop])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, table, head)


def _season(start: Any, end: Any) -> str:
    return f"{start.year}" if start.year == end.year else f"{start.year}/{end.year % 100:02d}"
