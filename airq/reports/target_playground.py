"""The playground of targets: one pure function answers what is asked of a year, controls and tables call it alike.

Examples
--------
>>> Ask("mean", 35.0).target(2026)
{'kind': 'mean', 'year': 2026, 'at_most': 35.0, 'pollutant': 'pm25'}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

import pandas as pd

from airq import options, places
from airq.errors import AirqError, MissingData, ParameterError
from airq.figures.labels import Language, pick
from airq.figures.targets import by_drift
from airq.places import Place
from airq.reports.sentences import listed, said
from airq.reports.tables import paragraphs, table

if TYPE_CHECKING:
    from airq.targets import Outlook

__all__ = [
    "Ask",
    "Ready",
    "amounts",
    "answer",
    "controls",
    "dates",
    "drifts",
    "header",
    "measures",
    "needed",
    "notes",
    "prepare",
    "reference",
]

Kind = Literal["good_days", "heavy_days", "mean"]
KINDS: Final[tuple[Kind, ...]] = ("good_days", "heavy_days", "mean")
DRIFTS: Final = ("auto", "zero", "half", "full")
CERTAIN: Final = 0.8
_STEPS: Final[dict[str, float]] = {"good_days": 5, "heavy_days": 2, "mean": 1}
_SD: Final = 0.5
"""Of a planned reduction, as a share of it: what documents promise is rarely what comes [B 50%]."""

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "good_days": ("优良天数不少于", "good days, at least"),
    "heavy_days": ("重污染天数不多于", "heavy days, at most"),
    "mean": ("PM₂.₅年均浓度不高于", "annual mean PM₂.₅, at most"),
    "days": ("天", " d"),
    "ug": (" µg/m³", " µg/m³"),
    "kind": ("目标", "Target"),
    "amount": ("数值", "Amount"),
    "drift": ("趋势", "Trend"),
    "cut": ("浓度再降（%）", "Further cut, %"),
    "auto": ("自动", "auto"),
    "zero": ("不延续", "does not go on"),
    "half": ("延续一半", "half goes on"),
    "full": ("全部延续", "all goes on"),
    "simulated": ("模拟数据：不是监测结果。", "Simulated data 模拟数据: no measurement."),
    "title": ("{place}：{year}年的目标定多少合适", "{place}: which target of {year} is within reach"),
    "asof": ("资料截至{day}；按{draws}条模拟的年份推算。", "What was known on {day}; from {draws} simulated years."),
    "answer": (
        "{target}{amount}{unit}：实现概率{p}（抽样误差{e}）；全年预计{low}至{high}{unit}（80%区间）。",
        "{target} {amount}{unit}: probability {p} (error of the draws {e}); the year is expected to end with {low} to {high}{unit} (80 % interval).",
    ),
    "settled": ("结果已定：{word}。", "It is settled: {word}."),
    "met": ("已经实现", "met"),
    "missed": ("已经落空", "missed"),
    "impossible": ("不可能实现", "impossible"),
    "over": ("全年已经结束", "the year is over"),
    "affordable": ("剩余日子最多还能有{n}天超标。", "The days that are left may hold {n} bad days at most."),
    "needed": (
        "要有{p}的把握，{target}可定为{amount}{unit}。",
        "With a probability of {p} the target can be: {target} {amount}{unit}.",
    ),
    "none": ("所列数值中没有一个达到{p}的把握。", "None of the amounts listed reaches a probability of {p}."),
    "probability": ("概率", "Probability"),
    "day": ("资料截至", "Known up to"),
    "cuts": ("浓度比往年再降", "Cut beyond the trend"),
    "middle": ("全年中位数", "Median of the year"),
    "no_year": ("{year}年没有数据。", "There is no data of {year}."),
    "last_year": ("上年{amount}{unit}", "{amount}{unit} the year before"),
    "reference": ("往年数值", "Earlier years"),
    "year": ("年份", "Year"),
    "reset": ("恢复", "Reset"),
}  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """What is asked.

    Attributes
    ----------
    kind : {"good_days", "heavy_days", "mean"}
    amount : float
        Days, or µg/m³ of PM2.5.
    drift : {"auto", "zero", "half", "full"}
        Whether the trend of earlier years goes on.
    cut : float
        Further fall of all concentrations from the day of issue on, share 0 to 1.
    asof : str
        Day of issue; that of the playground if empty.
    """

    kind: Kind
    amount: float
    drift: str = "auto"
    cut: float = 0.0
    asof: str = ""

    def target(self, year: int) -> dict[str, Any]:
        """As :func:`airq.targets.outlook` takes it."""
        bound = "at_least" if self.kind == "good_days" else "at_most"
        more = {"pollutant": "pm25"} if self.kind == "mean" else {}
        amount = float(self.amount) if self.kind == "mean" else round(self.amount)
        return {"kind": self.kind, "year": year, bound: amount, **more}


@dataclass(frozen=True, eq=False)
class Ready:
    """A place and year made ready.

    Attributes
    ----------
    frame : pandas.DataFrame
        Daily frame of the place.
    place : airq.places.Place
    year : int
    asof : str
    draws, seed : int
    simulated : bool
    """

    frame: pd.DataFrame
    place: Place
    year: int
    asof: str
    draws: int
    seed: int
    simulated: bool
    _kept: dict[Ask, Outlook] = field(default_factory=dict, repr=False)

    def outlook(self, ask: Ask) -> Outlook:
        """Outlook of what is asked; the same question is answered from memory."""
        if ask not in self._kept:
            from airq import targets

            day = ask.asof or self.asof
            shift = None
            if ask.cut:
                percent = 100 * ask.cut
                shift = {"by": -percent, "unit": "percent", "sd": _SD * percent, "from": day}
            self._kept[ask] = targets.outlook(
                self.frame, ask.target(self.year), day, ask.drift, self.draws, self.seed, shift
            )
        return self._kept[ask]

    def earlier(self, kind: Kind) -> pd.Series:
        """The same figure of earlier years with 300 days or more."""
        known = self.frame.dropna(subset=["aqi" if kind != "mean" else "pm25"])
        known = known[known["date"].dt.year < self.year]
        years = known.groupby(known["date"].dt.year)
        if kind == "mean":
            found = years["pm25"].mean()
        else:
            found = years["aqi"].agg(
                lambda a: float((a <= 100).sum() if kind == "good_days" else (a > 200).sum())
            )
        return found[years.size() >= 300]

    def first(self, kind: Kind = "good_days") -> Ask:
        """Where a reader begins: the figure of the year before."""
        held = self.earlier(kind)
        if held.empty:
            raise MissingData(
                f"no year before {self.year} has 300 days of {self.place.id}; ingest earlier years."
            )
        return Ask(kind, round(float(held.iloc[-1])))


def prepare(
    archive: str = "", place: str = "changji", asof: str = "", year: int = 0, draws: int = 500, seed: int = 0
) -> Ready:
    """Make a place ready.

    Parameters
    ----------
    archive : str
        Folder; the project's if empty.
    place : str
    asof : str
        Nothing after it is used; the last day held if empty.
    year : int
        0 takes that of the last day.
    draws, seed : int

    Returns
    -------
    Ready

    Raises
    ------
    AirqError
        No archive, no such place or no data, a day that is none.
    """
    from airq.reports.forecast_data import daily
    from airq.reports.parameters import open_archive

    held = open_archive(archive or options.archive_dir())
    try:
        until = pd.Timestamp(asof) if asof else None
    except ValueError as error:
        raise ParameterError(f"asof '{asof}' is no day; write it like 2026-09-30.") from error
    frame = daily(held, place, weather=False)  # each day by the edition in force on it, as targets are judged
    last = until or pd.Timestamp(frame["date"].max())
    return Ready(frame, places.get(place), year or last.year, f"{last:%Y-%m-%d}", draws, seed, held.simulated)


def _word(key: str, lang: Language, **given: object) -> str:
    return pick(_WORDS[key], lang, **given)


def _unit(kind: str, lang: Language) -> str:
    return _word("ug" if kind == "mean" else "days", lang)


def _number(value: float, kind: str) -> str:
    return f"{value:.1f}" if kind == "mean" else f"{value:.0f}"


def _percent(value: float) -> str:
    """Never a whole chance where it is open."""
    if 0 < value < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= value < 1 else f"{value:.0%}"


def _or_said(make: Any, lang: Language) -> list[Any]:
    try:
        return list(make())
    except AirqError as error:
        return [paragraphs([said(error, lang)], "note")]


def header(ready: Ready, lang: Language) -> list[Any]:
    """Title, mark of simulated data, day of issue."""
    title = _word("title", lang, place=ready.place.name(lang), year=ready.year)
    mark = [paragraphs([_word("simulated", lang)], "simulated")] if ready.simulated else []
    return [
        paragraphs([title], "lead"),
        *mark,
        paragraphs([_word("asof", lang, day=ready.asof, draws=ready.draws)]),
    ]


def reference(ready: Ready, lang: Language) -> list[Any]:
    """Figures of the last five years."""
    series = {kind: ready.earlier(kind).tail(5) for kind in KINDS}
    years = sorted(set().union(*(s.index for s in series.values())))
    heads = [_word("year", lang), *(f"{_bare(k, lang)} ({_unit(k, lang).strip()})" for k in KINDS)]
    rows = [[str(y), *(_number(s[y], k) if y in s.index else "–" for k, s in series.items())] for y in years]
    return [table(heads, rows, _word("reference", lang))] if rows else [paragraphs([_word("no_year", lang, year=ready.year - 1)], "note")]  # fmt: skip


def _bare(kind: str, lang: Language) -> str:
    """Name of a figure without its bound."""
    text = _word(kind, lang)
    return text.split("不")[0] if lang == "zh" else text.split(",")[0]


def answer(ready: Ready, ask: Ask, lang: Language) -> list[Any]:
    """What is asked, in sentences: pure, so that controls, tables and tests get the same.

    Parameters
    ----------
    ready : Ready
    ask : Ask
    lang : {"zh", "en"}

    Returns
    -------
    list
        HTML; the refusal as a sentence where there is no answer.
    """

    def make() -> list[Any]:
        made = ready.outlook(ask)
        unit = _unit(ask.kind, lang)
        words = _word(
            "answer", lang, target=_word(ask.kind, lang), amount=_number(ask.amount, ask.kind).removesuffix(".0"), unit=unit,
            p=_percent(made.probability), e=f"{100 * made.monte_carlo_error:.1f}%",
            low=_number(made.final[0.1], ask.kind), high=_number(made.final[0.9], ask.kind),
        )  # fmt: skip
        more = []
        if made.status in ("met", "missed", "impossible"):
            more.append(_word("settled", lang, word=_word(made.status, lang)))
        elif ask.kind != "mean" and made.affordable == made.affordable and made.affordable >= 0:
            more.append(_word("affordable", lang, n=f"{made.affordable:.0f}"))
        return [paragraphs([words], "lead"), *([paragraphs(more)] if more else [])]

    return _or_said(make, lang)


def _ladder(ready: Ready, ask: Ask) -> list[tuple[float, float]]:
    """Probabilities of amounts about what is asked, the easiest first."""
    step = _STEPS[ask.kind] * (1 if ask.kind == "good_days" else -1)
    tried = [ask.amount + k * step for k in range(-4, 5)]
    return [(a, ready.outlook(replace(ask, amount=a)).probability) for a in tried if a >= 0]


def amounts(ready: Ready, ask: Ask, lang: Language) -> list[Any]:
    """Probability of easier and harder targets."""

    def make() -> list[Any]:
        rows = [[_number(a, ask.kind), _percent(p)] for a, p in _ladder(ready, ask)]
        head = [f"{_word(ask.kind, lang)} ({_unit(ask.kind, lang).strip()})", _word("probability", lang)]
        return [table(head, rows)]

    return _or_said(make, lang)


def needed(ready: Ready, ask: Ask, lang: Language, probability: float = CERTAIN) -> list[Any]:
    """The hardest of those targets that still has the probability."""

    def make() -> list[Any]:
        held = [a for a, p in _ladder(ready, ask) if p >= probability]
        if not held:
            return [paragraphs([_word("none", lang, p=f"{probability:.0%}")])]
        amount, unit = _number(held[-1], ask.kind), _unit(ask.kind, lang)
        return [paragraphs([_word("needed", lang, p=f"{probability:.0%}", target=_word(ask.kind, lang), amount=amount, unit=unit)])]  # fmt: skip

    return _or_said(make, lang)


def drifts(ready: Ready, ask: Ask, lang: Language) -> list[Any]:
    """Probability under each assumption on the trend."""

    def make() -> list[Any]:
        made = ready.outlook(replace(ask, drift="auto"))
        rows = [{"drift": d, "probability": float(made.by_drift[d])} for d in DRIFTS[1:]]
        return [by_drift(pd.DataFrame(rows), "", lang, ready.place.name(lang), ready.simulated)]

    return _or_said(make, lang)


def measures(
    ready: Ready, ask: Ask, lang: Language, cuts: Sequence[float] = (0.0, 0.05, 0.1, 0.2)
) -> list[Any]:
    """What a further fall of concentrations from the day of issue would do."""

    def make() -> list[Any]:
        rows = []
        for cut in cuts:
            made = ready.outlook(replace(ask, cut=cut))
            rows.append([f"{cut:.0%}", _percent(made.probability), _number(made.final[0.5], ask.kind)])
        head = [_word("cuts", lang), _word("probability", lang), f"{_word('middle', lang)} ({_unit(ask.kind, lang).strip()})"]  # fmt: skip
        return [table(head, rows)]

    return _or_said(make, lang)


def dates(ready: Ready, ask: Ask, lang: Language, months: Sequence[int] = (4, 7, 10)) -> list[Any]:
    """How the probability of the same target stood earlier in the year."""

    def make() -> list[Any]:
        last = pd.Timestamp(ready.asof)
        days = [d for m in months if (d := pd.Timestamp(ready.year, m, 1) - pd.Timedelta(days=1)) < last]
        rows = []
        for day in [*days, last]:
            made = ready.outlook(replace(ask, asof=f"{day:%Y-%m-%d}"))
            span = f"{_number(made.final[0.1], ask.kind)}–{_number(made.final[0.9], ask.kind)}"
            rows.append([f"{day:%Y-%m-%d}", _percent(made.probability), span])
        head = [_word("day", lang), _word("probability", lang), f"80% ({_unit(ask.kind, lang).strip()})"]
        return [table(head, rows)]

    return _or_said(make, lang)


def notes(ready: Ready, ask: Ask, lang: Language) -> list[Any]:
    """What the calculation has to say of its data."""

    def make() -> list[Any]:
        made = ready.outlook(ask)
        return list(listed(made.notes_zh if lang == "zh" else made.notes, lang))

    return _or_said(make, lang)


def controls(ready: Ready, ask: Ask, lang: Language, sliders: bool = True) -> list[Any]:
    """Sliders over :func:`answer`; nothing where they are left out, as in a report."""
    if not sliders:
        return []
    import ipywidgets as widgets

    about = {"style": {"description_width": "150px"}, "layout": {"width": "420px"}}
    slide = {**about, "continuous_update": False}
    kind = widgets.Dropdown(options=[(_word(k, lang), k) for k in KINDS], value=ask.kind, description=_word("kind", lang), **about)  # fmt: skip
    amount = widgets.IntSlider(
        min=0, max=366, value=round(ask.amount), description=_word("amount", lang), **slide
    )
    drift = widgets.Dropdown(options=[(_word(d, lang), d) for d in DRIFTS], value=ask.drift, description=_word("drift", lang), **about)  # fmt: skip
    cut = widgets.IntSlider(
        min=0, max=40, step=1, value=round(100 * ask.cut), description=_word("cut", lang), **slide
    )
    shown = widgets.HTML()
    answered = lru_cache(maxsize=256)(lambda a: "".join(str(p) for p in answer(ready, a, lang)))

    def redraw(_: Any = None) -> None:
        shown.value = answered(Ask(kind.value, amount.value, drift.value, cut.value / 100))

    def other(_: Any) -> None:
        try:
            amount.value = round(ready.first(kind.value).amount)
        except AirqError as error:
            shown.value = str(paragraphs([said(error, lang)], "note"))

    kind.observe(other, names="value")
    for one in (kind, amount, drift, cut):
        one.observe(redraw, names="value")
    redraw()
    return [widgets.VBox([kind, amount, drift, cut, shown])]
