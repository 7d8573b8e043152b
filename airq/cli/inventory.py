"""``airq inventory``: the register of measures, its tonnes, the audit of official claims."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from airq.cli.common import as_json, json_option, print_table, split
from airq.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from airq.inventory import Register

F = TypeVar("F", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path)
_BY = ("measure", "county", "prefecture", "category", "status", "document", "year", "pollutant")


def _register_options(function: F) -> F:
    for option in (
        click.option("--partial", is_flag=True, help="Take the rows without errors; exit 1 if any was left out."),
        click.option("--register", "register_file", type=_FILE, help="A register of your own, CSV or XLSX; the project's by default."),
    ):  # fmt: skip
        function = option(function)
    return function


def _random_options(function: F) -> F:
    function = click.option("--seed", type=int, default=0, show_default=True)(function)
    return click.option("--draws", type=int, default=20000, show_default=True, help="Random draws.")(function)


_out_option = click.option("--out", type=_FILE, help="Also write the table to this CSV file.")


@click.group("inventory", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context, as_json_text: bool) -> int:
    """Reduction measures: what was cut, how many tonnes, how sure, and which official claims hold.

    With ``--json`` and no command: the stated figures without double count.
    """
    if ctx.invoked_subcommand is None and as_json_text:
        _show(_load(None, partial=False).counts(), None, as_json_text)
    elif ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
    return 0


def _load(path: Path | None, partial: bool) -> Register:
    from airq import inventory

    register = inventory.load(path, partial=partial)
    for sentence in (*(p.sentence for p in register.problems), *register.warnings):
        click.echo(f"airq: left out or doubtful: {sentence}", err=True)
    return register


def _show(frame: pd.DataFrame, out: Path | None, as_json_text: bool, document: Any = None) -> None:
    if out is not None:
        _write(frame, out)
    if as_json_text:
        click.echo(as_json(frame if document is None else document))
    else:
        print_table(_readable(frame))


def _write(frame: pd.DataFrame, out: Path) -> None:
    """A CSV that a spreadsheet opens with its Chinese, and without running anything."""
    from airq.observations.export import neutral

    plain = frame.copy()
    for column in plain.select_dtypes(include=["object", "str"]):
        plain[column] = [neutral(v) if isinstance(v, str) else v for v in plain[column]]
    try:
        plain.to_csv(out, index=False, encoding="utf-8-sig")
    except OSError as error:
        raise ParameterError(
            f"{out}: cannot be written ({error.strerror or error}); choose another folder."
        ) from error


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers with four digits and their thousands parted."""
    shown = frame.copy()
    for column in shown.select_dtypes(include="number"):
        shown[column] = [None if v != v else _number(v) for v in shown[column]]
    return shown


def _number(value: float) -> str:
    if float(value).is_integer() and abs(value) < 1e12:
        return f"{value:,.0f}" if abs(value) >= 10000 else f"{value:.0f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


@command.command("show")
@_register_options
@click.option("--category", help="Only this category.")
@click.option("--place", help="Only this place.")
@click.option(
    "--status", type=click.Choice(["planned", "done"]), help="Only planned measures, or only those done."
)
@click.option("--counts", is_flag=True, help="The stated figures without double count.")
@_out_option
@json_option
def show(
    register_file: Path | None,
    partial: bool,
    category: str | None,
    place: str | None,
    status: str | None,
    counts: bool,
    out: Path | None,
    as_json_text: bool,
) -> int:
    """Show the measures, with what is counted and what is contained in another figure."""
    from airq import places
    from airq.inventory import schema

    register = _load(register_file, partial)
    if category is not None:
        found = schema.canonical("category", category)
        if found is None:
            raise ParameterError(
                f"category '{category}' is not known; use {', '.join(schema.words('category'))}."
            )
        register = register.where(register.table["category"] == found)
    if place is not None:
        register = register.where(register.table["place"] == places.get(place).id)
    if status is not None:
        register = register.done() if status == "done" else register.planned()
    if counts:
        frame = register.counts()
        frame["contains"] = [", ".join(v) for v in frame["contains"]]
    else:
        frame = register.table if as_json_text or out is not None else _short(register.table)
    _show(frame, out, as_json_text)
    return 1 if register.problems else 0


def _short(table: pd.DataFrame) -> pd.DataFrame:
    names = ["measure_id", "name_zh", "place", "category", "status", "count", "count_unit", "end", "standing"]
    return table[names]


@command.command("tonnes")
@_register_options
@_random_options
@click.option(
    "--by", type=click.Choice(_BY), default="pollutant", show_default=True, help="Groups of the table."
)
@click.option("--status", type=click.Choice(["all", "planned", "done"]), default="all", show_default=True)
@click.option("--years", help="Only what came into effect in these years: 2023 or 2021-2025.")
@click.option("--pollutants", help="Such as PM25,SO2,NOx; all by default.")
@click.option("--gross", is_flag=True, help="Without taking off what takes the emission's place.")
@click.option("--baseline", help="A baseline of your own (CSV or XLSX), or 'none'.")
@click.option(
    "--factors", "factors_file", type=_FILE, help="Emission factors of your own (CSV), before the project's."
)
@click.option("--swap-share", type=float, help="Share of closed capacity that runs on elsewhere, 0 to 1.")
@click.option("--needs", is_flag=True, help="Show which measures have no tonnes, and why.")
@_out_option
@json_option
def tonnes(
    register_file: Path | None,
    partial: bool,
    draws: int,
    seed: int,
    by: str,
    status: str,
    years: str | None,
    pollutants: str | None,
    gross: bool,
    baseline: str | None,
    factors_file: Path | None,
    swap_share: float | None,
    needs: bool,
    out: Path | None,
    as_json_text: bool,
) -> int:
    """Tonnes that the measures cut a year: p5, p50, p95."""
    register = _load(register_file, partial)
    chosen = {"done": register.done, "planned": register.planned}.get(status, lambda: register)()
    made = chosen.emissions(
        draws,
        seed,
        years=_years(years),
        pollutants=None if pollutants is None else split(pollutants),
        net=not gross,
        factors=_factors(factors_file),
        baseline=True if baseline is None else False if baseline == "none" else baseline,
        swap_share=swap_share,
    )
    frame = made.needs if needs else made.by(by)
    document = {
        "t_per_year": made.by(by),
        "contributors": made.contributors(),
        "needs": made.needs,
        "notes": list(made.notes),
        "draws": draws,
        "seed": seed,
        "net": not gross,
    }
    _show(frame, out, as_json_text, document)
    if not as_json_text and not needs:
        _remarks(made)
    return 1 if register.problems else 0


def _remarks(made: Any) -> None:
    click.echo("\nt/yr in full effect; p5 to p95 of the draws.")
    without = sorted(set(made.needs["measure_id"]) - {line.measure_id for line in made.lines})
    if without:
        click.echo(f"{len(without)} measures have no tonnes for want of a factor, an activity or an efficiency (--needs lists them).")  # fmt: skip
    for note in made.notes:
        click.echo(note)


def _years(text: str | None) -> int | tuple[int, int] | None:
    if text is None:
        return None
    parts = text.replace("–", "-").split("-")
    if not 1 <= len(parts) <= 2 or not all(p.strip().isdigit() and len(p.strip()) == 4 for p in parts):
        raise ParameterError(f"years '{text}' are not known; write 2023 or 2021-2025.")
    return int(parts[0]) if len(parts) == 1 else (int(parts[0]), int(parts[1]))


def _factors(path: Path | None) -> Any:
    from airq.inventory import Factors

    return None if path is None else Factors.load().merged(Factors.load(path))


@command.command("audit")
@click.argument("claims_file", required=False, type=_FILE, metavar="[CLAIMS]")
@_register_options
@_random_options
@_out_option
@json_option
def audit(
    claims_file: Path | None,
    register_file: Path | None,
    partial: bool,
    draws: int,
    seed: int,
    out: Path | None,
    as_json_text: bool,
) -> int:
    """Audit official claims: implied factors, uniform tables, two statements solved, own estimate, verdict."""
    from airq import inventory

    register = _load(register_file, partial)
    made = inventory.audit(claims_file, register=register, draws=draws, seed=seed)
    frame = made.to_frame()
    if out is not None:
        _write(frame, out)
    if as_json_text:
        solutions = [vars(s) for s in made.solutions]
        rows = [{**r, "factors": made.rows[i].factors} for i, r in enumerate(frame.to_dict("records"))]
        click.echo(as_json({"claims": rows, "solutions": solutions, "ratios": made.ratios()}))
    else:
        for row in made.rows:
            click.echo(f"{row.id} [{row.fingerprint}]\n  {row.verdict_zh}\n  {row.verdict_en}")
    return 1 if register.problems else 0


@command.command("template")
@click.argument("path", required=False, type=_FILE, metavar="[FILE]")
@click.option("--out", type=_FILE, help="The same as FILE.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@json_option
def template(path: Path | None, out: Path | None, force: bool, as_json_text: bool) -> int:
    """Write an empty register to fill in, with a page that explains every column (.xlsx or .csv)."""
    from airq import inventory

    file = inventory.template(path or out or Path("measures-template.xlsx"), overwrite=force)
    click.echo(as_json({"written": str(file)}) if as_json_text else f"written: {file}")
    return 0


@command.command("check")
@click.argument("path", required=False, type=_FILE, metavar="[FILE]")
@click.option("--register", "register_file", type=_FILE, help="The same as FILE.")
@json_option
def check(path: Path | None, register_file: Path | None, as_json_text: bool) -> int:
    """Check a register: every fault with row and column; exit 1 if there is any."""
    from airq import inventory

    problems: tuple[Any, ...] = ()
    measures, warnings = 0, list[str]()
    try:
        register = inventory.load(path or register_file)
        measures, warnings = len(register), list(register.warnings)
    except inventory.RegisterRejected as error:
        problems = error.problems
    if as_json_text:
        click.echo(
            as_json({"measures": measures, "problems": [vars(p) for p in problems], "warnings": warnings})
        )
    else:
        for sentence in (*(p.sentence for p in problems), *warnings):
            click.echo(sentence)
        told = f"{measures} measures, no errors." if not problems else f"{len(problems)} errors; nothing would be taken over without --partial."  # fmt: skip
        click.echo(told)
    return 1 if problems else 0


@command.command("sources")
@_register_options
@_out_option
@json_option
def sources(register_file: Path | None, partial: bool, out: Path | None, as_json_text: bool) -> int:
    """Every factor and intensity that the tonnes of a register rest on, with source, rating and mark."""
    from airq.inventory.provenance import sources as used

    register = _load(register_file, partial)
    _show(used(register), out, as_json_text)
    return 1 if register.problems else 0
