"""Transport between neighbours: does air that left a neighbour arrive when the wind points this way?

For an ordered pair A → B an hour is *aligned* if A's wind blows towards B (within ``half_angle``) and would reach it
within ``longest`` hours; the lag is distance over wind speed. What is compared is the correlation of B's hour with A's
lagged hour, given B's own lagged hour and the network's, once in aligned hours and once in the others at the same lags.
Their difference is the index. A rise common to the whole basin raises both correlations alike and so cancels; only what
moves with the wind is left. Intervals draw whole weeks anew.

The index is evidence of exchange, not a share of the concentration: a share needs a transport model.

Examples
--------
>>> from airq.analysis.direction.networks import bearing
>>> round(float(bearing(44.0, 87.0, 44.0, 87.5)))
90
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.columns import (
    SAID,
    column,
    numbers,
    repeated,
    site_column,
    times_of,
    uncoded,
    zeros_note,
    zone_note,
)
from airq.analysis.direction.blocks import draw_weights, weeks_of
from airq.analysis.direction.networks import bearing, distance_km, pairs_of, position_of
from airq.analysis.direction.winds import winds
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["Transport", "transport_index"]

Array = npt.NDArray[np.float64]

_LEAST_HOURS: Final = 150
"""Aligned hours below which a pair is withheld."""
_LEAST_WEEKS: Final = 8
_SUMS: Final = 15
"""Sums of products of 1, a, b, own, common: what partial correlations follow from."""


@dataclass(frozen=True, eq=False)
class Transport:
    """Exchange of air between neighbours.

    Attributes
    ----------
    pollutant : str
    table : pandas.DataFrame
        A row a pair: ``source``, ``receptor``, ``distance`` km, ``bearing`` degrees, ``hours`` aligned, ``share`` of all
        hours with wind, ``lag`` (median, h), ``aligned`` and ``other`` (partial correlations), ``index`` (their
        difference after Fisher's z), ``lower``, ``upper``, ``elasticity`` (per cent at the receptor per per cent at the source, aligned
        hours), ``verdict`` (``transport``, ``none seen``, ``withheld``) and ``reason``.
    half_angle, longest, confidence : float
    notes : tuple of str
    """

    pollutant: str
    table: pd.DataFrame
    half_angle: float
    longest: float
    confidence: float
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return self.table.round(3).to_html(index=False) + f"<ul>{notes}</ul>"


def _anomalies(values: Array, hours: pd.DatetimeIndex) -> Array:
    """Logarithm less the month's mean and the month's mean daily cycle, scaled to unit spread."""
    # Zeros are below the resolution of the instrument, not the logarithm of nothing.
    positive = values[values > 0]
    floor = float(np.nanmin(positive)) / 2 if len(positive) else np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = pd.Series(np.log(np.where(values >= 0, np.maximum(values, floor), np.nan)))
    month = hours.year.to_numpy() * 12 + hours.month.to_numpy()
    off = logs - logs.groupby(month).transform("mean")
    return (off - off.groupby([month, hours.hour.to_numpy()]).transform("mean")).to_numpy(dtype=np.float64)


def _wide(
    frame: pd.DataFrame, sites: Sequence[str], pollutant: str, wind_speed: str, wind_direction: str
) -> tuple[pd.DatetimeIndex, dict[str, Array], dict[str, tuple[Array, Array]], list[str]]:
    """A full axis of hours with each site's anomalies and winds."""
    values, codes = uncoded(numbers(column(frame, pollutant, "the value"), "the value"), pollutant)
    name = site_column(frame)
    if name is None:
        raise MissingData("transport needs hours of several sites; give a column 'site'.")
    time = times_of(frame)
    if time is None or np.isnat(time).all():
        raise MissingData("transport needs the time of every hour; give a column 'time' or 'date'.")
    held = frame[name].astype("str")
    absent = [s for s in sites if not (held == s).any()]
    present = [s for s in sites if s not in absent]
    if len(present) < 2:
        raise MissingData(
            f"the frame holds {len(present)} of the sites {', '.join(sites)}; two are needed: name its sites in column '{name}'."
        )
    notes = [f"No data for {', '.join(absent)}; their pairs are left out."] if absent else []
    notes += [SAID["code"].format(n=f"{codes:,}")] if codes else []
    notes += zone_note(frame)
    seen = time[~np.isnat(time)].astype("datetime64[h]")
    axis = pd.date_range(seen.min(), seen.max(), freq="h")
    levels, wind = {}, {}
    for site in present:
        own = (held == site).to_numpy() & ~np.isnat(time)
        place = (time[own].astype("datetime64[h]") - axis.to_numpy().astype("datetime64[h]")[0]).astype(
            np.int64
        )
        level = np.full(len(axis), np.nan)
        first = ~repeated(time[own].astype("datetime64[h]"), values[own])
        level[place[first]] = values[own][first]
        notes += [f"{site}: {n}" for n in zeros_note(level, pollutant)]
        levels[site] = _anomalies(level, axis)
        part = frame.loc[own]
        try:
            found = winds(part, [], wind_speed, wind_direction)
        except MissingData:
            notes.append(f"No wind at {site}; it is no source here.")
            continue
        notes += [f"{site}: {n}" for n in found.notes if "repeat" in n]
        at = place[found.rows]
        speed, aim = np.full(len(axis), np.nan), np.full(len(axis), np.nan)
        speed[at], aim[at] = found.speed, found.direction
        wind[site] = (speed, aim)
    return axis, levels, wind, notes


def _cross_sums(columns: Sequence[Array]) -> Array:
    """Products of 1 and the columns, upper triangle, shape (hours, 15) for four columns."""
    full = [np.ones_like(columns[0]), *columns]
    return np.stack([full[i] * full[j] for i in range(len(full)) for j in range(i, len(full))], axis=1)


def _partial(sums: Array, ridge: float = 1e-9) -> tuple[Array, Array]:
    """Partial correlation of a and b given the rest, and the slope of b on a, from sums of shape (..., 15)."""
    size = 5
    matrix = np.zeros((*sums.shape[:-1], size, size))
    spot = 0
    for i in range(size):
        for j in range(i, size):
            matrix[..., i, j] = matrix[..., j, i] = sums[..., spot]
            spot += 1
    n = np.maximum(matrix[..., :1, :1], 1.0)
    mean = matrix[..., 0, 1:] / n[..., 0]
    cov = matrix[..., 1:, 1:] / n - mean[..., :, None] * mean[..., None, :]
    cov = cov + ridge * np.eye(size - 1)
    precision = np.linalg.inv(cov)
    r = -precision[..., 0, 1] / np.sqrt(precision[..., 0, 0] * precision[..., 1, 1])
    return r, -precision[..., 0, 1] / precision[..., 1, 1]


def transport_index(
    frame: pd.DataFrame,
    pollutant: str = "pm25",
    network: str | Sequence[tuple[str, str]] = "belt",
    *,
    positions: Mapping[str, Sequence[float]] | None = None,
    wind_speed: str = "wind_speed",
    wind_direction: str = "wind_direction",
    half_angle: float = 45.0,
    longest: float = 12.0,
    least_speed: float = 0.5,
    confidence: float = 0.95,
    draws: int = 400,
    seed: int = 0,
) -> Transport:
    """Neighbour-lag transport index of pairs.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours in long form: ``site``, ``time`` or ``date``, the pollutant and each site's own wind.
    pollutant : str
    network : str or sequence of (source, receptor)
        ``"belt"`` (五家渠–米东–甘泉堡–阜康), ``"corps"`` (乌–昌–石 and the Corps, both ways), or pairs of sites.
    positions : mapping of str to (lat, lon), optional
        For sites that ``params/counties.yaml`` does not know; they come first.
    wind_speed, wind_direction : str
    half_angle : float
        Degrees on either side of the bearing that count as aligned, 5 to 90.
    longest : float
        Longest travel, hours.
    least_speed : float
        Slower winds point nowhere, m s-1.
    confidence : float
        Of each pair's interval; with many pairs, some exclude 0 by chance.
    draws : int
    seed : int

    Returns
    -------
    Transport

    Raises
    ------
    MissingData
        Fewer than two sites, no times, less than eight weeks.
    ParameterError
    """
    if not 5 <= half_angle <= 90:
        raise ParameterError(f"half_angle {half_angle} is not from 5 to 90 degrees; 45 by default.")
    if not 1 <= longest <= 48:
        raise ParameterError(f"longest {longest} is not from 1 to 48 hours; 12 by default.")
    if not 0 < confidence < 1 or draws < 50:
        raise ParameterError("confidence must lie between 0 and 1, and draws be 50 or more.")
    pairs = pairs_of(network)
    sites = list(dict.fromkeys(s for pair in pairs for s in pair))
    axis, levels, wind, notes = _wide(frame, sites, pollutant, wind_speed, wind_direction)
    week = weeks_of(axis.to_numpy())
    if week.max() + 1 < _LEAST_WEEKS:
        raise MissingData(
            f"the index needs {_LEAST_WEEKS} weeks, the hours span {week.max() + 1}; give a longer period."
        )
    spots = {s: position_of(s, positions) for s in levels}
    times = draw_weights(int(week.max()) + 1, draws, seed)
    rows = [
        _pair(a, b, spots, levels, wind, week, times, half_angle, longest, least_speed, confidence)
        for a, b in pairs
        if a in levels and b in levels
    ]
    table = pd.DataFrame(rows)
    judged = int((table["verdict"] != "withheld").sum())
    if judged > 1:
        notes.append(
            f"{judged} pairs are judged at {100 * confidence:.0f} % each; about {judged * (1 - confidence) / 2:.1f} may "
            "show transport by chance."
        )
    return Transport(pollutant, table, half_angle, longest, confidence, tuple(notes))


def _pair(
    a: str,
    b: str,
    spots: Mapping[str, tuple[float, float]],
    levels: Mapping[str, Array],
    wind: Mapping[str, tuple[Array, Array]],
    week: npt.NDArray[np.int64],
    times: Array,
    half_angle: float,
    longest: float,
    least_speed: float,
    confidence: float,
) -> dict[str, object]:
    distance = float(distance_km(*spots[a], *spots[b]))
    towards = float(bearing(*spots[a], *spots[b]))
    row: dict[str, object] = {
        "source": a, "receptor": b, "distance": distance, "bearing": towards, "hours": 0, "share": np.nan,
        "lag": np.nan, "aligned": np.nan, "other": np.nan, "index": np.nan, "lower": np.nan, "upper": np.nan,
        "elasticity": np.nan, "verdict": "withheld", "reason": "",
    }  # fmt: skip
    if a not in wind:
        return row | {"reason": "no wind at the source"}
    for site, part in ((a, "source"), (b, "receptor")):
        held = levels[site][np.isfinite(levels[site])]
        if not len(held):
            return row | {"reason": f"no value at the {part}"}
        if float(np.ptp(held)) < 1e-9:
            return row | {"reason": f"the values at the {part} do not vary"}
    if distance < 1:
        return row | {"reason": "the sites are less than 1 km apart"}
    speed, aim = wind[a]
    with np.errstate(invalid="ignore", divide="ignore"):
        usable = (speed >= least_speed) & np.isfinite(aim)
        lag = np.rint(distance / (speed * 3.6))
    usable &= (lag <= longest) & (lag >= 0)
    start = np.flatnonzero(usable)
    delay = np.maximum(lag[start], 1).astype(
        np.int64
    )  # within the hour it left, air cannot be told from common change
    inside = start + delay < len(speed)
    start, delay = start[inside], delay[inside]
    arrive = start + delay
    common = _common(levels, a, b)
    series = [levels[a][start], levels[b][arrive], levels[b][start], common[arrive]]
    full = np.all(np.isfinite(series), axis=0)
    series = [s[full] for s in series]
    start, delay = start[full], delay[full]
    # A wind from the bearing's opposite blows along the bearing.
    off = np.abs(np.mod(aim[start] - (towards + 180.0) + 180.0, 360.0) - 180.0)
    aligned = off <= half_angle
    n = int(aligned.sum())
    row |= {"hours": n, "share": n / len(aligned) if len(aligned) else np.nan}
    if n < _LEAST_HOURS or len(aligned) - n < _LEAST_HOURS:
        return row | {"reason": f"fewer than {_LEAST_HOURS} hours with the wind along or across the line"}
    products = _cross_sums(series)
    weeks = times.shape[1]
    by_week = [
        np.stack([np.bincount(week[start[g]], products[g, c], minlength=weeks) for c in range(_SUMS)], axis=1)
        for g in (aligned, ~aligned)
    ]
    (r_a, slope), (r_o, _) = (_partial(s.sum(axis=0)) for s in by_week)
    (d_a, _), (d_o, _) = (_partial(np.tensordot(times, s, axes=1)) for s in by_week)
    tail = (1 - confidence) / 2
    low, high = np.quantile(np.arctanh(np.clip(d_a, -0.999, 0.999)) - np.arctanh(np.clip(d_o, -0.999, 0.999)), [tail, 1 - tail])  # fmt: skip
    index = float(np.arctanh(r_a) - np.arctanh(r_o))
    return row | {
        "lag": float(np.median(delay[aligned])),
        "aligned": float(r_a),
        "other": float(r_o),
        "index": index,
        "lower": float(low),
        "upper": float(high),
        "elasticity": float(slope),
        "verdict": "transport" if low > 0 else "none seen",
    }


def _common(levels: Mapping[str, Array], a: str, b: str) -> Array:
    """Mean anomaly of the sites of the network other than the pair; 0 where there is none."""
    rest = [v for s, v in levels.items() if s not in (a, b)]
    if not rest:
        return np.zeros(len(levels[a]))
    stack = np.stack(rest)
    n = np.isfinite(stack).sum(axis=0)
    return np.asarray(np.where(n > 0, np.nansum(stack, axis=0) / np.maximum(n, 1), 0.0))
