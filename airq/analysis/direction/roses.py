"""Wind rose and pollution rose: how often the wind comes from each sector, by speed or by concentration.

A direction recorded to 10° (or as one of sixteen winds) stands for a span of that width. Its hour is shared among the
sectors by overlap, so that no sector is fuller only because it holds more of the recorded directions; openair corrects
the same bias by a factor.

Examples
--------
>>> frame = pd.DataFrame({"wind_speed": [0.0, 2.0, 3.0, 5.0], "wind_direction": [0, 360, 90, 90]})
>>> rose = wind_rose(frame, sectors=4)
>>> rose.calm_share, rose.table.groupby("sector")["share"].sum().loc[[90.0, 360.0]].tolist()
(0.25, [0.5, 0.25])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.direction.winds import Winds, winds
from airq.errors import ParameterError
from airq.texts import items

__all__ = ["Rose", "pollution_rose", "sector_shares", "wind_rose"]

Array = npt.NDArray[np.float64]

SPEED_BREAKS: Final = (2.0, 4.0, 6.0)
"""m s-1, between the classes of a wind rose; the last is open."""


@dataclass(frozen=True, eq=False)
class Rose:
    """Shares by sector and class.

    Attributes
    ----------
    kind : {"wind", "pollution"}
    variable : str
        What is classed: the wind speed or a pollutant.
    sectors : int
    breaks : tuple of float
        Ends of the classes, the first 0 or lower, the last infinite.
    table : pandas.DataFrame
        ``sector`` (middle, degrees), ``class`` (number from 0), ``low``, ``high``, ``hours`` (shared by overlap),
        ``share`` (of all hours, calms included).
    by_sector : pandas.DataFrame
        ``sector``, ``hours``, ``share``, ``mean`` of the variable, ``contribution`` to its overall sum.
    hours : int
    calm_hours : int
    calm_share, calm_mean : float
        Of all hours; mean of the variable in calms, NaN without any.
    vector_speed, vector_direction : float
        Mean wind vector, m s-1 and degrees.
    mean_speed : float
    masked : dict of str to int
    notes : tuple of str
    """

    kind: Literal["wind", "pollution"]
    variable: str
    sectors: int
    breaks: tuple[float, ...]
    table: pd.DataFrame
    by_sector: pd.DataFrame
    hours: int
    calm_hours: int
    calm_share: float
    calm_mean: float
    vector_speed: float
    vector_direction: float
    mean_speed: float
    masked: dict[str, int]
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return (
            f"<p><b>{escape(self.variable)}</b>: {self.hours:,} h, calm {100 * self.calm_share:.1f} %, mean speed "
            f"{self.mean_speed:.2f} m/s</p><ul>{notes}</ul>"
        )


def sector_shares(direction: Array, step: float, sectors: int) -> Array:
    """Share of each hour in each sector.

    Parameters
    ----------
    direction : float64 array, shape (n,)
        Degrees in (0, 360].
    step : float
        Width of the span that a recorded direction stands for.
    sectors : int
        The first is centred on ``360 / sectors``, the last on north.

    Returns
    -------
    float64 array, shape (n, sectors)
        Rows sum to 1.

    Examples
    --------
    >>> sector_shares(np.array([350.0, 40.0]), 10.0, 8).round(2).tolist()[1][:2]
    [1.0, 0.0]
    >>> sector_shares(np.array([20.0]), 10.0, 8).round(2).tolist()[0][0]
    0.25
    """
    width = 360.0 / sectors
    known, number = np.unique(direction, return_inverse=True)
    middles = width * np.arange(1, sectors + 1)
    # Distance along the circle between a span's middle and a sector's; their overlap follows.
    apart = np.abs(np.mod(known[:, None] - middles + 180.0, 360.0) - 180.0)
    overlap = np.clip((step + width) / 2 - apart, 0.0, min(step, width))
    return np.asarray((overlap / overlap.sum(axis=1, keepdims=True))[number.ravel()])


def _checked(sectors: int, breaks: Sequence[float]) -> tuple[float, ...]:
    if isinstance(sectors, bool) or not isinstance(sectors, int | np.integer) or not 4 <= sectors <= 72:
        raise ParameterError(f"sectors {sectors} is no whole number from 4 to 72; 12 are usual.")
    given = [float(b) for b in breaks]
    if not given or sorted(set(given)) != given or not np.all(np.isfinite(given)):
        raise ParameterError(f"breaks {given} do not rise; give increasing numbers such as 2, 4, 6.")
    return (-np.inf, *given, np.inf)


def _rose(
    found: Winds,
    values: Array,
    what: tuple[Literal["wind", "pollution"], str],
    sectors: int,
    breaks: tuple[float, ...],
) -> Rose:
    moving = ~found.calm
    # Finer than 5° a direction is taken as it stands.
    step = found.step if found.step > 5 else 1e-9
    shares = sector_shares(found.direction[moving], step, sectors)
    number = np.searchsorted(breaks[1:-1], values[moving], side="left")
    total = len(found)
    middles = 360.0 / sectors * np.arange(1, sectors + 1)
    rows = []
    for c in range(len(breaks) - 1):
        hours = shares[number == c].sum(axis=0)
        rows.append(
            pd.DataFrame(
                {"sector": middles, "class": c, "low": breaks[c], "high": breaks[c + 1], "hours": hours, "share": hours / total}
            )
        )  # fmt: skip
    in_sector = shares.sum(axis=0)
    summed = values[moving] @ shares
    whole = float(values.sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        by_sector = pd.DataFrame(
            {
                "sector": middles,
                "hours": in_sector,
                "share": in_sector / total,
                "mean": summed / in_sector,
                "contribution": summed / whole if whole else np.full(sectors, np.nan),
            }
        )
    calm = int(found.calm.sum())
    angle = np.deg2rad(np.where(found.calm, 0.0, found.direction))
    speed = np.where(found.calm, 0.0, found.speed)
    east, north = float((speed * np.sin(angle)).mean()), float((speed * np.cos(angle)).mean())
    length = float(np.hypot(east, north))
    aim = float(np.mod(np.rad2deg(np.arctan2(east, north)), 360.0)) or 360.0
    return Rose(
        *what, sectors, breaks, pd.concat(rows, ignore_index=True), by_sector, total, calm, calm / total,
        float(values[found.calm].mean()) if calm else np.nan, length, aim if length > 1e-9 else np.nan,
        float(found.speed.mean()), found.masked, found.notes,
    )  # fmt: skip


def wind_rose(
    frame: pd.DataFrame,
    *,
    wind_speed: str = "wind_speed",
    wind_direction: str = "wind_direction",
    sectors: int = 12,
    breaks: Sequence[float] = SPEED_BREAKS,
    calm_below: float = 0.0,
) -> Rose:
    """How often the wind comes from each sector, by speed, with calms.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours of one site.
    wind_speed, wind_direction : str
        Columns.
    sectors : int
    breaks : sequence of float
        Upper ends of the classes of speed, the last class being open; m s-1.
    calm_below : float
        Speeds below are calm, m s-1; 0 itself always is.

    Returns
    -------
    Rose
        A mean of ``by_sector`` is the mean speed.

    Raises
    ------
    MissingData, ParameterError
    """
    found = winds(frame, [], wind_speed, wind_direction, calm_below)
    return _rose(found, found.speed, ("wind", wind_speed), sectors, _checked(sectors, breaks))


def pollution_rose(
    frame: pd.DataFrame,
    pollutant: str,
    *,
    wind_speed: str = "wind_speed",
    wind_direction: str = "wind_direction",
    sectors: int = 12,
    breaks: Sequence[float] | None = None,
    calm_below: float = 0.0,
) -> Rose:
    """How often the wind comes from each sector, by concentration.

    Parameters
    ----------
    frame, wind_speed, wind_direction, sectors, calm_below
        As for :func:`wind_rose`.
    pollutant : str
        Column.
    breaks : sequence of float, optional
        Upper ends of the classes; by default the 25th, 50th, 75th and 90th percentiles, rounded to two digits.

    Returns
    -------
    Rose

    Raises
    ------
    MissingData, ParameterError
    """
    found = winds(frame, [pollutant], wind_speed, wind_direction, calm_below)
    values = found.values[pollutant]
    given = breaks
    if given is None:
        cuts = np.percentile(values, [25, 50, 75, 90])
        given = sorted({float(f"{c:.2g}") for c in cuts})
    return _rose(found, values, ("pollution", pollutant), sectors, _checked(sectors, given))
