"""Gallery of the inventory, over the shipped register."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from airq import inventory as core
from airq.figures import inventory
from airq.figures.labels import Language
from airq.figures.measures_progress import STATES, progress
from airq.figures.style import FigureResult
from airq.inventory import schema
from airq.reports.gallery.made import name

__all__ = ["draw"]

_DRAWS = 200


def draw(lang: Language) -> Iterator[FigureResult]:
    """Figures of the family, in the order of its list."""
    tonnes = core.load().emissions(draws=_DRAWS, seed=1)
    yield inventory.waterfall(tonnes, "PM25", "category", lang, False, core.Baseline.load())
    yield inventory.cumulative(tonnes, ["PM25", "CO2"], lang, False)
    yield inventory.contributors(tonnes, ["PM25", "CO2"], 5, lang, False)
    yield inventory.flow(tonnes, "NOx", "county", lang, False)
    yield inventory.claims(core.audit(draws=_DRAWS), None, lang, False)
    kinds = list(schema.words("category"))[:6]
    rows = pd.DataFrame(
        [{"category": c, "state": s} for k, c in enumerate(kinds) for s in STATES[: 1 + k % 5]]
    )
    yield progress(rows, lang, name(lang), True)
