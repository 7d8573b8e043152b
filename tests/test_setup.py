"""The set-up behind ``make``: from the lock, once, offline afterwards, mended when broken."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from airq import bootstrap, make
from airq.observations import simulation

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = """\
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
[project]
name = "airq"
description = "d"
dynamic = ["version"]
dependencies = ["airqtiny"]
[tool.flit.module]
name = "airq"
"""


def _wheel(folder: Path, name: str, version: str, files: dict[str, bytes]) -> str:
    """Write a wheel; its line for a lock."""
    info = f"{name}-{version}.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, content in {**files, f"{info}/RECORD": record.encode()}.items():
            archive.writestr(inside, content)
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with the two wheels of a small project, and its lock."""
    folder = tmp_path_factory.mktemp("wheels")
    flit = metadata.distribution("flit_core")
    own = {str(f): Path(flit.locate_file(f)).read_bytes() for f in flit.files or [] if f.suffix == ".py"}
    lock = _wheel(folder, "flit_core", flit.version, own)
    return folder, lock + _wheel(folder, "airqtiny", "1.0", {"airqtiny.py": b"answer = 42\n"})


def _small_project(folder: Path, lock: str) -> Path:
    (folder / "airq").mkdir(parents=True)
    for name in ("Makefile", "README.md", "LICENSE", "airq/__init__.py", "airq/bootstrap.py", "airq/make.py"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (folder / "requirements.lock").write_text(lock, encoding="utf-8")
    return folder


@pytest.fixture
def project(tmp_path: Path, wheels: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project in this process: every step that would install is only counted."""
    folder = _small_project(tmp_path / "有 空格", wheels[1])
    monkeypatch.setattr(bootstrap, "PROJECT", folder)
    monkeypatch.setattr(make, "PROJECT", folder)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    return folder


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have run; making an environment gives an empty one, the rest does nothing."""
    seen: list[list[str]] = []

    def run(command: list[object]) -> int:
        words = [str(word) for word in command]
        seen.append(words)
        if words[1:3] == ["-m", "venv"]:
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", words[-1]], check=True)
        return 0

    monkeypatch.setattr(bootstrap, "run", run)
    monkeypatch.setattr(make, "run", run)
    return seen


def _outside(folder: Path, *command: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the small project as a user would, with a shell that is set up against it."""
    hostile = {
        "PYTHONHOME": "/nowhere",
        "PYTHONPATH": "/nowhere",
        "VIRTUAL_ENV": "/nowhere",
        "PIP_TARGET": "x",
    }
    env = {**os.environ, **hostile, "PYTHONSAFEPATH": "1", "PIP_CONFIG_FILE": os.devnull, **extra}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def _path_without_uv() -> str:
    """PATH with this Python first and no uv on it."""
    parts = [p for p in os.environ["PATH"].split(os.pathsep) if not shutil.which("uv", path=p)]
    return os.pathsep.join([str(Path(sys.executable).parent), *parts])


@pytest.mark.skipif(not shutil.which("make"), reason="make not found")
def test_make_sets_up_from_the_lock_then_needs_nothing(tmp_path: Path, wheels: tuple[Path, str]) -> None:
    folder = _small_project(tmp_path / "有 空格 (1)", wheels[1][:-9] + "00000000\n")
    path = _path_without_uv()
    local = {"PATH": path, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels[0])}
    refused = _outside(folder, "make", "setup", **local)
    assert refused.returncode == 2
    assert "DO NOT MATCH THE HASHES" in refused.stderr
    assert refused.stderr.count("airq: the packages of requirements.lock could not be installed") == 1
    assert not (folder / ".venv/airq-stamp").exists()

    # The next run mends the half-made environment, in a path with a blank, brackets and Chinese.
    (folder / "requirements.lock").write_text(wheels[1], encoding="utf-8")
    first = _outside(folder, "make", "setup", **local)
    assert first.returncode == 0, first.stdout + first.stderr
    code = "import airqtiny, airq; print(airqtiny.answer, airq.__file__)"
    inside = [str(folder / ".venv/bin/python"), "-I", "-c", code]
    assert subprocess.check_output(inside, text=True) == f"42 {folder / 'airq' / '__init__.py'}\n"
    assert list(folder.glob(".venv/lib/*/site-packages/__pycache__/airqtiny.*.pyc")), "not compiled"

    # Without a source of packages every installation would fail, so success means that none was tried.
    again = _outside(folder, "make", "setup", PATH=path, PIP_NO_INDEX="1")
    assert (again.returncode, again.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("make"), reason="make not found")
@pytest.mark.parametrize(
    "words", [["setup"], ["setup", "PYTHON=/no such/python"], ["report", f"PYTHON={shutil.which('false')}"]]
)
def test_no_python_is_one_sentence(tmp_path: Path, wheels: tuple[Path, str], words: list[str]) -> None:
    folder = _small_project(tmp_path, wheels[1])
    path = os.environ["PATH"] if len(words) > 1 else str(tmp_path)
    done = _outside(folder, str(shutil.which("make")), *words, PATH=path, PYTHON="")
    assert done.returncode == 2
    ours = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert ours == [
        "airq: found no Python 3.11 or newer; install one, or name it: "
        f"make {words[0]} PYTHON=/path/to/python"
    ]


def test_the_targets_start_with_the_standard_library_alone() -> None:
    code = "import sys; sys.path.insert(0, '.'); import airq.make; print(airq.make.main(['help']))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [name for name in make.TARGETS if f"make {name} " not in done.stdout] == []


def test_an_old_python_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make, "OLDEST", (99, 0))
    assert make.main(["setup"]) == 2
    assert "needs Python 99.0 or newer" in capsys.readouterr().err


def test_unknown_target_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        make.main(["reprot"])
    assert stop.value.code == 2


def test_a_complete_set_up_is_left_alone(project: Path, calls: list[list[str]]) -> None:
    bootstrap.setup()
    done = len(calls)
    bootstrap.setup()
    bootstrap.setup(this_python=True)
    assert (done, len(calls)) == (4, done)


@pytest.mark.parametrize("damage", ["lock", "interpreter", "stamp", "moved", "no stamp"])
def test_what_does_not_fit_is_made_anew(
    project: Path, calls: list[list[str]], damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.setup()
    calls.clear()
    stamp = project / ".venv" / "airq-stamp"
    leftover = project / ".venv" / "leftover"
    leftover.touch()
    if damage == "lock":
        (project / "requirements.lock").open("a").write("# newer\n")
    elif damage == "interpreter":
        bootstrap.python().unlink()
    elif damage == "stamp":
        stamp.write_text("")
    elif damage == "moved":
        moved = project.with_name("moved")
        project.rename(moved)
        monkeypatch.setattr(bootstrap, "PROJECT", moved)
        leftover = moved / ".venv" / "leftover"
    else:
        stamp.unlink()
    bootstrap.setup()
    assert len(calls) == 4
    assert not leftover.exists(), "the old environment was not removed"
    bootstrap.setup()
    assert len(calls) == 4


def test_a_new_command_installs_only_the_project_itself(
    project: Path, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.setup()
    calls.clear()
    (project / "pyproject.toml").write_text(
        PYPROJECT.replace("[tool", '[project.scripts]\na = "airq:b"\n[tool')
    )
    monkeypatch.setattr(bootstrap, "_has", lambda base, module: True)
    bootstrap.setup()
    bootstrap.setup()
    assert [words[:4] for words in calls] == [[python(), "-m", "pip", "install"]]
    assert "--no-index" in calls[0] and "--editable" in calls[0]


def test_an_environment_of_uv_is_served_by_another_pip(
    project: Path, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.setup()
    calls.clear()
    monkeypatch.setattr(bootstrap, "_has", lambda base, module: base != bootstrap.python())
    (project / "pyproject.toml").write_text(PYPROJECT.replace('"d"', '"another"'))
    bootstrap.setup()
    assert [words[:5] for words in calls] == [[sys_base(), "-m", "pip", "--python", python()]]


def test_settings_of_tools_do_not_make_it_anew(project: Path, calls: list[list[str]]) -> None:
    bootstrap.setup()
    calls.clear()
    (project / "pyproject.toml").write_text(PYPROJECT + "[tool.ruff]\nline-length = 90\n")
    bootstrap.setup()
    assert calls == []


def test_another_python_rebuilds_only_when_it_is_named(
    project: Path, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.setup()
    calls.clear()
    monkeypatch.setattr(bootstrap.platform, "python_version", lambda: "3.99.0")
    bootstrap.setup()
    assert calls == []
    bootstrap.setup(this_python=True)
    assert len(calls) == 4


def test_a_step_that_fails_leaves_no_stamp(
    project: Path, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "run", lambda command: 1)
    with pytest.raises(bootstrap.SetupError, match="could not be installed"):
        bootstrap.setup()
    assert not (project / ".venv" / "airq-stamp").exists()


def test_uv_is_used_when_it_is_there_and_pip_when_it_fails(
    project: Path, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: "/opt/uv" if name == "uv" else None)
    quiet_run = bootstrap.run
    monkeypatch.setattr(bootstrap, "run", lambda command: quiet_run(command) or command[0] == "/opt/uv")
    bootstrap.setup()
    assert [words[0] for words in calls] == ["/opt/uv", sys_base(), python(), python(), python()]
    steps = bootstrap._with_uv("/opt/uv")
    assert "--require-hashes" in steps[1] and "--compile-bytecode" in steps[1]
    assert {"--no-deps", "--no-build-isolation"} <= set(steps[2])


def sys_base() -> str:
    return str(bootstrap._base_python())


def python() -> str:
    return str(bootstrap.python())


def test_without_ensurepip_the_pip_of_that_python_installs(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "_has", lambda base, module: module == "pip")
    make_venv, install, *_ = bootstrap._with_pip()
    assert "--without-pip" in make_venv
    assert [str(w) for w in install[:6]] == [sys_base(), "-m", "pip", "--python", python(), "install"]
    monkeypatch.setattr(bootstrap, "_has", lambda base, module: False)
    with pytest.raises(bootstrap.SetupError, match="python3-venv"):
        bootstrap._with_pip()


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_missing_file_is_said_before_anything_is_removed(
    project: Path, calls: list[list[str]], name: str
) -> None:
    bootstrap.setup()
    (project / name).unlink()
    with pytest.raises(bootstrap.SetupError, match=name):
        bootstrap.setup()
    assert (project / ".venv").is_dir()


def test_a_wrong_pyproject_is_one_sentence(project: Path) -> None:
    (project / "pyproject.toml").write_text("[project\n")
    with pytest.raises(bootstrap.SetupError, match="line 1"):
        bootstrap.setup()


def test_only_harmless_settings_of_the_shell_pass() -> None:
    foreign = [
        "PYTHONHOME",
        "PYTHONPATH",
        "PYTHONOPTIMIZE",
        "VIRTUAL_ENV",
        "CONDA_PREFIX",
        "PROJ_DATA",
        "MPLBACKEND",
    ]
    foreign += [
        "PIP_TARGET",
        "PIP_USER",
        "PIP_NO_DEPS",
        "PIP_CONSTRAINT",
        "UV_PROJECT_ENVIRONMENT",
        "UV_PYTHON",
    ]
    foreign += ["AIRQ_HOME", "PYTEST_ADDOPTS", "JUPYTER_PATH", "IPYTHONDIR", "RUFF_NO_CACHE", "MYPYPATH"]
    welcome = [
        "PATH",
        "HOME",
        "CI",
        "HTTPS_PROXY",
        "SSL_CERT_FILE",
        "AIRQ_SHARED",
        "PIP_INDEX_URL",
        "PIP_CERT",
    ]
    welcome += [
        "PIP_TRUSTED_HOST",
        "UV_DEFAULT_INDEX",
        "UV_INDEX_OURS_PASSWORD",
        "UV_CACHE_DIR",
        "PIP_CACHE_DIR",
    ]
    env = bootstrap.child_environment(dict.fromkeys([*foreign, *welcome], "theirs"))
    assert [name for name in foreign if env.get(name) == "theirs"] == []
    assert [name for name in welcome if env.get(name) != "theirs"] == []


# ---- targets ----


def _catalogue(archive: Path, months: list[str], simulated: bool) -> None:
    archive.mkdir(parents=True)
    content = {"months": {f"observations/{m}": {} for m in months}, "simulated": simulated}
    (archive / "catalog.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("months", "simulated", "expected"),
    [
        (["2026-08", "2026-09"], True, True),
        (["2026-09", "2026-10"], True, False),
        (["2026-08"], False, False),  # observations end earlier, and stay alone
        ([], None, True),
    ],
)
def test_simulated_data_only_where_there_are_no_observations(
    tmp_path: Path, months: list[str], simulated: bool, expected: bool
) -> None:
    _catalogue(tmp_path / "a", months, simulated)
    assert make.needs_simulation(tmp_path / "a", "2026-10") is expected


@pytest.mark.parametrize("text", ["", "[]", '{"months": {}}'])
def test_a_damaged_catalogue_is_left_to_the_report(tmp_path: Path, text: str) -> None:
    (tmp_path / "catalog.json").write_text(text)
    assert make.needs_simulation(tmp_path, "2026-10") is False


def test_the_last_month_is_the_one_of_the_simulation() -> None:
    assert make._last_month() == str(simulation.last_complete_month())


def test_report_fills_an_empty_archive_first(project: Path, calls: list[list[str]]) -> None:
    assert make.main(["report", "--place", "manas"]) == 0
    assert [words[1:] for words in calls[-2:]] == [
        ["-m", "airq", "simulate"],
        ["-m", "airq", "report", "--place", "manas"],
    ]
    _catalogue(project / "data/processed/archive", ["2019-01"], simulated=False)
    calls.clear()
    assert make.main(["report"]) == 0
    assert [words[1:] for words in calls] == [["-m", "airq", "report"]]


def test_report_stops_when_the_simulation_fails(
    project: Path, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.setup()
    calls.clear()
    monkeypatch.setattr(make, "run", lambda command: calls.append(command) or 2)
    assert make.main(["report"]) == 2
    assert len(calls) == 1


def test_clean_leaves_the_archive(project: Path, calls: list[list[str]]) -> None:
    _catalogue(project / "data/processed/archive", ["2019-01"], simulated=False)
    bootstrap.setup()
    assert make.main(["clean"]) == 0
    assert not (project / ".venv").exists()
    assert (project / "data/processed/archive/catalog.json").exists()


def test_checks_that_fail_do_not_hide_the_tests_and_fail_the_target(
    project: Path, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.setup()
    seen: list[str] = []

    def run(command: list[object]) -> int:
        seen.append(str(command[2]))
        return int("ruff" in seen[-1])

    monkeypatch.setattr(make, "run", run)
    assert make.main(["test"]) == 1
    assert seen[0] == "ruff" and seen[-1] == "pytest"
    assert make.main(["lint"]) == 1


def test_lock_without_uv_is_one_sentence(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make.main(["lock"]) == 2
    assert "uv is not on the PATH" in capsys.readouterr().err


@pytest.mark.netns
def test_the_helper_cuts_the_network_and_leaves_the_loopback(no_network: list[str]) -> None:
    code = (
        "import socket\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(server.getsockname(), 5)\n"
        "try: socket.create_connection(('192.0.2.1', 80), 5)\n"
        "except OSError as error: print(error.strerror)"
    )
    out = subprocess.check_output([*no_network, sys.executable, "-c", code], text=True)
    assert out == "Network is unreachable\n"
