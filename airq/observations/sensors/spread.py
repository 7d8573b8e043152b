"""How far a calibrated value may be off: scatter of hours, and the difference between sensors of one type.

The scatter comes from residuals of held-out hours, so that it holds what the model does not know. Sensors differ in
zero and gain: each sensor's held-out residuals are a line in the calibrated value, and the second moments of these
lines over the sensors are the variance that an unpaired sensor carries on top (random effects of sensors). With few
sensors that variance is itself uncertain, so the interval takes Student's quantile for sensors − 1 degrees of freedom.

Standard uncertainty (k = 1) of a sensor with no collocation, at the calibrated value p with centre c:
``u² = σ(p)² + τ₀² + τ₁²·(p − c)²``; of a paired sensor ``u = σ(p)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected, MissingData, ParameterError

__all__ = ["LEVELS", "Line", "Spread", "line_at", "lines", "spread"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

LEVELS: Final = (0.5, 0.8, 0.9, 0.95)
"""Coverages an interval can have."""

_ROOT_HALF_PI: Final = float(
    np.sqrt(np.pi / 2)
)  # mean absolute value to standard deviation of a normal variable
_STEEP: Final = 0.05  # share of the calibrated value's spread below which a gain cannot be seen


@dataclass(frozen=True)
class Line:
    """What a sensor's calibrated values lack: ``reference − calibrated ≈ offset + gain·(calibrated − centre)``.

    Attributes
    ----------
    offset : float
        Unit of the pollutant.
    gain : float
    hours : int
    """

    offset: float
    gain: float
    hours: int

    def at(self, predicted: Floats, centre: float) -> Floats:
        """Correction to be added."""
        return self.offset + self.gain * (predicted - centre)


def lines(predicted: Floats, residual: Floats, group: Ints, centre: float) -> dict[int, Line]:
    """Line of each sensor by least squares.

    Parameters
    ----------
    predicted, residual : float arrays, shape (row,)
        NaN rows are left out.
    group : int array, shape (row,)
        Number of the sensor.
    centre : float

    Returns
    -------
    dict of int to Line

    Examples
    --------
    >>> p = np.array([0.0, 10, 20, 30])
    >>> lines(p, 1 + 0.1 * (p - 15), np.zeros(4, np.intp), 15.0)[0]
    Line(offset=1.0, gain=0.1, hours=4)
    """
    there = np.isfinite(predicted) & np.isfinite(residual)
    if not there.any():
        return {}
    d, r, g = predicted[there] - centre, residual[there], group[there]
    count = np.bincount(g)
    n = np.maximum(count, 1)
    mean_d, mean_r = np.bincount(g, d) / n, np.bincount(g, r) / n
    apart = d - mean_d[g]
    variance = np.bincount(g, apart**2) / n
    seen = (variance > (_STEEP * float(np.std(d))) ** 2) & (variance > 0) & (count > 3)
    gain = np.where(seen, np.bincount(g, apart * (r - mean_r[g])) / n / np.where(seen, variance, 1.0), 0.0)
    offset = mean_r - gain * mean_d
    return {
        int(k): Line(round(float(offset[k]), 12), round(float(gain[k]), 12), int(count[k]))
        for k in np.flatnonzero(count)
    }


def line_at(found: Mapping[int, Line], group: Ints, predicted: Floats, centre: float) -> Floats:
    """Correction of each row by the line of its sensor; 0 where the sensor has none.

    Examples
    --------
    >>> line_at({1: Line(2.0, 0.1, 9)}, np.array([0, 1]), np.array([10.0, 10.0]), 0.0).tolist()
    [0.0, 3.0]
    """
    size = max([int(group.max(initial=-1)), *found]) + 1
    offset, gain = np.zeros(size), np.zeros(size)
    for k, line in found.items():
        offset[k], gain[k] = line.offset, line.gain
    return np.asarray(offset[group] + gain[group] * (predicted - centre))


@dataclass(frozen=True)
class Spread:
    """Uncertainty of calibrated values.

    Attributes
    ----------
    base, slope : float
        σ(p) = base + slope·max(p, 0).
    centre : float
        Mean calibrated value of the training data.
    between_offset, between_gain : float
        τ₀ (unit of the pollutant) and τ₁ (share) between sensors; 0 for a paired sensor.
    sensors : int
        Sensors behind them.
    lower, upper : dict of str to float
        Quantiles of residual / σ(p) below and above, by coverage such as ``"0.8"``.
    """

    base: float
    slope: float
    centre: float
    between_offset: float
    between_gain: float
    sensors: int
    lower: dict[str, float]
    upper: dict[str, float]

    def sigma(self, predicted: Floats) -> Floats:
        """Standard deviation of the scatter of hours."""
        return np.asarray(self.base + self.slope * np.maximum(predicted, 0.0))

    def between(self, predicted: Floats) -> Floats:
        """Standard deviation between sensors."""
        return np.hypot(self.between_offset, self.between_gain * (predicted - self.centre))

    def standard(self, predicted: Floats, extra: Floats | float = 0.0) -> Floats:
        """Standard uncertainty, k = 1; ``extra`` is a further variance."""
        return np.sqrt(self.sigma(predicted) ** 2 + self.between(predicted) ** 2 + extra)

    def interval(
        self, predicted: Floats, coverage: float = 0.8, extra: Floats | float = 0.0
    ) -> tuple[Floats, Floats]:
        """Lower and upper bound that hold the reference with the coverage asked for.

        Raises
        ------
        ParameterError
            A coverage that was not prepared.
        """
        key = f"{coverage:g}"
        if key not in self.lower:
            raise ParameterError(f"coverage {coverage} is not prepared; use {', '.join(map(str, LEVELS))}.")
        sigma = self.sigma(predicted)
        wide = self._student(coverage) ** 2 * self.between(predicted) ** 2
        wide = wide + _normal(coverage) ** 2 * extra
        low = _widened(self.lower[key] * sigma, wide, -1.0)
        high = _widened(self.upper[key] * sigma, wide, 1.0)
        return np.asarray(predicted + low), np.asarray(predicted + high)

    def _student(self, coverage: float) -> float:
        from scipy import stats

        return float(stats.t.ppf((1 + coverage) / 2, max(self.sensors - 1, 1)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Spread:
        """Spread of :meth:`to_dict`.

        Raises
        ------
        FileRejected
            A number is missing or not finite.
        """
        try:
            numbers: dict[str, Any] = {
                k: float(value[k]) for k in ("base", "slope", "centre", "between_offset", "between_gain")
            }
            tails = {k: {str(a): float(b) for a, b in value[k].items()} for k in ("lower", "upper")}
            sensors = int(value["sensors"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FileRejected(
                f"the spread of the calibration is damaged ({error}); save it again."
            ) from error
        if not all(
            np.isfinite(v) for v in (*numbers.values(), *tails["lower"].values(), *tails["upper"].values())
        ):
            raise FileRejected(
                "the spread of the calibration holds a number that is not finite; save it again."
            )
        return cls(sensors=sensors, lower=tails["lower"], upper=tails["upper"], **numbers)


def _normal(coverage: float) -> float:
    from scipy import stats

    return float(stats.norm.ppf((1 + coverage) / 2))


def _widened(part: Floats, variance: Floats, sign: float) -> Floats:
    """A one-sided bound and an independent symmetric part, added as roots of squares."""
    outward = np.maximum(sign * part, 0.0)
    return sign * np.sqrt(outward**2 + variance) + np.where(sign * part < 0, part, 0.0)


def _scatter(predicted: Floats, residual: Floats) -> tuple[float, float]:
    """Base and slope of σ(p) from absolute residuals, by least squares on bins of the calibrated value."""
    size = np.abs(residual) * _ROOT_HALF_PI
    level = np.maximum(predicted, 0.0)
    mean = float(size.mean())
    order = np.argsort(level, kind="stable")
    parts = [p for p in np.array_split(order, min(10, max(1, len(order) // 20))) if len(p)]
    if len(parts) < 3 or np.ptp(level) == 0:
        return mean, 0.0
    x, y = (np.array([v[p].mean() for p in parts]) for v in (level, size))
    d = x - x.mean()
    slope = max(0.0, float(d @ y / (d @ d)) if d @ d > 0 else 0.0)
    base = float(y.mean() - slope * x.mean())
    if base < 0.1 * mean:  # a scatter that vanishes at zero would promise what no sensor keeps
        base = 0.1 * mean
        slope = max(0.0, float(((y - base) @ x) / (x @ x)))
    return base, slope


def spread(
    predicted: Floats,
    residual: Floats,
    group: Ints,
    centre: float,
    between: bool,
) -> Spread:
    """Spread from held-out residuals.

    Parameters
    ----------
    predicted, residual : float arrays, shape (row,)
        Calibrated values of held-out hours and reference minus calibrated; NaN rows are left out.
    group : int array, shape (row,)
        Number of the sensor.
    centre : float
        Where zero and gain of sensors are taken apart.
    between : bool
        Whether whole sensors were held out: then their lines give the variance between sensors, and the scatter is
        what remains beside them.

    Returns
    -------
    Spread

    Raises
    ------
    MissingData
        Fewer than 48 residuals, or one sensor where several are needed.
    """
    there = np.isfinite(predicted) & np.isfinite(residual)
    p, r, who = predicted[there], residual[there], group[there]
    if len(p) < 48:
        raise MissingData(f"{len(p)} held-out hours are too few for an uncertainty; collocate longer.")
    tau0 = tau1 = 0.0
    number = len(np.unique(who))
    if between:
        if number < 2:
            raise MissingData("the spread between sensors needs at least two of them; pair another sensor.")
        found = lines(p, r, who, centre)
        tau0 = float(np.sqrt(np.mean([f.offset**2 for f in found.values()])))
        tau1 = float(np.sqrt(np.mean([f.gain**2 for f in found.values()])))
        r = r - line_at(found, who, p, centre)
    base, slope = _scatter(p, r)
    z = r / (base + slope * np.maximum(p, 0.0)) if base + slope > 0 else np.zeros(len(r))
    shares = [(1 + sign * c) / 2 for sign in (-1, 1) for c in LEVELS]
    low, high = np.quantile(z, shares).reshape(2, len(LEVELS))
    return Spread(
        base,
        slope,
        centre,
        tau0,
        tau1,
        number,
        {f"{c:g}": float(v) for c, v in zip(LEVELS, low, strict=True)},
        {f"{c:g}": float(v) for c, v in zip(LEVELS, high, strict=True)},
    )
