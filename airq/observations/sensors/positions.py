"""Distances between sensors and stations."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from airq.observations.stations import geodesy

__all__ = ["distances_km", "positions"]


def positions(ds: xr.Dataset) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Latitudes and longitudes of the stations of a Dataset, degrees; NaN where unknown.

    Examples
    --------
    >>> positions(xr.Dataset(coords={"station": ["a"]}))[0].tolist()
    [nan]
    """
    n = ds.sizes["station"]
    both = [
        np.asarray(ds[c].values, np.float64) if c in ds.coords else np.full(n, np.nan) for c in ("lat", "lon")
    ]
    return both[0], both[1]


def distances_km(one: xr.Dataset, other: xr.Dataset) -> npt.NDArray[np.float64]:
    """Great-circle distances between the stations of two Datasets.

    Returns
    -------
    float array, shape (station of one, station of other)
        Kilometres; NaN where either has no position.

    Examples
    --------
    >>> at = lambda lat: xr.Dataset(coords={"station": ["a"], "lat": ("station", [lat]), "lon": ("station", [87.0])})
    >>> round(float(distances_km(at(44.0), at(45.0))[0, 0]), 1)
    111.2
    """
    (lat, lon), (lat2, lon2) = positions(one), positions(other)
    return geodesy.distance_km(lat[:, None], lon[:, None], lat2, lon2)
