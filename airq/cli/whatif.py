"""``airq whatif``: scenarios run and compared: tonnes, µg/m³, days, targets, CO2, deaths, money."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from airq.cli.common import json_option, print_table
from airq.cli.place_job import PlaceJob
from airq.cli.whatif_validate import validate_option
from airq.errors import AirqError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from airq.scenario.results import Result

Lang = Literal["zh", "en"]
_HEADS_ZH = {"target": "目标", "place": "地方", "year": "年份", "judged in": "评判年", "text": "内容", "without": "不采取", "with": "采取后"}  # fmt: skip
_DRAWS = 200
"""Draws of the optimiser where none are asked for."""


@click.command("whatif")
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--place", help="Place of the comparison; that which stands for its prefecture by default.")
@click.option("--draws", type=click.IntRange(min=20), default=1000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--weather-years", type=click.IntRange(0, 1000), help="Number of them; the scenario's by default."
)
@click.option(
    "--archive",
    "archive_path",
    type=click.Path(path_type=Path),
    help="Archive folder (default: data/processed/archive).",
)
@click.option("--optimise", is_flag=True, help="Choose the least-cost set of the scenario's measures.")
@click.option("--target", default="", metavar="ID", help="Of --optimise: a row of params/targets.yaml.")
@click.option(
    "--reduction", type=float, metavar="UG", help="Of --optimise: µg/m³ less PM2.5 in the heating season."
)
@click.option("--probability", type=float, default=0.8, show_default=True, help="Of --optimise.")
@click.option(
    "--budget",
    "budgets",
    multiple=True,
    metavar="YEAR=YUAN",
    help="Of --optimise: most that is spent in a year; may be repeated.",
)
@click.option(
    "--cost",
    "costs",
    multiple=True,
    metavar="MEASURE=YUAN",
    help="Of --optimise: yuan a year, where no document states it; may be repeated.",
)
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Of --optimise: YAML with budgets, costs, groups, overlaps, precedence, equity.",
)
@click.option(
    "--report",
    "report_folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the scenario as pages in Chinese and English.",
)
@click.option("--list", "listing", is_flag=True, help="List the scenarios of params/scenarios.")
@click.option("--zh", is_flag=True, help="Names in Chinese.")
@json_option  # fmt: skip
@validate_option
def command(
    files: tuple[str, ...],
    place: str | None,
    draws: int,
    seed: int,
    weather_years: int | None,
    archive_path: Path | None,
    optimise: bool,
    target: str,
    reduction: float | None,
    probability: float,
    budgets: tuple[str, ...],
    costs: tuple[str, ...],
    rules: Path | None,
    report_folder: Path | None,
    listing: bool,
    zh: bool,
    as_json_text: bool,
) -> int:
    """Run scenarios on the same draws and weather years, and set them side by side.

    FILE is a YAML file, or the name of one in params/scenarios. A scenario that is refused is said, and the others are
    done. With --optimise the cheapest of its measures are chosen; with --report pages are written.
    """
    lang: Lang = "zh" if zh else "en"
    if listing:
        return _list(lang, as_json_text)
    if not files:
        raise ParameterError("no scenario is named; give a file, or a name that 'airq whatif --list' shows.")
    from airq import places

    chosen = places.get(place).id if place else None
    from airq.cli.whatif_optimise import Wanted
    from airq.cli.whatif_optimise import optimise as choose

    wanted = Wanted(target, reduction, probability, budgets, costs, rules)
    if optimise:
        return choose(files, wanted, chosen, _DRAWS if _left("draws") else draws, seed, weather_years, archive_path, lang, as_json_text)  # fmt: skip
    if report_folder is not None:
        from airq.cli.whatif_report import write

        return write(files, report_folder, wanted, chosen, 500 if _left("draws") else draws, seed, weather_years, archive_path, as_json_text)  # fmt: skip
    if wanted.any():
        raise ParameterError("--target, --reduction, --budget, --cost and --rules belong to --optimise; add it.")  # fmt: skip
    return _Job(list(files), chosen, draws, seed, weather_years, archive_path, lang, as_json_text).run()


def _left(name: str) -> bool:
    """Whether an option was left at its default."""
    from click.core import ParameterSource

    return click.get_current_context().get_parameter_source(name) is ParameterSource.DEFAULT


def _list(lang: Lang, as_json_text: bool) -> int:
    import pandas as pd

    from airq.cli.common import emit
    from airq.scenario.loading import examples, load

    rows = [{"name": n, "title": load(n, check=False).title(lang)} for n in examples()]
    emit(pd.DataFrame(rows, columns=["name", "title"]), as_json_text)
    return 0


class _Job(PlaceJob):
    """One call of the command; what it works through are scenarios."""

    def __init__(
        self,
        files: list[str],
        place: str | None,
        draws: int,
        seed: int,
        weather_years: int | None,
        archive: Path | None,
        lang: Lang,
        as_json_text: bool,
    ) -> None:
        super().__init__(files, False, as_json_text)
        self.place, self.draws, self.seed, self.weather_years = place, draws, seed, weather_years
        self.archive, self.lang = archive, lang
        self._air: dict[Any, Any] = {}

    def run(self) -> int:
        """Run every scenario, print each and the comparison."""
        results = []
        for name in self.places:
            try:
                made = self._one(name)
                self._check(made)
            except AirqError as error:
                self.failed.append(str(error))  # it names the file and the line itself
                continue
            results.append(made)
            self.simulated = self.simulated or made.simulated
            if not self.json:
                self._show(made)
        if len(results) > 1 and not self.json:
            self._compare(results)
        return self.end({"scenarios": [r.to_dict() for r in results]}, len(results))

    def nothing(self) -> ParameterError:
        """Why nothing could be done."""
        return ParameterError("; ".join(dict.fromkeys(self.failed)))

    def _one(self, name: str) -> Result:
        from airq.scenario.loading import load
        from airq.scenario.running import baseline_for, run, shown_places

        made = load(name)
        key = (made.weather, shown_places(made))
        if key not in self._air:
            self._air[key] = baseline_for(made, self.archive, self.weather_years, self.seed)
        return run(made, self.seed, draws=self.draws, baseline=self._air[key])

    def _check(self, result: Result) -> None:
        held = list(dict.fromkeys(result.table["place"]))
        if self.place and self.place not in held:
            raise ParameterError(f"scenario '{result.scenario}' gives nothing for '{self.place}'; it gives {', '.join(held)}.")  # fmt: skip

    def _show(self, result: Result) -> None:
        title = result.title_zh if self.lang == "zh" else result.title_en
        about = f"{result.draws}次抽样，{len(result.years)}个气象年" if self.lang == "zh" else f"{result.draws} draws, {len(result.years)} weather years"  # fmt: skip
        self.head(f"{result.scenario}: {title} ({about})")
        print_table(_overview(result, self.lang))
        if (judged := _targets(result, self.lang)) is not None:
            print_table(judged)
        print_table(_rest(result, self.lang))
        from airq.texts import spoken

        for note in result.notes:
            click.echo(f"{'注' if self.lang == 'zh' else 'note'}: {spoken(note, self.lang)}")
        click.echo("")

    def _compare(self, results: list[Result]) -> None:
        import pandas as pd

        from airq.figures.scenario_rows import SHOWN
        from airq.figures.scenario_words import indicator
        from airq.reports.whatif_tables import first_target

        rows = []
        for result in results:
            at = self.place or result.headline
            own = _by_place(result).get(at, {})
            row = {"情景": result.scenario, "地方": at} if self.lang == "zh" else {"scenario": result.scenario, "place": at}  # fmt: skip
            row |= {indicator(n, self.lang): own.get(n, "–") for n in SHOWN}
            rows.append(row | {"目标" if self.lang == "zh" else "target": first_target(result, self.lang)})
        self.head("comparison" if self.lang == "en" else "情景比较")
        print_table(pd.DataFrame(rows))


def _by_place(result: Result) -> dict[str, dict[str, str]]:
    """Change of each indicator by place, as printed."""
    from airq.figures.scenario_rows import keyed
    from airq.figures.scenario_words import interval

    out: dict[str, dict[str, str]] = {}
    for row in keyed(result.table).to_dict("records"):
        said = interval(row["change_p5"], row["change_p50"], row["change_p95"], sign=True)
        out.setdefault(str(row["place"]), {})[str(row["indicator"])] = said
    return out


def _overview(result: Result, lang: Lang) -> pd.DataFrame:
    import pandas as pd

    from airq import places
    from airq.figures.scenario_rows import keyed, shown
    from airq.figures.scenario_words import indicator
    from airq.reports.whatif_tables import detectability

    rows = keyed(result.table)
    names = shown(rows)
    lines = []
    for place, own in _by_place(result).items():
        season = rows[(rows["place"] == place) & (rows["indicator"] == "pm25_season")]
        seen = detectability(season.iloc[0].to_dict(), lang) if len(season) else ""
        cells = {indicator(n, lang): own.get(n, "–") for n in names}
        heads = ("地方", "可测") if lang == "zh" else ("place", "detectable")
        lines.append({heads[0]: places.get(place).name(lang), **cells, heads[1]: seen})
    return pd.DataFrame(lines)


def _targets(result: Result, lang: Lang) -> pd.DataFrame | None:
    import pandas as pd

    from airq.figures.forecast_words import share
    from airq.reports.whatif_tables import target_text

    if result.targets.empty:
        return None
    lines, certain = [], 0
    for row in result.targets.to_dict("records"):
        known = row["before"] == row["before"] and row["before"] is not None
        if known and row["before"] == row["after"] and row["before"] in (0.0, 1.0):
            certain += 1
            continue
        lines.append(
            {
                "target": row["id"],
                "place": row["site"] or row["place"],
                "year": row["year"],
                "judged in": row["judged_in"],
                "text": target_text(row, lang),
                "without": share(float(row["before"])) if known else "–",
                "with": share(float(row["after"]))
                if known
                else row["reason_zh" if lang == "zh" else "reason"],
            }
        )
    if certain:
        said = (
            f"采取与不采取都一定达到或一定达不到的目标{certain}个"
            if lang == "zh"
            else f"{certain} targets are met or missed in every draw, with and without"
        )
        lines.append({"target": "–", "place": "–", "year": "–", "judged in": "–", "text": said, "without": "–", "with": "–"})  # fmt: skip
    made = pd.DataFrame(lines)
    return made.rename(columns=_HEADS_ZH) if lang == "zh" else made


def _rest(result: Result, lang: Lang) -> pd.DataFrame:
    """Tonnes of the season, CO2, deaths, money and causes in one list."""
    import pandas as pd

    from airq.figures.inventory_words import symbol
    from airq.figures.scenario_words import indicator, interval
    from airq.reports.whatif_tables import cause, co2_name, function_name, money_name, number_of

    zh = lang == "zh"
    rows = []
    for row in result.tonnes[result.tonnes["period"].str.contains("-")].to_dict("records"):
        if row["p5"] or row["p95"]:
            name = symbol(row["pollutant"])
            rows.append((f"采暖季减少{name}" if zh else f"{name} cut in the season", interval(row["p5"], row["p50"], row["p95"]), "吨" if zh else "t", ""))  # fmt: skip
    for row in result.co2.to_dict("records"):
        most = ("至多" if zh else "at most") if row["at_most"] else ""
        rows.append((co2_name(row["what"], lang), interval(row["p5"], row["p50"], row["p95"]), "吨/年" if zh else "t/yr", most))  # fmt: skip
    for row in result.deaths.to_dict("records"):
        lead = "避免的死亡，" if zh else "deaths avoided, "
        rows.append((lead + function_name(row["function"], lang), interval(row["p5"], row["p50"], row["p95"]), "人/年" if zh else "a year", row["mark"]))  # fmt: skip
    for row in result.cost.to_dict("records"):
        lead = "写明的费用：" if zh else "stated money, "
        rows.append((lead + money_name(row["kind"], lang), number_of(float(row["yuan"]), lang), "", row["source"]))  # fmt: skip
    for row in result.causes.to_dict("records"):
        what = indicator(str(row["result"]).removesuffix(" year").replace(" ", "_"), lang)
        said = f"{what}的起伏：{cause(row['cause'], lang)}" if zh else f"spread of {what}: {cause(row['cause'], lang)}"  # fmt: skip
        rows.append((said, f"{100 * row['share']:.0f}%", "占方差" if zh else "of variance", ""))
    head = (
        ["项目", "中位数[90%区间]", "单位", "标记"]
        if zh
        else ["what", "median [90% interval]", "unit", "mark"]
    )
    return pd.DataFrame(rows, columns=head)
