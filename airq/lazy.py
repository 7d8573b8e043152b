"""Packages whose public names are imported when they are first used, so that what needs few of them starts at once."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Collection, Mapping
from types import ModuleType
from typing import Any

__all__ = ["names"]


def names(
    package: str, homes: Mapping[str, str], parts: Collection[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package, to be bound in its ``__init__``.

    A function keeps its name in the package even where a module bears the same: the import system sets a module that
    it has loaded as an attribute of its package, which would put the module in the function's place.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    homes : mapping of str to str
        Module, relative to the package, of each public name.
    parts : collection of str
        Modules that are there without being imported by name.

    Returns
    -------
    tuple of callable
        ``__getattr__`` and ``__dir__``; the first raises AttributeError for a name that is not known.

    Examples
    --------
    >>> import airq.figures.calendar
    >>> airq.figures.calendar.__name__, "calendar" in dir(airq.figures)
    ('calendar', True)
    """

    def attribute(name: str) -> Any:
        if name in homes:
            return getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
        if name in parts:
            return importlib.import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def listed() -> list[str]:
        return sorted({*homes, *parts})

    class Package(ModuleType):
        def __setattr__(self, name: str, value: object) -> None:
            if not (name in homes and isinstance(value, ModuleType)):
                super().__setattr__(name, value)

    sys.modules[package].__class__ = Package
    return attribute, listed
