"""Gallery of episodes, stagnation, dust and fireworks."""

from __future__ import annotations

from collections.abc import Iterator

from airq import analysis
from airq.figures import episodes as figures
from airq.figures import episodes_causes as causes
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.reports.gallery.made import PLACE, name, winter

__all__ = ["draw"]


def draw(lang: Language) -> Iterator[FigureResult]:
    """Figures of the family, in the order of its list."""
    given = (lang, name(lang), True)
    frame = winter()
    found = analysis.find_episodes(frame)
    yield figures.course(found, *given, site=PLACE)
    yield figures.overview(found, *given)
    yield figures.weather(analysis.episode_weather(found, frame), *given)
    yield figures.synchrony(analysis.regional_synchrony(frame, draws=50), *given)
    yield causes.regimes(analysis.stagnation_regimes(frame[frame["site"] == PLACE], draws=20), *given)
    yield causes.dust(analysis.dust_record(frame), *given, site=PLACE)
    yield causes.fireworks(analysis.fireworks(frame), *given)
