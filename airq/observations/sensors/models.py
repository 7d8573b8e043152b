"""The models a calibration can use, by name, from the simplest on.

Examples
--------
>>> [m.name for m in candidates("no2", ("value",))]
['scale', 'robust', 'tree']
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import resources
from typing import Any, Final, TypeAlias

import numpy.typing as npt

from airq.errors import FileRejected, ParameterError
from airq.observations.sensors import linear, tree
from airq.observations.sensors.linear import LinearModel
from airq.observations.sensors.tree import ForestModel

__all__ = ["NAMES", "PARTICLES", "Candidate", "Model", "candidates", "model_from_dict", "published"]

Model: TypeAlias = LinearModel | ForestModel
Fit: TypeAlias = Callable[[Mapping[str, npt.ArrayLike]], Model]

PARTICLES: Final = ("pm25", "pm10")
NAMES: Final = ("scale", "linear", "robust", "interaction", "growth", "tree")
"""Fitted models, the simplest first."""


@dataclass(frozen=True)
class Candidate:
    """A model by name and how it is fitted.

    Attributes
    ----------
    name : str
    fit : callable
        Takes predictors and ``reference``, arrays of one length.
    variables : tuple of str
        Predictors it needs, the reading first.
    """

    name: str
    fit: Fit
    variables: tuple[str, ...]


@lru_cache(maxsize=1)
def _published() -> dict[str, Any]:
    text = (
        resources.files("airq.observations.sensors")
        .joinpath("tables/published.toml")
        .read_text(encoding="utf-8")
    )
    return tomllib.loads(text)


def published(name: str | None = None) -> dict[str, Any]:
    """Published equations, all by name or one.

    Returns
    -------
    dict
        ``pollutant sensor_type source mark terms coefficients highest_reading``.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> published("epa-us-2021")["coefficients"]
    [5.75, 0.524, -0.0862]
    """
    table = _published()
    if name is None:
        return dict(table)
    if name not in table:
        raise ParameterError(f"published equation '{name}' is not known; use {', '.join(table)}.")
    return dict(table[name])


def published_model(name: str) -> LinearModel:
    """A published equation as a model.

    Examples
    --------
    >>> published_model("epa-us-2021").predict({"value": [20.0], "relative_humidity": [50.0]}).round(2).tolist()
    [11.92]
    """
    row = published(name)
    return LinearModel(name, tuple(row["terms"]), tuple(row["coefficients"]), 0.0, "published")


def _given(model: LinearModel, x: Mapping[str, npt.ArrayLike]) -> Model:
    """A published model, whatever the data."""
    return model


def candidates(pollutant: str, available: tuple[str, ...]) -> list[Candidate]:
    """Models that can be fitted with the predictors at hand, the simplest first, published equations last.

    Parameters
    ----------
    pollutant : str
    available : tuple of str
        Predictors of the pairs: ``value``, weather, further variables of the sensor.

    Returns
    -------
    list of Candidate
    """
    weather = tuple(n for n in ("relative_humidity", "temperature") if n in available)
    more = tuple(n for n in available if n not in ("value", *weather))
    everything = ("value", *weather, *more)
    out = [Candidate("scale", partial(linear.fit, "scale"), ("value",))]
    if len(everything) > 1:
        out.append(Candidate("linear", partial(linear.fit, "linear", covariates=more), everything))
    out.append(Candidate("robust", partial(linear.fit, "linear", covariates=more, robust=True), everything))
    if "relative_humidity" in weather:
        out.append(Candidate("interaction", partial(linear.fit, "interaction", covariates=more), everything))
        if pollutant in PARTICLES:
            out.append(Candidate("growth", partial(linear.fit, "growth", covariates=more), everything))
    out.append(Candidate("tree", partial(tree.fit, variables=everything), everything))
    for name, row in _published().items():
        model = published_model(name)
        if row["pollutant"] == pollutant and set(model.variables) <= set(available):
            out.append(Candidate(name, partial(_given, model), model.variables))
    return out


def model_from_dict(value: Mapping[str, Any]) -> Model:
    """Model of a dictionary, as from JSON.

    Raises
    ------
    FileRejected
        Unknown kind or damaged content.
    """
    kinds: dict[str, Any] = {"linear": LinearModel, "forest": ForestModel}
    kind = value.get("kind")
    if kind not in kinds:
        raise FileRejected(
            f"the model is of the kind '{kind}', which this version does not know; use {' or '.join(kinds)}."
        )
    try:
        model: Model = kinds[kind].from_dict(value)
    except (KeyError, TypeError, ValueError) as error:
        raise FileRejected(f"the model is damaged ({error}); save the calibration again.") from error
    return model
