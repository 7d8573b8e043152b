"""Events that were forecast or not: contingency tables, runs of heavy days, and their first days.

Examples
--------
>>> table = contingency([1, 1, 0, 0, np.nan], [1, 0, 1, 0, 1])
>>> table.hits, table.misses, table.false_alarms, table.correct_negatives, table.missing
(1, 1, 1, 1, 1)
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from airq.errors import ParameterError

__all__ = ["Contingency", "EpisodeCounts", "contingency", "episode_counts", "episodes", "match_onsets"]

Array = npt.NDArray[np.float64]


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


@dataclass(frozen=True)
class Contingency:
    """Two-by-two table of an event and its forecast.

    Attributes
    ----------
    hits, false_alarms, misses, correct_negatives : int
    missing : int
        Rows without observation or forecast.
    """

    hits: int
    false_alarms: int
    misses: int
    correct_negatives: int
    missing: int = 0

    @property
    def hit_rate(self) -> float:
        """Share of the events that were forecast (probability of detection)."""
        return _ratio(self.hits, self.hits + self.misses)

    @property
    def miss_rate(self) -> float:
        """Share of the events that were not forecast (漏报率)."""
        return _ratio(self.misses, self.hits + self.misses)

    @property
    def false_alarm_ratio(self) -> float:
        """Share of the forecasts that no event followed (空报率)."""
        return _ratio(self.false_alarms, self.hits + self.false_alarms)

    @property
    def false_alarm_rate(self) -> float:
        """Share of the days without event that were forecast as one (probability of false detection)."""
        return _ratio(self.false_alarms, self.false_alarms + self.correct_negatives)

    @property
    def threat_score(self) -> float:
        """Hits over hits, misses and false alarms (critical success index, TS)."""
        return _ratio(self.hits, self.hits + self.misses + self.false_alarms)

    @property
    def frequency_bias(self) -> float:
        """Events forecast over events observed."""
        return _ratio(self.hits + self.false_alarms, self.hits + self.misses)

    @property
    def accuracy(self) -> float:
        """Share of rows that are hits or correct negatives."""
        right = self.hits + self.correct_negatives
        return _ratio(right, right + self.misses + self.false_alarms)

    @property
    def peirce(self) -> float:
        """Hit rate minus false-alarm rate: 0 without skill, 1 if perfect."""
        return self.hit_rate - self.false_alarm_rate

    def to_dict(self) -> dict[str, float]:
        """Counts and rates as a flat mapping.

        Examples
        --------
        >>> Contingency(3, 1, 1, 5).to_dict()["hit_rate"]
        0.75
        """
        names: tuple[str, ...] = (
            "hit_rate",
            "miss_rate",
            "false_alarm_ratio",
            "false_alarm_rate",
            "threat_score",
        )
        names += ("frequency_bias", "accuracy", "peirce")
        return {**asdict(self), **{name: getattr(self, name) for name in names}}


def contingency(event: npt.ArrayLike, forecast: npt.ArrayLike) -> Contingency:
    """Contingency table of events and yes-no forecasts.

    Parameters
    ----------
    event, forecast : array_like of bool or float, shape (rows,)
        NaN is missing.

    Returns
    -------
    Contingency

    Raises
    ------
    ParameterError
        If lengths differ.

    Examples
    --------
    >>> contingency([True, False], [True, True]).false_alarm_ratio
    0.5
    """
    e, f = (np.asarray(v, dtype=np.float64).reshape(-1) for v in (event, forecast))
    if e.size != f.size:
        raise ParameterError(f"{e.size} events and {f.size} forecasts do not match; give one each a row.")
    known = ~np.isnan(e + f)
    came, said = e[known] > 0, f[known] > 0
    hits, false_alarms, misses, rest = (
        int((a & b).sum()) for a, b in ((came, said), (~came, said), (came, ~said), (~came, ~said))
    )
    return Contingency(hits, false_alarms, misses, rest, int((~known).sum()))


def episodes(event: npt.ArrayLike, least: int = 1) -> npt.NDArray[np.int64]:
    """Runs of days on which an event held.

    Parameters
    ----------
    event : array_like of bool or float, shape (days,)
        On a complete axis of days; NaN breaks a run.
    least : int
        Days that a run needs.

    Returns
    -------
    int64 array, shape (runs, 2)
        First and last day.

    Examples
    --------
    >>> episodes([0, 1, 1, np.nan, 1, 0]).tolist(), episodes([0, 1, 1, np.nan, 1, 0], least=2).tolist()
    ([[1, 2], [4, 4]], [[1, 2]])
    """
    held = np.nan_to_num(np.asarray(event, dtype=np.float64), nan=0.0) > 0
    edges = np.diff(np.concatenate([[0], held.astype(np.int8), [0]]))
    runs = np.stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1], axis=1)
    return np.asarray(runs[runs[:, 1] - runs[:, 0] + 1 >= least], dtype=np.int64)


def match_onsets(
    observed: npt.ArrayLike, forecast: npt.ArrayLike, tolerance: int = 1
) -> npt.NDArray[np.int64]:
    """Pairs of observed and forecast first days, each used once, the nearest first.

    Parameters
    ----------
    observed, forecast : array_like of int
        Days.
    tolerance : int
        Largest distance in days.

    Returns
    -------
    int64 array, shape (pairs, 2)
        Positions in ``observed`` and ``forecast``.

    Examples
    --------
    >>> match_onsets([10, 12], [11, 30], tolerance=1).tolist()
    [[0, 0]]
    """
    o, f = np.asarray(observed, dtype=np.int64).reshape(-1), np.asarray(forecast, dtype=np.int64).reshape(-1)
    gap = np.abs(o[:, None] - f[None, :])
    left, right = np.nonzero(gap <= tolerance)
    pairs: list[tuple[int, int]] = []
    free_o, free_f = np.ones(o.size, bool), np.ones(f.size, bool)
    for k in np.lexsort((right, left, gap[left, right])):
        if free_o[left[k]] and free_f[right[k]]:
            free_o[left[k]] = free_f[right[k]] = False
            pairs.append((int(left[k]), int(right[k])))
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


@dataclass(frozen=True)
class EpisodeCounts:
    """How runs of heavy days and their first days were forecast.

    Attributes
    ----------
    observed, forecast : int
        Runs.
    detected : int
        Observed runs of which at least one day was forecast.
    false : int
        Forecast runs without an observed event day within the tolerance.
    onsets, onset_hits, onset_misses, onset_false : int
        First days: known ones observed, forecast within the tolerance, not forecast, forecast in vain.
    onset_in_time : int
        Hits whose forecast first day is not later than the observed one: only these are early warnings.
    onset_error_sum : int
        Sum over the hits of forecast minus observed first day, in days.
    onset_unknown : int
        Observed runs that follow a missing day, or stand at the begin of the record: their first day is not known.
    """

    observed: int
    forecast: int
    detected: int
    false: int
    onsets: int
    onset_hits: int
    onset_misses: int
    onset_false: int
    onset_in_time: int
    onset_error_sum: int
    onset_unknown: int


def episode_counts(
    observed: npt.ArrayLike, forecast: npt.ArrayLike, tolerance: int = 1, least: int = 1
) -> EpisodeCounts:
    """Compare observed and forecast runs of an event at one site.

    Parameters
    ----------
    observed, forecast : array_like of bool or float, shape (days,)
        On the same complete axis of days; NaN is missing.
    tolerance : int
        Days by which a forecast first day may miss the observed one.
    least : int
        Days that a run needs.

    Returns
    -------
    EpisodeCounts

    Notes
    -----
    A forecast run counts as false only if all days within its tolerance were observed.

    Examples
    --------
    >>> found = episode_counts([0, 0, 1, 1, 0, 0, 0], [0, 1, 1, 0, 0, 0, 1])
    >>> found.onset_hits, found.onset_false, found.detected, found.false
    (1, 0, 1, 0)
    """
    o, f = (np.asarray(v, dtype=np.float64).reshape(-1) for v in (observed, forecast))
    if o.size != f.size:
        raise ParameterError("observed and forecast days differ; lay both on the same axis of days.")
    runs, said = episodes(o, least), episodes(f, least)
    first = runs[:, 0]
    known = (first > 0) & ~np.isnan(o[np.maximum(first - 1, 0)])
    pairs = match_onsets(first, said[:, 0], tolerance)
    hit = np.zeros(len(runs), bool)
    hit[pairs[:, 0]] = True
    matched = np.zeros(len(said), bool)
    matched[pairs[:, 1]] = True
    seen = _whole(np.isnan(o), said, tolerance)
    near = _any_in(o > 0, said[:, 0] - tolerance, said[:, 1] + tolerance)
    onset_seen = _whole(np.isnan(o), said[:, [0, 0]], tolerance)
    error = (said[pairs[:, 1], 0] - first[pairs[:, 0]])[known[pairs[:, 0]]]
    return EpisodeCounts(
        observed=len(runs),
        forecast=len(said),
        detected=int(_any_in(f > 0, runs[:, 0], runs[:, 1]).sum()),
        false=int((~near & seen).sum()),
        onsets=int(known.sum()),
        onset_hits=int((hit & known).sum()),
        onset_misses=int((~hit & known).sum()),
        onset_false=int((~matched & onset_seen).sum()),
        onset_in_time=int((error <= 0).sum()),
        onset_error_sum=int(error.sum()),
        onset_unknown=int((~known).sum()),
    )


def _any_in(
    mask: npt.NDArray[np.bool_], first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Whether any day of each span is True; spans are cut to the axis."""
    run = np.concatenate([[0], np.cumsum(mask)])
    low, high = np.clip(first, 0, mask.size), np.clip(last + 1, 0, mask.size)
    return np.asarray(run[high] > run[low])


def _whole(
    missing: npt.NDArray[np.bool_], spans: npt.NDArray[np.int64], tolerance: int
) -> npt.NDArray[np.bool_]:
    """Whether each span with its tolerance lies on the axis and lacks no day."""
    first, last = spans[:, 0] - tolerance, spans[:, 1] + tolerance
    return (first >= 0) & (last < missing.size) & ~_any_in(missing, first, last)
