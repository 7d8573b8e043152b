"""The weather that a forecast is given for the days to come: none, observed afterwards, or forecast.

A value belongs to the day it is for and to the lead time at which it was known. Observed weather is the same at every
lead. Where archived forecasts do not reach back over the days of learning, observed weather stands in, spoilt as a
forecast of that lead is: by an anomaly of the same season of another year.

Examples
--------
>>> correlation(1), correlation(3), round(correlation(5), 3)
(0.95, 0.87, 0.695)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.forecast.climatology import smooth_mean
from airq.forecast.names import weather_columns
from airq.forecast.panel import Panel, transform

__all__ = ["Given", "correlation", "given_weather", "skill"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Label = Literal["none", "perfect", "forecast"]

_SKILL: Final = {1: 0.95, 3: 0.87, 7: 0.52, 10: 0.30}
"""Correlation of forecast and observed daily anomalies by lead in days. 1, 3 and 7: the protocol of the domain notes
[C]; 10: continued by judgement [U]. Between them linear."""

_PAIRS: Final = 60
"""Pairs of archived forecast and observation from which the correlation of a column is taken."""
_COVERED: Final = 0.5
"""Share of the wanted days that a lead must have to be used."""


def correlation(lead: int) -> float:
    """Correlation that weather forecasts of a lead are taken to have where no archive tells.

    Examples
    --------
    >>> correlation(20)
    0.3
    """
    return float(np.interp(lead, list(_SKILL), list(_SKILL.values())))


@dataclass(frozen=True)
class Given:
    """Weather for the days to come.

    Attributes
    ----------
    label : {"none", "perfect", "forecast"}
    columns : list of str
    at : dict of int to dict of str to float array (site, day)
        By lead and column, on the scale of learning, NaN where not given; lead 0 stands for every lead.
    """

    label: Label
    columns: list[str]
    at: dict[int, dict[str, Array]]

    def since(self, start: int) -> Given:
        """The same without the days before a position."""
        at = {lead: {k: v[:, start:] for k, v in held.items()} for lead, held in self.at.items()}
        return Given(self.label, self.columns, at)

    def of(self, lead: int) -> dict[str, Array] | None:
        """Values known ``lead`` days ahead; None if the lead is not given."""
        return self.at.get(0) or self.at.get(lead)

    def known(self, lead: int, shape: tuple[int, int]) -> Mask:
        """Days that have at least one value at a lead."""
        held = self.of(lead)
        if not held:
            return np.zeros(shape, bool)
        return np.logical_or.reduce([np.isfinite(v) for v in held.values()])


NONE: Final = Given("none", [], {})


def given_weather(weather: Sequence[str] | pd.DataFrame | None, panel: Panel, wanted: Mask) -> Given:
    """Read the argument ``weather`` of a forecast or backtest.

    Parameters
    ----------
    weather : None, list of columns of the frame, or DataFrame
        A DataFrame has ``site`` (left out: every site), ``date``, or ``issued`` and ``horizon``, and columns of weather.
    panel : Panel
    wanted : bool array (site, day)
        Days that are to be forecast.

    Returns
    -------
    Given
        ``none`` where nothing overlaps the wanted days.

    Raises
    ------
    ParameterError, MissingData
        A column that the frame lacks, no column of weather, or no dates.
    """
    if weather is None:
        return NONE
    if isinstance(weather, pd.DataFrame):
        return _from_frame(weather, panel, wanted)
    columns = [weather] if isinstance(weather, str) else list(weather)
    for name in columns:
        if name not in panel.logs:
            raise MissingData(
                f"weather column '{name}' is not in the daily frame; it has {', '.join(panel.weather) or 'no weather'}."
            )
        if name not in panel.weather:
            raise ParameterError(
                f"column '{name}' is not weather and cannot be known ahead; name weather columns only."
            )
    values = {name: panel.logs[name] for name in columns}
    if not columns or not any(np.isfinite(v[wanted]).any() for v in values.values()):
        return NONE
    return Given("perfect", columns, {0: values})


def _from_frame(weather: pd.DataFrame, panel: Panel, wanted: Mask) -> Given:
    columns = weather_columns(weather.columns)
    if not columns:
        raise MissingData(
            "the weather table has no column of weather; name them as in the daily frame (temperature_mean)."
        )
    data = weather.copy()
    dated = "date" in data
    if not dated and not {"issued", "horizon"} <= set(data.columns):
        raise MissingData("the weather table has neither 'date' nor 'issued' and 'horizon'; add them.")
    leads = np.zeros(len(data), np.int64)
    try:
        if {"issued", "horizon"} <= set(data.columns):
            leads = data["horizon"].to_numpy(dtype=np.int64)
            days = pd.to_datetime(data["issued"]).dt.as_unit("ns").dt.normalize() + pd.to_timedelta(
                leads, unit="D"
            )
        else:
            days = pd.to_datetime(data["date"]).dt.as_unit("ns").dt.normalize()
        numbers = {c: transform(c, data[c].to_numpy(dtype=np.float64, na_value=np.nan)) for c in columns}
    except (ValueError, TypeError, AttributeError) as error:
        raise ParameterError(
            f"the weather table holds a date or value that cannot be read ({error}); correct it."
        ) from error
    sites = data["site"].astype("str") if "site" in data else None
    column = (days - panel.days[0]).dt.days.to_numpy()
    inside = (column >= 0) & (column < len(panel.days))
    shape = (len(panel.sites), len(panel.days))
    at: dict[int, dict[str, Array]] = {}
    for lead in np.unique(leads[inside]):
        rows = np.flatnonzero(inside & (leads == lead))
        values = {}
        for name in columns:
            block = np.full(shape, np.nan)
            if sites is None:
                block[:, column[rows].astype(np.intp)] = numbers[name][rows]
            else:
                site = pd.Index(panel.sites).get_indexer(sites.iloc[rows])
                there = site >= 0
                block[site[there], column[rows][there].astype(np.intp)] = numbers[name][rows][there]
            values[name] = block
        at[int(lead)] = values
    found = [np.isfinite(v[wanted]).any() for values in at.values() for v in values.values()]
    if not any(found):
        return NONE
    return Given("forecast", columns, at)


def completed(given: Given, panel: Panel, leads: Sequence[int], use: Mask, known: int, seed: int) -> Given:
    """Forecast weather with the days of learning filled where the archive does not reach.

    Parameters
    ----------
    given : Given
        Of any label; only ``forecast`` is changed.
    panel : Panel
        Its observed weather stands in, where it has the column.
    leads : sequence of int
    use : bool array (site, day)
        Days of learning, the only ones that are filled.
    known : int
        Position of the last day of learning.
    seed : int

    Returns
    -------
    Given
        Without the columns that no day of learning has; ``none`` if no column is left.
    """
    if given.label != "forecast":
        return given
    at: dict[int, dict[str, Array]] = {}
    for lead in leads:
        values = {}
        for name, held in (given.of(lead) or {}).items():
            column = held.copy()
            # A table without dates of issue that reaches back over few days holds live forecasts: what it says of past
            # days was not known ahead.
            if 0 in given.at and np.isfinite(held[use]).mean() < _COVERED:
                column[use] = np.nan
            gap = use & ~np.isfinite(column)
            if name in panel.logs and gap.any():
                # One stream a lead, so that all columns err by the same real departure.
                rng = np.random.default_rng([seed, lead])
                column[gap] = _spoilt(panel, name, column, lead, use, known, rng)[gap]
            if np.isfinite(column[use]).sum() >= _PAIRS:
                values[name] = column
        if values:
            at[lead] = values
    return Given("forecast", given.columns, at) if at else NONE


def skill(given: Given, panel: Panel, lead: int, use: Mask, known: int) -> float:
    """Correlation of forecast and observed departures from the season, the middle one of the columns.

    Parameters
    ----------
    given : Given
    panel : Panel
    lead : int
    use : bool array (site, day)
        Days that may be looked at.
    known : int
        Position of the last of them.

    Returns
    -------
    float
        1 where no column is both forecast and observed on enough days.
    """
    found = []
    for name, told in (given.of(lead) or {}).items():
        if name in panel.logs:
            departure = panel.logs[name] - smooth_mean(panel.logs[name], panel.angle, use, known)
            found.append(_correlation(told - smooth_mean(told, panel.angle, use, known), departure, use))
    known_ones = [r for r in found if r is not None]
    return float(np.median(known_ones)) if known_ones else 1.0


def _correlation(told: Array, departure: Array, use: Mask) -> float | None:
    """Correlation over the days of learning; None with too few or a column that stands still."""
    both = use & np.isfinite(told) & np.isfinite(departure)
    if both.sum() < _PAIRS or np.ptp(told[both]) == 0 or np.ptp(departure[both]) == 0:
        return None
    return float(np.corrcoef(told[both], departure[both])[0, 1])


def _spoilt(
    panel: Panel, name: str, forecast: Array, lead: int, use: Mask, known: int, rng: np.random.Generator
) -> Array:
    """Observed weather with the error of a forecast of that lead."""
    truth = panel.logs[name]
    mean = smooth_mean(truth, panel.angle, use, known)
    departure = truth - mean
    found = _correlation(forecast - mean, departure, use)
    r = correlation(lead) if found is None else float(np.clip(found, 0.0, 0.99))
    error = _other_year(departure, use, rng)
    return np.asarray(mean + r * departure + np.sqrt(1 - r**2) * np.nan_to_num(error))


def _other_year(departure: Array, use: Mask, rng: np.random.Generator) -> Array:
    """Departures of the same season of another year, whole months at a time, the same at every site."""
    n = departure.shape[1]
    years = max(int(n // 365.25), 1)
    out = np.full_like(departure, np.nan)
    learned = np.where(use, departure, np.nan)
    for start in range(0, n, 30):
        block = slice(start, min(start + 30, n))
        for shift in rng.permutation([k for k in range(-years, years + 1) if k != 0]):
            day = np.arange(n)[block] + round(365.25 * shift)
            if day[0] >= 0 and day[-1] < n and np.isfinite(learned[:, day]).mean() > 0.5:
                out[:, block] = learned[:, day]
                break
    return out
