"""The ``airq`` command. Each sub-command is a module of its own, imported only when it runs.

Exit codes: 0 all well, 1 some work failed and the rest is done, 2 wrong usage or a refusal.
"""

from __future__ import annotations

import importlib
import sys
from typing import Final

import click

import airq
from airq.errors import AirqError

__all__ = ["main"]

COMMANDS: Final = {
    "ingest": "Take observation files into the archive.",
    "stations": "Show and check the station table.",
    "archive": "What the archive holds; verify, compact, export it; its history.",
    "sensors": "Calibrate, check and apply micro-stations (low-cost sensors).",
    "simulate": "Write the embedded default data (simulated) into an archive.",
    "standards": "Limits, breakpoints and open points of each edition.",
    "evaluate": "Official indicators of places and periods under both standards.",
    "fetch": "Fetch open data from their sources (needs a connection).",
    "forecast": "Forecasts of days and hours with their verification and warnings.",
    "target": "Days to target: the probability of meeting each yearly target.",
    "inventory": "Reduction measures: register, tonnes, audit of claims, template.",
    "whatif": "Scenarios: from tonnes to µg/m³ to days to targets, side by side.",
    "report": "Render the monthly report of each place.",
    "serve": "Serve the what-if page with its controls on this machine.",
}
"""Name and one-line help, so that ``airq --help`` imports no command."""


class _LazyGroup(click.Group):
    """A group whose commands live in ``airq.cli.<name>`` as ``command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"airq.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(airq.__version__, prog_name="airq")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """Air quality of a county: observations in, official figures and reports out."""
    ctx.obj = {"debug": debug}


def main(argv: list[str] | None = None) -> None:
    """Run the command line; refusals become one sentence on standard error.

    Parameters
    ----------
    argv : list of str, optional
        Arguments without the program's name; those of the process by default.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in args
    args = [a for a in args if a != "--debug"]  # accepted anywhere on the line
    try:
        code = cli.main(args=args, prog_name="airq", standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        click.echo("airq: interrupted; nothing half-done was kept.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        click.echo(f"airq: {' '.join(error.format_message().split())}", err=True)
        sys.exit(2)
    except AirqError as error:
        if debug:
            raise
        click.echo(f"airq: {' '.join(str(error).split())}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        if debug:
            raise
        text = " ".join(str(error).split()) or "no further text"
        click.echo(
            f"airq: unexpected {type(error).__name__}: {text}; run again with --debug and report it.",
            err=True,
        )
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)
