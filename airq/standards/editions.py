"""Editions of the standards as data: TOML tables, their registry, and what in them is not yet certain.

Every leaf of a table carries a confidence mark and a source, its own or that of its section: ``P`` read in the
standard's text, ``C`` confirmed in a named secondary source, ``B nn%`` background knowledge, ``U`` one unverified
claim, ``NF`` not found. A user adds or replaces an edition with a file: :func:`load_edition`, the environment
variable ``AIRQ_STANDARDS`` (files or folders), or ``params/standards/*.toml``.

Examples
--------
>>> edition("2026").id, edition("GB 3095-2012").get("validity.day_hours")
('HJ633-2026', 20)
>>> open_points()[0].mark != "P"
True
"""

from __future__ import annotations

import itertools
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, NamedTuple

from airq import options
from airq.errors import FileRejected, ParameterError
from airq.standards.names import as_date

__all__ = ["Edition", "Entry", "edition", "edition_on", "editions", "load_edition", "open_points", "reset"]

_TABLES: Final = Path(__file__).with_name("tables")
_MARK: Final = re.compile(r"P|C|U|NF|B \d{1,2}%")
_HEAD: Final = (
    "id",
    "kind",
    "aliases",
    "title_zh",
    "title_en",
    "aqi",
    "evaluation",
    "standard",
    "based_on",
    "phases",
)
_KINDS: Final = ("standard", "aqi", "evaluation", "dust", "alert", "periods")


class Entry(NamedTuple):
    """One number or text of an edition with its confidence.

    Attributes
    ----------
    edition, entry, value : str, str, object
        Edition, dotted path of the entry in its table, and the value as it stands there.
    mark, source : str
        Confidence mark and where the value comes from.
    """

    edition: str
    entry: str
    value: Any
    mark: str
    source: str


@dataclass(frozen=True, eq=False)
class Edition:
    """One edition of one standard.

    Attributes
    ----------
    id : str
        Name such as ``GB3095-2026``.
    kind : {"standard", "aqi", "evaluation", "dust", "alert", "periods"}
    data : mapping
        The table with marks and sources taken out.
    entries : tuple of Entry
        Every leaf with mark and source.
    path : pathlib.Path
        File it was read from.
    """

    id: str
    kind: str
    data: Mapping[str, Any]
    entries: tuple[Entry, ...]
    path: Path

    def get(self, entry: str, default: Any = None) -> Any:
        """Value at a dotted path, or the default.

        Examples
        --------
        >>> edition("HJ663-2013").get("coverage.share_percent"), edition("2012").get("no.such", 0)
        (75, 0)
        """
        node: Any = self.data
        for key in entry.split("."):
            if not isinstance(node, Mapping) or key not in node:
                return default
            node = node[key]
        return node

    def need(self, entry: str) -> Any:
        """Value at a dotted path.

        Raises
        ------
        FileRejected
            If the table lacks it.

        Examples
        --------
        >>> edition("2026").need("index.maximum")
        500
        """
        value = self.get(entry)
        if value is None:
            raise FileRejected(
                f"{self.path}: entry '{entry}' is missing; add it with value, mark and source."
            )
        return value

    def title(self, lang: str = "zh") -> str:
        """Title in the language of a page.

        Examples
        --------
        >>> edition("2026").title("en")
        'Technical specification on AQI HJ 633-2026'
        """
        return str(self.data.get(f"title_{lang}", self.id))

    @property
    def names(self) -> tuple[str, ...]:
        """Every name under which the edition is found."""
        return (self.id, *self.data.get("aliases", ()))


def _leaves(node: Any, path: str, mark: str, source: str) -> Iterator[tuple[str, Any, str, str]]:
    if isinstance(node, Mapping):
        mark, source = str(node.get("mark", mark)), str(node.get("source", source))
        if "value" in node:
            yield path, node["value"], mark, source
            return
        for key, child in node.items():
            if key not in ("mark", "source"):
                yield from _leaves(child, f"{path}.{key}" if path else key, mark, source)
    elif isinstance(node, list) and node and isinstance(node[0], Mapping):
        for number, child in enumerate(node, 1):
            yield from _leaves(child, f"{path}.{number}", mark, source)
    else:
        yield path, node, mark, source


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        if "value" in node:
            return node["value"]
        return {key: _plain(child) for key, child in node.items() if key not in ("mark", "source")}
    return [_plain(child) for child in node] if isinstance(node, list) else node


def _merge(base: Any, own: Any) -> Any:
    """Own entries over those of the edition it is based on; a list or a marked value replaces as a whole."""
    if isinstance(base, Mapping) and isinstance(own, Mapping) and "value" not in own and "value" not in base:
        return {**base, **{key: _merge(base[key], own[key]) if key in base else own[key] for key in own}}
    return own


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise FileRejected(f"{path}: cannot be read; check the path and the rights.") from error
    except UnicodeDecodeError as error:
        raise FileRejected(f"{path}: not UTF-8 text; save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise FileRejected(f"{path}: not valid TOML ({error}); correct the line.") from error


def _build(path: Path, raw: Mapping[str, Any]) -> Edition:
    for key in ("id", "kind"):
        if not isinstance(raw.get(key), str) or not raw[key]:
            raise FileRejected(f"{path}: '{key}' is missing or not a text; add it at the top of the file.")
    if raw["kind"] not in _KINDS:
        raise FileRejected(f"{path}: kind '{raw['kind']}' is not known; use {', '.join(_KINDS)}.")
    body = {key: child for key, child in raw.items() if key not in _HEAD}
    entries = tuple(Entry(raw["id"], *leaf) for leaf in _leaves(body, "", "", ""))
    for entry in entries:
        if not _MARK.fullmatch(entry.mark) or not entry.source:
            raise FileRejected(
                f"{path}: entry '{entry.entry}' has mark '{entry.mark}' and source '{entry.source}'; "
                "give it or its section a mark (P, C, B nn%, U, NF) and a source."
            )
    made = Edition(raw["id"], raw["kind"], _plain(raw), entries, path)
    _check(made)
    return made


def _decimals(made: Edition, entry: str, values: Any) -> list[Decimal]:
    try:
        if not isinstance(values, list) or any(isinstance(v, float | bool) for v in values):
            raise InvalidOperation
        return [Decimal(v) for v in values]
    except (InvalidOperation, TypeError, ValueError) as error:
        raise FileRejected(
            f"{made.path}: '{entry}' must be a list of whole numbers or decimal texts such as \"0.5\"; correct it."
        ) from error


def _check_breakpoints(made: Edition) -> None:
    points = made.need("breakpoints")
    index = _decimals(made, "breakpoints.iaqi", points.get("iaqi"))
    for name, column in points.items():
        if name == "iaqi":
            continue
        values = _decimals(made, f"breakpoints.{name}.values", column.get("values"))
        if len(values) < 2 or len(values) > len(index) or any(a >= b for a, b in itertools.pairwise(values)):
            raise FileRejected(
                f"{made.path}: 'breakpoints.{name}.values' must rise and hold 2 to {len(index)} numbers; correct it."
            )


def _check(made: Edition) -> None:
    if made.kind == "aqi":
        _check_breakpoints(made)
    elif made.kind == "standard":
        for phase in made.data.get("phases") or [{}]:
            if not isinstance(made.get(f"limits.{phase.get('name')}"), Mapping):
                raise FileRejected(
                    f"{made.path}: phase '{phase.get('name')}' has no section of limits; add it."
                )
        for entry in made.entries:
            if entry.entry.startswith("limits."):
                _decimals(made, entry.entry, entry.value)


_REGISTRY: dict[str, Edition] = {}
_RAW: dict[str, dict[str, Any]] = {}


def _key(name: object) -> str:
    return str(name).replace(" ", "").replace("-", "").replace("/T", "").upper()


def _known(name: object) -> Edition | None:
    return next((e for e in _REGISTRY.values() if _key(name) in map(_key, e.names)), None)


def _add(path: Path) -> Edition:
    raw = _read_toml(path)
    if base := raw.get("based_on"):
        known = _known(base)
        if known is None:
            raise FileRejected(
                f"{path}: based_on '{base}' is not a known edition; use {', '.join(_REGISTRY)}."
            )
        inherited = dict(_RAW[known.id])
        if raw.get("id") != known.id:
            inherited.pop("aliases", None)
        raw = _merge(inherited, raw)
    made = _build(path, raw)
    _REGISTRY[made.id], _RAW[made.id] = made, dict(raw)
    return made


def _user_files() -> list[Path]:
    places = [Path(p) for p in os.environ.get("AIRQ_STANDARDS", "").split(os.pathsep) if p]
    folder = options.params_dir() / "standards"
    places = ([folder] if folder.is_dir() else []) + places
    return [f for p in places for f in (sorted(p.glob("*.toml")) if p.is_dir() else [p])]


def _add_all(paths: list[Path]) -> None:
    """Add files, those that others are based on first."""
    waiting = list(paths)
    while waiting:
        later = [p for p in waiting if (base := _read_toml(p).get("based_on")) and not _known(base)]
        ready = [p for p in waiting if p not in later]
        for path in ready or waiting:  # without any ready one, the first refuses with its reason
            _add(path)
        waiting = later if ready else []


def _registry() -> dict[str, Edition]:
    if not _REGISTRY:
        _add_all(sorted(_TABLES.glob("*.toml")))
        _add_all(_user_files())
    return _REGISTRY


def reset() -> None:
    """Forget every edition given by a file or the environment; the next use reads the tables again.

    Examples
    --------
    >>> reset()
    >>> "GB3095-2026" in editions()
    True
    """
    _REGISTRY.clear()
    _RAW.clear()


def load_edition(path: str | Path) -> Edition:
    """Add or replace an edition from a TOML file.

    Parameters
    ----------
    path : path
        A table like those in ``airq/standards/tables``. With ``based_on`` it need hold only what differs;
        with the id of a known edition it replaces that edition until :func:`reset`.

    Returns
    -------
    Edition
        Also found by its id and aliases from now on.

    Raises
    ------
    FileRejected
        One sentence with the file and the entry.
    """
    _registry()
    return _add(Path(path))


def editions(kind: str | None = None) -> dict[str, Edition]:
    """Known editions by id, all or of one kind.

    Examples
    --------
    >>> list(editions("aqi"))
    ['HJ633-2012', 'HJ633-2026']
    """
    return {name: e for name, e in _registry().items() if kind is None or e.kind == kind}


def edition(name: str | int | Edition, kind: str | None = None) -> Edition:
    """Edition of that id or alias.

    Parameters
    ----------
    name : str, int or Edition
        ``"2012"`` and ``"2026"`` are the AQI editions.
    kind : str, optional
        Accept only this kind.

    Raises
    ------
    ParameterError
        If there is none.

    Examples
    --------
    >>> edition(2012).id
    'HJ633-2012'
    >>> edition("2019", "aqi")
    Traceback (most recent call last):
    airq.errors.ParameterError: edition '2019' is not known; use HJ633-2012 (2012), HJ633-2026 (2026).
    """
    if isinstance(name, Edition):
        return name
    for found in editions(kind).values():
        if _key(name) in map(_key, found.names):
            return found
    known = ", ".join(f"{e.id} ({e.names[1]})" if len(e.names) > 1 else e.id for e in editions(kind).values())
    raise ParameterError(f"edition '{name}' is not known; use {known}.")


def edition_on(on: object, kind: str = "aqi") -> Edition:
    """Edition in force on a date.

    Parameters
    ----------
    on : str, date or Timestamp
    kind : {"aqi", "standard", "evaluation"}

    Raises
    ------
    ParameterError
        For a date before the first edition.

    Examples
    --------
    >>> edition_on("2026-02-28").id, edition_on("2026-03-01").id
    ('HJ633-2012', 'HJ633-2026')
    """
    day = as_date(on)
    dated = [(as_date(e.need("force.first")), e) for e in editions(kind).values() if e.get("force.first")]
    started = [pair for pair in dated if pair[0] <= day]
    if not started:
        first = min(start for start, _ in dated)
        raise ParameterError(f"no standard was in force on {day}; give a date from {first} on.")
    return max(started, key=lambda pair: pair[0])[1]


def open_points(name: str | None = None, used_only: bool = False) -> list[Entry]:
    """Entries whose mark is below P: values that a user may have to replace.

    Parameters
    ----------
    name : str, optional
        One edition; all by default.
    used_only : bool
        Leave out C (confirmed in a secondary source), keep B, U and NF: those a report must name.

    Returns
    -------
    list of Entry
        Edition, entry, value, mark, source.

    Examples
    --------
    >>> [e.entry for e in open_points("HJ663-2026") if e.mark == "NF"][:2]
    ['validity.part_month', 'rounding.pm25']
    """
    chosen = [edition(name)] if name is not None else list(editions().values())
    certain = ("P", "C") if used_only else ("P",)
    return [entry for e in chosen for entry in e.entries if entry.mark not in certain]
