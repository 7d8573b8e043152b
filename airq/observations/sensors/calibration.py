"""A calibration: what turns a sensor's readings into concentrations, how far these may be off, and where it came from.

It is kept as JSON with plain numbers (trees as arrays), never as pickled objects, with a digest over its content.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import FileRejected, MissingData, ParameterError
from airq.observations.sensors.linear import LinearModel
from airq.observations.sensors.models import Model, model_from_dict, published, published_model
from airq.observations.sensors.spread import Line, Spread
from airq.variables import POLLUTANTS, VARIABLES

__all__ = ["FORMAT", "OUTSIDE_BITS", "VERSION", "Calibrated", "Calibration", "from_published", "load"]

Floats = npt.NDArray[np.float64]

FORMAT: Final = "airq.sensor-calibration"
VERSION: Final = 1
OUTSIDE_BITS: Final = {"value": 1, "relative_humidity": 2, "temperature": 4, "covariate": 8}
"""Bits of the extrapolation flag: which predictor lies outside the range of the training data."""

_LARGEST: Final = 200_000_000  # bytes of a file


@dataclass(frozen=True)
class Calibrated:
    """Calibrated values of sensors, float arrays of shape (sensor, time).

    Attributes
    ----------
    value : float array
        NaN where a predictor is missing or the value is withheld.
    standard : float array
        Standard uncertainty, k = 1.
    lower, upper : float arrays
        Interval of the coverage asked for.
    outside : uint8 array
        :data:`OUTSIDE_BITS`; 0 inside the range of the training data.
    """

    value: Floats
    standard: Floats
    lower: Floats
    upper: Floats
    outside: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Calibration:
    """A fitted calibration.

    Attributes
    ----------
    pollutant, units : str
        Canonical.
    name : str
        Name of the model.
    model : LinearModel or ForestModel
    ranges : dict of str to (float, float)
        Lowest and highest value of each predictor in training.
    own : Spread or None
        Of sensors that were paired; None for a published equation.
    new : Spread or None
        Of other sensors of the same type; None if a single sensor was paired.
    lines : dict of str to Line
        Zero and gain of each paired sensor against the model; empty where they do not help on held-out hours.
    sensor_type : str
        As the user names it.
    training : dict
        ``first last hours sensors references averaging completeness sources digest``.
    scores : list of dict
        Rows of :class:`airq.observations.sensors.validation.Comparison`.
    coverage : dict of str to float
        Share of held-out hours inside the 80 % interval: ``own`` on blocks of time, ``new`` on whole sensors and
        blocks; NaN where it could not be tested.
    notes : tuple of str
    fallback : Calibration or None
        Linear calibration for hours on which trees would extrapolate.
    """

    pollutant: str
    units: str
    name: str
    model: Model = field(repr=False)
    ranges: dict[str, tuple[float, float]] = field(repr=False)
    own: Spread | None = field(repr=False)
    new: Spread | None = field(repr=False)
    lines: dict[str, Line] = field(repr=False)
    sensor_type: str = ""
    training: dict[str, Any] = field(default_factory=dict, repr=False)
    scores: list[dict[str, Any]] = field(default_factory=list, repr=False)
    coverage: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    fallback: Calibration | None = field(default=None, repr=False)

    @property
    def variables(self) -> tuple[str, ...]:
        """Variables that a Dataset must hold, the pollutant first."""
        names = tuple(n for n in self.model.variables if n != "value")
        return (self.pollutant, *names)

    @property
    def sensors(self) -> tuple[str, ...]:
        """Codes of the paired sensors."""
        return tuple(self.training.get("sensors", ()))

    @property
    def digest(self) -> str:
        """SHA-256 of the content."""
        text = json.dumps(self._content(), sort_keys=True, ensure_ascii=False, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_frame(self) -> pd.DataFrame:
        """Scores on held-out hours."""
        return pd.DataFrame(self.scores)

    def _repr_html_(self) -> str:
        period = f"{self.training.get('first', '?')} – {self.training.get('last', '?')}"
        return f"<p>{self.pollutant}, {self.name}, {period}, {len(self.sensors)} sensors</p>{self.to_frame().round(3).to_html(index=False)}"

    def outside(self, x: Mapping[str, npt.ArrayLike]) -> npt.NDArray[np.uint8]:
        """Which predictors lie outside the range of the training data; bits of :data:`OUTSIDE_BITS`."""
        out = np.zeros(np.shape(x["value"]), np.uint8)
        for name in self.model.variables:
            low, high = self.ranges.get(name, (-np.inf, np.inf))
            column = np.asarray(x[name], np.float64)
            bit = np.uint8(OUTSIDE_BITS.get(name, OUTSIDE_BITS["covariate"]))
            out |= np.where((column < low) | (column > high), bit, np.uint8(0)).astype(np.uint8)
        return out

    def calibrated(
        self,
        x: Mapping[str, Floats],
        sensors: Sequence[str],
        *,
        coverage: float = 0.8,
        outside: str = "linear",
        between: tuple[float, float] | None = None,
    ) -> Calibrated:
        """Calibrate arrays.

        Parameters
        ----------
        x : mapping of str to array, shape (sensor, time)
            ``value`` and the further predictors of the model.
        sensors : sequence of str
            Codes, one a row.
        coverage : float
            Of ``lower`` and ``upper``.
        outside : {"linear", "withhold"}
            Outside the range of the training data: the linear model (trees cannot go there), or nothing.
        between : (float, float), optional
            Standard deviation of zero and gain between sensors, where a single sensor was paired.

        Returns
        -------
        Calibrated

        Raises
        ------
        MissingData
            A sensor that was not paired, while the spread between sensors is not known.
        """
        if outside not in ("linear", "withhold"):
            raise ParameterError(f"outside '{outside}' is not known; use linear or withhold.")
        value, bits = self.model.predict(x), self.outside(x)
        standard, lower, upper = (np.full(value.shape, np.nan) for _ in range(3))
        flagged = bits > 0
        extra: Floats | float = 0.0
        if isinstance(self.model, LinearModel) and self.model.covariance and flagged.any():
            extra = np.zeros(value.shape)
            extra[flagged] = self.model.variance({k: np.asarray(v)[flagged] for k, v in x.items()})
        for i, code in enumerate(sensors):
            line = self.lines.get(str(code))
            if line is not None and self.own is not None:
                value[i] += line.at(value[i], self.own.centre)
            spread = self._spread_of(str(code), between)
            if spread is not None:
                more = extra[i] if isinstance(extra, np.ndarray) else 0.0
                standard[i] = spread.standard(value[i], more)
                lower[i], upper[i] = spread.interval(value[i], coverage, more)
        out = Calibrated(value, standard, lower, upper, bits)
        return self._beyond(out, x, sensors, coverage, outside, between) if flagged.any() else out

    def _beyond(
        self,
        inside: Calibrated,
        x: Mapping[str, Floats],
        sensors: Sequence[str],
        coverage: float,
        outside: str,
        between: tuple[float, float] | None,
    ) -> Calibrated:
        """Hours outside the training range: withheld, or from the linear fallback of trees."""
        at = inside.outside > 0
        arrays = {k: getattr(inside, k) for k in ("value", "standard", "lower", "upper")}
        if outside == "withhold":
            return Calibrated(
                **{k: np.where(at, np.nan, v) for k, v in arrays.items()}, outside=inside.outside
            )
        if self.fallback is None:
            return inside
        hours = at.any(axis=0)  # few hours leave the range, so the second model sees only these
        part = {k: np.asarray(v)[:, hours] for k, v in x.items()}
        other = self.fallback.calibrated(part, sensors, coverage=coverage, between=between)
        for key, array in arrays.items():
            array[:, hours] = np.where(at[:, hours], getattr(other, key), array[:, hours])
        return Calibrated(**arrays, outside=inside.outside)

    def _spread_of(self, code: str, between: tuple[float, float] | None) -> Spread | None:
        if self.own is None or code in self.sensors:
            return self.own
        if self.new is not None and between is None:
            return self.new
        if between is None:
            raise MissingData(
                f"sensor '{code}' was not paired, and with one paired sensor the spread between sensors is not known; pair a second sensor, or give between=(zero, gain)."
            )
        base = self.new or self.own
        return Spread(base.base, base.slope, base.centre, float(between[0]), float(between[1]), 1_000, base.lower, base.upper)  # fmt: skip

    # ---- JSON ----

    def _content(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "pollutant": self.pollutant,
            "units": self.units,
            "name": self.name,
            "sensor_type": self.sensor_type,
            "model": self.model.to_dict(),
            "ranges": {k: list(v) for k, v in self.ranges.items()},
            "own": self.own.to_dict() if self.own else None,
            "new": self.new.to_dict() if self.new else None,
            "lines": {
                k: {"offset": v.offset, "gain": v.gain, "hours": v.hours} for k, v in self.lines.items()
            },
            "training": self.training,
            "scores": [_finite(row) for row in self.scores],
            "coverage": _finite(self.coverage),
            "notes": list(self.notes),
            "fallback": self.fallback.to_dict() if self.fallback else None,
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with ``digest``."""
        return {**self._content(), "digest": self.digest}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any], where: str = "the calibration") -> Calibration:
        """Calibration of :meth:`to_dict`.

        Raises
        ------
        FileRejected
            Another format or version, a missing entry, a digest that does not fit, or a damaged model.
        """
        if value.get("format") != FORMAT:
            raise FileRejected(
                f"{where}: is no calibration of sensors; give a file of 'airq sensors calibrate'."
            )
        if value.get("version") != VERSION:
            raise FileRejected(
                f"{where}: has version {value.get('version')}, this airq reads version {VERSION}; calibrate again."
            )
        try:
            out = cls._of(value, where)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FileRejected(f"{where}: entry {error} is missing or damaged; calibrate again.") from error
        if out.digest != value.get("digest"):
            raise FileRejected(f"{where}: its content was changed after it was saved; calibrate again.")
        return out

    @classmethod
    def _of(cls, value: Mapping[str, Any], where: str) -> Calibration:
        pollutant = str(value["pollutant"])
        if pollutant not in POLLUTANTS or value["units"] != VARIABLES[pollutant].units:
            raise FileRejected(
                f"{where}: is for '{pollutant}' in '{value['units']}', which airq does not know; calibrate again."
            )
        return cls(
            pollutant=pollutant,
            units=str(value["units"]),
            name=str(value["name"]),
            model=model_from_dict(value["model"]),
            ranges={str(k): (float(v[0]), float(v[1])) for k, v in value["ranges"].items()},
            own=Spread.from_dict(value["own"]) if value["own"] else None,
            new=Spread.from_dict(value["new"]) if value["new"] else None,
            lines={
                k: Line(float(v["offset"]), float(v["gain"]), int(v["hours"]))
                for k, v in value["lines"].items()
            },
            sensor_type=str(value["sensor_type"]),
            training=dict(value["training"]),
            scores=[dict(row) for row in value["scores"]],
            coverage={k: float("nan") if v is None else float(v) for k, v in value["coverage"].items()},
            notes=tuple(str(n) for n in value["notes"]),
            fallback=cls.from_dict(value["fallback"], where) if value["fallback"] else None,
        )

    def save(self, path: str | Path) -> Path:
        """Write JSON, aside first so that a kill leaves no half file.

        Returns
        -------
        pathlib.Path
        """
        target = Path(path)
        aside = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            aside.write_text(
                json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
            )
            aside.replace(target)
        except OSError as error:
            aside.unlink(missing_ok=True)
            raise FileRejected(
                f"{target}: cannot be written ({error.strerror}); choose another file."
            ) from error
        return target


def _finite(row: Mapping[str, Any]) -> dict[str, Any]:
    """NaN and infinity as null, which JSON knows."""
    return {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in row.items()}


def load(path: str | Path) -> Calibration:
    """Read a calibration.

    Raises
    ------
    FileRejected
        Missing, no JSON, of another version, or changed after it was saved.

    Examples
    --------
    >>> load("nowhere.json")
    Traceback (most recent call last):
    airq.errors.FileRejected: nowhere.json: cannot be read (No such file or directory); check the path.
    """
    file = Path(path)
    try:
        if file.stat().st_size > _LARGEST:
            raise FileRejected(f"{file}: is larger than any calibration; check the path.")
        value = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileRejected(f"{file}: cannot be read ({error.strerror}); check the path.") from error
    except (ValueError, RecursionError) as error:
        raise FileRejected(
            f"{file}: is no JSON text ({str(error)[:80]}); give a file of 'airq sensors calibrate'."
        ) from error
    if not isinstance(value, dict):
        raise FileRejected(f"{file}: is no calibration of sensors; give a file of 'airq sensors calibrate'.")
    return Calibration.from_dict(value, str(file))


def from_published(name: str) -> Calibration:
    """A published equation as a calibration, with no uncertainty because nothing was paired.

    Parameters
    ----------
    name : str
        Such as ``epa-us-2021``.

    Returns
    -------
    Calibration

    Examples
    --------
    >>> cal = from_published("epa-us-2021")
    >>> x = {"value": np.array([[20.0, 900.0]]), "relative_humidity": np.array([[50.0, 50.0]])}
    >>> got = cal.calibrated(x, ["S1"])
    >>> got.value.round(2).tolist(), got.outside.tolist()
    ([[11.92, 473.04]], [[0, 1]])
    """
    row = published(name)
    text = f"published equation, fitted elsewhere to {row['sensor_type']}: {row['source']} {row['mark']}; its uncertainty here is not known"
    return Calibration(
        pollutant=row["pollutant"],
        units=VARIABLES[row["pollutant"]].units,
        name=name,
        model=published_model(name),
        ranges={"value": (0.0, float(row["highest_reading"])), "relative_humidity": (0.0, 100.0)},
        own=None,
        new=None,
        lines={},
        sensor_type=row["sensor_type"],
        training={"sources": [row["source"]], "sensors": []},
        notes=(text,),
    )
