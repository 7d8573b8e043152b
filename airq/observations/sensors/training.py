"""From pairs to a calibration: the model is chosen on held-out blocks, its uncertainty measured on held-out sensors."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData
from airq.observations.sensors import blocks, validation
from airq.observations.sensors.calibration import Calibration
from airq.observations.sensors.hours import COMPLETENESS
from airq.observations.sensors.linear import FORMS, LinearModel
from airq.observations.sensors.models import Candidate, candidates
from airq.observations.sensors.pairing import checked
from airq.observations.sensors.spread import Line, Spread, line_at, lines, spread
from airq.observations.sensors.validation import Comparison, compare
from airq.variables import VARIABLES

__all__ = ["calibrate"]

Floats = npt.NDArray[np.float64]

MOST_ROWS: Final = 100_000
"""Rows that validation uses; of more pairs, every n-th hour (n shares no factor with 24)."""

WEAK: Final = 0.5
"""Efficiency on held-out blocks below which a calibration is called weak."""

_STEPS: Final = (5, 7, 11, 13, 17, 19, 23, 25, 29, 31, 35, 37, 41, 43, 47)


def calibrate(
    pairs: pd.DataFrame,
    model: str = "auto",
    *,
    pollutant: str | None = None,
    sensor_type: str = "",
    models: Collection[str] | None = None,
    folds: int = 6,
    gap_hours: float = blocks.GAP_HOURS,
    seed: int = 0,
) -> Calibration:
    """Fit a calibration.

    Parameters
    ----------
    pairs : DataFrame
        From :func:`airq.observations.sensors.pair`.
    model : str
        ``auto``: the simplest model within 1 % of the lowest RMSE on held-out blocks of time; else its name.
    pollutant : str, optional
        If the frame does not say it.
    sensor_type : str
        Make and model; :func:`airq.observations.sensors.apply` compares it where both sides state one.
    models : collection of str, optional
        Those that ``auto`` may choose from.
    folds, gap_hours, seed
        As in :func:`airq.observations.sensors.compare`.

    Returns
    -------
    Calibration

    Raises
    ------
    MissingData
        With ``auto``: no model beats the mean of the reference on held-out blocks; the sensor tells nothing.
    ParameterError
        Unknown model.

    Examples
    --------
    >>> time = pd.date_range("2019-08-01 01:00", periods=300, freq="h")
    >>> truth = 30 + 20 * np.sin(np.arange(300) / 9.0)
    >>> frame = pd.DataFrame({"sensor": "S1", "time": time, "value": 2 * truth + 6, "reference": truth})
    >>> cal = calibrate(frame, "scale", pollutant="pm25")
    >>> [round(c, 6) for c in cal.model.coefficients]
    [-3.0, 0.5]
    """
    name = checked(pairs, pollutant)
    offered = validation.predictors(pairs)
    frame = validation.usable(pairs, offered)
    thin = _thinned(frame)
    thin.attrs = dict(pairs.attrs)
    wanted = models if model == "auto" else [model]
    scored = compare(thin, wanted, pollutant=name, folds=folds, gap_hours=gap_hours, seed=seed)
    if model == "auto" and not scored.beats_null:
        best, null = scored.score(scored.chosen), scored.score("null")
        raise MissingData(
            f"no model of {name} beats the mean of the reference on held-out blocks of time (RMSE {best:.3g} against {null:.3g}); the sensor says nothing here, check it or collocate it longer."
        )
    out = _fitted(frame, thin, offered, scored, name, folds, gap_hours, seed)
    if out.name == "tree":
        again = _linear_choice(thin, scored, offered, name, folds, gap_hours, seed)
        out = replace(out, fallback=_fitted(frame, thin, offered, again, name, folds, gap_hours, seed))
    training = {**out.training, **_provenance(pairs, frame)}
    return replace(out, training=training, sensor_type=sensor_type, notes=_notes(out, scored, pairs))


def _linear_choice(
    thin: pd.DataFrame,
    scored: Comparison,
    offered: tuple[str, ...],
    pollutant: str,
    folds: int,
    gap_hours: float,
    seed: int,
) -> Comparison:
    """The best linear model for hours on which trees would extrapolate."""
    scores = scored.scores[scored.scores["scheme"] == "blocks"].set_index("model")["rmse"]
    known = [m for m in (*FORMS, "robust") if m in scores.index]
    if known:
        return replace(scored, chosen=str(scores[known].idxmin()))
    there = [c.name for c in candidates(pollutant, offered) if c.name in ("scale", "linear")]
    return compare(thin, there, pollutant=pollutant, schemes=(), folds=folds, gap_hours=gap_hours, seed=seed)


def _thinned(frame: pd.DataFrame) -> pd.DataFrame:
    """Every n-th distinct hour where there are too many rows."""
    if len(frame) <= MOST_ROWS:
        return frame
    step = next((s for s in _STEPS if len(frame) / s <= MOST_ROWS), _STEPS[-1])
    number = np.unique(frame["time"].to_numpy(), return_inverse=True)[1]
    return frame[number % step == 0].reset_index(drop=True)


def _fitted(
    frame: pd.DataFrame,
    thin: pd.DataFrame,
    offered: tuple[str, ...],
    scored: Comparison,
    pollutant: str,
    folds: int,
    gap_hours: float,
    seed: int,
) -> Calibration:
    """The chosen model on all rows, with what held-out rows say of its uncertainty."""
    chosen = next(c for c in candidates(pollutant, offered) if c.name == scored.chosen)
    everything = validation.arrays(frame, offered)
    final = chosen.fit(everything)
    x = validation.arrays(thin, offered)
    names, sensor = np.unique(thin["sensor"].to_numpy(object).astype(str), return_inverse=True)
    block = blocks.time_blocks(thin["time"].to_numpy(), folds)
    predicted, parts = validation.held_out(
        chosen, x, validation.splits(thin, "blocks", folds, gap_hours, seed)
    )
    if isinstance(final, LinearModel) and final.method != "published":
        final = replace(final, covariance=_jackknife([p for p in parts if p is not None]))
    centre = float(np.nanmean(predicted))
    residual = x["reference"] - predicted
    own_lines, corrected = _own_lines(predicted, residual, sensor, block, centre)
    own = spread(corrected, x["reference"] - corrected, sensor, centre, between=False)
    new, coverage_new = _between(chosen, thin, x, sensor, block, centre, folds, gap_hours, seed)
    return Calibration(
        pollutant=pollutant,
        units=VARIABLES[pollutant].units,
        name=chosen.name,
        model=final,
        ranges={n: (float(everything[n].min()), float(everything[n].max())) for n in chosen.variables},
        own=own,
        new=new,
        lines={str(names[k]): line for k, line in own_lines.items()},
        training={"sensors": sorted({str(s) for s in frame["sensor"]})},
        scores=scored.scores.to_dict("records"),
        coverage={
            "own": _coverage(corrected, x["reference"] - corrected, sensor, block, None, centre),
            "new": coverage_new,
        },
    )


def _jackknife(models: list[LinearModel]) -> tuple[tuple[float, ...], ...]:
    """Covariance of the coefficients from leaving out each block of time once."""
    if len(models) < 2:
        return ()
    beta = np.array([m.coefficients for m in models])
    apart = beta - beta.mean(axis=0)
    number = len(models)
    return tuple(tuple(float(c) for c in row) for row in (number - 1) / number * apart.T @ apart)


def _own_lines(
    predicted: Floats,
    residual: Floats,
    sensor: npt.NDArray[np.intp],
    block: npt.NDArray[np.intp],
    centre: float,
) -> tuple[dict[int, Line], Floats]:
    """Zero and gain of each paired sensor, kept only if they lower the error of blocks they were not fitted on."""
    if sensor.max() < 1:
        return {}, predicted
    corrected = predicted.copy()
    for b in range(block.max() + 1):
        rest, rows = block != b, block == b
        found = lines(predicted[rest], residual[rest], sensor[rest], centre)
        corrected[rows] += line_at(found, sensor[rows], predicted[rows], centre)
    before = float(np.nanmean(residual**2))
    after = float(np.nanmean((residual + predicted - corrected) ** 2))
    if after >= before:
        return {}, predicted
    return lines(predicted, residual, sensor, centre), corrected


def _between(
    chosen: Candidate,
    thin: pd.DataFrame,
    x: dict[str, Floats],
    sensor: npt.NDArray[np.intp],
    block: npt.NDArray[np.intp],
    centre: float,
    folds: int,
    gap_hours: float,
    seed: int,
) -> tuple[Spread | None, float]:
    """Spread for sensors that were not paired, and the coverage it has on sensors and blocks held out together."""
    training = validation.splits(thin, "sensors+blocks", folds, gap_hours, seed)
    if not training:
        return None, float("nan")
    predicted, _ = validation.held_out(chosen, x, training)
    residual = x["reference"] - predicted
    group = blocks.folds_of_sensors(thin["sensor"].to_numpy(object))
    if np.isfinite(residual).sum() < 48:
        return None, float("nan")
    found = spread(predicted, residual, sensor, centre, between=True)
    return found, _coverage(predicted, residual, sensor, block, group, centre)


def _coverage(
    predicted: Floats,
    residual: Floats,
    sensor: npt.NDArray[np.intp],
    block: npt.NDArray[np.intp],
    group: npt.NDArray[np.intp] | None,
    centre: float,
    level: float = 0.8,
) -> float:
    """Share of hours inside an interval that was made without their block, and without their sensor if groups are given."""
    if group is not None and group.max() < 2:
        return float("nan")  # one sensor left would tell nothing of the spread between sensors
    inside = total = 0
    for b in range(block.max() + 1):
        for g in range(group.max() + 1) if group is not None else (0,):
            rows = (block == b) & (group == g) if group is not None else block == b
            rest = (block != b) & (group != g) if group is not None else block != b
            rows &= np.isfinite(residual)
            try:
                made = spread(
                    predicted[rest], residual[rest], sensor[rest], centre, between=group is not None
                )
            except MissingData:
                continue
            low, high = made.interval(predicted[rows], level)
            truth = predicted[rows] + residual[rows]
            inside += int(((truth >= low) & (truth <= high)).sum())
            total += int(rows.sum())
    return inside / total if total else float("nan")


def _provenance(pairs: pd.DataFrame, frame: pd.DataFrame) -> dict[str, Any]:
    ordered = frame.sort_values(["sensor", "time"], kind="stable")
    whole = hashlib.sha256()
    for column in sorted(str(c) for c in ordered.columns):
        values = ordered[column].to_numpy()
        if values.dtype.kind == "M":
            values = values.astype("datetime64[s]").astype("<i8")
        if values.dtype.kind in "fiu":
            whole.update(
                column.encode() + np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()
            )
        else:
            whole.update(column.encode() + "\n".join(map(str, values)).encode())
    references = sorted({str(r) for r in frame["reference_station"]}) if "reference_station" in frame else []
    return {
        "first": str(frame["time"].min()),
        "last": str(frame["time"].max()),
        "hours": len(frame),
        "references": references,
        "averaging": str(pairs.attrs.get("averaging", "1h")),
        "completeness": float(pairs.attrs.get("completeness", COMPLETENESS)),
        "sources": [str(s) for s in pairs.attrs.get("sources", [])],
        "digest": whole.hexdigest(),
    }


def _notes(out: Calibration, scored: Comparison, pairs: pd.DataFrame) -> tuple[str, ...]:
    notes = [str(n) for n in pairs.attrs.get("notes", [])]
    skill = scored.score(scored.chosen, "blocks", "efficiency")
    if not scored.beats_null:
        notes.append("on held-out blocks of time the mean of the reference is as good as this model")
    elif skill < WEAK:
        notes.append(f"weak: efficiency {skill:.2f} on held-out blocks of time")
    blocked, random = scored.score(scored.chosen), scored.score(scored.chosen, "random")
    if random < 0.9 * blocked:
        notes.append(
            f"a random split of hours would promise RMSE {random:.3g}; held-out blocks show {blocked:.3g}"
        )
    if out.name == "tree":
        notes.append(
            "trees cannot extrapolate: outside the range of the training data the linear model stands in, flagged"
        )
    if out.new is None:
        notes.append(
            "one sensor was paired: the spread between sensors is not known, and other sensors cannot take this calibration without it"
        )
    elif out.new.sensors < 3:
        notes.append("two sensors were paired: the coverage for other sensors could not be tested")
    if scored.skipped:
        notes.append(f"not scored for want of hours: {', '.join(scored.skipped)}")
    return tuple(notes)
