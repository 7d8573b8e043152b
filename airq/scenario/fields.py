"""How values of a scenario file are read: each type of the schema with its reader.

Examples
--------
>>> names("阜康市、五家渠市"), level("红色"), by_place("50 %")
(('阜康市', '五家渠市'), 'red', {'*': 0.5})
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from airq.errors import ParameterError
from airq.inventory import periods
from airq.inventory.tonnes import pollutant_names
from airq.scenario import values
from airq.scenario.values import Uncertain

__all__ = [
    "GRADES",
    "KINDS",
    "LEVELS",
    "Amount",
    "Date",
    "Delay",
    "Entry",
    "Factors",
    "Names",
    "Pollutants",
    "Share",
    "Shares",
    "Start",
    "Tonnes",
    "Yuan",
    "by_grade",
    "by_place",
    "by_pollutant",
    "counted",
    "day",
    "in_order",
    "level",
    "names",
    "pollutants",
    "read_neighbours",
    "seasons",
]  # fmt: skip

LEVELS: Final = ("yellow", "orange", "red")
"""Levels of an alert, the weakest first."""
GRADES: Final = ("A", "B", "C", "D")
"""Performance grades of plants in heavy-pollution response, the best first."""
KINDS: Final = ("cold", "warm", "stagnant", "other")
"""Kinds of weather years, by their own temperature and stagnation days."""

_LEVELS: Final = {
    "黄色": "yellow",
    "橙色": "orange",
    "红色": "red",
    "ⅲ级": "yellow",
    "ⅱ级": "orange",
    "ⅰ级": "red",
}


def names(given: Any) -> Any:
    """Several names: a list, or one text with commas."""
    if isinstance(given, str):
        return tuple(t.strip() for t in given.replace("，", ",").replace("、", ",").split(",") if t.strip())
    return tuple(str(g) for g in given) if isinstance(given, list | tuple) else given


def level(given: Any) -> Any:
    """Level of an alert, also by its Chinese colour or its class."""
    text = str(given).strip().lower()
    return _LEVELS.get(text, text)


def by_place(given: Any) -> Any:
    """One factor for all, under ``*``, or one a place."""
    if isinstance(given, dict):
        return {str(k): values.factor(v) for k, v in given.items()}
    return {"*": values.factor(given)}


def by_grade(given: Any) -> Any:
    """A share for each grade, or one for all under ``*``."""
    if isinstance(given, dict) and set(map(str, given)) <= set(GRADES):
        return {str(k): values.share(v) for k, v in given.items()}
    return {"*": values.share(given)}


def by_pollutant(one: Callable[[Any], Uncertain]) -> Callable[[Any], dict[str, Uncertain]]:
    """Reader of values by pollutant, each read by ``one``."""

    def read(given: Any) -> dict[str, Uncertain]:
        if not isinstance(given, dict):
            raise ParameterError("is no mapping; write such as {PM25: 120 t/yr, SO2: 80 t/yr}.")
        return {pollutant_names(str(k))[0]: one(v) for k, v in given.items()}

    return read


def counted(given: Any) -> str:
    """A count or size with its unit, as text for the register; a bare number is refused there."""
    if isinstance(given, bool) or given is None:
        raise ParameterError(f"'{given}' is no amount; write 30 台.")
    return str(given).strip()


def read_neighbours(given: Any) -> Any:
    """What each neighbour does: ``act``, ``frozen``, or the share of its emission it cuts; ``*`` stands for the others."""
    if not isinstance(given, dict):
        given = {"*": given}
    out: dict[str, Any] = {}
    for name, what in given.items():
        word = str(what).strip().lower()
        if word in ("as listed", "act", "true"):
            out[str(name)] = "act"
        elif word in ("frozen", "false", "none"):
            out[str(name)] = "frozen"
        elif str(name) == "*":
            raise ParameterError(
                f"'{what}' is not known; write 'as listed', 'frozen', or one line a neighbour."
            )
        else:
            out[str(name)] = values.share(what)
    return {"*": "act"} | out


def pollutants(given: Any) -> tuple[str, ...]:
    """Pollutants by any spelling."""
    return pollutant_names([given] if isinstance(given, str) else given)


Names = Annotated[tuple[str, ...], BeforeValidator(names)]
Share = Annotated[Uncertain, BeforeValidator(values.share)]
Date = Annotated[str, BeforeValidator(values.date_text)]
Delay = Annotated[str, BeforeValidator(values.delay)]
Yuan = Annotated[float, BeforeValidator(values.yuan)]
Amount = Annotated[str, BeforeValidator(counted)]
Factors = Annotated[dict[str, float], BeforeValidator(by_place)]
Tonnes = Annotated[dict[str, Uncertain], BeforeValidator(by_pollutant(values.tonnes))]
Shares = Annotated[dict[str, Uncertain], BeforeValidator(by_pollutant(values.share))]
Pollutants = Annotated[tuple[str, ...], BeforeValidator(pollutants)]
Start = Annotated[int, BeforeValidator(values.season)]


def seasons(given: Any) -> tuple[str, ...]:
    """Past seasons by name; ``all`` is none named."""
    if given is None or given == "all":
        return ()
    found = [values.season(g) for g in (given if isinstance(given, list | tuple) else [given])]
    if repeated := sorted({y for y in found if found.count(y) > 1}):
        raise ParameterError(f"the season {repeated[0]}-{repeated[0] + 1} stands twice; remove one.")
    return tuple(f"{y}-{y + 1}" for y in found)


def day(given: Any, key: str) -> dt.date:
    """A single day; a month or year is refused."""
    text = values.date_text(given)
    if len(text) != 10:
        raise ParameterError(f"'{key}' is '{given}', which is no day; write 2026-01-10.")
    return dt.date.fromisoformat(text)


def in_order(start: str, end: str) -> None:
    """Refuse an end before the start."""
    if start and end and periods.first_day(start) > periods.last_day(end):
        raise ParameterError(f"the end {end} is before the start {start}; correct one of them.")


class Entry(BaseModel):
    """An entry of a list."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _one_place(cls, given: Any) -> Any:
        """``place`` may be written for ``places`` and the other way round."""
        if isinstance(given, dict):
            for other, name in (("place", "places"), ("places", "place")):
                if other in given and other not in cls.model_fields and name in cls.model_fields:
                    if name in given:
                        raise ParameterError(f"'{other}' and '{name}' mean the same; keep one.")
                    given = {(name if k == other else k): v for k, v in given.items()}
        return given
