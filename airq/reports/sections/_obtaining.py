"""Sections computed once for a place or a run, and kept by a digest of everything they rest on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from airq.errors import AirqError
from airq.observations.holdings import Holdings
from airq.reports import digests, failures
from airq.reports.sections._contract import Context, Missing, Section, chosen

__all__ = ["EVERY", "Store", "compute", "key", "missing", "obtain", "unexpected"]

EVERY: Final = "_all"
"""Stands for the place of a section of scope ``all`` in the store."""


def missing(error: AirqError) -> dict[str, Any]:
    """What stands for a section that was refused."""
    text = " ".join(str(error).split())
    if isinstance(error, Missing):
        zh, en = error.zh, error.en
    else:
        other = "所需的数据或参数不满足要求，本节从略；原因记录在数据文件中。"
        zh, en = failures.known(text, "zh") or other, failures.said(text, "en")
    return {"missing": {"zh": zh, "en": en}, "reason": text}


def unexpected(reason: str) -> dict[str, Any]:
    """What stands for a section that failed otherwise.

    Examples
    --------
    >>> unexpected("KeyError: 'a'")["missing"]["en"]
    "This section could not be computed (KeyError: 'a'); the rest of the report does not depend on it."
    """
    text = " ".join(reason.split())[:300]
    why = failures.said(text, "en").removesuffix(".")
    zh = f"本节计算失败，不影响报告其余部分。{failures.known(text, 'zh') or '原因记录在数据文件中。'}"
    en = f"This section could not be computed ({why}); the rest of the report does not depend on it."
    return {"missing": {"zh": zh, "en": en}, "unexpected": text}


def compute(section: Section, context: Context) -> dict[str, Any]:
    """Data of a section; a refusal or a fault is data too.

    Parameters
    ----------
    section : Section
    context : Context

    Returns
    -------
    dict
        What the section's ``compute`` gives, as plain values; else ``{"missing": {"zh": ..., "en": ...}}``, with
        ``unexpected`` where it was no refusal.
    """
    from airq.reports.sections._values import plain

    try:
        made: dict[str, Any] = plain(section.function("compute")(context))
    except AirqError as error:
        return missing(error)
    except Exception as error:  # one section must not stop a report
        return unexpected(f"{type(error).__name__}: {error}")
    return made


def key(section: Section, base: str, context: Context) -> str:
    """Digest of what a section rests on.

    Parameters
    ----------
    section : Section
    base : str
        :func:`airq.reports.results.key_of` of the place and period.
    context : Context
    """
    module = section.load()
    settings = context.settings.model_dump()
    about = {name: settings[name] for name in getattr(module, "SETTINGS", ())}
    files = list(module.inputs(context)) if hasattr(module, "inputs") else []
    before = json.dumps(context.sections, sort_keys=True) if section.order else ""
    who = ",".join(sorted(context.results)) if section.scope == "all" else ""
    edited = digests.tables() if getattr(module, "PARAMS", True) else ""
    parts = [base, section.name, str(module.VERSION), str(context.seed), json.dumps(about, sort_keys=True)]
    return hashlib.sha256("\n".join([*parts, *map(str, files), before, who, edited]).encode()).hexdigest()


class Store:
    """Folder of computed parts, one JSON file each, named by place and part and valid for one key.

    Parameters
    ----------
    folder : path or None
        Of one period; None keeps nothing.
    """

    def __init__(self, folder: str | Path | None) -> None:
        self.folder = None if folder is None else Path(folder)

    def file(self, place: str, name: str) -> Path | None:
        """File of a part."""
        return None if self.folder is None else self.folder / place / f"{name}.json"

    def get(self, place: str, name: str, key: str = "") -> dict[str, Any] | None:
        """A part if it is there, whole and made from the same inputs; an empty key takes any."""
        file = self.file(place, name)
        try:
            document = json.loads(file.read_text(encoding="utf-8")) if file is not None else None
            if not isinstance(document, dict) or (key and document["key"] != key):
                return None
            value: dict[str, Any] = document["value"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return value if isinstance(value, dict) else None

    def put(self, place: str, name: str, key: str, value: Mapping[str, Any]) -> None:
        """Write a part beside, then rename."""
        file = self.file(place, name)
        if file is None:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_name(f".{file.name}.{os.getpid()}.tmp")
        try:
            text = json.dumps({"key": key, "value": value}, ensure_ascii=False, allow_nan=False)
            aside.write_text(text, encoding="utf-8")
            aside.replace(file)
        finally:
            aside.unlink(missing_ok=True)


def obtain(
    context: Context,
    cache: str | Path | Store | None = None,
    base: str = "",
    sections: Sequence[Section] | None = None,
) -> dict[str, dict[str, Any]]:
    """Every section of a place, computed where the cache has none from the same inputs.

    Parameters
    ----------
    context : Context
        Its ``sections`` are taken as given.
    cache : path or Store, optional
        None keeps nothing.
    base : str
        Digest of the place's inputs; that of :func:`airq.reports.results.key_of` if empty.
    sections : sequence of Section, optional
        Those of the settings by default.

    Returns
    -------
    dict
        By name. What failed unexpectedly is not kept, so that the next run tries it again.
    """
    from dataclasses import replace

    from airq.reports.results import key_of

    store = cache if isinstance(cache, Store) else Store(cache)
    start = base or key_of(Holdings(context.archive.path), context.place.id, context.period)
    done = dict(context.sections)
    wanted = chosen(context.settings, context.period.kind) if sections is None else sections
    for section in (s for s in wanted if s.name not in done):
        own = replace(context, sections=dict(done)) if section.order else replace(context, sections={})
        where = EVERY if section.scope == "all" else context.place.id
        try:
            digest = key(section, start, own)
        except Exception as error:  # a module that cannot even be imported
            done[section.name] = unexpected(f"{type(error).__name__}: {error}")
            continue
        kept = store.get(where, section.name, digest)
        if kept is None:
            kept = compute(section, own)
            if "unexpected" not in kept:
                store.put(where, section.name, digest, kept)
        done[section.name] = kept
    return done
