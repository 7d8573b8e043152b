"""How good forecasts were: skill by lead, reliability of probabilities, PIT.

The functions take the tables of :func:`airq.forecast.verify`; the reliability diagram serves the hindcast of targets too.

Examples
--------
>>> table = pd.DataFrame({"horizon": [1, 3], "against": "climatology", "skill": [0.3, 0.02]})
>>> skill(table, lang="en", place="Changji City").caption
'Forecast skill, PM₂.₅, Changji City'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from airq.errors import MissingData
from airq.figures import style
from airq.figures.forecast_words import model_name, share, target_name, weather_note, word
from airq.figures.labels import Language
from airq.figures.style import FigureResult

__all__ = ["against", "pit", "reliability", "skill"]

_WIDTH: Final = 10.4
_FEW: Final = 5
"""Cases below which a bin says little: it is drawn hollow and joined to none."""
_MARKS: Final = ("o", "s", "^", "D", "v", "P")


def _head(key: str, lang: Language, place: str, **values: object) -> str:
    text = word(key, lang, **values)
    return f"{place}{text}" if lang == "zh" else ", ".join(t for t in (text, place) if t)


def against(scores: pd.DataFrame) -> pd.DataFrame:
    """Skill of each lead against each reference, as :func:`skill` draws it.

    Parameters
    ----------
    scores : pandas.DataFrame
        Rows of one model in ``Verification.scores``: ``horizon`` and ``crpss_<reference>`` with ``_low`` and ``_high``.

    Returns
    -------
    pandas.DataFrame
        ``horizon against skill low high``.

    Examples
    --------
    >>> scores = pd.DataFrame({"horizon": [1], "crpss_climatology": [0.3], "crpss_persistence": [0.2]})
    >>> against(scores)["skill"].tolist()
    [0.3, 0.2]
    """
    parts = []
    for name in ("climatology", "persistence"):
        column = f"crpss_{name}"
        if column not in scores:
            continue
        part = pd.DataFrame({"horizon": scores["horizon"], "against": name, "skill": scores[column]})
        for end in ("low", "high"):
            part[end] = scores.get(f"{column}_{end}", float("nan"))
        parts.append(part)
    columns = ["horizon", "against", "skill", "low", "high"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def skill(
    table: pd.DataFrame,
    target: str = "pm25",
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    weather: str = "",
    unit: str = "days",
    interval: int = 95,
) -> FigureResult:
    """CRPS skill score by lead against named references.

    Parameters
    ----------
    table : pandas.DataFrame
        ``horizon against skill``; with ``low`` and ``high`` intervals are drawn.
    target : str
    lang : {"zh", "en"}
    place : str
    simulated : bool
    weather : {"", "none", "perfect", "forecast"}
        What weather the forecasts knew.
    unit : {"days", "hours"}
    interval : int
        Percent that ``low`` to ``high`` covers.

    Returns
    -------
    FigureResult
    """
    if table.empty or table["skill"].isna().all():
        raise MissingData("there is no skill to draw; verify some forecasts first.")
    bars = {"low", "high"} <= set(table) and bool(table["low"].notna().any())
    leads = sorted(table["horizon"].unique())
    names = list(dict.fromkeys(table["against"]))
    note = word("skill_note", lang, p=interval) if bars else word("skill_plain", lang)
    said = [note, *([weather_note(weather, lang)] if weather else [])]
    foot = 0.9 + 0.17 * len(said)
    with style.applied():
        height = 3.0 + foot
        figure = style.new_figure(_WIDTH, height)
        axes = style.panels(figure, 1, 1, (0.75, 0.2, 0.55, foot))[0, 0]
        handles = []
        shift = (0.0,) if len(names) == 1 else np.linspace(-0.1, 0.1, len(names))
        # Leads stand side by side, however far apart they are, so that each is legible.
        at = {h: x for x, h in enumerate(leads)}
        for k, name in enumerate(names):
            own = table[table["against"] == name].sort_values("horizon")
            x = own["horizon"].map(at) + shift[k]
            colour = style.SERIES[k % len(style.SERIES)]
            look: dict[str, Any] = {"color": colour, "marker": _MARKS[k % len(_MARKS)], "markersize": 5, "linewidth": 1.5}  # fmt: skip
            if bars:
                axes.vlines(x, own["low"], own["high"], color=colour, linewidth=1.1, zorder=2)
            axes.plot(x, own["skill"], zorder=3, **look)
            handles.append(Line2D([], [], label=word("against", lang, b=model_name(name, lang)), **look))
            left = k % 2 == 0
            for px, value in zip(x, own["skill"], strict=True):
                text = f"{value:.2f}".replace("-", "−")
                axes.annotate(text, (px, value), (-6 if left else 6, 5), textcoords="offset points", ha="right" if left else "left", fontsize=7.8, color=colour)  # fmt: skip
        axes.axhline(0, color=style.COLOURS["ink"], linewidth=0.9)
        axes.set_xticks(range(len(leads)), [f"{h:g}" for h in leads])
        axes.set_xlim(-0.4, len(leads) - 0.4)
        axes.set_xlabel(word("lead_days" if unit == "days" else "lead_hours", lang))
        axes.set_ylabel(word("skill_axis", lang))
        low, high = axes.get_ylim()
        axes.set_ylim(min(low, -0.05) - 0.04, min(1.0, high + 0.06) if high < 1 else high)
        axes.yaxis.set_major_formatter(lambda v, _: f"{v:.2g}".replace("-", "−"))
        style.tidy(axes)
        for k, line in enumerate(said):
            above = 0.34 + 0.17 * (len(said) - k)
            figure.text(
                0.1 / _WIDTH, above / height, line, fontsize=7.8, va="top", color=style.COLOURS["quiet"]
            )
        style.legend(figure, handles, 4)
        title = _head("title_skill", lang, place, t=target_name(target, lang, unit == "hours"))
        style.finish(figure, title, lang, simulated)
    return FigureResult(figure, table.reset_index(drop=True), title)


def reliability(
    table: pd.DataFrame,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    names: Mapping[Any, str] | None = None,
    title: str = "",
) -> FigureResult:
    """Reliability diagram: how often it happened when the probability was so and so, with the number of cases.

    Parameters
    ----------
    table : pandas.DataFrame
        Of one model and lead: ``probability`` (mean of the bin), ``frequency`` (how often it came), ``n``; with
        ``event`` a panel each (at most four are drawn, in their order); with ``low`` and ``high`` the interval of the
        frequency.
    lang : {"zh", "en"}
    place : str
    simulated : bool
    names : mapping, optional
        Names of the events.
    title : str
        In place of the default.

    Returns
    -------
    FigureResult
    """
    if table.empty:
        raise MissingData(
            "there is no probability to compare with what happened; verify some forecasts first."
        )
    events = list(dict.fromkeys(table["event"])) if "event" in table else [""]
    events = events[:4]
    with style.applied():
        figure = style.new_figure(_WIDTH, 4.75)
        wide = min(3.6, (_WIDTH - 0.85 - 0.55 * (len(events) - 1)) / len(events))
        right = _WIDTH - 0.65 - wide * len(events) - 0.55 * (len(events) - 1)
        grid = style.panels(figure, 1, len(events), (0.65, right, 0.75, 1.75), (0.55, 0.4))
        for axes, event in zip(grid[0], events, strict=True):
            own = table[table["event"] == event] if "event" in table else table
            own = own[own["n"] > 0].sort_values("probability")
            _reliable(axes, own, lang, first=event == events[0])
            _counts(figure, axes, own, lang, first=event == events[0])
            name = (names or {}).get(event, str(event))
            axes.set_title(name, fontsize=9.5)
        blue, quiet = style.COLOURS["this_year"], style.COLOURS["quiet"]
        few: dict[str, Any] = {
            "color": blue,
            "marker": "o",
            "markerfacecolor": "white",
            "linestyle": "none",
            "markersize": 4.5,
        }
        handles = [
            Line2D([], [], color=quiet, linewidth=0.9, linestyle=(0, (4, 2)), label=word("perfect", lang)),
            Line2D([], [], label=word("few", lang, n=_FEW), **few),
        ]
        style.legend(figure, handles, 2)
        said = title or _head("title_reliability", lang, place)
        style.finish(figure, said, lang, simulated)
    return FigureResult(figure, table.reset_index(drop=True), said)


def _reliable(axes: Axes, own: pd.DataFrame, lang: Language, first: bool) -> None:
    axes.plot([0, 1], [0, 1], color=style.COLOURS["quiet"], linewidth=0.9, linestyle=(0, (4, 2)))
    if {"low", "high"} <= set(own):
        axes.vlines(
            own["probability"],
            own["low"],
            own["high"],
            color=style.COLOURS["last_year"],
            linewidth=2.2,
            zorder=2,
        )
    blue = style.COLOURS["this_year"]
    enough = own[own["n"] >= _FEW]
    axes.plot(
        enough["probability"],
        enough["frequency"],
        color=blue,
        marker="o",
        markersize=4.5,
        linewidth=1.5,
        clip_on=False,
    )
    few = own[own["n"] < _FEW]
    axes.plot(
        few["probability"],
        few["frequency"],
        "o",
        color=blue,
        markerfacecolor="white",
        markersize=4.5,
        clip_on=False,
    )
    rate = float((own["frequency"] * own["n"]).sum() / own["n"].sum()) if len(own) else float("nan")
    if rate == rate:
        axes.axhline(rate, color=style.COLOURS["limit_2012"], linewidth=0.8, linestyle=":")
        axes.annotate(word("base_rate", lang, p=share(rate)), (0.99, rate), (0, 3), textcoords="offset points", ha="right", fontsize=7.6, color=style.COLOURS["limit_2012"])  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(0, 1))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([0, 0.25, 0.5, 0.75, 1])
        axis.set_major_formatter(lambda v, _: f"{v * 100:.0f}%")
    if first:
        axes.set_ylabel(word("frequency", lang))
    style.tidy(axes, "both")


def _counts(figure: Any, axes: Axes, own: pd.DataFrame, lang: Language, first: bool) -> None:
    """Number of cases of each bin, below the diagram."""
    box = axes.get_position()
    height = figure.get_size_inches()[1]
    below = figure.add_axes((box.x0, 0.85 / height, box.width, 0.58 / height))
    below.bar(own["probability"], own["n"], 0.055, color=style.COLOURS["last_year"])
    for x, n in zip(own["probability"], own["n"], strict=True):
        below.annotate(f"{int(n)}", (x, n), (0, 1), textcoords="offset points", ha="center", fontsize=6.4)
    below.set(xlim=(0, 1), yticks=[])
    below.set_ylim(0, 1.35 * float(own["n"].max()) if len(own) else 1)
    below.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    below.set_xlabel(word("probability", lang))
    if first:
        below.set_ylabel(word("cases", lang), fontsize=8)
    below.spines["left"].set_visible(False)
    below.tick_params(length=0)


def pit(
    table: pd.DataFrame,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    unit: str = "days",
) -> FigureResult:
    """Histogram of the place of the observation in its forecast: flat if the spread is honest, U if too narrow.

    Parameters
    ----------
    table : pandas.DataFrame
        ``horizon lower upper share n``: share of the ``n`` cases of a lead in each bin of 0 to 1; at most five leads
        are drawn.
    lang : {"zh", "en"}
    place : str
    simulated : bool
    unit : {"days", "hours"}

    Returns
    -------
    FigureResult
    """
    if table.empty:
        raise MissingData("there is no histogram to draw; verify some forecasts first.")
    leads = sorted(table["horizon"].unique())
    if len(leads) > 5:
        leads = [leads[i] for i in np.unique(np.linspace(0, len(leads) - 1, 5).round().astype(int))]
    with style.applied():
        figure = style.new_figure(_WIDTH, 2.75)
        grid = style.panels(figure, 1, len(leads), (0.65, 0.15, 0.75, 0.6), (0.25, 0.3))
        highest = 1.3
        for axes, lead in zip(grid[0], leads, strict=True):
            own = table[table["horizon"] == lead]
            width = own["upper"] - own["lower"]
            total = int(own["n"].iloc[0])
            density = own["share"].fillna(0.0) / width
            axes.bar(
                own["lower"],
                density,
                width,
                align="edge",
                color=style.COLOURS["last_year"],
                edgecolor="white",
            )
            axes.axhline(1, color=style.COLOURS["ink"], linewidth=0.9, linestyle=(0, (4, 2)))
            axes.set_title(word(f"lead_title_{unit}", lang, h=f"{lead:g}", n=total), fontsize=9)
            axes.set_xlim(0, 1)
            axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
            highest = max(highest, float(density.max()) * 1.1)
            style.tidy(axes)
        for axes in grid[0]:
            axes.set_ylim(0, highest)
            if axes is not grid[0][0]:
                axes.set_yticklabels([])
        grid[0][0].set_ylabel(word("pit_share", lang))
        grid[0][len(leads) // 2].set_xlabel(word("pit_axis", lang))
        title = _head("title_pit", lang, place)
        style.finish(figure, title, lang, simulated)
    return FigureResult(figure, table.reset_index(drop=True), title)
