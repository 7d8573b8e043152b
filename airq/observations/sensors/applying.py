"""A calibration applied to readings: a canonical Dataset of the network ``micro`` with its uncertainty.

Examples
--------
>>> import numpy as np, pandas as pd
>>> from airq.dataset import build
>>> from airq.observations.sensors.calibration import from_published
>>> time = pd.date_range("2026-01-01 01:00", periods=2, freq="h")
>>> ds = build(pd.DataFrame({"station": ["S1"]}), time, {"pm25": [[20, 900]], "relative_humidity": [[50, 50]]})
>>> out = apply(ds, from_published("epa-us-2021"))
>>> out["pm25"].values.round(2).tolist(), out["pm25_extrapolated"].values.tolist(), out["network"].values.tolist()
([[11.920000076293945, 473.0400085449219]], [[0, 1]], ['micro'])
"""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import dataset
from airq.errors import MissingData, ParameterError
from airq.observations.sensors import hours
from airq.observations.sensors.calibration import OUTSIDE_BITS, Calibrated, Calibration
from airq.observations.sensors.pairing import MICRO, sensors_of, weather_of
from airq.observations.sensors.pairing import WEATHER as PAIRED_WEATHER
from airq.variables import FLAGS, STATION_COORDINATES, VARIABLES
from airq.variables import WEATHER as ALL_WEATHER

__all__ = ["add_calibrated", "apply"]

KEPT_FLAGS: Final = ("stuck", "spike", "conflict", "sentinel", "imputed", "jump", "repeated", "zero", "drift")
"""Flags of a reading that hold for its calibrated value too; the others judge the size of a concentration."""

_CHUNK: Final = 64  # sensors at once: a year of them needs some 100 MB


def apply(
    ds: xr.Dataset,
    calibration: Calibration,
    *,
    weather: xr.Dataset | None = None,
    coverage: float = 0.8,
    outside: str = "linear",
    between: tuple[float, float] | None = None,
    sensor_type: str = "",
) -> xr.Dataset:
    """Calibrate the sensors of a Dataset.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical, hourly or shorter; of a mixed Dataset only the network ``micro`` is taken.
    calibration : Calibration
    weather : xarray.Dataset, optional
        Source of humidity and temperature as in :func:`airq.observations.sensors.pair`; use the same kind of source
        as in training.
    coverage : {0.5, 0.8, 0.9, 0.95}
        Of ``<p>_lower`` and ``<p>_upper``.
    outside : {"linear", "withhold"}
        Hours outside the range of the training data: the linear model, flagged, or nothing.
    between : (float, float), optional
        Standard deviation of zero (unit of the pollutant) and gain (share) between sensors, if one sensor was paired.
    sensor_type : str
        Refused if the calibration states another.

    Returns
    -------
    xarray.Dataset
        Canonical; beside ``<p>`` and ``<p>_flag`` the variables ``<p>_raw`` (the reading), ``<p>_uncertainty``
        (standard uncertainty, k = 1), ``<p>_lower``, ``<p>_upper`` and ``<p>_extrapolated`` (bits of
        :data:`airq.observations.sensors.calibration.OUTSIDE_BITS`). Other pollutants are left out, because they are
        not calibrated; weather stays. Attributes name the model, its training and digest.

    Raises
    ------
    MissingData
        A variable of the model is absent, or an unpaired sensor meets a calibration from a single one.
    ParameterError
        Other type of sensor, other unit, unknown coverage.
    """
    name = calibration.pollutant
    if sensor_type and calibration.sensor_type and sensor_type != calibration.sensor_type:
        raise ParameterError(
            f"the calibration is for sensors '{calibration.sensor_type}', not '{sensor_type}'; pair sensors of that type."
        )
    cells = sensors_of(ds)
    _require(cells, calibration, weather)
    wanted = tuple(dict.fromkeys((*calibration.variables, *PAIRED_WEATHER)))
    low = hours.on_hours(cells, wanted)
    met = weather_of(low, weather, tuple(w for w in wanted if w in PAIRED_WEATHER))
    shape = (low.sizes["station"], low.sizes["time"])
    made = {k: np.full(shape, np.nan, np.float32) for k in ("value", "standard", "lower", "upper")}
    bits = np.zeros(shape, np.uint8)
    codes = [str(c) for c in low["station"].values]
    for first in range(0, shape[0], _CHUNK):
        part = slice(first, first + _CHUNK)
        x = {
            "value" if n == name else n: np.asarray((met[n] if n in met else low[n]).values[part], np.float64)
            for n in calibration.variables
        }
        got: Calibrated = calibration.calibrated(
            x, codes[part], coverage=coverage, outside=outside, between=between
        )
        for key in made:
            made[key][part] = getattr(got, key)
        bits[part] = np.where(np.isfinite(x["value"]), got.outside, np.uint8(0))
    return _dataset(cells, low, calibration, made, bits, coverage, met)


def _require(cells: xr.Dataset, calibration: Calibration, weather: xr.Dataset | None) -> None:
    dataset.require(cells, calibration.pollutant)
    for name in calibration.variables[1:]:
        source = weather if weather is not None and name in PAIRED_WEATHER else cells
        if name not in source:
            raise MissingData(
                f"the calibration '{calibration.name}' of {calibration.pollutant} needs {name}, which the sensors do not hold; give it with weather= or calibrate with the model 'scale'."
            )
        stated = source[name].attrs.get("units")
        if name in VARIABLES and stated not in (None, VARIABLES[name].units):
            raise ParameterError(
                f"variable '{name}' states the unit {stated!r}, the calibration expects '{VARIABLES[name].units}'; convert it with airq.units."
            )


def _kept_flags(cells: xr.Dataset, low: xr.Dataset, name: str) -> npt.NDArray[np.uint16]:
    """Flags of the readings that go on; of shorter readings none, as an hour mixes several."""
    shape = (low.sizes["station"], low.sizes["time"])
    if f"{name}_flag" not in cells or cells.sizes["time"] != low.sizes["time"]:
        return np.zeros(shape, np.uint16)
    flags = cells[f"{name}_flag"].transpose("station", "time").sortby("time").values
    return np.asarray(np.nan_to_num(flags), np.uint16) & np.uint16(
        sum(FLAGS[f] for f in KEPT_FLAGS if f in FLAGS)
    )


def _dataset(
    cells: xr.Dataset,
    low: xr.Dataset,
    calibration: Calibration,
    made: dict[str, npt.NDArray[np.float32]],
    bits: npt.NDArray[np.uint8],
    coverage: float,
    met: dict[str, xr.DataArray],
) -> xr.Dataset:
    name = calibration.pollutant
    columns = {c: cells[c].values for c in STATION_COORDINATES if c in cells.coords}
    stations = pd.DataFrame({"station": cells["station"].values, **columns}).assign(network=MICRO)
    values: dict[str, Any] = {name: made["value"]}
    values |= {n: a.values for n, a in met.items()}
    values |= {n: low[n].values for n in low.data_vars if n in ALL_WEATHER and n not in values}
    attrs = {**cells.attrs, **_attributes(calibration, made["value"], bits)}
    out = dataset.build(stations, low["time"].values, values, {name: _kept_flags(cells, low, name)}, attrs)
    units, symbol = VARIABLES[name].units, VARIABLES[name].en
    dims = ("station", "time")
    share = f"{100 * coverage:g} %"
    extras: dict[str, tuple[npt.NDArray[Any], dict[str, Any]]] = {
        "raw": (low[name].values.astype(np.float32), {"units": units, "long_name": f"{symbol}, reading before calibration"}),
        "uncertainty": (made["standard"], {"units": units, "long_name": f"standard uncertainty of {symbol}, k = 1", "coverage_factor": 1}),
        "lower": (made["lower"], {"units": units, "long_name": f"lower bound of {symbol}, {share} interval", "coverage": coverage}),
        "upper": (made["upper"], {"units": units, "long_name": f"upper bound of {symbol}, {share} interval", "coverage": coverage}),
        "extrapolated": (bits, {"long_name": f"predictors of {symbol} outside the range of the training data", "flag_masks": np.array(list(OUTSIDE_BITS.values()), np.uint8), "flag_meanings": " ".join(OUTSIDE_BITS)}),
    }  # fmt: skip
    for suffix, (array, about) in extras.items():
        out[f"{name}_{suffix}"] = (dims, array, about)
    out[name].attrs["ancillary_variables"] = " ".join(f"{name}_{s}" for s in ("flag", *extras))
    out[name].attrs["comment"] = "calibrated readings of low-cost sensors; no official value"
    return out


def _attributes(
    calibration: Calibration, value: npt.NDArray[np.float32], bits: npt.NDArray[np.uint8]
) -> dict[str, Any]:
    training = calibration.training
    return {
        "calibration_model": calibration.name,
        "calibration_pollutant": calibration.pollutant,
        "calibration_digest": calibration.digest,
        "calibration_period": f"{training.get('first', '')} to {training.get('last', '')}".strip(" to"),
        "calibration_sensors": " ".join(calibration.sensors),
        "calibration_references": " ".join(training.get("references", [])),
        "calibration_training_digest": str(training.get("digest", "")),
        "calibration_coverage": json.dumps(
            {k: None if v != v else round(v, 3) for k, v in calibration.coverage.items()}
        ),
        "calibration_notes": "\n".join(calibration.notes),
        "calibration_hours": int(np.isfinite(value).sum()),
        "calibration_hours_extrapolated": int((bits > 0).sum()),
    }


def add_calibrated(pairs: pd.DataFrame, calibration: Calibration, coverage: float = 0.8) -> pd.DataFrame:
    """Calibrated values beside the pairs, for a look at targets or drift.

    Parameters
    ----------
    pairs : DataFrame
        From :func:`airq.observations.sensors.pair` or :func:`airq.observations.sensors.neighbourhood`.
    calibration : Calibration
    coverage : float

    Returns
    -------
    DataFrame
        A copy with ``calibrated uncertainty lower upper extrapolated``. On the pairs that trained the calibration
        these agree too well; held-out scores are in ``calibration.scores``.

    Raises
    ------
    MissingData
        A predictor of the model is no column.
    """
    names = ("value", *calibration.variables[1:])
    for name in names:
        if name not in pairs:
            raise MissingData(
                f"the calibration '{calibration.name}' needs {name}, which the pairs do not hold."
            )
    out = pairs.copy()
    columns = {"calibrated": "value", "uncertainty": "standard", "lower": "lower", "upper": "upper"}
    made = {c: np.full(len(pairs), np.nan) for c in columns}
    bits = np.zeros(len(pairs), np.uint8)
    for sensor, rows in pairs.groupby("sensor", sort=False, observed=True).indices.items():
        x = {n: pairs[n].to_numpy(np.float64)[rows][None, :] for n in names}
        got = calibration.calibrated(x, [str(sensor)], coverage=coverage)
        for column, key in columns.items():
            made[column][rows] = getattr(got, key)[0]
        bits[rows] = got.outside[0]
    out = out.assign(**made, extrapolated=bits)
    out.attrs = dict(pairs.attrs)
    return out
