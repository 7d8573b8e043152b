"""How the tonnes of one place reach another: (1 + d/d0)^−ω of the distance, the form of SHERPA.

No chemistry-transport run covers the basin, so d0 and ω are priors. The own place has 1, because the level of the
response is that of a place to its own tonnes.

Examples
--------
>>> one = kernel(("changji", "urumqi", "mori"), 500, 0)
>>> one.shape, float(one[0, 0, 0]), bool((one[:, 0, 1] > one[:, 0, 2]).all())
((500, 3, 3), 1.0, True)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from airq import places as registry
from airq.errors import MissingData
from airq.scenario.priors import Array, Priors

__all__ = ["distances", "kernel"]

_EARTH = 6371.0


def distances(names: Sequence[str]) -> Array:
    """Great-circle distances between places, km, shape (place, place).

    Raises
    ------
    MissingData
        If a place has no position.
    """
    found = [registry.get(n) for n in names]
    for place in found:
        if place.lat is None or place.lon is None:
            raise MissingData(
                f"place '{place.id}' has no position; give lat and lon in params/counties.yaml."
            )
    lat, lon = (np.radians([float(getattr(p, k)) for p in found]) for k in ("lat", "lon"))
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half = half + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    return np.asarray(2 * _EARTH * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def kernel(names: Sequence[str], draws: int, seed: int, priors: Priors | None = None) -> Array:
    """Effect at a receptor of a tonne at a source, relative to one at the receptor itself.

    Parameters
    ----------
    names : sequence of str
        Places, receptors and sources alike.
    draws, seed : int
    priors : Priors, optional

    Returns
    -------
    ndarray, (draw, receptor, source)
    """
    held = priors or Priors.load()
    d0, omega = held["distance"].draws(draws, seed), held["omega"].draws(draws, seed)
    return np.asarray((1 + distances(names) / d0[:, None, None]) ** -omega[:, None, None])
