"""Run a scenario: tonnes, µg/m³, days, targets, money, CO2 and deaths, against doing nothing or another scenario.

Baseline and scenario share every draw and every weather year, so that their difference is that of the measures alone.

Examples
--------
>>> from airq.scenario.baseline import baseline_of
>>> days = pd.date_range("2018-10-01", "2022-09-30")
>>> wave = 45 + 30 * np.cos(2 * np.pi * np.asarray(days.day_of_year) / 365)
>>> air = baseline_of(pd.DataFrame({"date": days, "site": "changji", "pm25": wave}), weather_years=5)
>>> made = run({"season": "2025-2026", "measures": [{"id": "2025-boiler-01"}]}, draws=100, baseline=air)
>>> row = made.of("pm25")
>>> bool(-1.2 < row["change_p50"] < 0), row["detectable"]
(True, False)
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import options
from airq import places as registry
from airq.errors import MissingData, ParameterError
from airq.inventory import schema
from airq.observations import Archive
from airq.scenario import reporting
from airq.scenario.alerts.factors import alert_days
from airq.scenario.archive_days import archive_days
from airq.scenario.baseline import Baseline, baseline_of
from airq.scenario.carbon import carbon_of
from airq.scenario.costs import cost_of
from airq.scenario.effects import Effects, effects_of, strata_of
from airq.scenario.health import deaths
from airq.scenario.judged_days import Run, World
from airq.scenario.judging import Judge
from airq.scenario.loading import Given, load
from airq.scenario.planner import expand
from airq.scenario.response import Response, response
from airq.scenario.results import Result
from airq.scenario.spec import Scenario
from airq.scenario.tonnes import Cut, cut_of
from airq.scenario.windows import windows
from airq.texts import Note

__all__ = ["baseline_for", "run", "shown_places"]

Array = npt.NDArray[np.float64]


def shown_places(scenario: Scenario) -> tuple[str, ...]:
    """Places whose air a scenario is run for: those it names, else every county.

    Examples
    --------
    >>> len(shown_places(Scenario(name="a", season=2025)))
    7
    """
    if scenario.places:
        return expand(scenario, scenario.places, ("places",))
    return tuple(p.id for p in registry.load().values() if p.kind == "county")


def baseline_for(
    scenario: Given,
    archive: Archive | str | Path | None = None,
    weather_years: int | None = None,
    seed: int = 0,
) -> Baseline:
    """Weather years of a scenario from an archive; to be made once and given to many runs.

    Parameters
    ----------
    scenario : Scenario, mapping, path or name
    archive : Archive or path, optional
        The project's by default.
    weather_years, seed
        As :func:`run`.

    Raises
    ------
    MissingData, ParameterError
    """
    made = load(scenario)
    wanted = shown_places(made)
    return baseline_of(archive_days(archive, wanted), wanted, made, weather_years, seed)


def run(
    scenario: Given,
    seed: int = 0,
    *,
    draws: int = 1000,
    weather_years: int | None = None,
    archive: Archive | str | Path | None = None,
    baseline: Baseline | None = None,
    brief: bool = False,
) -> Result:
    """Run a scenario.

    Parameters
    ----------
    scenario : Scenario, mapping, path or name
        As :func:`airq.scenario.load` takes it.
    seed : int
        The same seed gives the same draws and weather years to every scenario, so results may be compared.
    draws : int
        At least 20.
    weather_years : int, optional
        Number of weather years, past seasons first, the rest by resampling blocks; the scenario's by default, which is 30.
    archive : Archive or path, optional
        Where the past seasons come from; the project's archive by default.
    baseline : Baseline, optional
        Weather years made before (:func:`baseline_for`); ``archive`` and ``weather_years`` are then not looked at.

    brief : bool
        Leave out the causes of the spread and CO2 net of replacement, which take longest; for a page with sliders.

    Returns
    -------
    Result

    Raises
    ------
    ParameterError
        Anything wrong with the scenario: file, line, what to do.
    MissingData
        No archive, or none of the places in it.
    """
    if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or draws < 20:
        raise ParameterError(f"draws is {draws!r}; give a whole number of 20 or more.")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ParameterError(f"seed is {seed!r}; give a whole number of 0 or more.")
    made, draws, seed = load(scenario), int(draws), int(seed)
    air = baseline_for(made, archive, weather_years, seed) if baseline is None else baseline
    shown = tuple(p for p in shown_places(made) if p in air.places)
    if not shown:
        raise MissingData(f"{made.where('places')}: the weather years hold none of {', '.join(shown_places(made))}; they hold {', '.join(air.places)}.")  # fmt: skip
    cut, other, answer = _tonnes(made, draws, seed)
    days = _days(made, air, cut, other, answer, seed)
    headline = _headline(shown)
    return _gathered(made, days, cut, other, answer, shown, headline, seed, brief)


def _headline(shown: tuple[str, ...]) -> str:
    """The place that stands for its prefecture where it is shown, else the first."""
    stands = [p.represented_by for p in registry.load().values() if p.represented_by in shown]
    return stands[0] if stands else shown[0]


def _tonnes(scenario: Scenario, draws: int, seed: int) -> tuple[Cut, Cut | None, Response]:
    """Tonnes of the scenario and of what it is compared with, both against doing nothing, and one response for both."""
    cut = cut_of(scenario, draws, seed, against=False)
    other = cut_of(scenario.reference, draws, seed, against=False) if scenario.reference is not None else None
    # All sectors that the register knows, so that the next scenario finds the same response.
    named = (*schema.words("category"), *cut.sectors, *(other.sectors if other is not None else ()))
    return cut, other, _response(draws, seed, cut.places, tuple(dict.fromkeys(named)), _stamp())


def _stamp() -> tuple[int, ...]:
    """Changes with the measures and factors by which the response is updated."""
    files = [options.raw_dir() / f"{n}.csv" for n in ("measures", "factors", "activity", "baseline")]
    files.append(options.params_dir() / "counties.yaml")
    return tuple(f.stat().st_mtime_ns if f.exists() else 0 for f in files)


@lru_cache(maxsize=4)
def _response(
    draws: int, seed: int, places: tuple[str, ...], sectors: tuple[str, ...], _stamp: tuple[int, ...]
) -> Response:
    """The response, kept for the next scenario of the same sectors: it takes longer than all the rest."""
    return response(draws, seed, places, sectors)


def _days(scenario: Scenario, air: Baseline, cut: Cut, other: Cut | None, answer: Response, seed: int) -> Run:
    effects = effects_of(cut, answer, seed)
    before = effects_of(other, answer, seed) if other is not None else _nothing(effects)
    reference = scenario.reference

    def alerts(one: Scenario | None) -> object:
        return alert_days(one, air, cut.draws, seed) if one is not None and one.alerts else None

    worlds = World(before, alerts(reference), reference is None), World(effects, alerts(scenario))
    return Run(air, windows(scenario), strata_of(cut.draws, seed), worlds)


def _nothing(like: Effects) -> Effects:
    zero = {n: np.zeros_like(getattr(like, n)) for n in ("pm25", "season", "coarse", "no2", "so2")}
    return Effects(**zero, places=like.places)


def _gathered(
    scenario: Scenario,
    days: Run,
    cut: Cut,
    other: Cut | None,
    answer: Response,
    shown: tuple[str, ...],
    headline: str,
    seed: int,
    brief: bool,
) -> Result:
    net = cut if other is None else cut.minus(other)
    table = reporting.table(scenario, days, shown, seed)
    change = _change(days, headline)
    last = max(scenario.judged_years)
    before, after = ({p: days.mean(p, last, "pm25", s) for p in shown} for s in (False, True))
    co2, said_co2 = carbon_of(scenario, net, seed, net=not brief)
    cost, said_cost = cost_of(scenario, change.mean(axis=1))
    judge = Judge(days.baseline.frame, days.counted, days.mean, scenario.judged_years)
    return Result(
        scenario=scenario.name,
        title_zh=scenario.title("zh"),
        title_en=scenario.title("en"),
        table=table,
        targets=judge.table(shown, scenario.targets),
        tonnes=reporting.tonnes(scenario, net),
        causes=reporting.causes_of(scenario, days, net, answer, headline, seed, brief),
        cost=cost,
        co2=co2,
        deaths=deaths(before, after, seed),
        alerts=reporting.alerts(scenario, days, shown),
        years=days.baseline.years,
        lines=net.lines,
        notes=_notes(scenario, days, net, answer, table, (*said_co2, *said_cost)),
        headline=headline,
        draws=cut.draws,
        seed=seed,
        simulated=days.baseline.simulated,
    )


def _change(days: Run, place: str) -> Array:
    """Change of the season's PM2.5 at a place, (draw, weather year)."""
    return days.mean(place, None, "pm25", True) - days.mean(place, None, "pm25", False)


def _notes(
    scenario: Scenario, days: Run, net: Cut, answer: Response, table: pd.DataFrame, more: tuple[str, ...]
) -> tuple[str, ...]:
    said = [*days.baseline.notes, *reporting.reservations(table, days), *answer.notes, *net.notes, *more]
    done = net.lines[(net.lines["status"] == "done") & (net.lines["kind"] != "reference")]["id"].unique()
    if len(done):
        named = ", ".join(done[:4]) + (" …" if len(done) > 4 else "")
        said.append(Note(f"What is done already ({named}) is in the air of the weather years as far as it took effect before them: its change says what it is worth, and does not come on top.", f"已经完成的措施（{named}）在气象年之前已起的作用包含在本底中：所列变化是它的价值，不能再叠加。"))  # fmt: skip
    if scenario.alerts:
        said.append(Note("The functions of deaths are of long exposure; what an alert of some days avoids is only its part in the annual mean.", "健康函数针对长期暴露；几天的预警只按它对年均值的贡献计算。"))  # fmt: skip
    left = [p for p in shown_places(scenario) if p not in days.baseline.places]
    if left:
        named_zh = "、".join(registry.get(p).zh for p in left)
        said.insert(0, Note(f"No weather years of {', '.join(left)}: nothing is said of their air.", f"{named_zh}没有气象年，不作评价。"))  # fmt: skip
    return tuple(dict.fromkeys(said))
