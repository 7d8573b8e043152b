"""Random numbers that do not depend on how long a simulation runs, and filters that remember.

Every month of every place and station has a random stream of its own, so a later end, or one more station, changes no
value of the others. Memory between months lies only in the causal filters below.
"""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Pulse", "RedNoise", "Runs", "generator", "recursive"]

Array = npt.NDArray[np.float64]


def generator(seed: int, year: int, month: int, stream: str) -> np.random.Generator:
    """Random generator of one stream in one month.

    Parameters
    ----------
    seed : int
        Not negative.
    year, month : int
        Calendar month; 0 for a stream of a whole year.
    stream : str
        Name of the stream, such as a station code.

    Returns
    -------
    numpy.random.Generator

    Examples
    --------
    >>> generator(0, 2020, 1, "a").random() == generator(0, 2020, 1, "a").random()
    True
    >>> generator(0, 2020, 1, "a").random() == generator(0, 2020, 1, "b").random()
    False
    """
    entropy = np.random.SeedSequence([seed, year, month, zlib.crc32(stream.encode())])
    return np.random.Generator(np.random.PCG64(entropy))


def recursive(
    b: list[float], a: list[float], series: npt.NDArray[np.floating], state: Array
) -> tuple[Array, Array]:
    """Recursive filter along the last axis; returns the output and the state to go on with.

    Examples
    --------
    >>> out, state = recursive([1.0], [1.0, -0.5], np.array([[1.0, 0.0, 0.0]]), np.zeros((1, 1)))
    >>> out.tolist(), state.tolist()
    ([[1.0, 0.5, 0.25]], [[0.125]])
    """
    from scipy.signal import lfilter  # a second to import, so not before it is used

    out, left = lfilter(b, a, series, axis=-1, zi=state)
    return np.asarray(out), np.asarray(left)


class RedNoise:
    """Autoregressive noise of unit variance, fed chunk by chunk.

    Parameters
    ----------
    rows : int
        Number of independent series.
    tau : float
        Memory in hours.
    order : {1, 2}
        2 is critically damped: smooth from hour to hour.

    Examples
    --------
    >>> white = np.random.default_rng(0).standard_normal((1, 20000))
    >>> red = RedNoise(1, tau=10)
    >>> out = np.concatenate([red(white[:, :700]), red(white[:, 700:])], axis=1)
    >>> bool(np.array_equal(out, RedNoise(1, tau=10)(white))), round(float(out.std()), 1)
    (True, 1.0)
    """

    def __init__(self, rows: int, tau: float, order: int = 1) -> None:
        phi = float(np.exp(-1.0 / tau))
        if order == 1:
            self._b, self._a = [float(np.sqrt(1 - phi**2))], [1.0, -phi]
        else:
            gain = float(np.sqrt((1 - phi**2) ** 3 / (1 + phi**2)))
            self._b, self._a = [gain], [1.0, -2 * phi, phi**2]
        self._state = np.zeros((rows, order))

    def __call__(self, white: npt.NDArray[np.floating]) -> Array:
        """Filter the next chunk of white noise, shape (rows, hours)."""
        out, self._state = recursive(self._b, self._a, white, self._state)
        return out


class Pulse:
    """Response to events: a fast rise and a slow decay, peak equal to the impulse, memory kept.

    Parameters
    ----------
    rows : int
        Number of series.
    rise, decay : float
        Hours; a rise of 0 starts at the peak.

    Examples
    --------
    >>> impulse = np.zeros((1, 48)); impulse[0, 3] = 100.0
    >>> int(Pulse(1, 2.0, 9.0)(impulse).max().round())
    100
    """

    def __init__(self, rows: int, rise: float, decay: float) -> None:
        slow = float(np.exp(-1.0 / decay))
        fast = float(np.exp(-1.0 / rise)) if rise > 0 else 0.0
        self._a = [1.0, -(slow + fast), slow * fast]
        response, _ = recursive([1.0], self._a, np.eye(1, int(10 * decay) + 1), np.zeros((1, 2)))
        self._b = [1.0 / float(response.max())]
        self._state = np.zeros((rows, 2))

    def __call__(self, impulses: Array) -> Array:
        """Response to the next chunk, shape (rows, hours)."""
        out, self._state = recursive(self._b, self._a, impulses, self._state)
        return out


class Runs:
    """Hours covered by runs that may cross the end of a month.

    Parameters
    ----------
    rows : int
        Number of series.

    Examples
    --------
    >>> runs = Runs(1)
    >>> runs(5, np.array([0]), np.array([3]), np.array([4]))[0].tolist()
    [False, False, False, True, True]
    >>> runs(5, np.array([], int), np.array([], int), np.array([], int))[0].tolist()
    [True, True, False, False, False]
    """

    def __init__(self, rows: int) -> None:
        self._left = np.zeros(rows, dtype=np.int64)

    def __call__(
        self,
        hours: int,
        row: npt.NDArray[np.int64],
        start: npt.NDArray[np.int64],
        length: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.bool_]:
        """Mark the runs of one month, shape (rows, hours); each run is given by its row, first hour and length."""
        rows = len(self._left)
        edge = np.zeros((rows, hours + 1), dtype=np.int64)
        np.add.at(edge, (row, start), 1)
        np.add.at(edge, (row, np.minimum(start + length, hours)), -1)
        edge[:, 0] += self._left > 0
        np.add.at(edge, (np.arange(rows), np.minimum(self._left, hours)), -(self._left > 0).astype(np.int64))
        left = np.maximum(self._left - hours, 0)
        np.maximum.at(left, row, start + length - hours)
        self._left = left
        return np.cumsum(edge[:, :hours], axis=1) > 0
