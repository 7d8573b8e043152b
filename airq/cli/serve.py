"""``airq serve``: the what-if page with its controls, on this machine only."""

from __future__ import annotations

from pathlib import Path

import click

from airq.cli.common import json_option
from airq.errors import ParameterError


@click.command("serve")
@click.argument("scenario", default="plan-15fyp-box2")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8866, show_default=True)
@click.option(
    "--archive", type=click.Path(path_type=Path), help="Archive folder (default: data/processed/archive)."
)
@click.option(
    "--draws",
    type=click.IntRange(min=20),
    default=200,
    show_default=True,
    help="Of the tables below the controls.",
)
@click.option(
    "--weather-years", type=click.IntRange(0, 1000), default=12, show_default=True, help="Of the tables."
)
@click.option("--browser", is_flag=True, help="Open the page in the browser.")
@json_option
def command(
    scenario: str,
    lang: str,
    port: int,
    archive: Path | None,
    draws: int,
    weather_years: int,
    browser: bool,
    as_json_text: bool,
) -> int:
    """Serve the what-if page: choose measures, dates, alerts and weather, and see what changes.

    SCENARIO is where the controls begin: a file, or a name of params/scenarios. Ctrl-C ends it.
    """
    from airq.cli.common import emit
    from airq.reports import serving
    from airq.scenario.loading import load

    load(scenario)  # a scenario that is refused is refused here, before a page is opened
    known = Path(scenario)
    given: dict[str, object] = {
        "scenario": str(known.resolve()) if known.is_file() else scenario,
        "lang": lang,
    }
    given |= {"sliders": True, "compare": "", "draws": draws, "weather_years": weather_years}
    if archive is not None:
        if not archive.is_dir():
            raise ParameterError(f"{archive}: there is no such folder; make the archive with 'airq ingest'.")
        given["archive"] = str(archive.resolve())
    address = f"http://{serving.HOST}:{port}/"
    if as_json_text:
        emit({"address": address, "scenario": given["scenario"], "lang": lang}, True)
    else:
        click.echo(f"airq: the page is at {address} and opens in a few seconds; Ctrl-C ends it.")
    return serving.serve(given, port, browser)
