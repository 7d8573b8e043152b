"""Frames shared by the tests of targets; made once, never changed."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import target_frames


@pytest.fixture(scope="session")
def site_frame() -> pd.DataFrame:
    """Four years of one site."""
    return target_frames.made()
