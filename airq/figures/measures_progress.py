"""How many measures of each category are done, under way, late, without a date, to come.

Examples
--------
>>> rows = pd.DataFrame({"category": ["kiln", "kiln", "voc"], "state": ["done", "late", "coming"]})
>>> progress(rows, "en", "Changji City").frame["measures"].tolist()
[1, 1, 1]
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from airq.errors import MissingData
from airq.figures import style
from airq.figures.inventory_words import group_name
from airq.figures.labels import Language, pick
from airq.figures.style import FigureResult

__all__ = ["STATES", "progress", "state_name"]

_LOOK: Final[dict[str, tuple[str, str]]] = {
    # state: colour, hatching, so that states differ without colour too
    "done": ("#1f5a94", ""),
    "under_way": ("#a9bfd4", ""),
    "late": ("#d17a00", "////"),
    "undated": ("#e4e7eb", "...."),
    "coming": ("#ffffff", ""),
}
STATES: Final = tuple(_LOOK)
_NAMES: Final[dict[str, tuple[str, str]]] = {
    "done": ("已完成", "done"),
    "under_way": ("期限未到", "not yet due"),
    "late": ("逾期未见完成", "late"),
    "undated": ("未写明期限", "without a date"),
    "coming": ("尚未开始", "not begun"),
}
_TITLE: Final = ("{p}措施进展（项数）", "Measures of {p} (number)")
_REST: Final = ("其他{n}类", "{n} further categories")
_MOST: Final = 12
_WIDTH: Final = 9.6


def state_name(state: str, lang: Language) -> str:
    """State of a measure as printed.

    Examples
    --------
    >>> state_name("late", "zh"), state_name("coming", "en")
    ('逾期未见完成', 'not begun')
    """
    return pick(_NAMES[state], lang)


def progress(
    rows: pd.DataFrame, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Numbers of measures by category and state, the largest categories first.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row a measure: ``category`` and ``state``, one of :data:`STATES`.
    lang : {"zh", "en"}
    place : str
    simulated : bool
        Print the mark of simulated data.

    Returns
    -------
    FigureResult
        The frame holds ``category state measures``.

    Raises
    ------
    MissingData
        Without a row.
    """
    if rows.empty:
        raise MissingData("there is no measure to draw; name a place of the register.")
    wide = pd.crosstab(rows["category"], rows["state"]).reindex(columns=STATES, fill_value=0)
    wide = wide.loc[wide.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    names = [group_name(str(c), "category", lang) for c in wide.index]
    if len(wide) > _MOST:
        rest = wide.iloc[_MOST - 1 :].sum()
        names = [*names[: _MOST - 1], pick(_REST, lang, n=len(wide) - _MOST + 1)]
        wide = pd.concat([wide.iloc[: _MOST - 1], rest.to_frame("rest").T])
    title = pick(_TITLE, lang, p=place).replace("of  ", "").strip()
    with style.applied():
        height = 1.0 + 0.27 * len(wide)
        figure = style.new_figure(_WIDTH, height)
        axes = style.panels(figure, 1, 1, (1.75 if lang == "zh" else 2.9, 0.2, 0.45, 0.55))[0, 0]
        left = np.zeros(len(wide))
        for state in STATES:
            values = wide[state].to_numpy(dtype=float)
            colour, hatch = _LOOK[state]
            axes.barh(range(len(wide)), values, 0.7, left, color=colour, hatch=hatch, edgecolor=style.COLOURS["quiet"], linewidth=0.6)  # fmt: skip
            for y, (low, value) in enumerate(zip(left, values, strict=True)):
                if value >= 0.015 * wide.sum(axis=1).max():
                    plain = (
                        {} if not hatch else {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.8}}
                    )
                    ink = style.ink_on(colour) if not hatch else style.COLOURS["ink"]
                    axes.text(low + value / 2, y, f"{value:.0f}", ha="center", va="center", fontsize=7.8, color=ink, **plain)  # fmt: skip
            left = left + values
        axes.set_yticks(range(len(wide)), names)
        axes.set_ylim(len(wide) - 0.4, -0.6)
        axes.set_xlim(0, 1.02 * float(left.max()))
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        style.tidy(axes, "x")
        used = [s for s in STATES if wide[s].sum()]
        handles = [
            Patch(
                facecolor=_LOOK[s][0],
                hatch=_LOOK[s][1],
                edgecolor=style.COLOURS["quiet"],
                label=state_name(s, lang),
            )
            for s in used
        ]
        style.legend(figure, handles, 5)
        style.finish(figure, title, lang, simulated)
    frame = (
        wide.rename_axis("category").reset_index().melt("category", var_name="state", value_name="measures")
    )
    return FigureResult(figure, frame[frame["measures"] > 0].reset_index(drop=True), title)
