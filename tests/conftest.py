"""What all tests share: the shared observations, tools that may be absent, isolation from the user's settings."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile(
    "airq",
    deadline=None,
    max_examples=60,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("airq")

_SHARED = Path(os.environ.get("AIRQ_SHARED", ROOT.parent / "shared"))


@pytest.fixture(autouse=True)
def _no_user_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings in the user's shell must not change a test."""
    for name in [n for n in os.environ if n.startswith("AIRQ_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MPLBACKEND", "agg")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with data/ of real observations; the test is skipped where it is absent."""
    data = _SHARED
    if not (data / "data").is_dir():
        pytest.skip(f"shared observations not found at {_SHARED}; set AIRQ_SHARED")
    return data


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a headless browser; the test is skipped where there is none."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        pytest.skip("Chromium not found")
    return found


@pytest.fixture(scope="session")
def no_network() -> list[str]:
    """Words to put before a command so that it runs without a network."""
    words = ["unshare", "-rn"]
    if not shutil.which("unshare") or subprocess.run([*words, "true"], capture_output=True).returncode:
        pytest.skip("network namespaces are not available (unshare -rn)")
    return words
