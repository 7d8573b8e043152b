"""What every command shares: the ``--json`` switch, tables on a terminal, lists in an option."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from airq.errors import ParameterError
from airq.texts import shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_json", "emit", "json_option", "print_rows", "print_table", "split"]

F = TypeVar("F", bound=Callable[..., Any])


def json_option(function: F) -> F:
    """Add ``--json`` to a command; it arrives as ``as_json_text``."""
    return click.option("--json", "as_json_text", is_flag=True, help="Print JSON instead of text.")(function)


def as_json(value: Any) -> str:
    """JSON text with Chinese as it is; NaN becomes null.

    Examples
    --------
    >>> as_json({"a": float("nan"), "b": "昌吉"})
    '{"a": null, "b": "昌吉"}'
    """
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        return [_plain(row) for row in value.to_dict("records")]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(v) for v in value]
    if hasattr(value, "tolist") and not isinstance(value, str):
        return _plain(value.tolist())
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    return value if isinstance(value, str | int | float | bool) else str(value)


def _width(text: str) -> int:
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text)


def print_table(frame: pd.DataFrame) -> None:
    """Print a frame with columns that line up, Chinese included."""
    print_rows([str(c) for c in frame.columns], frame.itertuples(index=False))


def print_rows(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """Print rows under their headings with columns that line up, Chinese included.

    Examples
    --------
    >>> print_rows(["place", "days"], [("昌吉", 31), ("all", None)])
    place  days
    昌吉   31
    all    –
    """
    cells = [list(columns)]
    cells += [["–" if v is None or v != v else shown(v) for v in row] for row in rows]
    widths = [max(_width(row[i]) for row in cells) for i in range(len(columns))]
    for row in cells:
        click.echo("  ".join(t + " " * (w - _width(t)) for t, w in zip(row, widths, strict=True)).rstrip())


def emit(value: Any, as_json_text: bool) -> None:
    """Print a result as JSON, or as a table if it is a frame, else as text."""
    import pandas as pd

    if as_json_text:
        click.echo(as_json(value))
    elif isinstance(value, pd.DataFrame):
        print_table(value)
    else:
        click.echo(str(value))


def split(text: str, allowed: tuple[str, ...] | None = None, what: str = "value") -> list[str]:
    """Items of a comma-separated option.

    Examples
    --------
    >>> split("zh, en", ("zh", "en"), "language")
    ['zh', 'en']
    >>> split("fr", ("zh", "en"), "language")
    Traceback (most recent call last):
    airq.errors.ParameterError: language 'fr' is not known; use zh or en.
    """
    items = [t.strip() for t in text.replace("，", ",").split(",") if t.strip()]
    for item in items:
        if allowed is not None and item not in allowed:
            raise ParameterError(f"{what} '{item}' is not known; use {' or '.join(allowed)}.")
    return items
