"""``airq stations``: the station table."""

from __future__ import annotations

from pathlib import Path

import click

from airq.cli.common import as_json, json_option, print_table


@click.command("stations")
@click.argument("table", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--check", is_flag=True, help="Say what is doubtful; exit 1 if anything is.")
@json_option
def command(table: Path | None, check: bool, as_json_text: bool) -> int:
    """Show a station table (the project's own by default), or check it."""
    from airq.observations import stations

    frame = stations.load(table)
    if not check:
        if as_json_text:
            click.echo(as_json(frame))
        else:
            print_table(frame[["station", "name_zh", "place", "lat", "lon", "network", "role"]])
        return 0
    found = stations.check(frame)
    if as_json_text:
        click.echo(as_json({"stations": len(frame), "findings": found}))
    else:
        click.echo("\n".join([*found, f"{len(frame)} stations, {len(found)} findings."]))
    return 1 if found else 0
