"""Gallery of trends, smooth curves and deweathering."""

from __future__ import annotations

from collections.abc import Iterator

from airq import analysis
from airq.figures import deweathering, trend, trend_curves
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.reports.gallery.made import hours, name

__all__ = ["draw"]


def draw(lang: Language) -> Iterator[FigureResult]:
    """Figures of the family, in the order of its list."""
    given = (lang, name(lang), True)
    frame = hours(4)
    means = analysis.period_means(frame, "pm25")
    yield trend.line(analysis.theil_sen(means, True, draws=199), *given)
    yield trend.side_by_side(analysis.side_by_side(means, means.series * 0.9), *given)
    yield trend.methods(analysis.trend_tests(means, True, draws=199), *given)
    yield trend_curves.smooth(analysis.smooth_trend(means, True), *given)
    yield trend_curves.breaks(analysis.breakpoints(means, "level", deseasonalise=True, draws=39), *given)
    yield trend_curves.scales(analysis.kz_filter(frame, "pm25", (107, 8761)), *given)
    yield trend_curves.capture(means, *given)
    weather = ["wind_speed", "wind_direction", "temperature"]
    daily = frame.set_index("time")[["pm25", *weather]].resample("D").mean().reset_index()
    found = analysis.deweather(daily, "pm25", weather, n_samples=20, model="extra_trees")
    yield deweathering.deweathered(found, *given)
    yield deweathering.responses(found, *given)
