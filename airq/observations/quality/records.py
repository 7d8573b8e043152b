"""Whole records: all pollutants of a station at once, all stations of an hour at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from airq.observations.quality.runs import Array, Mask

__all__ = ["empty", "repeated"]


def repeated(values: Sequence[Array], steps: Sequence[Array], p: Mapping[str, Any]) -> Mask:
    """Hours whose record is the one of the hour before.

    Parameters
    ----------
    values, steps : sequences of float32 arrays, shapes (station, time) and (station, time - 1)
        Readings and their changes, one array a pollutant.
    p : mapping
        ``at_least``: pollutants that must be there and equal; ``network_at_least``, ``network_share``,
        ``network_stations``: a station with fewer counts where at least this share of so many stations, all with at
        least so many pollutants, repeat themselves at the same hour, as when a feed sends an hour twice.

    Returns
    -------
    bool array, shape (station, time)

    Notes
    -----
    A pollutant that is missing in one of the two hours and there in the other makes the records different.

    Examples
    --------
    >>> a, b = np.array([[3, 3, 4]], np.float32), np.array([[7, 7, 7]], np.float32)
    >>> p = {"at_least": 2, "network_at_least": 1, "network_share": 0.5, "network_stations": 9}
    >>> repeated([a, b], [a[:, 1:] - a[:, :-1], b[:, 1:] - b[:, :-1]], p).tolist()
    [[False, True, False]]
    """
    shape = values[0].shape
    out = np.zeros(shape, bool)
    equal = np.zeros((shape[0], shape[1] - 1), np.uint8)
    whole = np.ones(equal.shape, bool)
    both = np.zeros(equal.shape, np.uint8)
    for x, d in zip(values, steps, strict=True):
        there = np.isfinite(x)
        same = d == 0
        equal += same
        both += there[:, 1:] & there[:, :-1]
        whole &= same | (~there[:, 1:] & ~there[:, :-1])
    out[:, 1:] = whole & (equal >= p["at_least"])
    fit = both >= p["network_at_least"]
    again = whole & fit
    count, of = again.sum(axis=0), fit.sum(axis=0)
    network = (of >= p["network_stations"]) & (count >= p["network_share"] * of)
    out[:, 1:] |= again & network
    return out


def empty(values: Sequence[Array], at_least: int) -> Mask:
    """Hours at which everything a station reports is exactly zero.

    Parameters
    ----------
    values : sequence of float32 arrays, shape (station, time)
    at_least : int
        Pollutants that must be there.

    Examples
    --------
    >>> empty([np.array([[0, 0]], np.float32), np.array([[0, 5]], np.float32)], at_least=2).tolist()
    [[True, False]]
    """
    zero = np.zeros(values[0].shape, np.uint8)
    there = np.zeros(values[0].shape, np.uint8)
    for x in values:
        zero += x == 0
        there += np.isfinite(x)
    return (zero == there) & (zero >= at_least)
