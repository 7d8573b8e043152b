"""``airq sensors``: calibrate micro-stations beside a reference, check them, apply a calibration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from airq.cli.common import as_json, json_option, print_table, split

F = TypeVar("F", bound=Callable[..., Any])


@click.group(
    "sensors",
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@json_option
@click.pass_context
def command(ctx: click.Context, as_json_text: bool) -> None:
    """Micro-stations (low-cost sensors): calibrate, check, apply. They never enter official figures."""
    ctx.ensure_object(dict)["json"] = as_json_text


def _inputs(function: F) -> F:
    """Options that name the readings and the reference."""
    for option in reversed(
        [
            click.option("--sensor", "sensor_paths", multiple=True, type=click.Path(path_type=Path), help="File or folder of readings; may be given several times."),
            click.option("--reference", "reference_paths", multiple=True, type=click.Path(path_type=Path), help="File or folder of the reference monitor or official stations."),
            click.option("--archive", "archive_path", type=click.Path(path_type=Path), help="Archive that holds both, where no files are given (default: data/processed/archive)."),
            click.option("--start", help="First day or month to take from the archive."),
            click.option("--end", help="Last day or month to take from the archive."),
            click.option("--stations", type=click.Path(exists=True, path_type=Path), help="Station table (CSV or XLSX) with positions."),
            click.option("--pollutant", default="pm25", show_default=True, help="pm25, pm10, so2, no2, co or o3."),
            click.option("--reference-station", help="Code of the monitor beside all sensors (default: the nearest)."),
            click.option("--max-distance", default=0.5, show_default=True, help="Farthest reference of a sensor in km."),
        ]
    ):  # fmt: skip
        function = option(function)
    return function


def _read(options: dict[str, Any], reference: bool = True) -> tuple[Any, Any, Any]:
    """Readings, reference, and weather of the archive (None for files)."""
    from airq.errors import MissingData, ParameterError
    from airq.observations import Archive, sensors

    paths, others = options["sensor_paths"], options["reference_paths"]
    if paths and options["archive_path"] is None:
        if reference and not others:
            raise ParameterError("no reference is given; name its files with --reference.")
        cells = sensors.collect(paths, stations=options["stations"])
        return cells, sensors.collect(others, stations=options["stations"]) if others else None, None
    if paths or others:
        raise ParameterError(
            "--sensor and --reference name files, --archive holds both; give one or the other."
        )
    archive = Archive(options["archive_path"])
    span = {"start": options["start"], "end": options["end"]}
    ds = archive.load(**span)
    try:
        weather = archive.load(kind="weather", **span)
    except MissingData:
        weather = None
    return ds, ds, weather


def _pairs(options: dict[str, Any], covariates: list[str] | None = None) -> tuple[Any, Any, Any]:
    from airq.observations import sensors

    cells, reference, weather = _read(options)
    pairs = sensors.pair(
        cells,
        reference,
        options["pollutant"],
        reference_station=options["reference_station"],
        weather=weather,
        covariates=covariates or (),
        max_distance_km=options["max_distance"],
    )
    return pairs, cells, weather


_SHOWN = {
    "model": "model",
    "n": "hours",
    "r2": "R2",
    "slope": "slope",
    "intercept": "intercept",
    "rmse": "RMSE",
    "bias": "bias",
    "ratio_uncalibrated": "/raw",
    "ratio_null": "/mean",
    "random": "random RMSE",
}


def _score_table(calibration: Any) -> Any:
    """Blocked scores, with the RMSE that a random split would promise beside them."""
    scores = calibration.to_frame()
    table = scores[scores["scheme"] == "blocks"].copy()
    flattered = scores[scores["scheme"] == "random"].set_index("model")["rmse"]
    table["random"] = table["model"].map(flattered)
    number = table.select_dtypes("number").columns.drop("n")
    table[number] = table[number].astype(float).map(lambda v: float(f"{v:.3g}"))
    return table[list(_SHOWN)].rename(columns=_SHOWN)


@command.command("calibrate")
@_inputs
@click.option(
    "--covariate", "covariates", default="", help="Further channels of the sensor, separated by commas."
)
@click.option(
    "--model",
    default="auto",
    show_default=True,
    help="auto, scale, linear, robust, interaction, growth, tree or a published equation.",
)
@click.option("--type", "sensor_type", default="", help="Make and model of the sensors.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="File to write (default: calibration-<pollutant>.json)."
)
@json_option
@click.pass_context
def calibrate(
    ctx: click.Context,
    covariates: str,
    model: str,
    sensor_type: str,
    out: Path | None,
    as_json_text: bool,
    **options: Any,
) -> int:
    """Fit a calibration on hours that sensors and a reference share, chosen on held-out blocks of time."""
    from airq.observations import sensors

    pairs, _, _ = _pairs(options, split(covariates))
    calibration = sensors.calibrate(pairs, model, sensor_type=sensor_type)
    path = calibration.save(out or Path(f"calibration-{options['pollutant']}.json"))
    if as_json_text or ctx.obj.get("json"):
        content = {k: v for k, v in calibration.to_dict().items() if k not in ("model", "fallback")}
        click.echo(as_json({"path": str(path), **content}))
        return 0
    training = calibration.training
    click.echo(
        f"{calibration.pollutant}, {calibration.units}: {len(calibration.sensors)} sensors, {training['hours']:,} hours, {training['first']} to {training['last']}; scores on held-out blocks of time."
    )
    print_table(_score_table(calibration))
    for kind, text in (("own", "paired sensors"), ("new", "other sensors of the type")):
        share = calibration.coverage.get(kind, float("nan"))
        if share == share:
            click.echo(f"80 % interval of {text}: holds {100 * share:.1f} % of held-out hours.")
    for note in calibration.notes:
        click.echo(f"note: {note}.")
    click.echo(f"{calibration.name} → {path}")
    return 0


@command.command("check")
@_inputs
@click.option(
    "--calibration",
    "calibration_path",
    type=click.Path(path_type=Path),
    help="Check the calibrated values as well, and watch these for drift.",
)
@click.option(
    "--radius",
    default=30.0,
    show_default=True,
    help="km around a sensor whose official stations stand in where no reference is beside it (drift only).",
)
@json_option
@click.pass_context
def check(
    ctx: click.Context,
    calibration_path: Path | None,
    radius: float,
    as_json_text: bool,
    **options: Any,
) -> int:
    """Hold sensors against the US EPA's targets and watch for drift; exit code 1 if a sensor drifts."""
    import pandas as pd

    from airq.errors import MissingData
    from airq.observations import sensors

    calibration = sensors.load(calibration_path) if calibration_path else None
    cells, reference, weather = _read(options)
    paired = None
    try:
        paired = sensors.pair(
            cells,
            reference,
            options["pollutant"],
            reference_station=options["reference_station"],
            weather=weather,
            covariates=[n for n in (calibration.variables[1:] if calibration else ()) if n not in ("relative_humidity", "temperature")],
            max_distance_km=options["max_distance"],
        )  # fmt: skip
    except MissingData as error:
        reason = str(error)
    if paired is not None:
        frame = paired if calibration is None else sensors.add_calibrated(paired, calibration)
    else:
        seen = cells if calibration is None else sensors.apply(cells, calibration, weather=weather)
        try:
            frame = sensors.neighbourhood(seen, reference, options["pollutant"], radius_km=radius)
        except MissingData as error:
            raise MissingData(f"{reason.rstrip('.')}, and {error}") from error
    watched = "calibrated" if "calibrated" in frame else "value"
    report = sensors.watch(frame, watched)
    tables = (
        {} if paired is None else {c: sensors.targets(frame, c) for c in dict.fromkeys(("value", watched))}
    )
    if as_json_text or ctx.obj.get("json"):
        click.echo(
            as_json(
                {
                    "paired": paired is not None,
                    "label": sensors.LABEL,
                    "targets": {
                        c: {"rows": t.rows, "groups": t.groups, "notes": t.notes} for c, t in tables.items()
                    },
                    "drift": report.alarms,
                    "kind": report.kind,
                }
            )
        )
        return 1 if report.drifting else 0
    for column, table in tables.items():
        click.echo(
            f"{'raw readings' if column == 'value' else 'calibrated'}, {table.averaging} means. {table.label}."
        )
        rows = table.rows.assign(
            value=table.rows["value"].map(lambda v: f"{v:.3g}"),
            target=[f"{a:.3g} … {b:.3g}" for a, b in zip(table.rows["low"], table.rows["high"], strict=True)],
            met=table.rows["met"].map({True: "met", False: "not met"}).astype(object).fillna("not judged"),
        )
        print_table(rows[["metric", "sensor", "value", "target", "unit", "met", "mark"]])
        for note in table.notes:
            click.echo(f"note: {note}.")
    if paired is not None and calibration is not None and set(calibration.sensors) & set(frame["sensor"]):
        click.echo(
            "note: pairs that trained the calibration agree with it too well; its scores on held-out hours are what counts."
        )
    if paired is None:
        click.echo(
            f"No reference stands beside a sensor ({reason.rstrip('.')}); drift is watched against the official stations within {radius:g} km."
        )
    for row in report.alarms.to_dict("records"):
        if row["reason"]:
            click.echo(f"{row['sensor']}: drift not watched: {row['reason']}.")
        elif pd.isna(row["first_alarm"]):
            click.echo(
                f"{row['sensor']}: no drift; last 14 days {_change(row['change'], report)} against the baseline."
            )
        else:
            click.echo(
                f"{row['sensor']}: drifts {row['direction']} since about {row['began'].date()}, alarm on {row['first_alarm'].date()}; last 14 days {_change(row['change'], report)} against the baseline."
            )
    return 1 if report.drifting else 0


def _change(value: float, report: Any) -> str:
    return f"{100 * value:+.0f} %" if report.kind == "ratio" else f"{value:+.3g}"


@command.command("apply")
@_inputs
@click.option(
    "--calibration",
    "calibration_path",
    required=True,
    type=click.Path(path_type=Path),
    help="File of 'airq sensors calibrate'.",
)
@click.option(
    "--outside",
    type=click.Choice(["linear", "withhold"]),
    default="linear",
    show_default=True,
    help="Hours outside the range of the training data.",
)
@click.option(
    "--coverage",
    type=click.Choice(["0.5", "0.8", "0.9", "0.95"]),
    default="0.8",
    show_default=True,
    help="Of the interval.",
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="File to write: .csv, .csv.gz or .parquet."
)
@json_option
@click.pass_context
def apply(
    ctx: click.Context,
    calibration_path: Path,
    outside: str,
    coverage: str,
    out: Path,
    as_json_text: bool,
    **options: Any,
) -> int:
    """Calibrate the readings of sensors and write them with their uncertainty."""
    from airq.observations import sensors

    calibration = sensors.load(calibration_path)
    cells, _, weather = _read(options, reference=False)
    ds = sensors.apply(cells, calibration, weather=weather, coverage=float(coverage), outside=outside)
    path = sensors.write(ds, out)
    names = ("calibration_model", "calibration_digest", "calibration_period", "calibration_hours", "calibration_hours_extrapolated")  # fmt: skip
    found = {
        "path": str(path),
        "pollutant": calibration.pollutant,
        "sensors": ds.sizes["station"],
        **{n: ds.attrs[n] for n in names},
    }
    if as_json_text or ctx.obj.get("json"):
        click.echo(as_json(found))
        return 0
    click.echo(
        f"{found['sensors']} sensors, {found['calibration_hours']:,} hours of {calibration.pollutant} calibrated with '{calibration.name}', {found['calibration_hours_extrapolated']:,} of them outside the range of the training data → {path}"
    )
    return 0
