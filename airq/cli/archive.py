"""``airq archive``: what is stored, whether it is whole, what came when, what changed."""

from __future__ import annotations

from pathlib import Path

import click

from airq.cli.common import as_json, emit, json_option


@click.command("archive")
@click.argument(
    "what", default="info", type=click.Choice(["info", "stations", "verify", "history", "changes"])
)
@click.option(
    "--archive",
    "archive_path",
    type=click.Path(path_type=Path),
    help="Archive folder (default: data/processed/archive).",
)
@json_option
def command(what: str, archive_path: Path | None, as_json_text: bool) -> int:
    """Say what the archive holds: info, stations, verify, history or changes."""
    from airq.observations import Archive

    archive = Archive(archive_path)
    if what == "info":
        info = archive.info()
        click.echo(as_json(info) if as_json_text else "\n".join(f"{k}: {v}" for k, v in info.items()))
    elif what == "verify":
        found = archive.verify()
        click.echo(
            as_json({"findings": found}) if as_json_text else "\n".join([*found, f"{len(found)} faults."])
        )
        return 1 if found else 0
    elif what == "stations":
        emit(
            archive.stations()[["station", "name_zh", "place", "lat", "lon", "network", "role"]], as_json_text
        )
    elif what == "history":
        frame = archive.history()
        emit(
            frame
            if as_json_text or frame.empty
            else frame[["at", "path", "status", "new", "same", "changed"]],
            as_json_text,
        )
    else:
        emit(archive.changes(), as_json_text)
    return 0
