"""The inventory in pictures: tonnes cut per category and county, by year, and what drives their uncertainty.

Medians with p5 and p95; what is done is solid, what is planned hatched; what has no factor is named, not left out.

Examples
--------
>>> from airq.inventory import load
>>> found = load().emissions(draws=500, pollutants=["PM25"])
>>> waterfall(found, "PM25", lang="en").caption
'PM₂.₅: what each category cuts'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from airq.figures import style
from airq.figures.inventory_claims import claims, wrapped
from airq.figures.inventory_flow import flow
from airq.figures.inventory_numbers import STATUSES, part, steps
from airq.figures.inventory_words import amount, group_name, interval, scale, symbol, word
from airq.figures.labels import Language
from airq.figures.style import FigureResult

if TYPE_CHECKING:
    from airq.inventory.baseline import Baseline
    from airq.inventory.cuts import Tables
    from airq.inventory.factors import Factors
    from airq.inventory.results import Emissions

__all__ = ["claims", "contributors", "cumulative", "flow", "waterfall"]

_WIDTH: Final = 10.4
_DONE: Final = "#1f5a94"
_PLANNED: Final = "#a9bfd4"
_LEVEL: Final = "#5c6773"
_HATCH: Final = "////"


def _bar_style(kind: str, status: str) -> dict[str, Any]:
    if kind in ("baseline", "level"):
        return {"facecolor": _LEVEL, "edgecolor": _LEVEL}
    if status == "planned":
        return {"facecolor": _PLANNED, "edgecolor": style.COLOURS["ink"], "hatch": _HATCH, "linewidth": 0.6}
    return {"facecolor": _DONE, "edgecolor": _DONE}


def _needs(row: Mapping[str, Any], lang: Language) -> str:
    """What the measures of an unknown group need."""
    known = ("a factor", "an activity", "an efficiency", "a technology")
    said = [word(k, lang, n=int(row[k])) for k in known if row.get(k) == row.get(k) and row.get(k)]
    why = ("、" if lang == "zh" else ", ").join(said)
    return word("unknown_long", lang, n=int(row["measures"]), why=why)


def _step_label(row: Mapping[str, Any], by: str, lang: Language, grounded: bool, low: bool) -> str:
    kind, status = row["kind"], row["status"]
    if kind == "baseline":
        return word("baseline_low" if low else "baseline", lang)
    if kind == "level":
        return word(("after_" if grounded else "sum_") + status, lang)
    name = group_name(row["group"], by, lang)
    if kind == "unknown":
        return name
    return word("outside" if kind == "outside" else "cut", lang, g=name, s=word(status, lang))


def _step_text(row: Mapping[str, Any], by_unit: float, lang: Language) -> str:
    if row["kind"] == "unknown":
        return f"{word('unknown', lang)} · {_needs(row, lang)}"
    low, middle, high = (row[c] / by_unit for c in ("p5", "p50", "p95"))
    text = word("zero", lang) if not (low or middle or high) else interval(low, middle, high)
    sure = row.get("confidence")
    return f"{text}  {word('confidence', lang, c=sure)}" if isinstance(sure, str) and sure else text


def _step(axes: Axes, y: int, row: Mapping[str, Any], by_unit: float, sign: float) -> None:
    """One bar with its whisker, from the level before it."""
    start = row["start"] / by_unit
    turned = sign if row["kind"] == "cut" else 1.0
    ends = [start + turned * row[c] / by_unit for c in ("p5", "p50", "p95")]
    axes.barh(y, ends[1] - start, left=start, height=0.62, zorder=2, **_bar_style(row["kind"], row["status"]))
    for colour, width in (
        ("white", 2.0),
        (style.COLOURS["ink"], 1.0),
    ):  # a halo keeps it legible on dark bars
        axes.plot([ends[0], ends[2]], [y, y], color=colour, linewidth=width, zorder=3)
        axes.plot([ends[0], ends[2]], [y, y], color=colour, marker="|", markersize=6, linestyle="none", zorder=3)  # fmt: skip


def waterfall(
    emissions: Emissions,
    pollutant: str,
    by: str = "category",
    lang: Language = "zh",
    simulated: bool = False,
    baseline: Baseline | None = None,
    tables: Tables | None = None,
    within: str | None = None,
) -> FigureResult:
    """Tonnes cut per category or county, from the baseline to what remains.

    Parameters
    ----------
    emissions : Emissions
    pollutant : str
        As in the inventory: ``PM25``, ``SO2`` ...
    by : {"category", "county"}
    lang : {"zh", "en"}
    simulated : bool
        Print the mark of simulated data.
    baseline : Baseline, optional
        Where the bars begin; without it they add up from nothing. Cuts in sectors that it lacks stand apart.
    tables : Tables, optional
        Factors and intensities of the emissions, if not the project's.
    within : str, optional
        Place whose baseline counts; all of it by default.

    Returns
    -------
    FigureResult
        Groups without tonnes are named with what they need.
    """
    frame = steps(emissions, pollutant, by, baseline, tables, within)
    rows = [{str(k): v for k, v in r.items()} for r in frame.to_dict("records")]
    grounded = any(r["kind"] == "baseline" for r in rows)
    sign = -1.0 if grounded else 1.0
    drawn = frame[frame["kind"] != "unknown"]
    by_unit, unit = scale(float(drawn[["p50", "start"]].abs().max().max()))
    low = grounded and baseline is not None and any(r["coverage"] == "lower_bound" for r in baseline.rows)
    notes = _notes(emissions, pollutant, grounded, low, lang, any(r["kind"] == "unknown" for r in rows))
    foot = 0.85 + 0.17 * len(notes)
    with style.applied():
        figure = style.new_figure(_WIDTH, 0.55 + foot + 0.25 * len(rows))
        axes = style.panels(figure, 1, 1, (2.65, 3.55, 0.55, foot))[0, 0]
        for y, row in enumerate(rows):
            if row["kind"] != "unknown":
                _step(axes, y, row, by_unit, sign)
            quiet = row["kind"] == "unknown"
            axes.annotate(
                _step_text(row, by_unit, lang),
                (1.0, y),
                (8, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                fontsize=7.6,
                color=style.COLOURS["quiet" if quiet else "ink"],
                fontweight="bold" if row["kind"] in ("baseline", "level") else "normal",
            )
        axes.set_yticks(range(len(rows)), [_step_label(r, by, lang, grounded, low) for r in rows])
        axes.set(ylim=(len(rows) - 0.4, -0.6))
        for y in [k for k, r in enumerate(rows) if r["kind"] == "unknown"]:
            axes.axhspan(y - 0.5, y + 0.5, color=style.COLOURS["missing"], alpha=0.6, linewidth=0, zorder=0)
        axes.axvline(0, color=style.COLOURS["quiet"], linewidth=0.7)
        key = "emission_axis" if grounded else "cut_axis"
        axes.set_xlabel(word(key, lang, p=symbol(pollutant), u=word(unit, lang)))
        axes.xaxis.set_major_formatter(lambda v, _: amount(v))
        axes.xaxis.get_major_locator().set_params(nbins=6)
        style.tidy(axes, "x")
        for k, note in enumerate(notes):
            above = 0.28 + 0.17 * (len(notes) - k)
            figure.text(0.1 / _WIDTH, above / figure.get_size_inches()[1], note, fontsize=7.8, va="top")
        style.legend(figure, [Patch(label=word(s, lang), **_bar_style("cut", s)) for s in STATUSES], 2)
        title = word(f"title_waterfall_{by}", lang, p=symbol(pollutant))
        style.finish(figure, title, lang, simulated)
    return FigureResult(figure, frame, title)


def _notes(
    emissions: Emissions, pollutant: str, grounded: bool, low: bool, lang: Language, unknown: bool
) -> list[str]:
    """What must be known to read the bars."""
    gross = sum(x.basis.startswith("gross") for x in emissions.lines if x.pollutant == pollutant)
    said = [word("level_note", lang)]
    said += [word("shared_note", lang)] if grounded else []
    said += [word("lower_bound", lang)] if low else []
    said += [word("gross_note", lang, n=gross)] if gross else []
    said += [word("unknown_note", lang)] if unknown else []
    return [line for text in said for line in wrapped(text, 176)]


def _of(frame: pd.DataFrame, pollutant: str) -> pd.DataFrame:
    return frame[frame["pollutant"] == pollutant].set_index("year")[["p5", "p50", "p95"]]


def _years(whole: pd.DataFrame, done: pd.DataFrame, pollutant: str) -> pd.DataFrame:
    """What is in effect at the end of each year, done and with plans; what is done stays in effect."""
    every, own = _of(whole, pollutant), _of(done, pollutant)
    if every.empty:
        return pd.DataFrame()
    solid = own.reindex(every.index).astype(float).ffill()
    both = {"done": solid, "with_planned": every.astype(float)}
    joined = pd.concat(both, names=["what"]).reset_index().dropna(subset=["p50"])
    return joined.astype({"year": int}).assign(pollutant=pollutant)


def _cumulative_panel(axes: Axes, years: pd.DataFrame, by_unit: float) -> None:
    looks: dict[str, dict[str, Any]] = {
        "with_planned": {"color": style.COLOURS["ink"], "linestyle": (0, (4, 2)), "marker": "s", "markerfacecolor": "white"},
        "done": {"color": _DONE, "linestyle": "-", "marker": "o"},
    }  # fmt: skip
    last_done = years.loc[years["what"] == "done"]
    settled = last_done.set_index("year")["p50"] if len(last_done) else pd.Series(dtype=float)
    for what, look in looks.items():
        own = years[years["what"] == what]
        if what == "with_planned" and len(settled):
            # Before the first plan both are the same line.
            apart = own["year"][(own["p50"] - own["year"].map(settled).fillna(0)).abs() > 1e-9 * own["p50"].abs()]  # fmt: skip
            own = own[own["year"] >= apart.min() - 1] if len(apart) else own.iloc[0:0]
        if own.empty:
            continue
        low, middle, high = (own[c] / by_unit for c in ("p5", "p50", "p95"))
        if what == "done":
            axes.fill_between(own["year"], low, high, color=_PLANNED, alpha=0.55, linewidth=0, zorder=1)
        else:
            axes.fill_between(own["year"], low, high, facecolor="none", edgecolor=style.COLOURS["quiet"], hatch="////", linewidth=0.5, zorder=1.5)  # fmt: skip
        axes.plot(own["year"], middle, linewidth=1.5, markersize=4, zorder=3 if what == "done" else 4, **look)


def cumulative(
    emissions: Emissions,
    pollutants: Iterable[str] | None = None,
    lang: Language = "zh",
    simulated: bool = False,
) -> FigureResult:
    """Tonnes a year in effect at the end of each year, done solid, with plans dashed and hatched.

    Parameters
    ----------
    emissions : Emissions
    pollutants : iterable of str, optional
        All with tonnes by default.
    lang : {"zh", "en"}
    simulated : bool

    Returns
    -------
    FigureResult
        A panel for each pollutant. Measures without a period are counted in the legend and not drawn.
    """
    shown = list(pollutants or emissions.pollutants or ("PM25",))
    done = part(emissions, status=STATUSES["done"]).cumulative()
    whole = emissions.cumulative()
    parts = {p: _years(whole, done, p) for p in shown}
    columns = min(3, max(len(shown), 1))
    lines = max(-(-len(shown) // columns), 1)
    with style.applied():
        figure = style.new_figure(_WIDTH, 1.35 + lines * 2.3 + (lines - 1) * 0.3)
        grid = style.panels(figure, lines, columns, (0.75, 0.2, 0.85, 0.95), (0.75, 0.75))
        for axes, pollutant in zip(grid.flat, shown, strict=False):
            _cumulative_axes(axes, parts[pollutant], pollutant, lang)
        for axes in grid.flat[len(shown) :]:
            axes.set_axis_off()
        without = _without_period(emissions)
        handles: list[Any] = [
            (Line2D([], [], color=_DONE, marker="o", markersize=4, label=word("done_line", lang))),
            Line2D([], [], color=style.COLOURS["ink"], linestyle=(0, (4, 2)), marker="s", markersize=4, markerfacecolor="white", label=word("planned_line", lang)),
        ]  # fmt: skip
        if without:
            handles.append(Line2D([], [], linestyle="none", label=word("no_period", lang, n=without)))
        lacking = _lacking(emissions, shown)
        if lacking:
            handles.append(Line2D([], [], linestyle="none", label=word("lacking", lang, n=lacking)))
        style.legend(figure, handles, 2)
        title = word("title_cumulative", lang)
        style.finish(figure, title, lang, simulated)
    frame = pd.concat(list(parts.values()), ignore_index=True) if parts else pd.DataFrame()
    return FigureResult(figure, frame, title)


def _lacking(emissions: Emissions, shown: Iterable[str]) -> int:
    """Measures that have no tonnes of any of the pollutants."""
    have = {x.measure_id for x in emissions.lines if x.pollutant in set(shown)}
    return len(set(emissions.needs["measure_id"]) - have)


def _without_period(emissions: Emissions) -> int:
    rows = {x.measure_id: emissions.rows[x.measure_id] for x in emissions.lines}
    return sum(not r["start"] and not r["end"] for r in rows.values())


def _cumulative_axes(axes: Axes, years: pd.DataFrame, pollutant: str, lang: Language) -> None:
    if years.empty:
        axes.set_title(symbol(pollutant), fontsize=9.5)
        axes.text(0.5, 0.5, word("nothing", lang), ha="center", va="center", transform=axes.transAxes)
        axes.set_xticks([])
        axes.set_yticks([])
        return
    by_unit, unit = scale(float(years["p50"].abs().max()))
    _cumulative_panel(axes, years, by_unit)
    last = years[years["what"] == "with_planned"].iloc[-1]
    said = interval(*(last[c] / by_unit for c in ("p5", "p50", "p95")))
    axes.set_title(f"{symbol(pollutant)}  {int(last['year'])}: {said}", fontsize=9)
    axes.set_ylabel(word(unit, lang))
    first, end = int(years["year"].min()), int(years["year"].max())
    gap = max(1, -(-(end - first + 1) // 6))
    axes.set_xticks(range(first, end + 1, gap))
    axes.set_xlim(first - 0.4, end + 0.4)
    axes.axhline(0, color=style.COLOURS["quiet"], linewidth=0.7)
    if years["p5"].min() >= 0:
        axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda v, _: amount(v))
    style.tidy(axes)


def contributors(
    emissions: Emissions,
    pollutants: Iterable[str] | None = None,
    top: int = 5,
    lang: Language = "zh",
    simulated: bool = False,
    factors: Factors | None = None,
) -> FigureResult:
    """The inputs that drive the uncertainty of each pollutant's total.

    Parameters
    ----------
    emissions : Emissions
    pollutants : iterable of str, optional
        All with tonnes by default.
    top : int
    lang : {"zh", "en"}
    simulated : bool
    factors : Factors, optional
        To name the rating of each factor; those of the project by default.

    Returns
    -------
    FigureResult
        Factors solid, activities hatched; the rest is other inputs and interaction.
    """
    from airq.inventory.factors import Factors

    table = factors or Factors.load()
    ratings = {f.factor_id: f.rating for f in table.factors}
    shown = [p for p in (pollutants or emissions.pollutants) if p in emissions.pollutants]
    frames = {p: emissions.contributors(top, p) for p in shown}
    columns = min(2, max(len(shown), 1))
    lines = max(-(-len(shown) // columns), 1)
    with style.applied():
        figure = style.new_figure(_WIDTH, 1.3 + lines * (0.24 * (top + 1) + 0.35) + (lines - 1) * 0.5)
        grid = style.panels(figure, lines, columns, (2.35, 0.45, 0.8, 0.95), (2.7, 0.72))
        for axes, pollutant in zip(grid.flat, shown, strict=False):
            _contributor_axes(axes, frames[pollutant], ratings, emissions, pollutant, lang)
        for axes in grid.flat[len(shown) :]:
            axes.set_axis_off()
        if not shown:
            grid[0, 0].text(0, 0.5, word("nothing", lang), va="center")
        for axes in grid.flat[max(len(shown) - columns, 0) : len(shown)]:
            axes.set_xlabel(word("share_axis", lang))
        handles: list[Any] = [
            Patch(facecolor=_DONE, label=word("factor", lang)),
            Patch(
                facecolor=_PLANNED, hatch=_HATCH, edgecolor=style.COLOURS["ink"], label=word("activity", lang)
            ),
            Line2D([], [], linestyle="none", label=word("rating_note", lang)),
        ]
        style.legend(figure, handles, 3)
        title = word("title_contributors", lang)
        style.finish(figure, title, lang, simulated)
    frame = pd.concat(list(frames.values()), ignore_index=True) if frames else pd.DataFrame()
    return FigureResult(figure, frame, title)


def _contributor_axes(
    axes: Axes,
    frame: pd.DataFrame,
    ratings: Mapping[str, str],
    emissions: Emissions,
    pollutant: str,
    lang: Language,
) -> None:
    names = []
    rest = max(0.0, 1.0 - float(frame["share"].sum()))
    for y, row in enumerate(frame.to_dict("records")):
        look: dict[str, Any] = {"facecolor": _DONE}
        if row["kind"] != "factor":
            look = {"facecolor": _PLANNED, "hatch": _HATCH, "edgecolor": style.COLOURS["ink"], "linewidth": 0.5}  # fmt: skip
        axes.barh(y, 100 * row["share"], height=0.62, **look)
        rated = ratings.get(row["input"], "")
        more = f" ({word('rating', lang, r=rated)})" if rated else ""
        axes.annotate(f"{100 * row['share']:.1f}", (100 * row["share"], y), (4, 0), textcoords="offset points", va="center", fontsize=7.5)  # fmt: skip
        names.append(f"{row['input']}{more}")
    axes.barh(len(names), 100 * rest, height=0.62, facecolor="white", edgecolor=style.COLOURS["quiet"], linewidth=0.6)  # fmt: skip
    axes.annotate(f"{100 * rest:.1f}", (100 * rest, len(names)), (4, 0), textcoords="offset points", va="center", fontsize=7.5)  # fmt: skip
    names.append(word("rest", lang))
    axes.set_yticks(range(len(names)), names, fontsize=7.2)
    axes.set(ylim=(len(names) - 0.4, -0.6), xlim=(0, 100))
    low, middle, high = (float(emissions.total.loc[pollutant, c]) for c in ("p5", "p50", "p95"))
    by_unit, unit = scale(abs(middle))
    said = interval(low / by_unit, middle / by_unit, high / by_unit)
    axes.set_title(f"{symbol(pollutant)}  {said} {word(unit, lang)}", fontsize=9)
    style.tidy(axes, "x")
