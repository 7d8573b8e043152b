"""Gallery of maps, over the shipped outlines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from airq import places
from airq.analysis.interpolation import interpolate
from airq.figures import labels, maps
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.reports.sections import map_boundaries
from airq.standards import parse_period

__all__ = ["draw"]

_GROUP = "changji-prefecture"


def draw(lang: Language) -> Iterator[FigureResult]:
    """Figures of the family, in the order of its list."""
    rng = np.random.default_rng(0)
    seats = places.members(_GROUP)
    stations = pd.DataFrame({"lat": [s.lat for s in seats] * 3, "lon": [s.lon for s in seats] * 3})
    stations += rng.normal(0, 0.05, stations.shape)
    stations = stations.assign(place=[s.id for s in seats] * 3, value=75 - 9 * (stations["lon"] - 86) + rng.normal(0, 2, len(stations)), role="evaluation")  # fmt: skip
    means = stations.groupby("place")["value"].mean()
    table = pd.DataFrame([{"place": s.id, "label": s.name(lang), "lat": s.lat, "lon": s.lon, "value": means[s.id], "printed": f"{means[s.id]:.0f}"} for s in seats])  # fmt: skip
    wind = table[["place", "lat", "lon"]].assign(u=np.linspace(0.5, 1.5, len(table)), v=-0.6)
    field = interpolate(stations["lat"], stations["lon"], stations["value"], list(stations["place"]))
    found = map_boundaries.outlines()
    ground = maps.Ground((85.5, 91.6, 43.0, 45.6), found.polygons, frozenset(s.id for s in seats))
    said: dict[str, Any] = {
        "lang": lang,
        "place": places.get(_GROUP).name(lang),
        "period": labels.period(parse_period("2026-10"), lang),
    }
    said |= {"source": map_boundaries.source(found, lang), "simulated": True}
    yield maps.concentration_map(table, stations, ground, wind, field, "pm25", **said)
    judged = table.assign(category=[1, 2, 3, 4, 5, 6, 0], good=[30, 26, 15, 9, 4, 1, 0], valid=[31] * 6 + [0])
    yield maps.category_map(judged, ground, "2026", **said)
