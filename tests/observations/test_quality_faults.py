"""Injected faults are found and little else is; ``benchmarks/quality_faults.py`` does it on real data with more."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from airq.variables import FLAGS, POLLUTANTS

# Least share of events found in the simulated region and most false alarms a million values: what the benchmark
# finds with 120 events a kind, with room for 24 events and another seed.
LEAST = {
    "spike, 2 × least amount": 0.4,
    "spike, 4 × least amount": 0.75,
    "stuck for 6 h": 0.65,
    "stuck for 12 h": 0.65,
    "stuck for 24 h": 0.4,
    "jump by twice the least amount, 24 h": 0.45,
    "channels exchanged for a day": 0.9,
    "zero for 1 to 3 h": 0.55,
    "zero for 12 h": 0.65,
    "all six zero for 1 h": 1.0,
    "code -999, -99, 9999 for 1 to 3 h": 1.0,
    "code 999 or 985 for 3 h": 0.85,
    "storm cut off at 985": 0.9,
    "record of the hour before": 1.0,
    "hour sent twice": 1.0,
    "station alone, ×6 for 6 h": 0.4,
    "out of range for 1 h": 1.0,
}
MOST = 30.0


@pytest.fixture(scope="module")
def faults(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "airq_quality_faults", root / "benchmarks" / "quality_faults.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["airq_quality_faults"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def bench(faults: ModuleType):
    return faults.Bench.of(faults.simulated("2015-01", "2015-02"), seed=1)


@pytest.fixture(scope="module")
def results(faults: ModuleType, bench) -> dict[str, dict]:
    return {k: bench.run(k, t, f) for k, t, f in faults.faults(bench, 24)}


@pytest.mark.parametrize("kind", LEAST)
def test_injected_faults_are_found(results: dict[str, dict], kind: str) -> None:
    row = results[kind]
    assert row["events"] >= 2 and row["recall"] >= LEAST[kind], row


def test_false_alarms_are_rare(results: dict[str, dict]) -> None:
    assert max(r["per_million"] for r in results.values()) <= MOST, results


def test_larger_spikes_are_found_more_often(results: dict[str, dict]) -> None:
    shares = [results[f"spike, {k} × least amount"]["recall"] for k in (1, 2, 4)]
    assert shares == sorted(shares)


@pytest.mark.shared
def test_the_real_feed_is_hardly_marked(
    faults: ModuleType, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As received, with its real faults: an upper bound of the false alarms of each test."""
    monkeypatch.setenv("AIRQ_SHARED", str(shared))
    bench = faults.Bench.of(faults.xinjiang())
    total = sum(int(np.isfinite(v).sum()) for v in bench.values.values())
    most = {"spike": 150, "jump": 150, "neighbour": 200, "stuck": 1000, "repeated": 150, "zero": 1, "sentinel": 1, "instrument_limit": 40}  # fmt: skip
    for test, limit in most.items():
        hours = sum(
            int((((bench.before[n] & FLAGS[test]) > 0) & np.isfinite(bench.values[n])).sum())
            for n in POLLUTANTS
        )
        assert 1e6 * hours / total <= limit, (test, hours, total)
