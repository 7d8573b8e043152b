"""Gallery of direction, roses, transport and trajectories."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from airq import analysis
from airq.figures import direction, direction_roses, direction_transport, trajectories
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.reports.gallery.made import PLACE, hours, name

__all__ = ["draw"]


def draw(lang: Language) -> Iterator[FigureResult]:
    """Figures of the family, in the order of its list."""
    given = (lang, name(lang), True)
    frame = hours()[:3000].drop(columns="site")
    yield direction.polar(analysis.polar_surface(frame, "pm25"), *given)
    yield direction.difference(analysis.polar_difference(frame[:1500], frame[1500:], "pm25"), *given)
    yield direction.annulus(analysis.polar_annulus(frame, "pm25", period="hour"), *given)
    yield direction.clusters(analysis.polar_clusters(frame, "pm25", clusters=3), *given)
    yield direction_roses.rose(analysis.pollution_rose(frame, "pm25"), *given)
    yield direction_roses.percentiles(analysis.percentile_rose(frame, "pm25"), *given)
    yield direction_roses.probability(analysis.conditional_probability(frame, "pm25"), *given)
    sites = {PLACE: 1.0, "wujiaqu": 0.8, "fukang": 1.3}
    long = pd.concat([frame.assign(site=s, pm25=frame["pm25"] * f) for s, f in sites.items()])
    pairs = [(a, b) for a in sites for b in sites if a != b]
    yield direction_transport.transport(analysis.transport_index(long, "pm25", pairs, draws=60), *given)
    runs = analysis.wind_runs(frame, 44.0, 87.3, hours=12, every=3)
    yield trajectories.source_map(analysis.cwt(runs, frame, "pm25", cell=0.2), *given)
    yield trajectories.ways(analysis.trajectory_clusters(runs, frame, "pm25", clusters=4), *given)
