"""Sensors held against the performance targets of the US EPA for non-regulatory use.

They are targets of the United States for supplemental and informational monitoring, never an approval under Chinese
rules: the Chinese guides for PM2.5 grid monitoring give numbers that are not known here [NF]. The table is
``tables/targets.toml``, each row with its source and mark.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import pandas as pd

from airq import units
from airq.errors import MissingData, ParameterError
from airq.observations.sensors import hours
from airq.observations.sensors.metrics import agreement, precision
from airq.observations.sensors.pairing import checked
from airq.variables import VARIABLES

__all__ = ["LABEL", "TargetTable", "targets", "targets_of"]

_GROUPS: Final = {
    "slope": "bias",
    "intercept": "bias",
    "r2": "linearity",
    "rmse": "error",
    "nrmse": "error",
    "sd": "precision",
    "cv": "precision",
}
_WITH_UNIT: Final = ("intercept", "rmse", "sd")
_PER_SENSOR: Final = ("slope", "intercept", "r2")


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    text = (
        resources.files("airq.observations.sensors")
        .joinpath("tables/targets.toml")
        .read_text(encoding="utf-8")
    )
    return tomllib.loads(text)


LABEL: Final[str] = _table()["label"]
"""What every table of results says of itself."""


def targets_of(pollutant: str) -> pd.DataFrame:
    """Targets of a pollutant in canonical units.

    Returns
    -------
    DataFrame
        ``metric group low high unit averaging source mark``.

    Raises
    ------
    ParameterError
        No targets are known.

    Examples
    --------
    >>> targets_of("pm25").set_index("metric").loc["rmse", "high"]
    np.float64(7.0)
    >>> targets_of("o3").set_index("metric").loc["rmse", "high"].round(2)
    np.float64(9.81)
    """
    row = _table().get(pollutant)
    if not isinstance(row, dict):
        raise ParameterError(
            f"no performance targets are known for '{pollutant}'; they exist for pm25, pm10, o3, no2, so2 and co."
        )
    factor = units.factor(pollutant, row["unit"])
    rows = []
    for metric, group in _GROUPS.items():
        if metric in row:
            scale = factor if metric in _WITH_UNIT else 1.0
            low, high = (scale * float(v) for v in row[metric])
            unit = VARIABLES[pollutant].units if metric in _WITH_UNIT else "1"
            rows.append((metric, group, low, high, unit, row["averaging"], row["source"], row["mark"]))
    return pd.DataFrame(
        rows, columns=["metric", "group", "low", "high", "unit", "averaging", "source", "mark"]
    )


@dataclass(frozen=True)
class TargetTable:
    """Results against the targets.

    Attributes
    ----------
    rows : DataFrame
        One row a metric and sensor (``all``: over all sensors): ``metric group sensor value low high unit met``,
        ``averaging source mark``. ``met`` is NA where the value could not be computed.
    groups : dict of str to bool or None
        ``bias``, ``linearity``, ``error``, ``precision``: whether the targets of a group are met by every sensor; of
        error (RMSE or NRMSE) and of precision (SD or CV) one of the two is enough. None: not judged.
    pollutant, averaging : str
    periods, sensors : int
        Averages used and sensors.
    notes : tuple of str
    label : str
        :data:`LABEL`.
    """

    rows: pd.DataFrame = field(repr=False)
    groups: dict[str, bool | None]
    pollutant: str
    averaging: str
    periods: int
    sensors: int
    notes: tuple[str, ...]
    label: str = LABEL

    @property
    def met(self) -> bool | None:
        """Whether all judged groups are met; None if none could be judged."""
        known = [v for v in self.groups.values() if v is not None]
        return all(known) if known else None

    def to_frame(self) -> pd.DataFrame:
        """The rows."""
        return self.rows

    def _repr_html_(self) -> str:
        return f"<p>{self.label}</p>{self.rows.round(3).to_html(index=False)}"


def _averaged(pairs: pd.DataFrame, averaging: str, column: str) -> pd.DataFrame:
    if averaging == "24h" and pairs.attrs.get("averaging", "1h") == "1h":
        return hours.daily(pairs, [column, "reference"], float(_table()["completeness"])).rename(
            columns={"day": "time"}
        )
    return pairs.dropna(subset=[column, "reference"])


def targets(pairs: pd.DataFrame, column: str = "value", *, pollutant: str | None = None) -> TargetTable:
    """Hold sensors against the targets.

    Parameters
    ----------
    pairs : DataFrame
        From :func:`airq.observations.sensors.pair`; ``column`` may be a calibrated value added to it.
    column : str
    pollutant : str, optional
        If the frame does not say it.

    Returns
    -------
    TargetTable
        Particles on means of natural days, gases on hours, as the targets ask.

    Raises
    ------
    MissingData
        No complete average.
    ParameterError
        No such column, or no targets for the pollutant.

    Examples
    --------
    >>> time = pd.date_range("2019-08-01 01:00", periods=24 * 40, freq="h")
    >>> truth = pd.Series(range(960)) % 300 / 10.0
    >>> frame = pd.DataFrame({"sensor": "a", "time": time, "value": 2 * truth, "reference": truth})
    >>> table = targets(frame, pollutant="pm25")
    >>> table.groups
    {'bias': False, 'linearity': True, 'error': False, 'precision': None}
    """
    name = checked(pairs, pollutant)
    if column not in pairs:
        raise ParameterError(
            f"the frame of pairs has no column '{column}'; add the calibrated values under that name."
        )
    wanted = targets_of(name)
    averaging = str(wanted["averaging"].iloc[0])
    frame = _averaged(pairs, averaging, column)
    if frame.empty:
        raise MissingData(
            f"no complete {'day' if averaging == '24h' else 'hour'} holds both values of {name}; pair over a longer time."
        )
    found = _metrics(frame, column)
    rows: list[dict[str, Any]] = []
    for target in wanted.to_dict("records"):
        for sensor, value in found[target["metric"]].items():
            met = None if value != value else bool(target["low"] <= value <= target["high"])
            rows.append({"metric": target["metric"], "group": target["group"], "sensor": sensor, "value": value, **{k: target[k] for k in ("low", "high", "unit")}, "met": met, **{k: target[k] for k in ("averaging", "source", "mark")}})  # fmt: skip
    table = pd.DataFrame(rows)
    table["met"] = pd.array(table["met"].tolist(), dtype="boolean")
    number = frame["sensor"].nunique()
    periods = int(frame["time"].nunique())
    return TargetTable(table, _judged(table), name, averaging, periods, number, _notes(frame, number))


def _metrics(frame: pd.DataFrame, column: str) -> dict[str, dict[str, float]]:
    """Values by metric and sensor."""
    out: dict[str, dict[str, float]] = {m: {} for m in _GROUPS}
    for sensor, part in frame.groupby("sensor", sort=True, observed=True):
        single = agreement(part[column].to_numpy(), part["reference"].to_numpy())
        for metric in _PER_SENSOR:
            out[metric][str(sensor)] = getattr(single, metric)
    together = agreement(frame[column].to_numpy(), frame["reference"].to_numpy())
    between = precision(frame, column)
    out["rmse"]["all"], out["nrmse"]["all"] = together.rmse, together.nrmse
    out["sd"]["all"], out["cv"]["all"] = between.sd, between.cv
    return out


def _judged(table: pd.DataFrame) -> dict[str, bool | None]:
    out: dict[str, bool | None] = {}
    for group in dict.fromkeys(_GROUPS.values()):
        met = table.loc[table["group"] == group, "met"].dropna()
        either = group in ("error", "precision")
        out[group] = None if met.empty else bool(met.any() if either else met.all())
    return out


def _notes(frame: pd.DataFrame, sensors: int) -> tuple[str, ...]:
    days = pd.to_datetime(frame["time"]).dt.normalize().nunique()
    needed = int(_table()["base_days"])
    out = []
    if days < needed:
        out.append(f"{days} days; the EPA's base test has {needed}")
    if sensors < 3:
        out.append(f"{sensors} sensor{'s' if sensors > 1 else ''}; the EPA's base test has three")
    return tuple(out)
