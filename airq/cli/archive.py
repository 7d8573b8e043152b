"""``airq archive``: what is stored, whether it is whole, what came when, what changed, where a value comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from airq.cli.common import as_json, emit, json_option

if TYPE_CHECKING:
    from airq.observations import Archive

_WHAT = (
    "info",
    "stations",
    "verify",
    "history",
    "changes",
    "sources",
    "origin",
    "quality",
    "compact",
    "export",
)


@click.command("archive")
@click.argument("what", default="info", type=click.Choice(_WHAT))
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option(
    "--archive",
    "archive_path",
    type=click.Path(path_type=Path),
    help="Archive folder (default: data/processed/archive).",
)
@click.option("--place", help="Only this county, city or group (quality, export).")
@click.option("--start", help="First year, month, day or moment (quality, export).")
@click.option("--end", help="Last year, month, day or moment (quality, export).")
@click.option(
    "--kind",
    type=click.Choice(["observations", "weather", "daily"]),
    default="observations",
    show_default=True,
    help="Kind of data (origin, export).",
)
@click.option(
    "--series",
    type=click.Choice(["best", "realtime", "audited"]),
    default="best",
    show_default=True,
    help="Version of the values (quality, export).",
)
@click.option("--by-pollutant", is_flag=True, help="A row for each pollutant (quality).")
@click.option("--station", help="Code (origin).")
@click.option("--time", help="End of the hour in Beijing time, such as 2019-05-01T10:00 (origin).")
@click.option("--variable", default="pm25", show_default=True, help="Variable (origin).")
@click.option(
    "--reference-state",
    is_flag=True,
    help="Convert gases before 1 September 2018 to the reference state of 298 K (export).",
)
@click.option(
    "--no-arrays", is_flag=True, help="Lay no arrays ready for quick reading, remove what lies (compact)."
)
@json_option
def command(
    what: str,
    target: Path | None,
    archive_path: Path | None,
    place: str | None,
    start: str | None,
    end: str | None,
    kind: str,
    series: str,
    by_pollutant: bool,
    station: str | None,
    time: str | None,
    variable: str,
    reference_state: bool,
    no_arrays: bool,
    as_json_text: bool,
) -> int:
    r"""Say what the archive holds, or check, shrink or export it.

    \b
    info      period, stations, months
    stations  the stations that have data
    verify    whether every file is what the catalogue says
    history   every file that was offered
    changes   every value that a later file replaced
    sources   every file that gave a value, with the values that hold
    origin    which file gave one value: --station --time --variable
    quality   flags by station and month
    compact   write months anew in the present layout, lay their arrays ready, sweep what no state needs
    export    to a file: TARGET.nc, .csv, .xlsx or .parquet
    """
    from airq.observations import Archive

    archive = Archive(archive_path)
    if (target is None) is (what == "export"):
        fault = (
            "export needs the name of a file, such as out.nc"
            if target is None
            else f"'{target}' is not expected"
        )
        raise click.UsageError(f"{fault}.")
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
        columns = ["at", "path", "status", "new", "same", "changed"]
        emit(frame if as_json_text or frame.empty else frame[columns], as_json_text)
    elif what == "changes":
        emit(archive.changes(), as_json_text)
    elif what == "sources":
        emit(archive.sources(), as_json_text)
    elif what == "origin":
        if station is None or time is None:
            raise click.UsageError("origin needs --station and --time.")
        emit(archive.origin(station, time, variable, kind), as_json_text)  # type: ignore[arg-type]
    elif what == "compact":
        did = archive.compact(arrays=not no_arrays)
        shown = f"{did['files_before']} → {did['files']} files, {did['bytes_before']:,} → {did['bytes']:,} bytes, {did['months']} months written anew, {did['arrays']} months laid ready ({did['array_bytes']:,} bytes)."
        click.echo(as_json(did) if as_json_text else shown)
    elif what == "quality":
        from airq.observations import quality

        ds = archive.load(place, start=start, end=end, series=series)
        table = quality.report(quality.attach_drift(ds), by_pollutant)
        click.echo(as_json(table) if as_json_text else quality.to_text(table))
    else:
        assert target is not None
        click.echo(_export(archive, target, place, start, end, kind, series, reference_state, as_json_text))
    return 0


def _export(
    archive: Archive,
    target: Path,
    place: str | None,
    start: str | None,
    end: str | None,
    kind: str,
    series: str,
    reference_state: bool,
    as_json_text: bool,
) -> str:
    from airq.observations import export, reference

    ds = archive.load(place, start=start, end=end, kind=kind, series=series)  # type: ignore[arg-type]
    if reference_state:
        ds = reference.to_2018_state(ds)
    path = export.write(ds, target)
    sizes = {str(k): int(v) for k, v in ds.sizes.items()}
    if as_json_text:
        return as_json({"path": str(path), **sizes})
    return f"{path}: " + ", ".join(f"{n:,} {k}" for k, n in sizes.items())
