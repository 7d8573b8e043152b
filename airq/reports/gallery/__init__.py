"""Gallery of every figure: each public function of :mod:`airq.figures` once, on small data made here.

The data are invented and marked as simulated; they only show what a figure looks like and how it is called.

Examples
--------
>>> [family.name for family in FAMILIES][:3]
['indicators', 'maps', 'trends']
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from airq.errors import ParameterError
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.reports.tables import Html, paragraphs, table

__all__ = ["FAMILIES", "Family", "contents", "drawn", "header", "show"]

Drawer = Callable[[Language], Iterator[tuple[str, FigureResult]]]


@dataclass(frozen=True)
class Family:
    """Figures that answer one kind of question.

    Attributes
    ----------
    name : str
        Module of this package that draws them.
    zh, en : str
    figures : tuple of str
        Functions, ``module.function`` within ``airq.figures``, in the order drawn.
    """

    name: str
    zh: str
    en: str
    figures: tuple[str, ...]

    def title(self, lang: Language) -> str:
        """Heading."""
        return self.zh if lang == "zh" else self.en


FAMILIES: Final = (
    Family("indicators", "指标", "Indicators", ("calendar.calendar", "calendar.calendar_of_places", "comparison.comparison", "counts.categories", "counts.cumulative", "hourly.hourly", "restatement.day_counts", "restatement.days_lost", "restatement.annual_means")),
    Family("maps", "地图", "Maps", ("maps.concentration_map", "maps.category_map")),
    Family("trends", "趋势与天气", "Trends and weather", ("trend.line", "trend.side_by_side", "trend.methods", "trend_curves.smooth", "trend_curves.breaks", "trend_curves.scales", "trend_curves.capture", "deweathering.deweathered", "deweathering.responses")),
    Family("effects", "措施是否见效", "Did it work", ("effect.effect", "effect.methods", "effect.detectable", "effect.alerts")),
    Family("winds", "风向与来源", "Where from", ("direction.polar", "direction.difference", "direction.annulus", "direction.clusters", "direction_roses.rose", "direction_roses.percentiles", "direction_roses.probability", "direction_transport.transport", "trajectories.source_map", "trajectories.ways")),
    Family("episodes", "污染过程", "Episodes", ("episodes.course", "episodes.overview", "episodes.weather", "episodes.synchrony", "episodes_causes.regimes", "episodes_causes.dust", "episodes_causes.fireworks")),
    Family("everyday", "日常分析", "Everyday analytics", ("everyday.variation", "everyday.correlations", "everyday.level", "everyday_distribution.distribution", "everyday_distribution.pairs", "everyday_distribution.conditional", "everyday_distribution.capture", "everyday_models.taylor", "everyday_models.target")),
    Family("future", "预报与目标", "Forecasts and targets", ("forecast.fan", "forecast.categories", "forecast.warnings", "forecast_skill.skill", "forecast_skill.reliability", "forecast_skill.pit", "targets_thermometer.thermometer", "targets.pace", "targets.by_drift", "targets.hindcast", "targets.attainment")),
    Family("measures", "措施与吨数", "Measures and tonnes", ("inventory.waterfall", "inventory.cumulative", "inventory.contributors", "inventory_flow.flow", "inventory_claims.claims", "measures_progress.progress")),
    Family("scenarios", "情景", "What if", ("scenario.changes", "scenario.compare", "scenario.probabilities", "scenario_basis.tonnes", "scenario_basis.lines", "scenario_basis.evidence", "scenario_basis.causes", "scenario_basis.front", "scenario_alerts.alert_episode", "scenario_alerts.alert_timing", "scenario_alerts.past_alerts", "scenario_validation.hindcast", "scenario_validation.tests")),
)  # fmt: skip


def _family(name: str) -> Family:
    found = next((f for f in FAMILIES if f.name == name), None)
    if found is None:
        raise ParameterError(
            f"gallery '{name}' is not known; choose among {', '.join(f.name for f in FAMILIES)}."
        )
    return found


def drawn(name: str, lang: Language) -> list[tuple[str, FigureResult]]:
    """Figures of a family.

    Parameters
    ----------
    name : str
    lang : {"zh", "en"}

    Returns
    -------
    list of (str, FigureResult)
        By the name of the function.

    Raises
    ------
    ParameterError
        An unknown family.
    """
    family = _family(name)
    module: Any = import_module(f"airq.reports.gallery.{name}")
    return list(zip(family.figures, module.draw(lang), strict=True))


def header(lang: Language) -> list[Html]:
    """What the gallery is."""
    mark = (
        "模拟数据：本页数据为示意而造。"
        if lang == "zh"
        else "Simulated data 模拟数据: made up for this page."
    )
    count = sum(len(f.figures) for f in FAMILIES)
    said = (
        f"共{count}种图，分{len(FAMILIES)}类；图上方为函数名，调用方法见文档的“参考”。"
        if lang == "zh"
        else f"{count} kinds of figures in {len(FAMILIES)} families. The name above each is its function; see the reference for its arguments."
    )
    return [paragraphs([mark], "simulated"), paragraphs([said])]


def contents(lang: Language) -> list[Html]:
    """Families and their functions."""
    rows = [[f.title(lang), "、".join(f.figures) if lang == "zh" else ", ".join(f.figures)] for f in FAMILIES]
    return [
        table(
            ["类别" if lang == "zh" else "Family", "函数" if lang == "zh" else "Functions"], rows, left=(0, 1)
        )
    ]


def show(name: str, lang: Language) -> list[Any]:
    """Each figure of a family below the name of its function."""
    out: list[Any] = []
    for function, figure in drawn(name, lang):
        out += [Html(f"<p><code>airq.figures.{function}</code></p>"), figure]
    return out
