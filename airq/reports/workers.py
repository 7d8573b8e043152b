"""Tasks done by processes of their own, one at a time or several: forked, started plainly, or on a dask cluster.

A worker that dies, hangs or takes too much memory costs its own task. The results are the same whoever does them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Protocol

from airq.errors import ReportError
from airq.reports.forkserver import end
from airq.reports.kernels import Kernels, environment
from airq.reports.parameters import check_executor
from airq.reports.tasks import SERVER

__all__ = ["Pool", "isolated", "pool"]

_GRACE: Final = 60.0
"""Seconds that a task may take beside its notebook, for its formats and for the start of a plain worker."""


def isolated(task: dict[str, Any], limit: float, stop: threading.Event | None = None) -> dict[str, Any]:
    """Do a task in a process of its own.

    Parameters
    ----------
    task : dict
        See :func:`airq.reports.tasks.perform`.
    limit : float
        Seconds.
    stop : threading.Event, optional
        Ends it before.

    Returns
    -------
    dict
        What the task gave, or ``error`` and ``again`` where its process gave nothing.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="airq-task-") as folder:
        order, answer = Path(folder) / "task.json", Path(folder) / "result.json"
        order.write_text(json.dumps(task, ensure_ascii=False), encoding="utf-8")
        try:
            process = _start([str(order), str(answer)], int(task["job"]["settings"].get("memory", 0)))
        except (OSError, ReportError) as error:
            return {"error": f"no process could be started ({error}); run again.", "again": True}
        code = _await(process, limit, stop)
        try:
            made: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
            return made
        except (OSError, ValueError):
            pass
    seconds = round(time.monotonic() - began, 2)
    if code is None:
        stopped = stop is not None and stop.is_set()
        reason = (
            "the run was stopped; run again."
            if stopped
            else f"it took longer than {limit:g} s; raise 'notebook_timeout' in params/reports.yaml."
        )
        return {"error": reason, "again": False, "seconds": seconds}
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    hint = "most often the memory was exhausted, so run with fewer jobs"
    return {"error": f"its process ended with {how}; {hint}.", "again": True, "seconds": seconds}


def _start(argv: list[str], memory: int) -> Any:
    """A worker: forked from the server of this run, else a process anew."""
    server = Kernels.current
    if server is not None and server.socket_path is not None:
        own = {**os.environ, **environment(), SERVER: str(server.socket_path)}
        request = {"run": "worker", "argv": argv, "env": own, "cwd": str(Path.cwd()), "memory": memory}
        with suppress(ReportError):  # a plain worker needs no server
            return server.fork(request)
    own = {**os.environ, **environment()}
    own.pop(SERVER, None)
    command = [sys.executable, "-m", "airq.reports.tasks", *argv]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=own, start_new_session=True
    )


def _await(process: Any, limit: float, stop: threading.Event | None) -> int | None:
    """Exit code; None if it had to be ended."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline and not (stop is not None and stop.is_set()):
        with suppress(subprocess.TimeoutExpired):
            return int(process.wait(min(0.5, max(0.01, deadline - time.monotonic()))))
    if hasattr(os, "killpg"):
        end(process.pid)
    else:
        process.kill()
    process.wait(10)
    return None


class Pool(Protocol):
    """Who does tasks."""

    def run(self, tasks: Sequence[dict[str, Any]], limit: float) -> Iterator[tuple[int, dict[str, Any]]]:
        """Number of each task and what it gave, as they are done."""
        ...


class _Local:
    """Processes of this machine."""

    def __init__(self, jobs: int, retries: int) -> None:
        self.jobs = jobs
        self.retries = retries
        self.stop = threading.Event()

    def run(self, tasks: Sequence[dict[str, Any]], limit: float) -> Iterator[tuple[int, dict[str, Any]]]:
        threads = ThreadPoolExecutor(self.jobs)
        waiting = {
            threads.submit(_tried, task, limit, self.retries, self.stop): n for n, task in enumerate(tasks)
        }
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        except BaseException:
            self.stop.set()  # what runs ends now, not after its last cell
            raise
        finally:
            threads.shutdown(cancel_futures=True)


def _tried(
    task: dict[str, Any], limit: float, retries: int, stop: threading.Event | None = None
) -> dict[str, Any]:
    """A task, again if its process died."""
    for tries in range(1, retries + 2):
        if stop is not None and stop.is_set():
            return {"error": "the run was stopped; run again.", "tries": tries}
        made = isolated(task, limit + _GRACE, stop)
        if not (made.get("error") and made.get("again")) or tries > retries:
            break
    return made | {"tries": tries}


class _Dask:
    """Workers of a dask cluster, each with a fork server of its own."""

    def __init__(self, client: Any, retries: int) -> None:
        self.client = client
        self.retries = retries

    def run(self, tasks: Sequence[dict[str, Any]], limit: float) -> Iterator[tuple[int, dict[str, Any]]]:
        from distributed import as_completed as completed

        futures = [
            self.client.submit(_on_worker, task, limit, self.retries, pure=False, retries=1) for task in tasks
        ]
        numbers = {future.key: n for n, future in enumerate(futures)}
        for future in completed(futures):
            try:
                made = future.result()
            except Exception as error:  # the worker that did it is gone, with its second try
                made = {"error": f"the dask worker failed ({' '.join(str(error).split())[:200]}); run again."}
            yield numbers[future.key], made


_SERVERS: dict[str, Kernels] = {}
_SERVERS_LOCK = threading.Lock()


def _on_worker(task: dict[str, Any], limit: float, retries: int) -> dict[str, Any]:
    """Do a task on a dask worker, whose fork server stays for the tasks to come."""
    import atexit

    with _SERVERS_LOCK:
        if task["job"]["forked"] and Kernels.current is None:
            _SERVERS["own"] = Kernels().__enter__()
            atexit.register(_SERVERS["own"].close)
    return _tried(task, limit, retries)


@contextmanager
def pool(
    jobs: int = 0, retries: int = 0, forked: bool | None = None, memory: int = 0, executor: str = ""
) -> Iterator[tuple[Pool, bool]]:
    """Who does the tasks of a run, and whether kernels are forked.

    Parameters
    ----------
    jobs : int
        Tasks at a time; 0 takes the number of processors.
    retries : int
        Further tries of a task whose process died.
    forked : bool, optional
        False starts processes plainly.
    memory : int
        MB of a kernel.
    executor : str
        ``dask`` for a cluster on this machine, ``dask:ADDRESS`` for the scheduler at an address, whose workers must
        see archive and folders under the same paths; empty for processes of this machine.

    Raises
    ------
    ParameterError
        An unknown executor, dask is not installed, or its scheduler does not answer.
    """
    number = jobs or os.cpu_count() or 1
    if executor:
        from airq.observations import executors

        check_executor(executor)
        with executors._dask(executor.partition(":")[2], number) as client:
            yield _Dask(client, retries), forked is not False
        return
    held = Kernels.current
    if forked is not False and held is not None and held.socket_path is not None:
        own = Kernels.attached(held.socket_path, memory)  # a server that the caller keeps for several runs
    else:
        own = Kernels(forked, memory=memory)
    with own as kernels:
        local = _Local(number, retries)
        try:
            yield local, kernels.socket_path is not None
        except BaseException:
            local.stop.set()
            kernels.close()
            raise
