"""Windows of past days that lend their order to the paths: the templates of the Schaake shuffle.

Examples
--------
>>> days = pd.date_range("2017-01-01", "2018-12-31")
>>> frame = pd.DataFrame({"date": days, "site": "A", "pm25": np.arange(len(days), dtype=float)})
>>> past = past_values(frame, ["A"], ["pm25"], pd.Timestamp("2018-12-31"))
>>> order, notes = ranks(past, pd.Timestamp("2018-12-31"), np.array([1, 2]), 50, 30, np.random.default_rng(0))
>>> order.shape, bool((order[:, 0, 0, 0] == order[:, 0, 1, 0]).all())
((50, 1, 2, 1), True)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData, ParameterError

__all__ = ["Past", "past_values", "ranks"]

Array = npt.NDArray[np.float64]
Ranks = npt.NDArray[np.int64]

FEWEST = 20
"""Windows below which the order of the past says too little."""
_KNOWN = 0.8
"""Share of a window's values that must be known."""


@dataclass(frozen=True)
class Past:
    """Values of past days on a complete axis.

    Attributes
    ----------
    first : pandas.Timestamp
        First day.
    values : float64 array, shape (days, sites, pollutants)
    """

    first: pd.Timestamp
    values: Array


def past_values(
    history: pd.DataFrame | None,
    sites: Sequence[str],
    names: Sequence[str],
    issued: pd.Timestamp,
    days: int | None = None,
) -> Past:
    """Days of a daily frame up to the issue, later ones left out.

    Parameters
    ----------
    history : pandas.DataFrame or None
        Unsorted days and further sites and columns are fine; a column that is absent counts as missing.
    sites, names : sequence of str
    issued : pandas.Timestamp
    days : int, optional
        The last so many days; all by default.

    Returns
    -------
    Past

    Raises
    ------
    ParameterError, MissingData
        If the frame has no site or date, or a day stands twice.
    """
    last = pd.Timestamp(issued).normalize()
    if history is None:
        return Past(last, np.full((days or 1, len(sites), len(names)), np.nan))
    if not isinstance(history, pd.DataFrame) or not {"site", "date"} <= set(history.columns):
        raise MissingData("the history has no columns 'site' and 'date'; give a frame of daily_frame().")
    when = pd.DatetimeIndex(pd.to_datetime(history["date"])).normalize()
    site = pd.Index(list(sites)).get_indexer(history["site"].astype(str))
    used = (site >= 0) & np.asarray(when <= last)
    first = when[used].min() if used.any() else last
    if days:
        first = last - pd.Timedelta(days=days - 1)
    used &= np.asarray(when >= first)
    row = (when[used] - first).days.to_numpy()
    out = np.full(((last - first).days + 1, len(sites), len(names)), np.nan)
    cell = row * len(sites) + site[used]
    if len(np.unique(cell)) < len(cell):
        raise ParameterError("the history holds a site and day twice; keep one row each.")
    for k, name in enumerate(names):
        if name in history.columns:
            values = pd.to_numeric(history[name], errors="coerce").to_numpy(dtype=np.float64)
            out[row, site[used], k] = np.where(np.isinf(values), np.nan, values)[used]
    return Past(first, out)


def ranks(
    past: Past,
    issued: pd.Timestamp,
    offsets: npt.NDArray[np.int64],
    draws: int,
    window: int,
    rng: np.random.Generator,
) -> tuple[Ranks, list[str]]:
    """Rank of every draw at each site, day and pollutant.

    Parameters
    ----------
    past : Past
    issued : pandas.Timestamp
    offsets : int array, shape (dates,)
        Days after the issue.
    draws, window : int
    rng : numpy.random.Generator

    Returns
    -------
    ranks : int64 array, shape (draws, sites, dates, pollutants)
        A permutation of 0 ... draws - 1 along the first axis.
    notes : list of str
    """
    sites = past.values.shape[1]
    together = _template(past, issued, offsets, draws, window, rng, slice(None))
    if together is not None:
        template, note = together
        return _order(template, rng), [note]
    shape = (draws, sites, len(offsets), past.values.shape[2])
    template = np.full(shape, np.nan)
    alone = 0
    for site in range(sites if sites > 1 else 0):
        found = _template(past, issued, offsets, draws, window, rng, slice(site, site + 1))
        if found is not None:
            template[:, site : site + 1] = found[0]
            alone += 1
    if not np.isfinite(past.values).any():
        note = "no history of past days was given: the days and pollutants of a path are independent."
    elif alone:
        note = (
            f"the sites share too few past days: {alone} of {sites} sites are drawn each for itself, the others with "
            "independent days and pollutants."
        )
    else:
        note = "the history is too short for past windows: the days and pollutants of a path are independent."
    return _order(template, rng), [note]


def _template(
    past: Past,
    issued: pd.Timestamp,
    offsets: npt.NDArray[np.int64],
    draws: int,
    window: int,
    rng: np.random.Generator,
    sites: slice,
) -> tuple[Array, str] | None:
    """Values of past windows, shape (draws, sites, dates, pollutants), or None if there are too few."""
    values = past.values[:, sites]
    held = np.asarray(np.isfinite(values).any(axis=0))
    bases = np.arange(max(len(values) - int(offsets.max()), 0))
    if not len(bases) or not held.any():
        return None
    block = values[bases[:, None] + offsets[None, :]]
    share = np.isfinite(block)[:, :, held].mean(axis=(1, 2))
    present = np.asarray(held).any(axis=1)
    per_site = np.isfinite(block[:, :, present]).any(axis=(1, 3)).all(axis=1)
    good = (share >= _KNOWN) & per_site
    day = (past.first + pd.to_timedelta(bases, unit="D")).day_of_year.to_numpy()
    apart = np.abs(day - issued.day_of_year)
    near = good & (np.minimum(apart, 365 - apart) <= window)
    season = f"within {window} days of the time of the year"
    if near.sum() < FEWEST:
        near, season = good, "of any time of the year, because too few are of the same"
    count = int(near.sum())
    if count < FEWEST:
        return None
    chosen = np.flatnonzero(near)
    repeated = np.tile(chosen, draws // count)
    rest = rng.choice(chosen, draws - len(repeated), replace=False)
    picked = rng.permutation(np.concatenate([repeated, rest]))
    note = f"days, pollutants and sites hang together as in {count} past windows {season}."
    if not held.all():
        note += " What has no past at all is drawn independently."
    return np.moveaxis(block[picked], 1, 2), note


def _order(template: Array, rng: np.random.Generator) -> Ranks:
    """Ranks along the first axis; ties and missing values are put in by chance."""
    draws = template.shape[0]
    flat = template.reshape(draws, -1)
    chance = rng.random(flat.shape)
    missing = np.isnan(flat)
    if missing.any():
        # A missing value takes that of another window of the same cell, which is an independent draw.
        for column in np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0)):
            gaps = missing[:, column]
            flat[gaps, column] = rng.choice(flat[~gaps, column], int(gaps.sum()))
        flat = np.where(np.isnan(flat), 0.0, flat)
    order = np.lexsort((chance, flat), axis=0)
    out = np.empty(flat.shape, dtype=np.int64)
    np.put_along_axis(out, order, np.broadcast_to(np.arange(draws)[:, None], flat.shape), axis=0)
    return out.reshape(template.shape)
