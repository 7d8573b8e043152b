"""Workers: a process of its own a task, its death, its limits, and the kernels that it asks for."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from airq.errors import ParameterError
from airq.reports import tasks, workers
from airq.reports.execute import execute
from airq.reports.kernels import Kernels, can_fork
from airq.reports.workers import isolated, pool

needs_fork = pytest.mark.skipif(not can_fork(), reason="kernels are forked on Linux only")
SMALL = ("json", "airq.reports.tasks", "airq.reports.pages", "ipykernel.kernelapp")


def order(source: str, **more: object) -> dict[str, object]:
    """A task that runs a line of Python instead of one of a run."""
    return {"kind": "indicators", "job": {"settings": {"memory": 0}}, "python": source, **more}


@pytest.fixture
def python_tasks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Workers of a server that runs the task's own line; a module on the path, so that any process can import it."""
    (tmp_path / "airq_line.py").write_text(
        "from airq.reports import tasks\n"
        "def line(task):\n    out = {}\n    exec(task['python'], {'out': out, 'task': task})\n    return out\n"
        "tasks._KINDS['indicators'] = line\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


@pytest.fixture
def server(python_tasks):
    with Kernels(preload=(*SMALL, "airq_line"), memory=0) as running:
        yield running


@needs_fork
@pytest.mark.parametrize(
    ("source", "sentence", "again"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended with signal SIGKILL", True),
        ("import os; os._exit(3)", "ended with exit code 3", True),
        ("import ctypes; ctypes.string_at(0)", "ended with signal SIGSEGV", True),
        ("import sys; sys.exit(0)", "ended with exit code 0", True),
        ("open('/dev/full', 'w').write('x' * 99999)", "No space left on device; make room", None),
        (
            "from airq.errors import MissingData; raise MissingData('nothing of 昌吉市.')",
            "nothing of 昌吉市.",
            False,
        ),
        ("1 / 0", "unexpected ZeroDivisionError: division by zero; report it.", None),
        ("a = bytearray(10**10)", "it needs more than 300 MB of memory", None),
        (
            'try:\n    raise RuntimeError("can\'t start new thread")\nexcept RuntimeError as e:\n    raise ValueError() from e  # bytearray',
            "it needs more than 300 MB of memory; raise 'memory' in params/reports.yaml.",
            None,
        ),
    ],
)
def test_what_ends_a_worker_is_a_sentence(server, source, sentence, again) -> None:
    task = order(source)
    task["job"] = {"settings": {"memory": 300 if "bytearray" in source else 0}}
    made = isolated(task, 20)
    assert sentence in made["error"] and "\n" not in made["error"] and made.get("again") == again


@needs_fork
def test_a_worker_that_hangs_is_ended_with_its_kernel(server, tmp_path) -> None:
    # The worker asks the server for a child of its own, then neither ends.
    source = (
        "import os, time\nfrom airq.reports.kernels import Kernels\n"
        "argv = ['-f', task['folder'] + '/c.json', '--log-level=CRITICAL']\n"
        "child = Kernels.current.fork({'argv': argv, 'env': dict(os.environ), 'cwd': None})\n"
        "open(task['folder'] + '/pid', 'w').write(str(child.pid))\ntime.sleep(600)"
    )
    isolated(order("pass"), 60)  # the server is there
    made = isolated(order(source, folder=str(tmp_path)), 6)
    assert "it took longer than 6 s" in made["error"]
    child = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 5
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{child}").exists()


@needs_fork
def test_a_run_that_is_stopped_ends_its_workers(server) -> None:
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    started = time.monotonic()
    made = isolated(order("import time; time.sleep(600)"), 600, stop)
    assert "the run was stopped" in made["error"] and time.monotonic() - started < 300


def test_a_task_whose_process_died_is_tried_again(monkeypatch) -> None:
    answers = [{"error": "died", "again": True}, {"error": "", "value": 1}]
    monkeypatch.setattr(workers, "isolated", lambda *_: answers.pop(0))
    assert workers._tried({}, 1.0, retries=1) == {"error": "", "value": 1, "tries": 2}
    answers[:] = [{"error": "died", "again": True}] * 3
    assert workers._tried({}, 1.0, retries=2) == {"error": "died", "again": True, "tries": 3}
    answers[:] = [{"error": "refused", "again": False}, {}]
    assert workers._tried({}, 1.0, retries=2)["tries"] == 1


def test_plain_workers_do_the_same(tmp_path) -> None:
    with Kernels(forked=False):
        made = isolated({"kind": "nap", "job": {"settings": {"memory": 0}}}, 60)
    assert made["error"] == "unexpected KeyError: 'nap'; report it."
    done = subprocess.run([sys.executable, "-m", "airq.reports.tasks"], capture_output=True, text=True)
    assert done.returncode != 0


def test_unknown_executor_is_refused() -> None:
    with (
        pytest.raises(ParameterError, match="executor 'slurm' is not known; write dask or dask:ADDRESS"),
        pool(executor="slurm"),
    ):
        pass


def test_refusals_are_sentences() -> None:
    assert tasks.perform({"kind": "nap"})["error"] == "unexpected KeyError: 'nap'; report it."


def notebook(*sources: str) -> nbformat.NotebookNode:
    first = new_code_cell("a = 1", metadata={"tags": ["parameters"]})
    made = new_notebook(cells=[first, *map(new_code_cell, sources)])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return made


LEARN = """
import os, numpy as np, pandas as pd
from airq import analysis
rng = np.random.default_rng(0)
day = pd.date_range("2023-01-01", periods=500, freq="D")
wind = rng.lognormal(0.5, 0.4, 500)
pm25 = 60 / (0.5 + wind) * rng.lognormal(0, 0.2, 500)
frame = pd.DataFrame({"date": day, "pm25": pm25, "wind_speed": wind, "temperature": rng.normal(5, 10, 500)})
calm = analysis.deweather(frame, "pm25", ["wind_speed", "temperature"], 20, 0)
print(os.getppid(), round(float(calm.normalised.mean()), 6))
"""


@needs_fork
def test_machine_learning_runs_in_a_forked_kernel() -> None:
    """Trees and boosting, whose OpenMP and threads must not hang after a fork, give what they give in this process."""
    from threadpoolctl import threadpool_limits

    names: dict[str, object] = {}
    with threadpool_limits(1):  # threads that wait for each other on a busy machine take minutes
        exec(LEARN.replace("print(", "seen = ("), names)
    with Kernels(preload=("json", "sklearn.ensemble", "scipy.signal", "airq.analysis")) as running:
        done = execute(notebook(LEARN), {}, True, timeout=110)
        server = running._process.pid
    parent, mean = done.cells[-1].outputs[0].text.split()
    assert int(parent) == server
    assert float(mean) == pytest.approx(names["seen"][1], rel=1e-6)


@needs_fork
def test_a_kernel_may_not_take_more_memory_than_is_allowed() -> None:
    with Kernels(preload=("json", "ipykernel.kernelapp"), memory=400):
        from airq.errors import ReportError

        with pytest.raises(ReportError, match="cell 2 needs more memory than it may take; raise 'memory'"):
            execute(notebook("big = bytearray(700 * 2**20)"), {}, True)
        execute(notebook("small = bytearray(100 * 2**20)"), {}, True)
