"""Wind at the stations, as components or as speed and direction, and where to take it from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from airq import dataset
from airq.errors import ParameterError
from airq.observations.quality.network import near
from airq.observations.quality.runs import Array

__all__ = ["Wind", "WindInput", "wind_at"]

WindInput: TypeAlias = Mapping[str, npt.ArrayLike]
"""Arrays (station, time): ``u`` and ``v``, or ``speed`` and ``direction`` (also ``wind_speed``, ``wind_direction``)."""

_NAMES = (("u", "v"), ("speed", "direction"), ("wind_speed", "wind_direction"))


@dataclass(frozen=True)
class Wind:
    """Wind whose speed and origin are asked cell by cell.

    Attributes
    ----------
    first, second : float arrays, shape (station, time)
        Components towards east and north, or speed and the direction from which it blows.
    components : bool
    """

    first: npt.NDArray[np.floating]
    second: npt.NDArray[np.floating]
    components: bool

    @classmethod
    def of(cls, given: WindInput, shape: tuple[int, int]) -> Wind:
        """Check what is given.

        Parameters
        ----------
        given : mapping
            See :data:`WindInput`; m/s, degrees clockwise from north from which the wind blows; NaN where unknown.
        shape : (int, int)
            Stations and hours of the readings.

        Raises
        ------
        ParameterError
            Neither pair is there, or a shape differs.

        Examples
        --------
        >>> wind = Wind.of({"u": np.array([[0.0]]), "v": np.array([[-5.0]])}, (1, 1))
        >>> [a.tolist() for a in wind.at(np.array([0]), np.array([0]))]
        [[5.0], [0.0]]
        """
        for names in _NAMES:
            if all(n in given for n in names):
                arrays = [np.asarray(given[n]) for n in names]
                for name, array in zip(names, arrays, strict=True):
                    if array.shape != shape:
                        raise ParameterError(
                            f"wind '{name}' has the shape {array.shape}, the readings {shape}; give one value a station and hour."
                        )
                return cls(arrays[0], arrays[1], names[0] == "u")
        raise ParameterError("the wind names neither 'u' and 'v' nor 'speed' and 'direction'; give one pair.")

    def at(
        self, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Speed in m/s and direction from which it blows in degrees, at given cells; NaN where unknown."""
        a = np.asarray(self.first[rows, columns], dtype=np.float64)
        b = np.asarray(self.second[rows, columns], dtype=np.float64)
        if not self.components:
            return a, b
        return np.hypot(a, b), np.degrees(np.arctan2(-a, -b)) % 360


def wind_at(
    weather: xr.Dataset,
    lat: npt.ArrayLike,
    lon: npt.ArrayLike,
    time: npt.ArrayLike,
    within_km: float = 50.0,
) -> dict[str, Array]:
    """Wind of the nearest weather station, for the argument ``wind`` of :func:`airq.observations.quality.flag`.

    Parameters
    ----------
    weather : xarray.Dataset
        Canonical, with ``wind_speed``, ``wind_direction`` and the coordinates ``lat`` and ``lon``.
    lat, lon : arrays, shape (station,)
        Positions of the air-quality stations, degrees.
    time : array of datetime64, shape (time,)
        Ends of hours.
    within_km : float
        A station farther away says nothing.

    Returns
    -------
    dict
        ``speed`` (m/s) and ``direction`` (degrees), each float32 ``(station, time)``; NaN where there is none.

    Raises
    ------
    MissingData, ParameterError
        A variable or its unit is missing.
    """
    dataset.require(weather, "wind_speed", "wind_direction")
    lat, lon = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    count = len(lat)
    there_lat = np.concatenate([lat, np.asarray(weather["lat"].values, dtype=np.float64)])
    there_lon = np.concatenate([lon, np.asarray(weather["lon"].values, dtype=np.float64)])
    found = near(there_lat, there_lon, within_km)
    others = np.where(found.rows[:count] >= count, found.rows[:count] - count, -1)
    hours = weather.reindex(time=np.asarray(time, dtype="datetime64[ns]"))
    given = [np.asarray(hours[f"wind_{n}"].values, dtype=np.float32) for n in ("speed", "direction")]
    complete = np.isfinite(given[0]) & np.isfinite(given[1])
    out = [np.full((count, complete.shape[1]), np.nan, np.float32) for _ in given]
    for i in range(count):
        for j in others[i][others[i] >= 0]:  # nearest first; a farther one fills what the nearer lacks
            gap = np.isnan(out[0][i]) & complete[j]
            for block, values in zip(out, given, strict=True):
                block[i, gap] = values[j, gap]
    return {"speed": out[0], "direction": out[1]}
