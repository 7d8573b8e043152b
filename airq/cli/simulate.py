"""``airq simulate``: the embedded default data, written into an archive with its truth beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from airq.cli.common import as_json, json_option
from airq.errors import ArchiveError

if TYPE_CHECKING:
    import pandas as pd

    from airq.observations.formats import Block

_MANIFEST = "simulation.json"
_SOURCE = "模拟数据 / airq simulate"


@click.command("simulate")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Archive folder (default: data/processed/archive)."
)
@click.option("--start", default="2015-01", show_default=True, help="First month, YYYY-MM.")
@click.option("--end", help="Last month, YYYY-MM, included (default: the last complete month).")
@click.option("--seed", default=0, show_default=True, help="0 is the series calibrated to official figures.")
@json_option
def command(out: Path | None, start: str, end: str | None, seed: int, as_json_text: bool) -> int:
    """Write simulated hours of the seven counties and their neighbours, weather included, into an archive.

    Months that the archive already holds are left alone, so a second run changes nothing and a later one adds the
    new months. The true emissions and their effect are written to truth.csv beside the data.
    """
    from airq.observations import Archive, simulation

    archive = Archive(out)
    months = simulation.months(start, end)
    manifest = {"seed": seed, "tables": simulation.fingerprint()}
    _check(archive, manifest)
    missing = [
        m for m in months if not all(str(m) in archive.months(kind) for kind in ("observations", "weather"))
    ]
    if missing:
        # Said first: whatever is stored afterwards is known to be of this simulation.
        archive.path.mkdir(parents=True, exist_ok=True)
        _write(archive.path / _MANIFEST, json.dumps(manifest, indent=1) + "\n")
        archive.store_all(_chunks(missing, seed), _SOURCE, simulated=True)
    held = archive.months()
    truth = simulation.truth(held[0], held[-1], seed=seed)
    _write(archive.path / "truth.csv", truth.to_csv(index=False, float_format="%.6g"))
    _tell(archive, missing, seed, as_json_text)
    return 0


def _check(archive: Any, manifest: dict[str, Any]) -> None:
    """Refuse an archive of observations, and one that another simulation has made."""
    if not archive.months() and not archive.months("weather"):
        return
    if not archive.simulated:
        raise ArchiveError(
            f"{archive.path}: holds observed data and takes no simulated data; name another folder with --out."
        )
    file = archive.path / _MANIFEST
    try:
        made = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArchiveError(
            f"{file}: missing or damaged, so it is not known which simulation the archive holds; name another folder with --out."
        ) from error
    if made.get("seed") != manifest["seed"]:
        raise ArchiveError(
            f"{archive.path}: holds the simulation of seed {made.get('seed')}, not {manifest['seed']}; name another folder with --out."
        )
    if made != manifest:
        raise ArchiveError(
            f"{archive.path}: was made from other simulation tables than the present ones; remove the folder or name another with --out."
        )


def _chunks(
    missing: list[pd.Period], seed: int
) -> Iterator[tuple[Literal["observations", "weather"], tuple[pd.DataFrame, Block]]]:
    from airq.observations import simulation
    from airq.observations.formats import Block

    wanted = set(missing)
    for month in simulation.stream(missing[0], missing[-1], seed):
        if month.month in wanted:
            time = month.time.to_numpy().astype("datetime64[ns]")
            codes, posts = list(month.stations["station"]), list(month.weather_stations["station"])
            yield "observations", (month.stations, Block(codes, time, month.observations, {}))
            yield "weather", (month.weather_stations, Block(posts, time, month.weather, {}))


def _write(file: Path, text: str) -> None:
    """Write aside and rename, and only if something changed."""
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return
    aside = file.with_name(f".{file.name}.tmp")
    aside.write_text(text, encoding="utf-8")
    aside.replace(file)


def _tell(archive: Any, missing: list[pd.Period], seed: int, as_json_text: bool) -> None:
    held = archive.months()
    if as_json_text:
        result = {
            "archive": str(archive.path),
            "simulated": True,
            "seed": seed,
            "added": [str(m) for m in missing],
            "months": [held[0], held[-1]],
            "truth": str(archive.path / "truth.csv"),
        }
        click.echo(as_json(result))
        return
    added = f"{len(missing)} months added" if missing else "nothing to add"
    click.echo(f"Simulated data 模拟数据, seed {seed}: {added}, {held[0]} … {held[-1]} → {archive.path}")
    click.echo(f"The true emissions and their effect: {archive.path / 'truth.csv'}")
