"""A field of concentration between stations, with the error it has where nobody measures.

Ordinary kriging of the logarithm of the values on the distances along the sphere's chords, without elevation. The
covariance (Matérn 3/2 and a nugget) is that of a Gaussian process fitted by scikit-learn. The error is held against
what is not fitted: every place is left out in turn with all its stations, and the standard errors are widened until
the errors so found agree with them. Where the error is above a stated limit the field is masked; where the stations
are too few, or the field foretells a place left out no better than the mean of the others, there is none. Far from
every station it is masked whatever the error: mountains and desert are not like the towns that the model knows.

Sources: Rasmussen and Williams (2006), chapter 2, 4.2 and 5; Dubrule (1983), Mathematical Geology 15, 687-699 (leaving
out by the inverse of the kriging matrix).

Examples
--------
>>> lon = np.linspace(86.0, 91.0, 12)
>>> field = interpolate(np.full(12, 44.0), lon, 60 - 8 * (lon - 86.0))
>>> value, error = field.at([44.0, 40.0], [88.5, 88.5])
>>> bool(abs(value[0] - 40) < 2), bool(error[0] < 0.1 < error[1])
(True, True)
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData, ParameterError

__all__ = ["Covariance", "Field", "NoField", "Surface", "interpolate"]

Array = npt.NDArray[np.float64]

_UNIT_KM: Final = 100.0
_RADIUS: Final = 6371.0088 / _UNIT_KM
_LENGTHS: Final = (0.1, 10.0)
"""Bounds of the correlation length in 100 km: towns at one end, a province at the other."""
_FITTED: Final = 250
"""Stations from which the covariance is learnt at most; all enter the field."""


class NoField(MissingData):
    """No field can be drawn.

    Attributes
    ----------
    reason : {"few", "no_skill"}
    counts : dict of str to float
        The numbers behind it.
    """

    def __init__(self, sentence: str, reason: Literal["few", "no_skill"], **counts: float) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.counts = counts


@dataclass(frozen=True)
class Covariance:
    """Covariance of the logarithm of the values.

    Attributes
    ----------
    variance : float
        Of the field.
    length_km : float
        Of the Matérn 3/2 correlation.
    nugget : float
        Variance of a single station about the field.
    """

    variance: float
    length_km: float
    nugget: float

    def between(self, a: Array, b: Array) -> Array:
        """Covariances of positions on the sphere, shape (len(a), len(b)).

        Parameters
        ----------
        a, b : float64 array, shape (n, 3)
            As :func:`_position` gives them.
        """
        from scipy.spatial.distance import cdist

        scaled = np.sqrt(3.0) * cdist(a, b) * (_UNIT_KM / self.length_km)
        return np.asarray(self.variance * (1.0 + scaled) * np.exp(-scaled))


@dataclass(frozen=True, eq=False)
class Surface:
    """A field on a grid.

    Attributes
    ----------
    lat : float64 array, shape (rows,)
    lon : float64 array, shape (columns,)
    estimate : float64 array, shape (rows, columns)
        Value everywhere, for drawing; :attr:`value` is what may be shown.
    error : float64 array, shape (rows, columns)
        Relative standard error.
    excess : float64 array, shape (rows, columns)
        The larger of error over limit and distance to a station over reach; masked above 1.
    """

    lat: Array
    lon: Array
    estimate: Array
    error: Array
    excess: Array

    @property
    def value(self) -> Array:
        """The field, NaN where the error is above the limit or no station is within reach."""
        return np.where(self.excess <= 1, self.estimate, np.nan)

    @property
    def shown_share(self) -> float:
        """Share of the grid that is not masked."""
        return float((self.excess <= 1).mean())


@dataclass(frozen=True, eq=False)
class Field:
    """Kriging of positive values.

    Attributes
    ----------
    lat, lon, value : float64 array, shape (stations,)
    group : str array, shape (stations,)
        Place of each station; a place is left out whole.
    covariance : Covariance
    inflation : float
        Factor on every standard error, at least 1, from leaving out.
    limit : float
        Relative standard error above which the field is masked.
    reach_km : float
        Distance to the nearest station beyond which it is masked.
    errors : pandas.DataFrame
        Leaving out: ``group value predicted error`` (relative standard error before widening), one row a station.
    skill : float
        1 minus the squared errors over those of the mean of the other places.
    """

    lat: Array
    lon: Array
    value: Array
    group: npt.NDArray[np.str_]
    covariance: Covariance
    inflation: float
    limit: float
    reach_km: float
    errors: pd.DataFrame
    skill: float

    @property
    def typical_error(self) -> float:
        """Relative root-mean-square error at places left out."""
        ratio = np.log(self.errors["predicted"].to_numpy() / self.errors["value"].to_numpy())
        return float(np.exp(np.sqrt(np.mean(ratio**2))) - 1)

    @cached_property
    def _solved(self) -> tuple[Array, Array, Array]:
        points = _position(self.lat, self.lon)
        inverse = _inverse(points, self.covariance)
        return points, inverse, inverse @ np.append(np.log(self.value), 0.0)

    def at(self, lat: npt.ArrayLike, lon: npt.ArrayLike) -> tuple[Array, Array]:
        """Value and relative standard error at positions.

        Parameters
        ----------
        lat, lon : array_like, shape (n,)
            Degrees.

        Returns
        -------
        tuple of float64 array, shape (n,)
            The value is a median, in the unit of the stations.
        """
        points, inverse, weights = self._solved
        there = _position(np.atleast_1d(np.asarray(lat, float)), np.atleast_1d(np.asarray(lon, float)))
        reach = np.column_stack([self.covariance.between(there, points), np.ones(len(there))])
        variance = self.covariance.variance - np.einsum("ij,jk,ik->i", reach, inverse, reach, optimize=True)
        error = np.sqrt(np.maximum(variance, 0.0)) * self.inflation
        return np.exp(reach @ weights), np.expm1(error)

    def surface(self, box: tuple[float, float, float, float], columns: int = 90, rows: int = 50) -> Surface:
        """The field on a grid.

        Parameters
        ----------
        box : tuple of float
            West, east, south, north in degrees.
        columns, rows : int

        Returns
        -------
        Surface
        """
        lon, lat = np.linspace(box[0], box[1], columns), np.linspace(box[2], box[3], rows)
        x, y = np.meshgrid(lon, lat)
        value, error = (part.reshape(rows, columns) for part in self.at(y.ravel(), x.ravel()))
        near = self._nearest_km(y.ravel(), x.ravel()).reshape(rows, columns)
        return Surface(lat, lon, value, error, np.maximum(error / self.limit, near / self.reach_km))

    def _nearest_km(self, lat: Array, lon: Array) -> Array:
        from scipy.spatial import cKDTree

        chord, _ = cKDTree(self._solved[0]).query(_position(lat, lon))
        return np.asarray(2 * _RADIUS * np.arcsin(np.clip(chord / (2 * _RADIUS), 0, 1)) * _UNIT_KM)

    def to_frame(self) -> pd.DataFrame:
        """Errors at places left out, one row a station."""
        return self.errors

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; see :meth:`from_dict`."""
        arrays = {name: getattr(self, name).tolist() for name in ("lat", "lon", "value", "group")}
        numbers = {name: getattr(self, name) for name in ("inflation", "limit", "reach_km", "skill")}
        return (
            arrays | numbers | {"covariance": asdict(self.covariance), "errors": self.errors.to_dict("list")}
        )

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Field:
        """Field of :meth:`to_dict`."""
        arrays = {name: np.asarray(given[name], float) for name in ("lat", "lon", "value")}
        return cls(
            **arrays,
            group=np.asarray(given["group"], str),
            covariance=Covariance(**given["covariance"]),
            inflation=given["inflation"],
            limit=given["limit"],
            reach_km=given["reach_km"],
            errors=pd.DataFrame(given["errors"]),
            skill=given["skill"],
        )

    def _repr_html_(self) -> str:
        return (
            f"<p>{len(self.value)} stations of {len(set(self.group))} places; correlation length "
            f"{self.covariance.length_km:.0f} km; typical error at a place left out {self.typical_error:.0%}, "
            f"skill {self.skill:.2f}; masked above {self.limit:.0%}</p>"
        )


def interpolate(
    lat: npt.ArrayLike,
    lon: npt.ArrayLike,
    values: npt.ArrayLike,
    groups: Sequence[str] | None = None,
    min_stations: int = 8,
    min_places: int = 5,
    limit: float = 0.25,
    reach_km: float = 75.0,
    seed: int = 0,
) -> Field:
    """Fit a field to the values of stations.

    Parameters
    ----------
    lat, lon : array_like, shape (stations,)
        Degrees.
    values : array_like, shape (stations,)
        Above zero; stations without a value or position are left out.
    groups : sequence of str, optional
        Place of each station; each its own by default. A town's stations vouch for each other, so that only a whole
        place left out shows what the field knows elsewhere.
    min_stations, min_places : int
        Below either there is no field.
    limit : float
        Relative standard error above which :meth:`Field.surface` is masked.
    reach_km : float
        Distance to the nearest station beyond which it is masked too.
    seed : int
        Of the restarts of the fit.

    Returns
    -------
    Field

    Raises
    ------
    NoField
        Too few stations, or no better than the mean of the other places.
    ParameterError
        Unequal lengths, values that are not above zero, positions that are none.

    Examples
    --------
    >>> interpolate([44, 44.1], [87, 87.1], [30, 31])
    Traceback (most recent call last):
    airq.analysis.interpolation.NoField: 2 stations at 2 places are too few for a field; 8 stations at 5 places are needed.
    """
    y, x, value = (np.asarray(part, float).ravel() for part in (lat, lon, values))
    named = np.asarray(groups if groups is not None else [str(k) for k in range(len(value))], str)
    if not len(y) == len(x) == len(value) == len(named):
        raise ParameterError(
            "latitudes, longitudes, values and places differ in length; give one of each a station."
        )
    kept = np.isfinite(y) & np.isfinite(x) & np.isfinite(value)
    y, x, value, named = y[kept], x[kept], value[kept], named[kept]
    if (np.abs(y) > 90).any() or (np.abs(x) > 360).any():
        raise ParameterError("a latitude is beyond 90 or a longitude beyond 360 degrees; give WGS84 degrees.")
    if (value <= 0).any():
        raise ParameterError(f"the value {value.min():g} is not above zero; a field takes concentrations.")
    number, places = len(value), len(set(named))
    if number < min_stations or places < min_places:
        raise NoField(
            f"{number} stations at {places} places are too few for a field; "
            f"{min_stations} stations at {min_places} places are needed.",
            "few",
            stations=number,
            places=places,
            min_stations=min_stations,
            min_places=min_places,
        )
    covariance = _covariance(y, x, np.log(value), seed)
    errors, deviations, skill = _left_out(y, x, value, named, covariance)
    if not skill > 0:
        raise NoField(
            "the field foretells a place left out no better than the mean of the other places; none is given.",
            "no_skill",
            skill=skill,
            stations=number,
            places=places,
        )
    inflation = max(1.0, float(np.sqrt(np.mean(deviations**2))))
    return Field(y, x, value, named, covariance, inflation, limit, reach_km, errors, skill)


def _position(lat: Array, lon: Array) -> Array:
    """Points on a sphere, in 100 km: their straight distances serve everywhere, also across 180 degrees."""
    phi, lam = np.radians(lat), np.radians(lon)
    unit = np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    return np.asarray(_RADIUS * unit, dtype=np.float64)


def _covariance(lat: Array, lon: Array, logs: Array, seed: int) -> Covariance:
    """Covariance of greatest likelihood."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    spread = max(float(np.var(logs)), 1e-6)
    points, target = _position(lat, lon), logs - logs.mean()
    if len(target) > _FITTED:
        some = np.random.default_rng(seed).choice(len(target), _FITTED, replace=False)
        points, target = points[some], target[some]
    kernel = ConstantKernel(spread, (spread * 1e-2, spread * 1e2)) * Matern(1.0, _LENGTHS, nu=1.5)
    kernel += WhiteKernel(spread * 0.1, (spread * 1e-4, spread * 2))
    process = GaussianProcessRegressor(kernel, alpha=1e-10, n_restarts_optimizer=2, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a length at its bound is an answer
        fitted = process.fit(points, target).kernel_
    matern, white = fitted.k1, fitted.k2
    return Covariance(
        float(matern.k1.constant_value), float(matern.k2.length_scale) * _UNIT_KM, float(white.noise_level)
    )


def _inverse(points: Array, covariance: Covariance) -> Array:
    """Inverse of the kriging matrix: covariances bordered by ones, which leave the mean open."""
    n = len(points)
    matrix = np.ones((n + 1, n + 1))
    matrix[:n, :n] = covariance.between(points, points) + np.eye(n) * max(covariance.nugget, 1e-10)
    matrix[n, n] = 0.0
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _left_out(
    lat: Array, lon: Array, value: Array, groups: npt.NDArray[np.str_], covariance: Covariance
) -> tuple[pd.DataFrame, Array, float]:
    """What the other places say of each place: table, standardised deviations and skill.

    Dubrule (1983): errors of a group are the inverse of its block of the inverse, applied to the weights.
    """
    logs = np.log(value)
    inverse = _inverse(_position(lat, lon), covariance)
    weights = inverse @ np.append(logs, 0.0)
    residual, error, deviation, plain = (np.empty(len(value)) for _ in range(4))
    means = {g: logs[groups == g].mean() for g in dict.fromkeys(groups)}
    for group in means:
        own = np.flatnonzero(groups == group)
        cover = np.linalg.inv(inverse[np.ix_(own, own)])
        residual[own] = cover @ weights[own]
        error[own] = np.sqrt(np.diag(cover))
        # one number a place: its stations share their error, and many of them are not many errors
        deviation[own] = residual[own].mean() / np.sqrt(cover.mean())
        plain[own] = logs[own] - np.mean([m for g, m in means.items() if g != group])
    table = pd.DataFrame(
        {"group": groups, "value": value, "predicted": np.exp(logs - residual), "error": np.expm1(error)}
    )
    weight = 1.0 / pd.Series(groups).groupby(groups).transform("size").to_numpy()
    skill = 1.0 - float(np.sum(weight * residual**2) / max(np.sum(weight * plain**2), 1e-300))
    first = ~pd.Series(groups).duplicated().to_numpy()
    return table, deviation[first], skill
