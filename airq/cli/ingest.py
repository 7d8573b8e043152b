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
    "--format",
    "layout",
    help="Layout, if the content is not to decide; docs/ingest.md lists them, such as archive, feed or tidy.",
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
@click.option(
    "--series",
    type=click.Choice(["realtime", "audited"]),
    default="realtime",
    show_default=True,
    help="Whether the files hold values as published at once, or audited ones (审核后数据), which supersede them.",
)
@click.option(
    "--executor", help="dask, or dask:ADDRESS for a cluster: read files there; the result is the same."
)
@click.option("--workers", type=click.IntRange(1), help="Processes that read files (default: by size).")
@click.option(
    "--describe", is_flag=True, help="Only say how each file would be read, and propose a column map."
)
@json_option
def command(
    paths: tuple[Path, ...],
    archive_path: Path | None,
    layout: str | None,
    stations: Path | None,
    columns: Path | None,
    series: str,
    executor: str | None,
    workers: int | None,
    describe: bool,
    as_json_text: bool,
) -> int:
    """Take observation files or folders into the archive.

    Taking a file twice changes nothing. A file that cannot be used is named with its fault, and the others are taken.
    """
    if describe:
        from airq.cli import describing

        return max(describing.show(path, as_json_text) for path in paths)
    from tqdm import tqdm

    from airq.observations import Archive

    archive = Archive(archive_path)
    bar: Any = tqdm(unit=" file", disable=None, leave=False)

    def progress(path: Path) -> None:
        bar.set_description(path.name[:30])
        bar.update()

    with bar:
        report = archive.ingest(
            paths,
            format=layout,
            stations=stations,
            columns=columns,
            progress=progress,
            workers=workers,
            series=series,  # type: ignore[arg-type]
            executor=executor,
        )
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
