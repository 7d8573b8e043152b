"""Parameters of the tests: the embedded table, and what the user's ``params/quality.yaml`` changes in it.

Every parameter has a value, a unit, a source and a mark: [P] published, [C] code or data of others, [B nn%] background
knowledge, [M] measured, [U] uncertain; a value of the user carries [user]. A user's file holds only what differs::

    spike:
      plus: {pm25: 80}
      times: {value: 4, source: "own trial of 2025", mark: "[M]"}
    drift: {enabled: false}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, TypeAlias

import pandas as pd
import yaml

from airq import options
from airq.errors import FileRejected, ParameterError

__all__ = ["FILE", "Parameters", "parameters", "parameters_digest", "table"]

Parameters: TypeAlias = dict[str, dict[str, Any]]
"""Values by test and parameter."""

FILE: Final = "quality.yaml"
_ABOUT: Final = ("unit", "source", "mark")
_KINDS: Final = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


def _document(text: str, path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}:" if mark else ""
        raise FileRejected(f"{path}:{line} not valid YAML; correct the line.") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ParameterError(f"{path}: holds no tests; write a test's name, such as 'spike:', and below it its parameters.")  # fmt: skip
    return document


@lru_cache(maxsize=1)
def _embedded() -> dict[str, dict[str, dict[str, Any]]]:
    text = resources.files("airq.observations").joinpath(f"tables/{FILE}").read_text(encoding="utf-8")
    tests: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(text)
    return {t: {k: {**e, "origin": "airq"} for k, e in entries.items()} for t, entries in tests.items()}


def _number(value: Any, like: Any, entry: Mapping[str, Any], where: str) -> Any:
    """One value of the type of the default, inside the parameter's limits."""
    kind = type(like)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind or value != value:
        raise ParameterError(f"{where}: {value!r} is not {_KINDS[kind]}; write one, such as {_shown(like)}.")
    low, high = entry.get("min"), entry.get("max")
    if kind in (int, float) and ((low is not None and value < low) or (high is not None and value > high)):
        span = f"from {low} to {high}" if None not in (low, high) else f"at least {low}" if high is None else f"at most {high}"  # fmt: skip
        raise ParameterError(f"{where}: {value} is not {span}; correct it.")
    if "choices" in entry and value not in entry["choices"]:
        raise ParameterError(f"{where}: {value!r} is not known; use {', '.join(entry['choices'])}.")
    return value


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(given: Any, like: Any, entry: Mapping[str, Any], where: str) -> Any:
    """A checked value; a mapping by pollutant may name only some of them."""
    if isinstance(like, dict):
        if not isinstance(given, dict):
            raise ParameterError(
                f"{where}: {given!r} is not a mapping by pollutant; write it like {{pm25: {next(iter(like.values()))}}}."
            )
        if unknown := [k for k in given if k not in like]:
            raise ParameterError(f"{where}: '{unknown[0]}' is not known here; use {', '.join(like)}.")
        return {k: _value(given[k], v, entry, f"{where}.{k}") if k in given else v for k, v in like.items()}
    if isinstance(like, list):
        sample = like[0] if like else entry.get("item", 0.0)
        if not isinstance(given, list):
            raise ParameterError(f"{where}: {given!r} is not a list; write it like [{sample}].")
        return [_number(v, sample, entry, where) for v in given]
    return _number(given, like, entry, where)


def _merged(given: Mapping[Any, Any], path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    tests = {t: dict(entries) for t, entries in _embedded().items()}
    for test, changes in given.items():
        if test not in tests:
            raise ParameterError(f"{path}: test '{test}' is not known; use {', '.join(tests)}.")
        if not isinstance(changes, dict):
            raise ParameterError(f"{path}: {test}: holds no parameters; write at least one of {', '.join(tests[test])} below it.")  # fmt: skip
        for key, change in changes.items():
            if key not in tests[test]:
                raise ParameterError(
                    f"{path}: {test}.{key}: is not a parameter of this test; use {', '.join(tests[test])}."
                )
            entry, where = tests[test][key], f"{path}: {test}.{key}"
            about = {"source": f"{path.parent.name}/{path.name}", "mark": "[user]"}
            if isinstance(change, dict) and "value" in change:
                if unknown := [k for k in change if k not in ("value", *_ABOUT)]:
                    raise ParameterError(
                        f"{where}: '{unknown[0]}' is not known here; use value, {', '.join(_ABOUT)}."
                    )
                about |= {k: str(change[k]) for k in ("source", "mark") if k in change}
                change = change["value"]
            tests[test][key] = {
                **entry,
                **about,
                "value": _value(change, entry["value"], entry, where),
                "origin": "user",
            }
    return tests


@lru_cache(maxsize=4)
def _read(path: Path, _mtime: int) -> dict[str, dict[str, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileRejected(f"{path}: cannot be read as UTF-8 text; correct or remove it.") from error
    return _merged(_document(text, path), path)


def _entries(path: str | Path | None) -> dict[str, dict[str, dict[str, Any]]]:
    file = Path(path) if path is not None else options.params_dir() / FILE
    try:
        mtime = file.stat().st_mtime_ns
    except OSError as error:
        if path is None:
            return _embedded()
        raise FileRejected(f"{file}: cannot be read; name an existing file of parameters.") from error
    return _read(file, mtime)


def _copy(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else list(value) if isinstance(value, list) else value


def parameters(path: str | Path | None = None) -> Parameters:
    """Values of all parameters in force.

    Parameters
    ----------
    path : path, optional
        A file of changes; ``params/quality.yaml`` of the project by default, if there is one.

    Returns
    -------
    dict
        Value by test and parameter; by pollutant where it differs between them. A copy: changing it changes nothing.

    Raises
    ------
    ParameterError, FileRejected
        Unknown test, parameter or pollutant, wrong type, value outside its limits, file that is no YAML.

    Examples
    --------
    >>> parameters()["stuck"]["hours"]["pm25"]
    6
    """
    return {t: {k: _copy(e["value"]) for k, e in entries.items()} for t, entries in _entries(path).items()}


def parameters_digest(path: str | Path | None = None) -> str:
    """SHA-256 of the values in force; it changes if and only if a value does, not with a source or a comment.

    Examples
    --------
    >>> len(parameters_digest()), parameters_digest() == parameters_digest()
    (64, True)
    """
    text = json.dumps(parameters(path), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def table(path: str | Path | None = None) -> pd.DataFrame:
    """Parameters in force with where they come from.

    Parameters
    ----------
    path : path, optional
        As in :func:`parameters`.

    Returns
    -------
    pandas.DataFrame
        One row a test, parameter and pollutant: ``test parameter pollutant value unit source mark origin``; pollutant
        is empty where the value holds for all, origin is ``airq`` or ``user``.

    Examples
    --------
    >>> bool((table()["mark"] != "").all())
    True
    """
    rows = []
    for test, entries in _entries(path).items():
        for key, e in entries.items():
            split = isinstance(e["value"], dict)
            for name, value in (e["value"] if split else {"": e["value"]}).items():
                about = {k: str(e.get(k, "")) for k in _ABOUT}
                rows.append({"test": test, "parameter": key, "pollutant": name, "value": value, **about, "origin": e["origin"]})  # fmt: skip
    return pd.DataFrame(rows)
