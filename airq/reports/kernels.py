"""Jupyter kernels for rendering: forked from a pre-imported process where the system can, else started plainly.

:class:`ForkProvisioner` is a Jupyter kernel provisioner (entry point ``airq-fork`` of the group
``jupyter_client.kernel_provisioners``); :class:`Kernels` owns the fork server of one run.

Examples
--------
>>> spec(forked=True).metadata["kernel_provisioner"]["provisioner_name"]
'airq-fork'
>>> spec(forked=False).metadata
{}
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from importlib.metadata import EntryPoint
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Final

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

import airq
from airq.errors import ReportError
from airq.reports import plainkernel

__all__ = ["ForkProvisioner", "Kernels", "can_fork", "environment", "manager_class", "spec"]

_NAME: Final = "airq-fork"
_LONGEST: Final = 80
"""Characters of a folder's path; the system allows 107 for a Unix socket in it."""
_QUIET: Final = {
    "OPENBLAS_NUM_THREADS": "1",  # places run side by side, so that threads within one gain nothing
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # no thread may run in the fork server
}


def can_fork() -> bool:
    """Whether kernels may be forked here: on Linux, where forking after imports is safe.

    Examples
    --------
    >>> isinstance(can_fork(), bool)
    True
    """
    return sys.platform.startswith("linux") and hasattr(os, "fork") and hasattr(socket, "AF_UNIX")


def environment() -> dict[str, str]:
    """Environment of a kernel or worker: this package importable, numerical libraries single-threaded."""
    package = str(Path(airq.__file__).resolve().parent.parent)
    inherited = os.environ.get("PYTHONPATH")
    return {
        "PYTHONPATH": os.pathsep.join([package, inherited] if inherited else [package]),
        "MPLBACKEND": "agg",
        **{name: os.environ.get(name, value) for name, value in _QUIET.items()},
    }


def spec(forked: bool, memory: int = 0) -> KernelSpec:
    """Kernel specification of this interpreter; no installed one is looked up.

    Parameters
    ----------
    forked : bool
        Ask :class:`ForkProvisioner` for the process.
    memory : int
        MB that the kernel may take beyond what it starts with; 0 sets no limit.

    Returns
    -------
    jupyter_client.kernelspec.KernelSpec
    """
    metadata = {"kernel_provisioner": {"provisioner_name": _NAME, "config": {}}} if forked else {}
    return KernelSpec(
        argv=[
            sys.executable,
            "-m",
            "airq.reports.plainkernel",
            "-f",
            "{connection_file}",
            "--log-level=CRITICAL",
        ],
        env={**environment(), plainkernel.MEMORY: str(memory)},
        display_name="airq",
        language="python",
        metadata=metadata,
    )


class _Child:
    """What :class:`LocalProvisioner` needs of a process that is not this process's child."""

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, pid: int, rest: bytes) -> None:
        self.pid = pid
        self._connection = connection
        self._connection.setblocking(False)
        self._buffer = rest
        self._code: int | None = None

    def poll(self) -> int | None:
        """Exit code, or None while it runs."""
        if self._code is not None:
            return self._code
        try:
            data = self._connection.recv(4096)
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        self._buffer += data
        if b"\n" in self._buffer:
            self._code = int(json.loads(self._buffer.split(b"\n", 1)[0])["exit"])
        elif not data:  # the server is gone, and its children with it
            self._code = -signal.SIGKILL
        if self._code is not None:
            self._connection.close()
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Exit code, once it has ended.

        Raises
        ------
        subprocess.TimeoutExpired
            It runs longer.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            left = 1.0 if deadline is None else min(1.0, deadline - time.monotonic())
            if left <= 0:
                raise subprocess.TimeoutExpired("airq", timeout or 0.0)
            with contextlib.suppress(OSError, ValueError):
                select.select([self._connection], [], [], left)
        return code

    def send_signal(self, signum: int) -> None:
        """Signal the process."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """End the process now."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)


class ForkProvisioner(LocalProvisioner):
    """Kernel provisioner whose process is forked from the run's fork server.

    Without a server (outside a run, where forking is not safe, or where it could not start) it behaves as the local
    provisioner, so that a kernel specification that names it works everywhere.
    """

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Ask the server for a child; ``cmd`` ends with the arguments of the kernel."""
        server = Kernels.current
        if server is None or server.socket_path is None:
            return await super().launch_kernel(cmd, **kwargs)
        argv = cmd[cmd.index("airq.reports.plainkernel") + 1 :]
        variables = dict(kwargs["env"])
        request = {
            "run": "kernel",
            "argv": argv,
            "env": variables,
            "cwd": str(kwargs.get("cwd") or Path.cwd()),
            "memory": int(variables.get(plainkernel.MEMORY) or 0),
        }
        try:
            child = await asyncio.to_thread(server.fork, request)
        except ReportError:
            # A kernel of its own costs two seconds more and needs no server.
            return await super().launch_kernel(cmd, **kwargs)
        self.process = child  # type: ignore[assignment]  # the part of Popen that the base class uses
        self.pid = self.pgid = child.pid
        self.cwd = Path(str(request["cwd"]))
        return self.connection_info


class Kernels:
    """The fork server of one run, as a context manager.

    Parameters
    ----------
    forked : bool, optional
        False starts plain kernels; by default it is decided by :func:`can_fork`.
    preload : tuple of str, optional
        Modules to import instead of those of the reports.
    memory : int
        MB that one kernel may take beyond what it starts with; 0 sets no limit.

    Attributes
    ----------
    folder : pathlib.Path or None
        Of the sockets; None where there are no Unix sockets.
    socket_path : pathlib.Path or None
        Of the fork server; None where kernels are started plainly.

    Raises
    ------
    ReportError
        If the server does not come up.

    Examples
    --------
    >>> with Kernels(forked=False) as kernels:
    ...     kernels.socket_path is None
    True
    """

    current: ClassVar[Kernels | None] = None

    def __init__(self, forked: bool | None = None, preload: tuple[str, ...] = (), memory: int = 0) -> None:
        self.forked = can_fork() if forked is None else forked and can_fork()
        self.preload = preload
        self.memory = memory
        self.socket_path: Path | None = None
        self.folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._lock = threading.Lock()
        self._before: Kernels | None = None
        self._attached = False

    @classmethod
    def attached(cls, socket_path: str | Path, memory: int = 0) -> Kernels:
        """Kernels of a server that another process owns, for a worker that was forked from it."""
        made = cls(True, memory=memory)
        made.socket_path = Path(socket_path)
        made.folder = made.socket_path.parent
        made._ready = made._attached = True
        return made

    def __enter__(self) -> Kernels:
        self._before, Kernels.current = Kernels.current, self
        if self._attached:
            return self
        self.folder = _socket_folder()
        if self.forked and self.folder is not None:
            self.socket_path = self.folder / "s"
            command = [sys.executable, "-m", "airq.reports.forkserver", str(self.socket_path), *self.preload]
            variables = {**os.environ, **environment(), **_QUIET}  # threads in it would hang its children
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=variables
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the server and every kernel forked from it; does nothing the second time."""
        if Kernels.current is self:
            Kernels.current = self._before
        if self._attached:
            return
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()  # the server ends itself and its children
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def fork(self, request: dict[str, Any]) -> _Child:
        """Start one child; waits for the server's preloading the first time.

        Parameters
        ----------
        request : dict
            ``run`` (``kernel`` or ``worker``), ``argv``, ``env``, ``cwd``, ``memory`` in MB.

        Returns
        -------
        _Child
            The process.
        """
        self._await_server()
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(30)
            connection.connect(str(self.socket_path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer = b""
            while b"\n" not in answer:
                if not (data := connection.recv(4096)):
                    raise OSError("the fork server closed the connection")
                answer += data
        except OSError as error:
            connection.close()
            raise ReportError(f"no kernel could be forked ({error}); use plain kernels.") from error
        line, rest = answer.split(b"\n", 1)
        reply = json.loads(line)
        if "pid" not in reply:
            connection.close()
            raise ReportError(f"no kernel could be forked ({reply.get('error')}); use plain kernels.")
        return _Child(connection, int(reply["pid"]), rest)

    def _await_server(self, timeout: float = 120.0) -> None:
        with self._lock:  # the first caller waits, the others behind it
            deadline = time.monotonic() + timeout
            while not self._ready:
                process, path = self._process, self.socket_path
                if path is not None and path.exists():
                    self._ready = True
                elif process is None or process.poll() is not None or time.monotonic() > deadline:
                    raise ReportError("the fork server did not start; use plain kernels.")
                else:
                    time.sleep(0.02)


def _register() -> None:
    """Make the provisioner known even where the package's entry points are not installed."""
    with contextlib.suppress(Exception):
        KernelProvisionerFactory.instance()
    KernelProvisionerFactory.provisioners.setdefault(
        _NAME, EntryPoint(_NAME, "airq.reports.kernels:ForkProvisioner", KernelProvisionerFactory.GROUP_NAME)
    )


def _socket_folder() -> Path | None:
    """New folder for Unix sockets; None where there are none or its path is too long for one."""
    if not hasattr(socket, "AF_UNIX"):
        return None
    folder = Path(tempfile.mkdtemp(prefix="airq-"))
    if len(str(folder)) > _LONGEST:
        folder.rmdir()
        return None
    return folder


def manager_class(forked: bool) -> type[AsyncKernelManager]:
    """Kernel manager of one notebook, bound to this interpreter, for the engine of papermill.

    It speaks over Unix sockets under a path of its own, which needs no network, not even the loopback, and cannot
    meet another kernel's; over TCP where there are no Unix sockets.

    Parameters
    ----------
    forked : bool
        Fork from the run's server, else start a plain process.

    Returns
    -------
    type
        Subclass of ``jupyter_client.AsyncKernelManager``.
    """
    _register()
    own = spec(forked, Kernels.current.memory if Kernels.current is not None else 0)

    class Manager(AsyncKernelManager):
        """Kernel manager that needs no installed kernel specification."""

        def __init__(self, **settings: Any) -> None:
            run = Kernels.current
            folder = _socket_folder() if run is None else run.folder
            if folder is not None:
                settings |= {"transport": "ipc", "ip": str(folder / secrets.token_hex(4))}
            super().__init__(**settings)
            if folder is not None and run is None:
                weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

        @property
        def kernel_spec(self) -> KernelSpec:
            """Specification of this interpreter."""
            return own

    return Manager
