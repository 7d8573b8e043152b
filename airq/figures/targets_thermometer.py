"""The thermometer of a yearly target: how far the year has come, where it may end, what is asked.

Examples
--------
>>> days = pd.date_range("2026-01-01", periods=3)
>>> line = pd.DataFrame({"date": days, "value": [1.0, 1.0, 2.0]})
>>> fan = pd.DataFrame({"date": days[2:], **{q: [2.0] for q in ("q05", "q25", "q50", "q75", "q95")}})
>>> thermometer(line, fan, {"kind": "good_days", "at_least": 300}, 300, 0.5, "en").caption
'Good days in 2026, so far and to come'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse, Patch, Rectangle

from airq.errors import MissingData
from airq.figures import forecast_bands as bands
from airq.figures import labels, style
from airq.figures.forecast_words import share
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.figures.targets_words import amount, goal, indicator, is_mean, is_share, unit, word

__all__ = ["AHEAD", "GOAL", "WIDTH", "thermometer", "title"]

WIDTH: Final = 10.4
GOAL: Final = style.COLOURS["limit_2012"]
AHEAD: Final = "#2a8c5a"
"""Colour of what is still to come, and of what would do."""
_TUBE: Final = 2.2
"""Width of the thermometer's panel in inches."""
_BULB: Final = 0.19
"""Height of the bulb below nothing, as a share of the axis."""


def title(text: str, place: str, lang: Language) -> str:
    """Title of a figure with its place."""
    if lang == "zh":
        return f"{place}{text}"
    joined = ", ".join(t for t in (text, place) if t)
    return joined[:1].upper() + joined[1:]


def _side(target: Mapping[str, Any]) -> str:
    return "at_least" if target.get("at_least") is not None else "at_most"


def _scaled(target: Mapping[str, Any], values: Any) -> Any:
    """Values as drawn: shares in percent."""
    return values * 100 if is_share(target) else values


def _months(axes: Axes, year: int, lang: Language) -> None:
    firsts = pd.date_range(f"{year}-01-01", f"{year}-12-01", freq="MS")
    axes.set_xticks(firsts, [labels.month_abbreviation(d.month, lang) for d in firsts])
    axes.set_xlim(pd.Timestamp(f"{year}-01-01"), pd.Timestamp(f"{year}-12-31") + pd.Timedelta(hours=18))


def thermometer(
    line: pd.DataFrame,
    fan: pd.DataFrame,
    target: Mapping[str, Any],
    need: float,
    probability: float,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    earlier: pd.DataFrame | None = None,
    final: Mapping[float, float] | None = None,
) -> FigureResult:
    """Thermometer of a yearly target, and its course with a fan to the end of the year.

    Parameters
    ----------
    line : pandas.DataFrame
        ``date value``: the count (or mean, or share) to each day of the year so far.
    fan : pandas.DataFrame
        ``date`` and quantiles such as ``q05 q25 q50 q75 q95``: the same from the last day known to 31 December.
    target : mapping
        A target of :mod:`airq.targets`; kind, pollutant and side are read.
    need : float
        Value that must be reached, or kept, in the target's unit.
    probability : float
        Of meeting it.
    lang : {"zh", "en"}
    place : str
    simulated : bool
    earlier : pandas.DataFrame, optional
        ``year date value``: the same of earlier years, dated in the target's year.
    final : mapping, optional
        Quantiles of the final figure by probability (0.05 to 0.95); those at the end of the fan by default.

    Returns
    -------
    FigureResult
        The frame holds the course, the fan and the earlier years, told apart by ``what``.

    Raises
    ------
    MissingData
        If there is neither a course nor a fan.
    """
    if line.empty and fan.empty:
        raise MissingData("there is no day of the year and no projection; there is nothing to draw.")
    bands.quantiles(fan)
    known, ahead = line.sort_values("date"), fan.sort_values("date")
    year = int(pd.Timestamp((known if len(known) else ahead)["date"].iloc[-1]).year)
    value = float(known["value"].iloc[-1]) if len(known) else 0.0
    past = pd.DataFrame({"year": [], "date": [], "value": []}) if earlier is None else earlier
    top = _top(target, need, known, ahead, past)
    with style.applied():
        figure = style.new_figure(WIDTH, 4.9)
        axes = style.panels(figure, 1, 1, (3.0, 0.95, 0.6, 1.35))[0, 0]
        _course(axes, known, ahead, past, target)
        y = _scaled(target, need)
        axes.axhline(y, color=GOAL, linewidth=1.3, linestyle=(0, (5, 2)), zorder=5)
        axes.set_ylim(0, top)
        _months(axes, year, lang)
        name = unit(target, lang)
        axes.set_ylabel(f"{indicator(target, lang)} ({name})")
        style.tidy(axes)
        ends = _ends(ahead, final)
        _end_labels(axes, ends, target, lang)
        tube = _tube_axes(figure, axes)
        _tube(tube, value, ends, target, need, probability, top, lang, known)
        held = [p for p, a, b in bands.INTERVALS[::-1] if a in ahead and b in ahead]
        note = word("bands", lang, p=("、" if lang == "zh" else ", ").join(f"{p}%" for p in held))
        if (inside := _labelled(ends)) is not None:
            note += word("end_label", lang, p=f"{inside[0]}%")
        figure.text(0.1 / WIDTH, 0.5 / 4.9, note, fontsize=7.8, va="top", color=style.COLOURS["quiet"])
        style.legend(figure, _handles(year, target, len(past) > 0, lang), 5)
        head = title(word("title_thermometer", lang, y=year, i=indicator(target, lang)), place, lang)
        style.finish(figure, head, lang, simulated)
    parts = [known.assign(what="observed"), ahead.assign(what="projected")]
    if len(past):
        parts.append(past.assign(what="earlier"))
    return FigureResult(figure, pd.concat(parts, ignore_index=True), head)


def _top(
    target: Mapping[str, Any], need: float, known: pd.DataFrame, ahead: pd.DataFrame, past: pd.DataFrame
) -> float:
    highest = [need, *(f["value"].max() for f in (known, past) if len(f))]
    if is_mean(target):
        # The first days of a running mean swing far above everything that matters.
        late = [f["value"][pd.DatetimeIndex(f["date"]).month > 1].max() for f in (known, past) if len(f)]
        highest = [need, *(v for v in late if v == v)]
    highest.append(float(ahead["q95"].max()) if len(ahead) else need)
    return 1.07 * float(_scaled(target, np.nanmax(highest)))


def _course(
    axes: Axes, known: pd.DataFrame, ahead: pd.DataFrame, past: pd.DataFrame, target: Mapping[str, Any]
) -> None:
    for _, own in past.groupby("year"):
        axes.plot(
            own["date"],
            _scaled(target, own["value"]),
            color=style.COLOURS["last_year"],
            linewidth=0.9,
            zorder=1,
        )
    if len(ahead):
        columns = bands.quantiles(ahead)
        bands.fan(axes, ahead["date"], ahead.assign(**{c: _scaled(target, ahead[c]) for c in columns}), AHEAD)
    axes.plot(
        known["date"],
        _scaled(target, known["value"]),
        color=style.COLOURS["this_year"],
        linewidth=2.0,
        zorder=4,
    )


def _ends(ahead: pd.DataFrame, final: Mapping[float, float] | None) -> dict[str, float]:
    """Quantiles of the final figure by column name; empty where nothing is projected."""
    if final is not None:
        return {f"q{round(100 * p):02d}": float(v) for p, v in final.items() if v == v}
    return {} if ahead.empty else {c: float(ahead[c].iloc[-1]) for c in bands.quantiles(ahead)}


def _labelled(ends: Mapping[str, float]) -> tuple[int, str, str] | None:
    """Percent and columns of the interval in figures beside the fan; None where it has no width."""
    for percent, low, high in (bands.INTERVALS[1], *bands.INTERVALS):
        if low in ends and high in ends:
            return (percent, low, high) if "q50" in ends and ends[low] < ends[high] else None
    return None


def _end_labels(axes: Axes, ends: Mapping[str, float], target: Mapping[str, Any], lang: Language) -> None:
    """The median and the 80 % interval (else the widest there is) of the final value, at the end of the fan."""
    if "q50" not in ends:
        return
    text = amount(target, ends["q50"], lang, with_unit=False)
    inside = _labelled(ends)
    if inside is not None:
        low, high = (amount(target, ends[c], lang, with_unit=False) for c in inside[1:])
        text = f"{text}\n[{low}–{high}]"
    axes.annotate(
        text,
        (1.0, _scaled(target, ends["q50"])),
        (6, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        fontsize=8.5,
        color=AHEAD,
        fontweight="bold",
    )


def _tube_axes(figure: Any, axes: Axes) -> Axes:
    """Panel at the left whose scale is that of the course, with room for the bulb below nothing."""
    box = axes.get_position()
    width = figure.get_size_inches()[0]
    low = box.y0 - _BULB * box.height
    made: Axes = figure.add_axes((0.1 / width, low, _TUBE / width, box.height * (1 + _BULB)))
    return made


def _tube(
    axes: Axes,
    value: float,
    ends: Mapping[str, float],
    target: Mapping[str, Any],
    need: float,
    probability: float,
    top: float,
    lang: Language,
    known: pd.DataFrame,
) -> None:
    """The thermometer: filled to today, shaded to where the year may end, a mark at the target."""
    left, right = 0.43, 0.57
    bottom, middle = -0.09 * top, 0.5
    size = axes.get_window_extent()
    axes.add_patch(Rectangle((left, bottom), right - left, top - bottom, facecolor="white", edgecolor=style.COLOURS["quiet"], linewidth=1.0))  # fmt: skip
    if "q50" in ends:
        for percent, low, high in bands.INTERVALS:
            if low not in ends or high not in ends:
                continue
            a, b = (_scaled(target, ends[c]) for c in (low, high))
            shade = {90: 0.18, 80: 0.26, 50: 0.4}[percent]
            axes.add_patch(Rectangle((left, a), right - left, max(b - a, 0.004 * top), facecolor=AHEAD, alpha=shade, linewidth=0))  # fmt: skip
        axes.plot([left, right], [_scaled(target, ends["q50"])] * 2, color=AHEAD, linewidth=1.8)
    now = _scaled(target, value)
    blue = style.COLOURS["this_year"]
    axes.add_patch(
        Rectangle((left + 0.025, bottom), right - left - 0.05, now - bottom, facecolor=blue, linewidth=0)
    )
    diameter = 0.18 * top
    across = diameter / (top * (1 + _BULB)) * size.height / size.width
    axes.add_patch(Ellipse((middle, bottom), across, diameter, facecolor=blue, edgecolor=style.COLOURS["quiet"], zorder=3))  # fmt: skip
    y = _scaled(target, need)
    axes.plot([left - 0.06, right + 0.06], [y, y], color=GOAL, linewidth=2.0)
    sign = "≥" if _side(target) == "at_least" else "≤"
    axes.annotate(f"{sign}{amount(target, need, lang)}", (right + 0.08, y), va="center", fontsize=9, color=GOAL, fontweight="bold")  # fmt: skip
    gap = 0.075 * top
    at = now if abs(now - y) > gap else (y - gap if now <= y else y + gap)
    day = labels.day(pd.Timestamp(known["date"].iloc[-1]), lang) if len(known) else ""
    said = amount(target, value, lang) if len(known) else "–"
    axes.annotate(said, (left - 0.05, at), va="center", ha="right", fontsize=9, color=blue, fontweight="bold")
    axes.annotate(word("chance", lang, p=share(probability)), (0.5, 0.0), (0, -4), xycoords="axes fraction", textcoords="offset points", ha="center", va="top", fontsize=9.5, fontweight="bold", color=style.COLOURS["ink"])  # fmt: skip
    if day:
        axes.annotate(word("today", lang, d=day), (left - 0.05, at - 0.06 * top), ha="right", va="center", fontsize=7, color=style.COLOURS["quiet"])  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(-_BULB * top, top), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _handles(year: int, target: Mapping[str, Any], earlier: bool, lang: Language) -> list[Any]:
    out: list[Any] = [
        Line2D([], [], color=style.COLOURS["this_year"], linewidth=2.0, label=word("so_far", lang, y=year)),
        Patch(facecolor=AHEAD, alpha=0.45, label=word("fan_end", lang)),
        Line2D([], [], color=GOAL, linewidth=1.3, linestyle=(0, (5, 2)), label=word("goal_line", lang, g=goal(target, lang))),
    ]  # fmt: skip
    if earlier:
        out.append(
            Line2D([], [], color=style.COLOURS["last_year"], linewidth=0.9, label=word("earlier", lang))
        )
    return out
