"""Numbers of the Taylor diagram and of the FAIRMODE target diagram.

The target diagram sets the error of a model beside the uncertainty of the measurement: MQI = RMSE / (2 sqrt(mean(U²))).
A point lies at bias and centred error, both in that unit; its distance from the middle is its MQI. The constants of U are
in ``airq/forecast/tables/verification.toml`` with their source; they are meant for 24-h means of particles, MDA8 of ozone
and 1-h values of NO2.

Examples
--------
>>> frame = pd.DataFrame({"obs": [10.0, 20.0, 30.0], "mod": [12.0, 18.0, 33.0]})
>>> row = taylor_numbers(frame, "obs", "mod").table.iloc[0]
>>> identity = row["sd_observed"] ** 2 + row["sd_modelled"] ** 2 - 2 * row["sd_observed"] * row["sd_modelled"] * row["r"]
>>> bool(abs(identity - row["centred_rmse"] ** 2) < 1e-9)
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.columns import column, numbers, uncoded
from airq.analysis.everyday.series import sites_of
from airq.errors import MissingData, ParameterError
from airq.forecast.constants import table as constants
from airq.forecast.fairmode import fairmode, uncertainty

__all__ = ["FairmodeTarget", "TaylorNumbers", "fairmode_target", "taylor_numbers"]

Array = npt.NDArray[np.float64]

_LEAST = 3
"""Pairs below which a point is withheld."""


@dataclass(frozen=True, eq=False)
class TaylorNumbers:
    """Spread, correlation and centred error of models.

    Attributes
    ----------
    observed : str
    normalised : bool
        Whether figures divide by the observed standard deviation; needed where groups differ in it.
    table : pandas.DataFrame
        ``model``, ``group``, ``n``, ``sd_observed``, ``sd_modelled``, ``r``, ``centred_rmse``, ``bias``.
    notes : tuple of str
    """

    observed: str
    normalised: bool
    table: pd.DataFrame
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        return str(self.table.round(3).to_html(index=False))


@dataclass(frozen=True, eq=False)
class FairmodeTarget:
    """Points of the target diagram.

    Attributes
    ----------
    pollutant, observed, modelled : str
    table : pandas.DataFrame
        A row a site: ``site``, ``n``, ``x`` (centred error with its sign: right if the spread is wrong, left if the timing
        is), ``y`` (bias), ``mqi``, ``mqi_f`` (NaN without persistence), ``sd_dominates``.
    criterion_share : float
        Share of the sites that must have MQI at most 1.
    mqi_criterion : float
        MQI that this share of the sites reaches; the objective is met at 1 or below.
    met : bool
    notes : tuple of str
    """

    pollutant: str
    observed: str
    modelled: str
    table: pd.DataFrame
    criterion_share: float
    mqi_criterion: float
    met: bool
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        said = f"<p>MQI at {100 * self.criterion_share:.0f} % of the sites: {self.mqi_criterion:.2f}</p>"
        return said + self.table.round(3).to_html(index=False)


def _values(frame: pd.DataFrame, name: str, what: str) -> Array:
    return uncoded(numbers(column(frame, name, what), what), name)[0]


def _groups(frame: pd.DataFrame, by: str | None) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    if by is None:
        return [("", np.ones(len(frame), dtype=bool))]
    held = column(frame, by, "the groups").astype("str")
    return [(k, (held == k).to_numpy(dtype=bool)) for k in sorted(held.unique())]


def taylor_numbers(
    frame: pd.DataFrame, observed: str, modelled: str | Sequence[str], *, by: str | None = None, normalised: bool = True
) -> TaylorNumbers:  # fmt: skip
    """Spread, correlation and centred error (Taylor 2001) of one or more models.

    Parameters
    ----------
    frame : pandas.DataFrame
    observed : str
    modelled : str or sequence of str
        Columns, a model each.
    by : str, optional
        Column of groups, such as the site.
    normalised : bool

    Returns
    -------
    TaylorNumbers

    Raises
    ------
    MissingData
        No complete pairs, or observations that do not vary.
    ParameterError
    """
    o = _values(frame, observed, "the observations")
    models = [modelled] if isinstance(modelled, str) else list(modelled)
    rows, notes = [], []
    for model in models:
        m = _values(frame, model, "the model")
        for group, own in _groups(frame, by):
            both = own & np.isfinite(o) & np.isfinite(m)
            if both.sum() < _LEAST or o[both].std() == 0:
                notes.append(f"{model} {group}: fewer than {_LEAST} pairs or steady observations; withheld.")
                continue
            a, b = o[both], m[both]
            r = float(np.corrcoef(a, b)[0, 1]) if b.std() > 0 else 0.0
            centred = float(np.sqrt(np.mean(((b - b.mean()) - (a - a.mean())) ** 2)))
            rows.append((model, group, int(both.sum()), float(a.std()), float(b.std()), r, centred, float((b - a).mean())))  # fmt: skip
    if not rows:
        raise MissingData(f"no model has {_LEAST} pairs with varying '{observed}'; check the columns.")
    names = ["model", "group", "n", "sd_observed", "sd_modelled", "r", "centred_rmse", "bias"]
    return TaylorNumbers(observed, normalised, pd.DataFrame(rows, columns=names), tuple(notes))


def fairmode_target(
    frame: pd.DataFrame,
    observed: str,
    modelled: str,
    pollutant: str,
    *,
    persistence: str | None = None,
) -> FairmodeTarget:
    """Target diagram of FAIRMODE, a point a site.

    Parameters
    ----------
    frame : pandas.DataFrame
        Daily means of particles, MDA8 of ozone or hours of NO2; several sites by ``site``, ``station`` or ``place``.
    observed, modelled : str
        Columns, µg/m³.
    pollutant : {"pm25", "pm10", "no2", "o3"}
        Whose uncertainty of the measurement applies.
    persistence : str, optional
        Column of the last value known at issue, for the indicator of forecasts.

    Returns
    -------
    FairmodeTarget

    Raises
    ------
    ParameterError
        A pollutant without constants.
    MissingData
    """
    if np.isnan(uncertainty(pollutant, 10.0)):
        raise ParameterError(
            f"FAIRMODE gives no uncertainty of '{pollutant}'; it does for pm25, pm10, no2 and o3."
        )
    o, m = _values(frame, observed, "the observations"), _values(frame, modelled, "the model")
    p = _values(frame, persistence, "persistence") if persistence else np.full(len(o), np.nan)
    beta, share = float(constants("fairmode")["beta"]), float(constants("fairmode")["criterion_share"])
    rows, notes = [], []
    for site, own in _groups(frame, sites_of(frame)):
        both = own & np.isfinite(o) & np.isfinite(m)
        if both.sum() < _LEAST:
            notes.append(f"{site or 'the frame'}: fewer than {_LEAST} pairs; withheld.")
            continue
        a, b = o[both], m[both]
        unit = beta * float(np.sqrt(np.mean(uncertainty(pollutant, a) ** 2)))
        centred = float(np.sqrt(np.mean(((b - b.mean()) - (a - a.mean())) ** 2)))
        r = float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else 0.0
        timing = a.std() * np.sqrt(2 * max(1 - r, 0.0))
        spread = abs(b.std() - a.std()) > timing
        bias = float((b - a).mean()) / unit
        own_f = fairmode(o[own], m[own], p[own], pollutant)["mqi_f"]
        rows.append((site, int(both.sum()), (1 if spread else -1) * centred / unit, bias, float(np.hypot(centred / unit, bias)), own_f, spread))  # fmt: skip
    if not rows:
        raise MissingData(f"'{observed}' and '{modelled}' have too few common rows; check the columns.")
    table = pd.DataFrame(rows, columns=["site", "n", "x", "y", "mqi", "mqi_f", "sd_dominates"])
    # The site at which the share is reached; with few sites the worst, never an interpolation that flatters.
    ranked = np.sort(table["mqi"].to_numpy())
    reached = float(ranked[int(np.ceil(share * len(ranked) - 1e-9)) - 1])
    return FairmodeTarget(pollutant, observed, modelled, table, share, reached, reached <= 1, tuple(notes))
