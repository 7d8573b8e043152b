"""Targets of a year in pictures: thermometer with its fan, pace, chance under each trend, years of attainment.

Each function takes frames of :mod:`airq.targets` and returns its figure and the numbers in it.

Examples
--------
>>> table = pd.DataFrame({"drift": ["zero", "half", "full"], "probability": [0.4, 0.55, 0.7]})
>>> by_drift(table, "half", lang="en", place="Changji City").caption
'P of meeting the target under three trends, Changji City'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from airq.errors import MissingData
from airq.figures import labels, style
from airq.figures.forecast_skill import reliability
from airq.figures.forecast_words import share
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.figures.targets_thermometer import AHEAD, GOAL, WIDTH, thermometer, title
from airq.figures.targets_words import DRIFTS, amount, indicator, is_mean, unit, word

__all__ = ["attainment", "by_drift", "hindcast", "pace", "thermometer"]


def pace(
    rest: pd.DataFrame,
    target: Mapping[str, Any],
    affordable: float,
    year: int,
    days: int,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    expected: Mapping[str, float] | None = None,
) -> FigureResult:
    """What the rest of the year may bring at most, beside what the same days of earlier years brought.

    Parameters
    ----------
    rest : pandas.DataFrame
        ``year value``: of the same days in earlier years: days above the threshold, or the mean.
    target : mapping
    affordable : float
        The most that the rest of the year may have for the target to be met; below zero it cannot be met any more.
    year, days : int
        The target's year, and how many of its days are left.
    lang : {"zh", "en"}
    place : str
    simulated : bool
    expected : mapping, optional
        ``q10 q50 q90`` of the rest of the year as projected.

    Returns
    -------
    FigureResult
        ``met`` says whether the days of that year would have done.
    """
    table = rest.dropna(subset=["value"]).sort_values("year").reset_index(drop=True)
    table = table.assign(met=table["value"] <= affordable)
    count = len(table) + (expected is not None)
    kind = target if is_mean(target) else {"kind": "heavy_days"}
    blue = style.COLOURS["this_year"]
    with style.applied():
        height = 1.6 + 0.32 * max(count, 1)
        figure = style.new_figure(WIDTH, height)
        axes = style.panels(figure, 1, 1, (1.9, 0.4, 0.55, 0.9))[0, 0]
        ticks: list[tuple[float, str]] = []
        for y, row in enumerate(table.to_dict("records")):
            axes.barh(y, row["value"], 0.62, color=AHEAD if row["met"] else style.COLOURS["last_year"])
            _beside(axes, row["value"], y, amount(kind, row["value"], lang))
            ticks.append((y, word("same_days", lang, y=int(row["year"]))))
        if expected is not None:
            y = len(table)
            axes.barh(
                y, expected["q50"], 0.62, facecolor="white", edgecolor=blue, hatch="////", linewidth=1.0
            )
            axes.plot(
                [expected["q10"], expected["q90"]],
                [y, y],
                color=blue,
                linewidth=1.6,
                marker="|",
                markersize=8,
            )
            low, high = (amount(kind, expected[q], lang, False) for q in ("q10", "q90"))
            _beside(axes, expected["q90"], y, f"{amount(kind, expected['q50'], lang)} [{low}–{high}]")
            ticks.append((y, word("fan_end", lang)))
        if affordable >= 0:
            axes.axvline(affordable, color=GOAL, linewidth=1.5, linestyle=(0, (5, 2)))
        axes.set_yticks([t for t, _ in ticks], [t for _, t in ticks])
        axes.set_ylim(max(count, 1) - 0.4, -0.6)
        axes.set_xlim(0, max(axes.get_xlim()[1], affordable, 1.0) * 1.2)
        axes.set_xlabel(_rest_name(target, lang))
        style.tidy(axes, "x")
        _pace_legend(figure, kind, affordable, bool(table["met"].any()), lang)
        head = title(word("title_pace", lang, y=year, n=days), place, lang)
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, table, head)


def _beside(axes: Axes, x: float, y: float, text: str) -> None:
    axes.annotate(text, (x, y), (7, 0), textcoords="offset points", va="center", fontsize=8.5)


def _rest_name(target: Mapping[str, Any], lang: Language) -> str:
    """What is counted or averaged over the rest of the year, with its unit."""
    if is_mean(target):
        return (
            f"{word('pace_mean', lang, p=indicator({**target, 'kind': 'mean'}, lang))} ({unit(target, lang)})"
        )
    heavy = str(target.get("kind")).startswith("heavy")
    threshold = target.get("threshold") or (200 if heavy else 100)
    return f"{word('days_above', lang, t=f'{threshold:g}')} ({labels.text('day_unit', lang)})"


def _pace_legend(figure: Any, kind: Mapping[str, Any], affordable: float, some: bool, lang: Language) -> None:
    said = amount(kind, affordable, lang) if affordable >= 0 else ""
    text = word("needed", lang, v=said) if said else word("not_enough", lang)
    line = Line2D([], [], color=GOAL, linewidth=1.5 if said else 0, linestyle=(0, (5, 2)), label=text)
    done = [Patch(color=AHEAD, label=word("would_do", lang))] if some else []
    style.legend(figure, [line, *done], 2)


def by_drift(
    table: pd.DataFrame,
    chosen: str = "",
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    names: Mapping[Any, str] | None = None,
) -> FigureResult:
    """Probability of meeting each target without trend, with half and with the full trend of earlier years.

    Parameters
    ----------
    table : pandas.DataFrame
        ``drift probability``, and ``target`` where there are several; with ``error`` its Monte Carlo error is drawn.
    chosen : str
        The drift taken by default, marked with an asterisk.
    lang : {"zh", "en"}
    place : str
    simulated : bool
    names : mapping, optional
        Names of the targets.

    Returns
    -------
    FigureResult
    """
    groups = list(dict.fromkeys(table["target"])) if "target" in table else [""]
    if table.empty:
        raise MissingData("there is no probability to draw; make an outlook first.")
    colours = {"zero": "#a9bfd4", "half": "#5d8ab5", "full": "#1f5a94"}
    several = len(groups) > 1
    longest = max(sum(2 if ord(c) > 0x2E80 else 1 for c in (names or {}).get(g, str(g))) for g in groups)
    with style.applied():
        rows = sum(len(DRIFTS) + (0.6 if several else 0) for _ in groups)
        height = 1.35 + 0.28 * rows
        figure = style.new_figure(WIDTH, height)
        axes = style.panels(figure, 1, 1, (1.35 + (0.072 * longest if several else 0), 0.6, 0.55, 0.8))[0, 0]
        y, ticks = 0.0, []
        for group in groups:
            own = table[table["target"] == group] if "target" in table else table
            for drift in (d for d in DRIFTS if d in set(own["drift"])):
                row = own[own["drift"] == drift].iloc[0]
                p = float(row["probability"])
                axes.barh(y, p, 0.72, color=colours[drift])
                if "error" in own and row["error"] == row["error"]:
                    axes.plot([max(0, p - 2 * row["error"]), min(1, p + 2 * row["error"])], [y, y], color=style.COLOURS["ink"], linewidth=1.0)  # fmt: skip
                axes.annotate(share(p), (min(p + 2 * float(row.get("error", 0) or 0), 1), y), (6, 0), textcoords="offset points", va="center", fontsize=9, fontweight="bold" if drift == chosen else "normal")  # fmt: skip
                name = word(drift, lang) + ("*" if drift == chosen else "")
                head = (names or {}).get(group, str(group)) if several and drift == DRIFTS[0] else ""
                ticks.append((y, f"{head}  {name}" if head else name))
                y += 1
            y += 0.6
        axes.set_yticks([t for t, _ in ticks], [t for _, t in ticks])
        axes.set(xlim=(0, 1), ylim=(y - 0.9, -0.7))
        axes.xaxis.set_major_formatter(lambda v, _: f"{v * 100:.0f}%")
        style.tidy(axes, "x")
        note = word("drift_note", lang)
        figure.text(0.1 / WIDTH, 0.3 / height, note, fontsize=7.8, va="top", color=style.COLOURS["quiet"])
        head = title(word("title_drift", lang), place, lang)
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, table.reset_index(drop=True), head)


def hindcast(
    table: pd.DataFrame,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    names: Mapping[Any, str] | None = None,
) -> FigureResult:
    """Reliability of the probabilities that the same method would have given in earlier years.

    Parameters
    ----------
    table : pandas.DataFrame
        As for :func:`airq.figures.forecast_skill.reliability`.
    lang : {"zh", "en"}
    place : str
    simulated : bool
    names : mapping, optional

    Returns
    -------
    FigureResult
    """
    head = title(word("title_hindcast", lang), place, lang)
    return reliability(table, lang, place, simulated, names, head)


def attainment(
    table: pd.DataFrame,
    target: Mapping[str, Any] | None = None,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
) -> FigureResult:
    """Probability of each limit by year: a solid line attained by then, dots for the year alone.

    Parameters
    ----------
    table : pandas.DataFrame
        ``year limit probability`` (of the year alone); with ``by_then`` the probability of attainment up to that year.
    target : mapping, optional
        Kind (``mean`` or ``mean3``) and pollutant; the annual mean of PM2.5 by default.
    lang : {"zh", "en"}
    place : str
    simulated : bool

    Returns
    -------
    FigureResult
    """
    about = target or {"kind": "mean", "pollutant": "pm25"}
    if table.empty:
        raise MissingData("there is no year to draw; give attainment() a series of years.")
    limits = sorted(table["limit"].unique(), reverse=True)
    years = sorted(int(y) for y in table["year"].unique())
    with style.applied():
        figure = style.new_figure(WIDTH, 3.7)
        axes = style.panels(figure, 1, 1, (0.65, 1.15, 0.55, 0.8))[0, 0]
        handles: list[Any] = []
        ends = []
        for k, limit in enumerate(limits):
            own = table[table["limit"] == limit].sort_values("year")
            colour = style.SERIES[k % len(style.SERIES)]
            mark = ("o", "s", "^", "D", "v")[k % 5]
            axes.plot(own["year"], own["probability"], mark, color=colour, markersize=5, zorder=3)
            column = "by_then" if "by_then" in own else "probability"
            axes.plot(own["year"], own[column], color=colour, linewidth=1.6, zorder=2)
            ends.append(
                (float(own[column].iloc[-1]), f"{share(float(own[column].iloc[-1]))}  ≤{limit:g}", colour)
            )
            label = word("attained", lang, v=f"{limit:g} {labels.units(str(about.get('pollutant', 'pm25')))}")
            handles.append(
                Line2D([], [], color=colour, marker=mark, linestyle="none", markersize=5, label=label)
            )
        _spread(axes, ends)
        if "by_then" in table:
            handles.append(
                Line2D([], [], color=style.COLOURS["quiet"], linewidth=1.6, label=word("by_then", lang))
            )
        gap = max(1, -(-len(years) // 14))
        axes.set_xticks(years[::gap], [str(y) for y in years[::gap]])
        axes.set(xlim=(years[0] - 0.4, years[-1] + 0.3), ylim=(0, 1))
        axes.yaxis.set_major_formatter(lambda v, _: f"{v * 100:.0f}%")
        style.tidy(axes)
        style.legend(figure, handles, 4 if lang == "zh" else 3)
        head = title(word("title_attainment", lang, i=indicator(about, lang)), place, lang)
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, table.reset_index(drop=True), head)


def _spread(axes: Axes, ends: list[tuple[float, str, str]], least: float = 0.07) -> None:
    """Labels at the ends of the lines, apart from one another."""
    places: list[float] = []
    for value, _, _ in sorted(ends):
        places.append(max(value, places[-1] + least) if places else value)
    over = max(0.0, (places[-1] if places else 0.0) - 0.985)
    for at, (_, text, colour) in zip(places, sorted(ends), strict=True):
        axes.annotate(text, (1.0, at - over), (6, 0), xycoords="axes fraction", textcoords="offset points", va="center", fontsize=8.5, color=colour)  # fmt: skip
