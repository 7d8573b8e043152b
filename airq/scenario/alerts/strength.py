"""From the ratios of an alert to the share of PM2.5 above background that it can take away at each place.

cut = ratio × compliance, of the emission of each place that acts; a receptor feels it by the share that these places have
in what reaches it (people and the kernel of distance), times the share of the region in its PM2.5 above background.

Examples
--------
>>> from airq.scenario.spec import Scenario
>>> made = Scenario(name="a", season=2025, alerts=[{"places": "changji-prefecture", "level": "red", "days": 5}])
>>> reach = strength(made, 0, ("changji", "mori"), 500, 0)
>>> reach.shape, bool(0.17 < np.median(reach[:, 0]) < 0.27)
((500, 2), True)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from airq import places as registry
from airq.errors import ParameterError
from airq.inventory.draws import draw
from airq.scenario.alerts.ratios import SPECIES, alert_priors, cut_ratios
from airq.scenario.emitted import ALL, Emitted, central, people, standard_emitted
from airq.scenario.fields import GRADES
from airq.scenario.kernel import kernel
from airq.scenario.measures import axis
from airq.scenario.planner import expand
from airq.scenario.priors import Array
from airq.scenario.profiles import table
from airq.scenario.response_entries import Alert, Grading
from airq.scenario.spec import Scenario
from airq.scenario.values import Uncertain
from airq.texts import Note

__all__ = ["acting", "basin_strength", "reached", "remarks", "strength"]

_OF: dict[str, tuple[str, ...]] = {
    "PM": ("PM25", "TSP", "PM10"),
    "SO2": ("SO2",),
    "NOx": ("NOx",),
    "VOC": ("VOC",),
}
"""Pollutants of the inventory by species of the rules, the first one given counts."""


def acting(scenario: Scenario, number: int) -> tuple[str, ...]:
    """Places in which an alert holds.

    An alert of every county is one of the region: it is called on the regional mean, so the neighbours that act join it,
    unless another alert of the scenario names them. What is listed for a neighbour that stands still is left out.

    Examples
    --------
    >>> alert = {"places": "changji-prefecture", "level": "red", "days": 5}
    >>> "urumqi" in acting(Scenario(name="a", season=2025, alerts=[alert]), 0)
    True
    >>> "urumqi" in acting(Scenario(name="a", season=2025, alerts=[alert], neighbours="frozen"), 0)
    False
    """
    lists = [expand(scenario, a.places, ("alerts", i, "places")) for i, a in enumerate(scenario.alerts)]
    kinds = {p.id: p.kind for p in registry.load().values()}
    given = {p.id if (p := registry.find(k)) else k: v for k, v in scenario.neighbours.items()}
    does = {p: given.get(p, given.get("*", "act")) for p in axis() if kinds[p] == "neighbour"}
    own = [p for p in lists[number] if does.get(p) != "frozen"]
    if all(p in own for p in axis() if kinds[p] == "county"):
        others = {p for i, named in enumerate(lists) if i != number for p in named}
        own += [p for p, what in does.items() if what == "act" and p not in own and p not in others]
    return tuple(own)


def remarks(scenario: Scenario, number: int) -> tuple[str, ...]:
    """What must be said of an alert beside its result.

    Examples
    --------
    >>> alert = {"id": "red", "places": "changji-prefecture", "level": "red", "days": 5}
    >>> remarks(Scenario(name="a", season=2025, alerts=[alert]), 0)[0][:63]
    "Alert 'red' holds in every county and so in the region: Urumqi,"
    """
    alert = scenario.alerts[number]
    named = expand(scenario, alert.places, ("alerts", number, "places"))
    who = acting(scenario, number)
    called, zh = f"Alert '{alert.id or number + 1}'", f"预警“{alert.id or number + 1}”"
    out = []
    if joined := [registry.get(p) for p in who if p not in named]:
        en, also = ", ".join(p.en for p in joined), "、".join(p.zh for p in joined)
        out.append(Note(f"{called} holds in every county and so in the region: {en} join it, as the rule looks at the regional mean; write 'neighbours: frozen' for the counties alone.", f"{zh}在所有县市发布，即全区域：按规则看区域平均，{also}一同行动；只算各县市时写neighbours: frozen。"))  # fmt: skip
    if still := [registry.get(p) for p in named if p not in who]:
        en, also = ", ".join(p.en for p in still), "、".join(p.zh for p in still)
        out.append(
            Note(
                f"{called}: {en} is set to stand still and takes no part.",
                f"{zh}：{also}设为不行动，不参加。",
            )
        )
    for grading in (g for g in scenario.grades if g.id in alert.grades):
        place = registry.get(grading.place).id
        if place not in who or not _share(standard_emitted(), grading, place):
            out.append(Note(f"{called}: the emission of '{grading.id}' is not known or its place takes no part, so its grades change nothing.", f"{zh}：“{grading.id}”的排放量不明或所在地不参加，分级不起作用。"))  # fmt: skip
    if alert.cut is not None and not any(p in alert.cut for names in _OF.values() for p in names):
        out.append(Note(f"{called} cuts none of PM, SO2, NOx and VOC and leaves PM2.5 as it is.", f"{zh}不减PM、SO₂、NOx和VOC，PM₂.₅不变。"))  # fmt: skip
    if alert.compliance is None:
        out.append(Note("Compliance and local share of alerts are planning values [B].", "预警的落实程度和本地份额为规划值[B]。"))  # fmt: skip
    return tuple(out)


def reached(alert: Alert, draws: int, seed: int, on: object = None) -> Array:
    """Share of the emission of PM2.5 and of what forms it that an alert cuts, (draw,): ratios × compliance.

    Parameters
    ----------
    alert : Alert
    draws, seed : int
    on : datetime.date, optional
        Day whose edition of the rules holds where the alert names none.
    """
    priors = alert_priors()
    if alert.cut is None:
        ratios = cut_ratios(alert.level, alert.edition, on).of  # type: ignore[arg-type]
        of = {s: np.full(draws, ratios.get(s, 0.0)) for s in SPECIES}
    else:
        of = {s: _own_cut(alert, s, draws, seed) for s in SPECIES}
    weight = {s: priors[s].draws(draws, seed) for s in SPECIES}
    whole = sum(weight.values())
    ratio = sum((weight[s] * of[s] for s in SPECIES), np.zeros(draws)) / whole
    return np.asarray(ratio * _compliance(alert, draws, seed))


def _own_cut(alert: Alert, species: str, draws: int, seed: int) -> Array:
    assert alert.cut is not None
    name = next((p for p in _OF[species] if p in alert.cut), None)
    if name is None:
        return np.zeros(draws)  # a pollutant that is not named is not cut
    return alert.cut[name].draws(f"alert-cut-{alert.id}-{name}", draws, seed)


def _compliance(alert: Alert, draws: int, seed: int) -> Array:
    if alert.compliance is not None:
        return alert.compliance.draws(f"alert-compliance-{alert.id}", draws, seed)
    return np.minimum(alert_priors()["compliance"].draws(draws, seed), 1.0)


def basin_strength(alert: Alert, draws: int, seed: int) -> Array:
    """Share of PM2.5 above background that an alert takes away in the end if all of the region acts, (draw,).

    Examples
    --------
    >>> red = Alert(places="changji", level="red", days=5)
    >>> bool(0.2 < np.median(basin_strength(red, 500, 0)) < 0.25)
    True
    """
    return np.asarray(reached(alert, draws, seed) * _local(draws, seed))


def _local(draws: int, seed: int) -> Array:
    return np.minimum(alert_priors()["local_share"].draws(draws, seed), 1.0)


def strength(scenario: Scenario, number: int, receptors: Sequence[str], draws: int, seed: int) -> Array:
    """Share of PM2.5 above background that an alert takes away in the end at each place.

    Parameters
    ----------
    scenario : Scenario
    number : int
        Of the alert in ``scenario.alerts``.
    receptors : sequence of str
    draws, seed : int

    Returns
    -------
    ndarray, (draw, receptor)

    Raises
    ------
    ParameterError
        An unknown place or edition; file and line.
    """
    alert = scenario.alerts[number]
    everywhere = axis()
    if strange := [r for r in receptors if r not in everywhere]:
        raise ParameterError(
            f"place '{strange[0]}' is no county or neighbour; add it to params/counties.yaml."
        )
    try:
        plain = reached(alert, draws, seed, alert.first or scenario.first_day)
    except ParameterError as error:
        raise ParameterError(f"{scenario.where('alerts', number, 'edition')}: {error}") from None
    emission = _emission(everywhere, draws, seed)
    carried = (
        kernel(everywhere, draws, seed)[:, [everywhere.index(r) for r in receptors], :] * emission[:, None, :]
    )
    who = acting(scenario, number)
    cuts = np.zeros((draws, len(everywhere)))
    for place in who:
        cuts[:, everywhere.index(place)] = _with_grades(scenario, alert, place, plain, draws, seed)
    felt = np.einsum("drs,ds->dr", carried, cuts) / carried.sum(axis=-1)
    return np.asarray(_local(draws, seed)[:, None] * felt)


def _emission(everywhere: Sequence[str], draws: int, seed: int) -> Array:
    """Emission of places relative to each other, by people, each with the spread of the planning levels."""
    known = people()
    middle = float(np.median(list(known.values())))
    gsd = next(float(r["value"]) for r in table("levels") if r["name"] == "place_gsd")
    return np.stack(
        [draw(f"level-{p}", draws, seed, value=known.get(p, middle), gsd=gsd) for p in everywhere], axis=1
    )


def _with_grades(scenario: Scenario, alert: Alert, place: str, plain: Array, draws: int, seed: int) -> Array:
    """Cut of a place whose graded plants act by their grade and all else by the ratio."""
    chosen = [g for g in scenario.grades if g.id in alert.grades and _is(g.place, place)]
    out, left = np.zeros(draws), np.ones(draws)
    known = standard_emitted() if chosen else None
    for grading in chosen:
        assert known is not None
        share = np.minimum(_share(known, grading, place), left)
        out += share * _by_grade(alert, grading, draws, seed) * _compliance(alert, draws, seed)
        left = left - share
    return np.asarray(out + left * plain)


def _is(name: str, place: str) -> bool:
    found = registry.find(name)
    return found is not None and found.id == place


def _share(known: Emitted, grading: Grading, place: str) -> float:
    """Share of the plants of a grading in the emission of their place; 0 where nothing is known of it."""
    whole = known.of(place, ALL, "PM25")
    if whole is None:
        return 0.0
    if grading.emits is not None:
        weights = {"PM25": 1.0, "SO2": 0.15, "NOx": 0.06}
        own = sum(weights.get(p, 0.0) * v.value for p, v in grading.emits.items())
    else:
        level = known.of(place, grading.category, "PM25")
        own = 0.0 if level is None else central(level.terms)
    total = central(whole.terms)
    return min(own / total, 1.0) if total > 0 else 0.0


def _by_grade(alert: Alert, grading: Grading, draws: int, seed: int) -> Array:
    """Share of the emission of graded plants that stops."""
    priors = alert_priors()
    rows = {r["grade"]: r for r in table("grades")}
    total, stopped = np.zeros(draws), np.zeros(draws)
    after = dict.fromkeys(GRADES, 0) | dict(grading.plants)
    for up in grading.upgrades:
        after[up.from_] -= up.plants
        after[up.to] += up.plants
    for grade in GRADES:
        value, low, high = (float(rows[grade][k]) for k in ("value", "low", "high"))
        emits = after[grade] * Uncertain(value, low, high).draws(f"grade-{grade}", draws, seed)
        total += emits
        stopped += emits * np.minimum(priors[f"{alert.level}/{grade}"].draws(draws, seed), 1.0)
    return np.asarray(np.divide(stopped, total, out=np.zeros(draws), where=total > 0))
