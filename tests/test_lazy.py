"""Names that packages import on first use."""

from __future__ import annotations

import importlib
import subprocess
import sys
from types import FunctionType, ModuleType

import pytest

from airq import options

PACKAGES = ("airq.analysis", "airq.figures", "airq.forecast", "airq.observations", "airq.standards")


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_name_is_there_and_listed(name) -> None:
    package = importlib.import_module(name)
    assert set(package.__all__) <= set(dir(package))
    assert all(getattr(package, one) is not None for one in dir(package))
    with pytest.raises(AttributeError, match=f"'{name}' has no attribute 'nothing'"):
        _ = package.nothing


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("airq.analysis", "county_month"),
        ("airq.figures", "calendar"),
        ("airq.figures", "comparison"),
        ("airq.figures", "hourly"),
        ("airq.forecast", "paths"),
        ("airq.forecast", "warning"),
        ("airq.standards", "editions"),
    ],
)
def test_a_function_keeps_its_name_from_its_module(package, name) -> None:
    module = importlib.import_module(f"{package}.{name}")
    assert isinstance(module, ModuleType)
    function = getattr(importlib.import_module(package), name)
    assert function is getattr(module, name) and isinstance(
        getattr(function, "__wrapped__", function), FunctionType
    )


def test_a_package_imports_no_module_before_it_is_asked() -> None:
    script = (
        f"import sys, {', '.join(PACKAGES)}; print(*sorted(m for m in sys.modules if m.startswith('airq.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=options.home(), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == sorted([*PACKAGES, "airq.lazy"])


def test_jsonschema_goes_without_its_grammar_which_others_still_get() -> None:
    script = (
        "import sys, airq.reports, jsonschema\n"
        "assert 'rfc3987_syntax' not in sys.modules\n"
        "from importlib.util import find_spec\n"
        "print(find_spec('rfc3987_syntax') is not None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=options.home(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "True"
