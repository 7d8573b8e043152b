"""What deweathering gives: normalised values, their errors, the band of the models, diagnostics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.deweathering import checks
from airq.analysis.deweathering.inputs import Inputs
from airq.analysis.deweathering.learners import Member
from airq.analysis.deweathering.terms import Fit, Influence, Own, Weather
from airq.texts import items

if TYPE_CHECKING:
    from airq.analysis.deweathering.emission_trend import EmissionTrend

__all__ = ["Deweathered", "Record", "assemble"]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(eq=False)
class Record:
    """What was learnt from, kept for trends, importance and partial dependence.

    Attributes
    ----------
    own, weather, columns, value, log, day, fold
        Of the rows to learn from.
    known : bool array, shape (n,)
        Which rows of the inputs these are.
    first, influence
        First stage on all of them.
    unseen : array
        Predictions for weeks not seen, µg/m³ or the target's unit.
    seen : (bool array, array)
    score : array, shape (n,)
        Effect of the weather of every row on the logarithm.
    shares : dict of str to float
    warnings : list of str
    out_of_range : float
    """

    own: Own
    influence: Influence
    first: Fit
    known: Bools
    day: Ints
    value: Array
    log: Array
    unseen: Array
    fold: Ints
    weather: Weather
    columns: Any
    score: Array
    shares: dict[str, float]
    warnings: list[str]
    seen: tuple[Bools, Array]
    out_of_range: float = float("nan")


@dataclass(frozen=True, eq=False)
class Deweathered:
    """A series without its weather.

    Attributes
    ----------
    target : str
    step : {"hourly", "daily"}
    normalised : pandas.Series
        In the order and with the index of the frame; NaN where the level or the weather of the time of year is not known.
    table : pandas.DataFrame
        In order of time, each time once: ``time``, ``observed``, ``normalised``, ``monte_carlo`` (standard error).
    months : pandas.DataFrame
        By month: ``observed``, ``normalised``, ``monte_carlo``, ``low``, ``high`` (least and greatest of the models),
        ``capture``, ``reason`` (why withheld, else empty).
    members : pandas.DataFrame
        Monthly values by model, before the capture is asked.
    monte_carlo_error : pandas.Series
        Standard error over value, mean over the record: ``hourly`` (only for hours), ``daily``, ``monthly``; shares.
    diagnostics : dict
        ``blocked_r2`` and ``blocked_r2_log`` (weeks not seen), ``seen_r2`` (weeks seen, for comparison),
        ``mean_conservation`` (normalised over observed mean), ``mean_observed``, ``mean_normalised``,
        ``out_of_range_share``, ``season_share``, ``trend_share``, ``rows``.
    settings : dict
    masked : dict of str to int
    notes, warnings : tuple of str
    """

    target: str
    step: str
    normalised: pd.Series
    table: pd.DataFrame
    months: pd.DataFrame
    members: pd.DataFrame
    monte_carlo_error: pd.Series
    diagnostics: dict[str, float]
    settings: dict[str, Any]
    masked: dict[str, int]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    models: tuple[Member, ...] = field(repr=False)
    record: Record = field(repr=False)
    inputs: Inputs = field(repr=False)

    @property
    def monthly(self) -> pd.Series:
        """Normalised monthly means by month, NaN where withheld."""
        return self.months["normalised"].rename(self.target)

    @property
    def observed_monthly(self) -> pd.Series:
        """Observed monthly means of the same months."""
        return self.months["observed"].rename(self.target)

    @cached_property
    def daily(self) -> pd.Series:
        """Normalised daily means by date."""
        days = self.inputs.day.astype("datetime64[D]").astype("datetime64[ns]")
        return self.table["normalised"].groupby(days).mean().rename(self.target)

    def trend(
        self, confidence: float = 0.9, draws: int = 400, block_days: int = 60, seed: int = 0
    ) -> EmissionTrend:
        """Linear trend of the deweathered level; see :func:`airq.analysis.deweathering.emission_trend.emission_trend`."""
        from airq.analysis.deweathering.emission_trend import emission_trend

        return emission_trend(self, confidence, draws, block_days, seed)

    def importance(self, seed: int = 0, rows: int = 3000) -> pd.DataFrame:
        """See :func:`airq.analysis.deweathering.responses.importance`."""
        from airq.analysis.deweathering.responses import importance

        return importance(self, seed, rows)

    def partial_dependence(self, name: str, points: int = 21, seed: int = 0, rows: int = 600) -> pd.DataFrame:
        """See :func:`airq.analysis.deweathering.responses.partial_dependence`."""
        from airq.analysis.deweathering.responses import partial_dependence

        return partial_dependence(self, name, points, seed, rows)

    def to_frame(self) -> pd.DataFrame:
        """Copy of :attr:`table`."""
        return self.table.copy()

    def _repr_html_(self) -> str:
        d, e = self.diagnostics, self.monte_carlo_error
        said = "".join(f"<li><b>{escape(w)}</b></li>" for w in self.warnings)
        said += items(self.notes)
        return (
            f"<p><b>{escape(self.target)}</b>, deweathered ({escape(self.settings['model'])}, "
            f"{escape(self.settings['resampling'])}): R² of weeks not seen {d['blocked_r2']:.2f} (seen {d['seen_r2']:.2f}), "
            f"mean {d['mean_normalised']:.4g} for {d['mean_observed']:.4g} observed ({100 * (d['mean_conservation'] - 1):+.1f} %), "
            f"{100 * d['out_of_range_share']:.1f} % of drawn weather out of range, "
            f"Monte-Carlo error of months {100 * e['monthly']:.2f} %</p><ul>{said}</ul>"
        )


def _error(parts: Array) -> Array:
    """Standard error of the mean over members, from the two halves of each; parts (members, 2, n)."""
    return np.sqrt(np.square((parts[:, 0] - parts[:, 1]) / 2).sum(axis=0)) / len(parts)


def _grouped(parts: Array, index: Ints, count: int) -> Array:
    """Means over groups of rows, ignoring rows without a value; shape (..., groups)."""
    use = np.isfinite(parts[0, 0])
    held = np.bincount(index[use], minlength=count).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        flat = [
            np.bincount(index[use], p[use], minlength=count) / held
            for p in parts.reshape(-1, parts.shape[-1])
        ]
    return np.stack(flat).reshape(*parts.shape[:-1], count)


def _relative(parts: Array) -> float:
    value = parts.mean(axis=(0, 1))
    use = np.isfinite(value)
    return float(_error(parts)[use].mean() / value[use].mean()) if use.any() else float("nan")


def _r2(value: Array, predicted: Array) -> float:
    return float(1 - np.square(value - predicted).sum() / np.square(value - value.mean()).sum())


def assemble(
    index: pd.Index,
    inputs: Inputs,
    members: list[Member],
    parts: Array,
    supported: Bools,
    record: Record,
    settings: Mapping[str, Any],
    notes: list[str],
    warnings: list[str],
) -> Deweathered:
    """Put the result together.

    Parameters
    ----------
    index : pandas.Index
        Of the frame.
    inputs : Inputs
    members : list of Member
    parts : array, shape (members, 2, n)
        Averages over the draws of each half.
    supported : bool array, shape (n,)
    record : Record
    settings : mapping
    notes, warnings : list of str
    """
    value = parts.mean(axis=(0, 1))
    padded = np.append(value, np.nan)
    normalised = pd.Series(padded[inputs.where], index=index, name=inputs.target)
    table = pd.DataFrame(
        {"time": inputs.time, "observed": inputs.value, "normalised": value, "monte_carlo": _error(parts)}
    )
    masked = dict(inputs.masked)
    if not supported.all():
        masked["no_level"] = int((~supported).sum())
        notes = [
            *notes,
            f"{masked['no_level']:,} rows get no value: nothing was measured near them, or no weather of their time of year.",
        ]
    months, by_member = _months(inputs, parts, float(settings["minimum_capture"]))
    days, day_index = np.unique(inputs.day, return_inverse=True)
    errors = {"daily": _relative(_grouped(parts, day_index, len(days)))}
    if inputs.step == "hourly":
        errors = {"hourly": _relative(parts), **errors}
    _, month_index = np.unique(_month(inputs), return_inverse=True)
    errors["monthly"] = _relative(_grouped(parts, month_index, int(month_index.max()) + 1))
    rows, seen = record.seen
    use = record.known & supported
    observed, kept = float(inputs.value[use].mean()), float(value[use].mean())
    diagnostics = {
        "blocked_r2": _r2(record.value, record.unseen),
        "blocked_r2_log": _r2(record.log, np.log(np.maximum(record.unseen, 1e-12))),
        "seen_r2": _r2(record.value[rows], seen),
        "mean_conservation": kept / observed,
        "mean_observed": observed,
        "mean_normalised": kept,
        "out_of_range_share": record.out_of_range,
        **record.shares,
        "rows": float(record.known.sum()),
    }
    warnings = [*warnings, *checks.trust_warnings(diagnostics)]
    return Deweathered(
        inputs.target, inputs.step, normalised, table, months, by_member, pd.Series(errors, name="monte_carlo_error"),
        diagnostics, dict(settings), masked, tuple(notes), tuple(warnings), tuple(members), record, inputs,
    )  # fmt: skip


def _month(inputs: Inputs) -> npt.NDArray[np.datetime64]:
    return inputs.day.astype("datetime64[D]").astype("datetime64[M]")


def _months(inputs: Inputs, parts: Array, minimum: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Monthly values with the reason why one is withheld, and those of each member."""
    label = _month(inputs)
    calendar = np.arange(label.min(), label.max() + 1)
    at = (label - calendar[0]).astype(np.int64)
    count = len(calendar)
    grouped = _grouped(parts, at, count)
    held = np.isfinite(inputs.value)
    length = ((calendar + 1).astype("datetime64[D]") - calendar.astype("datetime64[D]")).astype(np.int64)
    possible = length * (24 // inputs.every if inputs.step == "hourly" else 1)
    values = np.bincount(at[held], minlength=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = np.bincount(at[held], inputs.value[held], minlength=count) / values
    capture = values / possible
    by_model = grouped.mean(axis=1)
    unit = (
        "days"
        if inputs.step == "daily"
        else "hours"
        if inputs.every == 1
        else f"{inputs.every}-hourly values"
    )
    level = grouped.mean(axis=(0, 1))
    reason = [
        f"{v} of {p} {unit} have a value ({100 * c:.0f} %), and {100 * minimum:.0f} % is needed"
        if c < minimum
        else ("" if np.isfinite(x) else "no weather of this time of year")
        for v, p, c, x in zip(values, possible, capture, level, strict=True)
    ]
    keep = np.array([not r for r in reason])

    def only(x: Array) -> Array:
        return np.where(keep, x, np.nan)

    index = pd.PeriodIndex(calendar.astype("datetime64[ns]"), freq="M", name="month")
    table = pd.DataFrame(
        {
            "observed": only(observed),
            "normalised": only(level),
            "monte_carlo": only(_error(grouped)),
            "low": only(by_model.min(axis=0)),
            "high": only(by_model.max(axis=0)),
            "capture": capture,
            "reason": reason,
        },
        index=index,
    )
    return table, pd.DataFrame(by_model.T, index=index)
