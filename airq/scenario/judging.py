"""Probability of each target of the register in the years judged, before and after a scenario, on the same draws.

A row counts where its place or a place that stands for it is shown and its year is judged. Where no row of a place is of
that year, those of the next later year stand in, and their own year is said. A target against a base year takes that year's
figure from the archive, else the figure that the row states.

Examples
--------
>>> [r.id for r in rows_for(("changji",), (2025,), ()) if r.place == "changji"][:2]
['changji-2025-good-days', 'changji-2025-good-days-annex']
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import places, standards
from airq.errors import AirqError, MissingData
from airq.targets import RegisterRow, Target, register
from airq.targets.index import aqi_of, editions_of
from airq.targets.series import SiteSeries, sites_of
from airq.texts import Note, spoken

__all__ = ["COLUMNS", "Judge", "rows_for", "stands_for"]

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
COLUMNS: Final = (
    "id", "place", "site", "year", "judged_in", "text_zh", "text_en", "before", "after", "change", "error", "mark",
    "source", "reason", "reason_zh", "pollutant",
)  # fmt: skip
_LEAST: Final = 0.75
"""Share of the days of a base year that must hold a value."""


def stands_for(place: str, shown: Sequence[str]) -> tuple[str, ...]:
    """Places shown by which a row of a place is judged: itself, that which represents a group, all for ``all``.

    Examples
    --------
    >>> stands_for("changji-prefecture", ("changji", "mori")), stands_for("urumqi", ("changji",))
    (('changji',), ())
    """
    if place == "all":
        return tuple(shown)
    found = places.get(place)
    one = found.represented_by or found.id
    return (one,) if one in shown else ()


def rows_for(shown: Sequence[str], years: Sequence[int], ids: Sequence[str]) -> tuple[RegisterRow, ...]:
    """Rows of the register that concern a run.

    Parameters
    ----------
    shown : sequence of str
        Places that are run.
    years : sequence of int
    ids : sequence of str
        Rows that a scenario names; all that apply if there is none.
    """
    rows = [r for r in register() if r.target is not None]
    if ids:
        return tuple(r for r in rows if r.id in ids)
    rows = [r for r in rows if stands_for(r.place, shown)]
    out: dict[str, RegisterRow] = {r.id: r for r in rows if r.year in years}
    for place in dict.fromkeys(r.place for r in rows):
        own = [r for r in rows if r.place == place]
        if any(r.year in years for r in own):
            continue
        later = sorted({r.year for r in own if r.year > max(years)})
        out |= {r.id: r for r in own if later and r.year == later[0]}
    return tuple(out.values())


@dataclass(frozen=True, eq=False)
class Judge:
    """Judges targets on simulated years.

    Attributes
    ----------
    frame : pandas.DataFrame
        Daily frame, for figures of base years.
    counted : callable
        ``counted(site, year, threshold, standard, scenario) -> (draw, weather year)``: days up to a threshold of the AQI.
    mean : callable
        ``mean(site, year, pollutant, scenario) -> (draw, weather year)``.
    years : sequence of int
        Years that are run.
    """

    frame: pd.DataFrame
    counted: Callable[[str, int, float, str | None, bool], Array]
    mean: Callable[[str, int, str, bool], Array]
    years: Sequence[int]

    def table(self, shown: Sequence[str], ids: Sequence[str]) -> pd.DataFrame:
        """One row a target and site with :data:`COLUMNS`; ``reason`` where it cannot be judged.

        ``error`` is the standard error of the change that comes from the number of weather years.
        """
        out = []
        for row in rows_for(shown, self.years, ids):
            for site in stands_for(row.place, shown) or (None,):
                year = row.year if row.year in self.years else max(self.years)
                about = {"id": row.id, "place": row.place, "site": site or "", "year": row.year, "judged_in": year, "text_zh": row.text_zh, "text_en": row.text_en, "mark": row.mark, "source": row.source, "pollutant": _pollutant(row.parsed)}  # fmt: skip
                try:
                    if site is None:
                        raise MissingData(Note(f"no place that is shown stands for '{row.place}'; add it to 'places'.", f"所列地方中没有代表“{_zh(row.place)}”的；请加到places。"))  # fmt: skip
                    before, after = (self.met(row.parsed, site, year, s) for s in (False, True))
                except AirqError as error:
                    out.append({**about, "reason": str(error), "reason_zh": spoken(error, "zh")})
                    continue
                change = after.mean(axis=0) - before.mean(axis=0)
                se = float(change.std(ddof=1) / np.sqrt(change.size)) if change.size > 1 else float("nan")
                p = float(before.mean()), float(after.mean())
                out.append({**about, "before": p[0], "after": p[1], "change": p[1] - p[0], "error": se, "reason": "", "reason_zh": ""})  # fmt: skip
        return pd.DataFrame(out, columns=list(COLUMNS))

    def met(self, target: Target | None, site: str, year: int, scenario: bool) -> Bools:
        """Whether a target is met, (draw, weather year).

        Raises
        ------
        MissingData
            A base year that the archive does not hold, or a figure that a run does not give.
        """
        if target is None:
            raise MissingData(
                Note(
                    "the row states nothing that air-quality data can judge.",
                    "该目标没有空气质量数据可评判的内容。",
                )
            )
        if target.all_of:
            parts = [self.met(part, site, year, scenario) for part in target.all_of]
            return np.asarray(np.logical_and.reduce(parts))
        value = self._value(target, site, year, scenario)
        if np.isnan(value).all():
            raise MissingData(Note(f"{site} has no {target.pollutant or 'value'} to judge it by; ingest it.", f"{_zh(site)}没有{target.pollutant or '数据'}可评判；请导入数据。"))  # fmt: skip
        limit = target.limit if target.limit is not None else self._threshold(target, site)
        if target.rounded and target.kind not in ("good_days", "heavy_days"):
            value = _printed(target, value)
        return np.asarray(value >= limit if target.upward else value <= limit)

    def _value(self, target: Target, site: str, year: int, scenario: bool) -> Array:
        if target.kind == "mean":
            return self.mean(site, year, str(target.pollutant), scenario)
        if target.kind == "mean3":
            own = self.mean(site, year, str(target.pollutant), scenario)
            known = [self._figure(target, site, year - back) for back in (1, 2)]
            return np.asarray((own + sum(known)) / 3)
        length = 366 if pd.Timestamp(year, 1, 1).is_leap_year else 365
        good = self.counted(site, year, target.aqi_threshold, target.standard, scenario)
        number = length - good if target.counts_heavy else good
        return number / length if target.is_ratio else number

    def _threshold(self, target: Target, site: str) -> float:
        change = target.change
        assert change is not None
        if change.base is not None:
            try:
                return change.threshold(self._figure(target, site, change.from_))
            except MissingData:
                return change.threshold(change.base)
        return change.threshold(self._figure(target, site, change.from_))

    def _figure(self, target: Target, site: str, year: int) -> float:
        """Figure of a year of the archive."""
        series = sites_of(self.frame[self.frame["site"] == site]).get(site)
        if series is None:
            raise MissingData(Note(f"the archive holds no day of {site}; ingest its observations.", f"档案中没有{_zh(site)}的数据；请导入观测。"))  # fmt: skip
        rows = series.within(np.datetime64(f"{year}-01-01"), np.datetime64(f"{year}-12-31"))
        values = series.column(str(target.pollutant)) [rows] if target.is_mean else _aqi(series, rows, target.standard)  # fmt: skip
        known = values[np.isfinite(values)]
        length = 366 if pd.Timestamp(year, 1, 1).is_leap_year else 365
        if known.size < _LEAST * length:
            raise MissingData(Note(f"the archive holds {known.size} days of {site} in {year}, too few for the figure of that base year; state it as 'base' in params/targets.yaml.", f"档案中{_zh(site)}{year}年只有{known.size}天，不足以算出基准年的数值；请在params/targets.yaml中以base写明。"))  # fmt: skip
        if target.is_mean:
            return float(known.mean())
        over = known > target.aqi_threshold
        share = float(over.mean() if target.counts_heavy else 1 - over.mean())
        return share if target.is_ratio else share * length


def _pollutant(target: Target | None) -> str:
    return str(target.pollutant or "") if target is not None and not target.all_of else ""


def _zh(name: str) -> str:
    found = places.find(name)
    return found.zh if found is not None else name


def _printed(target: Target, value: Array) -> Array:
    """A figure as it is printed, by the edition of evaluation of its standard."""
    chosen = standards.standard_of(target.standard, f"{target.year}-12-31").edition
    rules = standards.edition(chosen.need("evaluation"), "evaluation")
    if target.is_ratio:
        return np.asarray(
            standards.round_official(value * 100, int(rules.need("rounding.ratio_percent"))) / 100
        )
    return np.asarray(standards.round_official(value, int(rules.need(f"rounding.{target.pollutant}"))))


def _aqi(series: SiteSeries, rows: slice, standard: str | None) -> Array:
    """AQI of a stretch of observed days by the edition that a target counts with."""
    out = np.full(len(series.days[rows]), np.nan)
    for part, edition in editions_of(series.days[rows], standard):
        whole = slice(rows.start + part.start, rows.start + part.stop)
        out[part] = aqi_of(series, whole, edition)
    return out
