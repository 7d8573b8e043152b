"""Checks of what the user gave, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.forecast.arrays import Ints
from airq.forecast.hourly.engine import SHORT, Run
from airq.forecast.hourly.known import Known
from airq.forecast.hourly.learning import MODELS
from airq.forecast.hourly.panel import Panel

__all__ = ["LEAST", "LONGEST", "described", "leads_of", "models_of", "usable"]

LONGEST: Final = 72
"""Hours ahead; beyond, the daily forecast is the tool."""
LEAST: Final = 14 * 24
"""Known hours without which a site cannot be forecast."""
_GAP: Final = 180 * 24
_YEAR: Final = 365 * 24
_LOST: Final = "no weather forecast was given: changes of the weather ahead are unknown, and beyond about a day little skill is left over climatology."
_PERFECT: Final = (
    "observed weather of the hours ahead was given as known: the skill is an upper bound, no forecast has it."
)


def leads_of(horizons: Iterable[int]) -> list[int]:
    """Hours ahead, sorted, each once.

    Raises
    ------
    ParameterError
        None given, or one that is no whole number from 1 to 72.

    Examples
    --------
    >>> leads_of((24, 1, 1))
    [1, 24]
    """
    given = [horizons] if isinstance(horizons, (int, np.integer)) else list(horizons)
    if not given:
        raise ParameterError("horizons: none given; give hours ahead from 1 to 72.")
    for h in given:
        if isinstance(h, bool) or not isinstance(h, (int, np.integer)) or not 1 <= h <= LONGEST:
            raise ParameterError(
                f"horizons: {h!r} is no whole number of hours from 1 to {LONGEST}; use the daily forecast beyond."
            )
    return sorted({int(h) for h in given})


def models_of(model: str | Sequence[str]) -> list[str]:
    """Names of models, each once.

    Raises
    ------
    ParameterError
        Not the name of an hourly model.

    Examples
    --------
    >>> models_of("auto")
    ['auto']
    """
    names = [model] if isinstance(model, str) else list(model)
    for name in names:
        if name not in MODELS:
            raise ParameterError(f"model '{name}' is no hourly model; choose from {', '.join(MODELS)}.")
    if not names:
        raise ParameterError(f"model: none given; choose from {', '.join(MODELS)}.")
    return list(dict.fromkeys(names))


def usable(panel: Panel, target: str, cut: int) -> tuple[Ints, tuple[str, ...]]:
    """Sites that can be learned from, and what is said of the others.

    Raises
    ------
    MissingData
        No site is usable; the reason of the first one is given.
    """
    keep: list[int] = []
    refused: list[str] = []
    until = f"{panel.time[cut - 1]:%Y-%m-%d %H:%M}"
    for i, site in enumerate(panel.sites):
        held = panel.values[target][:cut, i]
        held = held[np.isfinite(held)]
        if len(held) < LEAST:
            refused.append(
                f"site '{site}' has {len(held)} known hours of {target} up to {until}, and {LEAST} are needed; give more data or leave the site out"
            )
        elif np.ptp(held) == 0:
            refused.append(
                f"site '{site}' has the same {target}, {held[0]:g}, in all {len(held)} known hours up to {until}, as a stuck monitor has; check it or leave the site out"
            )
        else:
            keep.append(i)
    if not keep:
        raise MissingData(refused[0] + ".")
    notes = [text.split(";")[0] + ": it is not forecast." for text in refused]
    return np.array(keep, np.int64), tuple(notes + _history(panel.only(np.array(keep)), target, cut))


def _history(panel: Panel, target: str, cut: int) -> list[str]:
    """What is said of a short history, and of one with a long gap."""
    known = np.isfinite(panel.values[target][:cut])
    rows = np.flatnonzero(known.any(axis=1))
    most = int(known.sum(axis=0).max())
    span = int(rows[-1] - rows[0]) + 1
    notes: list[str] = []
    if most < SHORT:
        notes.append(
            f"only {most / 24:.0f} days of {target} are known, too few to learn from: climatology of the days seen is given for every model."
        )
    elif span < _YEAR:
        notes.append(
            f"the history of {span / 24:.0f} days is shorter than a year: a season not seen in it is forecast from those seen."
        )
    breaks = np.diff(rows)
    if len(breaks) and breaks.max() >= _GAP:
        at = int(breaks.argmax())
        first, last = panel.time[rows[at]], panel.time[rows[at + 1]]
        notes.append(f"no site has a value of {target} between {first:%Y-%m-%d} and {last:%Y-%m-%d}.")
    return notes


def described(run: Run, frame: pd.DataFrame, known: Known | None, said: tuple[str, ...]) -> dict[str, Any]:
    """Attributes of the rows."""
    label = known.label if known else "none"
    lost: tuple[str, ...] = (_LOST,) if known is None else (_PERFECT,) if label == "perfect" else ()
    flat = [h for h, entry in run.summary.items() if entry["ratio"] >= 1]
    if flat:
        lost += (f"no skill was found over climatology at {_hours(flat)}: climatology is given there.",)
    return {
        "target": run.target,
        "weather": label,
        "simulated": str(frame.attrs.get("simulated", "false")),
        "notes": (*run.panel.notes, *said, *lost),
        "leads": {h: dict(entry) for h, entry in sorted(run.summary.items())},
    }


def _hours(leads: list[int]) -> str:
    """Leads in words, runs joined."""
    ordered = sorted(leads)
    return (
        f"{ordered[0]} h"
        if len(ordered) == 1
        else f"{len(ordered)} leads from {ordered[0]} to {ordered[-1]} h"
    )
