"""Structural models of one site's days, estimated by statsmodels: SARIMAX and unobserved components.

Both are fitted to logarithms. Coefficients of weather, season, weekend and trend are states without noise, so that the
filter estimates them along with the rest and their uncertainty is part of every forecast. The few other parameters are
estimated once; a forecast of a later day runs the filter on to that day and does not estimate anew.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from airq.errors import MissingData, ParameterError
from airq.forecast.names import LEVELS, QUANTILES, SLOW
from airq.forecast.panel import OFFSETS
from airq.observations.quality.parameters import parameters

__all__ = ["Fitted", "Prepared", "fit", "prepare", "quantiles", "smoothed"]

Array = npt.NDArray[np.float64]

LEAST: Final = 60
"""Known days below which nothing is estimated."""
SEASONAL: Final = 365
"""Days of history from which a yearly cycle is estimated."""
HARMONICS: Final = 2
LONGEST: Final = 30
_YEAR: Final = 365.25
_BEYOND: Final = 2.0
_ITERATIONS: Final = 60
_TOLERANCE: Final = {"pgtol": 1e-4, "factr": 1e9}
"""The diffuse start makes the likelihood rough at the eighth digit; a finer tolerance only searches the noise."""


@dataclass(frozen=True)
class Prepared:
    """A daily series on a calendar without gaps, and what explains it.

    Attributes
    ----------
    log : Series of float64
        Logarithm by day; NaN where missing.
    regressors : DataFrame, same days
        ``weekend``, the weather as standardised departure from its usual yearly course, and for SARIMAX ``level``,
        ``season_cos1`` ... and ``trend`` (years).
    scale : dict of str to float
        Standard deviation of the departures of each weather column.
    offset : float
        Added before the logarithm.
    seasonal : bool
        Whether a yearly cycle is part of the model.
    notes : tuple of str
    """

    log: pd.Series
    regressors: pd.DataFrame
    scale: dict[str, float]
    offset: float
    seasonal: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Fitted:
    """Estimated model, filtered over all days.

    Attributes
    ----------
    model : {"sarimax", "uc"}
    data : Prepared
    parameters : Series
        Estimates by name.
    results : statsmodels results
        Filtered, not smoothed.
    converged : bool
    until : Timestamp
        Last day that the estimates have seen.
    """

    model: str
    data: Prepared
    parameters: pd.Series
    results: Any
    converged: bool
    until: pd.Timestamp


def prepare(
    series: pd.Series, exog: pd.DataFrame | None, until: pd.Timestamp, model: str, extra: int = 0
) -> Prepared:
    """Lay out a series and its regressors.

    Parameters
    ----------
    series : pandas.Series
        Daily values by date, in any order; its name is the pollutant.
    exog : DataFrame, optional
        Weather by date. A day without a value counts as usual for the time of year.
    until : Timestamp
        Last day that may be learned from: means, standard deviations and checks look no further.
    model : {"sarimax", "uc"}
    extra : int
        Days to append for forecasts.

    Returns
    -------
    Prepared

    Raises
    ------
    ParameterError, MissingData
        Too short, constant or all missing; weather that does not overlap.
    """
    if model not in SLOW:
        raise ParameterError(f"model '{model}' is not estimated here; choose {' or '.join(SLOW)}.")
    values, notes = _daily(series)
    name = str(series.name or "the series")
    past = values[values.index <= until].dropna()
    if len(past) < LEAST:
        raise MissingData(
            f"{name} has {len(past)} known days up to {until:%Y-%m-%d}, and {LEAST} are needed; give a longer series."
        )
    if past.min() == past.max():
        raise MissingData(
            f"{name} is {past.iloc[0]:g} on all {len(past)} known days, as of a stuck monitor; check the data."
        )
    offset = OFFSETS.get(str(series.name), 1.0)
    days = pd.date_range(values.index[0], values.index[-1] + pd.Timedelta(days=extra), freq="D", unit="ns")
    log = np.log(values.reindex(days) + offset).rename(series.name)
    span = int((past.index[-1] - past.index[0]).days) + 1
    seasonal = span >= SEASONAL
    if not seasonal:
        notes.append(
            f"{span} days are less than a year: no yearly cycle is estimated, the season is part of the level."
        )
    gap = int(np.diff(past.index.to_numpy()).max() / np.timedelta64(1, "D"))
    if gap > 180:
        notes.append(f"the series has a gap of {gap} days; the level is uncertain there.")
    held = _calendar(days, model, seasonal)
    scale: dict[str, float] = {}
    if exog is not None and len(exog.columns):
        held = held.join(_weather(exog, days, past.index, seasonal, scale, notes))
    return Prepared(log, held, scale, offset, seasonal, tuple(notes))


def _daily(series: pd.Series) -> tuple[pd.Series, list[str]]:
    """Values by day, sorted, each day once, without what cannot be."""
    notes: list[str] = []
    if not isinstance(series, pd.Series) or not len(series):
        raise MissingData("the series is empty; give daily values indexed by date.")
    index = pd.DatetimeIndex(series.index).as_unit("ns").normalize()
    values = pd.Series(pd.to_numeric(series, errors="coerce").to_numpy(np.float64), index=index)
    if index.has_duplicates:
        notes.append(
            f"{int(index.duplicated().sum())} days stand more than once; the mean of their values is taken."
        )
        values = values.groupby(level=0).mean()
    highest = parameters()["out_of_range"]["highest"].get(str(series.name))
    limit = _BEYOND * highest if highest else np.inf
    wrong = (values < 0) | (values > limit) | np.isinf(values)
    if wrong.any():
        notes.append(
            f"{int(wrong.sum())} impossible values (below 0 or above {limit:g}) are taken as missing."
        )
    return values.where(~wrong).sort_index(), notes


def _calendar(days: pd.DatetimeIndex, model: str, seasonal: bool) -> pd.DataFrame:
    """Weekend, and for SARIMAX season and trend; unobserved components have the latter two of their own."""
    out: dict[str, Array] = {}
    if model == "sarimax":
        out["level"] = np.ones(len(days))
        if seasonal:
            names = [f"season_{f}{k}" for k in range(1, HARMONICS + 1) for f in ("cos", "sin")]
            out.update(zip(names, _waves(days, HARMONICS).T[1:], strict=True))
            out["trend"] = np.arange(len(days)) / _YEAR
    out["weekend"] = (days.day_of_week.to_numpy() >= 5).astype(np.float64)
    return pd.DataFrame(out, index=days)


def _weather(
    exog: pd.DataFrame,
    days: pd.DatetimeIndex,
    learned: pd.DatetimeIndex,
    seasonal: bool,
    scale: dict[str, float],
    notes: list[str],
) -> pd.DataFrame:
    """Weather as departure from what is usual at the time of year, so that the season is not counted twice."""
    index = pd.DatetimeIndex(exog.index).as_unit("ns").normalize()
    table = exog.set_axis(index).groupby(level=0).mean().reindex(days)
    out: dict[str, Array] = {}
    for column in table:
        values = pd.to_numeric(table[column], errors="coerce")
        past = values.reindex(learned).dropna()
        if len(past) < LEAST:
            raise MissingData(
                f"weather '{column}' has {len(past)} days in common with the known days of the series, and {LEAST} are needed; give weather of the same days."
            )
        waves = _waves(days, HARMONICS if seasonal else 0)
        at = days.get_indexer(past.index)
        usual = waves @ np.linalg.lstsq(waves[at], past.to_numpy(), rcond=None)[0]
        spread = float(np.std(past.to_numpy() - usual[at]))
        if spread <= 1e-9 * max(float(past.abs().max()), 1.0):
            notes.append(f"weather '{column}' does not vary and explains nothing; it is left out.")
            continue
        scale[str(column)] = spread
        missing = int(values.loc[learned[0] : learned[-1]].isna().sum())
        if missing:
            notes.append(f"weather '{column}' is missing on {missing} days and taken as usual there.")
        out[str(column)] = ((values - usual) / spread).fillna(0.0).to_numpy(np.float64)
    return pd.DataFrame(out, index=days)


def _waves(days: pd.DatetimeIndex, number: int) -> Array:
    """One and the waves of the year, shape (day, 1 + 2 number)."""
    turn = 2 * np.pi * (days.day_of_year.to_numpy() - 1) / _YEAR
    waves = [f(k * turn) for k in range(1, number + 1) for f in (np.cos, np.sin)]
    return np.stack([np.ones(len(days)), *waves], axis=1)


def _model(data: Prepared, log: pd.Series, model: str) -> Any:
    from statsmodels.tsa.statespace.sarimax import SARIMAX
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    exog = data.regressors.loc[log.index].to_numpy(np.float64)
    if model == "sarimax":
        # The stationary start of this version solves for all states at every step of the estimation, ten times the
        # cost of the filter itself; a diffuse start with its days left out of the likelihood does as well.
        diffuse: dict[str, Any] = {
            "initialization": "approximate_diffuse",
            "loglikelihood_burn": exog.shape[1] + 2,
        }
        return SARIMAX(log.to_numpy(), exog=exog, order=(1, 0, 1), mle_regression=False, **diffuse)
    season = (
        {
            "freq_seasonal": [{"period": _YEAR, "harmonics": HARMONICS}],
            "stochastic_freq_seasonal": [False],
        }
        if data.seasonal
        else {}
    )
    return UnobservedComponents(
        log.to_numpy(), level="lldtrend", autoregressive=1, exog=exog, mle_regression=False, **season
    )


def fit(data: Prepared, model: str, until: pd.Timestamp) -> Fitted:
    """Estimate on the days up to ``until`` and filter over all days.

    Parameters
    ----------
    data : Prepared
    model : {"sarimax", "uc"}
    until : Timestamp

    Returns
    -------
    Fitted
    """
    past = data.log[data.log.index <= until]
    import_module(
        "statsmodels.tsa.statespace.api"
    )  # it sets filters of warnings; they end with the block below
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        small = _model(data, past, model)
        estimate = small.fit(
            disp=0, maxiter=_ITERATIONS, cov_type="none", method="lbfgs", low_memory=True, **_TOLERANCE
        )
        values = np.asarray(estimate.params, dtype=np.float64)
        results = _model(data, data.log, model).filter(values, cov_type="none")
    converged = bool(estimate.mle_retvals.get("converged", False))
    return Fitted(model, data, pd.Series(values, index=small.param_names), results, converged, until)


def smoothed(fitted: Fitted) -> Any:
    """Results of statsmodels smoothed over all days, with standard errors of the parameters.

    Parameters
    ----------
    fitted : Fitted
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = _model(fitted.data, fitted.data.log, fitted.model)
        return model.smooth(fitted.parameters.to_numpy(), cov_type="approx")


def quantiles(
    series: pd.Series,
    exog: pd.DataFrame | None,
    horizons: Iterable[int],
    issued: pd.DatetimeIndex,
    model: str = "uc",
) -> pd.DataFrame:
    """Forecast quantiles of one site, for days of issue in a row or not.

    The parameters are estimated on the days up to the first day of issue; later days only run the filter on.

    Parameters
    ----------
    series : pandas.Series
        Daily values by date; its name is the pollutant, which decides the offset of the logarithm.
    exog : DataFrame, optional
        Weather by date, also of the target days; a day without a value counts as usual for the time of year.
    horizons : iterable of int
        Days ahead, 1 to 30.
    issued : DatetimeIndex
        Days of issue: the series up to and including that day is known.
    model : {"sarimax", "uc"}

    Returns
    -------
    pandas.DataFrame
        ``issued, horizon, q05 ... q95``, sorted.

    Raises
    ------
    ParameterError, MissingData

    Examples
    --------
    >>> days = pd.date_range("2018-01-01", periods=100)
    >>> y = pd.Series(np.exp(3 + 0.3 * np.sin(np.arange(100.0))), days, name="pm25")
    >>> quantiles(y, None, [1, 2], days[[80, 98]], "sarimax")[["issued", "horizon"]].values.shape
    (4, 2)
    """
    leads = sorted({int(h) for h in horizons})
    if not leads or leads[0] < 1 or leads[-1] > LONGEST:
        raise ParameterError(f"horizons: give days ahead from 1 to {LONGEST}.")
    at = pd.DatetimeIndex(issued).as_unit("ns").normalize().unique().sort_values()
    if not len(at):
        return pd.DataFrame(columns=["issued", "horizon", *QUANTILES])
    ends = pd.DatetimeIndex(series.index).max()
    extra = leads[-1] + max(int((at[-1] - ends).days), 0)
    data = prepare(series, exog, at[0], model, extra)
    row = ((at - data.log.index[0]) / pd.Timedelta(days=1)).to_numpy().astype(np.int64)
    if row[0] < 0:
        raise ParameterError(
            f"issued {at[0]:%Y-%m-%d} lies before the series, which begins {data.log.index[0]:%Y-%m-%d}."
        )
    fitted = fit(data, model, at[0])
    parts = []
    for lead, mean, variance in _ahead(fitted, row, leads):
        log = mean[:, None] + np.sqrt(variance)[:, None] * ndtri(np.asarray(LEVELS))
        part = pd.DataFrame(np.maximum(np.exp(log) - data.offset, 0.0), columns=list(QUANTILES))
        part.insert(0, "horizon", lead)
        part.insert(0, "issued", at)
        parts.append(part)
    out = pd.concat(parts, ignore_index=True)
    return out.sort_values(["issued", "horizon"], ignore_index=True)


def _ahead(
    fitted: Fitted, row: npt.NDArray[np.int64], leads: list[int]
) -> Iterable[tuple[int, Array, Array]]:
    """Mean and variance of the logarithm some days after each row, from the state known there."""
    held = fitted.results.filter_results
    transition, design = held.transition[:, :, 0], held.design
    noise = held.selection[:, :, 0] @ held.state_cov[:, :, 0] @ held.selection[:, :, 0].T
    state = held.predicted_state[:, row + 1].T
    spread = np.moveaxis(held.predicted_state_cov[:, :, row + 1], 2, 0)
    for lead in range(1, leads[-1] + 1):
        if lead > 1:
            state = state @ transition.T
            spread = transition @ spread @ transition.T + noise
        if lead in leads:
            z = design[0, :, row + lead] if design.shape[2] > 1 else np.tile(design[0, :, 0], (len(row), 1))
            variance = np.einsum("ni,nij,nj->n", z, spread, z) + held.obs_cov[0, 0, 0]
            yield lead, np.einsum("ni,ni->n", z, state), np.maximum(variance, 1e-12)
