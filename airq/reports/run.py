"""Make the reports of a period: validate, skip what is current, run in parallel, promote the whole folder at once.

Pages are made in a folder beside and moved into place by a rename, so that a reader never meets half a month. A place
that fails gets a page with its error sentence, and the others are done.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import nbformat
import pandas as pd

import airq
from airq import options, places, standards
from airq.analysis.period import Period
from airq.errors import AirqError, ReportError
from airq.figures import labels
from airq.figures.labels import Language
from airq.observations import Archive
from airq.places import Place
from airq.reports import fonts, index, text
from airq.reports.execute import TIMEOUT, execute, load
from airq.reports.html import PageInfo, message_page, outside_links, render, with_font, with_section
from airq.reports.kernels import Kernels
from airq.reports.parameters import check, check_period, open_archive
from airq.reports.results import code_digest, key_of, last_complete_month, read, read_targets
from airq.reports.revisions import Revision, compare, compare_targets, section

__all__ = ["Outcome", "RunReport", "run"]

BEIJING: Final = timezone(timedelta(hours=8))
MANIFEST: Final = "manifest.json"
Progress = Callable[["Outcome", int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one page.

    Attributes
    ----------
    place, lang : str
    status : {"made", "current", "failed"}
        ``current``: inputs unchanged, the page was kept.
    file : str
        Name in the folder of the period.
    inputs : str
        Digest of everything the page rests on.
    seconds : float
    error : str
        One sentence; empty unless failed.
    made : str
        When, Beijing time.
    revisions : list of dict
        Figures that differ from those of the page before; see :mod:`airq.reports.revisions`.
    """

    place: str
    lang: Language
    status: str
    file: str
    inputs: str
    seconds: float = 0.0
    error: str = ""
    made: str = ""
    revisions: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class RunReport:
    """What a run made.

    Attributes
    ----------
    period : str
    folder : pathlib.Path
        Holds ``index.html``, the pages, ``data/*.json`` and ``manifest.json``.
    outcomes : tuple of Outcome
    seconds : float
    """

    period: str
    folder: Path
    outcomes: tuple[Outcome, ...]
    seconds: float

    @property
    def index(self) -> Path:
        """Page to open first."""
        chinese = self.folder / index.index_name("zh")
        return chinese if chinese.exists() else self.folder / index.index_name("en")

    @property
    def ok(self) -> bool:
        """Whether no place failed."""
        return all(o.status != "failed" for o in self.outcomes)

    def to_frame(self) -> pd.DataFrame:
        """One row a page."""
        columns = ["place", "lang", "status", "seconds", "file", "error"]
        return pd.DataFrame([asdict(o) for o in self.outcomes], columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "period": self.period,
            "folder": str(self.folder),
            "index": str(self.index),
            "ok": self.ok,
            "seconds": round(self.seconds, 2),
            "reports": [asdict(o) for o in self.outcomes],
        }

    def _repr_html_(self) -> str:
        html: str = self.to_frame().to_html(index=False)
        return html


@dataclass
class _Job:
    """What every worker needs."""

    archive: Archive
    period: Period
    notebook: nbformat.NotebookNode
    notebook_digest: str
    stage: Path
    final: Path
    earlier: dict[str, dict[str, Any]]
    forked: bool
    timeout: int
    stamp: str
    languages: Sequence[Language]
    pages: dict[str, str] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)

    def inputs(self, place: str, lang: Language) -> str:
        """Digest of the inputs of one page."""
        parts = (
            key_of(self.archive, place, self.period),
            self.notebook_digest,
            lang,
            "+".join(self.languages),
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def info(self, place: str, lang: Language) -> PageInfo:
        """Title, links and footer of a page."""
        name = places.get(place).name(lang)
        when = labels.period(self.period, lang)
        title = f"{name}{when}环境空气质量报告" if lang == "zh" else f"Air quality of {name}, {when}"
        other = [one for one in self.languages if one != lang]
        links = [(("目录" if lang == "zh" else "All places"), index.index_name(lang))]
        links += [("English" if one == "en" else "中文", index.page_name(place, one)) for one in other]
        return PageInfo(title, lang, links, self.footer(lang))

    def footer(self, lang: Language) -> str:
        """Generation time and version."""
        if lang == "zh":
            return f"生成时间：{self.stamp}（北京时间）；软件：airq {airq.__version__}；算法摘要 {code_digest()[:12]}"
        return f"Made {self.stamp} Beijing time by airq {airq.__version__}; digest of the rules {code_digest()[:12]}"


def _report(job: _Job, place: Place, lang: Language, inputs: str) -> Outcome:
    """Run the notebook for one place and language."""
    started = time.monotonic()
    name = index.page_name(place.id, lang)
    values = {
        "place": place.id,
        "month": job.period.name,
        "lang": lang,
        "archive": str(job.archive.path.resolve()),
        "results": str(job.stage / index.file_name(place.id)),
    }
    error, moved = "", list[Revision]()
    try:
        parameters = check(values, f"report of {place.id}")
        done = execute(job.notebook, parameters.model_dump(), job.forked, job.timeout)
        moved, before = _moved(job, place, name)
        page = with_section(render(done, job.info(place.id, lang)), section(moved, before, lang))
        if outside := outside_links(page):
            raise ReportError(
                f"the page refers to '{outside[0]}' outside itself; take it out of the notebook."
            )
    except Exception as caught:  # whatever stops one place must not stop the others
        reason = " ".join(str(caught).split())
        if not isinstance(caught, AirqError):
            reason = f"unexpected {type(caught).__name__}: {reason}; report it."
        error = f"{place.name(lang)}：{reason}" if lang == "zh" else f"{place.name(lang)}: {reason}"
        page = message_page(_failure(error, lang), job.info(place.id, lang), failed=True)
    job.pages[name] = page
    status = "failed" if error else "made"
    seconds = round(time.monotonic() - started, 2)
    revisions = [r.to_dict() for r in moved]
    return Outcome(place.id, lang, status, name, inputs, seconds, error, job.stamp, revisions)


def _moved(job: _Job, place: Place, name: str) -> tuple[list[Revision], str]:
    """Figures that the page before gave otherwise, and when it was made."""
    row = job.earlier.get(name, {})
    old = read(job.final / index.file_name(place.id)) if row.get("status") == "made" else None
    new = read(job.stage / index.file_name(place.id))
    if not old or not new:
        return [], ""
    panels = [read_targets(folder / index.file_name(place.id)) for folder in (job.final, job.stage)]
    return compare(old[0], new[0]) + compare_targets(*panels), str(row.get("made", ""))


def _failure(error: str, lang: Language) -> list[str]:
    if lang == "zh":
        return ["本报告未能生成。", error, "排除原因后重新运行，只会重做未完成的报告。"]
    return [
        "This report could not be made.",
        error,
        "Remove the cause and run again; only what is not done is made.",
    ]


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Keep two runs out of one folder."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("a+") as lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # Windows; the rename still keeps each folder whole
            pass
        except OSError as error:
            raise ReportError(
                f"{out}: another 'airq report' is writing here; wait until it has finished."
            ) from error
        yield


def _recover(out: Path, name: str) -> None:
    """Bring back the last good folder if a run was killed between two renames; sweep what killed runs left."""
    final, old = out / name, out / f".{name}.old"
    if old.exists():
        if not final.exists():
            old.rename(final)
        else:
            shutil.rmtree(old, ignore_errors=True)
    for left in out.glob(f".{name}.*.tmp"):
        shutil.rmtree(left, ignore_errors=True)


def _promote(stage: Path, final: Path) -> None:
    old = final.with_name(f".{final.name}.old")
    if final.exists():
        final.rename(old)
    stage.rename(final)
    shutil.rmtree(old, ignore_errors=True)


def _earlier(final: Path) -> dict[str, dict[str, Any]]:
    """Pages of the last run by file name, as its manifest has them; a damaged manifest counts as none."""
    try:
        document = json.loads((final / MANIFEST).read_text(encoding="utf-8"))
        return {row["file"]: row for row in document["reports"] if (final / row["file"]).exists()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _keep(final: Path, stage: Path, names: Sequence[str]) -> None:
    for name in names:
        source, target = final / name, stage / name
        if source.exists() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def run(
    period: str = "",
    chosen: Sequence[Place] = (),
    languages: Sequence[Language] = ("zh", "en"),
    archive: str | Path = "",
    out: str | Path = "",
    notebook: str | Path = "notebooks/10_county_month.ipynb",
    jobs: int = 0,
    timeout: int = TIMEOUT,
    force: bool = False,
    forked: bool | None = None,
    progress: Progress | None = None,
) -> RunReport:
    """Make the reports of a period.

    Parameters
    ----------
    period : str
        ``2026-10``; the last complete month of the archive if empty.
    chosen : sequence of Place
        Places to report; see :func:`airq.reports.parameters.report_places`.
    languages : sequence of {"zh", "en"}
    archive, out : path
        Folders; the project's if empty. Pages go to ``out/<period>``.
    notebook : path
        Relative to the project, or absolute.
    jobs : int
        Places at a time; 0 takes the number of processors.
    timeout : int
        Seconds that one cell may take.
    force : bool
        Make pages anew whose inputs have not changed.
    forked : bool, optional
        False starts plain kernels; by default they are forked where the system can.
    progress : callable, optional
        Called with each outcome, the number done and the number to do.

    Returns
    -------
    RunReport

    Raises
    ------
    ParameterError, ArchiveError, FileRejected, ReportError
        Before anything is run: the period, the archive or the notebook cannot be used.
    """
    started = time.monotonic()
    source = open_archive(archive or options.archive_dir())
    when = check_period(period or last_complete_month(source), source)
    path = Path(notebook) if Path(notebook).is_absolute() else options.home() / notebook
    target = Path(out or options.reports_dir()).expanduser().resolve()
    content = load(path)
    with _locked(target):
        _recover(target, when.name)
        final, stage = target / when.name, target / f".{when.name}.{os.getpid()}.tmp"
        (stage / "data").mkdir(parents=True)
        try:
            job = _Job(
                source,
                when,
                content,
                hashlib.sha256(path.read_bytes()).hexdigest(),
                stage,
                final,
                _earlier(final),
                forked is not False,
                timeout,
                f"{datetime.now(BEIJING):%Y-%m-%d %H:%M}",
                list(languages),
            )
            outcomes = _make(job, final, chosen, jobs, force, forked, progress)
            _finish(job, final, chosen, outcomes)
            _promote(stage, final)
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    return RunReport(when.name, final, tuple(outcomes), time.monotonic() - started)


def _make(
    job: _Job,
    final: Path,
    chosen: Sequence[Place],
    jobs: int,
    force: bool,
    forked: bool | None,
    progress: Progress | None,
) -> list[Outcome]:
    """Run what is not current; outcomes in the order of the places."""
    earlier = {} if force else job.earlier
    done: dict[str, Outcome] = {}
    todo: list[tuple[Place, list[tuple[Language, str]]]] = []
    for place in chosen:
        missing = []
        for lang in job.languages:
            name, inputs = index.page_name(place.id, lang), job.inputs(place.id, lang)
            row = earlier.get(name)
            if row is not None and row.get("inputs") == inputs and row.get("status") != "failed":
                _keep(final, job.stage, [name, index.file_name(place.id)])
                done[name] = Outcome(
                    place.id,
                    lang,
                    "current",
                    name,
                    inputs,
                    made=str(row.get("made", "")),
                    revisions=list(row.get("revisions", ())),
                )
            else:
                missing.append((lang, inputs))
        if missing:
            todo.append((place, missing))
    total = len(chosen) * len(job.languages)
    for number, outcome in enumerate(done.values(), 1):
        if progress is not None:
            progress(outcome, number, total)
    # Groups first: they take longest, and a long job at the end would leave processors idle.
    todo.sort(key=lambda item: item[0].kind != "group")

    def work(item: tuple[Place, list[tuple[Language, str]]]) -> list[Outcome]:
        return [_report(job, item[0], lang, inputs) for lang, inputs in item[1] if not job.stopped.is_set()]

    if todo:
        with Kernels(forked) as kernels, ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
            job.forked = kernels.socket_path is not None
            waiting = [pool.submit(work, item) for item in todo]
            try:
                for future in as_completed(waiting):
                    for outcome in future.result():
                        done[outcome.file] = outcome
                        if progress is not None:
                            progress(outcome, len(done), total)
            except BaseException:
                job.stopped.set()
                for future in waiting:
                    future.cancel()
                kernels.close()  # what runs ends now, not after its last cell
                raise
    return [done[index.page_name(p.id, lang)] for p in chosen for lang in job.languages]


def _others(job: _Job, final: Path, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Pages of earlier runs that this run was not asked for; kept, and marked if their inputs have changed."""
    here = {o.file for o in outcomes}
    rows = []
    for name, row in _earlier(final).items():
        if name in here or places.find(str(row.get("place"))) is None:
            continue
        _keep(final, job.stage, [name, index.file_name(row["place"])])
        rows.append(row)
    return rows


def _finish(job: _Job, final: Path, chosen: Sequence[Place], outcomes: Sequence[Outcome]) -> None:
    """Write pages with their font, the index in each language, the manifest."""
    others = _others(job, final, outcomes)
    made = [asdict(o) | {"status": "made" if o.status == "current" else o.status} for o in outcomes]
    rows = _index_rows(job, [*made, *others])
    used = tuple(dict.fromkeys(s for r in rows for s in r["figures"])) or _pair(job.period)
    # Pages of a language that this run was not asked for stay, and so does their index.
    spoken = [lang for lang in labels.LANGUAGES if any(r["lang"] == lang for r in [*made, *others])]
    for lang in spoken:
        links = [
            ("中文" if one == "zh" else "English", index.index_name(one)) for one in spoken if one != lang
        ]
        job.pages[index.index_name(lang)] = index.index_page(
            rows, job.period, used, lang, job.archive.simulated, links, job.footer(lang)
        )
    for lang in ("zh", "en"):
        own = {n: p for n, p in job.pages.items() if (n.endswith(".en.html")) == (lang == "en")}
        face = fonts.face(own.values()) if own else ""
        for name, page in own.items():
            (job.stage / name).write_text(with_font(page, face), encoding="utf-8")
    document = {
        "period": job.period.name,
        "airq": airq.__version__,
        "code": code_digest(),
        "made": job.stamp,
        "archive": {
            "path": str(job.archive.path),
            "digest": job.archive.digest(),
            "simulated": job.archive.simulated,
        },
        "notebook": job.notebook_digest,
        "reports": sorted([*made, *others], key=lambda r: r["file"]),
    }
    (job.stage / MANIFEST).write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")


def _pair(period: Period) -> tuple[str, str]:
    return "GB3095-2012", standards.standard_of("GB3095-2026", on=period.end).name


def _index_rows(job: _Job, reports: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row a place in the order of params/counties.yaml, figures from its results file."""
    rows = []
    for place in places.load().values():
        mine = [r for r in reports if r["place"] == place.id]
        if not mine:
            continue
        state = "ok"
        if any(r["status"] == "failed" for r in mine):
            state = "failed"
        elif any(r["inputs"] != job.inputs(place.id, r["lang"]) for r in mine if r["lang"] in job.languages):
            state = "stale"
        kept = read(job.stage / index.file_name(place.id))
        result = None if kept is None else kept[0]
        remark = {lang: text.remark(result, lang) for lang in labels.LANGUAGES} if result is not None else {}
        rows.append(
            {
                "place": place.id,
                "languages": [r["lang"] for r in mine],
                "state": state,
                "figures": {} if result is None else index.figures_of(result),
                "remark": remark,
            }
        )
    return rows
