"""A process that has imported the heavy packages once and forks a ready kernel or worker on request.

Starting a Jupyter kernel costs two to three seconds of imports; a child forked from this process has them
already, in a name space of its own. The server speaks one line of JSON each way over a Unix socket: a request
holds what the child runs (``kernel`` or ``worker``), its arguments, environment, folder and memory limit; the answer
is ``{"pid": n}`` and, when the child has ended, ``{"exit": code}``. Who closes the connection before ends the child.
The server ends, with its children, when its standard input closes, that is with its parent.

The module is run with ``python -m airq.reports.forkserver SOCKET``; :class:`airq.reports.kernels.Kernels` does so.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import random
import selectors
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Any, Final, NoReturn

__all__ = ["PRELOAD", "limit_memory", "main", "preload"]

PRELOAD: Final = (
    "numpy",
    "pandas",
    "pandas.core.methods.to_dict",
    "pandas.core.reshape.reshape",
    "pyarrow.dataset",
    "pyarrow.parquet",
    "xarray",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "PIL.Image",
    "contourpy",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "IPython.display",
    "scipy.signal",
    "airq.analysis.county_month",
    "airq.figures.calendar",
    "airq.figures.comparison",
    "airq.figures.counts",
    "airq.figures.drawing",
    "airq.figures.hourly",
    "airq.figures.inventory",
    "airq.forecast.frames",
    "airq.observations.archive",
    "airq.observations.simulation",
    "airq.standards.alert_rules",
    "airq.standards.dust",
    "airq.standards.rankings",
    "airq.standards.restatement",
    "airq.standards.trend",
    "airq.reports.target_page",
    "airq.reports.text",
    "airq.targets.hindcasting",
    "airq.targets.outlooks",
    "airq.targets.registry",
    "papermill",
    "nbclient",
    "nbconvert.exporters",
    "sklearn.ensemble",
    "sklearn.gaussian_process",
    "sklearn.linear_model",
    "cartopy.crs",
    "cartopy.mpl.geoaxes",
    "docx",
    "airq.forecast",
    "airq.scenario",
    "airq.reports.page",
    "airq.reports.months_page",
    "airq.reports.sections._values",
    "airq.reports.sections.first_page_text",
    "airq.reports.sections.first_page_whatif",
    "airq.reports.html",
    "airq.reports.tasks",
    "airq.reports.pages",
    "airq.reports.warming",
    "airq.reports.formats",
    "openpyxl",
    "xarray.backends.scipy_",
    "typst",
)
"""Imported before the first fork. None of them may start a thread: a lock held by it would stay locked in a child."""


def preload(names: tuple[str, ...] = PRELOAD) -> list[str]:
    """Import modules; one that fails is left to the notebook that needs it.

    Parameters
    ----------
    names : tuple of str
        Modules.

    Returns
    -------
    list of str
        Names that could not be imported.

    Examples
    --------
    >>> preload(("json", "no_such_module"))
    ['no_such_module']
    """
    failed = []
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # the kernel shows the error where the notebook imports it
            failed.append(name)
    return failed


def limit_memory(megabytes: int) -> None:
    """Let this process take that much memory beyond what it has now; more is a ``MemoryError``.

    Parameters
    ----------
    megabytes : int
        0 sets no limit; nor is one set where the system knows none.
    """
    if not megabytes:
        return
    try:
        import resource

        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        held = next((int(s.split()[1]) for s in status.splitlines() if s.startswith("VmData")), 0) * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (held + megabytes * 2**20,) * 2)
    except (ImportError, OSError, ValueError):
        return


def _end_with_parent() -> None:
    """Have the system end this child with the server, however that ends."""
    with contextlib.suppress(Exception):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


def end(pid: int) -> None:
    """End a child and what it started."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except OSError:  # it has no process group of its own yet
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _become(request: dict[str, Any]) -> NoReturn:
    """Turn this fresh child into a kernel or a worker; never returns."""
    code = 1
    try:
        os.setsid()  # a process group of its own, so that a signal reaches what the child starts
        _end_with_parent()
        os.environ.clear()
        os.environ.update(request["env"])
        os.environ["JPY_PARENT_PID"] = str(os.getppid())  # the kernel ends when the server does
        if request.get("cwd"):
            os.chdir(request["cwd"])
        random.seed()
        limit_memory(int(request.get("memory") or 0))
        code = _RUNS[request.get("run", "kernel")](list(request["argv"]))
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 0
    except BaseException as error:
        print(f"{request.get('run', 'kernel')} could not run: {error!r}", file=sys.stderr)
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(code)


def _kernel(argv: list[str]) -> int:
    """Be an IPython kernel."""
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *argv]
    app = IPKernelApp.instance()
    app.initialize(argv)
    app.start()
    return 0


def _worker(argv: list[str]) -> int:
    """Do one task; see :mod:`airq.reports.tasks`."""
    from airq.reports import tasks

    sys.argv = ["airq-worker", *argv]
    return tasks.main(argv)


_RUNS: Final = {"kernel": _kernel, "worker": _worker}


class _Server:
    """The loop: accept, fork, report the end of each child."""

    def __init__(self, path: str) -> None:
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen(64)
        self.children: dict[int, socket.socket] = {}
        self.owners: dict[socket.socket, int] = {}
        self.wake_read, self.wake_write = os.pipe()
        for end in (self.wake_read, self.wake_write):
            os.set_blocking(end, False)

    def run(self) -> None:
        """Serve until standard input closes."""
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to be woken
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(self.wake_read, selectors.EVENT_READ)
        self.selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.listener:
                    self.serve()
                elif key.fileobj == self.wake_read:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self.wake_read, 4096)
                    self.reap()
                elif isinstance(key.fileobj, socket.socket):
                    self.abandon(key.fileobj)
                elif not os.read(sys.stdin.fileno(), 4096):
                    return self.stop()

    def serve(self) -> None:
        """Fork one kernel for one connection."""
        connection, _ = self.listener.accept()
        connection.settimeout(10)
        try:
            with connection.makefile("r", encoding="utf-8") as lines:
                request = json.loads(lines.readline())
            pid = os.fork()
        except (OSError, ValueError) as error:
            with contextlib.suppress(OSError):
                connection.sendall(json.dumps({"error": str(error)}).encode() + b"\n")
            connection.close()
            return
        if pid == 0:
            self.leave(connection)
            _become(request)
        self.children[pid] = connection
        self.owners[connection] = pid
        with contextlib.suppress(OSError):
            connection.sendall(json.dumps({"pid": pid}).encode() + b"\n")
        self.selector.register(connection, selectors.EVENT_READ)

    def leave(self, connection: socket.socket) -> None:
        """In the child: give back all that belongs to the server."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.selector.close()
        for held in (self.listener, connection, *self.children.values()):
            held.close()
        os.close(self.wake_read)
        os.close(self.wake_write)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)

    def reap(self) -> None:
        """Report every child that has ended."""
        while self.children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if connection := self.children.pop(pid, None):
                self.release(connection)
                with contextlib.suppress(OSError):
                    connection.sendall(
                        json.dumps({"exit": os.waitstatus_to_exitcode(status)}).encode() + b"\n"
                    )
                connection.close()

    def release(self, connection: socket.socket) -> None:
        """Listen no more to who asked for a child."""
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(connection)
        self.owners.pop(connection, None)

    def abandon(self, connection: socket.socket) -> None:
        """End a child whose owner is gone; one killed for its time leaves the kernel that it had asked for."""
        try:
            gone = not connection.recv(4096)
        except OSError:
            gone = True
        if gone:
            pid = self.owners.get(connection)
            self.release(connection)
            if pid in self.children:
                end(pid)

    def stop(self) -> None:
        """End the children; the parent is gone or done."""
        for pid in self.children:
            end(pid)


def main(argv: list[str] | None = None) -> int:
    """Preload, bind the socket, serve.

    Parameters
    ----------
    argv : list of str, optional
        Path of the socket, then modules to import instead of :data:`PRELOAD`; of the process by default.

    Returns
    -------
    int
        Exit code.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    path, names = args[0], tuple(args[1:]) or PRELOAD
    preload(names)
    if names is PRELOAD:
        with contextlib.suppress(Exception):
            importlib.import_module("airq.reports.warming").warm()
    gc.collect()
    gc.freeze()  # a collection in a child must not touch, and so copy, the pages it shares with the others
    aside = f"{path}.new"
    server = _Server(aside)
    Path(aside).rename(path)  # the socket appears only when a request can be served
    server.run()
    if Path(path).parent.name.startswith("airq-"):  # made for this server; the parent may have been killed
        shutil.rmtree(Path(path).parent, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
