"""``python -m airq.make TARGET`` sets up ``.venv`` if need be and runs a target, on any system.

Standard library only; the Makefile does no more than find a Python for it. See :mod:`airq.bootstrap` for the set-up.

Examples
--------
>>> sorted(TARGETS)
['clean', 'docs', 'help', 'lab', 'lint', 'lock', 'report', 'setup', 'test', 'whatif', 'wheelhouse']
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from airq.bootstrap import OLDEST, PROJECT, SetupError, python, run, say, setup

__all__ = ["TARGETS", "main", "needs_simulation"]

_LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports_command as main; sys.exit(main())"
_CHECKS = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "lint-imports": ["-c", _LINT_IMPORTS],
}
_CACHES = (
    ".mypy_cache",
    ".ruff_cache",
    ".import_linter_cache",
    ".hypothesis",
    ".pytest_cache",
    "build",
    "dist",
)


def needs_simulation(archive: Path, month: str) -> bool:
    """Whether the default archive is to be filled with simulated data before a report.

    Parameters
    ----------
    archive : Path
        Folder of the archive.
    month : str
        ``YYYY-MM`` that it should reach.

    Returns
    -------
    bool
        True if there is no archive, or a simulated one that ends before the month. Observations are never mixed
        with simulated data, and a damaged catalogue is left to the report, which says what to do.

    Examples
    --------
    >>> needs_simulation(Path("no such folder"), "2026-10")
    True
    """
    try:
        catalog = json.loads((archive / "catalog.json").read_text(encoding="utf-8"))
        months, simulated = catalog["months"], catalog["simulated"]
    except FileNotFoundError:
        return True
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return not months or (simulated is True and f"observations/{month}" not in months)


def _last_month() -> str:
    """Last month that is over in Beijing."""
    from datetime import datetime, timedelta, timezone

    first = datetime.now(timezone(timedelta(hours=8))).replace(day=1)
    return (first - timedelta(days=1)).strftime("%Y-%m")


def _failed_checks() -> list[str]:
    failed = []
    for name, command in _CHECKS.items():
        say(f"{name} ...")
        if run([python(), *command]):
            failed.append(name)
    return failed


def _help(_: Sequence[str]) -> int:
    """List the targets."""
    for name, function in TARGETS.items():
        print(f"make {name:11s}{(function.__doc__ or '').splitlines()[0]}")
    print("Further words go to the command: make report ARGS='--period 2026-10 --place changji'.")
    print("Another Python: make setup PYTHON=/path/to/python. Without make: python -m airq.make report.")
    return 0


def _setup(_: Sequence[str]) -> int:
    """Make .venv from requirements.lock; every other target does it by itself."""
    return 0


def _report(arguments: Sequence[str]) -> int:
    """Render the reports of the last complete month, over simulated data if there are no other."""
    archive = PROJECT / "data" / "processed" / "archive"
    if needs_simulation(archive, _last_month()):
        say("no observations up to the last month: filling data/processed/archive with simulated data ...")
        if code := run([python(), "-m", "airq", "simulate"]):
            return code
    return run([python(), "-m", "airq", "report", *arguments])


def _whatif(arguments: Sequence[str]) -> int:
    """Serve the what-if page on this machine, over simulated data if there are no other."""
    archive = PROJECT / "data" / "processed" / "archive"
    named = any(word.split("=")[0] == "--archive" for word in arguments)
    if not named and not (archive / "catalog.json").is_file():
        say("no observations: filling data/processed/archive with simulated data ...")
        if code := run([python(), "-m", "airq", "simulate"]):
            return code
    return run([python(), "-m", "airq", "serve", *arguments])


def _test(arguments: Sequence[str]) -> int:
    """Run all checks, then all tests and doctests; arguments go to pytest and leave the checks out."""
    if arguments:
        return run([python(), "-m", "pytest", *arguments])
    if failed := _failed_checks():
        say(f"failed before the tests: {', '.join(failed)}.")
    workers = min(os.cpu_count() or 1, 4)
    # A file stays on one worker, so that what its tests share is made once.
    code = run([python(), "-m", "pytest", "-n", str(workers), "--dist", "loadfile"])
    return code or (1 if failed else 0)


def _lint(_: Sequence[str]) -> int:
    """Check style, types and floors: ruff, mypy, import-linter."""
    failed = _failed_checks()
    say(f"failed: {', '.join(failed)}." if failed else "all checks passed.")
    return 1 if failed else 0


def _lab(arguments: Sequence[str]) -> int:
    """Open JupyterLab over the notebooks, at the first of them; it makes small simulated data if there are none."""
    first = "--LabApp.default_url=/lab/tree/00_start_here.ipynb"
    return run([python(), "-m", "jupyterlab", "--notebook-dir", "notebooks", first, *arguments])


def _docs(arguments: Sequence[str]) -> int:
    """Build the documentation as pages that need no network, data/processed/docs/index.html."""
    out = PROJECT / "data" / "processed" / "docs"
    if run([python(), "-c", "import furo, myst_parser, sphinx"]):
        raise SetupError(
            "the packages of the documentation are missing; install the extra: "
            f"{python()} -m pip install 'airq[docs]', then run this again."
        )
    code = run([python(), "-m", "sphinx", "-q", "-j", "auto", *arguments, "docs", out])
    say(f"failed; {out} is not complete." if code else f"documentation: {out / 'index.html'}")
    return code


def _wheelhouse(arguments: Sequence[str]) -> int:
    """Collect every package for a machine without network, data/processed/wheelhouse; ARGS go to pip download."""
    from airq import wheelhouse

    return wheelhouse.collect(arguments)


def _lock(arguments: Sequence[str]) -> int:
    """Write requirements.lock anew from pyproject.toml, by uv; ARGS=--upgrade takes the newest versions."""
    uv = shutil.which("uv")
    if not uv:
        raise SetupError(
            "uv is not on the PATH and nothing else writes the lock; install uv, then run this again."
        )
    plain = ["--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header", "--quiet"]
    span = [
        "--universal",
        "--python-version",
        ".".join(map(str, OLDEST)),
        "--extra",
        "test",
        "--extra",
        "docs",
    ]
    return run([uv, "pip", "compile", *span, *plain, *arguments, "-o", "requirements.lock", "pyproject.toml"])


def _clean(_: Sequence[str]) -> int:
    """Remove .venv and every cache; the archive and the reports stay."""
    tops = ("airq", "tests", "scripts", "benchmarks", "notebooks")
    compiled = [folder for top in tops for folder in (PROJECT / top).rglob("__pycache__")]
    for folder in (*map(PROJECT.joinpath, _CACHES), PROJECT / ".venv", *compiled):
        shutil.rmtree(folder, ignore_errors=True)
    return 0


TARGETS: dict[str, Callable[[Sequence[str]], int]] = {
    "help": _help,
    "setup": _setup,
    "report": _report,
    "whatif": _whatif,
    "test": _test,
    "lint": _lint,
    "lab": _lab,
    "docs": _docs,
    "wheelhouse": _wheelhouse,
    "lock": _lock,
    "clean": _clean,
}
"""What ``make`` offers; each takes further words and gives an exit code."""

_WITHOUT_SETUP = ("help", "lock", "clean")


def _take_wheelhouse() -> None:
    """Install from the project's own wheelhouse where it stands, so that a machine without network needs no setting."""
    if (PROJECT / "data" / "processed" / "wheelhouse").is_dir():
        from airq import wheelhouse

        os.environ.update({k: v for k, v in wheelhouse.settings().items() if k not in os.environ})


def main(argv: Sequence[str] | None = None) -> int:
    """Run a target; a failure of the set-up becomes one sentence and exit code 2.

    Parameters
    ----------
    argv : sequence of str, optional
        Target and its arguments; those of the process by default.

    Returns
    -------
    int
        Exit code of what ran.
    """
    if sys.version_info < OLDEST:
        have, need = platform.python_version(), ".".join(map(str, OLDEST))
        say(f"needs Python {need} or newer and this is {have}; install one or run this with its full path.")
        return 2
    parser = argparse.ArgumentParser(
        prog="python -m airq.make", description="Set up the project and run a target."
    )
    parser.add_argument(
        "--this-python", action="store_true", help="make .venv anew unless it has this Python"
    )
    parser.add_argument("target", nargs="?", default="help", choices=list(TARGETS))
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on")
    given = parser.parse_args(argv)
    try:
        if given.target not in _WITHOUT_SETUP:
            _take_wheelhouse()
            setup(given.this_python)
        return TARGETS[given.target](given.arguments)
    except SetupError as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        say("interrupted; run it again to go on.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
