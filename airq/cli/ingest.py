"""``airq ingest``: files into the archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from airq.cli.common import as_json, json_option


@click.command("ingest")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--archive",
    "archive_path",
    type=click.Path(path_type=Path),
    help="Archive folder (default: data/processed/archive).",
)
@click.option(
    "--format", "layout", help="Layout, if the content is not to decide: archive, city-daily or tidy."
)
@click.option(
    "--stations",
    type=click.Path(exists=True, path_type=Path),
    help="Station table (CSV or XLSX) with places and positions.",
)
@click.option(
    "--columns",
    type=click.Path(exists=True, path_type=Path),
    help="Column map (YAML) for unusual headings; see docs/ingest.md.",
)
@json_option
def command(
    paths: tuple[Path, ...],
    archive_path: Path | None,
    layout: str | None,
    stations: Path | None,
    columns: Path | None,
    as_json_text: bool,
) -> int:
    """Take observation files or folders into the archive.

    Taking a file twice changes nothing. A file that cannot be used is named with its fault, and the others are taken.
    """
    from tqdm import tqdm

    from airq.observations import Archive

    archive = Archive(archive_path)
    bar: Any = tqdm(unit=" file", disable=None, leave=False)

    def progress(path: Path) -> None:
        bar.set_description(path.name[:30])
        bar.update()

    with bar:
        report = archive.ingest(paths, format=layout, stations=stations, columns=columns, progress=progress)
    if as_json_text:
        click.echo(as_json(report.to_dict()))
        return 0 if report.ok else 1
    for file in report.files:
        for sentence in file.sentences:
            click.echo(sentence, err=file.status == "rejected")
        if file.status != "rejected":
            click.echo(
                f"{file.path}: {file.status}, {file.format} layout; {file.new:,} values new, {file.same:,} the same, "
                f"{file.changed:,} changed, {file.flagged:,} flagged."
            )
    count = {s: sum(f.status == s for f in report.files) for s in ("ok", "partial", "rejected")}
    click.echo(
        f"{len(report.files)} files: {count['ok']} ok, {count['partial']} in part, {count['rejected']} rejected → {archive.path}"
    )
    return 0 if report.ok else 1
