"""Alerts: an episode with and without one, what its timing changes, past alerts against the planning values.

Examples
--------
>>> from airq.scenario.alerts import AlertPlan, simulate_plan
>>> made = alert_episode(simulate_plan(AlertPlan("red", 0, 5), draws=200), "en")
>>> made.caption, len(made.frame)
('Episode with and without a red alert', 17)
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from airq.errors import MissingData
from airq.figures import style
from airq.figures.direction_axes import foot
from airq.figures.direction_words import quantity, title
from airq.figures.labels import Language
from airq.figures.scenario_alerts_words import word
from airq.figures.style import FigureResult
from airq.scenario.alerts.episodes import Episode
from airq.scenario.alerts.past import PastAlerts
from airq.scenario.alerts.simulating import EpisodeResult

__all__ = ["alert_episode", "alert_timing", "past_alerts"]

_LEVELS: Final = {"yellow": "#c9a400", "orange": "#d97000", "red": "#b3261e"}


def _whole(value: float) -> str:
    return f"{value:+.0f}" if round(value) else "0"


def _kind(episode: Episode, lang: Language) -> str:
    mean = f"{episode.values[:, episode.span].mean():.0f}"
    if episode.place:
        return word("years", lang, n=len(episode.members), d=episode.length, m=mean)
    return word("box", lang, d=episode.length, m=mean)


def alert_episode(
    result: EpisodeResult, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Daily PM2.5 of an episode with and without the alert, mean of the weather years.

    Parameters
    ----------
    result : EpisodeResult
    lang : {"zh", "en"}
    place : str
    simulated : bool

    Returns
    -------
    FigureResult
        The frame holds the days.
    """
    days = result.days
    head = title(word("title_episode", lang, l=word(result.plan.level, lang)), place, lang)
    tone = _LEVELS[result.plan.level]
    with style.applied():
        figure = style.new_figure(8.6, 4.3)
        axes = style.panels(figure, margins=(0.65, 0.2, 0.6, 1.45))[0, 0]
        for day in days.loc[days["held"], "day"]:
            axes.axvspan(day - 0.5, day + 0.5, color=tone, alpha=0.13, linewidth=0)
        axes.fill_between(days["day"], days["with_p5"], days["with_p95"], color=tone, alpha=0.3, linewidth=0)
        axes.plot(days["day"], days["with_p50"], color=tone, linewidth=1.8, marker="o", markersize=3.5)
        axes.plot(
            days["day"],
            days["without"],
            color=style.COLOURS["ink"],
            linewidth=1.5,
            marker="o",
            markersize=3.5,
        )
        axes.set_ylim(bottom=0)
        axes.set_xlim(days["day"].iloc[0] - 0.6, days["day"].iloc[-1] + 0.6)
        axes.set_xticks(days["day"])
        axes.set_xlabel(word("day", lang))
        axes.set_ylabel(quantity("pm25", lang))
        style.tidy(axes)
        handles: list[Line2D | Patch] = [
            Line2D(
                [], [], color=style.COLOURS["ink"], marker="o", markersize=3.5, label=word("without", lang)
            ),
            Line2D([], [], color=tone, marker="o", markersize=3.5, label=word("with", lang)),
            Patch(facecolor=tone, alpha=0.2, label=word("held", lang)),
        ]
        figure.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(0, 0.66 / 4.3), ncols=3, borderaxespad=0.3
        )
        foot(figure, [_numbers(result, lang), _kind(result.episode, lang), word("planning", lang)])
        style.finish(figure, head, lang, simulated or result.episode.simulated)
    return FigureResult(figure, days, head)


def _numbers(result: EpisodeResult, lang: Language) -> str:
    rows = result.table.set_index("indicator")
    mean, peak = ({p: _whole(float(rows.loc[k, f"percent_{p}"])) for p in ("p5", "p50", "p95")} for k in ("mean", "peak"))  # fmt: skip
    heavy = f"{float(rows.loc['heavy_days', 'change_p50']):+.1f}"
    return word("numbers", lang, a=mean["p50"], b=mean["p5"], c=mean["p95"], d=peak["p50"], e=peak["p5"], f=peak["p95"], g=heavy)  # fmt: skip


def alert_timing(
    table: pd.DataFrame, episode: Episode, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Change of mean, highest day and heavy days by level and by the days on which the alert holds.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`airq.scenario.alerts.compare_plans` over the episode.
    episode : Episode
    lang, place, simulated
        As everywhere.

    Returns
    -------
    FigureResult
        The frame holds the bars.

    Raises
    ------
    MissingData
        A table without rows.
    """
    if table.empty:
        raise MissingData("no plan of an alert is in the table; compare at least one.")
    head = title(word("title_timing", lang), place, lang)
    spans = table[["begin", "days"]].drop_duplicates().reset_index(drop=True)
    levels = [k for k in _LEVELS if k in set(table["level"])]
    wide = 0.8 / len(levels)
    with style.applied():
        figure = style.new_figure(10.4, 4.4)
        grid = style.panels(figure, 1, 3, (0.45, 0.15, 0.85, 1.6), (0.45, 0.0))
        for axes, name in zip(grid[0], ("mean", "peak", "heavy_days"), strict=True):
            for k, level in enumerate(levels):
                rows = spans.merge(table[table["level"] == level], on=["begin", "days"], how="left")
                x = np.arange(len(spans)) + (k - (len(levels) - 1) / 2) * wide
                axes.bar(x, rows[f"{name}_p50"], width=wide * 0.92, color=_LEVELS[level])
                ends = [rows[f"{name}_p50"] - rows[f"{name}_p5"], rows[f"{name}_p95"] - rows[f"{name}_p50"]]
                axes.errorbar(x, rows[f"{name}_p50"], np.maximum(ends, 0), fmt="none", ecolor=style.COLOURS["ink"], elinewidth=0.8)  # fmt: skip
            axes.axhline(0, color=style.COLOURS["quiet"], linewidth=0.8)
            texts = [
                word("span", lang, a=b, b=b + d - 1)
                for b, d in zip(spans["begin"], spans["days"], strict=True)
            ]
            axes.set_xticks(range(len(spans)), texts)
            axes.set_title(word(name, lang), fontsize=9.5)
            style.tidy(axes)
        grid[0][1].set_xlabel(word("span_axis", lang))
        handles = [Patch(facecolor=_LEVELS[k], label=word(k, lang)) for k in levels]
        figure.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(0, 0.66 / 4.4), ncols=3, borderaxespad=0.3
        )
        foot(figure, [_early(table, lang), _kind(episode, lang), word("planning", lang)])
        style.finish(figure, head, lang, simulated or episode.simulated)
    return FigureResult(figure, table, head)


def _early(table: pd.DataFrame, lang: Language) -> str:
    """What the peak loses by an early end: the strongest level, the same duration."""
    top = [k for k in _LEVELS if k in set(table["level"])][-1]
    rows = table[table["level"] == top]
    for days in sorted(set(rows["days"]), reverse=True):
        same = rows[rows["days"] == days].set_index("early")
        over = [e for e in same.index if e > 0]
        if over and 0 in same.index:
            n = min(over)
            cut, held = (f"{-float(same.loc[e, 'peak_p50']):.0f}" for e in (n, 0))
            return word("early_one" if n == 1 else "early", lang, n=n, p=cut, q=held)
    return ""


def past_alerts(
    result: PastAlerts, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Change of PM2.5 on alert days: expected, observed over all alerts, both together.

    Parameters
    ----------
    result : PastAlerts
    lang, place, simulated
        As everywhere.

    Returns
    -------
    FigureResult
        The frame holds the intervals.
    """
    head = title(word("title_past", lang), place, lang)
    table, effect = result.table, result.effect
    smallest = 100 * float(np.expm1(-effect.minimum_detectable))
    with style.applied():
        figure = style.new_figure(8.6, 3.0)
        axes = style.panels(figure, margins=(2.75, 0.25, 0.6, 1.05))[0, 0]
        axes.axvspan(smallest, -smallest, color=style.COLOURS["missing"], zorder=0)
        axes.axvline(0, color=style.COLOURS["quiet"], linewidth=0.8)
        for y, row in enumerate(table.to_dict("records")):
            tone = style.SERIES[y]
            axes.plot([row["p5"], row["p95"]], [y, y], color=tone, linewidth=1.6, zorder=3)
            axes.plot(row["p50"], y, "o", color=tone, markersize=6, zorder=4)
            axes.text(row["p50"], y - 0.22, f"{row['p50']:+.0f}", ha="center", va="bottom", fontsize=8)
        axes.set_yticks(range(len(table)), [word(w, lang) for w in table["what"]])
        axes.set_ylim(len(table) - 0.5, -0.7)
        room = 1.15 * float(np.abs(table[["p5", "p95"]].to_numpy()).max())
        axes.set_xlim(-max(room, -smallest * 1.1), max(0.3 * room, -smallest * 1.1))
        axes.set_xlabel(word("change", lang))
        style.tidy(axes, "x")
        note = word("past_note", lang, w=effect.winters, n=len(effect.episodes), d=effect.alert_days)
        foot(figure, [note, word("detectable", lang, v=f"{-smallest:.0f}")])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, table, head)
