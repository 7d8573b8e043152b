"""``airq evaluate``: official indicators under both standards, with and without flagged values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from airq.cli.common import as_json, json_option, print_table, split

_STANDARDS = ("GB3095-2012", "GB3095-2026")


@click.command("evaluate")
@click.option("--period", required=True, help="2019, 2019-01, 2019Q1, 2019H1 or 2019-01-01..2019-10-31.")
@click.option(
    "--place",
    "place_text",
    default="all",
    show_default=True,
    help="Ids, names or codes, separated by commas, or all.",
)
@click.option(
    "--standard",
    "standard_text",
    default=",".join(_STANDARDS),
    show_default=True,
    help="Standards, separated by commas.",
)
@click.option(
    "--by",
    type=click.Choice(["place", "station"]),
    default="place",
    show_default=True,
    help="City-days of places, or days of each station.",
)
@click.option(
    "--masked", is_flag=True, help="Leave out values flagged out_of_range, stuck, spike or conflict."
)
@click.option(
    "--archive",
    "archive_path",
    type=click.Path(path_type=Path),
    help="Archive folder (default: data/processed/archive).",
)
@json_option
def command(
    period: str,
    place_text: str,
    standard_text: str,
    by: str,
    masked: bool,
    archive_path: Path | None,
    as_json_text: bool,
) -> int:
    """Indicators of a period: means, percentiles, good and heavy days, composite index, attainment."""
    import pandas as pd

    from airq import places, standards
    from airq.observations import Archive

    archive = Archive(archive_path)
    span = standards.parse_period(period)
    first, last = str(pd.Timestamp(span.start).date()), str(pd.Timestamp(span.end).date())
    wanted: Any = (
        None if place_text == "all" else [p.id if (p := places.find(t)) else t for t in split(place_text)]
    )
    ds = archive.load(place=wanted, start=first, end=last)
    mask = "default" if masked else None
    frames = []
    days = (
        standards.daily(ds, mask=mask)
        if by == "station"
        else standards.place_daily(standards.daily(ds, mask=mask), wanted)
    )
    for name in split(standard_text):
        frames.append(standards.summary(days, period=period, standard=name))
    frame = pd.concat(frames, ignore_index=True)
    simulated = ds.attrs["simulated"] == "true"
    if as_json_text:
        click.echo(
            as_json(
                {"period": period, "mask": ds.attrs.get("mask", mask), "simulated": simulated, "rows": frame}
            )
        )
        return 0
    key = "station" if by == "station" else "place"
    columns = {
        key: key,
        "standard": "standard",
        "days_valid": "days",
        "good_days": "good",
        "heavy_days": "heavy",
        "good_ratio_percent_official": "good %",
        "mean_pm25_official": "PM2.5",
        "mean_pm10_official": "PM10",
        "mean_so2_official": "SO2",
        "mean_no2_official": "NO2",
        "p95_co_official": "CO P95",
        "p90_o3_official": "O3 P90",
        "composite_official": "index",
    }
    title = "模拟数据 / simulated data. " if simulated else ""
    click.echo(
        f"{title}{period}; µg/m³, CO mg/m³; values {'without those flagged' if masked else 'as received'}."
    )
    print_table(frame[list(columns)].rename(columns=columns))
    for row in frame.to_dict("records"):
        if row["reason"]:
            parts = row["reason"].split("; ")
            shown = "; ".join(parts[:3]) + (
                f"; and {len(parts) - 3} more (--json lists them)" if len(parts) > 3 else ""
            )
            click.echo(f"{row[key]} ({row['standard']}): not valid as an official value: {shown}.")
    return 0
