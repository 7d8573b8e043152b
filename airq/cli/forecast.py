"""``airq forecast``: the coming days and hours as quantiles, their verification, warnings with their log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from airq.cli.common import json_option, print_table, split
from airq.cli.forecast_tables import SCORES, day_table, rounded, show_more, show_warning
from airq.cli.place_job import PlaceJob, places_of
from airq.errors import AirqError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from airq.observations import Archive
    from airq.reports.coming import Coming

_FILE = click.Path(path_type=Path)
_POLLUTANTS = ("pm25", "pm10", "so2", "no2", "co", "o3")
_TARGETS = (*_POLLUTANTS, "aqi", "all")


@click.command("forecast")
@click.argument("place_names", nargs=-1, metavar="[PLACE]...")
@click.option(
    "--target",
    "target_text",
    default="pm25",
    show_default=True,
    help="Pollutants or aqi, separated by commas; all gives every one with category and primary pollutant.",
)
@click.option("--horizons", help="Leads: 1-10 days, or 1-72 hours with --hourly; as 1-10 or 1,3,7.")
@click.option("--hourly", is_flag=True, help="Hours, not days.")
@click.option(
    "--weather",
    "weather_file",
    type=_FILE,
    help="Weather of the coming days: a CSV, a forecast of Open-Meteo, or 'observed' for the archive's own (perfect weather).",
)
@click.option("--issued", help="Forecast from this day (or hour) on; the last with data by default.")
@click.option("--by", type=click.Choice(["place", "station"]), default="place", show_default=True)
@click.option("--verify", is_flag=True, help="Score forecasts of the last days against what was observed.")
@click.option("--test-days", type=int, default=365, show_default=True, help="Days that --verify scores.")
@click.option("--warn", is_flag=True, help="Probability of each alert level on each day.")
@click.option("--rule", default="ALERT-2024", show_default=True, help="Rules of the alerts.")
@click.option(
    "--cost-loss",
    type=float,
    default=0.2,
    show_default=True,
    help="Cost of a warning over the loss that it prevents.",
)
@click.option(
    "--log",
    "log_file",
    type=_FILE,
    help="Append the warnings to this log; with --verify its warnings are scored.",
)
@click.option("--edition", help="AQI edition, 2012 or 2026; the one in force by default.")
@click.option(
    "--model",
    default="auto",
    show_default=True,
    help="climatology, persistence, damped_ar1, ridge, boosting or auto.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--archive", "archive_path", type=_FILE, help="Archive folder (default: data/processed/archive)."
)
@json_option  # fmt: skip
def command(
    place_names: tuple[str, ...],
    target_text: str,
    horizons: str | None,
    hourly: bool,
    weather_file: Path | None,
    issued: str | None,
    by: str,
    verify: bool,
    test_days: int,
    warn: bool,
    rule: str,
    cost_loss: float,
    log_file: Path | None,
    edition: str | None,
    model: str,
    seed: int,
    archive_path: Path | None,
    as_json_text: bool,
) -> int:
    """Forecast places (all counties with stations by default) as medians with 80 % intervals.

    Quantiles, paths and scores in full come with --json.
    """
    from airq.observations import Archive
    from airq.reports.forecast_data import span_of

    targets = split(target_text, _TARGETS, "target")
    issued = _stamp(issued)
    if hourly and (warn or "all" in targets or len(targets) > 1):
        raise ParameterError("--hourly takes one target and no --warn; leave --hourly out for these.")
    if log_file is not None and not (warn or verify):
        raise ParameterError("--log goes with --warn (append) or --verify (score); add one of them.")
    unit = "hours" if hourly else "days"
    default = ("1,6,12,24" if verify else "1-72") if hourly else ("1,3,7" if verify else "1-10")
    leads = span_of(horizons or default, unit)
    archive = Archive(archive_path)
    job = _Job(archive, places_of(archive, place_names), targets, leads, hourly, weather_file, issued, by, edition, model, seed, as_json_text)  # fmt: skip
    if verify:
        return job.verify(test_days, log_file)
    return job.hours() if hourly else job.days(warn, rule, cost_loss, log_file)


def _stamp(text: str | None) -> str | None:
    """A day or hour of issue that can be read."""
    import pandas as pd

    if text is not None and pd.to_datetime(text, errors="coerce") is pd.NaT:
        raise ParameterError(f"issued '{text}' is not a date; write it as 2026-10-31 or 2026-10-31T08:00.")
    return text


class _Job(PlaceJob):
    """One call of the command."""

    def __init__(
        self,
        archive: Archive,
        places: list[str],
        targets: list[str],
        leads: tuple[int, ...],
        hourly: bool,
        weather: Path | None,
        issued: str | None,
        by: str,
        edition: str | None,
        model: str,
        seed: int,
        as_json_text: bool,
    ) -> None:
        super().__init__(places, archive.simulated, as_json_text)
        self.archive, self.leads, self.by = archive, leads, by
        self.targets = list(_POLLUTANTS) if "all" in targets else targets
        self.hourly, self.weather_path, self.issued = hourly, weather, issued
        self.edition, self.model, self.seed = edition, model, seed

    def _frame(self, place: str) -> pd.DataFrame:
        from airq.reports import forecast_data as data

        if self.hourly:
            return data.hourly(self.archive, place, self.by)
        chosen = self.edition or data.by_phase(self.issued or f"{self.archive.months()[-1]}-01")
        return data.daily(self.archive, place, self.by, chosen)

    def _weather(self, frame: pd.DataFrame, place: str) -> Any:
        """What ``weather=`` takes, from the option."""
        from airq.reports import forecast_data as data
        from airq.reports.coming import known_columns

        if self.weather_path is None:
            return None
        if str(self.weather_path) == "observed":
            columns = known_columns(frame)
            if not columns:
                raise ParameterError(
                    f"the archive holds no weather of '{place}'; ingest some, or name a file."
                )
            return columns
        table = data.weather_file(self.weather_path, place, self.hourly)
        sites = frame["site"].unique().tolist()
        if set(table["site"]) == {place} and set(sites) != {place}:  # one weather for all stations of a place
            import pandas as pd

            table = pd.concat([table.assign(site=s) for s in sites], ignore_index=True)
        return table

    def _each(self) -> list[tuple[str, pd.DataFrame]]:
        """Frames of the places; one that cannot be loaded is said and left out."""
        out = []
        for place in self.places:
            try:
                out.append((place, self._frame(place)))
            except AirqError as error:
                self.fail(place, error)
        if not out:
            raise self.nothing()
        return out

    # ---- the coming days ----

    def days(self, warn: bool, rule: str, cost_loss: float, log_file: Path | None) -> int:
        """Forecast of days, with warnings where asked for."""
        from airq.reports.coming import coming

        targets = list(
            dict.fromkeys([*self.targets, *(_POLLUTANTS if warn and "aqi" not in self.targets else ())])
        )
        documents, made_all = [], 0
        for place, frame in self._each():
            try:
                table = self._weather(frame, place)
                made = coming(
                    frame, targets, self.leads, table, self.issued, self.edition, self.model, self.seed
                )
                documents.append(self._day_document(place, made, warn, rule, cost_loss, log_file))
            except AirqError as error:
                self.fail(place, error)
                continue
            made_all += 1
        return self.end({"forecasts": documents}, made_all)

    def _day_document(
        self, place: str, made: Coming, warn: bool, rule: str, cost_loss: float, log_file: Path | None
    ) -> dict[str, Any]:
        from airq.reports.coming import days, what_is_lost

        sites = made.to_frame()["site"].unique().tolist()
        found = self._warning(made, rule, cost_loss, log_file) if warn else None
        self.head(
            f"{place}, issued {made.issued:%Y-%m-%d}, AQI of {made.edition}. {what_is_lost(made.weather, 'en')}"
        )
        if not self.json:
            for site in sites:
                if len(sites) > 1:
                    click.echo(f"station {site}")
                print_table(day_table(days(made, site), list(made.rows)))
            for note in made.notes:
                click.echo(f"note: {note}")
            if found is not None:
                show_warning(found)
        document: dict[str, Any] = {
            "place": place,
            "issued": f"{made.issued:%Y-%m-%d}",
            "weather": made.weather,
            "edition": made.edition,
            "notes": list(made.notes),
            "days": {s: days(made, s) for s in sites},
            "quantiles": made.to_frame(),
        }
        if made.paths is not None:
            document["categories"] = made.paths.category_probability()
            document["primary"] = made.paths.primary_probability()
        if found is not None:
            document["warnings"] = {"days": found.days, "outlook": found.outlook, "rule": found.rule, "notes": list(found.notes)}  # fmt: skip
        return document

    def _warning(self, made: Coming, rule: str, cost_loss: float, log_file: Path | None) -> Any:
        from airq.forecast import warning, warning_log

        if made.paths is None:
            raise ParameterError("there are no paths of the AQI to judge; forecast with --target all or aqi.")
        found = warning(made.paths, rule=rule, cost_loss=cost_loss)
        if log_file is not None:
            ids = warning_log.append(log_file, found)
            if not self.json:
                click.echo(f"{log_file}: {len(ids)} {'warning' if len(ids) == 1 else 'warnings'} logged.")
        return found

    # ---- the coming hours ----

    def hours(self) -> int:
        """Forecast of hours."""
        from airq.forecast import forecast_hourly
        from airq.reports.coming import what_is_lost

        documents, target = [], self.targets[0]
        for place, frame in self._each():
            try:
                table = self._weather(frame, place)
                rows = forecast_hourly(frame, target, weather=table, horizons=self.leads, issued=self.issued, seed=self.seed, model=self.model)  # fmt: skip
            except AirqError as error:
                self.fail(place, error)
                continue
            label = str(rows.attrs.get("weather", "none"))
            self.head(f"{place}, {target}, issued {rows['issued'].iloc[0]:%Y-%m-%d %H:%M} Beijing time. {what_is_lost(label, 'en')}")  # fmt: skip
            if not self.json:
                shown = rows[["site", "time", "horizon", "q50", "q10", "q90"]].round(
                    {"q50": 1, "q10": 1, "q90": 1}
                )
                print_table(shown if len(rows["site"].unique()) > 1 else shown.drop(columns="site"))
                for note in rows.attrs.get("notes", ()):
                    click.echo(f"note: {note}")
            notes = list(rows.attrs.get("notes", ()))
            documents.append({"place": place, "weather": label, "notes": notes, "quantiles": rows})
        return self.end({"target": target, "forecasts": documents}, len(documents))

    # ---- how good ----

    def verify(self, test_days: int, log_file: Path | None) -> int:
        """Scores of a backtest; with a log, those of the warnings that were issued, too."""
        documents = []
        for place, frame in self._each():
            for target in self.targets:
                try:
                    found = self._verified(frame, place, target, test_days)
                except AirqError as error:
                    self.fail(f"{place} {target}", error)
                    continue
                documents.append({"place": place, "target": target, "weather": found.weather, "notes": list(found.notes), **found.tables})  # fmt: skip
                self._show_scores(place, target, found, test_days)
            if log_file is not None:
                documents.append(self._log_scores(place, frame, log_file))
        return self.end({"verifications": documents}, len(documents))

    def _verified(self, frame: pd.DataFrame, place: str, target: str, test_days: int) -> Any:
        from airq.forecast import backtest_hourly, verify
        from airq.reports.coming import verified

        table = self._weather(frame, place)
        if not self.hourly:
            return verified(frame, target, self.leads, table, test_days, self.model, self.seed)
        names = list(dict.fromkeys((self.model, "climatology", "persistence")))
        rows = backtest_hourly(frame, target, weather=table, horizons=self.leads, test_days=test_days, seed=self.seed, model=names)  # fmt: skip
        return verify(rows, history=frame, seed=self.seed)

    def _show_scores(self, place: str, target: str, found: Any, test_days: int) -> None:
        from airq.reports.coming import main_scores, what_is_lost

        if self.json:
            return
        label = found.weather or "none"
        self.head(
            f"{place}, {target}, model {self.model}, last {test_days} days. {what_is_lost(label, 'en')}"
        )
        table = main_scores(found, self.model)
        print_table(rounded(table[[c for c in SCORES if c in table]].rename(columns=SCORES)))
        for name, title in (("by_season", "by season"), ("by_site", "by site")):
            part = getattr(found, name)
            part = part[part["model"] == self.model]
            key = name.removeprefix("by_")
            if part.empty or (key == "site" and part["site"].nunique() < 2):
                continue
            click.echo(title)
            print_table(rounded(part[[key, *(c for c in SCORES if c in part)]].rename(columns=SCORES)))
        show_more(found, self.model)
        for note in found.notes:
            click.echo(f"note: {note}")

    def _log_scores(self, place: str, frame: pd.DataFrame, log_file: Path) -> dict[str, Any]:
        from airq.forecast import verify_log

        found = verify_log(log_file, frame)
        if not self.json:
            click.echo(f"{log_file}: warnings that were issued")
            print_table(rounded(found.scores))
            for note in found.notes:
                click.echo(f"note: {note}")
        return {"place": place, "log": str(log_file), "scores": found.scores, "by_horizon": found.by_horizon, "notes": list(found.notes)}  # fmt: skip
