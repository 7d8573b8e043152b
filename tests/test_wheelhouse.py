"""``make wheelhouse``: packages of the lock in a folder, from which a machine without a network installs by itself."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from airq import bootstrap, make, wheelhouse
from airq.bootstrap import SetupError


def wheel(folder: Path, name: str = "airqtiny", version: str = "1.0") -> str:
    """A tiny package; its line for a lock."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": "answer = 42\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, content in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(inside, content)
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project whose lock has one package, which a folder beside it holds in place of a registry."""
    folder = tmp_path / "有 空格"
    folder.mkdir()
    (folder / "requirements.lock").write_text(wheel(tmp_path / "registry"), encoding="utf-8")
    monkeypatch.setattr(bootstrap, "PROJECT", folder)
    monkeypatch.setattr(make, "PROJECT", folder)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "registry"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    if not bootstrap._has(Path(sys.executable), "pip"):
        pytest.skip("this Python has no pip")
    with mock.patch.dict(os.environ):
        yield folder


def test_the_packages_are_collected_with_a_note(project: Path, tmp_path: Path) -> None:
    assert wheelhouse.collect() == 0
    held = sorted(p.name for p in wheelhouse.folder().iterdir())
    assert held == ["INSTALL.md", "airqtiny-1.0-py3-none-any.whl", "requirements.sha256"]
    note = (wheelhouse.folder() / "INSTALL.md").read_text(encoding="utf-8")
    assert "离线安装" in note and "make setup" in note and "1 files" in note
    assert str(tmp_path) not in note


def test_a_machine_without_network_installs_from_it(project: Path, tmp_path: Path, monkeypatch) -> None:
    wheelhouse.collect()
    shutil.rmtree(tmp_path / "registry")
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name)
    make._take_wheelhouse()
    assert os.environ["UV_NO_INDEX"] == "1"
    target = tmp_path / "site"
    way = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--target",
        target,
    ]
    code = bootstrap.run([*way, "--no-deps", "--require-hashes", "--requirement", "requirements.lock"])
    assert code == 0
    found = subprocess.check_output(
        [sys.executable, "-c", "import airqtiny; print(airqtiny.answer)"], cwd=target, text=True
    )
    assert found == "42\n"


def test_own_settings_of_a_user_win(project: Path, monkeypatch) -> None:
    wheelhouse.collect()
    monkeypatch.setenv("UV_FIND_LINKS", "elsewhere")
    make._take_wheelhouse()
    assert os.environ["UV_FIND_LINKS"] == "elsewhere"


def test_a_folder_for_another_lock_is_not_used_and_said(project: Path, capsys) -> None:
    wheelhouse.collect()
    (project / "requirements.lock").write_text("other==1\n", encoding="utf-8")
    assert wheelhouse.settings() == {}
    assert "filled for another requirements.lock" in capsys.readouterr().err


def test_what_cannot_be_collected_is_one_sentence_and_leaves_the_last_folder(project: Path) -> None:
    wheelhouse.collect()
    (project / "requirements.lock").write_text(
        "airqtiny==2.0 --hash=sha256:" + "0" * 64 + "\n", encoding="utf-8"
    )
    with pytest.raises(SetupError, match="could not be collected"):
        wheelhouse.collect()
    assert (wheelhouse.folder() / "airqtiny-1.0-py3-none-any.whl").exists()
    assert not wheelhouse.folder().with_name("wheelhouse.new").exists()


def test_without_pip_or_uv_it_is_one_sentence(project: Path, monkeypatch) -> None:
    monkeypatch.setattr(wheelhouse, "_ways", list)
    with pytest.raises(SetupError, match="neither pip nor uv"):
        wheelhouse.collect()


def test_without_a_folder_nothing_is_set(project: Path) -> None:
    before = dict(os.environ)
    make._take_wheelhouse()
    assert dict(os.environ) == before and wheelhouse.settings() == {}
