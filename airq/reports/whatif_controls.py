"""Sliders and lists of the what-if page, over one function that answers a choice.

The controls hold no numbers: each change makes a :class:`airq.reports.whatif_choice.Choice`, and what the function gives
for it is shown. The same choice is answered from memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from html import escape
from typing import Any, Final

import ipywidgets as widgets

from airq.errors import AirqError
from airq.figures.labels import Language, pick
from airq.figures.style import FigureResult
from airq.reports.whatif_choice import AS_WRITTEN, KINDS, NONE, Choice
from airq.scenario.spec import LEVELS

__all__ = ["Controls"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "measures": ("措施", "Measures"),
    "share": ("完成比例（%）", "Carried out, %"),
    "delay": ("推迟（月）", "Later by, months"),
    "alert": ("重污染预警", "Alert"),
    "days": ("过程长度（天）", "Episode, days"),
    "lead": ("提前（天）", "Called ahead, days"),
    "compliance": ("措施落实（%）", "Compliance, %"),
    "neighbours": ("邻近地区减排（%）", "Neighbours cut, %"),
    "kind": ("气象年", "Weather"),
    NONE: ("无", "none"),
    AS_WRITTEN: ("按情景文件", "as in the file"),
    "yellow": ("黄色", "yellow"),
    "orange": ("橙色", "orange"),
    "red": ("红色", "red"),
    "all": ("全部年份", "all years"),
    "cold": ("冷冬", "cold winters"),
    "warm": ("暖冬", "warm winters"),
    "stagnant": ("静稳冬", "stagnant winters"),
    "reset": ("恢复", "Reset"),
    "busy": ("计算中…", "working …"),
}
_WIDE: Final = {"width": "340px"}
_REMEMBERED: Final = 64


class Controls:
    """The controls and what they show.

    Parameters
    ----------
    first : Choice
        Where they begin.
    names : dict of str to str
        Measures by id with their names.
    seasons : sequence of str
        Past seasons that may be chosen as weather.
    answer : callable
        Parts (HTML texts and figures) of a choice; pure.
    lang : {"zh", "en"}

    Attributes
    ----------
    box : ipywidgets.Widget
        What a notebook shows.
    """

    def __init__(
        self,
        first: Choice,
        names: dict[str, str],
        seasons: Sequence[str],
        answer: Callable[[Choice], Sequence[Any]],
        lang: Language = "zh",
    ) -> None:
        self._first, self._lang, self._quiet = first, lang, False
        self._answer = lru_cache(maxsize=_REMEMBERED)(answer)
        self._made = self._controls(names, seasons)
        self._shown = widgets.VBox([])
        self._shown.add_class("airq-answer")
        self._state = widgets.HTML()
        self._state.add_class("airq-state")
        reset = widgets.Button(description=self._word("reset"))
        reset.on_click(lambda _: self.set(first))
        self.set(first)
        for control in self._made.values():
            control.observe(self._changed, names="value")
        columns = [c for k, c in self._made.items() if k != "measures"]
        left, right = (
            widgets.VBox(columns[:4]),
            widgets.VBox([*columns[4:], widgets.HBox([reset, self._state])]),
        )
        top = [self._made["measures"]] if names else []
        self.box = widgets.VBox([*top, widgets.HBox([left, right]), self._shown])

    def _word(self, key: str) -> str:
        return pick(_WORDS[key], self._lang) if key in _WORDS else key

    def _controls(self, names: dict[str, str], seasons: Sequence[str]) -> dict[str, Any]:
        about = {"style": {"description_width": "150px"}}
        slide = {**about, "layout": _WIDE, "continuous_update": False}
        alerts = [NONE, *([AS_WRITTEN] if self._first.alert == AS_WRITTEN else []), *LEVELS]
        kinds = [*KINDS, *(s for s in dict.fromkeys((*seasons, self._first.kind)) if s not in KINDS)]
        return {
            "measures": widgets.SelectMultiple(
                options=[(_with_id(n, k, self._lang), k) for k, n in names.items()],
                description=self._word("measures"),
                rows=min(max(len(names), 2), 8),
                layout={"width": "700px"},
                **about,
            ),
            "share": widgets.IntSlider(min=0, max=200, step=10, description=self._word("share"), **slide),
            "delay": widgets.IntSlider(min=0, max=60, step=3, description=self._word("delay"), **slide),
            "neighbours": widgets.IntSlider(min=0, max=50, step=5, description=self._word("neighbours"), **slide),
            "kind": self._list("kind", kinds, about),
            "alert": self._list("alert", alerts, about),
            "days": widgets.IntSlider(min=1, max=15, description=self._word("days"), **slide),
            "lead": widgets.IntSlider(min=0, max=3, description=self._word("lead"), **slide),
            "compliance": widgets.IntSlider(min=0, max=100, step=5, description=self._word("compliance"), **slide),
        }  # fmt: skip

    def _list(self, key: str, values: Sequence[str], about: dict[str, Any]) -> Any:
        return widgets.Dropdown(
            options=[(self._word(v), v) for v in values], description=self._word(key), layout=_WIDE, **about
        )

    @property
    def controls(self) -> dict[str, Any]:
        """The widgets by name."""
        return self._made

    @property
    def choice(self) -> Choice:
        """What is chosen now."""
        value = {k: c.value for k, c in self._made.items()}
        # Untouched, the compliance is that of the rules with its own interval.
        told = value["compliance"] != self._start["compliance"] or self._first.compliance is not None
        return Choice(
            measures=tuple(value["measures"]),
            share=value["share"] / 100,
            delay=value["delay"],
            alert=value["alert"],
            days=value["days"],
            lead=value["lead"],
            compliance=value["compliance"] / 100 if told else None,
            neighbours=value["neighbours"] / 100,
            kind=value["kind"],
        )

    @property
    def parts(self) -> tuple[Any, ...]:
        """Widgets of the answer."""
        return tuple(self._shown.children)

    def set(self, choice: Choice) -> None:
        """Put the controls to a choice and answer it."""
        self._quiet = True
        share = 0.7 if choice.compliance is None else choice.compliance
        self._start = {"compliance": round(100 * share)}
        values = {
            "measures": choice.measures,
            "share": round(100 * choice.share),
            "delay": choice.delay,
            "alert": choice.alert,
            "days": choice.days,
            "lead": choice.lead,
            "compliance": self._start["compliance"],
            "neighbours": round(100 * choice.neighbours),
            "kind": choice.kind,
        }
        for name, value in values.items():
            self._made[name].value = value
        self._quiet = False
        self._changed(None)

    def _changed(self, _: Any) -> None:
        if self._quiet:
            return
        self._state.value = f"<span>{escape(self._word('busy'))}</span>"
        chosen = self.choice
        for name in ("days", "lead", "compliance"):
            self._made[name].disabled = chosen.alert in (NONE, AS_WRITTEN)
        try:
            parts = self._answer(chosen)
        except AirqError as error:
            self._shown.children = [widgets.HTML(f'<div class="notice">{escape(str(error))}</div>')]
        else:
            self._shown.children = [_widget(p) for p in parts]
        self._state.value = ""


def _with_id(name: str, key: str, lang: Language) -> str:
    if name == key:
        return name
    return f"{name}（{key}）" if lang == "zh" else f"{name} ({key})"


def _widget(part: Any) -> Any:
    if isinstance(part, FigureResult):
        data, about = part._repr_png_()
        made = widgets.Image(
            value=data,
            format="png",
            width=about["width"],
            layout={"max_width": "100%", "object_fit": "contain"},
        )
        return made
    return widgets.HTML(str(part))
