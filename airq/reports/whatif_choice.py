"""What a reader of the what-if page has chosen, and the scenario that it makes.

Examples
--------
>>> from airq.scenario.loading import load
>>> base = load("red-alert-5-days")
>>> first = Choice.of(base)
>>> first.alert, first.days, first.kind
('red', 5, 'all')
>>> scenario_of(replace(first, alert="orange", days=3, lead=1), base).alerts[0].level
'orange'
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from airq import places
from airq.errors import AirqError, ParameterError
from airq.figures.labels import Language
from airq.scenario.loading import load
from airq.scenario.measure_entries import Measure
from airq.scenario.measures import Plan
from airq.scenario.planning import plan
from airq.scenario.response_entries import Alert
from airq.scenario.spec import LEVELS, Scenario, Weather
from airq.scenario.tonnes import cut_of

__all__ = ["AS_WRITTEN", "KINDS", "NONE", "Choice", "lean", "listed", "scenario_of"]

KINDS: Final = ("all", "cold", "warm", "stagnant")
NONE: Final = "none"
AS_WRITTEN: Final = "as written"
_PER_MONTH: Final = {"years": 12.0, "months": 1.0, "days": 12 / 365.25}


@dataclass(frozen=True)
class Choice:
    """State of the controls.

    Attributes
    ----------
    measures : tuple of str
        Ids that are carried out, of those that the scenario has.
    share : float
        Factor on the amount of each, 1 as written.
    delay : int
        Months by which what is not done yet comes later.
    alert : str
        ``none``, ``as written``, ``yellow``, ``orange`` or ``red``.
    days, lead : int
        Length of the episode and days by which the alert is called before it.
    compliance : float or None
        Share of the ratios that is reached; that of the rules if None.
    neighbours : float
        Share of their whole emission that the neighbours cut besides.
    kind : str
        Weather years: one of :data:`KINDS`, or a past season such as ``2019-2020``.
    """

    measures: tuple[str, ...] = ()
    share: float = 1.0
    delay: int = 0
    alert: str = NONE
    days: int = 5
    lead: int = 0
    compliance: float | None = None
    neighbours: float = 0.0
    kind: str = "all"

    @classmethod
    def of(cls, base: Scenario) -> Choice:
        """The controls as a scenario has them."""
        made = cls(measures=tuple(listed(base)), delay=_months(base.delay), kind=_kind(base.weather))
        if not base.alerts:
            return made
        one = base.alerts[0]
        plain = len(base.alerts) == 1 and one.when == "worst" and not (one.grades or one.cut or one.early)
        if not plain:
            return replace(made, alert=AS_WRITTEN)
        share = None if one.compliance is None else float(one.compliance.value)
        return replace(made, alert=one.level, days=one.days, lead=one.lead, compliance=share)


def _months(delay: str) -> int:
    """Delay in whole months.

    Examples
    --------
    >>> _months("1 years"), _months("")
    (12, 0)
    """
    found = re.match(r"(\d+) (\w+)", delay)
    return round(int(found[1]) * _PER_MONTH[found[2]]) if found else 0


def _kind(weather: Weather) -> str:
    if len(weather.years) == 1 and not weather.kinds:
        return weather.years[0]
    return str(weather.kinds[0]) if len(weather.kinds) == 1 and not weather.years else "all"


def listed(base: Scenario, lang: Language = "zh") -> dict[str, str]:
    """Measures of a scenario and their names, selections taken apart.

    Parameters
    ----------
    base : Scenario
    lang : {"zh", "en"}

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> from airq.scenario.loading import load
    >>> list(listed(load("30-boilers-741-trucks")))
    ['2025-boiler-01', '2025-diesel-01']
    """
    out = {}
    for action in plan(base).actions:
        if action.path[0] == "measures":
            first, second = (
                (action.name_zh, action.name_en) if lang == "zh" else (action.name_en, action.name_zh)
            )
            out[action.id] = first or second or action.id
    return out


def lean(base: Scenario) -> Scenario:
    """A scenario without the measures from which no tonnes follow: they change nothing and cost time.

    Parameters
    ----------
    base : Scenario

    Returns
    -------
    Scenario
        Selections taken apart; the scenario it is compared with treated alike.

    Examples
    --------
    >>> from airq.scenario.loading import load
    >>> len(listed(load("plan-15fyp-box2"))) > len(listed(lean(load("plan-15fyp-box2")))) > 0
    True
    """
    lines = cut_of(base, draws=20, against=False).lines
    counted = tuple(dict.fromkeys(lines.loc[lines["p50"].notna(), "id"].astype(str)))
    whole = plan(base)
    own = {a.id for a in whole.actions if a.path[0] == "measures"}
    reference = None if base.reference is None else lean(base.reference)
    changes: dict[str, Any] = {"reference": reference}
    if own - set(counted):
        changes["measures"] = _measures(Choice(measures=counted), base, whole)
    made = base.model_copy(update=changes)
    made._lines = None if "measures" in changes else base._lines
    return load(made)


def scenario_of(choice: Choice, base: Scenario) -> Scenario:
    """The scenario that a choice makes of another one; nothing of the base is changed.

    Parameters
    ----------
    choice : Choice
    base : Scenario

    Returns
    -------
    Scenario

    Raises
    ------
    ParameterError
        An unknown measure, alert or kind of weather, or what the scenario's own checks refuse.
    """
    _check(choice, base)
    same = Choice.of(base)
    changes: dict[str, Any] = {}
    if (choice.measures, choice.share) != (same.measures, same.share):
        changes["measures"] = _measures(choice, base, plan(base))
    if choice.neighbours:
        changes["measures"] = (*changes.get("measures", base.measures), *_neighbours(choice))
    if choice.delay != same.delay:
        changes["delay"] = f"{choice.delay} months" if choice.delay else ""
    alerts = (choice.alert, choice.days, choice.lead, choice.compliance)
    if choice.alert == NONE:
        changes["alerts"] = ()
    elif choice.alert != AS_WRITTEN and alerts != (same.alert, same.days, same.lead, same.compliance):
        changes["alerts"] = (_alert(choice, base),)
    if choice.kind != same.kind:
        changes["weather"] = _weather(choice.kind, base.weather)
    made = base.model_copy(update=changes)
    made._lines = None  # an entry may have moved from its line
    return load(made)


def _check(choice: Choice, base: Scenario) -> None:
    known = listed(base)
    if strange := [m for m in choice.measures if m not in known]:
        raise ParameterError(f"measure '{strange[0]}' is not in scenario '{base.name}'; it has {', '.join(known) or 'none'}.")  # fmt: skip
    if choice.alert not in (NONE, AS_WRITTEN, *LEVELS):
        raise ParameterError(f"alert '{choice.alert}' is not known; use {NONE}, {', '.join(LEVELS)}.")
    if not 0 <= choice.share <= 10 or not 0 <= choice.delay <= 120:
        raise ParameterError("the share must be 0 to 10 and the delay 0 to 120 months; correct them.")
    if not 0 <= choice.neighbours <= 1:
        raise ParameterError(f"the neighbours cut {choice.neighbours:g} of their emission; give 0 to 1.")


def _measures(choice: Choice, base: Scenario, whole: Plan) -> tuple[Measure, ...]:
    """Entries of the chosen measures with their amount scaled, a selection as one entry a row."""
    out = []
    seen: set[tuple[Any, str]] = set()
    for action in whole.actions:
        if (
            action.path[0] != "measures"
            or (action.path, action.id) in seen
            or action.id not in choice.measures
        ):
            continue
        seen.add((action.path, action.id))
        entry = base.measures[int(action.path[1])]
        scaled = {"*": 1.0} | dict(entry.scale)
        scale = {p: v * choice.share for p, v in scaled.items()}
        out.append(entry.model_copy(update={"id": action.id, "select": None, "scale": scale}))
    return tuple(out)


def _neighbours(choice: Choice) -> tuple[Measure, ...]:
    """One measure that cuts everything at the neighbours; planning levels of their emission are marked so there."""
    names = [p.id for p in places.load().values() if p.kind == "neighbour"]
    about: dict[str, Any] = {
        "category": "all",
        "places": names,
        "cut": f"{100 * choice.neighbours:g} %",
        "delay": "0 days",
    }
    return (Measure(id="neighbours-besides", name="邻近地区 neighbours", mark="[M]", **about),)


def _alert(choice: Choice, base: Scenario) -> Alert:
    where = base.alerts[0].places if base.alerts else _places(base)
    given: dict[str, Any] = {"id": "chosen", "places": list(where), "level": choice.alert, "when": "worst"}
    given |= {"days": choice.days, "lead": choice.lead}
    if choice.compliance is not None:
        given["compliance"] = f"{100 * choice.compliance:g} %"
    return Alert(**given)


def _places(base: Scenario) -> tuple[str, ...]:
    """Places of the scenario; every county by default."""
    return base.places or tuple(p.id for p in places.load().values() if p.kind == "county")


def _weather(kind: str, weather: Weather) -> Weather:
    if kind == "all":
        chosen: dict[str, Any] = {"years": (), "kinds": ()}
    elif kind in KINDS:
        chosen = {"years": (), "kinds": (kind,)}
    else:
        chosen = {"years": [kind], "kinds": ()}
    try:
        return Weather(**{**weather.model_dump(), **chosen})
    except (AirqError, ValueError) as error:
        raise ParameterError(f"weather '{kind}' is not known; use {', '.join(KINDS)} or a season such as 2019-2020.") from error  # fmt: skip
