"""Scores of warnings against the alert levels that the observed AQI calls for.

Examples
--------
>>> issued = pd.DataFrame({"id": "a", "corrects": None, "site": "A", "rule": "ALERT-2024", "level": "yellow",
...     "written": pd.Timestamp("2019-12-01 09:00"), "issued": pd.Timestamp("2019-11-30"),
...     "date": pd.to_datetime(["2019-12-01", "2019-12-02"]), "probability": [0.9, 0.4], "warn": [True, False],
...     "cost_loss": 0.5})
>>> seen = pd.DataFrame({"site": "A", "date": pd.date_range("2019-12-01", periods=4), "aqi": [250.0, 90.0, 80.0, 70.0]})
>>> found = score_log(issued, {("A", "ALERT-2024"): ("A",)}, seen)
>>> found.scores[["level", "n", "events", "hits", "brier"]].round(3).values.tolist()
[['yellow', 2, 1, 1, 0.085]]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData
from airq.forecast import scores
from airq.forecast.alert_levels import alert_levels, level_names
from airq.forecast.contingency import contingency
from airq.forecast.cost_loss import economic_value, value_curve
from airq.texts import items

__all__ = ["WarningScores", "observed_levels", "score_log"]

Array = npt.NDArray[np.float64]

_AFTER = 7
"""Days after a record that may still decide about its last ones; the longest condition of a rule takes four."""


@dataclass(frozen=True, eq=False)
class WarningScores:
    """Scores of issued warnings.

    Attributes
    ----------
    scores : pandas.DataFrame
        By level: ``n events missing``, ``brier`` and ``bss`` against the frequency of the sample, counts and rates of
        the decisions, ``expense`` at the ratios used and ``value`` (NaN if they differ).
    by_horizon : pandas.DataFrame
        The same by lead time in days.
    reliability, value : pandas.DataFrame
        By level.
    rows : pandas.DataFrame
        Every warning that counts, with ``event``.
    late, replaced : int
        Day-levels left out: written after the day, or corrected in time.
    notes : tuple of str
    """

    scores: pd.DataFrame
    by_horizon: pd.DataFrame
    reliability: pd.DataFrame
    value: pd.DataFrame
    rows: pd.DataFrame
    late: int
    replaced: int
    notes: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """The scores by level."""
        return self.scores.copy()

    def _repr_html_(self) -> str:
        said = items(self.notes)
        return f"{self.scores.to_html(index=False, float_format=lambda v: f'{v:.3g}')}<ul>{said}</ul>"


def observed_levels(observed: pd.DataFrame, members: Sequence[str], rule: str) -> pd.Series:
    """Alert level that the observed AQI called for on each day.

    Parameters
    ----------
    observed : pandas.DataFrame
        ``site``, ``date``, ``aqi``; unsorted days and gaps are fine.
    members : sequence of str
        Sites; of several the mean AQI counts.
    rule : str

    Returns
    -------
    pandas.Series
        Level number by day on a complete axis; NaN where the AQI is missing, and on the last days where it depends
        on what follows.

    Raises
    ------
    MissingData
        If a column or every site is missing.

    Examples
    --------
    >>> days = pd.to_datetime(["2019-12-01", "2019-12-03", "2019-12-04", "2019-12-05"])
    >>> seen = pd.DataFrame({"site": "A", "date": days, "aqi": [250.0, 90.0, 80.0, 160.0]})
    >>> observed_levels(seen, ["A"], "ALERT-2024").tolist()
    [1.0, nan, 0.0, 0.0, nan]
    """
    for column in ("site", "date", "aqi"):
        if column not in observed.columns:
            raise MissingData(f"the observations have no column '{column}'; give a frame of daily_frame().")
    own = observed[observed["site"].astype(str).isin(list(members))]
    if own.empty:
        raise MissingData(f"there are no observations of {', '.join(members)}; give the frame of that place.")
    days = pd.to_datetime(own["date"]).dt.normalize()
    mean = pd.to_numeric(own["aqi"], errors="coerce").groupby(days).mean()
    axis = pd.date_range(mean.index.min(), mean.index.max())
    aqi = mean.reindex(axis).to_numpy(dtype=np.float64)
    # What the days after the record will be decides whether its last days belong to an alert: try both extremes.
    ends = [np.append(aqi, np.full(_AFTER, end)) for end in (0.0, 500.0)]
    low, high = alert_levels(np.stack(ends), rule)[:, : len(aqi)].astype(np.float64)
    return pd.Series(np.where(np.isnan(aqi) | (low != high), np.nan, low), axis)


def score_log(
    issued: pd.DataFrame,
    members: Mapping[tuple[str, str], Sequence[str]],
    observed: pd.DataFrame,
    broken: Sequence[str] = (),
) -> WarningScores:
    """Score warnings, one row a line, day and level.

    Parameters
    ----------
    issued : pandas.DataFrame
        ``id corrects site rule level written issued date probability warn cost_loss``.
    members : mapping of (site, rule) to sites
    observed : pandas.DataFrame
    broken : sequence of str
        What a reader must know of lines that were left out.

    Returns
    -------
    WarningScores

    Raises
    ------
    MissingData
        If no site of the warnings was observed, or the frame has no AQI.
    """
    issued, notes = _observed_only(issued, members, observed, list(broken))
    in_time = issued["written"].dt.normalize() <= issued["date"]
    rows = issued[in_time].assign(root=_roots(issued)[in_time.to_numpy()])
    rows = rows.assign(order=np.arange(len(rows))).sort_values(["written", "order"], kind="stable")
    kept = rows.drop_duplicates(["root", "date", "level"], keep="last")
    late, replaced = int((~in_time).sum()), len(rows) - len(kept)
    kept = kept.sort_values("order").drop(columns=["order", "root"])
    kept = kept.assign(horizon=(kept["date"] - kept["issued"]).dt.days, event=_event(kept, members, observed))
    if late:
        notes.append(f"{late} probabilities were written after their day and do not count.")
    if replaced:
        notes.append(f"{replaced} probabilities were corrected in time; the later ones count.")
    if unknown := int(kept["event"].isna().sum()):
        notes.append(f"{unknown} probabilities are of days without observed AQI and do not count.")
    ranked = kept.assign(
        level=pd.Categorical(kept["level"], list(dict.fromkeys(kept["level"])), ordered=True)
    )
    return WarningScores(
        scores=_table(ranked, ["level"]),
        by_horizon=_table(ranked, ["level", "horizon"]),
        reliability=_curves(ranked, "reliability"),
        value=_curves(ranked, "value"),
        rows=kept.reset_index(drop=True),
        late=late,
        replaced=replaced,
        notes=tuple(notes),
    )


def _observed_only(
    issued: pd.DataFrame,
    members: Mapping[tuple[str, str], Sequence[str]],
    observed: pd.DataFrame,
    notes: list[str],
) -> tuple[pd.DataFrame, list[str]]:
    """Warnings of sites that were observed; a log may hold those of other places."""
    if not isinstance(observed, pd.DataFrame) or "site" not in observed.columns:
        raise MissingData("the observations have no column 'site'; give a frame of daily_frame().")
    there = set(observed["site"].astype(str))
    keys = pd.Series(list(zip(issued["site"], issued["rule"], strict=True)), issued.index)
    known = keys.map({k: bool(there & set(v)) for k, v in members.items()}).astype(bool)
    others = list(dict.fromkeys(issued.loc[~known, "site"]))
    if not known.any():
        raise MissingData(f"there are no observations of {', '.join(others)}; give the frame of that place.")
    if others:
        notes.append(f"the warnings of {', '.join(others)} are left out: there are no observations of it.")
    return issued[known], notes


def _roots(issued: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Id of the first line that each line corrects, or its own."""
    root: dict[str, str] = {}
    for one, of in issued[["id", "corrects"]].drop_duplicates("id").itertuples(index=False):
        root[one] = root.get(of, of) if isinstance(of, str) and of else one
    return issued["id"].map(root).to_numpy(dtype=object)


def _event(
    rows: pd.DataFrame, members: Mapping[tuple[str, str], Sequence[str]], observed: pd.DataFrame
) -> Array:
    """Whether each level held on its day; NaN where the AQI is not known."""
    out = np.full(len(rows), np.nan)
    for (site, rule), at in rows.groupby(["site", "rule"]).indices.items():
        part = rows.iloc[at]
        held = observed_levels(observed, members[(site, rule)], rule).reindex(pd.DatetimeIndex(part["date"]))
        numbers = {en: number for number, (_, en) in level_names(rule).items()}
        wanted = part["level"].map(numbers).to_numpy(dtype=np.float64)
        level = held.to_numpy()
        out[at] = np.where(np.isnan(level), np.nan, level >= wanted)
    return out


def _table(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    out = []
    for key, part in rows.groupby(by, observed=True, sort=True):
        event, chance = (part[c].to_numpy(dtype=np.float64) for c in ("event", "probability"))
        warn, ratio = part["warn"].to_numpy(dtype=np.float64), part["cost_loss"].to_numpy()
        known = ~np.isnan(event + chance)
        base = float(event[known].mean()) if known.any() else float("nan")
        table = contingency(np.where(known, event, np.nan), warn).to_dict()
        missing = table.pop("missing")
        spent = np.where(warn[known] > 0, ratio[known], event[known])
        one = known.any() and len(np.unique(ratio)) == 1
        out.append(
            {
                **dict(zip(by, key if isinstance(key, tuple) else (key,), strict=True)),
                "n": int(known.sum()),
                "events": int(np.nansum(event[known])),
                "missing": missing,
                "brier": scores.brier(event, chance),
                "bss": scores.bss(event, chance, np.full(event.shape, base)),
                **table,
                "expense": float(spent.mean()) if known.any() else float("nan"),
                "value": economic_value(event[known], warn[known], float(ratio[0])) if one else float("nan"),
            }
        )
    frame = pd.DataFrame(out)
    return frame.assign(level=frame["level"].astype(str)) if len(frame) else frame


def _curves(rows: pd.DataFrame, what: str) -> pd.DataFrame:
    """Reliability diagram or value curve of each level."""
    parts = []
    for level, part in rows.groupby("level", observed=True, sort=True):
        event, chance = (part[c].to_numpy(dtype=np.float64) for c in ("event", "probability"))
        frame = scores.reliability(event, chance) if what == "reliability" else value_curve(event, chance)
        parts.append(frame.assign(level=str(level))[["level", *frame.columns]])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
