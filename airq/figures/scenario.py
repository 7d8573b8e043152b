"""What a scenario changes: one indicator by place, several scenarios side by side, the probability of targets.

Every figure takes tidy frames of a result, so that a table beside it holds the same numbers.

Examples
--------
>>> frame = pd.DataFrame({"label": ["a"], "p5": [-0.8], "p50": [-0.23], "p95": [-0.07]})
>>> limits(frame, 0.5)
(-0.9, 0.6)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from airq import places
from airq.errors import MissingData
from airq.figures import style
from airq.figures.direction_axes import foot
from airq.figures.forecast_words import share
from airq.figures.labels import Language
from airq.figures.scenario_words import indicator, interval, scenario_unit, word
from airq.figures.style import FigureResult

__all__ = ["changes", "compare", "intervals", "limits", "probabilities"]

_WIDTH: Final = 10.4


def limits(frame: pd.DataFrame, band: float = 0.0) -> tuple[float, float]:
    """Ends of an axis of changes: every interval, zero, and the band where it is not far wider than the intervals.

    Parameters
    ----------
    frame : pandas.DataFrame
        p5, p50, p95.
    band : float
        Half the width of what cannot be detected.

    Returns
    -------
    tuple of float
    """
    known = frame[["p5", "p50", "p95"]].to_numpy(dtype=float)
    known = known[np.isfinite(known)]
    low, high = (float(min(known.min(), 0.0)), float(max(known.max(), 0.0))) if known.size else (0.0, 0.0)
    if high == low:  # nothing changes at all
        low, high = -1.0, 1.0
    span = high - low
    if np.isfinite(band):
        reach = min(band, span)
        low, high = min(low, -reach), max(high, reach)
    room = max(0.06 * (high - low), 1e-9)
    return round(low - room, 1 if span > 0.5 else 6), round(high + room, 1 if span > 0.5 else 6)


def intervals(
    axes: Axes, frame: pd.DataFrame, lang: Language, texts: bool = True, labels: bool = True
) -> None:
    """Medians with their 90 % intervals, one line a row, the first on top.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    frame : pandas.DataFrame
        label, p5, p50, p95; ``detectable`` fills the dot (all filled where absent), ``minimum_detectable`` draws the
        grey block of what observation cannot tell from no change.
    lang : {"zh", "en"}
    texts : bool
        Print the numbers at the right.
    labels : bool
        Print the names at the left.
    """
    rows = frame.to_dict("records")
    smallest = frame.get("minimum_detectable", pd.Series(np.nan, index=frame.index)).astype(float)
    ends = limits(frame, float(smallest.max()) if smallest.notna().any() else 0.0)
    for y, row in enumerate(rows):
        least = float(row.get("minimum_detectable", float("nan")))
        if np.isfinite(least):
            axes.barh(y, 2 * least, 0.74, left=-least, color=style.COLOURS["missing"], zorder=0)
        if not np.isfinite(row["p50"]):
            continue
        tone = style.COLOURS["this_year"]
        axes.plot([row["p5"], row["p95"]], [y, y], color=tone, linewidth=1.5, zorder=3)
        filled = bool(row.get("detectable", True))
        axes.plot(row["p50"], y, "o", color=tone, markerfacecolor=tone if filled else "white", markersize=5.5, zorder=4)  # fmt: skip
        if texts:
            axes.annotate(
                interval(row["p5"], row["p50"], row["p95"]), (1, y), (6, 0),
                xycoords=("axes fraction", "data"), textcoords="offset points", va="center", fontsize=7.8,
            )  # fmt: skip
    axes.axvline(0, color=style.COLOURS["quiet"], linewidth=0.8, zorder=1)
    axes.set_xlim(*ends)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), [str(r["label"]) for r in rows] if labels else [""] * len(rows))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(lambda v, _: f"{v:g}".replace("-", "−"))
    style.tidy(axes, "x")


def _of(table: pd.DataFrame, name: str) -> pd.DataFrame:
    own = table[table["indicator"] == name]
    if own.empty:
        known = ", ".join(dict.fromkeys(table["indicator"])) or "none"
        raise MissingData(f"the result holds no indicator '{name}'; it holds {known}.")
    columns = {f"change_{q}": q for q in ("p5", "p50", "p95")}
    return own.drop(columns=[c for c in columns.values() if c in own]).rename(columns=columns)


def _place(name: str, lang: Language) -> str:
    found = places.find(name)
    return name if found is None else found.name(lang)


def _marked(frame: pd.DataFrame) -> bool:
    return "minimum_detectable" in frame and bool(frame["minimum_detectable"].notna().any())


def changes(
    table: pd.DataFrame, name: str, lang: Language = "zh", title: str = "", simulated: bool = False
) -> FigureResult:
    """Change of one indicator at every place.

    Parameters
    ----------
    table : pandas.DataFrame
        Of a result: place, indicator, unit, change_p5, change_p50, change_p95, detectable, minimum_detectable.
    name : str
        Indicator.
    lang : {"zh", "en"}
    title : str
        Name of the scenario.
    simulated : bool
        Print the mark of simulated data.

    Returns
    -------
    FigureResult

    Raises
    ------
    MissingData
        If the table lacks the indicator.
    """
    frame = _of(table, name)
    frame = frame.assign(label=[_place(p, lang) for p in frame["place"]]).reset_index(drop=True)
    head = word("title_change", lang, i=indicator(name, lang))
    head = f"{title}{'，' if lang == 'zh' else ': '}{head}" if title else head
    notes = [word("interval", lang)]
    if _marked(frame):
        notes.append(word("band", lang))
        notes += [word("open", lang)] if not frame["detectable"].all() else []
    with style.applied():
        figure = style.new_figure(_WIDTH, 1.1 + 0.19 * len(notes) + 0.3 * len(frame))
        axes = style.panels(figure, 1, 1, (1.5, 1.75, 0.5, 0.6 + 0.19 * len(notes)))[0, 0]
        intervals(axes, frame, lang)
        unit = scenario_unit(str(frame["unit"].iloc[0]), lang)
        axes.set_xlabel(f"{word('change', lang)}{f'（{unit}）' if lang == 'zh' else f', {unit}'}")
        foot(figure, notes)
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, frame, head)


def compare(
    tables: Mapping[str, pd.DataFrame],
    names: Sequence[str],
    place: str,
    lang: Language = "zh",
    simulated: bool = False,
) -> FigureResult:
    """Scenarios side by side at one place, a panel an indicator.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        By title of the scenario, each as for :func:`changes`.
    names : sequence of str
        Indicators, three or four of them.
    place : str
    lang, simulated
        As :func:`changes`.

    Returns
    -------
    FigureResult

    Raises
    ------
    MissingData
        If no scenario is given, or one lacks the place or an indicator.
    """
    if not tables or not names:
        raise MissingData("there is no scenario to compare; name one or more.")
    parts = []
    for title, table in tables.items():
        own = table[table["place"] == place]
        if own.empty:
            raise MissingData(f"the result of '{title}' holds no place '{place}'; it holds {', '.join(dict.fromkeys(table['place']))}.")  # fmt: skip
        parts += [_of(own, n).assign(label=title) for n in names]
    frame = pd.concat(parts, ignore_index=True)
    head = word("title_compare", lang, p=_place(place, lang))
    with style.applied():
        figure = style.new_figure(_WIDTH, 1.85 + 0.36 * len(tables))
        grid = style.panels(figure, 1, len(names), (2.6, 0.2, 0.75, 0.95), (0.25, 0.0))[0]
        for at, (axes, name) in enumerate(zip(grid, names, strict=True)):
            own = frame[frame["indicator"] == name].reset_index(drop=True)
            own = own.assign(label=["\n".join(_folded(t, 16 if lang == "zh" else 30)) for t in own["label"]])
            intervals(axes, own, lang, texts=False, labels=at == 0)
            axes.tick_params(axis="y", labelsize=8)
            axes.set_title(indicator(name, lang), fontsize=9.5)
            axes.set_xlabel(scenario_unit(str(own["unit"].iloc[0]), lang))
        said = [word("interval", lang)]
        foot(figure, [*said, word("band", lang)] if _marked(frame) else said)
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, frame, head)


def _folded(text: str, width: int) -> list[str]:
    """Lines of a title, two at most; Chinese breaks anywhere.

    Examples
    --------
    >>> _folded("Treatment of all boilers", 12)
    ['Treatment of', 'all boilers']
    """
    if len(text) <= width:
        return [text]
    cut = text.rfind(" ", 0, width + 1)
    cut = cut if cut > width // 3 else width
    rest = text[cut:].strip()
    return [text[:cut].strip(), rest if len(rest) <= width else f"{rest[: width - 1].rstrip()}…"]


def probabilities(frame: pd.DataFrame, lang: Language = "zh", simulated: bool = False) -> FigureResult:
    """Probability of each target without and with a scenario.

    Parameters
    ----------
    frame : pandas.DataFrame
        label, before, after: probabilities from 0 to 1.
    lang, simulated
        As :func:`changes`.

    Returns
    -------
    FigureResult

    Raises
    ------
    MissingData
        If there is no target.
    """
    if frame.empty:
        raise MissingData("no target applies to these places and years; add one to params/targets.yaml.")
    head = word("title_targets", lang)
    grey, tone = style.COLOURS["quiet"], style.COLOURS["this_year"]
    with style.applied():
        figure = style.new_figure(_WIDTH, 1.45 + 0.32 * len(frame))
        axes = style.panels(figure, 1, 1, (4.4, 1.4, 0.5, 0.9))[0, 0]
        for y, row in enumerate(frame.to_dict("records")):
            before, after = 100 * float(row["before"]), 100 * float(row["after"])
            axes.plot([before, after], [y, y], color=style.COLOURS["last_year"], linewidth=2.5, zorder=2)
            axes.plot(before, y, "o", color=grey, markerfacecolor="white", markersize=6.5, zorder=3, label=word("baseline", lang) if y == 0 else None)  # fmt: skip
            axes.plot(after, y, "o", color=tone, markersize=4.5, zorder=4, label=word("scenario", lang) if y == 0 else None)  # fmt: skip
            said = f"{share(float(row['before']))} → {share(float(row['after']))}"
            axes.annotate(said, (1, y), (8, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center", fontsize=8)  # fmt: skip
        names = ["\n".join(_folded(str(t), 32 if lang == "zh" else 58)) for t in frame["label"]]
        axes.set_yticks(range(len(frame)), names, fontsize=8)
        axes.set(ylim=(len(frame) - 0.4, -0.6), xlim=(-2, 102))
        axes.set_xlabel(word("probability_axis", lang))
        style.tidy(axes, "x")
        _key(figure, axes)
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, frame.reset_index(drop=True), head)


def _key(figure: Any, axes: Axes) -> None:
    """Legend at the foot of what the axes have named."""
    handles, _ = axes.get_legend_handles_labels()
    style.legend(figure, handles, 4)
