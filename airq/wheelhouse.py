"""Every package of ``requirements.lock`` in one folder, for a bureau's machine without a network.

Standard library only, as it runs before anything is installed. ``make wheelhouse`` fills
``data/processed/wheelhouse`` where there is a network; the project's folder is then copied as it is, and ``make setup``
over there installs from it by itself.

Examples
--------
>>> "PIP_NO_INDEX" in settings(Path("no such folder"))
False
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from airq import bootstrap
from airq.bootstrap import SetupError, python, run, say

__all__ = ["collect", "folder", "settings"]

_STAMP: Final = "requirements.sha256"
_NOTE: Final = "INSTALL.md"

_TEXT: Final = """\
# 离线安装 · Installation without a network

本文件夹含 requirements.lock 的全部安装包（{count}个，{size:.0f} MB），适用于 {system}、Python {version}。
把整个项目文件夹（连同 data/processed/wheelhouse）复制到内网计算机，装好 Python {version}，在项目文件夹中运行：

    make setup                      # 没有 make 时：python -m airq.make setup

安装程序会自动使用本文件夹，不访问网络，并按锁定文件核对每个包的校验和。此后 make report 等命令都可离线运行。

This folder holds every package of requirements.lock ({count} files, {size:.0f} MB) for {system}, Python {version}.
Copy the whole folder of the project, data/processed/wheelhouse included, to the machine without a network, install
Python {version} there, and in the folder of the project run `make setup` (or `python -m airq.make setup`). It installs
from this folder, asks no network, and holds each package against the hash in the lock. After that every command works
offline.

另一种系统 · For another system:

    make wheelhouse ARGS='--platform win_amd64 --python-version 3.11'
"""


def folder() -> Path:
    """Folder of the packages."""
    return bootstrap.PROJECT / "data" / "processed" / "wheelhouse"


def _digest() -> str:
    try:
        return hashlib.sha256((bootstrap.PROJECT / "requirements.lock").read_bytes()).hexdigest()
    except OSError as error:
        raise SetupError(
            f"{bootstrap.PROJECT / 'requirements.lock'}: cannot be read; run this in the checkout of the project."
        ) from error


def settings(where: Path | None = None) -> dict[str, str]:
    """Variables that make pip and uv install from the folder alone; none unless it was filled for the present lock.

    Parameters
    ----------
    where : Path, optional
        The project's folder by default.

    Returns
    -------
    dict of str to str
    """
    held = where if where is not None else folder()
    try:
        filled = (held / _STAMP).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return {}
    if filled != _digest():
        say(f"{held} was filled for another requirements.lock and is not used; run make wheelhouse again.")
        return {}
    # an address, since pip splits a list of paths at blanks
    return {
        f"{tool}_{k}": v
        for tool in ("PIP", "UV")
        for k, v in (("NO_INDEX", "1"), ("FIND_LINKS", held.resolve().as_uri()))
    }


def _ways() -> list[list[str | Path]]:
    """Commands that are a pip, the first choice first; an environment made by uv has none of its own."""
    ways: list[list[str | Path]] = [[python(), "-m", "pip"], [sys.executable, "-m", "pip"]]
    out = [way for way in ways if Path(way[0]).exists() and bootstrap._has(Path(way[0]), "pip")]
    if uv := shutil.which("uv"):
        out.append([uv, "tool", "run", "--quiet", "pip"])
    return out


def collect(arguments: Sequence[str] = ()) -> int:
    """Fill the folder.

    Parameters
    ----------
    arguments : sequence of str
        For ``pip download``, such as ``--platform win_amd64 --python-version 3.11``.

    Returns
    -------
    int
        Exit code; the folder takes its place only when it is complete.

    Raises
    ------
    SetupError
        No pip anywhere, or packages that could not be fetched.
    """
    ways = _ways()
    if not ways:
        raise SetupError(
            "neither pip nor uv is there to download packages; install one, then run this again."
        )
    aside = folder().with_name("wheelhouse.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    say("collecting the packages of requirements.lock; once, some minutes ...")
    plain = ["--disable-pip-version-check", "--no-input", "--quiet", "--no-deps", "--only-binary=:all:"]
    command = [*ways[0], "download", *plain, "--require-hashes", "--requirement", "requirements.lock"]
    if run([*command, "--dest", aside, *arguments]):
        shutil.rmtree(aside, ignore_errors=True)
        raise SetupError(
            "the packages of requirements.lock could not be collected; the reason stands above; "
            "check the network or name a mirror in PIP_INDEX_URL, then run this again."
        )
    count, size = _finish(aside, arguments)
    shutil.rmtree(folder(), ignore_errors=True)
    aside.rename(folder())
    say(f"{count} packages, {size:.0f} MB → {folder()}; {_NOTE} there says how to install them.")
    return 0


def _finish(aside: Path, arguments: Sequence[str]) -> tuple[int, float]:
    """Write the note and the stamp; number of packages and their size in MB."""
    files = [p for p in aside.iterdir() if p.is_file()]
    size = sum(p.stat().st_size for p in files) / 1e6
    words = list(arguments)
    given = dict(pairwise(words))
    version = given.get("--python-version", ".".join(platform.python_version_tuple()[:2]))
    system = given.get("--platform", f"{platform.system()} {platform.machine()}")
    note = _TEXT.format(count=len(files), size=size, system=system, version=version)
    (aside / _NOTE).write_text(note, encoding="utf-8")
    (aside / _STAMP).write_text(_digest() + "\n", encoding="ascii")
    return len(files), size
