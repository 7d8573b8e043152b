"""Scenario files as trees that know their lines, and how files build on one another.

``extends: other.yaml`` inherits: the file's own keys take the place of the other's; of its lists (measures, alerts ...)
an entry with a known ``id`` changes that entry, others are added. ``include: [a.yaml, b.yaml]`` composes: the lists of
the fragments are added, and no entry may stand in two of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import yaml

from airq import options
from airq.errors import FileRejected

__all__ = ["LISTS", "Map", "Seq", "compose", "find", "place", "plain", "read", "where"]

LISTS: Final = ("measures", "staggered", "grades", "alerts", "growth")
"""Lists whose entries are inherited one by one."""
_OWN: Final = ("name", "title_zh", "title_en", "note_zh", "note_en", "source", "extends", "include")
"""Keys that say what a file is and are never inherited."""
_SPELLINGS: Final = {"places": "place", "place": "places"}
"""Keys that may be written for one another."""
_PLAIN: Final = "tag:yaml.org,2002:"
_MOST_BYTES: Final = 1_000_000
_MOST_NODES: Final = 20_000
_DEEPEST: Final = 20
_NAMED: Final = 12
"""Names that a refusal lists."""

At = tuple[str, int]
"""A file and a line."""


class Map(dict[str, Any]):
    """A mapping of a file; ``at`` is where it stands, ``lines`` where each key does."""

    def __init__(self, at: At) -> None:
        super().__init__()
        self.at = at
        self.lines: dict[str, At] = {}

    def put(self, key: str, value: Any, at: At) -> None:
        """Set a key that stands on a line."""
        self[key] = value
        self.lines[key] = at

    def copy(self) -> Map:
        """A copy of this level."""
        out = Map(self.at)
        out.update(self)
        out.lines = dict(self.lines)
        return out


class Seq(list[Any]):
    """A list of a file; ``lines`` is where each item stands."""

    def __init__(self, at: At) -> None:
        super().__init__()
        self.at = at
        self.lines: list[At] = []

    def put(self, value: Any, at: At) -> None:
        """Append an item that stands on a line."""
        self.append(value)
        self.lines.append(at)

    def copy(self) -> Seq:
        """A copy of this level."""
        out = Seq(self.at)
        out.extend(self)
        out.lines = list(self.lines)
        return out


def place(at: At) -> str:
    """File and line for a sentence.

    Examples
    --------
    >>> place(("a.yaml", 3))
    'a.yaml: line 3'
    """
    return f"{at[0]}: line {at[1]}"


class _Reader:
    """One file as a tree."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nodes = 0
        self.loader = yaml.SafeLoader("")

    def at(self, node: yaml.Node) -> At:
        return self.name, node.start_mark.line + 1

    def tree(self, node: yaml.Node, depth: int = 0) -> Any:
        self.nodes += 1
        if self.nodes > _MOST_NODES or depth > _DEEPEST:
            raise FileRejected(
                f"{place(self.at(node))}: the file holds too much or is nested too deeply for a scenario; make it smaller."
            )
        if not node.tag.startswith(_PLAIN) or node.tag.startswith(f"{_PLAIN}python"):
            raise FileRejected(f"{place(self.at(node))}: the YAML tag '{node.tag}' is not for a scenario; write plain values.")  # fmt: skip
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            out = Seq(self.at(node))
            for item in node.value:
                out.put(self.tree(item, depth + 1), self.at(item))
            return out
        return self.scalar(node)

    def mapping(self, node: yaml.MappingNode, depth: int) -> Map:
        out = Map(self.at(node))
        own = {self.key(k) for k, _ in node.value if k.tag != "tag:yaml.org,2002:merge"}
        seen: set[str] = set()
        for k, _ in node.value:
            name = self.key(k)
            if name in seen and name != "<<":
                raise FileRejected(f"{place(self.at(k))}: key '{name}' stands twice; remove one.")
            seen.add(name)
        self.loader.flatten_mapping(node)
        for k, v in node.value:
            name = self.key(k)
            if name in out and name in own:
                # Of merged keys the file's own comes last and wins.
                out.pop(name)
            out.put(name, self.tree(v, depth + 1), self.at(k))
        return out

    def key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise FileRejected(f"{place(self.at(node))}: a key must be a word; correct it.")
        return str(node.value)

    def scalar(self, node: yaml.Node) -> Any:
        try:
            return self.loader.construct_object(node)
        except ValueError:
            return str(
                node.value
            )  # such as 30 February, which the reader of dates refuses with its own words
        except yaml.YAMLError as error:
            raise FileRejected(
                f"{place(self.at(node))}: '{str(node.value)[:30]}' cannot be read; correct it or put it in quotes."
            ) from error


def read(path: str | Path, start: str = "season: 2025-2026") -> Map:
    """A file as a tree.

    Parameters
    ----------
    path : path
    start : str
        Key with its value by which a refusal shows how such a file begins.

    Raises
    ------
    FileRejected
        The file cannot be read, is no YAML, no mapping, or has a key twice; with the line.
    """
    file = Path(path)
    name = _shown(file)
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise FileRejected(f"{name}: cannot be read ({error.strerror}); check the path.") from error
    if len(raw) > _MOST_BYTES:
        raise FileRejected(f"{name}: is larger than 1 MB, which no scenario is; check the path.")
    try:
        text = raw.decode("utf-8-sig")
        _shallow(text, name)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise FileRejected(f"{name}: line {line}: not UTF-8 text; save the file as UTF-8.") from error
    except yaml.YAMLError as error:
        raise FileRejected(_broken(name, error)) from error
    if node is None:
        raise FileRejected(f"{name}: is empty; start with '{start}'.")
    reader = _Reader(name)
    if not isinstance(node, yaml.MappingNode):
        raise FileRejected(f"{place(reader.at(node))}: no keys with values; start with such as '{start}'.")
    try:
        return reader.mapping(node, 0)
    except yaml.YAMLError as error:
        raise FileRejected(_broken(name, error)) from error


def _shallow(text: str, name: str) -> None:
    """Refuse deep nesting before anything follows it down."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise FileRejected(f"{name}: line {line}: is nested too deeply for a scenario; make it simpler.")


def _shown(file: Path) -> str:
    """A file within the project as seen from it, so that no page shows the way to the project."""
    try:
        return str(file.resolve().relative_to(options.home()))
    except ValueError:
        return str(file)


def _broken(name: str, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f" line {mark.line + 1}:" if mark else ""
    said = " ".join(str(getattr(error, "problem", None) or getattr(error, "reason", None) or "").split())
    return f"{name}:{line} not valid YAML{f' ({said})' if said else ''}; correct the line."


def find(name: str | Path, beside: Path | None = None) -> Path:
    """File of a scenario: a path, a file beside another, or a name of ``params/scenarios``.

    Raises
    ------
    FileRejected
        There is none; the sentence offers the nearest name.
    """
    text = os.fspath(name)
    shelf = options.params_dir() / "scenarios"
    folders = [f for f in (beside, Path(), shelf) if f is not None]
    if text:
        for folder in folders:
            for ending in ("", ".yaml", ".yml"):
                file = folder / f"{text}{ending}"
                if file.is_file():
                    return file
    known = sorted(
        {p.stem for f in (shelf, beside) if f is not None and f.is_dir() for p in f.glob("*.y*ml")}
    )
    near = get_close_matches(Path(text).stem, known, n=1)
    some = ", ".join(known[:_NAMED]) + (" …" if len(known) > _NAMED else "")
    hint = f"did you mean '{near[0]}'?" if near else f"known are {some or 'none'}."
    raise FileRejected(f"scenario '{text}' is no file and not in {_shown(shelf)}; {hint}")


def compose(path: str | Path) -> Map:
    """A file with all that it extends and includes, as one tree.

    Parameters
    ----------
    path : path

    Returns
    -------
    Map
        Without ``extends`` and ``include``.

    Raises
    ------
    FileRejected
        As :func:`read`; or files that build on themselves, fragments that contradict each other.
    """
    return _compose(Path(path), ())


def _compose(file: Path, above: tuple[Path, ...]) -> Map:
    tree = read(file)
    home = file.resolve()
    out: Map | None = None
    for name, at in _named(tree, "extends", file, 1):
        out = _inherit(_base(name, at, file, (*above, home)), tree)
    out = tree if out is None else out
    parts = [
        (_base(name, at, file, (*above, home)), name, at) for name, at in _named(tree, "include", file, None)
    ]
    out = _include(out, parts)
    out.pop("extends", None)
    out.pop("include", None)
    if "name" not in out:
        out.put("name", file.stem, (_shown(file), 1))
    return out


def _named(tree: Map, key: str, file: Path, most: int | None) -> list[tuple[str, At]]:
    given = tree.get(key)
    if given is None:
        return []
    at = tree.lines[key]
    found = list(zip(given, given.lines, strict=True)) if isinstance(given, Seq) else [(given, at)]
    if most is not None and len(found) > most:
        raise FileRejected(f"{place(at)}: '{key}' names {len(found)} files; a scenario inherits from one, use 'include' for the others.")  # fmt: skip
    for name, line in found:
        if not isinstance(name, str) or not name:
            raise FileRejected(f"{place(line)}: key '{key}': {name!r} is no file; write its name.")
    return found


def _base(name: str, at: At, file: Path, above: tuple[Path, ...]) -> Map:
    try:
        other = find(name, file.parent)
    except FileRejected as error:
        raise FileRejected(f"{place(at)}: {error}") from None
    if other.resolve() in above:
        raise FileRejected(f"{place(at)}: '{name}' builds on this file itself; break the circle.")
    return _compose(other, above)


def _inherit(base: Map, child: Map) -> Map:
    out = Map(child.at)
    for key in base:
        if key not in _OWN:
            out.put(key, base[key], base.lines[key])
    for key, value in child.items():
        at = child.lines[key]
        old = out.get(key)
        if key in LISTS and isinstance(value, Seq) and isinstance(old, Seq):
            out.put(key, _entries(old, value), at)
        elif isinstance(value, Map) and isinstance(old, Map):
            out.put(key, _overlaid(old, value), at)
        else:
            out.put(key, value, at)
    return out


def _overlaid(old: Map, new: Map) -> Map:
    out = old.copy()
    out.at = new.at
    for key, value in new.items():
        out.put(key, value, new.lines[key])
    return out


def _key(entry: Any) -> str:
    return str(entry.get("id") or "") if isinstance(entry, Map) else ""


def _entries(old: Seq, new: Seq) -> Seq:
    """Entries of both: an id that each list has once changes that entry, one that stands several times replaces all."""
    before, after = Counter(map(_key, old)), Counter(map(_key, new))
    changed = {k for k in after if k and before[k] == after[k] == 1}
    out = Seq(new.at)
    for entry, at in zip(old, old.lines, strict=True):
        if _key(entry) in changed:
            one = next(i for i, e in enumerate(new) if _key(e) == _key(entry))
            out.put(_overlaid(entry, new[one]), new.lines[one])
        elif not (_key(entry) and after[_key(entry)]):
            out.put(entry, at)
    for entry, at in zip(new, new.lines, strict=True):
        if _key(entry) not in changed:
            out.put(entry, at)
    return out


def _include(out: Map, parts: Iterable[tuple[Map, str, At]]) -> Map:
    parts = list(parts)
    if not parts:
        return out
    made = out.copy()
    given: dict[str, str] = {}
    for tree, name, at in parts:
        for key, value in tree.items():
            if key in _OWN:
                continue
            if key in LISTS and isinstance(value, Seq):
                made.put(key, _joined(made.get(key), value), made.lines.get(key, tree.lines[key]))
            elif key in out:
                continue
            elif key in given and made[key] != value:
                raise FileRejected(f"{place(at)}: key '{key}' of '{name}' differs from that of '{given[key]}'; say here which one holds.")  # fmt: skip
            else:
                given[key] = name
                made.put(key, value, tree.lines[key])
    return made


def _joined(old: Any, new: Seq) -> Seq:
    out = old.copy() if isinstance(old, Seq) else Seq(new.at)
    have = {_key(e): at for e, at in zip(out, out.lines, strict=True) if _key(e)}
    for entry, at in zip(new, new.lines, strict=True):
        name = _key(entry)
        if name in have:
            raise FileRejected(
                f"{place(at)}: '{name}' stands already in {place(have[name])}; remove one of them."
            )
        out.put(entry, at)
    return out


def where(tree: Map, path: Iterable[str | int]) -> At:
    """File and line of a part of a tree; that of the nearest part above it that is there."""
    at, node = tree.at, tree
    for step in path:
        if isinstance(node, Map) and step in _SPELLINGS and step not in node:
            step = _SPELLINGS[str(step)]
        if isinstance(node, Map) and str(step) in node:
            at, node = node.lines[str(step)], node[str(step)]
        elif isinstance(node, Seq) and isinstance(step, int) and 0 <= step < len(node):
            at, node = node.lines[step], node[step]
        else:
            break
    return at


def plain(node: Any) -> Any:
    """The tree as plain dictionaries and lists."""
    if isinstance(node, Mapping):
        return {k: plain(v) for k, v in node.items()}
    return [plain(v) for v in node] if isinstance(node, list) else node
