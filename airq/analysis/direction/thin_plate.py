"""Thin plate regression splines in two dimensions.

The optimal low-rank thin plate basis of Wood (2003, *J. R. Statist. Soc. B* 65, 95-114): the k eigenvectors of the
radial matrix with the largest absolute eigenvalues, constrained to be orthogonal to the plane, which is not penalised.
The same smooth as ``s(u, v, k = k)`` of R's mgcv, written anew from the paper.

Examples
--------
>>> rng = np.random.default_rng(0)
>>> points = rng.uniform(-1, 1, (300, 2))
>>> smooth = fit_thin_plate(points, points[:, 0] ** 2, np.ones(300), k=30)
>>> bool(abs(smooth.predict(np.array([[0.5, 0.0]]))[0] - 0.25) < 0.01)
True
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import linalg
from scipy.sparse.linalg import eigsh

from airq.analysis.direction.penalised import PenalisedFit, fit_penalised

__all__ = ["ThinPlate", "ThinPlateBasis", "fit_thin_plate", "thin_plate_basis"]

Array = npt.NDArray[np.float64]

KNOTS: Final = 2000
"""Most centres, as in mgcv; more are thinned evenly."""


def _radial(a: Array, b: Array) -> Array:
    """``r² log r / 8π`` between the points of two sets, shape (len(a), len(b))."""
    r2 = np.square(a[:, :1] - b[:, 0])
    r2 += np.square(a[:, 1:] - b[:, 1])
    logs = np.log(np.maximum(r2, 1e-280))
    logs *= r2
    logs /= 16 * np.pi
    return logs


@dataclass(frozen=True, eq=False)
class ThinPlateBasis:
    """Basis on given centres.

    Attributes
    ----------
    centres : float64 array, shape (m, 2)
    middle : float64 array, shape (2,)
    turn : float64 array, shape (m, k - 3)
        From radial functions to penalised basis functions.
    penalty : float64 array, shape (k, k)
    """

    centres: Array
    middle: Array
    turn: Array
    penalty: Array

    def __call__(self, points: Array) -> Array:
        """Basis at points, shape (n, k)."""
        moved = points - self.middle
        rows = [_radial(moved[i : i + 4096], self.centres) @ self.turn for i in range(0, len(moved), 4096)]
        bent = np.concatenate(rows) if rows else np.empty((0, self.turn.shape[1]))
        return np.column_stack([bent, np.ones(len(moved)), moved])


def thin_plate_basis(points: Array, k: int) -> ThinPlateBasis:
    """Low-rank basis for points.

    Parameters
    ----------
    points : float64 array, shape (n, 2)
        At least ``k`` of them different.
    k : int
        Size of the basis, 4 or more, the plane included.

    Returns
    -------
    ThinPlateBasis
    """
    middle = points.mean(axis=0)
    span = max(float(np.ptp(points)), 1e-12)
    # Points of one bin differ by rounding noise only, and must be one centre.
    _, first = np.unique(np.round((points - middle) / span, 9), axis=0, return_index=True)
    centres = (points - middle)[np.sort(first)]
    if len(centres) > KNOTS:
        centres = centres[np.linspace(0, len(centres) - 1, KNOTS).round().astype(int)]
    k = min(k, len(centres))
    matrix = _radial(centres, centres)
    if len(centres) > 500 and k < len(centres) // 4:
        size, vectors = eigsh(matrix, k=k, which="LM", v0=np.ones(len(centres)), tol=1e-10)
    else:
        size, vectors = linalg.eigh(matrix, check_finite=False)
    order = np.argsort(-np.abs(size))[:k]
    size, vectors = size[order], vectors[:, order]
    plane = np.column_stack([np.ones(len(centres)), centres])
    q, _ = linalg.qr((plane.T @ vectors).T, check_finite=False)
    null = q[:, 3:]
    penalty = np.zeros((k, k))
    penalty[: k - 3, : k - 3] = null.T @ (size[:, None] * null)
    return ThinPlateBasis(centres, middle, vectors @ null, penalty)


@dataclass(frozen=True, eq=False)
class ThinPlate:
    """A fitted thin plate.

    Attributes
    ----------
    basis : ThinPlateBasis
    fit : PenalisedFit
    """

    basis: ThinPlateBasis
    fit: PenalisedFit

    def predict(self, points: Array) -> Array:
        """Values at points, shape (n,)."""
        return np.asarray(self.basis(points) @ self.fit.coefficients)

    def predict_with_error(self, points: Array) -> tuple[Array, Array]:
        """Values and their posterior standard errors, shape (n,) each."""
        rows = self.basis(points)
        return rows @ self.fit.coefficients, np.sqrt(np.square(rows @ self.fit.covariance_root).sum(axis=1))


def fit_thin_plate(points: Array, response: Array, weights: Array, k: int) -> ThinPlate:
    """Smooth a response over the plane.

    Parameters
    ----------
    points : float64 array, shape (n, 2)
    response, weights : float64 arrays, shape (n,)
    k : int
        Size of the basis; reduced to the number of different points.

    Returns
    -------
    ThinPlate
    """
    basis = thin_plate_basis(points, k)
    return ThinPlate(basis, fit_penalised(basis(points), response, weights, [basis.penalty]))
