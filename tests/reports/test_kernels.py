"""Kernels forked from the pre-imported process, and what counts as a finished notebook."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint
from pathlib import Path

import nbformat
import pytest
from jupyter_client.provisioning import KernelProvisionerFactory
from nbformat.v4 import new_code_cell, new_notebook

from airq.errors import FileRejected, ReportError
from airq.reports import kernels
from airq.reports.execute import execute, load, unfinished
from airq.reports.kernels import Kernels, can_fork

needs_fork = pytest.mark.skipif(not can_fork(), reason="kernels are forked on Linux only")


def notebook(*sources: str) -> nbformat.NotebookNode:
    first = new_code_cell("a = 1", metadata={"tags": ["parameters"]})
    made = new_notebook(cells=[first, *map(new_code_cell, sources)])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return made


def printed(made: nbformat.NotebookNode) -> str:
    return "".join(o.get("text", "") for c in made.cells for o in c.get("outputs", [])).strip()


@pytest.fixture(scope="module")
def server():
    with Kernels(preload=("json", "numpy")) as running:
        yield running


@needs_fork
def test_forked_kernels_run_side_by_side_in_clean_name_spaces(server) -> None:
    source = "import sys, os, numpy\nassert 'mark' not in globals()\nmark = a\nprint(a, 'numpy' in sys.modules, os.getppid())"
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda n: execute(notebook(source), {"a": n}, True), range(4)))
    parent = server._process.pid
    assert [printed(m) for m in made] == [f"{n} True {parent}" for n in range(4)]


@needs_fork
def test_server_has_one_thread_before_it_forks(server) -> None:
    execute(notebook("1"), {}, True)
    assert len(list(Path(f"/proc/{server._process.pid}/task").iterdir())) == 1


@needs_fork
def test_the_modules_of_the_reports_start_no_thread() -> None:
    with Kernels() as running:
        running._await_server()
        assert len(list(Path(f"/proc/{running._process.pid}/task").iterdir())) == 1


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("import os; os._exit(3)", "the kernel died"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "the kernel died"),
        ("import sys; sys.exit(0)", "cell 2 did not complete"),
        ("import sys; sys.exit()", "cell 2 did not complete"),
        ("raise SystemExit(1)", "cell 2 raised SystemExit"),
        (
            "import time; time.sleep(60)",
            "a cell ran longer than 2 s; raise the timeout in params/reports.yaml",
        ),
        ("1 / 0", "cell 2 raised ZeroDivisionError: division by zero"),
        (
            "from airq.errors import MissingData\nraise MissingData('no data of 昌吉市.')",
            "no data of 昌吉市.",
        ),
    ],
)
@needs_fork
def test_failures_are_sentences(server, source: str, sentence: str) -> None:
    # papermill puts a cell in when there are parameters; cells are counted as in the notebook itself.
    parameters = {"a": 2} if len(source) % 2 else {}
    with pytest.raises(ReportError) as caught:
        execute(notebook(source, "print(2)"), parameters, True, timeout=2)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.netns
def test_kernels_need_no_network_not_even_the_loopback(tmp_path) -> None:
    words = ["unshare", "-rn"]
    if subprocess.run([*words, "true"], capture_output=True).returncode:
        pytest.skip("network namespaces are not available (unshare -rn)")
    nbformat.write(notebook("print(a)"), tmp_path / "b.ipynb")
    code = (
        "import sys; from pathlib import Path; from airq.reports.execute import execute, load\n"
        "from airq.reports.kernels import Kernels\n"
        "book = load(Path(sys.argv[1]))\n"
        "with Kernels(preload=('json',)): print(execute(book, {'a': 3}, True, 30).cells[-1].outputs[0].text)\n"
        "print(execute(book, {'a': 4}, False, 30).cells[-1].outputs[0].text)\n"
    )
    command = [*words, sys.executable, "-c", code, str(tmp_path / "b.ipynb")]
    environment = {**os.environ, "PYTHONPATH": str(Path(kernels.__file__).parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=100)
    assert done.stdout.split() == ["3", "4"], done.stderr[-500:]


def test_no_folder_is_left(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(kernels.tempfile, "tempdir", None)
    execute(notebook("1"), {}, False)
    with Kernels(preload=("json",)):
        execute(notebook("1"), {}, True)
    import gc

    gc.collect()
    assert not list(tmp_path.glob("airq-*"))


def test_a_path_too_long_for_a_socket_falls_back_to_tcp(tmp_path, monkeypatch) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(kernels.tempfile, "tempdir", str(long))
    with Kernels(preload=("json",)) as running:
        assert running.folder is None
        assert printed(execute(notebook("print(a)"), {"a": 6}, True)) == "6"


def test_plain_kernels_do_the_same() -> None:
    with Kernels(forked=False) as running:
        assert running.socket_path is None
        assert printed(
            execute(notebook("import airq; print(a, airq.__version__)"), {"a": 7}, False)
        ).startswith("7 ")
        with pytest.raises(ReportError, match="did not complete"):
            execute(notebook("import sys; sys.exit(0)"), {}, False)


@needs_fork
def test_without_a_server_the_provisioner_starts_a_plain_kernel(monkeypatch) -> None:
    monkeypatch.setattr(Kernels, "current", None)
    assert printed(execute(notebook("import os; print(os.getppid())"), {}, True)) == str(os.getpid())


@needs_fork
def test_a_server_that_cannot_start_costs_nothing_but_time(monkeypatch) -> None:
    monkeypatch.setattr(kernels.sys, "executable", kernels.sys.executable)
    with Kernels(preload=("json",)) as running:
        running._process.kill()
        running._process.wait()
        assert printed(execute(notebook("print(a)"), {"a": 5}, True)) == "5"


@needs_fork
def test_the_server_before_comes_back(server) -> None:
    with Kernels.attached(server.socket_path) as inner:
        assert Kernels.current is inner
        assert printed(execute(notebook("import os; print(os.getppid())"), {}, True)) == str(
            server._process.pid
        )
    assert Kernels.current is server and server.socket_path.exists()


@needs_fork
def test_children_end_with_the_server() -> None:
    with Kernels(preload=("json",)) as running:
        running._await_server()
        request = {"argv": [], "env": dict(os.environ), "cwd": None}
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            request["argv"] = ["-f", f"{folder}/c.json", "--log-level=CRITICAL"]
            child = running.fork(request)
            assert child.poll() is None
        folder_of_socket = running.socket_path.parent
    deadline = time.monotonic() + 5
    while (
        time.monotonic() < deadline
        and subprocess.run(["kill", "-0", str(child.pid)], capture_output=True).returncode == 0
    ):
        time.sleep(0.05)
    assert subprocess.run(["kill", "-0", str(child.pid)], capture_output=True).returncode != 0
    assert child.poll() is not None and not folder_of_socket.exists()


def test_the_provisioner_is_an_entry_point(root) -> None:
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    value = project["entry-points"][KernelProvisionerFactory.GROUP_NAME]["airq-fork"]
    point = EntryPoint("airq-fork", value, KernelProvisionerFactory.GROUP_NAME)
    assert point.load() is kernels.ForkProvisioner


def test_only_completed_cells_count() -> None:
    done = {"papermill": {"status": "completed", "exception": False}}
    pending = {"papermill": {"status": "pending", "exception": None}}
    made = new_notebook(
        cells=[new_code_cell("1", metadata=done), new_code_cell("2", metadata=pending), new_code_cell(" ")]
    )
    assert unfinished(made) == [2]


def test_load_refuses_what_is_no_report_notebook(tmp_path: Path) -> None:
    with pytest.raises(FileRejected, match="no such notebook"):
        load(tmp_path / "x.ipynb")
    (tmp_path / "x.ipynb").write_text("[")
    with pytest.raises(FileRejected, match="not a Jupyter notebook"):
        load(tmp_path / "x.ipynb")
    nbformat.write(new_notebook(cells=[new_code_cell("a = 1")]), tmp_path / "y.ipynb")
    with pytest.raises(FileRejected, match="no cell is tagged 'parameters'"):
        load(tmp_path / "y.ipynb")
