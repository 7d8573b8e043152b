"""Linear calibrations: reading, humidity, temperature, and how water on particles is taken out.

Forms (``x`` the reading, ``h`` relative humidity in %, ``T`` temperature, ``z`` further variables of the sensor):

- ``scale``: a + b·x
- ``linear``: a + b·x + c·h + d·T + e·z
- ``interaction``: the same with x·h, where humidity changes the sensitivity
- ``growth``: a + b·x / (1 + κ·w/(1 − w)) + d·T with w = min(h, 95)/100: the mass of particles that take up water
  after κ-Köhler theory (Crilley et al. 2018, Atmos. Meas. Tech. 11, 709 [B 80%]); κ here holds the densities as well.
  Humidity is capped at 95 %, where the term runs away; particles only.

Examples
--------
>>> x = {"value": np.arange(6.0), "reference": 2 * np.arange(6.0) + 1}
>>> [round(c, 9) for c in fit("scale", x).coefficients]
[1.0, 2.0]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected, ParameterError

__all__ = ["FORMS", "LinearModel", "fit", "needed"]

Floats = npt.NDArray[np.float64]

FORMS: Final[dict[str, tuple[str, ...]]] = {
    "scale": ("1", "value"),
    "linear": ("1", "value", "relative_humidity", "temperature"),
    "interaction": ("1", "value", "relative_humidity", "temperature", "value*relative_humidity"),
    "growth": ("1", "dry", "temperature"),
}
"""Terms of each form; further variables of the sensor are added to all but ``scale``."""

HUMIDITY_CAP: Final = 95.0
_KAPPA: Final = (0.0, 1.5)  # search of κ: insoluble particles to sea salt
_HUBER: Final = 1.345  # 95 % efficiency for normal errors (Huber 1981)


@dataclass(frozen=True)
class LinearModel:
    """A linear calibration.

    Attributes
    ----------
    form : str
    terms : tuple of str
        ``1``, variables, ``a*b`` products, or ``dry``.
    coefficients : tuple of float
    kappa : float
        κ of the term ``dry``, else 0.
    method : {"ols", "huber", "published"}
    covariance : tuple of tuple of float
        Of the coefficients, from leaving out blocks of time; empty if not known.
    """

    form: str
    terms: tuple[str, ...]
    coefficients: tuple[float, ...]
    kappa: float = 0.0
    method: str = "ols"
    covariance: tuple[tuple[float, ...], ...] = field(default=(), repr=False)

    @property
    def variables(self) -> tuple[str, ...]:
        """Predictors that must be there, the reading first."""
        return needed(self.terms)

    def predict(self, x: Mapping[str, npt.ArrayLike]) -> Floats:
        """Calibrated values; NaN where a predictor is missing."""
        out = None
        for term, coefficient in zip(self.terms, self.coefficients, strict=True):
            part = coefficient if term == "1" else coefficient * _term(term, x, self.kappa)
            out = part if out is None else out + part
        return np.asarray(out, np.float64)

    def variance(self, x: Mapping[str, npt.ArrayLike]) -> Floats:
        """Variance of the prediction that stems from the coefficients; 0 if it is not known."""
        if not self.covariance:
            return np.zeros(np.shape(x["value"]))
        columns = design(self.terms, x, self.kappa)
        cov = np.array(self.covariance)
        return np.clip(np.einsum("...i,ij,...j->...", columns, cov, columns), 0.0, None)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "kind": "linear",
            "form": self.form,
            "terms": list(self.terms),
            "coefficients": list(self.coefficients),
            "kappa": self.kappa,
            "method": self.method,
            "covariance": [list(row) for row in self.covariance],
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> LinearModel:
        """Model of :meth:`to_dict`.

        Raises
        ------
        FileRejected
            Numbers of terms and coefficients differ, or a coefficient is not finite.
        """
        terms, numbers = tuple(value["terms"]), tuple(float(c) for c in value["coefficients"])
        cov = tuple(tuple(float(c) for c in row) for row in value["covariance"])
        square = not cov or all(len(row) == len(terms) for row in (cov, *cov))
        if len(terms) != len(numbers) or not np.isfinite(numbers).all() or not square:
            raise FileRejected(
                "the linear model is damaged: its terms and coefficients do not fit; save it again."
            )
        return cls(str(value["form"]), terms, numbers, float(value["kappa"]), str(value["method"]), cov)


def needed(terms: tuple[str, ...]) -> tuple[str, ...]:
    """Predictors behind terms.

    Examples
    --------
    >>> needed(("1", "dry", "value*temperature"))
    ('value', 'relative_humidity', 'temperature')
    """
    names = [
        n for t in terms if t != "1" for n in (("value", "relative_humidity") if t == "dry" else t.split("*"))
    ]
    return tuple(dict.fromkeys(names))


def _term(term: str, x: Mapping[str, npt.ArrayLike], kappa: float) -> Floats:
    if term == "dry":
        water = np.clip(np.asarray(x["relative_humidity"], np.float64), 0.0, HUMIDITY_CAP) / 100
        return np.asarray(x["value"], np.float64) / (1 + kappa * water / (1 - water))
    first, *rest = term.split("*")
    out = np.asarray(x[first], np.float64)
    for name in rest:
        out = out * np.asarray(x[name], np.float64)
    return out


def design(terms: tuple[str, ...], x: Mapping[str, npt.ArrayLike], kappa: float = 0.0) -> Floats:
    """Columns of the terms, shape (..., term).

    Examples
    --------
    >>> design(("1", "value"), {"value": [2.0, 3.0]}).tolist()
    [[1.0, 2.0], [1.0, 3.0]]
    """
    shape = np.shape(x["value"])
    return np.stack([np.ones(shape) if t == "1" else _term(t, x, kappa) for t in terms], axis=-1)


def _least_squares(columns: Floats, y: Floats, weight: Floats | None = None) -> Floats:
    """Coefficients; columns are scaled first, so that a constant predictor costs no accuracy."""
    if weight is not None:
        root = np.sqrt(weight)
        columns, y = columns * root[:, None], y * root
    size = np.sqrt((columns**2).mean(axis=0))
    size[size == 0] = 1.0
    scaled = columns / size
    solution, *_ = np.linalg.lstsq(scaled.T @ scaled, scaled.T @ y, rcond=1e-12)
    return np.asarray(solution / size, np.float64)


def _huber(columns: Floats, y: Floats, rounds: int = 30) -> Floats:
    """M-estimate with Huber's weights by reweighting; the scale is the MAD of the residuals."""
    beta = _least_squares(columns, y)
    for _ in range(rounds):
        residual = y - columns @ beta
        scale = float(np.median(np.abs(residual - np.median(residual)))) / 0.6745
        if scale <= 0:
            break
        apart = np.abs(residual) / scale
        weight = np.minimum(1.0, _HUBER / np.maximum(apart, 1e-12))
        new = _least_squares(columns, y, weight)
        if np.allclose(new, beta, rtol=1e-8, atol=1e-10):
            return new
        beta = new
    return beta


def _best_kappa(terms: tuple[str, ...], x: Mapping[str, npt.ArrayLike], y: Floats) -> float:
    """κ with the least squared error: a coarse grid, then golden section between its neighbours."""
    thin = slice(None, None, max(1, len(y) // 5_000))
    part, target = {k: np.asarray(v)[thin] for k, v in x.items()}, y[thin]

    def error(kappa: float) -> float:
        columns = design(terms, part, kappa)
        return float(((target - columns @ _least_squares(columns, target)) ** 2).sum())

    grid = np.linspace(*_KAPPA, 16)
    errors = [error(k) for k in grid]
    at = int(np.argmin(errors))
    low, high = grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)]
    ratio = (5**0.5 - 1) / 2
    for _ in range(12):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, b) if error(a) <= error(b) else (a, high)
    middle = float((low + high) / 2)
    return middle if error(middle) < errors[at] else float(grid[at])


def fit(
    form: str,
    x: Mapping[str, npt.ArrayLike],
    covariates: tuple[str, ...] = (),
    robust: bool = False,
) -> LinearModel:
    """Fit a form.

    Parameters
    ----------
    form : str
        Key of :data:`FORMS`.
    x : mapping of str to array, shape (row,)
        Predictors and ``reference``, all finite; weather that is absent loses its own term.
    covariates : tuple of str
        Further predictors, each with a term of its own; not in ``scale``.
    robust : bool
        Huber's M-estimate in place of least squares: single wrong hours lose their weight.

    Returns
    -------
    LinearModel

    Raises
    ------
    ParameterError
        Unknown form, or fewer rows than three for each term.
    """
    if form not in FORMS:
        raise ParameterError(f"linear form '{form}' is not known; use {', '.join(FORMS)}.")
    terms = tuple(t for t in FORMS[form] if t != "temperature" or t in x)
    if form == "linear":
        terms = tuple(t for t in terms if t != "relative_humidity" or t in x)
    terms += () if form == "scale" else covariates
    if absent := [n for n in needed(terms) if n not in x]:
        raise ParameterError(
            f"the form '{form}' needs {absent[0]}, which the pairs do not hold; choose another form."
        )
    y = np.asarray(x["reference"], np.float64)
    if len(y) < 3 * len(terms):
        raise ParameterError(
            f"{len(y)} rows are too few for the {len(terms)} terms of '{form}'; collocate longer."
        )
    kappa = _best_kappa(terms, x, y) if "dry" in terms else 0.0
    columns = design(terms, x, kappa)
    beta = _huber(columns, y) if robust else _least_squares(columns, y)
    return LinearModel(form, terms, tuple(float(b) for b in beta), kappa, "huber" if robust else "ols")
