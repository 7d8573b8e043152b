"""Penalised least squares with the smoothing chosen by generalised cross-validation.

``minimise |√W (z - B β)|² + Σ λ_j βᵀ S_j β`` with GCV ``n·RSS/(n - edf)²`` (Wood 2017, *Generalized Additive
Models*, 2nd ed., sections 4.2 and 6.2). With one penalty the criterion is exact after one diagonalisation; with
several it is minimised over the logarithms of λ.

Examples
--------
>>> x = np.linspace(0, 1, 50)
>>> basis = np.vander(x, 6)
>>> fit = fit_penalised(basis, 1 + 2 * x, np.ones(50), [np.diag([1.0, 1, 1, 1, 0, 0])])
>>> bool(np.allclose(basis @ fit.coefficients, 1 + 2 * x, atol=1e-6))
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg
from scipy.optimize import minimize, minimize_scalar

__all__ = ["PenalisedFit", "fit_penalised"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PenalisedFit:
    """A fitted smooth.

    Attributes
    ----------
    coefficients : float64 array, shape (k,)
    covariance_root : float64 array, shape (k, k)
        ``L`` with Bayesian posterior covariance ``L Lᵀ`` of the coefficients.
    edf : float
        Effective degrees of freedom.
    scale : float
        Residual variance, RSS / (n - edf).
    gcv : float
    log_smoothing : float64 array
        Logarithms of the λ.
    """

    coefficients: Array
    covariance_root: Array
    edf: float
    scale: float
    gcv: float
    log_smoothing: Array


def _reduced(basis: Array, response: Array, weights: Array) -> tuple[Array, Array, float]:
    """R factor, projected response and what no coefficient explains."""
    root = np.sqrt(weights)
    q, r = linalg.qr(basis * root[:, None], mode="economic", check_finite=False)
    z = response * root
    projected = q.T @ z
    return r, projected, max(float(z @ z - projected @ projected), 0.0)


def fit_penalised(
    basis: Array,
    response: Array,
    weights: Array,
    penalties: Sequence[Array],
    log_smoothing: Sequence[float] | None = None,
) -> PenalisedFit:
    """Fit with smoothing by GCV.

    Parameters
    ----------
    basis : float64 array, shape (n, k), n >= k
    response, weights : float64 arrays, shape (n,)
    penalties : sequence of float64 arrays, shape (k, k)
        Symmetric, not negative; one or more.
    log_smoothing : sequence of float, optional
        Logarithms of the λ to take as given.

    Returns
    -------
    PenalisedFit
    """
    if len(penalties) == 1:
        return _one(basis, response, weights, penalties[0], log_smoothing)
    return _several(basis, response, weights, penalties, log_smoothing)


def _one(
    basis: Array, response: Array, weights: Array, penalty: Array, given: Sequence[float] | None
) -> PenalisedFit:
    n, k = basis.shape
    r, projected, rest = _reduced(basis, response, weights)
    inverse = linalg.solve_triangular(r, np.eye(k), check_finite=False)
    inner = inverse.T @ penalty @ inverse
    size, vectors = linalg.eigh((inner + inner.T) / 2, check_finite=False)
    size = np.maximum(size, 0.0)
    size[size < size.max() * 1e-13] = 0.0
    g = vectors.T @ projected

    def score(log_lambda: float) -> float:
        kept = 1.0 / (1.0 + np.exp(log_lambda) * size)
        left = n - kept.sum()
        return n * (rest + float((((1 - kept) * g) ** 2).sum())) / max(left, 1e-6) ** 2

    if given is None:
        positive = size[size > 0]
        grid = np.linspace(-np.log(positive.max()) - 9, -np.log(positive.min()) + 9, 160)
        start = grid[int(np.argmin([score(x) for x in grid]))]
        step = grid[1] - grid[0]
        best = float(
            minimize_scalar(score, bounds=(start - step, start + step), method="bounded", options={"xatol": 1e-6}).x
        )  # fmt: skip
    else:
        best = float(given[0])
    kept = 1.0 / (1.0 + np.exp(best) * size)
    edf = float(kept.sum())
    rss = rest + float((((1 - kept) * g) ** 2).sum())
    scale = rss / max(n - edf, 1e-6)
    turned = inverse @ vectors
    return PenalisedFit(
        turned @ (kept * g), turned * np.sqrt(kept * scale), edf, scale, score(best), np.array([best])
    )


def _several(
    basis: Array, response: Array, weights: Array, penalties: Sequence[Array], given: Sequence[float] | None
) -> PenalisedFit:
    n, k = basis.shape
    root = np.sqrt(weights)
    weighted = basis * root[:, None]
    gram = weighted.T @ weighted
    z = response * root
    moment, total = weighted.T @ z, float(z @ z)
    size = np.trace(gram) / k
    scaled = [p * (size / max(np.trace(p) / k, 1e-300)) for p in penalties]
    ridge = 1e-9 * size * np.eye(k)  # bins without data leave coefficients that only the penalties hold

    def solve(logs: Array) -> tuple[tuple[Array, bool], Array, float, float]:
        whole = gram + ridge
        for x, p in zip(logs, scaled, strict=True):
            whole = whole + np.exp(x) * p
        factor = linalg.cho_factor(whole, lower=True, check_finite=False)
        beta = linalg.cho_solve(factor, moment, check_finite=False)
        edf = float(np.trace(linalg.cho_solve(factor, gram, check_finite=False)))
        rss = max(total - 2 * float(beta @ moment) + float(beta @ gram @ beta), 0.0)
        return factor, beta, edf, rss

    def score(logs: Array) -> float:
        _, _, edf, rss = solve(np.clip(logs, -18, 18))
        return n * rss / max(n - edf, 1e-6) ** 2

    if given is None:
        starts = [np.full(len(scaled), x) for x in (-8.0, -4.0, 0.0)]
        begin = min(starts, key=score)
        options = {"xatol": 0.05, "fatol": 1e-7 * max(score(begin), 1e-300), "maxiter": 90}
        best = np.clip(minimize(score, begin, method="Nelder-Mead", options=options).x, -18, 18)
    else:
        best = np.asarray(given, dtype=np.float64)
    factor, beta, edf, rss = solve(best)
    scale = rss / max(n - edf, 1e-6)
    lower = np.tril(factor[0])
    back = linalg.solve_triangular(lower, np.eye(k), lower=True, check_finite=False).T
    return PenalisedFit(beta, back * np.sqrt(scale), edf, scale, n * rss / max(n - edf, 1e-6) ** 2, best)
