"""Some hundreds of damaged files with a fixed seed; ``benchmarks/mutations.py`` makes ten thousand."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from airq.observations import files, formats


@pytest.fixture(scope="module")
def mutations(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("airq_mutations", root / "benchmarks" / "mutations.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_sample_is_recognised_and_taken_whole(mutations: ModuleType, tmp_path: Path) -> None:
    seen = set()
    for sample in mutations.samples(5):
        path = tmp_path / sample.file
        path.write_bytes(sample.data)
        result = formats.parse(files.load(path))
        assert result.complete, (sample.name, result.issues)
        assert len(mutations.cells(result)) > 10
        seen.add(result.format)
    assert seen == set(formats.FORMATS)


def test_damage_is_never_silent(
    mutations: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    total, by_format = mutations.run(320, 20, folder, show=5)
    bad = {k: v for k, v in total.items() if k.isupper()}
    assert not bad, capsys.readouterr().err
    assert total.total() == 320 and all(c.total() > 0 for c in by_format.values())
    assert {"read identically", "read with the damage named", "rejected in one sentence"} <= set(total)


def test_the_judge_can_fail(mutations: ModuleType, tmp_path: Path) -> None:
    """A changed value that nothing names is called silently wrong, and a stray error an error."""
    sample = mutations.samples(0)[0]
    path = tmp_path / sample.file
    path.write_bytes(sample.data)
    base = formats.parse(files.load(path))
    lines = sample.data.split(b"\n")
    cells = lines[2].split(b",")
    cells[3] = b"77"
    path.write_bytes(b"\n".join([*lines[:2], b",".join(cells), *lines[3:]]))
    assert mutations.judge(path, base, False, "flip bits").kind == "SILENTLY WRONG"
    assert mutations.judge(path, base, True, "flip bits").kind.startswith("apart")
    assert mutations.judge(tmp_path, base, False, "flip bits").kind in (
        "OTHER ERROR",
        "rejected in one sentence",
    )
