"""Tables of events by group: probabilities, categories, runs of heavy days and their first days.

Every function takes :class:`ScoredRows` and the columns to group by, and gives one row a model and group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import ParameterError
from airq.forecast import scores
from airq.forecast.alert_levels import alert_levels
from airq.forecast.contingency import Contingency, EpisodeCounts, contingency, episode_counts
from airq.forecast.cost_loss import value_curve
from airq.forecast.distribution import exceedance
from airq.forecast.indexing import bounds
from airq.forecast.score_tables import REFERENCES, Positions, groups, mean
from airq.forecast.scored_rows import ScoredRows

__all__ = [
    "Event",
    "Tolerance",
    "category_rates",
    "category_table",
    "confusion_table",
    "default_events",
    "episode_table",
    "probability_tables",
]

Array = npt.NDArray[np.float64]

_RATIOS = np.arange(1, 20) / 20.0


@dataclass(frozen=True)
class Event:
    """Something that a value above a threshold is.

    Attributes
    ----------
    name : str
        As a table names it: ``pm25 > 75``.
    threshold : float64 array, shape (rows,)
        By row, because the limits change with the edition in force.
    """

    name: str
    threshold: Array


@dataclass(frozen=True)
class Tolerance:
    """How far the AQI may lie from the middle of a forecast range.

    Attributes
    ----------
    absolute : float
        AQI points.
    relative : float
        Share of the forecast.
    combine : {"larger", "smaller", "absolute", "relative"}
        Which of the two counts.
    mark, source : str
        How sure the rule is, and why.
    """

    absolute: float
    relative: float
    combine: str
    mark: str
    source: str

    def half_width(self, forecast: Array) -> Array:
        """AQI points to either side of a forecast.

        Examples
        --------
        >>> Tolerance(15, 0.25, "larger", "NF", "").half_width(np.array([40.0, 100.0])).tolist()
        [15.0, 25.0]
        """
        fixed, share = np.full(forecast.shape, self.absolute), self.relative * forecast
        choice = {"larger": np.fmax, "smaller": np.fmin}
        if self.combine in choice:
            return np.asarray(choice[self.combine](fixed, share))
        if self.combine not in ("absolute", "relative"):
            raise ParameterError(
                f"tolerance '{self.combine}' is not known; use larger, smaller, absolute, relative."
            )
        return fixed if self.combine == "absolute" else share


def default_events(rows: ScoredRows, thresholds: Sequence[float] | None) -> list[Event]:
    """Events to forecast: the given thresholds, else AQI or sub-index above 100 and above 200 by the edition.

    Parameters
    ----------
    rows : ScoredRows
    thresholds : list of float, optional
        In the unit of the target.

    Returns
    -------
    list of Event
    """
    size = len(rows.table)
    if thresholds is not None:
        return [Event(f"{rows.target} > {float(t):g}", np.full(size, float(t))) for t in thresholds]
    out = []
    for index in (100, 200):
        limit = bounds(rows.target, index, rows.table["day"], rows.edition, rows.averaging)
        one = len(set(limit.tolist())) == 1
        name = f"{rows.target} > {limit[0]:g}" if one else f"{rows.target} above index {index}"
        out.append(Event(name, limit))
    return out


def probability_tables(
    rows: ScoredRows, events: Sequence[Event], by: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
    """Brier scores with their skill and parts, reliability diagrams, and value curves of the events.

    Returns
    -------
    probabilities, reliability, value : pandas.DataFrame
    notes : tuple of str
        What stood in for a missing reference.
    """
    observed = rows.table["observed"].to_numpy()
    tables: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    for event in events:
        came = np.where(np.isnan(observed), np.nan, observed > event.threshold)
        chance = exceedance(rows.quantiles, event.threshold)
        others = {name: rows.of_model(name, chance) for name in REFERENCES if name in rows.models}
        if "persistence" not in others:
            others["persistence"] = np.where(np.isnan(rows.last), np.nan, rows.last > event.threshold)
        sampled = "climatology" not in others
        for key, at in groups(rows, by):
            known = at[~np.isnan(came[at] + chance[at])]
            row: dict[str, Any] = {
                **key,
                "event": event.name,
                "n": len(known),
                "events": int(came[known].sum()),
                **scores.brier_parts(came[known], chance[known]),
            }
            if sampled:
                others["climatology"] = _base_rate(came, at, rows.table["season"].to_numpy())
            for name in REFERENCES:
                row[f"bss_{name}"] = scores.bss(came[known], chance[known], others[name][known])
            tables[0].append(row)
            for store, frame in (
                (tables[1], scores.reliability(came[known], chance[known])),
                (tables[2], value_curve(came[known], chance[known], _RATIOS)),
            ):
                store.append(frame.assign(**key, event=event.name)[[*key, "event", *frame.columns]])
    notes = []
    if "climatology" not in rows.models:
        notes.append(
            "no rows of climatology: Brier skill is against the seasons' frequencies of the sample itself."
        )
    if "persistence" not in rows.models:
        notes.append("no rows of persistence: skill against it uses the last value as a point forecast.")
    return (
        pd.DataFrame(tables[0]),
        pd.concat(tables[1], ignore_index=True),
        pd.concat(tables[2], ignore_index=True),
        tuple(notes),
    )


def _base_rate(came: Array, at: Positions, seasons: npt.NDArray[np.object_]) -> Array:
    """Frequency of an event by season among some rows, at those rows."""
    out = np.full(came.shape, np.nan)
    for name in np.unique(seasons[at].astype(str)):
        part = at[seasons[at] == name]
        known = came[part][~np.isnan(came[part])]
        out[part] = known.mean() if known.size else np.nan
    return out


def category_table(rows: ScoredRows, by: Sequence[str], tolerance: Tolerance) -> pd.DataFrame:
    """Level accuracy and AQI range accuracy of the median.

    Returns
    -------
    pandas.DataFrame
        ``level_accuracy`` (same AQI category), ``within_one``, ``under``, ``over`` and ``under_two`` (by two levels or
        more), ``range_accuracy`` under the tolerance, and under its absolute and its relative part alone.
    """
    table = rows.table
    seen, said = (table[f"level_{c}"].to_numpy().astype(np.int64) for c in ("observed", "median"))
    actual, middle = (table[f"index_{c}"].to_numpy() for c in ("observed", "median"))
    gap = np.abs(actual - middle)
    inside = {
        "range_accuracy": gap <= tolerance.half_width(middle) + 1e-9,
        "range_absolute": gap <= tolerance.absolute + 1e-9,
        "range_relative": gap <= tolerance.relative * middle + 1e-9,
    }
    known = (seen > 0) & (said > 0)
    out = []
    for key, at in groups(rows, by):
        used = at[known[at]]
        step = said[used] - seen[used]
        row: dict[str, Any] = {**key, "n": len(used), "level_accuracy": mean(step == 0)}
        row |= {"within_one": mean(np.abs(step) <= 1), "under": mean(step < 0), "over": mean(step > 0)}
        row |= {"under_two": mean(step <= -2), **{k: mean(v[used]) for k, v in inside.items()}}
        out.append(row)
    return pd.DataFrame(out)


def category_rates(rows: ScoredRows, by: Sequence[str]) -> pd.DataFrame:
    """Hit, false-alarm and miss rates of each of the six categories (``level``) of the median."""
    seen, said = (rows.table[f"level_{c}"].to_numpy().astype(np.float64) for c in ("observed", "median"))
    known = (seen > 0) & (said > 0)
    out = []
    for key, at in groups(rows, by):
        used = at[known[at]]
        for level in range(1, 7):
            found = contingency(seen[used] == level, said[used] == level)
            out.append({**key, "level": level, **found.to_dict()})
    return pd.DataFrame(out)


def confusion_table(rows: ScoredRows, by: Sequence[str]) -> pd.DataFrame:
    """Days by observed and forecast category, in long form: ``observed forecast n``."""
    seen, said = (rows.table[f"level_{c}"].to_numpy().astype(np.int64) for c in ("observed", "median"))
    known = (seen > 0) & (said > 0)
    cells = pd.MultiIndex.from_product([range(1, 7), range(1, 7)], names=["observed", "forecast"])
    parts = []
    for key, at in groups(rows, by):
        used = at[known[at]]
        number = np.bincount((seen[used] - 1) * 6 + said[used] - 1, minlength=36)
        frame = pd.DataFrame({"n": number}, cells).reset_index()
        parts.append(frame.assign(**key)[[*key, "observed", "forecast", "n"]])
    return pd.concat(parts, ignore_index=True)


def episode_table(
    rows: ScoredRows, event: Event, tolerance: int, least: int, decision: float, rule: str | None = None
) -> pd.DataFrame:
    """Runs of heavy days and their first days, by model and lead time, summed over sites.

    Parameters
    ----------
    rows : ScoredRows
        Of days.
    event : Event
    tolerance : int
        Days by which a forecast first day may miss.
    least : int
        Days that a run needs.
    decision : float
        Probability from which a day is forecast as heavy.
    rule : str, optional
        An edition of kind ``alert``: heavy days are then those under an alert that the AQI observed, or the median of
        the forecast, calls for.

    Returns
    -------
    pandas.DataFrame
    """
    table = rows.table
    observed = table["observed"].to_numpy()
    came = np.where(np.isnan(observed), np.nan, observed > event.threshold)
    chance = exceedance(rows.quantiles, event.threshold)
    said = np.where(np.isnan(chance), np.nan, chance >= decision)
    if rule is not None:
        event = Event(f"alert by {rule}", event.threshold)
        came, said = (table[f"index_{c}"].to_numpy(copy=True) for c in ("observed", "median"))
    day = table["day"].to_numpy().astype("datetime64[D]").astype(np.int64)
    sums: dict[tuple[str, int], list[EpisodeCounts]] = {}
    daily: dict[tuple[str, int], Contingency] = {}
    for key, at in groups(rows, ["horizon", "site"]):
        group = (key["model"], key["horizon"])
        line = np.full((2, int(np.ptp(day[at])) + 1), np.nan)
        line[:, day[at] - day[at].min()] = came[at], said[at]
        if rule is not None:
            line = np.where(np.isnan(line), np.nan, alert_levels(line, rule) > 0)
            came[at], said[at] = line[:, day[at] - day[at].min()]
        sums.setdefault(group, []).append(episode_counts(line[0], line[1], tolerance, least))
    for key, at in groups(rows, ["horizon"]):
        daily[(key["model"], key["horizon"])] = contingency(came[at], said[at])
    return pd.DataFrame([_episode_row(g, event, daily[g], counts) for g, counts in sums.items()])


def _episode_row(
    group: tuple[str, int], event: Event, days: Contingency, counts: Sequence[EpisodeCounts]
) -> dict[str, Any]:
    total = {name: sum(getattr(c, name) for c in counts) for name in EpisodeCounts.__dataclass_fields__}

    def share(part: str, whole: int) -> float:
        return total[part] / whole if whole else float("nan")

    said = total["onset_hits"] + total["onset_false"]
    return {
        "model": group[0],
        "horizon": group[1],
        "event": event.name,
        **{
            f"day_{k}": v
            for k, v in days.to_dict().items()
            if k in ("hit_rate", "miss_rate", "false_alarm_ratio")
        },
        "episodes": total["observed"],
        "episodes_forecast": total["forecast"],
        "episode_hit_rate": share("detected", total["observed"]),
        "episode_false_alarm_ratio": share("false", total["forecast"]),
        "onsets": total["onsets"],
        "onset_hit_rate": share("onset_hits", total["onsets"]),
        "onset_in_time_rate": share("onset_in_time", total["onsets"]),
        "onset_miss_rate": share("onset_misses", total["onsets"]),
        "onset_false_alarm_ratio": share("onset_false", said),
        "onset_mean_error": share("onset_error_sum", total["onset_hits"]),
        "onset_unknown": total["onset_unknown"],
    }
