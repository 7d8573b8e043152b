"""Draws of sums of products: every input drawn once, products multiplied when they are needed, nothing kept but sums.

Examples
--------
>>> engine = Engine(1000, seed=0)
>>> a = Input("a", "a", "lognormal", 2.0)
>>> bool(np.allclose(engine.total([Part({(a,): 2.0}), Part({(a,): 3.0})]), 5 * engine.of(a)))
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from airq.errors import ParameterError
from airq.inventory.cuts import Terms, add
from airq.inventory.intensities import Input

__all__ = ["QUANTILES", "Array", "Engine", "Part", "quantiles", "summary"]

Array = NDArray[np.float64]
QUANTILES = (0.05, 0.5, 0.95)
_MOST = 5_000_000  # draws; each input then takes 40 MB


@dataclass(frozen=True, eq=False)
class Part:
    """Tonnes of one measure and pollutant: a sum of products, times factors that differ from draw to draw.

    Attributes
    ----------
    terms : Terms
    scales : tuple of numpy.ndarray
        Shape ``(n,)`` each: what an overlap group or a cap leaves of it.
    """

    terms: Terms
    scales: tuple[Array, ...] = ()

    def times(self, number: float) -> Part:
        """The part times a number."""
        return Part({k: v * number for k, v in self.terms.items()}, self.scales)

    def under(self, scale: Array) -> Part:
        """The part under one more scale."""
        return Part(self.terms, (*self.scales, scale))


@dataclass
class Engine:
    """Draws by input, and sums of parts.

    Attributes
    ----------
    n : int
        Number of draws.
    seed : int
    """

    n: int
    seed: int
    _drawn: dict[tuple[object, ...], Array] = field(default_factory=dict, repr=False)
    _quantiles: dict[tuple[tuple[tuple[Input, ...], float], ...], Array] = field(
        default_factory=dict, repr=False
    )

    def __post_init__(self) -> None:
        if not 1 <= self.n <= _MOST:
            raise ParameterError(f"draws {self.n} is not from 1 to {_MOST:,}; 20,000 is a good number.")
        if self.seed < 0:
            raise ParameterError(f"seed {self.seed} is negative; give 0 or more.")

    def of(self, source: Input) -> Array:
        """Draws of an input, shape ``(n,)``; kept."""
        key = (source.draws_as, source.distribution, source.gsd, source.value, source.low, source.high)
        if key not in self._drawn:
            self._drawn[key] = source.draw(self.n, self.seed)
        return self._drawn[key]

    def product(self, inputs: tuple[Input, ...]) -> Array:
        """Product of the draws of several inputs."""
        if not inputs:
            return np.ones(self.n)
        out = self.of(inputs[0]).copy()
        for source in inputs[1:]:
            out *= self.of(source)
        return out

    def sum_of(self, terms: Mapping[tuple[Input, ...], float]) -> Array:
        """Draws of a sum of products."""
        out = np.zeros(self.n)
        for inputs, number in terms.items():
            if number:
                part = self.product(inputs)
                part *= number
                out += part
        return out

    def draws(self, part: Part) -> Array:
        """Draws of one part."""
        out = self.sum_of(part.terms)
        for scale in part.scales:
            out *= scale
        return out

    def total(self, parts: Iterable[Part]) -> Array:
        """Draws of a sum of parts; those under the same scales are added before they are drawn."""
        groups: dict[tuple[int, ...], list[Part]] = {}
        for part in parts:
            groups.setdefault(tuple(map(id, part.scales)), []).append(part)
        out = np.zeros(self.n)
        for together in groups.values():
            out += self.draws(Part(add(*(p.terms for p in together)), together[0].scales))
        return out

    def quantiles(self, part: Part) -> Array:
        """p5, p50 and p95 of one part; of parts that differ by a number only once."""
        lead = next((v for v in part.terms.values() if v), 0.0)
        if part.scales or not lead:
            return quantiles(self.draws(part))
        key = tuple((inputs, v / lead) for inputs, v in part.terms.items())
        if key not in self._quantiles:
            self._quantiles[key] = quantiles(self.sum_of(dict(key)))
        found = self._quantiles[key] * lead
        return found if lead > 0 else found[::-1]


def quantiles(values: Array) -> Array:
    """p5, p50 and p95, linear between the order statistics.

    Examples
    --------
    >>> quantiles(np.array([3.0, 1.0, 2.0])).round(2).tolist()
    [1.1, 2.0, 2.9]
    """
    ordered = np.sort(values)  # quicker than a selection of six places
    place = np.array(QUANTILES) * (len(ordered) - 1)
    below = place.astype(np.int64)
    above = np.minimum(below + 1, len(ordered) - 1)
    found: Array = ordered[below] + (place - below) * (ordered[above] - ordered[below])
    return found


def summary(values: Array) -> dict[str, float]:
    """p5, p50, p95 and mean of draws.

    Examples
    --------
    >>> summary(np.arange(101.0))
    {'p5': 5.0, 'p50': 50.0, 'p95': 95.0, 'mean': 50.0}
    """
    low, middle, high = quantiles(values)
    return {"p5": float(low), "p50": float(middle), "p95": float(high), "mean": float(values.mean())}
