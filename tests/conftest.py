"""What all tests share: the shared observations, tools that may be absent, isolation from the user's settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile(
    "airq",
    deadline=None,
    max_examples=60,
    database=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("airq")

_SHARED = Path(os.environ.get("AIRQ_SHARED", ROOT.parent / "shared"))

# Settings in the user's shell must not change a test. Here and not in a fixture, so that session fixtures and the
# doctests of the library are held apart from them too; this file is read before any test is collected. AIRQ_SHARED
# stays for the workers of pytest-xdist, which read this file anew.
for _name in [n for n in os.environ if n.startswith("AIRQ_") and n != "AIRQ_SHARED"]:
    del os.environ[_name]
os.environ["MPLBACKEND"] = "agg"


@pytest.fixture(autouse=True)
def _settings_end_with_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that one test leaves behind must not reach the next."""
    for name in [n for n in os.environ if n.startswith("AIRQ_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with data/ of real observations; the test is skipped where it is absent."""
    if not (_SHARED / "data").is_dir():
        pytest.skip(f"shared observations not found at {_SHARED}; set AIRQ_SHARED")
    return _SHARED.resolve()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a headless browser; the test is skipped where there is none."""
    names = (
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "chromium-headless-shell",
    )
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        pytest.skip(f"no headless browser found ({', '.join(names)})")
    return found


# A new network namespace has its loopback down, which no machine has that is merely offline; kernels talk over it.
_LOOPBACK_ONLY = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    fcntl.ioctl(probe, 0x8914, struct.pack("16sh", b"lo", 0x41))  # SIOCSIFFLAGS: up, running
os.execvp(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture(scope="session")
def no_network() -> list[str]:
    """Words to put before a command so that it runs as on a machine without a network."""
    words = ["unshare", "-rn", sys.executable, "-c", _LOOPBACK_ONLY]
    if not shutil.which("unshare") or subprocess.run([*words, "true"], capture_output=True).returncode:
        pytest.skip("network namespaces are not available (unshare -rn)")
    return words
