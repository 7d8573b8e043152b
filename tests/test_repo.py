"""What may stand in the repository, and that its lists of packages agree."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import jupytext
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent

# Names that conda-forge spells otherwise; matplotlib-base is matplotlib without Qt.
CONDA_NAMES = {
    "brotli": "brotli-python",
    "flit-core": "flit-core",
    "jupyter-client": "jupyter_client",
    "matplotlib": "matplotlib-base",
}
# Written in pieces so that this file does not hold what it looks for.
HOSTS = [
    ("py", "pi.org"),
    ("pypi.", "python.org"),
    ("python", "hosted.org"),
    ("ana", "conda.org"),
    ("npm", "js.org"),
    ("npm", "js.com"),
    ("npm", "mirror.com"),
    ("crates", ".io"),
    ("proxy.go", "lang.org"),
    ("/py", "pi/simple"),
    ("/py", "pi/web/simple"),
]
PATHS = [
    ("/wo", "rk/"),
    ("/ro", "ot/"),
    ("/ho", "me/[a-z]"),
    ("/Use", "rs/[A-Za-z]"),
    ("[A-Z]:\\\\+Use", "rs"),
]


def _git(*words: str) -> list[str]:
    done = subprocess.run(["git", *words, "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [name for name in done.stdout.split("\0") if name]


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    return [ROOT / name for name in _git("ls-files") if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def texts(tracked: list[Path]) -> dict[str, str]:
    found = {}
    for path in tracked:
        content = path.read_bytes()
        if b"\0" not in content:
            found[path.relative_to(ROOT).as_posix()] = content.decode("utf-8")
    return found


def _lines(texts: dict[str, str], pattern: str) -> list[str]:
    search = re.compile(pattern)
    return [
        f"{name}:{number}"
        for name, text in texts.items()
        if search.search(text)
        for number, line in enumerate(text.splitlines(), 1)
        if search.search(line)
    ]


def test_no_address_of_a_package_host(texts: dict[str, str]) -> None:
    assert _lines(texts, "|".join(re.escape(a + b) for a, b in HOSTS)) == []


def test_no_path_of_a_machine(texts: dict[str, str]) -> None:
    assert _lines(texts, r"(?<![\w.~…-])(" + "|".join(a + b for a, b in PATHS) + ")") == []


def test_the_patterns_find_what_they_are_for() -> None:
    bad = {"a": "see https://" + "py" + "pi.org/simple", "b": "x = '/wo" + "rk/main'", "c": "framework/main"}
    assert _lines(bad, "|".join(re.escape(a + b) for a, b in HOSTS)) == ["a:1"]
    assert _lines(bad, r"(?<![\w.~…-])(" + "|".join(a + b for a, b in PATHS) + ")") == ["b:1"]


def test_no_lock_file_with_addresses(tracked: list[Path]) -> None:
    names = {"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", "conda-lock.yml", "package-lock.json"}
    assert [p for p in tracked if p.name in names] == []


def test_no_file_above_5_megabytes(tracked: list[Path]) -> None:
    assert [p for p in tracked if p.stat().st_size > 5_000_000] == []


def test_nothing_built_is_tracked(tracked: list[Path]) -> None:
    built = [p for p in tracked if p.is_relative_to(ROOT / "data" / "processed")]
    assert built == [ROOT / "data" / "processed" / "README.md"]
    suffixes = {".pyc", ".parquet", ".nc", ".whl", ".log"}
    assert [p for p in tracked if p.suffix in suffixes and "tests" not in p.relative_to(ROOT).parts] == []


def test_raw_files_say_their_source(tracked: list[Path]) -> None:
    raw = ROOT / "data" / "raw"
    text = (raw / "README.md").read_text(encoding="utf-8")
    files = [p for p in tracked if p.is_relative_to(raw) and p.name != "README.md"]
    assert [p.name for p in files if f"`{p.relative_to(raw).as_posix()}`" not in text] == []


def _notebooks() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", _notebooks(), ids=lambda p: p.name)
def test_notebook_holds_no_output(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [c for c in cells if c["cell_type"] == "code"]
    assert [i for i, c in enumerate(code) if c["outputs"] or c["execution_count"] is not None] == []


@pytest.mark.parametrize("path", _notebooks(), ids=lambda p: p.name)
def test_notebook_and_its_source_agree(path: Path) -> None:
    source, notebook = jupytext.read(path.with_suffix(".py")), jupytext.read(path)

    def content(book: object) -> list[tuple[str, str, list[str]]]:
        return [(c.cell_type, c.source, sorted(c.metadata.get("tags", []))) for c in book.cells]  # type: ignore[attr-defined]

    assert content(notebook) == content(source), f"run jupytext --sync {path.name}"


def test_every_source_has_its_notebook() -> None:
    sources = {p.stem for p in (ROOT / "notebooks").glob("*.py")}
    assert sources == {p.stem for p in _notebooks()}


# ---- lists of packages ----


@pytest.fixture(scope="module")
def wanted() -> dict[str, Requirement]:
    """Requirements of pyproject.toml with those of the tests, by canonical name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def test_environment_yml_names_what_pyproject_names(wanted: dict[str, Requirement]) -> None:
    document = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert (document["name"], document["channels"]) == ("airq", ["conda-forge"])
    named = [d for d in document["dependencies"] if isinstance(d, str)]
    from_pip = [name for d in document["dependencies"] if isinstance(d, dict) for name in d["pip"]]
    have = {r.name: str(r.specifier) for r in map(Requirement, [*named, *from_pip])}
    expected = {CONDA_NAMES.get(name, name): str(r.specifier) for name, r in wanted.items()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert have == {**expected, "python": project["requires-python"], "pip": ""}


def test_environment_yml_holds_the_packages_the_user_named() -> None:
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    named = [
        "jupyterlab",
        "xarray",
        "pandas",
        "statsmodels",
        "scikit-learn",
        "matplotlib",
        "cartopy",
        "papermill",
    ]
    assert [n for n in named if not re.search(rf"^  - {n}\b", text, re.MULTILINE)] == []


def _locked() -> dict[str, list[str]]:
    """Entries of the lock, by canonical name: requirement lines with their hashes."""
    entries: dict[str, list[str]] = {}
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for line in text.replace("\\\n", " ").splitlines():
        entries.setdefault(canonicalize_name(re.split(r"[=\s]", line)[0]), []).append(line)
    return entries


def test_every_entry_of_the_lock_is_pinned_with_hashes() -> None:
    for lines in _locked().values():
        for line in lines:
            assert re.fullmatch(r"[\w.-]+==[\w.!+]+( ; [^\\]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*", line), (
                line[:80]
            )


def test_the_lock_holds_every_requirement_in_range(wanted: dict[str, Requirement]) -> None:
    locked = _locked()
    assert sorted(wanted.keys() - locked.keys()) == []
    for name, requirement in wanted.items():
        for line in locked[name]:
            version = line.split("==")[1].split()[0]
            assert requirement.specifier.contains(version), f"{name} {version}: run make lock"


# ---- the library ----


@pytest.mark.parametrize(
    "path", sorted((ROOT / "airq").rglob("*.py")), ids=lambda p: p.relative_to(ROOT).as_posix()
)
def test_module_explains_itself(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "write a docstring"


@pytest.mark.parametrize("argument", ["--help", "--version", "nonsense"])
def test_a_look_at_the_command_imports_nothing_heavy(argument: str) -> None:
    code = (
        "import sys\n"
        "from airq.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print('LOADED', *sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, argument], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.rsplit("LOADED", 1)[1].split())
    assert "click" in loaded
    heavy = {"numpy", "pandas", "xarray", "pyarrow", "scipy", "matplotlib", "sklearn", "pydantic", "yaml"}
    assert loaded & heavy == set()
