"""Gallery of everyday analytics: variation, correlation, distribution, capture, comparison with a model."""

from __future__ import annotations

from collections.abc import Iterator

from airq import analysis
from airq.figures import everyday, everyday_distribution, everyday_models
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.reports.gallery.made import PLACE, name, winter

__all__ = ["draw"]


def draw(lang: Language) -> Iterator[FigureResult]:
    """Figures of the family, in the order of its list."""
    given = (lang, name(lang), True)
    frame = winter()
    one = frame[frame["site"] == PLACE].assign(
        model=lambda f: 0.8 * f["pm25"] + 10, second=lambda f: 40 - 0.1 * f["pm25"]
    )
    yield everyday.variation(analysis.time_variation(one, ["pm25", "no2"]), *given)
    yield everyday.correlations(analysis.correlation_matrix(one, draws=50), *given)
    yield everyday.level(analysis.trend_level(one, "pm25", by="year"), *given)
    yield everyday_distribution.distribution(
        analysis.distribution(one, "pm25", by="heating", draws=30), *given
    )
    yield everyday_distribution.pairs(analysis.quantile_pairs(one, "pm25", "model", draws=20), *given)
    yield everyday_distribution.conditional(analysis.conditional_quantiles(one, "pm25", "model"), *given)
    yield everyday_distribution.capture(analysis.data_capture(frame, ["pm25", "no2"]), *given)
    yield everyday_models.taylor(analysis.taylor_numbers(one, "pm25", ["model", "second"]), *given)
    judged = frame.assign(model=frame["pm25"] * 0.7)
    yield everyday_models.target(analysis.fairmode_target(judged, "pm25", "model", "pm25"), *given)
