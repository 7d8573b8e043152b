"""``airq fetch``: open data from their sources into ``data/raw``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from airq.cli.common import as_json, json_option, split

if TYPE_CHECKING:
    from airq.observations.fetch import FetchReport, Site


@click.command("fetch")
@click.argument("source")
@click.option("--start", help="First day, 2019-01-01 (Beijing time).")
@click.option("--end", help="Last day, inside; the first day if left out.")
@click.option("--stations", default="", help="Codes, separated by commas: OpenAQ locations or ISD stations.")
@click.option("--place", "place_names", default="", help="Places of params/counties.yaml, for Open-Meteo.")
@click.option("--lat", type=float, help="Latitude, for Open-Meteo.")
@click.option("--lon", type=float, help="Longitude, for Open-Meteo.")
@click.option("--days", type=int, default=7, show_default=True, help="Days ahead of a forecast, 1 to 16.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder that gets a folder of the source (default: data/raw).",
)
@click.option("--base-url", help="Mirror in place of the source's own address.")
@click.option(
    "--rate", type=float, default=2.0, show_default=True, help="Requests a second to one host; 0: no limit."
)
@click.option(
    "--retries", type=int, default=5, show_default=True, help="Further attempts after a failed one."
)
@click.option(
    "--timeout", type=float, default=30.0, show_default=True, help="Seconds without any byte to wait for."
)
@click.option(
    "--max-age",
    type=float,
    default=30.0,
    show_default=True,
    help="Days for which a complete file is not asked for again; 0: always ask.",
)
@click.option("--dry-run", is_flag=True, help="Print the addresses and fetch nothing.")
@json_option
def command(
    source: str,
    start: str | None,
    end: str | None,
    stations: str,
    place_names: str,
    lat: float | None,
    lon: float | None,
    days: int,
    out: Path | None,
    base_url: str | None,
    rate: float,
    retries: int,
    timeout: float,
    max_age: float,
    dry_run: bool,
    as_json_text: bool,
) -> int:
    """Fetch open data: national-sites, national-cities, openaq, isd-lite, open-meteo, open-meteo-forecast.

    Needs a connection; nothing else in airq does. Run again after a break: finished files are not fetched twice, and
    a file that was cut off is continued. A bad answer never replaces a good file.
    """
    from tqdm import tqdm

    from airq.errors import ParameterError
    from airq.observations import fetch

    if timeout <= 0:
        raise ParameterError(f"timeout {timeout:g} is not above 0; give seconds.")
    arguments: dict[str, Any] = {
        "start": start,
        "end": end if end is not None else start,
        "stations": split(stations),
        "sites": _sites(place_names, lat, lon),
        "base_url": base_url,
        "days": days,
    }
    if dry_run:
        return _dry_run(source, arguments, as_json_text)
    bar: Any = tqdm(unit=" file", disable=None, leave=False)

    def progress(path: str) -> None:
        bar.set_description(path[-30:])
        bar.update()

    with bar:
        report = fetch.fetch(
            source,
            out=out,
            rate=rate,
            retries=retries,
            max_age=max_age,
            transfer=fetch.Transfer(timeout=timeout),
            progress=progress,
            **arguments,
        )
    click.echo(as_json(report.to_dict())) if as_json_text else _tell(report)
    return 0 if report.ok else 1


def _sites(place_names: str, lat: float | None, lon: float | None) -> list[Site]:
    from airq import places
    from airq.errors import ParameterError
    from airq.observations.fetch import Site

    if (lat is None) != (lon is None):
        raise ParameterError("--lat and --lon belong together; give both or neither.")
    if lat is not None and lon is not None:
        if place_names:
            raise ParameterError("--place cannot be combined with --lat and --lon; give one of them.")
        return [Site(f"{lat:.4f}_{lon:.4f}", lat, lon)]
    found = {}
    for name in split(place_names):
        for place in places.members(name):
            if place.lat is None or place.lon is None:
                raise ParameterError(f"place '{place.id}' has no position; give --lat and --lon.")
            found[place.id] = Site(place.id, place.lat, place.lon)
    return list(found.values())


def _dry_run(source: str, arguments: dict[str, Any], as_json_text: bool) -> int:
    from airq.observations import fetch

    items = fetch.plan(source, **arguments)
    if as_json_text:
        click.echo(as_json({"source": source, "files": [{"url": i.url, "path": i.path} for i in items]}))
    else:
        for item in items:
            click.echo(item.url)
    return 0


def _tell(report: FetchReport) -> None:
    for item in report.items:
        if not item.ok:
            click.echo(item.sentence, err=True)
    told = ", ".join(f"{n:,} {status}" for status, n in report.counts.items())
    click.echo(f"{len(report.items):,} files: {told} → {report.folder}")
    click.echo(f"Source: {report.cite}.")
