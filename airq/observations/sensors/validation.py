"""Scores of models on hours they have not seen: blocks of time, whole sensors, and, as a warning, random rows.

Schemes
-------
``blocks``
    A contiguous block of time is held out for all sensors; hours within 24 h of it are not learnt from.
``sensors``
    A sensor is held out over the whole time: a sensor of the same type that never stood beside a reference, in air
    that its neighbours have seen.
``sensors+blocks``
    Both at once: another sensor at another time.
``random``
    Random rows. Neighbouring hours resemble each other, so it flatters; printed only beside ``blocks``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.observations.sensors import blocks
from airq.observations.sensors.metrics import agreement, precision
from airq.observations.sensors.models import Candidate, candidates
from airq.observations.sensors.pairing import checked

__all__ = ["SCHEMES", "Comparison", "compare", "held_out", "predictors", "usable"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

SCHEMES: Final = ("blocks", "sensors", "random")
NEAR: Final = 1.01
"""A simpler model is taken if its blocked RMSE is within this factor of the lowest."""

BEATS: Final = 0.98
"""Blocked RMSE over that of the mean of the reference below which a sensor tells something."""

_PRESENT: Final = 0.5  # share of rows that must hold a predictor for it to be used


def predictors(pairs: pd.DataFrame) -> tuple[str, ...]:
    """Predictors that at least half of the rows hold, the reading first.

    Examples
    --------
    >>> frame = pd.DataFrame({"sensor": ["a"], "time": [0], "value": [1.0], "reference": [1.0], "temperature": [np.nan]})
    >>> predictors(frame)
    ('value',)
    """
    fixed = {"sensor", "time", "value", "reference", "reference_station"}
    rest = [str(c) for c in pairs.columns if c not in fixed and pairs[c].dtype.kind == "f"]
    return ("value", *(c for c in rest if pairs[c].notna().mean() >= _PRESENT))


def usable(pairs: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Rows that hold all of some predictors and the reference, sorted by time.

    Raises
    ------
    MissingData
        No row does.
    """
    out = pairs.dropna(subset=[*names, "reference"]).sort_values(["time", "sensor"], kind="stable")
    if out.empty:
        raise MissingData(
            f"no hour holds all of {', '.join(names)} and the reference; leave out a covariate."
        )
    return out.reset_index(drop=True)


def arrays(frame: pd.DataFrame, names: tuple[str, ...]) -> dict[str, Floats]:
    """Predictors and ``reference`` as arrays."""
    return {n: frame[n].to_numpy(np.float64) for n in (*names, "reference")}


def held_out(
    candidate: Candidate,
    x: dict[str, Floats],
    training: list[tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]],
) -> tuple[Floats, list[Any]]:
    """Predictions of rows that were held out.

    Parameters
    ----------
    candidate : Candidate
    x : dict of str to array, shape (row,)
    training : list of (learn, test)
        Rows to learn from and to predict, one pair a fold.

    Returns
    -------
    predictions : float array, shape (row,)
        NaN where a fold had too few rows.
    models : list
        The model of each fold, None where there is none.
    """
    out = np.full(len(x["reference"]), np.nan)
    models: list[Any] = []
    for learn, test in training:
        try:
            model = candidate.fit({k: v[learn] for k, v in x.items()})
        except ParameterError:
            models.append(None)
            continue
        out[test] = model.predict({k: v[test] for k, v in x.items()})
        models.append(model)
    return out, models


def splits(
    frame: pd.DataFrame, scheme: str, folds: int, gap_hours: float, seed: int
) -> list[tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]]:
    """Folds of a scheme as (learn, test) masks; empty where the scheme does not apply."""
    time, sensor = frame["time"].to_numpy(), frame["sensor"].to_numpy(object)
    block, group = blocks.time_blocks(time, folds), blocks.folds_of_sensors(sensor)
    if scheme == "random":
        fold = blocks.random_folds(len(frame), folds, seed)
        return [(fold != k, fold == k) for k in range(folds)]
    if scheme in ("sensors", "sensors+blocks") and group.max() == 0:
        return []
    if scheme == "sensors":
        return [(group != k, group == k) for k in range(group.max() + 1)]
    learning = [blocks.training_rows(time, block, b, gap_hours) for b in range(block.max() + 1)]
    if scheme == "blocks":
        return [(learn, block == b) for b, learn in enumerate(learning)]
    return [
        (learn & (group != k), (block == b) & (group == k))
        for b, learn in enumerate(learning)
        for k in range(group.max() + 1)
        if ((block == b) & (group == k)).any()
    ]


@dataclass(frozen=True)
class Comparison:
    """Scores of models on held-out hours.

    Attributes
    ----------
    scores : DataFrame
        One row a model and scheme: ``model scheme n r2 slope intercept rmse nrmse bias mae efficiency sd cv``,
        ``ratio_uncalibrated`` and ``ratio_null`` (RMSE over that of the uncalibrated reading and of the mean of the
        reference, on the same rows). The uncalibrated reading and the null model stand in it as models.
    chosen : str
        The simplest fitted or published model within 1 % of the lowest blocked RMSE.
    beats_null : bool
        Whether its blocked RMSE is at least 2 % below that of the mean of the reference.
    pollutant, units : str
    variables : tuple of str
        Predictors that were offered.
    skipped : tuple of str
        Models without a score, such as trees on few rows.
    """

    scores: pd.DataFrame = field(repr=False)
    chosen: str
    beats_null: bool
    pollutant: str
    units: str
    variables: tuple[str, ...]
    skipped: tuple[str, ...] = ()

    def score(self, model: str, scheme: str = "blocks", column: str = "rmse") -> float:
        """One number of :attr:`scores`; NaN if it is not there."""
        rows = self.scores[(self.scores["model"] == model) & (self.scores["scheme"] == scheme)]
        return float(rows[column].iloc[0]) if len(rows) else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """The scores."""
        return self.scores

    def _repr_html_(self) -> str:
        return f"<p>{self.pollutant}: {self.chosen}</p>{self.scores.round(3).to_html(index=False)}"


def _row(frame: pd.DataFrame, name: str, scheme: str, predicted: Floats) -> dict[str, Any]:
    spread = precision(frame.assign(predicted=predicted), "predicted")
    found = agreement(predicted, frame["reference"].to_numpy()).to_dict()
    return {"model": name, "scheme": scheme, **found, "sd": spread.sd, "cv": spread.cv}


def compare(
    pairs: pd.DataFrame,
    models: Collection[str] | None = None,
    *,
    pollutant: str | None = None,
    schemes: Collection[str] = SCHEMES,
    folds: int = 6,
    gap_hours: float = blocks.GAP_HOURS,
    seed: int = 0,
) -> Comparison:
    """Score models on held-out hours.

    Parameters
    ----------
    pairs : DataFrame
        From :func:`airq.observations.sensors.pair`.
    models : collection of str, optional
        Names of :data:`airq.observations.sensors.models.NAMES` or of published equations; all that fit by default.
    pollutant : str, optional
        If the frame does not say it.
    schemes : collection of str
        See the module; ``blocks`` is always among them.
    folds : int
    gap_hours : float
    seed : int
        Of the trees and of the random split.

    Returns
    -------
    Comparison

    Raises
    ------
    ParameterError, MissingData
        Unknown models, frames that are no pairs, or no model that could be scored.
    """
    name = checked(pairs, pollutant)
    offered = predictors(pairs)
    frame = usable(pairs, offered)
    chosen = _wanted(candidates(name, offered), models)
    x = arrays(frame, offered)
    rows, skipped = [], []
    for scheme in dict.fromkeys(("blocks", *schemes)):
        training = splits(frame, scheme, folds, gap_hours, seed)
        if not training:
            continue
        null = np.full(len(frame), np.nan)
        for learn, test in training:
            null[test] = x["reference"][learn].mean() if learn.any() else np.nan
        rows.append(_row(frame, "uncalibrated", scheme, np.where(np.isfinite(null), x["value"], np.nan)))
        rows.append(_row(frame, "null", scheme, null))
        for candidate in chosen:
            predicted, _ = held_out(candidate, x, training)
            if np.isnan(predicted).mean() > np.isnan(null).mean() + 1e-9:
                skipped.append(candidate.name)  # scored on other rows than the rest, it could not be compared
                continue
            rows.append(_row(frame, candidate.name, scheme, np.where(np.isfinite(null), predicted, np.nan)))
    table = pd.DataFrame(rows)
    for base in ("uncalibrated", "null"):
        bottom = table[table["model"] == base].set_index("scheme")["rmse"]
        table[f"ratio_{base}"] = table["rmse"] / table["scheme"].map(bottom)
    best, beats = _choose(table, [c.name for c in chosen])
    units = str(pairs.attrs.get("units", ""))
    return Comparison(table, best, beats, name, units, offered, tuple(dict.fromkeys(skipped)))


def _wanted(there: list[Candidate], models: Collection[str] | None) -> list[Candidate]:
    if models is None:
        return there
    names = [models] if isinstance(models, str) else list(models)
    for name in names:
        if name not in {c.name for c in there}:
            raise ParameterError(
                f"model '{name}' is not known or needs predictors that the pairs do not hold; use {', '.join(c.name for c in there)}."
            )
    return [c for c in there if c.name in names]


def _choose(table: pd.DataFrame, order: list[str]) -> tuple[str, bool]:
    scored = table[table["scheme"] == "blocks"].set_index("model")["rmse"]
    ranked = scored[[n for n in order if n in scored.index]].dropna()
    if ranked.empty:
        raise MissingData("no model could be scored on held-out blocks of time; pair over a longer time.")
    near = ranked[ranked <= NEAR * ranked.min()]
    return str(near.index[0]), bool(near.iloc[0] < BEATS * scored["null"])
