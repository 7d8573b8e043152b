"""What a target says: its kind, its threshold, its year; read from a mapping, refused in one sentence.

Examples
--------
>>> parse({"kind": "good_days", "at_least": 300, "year": 2025}).limit
300.0
>>> parse({"kind": "mean", "pollutant": "pm25", "standard": "GB3095-2026", "year": 2031}).at_most
25.0
>>> parse({"kind": "good_ratio", "at_least": 85, "year": 2025})
Traceback (most recent call last):
airq.errors.ParameterError: target: key 'at_least' is 85, but a ratio is a share of 0 to 1; write 0.85.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from airq import standards
from airq.errors import AirqError, ParameterError
from airq.variables import POLLUTANTS, VARIABLES

__all__ = ["KINDS", "Change", "Target", "parse"]

Kind = Literal["good_days", "heavy_days", "good_ratio", "heavy_ratio", "mean", "mean3"]
KINDS: Final = ("good_days", "heavy_days", "good_ratio", "heavy_ratio", "mean", "mean3")
_MEANS: Final = ("mean", "mean3")
_RATIOS: Final = ("good_ratio", "heavy_ratio")


class Change(BaseModel):
    """Threshold stated against a base year.

    Attributes
    ----------
    from_ : int
        Base year (key ``from``).
    by : float
        Change: a share (-0.156 is 15.6 % less), or µg/m³, or days.
    unit : {"share", "ug", "days"}
    base : float, optional
        The base year's figure where the frame does not hold that year.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_: int = Field(alias="from", ge=1900, le=2200)
    by: float = Field(allow_inf_nan=False)
    unit: Literal["share", "ug", "days"] = "share"
    base: float | None = Field(default=None, allow_inf_nan=False)

    def threshold(self, base: float) -> float:
        """Threshold that the change means for a base.

        Examples
        --------
        >>> Change(**{"from": 2020, "by": -0.1}).threshold(50.0)
        45.0
        """
        return base * (1 + self.by) if self.unit == "share" else base + self.by


class Target(BaseModel):
    """One target, or several joined by ``all_of``.

    Attributes
    ----------
    kind : str
        One of :data:`KINDS`; None for a joined target.
    pollutant : str, optional
        Of the kinds ``mean`` and ``mean3``.
    at_least, at_most : float, optional
        Days, share 0 to 1, or µg/m³ (CO mg/m³).
    change : Change, optional
        In place of the two.
    year : int
        Calendar year that is judged; of ``mean3`` the last of the three.
    standard : str, optional
        Standard whose AQI edition counts days; the one in force on each day by default. For means without a
        threshold its annual limit is the threshold.
    site : str, optional
    threshold : float, optional
        AQI up to which a day is good (100), or above which it is heavy (200).
    rounded : bool
        Judge the figure as printed (GB/T 8170) and not the exact one.
    all_of : tuple of Target
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: Kind | None = None
    pollutant: str | None = None
    at_least: float | None = Field(default=None, allow_inf_nan=False)
    at_most: float | None = Field(default=None, allow_inf_nan=False)
    change: Change | None = None
    year: int = Field(ge=1900, le=2200)
    standard: str | None = None
    site: str | None = None
    threshold: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    rounded: bool = False
    all_of: tuple[Target, ...] = ()

    @property
    def is_mean(self) -> bool:
        """Whether a concentration is judged."""
        return self.kind in _MEANS

    @property
    def is_ratio(self) -> bool:
        """Whether a share of days is judged."""
        return self.kind in _RATIOS

    @property
    def counts_heavy(self) -> bool:
        """Whether days above the threshold are counted, not those up to it."""
        return self.kind in ("heavy_days", "heavy_ratio")

    @property
    def aqi_threshold(self) -> float:
        """AQI that parts the days."""
        return self.threshold if self.threshold is not None else (200.0 if self.counts_heavy else 100.0)

    @property
    def upward(self) -> bool:
        """Whether more is better."""
        if self.change is not None:
            return self.kind in ("good_days", "good_ratio")
        return self.at_least is not None

    @property
    def limit(self) -> float | None:
        """Threshold, or None where it depends on a base year."""
        return self.at_least if self.at_least is not None else self.at_most

    @property
    def unit(self) -> str:
        """Unit of the figure that is judged."""
        if self.is_mean:
            return VARIABLES[str(self.pollutant)].units_text
        return "share" if self.is_ratio else "days"


_INHERITED: Final = ("year", "site", "standard", "pollutant", "kind", "threshold", "rounded")


def _sentence(error: ValidationError, where: str) -> ParameterError:
    first = error.errors()[0]
    key = ".".join(str(p) for p in first["loc"])
    if first["type"] == "missing":
        return ParameterError(f"{where}: key '{key}' is missing; add it.")
    if first["type"] == "extra_forbidden":
        return ParameterError(f"{where}: key '{key}' is not known; remove it.")
    if first["type"] == "literal_error":
        return ParameterError(f"{where}: key '{key}' is '{first['input']}'; use {first['ctx']['expected']}.")
    message = first["msg"][0].lower() + first["msg"][1:]
    return ParameterError(f"{where}: key '{key}' cannot be {first['input']!r}: {message}.")


def _pollutant(row: dict[str, Any], where: str) -> None:
    given = row.get("pollutant")
    if row.get("kind") not in _MEANS:
        row.pop("pollutant", None)  # keys that do not apply are ignored
        return
    if given is None:
        raise ParameterError(f"{where}: key 'pollutant' is missing; give one of {', '.join(POLLUTANTS)}.")
    try:
        row["pollutant"] = standards.names.pollutant(given)
    except AirqError as error:
        raise ParameterError(f"{where}: key 'pollutant': {error}") from error


def _standard(row: dict[str, Any], where: str) -> None:
    if row.get("standard") is None or str(row["standard"]).strip().lower() == "by-date":
        row["standard"] = None
        return
    try:
        chosen = standards.standard_of(row["standard"], f"{row['year']}-12-31")
        if row["kind"] in _MEANS and not any(
            row.get(k) is not None for k in ("at_least", "at_most", "change")
        ):
            row["at_most"] = standards.limit(row["pollutant"], "annual", standard=chosen)
    except AirqError as error:
        raise ParameterError(f"{where}: key 'standard': {error}") from error


def _threshold(target: Target, where: str) -> None:
    given = [k for k in ("at_least", "at_most", "change") if getattr(target, k) is not None]
    if len(given) != 1:
        held = "none of them" if not given else " and ".join(given)
        raise ParameterError(f"{where}: give exactly one of at_least, at_most and change; it holds {held}.")
    key, value = given[0], target.limit
    if value is None:
        _check_change(target, where)
        unit = target.change.unit if target.change is not None else "share"
        if (unit == "ug" and not target.is_mean) or (unit == "days" and (target.is_mean or target.is_ratio)):
            raise ParameterError(
                f"{where}: key 'change.unit' is '{unit}', which {target.kind} does not have; use share."
            )
        return
    if value < 0:
        raise ParameterError(f"{where}: key '{key}' is {value:g}; a figure below zero cannot be, correct it.")
    if target.is_ratio and value > 1:
        raise ParameterError(
            f"{where}: key '{key}' is {value:g}, but a ratio is a share of 0 to 1; write {value / 100:g}."
        )
    if target.kind in ("good_days", "heavy_days") and value > 366:
        raise ParameterError(
            f"{where}: key '{key}' is {value:g} days, but a year has 366 at most; correct it."
        )


def _check_change(target: Target, where: str) -> None:
    change = target.change
    if change is None:
        return
    if change.unit == "share" and abs(change.by) > 1:
        raise ParameterError(
            f"{where}: key 'change.by' is {change.by:g}, but a share is -1 to 1; write {change.by / 100:g}, or name the unit."
        )
    if change.from_ >= target.year:
        raise ParameterError(
            f"{where}: key 'change.from' is {change.from_}, which is not before the year {target.year} that is judged; "
            "give an earlier base year."
        )
    if change.base is not None and change.threshold(change.base) < 0:
        raise ParameterError(
            f"{where}: key 'change' comes to a threshold of {change.threshold(change.base):g}; a figure below zero cannot "
            "be, correct it."
        )


def parse(target: Any, where: str = "target") -> Target:
    """Read a target.

    Parameters
    ----------
    target : mapping or Target
        Keys as of :class:`Target`; those that do not apply are ignored. The parts of ``all_of`` take year, site,
        standard, kind and pollutant from the whole where they give none.
    where : str
        Named in a refusal: file and row.

    Returns
    -------
    Target

    Raises
    ------
    ParameterError
        One sentence with the key.

    Examples
    --------
    >>> both = parse({"year": 2017, "all_of": [{"kind": "good_ratio", "at_least": 0.85},
    ...     {"kind": "mean", "pollutant": "PM2.5", "change": {"from": 2016, "by": -1.2, "unit": "ug"}}]})
    >>> [t.kind for t in both.all_of], both.all_of[1].upward
    (['good_ratio', 'mean'], False)
    """
    if isinstance(target, Target):
        return target
    if not isinstance(target, Mapping):
        raise ParameterError(
            f"{where}: a target is a mapping such as {{'kind': 'good_days', 'at_least': 300, 'year': 2025}}."
        )
    row = dict(target)
    parts = row.pop("all_of", None)
    if parts:
        return _joined(row, parts, where)
    if row.get("year") is None:
        raise ParameterError(f"{where}: key 'year' is missing; add it.")
    if row.get("kind") not in KINDS:
        given = "missing" if row.get("kind") is None else f"'{row['kind']}'"
        raise ParameterError(f"{where}: key 'kind' is {given}; use {', '.join(KINDS)}.")
    _pollutant(row, where)
    try:
        Target(**{**row, "standard": None})
        _standard(row, where)
        made = Target(**row)
    except ValidationError as error:
        raise _sentence(error, where) from error
    _threshold(made, where)
    return made


def _joined(row: dict[str, Any], parts: Any, where: str) -> Target:
    if not isinstance(parts, list | tuple):
        raise ParameterError(f"{where}: key 'all_of' is not a list; write one target a line below it.")
    shared = {k: row[k] for k in _INHERITED if row.get(k) is not None}
    made = []
    for number, part in enumerate(parts, 1):
        own = part if isinstance(part, Target) else None
        if own is None and not isinstance(part, Mapping):
            raise ParameterError(f"{where}, all_of {number}: a target is a mapping; correct it.")
        if own is None:
            made.append(parse({**shared, **part}, f"{where}, all_of {number}"))
        else:
            made.append(own)
    flat = tuple(leaf for t in made for leaf in (t.all_of or (t,)))
    return Target(year=max(t.year for t in flat), site=row.get("site"), all_of=flat)
