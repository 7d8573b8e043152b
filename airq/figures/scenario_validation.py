"""The validation of scenarios in pictures: official figures foretold, and every test beside what is asked of it.

Examples
--------
>>> rows = pd.DataFrame({
...     "year": 2025, "since": 2022, "kind": "level", "indicator": "pm25", "method": ["measures", "persistence"],
...     "p5": [36.0, 40.0], "p50": [46.0, 50.0], "p95": [57.0, 60.0], "observed": 37.0})
>>> hindcast(rows, (), "en").caption
'Hindcast on the official city figures'
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from airq.errors import MissingData
from airq.figures import style
from airq.figures.direction_axes import foot
from airq.figures.direction_words import title
from airq.figures.labels import Language
from airq.figures.scenario_validation_words import asked, method, outcome, word
from airq.figures.style import FigureResult
from airq.scenario.validation.outcomes import Validation

__all__ = ["hindcast", "tests"]

_TONES = dict(
    zip(("measures", "measures_and_others", "persistence", "trend", "rollback"), style.SERIES, strict=False)
)


def hindcast(
    rows: pd.DataFrame, notes: Sequence[str], lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Official figures beside what each method would have let one expect.

    Parameters
    ----------
    rows : pandas.DataFrame
        As ``OfficialHindcast.rows``.
    notes : sequence of str
        ``OfficialHindcast.notes(lang)``; they stand below the panels.
    lang : {"zh", "en"}
    place : str
    simulated : bool
        Whether the weather years are simulated.

    Returns
    -------
    FigureResult
        The frame is ``rows``.

    Raises
    ------
    MissingData
        No row.
    """
    if rows.empty:
        raise MissingData("no official figure is foretold; give figures of two years or more.")
    head = title(word("title_official", lang), place, lang)
    indicators = [i for i in ("pm25", "good_days", "heavy_days") if i in set(rows["indicator"])]
    groups = list(rows[["year", "since", "kind"]].drop_duplicates().itertuples(index=False, name=None))
    methods = [m for m in _TONES if m in set(rows["method"])]
    below = 0.75 + 0.2 * len(notes)
    kinds = [k for k in ("level", "change") if k in set(rows["kind"])]
    with style.applied():
        most = max(sum(g[2] == k for g in groups) for k in kinds)
        deep = max(0.16 * most * (len(methods) + 1.5), 1.1) * len(kinds) + 0.7 * (len(kinds) - 1)
        figure = style.new_figure(10.6, 0.75 + deep + below)
        grid = style.panels(figure, len(kinds), len(indicators), (1.55, 0.2, 0.6, below), (0.3, 0.7))
        for kind, line in zip(kinds, grid, strict=True):
            own = [g for g in groups if g[2] == kind]
            for axes, name in zip(line, indicators, strict=True):
                part = rows[(rows["indicator"] == name) & (rows["kind"] == kind)]
                if part.empty:
                    axes.set_visible(False)
                    continue
                first = not any(a.get_visible() and a.has_data() for a in line[: list(line).index(axes)])
                _panel(axes, part, own, methods, lang, first)
                axes.set_title(word(f"axis_{name}", lang), fontsize=9.5)
                style.tidy(axes, "x")
        handles = [Patch(facecolor=_TONES[m], label=method(m, lang)) for m in methods]
        height = float(figure.get_size_inches()[1])
        figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, (below - 0.42) / height), ncols=len(handles), borderaxespad=0.2)  # fmt: skip
        foot(figure, [word("key", lang), *notes])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, rows, head)


def _panel(
    axes: Axes,
    rows: pd.DataFrame,
    groups: list[tuple[int, int, str]],
    methods: list[str],
    lang: Language,
    named: bool,
) -> None:
    step = len(methods) + 1.5
    ticks = []
    for g, (year, _, kind) in enumerate(groups):
        ticks.append(g * step + (len(methods) - 1) / 2)
        part = rows[(rows["year"] == year) & (rows["kind"] == kind)].set_index("method")
        if part.empty:
            continue
        seen = float(part["observed"].iloc[0])
        ends = [g * step - 0.6, g * step + len(methods) - 0.4]
        axes.plot([seen, seen], ends, color=style.COLOURS["ink"], linewidth=1.6, zorder=4)
        for m, name in enumerate(methods):
            if name not in part.index:
                continue
            y = g * step + m
            axes.plot(
                part.loc[name, ["p5", "p95"]].to_numpy(float),
                [y, y],
                color=_TONES[name],
                linewidth=1.8,
                zorder=2,
            )
            axes.plot(float(part.loc[name, "p50"]), y, "o", color=_TONES[name], markersize=4.5, zorder=3)
    texts = [word(kind, lang, y=year, s=since) for year, since, kind in groups]
    axes.set_yticks(ticks, texts if named else [""] * len(ticks))
    axes.set_ylim(len(groups) * step - 1.2, -0.9)


def tests(made: Validation, lang: Language = "zh") -> FigureResult:
    """Every number that something is asked of, with its interval and the range asked.

    Parameters
    ----------
    made : Validation
    lang : {"zh", "en"}

    Returns
    -------
    FigureResult
        The frame holds the numbers shown.

    Raises
    ------
    MissingData
        A validation without a number that something is asked of.
    """
    frame = made.to_frame()
    frame = frame[frame["least"].notna() | frame["most"].notna()].reset_index(drop=True)
    if frame.empty:
        raise MissingData("nothing is asked of any number; run the whole validation.")
    head = word("title_tests", lang)
    notes = made.notes(lang)[: 2 + made.quick]
    below = 1.05 + 0.2 * len(notes)
    with style.applied():
        figure = style.new_figure(10.2, 0.6 + 0.235 * len(frame) + below)
        axes = style.panels(figure, 1, 1, (4.2, 0.3, 0.5, below))[0, 0]
        lowest = min(-0.3, 1.05 * float(np.nanmin(frame["low"].clip(lower=-1.0))))
        for y, row in enumerate(frame.to_dict("records")):
            ends = [row[c] if row[c] == row[c] else edge for c, edge in (("least", lowest), ("most", 1.05))]
            axes.barh(
                y, 100 * (ends[1] - ends[0]), 0.74, 100 * ends[0], color=style.COLOURS["missing"], zorder=1
            )
            tone = style.COLOURS["limit_2012"] if row["passed"] is False else style.COLOURS["this_year"]
            axes.plot(
                [100 * max(row["low"], lowest), 100 * row["high"]],
                [y, y],
                color=tone,
                linewidth=1.5,
                zorder=3,
            )
            face = "white" if row["passed"] is False else tone
            axes.plot(100 * row["value"], y, "o", color=tone, markerfacecolor=face, markersize=4.8, zorder=4)
        texts = [f"{r['test']}  {outcome(r['test'], r['name'], lang)}" for r in frame.to_dict("records")]
        axes.set_yticks(range(len(frame)), texts)
        axes.set_ylim(len(frame) - 0.4, -0.6)
        axes.set_xlim(100 * lowest, 105)
        axes.set_xlabel(word("axis_share", lang))
        style.tidy(axes, "x")
        foot(figure, [f"{word('band', lang)}{'；' if lang == 'zh' else '. '}{word('line', lang)}", *notes])
        style.finish(figure, head, lang, True)
    shown = frame.assign(asked=[asked(r, lang) for r in frame.to_dict("records")])
    return FigureResult(figure, shown, head)
