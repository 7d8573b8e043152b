"""Verification of forecasts by lead time, season and site, against climatology and persistence.

Examples
--------
>>> from airq.forecast.names import LEVELS, QUANTILES
>>> days = pd.date_range("2019-01-01", periods=60)
>>> noise = np.random.default_rng(0).gamma(4.0, 20.0, 60)
>>> rows = pd.DataFrame({"site": "A", "issued": days - pd.Timedelta(days=1), "horizon": 1, "date": days})
>>> rows = rows.assign(model="climatology", observed=noise)
>>> rows[list(QUANTILES)] = np.quantile(noise, LEVELS)
>>> found = verify(rows, target="pm25")
>>> found.scores[["n", "missing"]].values.tolist(), found.probabilities["event"].tolist()
([[60, 0]], ['pm25 > 75', 'pm25 > 150'])
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd

from airq.errors import ParameterError
from airq.forecast import event_tables, score_tables
from airq.forecast.alert_levels import rule_of
from airq.forecast.constants import table
from airq.forecast.event_tables import Tolerance
from airq.forecast.scored_rows import ScoredRows
from airq.texts import items

__all__ = ["Tolerance", "Verification", "tolerance", "verify"]

_EMPTY = pd.DataFrame()


@dataclass(frozen=True, eq=False)
class Verification:
    """Scores of one or several models on the same target.

    Every table has a column ``model`` and the columns it was grouped by.

    Attributes
    ----------
    scores : pandas.DataFrame
        ``n`` (rows scored), ``missing`` (no observation), ``no_forecast``, ``bias mae rmse`` of the median, ``crps``
        (2 x mean pinball loss), ``pinball_q10 ...``, ``coverage_50 coverage_80 coverage_90``, ``width_80``, the PIT test
        (``pit_chi2`` as if rows were independent, ``pit_design_effect``, ``pit_p``), and the CRPS skill
        ``crpss_climatology``, ``crpss_persistence`` with block-bootstrap intervals ``_low _high``.
    by_season, by_quarter, by_site : pandas.DataFrame
        The same by heating season (cold, warm), quarter (DJF ...), site; the last two without intervals.
    probabilities : pandas.DataFrame
        Brier score of each event with its parts, and skill ``bss_climatology``, ``bss_persistence``.
    reliability, value, pit : pandas.DataFrame
        Reliability diagram, economic value by cost-loss ratio, PIT histogram.
    categories, category_rates, confusion : pandas.DataFrame
        Level accuracy and AQI range accuracy; rates of each category; days by observed and forecast category.
    episodes : pandas.DataFrame
        Heavy days, their runs, and their onset within ``onset_tolerance`` days; ``onset_in_time_rate`` leaves out
        onsets that were forecast late, which persistence always hits with one day. Empty for hours.
    tests : pandas.DataFrame
        Diebold-Mariano tests (Harvey-Leybourne-Newbold) of the CRPS of every model against every other.
    fairmode, fairmode_sites : pandas.DataFrame
        Share of sites with ``mqi_f <= 1`` by lead; the indicators of each site.
    target, edition, weather : str
    simulated : bool
    tolerance : Tolerance
    settings : dict
    notes : tuple of str
        What a reader must know, one sentence each.
    """

    scores: pd.DataFrame
    by_season: pd.DataFrame
    by_quarter: pd.DataFrame
    by_site: pd.DataFrame
    probabilities: pd.DataFrame
    reliability: pd.DataFrame
    value: pd.DataFrame
    pit: pd.DataFrame
    categories: pd.DataFrame
    category_rates: pd.DataFrame
    confusion: pd.DataFrame
    episodes: pd.DataFrame
    tests: pd.DataFrame
    fairmode: pd.DataFrame
    fairmode_sites: pd.DataFrame
    target: str
    edition: str
    weather: str
    simulated: bool
    tolerance: Tolerance
    settings: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables by name."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in found.items() if isinstance(value, pd.DataFrame)}

    def to_frame(self) -> pd.DataFrame:
        """The main table, ``scores``."""
        return self.scores.copy()

    def _repr_html_(self) -> str:
        words = f"{self.target}, weather: {self.weather or 'not stated'}, AQI of {self.edition}"
        words += ", simulated data" if self.simulated else ""
        said = items(self.notes)
        shown = str(self.scores.to_html(index=False, float_format=lambda v: f"{v:.3g}"))
        return f"<p>{html.escape(words)}</p>{shown}<ul>{said}</ul>"


def tolerance(value: Tolerance | Mapping[str, Any] | float | None = None) -> Tolerance:
    """Tolerance of the AQI range accuracy.

    Parameters
    ----------
    value : Tolerance, mapping, float or None
        None takes the table's entry (15 points or 25 %, whichever is larger, [NF]); a mapping replaces entries of it;
        a number is a relative tolerance alone.

    Returns
    -------
    Tolerance

    Raises
    ------
    ParameterError
        If an entry is not known or negative.

    Examples
    --------
    >>> tolerance({"absolute": 10}).absolute, tolerance(0.15).combine, tolerance().mark
    (10.0, 'relative', 'NF')
    """
    if isinstance(value, Tolerance):
        return value
    known = dict(table("tolerance"))
    own: dict[str, Any] = {}
    if isinstance(value, Mapping):
        own = dict(value)
    elif value is not None:
        own = {"relative": value, "combine": "relative"}
    if unknown := sorted(set(own) - set(known)):
        raise ParameterError(f"tolerance has no entry '{unknown[0]}'; use {', '.join(known)}.")
    if own:
        known |= {"mark": "user", "source": "given by the user", **own}
    for name in ("absolute", "relative"):
        known[name] = float(known[name])
        if not known[name] >= 0:
            raise ParameterError(f"tolerance '{name}' is {known[name]:g}; give 0 or more.")
    made = Tolerance(**known)
    made.half_width(np.zeros(1))
    return made


def verify(
    rows: pd.DataFrame,
    baselines: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None,
    *,
    thresholds: Sequence[float] | None = None,
    tolerance: Tolerance | Mapping[str, Any] | float | None = None,
    by: Sequence[str] = ("horizon",),
    target: str | None = None,
    edition: str | None = None,
    history: pd.DataFrame | None = None,
    onset_tolerance: int = 1,
    episode_days: int = 1,
    episode_rule: str | None = None,
    decision: float = 0.5,
    draws: int = 500,
    seed: int = 0,
) -> Verification:
    """Score forecasts against what was observed.

    Parameters
    ----------
    rows : pandas.DataFrame
        As :func:`airq.forecast.backtest` gives them, of one or several models. Rows without observation are counted
        and left out.
    baselines : DataFrame, or mapping of model name to DataFrame, optional
        Further rows to compare with. Skill is against the models ``climatology`` and ``persistence`` wherever they
        stand; without the latter the last value at issue serves as a point forecast.
    thresholds : list of float, optional
        Events are values above these; by default AQI (of a pollutant: sub-index) above 100 and above 200, which for
        PM2.5 in edition 2012 is 75 and 150 µg/m³.
    tolerance : Tolerance, mapping or float, optional
        Of the AQI range accuracy, see :func:`tolerance`.
    by : sequence of {"horizon", "season", "quarter", "month", "site"}
        Groups of the tables.
    target : str, optional
        ``rows.attrs["target"]`` by default.
    edition : str, optional
        AQI edition, ``"2012"``, ``"2026"`` or ``"by-date"``; ``rows.attrs["edition"]``, else 2012, by default.
    history : pandas.DataFrame, optional
        The frame of the backtest, for the last value at issue where the rows do not hold it.
    onset_tolerance : int
        Days by which the forecast first day of an episode may miss the observed one.
    episode_days : int
        Days that an episode needs.
    episode_rule : str, optional
        Episodes are the days under an alert by this rule; days with an index above 200 by default.
    decision : float
        Probability from which a day counts as forecast to be heavy.
    draws : int
        Of the block bootstrap; 0 leaves the intervals out.
    seed : int

    Returns
    -------
    Verification

    Raises
    ------
    ParameterError, MissingData
        If quantiles cross, a row stands twice, a column is missing or a name is not known.

    Notes
    -----
    CRPS from the 19 quantiles is twice the mean pinball loss. RMSE is pooled over all rows of a group. Tests and
    intervals pool the sites of a day, and allow for dependence over at least ``horizon - 1`` days.
    """
    words = {"target": target, "edition": edition}
    attrs = dict(rows.attrs) if isinstance(rows, pd.DataFrame) else {}
    named = {k: str(v if v is not None else attrs.get(k) or "") for k, v in words.items()}
    if not named["target"]:
        raise ParameterError(
            "the rows do not say of what they are a forecast; give target=, for example 'pm25'."
        )
    if isinstance(by, str) or not by:
        raise ParameterError("by= takes a list of columns; give for example by=['horizon', 'season'].")
    if not 0 < decision < 1:
        raise ParameterError(
            f"decision probability {decision:g} is not between 0 and 1; give for example 0.5."
        )
    chosen = _tolerance(tolerance)
    if episode_rule is not None:
        episode_rule = rule_of(episode_rule).id
    scored = ScoredRows.of(
        rows, baselines, target=named["target"], edition=named["edition"] or "2012", history=history
    )
    events = event_tables.default_events(scored, thresholds)
    chance, reliability, value, notes = event_tables.probability_tables(scored, events, by)
    hourly = scored.averaging == "1h"
    sites, lead = score_tables.fairmode_table(scored)
    heavy = event_tables.default_events(scored, None)[-1]
    more = [b for b in by if b not in ("season", "quarter", "site")]
    return Verification(
        scores=score_tables.score_table(scored, by, draws, seed),
        by_season=score_tables.score_table(scored, [*more, "season"], draws, seed),
        by_quarter=score_tables.score_table(scored, [*more, "quarter"], 0),
        by_site=score_tables.score_table(scored, [*more, "site"], 0),
        probabilities=chance,
        reliability=reliability,
        value=value,
        pit=score_tables.pit_table(scored, by),
        categories=event_tables.category_table(scored, by, chosen),
        category_rates=event_tables.category_rates(scored, by),
        confusion=event_tables.confusion_table(scored, by),
        episodes=_EMPTY
        if hourly
        else event_tables.episode_table(scored, heavy, onset_tolerance, episode_days, decision, episode_rule),
        tests=score_tables.comparison_table(scored, by),
        fairmode=lead,
        fairmode_sites=sites,
        target=scored.target,
        edition=scored.edition,
        weather=str(attrs.get("weather", "")),
        simulated=str(attrs.get("simulated", False)).lower() in ("true", "1"),
        tolerance=chosen,
        settings={
            "by": tuple(by),
            "onset_tolerance": onset_tolerance,
            "episode_days": episode_days,
            "episode_rule": episode_rule,
            "decision": decision,
            "draws": draws,
            "seed": seed,
        },
        notes=(*scored.notes, *notes, *_remarks(scored, attrs, chosen)),
    )


_tolerance = tolerance


def _remarks(scored: ScoredRows, attrs: Mapping[str, Any], chosen: Tolerance) -> tuple[str, ...]:
    out = []
    missing = int(scored.table["observed"].isna().sum())
    if missing:
        out.append(f"{missing} of {len(scored.table)} rows have no observation and are left out.")
    if silent := int((~scored.table["forecast_known"]).sum()):
        out.append(f"{silent} rows have an observation or a day but no forecast; they score nothing.")
    if attrs.get("weather") == "perfect":
        out.append(
            "the weather of the target day was known (perfect weather): no real forecast can be as good."
        )
    if attrs.get("weather") == "none":
        out.append("no weather forecast went in; with one the skill beyond the first days is higher.")
    out.append(
        f"AQI range accuracy: within {chosen.absolute:g} points or {chosen.relative:.0%} ({chosen.combine}) of the "
        f"median [{chosen.mark}]."
    )
    return tuple(out)
