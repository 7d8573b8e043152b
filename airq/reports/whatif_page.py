"""The what-if page: one scenario made ready, and one pure function that answers what a reader chooses.

The weather years of each kind are made once. An answer is a run of :func:`airq.scenario.run` for one place with fewer draws;
the same choice gives the same answer.

Examples
--------
>>> titles("plan-15fyp-box2, red-alert-5-days")
['plan-15fyp-box2', 'red-alert-5-days']
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Final

from airq import places
from airq.errors import AirqError, MissingData
from airq.figures import scenario as figures
from airq.figures import scenario_basis as basis
from airq.figures.labels import Language
from airq.figures.scenario_rows import keyed, shown
from airq.reports import whatif_tables as tables
from airq.reports.tables import Html
from airq.reports.whatif_choice import AS_WRITTEN, NONE, Choice, lean, listed, scenario_of
from airq.scenario.baseline import Baseline
from airq.scenario.loading import load
from airq.scenario.running import baseline_for, run, shown_places
from airq.scenario.spec import Scenario
from airq.texts import spoken

if TYPE_CHECKING:
    from airq.scenario.results import Result

__all__ = [
    "Prepared",
    "alerts",
    "answer",
    "basis_of",
    "causes",
    "compared",
    "controls",
    "header",
    "measures",
    "reservations",
    "rest",
    "result",
    "selection",
    "targets",
    "titles",
]

QUICK_DRAWS: Final = 200
QUICK_YEARS: Final = 10
"""Draws and weather years behind the controls; the tables of the page have those of its parameters."""
_FIGURED: Final = ("pm25_season", "heavy_days_2012", "good_days_2026")


@dataclass(frozen=True, eq=False)
class Prepared:
    """A scenario made ready for many answers.

    Attributes
    ----------
    base : Scenario
        Where the controls begin.
    place : str
        Place that the controls answer for.
    archive : str
        Folder; empty for the project's.
    draws, weather_years, seed : int
        Of the tables.
    """

    base: Scenario
    place: str
    archive: str
    draws: int
    weather_years: int
    seed: int
    _kept: dict[Any, Baseline] = field(default_factory=dict, repr=False)
    _results: dict[str, Result] = field(default_factory=dict, repr=False)
    _lean: dict[str, Scenario] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        scenario: Any,
        archive: str = "",
        draws: int = 500,
        weather_years: int = 30,
        seed: int = 0,
        place: str = "",
    ) -> Prepared:
        """A scenario made ready.

        Parameters
        ----------
        scenario : Scenario, mapping, path or name
        archive : str
        draws, weather_years, seed : int
        place : str
            By default the one that stands for its prefecture, or the first.

        Raises
        ------
        AirqError
            What the scenario or the place is refused for, in one sentence.
        """
        base = load(scenario)
        held = shown_places(base)
        wanted = places.get(place).id if place else ""
        if wanted and wanted not in held:
            raise MissingData(f"scenario '{base.name}' is not run for '{wanted}'; add it to its 'places', or choose among {', '.join(held)}.")  # fmt: skip
        stands = [p.represented_by for p in places.load().values() if p.represented_by in held]
        return cls(base, wanted or (stands[0] if stands else held[0]), archive, draws, weather_years, seed)

    def air(self, scenario: Scenario, weather_years: int) -> Baseline:
        """Weather years of a scenario, made once for each kind of weather, place and number."""
        key = (scenario.weather, shown_places(scenario), weather_years)
        if key not in self._kept:
            self._kept[key] = baseline_for(scenario, self.archive or None, weather_years, self.seed)
        return self._kept[key]

    def full(self, scenario: Any = None) -> Result:
        """Result of a scenario, the base by default, with all draws and weather years; that of the base is kept."""
        if scenario is None and "full" in self._results:
            return self._results["full"]
        made = self.base if scenario is None else load(scenario)
        found = run(made, self.seed, draws=self.draws, baseline=self.air(made, self.weather_years))
        if scenario is None:
            self._results["full"] = found
        return found

    def quick(self, scenario: Scenario) -> Result:
        """Result at the place of the controls with few draws."""
        one = scenario.model_copy(update={"places": (self.place,)})
        one._lines = None  # run() would name lines of a file that says something else
        return run(one, self.seed, draws=QUICK_DRAWS, baseline=self.air(one, QUICK_YEARS), brief=True)

    def begin(self) -> Scenario:
        """The scenario that the controls begin with: the base less the measures without tonnes."""
        if "lean" not in self._lean:
            self._lean["lean"] = lean(self.base)
        return self._lean["lean"]

    def written(self) -> Result:
        """Quick result of the scenario as it is written, kept."""
        if "written" not in self._results:
            self._results["written"] = self.quick(self.begin())
        return self._results["written"]

    def seasons(self) -> list[str]:
        """Past seasons with data."""
        years = self.air(self.base, self.weather_years).years
        return [str(n) for n in years.loc[~years["resampled"].astype(bool), "name"]]


def titles(text: str) -> list[str]:
    """Scenarios of a comma-separated parameter."""
    return [t.strip() for t in str(text).replace("，", ",").split(",") if t.strip()]


def answer(ready: Prepared, choice: Choice, lang: Language = "zh") -> list[Any]:
    """What a choice gives at the place of the controls: sentences, a figure beside the scenario as written, a table.

    Parameters
    ----------
    ready : Prepared
    choice : Choice
    lang : {"zh", "en"}

    Returns
    -------
    list of Html and FigureResult

    Raises
    ------
    AirqError
        What the choice is refused for.
    """
    begin = ready.begin()
    made = ready.quick(scenario_of(choice, begin))
    first = Choice.of(begin)
    names = ("所选", "按情景文件") if lang == "zh" else ("as chosen", "as in the file")
    every = {names[0]: made}
    if choice != first:
        every[names[1]] = ready.written()
    rows = {k: keyed(r.table) for k, r in every.items()}
    picture = figures.compare(rows, shown(rows[names[0]], _FIGURED), ready.place, lang, made.simulated)
    parts: list[Any] = [tables.headline(made, lang), picture]
    if len(made.targets):
        parts.append(tables.targets(made, lang))
    said = (
        f"控件用{QUICK_DRAWS}次抽样、{QUICK_YEARS}个气象年，只算{_name(ready.place, lang)}；下文各表用{ready.draws}次、{ready.weather_years}年。"
        if lang == "zh"
        else f"The controls use {QUICK_DRAWS} draws and {QUICK_YEARS} weather years of {_name(ready.place, lang)} alone; the tables below {ready.draws} and {ready.weather_years}."
    )
    return [*parts, Html(f'<p class="note">{escape(said)}</p>')]


def controls(ready: Prepared, lang: Language, sliders: bool = True) -> list[Any]:
    """Controls with their answer; nothing where a report is made, since the tables say it with all draws.

    Parameters
    ----------
    ready : Prepared
    lang : {"zh", "en"}
    sliders : bool
        False leaves the widgets out.
    """
    if not sliders:
        return []
    first = Choice.of(ready.begin())
    from airq.reports.whatif_controls import Controls

    made = Controls(
        first, listed(ready.begin(), lang), ready.seasons(), lambda c: answer(ready, c, lang), lang
    )
    return [made.box]


def _name(place: str, lang: Language) -> str:
    return places.get(place).name(lang)


def header(ready: Prepared, lang: Language) -> list[Any]:
    """Title, note and source of the scenario, what weather years stand behind it."""
    base, air = ready.base, ready.air(ready.base, ready.weather_years)
    zh = lang == "zh"
    past = int((~air.years["resampled"].astype(bool)).sum())
    made = len(air.years) - past
    said = (
        f"采暖季{base.season}—{base.season + 1}，评判年份{'、'.join(map(str, base.judged_years))}；{past}个过去的气象年，另重抽样{made}个；{ready.draws}次抽样。"
        if zh
        else f"Heating season {base.season}-{base.season + 1}, years judged {', '.join(map(str, base.judged_years))}; {past} past weather years and {made} resampled ones; {ready.draws} draws."
    )
    note = base.note_zh if zh else base.note_en
    mark = "<p><strong>模拟数据</strong></p>" if zh else "<p><strong>Simulated data 模拟数据</strong></p>"
    parts = [f"<h3>{escape(base.title(lang))}</h3>", mark if air.simulated else "", f"<p>{escape(said)}</p>"]
    parts += [f"<p>{escape(note)}</p>" if note else "", f'<p class="note">{escape(base.source)}</p>' if base.source else ""]  # fmt: skip
    return [Html("".join(parts))]


def result(found: Result, lang: Language) -> list[Any]:
    """The answer with all draws: sentences, every place, figure of the season."""
    rows = keyed(found.table)
    title = found.title_zh if lang == "zh" else found.title_en
    picture = figures.changes(rows, "pm25_season", lang, title, found.simulated)
    return [tables.headline(found, lang), picture, tables.overview(found, lang)]


def measures(found: Result, lang: Language) -> list[Any]:
    """Tonnes of the season, and of the largest measures."""
    season = found.tonnes[found.tonnes["period"].str.contains("-")]
    if not season[["p5", "p95"]].abs().to_numpy().any():
        said = (
            "本情景没有可计算的减排量。"
            if lang == "zh"
            else "The scenario cuts no tonnes that can be worked out."
        )
        return [
            Html(f'<p class="note">{said}</p>'),
            *([tables.lines(found, lang)] if len(found.lines) else []),
        ]
    parts: list[Any] = [basis.tonnes(season, lang)]
    parts += _or_sentence(lambda: basis.lines(found.lines, "PM25", lang), lang)
    return [*parts, tables.lines(found, lang)]


def targets(found: Result, lang: Language) -> list[Any]:
    """Probability of each target that can be judged."""
    judged = found.targets[found.targets["before"].notna() & ~tables.settled(found)]
    if judged.empty and len(found.targets):
        return [tables.targets(found, lang)]
    label = [f"{r['year']} {_name(str(r['site']), lang)} {tables.target_text(r, lang)}" for r in judged.to_dict("records")]  # fmt: skip
    frame = judged.assign(label=label)
    drawn = _or_sentence(lambda: figures.probabilities(frame, lang, found.simulated), lang)
    return [*drawn, *([tables.targets(found, lang)] if len(found.targets) else [])]


def rest(found: Result, lang: Language) -> list[Any]:
    """CO2, deaths, money."""
    return [tables.money(found, lang)]


def causes(found: Result, lang: Language) -> list[Any]:
    """Where the spread of the season's PM2.5 comes from."""
    return _or_sentence(lambda: basis.causes(tables.causes(found, "pm25 season", lang), lang), lang)


def basis_of(ready: Prepared, lang: Language) -> list[Any]:
    """Prior and posterior of the response of the scenario's draws."""
    from airq.scenario.measures import axis
    from airq.scenario.response import response

    return [basis.evidence(response(ready.draws, ready.seed, axis(), ("all",)), lang)]


def alerts(ready: Prepared, found: Result, lang: Language, level: str = "red", days: int = 5) -> list[Any]:
    """An alert over the worst episodes of the weather years, and what those of the scenario do."""
    from airq.figures.scenario_alerts import alert_episode
    from airq.scenario.alerts import AlertPlan, simulate_plan, worst_episodes

    first = Choice.of(ready.base)
    if first.alert not in (NONE, AS_WRITTEN):
        level, days = first.alert, first.days
    episode = worst_episodes(ready.air(ready.base, ready.weather_years), ready.place, days)
    made = simulate_plan(AlertPlan(level, -first.lead, days + first.lead), episode, ready.draws, ready.seed)
    drawn = alert_episode(made, lang, _name(ready.place, lang), found.simulated)
    return [drawn, *tables.alerts(found, lang)]


def compared(ready: Prepared, scenarios: str, lang: Language) -> list[Any]:
    """Scenarios beside the base in one figure and one table; one that is refused says why."""
    if not titles(scenarios):
        nothing = "没有给出用来比较的情景。" if lang == "zh" else "No scenario is given to compare with."
        return [Html(f'<p class="note">{nothing}</p>')]
    found, refused = [ready.full()], []
    for name in titles(scenarios):
        try:
            found.append(ready.full(_over(load(name), ready.base)))
        except AirqError as error:
            refused.append(spoken(error, lang))
    rows = {(r.title_zh if lang == "zh" else r.title_en): keyed(r.table) for r in found}
    first = next(iter(rows.values()))
    picture = figures.compare(rows, shown(first, _FIGURED), ready.place, lang, found[0].simulated)
    said = [Html(f'<p class="note">{escape(s)}</p>') for s in refused]
    return [picture, tables.comparison(found, lang, ready.place), *said]


def _over(one: Scenario, base: Scenario) -> Scenario:
    """Scenario over the places and weather of another one, with its own season and measures."""
    same = {k: getattr(base, k) for k in ("places", "weather", "standard")}
    made = one.model_copy(update=same)
    made._lines = one._lines
    return made


def selection(
    ready: Prepared,
    lang: Language,
    costs: dict[str, float] | None = None,
    target: str = "",
    probability: float = 0.8,
    steps: int = 5,
) -> list[Any]:
    """What the optimiser makes of the measures of the base, where any can be weighed.

    Parameters
    ----------
    ready : Prepared
    lang : {"zh", "en"}
    costs : dict, optional
        Yuan a year by measure id, where no document states them.
    target : str
        Row of ``params/targets.yaml`` that is to be reached; without one the ranking and the sets are shown.
    probability : float
    steps : int
        Of the front.
    """
    from airq.reports import whatif_optimum
    from airq.scenario.optimising.answering import optimum

    air = ready.air(ready.base, ready.weather_years) if target else None
    try:
        made = optimum(
            ready.base, ready.place, min(ready.draws, 200), ready.seed, costs or None, target=target,
            probability=probability, air=air, steps=steps, co2_steps=1,
        )  # fmt: skip
    except AirqError as error:
        return _sentence(error, lang)
    return whatif_optimum.parts(made, lang)


def _sentence(error: AirqError, lang: Language) -> list[Any]:
    head = "这一部分略去：" if lang == "zh" else "This part is left out: "
    return [Html(f'<p class="note">{escape(head + spoken(error, lang))}</p>')]


def _or_sentence(make: Any, lang: Language) -> list[Any]:
    """What is drawn, or the sentence that says why it is not."""
    try:
        return [make()]
    except MissingData as error:
        return _sentence(error, lang)


def reservations(found: Result, lang: Language) -> list[Any]:
    """Every reservation of the run."""
    return [tables.notes(found, lang)]
