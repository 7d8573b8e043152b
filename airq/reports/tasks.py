"""The three things a worker does for a run: indicators of a place, a section, a page with its formats.

A worker is a process of its own, forked or started with ``python -m airq.reports.tasks TASK RESULT``; it reads its
task from a file and writes what became of it to another, so that its death can be told from its answer.

Examples
--------
>>> print(perform({"kind": "nap"})["error"])
unexpected KeyError: 'nap'; report it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from airq.errors import AirqError
from airq.reports import computing, sections
from airq.reports.failures import cure
from airq.reports.jobs import Job
from airq.reports.results import STANDING

__all__ = ["SERVER", "main", "perform"]

SERVER: Final = "AIRQ_FORK_SERVER"
"""Environment variable with the socket of the fork server that a worker asks for its kernel."""


def _indicators(task: dict[str, Any]) -> dict[str, Any]:
    """Result and targets of a place into the store; what the index prints of them."""
    from airq.reports import index

    job, place = Job(**task["job"]), task["place"]
    store = sections.Store(job.store)
    kept = store.get(place, computing.INDICATORS, task["key"]) is not None
    result, _ = computing.indicators(job.source, place, job.when, task["key"], store)
    remark = {lang: index.remark(result, lang) for lang in ("zh", "en")}
    return {
        "status": "cached" if kept else "computed",
        "figures": index.figures_of(result),
        "remark": remark,
    }


def _section(task: dict[str, Any]) -> dict[str, Any]:
    """One section into the store; its data travel only where they are not kept."""
    job, place, store = Job(**task["job"]), task["place"], sections.Store(task["job"]["store"])
    section = sections.find(task["section"])
    results = computing.Results(store, task["places"])
    done = {name: store.get(where, name) or {} for name, where in task["done"].items()}
    targets = computing.kept_targets(store, place) if section.scope == "place" else None
    context = computing.context_of(
        job.source, place, job.when, job.chosen, results, done | task["given"], targets
    )
    where = sections.EVERY if section.scope == "all" else place
    digest = sections.key(section, task["key"], context)
    if store.get(where, section.name, digest) is not None:
        return {"status": "cached"}
    made = sections.compute(section, context)
    if "unexpected" in made:
        return {"status": "failed", "error": made["unexpected"], "value": made}
    store.put(where, section.name, digest, made)
    return {"status": "missing" if "missing" in made else "computed"}


def _page(task: dict[str, Any]) -> dict[str, Any]:
    from airq.reports import pages

    return pages.make(Job(**task["job"]), task["place"], task["lang"], task.get("before", ""))


_KINDS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "indicators": _indicators,
    "section": _section,
    "page": _page,
}


def perform(task: dict[str, Any]) -> dict[str, Any]:
    """Do a task in this process.

    Parameters
    ----------
    task : dict
        ``kind``, ``job`` and what the kind needs.

    Returns
    -------
    dict
        With ``error``, one sentence, if it failed; ``again`` if another try may help.
    """
    started = time.monotonic()
    try:
        made = _KINDS[task["kind"]](task)
    except AirqError as error:
        made = {"error": _line(error), "again": getattr(error, "again", False)}
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        made = {"error": f"{what}{error.strerror or error}; {cure(error)}, then run again."}
    except Exception as error:  # whatever stops one place must not stop the others
        if _of_memory(error):
            made = {"error": _too_little(task)}
        else:
            made = {"error": f"unexpected {type(error).__name__}: {_line(error)}; report it."}
    return made | {"seconds": round(time.monotonic() - started, 2)}


def _of_memory(error: BaseException | None) -> bool:
    """Whether an error, or what it arose from, is want of memory; a thread needs some for its stack."""
    seen = 0
    while error is not None and seen < 20:
        if isinstance(error, MemoryError) or "can't start new thread" in str(error):
            return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


def _too_little(task: dict[str, Any]) -> str:
    limit = task.get("job", {}).get("settings", {}).get("memory", 0)
    if not limit:
        return "it needs more memory than this machine has free; run with fewer jobs."
    return f"it needs more than {limit} MB of memory; raise 'memory' in params/reports.yaml."


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:600]


def main(argv: list[str]) -> int:
    """Read a task, do it, write what became of it.

    Parameters
    ----------
    argv : list of str
        File of the task, file of the result.
    """
    from airq.reports.forkserver import limit_memory
    from airq.reports.kernels import Kernels

    task = json.loads(Path(argv[0]).read_text(encoding="utf-8"))
    memory = int(task["job"]["settings"].get("memory", 0))
    os.environ[STANDING] = "1"
    server = os.environ.get(SERVER, "")
    if not server:  # else the server has set it
        limit_memory(memory)
    with Kernels.attached(server, memory) if server else Kernels(False, memory=memory):
        made = perform(task)
    aside = Path(f"{argv[1]}.tmp")
    aside.write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
    aside.replace(argv[1])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
