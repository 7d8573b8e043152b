"""Make the reports of a period: validate, skip what is current, compute once, render, promote the whole folder.

Two phases: the results of each place (indicators, targets, sections) are computed once and kept by a digest of their
inputs; then each page is made from them with its formats. Every step is done by a process of its own, so that a place
that fails gets a page with its error sentence, and the others are done. Pages are made in a folder beside and moved into
place by a rename, so that a reader never meets half a month.

What makes pages is imported when there is one to make: a run with nothing to do ends at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import airq
from airq import options, places, standards
from airq.analysis.period import Period, months, parse
from airq.errors import ParameterError, ReportError
from airq.figures import labels
from airq.figures.labels import Language
from airq.observations.holdings import Holdings
from airq.places import Place
from airq.reports import changes, digests, names, staging
from airq.reports.failures import cure, said
from airq.reports.jobs import Job
from airq.reports.outcomes import Outcome, Part, Progress, RunReport
from airq.reports.parameters import (
    Settings,
    check_executor,
    check_period,
    check_settings,
    open_holdings,
    report_places,
)
from airq.reports.results import code_digest, key_of, last_complete_month, parts_dir, read
from airq.reports.staging import MANIFEST

if TYPE_CHECKING:
    from airq.reports.phases import Computed
    from airq.reports.workers import Pool

__all__ = ["MANIFEST", "Outcome", "RunReport", "periods_since", "run"]

BEIJING: Final = timezone(timedelta(hours=8))


def run(
    period: str = "",
    chosen: Sequence[Place] = (),
    languages: Sequence[Language] = ("zh", "en"),
    archive: str | Path = "",
    out: str | Path = "",
    settings: Settings | None = None,
    force: bool = False,
    forked: bool | None = None,
    executor: str = "",
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
    settings : airq.reports.parameters.Settings, optional
        Notebook, formats, sections, limits.
    force : bool
        Make pages anew whose inputs have not changed.
    forked : bool, optional
        False starts plain processes; by default they are forked where the system can.
    executor : str
        ``dask`` or ``dask:ADDRESS``; see :func:`airq.reports.workers.pool`.
    progress : callable, optional
        Called with each part and each outcome, the number done and the number to do.

    Returns
    -------
    RunReport

    Raises
    ------
    ParameterError, ArchiveError, FileRejected, ReportError
        Before anything is run: the period, the archive, the executor, the notebook or a file of the settings cannot
        be used.
    """
    started = time.monotonic()
    check_executor(executor)
    own = settings if settings is not None else Settings()
    source = open_holdings(archive or options.archive_dir())
    when = check_period(period or last_complete_month(source), source)
    notebook = Path(own.notebook) if Path(own.notebook).is_absolute() else options.home() / own.notebook
    check_settings(own)
    target = Path(out or options.reports_dir()).expanduser().resolve()
    with staging.locked(target):
        left = staging.recover(target, when.name)
        final, stage = target / when.name, target / f".{when.name}.{os.getpid()}.tmp"
        try:
            (stage / "data").mkdir(parents=True)
            job = Job(
                str(source.path.resolve()),
                when.name,
                own.model_dump(),
                str(stage),
                str(final),
                str(parts_dir(target, when)),
                str(notebook),
                f"{datetime.now(BEIJING):%Y-%m-%d %H:%M}",
                tuple(languages),
            )
            made = _Run(job, source, when, force, forked, executor, progress, left).make(chosen)
            staging.promote(stage, final)
            changes.publish(target, when, made.outcomes)
        except OSError as error:
            shutil.rmtree(stage, ignore_errors=True)
            raise ReportError(
                f"{error.filename or target}: {error.strerror or error}; the reports of before are as they were, "
                f"{cure(error)} and run again."
            ) from error
        except KeyboardInterrupt:  # what is finished waits for the next run, as after a kill
            if not staging.journal(stage):
                shutil.rmtree(stage, ignore_errors=True)
            raise
        except BaseException:
            shutil.rmtree(stage, ignore_errors=True)
            raise
        if left is not None:
            shutil.rmtree(left, ignore_errors=True)
    return replace(made, seconds=time.monotonic() - started)


def periods_since(since: str, archive: str | Path = "") -> list[str]:
    """Months from one to the last complete one of the archive, for a run that brings all of them up to date.

    Parameters
    ----------
    since : str
        ``2026-08``, or a day, whose month counts; of a quarter, half-year or year the first month.
    archive : path
        The project's if empty.

    Returns
    -------
    list of str
        Months that the archive holds.

    Raises
    ------
    ParameterError
        No month or day, in the future, or after all that the archive holds.
    """
    source = open_holdings(archive or options.archive_dir())
    last = last_complete_month(source)
    first = _month_of_day(since) if len(since) == 10 else months(parse(since))[0]
    wanted = [m for m in source.months() if first <= m <= last]
    if not wanted:
        raise ParameterError(
            f"--since {since}: the last complete month of the archive is {last}; name it or one before."
        )
    return wanted


def _month_of_day(text: str) -> str:
    try:
        return f"{date.fromisoformat(text):%Y-%m}"
    except ValueError as error:
        raise ParameterError(f"--since {text}: no day; write 2026-08 or 2026-08-15.") from error


class _Run:
    """One run over one period."""

    def __init__(
        self,
        job: Job,
        archive: Holdings,
        when: Period,
        force: bool,
        forked: bool | None,
        executor: str,
        progress: Progress | None,
        left: Path | None = None,
    ) -> None:
        self.job = job
        self.archive = archive
        self.when = when
        self.force = force
        self.forked = forked
        self.executor = executor
        self.progress = progress
        self.final, self.stage = Path(job.final), Path(job.stage)
        self.earlier = staging.earlier(self.final)
        before = staging.manifest(self.final)
        self.about = dict(before.get("places") or {})
        self.before = dict(self.about)
        self.indexed = "" if force else str(before.get("index", ""))
        self.index_sizes = dict(before.get("index_sizes") or {})
        self.left = left
        self.finished = {} if left is None or force else staging.journal(left)
        self.common = digests.page(job.chosen, Path(job.notebook), job.languages)
        self.keys: dict[str, str] = {}
        self.characters: dict[Language, set[str]] = {"zh": set(), "en": set()}

    def key(self, place: str) -> str:
        """Digest of what the numbers of a place rest on."""
        if place not in self.keys:
            self.keys[place] = key_of(self.archive, place, self.when)
        return self.keys[place]

    def inputs(self, place: str, lang: Language) -> str:
        """Digest of the inputs of one page."""
        return hashlib.sha256("\n".join([self.key(place), self.common, lang]).encode()).hexdigest()

    def make(self, chosen: Sequence[Place]) -> RunReport:
        """Both phases, then what joins the pages."""
        done: dict[str, Outcome] = {}
        todo: list[tuple[Place, Language]] = []
        for place in chosen:
            for lang in self.job.languages:
                kept = self._current(place, lang) or self._taken(place, lang)
                if kept is None:
                    todo.append((place, lang))
                else:
                    done[kept.file] = kept
        total = len(chosen) * len(self.job.languages)
        for number, outcome in enumerate(done.values(), 1):
            self._told(outcome, number, total)
        parts, seconds = self._make(todo, done, total) if todo else ([], 0.0)
        outcomes = [done[names.page_name(p.id, lang)] for p in chosen for lang in self.job.languages]
        self._finish(outcomes)
        return RunReport(self.when.name, self.final, tuple(outcomes), 0.0, tuple(parts), seconds)

    def _make(
        self, todo: Sequence[tuple[Place, Language]], done: dict[str, Outcome], total: int
    ) -> tuple[list[Part], float]:
        """Both phases of what is not current: the parts that were computed, and the seconds that took."""
        from airq.reports.execute import load
        from airq.reports.phases import compute
        from airq.reports.workers import pool

        load(Path(self.job.notebook))
        chosen = self.job.chosen
        with pool(chosen.jobs, chosen.retries, self.forked, chosen.memory, self.executor) as (who, fork):
            job = replace(self.job, forked=fork)
            began = time.monotonic()
            wanted = list(dict.fromkeys(p.id for p, _ in todo))
            others = [p.id for p in report_places("all") if p.id not in wanted]
            computed = compute(who, job, wanted, others, self.key, self._told)
            seconds = time.monotonic() - began
            self._render(who, job, todo, computed, done, total)
        self.about |= computed.about
        return computed.parts, seconds

    def _told(self, what: Outcome | Part, number: int, total: int) -> None:
        if self.progress is not None:
            self.progress(what, number, total)

    def _current(self, place: Place, lang: Language) -> Outcome | None:
        """The page of the last run if its inputs have not changed."""
        name, inputs = names.page_name(place.id, lang), self.inputs(place.id, lang)
        row = {} if self.force else self.earlier.get(name, {})
        if row.get("inputs") != inputs or row.get("status") == "failed":
            return None
        staging.keep(self.final, self.stage, staging.files_of(row))
        return Outcome(
            place.id,
            lang,
            "current",
            name,
            inputs,
            made=str(row.get("made", "")),
            revisions=list(row.get("revisions", ())),
            files=dict(row.get("files") or {}),
            notes=list(row.get("notes") or ()),
        )

    def _taken(self, place: Place, lang: Language) -> Outcome | None:
        """The page that a run which was ended had finished, if its inputs have not changed."""
        row = self.finished.get(names.page_name(place.id, lang), {})
        if self.left is None or row.get("inputs") != self.inputs(place.id, lang):
            return None
        files = staging.files_of(row)
        if not staging.whole(self.left, row.get("sizes") or {}, files):
            return None
        staging.keep(self.left, self.stage, files)
        staging.note(self.stage, row)
        self.characters[lang] |= set(str(row.get("characters", "")))
        self.about.pop(place.id, None)  # what the index prints is read from its results
        return Outcome(**{f.name: row[f.name] for f in fields(Outcome) if f.name in row})

    def _render(
        self,
        who: Pool,
        job: Job,
        todo: Sequence[tuple[Place, Language]],
        computed: Computed,
        done: dict[str, Outcome],
        total: int,
    ) -> None:
        """Phase two: pages from results."""
        tasks, about = [], []
        for place, lang in todo:
            if reason := computed.failures.get(place.id, ""):
                self._outcome({"error": reason}, place, lang, done, total)
                continue
            row = self.earlier.get(names.page_name(place.id, lang), {})
            before = _standing(row)
            about.append((place, lang))
            tasks.append(
                {"kind": "page", "job": job.to_dict(), "place": place.id, "lang": lang, "before": before}
            )
        # Groups first: they take longest, and a long job at the end would leave processors idle.
        order = sorted(range(len(tasks)), key=lambda n: about[n][0].kind != "group")
        for number, made in who.run([tasks[n] for n in order], job.chosen.notebook_timeout):
            self._outcome(made, *about[order[number]], done, total)

    def _outcome(
        self, made: dict[str, Any], place: Place, lang: Language, done: dict[str, Outcome], total: int
    ) -> None:
        from airq.reports import fonts, pages

        name, reason = names.page_name(place.id, lang), str(made.get("error", ""))
        row, kept, error = self.earlier.get(name, {}), "", ""
        if reason:
            error = f"{place.name(lang)}：{reason}" if lang == "zh" else f"{place.name(lang)}: {reason}"
            kept = "" if row.get("damaged") else _standing(row)
        if kept:  # the last good page is worth more than one that says why there is no newer one
            files = staging.files_of(row)
            staging.restore(self.final, self.stage, [f for f in files if not f.startswith("data/")])
            staging.keep(self.final, self.stage, files)
            made = made | {k: row.get(k) for k in ("revisions", "files", "notes")}
        elif error:
            page = pages.failed(self.job, place.id, lang, reason)
            (self.stage / name).write_text(page, encoding="utf-8")
            self.characters[lang] |= set(fonts.characters([page]))
        else:
            self.characters[lang] |= set(made["characters"])
        outcome = Outcome(
            place.id,
            lang,
            "failed" if error else "made",
            name,
            self.inputs(place.id, lang),
            float(made.get("seconds", 0.0)),
            error,
            self.job.stamp,
            list(made.get("revisions") or ()),
            dict(made.get("files") or {}),
            list(made.get("notes") or ()),
            int(made.get("tries", 1)),
            said(reason, lang) if reason else "",
            reason,
            kept,
        )
        if not error:
            self._note(asdict(outcome), "".join(made["characters"]))
        done[name] = outcome
        self._told(outcome, len(done), total)

    def _note(self, row: dict[str, Any], characters: str) -> None:
        """Write down that a page is finished."""
        held = staging.sizes(self.stage, staging.files_of(row))
        staging.note(self.stage, row | {"sizes": held, "characters": characters})

    def _as_before(self, outcomes: Sequence[Outcome]) -> None:
        """Where no page of a place could be made anew, its results are again those that its pages show."""
        for place in {o.place for o in outcomes if o.kept}:
            if all(o.kept for o in outcomes if o.place == place):
                files = {f for o in outcomes if o.place == place for f in staging.files_of(asdict(o))}
                staging.restore(self.final, self.stage, [f for f in files if f.startswith("data/")])
                self.about.pop(place, None)
                if place in self.before:
                    self.about[place] = self.before[place]

    def _others(self, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
        """Pages of earlier runs that this run was not asked for; kept, and marked if their inputs have changed."""
        here = {o.file for o in outcomes}
        rows = []
        for name, row in self.earlier.items():
            if name in here or places.find(str(row.get("place"))) is None:
                continue
            staging.keep(self.final, self.stage, staging.files_of(row))
            rows.append(row)
        return rows

    def _finish(self, outcomes: Sequence[Outcome]) -> None:
        """Write the index in each language, the font into the pages, the manifest."""
        self._as_before(outcomes)
        others = self._others(outcomes)
        made = [asdict(o) | {"status": "made" if o.status == "current" else o.status} for o in outcomes]
        rows = self._index_rows([*made, *others])
        used = tuple(dict.fromkeys(s for r in rows for s in r["figures"])) or _pair(self.when)
        # Pages of a language that this run was not asked for stay, and so does their index.
        spoken = [lang for lang in labels.LANGUAGES if any(r["lang"] == lang for r in [*made, *others])]
        fresh: dict[Language, list[str]] = {"zh": [], "en": []}
        for outcome in outcomes:
            if outcome.status != "current" and not outcome.kept:
                fresh[outcome.lang] += [outcome.file, *outcome.files.get("rows", ())]
        said = json.dumps([rows, used, spoken, self.archive.simulated, code_digest()], sort_keys=True)
        same = hashlib.sha256(said.encode()).hexdigest()
        for lang in spoken:
            name = names.index_name(lang)
            if self.indexed == same and staging.whole(
                self.final, {n: s for n, s in self.index_sizes.items() if n == name}, [name]
            ):
                staging.keep(self.final, self.stage, [name])
                continue
            self._index(rows, used, lang, [one for one in spoken if one != lang])
            fresh[lang].append(names.index_name(lang))
        self._embed(fresh)
        reports = [r | {"sizes": staging.sizes(self.stage, staging.files_of(r))} for r in [*made, *others]]
        document = {
            "period": self.when.name,
            "airq": airq.__version__,
            "code": code_digest(),
            "index": same,
            "index_sizes": staging.sizes(self.stage, [names.index_name(lang) for lang in spoken]),
            "made": self.job.stamp,
            "archive": {
                "path": self.job.archive,
                "digest": self.archive.digest(),
                "simulated": self.archive.simulated,
            },
            "notebook": digests.file(Path(self.job.notebook)),
            "places": {r["place"]: {"figures": r["figures"], "remark": r["remark"]} for r in rows},
            "reports": sorted(reports, key=lambda r: r["file"]),
        }
        (self.stage / MANIFEST).write_text(
            json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8"
        )

    def _index(
        self,
        rows: Sequence[dict[str, Any]],
        used: Sequence[str],
        lang: Language,
        others: Sequence[Language],
    ) -> None:
        """Write the index of a language, with links to those of others."""
        from airq.reports import fonts, index

        links = [("中文" if one == "zh" else "English", names.index_name(one)) for one in others]
        links.append(("更新订阅" if lang == "zh" else "Changes", changes.LINK))
        page = index.index_page(
            rows, self.when, used, lang, self.archive.simulated, links, self.job.footer(lang)
        )
        (self.stage / names.index_name(lang)).write_text(page, encoding="utf-8")
        self.characters[lang] |= set(fonts.characters([page]))

    def _embed(self, fresh: Mapping[Language, Sequence[str]]) -> None:
        """Put the font into the new pages of each language."""
        if any(fresh.values()):
            from airq.reports import fonts

            for lang, files in fresh.items():
                fonts.embed([self.stage / f for f in files], "".join(sorted(self.characters[lang])))

    def _index_rows(self, reports: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """A row a place in the order of params/counties.yaml, figures from its results."""
        rows = []
        for place in places.load().values():
            mine = [r for r in reports if r["place"] == place.id]
            if not mine:
                continue
            state = "ok"
            if any(r["status"] == "failed" and not r.get("kept") for r in mine):
                state = "failed"
            elif any(r.get("kept") for r in mine):
                state = "kept"
            elif any(r.get("damaged") for r in mine):
                state = "damaged"
            elif any(
                r["inputs"] != self.inputs(place.id, r["lang"])
                for r in mine
                if r["lang"] in self.job.languages
            ):
                state = "stale"
            about = self.about.get(place.id) or self._read(place.id)
            rows.append(
                {
                    "place": place.id,
                    "languages": [r["lang"] for r in mine],
                    "state": state,
                    "figures": about.get("figures", {}) if state != "failed" else {},
                    "remark": about.get("remark", {}),
                    "files": {r["lang"]: dict(r.get("files") or {}) for r in mine},
                    "notes": {r["lang"]: [*(r.get("notes") or ()), *_why_kept(r)] for r in mine},
                    "revisions": max((len(r.get("revisions") or ()) for r in mine), default=0),
                }
            )
        return rows

    def _read(self, place: str) -> dict[str, Any]:
        """What the index prints of a place that only an older run has."""
        from airq.reports import index

        kept = read(self.stage / names.file_name(place))
        if kept is None:
            return {}
        remark = {lang: index.remark(kept[0], lang) for lang in labels.LANGUAGES}
        return {"figures": index.figures_of(kept[0]), "remark": remark}


def _standing(row: Mapping[str, Any]) -> str:
    """When the report was made that a row of the manifest holds; empty if it holds none."""
    return str(row.get("made", "")) if row.get("status") == "made" else str(row.get("kept") or "")


def _why_kept(row: Mapping[str, Any]) -> list[str]:
    """What the index says of a page that could not be made anew."""
    if not row.get("kept"):
        return []
    lang: Language = row["lang"]
    name, why = places.get(row["place"]).name(lang), str(row.get("said", ""))
    if lang == "zh":
        return [f"{name}：未能更新，沿用{row['kept']}的版本。原因：{why}"]
    return [f"{name}: not updated, the version of {row['kept']} stands. {why}"]


def _pair(period: Period) -> tuple[str, str]:
    return "GB3095-2012", standards.standard_of("GB3095-2026", on=period.end).name
