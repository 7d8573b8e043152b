"""What the days of a site are made of: level, trend, season, weekend, weather, memory, each with its uncertainty.

SARIMAX and unobserved components of statsmodels, on the logarithm, so that an effect is a ratio. They explain; the
default forecast is another one, that forecasts better. :func:`quantiles` gives their forecasts for comparison.

Examples
--------
>>> days = pd.date_range("2017-01-01", periods=120)
>>> rng = np.random.default_rng(1)
>>> wind = rng.gamma(4, 0.5, 120)
>>> frame = pd.DataFrame({"date": days, "site": "A", "wind_speed_mean": wind})
>>> frame["pm25"] = np.exp(4 - 0.3 * wind + 0.1 * rng.standard_normal(120))
>>> found = explain(frame, "pm25", weather=["wind_speed_mean"], model="sarimax")
>>> found.sentences("en")[0].split(" than")[0].split(") ")[1]
'more mean wind speed'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri
from scipy.stats import chi2

from airq.errors import MissingData, ParameterError
from airq.forecast.explain_words import coefficient_words, diagnostic_words
from airq.forecast.statespace import Fitted, Prepared, fit, prepare, quantiles, smoothed

__all__ = ["Explanation", "explain", "quantiles"]

Array = npt.NDArray[np.float64]

CONFIDENCE: Final = 0.95
_LAGS: Final = 14
"""Lags of the Ljung-Box test: two weeks."""
_BURN: Final = 30
"""First days whose residuals the diffuse start still shapes."""
_ALPHA: Final = 0.05


@dataclass(frozen=True)
class Explanation:
    """An estimated model in numbers and words.

    Attributes
    ----------
    site, target, model : str
    coefficients : DataFrame
        ``name, kind`` (weather, weekend, trend, season, memory), ``estimate, lower, upper`` on the logarithm with 95 %
        limits, ``percent, percent_lower, percent_upper`` the change in the concentration, ``step`` the
        departure of the weather from its usual course that it belongs to (one standard deviation), ``zh``, ``en``.
    components : DataFrame
        ``date, component`` (level, season, weekend, weather, memory, residual) and ``value, lower, upper`` on the
        logarithm with 95 % limits; they add up to the logarithm of the observed value.
    diagnostics : dict
        ``days, missing_days, converged, ljung_box_p`` (small: the residuals still remember), ``ljung_box_lags,
        residual_sd, aic, r2`` of the one-day forecasts' logarithm.
    notes : tuple of str
        What was changed in the data or left out.
    """

    site: str
    target: str
    model: str
    coefficients: pd.DataFrame
    components: pd.DataFrame
    diagnostics: dict[str, Any]
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Coefficients as a table."""
        return self.coefficients.copy()

    def component(self, name: str) -> pd.DataFrame:
        """One component by date.

        Raises
        ------
        ParameterError
            The model has no such component.
        """
        held = self.components[self.components["component"] == name]
        if held.empty:
            names = ", ".join(self.components["component"].unique())
            raise ParameterError(f"component '{name}' is not part of the model; choose from {names}.")
        return held.drop(columns="component").set_index("date")

    def sentences(self, language: str = "en") -> list[str]:
        """Coefficients and diagnostics in words.

        Parameters
        ----------
        language : {"en", "zh"}
        """
        if language not in ("en", "zh"):
            raise ParameterError(f"language '{language}' is not known; choose en or zh.")
        said = [text for text in self.coefficients[language] if text]
        return said + diagnostic_words(self.diagnostics, language, _ALPHA)

    def _repr_html_(self) -> str:
        columns = ["name", "percent", "percent_lower", "percent_upper", "en"]
        table = self.coefficients[columns].to_html(index=False, float_format="{:.1f}".format, escape=True)
        return f"<p>{self.model}, {self.target}</p>{table}"


def explain(
    frame: pd.DataFrame | pd.Series,
    target: str = "pm25",
    weather: Sequence[str] | None = None,
    site: str | None = None,
    model: str = "uc",
) -> Explanation:
    """Estimate a structural model of one site's days.

    Parameters
    ----------
    frame : DataFrame or Series
        Daily frame (``date, site``, pollutants, weather), or a series by date.
    target : str
        Column to explain.
    weather : sequence of str, optional
        Columns of weather of the same day.
    site : str, optional
        Needed where the frame holds several.
    model : {"uc", "sarimax"}
        Unobserved components: a level that wanders, a slope, the season, memory from day to day. SARIMAX: errors of
        order (1, 0, 1) about a constant, a trend and the season.

    Returns
    -------
    Explanation

    Raises
    ------
    ParameterError, MissingData
        No such site or column; too few known days, a constant series, weather of other days.
    """
    series, exog, name = _of(frame, target, weather, site)
    known = series.dropna()
    if known.empty:
        raise MissingData(f"site '{name}' has no value of {target}; choose another site or column.")
    until = pd.DatetimeIndex(known.index).max()
    data = prepare(series, exog, until, model)
    fitted = fit(data, model, until)
    results = smoothed(fitted)
    return Explanation(
        name,
        target,
        model,
        _coefficients(fitted, results, target),
        _components(data, results),
        _diagnostics(fitted, results),
        data.notes,
    )


def _of(
    frame: pd.DataFrame | pd.Series, target: str, weather: Sequence[str] | None, site: str | None
) -> tuple[pd.Series, pd.DataFrame | None, str]:
    if isinstance(frame, pd.Series):
        if weather:
            raise ParameterError("a series has no columns of weather; give the daily frame.")
        return frame.rename(target), None, site or "site"
    if not isinstance(frame, pd.DataFrame) or "date" not in frame:
        raise ParameterError(
            "explain() takes a daily frame with a column 'date'; make it with daily_frame()."
        )
    sites = sorted(frame["site"].astype(str).unique()) if "site" in frame else ["site"]
    if site is None and len(sites) != 1:
        raise ParameterError(
            f"the frame holds {len(sites)} sites; name one with site=, such as '{sites[0]}'."
        )
    chosen = site or sites[0]
    if chosen not in sites:
        raise MissingData(f"the frame has no site '{chosen}'; it holds {', '.join(sites[:5])}.")
    held = frame[frame["site"].astype(str) == chosen] if "site" in frame else frame
    columns = [weather] if isinstance(weather, str) else list(weather or ())
    for column in (target, *columns):
        if column not in held:
            raise MissingData(f"the daily frame has no column '{column}'; leave it out or add it.")
    days = pd.DatetimeIndex(pd.to_datetime(held["date"]))
    exog = held[columns].set_axis(days) if columns else None
    return held[target].set_axis(days), exog, chosen


def _states(data: Prepared, results: Any) -> dict[str, list[int]]:
    """Positions of the states of each component, and of each regressor by its name."""
    out: dict[str, list[int]] = {}
    regressors = list(data.regressors.columns)
    betas = [i for i, n in enumerate(results.model.state_names) if n.startswith("beta.")]
    for column, i in zip(regressors, betas, strict=True):
        kind = "weather" if column in data.scale else "weekend" if column == "weekend" else "level"
        kind = "season" if column.startswith("season_") else kind
        out.setdefault(kind, []).append(i)
        out[f"beta.{column}"] = [i]
    for i, n in enumerate(results.model.state_names):
        if i in betas:
            continue
        kind = "level" if n in ("level", "trend") else "season" if n.startswith("freq_") else "memory"
        out.setdefault(kind, []).append(i)
    return out


def _components(data: Prepared, results: Any) -> pd.DataFrame:
    """Contribution of each component by day, with limits."""
    states = _states(data, results)
    mean, covariance = np.asarray(results.smoothed_state), np.asarray(results.smoothed_state_cov)
    days = len(data.log)
    design = np.broadcast_to(np.asarray(results.model.ssm["design"])[0], (mean.shape[0], days))
    half = float(ndtri(0.5 + CONFIDENCE / 2))
    parts, total = [], np.zeros(days)
    for name in ("level", "season", "weekend", "weather", "memory"):
        at = states.get(name, [])
        if not at:
            continue
        z = design[at]
        state, known = mean[at], covariance[np.ix_(at, at)]
        if results.model.state_names[at[0]].startswith("beta."):
            # Constant in time; the last day's value is free of the rounding of the diffuse start.
            state, known = state[:, [-1]], np.broadcast_to(known[:, :, [-1]], known.shape)
        value = (z * state).sum(axis=0)
        spread = np.sqrt(np.maximum(np.einsum("it,ijt,jt->t", z, known, z), 0.0))
        parts.append((name, value, value - half * spread, value + half * spread))
        total += value
    rest = data.log.to_numpy() - total
    parts.append(("residual", rest, rest, rest))
    frames = [
        pd.DataFrame({"date": data.log.index, "component": n, "value": v, "lower": lo, "upper": hi})
        for n, v, lo, hi in parts
    ]
    return pd.concat(frames, ignore_index=True)


def _coefficients(fitted: Fitted, results: Any, target: str) -> pd.DataFrame:
    data, states = fitted.data, _states(fitted.data, results)
    mean = np.asarray(results.smoothed_state)[:, -1]
    spread = np.sqrt(np.maximum(np.diagonal(np.asarray(results.smoothed_state_cov)[:, :, -1]), 0.0))
    half = float(ndtri(0.5 + CONFIDENCE / 2))
    rows: list[dict[str, Any]] = []

    def add(name: str, kind: str, estimate: float, error: float, step: float = np.nan) -> None:
        rows.append(
            {
                "name": name,
                "kind": kind,
                "estimate": estimate,
                "lower": estimate - half * error,
                "upper": estimate + half * error,
                "step": step,
            }
        )

    for column in data.scale:
        i = states[f"beta.{column}"][0]
        add(column, "weather", mean[i], spread[i], data.scale[column])
    i = states["beta.weekend"][0]
    add("weekend", "weekend", mean[i], spread[i])
    if "beta.trend" in states:
        i = states["beta.trend"][0]
        add("trend", "trend", mean[i], spread[i])
    elif "trend" in results.model.state_names:
        i = results.model.state_names.index("trend")
        add("trend", "trend", 365.25 * mean[i], 365.25 * spread[i])
    errors = np.asarray(results.bse, dtype=np.float64)
    for k, name in enumerate(results.model.param_names):
        if name in ("ar.L1", "ma.L1"):
            add(name, "memory", float(fitted.parameters.iloc[k]), float(errors[k]))
    table = pd.DataFrame(rows)
    ratio = table["kind"] != "memory"
    for suffix in ("", "_lower", "_upper"):
        source = table[suffix.strip("_") or "estimate"]
        table[f"percent{suffix}"] = np.where(ratio, 100 * np.expm1(source.clip(-20, 20)), np.nan)
    for language in ("zh", "en"):
        table[language] = [coefficient_words(row, target, language) for row in table.to_dict("records")]
    return table


def _diagnostics(fitted: Fitted, results: Any) -> dict[str, Any]:
    residual = np.asarray(results.filter_results.standardized_forecasts_error)[0][_BURN:]
    observed = fitted.data.log.to_numpy()[_BURN:]
    error = np.asarray(results.filter_results.forecasts_error)[0][_BURN:]
    known = np.isfinite(residual) & np.isfinite(observed)
    statistic, lags = _ljung_box(residual, known)
    count = sum(name in ("ar.L1", "ma.L1") for name in results.model.param_names)
    return {
        "days": int(np.isfinite(fitted.data.log).sum()),
        "missing_days": int(fitted.data.log.isna().sum()),
        "converged": fitted.converged,
        "ljung_box_p": float(chi2.sf(statistic, max(lags - count, 1))),
        "ljung_box_lags": lags,
        "residual_sd": float(np.std(error[known])),
        "r2": float(1 - np.var(error[known]) / np.var(observed[known])),
        "aic": float(results.aic),
    }


def _ljung_box(residual: Array, known: npt.NDArray[np.bool_]) -> tuple[float, int]:
    """Ljung-Box statistic from pairs of known days, so that a gap joins no days that are apart."""
    z = np.where(known, residual - residual[known].mean(), 0.0)
    n = int(known.sum())
    lags = min(_LAGS, n // 5)
    power = float((z**2).sum()) / n
    total = 0.0
    for k in range(1, lags + 1):
        pairs = int((known[k:] & known[:-k]).sum())
        if pairs:
            total += (float((z[k:] * z[:-k]).sum()) / pairs / power) ** 2 * pairs
    return total, lags
