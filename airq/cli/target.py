"""``airq target``: the probability of meeting each yearly target, its hindcast, the year in which limits are attained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from airq.cli.common import json_option, print_table, split
from airq.cli.place_job import PlaceJob, places_of
from airq.errors import AirqError, MissingData, ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from airq.observations import Archive
    from airq.reports.target_panel import TargetPanel

_FILE = click.Path(path_type=Path)
_DRIFTS = ("auto", "zero", "half", "full")
_TITLES = {
    "annual": "annual mean",
    "three_year": "three year mean",
    "first_year": "year in which a limit is first attained: 10, 50 and 90 in 100 (a dash lies beyond the years above)",
    "quantiles": "quantiles of the mean, µg/m³ (CO mg/m³)",
}


@click.command("target")
@click.argument("place_names", nargs=-1, metavar="[PLACE]...")
@click.option("--year", type=int, help="Year that is judged; that of --asof by default.")
@click.option("--asof", help="Last day whose observations are used; the last one held by default.")
@click.option(
    "--drift",
    default="auto",
    show_default=True,
    help="Trend from earlier years: auto, zero, half, full, or a log change a year.",
)
@click.option(
    "--hindcast", is_flag=True, help="Judge earlier years the same way: reliability, Brier, CRPS, coverage."
)
@click.option("--attainment", is_flag=True, help="Probability by year of PM2.5 at 35, 30 and 25 µg/m³.")
@click.option("--pollutant", default="pm25", show_default=True, help="Of --attainment.")
@click.option("--limits", default="35,30,25", show_default=True, help="Of --attainment.")
@click.option(
    "--targets", "targets_file", type=_FILE, help="A register of your own (params/targets.yaml by default)."
)
@click.option("--draws", type=click.IntRange(min=100), default=2000, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--archive", "archive_path", type=_FILE, help="Archive folder (default: data/processed/archive)."
)
@json_option  # fmt: skip
def command(
    place_names: tuple[str, ...],
    year: int | None,
    asof: str | None,
    drift: str,
    hindcast: bool,
    attainment: bool,
    pollutant: str,
    limits: str,
    targets_file: Path | None,
    draws: int,
    seed: int,
    archive_path: Path | None,
    as_json_text: bool,
) -> int:
    """Outlook on the targets of places (all counties, and groups that a city represents, by default).

    P is given under no trend, half and the full trend of earlier years.
    """
    from airq.observations import Archive

    archive = Archive(archive_path)
    places = places_of(archive, place_names, groups=True)
    job = _Job(archive, places, asof, _drift(drift), draws, seed, as_json_text)
    if hindcast:
        return job.hindcast(year)
    if attainment:
        return job.attainment(pollutant, _limits(limits), year)
    return job.outlooks(year, targets_file)


def _drift(text: str) -> str | float:
    if text in _DRIFTS:
        return text
    try:
        return float(text)
    except ValueError as error:
        raise ParameterError(f"drift '{text}' is not known; use {', '.join(_DRIFTS)} or a number such as -0.03.") from error  # fmt: skip


def _limits(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(t) for t in split(text))
    except ValueError as error:
        raise ParameterError(f"limits '{text}' are no numbers; write 35,30,25.") from error


class _Job(PlaceJob):
    """One call of the command."""

    def __init__(
        self,
        archive: Archive,
        places: list[str],
        asof: str | None,
        drift: str | float,
        draws: int,
        seed: int,
        as_json_text: bool,
    ) -> None:
        super().__init__(places, archive.simulated, as_json_text)
        self.archive, self.drift, self.draws, self.seed = archive, drift, draws, seed
        self.asof = _day(asof)

    # ---- outlooks ----

    def outlooks(self, year: int | None, path: Path | None) -> int:
        """Every target of the year of every place."""
        from airq.reports import target_text
        from airq.reports.target_panel import panel, targets_of

        documents = []
        for place in self.places:
            try:
                chosen = year if year is not None else _year(self.archive, self.asof)
                entries = targets_of(place, chosen, path, "every" if year is None else "this")
                made = panel(self.archive, place, self.asof, chosen, entries, self.drift, self.draws, self.seed, hindcast=False)  # fmt: skip
            except AirqError as error:
                self.fail(place, error)
                continue
            years = {e["id"]: e["year"] for e in entries}
            for row in made.refused.to_dict("records"):
                # What lies before the archive is no failure; what is asked for or still to come is.
                sentence = f"{place}, {row['id']}: {row['sentence']}"
                if year is not None or years[row["id"]] >= chosen:
                    self.failed.append(sentence)
                elif not self.json:
                    click.echo(f"not judged: {sentence}", err=True)
            if made.reason:
                if made.reason != "refused":
                    self.fail(place, target_text.reason(made, "en"))
                continue
            documents.append({"place": place, "site": made.site, "year": made.year, "asof": made.asof, "targets": _plain(made)})  # fmt: skip
            self._show(made)
        return self.end({"places": documents}, len(documents))

    def _show(self, made: TargetPanel) -> None:
        if self.json:
            return
        stands = f" (judged by {made.site})" if made.site != made.place else ""
        self.head(f"{made.place}{stands}, {made.year}, observations up to {made.asof}")
        print_table(_table(made))
        said: dict[str, list[str]] = {}
        for row in made.rows.to_dict("records"):
            for note in filter(None, [*str(row["notes"]).split("\n"), str(row["note"])]):
                said.setdefault(note, []).append(str(row["id"]))
        for note, ids in said.items():
            more = f" and {len(ids) - 2} more" if len(ids) > 2 else ""
            click.echo(f"{', '.join(ids[:2])}{more}: {note}")

    # ---- how far to trust it ----

    def hindcast(self, year: int | None) -> int:
        """Outlooks on earlier years as they would have been issued through each."""
        import pandas as pd

        from airq.targets import hindcast

        documents = []
        for place in self.places:
            try:
                frame, site, last = self._frame(place)
                # A year whose last week is there can be scored.
                whole = last.year if last >= pd.Timestamp(last.year, 12, 25) else last.year - 1
                final = year if year is not None else whole
                years = range(int(frame["date"].dt.year.min()) + 1, final + 1)
                kinds = [{"kind": k, "site": site} for k in ("good_days", "heavy_days")]
                kinds.append({"kind": "mean", "pollutant": "pm25", "site": site})
                made = hindcast(frame, kinds, years, draws=min(self.draws, 1000), seed=self.seed)
            except AirqError as error:
                self.fail(place, error)
                continue
            brier, scores = made.brier.rename_axis("issue_day").reset_index(), made.scores()
            self.head(
                f"{place} (judged by {site}), hindcast of {', '.join(map(str, sorted(made.finals['year'].unique())))}"
            )
            if not self.json:
                print_table(_rounded(scores))
                for text, by_day in (
                    ("Brier score by day of issue", made.brier_by_kind),
                    ("CRPS by day of issue (days, µg/m³)", made.crps),
                    ("share inside the 80% interval by day of issue", made.coverage),
                ):
                    click.echo(text)
                    print_table(_rounded(by_day.rename_axis("issue_day").reset_index()))
                click.echo("reliability of all together: probabilities given and how often it came")
                print_table(_rounded(made.reliability))
                for sentence in made.skipped:
                    click.echo(f"left out: {sentence}")
            documents.append(
                {
                    "place": place,
                    "site": site,
                    "scores": scores,
                    "brier": brier,
                    "brier_by_kind": made.brier_by_kind.rename_axis("issue_day").reset_index(),
                    "crps": made.crps.rename_axis("issue_day").reset_index(),
                    "coverage": made.coverage.rename_axis("issue_day").reset_index(),
                    "reliability": made.reliability,
                    "skipped": list(made.skipped),
                }
            )
        return self.end({"hindcasts": documents}, len(documents))

    def _frame(self, place: str) -> tuple[pd.DataFrame, str, pd.Timestamp]:
        from airq.reports.forecast_data import daily
        from airq.reports.target_panel import site_of

        site = site_of(place)
        if not site:
            raise MissingData(f"no city represents '{place}'; name its counties one by one.")
        frame = daily(self.archive, site, end=self.asof, weather=False)
        return frame, site, frame["date"].max()

    # ---- many years ----

    def attainment(self, pollutant: str, limits: tuple[float, ...], year: int | None) -> int:
        """Probability of each limit, year by year."""
        from airq.reports.target_years import attained

        documents = []
        for place in self.places:
            try:
                frame, site, _ = self._frame(place)
                tables, notes = attained(frame, pollutant, limits, year, self.draws, self.seed)
                first = tables["first_year"]
                tables["first_year"] = first.astype(object).where(first.notna(), None)
            except AirqError as error:
                self.fail(place, error)
                continue
            self.head(
                f"{place} (judged by {site}), {pollutant}: probability of the year, and of attainment by then"
            )
            if not self.json:
                for name, table in tables.items():
                    click.echo(_TITLES[name])
                    print_table(_rounded(table))
                for note, _ in notes:
                    click.echo(f"note: {note}")
            documents.append(
                {
                    "place": place,
                    "site": site,
                    "pollutant": pollutant,
                    "notes": [n for n, _ in notes],
                    **tables,
                }
            )
        return self.end({"attainment": documents}, len(documents))


def _day(text: str | None) -> str | None:
    import pandas as pd

    if text is None:
        return None
    stamp = pd.to_datetime(text, errors="coerce")
    if stamp is pd.NaT:
        raise ParameterError(f"asof '{text}' is not a date; write it as 2026-10-31.")
    return f"{stamp:%Y-%m-%d}"


def _year(archive: Archive, asof: str | None) -> int:
    months = archive.months()
    if not months:
        raise MissingData(
            f"{archive.path}: the archive is empty; run 'airq ingest' or 'airq simulate' first."
        )
    return int((asof or months[-1])[:4])


def _plain(made: TargetPanel) -> list[dict[str, Any]]:
    """Rows for JSON, each with its target as a mapping and what the rest of the year may bring."""
    out = []
    for target, row in made.targets():
        own = made.requirement[made.requirement["id"] == row["id"]].drop(columns="id")
        out.append({**row, "target": target, "notes": str(row["notes"]).split("\n"), "rest_of_year": own})
    return out


def _table(made: TargetPanel) -> pd.DataFrame:
    import pandas as pd

    from airq.figures.forecast_words import share
    from airq.figures.targets_words import amount
    from airq.reports import target_text as words

    lines = []
    for target, row in made.targets():
        joined = "all_of" in target
        left = [row[f"left_{p}"] for p in (50, 80, 95)]
        lines.append(
            {
                "id": row["id"],
                "year": row["year"],
                "target": words.name(target, row, "en"),
                "to date": "–" if joined else amount(target, row["value"], "en"),
                "status": row["status"],
                "P": share(row["probability"]),
                "no trend": share(row["zero"]),
                "half": share(row["half"]),
                "full": share(row["full"]),
                "drift": row["drift"],
                "expected [80%]": "–" if joined else words.expected(target, row, "en"),
                "may still": None if joined else _room(target, float(row["affordable"])),
                "to spare at 50/80/95%": None
                if joined or left[0] != left[0]
                else "/".join(f"{v:.4g}" for v in left),
                row["event"] or "reached": row["event_q50"] or None,
                "mark": row["mark"],
            }
        )
    return pd.DataFrame(lines)


def _room(target: dict[str, Any], most: float) -> str | None:
    """What the days to come may hold, or by how much it is missed already.

    Examples
    --------
    >>> _room({"kind": "good_days"}, -7.0), _room({"kind": "mean", "pollutant": "pm25"}, 45.26)
    ('missed by 7 d', '45.3 µg/m³')
    """
    from airq.figures.targets_words import amount, is_mean

    if most != most:
        return None
    if is_mean(target):
        return amount({**target, "kind": "mean"}, most, "en") if most > 0 else "missed"
    counted = {"kind": "heavy_days"}
    return amount(counted, most, "en") if most >= 0 else f"missed by {amount(counted, -most, 'en')}"


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    out = table.copy()
    for column in out.select_dtypes(include="float"):
        out[column] = [None if v != v else f"{v:.3f}" if abs(v) < 10 else f"{v:.1f}" for v in out[column]]
    return out
