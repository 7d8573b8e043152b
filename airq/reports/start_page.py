"""Parts of the first notebook: the whole of airq in ten minutes, each step a call that a reader can make alone.

What a short archive does not allow is a sentence in place of the step.

Examples
--------
>>> [line[0] for line in _BOOKS][:2]
['01_gallery', '10_county_month']
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from airq import options, places
from airq.analysis import period as periods
from airq.errors import AirqError, ArchiveError
from airq.figures import labels
from airq.figures.labels import Language, pick
from airq.places import Place
from airq.reports import numbers
from airq.reports.sentences import said
from airq.reports.tables import Html, paragraphs, table

if TYPE_CHECKING:
    from airq.observations import Archive

__all__ = [
    "Start",
    "archive",
    "example",
    "forecast",
    "indicators",
    "more",
    "start",
    "target",
    "trend",
    "what_if",
]

Part = Any

_YEARS: Final = 3
_DRAWS: Final = 300
_SCENARIO: Final = "30-boilers-741-trucks"
_EXAMPLE: Final = ("2024-12", ("changji",))
_GOOD: Final = 100
_SHOWN: Final = ("days_valid", "good_days", "heavy_days", "mean_pm25", "p90_o3", "composite")

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "made": (
        "项目中还没有档案，这里用一份小的模拟档案（{span}），保存在{folder}。",
        "The project has no archive yet; this is a small simulated one ({span}), kept in {folder}.",
    ),
    "simulated": ("模拟数据：不是监测结果。", "Simulated data 模拟数据: no measurement."),
    "holds": (
        "档案{first}至{last}，{months}个月，{stations}个监测点；天气{weather}个月。下面以{place}为例，时段{period}。",
        "The archive holds {first} to {last}, {months} months of {stations} stations, and {weather} months of weather. {place} in {period} is the example below.",
    ),
    "what": ("项目", "Indicator"),
    "both": ("{place}{period}，两版标准", "{place}, {period}, under both standards"),
    "trend": (
        "PM₂.₅每年变化{slope} µg/m³，95%区间[{low}, {high}]（泰尔—森斜率，考虑自相关）；区间含零就不能说有变化。",
        "PM₂.₅ changes by {slope} µg/m³ a year, 95 % interval [{low}, {high}] (Theil–Sen, autocorrelation counted). If the interval holds 0, no change can be claimed.",
    ),
    "target": (
        "{year}年优良天数不少于上年{n}天的概率为{p}；全年预计{low}至{high}天（80%区间）。",
        "The probability that {year} has as many good days as the year before, {n}, is {p}; the year is expected to end with {low} to {high} (80 % interval).",
    ),
    "task": ("问题", "Question"),
    "book": ("笔记本", "Notebook"),
    "command": ("命令", "Command"),
    "next": ("接下来", "Where to go on"),
}  # fmt: skip

_BOOKS: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("01_gallery", "有哪些图？", "Which figures are there?", ""),
    ("10_county_month", "这个月怎么样？", "How was the month?", "airq report"),
    ("20_old_and_new_standard", "换标准后少了多少优良天？", "How many good days does the new standard cost?", "airq evaluate"),
    ("30_inventory", "措施减了多少吨？", "How many tonnes do measures cut?", "airq inventory"),
    ("40_forecast", "今后十天怎么样？", "What comes in ten days?", "airq forecast"),
    ("41_days_to_target", "目标还差多少天？", "How many days to the target?", "airq target"),
    ("50_trend_and_weather", "是天气还是减排？", "Was it the weather?", ""),
    ("51_where_from", "从哪里来？", "Where does it come from?", ""),
    ("52_episodes", "污染过程怎样形成？", "How do episodes form?", ""),
    ("53_did_it_work", "措施见效了吗？", "Did it work?", ""),
    ("60_what_if", "如果这样做？", "What if?", "airq whatif"),
    ("61_target_playground", "目标定多少合适？", "Which target is within reach?", ""),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Start:
    """What the steps work on.

    Attributes
    ----------
    archive : airq.observations.Archive
    place : airq.places.Place
    period : airq.standards.Period
        Last complete month.
    made : bool
        Whether the archive is the small simulated one.
    """

    archive: Archive
    place: Place
    period: periods.Period
    made: bool

    @cached_property
    def days(self) -> pd.DataFrame:
        """Daily frame of the place, of the last years only: a first look need not read all."""
        from airq.reports.forecast_data import daily

        return daily(self.archive, self.place.id, start=f"{self.period.end.year - _YEARS}-01", weather=False)


def example() -> Archive:
    """The small simulated archive, made at the first call: two years of one county with its weather.

    Returns
    -------
    airq.observations.Archive
    """
    from airq.observations import Archive, simulation

    held = Archive(options.home() / "data" / "processed" / "example-archive")
    if not held.months("weather"):
        first, chosen = _EXAMPLE
        source = "模拟数据 / airq.observations.simulation"
        held.store(simulation.simulate(first, places=chosen), source=source, simulated=True)
        weather = simulation.simulate_weather(first, places=chosen)
        held.store(weather, source=source, kind="weather", simulated=True)
    return held


def start(folder: str | Path = "", place: str = "changji", month: str = "") -> Start:
    """Open an archive for the steps.

    Parameters
    ----------
    folder : path
        Empty takes the project's archive, else the small simulated one.
    place : str
    month : str
        The last complete month if empty.

    Returns
    -------
    Start

    Raises
    ------
    AirqError
        If a folder is named that is no archive, or the place is not known.
    """
    from airq.reports.parameters import check_period, open_archive
    from airq.reports.results import last_complete_month

    made = False
    try:
        opened = open_archive(folder or options.archive_dir())
    except ArchiveError:
        if folder:
            raise
        opened, made = example(), True
    return Start(opened, places.get(place), check_period(month or last_complete_month(opened), opened), made)


def _word(key: str, lang: Language, **given: object) -> str:
    return pick(_WORDS[key], lang, **given)


def _or_said(make: Callable[[], list[Part]], lang: Language) -> list[Part]:
    """The parts, or why there are none."""
    try:
        return make()
    except AirqError as error:
        return [paragraphs([said(error, lang)], "note")]


def archive(begun: Start, lang: Language) -> list[Part]:
    """What the archive holds."""
    held, months = begun.archive, begun.archive.months()
    out: list[Part] = []
    if held.simulated:
        out.append(paragraphs([_word("simulated", lang)], "simulated"))
    if begun.made:
        folder = held.path.relative_to(options.home()).as_posix()
        out.append(paragraphs([_word("made", lang, span=f"{months[0]} – {months[-1]}", folder=folder)]))
    facts = _word(
        "holds", lang, first=months[0], last=months[-1], months=len(months), stations=len(held.stations()),
        weather=len(held.months("weather")), place=begun.place.name(lang), period=labels.period(begun.period, lang),
    )  # fmt: skip
    return [*out, paragraphs([facts])]


def indicators(begun: Start, lang: Language) -> list[Part]:
    """Official indicators of the month under both standards."""

    def make() -> list[Part]:
        from airq import standards
        from airq.analysis.county_month import edition_of

        span, site = begun.period, begun.place.id
        hours = begun.archive.load(site, start=str(span.start), end=str(span.end))
        pair = ("GB3095-2012", standards.standard_of("GB3095-2026", on=span.end).name)
        found = []
        for name in pair:
            days = standards.place_daily(hours, site, edition_of(name))
            found.append(standards.summary(days, span, name).assign(standard=name).iloc[0])
        rows = []
        for name in _SHOWN:
            unit = numbers.unit(name, lang)
            head = labels.indicator(name, lang) + (f" ({unit})" if unit else "")
            rows.append([head, *(numbers.plain(numbers.printed(row, name)) for row in found)])
        heads = [_word("what", lang), *(labels.standard(s, lang) for s in pair)]
        caption = _word("both", lang, place=begun.place.name(lang), period=labels.period(begun.period, lang))
        return [table(heads, rows, caption)]

    return _or_said(make, lang)


def trend(begun: Start, lang: Language) -> list[Part]:
    """Slope of the monthly means with its interval."""

    def make() -> list[Part]:
        from airq import analysis
        from airq.figures import trend as figures

        months = analysis.period_means(begun.days[["date", "pm25"]], "pm25", "month").table
        found = analysis.theil_sen(months, deseasonalise=True, seed=0)
        low, high = found.interval
        words = _word(
            "trend", lang, slope=_signed(found.slope_per_year), low=_signed(low), high=_signed(high)
        )
        return [
            paragraphs([words]),
            figures.line(found, lang, begun.place.name(lang), begun.archive.simulated),
        ]

    return _or_said(make, lang)


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def forecast(begun: Start, lang: Language) -> list[Part]:
    """The coming ten days as a fan."""

    def make() -> list[Part]:
        from airq import forecast as models
        from airq.figures import forecast as figures
        from airq.reports.forecast_data import by_phase

        rows = models.forecast(begun.days, "pm25", seed=0)
        edition = by_phase(begun.period.end)
        return [
            figures.fan(
                rows, "pm25", begun.days, lang, begun.place.name(lang), begun.archive.simulated, edition
            )
        ]

    return _or_said(make, lang)


def target(begun: Start, lang: Language) -> list[Part]:
    """Whether the year will have as many good days as the last."""

    def make() -> list[Part]:
        from airq import targets

        days, year = begun.days, begun.period.end.year
        known = days[(days["date"].dt.year == year - 1) & days["aqi"].notna()]
        asked = int((known["aqi"] <= _GOOD).sum())
        until = pd.Timestamp(periods.end(begun.period)) - pd.Timedelta(days=1)
        made = targets.outlook(days, {"kind": "good_days", "at_least": asked, "year": year}, asof=until, draws=_DRAWS, seed=0)  # fmt: skip
        words = _word(
            "target", lang, year=year, n=asked, p=f"{made.probability:.0%}", low=f"{made.final[0.1]:.0f}", high=f"{made.final[0.9]:.0f}"
        )  # fmt: skip
        return [paragraphs([words])]

    return _or_said(make, lang)


def what_if(begun: Start, lang: Language) -> list[Part]:
    """One scenario, in few draws."""

    def make() -> list[Part]:
        from airq.reports import whatif_page

        place = begun.place.id if begun.place.kind == "county" else ""
        ready = whatif_page.Prepared.of(_SCENARIO, str(begun.archive.path), place=place)
        return whatif_page.result(ready.quick(ready.base), lang)[:2]

    return _or_said(make, lang)


def more(lang: Language) -> list[Part]:
    """Notebooks in reading order, with the question that each answers."""
    rows = []
    for book, zh, en, command in _BOOKS:
        link = Html(f'<a href="{book}.ipynb">{book}</a>')
        rows.append(
            [zh if lang == "zh" else en, link, Html(f"<code>{escape(command)}</code>") if command else ""]
        )
    head = [_word("task", lang), _word("book", lang), _word("command", lang)]
    return [table(head, rows, _word("next", lang), left=(0, 1, 2))]
