"""Who reads the files of an ingest: this process, several processes, or a dask cluster.

Files are read anywhere and merged here in their order, so that the archive is the same bit for bit.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from airq.errors import AirqError, ParameterError
from airq.observations import files, formats, memory
from airq.observations.formats import ColumnMap, Parsed

__all__ = ["parsed"]

_PARALLEL_BYTES: Final = 60_000_000
"""From this much input on, files are read by several processes."""
_AHEAD: Final = 16
"""Files that each worker may be ahead of the merging; a national day takes some 1.5 MB of memory."""

_Submit = Callable[..., Any]


def _parse(path: Path, format: str | None, codes: set[str] | None, plan: ColumnMap | None) -> Parsed | str:
    """A parsed file without its text, or the sentence by which it is refused."""
    try:
        read = formats.parse(files.load(path), format, codes, plan)
    except AirqError as error:
        return str(error)
    # What travels between processes is kept small: not the text, nor flags that nothing has.
    flags = {n: f for n, f in read.block.flags.items() if f.any()}
    return replace(read, raw=replace(read.raw, data=b""), block=replace(read.block, flags=flags))


def parsed(
    todo: list[Path],
    format: str | None = None,
    codes: set[str] | None = None,
    plan: ColumnMap | None = None,
    workers: int | None = None,
    executor: str | None = None,
) -> Iterator[tuple[Path, Parsed | str]]:
    """Parsed files in the given order, or for each the sentence by which it is refused.

    Parameters
    ----------
    todo : list of path
    format, codes, plan
        As for :func:`airq.observations.read`.
    workers : int, optional
        Processes that read; chosen by the amount of data if not given.
    executor : str, optional
        ``"dask"`` for a cluster on this machine, ``"dask:ADDRESS"`` for the scheduler at an address. Its workers
        must see the files under the same paths.

    Raises
    ------
    ParameterError
        An unknown executor, dask is not installed, or its scheduler does not answer.

    Examples
    --------
    >>> next(parsed([Path("nowhere.csv")]))[1]
    'nowhere.csv: no such file or folder; check the path.'
    """
    if workers is not None and workers < 1:
        raise ParameterError(f"workers is {workers}; give 1 or more.")
    if workers is None:
        size = sum(p.stat().st_size for p in todo if p.exists())
        workers = min(os.cpu_count() or 1, len(todo)) if size > _PARALLEL_BYTES else 1
    if executor is None and workers < 2:
        for path in todo:
            yield path, _parse(path, format, codes, plan)
        return
    with _pool(executor, workers) as (submit, ahead):
        waiting: deque[tuple[Path, Any]] = deque()
        for path in todo:
            waiting.append((path, submit(_parse, path, format, codes, plan)))
            if len(waiting) >= ahead:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()


@contextmanager
def _pool(executor: str | None, workers: int) -> Iterator[tuple[_Submit, int]]:
    """How to submit a call, and how many calls may wait."""
    if executor is None:
        from concurrent.futures import ProcessPoolExecutor

        with ProcessPoolExecutor(workers, initializer=memory.keep) as pool:
            yield pool.submit, _AHEAD * workers
        return
    name, _, address = executor.partition(":")
    if name != "dask":
        raise ParameterError(f"executor '{executor}' is not known; write dask or dask:ADDRESS.")
    with _dask(address, workers) as client:
        # pure=False: a file may have changed since a call of the same name
        yield lambda *call: client.submit(*call, pure=False), _AHEAD * max(1, len(client.ncores()))


@contextmanager
def _dask(address: str, workers: int) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        raise ParameterError("executor 'dask' needs dask.distributed; install airq[dask].") from error
    try:
        if address:
            client = Client(address, timeout="20s")
        else:
            count = workers if workers > 1 else os.cpu_count() or 1
            client = Client(n_workers=count, threads_per_worker=1, dashboard_address=None)
    except (OSError, ValueError, TimeoutError) as error:
        raise ParameterError(
            f"no dask scheduler answers at '{address or 'this machine'}' ({error}); check the address."
        ) from error
    with client:
        yield client
