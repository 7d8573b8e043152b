"""The project's own environment ``.venv``, made from ``requirements.lock`` by uv or pip.

Standard library only, since it runs before anything is installed. A set-up is complete when ``.venv/airq-stamp``
stands and holds the digests of what it was made from: the lock, the version of Python and the place of the folder;
and the project's own table in ``pyproject.toml``. Anything else is made anew from nothing, so an interrupted set-up, a
removed interpreter or a moved folder mend themselves. With a valid stamp no network is touched.

Examples
--------
>>> child_environment({"VIRTUAL_ENV": "/x", "HTTPS_PROXY": "p"})["HTTPS_PROXY"]
'p'
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

__all__ = ["OLDEST", "PROJECT", "SetupError", "child_environment", "python", "run", "say", "setup"]

PROJECT: Final = Path(__file__).resolve().parent.parent
OLDEST: Final = (3, 11)

# Settings of a user's shell that steer Python, its tools or airq itself, and so must not reach a target.
_DROPPED: Final = (
    *("AIRQ_", "CARTOPY_", "CONDA_", "HYPOTHESIS_", "IPYTHON", "JUPYTER_", "MATPLOTLIB", "MPL", "MYPY"),
    *("PIP_", "PROJ_", "PYTEST", "PYTHON", "RUFF_", "UV_", "VIRTUAL_ENV", "XDIST_"),
)
# What of it passes all the same: where tests find real observations, and an installer's mirrors, proxies,
# certificates and caches.
_KEPT: Final = frozenset(
    {"AIRQ_SHARED"}
    | {
        f"PIP_{name}"
        for name in ("CERT", "CLIENT_CERT", "DEFAULT_TIMEOUT", "NO_CACHE_DIR", "PROXY", "RETRIES")
    }
    | {f"PIP_{name}" for name in ("TIMEOUT", "TRUSTED_HOST")}
    | {f"UV_{name}" for name in ("DEFAULT_INDEX", "HTTP_RETRIES", "HTTP_TIMEOUT", "INDEX", "INDEX_STRATEGY")}
    | {
        f"UV_{name}"
        for name in ("INSECURE_HOST", "LINK_MODE", "NATIVE_TLS", "NO_CACHE", "OFFLINE", "SYSTEM_CERTS")
    }
    | {
        f"{tool}_{name}"
        for tool in ("PIP", "UV")
        for name in ("CACHE_DIR", "CONFIG_FILE", "EXTRA_INDEX_URL", "FIND_LINKS", "INDEX_URL", "NO_INDEX")
    }
    | {f"{tool}_KEYRING_PROVIDER" for tool in ("PIP", "UV")}
)
_CREDENTIALS: Final = "UV_INDEX_"  # UV_INDEX_<name>_USERNAME and _PASSWORD


class SetupError(Exception):
    """The set-up cannot go on; its text is one sentence for a person."""


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Environment for what a target runs: the user's without the settings that would change its outcome.

    Parameters
    ----------
    environ : mapping of str to str

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> env = child_environment({"HOME": "/h", "PYTHONPATH": "/x", "PIP_INDEX_URL": "m", "AIRQ_HOME": "/y"})
    >>> "PYTHONPATH" in env, "AIRQ_HOME" in env, env["PIP_INDEX_URL"], env["HOME"]
    (False, False, 'm', '/h')
    """
    env = {
        name: value
        for name, value in environ.items()
        if not name.upper().startswith(_DROPPED) or name in _KEPT or name.startswith(_CREDENTIALS)
    }
    # UTF-8 whatever the locale says; a kernel of this .venv before one of the user's that has the same name.
    return {**env, "PYTHONUTF8": "1", "PIP_USER": "0", "JUPYTER_PREFER_ENV_PATH": "1"}


def say(text: str) -> None:
    """Print a line about the set-up on standard error."""
    print(f"airq: {text}", file=sys.stderr, flush=True)


def run(command: Sequence[str | Path]) -> int:
    """Exit code of a command that runs in the project's folder, with :func:`child_environment`.

    Examples
    --------
    >>> run([sys.executable, "-c", "raise SystemExit(3)"])
    3
    """
    return subprocess.call([str(part) for part in command], cwd=PROJECT, env=child_environment(os.environ))


def _venv() -> Path:
    return PROJECT / ".venv"


def python() -> Path:
    """Interpreter of the project's environment."""
    return _venv() / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _base_python() -> Path:
    """Interpreter that this one stems from, so that no environment is made from another one."""
    return Path(getattr(sys, "_base_executable", "") or sys.executable)


def _version(python: Path) -> str | None:
    """Full version of an interpreter, None if it does not run."""
    try:
        done = subprocess.run(
            [str(python), "-I", "-S", "-c", "import platform; print(platform.python_version())"],
            capture_output=True,
            text=True,
            env=child_environment(os.environ),
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _digests(version: str) -> tuple[str, str]:
    """Digests of what the packages in ``.venv`` and the installation of the project itself depend on."""
    import tomllib

    try:
        lock = (PROJECT / "requirements.lock").read_bytes()
        text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"{PROJECT / 'pyproject.toml'}: {error}; correct that line.") from error
    except (OSError, UnicodeDecodeError) as error:
        name = getattr(error, "filename", None) or PROJECT / "pyproject.toml"
        raise SetupError(f"{name}: cannot be read; run this in the checkout of the project.") from error
    packages = [hashlib.sha256(lock).hexdigest(), version, platform.machine(), str(_venv())]
    project = json.dumps([tables.get("build-system"), tables.get("project")], sort_keys=True)
    return _sha256("\n".join(packages)), _sha256(project)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _stamp() -> Path:
    return _venv() / "airq-stamp"


def _stamped() -> tuple[str, ...]:
    """Digests of a complete set-up; empty if there is none."""
    try:
        return tuple(_stamp().read_text(encoding="ascii").split())
    except (OSError, UnicodeDecodeError):
        return ()


def _write_stamp() -> None:
    version = _version(python())
    if version is None:
        raise SetupError(f"{python()}: does not run; remove .venv and run this again.")
    aside = _stamp().with_suffix(".new")
    aside.write_text("\n".join(_digests(version)) + "\n", encoding="ascii")
    aside.replace(_stamp())


def setup(this_python: bool = False) -> None:
    """Make ``.venv`` from ``requirements.lock`` unless it stands already.

    Parameters
    ----------
    this_python : bool
        Make it anew if it stands with another version of Python than the running one.

    Raises
    ------
    SetupError
        One sentence: no packages, no way to make an environment, a file that is missing.
    """
    stamped = _stamped()
    version = _version(python()) if stamped else None
    wanted = _digests(version or "")  # a missing or wrong file is said before anything is removed
    usable = version is not None and not (this_python and version != platform.python_version())
    uv = shutil.which("uv")
    if usable and stamped == wanted:
        return
    # Where only the project's own table changed, its commands for example, no network is needed.
    if usable and stamped[:1] == wanted[:1] and _install_own(uv):
        _write_stamp()
        return
    tool = "uv" if uv else "pip"
    say(f"setting up .venv with Python {platform.python_version()} by {tool}; once, some minutes ...")
    if not (uv and _install(_with_uv(uv))) and not _install(_with_pip()):
        raise SetupError(
            "the packages of requirements.lock could not be installed; the reason stands above; "
            "check the network or name a mirror in PIP_INDEX_URL, then run this again."
        )
    _write_stamp()
    say("set-up complete.")


def _install_own(uv: str | None) -> bool:
    """Install the project itself anew by whatever is there; an environment made by uv has no pip of its own."""
    ways = [_own_by_uv(uv)] if uv else []
    ways += [_own_by_pip(pip) for base, pip in _pips() if _has(base, "pip")]
    return any(run(way) == 0 for way in ways)


def _install(commands: Sequence[Sequence[str | Path]]) -> bool:
    """Run the steps from an empty place; False at the first that fails."""
    try:
        _stamp().unlink(missing_ok=True)  # first: what is half removed must not look whole
        if _venv().is_symlink() or _venv().is_file():
            _venv().unlink()
        elif _venv().exists():
            shutil.rmtree(_venv())
    except OSError as error:
        reason = f"cannot be removed ({error.strerror}); close what uses it and run this again."
        raise SetupError(f"{error.filename}: {reason}") from error
    return all(run(command) == 0 for command in commands)


def _own_by_uv(uv: str) -> list[str | Path]:
    own = ["--no-deps", "--no-build-isolation", "--offline", "--editable", "."]
    return [uv, "pip", "install", "--python", python(), *_quiet(), *own]


def _own_by_pip(pip: list[str | Path]) -> list[str | Path]:
    own = ["--no-deps", "--no-build-isolation", "--no-index", "--editable", "."]
    return [*pip, "install", "--disable-pip-version-check", "--no-input", *_quiet(), *own]


def _pips() -> list[tuple[Path, list[str | Path]]]:
    """The pip of ``.venv`` and that of the interpreter it stems from, each with the Python that must have it."""
    base = _base_python()
    return [(python(), [python(), "-m", "pip"]), (base, [base, "-m", "pip", "--python", python()])]


def _with_uv(uv: str) -> list[list[str | Path]]:
    packages = ["--require-hashes", "--compile-bytecode", "requirements.lock"]
    return [
        [uv, "venv", "--quiet", "--no-project", "--python", _base_python(), _venv()],
        [uv, "pip", "sync", "--python", python(), *_quiet(), *packages],
        _own_by_uv(uv),
    ]


def _with_pip() -> list[list[str | Path]]:
    (_, pip), (base, pip_of_base) = _pips()
    venv: list[str | Path] = [base, "-m", "venv"]
    if not _has(base, "ensurepip"):
        if not _has(base, "pip"):
            raise SetupError(
                f"{base}: has neither ensurepip nor pip; install python3-venv (Debian, Ubuntu) or uv, "
                "then run this again."
            )
        venv, pip = [*venv, "--without-pip"], pip_of_base
    packages = ["--no-deps", "--no-compile", "--require-hashes", "--requirement", "requirements.lock"]
    # Compiled files halve the time of an import; compileall uses all processors, which pip does not.
    library = _venv() / ("Lib" if os.name == "nt" else "lib")
    compiling = "import compileall, sys; compileall.compile_dir(sys.argv[1], quiet=2, workers=0)"
    return [
        [*venv, _venv()],
        [*pip, "install", "--disable-pip-version-check", "--no-input", *_quiet(), *packages],
        _own_by_pip(pip),
        [python(), "-c", compiling, library],
    ]


def _quiet() -> list[str | Path]:
    return [] if sys.stdout.isatty() else ["--quiet"]


def _has(base: Path, module: str) -> bool:
    words = [str(base), "-c", f"import {module}"]
    done = subprocess.run(words, capture_output=True, env=child_environment(os.environ), check=False)
    return done.returncode == 0
